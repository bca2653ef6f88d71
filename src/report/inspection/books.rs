//! Balance sheets at the as-of date and contracts by year, in words. No measures.

use super::{heads, plain, short};
use crate::report::{Grid, Section};
use crate::results::inspect::{ContractYear, Inspection};
use crate::results::words::{self, Unit};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most contracts in the table.
const MOST: usize = 24;

pub(super) fn section(x: &Inspection) -> Section {
    let equity: f64 = x.books.iter().map(|b| b.equity_usd_bn).sum();
    let mut statements = vec![format!(
        "The firms are worth {} in equity at fair value, owe {} to lenders outside and hold {} of cash and {} of each other's shares.",
        words::exact(equity, Unit::UsdBn),
        words::exact(x.books.iter().map(|b| b.debt_usd_bn).sum(), Unit::UsdBn),
        words::exact(x.books.iter().map(|b| b.cash_usd_bn).sum(), Unit::UsdBn),
        words::exact(x.books.iter().map(|b| b.stakes_usd_bn).sum(), Unit::UsdBn),
    )];
    if let Some(first) = x.order_chains.first() {
        statements.push(format!(
            "Orders hang on revenue: in {} a firm that loses a dollar of revenue orders at most {} less from others at once, and the spectral radius of these chains is {} (0: no \
             chain of orders comes back to where it began).",
            first.year,
            words::exact(first.largest_passed_on, Unit::Plain),
            short(first.spectral_radius)
        ));
    }
    Section {
        id: "books",
        heading: "What each firm has and owes, and what contracts plan".into(),
        statements,
        tables: vec![sheet(x), by_year(x)],
        numbers: Value::Null,
        figures: &[],
    }
}

fn sheet(x: &Inspection) -> Grid {
    let line = |(i, b): (usize, &crate::results::inspect::Book)| {
        let amounts =
            [b.cash_usd_bn, b.stakes_usd_bn + b.loans_usd_bn, b.enterprise_usd_bn, b.debt_usd_bn + b.owed_usd_bn, b.equity_usd_bn];
        std::iter::once(x.name(i)).chain(amounts.map(plain)).collect()
    };
    Grid {
        caption: format!(
            "Balance sheets on {}, USD bn: equity at fair value is the rest of cash, stakes and enterprise value less debt",
            x.scenario.as_of
        ),
        header: heads(&["Firm", "Cash", "Stakes and loans", "Enterprise value", "Debt", "Equity"]),
        rows: x.books.iter().enumerate().map(line).collect(),
    }
}

/// The largest contracts, a row each, a column for each year.
fn by_year(x: &Inspection) -> Grid {
    let years: BTreeSet<&str> = x.contracts.iter().map(|c| c.year.as_str()).collect();
    let mut names: Vec<&str> = x.contracts.iter().map(|c| c.contract.as_str()).collect();
    names.dedup();
    let of = |name: &str| x.contracts.iter().filter(move |c| c.contract == name).collect::<Vec<&ContractYear>>();
    let sum = |name: &str| of(name).iter().map(|c| c.planned_usd_bn).sum::<f64>();
    let count = names.len();
    names.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
    let line = |name: &&str| {
        let all = of(name);
        let cell = |year: &&str| all.iter().find(|c| c.year == **year).map_or_else(String::new, |c| plain(c.planned_usd_bn));
        let committed: f64 = all.iter().map(|c| c.committed_usd_bn).sum();
        let lead = [name.to_string(), all.first().map_or("", |c| words::stage(c.stage)).to_string()];
        lead.into_iter().chain(years.iter().map(cell)).chain([plain(committed)]).collect()
    };
    Grid {
        caption: format!(
            "What contracts plan by calendar year, USD bn, deals not yet signed at their reported size; the {} largest of {count}; committed: owed whether used or not. contracts.csv has all",
            count.min(MOST)
        ),
        header: heads(&["Contract", "Stage"]).into_iter().chain(years.iter().map(|y| y.to_string())).chain(heads(&["Committed"])).collect(),
        rows: names.iter().take(MOST).map(line).collect(),
    }
}
