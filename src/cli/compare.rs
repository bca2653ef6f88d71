//! `compare`: scenarios side by side on the same paths.

use super::args::Compare;
use super::question;
use bubblerisk::analysis::compare::{self, Comparison, Variant};
use bubblerisk::charts;
use bubblerisk::error::{Error, Result};
use bubblerisk::model::Model;
use bubblerisk::report;
use bubblerisk::results::{tables, words};
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
    scale: Vec<(String, f64)>,
}

pub fn compare(args: &Compare) -> Result<()> {
    let wanted = wanted(args);
    if wanted.len() < 2 {
        return Err(Error::Usage(
            "compare: nothing to compare with: name a second scenario, or --without DEAL, --set PATH=VALUE or --scale DEAL=FACTOR".into(),
        ));
    }
    let loaded: Vec<Loaded> = wanted.iter().map(load).collect::<Result<_>>()?;
    let mut engines = loaded.iter().map(|l| question::made_ready(&l.model)).collect::<Result<Vec<_>>>()?.into_iter();
    let base = engines.next().ok_or_else(|| Error::Usage("compare: no scenario".into()))?;
    let variants: Vec<Variant<'_>> = engines.zip(&wanted[1..]).map(|(engine, w)| Variant { name: w.name.clone(), engine }).collect();
    let run = question::effort(&args.effort, args.sampling, PATHS);
    let bar = question::progress(&args.answer.talk, run.paths.end);
    let found = compare::compare(&base, &variants, &run, args.effort.threads, &|done| bar.inc(done))?;
    bar.finish_and_clear();
    let folder = question::folder(&args.answer, &loaded[0].model.name, "compare")?;
    write(&found, &loaded[0], &folder)?;
    let (sections, words) = (report::compare::sections(&found), || report::compare::summary(&found));
    question::say(&args.answer.talk, &folder, ("comparison", &found), &sections, words)?;
    question::all_solved(found.failed_solves)
}

/// The first scenario and its variants: other files, then one for each change, or one with all of them.
fn wanted(args: &Compare) -> Vec<Wanted> {
    let plain = |name: String, file: &Path| Wanted { name, file: file.into(), set: vec![], without: vec![], scale: vec![] };
    let first = || plain("first".into(), &args.first);
    let mut list = vec![first()];
    list.extend(args.others.iter().map(|f| plain(f.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned()), f)));
    let without = args.without.iter().map(|d| Wanted { name: format!("without {d}"), without: vec![d.clone()], ..first() });
    let set = args.set.iter().map(|o| Wanted { name: format!("{} = {}", o.path, o.value), set: vec![o.clone()], ..first() });
    let scale = args.scale.iter().map(|(d, x)| Wanted { name: format!("{d} times {x}"), scale: vec![(d.clone(), *x)], ..first() });
    let changes: Vec<Wanted> = without.chain(set).chain(scale).collect();
    if args.together && changes.len() > 1 {
        let name = changes.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
        list.push(Wanted { name, set: args.set.clone(), without: args.without.clone(), scale: args.scale.clone(), ..first() });
    } else {
        list.extend(changes);
    }
    list
}

fn load(wanted: &Wanted) -> Result<Loaded> {
    let mut loaded = scenario::load_with(&wanted.file, &wanted.set, &wanted.without)?;
    for (deal, factor) in &wanted.scale {
        scale(&mut loaded.model, deal, *factor)?;
    }
    Ok(loaded)
}

/// Multiplies the money of a deal: the schedule of a purchase, or every tranche of an investment.
fn scale(model: &mut Model, deal: &str, factor: f64) -> Result<()> {
    let purchases = model.purchases.iter_mut().filter(|p| p.id == deal).map(|p| &mut p.numbers.scale);
    let part_of = |id: &str| id.strip_prefix(deal).is_some_and(|rest| rest.starts_with('.'));
    let tranches = model.tranches.iter_mut().filter(|t| part_of(&t.id)).map(|t| &mut t.numbers.amount_usd_bn);
    let numbers: Vec<&mut f64> = purchases.chain(tranches).collect();
    if numbers.is_empty() {
        return Err(Error::Usage(format!(
            "--scale {deal}: there is no purchase or investment of this name; there are {}",
            words::list(&deals(model))
        )));
    }
    numbers.into_iter().for_each(|x| *x *= factor);
    Ok(())
}

/// Names of the purchases and investments of a model.
fn deals(model: &Model) -> Vec<String> {
    let investments = model.tranches.iter().map(|t| t.id.rsplit_once('.').map_or(t.id.as_str(), |(deal, _)| deal));
    let mut names: Vec<String> = model.purchases.iter().map(|p| p.id.as_str()).chain(investments).map(str::to_string).collect();
    names.dedup();
    names
}

fn write(found: &Comparison, first: &Loaded, folder: &Path) -> Result<()> {
    let written = [("differences.csv", tables::differences_csv(found)), ("tails.csv", tables::tail_differences_csv(found))];
    question::write(folder, "compare", found, &written)?;
    let footer = format!("{} · as of {}", first.model.title, first.model.as_of);
    charts::draw_comparison(found, &footer, folder).map(|_| ())
}
