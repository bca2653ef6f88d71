//! The first finding: what the firms together lose, net and gross, against plan and from today, by condition.

use super::{Grid, Section, conditions, first_condition, is_random, sentence, under};
use crate::results::words::{self, Unit};
use crate::results::{Given, LossRow, Metric, Panel, Results, TailMeasure, WorldName};
use crate::stats::Estimate;
use serde_json::json;

const SHOWN: [Metric; 3] = [Metric::NetLoss, Metric::NetLossFromToday, Metric::GrossLoss];

fn row(r: &Results, metric: Metric, given: Given) -> Option<&LossRow> {
    r.loss(metric, None, WorldName::W0, Panel::Base, given)
}

fn tail(row: &LossRow, level: f64) -> Option<&TailMeasure> {
    row.tail.iter().find(|t| (t.level - level).abs() < 1e-9)
}

/// "lose $5 bn" or "gain $5 bn".
pub(super) fn lose(e: &Estimate) -> String {
    match e.scaled(-1.0) {
        Some(gain) if e.value < 0.0 => format!("gain {}", words::with_error(&gain, Unit::UsdBn)),
        _ => format!("lose {}", words::with_error(e, Unit::UsdBn)),
    }
}

pub(super) fn section(r: &Results) -> Option<Section> {
    let first = first_condition(r);
    let net = row(r, Metric::NetLoss, first)?;
    let mut statements = vec![headline(r, net)];
    statements.extend(tail_words(r, net));
    statements.extend(today(r, first));
    statements.extend(gross(r, first, net));
    let shown: Vec<&LossRow> = SHOWN.iter().flat_map(|m| conditions(r).into_iter().filter_map(|g| row(r, *m, g))).collect();
    Some(Section {
        id: "system_loss",
        heading: "What the firms together lose".into(),
        statements,
        tables: vec![table(r, &shown)],
        numbers: json!(shown),
        figures: &["loss-histogram", "exceedance"],
    })
}

fn headline(r: &Results, net: &LossRow) -> String {
    let what = "(net: operating surplus and enterprise value short of plan and the costs of default; stakes are not counted twice)";
    let mut text = sentence(&[
        under(r, net.given),
        "the firms together",
        &lose(&net.mean),
        if is_random(r) { "on average" } else { "" },
        "against their plan",
        what,
    ]);
    if net.given == Given::Bust {
        let other = |g: Given| row(r, Metric::NetLoss, g).map(|x| format!("{} {}", under(r, g), lose(&x.mean)));
        let others: Vec<String> = [Given::NoBust, Given::All].into_iter().filter_map(other).collect();
        text += &format!(" {}.", words::capital(&others.join("; ").replace("lose", "they lose").replace("gain", "they gain")));
    }
    text
}

fn tail_words(r: &Results, net: &LossRow) -> Option<String> {
    let t = tail(net, 0.99)?;
    let of = if net.given == Given::Bust { "of the paths with a bust" } else { "of all paths" };
    is_random(r).then(|| {
        format!(
            "In the worst 1 % {of} the net loss is {} on average (ES 99 %); the VaR 99 %, which 1 % exceed, is {}.",
            words::with_error(&t.es, Unit::UsdBn),
            words::with_error(&t.var, Unit::UsdBn)
        )
    })
}

fn today(r: &Results, given: Given) -> Option<String> {
    let row = row(r, Metric::NetLossFromToday, given)?;
    let mean = if is_random(r) { "on average" } else { "" };
    Some(sentence(&[
        "measured from today's enterprise value instead of the plan's, which has growth built in,",
        "they",
        &lose(&row.mean),
        mean,
        under(r, given),
    ]))
}

fn gross(r: &Results, given: Given, net: &LossRow) -> Option<String> {
    let gross = row(r, Metric::GrossLoss, given)?;
    let loss = words::with_error(&gross.mean, Unit::UsdBn);
    let exact = || words::ratio(&gross.mean, &net.mean);
    let paired = || r.gross_over_net.iter().find(|g| g.given == given).and_then(|g| g.ratio);
    let ratio = if is_random(r) { paired() } else { exact() };
    let ratio = ratio.map(|e| format!(", {} times the net loss", words::with_error(&e, Unit::Plain)));
    Some(
        sentence(&[
            "added up firm by firm, equity values fall short of plan by",
            &format!("{loss}{}", ratio.unwrap_or_default()),
            under(r, given),
        ]) + " That gross figure counts a stake at its holder and again at its issuer.",
    )
}

fn table(r: &Results, rows: &[&LossRow]) -> Grid {
    let cell = |e: Option<&Estimate>| e.map_or_else(|| "–".to_string(), |e| words::cell(e, Unit::UsdBn));
    let label = |row: &LossRow| {
        let text = match row.metric {
            Metric::NetLoss => "Net, against plan",
            Metric::NetLossFromToday => "Net, from today",
            _ => "Gross, against plan",
        };
        text.to_string()
    };
    if !is_random(r) {
        let lines = rows.iter().map(|row| vec![label(row), cell(Some(&row.mean))]).collect();
        return Grid { caption: "Loss of the system, W0, USD bn".into(), header: vec!["Loss".into(), "USD bn".into()], rows: lines };
    }
    let quantile = |row: &LossRow| row.quantiles.iter().find(|q| (q.0 - 0.05).abs() < 1e-9).map(|q| q.1);
    let line = |(k, row): (usize, &&LossRow)| {
        let t = tail(row, 0.99);
        let given = words::given(row.given).to_string();
        let is_first = k == 0 || rows[k - 1].metric != row.metric;
        vec![
            if is_first { label(row) } else { String::new() },
            given,
            cell(Some(&row.mean)),
            cell(quantile(row).as_ref()),
            cell(t.map(|t| &t.var)),
            cell(t.map(|t| &t.es)),
        ]
    };
    let header = ["Loss", "Condition", "Mean", "5 % quantile", "VaR 99 %", "ES 99 %"].map(String::from).to_vec();
    Grid {
        caption: "Loss of the system in W0, USD bn (a negative loss is a gain)".into(),
        header,
        rows: rows.iter().enumerate().map(line).collect(),
    }
}
