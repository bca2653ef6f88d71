//! docs/output.md: every file of a run and every column, written from the same list as the files themselves.

use super::manifest::KEYS;
use super::tables::{TABLES, meaning};
use super::{Metric, words};
use std::fmt::Write as _;

const BEGINNING: &str = "<!-- Written from src/results by `BUBBLERISK_BLESS=1 cargo test --test report`. Do not edit. -->

# What a run leaves

`bubblerisk run SCENARIO` writes into `output/<scenario>/`:

| file | what it is |
|---|---|
| `report.html` | the whole report with its charts in one file, for reading and printing |
| `charts/` | every chart as SVG, PNG and the CSV that it shows |
| `manifest.json` | what was run, on what, how exactly, and how to run it again |
| `results.json` | everything that was found, in one document; `bubblerisk charts` and `bubblerisk report` redraw from it without simulation |
";

const CONVENTIONS: &str = "
Every file is written whole or not at all, and the manifest last: where it is, the rest is complete (`charts` and `report` rewrite
pictures and report without touching it).
Tables are CSV: UTF-8, one heading, a point for decimals, numbers with all their digits. Money is in billions of US dollars (USD bn), nominal; shares are
between 0 and 1. A loss is positive, a gain negative. Quarters count from 1, with 0 the as-of date. A number that does not exist is an empty cell: there is
no NaN and no infinity. An estimate has four columns: its value, its standard error and both ends of its 95 % interval. Intervals of order statistics and of
probabilities are not symmetric; for them the standard error is only a summary.

Worlds are run on the same shocks, path by path:

| world | what it is |
|---|---|
| `W0` | the full model |
| `W1` | circular finance replaced by an arm's-length outside investor |
| `W2` | isolated firms whose counterparties perform exactly as planned |
| `W0Least` | the full model at its least fixed points, with `--least`: what a failure of coordination would add |
";

const PATHS: &str = "
## paths.csv

Only with `run --each-path`: the net loss of the system against plan on every path, so that another program can compute what this one does not. A row is one
path; `bubblerisk explain SCENARIO --path K` replays it.

| column | meaning | unit |
|---|---|---|
| `path` | number of the path, from 0 |  |
| `weight` | how much it counts; the weights of all paths sum to 1 | share |
| `bust` | whether it has a bust quarter |  |
| `net_loss_w0` | net loss against plan in W0 | USD bn |
| `net_loss_w1`, `net_loss_w2` | the same in W1 and W2, to seven digits | USD bn |

## compare/, attribute/, reverse/ and inspect/

`compare` writes `differences.csv` (means of the first scenario and of each variant, the paired change, and its sign: robust if its interval excludes zero and both
halves of the range of every uncertain number have it), `tails.csv` (expected shortfalls), `plan.csv` (revenue of the no-shock plan, firm by firm, where a variant
changes it) and `compare.json` with all of it; `compare --vary` writes `sweep.csv` (every measure at every point and its paired change; the scenario as written first,
without a place; a plan that cannot be paid for has its gap and no measure), `sweep.json` and a chart. `attribute` writes
`channels-by-condition.csv` (own loss, Shapley values, each channel alone and each left out, total), `tail.csv` (each firm's part of the expected shortfall, and ΔCoVaR)
and `attribute.json`; `attribute --deals` writes `deals.csv` (each deal's Shapley value, alone and left out, and the ranks that intervals leave open), `deals.json` and a
chart. `reverse` writes `coordinates.csv` (each driver over all paths and where the condition holds: mean and quantiles, their difference in standard
deviations, the first and last rank that the intervals leave open, its value and percentile on the most likely and the least bad path, and FORM's), `paths.csv` (up to
1,000 paths that meet the condition, the most likely first: weight, logarithm of how likely up to a constant, distance from the middle in standard deviations, net loss,
drivers), `first-failures.csv` (how often each firm and deal fails first, where the condition holds and on all paths), the chart `reverse` and `reverse.json`.
`inspect` writes a table for each of its sections, a chart and `inspect.json`. Every change, value and part has its standard error and its 95 % interval beside it.

## sensitivity/

`inputs.csv` (every input, where its range is from, how many numbers move with it, its first number at the 5 % level, the centre and the 95 % level), `one-at-a-time.csv`
(change of each output with one input at each level), `screening.csv` (mean absolute effect, mean effect and spread of the effects from the 5 % to the 95 % level, what
Monte Carlo error alone would show, and the ranks that the intervals support), `shares.csv` (shares of variance, alone, in pairs, in all), `two-levels.csv` (over draws
of all inputs: mean, standard deviation by the inputs with Monte Carlo error taken off, Monte Carlo standard error of one draw, the 5 % and 95 % of draws), `hazard.csv`
(chance of each stated loss at each hazard of a bust, and the hazard at which it is one in twenty) and `sensitivity.json` with all of it.

## serve/

A setting sent to a report from the page of `serve`: a whole run with the files above. Its manifest names the command, with every change.
";

const EXPLAIN: &str = "
## explain-path-K.csv

`bubblerisk explain SCENARIO --path K` writes this table and the next; with another world than W0 its name follows K. A row is one movement of money.

| column | meaning | unit |
|---|---|---|
| `quarter` | quarter, 1 the first after the as-of date |  |
| `label` | the quarter's name |  |
| `from`, `to` | who pays and who receives: a firm, or customers, suppliers, capital, dead_weight or ghost |  |
| `usd_bn` | amount | USD bn |
| `row` | row of the transactions-flow matrix |  |
| `contract` | the contract that it is part of, if any |  |

## explain-path-K-matrix.csv

The transactions-flow matrix (Godley) of every quarter: 16 rows, a column for each firm and each outside sector, receipts positive and payments negative, in
USD bn. Every row and every column of a quarter sums to zero; the column `sum` is the row's.
";

const LOOK: &str = "
## report.html and its template

One file that fetches nothing: charts inline, a style sheet, and a script without which everything but sorting, looking up and pointing works. `bubblerisk run` and
`bubblerisk report` take `--template DIR`: a `page.html`, `page.css` or `page.js` in that folder takes the place of ours (src/report), what is missing stays. An error in
a template is told with its file and line. Every mark of a chart that stands for a number can be read off with pointer, finger or keys, as the chart's CSV has it.

Taken in is what `sensitivity`, `attribute`, `attribute --deals`, `compare`, `compare --vary`, `reverse` and `inspect` left beside the run, if it is about the same scenario: each
of their JSON files begins with `scenario_sha256`, the hash that results.json has (`scenario.hash`). An answer of another scenario, or one without a hash, is told in a line and not
shown. `bubblerisk charts RUN` redraws the pictures of those answers, too, where their commands write them. A sweep keeps the measure that it was asked to draw largest
(`drawn_measure`), `reverse` the command that replays its paths (`replay`).

Where folders of other complete runs of the same firms lie beside that of the run, the look-up panel offers the first eight of them by name, paths and seed.

The template is Jinja2, as minijinja reads it, with:

| variable | what it is |
|---|---|
";

/// The variables of the template; a test holds them to those that are given.
pub const VARIABLES: [(&str, &str); 15] = [
    ("title", "title of the scenario"),
    ("name", "its name, which is that of the folder"),
    ("as_of", "its date"),
    ("hash", "SHA-256 of everything that was read"),
    ("seed", "seed of the run"),
    ("paths", "number of paths, with commas"),
    ("version", "version of the program"),
    ("caution", "the sentence that must stand beside every probability; it is also among the statements of the first section"),
    ("style", "the style sheet, page.css"),
    ("script", "the script, page.js"),
    ("data", "what the controls look up, as JSON for a script element"),
    (
        "sections",
        "the sections in order, each with `id`, `heading`, `level` (1 to 3), `statements`, `tables`, `figures`, `is_lookup` (where the controls stand), `stories`, `leads` (how many statements come first and large), `is_list`, `is_folded`",
    ),
    (
        "sections[].tables",
        "each with `caption`, `header`, `rows`, `count`, `is_sortable`, `is_long`; the filter `linked` makes links of web addresses in a cell",
    ),
    ("sections[].figures", "each with `name`, `alt` and `svg`, a drawing to stand in the page as it is"),
    ("sections[].stories", "each with `title` and `quarters`, which have `label` and `events`"),
];

/// The reference of the files of a run in Markdown.
pub fn markdown() -> String {
    let mut out = BEGINNING.to_string();
    for table in &TABLES {
        let when = if table.is_optional { "; only if there are any" } else { "" };
        let _ = writeln!(out, "| [`{}`](#{}) | one row: {}{when} |", table.file, table.file.replace('.', ""), table.about);
    }
    out += CONVENTIONS;
    for table in &TABLES {
        let _ = write!(out, "\n## {}\n\nA row is {}.\n\n| column | meaning | unit |\n|---|---|---|\n", table.file, table.about);
        for c in table.columns() {
            let _ = writeln!(out, "| `{}` | {} | {} |", c.name, c.meaning, c.unit);
        }
    }
    out += PATHS;
    out += EXPLAIN;
    out += LOOK;
    for (name, what) in VARIABLES {
        let _ = writeln!(out, "| `{name}` | {what} |");
    }
    out += "\n## manifest.json\n\n| key | meaning |\n|---|---|\n";
    for (key, meaning) in KEYS {
        let _ = writeln!(out, "| {} | {meaning} |", key.split(", ").map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", "));
    }
    out += "\n## Losses\n\n| metric | in words | definition | unit |\n|---|---|---|---|\n";
    for m in Metric::ALL {
        let _ = writeln!(out, "| `{}` | {} | {} | {} |", m.name(), words::metric(m), meaning(m), m.unit());
    }
    out
}
