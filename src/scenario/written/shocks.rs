//! Random drivers, substitution groups and scripted stresses as written. No firms, no contracts.

use schemars::JsonSchema;

use super::values::{Degrees, Number, Provenance, Quarter};
use crate::model::Series;

/// The random drivers.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Shocks {
    /// Whether anything is drawn; if not, only stresses act and every path is the same.
    #[schemars(extend("default" = true))]
    random: Option<bool>,
    /// Whether the as-of date lies in a bust.
    #[schemars(extend("default" = false))]
    starts_in_bust: Option<bool>,
    /// Quarters for which a regulatory freeze lasts (k_R).
    #[schemars(extend("default" = 4, "minimum" = 1, "maximum" = 200, "x-unit" = "quarters"))]
    regulatory_quarters: Option<u32>,
    /// CSV file of drivers that replace the random ones, with the columns path, quarter, driver, entity and value.
    drivers: Option<String>,
    /// Probability of a bust after a quarter of boom (p01).
    #[schemars(extend("default" = 0.05, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    boom_to_bust_per_quarter: Option<Number>,
    /// Probability of a boom after a quarter of bust (p10).
    #[schemars(extend("default" = 0.125, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    bust_to_boom_per_quarter: Option<Number>,
    /// Persistence of sentiment from quarter to quarter (phi).
    #[schemars(extend("default" = 0.8, "minimum" = 0, "maximum" = 1, "x-unit" = "share"))]
    sentiment_persistence: Option<Number>,
    /// Long-run sentiment in a boom (m_S).
    #[schemars(extend("default" = 0.0, "minimum" = -10, "maximum" = 10, "x-unit" = "log value"))]
    sentiment_mean_boom: Option<Number>,
    /// Long-run sentiment in a bust (m_S): -1.1 with a beta of 1 is a fall of value by two thirds.
    #[schemars(extend("default" = -1.1, "minimum" = -10, "maximum" = 10, "x-unit" = "log value"))]
    sentiment_mean_bust: Option<Number>,
    /// Standard deviation of sentiment in a boom (sigma_S).
    #[schemars(extend("default" = 0.1, "minimum" = 0, "maximum" = 5, "x-unit" = "per quarter"))]
    sentiment_sd_boom: Option<Number>,
    /// Standard deviation of sentiment in a bust (sigma_S).
    #[schemars(extend("default" = 0.18, "minimum" = 0, "maximum" = 5, "x-unit" = "per quarter"))]
    sentiment_sd_bust: Option<Number>,
    /// Drift of log demand in a boom (m_D).
    #[schemars(extend("default" = 0.0, "minimum" = -1, "maximum" = 1, "x-unit" = "per quarter"))]
    demand_drift_boom: Option<Number>,
    /// Drift of log demand in a bust (m_D).
    #[schemars(extend("default" = -0.035, "minimum" = -1, "maximum" = 1, "x-unit" = "per quarter"))]
    demand_drift_bust: Option<Number>,
    /// Standard deviation of log demand in a boom (sigma_D).
    #[schemars(extend("default" = 0.03, "minimum" = 0, "maximum" = 2, "x-unit" = "per quarter"))]
    demand_sd_boom: Option<Number>,
    /// Standard deviation of log demand in a bust (sigma_D).
    #[schemars(extend("default" = 0.05, "minimum" = 0, "maximum" = 2, "x-unit" = "per quarter"))]
    demand_sd_bust: Option<Number>,
    /// Degrees of freedom of the t-distributed factors (nu), above 2; `"inf"` is the normal.
    #[schemars(extend("default" = 5.0, "exclusiveMinimum" = 2))]
    degrees_of_freedom: Option<Degrees>,
    /// Absolute value at which standardised shocks are cut off.
    #[schemars(extend("default" = 6.0, "minimum" = 1, "maximum" = 100, "x-unit" = "standard deviations"))]
    clip: Option<Number>,
    /// Correlation of sentiment and demand.
    #[schemars(extend("default" = 0.4, "minimum" = -1, "maximum" = 1, "x-unit" = "correlation"))]
    correlation_sentiment_demand: Option<Number>,
    /// Correlation of sentiment and the lead vendors' share.
    #[schemars(extend("default" = 0.0, "minimum" = -1, "maximum" = 1, "x-unit" = "correlation"))]
    correlation_sentiment_vendor: Option<Number>,
    /// Correlation of demand and the lead vendors' share.
    #[schemars(extend("default" = 0.0, "minimum" = -1, "maximum" = 1, "x-unit" = "correlation"))]
    correlation_demand_vendor: Option<Number>,
    /// Capacity of outside capital in a bust, as a share of that in a boom (lambda_bust).
    #[schemars(extend("default" = 0.35, "minimum" = 0, "maximum" = 1, "x-unit" = "share"))]
    bust_funding_share: Option<Number>,
    /// Probability that a firm's funding window is open in a quarter of boom (pi).
    #[schemars(extend("default" = 0.95, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    window_open_boom: Option<Number>,
    /// Probability that a firm's funding window is open in a quarter of bust (pi).
    #[schemars(extend("default" = 0.35, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    window_open_bust: Option<Number>,
    /// Rate of efficiency shocks, which cut the price of computing (lambda_xi).
    #[schemars(extend("default" = 0.02, "minimum" = 0, "maximum" = 4, "x-unit" = "per quarter"))]
    efficiency_rate_per_quarter: Option<Number>,
    /// First shape of the Beta-distributed cut in the price.
    #[schemars(extend("default" = 2.0, "exclusiveMinimum" = 0, "maximum" = 1000))]
    efficiency_alpha: Option<Number>,
    /// Second shape of the Beta-distributed cut in the price.
    #[schemars(extend("default" = 3.0, "exclusiveMinimum" = 0, "maximum" = 1000))]
    efficiency_beta: Option<Number>,
    /// Share of the log effect of an efficiency shock that fades.
    #[schemars(extend("default" = 0.1, "minimum" = 0, "maximum" = 1, "x-unit" = "share per quarter"))]
    efficiency_recovery_per_quarter: Option<Number>,
    /// Rate of regulatory freezes (lambda_R).
    #[schemars(extend("default" = 0.0, "minimum" = 0, "maximum" = 4, "x-unit" = "per quarter"))]
    regulatory_rate_per_quarter: Option<Number>,
    /// Probability that talks become a letter of intent, in a boom.
    #[schemars(extend("default" = 0.35, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    talks_advance_boom: Option<Number>,
    /// Probability that talks become a letter of intent, in a bust.
    #[schemars(extend("default" = 0.15, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    talks_advance_bust: Option<Number>,
    /// Probability that talks end, in a boom.
    #[schemars(extend("default" = 0.1, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    talks_cancel_boom: Option<Number>,
    /// Probability that talks end, in a bust.
    #[schemars(extend("default" = 0.3, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    talks_cancel_bust: Option<Number>,
    /// Probability that a letter of intent is signed, in a boom.
    #[schemars(extend("default" = 0.25, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    loi_advance_boom: Option<Number>,
    /// Probability that a letter of intent is signed, in a bust.
    #[schemars(extend("default" = 0.1, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    loi_advance_bust: Option<Number>,
    /// Probability that a letter of intent lapses, in a boom.
    #[schemars(extend("default" = 0.08, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    loi_cancel_boom: Option<Number>,
    /// Probability that a letter of intent lapses, in a bust.
    #[schemars(extend("default" = 0.25, "minimum" = 0, "maximum" = 1, "x-unit" = "probability per quarter"))]
    loi_cancel_bust: Option<Number>,
    /// Log standard deviation of a deal's size at signing over the size reported (sigma_m).
    #[schemars(extend("default" = 1.0, "minimum" = 0, "maximum" = 5, "x-unit" = "log"))]
    signing_size_sigma: Option<Number>,
    #[schemars(flatten)]
    evidence: Provenance,
}

/// A group of vendors: what its lead loses of the buyers' discretionary purchases, the others gain.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Group {
    /// Identifier; purchases name the group by it.
    id: String,
    /// Firm that is the lead vendor.
    lead: String,
    /// Share of the lead vendor at the as-of date (w_0).
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1, "x-unit" = "share"))]
    lead_share: Number,
    /// Drift of the logit of the lead share (delta).
    #[schemars(extend("default" = -0.06, "minimum" = -5, "maximum" = 5, "x-unit" = "logit per quarter"))]
    logit_drift_per_quarter: Option<Number>,
    /// Standard deviation of the logit of the lead share (sigma_w).
    #[schemars(extend("default" = 0.10, "minimum" = 0, "maximum" = 5, "x-unit" = "logit per quarter"))]
    logit_sd_per_quarter: Option<Number>,
    /// Price elasticity of nominal demand for computing in the group (epsilon): below 1 cheaper computing shrinks spending, 1 is neutral.
    #[schemars(extend("default" = 0.5, "minimum" = 0, "maximum" = 10))]
    price_elasticity: Option<Number>,
    #[schemars(flatten)]
    evidence: Provenance,
}

/// A scripted stress. Over its quarters the value is added to `log_revenue` and `sentiment`, multiplies `efficiency`, `vendor_share_ratio` and
/// `order_share`, and replaces every other series.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Stress {
    /// Identifier, so that a variant can change or remove the stress.
    #[schemars(extend("x-default" = "stress-1, stress-2, ... in order"))]
    id: Option<String>,
    /// What is stressed.
    series: Series,
    /// Whom: a firm, group, deal or tranche (`investment.2` is its second), according to the series; without it, all of them.
    entity: Option<String>,
    /// First quarter.
    #[schemars(extend("x-default" = "the first quarter"))]
    from: Option<Quarter>,
    /// Last quarter.
    #[schemars(extend("x-default" = "the last quarter"))]
    to: Option<Quarter>,
    /// Value added, multiplied by or set.
    value: f64,
    #[schemars(flatten)]
    evidence: Provenance,
}
