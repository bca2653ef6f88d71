//! The sums of all strata under one condition, and the estimates that follow. No tables.

use super::types::Given;
use crate::engine::{PathLoss, Simulated, Stratum, Tally};
use crate::error::Result;
use crate::model::WorldName;
use crate::stats::{Estimate, Histogram, Moments, PairMoments, Ratio, Strata, WeightedSample};

/// Sums for paths without (0) and with (1) a bust.
type ByClass<T> = [T; 2];

/// A run's strata with their weights.
pub(super) struct Pool<'a> {
    /// The strata.
    pub(super) strata: &'a [Stratum],
    /// Weights of the paths.
    pub(super) all: Strata,
    /// Weights of the paths that were run in the variants too.
    variants: Strata,
}

/// The two classes of a condition.
pub(super) fn classes(given: Given) -> &'static [usize] {
    match given {
        Given::All => &[0, 1],
        Given::NoBust => &[0],
        Given::Bust => &[1],
    }
}

/// Whether a condition holds on a path.
pub(super) fn holds(given: Given, path: &PathLoss) -> bool {
    match given {
        Given::All => true,
        Given::Bust => path.bust(),
        Given::NoBust => !path.bust(),
    }
}

/// What is kept of a condition: the sums of one class, or of both.
fn merged<T: Clone>(by_class: &ByClass<T>, given: Given, merge: impl Fn(&mut T, &T) -> Result<()>) -> Result<T> {
    let mut out = by_class[classes(given)[0]].clone();
    if given == Given::All {
        merge(&mut out, &by_class[1])?;
    }
    Ok(out)
}

impl<'a> Pool<'a> {
    pub(super) fn new(simulated: &'a Simulated) -> Pool<'a> {
        let strata = &simulated.strata;
        let weights = |count: fn(&Tally) -> [u64; 2]| {
            let counts = strata.iter().map(|s| count(&s.tally).iter().sum()).collect();
            Strata::new(strata.iter().map(|s| s.share).collect(), counts, simulated.candidates)
        };
        Pool { strata, all: weights(|t| t.paths), variants: weights(|t| t.variant_paths) }
    }

    /// Any stratum's tally, for what is the same in all.
    pub(super) fn any(&self) -> &'a Tally {
        &self.strata[0].tally
    }

    /// Whether the `member`-th world is one of the variants.
    pub(super) fn is_variant(&self, member: usize) -> bool {
        member >= self.any().base.len()
    }

    fn weights(&self, variant: bool) -> &Strata {
        if variant { &self.variants } else { &self.all }
    }

    /// Moments of a condition in each stratum.
    pub(super) fn moments(&self, given: Given, of: impl Fn(&Tally) -> &ByClass<Moments>) -> Result<Vec<Moments>> {
        self.strata.iter().map(|s| merged(of(&s.tally), given, Moments::merge)).collect()
    }

    /// Moments of pairs of a condition in each stratum.
    pub(super) fn pairs(&self, given: Given, of: impl Fn(&Tally) -> &ByClass<PairMoments>) -> Result<Vec<PairMoments>> {
        self.strata.iter().map(|s| merged(of(&s.tally), given, PairMoments::merge)).collect()
    }

    /// A count of a condition in each stratum; `of` is given the class.
    pub(super) fn counts(&self, given: Given, of: impl Fn(&Tally, usize) -> u64) -> Vec<u64> {
        self.strata.iter().map(|s| classes(given).iter().map(|&c| of(&s.tally, c)).sum()).collect()
    }

    /// Paths of a condition in each stratum.
    pub(super) fn paths(&self, given: Given, variant: bool) -> Vec<u64> {
        self.counts(given, |t, c| if variant { t.variant_paths[c] } else { t.paths[c] })
    }

    /// Mean with its interval, or without error where a single value or none but equal ones leave it open.
    pub(super) fn mean(&self, moments: &[Moments], variant: bool) -> Option<Estimate> {
        let weights = self.weights(variant);
        weights.mean(moments).or_else(|| weights.mean_value(moments).and_then(Estimate::exact))
    }

    /// Standard deviation of a single path.
    pub(super) fn standard_deviation(&self, moments: &[Moments], variant: bool) -> f64 {
        self.weights(variant).standard_deviation(moments).unwrap_or(0.0)
    }

    /// Means of pairs, their ratio and their difference.
    pub(super) fn compare(&self, pairs: &[PairMoments], variant: bool) -> Option<((Estimate, Estimate), Ratio, Estimate)> {
        let weights = self.weights(variant);
        Some((weights.means(pairs)?, weights.ratio(pairs), weights.difference(pairs)?))
    }

    /// Probability of an event among paths.
    pub(super) fn proportion(&self, successes: &[u64], of: &[u64], variant: bool) -> Option<Estimate> {
        self.weights(variant).proportion(successes, of)
    }

    /// That probability without its interval.
    pub(super) fn share(&self, successes: &[u64], of: &[u64], variant: bool) -> f64 {
        self.weights(variant).share(successes, of)
    }

    /// Number of paths with the same sum of squared weights.
    pub(super) fn effective_paths(&self) -> f64 {
        self.all.effective_paths()
    }

    /// Whether all paths have the same weight.
    pub(super) fn is_plain(&self) -> bool {
        self.all.is_plain()
    }

    /// Net losses of the system in one world, with their strata.
    pub(super) fn losses(&self, world: WorldName, given: Given) -> impl Iterator<Item = (usize, f64)> + '_ {
        let of = move |(k, s): (usize, &'a Stratum)| s.losses.iter().filter(move |p| holds(given, p)).map(move |p| (k, p.loss(world)));
        self.strata.iter().enumerate().flat_map(of)
    }

    /// Histograms of a condition: one merged histogram of a plain run, or a weighted sample.
    pub(super) fn bins(&self, given: Given, of: impl Fn(&Tally) -> &ByClass<Histogram>) -> Result<Vec<Histogram>> {
        self.strata.iter().map(|s| merged(of(&s.tally), given, Histogram::merge)).collect()
    }

    /// A weighted sample read off bins.
    pub(super) fn weighted(&self, bins: &[Histogram]) -> Option<WeightedSample<'_>> {
        WeightedSample::of_bins(&self.all, &bins.iter().collect::<Vec<_>>())
    }
}
