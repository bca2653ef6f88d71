//! What the program is tested against, as a user can run it: published and hand-solvable cases, closed forms, golden numbers, Monte Carlo cases. The same code
//! is the command and the test. Not the command itself.

mod cases;
mod check;
mod closed_forms;
mod formulas;
mod golden;
mod monte_carlo;
mod runs;
pub mod systems;
mod valuations;

pub use cases::LEFT_OUT;
pub use check::{Check, Measure};
pub use closed_forms::NOT_YET;

use crate::error::Result;

/// The published cases.
///
/// # Errors
/// If a case is refused as input.
pub fn published() -> Result<Vec<Check>> {
    cases::checks()
}

/// The golden cases G1 to G4, with C17.
///
/// # Errors
/// If a case is refused as input.
pub fn golden() -> Result<Vec<Check>> {
    golden::checks()
}

/// The closed forms C1 to C16.
///
/// # Errors
/// If a case is refused as input.
pub fn closed_forms() -> Result<Vec<Check>> {
    closed_forms::checks()
}

/// The simulated cases among the published ones.
///
/// # Errors
/// If a case is refused as input.
pub fn monte_carlo() -> Result<Vec<Check>> {
    monte_carlo::checks()
}
