//! The one-shot contagion models of the literature on a sparse network, each solved from both ends: the best and the worst solution, whether they are
//! the same, how many sweeps it took and what residual is left. No time and no randomness; reading edge lists is the room `networks`.

pub mod cross_holdings;
pub mod debtrank;
pub mod eisenberg_noe;
pub mod fire_sales;
pub mod furfine;
pub mod linear;
pub mod merton;
pub mod network;
pub mod neva;

pub use network::{Edge, Network};

use super::Solved;

/// Share of the scale within which the two ends count as one solution.
const SAME: f64 = 1e-9;
/// Relative residual at which a fixed point is accepted.
const RESIDUAL_TOLERANCE: f64 = 1e-11;
/// Relative change of a sweep below which sweeping stops: as near as rounding lets it come.
const STILL: f64 = 4.0 * f64::EPSILON;
/// Sweeps after which a solve gives up and says so.
const MOST_SWEEPS: u32 = 100_000;

/// Both ends of the set of solutions.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution<T> {
    /// The best for everybody: the greatest payments or values, the fewest defaults.
    pub best: T,
    /// The worst.
    pub worst: T,
    /// Whether both are the same within 1e-9 of the largest quantity, so that there is one solution only.
    pub unique: bool,
    /// Sweeps of both solves together, and the larger residual.
    pub solved: Solved,
}

impl<T> Solution<T> {
    fn new(best: (T, Solved), worst: (T, Solved), quantity: impl Fn(&T) -> &[f64]) -> Solution<T> {
        let unique = same(quantity(&best.0), quantity(&worst.0));
        Solution { best: best.0, worst: worst.0, unique, solved: both(best.1, worst.1) }
    }
}

fn both(a: Solved, b: Solved) -> Solved {
    Solved { sweeps: a.sweeps + b.sweeps, residual: a.residual.max(b.residual), converged: a.converged && b.converged }
}

fn scale(values: &[f64]) -> f64 {
    values.iter().fold(f64::MIN_POSITIVE, |most, v| most.max(v.abs()))
}

fn same(a: &[f64], b: &[f64]) -> bool {
    let tolerance = SAME * scale(a).max(scale(b));
    a.iter().zip(b).all(|(x, y)| (x - y).abs() <= tolerance)
}

/// Applies `map(i, x)` to each entry in turn, using new entries at once (Gauss-Seidel), until no entry moves. For isotone maps it stays on its side of
/// the fixed points, as Jacobi sweeps do, and takes fewer of them.
fn sweep(x: &mut [f64], map: impl Fn(usize, &[f64]) -> f64) -> Solved {
    let mut sweeps = 0;
    let mut change = f64::INFINITY;
    let mut most = scale(x);
    while sweeps < MOST_SWEEPS && change > STILL * most {
        sweeps += 1;
        change = 0.0;
        for i in 0..x.len() {
            let new = map(i, x);
            let moved = (new - x[i]).abs();
            // NaN must not pass for convergence.
            change = if moved.is_nan() { f64::INFINITY } else { moved.max(change) };
            x[i] = new;
        }
        most = scale(x);
    }
    let residual = (0..x.len()).map(|i| (map(i, x) - x[i]).abs()).fold(0.0, f64::max);
    Solved { sweeps, residual, converged: residual <= RESIDUAL_TOLERANCE * most }
}
