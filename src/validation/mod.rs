//! What the program is tested against, as a user can run it: published and hand-solvable cases, closed forms, golden numbers, Monte Carlo cases.

mod cases;
mod check;
mod valuations;

pub use cases::LEFT_OUT;
pub use check::{Check, Measure};

use crate::error::Result;

/// The published cases.
pub fn published() -> Result<Vec<Check>> {
    cases::checks()
}
