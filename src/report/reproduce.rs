//! How to get the same numbers again: the command, the seed, the hash and the version; where the tables are.

use super::Section;
use crate::results::{Results, words};
use serde_json::json;

pub(super) fn section(r: &Results, command: Option<&str>) -> Section {
    let mut statements = Vec::new();
    match command {
        Some(command) => statements.push(format!("The command: {command}")),
        None => statements.push("The command is in manifest.json, beside this file.".into()),
    }
    statements.push(format!(
        "Scenario {}, as of {}, SHA-256 {}; seed {}; {}; bubblerisk {}.",
        r.scenario.name,
        r.scenario.as_of,
        r.scenario.hash,
        r.run.seed,
        words::plural(r.run.paths, "path", "paths"),
        r.run.version
    ));
    statements.push(
        "The same hash, seed, number of paths and version give the same numbers, bit for bit, on any number of threads. The tables lie beside this file as CSV, \
         the data of each chart in charts/; docs/output.md explains every column. This page was made of the files of the run alone: bubblerisk report RUN makes it again."
            .into(),
    );
    Section {
        id: "reproduce",
        heading: "How to reproduce it".into(),
        statements,
        tables: vec![],
        numbers: json!({ "command": command, "sha256": r.scenario.hash, "seed": r.run.seed, "paths": r.run.paths, "version": r.run.version }),
        figures: &[],
    }
}
