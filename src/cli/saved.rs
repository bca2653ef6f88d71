//! `charts` and `report`: pictures and words from a saved run; and the same for a run that has just ended.

pub mod beside;
mod siblings;

use super::args::{Look, Report, Saved};
use super::{console, interrupt};
use bubblerisk::charts;
use bubblerisk::error::{Error, Result};
use bubblerisk::report::{self, Figure, Material, Question, Template};
use bubblerisk::results::{self, Results, files};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The one-file report.
const REPORT: &str = "report.html";

pub fn charts(args: &Saved) -> Result<()> {
    let (results, folder) = (results::read(&args.run)?, folder_of(&args.run));
    let beside = beside::find(&results, &folder);
    interrupt::begin_writing();
    let own = draw(&results, &folder)?;
    let mut drawn: Vec<(&str, charts::Drawn)> = own.into_iter().map(|d| ("run", d)).collect();
    for answer in &beside.answers {
        files::make_folder(&answer.folder)?;
        for picture in &answer.pictures {
            drawn.push((answer.command, charts::write(picture, &answer.folder)?));
        }
    }
    interrupt::end_writing();
    if args.talk.json {
        let one = |(of, d): &(&str, charts::Drawn)| json!({ "of": of, "name": d.name, "title": d.title, "alt": d.alt, "files": d.files });
        return console::say_json(&json!({ "charts": drawn.iter().map(one).collect::<Vec<_>>(), "not_drawn": beside.others }));
    }
    if args.talk.quiet {
        return Ok(());
    }
    let line = |(of, d): &(&str, charts::Drawn)| {
        let of = if *of == "run" { String::new() } else { format!(" ({of})") };
        format!("{}{of}\n  {}\n", d.files.first().map_or(String::new(), |f| f.display().to_string()), d.title)
    };
    let others: String = beside.others.iter().map(|o| format!("{}\n", o.replace("shown", "drawn"))).collect();
    console::say(&(drawn.iter().map(line).collect::<String>() + &others))
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

/// Writes the report with its charts as one file, with what other commands left beside the run, and with the numbers of other runs of the same firms.
pub fn write_report(results: &Results, folder: &Path, command: Option<String>, template: Template) -> Result<()> {
    let figures = charts::pictures(results).iter().map(figure).collect();
    let beside = beside::find(results, folder);
    let question =
        |a: beside::Answer| Question { name: a.command.into(), sections: a.sections, figures: a.pictures.iter().map(figure).collect() };
    let questions = beside.answers.into_iter().map(question).collect();
    let material = Material { figures, questions, not_shown: beside.others, siblings: siblings::find(results, folder), command, template };
    files::write_whole(&folder.join(REPORT), report::html(results, &material)?.as_bytes())
}

fn figure(p: &charts::Picture) -> Figure {
    Figure { name: p.name.to_string(), svg: p.svg_with_values(), alt: p.alt.clone() }
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
