//! What the page's controls look up: means, tails, default probabilities and amplification by world, variant, condition and firm, as one JSON document.

use super::{Siblings, is_random};
use crate::results::words::{self, Unit};
use crate::results::{Amplification, Given, LossRow, Metric, Panel, Results, WorldName};
use crate::stats::Estimate;
use serde_json::{Map, Value, json};

/// Most firms that can be looked up: the page must stay small.
const MOST_FIRMS: usize = 40;
/// Digits kept of a number beside its text.
const DIGITS: usize = 7;
const WORLDS: [WorldName; 4] = [WorldName::W0, WorldName::W1, WorldName::W2, WorldName::W0Least];
const PANELS: [Panel; 3] = [Panel::Base, Panel::NoSentiment, Panel::LookThrough];

/// The names that tables and controls use.
fn world_key(w: WorldName) -> String {
    format!("{w:?}")
}

fn panel_key(p: Panel) -> &'static str {
    match p {
        Panel::Base => "base",
        Panel::NoSentiment => "no_sentiment",
        Panel::LookThrough => "look_through",
    }
}

fn given_key(g: Given) -> &'static str {
    match g {
        Given::All => "all",
        Given::Bust => "bust",
        Given::NoBust => "no_bust",
    }
}

fn rounded(v: f64) -> f64 {
    format!("{v:.*e}", DIGITS - 1).parse().unwrap_or(v)
}

/// A number as text, value, lower and upper end; the ends are left out where they are the value.
fn number(e: &Estimate, unit: Unit) -> Value {
    let (value, low, high) = (rounded(e.value), rounded(e.low), rounded(e.high));
    if low == value && high == value { json!([words::cell(e, unit), value]) } else { json!([words::cell(e, unit), value, low, high]) }
}

fn is_finite(e: &Estimate) -> bool {
    e.value.is_finite() && e.low.is_finite() && e.high.is_finite()
}

/// The firms that can be looked up: all of them, or those of the largest value.
fn shown(r: &Results) -> Vec<usize> {
    let mut firms: Vec<usize> = (0..r.firms.len()).collect();
    firms.sort_by(|&a, &b| r.firms[b].value_usd_bn.total_cmp(&r.firms[a].value_usd_bn));
    firms.truncate(MOST_FIRMS);
    firms.sort_unstable();
    firms
}

fn key(world: WorldName, panel: Panel, given: Given, firm: Option<&str>) -> String {
    format!("{}|{}|{}|{}", world_key(world), panel_key(panel), given_key(given), firm.unwrap_or(""))
}

/// The numbers of the firms that are shown: by world, variant, condition and firm, then by row, four columns each.
fn cells(r: &Results, firms: &[usize]) -> Map<String, Value> {
    let id = |firm: Option<usize>| firm.and_then(|i| r.firms.get(i)).map(|f| f.id.as_str());
    let is_shown = |firm: Option<usize>| firm.is_none_or(|i| firms.contains(&i));
    let mut cells: Map<String, Value> = Map::new();
    let mut put = |at: String, row: &str, column: usize, value: Value| {
        let block = cells.entry(at).or_insert_with(|| json!({}));
        let Value::Object(block) = block else { return };
        let line = block.entry(row.to_string()).or_insert_with(|| json!([null, null, null, null]));
        line[column] = value;
    };
    // A fall of share prices summed over firms says nothing.
    let is_told = |row: &&LossRow| is_shown(row.firm) && is_finite(&row.mean) && (row.firm.is_some() || row.metric != Metric::MaxDrawdown);
    for row in r.losses.iter().filter(is_told) {
        let at = key(row.world, row.panel, row.given, id(row.firm));
        put(at.clone(), row.metric.name(), 0, number(&row.mean, Unit::of(row.metric)));
        if let Some(es) = es99(row) {
            put(at, row.metric.name(), 1, number(es, Unit::of(row.metric)));
        }
    }
    for row in r.defaults.iter().filter(|d| is_shown(Some(d.firm)) && is_finite(&d.probability)) {
        put(key(row.world, row.panel, row.given, id(Some(row.firm))), "default", 0, number(&row.probability, Unit::Share));
    }
    for a in r.amplification.iter().filter(|a| is_shown(a.firm) && (a.firm.is_some() || a.metric != Metric::MaxDrawdown)) {
        if let Some(ratio) = ratio(a) {
            put(key(WorldName::W0, a.panel, a.given, id(a.firm)), a.metric.name(), if a.against == WorldName::W2 { 2 } else { 3 }, ratio);
        }
    }
    cells
}

/// The document; without any number where the results hold no losses.
fn data(r: &Results, siblings: &Siblings) -> Value {
    let firms = shown(r);
    let mut document = document(r, &firms, cells(r, &firms));
    if let (Value::Object(map), false) = (&mut document, siblings.runs.is_empty()) {
        let told = |name: &str, r: &Results| format!("{name}, {} paths, seed {}", words::count(r.run.paths), r.run.seed);
        let names = siblings.runs.iter().map(|s| json!([s.key, told(&s.name, &s.results)]));
        map.insert("scenarios".into(), std::iter::once(json!(["", told(&r.scenario.name, r)])).chain(names).collect());
        map.insert("more_scenarios".into(), json!(siblings.are_more));
        let others = siblings.runs.iter().map(|s| (s.key.clone(), Value::Object(texts(cells(&s.results, &firms)))));
        map.insert("others".into(), Value::Object(others.collect()));
    }
    document
}

/// The same numbers as texts alone, which is what a reader sees: the rows of a block in their order with `;` between them, columns with `|`.
fn texts(cells: Map<String, Value>) -> Map<String, Value> {
    let column = |line: &Value, k: usize| line[k][0].as_str().unwrap_or_default().to_string();
    let block = |block: &Value| {
        let row = |name: &str| {
            let line = block.get(name);
            line.map_or_else(String::new, |l| (0..4).map(|k| column(l, k)).collect::<Vec<_>>().join("|").trim_end_matches('|').to_string())
        };
        let rows = std::iter::once("default").chain(Metric::ALL.iter().map(|m| m.name())).map(row).collect::<Vec<_>>();
        Value::from(rows.join(";").trim_end_matches(';'))
    };
    cells.iter().map(|(key, value)| (key.clone(), block(value))).collect()
}

fn es99(row: &LossRow) -> Option<&Estimate> {
    row.tail.iter().find(|t| (t.level - 0.99).abs() < 1e-9).map(|t| &t.es).filter(|e| is_finite(e))
}

fn ratio(a: &Amplification) -> Option<Value> {
    a.ratio.as_ref().filter(|e| is_finite(e)).map(|e| number(e, Unit::Plain))
}

/// The numbers with what the controls offer and the names of the rows.
fn document(r: &Results, firms: &[usize], cells: Map<String, Value>) -> Value {
    let any = |f: &dyn Fn(&LossRow) -> bool| r.losses.iter().any(f);
    let worlds: Vec<Value> = WORLDS
        .into_iter()
        .filter(|w| any(&|row| row.world == *w))
        .map(|w| json!([world_key(w), format!("{}, {}", words::world_name(w), words::world(w))]))
        .collect();
    let panels: Vec<Value> =
        PANELS.into_iter().filter(|p| any(&|row| row.panel == *p)).map(|p| json!([panel_key(p), words::panel(p)])).collect();
    let given: Vec<Value> =
        Given::ALL.into_iter().filter(|g| any(&|row| row.given == *g)).map(|g| json!([given_key(g), words::given(g)])).collect();
    let unit = |m: Metric| match Unit::of(m) {
        Unit::UsdBn => "USD bn",
        Unit::Share => "%",
        Unit::Plain => "",
    };
    let mut rows = vec![json!(["default", "Probability of default within the horizon", "%"])];
    rows.extend(Metric::ALL.iter().map(|m| json!([m.name(), words::capital(words::metric(*m)), unit(*m)])));
    let names: Vec<Value> = firms.iter().map(|&i| json!([r.firms[i].id, words::firm(r, i)])).collect();
    let left_out = r.firms.len() - firms.len();
    json!({
        "random": is_random(r), "worlds": worlds, "panels": panels, "given": given, "first_given": given_key(super::first_condition(r)),
        "firms": names, "firms_left_out": left_out, "rows": rows, "cells": cells,
    })
}

/// The document as it may stand inside a script element: no text of a scenario can end the element.
pub(super) fn script(r: &Results, siblings: &Siblings) -> String {
    data(r, siblings).to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}
