//! Scenarios side by side on the same paths: paired differences with intervals, and whether their sign holds over the ranges of what is not known. No words.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::engine::{Block, Engine, Nobody, PathBlock, Run, World, choose, for_each_block};
use crate::error::{Error, Result};
use crate::lanes::LANES;
use crate::model::{Firm, Given, Metric, Model, WorldName};
use crate::shocks::PathNumbers;
use crate::stats::{BATCHES, Estimate, PairMoments, Quantum, Strata, batch_places, expected_shortfall, with_batches};

/// Losses of the system that are compared, with their worlds.
pub const SYSTEM: [(Metric, WorldName); 9] = [
    (Metric::NetLoss, WorldName::W0),
    (Metric::NetLoss, WorldName::W1),
    (Metric::NetLoss, WorldName::W2),
    (Metric::MarkToMarketLoss, WorldName::W0),
    (Metric::RevenueShortfall, WorldName::W0),
    (Metric::CommittedShortfall, WorldName::W0),
    (Metric::ExternalCreditLoss, WorldName::W0),
    (Metric::Defaults, WorldName::W0),
    (Metric::Defaults, WorldName::W2),
];
/// Losses of firms that are compared, in W0.
pub const FIRM: [Metric; 4] = [Metric::Defaults, Metric::MarkToMarketLoss, Metric::CommittedShortfall, Metric::ExternalCreditLoss];
/// Levels at which expected shortfalls are compared.
pub const LEVELS: [f64; 2] = [0.95, 0.99];
const WORLDS: [(WorldName, World); 3] = [(WorldName::W0, World::W0), (WorldName::W1, World::W1), (WorldName::W2, World::W2)];

/// A scenario to compare with the first.
pub struct Variant<'a> {
    /// What is different, for people.
    pub name: String,
    /// What that means, in a sentence, where the name does not say it; else empty.
    pub note: String,
    /// Its model, made ready.
    pub engine: Engine<'a>,
}

/// What is compared: a loss of the system in a world, or of a firm in W0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantity {
    /// The loss; for firms and the system `Defaults` is the number of failures.
    pub metric: Metric,
    /// The firm, by its number in the first scenario; none is the system.
    pub firm: Option<usize>,
    /// World.
    pub world: WorldName,
}

/// Whether the sign of a difference holds over the ranges of the uncertain numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sign {
    /// The interval excludes zero, and in the upper and in the lower half of the range of every uncertain number the mean difference has the same sign.
    pub is_robust: bool,
    /// Numbers in half of whose range the sign is another: name, and whether in the upper half.
    pub exceptions: Vec<(String, bool)>,
}

/// One paired difference, the variant less the first scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Which variant.
    pub variant: usize,
    /// What.
    pub quantity: Quantity,
    /// Condition; given a bust or none only where both scenarios have the same regimes.
    pub given: Given,
    /// Mean in the first scenario.
    pub base: Estimate,
    /// Mean in the variant.
    pub changed: Estimate,
    /// Paired difference of the means.
    pub difference: Estimate,
    /// Robustness, over all paths.
    pub sign: Option<Sign>,
}

/// A difference of expected shortfalls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TailDifference {
    /// Which variant.
    pub variant: usize,
    /// What.
    pub quantity: Quantity,
    /// Level.
    pub level: f64,
    /// Expected shortfall in the first scenario.
    pub base: f64,
    /// Expected shortfall in the variant.
    pub changed: f64,
    /// Their difference, with an interval from twenty batches of the same paths.
    pub difference: Estimate,
}

/// Amplification of the net loss given a bust, W0 over W2, in each scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Amplified {
    /// Which variant; none is the first scenario.
    pub variant: Option<usize>,
    /// The ratio, none where the loss in W2 is not clear of zero.
    pub ratio: Option<Estimate>,
}

/// What a variant changes of the no-shock plan: a firm's revenue over the horizon, at central numbers, so without an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanChange {
    /// Which variant.
    pub variant: usize,
    /// The firm, by its number in the first scenario.
    pub firm: usize,
    /// Revenue in the first scenario's plan, USD billion.
    pub base_usd_bn: f64,
    /// Revenue in the variant's plan, USD billion.
    pub changed_usd_bn: f64,
}

/// Everything that was compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Name of the first scenario.
    pub first: String,
    /// Number of its uncertain numbers, over whose ranges signs are tested.
    pub uncertain: usize,
    /// Names of the variants.
    pub variants: Vec<String>,
    /// What each means, where its name does not say it.
    pub notes: Vec<String>,
    /// Names of the firms of the first scenario.
    pub firms: Vec<String>,
    /// Paths.
    pub paths: u64,
    /// Seed.
    pub seed: u64,
    /// Number of equally weighted paths with the same sum of squared weights.
    pub effective_paths: f64,
    /// Differences of means.
    pub differences: Vec<Difference>,
    /// Differences of expected shortfalls.
    pub tails: Vec<TailDifference>,
    /// Amplifications.
    pub amplification: Vec<Amplified>,
    /// Firms whose plan a variant changes.
    pub plans: Vec<PlanChange>,
    /// Solves that did not reach their tolerance, in all scenarios together.
    pub failed_solves: u64,
}

/// What is kept of one path: whether it has a bust in the first scenario and whether in all the same, which halves its uncertain numbers lie in, and its losses by
/// scenario and quantity.
#[derive(Debug, Clone, Default)]
struct Row {
    bust: bool,
    same_regimes: bool,
    upper: Vec<u64>,
    losses: Vec<f64>,
}

/// Runs `variants` on the paths of the first scenario, `base`.
///
/// # Errors
/// [`Error::Usage`] if a variant differs in its horizon, or as [`choose`].
pub fn compare(
    base: &Engine<'_>,
    variants: &[Variant<'_>],
    run: &Run,
    threads: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Comparison> {
    for v in variants {
        let (ours, theirs) = (base.model.horizon_quarters, v.engine.model.horizon_quarters);
        if ours != theirs {
            return Err(Error::Usage(format!(
                "{} has {theirs} quarters, the first scenario {ours}: compare scenarios of one horizon",
                v.name
            )));
        }
    }
    let quantities = quantities(base.model);
    let engines: Vec<&Engine<'_>> = std::iter::once(base).chain(variants.iter().map(|v| &v.engine)).collect();
    let columns: Vec<Vec<Option<Quantity>>> = engines.iter().map(|e| translated(&quantities, base.model, e.model)).collect();
    let chosen = choose(base, run, threads)?;
    let numbers = chosen.numbers();
    let mut rows: Vec<Vec<Row>> = numbers.iter().map(|n| vec![Row::default(); n.count()]).collect();
    let slots = rows.iter_mut().map(|r| (0, &mut r[..])).collect();
    let each = |failed: &mut u64, block: PathBlock<'_, Row>| *failed += run_block(&engines, &columns, run.seed, block);
    let add = |a: &mut u64, b: &u64| {
        *a += b;
        Ok(())
    };
    let failed = for_each_block(&numbers, slots, threads, || 0, each, add, progress)?;
    let table = Table { quantities, rows, strata: chosen.weights(), scale: base.scale, scenarios: engines.len() };
    Ok(Comparison {
        first: base.model.name.clone(),
        uncertain: uncertain_names(base.model),
        variants: variants.iter().map(|v| v.name.clone()).collect(),
        notes: variants.iter().map(|v| v.note.clone()).collect(),
        firms: base.model.firms.iter().map(|f| f.id.clone()).collect(),
        paths: table.strata_paths(),
        seed: run.seed,
        effective_paths: table.strata.effective_paths(),
        differences: differences(&table, base.model),
        tails: tails(&table),
        amplification: (0..engines.len()).map(|s| amplified(&table, s)).collect(),
        plans: (1..engines.len()).flat_map(|s| plan_changes(&engines, s)).collect(),
        failed_solves: failed.into_iter().flatten().sum(),
    })
}

/// Several firms may share one uncertain number, by one name and one draw.
fn uncertain_names(model: &Model) -> usize {
    model.uncertain.iter().map(|u| u.name.as_str()).collect::<HashSet<_>>().len()
}

fn plan_changes(engines: &[&Engine<'_>], scenario: usize) -> Vec<PlanChange> {
    let (base, other) = (engines[0], engines[scenario]);
    let (first, changed) = (plan_revenue(base), plan_revenue(other));
    let one = |(firm, f): (usize, &Firm)| {
        let there = other.model.firms.iter().position(|g| g.id == f.id)?;
        let is_moved = (first[firm] - changed[there]).abs() > 1e-9 * base.scale;
        is_moved.then_some(PlanChange { variant: scenario - 1, firm, base_usd_bn: first[firm], changed_usd_bn: changed[there] })
    };
    base.model.firms.iter().enumerate().filter_map(one).collect()
}

/// Revenue of every firm over the quarters of the no-shock plan, USD billion.
fn plan_revenue(engine: &Engine<'_>) -> Vec<f64> {
    let mut sums = vec![0.0; engine.model.firms.len()];
    engine.watch_plan(|_, _, flows| sums.iter_mut().zip(&flows.revenue).for_each(|(sum, row)| *sum += row[0]));
    sums
}

fn quantities(model: &Model) -> Vec<Quantity> {
    let system = SYSTEM.map(|(metric, world)| Quantity { metric, firm: None, world });
    let firm = |i: usize| FIRM.map(|metric| Quantity { metric, firm: Some(i), world: WorldName::W0 });
    system.into_iter().chain((0..model.firms.len()).flat_map(firm)).collect()
}

/// The quantities of the first scenario as another one numbers its firms; none for a firm that it has not.
fn translated(quantities: &[Quantity], base: &Model, other: &Model) -> Vec<Option<Quantity>> {
    let firm = |i: usize| other.firms.iter().position(|f| f.id == base.firms[i].id);
    let one = |q: &Quantity| match q.firm {
        Some(i) => firm(i).map(|j| Quantity { firm: Some(j), ..*q }),
        None => Some(*q),
    };
    quantities.iter().map(one).collect()
}

/// Runs one block in every scenario; returns the number of solves that failed.
fn run_block(engines: &[&Engine<'_>], columns: &[Vec<Option<Quantity>>], seed: u64, block: PathBlock<'_, Row>) -> u64 {
    let worlds = WORLDS.map(|w| w.1);
    let found: Vec<Block> = engines.iter().map(|e| e.run_paths(seed, &block.paths, &worlds, &mut Nobody)).collect();
    let upper = upper_halves(engines[0], seed, &block.paths);
    for (slot, l) in block.slots.iter_mut().zip(block.lanes) {
        slot.bust = found[0].any_bust[l] > 0.0;
        slot.same_regimes = found.iter().all(|b| b.any_bust[l] == found[0].any_bust[l]);
        slot.upper.clone_from(&upper[l]);
        slot.losses = found.iter().zip(columns).flat_map(|(b, quantities)| quantities.iter().map(move |q| loss(b, *q, l))).collect();
    }
    found.iter().map(|b| b.counts.failed).sum()
}

/// A loss on one lane; NaN for a firm that the scenario has not.
fn loss(block: &Block, quantity: Option<Quantity>, lane: usize) -> f64 {
    let Some(q) = quantity else { return f64::NAN };
    let world = WORLDS.iter().position(|w| w.0 == q.world).unwrap_or(0);
    match q.firm {
        Some(i) => block.outcomes[world].firm(q.metric, i)[lane],
        None => block.outcomes[world].system(q.metric)[lane],
    }
}

/// For each lane a bit for each uncertain number: whether it lies above the middle of its range.
fn upper_halves(engine: &Engine<'_>, seed: u64, paths: &PathNumbers) -> Vec<Vec<u64>> {
    let model = engine.model;
    let words = model.uncertain.len().div_ceil(64);
    let mut bits = vec![vec![0u64; words]; LANES];
    let mut p = engine.central().clone();
    p.draw(model, seed, paths);
    for (k, uncertain) in model.uncertain.iter().enumerate() {
        let row = p.number(uncertain.slot);
        for l in 0..LANES {
            bits[l][k / 64] |= u64::from(row[l] > uncertain.distribution.central()) << (k % 64);
        }
    }
    bits
}

/// The losses of every path.
struct Table {
    quantities: Vec<Quantity>,
    rows: Vec<Vec<Row>>,
    strata: Strata,
    scale: f64,
    scenarios: usize,
}

impl Table {
    fn strata_paths(&self) -> u64 {
        self.rows.iter().map(|r| r.len() as u64).sum()
    }

    fn at(&self, row: &Row, scenario: usize, quantity: usize) -> f64 {
        row.losses[scenario * self.quantities.len() + quantity]
    }

    fn quantum(&self, quantity: usize) -> Quantum {
        Quantum::for_scale(if self.quantities[quantity].metric == Metric::Defaults { 64.0 } else { self.scale })
    }

    /// Sums of the pairs (variant, first scenario) over the paths that are wanted, by stratum.
    fn pairs(&self, scenario: usize, quantity: usize, wanted: impl Fn(&Row) -> bool) -> Vec<PairMoments> {
        let of = |rows: &Vec<Row>| {
            let mut sums = PairMoments::new(self.quantum(quantity));
            rows.iter().filter(|r| wanted(r)).for_each(|r| sums.push(self.at(r, scenario, quantity), self.at(r, 0, quantity)));
            sums
        };
        self.rows.iter().map(of).collect()
    }
}

fn holds(given: Given, row: &Row) -> bool {
    match given {
        Given::All => true,
        Given::Bust => row.bust,
        Given::NoBust => !row.bust,
    }
}

fn differences(table: &Table, base: &Model) -> Vec<Difference> {
    let mut out = Vec::new();
    for scenario in 1..table.scenarios {
        let same = table.rows.iter().flatten().all(|r| r.same_regimes);
        for quantity in 0..table.quantities.len() {
            for given in Given::ALL.into_iter().filter(|g| same || *g == Given::All) {
                out.extend(difference(table, base, scenario, quantity, given));
            }
        }
    }
    out
}

fn difference(table: &Table, base: &Model, scenario: usize, quantity: usize, given: Given) -> Option<Difference> {
    let pairs = table.pairs(scenario, quantity, |r| holds(given, r));
    let (changed, first) = table.strata.means(&pairs)?;
    let difference = table.strata.difference(&pairs)?;
    let sign = (given == Given::All).then(|| sign(table, base, scenario, quantity, &difference));
    Some(Difference { variant: scenario - 1, quantity: table.quantities[quantity], given, base: first, changed, difference, sign })
}

/// Whether the sign of a difference is the same in both halves of the range of every uncertain number of the first scenario.
fn sign(table: &Table, base: &Model, scenario: usize, quantity: usize, whole: &Estimate) -> Sign {
    let count = base.uncertain.len();
    let mut sums = vec![[0.0f64; 2]; count];
    for (k, rows) in table.rows.iter().enumerate() {
        let weight = table.strata.weight(k);
        for row in rows {
            let d = weight * (table.at(row, scenario, quantity) - table.at(row, 0, quantity));
            for (n, halves) in sums.iter_mut().enumerate() {
                halves[(row.upper[n / 64] >> (n % 64) & 1) as usize] += d;
            }
        }
    }
    let differs = |x: f64| whole.value != 0.0 && x * whole.value < 0.0;
    let halves = (0..count).flat_map(|n| [(n, false), (n, true)]);
    let flipped = halves.filter(|&(n, up)| differs(sums[n][usize::from(up)]));
    // Several firms may share one uncertain number, by one name and one draw.
    let mut exceptions: Vec<(String, bool)> = flipped.map(|(n, up)| (base.uncertain[n].name.clone(), up)).collect();
    exceptions.sort();
    exceptions.dedup();
    Sign { is_robust: exceptions.is_empty() && whole.is_told_from_zero(), exceptions }
}

/// Net losses of the system in each world, and every firm's mark-to-market loss.
fn tails(table: &Table) -> Vec<TailDifference> {
    let has_tail = |q: &Quantity| match q.firm {
        None => q.metric == Metric::NetLoss,
        Some(_) => q.metric == Metric::MarkToMarketLoss,
    };
    let mut out = Vec::new();
    for scenario in 1..table.scenarios {
        for (quantity, _) in table.quantities.iter().enumerate().filter(|(_, q)| has_tail(q)) {
            out.extend(LEVELS.into_iter().filter_map(|level| tail(table, scenario, quantity, level)));
        }
    }
    out
}

fn tail(table: &Table, scenario: usize, quantity: usize, level: f64) -> Option<TailDifference> {
    let es = |scenario: usize, batch: std::ops::Range<usize>| shortfall(table, scenario, quantity, level, &batch);
    let (base, changed) = (es(0, 0..BATCHES)?, es(scenario, 0..BATCHES)?);
    let difference = with_batches(|batch| Some(es(scenario, batch.clone())? - es(0, batch)?))?;
    Some(TailDifference { variant: scenario - 1, quantity: table.quantities[quantity], level, base, changed, difference })
}

/// Expected shortfall over some twentieths of every stratum.
fn shortfall(table: &Table, scenario: usize, quantity: usize, level: f64, batches: &std::ops::Range<usize>) -> Option<f64> {
    let part = |rows: &Vec<Row>| batch_places(batches, rows.len());
    let values = |rows: &Vec<Row>| rows[part(rows)].iter().map(|r| table.at(r, scenario, quantity)).collect();
    let strata = table.strata.with_counts(table.rows.iter().map(|r| part(r).len() as u64).collect());
    expected_shortfall(&strata, table.rows.iter().map(values).collect(), level)
}

fn amplified(table: &Table, scenario: usize) -> Amplified {
    let at = |world| table.quantities.iter().position(|q| q.metric == Metric::NetLoss && q.firm.is_none() && q.world == world).unwrap_or(0);
    let (full, isolated) = (at(WorldName::W0), at(WorldName::W2));
    let of = |rows: &Vec<Row>| {
        let mut sums = PairMoments::new(table.quantum(full));
        rows.iter().filter(|r| r.bust).for_each(|r| sums.push(table.at(r, scenario, full), table.at(r, scenario, isolated)));
        sums
    };
    let pairs: Vec<PairMoments> = table.rows.iter().map(of).collect();
    Amplified { variant: scenario.checked_sub(1), ratio: table.strata.ratio(&pairs).estimate() }
}
