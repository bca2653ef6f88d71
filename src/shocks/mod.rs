//! The only randomness: keyed counter-based draws, the factors, regimes and events made of them, and drivers read from a table. No firm decides here.
//!
//! A draw is named by (seed, path, quarter, kind, entity): adding a firm or a deal leaves every other draw where it was, and one path can be had alone.

mod drivers;
mod parameters;
mod permutation;
pub mod philox;
mod scripted;

pub use drivers::{Common, Drivers, Sentiments};
pub use parameters::Parameters;
pub use permutation::permutation;

use crate::lanes::LANES;
use rand::Rng as _;

/// Numbers of the paths of a block, one a lane: all by which the draws of one path differ from those of another.
pub type PathNumbers = [u32; LANES];

/// The 64 paths from `first` on.
pub fn consecutive(first: u64) -> PathNumbers {
    std::array::from_fn(|l| (first + l as u64) as u32)
}

/// What a draw is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The common factors.
    Factors = 0,
    /// Regime, efficiency and regulatory events.
    Events = 1,
    /// A firm's own shock, window and jump.
    Firm = 2,
    /// Size of a firm's jump.
    Jump = 3,
    /// Stage and size of a deal.
    Deal = 4,
    /// Event that a tranche waits for.
    TrancheEvent = 5,
    /// An uncertain parameter.
    Parameter = 6,
    /// Size of an efficiency shock.
    EfficiencySize = 7,
    /// A point of a design: which numbers a question tries, not what happens to anybody.
    Design = 8,
}

/// Numbers from 0 to 1, never 1, for member `number` of the design `name`, such as one trajectory of a screening.
pub fn design_uniforms(seed: u64, name: &str, number: u32) -> impl FnMut() -> f64 {
    let mut stream = philox::Philox::keyed(seed, stream_words(number, Kind::Design, 0, crate::model::name_hash(name)));
    move || (stream.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// Second counter word: the quarter in the low 24 bits, the kind above.
#[inline(always)]
pub(crate) fn quarter_word(kind: Kind, quarter: usize) -> u32 {
    (kind as u32) << 24 | (quarter as u32 & 0x00ff_ffff)
}

/// Counter words of a stream for the rare draws. Kinds with streams have no lane draws, so that the two never share a block.
pub(crate) fn stream_words(path: u32, kind: Kind, quarter: usize, key: u64) -> [u32; 3] {
    [path, quarter_word(kind, quarter), (key ^ (key >> 32)) as u32]
}
