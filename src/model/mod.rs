//! The world, resolved and immutable: firms, contracts, shocks and rules as the engine runs them. No files, no text to parse, no randomness.
//!
//! Symbols in brackets are those of the model's equations (docs/methods.md). Money is in USD billion, nominal; rates are per year unless the
//! name says otherwise; quarters count from 1 to the horizon, with 0 the as-of date.

mod contracts;
mod exposure;
mod graph;
mod keys;
mod measures;
mod numbers;
mod shocks;
mod spending;

pub use contracts::{
    Backstop, BackstopNumber, BackstopNumbers, Investor, Loan, LoanNumber, LoanNumbers, Purchase, PurchaseNumber, PurchaseNumbers, Seller,
    Stage, Stake, StakeNumber, StakeNumbers, Tranche, TrancheNumber, TrancheNumbers, Warrant, WarrantNumber, WarrantNumbers, deal_of,
};
pub use exposure::{Evidence, Exposure, Grade};
pub use graph::{Csr, components};
pub use keys::name_hash;
pub use measures::{FanQuantity, Given, Metric, Panel, WorldName};
pub use shocks::{
    Deal, DriverRow, DriverTable, Group, GroupNumber, GroupNumbers, Series, ShockNumber, ShockNumbers, Shocks, Stress, StressTarget,
};
pub use spending::{Cut, Missing};

use numbers::numbers;

/// Index of a firm in [`Model::firms`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct FirmId(pub u32);

impl FirmId {
    /// The index as a position in a slice.
    #[inline(always)]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// What kind of firm it is: the peers among which the customers of a failed firm are shared out, and the source of default parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A developer of models that buys computing power.
    Lab,
    /// A large, diversified cloud provider.
    Hyperscaler,
    /// A leveraged provider of rented accelerators.
    Neocloud,
    /// A designer or maker of chips.
    Chips,
    /// A holding company that invests.
    Holding,
    /// Anything else.
    Other,
}

impl Kind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Kind; 6] = [Kind::Lab, Kind::Hyperscaler, Kind::Neocloud, Kind::Chips, Kind::Holding, Kind::Other];
}

numbers! {
    /// The numbers of one firm; every one may be drawn anew on each path.
    FirmNumbers,
    /// Names the fields of [`FirmNumbers`].
    FirmNumber {
        /// Cash at the as-of date (M).
        cash_usd_bn Cash,
        /// Cash that the firm keeps back from spending and from buying shares (M^min).
        minimum_cash_usd_bn MinimumCash,
        /// External debt at the as-of date (B), spread over the maturity ladder.
        debt_usd_bn Debt,
        /// Market capitalisation, or headline post-money valuation of a private firm.
        market_value_usd_bn MarketValue,
        /// Share by which the headline valuation of a private firm exceeds its fair value (model 6.1, hair).
        headline_discount HeadlineDiscount,
        /// Multiplies the whole path of planned external revenue.
        external_revenue_scale ExternalRevenueScale,
        /// Multiplies the whole path of fixed costs.
        fixed_cost_scale FixedCostScale,
        /// Multiplies the whole path of discretionary external capital expenditure.
        capex_scale CapexScale,
        /// Variable external cost as a share of total revenue (v).
        variable_cost_ratio VariableCostRatio,
        /// Growth per year of the enterprise value under the plan (r).
        value_growth_per_year ValueGrowth,
        /// Sensitivity of the enterprise value to the sentiment factor (beta^S).
        sentiment_beta SentimentBeta,
        /// Sensitivity of external revenue to the demand factor (beta^D).
        demand_beta DemandBeta,
        /// Standard deviation per quarter of the firm's own revenue shock (sigma).
        revenue_volatility_per_quarter RevenueVolatility,
        /// Median external revenue at the horizon over the plan's (psi); the gap opens evenly in logarithms.
        plan_realism PlanRealism,
        /// Elasticity of the enterprise value to revenue relative to plan (chi).
        value_elasticity ValueElasticity,
        /// Elasticity of discretionary spending to revenue relative to plan (theta).
        spending_elasticity SpendingElasticity,
        /// Loss per quarter of log revenue for each unit of orders that the firm could not place (gamma).
        revenue_feedback_per_quarter RevenueFeedback,
        /// Outside equity that can be raised per quarter as a share of equity value (lambda^E).
        equity_capacity_per_quarter EquityCapacity,
        /// External debt that lenders accept as a share of enterprise value (LTV).
        loan_to_value LoanToValue,
        /// Interest on external debt.
        interest_rate_per_year InterestRate,
        /// Committed external credit line, usable only if it cures a shortfall of payments.
        credit_line_usd_bn CreditLine,
        /// Share of own funds that survives a default of the firm (alpha).
        default_recovery_own DefaultRecoveryOwn,
        /// Share of incoming payments that survives a default of the firm (beta).
        default_recovery_incoming DefaultRecoveryIncoming,
        /// Share of enterprise value lost when a failed firm is sold (c_B).
        bankruptcy_cost BankruptcyCost,
        /// Claims of counterparties on rejected purchases, as a share of what remained committed (rej).
        rejection_claim RejectionClaim,
        /// Share of the planned external revenue of this firm that its peers take over when it fails (recap).
        recapture Recapture,
        /// Price elasticity of the firm's external revenue to a fall in the price of computing; 1 is neutral (epsilon).
        price_elasticity PriceElasticity,
        /// Probability per quarter of a jump in external revenue.
        jump_probability_per_quarter JumpProbability,
        /// Mean of the jump in log revenue.
        jump_mean JumpMean,
        /// Standard deviation of the jump in log revenue.
        jump_sd JumpSd,
    }
}

/// One firm.
#[derive(Debug, Clone, PartialEq)]
pub struct Firm {
    /// Identifier as written in the scenario, used in tables only.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Key of the firm's draws, from its identifier.
    pub key: u64,
    /// What kind of firm.
    pub kind: Kind,
    /// Whether its shares are listed; the reported mark of a listed share is its price (model 6.3).
    pub listed: bool,
    /// Whether it raises debt before equity when it needs money (model 4.4).
    pub debt_first: bool,
    /// Maturity in quarters of new and refinanced debt.
    pub debt_tenor_quarters: usize,
    /// Its numbers.
    pub numbers: FirmNumbers,
    /// Planned external revenue by quarter, USD billion, index 0 is quarter 1 (R-bar).
    pub external_revenue_usd_bn: Vec<f64>,
    /// Fixed external cost by quarter, USD billion (F).
    pub fixed_cost_usd_bn: Vec<f64>,
    /// Discretionary external capital expenditure by quarter, USD billion (Kd).
    pub capex_usd_bn: Vec<f64>,
    /// Share of the external debt that matures in each quarter; what is missing to 1 matures after the horizon.
    pub debt_maturing: Vec<f64>,
}

numbers! {
    /// The numbers of the rules that hold for every firm.
    RuleNumbers,
    /// Names the fields of [`RuleNumbers`].
    RuleNumber {
        /// Most that discretionary spending can be, as a multiple of plan (a_max).
        spending_cap SpendingCap,
        /// Weight in valuation of revenue that the seller's own tranches finance (omega_c): 1 capitalised in full, 0 looked through.
        circular_revenue_weight CircularRevenueWeight,
        /// Half-width of the ramp that replaces the cliff of a valuation floor; 0 is a cliff (model 4.1).
        floor_ramp FloorRamp,
    }
}

/// Rules of behaviour and law.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Their numbers.
    pub numbers: RuleNumbers,
    /// Quarters for which a missed tranche is tested again before it lapses.
    pub grace_quarters: usize,
}

/// A probability distribution of one number, sampled once per path. The fields are those of the distribution's usual definition; `low` and `high`
/// bound what is drawn.
#[allow(missing_docs)]
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Distribution {
    /// Uniform between two bounds.
    Uniform { low: f64, high: f64 },
    /// Triangular with a mode.
    Triangular { low: f64, mode: f64, high: f64 },
    /// Beta-PERT with a mode (shape 4).
    Pert { low: f64, mode: f64, high: f64 },
    /// Normal, clipped to the bounds.
    Normal { mean: f64, sd: f64, low: f64, high: f64 },
    /// Lognormal with median and log standard deviation, clipped to the bounds.
    LogNormal { median: f64, sigma: f64, low: f64, high: f64 },
}

impl Distribution {
    /// The number that stands for the distribution where one is needed (the plan, `inspect`): the mode, median or midpoint.
    pub fn central(&self) -> f64 {
        match *self {
            Distribution::Uniform { low, high } => 0.5 * (low + high),
            Distribution::Triangular { mode, .. } | Distribution::Pert { mode, .. } => mode,
            Distribution::Normal { mean, .. } => mean,
            Distribution::LogNormal { median, .. } => median,
        }
    }

    /// Lowest and highest value that can be drawn.
    pub fn support(&self) -> (f64, f64) {
        match *self {
            Distribution::Uniform { low, high }
            | Distribution::Triangular { low, high, .. }
            | Distribution::Pert { low, high, .. }
            | Distribution::Normal { low, high, .. }
            | Distribution::LogNormal { low, high, .. } => (low, high),
        }
    }
}

/// Which number of the model is uncertain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// A number of a firm, with its index.
    Firm(FirmNumber, usize),
    /// A number of a purchase.
    Purchase(PurchaseNumber, usize),
    /// A number of a tranche.
    Tranche(TrancheNumber, usize),
    /// A number of a stake.
    Stake(StakeNumber, usize),
    /// A number of a loan.
    Loan(LoanNumber, usize),
    /// A number of a warrant.
    Warrant(WarrantNumber, usize),
    /// A number of a backstop.
    Backstop(BackstopNumber, usize),
    /// A number of a substitution group.
    Group(GroupNumber, usize),
    /// A number of the shocks.
    Shock(ShockNumber),
    /// A number of the rules.
    Rule(RuleNumber),
}

/// A number that is drawn anew on each path. Several slots with one key share one draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Uncertain {
    /// Path of the number in the scenario, such as `firm.openai.plan_realism`.
    pub name: String,
    /// Key of its draw, from its name.
    pub key: u64,
    /// Which numbers of the model it sets.
    pub slot: Slot,
    /// Its distribution.
    pub distribution: Distribution,
}

/// The whole world of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Name of the scenario: also the name of the output folder.
    pub name: String,
    /// What the scenario is, in a line.
    pub title: String,
    /// As-of date, ISO 8601.
    pub as_of: String,
    /// Calendar year and quarter (1 to 4) of quarter 1.
    pub first_quarter: (i32, u32),
    /// Number of quarters simulated (H).
    pub horizon_quarters: usize,
    /// Firms.
    pub firms: Vec<Firm>,
    /// Shareholdings at the as-of date.
    pub stakes: Vec<Stake>,
    /// Investments yet to be paid, one tranche each.
    pub tranches: Vec<Tranche>,
    /// Purchase commitments.
    pub purchases: Vec<Purchase>,
    /// Loans between firms.
    pub loans: Vec<Loan>,
    /// Warrants.
    pub warrants: Vec<Warrant>,
    /// Backstops of unsold capacity.
    pub backstops: Vec<Backstop>,
    /// Substitution groups of vendors.
    pub groups: Vec<Group>,
    /// The exogenous drivers.
    pub shocks: Shocks,
    /// Rules.
    pub rules: Rules,
    /// Numbers that are drawn on each path.
    pub uncertain: Vec<Uncertain>,
    /// What the evidence for each exposure is.
    pub evidence: Evidence,
}

impl Model {
    /// Number of firms.
    pub fn firm_count(&self) -> usize {
        self.firms.len()
    }

    /// The number in a slot: its central value, where it is uncertain.
    pub fn number(&self, slot: Slot) -> f64 {
        match slot {
            Slot::Firm(f, i) => self.firms[i].numbers.get(f),
            Slot::Purchase(f, i) => self.purchases[i].numbers.get(f),
            Slot::Tranche(f, i) => self.tranches[i].numbers.get(f),
            Slot::Stake(f, i) => self.stakes[i].numbers.get(f),
            Slot::Loan(f, i) => self.loans[i].numbers.get(f),
            Slot::Warrant(f, i) => self.warrants[i].numbers.get(f),
            Slot::Backstop(f, i) => self.backstops[i].numbers.get(f),
            Slot::Group(f, i) => self.groups[i].numbers.get(f),
            Slot::Shock(f) => self.shocks.numbers.get(f),
            Slot::Rule(f) => self.rules.numbers.get(f),
        }
    }

    /// Sets the number in a slot; whether it is uncertain stays as it is.
    pub fn set_number(&mut self, slot: Slot, value: f64) {
        match slot {
            Slot::Firm(f, i) => self.firms[i].numbers.set(f, value),
            Slot::Purchase(f, i) => self.purchases[i].numbers.set(f, value),
            Slot::Tranche(f, i) => self.tranches[i].numbers.set(f, value),
            Slot::Stake(f, i) => self.stakes[i].numbers.set(f, value),
            Slot::Loan(f, i) => self.loans[i].numbers.set(f, value),
            Slot::Warrant(f, i) => self.warrants[i].numbers.set(f, value),
            Slot::Backstop(f, i) => self.backstops[i].numbers.set(f, value),
            Slot::Group(f, i) => self.groups[i].numbers.set(f, value),
            Slot::Shock(f) => self.shocks.numbers.set(f, value),
            Slot::Rule(f) => self.rules.numbers.set(f, value),
        }
    }

    /// Label of quarter t >= 1, such as `2027Q3`; quarter 0 is the end of the quarter before.
    pub fn quarter_label(&self, t: usize) -> String {
        let (year, quarter) = self.calendar(t);
        format!("{year}Q{quarter}")
    }

    /// Calendar year and quarter of quarter t.
    pub fn calendar(&self, t: usize) -> (i32, u32) {
        let index = self.first_quarter.0 * 4 + self.first_quarter.1 as i32 - 2 + t as i32;
        (index.div_euclid(4), index.rem_euclid(4) as u32 + 1)
    }

    /// Fair equity value of firm i at the as-of date, V_i(0) of model 6.1, USD billion.
    pub fn fair_value_usd_bn(&self, i: usize) -> f64 {
        let n = &self.firms[i].numbers;
        n.market_value_usd_bn * (1.0 - n.headline_discount)
    }

    /// A power of two at or above the sum of fair values, debts and yearly plan revenue: the scale that fixed-point sums are kept in.
    pub fn money_scale_usd_bn(&self) -> f64 {
        let size = |i: usize| {
            let f = &self.firms[i];
            let revenue: f64 = f.external_revenue_usd_bn.iter().take(4).sum();
            self.fair_value_usd_bn(i) + f.numbers.debt_usd_bn + f.numbers.cash_usd_bn + revenue
        };
        let total: f64 = (0..self.firms.len()).map(size).sum();
        let mut scale = 1.0;
        while scale < total && scale < 1e300 {
            scale *= 2.0;
        }
        while scale > 2.0 * total && total > 0.0 {
            scale *= 0.5;
        }
        scale
    }
}
