//! Probability of default of each firm in the three worlds, with intervals. No timing.

use super::colours::{self, GREY, INK};
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::{Scene, Text};
use super::table::{Table, fields};
use super::{FEWEST, Picture, fonts, words};
use crate::results::{DefaultRow, Given, Results, WorldName};

const MOST_FIRMS: usize = 14;
const WORLDS: [WorldName; 3] = [WorldName::W0, WorldName::W1, WorldName::W2];

fn row(r: &Results, firm: usize, world: WorldName, given: Given) -> Option<&DefaultRow> {
    r.default_of(firm, world, given).filter(|d| d.paths >= FEWEST && words::sound(&d.probability))
}

fn highest(r: &Results, firm: usize, given: Given) -> f64 {
    WORLDS.iter().filter_map(|&w| row(r, firm, w, given)).map(|d| d.probability.high).fold(0.0, f64::max)
}

/// Failures in the world where the firm fails most often.
fn most(r: &Results, firm: usize) -> u64 {
    WORLDS.iter().filter_map(|&w| row(r, firm, w, Given::All)).map(|d| d.count).max().unwrap_or(0)
}

/// The firms most likely to fail in any world; those that hardly ever do only if there are no others.
fn shown(r: &Results) -> Vec<usize> {
    let often = |least: u64| (0..r.firms.len()).filter(|&i| most(r, i) >= least).collect::<Vec<_>>();
    let mut firms = often(FEWEST);
    if firms.is_empty() {
        firms = often(1);
    }
    firms.sort_by_key(|&i| std::cmp::Reverse(most(r, i)));
    firms.truncate(MOST_FIRMS);
    firms
}

/// The firm to which the network adds most.
fn title(r: &Results, firms: &[usize]) -> String {
    let pair = |&i: &usize| Some((i, row(r, i, WorldName::W0, Given::All)?, row(r, i, WorldName::W2, Given::All)?));
    let clear = |(_, a, b): &(usize, &DefaultRow, &DefaultRow)| a.probability.low > b.probability.high;
    let gap = |(_, a, b): &(usize, &DefaultRow, &DefaultRow)| a.probability.value - b.probability.value;
    let largest = firms.iter().filter_map(pair).filter(clear).max_by(|a, b| gap(a).total_cmp(&gap(b)));
    match largest {
        Some((i, a, b)) => {
            let (with, without) = (words::percent(&a.probability), words::percent(&b.probability));
            format!("The network adds most to {}: it fails in {with} of paths, isolated in {without}", words::firm(r, i))
        }
        None => "No firm fails measurably more often in the network than isolated".to_string(),
    }
}

fn data(r: &Results, firms: &[usize]) -> String {
    let mut table = Table::new(&["firm", "world", "given", "probability", "low", "high", "defaults", "paths"]);
    for &i in firms {
        for (world, given) in WORLDS.iter().flat_map(|&w| [Given::All, Given::Bust].map(|g| (w, g))) {
            if let Some(d) = row(r, i, world, given) {
                let [value, low, high] = fields(&d.probability);
                table.row(&[&words::firm(r, i), &format!("{world:?}"), &format!("{given:?}"), &value, &low, &high, &d.count, &d.paths]);
            }
        }
    }
    table.text()
}

fn draw_panel(scene: &mut Scene, r: &Results, firms: &[usize], given: Given, edges: (f64, f64), heights: (f64, f64)) {
    let ((left, right), (top, bottom)) = (edges, heights);
    let most = firms.iter().map(|&i| highest(r, i, given)).fold(0.0, f64::max);
    let head = if given == Given::Bust { "Given a bust within the horizon" } else { "Every path" };
    scene.text(Text::new(left, top - 14.0, head, 15.0, INK).bold());
    if most <= 0.0 {
        scene.text(Text::new(left, (top + bottom) / 2.0, "nothing rests on enough paths", 14.0, GREY));
        return;
    }
    let x = Axis::linear(0.0, (most * 1.05).min(1.0), left, right);
    let ticks = frame::percent_ticks(&x, 5);
    for (v, _) in &ticks {
        scene.line(&[(x.at(*v), top), (x.at(*v), bottom)], colours::GRID, 1.0);
    }
    frame::bottom_axis(scene, &x, bottom, &ticks, "probability of default within the horizon", 12.5);
    let step = (bottom - top) / firms.len() as f64;
    for (n, &i) in firms.iter().enumerate() {
        for (m, &world) in WORLDS.iter().enumerate() {
            let Some(d) = row(r, i, world, given) else { continue };
            let y = top + step * (n as f64 + 0.5) + (m as f64 - 1.0) * (0.26 * step).min(10.0);
            let colour = colours::of_world(world);
            scene.grouped(world, given, |scene| {
                scene.line(&[(x.at(d.probability.low), y), (x.at(d.probability.high), y)], colour, 2.4);
                scene.disc((x.at(d.probability.value), y), 4.2, colour);
            });
            let (who, chance) = (words::firm(r, i), words::percent_interval(&d.probability));
            let bust = if given == Given::Bust { ", given a bust" } else { "" };
            scene.value((x.at(d.probability.value), y), format!("{who}, {}{bust}: fails in {chance} of paths", words::world(world)));
        }
    }
}

/// Who is not drawn, and why.
fn left_out(r: &Results, firms: &[usize]) -> String {
    let seldom: Vec<usize> = (0..r.firms.len()).filter(|&i| !firms.contains(&i) && most(r, i) < FEWEST).collect();
    let seldom_text = match seldom.len() {
        0 => String::new(),
        1..=9 => {
            let names: Vec<String> = seldom.iter().map(|&i| words::firm(r, i)).collect();
            format!(" Fewer than {FEWEST} failures in every world: {}.", names.join(", "))
        }
        n => format!(" {n} firms have fewer than {FEWEST} failures in every world."),
    };
    if firms.len() + seldom.len() < r.firms.len() {
        format!(" The {} firms most likely to fail of {}.{seldom_text}", firms.len(), r.firms.len())
    } else {
        seldom_text
    }
}

fn draw_key(scene: &mut Scene, y: f64) {
    let mut x = LEFT;
    for world in WORLDS {
        let text = words::world(world);
        scene.disc((x + 5.0, y), 5.0, colours::of_world(world));
        scene.text(Text::new(x + 16.0, y, text, 13.0, colours::as_text(colours::of_world(world))).bold());
        x += 16.0 + fonts::width(text, 13.0, true) + 28.0;
    }
}

/// Draws the chart; none without default rows.
pub(super) fn draw(r: &Results) -> Option<Picture> {
    let firms = shown(r);
    if firms.is_empty() {
        return None;
    }
    let title = title(r, &firms);
    let which = left_out(r, &firms);
    let subtitle = format!(
        "Probability of default within the horizon in three worlds on the same draws, with 95 % intervals ({}).{which}",
        words::intervals_of_shares(r)
    );
    let (mut scene, top) = frame::framed(r, &title, &subtitle);
    draw_key(&mut scene, top + 4.0);
    let heights = (top + 56.0, BOTTOM - 50.0);
    let names = 170.0;
    let wide = (RIGHT - LEFT - names - 50.0) / 2.0;
    let step = (heights.1 - heights.0) / firms.len() as f64;
    for (n, &i) in firms.iter().enumerate() {
        let y = heights.0 + step * (n as f64 + 0.5);
        scene.text(Text::new(LEFT + names - 14.0, y, fonts::fit(&words::firm(r, i), 14.0, false, names - 14.0), 14.0, INK).end());
        if n > 0 {
            let edge = heights.0 + step * n as f64;
            scene.line(&[(LEFT, edge), (RIGHT, edge)], colours::GRID, 0.8);
        }
    }
    for (given, left) in [(Given::All, LEFT + names), (Given::Bust, LEFT + names + wide + 50.0)] {
        draw_panel(&mut scene, r, &firms, given, (left, left + wide), heights);
    }
    let alt = format!("{title}. Dots with intervals for {}.", words::plural(firms.len(), "firm", "firms"));
    Some(Picture { name: "defaults-by-world", title, alt, data_csv: data(r, &firms), scene })
}
