//! The third finding: how much worse the circle makes it, as a vector of losses, variants and worlds; and whether it makes anything worse at all.

use super::{Grid, Section, first_condition, is_random, under, world};
use crate::results::words::{self, Unit};
use crate::results::{Amplification, Given, Metric, Panel, Results, WorldName};
use serde_json::json;

/// Losses of the vector, most useful first.
pub(super) const VECTOR: [Metric; 6] = [
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
    /// Told apart from the same, but by too little to matter.
    Negligible,
    /// Not told apart from the same.
    Unclear,
}

/// A change of an expected loss below this share of it is called negligible.
const SMALL: f64 = 0.005;

fn verdict(a: &Amplification) -> Verdict {
    let d = &a.difference;
    let one = a.ratio.map_or((d.low, d.high), |e| (e.low - 1.0, e.high - 1.0));
    let size = if a.ratio.is_some() { 1.0 } else { a.mean.value.abs().max(a.other_mean.value.abs()) };
    match one {
        _ if d.value == 0.0 && d.low == 0.0 && d.high == 0.0 => Verdict::Equal,
        (low, high) if low.abs().max(high.abs()) <= SMALL * size => Verdict::Negligible,
        (low, _) if low > 0.0 => Verdict::Larger,
        (_, high) if high < 0.0 => Verdict::Smaller,
        _ => Verdict::Unclear,
    }
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
        statements.extend(SPOKEN.iter().filter_map(|m| r.amplification_of(*m, None, Panel::Base, against, given)).map(|a| spoken(r, a)));
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

const NOTE: &str = "W2 also takes away the risk that funding stops, so A answers a wide question; C, against W1, is about who holds the cheque. \
                    Whether the sign holds over the ranges of the inputs was not tested in this run.";

/// The two means behind a comparison.
fn means(a: &Amplification) -> String {
    let unit = Unit::of(a.metric);
    format!("{} against {}", words::with_error(&a.mean, unit), words::with_error(&a.other_mean, unit))
}

/// Whether a loss is an expectation.
fn expected(r: &Results) -> &'static str {
    if is_random(r) { "expected " } else { "" }
}

/// The comparison in the words in which it must be made: the world named and defined, the shocks the same.
fn spoken(r: &Results, a: &Amplification) -> String {
    let condition = under(r, a.given);
    let given = if a.given == Given::Bust { format!(" and {condition}") } else { String::new() };
    let start = format!("Relative to {}, with the same shocks{given}, the {}{}", world(a.against), expected(r), words::metric(a.metric));
    let found = match (verdict(a), &a.ratio) {
        (Verdict::Equal, _) => {
            return format!(
                "{start} is the same to the last digit ({}): no amplification.",
                words::with_error(&a.mean, Unit::of(a.metric))
            );
        }
        (Verdict::Negligible, Some(e)) => format!("is {} times as large: practically no amplification", words::with_error(e, Unit::Plain)),
        (Verdict::Unclear, Some(e)) => {
            format!("is {} times as large: no amplification that this run can tell from none", words::with_error(e, Unit::Plain))
        }
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
        Verdict::Negligible => format!("is {what} by {by}: practically no difference; {reason}"),
        _ => format!("is {what} by {by}; {reason}"),
    }
}

/// A common revaluation of every firm hides the network: say what is left without it.
fn without_sentiment(r: &Results, against: WorldName, given: Given) -> Option<String> {
    let a = r.amplification_of(Metric::NetLoss, None, Panel::NoSentiment, against, given)?;
    let size = match &a.ratio {
        Some(e) => format!("is {} times as large as in", words::with_error(e, Unit::Plain)),
        None => {
            let way = if a.difference.value < 0.0 { "below" } else { "above" };
            let by = a.difference.scaled(if a.difference.value < 0.0 { -1.0 } else { 1.0 })?;
            format!("is {} {way} that in", words::with_error(&by, Unit::of(a.metric)))
        }
    };
    let rests = if is_random(r) { format!(" ({})", words::plural(a.paths, "path", "paths")) } else { String::new() };
    Some(format!(
        "Without the common revaluation (S = 0), which moves every firm in every world, the {}{} {size} {}{rests}.",
        expected(r),
        words::metric(a.metric),
        words::world_name(against)
    ))
}

/// One word over the whole vector: the tool must be able to say that there is nothing.
fn overall(r: &Results, against: WorldName, given: Given) -> Option<String> {
    let verdicts: Vec<Verdict> =
        VECTOR.iter().filter_map(|m| r.amplification_of(*m, None, Panel::Base, against, given)).map(verdict).collect();
    let name = words::world_name(against);
    let count = |v: Verdict| verdicts.iter().filter(|w| **w == v).count();
    let (larger, smaller, all) = (count(Verdict::Larger), count(Verdict::Smaller), verdicts.len());
    let error = if is_random(r) { "by more than the error and " } else { "" };
    let beyond = format!("{error}by more than {}", words::exact(SMALL, Unit::Share));
    let of = |n: usize| if n == all { format!("all {all}") } else { format!("{n} of the {all}") };
    (all > 0).then(|| match (larger, smaller) {
        (0, 0) => format!("No amplification against {name}: none of the {all} losses below differs from it {beyond}."),
        (0, n) => format!("Against {name}, {} losses below are smaller {beyond}, and none is larger.", of(n)),
        (n, 0) => format!("Against {name}, {} losses below are larger {beyond}, and none is smaller.", of(n)),
        (n, k) => format!("Against {name}, {n} of the {all} losses below are larger {beyond}, and {k} smaller."),
    })
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
        format!(
            "At the least fixed points, where nobody pays until others do, the expected net loss is {} instead of {}: \
             the difference is the coordination loss.",
            usd(&least),
            usd(&most)
        )
    })
}

fn table(r: &Results, given: Given) -> Grid {
    let conditions: Vec<Given> = if given == Given::All { vec![Given::All] } else { vec![Given::All, given] };
    let columns: Vec<(WorldName, Given)> = WORLDS.iter().flat_map(|w| conditions.iter().map(|g| (*w, *g))).collect();
    let mut header = vec!["Expected loss".to_string()];
    header.extend(columns.iter().map(|(w, g)| {
        let name = if *w == WorldName::W2 { "A" } else { "C" };
        if conditions.len() > 1 { format!("{name}, {}", words::given(*g)) } else { name.to_string() }
    }));
    let mut rows = Vec::new();
    for metric in VECTOR {
        for panel in PANELS {
            let found: Vec<_> = columns.iter().map(|(w, g)| r.amplification_of(metric, None, panel, *w, *g)).collect();
            let is_shown = panel == Panel::Base || (metric != Metric::NetLossFromToday && metric != Metric::CommittedShortfall);
            if !is_shown || found.iter().flatten().all(|a| panel != Panel::Base && verdict(a) == Verdict::Equal) {
                continue;
            }
            let mut line = vec![label(metric, panel)];
            line.extend(found.into_iter().map(|a| a.map_or_else(|| "–".into(), cell)));
            rows.push(line);
        }
    }
    let caption = "Ratios of expected losses on the same shocks, A = W0/W2 and C = W0/W1; \
                   Δ is the difference where the ratio would divide by next to nothing";
    Grid { caption: caption.into(), header, rows }
}

/// The loss, or below it the variant.
fn label(metric: Metric, panel: Panel) -> String {
    match panel {
        Panel::Base => words::capital(words::metric(metric)),
        Panel::NoSentiment => "· with S = 0".to_string(),
        Panel::LookThrough => "· looked through".to_string(),
    }
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
