//! `attribute`: which channel the loss comes through, and which firm makes the tail; or which deals it hangs on.

use super::args::{Attribute, Source};
use super::deals;
use super::question::{self, About};
use bubblerisk::analysis::{attribute, deals as parts};
use bubblerisk::error::{Error, Result};
use bubblerisk::model::Model;
use bubblerisk::results::{self, tables};
use bubblerisk::{charts, report, scenario};

/// Paths where --paths does not say: sixteen worlds cost five times a run.
const PATHS: u64 = 20_000;

pub fn attribute(args: &Attribute) -> Result<()> {
    if args.deals {
        return by_deal(args);
    }
    let loaded = scenario::load_with(&args.source.scenario, &args.source.set, &args.source.without)?;
    let engine = question::made_ready(&loaded.model)?;
    let run = question::effort(&args.effort, args.sampling, PATHS);
    let bar = question::progress(&args.answer.talk, run.paths.end);
    let found = attribute::attribute(&engine, &run, args.effort.threads, &|done| bar.inc(done))?;
    bar.finish_and_clear();
    let folder = question::folder(&args.answer, &loaded.model.name, "attribute")?;
    let written = [("channels-by-condition.csv", tables::channels_csv(&found)), ("tail.csv", tables::tail_parts_csv(&found))];
    question::write(&folder, &About::new("attribute", &loaded.hash), &found, &written)?;
    let model = engine.model;
    let results = results::attributed(results::scenario(model, &loaded.hash), results::firms(model), &found);
    for picture in charts::attribution(&results, &found, &question::footer(model)) {
        charts::write(&picture, &folder)?;
    }
    question::say(&args.answer.talk, &folder, ("attribution", &found), &report::attribute::sections(&found))?;
    question::all_solved(found.failed_solves)
}

/// The same question of purchases and investments.
fn by_deal(args: &Attribute) -> Result<()> {
    let source = &args.source;
    let loaded = scenario::load_with(&source.scenario, &source.set, &source.without)?;
    question::made_ready(&loaded.model)?;
    let (names, entries): (Vec<String>, Vec<String>) = players(source, &loaded.model)?.into_iter().unzip();
    let model_with = |is_in: &[bool]| {
        let out = entries.iter().zip(is_in).filter(|(_, is_in)| !**is_in).map(|(entry, _)| entry.clone());
        let without: Vec<String> = source.without.iter().cloned().chain(out).collect();
        scenario::load_with(&source.scenario, &source.set, &without).map(|l| l.model)
    };
    // Of every pair: nobody, all, each alone, each left out, and two orders, whose first and last coalitions are known.
    let bar = question::progress(&args.answer.talk, args.permutations / 2 * (4 * names.len() as u64).saturating_sub(4).max(2));
    let run = (args.permutations, args.effort.seed);
    let found = parts::attribute_deals(names, model_with, run, args.effort.threads, &|done| bar.inc(done))?;
    bar.finish_and_clear();
    let folder = question::folder(&args.answer, &loaded.model.name, "attribute")?;
    question::write(&folder, &About::new("deals", &loaded.hash), &found, &[("deals.csv", tables::deals_csv(&found))])?;
    if let Some(picture) = charts::deals(&found, &question::footer(&loaded.model)) {
        charts::write(&picture, &folder)?;
    }
    question::say(&args.answer.talk, &folder, ("deals", &found), &report::deals::sections(&found))?;
    question::all_solved(found.failed_solves)
}

/// The deals that are players, as they are called and as they are taken out: by table and id, since another entry may have the same id. What is changed in the
/// scenario must not be a deal, which may be out.
fn players(source: &Source, model: &Model) -> Result<Vec<(String, String)>> {
    if let Some(change) = source.set.iter().find(|o| ["purchase.", "investment.", "procurement."].iter().any(|t| o.path.starts_with(t))) {
        return Err(Error::Usage(format!(
            "--deals with --set {}: deals are taken out in turn; write the change into a scenario that extends this one",
            change.path
        )));
    }
    let is_there = |entry: &String| {
        let without: Vec<String> = source.without.iter().chain([entry]).cloned().collect();
        scenario::load_with(&source.scenario, &source.set, &without).is_ok()
    };
    let entry = |(name, kind): (String, deals::Kind)| {
        let tables = if kind == deals::Kind::Investment { ["investment", "investment"] } else { ["purchase", "procurement"] };
        let found = tables.iter().map(|table| format!("{table}.{name}")).find(is_there);
        found.map(|entry| (name.clone(), entry)).ok_or_else(|| Error::Usage(format!("--deals: without {name} the scenario cannot be read")))
    };
    let list: Vec<(String, String)> = deals::names(model).into_iter().map(entry).collect::<Result<_>>()?;
    if list.is_empty() {
        return Err(Error::Usage("--deals: the scenario has no purchase and no investment".into()));
    }
    Ok(list)
}
