//! What a world remembers from quarter to quarter, and what happens within one: rows of 64 lanes. No equations.

use super::layout::Layout;
use crate::lanes::{LANES, Row, splat};
use crate::model::{FirmNumber, LoanNumber, Model, StakeNumber};
use crate::shocks::Parameters;

/// State at the end of a quarter (model 2). Rows per firm unless said otherwise.
#[derive(Debug, Clone)]
pub struct State {
    /// Cash M.
    pub cash: Vec<Row>,
    /// External debt B.
    pub debt: Vec<Row>,
    /// Principal that matures, (i, u) with u from 0 to the horizon.
    pub maturing: Vec<Row>,
    /// Credit line not yet drawn.
    pub line: Vec<Row>,
    /// Shares N, 1 at the as-of date.
    pub shares: Vec<Row>,
    /// Share of the issuer held, S (holdings).
    pub holding: Vec<Row>,
    /// Enterprise value EV.
    pub enterprise: Vec<Row>,
    /// Enterprise value at the as-of date.
    pub enterprise_opening: Vec<Row>,
    /// Equity value V.
    pub value: Vec<Row>,
    /// Equity value at the as-of date.
    pub value_opening: Vec<Row>,
    /// Price P = V / N.
    pub price: Vec<Row>,
    /// Cash distributed per share of the as-of date.
    pub distributed: Vec<Row>,
    /// 1 while alive.
    pub alive: Vec<Row>,
    /// Quarter of default; 0 is none.
    pub default_quarter: Vec<Row>,
    /// Cumulated under-investment.
    pub under: Vec<Row>,
    /// Orders placed over planned orders.
    pub order_ratio: Vec<Row>,
    /// Revenue not sold last quarter, for backstops.
    pub unsold: Vec<Row>,
    /// Reported mark per share.
    pub mark: Vec<Row>,
    /// Quarters in a row with a price below 0.7 of the mark.
    pub impaired: Vec<Row>,
    /// Highest price so far.
    pub peak: Vec<Row>,
    /// Largest fall from the highest price, as a share.
    pub drawdown: Vec<Row>,
    /// Cumulated purchases (pairs).
    pub bought: Vec<Row>,
    /// Balance of loans (loans).
    pub loan: Vec<Row>,
    /// 1 once the lender's estate sold the loan (loans).
    pub loan_sold: Vec<Row>,
    /// 1 once a tranche was paid or lapsed (tranches).
    pub tranche_done: Vec<Row>,
    /// Quarters that a due tranche has waited (tranches).
    pub tranche_waited: Vec<Row>,
    /// 1 once a warrant vested or was forfeited (warrants).
    pub warrant_done: Vec<Row>,
    /// Paid so far (backstops).
    pub backstop_paid: Vec<Row>,
    /// Cumulated net payments to outside capital (NPK).
    pub net_to_capital: Vec<Row>,
    /// Sum over lanes of stubs EV(0) that came out negative and were set to 0: only possible for drawn numbers.
    pub negative_stubs: u64,
}

impl State {
    /// State at the as-of date: values as observed, enterprise values calibrated to them (model 6.1).
    pub fn opening(model: &Model, layout: &Layout, p: &Parameters) -> State {
        let n = layout.firms;
        let zero = || vec![splat(0.0); n];
        let value: Vec<Row> = (0..n).map(|i| fair_value(p, i)).collect();
        let holding = opening_holdings(model, layout, p);
        let loan: Vec<Row> = (0..model.loans.len()).map(|l| *p.loan(LoanNumber::Balance, l)).collect();
        let (enterprise, negative_stubs) = calibrate(model, layout, p, &value, &holding, &loan);
        let none = |count: usize| vec![splat(0.0); count];
        State {
            cash: p.firms(FirmNumber::Cash).to_vec(),
            debt: p.firms(FirmNumber::Debt).to_vec(),
            maturing: ladder(model, p),
            line: p.firms(FirmNumber::CreditLine).to_vec(),
            shares: vec![splat(1.0); n],
            holding,
            enterprise_opening: enterprise.clone(),
            enterprise,
            value_opening: value.clone(),
            price: value.clone(),
            // A private share stands in its holders' books at the headline price of its last round.
            mark: (0..n).map(|i| *p.firm(FirmNumber::MarketValue, i)).collect(),
            peak: value.clone(),
            value,
            distributed: zero(),
            alive: vec![splat(1.0); n],
            default_quarter: zero(),
            under: zero(),
            order_ratio: vec![splat(1.0); n],
            unsold: zero(),
            impaired: zero(),
            drawdown: zero(),
            bought: none(layout.pairs.len()),
            loan_sold: none(loan.len()),
            loan,
            tranche_done: none(model.tranches.len()),
            tranche_waited: none(model.tranches.len()),
            warrant_done: none(model.warrants.len()),
            backstop_paid: none(model.backstops.len()),
            net_to_capital: zero(),
            negative_stubs,
        }
    }
}

/// V(0): market value less the discount on a private headline valuation.
fn fair_value(p: &Parameters, i: usize) -> Row {
    let (market, discount) = (p.firm(FirmNumber::MarketValue, i), p.firm(FirmNumber::HeadlineDiscount, i));
    crate::lanes::row(|l| market[l] * (1.0 - discount[l]))
}

fn opening_holdings(model: &Model, layout: &Layout, p: &Parameters) -> Vec<Row> {
    let mut holding = vec![splat(0.0); layout.holdings.len()];
    for s in 0..model.stakes.len() {
        let share = p.stake(StakeNumber::Share, s);
        for (h, x) in holding[layout.stake_holding[s]].iter_mut().zip(share) {
            *h += x;
        }
    }
    holding
}

/// EV(0) = V - M + B - loans held + loans owed - sum of stakes; returns the number of lanes where it came out negative.
fn calibrate(model: &Model, layout: &Layout, p: &Parameters, value: &[Row], holding: &[Row], loan: &[Row]) -> (Vec<Row>, u64) {
    let mut enterprise = vec![splat(0.0); layout.firms];
    let mut negative = 0;
    for (i, ev) in enterprise.iter_mut().enumerate() {
        let (cash, debt) = (p.firm(FirmNumber::Cash, i), p.firm(FirmNumber::Debt, i));
        for l in 0..LANES {
            ev[l] = value[i][l] - cash[l] + debt[l];
        }
        for &e in layout.by_holder.of(i) {
            let j = layout.issuer[e as usize] as usize;
            for l in 0..LANES {
                ev[l] -= holding[e as usize][l] * value[j][l];
            }
        }
    }
    for (contract, balance) in model.loans.iter().zip(loan) {
        for l in 0..LANES {
            enterprise[contract.borrower.at()][l] += balance[l];
            enterprise[contract.lender.at()][l] -= balance[l];
        }
    }
    for (i, ev) in enterprise.iter_mut().enumerate() {
        for x in ev.iter_mut() {
            // Rounding of a firm that is worth just its cash and stakes is no negative stub.
            if *x < 0.0 {
                negative += u64::from(*x < -1e-9 * value[i][0].abs().max(1.0));
                *x = 0.0;
            }
        }
    }
    (enterprise, negative)
}

/// The maturity ladder: (i, u), u from 0 to the horizon.
fn ladder(model: &Model, p: &Parameters) -> Vec<Row> {
    let width = model.horizon_quarters + 1;
    let mut rows = vec![splat(0.0); model.firms.len() * width];
    for (i, firm) in model.firms.iter().enumerate() {
        let debt = p.firm(FirmNumber::Debt, i);
        for (t, share) in firm.debt_maturing.iter().enumerate() {
            rows[i * width + t + 1] = debt.map(|b| b * share);
        }
    }
    rows
}

/// How many rows the parts of [`Flows`] have.
struct Sizes {
    firms: usize,
    purchases: usize,
    tranches: usize,
    loans: usize,
    backstops: usize,
    holdings: usize,
}

macro_rules! flows {
    ($( $(#[$doc:meta])* $field:ident : $count:ident, )*) => {
        /// What happens within one quarter. Rows per firm (firms), purchase, tranche, loan, backstop or holding.
        #[derive(Debug, Clone)]
        pub struct Flows {
            $( $(#[$doc])* pub $field: Vec<Row>, )*
            /// Whether the issuer raises money on any path (firms).
            pub raises: Vec<bool>,
        }

        impl Flows {
            /// Rows for a model.
            pub fn new(model: &Model, layout: &Layout) -> Flows {
                let sizes = Sizes {
                    firms: layout.firms,
                    purchases: model.purchases.len(),
                    tranches: model.tranches.len(),
                    loans: model.loans.len(),
                    backstops: model.backstops.len(),
                    holdings: layout.holdings.len(),
                };
                Flows { $( $field: vec![splat(0.0); sizes.$count], )* raises: vec![false; layout.firms] }
            }
        }
    };
}

flows! {
    /// 1 if alive at the start of the quarter.
    lives: firms,
    /// External revenue R.
    external: firms,
    /// Committed amount C_c, whoever is alive.
    committed: purchases,
    /// Floor of renegotiation.
    floor: purchases,
    /// Discretionary amount D_c.
    discretionary: purchases,
    /// Planned external capital expenditure, with purchases that moved to outside vendors.
    capex_plan: firms,
    /// Tranche owed by the investor.
    tranche_owed: tranches,
    /// Tranche that the investee counts on.
    tranche_expected: tranches,
    /// Tranche paid by the investor.
    tranche_paid: tranches,
    /// Tranche received by the investee.
    tranche_received: tranches,
    /// Tranches owed by firm i, counted on by firm i.
    soft_out: firms,
    /// Tranches that firm i counts on.
    soft_in: firms,
    /// Outside equity that can be raised.
    equity_capacity: firms,
    /// Outside debt that can be raised.
    debt_capacity: firms,
    /// Principal due.
    due: firms,
    /// Interest on external debt.
    interest: firms,
    /// Interest of loans.
    loan_interest: loans,
    /// Principal of loans.
    loan_principal: loans,
    /// Backstop payable.
    backstop: backstops,
    /// Hard payments other than purchases: loan service and backstops owed.
    other_hard: firms,
    /// Backstop receipts.
    backstop_in: firms,
    /// What can be spent before revenue.
    available: firms,
    /// 1 - v.
    margin: firms,
    /// One over planned revenue.
    plan_inverse: firms,
    /// Planned revenue.
    plan_revenue: firms,
    /// Sums over the purchases of firm i.
    floor_sum: firms,
    /// Sum of committed amounts.
    committed_sum: firms,
    /// Sum of discretionary amounts and capital expenditure.
    discretionary_sum: firms,
    /// Share of orders that is placed.
    place: firms,
    /// Total revenue.
    revenue: firms,
    /// Revenue over plan.
    ratio: firms,
    /// Where committed spending lies between floor and full.
    committed_share: firms,
    /// Discretionary spending over plan.
    discretionary_share: firms,
    /// Order of each purchase, q.
    order: purchases,
    /// What the seller invoices: q, or the exogenous order where channel O is off.
    invoice: purchases,
    /// Sum of orders of firm i.
    order_sum: firms,
    /// External capital expenditure.
    capex: firms,
    /// Need for money that cannot be met.
    unmet: firms,
    /// New outside debt.
    new_debt: firms,
    /// New outside equity.
    new_equity: firms,
    /// Own funds e: cash, external revenue, new funding.
    own: firms,
    /// Class 1 owed.
    senior: firms,
    /// Class 2 owed.
    hard: firms,
    /// Share of class 1 paid.
    senior_share: firms,
    /// Share of class 2 paid.
    hard_share: firms,
    /// Share of class 3 paid.
    soft_share: firms,
    /// Receipts from other firms, ghost included.
    inflow: firms,
    /// Drawn from the line.
    draw: firms,
    /// 1 if it defaults this quarter.
    defaults: firms,
    /// Dead weight at payment, (1 - alpha) e + (1 - beta) in.
    dead_weight: firms,
    /// New equity money at fair price.
    fair_money: firms,
    /// Part of it paid by the holder.
    fair_paid: holdings,
    /// New equity money at fixed valuations.
    fixed_money: firms,
    /// Share left to older holders by issues at a fixed valuation.
    fixed_keep: firms,
    /// Share that the holder gets from them.
    fixed_share: holdings,
    /// Sum that goes into the value equation before stakes.
    base: firms,
    /// Enterprise value of a firm that failed this quarter, before the sale.
    failed_enterprise: firms,
    /// Proceeds of the sale of a failed firm.
    sale: firms,
    /// Loss of outside creditors of a failed firm.
    outside_loss: firms,
    /// Loss of firms that were creditors of failed ones, per creditor.
    network_loss: firms,
    /// Paid to outside capital by estates.
    estate_to_capital: firms,
    /// Share of external debt and of class 1 in arrears that the estate of a firm that failed this quarter pays.
    estate_first_share: firms,
    /// Share that it pays of trade claims, loans and rejection claims.
    estate_second_share: firms,
}

/// Counters of how well the fixed points were solved.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SolverCounts {
    /// Solves that did not converge.
    pub failed: u64,
    /// Path-quarters cleared one at a time.
    pub short_quarters: u64,
    /// Most sweeps of one solve.
    pub most_sweeps: u32,
    /// Largest residuals, relative to the largest amount.
    pub order_residual: f64,
    /// Payments.
    pub payment_residual: f64,
    /// Values.
    pub value_residual: f64,
    /// Negative stubs set to 0.
    pub negative_stubs: u64,
}

impl SolverCounts {
    /// Adds another block's counts: maxima and sums, exact in any order.
    pub fn merge(&mut self, other: &SolverCounts) {
        self.failed += other.failed;
        self.short_quarters += other.short_quarters;
        self.most_sweeps = self.most_sweeps.max(other.most_sweeps);
        self.order_residual = self.order_residual.max(other.order_residual);
        self.payment_residual = self.payment_residual.max(other.payment_residual);
        self.value_residual = self.value_residual.max(other.value_residual);
        self.negative_stubs += other.negative_stubs;
    }
}
