//! Questions asked of the engine beyond one run: scenarios side by side, where a loss comes from, what would have to happen. No words, no files.

pub mod attribute;
pub mod compare;
pub mod reverse;
