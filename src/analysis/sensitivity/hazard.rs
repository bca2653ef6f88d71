//! The hazard of a bust, which nothing in the data identifies: how likely losses are at each, and the hazard at which a stated loss has a chance of one in twenty.

use super::Effort;
use super::points::whole_blocks;
use crate::engine::{Engine, Nobody, World, side_by_side};
use crate::error::Result;
use crate::lanes::{Isa, LANES};
use crate::model::{Metric, Model, ShockNumber, Slot};
use crate::shocks::consecutive;
use crate::stats::{Estimate, Proportion, Sample};
use serde::{Deserialize, Serialize};

/// Hazards per quarter that are tried.
pub const GRID: [f64; 14] = [0.0025, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.0625, 0.08, 0.10, 0.13, 0.16, 0.20, 0.25];
/// Probability at which a loss breaks even.
pub const BREAK_EVEN: f64 = 0.05;
/// Quantiles of the scenario's own net loss that are asked about if the user names no loss.
const OWN_LEVELS: [f64; 4] = [0.8, 0.9, 0.95, 0.99];

/// Chances of the stated losses at one hazard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HazardPoint {
    /// Probability per quarter of a bust after a boom quarter.
    pub per_quarter: f64,
    /// Chance that the net loss exceeds each of the stated losses.
    pub chances: Vec<Estimate>,
}

/// One stated loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BreakEven {
    /// Net loss of the system in W0 over the horizon, USD bn.
    pub loss_usd_bn: f64,
    /// Its chance with the scenario's own hazard.
    pub own: Estimate,
    /// Hazard per quarter at which its chance is one in twenty; none if no hazard tried has it.
    pub per_quarter: Option<Estimate>,
    /// Whether its chance is above one in twenty at the least hazard tried.
    pub is_always_likelier: bool,
}

/// Chances by hazard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hazard {
    /// The scenario's own hazard: its centre.
    pub own_per_quarter: f64,
    /// At each hazard tried.
    pub points: Vec<HazardPoint>,
    /// For each stated loss.
    pub break_evens: Vec<BreakEven>,
}

/// Runs the scenario with every hazard of the grid, all else drawn as it says; none if it starts in a bust.
///
/// # Errors
/// As [`Engine::new`].
pub(super) fn hazard(model: &Model, effort: &Effort, threads: usize, progress: &(dyn Fn(u64) + Sync)) -> Result<Option<Hazard>> {
    if model.shocks.starts_in_bust {
        return Ok(None);
    }
    let found = side_by_side(GRID.len() + 1, threads, |k| {
        let losses = k.checked_sub(1).map_or_else(|| losses(model, effort), |k| losses(&with_hazard(model, GRID[k]), effort));
        progress(1);
        losses
    })?;
    let stated = if effort.losses_usd_bn.is_empty() { own_losses(&found[0]) } else { effort.losses_usd_bn.clone() };
    let chances = |losses: &[f64]| -> Vec<Estimate> { stated.iter().filter_map(|&x| chance(losses, x)).collect() };
    let own = chances(&found[0]);
    let points: Vec<HazardPoint> =
        GRID.iter().zip(&found[1..]).map(|(&per_quarter, losses)| HazardPoint { per_quarter, chances: chances(losses) }).collect();
    let break_even = |(k, &loss_usd_bn): (usize, &f64)| BreakEven {
        loss_usd_bn,
        own: own[k],
        per_quarter: crossing_interval(&points, k),
        is_always_likelier: points[0].chances[k].value > BREAK_EVEN,
    };
    let break_evens = stated.iter().enumerate().map(break_even).collect();
    Ok(Some(Hazard { own_per_quarter: model.number(HAZARD), points, break_evens }))
}

const HAZARD: Slot = Slot::Shock(ShockNumber::BoomToBust);

fn with_hazard(model: &Model, per_quarter: f64) -> Model {
    let mut out = model.clone();
    out.uncertain.retain(|u| u.slot != HAZARD);
    out.set_number(HAZARD, per_quarter);
    out
}

fn losses(model: &Model, effort: &Effort) -> Result<Vec<f64>> {
    let engine = Engine::new(model, Isa::detect())?;
    let blocks = (0..whole_blocks(effort.hazard_paths)).step_by(LANES);
    let of = |first: u64| engine.run_paths(effort.seed, &consecutive(first), &[World::W0], &mut Nobody).outcomes.swap_remove(0);
    Ok(blocks.flat_map(|first| *of(first).system(Metric::NetLoss)).collect())
}

/// Round numbers near quantiles of the losses.
fn own_losses(losses: &[f64]) -> Vec<f64> {
    let sample = Sample::new(losses.to_vec());
    let mut found: Vec<f64> =
        OWN_LEVELS.iter().filter_map(|&q| sample.quantile(q)).map(|q| rounded(q.estimate.value)).filter(|x| *x > 0.0).collect();
    found.dedup();
    found
}

/// To two digits.
fn rounded(x: f64) -> f64 {
    let unit = 10f64.powf(x.abs().log10().floor() - 1.0);
    if x > 0.0 && unit > 0.0 { (x / unit).round() * unit } else { 0.0 }
}

fn chance(losses: &[f64], above: f64) -> Option<Estimate> {
    let mut seen = Proportion::default();
    losses.iter().for_each(|x| seen.push(*x > above));
    seen.estimate()
}

/// Where a loss's chance crosses one in twenty, between the hazards where the ends of its interval do.
fn crossing_interval(points: &[HazardPoint], k: usize) -> Option<Estimate> {
    let at = |end: fn(&Estimate) -> f64| crossing(&points.iter().map(|p| (p.per_quarter, end(&p.chances[k]))).collect::<Vec<_>>());
    let value = at(|e| e.value)?;
    // The chance is surely below one in twenty up to where its upper end crosses, and surely above from where its lower end does.
    let (first, last) = (points[0].per_quarter, points[points.len() - 1].per_quarter);
    Estimate::from_interval(value, at(|e| e.high).unwrap_or(first), at(|e| e.low).unwrap_or(last))
}

/// First crossing of [`BREAK_EVEN`] from below, interpolated.
fn crossing(curve: &[(f64, f64)]) -> Option<f64> {
    let upward = curve.windows(2).find(|w| w[0].1 <= BREAK_EVEN && w[1].1 > BREAK_EVEN)?;
    let ((x0, y0), (x1, y1)) = (upward[0], upward[1]);
    Some(x0 + (x1 - x0) * (BREAK_EVEN - y0) / (y1 - y0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_crosses_where_it_should() {
        assert!((crossing(&[(0.01, 0.01), (0.02, 0.03), (0.04, 0.07)]).unwrap() - 0.03).abs() < 1e-15);
        assert_eq!(crossing(&[(0.01, 0.01), (0.02, 0.03)]), None);
        assert_eq!(crossing(&[(0.01, 0.06), (0.02, 0.08)]), None);
    }

    #[test]
    fn stated_losses_are_round() {
        assert_eq!([rounded(12_345.0), rounded(0.0678), rounded(-3.0), rounded(0.0)], [12_000.0, 0.068, 0.0, 0.0]);
    }
}
