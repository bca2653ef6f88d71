//! `compare --vary`: one or two inputs over a grid, on the same paths.

use super::args::{Compare, Named, Vary};
use super::deals;
use super::question::{self, About};
use super::saved::beside::MEASURE;
use bubblerisk::analysis::sweep::{self, Input, Measure, Sweep};
use bubblerisk::charts;
use bubblerisk::error::{Error, Result};
use bubblerisk::model::Model;
use bubblerisk::report;
use bubblerisk::results::{self, tables, words};
use bubblerisk::scenario::{self, Loaded, Override};
use std::path::Path;

/// Paths where --paths does not say: every point costs as much as a run of a scenario.
const PATHS: u64 = 20_000;

pub fn sweep(args: &Compare) -> Result<()> {
    let loaded = scenario::load_with(&args.first, &[], &[])?;
    let base = question::made_ready(&loaded.model)?;
    let inputs: Vec<Input> = args.vary.iter().map(|v| input(&loaded.model, v)).collect::<Result<_>>()?;
    let levels = args.level.iter().map(|(m, x)| Ok((measure(&loaded.model, "--level", m)?, *x))).collect::<Result<Vec<_>>>()?;
    let shown = args.measure.as_ref().map(|m| measure(&loaded.model, "--measure", m)).transpose()?;
    let run = question::effort(&args.effort, args.sampling, PATHS);
    let bar = question::progress(&args.answer.talk, 1 + inputs.iter().map(|i| i.values.len() as u64).product::<u64>());
    let model_at = |at: &[f64]| model_at(&args.first, &args.vary, at);
    let found = sweep::sweep(&base, inputs, model_at, &levels, (&run, args.effort.threads), &|done| bar.inc(done))?;
    bar.finish_and_clear();
    let folder = question::folder(&args.answer, &loaded.model.name, "compare")?;
    write(&found, shown, &loaded, &folder)?;
    question::say(&args.answer.talk, &folder, ("sweep", &found), &report::sweep::sections(&found))?;
    question::all_solved(found.failed_solves)
}

fn write(found: &Sweep, shown: Option<Measure>, loaded: &Loaded, folder: &Path) -> Result<()> {
    let also = shown.map(|m| (MEASURE, serde_json::json!(m))).into_iter().collect();
    let about = About { also, ..About::new("sweep", &loaded.hash) };
    question::write(folder, &about, found, &[("sweep.csv", tables::sweep_csv(found))])?;
    if let Some(picture) = charts::sweep(found, shown, &question::footer(&loaded.model)) {
        charts::write(&picture, folder)?;
    }
    Ok(())
}

/// Whether a name is a deal's, whose size is varied, and not a path.
fn is_deal(name: &str) -> bool {
    !name.contains('.')
}

fn input(model: &Model, vary: &Vary) -> Result<Input> {
    let Vary { name, values, is_log } = vary.clone();
    if is_deal(&name) {
        deals::kind(model, "--vary", &name)?;
        if let Some(v) = values.iter().find(|v| **v < 0.0) {
            return Err(Error::Usage(format!("--vary {name}: a deal cannot be {v} times its size")));
        }
        return Ok(Input { name, is_deal: true, values, is_log, base: Some(1.0), is_drawn: false });
    }
    let known = results::parameters(model);
    let mut there = known.iter().filter(|(path, _)| is_meant(&name, path)).map(|(_, v)| *v);
    let base = there.next().filter(|first| there.all(|v| v == *first));
    let is_drawn = model.uncertain.iter().any(|u| is_meant(&name, &u.name));
    Ok(Input { name, is_deal: false, values, is_log, base, is_drawn })
}

/// Whether a path, in which `*` may stand for an id, means another.
fn is_meant(pattern: &str, path: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) = (pattern.split('.').collect(), path.split('.').collect());
    a.len() == b.len() && a.iter().zip(&b).all(|(p, q)| *p == "*" || p == q)
}

fn model_at(file: &Path, vary: &[Vary], at: &[f64]) -> Result<Model> {
    let change = |(v, x): (&Vary, &f64)| {
        if is_deal(&v.name) { deals::times(&v.name, *x) } else { Override { path: v.name.clone(), value: x.to_string() } }
    };
    let set: Vec<Override> = vary.iter().zip(at).map(change).collect();
    Ok(scenario::load_with(file, &set, &[])?.model)
}

fn measure(model: &Model, flag: &str, named: &Named) -> Result<Measure> {
    Ok(match named {
        Named::Mean => Measure::MeanNetLoss,
        Named::Es99 => Measure::Es99NetLoss,
        Named::Amplification => Measure::Amplification,
        Named::Defaults => Measure::Defaults,
        Named::Credit => Measure::CreditLoss,
        Named::Default(firm) => Measure::Default(model.firms.iter().position(|f| f.id == *firm).ok_or_else(|| {
            let ids: Vec<String> = model.firms.iter().map(|f| f.id.clone()).collect();
            Error::Usage(format!("{flag} default({firm}): there is no firm of this name; there are {}", words::list(&ids)))
        })?),
    })
}
