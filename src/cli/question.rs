//! What commands that ask a question of a scenario have in common: a plan that can be paid for, a run, an answer in files and words. No question's own words.

use super::args::{self, Answer, Effort, Talk};
use super::saved::beside::HASH;
use super::{check, console, interrupt};
use bubblerisk::engine::{Engine, Run, Sampling};
use bubblerisk::error::{Error, Result};
use bubblerisk::lanes::Isa;
use bubblerisk::model::Model;
use bubblerisk::report::{self, Section};
use bubblerisk::results::files;
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// An engine for a model whose plan was solved and can be paid for.
pub fn made_ready(model: &Model) -> Result<Engine<'_>> {
    let engine = Engine::new(model, Isa::detect())?;
    check::financeable(model, &engine.plan_gaps())?;
    if !engine.plan_converged() {
        return Err(Error::NotConverged(format!("the fixed points of the no-shock plan of {} were not reached", model.name)));
    }
    Ok(engine)
}

/// How much to simulate; `paths` where --paths does not say.
pub fn effort(effort: &Effort, sampling: args::Sampling, paths: u64) -> Run {
    Run { sampling: Sampling::from(sampling), ..Run::new(effort.paths.unwrap_or(paths), effort.seed) }
}

/// A progress bar on a terminal, unless the command is quiet.
pub fn progress(talk: &Talk, steps: u64) -> indicatif::ProgressBar {
    console::progress(steps, !talk.quiet && !talk.json)
}

/// What stands below every chart of a question: the scenario and its date.
pub fn footer(model: &Model) -> String {
    format!("{} · as of {}", model.title, model.as_of)
}

/// The folder of an answer, made if it is not there. Writing begins.
pub fn folder(answer: &Answer, scenario: &str, command: &str) -> Result<PathBuf> {
    let folder = files::run_folder(&answer.output, scenario).join(command);
    interrupt::make_folder(&folder)?;
    interrupt::begin_writing();
    Ok(folder)
}

/// What is stored with an answer: the name of its file, the scenario by its hash, and what its words or pictures need beside it.
pub struct About<'a> {
    pub file: &'a str,
    pub hash: &'a str,
    pub also: Vec<(&'static str, Value)>,
}

impl<'a> About<'a> {
    pub fn new(file: &'a str, hash: &'a str) -> Self {
        About { file, hash, also: vec![] }
    }
}

/// Writes tables, and the whole answer as JSON.
pub fn write(folder: &Path, about: &About<'_>, answer: &impl Serialize, tables: &[(&str, String)]) -> Result<()> {
    for (name, text) in tables {
        files::write_whole(&folder.join(name), text.as_bytes())?;
    }
    let failed = |e: serde_json::Error| Error::Usage(format!("{}: the answer cannot be written as JSON: {e}", about.file));
    let mut document = Map::new();
    document.insert(HASH.into(), about.hash.into());
    document.extend(about.also.iter().map(|(key, value)| ((*key).to_string(), value.clone())));
    if let Value::Object(found) = serde_json::to_value(answer).map_err(failed)? {
        document.extend(found);
    }
    let text = serde_json::to_string_pretty(&document).map_err(failed)?;
    files::write_whole(&folder.join(format!("{}.json", about.file)), (text + "\n").as_bytes())
}

/// Writing is done: says the answer as JSON under its name, as words, or not at all.
pub fn say(talk: &Talk, folder: &Path, (name, answer): (&str, &impl Serialize), sections: &[Section]) -> Result<()> {
    interrupt::end_writing();
    if talk.json {
        return console::say_json(&serde_json::json!({ "folder": folder.display().to_string(), name: answer, "sections": sections }));
    }
    if talk.quiet {
        return Ok(());
    }
    console::say(&format!("{}\nWritten to {}.\n", report::text(name, sections, console::width()), folder.display()))
}

/// An error if any fixed point was not reached.
pub fn all_solved(failed: u64) -> Result<()> {
    if failed > 0 {
        return Err(Error::NotConverged(format!("{failed} fixed points were not reached; the results should not be used")));
    }
    Ok(())
}

impl From<args::Sampling> for Sampling {
    fn from(written: args::Sampling) -> Sampling {
        match written {
            args::Sampling::Plain => Sampling::Plain,
            args::Sampling::Stratified => Sampling::Stratified,
            args::Sampling::Importance => Sampling::Importance,
        }
    }
}
