//! Linear throughflow x = b + W x (Leontief 1936): values of cross-held firms before limited liability, revenue that firms pass on to each other.

use super::network::{Edge, by_receiver, inflow};
use super::sweep;
use crate::clearing::Solved;

/// Solves x_i = b_i + sum over edges (j to i) of amount x_j, for amounts that are not negative and let the sum converge (spectral radius below 1).
///
/// `own` and the answer have one entry per firm, in one unit. If the sum does not converge, [`Solved::converged`] is false.
pub fn throughflow(own: &[f64], weights: &[Edge]) -> (Vec<f64>, Solved) {
    let into = by_receiver(own.len(), weights);
    let mut x = own.to_vec();
    let solved = sweep(&mut x, |i, x| own[i] + inflow(i, weights, &into, |j| x[j]));
    (x, solved)
}

/// Largest growth factor of repeated application of the weights: the spectral radius, by power iteration to 1e-13 on W + I (which has no second
/// eigenvalue of the same size) less 1.
pub fn spectral_radius(n: usize, weights: &[Edge]) -> f64 {
    let into = by_receiver(n, weights);
    let mut x = vec![1.0 / n as f64; n];
    let mut radius = 0.0;
    for _ in 0..100_000 {
        let next: Vec<f64> = (0..n).map(|i| x[i] + inflow(i, weights, &into, |j| x[j])).collect();
        let total: f64 = next.iter().sum();
        let found = total - 1.0;
        x = next.into_iter().map(|v| v / total).collect();
        if (found - radius).abs() <= 1e-14 * total {
            return found;
        }
        radius = found;
    }
    radius
}
