//! `charts` and `report`: pictures and words from a saved run; and the same for a run that has just ended.

use super::args::{Look, Report, Saved};
use super::{console, interrupt};
use bubblerisk::error::{Error, Result};
use bubblerisk::report::{self, Figure, Material, Question, Template};
use bubblerisk::results::{self, Results, files};
use bubblerisk::{analysis, charts};
use serde_json::{Value, json};
use std::fs;
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

pub fn report(args: &Report) -> Result<()> {
    let (run, talk) = (&args.saved.run, args.saved.talk);
    let template = template(&args.look)?;
    let results = results::read(run)?;
    let folder = folder_of(run);
    interrupt::begin_writing();
    write_report(&results, &folder, results::command(&folder), template)?;
    interrupt::end_writing();
    if talk.json {
        return say_json(&results, &folder);
    }
    if talk.quiet { Ok(()) } else { say_summary(&results, &folder) }
}

/// The look of the report: ours, with what the user's folder has in its place.
pub fn template(look: &Look) -> Result<Template> {
    let mut template = Template::default();
    let Some(folder) = &look.template else { return Ok(template) };
    let mut is_any = false;
    for piece in template.pieces() {
        let path = folder.join(&piece.name);
        if path.exists() {
            piece.text = fs::read_to_string(&path).map_err(|source| Error::File { action: "read", path: path.clone(), source })?;
            piece.name = path.display().to_string();
            is_any = true;
        }
    }
    if is_any {
        return Ok(template);
    }
    Err(Error::Usage(format!("--template {}: the folder has none of page.html, page.css and page.js", folder.display())))
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

/// Writes the report with its charts as one file, and with what `sensitivity` and `reverse` left beside the run.
pub fn write_report(results: &Results, folder: &Path, command: Option<String>, template: Template) -> Result<()> {
    let figures = charts::pictures(results).into_iter().map(figure).collect();
    let questions = [sensitivity(results, folder), reversal(results, folder)].into_iter().flatten().collect();
    let material = Material { figures, questions, command, template };
    files::write_whole(&folder.join(REPORT), report::html(results, &material)?.as_bytes())
}

fn figure(p: charts::Picture) -> Figure {
    Figure { name: p.name.to_string(), svg: p.svg_with_values(), alt: p.alt }
}

/// An answer left beside the run. One that cannot be read, or is about other firms, is as good as none: the command can be run again.
fn answer<T: serde::de::DeserializeOwned>(folder: &Path, command: &str) -> Option<T> {
    let text = fs::read_to_string(folder.join(command).join(format!("{command}.json"))).ok()?;
    serde_json::from_str(&text).ok()
}

fn footer(r: &Results) -> String {
    format!("{} · as of {}", r.scenario.title, r.scenario.as_of)
}

fn sensitivity(r: &Results, folder: &Path) -> Option<Question> {
    let found: analysis::sensitivity::Sensitivity = answer(folder, "sensitivity")?;
    let is_same = found.firms.iter().eq(r.firms.iter().map(|f| &f.id));
    let figures = charts::sensitivity(&found, &footer(r)).into_iter().map(figure).collect();
    is_same.then(|| Question { name: "sensitivity".into(), sections: report::sensitivity::sections(&found), figures })
}

fn reversal(r: &Results, folder: &Path) -> Option<Question> {
    let found: analysis::reverse::Reversal = answer(folder, "reverse")?;
    let is_same = found.firms.iter().map(|f| &f.0).eq(r.firms.iter().map(|f| &f.id));
    let figures = charts::reversal(&found, &footer(r)).into_iter().map(figure).collect();
    let sections = report::reverse::sections(&found, "bubblerisk explain SCENARIO --path");
    is_same.then(|| Question { name: "reverse".into(), sections, figures })
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
