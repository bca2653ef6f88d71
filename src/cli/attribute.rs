//! `attribute`: which channel the loss comes through, and which firm makes the tail.

use super::args::Attribute;
use super::{compare, console};
use bubblerisk::analysis::attribute::{self, Attribution};
use bubblerisk::engine::{self, Sampling};
use bubblerisk::error::{Error, Result};
use bubblerisk::results::{self, Origin, files, tables};
use bubblerisk::{charts, report, scenario};
use std::path::Path;

/// Paths where --paths does not say: sixteen worlds cost five times a run.
const PATHS: u64 = 20_000;

pub fn attribute(args: &Attribute) -> Result<()> {
    let loaded = scenario::load_with(&args.source.scenario, &args.source.set, &args.source.without)?;
    let engine = compare::made_ready(&loaded.model)?;
    let sampling = Sampling::from(args.sampling);
    let run = engine::Run { sampling, ..engine::Run::new(args.effort.paths.unwrap_or(PATHS), args.effort.seed) };
    let bar = console::progress(run.paths.end, !args.talk.quiet && !args.talk.json);
    let found = attribute::attribute(&engine, &run, args.effort.threads, &|done| bar.inc(done))?;
    bar.finish_and_clear();
    let folder = files::run_folder(&args.output, &loaded.model.name).join("attribute");
    write(&found, &folder)?;
    let origin = Origin { hash: &loaded.hash, warnings: vec![] };
    if let Some(picture) = charts::picture(&results::attributed(&engine, &run, origin, &found), "channels")? {
        charts::write(&picture, &folder)?;
    }
    say(args, &found, &folder)?;
    if found.failed_solves > 0 {
        return Err(Error::NotConverged(format!("{} fixed points were not reached; the results should not be used", found.failed_solves)));
    }
    Ok(())
}

fn write(found: &Attribution, folder: &Path) -> Result<()> {
    files::make_folder(folder)?;
    files::write_whole(&folder.join("channels-by-condition.csv"), tables::channels_csv(found).as_bytes())?;
    files::write_whole(&folder.join("tail.csv"), tables::tail_parts_csv(found).as_bytes())?;
    let text = serde_json::to_string_pretty(found).map_err(|e| Error::Usage(format!("the attribution cannot be written as JSON: {e}")))?;
    files::write_whole(&folder.join("attribute.json"), (text + "\n").as_bytes())
}

fn say(args: &Attribute, found: &Attribution, folder: &Path) -> Result<()> {
    if args.talk.json {
        let sections = report::attribute::sections(found);
        return console::say_json(
            &serde_json::json!({ "folder": folder.display().to_string(), "attribution": found, "sections": sections }),
        );
    }
    if args.talk.quiet {
        return Ok(());
    }
    console::say(&format!("{}\nWritten to {}.\n", report::attribute::summary(found), folder.display()))
}
