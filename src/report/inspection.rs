//! What is known before any simulation, in words: origins, round trips, loops, concentration, coverage, what is left after a cut. No measures.

mod books;
mod commitments;
mod cuts;
mod links;
mod money;

use super::{Section, basis, text};
use crate::results::deal_of;
use crate::results::inspect::{Basis, Inspection, View};
use crate::results::words::{self, Unit};
use serde_json::{Value, json};

/// What must stand beside every share of circular money.
pub(super) const FUNGIBLE: &str = "Money is fungible: whose dollar pays a bill is a convention, not a fact. So each round trip is given three ways: least \
                                   (every firm pays other bills first with this money), in proportion, and most (the largest flow).";

/// The whole as text for a terminal.
pub fn summary(x: &Inspection) -> String {
    text::render(&x.scenario.name, &sections(x), text::WIDTH)
}

/// Every number as one JSON document.
pub fn document(x: &Inspection) -> Value {
    json!({
        "program": "bubblerisk",
        "version": x.version,
        "scenario": { "name": x.scenario.name, "title": x.scenario.title, "as_of": x.scenario.as_of, "sha256": x.scenario.hash },
        "convention": FUNGIBLE,
        "firms": x.firms,
        "books": x.books,
        "contracts": x.contracts,
        "order_chains": x.order_chains,
        "views": x.views,
        "loops": x.loops,
        "unsigned": x.unsigned,
        "unsigned_gaps": x.unsigned_gaps,
        "cuts": x.cuts,
        "sections": sections(x),
    })
}

/// Its parts.
pub fn sections(x: &Inspection) -> Vec<Section> {
    let parts =
        [money::origins(x), money::round_trips(x), links::loops(x), links::concentration(x), commitments::section(x), books::section(x)];
    let found = parts.into_iter().chain((!x.cuts.is_empty()).then(|| cuts::section(x)));
    let numbered = found.enumerate().map(|(k, s)| Section { heading: format!("{}. {}", k + 1, s.heading), ..s });
    [opening(x)].into_iter().chain(numbered).chain([basis::evidence(&x.scenario)]).collect()
}

fn opening(x: &Inspection) -> Section {
    let s = &x.scenario;
    let span = match (s.quarters.first(), s.quarters.last()) {
        (Some(a), Some(b)) => format!("{}, {a} to {b}", words::plural(s.quarters.len() as u64, "quarter", "quarters")),
        _ => "no quarter".to_string(),
    };
    let mut statements = vec![
        format!("As of {}. {}; {span}. No simulation:", s.as_of, words::plural(x.firms.len() as u64, "firm", "firms"))
            + " this is the plan without any shock, at central numbers. Money is in USD billion, nominal, over the horizon unless a year is named.",
        FUNGIBLE.to_string(),
    ];
    if !x.unsigned.is_empty() {
        statements.push(format!(
            "\"If signed\" is the plan with the deals that are only talked about or in letters of intent, at their reported size: {}.",
            words::list(&x.unsigned)
        ));
    }
    if let Some(total) = gap(x) {
        statements.push(total);
    }
    Section { id: "asked", heading: s.title.clone(), statements, tables: vec![], numbers: Value::Null, figures: &[] }
}

/// Where the plan with unsigned deals cannot be paid for.
fn gap(x: &Inspection) -> Option<String> {
    let sum: f64 = x.unsigned_gaps.iter().map(|g| g.2).sum();
    let mut firms: Vec<String> = x.unsigned_gaps.iter().map(|g| x.name(g.0)).collect();
    firms.dedup();
    (sum > 0.0).then(|| {
        format!(
            "With them the plan cannot be paid for in full: {} would be missing at {}; what cannot be paid is not in the numbers.",
            words::exact(sum, Unit::UsdBn),
            words::list(&firms)
        )
    })
}

impl Inspection {
    /// Name of a firm for people.
    pub(super) fn name(&self, i: usize) -> String {
        self.firms.get(i).map_or_else(|| format!("firm {i}"), |f| if f.name.is_empty() { f.id.clone() } else { f.name.clone() })
    }

    /// The plan, and the plan with unsigned deals.
    pub(super) fn each_view(&self) -> impl Iterator<Item = &View> {
        self.views.iter()
    }
}

/// The deals of a plan in words.
fn deals(basis: Basis) -> &'static str {
    match basis {
        Basis::Signed => "plan",
        Basis::IfSigned => "if signed",
    }
}

fn heads(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| n.to_string()).collect()
}

fn share(v: f64) -> String {
    format!("{} %", percent(v))
}

/// A share for a cell whose heading says %.
fn percent(v: f64) -> String {
    if v.abs() < 0.1 { short(100.0 * v) } else { plain(100.0 * v) }
}

/// A number for a cell, to two significant digits or whole; what is smaller than a hundredth is said to be so.
fn short(v: f64) -> String {
    match v.abs() {
        0.0 => "0".to_string(),
        size if size < 0.01 => "<0.01".to_string(),
        size => {
            let text = words::number(v, (1 - size.log10().floor() as i32).clamp(0, 2));
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
        }
    }
}

/// The deals of contracts: the tranches of an investment, or of a warrant, are one.
fn deal_names(contracts: &[String]) -> Vec<String> {
    let mut names: Vec<String> = contracts.iter().map(|c| deal_of(c).to_string()).collect();
    names.sort();
    names.dedup();
    names
}

fn usd(v: f64) -> String {
    words::exact(v, Unit::UsdBn)
}

fn plain(v: f64) -> String {
    words::exact(v, Unit::Plain)
}
