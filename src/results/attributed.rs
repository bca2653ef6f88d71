//! An attribution as results that the chart of channels can draw: scenario, firms and channels, nothing else.

use super::types::*;
use crate::analysis::attribute::Attribution;

/// Results with the channels of an attribution over every path.
pub fn attributed(scenario: ScenarioInfo, firms: Vec<FirmInfo>, a: &Attribution) -> Results {
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
        scenario,
        run: RunInfo {
            paths: a.paths,
            variant_paths: 0,
            bust_paths: a.bust_paths,
            bust_probability: None,
            sampling: String::new(),
            candidates: None,
            effective_paths: a.effective_paths,
            seed: a.seed,
            version: env!("CARGO_PKG_VERSION").into(),
        },
        firms,
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
        warnings: vec![],
    }
}
