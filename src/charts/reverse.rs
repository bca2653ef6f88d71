//! Drivers as rows: what each is over all paths and where a condition holds, with the most likely path marked. Not the search itself.

use super::colours::{self, BLUE, Colour, GREY, INK, VERMILLION};
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT, SMALL};
use super::scene::{Scene, Text};
use super::table::{Table, field};
use super::{Picture, fonts, words};
use crate::analysis::reverse::{LEVELS, Reversal, Shift, Spread};
use crate::results::reversed;
use crate::results::words as plain;

/// Width of the names on the left.
const NAMES: f64 = 270.0;
/// Right edges of the three columns of numbers, from the right edge of the picture.
const COLUMNS: [f64; 3] = [210.0, 105.0, 0.0];
/// Width of all of them.
const NUMBERS: f64 = 300.0;

const ALL: Colour = colours::PALE;
const HOLDS: Colour = VERMILLION;
const LIKELY: Colour = BLUE;

/// Value of a coordinate on the most likely path.
fn likely(r: &Reversal, n: usize) -> Option<f64> {
    r.most_likely.as_ref().and_then(|t| t.values.get(n).copied())
}

fn title(r: &Reversal) -> String {
    let chance = words::percent_interval(&r.probability);
    let top: Vec<&Shift> = r.coordinates.iter().filter(|s| s.ranks.0 == 1 && reversed::is_clear(s)).collect();
    let names: Vec<String> = top.iter().take(2).map(|s| reversed::coordinate_phrase(r, s.coordinate)).collect();
    let apart = match &names[..] {
        [] => String::new(),
        [one] => format!("; apart most: {one}"),
        more => format!("; apart most, not told apart: {}", plain::list(more)),
    };
    format!("{} on {chance} of paths{apart}", plain::capital(&reversed::clause(r)))
}

fn data(r: &Reversal) -> String {
    let levels = |name: &str| LEVELS.map(|q| format!("{name}_p{:02.0}", 100.0 * q));
    let columns: Vec<String> = ["driver".to_string()]
        .into_iter()
        .chain(levels("all"))
        .chain(levels("where_it_holds"))
        .chain(["most_likely".to_string()])
        .collect();
    let mut table = Table::new(&columns.iter().map(String::as_str).collect::<Vec<_>>());
    for (n, s) in r.coordinates.iter().enumerate() {
        let numbers =
            s.all.quantiles.iter().chain(&s.meeting.quantiles).map(|x| field(*x)).chain([likely(r, n).map_or(String::new(), field)]);
        let cells: Vec<String> = [reversed::coordinate(r, s.coordinate)].into_iter().chain(numbers).collect();
        table.row(&cells.iter().map(|c| c as &dyn std::fmt::Display).collect::<Vec<_>>());
    }
    table.text()
}

/// P5 to P95 as a thin line, P25 to P75 as a thick one, the median as a disc.
fn bar(scene: &mut Scene, x: &Axis, y: f64, spread: &Spread, colour: Colour) {
    let [p5, p25, p50, p75, p95] = spread.quantiles.map(|v| x.at(v));
    scene.line(&[(p5, y), (p95, y)], colour, 1.6);
    scene.line(&[(p25, y), (p75, y)], colour, 6.0);
    scene.disc((p50, y), 4.6, colour);
    scene.disc((p50, y), 2.0, colours::WHITE);
}

fn diamond(scene: &mut Scene, (x, y): (f64, f64)) {
    let r = 6.0;
    scene.area(&[(x, y - r), (x + r, y), (x, y + r), (x - r, y)], LIKELY, 1.0);
}

/// One row: its own scale from the lowest to the highest of what is drawn.
fn row(scene: &mut Scene, r: &Reversal, n: usize, (top, bottom): (f64, f64)) {
    let s = &r.coordinates[n];
    let (left, right, middle) = (LEFT + NAMES, RIGHT - NUMBERS, (top + bottom) / 2.0);
    let drawn = s.all.quantiles.into_iter().chain(s.meeting.quantiles).chain(likely(r, n));
    let Some((low, high)) = frame::range(drawn) else { return };
    let x = Axis::linear(low, high, left + 50.0, right - 50.0);
    scene.line(&[(LEFT, bottom), (RIGHT, bottom)], colours::GRID, 1.0);
    let names = fonts::wrap(&reversed::coordinate(r, s.coordinate), 14.0, false, NAMES - 10.0, 2);
    let first = middle - 9.0 * (names.len() as f64 - 1.0);
    for (k, line) in names.into_iter().enumerate() {
        scene.text(Text::new(LEFT, first + 18.0 * k as f64, line, 14.0, INK));
    }
    let value = |v: f64| reversed::value(r, s.coordinate, v).replace('-', "−");
    scene.text(Text::new(left + 38.0, middle, value(low), 12.0, GREY).end());
    scene.text(Text::new(right - 38.0, middle, value(high), 12.0, GREY));
    for (spread, dy, colour, where_) in [(&s.all, -7.0, ALL, "all paths"), (&s.meeting, 7.0, HOLDS, "where it holds")] {
        bar(scene, &x, middle + dy, spread, colour);
        let [p5, _, p50, _, p95] = spread.quantiles.map(value);
        let text = format!("{}, {where_}: median {p50} ({p5} to {p95} in 90 % of those paths)", reversed::coordinate(r, s.coordinate));
        scene.value((x.at(spread.quantiles[2]), middle + dy), text);
    }
    let [all, holds, likely_at] = COLUMNS.map(|c| RIGHT - c);
    scene.text(Text::new(all, middle, value(s.all.quantiles[2]), SMALL, GREY).end());
    scene.text(Text::new(holds, middle, value(s.meeting.quantiles[2]), SMALL, colours::as_text(HOLDS)).bold().end());
    if let Some(v) = likely(r, n) {
        diamond(scene, (x.at(v), middle));
        scene.value((x.at(v), middle), format!("{}, on the most likely path: {}", reversed::coordinate(r, s.coordinate), value(v)));
        scene.text(Text::new(likely_at, middle, value(v), SMALL, LIKELY).bold().end());
    }
}

fn headings(scene: &mut Scene, top: f64) {
    let [all, holds, likely_at] = COLUMNS.map(|c| RIGHT - c);
    let heads = [
        (all, ["all paths,", "median"], GREY),
        (holds, ["where it", "holds"], colours::as_text(HOLDS)),
        (likely_at, ["most likely", "path"], LIKELY),
    ];
    diamond(scene, (likely_at - fonts::width("path", 12.5, false) - 12.0, top + 16.0));
    for (x, lines, colour) in heads {
        for (k, line) in lines.into_iter().enumerate() {
            scene.text(Text::new(x, top + 16.0 * k as f64, line, 12.5, colour).end());
        }
    }
}

/// Draws the chart; none where no path meets the condition or nothing varies. `footer` names the scenario and its date.
pub(super) fn draw(r: &Reversal, footer: &str) -> Option<Picture> {
    if r.coordinates.is_empty() {
        return None;
    }
    let title = title(r);
    let subtitle = format!(
        "Condition {}, W0. Drivers up to {}, each on its own scale: line P5 to P95, bar P25 to P75, disc median; grey over all paths, red where the condition holds, largest \
         shift first.",
        r.condition.text,
        reversed::quarter(r, r.last_quarter)
    );
    let sampling = if r.sampling == "plain" { String::new() } else { format!(", {} sampling", r.sampling) };
    let footer =
        format!("{footer} · {} paths, {} meet the condition{sampling} · seed {}", words::count(r.paths), words::count(r.meeting), r.seed);
    let (mut scene, top) = frame::with_footer(&footer, &title, &subtitle);
    headings(&mut scene, top + 8.0);
    let (from, to) = (top + 38.0, BOTTOM - 4.0);
    let step = (to - from) / r.coordinates.len() as f64;
    for n in 0..r.coordinates.len() {
        row(&mut scene, r, n, (from + step * n as f64, from + step * (n as f64 + 1.0)));
    }
    let alt = format!(
        "{title}. Ranges of {} over all paths and where the condition holds.",
        words::plural(r.coordinates.len(), "driver", "drivers")
    );
    Some(Picture { name: "reverse", title, alt, data_csv: data(r), scene })
}
