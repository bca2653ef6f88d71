//! Variants as rows: what each changes of the mean net loss, its tail and the number of failures, paired, with intervals. Not the comparison itself.

use super::colours::{self, GREY, INK};
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::{Scene, Text};
use super::table::{Table, fields};
use super::words::Unit;
use super::{Picture, fonts, words};
use crate::analysis::compare::Comparison;
use crate::results::{Given, Metric, WorldName};
use crate::stats::Estimate;

/// Most variants that are drawn.
const MOST: usize = 14;
/// Width of the labels.
const NAMES: f64 = 300.0;

/// What one panel shows of every variant.
struct Panel {
    heading: &'static str,
    axis: &'static str,
    name: &'static str,
    changes: Vec<Option<Estimate>>,
}

fn mean(c: &Comparison, v: usize, metric: Metric) -> Option<Estimate> {
    let is_it = |d: &&crate::analysis::compare::Difference| {
        d.variant == v
            && d.given == Given::All
            && d.quantity.firm.is_none()
            && d.quantity.metric == metric
            && d.quantity.world == WorldName::W0
    };
    c.differences.iter().find(is_it).map(|d| d.difference)
}

fn tail(c: &Comparison, v: usize) -> Option<Estimate> {
    let is_it = |t: &&crate::analysis::compare::TailDifference| {
        t.variant == v && t.level == 0.99 && t.quantity.firm.is_none() && t.quantity.world == WorldName::W0
    };
    c.tails.iter().find(is_it).map(|t| t.difference)
}

fn panels(c: &Comparison, shown: usize) -> [Panel; 3] {
    let each = |of: &dyn Fn(usize) -> Option<Estimate>| (0..shown).map(of).collect();
    [
        Panel {
            heading: "Expected net loss",
            axis: "change, USD bn",
            name: "mean_net_loss",
            changes: each(&|v| mean(c, v, Metric::NetLoss)),
        },
        Panel { heading: "Expected shortfall 99 %", axis: "change, USD bn", name: "es99_net_loss", changes: each(&|v| tail(c, v)) },
        Panel {
            heading: "Firms that fail",
            axis: "change of the expected number",
            name: "defaults",
            changes: each(&|v| mean(c, v, Metric::Defaults)),
        },
    ]
}

fn title(c: &Comparison, shown: usize) -> String {
    // With few paths there is no expected shortfall.
    let has_tail = (0..shown).any(|v| tail(c, v).is_some());
    let what = if has_tail { "expected shortfall 99 %" } else { "expected net loss" };
    let change = |v: usize| if has_tail { tail(c, v) } else { mean(c, v, Metric::NetLoss) }.map(|e| (v, e));
    let clear = |(_, e): &(usize, Estimate)| e.is_told_from_zero();
    let largest = (0..shown).filter_map(change).filter(clear).max_by(|a, b| a.1.value.abs().total_cmp(&b.1.value.abs()));
    match largest {
        Some((v, e)) => {
            let size = Estimate { value: e.value.abs(), low: e.low.abs().min(e.high.abs()), high: e.low.abs().max(e.high.abs()), ..e };
            let way = if e.value > 0.0 { "raises" } else { "lowers" };
            let variant = crate::results::words::capital(&c.variants[v]);
            format!("{variant}: this {way} the system's {what} by {}", words::usd_interval(&size))
        }
        None => format!("No variant is told to change the system's {what}"),
    }
}

fn data(c: &Comparison, panels: &[Panel], shown: usize) -> String {
    let mut table = Table::new(&["variant", "measure", "change", "low", "high"]);
    for (v, panel) in (0..shown).flat_map(|v| panels.iter().map(move |p| (v, p))) {
        if let Some(e) = &panel.changes[v] {
            let [value, low, high] = fields(e);
            table.row(&[&c.variants[v], &panel.name, &value, &low, &high]);
        }
    }
    table.text()
}

fn draw_panel(scene: &mut Scene, c: &Comparison, panel: &Panel, edges: (f64, f64), heights: (f64, f64)) {
    let ((left, right), (top, bottom)) = (edges, heights);
    scene.text(Text::new(left, top - 14.0, panel.heading, 15.0, INK).bold());
    let reach = panel.changes.iter().flatten().flat_map(|e| [e.low, e.high]).fold((0.0f64, 0.0f64), |(a, b), x| (a.min(x), b.max(x)));
    if reach.1 - reach.0 <= 0.0 {
        let said = if panel.changes.iter().any(Option::is_some) { "no change" } else { "rests on too few paths" };
        scene.text(Text::new(left, (top + bottom) / 2.0, said, 14.0, GREY));
        return;
    }
    let room = 0.06 * (reach.1 - reach.0);
    let x = Axis::linear(reach.0 - room, reach.1 + room, left, right);
    let (values, digits) = x.ticks(4);
    let ticks: Vec<(f64, String)> = values.into_iter().map(|v| (v, crate::results::words::number(v, digits))).collect();
    for (v, _) in &ticks {
        scene.line(&[(x.at(*v), top), (x.at(*v), bottom)], colours::GRID, 1.0);
    }
    scene.line(&[(x.at(0.0), top), (x.at(0.0), bottom)], INK, 1.2);
    frame::bottom_axis(scene, &x, bottom, &ticks, panel.axis, 12.5);
    let step = (bottom - top) / panel.changes.len() as f64;
    for (n, e) in panel.changes.iter().enumerate() {
        let Some(e) = e else { continue };
        let y = top + step * (n as f64 + 0.5);
        scene.line(&[(x.at(e.low), y), (x.at(e.high), y)], colours::of_change(e, GREY), 2.6);
        scene.disc((x.at(e.value), y), 4.6, colours::of_change(e, GREY));
        let unit = if panel.name == "defaults" { Unit::Plain } else { Unit::UsdBn };
        let told = if e.is_told_from_zero() { "" } else { ", not told from zero" };
        let change = words::difference(e, unit);
        scene.value((x.at(e.value), y), format!("{}, {}: {change}{told} (W0, all paths, paired)", c.variants[n], panel.heading));
    }
}

/// Draws the chart; none without variants. `footer` names the first scenario and its date.
pub(super) fn draw(c: &Comparison, footer: &str) -> Option<Picture> {
    let shown = c.variants.len().min(MOST);
    if shown == 0 {
        return None;
    }
    let (panels, title) = (panels(c, shown), title(c, shown));
    let left_out = if shown < c.variants.len() { format!(" The first {shown} of {} variants.", c.variants.len()) } else { String::new() };
    let subtitle = format!(
        "Each variant less the first scenario, W0, on the same paths, with 95 % intervals: red raises, blue lowers, grey cannot be told from no change.{left_out}"
    );
    let footer = format!("{footer} · {} paths, seed {}", words::count(c.paths), c.seed);
    let (mut scene, top) = frame::with_footer(&footer, &title, &subtitle);
    let heights = (top + 40.0, BOTTOM - 50.0);
    let wide = (RIGHT - LEFT - NAMES - 60.0) / 3.0;
    let step = (heights.1 - heights.0) / shown as f64;
    for (n, name) in c.variants.iter().take(shown).enumerate() {
        let y = heights.0 + step * (n as f64 + 0.5);
        let lines = fonts::wrap(name, 14.0, false, NAMES - 20.0, 2);
        let first = y - 9.0 * (lines.len() as f64 - 1.0);
        for (k, line) in lines.into_iter().enumerate() {
            scene.text(Text::new(LEFT + NAMES - 16.0, first + 18.0 * k as f64, line, 14.0, INK).end());
        }
    }
    for (k, panel) in panels.iter().enumerate() {
        let left = LEFT + NAMES + (wide + 30.0) * k as f64;
        draw_panel(&mut scene, c, panel, (left, left + wide), heights);
    }
    let alt = format!("{title}. Changes with intervals for {}.", words::plural(shown, "variant", "variants"));
    Some(Picture { name: "variants", title, alt, data_csv: data(c, &panels, shown), scene })
}
