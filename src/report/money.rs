//! Where the money goes: the largest flows and stakes between firms in the plan, and the largest round trip. No losses.

use super::{Grid, Section};
use crate::results::words::{self, Unit};
use crate::results::{FlowKind, FlowRow, Results};
use serde_json::json;

/// Most flows in the table.
const MOST: usize = 12;

fn kind(k: FlowKind) -> &'static str {
    match k {
        FlowKind::Purchase => "purchases under contract",
        FlowKind::Investment => "investments planned",
        FlowKind::Unsigned => "deals not yet signed",
        FlowKind::Stake => "stake held, at fair value",
        FlowKind::Loan => "loan",
        FlowKind::Warrant => "warrants",
        FlowKind::Backstop => "backstop, at its cap",
    }
}

pub(super) fn section(r: &Results) -> Option<Section> {
    if r.flows.is_empty() {
        return None;
    }
    let name = |i: Option<usize>| i.map_or_else(|| "outside".to_string(), |i| words::firm(r, i));
    let mut rows: Vec<&FlowRow> = r.flows.iter().collect();
    rows.sort_by(|a, b| b.usd_bn.total_cmp(&a.usd_bn));
    let around: Vec<String> = rows
        .iter()
        .filter(|f| f.in_largest_loop)
        .map(|f| format!("{} to {} {} ({})", name(f.from), name(f.to), words::exact(f.usd_bn, Unit::UsdBn), kind(f.kind)))
        .collect();
    let mut statements = vec![];
    if !around.is_empty() {
        statements.push(format!("The largest round trip: {}.", words::list(&around)));
    }
    statements.push(
        "These are dollars of the plan within the horizon, and stakes as they stand; an arrow runs from who pays or holds to who receives or is held.".into(),
    );
    let line = |f: &&FlowRow| {
        let way = if f.in_largest_loop { "yes" } else { "" };
        vec![name(f.from), name(f.to), kind(f.kind).to_string(), words::exact(f.usd_bn, Unit::Plain), way.to_string()]
    };
    let more = if rows.len() > MOST { format!("; the first {MOST} of {}, all of them in flows.csv", rows.len()) } else { String::new() };
    let table = Grid {
        caption: format!("Planned dollars between firms within the horizon, USD bn{more}"),
        header: ["From", "To", "What", "USD bn", "On the largest round trip"].map(String::from).to_vec(),
        rows: rows.iter().take(MOST).map(line).collect(),
    };
    Some(Section {
        id: "money",
        heading: "Where the money goes round".into(),
        statements,
        tables: vec![table],
        numbers: json!(rows),
        figures: &["ring"],
    })
}
