//! The scenario file: read, merged with what it extends, checked with every problem collected, and resolved to the model. No simulation.

mod drivers;
mod entry;
mod files;
mod findings;
mod grammar;
mod multiple;
mod overlay;
mod reference;
mod resolve;
mod schedule;
mod set;
mod tables;
mod tree;
mod values;
mod written;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Problem, Result};
use crate::model::{Grade, Model};
use findings::{At, Findings};

/// A scenario that is ready to run.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The model.
    pub model: Model,
    /// What a reader should know.
    pub warnings: Vec<Problem>,
    /// SHA-256, in hexadecimal, of everything that was read.
    pub hash: String,
    /// Files that were read, in order.
    pub sources: Vec<PathBuf>,
    /// Where the figures come from, entry by entry, and figure by figure where the scenario says so.
    pub provenance: Vec<Provenance>,
    /// The scenario's note.
    pub note: String,
    /// Where the figures come from as a whole.
    pub source: String,
}

/// Where the figures of an entry, or a single figure, come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// Path of the entry or figure, such as `firm.openai` or `firm.openai.cash_usd_bn`.
    pub path: String,
    /// Address or document.
    pub source: String,
    /// Date of the figures, as precise as given.
    pub as_of: String,
    /// Grade of the evidence.
    pub grade: Option<Grade>,
    /// Anything a reader should know.
    pub note: String,
}

/// A change of one number or word from outside the file, as by `--set PATH=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Path, such as `firm.openai.cash_usd_bn`.
    pub path: String,
    /// Value as in TOML.
    pub value: String,
}

/// What is wrong with a scenario, and the scenario itself if it can be used.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Every error and warning, in the order of the files.
    pub problems: Vec<Problem>,
    /// The scenario, if there is no error.
    pub loaded: Option<Loaded>,
}

/// Loads a scenario; any error in it is returned together with all others.
pub fn load(path: &Path) -> Result<Loaded> {
    load_with(path, &[], &[])
}

/// Loads a scenario without some firms or contracts, named by id or as `purchase.x`, and with changes.
pub fn load_with(path: &Path, changes: &[Override], without: &[String]) -> Result<Loaded> {
    let checked = check_with(path, changes, without);
    checked.loaded.ok_or(Error::Scenario(checked.problems))
}

/// Loads a scenario in which a purchase or procurement is sold by outside suppliers instead, on its own terms otherwise; procurements that served it shrink.
pub fn load_elsewhere(path: &Path, deal: &str) -> Result<Loaded> {
    let mut findings = Findings::default();
    let root = overlay::read(&mut findings, path, None, &mut Vec::new()).map(|mut root| {
        overlay::sell_outside(&mut findings, &mut root, deal);
        root
    });
    let checked = finish(findings, root, path, &[], &[]);
    checked.loaded.ok_or(Error::Scenario(checked.problems))
}

/// Loads a scenario from text; `name` stands for the file, against whose folder other files are taken.
pub fn load_text(name: &str, text: &str) -> Result<Loaded> {
    let checked = check_text(name, text);
    checked.loaded.ok_or(Error::Scenario(checked.problems))
}

/// Finds every problem of a scenario at once.
pub fn check(path: &Path) -> Checked {
    check_with(path, &[], &[])
}

/// The same for a changed scenario.
pub fn check_with(path: &Path, changes: &[Override], without: &[String]) -> Checked {
    let mut findings = Findings::default();
    let root = overlay::read(&mut findings, path, None, &mut Vec::new());
    finish(findings, root, path, changes, without)
}

/// The same for a text.
pub fn check_text(name: &str, text: &str) -> Checked {
    let mut findings = Findings::default();
    let file = findings.add_source(Path::new(name), files::without_mark(text.to_string()));
    let root = overlay::level(&mut findings, file, &mut Vec::new());
    finish(findings, root, Path::new(name), &[], &[])
}

/// A file's text as the places of problems count in it, for drawing the offending lines.
pub fn source_text(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok().map(files::without_mark)
}

fn finish(mut findings: Findings, root: Option<tree::Table>, path: &Path, changes: &[Override], without: &[String]) -> Checked {
    let Some(mut root) = root else { return Checked { problems: findings.into_problems(), loaded: None } };
    for name in without {
        let file = findings.add_source(Path::new("--without"), name.clone());
        overlay::remove(&mut findings, &mut root, name, At::new(file, 0..name.len().max(1)));
    }
    for change in changes {
        set::apply_text(&mut findings, &mut root, &change.path, &change.value);
    }
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let resolved = resolve::resolve(&mut findings, &root, &stem);
    let sources =
        findings.all_sources().map(|(p, _)| p.to_path_buf()).filter(|p| !p.starts_with("--set") && !p.starts_with("--without")).collect();
    let hash = hash(&findings);
    let usable = !findings.any_error();
    let problems = findings.into_problems();
    let loaded = usable.then(|| Loaded {
        model: resolved.model,
        warnings: problems.clone(),
        hash,
        sources,
        provenance: resolved.provenance,
        note: resolved.note,
        source: resolved.source,
    });
    Checked { problems, loaded }
}

/// SHA-256 over the texts in the order of reading, each after its length; where the files lie does not matter.
fn hash(findings: &Findings) -> String {
    let mut sha = Sha256::new();
    for (_, text) in findings.all_sources() {
        sha.update((text.len() as u64).to_le_bytes());
        sha.update(text.as_bytes());
    }
    sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON Schema of a scenario file, for editors. As entries may get their keys from a CSV file or from a scenario that is extended, it requires only ids.
pub fn schema() -> String {
    serde_json::to_string_pretty(&grammar::schema_for_editors()).unwrap_or_default() + "\n"
}

/// The reference of the scenario file in Markdown, docs/scenario.md.
pub fn reference() -> String {
    reference::markdown()
}

/// A commented scenario of three firms that runs, to begin with.
pub fn starter() -> &'static str {
    include_str!("starter.toml")
}

/// A commented scenario of two firms and one deal, to be filled from a news story.
pub fn deal() -> &'static str {
    include_str!("deal.toml")
}

/// A scenario that uses every table and every key once, with comments.
pub fn example() -> &'static str {
    include_str!("example.toml")
}
