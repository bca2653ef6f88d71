//! Probit regression by maximum likelihood: the probability of a yes as Φ(a + b·x), from weighted rows. Not what the rows are.

use super::cholesky::Cholesky;
use super::normal;
use serde::{Deserialize, Serialize};

/// Newton steps after which the fit gives up.
const MOST_STEPS: usize = 60;
/// Size of a step at which it has arrived.
const TOLERANCE: f64 = 1e-10;
/// Beyond this the linear part says yes or no without doubt: a coefficient that grows on has nothing to hold it.
const MOST_COEFFICIENT: f64 = 40.0;

/// The fitted probability Φ(a + b·x).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probit {
    /// a.
    pub intercept: f64,
    /// b.
    pub slopes: Vec<f64>,
}

/// Why there is no fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoFit {
    /// Every row says the same.
    OneAnswer,
    /// A plane tells every yes from every no, so that the likelihood has no maximum.
    Separated,
    /// The steps did not settle, or a column is determined by the others.
    NotConverged,
}

/// Rows of a regression: values, weight, and whether the answer is yes.
pub struct Rows<'a> {
    /// Number of columns.
    pub columns: usize,
    /// Values row by row.
    pub values: &'a [f64],
    /// Weight of each row.
    pub weights: &'a [f64],
    /// Answer of each row.
    pub answers: &'a [bool],
}

impl Probit {
    /// a + b·x.
    pub fn linear(&self, x: &[f64]) -> f64 {
        self.intercept + self.slopes.iter().zip(x).map(|(b, x)| b * x).sum::<f64>()
    }

    /// Logarithm of the fitted probability at x.
    pub fn log_probability(&self, x: &[f64]) -> f64 {
        log_cdf(self.linear(x))
    }

    /// Fits by Newton's method with the expected information (Fisher scoring), which for the probit climbs from any start.
    ///
    /// # Errors
    /// Why there is no fit.
    pub fn fit(rows: &Rows<'_>) -> Result<Probit, NoFit> {
        let total: f64 = rows.weights.iter().sum();
        let yes: f64 = rows.weights.iter().zip(rows.answers).filter(|(_, a)| **a).map(|(w, _)| w).sum();
        let start = normal::quantile(yes / total).ok_or(NoFit::OneAnswer)?;
        let mut fit = Probit { intercept: start, slopes: vec![0.0; rows.columns] };
        for _ in 0..MOST_STEPS {
            let step = fit.step(rows, total).ok_or(NoFit::NotConverged)?;
            let size = step.iter().fold(0.0f64, |m, x| m.max(x.abs()));
            // A long step of Fisher scoring may overshoot where a fit is nearly perfect.
            let scale = if size > 2.0 { 2.0 / size } else { 1.0 };
            fit.intercept += scale * step[0];
            fit.slopes.iter_mut().zip(&step[1..]).for_each(|(b, s)| *b += scale * s);
            let largest = fit.slopes.iter().fold(fit.intercept.abs(), |m, b| m.max(b.abs()));
            if !largest.is_finite() {
                return Err(NoFit::NotConverged);
            }
            if largest > MOST_COEFFICIENT || fit.tells_all_apart(rows) {
                return Err(NoFit::Separated);
            }
            if size <= TOLERANCE * largest.max(1.0) {
                return Ok(fit);
            }
        }
        Err(NoFit::NotConverged)
    }

    fn tells_all_apart(&self, rows: &Rows<'_>) -> bool {
        let wide = rows.columns;
        rows.answers.iter().enumerate().all(|(n, &a)| (self.linear(&rows.values[n * wide..(n + 1) * wide]) > 0.0) == a)
    }

    /// Information⁻¹ score, intercept first; rows are scaled by the total weight, so that their number does not matter.
    fn step(&self, rows: &Rows<'_>, total: f64) -> Option<Vec<f64>> {
        let size = rows.columns + 1;
        let (mut score, mut information) = (vec![0.0; size], vec![0.0; size * size]);
        let mut x = vec![1.0; size];
        for (n, (&weight, &yes)) in rows.weights.iter().zip(rows.answers).enumerate() {
            x[1..].copy_from_slice(&rows.values[n * rows.columns..(n + 1) * rows.columns]);
            let eta = self.linear(&x[1..]).clamp(-30.0, 30.0);
            // φ/Φ on either side; their product is the expected information φ² / (Φ (1 − Φ)).
            let (above, below) = (inverse_mills(eta), inverse_mills(-eta));
            let residual = if yes { above } else { -below };
            for i in 0..size {
                score[i] += weight / total * residual * x[i];
                for j in 0..=i {
                    information[i * size + j] += weight / total * above * below * x[i] * x[j];
                }
            }
        }
        for i in 0..size {
            for j in 0..i {
                information[j * size + i] = information[i * size + j];
            }
        }
        Some(Cholesky::of(&information, size, 1e-12)?.solve(&score)).filter(|s| s.iter().all(|v| v.is_finite()))
    }
}

/// φ(x) / Φ(x).
fn inverse_mills(x: f64) -> f64 {
    normal::cdf(x).filter(|p| *p > 0.0).map_or(-x, |p| normal::pdf(x) / p)
}

/// ln Φ(x), also where Φ(x) is too small for a number.
fn log_cdf(x: f64) -> f64 {
    match normal::cdf(x) {
        Some(p) if p > 0.0 => p.ln(),
        _ => -0.5 * x * x - (-x).max(1.0).ln() - 0.5 * (2.0 * std::f64::consts::PI).ln(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grid of the unit square in normal scores, each point with both answers weighted as Φ(a + b·x) says: the fit must return a and b.
    #[test]
    fn a_known_surface_is_found_again() {
        let (a, b) = (-1.2, [0.9, -0.5]);
        let score = |k: usize| normal::quantile((k as f64 + 0.5) / 20.0).unwrap();
        let (mut values, mut weights, mut answers) = (vec![], vec![], vec![]);
        for (i, j) in (0..20).flat_map(|i| (0..20).map(move |j| (i, j))) {
            let x = [score(i), score(j)];
            let p = normal::cdf(a + b[0] * x[0] + b[1] * x[1]).unwrap();
            for (answer, weight) in [(true, p), (false, 1.0 - p)] {
                values.extend(x);
                weights.push(weight);
                answers.push(answer);
            }
        }
        let fit = Probit::fit(&Rows { columns: 2, values: &values, weights: &weights, answers: &answers }).unwrap();
        assert!((fit.intercept - a).abs() < 1e-7 && (fit.slopes[0] - b[0]).abs() < 1e-7 && (fit.slopes[1] - b[1]).abs() < 1e-7, "{fit:?}");
    }

    #[test]
    fn what_cannot_be_fitted_says_why() {
        let fit = |values: &[f64], answers: &[bool]| {
            let weights = vec![1.0; answers.len()];
            Probit::fit(&Rows { columns: values.len() / answers.len(), values, weights: &weights, answers }).unwrap_err()
        };
        assert_eq!(fit(&[1.0, 2.0], &[true, true]), NoFit::OneAnswer);
        assert_eq!(fit(&[1.0, 2.0, 3.0, 4.0], &[false, false, true, true]), NoFit::Separated);
        assert_eq!(fit(&[1.0, 1.0, 2.0, 2.0, 3.0, 3.0], &[false, true, false]), NoFit::NotConverged);
        assert!(Probit::fit(&Rows { columns: 0, values: &[], weights: &[], answers: &[] }).is_err());
    }

    #[test]
    fn far_logarithms_are_finite() {
        assert!((log_cdf(-3.0) - normal::cdf(-3.0).unwrap().ln()).abs() < 1e-12);
        assert!(log_cdf(-60.0) < -1700.0 && log_cdf(-60.0).is_finite());
    }
}
