//! `compare`: scenarios side by side on the same paths.

use super::args::Compare;
use super::deals::{self, Instead};
use super::question::{self, About};
use bubblerisk::analysis::compare::{self, Comparison, Variant};
use bubblerisk::charts;
use bubblerisk::error::{Error, Result};
use bubblerisk::model::Model;
use bubblerisk::report;
use bubblerisk::results::tables;
use bubblerisk::scenario::{self, Loaded, Override};
use std::path::{Path, PathBuf};

/// Paths where --paths does not say.
const PATHS: u64 = 100_000;

/// One scenario to load: its name among the variants, its file, and what is changed in it.
struct Wanted {
    name: String,
    file: PathBuf,
    set: Vec<Override>,
    without: Vec<String>,
    /// Where the first of `without` is a deal: what replaces it.
    instead: Option<Instead>,
}

pub fn compare(args: &Compare) -> Result<()> {
    let wanted = wanted(args);
    if wanted.len() < 2 {
        return Err(Error::Usage(
            "compare: nothing to compare with: name a second scenario, or --without DEAL, --set PATH=VALUE or --scale DEAL=FACTOR".into(),
        ));
    }
    let first = load(&wanted[0], None)?.0;
    let others: Vec<(Loaded, String)> = wanted[1..].iter().map(|w| load(w, Some(&first.model))).collect::<Result<_>>()?;
    let base = question::made_ready(&first.model)?;
    let variants: Vec<Variant<'_>> = others.iter().zip(&wanted[1..]).map(|(o, w)| variant(o, w)).collect::<Result<_>>()?;
    let run = question::effort(&args.effort, args.sampling, PATHS);
    let bar = question::progress(&args.answer.talk, run.paths.end);
    let found = compare::compare(&base, &variants, &run, args.effort.threads, &|done| bar.inc(done))?;
    bar.finish_and_clear();
    let folder = question::folder(&args.answer, &first.model.name, "compare")?;
    write(&found, &first, &folder)?;
    question::say(&args.answer.talk, &folder, ("comparison", &found), &report::compare::sections(&found))?;
    question::all_solved(found.failed_solves)
}

/// A variant made ready; where its plan cannot be paid for, which variant it is.
fn variant<'a>((loaded, note): &'a (Loaded, String), wanted: &Wanted) -> Result<Variant<'a>> {
    let engine = question::made_ready(&loaded.model).map_err(|e| match e {
        Error::PlanNotFinanceable(gaps) => Error::PlanNotFinanceable(format!("{}: {gaps}", wanted.name)),
        other => other,
    })?;
    Ok(Variant { name: wanted.name.clone(), note: note.clone(), engine })
}

/// The first scenario and its variants: other files, then one for each change, or one with all of them.
fn wanted(args: &Compare) -> Vec<Wanted> {
    let plain = |name: String, file: &Path| Wanted { name, file: file.into(), set: vec![], without: vec![], instead: None };
    let first = || plain("first".into(), &args.first);
    let mut list = vec![first()];
    list.extend(args.others.iter().map(|f| plain(f.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned()), f)));
    let without = args.without.iter().flat_map(|d| {
        let one = |said: &str, instead| Wanted { name: format!("without {d}{said}"), without: vec![d.clone()], instead, ..first() };
        if args.no_replacement {
            vec![one(", replaced", Some(Instead::Replaced)), one(", not replaced", Some(Instead::NotReplaced))]
        } else {
            vec![one("", None)]
        }
    });
    let set = args.set.iter().map(|o| Wanted { name: format!("{} = {}", o.path, o.value), set: vec![o.clone()], ..first() });
    let scale = args.scale.iter().map(|(d, x)| Wanted { name: format!("{d} times {x}"), set: vec![deals::times(d, *x)], ..first() });
    let changes: Vec<Wanted> = without.chain(set).chain(scale).collect();
    if args.together && changes.len() > 1 {
        let name = changes.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
        let set = changes.iter().flat_map(|c| c.set.clone()).collect();
        list.push(Wanted { name, set, without: args.without.clone(), ..first() });
    } else {
        list.extend(changes);
    }
    list
}

/// Loads a scenario, and says what it means where its name does not; `first` is that with which it is compared.
fn load(wanted: &Wanted, first: Option<&Model>) -> Result<(Loaded, String)> {
    if let (Some(first), Some(instead), Some(deal)) = (first, wanted.instead, wanted.without.first()) {
        return deals::without(&wanted.file, first, deal, instead);
    }
    Ok((scenario::load_with(&wanted.file, &wanted.set, &wanted.without)?, String::new()))
}

fn write(found: &Comparison, first: &Loaded, folder: &Path) -> Result<()> {
    let written = [
        ("differences.csv", tables::differences_csv(found)),
        ("tails.csv", tables::tail_differences_csv(found)),
        ("plan.csv", tables::plan_changes_csv(found)),
    ];
    question::write(folder, &About::new("compare", &first.hash), found, &written)?;
    if let Some(picture) = charts::comparison(found, &question::footer(&first.model)) {
        charts::write(&picture, folder)?;
    }
    Ok(())
}
