//! The engine over the floor: the time of whole worlds of the flagship against that of its draws alone, interleaved in one run, so that the machine's moods
//! cancel; and two threads against one. Goals: at most 6 for W0, 12 for the three worlds together, at least 1.9 for two threads.
//!
//! Draws: the same generator, normals, regimes, windows and events of 64 paths, and the uncertain numbers of the scenario, without any model.
//! `-- --write` fills docs/performance/floor.csv; `-- --blocks none|W0|three` runs a few blocks in these worlds and nothing else, for a profiler.

#[path = "measure/mod.rs"]
mod measure;

use bubblerisk::engine::{Engine, Nobody, Run, World, simulate};
use bubblerisk::lanes::{Isa, LANES};
use bubblerisk::model::{Metric, Model};
use bubblerisk::scenario;
use bubblerisk::shocks::{Drivers, Parameters, consecutive};
use measure::{Spread, seconds};
use std::hint::black_box;
use std::path::Path;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 41;
/// Blocks of 64 paths in a round.
const BLOCKS: u64 = 4;
/// Paths and rounds of two threads against one: enough that what a run does on one thread, before and after, hardly counts.
const THREAD_PATHS: u64 = 32_768;
const THREAD_ROUNDS: usize = 7;

const THREE: [World; 3] = [World::W0, World::W1, World::W2];

fn draws(model: &Model, block: u64) {
    let mut p = Parameters::central(model);
    p.draw(model, 1, &consecutive(block * LANES as u64));
    let d = Drivers::of_block(model, &p, 1, &consecutive(block * LANES as u64), Isa::detect());
    black_box((d.sentiments(&p, true, Isa::detect()), p, d));
}

fn blocks(engine: &Engine<'_>, worlds: &[World]) {
    for block in 0..BLOCKS {
        let found = black_box(engine.run_block(1, block * LANES as u64, worlds, &mut Nobody));
        assert_eq!(found.counts.failed, 0, "every fixed point is reached");
    }
}

/// Prints and keeps one line of the table.
fn add(rows: &mut Vec<String>, what: &str, measure: &str, s: Spread) {
    println!("{what:<14} {measure:<22} {:>9.2}  ({:.2} to {:.2})", s.median, s.low, s.high);
    rows.push(format!("\"{what}\",{measure},{}", s.fields()));
}

/// Draws, plan and worlds in turn, round by round.
fn floor(engine: &Engine<'_>, rounds: usize, rows: &mut Vec<String>) {
    let worlds: [(&str, &[World]); 5] =
        [("plan alone", &[]), ("W0", &THREE[..1]), ("W1", &THREE[1..2]), ("W2", &THREE[2..]), ("W0, W1, W2", &THREE)];
    let mut times = vec![Vec::new(); worlds.len() + 1];
    for _ in 0..rounds {
        times[0].push(seconds(|| (0..BLOCKS).for_each(|block| draws(engine.model, block))));
        for (k, (_, list)) in worlds.iter().enumerate() {
            times[k + 1].push(seconds(|| blocks(engine, list)));
        }
    }
    let model = engine.model;
    let per = 1e9 / (BLOCKS as f64 * LANES as f64 * model.firms.len() as f64 * model.horizon_quarters as f64);
    let names = std::iter::once("draws").chain(worlds.iter().map(|w| w.0));
    for (name, values) in names.zip(&times) {
        add(rows, name, "ns_per_firm_quarter", Spread::of(values.iter().copied()).times(per));
    }
    for ((name, _), values) in worlds.iter().zip(&times[1..]) {
        // The ratio of each round, against the draws of the same round.
        add(rows, name, "over_draws", Spread::of(values.iter().zip(&times[0]).map(|(a, b)| a / b)));
    }
}

/// How many times as fast two threads are as one.
fn threads(engine: &Engine<'_>, rows: &mut Vec<String>) {
    let run = Run { variant_paths: 0, ..Run::new(THREAD_PATHS, 1) };
    let on = |threads: usize| seconds(|| drop(black_box(simulate(engine, &run, threads, &|_| ()).expect("the scenario runs"))));
    on(2);
    add(rows, "two threads", "over_one_thread", Spread::of((0..THREAD_ROUNDS).map(|_| on(1) / on(2))));
}

const MODEL: &str = "firms,quarters,purchases,tranches,stakes,loans,warrants,backstops,deals,uncertain,metrics";

/// What the model carries, in the order of `MODEL`.
fn size(m: &Model) -> String {
    let contracts = [m.purchases.len(), m.tranches.len(), m.stakes.len(), m.loans.len(), m.warrants.len(), m.backstops.len()];
    let mut all = vec![m.firms.len(), m.horizon_quarters];
    all.extend(contracts);
    all.extend([m.shocks.deals.len(), m.uncertain.len(), Metric::ALL.len()]);
    all.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
}

fn main() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml");
    let loaded = scenario::load(&file).expect("the scenario is valid");
    let engine = Engine::new(&loaded.model, Isa::detect()).expect("the model runs");
    if let Some(which) = measure::value("--blocks") {
        return blocks(&engine, if which == "none" { &[] } else { &THREE[..if which == "W0" { 1 } else { 3 }] });
    }
    let mut rows = Vec::new();
    floor(&engine, if measure::is_test() { 1 } else { ROUNDS }, &mut rows);
    if !measure::is_test() {
        threads(&engine, &mut rows);
    }
    if measure::is_writing() {
        measure::write("model.csv", MODEL, &[size(&loaded.model)]);
        measure::write("floor.csv", "what,measure,median,lower_quartile,upper_quartile,rounds", &rows);
    }
}
