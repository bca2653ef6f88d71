//! Who loses what: each firm's own loss, its tail, its sales, and what its creditors lose. The page's panel to look up any other number stands here.

use super::{Grid, Section, first_condition, is_random, sentence, under};
use crate::results::words::{self, Unit};
use crate::results::{Given, LossRow, Metric, Panel, Results, WorldName};
use serde_json::json;

/// Losses in columns beside the first.
const COLUMNS: [(Metric, &str); 4] = [
    (Metric::RevenueShortfall, "Revenue short of plan"),
    (Metric::StakeLoss, "Loss on stakes"),
    (Metric::CommittedShortfall, "Unpaid by its buyers"),
    (Metric::ExternalCreditLoss, "Its outside creditors lose"),
];

fn row(r: &Results, metric: Metric, firm: usize, given: Given) -> Option<&LossRow> {
    r.loss(metric, Some(firm), WorldName::W0, Panel::Base, given)
}

pub(super) fn section(r: &Results) -> Option<Section> {
    let given = first_condition(r);
    let mut rows: Vec<&LossRow> = (0..r.firms.len()).filter_map(|i| row(r, Metric::MarkToMarketLossVsPlan, i, given)).collect();
    rows.sort_by(|a, b| b.mean.value.total_cmp(&a.mean.value));
    let top = rows.first()?;
    let mean = if is_random(r) { "on average" } else { "" };
    let name = words::firm(r, top.firm?);
    let statements = vec![
        sentence(&[
            &if is_random(r) { format!("{}, the shareholders of {name}", under(r, given)) } else { format!("the shareholders of {name}") },
            "lose most:",
            &words::with_error(&top.mean, Unit::UsdBn),
            mean,
            "against the plan's value (mark-to-market, W0)",
        ]),
        "These losses of firms do not add up to the net loss: a stake is counted at its holder and again at its issuer.".into(),
    ];
    Some(Section {
        id: "who",
        heading: "Who loses what".into(),
        statements,
        tables: vec![table(r, given, &rows)],
        numbers: json!(rows),
        figures: &["fans"],
    })
}

fn table(r: &Results, given: Given, rows: &[&LossRow]) -> Grid {
    let cell = |row: Option<&LossRow>| row.map_or_else(|| "–".to_string(), |x| words::cell(&x.mean, Unit::UsdBn));
    let line = |row: &&LossRow| {
        let i = row.firm.unwrap_or(0);
        let mut line = vec![words::firm(r, i), cell(Some(row))];
        if is_random(r) {
            let tail = row.tail.iter().find(|t| (t.level - 0.99).abs() < 1e-9);
            line.push(tail.map_or_else(|| "–".into(), |t| words::cell(&t.es, Unit::UsdBn)));
        }
        line.extend(COLUMNS.iter().map(|(m, _)| cell(self::row(r, *m, i, given))));
        line
    };
    let mut header = vec!["Firm".to_string(), "Mark-to-market loss".into()];
    if is_random(r) {
        header.push("ES 99 % of it".into());
    }
    header.extend(COLUMNS.iter().map(|(_, name)| name.to_string()));
    let condition = if is_random(r) { format!(", {}", words::given(given)) } else { String::new() };
    Grid {
        caption: format!("Expected losses of each firm against plan in W0{condition}, USD bn (a negative loss is a gain)"),
        header,
        rows: rows.iter().map(line).collect(),
    }
}
