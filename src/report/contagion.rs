//! The fifth finding: who hurts whom, or, for a scripted scenario, through which channel the loss comes.

use super::{FEW, Grid, Section, is_random};
use crate::results::words::{self, Unit};
use crate::results::{ChannelRow, ContagionCell, Metric, Results};
use serde_json::json;

/// Most pairs or firms in a table.
const MOST: usize = 8;

pub(super) fn section(r: &Results) -> Option<Section> {
    if is_random(r) { who_hurts_whom(r) } else { channels(r) }
}

/// Pairs of which enough is known, the largest share of value first.
fn pairs(r: &Results) -> Vec<&ContagionCell> {
    let mut cells: Vec<&ContagionCell> =
        r.contagion.iter().filter(|c| c.failing != c.hit && c.paths >= FEW && c.excess_share.low > 0.0).collect();
    cells.sort_by(|a, b| b.excess_share.value.total_cmp(&a.excess_share.value));
    cells.truncate(MOST);
    cells
}

const CAVEAT: &str = "This is what goes with a failure, not what it causes alone: the same quarters hit both firms, and W2 takes out only what they \
                      share as shocks.";
const METHOD: &str =
    "These are Shapley values over all sixteen combinations of the four channels; channels.csv gives each channel alone and each left out.";

fn who_hurts_whom(r: &Results) -> Option<Section> {
    if r.contagion.is_empty() {
        return None;
    }
    let cells = pairs(r);
    let name = |i: usize| words::firm(r, i);
    let said = cells.first().map(|c| {
        format!(
            "{} is hurt most, by the failure of {}: on the {} on which {1} fails, it loses {} of its value \
             at the as-of date more than in W2 on the same shocks.",
            name(c.hit),
            name(c.failing),
            words::plural(c.paths, "path", "paths"),
            words::with_error(&c.excess_share, Unit::Share)
        )
    });
    let none = || {
        format!(
            "No firm loses more, beyond the error, where another fails than in W2 on the same shocks (pairs with at least {FEW} failures)."
        )
    };
    let mut statements = vec![said.unwrap_or_else(none)];
    statements.push(CAVEAT.into());
    let usd = |c: &ContagionCell| r.firms.get(c.hit).and_then(|f| c.excess_share.scaled(f.value_usd_bn));
    let line = |c: &&ContagionCell| {
        let bn = usd(c).map_or_else(|| "–".into(), |e| words::cell(&e, Unit::UsdBn));
        vec![name(c.failing), name(c.hit), words::cell(&c.excess_share, Unit::Share), bn, words::count(c.paths)]
    };
    let header = ["Where this fails", "this loses", "% of its value", "USD bn", "Paths"].map(String::from).to_vec();
    let caption = "Mark-to-market loss in W0 beyond that in W2 on the same shocks, where the first firm fails".to_string();
    let tables = if cells.is_empty() { vec![] } else { vec![Grid { caption, header, rows: cells.iter().map(line).collect() }] };
    Some(Section { id: "contagion", heading: "Who hurts whom".into(), statements, tables, numbers: json!(cells), figures: &["contagion"] })
}

const CHANNELS: [&str; 4] = [
    "orders that buyers no longer place",
    "payments that debtors no longer make",
    "stakes that are worth less",
    "financing that is no longer paid",
];

fn channels(r: &Results) -> Option<Section> {
    let total = r.channels.iter().find(|c| c.firm.is_none() && c.metric == Metric::NetLoss)?;
    let usd = |v: f64| words::exact(v, Unit::UsdBn);
    let parts: Vec<String> = CHANNELS.iter().zip(total.shapley).map(|(n, v)| format!("{n} {}", usd(v))).collect();
    let by_network: f64 = total.shapley.iter().sum();
    let mut statements = vec![format!(
        "Of the net loss of {}, {} comes from the shock itself (W2) and {} through the network: {}.",
        usd(total.total),
        usd(total.own),
        usd(by_network),
        words::list(&parts)
    )];
    statements.push(METHOD.into());
    let mut rows: Vec<&ChannelRow> = r.channels.iter().filter(|c| c.firm.is_some() && is_equity(c.metric)).collect();
    rows.sort_by(|a, b| b.total.abs().total_cmp(&a.total.abs()));
    rows.truncate(MOST);
    rows.insert(0, total);
    let plain = |v: f64| words::exact(v, Unit::Plain);
    let line = |c: &&ChannelRow| {
        let who = c.firm.map_or_else(|| "All, net".into(), |i| words::firm(r, i));
        let mut line = vec![who, plain(c.own)];
        line.extend(c.shapley.map(plain));
        line.push(plain(c.total));
        line
    };
    let header = ["Whose loss", "Own shock", "Orders", "Payments", "Stakes", "Financing", "Total"].map(String::from).to_vec();
    let caption = "Loss against plan by channel (Shapley values), USD bn: net for all, mark-to-market for each firm".to_string();
    let tables = vec![Grid { caption, header, rows: rows.iter().map(line).collect() }];
    Some(Section {
        id: "channels",
        heading: "Through which channel".into(),
        statements,
        tables,
        numbers: json!(rows),
        figures: &["channels"],
    })
}

fn is_equity(m: Metric) -> bool {
    matches!(m, Metric::MarkToMarketLossVsPlan)
}
