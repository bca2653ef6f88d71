//! Firms as written. No contracts.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::values::{Maturities, Number, Provenance, Schedule};
use crate::model::Kind;

/// A firm.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Firm {
    /// Identifier: letters, digits, `-` and `_`. Contracts name the firm by it, and its random draws are keyed by it.
    id: String,
    /// Name for people.
    #[schemars(extend("x-default" = "the id"))]
    name: Option<String>,
    /// What kind of firm it is: the source of its defaults, and the peers that take over its customers if it fails.
    kind: Kind,
    /// Whether its shares are listed.
    #[schemars(extend("default" = true))]
    listed: Option<bool>,
    /// Whether it raises debt before equity when it needs money.
    #[schemars(extend("default" = false))]
    debt_first: Option<bool>,
    /// Cash and short-term securities at the as-of date (M).
    #[schemars(extend("minimum" = 0, "x-unit" = "USD bn"))]
    cash_usd_bn: Number,
    /// Market capitalisation, or headline post-money valuation of a private firm.
    #[schemars(extend("minimum" = 0, "x-unit" = "USD bn"))]
    market_value_usd_bn: Number,
    /// Debt to outside lenders at the as-of date (B).
    #[schemars(extend("default" = 0.0, "minimum" = 0, "x-unit" = "USD bn"))]
    debt_usd_bn: Option<Number>,
    /// When the debt matures; without it, after the horizon.
    #[schemars(extend("x-unit" = "USD bn"))]
    debt_maturing: Option<Maturities>,
    /// Maturity of new and of refinanced debt.
    #[schemars(extend("default" = 20, "minimum" = 1, "maximum" = 400, "x-unit" = "quarters"))]
    debt_tenor_quarters: Option<u32>,
    /// Plan of revenue from customers outside the model.
    #[schemars(extend("default" = 0.0, "x-unit" = "USD bn per quarter"))]
    external_revenue_usd_bn: Option<Schedule>,
    /// Plan of fixed costs paid to outsiders.
    #[schemars(extend("default" = 0.0, "x-unit" = "USD bn per quarter"))]
    fixed_cost_usd_bn: Option<Schedule>,
    /// Plan of discretionary capital expenditure with outsiders.
    #[schemars(extend("default" = 0.0, "x-unit" = "USD bn per quarter"))]
    capex_usd_bn: Option<Schedule>,
    #[schemars(flatten)]
    traits: FirmTraits,
    #[schemars(flatten)]
    evidence: Provenance,
    /// Provenance of single figures: `provenance = { cash_usd_bn = { source = "10-Q", grade = "A" } }`.
    provenance: Option<BTreeMap<String, Provenance>>,
}

/// Numbers of a firm that have a default by kind or for all.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct FirmTraits {
    /// Cash that the firm keeps back from spending and from buying shares (M^min).
    #[schemars(extend("default" = 0.0, "minimum" = 0, "x-unit" = "USD bn"))]
    minimum_cash_usd_bn: Option<Number>,
    /// Share by which the headline valuation exceeds the fair value: fair value = market_value_usd_bn × (1 - headline_discount). 0 for listed firms.
    #[schemars(extend("minimum" = 0, "exclusiveMaximum" = 1, "x-unit" = "share", "x-default" = "0 if listed, else 0.15"))]
    headline_discount: Option<Number>,
    /// Multiplies the whole plan of external revenue.
    #[schemars(extend("default" = 1.0, "minimum" = 0, "maximum" = 100, "x-unit" = "multiple"))]
    external_revenue_scale: Option<Number>,
    /// Multiplies the whole plan of fixed costs.
    #[schemars(extend("default" = 1.0, "minimum" = 0, "maximum" = 100, "x-unit" = "multiple"))]
    fixed_cost_scale: Option<Number>,
    /// Multiplies the whole plan of capital expenditure.
    #[schemars(extend("default" = 1.0, "minimum" = 0, "maximum" = 100, "x-unit" = "multiple"))]
    capex_scale: Option<Number>,
    /// Variable cost paid to outsiders as a share of total revenue (v): cost of sales outside the model and cash tax.
    #[schemars(extend("default" = 0.0, "minimum" = 0, "exclusiveMaximum" = 1, "x-unit" = "share"))]
    variable_cost_ratio: Option<Number>,
    /// Growth of the enterprise value under the plan (r).
    #[schemars(extend("default" = 0.10, "minimum" = -1, "maximum" = 2, "x-unit" = "per year"))]
    value_growth_per_year: Option<Number>,
    /// Sensitivity of the enterprise value to sentiment (beta^S).
    #[schemars(extend("minimum" = 0, "maximum" = 10, "x-default" = "by kind"))]
    sentiment_beta: Option<Number>,
    /// Sensitivity of external revenue to demand (beta^D).
    #[schemars(extend("default" = 1.0, "minimum" = -10, "maximum" = 10))]
    demand_beta: Option<Number>,
    /// Standard deviation of the firm's own shock to log revenue (sigma).
    #[schemars(extend("minimum" = 0, "maximum" = 1, "x-unit" = "per quarter", "x-default" = "by kind"))]
    revenue_volatility_per_quarter: Option<Number>,
    /// Median external revenue at the horizon over the plan's (psi): 1 if the plan is believed, less if it is too rosy.
    #[schemars(extend("default" = 1.0, "exclusiveMinimum" = 0, "maximum" = 10, "x-unit" = "ratio"))]
    plan_realism: Option<Number>,
    /// Elasticity of the enterprise value to revenue relative to plan (chi).
    #[schemars(extend("default" = 1.2, "minimum" = 0, "maximum" = 10))]
    value_elasticity: Option<Number>,
    /// Elasticity of discretionary spending to revenue relative to plan (theta).
    #[schemars(extend("minimum" = 0, "maximum" = 10, "x-default" = "by kind"))]
    spending_elasticity: Option<Number>,
    /// Loss of log revenue for each unit of orders that the firm could not place (gamma).
    #[schemars(extend("minimum" = 0, "maximum" = 1, "x-unit" = "per quarter", "x-default" = "by kind"))]
    revenue_feedback_per_quarter: Option<Number>,
    /// Outside equity that can be raised, as a share of equity value (lambda^E).
    #[schemars(extend("minimum" = 0, "maximum" = 1, "x-unit" = "share per quarter", "x-default" = "by kind"))]
    equity_capacity_per_quarter: Option<Number>,
    /// Debt that lenders accept, as a share of enterprise value (LTV).
    #[schemars(extend("minimum" = 0, "maximum" = 2, "x-unit" = "share", "x-default" = "by kind"))]
    loan_to_value: Option<Number>,
    /// Interest on debt to outside lenders.
    #[schemars(extend("default" = 0.05, "minimum" = 0, "maximum" = 1, "x-unit" = "per year"))]
    interest_rate_per_year: Option<Number>,
    /// Committed credit line of outside lenders, usable only if it cures a shortfall of payments.
    #[schemars(extend("default" = 0.0, "minimum" = 0, "x-unit" = "USD bn"))]
    credit_line_usd_bn: Option<Number>,
    /// Share of own funds that survives a default of the firm (alpha).
    #[schemars(extend("minimum" = 0, "maximum" = 1, "x-unit" = "share", "x-default" = "rules.default_recovery_own"))]
    default_recovery_own: Option<Number>,
    /// Share of incoming payments that survives a default of the firm (beta).
    #[schemars(extend("minimum" = 0, "maximum" = 1, "x-unit" = "share", "x-default" = "rules.default_recovery_incoming"))]
    default_recovery_incoming: Option<Number>,
    /// Share of enterprise value lost when the failed firm is sold (c_B).
    #[schemars(extend("minimum" = 0, "maximum" = 1, "x-unit" = "share", "x-default" = "rules.bankruptcy_cost"))]
    bankruptcy_cost: Option<Number>,
    /// Claims of counterparties on rejected purchases, as a share of what remained committed (rej).
    #[schemars(extend("minimum" = 0, "maximum" = 1, "x-unit" = "share", "x-default" = "rules.rejection_claim"))]
    rejection_claim: Option<Number>,
    /// Share of the planned external revenue that peers of the same kind take over when the firm fails (recap).
    #[schemars(extend("minimum" = 0, "maximum" = 1, "x-unit" = "share", "x-default" = "rules.recapture"))]
    recapture: Option<Number>,
    /// Price elasticity of external revenue to a fall in the price of computing (epsilon); 1 is neutral.
    #[schemars(extend("default" = 1.0, "minimum" = 0, "maximum" = 10))]
    price_elasticity: Option<Number>,
    /// Probability of a jump in external revenue.
    #[schemars(extend("default" = 0.0, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    jump_probability_per_quarter: Option<Number>,
    /// Mean of the jump in log revenue.
    #[schemars(extend("default" = 0.0, "minimum" = -5, "maximum" = 5, "x-unit" = "log"))]
    jump_mean: Option<Number>,
    /// Standard deviation of the jump in log revenue.
    #[schemars(extend("default" = 0.0, "minimum" = 0, "maximum" = 5, "x-unit" = "log"))]
    jump_sd: Option<Number>,
}
