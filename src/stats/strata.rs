//! Estimates from strata whose paths have different weights: means, ratios, differences, proportions, each with its error. Not quantiles: `weighted.rs`.
//!
//! Of N candidates, N_k fall in stratum k, whose share is W_k = N_k / N; n_k of them are looked at. For a mean of z the variance is
//! Σ W_k² s_k² / n_k + Σ W_k (z̄_k − z̄)² / N (two-phase sampling: Neyman 1938; Cochran, Sampling Techniques, 3rd ed., 12.2), its second part being that of the
//! shares. Means over part of the paths (given a bust) and ratios are linearised. One stratum that holds everything gives the plain estimates.

use super::beta::beta_quantile;
use super::counts::{Proportion, tail_of};
use super::estimate::{CONFIDENCE, Estimate};
use super::moments::Moments;
use super::pairs::{PairMoments, Ratio};

/// Shares and sizes of strata.
#[derive(Debug, Clone, PartialEq)]
pub struct Strata {
    shares: Vec<f64>,
    counts: Vec<u64>,
    candidates: Option<u64>,
}

/// Mean and variance of a variable over the paths of a stratum that a condition holds for, and how many they are.
#[derive(Debug, Clone, Copy)]
struct Part {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Part {
    const NONE: Part = Part { count: 0.0, mean: 0.0, variance: 0.0 };

    /// `None` where a single path leaves the variance open; its stratum then adds nothing to the error, and next to nothing to the mean.
    fn of(m: &Moments) -> Part {
        Part { count: m.count() as f64, mean: m.mean_value().unwrap_or(0.0), variance: m.variance().unwrap_or(0.0) }
    }
}

impl Strata {
    /// Strata with probabilities `shares` (summing to 1), of which `counts` paths were looked at; `candidates` that the shares were counted among, none if the
    /// shares are exact.
    pub fn new(shares: Vec<f64>, counts: Vec<u64>, candidates: Option<u64>) -> Self {
        Self { shares, counts, candidates }
    }

    /// The same strata with other numbers of paths: part of them.
    pub fn with_counts(&self, counts: Vec<u64>) -> Self {
        Self { counts, ..self.clone() }
    }

    /// Whether every path has the same weight.
    pub fn is_plain(&self) -> bool {
        self.candidates.is_none() && self.counts.len() == 1
    }

    /// Number of strata.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there is no stratum.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Weight of each path of stratum k; the weights of all paths sum to 1. 0 for a stratum without paths.
    pub fn weight(&self, k: usize) -> f64 {
        if self.counts[k] > 0 { self.shares[k] / self.counts[k] as f64 } else { 0.0 }
    }

    /// Number of equally weighted paths with the same sum of squared weights (Kish 1965).
    pub fn effective_paths(&self) -> f64 {
        let squares: f64 = (0..self.len()).map(|k| self.counts[k] as f64 * self.weight(k).powi(2)).sum();
        if squares > 0.0 { 1.0 / squares } else { 0.0 }
    }

    /// Variance of the mean of a variable that is 0 outside the parts, from the parts' sums Σ z and Σ z² by stratum.
    pub(super) fn variance(&self, sums: impl Fn(usize) -> (f64, f64)) -> f64 {
        let (mut within, mut mean, mut square) = (0.0, 0.0, 0.0);
        for k in (0..self.len()).filter(|&k| self.counts[k] > 0) {
            let (n, share, (sum, squares)) = (self.counts[k] as f64, self.shares[k], sums(k));
            let centre = sum / n;
            if n > 1.0 {
                within += share * share * ((squares - sum * centre) / (n - 1.0)).max(0.0) / n;
            }
            mean += share * centre;
            square += share * centre * centre;
        }
        let between = self.candidates.map_or(0.0, |n| (square - mean * mean).max(0.0) / n as f64);
        within + between
    }

    /// Probability of the condition, from the number of paths in each stratum that it holds for.
    fn probability(&self, parts: &[Part]) -> f64 {
        parts.iter().enumerate().map(|(k, p)| self.weight(k) * p.count).sum()
    }

    /// Mean of the parts, over the paths for which the condition holds.
    fn mean_of(&self, parts: &[Part]) -> Option<f64> {
        let probability = self.probability(parts);
        let sum: f64 = parts.iter().enumerate().map(|(k, p)| self.weight(k) * p.count * p.mean).sum();
        (probability > 0.0).then(|| sum / probability)
    }

    /// Standard error of the mean over a condition of a variable whose mean is `centre`: z = (x − centre) / P(condition).
    fn error_of(&self, parts: &[Part], centre: f64) -> Option<f64> {
        let probability = self.probability(parts);
        let sums = |k: usize| {
            let p = parts[k];
            let away = p.mean - centre;
            let squares = (p.count - 1.0).max(0.0) * p.variance + p.count * away * away;
            (p.count * away / probability, squares / (probability * probability))
        };
        (probability > 0.0).then(|| self.variance(sums).sqrt()).filter(|e| e.is_finite())
    }

    /// Mean over the paths that the moments hold, one set for each stratum, with a normal 95 % interval.
    ///
    /// `None` with fewer than two values.
    pub fn mean(&self, moments: &[Moments]) -> Option<Estimate> {
        if let (true, [one]) = (self.is_plain(), moments) {
            return one.mean();
        }
        let parts: Vec<Part> = moments.iter().map(Part::of).collect();
        let mean = self.mean_of(&parts)?;
        (parts.iter().map(|p| p.count).sum::<f64>() >= 2.0).then(|| Estimate::normal(mean, self.error_of(&parts, mean)?)).flatten()
    }

    /// The mean alone; `None` without values.
    pub fn mean_value(&self, moments: &[Moments]) -> Option<f64> {
        self.mean_of(&moments.iter().map(Part::of).collect::<Vec<_>>())
    }

    /// Standard deviation of a single path.
    pub fn standard_deviation(&self, moments: &[Moments]) -> Option<f64> {
        if let (true, [one]) = (self.is_plain(), moments) {
            return one.variance().map(|v| v.max(0.0).sqrt());
        }
        let parts: Vec<Part> = moments.iter().map(Part::of).collect();
        let mean = self.mean_of(&parts)?;
        let squares = |(k, p): (usize, &Part)| self.weight(k) * p.count * (p.variance + (p.mean - mean).powi(2));
        let variance = parts.iter().enumerate().map(squares).sum::<f64>() / self.probability(&parts);
        Some(variance.max(0.0).sqrt()).filter(|s| s.is_finite())
    }

    /// Parts of the variable a − r c of pairs.
    fn residuals(pairs: &[PairMoments], r: f64) -> Vec<Part> {
        let part = |p: &PairMoments| {
            let (Some((a, c)), n) = (p.mean_values(), p.count() as f64) else { return Part::NONE };
            let spread = p.covariances().map_or(0.0, |(va, vc, ac)| (va - 2.0 * r * ac + r * r * vc).max(0.0));
            Part { count: n, mean: a - r * c, variance: spread }
        };
        pairs.iter().map(part).collect()
    }

    fn sides(pairs: &[PairMoments]) -> [Vec<Part>; 2] {
        let side = |first: bool| {
            let part = |p: &PairMoments| {
                let (Some(means), n) = (p.mean_values(), p.count() as f64) else { return Part::NONE };
                let variances = p.covariances().unwrap_or((0.0, 0.0, 0.0));
                let (mean, variance) = if first { (means.0, variances.0) } else { (means.1, variances.1) };
                Part { count: n, mean, variance }
            };
            pairs.iter().map(part).collect()
        };
        [side(true), side(false)]
    }

    /// Means of both members of pairs.
    pub fn means(&self, pairs: &[PairMoments]) -> Option<(Estimate, Estimate)> {
        if let (true, [one]) = (self.is_plain(), pairs) {
            return one.means();
        }
        let estimate = |parts: &[Part]| {
            let mean = self.mean_of(parts)?;
            Estimate::normal(mean, self.error_of(parts, mean)?)
        };
        let [a, c] = Self::sides(pairs);
        Some((estimate(&a)?, estimate(&c)?))
    }

    /// Ratio of the means of pairs, refused where the mean below the line is less than five of its standard errors.
    pub fn ratio(&self, pairs: &[PairMoments]) -> Ratio {
        if let (true, [one]) = (self.is_plain(), pairs) {
            return one.ratio();
        }
        let found = || {
            let (a, c) = self.means(pairs)?;
            if c.value <= 0.0 || c.value < Ratio::LEAST_DENOMINATOR * c.std_error {
                return None;
            }
            let ratio = a.value / c.value;
            let error = self.error_of(&Self::residuals(pairs, ratio), 0.0)?;
            Estimate::normal(ratio, error / c.value)
        };
        found().map_or(Ratio::DenominatorTooSmall, Ratio::Reported)
    }

    /// Mean of the differences of pairs.
    pub fn difference(&self, pairs: &[PairMoments]) -> Option<Estimate> {
        if let (true, [one]) = (self.is_plain(), pairs) {
            return one.difference();
        }
        let part = |p: &PairMoments| match p.difference() {
            Some(d) => Part { count: p.count() as f64, mean: d.value, variance: d.std_error * d.std_error * p.count() as f64 },
            None => p.mean_values().map_or(Part::NONE, |(a, c)| Part { count: p.count() as f64, mean: a - c, variance: 0.0 }),
        };
        let parts: Vec<Part> = pairs.iter().map(part).collect();
        let mean = self.mean_of(&parts)?;
        Estimate::normal(mean, self.error_of(&parts, mean)?)
    }

    /// Probability of an event among the paths of a condition, from the number of both in each stratum, with a 95 % interval.
    ///
    /// For one stratum that of Clopper and Pearson. Otherwise beta quantiles at the effective number of trials; the end towards one half as if one more path of the
    /// greatest weight had had the event, or the opposite (Fay & Feuer, Stat. Med. 16 (1997) 791, in a binomial form), so that what no path showed is not held
    /// impossible. `None` where the condition never holds.
    pub fn proportion(&self, successes: &[u64], of: &[u64]) -> Option<Estimate> {
        self.proportion_at(successes, of, CONFIDENCE)
    }

    /// The probability alone; 0 where the condition never holds.
    pub fn share(&self, successes: &[u64], of: &[u64]) -> f64 {
        let sum = |counts: &[u64]| counts.iter().enumerate().map(|(k, &c)| self.weight(k) * c as f64).sum::<f64>();
        let condition = sum(of);
        if condition > 0.0 { (sum(successes) / condition).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The same with another confidence.
    pub(super) fn proportion_at(&self, successes: &[u64], of: &[u64], confidence: f64) -> Option<Estimate> {
        if let (true, [s], [n]) = (self.is_plain(), successes, of) {
            let plain = Proportion { successes: *s, trials: *n };
            let (low, high) = plain.clopper_pearson(confidence)?;
            return plain.estimate().map(|e| Estimate { low, high, ..e });
        }
        let sum = |counts: &[u64]| counts.iter().enumerate().map(|(k, &c)| self.weight(k) * c as f64).sum::<f64>();
        let condition = sum(of);
        if condition <= 0.0 {
            return None;
        }
        let value = self.share(successes, of);
        let sums = |k: usize| {
            let (s, n) = (successes[k] as f64, of[k] as f64);
            let squares = s * (1.0 - value).powi(2) + (n - s) * value * value;
            ((s - value * n) / condition, squares / (condition * condition))
        };
        let std_error = self.variance(sums).sqrt();
        let heaviest = (0..self.len()).filter(|&k| of[k] > 0).map(|k| self.weight(k)).fold(0.0, f64::max) / condition;
        let tail = tail_of(confidence)?;
        let high = upper_end(value, std_error, heaviest, tail)?;
        let low = 1.0 - upper_end(1.0 - value, std_error, heaviest, tail)?;
        Some(Estimate { value, std_error, low: low.clamp(0.0, value), high: high.clamp(value, 1.0) })
    }
}

/// Upper end of the interval of a weighted proportion, with `tail` beyond it.
fn upper_end(value: f64, std_error: f64, heaviest: f64, tail: f64) -> Option<f64> {
    if value > 0.5 {
        // Few paths are without the event: one more with it, all of the average weight.
        let trials = value * (1.0 - value) / (std_error * std_error);
        return if trials.is_finite() && trials > 0.0 {
            beta_quantile(value * trials + 1.0, (1.0 - value) * trials, 1.0 - tail)
        } else {
            Some(value)
        };
    }
    let moved = value + heaviest;
    if moved >= 1.0 {
        return Some(1.0);
    }
    let trials = moved * (1.0 - moved) / (std_error * std_error + heaviest * heaviest);
    beta_quantile(moved * trials, (1.0 - moved) * trials, 1.0 - tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Quantum;

    fn moments(values: &[f64]) -> Moments {
        let mut m = Moments::new(Quantum::for_scale(10.0));
        values.iter().for_each(|&x| m.push(x));
        m
    }

    fn two() -> Strata {
        Strata::new(vec![0.9, 0.1], vec![4, 2], None)
    }

    #[test]
    fn mean_and_error_by_hand() {
        let e = two().mean(&[moments(&[1.0, 1.0, 3.0, 3.0]), moments(&[10.0, 14.0])]).unwrap();
        assert!((e.value - (0.9 * 2.0 + 0.1 * 12.0)).abs() < 1e-9);
        let variance = 0.81 * (4.0 / 3.0) / 4.0 + 0.01 * 8.0 / 2.0;
        assert!((e.std_error - f64::sqrt(variance)).abs() < 1e-9);
        // The shares counted among 100 candidates add the spread between the strata.
        let counted = Strata { candidates: Some(100), ..two() };
        let wider = counted.mean(&[moments(&[1.0, 1.0, 3.0, 3.0]), moments(&[10.0, 14.0])]).unwrap();
        let between = 0.9 * 1.0 + 0.1 * 81.0;
        assert!((wider.std_error - f64::sqrt(variance + between / 100.0)).abs() < 1e-9);
    }

    #[test]
    fn equal_weights_are_those_of_one_sample() {
        let (a, b) = (moments(&[1.0, 2.0, 5.0, 0.0]), moments(&[3.0, 3.5, 9.0, 4.0]));
        let strata = Strata::new(vec![0.5, 0.5], vec![4, 4], None);
        assert!((strata.mean(&[a, b]).unwrap().value - 27.5 / 8.0).abs() < 1e-9);
        assert!((strata.effective_paths() - 8.0).abs() < 1e-12);
        let mut all = a;
        all.merge(&b).unwrap();
        let population = all.variance().unwrap() * 7.0 / 8.0;
        let within = strata.standard_deviation(&[a, b]).unwrap().powi(2);
        assert!((within - population).abs() < 0.35 * population);
    }

    #[test]
    fn ratio_of_proportional_pairs_is_exact() {
        let pairs = |values: &[f64]| {
            let mut p = PairMoments::new(Quantum::for_scale(10.0));
            values.iter().for_each(|&x| p.push(1.5 * x, x));
            p
        };
        let list = [pairs(&[1.0, 2.0, 3.0, 2.0]), pairs(&[7.0, 8.0])];
        let found = two().ratio(&list).estimate().unwrap();
        assert!((found.value - 1.5).abs() < 1e-10 && found.std_error < 1e-6);
        let d = two().difference(&list).unwrap();
        assert!((d.value - 0.5 * (0.9 * 2.0 + 0.1 * 7.5)).abs() < 1e-9);
    }

    #[test]
    fn nothing_seen_is_not_impossible() {
        let strata = Strata::new(vec![0.9, 0.1], vec![900, 1_000], None);
        let none = strata.proportion(&[0, 0], &[900, 1_000]).unwrap();
        assert_eq!((none.value, none.low), (0.0, 0.0));
        // 3.69 paths of the greatest weight, 0.001.
        assert!((none.high - 3.69e-3).abs() < 2e-5, "{none:?}");
        let rare = strata.proportion(&[0, 100], &[900, 1_000]).unwrap();
        assert!((rare.value - 0.01).abs() < 1e-12 && rare.low > 0.007 && rare.high < 0.015, "{rare:?}");
    }

    #[test]
    fn one_stratum_is_clopper_and_pearson() {
        let one = Strata::new(vec![1.0], vec![10_000], None);
        let plain = Proportion { successes: 3, trials: 10_000 }.estimate().unwrap();
        assert_eq!(one.proportion(&[3], &[10_000]).unwrap(), plain);
        // Two halves of it, as strata, say nearly the same.
        let halves = Strata::new(vec![0.5, 0.5], vec![5_000, 5_000], None);
        let split = halves.proportion(&[30, 40], &[5_000, 5_000]).unwrap();
        let whole = Proportion { successes: 70, trials: 10_000 }.estimate().unwrap();
        assert!((split.low / whole.low - 1.0).abs() < 0.02 && (split.high / whole.high - 1.0).abs() < 0.02, "{split:?} {whole:?}");
    }
}
