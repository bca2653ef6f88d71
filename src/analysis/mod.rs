//! Questions asked of the engine beyond one run: scenarios side by side, where a loss comes from, which unknown matters. No words, no files.

pub mod attribute;
pub mod compare;
pub mod sensitivity;
