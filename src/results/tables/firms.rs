//! Tables of firms: one row each, defaults, fans, who hurts whom. Not of the system.

use super::*;
use crate::results::{DefaultRow, FAN_LEVELS, FanQuantity, FanRow, Given, JointRow, Metric, Panel, WorldName};

const QUARTER: &str = "quarter, 1 the first after the as-of date";

/// Means of firms.csv: (column, metric, meaning).
const MEANS: [(&str, Metric, &str); 6] = [
    ("stake_loss", Metric::StakeLoss, "mean loss on stakes held"),
    ("revenue_shortfall", Metric::RevenueShortfall, "mean revenue short of plan"),
    ("unpaid_commitments", Metric::CommittedShortfall, "mean committed purchases from the firm that were not paid"),
    ("backlog_lost", Metric::BacklogLost, "mean backlog lost"),
    ("external_credit_loss", Metric::ExternalCreditLoss, "mean loss of the firm's outside creditors"),
    ("peak_unmet_need", Metric::PeakUnmetNeed, "mean of the largest need for money in a quarter that could not be met"),
];

pub(super) const FIRMS: Table = Table {
    file: "firms.csv",
    about: "one firm in W0: value, default, losses over all paths (by condition and world: summary.csv, defaults.csv)",
    is_optional: false,
    columns: firm_columns,
    rows: |r| (0..r.firms.len()).map(|i| firm_row(r, i)).collect(),
};

fn firm_columns() -> Vec<Column> {
    let mut columns = vec![
        column("firm", "identifier", ""),
        column("name", "name for people", ""),
        column("kind", "lab, hyperscaler, neocloud, chips, holding or other", ""),
        column("value_usd_bn", "fair equity value at the as-of date", "USD bn"),
        column("debt_usd_bn", "external debt at the as-of date", "USD bn"),
    ];
    for (given, words) in [("all", "over all paths"), ("bust", "given a bust"), ("no_bust", "given no bust")] {
        columns.extend(interval_columns(
            &format!("default_{given}"),
            &format!("probability of default within the horizon, {words}"),
            "share",
        ));
        columns.extend(interval_columns(&format!("first_to_fail_{given}"), &format!("probability of failing first, {words}"), "share"));
    }
    columns.push(column("median_default_quarter", "median quarter of default among the paths on which the firm fails", ""));
    for (statistic, words) in [("mean", "mean"), ("var_99", "VaR 99 %"), ("es_99", "ES 99 %")] {
        columns.extend(interval_columns(
            &format!("mtm_loss_{statistic}"),
            &format!("{words} of the mark-to-market loss of today's shareholders"),
            "USD bn",
        ));
    }
    for (n, _, meaning) in MEANS {
        columns.extend(interval_columns(n, meaning, "USD bn"));
    }
    columns
}

fn interval_columns(name: &str, meaning: &str, unit: &'static str) -> [Column; 3] {
    let [value, _, low, high] = estimate_columns(name, meaning, unit);
    [value, low, high]
}

fn interval_cells(e: Option<&Estimate>) -> [Cell; 3] {
    let [value, _, low, high] = estimate_cells(e);
    [value, low, high]
}

fn firm_row(r: &Results, i: usize) -> Vec<Cell> {
    let f = &r.firms[i];
    let mut cells = row![f.id.as_str(), f.name.as_str(), name(f.kind), f.value_usd_bn, f.debt_usd_bn];
    for given in Given::ALL {
        let row = r.default_of(i, WorldName::W0, given);
        cells.extend(interval_cells(row.map(|d| &d.probability)));
        cells.extend(interval_cells(row.map(|d| &d.first_to_fail)));
    }
    let median = r.default_of(i, WorldName::W0, Given::All).and_then(median_quarter);
    cells.push(median.map(|t| words::quarter(r, t)).into());
    let loss = |m: Metric| r.loss(m, Some(i), WorldName::W0, Panel::Base, Given::All);
    let mtm = loss(Metric::MarkToMarketLoss);
    let tail = mtm.and_then(|row| row.tail.iter().find(|t| (t.level - 0.99).abs() < 1e-9));
    for e in [mtm.map(|row| &row.mean), tail.map(|t| &t.var), tail.map(|t| &t.es)] {
        cells.extend(interval_cells(e));
    }
    for (_, metric, _) in MEANS {
        cells.extend(interval_cells(loss(metric).map(|row| &row.mean)));
    }
    cells
}

/// The quarter by which half of the defaults have happened; none without a default.
pub fn median_quarter(row: &DefaultRow) -> Option<usize> {
    let total: f64 = row.probability_by_quarter.iter().sum();
    let mut seen = 0.0;
    let reached = |p: &f64| {
        seen += p;
        total > 0.0 && 2.0 * seen >= total * (1.0 - 1e-12)
    };
    row.probability_by_quarter.iter().position(reached).map(|at| at + 1)
}

pub(super) const QUARTERS: Table = Table {
    file: "quarters.csv",
    about: "quantiles over all paths of one quantity of one firm in one quarter, W0",
    is_optional: false,
    columns: || {
        let mut columns = vec![
            column("firm", FIRM, ""),
            column("quantity", "cash; price (equity value per share of the as-of date); revenue of the quarter", ""),
            column("quarter", "quarter, 0 the as-of date", ""),
            column("label", "the quarter's name, or the as-of date", ""),
            column("plan", "value in the no-shock plan", "USD bn"),
        ];
        let quantile = |q: f64| estimate_columns(&format!("q{:02.0}", 100.0 * q), &format!("{:.0} % quantile", 100.0 * q), "USD bn");
        columns.extend(FAN_LEVELS.into_iter().flat_map(quantile));
        columns.extend([1, 2, 3].map(|k| column(&format!("path_{}", k - 1), &format!("value on path {}", k - 1), "USD bn")));
        columns
    },
    rows: |r| r.fans.iter().map(|f| fan_row(r, f)).collect(),
};

fn fan_row(r: &Results, f: &FanRow) -> Vec<Cell> {
    let quantity = match f.quantity {
        FanQuantity::Cash => "cash",
        FanQuantity::Price => "price",
        FanQuantity::Revenue => "revenue",
    };
    let mut cells = row![firm(r, f.firm), quantity, f.quarter as u64, words::quarter(r, f.quarter), f.plan];
    cells.extend(f.quantiles.iter().flat_map(|q| estimate_cells(Some(q))));
    cells.extend(f.samples.map(Cell::from));
    cells
}

fn default_head(r: &Results, d: &DefaultRow) -> Vec<Cell> {
    row![firm(r, d.firm), name(d.world), name(d.panel), name(d.given), d.paths]
}

fn default_head_columns() -> Vec<Column> {
    let named = [("firm", FIRM), ("world", WORLD), ("panel", PANEL), ("given", GIVEN)];
    let mut columns: Vec<Column> = named.map(|(n, meaning)| column(n, meaning, "")).to_vec();
    columns.push(column("paths", "paths of the condition", "paths"));
    columns
}

pub(super) const DEFAULTS: Table = Table {
    file: "defaults.csv",
    about: "default of one firm within the horizon, in one world, variant and condition",
    is_optional: false,
    columns: || {
        let mut columns = default_head_columns();
        columns.push(column("count", "paths on which the firm fails", "paths"));
        columns.extend(estimate_columns(
            "probability",
            "probability of default (interval of Clopper and Pearson, or its like for weighted paths)",
            "share",
        ));
        columns.extend(estimate_columns(
            "first_to_fail",
            "probability that the firm is among the first to fail; failures of the same quarter tie",
            "share",
        ));
        columns.push(column("median_quarter", "median quarter of default among the paths on which the firm fails", ""));
        columns
    },
    rows: |r| {
        let line = |d: &DefaultRow| {
            let mut cells = default_head(r, d);
            cells.push(d.count.into());
            cells.extend(estimate_cells(Some(&d.probability)));
            cells.extend(estimate_cells(Some(&d.first_to_fail)));
            cells.push(median_quarter(d).map(|t| words::quarter(r, t)).into());
            cells
        };
        r.defaults.iter().map(line).collect()
    },
};

pub(super) const DEFAULT_QUARTERS: Table = Table {
    file: "default-quarters.csv",
    about: "defaults of one firm in one quarter, in one world, variant and condition",
    is_optional: false,
    columns: || {
        let mut columns = default_head_columns();
        columns.push(column("quarter", QUARTER, ""));
        columns.push(column("label", "the quarter's name", ""));
        columns.push(column("defaults", "paths on which the firm fails in the quarter", "paths"));
        columns.push(column("defaults_so_far", "paths on which it has failed by the end of the quarter", "paths"));
        columns.push(column("probability_so_far", "probability that it has failed by the end of the quarter", "share"));
        columns
    },
    rows: |r| {
        let lines = |d: &DefaultRow| -> Vec<Vec<Cell>> {
            let head = default_head(r, d);
            let (mut so_far, mut probability) = (0, 0.0);
            let line = |(k, (n, p)): (usize, (&u64, &f64))| {
                (so_far, probability) = (so_far + n, probability + p);
                head.iter().cloned().chain(row![k as u64 + 1, words::quarter(r, k + 1), *n, so_far, probability]).collect()
            };
            d.by_quarter.iter().zip(&d.probability_by_quarter).enumerate().map(line).collect()
        };
        r.defaults.iter().flat_map(lines).collect()
    },
};

pub(super) const DEFAULT_COUNTS: Table = Table {
    file: "default-counts.csv",
    about: "paths on which exactly so many firms fail, in one world and condition",
    is_optional: false,
    columns: || {
        vec![
            column("world", WORLD, ""),
            column("given", GIVEN, ""),
            column("defaults", "number of firms that fail", "firms"),
            column("count", "paths with exactly so many", "paths"),
            column("at_least", "probability of so many or more", "share"),
        ]
    },
    rows: |r| {
        let lines = |d: &crate::results::DefaultCount| -> Vec<Vec<Cell>> {
            let counts = d.paths_by_count.iter().zip(&d.at_least).enumerate();
            counts.map(|(k, (n, p))| row![name(d.world), name(d.given), k as u64, *n, p.value]).collect()
        };
        r.default_counts.iter().flat_map(lines).collect()
    },
};

pub(super) const JOINT: Table = Table {
    file: "joint.csv",
    about: "two firms that fail on the same path, W0, over all paths",
    is_optional: false,
    columns: || {
        let mut columns = vec![column("firm", FIRM, ""), column("other", "another firm", "")];
        columns.extend(estimate_columns("joint", "probability that both fail", "share"));
        columns.extend(estimate_columns(
            "given_other",
            "probability that `firm` fails given that `other` does; empty if `other` never fails",
            "share",
        ));
        columns
    },
    rows: |r| {
        let line = |j: &JointRow| {
            let mut cells = row![firm(r, j.firm), firm(r, j.other)];
            cells.extend(estimate_cells(Some(&j.joint)));
            cells.extend(estimate_cells(j.given_other.as_ref()));
            cells
        };
        r.joint.iter().map(line).collect()
    },
};

pub(super) const CONTAGION: Table = Table {
    file: "contagion.csv",
    about: "what one firm loses on the paths on which another defaults in W0",
    is_optional: false,
    columns: || {
        let mut columns = vec![column("failing", "the firm that fails", ""), column("hit", "the firm that is hit", "")];
        let meaning =
            "mean mark-to-market loss of `hit` in W0 less that in W2 on the same draws, as a share of its value at the as-of date";
        columns.extend(estimate_columns("excess_share", meaning, "share"));
        columns.push(column("paths", "paths on which `failing` defaults", "paths"));
        columns
    },
    rows: |r| {
        let line = |c: &crate::results::ContagionCell| {
            let mut cells = row![firm(r, c.failing), firm(r, c.hit)];
            cells.extend(estimate_cells(Some(&c.excess_share)));
            cells.push(c.paths.into());
            cells
        };
        r.contagion.iter().map(line).collect()
    },
};
