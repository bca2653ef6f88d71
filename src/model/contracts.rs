//! Contracts between firms: purchases, tranches of investments, stakes, loans, warrants and backstops. No behaviour: the engine runs them.

use super::FirmId;
use super::numbers::numbers;

/// How far a deal has come at the as-of date (model 2, stage machine).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reported negotiations.
    Talks,
    /// A letter of intent, without obligation.
    Loi,
    /// Signed: in force from its first quarter.
    Signed,
    /// In force.
    Active,
}

impl Stage {
    /// Whether the deal binds at the as-of date; the others are outside the plan until they are signed on a path.
    pub fn binds(self) -> bool {
        matches!(self, Stage::Signed | Stage::Active)
    }
}

/// Who sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seller {
    /// A firm of the model.
    Firm(FirmId),
    /// The outside suppliers (sector S).
    Outside,
}

/// Who invests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Investor {
    /// A firm of the model.
    Firm(FirmId),
    /// The outside capital providers (sector K).
    Outside,
}

numbers! {
    /// The numbers of one purchase commitment.
    PurchaseNumbers,
    /// Names the fields of [`PurchaseNumbers`].
    PurchaseNumber {
        /// Multiplies the whole schedule.
        scale Scale,
        /// Share that is owed whether used or not (tau).
        take_or_pay TakeOrPay,
        /// Share of the committed amount below which distress cannot renegotiate it (e_c, enf).
        enforceability Enforceability,
        /// Committed amount due after the horizon: part of the backlog, lost with the buyer.
        after_horizon_usd_bn AfterHorizon,
    }
}

/// A purchase commitment of a buyer.
#[derive(Debug, Clone, PartialEq)]
pub struct Purchase {
    /// Identifier as written.
    pub id: String,
    /// Key of its stage draws.
    pub key: u64,
    /// Who buys.
    pub buyer: FirmId,
    /// Who sells.
    pub seller: Seller,
    /// How far the deal has come.
    pub stage: Stage,
    /// Substitution group, an index into [`super::Model::groups`], and whether the seller is the group's lead vendor.
    pub group: Option<(usize, bool)>,
    /// Its numbers.
    pub numbers: PurchaseNumbers,
    /// Planned amount by quarter, USD billion, before `scale` (q-bar).
    pub schedule_usd_bn: Vec<f64>,
}

numbers! {
    /// The numbers of one tranche.
    TrancheNumbers,
    /// Names the fields of [`TrancheNumbers`].
    TrancheNumber {
        /// Amount (A_k).
        amount_usd_bn Amount,
        /// Valuation floor as a share of the investee's value at the as-of date (f_k); 0 is none.
        valuation_floor ValuationFloor,
        /// Cumulative purchases of the investee from the investor before the tranche is payable (m_k).
        minimum_purchases_usd_bn MinimumPurchases,
        /// Exponent of the investee's order ratio (zeta).
        purchase_coupling PurchaseCoupling,
        /// Exponent of the investor's own value ratio (eta).
        investor_coupling InvestorCoupling,
        /// Fixed pre-money valuation at which shares are issued; 0 means the fair price of the quarter.
        pre_money_usd_bn PreMoney,
        /// Hazard per quarter of the event that the tranche waits for (h_k); 1 or more means no event is waited for.
        event_hazard_per_quarter EventHazard,
    }
}

/// The deal that a contract is part of: that of its tranches, or of a warrant's, has their identifier without their number; any other contract is its own.
pub fn deal_of(contract: &str) -> &str {
    contract.rsplit_once('.').map_or(contract, |(deal, _)| deal)
}

/// One payment of an investment.
#[derive(Debug, Clone, PartialEq)]
pub struct Tranche {
    /// Identifier as written: the investment's, with the tranche's number.
    pub id: String,
    /// Key of the stage draws of the investment that it belongs to: the tranches of one deal share them.
    pub deal_key: u64,
    /// Key of the tranche's own event draws.
    pub key: u64,
    /// Who invests.
    pub investor: Investor,
    /// Whose shares are bought.
    pub investee: FirmId,
    /// How far the deal has come.
    pub stage: Stage,
    /// Quarter in which it falls due.
    pub due_quarter: usize,
    /// Whether it is paid only while the investee's funding window is open.
    pub needs_window: bool,
    /// Whether a regulatory freeze blocks it.
    pub regulatory: bool,
    /// Its numbers.
    pub numbers: TrancheNumbers,
}

numbers! {
    /// The numbers of one shareholding.
    StakeNumbers,
    /// Names the fields of [`StakeNumbers`].
    StakeNumber {
        /// Share of the issuer held at the as-of date (S_ij).
        share Share,
    }
}

/// A shareholding at the as-of date.
#[derive(Debug, Clone, PartialEq)]
pub struct Stake {
    /// Identifier as written.
    pub id: String,
    /// Who holds.
    pub holder: FirmId,
    /// Whose shares.
    pub issuer: FirmId,
    /// Its numbers.
    pub numbers: StakeNumbers,
}

numbers! {
    /// The numbers of one loan.
    LoanNumbers,
    /// Names the fields of [`LoanNumbers`].
    LoanNumber {
        /// Balance at the as-of date.
        balance_usd_bn Balance,
        /// Interest.
        rate_per_year Rate,
    }
}

/// A loan between two firms, of class 2.
#[derive(Debug, Clone, PartialEq)]
pub struct Loan {
    /// Identifier as written.
    pub id: String,
    /// Who lent.
    pub lender: FirmId,
    /// Who owes.
    pub borrower: FirmId,
    /// Its numbers.
    pub numbers: LoanNumbers,
    /// Share of the opening balance repaid in each quarter; what is missing to 1 falls due after the horizon.
    pub repayment: Vec<f64>,
}

numbers! {
    /// The numbers of one warrant.
    WarrantNumbers,
    /// Names the fields of [`WarrantNumbers`].
    WarrantNumber {
        /// New shares as a share of the issuer's shares at the as-of date (n).
        shares Shares,
        /// Cumulative purchases of the holder from the issuer at which it vests.
        minimum_purchases_usd_bn MinimumPurchases,
        /// Price of the issuer, as a multiple of the price at the as-of date, at which it vests; 0 is none.
        price_hurdle PriceHurdle,
    }
}

/// A right to new shares that vests when thresholds are met (strike about nil).
#[derive(Debug, Clone, PartialEq)]
pub struct Warrant {
    /// Identifier as written.
    pub id: String,
    /// Whose shares.
    pub issuer: FirmId,
    /// Who receives them.
    pub holder: FirmId,
    /// Its numbers.
    pub numbers: WarrantNumbers,
}

numbers! {
    /// The numbers of one backstop.
    BackstopNumbers,
    /// Names the fields of [`BackstopNumbers`].
    BackstopNumber {
        /// Most that is paid in all.
        cap_usd_bn Cap,
        /// Share of last quarter's unsold amount that is bought (kappa).
        coverage Coverage,
    }
}

/// A promise to buy the unsold capacity of a seller, on last quarter's shortfall (model 5.4).
#[derive(Debug, Clone, PartialEq)]
pub struct Backstop {
    /// Identifier as written.
    pub id: String,
    /// Who promises.
    pub guarantor: FirmId,
    /// Whose capacity.
    pub beneficiary: FirmId,
    /// Its numbers.
    pub numbers: BackstopNumbers,
}
