//! `charts` and `report`: pictures and words from a saved run; and the same for a run that has just ended.

use super::args::Saved;
use super::{console, interrupt};
use bubblerisk::charts;
use bubblerisk::error::Result;
use bubblerisk::report::{self, Figure};
use bubblerisk::results::{self, Results, files};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The one-file report.
const REPORT: &str = "report.html";

pub fn charts(args: &Saved) -> Result<()> {
    let results = results::read(&args.run)?;
    interrupt::begin_writing();
    let drawn = draw(&results, &folder_of(&args.run))?;
    interrupt::end_writing();
    if args.talk.json {
        let one = |d: &charts::Drawn| json!({ "name": d.name, "title": d.title, "alt": d.alt, "files": d.files });
        return console::say_json(&json!({ "charts": drawn.iter().map(one).collect::<Vec<_>>() }));
    }
    if args.talk.quiet {
        return Ok(());
    }
    let line = |d: &charts::Drawn| format!("{}\n  {}\n", d.files.first().map_or(String::new(), |f| f.display().to_string()), d.title);
    console::say(&drawn.iter().map(line).collect::<String>())
}

pub fn report(args: &Saved) -> Result<()> {
    let results = results::read(&args.run)?;
    let folder = folder_of(&args.run);
    interrupt::begin_writing();
    write_report(&results, &folder)?;
    interrupt::end_writing();
    if args.talk.json {
        return say_json(&results, &folder);
    }
    if args.talk.quiet { Ok(()) } else { say_summary(&results, &folder) }
}

/// The folder of a run that was named by its folder or by its `results.json`.
fn folder_of(run: &Path) -> PathBuf {
    if run.is_dir() { run.to_path_buf() } else { run.parent().map(Path::to_path_buf).unwrap_or_default() }
}

/// Draws every chart of a run into its folder `charts`, and removes those of an earlier run that it does not have.
pub fn draw(results: &Results, folder: &Path) -> Result<Vec<charts::Drawn>> {
    let folder = folder.join("charts");
    let drawn = charts::draw_all(results, &folder)?;
    for name in charts::names().filter(|n| !drawn.iter().any(|d| d.name == *n)) {
        for extension in ["svg", "png", "csv"] {
            files::remove(&folder.join(format!("{name}.{extension}")))?;
        }
    }
    Ok(drawn)
}

/// Writes the report with its charts as one file.
pub fn write_report(results: &Results, folder: &Path) -> Result<()> {
    let figure = |p: charts::Picture| Figure { name: p.name.to_string(), svg: p.svg(), alt: p.alt };
    let figures: Vec<Figure> = charts::pictures(results).into_iter().map(figure).collect();
    files::write_whole(&folder.join(REPORT), report::html(results, &figures)?.as_bytes())
}

/// Prints the summary and where the files are.
pub fn say_summary(results: &Results, folder: &Path) -> Result<()> {
    let text = report::text(&results.scenario.name, &report::sections(results), console::width());
    let at = folder.display();
    console::say(&format!(
        "{text}\nFiles: {at}/{REPORT} to read; {at}/charts/ pictures; {at}/*.csv tables; {at}/manifest.json how to run it again.\n"
    ))
}

/// Prints everything that the summary says as one JSON document.
pub fn say_json(results: &Results, folder: &Path) -> Result<()> {
    let mut document = report::json(results);
    if let Value::Object(map) = &mut document {
        map.insert("folder".into(), json!(folder.display().to_string()));
    }
    console::say_json(&document)
}
