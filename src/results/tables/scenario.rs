//! Tables of what the scenario says: contracts and what becomes of them, the plan, flows, evidence. No distributions.

use super::*;
use crate::results::{ContractRow, Exposure, PlanRow};

pub(super) const CONTRACTS: Table = Table {
    file: "contracts.csv",
    about: "what one purchase commitment delivers in W0, by condition",
    is_optional: false,
    columns: || {
        let mut columns = vec![
            column("contract", "identifier", ""),
            column("buyer", "firm that buys", ""),
            column("seller", "firm that sells, or `outside`", ""),
            column("stage", "stage at the as-of date: talks, loi, signed or active", ""),
            column("given", GIVEN, ""),
            column("planned_usd_bn", "planned within the horizon", "USD bn"),
            column("committed_usd_bn", "of which committed (take or pay)", "USD bn"),
        ];
        columns.extend(estimate_columns("shortfall_usd_bn", "expected payments short of plan", "USD bn"));
        columns.extend(estimate_columns("unpaid_usd_bn", "expected committed amount not paid", "USD bn"));
        columns.extend(estimate_columns("any_unpaid", "probability that any committed amount goes unpaid", "share"));
        columns
    },
    rows: |r| {
        let line = |c: &ContractRow| {
            let mut cells = row![
                c.id.as_str(),
                firm(r, c.buyer),
                firm_or_outside(r, c.seller),
                name(c.stage),
                name(c.given),
                c.planned_usd_bn,
                c.committed_usd_bn
            ];
            for e in [&c.shortfall_usd_bn, &c.unpaid_usd_bn, &c.any_unpaid] {
                cells.extend(estimate_cells(Some(e)));
            }
            cells
        };
        r.contracts.iter().map(line).collect()
    },
};

/// Columns of plan.csv: (name, meaning, value).
type PlanColumn = (&'static str, &'static str, fn(&PlanRow) -> f64);

const PLAN_COLUMNS: [PlanColumn; 16] = [
    ("external_revenue_usd_bn", "revenue from customers outside the model", |p| p.external_revenue_usd_bn),
    ("network_revenue_usd_bn", "revenue from firms of the model", |p| p.network_revenue_usd_bn),
    ("operating_cost_usd_bn", "fixed and variable operating costs", |p| p.operating_cost_usd_bn),
    ("debt_service_usd_bn", "interest and principal repaid", |p| p.debt_service_usd_bn),
    ("capex_usd_bn", "discretionary capital expenditure outside the model", |p| p.capex_usd_bn),
    ("purchases_usd_bn", "purchases under contract", |p| p.purchases_usd_bn),
    ("committed_usd_bn", "of which committed", |p| p.committed_usd_bn),
    ("network_equity_usd_bn", "tranches received from firms", |p| p.network_equity_usd_bn),
    ("outside_tranches_usd_bn", "tranches received from outside investors under contract", |p| p.outside_tranches_usd_bn),
    ("investments_usd_bn", "tranches paid", |p| p.investments_usd_bn),
    ("new_equity_usd_bn", "new outside equity, not under contract", |p| p.new_equity_usd_bn),
    ("new_debt_usd_bn", "new outside debt, not under contract", |p| p.new_debt_usd_bn),
    ("outside_capacity_usd_bn", "outside equity and debt that could have been raised", |p| p.outside_capacity_usd_bn),
    ("closing_cash_usd_bn", "cash at the end of the year", |p| p.closing_cash_usd_bn),
    ("enterprise_value_usd_bn", "enterprise value at the end of the year", |p| p.enterprise_value_usd_bn),
    ("equity_value_usd_bn", "equity value at the end of the year", |p| p.equity_value_usd_bn),
];

pub(super) const PLAN: Table = Table {
    file: "plan.csv",
    about: "one firm in one calendar year of the no-shock plan",
    is_optional: false,
    columns: || {
        let mut columns = vec![column("firm", FIRM, ""), column("year", "calendar year; the first and last may be part years", "")];
        columns.extend(PLAN_COLUMNS.map(|(n, meaning, _)| column(n, meaning, "USD bn")));
        columns
    },
    rows: |r| {
        let line = |p: &PlanRow| {
            let mut cells = row![firm(r, p.firm), p.year.to_string()];
            cells.extend(PLAN_COLUMNS.map(|(_, _, value)| value(p).into()));
            cells
        };
        r.plan.iter().map(line).collect()
    },
};

pub(super) const FLOWS: Table = Table {
    file: "flows.csv",
    about: "planned dollars between two firms within the horizon, of one kind",
    is_optional: false,
    columns: || {
        vec![
            column("from", "firm that pays or holds, or `outside`", ""),
            column("to", "firm that receives or is held, or `outside`", ""),
            column("kind", "purchase, investment, unsigned, stake, loan, warrant or backstop", ""),
            column("usd_bn", "amount", "USD bn"),
            column("in_largest_loop", "whether it lies on the largest round trip between two firms", ""),
        ]
    },
    rows: |r| {
        let line = |f: &crate::results::FlowRow| {
            row![firm_or_outside(r, f.from), firm_or_outside(r, f.to), name(f.kind), f.usd_bn, f.in_largest_loop]
        };
        r.flows.iter().map(line).collect()
    },
};

pub(super) const EVIDENCE: Table = Table {
    file: "evidence.csv",
    about: "one firm or contract and the evidence for its figures",
    is_optional: false,
    columns: || {
        vec![
            column("id", "identifier of the firm or contract", ""),
            column("what", "firm, stake, investment, purchase, loan, warrant or backstop", ""),
            column("usd_bn", "size: fair value and debt of a firm, money within the horizon of a contract", "USD bn"),
            column("grade", "A filing, B company statement, C press, D judgement; empty where the scenario gives none", ""),
            column("stage", "stage of a contract: talks, loi, signed or active", ""),
            column("source", "source as written in the scenario", ""),
            column("as_of", "date of the evidence", ""),
        ]
    },
    rows: |r| {
        let line = |e: &Exposure| {
            row![e.id.as_str(), e.what.as_str(), e.usd_bn, e.grade.map(name), e.stage.map(name), e.source.as_str(), e.as_of.as_str()]
        };
        r.scenario.exposures.iter().map(line).collect()
    },
};

pub(super) const UNCERTAIN: Table = Table {
    file: "uncertain.csv",
    about: "one number of the scenario that is drawn anew on each path",
    is_optional: true,
    columns: || vec![column("name", "path of the number in the scenario", ""), column("distribution", "its distribution in words", "")],
    rows: |r| r.scenario.uncertain.iter().map(|(n, d)| row![n.as_str(), d.as_str()]).collect(),
};
