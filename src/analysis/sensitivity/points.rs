//! One point of the space of inputs: the model there, its paths, and the outputs that are looked at. Which points, is the designs' business.

use super::inputs::{Input, model_at};
use crate::engine::{Engine, Nobody, World};
use crate::error::Result;
use crate::lanes::{Isa, LANES};
use crate::model::{Metric, Model};
use crate::shocks::consecutive;
use crate::stats::{BATCHES, batch_places};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What is looked at, in W0 unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Expected shortfall at 95 % of the net loss of the system, USD bn.
    ShortfallNet95,
    /// Mean net loss of the system, USD bn.
    MeanNet,
    /// Expected shortfall at 95 % of the net loss of the system, W0 over W2. A ratio of means is not looked at: with some inputs firms gain on average in a bust, too,
    /// and a ratio to nothing says nothing.
    Amplification,
    /// Mean net loss of the system in W0 less that in W2, given a bust, USD bn.
    Added,
    /// Expected number of firms in default.
    Defaults,
    /// Probability that a firm, by its number, is in default at the horizon.
    DefaultOf(usize),
}

/// Every output of a model.
pub fn outputs(model: &Model) -> Vec<Output> {
    let system = [Output::ShortfallNet95, Output::MeanNet, Output::Amplification, Output::Added, Output::Defaults];
    system.into_iter().chain((0..model.firms.len()).map(Output::DefaultOf)).collect()
}

/// Outputs of one point: on all its paths, and on each twentieth of them, from which errors are read. NaN where there is none, such as an amplification without a
/// bust; nothing of it leaves this folder unlooked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// By output.
    pub whole: Vec<f64>,
    /// By twentieth, then output.
    pub parts: Vec<Vec<f64>>,
    /// Solves that failed.
    pub failed_solves: u64,
    /// Whether the plan could be paid for.
    pub is_financeable: bool,
}

/// Number of paths that are run of a wish: whole blocks.
pub fn whole_blocks(paths: u64) -> u64 {
    paths.div_ceil(LANES as u64) * LANES as u64
}

/// What is kept of one path.
#[derive(Clone)]
struct PathFound {
    net: [f64; 2],
    bust: bool,
    failed: Vec<bool>,
}

/// Runs the paths `paths`, both ends multiples of 64, with every input at its level.
///
/// # Errors
/// As [`Engine::new`].
pub fn evaluate(model: &Model, inputs: &[Input], levels: &[f64], seed: u64, paths: Range<u64>) -> Result<Found> {
    let model = model_at(model, inputs, levels);
    let engine = Engine::new(&model, Isa::detect())?;
    let (mut rows, mut failed_solves) = (Vec::with_capacity((paths.end - paths.start) as usize), 0);
    for first in paths.step_by(LANES) {
        let block = engine.run_paths(seed, &consecutive(first), &[World::W0, World::W2], &mut Nobody);
        failed_solves += block.counts.failed;
        for l in 0..LANES {
            let net = [0, 1].map(|w| block.outcomes[w].system(Metric::NetLoss)[l]);
            let failed = (0..model.firms.len()).map(|i| block.outcomes[0].firm(Metric::Defaults, i)[l] > 0.0).collect();
            rows.push(PathFound { net, bust: block.any_bust[l] > 0.0, failed });
        }
    }
    let wanted = outputs(&model);
    let parts = (0..BATCHES).map(|b| &rows[batch_places(&(b..b + 1), rows.len())]).map(|part| of_paths(&wanted, part));
    let (whole, parts) = (of_paths(&wanted, &rows), parts.collect());
    Ok(Found { whole, parts, failed_solves, is_financeable: engine.plan_gaps().is_empty() })
}

fn of_paths(outputs: &[Output], rows: &[PathFound]) -> Vec<f64> {
    let n = rows.len() as f64;
    let mean = |f: &dyn Fn(&PathFound) -> f64| rows.iter().map(f).sum::<f64>() / n;
    let tail = |w: usize| shortfall(rows.iter().map(|r| r.net[w]).collect(), 0.05);
    let one = |output: &Output| match *output {
        Output::ShortfallNet95 => tail(0),
        Output::MeanNet => mean(&|r| r.net[0]),
        Output::Amplification => {
            let [full, isolated] = [0, 1].map(tail);
            if isolated > 0.0 { full / isolated } else { f64::NAN }
        }
        Output::Added => {
            let added: Vec<f64> = rows.iter().filter(|r| r.bust).map(|r| r.net[0] - r.net[1]).collect();
            added.iter().sum::<f64>() / added.len() as f64
        }
        Output::Defaults => mean(&|r| r.failed.iter().filter(|f| **f).count() as f64),
        Output::DefaultOf(i) => mean(&|r| f64::from(u8::from(r.failed[i]))),
    };
    outputs.iter().map(one).collect()
}

/// Mean of the worst `share` of the values, the last of them counting in part.
fn shortfall(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    let wanted = share * values.len() as f64;
    let whole = (wanted as usize).min(values.len());
    let rest = values.get(whole).map_or(0.0, |x| (wanted - whole as f64) * x);
    (values[..whole].iter().sum::<f64>() + rest) / wanted
}

/// Standard error of a number that is worked out from points, by its values on the twentieths; those without an answer are left out.
///
/// NaN if fewer than half have one.
pub fn error_of(value: impl Fn(usize) -> f64) -> f64 {
    let found: Vec<f64> = (0..BATCHES).map(value).filter(|x| x.is_finite()).collect();
    let n = found.len() as f64;
    if 2 * found.len() < BATCHES {
        return f64::NAN;
    }
    let mean = found.iter().sum::<f64>() / n;
    (found.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_twentieth_counts_its_last_path_in_part() {
        let values: Vec<f64> = (1..=50).map(f64::from).collect();
        assert!((shortfall(values.clone(), 0.05) - (50.0 + 49.0 + 0.5 * 48.0) / 2.5).abs() < 1e-12);
        assert_eq!(shortfall(values, 0.02), 50.0);
    }

    #[test]
    fn errors_need_half_of_the_parts() {
        assert!((error_of(|b| if b % 2 == 0 { 1.0 } else { -1.0 }) - (20.0f64 / 19.0 / 20.0).sqrt()).abs() < 1e-12);
        assert!(error_of(|b| if b < 11 { f64::NAN } else { 1.0 }).is_nan());
    }
}
