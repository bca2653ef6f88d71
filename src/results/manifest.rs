//! The manifest of a run: what was run, on what, how exactly, and how to run it again. The only file with times and threads.

use super::words::world_name;
use super::{Given, Panel, Results};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Version of the layout of the files of a run.
pub(super) const FORMAT: u32 = 1;

/// What is known about a run beside its results. Nothing in it can change a number.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The command that gives the same numbers again, bit for bit.
    pub command: String,
    /// Files that were read.
    pub sources: Vec<String>,
    /// Where the figures come from as a whole, as the scenario says.
    pub source: String,
    /// The scenario's note.
    pub note: String,
    /// Relative widths of the bins from which quantiles that are not order statistics are read, by what is binned.
    pub relative_bin_widths: Vec<(String, f64)>,
    /// Threads.
    pub threads: usize,
    /// Seconds of simulation.
    pub duration_seconds: f64,
}

/// A finite number, or none.
fn finite(v: f64) -> Value {
    serde_json::Number::from_f64(v).map_or(Value::Null, Value::Number)
}

/// A parameter: a number, or a word for what JSON has no number for.
fn parameter(v: f64) -> Value {
    if v == f64::INFINITY { json!("infinite") } else { finite(v) }
}

fn scenario(r: &Results, facts: &Facts) -> Value {
    let s = &r.scenario;
    let exposures: f64 = s.exposures.iter().map(|e| e.usd_bn).sum();
    json!({
        "name": s.name,
        "title": s.title,
        "as_of": s.as_of,
        "sha256": s.hash,
        "sources": facts.sources,
        "source": facts.source,
        "note": facts.note,
        "horizon_quarters": s.quarters.len(),
        "first_quarter": s.quarters.first(),
        "last_quarter": s.quarters.last(),
        "random": s.random,
        "firms": r.firms.iter().map(|f| f.id.as_str()).collect::<Vec<_>>(),
        "exposure_usd_bn": finite(exposures),
    })
}

/// Which quantiles are order statistics of every path and which are read off bins.
fn accuracy(r: &Results, facts: &Facts) -> Value {
    let label = |row: &&super::LossRow| {
        let given = Given::ALL.iter().find(|g| **g == row.given).map_or("", |g| g.words());
        format!("{} in {} {given}", row.metric.name(), world_name(row.world)).trim_end().to_string()
    };
    let base = || r.losses.iter().filter(|row| row.firm.is_none() && row.panel == Panel::Base && !row.tail.is_empty());
    let widths: Map<String, Value> = facts.relative_bin_widths.iter().map(|(what, width)| (what.clone(), finite(*width))).collect();
    json!({
        "order_statistics": base().filter(|row| row.exact).map(|row| label(&row)).collect::<Vec<_>>(),
        "read_off_bins": base().filter(|row| !row.exact).map(|row| label(&row)).collect::<Vec<_>>(),
        "relative_bin_widths": widths,
        "means": "sums in fixed point over every path; the order of paths and threads does not matter",
        "intervals": "95 %: normal with a paired or delta-method error for means and ratios, ranks for quantiles, Clopper-Pearson for probabilities; they \
                      measure the simulation's error, not that of the scenario's assumptions",
    })
}

fn solver(r: &Results) -> Value {
    let s = &r.solver;
    json!({
        "failed": s.failed,
        "short_quarters": s.short_quarters,
        "most_sweeps": s.most_sweeps,
        "order_residual": finite(s.order_residual),
        "payment_residual": finite(s.payment_residual),
        "value_residual": finite(s.value_residual),
        "non_finite": s.non_finite,
        "saturated": s.saturated,
        "unfinanceable_paths": s.unfinanceable_paths,
    })
}

/// The manifest; `files` are the names of the files beside it and their SHA-256.
pub(super) fn manifest(r: &Results, facts: &Facts, files: &[(String, String)]) -> Value {
    let parameters: Map<String, Value> = r.scenario.parameters.iter().map(|(name, v)| (name.clone(), parameter(*v))).collect();
    let uncertain: Map<String, Value> = r.scenario.uncertain.iter().map(|(name, d)| (name.clone(), json!(d))).collect();
    json!({
        "format": FORMAT,
        "program": "bubblerisk",
        "version": r.run.version,
        "scenario": scenario(r, facts),
        "run": {
            "command": facts.command,
            "paths": r.run.paths,
            "variant_paths": r.run.variant_paths,
            "bust_paths": r.run.bust_paths,
            "sampling": r.run.sampling,
            "candidates": r.run.candidates,
            "effective_paths": finite(r.run.effective_paths),
            "seed": r.run.seed,
            "threads": facts.threads,
            "duration_seconds": finite((facts.duration_seconds * 1000.0).round() / 1000.0),
        },
        "solver": solver(r),
        "accuracy": accuracy(r, facts),
        "warnings": r.warnings,
        "parameters": parameters,
        "uncertain": uncertain,
        "files": files.iter().map(|(name, sha256)| json!({ "name": name, "sha256": sha256 })).collect::<Vec<_>>(),
    })
}

/// Keys of the manifest and what they hold, for docs/output.md.
pub(super) const KEYS: [(&str, &str); 17] = [
    ("format", "version of the layout of these files"),
    ("program, version", "what wrote them"),
    (
        "scenario.sha256",
        "hash of everything that was read: the same hash, seed, number of paths and version give the same numbers, bit for bit",
    ),
    ("scenario.name, title, as_of, sources, source, note, firms", "what the scenario says of itself"),
    ("scenario.horizon_quarters, first_quarter, last_quarter", "the quarters simulated"),
    ("scenario.random", "false if nothing was drawn, so that the numbers have no error"),
    ("scenario.exposure_usd_bn", "sum of the column `usd_bn` of evidence.csv"),
    ("run.command", "the command that gives the same numbers again"),
    (
        "run.paths, variant_paths, bust_paths, seed",
        "how much was simulated; `variant_paths` are those of the variants no_sentiment and look_through",
    ),
    (
        "run.sampling, candidates, effective_paths",
        "how paths were chosen, among how many, and how many equally weighted ones would give a mean of the same error if all paths were alike",
    ),
    ("run.threads, duration_seconds", "how it was simulated; these change from run to run and never change a number"),
    (
        "solver",
        "solves that failed, path-quarters in which somebody was short, most sweeps, largest residuals, numbers kept out or cut off",
    ),
    ("accuracy", "which quantiles are order statistics, which are read off bins, and how wide the bins are relative to their lower end"),
    ("warnings", "what a reader should know, with advice"),
    ("parameters", "every parameter of shocks and rules"),
    ("uncertain", "numbers drawn anew on each path, with their distributions"),
    ("files", "the other files of the run that hold numbers, with their SHA-256"),
];
