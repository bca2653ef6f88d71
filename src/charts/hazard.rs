//! How likely losses are by how likely a bust is, and where a loss has a chance of one in twenty. Not the analysis.

use super::colours::{self, GREY, INK};
use super::frame::{self, Axis, BOTTOM, LEFT, Label, RIGHT};
use super::scene::Text;
use super::table::{Table, fields};
use super::{Picture, words};
use crate::analysis::sensitivity::{HazardPoint, Sensitivity};
use crate::results::words::{self as said, Unit};

/// Room for the labels of the curves.
const LABELS: f64 = 250.0;
/// The chance at which losses break even.
const EVEN: f64 = 0.05;

/// What can be read of a point of a curve.
fn told(p: &HazardPoint, loss_usd_bn: f64, k: usize) -> String {
    let (hazard, loss) = (said::exact(p.per_quarter, Unit::Share), said::exact(loss_usd_bn, Unit::UsdBn));
    format!("Net loss above {loss}, hazard {hazard} a quarter: {} of paths (W0)", words::percent_interval(&p.chances[k]))
}

/// Chances of losses by hazard, on logarithmic axes; none if the scenario begins in a bust. `note` names the scenario and its date.
pub fn draw(s: &Sensitivity, note: &str) -> Option<Picture> {
    let h = s.hazard.as_ref()?;
    let title = match h.break_evens.iter().rev().find_map(|b| Some((b.loss_usd_bn, b.per_quarter?))) {
        Some((loss, e)) => format!(
            "One in twenty for a net loss above {} takes a bust hazard of {} a quarter",
            said::exact(loss, Unit::UsdBn),
            said::with_error(&e, Unit::Share)
        ),
        None => "No stated loss has a chance of one in twenty at a hazard that was tried".to_string(),
    };
    let subtitle = "Chance that the system's net loss against plan (W0, by the horizon) exceeds a loss, by the hazard of a bust, which nothing in the data identifies; bands are 95 % \
                    intervals, discs mark a chance of one in twenty.";
    let footer = format!("{note} · {} paths at each hazard, seed {}", words::count(s.effort.hazard_paths), s.effort.seed);
    let (mut scene, top) = frame::with_footer(&footer, &title, subtitle);
    let (left, right, top, bottom) = (LEFT + 60.0, RIGHT - LABELS, top + 30.0, BOTTOM - 50.0);
    let (first, last) = (h.points.first()?.per_quarter, h.points.last()?.per_quarter);
    let x = Axis::log(first, last, left, right);
    let lowest = h.points.iter().flat_map(|p| &p.chances).map(|e| e.value).filter(|v| *v > 0.0).fold(0.1, f64::min).max(1e-4);
    let y = Axis::log(lowest / 1.5, 1.0, bottom, top);
    let percent = |axis: &Axis| axis.ticks(0).0.into_iter().map(|v| (v, said::exact(v, Unit::Share))).collect::<Vec<_>>();
    frame::left_axis(&mut scene, &y, left, right, &percent(&y), "chance", 12.5);
    let marks: Vec<(f64, String)> =
        [0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.25].map(|v: f64| (v, said::exact(v, Unit::Share))).to_vec();
    frame::bottom_axis(&mut scene, &x, bottom, &marks, "probability of a bust in a quarter of boom", 12.5);
    scene.dashes(&[(left, y.at(EVEN)), (right, y.at(EVEN))], INK, 1.2);
    scene.text(Text::new(left + 8.0, y.at(EVEN) - 11.0, "one in twenty", 12.5, INK).halo());
    if (first..=last).contains(&h.own_per_quarter) {
        let own = x.at(h.own_per_quarter);
        scene.dashes(&[(own, top), (own, bottom)], GREY, 1.2);
        let text = |at: f64| Text::new(at, top + 12.0, "the scenario's centre", 12.5, GREY).halo();
        scene.text(if own < 0.5 * (left + right) { text(own + 8.0) } else { text(own - 8.0).end() });
    }
    let mut table = Table::new(&["loss_usd_bn", "per_quarter", "chance", "low", "high"]);
    let mut labels = Vec::new();
    for (k, b) in h.break_evens.iter().enumerate() {
        let colour = colours::series(k);
        let at = |p: &HazardPoint, v: f64| (x.at(p.per_quarter), y.at(v.max(y.low)));
        let upper = h.points.iter().map(|p| at(p, p.chances[k].high));
        let lower = h.points.iter().rev().map(|p| at(p, p.chances[k].low));
        scene.area(&upper.chain(lower).collect::<Vec<_>>(), colour, 0.18);
        let curve: Vec<(f64, f64)> = h.points.iter().filter(|p| p.chances[k].value > 0.0).map(|p| at(p, p.chances[k].value)).collect();
        scene.line(&curve, colour, 2.4);
        if let Some(e) = &b.per_quarter {
            scene.disc((x.at(e.value), y.at(EVEN)), 5.5, colour);
        }
        let even = b.per_quarter.as_ref().map_or(String::new(), |e| format!(": {}", said::with_error(e, Unit::Share)));
        if let Some(end) = curve.last() {
            let text = format!("above {}{even}", said::exact(b.loss_usd_bn, Unit::UsdBn));
            labels.push(Label { at: *end, text, colour, bold: false });
        }
        for p in &h.points {
            let [chance, low, high] = fields(&p.chances[k]);
            scene.value(at(p, p.chances[k].value), told(p, b.loss_usd_bn, k));
            table.row(&[&super::table::field(b.loss_usd_bn), &super::table::field(p.per_quarter), &chance, &low, &high]);
        }
    }
    frame::label_column(&mut scene, &labels, (right + 20.0, RIGHT), (top, bottom), 13.5);
    let alt = format!("{title}. Curves for {} that rise with the hazard of a bust.", words::plural(h.break_evens.len(), "loss", "losses"));
    Some(Picture { name: "hazard", title, alt, data_csv: table.text(), scene })
}
