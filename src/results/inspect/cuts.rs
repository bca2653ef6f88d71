//! What is cut: a deal by its name, a loop by its number or its firms. Which contracts go, and what is left. No measures.

use super::plan::{Input, is_of};
use super::view::{Basis, View, view};
use crate::circularity::{Class, Loop};
use crate::error::{Error, Result};
use crate::model::{Model, deal_of};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is left after a cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cut {
    /// As asked for.
    pub asked: String,
    /// Contracts that go: a deal, or the weakest link of a loop.
    pub contracts: Vec<String>,
    /// The firms of the loop, if it is one.
    pub firms: Vec<usize>,
    /// What is left of the plan, and of the plan with the deals not yet signed.
    pub views: Vec<View>,
}

/// A loop with its number, from 1, and whether all of it is signed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Numbered {
    /// Number in the list.
    pub number: usize,
    /// Which plan it is measured in: signed if it is in both.
    pub basis: Basis,
    /// The loop.
    #[serde(flatten)]
    pub of: Loop,
}

/// The loops of the plan, then those that only unsigned deals would close.
pub(super) fn numbered(views: &[View]) -> Vec<Numbered> {
    let mut seen = BTreeSet::new();
    let mut list: Vec<Numbered> = Vec::new();
    for v in views {
        for l in &v.loops.loops {
            if seen.insert(l.firms.clone()) {
                list.push(Numbered { number: list.len() + 1, basis: v.basis, of: l.clone() });
            }
        }
    }
    list
}

/// The identifiers of a loop's firms, joined: "a-b-c".
pub(super) fn chain(model: &Model, firms: &[usize]) -> String {
    firms.iter().filter_map(|&i| model.firms.get(i)).map(|f| f.id.as_str()).collect::<Vec<_>>().join("-")
}

fn is_chain(model: &Model, firms: &[usize], asked: &str) -> bool {
    (0..firms.len()).any(|k| chain(model, &[&firms[k..], &firms[..k]].concat()) == asked)
}

fn unknown(asked: &str, loops: &[Numbered], model: &Model, contracts: &BTreeSet<String>) -> Error {
    // The tranches of a deal have its name and a number.
    let deals: Vec<&str> = contracts.iter().map(|c| deal_of(c)).collect();
    let near = super::nearest(asked, &deals);
    let example = loops.first().map_or_else(String::new, |l| format!(", or its firms, such as {}", chain(model, &l.of.firms)));
    Error::Usage(format!(
        "--cut {asked}: no loop and no deal of that name; expected the number of a loop from 1 to {}{example}, or a deal, such as {}",
        loops.len(),
        near.or(deals.first().copied()).unwrap_or("none: there are no deals")
    ))
}

/// Measures what is left after each cut.
pub(super) fn cuts(model: &Model, inputs: &[(Basis, Input)], loops: &[Numbered], asked: &[String]) -> Result<Vec<Cut>> {
    asked.iter().map(|what| cut(model, inputs, loops, what.trim())).collect()
}

fn cut(model: &Model, inputs: &[(Basis, Input)], loops: &[Numbered], asked: &str) -> Result<Cut> {
    let all: BTreeSet<String> = inputs.iter().flat_map(|(_, i)| i.contracts().map(str::to_string)).collect();
    let named: Vec<String> = all.iter().filter(|c| is_of(c, asked)).cloned().collect();
    let number: Option<usize> = asked.parse().ok();
    // "a>b" is a loop even where a deal is called "a-b".
    let firms = asked.replace(' ', "").replace('>', "-");
    let chosen = loops.iter().find(|l| number == Some(l.number) || is_chain(model, &l.of.firms, &firms));
    let (contracts, firms) = match (named.is_empty(), chosen) {
        (false, _) => (named, vec![]),
        (true, Some(l)) => (l.of.weakest().map(|w| w.contracts.iter().cloned().collect()).unwrap_or_default(), l.of.firms.clone()),
        (true, None) => return Err(unknown(asked, loops, model, &all)),
    };
    let left = |(basis, input): &(Basis, Input)| view(&input.without(&|c| contracts.iter().any(|k| k == c)), *basis);
    Ok(Cut { asked: asked.to_string(), firms, views: inputs.iter().map(left).collect::<Result<_>>()?, contracts })
}

/// How many loops of a class there are.
pub fn count(loops: &[Numbered], class: Class, basis: Basis) -> usize {
    loops.iter().filter(|l| l.of.class == class && l.basis == basis).count()
}
