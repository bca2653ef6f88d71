//! The fourth finding: which promises are not kept. The commitments of the largest buyer by counterparty, backlog, and what outside creditors lose.

use super::{Grid, Section, conditions, first_condition, is_random, sentence, under};
use crate::results::words::{self, Unit};
use crate::results::{ContractRow, Given, Metric, Panel, Results, WorldName};
use crate::stats::Estimate;
use serde_json::json;

/// Most contracts in the table.
const MOST: usize = 10;

pub(super) fn section(r: &Results) -> Option<Section> {
    let given = first_condition(r);
    let (buyer, _) = largest_buyer(r)?;
    let mut rows: Vec<&ContractRow> = r.contracts.iter().filter(|c| c.buyer == buyer && c.given == given).collect();
    rows.sort_by(|a, b| b.unpaid_usd_bn.value.total_cmp(&a.unpaid_usd_bn.value).then(b.committed_usd_bn.total_cmp(&a.committed_usd_bn)));
    let mut statements = vec![spoken(r, buyer, &rows)?];
    statements.extend(worst(r, &rows));
    let metrics = [Metric::CommittedShortfall, Metric::BacklogLost, Metric::ExternalCreditLoss];
    statements.extend(metrics.iter().filter_map(|m| system(r, *m)));
    let beside = metrics.iter().flat_map(|m| conditions(r).into_iter().filter_map(|g| r.loss(*m, None, WorldName::W0, Panel::Base, g)));
    let numbers = json!({ "buyer": r.firms.get(buyer).map(|f| &f.id), "contracts": rows, "system": beside.collect::<Vec<_>>() });
    Some(Section {
        id: "commitments",
        heading: "Which promises are not kept".into(),
        statements,
        tables: vec![table(r, buyer, &rows)],
        numbers,
        figures: &["commitments-against-funds"],
    })
}

/// The buyer with the most committed, and how much.
fn largest_buyer(r: &Results) -> Option<(usize, f64)> {
    let committed = |i: usize| -> f64 {
        let signed = r.contracts.iter().filter(|c| c.buyer == i && c.given == Given::All && c.stage.binds());
        signed.map(|c| c.committed_usd_bn).sum()
    };
    let buyers = (0..r.firms.len()).map(|i| (i, committed(i))).filter(|b| b.1 > 0.0);
    buyers.reduce(|most, b| if b.1 > most.1 { b } else { most })
}

fn spoken(r: &Results, buyer: usize, rows: &[&ContractRow]) -> Option<String> {
    let binding = || rows.iter().filter(|c| c.stage.binds());
    let planned: f64 = binding().map(|c| c.planned_usd_bn).sum();
    let committed: f64 = binding().map(|c| c.committed_usd_bn).sum();
    let unpaid = words::sum(rows.iter().map(|c| c.unpaid_usd_bn))?;
    let short = words::sum(rows.iter().map(|c| c.shortfall_usd_bn))?;
    let usd = |e: &Estimate| words::with_error(e, Unit::UsdBn);
    let (leaves, pays) = if is_random(r) { ("it is expected to leave", "and to pay") } else { ("it leaves", "and pays") };
    Some(format!(
        "{} is the largest buyer: {} of purchases planned within the horizon, {} of them committed. {}",
        words::firm(r, buyer),
        words::exact(planned, Unit::UsdBn),
        words::exact(committed, Unit::UsdBn),
        sentence(&[
            under(r, rows.first()?.given),
            leaves,
            &usd(&unpaid),
            "of its commitments unpaid",
            pays,
            &usd(&short),
            "less than planned"
        ])
    ))
}

fn worst(r: &Results, rows: &[&ContractRow]) -> Option<String> {
    let c = rows.first().filter(|c| c.unpaid_usd_bn.value > 0.0)?;
    let seller = c.seller.map_or_else(|| "outside suppliers".to_string(), |i| words::firm(r, i));
    let chance = if is_random(r) {
        format!("; some of it goes unpaid with probability {}", words::with_error(&c.any_unpaid, Unit::Share))
    } else {
        String::new()
    };
    Some(format!("The largest part of it falls on {seller} ({}): {}{chance}.", c.id, words::with_error(&c.unpaid_usd_bn, Unit::UsdBn)))
}

/// One loss of the system, with its tail.
fn system(r: &Results, metric: Metric) -> Option<String> {
    let given = first_condition(r);
    let row = r.loss(metric, None, WorldName::W0, Panel::Base, given)?;
    let is_nothing = row.mean.value == 0.0 && row.mean.low == 0.0 && row.mean.high == 0.0;
    let tail = row.tail.iter().find(|t| (t.level - 0.99).abs() < 1e-9).filter(|_| is_random(r));
    let tail = tail.map_or_else(String::new, |t| format!(", and {} in the worst 1 % (ES 99 %)", words::with_error(&t.es, Unit::UsdBn)));
    let what = match metric {
        Metric::CommittedShortfall => "committed purchases not paid by any firm",
        Metric::BacklogLost => "backlog renegotiated, unpaid or rejected, with what was due after the horizon",
        _ => "what lenders and suppliers outside the model lose after recoveries",
    };
    if is_nothing {
        return Some(sentence(&[&format!("{what}: nothing"), if is_random(r) { "on any path" } else { "" }]));
    }
    let mean = if is_random(r) { " on average" } else { "" };
    Some(sentence(&[
        &format!("{what}:"),
        &format!("{}{mean}", words::with_error(&row.mean, Unit::UsdBn)),
        &format!("{}{tail}", under(r, given)),
    ]))
}

fn table(r: &Results, buyer: usize, rows: &[&ContractRow]) -> Grid {
    let random = is_random(r);
    let given = first_condition(r);
    let mut header: Vec<String> = ["Contract", "Seller", "Planned", "Committed", "Unpaid", "Short of plan"].map(String::from).to_vec();
    if random {
        header.push("Chance of any unpaid, %".into());
    }
    let line = |c: &&ContractRow| {
        let stage = if c.stage.binds() { String::new() } else { " (not signed)".to_string() };
        let seller = c.seller.map_or_else(|| "outside".to_string(), |i| words::firm(r, i));
        let amount = |v: f64| words::exact(v, Unit::Plain);
        let mut line = vec![format!("{}{stage}", c.id), seller, amount(c.planned_usd_bn), amount(c.committed_usd_bn)];
        line.extend([words::cell(&c.unpaid_usd_bn, Unit::UsdBn), words::cell(&c.shortfall_usd_bn, Unit::UsdBn)]);
        if random {
            line.push(words::cell(&c.any_unpaid, Unit::Share));
        }
        line
    };
    let more = if rows.len() > MOST { format!("; the first {MOST} of {} contracts", rows.len()) } else { String::new() };
    let condition = if random { format!(", {}", words::given(given)) } else { String::new() };
    let caption = format!("Purchases of {} within the horizon in W0{condition}, USD bn{more}", words::firm(r, buyer));
    Grid { caption, header, rows: rows.iter().take(MOST).map(line).collect() }
}
