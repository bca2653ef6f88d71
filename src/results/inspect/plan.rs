//! The no-shock plan of an engine as plain tables: money by year and over the horizon, ties, commitments. No measures.

use crate::circularity::{Instrument, MoneyKind, MoneyTable, Tie, Transfer};
use crate::engine::{Engine, Flows, State, investor_index};
use crate::model::{Model, Seller};
use std::collections::BTreeMap;

/// A purchase in one year.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub contract: String,
    pub buyer: usize,
    pub seller: Option<usize>,
    pub year: usize,
    pub committed_usd_bn: f64,
    pub planned_usd_bn: f64,
}

/// An investment that the plan pays in one year.
#[derive(Debug, Clone)]
pub(super) struct Funding {
    pub contract: String,
    pub investee: usize,
    pub year: usize,
    pub usd_bn: f64,
}

/// A share of one firm in another.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub contract: String,
    pub issuer: usize,
    pub share: f64,
}

/// Everything that is measured.
#[derive(Debug, Clone, Default)]
pub(super) struct Input {
    /// Fair equity values at the as-of date.
    pub values: Vec<f64>,
    /// Money by calendar year, and last over the horizon.
    pub windows: Vec<MoneyTable>,
    pub ties: Vec<Tie>,
    pub stakes: Vec<Held>,
    pub dues: Vec<Due>,
    pub funding: Vec<Funding>,
    /// Committed amounts due after the horizon: contract, buyer, seller, USD billion.
    pub later: Vec<(String, usize, Option<usize>, f64)>,
    /// Cash at the start of each year, (year, firm).
    pub opening: Vec<Vec<f64>>,
}

/// Sums of one year.
#[derive(Debug, Clone, Default)]
struct Year {
    label: String,
    money: BTreeMap<(usize, usize, MoneyKind, String), f64>,
    sources: Vec<[f64; 4]>,
    opening: Vec<f64>,
    closing: Vec<f64>,
}

/// The plan as it is run: what is paid in it, not what is written.
pub(super) fn input(engine: &Engine<'_>) -> Input {
    let model = engine.model;
    let n = model.firms.len();
    let mut found = Input { values: (0..n).map(|i| model.fair_value_usd_bn(i)).collect(), ..Input::default() };
    let mut years: Vec<Year> = Vec::new();
    let mut cash: Vec<f64> = model.firms.iter().map(|f| f.numbers.cash_usd_bn).collect();
    engine.watch_plan(|t, s: &State, f: &Flows| {
        let label = model.calendar(t).0.to_string();
        if years.last().is_none_or(|y| y.label != label) {
            years.push(Year { label, sources: vec![[0.0; 4]; n], opening: cash.clone(), ..Year::default() });
        }
        let at = years.len() - 1;
        add_money(model, f, &mut years[at]);
        add_deals(model, f, at, &mut found);
        cash = s.cash.iter().map(|row| row[0]).collect();
        years[at].closing.clone_from(&cash);
    });
    found.opening = years.iter().map(|y| y.opening.clone()).collect();
    found.windows = years.iter().map(table).collect();
    found.windows.push(table(&whole(&years)));
    add_ties(model, &mut found);
    let later =
        |p: &crate::model::Purchase| (p.id.clone(), p.buyer.at(), seller(p.seller), p.numbers.scale * p.numbers.after_horizon_usd_bn);
    found.later = model.purchases.iter().filter(|p| p.stage.binds()).map(later).collect();
    found
}

fn seller(s: Seller) -> Option<usize> {
    match s {
        Seller::Firm(f) => Some(f.at()),
        Seller::Outside => None,
    }
}

fn add_money(model: &Model, f: &Flows, year: &mut Year) {
    let mut pay = |from: usize, to: usize, kind: MoneyKind, id: &str, usd_bn: f64| {
        if usd_bn > 0.0 && from != to {
            *year.money.entry((from, to, kind, id.to_string())).or_default() += usd_bn;
        }
    };
    for (c, p) in model.purchases.iter().enumerate() {
        if let Some(s) = seller(p.seller) {
            pay(p.buyer.at(), s, MoneyKind::Purchase, &p.id, f.invoice[c][0]);
        }
    }
    for (k, tranche) in model.tranches.iter().enumerate() {
        if let Some(a) = investor_index(tranche.investor) {
            pay(a, tranche.investee.at(), MoneyKind::Equity, &tranche.id, f.tranche_received[k][0]);
        }
    }
    for (k, loan) in model.loans.iter().enumerate() {
        let service = f.loan_interest[k][0] + f.loan_principal[k][0];
        pay(loan.borrower.at(), loan.lender.at(), MoneyKind::LoanService, &loan.id, service);
    }
    for (b, backstop) in model.backstops.iter().enumerate() {
        pay(backstop.guarantor.at(), backstop.beneficiary.at(), MoneyKind::Backstop, &backstop.id, f.backstop[b][0]);
    }
    for (i, source) in year.sources.iter_mut().enumerate() {
        source[0] += f.external[i][0];
        source[1] += f.new_equity[i][0];
        source[2] += f.new_debt[i][0];
    }
    for (k, tranche) in model.tranches.iter().enumerate().filter(|(_, t)| investor_index(t.investor).is_none()) {
        year.sources[tranche.investee.at()][1] += f.tranche_received[k][0];
    }
}

fn add_deals(model: &Model, f: &Flows, year: usize, found: &mut Input) {
    for (c, p) in model.purchases.iter().enumerate() {
        let (committed, planned) = (f.committed[c][0], f.order[c][0]);
        let Some(due) = found.dues.iter_mut().find(|d| d.year == year && d.contract == p.id) else {
            let seller = seller(p.seller);
            let due =
                Due { contract: p.id.clone(), buyer: p.buyer.at(), seller, year, committed_usd_bn: committed, planned_usd_bn: planned };
            found.dues.push(due);
            continue;
        };
        due.committed_usd_bn += committed;
        due.planned_usd_bn += planned;
    }
    for (k, t) in model.tranches.iter().enumerate().filter(|(k, _)| f.tranche_received[*k][0] > 0.0) {
        let usd_bn = f.tranche_received[k][0];
        found.funding.push(Funding { contract: t.id.clone(), investee: t.investee.at(), year, usd_bn });
    }
}

/// All years as one.
fn whole(years: &[Year]) -> Year {
    let mut all = Year { label: "horizon".into(), ..Year::default() };
    for y in years {
        all.sources.resize(y.sources.len(), [0.0; 4]);
        y.money.iter().for_each(|(key, usd_bn)| *all.money.entry(key.clone()).or_default() += usd_bn);
        all.sources.iter_mut().zip(&y.sources).for_each(|(a, b)| a.iter_mut().zip(b).for_each(|(x, v)| *x += v));
        all.closing.clone_from(&y.closing);
    }
    all.opening = years.first().map(|y| y.opening.clone()).unwrap_or_default();
    all
}

/// Cash that is run down is a source; cash that is built up is one of the uses of the inflow.
fn table(year: &Year) -> MoneyTable {
    let transfer = |((from, to, kind, id), usd_bn): (&(usize, usize, MoneyKind, String), &f64)| Transfer {
        from: *from,
        to: *to,
        kind: *kind,
        contract: id.clone(),
        usd_bn: *usd_bn,
    };
    let mut sources = year.sources.clone();
    for (i, row) in sources.iter_mut().enumerate() {
        row[3] += (year.opening[i] - year.closing[i]).max(0.0);
    }
    // What rounding leaves of a payment that is nil is no money.
    let largest = year.money.values().copied().fold(0.0, f64::max);
    let transfers = year.money.iter().filter(|(_, usd_bn)| **usd_bn > 1e-9 * largest).map(transfer).collect();
    MoneyTable { label: year.label.clone(), transfers, sources }
}

fn add_ties(model: &Model, found: &mut Input) {
    let mut tie = |from: usize, to: usize, instrument: Instrument, id: &str, usd_bn: f64| {
        found.ties.push(Tie { from, to, instrument, contract: id.to_string(), usd_bn });
    };
    for s in &model.stakes {
        let value = s.numbers.share * model.fair_value_usd_bn(s.issuer.at());
        tie(s.holder.at(), s.issuer.at(), Instrument::Stake, &s.id, value);
    }
    for l in &model.loans {
        tie(l.lender.at(), l.borrower.at(), Instrument::Loan, &l.id, l.numbers.balance_usd_bn);
    }
    for w in &model.warrants {
        let value = w.numbers.shares * model.fair_value_usd_bn(w.issuer.at());
        tie(w.issuer.at(), w.holder.at(), Instrument::Warrant, &w.id, value);
    }
    for b in &model.backstops {
        tie(b.guarantor.at(), b.beneficiary.at(), Instrument::Backstop, &b.id, b.numbers.cap_usd_bn);
    }
    let held = |s: &crate::model::Stake| Held { contract: s.id.clone(), issuer: s.issuer.at(), share: s.numbers.share };
    found.stakes = model.stakes.iter().map(held).collect();
}

/// Whether a contract is the deal named: an investment's tranches have its name and a number.
pub(super) fn is_of(contract: &str, deal: &str) -> bool {
    contract.strip_prefix(deal).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Input {
    /// Every contract with planned money or a tie.
    pub fn contracts(&self) -> impl Iterator<Item = &str> {
        let money = self.windows.last().into_iter().flat_map(|w| w.transfers.iter().map(|t| t.contract.as_str()));
        let deals = self.dues.iter().map(|d| d.contract.as_str()).chain(self.funding.iter().map(|f| f.contract.as_str()));
        money.chain(self.ties.iter().map(|t| t.contract.as_str())).chain(deals)
    }

    /// The same without the contracts named.
    pub fn without(&self, is_cut: &dyn Fn(&str) -> bool) -> Input {
        let mut left = self.clone();
        left.windows = self.windows.iter().map(|w| w.without(|t| is_cut(&t.contract))).collect();
        left.ties.retain(|t| !is_cut(&t.contract));
        left.stakes.retain(|s| !is_cut(&s.contract));
        left.dues.retain(|d| !is_cut(&d.contract));
        left.funding.retain(|f| !is_cut(&f.contract));
        left.later.retain(|l| !is_cut(&l.0));
        left
    }
}
