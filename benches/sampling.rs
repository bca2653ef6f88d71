//! How much narrower the intervals of other ways of sampling are than those of plain sampling with as many paths, and at what cost: variances over replications
//! of the flagship, times interleaved in the same run. Not here: whether the intervals cover (tests/coverage.rs).
//!
//! Stratified and importance sampling are the product's own runs. Post-stratification and control variates are computed from the plain paths of the same
//! replications; so is importance sampling by tilting, marked "(computed)", whose parameters come from the first half of the replications and whose variances
//! from the other. Left out is tilting only sentiment, or only demand: what helps of it is in the shift by quarter. No tilt of common factors can help where a
//! firm's own shocks decide (P(nvidia fails)).
//!
//! `--replications N --paths N` sets the size, `--write` writes docs/performance/sampling.csv and paths.csv, `--test` runs a little, asserts, writes nothing.

#[path = "sampling/influence.rs"]
mod influence;
#[path = "sampling/paths.rs"]
mod paths;
#[path = "sampling/tilts.rs"]
mod tilts;

use bubblerisk::engine::{DefaultTally, Engine, Nobody, Run, Sampling, Simulated, Stratum, World, simulate};
use bubblerisk::lanes::{Isa, LANES};
use bubblerisk::results::WorldName;
use bubblerisk::scenario;
use bubblerisk::shocks::{Common, Parameters, consecutive};
use bubblerisk::stats::{Strata, WeightedSample};
use influence::{COUNT, Influence, LEVELS, STATISTICS, Values};
use paths::{FIRMS, History, Record, on_all_cores, watch};
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;
use tilts::{Sums, Tail, Tilt};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WAYS: [Sampling; 3] = [Sampling::Plain, Sampling::Stratified, Sampling::Importance];
/// Candidates of which importance and stratified sampling read the edges of their strata.
const PILOT: f64 = 65_536.0;
/// Paths in W2 alone, and candidates, that are timed in every eighth replication.
const TIMED: [u64; 2] = [2_048, 32_768];
/// Most paths or candidates, for each plain path, that the mean of a control is taken from.
const MOST_CONTROLS: f64 = 64.0;

/// How much is run.
struct Size {
    replications: usize,
    paths: u64,
    write: bool,
}

impl Size {
    fn of_arguments() -> Size {
        let list: Vec<String> = std::env::args().collect();
        let is = |flag: &str| list.iter().any(|a| a == flag);
        let number = |flag: &str| list.iter().position(|a| a == flag).and_then(|i| list.get(i + 1)?.parse().ok());
        let (replications, paths) = if is("--test") { (2, 2_048) } else { (200, 8_192_u64) };
        let replications = number("--replications").map_or(replications, |n: u64| n as usize);
        let paths = number("--paths").unwrap_or(paths) / LANES as u64 * LANES as u64;
        assert!(replications > 1, "variances need two replications");
        Size { replications, paths, write: is("--write") && !is("--test") }
    }
}

/// Everything that the replications left.
struct Found {
    /// Estimates of the product by way and replication.
    products: [Vec<Values>; 3],
    /// Seconds for each path by way and replication, all cores.
    times: [Vec<f64>; 3],
    /// Seconds for each path in W2 alone, and for each candidate.
    controls: [Vec<f64>; 2],
    /// Plain paths by replication.
    records: Vec<Vec<Record>>,
    /// Names and tilts.
    tilts: Vec<(String, Tilt)>,
    /// Log weights by tilt, replication after the pilot's, and path.
    weights: Vec<Vec<Vec<f32>>>,
}

/// One line of the table.
struct Row {
    method: String,
    statistic: usize,
    ratio: f64,
    error: f64,
    cost: f64,
}

impl Row {
    fn factor(&self) -> f64 {
        self.ratio / self.cost
    }
}

fn seconds<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let found = work();
    (start.elapsed().as_secs_f64(), found)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Median over replications of the ratio of two times taken in the same one.
fn cost(times: &[f64], plain: &[f64]) -> f64 {
    median(times.iter().zip(plain).map(|(a, b)| a / b).collect())
}

fn main() {
    let size = Size::of_arguments();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml");
    let loaded = scenario::load(&file).expect("the scenario is valid");
    let engine = Engine::new(&loaded.model, Isa::detect()).expect("the model runs");
    let firms = FIRMS.map(|id| loaded.model.firms.iter().position(|f| f.id == id).expect("the flagship has the firm"));
    let (took, found) = seconds(|| replicate(&engine, &firms, &size));
    let influence = Influence::of(&found.records);
    check(&found, &influence, &size);
    let rows = rows(&found, &influence, loaded.model.horizon_quarters);
    print(&rows, &size, took);
    let needs = needs(&found, &size);
    println!("\n{}", needs.join("\n"));
    if size.write {
        write(&rows, &needs);
    }
}

/// Runs the replications, one way of sampling after the other in each.
fn replicate(engine: &Engine<'_>, firms: &[usize], size: &Size) -> Found {
    let mut found = Found {
        products: Default::default(),
        times: Default::default(),
        controls: Default::default(),
        records: vec![],
        tilts: vec![],
        weights: vec![],
    };
    let pilot = size.replications / 2;
    let mut tails = [0; 2].map(|_| Tail::new(engine.model.horizon_quarters));
    for r in 0..size.replications {
        let seed = r as u64 + 1;
        for turn in 0..WAYS.len() {
            let k = (r + turn) % WAYS.len();
            let run = Run { variant_paths: 0, sampling: WAYS[k], ..Run::new(size.paths, seed) };
            let (time, simulated) = seconds(|| simulate(engine, &run, 0, &|_| ()).expect("the flagship runs"));
            found.products[k].push(estimates(&simulated, firms));
            found.times[k].push(time / size.paths as f64);
        }
        if r % 8 == 0 {
            time_controls(engine, seed, *found.times[0].last().expect("a time"), &mut found.controls);
        }
        let (records, histories) = watch(engine, firms, seed, size.paths);
        if r < pilot {
            add_tails(&mut tails, &records, &histories);
        } else {
            found.weigh(&tails, &histories);
        }
        found.records.push(records);
    }
    found
}

/// The estimates of a run of the product.
fn estimates(simulated: &Simulated, firms: &[usize]) -> Values {
    let strata = &simulated.strata;
    let shares = strata.iter().map(|s| s.share).collect();
    let weights = Strata::new(shares, strata.iter().map(|s| s.losses.len() as u64).collect(), simulated.candidates);
    let all = || strata.iter().enumerate().flat_map(|(k, s)| s.losses.iter().map(move |loss| (k, loss)));
    let losses = WeightedSample::new(&weights, all().map(|(k, x)| (k, x.loss(WorldName::W0)))).expect("paths");
    let fails = |i: &usize| (0..strata.len()).map(|k| weights.weight(k) * failures(&strata[k], *i) as f64).sum();
    let (mut mean, mut bust, mut given) = (0.0, 0.0, [0.0; 2]);
    for (k, loss) in all() {
        let (w, full, other) = (weights.weight(k), loss.loss(WorldName::W0), loss.loss(WorldName::W2));
        mean += w * full;
        if loss.bust() {
            (bust, given) = (bust + w, [given[0] + w * full, given[1] + w * other]);
        }
    }
    let tail = LEVELS.map(|q| losses.tail(q).expect("a tail").mean.value);
    let p: Vec<f64> = firms.iter().map(fails).collect();
    [mean, tail[0], tail[1], p[0], p[1], p[2], p[3], given[0] / given[1], (given[0] - given[1]) / bust]
}

/// Number of paths of a stratum on which a firm fails in W0.
fn failures(stratum: &Stratum, firm: usize) -> u64 {
    let of = |tally: &DefaultTally| {
        // Quarter 0 stands for none.
        let width = tally.by_quarter.len() / tally.first.len();
        tally.by_quarter[firm * width..(firm + 1) * width][1..].iter().sum::<u64>()
    };
    stratum.tally.defaults[0].iter().map(of).sum()
}

/// What a path in W2 alone and a candidate take, over what a plain path has just taken.
fn time_controls(engine: &Engine<'_>, seed: u64, plain: f64, found: &mut [Vec<f64>; 2]) {
    let blocks = TIMED.map(|n| n / LANES as u64);
    let isolated = |b: u64| black_box(engine.run_block(seed, b * LANES as u64, &[World::W2], &mut Nobody)).any_bust[0];
    let (time, _) = seconds(|| on_all_cores(blocks[0], isolated));
    found[0].push(time / TIMED[0] as f64 / plain);
    let candidate = |b: u64| {
        let mut p = Parameters::central(engine.model);
        let first = b * 16 * LANES as u64;
        (0..16)
            .map(|k| Common::at_horizon(engine.model, &mut p, seed, &consecutive(first + k * LANES as u64), engine.isa).demand[0])
            .sum::<f64>()
    };
    let (time, _) = seconds(|| black_box(on_all_cores(blocks[1] / 16, candidate)));
    found[1].push(time / TIMED[1] as f64 / plain);
}

/// Adds a replication's worst 1 % of paths, and those on which the first of the firms fails.
fn add_tails(tails: &mut [Tail; 2], records: &[Record], histories: &[History]) {
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_unstable_by(|&a, &b| records[b].loss[0].total_cmp(&records[a].loss[0]));
    order[..records.len().div_ceil(100)].iter().for_each(|&i| tails[0].add(&histories[i]));
    let failed = |(r, _): &(&Record, &History)| r.failed[0] & 1 == 1;
    records.iter().zip(histories).filter(failed).for_each(|(_, h)| tails[1].add(h));
}

impl Found {
    fn weigh(&mut self, tails: &[Tail; 2], histories: &[History]) {
        if self.tilts.is_empty() {
            let named =
                |(tail, aim): (&Tail, &'static str)| tail.tilts().into_iter().map(move |(name, t)| (format!("{name}, to {aim}"), t));
            self.tilts = tails.iter().zip(["ES 99 %", "microsoft"]).flat_map(named).collect();
            self.weights = vec![vec![]; self.tilts.len()];
        }
        for ((_, tilt), weights) in self.tilts.iter().zip(&mut self.weights) {
            weights.push(histories.iter().map(|h| tilt.log_weight(h) as f32).collect());
        }
    }
}

/// A number of all replications with its standard error by leaving out one at a time; `of` is told which.
fn jackknife(replications: usize, of: impl Fn(Option<usize>) -> f64) -> (f64, f64) {
    let without: Vec<f64> = (0..replications).map(|i| of(Some(i))).collect();
    let n = replications as f64;
    let mean = without.iter().sum::<f64>() / n;
    let squares: f64 = without.iter().map(|x| (x - mean).powi(2)).sum();
    (of(None), ((n - 1.0) / n * squares).sqrt())
}

/// Variance over replications of a statistic, one of them left out.
fn variance(estimates: &[Values], s: usize, skip: Option<usize>) -> f64 {
    let kept = || estimates.iter().enumerate().filter(|(i, _)| Some(*i) != skip).map(|(_, x)| x[s]);
    let n = kept().count() as f64;
    let mean = kept().sum::<f64>() / n;
    kept().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)
}

fn rows(found: &Found, influence: &Influence, quarters: usize) -> Vec<Row> {
    let plain = &found.products[0];
    let linear = influence::means(&found.records, influence);
    let stratified = influence::by_first_bust(&found.records, influence, quarters);
    let mut rows = against("plain", plain, plain, 1.0);
    rows.extend(against("plain, linearised", plain, &linear, 1.0));
    rows.extend(against("post-stratified by quarter of first bust", &linear, &stratified, 1.0));
    rows.extend(controlled_rows("controls: W2", found, influence, &linear, 0));
    rows.extend(controlled_rows("controls: common factors at the horizon", found, influence, &linear, 1));
    rows.extend(tilted_rows(found, influence));
    for k in [1, 2] {
        rows.extend(against(WAYS[k].name(), plain, &found.products[k], cost(&found.times[k], &found.times[0])));
    }
    rows
}

/// Rows of a method whose estimates are known in every replication.
fn against(method: &str, plain: &[Values], other: &[Values], cost: f64) -> Vec<Row> {
    let row = |statistic: usize| {
        let of = |skip| variance(plain, statistic, skip) / variance(other, statistic, skip);
        let (ratio, error) = jackknife(plain.len(), of);
        Row { method: method.into(), statistic, ratio, error, cost }
    };
    (0..COUNT).map(row).collect()
}

/// Rows of control variates, their means from k times as many paths in W2 alone (`kind` 0) or candidates (1): the k at which the factor is largest. What the
/// controls explain then has 1 / k of its variance.
fn controlled_rows(method: &str, found: &Found, influence: &Influence, plain: &[Values], kind: usize) -> Vec<Row> {
    let controls = |r: &Record| if kind == 0 { influence.isolated(r) } else { influence.cheap(r) };
    let controlled = influence::controlled(&found.records, influence, controls);
    let each = median(found.controls[kind].clone());
    let row = |statistic: usize| {
        let of = |part: &[Values], skip| variance(part, statistic, skip);
        let best = (of(&controlled.explained, None) / of(&controlled.rest, None) / each).sqrt();
        let k = if best.is_finite() { best.round().clamp(1.0, MOST_CONTROLS) } else { 1.0 };
        let ratio = |skip| of(plain, skip) / (of(&controlled.rest, skip) + of(&controlled.explained, skip) / k);
        let (ratio, error) = jackknife(plain.len(), ratio);
        Row { method: method.into(), statistic, ratio, error, cost: 1.0 + k * each }
    };
    (0..COUNT).map(row).collect()
}

/// Rows of tilted laws, the pilot and the weights at no cost. A tilt to a firm's failure is for rare failures alone.
fn tilted_rows(found: &Found, influence: &Influence) -> Vec<Row> {
    let records = &found.records[found.records.len() - found.weights[0].len()..];
    let mut rows = vec![];
    for ((name, _), weights) in found.tilts.iter().zip(&found.weights) {
        for defensive in [false, true] {
            let sums: Vec<Sums> = records.iter().zip(weights).map(|(r, w)| Sums::of(r, w, influence, defensive)).collect();
            let method = format!("{name}{} (computed)", if defensive { ", 20 % untilted" } else { "" });
            let statistics = if name.ends_with("microsoft") { 3..5 } else { 0..COUNT };
            for statistic in statistics {
                let of = |skip| Sums::pooled(&sums, skip).variance_ratio(statistic);
                let (ratio, error) = jackknife(sums.len(), of);
                rows.push(Row { method: method.clone(), statistic, ratio, error, cost: 1.0 });
            }
        }
    }
    rows
}

/// Four digits.
fn digits(x: f64) -> String {
    if !x.is_finite() {
        return String::new();
    }
    // Rounding leaves no error where two series are the same.
    let shown = if x.abs() < 1e-9 { 0.0 } else { x };
    let size = if shown == 0.0 { 3.0 } else { shown.abs().log10().floor() };
    format!("{shown:.*}", (3.0 - size).clamp(0.0, 12.0) as usize)
}

fn print(rows: &[Row], size: &Size, took: f64) {
    println!(
        "{} replications of {} paths, {took:.0} s; variance of plain over that of the method, and over its cost\n",
        size.replications, size.paths
    );
    for (s, statistic) in STATISTICS.iter().enumerate() {
        println!("{statistic:<66} {:>10} {:>8} {:>8} {:>10}", "variance", "±", "cost", "factor");
        for row in rows.iter().filter(|r| r.statistic == s) {
            let [a, b, c, d] = [row.ratio, row.error, row.cost, row.factor()].map(digits);
            println!("  {:<64} {a:>10} {b:>8} {c:>8} {d:>10}", row.method);
        }
    }
}

/// Paths and seconds on this machine, all cores, for a 95 % interval of 1 % of the value to either side, with candidates and pilot. The variances are those of
/// runs of the bench's size, scaled: a run of the product has no fewer than 2,048 chosen paths.
fn needs(found: &Found, size: &Size) -> Vec<String> {
    let mut lines = vec!["statistic,sampling,paths_to_1_percent_half_width,seconds_to_1_percent".into()];
    let plain = median(found.times[0].clone());
    let pilot = PILOT * median(found.controls[1].clone()) * plain;
    for s in [1, 2, 3] {
        // The value that all ways agree on, from the one that knows it best.
        let value = found.products[2].iter().map(|x| x[s]).sum::<f64>() / size.replications as f64;
        for (k, way) in WAYS.iter().enumerate() {
            let paths = size.paths as f64 * variance(&found.products[k], s, None) * (1.959_964 / (0.01 * value)).powi(2);
            let fixed = if k == 0 { 0.0 } else { pilot };
            let each = plain * cost(&found.times[k], &found.times[0]) - fixed / size.paths as f64;
            lines.push(format!("{},{},{paths:.0},{}", STATISTICS[s], way.name(), digits(fixed + paths * each)));
        }
    }
    lines
}

fn write(rows: &[Row], needs: &[String]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance");
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut text = String::from("method,statistic,variance_ratio,standard_error,cost_ratio,factor\n");
    for row in rows {
        let [a, b, c, d] = [row.ratio, row.error, row.cost, row.factor()].map(digits);
        text += &format!("\"{}\",{},{a},{b},{c},{d}\n", row.method, STATISTICS[row.statistic]);
    }
    std::fs::write(folder.join("sampling.csv"), text).expect("written");
    std::fs::write(folder.join("paths.csv"), needs.join("\n") + "\n").expect("written");
}

/// What must hold of any size: all ways agree on what they estimate, and so do the two readings of the plain paths; densities are densities.
fn check(found: &Found, influence: &Influence, size: &Size) {
    let linear = influence::means(&found.records, influence);
    for (direct, again) in found.products[0].iter().zip(&linear) {
        for s in [0, 3, 4, 5, 6] {
            assert!((direct[s] - again[s]).abs() <= 1e-9 * direct[s].abs(), "{}: {} {}", STATISTICS[s], direct[s], again[s]);
        }
    }
    let mean = |k: usize, s: usize| found.products[k].iter().map(|x| x[s]).sum::<f64>() / size.replications as f64;
    for k in [1, 2] {
        for (s, near) in [(0, 0.15), (1, 0.03), (6, 0.1), (7, 0.02)] {
            let (a, b) = (mean(0, s), mean(k, s));
            assert!((a / b - 1.0).abs() < near, "{} {}: {b}, plain {a}", WAYS[k].name(), STATISTICS[s]);
        }
    }
    let records = &found.records[found.records.len() - found.weights[0].len()..];
    for ((name, _), weights) in found.tilts.iter().zip(&found.weights) {
        let sums: Vec<Sums> = records.iter().zip(weights).map(|(r, w)| Sums::of(r, w, influence, false)).collect();
        let mean = Sums::pooled(&sums, None).mean_inverse();
        println!("mean of q / f under {name}: {mean:.3}");
        // A shift by quarter leaves the mean to a few paths.
        assert!(!name.starts_with("regime hazard,") || (mean - 1.0).abs() < 0.1, "{name}: {mean}");
    }
}
