//! Contracts between firms as written. No firms, no shocks.

use schemars::JsonSchema;

use super::values::{Number, Provenance, Quarter, Repayment, Schedule, Shape};
use crate::model::Stage;

/// A shareholding.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Stake {
    /// Identifier.
    #[schemars(extend("x-default" = "holder-issuer"))]
    id: Option<String>,
    /// Firm that holds the shares.
    holder: String,
    /// Firm whose shares they are.
    issuer: String,
    /// Share of the issuer. Of no issuer may firms of the model together hold more than 0.95.
    #[schemars(extend("minimum" = 0, "maximum" = 0.95, "x-unit" = "share"))]
    share: Number,
    #[schemars(flatten)]
    evidence: Provenance,
}

/// An investment yet to be paid. The conditions given here are the defaults of its tranches.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Investment {
    /// Identifier; the random draws of the deal are keyed by it.
    id: String,
    /// Firm that invests, or `outside`.
    investor: String,
    /// Firm whose new shares are bought.
    investee: String,
    /// How far the deal has come.
    #[schemars(extend("default" = "signed"))]
    stage: Option<Stage>,
    /// Amount; with tranches it may be left out, or else must be their sum.
    #[schemars(extend("minimum" = 0, "x-unit" = "USD bn"))]
    amount_usd_bn: Option<Number>,
    /// Quarter in which it falls due, if it is one payment.
    due: Option<Quarter>,
    #[schemars(flatten)]
    conditions: Conditions,
    /// Payments, `[[investment.tranche]]`.
    tranche: Option<Vec<Tranche>>,
    #[schemars(flatten)]
    evidence: Provenance,
}

/// One payment of an investment.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Tranche {
    /// Amount (A_k).
    #[schemars(extend("minimum" = 0, "x-unit" = "USD bn"))]
    amount_usd_bn: Number,
    /// Quarter in which it falls due.
    due: Quarter,
    #[schemars(flatten)]
    conditions: Conditions,
    #[schemars(flatten)]
    evidence: Provenance,
}

/// Conditions of a payment; all must hold.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Conditions {
    /// Least value of the investee, as a share of its value at the as-of date (f_k); 0 is no floor.
    #[schemars(extend("default" = 0.0, "minimum" = 0, "maximum" = 10, "x-unit" = "share"))]
    valuation_floor: Option<Number>,
    /// Purchases of the investee from the investor, a firm, summed up, before the tranche is payable (m_k).
    #[schemars(extend("default" = 0.0, "minimum" = 0, "x-unit" = "USD bn"))]
    minimum_purchases_usd_bn: Option<Number>,
    /// Exponent of the investee's orders relative to plan (zeta): 1 if the money is paid as purchases are made, 0 if it does not depend on them.
    #[schemars(extend("default" = 0.0, "minimum" = 0, "maximum" = 10))]
    purchase_coupling: Option<Number>,
    /// Exponent of the investor's own value relative to the as-of date (eta).
    #[schemars(extend("default" = 0.0, "minimum" = 0, "maximum" = 10))]
    investor_coupling: Option<Number>,
    /// Fixed valuation before the money at which shares are issued; 0 is the fair price of the quarter.
    #[schemars(extend("default" = 0.0, "minimum" = 0, "x-unit" = "USD bn"))]
    pre_money_usd_bn: Option<Number>,
    /// Probability that the event which the tranche waits for, such as a listing, happens (h_k); 1 if none is waited for.
    #[schemars(extend("default" = 1.0, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    event_hazard_per_quarter: Option<Number>,
    /// Whether it is paid only while the investee's funding window is open.
    #[schemars(extend("default" = false))]
    needs_window: Option<bool>,
    /// Whether a regulatory freeze blocks it.
    #[schemars(extend("default" = false))]
    regulatory: Option<bool>,
}

/// A purchase commitment. Its amounts are either a schedule, or a total with start, end and shape.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Purchase {
    /// Identifier; the random draws of the deal are keyed by it.
    id: String,
    /// Firm that buys.
    buyer: String,
    /// Firm that sells, or `outside`.
    seller: String,
    /// How far the deal has come.
    #[schemars(extend("default" = "signed"))]
    stage: Option<Stage>,
    /// Planned amount by quarter. With `start` or `end`, flat, ramp and growth run between them and a list begins at the start.
    #[schemars(extend("x-unit" = "USD bn per quarter"))]
    schedule_usd_bn: Option<Schedule>,
    /// Planned amount in all, spread from `start` to `end`.
    #[schemars(extend("minimum" = 0, "x-unit" = "USD bn"))]
    total_usd_bn: Option<f64>,
    /// First quarter.
    #[schemars(extend("x-default" = "the first quarter"))]
    start: Option<Quarter>,
    /// Last quarter.
    #[schemars(extend("x-default" = "the last quarter"))]
    end: Option<Quarter>,
    /// How the total is spread.
    #[schemars(extend("default" = "flat"))]
    shape: Option<Shape>,
    /// Whether the schedule may run past the horizon: what is due after it then counts as `after_horizon_usd_bn`.
    #[schemars(extend("default" = false))]
    beyond_horizon: Option<bool>,
    /// Committed amount due after the horizon: lost with the buyer.
    #[schemars(extend("default" = 0.0, "minimum" = 0, "x-unit" = "USD bn"))]
    after_horizon_usd_bn: Option<Number>,
    /// Multiplies the whole schedule, and what is due after the horizon.
    #[schemars(extend("default" = 1.0, "minimum" = 0, "maximum" = 100, "x-unit" = "multiple"))]
    scale: Option<Number>,
    #[schemars(flatten)]
    terms: Terms,
    #[schemars(flatten)]
    evidence: Provenance,
}

/// Terms of a purchase.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Terms {
    /// Share that is owed whether used or not (tau).
    #[schemars(extend("minimum" = 0, "maximum" = 1, "x-unit" = "share", "x-default" = "by the seller's kind"))]
    take_or_pay: Option<Number>,
    /// Share of the committed amount below which distress cannot renegotiate it (e_c).
    #[schemars(extend("minimum" = 0, "maximum" = 1, "x-unit" = "share", "x-default" = "rules.enforceability"))]
    enforceability: Option<Number>,
    /// Substitution group, an id of `[[group]]`.
    group: Option<String>,
    /// Whether the seller is the group's lead vendor.
    #[schemars(extend("x-default" = "whether the seller is the group's lead"))]
    lead: Option<bool>,
}

/// What a firm must buy to deliver what it sold.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Procurement {
    /// Identifier.
    id: String,
    /// Firm that buys, being the seller of the purchases that it delivers.
    buyer: String,
    /// Firm that supplies it, or `outside`.
    supplier: String,
    /// Share of the planned sales to firms of the model that is spent on the supplier.
    #[schemars(extend("minimum" = 0, "maximum" = 10, "x-unit" = "share"))]
    share: Number,
    /// Ids of the purchases that are delivered.
    #[schemars(extend("x-default" = "every signed purchase that the buyer sells"))]
    of: Option<Vec<String>>,
    /// How many quarters before the sale the purchase is made. Sales after the horizon are taken to go on as in its last quarter.
    #[schemars(extend("default" = 0, "minimum" = 0, "maximum" = 40, "x-unit" = "quarters"))]
    lead_quarters: Option<u32>,
    #[schemars(flatten)]
    terms: Terms,
    #[schemars(flatten)]
    evidence: Provenance,
}

/// A loan of one firm to another.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Loan {
    /// Identifier.
    id: String,
    /// Firm that lent.
    lender: String,
    /// Firm that owes.
    borrower: String,
    /// Balance at the as-of date.
    #[schemars(extend("minimum" = 0, "x-unit" = "USD bn"))]
    balance_usd_bn: Number,
    /// Interest.
    #[schemars(extend("default" = 0.05, "minimum" = 0, "maximum" = 1, "x-unit" = "per year"))]
    rate_per_year: Option<Number>,
    /// When it is repaid.
    #[schemars(extend("x-default" = "after the horizon"))]
    repayment: Option<Repayment>,
    #[schemars(flatten)]
    evidence: Provenance,
}

/// A right to new shares (strike about nil). Its thresholds are given here, or in `[[warrant.tranche]]` if it vests in steps.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Warrant {
    /// Identifier.
    id: String,
    /// Firm whose shares they are.
    issuer: String,
    /// Firm that receives them.
    holder: String,
    /// New shares, as a share of the issuer's shares at the as-of date (n).
    #[schemars(extend("minimum" = 0, "maximum" = 1, "x-unit" = "share"))]
    shares: Option<Number>,
    #[schemars(flatten)]
    thresholds: Thresholds,
    /// Steps, `[[warrant.tranche]]`.
    tranche: Option<Vec<WarrantTranche>>,
    #[schemars(flatten)]
    evidence: Provenance,
}

/// A step of a warrant.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct WarrantTranche {
    /// New shares, as a share of the issuer's shares at the as-of date (n).
    #[schemars(extend("minimum" = 0, "maximum" = 1, "x-unit" = "share"))]
    shares: Number,
    #[schemars(flatten)]
    thresholds: Thresholds,
    #[schemars(flatten)]
    evidence: Provenance,
}

/// When a warrant vests; both must hold.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Thresholds {
    /// Purchases of the holder from the issuer, summed up.
    #[schemars(extend("default" = 0.0, "minimum" = 0, "x-unit" = "USD bn"))]
    minimum_purchases_usd_bn: Option<Number>,
    /// Price of the issuer's share, as a multiple of that at the as-of date; 0 is no hurdle.
    #[schemars(extend("default" = 0.0, "minimum" = 0, "maximum" = 1000, "x-unit" = "multiple"))]
    price_hurdle: Option<Number>,
}

/// A promise to buy a seller's unsold capacity, on the shortfall of the quarter before.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Backstop {
    /// Identifier.
    id: String,
    /// Firm that promises.
    guarantor: String,
    /// Firm whose capacity is bought.
    beneficiary: String,
    /// Most that is paid in all.
    #[schemars(extend("minimum" = 0, "x-unit" = "USD bn"))]
    cap_usd_bn: Number,
    /// Share of the unsold amount that is bought (kappa).
    #[schemars(extend("default" = 1.0, "minimum" = 0, "maximum" = 1, "x-unit" = "share"))]
    coverage: Option<Number>,
    #[schemars(flatten)]
    evidence: Provenance,
}
