//! Cumulative probability of default by quarter, over every path and given a bust. No causes.

use super::colours::{self, GREY, INK};
use super::frame::{self, Axis, BOTTOM, LEFT, Label, RIGHT};
use super::scene::{Point, Scene, Text};
use super::table::{Table, fields, fields_or_none};
use super::words::Unit;
use super::{FEWEST, Picture, fonts, words};
use crate::results::{DefaultRow, Given, Results, WorldName};
use crate::stats::Estimate;

const MOST_FIRMS: usize = 12;

fn row(r: &Results, firm: usize, given: Given) -> Option<&DefaultRow> {
    r.default_of(firm, WorldName::W0, given).filter(|d| d.paths > 0 && words::sound(&d.probability))
}

/// The firms that fail at all, most likely first.
fn shown(r: &Results) -> Vec<usize> {
    let count = |i: usize| row(r, i, Given::All).map_or(0, |d| d.count);
    let mut firms: Vec<usize> = (0..r.firms.len()).filter(|&i| count(i) >= FEWEST).collect();
    let probability = |i: usize| row(r, i, Given::All).map_or(0.0, |d| d.probability.value);
    firms.sort_by(|&a, &b| probability(b).total_cmp(&probability(a)));
    firms.truncate(MOST_FIRMS);
    firms
}

fn cumulative(d: &DefaultRow) -> Vec<f64> {
    let mut sum = 0.0;
    let reached = d.probability_by_quarter.iter().map(|p| {
        sum += p;
        sum
    });
    std::iter::once(0.0).chain(reached).collect()
}

/// The same share by the end of a quarter, with its interval where it has one; at the horizon it is the recorded one.
fn reached(r: &Results, d: &DefaultRow, t: usize) -> Option<Estimate> {
    if t >= d.by_quarter.len() { Some(d.probability) } else { words::share_of(r, d.by_quarter[..t].iter().sum(), d.paths) }
}

fn title(r: &Results, firms: &[usize]) -> String {
    let Some((&i, d)) = firms.first().and_then(|i| row(r, *i, Given::All).map(|d| (i, d))) else {
        let rows = (0..r.firms.len()).filter_map(|i| row(r, i, Given::All));
        let most = rows.map(|d| d.count).max().unwrap_or(0);
        return format!("No firm fails in {FEWEST} or more of {} paths; the most often, in {most}", words::count(r.run.paths));
    };
    let name = words::firm(r, i);
    let end = words::quarter(r, d.by_quarter.len());
    let bust = row(r, i, Given::Bust).filter(|b| b.paths >= FEWEST);
    match bust {
        Some(b) => format!(
            "{name} fails by {end} in {} of paths, and in {} of those with a bust",
            words::percent(&d.probability),
            words::percent(&b.probability)
        ),
        None => format!("{name} fails by {end} in {} of paths", words::percent_interval(&d.probability)),
    }
}

fn data(r: &Results, firms: &[usize]) -> String {
    let mut table = Table::new(&[
        "firm",
        "given",
        "quarter",
        "cumulative_probability",
        "cumulative_low",
        "cumulative_high",
        "horizon_probability",
        "low",
        "high",
        "paths",
    ]);
    for (&i, given) in firms.iter().flat_map(|i| [Given::All, Given::Bust].map(move |g| (i, g))) {
        let Some(d) = row(r, i, given) else { continue };
        let [value, low, high] = fields(&d.probability);
        for (t, p) in cumulative(d).iter().enumerate() {
            let (name, given, when) = (words::firm(r, i), format!("{given:?}"), words::quarter(r, t));
            let [_, from, to] = fields_or_none(reached(r, d, t).as_ref());
            table.row(&[&name, &given, &when, p, &from, &to, &value, &low, &high, &d.paths]);
        }
    }
    table.text()
}

/// What can be read of the line of a firm: every quarter of it.
fn values(scene: &mut Scene, r: &Results, (firm, given): (usize, Given), d: &DefaultRow, (x, y): (&Axis, &Axis)) {
    let (who, condition) = (words::firm(r, firm), crate::results::words::given(given));
    for (t, p) in cumulative(d).into_iter().enumerate().skip(1) {
        let (when, chance) = (words::quarter(r, t), words::share_told(p, reached(r, d, t).as_ref()));
        scene.value((x.at(t as f64), y.at(p)), format!("{who}, by {when}, {condition}: has failed in {chance} of paths (W0)"));
    }
}

/// One panel between two edges.
fn draw_panel(scene: &mut Scene, r: &Results, firms: &[usize], given: Given, edges: (f64, f64), heights: (f64, f64)) {
    let (left, right) = edges;
    let (top, bottom) = heights;
    let rows: Vec<(usize, usize, &DefaultRow)> =
        firms.iter().enumerate().filter_map(|(n, &i)| row(r, i, given).map(|d| (n, i, d))).filter(|(_, _, d)| d.paths >= FEWEST).collect();
    let head = if given == Given::Bust { "Given a bust within the horizon" } else { "Every path" };
    let paths = rows.first().map(|(_, _, d)| format!(", {} paths", words::count(d.paths))).unwrap_or_default();
    scene.text(Text::new(left - 40.0, top - 40.0, format!("{head}{paths}"), 15.0, INK).bold());
    if rows.is_empty() {
        scene.text(Text::new(left, (top + bottom) / 2.0, format!("nothing rests on {FEWEST} paths or more"), 14.0, GREY));
        return;
    }
    let highest = rows.iter().map(|(_, _, d)| d.probability.high).fold(0.0, f64::max);
    let horizon = rows.iter().map(|(_, _, d)| d.by_quarter.len()).max().unwrap_or(1).max(1);
    let x = Axis::linear(0.0, horizon as f64, left, right);
    let y = Axis::linear(0.0, (highest * 1.04).min(1.0), bottom, top);
    frame::left_axis(scene, &y, left, right, &frame::percent_ticks(&y, 6), "share of paths in which the firm has failed", 12.5);
    let years: Vec<(f64, String)> = words::years(r, 7).into_iter().filter(|(t, _)| *t <= horizon).map(|(t, l)| (t as f64, l)).collect();
    frame::bottom_axis(scene, &x, bottom, &years, "end of year", 12.5);
    rows.iter().for_each(|(_, i, d)| values(scene, r, (*i, given), d, (&x, &y)));
    let mut labels = Vec::new();
    for (n, i, d) in rows.into_iter().rev() {
        let colour = colours::series(n);
        let points: Vec<Point> = cumulative(d).iter().enumerate().map(|(t, p)| (x.at(t as f64), y.at(*p))).collect();
        scene.line(&points, colour, if n < colours::SERIES.len() { 2.4 } else { 1.4 });
        let end = x.at(d.by_quarter.len() as f64);
        scene.line(&[(end, y.at(d.probability.low)), (end, y.at(d.probability.high))], colour, 4.0);
        let number = words::label(&d.probability, Unit::Share);
        let name = fonts::fit(&words::firm(r, i), 12.0, n == 0, 202.0 - fonts::width(&number, 12.0, n == 0));
        let text = format!("{name} {number}");
        labels.push(Label { at: (end + 3.0, y.at(d.probability.value)), text, colour: if n < 7 { colour } else { GREY }, bold: n == 0 });
    }
    frame::label_column(scene, &labels, (right + 18.0, right + 224.0), (top, bottom - 4.0), 12.0);
}

/// Draws the chart; none without default rows.
pub(super) fn draw(r: &Results) -> Option<Picture> {
    if !(0..r.firms.len()).any(|i| row(r, i, Given::All).is_some()) {
        return None;
    }
    let firms = shown(r);
    let title = title(r, &firms);
    let left_out = r.firms.len() - firms.len();
    let others = if left_out > 0 {
        format!(" Not drawn: {}, the rarest or below {FEWEST} paths.", words::plural(left_out, "firm", "firms"))
    } else {
        String::new()
    };
    let subtitle = format!(
        "Cumulative probability of default by quarter, full model (W0), with the 95 % interval ({}) at the horizon.{others}",
        words::intervals_of_shares(r)
    );
    let (mut scene, top) = frame::framed(r, &title, &subtitle);
    let half = (RIGHT - LEFT) / 2.0;
    let heights = (top + 58.0, BOTTOM - 50.0);
    for (given, left) in [(Given::All, LEFT), (Given::Bust, LEFT + half + 10.0)] {
        draw_panel(&mut scene, r, &firms, given, (left + 46.0, left + half - 216.0), heights);
    }
    let alt = format!("{title}. Lines of cumulative default probability for {}.", words::plural(firms.len(), "firm", "firms"));
    Some(Picture { name: "default-timeline", title, alt, data_csv: data(r, &firms), scene })
}
