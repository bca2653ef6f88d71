//! What a reader of the results should know, with advice. No printing.

use super::types::*;

/// Fewest defaults or bust paths on which a statement should rest.
const FEW: u64 = 30;
/// Share of exposure on press and judgement above which the reader is told.
const SOFT_EVIDENCE: f64 = 0.5;

/// Warnings that follow from the results.
pub(super) fn warnings(results: &Results) -> Vec<Warning> {
    let mut list = Vec::new();
    let mut warn = |text: String, advice: &str| list.push(Warning { text, advice: advice.into() });
    let run = &results.run;
    if results.scenario.random && run.bust_paths < FEW {
        warn(
            format!("only {} of {} paths have a bust: numbers given a bust rest on little", run.bust_paths, run.paths),
            "raise --paths, or start the scenario in a bust",
        );
    }
    let s = &results.solver;
    if s.failed > 0 {
        warn(format!("{} fixed points were not reached", s.failed), "do not use these results; report the scenario");
    }
    if s.non_finite > 0 || s.saturated > 0 {
        warn(
            format!("{} numbers were not finite and {} beyond the range of the sums", s.non_finite, s.saturated),
            "look for a parameter of the wrong size with `check`",
        );
    }
    if s.unfinanceable_paths > 0 {
        warn(
            format!("on {} of {} paths the drawn parameters make even the no-shock plan unfinanceable", s.unfinanceable_paths, run.paths),
            "narrow the distributions of costs and revenue, or read losses as relative to a plan that was already short",
        );
    }
    let soft: f64 = results.scenario.exposures.iter().filter(|e| !matches!(e.grade, Some(Grade::A | Grade::B))).map(|e| e.usd_bn).sum();
    let all: f64 = results.scenario.exposures.iter().map(|e| e.usd_bn).sum();
    if all > 0.0 && soft / all > SOFT_EVIDENCE {
        warn(
            format!("{:.0} % of the exposure rests on press reports, judgement or no stated evidence", 100.0 * soft / all),
            "treat levels as illustrative; compare variants rather than quote numbers",
        );
    }
    if results.scenario.random {
        list.push(Warning {
            text: "how often busts come and how deep they are is judgement: no data on this industry identifies them".into(),
            advice: "read the numbers given a bust and given none; never quote an unconditional default probability alone".into(),
        });
    }
    list
}
