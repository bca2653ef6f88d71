//! Questions asked of the engine beyond one run: scenarios side by side. No words, no files.

pub mod compare;
