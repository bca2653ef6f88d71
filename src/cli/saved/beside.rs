//! Answers of other commands that lie beside a run and are about the same scenario: their sections and their pictures, from their JSON. Not the run's own.

use bubblerisk::analysis::{
    attribute::Attribution, compare::Comparison, deals::DealAttribution, reverse::Reversal, sensitivity::Sensitivity, sweep::Sweep,
};
use bubblerisk::charts::{self, Picture};
use bubblerisk::report::{self, Section};
use bubblerisk::results::inspect::Inspection;
use bubblerisk::results::{self, Results};
use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The key of an answer under which the scenario's hash stands, as in results.json.
pub const HASH: &str = "scenario_sha256";
/// The key of the measure that a sweep was asked to draw largest.
pub const MEASURE: &str = "drawn_measure";
/// The key of the command that replays a path of an answer.
pub const REPLAY: &str = "replay";

/// One answer.
pub struct Answer {
    /// The command, as it is typed.
    pub command: &'static str,
    /// The folder of its pictures.
    pub folder: PathBuf,
    pub sections: Vec<Section>,
    pub pictures: Vec<Picture>,
}

/// What lies beside a run.
#[derive(Default)]
pub struct Beside {
    pub answers: Vec<Answer>,
    /// A line for each answer that is not about the scenario of the run.
    pub others: Vec<String>,
}

type Read = fn(&Results, &Value) -> Option<(Vec<Section>, Vec<Picture>)>;

/// Commands, the files of their answers and the folders of their pictures, in the order of the page.
const KINDS: [(&str, &str, &str, Read); 7] = [
    ("sensitivity", "sensitivity/sensitivity.json", "sensitivity", sensitivity),
    ("attribute", "attribute/attribute.json", "attribute", attribution),
    ("attribute --deals", "attribute/deals.json", "attribute", deals),
    ("compare", "compare/compare.json", "compare", comparison),
    ("compare --vary", "compare/sweep.json", "compare", sweep),
    ("reverse", "reverse/reverse.json", "reverse", reversal),
    ("inspect", "inspect/inspect.json", "inspect/charts", inspection),
];

/// Every answer in the folder of a run.
pub fn find(r: &Results, folder: &Path) -> Beside {
    let mut found = Beside::default();
    for (command, file, pictures, read) in KINDS {
        let Ok(text) = fs::read_to_string(folder.join(file)) else { continue };
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        let whose = value.get(HASH).and_then(Value::as_str);
        if whose != Some(r.scenario.hash.as_str()) {
            let why = if whose.is_some() { "of another scenario than this run" } else { "and does not say of which scenario" };
            found.others.push(format!("{file} is an answer of bubblerisk {command} {why}: it is not shown."));
        } else if let Some((sections, pictures_drawn)) = read(r, &value) {
            found.answers.push(Answer { command, folder: folder.join(pictures), sections, pictures: pictures_drawn });
        } else {
            found.others.push(format!("{file} was written by another version of bubblerisk {command}: it is not shown."));
        }
    }
    found
}

fn parsed<'a, T: Deserialize<'a>>(value: &'a Value) -> Option<T> {
    T::deserialize(value).ok()
}

fn footer(r: &Results) -> String {
    format!("{} · as of {}", r.scenario.title, r.scenario.as_of)
}

fn sensitivity(r: &Results, value: &Value) -> Option<(Vec<Section>, Vec<Picture>)> {
    let found: Sensitivity = parsed(value)?;
    Some((report::sensitivity::sections(&found), charts::sensitivity(&found, &footer(r))))
}

fn attribution(r: &Results, value: &Value) -> Option<(Vec<Section>, Vec<Picture>)> {
    let found: Attribution = parsed(value)?;
    let means = results::attributed(r.scenario.clone(), r.firms.clone(), &found);
    Some((report::attribute::sections(&found), charts::attribution(&means, &found, &footer(r))))
}

fn deals(r: &Results, value: &Value) -> Option<(Vec<Section>, Vec<Picture>)> {
    let found: DealAttribution = parsed(value)?;
    Some((report::deals::sections(&found), charts::deals(&found, &footer(r)).into_iter().collect()))
}

fn comparison(r: &Results, value: &Value) -> Option<(Vec<Section>, Vec<Picture>)> {
    let found: Comparison = parsed(value)?;
    Some((report::compare::sections(&found), charts::comparison(&found, &footer(r)).into_iter().collect()))
}

fn sweep(r: &Results, value: &Value) -> Option<(Vec<Section>, Vec<Picture>)> {
    let found: Sweep = parsed(value)?;
    let shown = value.get(MEASURE).and_then(parsed);
    Some((report::sweep::sections(&found), charts::sweep(&found, shown, &footer(r)).into_iter().collect()))
}

fn reversal(r: &Results, value: &Value) -> Option<(Vec<Section>, Vec<Picture>)> {
    let found: Reversal = parsed(value)?;
    let replay = value.get(REPLAY).and_then(Value::as_str).unwrap_or("bubblerisk explain SCENARIO --path");
    Some((report::reverse::sections(&found, replay), charts::reversal(&found, &footer(r)).into_iter().collect()))
}

fn inspection(_: &Results, value: &Value) -> Option<(Vec<Section>, Vec<Picture>)> {
    let found: Inspection = parsed(value)?;
    // The evidence is the run's, which stands on the page already.
    let sections = report::inspection_sections(&found).into_iter().filter(|s| s.id != "evidence").collect();
    Some((sections, charts::loops(&found).into_iter().collect()))
}
