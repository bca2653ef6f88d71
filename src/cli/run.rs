//! `run`: load, check the plan, simulate, write what was found, print the summary.

use super::args::Run;
use super::{check, console, saved};
use bubblerisk::engine::{self, Engine, FAN_BITS, FIRM_BITS, PathLoss, SYSTEM_BITS};
use bubblerisk::error::{Error, Problem, Result};
use bubblerisk::lanes::Isa;
use bubblerisk::model::Model;
use bubblerisk::results::{self, Facts, Origin, Results, Warning, files};
use bubblerisk::scenario::{self, Loaded};
use std::path::Path;
use std::time::Instant;

/// Warnings of the reader that are shown in the report; `check` shows all.
const MOST_WARNINGS: usize = 5;
/// Paths of a scenario without anything random: they are all the same, and this many are computed together.
const SCRIPTED_PATHS: u64 = 64;

pub fn run(args: &Run) -> Result<()> {
    let source = &args.source;
    let loaded = scenario::load_with(&source.scenario, &source.set, &source.without)?;
    let engine = Engine::new(&loaded.model, Isa::detect())?;
    check::financeable(&loaded.model, &engine.plan_gaps())?;
    if !engine.plan_converged() {
        return Err(Error::NotConverged("the fixed points of the no-shock plan were not reached".into()));
    }
    // Before the work rather than after it.
    let folder = files::run_folder(&args.output, &loaded.model.name);
    files::make_folder(&folder)?;
    let (results, losses, seconds) = simulate(args, &engine, &loaded)?;
    let results = results::finite(&results);
    // The manifest is the last file to be written: where it is, the rest is complete.
    results::open(&folder)?;
    saved::draw(&results, &folder)?;
    saved::write_report(&results, &folder)?;
    results::write(&results, args.each_path.then_some(&losses[..]), &facts(args, &loaded, seconds), &folder)?;
    say(args, &results, &folder)?;
    if results.solver.failed > 0 {
        return Err(Error::NotConverged(format!(
            "{} fixed points were not reached; the results are written but should not be used",
            results.solver.failed
        )));
    }
    Ok(())
}

/// Whether every path is the same: uncertain numbers, too, stand at their centres where nothing is random.
fn is_scripted(model: &Model) -> bool {
    !model.shocks.random && model.shocks.table.is_none()
}

fn simulate(args: &Run, engine: &Engine<'_>, loaded: &Loaded) -> Result<(Results, Vec<PathLoss>, f64)> {
    let paths = if is_scripted(&loaded.model) { SCRIPTED_PATHS } else { args.effort.paths };
    let run = engine::Run { least: args.least, ..engine::Run::new(paths, args.effort.seed) };
    let bar = console::progress(paths, !args.talk.quiet && !args.talk.json);
    let start = Instant::now();
    let simulated = engine::simulate(engine, &run, args.effort.threads, &|done| bar.inc(done))?;
    bar.finish_and_clear();
    let seconds = start.elapsed().as_secs_f64();
    let origin = Origin { hash: &loaded.hash, warnings: warnings(args, &loaded.warnings) };
    Ok((results::assemble(engine, &run, &simulated, origin)?, simulated.losses, seconds))
}

/// The reader's warnings, the first few in full.
fn warnings(args: &Run, list: &[Problem]) -> Vec<Warning> {
    let place = |p: &Problem| p.place.as_ref().map_or_else(String::new, |x| format!("{}:{}: ", x.file.display(), x.line));
    let advice = |p: &Problem| if p.hint.is_empty() { format!("expected {}", p.expected) } else { p.hint.clone() };
    let mut out: Vec<Warning> =
        list.iter().take(MOST_WARNINGS).map(|p| Warning { text: format!("{}{}", place(p), p.found), advice: advice(p) }).collect();
    if list.len() > MOST_WARNINGS {
        let text = format!("the reader of the scenario gave {} more warnings", list.len() - MOST_WARNINGS);
        out.push(Warning { text, advice: format!("bubblerisk check {}", args.source.scenario.display()) });
    }
    out
}

fn facts(args: &Run, loaded: &Loaded, seconds: f64) -> Facts {
    let width = |bits: u32| 0.5f64.powi(bits as i32);
    let threads = if args.effort.threads > 0 { args.effort.threads } else { std::thread::available_parallelism().map_or(1, usize::from) };
    Facts {
        command: command(args),
        sources: loaded.sources.iter().map(|p| p.display().to_string()).collect(),
        source: loaded.source.clone(),
        note: loaded.note.clone(),
        relative_bin_widths: vec![
            ("losses of the system".into(), width(SYSTEM_BITS)),
            ("losses of firms".into(), width(FIRM_BITS)),
            ("fans (quarters.csv)".into(), width(FAN_BITS)),
        ],
        threads,
        duration_seconds: seconds,
    }
}

/// The command that gives the same numbers again.
fn command(args: &Run) -> String {
    let mut words = vec!["bubblerisk".to_string(), "run".into(), quoted(&args.source.scenario.display().to_string())];
    words.push(format!("--paths {} --seed {}", args.effort.paths, args.effort.seed));
    if args.least {
        words.push("--least".into());
    }
    words.extend(args.source.set.iter().map(|o| format!("--set {}", quoted(&format!("{}={}", o.path, o.value)))));
    words.extend(args.source.without.iter().map(|d| format!("--without {}", quoted(d))));
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(text: &str) -> String {
    let is_plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:,@+".contains(c));
    if is_plain { text.to_string() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn say(args: &Run, results: &Results, folder: &Path) -> Result<()> {
    if args.talk.json {
        return saved::say_json(results, folder);
    }
    if args.talk.quiet {
        return Ok(());
    }
    saved::say_summary(results, folder)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(quoted("scenarios/ai-ring.toml"), "scenarios/ai-ring.toml");
        assert_eq!(quoted("purchase.*.take_or_pay=0.6"), "'purchase.*.take_or_pay=0.6'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
