//! Parameters of the exogenous drivers, scripted stresses and tables of drivers. No draws: the shocks room makes them.

use super::numbers::numbers;

numbers! {
    /// The numbers of the random drivers (model 3).
    ShockNumbers,
    /// Names the fields of [`ShockNumbers`].
    ShockNumber {
        /// Probability per quarter of a bust after a boom quarter (p01).
        boom_to_bust_per_quarter BoomToBust,
        /// Probability per quarter of a boom after a bust quarter (p10).
        bust_to_boom_per_quarter BustToBoom,
        /// Persistence of sentiment per quarter (phi).
        sentiment_persistence SentimentPersistence,
        /// Long-run sentiment in a boom (m_S).
        sentiment_mean_boom SentimentMeanBoom,
        /// Long-run sentiment in a bust (m_S).
        sentiment_mean_bust SentimentMeanBust,
        /// Standard deviation of sentiment per quarter in a boom (sigma_S).
        sentiment_sd_boom SentimentSdBoom,
        /// Standard deviation of sentiment per quarter in a bust (sigma_S).
        sentiment_sd_bust SentimentSdBust,
        /// Drift of log demand per quarter in a boom (m_D).
        demand_drift_boom DemandDriftBoom,
        /// Drift of log demand per quarter in a bust (m_D).
        demand_drift_bust DemandDriftBust,
        /// Standard deviation of log demand per quarter in a boom (sigma_D).
        demand_sd_boom DemandSdBoom,
        /// Standard deviation of log demand per quarter in a bust (sigma_D).
        demand_sd_bust DemandSdBust,
        /// Degrees of freedom of the t factors, above 2; infinity is the normal (nu).
        degrees_of_freedom DegreesOfFreedom,
        /// Absolute value at which standardised shocks are clipped (model 3.2, P6).
        clip Clip,
        /// Correlation of sentiment and demand.
        correlation_sentiment_demand CorrelationSentimentDemand,
        /// Correlation of sentiment and vendor share.
        correlation_sentiment_vendor CorrelationSentimentVendor,
        /// Correlation of demand and vendor share.
        correlation_demand_vendor CorrelationDemandVendor,
        /// Capacity of outside capital in a bust, as a share of that in a boom (lambda_bust).
        bust_funding_share BustFundingShare,
        /// Probability that a firm's funding window is open in a boom quarter (pi).
        window_open_boom WindowOpenBoom,
        /// Probability that a firm's funding window is open in a bust quarter (pi).
        window_open_bust WindowOpenBust,
        /// Rate per quarter of efficiency shocks (lambda_xi).
        efficiency_rate_per_quarter EfficiencyRate,
        /// First shape of the Beta-distributed fall in the price of computing.
        efficiency_alpha EfficiencyAlpha,
        /// Second shape of the Beta-distributed fall in the price of computing.
        efficiency_beta EfficiencyBeta,
        /// Share of the log effect of an efficiency shock that fades per quarter.
        efficiency_recovery_per_quarter EfficiencyRecovery,
        /// Rate per quarter of regulatory freezes (lambda_R).
        regulatory_rate_per_quarter RegulatoryRate,
        /// Hazard per quarter of talks becoming a letter of intent, in a boom.
        talks_advance_boom TalksAdvanceBoom,
        /// The same in a bust.
        talks_advance_bust TalksAdvanceBust,
        /// Hazard per quarter of talks ending, in a boom.
        talks_cancel_boom TalksCancelBoom,
        /// The same in a bust.
        talks_cancel_bust TalksCancelBust,
        /// Hazard per quarter of a letter of intent being signed, in a boom.
        loi_advance_boom LoiAdvanceBoom,
        /// The same in a bust.
        loi_advance_bust LoiAdvanceBust,
        /// Hazard per quarter of a letter of intent lapsing, in a boom.
        loi_cancel_boom LoiCancelBoom,
        /// The same in a bust.
        loi_cancel_bust LoiCancelBust,
        /// Log standard deviation of the size at signing over the size reported (sigma_m).
        signing_size_sigma SigningSizeSigma,
    }
}

numbers! {
    /// The numbers of one substitution group.
    GroupNumbers,
    /// Names the fields of [`GroupNumbers`].
    GroupNumber {
        /// Share of the lead vendor at the as-of date (w_0).
        lead_share LeadShare,
        /// Drift of the logit of the lead share per quarter (delta).
        logit_drift_per_quarter LogitDrift,
        /// Standard deviation of the logit of the lead share per quarter (sigma_w).
        logit_sd_per_quarter LogitSd,
        /// Price elasticity of nominal demand for computing in the group; 1 is neutral (epsilon).
        price_elasticity PriceElasticity,
    }
}

/// A group of vendors among which buyers substitute (model 3.4, 3.5).
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Identifier as written.
    pub id: String,
    /// Its numbers.
    pub numbers: GroupNumbers,
}

/// An exogenous series that a stress sets or a table of drivers holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Series {
    /// Log deviation of a firm's external revenue from plan (X); no shock: 0.
    LogRevenue,
    /// Sentiment (S); no shock: 0.
    Sentiment,
    /// Regime, 0 boom or 1 bust; no shock: 0.
    Regime,
    /// Whether a firm can raise outside money, 0 or 1; no shock: 1.
    Window,
    /// Lead vendor's share over its share at the as-of date, per group; no shock: 1.
    VendorShareRatio,
    /// Price of computing over its price at the as-of date; no shock: 1.
    Efficiency,
    /// Size of a deal in force over its reported size, 0 while not in force, per purchase or investment not yet signed; no shock: 0.
    DealScale,
    /// Whether the event that a tranche waits for has happened, 0 or 1; no shock: 1.
    TrancheEvent,
    /// Whether a regulatory freeze is on, 0 or 1; no shock: 0.
    RegulatoryFreeze,
    /// Share of its orders that a buyer is willing to place and pay; no shock: 1.
    OrderShare,
}

/// What a scripted stress acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StressTarget {
    /// The series.
    pub series: Series,
    /// Index of the firm, group, deal (see [`Shocks::deals`]) or tranche; `None` for a series that the whole world shares, or for every one.
    pub entity: Option<usize>,
}

/// A scripted stress: over the quarters, `LogRevenue` and `Sentiment` are added to, `Efficiency`, `VendorShareRatio` and `OrderShare` are multiplied, and
/// the 0-or-1 series and `DealScale` are set.
#[derive(Debug, Clone, PartialEq)]
pub struct Stress {
    /// Identifier as written, or `stress-1` and so on.
    pub id: String,
    /// What it acts on.
    pub target: StressTarget,
    /// First quarter, one-based.
    pub from_quarter: usize,
    /// Last quarter, inclusive.
    pub to_quarter: usize,
    /// The value added, multiplied by or set.
    pub value: f64,
}

/// One entry of a table of drivers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriverRow {
    /// Path, zero-based.
    pub path: u64,
    /// Quarter, one-based.
    pub quarter: usize,
    /// Series and entity.
    pub target: StressTarget,
    /// Value.
    pub value: f64,
}

/// Drivers read from a table, sorted by path and quarter: they replace the random drivers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DriverTable {
    /// Number of paths in the table: the largest path number plus one.
    pub paths: u64,
    /// Entries sorted by path, then quarter.
    pub rows: Vec<DriverRow>,
}

/// The exogenous drivers of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Shocks {
    /// Whether anything is drawn; if not, only stresses act.
    pub random: bool,
    /// Regime at the as-of date: false boom, true bust.
    pub starts_in_bust: bool,
    /// Quarters for which a regulatory freeze lasts (k_R).
    pub regulatory_quarters: usize,
    /// Their numbers.
    pub numbers: ShockNumbers,
    /// Scripted stresses.
    pub stresses: Vec<Stress>,
    /// Drivers that replace the random ones.
    pub table: Option<DriverTable>,
    /// Keys of the deals that are not yet signed, in order of first appearance among purchases, then tranches: the entities of `DealScale`.
    pub deals: Vec<Deal>,
}

/// A deal that is not yet signed at the as-of date.
#[derive(Debug, Clone, PartialEq)]
pub struct Deal {
    /// Identifier as written.
    pub id: String,
    /// Key of its draws.
    pub key: u64,
    /// Stage at the as-of date.
    pub stage: super::Stage,
    /// Whether a regulatory freeze blocks its closing.
    pub regulatory: bool,
}
