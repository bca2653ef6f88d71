//! `run`: load, check the plan, simulate, write what was found, print the summary.

use super::args::{self, Run};
use super::{console, interrupt, question, saved};
use bubblerisk::engine::{self, Engine, FAN_BITS, FIRM_BITS, SYSTEM_BITS, Sampling, Simulated};
use bubblerisk::error::{Error, Problem, Result};
use bubblerisk::model::Model;
use bubblerisk::report::Template;
use bubblerisk::results::{self, Facts, Origin, Results, Target, Warning, files};
use bubblerisk::scenario::{self, Loaded};
use bubblerisk::stats::Estimate;
use std::path::Path;
use std::time::Instant;

/// Warnings of the reader that are shown in the report; `check` shows all.
const MOST_WARNINGS: usize = 5;
/// Paths of a scenario without anything random: they are all the same, and this many are computed together.
pub const SCRIPTED_PATHS: u64 = 64;
/// Most paths of a run with --until, where --paths does not say.
const MOST_UNTIL: u64 = 10_000_000;

/// What was simulated.
pub struct Found {
    /// How much.
    pub run: engine::Run,
    /// Its sums.
    pub simulated: Simulated,
    /// Seconds that it took.
    pub seconds: f64,
    /// A target that was missed.
    pub warning: Option<Warning>,
}

pub fn run(args: &Run) -> Result<()> {
    let source = &args.source;
    let loaded = scenario::load_with(&source.scenario, &source.set, &source.without)?;
    let engine = question::made_ready(&loaded.model)?;
    // Before the work rather than after it.
    let template = saved::template(&args.look)?;
    let folder = files::run_folder(&args.output, &loaded.model.name);
    interrupt::make_folder(&folder)?;
    let found = simulate(args, &engine, &loaded)?;
    let results = leave(args, &engine, &loaded, &found, &folder, template)?;
    interrupt::end_writing();
    say(args, &results, &folder)?;
    if results.solver.failed > 0 {
        return Err(Error::NotConverged(format!(
            "{} fixed points were not reached; the results are written but should not be used",
            results.solver.failed
        )));
    }
    Ok(())
}

/// Writes tables, charts, report and manifest. Writing has begun when this returns.
pub fn leave(args: &Run, engine: &Engine<'_>, loaded: &Loaded, found: &Found, folder: &Path, look: Template) -> Result<Results> {
    let warnings = warnings(args, &loaded.warnings).into_iter().chain(found.warning.clone()).collect();
    let origin = Origin { hash: &loaded.hash, warnings };
    let results = results::finite(&results::assemble(engine, &found.run, &found.simulated, origin)?);
    // The manifest is the last file to be written: where it is, the rest is complete.
    interrupt::begin_writing();
    results::open(folder)?;
    saved::draw(&results, folder)?;
    let facts = facts(args, loaded, found.seconds);
    saved::write_report(&results, folder, Some(facts.command.clone()), look)?;
    results::write(&results, args.each_path.then_some(&found.simulated), &facts, folder)?;
    Ok(results)
}

/// Whether every path is the same: uncertain numbers, too, stand at their centres where nothing is random.
pub fn is_scripted(model: &Model) -> bool {
    !model.shocks.random && model.shocks.table.is_none()
}

fn simulate(args: &Run, engine: &Engine<'_>, loaded: &Loaded) -> Result<Found> {
    let paths = if is_scripted(&loaded.model) { SCRIPTED_PATHS } else { args.effort.paths() };
    let sampling = Sampling::from(args.sampling);
    let run = engine::Run { least: args.least, sampling, ..engine::Run::new(paths, args.effort.seed) };
    let start = Instant::now();
    let (run, simulated, warning) = match &args.until {
        Some(text) => until(args, engine, run, &Target::parse(text, &loaded.model)?)?,
        None => {
            let bar = console::progress(paths, !args.talk.quiet && !args.talk.json);
            let simulated = engine::simulate(engine, &run, args.effort.threads, &|done| bar.inc(done))?;
            bar.finish_and_clear();
            (run, simulated, None)
        }
    };
    Ok(Found { run, simulated, seconds: start.elapsed().as_secs_f64(), warning })
}

/// Simulates until the target is met, telling how far it is after each look; with a warning if the paths did not suffice.
fn until(args: &Run, engine: &Engine<'_>, run: engine::Run, target: &Target) -> Result<(engine::Run, Simulated, Option<Warning>)> {
    if is_scripted(engine.model) {
        return Err(Error::Usage("--until: nothing is random in this scenario, so that every number is exact already".into()));
    }
    let is_loud = !args.talk.quiet && !args.talk.json;
    let bar = console::progress(args.effort.paths.unwrap_or(MOST_UNTIL), is_loud);
    let tell = |paths: u64, found: Option<&Estimate>| {
        let so_far = found.map_or_else(
            || "rests on too little yet".to_string(),
            |e| format!("{} ± {:.2} %", results::words::number(e.value, 6), 100.0 * Target::relative_half_width(e)),
        );
        if is_loud {
            bar.suspend(|| console::complain(&format!("{} paths: {} {so_far}\n", results::words::count(paths), target.name())));
        }
    };
    let most = args.effort.paths.unwrap_or(MOST_UNTIL);
    let (run, simulated, is_met) = target.pursue(engine, run, most, args.effort.threads, &|done| bar.inc(done), tell)?;
    bar.finish_and_clear();
    let text = format!("the interval of {} is wider than was asked for with --until '{}'", target.name(), target.text);
    let missed = (!is_met).then(|| Warning { text, advice: "allow more paths with --paths, or ask for less".into() });
    Ok((run, simulated, missed))
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
pub fn command(args: &Run) -> String {
    let mut words = vec!["bubblerisk".to_string(), "run".into(), quoted(&args.source.scenario.display().to_string())];
    match &args.until {
        Some(target) => {
            words.push(format!("--until {}", quoted(target)));
            words.extend(args.effort.paths.map(|n| format!("--paths {n}")));
            words.push(format!("--seed {}", args.effort.seed));
        }
        None => words.push(format!("--paths {} --seed {}", args.effort.paths(), args.effort.seed)),
    }
    if args.sampling != args::Sampling::Plain {
        words.push(format!("--sampling {}", format!("{:?}", args.sampling).to_lowercase()));
    }
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
