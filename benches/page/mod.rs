//! docs/performance.md from the tables under docs/performance, for the bench that writes it and the test that it is fresh. No measuring: every number and
//! every verdict is taken from the tables.

mod goals;
mod picture;
mod sampling;
mod tables;
mod words;

pub use picture::picture;
pub use tables::Tables;

use goals::{clearing_groups, described, fastest, floor, goals, start_ms};
use sampling::sampling;
use tables::{Fit, Row, bytes_a_path, number, text};
use words::{list, table, three, time, whole, wrapped};

const BEGINNING: &str = "<!-- Written by `benches/performance`. Do not edit. -->

# Performance

What a run costs, where the time goes, and how that compares with other programs. Every number, and every verdict, is made from the tables in
[performance/](performance/), which the commands at the end take again. Times are medians over rounds that go through everything that is compared, so that
the moods of the machine fall on all alike; in brackets stand the quartiles.
";

/// The whole page.
pub fn page(t: &Tables) -> String {
    let parts = [
        users(t),
        looks(t),
        machines(t),
        verdicts(t),
        floors(t),
        steps(t),
        peers(t),
        clearing(t),
        growth(t),
        sampling(t),
        startup(t),
        history(t),
    ];
    let mut out = BEGINNING.to_string();
    for part in parts.iter().filter(|p| !p.is_empty()) {
        out += "\n";
        out += part.trim_end();
        out += "\n";
    }
    wrapped(&(out + "\n" + COMMANDS))
}

/// Half width of an interval over the estimate.
fn relative(row: &Row) -> f64 {
    0.5 * (number(row, "high_usd_bn") - number(row, "low_usd_bn")) / number(row, "value_usd_bn").abs()
}

/// First: the time until an answer is narrow enough.
fn users(t: &Tables) -> String {
    let rows = t.rows("accuracy.csv");
    let Some(most) = rows.iter().map(|r| number(r, "paths")).max_by(f64::total_cmp) else { return String::new() };
    let last: Vec<&Row> = rows.iter().filter(|r| number(r, "paths") == most).collect();
    let of = |statistic: &str| rows.iter().filter(|r| text(r, "statistic") == statistic).map(|r| number(r, "paths")).collect::<Vec<_>>();
    let least = |statistic: &str| of(statistic).into_iter().fold(f64::INFINITY, f64::min);
    let mut lines = Vec::new();
    for row in &last {
        for target in [0.02, 0.01, 0.005, 0.002, 0.001] {
            let factor = (relative(row) / target).powi(2);
            // Below the smallest run that gave an interval there is none to go by.
            if most * factor < least(text(row, "statistic")) {
                continue;
            }
            lines.push(vec![
                text(row, "statistic").to_string(),
                format!("± {} %", 100.0 * target),
                three(most * factor),
                time(number(row, "seconds") * factor),
            ]);
        }
    }
    let hundred = rows.iter().find(|r| number(r, "paths") == 1e5);
    let said = hundred.map_or(String::new(), |r| {
        format!(
            "A run of the flagship with 100,000 paths (three worlds; a fifth of the paths in the variants too) takes {} on this machine, all cores, tables of \
             results included, and finds the expected net loss given a bust to ± {} %.\n",
            time(number(r, "seconds")),
            three(100.0 * relative(r))
        )
    });
    format!(
        "## How long until the interval is narrow enough\n\n{said}Intervals shrink with the square root of the number of paths, so half the width costs four \
         times the time. Worked out from the interval and the time at {} paths:\n\n{}",
        whole(most),
        table(&["net loss of the system given a bust", "95 % interval wanted", "paths:", "time:"], &lines)
    )
}

/// Then: the time until a slider is answered.
fn looks(t: &Tables) -> String {
    let row = |r: &Row| {
        let [median, low, high] = ["median_seconds", "lower_quartile", "upper_quartile"].map(|c| time(number(r, c)));
        vec![whole(number(r, "paths")), median, format!("{low} to {high}"), three(number(r, "paths") / number(r, "median_seconds"))]
    };
    let rows: Vec<Vec<String>> = t.rows("look.csv").iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "## How soon a slider is answered\n\nThe page of `serve` shows a setting of the flagship after the first 2,048 paths, then finer. Each look runs W0, and on the first 4,096 \
         paths W2 for the amplification, and works out every interval and paired change; reading the file again and drawing the page take some tens of milliseconds \
         more.\n\n{}",
        table(&["paths:", "time:", "quartiles:", "paths a second:"], &rows)
    )
}

fn machines(t: &Tables) -> String {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for row in t.rows("machines.csv") {
        let (machine, name) = (described(row), format!("`{}`", text(row, "table")));
        match groups.iter_mut().find(|g| g.0 == machine) {
            Some(group) => group.1.push(name),
            None => groups.push((machine, vec![name])),
        }
    }
    if groups.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = groups.iter().map(|(machine, names)| format!("- {machine}: {}", list(names))).collect();
    format!("## The machine\n\n{}\n", lines.join("\n"))
}

fn verdicts(t: &Tables) -> String {
    let goals = goals(t);
    if goals.is_empty() {
        return String::new();
    }
    let verdict = |met: bool| if met { "met" } else { "**missed**" }.to_string();
    let rows: Vec<Vec<String>> = goals.iter().map(|g| vec![g.what.clone(), g.asked.clone(), g.found.clone(), verdict(g.is_met)]).collect();
    let missed: Vec<String> = goals.iter().filter(|g| !g.is_met).map(|g| format!("{} ({}; asked: {})", g.what, g.found, g.asked)).collect();
    let said = if missed.is_empty() { "Every goal is met.".to_string() } else { format!("Missed: {}.", list(&missed)) };
    format!(
        "## Goals\n\n{} of {} goals are met. {said} Of several comparisons with a program the worst for this one counts.\n\n{}",
        goals.iter().filter(|g| g.is_met).count(),
        goals.len(),
        table(&["goal", "asked", "found:", ""], &rows)
    )
}

fn spread(row: Option<&Row>) -> String {
    row.map_or("–".into(), |r| {
        format!("{} ({} to {})", three(number(r, "median")), three(number(r, "lower_quartile")), three(number(r, "upper_quartile")))
    })
}

fn floors(t: &Tables) -> String {
    if t.rows("floor.csv").is_empty() {
        return String::new();
    }
    let row = |what: &str| {
        let of = |measure| spread(t.find("floor.csv", &[("what", what), ("measure", measure)]));
        vec![what.to_string(), of("ns_per_firm_quarter"), of("over_draws")]
    };
    let rows: Vec<Vec<String>> = ["draws", "plan alone", "W0", "W1", "W2", "W0, W1, W2"].map(row).to_vec();
    let threads = spread(t.find("floor.csv", &[("what", "two threads"), ("measure", "over_one_thread")]));
    format!(
        "## Over the floor\n\nThe floor is what the random draws of 64 paths alone cost: generator, normals, regimes, windows, events, and the uncertain numbers of \
         the scenario. A row of the table is a block of the flagship from its draws to the losses of its worlds, on one thread; the plan is run anew for \
         each path, because its numbers are drawn anew. Two threads finish {threads} times as many paths as one in the same time.\n\n{}",
        table(&["", "ns per firm and quarter:", "over the draws:"], &rows)
    )
}

fn steps(t: &Tables) -> String {
    let rows = t.rows("profile.csv");
    if rows.is_empty() {
        return String::new();
    }
    let share = |row: &Row| format!("{:.1} %", 100.0 * number(row, "share"));
    let three_worlds: Vec<&Row> = rows.iter().filter(|r| text(r, "worlds") != "W0").collect();
    let line = |r: &&Row| {
        let step = text(r, "step");
        let alone = t.find("profile.csv", &[("worlds", "W0"), ("step", step)]);
        vec![step.to_string(), alone.map_or("–".into(), share), share(r)]
    };
    let lines: Vec<Vec<String>> = three_worlds.iter().map(line).collect();
    format!(
        "## Where it goes\n\n{}Shares of the instructions of a block by step of the quarter, as callgrind counts them (with 256-bit vectors, whatever the \
         machine has; an instruction is not a time). The plan holds the same steps once more, without shocks and losses.\n\n{}",
        toy(t),
        table(&["step", "W0 alone:", "three worlds:"], &lines)
    )
}

/// What a toy of the same shape cost: the same lanes, one purchase network with payments, one set of numbers for all paths. Not in the repository.
const TOY: &str = "A toy of the same shape (16 firms, 80 edges, 40 quarters, in the same lanes) took 7 to 8 ns per firm and quarter when it was tried (it is not in the repository)";

/// Why the full model costs more than a toy.
fn toy(t: &Tables) -> String {
    let ns = |what| floor(t, what, "ns_per_firm_quarter");
    let (Some(draws), Some(plan), Some(w0), Some(model)) = (ns("draws"), ns("plan alone"), ns("W0"), t.rows("model.csv").first()) else {
        return String::new();
    };
    let n = |column: &str| whole(number(model, column));
    format!(
        "{TOY}. The flagship in W0 takes {}: {} for the draws, {} for a plan of its own on every path, because {} numbers are uncertain, and {} for the world \
         itself, {} times the middle of the toy's. It carries {} firms; purchases {}, tranches {}, stakes {}, loans {}, warrants {}, backstops {}, deals not yet \
         signed {}; orders, funding, payment, default and valuation instead of payment alone; and {} losses of every firm, where the toy has one.\n\n",
        three(w0),
        three(draws),
        three(plan - draws),
        n("uncertain"),
        three(w0 - plan),
        three((w0 - plan) / 7.5),
        n("firms"),
        n("purchases"),
        n("tranches"),
        n("stakes"),
        n("loans"),
        n("warrants"),
        n("backstops"),
        n("deals"),
        n("metrics"),
    )
}

/// A verdict about one peer, in a sentence.
fn against(goals: &[goals::Goal], what: &str) -> String {
    let said = |g: &goals::Goal| {
        let verdict = if g.is_met { "met" } else { "**missed**" };
        format!("{}: {} asked, {} found where it is closest: {verdict}.", words::capital(&g.what), g.asked, g.found)
    };
    goals.iter().filter(|g| g.what.starts_with(what)).map(said).collect::<Vec<_>>().join(" ")
}

fn peers(t: &Tables) -> String {
    let rows = t.rows("peers.csv");
    if rows.is_empty() {
        return String::new();
    }
    let line = |r: &Row| {
        let numbers = ["ns_per_firm_quarter", "paths_per_second", "time_over_engine"].map(|c| three(number(r, c)));
        [text(r, "program"), text(r, "worlds"), text(r, "threads")].map(String::from).into_iter().chain(numbers).collect()
    };
    let all = goals(t);
    format!(
        "## Beside NumPy and Numba: the flagship\n\nThe whole model, written again in NumPy (arrays over paths) and in Numba (compiled loops, path by path), on the \
         engine's own draws; each must agree with the engine on every path before it is timed. Draws, plan and compiling are left out. The engine also records \
         every other loss by firm and contract, the peers three numbers a path. {} {}\n\n{}",
        against(&all, "NumPy over the engine"),
        against(&all, "Numba over the engine"),
        table(
            &["program", "worlds", "threads:", "ns per firm and quarter:", "paths per second:", "time over engine:"],
            &rows.iter().map(line).collect::<Vec<_>>()
        )
    )
}

fn clearing(t: &Tables) -> String {
    let rows = t.rows("clearing.csv");
    if rows.is_empty() {
        return String::new();
    }
    let line = |r: &Row| {
        let ours = fastest(t, "bubblerisk", text(r, "firms"), text(r, "threads")).map_or(f64::NAN, |x| x.1);
        let each = number(r, "us_per_vector");
        vec![text(r, "program").to_string(), text(r, "firms").into(), text(r, "threads").into(), three(each), three(each / ours)]
    };
    let winner = |(firms, threads): &(String, String)| {
        let (ours, theirs) = (fastest(t, "bubblerisk", firms, threads)?, fastest(t, "Numba", firms, threads)?);
        Some(format!("{} at {firms} firms on {threads} thread{}", three(theirs.1 / ours.1), if threads == "1" { "" } else { "s" }))
    };
    let ratios: Vec<String> = clearing_groups(t).iter().filter_map(winner).collect();
    format!(
        "## Beside NumPy and Numba: payment clearing\n\nThe same random networks and shocks, cleared by each program; all must find the same defaults. The last \
         column is over the fastest way of this program. The fastest Numba takes {} times as long. {}\n\n{}",
        list(&ratios),
        against(&goals(t), "Numba over the kernel"),
        table(&["program", "firms:", "threads:", "µs a vector:", "over the fastest of ours:"], &rows.iter().map(line).collect::<Vec<_>>())
    )
}

/// What time grows beyond instructions.
fn why(t: &Tables) -> String {
    let exponent = |sweep| Fit::of_all(&t.points_of("instructions.csv", sweep, "instructions"));
    let (Some(firms), Some(contracts)) = (exponent("firms"), exponent("contracts")) else { return String::new() };
    let said = |f: Fit| format!("{:.3} ± {:.3} (from {} to {})", f.exponent, 2.0 * f.error, whole(f.from), whole(f.to));
    format!(
        "Counted instructions grow with exponents of {} for firms, of which more are short on more paths, and {} for contracts. Where time grows faster than \
         instructions it waits for memory: a firm has about a hundred rows of 512 bytes and a purchase about ten, so that some tens of firms fill a \
         second-level cache and some hundreds a third-level one; orders are swept from seller to buyer, which is anywhere in memory; and paths in which \
         somebody is short are cleared one lane at a time, which reads one number of each row.\n\n",
        said(firms),
        said(contracts)
    )
}

fn growth(t: &Tables) -> String {
    if t.rows("scale.csv").is_empty() {
        return String::new();
    }
    let line = |(what, sweep, about): (&str, &str, &str)| {
        let points = t.points(sweep, "median_seconds");
        let (first, last) = (points.first()?, points.last()?);
        let fit = Fit::of(&points)?;
        let range = |p: &(f64, f64)| format!("{} in {}", whole(p.0), time(p.1));
        let exponent = format!("{:.3} ± {:.3}", fit.exponent, 2.0 * fit.error);
        let before = points[points.len() - 2];
        let step = format!("{:.2}", (last.1 / before.1).ln() / (last.0 / before.0).ln());
        Some(vec![
            what.into(),
            about.into(),
            range(first),
            range(last),
            exponent,
            step,
            if fit.is_linear() { "in proportion" } else { "**faster**" }.into(),
        ])
    };
    let sweeps = [
        ("paths", "paths", "flagship, every core"),
        ("firms", "firms", "four contracts each, 8 quarters, 64 paths"),
        ("contracts", "contracts", "50 firms, 8 quarters, 64 paths"),
        ("quarters", "quarters", "50 firms, 200 contracts, 64 paths"),
    ];
    let lines: Vec<Vec<String>> = sweeps.into_iter().filter_map(line).collect();
    format!(
        "## What more of everything costs\n\n![Time against paths, firms, contracts and quarters, memory and intervals against paths](performance/scale.svg)\n\n\
         Exponents are fitted by least squares to logarithms over the upper half of each range; ± is two standard errors.\n\n{}{}{}{}",
        table(&["more", "of what", "from", "to", "exponent:", "between the last two:", ""], &lines),
        why(t),
        memory(t),
        threads(t)
    )
}

fn memory(t: &Tables) -> String {
    let slope = |sweep| bytes_a_path(&t.points(sweep, "peak_bytes"));
    let (Some(simulating), Some(whole_run)) = (slope("memory, simulation"), slope("memory")) else { return String::new() };
    let ends = |sweep| {
        let points = t.points(sweep, "peak_bytes");
        let mib = |p: &(f64, f64)| format!("{} MiB with {} paths", three(p.1 / f64::from(1 << 20)), whole(p.0));
        Some(format!("{} and {}", mib(points.first()?), mib(points.last()?)))
    };
    format!(
        "Memory, of two firms, so that little but the paths is seen: one path more takes {} bytes while the simulation runs and {} bytes at the peak, when \
         the tables of results are made ({}). The flagship, whose tallies are larger, peaks at {}.\n\n",
        three(simulating),
        three(whole_run),
        ends("memory").unwrap_or_default(),
        ends("paths").unwrap_or_default()
    )
}

fn threads(t: &Tables) -> String {
    let points = t.points("threads", "median_seconds");
    let Some(one) = points.iter().find(|p| p.0 == 1.0) else { return String::new() };
    let said: Vec<String> =
        points.iter().filter(|p| p.0 > 1.0).map(|p| format!("{} threads {} times as fast as one", p.0, three(one.1 / p.1))).collect();
    if said.is_empty() { String::new() } else { format!("Threads, the flagship: {}.\n", list(&said)) }
}

fn startup(t: &Tables) -> String {
    let line = |r: &Row| {
        let ms = |column| three(1e3 * number(r, column));
        let scenario = text(r, "scenario");
        let scenario = if scenario == "none" { "" } else { scenario };
        vec![
            format!("`{}`", text(r, "command")),
            scenario.to_string(),
            format!("{} ({} to {})", ms("median_seconds"), ms("lower_quartile"), ms("upper_quartile")),
        ]
    };
    let lines: Vec<Vec<String>> = t.rows("startup.csv").iter().map(line).collect();
    let (Some(floor), Some(run), Some(charts)) =
        (start_ms(t, "none", "help"), start_ms(t, "two-firms", "run"), start_ms(t, "two-firms", "charts"))
    else {
        return String::new();
    };
    format!(
        "## Start-up\n\nThe release program as a process of its own, from start to end, with 64 paths. `help` prints a help text: what any command takes. `charts` \
         draws the pictures of the run again and nothing else: of the {} ms of a run on two firms about {} ms, or {} %, are pictures, each as SVG and PNG.\n\n{}",
        three(run),
        three(charts - floor),
        three(100.0 * (charts - floor) / run),
        table(&["command", "scenario", "ms:"], &lines)
    )
}

fn history(t: &Tables) -> String {
    let columns =
        ["w0_over_draws", "three_worlds_over_draws", "draws_ns", "w0_ns", "three_worlds_ns", "numpy_over_engine", "numba_over_engine"];
    let line = |r: &Row| {
        let numbers = columns.map(|c| three(number(r, c)));
        [text(r, "day").to_string(), text(r, "label").to_string()].into_iter().chain(numbers).collect()
    };
    let lines: Vec<Vec<String>> = t.rows("history.csv").iter().map(line).collect();
    if lines.is_empty() {
        return String::new();
    }
    let names = [
        "day",
        "",
        "W0 over draws:",
        "three worlds over draws:",
        "draws, ns:",
        "W0, ns:",
        "three worlds, ns:",
        "NumPy over engine:",
        "Numba over engine:",
    ];
    format!("## History\n\nThe flagship on one thread; ns are per firm and quarter.\n\n{}", table(&names, &lines))
}

/// The line that the present tables add to the history: peers with all three worlds on one thread.
#[allow(dead_code)] // The test of the page has no use for it.
pub fn history_line(t: &Tables, day: &str, label: &str) -> String {
    let peer = |name: &str| {
        let rows = t.rows("peers.csv").iter().filter(|r| text(r, "program").starts_with(name) && text(r, "worlds").len() > 2);
        rows.filter(|r| text(r, "threads") == "1").map(|r| number(r, "time_over_engine")).min_by(f64::total_cmp)
    };
    let ns = |what| floor(t, what, "ns_per_firm_quarter");
    let over = |what| floor(t, what, "over_draws");
    let numbers = [over("W0"), over("W0, W1, W2"), ns("draws"), ns("W0"), ns("W0, W1, W2"), peer("NumPy"), peer("Numba")];
    let fields: Vec<String> = numbers.iter().map(|n| n.map_or(String::new(), three)).collect();
    format!("{day},\"{}\",{}", label.replace('"', "'"), fields.join(","))
}

const COMMANDS: &str = "## Take it again

`benches/performance` does all of it in this order, half an hour on two cores; each command can be run alone. Only `--write` writes.

| command | table |
|---|---|
| `cargo bench --bench floor -- --write` | `floor.csv`, `model.csv` |
| `cargo bench --bench look -- --write` | `look.csv` |
| `cargo bench --bench scale -- --write` | `scale.csv`, `accuracy.csv`, `startup.csv`; `--only paths`, `memory`, `firms`, `contracts`, `quarters`, `threads` or `startup` takes one, `--paths-to 1e8` more paths |
| `benches/profile` | `profile.csv`, `instructions.csv` |
| `benches/peers/run 8192 --write` | `peers.csv` |
| `benches/peers/run-clearing 100000 --write` | `clearing.csv` |
| `cargo bench --bench sampling -- --write` | `sampling.csv`, `paths.csv`; ten minutes; `--replications` and `--paths` for other sizes |
| `cargo bench --bench performance_page -- --history LABEL` | one line more in `history.csv`, from the tables as they are |
| `cargo bench --bench performance_page -- --write` | this page and its chart |
";
