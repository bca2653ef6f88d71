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

/// The rows of firms for one loss, largest first.
fn firms(r: &Results) -> Vec<&ChannelRow> {
    let rows = || r.channels.iter().filter(sound).filter(|c| c.firm.is_some());
    let wanted = [Metric::NetLoss, Metric::MarkToMarketLoss];
    let metric = wanted.into_iter().find(|m| rows().any(|c| c.metric == *m)).or(rows().next().map(|c| c.metric));
    let size = |c: &ChannelRow| parts(c).iter().map(|v| v.abs()).sum::<f64>();
    let mut found: Vec<&ChannelRow> = rows().filter(|c| Some(c.metric) == metric && size(c) > 0.0).collect();
    found.sort_by(|a, b| size(b).total_cmp(&size(a)));
    found.truncate(MOST_FIRMS);
    found
}

fn title(r: &Results, c: &ChannelRow) -> String {
    let who = c.firm.map_or_else(|| "the firms together".to_string(), |i| words::firm(r, i));
    let channel = (0..4).max_by(|&a, &b| c.shapley[a].total_cmp(&c.shapley[b])).unwrap_or(0);
    let (total, own) = (c.total, c.own);
    let unit = |v: f64| if c.metric.unit() == "USD bn" { words::usd_plain(v) } else { words::number(v, words::digits_of(v, 3)) };
    if total <= 0.0 {
        return format!("The scripted shock costs {who} nothing: a gain of {} in the full model", unit(-total));
    }
    format!(
        "Of {} lost by {who}, {} is the first shock; {} adds most, {}",
        unit(total),
        unit(own),
        STEPS[channel + 1].0,
        unit(c.shapley[channel])
    )
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

/// Bars that start where the one before ended, then the total.
fn draw_waterfall(scene: &mut Scene, c: &ChannelRow, box_: [f64; 4]) {
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
    bar(5, "total (W0)", 0.0, c.total, c.total, INK);
    scene.line(&[(left, y.at(0.0)), (right, y.at(0.0))], GREY, 1.0);
}

/// One horizontal stack per firm, gains to the left of zero, the total as a mark with its number.
fn draw_firms(scene: &mut Scene, r: &Results, rows: &[&ChannelRow], box_: [f64; 4]) {
    let [left, top, right, bottom] = box_;
    let side = |c: &ChannelRow, sign: f64| parts(c).iter().map(|v| (v * sign).max(0.0)).sum::<f64>() * sign;
    let ends = rows.iter().flat_map(|c| [side(c, -1.0), side(c, 1.0), c.total]).chain([0.0]);
    let (low, high) = frame::range(ends).unwrap_or((0.0, 1.0));
    let x = Axis::linear(low, high, left, right - 60.0);
    let ticks = frame::plain_ticks(&x, 4);
    ticks.iter().for_each(|(v, _)| scene.line(&[(x.at(*v), top), (x.at(*v), bottom)], GRID, 1.0));
    frame::bottom_axis(scene, &x, bottom, &ticks, rows.first().map_or("", |c| c.metric.unit()), 12.5);
    let step = ((bottom - top) / rows.len() as f64).min(60.0);
    for (n, c) in rows.iter().enumerate() {
        let (y0, y1) = (top + step * (n as f64 + 0.16), top + step * (n as f64 + 0.84));
        let (mut up, mut down) = (0.0, 0.0);
        for (v, (_, colour)) in parts(c).into_iter().zip(STEPS) {
            let end: &mut f64 = if v < 0.0 { &mut down } else { &mut up };
            scene.rect((x.at(*end), y0), (x.at(*end + v), y1), colour, 1.0);
            *end += v;
        }
        let middle = (y0 + y1) / 2.0;
        scene.line(&[(x.at(c.total), y0 - 3.0), (x.at(c.total), y1 + 3.0)], INK, 2.4);
        let total = words::number(c.total, words::digits_of(c.total, 3));
        scene.text(Text::new(x.at(up.max(c.total)) + 8.0, middle, total, 12.5, INK).bold().halo());
        let name = c.firm.map_or_else(String::new, |i| words::firm(r, i));
        scene.text(Text::new(left - 10.0, middle, fonts::fit(&name, 13.0, false, 104.0), 13.0, INK).end());
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
    let title = title(r, first);
    let subtitle = "Exact Shapley values over the channels: what each adds, averaged over every order in which they can be switched on. Own shock: the loss as \
                    isolated firms (W2); total: the full model (W0).";
    let (mut scene, top) = frame::framed(r, &title, subtitle);
    let heights = (top + 62.0, BOTTOM - 46.0);
    let split = if system.is_some() { LEFT + 575.0 } else { LEFT };
    if let Some(c) = system {
        let right = if firms.is_empty() { RIGHT } else { split - 30.0 };
        scene.text(Text::new(LEFT, top + 10.0, format!("All firms: {}", words::metric(c.metric)), 14.0, INK).bold());
        draw_waterfall(&mut scene, c, [LEFT + 52.0, heights.0, right, heights.1]);
    }
    if let Some(c) = firms.first() {
        let what = if c.metric == Metric::NetLoss { "contribution to the net loss" } else { words::metric(c.metric) };
        scene.text(Text::new(split, top + 10.0, format!("Firm by firm: {what}; mark and number: total"), 14.0, INK).bold());
        draw_key(&mut scene, split, top + 32.0);
        draw_firms(&mut scene, r, &firms, [split + 118.0, heights.0, RIGHT, heights.1]);
    }
    let alt = format!("{title}. Waterfall of the channels, and bars for {}.", words::plural(firms.len(), "firm", "firms"));
    Some(Picture { name: "channels", title, alt, data_csv: data(r), scene })
}
