//! Cases C1 to C18 with an answer on paper (docs/methods.md, section 11), by subject; what is computed exactly and what is simulated are separate checks. C17
//! is the closed form of a golden case and stands in `golden.rs`.

mod circularity;
mod debts;
mod drivers;
mod measures;
mod one_firm;
mod orders;
mod sensitivity;
mod stakes;

pub(super) use drivers::one_factor;

use super::check::Check;
use crate::error::Result;

/// Tolerance of what is computed and not simulated.
const TOLERANCE: f64 = 1e-9;
/// For numbers that take no more than a few roundings.
const NARROW: f64 = 1e-12;

/// Every case.
pub(super) fn checks() -> Result<Vec<Check>> {
    let mut found = one_firm::checks()?;
    found.extend(stakes::checks()?);
    found.extend(debts::checks()?);
    found.extend(orders::checks()?);
    found.extend(circularity::checks()?);
    found.extend(drivers::checks()?);
    found.extend(measures::checks()?);
    found.extend(sensitivity::checks()?);
    Ok(found)
}
