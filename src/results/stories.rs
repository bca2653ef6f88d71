//! The worst paths of a run, replayed alone and told: which they are and what happened on them. No words of its own.

use super::story::{Story, kind};
use super::{PathStory, StoryEvent};
use crate::engine::{Engine, Ledger, Run, Simulated, World, block_start};
use crate::model::{Metric, WorldName};

/// Paths that are told; one where nothing is random, for then all are alike.
const TOLD: usize = 3;

/// The numbers of the paths with the largest net loss in W0, the worst first; equal losses by number.
fn worst(simulated: &Simulated, most: usize) -> Vec<u64> {
    let mut found: Vec<(f64, u64)> = Vec::with_capacity(most + 1);
    for stratum in &simulated.strata {
        for (place, losses) in stratum.losses.iter().enumerate() {
            let loss = losses.loss(WorldName::W0);
            let is_among = found.len() < most || found.last().is_some_and(|f| loss >= f.0);
            if !loss.is_finite() || !is_among {
                continue;
            }
            found.push((loss, stratum.numbers.at(place)));
            found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            found.truncate(most);
        }
    }
    found.into_iter().map(|f| f.1).collect()
}

/// The worst paths of a run as stories.
pub fn stories(engine: &Engine<'_>, run: &Run, simulated: &Simulated) -> Vec<PathStory> {
    let is_random = engine.model.shocks.random || engine.model.shocks.table.is_some();
    worst(simulated, if is_random { TOLD } else { 1 }).into_iter().map(|path| story(engine, run.seed, path)).collect()
}

fn story(engine: &Engine<'_>, seed: u64, path: u64) -> PathStory {
    let mut ledger = Ledger::of_path(path, 0);
    let block = engine.run_block(seed, block_start(path), &[World::W0], &mut ledger);
    let lane = (path - block_start(path)) as usize;
    let words = Story { model: engine.model, layout: &engine.layout, ledger: &ledger };
    let event = |e: &crate::engine::Event| StoryEvent { quarter: e.quarter, kind: kind(&e.what).into(), text: words.sentence(&e.what) };
    PathStory {
        path,
        net_loss_usd_bn: block.outcomes.first().map_or(0.0, |o| o.system(Metric::NetLoss)[lane]),
        has_bust: block.any_bust[lane] > 0.0,
        events: ledger.events().iter().map(event).collect(),
    }
}
