//! Names of what is measured: losses, worlds, conditions. No numbers.

use serde::{Deserialize, Serialize};

/// The condition under which a number holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// Every path.
    All,
    /// Paths with at least one bust quarter within the horizon.
    Bust,
    /// Paths without.
    NoBust,
}

impl Given {
    /// Every condition.
    pub const ALL: [Given; 3] = [Given::All, Given::Bust, Given::NoBust];

    /// In words, to follow a number: empty for every path.
    pub fn words(self) -> &'static str {
        match self {
            Given::All => "",
            Given::Bust => "given a bust",
            Given::NoBust => "given no bust",
        }
    }
}

/// A counterfactual world (model 8.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WorldName {
    /// The full model.
    W0,
    /// Circular finance replaced by an arm's-length outside investor.
    W1,
    /// Isolated firms whose counterparties perform exactly as planned.
    W2,
    /// The full model at its least fixed points: the coordination-loss diagnostic.
    W0Least,
}

/// A variant of the whole comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Panel {
    /// As the scenario says.
    Base,
    /// Sentiment held at zero (S = 0): what the network does without the common revaluation.
    NoSentiment,
    /// The market looks through revenue that the seller financed itself (omega_c = 0).
    LookThrough,
}

/// A loss or count whose distribution is reported; amounts in USD billion over the horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Net system loss relative to plan (L_sys, model 8.2); for a firm its contribution c_i.
    NetLoss,
    /// The same with the plan's enterprise value replaced by that at the as-of date.
    NetLossFromToday,
    /// Gross loss: sum over firms of plan equity value minus equity value at the horizon; counts stakes twice.
    GrossLoss,
    /// Mark-to-market loss of the shareholders of the as-of date, from today (L_i, model 8.1).
    MarkToMarketLoss,
    /// The same relative to the plan's value at the horizon.
    MarkToMarketLossVsPlan,
    /// Revenue short of plan, summed over quarters.
    RevenueShortfall,
    /// The part of it in network sales.
    NetworkShortfall,
    /// Committed purchases not paid to the seller.
    CommittedShortfall,
    /// Backlog lost: renegotiated, unpaid or rejected, including what was due after the horizon.
    BacklogLost,
    /// Loss of external creditors (debt, suppliers) after recoveries.
    ExternalCreditLoss,
    /// Loss on claims among firms (trade credit, loans) after recoveries.
    NetworkCreditLoss,
    /// Loss of value of stakes held at the as-of date.
    StakeLoss,
    /// Reported marks of stakes above their fair value at the horizon.
    StaleMarkGap,
    /// Largest fall of the share price from its highest level, as a share.
    MaxDrawdown,
    /// Largest need for money of a quarter that could not be met.
    PeakUnmetNeed,
    /// Dead-weight cost of defaults.
    DeadWeight,
    /// Number of firms in default.
    Defaults,
}

impl Metric {
    /// Every metric, in the order of the enum.
    pub const ALL: [Metric; 17] = [
        Metric::NetLoss,
        Metric::NetLossFromToday,
        Metric::GrossLoss,
        Metric::MarkToMarketLoss,
        Metric::MarkToMarketLossVsPlan,
        Metric::RevenueShortfall,
        Metric::NetworkShortfall,
        Metric::CommittedShortfall,
        Metric::BacklogLost,
        Metric::ExternalCreditLoss,
        Metric::NetworkCreditLoss,
        Metric::StakeLoss,
        Metric::StaleMarkGap,
        Metric::MaxDrawdown,
        Metric::PeakUnmetNeed,
        Metric::DeadWeight,
        Metric::Defaults,
    ];

    /// Name for tables.
    pub fn name(self) -> &'static str {
        match self {
            Metric::NetLoss => "net_loss",
            Metric::NetLossFromToday => "net_loss_from_today",
            Metric::GrossLoss => "gross_loss",
            Metric::MarkToMarketLoss => "mark_to_market_loss",
            Metric::MarkToMarketLossVsPlan => "mark_to_market_loss_vs_plan",
            Metric::RevenueShortfall => "revenue_shortfall",
            Metric::NetworkShortfall => "network_shortfall",
            Metric::CommittedShortfall => "committed_shortfall",
            Metric::BacklogLost => "backlog_lost",
            Metric::ExternalCreditLoss => "external_credit_loss",
            Metric::NetworkCreditLoss => "network_credit_loss",
            Metric::StakeLoss => "stake_loss",
            Metric::StaleMarkGap => "stale_mark_gap",
            Metric::MaxDrawdown => "max_drawdown",
            Metric::PeakUnmetNeed => "peak_unmet_need",
            Metric::DeadWeight => "dead_weight",
            Metric::Defaults => "defaults",
        }
    }

    /// Unit of the metric.
    pub fn unit(self) -> &'static str {
        match self {
            Metric::MaxDrawdown => "share",
            Metric::Defaults => "firms",
            _ => "USD bn",
        }
    }
}

/// Quantities that fan charts show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FanQuantity {
    /// Cash, USD billion.
    Cash,
    /// Equity value per share of the as-of date, USD billion (shares at the as-of date count as one).
    Price,
    /// Revenue of the quarter, USD billion.
    Revenue,
}
