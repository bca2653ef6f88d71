//! Questions asked of the engine beyond one run: scenarios side by side, inputs varied over a grid, where a loss comes from, which unknown matters, what would have
//! to happen. No words, no files.

pub mod attribute;
pub mod compare;
mod crossings;
pub mod deals;
pub mod glance;
pub mod reverse;
mod rows;
pub mod sensitivity;
pub mod sweep;

pub use crossings::Crossing;
