//! Two worlds seen on the same draws: ratio of means and paired difference, from exact mergeable sums. Not single streams: see `moments.rs`.

use super::estimate::Estimate;
use super::moments::{Centred, Faults, Quantum, decimal, finite_or_none, same_quantum};
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// A ratio of means, or the reason why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ratio {
    /// The ratio with its paired delta-method error.
    Reported(Estimate),
    /// The mean below the line is not positive, or is less than five times its standard error, or there are fewer than two
    /// pairs: report the difference only.
    DenominatorTooSmall,
}

impl Ratio {
    /// Least size of the mean below the line, in its standard errors (model, 8.4).
    pub const LEAST_DENOMINATOR: f64 = 5.0;

    /// Delta method for a ratio `A = mean a / mean c` of `n` pairs: the standard error is
    /// `sd(a - A c) / (√n · mean c)`, with variances and covariance of single pairs.
    pub fn from_moments(mean: (f64, f64), variance: (f64, f64), covariance: f64, n: u64) -> Self {
        let root = (n as f64).sqrt();
        let floor = Self::LEAST_DENOMINATOR * variance.1.max(0.0).sqrt() / root;
        if n < 2 || mean.1 <= 0.0 || mean.1 < floor {
            return Self::DenominatorTooSmall;
        }
        let ratio = mean.0 / mean.1;
        let spread = variance.0 - 2.0 * ratio * covariance + ratio * ratio * variance.1;
        match Estimate::normal(ratio, spread.max(0.0).sqrt() / (root * mean.1)) {
            Some(found) => Self::Reported(found),
            None => Self::DenominatorTooSmall,
        }
    }

    /// The estimate, if it is reported.
    pub fn estimate(&self) -> Option<Estimate> {
        match self {
            Self::Reported(found) => Some(*found),
            Self::DenominatorTooSmall => None,
        }
    }
}

/// Sums over pairs `(a, c)`: the same path in two worlds.
///
/// Both must be of about the same scale, for they share a quantum. Merging is associative and commutative bit for bit. It holds
/// up to [`Quantum::MOST_VALUES`] pairs; of more, there is no ratio, difference or variance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairMoments {
    quantum: Quantum,
    n: u64,
    #[serde(with = "decimal")]
    sum_a: i128,
    #[serde(with = "decimal")]
    sum_c: i128,
    #[serde(with = "decimal")]
    sum_aa: i128,
    #[serde(with = "decimal")]
    sum_cc: i128,
    #[serde(with = "decimal")]
    sum_ac: i128,
    faults: Faults,
}

impl PairMoments {
    /// An empty accumulator.
    pub fn new(quantum: Quantum) -> Self {
        Self { quantum, n: 0, sum_a: 0, sum_c: 0, sum_aa: 0, sum_cc: 0, sum_ac: 0, faults: Faults::default() }
    }

    /// Adds one pair; if either value is not finite the pair is only counted, once for each such value.
    pub fn push(&mut self, a: f64, c: f64) {
        let a = self.quantum.round(a, &mut self.faults).map(i128::from);
        let c = self.quantum.round(c, &mut self.faults).map(i128::from);
        if let (Some(a), Some(c)) = (a, c) {
            self.n += 1;
            self.add([a, c, a * a, c * c, a * c]);
        }
    }

    /// Adds the pairs of another accumulator.
    ///
    /// [`crate::error::Error::Usage`] if the quanta differ; nothing is then added.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        same_quantum(self.quantum, other.quantum)?;
        self.n = self.n.saturating_add(other.n);
        self.faults.merge(&other.faults);
        self.add([other.sum_a, other.sum_c, other.sum_aa, other.sum_cc, other.sum_ac]);
        Ok(())
    }

    /// Number of pairs of finite values.
    pub fn count(&self) -> u64 {
        self.n
    }

    /// Number of values that were NaN or infinite; their pairs are in no other number.
    pub fn non_finite(&self) -> u64 {
        self.faults.non_finite
    }

    /// Number of values that were clipped to ±2⁴⁷ quanta; if it is not 0, the results are biased.
    pub fn saturated(&self) -> u64 {
        self.faults.saturated
    }

    /// Both means with their errors, `(mean a, mean c)`; `None` for fewer than two pairs.
    pub fn means(&self) -> Option<(Estimate, Estimate)> {
        let (mean_a, mean_c) = self.mean_values()?;
        let (var_a, var_c, _) = self.covariances()?;
        let a = Estimate::of_mean(mean_a, var_a, self.n)?;
        Some((a, Estimate::of_mean(mean_c, var_c, self.n)?))
    }

    /// `mean a / mean c` with the paired delta-method error (model, 8.4), unless `mean c` is less than five of its standard errors.
    pub fn ratio(&self) -> Ratio {
        match (self.mean_values(), self.covariances()) {
            (Some(means), Some((var_a, var_c, covariance))) => Ratio::from_moments(means, (var_a, var_c), covariance, self.n),
            _ => Ratio::DenominatorTooSmall,
        }
    }

    /// `mean a - mean c` with the error of the paired differences; `None` for fewer than two pairs.
    pub fn difference(&self) -> Option<Estimate> {
        let size = self.quantum.size();
        let (aa, cc, ac) = self.centred()?;
        // Combined as integers, so that nearly equal worlds keep their digits.
        let whole = (aa.whole.wrapping_sub(ac.whole)).wrapping_add(cc.whole.wrapping_sub(ac.whole));
        let rest = (ac.rest_a - ac.rest_c) as f64;
        let squares = (whole as f64 - rest * (rest / self.n as f64)).max(0.0);
        let mean = (self.sum_a.saturating_sub(self.sum_c)) as f64 * size / self.n as f64;
        Estimate::of_mean(mean, squares * size / (self.n - 1) as f64 * size, self.n)
    }

    /// Sample variances of a and c and their covariance (divisor `n - 1`); `None` for fewer than two pairs.
    pub fn covariances(&self) -> Option<(f64, f64, f64)> {
        let size = self.quantum.size();
        let (aa, cc, ac) = self.centred()?;
        let scaled = |x: Centred| finite_or_none(x.value(self.n) * size / (self.n - 1) as f64 * size);
        Some((scaled(aa)?.max(0.0), scaled(cc)?.max(0.0), scaled(ac)?))
    }

    /// Both means alone; `None` without pairs.
    pub(super) fn mean_values(&self) -> Option<(f64, f64)> {
        let unit = self.quantum.size() / self.n as f64;
        (self.n > 0).then_some((self.sum_a as f64 * unit, self.sum_c as f64 * unit))
    }

    fn centred(&self) -> Option<(Centred, Centred, Centred)> {
        let (a, c) = (self.sum_a, self.sum_c);
        Some((Centred::of(self.sum_aa, a, a, self.n)?, Centred::of(self.sum_cc, c, c, self.n)?, Centred::of(self.sum_ac, a, c, self.n)?))
    }

    fn add(&mut self, [a, c, aa, cc, ac]: [i128; 5]) {
        self.sum_a = self.sum_a.wrapping_add(a);
        self.sum_c = self.sum_c.wrapping_add(c);
        self.sum_aa = self.sum_aa.wrapping_add(aa);
        self.sum_cc = self.sum_cc.wrapping_add(cc);
        self.sum_ac = self.sum_ac.wrapping_add(ac);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means 3 and 2, variances 4 and 1, covariance 1 over the population of n = 4 k equally likely pairs.
    fn c16(k: usize) -> PairMoments {
        let mut pairs = PairMoments::new(Quantum::for_scale(4.0));
        for _ in 0..k {
            for (u, v) in [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)] {
                pairs.push(3.0 + 2.0 * u, 2.0 + 0.5 * u + 0.75f64.sqrt() * v);
            }
        }
        pairs
    }

    #[test]
    fn ratio_of_case_c16() {
        let known = Ratio::from_moments((3.0, 2.0), (4.0, 1.0), 1.0, 10_000);
        let found = known.estimate().unwrap();
        assert_eq!(found.value, 1.5);
        assert!((found.std_error - 0.009_013_878_2).abs() < 1e-10);
        let sampled = c16(2500).ratio().estimate().unwrap();
        assert!((sampled.value - 1.5).abs() < 1e-11);
        let bessel = (10_000.0f64 / 9_999.0).sqrt();
        assert!((sampled.std_error - 0.009_013_878_188_66 * bessel).abs() < 1e-11);
    }

    #[test]
    fn difference_of_case_c16() {
        let e = c16(2500).difference().unwrap();
        assert!((e.value - 1.0).abs() < 1e-11);
        assert!((e.std_error - (3.0f64 / 9_999.0).sqrt()).abs() < 1e-11);
    }

    #[test]
    fn nearly_equal_worlds_keep_their_digits() {
        let mut pairs = PairMoments::new(Quantum::for_scale(1.0));
        let step = 2f64.powi(-38);
        for i in 0..1000 {
            let c = f64::from(i) * 0.03;
            pairs.push(c + step * f64::from(i % 2), c);
        }
        let e = pairs.difference().unwrap();
        assert!((e.value / (0.5 * step) - 1.0).abs() < 1e-12);
        let sd = step * 0.5 * (1000.0f64 / 999.0).sqrt();
        assert!((e.std_error * 1000f64.sqrt() / sd - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_small_denominator_is_not_divided_by() {
        let mut pairs = PairMoments::new(Quantum::for_scale(1.0));
        assert_eq!(pairs.ratio(), Ratio::DenominatorTooSmall);
        assert!(pairs.difference().is_none() && pairs.means().is_none());
        for i in 0..100 {
            pairs.push(1.0, f64::from(i % 2) - 0.45);
        }
        assert_eq!(pairs.ratio(), Ratio::DenominatorTooSmall);
        assert!((pairs.difference().unwrap().value - 0.95).abs() < 1e-12);
        let mut zeros = PairMoments::new(Quantum::for_scale(1.0));
        (0..10).for_each(|_| zeros.push(0.0, 0.0));
        assert_eq!(zeros.ratio(), Ratio::DenominatorTooSmall);
        assert_eq!(zeros.difference(), Estimate::exact(0.0));
        assert_eq!(c16(1).ratio(), Ratio::DenominatorTooSmall);
    }

    #[test]
    fn half_a_pair_is_no_pair() {
        let mut pairs = c16(10);
        let before = pairs.difference();
        pairs.push(f64::NAN, 1.0);
        pairs.push(1.0, f64::INFINITY);
        pairs.push(f64::NAN, f64::NAN);
        assert_eq!((pairs.count(), pairs.non_finite()), (40, 4));
        assert_eq!(pairs.difference(), before);
    }
}
