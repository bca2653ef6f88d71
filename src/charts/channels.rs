//! The loss by channel: a waterfall for the system, stacked bars for firms. Shapley values, so that parts add up. Nothing random.

use super::colours::{BLUE, Colour, GREEN, GREY, GRID, INK, ORANGE, PALE, VERMILLION, as_text};
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::{Scene, Text};
use super::table::{Table, field};
use super::{Picture, fonts, words};
use crate::results::{ChannelRow, Metric, Results};

const MOST_FIRMS: usize = 10;
const STEPS: [(&str, Colour); 5] =
    [("own shock", PALE), ("orders", BLUE), ("payments", GREEN), ("valuation of stakes", ORANGE), ("financing", VERMILLION)];

/// Name of the last bar.
const TOTAL: &str = "total (W0)";

fn sound(c: &&ChannelRow) -> bool {
    c.own.is_finite() && c.total.is_finite() && c.shapley.iter().all(|v| v.is_finite())
}

fn parts(c: &ChannelRow) -> [f64; 5] {
    [c.own, c.shapley[0], c.shapley[1], c.shapley[2], c.shapley[3]]
}

/// The row of the system: net loss if there is one.
fn system(r: &Results) -> Option<&ChannelRow> {
    let rows = || r.channels.iter().filter(sound).filter(|c| c.firm.is_none());
    rows().find(|c| c.metric == Metric::NetLoss).or_else(|| rows().next())
}

/// The rows of firms for the loss of the system, or for another that there is, largest loss first.
fn firms(r: &Results) -> Vec<&ChannelRow> {
    let rows = || r.channels.iter().filter(sound).filter(|c| c.firm.is_some());
    let wanted = system(r).map(|c| c.metric).into_iter().chain([Metric::NetLoss, Metric::MarkToMarketLossVsPlan]);
    let metric = wanted.into_iter().find(|m| rows().any(|c| c.metric == *m)).or(rows().next().map(|c| c.metric));
    let size = |c: &ChannelRow| parts(c).iter().map(|v| v.abs()).sum::<f64>();
    let largest = rows().filter(|c| Some(c.metric) == metric).map(size).fold(0.0, f64::max);
    let mut found: Vec<&ChannelRow> = rows().filter(|c| Some(c.metric) == metric && size(c) > 1e-6 * largest).collect();
    found.sort_by(|a, b| b.total.total_cmp(&a.total));
    found.truncate(MOST_FIRMS);
    found
}

fn amount(v: f64, metric: Metric) -> String {
    if metric.unit() == "USD bn" { words::usd_plain(v) } else { words::number(v, words::digits_of(v, 3)) }
}

/// The total, the first shock, the channel that adds most, and the firm that loses most through others.
fn title(r: &Results, c: &ChannelRow, firms: &[&ChannelRow]) -> String {
    let who = c.firm.map_or_else(|| "The firms together".to_string(), |i| words::firm(r, i));
    let against = if c.metric == Metric::NetLoss { " against plan" } else { "" };
    let unit = |v: f64| amount(v, c.metric);
    if c.total <= 0.0 {
        return format!("{who} lose nothing{against}: a gain of {} in the full model", unit(-c.total));
    }
    let channel = (0..4).max_by(|&a, &b| c.shapley[a].total_cmp(&c.shapley[b])).unwrap_or(0);
    let added = c.shapley[channel];
    if added <= 0.0 {
        return format!("{who} lose {}{against}; no channel of the network adds to the first shock", unit(c.total));
    }
    let through = |f: &ChannelRow| f.shapley.iter().sum::<f64>();
    let hit = firms.iter().filter(|f| f.firm.is_some()).max_by(|a, b| through(a).total_cmp(&through(b))).filter(|f| through(f) > 0.0);
    let hit =
        hit.map_or(String::new(), |f| format!("; the network costs {} most, {}", words::firm(r, f.firm.unwrap_or(0)), unit(through(f))));
    let verb = if channel < 2 { "add" } else { "adds" };
    let own = if r.scenario.random { "from own shocks" } else { "is the first shock" };
    format!("{who} lose {}{against}: {} {own}, {} {verb} {}{hit}", unit(c.total), unit(c.own), STEPS[channel + 1].0, unit(added))
}

fn data(r: &Results) -> String {
    let mut header = vec!["loss", "firm", "own", "total"];
    let names: Vec<String> = ["shapley", "one_in", "leave_one_out"]
        .iter()
        .flat_map(|kind| ["orders", "payments", "valuation", "financing"].map(|c| format!("{kind}_{c}")))
        .collect();
    header.extend(names.iter().map(String::as_str));
    let mut table = Table::new(&header);
    for c in &r.channels {
        let who = c.firm.map_or_else(|| "system".to_string(), |i| words::firm(r, i));
        let numbers: Vec<String> =
            [c.own, c.total].iter().chain(&c.shapley).chain(&c.one_in).chain(&c.leave_one_out).map(|v| field(*v)).collect();
        let name = c.metric.name();
        let mut fields: Vec<&dyn std::fmt::Display> = vec![&name, &who];
        fields.extend(numbers.iter().map(|n| n as &dyn std::fmt::Display));
        table.row(&fields);
    }
    table.text()
}

/// What can be read of one part: exact on one path; over random paths the intervals are in a table of the answer.
fn told(r: &Results, c: &ChannelRow, part: &str, v: f64) -> String {
    let who = c.firm.map_or_else(|| "All firms".to_string(), |i| words::firm(r, i));
    let what = if part == TOTAL { "loss in W0" } else { "a part of the loss in W0" };
    let rests = if r.scenario.random { "mean over all paths, intervals in channels-by-condition.csv" } else { "one path, no error" };
    format!("{who}, {}, {part}: {}, {what}; {rests}", words::metric(c.metric), amount(v, c.metric))
}

/// Bars that start where the one before ended, then the total.
fn draw_waterfall(scene: &mut Scene, r: &Results, c: &ChannelRow, box_: [f64; 4]) {
    let [left, top, right, bottom] = box_;
    let mut levels = vec![0.0];
    parts(c).iter().for_each(|v| levels.push(levels[levels.len() - 1] + v));
    let (low, high) = frame::range(levels.iter().copied().chain([c.total, 0.0])).unwrap_or((0.0, 1.0));
    let pad = 0.06 * (high - low);
    let y = Axis::linear(if low < 0.0 { low - pad } else { low }, high + pad, bottom, top);
    frame::left_axis(scene, &y, left, right, &frame::plain_ticks(&y, 6), c.metric.unit(), 12.5);
    let step = (right - left) / 6.0;
    let mut bar = |n: usize, name: &str, from: f64, to: f64, shown: f64, colour: Colour| {
        let (x0, x1) = (left + step * (n as f64 + 0.12), left + step * (n as f64 + 0.88));
        scene.rect((x0, y.at(to)), (x1, y.at(from)), colour, 1.0);
        scene.value_in((x0, y.at(to)), (x1, y.at(from)), told(r, c, name, shown));
        let sign = if n > 0 && n < 5 && shown > 0.0 { "+" } else { "" };
        let text = format!("{sign}{}", words::number(shown, words::digits_of(shown, 3)));
        scene.text(Text::new((x0 + x1) / 2.0, y.at(from.max(to)) - 11.0, text, 13.0, INK).bold().middle().halo());
        for (i, line) in fonts::wrap(name, 12.5, false, step - 4.0, 2).into_iter().enumerate() {
            scene.text(Text::new((x0 + x1) / 2.0, bottom + 14.0 + 15.0 * i as f64, line, 12.5, INK).middle());
        }
        if n < 5 {
            scene.line(&[(x1, y.at(to)), (x1 + 0.24 * step, y.at(to))], GREY, 1.0);
        }
    };
    for (n, (name, colour)) in STEPS.into_iter().enumerate() {
        bar(n, name, levels[n], levels[n + 1], parts(c)[n], colour);
    }
    bar(5, TOTAL, 0.0, c.total, c.total, INK);
    scene.line(&[(left, y.at(0.0)), (right, y.at(0.0))], GREY, 1.0);
}

/// A column of numbers beside the bars: two lines of heading and how to find the number.
type Column = ([&'static str; 2], fn(&Results, &ChannelRow) -> Option<String>);

/// The total of another loss of the same firm, in USD bn.
fn other_loss(r: &Results, c: &ChannelRow, metric: Metric) -> Option<String> {
    let row = r.channels.iter().filter(sound).find(|o| o.firm == c.firm && o.metric == metric)?;
    Some(words::number(row.total, words::digits_of(row.total, 3).min(1)))
}

const COLUMNS: [Column; 4] = [
    (["% of value", "today"], |r, c| {
        let value = r.firms.get(c.firm?)?.value_usd_bn;
        let share = 100.0 * c.total / value;
        (value > 0.0 && c.metric.unit() == "USD bn").then(|| words::number(share, words::digits_of(share, 2).min(1)))
    }),
    (["revenue", "short"], |r, c| other_loss(r, c, Metric::RevenueShortfall)),
    (["committed,", "unpaid to it"], |r, c| other_loss(r, c, Metric::CommittedShortfall)),
    (["loss of its", "shareholders"], |r, c| other_loss(r, c, Metric::MarkToMarketLossVsPlan)),
];

/// The columns that hold a number for any firm, right-aligned; returns where the first begins.
fn draw_columns(scene: &mut Scene, r: &Results, rows: &[&ChannelRow], top: f64, step: f64) -> f64 {
    const WIDE: f64 = 82.0;
    let used: Vec<&Column> = COLUMNS.iter().filter(|(_, find)| rows.iter().any(|c| find(r, c).is_some())).collect();
    for (n, (head, find)) in used.iter().rev().enumerate() {
        let right = RIGHT - WIDE * n as f64;
        for (line, text) in head.iter().enumerate() {
            scene.text(Text::new(right, top - 22.0 + 13.0 * line as f64, *text, 11.5, GREY).end());
        }
        for (i, c) in rows.iter().enumerate() {
            let text = find(r, c).unwrap_or_default();
            scene.text(Text::new(right, top + step * (i as f64 + 0.5), fonts::fit(&text, 12.5, false, WIDE - 6.0), 12.5, INK).end());
        }
    }
    RIGHT - WIDE * used.len() as f64
}

/// One horizontal stack per firm, gains to the left of zero, the total as a mark with its number.
fn draw_firms(scene: &mut Scene, r: &Results, rows: &[&ChannelRow], [left, top, _, lowest]: [f64; 4]) {
    let step = ((lowest - top) / rows.len() as f64).min(56.0);
    let bottom = top + step * rows.len() as f64;
    let right = draw_columns(scene, r, rows, top, step);
    let side = |c: &ChannelRow, sign: f64| parts(c).iter().map(|v| (v * sign).max(0.0)).sum::<f64>() * sign;
    let ends = rows.iter().flat_map(|c| [side(c, -1.0), side(c, 1.0), c.total]).chain([0.0]);
    let (low, high) = frame::range(ends).unwrap_or((0.0, 1.0));
    let x = Axis::linear(low, high, left, right - 50.0);
    let ticks = frame::plain_ticks(&x, 4);
    ticks.iter().for_each(|(v, _)| scene.line(&[(x.at(*v), top), (x.at(*v), bottom)], GRID, 1.0));
    frame::bottom_axis(scene, &x, bottom, &ticks, rows.first().map_or("", |c| c.metric.unit()), 12.5);
    for (n, c) in rows.iter().enumerate() {
        let (y0, y1) = (top + step * (n as f64 + 0.16), top + step * (n as f64 + 0.84));
        let (mut up, mut down) = (0.0, 0.0);
        for (v, (part, colour)) in parts(c).into_iter().zip(STEPS) {
            let end: &mut f64 = if v < 0.0 { &mut down } else { &mut up };
            scene.rect((x.at(*end), y0), (x.at(*end + v), y1), colour, 1.0);
            scene.value_in((x.at(*end), y0), (x.at(*end + v), y1), told(r, c, part, v));
            *end += v;
        }
        let middle = (y0 + y1) / 2.0;
        scene.value((x.at(c.total), y1 + 3.0), told(r, c, TOTAL, c.total));
        scene.line(&[(x.at(c.total), y0 - 3.0), (x.at(c.total), y1 + 3.0)], INK, 2.4);
        let total = words::number(c.total, words::digits_of(c.total, 3));
        scene.text(Text::new(x.at(up.max(c.total)) + 6.0, middle, total, 12.5, INK).bold().halo());
        let name = c.firm.map_or_else(String::new, |i| words::firm(r, i));
        scene.text(Text::new(left - 10.0, middle, fonts::fit(&name, 13.0, false, 106.0), 13.0, INK).end());
    }
    scene.line(&[(x.at(0.0), top), (x.at(0.0), bottom)], GREY, 1.0);
}

fn draw_key(scene: &mut Scene, x: f64, y: f64) {
    let mut at = x;
    for (name, colour) in STEPS {
        scene.text(Text::new(at, y, name, 12.5, as_text(colour)).bold());
        at += fonts::width(name, 12.5, true) + 14.0;
    }
}

/// Draws the chart; none without channels.
pub(super) fn draw(r: &Results) -> Option<Picture> {
    let (system, firms) = (system(r), firms(r));
    let first = system.or(firms.first().copied())?;
    let title = title(r, first, &firms);
    let which = if r.scenario.random { "Means over every path." } else { "One path, random shocks off." };
    let subtitle = format!(
        "Shapley values of the channels, USD bn: what each adds, averaged over every order of switching them on. Own shock: the loss as isolated firms (W2); total: \
         the full model (W0). {which}"
    );
    let (mut scene, top) = frame::framed(r, &title, &subtitle);
    let heights = (top + 74.0, BOTTOM - 46.0);
    let split = if system.is_some() { LEFT + 475.0 } else { LEFT };
    if let Some(c) = system {
        let right = if firms.is_empty() { RIGHT } else { split - 30.0 };
        scene.text(Text::new(LEFT, top + 6.0, format!("All firms: {}", words::metric(c.metric).to_lowercase()), 14.0, INK).bold());
        draw_waterfall(&mut scene, r, c, [LEFT + 46.0, heights.0, right, heights.1]);
    }
    if let Some(c) = firms.first() {
        let of_system = system.is_some_and(|s| s.metric == c.metric);
        let what = if of_system { "its part of that loss".to_string() } else { words::metric(c.metric).to_lowercase() };
        scene.text(Text::new(split, top + 6.0, format!("Firm by firm: {what}; mark and number: total"), 14.0, INK).bold());
        draw_key(&mut scene, split, top + 27.0);
        draw_firms(&mut scene, r, &firms, [split + 118.0, heights.0, RIGHT, heights.1]);
    }
    let alt = format!("{title}. Waterfall of the channels, and bars for {}.", words::plural(firms.len(), "firm", "firms"));
    Some(Picture { name: "channels", title, alt, data_csv: data(r), scene })
}
