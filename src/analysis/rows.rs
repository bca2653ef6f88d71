//! A row of numbers for every path of a setting, and measures of the rows with intervals and paired differences. No grid, no words.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::engine::{Engine, Nobody, Numbers, PathBlock, World, for_each_block};
use crate::error::Result;
use crate::model::Metric;
use crate::stats::{Estimate, PairMoments, Quantum, Strata, batch_places, expected_shortfall, with_batches};

/// Level of the expected shortfall.
pub(super) const LEVEL: f64 = 0.99;

/// What is measured of a setting, in W0 where it does not say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Expected net loss of the system.
    MeanNetLoss,
    /// Expected shortfall 99 % of the net loss of the system.
    Es99NetLoss,
    /// Amplification of the net loss given a bust, W0 over W2.
    Amplification,
    /// Expected number of firms that fail.
    Defaults,
    /// Expected loss of outside creditors.
    CreditLoss,
    /// Probability that a firm fails, by its number.
    Default(usize),
}

/// One measure of one setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// Which.
    pub measure: Measure,
    /// Its value; none where it does not exist, such as an amplification of a loss that is not clear of zero.
    pub value: Option<Estimate>,
    /// Paired difference to the scenario as written.
    pub change: Option<Estimate>,
}

/// What is kept of one path: whether it has a bust, and net losses in W0 and W2, failures, credit loss, then a 1 for each firm that fails.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub bust: bool,
    values: Vec<f64>,
}

const NET: usize = 0;
const ISOLATED: usize = 1;
const FAILED: usize = 2;
const CREDIT: usize = 3;
const FIRST_FIRM: usize = 4;

impl Row {
    /// Net loss of the system in W0.
    pub fn net(&self) -> f64 {
        self.values[NET]
    }
}

/// The paths of one setting, by stratum.
pub(super) type Rows<'a> = Vec<&'a [Row]>;

/// Fills rows: those of each stratum from a place on, in W0 and, where `isolated` says so, in W2. Returns how many solves failed.
///
/// # Errors
/// If the threads cannot be started.
pub(super) fn run_rows(
    engine: &Engine<'_>,
    seed: u64,
    numbers: &[Numbers],
    slots: Vec<(usize, &mut [Row])>,
    isolated: bool,
    threads: usize,
) -> Result<u64> {
    let worlds: &[World] = if isolated { &[World::W0, World::W2] } else { &[World::W0] };
    let each = |failed: &mut u64, block: PathBlock<'_, Row>| *failed += run_block(engine, seed, worlds, block);
    let add = |a: &mut u64, b: &u64| {
        *a += b;
        Ok(())
    };
    let failed = for_each_block(numbers, slots, threads, || 0, each, add, &|_| ())?;
    Ok(failed.into_iter().flatten().sum())
}

fn run_block(engine: &Engine<'_>, seed: u64, worlds: &[World], block: PathBlock<'_, Row>) -> u64 {
    let found = engine.run_paths(seed, &block.paths, worlds, &mut Nobody);
    let full = &found.outcomes[0];
    for (slot, l) in block.slots.iter_mut().zip(block.lanes) {
        let system = |m: Metric| full.system(m)[l];
        slot.bust = found.any_bust[l] > 0.0;
        slot.values = vec![
            system(Metric::NetLoss),
            found.outcomes.get(1).map_or(f64::NAN, |isolated| isolated.system(Metric::NetLoss)[l]),
            system(Metric::Defaults),
            system(Metric::ExternalCreditLoss),
        ];
        slot.values.extend((0..engine.model.firms.len()).map(|i| full.firm(Metric::Defaults, i)[l]));
    }
    found.counts.failed
}

/// What measuring needs beside the rows.
pub(super) struct Bench {
    pub strata: Strata,
    pub scale: f64,
}

impl Bench {
    /// Every measure of a setting, with its change where there is a first one to compare with, on the same paths.
    pub fn numbers(&self, rows: &Rows<'_>, first: Option<&Rows<'_>>) -> Vec<Number> {
        let firms = rows.iter().find_map(|r| r.first()).map_or(0, |r| r.values.len() - FIRST_FIRM);
        let measures = [Measure::MeanNetLoss, Measure::Es99NetLoss, Measure::Amplification, Measure::Defaults, Measure::CreditLoss];
        let measures = measures.into_iter().chain((0..firms).map(Measure::Default));
        let number = |measure| match measure {
            Measure::Es99NetLoss => self.by_batches(measure, rows, first, |rows, batch| self.shortfall(rows, batch)),
            Measure::Amplification => self.amplification(rows, first),
            Measure::MeanNetLoss => self.mean(measure, (NET, self.scale), rows, first),
            Measure::Defaults => self.mean(measure, (FAILED, 64.0), rows, first),
            Measure::CreditLoss => self.mean(measure, (CREDIT, self.scale), rows, first),
            Measure::Default(i) => {
                Number { value: self.proportion(FIRST_FIRM + i, rows), ..self.mean(measure, (FIRST_FIRM + i, 64.0), rows, first) }
            }
        };
        measures.map(number).collect()
    }

    fn mean(&self, measure: Measure, (at, scale): (usize, f64), rows: &Rows<'_>, first: Option<&Rows<'_>>) -> Number {
        let pairs: Vec<PairMoments> = rows.iter().zip(first.unwrap_or(rows)).map(|(a, c)| paired(a, c, at, scale)).collect();
        let change = if first.is_some() { self.strata.difference(&pairs) } else { None };
        Number { measure, value: self.strata.means(&pairs).map(|m| m.0), change }
    }

    /// The share of paths in which a column is set: an interval of its own, for none or few.
    fn proportion(&self, at: usize, rows: &Rows<'_>) -> Option<Estimate> {
        let seen: Vec<u64> = rows.iter().map(|r| r.iter().filter(|row| row.values[at] > 0.0).count() as u64).collect();
        let of: Vec<u64> = rows.iter().map(|r| r.len() as u64).collect();
        self.strata.proportion(&seen, &of)
    }

    fn by_batches(
        &self,
        measure: Measure,
        rows: &Rows<'_>,
        first: Option<&Rows<'_>>,
        statistic: impl Fn(&Rows<'_>, &Range<usize>) -> Option<f64>,
    ) -> Number {
        let value = with_batches(|batch| statistic(rows, &batch));
        let change = first.and_then(|f| with_batches(|batch| Some(statistic(rows, &batch)? - statistic(f, &batch)?)));
        Number { measure, value, change }
    }

    fn shortfall(&self, rows: &Rows<'_>, batches: &Range<usize>) -> Option<f64> {
        let part = |r: &[Row]| batch_places(batches, r.len());
        let values = |r: &&[Row]| r[part(r)].iter().map(Row::net).collect();
        expected_shortfall(
            &self.strata.with_counts(rows.iter().map(|r| part(r).len() as u64).collect()),
            rows.iter().map(values).collect(),
            LEVEL,
        )
    }

    /// The amplification alone, on paths that were run in W2, too.
    pub fn amplification(&self, rows: &Rows<'_>, first: Option<&Rows<'_>>) -> Number {
        let ratio = |rows: &Rows<'_>| self.strata.ratio(&rows.iter().map(|r| busts(r, self.scale)).collect::<Vec<_>>()).estimate();
        let value = ratio(rows);
        let both = first.filter(|f| value.is_some() && ratio(f).is_some());
        let changed = self.by_batches(Measure::Amplification, rows, both, |rows, batch| self.plain_ratio(rows, batch));
        Number { value, ..changed }
    }

    /// The same ratio over some twentieths of every stratum.
    fn plain_ratio(&self, rows: &Rows<'_>, batches: &Range<usize>) -> Option<f64> {
        let part = |r: &[Row]| batch_places(batches, r.len());
        let strata = self.strata.with_counts(rows.iter().map(|r| part(r).len() as u64).collect());
        let sum = |at: usize| -> f64 {
            let of = |(k, r): (usize, &&[Row])| {
                strata.weight(k) * r[part(r)].iter().filter(|row| row.bust).map(|row| row.values[at]).sum::<f64>()
            };
            rows.iter().enumerate().map(of).sum()
        };
        let below = sum(ISOLATED);
        (below > 0.0).then(|| sum(NET) / below)
    }
}

fn paired(rows: &[Row], first: &[Row], at: usize, scale: f64) -> PairMoments {
    let mut sums = PairMoments::new(Quantum::for_scale(scale));
    rows.iter().zip(first).for_each(|(a, c)| sums.push(a.values[at], c.values[at]));
    sums
}

/// Net losses of the paths with a bust, in W0 and W2.
fn busts(rows: &[Row], scale: f64) -> PairMoments {
    let mut sums = PairMoments::new(Quantum::for_scale(scale));
    rows.iter().filter(|r| r.bust).for_each(|r| sums.push(r.values[NET], r.values[ISOLATED]));
    sums
}
