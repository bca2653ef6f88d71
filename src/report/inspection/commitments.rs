//! Commitments against funds by year, in words. No measures.

use super::{deals, heads, percent, share};
use crate::report::{Grid, Section};
use crate::results::inspect::{CoverageRow, Inspection};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) fn section(x: &Inspection) -> Section {
    let mut statements = Vec::new();
    let mut rows = Vec::new();
    let years: BTreeSet<String> = x.each_view().flat_map(|v| v.coverage.iter().map(|r| r.year.clone())).collect();
    for v in x.each_view() {
        let firms: BTreeSet<usize> = v.coverage.iter().map(|r| r.firm).collect();
        for firm in firms {
            let of: Vec<&CoverageRow> = v.coverage.iter().filter(|r| r.firm == firm).collect();
            let cell = |y: &String| of.iter().find(|r| r.year == *y).and_then(|r| r.ratio).map_or_else(String::new, percent);
            let row: Vec<String> = [x.name(firm), deals(v.basis).to_string()].into_iter().chain(years.iter().map(cell)).collect();
            let is_new = !rows.iter().any(|r: &Vec<String>| r[0] == row[0] && r[2..] == row[2..]);
            if is_new {
                rows.push(row);
            }
        }
    }
    if let Some(v) = x.signed()
        && let Some((r, ratio)) = v.coverage.iter().filter_map(|r| Some((r, r.ratio?))).max_by(|a, b| a.1.total_cmp(&b.1))
    {
        statements.push(format!(
            "{} has the heaviest commitments: in {} they take {} of its revenue from end customers, its cash and its signed funding together, before any \
             cost of its own.",
            x.name(r.firm),
            r.year,
            share(ratio)
        ));
    }
    let table = Grid {
        caption: "Committed purchases (take-or-pay part) that fall due in a calendar year, % of the plan's revenue from end customers, cash at the start of \
                  the year and investments under contract in that year; operating costs are not taken off. A row \"if signed\" only where it differs"
            .into(),
        header: heads(&["Buyer", "Deals"]).into_iter().chain(years.iter().cloned()).collect(),
        rows,
    };
    Section {
        id: "coverage",
        heading: "Commitments against funds".into(),
        statements,
        tables: vec![table],
        numbers: Value::Null,
        figures: &[],
    }
}
