//! Order statistics of a sample kept whole: quantiles (VaR) with binomial-rank intervals and tail means (ES). Not histograms, not curves.

use super::beta::binomial_tails;
use super::counts::tail_of;
use super::estimate::{CONFIDENCE, Estimate};
use serde::{Deserialize, Serialize};

/// A tail with fewer values than this is too small to be trusted.
pub const TOO_FEW: f64 = 10.0;
/// Fewest values of a tail whose mean has an interval to be trusted: of 20 values a nominal 95 % interval covered 91 to 93 %, of 40 about 93 %
/// (`tests/coverage.rs`).
pub const TOO_FEW_FOR_MEAN: f64 = 50.0;

/// Which order statistics estimate and enclose a quantile. Ranks count from 1, the smallest value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RankInterval {
    /// Rank of the estimate, ⌈nq⌉.
    pub rank: u64,
    /// Rank of the lower end.
    pub low: u64,
    /// Rank of the upper end.
    pub high: u64,
    /// Exact probability, for a continuous distribution, that the two order statistics enclose the quantile. It is at least
    /// the confidence asked for unless the sample is too small, where the ends stop at ranks 1 and n.
    pub coverage: f64,
}

impl RankInterval {
    /// The equal-tailed interval: with `B` binomial (n, q), the greatest `low` with `P(B < low) <= (1 - confidence) / 2` and
    /// the least `high` with `P(B >= high) <= (1 - confidence) / 2`.
    ///
    /// `None` unless `n > 0`, `0 < q < 1` and `0 < confidence < 1`.
    pub fn new(n: u64, q: f64, confidence: f64) -> Option<Self> {
        let tail = tail_of(confidence)?;
        let rank = (mass(n, q)?.ceil() as u64).clamp(1, n);
        let below = |k: u64| binomial_tails(n, q, k).map_or(1.0, |t| t.0);
        let at_least = |k: u64| binomial_tails(n, q, k).map_or(0.0, |t| t.1);
        // The least rank that is too high to be `low`; P(B < n + 1) = 1 always is.
        let low = first(1, n + 1, |k| below(k) > tail) - 1;
        let high = first(1, n + 1, |k| at_least(k) <= tail);
        let (low, high) = (low.clamp(1, rank), high.clamp(rank, n));
        Some(Self { rank, low, high, coverage: (1.0 - below(low) - at_least(high)).max(0.0) })
    }
}

/// A quantile with the order statistics that enclose it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    /// The level, in (0, 1).
    pub q: f64,
    /// The order statistic ⌈nq⌉, between those of `ranks.low` and `ranks.high`.
    pub estimate: Estimate,
    /// The ranks used.
    pub ranks: RankInterval,
    /// Number of values expected beyond the quantile on its thinner side: `n · min(q, 1 - q)`.
    pub tail_count: f64,
}

impl Quantile {
    /// Whether fewer than [`TOO_FEW`] values lie beyond.
    pub fn is_too_few(&self) -> bool {
        self.tail_count < TOO_FEW
    }
}

/// The mean of a tail, such as the expected shortfall.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TailMean {
    /// The level of the quantile where the tail begins, in (0, 1).
    pub q: f64,
    /// That quantile, the order statistic ⌈nq⌉.
    pub quantile: f64,
    /// Mean of the tail, with its asymptotic error.
    pub estimate: Estimate,
    /// Number of values in the tail, `n (1 - q)` above or `nq` below; not always whole.
    pub tail_count: f64,
}

impl TailMean {
    /// Whether the tail has fewer than [`TOO_FEW_FOR_MEAN`] values, so that its error is not to be trusted either.
    pub fn is_too_few(&self) -> bool {
        self.tail_count < TOO_FEW_FOR_MEAN
    }
}

/// A sample in ascending order, all of it finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    sorted: Vec<f64>,
    non_finite: u64,
}

impl Sample {
    /// Sorts the values; those that are not finite are left out and counted.
    pub fn new(mut values: Vec<f64>) -> Self {
        let before = values.len();
        values.retain(|x| x.is_finite());
        values.sort_unstable_by(f64::total_cmp);
        Self { non_finite: (before - values.len()) as u64, sorted: values }
    }

    /// The finite values in ascending order.
    pub fn values(&self) -> &[f64] {
        &self.sorted
    }

    /// Number of finite values.
    pub fn count(&self) -> u64 {
        self.sorted.len() as u64
    }

    /// Number of values left out because they were NaN or infinite.
    pub fn non_finite(&self) -> u64 {
        self.non_finite
    }

    /// Order statistic of a rank, counted from 1; `None` outside `1..=n`.
    pub fn ranked(&self, rank: u64) -> Option<f64> {
        let index = usize::try_from(rank.checked_sub(1)?).ok()?;
        self.sorted.get(index).copied()
    }

    /// The q-quantile (for losses, the value at risk): the order statistic ⌈nq⌉ with the 95 % interval of [`RankInterval`].
    /// Where `nq` is a whole number but for rounding, it is taken as that number. A small q gives the upside.
    ///
    /// `None` without values or unless `0 < q < 1`.
    pub fn quantile(&self, q: f64) -> Option<Quantile> {
        let ranks = RankInterval::new(self.count(), q, CONFIDENCE)?;
        let estimate = Estimate::from_interval(self.ranked(ranks.rank)?, self.ranked(ranks.low)?, self.ranked(ranks.high)?)?;
        let below = mass(self.count(), q)?;
        Some(Quantile { q, estimate, ranks, tail_count: below.min(self.count() as f64 - below) })
    }

    /// Mean of the largest `n (1 - q)` values (for losses, the expected shortfall). If that is not a whole number, the next
    /// value counts with the fraction left over, so that the mean is continuous in q.
    ///
    /// The squared standard error is `[Var(L | tail) + q (ES - VaR)²] / (n (1 - q))` (Hong, Hu and Liu 2014).
    /// `None` without values or unless `0 < q < 1`.
    pub fn tail_mean(&self, q: f64) -> Option<TailMean> {
        let mass = mass(self.count(), q)?;
        let weight = self.count() as f64 - mass;
        let quantile = self.ranked((mass.ceil() as u64).max(1))?;
        let estimate = tail_estimate(self.sorted.iter().rev(), weight, q, quantile)?;
        Some(TailMean { q, quantile, estimate, tail_count: weight })
    }

    /// Mean of the smallest `nq` values (for losses, the upside), otherwise as [`Sample::tail_mean`].
    ///
    /// `None` without values or unless `0 < q < 1`.
    pub fn lower_tail_mean(&self, q: f64) -> Option<TailMean> {
        let weight = mass(self.count(), q)?;
        let quantile = self.ranked((weight.ceil() as u64).max(1))?;
        let estimate = tail_estimate(self.sorted.iter(), weight, 1.0 - q, quantile)?;
        Some(TailMean { q, quantile, estimate, tail_count: weight })
    }
}

/// Mean of the first `weight` values of an iterator that comes from the extreme inwards, `rest` being the probability of
/// everything else.
fn tail_estimate<'a>(outermost_first: impl Iterator<Item = &'a f64> + Clone, weight: f64, rest: f64, quantile: f64) -> Option<Estimate> {
    let weighted =
        || outermost_first.clone().enumerate().map(move |(i, &x)| ((weight - i as f64).min(1.0), x)).take_while(|&(w, _)| w > 0.0);
    // Summed as distances from the quantile: no overflow, and a constant tail has exactly its own mean.
    let mean_beyond = weighted().map(|(w, x)| w / weight * (x - quantile)).sum::<f64>();
    let variance = weighted().map(|(w, x)| w / weight * (x - quantile - mean_beyond).powi(2)).sum::<f64>();
    tail_error(variance, mean_beyond, rest, weight).and_then(|error| Estimate::normal(quantile + mean_beyond, error))
}

/// Standard error of a tail mean from the variance inside the tail, the distance of the mean from the quantile, the
/// probability `rest` of what is not in the tail, and the number of values in the tail.
pub(super) fn tail_error(variance: f64, distance: f64, rest: f64, count: f64) -> Option<f64> {
    let error = ((variance + rest * distance * distance) / count).sqrt();
    error.is_finite().then_some(error)
}

/// `nq`, freed of rounding error next to whole numbers, and at most a little less than n, so that a tail is never empty.
///
/// `None` unless `n > 0` and `0 < q < 1`, and where `nq` is rounded to 0 or to `n`.
pub(super) fn mass(n: u64, q: f64) -> Option<f64> {
    if n == 0 || !(q > 0.0 && q < 1.0) {
        return None;
    }
    let count = n as f64;
    let product = count * q;
    let whole = product.round();
    let is_whole = (product - whole).abs() <= 4.0 * f64::EPSILON * count;
    let is_inside = whole > 0.0 && whole < count;
    let found = if is_whole && is_inside { whole } else { product };
    (found > 0.0 && found < count).then_some(found)
}

/// Least `k` in `from..to` that satisfies a predicate which stays true once it is; `to` if none does.
fn first(from: u64, to: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut from, mut to) = (from, to);
    while from < to {
        let middle = from + (to - from) / 2;
        if holds(middle) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    from
}

#[cfg(test)]
mod tests {
    use super::super::{normal, student_t_quantile};
    use super::*;

    #[test]
    fn ranks_of_the_model() {
        let r = RankInterval::new(10_000, 0.99, 0.95).unwrap();
        assert_eq!((r.low, r.rank, r.high), (9880, 9900, 9920));
        assert!((r.coverage - 0.955_754_682_8).abs() < 1e-10);
        let r = RankInterval::new(100_000, 0.99, 0.95).unwrap();
        assert_eq!((r.low, r.rank, r.high), (98_938, 99_000, 99_062));
        assert!((r.coverage - 0.951_233_861_3).abs() < 1e-10);
    }

    #[test]
    fn ranks_of_small_and_huge_samples() {
        let r = RankInterval::new(1, 0.5, 0.95).unwrap();
        assert_eq!((r.low, r.rank, r.high, r.coverage), (1, 1, 1, 0.0));
        // Ranks 1 and 5 enclose the median unless all five fall on one side.
        let r = RankInterval::new(5, 0.5, 0.95).unwrap();
        assert_eq!((r.low, r.high), (1, 5));
        assert!((r.coverage - 15.0 / 16.0).abs() < 1e-15);
        let r = RankInterval::new(1_000_000_000, 0.999, 0.95).unwrap();
        assert!(r.coverage >= 0.95 && r.coverage < 0.9501);
        assert!((r.high - r.low).abs_diff(3918) < 5);
    }

    #[test]
    fn levels_that_are_whole_but_for_rounding() {
        assert_eq!(mass(100, 0.07), Some(7.0));
        assert_eq!(mass(1000, 0.999), Some(999.0));
        assert_eq!(mass(10, 0.25), Some(2.5));
        for q in [0.0, 1.0, -1.0, f64::NAN] {
            assert_eq!(mass(10, q), None);
        }
        let least = mass(10, 1e-300).unwrap();
        assert!(least > 0.0 && least < 1e-298);
        let most = 1.0 - f64::EPSILON / 2.0;
        assert!(Sample::new(vec![1.0, 2.0]).tail_mean(most).is_some());
    }

    /// `n` quantiles at the middles of equal slices of probability.
    fn grid(n: u32, quantile: impl Fn(f64) -> f64) -> Sample {
        let middle = |i: u32| (f64::from(i) + 0.5) / f64::from(n);
        Sample::new((0..n).map(|i| quantile(middle(i))).collect())
    }

    #[test]
    fn case_c11_normal() {
        let sample = grid(1_000_000, |p| normal::quantile(p).unwrap());
        let (var, es) = (sample.quantile(0.99).unwrap(), sample.tail_mean(0.99).unwrap());
        assert!((var.estimate.value - 2.326_347_874_0).abs() < 5e-5);
        assert!((es.estimate.value - 2.665_214_220_3).abs() < 2e-5);
        let asymptotic = es.estimate.std_error * 1000.0;
        assert!((asymptotic / 4.588_362_362_4 - 1.0).abs() < 1e-3, "{asymptotic}");
    }

    #[test]
    fn error_of_the_normal_tail_in_closed_form() {
        let var = normal::quantile(0.99).unwrap();
        let es = normal::pdf(var) / 0.01;
        let inside = 1.0 + var * es - es * es;
        let error = tail_error(inside, es - var, 0.99, 0.01).unwrap();
        assert!((error - 4.588_362_362_4).abs() < 1e-9);
    }

    #[test]
    fn case_c11_exponential() {
        let sample = grid(1_000_000, |p| -(-p).ln_1p());
        assert!((sample.quantile(0.99).unwrap().estimate.value - 4.605_170_186_0).abs() < 1e-4);
        let es = sample.tail_mean(0.99).unwrap().estimate.value;
        assert!((es - 5.605_170_186_0).abs() < 1e-4);
    }

    #[test]
    fn case_c11_t5_of_unit_variance() {
        let (unit, t) = (0.6f64.sqrt(), student_t_quantile(5.0, 0.99).unwrap());
        assert!((t * unit - 2.606_463_569_4).abs() < 1e-10);
        let density = 8.0 / (3.0 * std::f64::consts::PI * 5f64.sqrt()) * (1.0 + t * t / 5.0).powi(-3);
        let es = density / 0.01 * (5.0 + t * t) / 4.0 * unit;
        assert!((es - 3.448_836_760_0).abs() < 1e-9);
        let sample = grid(20_000, |p| unit * student_t_quantile(5.0, p).unwrap());
        assert!((sample.quantile(0.99).unwrap().estimate.value - 2.606_463_569_4).abs() < 5e-3);
        assert!((sample.tail_mean(0.99).unwrap().estimate.value - es).abs() < 5e-3);
    }

    #[test]
    fn tails_with_a_fraction() {
        let sample = Sample::new(vec![4.0, 1.0, 3.0, 2.0, 5.0]);
        // Half a value above: only part of the largest.
        assert_eq!(sample.tail_mean(0.9).unwrap().estimate.value, 5.0);
        // 1.5 values: (5 + 4/2) / 1.5.
        let es = sample.tail_mean(0.7).unwrap();
        assert!((es.estimate.value - 7.0 / 1.5).abs() < 1e-14);
        assert_eq!(es.quantile, 4.0);
        assert!((es.tail_count - 1.5).abs() < 1e-14 && es.is_too_few());
        let best = sample.lower_tail_mean(0.3).unwrap();
        assert!((best.estimate.value - 2.0 / 1.5).abs() < 1e-14);
        assert_eq!(best.quantile, 2.0);
        assert_eq!(sample.tail_mean(0.8).unwrap().quantile, 4.0);
    }

    #[test]
    fn what_is_not_finite_is_left_out() {
        let sample = Sample::new(vec![f64::NAN, 2.0, f64::INFINITY, 1.0]);
        assert_eq!((sample.count(), sample.non_finite()), (2, 2));
        assert_eq!(sample.values(), &[1.0, 2.0]);
        assert_eq!((sample.ranked(0), sample.ranked(3)), (None, None));
        let empty = Sample::new(Vec::new());
        assert!(empty.quantile(0.5).is_none() && empty.tail_mean(0.5).is_none());
        let wide = Sample::new(vec![f64::MAX, -f64::MAX]);
        assert!(wide.tail_mean(0.25).is_none());
    }
}
