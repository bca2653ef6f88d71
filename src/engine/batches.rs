//! Runs a range of paths, or paths chosen among candidates, on several threads. The only place that names rayon: fixed batches, exact sums, so that neither the
//! number of threads nor the split of the range changes a bit of the answer.

use std::ops::Range;

use rayon::prelude::*;

use super::block::{Engine, block_start};
use super::sampling::{FEWEST_PATHS, MOST_CANDIDATES, Plot, Sampling, Severity, pilot_blocks};
use super::tally::{PathLoss, Tally, run_and_add};
use crate::error::{Error, Result};
use crate::lanes::{LANES, Row};
use crate::model::Model;
use crate::shocks::{Parameters, PathNumbers, consecutive};
use crate::stats::Strata;

/// Paths of one batch.
const BATCH: usize = 16 * LANES;
/// Candidates that are looked at before those chosen among them are written down.
const WAVE: u64 = 1 << 20;

/// How much to simulate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Paths, numbered from 0: a range, so that a run can be split; chosen paths always start at 0.
    pub paths: Range<u64>,
    /// Paths below this number are also run in the variants (S = 0, look-through); of chosen paths the same part of every stratum.
    pub variant_paths: u64,
    /// Seed.
    pub seed: u64,
    /// Whether the least fixed points are also run: the coordination loss.
    pub least: bool,
    /// How the paths are chosen.
    pub sampling: Sampling,
}

impl Run {
    /// The first `paths` paths of `seed`, a fifth of them, but at least 20,000, in the variants too.
    pub fn new(paths: u64, seed: u64) -> Run {
        let variant_paths = paths.min((paths / 5).max(20_000));
        Run { paths: 0..paths, variant_paths, seed, least: false, sampling: Sampling::Plain }
    }

    fn check(&self, model: &Model) -> Result<()> {
        let (paths, most) = (&self.paths, u64::from(u32::MAX));
        if paths.is_empty() || paths.end > most {
            return Err(Error::Usage(format!(
                "{} to {} is not a range of paths: at least one, at most 4,294,967,295",
                paths.start, paths.end
            )));
        }
        let name = self.sampling.name();
        if self.sampling != Sampling::Plain && (!model.shocks.random || model.shocks.table.is_some()) {
            return Err(Error::Usage(format!(
                "{name} sampling chooses among random shocks, which this scenario has not: use plain sampling"
            )));
        }
        if self.sampling != Sampling::Plain && (paths.start > 0 || paths.end < FEWEST_PATHS) {
            return Err(Error::Usage(format!(
                "{name} sampling of paths {} to {}: it needs at least {FEWEST_PATHS}, from 0 on; with fewer use plain sampling",
                paths.start, paths.end
            )));
        }
        if paths.end.saturating_mul(self.sampling.candidates_per_path()) > most.max(MOST_CANDIDATES) {
            return Err(Error::Usage(format!(
                "{} paths of {name} sampling: at most {} have candidates enough; with more use plain sampling",
                paths.end,
                MOST_CANDIDATES / self.sampling.candidates_per_path()
            )));
        }
        Ok(())
    }
}

/// Numbers of the paths of one stratum.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// A range, of plain sampling.
    Range(Range<u64>),
    /// Those chosen, in ascending order.
    List(Vec<u32>),
}

impl Numbers {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Numbers::Range(range) => (range.end - range.start) as usize,
            Numbers::List(list) => list.len(),
        }
    }

    /// The number at a place.
    pub fn at(&self, place: usize) -> u64 {
        match self {
            Numbers::Range(range) => range.start + place as u64,
            Numbers::List(list) => u64::from(list[place]),
        }
    }
}

/// Paths of equal weight: their sums and the net system loss of each, in the order of their numbers.
#[derive(Debug, Clone)]
pub struct Stratum {
    /// Probability of the stratum: 1 for plain sampling.
    pub share: f64,
    /// Numbers of the paths.
    pub numbers: Numbers,
    /// Sums.
    pub tally: Tally,
    /// Net system losses.
    pub losses: Vec<PathLoss>,
}

/// A run's sums and losses by stratum.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// Strata; one for plain sampling.
    pub strata: Vec<Stratum>,
    /// Candidates that the shares of the strata were counted among; none where there is only one stratum by design.
    pub candidates: Option<u64>,
}

impl Simulated {
    /// Number of paths.
    pub fn paths(&self) -> u64 {
        self.strata.iter().map(|s| s.losses.len() as u64).sum()
    }
}

/// The paths of a run: the share of each stratum and the numbers of its paths, and how many candidates they were chosen among.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// Probability and paths of each stratum.
    pub strata: Vec<(f64, Numbers)>,
    /// Candidates; none for plain sampling.
    pub candidates: Option<u64>,
}

impl Chosen {
    /// Numbers of the paths of each stratum.
    pub fn numbers(&self) -> Vec<Numbers> {
        self.strata.iter().map(|s| s.1.clone()).collect()
    }

    /// Weights of the paths.
    pub fn weights(&self) -> Strata {
        Strata::new(self.strata.iter().map(|s| s.0).collect(), self.strata.iter().map(|s| s.1.count() as u64).collect(), self.candidates)
    }
}

/// Simulates `run` on `threads` threads, 0 for one per core. `progress` is told the number of paths done since it was last told.
///
/// # Errors
/// [`Error::Usage`] if the range is empty, reaches past 2^32 paths, does not suit the sampling, or the threads cannot be started.
pub fn simulate(engine: &Engine<'_>, run: &Run, threads: usize, progress: &(dyn Fn(u64) + Sync)) -> Result<Simulated> {
    simulate_more(engine, run, None, threads, progress)
}

/// The same, going on from what a shorter run of the same seed, worlds and sampling found: only what is missing is simulated, and the answer is the same, bit
/// for bit, as if there had been nothing before, but for the paths of the variants, which are those of both runs.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_more(
    engine: &Engine<'_>,
    run: &Run,
    before: Option<Simulated>,
    threads: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Simulated> {
    let chosen = choose(engine, run, threads)?;
    let empty = Tally::new(engine, run.least)?;
    let mut known = before.map_or_else(Vec::new, |b| b.strata).into_iter();
    let stratum = |(share, numbers): (f64, Numbers)| {
        let new = || Stratum { share, numbers: Numbers::List(vec![]), tally: empty.clone(), losses: vec![] };
        Stratum { share, numbers, ..known.next().unwrap_or_else(new) }
    };
    let mut strata: Vec<Stratum> = chosen.strata.into_iter().map(stratum).collect();
    fill(engine, run, &empty, &mut strata, threads, progress)?;
    Ok(Simulated { strata, candidates: chosen.candidates })
}

fn pool(threads: usize) -> Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|e| Error::Usage(format!("threads: {e}")))
}

/// The paths of a run.
///
/// # Errors
/// As [`simulate`].
pub fn choose(engine: &Engine<'_>, run: &Run, threads: usize) -> Result<Chosen> {
    run.check(engine.model)?;
    match run.sampling {
        Sampling::Plain => Ok(Chosen { strata: vec![(1.0, Numbers::Range(run.paths.clone()))], candidates: None }),
        _ => Ok(pool(threads)?.install(|| among_candidates(engine, run))),
    }
}

/// Candidates are numbered from 0 on; the first ones of each stratum are chosen, so that a longer run chooses the same ones first.
fn among_candidates(engine: &Engine<'_>, run: &Run) -> Chosen {
    let severity = Severity::of(engine);
    let scratch = || engine.central().clone();
    let row = |p: &mut Parameters, first: u64| severity.of_paths(engine, p, run.seed, &consecutive(first));
    let pilot: Vec<Row> = pilot_blocks().collect::<Vec<_>>().into_par_iter().map_init(scratch, row).collect();
    let plot = Plot::of_pilot(pilot.concat(), run.sampling);
    let wanted = plot.wanted(run.paths.end);
    // The largest stratum also takes what others lack: one of little probability may have fewer candidates than it wants.
    let largest = (0..wanted.len()).max_by_key(|&k| wanted[k]).unwrap_or(0);
    let spare = |k: usize| if k == largest { run.paths.end / 16 } else { 0 };
    let candidates = run.paths.end * run.sampling.candidates_per_path();
    let mut found = vec![0u64; wanted.len()];
    let mut lists: Vec<Vec<u32>> = vec![vec![]; wanted.len()];
    for wave in (0..candidates).step_by(WAVE as usize) {
        let blocks: Vec<u64> = (wave..(wave + WAVE).min(candidates)).step_by(LANES).collect();
        let strata: Vec<[u8; LANES]> =
            blocks.into_par_iter().map_init(scratch, |p, first| row(p, first).map(|x| plot.stratum(x) as u8)).collect();
        for (number, &k) in (wave..candidates).zip(strata.iter().flatten()) {
            let k = usize::from(k);
            found[k] += 1;
            if (lists[k].len() as u64) < wanted[k] + spare(k) {
                lists[k].push(number as u32);
            }
        }
    }
    let missing: u64 = (0..wanted.len()).map(|k| wanted[k].saturating_sub(found[k])).sum();
    lists[largest].truncate((wanted[largest] + missing) as usize);
    let share = |count: u64| count as f64 / candidates as f64;
    let strata = found.into_iter().zip(lists).map(|(count, list)| (share(count), Numbers::List(list))).collect();
    Chosen { strata, candidates: Some(candidates) }
}

/// Simulates the paths of every stratum that have no losses yet.
fn fill(
    engine: &Engine<'_>,
    run: &Run,
    empty: &Tally,
    strata: &mut [Stratum],
    threads: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<()> {
    let numbers: Vec<Numbers> = strata.iter().map(|s| s.numbers.clone()).collect();
    let slots = strata.iter_mut().map(|s| {
        let from = s.losses.len();
        s.losses.resize(s.numbers.count(), PathLoss::NONE);
        (from, &mut s.losses[from..])
    });
    let each = |tally: &mut Tally, block: PathBlock<'_, PathLoss>| {
        let with_variants = match &numbers[block.stratum] {
            Numbers::Range(_) => u64::from(block.paths[0]) < run.variant_paths,
            // The part of the stratum that is run in the variants, as of all paths.
            Numbers::List(list) => block.place < (list.len() as u64 * run.variant_paths).div_ceil(run.paths.end) as usize,
        };
        run_and_add(engine, run.seed, &block.paths, block.lanes, with_variants, tally, block.slots);
    };
    let found = for_each_block(&numbers, slots.collect(), threads, || empty.clone(), each, Tally::merge, progress)?;
    for (stratum, tally) in strata.iter_mut().zip(found) {
        if let Some(tally) = tally {
            stratum.tally.merge(&tally)?;
        }
    }
    Ok(())
}

/// Up to 64 paths of one stratum, computed together.
pub struct PathBlock<'a, T> {
    /// Index of the stratum.
    pub stratum: usize,
    /// Place of the first path in its stratum.
    pub place: usize,
    /// Numbers of the paths.
    pub paths: PathNumbers,
    /// Lanes that are wanted; the others repeat a path or belong to another range.
    pub lanes: Range<usize>,
    /// One slot for each of these lanes.
    pub slots: &'a mut [T],
}

/// Hands every block of the strata's paths to `each`, on `threads` threads. What blocks find goes into the slots of their paths, of which `slots` has those of each
/// stratum from a place on, and into sums that start `empty` and are merged; if merging is exact in any order, so is the answer. A stratum without slots has no sum.
///
/// # Errors
/// [`Error::Usage`] if the threads cannot be started, or what merging returns.
pub fn for_each_block<S: Send, T: Send>(
    numbers: &[Numbers],
    slots: Vec<(usize, &mut [T])>,
    threads: usize,
    empty: impl Fn() -> S + Sync,
    each: impl Fn(&mut S, PathBlock<'_, T>) + Sync,
    merge: impl Fn(&mut S, &S) -> Result<()> + Sync,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Vec<Option<S>>> {
    let cut = |(k, (from, slots))| batches_of(k, &numbers[k], from, slots);
    let batches: Vec<Batch<'_, T>> = slots.into_iter().enumerate().flat_map(cut).collect();
    let nothing = || -> Vec<Option<S>> { numbers.iter().map(|_| None).collect() };
    let add = |mut sums: Vec<Option<S>>, batch: Batch<'_, T>| {
        let done = batch.slots.len() as u64;
        let sum = sums[batch.stratum].get_or_insert_with(&empty);
        run_batch(&numbers[batch.stratum], batch, |block| each(sum, block));
        progress(done);
        Ok::<_, Error>(sums)
    };
    let merge_all = |mut a: Vec<Option<S>>, b: Vec<Option<S>>| {
        for (mine, theirs) in a.iter_mut().zip(b) {
            match (mine.as_mut(), theirs) {
                (Some(x), Some(y)) => merge(x, &y)?,
                (None, theirs) => *mine = theirs,
                (Some(_), None) => (),
            }
        }
        Ok(a)
    };
    pool(threads)?.install(|| batches.into_par_iter().try_fold(nothing, add).try_reduce(nothing, merge_all))
}

/// Answers `count` questions, each on one thread, several side by side; the answers are in the order of the questions, so that threads change nothing.
///
/// # Errors
/// The first error of a question, or [`Error::Usage`] if the threads cannot be started.
pub fn side_by_side<T: Send>(count: usize, threads: usize, answer: impl Fn(usize) -> Result<T> + Sync + Send) -> Result<Vec<T>> {
    let answers: Vec<Result<T>> = pool(threads)?.install(|| (0..count).into_par_iter().with_max_len(1).map(answer).collect());
    answers.into_iter().collect()
}

/// One batch: paths of one stratum, the place of the first of them, and their slots.
struct Batch<'a, T> {
    stratum: usize,
    place: usize,
    slots: &'a mut [T],
}

/// Cuts the paths of a stratum from place `from` on into batches. Batches of a range end at multiples of their size, so that a range split anywhere is made of
/// the same blocks.
fn batches_of<'a, T>(stratum: usize, numbers: &Numbers, from: usize, mut slots: &'a mut [T]) -> Vec<Batch<'a, T>> {
    let mut batches = Vec::new();
    let mut place = from;
    while !slots.is_empty() {
        let size = match numbers {
            Numbers::Range(range) => BATCH - (range.start as usize + place) % BATCH,
            Numbers::List(_) => BATCH,
        };
        let (now, later) = slots.split_at_mut(size.min(slots.len()));
        place += now.len();
        batches.push(Batch { stratum, place: place - now.len(), slots: now });
        slots = later;
    }
    batches
}

/// Cuts one batch into blocks.
fn run_batch<T>(numbers: &Numbers, batch: Batch<'_, T>, mut each: impl FnMut(PathBlock<'_, T>)) {
    let Batch { stratum, mut place, mut slots } = batch;
    while !slots.is_empty() {
        let (paths, skip) = match numbers {
            Numbers::Range(range) => {
                let number = range.start + place as u64;
                let start = block_start(number);
                (consecutive(start), (number - start) as usize)
            }
            Numbers::List(list) => (padded(&list[place..]), 0),
        };
        let count = slots.len().min(LANES - skip);
        let (now, later) = slots.split_at_mut(count);
        each(PathBlock { stratum, place, paths, lanes: skip..skip + count, slots: now });
        place += count;
        slots = later;
    }
}

/// The next 64 paths of a list, its last one repeated where there are fewer.
fn padded(list: &[u32]) -> PathNumbers {
    std::array::from_fn(|l| list.get(l).or(list.last()).copied().unwrap_or(0))
}
