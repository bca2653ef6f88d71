//! The matrix of who hurts whom. No direction of money: that is the ring.

use super::colours::{BLUE, Colour, GREY, INK, PALE, VERMILLION, WHITE, tint};
use super::frame::{self, BOTTOM, LEFT, RIGHT};
use super::scene::{Scene, Text};
use super::table::{Table, fields};
use super::words::Unit;
use super::{FEWEST, Picture, fonts, words};
use crate::results::{ContagionCell, Results};

const MOST: usize = 14;
/// Height of a cell where there is room: that of many narrow ones, and of a few wide ones.
const HIGH: (f64, f64) = (64.0, 120.0);

fn enough(c: &ContagionCell) -> bool {
    c.paths >= FEWEST && words::sound(&c.excess_share)
}

fn cell(r: &Results, failing: usize, hit: usize) -> Option<&ContagionCell> {
    r.contagion.iter().find(|c| c.failing == failing && c.hit == hit)
}

/// The firms with the largest weights, in the order of the scenario.
fn largest(r: &Results, weight: impl Fn(&ContagionCell) -> (usize, f64)) -> Vec<usize> {
    let mut weights = vec![0.0; r.firms.len()];
    let mut present = vec![false; r.firms.len()];
    for c in r.contagion.iter().filter(|c| c.failing < r.firms.len() && c.hit < r.firms.len() && c.failing != c.hit) {
        let (firm, w) = weight(c);
        present[firm] = true;
        weights[firm] += if w.is_finite() { w } else { 0.0 };
    }
    let mut firms: Vec<usize> = (0..r.firms.len()).filter(|&i| present[i]).collect();
    firms.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
    firms.truncate(MOST);
    firms
}

fn paths_of(r: &Results, failing: usize) -> u64 {
    r.contagion.iter().filter(|c| c.failing == failing).map(|c| c.paths).max().unwrap_or(0)
}

fn title(r: &Results, rows: &[usize], columns: &[usize]) -> String {
    let clear = |c: &&ContagionCell| {
        c.failing != c.hit && rows.contains(&c.failing) && columns.contains(&c.hit) && enough(c) && c.excess_share.low > 0.0
    };
    let worst = r.contagion.iter().filter(clear).max_by(|a, b| a.excess_share.value.total_cmp(&b.excess_share.value));
    match worst {
        Some(c) => {
            let (failing, hit) = (words::firm(r, c.failing), words::firm(r, c.hit));
            format!("Where {failing} fails, {hit} loses {} of its value more than alone (W2)", words::percent_interval(&c.excess_share))
        }
        None => "No failure takes a measurable further part of another firm's value".to_string(),
    }
}

fn colour_of(share: f64, scale: f64) -> Colour {
    let strength = (share.abs() / scale).clamp(0.0, 1.0).powf(0.75) * 0.92;
    tint(if share < 0.0 { BLUE } else { VERMILLION }, strength)
}

fn ink_on(c: Colour) -> Colour {
    let light = 0.30 * f64::from(c.0) + 0.59 * f64::from(c.1) + 0.11 * f64::from(c.2);
    if light < 140.0 { WHITE } else { INK }
}

/// Places of rows and columns.
struct Grid {
    left: f64,
    top: f64,
    wide: f64,
    high: f64,
}

fn draw_cell(scene: &mut Scene, grid: &Grid, at: (usize, usize), c: Option<&ContagionCell>, scale: f64) {
    let (x, y) = (grid.left + grid.wide * at.1 as f64, grid.top + grid.high * at.0 as f64);
    let (a, b) = ((x + 1.0, y + 1.0), (x + grid.wide - 1.0, y + grid.high - 1.0));
    let middle = (x + grid.wide / 2.0, y + grid.high / 2.0);
    match c {
        Some(c) if enough(c) => {
            let e = c.excess_share;
            let fill = colour_of(e.value, scale);
            scene.rect(a, b, fill, 1.0);
            let (value, error) = words::two_lines(&e, Unit::Share);
            let larger = (grid.high / HIGH.0).max(1.0);
            let size = (0.42 * grid.high).clamp(9.0, 15.0 * larger);
            let two_rows = grid.high > 30.0;
            let up = if two_rows { 0.17 * grid.high } else { 0.0 };
            let room = grid.wide - 4.0;
            let value = fonts::fit(&value, size, true, room);
            scene.text(Text::new(middle.0, middle.1 - up, value, size, ink_on(fill)).bold().middle());
            if two_rows {
                let small = (0.29 * grid.high).min(11.0 * larger);
                let error = fonts::fit(&error, small, false, room);
                scene.text(Text::new(middle.0, middle.1 + 0.24 * grid.high, error, small, ink_on(fill)).middle());
            }
        }
        Some(_) => {
            scene.hatched(a, b, tint(PALE, 0.5));
            scene.text(Text::new(middle.0, middle.1, format!("n < {FEWEST}"), 10.5, GREY).middle().halo());
        }
        None => scene.rect(a, b, tint(PALE, 0.12), 1.0),
    }
}

/// The names of columns in one or two lines at the largest size at which they all fit; none if they must be turned.
fn level_names(names: &[String], wide: f64) -> Option<(f64, Vec<Vec<String>>)> {
    [13.5, 13.0, 12.5, 12.0, 11.5, 11.0].into_iter().find_map(|size| {
        let lines: Vec<Vec<String>> = names.iter().map(|n| fonts::wrap(n, size, true, wide - 4.0, 2)).collect();
        let is_whole = lines.iter().zip(names).all(|(l, n)| l.join(" ") == *n);
        is_whole.then_some((size, lines))
    })
}

fn draw_heads(scene: &mut Scene, r: &Results, grid: &Grid, rows: &[usize], columns: &[usize]) {
    for (n, &i) in rows.iter().enumerate() {
        let y = grid.top + grid.high * (n as f64 + 0.5);
        let up = if grid.high > 30.0 { 8.0 } else { 0.0 };
        scene.text(Text::new(grid.left - 10.0, y - up, fonts::fit(&words::firm(r, i), 14.0, true, 152.0), 14.0, INK).bold().end());
        if grid.high > 30.0 {
            let paths = format!("fails in {} paths", words::count(paths_of(r, i)));
            scene.text(Text::new(grid.left - 10.0, y + 9.0, paths, 11.0, GREY).end());
        }
    }
    let names: Vec<String> = columns.iter().map(|&i| words::firm(r, i)).collect();
    let level = level_names(&names, grid.wide);
    for (n, name) in names.iter().enumerate() {
        let x = grid.left + grid.wide * (n as f64 + 0.5);
        if let Some((size, lines)) = &level {
            for (i, line) in lines[n].iter().rev().enumerate() {
                scene.text(Text::new(x, grid.top - 12.0 - 1.2 * size * i as f64, line.clone(), *size, INK).bold().middle());
            }
        } else {
            scene.text(Text::new(x, grid.top - 8.0, fonts::fit(name, 13.0, true, 110.0), 13.0, INK).bold().up());
        }
    }
}

/// The rows to draw, and a note on those left out: firms that hardly fail, where they would fill more than half of the matrix.
fn split_rows(r: &Results, rows: Vec<usize>) -> (Vec<usize>, String) {
    let (often, seldom): (Vec<usize>, Vec<usize>) = rows.iter().partition(|&&i| paths_of(r, i) >= FEWEST);
    if often.is_empty() || seldom.len() <= often.len() {
        return (rows, String::new());
    }
    let names: Vec<String> = seldom.iter().map(|&i| format!("{} {}", words::firm(r, i), words::count(paths_of(r, i)))).collect();
    (often, format!("Fewer than {FEWEST} failures: {}.", names.join(", ")))
}

fn data(r: &Results) -> String {
    let mut table = Table::new(&["failing", "hit", "excess_share", "low", "high", "paths"]);
    for c in &r.contagion {
        let [value, low, high] = fields(&c.excess_share);
        table.row(&[&words::firm(r, c.failing), &words::firm(r, c.hit), &value, &low, &high, &c.paths]);
    }
    table.text()
}

/// Draws the chart; none without cells of two different firms.
pub(super) fn draw(r: &Results) -> Option<Picture> {
    let damage = |c: &ContagionCell| c.excess_share.value.abs() * c.paths as f64;
    let mut rows = largest(r, |c| (c.failing, c.paths as f64));
    let columns = largest(r, |c| (c.hit, damage(c)));
    rows.sort_by_key(|&i| std::cmp::Reverse(paths_of(r, i)));
    if rows.is_empty() || columns.is_empty() {
        return None;
    }
    let (rows, seldom) = split_rows(r, rows);
    let title = title(r, &rows, &columns);
    let subtitle = "Mark-to-market loss of the firm in the column in the full model (W0) beyond that as an isolated firm on the same draws (W2), given that \
                    the firm in the row fails: per cent of its value today, mean ± half of the 95 % interval.";
    let (mut scene, top) = frame::framed(r, &title, subtitle);
    let grid_left = LEFT + 160.0;
    let wide = (RIGHT - grid_left) / columns.len() as f64;
    let names: Vec<String> = columns.iter().map(|&i| words::firm(r, i)).collect();
    let grid_top = level_names(&names, wide)
        .map_or(top + 136.0, |(_, lines)| top + 26.0 + 18.0 * lines.iter().map(Vec::len).fold(1, usize::max) as f64);
    let note_high = if seldom.is_empty() { 6.0 } else { 26.0 };
    let high = ((BOTTOM - grid_top - note_high) / rows.len() as f64).min((0.36 * wide).clamp(HIGH.0, HIGH.1));
    let note_y = grid_top + high * rows.len() as f64 + 16.0;
    scene.text(Text::new(LEFT, note_y, fonts::fit(&seldom, 13.0, false, RIGHT - LEFT), 13.0, GREY));
    let grid = Grid { left: grid_left, top: grid_top, wide, high };
    scene.text(Text::new(LEFT, top + 2.0, "Rows: the firm that fails.  Columns: the firm that is hit.", 13.0, GREY));
    let shown = r.contagion.iter().filter(|c| enough(c) && c.failing != c.hit && rows.contains(&c.failing) && columns.contains(&c.hit));
    let scale = shown.map(|c| c.excess_share.value.abs()).fold(0.01, f64::max);
    draw_heads(&mut scene, r, &grid, &rows, &columns);
    for (n, &failing) in rows.iter().enumerate() {
        for (m, &hit) in columns.iter().enumerate() {
            let found = if failing == hit { None } else { cell(r, failing, hit) };
            if let Some(c) = found.filter(|c| enough(c)) {
                let at = (grid.left + grid.wide * m as f64, grid.top + grid.high * n as f64);
                let (who, whom, share) = (words::firm(r, failing), words::firm(r, hit), words::percent_interval(&c.excess_share));
                let text = format!(
                    "{whom}, where {who} fails: {share} of its value lost beyond what it loses isolated (W0 less W2, {} paths)",
                    words::count(c.paths)
                );
                scene.value_in(at, (at.0 + grid.wide, at.1 + grid.high), text);
            }
            draw_cell(&mut scene, &grid, (n, m), found, scale);
        }
    }
    frame::cut(&mut scene, grid_top + high * rows.len() as f64 + note_high);
    if r.firms.len() > MOST {
        let note = format!("The {} firms that fail most often and the {} hit most, of {}.", rows.len(), columns.len(), r.firms.len());
        scene.text(Text::new(RIGHT, top + 2.0, note, 13.0, GREY).end());
    }
    let alt = format!("{title}. Matrix of {} failing firms by {} firms hit.", rows.len(), columns.len());
    Some(Picture { name: "contagion", title, alt, data_csv: data(r), scene })
}
