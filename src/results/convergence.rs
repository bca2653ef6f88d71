//! How the headline numbers settle as paths are added: the run's own first paths, in ever larger parts. No tables.

use super::pool::Pool;
use super::types::ConvergencePoint;
use crate::engine::PathLoss;
use crate::model::WorldName;
use crate::stats::{Moments, PairMoments, Quantum, Strata, WeightedSample};

/// Fewest and most paths of a part; the whole run stands in the other tables.
const FEWEST: u64 = 1_024;
const MOST: u64 = 1 << 20;
/// Level of the expected shortfall.
const LEVEL: f64 = 0.99;

/// Estimates on parts of a run, each of twice as many paths as the one before, the first ones of every stratum, and last on all of it where that is not too many.
pub(super) fn convergence(pool: &Pool<'_>, scale: f64) -> Vec<ConvergencePoint> {
    let paths: u64 = pool.strata.iter().map(|s| s.losses.len() as u64).sum();
    let doubled = std::iter::successors(Some(FEWEST), |n| Some(2 * n)).take_while(|n| *n < paths.min(MOST));
    let parts: Vec<u64> = doubled.chain((FEWEST..=MOST).contains(&paths).then_some(paths)).collect();
    parts.into_iter().map(|n| part(pool, n, paths, scale)).collect()
}

fn part(pool: &Pool<'_>, n: u64, of: u64, scale: f64) -> ConvergencePoint {
    let first = |losses: &Vec<PathLoss>| (losses.len() as u128 * u128::from(n) / u128::from(of)) as usize;
    let parts: Vec<&[PathLoss]> = pool.strata.iter().map(|s| &s.losses[..first(&s.losses)]).collect();
    let strata: Strata = pool.all.with_counts(parts.iter().map(|p| p.len() as u64).collect());
    let quantum = Quantum::for_scale(scale);
    let mean = |losses: &&[PathLoss]| {
        let mut m = Moments::new(quantum);
        losses.iter().for_each(|p| m.push(p.loss(WorldName::W0)));
        m
    };
    let pairs = |losses: &&[PathLoss]| {
        let mut m = PairMoments::new(quantum);
        losses.iter().filter(|p| p.bust()).for_each(|p| m.push(p.loss(WorldName::W0), p.loss(WorldName::W2)));
        m
    };
    let values = parts.iter().enumerate().flat_map(|(k, losses)| losses.iter().map(move |p| (k, p.loss(WorldName::W0))));
    ConvergencePoint {
        paths: parts.iter().map(|p| p.len() as u64).sum(),
        mean_net_loss: strata.mean(&parts.iter().map(mean).collect::<Vec<_>>()),
        es99_net_loss: WeightedSample::new(&strata, values).and_then(|s| s.tail(LEVEL)).map(|t| t.mean),
        amplification_given_bust: strata.ratio(&parts.iter().map(pairs).collect::<Vec<_>>()).estimate(),
    }
}
