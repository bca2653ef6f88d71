//! What was asked: scenario, horizon, paths, worlds, and how to read the numbers.

use super::{Section, is_random};
use crate::results::{Results, WorldName, words};
use serde_json::json;

/// What must stand beside every probability.
pub(super) const CAUTION: &str =
    "Every number holds for this model and this scenario only, as of its date. Probabilities are not ratings, and nothing here is advice.";

/// How many paths there are, how they were chosen, and how many of them have a bust.
fn drawn(r: &Results) -> String {
    let (paths, seed) = (words::plural(r.run.paths, "path", "paths"), r.run.seed);
    let bust = r.run.bust_probability.map_or(0.0, |e| e.value);
    let Some(candidates) = r.run.candidates else {
        let (busts, share) = (words::count(r.run.bust_paths), words::exact(bust, words::Unit::Share));
        return format!("{paths}, seed {seed}; {busts} of them ({share}) have at least one bust quarter.");
    };
    format!(
        "{paths}, seed {seed}, {} among {} candidates by how severe sentiment and demand are on them; weighed by how likely they are, they count as much as {} \
         equal ones in a mean. A path has at least one bust quarter with probability {}.",
        if r.run.sampling == "importance" { "most of them from the worst sixteenth" } else { "chosen in proportion" },
        words::count(candidates),
        words::count(r.run.effective_paths as u64),
        words::exact(bust, words::Unit::Share),
    )
}

pub(super) fn section(r: &Results) -> Section {
    let s = &r.scenario;
    let span = match (s.quarters.first(), s.quarters.last()) {
        (Some(a), Some(b)) => format!("{}, {a} to {b}", words::plural(s.quarters.len() as u64, "quarter", "quarters")),
        _ => "no quarter".to_string(),
    };
    let mut statements = vec![format!("As of {}. {}; {span}.", s.as_of, words::plural(r.firms.len() as u64, "firm", "firms"))];
    if is_random(r) {
        statements.push(drawn(r));
    } else {
        statements.push("Scripted: nothing is random, so that every number is exact for this script and none is a probability.".into());
    }
    let worlds = [WorldName::W0, WorldName::W1, WorldName::W2, WorldName::W0Least];
    let run = worlds.into_iter().filter(|w| r.losses.iter().any(|row| row.world == *w) || *w == WorldName::W0);
    let named: Vec<String> = run.map(|w| format!("{}, {}", words::world_name(w), words::world(w))).collect();
    statements.push(format!("Worlds on the same shocks, path by path: {}.", named.join("; ")));
    let intervals = if is_random(r) {
        " After ±, or in brackets, stands the 95 % interval: the simulation's error, not that of the assumptions."
    } else {
        ""
    };
    statements.push(format!("Losses are positive and in USD billion, nominal.{intervals}"));
    statements.push(CAUTION.into());
    Section { id: "asked", heading: s.title.clone(), statements, tables: vec![], numbers: json!({ "run": r.run }), figures: &["ring"] }
}
