//! The third finding: how much worse the circle makes it, as a vector of losses, variants and worlds; and whether it makes anything worse at all.

use super::{Grid, Section, first_condition, is_random, under, world};
use crate::results::words::{self, Unit};
use crate::results::{Amplification, Given, Metric, Panel, Results, WorldName};
use serde_json::json;

/// Losses of the vector, most useful first.
const VECTOR: [Metric; 6] = [
    Metric::NetLoss,
    Metric::NetLossFromToday,
    Metric::RevenueShortfall,
    Metric::ExternalCreditLoss,
    Metric::CommittedShortfall,
    Metric::Defaults,
];
/// Losses of which a sentence is made.
const SPOKEN: [Metric; 2] = [Metric::NetLoss, Metric::Defaults];
const WORLDS: [WorldName; 2] = [WorldName::W2, WorldName::W1];
const PANELS: [Panel; 3] = [Panel::Base, Panel::NoSentiment, Panel::LookThrough];

/// What can be said of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Larger,
    Smaller,
    /// The same to the last digit.
    Equal,
    /// Not told apart from the same.
    Unclear,
}

fn verdict(a: &Amplification) -> Verdict {
    let d = &a.difference;
    let one = a.ratio.map_or((d.low, d.high), |e| (e.low - 1.0, e.high - 1.0));
    match one {
        _ if d.value == 0.0 && d.low == 0.0 && d.high == 0.0 => Verdict::Equal,
        (low, _) if low > 0.0 => Verdict::Larger,
        (_, high) if high < 0.0 => Verdict::Smaller,
        _ => Verdict::Unclear,
    }
}

fn find(r: &Results, metric: Metric, panel: Panel, against: WorldName, given: Given) -> Option<&Amplification> {
    r.amplification.iter().find(|a| a.firm.is_none() && a.metric == metric && a.panel == panel && a.against == against && a.given == given)
}

pub(super) fn section(r: &Results) -> Option<Section> {
    let given = first_condition(r);
    let shown: Vec<&Amplification> = r
        .amplification
        .iter()
        .filter(|a| a.firm.is_none() && VECTOR.contains(&a.metric) && (a.given == given || a.given == Given::All))
        .collect();
    if shown.is_empty() {
        return None;
    }
    let mut statements = Vec::new();
    for against in WORLDS {
        statements.extend(SPOKEN.iter().filter_map(|m| find(r, *m, Panel::Base, against, given)).map(|a| spoken(r, a)));
        statements.extend(without_sentiment(r, against, given));
        statements.extend(overall(r, against, given));
    }
    statements.extend(coordination(r, given));
    statements.push(NOTE.into());
    Some(Section {
        id: "amplification",
        heading: "How much worse the circle makes it".into(),
        statements,
        tables: vec![table(r, given)],
        numbers: json!(shown),
        figures: &["amplification", "defaults-by-world"],
    })
}

const NOTE: &str = "W2 also takes away the risk that funding stops, so A answers a wide question; C, against W1, is about who holds the cheque. Whether the sign \
                    holds over the ranges of the inputs was not tested in this run.";

/// The two means behind a comparison.
fn means(a: &Amplification) -> String {
    let unit = Unit::of(a.metric);
    format!("{} against {}", words::with_error(&a.mean, unit), words::with_error(&a.other_mean, unit))
}

/// The comparison in the words in which it must be made: the world named and defined, the shocks the same.
fn spoken(r: &Results, a: &Amplification) -> String {
    let condition = under(r, a.given);
    let given = if a.given == Given::Bust { format!(" and {condition}") } else { String::new() };
    let start = format!("Relative to {}, with the same shocks{given}, the expected {}", world(a.against), words::metric(a.metric));
    let found = match (verdict(a), &a.ratio) {
        (Verdict::Equal, _) => return format!("{start} is the same to the last digit ({}): no amplification.", words::with_error(&a.mean, Unit::of(a.metric))),
        (Verdict::Unclear, Some(e)) => format!("is {} times as large: no amplification that this run can tell from none", words::with_error(e, Unit::Plain)),
        (Verdict::Larger, Some(e)) => format!("is {} times as large", words::with_error(e, Unit::Plain)),
        (Verdict::Smaller, Some(e)) => format!("is smaller, {} times as large", words::with_error(e, Unit::Plain)),
        (v, None) => difference(a, v),
    };
    format!("{start} {found} ({}).", means(a))
}

fn difference(a: &Amplification, v: Verdict) -> String {
    let e = &a.difference;
    let size = if e.value < 0.0 { e.scaled(-1.0).unwrap_or(*e) } else { *e };
    let by = words::with_error(&size, Unit::of(a.metric));
    let what = if e.value < 0.0 { "lower" } else { "higher" };
    let reason = "no ratio, as the other mean is within five standard errors of zero";
    match v {
        Verdict::Unclear => format!("is {what} by {by}: no difference that this run can tell from none; {reason}"),
        _ => format!("is {what} by {by}; {reason}"),
    }
}

/// A common revaluation of every firm hides the network: say what is left without it.
fn without_sentiment(r: &Results, against: WorldName, given: Given) -> Option<String> {
    let a = find(r, Metric::NetLoss, Panel::NoSentiment, against, given)?;
    let size = match &a.ratio {
        Some(e) => format!("{} times as large", words::with_error(e, Unit::Plain)),
        None => difference(a, verdict(a)).trim_start_matches("is ").to_string(),
    };
    Some(format!(
        "Without the common revaluation (S = 0), which moves every firm in every world, the expected {} is {size} as against {}, on {}.",
        words::metric(a.metric),
        words::world_name(against),
        words::plural(a.paths, "path", "paths")
    ))
    .map(|text| text.replace("as large as against", "as large as in").replace(" as against ", " than in "))
}

/// One word over the whole vector: the tool must be able to say that there is nothing.
fn overall(r: &Results, against: WorldName, given: Given) -> Option<String> {
    let verdicts: Vec<Verdict> = VECTOR.iter().filter_map(|m| find(r, *m, Panel::Base, against, given)).map(verdict).collect();
    let name = words::world_name(against);
    let larger = verdicts.iter().filter(|v| **v == Verdict::Larger).count();
    let smaller = verdicts.iter().filter(|v| **v == Verdict::Smaller).count();
    if verdicts.is_empty() {
        return None;
    }
    Some(match (larger, smaller) {
        (0, 0) => format!("No amplification against {name}: none of the {} losses below differs from it beyond the error.", verdicts.len()),
        (0, _) => format!("Against {name} the circle lowers {smaller} of the {} losses below and raises none.", verdicts.len()),
        (_, 0) => format!("Against {name}, {larger} of the {} losses below are larger beyond the error and none is smaller.", verdicts.len()),
        _ => format!("Against {name}, {larger} of the {} losses below are larger beyond the error and {smaller} smaller.", verdicts.len()),
    })
    .filter(|_| is_random(r) || larger + smaller == 0)
}

/// What the least fixed points add, if they were run.
fn coordination(r: &Results, given: Given) -> Option<String> {
    let mean = |w: WorldName| r.loss(Metric::NetLoss, None, w, Panel::Base, given).map(|row| row.mean);
    let (most, least) = (mean(WorldName::W0)?, mean(WorldName::W0Least)?);
    let gap = least.value - most.value;
    let usd = |e| words::with_error(e, Unit::UsdBn);
    Some(if gap.abs() <= 1e-9 * most.value.abs().max(1.0) {
        format!("No coordination loss: at the least fixed points the expected net loss is the same, {}.", usd(&least))
    } else {
        format!("At the least fixed points, where nobody pays until others do, the expected net loss is {} instead of {}: the difference is the coordination loss.", usd(&least), usd(&most))
    })
}

fn table(r: &Results, given: Given) -> Grid {
    let conditions: Vec<Given> = if given == Given::All { vec![Given::All] } else { vec![Given::All, given] };
    let columns: Vec<(WorldName, Given)> = WORLDS.iter().flat_map(|w| conditions.iter().map(|g| (*w, *g))).collect();
    let mut header = vec!["Expected loss".to_string()];
    header.extend(columns.iter().map(|(w, g)| {
        let name = if *w == WorldName::W2 { "A = W0/W2" } else { "C = W0/W1" };
        if conditions.len() > 1 { format!("{name}, {}", words::given(*g)) } else { name.to_string() }
    }));
    let mut rows = Vec::new();
    for panel in PANELS {
        for metric in VECTOR {
            let found: Vec<_> = columns.iter().map(|(w, g)| find(r, metric, panel, *w, *g)).collect();
            if found.iter().all(Option::is_none) || (panel != Panel::Base && metric == Metric::NetLossFromToday) {
                continue;
            }
            let variant = if panel == Panel::Base { String::new() } else { format!("; {}", words::panel(panel)) };
            let mut line = vec![format!("{}{variant}", words::capital(words::metric(metric)))];
            line.extend(found.into_iter().map(|a| a.map_or_else(|| "–".into(), cell)));
            rows.push(line);
        }
    }
    let caption = "W0 over another world on the same shocks, as a ratio of expectations; Δ is the difference where the ratio would divide by next to nothing";
    Grid { caption: caption.into(), header, rows }
}

fn cell(a: &Amplification) -> String {
    match &a.ratio {
        Some(e) => words::cell(e, Unit::Plain),
        None if a.difference.value == 0.0 => "Δ 0".to_string(),
        None => {
            let unit = if Unit::of(a.metric) == Unit::UsdBn { " bn" } else { "" };
            format!("Δ {}{unit}", words::cell(&a.difference, Unit::Plain))
        }
    }
}
