//! Questions asked of the engine beyond one run: scenarios side by side, and where a loss comes from. No words, no files.

pub mod attribute;
pub mod compare;
