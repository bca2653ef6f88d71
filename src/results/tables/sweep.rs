//! A sweep as CSV: one line for each point of the grid and measure, the scenario as written first.

use super::compare::text;
use super::{Cell, estimate_cells};
use crate::analysis::sweep::{Measure, Number, Point, Sweep};

fn name(s: &Sweep, m: Measure) -> (&'static str, String) {
    let system = || "system".to_string();
    match m {
        Measure::MeanNetLoss => ("mean_net_loss", system()),
        Measure::Es99NetLoss => ("es99_net_loss", system()),
        Measure::Amplification => ("amplification_given_bust", system()),
        Measure::Defaults => ("defaults", system()),
        Measure::CreditLoss => ("external_credit_loss", system()),
        Measure::Default(i) => ("default", s.firms[i].clone()),
    }
}

/// The grid, point by point. Where a plan cannot be paid for there is one line with the gap and no measure.
pub fn sweep_csv(s: &Sweep) -> String {
    let measured = |head: Vec<Cell>, n: &Number| {
        let (measure, firm) = name(s, n.measure);
        let numbers = [n.value.as_ref(), n.change.as_ref()].into_iter().flat_map(estimate_cells);
        head.into_iter().chain([measure.into(), firm.into()]).chain(numbers).collect::<Vec<_>>()
    };
    let input = |k: usize| s.inputs.get(k).map(|i| i.name.clone());
    let head = |at: Option<&Point>| {
        let value = |k: usize| at.and_then(|p| p.at.get(k).copied());
        let gap = at.and_then(|p| p.short.as_ref()).map(|g| g.usd_bn);
        vec![input(0).into(), value(0).into(), input(1).into(), value(1).into(), gap.into()]
    };
    let base = s.base.iter().map(|n| measured(head(None), n));
    let points = s.points.iter().flat_map(|p| {
        let empty = || vec![head(Some(p)).into_iter().chain(std::iter::repeat_n(Cell::Empty, 10)).collect()];
        if p.short.is_some() { empty() } else { p.numbers.iter().map(|n| measured(head(Some(p)), n)).collect() }
    });
    let columns = ["input", "at", "second_input", "second_at", "plan_gap_usd_bn", "measure", "firm"];
    let estimate = ["value", "std_error", "low", "high", "change", "change_std_error", "change_low", "change_high"];
    text(&[&columns[..], &estimate[..]].concat(), base.chain(points))
}
