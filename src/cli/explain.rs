//! `explain`: one path replayed alone, in words, with every transfer and the transactions-flow matrix beside.

use super::args::{Explain, Replayed};
use super::{check, console, interrupt};
use bubblerisk::engine::{self, Block, Engine, Ledger, World, block_start};
use bubblerisk::error::{Error, Result};
use bubblerisk::lanes::Isa;
use bubblerisk::model::{Metric, WorldName};
use bubblerisk::report;
use bubblerisk::results::files;
use bubblerisk::results::story::{Story, kind};
use bubblerisk::results::words::{self, Unit};
use bubblerisk::scenario;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Losses of the path that are named, in the order of the text.
const LOSSES: [Metric; 5] =
    [Metric::NetLoss, Metric::NetLossFromToday, Metric::RevenueShortfall, Metric::CommittedShortfall, Metric::ExternalCreditLoss];

/// The path, what it lost and what happened.
struct Replay<'a> {
    path: u64,
    args: &'a Explain,
    block: Block,
    story: Story<'a>,
}

pub fn explain(args: &Explain) -> Result<()> {
    let source = &args.source;
    let loaded = scenario::load_with(&source.scenario, &source.set, &source.without)?;
    let engine = Engine::new(&loaded.model, Isa::detect())?;
    check::financeable(&loaded.model, &engine.plan_gaps())?;
    let folder = files::run_folder(&args.output, &loaded.model.name);
    interrupt::make_folder(&folder)?;
    let path = which(args, &engine)?;
    let mut ledger = Ledger::of_path(path, 0);
    let block = engine.run_block(args.effort.seed, block_start(path), &[world(args.world)], &mut ledger);
    let story = Story { model: &loaded.model, layout: &engine.layout, ledger: &ledger };
    let replay = Replay { path, args, block, story };
    let stem = format!(
        "explain-path-{path}{}",
        if args.world == Replayed::W0 { String::new() } else { format!("-{}", words::world_name(name(args.world))) }
    );
    let written = [(format!("{stem}.csv"), replay.story.transfers_csv()), (format!("{stem}-matrix.csv"), replay.story.matrix_csv())];
    let mut paths = Vec::new();
    interrupt::begin_writing();
    for (name, text) in written {
        let path = folder.join(name);
        files::write_whole(&path, text.as_bytes())?;
        paths.push(path);
    }
    interrupt::end_writing();
    replay.say(&paths)
}

fn name(world: Replayed) -> WorldName {
    match world {
        Replayed::W0 => WorldName::W0,
        Replayed::W1 => WorldName::W1,
        Replayed::W2 => WorldName::W2,
    }
}

fn world(world: Replayed) -> World {
    match world {
        Replayed::W0 => World::W0,
        Replayed::W1 => World::W1,
        Replayed::W2 => World::W2,
    }
}

/// The path asked for, or the one with the n-th largest net loss among all paths of the run.
fn which(args: &Explain, engine: &Engine<'_>) -> Result<u64> {
    let Some(rank) = args.which.worst else {
        let path = args.which.path.unwrap_or(0);
        let most = u64::from(u32::MAX);
        return if path < most {
            Ok(path)
        } else {
            Err(Error::Usage(format!("there is no path {path}: they are numbered from 0 to {}", most - 1)))
        };
    };
    if rank == 0 || rank > args.effort.paths() {
        return Err(Error::Usage(format!("--worst {rank}: expected a rank from 1 to the number of paths, {}", args.effort.paths())));
    }
    let run = engine::Run { variant_paths: 0, ..engine::Run::new(args.effort.paths(), args.effort.seed) };
    let bar = console::progress(args.effort.paths(), !args.talk.quiet && !args.talk.json);
    let simulated = engine::simulate(engine, &run, args.effort.threads, &|done| bar.inc(done))?;
    bar.finish_and_clear();
    let world = name(args.world);
    let mut ranked: Vec<(f64, u64)> = simulated.strata[0].losses.iter().zip(0..).map(|(loss, path)| (loss.loss(world), path)).collect();
    // Paths without a finite loss come last; equal losses by number, so that the answer does not depend on the sort.
    ranked.sort_by(|a, b| a.0.is_nan().cmp(&b.0.is_nan()).then(b.0.total_cmp(&a.0)).then(a.1.cmp(&b.1)));
    ranked.get(rank as usize - 1).map(|r| r.1).ok_or_else(|| Error::Usage(format!("there is no path of rank {rank}")))
}

impl Replay<'_> {
    fn lane(&self) -> usize {
        (self.path - block_start(self.path)) as usize
    }

    fn loss(&self, metric: Metric) -> f64 {
        self.block.outcomes.first().map_or(f64::NAN, |o| o.system(metric)[self.lane()])
    }

    fn has_bust(&self) -> bool {
        self.block.any_bust[self.lane()] > 0.0
    }

    /// Largest amount of money that the books of a quarter do not account for.
    fn residual(&self) -> f64 {
        (1..=self.story.ledger.quarters()).map(|q| self.story.ledger.residual(q)).fold(0.0, f64::max)
    }

    fn balances(&self) -> bool {
        (1..=self.story.ledger.quarters()).all(|q| self.story.ledger.rows_sum_to_zero(q))
    }

    fn say(&self, files: &[PathBuf]) -> Result<()> {
        let talk = self.args.talk;
        if talk.json {
            console::say_json(&self.json(files))?;
        } else if !talk.quiet {
            console::say(&report::fitted(&self.text(files), console::width()))?;
        }
        if self.balances() {
            return Ok(());
        }
        Err(Error::NotConverged(format!(
            "the books of path {} do not balance: up to {} bn is not accounted for",
            self.path,
            self.residual()
        )))
    }

    fn text(&self, files: &[PathBuf]) -> String {
        let world = name(self.args.world);
        let bust = if self.has_bust() { "with a bust" } else { "without a bust" };
        let losses: Vec<String> =
            LOSSES.iter().map(|m| format!("{} {}", words::metric(*m), words::exact(self.loss(*m), Unit::of(*m)))).collect();
        let failures = self.story.failures();
        let failed = if failures.is_empty() { "No firm fails.".to_string() } else { format!("Fails: {}.", failures.join(", then ")) };
        let books = if self.balances() { "The books balance in every quarter" } else { "The books DO NOT BALANCE" };
        let listed: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
        format!(
            "Path {} of seed {}, {bust}, in world {} ({}): {}\n{}: {}.\n{failed}\n\n{}\n{books}: the largest residual is {:.0e} bn. \
             Every transfer and the transactions-flow matrix: {}\n",
            self.path,
            self.args.effort.seed,
            words::world_name(world),
            words::world(world),
            self.story.model.title,
            "System",
            losses.join("; "),
            self.story.events(),
            self.residual(),
            listed.join(", ")
        )
    }

    fn json(&self, files: &[PathBuf]) -> Value {
        let losses: Map<String, Value> = LOSSES.iter().map(|m| (m.name().to_string(), json!(self.loss(*m)))).collect();
        let event = |e: &engine::Event| {
            let label = self.story.model.quarter_label(e.quarter);
            json!({ "quarter": e.quarter, "label": label, "kind": kind(&e.what), "text": self.story.sentence(&e.what) })
        };
        json!({
            "path": self.path,
            "seed": self.args.effort.seed,
            "world": words::world_name(name(self.args.world)),
            "bust": self.has_bust(),
            "system_losses_usd_bn": losses,
            "failures": self.story.failures(),
            "events": self.story.ledger.events().iter().map(event).collect::<Vec<_>>(),
            "largest_residual_usd_bn": self.residual(),
            "balances": self.balances(),
            "files": files.iter().map(|f| f.display().to_string()).collect::<Vec<_>>(),
        })
    }
}
