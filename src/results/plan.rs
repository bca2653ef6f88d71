//! Tables that need no paths: the scenario, the firms, the no-shock plan by year, planned dollars between firms. No statistics.

use super::types::*;
use crate::engine::{Engine, FAN_QUANTITIES, Flows, State, investor_index};
use crate::model::{
    BackstopNumber, Distribution, FirmNumber, GroupNumber, Investor, LoanNumber, Model, PurchaseNumber, RuleNumber, Seller, ShockNumber,
    StakeNumber, TrancheNumber, WarrantNumber,
};

/// What the scenario was.
pub fn scenario(model: &Model, hash: &str) -> ScenarioInfo {
    ScenarioInfo {
        name: model.name.clone(),
        title: model.title.clone(),
        as_of: model.as_of.clone(),
        hash: hash.into(),
        quarters: (1..=model.horizon_quarters).map(|t| model.quarter_label(t)).collect(),
        random: model.shocks.random || model.shocks.table.is_some(),
        exposures: model.evidence.exposures.clone(),
        uncertain: model.uncertain.iter().map(|u| (u.name.clone(), words(&u.distribution))).collect(),
        parameters: parameters(model),
    }
}

/// A distribution in words.
fn words(distribution: &Distribution) -> String {
    match *distribution {
        Distribution::Uniform { low, high } => format!("uniform from {low} to {high}"),
        Distribution::Triangular { low, mode, high } => format!("triangular from {low} over {mode} to {high}"),
        Distribution::Pert { low, mode, high } => format!("PERT from {low} over {mode} to {high}"),
        Distribution::Normal { mean, sd, low, high } => format!("normal, mean {mean}, sd {sd}, within {low} to {high}"),
        Distribution::LogNormal { median, sigma, low, high } => {
            format!("lognormal, median {median}, sigma {sigma}, within {low} to {high}")
        }
    }
}

/// Every number of the model by its path in the scenario.
pub fn parameters(model: &Model) -> Vec<(String, f64)> {
    let mut list = Vec::new();
    macro_rules! each {
        ($fields:ident, $what:expr, $items:expr, $id:expr) => {
            for item in $items {
                list.extend($fields::ALL.iter().map(|&(f, name)| (format!("{}.{}.{name}", $what, $id(item)), item.numbers.get(f))));
            }
        };
    }
    list.extend(ShockNumber::ALL.iter().map(|&(f, name)| (format!("shocks.{name}"), model.shocks.numbers.get(f))));
    list.extend(RuleNumber::ALL.iter().map(|&(f, name)| (format!("rules.{name}"), model.rules.numbers.get(f))));
    list.push(("rules.grace_quarters".into(), model.rules.grace_quarters as f64));
    each!(FirmNumber, "firm", &model.firms, |x: &crate::model::Firm| x.id.clone());
    each!(StakeNumber, "stake", &model.stakes, |x: &crate::model::Stake| x.id.clone());
    each!(TrancheNumber, "investment", &model.tranches, |x: &crate::model::Tranche| x.id.clone());
    each!(PurchaseNumber, "purchase", &model.purchases, |x: &crate::model::Purchase| x.id.clone());
    each!(LoanNumber, "loan", &model.loans, |x: &crate::model::Loan| x.id.clone());
    each!(WarrantNumber, "warrant", &model.warrants, |x: &crate::model::Warrant| x.id.clone());
    each!(BackstopNumber, "backstop", &model.backstops, |x: &crate::model::Backstop| x.id.clone());
    each!(GroupNumber, "group", &model.groups, |x: &crate::model::Group| x.id.clone());
    list.retain(|(_, value)| value.is_finite());
    list
}

/// The firms.
pub fn firms(model: &Model) -> Vec<FirmInfo> {
    let info = |(i, f): (usize, &crate::model::Firm)| FirmInfo {
        id: f.id.clone(),
        name: f.name.clone(),
        kind: f.kind,
        value_usd_bn: model.fair_value_usd_bn(i),
        debt_usd_bn: f.numbers.debt_usd_bn,
    };
    model.firms.iter().enumerate().map(info).collect()
}

/// Planned cash, price and revenue of the detailed firms: firm × quantity × (quarter 0 to horizon).
pub(super) fn fan_plan(engine: &Engine<'_>, detailed: &[usize]) -> Vec<f64> {
    let h = engine.model.horizon_quarters;
    let mut rows = vec![0.0; detailed.len() * FAN_QUANTITIES.len() * (h + 1)];
    let at = |d: usize, q: usize, t: usize| (d * FAN_QUANTITIES.len() + q) * (h + 1) + t;
    engine.watch_plan(|t, s: &State, f: &Flows| {
        for (d, &i) in detailed.iter().enumerate() {
            for (q, x) in [s.cash[i][0], s.price[i][0], f.revenue[i][0]].into_iter().enumerate() {
                rows[at(d, q, t)] = x;
            }
        }
    });
    for (d, &i) in detailed.iter().enumerate() {
        rows[at(d, 0, 0)] = engine.model.firms[i].numbers.cash_usd_bn;
        rows[at(d, 1, 0)] = engine.model.fair_value_usd_bn(i);
        // Revenue is a flow: the as-of date shows that of the first quarter.
        rows[at(d, 2, 0)] = rows[at(d, 2, 1.min(h))];
    }
    rows
}

/// The plan by firm and calendar year.
pub fn plan_rows(engine: &Engine<'_>) -> Vec<PlanRow> {
    let model = engine.model;
    let mut rows: Vec<PlanRow> = Vec::new();
    engine.watch_plan(|t, s: &State, f: &Flows| {
        let year = model.calendar(t).0;
        for i in 0..model.firms.len() {
            let index = match rows.iter().position(|r| r.firm == i && r.year == year) {
                Some(index) => index,
                None => {
                    rows.push(empty_row(i, year));
                    rows.len() - 1
                }
            };
            add_quarter(model, t, i, s, f, &mut rows[index]);
        }
    });
    rows.sort_by_key(|r| (r.firm, r.year));
    rows
}

fn empty_row(firm: usize, year: i32) -> PlanRow {
    PlanRow {
        firm,
        year,
        external_revenue_usd_bn: 0.0,
        network_revenue_usd_bn: 0.0,
        operating_cost_usd_bn: 0.0,
        debt_service_usd_bn: 0.0,
        capex_usd_bn: 0.0,
        purchases_usd_bn: 0.0,
        committed_usd_bn: 0.0,
        network_equity_usd_bn: 0.0,
        outside_tranches_usd_bn: 0.0,
        investments_usd_bn: 0.0,
        new_equity_usd_bn: 0.0,
        new_debt_usd_bn: 0.0,
        outside_capacity_usd_bn: 0.0,
        closing_cash_usd_bn: 0.0,
        enterprise_value_usd_bn: 0.0,
        equity_value_usd_bn: 0.0,
    }
}

fn add_quarter(model: &Model, t: usize, i: usize, s: &State, f: &Flows, row: &mut PlanRow) {
    let _ = t;
    row.external_revenue_usd_bn += f.external[i][0];
    row.network_revenue_usd_bn += f.revenue[i][0] - f.external[i][0];
    row.operating_cost_usd_bn += f.senior[i][0] - f.interest[i][0] - f.due[i][0];
    row.debt_service_usd_bn += f.interest[i][0] + f.due[i][0];
    row.capex_usd_bn += f.capex[i][0];
    row.purchases_usd_bn += f.order_sum[i][0];
    row.committed_usd_bn += f.committed_sum[i][0];
    for (k, tranche) in model.tranches.iter().enumerate() {
        if tranche.investee.at() == i {
            let received = f.tranche_received[k][0];
            match tranche.investor {
                Investor::Firm(_) => row.network_equity_usd_bn += received,
                Investor::Outside => row.outside_tranches_usd_bn += received,
            }
        }
        if investor_index(tranche.investor) == Some(i) {
            row.investments_usd_bn += f.tranche_paid[k][0];
        }
    }
    row.new_equity_usd_bn += f.new_equity[i][0];
    row.new_debt_usd_bn += f.new_debt[i][0];
    row.outside_capacity_usd_bn += f.equity_capacity[i][0] + f.debt_capacity[i][0];
    row.closing_cash_usd_bn = s.cash[i][0];
    row.enterprise_value_usd_bn = s.enterprise[i][0];
    row.equity_value_usd_bn = s.value[i][0];
}

/// Planned dollars between firms, with the largest round trip marked.
pub fn flows(model: &Model) -> Vec<FlowRow> {
    let mut rows: Vec<FlowRow> = Vec::new();
    let mut add = |from: Option<usize>, to: Option<usize>, kind: FlowKind, usd_bn: f64| match rows
        .iter_mut()
        .find(|r| r.from == from && r.to == to && r.kind == kind)
    {
        Some(row) => row.usd_bn += usd_bn,
        None => rows.push(FlowRow { from, to, kind, usd_bn, in_largest_loop: false }),
    };
    for p in &model.purchases {
        let seller = match p.seller {
            Seller::Firm(f) => Some(f.at()),
            Seller::Outside => None,
        };
        let kind = if p.stage.binds() { FlowKind::Purchase } else { FlowKind::Unsigned };
        add(Some(p.buyer.at()), seller, kind, p.numbers.scale * p.schedule_usd_bn.iter().sum::<f64>());
    }
    for k in &model.tranches {
        let kind = if k.stage.binds() { FlowKind::Investment } else { FlowKind::Unsigned };
        add(investor_index(k.investor), Some(k.investee.at()), kind, k.numbers.amount_usd_bn);
    }
    for s in &model.stakes {
        add(Some(s.holder.at()), Some(s.issuer.at()), FlowKind::Stake, s.numbers.share * model.fair_value_usd_bn(s.issuer.at()));
    }
    for l in &model.loans {
        add(Some(l.lender.at()), Some(l.borrower.at()), FlowKind::Loan, l.numbers.balance_usd_bn);
    }
    for w in &model.warrants {
        add(Some(w.issuer.at()), Some(w.holder.at()), FlowKind::Warrant, w.numbers.shares * model.fair_value_usd_bn(w.issuer.at()));
    }
    for b in &model.backstops {
        add(Some(b.guarantor.at()), Some(b.beneficiary.at()), FlowKind::Backstop, b.numbers.cap_usd_bn);
    }
    mark_largest_loop(model.firms.len(), &mut rows);
    rows
}

/// Marks the flows between the two firms whose smaller direction is largest: money that goes out as an investment, a stake or a guarantee, and comes
/// back as purchases.
fn mark_largest_loop(firms: usize, rows: &mut [FlowRow]) {
    let sum = |from: usize, to: usize, trade: bool| -> f64 {
        let kinds = |k: FlowKind| (k == FlowKind::Purchase) == trade && k != FlowKind::Unsigned;
        rows.iter().filter(|r| r.from == Some(from) && r.to == Some(to) && kinds(r.kind)).map(|r| r.usd_bn).sum()
    };
    let pairs = (0..firms).flat_map(|a| (0..firms).map(move |b| (a, b))).filter(|(a, b)| a != b);
    let best = pairs.map(|(a, b)| (a, b, sum(a, b, false).min(sum(b, a, true)))).filter(|x| x.2 > 0.0).max_by(|x, y| x.2.total_cmp(&y.2));
    if let Some((a, b, _)) = best {
        for r in rows.iter_mut() {
            r.in_largest_loop = (r.from, r.to) == (Some(a), Some(b)) || (r.from, r.to) == (Some(b), Some(a));
        }
    }
}
