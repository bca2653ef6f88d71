//! How the headline numbers settle as paths are added, with their intervals. Not the estimates.

use super::colours::{self, BLUE, GREY, INK};
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::{Scene, Text};
use super::table::{Table, fields};
use super::{Picture, words};
use crate::results::words::Unit;
use crate::results::{ConvergencePoint, Results};
use crate::stats::Estimate;

/// Fewest points that make a curve.
const FEWEST_POINTS: usize = 3;

struct Panel {
    heading: &'static str,
    name: &'static str,
    unit: Unit,
    of: fn(&ConvergencePoint) -> Option<Estimate>,
}

const PANELS: [Panel; 3] = [
    Panel { heading: "Expected shortfall 99 % of the net loss", name: "es99_net_loss", unit: Unit::UsdBn, of: |p| p.es99_net_loss },
    Panel { heading: "Mean net loss", name: "mean_net_loss", unit: Unit::UsdBn, of: |p| p.mean_net_loss },
    Panel {
        heading: "Amplification given a bust, W0 over W2",
        name: "amplification",
        unit: Unit::Plain,
        of: |p| p.amplification_given_bust,
    },
];

fn title(r: &Results) -> Option<String> {
    let last = r.convergence.last()?;
    let e = last.es99_net_loss.filter(|e| e.value > 0.0)?;
    let half = 0.5 * (e.high - e.low) / e.value;
    Some(format!(
        "After {} paths the expected shortfall 99 % is known to within {} of itself",
        words::count(last.paths),
        words::share(half, 2)
    ))
}

/// Draws the chart; none for a run too short to show how it settles.
pub(super) fn draw(r: &Results) -> Option<Picture> {
    if r.convergence.len() < FEWEST_POINTS {
        return None;
    }
    let title = title(r)?;
    let subtitle = "Estimates on the first paths of the run, each point with twice as many as the one before; the bands are 95 % intervals of that part alone, the dashed line is \
                    the last point.";
    let (mut scene, top) = frame::framed(r, &title, subtitle);
    let mut table = Table::new(&["measure", "paths", "value", "low", "high"]);
    let wide = (RIGHT - LEFT - 2.0 * 50.0) / 3.0;
    for (k, panel) in PANELS.iter().enumerate() {
        let points: Vec<(f64, Estimate)> = r.convergence.iter().filter_map(|p| Some((p.paths as f64, (panel.of)(p)?))).collect();
        let left = LEFT + (wide + 50.0) * k as f64;
        draw_panel(&mut scene, panel, &points, (left, left + wide), (top + 58.0, BOTTOM - 50.0));
        for (paths, e) in &points {
            let [value, low, high] = fields(e);
            table.row(&[&panel.name, &super::table::field(*paths), &value, &low, &high]);
        }
    }
    let alt = format!("{title}. Three curves with bands that narrow as paths are added.");
    Some(Picture { name: "convergence", title, alt, data_csv: table.text(), scene })
}

fn draw_panel(scene: &mut Scene, panel: &Panel, points: &[(f64, Estimate)], (left, right): (f64, f64), (top, bottom): (f64, f64)) {
    scene.text(Text::new(left, top - 42.0, panel.heading, 14.5, INK).bold());
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        scene.text(Text::new(left, (top + bottom) / 2.0, "too few paths", 14.0, GREY));
        return;
    };
    let numbers = 58.0;
    let x = Axis::log(first.0, last.0.max(2.0 * first.0), left + numbers, right);
    let Some((low, high)) = frame::range(points.iter().flat_map(|p| [p.1.low, p.1.high])) else { return };
    let room = 0.05 * (high - low);
    let y = Axis::linear(low - room, high + room, bottom, top);
    let unit = if panel.unit == Unit::UsdBn { "USD bn" } else { "ratio" };
    frame::left_axis(scene, &y, left + numbers, right, &frame::plain_ticks(&y, 6), unit, 12.0);
    let label = |n: f64| {
        if n >= 1_048_576.0 { format!("{} M", words::number(n / 1_048_576.0, 0)) } else { format!("{} k", words::number(n / 1_024.0, 0)) }
    };
    // Every second octave, so that labels keep apart.
    let octaves = (0..40).map(|k| 1_024.0 * 4f64.powi(k)).filter(|n| *n >= 0.99 * x.low && *n <= 1.01 * x.high);
    let ticks: Vec<(f64, String)> = octaves.map(|n| (n, label(n))).collect();
    frame::bottom_axis(scene, &x, bottom, &ticks, "paths (k = 1,024)", 12.0);
    let upper = points.iter().map(|p| (x.at(p.0), y.at(p.1.high)));
    let lower = points.iter().rev().map(|p| (x.at(p.0), y.at(p.1.low)));
    scene.area(&upper.chain(lower).collect::<Vec<_>>(), BLUE, 0.2);
    scene.dashes(&[(left + numbers, y.at(last.1.value)), (right, y.at(last.1.value))], colours::PALE, 1.3);
    scene.line(&points.iter().map(|p| (x.at(p.0), y.at(p.1.value))).collect::<Vec<_>>(), BLUE, 2.4);
    for (paths, e) in points {
        let at = (x.at(*paths), y.at(e.value));
        scene.disc(at, 3.6, BLUE);
        let world = if panel.unit == Unit::Plain { "" } else { " (W0, all paths)" };
        scene.value(at, format!("{}, {} paths: {}{world}", panel.heading, words::count(*paths as u64), words::with_error(e, panel.unit)));
    }
}
