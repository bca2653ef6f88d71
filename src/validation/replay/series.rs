//! Reads off what happened on each path of a simulation, quarter by quarter, for statistics that a run does not keep. No statistics.

use crate::engine::{Context, Engine, Flows, Observer, Outcome, State, World, block_start};
use crate::lanes::LANES;

/// What is read at the end of a quarter, counted from 1, on one lane.
pub(super) type Reading<'a> = Box<dyn Fn(usize, &State, &Flows, usize) -> f64 + 'a>;

/// One number per path and quarter.
#[derive(Debug, Clone, Default)]
pub(super) struct Series {
    quarters: usize,
    values: Vec<f64>,
}

impl Series {
    /// Number of paths.
    pub fn paths(&self) -> usize {
        self.values.len() / self.quarters.max(1)
    }

    /// The quarters of one path, the first at index 0.
    pub fn path(&self, path: usize) -> &[f64] {
        &self.values[path * self.quarters..(path + 1) * self.quarters]
    }

    /// The value of each path at the end of quarter `t`, counted from 1.
    pub fn at(&self, t: usize) -> Vec<f64> {
        (0..self.paths()).map(|p| self.path(p)[t - 1]).collect()
    }
}

struct Recorder<'a> {
    readings: &'a [Reading<'a>],
    series: Vec<Series>,
    quarters: usize,
    base: usize,
}

impl Observer for Recorder<'_> {
    fn quarter(&mut self, _: usize, t: usize, _: &Context<'_>, state: &State, flows: &Flows) {
        for (reading, series) in self.readings.iter().zip(&mut self.series) {
            for l in 0..LANES {
                series.values[(self.base + l) * self.quarters + t - 1] = reading(t, state, flows, l);
            }
        }
    }
}

/// Runs blocks of 64 paths of a world and reads each quarter of each path; the outcome of each block stands beside.
pub(super) fn record(engine: &Engine<'_>, world: World, seed: u64, blocks: usize, readings: &[Reading<'_>]) -> (Vec<Series>, Vec<Outcome>) {
    let quarters = engine.model.horizon_quarters;
    let empty = Series { quarters, values: vec![0.0; blocks * LANES * quarters] };
    let mut recorder = Recorder { readings, series: vec![empty; readings.len()], quarters, base: 0 };
    let mut outcomes = Vec::with_capacity(blocks);
    for block in 0..blocks {
        recorder.base = block * LANES;
        let first = block_start((block * LANES) as u64);
        outcomes.extend(engine.run_block(seed, first, &[world], &mut recorder).outcomes);
    }
    (recorder.series, outcomes)
}

/// The same readings of the plan without shocks: one number per reading and quarter.
pub(super) fn plan(engine: &Engine<'_>, readings: &[Reading<'_>]) -> Vec<Vec<f64>> {
    let mut found = vec![vec![0.0; engine.model.horizon_quarters]; readings.len()];
    engine.watch_plan(|t, state, flows| {
        for (reading, values) in readings.iter().zip(&mut found) {
            values[t - 1] = reading(t, state, flows, 0);
        }
    });
    found
}
