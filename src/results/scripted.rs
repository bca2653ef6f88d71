//! Losses by channel of a scripted scenario: its one path in all sixteen worlds. Not for random scenarios, whose channels need many paths.

use super::types::*;
use crate::engine::{Engine, Nobody, Outcome, World, shapley};

/// Losses that are split by channel.
const SPLIT: [Metric; 6] = [
    Metric::NetLoss,
    Metric::MarkToMarketLossVsPlan,
    Metric::RevenueShortfall,
    Metric::CommittedShortfall,
    Metric::ExternalCreditLoss,
    Metric::GrossLoss,
];

/// Channel rows for the system and every firm; empty for a random scenario.
pub(super) fn channels(engine: &Engine<'_>, seed: u64) -> Vec<ChannelRow> {
    let model = engine.model;
    if model.shocks.random || model.shocks.table.is_some() {
        return vec![];
    }
    let worlds: Vec<World> = (0..16).map(World::with_channels).collect();
    let block = engine.run_block(seed, 0, &worlds, &mut Nobody);
    let mut rows = Vec::new();
    for metric in SPLIT {
        rows.push(row(metric, None, |o| o.system(metric)[0], &block.outcomes));
        for i in 0..model.firms.len() {
            rows.push(row(metric, Some(i), |o| o.firm(metric, i)[0], &block.outcomes));
        }
    }
    rows
}

fn row(metric: Metric, firm: Option<usize>, loss: impl Fn(&Outcome) -> f64, outcomes: &[Outcome]) -> ChannelRow {
    let losses: Vec<f64> = outcomes.iter().map(loss).collect();
    ChannelRow {
        metric,
        firm,
        own: losses[0],
        shapley: shapley(&losses),
        one_in: std::array::from_fn(|channel| losses[1 << channel] - losses[0]),
        leave_one_out: std::array::from_fn(|channel| losses[15] - losses[15 & !(1 << channel)]),
        total: losses[15],
    }
}
