//! Runs a range of paths on several threads. The only place that names rayon: fixed batches, exact sums, so that neither the number of threads nor the
//! split of the range changes a bit of the answer.

use std::ops::Range;

use rayon::prelude::*;

use super::block::{Engine, block_start};
use super::tally::{PathLoss, Tally, run_and_add};
use crate::error::{Error, Result};
use crate::lanes::LANES;

/// Paths of one batch.
const BATCH: u64 = 16 * LANES as u64;

/// How much to simulate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Paths, numbered from 0: a range, so that a run can be split.
    pub paths: Range<u64>,
    /// Paths below this number are also run in the variants (S = 0, look-through).
    pub variant_paths: u64,
    /// Seed.
    pub seed: u64,
    /// Whether the least fixed points are also run: the coordination loss.
    pub least: bool,
}

impl Run {
    /// The first `paths` paths of `seed`, a fifth of them, but at least 20,000, in the variants too.
    pub fn new(paths: u64, seed: u64) -> Run {
        Run { paths: 0..paths, variant_paths: paths.min((paths / 5).max(20_000)), seed, least: false }
    }
}

/// A run's sums and the net system loss of each of its paths, in the order of the paths.
pub struct Simulated {
    /// Sums.
    pub tally: Tally,
    /// Net system losses.
    pub losses: Vec<PathLoss>,
}

/// Simulates `run` on `threads` threads, 0 for one per core. `progress` is told the number of paths done since it was last told.
///
/// # Errors
/// [`Error::Usage`] if the range is empty, reaches past 2^32 paths, or the threads cannot be started.
pub fn simulate(engine: &Engine<'_>, run: &Run, threads: usize, progress: &(dyn Fn(u64) + Sync)) -> Result<Simulated> {
    if run.paths.is_empty() || run.paths.end > u64::from(u32::MAX) {
        return Err(Error::Usage(format!(
            "{} to {} is not a range of paths: at least one, at most 4,294,967,295",
            run.paths.start, run.paths.end
        )));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|e| Error::Usage(format!("threads: {e}")))?;
    let empty = Tally::new(engine, run.least)?;
    let mut losses = vec![PathLoss::NONE; (run.paths.end - run.paths.start) as usize];
    let mut parts: Vec<(Range<u64>, &mut [PathLoss])> = Vec::new();
    let (mut from, mut rest) = (run.paths.start, losses.as_mut_slice());
    while from < run.paths.end {
        // Batches end at multiples of their size, so that a range split anywhere is made of the same blocks.
        let to = (from - from % BATCH + BATCH).min(run.paths.end);
        let (part, tail) = rest.split_at_mut((to - from) as usize);
        parts.push((from..to, part));
        (from, rest) = (to, tail);
    }
    let fold = || {
        parts
            .into_par_iter()
            .try_fold(
                || empty.clone(),
                |mut tally, (paths, losses)| {
                    run_batch(engine, run, paths.clone(), &mut tally, losses);
                    progress(paths.end - paths.start);
                    Ok::<_, Error>(tally)
                },
            )
            .try_reduce(|| empty.clone(), |mut a, b| a.merge(&b).map(|()| a))
    };
    let tally = pool.install(fold)?;
    Ok(Simulated { tally, losses })
}

/// Runs the blocks that hold the paths of one batch.
fn run_batch(engine: &Engine<'_>, run: &Run, paths: Range<u64>, tally: &mut Tally, mut losses: &mut [PathLoss]) {
    let mut from = paths.start;
    while from < paths.end {
        let start = block_start(from);
        let to = (start + LANES as u64).min(paths.end);
        let lanes = (from - start) as usize..(to - start) as usize;
        let (now, later) = losses.split_at_mut(lanes.len());
        // Variants are run on whole blocks.
        run_and_add(engine, run.seed, start, lanes, start < run.variant_paths, tally, now);
        losses = later;
        from = to;
    }
}
