//! The jackknife: the error of any smooth statistic of independent rows, from leaving out each row in turn. No resampling, so that nothing is random.

use super::beta::student_t_quantile;
use super::estimate::{CONFIDENCE, Estimate};

/// A statistic of `n` independent rows with its jackknife error (Efron & Stein, Ann. Stat. 9 (1981) 586) and Student's interval. `statistic` is given the row to
/// leave out, or none.
///
/// `None` for fewer than three rows, or if the statistic has no finite answer on the whole or without one of the rows.
pub fn jackknife(n: usize, statistic: impl Fn(Option<usize>) -> Option<f64>) -> Option<Estimate> {
    if n < 3 {
        return None;
    }
    let whole = statistic(None).filter(|x| x.is_finite())?;
    let without: Vec<f64> = (0..n).map(|k| statistic(Some(k)).filter(|x| x.is_finite())).collect::<Option<_>>()?;
    let count = n as f64;
    let mean = without.iter().sum::<f64>() / count;
    let squares: f64 = without.iter().map(|x| (x - mean).powi(2)).sum();
    let error = ((count - 1.0) / count * squares).sqrt();
    let t = student_t_quantile(count - 1.0, 0.5 + CONFIDENCE / 2.0)?;
    Estimate::with_half_width(whole, error, t * error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_mean_it_is_the_usual_error() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * i % 17)).collect();
        let mean = |skip: Option<usize>| {
            let kept: Vec<f64> = values.iter().enumerate().filter(|(k, _)| Some(*k) != skip).map(|(_, x)| *x).collect();
            Some(kept.iter().sum::<f64>() / kept.len() as f64)
        };
        let found = jackknife(values.len(), mean).unwrap();
        let m = mean(None).unwrap();
        let variance = values.iter().map(|x| (x - m).powi(2)).sum::<f64>() / 39.0;
        assert!((found.value - m).abs() < 1e-12 && (found.std_error - (variance / 40.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_answer_is_none() {
        assert!(jackknife(2, |_| Some(1.0)).is_none());
        assert!(jackknife(5, |skip| (skip != Some(3)).then_some(1.0)).is_none());
        assert!(jackknife(5, |_| Some(f64::NAN)).is_none());
    }
}
