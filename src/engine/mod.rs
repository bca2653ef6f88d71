//! Time, worlds and parallelism: 64 paths at a time, every world on the same draws.

mod block;
mod layout;
mod losses;
mod plan;
mod quarter;
mod shapley;
mod state;
mod world;

pub use block::{Block, Engine, Nobody, Observer, block_start};
pub use layout::{Layout, investor_index};
pub use losses::Outcome;
pub use plan::{Gap, Plan};
pub use quarter::Context;
pub use shapley::shapley;
pub use state::{Flows, SolverCounts, State};
pub use world::{Financing, World};
