//! docs/validation.md and the table in the terminal: what was compared with what, in words. No comparison.

use super::cases::LEFT_OUT;
use super::replay::{Finding, Market, Null, Placed};
use super::{Check, Measure, Report};
use crate::results::words::{count, number};
use std::fmt::Write as _;

const BEGINNING: &str = "<!-- Written by `bubblerisk validate`. Do not edit. -->

# Validation

What this program is tested against, and what came out: published cases and closed forms, which must agree; the telecom bust of 2001-2002, the market of
2025 and the first half of 2026, which may disagree, and where a miss is a finding. `bubblerisk validate` runs all of it and writes this page; it ends
with exit code 1 if anything fails that must agree. Beside it, `cargo test` runs an independent program in another language, written from the
[methods](methods.md) and not from the source, on a thousand random systems (`tests/twin.rs`, `tests/reference/twin.py`), and the invariants I1 to I23
as properties of random networks.
";

/// Published figures that are off, and why: (where, what it says, what is right, why).
const PUBLISHED_ERRORS: [(&str, &str, &str, &str); 5] = [
    (
        "README of siebenbrunner/NetworkValuation",
        "payments 19.5455, 26.3636, 10",
        "270/11 = 24.5455, 290/11 = 26.3636, 10 (case C4a)",
        "a slip of the page: with 19.5455 the first firm would keep 5 that it owes; the clearing vector of its own inputs is exact in elevenths",
    ),
    (
        "Correctness test for example 3.3 of Rogers and Veraart (2013), as noted beside it",
        "two clearing vectors, (2, 2.2) and (1, 1)",
        "(2, 2.2) alone (case rv_example_3_3)",
        "at (1, 1) the first firm has 1 + 1 = 2, which is what it owes, and a firm that can pay is no default; the least fixed point is reached only by going on from there",
    ),
    (
        "Verification script for section V of Elliott, Golub and Jackson (2014)",
        "0.2 for the share of Italy in Spain's row",
        "0.02 (cases egj_six_countries: both variants are run)",
        "the script says so itself of one of its variants; the waves at theta = 0.935 and 0.94 depend on it. Whether the table printed in the paper has the slip could not be checked here",
    ),
    (
        "marcobardoscia/neva, functions on networks",
        "equities to its default tolerance of 1e-3",
        "equities to 1e-14 (cases neva_*)",
        "the stopping rule; besides, its shortcut for clearing ranks debts to firms with those to the outside, its valuation function below them: cases name which is meant",
    ),
    (
        "A published multiple-choice question on Merton's model",
        "0.2832",
        "0.283188 (case merton_leetquiz)",
        "read from a printed table of the normal law",
    ),
];

const LESSONS: &str = "
## What the validation says about the model's weak points

- **One common factor carries too much of the prices.** Volatilities are near those of 2025, but firms move together far more than they did: in the
  model a price moves by sentiment, by revenue and by the network, and nothing else moves one firm's multiple alone. Losses of the system are therefore
  too widely spread for a given volatility of its parts, and the common shock hides the network in mark-to-market losses (which is why S = 0 is shown).
- **The strong fail too often in a long bust.** Funding windows close for every firm alike, a rated borrower included, and debt above the loan-to-value
  limit must be repaid at once. In ten quarters of bust, Lucent, Nortel and the incumbent carriers each fail in about a third of the paths; one in
  ten was accepted, none failed then.
- **The weak fail nearly always.** A firm that burns cash spends to its minimum as long as its sales are on plan; it does not save when funding closes.
- **Recoveries are too good.** The cost of bankruptcy does not rise with the number of failures, as it did when the gear of failed carriers was worth little.
- **Orders follow sales at once.** Capital expenditure lagged demand by two years; here they fall in the same quarter, whatever the take-or-pay share.
- **A deal in talks cannot be signed within a quarter.** Talks lead to a letter of intent and that to a signature, one step a quarter at most; the deal
  between Amazon and OpenAI took ten weeks.
- **What came out right**: loan losses two to three orders below losses of market value, payments a negligible channel, the order refusal, default,
  loss of receipts; the order of losses on the day of DeepSeek; no failure of a rated firm in a fall of prices alone; and nothing where there is no circle.

Nothing was tuned to any of this after it was seen: the parameters are those of the methods' section 13 and of the scenarios as they stood before.
";

/// The whole page.
pub fn page(r: &Report) -> String {
    let mut out = BEGINNING.to_string();
    let all = r.checks().count();
    let _ = write!(
        out,
        "\n**{} of {all} checks that must agree do** ({} numbers). Of the {} observables of the telecom bust {} fall into the band set before the first run, of the \
         {} rows on two later shocks {}.\n",
        r.checks().filter(|c| c.passed).count(),
        count(r.checks().map(|c| c.values as u64).sum()),
        r.telecom.len(),
        hits(&r.telecom),
        r.stresses.len(),
        hits(&r.stresses)
    );
    for (heading, about, checks) in r.groups() {
        let _ = write!(out, "\n## {heading}\n\n{about}\n\n");
        checks_table(&mut out, checks);
    }
    published(&mut out);
    telecom(&mut out, &r.telecom);
    stresses(&mut out, &r.stresses);
    nulls(&mut out, &r.nulls);
    market(&mut out, &r.market);
    out += LESSONS;
    out
}

fn hits(findings: &[Finding]) -> usize {
    findings.iter().filter(|f| f.is_hit).count()
}

/// Ten significant digits without trailing zeros.
fn long(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return v.to_string();
    }
    let digits = (9 - v.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{v:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text.trim_start_matches(['-', '0', '.']).is_empty() { "0".into() } else { text.to_string() }
}

/// An error as it is the same on every machine: rounding below 1e-12 is not told apart.
fn error(c: &Check) -> String {
    match c.measure {
        Measure::StandardErrors => format!("{:.1} s.e.", c.error),
        Measure::Relative if c.error < 1e-12 => "< 1e-12".into(),
        Measure::Relative => format!("{:.0e}", c.error),
    }
}

/// What is shown as found: the expected digits where rounding is all that differs, so that the page is the same on every machine.
fn got(c: &Check) -> String {
    long(if c.measure == Measure::Relative && c.error < 1e-12 { c.expected } else { c.got })
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn checks_table(out: &mut String, checks: &[Check]) {
    *out += "| case | part | source | numbers | expected (worst) | got | error | allowed | |\n|---|---|---|---:|---:|---:|---:|---:|---|\n";
    for c in checks {
        let allowed = if c.measure == Measure::StandardErrors { format!("{} s.e.", c.tolerance) } else { format!("{:.0e}", c.tolerance) };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {allowed} | {} |",
            cell(&c.case),
            c.part,
            cell(&c.source),
            c.values,
            long(c.expected),
            got(c),
            error(c),
            if c.passed { "pass" } else { "**FAIL**" }
        );
    }
}

/// The table for a terminal.
pub fn text(checks: &[Check]) -> String {
    let mut out = format!("{:<44} {:<26} {:>16} {:>16} {:>10}        source\n", "case", "part", "expected", "got", "error");
    let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    for c in checks {
        let _ = writeln!(
            out,
            "{:<44} {:<26} {:>16} {:>16} {:>10}  {}  {}",
            short(&c.case, 44),
            short(c.part, 26),
            short(&long(c.expected), 16),
            short(&got(c), 16),
            error(c),
            if c.passed { "pass" } else { "FAIL" },
            short(&c.source, 60)
        );
    }
    out
}

fn published(out: &mut String) {
    *out += "\n## Published figures that are off\n\n| where | says | right | why |\n|---|---|---|---|\n";
    for (place, says, right, why) in PUBLISHED_ERRORS {
        let _ = writeln!(out, "| {place} | {says} | {right} | {why} |");
    }
    *out += "\nCases that are not run:\n\n";
    for (id, why) in LEFT_OUT {
        let _ = writeln!(out, "- `{id}`: {why}");
    }
}

/// A number of a finding in its unit.
fn shown(v: f64, unit: &str) -> String {
    match unit {
        "share" | "probability" => format!("{} %", number(100.0 * v, 1)),
        "quarters" => number(v, 0),
        _ => number(v, 4),
    }
}

fn telecom(out: &mut String, findings: &[Finding]) {
    *out += "
## The telecom bust of 2001-2002

`scenarios/telecom-2000.toml`: four makers of equipment that lent to their customers, incumbent carriers, the block of competitive carriers, and Winstar
with its line from Lucent, as of the end of 2000, for ten quarters of a bust that is put in; 20,032 paths. The bands were committed before the scenario
and the scenario before its first run (`tests/reference/telecom-2000-bands.csv` says how each number is measured). One episode: N is about 1. The bands
of vendor equity describe the fall from the peak, nine months before the scenario starts.

![Simulated distributions of the telecom replay against what happened](validation/telecom.svg)

| observable | happened | accepted | simulated (95 % interval) | |
|---|---:|---:|---:|---|
";
    for f in findings {
        let unit = f.band.unit.as_str();
        let happened = f.band.what_happened.map_or(String::new(), |v| shown(v, unit));
        let _ = writeln!(
            out,
            "| {} (`{}`) | {happened} | {} to {} | {} ({} to {}) | {} |",
            cell(&f.band.observable),
            f.band.id,
            shown(f.band.low, unit),
            shown(f.band.high, unit),
            shown(f.found.value, unit),
            shown(f.found.low, unit),
            shown(f.found.high, unit),
            if f.is_hit { "hit" } else { "**miss**" }
        );
    }
}

fn stresses(out: &mut String, findings: &[Finding]) {
    *out += "
## A fall of prices without failures, and a day of January 2025

Tests against false alarms and for the order of losses, on the flagship (`scenarios/drawdown-2022.toml`, `scenarios/deepseek-day.toml`); expectations in
`tests/reference/stress-bands.csv`, committed before the first run.

| row | measured | expected | found | |
|---|---|---|---:|---|
";
    for f in findings {
        let expected = f.band.observable.split_once(": ").map_or("", |x| x.1);
        let found = if f.found.low == f.found.high {
            number(f.found.value, 4)
        } else {
            format!("{} ({} to {})", number(f.found.value, 4), number(f.found.low, 4), number(f.found.high, 4))
        };
        let verdict = if f.is_hit { "hit" } else { "**miss**" };
        let _ = writeln!(out, "| `{}` | {} | {} | {found} | {verdict} |", f.band.id, cell(&f.band.statistic), cell(expected));
    }
}

fn nulls(out: &mut String, nulls: &[Null]) {
    *out += "
## It can return nothing

Where the circle cannot matter, the program must say so. Ratios are of expected net losses of the system.

| system | expected | W0/W2 | W0/W1 | largest difference on any path, from W2 and W1, over the mean loss | creditors outside, W0/W1 | |
|---|---|---:|---:|---:|---:|---|
";
    for n in nulls {
        let ratio = |e: &Option<crate::stats::Estimate>| {
            e.as_ref().map_or("none".into(), |e| format!("{} ± {}", number(e.value, 5), number(e.high - e.value, 5)))
        };
        let _ = writeln!(
            out,
            "| {} (`{}`, {} paths) | {} | {} | {} | {}, {} | {} | {} |",
            n.what,
            n.command,
            count(n.paths as u64),
            n.expected,
            ratio(&n.net_loss_ratios[0]),
            ratio(&n.net_loss_ratios[1]),
            small(n.largest_difference[0]),
            small(n.largest_difference[1]),
            ratio(&n.creditors_ratio),
            if n.passed { "pass" } else { "**FAIL**" }
        );
    }
}

fn small(v: f64) -> String {
    if v == 0.0 {
        "0".into()
    } else if v < 1e-12 {
        "< 1e-12".into()
    } else {
        number(v, 2)
    }
}

fn market(out: &mut String, m: &Market) {
    let mean = |f: fn(&super::replay::Correlation) -> f64| m.correlations.iter().map(f).sum::<f64>() / m.correlations.len() as f64;
    let range = |f: fn(&super::replay::Correlation) -> f64| {
        let values = || m.correlations.iter().map(f);
        format!("{} to {}", number(values().fold(f64::INFINITY, f64::min), 2), number(values().fold(f64::NEG_INFINITY, f64::max), 2))
    };
    let _ = write!(
        out,
        "
## Against the market of 2025

The flagship as of 17 December 2025, {} paths, not tuned to it. Simulated volatility: standard deviation of quarterly log changes of the price in the
first year, times 2; realised: daily closes of 2025.

| firm | realised in 2025 | simulated | simulated without a bust in the year |
|---|---:|---:|---:|
",
        count(m.paths as u64)
    );
    for v in &m.volatilities {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            v.firm,
            shown(v.realised, "share"),
            shown(v.simulated, "share"),
            shown(v.simulated_no_bust, "share")
        );
    }
    let _ = write!(
        out,
        "\nMean correlation of the {} pairs: realised (daily) {} ({}), simulated (quarterly) {} ({}). Quarterly correlations are usually higher than daily ones, but \
         not by this much.\n\n",
        m.correlations.len(),
        number(mean(|c| c.realised), 2),
        range(|c| c.realised),
        number(mean(|c| c.simulated), 2),
        range(|c| c.simulated)
    );
    *out += "| default within five years | swap of December 2025, risk-neutral | simulated, physical |\n|---|---:|---:|\n";
    for s in &m.swaps {
        let e = &s.simulated;
        let _ = writeln!(
            out,
            "| {} | about {} | {} ({} to {}) |",
            s.firm,
            shown(s.risk_neutral, "share"),
            shown(e.value, "share"),
            shown(e.low, "share"),
            shown(e.high, "share")
        );
    }
    *out += "
A swap pays for the risk as well as for the expected loss: implied probabilities were about 5 times the realised ones for Baa and 1.2 to 2 times for Ba
and B (Hull, Predescu and White 2005, figures from memory). A physical probability in line with the swaps would be about 2 % for Oracle and 20 to 35 % for
CoreWeave. The swaps were known when the scenario was made (scenarios/README.md). The model's figure for Oracle is several times that: it rests on the plan that Oracle finances OpenAI's data centres with debt, and on the closed
windows named below. That for CoreWeave is in the range.
";
    outcomes(out, m);
}

fn outcomes(out: &mut String, m: &Market) {
    *out += "
## Against what happened next

Returns from 17 December 2025 to 3 August 2026 (the simulated log price is interpolated between the ends of the second and the third quarter of 2026, which
understates its spread a little), and the deals of February and March 2026. The transform is the share of the simulated distribution at or below what
happened: over many forecasts it should be uniform. The score is the continuous ranked probability score, or for an event the squared error; smaller is
better; beside it stands that of a log-normal price without drift and with the volatility of 2025.

![Simulated returns against what happened by 3 August 2026](validation/out-of-sample.svg)

| observable | happened | simulated 5 % | median | 95 % | transform | score | simple score |
|---|---:|---:|---:|---:|---:|---:|---:|
";
    for p in m.returns.iter().chain(&m.outcomes) {
        let _ = writeln!(out, "{}", placed_row(p));
    }
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let ours = mean(m.returns.iter().map(|p| p.score).collect());
    let simple = mean(m.returns.iter().filter_map(|p| p.simple_score).collect());
    let outside = m.returns.iter().filter(|p| p.transform.is_some_and(|u| !(0.05..=0.95).contains(&u))).count();
    let _ = write!(
        out,
        "\nMean score of the returns: {} against {} of the simple forecast. {outside} of {} returns lie outside the middle 90 %. Sources: {}.\n",
        number(ours, 3),
        number(simple, 3),
        m.returns.len(),
        m.outcomes.iter().map(|p| p.source.as_str()).chain(m.returns.first().map(|p| p.source.as_str())).collect::<Vec<_>>().join("; ")
    );
}

fn placed_row(p: &Placed) -> String {
    let unit = if p.unit == "return" || p.unit == "probability" { "share" } else { "multiple" };
    let at = |v: f64| if unit == "share" { shown(v, unit) } else { number(v, 2) };
    match p.transform {
        None => format!("| {} | yes | probability {} | | | | {} | |", p.observable, at(p.quantiles[2]), number(p.score, 3)),
        Some(u) => format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            p.observable,
            at(p.happened),
            at(p.quantiles[0]),
            at(p.quantiles[2]),
            at(p.quantiles[4]),
            number(u, 3),
            number(p.score, 3),
            p.simple_score.map_or(String::new(), |s| number(s, 3))
        ),
    }
}
