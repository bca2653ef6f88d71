//! What each firm has and owes at the as-of date, what contracts plan by year, and how orders hang on orders. No flows of money.

use super::plan::Input;
use crate::circularity::spectral_radius;
use crate::engine::{Engine, State, investor_index};
use crate::model::{FirmNumber, Model, Seller, Stage};
use serde::{Deserialize, Serialize};

/// Balance sheet of one firm at the as-of date (model 6.1), USD billion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Book {
    /// Cash.
    pub cash_usd_bn: f64,
    /// Stakes in other firms at fair value.
    pub stakes_usd_bn: f64,
    /// Loans to other firms.
    pub loans_usd_bn: f64,
    /// Enterprise value: what is left of the equity value when all else is taken off.
    pub enterprise_usd_bn: f64,
    /// External debt.
    pub debt_usd_bn: f64,
    /// Loans from other firms.
    pub owed_usd_bn: f64,
    /// Equity at fair value.
    pub equity_usd_bn: f64,
}

/// What one contract plans in one calendar year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContractYear {
    /// Contract; the tranches of an investment have its name and a number.
    pub contract: String,
    /// "purchase" or "investment".
    pub kind: String,
    /// Who pays; none is an outside investor.
    pub from: Option<usize>,
    /// Who is paid; none is an outside supplier.
    pub to: Option<usize>,
    /// How far the deal has come.
    pub stage: Stage,
    /// Calendar year.
    pub year: String,
    /// Planned, USD billion.
    pub planned_usd_bn: f64,
    /// Of it owed whether used or not.
    pub committed_usd_bn: f64,
}

/// How orders hang on orders in one year (model 5.1): A holds, for each purchase, the order lost for each unit of the buyer's revenue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderChain {
    /// Calendar year.
    pub year: String,
    /// Largest order lost downstream for each unit of revenue lost by one firm, directly: the largest column sum of A.
    pub largest_passed_on: f64,
    /// Spectral radius of A: 0 where no chain of orders comes back to where it began.
    pub spectral_radius: f64,
}

/// Balance sheets at central numbers.
pub(super) fn books(engine: &Engine<'_>) -> Vec<Book> {
    let model = engine.model;
    let opening = State::opening(model, &engine.layout, engine.central());
    let lent =
        |wanted: &dyn Fn(&crate::model::Loan) -> bool| model.loans.iter().filter(|l| wanted(l)).map(|l| l.numbers.balance_usd_bn).sum();
    let book = |i: usize| {
        let held = model.stakes.iter().filter(|s| s.holder.at() == i);
        Book {
            cash_usd_bn: model.firms[i].numbers.cash_usd_bn,
            stakes_usd_bn: held.map(|s| s.numbers.share * model.fair_value_usd_bn(s.issuer.at())).sum(),
            loans_usd_bn: lent(&|l| l.lender.at() == i),
            enterprise_usd_bn: opening.enterprise[i][0],
            debt_usd_bn: model.firms[i].numbers.debt_usd_bn,
            owed_usd_bn: lent(&|l| l.borrower.at() == i),
            equity_usd_bn: model.fair_value_usd_bn(i),
        }
    };
    (0..model.firms.len()).map(book).collect()
}

/// What contracts plan by year, in the order of the scenario.
pub(super) fn contracts(model: &Model, input: &Input) -> Vec<ContractYear> {
    let year = |k: usize| input.windows[k].label.clone();
    let purchases = model.purchases.iter().flat_map(|p| {
        let dues = input.dues.iter().filter(|d| d.contract == p.id && d.planned_usd_bn.max(d.committed_usd_bn) > 0.0);
        dues.map(|d| ContractYear {
            contract: p.id.clone(),
            kind: "purchase".into(),
            from: Some(p.buyer.at()),
            to: if let Seller::Firm(f) = p.seller { Some(f.at()) } else { None },
            stage: p.stage,
            year: year(d.year),
            planned_usd_bn: d.planned_usd_bn,
            committed_usd_bn: d.committed_usd_bn,
        })
    });
    let investments = model.tranches.iter().flat_map(|t| {
        input.funding.iter().filter(|f| f.contract == t.id).map(|f| ContractYear {
            contract: t.id.clone(),
            kind: "investment".into(),
            from: investor_index(t.investor),
            to: Some(t.investee.at()),
            stage: t.stage,
            year: year(f.year),
            planned_usd_bn: f.usd_bn,
            committed_usd_bn: f.usd_bn,
        })
    });
    purchases.chain(investments).collect()
}

/// How orders hang on orders, year by year.
pub(super) fn order_chains(engine: &Engine<'_>, input: &Input) -> Vec<OrderChain> {
    let n = engine.model.firms.len();
    let elasticity = |i: usize| engine.central().firm(FirmNumber::SpendingElasticity, i)[0];
    let years = input.windows.len().saturating_sub(1);
    let chain = |year: usize| {
        let window = &input.windows[year];
        let mut edges: Vec<(usize, usize, f64)> = Vec::new();
        for d in input.dues.iter().filter(|d| d.year == year) {
            let revenue = window.revenue(d.buyer).1;
            if let Some(seller) = d.seller.filter(|_| revenue > 0.0) {
                edges.push((d.buyer, seller, elasticity(d.buyer) * (d.planned_usd_bn - d.committed_usd_bn).max(0.0) / revenue));
            }
        }
        let passed_on = |i: usize| edges.iter().filter(|e| e.0 == i).map(|e| e.2).sum::<f64>();
        OrderChain {
            year: window.label.clone(),
            largest_passed_on: (0..n).map(passed_on).fold(0.0, f64::max),
            spectral_radius: spectral_radius(n, &edges),
        }
    };
    (0..years).map(chain).collect()
}
