//! Results as plain tables, and the files that a run leaves. No pictures and no words.

mod types;

pub use types::*;
