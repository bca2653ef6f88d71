//! One-shot models on networks from files: the edge list and the firms as written, checked and resolved, a model run on them, its answer as a table. The
//! models themselves are in `clearing::one_shot`.

mod models;
mod read;

pub use models::{Answer, ModelName, Settings, run};
pub use read::{Written, read};
