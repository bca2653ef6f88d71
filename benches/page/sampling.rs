//! The section on choosing paths: how many fewer seconds each way of sampling needs for the same interval, statistic by statistic. No measuring.

use super::goals::{flagship_peer, seconds_to_one_percent};
use super::tables::{Row, Tables, number, text};
use super::words::{list, table, three, time, whole};

/// Statistics in the order of the table, with short headings.
const STATISTICS: [(&str, &str); 9] = [
    ("mean net loss", "mean loss"),
    ("ES 99 %", "ES 99 %"),
    ("ES 99.9 %", "ES 99.9 %"),
    ("P(microsoft fails)", "P(Microsoft)"),
    ("P(alphabet fails)", "P(Alphabet)"),
    ("P(nvidia fails)", "P(Nvidia)"),
    ("P(openai fails)", "P(OpenAI)"),
    ("net loss W0/W2 given a bust", "W0/W2"),
    ("net loss W0 - W2 given a bust", "W0 − W2"),
];

/// The section; empty if nothing was measured.
pub fn sampling(t: &Tables) -> String {
    let rows = t.rows("sampling.csv");
    if rows.is_empty() {
        return String::new();
    }
    let mut methods: Vec<&str> = Vec::new();
    for row in rows {
        if !methods.contains(&text(row, "method")) {
            methods.push(text(row, "method"));
        }
    }
    let lines: Vec<Vec<String>> = methods.iter().map(|m| line(rows, m)).collect();
    let heading: Vec<String> = std::iter::once("method".to_string()).chain(STATISTICS.iter().map(|s| format!("{}:", s.1))).collect();
    format!(
        "## Better paths instead of more\n\nBy how much fewer seconds buy the same interval: variance of plain sampling over that of the method with as many paths, \
         measured by replications with seeds of their own, over the cost of one of its paths against a plain one; where a path costs more, the ratio of variances stands in brackets; ± is its standard error. `plain`, `stratified` and `importance` are what `--sampling` offers; the others were tried beside them. Rows called computed are tilts of \
         the regime's hazards and of the common factors (their second moments, from the paths of plain sampling): cost and pilot are left out, which flatters them. \
         W0/W2 and W0 − W2 are the net loss given a bust.\n\n{}\n{}",
        table(&heading.iter().map(String::as_str).collect::<Vec<_>>(), &lines),
        to_one_percent(t)
    )
}

fn line(rows: &[Row], method: &str) -> Vec<String> {
    let cell = |statistic: &str| {
        let found = rows.iter().find(|r| text(r, "method") == method && text(r, "statistic") == statistic);
        found.map_or("–".to_string(), |r| {
            let [factor, ratio, error] = ["factor", "variance_ratio", "standard_error"].map(|c| number(r, c));
            let spread = format!("{} ± {}", three(ratio), three(error));
            match (error == 0.0, factor == ratio) {
                (true, _) => three(factor),
                (false, true) => spread,
                (false, false) => format!("{} ({spread})", three(factor)),
            }
        })
    };
    std::iter::once(method.to_string()).chain(STATISTICS.iter().map(|s| cell(s.0))).collect()
}

/// Paths and time to an interval of ± 1 %.
fn to_one_percent(t: &Tables) -> String {
    let rows = t.rows("paths.csv");
    let mut statistics: Vec<&str> = rows.iter().map(|r| text(r, "statistic")).collect();
    statistics.dedup();
    let lines: Vec<Vec<String>> = statistics
        .iter()
        .map(|s| {
            let of =
                |r: &Row| format!("{} in {}", whole(number(r, "paths_to_1_percent_half_width")), time(number(r, "seconds_to_1_percent")));
            let each = ["plain", "stratified", "importance"]
                .map(|m| t.find("paths.csv", &[("statistic", s), ("sampling", m)]).map_or("–".into(), of));
            std::iter::once((*s).to_string()).chain(each).collect()
        })
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    let said: Vec<String> = ["ES 99 %", "P(microsoft fails)"].iter().filter_map(|s| shorter(t, s)).collect();
    format!(
        "Paths and time to an interval of ± 1 %, all cores, candidates and pilot included: {}. A run with chosen paths has at least 2,048 of them.\n\n{}",
        list(&said),
        table(&["statistic", "plain:", "stratified:", "importance:"], &lines)
    )
}

fn shorter(t: &Tables, statistic: &str) -> Option<String> {
    let factor = seconds_to_one_percent(t, statistic, "plain")? / seconds_to_one_percent(t, statistic, "importance")?;
    let numpy = flagship_peer(t, "NumPy")
        .map_or(String::new(), |n| format!(", and {} times sooner than plain sampling in NumPy", three(factor * n)));
    Some(format!("{statistic} {} times sooner with importance sampling than with plain sampling{numpy}", three(factor)))
}
