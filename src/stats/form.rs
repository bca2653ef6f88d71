//! First-order reliability: the point of a limit state nearest to the origin of independent standard normals. Not the limit states themselves.
//!
//! Hasofer & Lind (1974) measure how far off a failure g(u) <= 0 is by β, the distance from the origin to g = 0; if the surface is a plane the probability is
//! Φ(−β). Rackwitz & Fiessler (1978) look for the point by u ← (∇g·u − g) ∇g / |∇g|², which solves g made linear at u.

use super::normal;
use serde::{Deserialize, Serialize};

/// Steps after which the search gives up.
const MOST_STEPS: usize = 200;
/// Relative size of the last step, and of g beside its gradient, at which it has arrived.
const TOLERANCE: f64 = 1e-12;

/// The design point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DesignPoint {
    /// The point, in standard normals.
    pub point: Vec<f64>,
    /// Its distance β from the origin; negative where the origin itself fails.
    pub beta: f64,
    /// Φ(−β): the probability of g <= 0 if the limit state is a plane.
    pub probability: f64,
    /// Steps taken.
    pub steps: usize,
}

/// Searches from the origin. `limit` gives g and its gradient at a point.
///
/// `None` if the steps do not settle, a gradient vanishes, or anything is not finite: there is then no answer, and not a bad one.
pub fn design_point(dimensions: usize, limit: impl Fn(&[f64]) -> (f64, Vec<f64>)) -> Option<DesignPoint> {
    let mut point = vec![0.0; dimensions];
    let (at_origin, _) = limit(&point);
    for steps in 1..=MOST_STEPS {
        let (g, slope) = limit(&point);
        let square: f64 = slope.iter().map(|x| x * x).sum();
        if slope.len() != dimensions || square <= 0.0 || !square.is_finite() || !g.is_finite() {
            return None;
        }
        let along = (slope.iter().zip(&point).map(|(a, b)| a * b).sum::<f64>() - g) / square;
        let next: Vec<f64> = slope.iter().map(|a| along * a).collect();
        let moved = distance(next.iter().zip(&point).map(|(a, b)| a - b));
        let size = distance(next.iter().copied());
        point = next;
        if moved <= TOLERANCE * size.max(1.0) {
            let beta = if at_origin < 0.0 { -size } else { size };
            return normal::cdf(-beta).map(|probability| DesignPoint { point, beta, probability, steps });
        }
    }
    None
}

fn distance(parts: impl Iterator<Item = f64>) -> f64 {
    parts.map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_takes_one_step_and_one_to_see_it() {
        // Model, case C13.
        let found = design_point(3, |u| (2.5 - 0.6 * u[0] - 0.8 * u[1] - 0.5 * u[2], vec![-0.6, -0.8, -0.5])).unwrap();
        assert!((found.beta - 2.236_067_977_5).abs() < 1e-10 && (found.probability - 0.012_673_659_3).abs() < 1e-10);
        assert!(found.point.iter().zip([1.2, 1.6, 1.0]).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_eq!(found.steps, 2);
    }

    #[test]
    fn two_lognormals_are_a_plane_in_disguise() {
        // Strength below load: exp(2 + 0.2 u1) < exp(1 + 0.3 u2) has β = 1 / √(0.04 + 0.09).
        let limit = |u: &[f64]| {
            let (strength, load) = ((2.0 + 0.2 * u[0]).exp(), (1.0 + 0.3 * u[1]).exp());
            (strength - load, vec![0.2 * strength, -0.3 * load])
        };
        let found = design_point(2, limit).unwrap();
        assert!((found.beta - 1.0 / 0.13f64.sqrt()).abs() < 1e-9 && found.steps > 3, "{found:?}");
        assert!((found.point[0] + 0.2 / 0.13).abs() < 1e-8 && (found.point[1] - 0.3 / 0.13).abs() < 1e-8);
    }

    #[test]
    fn a_curved_surface_has_its_nearest_point() {
        // (u1 + 1)(u2 + 1) >= 9 is nearest at (2, 2).
        let found = design_point(2, |u| (9.0 - (u[0] + 1.0) * (u[1] + 1.0), vec![-(u[1] + 1.0), -(u[0] + 1.0)])).unwrap();
        assert!((found.beta - 8.0f64.sqrt()).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn an_origin_that_fails_has_a_negative_beta() {
        let found = design_point(1, |u| (-1.0 - u[0], vec![-1.0])).unwrap();
        assert!((found.beta + 1.0).abs() < 1e-12 && found.probability > 0.84);
    }

    #[test]
    fn no_answer_is_none() {
        assert!(design_point(1, |_| (1.0, vec![0.0])).is_none());
        assert!(design_point(1, |_| (f64::NAN, vec![1.0])).is_none());
        assert!(design_point(2, |_| (1.0, vec![1.0])).is_none());
        // Swings from one side to the other for ever.
        assert!(design_point(1, |u| (0.1 + u[0] * u[0], vec![2.0 * u[0] + 0.3])).is_none());
    }
}
