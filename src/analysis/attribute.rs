//! Where the loss comes from: exact Shapley values of the four channels over sixteen worlds on the same paths, and each firm's part of the tail. No words.

use serde::{Deserialize, Serialize};

use crate::engine::{Block, Engine, Nobody, PathBlock, Run, World, choose, for_each_block, shapley};
use crate::error::Result;
use crate::model::{Given, Metric, Model};
use crate::stats::{Estimate, Moments, Quantum, Strata, WeightedSample, batch_places, with_batches};

/// Losses of the system that are split by channel.
pub const SYSTEM: [Metric; 6] = [
    Metric::NetLoss,
    Metric::MarkToMarketLossVsPlan,
    Metric::RevenueShortfall,
    Metric::CommittedShortfall,
    Metric::ExternalCreditLoss,
    Metric::Defaults,
];
/// Losses of firms that are split by channel.
pub const FIRM: [Metric; 2] = [Metric::MarkToMarketLossVsPlan, Metric::Defaults];
/// Levels of the tails that are shared out among firms.
pub const LEVELS: [f64; 2] = [0.95, 0.99];
/// Channels in the order of the bits of [`World::with_channels`].
pub const CHANNELS: [&str; 4] = ["orders", "payments", "valuation of stakes", "financing conditions"];

/// One loss by channel: means over the paths of a condition. Own loss and the Shapley values sum to the total.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// Loss.
    pub metric: Metric,
    /// Firm, or none for the system.
    pub firm: Option<usize>,
    /// Condition.
    pub given: Given,
    /// Loss in W2, without any channel.
    pub own: Estimate,
    /// Shapley values of the channels (model 8.5).
    pub shapley: [Estimate; 4],
    /// What each channel adds alone.
    pub one_in: [Estimate; 4],
    /// What each channel adds to all others.
    pub leave_one_out: [Estimate; 4],
    /// Loss in W0.
    pub total: Estimate,
}

/// A firm's part of the system's expected shortfall in W0: its mean contribution to the net loss where that is beyond the level (Euler allocation; marginal expected
/// shortfall, Acharya et al. 2017). The parts sum to the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TailPart {
    /// Firm.
    pub firm: usize,
    /// Level.
    pub level: f64,
    /// USD billion, with an interval from twenty batches.
    pub part: Estimate,
    /// VaR of the system's net loss where the firm's own contribution is beyond its VaR, less that where it is below its median (Adrian & Brunnermeier 2016, with
    /// the condition of Girardi & Ergün 2013), with an interval from twenty batches; none where too few paths remain.
    pub delta_covar: Option<Estimate>,
}

/// Everything that was attributed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribution {
    /// Identifiers of the firms.
    pub firms: Vec<String>,
    /// Paths.
    pub paths: u64,
    /// Of which with a bust.
    pub bust_paths: u64,
    /// Seed.
    pub seed: u64,
    /// Number of equally weighted paths with the same sum of squared weights.
    pub effective_paths: f64,
    /// Losses by channel.
    pub splits: Vec<Split>,
    /// Tails by firm.
    pub tails: Vec<TailPart>,
    /// Solves that did not reach their tolerance.
    pub failed_solves: u64,
}

/// Values of one loss on one path: own, then Shapley, one-in and leave-one-out of each channel, then the total.
const VALUES: usize = 14;

/// Sums of one stratum: by quantity, value and class.
struct Sums {
    moments: Vec<[Moments; 2]>,
    failed: u64,
}

/// Net losses of one path in W0: of the system, and each firm's contribution.
#[derive(Debug, Clone, Default)]
struct Row {
    system: f64,
    firms: Vec<f64>,
}

/// What is split: loss and firm.
fn quantities(model: &Model) -> Vec<(Metric, Option<usize>)> {
    let firms = (0..model.firms.len()).flat_map(|i| FIRM.map(|m| (m, Some(i))));
    SYSTEM.map(|m| (m, None)).into_iter().chain(firms).collect()
}

/// Runs all sixteen worlds on the paths of `run` and shares out what they lose.
///
/// # Errors
/// As [`choose`].
pub fn attribute(engine: &Engine<'_>, run: &Run, threads: usize, progress: &(dyn Fn(u64) + Sync)) -> Result<Attribution> {
    let quantities = quantities(engine.model);
    let chosen = choose(engine, run, threads)?;
    let numbers = chosen.numbers();
    let mut rows: Vec<Vec<Row>> = numbers.iter().map(|n| vec![Row::default(); n.count()]).collect();
    let slots = rows.iter_mut().map(|r| (0, &mut r[..])).collect();
    let quantum = |metric| Quantum::for_scale(if metric == Metric::Defaults { 64.0 } else { engine.scale });
    let empty = || Sums { moments: quantities.iter().flat_map(|q| vec![[Moments::new(quantum(q.0)); 2]; VALUES]).collect(), failed: 0 };
    let each = |sums: &mut Sums, block: PathBlock<'_, Row>| add_block(engine, &quantities, run.seed, sums, block);
    let sums = for_each_block(&numbers, slots, threads, empty, each, merge, progress)?;
    let strata = chosen.weights();
    let sums: Vec<Sums> = sums.into_iter().map(|s| s.unwrap_or_else(empty)).collect();
    let splits = quantities.iter().enumerate().flat_map(|(k, q)| Given::ALL.map(|g| (k, *q, g)));
    Ok(Attribution {
        firms: engine.model.firms.iter().map(|f| f.id.clone()).collect(),
        paths: rows.iter().map(|r| r.len() as u64).sum(),
        bust_paths: sums.iter().map(|s| s.moments[0][1].count()).sum(),
        seed: run.seed,
        effective_paths: strata.effective_paths(),
        splits: splits.map(|(k, q, g)| split(&strata, &sums, k, q, g)).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect(),
        tails: tails(&strata, &rows, engine.model.firms.len()),
        failed_solves: sums.iter().map(|s| s.failed).sum(),
    })
}

fn merge(a: &mut Sums, b: &Sums) -> Result<()> {
    a.failed += b.failed;
    a.moments.iter_mut().flatten().zip(b.moments.iter().flatten()).try_for_each(|(x, y)| x.merge(y))
}

fn add_block(engine: &Engine<'_>, quantities: &[(Metric, Option<usize>)], seed: u64, sums: &mut Sums, block: PathBlock<'_, Row>) {
    let worlds: Vec<World> = (0..16).map(World::with_channels).collect();
    let found = engine.run_paths(seed, &block.paths, &worlds, &mut Nobody);
    sums.failed += found.counts.failed;
    for (slot, l) in block.slots.iter_mut().zip(block.lanes) {
        let class = usize::from(found.any_bust[l] > 0.0);
        for (k, &(metric, firm)) in quantities.iter().enumerate() {
            let values = values(&found, metric, firm, l);
            values.into_iter().enumerate().for_each(|(v, x)| sums.moments[k * VALUES + v][class].push(x));
        }
        let full = &found.outcomes[15];
        slot.system = full.system(Metric::NetLoss)[l];
        slot.firms = (0..engine.model.firms.len()).map(|i| full.firm(Metric::NetLoss, i)[l]).collect();
    }
}

fn values(block: &Block, metric: Metric, firm: Option<usize>, lane: usize) -> [f64; VALUES] {
    let losses: [f64; 16] = std::array::from_fn(|w| match firm {
        Some(i) => block.outcomes[w].firm(metric, i)[lane],
        None => block.outcomes[w].system(metric)[lane],
    });
    let mut out = [0.0; VALUES];
    out[0] = losses[0];
    out[1..5].copy_from_slice(&shapley(&losses));
    for channel in 0..4 {
        out[5 + channel] = losses[1 << channel] - losses[0];
        out[9 + channel] = losses[15] - losses[15 & !(1 << channel)];
    }
    out[13] = losses[15];
    out
}

fn split(strata: &Strata, sums: &[Sums], k: usize, (metric, firm): (Metric, Option<usize>), given: Given) -> Result<Option<Split>> {
    let mut found = Vec::with_capacity(VALUES);
    for v in 0..VALUES {
        let of = |s: &Sums| -> Result<Moments> {
            let by_class = &s.moments[k * VALUES + v];
            let mut m = by_class[usize::from(given != Given::NoBust)];
            if given == Given::All {
                m.merge(&by_class[0])?;
            }
            Ok(m)
        };
        found.push(strata.mean(&sums.iter().map(of).collect::<Result<Vec<_>>>()?));
    }
    let Some(found) = found.into_iter().collect::<Option<Vec<Estimate>>>() else { return Ok(None) };
    let four = |from: usize| std::array::from_fn(|c| found[from + c]);
    let (own, total) = (found[0], found[13]);
    Ok(Some(Split { metric, firm, given, own, shapley: four(1), one_in: four(5), leave_one_out: four(9), total }))
}

fn tails(strata: &Strata, rows: &[Vec<Row>], firms: usize) -> Vec<TailPart> {
    let part = |(firm, level): (usize, f64)| {
        let of = |batch: std::ops::Range<usize>| contribution(strata, rows, firm, level, &batch);
        let covar = |batch: std::ops::Range<usize>| delta_covar(strata, rows, firm, level, &batch);
        let part = with_batches(of)?;
        Some(TailPart { firm, level, part, delta_covar: with_batches(covar) })
    };
    LEVELS.into_iter().flat_map(|level| (0..firms).map(move |i| (i, level))).filter_map(part).collect()
}

/// Rows of some twentieths of every stratum, with their strata.
fn batch<'a>(rows: &'a [Vec<Row>], range: &'a std::ops::Range<usize>) -> impl Iterator<Item = (usize, &'a Row)> + Clone {
    rows.iter().enumerate().flat_map(move |(k, r)| r[batch_places(range, r.len())].iter().map(move |row| (k, row)))
}

fn part_of(strata: &Strata, rows: &[Vec<Row>], range: &std::ops::Range<usize>) -> Strata {
    strata.with_counts(rows.iter().map(|r| batch_places(range, r.len()).len() as u64).collect())
}

/// Mean contribution of a firm over the worst 1 − level of the paths, the last of them counting in part, so that contributions sum to the expected shortfall.
fn contribution(strata: &Strata, rows: &[Vec<Row>], firm: usize, level: f64, range: &std::ops::Range<usize>) -> Option<f64> {
    let weights = part_of(strata, rows, range);
    let mut sorted: Vec<(f64, f64, f64)> = batch(rows, range).map(|(k, r)| (r.system, weights.weight(k), r.firms[firm])).collect();
    sorted.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let (mut left, mut sum) = (1.0 - level, 0.0);
    for (_, weight, own) in sorted {
        let counts = weight.min(left);
        sum += counts * own;
        left -= counts;
        if left <= 0.0 {
            break;
        }
    }
    Some(sum / (1.0 - level)).filter(|x| x.is_finite())
}

/// Fewest values of a conditional sample of which a quantile is taken.
const FEWEST: u64 = 40;

fn delta_covar(strata: &Strata, rows: &[Vec<Row>], firm: usize, level: f64, range: &std::ops::Range<usize>) -> Option<f64> {
    let weights = part_of(strata, rows, range);
    let own = WeightedSample::new(&weights, batch(rows, range).map(|(k, r)| (k, r.firms[firm])))?;
    let (high, middle) = (own.value_at(level), own.value_at(0.5));
    let var = |wanted: &dyn Fn(f64) -> bool| {
        let chosen = batch(rows, range).filter(|(_, r)| wanted(r.firms[firm])).map(|(k, r)| (k, r.system));
        WeightedSample::new(&weights, chosen).filter(|s| s.count() >= FEWEST).map(|s| s.value_at(level))
    };
    Some(var(&|x| x >= high)? - var(&|x| x <= middle)?)
}
