//! How much worse the network makes each loss: ratios of worlds with whiskers, or the difference where a ratio says nothing. No single firms.

use super::colours::{self, Colour, GREY, INK};
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::{Scene, Text};
use super::table::{Table, fields, fields_or_none};
use super::words::Unit;
use super::{FEWEST, Picture, fonts, words};
use crate::results::{Amplification, Given, Metric, Panel, Results, WorldName};
use crate::stats::Estimate;

const PANELS: [Panel; 3] = [Panel::Base, Panel::NoSentiment, Panel::LookThrough];
const AGAINST: [WorldName; 2] = [WorldName::W2, WorldName::W1];

/// Losses in the order of their worth.
const ORDER: [Metric; 9] = [
    Metric::NetLoss,
    Metric::NetLossFromToday,
    Metric::GrossLoss,
    Metric::RevenueShortfall,
    Metric::CommittedShortfall,
    Metric::BacklogLost,
    Metric::ExternalCreditLoss,
    Metric::Defaults,
    Metric::DeadWeight,
];

fn find(r: &Results, metric: Metric, panel: Panel, against: WorldName, given: Given) -> Option<&Amplification> {
    r.amplification_of(metric, None, panel, against, given).filter(|a| a.paths >= FEWEST && words::sound(&a.difference))
}

/// The ratio; none for numbers of firms, whose difference says more.
fn ratio(a: &Amplification) -> Option<Estimate> {
    a.ratio.filter(|e| a.metric != Metric::Defaults && words::sound(e) && e.value > 0.0)
}

/// The difference with its unit.
fn difference(a: &Amplification) -> String {
    let firms = if a.metric == Metric::Defaults { " firms" } else { "" };
    format!("{}{firms}", words::difference(&a.difference, Unit::of(a.metric)))
}

/// Loss and variant of each row: every variant of the first loss, the base alone of the others.
fn rows(r: &Results) -> Vec<(Metric, Panel)> {
    let present = |m: Metric, p: Panel| AGAINST.iter().any(|&w| find(r, m, p, w, Given::All).is_some());
    let all = ORDER.into_iter().flat_map(|m| PANELS.map(|p| (m, p)));
    all.filter(|&(m, p)| (m == Metric::NetLoss || p == Panel::Base) && present(m, p)).collect()
}

fn title(r: &Results) -> String {
    let Some(a) = find(r, Metric::NetLoss, Panel::Base, WorldName::W2, Given::All) else {
        return "How much worse the network makes each loss".to_string();
    };
    match ratio(a) {
        Some(e) if e.low > 1.0 || e.high < 1.0 => {
            format!("The expected net system loss is {} times that of isolated firms (W2)", words::ratio_interval(&e))
        }
        Some(e) => format!("The net system loss is not told from that of isolated firms (W2): {} times as much", words::ratio_interval(&e)),
        None => format!("The network changes the net system loss by {}; the loss without it is too small for a ratio", difference(a)),
    }
}

fn colour(against: WorldName) -> Colour {
    colours::of_world(against)
}

fn data(r: &Results) -> String {
    let mut table = Table::new(&[
        "loss",
        "unit",
        "variant",
        "against",
        "given",
        "ratio",
        "ratio_low",
        "ratio_high",
        "difference",
        "difference_low",
        "difference_high",
        "paths",
    ]);
    for a in r.amplification.iter().filter(|a| a.firm.is_none()) {
        let ([ratio, low, high], [d, d_low, d_high]) = (fields_or_none(a.ratio.as_ref()), fields(&a.difference));
        let (panel, against, given) = (format!("{:?}", a.panel), format!("{:?}", a.against), format!("{:?}", a.given));
        table.row(&[&a.metric.name(), &a.metric.unit(), &panel, &against, &given, &ratio, &low, &high, &d, &d_low, &d_high, &a.paths]);
    }
    table.text()
}

/// The scale of one panel: holds 1 and every whisker, those far out clipped.
fn axis(r: &Results, rows: &[(Metric, Panel)], given: Given, left: f64, right: f64) -> Axis {
    let all = rows.iter().flat_map(|&(m, p)| AGAINST.iter().filter_map(move |&w| find(r, m, p, w, given))).filter_map(ratio);
    let ends = all.flat_map(|e| [e.low.max(0.2 * e.value), e.high.min(5.0 * e.value)]);
    let (low, high) = frame::range(ends.chain([1.0])).unwrap_or((0.5, 2.0));
    let (low, high) = (low.min(0.9), high.max(1.3));
    if high / low > 4.0 {
        Axis::log(low / 1.1, high * 1.1, left, right)
    } else {
        let pad = 0.05 * (high - low);
        Axis::linear(low - pad, high + pad, left, right)
    }
}

/// One comparison: a dot with its whisker and its number, or the difference in words.
fn draw_one(scene: &mut Scene, a: &Amplification, x: &Axis, y: f64, size: f64) {
    let c = colour(a.against);
    let ink = colours::as_text(c);
    let variant = if a.panel == Panel::Base { String::new() } else { format!(" ({})", words::panel(a.panel)) };
    let given = if a.given == Given::Bust { ", given a bust" } else { ", all paths" };
    let what = format!("{}{variant}{given}", words::metric(a.metric));
    let Some(e) = ratio(a) else {
        let text = format!("difference: {}", difference(a));
        scene.value((x.at(1.0) + 8.0, y), format!("W0 less {}, {what}: {}", words::world_short(a.against), difference(a)));
        scene.text(Text::new(x.at(1.0) + 8.0, y, fonts::fit(&text, size, false, RIGHT - x.at(1.0) - 8.0), size, ink).halo());
        return;
    };
    scene.line(&[(x.at(e.low), y), (x.at(e.high), y)], c, 2.2);
    scene.disc((x.at(e.value), y), 4.4, c);
    let whom = if a.against == WorldName::W2 { "A, W0/W2" } else { "C, W0/W1" };
    scene.value((x.at(e.value), y), format!("{whom}, {what}: {}", words::ratio_interval(&e)));
    let text = words::ratio_interval(&e);
    let wide = fonts::width(&text, size, false);
    if x.at(e.high) + 8.0 + wide < x.to_px + 60.0 {
        scene.text(Text::new(x.at(e.high) + 8.0, y, text, size, ink).halo());
    } else {
        scene.text(Text::new(x.at(e.low) - 8.0, y, text, size, ink).end().halo());
    }
}

fn draw_panel(scene: &mut Scene, r: &Results, rows: &[(Metric, Panel)], given: Given, x: &Axis, heights: (f64, f64)) {
    let (top, bottom) = heights;
    let ticks: Vec<(f64, String)> =
        if x.log { x.ticks(5).0.into_iter().map(|v| (v, words::shortest(v))).collect() } else { frame::plain_ticks(x, 5) };
    for (v, _) in &ticks {
        scene.line(&[(x.at(*v), top), (x.at(*v), bottom)], colours::GRID, 1.0);
    }
    frame::bottom_axis(scene, x, bottom, &ticks, "ratio of expected losses; 1: no difference", 12.5);
    scene.line(&[(x.at(1.0), top), (x.at(1.0), bottom)], INK, 1.4);
    let step = (bottom - top) / rows.len() as f64;
    let size = (0.36 * step).clamp(9.0, 12.0);
    for (n, &(metric, panel)) in rows.iter().enumerate() {
        let middle = top + step * (n as f64 + 0.5);
        let found: Vec<&Amplification> = AGAINST.iter().filter_map(|&w| find(r, metric, panel, w, given)).collect();
        let apart = if found.len() > 1 { (0.23 * step).min(9.0) } else { 0.0 };
        for (m, a) in found.into_iter().enumerate() {
            scene.grouped(a.against, given, |scene| draw_one(scene, a, x, middle + (2.0 * m as f64 - 1.0) * apart, size));
        }
    }
}

fn draw_names(scene: &mut Scene, rows: &[(Metric, Panel)], names: f64, heights: (f64, f64)) {
    let step = (heights.1 - heights.0) / rows.len() as f64;
    for (n, &(metric, panel)) in rows.iter().enumerate() {
        let y = heights.0 + step * (n as f64 + 0.5);
        if n > 0 && panel == Panel::Base {
            let edge = heights.0 + step * n as f64;
            scene.line(&[(LEFT, edge), (RIGHT, edge)], colours::PALE, 0.7);
        }
        let text = if panel == Panel::Base { words::metric(metric) } else { words::panel(panel).to_string() };
        let (size, ink) = if panel == Panel::Base { (13.5, INK) } else { (12.0, GREY) };
        let text = Text::new(LEFT + names - 16.0, y, fonts::fit(&text, size, panel == Panel::Base, names - 16.0), size, ink).end();
        scene.text(if panel == Panel::Base { text.bold() } else { text });
    }
}

fn draw_key(scene: &mut Scene, y: f64) {
    let mut x = LEFT;
    for (against, text) in [
        (WorldName::W2, "A: against isolated firms whose counterparties perform (W2)"),
        (WorldName::W1, "C: against arm's-length outside investors (W1)"),
    ] {
        scene.disc((x + 5.0, y), 5.0, colour(against));
        scene.text(Text::new(x + 16.0, y, text, 13.0, colours::as_text(colour(against))).bold());
        x += 16.0 + fonts::width(text, 13.0, true) + 28.0;
    }
}

/// Draws the chart; none without comparisons of the system.
pub(super) fn draw(r: &Results) -> Option<Picture> {
    let rows = rows(r);
    if rows.is_empty() {
        return None;
    }
    let title = title(r);
    let variant_paths = if rows.iter().any(|r| r.1 != Panel::Base) {
        format!(" Variants: {} paths.", words::count(r.run.variant_paths))
    } else {
        String::new()
    };
    let subtitle = format!(
        "Expected loss of the system in the full model (W0) over that in another world on the same draws, with paired 95 % intervals. The difference \
         stands where the other loss is within five standard errors of zero, and for firms in default.{variant_paths}"
    );
    let (mut scene, top) = frame::framed(r, &title, &subtitle);
    draw_key(&mut scene, top + 4.0);
    let heights = (top + 56.0, BOTTOM - 50.0);
    let names = 265.0;
    let bust = rows.iter().any(|&(m, p)| AGAINST.iter().any(|&w| find(r, m, p, w, Given::Bust).is_some()));
    let wide = if bust { (RIGHT - LEFT - names - 130.0) / 2.0 } else { RIGHT - LEFT - names - 90.0 };
    draw_names(&mut scene, &rows, names, heights);
    for (n, given) in [Given::All, Given::Bust].into_iter().take(if bust { 2 } else { 1 }).enumerate() {
        let left = LEFT + names + n as f64 * (wide + 70.0);
        let head = if given == Given::Bust { "Given a bust within the horizon" } else { "Every path" };
        scene.text(Text::new(left, heights.0 - 14.0, head, 15.0, INK).bold());
        draw_panel(&mut scene, r, &rows, given, &axis(r, &rows, given, left, left + wide), heights);
    }
    let alt = format!("{title}. Ratios with intervals for {}.", words::plural(rows.len(), "row", "rows"));
    Some(Picture { name: "amplification", title, alt, data_csv: data(r), scene })
}
