//! `inspect`: load, check the plan, measure it without any simulation, write tables and a chart, say what was found.

use super::args::Inspect;
use super::question::{self, About};
use super::{console, interrupt};
use bubblerisk::charts;
use bubblerisk::error::Result;
use bubblerisk::results::inspect::{self, csv_files};
use bubblerisk::results::{files, words};
use bubblerisk::{report, scenario};
use std::path::PathBuf;

pub fn inspect(args: &Inspect) -> Result<()> {
    let source = &args.source;
    let loaded = scenario::load_with(&source.scenario, &source.set, &source.without)?;
    let engine = question::made_ready(&loaded.model)?;
    let found = inspect::inspect(&engine, &loaded.hash, &args.cut)?;
    let folder = question::folder(&args.answer, &loaded.model.name, "inspect")?;
    let mut written: Vec<PathBuf> = Vec::new();
    for (name, text) in csv_files(&found) {
        let path = folder.join(name);
        files::write_whole(&path, text.as_bytes())?;
        written.push(path);
    }
    question::write(&folder, &About::new("inspect", &loaded.hash), &found, &[])?;
    written.push(folder.join("inspect.json"));
    if let Some(picture) = charts::loops(&found) {
        let pictures = folder.join("charts");
        files::make_folder(&pictures)?;
        written.extend(charts::write(&picture, &pictures)?.files);
    }
    interrupt::end_writing();
    if args.answer.talk.json {
        return console::say_json(&report::inspection_json(&found));
    }
    if args.answer.talk.quiet {
        return Ok(());
    }
    let inside = |p: &PathBuf| p.strip_prefix(&folder).unwrap_or(p).display().to_string();
    let names: Vec<String> = written.iter().map(inside).collect();
    let said = report::text(&loaded.model.name, &report::inspection_sections(&found), console::width());
    let files = format!("Files: {} in {}", words::list(&names), folder.display());
    console::say(&format!("{said}\n{}", report::fitted(&files, console::width())))
}
