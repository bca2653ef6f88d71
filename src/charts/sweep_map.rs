//! Two inputs varied: one measure as a map of cells, dark where it is large. One input is in `sweep`.

use super::colours::{BLUE, Colour, GREY, INK, PALE, VERMILLION, WHITE, tint};
use super::frame::{self, BOTTOM, LEFT, RIGHT};
use super::scene::{Scene, Text};
use super::sweep::{as_written, find, heading, label, value};
use super::table::{Table, fields};
use super::{Picture, fonts, words};
use crate::analysis::sweep::{Input, Measure, Point, Sweep};
use crate::results::words as plain;

/// Room for the values of the second input.
const NAMES: f64 = 90.0;

fn ink_on(c: Colour) -> Colour {
    let light = 0.30 * f64::from(c.0) + 0.59 * f64::from(c.1) + 0.11 * f64::from(c.2);
    if light < 140.0 { WHITE } else { INK }
}

fn title(s: &Sweep, m: Measure) -> String {
    let known = || s.points.iter().filter_map(|p| find(&p.numbers, m).map(|e| (p, e)));
    let low = known().min_by(|a, b| a.1.value.total_cmp(&b.1.value));
    let high = known().max_by(|a, b| a.1.value.total_cmp(&b.1.value));
    let (Some((p, a)), Some((q, b))) = (low, high) else { return format!("{}: no point has it", heading(s, m)) };
    let name = plain::measure(m, &s.firms);
    let u = plain::measure_unit(m);
    if a.high >= b.low {
        return format!("The {name} is the same within the error over the whole grid");
    }
    let at = |p: &Point| format!("({}, {})", value(p.at[0]), value(p.at[1]));
    format!("The {name} lies between {} at {} and {} at {}", words::with_error(&a, u), at(p), words::with_error(&b, u), at(q))
}

fn data(s: &Sweep, m: Measure) -> String {
    let mut table = Table::new(&["measure", "at", "second_at", "value", "low", "high"]);
    for p in &s.points {
        let [v, low, high] = find(&p.numbers, m).map_or_else(|| [const { String::new() }; 3], |e| fields(&e));
        table.row(&[&plain::measure(m, &s.firms), &p.at[0], &p.at[1], &v, &low, &high]);
    }
    table.text()
}

/// Where the cells lie.
struct Cells {
    left: f64,
    top: f64,
    wide: f64,
    high: f64,
}

fn draw_cell(scene: &mut Scene, cells: &Cells, (column, row): (usize, usize), s: &Sweep, p: &Point, (m, range): (Measure, (f64, f64))) {
    let (x, y) = (cells.left + cells.wide * column as f64, cells.top + cells.high * row as f64);
    let (a, b) = ((x + 1.0, y + 1.0), (x + cells.wide - 1.0, y + cells.high - 1.0));
    let (middle, height) = ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
    let Some(e) = find(&p.numbers, m) else {
        scene.hatched(a, b, tint(PALE, 0.7));
        let said = if p.short.is_some() { "not paid for" } else { "–" };
        scene.text(Text::new(middle, height, fonts::fit(said, 11.0, false, cells.wide - 4.0), 11.0, GREY).middle().halo());
        return;
    };
    let share = if range.1 > range.0 { (e.value - range.0) / (range.1 - range.0) } else { 0.5 };
    let fill = tint(BLUE, 0.08 + 0.92 * share);
    scene.rect(a, b, fill, 1.0);
    let [one, other] = [0, 1].map(|k| format!("{} = {}", s.inputs[k].name, value(p.at[k])));
    scene.value_in(a, b, format!("{}, {one}, {other}: {} (W0)", heading(s, m), words::with_error(&e, plain::measure_unit(m))));
    let (text, error) = words::two_lines(&e, plain::measure_unit(m));
    let size = (0.36 * cells.high).clamp(8.0, 15.0);
    let two_rows = cells.high > 30.0;
    let up = if two_rows { 0.16 * cells.high.min(60.0) } else { 0.0 };
    scene.text(Text::new(middle, height - up, fonts::fit(&text, size, true, cells.wide - 4.0), size, ink_on(fill)).bold().middle());
    if two_rows {
        scene.text(Text::new(middle, height + up + 2.0, fonts::fit(&error, 11.0, false, cells.wide - 4.0), 11.0, ink_on(fill)).middle());
    }
    let is_written = p.at.iter().zip(&s.inputs).all(|(v, i)| !i.is_drawn && i.base == Some(*v));
    if is_written {
        scene.line(&[a, (b.0, a.1), b, (a.0, b.1), a], VERMILLION, 3.0);
    }
}

fn draw_heads(scene: &mut Scene, cells: &Cells, inputs: &[Input]) {
    let (x, y) = (&inputs[0], &inputs[1]);
    let bottom = cells.top + cells.high * y.values.len() as f64;
    for (k, v) in x.values.iter().enumerate() {
        let text = fonts::fit(&value(*v), 12.5, false, cells.wide - 2.0);
        scene.text(Text::new(cells.left + cells.wide * (k as f64 + 0.5), bottom + 14.0, text, 12.5, INK).middle());
    }
    for (k, v) in y.values.iter().rev().enumerate() {
        scene.text(Text::new(cells.left - 8.0, cells.top + cells.high * (k as f64 + 0.5), value(*v), 12.5, INK).end());
    }
    let across = cells.left + cells.wide * x.values.len() as f64 / 2.0;
    scene.text(Text::new(across, bottom + 36.0, label(x), 13.5, GREY).middle());
    scene.text(Text::new(LEFT, cells.top - 14.0, label(y), 13.5, GREY));
}

/// Draws two inputs; none for one.
pub(super) fn draw(s: &Sweep, shown: Option<Measure>, footer: &str) -> Option<Picture> {
    let [x, y] = &s.inputs[..] else { return None };
    // With few paths there is no expected shortfall.
    let has_tail = s.points.iter().any(|p| find(&p.numbers, Measure::Es99NetLoss).is_some());
    let m = shown.unwrap_or(if has_tail { Measure::Es99NetLoss } else { Measure::MeanNetLoss });
    let title = title(s, m);
    let unit = match plain::measure_unit(m) {
        words::Unit::UsdBn => ", USD bn",
        words::Unit::Share => ", %",
        words::Unit::Plain => "",
    };
    let subtitle = format!(
        "{}{unit}, in the full model (W0) at every point on the same paths, ± half of the 95 % interval. As written, {} and {}.",
        heading(s, m),
        as_written(x),
        as_written(y)
    );
    let footer = format!("{footer} · {} paths, seed {}", words::count(s.paths), s.seed);
    let (mut scene, top) = frame::with_footer(&footer, &title, &subtitle);
    let (left, top) = (LEFT + NAMES, top + 34.0);
    let wide = (RIGHT - left) / x.values.len() as f64;
    let high = (BOTTOM - 50.0 - top) / y.values.len() as f64;
    let cells = Cells { left, top, wide, high };
    let known: Vec<f64> = s.points.iter().filter_map(|p| find(&p.numbers, m)).map(|e| e.value).collect();
    let range = frame::range(known).unwrap_or((0.0, 0.0));
    draw_heads(&mut scene, &cells, &s.inputs);
    for (k, p) in s.points.iter().enumerate() {
        // The second input goes upwards, as on an axis.
        let place = (k / y.values.len(), y.values.len() - 1 - k % y.values.len());
        draw_cell(&mut scene, &cells, place, s, p, (m, range));
    }
    let alt = format!("{title}. Map of {} by {} points.", x.values.len(), y.values.len());
    Some(Picture { name: "sweep-map", title, alt, data_csv: data(s, m), scene })
}
