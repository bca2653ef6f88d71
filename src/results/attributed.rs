//! An attribution as results that the chart of channels can draw: scenario, firms and channels, nothing else.

use super::types::*;
use super::{Origin, plan};
use crate::analysis::attribute::Attribution;
use crate::engine::{Engine, Run};

/// Results with the channels of an attribution over every path.
pub fn attributed(engine: &Engine<'_>, run: &Run, origin: Origin<'_>, a: &Attribution) -> Results {
    let channel = |s: &crate::analysis::attribute::Split| ChannelRow {
        metric: s.metric,
        firm: s.firm,
        own: s.own.value,
        shapley: s.shapley.map(|e| e.value),
        one_in: s.one_in.map(|e| e.value),
        leave_one_out: s.leave_one_out.map(|e| e.value),
        total: s.total.value,
    };
    Results {
        scenario: plan::scenario(engine.model, origin.hash),
        run: RunInfo {
            paths: a.paths,
            variant_paths: 0,
            bust_paths: a.bust_paths,
            bust_probability: None,
            sampling: run.sampling.name().into(),
            candidates: None,
            effective_paths: a.effective_paths,
            seed: a.seed,
            version: env!("CARGO_PKG_VERSION").into(),
        },
        firms: plan::firms(engine.model),
        losses: vec![],
        exceedance: vec![],
        histogram: vec![],
        defaults: vec![],
        joint: vec![],
        default_counts: vec![],
        gross_over_net: vec![],
        amplification: vec![],
        fans: vec![],
        convergence: vec![],
        contagion: vec![],
        contracts: vec![],
        plan: vec![],
        flows: vec![],
        channels: a.splits.iter().filter(|s| s.given == Given::All).map(channel).collect(),
        stories: vec![],
        solver: SolverReport { failed: a.failed_solves, ..SolverReport::default() },
        warnings: origin.warnings,
    }
}
