//! What more of everything costs: paths with their peak memory and the intervals they buy, firms, contracts, quarters, threads; and the start-up of the
//! program. Fills docs/performance/{scale,accuracy,startup}.csv with `-- --write`. Not here: exponents and words, which the page makes.
//!
//! Goal: nothing grows faster than in proportion, and memory by 16 bytes a path. `--paths-to 1e8` goes on to more paths; `--only SWEEP` takes one sweep;
//! `--one-block FIRMS [--contracts N] [--repeats N]` runs blocks alone, for a profiler.

mod common;
#[path = "measure/mod.rs"]
mod measure;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bubblerisk::engine::{Engine, Nobody, Run, World, simulate};
use bubblerisk::lanes::{Isa, LANES};
use bubblerisk::model::Model;
use bubblerisk::results::{self, Given, Metric, Origin, Panel, WorldName};
use bubblerisk::scenario::{self, Loaded};
use measure::{Spread, cores, peak_bytes, seconds, short};

const THREE: [World; 3] = [World::W0, World::W1, World::W2];
/// Rounds of a sweep over sizes: each goes through every size, so that the machine's moods fall on all.
const ROUNDS: usize = 5;
/// Least time of one measurement; smaller work is repeated.
const LEAST_SECONDS: f64 = 0.02;
/// Start-ups timed of each command.
const STARTS: usize = 21;
/// Rounds through the numbers of paths up to `REPEATED_TO`; more paths are run once.
const PATH_ROUNDS: usize = 3;
const REPEATED_TO: u64 = 100_000;
/// Paths and rounds of the comparison of threads: batches enough that each thread has the same work.
const THREAD_PATHS: u64 = 8_192;
const THREAD_ROUNDS: usize = 7;

const HEADER: &str = "sweep,size,peak_bytes,median_seconds,lower_quartile,upper_quartile,rounds";

/// Sizes of the systems made by `common::synthetic`: (size shown, firms, contracts, quarters).
type Size = (usize, usize, usize, usize);

fn firms() -> Vec<Size> {
    [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000].map(|n| (n, n, 4 * n, 8)).to_vec()
}

fn contracts() -> Vec<Size> {
    // Few firms, so that the upper half of the range is contracts and little else.
    [10, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000].map(|n| (n, 50, n, 8)).to_vec()
}

fn quarters() -> Vec<Size> {
    [4, 8, 12, 16, 24, 32, 40, 56, 80].map(|n| (n, 50, 200, n)).to_vec()
}

fn flagship() -> Loaded {
    scenario::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml")).expect("the scenario is valid")
}

/// Seconds of a block of 64 paths in three worlds, repeated until the clock can tell.
fn block_seconds(engine: &Engine<'_>, repeats: usize) -> f64 {
    let run = || {
        for k in 0..repeats {
            let block = black_box(engine.run_block(1, (k * LANES) as u64, &THREE, &mut Nobody));
            assert_eq!(block.counts.failed, 0, "every fixed point is reached");
        }
    };
    seconds(run) / repeats as f64
}

/// The cost of a block against one size of the system.
fn sweep(name: &str, sizes: &[Size], rows: &mut Vec<String>) {
    let models: Vec<Model> = sizes.iter().map(|&(_, f, c, q)| common::synthetic(f, c, q, 1)).collect();
    let engines: Vec<Engine<'_>> = models.iter().map(|m| Engine::new(m, Isa::detect()).expect("the model runs")).collect();
    let repeats: Vec<usize> = engines.iter().map(|e| (LEAST_SECONDS / block_seconds(e, 1)).ceil().clamp(1.0, 200.0) as usize).collect();
    let mut times = vec![Vec::new(); sizes.len()];
    for _ in 0..ROUNDS {
        for (k, engine) in engines.iter().enumerate() {
            times[k].push(block_seconds(engine, repeats[k]));
        }
    }
    for (size, times) in sizes.iter().zip(times) {
        add(rows, name, size.0 as u64, 0, Spread::of(times));
    }
}

fn add(rows: &mut Vec<String>, sweep: &str, size: u64, peak: u64, spread: Spread) {
    println!("{sweep:<19} {size:>12} {:>12} s {:>10.1} MiB", short(spread.median), peak as f64 / f64::from(1 << 20));
    rows.push(format!("\"{sweep}\",{size},{peak},{}", spread.fields()));
}

/// Sizes from 10^3 up, two a decade.
fn path_counts(to: f64) -> Vec<u64> {
    let all = (0..).map(|k| 1e3 * 10f64.powf(f64::from(k) / 2.0));
    all.take_while(|n| *n <= to * 1.001).map(|n| n.round() as u64).collect()
}

/// A run in a fresh process, so that its peak memory is its own; prints what `fresh` reads.
fn one_run(paths: u64) {
    let is_small = measure::has("--small");
    let loaded = flagship();
    let model = if is_small { common::synthetic(2, 2, 4, 1) } else { loaded.model };
    let engine = Engine::new(&model, Isa::detect()).expect("the model runs");
    // A fifth in the variants at every size, as in a run of 100,000 paths or more: else small runs would do other work.
    let run = Run { variant_paths: if is_small { 0 } else { paths / 5 }, ..Run::new(paths, 1) };
    let (mut found, mut before) = (None, 0);
    let spent = seconds(|| {
        let simulated = simulate(&engine, &run, 0, &|_| ()).expect("the scenario runs");
        before = peak_bytes();
        let origin = Origin { hash: &loaded.hash, warnings: Vec::new() };
        found = Some(results::assemble(&engine, &run, &simulated, origin).expect("the results are made"));
    });
    let results = found.expect("the run ended");
    assert_eq!(results.solver.failed, 0, "every fixed point is reached");
    let is_row = |r: &&results::LossRow| {
        r.metric == Metric::NetLoss && r.firm.is_none() && r.world == WorldName::W0 && r.panel == Panel::Base && r.given == Given::Bust
    };
    let row = results.losses.iter().find(is_row).expect("the net loss given a bust is kept");
    let es = row.tail.iter().find(|t| t.level == 0.99).map_or([f64::NAN; 3], |t| [t.es.value, t.es.low, t.es.high]);
    println!("found {spent} {before} {} {} {} {} {} {} {}", peak_bytes(), row.mean.value, row.mean.low, row.mean.high, es[0], es[1], es[2]);
}

/// What a fresh process said of its run.
struct Fresh {
    seconds: f64,
    /// Peak memory when the simulation has ended, and when the tables are made.
    simulated: u64,
    peak: u64,
    /// Mean and expected shortfall at 99 % of the net loss given a bust: value, low end, high end.
    mean: [f64; 3],
    es: [f64; 3],
}

fn fresh(paths: u64, is_small: bool) -> Fresh {
    let program = std::env::current_exe().expect("this program has a file");
    let mut command = Command::new(program);
    command.args(["--one-run", &paths.to_string()]).args(is_small.then_some("--small"));
    let done = command.output().expect("this program starts");
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let line = text.lines().find_map(|l| l.strip_prefix("found ")).unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&done.stderr)));
    let n: Vec<f64> = line.split(' ').map(|w| w.parse().expect("a number")).collect();
    let [seconds, simulated, peak, a, b, c, d, e, f] = n[..] else { panic!("nine numbers: {line}") };
    Fresh { seconds, simulated: simulated as u64, peak: peak as u64, mean: [a, b, c], es: [d, e, f] }
}

/// Time, peak memory and intervals against the number of paths, on every core.
fn paths(to: f64, rows: &mut Vec<String>) -> Vec<String> {
    let sizes = path_counts(to);
    let mut runs: Vec<Vec<Fresh>> = sizes.iter().map(|_| Vec::new()).collect();
    for round in 0..PATH_ROUNDS {
        for (k, &n) in sizes.iter().enumerate() {
            if round == 0 || n <= REPEATED_TO {
                runs[k].push(fresh(n, false));
            }
        }
    }
    let mut accuracy = Vec::new();
    for (&n, runs) in sizes.iter().zip(&runs) {
        let peak = runs.iter().map(|r| r.peak).max().unwrap_or(0);
        let spread = Spread::of(runs.iter().map(|r| r.seconds));
        add(rows, "paths", n, peak, spread);
        for (what, e) in [("expected loss", runs[0].mean), ("expected shortfall 99 %", runs[0].es)] {
            if e.iter().all(|x| x.is_finite()) {
                accuracy.push(format!("{n},{},{what},{},{},{}", short(spread.median), short(e[0]), short(e[1]), short(e[2])));
            }
        }
    }
    accuracy
}

/// Peak memory against many paths of two firms: what a path leaves behind does not depend on the system, and the rest of the program's memory is small.
fn memory(rows: &mut Vec<String>) {
    let mut simulated = Vec::new();
    for n in [100_000, 300_000, 1_000_000, 3_000_000, 10_000_000] {
        let run = fresh(n, true);
        add(rows, "memory", n, run.peak, Spread::of([run.seconds]));
        simulated.push((n, run));
    }
    for (n, run) in simulated {
        add(rows, "memory, simulation", n, run.simulated, Spread::of([run.seconds]));
    }
}

/// The same run on one thread, on two, and on as many as there are.
fn threads(rows: &mut Vec<String>) {
    let loaded = flagship();
    let engine = Engine::new(&loaded.model, Isa::detect()).expect("the model runs");
    let mut counts = vec![1, 2, cores()];
    counts.dedup();
    let run = Run { variant_paths: 0, ..Run::new(THREAD_PATHS, 1) };
    let mut times = vec![Vec::new(); counts.len()];
    for _ in 0..THREAD_ROUNDS {
        for (k, &threads) in counts.iter().enumerate() {
            times[k].push(seconds(|| drop(black_box(simulate(&engine, &run, threads, &|_| ()).expect("the scenario runs")))));
        }
    }
    for (&threads, times) in counts.iter().zip(times) {
        add(rows, "threads", threads as u64, 0, Spread::of(times));
    }
}

/// From the start of the program to its end, for commands that do ever more; rounds go through all of them.
fn startup() -> Vec<String> {
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("startup");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (small, large) = (root.join("scenarios/two-firms.toml"), root.join("scenarios/amazon-openai.toml"));
    let commands = |scenario: &PathBuf| {
        let saved = output.join(scenario.file_stem().expect("a scenario has a name"));
        let words = |list: &[&dyn AsRef<std::ffi::OsStr>]| list.iter().map(|w| w.as_ref().to_os_string()).collect::<Vec<_>>();
        [
            ("check", words(&[&"check", scenario, &"--quiet"])),
            ("run", words(&[&"run", scenario, &"--paths", &"64", &"--quiet", &"--output", &output])),
            ("charts", words(&[&"charts", &saved, &"--quiet"])),
            ("report", words(&[&"report", &saved, &"--quiet"])),
        ]
    };
    let mut all = vec![("none", "help", vec!["--help".into()])];
    all.extend(commands(&small).map(|(name, words)| ("two-firms", name, words)));
    all.extend(commands(&large).map(|(name, words)| ("amazon-openai", name, words)));
    let mut times = vec![Vec::new(); all.len()];
    for _ in 0..STARTS {
        for (k, (.., words)) in all.iter().enumerate() {
            times[k].push(seconds(|| start(words)));
        }
    }
    let row = |((scenario, name, _), times): (&(&str, &str, Vec<std::ffi::OsString>), Vec<f64>)| {
        let spread = Spread::of(times);
        println!("{scenario:<14} {name:<8} {:>8.1} ms", 1e3 * spread.median);
        format!("{scenario},{name},{}", spread.fields())
    };
    all.iter().zip(times).map(row).collect()
}

fn start(words: &[std::ffi::OsString]) {
    let program = env!("CARGO_BIN_EXE_bubblerisk");
    let done = Command::new(program).args(words).stdout(Stdio::null()).stderr(Stdio::inherit()).status().expect("the program starts");
    assert!(done.success(), "bubblerisk {words:?} failed");
}

fn wanted(sweep: &str) -> bool {
    measure::value("--only").is_none_or(|only| only == sweep)
}

fn main() {
    if let Some(paths) = measure::value("--one-run") {
        return one_run(paths.parse().expect("a number of paths"));
    }
    if let Some(firms) = measure::value("--one-block") {
        return one_block(firms.parse().expect("a number of firms"));
    }
    if measure::is_test() {
        return look();
    }
    let writing = measure::is_writing();
    if wanted("startup") {
        let rows = startup();
        if writing {
            measure::write("startup.csv", "scenario,command,median_seconds,lower_quartile,upper_quartile,rounds", &rows);
        }
    }
    let mut rows = Vec::new();
    for (name, sizes) in [("firms", firms()), ("contracts", contracts()), ("quarters", quarters())] {
        if wanted(name) {
            sweep(name, &sizes, &mut rows);
        }
    }
    if wanted("threads") {
        threads(&mut rows);
    }
    if wanted("memory") {
        memory(&mut rows);
    }
    if wanted("paths") {
        let to = measure::value("--paths-to").map_or(1e6, |text| text.parse().expect("a number of paths"));
        let accuracy = paths(to, &mut rows);
        if writing {
            measure::write("accuracy.csv", "paths,seconds,statistic,value_usd_bn,low_usd_bn,high_usd_bn", &accuracy);
        }
    }
    if writing && !rows.is_empty() {
        measure::replace("scale.csv", HEADER, rows);
    }
}

/// One block alone, for a profiler: `--one-block FIRMS [--contracts N] [--repeats N]`.
fn one_block(firms: usize) {
    let contracts = measure::value("--contracts").map_or(4 * firms, |n| n.parse().expect("a number of contracts"));
    let model = common::synthetic(firms, contracts, 8, 1);
    let repeats = measure::value("--repeats").map_or(1, |r| r.parse().expect("a number of repeats"));
    block_seconds(&Engine::new(&model, Isa::detect()).expect("the model runs"), repeats);
}

/// The smallest sizes once, with their assertions, and nothing written.
fn look() {
    let mut rows = Vec::new();
    for sizes in [firms(), contracts(), quarters()] {
        sweep("once", &sizes[..1], &mut rows);
    }
    let run = fresh(LANES as u64 * 16, false);
    assert!(run.seconds > 0.0 && run.mean.iter().all(|x| x.is_finite()), "a run of 1,024 paths finds a mean loss with an interval");
    start(&["--help".into()]);
}
