//! A number with its uncertainty. Not how the uncertainty is found: that is in the other files of this room.

use serde::{Deserialize, Serialize};

/// Confidence level of every interval that does not say otherwise.
pub const CONFIDENCE: f64 = 0.95;

/// Two-sided 95 % point of the standard normal distribution, Φ⁻¹(0.975).
pub const Z_95: f64 = 1.959_963_984_540_054;

/// A value, its standard error and a 95 % confidence interval, all in the unit of the value.
///
/// The interval need not be symmetric: order statistics and proportions have intervals of their own, and for those
/// `std_error` is only a summary.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// Its standard error; for an order statistic, half the interval divided by [`Z_95`].
    pub std_error: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
}

impl Estimate {
    /// A value known without error.
    ///
    /// `None` if it is not finite.
    pub fn exact(value: f64) -> Option<Self> {
        Self::with_half_width(value, 0.0, 0.0)
    }

    /// A normal interval: `value ± Z_95 · std_error`.
    ///
    /// `None` if anything is not finite or the standard error is negative.
    pub fn normal(value: f64, std_error: f64) -> Option<Self> {
        Self::with_half_width(value, std_error, Z_95 * std_error)
    }

    /// The mean of `n` independent values from their mean and their sample variance (divisor `n - 1`), with a normal interval.
    ///
    /// `None` for fewer than two values, a negative variance or anything that is not finite.
    pub fn of_mean(mean: f64, variance: f64, n: u64) -> Option<Self> {
        if n < 2 || variance < 0.0 {
            return None;
        }
        Self::normal(mean, (variance / n as f64).sqrt())
    }

    /// A symmetric interval of the given half width, such as one from Student's t.
    ///
    /// `None` if anything is not finite, or the standard error or the half width is negative.
    pub fn with_half_width(value: f64, std_error: f64, half_width: f64) -> Option<Self> {
        let found = Self { value, std_error, low: value - half_width, high: value + half_width };
        (found.is_finite() && std_error >= 0.0 && half_width >= 0.0).then_some(found)
    }

    /// An interval found without a standard error, such as one between order statistics; the standard error is taken as
    /// `(high - low) / (2 Z_95)`, and the interval is widened to hold the value if it does not.
    ///
    /// `None` if anything is not finite.
    pub fn from_interval(value: f64, low: f64, high: f64) -> Option<Self> {
        let (low, high) = (low.min(value), high.max(value));
        let found = Self { value, std_error: (high / 2.0 - low / 2.0) / Z_95, low, high };
        found.is_finite().then_some(found)
    }

    /// The estimate in another unit: everything times `factor`; a negative factor swaps the ends.
    ///
    /// `None` if the product is not finite.
    pub fn scaled(self, factor: f64) -> Option<Self> {
        let (a, b) = (self.low * factor, self.high * factor);
        let found = Self { value: self.value * factor, std_error: self.std_error * factor.abs(), low: a.min(b), high: a.max(b) };
        found.is_finite().then_some(found)
    }

    /// The estimate plus a known number.
    ///
    /// `None` if the sum is not finite.
    pub fn shifted(self, by: f64) -> Option<Self> {
        let found = Self { value: self.value + by, std_error: self.std_error, low: self.low + by, high: self.high + by };
        found.is_finite().then_some(found)
    }

    /// Whether the interval, ends included, holds `x`.
    pub fn contains(&self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }

    /// Whether the interval lies wholly on one side of zero.
    pub fn is_told_from_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }

    fn is_finite(&self) -> bool {
        self.value.is_finite() && self.std_error.is_finite() && self.low.is_finite() && self.high.is_finite()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_has_a_normal_interval() {
        let e = Estimate::of_mean(3.0, 4.0, 100).unwrap();
        assert_eq!(e.std_error, 0.2);
        assert!((e.high - 3.391_992_796_908_011).abs() < 1e-15);
        assert!((e.low + e.high - 6.0).abs() < 1e-15);
    }

    #[test]
    fn a_negative_factor_swaps_the_ends() {
        let e = Estimate::from_interval(1.0, 0.0, 3.0).unwrap();
        let s = e.scaled(-2.0).unwrap();
        assert_eq!((s.low, s.value, s.high), (-6.0, -2.0, 0.0));
        assert_eq!(s.std_error, 2.0 * e.std_error);
        assert_eq!(e.shifted(1.0).unwrap().high, 4.0);
    }

    #[test]
    fn nothing_that_is_not_finite_leaves() {
        assert!(Estimate::normal(f64::NAN, 1.0).is_none());
        assert!(Estimate::normal(1.0, f64::INFINITY).is_none());
        assert!(Estimate::normal(1.0, -1.0).is_none());
        assert!(Estimate::of_mean(1.0, 1.0, 1).is_none());
        assert!(Estimate::of_mean(1.0, f64::NAN, 5).is_none());
        assert!(Estimate::from_interval(1.0, f64::NEG_INFINITY, 2.0).is_none());
        let e = Estimate::exact(f64::MAX).unwrap();
        assert!(e.scaled(2.0).is_none());
    }
}
