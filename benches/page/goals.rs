//! What was aimed at, what was found, and whether that is enough. Not how it is said.

use super::tables::{Fit, Row, Tables, bytes_a_path, number, text};

/// One goal.
pub struct Goal {
    /// What is measured.
    pub what: String,
    /// What was asked, and what was found, in words.
    pub asked: String,
    pub found: String,
    /// Whether it was reached.
    pub is_met: bool,
}

/// The machine that a table was taken on.
pub fn machine(t: &Tables, table: &str) -> String {
    t.find("machines.csv", &[("table", table)]).map_or("machine not noted".to_string(), described)
}

/// A machine in words.
pub fn described(row: &Row) -> String {
    let [cpu, bits, cores, rustc, day] = ["cpu", "vector_bits", "cores", "rustc", "day"].map(|c| text(row, c));
    let cores = if cores == "1" { "one core".to_string() } else { format!("{cores} cores") };
    format!("{cpu}, {bits}-bit vectors, {cores}, rustc {rustc}, taken on {day}")
}

/// A median of floor.csv.
pub fn floor(t: &Tables, what: &str, measure: &str) -> Option<f64> {
    t.find("floor.csv", &[("what", what), ("measure", measure)]).map(|row| number(row, "median"))
}

fn at_most(what: &str, most: f64, unit: &str, found: Option<f64>) -> Option<Goal> {
    let v = found?;
    Some(Goal { what: what.into(), asked: format!("at most {most}{unit}"), found: format!("{v:.1}{unit}"), is_met: v <= most })
}

fn at_least(what: &str, least: f64, found: Option<f64>) -> Option<Goal> {
    let v = found?;
    Some(Goal { what: what.into(), asked: format!("at least {least}"), found: format!("{v:.2}"), is_met: v >= least })
}

/// Smallest time of a peer over ours, over every size, world and number of threads; the fastest program of each side counts.
pub fn flagship_peer(t: &Tables, peer: &str) -> Option<f64> {
    let rows = t.rows("peers.csv").iter().filter(|row| text(row, "program").starts_with(peer));
    rows.map(|row| number(row, "time_over_engine")).min_by(f64::total_cmp)
}

/// The fastest program of a side on a network of `firms` with `threads`: name and microseconds a vector.
pub fn fastest<'a>(t: &'a Tables, side: &str, firms: &str, threads: &str) -> Option<(&'a str, f64)> {
    let is_wanted = |row: &&Row| text(row, "program").starts_with(side) && text(row, "firms") == firms && text(row, "threads") == threads;
    let rows = t.rows("clearing.csv").iter().filter(is_wanted);
    rows.map(|row| (text(row, "program"), number(row, "us_per_vector"))).min_by(|a, b| a.1.total_cmp(&b.1))
}

/// Sizes and threads of clearing.csv, each once.
pub fn clearing_groups(t: &Tables) -> Vec<(String, String)> {
    let mut groups: Vec<(String, String)> = Vec::new();
    for row in t.rows("clearing.csv") {
        let group = (text(row, "firms").to_string(), text(row, "threads").to_string());
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

/// Smallest ratio of a peer's fastest program to ours.
pub fn clearing_peer(t: &Tables, peer: &str) -> Option<f64> {
    let ratio =
        |(firms, threads): &(String, String)| Some(fastest(t, peer, firms, threads)?.1 / fastest(t, "bubblerisk", firms, threads)?.1);
    clearing_groups(t).iter().filter_map(ratio).min_by(f64::total_cmp)
}

/// Milliseconds of a command from start to end.
pub fn start_ms(t: &Tables, scenario: &str, command: &str) -> Option<f64> {
    t.find("startup.csv", &[("scenario", scenario), ("command", command)]).map(|row| 1e3 * number(row, "median_seconds"))
}

/// Milliseconds until a setting is answered with so many paths.
pub fn look_ms(t: &Tables, paths: &str) -> Option<f64> {
    t.find("look.csv", &[("paths", paths)]).map(|row| 1e3 * number(row, "median_seconds"))
}

fn growth(t: &Tables, what: &str, sweep: &str) -> Option<Goal> {
    let fit = Fit::of(&t.points(sweep, "median_seconds"))?;
    let found = format!("exponent {:.3} ± {:.3}", fit.exponent, 2.0 * fit.error);
    Some(Goal { what: format!("growth of time with {what}"), asked: "in proportion, exponent 1".into(), found, is_met: fit.is_linear() })
}

/// What a path leaves in memory: 16 bytes; the rest of the program breathes by a tenth of the slope.
fn memory(t: &Tables) -> Option<Goal> {
    let v = bytes_a_path(&t.points("memory, simulation", "peak_bytes"))?;
    let found = format!("{v:.1} bytes");
    Some(Goal { what: "memory of one path more, simulation".into(), asked: "16 bytes".into(), found, is_met: v <= 17.6 })
}

/// Seconds to an interval of ± 1 % with a way of sampling.
pub fn seconds_to_one_percent(t: &Tables, statistic: &str, sampling: &str) -> Option<f64> {
    t.find("paths.csv", &[("statistic", statistic), ("sampling", sampling)]).map(|row| number(row, "seconds_to_1_percent"))
}

/// How many times sooner importance sampling is there than plain sampling.
fn sooner(t: &Tables, statistic: &str) -> Option<f64> {
    Some(seconds_to_one_percent(t, statistic, "plain")? / seconds_to_one_percent(t, statistic, "importance")?)
}

/// The same against plain sampling in NumPy.
fn in_numpy(t: &Tables, statistic: &str) -> Option<f64> {
    Some(sooner(t, statistic)? * flagship_peer(t, "NumPy")?)
}

/// Every goal that something was measured for.
pub fn goals(t: &Tables) -> Vec<Goal> {
    let all = [
        at_most("W0 over its draws", 6.0, "", floor(t, "W0", "over_draws")),
        at_most("three worlds over their draws", 12.0, "", floor(t, "W0, W1, W2", "over_draws")),
        at_least("two threads over one", 1.9, floor(t, "two threads", "over_one_thread")),
        at_least("NumPy over the engine, flagship", 12.0, flagship_peer(t, "NumPy")),
        at_least("Numba over the engine, flagship", 10.0, flagship_peer(t, "Numba")),
        at_least("Numba over the kernel, payment clearing", 3.0, clearing_peer(t, "Numba")),
        at_most("start of `run` on two firms, charts included", 50.0, " ms", start_ms(t, "two-firms", "run")),
        at_least("plain over importance sampling, time to ± 1 % of ES 99 %", 10.0, sooner(t, "ES 99 %")),
        at_least("plain over importance sampling, time to ± 1 % of a default probability of 1e-4", 10.0, sooner(t, "P(microsoft fails)")),
        at_least("plain sampling in NumPy over importance sampling, time to ± 1 % of ES 99 %", 100.0, in_numpy(t, "ES 99 %")),
        at_least(
            "plain sampling in NumPy over importance sampling, time to ± 1 % of a default probability of 1e-4",
            100.0,
            in_numpy(t, "P(microsoft fails)"),
        ),
        at_most("20,000 paths of a setting on the page of `serve`", 300.0, " ms", look_ms(t, "20000")),
        growth(t, "paths", "paths"),
        growth(t, "firms", "firms"),
        growth(t, "contracts", "contracts"),
        growth(t, "quarters", "quarters"),
        memory(t),
    ];
    all.into_iter().flatten().collect()
}
