//! Deals as bars: Shapley values with their intervals, and each deal alone and left out as dots. Channels are in `channels`.

use super::colours::{self, GREEN, GREY, INK, ORANGE, PALE, tint};
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::{Scene, Text};
use super::table::{Table, fields};
use super::{Picture, fonts, words};
use crate::analysis::deals::{DealAttribution, LOSSES, Part};
use crate::results::Metric;
use crate::results::words as plain;

/// Most deals that are drawn.
const MOST: usize = 16;
const NAMES: f64 = 210.0;

fn part(a: &DealAttribution, metric: Metric, deal: usize) -> Option<&Part> {
    a.parts.iter().find(|p| p.metric == metric && p.deal == deal)
}

/// The deals with the largest Shapley value of the net loss, either way, in its order.
fn shown(a: &DealAttribution) -> Vec<usize> {
    let mut list: Vec<&Part> = a.parts.iter().filter(|p| p.metric == LOSSES[0]).collect();
    list.sort_by(|x, y| y.shapley.value.abs().total_cmp(&x.shapley.value.abs()));
    list.truncate(MOST);
    list.sort_by(|x, y| y.shapley.value.total_cmp(&x.shapley.value));
    list.into_iter().map(|p| p.deal).collect()
}

fn title(a: &DealAttribution) -> String {
    let first = a.parts.iter().find(|p| p.metric == LOSSES[0]).filter(|p| p.shapley.low > 0.0);
    let Some(p) = first else { return "No deal adds to the expected net loss beyond the error".into() };
    let told = if p.ranks == (1, 1) { "adds most".to_string() } else { format!("is among the {} that may add most", p.ranks.1) };
    format!("{} {told} to the expected net loss by Shapley value: {}", a.deals[p.deal], words::usd_interval(&p.shapley))
}

fn data(a: &DealAttribution) -> String {
    let mut table = Table::new(&["loss", "deal", "part", "value", "low", "high"]);
    for p in &a.parts {
        for (kind, e) in [("shapley", &p.shapley), ("one_in", &p.one_in), ("leave_one_out", &p.leave_one_out)] {
            let [value, low, high] = fields(e);
            table.row(&[&p.metric.name(), &a.deals[p.deal], &kind, &value, &low, &high]);
        }
    }
    table.text()
}

fn draw_panel(scene: &mut Scene, a: &DealAttribution, metric: Metric, deals: &[usize], [left, top, right, bottom]: [f64; 4]) {
    let heading = words::capital(plain::metric(metric));
    scene.text(Text::new(left, top - 16.0, fonts::fit(&heading, 14.0, true, right - left + 20.0), 14.0, INK).bold());
    let rows: Vec<Option<&Part>> = deals.iter().map(|d| part(a, metric, *d)).collect();
    let values = rows.iter().flatten().flat_map(|p| [p.shapley.low, p.shapley.high, p.one_in.value, p.leave_one_out.value]);
    let (low, high) = frame::range(values.chain([0.0])).unwrap_or((0.0, 1.0));
    let pad = 0.05 * (high - low);
    let x = Axis::linear(low - pad, high + pad, left, right);
    let ticks = frame::plain_ticks(&x, 4);
    ticks.iter().for_each(|(v, _)| scene.line(&[(x.at(*v), top), (x.at(*v), bottom)], colours::GRID, 1.0));
    frame::bottom_axis(scene, &x, bottom, &ticks, metric.unit(), 12.0);
    let step = (bottom - top) / deals.len().max(1) as f64;
    for (n, p) in rows.iter().enumerate() {
        let Some(p) = p else { continue };
        let y = top + step * (n as f64 + 0.5);
        let (bar, dot) = (0.26 * step, (0.13 * step).clamp(2.5, 4.5));
        scene.rect((x.at(0.0), y - bar), (x.at(p.shapley.value), y + bar), tint(colours::of_change(&p.shapley, PALE), 0.55), 1.0);
        scene.line(&[(x.at(p.shapley.low), y), (x.at(p.shapley.high), y)], INK, 1.8);
        scene.disc((x.at(p.one_in.value), y - 0.12 * step), dot, ORANGE);
        scene.disc((x.at(p.leave_one_out.value), y + 0.12 * step), dot, GREEN);
        let (deal, unit) = (&a.deals[p.deal], plain::Unit::of(metric));
        let ends =
            [(&p.shapley, "Shapley value", 0.0), (&p.one_in, "alone", -0.12 * step), (&p.leave_one_out, "left out of all", 0.12 * step)];
        for (e, kind, dy) in ends {
            let told = if e.is_told_from_zero() { "" } else { ", not told from zero" };
            scene.value((x.at(e.value), y + dy), format!("{deal}, {heading}, {kind}: {}{told} (W0)", words::difference(e, unit)));
        }
    }
    scene.line(&[(x.at(0.0), top), (x.at(0.0), bottom)], INK, 1.2);
}

/// Draws the chart; none without deals. `footer` names the scenario and its date.
pub(super) fn draw(a: &DealAttribution, footer: &str) -> Option<Picture> {
    let deals = shown(a);
    if deals.is_empty() {
        return None;
    }
    let title = title(a);
    let left_out =
        if deals.len() < a.deals.len() { format!(" The {} largest of {} deals.", deals.len(), a.deals.len()) } else { String::new() };
    let subtitle = format!(
        "Expected losses in the full model (W0). Bars: sampled Shapley values, red adds, blue takes off, grey is not told from zero; black lines: 95 % intervals.{left_out}"
    );
    let footer = format!("{footer} · {} permutations, {} paths, seed {}", words::count(a.permutations), words::count(a.paths), a.seed);
    let (mut scene, top) = frame::with_footer(&footer, &title, &subtitle);
    for (k, (name, colour)) in [("deal alone, without any other", ORANGE), ("deal left out of all", GREEN)].into_iter().enumerate() {
        let x = LEFT + 6.0 + 260.0 * k as f64;
        scene.disc((x, top + 4.0), 4.5, colour);
        scene.text(Text::new(x + 12.0, top + 4.0, name, 13.0, GREY));
    }
    let (top, bottom) = (top + 54.0, BOTTOM - 48.0);
    let step = (bottom - top) / deals.len() as f64;
    for (n, d) in deals.iter().enumerate() {
        let name = fonts::fit(&a.deals[*d], 13.0, false, NAMES - 20.0);
        scene.text(Text::new(LEFT + NAMES - 14.0, top + step * (n as f64 + 0.5), name, 13.0, INK).end());
    }
    let wide = (RIGHT - LEFT - NAMES - 60.0) / 3.0;
    for (k, metric) in LOSSES.into_iter().enumerate() {
        let left = LEFT + NAMES + (wide + 30.0) * k as f64;
        draw_panel(&mut scene, a, metric, &deals, [left, top, left + wide, bottom]);
    }
    let alt = format!("{title}. {} deals, three losses.", deals.len());
    Some(Picture { name: "deals-shapley", title, alt, data_csv: data(a), scene })
}
