//! Pure kernels that clear one quarter: orders, payments and values, each the greatest (or least) fixed point of an isotone map. No time, no
//! randomness, no allocation inside a solve that was given its workspace.

pub mod one_shot;
pub mod orders;
pub mod payments;
pub mod prepared;
mod rest;
pub mod values;

/// How a fixed point was reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Solved {
    /// Sweeps over the network.
    pub sweeps: u32,
    /// Largest change that one more application of the map would make, in the unit of the quantity solved for.
    pub residual: f64,
    /// Whether the residual is within the tolerance.
    pub converged: bool,
}

/// Which fixed point is wanted (model 5; P4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FixedPoint {
    /// The best for everybody: iteration from above.
    Greatest,
    /// The worst: iteration from below.
    Least,
}
