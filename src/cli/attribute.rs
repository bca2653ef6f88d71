//! `attribute`: which channel the loss comes through, and which firm makes the tail.

use super::args::Attribute;
use super::question;
use bubblerisk::analysis::attribute;
use bubblerisk::error::Result;
use bubblerisk::results::{self, Origin, tables};
use bubblerisk::{charts, report, scenario};

/// Paths where --paths does not say: sixteen worlds cost five times a run.
const PATHS: u64 = 20_000;

pub fn attribute(args: &Attribute) -> Result<()> {
    let loaded = scenario::load_with(&args.source.scenario, &args.source.set, &args.source.without)?;
    let engine = question::made_ready(&loaded.model)?;
    let run = question::effort(&args.effort, args.sampling, PATHS);
    let bar = question::progress(&args.answer.talk, run.paths.end);
    let found = attribute::attribute(&engine, &run, args.effort.threads, &|done| bar.inc(done))?;
    bar.finish_and_clear();
    let folder = question::folder(&args.answer, &loaded.model.name, "attribute")?;
    let written = [("channels-by-condition.csv", tables::channels_csv(&found)), ("tail.csv", tables::tail_parts_csv(&found))];
    question::write(&folder, "attribute", &found, &written)?;
    let origin = Origin { hash: &loaded.hash, warnings: vec![] };
    if let Some(picture) = charts::picture(&results::attributed(&engine, &run, origin, &found), "channels")? {
        charts::write(&picture, &folder)?;
    }
    let (sections, words) = (report::attribute::sections(&found), || report::attribute::summary(&found));
    question::say(&args.answer.talk, &folder, ("attribution", &found), &sections, words)?;
    question::all_solved(found.failed_solves)
}
