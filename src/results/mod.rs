//! Results as plain tables, the files that a run leaves, and numbers as people read them. No pictures and no report.

mod docs;
pub mod files;
pub mod inspect;
mod manifest;
mod saved;
pub mod tables;
mod assemble;
mod attributed;
mod convergence;
mod plan;
mod pool;
pub mod reversed;
mod scripted;
mod stories;
pub mod story;
mod target;
mod types;
mod warnings;
pub mod words;

pub use crate::model::{Exposure, Grade, Kind, Stage, deal_of};
pub use assemble::{Origin, QUANTILE_LEVELS, TAIL_LEVELS, assemble};
pub use attributed::attributed;
pub use docs::{VARIABLES, markdown as reference};
pub use manifest::Facts;
pub use plan::{firms, flows as planned_flows, parameters, plan_rows, scenario};
pub use saved::{command, finite, is_whole, open, read, write};
pub use stories::stories;
pub use target::{Statistic, Target};
pub use types::*;
