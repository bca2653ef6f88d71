//! The exceedance curve: how probable it is that a threshold is exceeded, point by point and as a whole. Not its drawing.

use super::counts::{Proportion, tail_of};
use super::estimate::CONFIDENCE;
use super::quantiles::Sample;
use serde::{Deserialize, Serialize};

/// One point of an exceedance curve. Probabilities are in `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExceedancePoint {
    /// The threshold, in the unit of the sample.
    pub threshold: f64,
    /// Number of values strictly above the threshold.
    pub count: u64,
    /// Share of the values strictly above the threshold.
    pub probability: f64,
    /// Lower end of the 95 % Clopper-Pearson interval of this point alone.
    pub low: f64,
    /// Upper end of the 95 % Clopper-Pearson interval of this point alone.
    pub high: f64,
    /// Lower edge of the 95 % band that holds the whole curve (Dvoretzky, Kiefer and Wolfowitz; constant of Massart 1990).
    pub band_low: f64,
    /// Upper edge of that band.
    pub band_high: f64,
}

/// Half width of the band of Dvoretzky, Kiefer and Wolfowitz, `√(ln(2 / (1 - confidence)) / (2n))`: with at least this
/// confidence the whole empirical distribution function of `n` values is nowhere further from the true one.
///
/// `None` unless `n > 0` and `0 < confidence < 1`.
pub fn dkw_half_width(n: u64, confidence: f64) -> Option<f64> {
    let tail = tail_of(confidence)?;
    (n > 0).then(|| (-tail.ln() / (2.0 * n as f64)).sqrt())
}

impl Sample {
    /// The exceedance probabilities of given thresholds, in their order; thresholds that are not finite are left out.
    ///
    /// Empty without values.
    pub fn exceedance(&self, thresholds: &[f64]) -> Vec<ExceedancePoint> {
        thresholds.iter().filter_map(|&threshold| self.exceedance_point(threshold)).collect()
    }

    /// The exceedance curve at values of the sample, in ascending order: about `points` of them (at least 2), half of them
    /// evenly spaced in probability, half evenly in its logarithm, so that the tail is followed value by value to the
    /// largest. Equal thresholds are given once.
    ///
    /// Empty without values.
    pub fn exceedance_curve(&self, points: usize) -> Vec<ExceedancePoint> {
        let mut thresholds: Vec<f64> =
            curve_counts(self.count(), points).into_iter().filter_map(|above| self.ranked(self.count() - above)).collect();
        thresholds.dedup();
        self.exceedance(&thresholds)
    }

    fn exceedance_point(&self, threshold: f64) -> Option<ExceedancePoint> {
        if !threshold.is_finite() {
            return None;
        }
        let n = self.count();
        let at_most = self.values().partition_point(|&x| x <= threshold) as u64;
        let above = Proportion { successes: n - at_most, trials: n };
        let probability = above.value()?;
        let (low, high) = above.clopper_pearson(CONFIDENCE)?;
        let band = dkw_half_width(n, CONFIDENCE)?;
        Some(ExceedancePoint {
            threshold,
            count: above.successes,
            probability,
            low,
            high,
            band_low: (probability - band).max(0.0),
            band_high: (probability + band).min(1.0),
        })
    }
}

/// Numbers of values above the thresholds of a curve, descending, each less than `n`.
fn curve_counts(n: u64, points: usize) -> Vec<u64> {
    let Some(most) = n.checked_sub(1) else {
        return Vec::new();
    };
    let half = (points / 2).max(1);
    let even = (0..half).map(|i| most as f64 * (1.0 - i as f64 / half as f64));
    let step = (most.max(1) as f64).ln() / half as f64;
    let logarithmic = (0..half).map(|i| (step * i as f64).exp());
    let mut counts: Vec<u64> = even.chain(logarithmic).map(|above| (above.round() as u64).min(most)).chain([0]).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    counts.dedup();
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(n: u32) -> Sample {
        Sample::new((0..n).map(|i| f64::from(i).powi(2)).collect())
    }

    #[test]
    fn band_of_the_model() {
        let half = dkw_half_width(10_000, 0.95).unwrap();
        assert!((half - 0.013_581_015_2).abs() < 1e-10);
        assert_eq!(dkw_half_width(0, 0.95), None);
        assert_eq!(dkw_half_width(10, 1.0), None);
    }

    #[test]
    fn points_of_a_small_sample() {
        let s = Sample::new(vec![0.0, 0.0, 1.0, 2.0]);
        let p = s.exceedance(&[-1.0, 0.0, f64::NAN, 1.5, 2.0]);
        let shares: Vec<f64> = p.iter().map(|p| p.probability).collect();
        assert_eq!(shares, [1.0, 0.5, 0.25, 0.0]);
        assert!(p.iter().all(|p| p.low <= p.probability && p.probability <= p.high));
        assert!(p.iter().all(|p| p.band_low >= 0.0 && p.band_high <= 1.0));
        let curve: Vec<f64> = s.exceedance_curve(200).iter().map(|p| p.threshold).collect();
        assert_eq!(curve, [0.0, 1.0, 2.0]);
    }

    #[test]
    fn a_curve_is_short_descending_and_dense_in_the_tail() {
        let curve = sample(100_000).exceedance_curve(200);
        assert!(curve.len() > 150 && curve.len() <= 202, "{}", curve.len());
        assert!(curve.is_sorted_by(|a, b| a.threshold < b.threshold));
        assert!(curve.is_sorted_by(|a, b| a.probability > b.probability));
        let last: Vec<u64> = curve.iter().rev().take(4).map(|p| p.count).collect();
        assert_eq!(last, [0, 1, 2, 3]);
        assert_eq!(curve[0].count, 99_999);
    }

    #[test]
    fn few_points_and_no_values() {
        assert!(sample(0).exceedance_curve(200).is_empty());
        assert!(sample(0).exceedance(&[1.0]).is_empty());
        assert_eq!(sample(1).exceedance_curve(200).len(), 1);
        assert!(sample(1000).exceedance_curve(0).len() <= 3);
    }
}
