//! `inspect`: load, check the plan, measure it without any simulation, write tables and a chart, say what was found.

use super::args::Inspect;
use super::{check, console};
use bubblerisk::charts;
use bubblerisk::engine::Engine;
use bubblerisk::error::{Error, Result};
use bubblerisk::lanes::Isa;
use bubblerisk::results::inspect::{self, csv_files};
use bubblerisk::results::{files, words};
use bubblerisk::{report, scenario};
use std::path::PathBuf;

pub fn inspect(args: &Inspect) -> Result<()> {
    let source = &args.source;
    let loaded = scenario::load_with(&source.scenario, &source.set, &source.without)?;
    let engine = Engine::new(&loaded.model, Isa::detect())?;
    check::financeable(&loaded.model, &engine.plan_gaps())?;
    if !engine.plan_converged() {
        return Err(Error::NotConverged("the fixed points of the no-shock plan were not reached".into()));
    }
    let found = inspect::inspect(&engine, &loaded.hash, &args.cut)?;
    let folder = files::run_folder(&args.output, &loaded.model.name).join("inspect");
    files::make_folder(&folder)?;
    let mut written: Vec<PathBuf> = Vec::new();
    for (name, text) in csv_files(&found) {
        let path = folder.join(name);
        files::write_whole(&path, text.as_bytes())?;
        written.push(path);
    }
    if let Some(picture) = charts::loops(&found) {
        let pictures = folder.join("charts");
        files::make_folder(&pictures)?;
        written.extend(charts::write(&picture, &pictures)?.files);
    }
    if args.talk.json {
        return console::say_json(&report::inspection_json(&found));
    }
    if args.talk.quiet {
        return Ok(());
    }
    let inside = |p: &PathBuf| p.strip_prefix(&folder).unwrap_or(p).display().to_string();
    let names: Vec<String> = written.iter().map(inside).collect();
    console::say(&format!("{}\nFiles: {} in {}\n", report::inspection(&found), words::list(&names), folder.display()))
}
