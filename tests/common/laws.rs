//! Samples against laws. Every check says how rarely an honest generator would fail it under a new seed.
#![allow(dead_code)]

use bubblerisk::stats::{beta_cdf, normal};

/// Two-sided bound of one check in standard errors: false alarm 5.7e-7.
pub const BOUND: f64 = 5.0;
/// False alarm of one Kolmogorov-Smirnov check.
pub const FALSE_ALARM: f64 = 1e-6;

/// Asserts that a share of independent trials is a probability, within [`BOUND`] standard errors. The normal bound is honest where both outcomes are
/// expected often, which is asserted too.
#[track_caller]
pub fn share_is(what: &str, found: usize, trials: usize, p: f64) {
    let n = trials as f64;
    assert!(n * p.min(1.0 - p) >= 200.0, "{what}: {trials} trials are too few for a probability of {p}");
    let distance = (found as f64 - n * p) / (n * p * (1.0 - p)).sqrt();
    assert!(distance.abs() <= BOUND, "{what}: {} of {trials}, expected {p}, {distance:.1} errors away", found as f64 / n);
}

/// Asserts that the mean of independent values is a number, within [`BOUND`] standard errors of its own.
#[track_caller]
pub fn mean_is(what: &str, values: &[f64], expected: f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let error = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
    let distance = (mean - expected) / error;
    assert!(distance.abs() <= BOUND, "{what}: mean {mean} of {n} values, expected {expected}, {distance:.1} errors away");
}

/// Kolmogorov-Smirnov at [`FALSE_ALARM`]: the largest distance of the two distribution functions, times √n, stays below √(½ ln(2 / 1e-6)) = 2.69.
#[track_caller]
pub fn follows(what: &str, mut sample: Vec<f64>, cdf: impl Fn(f64) -> f64) {
    assert!(sample.len() >= 1_000, "{what}: {} values show little", sample.len());
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let distance = |(rank, &x): (usize, &f64)| {
        let f = cdf(x);
        assert!(f.is_finite(), "{what}: {x}");
        ((rank + 1) as f64 / n - f).max(f - rank as f64 / n)
    };
    let statistic = sample.iter().enumerate().map(distance).fold(0.0, f64::max) * n.sqrt();
    let limit = ((2.0 / FALSE_ALARM).ln() / 2.0).sqrt();
    assert!(statistic < limit, "{what}: {statistic:.2} of {limit:.2}");
}

/// Normal distribution function.
pub fn normal_cdf(x: f64) -> f64 {
    normal::cdf(x).expect("a number")
}

/// P(T > x) of a t variable of unit variance, for x >= 0; infinite degrees of freedom are the normal.
pub fn unit_t_tail(nu: f64, x: f64) -> f64 {
    if nu.is_infinite() {
        return normal_cdf(-x);
    }
    let t = x * (nu / (nu - 2.0)).sqrt();
    0.5 * beta_cdf(nu / 2.0, 0.5, nu / (nu + t * t)).expect("degrees of freedom").0
}

/// Distribution function of a t variable of unit variance.
pub fn unit_t_cdf(nu: f64, x: f64) -> f64 {
    if x < 0.0 { unit_t_tail(nu, -x) } else { 1.0 - unit_t_tail(nu, x) }
}

/// Distribution function of a Beta(a, b).
pub fn beta_law(a: f64, b: f64, x: f64) -> f64 {
    beta_cdf(a, b, x.clamp(0.0, 1.0)).expect("two shapes").0
}
