//! Batch means: the error of any statistic from its scatter over batches of consecutive paths. A cross-check of the other errors, not their replacement.

use super::beta::student_t_quantile;
use super::estimate::{CONFIDENCE, Estimate};
use std::ops::Range;

/// Number of batches unless said otherwise.
pub const BATCHES: usize = 20;

/// Any statistic by batches: `statistic` is given the index range of each batch of `0..n` (sizes differ by one at most) and
/// says `None` where it has no finite answer. The value is the mean over batches; the 95 % interval is Student's t with
/// `batches - 1` degrees of freedom.
///
/// A statistic that is biased in small samples, such as a tail mean, has here the bias of a single batch.
/// `None` for fewer than two batches, fewer values than batches, or if a batch has no finite answer.
pub fn batch_statistic(n: usize, batches: usize, mut statistic: impl FnMut(Range<usize>) -> Option<f64>) -> Option<Estimate> {
    if batches < 2 || n < batches {
        return None;
    }
    let edge = |i: usize| (i as u128 * n as u128 / batches as u128) as usize;
    let found: Vec<f64> = (0..batches).map(|i| statistic(edge(i)..edge(i + 1)).filter(|x| x.is_finite())).collect::<Option<_>>()?;
    let count = batches as f64;
    let mean = found.iter().sum::<f64>() / count;
    let squares = found.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    let error = (squares / (count - 1.0) / count).sqrt();
    let t = student_t_quantile(count - 1.0, 0.5 + CONFIDENCE / 2.0)?;
    Estimate::with_half_width(mean, error, t * error)
}

/// The mean of independent values with Student's interval.
///
/// `None` for fewer than two values, or if one is not finite.
pub fn mean_of_values(values: &[f64]) -> Option<Estimate> {
    batch_statistic(values.len(), values.len(), |r| values.get(r.start).copied())
}

/// A statistic of a whole sample, with the error that its scatter over [`BATCHES`] batches says. `statistic` is given which batches it is to rest on: of all for the
/// value, which is less biased so, and of one after the other for the error.
///
/// `None` if any of them has no finite answer.
pub fn with_batches(statistic: impl Fn(Range<usize>) -> Option<f64>) -> Option<Estimate> {
    let whole = statistic(0..BATCHES)?;
    let spread = batch_statistic(BATCHES, BATCHES, &statistic)?;
    Estimate::with_half_width(whole, spread.std_error, 0.5 * (spread.high - spread.low))
}

/// Places of some batches among `n` values.
pub fn batch_places(batches: &Range<usize>, n: usize) -> Range<usize> {
    n * batches.start / BATCHES..n * batches.end / BATCHES
}

/// The mean of a series by [`BATCHES`] batches. Values must be in order of path number, so that batches are independent.
///
/// `None` for fewer than [`BATCHES`] values or if one is not finite.
pub fn batch_means(values: &[f64]) -> Option<Estimate> {
    batch_statistic(values.len(), BATCHES, |range| mean(values.get(range)?))
}

/// The ratio of means `mean a / mean c` of paired series by [`BATCHES`] batches.
///
/// `None` if the lengths differ, for fewer than [`BATCHES`] pairs, if a value is not finite, or if a batch of c has mean 0.
pub fn batch_ratios(a: &[f64], c: &[f64]) -> Option<Estimate> {
    if a.len() != c.len() {
        return None;
    }
    batch_statistic(a.len(), BATCHES, |range| Some(mean(a.get(range.clone())?)? / mean(c.get(range)?)?))
}

fn mean(values: &[f64]) -> Option<f64> {
    let found = values.iter().sum::<f64>() / values.len() as f64;
    found.is_finite().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_batches_of_known_means() {
        // Batch i of five values has mean i: variance of 0..20 is 35, error √(35/20).
        let values: Vec<f64> = (0..100).map(|i| f64::from(i / 5)).collect();
        let e = batch_means(&values).unwrap();
        assert!((e.value - 9.5).abs() < 1e-13);
        assert!((e.std_error - 1.75f64.sqrt()).abs() < 1e-14);
        let t = 2.093_024_054_408_309_8;
        assert!((e.high - e.value - t * e.std_error).abs() < 1e-12);
    }

    #[test]
    fn ratios_of_proportional_series_have_no_error() {
        let c: Vec<f64> = (1..=1003).map(f64::from).collect();
        let a: Vec<f64> = c.iter().map(|x| 1.5 * x).collect();
        let e = batch_ratios(&a, &c).unwrap();
        assert!((e.value - 1.5).abs() < 1e-14 && e.std_error < 1e-15);
        assert!(batch_ratios(&a, &c[1..]).is_none());
        assert!(batch_ratios(&a, &vec![0.0; 1003]).is_none());
    }

    #[test]
    fn batches_cover_everything_once() {
        let mut seen = Vec::new();
        let e = batch_statistic(103, 20, |range| {
            assert!((5..=6).contains(&range.len()));
            seen.extend(range);
            Some(1.0)
        });
        assert_eq!(seen, (0..103).collect::<Vec<_>>());
        assert_eq!(e, Estimate::exact(1.0));
    }

    #[test]
    fn too_little_is_none() {
        assert!(batch_means(&[1.0; 19]).is_none());
        assert!(batch_means(&[f64::NAN; 40]).is_none());
        assert!(batch_statistic(100, 1, |_| Some(1.0)).is_none());
        assert!(batch_statistic(100, 10, |r| (r.start > 0).then_some(1.0)).is_none());
    }
}
