//! What is left when a loop or a deal is cut, in words. No measures.

use super::{deal_names, deals, heads, money, percent, plain};
use crate::report::{Grid, Section};
use crate::results::inspect::{Cut, Inspection, RoundTrip, View};
use crate::results::words;
use serde_json::Value;

pub(super) fn section(x: &Inspection) -> Section {
    let statements = x.cuts.iter().map(|c| sentence(x, c)).collect();
    let (mut circle, mut triples, mut coverage) = (Vec::new(), Vec::new(), Vec::new());
    for before in x.each_view() {
        circle.push(circle_row("nothing", before));
        for c in &x.cuts {
            let Some(after) = c.views.iter().find(|v| v.basis == before.basis && *v != before) else { continue };
            circle.push(circle_row(&c.asked, after));
            triples.extend(triple_rows(x, c, before, after));
            coverage.extend(coverage_rows(x, c, before, after));
        }
    }
    let tables = vec![
        Grid {
            caption: "The circle after each cut, over the horizon; a cut that changes nothing has no row".into(),
            header: heads(&["Cut", "Deals", "Spectral radius", "Finn's index, %", "Gross over net", "Financed pairs", "Backed pairs"]),
            rows: circle,
        },
        Grid {
            caption: "Round trips that a cut changes, USD bn over the horizon: least / in proportion / most comes back to the supplier"
                .into(),
            header: heads(&["Cut", "Deals", "Supplier", "Before", "After"]),
            rows: triples,
        },
        Grid {
            caption:
                "Coverage that a cut changes: commitments as % of funds, as above; what outside investors pay instead is not signed funding"
                    .into(),
            header: heads(&["Cut", "Deals", "Buyer", ""]).into_iter().chain(years(x)).collect(),
            rows: coverage,
        },
    ];
    Section { id: "cuts", heading: "What is left after a cut".into(), statements, tables, numbers: Value::Null, figures: &[] }
}

fn sentence(x: &Inspection, c: &Cut) -> String {
    let gone = words::list(&deal_names(&c.contracts));
    if c.firms.is_empty() {
        return format!("Cut {}: without {gone}; outside investors pay instead whatever went that way.", c.asked);
    }
    let firms: Vec<String> = c.firms.iter().map(|&i| x.name(i)).collect();
    format!(
        "Cut {}: the loop {} at its weakest link, {gone}; outside investors pay instead whatever went that way.",
        c.asked,
        firms.join(" > ")
    )
}

fn circle_row(cut: &str, v: &View) -> Vec<String> {
    let (radius, finn) = v.horizon().map_or((0.0, 0.0), |w| (w.tracing.spectral_radius, w.tracing.finn));
    vec![
        cut.to_string(),
        deals(v.basis).into(),
        plain(radius),
        percent(finn),
        v.gross_over_net.map_or_else(String::new, |g| format!("{g:.4}")),
        v.financed_pairs.to_string(),
        v.backed_pairs.to_string(),
    ]
}

fn triple_rows(x: &Inspection, c: &Cut, before: &View, after: &View) -> Vec<Vec<String>> {
    let of = |v: &View, s: usize| -> Option<RoundTrip> {
        v.horizon()?.round_trips.iter().find(|r| r.supplier == s && r.buyer.is_none()).copied()
    };
    let suppliers = (0..x.firms.len()).filter_map(|s| Some((s, of(before, s)?)));
    let row = |(s, was): (usize, RoundTrip)| {
        let left = of(after, s).map_or_else(|| "0 / 0 / 0".to_string(), |r| money::dollars(&r));
        (money::dollars(&was) != left).then(|| vec![c.asked.clone(), deals(before.basis).into(), x.name(s), money::dollars(&was), left])
    };
    suppliers.filter_map(row).collect()
}

/// Two rows for each buyer whose coverage changes: before and after.
fn coverage_rows(x: &Inspection, c: &Cut, before: &View, after: &View) -> Vec<Vec<String>> {
    let years = years(x);
    let cells = |v: &View, firm: usize| -> Vec<String> {
        let of = |y: &String| v.coverage.iter().find(|r| r.firm == firm && r.year == *y).and_then(|r| r.ratio);
        years.iter().map(|y| of(y).map_or_else(String::new, percent)).collect()
    };
    let mut rows = Vec::new();
    for firm in 0..x.firms.len() {
        let (was, left) = (cells(before, firm), cells(after, firm));
        if was != left {
            for (state, cells) in [("before", was), ("after", left)] {
                let lead = [c.asked.clone(), deals(before.basis).to_string(), x.name(firm), state.to_string()];
                rows.push(lead.into_iter().chain(cells).collect());
            }
        }
    }
    rows
}

fn years(x: &Inspection) -> Vec<String> {
    let labels = x.signed().map_or(&[][..], |v| v.windows.split_last().map_or(&[][..], |(_, years)| years));
    labels.iter().map(|w| w.label.clone()).collect()
}
