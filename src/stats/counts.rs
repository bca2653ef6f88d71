//! Proportions: how often something happened, with Clopper-Pearson and Wilson intervals. Not means, not quantiles.

use super::beta::beta_quantile;
use super::estimate::{CONFIDENCE, Estimate};
use super::normal;
use serde::{Deserialize, Serialize};

/// `successes` out of `trials`; adding two of them is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Proportion {
    /// How often it happened; at most `trials`.
    pub successes: u64,
    /// How often it could have happened.
    pub trials: u64,
}

impl Proportion {
    /// Counts one trial.
    pub fn push(&mut self, success: bool) {
        self.successes += u64::from(success);
        self.trials += 1;
    }

    /// Adds the counts of another set of trials.
    pub fn merge(&mut self, other: &Self) {
        self.successes = self.successes.saturating_add(other.successes);
        self.trials = self.trials.saturating_add(other.trials);
    }

    /// The share of successes, in `[0, 1]`.
    ///
    /// `None` without trials, or with more successes than trials.
    pub fn value(&self) -> Option<f64> {
        (self.trials > 0 && self.successes <= self.trials).then(|| self.successes as f64 / self.trials as f64)
    }

    /// The share with its binomial standard error and the 95 % Clopper-Pearson interval, which covers at least 95 %
    /// whatever the true probability. With no success, or no failure, the standard error is 0 but the interval is not empty.
    ///
    /// `None` as for [`Proportion::value`].
    pub fn estimate(&self) -> Option<Estimate> {
        let value = self.value()?;
        let (low, high) = self.clopper_pearson(CONFIDENCE)?;
        let std_error = (value * (1.0 - value) / self.trials as f64).sqrt();
        Some(Estimate { value, std_error, low, high })
    }

    /// Exact interval of Clopper and Pearson (1934): the probabilities that the counts do not reject at
    /// `(1 - confidence) / 2` on either side; quantiles of beta distributions.
    ///
    /// `None` as for [`Proportion::value`], or unless `0 < confidence < 1`.
    pub fn clopper_pearson(&self, confidence: f64) -> Option<(f64, f64)> {
        let value = self.value()?;
        let tail = tail_of(confidence)?;
        let successes = self.successes as f64;
        let failures = (self.trials - self.successes) as f64;
        let low = if successes == 0.0 { 0.0 } else { beta_quantile(successes, failures + 1.0, tail)? };
        let high = if failures == 0.0 { 1.0 } else { beta_quantile(successes + 1.0, failures, 1.0 - tail)? };
        Some((low.min(value), high.max(value)))
    }

    /// Score interval of Wilson (1927): shorter than Clopper-Pearson, and right on average rather than always.
    ///
    /// `None` as for [`Proportion::value`], or unless `0 < confidence < 1`.
    pub fn wilson(&self, confidence: f64) -> Option<(f64, f64)> {
        let p = self.value()?;
        let z = -normal::quantile(tail_of(confidence)?)?;
        let n = self.trials as f64;
        let shrink = 1.0 / (1.0 + z * z / n);
        let centre = (p + z * z / (2.0 * n)) * shrink;
        let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() * shrink;
        let low = if self.successes == 0 { 0.0 } else { centre - half };
        let high = if self.successes == self.trials { 1.0 } else { centre + half };
        Some((low.clamp(0.0, p), high.clamp(p, 1.0)))
    }
}

/// Probability left on each side of a two-sided interval; `None` unless `0 < confidence < 1`.
pub(super) fn tail_of(confidence: f64) -> Option<f64> {
    (confidence > 0.0 && confidence < 1.0).then(|| (1.0 - confidence) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, known: f64, relative: f64) {
        assert!((found - known).abs() <= relative * known.abs(), "{found:e} is not {known:e}");
    }

    #[test]
    fn three_in_ten_thousand() {
        let e = Proportion { successes: 3, trials: 10_000 }.estimate().unwrap();
        close(e.low, 6.187_148_574_8e-5, 1e-10);
        close(e.high, 8.764_745_225_0e-4, 1e-10);
        close(e.value, 3e-4, 1e-15);
    }

    #[test]
    fn none_and_all() {
        let none = Proportion { successes: 0, trials: 10_000 };
        let (low, high) = none.clopper_pearson(0.95).unwrap();
        assert_eq!(low, 0.0);
        close(high, -(0.025_f64.ln() / 1e4).exp_m1(), 1e-12);
        let all = Proportion { successes: 10_000, trials: 10_000 };
        let (low, high) = all.clopper_pearson(0.95).unwrap();
        close(low, (0.025_f64.ln() / 1e4).exp(), 1e-14);
        assert_eq!(high, 1.0);
        assert_eq!(none.wilson(0.95).unwrap().0, 0.0);
        close(none.wilson(0.95).unwrap().1, WILSON_NONE, 1e-12);
        assert_eq!(all.wilson(0.95).unwrap().1, 1.0);
    }
    /// z² / (n + z²).
    const WILSON_NONE: f64 = 3.841_458_820_694_124 / 10_003.841_458_820_694;

    #[test]
    fn wilson_of_one_half() {
        let half = Proportion { successes: 50, trials: 100 };
        let (low, high) = half.wilson(0.95).unwrap();
        close(low, 0.403_831_530_365_997_4, 1e-12);
        close(low + high, 1.0, 1e-15);
    }

    #[test]
    fn bad_counts_are_none() {
        assert!(Proportion::default().estimate().is_none());
        let more = Proportion { successes: 2, trials: 1 };
        assert!(more.estimate().is_none() && more.wilson(0.95).is_none());
        let mut fine = Proportion::default();
        fine.push(true);
        assert!(fine.clopper_pearson(1.0).is_none());
        assert!(fine.wilson(f64::NAN).is_none());
        assert!(fine.estimate().is_some());
    }
}
