//! The second finding: who fails, who fails first, who fails together, and who did not fail on any path.

use super::{Grid, Section, conditions, first_condition, is_random, under};
use crate::results::tables::median_quarter;
use crate::results::words::{self, Unit};
use crate::results::{DefaultRow, Given, Results, WorldName};
use crate::stats::Estimate;
use serde_json::json;

/// Most firms named.
const MOST: usize = 10;

pub(super) fn section(r: &Results) -> Option<Section> {
    if !r.defaults.iter().any(|d| d.world == WorldName::W0) {
        return None;
    }
    let given = first_condition(r);
    let ranked = ranked(r, given);
    let statements = if is_random(r) { random_words(r, given, &ranked) } else { vec![scripted_words(r, &ranked)] };
    let shown: Vec<&DefaultRow> =
        ranked.iter().take(MOST).flat_map(|d| conditions(r).into_iter().filter_map(|g| r.default_of(d.firm, WorldName::W0, g))).collect();
    let tables = if is_random(r) && !ranked.is_empty() { vec![table(r, &ranked)] } else { vec![] };
    Some(Section { id: "failures", heading: "Who fails".into(), statements, tables, numbers: json!(shown), figures: &["default-timeline"] })
}

/// Firms that fail on some path, those that fail most often first.
fn ranked(r: &Results, given: Given) -> Vec<&DefaultRow> {
    let mut rows: Vec<&DefaultRow> =
        (0..r.firms.len()).filter_map(|i| r.default_of(i, WorldName::W0, given)).filter(|d| d.count > 0).collect();
    rows.sort_by(|a, b| b.probability.value.total_cmp(&a.probability.value));
    rows
}

fn scripted_words(r: &Results, ranked: &[&DefaultRow]) -> String {
    let when =
        |d: &&DefaultRow| format!("{} in {}", words::firm(r, d.firm), median_quarter(d).map_or_else(String::new, |t| words::quarter(r, t)));
    let mut in_order = ranked.to_vec();
    in_order.sort_by_key(|d| median_quarter(d));
    let named: Vec<String> = in_order.iter().map(when).collect();
    if named.is_empty() { "No firm fails.".into() } else { format!("In order of failure: {}.", words::list(&named)) }
}

fn share(e: &Estimate) -> String {
    words::with_error(e, Unit::Share)
}

fn random_words(r: &Results, given: Given, ranked: &[&DefaultRow]) -> Vec<String> {
    let Some(top) = ranked.first() else {
        return vec![format!("No firm fails on any of {}.", words::plural(r.run.paths, "path", "paths")), immune(r).unwrap_or_default()];
    };
    let mut out = vec![format!(
        "{} fails most often: its probability of default within the horizon is {}.",
        words::firm(r, top.firm),
        probability(r, top, given)
    )];
    if ranked.len() > 1 {
        out.extend(first_to_fail(r, given, ranked));
        out.extend(how_many(r, given));
    }
    out.extend(together(r));
    out.extend(immune(r));
    if let Some((_, p)) =
        r.scenario.parameters.iter().find(|(name, _)| name.ends_with("boom_to_bust_per_quarter")).filter(|_| r.run.bust_paths > 0)
    {
        out.push(format!(
            "How often busts come is an assumption, not a finding ({} per quarter): quote what holds given a bust, \
             not the probability over all paths alone.",
            words::exact(*p, Unit::Share)
        ));
    }
    out
}

/// How likely a firm fails, under the condition of its row. What holds given a bust stands beside what holds given none: over all paths it is an assumption about busts.
pub(super) fn probability(r: &Results, row: &DefaultRow, given: Given) -> String {
    let none = r.default_of(row.firm, WorldName::W0, Given::NoBust).filter(|_| given == Given::Bust);
    let beside = none.map_or_else(String::new, |d| format!("; {} given no bust", share(&d.probability)));
    format!("{} {}{beside}", share(&row.probability), under(r, given))
}

fn first_to_fail(r: &Results, given: Given, ranked: &[&DefaultRow]) -> Option<String> {
    let top = ranked.iter().max_by(|a, b| a.first_to_fail.value.total_cmp(&b.first_to_fail.value))?;
    Some(format!(
        "{} is the likeliest to fail first: {} {}, ties counted for each.",
        words::firm(r, top.firm),
        share(&top.first_to_fail),
        under(r, given)
    ))
}

fn how_many(r: &Results, given: Given) -> Option<String> {
    let row = r.default_counts.iter().find(|d| d.world == WorldName::W0 && d.given == given)?;
    let (one, three) = (row.at_least.get(1)?, row.at_least.get(3)?);
    Some(format!(
        "{}, at least one firm fails with probability {}, at least three with {}.",
        words::capital(under(r, given)),
        share(one),
        share(three)
    ))
}

fn together(r: &Results) -> Option<String> {
    let j = r.joint.iter().filter(|j| j.joint.value > 0.0).max_by(|a, b| a.joint.value.total_cmp(&b.joint.value))?;
    let (a, b) = (words::firm(r, j.firm), words::firm(r, j.other));
    let given = j.given_other.map_or_else(String::new, |e| format!("; where {b} fails, {a} does with probability {}", share(&e)));
    Some(format!("The pair that fails together most often is {a} and {b}: {} over all paths{given}.", share(&j.joint)))
}

/// Firms that never failed, with the bound that so many paths give.
fn immune(r: &Results) -> Option<String> {
    let row = |i: usize| r.default_of(i, WorldName::W0, Given::All).filter(|d| d.count == 0);
    let rows: Vec<&DefaultRow> = (0..r.firms.len()).filter_map(row).collect();
    let bound = rows.iter().map(|d| d.probability.high).fold(0.0, f64::max);
    let names: Vec<String> = rows.iter().map(|d| words::firm(r, d.firm)).collect();
    (!names.is_empty()).then(|| {
        format!(
            "{} failed on no path: in this model the probability of each is below {}.",
            words::list(&names),
            words::exact(bound, Unit::Share)
        )
    })
}

fn table(r: &Results, ranked: &[&DefaultRow]) -> Grid {
    let conditions = conditions(r);
    let cell = |d: Option<&DefaultRow>| d.map_or_else(|| "–".to_string(), |d| words::cell(&d.probability, Unit::Share));
    let line = |d: &&DefaultRow| {
        let mut line = vec![words::firm(r, d.firm)];
        line.extend(conditions.iter().map(|g| cell(r.default_of(d.firm, WorldName::W0, *g))));
        line.push(words::cell(&d.first_to_fail, Unit::Share));
        line.push(median_quarter(d).map_or_else(|| "–".into(), |t| words::quarter(r, t)));
        line
    };
    let mut header = vec!["Firm".to_string()];
    header.extend(conditions.iter().map(|g| words::capital(words::given(*g))));
    header.extend([format!("First to fail, {}", words::given(first_condition(r))), "Median quarter".into()]);
    let more = if ranked.len() > MOST { format!("; the first {MOST} of {}", ranked.len()) } else { String::new() };
    Grid {
        caption: format!("Probability of default within the horizon in W0, %{more}"),
        header,
        rows: ranked.iter().take(MOST).map(line).collect(),
    }
}
