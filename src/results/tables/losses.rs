//! Tables of losses: distributions, exceedance, amplification, channels. Not of single firms.

use super::*;
use crate::results::{LossRow, Metric};

pub(super) const SUMMARY: Table = Table {
    file: "summary.csv",
    about: "one statistic of the distribution of one loss, for the system or one firm, in one world, variant and condition",
    is_optional: false,
    columns: summary_columns,
    rows: |r| r.losses.iter().flat_map(|row| summary_rows(r, row)).collect(),
};

fn summary_columns() -> Vec<Column> {
    let mut columns = vec![
        column("metric", "loss; see \"Losses\" below", ""),
        column("firm", FIRM_OR_SYSTEM, ""),
        column("world", WORLD, ""),
        column("panel", PANEL, ""),
        column("given", GIVEN, ""),
        column("paths", PATHS, "paths"),
        column("statistic", "mean, standard_deviation, var_q and es_q (VaR and ES at q %), quantile_q", ""),
    ];
    columns.extend(estimate_columns("", "the statistic, in the unit of the column `unit`", "see unit"));
    columns.push(column("unit", "unit of the statistic", ""));
    columns.push(column("exact", "true: from every path (mean, order statistic); false: read off bins, see manifest.json", ""));
    columns
}

fn summary_rows(r: &Results, row: &LossRow) -> Vec<Vec<Cell>> {
    let line = |statistic: String, values: [Cell; 4], exact: bool| -> Vec<Cell> {
        let mut cells =
            row![name(row.metric), firm_or_system(r, row.firm), name(row.world), name(row.panel), name(row.given), row.paths, statistic];
        cells.extend(values);
        cells.extend(row![row.metric.unit(), exact]);
        cells
    };
    let sd = [row.standard_deviation.into(), Cell::Empty, Cell::Empty, Cell::Empty];
    let mut lines = vec![line("mean".into(), estimate_cells(Some(&row.mean)), true), line("standard_deviation".into(), sd, true)];
    for t in &row.tail {
        lines.push(line(format!("var_{}", percent(t.level)), estimate_cells(Some(&t.var)), row.exact));
        lines.push(line(format!("es_{}", percent(t.level)), estimate_cells(Some(&t.es)), row.exact));
    }
    lines.extend(row.quantiles.iter().map(|(level, e)| line(format!("quantile_{}", percent(*level)), estimate_cells(Some(e)), row.exact)));
    lines
}

/// A level such as 0.999 as "99.9".
fn percent(level: f64) -> String {
    let text = format!("{:.4}", 100.0 * level);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

pub(super) const EXCEEDANCE: Table = Table {
    file: "exceedance.csv",
    about: "one point of the exceedance curve of the net system loss",
    is_optional: false,
    columns: || {
        let mut columns =
            vec![column("world", WORLD, ""), column("given", GIVEN, ""), column("loss_usd_bn", "net system loss against plan", "USD bn")];
        columns.extend(estimate_columns("probability", "share of paths that lose more; its interval holds at this point alone", "share"));
        columns.push(column(
            "band_low",
            "lower edge of the 95 % band that holds the whole curve (Dvoretzky, Kiefer and Wolfowitz)",
            "share",
        ));
        columns.push(column("band_high", "upper edge of that band", "share"));
        columns
    },
    rows: |r| {
        let line = |p: &crate::results::ExceedancePoint| {
            let mut cells = row![name(p.world), name(p.given), p.loss_usd_bn];
            cells.extend(estimate_cells(Some(&p.probability)));
            cells.extend(row![p.band_low, p.band_high]);
            cells
        };
        r.exceedance.iter().map(line).collect()
    },
};

pub(super) const HISTOGRAM: Table = Table {
    file: "histogram.csv",
    about: "one bar of the histogram of the net system loss",
    is_optional: false,
    columns: || {
        vec![
            column("world", WORLD, ""),
            column("given", GIVEN, ""),
            column("low_usd_bn", "lower edge, inside the bar", "USD bn"),
            column("high_usd_bn", "upper edge, outside the bar", "USD bn"),
            column("count", "paths in the bar", "paths"),
            column("share", "their probability, given the condition", "share"),
        ]
    },
    rows: |r| r.histogram.iter().map(|b| row![name(b.world), name(b.given), b.low_usd_bn, b.high_usd_bn, b.count, b.share]).collect(),
};

pub(super) const CONVERGENCE: Table = Table {
    file: "convergence.csv",
    about: "the headline numbers on the first paths of the run (of every stratum, where paths are chosen)",
    is_optional: false,
    columns: || {
        let mut columns = vec![column("paths", PATHS, "paths")];
        columns.extend(estimate_columns("mean_net_loss", "mean net system loss against plan in W0", "USD bn"));
        columns.extend(estimate_columns("es99_net_loss", "its expected shortfall at 99 %", "USD bn"));
        columns.extend(estimate_columns("amplification", "mean net loss given a bust, W0 over W2", "ratio"));
        columns
    },
    rows: |r| {
        let line = |p: &crate::results::ConvergencePoint| {
            let parts = [&p.mean_net_loss, &p.es99_net_loss, &p.amplification_given_bust];
            row![p.paths].into_iter().chain(parts.into_iter().flat_map(|e| estimate_cells(e.as_ref()))).collect()
        };
        r.convergence.iter().map(line).collect()
    },
};

pub(super) const GROSS_OVER_NET: Table = Table {
    file: "gross-over-net.csv",
    about: "how much counting stakes at holder and issuer inflates the loss, W0: expected gross loss over expected net loss",
    is_optional: false,
    columns: || {
        let mut columns = vec![column("given", GIVEN, "")];
        columns.extend(estimate_columns(
            "ratio",
            "ratio of expectations, paired; empty where the net loss is below five standard errors",
            "ratio",
        ));
        columns
    },
    rows: |r| {
        let line = |g: &crate::results::GrossOverNet| {
            let mut cells = row![name(g.given)];
            cells.extend(estimate_cells(g.ratio.as_ref()));
            cells
        };
        r.gross_over_net.iter().map(line).collect()
    },
};

pub(super) const AMPLIFICATION: Table = Table {
    file: "amplification.csv",
    about: "how much larger one expected loss is in W0 than in another world on the same shocks: A against W2, C against W1",
    is_optional: false,
    columns: || {
        let mut columns = vec![
            column("metric", "loss; see \"Losses\" below", ""),
            column("firm", FIRM_OR_SYSTEM, ""),
            column("panel", PANEL, ""),
            column("against", "the world that W0 is compared with: W2 gives A, W1 gives C", ""),
            column("given", GIVEN, ""),
            column("paths", PATHS, "paths"),
        ];
        columns.extend(estimate_columns("mean", "expected loss in W0", "see unit"));
        columns.extend(estimate_columns("other_mean", "expected loss in the other world", "see unit"));
        columns.extend(estimate_columns("ratio", "mean / other_mean; empty where other_mean is below five standard errors", "ratio"));
        columns.extend(estimate_columns("difference", "mean - other_mean, paired by path", "see unit"));
        columns.push(column("unit", "unit of the means and the difference", ""));
        columns
    },
    rows: |r| {
        let line = |a: &crate::results::Amplification| {
            let mut cells = row![name(a.metric), firm_or_system(r, a.firm), name(a.panel), name(a.against), name(a.given), a.paths];
            for e in [Some(&a.mean), Some(&a.other_mean), a.ratio.as_ref(), Some(&a.difference)] {
                cells.extend(estimate_cells(e));
            }
            cells.push(a.metric.unit().into());
            cells
        };
        r.amplification.iter().map(line).collect()
    },
};

pub(super) const TAIL_AMPLIFICATION: Table = Table {
    file: "amplification-tail.csv",
    about: "the ratio of the expected shortfall of one loss in W0 to that in another world",
    is_optional: true,
    columns: || {
        let mut columns = vec![
            column("metric", "loss; see \"Losses\" below", ""),
            column("firm", FIRM_OR_SYSTEM, ""),
            column("panel", PANEL, ""),
            column("against", "the world that W0 is compared with", ""),
            column("given", GIVEN, ""),
            column("level", "level of the expected shortfall", "share"),
        ];
        columns.extend(estimate_columns("es_ratio", "ES in W0 / ES in the other world; interval from batch means", "ratio"));
        columns
    },
    rows: |r| {
        let lines = |a: &crate::results::Amplification| -> Vec<Vec<Cell>> {
            let head = row![name(a.metric), firm_or_system(r, a.firm), name(a.panel), name(a.against), name(a.given)];
            let line =
                |(level, e): &(f64, Estimate)| head.iter().cloned().chain([(*level).into()]).chain(estimate_cells(Some(e))).collect();
            a.es_ratio.iter().map(line).collect()
        };
        r.amplification.iter().flat_map(lines).collect()
    },
};

const CHANNEL_NAMES: [(&str, &str); 4] = [
    ("orders", "orders: what buyers no longer order"),
    ("payments", "payments: what debtors no longer pay"),
    ("valuation", "valuation: what stakes are no longer worth"),
    ("financing", "financing: tranches that are no longer paid"),
];

pub(super) const CHANNELS: Table = Table {
    file: "channels.csv",
    about: "the loss of a scripted scenario by channel of contagion: own + the four Shapley values = total",
    is_optional: true,
    columns: || {
        let mut columns = vec![
            column("metric", "loss; see \"Losses\" below", ""),
            column("firm", FIRM_OR_SYSTEM, ""),
            column("own", "loss in W2, from the shock itself", "see unit"),
        ];
        for (prefix, meaning) in [
            ("shapley", "Shapley value"),
            ("one_in", "added when this channel alone is on"),
            ("leave_one_out", "lost when this channel alone is off"),
        ] {
            columns.extend(CHANNEL_NAMES.map(|(n, words)| column(&format!("{prefix}_{n}"), &format!("{meaning}; {words}"), "see unit")));
        }
        columns.push(column("total", "loss in W0", "see unit"));
        columns.push(column("unit", "unit of the amounts", ""));
        columns
    },
    rows: |r| {
        let line = |c: &crate::results::ChannelRow| {
            let mut cells = row![name(c.metric), firm_or_system(r, c.firm), c.own];
            cells.extend([c.shapley, c.one_in, c.leave_one_out].concat().into_iter().map(Cell::from));
            cells.extend(row![c.total, c.metric.unit()]);
            cells
        };
        r.channels.iter().map(line).collect()
    },
};

/// What each loss means, for docs/output.md.
pub fn meaning(m: Metric) -> &'static str {
    match m {
        Metric::NetLoss => {
            "operating surplus and enterprise value short of plan, plus the costs of default, summed over firms; stakes and debts \
             among firms are not counted twice (L_sys). For a firm, its part of that sum"
        }
        Metric::NetLossFromToday => "the same with the plan's enterprise value replaced by that of the as-of date",
        Metric::GrossLoss => {
            "plan equity value less equity value at the horizon, summed over firms; counts a stake at the holder and at the issuer"
        }
        Metric::MarkToMarketLoss => "what the shareholders of the as-of date lose until the horizon, from today's value",
        Metric::MarkToMarketLossVsPlan => "the same from the plan's value at the horizon",
        Metric::RevenueShortfall => "revenue short of plan, summed over quarters",
        Metric::NetworkShortfall => "the part of it in sales to firms of the model",
        Metric::CommittedShortfall => "committed purchases that were not paid; for a firm, those of its buyers",
        Metric::BacklogLost => "backlog renegotiated, unpaid or rejected, with what was due after the horizon",
        Metric::ExternalCreditLoss => "what lenders and suppliers outside the model lose after recoveries",
        Metric::NetworkCreditLoss => "what firms lose on trade credit, loans and rejected contracts among each other, after recoveries",
        Metric::StakeLoss => "fall in value of the stakes held at the as-of date",
        Metric::StaleMarkGap => "reported marks of stakes above their fair value at the horizon",
        Metric::MaxDrawdown => "largest fall of the share price from its highest level",
        Metric::PeakUnmetNeed => {
            "largest amount by which the commitments of a quarter exceeded all funds, outside capacity and the line included, before any was renegotiated"
        }
        Metric::DeadWeight => "what defaults destroy: nobody receives it",
        Metric::Defaults => "number of firms in default at the horizon",
    }
}
