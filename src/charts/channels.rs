//! The loss by channel: a waterfall for the system, stacked bars for firms. Shapley values, so that parts add up; with their errors
//! where an attribution over random paths has them.

use super::colours::{BLUE, Colour, GREEN, GREY, GRID, INK, ORANGE, PALE, VERMILLION, as_text};
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::{Scene, Text};
use super::table::{Table, field, fields_or_none};
use super::{Picture, fonts, words};
use crate::analysis::attribute::Attribution;
use crate::results::{ChannelRow, Given, Metric, Results};
use crate::stats::Estimate;

const MOST_FIRMS: usize = 10;
const STEPS: [(&str, Colour); 5] =
    [("own shock", PALE), ("orders", BLUE), ("payments", GREEN), ("valuation of stakes", ORANGE), ("financing", VERMILLION)];

/// Name of the last bar.
const TOTAL: &str = "total (W0)";

fn sound(c: &&ChannelRow) -> bool {
    c.own.is_finite() && c.total.is_finite() && c.shapley.iter().all(|v| v.is_finite())
}

/// Channels, and the attribution that they are the means of, if they are.
#[derive(Clone, Copy)]
struct Source<'a> {
    r: &'a Results,
    found: Option<&'a Attribution>,
}

impl Source<'_> {
    /// A part with its interval, by its place in `STEPS`, the total after them; none where there is no error.
    fn estimate(&self, c: &ChannelRow, part: usize) -> Option<Estimate> {
        let is_it = |s: &&crate::analysis::attribute::Split| s.metric == c.metric && s.firm == c.firm && s.given == Given::All;
        let split = self.found?.splits.iter().find(is_it)?;
        let all = [&[split.own], &split.shapley[..], &[split.total]].concat();
        all.get(part).copied().filter(words::sound)
    }

    /// A part in words.
    fn amount(&self, c: &ChannelRow, part: usize) -> String {
        let plain = if part == STEPS.len() { c.total } else { parts(c)[part] };
        self.estimate(c, part).map_or_else(|| amount(plain, c.metric), |e| words::with_error(&e, words::Unit::of(c.metric)))
    }
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
fn title(s: Source<'_>, c: &ChannelRow, firms: &[&ChannelRow]) -> String {
    let r = s.r;
    let who = c.firm.map_or_else(|| "The firms together".to_string(), |i| words::firm(r, i));
    let against = if c.metric == Metric::NetLoss { " against plan" } else { "" };
    let unit = |v: f64| amount(v, c.metric);
    if c.total <= 0.0 {
        let gain = s.estimate(c, STEPS.len()).and_then(|e| e.scaled(-1.0));
        let gain = gain.map_or_else(|| unit(-c.total), |e| words::with_error(&e, words::Unit::of(c.metric)));
        return format!("{who} lose nothing{against}: a gain of {gain} in the full model");
    }
    let channel = (0..4).max_by(|&a, &b| c.shapley[a].total_cmp(&c.shapley[b])).unwrap_or(0);
    let added = c.shapley[channel];
    let total = s.amount(c, STEPS.len());
    let is_told = s.estimate(c, channel + 1).is_none_or(|e| e.low > 0.0);
    if added <= 0.0 || !is_told {
        let error = if s.found.is_some() { " beyond the error" } else { "" };
        return format!("{who} lose {total}{against}; no channel of the network adds to the first shock{error}");
    }
    let through = |f: &ChannelRow| f.shapley.iter().sum::<f64>();
    let hit = firms.iter().filter(|f| f.firm.is_some()).max_by(|a, b| through(a).total_cmp(&through(b))).filter(|f| through(f) > 0.0);
    // What all channels together cost a firm has no interval in an attribution.
    let hit = hit.filter(|_| s.found.is_none());
    let hit =
        hit.map_or(String::new(), |f| format!("; the network costs {} most, {}", words::firm(r, f.firm.unwrap_or(0)), unit(through(f))));
    let verb = if channel < 2 { "add" } else { "adds" };
    let own = if r.scenario.random { "from own shocks" } else { "is the first shock" };
    let (first, added) = (s.amount(c, 0), s.amount(c, channel + 1));
    format!("{who} lose {total}{against}: {first} {own}, {} {verb} {added}{hit}", STEPS[channel + 1].0)
}

fn data(s: Source<'_>) -> String {
    let r = s.r;
    let mut header = vec!["loss", "firm", "own", "total"];
    let names: Vec<String> = ["shapley", "one_in", "leave_one_out"]
        .iter()
        .flat_map(|kind| ["orders", "payments", "valuation", "financing"].map(|c| format!("{kind}_{c}")))
        .collect();
    header.extend(names.iter().map(String::as_str));
    let ends = ["own", "shapley_orders", "shapley_payments", "shapley_valuation", "shapley_financing", "total"]
        .iter()
        .flat_map(|part| ["low", "high"].map(|end| format!("{part}_{end}")))
        .collect::<Vec<_>>();
    if s.found.is_some() {
        header.extend(ends.iter().map(String::as_str));
    }
    let mut table = Table::new(&header);
    for c in &r.channels {
        let who = c.firm.map_or_else(|| "system".to_string(), |i| words::firm(r, i));
        let numbers: Vec<String> =
            [c.own, c.total].iter().chain(&c.shapley).chain(&c.one_in).chain(&c.leave_one_out).map(|v| field(*v)).collect();
        let name = c.metric.name();
        let mut fields: Vec<&dyn std::fmt::Display> = vec![&name, &who];
        fields.extend(numbers.iter().map(|n| n as &dyn std::fmt::Display));
        let intervals: Vec<String> =
            (0..=STEPS.len()).flat_map(|part| fields_or_none(s.estimate(c, part).as_ref()).into_iter().skip(1)).collect();
        if s.found.is_some() {
            fields.extend(intervals.iter().map(|n| n as &dyn std::fmt::Display));
        }
        table.row(&fields);
    }
    table.text()
}

/// What can be read of one part.
fn told(s: Source<'_>, c: &ChannelRow, part: usize) -> String {
    let who = c.firm.map_or_else(|| "All firms".to_string(), |i| words::firm(s.r, i));
    let (name, what) =
        STEPS.get(part).map_or((TOTAL, "loss in W0"), |step| (step.0, if part == 0 { "loss in W2" } else { "a part of the loss in W0" }));
    let rests = if s.r.scenario.random { "mean over all paths" } else { "one path, no error" };
    format!("{who}, {}, {name}: {}, {what}; {rests}", words::metric(c.metric), s.amount(c, part))
}

/// Bars that start where the one before ended, then the total.
fn draw_waterfall(scene: &mut Scene, s: Source<'_>, c: &ChannelRow, box_: [f64; 4]) {
    let [left, top, right, bottom] = box_;
    let mut levels = vec![0.0];
    parts(c).iter().for_each(|v| levels.push(levels[levels.len() - 1] + v));
    let (low, high) = frame::range(levels.iter().copied().chain([c.total, 0.0])).unwrap_or((0.0, 1.0));
    let pad = if s.found.is_some() { 0.10 } else { 0.06 } * (high - low);
    let y = Axis::linear(if low < 0.0 { low - pad } else { low }, high + pad, bottom, top);
    frame::left_axis(scene, &y, left, right, &frame::plain_ticks(&y, 6), c.metric.unit(), 12.5);
    let step = (right - left) / 6.0;
    let mut bar = |n: usize, name: &str, from: f64, to: f64, shown: f64, colour: Colour| {
        let (x0, x1) = (left + step * (n as f64 + 0.12), left + step * (n as f64 + 0.88));
        scene.rect((x0, y.at(to)), (x1, y.at(from)), colour, 1.0);
        scene.value_in((x0, y.at(to)), (x1, y.at(from)), told(s, c, n));
        let sign = if n > 0 && n < 5 && shown > 0.0 { "+" } else { "" };
        let (middle, error) = ((x0 + x1) / 2.0, s.estimate(c, n));
        let plain = || (words::number(shown, words::digits_of(shown, 3)), String::new());
        let (text, half) = error.map_or_else(plain, |e| words::two_lines(&e, words::Unit::of(c.metric)));
        let mut top = y.at(from.max(to));
        if let Some(e) = error {
            scene.line(&[(middle, y.at(from + e.low)), (middle, y.at(from + e.high))], if n == 5 { PALE } else { INK }, 1.6);
            top = top.min(y.at(from + e.high));
            scene.text(Text::new(middle, top - 9.0, fonts::fit(&half, 11.0, false, step), 11.0, INK).middle().halo());
            top -= 13.0;
        }
        scene.text(Text::new(middle, top - 11.0, format!("{sign}{text}"), 13.0, INK).bold().middle().halo());
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
fn draw_firms(scene: &mut Scene, s: Source<'_>, rows: &[&ChannelRow], [left, top, _, lowest]: [f64; 4]) {
    let step = ((lowest - top) / rows.len() as f64).min(56.0);
    let bottom = top + step * rows.len() as f64;
    // The columns hold totals of other losses, which have no room for their errors.
    let right = if s.found.is_some() { RIGHT - 40.0 } else { draw_columns(scene, s.r, rows, top, step) };
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
        for (part, (v, (_, colour))) in parts(c).into_iter().zip(STEPS).enumerate() {
            let end: &mut f64 = if v < 0.0 { &mut down } else { &mut up };
            scene.rect((x.at(*end), y0), (x.at(*end + v), y1), colour, 1.0);
            scene.value_in((x.at(*end), y0), (x.at(*end + v), y1), told(s, c, part));
            *end += v;
        }
        let middle = (y0 + y1) / 2.0;
        scene.value((x.at(c.total), y1 + 3.0), told(s, c, STEPS.len()));
        scene.line(&[(x.at(c.total), y0 - 3.0), (x.at(c.total), y1 + 3.0)], INK, 2.4);
        let plain = || words::number(c.total, words::digits_of(c.total, 3));
        let total = s.estimate(c, STEPS.len()).map_or_else(plain, |e| words::label(&e, words::Unit::of(c.metric)));
        scene.text(Text::new(x.at(up.max(c.total)) + 6.0, middle, total, 12.5, INK).bold().halo());
        let name = c.firm.map_or_else(String::new, |i| words::firm(s.r, i));
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
    drawn(Source { r, found: None })
}

/// The same of an attribution, of which `r` holds the means.
pub(super) fn draw_attributed(r: &Results, found: &Attribution) -> Option<Picture> {
    // One path has no error.
    drawn(Source { r, found: r.scenario.random.then_some(found) })
}

fn drawn(s: Source<'_>) -> Option<Picture> {
    let r = s.r;
    let (system, firms) = (system(r), firms(r));
    let first = system.or(firms.first().copied())?;
    let title = title(s, first, &firms);
    let which = if s.found.is_some() {
        "Means over every path, with 95 % intervals."
    } else if r.scenario.random {
        "Means over every path."
    } else {
        "One path, random shocks off."
    };
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
        draw_waterfall(&mut scene, s, c, [LEFT + 46.0, heights.0, right, heights.1]);
    }
    if let Some(c) = firms.first() {
        let of_system = system.is_some_and(|s| s.metric == c.metric);
        let what = if of_system { "its part of that loss".to_string() } else { words::metric(c.metric).to_lowercase() };
        scene.text(Text::new(split, top + 6.0, format!("Firm by firm: {what}; mark and number: total"), 14.0, INK).bold());
        draw_key(&mut scene, split, top + 27.0);
        draw_firms(&mut scene, s, &firms, [split + 118.0, heights.0, RIGHT, heights.1]);
    }
    let alt = format!("{title}. Waterfall of the channels, and bars for {}.", words::plural(firms.len(), "firm", "firms"));
    Some(Picture { name: "channels", title, alt, data_csv: data(s), scene })
}
