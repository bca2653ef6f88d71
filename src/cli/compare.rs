//! `compare`: scenarios side by side on the same paths.

use super::args::{self, Compare};
use super::{check, console};
use bubblerisk::analysis::compare::{self, Comparison, Variant};
use bubblerisk::charts;
use bubblerisk::engine::{self, Engine, Sampling};
use bubblerisk::error::{Error, Result};
use bubblerisk::lanes::Isa;
use bubblerisk::model::Model;
use bubblerisk::report;
use bubblerisk::results::{files, tables};
use bubblerisk::scenario::{self, Loaded, Override};
use std::path::{Path, PathBuf};

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
    let mut engines = loaded.iter().map(|l| made_ready(&l.model)).collect::<Result<Vec<_>>>()?.into_iter();
    let base = engines.next().ok_or_else(|| Error::Usage("compare: no scenario".into()))?;
    let variants: Vec<Variant<'_>> = engines.zip(&wanted[1..]).map(|(engine, w)| Variant { name: w.name.clone(), engine }).collect();
    let sampling = Sampling::from(args.sampling);
    let run = engine::Run { sampling, ..engine::Run::new(args.effort.paths(), args.effort.seed) };
    let bar = console::progress(run.paths.end, !args.talk.quiet && !args.talk.json);
    let found = compare::compare(&base, &variants, &run, args.effort.threads, &|done| bar.inc(done))?;
    bar.finish_and_clear();
    let folder = files::run_folder(&args.output, &loaded[0].model.name).join("compare");
    write(&found, &loaded[0], &folder)?;
    say(args, &found, &folder)?;
    if found.failed_solves > 0 {
        return Err(Error::NotConverged(format!("{} fixed points were not reached; the results should not be used", found.failed_solves)));
    }
    Ok(())
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
            "--scale {deal}: there is no purchase or investment of this name; `bubblerisk check` lists what a scenario has"
        )));
    }
    numbers.into_iter().for_each(|x| *x *= factor);
    Ok(())
}

/// An engine for a model whose plan can be paid for.
pub(super) fn made_ready(model: &Model) -> Result<Engine<'_>> {
    let engine = Engine::new(model, Isa::detect())?;
    check::financeable(model, &engine.plan_gaps())?;
    if !engine.plan_converged() {
        return Err(Error::NotConverged(format!("the fixed points of the no-shock plan of {} were not reached", model.name)));
    }
    Ok(engine)
}

fn write(found: &Comparison, first: &Loaded, folder: &Path) -> Result<()> {
    files::make_folder(folder)?;
    files::write_whole(&folder.join("differences.csv"), tables::differences_csv(found).as_bytes())?;
    files::write_whole(&folder.join("tails.csv"), tables::tail_differences_csv(found).as_bytes())?;
    let text = serde_json::to_string_pretty(found).map_err(|e| Error::Usage(format!("the comparison cannot be written as JSON: {e}")))?;
    files::write_whole(&folder.join("compare.json"), (text + "\n").as_bytes())?;
    let footer = format!("{} · as of {}", first.model.title, first.model.as_of);
    charts::draw_comparison(found, &footer, folder).map(|_| ())
}

fn say(args: &Compare, found: &Comparison, folder: &Path) -> Result<()> {
    if args.talk.json {
        let sections = report::compare::sections(found);
        return console::say_json(
            &serde_json::json!({ "folder": folder.display().to_string(), "comparison": found, "sections": sections }),
        );
    }
    if args.talk.quiet {
        return Ok(());
    }
    console::say(&format!("{}\nWritten to {}.\n", report::compare::summary(found), folder.display()))
}

impl From<args::Sampling> for Sampling {
    fn from(written: args::Sampling) -> Sampling {
        match written {
            args::Sampling::Plain => Sampling::Plain,
            args::Sampling::Stratified => Sampling::Stratified,
            args::Sampling::Importance => Sampling::Importance,
        }
    }
}
