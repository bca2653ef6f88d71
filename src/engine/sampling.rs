//! Which paths a run simulates: the first ones, or some of many more, chosen by what regime, sentiment and demand alone do to values. No firm acts here.
//!
//! Two-phase sampling (Neyman, J. Am. Stat. Assoc. 33 (1938) 101; Cochran, Sampling Techniques, 3rd ed., chapter 12): of many cheap candidates only the common
//! factors are drawn, each candidate falls in a stratum by its severity, and in each stratum the first ones are simulated in full. A candidate is a path like
//! any other: its number alone gives its draws, whoever chose it.

use super::block::Engine;
use crate::lanes::{self, LANES, Row, lane_kernel, splat};
use crate::model::FirmNumber;
use crate::shocks::{Common, Parameters, PathNumbers};

/// How paths are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sampling {
    /// The first ones, all of the same weight.
    #[default]
    Plain,
    /// From strata of severity, in proportion to how likely each is.
    Stratified,
    /// From the same strata, most from the sixteenth that is the most severe; two fifths as if stratified, so that no weight is above 2.5.
    Importance,
}

/// Share of the paths that importance sampling chooses as if stratified.
const DEFENSIVE_SHARE: f64 = 0.4;
/// Candidates of which the edges of the strata are read, the last path numbers there are, so that they are no candidates of the run.
const PILOT: u64 = 1 << 16;
/// One past the last candidate that a run may have.
pub const MOST_CANDIDATES: u64 = (1 << 32) - PILOT;
/// Fewest paths that strata can share.
pub const FEWEST_PATHS: u64 = 2_048;
/// Fewest paths of a stratum, as long as it has candidates.
const FEWEST_OF_STRATUM: u64 = 32;
/// Strata of equal probability; the last of them is halved again and again.
const EQUAL_STRATA: usize = 16;
/// Least probability of a stratum: that of the most severe one.
const LEAST_SHARE: f64 = 1.0 / 512.0;

impl Sampling {
    /// Candidates for each path: enough that the strata's probabilities, which are read off the candidates, add little to the variance, and that every stratum has
    /// as many candidates as it needs paths.
    pub fn candidates_per_path(self) -> u64 {
        match self {
            Sampling::Plain => 1,
            Sampling::Stratified => 16,
            Sampling::Importance => 64,
        }
    }

    /// Name, as in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Sampling::Plain => "plain",
            Sampling::Stratified => "stratified",
            Sampling::Importance => "importance",
        }
    }
}

/// Says how bad a path's common factors are: the enterprise value they take from the plan at the horizon, if revenues moved with demand and values with
/// sentiment alone (model 6.2), nobody ordered less, and nobody failed.
pub(super) struct Severity {
    /// Enterprise value in the plan, sentiment beta, demand beta times elasticity of value, of each firm.
    firms: Vec<[f64; 3]>,
}

impl Severity {
    pub(super) fn of(engine: &Engine<'_>) -> Severity {
        let n = engine.layout.firms;
        let plan = &engine.plan().enterprise[(engine.layout.quarters - 1) * n..];
        let p = engine.central();
        let firm = |i: usize| {
            let number = |field| p.firm(field, i)[0];
            [plan[i][0], number(FirmNumber::SentimentBeta), number(FirmNumber::DemandBeta) * number(FirmNumber::ValueElasticity)]
        };
        Severity { firms: (0..n).map(firm).collect() }
    }

    /// Severity of a block of paths, USD billion; `p` is scratch.
    pub(super) fn of_paths(&self, engine: &Engine<'_>, p: &mut Parameters, seed: u64, paths: &PathNumbers) -> Row {
        let common = Common::at_horizon(engine.model, p, seed, paths, engine.isa);
        let mut out = splat(0.0);
        value_taken(engine.isa, &self.firms, &common, &mut out);
        out
    }
}

lane_kernel! {
    fn value_taken(firms: &[[f64; 3]], common: &Common, out: &mut Row) {
        for &[value, beta, elasticity] in firms {
            for l in 0..LANES {
                out[l] += value * (1.0 - lanes::exp(beta * common.sentiment[l] + elasticity * common.demand[l]));
            }
        }
    }
}

/// The strata of a model and seed: where they begin, and what part of the paths each is to have.
pub(super) struct Plot {
    edges: Vec<f64>,
    parts: Vec<f64>,
}

impl Plot {
    /// From the severities of the pilot's candidates.
    pub(super) fn of_pilot(mut pilot: Vec<f64>, sampling: Sampling) -> Plot {
        pilot.sort_unstable_by(f64::total_cmp);
        let equal = (1..EQUAL_STRATA).map(|k| k as f64 / EQUAL_STRATA as f64);
        let halves = std::iter::successors(Some(0.5 / EQUAL_STRATA as f64), |x| Some(0.5 * x)).take_while(|x| *x >= LEAST_SHARE);
        let mut edges: Vec<f64> = equal.chain(halves.map(|x| 1.0 - x)).map(|level| pilot[(level * pilot.len() as f64) as usize]).collect();
        edges.dedup();
        let mut plot = Plot { edges, parts: vec![] };
        let mut counts = vec![0.0; plot.edges.len() + 1];
        pilot.iter().for_each(|&x| counts[plot.stratum(x)] += 1.0);
        let severe = pilot[pilot.len() - pilot.len() / EQUAL_STRATA];
        let first_severe = plot.stratum(severe);
        let aimed = (counts.len() - first_severe) as f64;
        let defensive = if sampling == Sampling::Importance { DEFENSIVE_SHARE } else { 1.0 };
        let part = |(k, count): (usize, &f64)| {
            let tail = if k >= first_severe { 1.0 / aimed } else { 0.0 };
            defensive * count / pilot.len() as f64 + (1.0 - defensive) * tail
        };
        plot.parts = counts.iter().enumerate().map(part).collect();
        plot
    }

    /// The stratum of a severity.
    pub(super) fn stratum(&self, severity: f64) -> usize {
        self.edges.partition_point(|edge| *edge <= severity)
    }

    /// Paths that each stratum is to have of `paths` in all.
    pub(super) fn wanted(&self, paths: u64) -> Vec<u64> {
        let exact = |part: &f64| part * paths as f64;
        let mut wanted: Vec<u64> = self.parts.iter().map(|p| (exact(p) as u64).max(FEWEST_OF_STRATUM)).collect();
        // What rounding left over, or took too much, is the largest stratum's.
        let largest = (0..wanted.len()).max_by_key(|&k| wanted[k]).unwrap_or(0);
        let others: u64 = wanted.iter().sum::<u64>() - wanted[largest];
        wanted[largest] = paths.saturating_sub(others).max(FEWEST_OF_STRATUM);
        wanted
    }
}

/// The pilot's path numbers, block by block.
pub(super) fn pilot_blocks() -> impl Iterator<Item = u64> {
    (MOST_CANDIDATES..MOST_CANDIDATES + PILOT).step_by(LANES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strata_hold_what_they_should() {
        let pilot: Vec<f64> = (0..PILOT).map(|i| i as f64).collect();
        let plot = Plot::of_pilot(pilot.clone(), Sampling::Stratified);
        assert_eq!(plot.parts.len(), 15 + 6);
        assert!((plot.parts.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!((plot.parts[0], plot.parts[15], plot.parts[20]), (1.0 / 16.0, 1.0 / 32.0, 1.0 / 512.0));
        let aimed = Plot::of_pilot(pilot, Sampling::Importance);
        assert!((aimed.parts[20] - (0.4 / 512.0 + 0.1)).abs() < 1e-12 && (aimed.parts[0] - 0.4 / 16.0).abs() < 1e-12);
        for paths in [FEWEST_PATHS, 100_000] {
            for plot in [&plot, &aimed] {
                assert_eq!(plot.wanted(paths).iter().sum::<u64>(), paths);
                assert!(plot.wanted(paths).iter().all(|&n| n >= FEWEST_OF_STRATUM));
            }
        }
    }

    #[test]
    fn paths_that_are_all_alike_are_one_stratum() {
        let plot = Plot::of_pilot(vec![3.0; 1024], Sampling::Importance);
        assert!(plot.parts.len() <= 2 && plot.stratum(3.0) == plot.parts.len() - 1);
    }
}
