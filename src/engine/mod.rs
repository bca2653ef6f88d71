//! Time, worlds and parallelism: 64 paths at a time, every world on the same draws.

mod batches;
mod block;
mod layout;
mod ledger;
mod losses;
mod plan;
mod quarter;
mod sampling;
mod shapley;
mod state;
mod tally;
mod world;

pub use batches::{Chosen, Numbers, PathBlock, Run, Simulated, Stratum, choose, for_each_block, side_by_side, simulate, simulate_more};
pub use block::{Block, Engine, Nobody, Observer, block_start};
pub use layout::{Layout, investor_index};
pub use ledger::{ContractRef, Event, GodleyRow, Happening, Ledger, Party, Transfer};
pub use losses::Outcome;
pub use plan::{Gap, Plan};
pub use quarter::Context;
pub use sampling::{FEWEST_PATHS, MOST_CANDIDATES, Sampling};
pub use shapley::shapley;
pub use state::{Flows, SolverCounts, State};
pub use tally::{
    DefaultTally, FAN_BITS, FAN_QUANTITIES, FIRM_BITS, FIRM_TAIL_METRICS, Member, PathLoss, SAMPLE_PATHS, SYSTEM_BITS, Tally, members,
};
pub use world::{Financing, World};
