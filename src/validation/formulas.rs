//! Formulas that several cases share: normal and t tails, integrals by Simpson's rule, joint tails of two t variables. What cannot be computed is NaN, which
//! no check lets pass.

use crate::stats::{beta_cdf, normal, student_t_quantile};
use std::f64::consts::PI;

/// Distribution function of the normal law.
pub(super) fn phi(x: f64) -> f64 {
    normal::cdf(x).unwrap_or(f64::NAN)
}

/// Quantile of the normal law.
pub(super) fn normal_quantile(p: f64) -> f64 {
    normal::quantile(p).unwrap_or(f64::NAN)
}

/// Quantile of Student's t.
pub(super) fn t_quantile(nu: f64, p: f64) -> f64 {
    student_t_quantile(nu, p).unwrap_or(f64::NAN)
}

/// P(T <= -x) of Student's t, for x >= 0.
pub(super) fn t_tail(nu: f64, x: f64) -> f64 {
    beta_cdf(nu / 2.0, 0.5, nu / (nu + x * x)).map_or(f64::NAN, |(tail, _)| 0.5 * tail)
}

/// Density of Student's t; `gamma_ratio` is Gamma((nu + 1) / 2) / Gamma(nu / 2).
pub(super) fn t_density(nu: f64, gamma_ratio: f64, x: f64) -> f64 {
    gamma_ratio / (nu * PI).sqrt() * (1.0 + x * x / nu).powf(-(nu + 1.0) / 2.0)
}

/// Gamma((nu + 1) / 2) / Gamma(nu / 2) for a whole nu of at least 1, by the steps of the factorial from nu = 1.
pub(super) fn gamma_ratio(nu: u32) -> f64 {
    // The ratio at nu + 1 is nu / 2 over the ratio at nu; at 1 it is 1 / sqrt(pi).
    (1..nu).fold(1.0 / PI.sqrt(), |ratio, n| f64::from(n) / 2.0 / ratio)
}

/// Weight of point k of Simpson's rule over an even number of cells, for a step of 1.
pub(super) fn simpson(k: usize, cells: usize) -> f64 {
    match (k == 0 || k == cells, k % 2) {
        (true, _) => 1.0 / 3.0,
        (_, 1) => 4.0 / 3.0,
        _ => 2.0 / 3.0,
    }
}

/// Integral over an interval by Simpson's rule with an even number of cells.
pub(super) fn integral(from: f64, to: f64, cells: usize, f: impl Fn(f64) -> f64) -> f64 {
    let h = (to - from) / cells as f64;
    (0..=cells).map(|k| simpson(k, cells) * h * f(from + k as f64 * h)).sum()
}

/// Expectation of a function of a normal variable that lies above `from`, the rest counting as zero.
pub(super) fn over_normal(from: f64, f: impl Fn(f64) -> f64) -> f64 {
    integral(from.max(-10.0), 10.0, 4_000, |z| normal::pdf(z) * f(z))
}

/// P(X < -c, Y < -c) of a bivariate t: Y given X = x is a t with one more degree of freedom (Simpson in u = c / |x|).
pub(super) fn joint_tail(nu: f64, gamma_ratio: f64, rho: f64, c: f64) -> f64 {
    integral(0.0, 1.0, 4_000, |u| {
        if u == 0.0 {
            return 0.0;
        }
        let x = -c / u;
        let z = (-c - rho * x) * ((nu + 1.0) / ((nu + x * x) * (1.0 - rho * rho))).sqrt();
        t_density(nu, gamma_ratio, x) * c / (u * u) * if z < 0.0 { t_tail(nu + 1.0, -z) } else { 1.0 - t_tail(nu + 1.0, z) }
    })
}

/// Coefficient of tail dependence of a t copula.
pub(super) fn tail_dependence(nu: f64, rho: f64) -> f64 {
    2.0 * t_tail(nu + 1.0, ((nu + 1.0) * (1.0 - rho) / (1.0 + rho)).sqrt())
}

/// Default probability in a one-factor normal model when the factor is at `z`, its bad side above (Vasicek 1987).
pub(super) fn conditional_default(threshold: f64, rho: f64, z: f64) -> f64 {
    phi((threshold + rho.sqrt() * z) / (1.0 - rho).sqrt())
}
