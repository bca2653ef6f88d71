//! Which deals the loss hangs on: leave-one-out, one-in and sampled Shapley values over coalitions of deals, with errors. No words, and no choice of how a deal is taken out.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::engine::{Engine, Nobody, World, side_by_side};
use crate::error::{Error, Result};
use crate::lanes::{Isa, LANES};
use crate::model::{Metric, Model};
use crate::shocks::{consecutive, permutation};
use crate::stats::{Estimate, mean_of_values, rank_ranges};

/// Losses of the system that are shared out among deals.
pub const LOSSES: [Metric; 3] = [Metric::NetLoss, Metric::ExternalCreditLoss, Metric::Defaults];
/// Paths on which every coalition of a pair of permutations is run; each pair has paths of its own.
pub const PATHS_PER_PAIR: u64 = 256;
/// Fewest permutations of which an error is computed.
pub const FEWEST_PERMUTATIONS: u64 = 8;

/// What one coalition is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth<const L: usize> {
    /// Its values.
    pub values: [f64; L],
    /// Whether its plan cannot be paid for.
    pub is_short: bool,
    /// Solves that failed.
    pub failed: u64,
}

/// What players add to a game, with errors from pairs of permutations, and how many coalitions were looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared<const L: usize> {
    /// Of each player: Shapley value, alone, and last of all.
    pub players: Vec<[[Estimate; 3]; L]>,
    /// Of nobody, and of all.
    pub ends: [[Estimate; 2]; L],
    /// Coalitions looked at, of these with a plan that cannot be paid for, and solves that failed.
    pub counts: [u64; 3],
}

/// What one pair of permutations found: by player the values of [`Shared::players`], then the ends.
struct Pair<const L: usize> {
    players: Vec<[[f64; L]; 3]>,
    ends: [[f64; L]; 2],
    counts: [u64; 3],
}

/// Shares out the value of a game of `count` players: `pairs` random orders, each with its reverse. `worth` gives the value of a coalition in a pair, in which
/// everything is on the same draws; pairs are independent, so that their scatter is the error of both the orders and the draws. Contributions along an order sum to
/// the value of all less that of nobody.
///
/// # Errors
/// What `worth` returns, or [`Error::Usage`] for too few pairs or no player.
pub fn share_out<const L: usize>(
    (count, pairs, seed): (usize, usize, u64),
    threads: usize,
    worth: impl Fn(usize, &[bool]) -> Result<Worth<L>> + Sync + Send,
) -> Result<Shared<L>> {
    if count == 0 || 2 * (pairs as u64) < FEWEST_PERMUTATIONS {
        return Err(Error::Usage(format!(
            "{count} deals and {} permutations: at least one deal and {FEWEST_PERMUTATIONS} permutations",
            2 * pairs
        )));
    }
    let found = side_by_side(pairs, threads, |pair| one_pair((count, seed), pair, &worth))?;
    let mean = |of: &dyn Fn(&Pair<L>) -> f64| {
        let values: Vec<f64> = found.iter().map(of).collect();
        estimate(&values).ok_or_else(|| Error::Usage("a coalition has no finite value".into()))
    };
    let mut players = Vec::with_capacity(count);
    for p in 0..count {
        let mut parts = Vec::with_capacity(L);
        for l in 0..L {
            parts.push([mean(&|f| f.players[p][0][l])?, mean(&|f| f.players[p][1][l])?, mean(&|f| f.players[p][2][l])?]);
        }
        players.push(fixed(parts)?);
    }
    let ends = (0..L).map(|l| Ok([mean(&|f| f.ends[0][l])?, mean(&|f| f.ends[1][l])?])).collect::<Result<Vec<_>>>()?;
    let counts = std::array::from_fn(|k| found.iter().map(|f| f.counts[k]).sum());
    Ok(Shared { players, ends: fixed(ends)?, counts })
}

/// The mean of independent values, with Student's t; known without error where they differ by rounding alone.
fn estimate(values: &[f64]) -> Option<Estimate> {
    let found = mean_of_values(values)?;
    let largest = values.iter().map(|v| v.abs()).fold(0.0, f64::max);
    if found.std_error <= 1e-12 * largest { Estimate::exact(found.value) } else { Some(found) }
}

fn fixed<T, const L: usize>(list: Vec<T>) -> Result<[T; L]> {
    list.try_into().map_err(|_| Error::Usage("a game has a value for each of its losses".into()))
}

fn one_pair<const L: usize>(
    (count, seed): (usize, u64),
    pair: usize,
    worth: &impl Fn(usize, &[bool]) -> Result<Worth<L>>,
) -> Result<Pair<L>> {
    let mut known: HashMap<Vec<bool>, [f64; L]> = HashMap::new();
    let mut counts = [0u64; 3];
    let mut value = |coalition: &[bool]| -> Result<[f64; L]> {
        if let Some(v) = known.get(coalition) {
            return Ok(*v);
        }
        let found = worth(pair, coalition)?;
        counts = [counts[0] + 1, counts[1] + u64::from(found.is_short), counts[2] + found.failed];
        known.insert(coalition.to_vec(), found.values);
        Ok(found.values)
    };
    let (nobody, all) = (value(&vec![false; count])?, value(&vec![true; count])?);
    let mut players = vec![[[0.0; L]; 3]; count];
    let order = permutation(seed, pair as u32, count);
    for order in [order.clone(), order.into_iter().rev().collect()] {
        let (mut coalition, mut before) = (vec![false; count], nobody);
        for p in order {
            coalition[p] = true;
            let now = value(&coalition)?;
            (0..L).for_each(|l| players[p][0][l] += 0.5 * (now[l] - before[l]));
            before = now;
        }
    }
    for p in 0..count {
        let one = |is_in: bool| (0..count).map(|q| (q == p) == is_in).collect::<Vec<bool>>();
        let (alone, others) = (value(&one(true))?, value(&one(false))?);
        players[p][1] = std::array::from_fn(|l| alone[l] - nobody[l]);
        players[p][2] = std::array::from_fn(|l| all[l] - others[l]);
    }
    Ok(Pair { players, ends: [nobody, all], counts })
}

/// One deal's part of one loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The deal, by its place in [`DealAttribution::deals`].
    pub deal: usize,
    /// The loss.
    pub metric: Metric,
    /// Sampled Shapley value.
    pub shapley: Estimate,
    /// What it adds to a world without any deal.
    pub one_in: Estimate,
    /// What it adds to all others.
    pub leave_one_out: Estimate,
    /// Best and worst rank by Shapley value, 1 the largest, that the intervals leave open.
    pub ranks: (usize, usize),
}

/// A loss with and without all deals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Whole {
    /// The loss.
    pub metric: Metric,
    /// Without any deal.
    pub none: Estimate,
    /// With all.
    pub all: Estimate,
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DealAttribution {
    /// Names of the deals.
    pub deals: Vec<String>,
    /// Parts, by loss, the largest Shapley value first.
    pub parts: Vec<Part>,
    /// Wholes, by loss.
    pub wholes: Vec<Whole>,
    /// Permutations, half of them the reverse of the others.
    pub permutations: u64,
    /// Paths.
    pub paths: u64,
    /// Seed.
    pub seed: u64,
    /// Coalitions that were run, one for each pair and set of deals.
    pub coalitions: u64,
    /// Those whose no-shock plan cannot be paid for.
    pub short_coalitions: u64,
    /// Solves that did not reach their tolerance.
    pub failed_solves: u64,
}

/// Shares the losses of W0 out among deals. `model_with` makes the model in which only some deals are left; `progress` is told of every coalition.
///
/// # Errors
/// As [`share_out`] and [`Engine::new`].
pub fn attribute_deals(
    deals: Vec<String>,
    model_with: impl Fn(&[bool]) -> Result<Model> + Sync + Send,
    (permutations, seed): (u64, u64),
    threads: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<DealAttribution> {
    let pairs = (permutations / 2) as usize;
    let worth = |pair: usize, coalition: &[bool]| {
        let found = worth_of(&model_with(coalition)?, seed, pair as u64 * PATHS_PER_PAIR);
        progress(1);
        found
    };
    let shared = share_out((deals.len(), pairs, seed), threads, worth)?;
    let parts = (0..LOSSES.len()).flat_map(|l| parts(&shared, l)).collect();
    let whole = |(l, &metric): (usize, &Metric)| Whole { metric, none: shared.ends[l][0], all: shared.ends[l][1] };
    let [coalitions, short_coalitions, failed_solves] = shared.counts;
    Ok(DealAttribution {
        deals,
        parts,
        wholes: LOSSES.iter().enumerate().map(whole).collect(),
        permutations: 2 * pairs as u64,
        paths: pairs as u64 * PATHS_PER_PAIR,
        seed,
        coalitions,
        short_coalitions,
        failed_solves,
    })
}

/// Mean losses of a model over the paths from `first` on. A plan that cannot be paid for is run all the same: what is missing is renegotiated or defaulted on in the
/// plan itself, with which losses are compared.
fn worth_of(model: &Model, seed: u64, first: u64) -> Result<Worth<3>> {
    let engine = Engine::new(model, Isa::detect())?;
    let (mut values, mut failed) = ([0.0; 3], 0);
    for block in (first..first + PATHS_PER_PAIR).step_by(LANES) {
        let found = engine.run_paths(seed, &consecutive(block), &[World::W0], &mut Nobody);
        failed += found.counts.failed;
        for (value, metric) in values.iter_mut().zip(LOSSES) {
            *value += found.outcomes[0].system(metric).iter().sum::<f64>() / PATHS_PER_PAIR as f64;
        }
    }
    Ok(Worth { values, is_short: !engine.plan_gaps().is_empty(), failed })
}

fn parts<const L: usize>(shared: &Shared<L>, l: usize) -> Vec<Part> {
    let shapley: Vec<Estimate> = shared.players.iter().map(|p| p[l][0]).collect();
    let part = |(deal, p): (usize, &[[Estimate; 3]; L])| {
        let [shapley, one_in, leave_one_out] = p[l];
        Part { deal, metric: LOSSES[l], shapley, one_in, leave_one_out, ranks: (0, 0) }
    };
    let mut list: Vec<Part> = shared.players.iter().enumerate().map(part).collect();
    list.iter_mut().zip(rank_ranges(&shapley)).for_each(|(p, ranks)| p.ranks = ranks);
    list.sort_by(|a, b| b.shapley.value.total_cmp(&a.shapley.value));
    list
}
