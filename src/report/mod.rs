//! The report of a run in words: the same sections as text for a terminal, as one HTML file and as one JSON document. No files and no drawing.

mod amplification;
pub mod attribute;
mod basis;
mod commitments;
pub mod compare;
mod contagion;
pub mod deals;
mod drivers;
mod failures;
mod finding;
mod firms;
mod inspection;
pub mod limits;
mod lookup;
mod losses;
mod money;
mod opening;
mod order;
mod page;
mod parties;
mod reproduce;
pub mod sensitivity;
mod sources;
mod stories;
pub mod sweep;
pub mod reverse;
pub mod template;
mod text;

pub use inspection::{document as inspection_json, sections as inspection_sections, summary as inspection};
pub use page::{Figure, Material, Question, Sibling, Siblings, html};
pub use template::Template;
pub use text::{WIDTH, fitted, render as text, tabled};

use crate::results::{Given, Results, WorldName, words};
use serde::Serialize;
use serde_json::{Value, json};

/// A table of the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Grid {
    /// What it shows, with definition, world and unit.
    pub caption: String,
    /// Headings; the first column names the row.
    pub header: Vec<String>,
    /// Rows, as wide as the heading.
    pub rows: Vec<Vec<String>>,
}

/// One part of the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Section {
    /// Name for programs.
    pub id: &'static str,
    /// Heading for people.
    pub heading: String,
    /// What was found, to be read aloud.
    pub statements: Vec<String>,
    /// Tables.
    pub tables: Vec<Grid>,
    /// The rows of the results from which this was said.
    pub numbers: Value,
    /// Names of the charts that belong here.
    #[serde(skip)]
    pub figures: &'static [&'static str],
}

/// Every section in order: what was asked, of one deal after what it means for its two firms, five findings, what they rest on, how good they are.
pub fn sections(r: &Results) -> Vec<Section> {
    let findings = [losses::section(r), failures::section(r), amplification::section(r), commitments::section(r), contagion::section(r)];
    let found = findings.into_iter().flatten().enumerate();
    let numbered = found.map(|(k, s)| Section { heading: format!("{}. {}", k + 1, s.heading), ..s });
    [finding::opening(r)].into_iter().chain(numbered).chain([basis::evidence(&r.scenario), basis::accuracy(r)]).collect()
}

/// The last section of a question: how many paths it rests on, and whether every fixed point was solved.
fn accuracy_of(said: String, paths: u64, failed_solves: u64) -> Section {
    let failed = (failed_solves > 0).then(|| format!("{failed_solves} fixed points were not reached: do not use these numbers."));
    let (id, heading, numbers) = ("accuracy", "How good the numbers are".to_string(), json!({ "paths": paths }));
    Section { id, heading, statements: std::iter::once(said).chain(failed).collect(), tables: vec![], numbers, figures: &[] }
}

/// The summary for a terminal, about 100 columns wide.
pub fn summary(r: &Results) -> String {
    text::render(&r.scenario.name, &sections(r), WIDTH)
}

/// Every number of the summary as one JSON document.
pub fn json(r: &Results) -> Value {
    json!({
        "program": "bubblerisk",
        "version": r.run.version,
        "scenario": { "name": r.scenario.name, "title": r.scenario.title, "as_of": r.scenario.as_of, "sha256": r.scenario.hash },
        "run": r.run,
        "caution": opening::CAUTION,
        "sections": sections(r),
        "solver": r.solver,
        "warnings": r.warnings,
    })
}

/// Whether numbers vary by path: otherwise there are no probabilities and no intervals.
fn is_random(r: &Results) -> bool {
    r.scenario.random
}

/// The condition to speak of first: a bust if enough paths have one, for how often busts come is assumed.
fn first_condition(r: &Results) -> Given {
    if is_random(r) && r.run.bust_paths >= FEW && r.run.bust_paths < r.run.paths { Given::Bust } else { Given::All }
}

/// Conditions of which the results hold numbers, every path first.
fn conditions(r: &Results) -> Vec<Given> {
    if first_condition(r) == Given::Bust { Given::ALL.to_vec() } else { vec![Given::All] }
}

/// Fewest paths on which a statement may rest.
const FEW: u64 = 30;

/// "given a bust", "over all paths"; nothing where nothing is random.
fn under(r: &Results, given: Given) -> &'static str {
    match given {
        _ if !is_random(r) => "",
        Given::All => "over all paths",
        Given::Bust => "given a bust",
        Given::NoBust => "given no bust",
    }
}

/// A sentence made of parts, of which empty ones are left out, with a capital and a full stop.
fn sentence(parts: &[&str]) -> String {
    let text: Vec<&str> = parts.iter().map(|p| p.trim()).filter(|p| !p.is_empty()).collect();
    words::capital(&text.join(" ").replace(" ,", ",")) + "."
}

/// Definition of a world in brackets, after its name.
fn world(w: WorldName) -> String {
    format!("world {} ({})", words::world_name(w), words::world(w))
}
