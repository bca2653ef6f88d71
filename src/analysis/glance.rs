//! A setting of a scenario at a glance: its headline numbers, its curve of losses and who fails, after any number of paths, beside the scenario as written on the
//! same paths. What a page shows while somebody moves a slider. No words, no page.

use super::rows::{Bench, Row, run_rows};
pub use super::rows::{Measure, Number};
use crate::engine::{Engine, Numbers};
use crate::error::Result;
use crate::stats::{Estimate, ExceedancePoint, Sample, Strata};

/// Paths that are run in W2, too, for the amplification: it needs few, since it is a ratio on the same paths.
pub const ISOLATED_PATHS: u64 = 4_096;
/// Points of a curve.
const CURVE_POINTS: usize = 120;
/// Fewest paths on which a point of a curve may rest.
const FEWEST: u64 = 30;

/// The paths of a setting, as far as they were run: numbers 0, 1, 2, … of one seed.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    rows: Vec<Row>,
    failed_solves: u64,
}

/// What they say.
#[derive(Debug, Clone, PartialEq)]
pub struct Glance {
    /// Probability of a bust within the horizon.
    pub bust: Option<Estimate>,
    /// Net loss, ES 99 %, amplification, failures, loss of outside creditors, then the probability of default of every firm.
    pub numbers: Vec<Number>,
    /// Paths on which the amplification rests.
    pub isolated_paths: u64,
    /// How probable a larger net loss is, with the band of the whole curve; only where at least thirty paths remain.
    pub exceedance: Vec<ExceedancePoint>,
}

impl Paths {
    /// Number of paths.
    pub fn count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Solves that did not reach their tolerance.
    pub fn failed_solves(&self) -> u64 {
        self.failed_solves
    }

    /// Runs on until there are `count` paths. Whatever the steps, the paths are the same, bit for bit.
    ///
    /// # Errors
    /// If the threads cannot be started.
    pub fn run_on(&mut self, engine: &Engine<'_>, seed: u64, count: u64, threads: usize) -> Result<()> {
        for (end, isolated) in [(count.min(ISOLATED_PATHS), true), (count, false)] {
            let from = self.rows.len();
            if from as u64 >= end {
                continue;
            }
            self.rows.resize(end as usize, Row::default());
            let slots = vec![(from, &mut self.rows[from..])];
            self.failed_solves += run_rows(engine, seed, &[Numbers::Range(0..end)], slots, isolated, threads)?;
        }
        Ok(())
    }

    /// What the first `count` paths say, as far as there are so many, beside those of the scenario as written if it has them, too. `scale` is that of the scenario as
    /// written, [`Engine::scale`].
    pub fn glance(&self, count: u64, written: Option<&Paths>, scale: f64) -> Glance {
        let rows = &self.rows[..self.rows.len().min(count as usize)];
        let bench = |rows: &[Row]| Bench { strata: Strata::new(vec![1.0], vec![rows.len() as u64], None), scale };
        let other = written.and_then(|w| w.rows.get(..rows.len()));
        let mut numbers = bench(rows).numbers(&vec![rows], other.map(|o| vec![o]).as_ref());
        let isolated = rows.len().min(ISOLATED_PATHS as usize);
        let few = &rows[..isolated];
        let sample = Sample::new(rows.iter().map(Row::net).collect());
        for number in &mut numbers {
            match number.measure {
                Measure::Amplification => {
                    *number = bench(few).amplification(&vec![few], other.map(|o| vec![&o[..isolated]]).as_ref());
                }
                // The interval of order statistics, as a run has it.
                Measure::Es99NetLoss => number.value = sample.tail_mean(super::rows::LEVEL).filter(|t| !t.is_too_few()).map(|t| t.estimate),
                _ => {}
            }
        }
        let busts = rows.iter().filter(|r| r.bust).count() as u64;
        Glance {
            bust: bench(rows).strata.proportion(&[busts], &[rows.len() as u64]),
            numbers,
            isolated_paths: isolated as u64,
            exceedance: sample.exceedance_curve(CURVE_POINTS).into_iter().filter(|p| p.count >= FEWEST).collect(),
        }
    }
}
