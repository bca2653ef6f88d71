//! The regularised incomplete beta function, its inverse, and what follows from it: binomial tails and Student's t. No intervals.
//!
//! The power in front of the continued fraction is computed from deviances and Stirling errors (Loader 2000, "Fast and
//! accurate computation of binomial probabilities"), not as a difference of log-gammas, so that it keeps its digits for
//! parameters of 10⁹; the continued fraction is DLMF 8.17.22, evaluated by Lentz's method (Numerical Recipes, 6.4).

use std::f64::consts::PI;

/// Regularised incomplete beta function: the pair `(I_x(a, b), 1 - I_x(a, b))`, each to near full relative accuracy.
///
/// `None` unless `a > 0`, `b > 0` (both finite) and `0 <= x <= 1`.
pub fn beta_cdf(a: f64, b: f64, x: f64) -> Option<(f64, f64)> {
    if !(is_positive(a) && is_positive(b) && (0.0..=1.0).contains(&x)) {
        return None;
    }
    if x == 0.0 {
        return Some((0.0, 1.0));
    }
    if x == 1.0 {
        return Some((1.0, 0.0));
    }
    let y = 1.0 - x;
    let front = kernel(a, b, x, y);
    let tails = if x < (a + 1.0) / (a + b + 2.0) {
        let lower = (front * continued_fraction(a, b, x) / a).clamp(0.0, 1.0);
        (lower, 1.0 - lower)
    } else {
        let upper = (front * continued_fraction(b, a, y) / b).clamp(0.0, 1.0);
        (1.0 - upper, upper)
    };
    (!tails.0.is_nan()).then_some(tails)
}

/// Quantile of the beta distribution: the `x` with `I_x(a, b) = p`, by Newton steps kept inside a shrinking bracket.
///
/// `None` unless `a > 0`, `b > 0` (both finite) and `0 <= p <= 1`.
pub fn beta_quantile(a: f64, b: f64, p: f64) -> Option<f64> {
    if !(is_positive(a) && is_positive(b) && (0.0..=1.0).contains(&p)) {
        return None;
    }
    if p == 0.0 || p == 1.0 {
        return Some(p);
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    let mut x = a / (a + b);
    for _ in 0..200 {
        let (lower, upper) = beta_cdf(a, b, x)?;
        let excess = if p <= 0.5 { lower - p } else { (1.0 - p) - upper };
        if excess == 0.0 {
            break;
        }
        if excess > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let y = 1.0 - x;
        let newton = x - excess * x * y / kernel(a, b, x, y);
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        let moved = (next - x).abs();
        x = next;
        if moved <= 2.0 * f64::EPSILON * x {
            break;
        }
    }
    Some(x)
}

/// Quantile of Student's t with `degrees` degrees of freedom.
///
/// `None` unless `degrees > 0` (finite) and `0 < p < 1`.
pub fn student_t_quantile(degrees: f64, p: f64) -> Option<f64> {
    if !(is_positive(degrees) && p > 0.0 && p < 1.0) {
        return None;
    }
    // t² / (degrees + t²) is beta(1/2, degrees/2), and P(|T| < t) = |2 p - 1|.
    let inside = (2.0 * p - 1.0).abs();
    let x = beta_quantile(0.5, 0.5 * degrees, inside)?;
    let t = (degrees * x / (1.0 - x)).sqrt();
    t.is_finite().then(|| if p < 0.5 { -t } else { t })
}

/// `P(B < k)` and `P(B >= k)` for `B` binomial with `n` trials of probability `q`.
///
/// `None` unless `0 <= q <= 1`.
pub(super) fn binomial_tails(n: u64, q: f64, k: u64) -> Option<(f64, f64)> {
    if k == 0 {
        return Some((0.0, 1.0));
    }
    if k > n {
        return Some((1.0, 0.0));
    }
    let (at_least, below) = beta_cdf(k as f64, (n - k + 1) as f64, q)?;
    Some((below, at_least))
}

fn is_positive(x: f64) -> bool {
    x > 0.0 && x.is_finite()
}

/// `x^a y^b / B(a, b)` with `y = 1 - x`.
fn kernel(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let exponent = stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y);
    (a / n * b / (2.0 * PI)).sqrt() * exponent.exp()
}

/// `ln Γ(x + 1) - [x ln x - x + ln(2πx) / 2]` for `x > 0`.
fn stirling_error(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 16.0 {
        shift += (x + 0.5) * (1.0 / x).ln_1p() - 1.0;
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = 1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0);
    shift + (1.0 / 12.0 - r * (1.0 / 360.0 - r * series)) / x
}

/// `x ln(x / m) + m - x` without cancellation near `x = m`.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut term = 2.0 * x * v;
    for j in 1..1000 {
        term *= v * v;
        let next = sum + term / f64::from(2 * j + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// The continued fraction of `I_x(a, b)`; it converges in about `√max(a, b)` steps for `x < (a + 1) / (a + b + 2)`.
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for step in 1..2_000_000_u32 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        product *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        product *= d * c;
        if (d * c - 1.0).abs() <= 3e-16 {
            break;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, known: f64, relative: f64) {
        assert!((found - known).abs() <= relative * known.abs(), "{found:e} is not {known:e}");
    }

    #[test]
    fn closed_forms() {
        for &x in &[1e-9, 0.01, 0.3, 0.5, 0.77, 0.999] {
            close(beta_cdf(1.0, 1.0, x).unwrap().0, x, 1e-14);
            close(beta_cdf(3.0, 1.0, x).unwrap().0, x * x * x, 1e-14);
            close(beta_cdf(1.0, 4.0, x).unwrap().1, (1.0 - x).powi(4), 1e-13);
            let arcsine = 2.0 / PI * x.sqrt().asin();
            close(beta_cdf(0.5, 0.5, x).unwrap().0, arcsine, 1e-13);
        }
    }

    #[test]
    fn quantile_undoes_the_cdf() {
        for &(a, b) in &[(0.5, 9.5), (1.0, 1e4), (3.0, 9998.0), (1e6, 2e6), (99e7, 1e7), (40.0, 0.3)] {
            for &p in &[1e-6, 0.025, 0.5, 0.975] {
                let x = beta_quantile(a, b, p).unwrap();
                let (lower, upper) = beta_cdf(a, b, x).unwrap();
                close(lower, p, 2e-8);
                close(upper, 1.0 - p, 2e-8);
            }
        }
    }

    #[test]
    fn student_t() {
        close(student_t_quantile(19.0, 0.975).unwrap(), T_19, 1e-12);
        close(student_t_quantile(1.0, 0.75).unwrap(), 1.0, 1e-13);
        close(student_t_quantile(1.0, 0.025).unwrap(), -(0.475 * PI).tan(), 1e-12);
        assert_eq!(student_t_quantile(5.0, 0.5), Some(0.0));
    }
    const T_19: f64 = 2.093_024_054_408_309_8;

    #[test]
    fn bad_input_is_none() {
        assert!(beta_cdf(0.0, 1.0, 0.5).is_none());
        assert!(beta_cdf(1.0, f64::NAN, 0.5).is_none());
        assert!(beta_cdf(1.0, 1.0, 1.5).is_none());
        assert!(beta_quantile(1.0, 1.0, f64::NAN).is_none());
        assert!(beta_quantile(f64::INFINITY, 1.0, 0.5).is_none());
        assert!(student_t_quantile(5.0, 1.0).is_none());
        assert!(binomial_tails(5, f64::NAN, 2).is_none());
    }
}
