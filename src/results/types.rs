//! What a run found, as plain tables: every number with its interval, its definition, its world and its condition. No files, no pictures, no words.

pub use crate::model::Grade;
use crate::model::{Exposure, Kind, Stage};
pub use crate::model::{FanQuantity, Given, Metric, Panel, WorldName};
use crate::stats::Estimate;
use serde::{Deserialize, Serialize};

/// VaR and ES at one level of one distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TailMeasure {
    /// Level, such as 0.99.
    pub level: f64,
    /// Order statistic of rank ceil(n q) with its 95 % rank interval; where paths have weights, the inverted interval of the probability beyond.
    pub var: Estimate,
    /// Mean of the worst n (1 - q) with its 95 % interval.
    pub es: Estimate,
    /// Number of paths beyond the level; of paths of different weights, the number of equal ones that would say as much.
    pub tail_count: u64,
}

/// The distribution of one metric for the system or one firm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LossRow {
    /// What is measured.
    pub metric: Metric,
    /// Index in [`Results::firms`], or none for the system.
    pub firm: Option<usize>,
    /// World.
    pub world: WorldName,
    /// Variant.
    pub panel: Panel,
    /// Condition.
    pub given: Given,
    /// Number of paths that the row rests on.
    pub paths: u64,
    /// Mean.
    pub mean: Estimate,
    /// Standard deviation over paths.
    pub standard_deviation: f64,
    /// VaR and ES at 95, 99, 99.5 and 99.9 %, where enough paths lie beyond; empty where only the mean is kept.
    pub tail: Vec<TailMeasure>,
    /// Quantiles 0.1, 1, 5, 25, 50, 75 % as (level, estimate): the low ones are the upside of a loss.
    pub quantiles: Vec<(f64, Estimate)>,
    /// Whether the quantiles are order statistics (true) or read off integer bins (false).
    pub exact: bool,
}

/// One point of an exceedance curve of the net system loss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExceedancePoint {
    /// World.
    pub world: WorldName,
    /// Condition.
    pub given: Given,
    /// Loss, USD billion.
    pub loss_usd_bn: f64,
    /// Share of paths that lose more, with a pointwise 95 % interval.
    pub probability: Estimate,
    /// Paths that lose more.
    pub paths: u64,
    /// Lower edge of the simultaneous 95 % band (DKW; where paths have weights, Bonferroni over the points).
    pub band_low: f64,
    /// Upper edge of that band.
    pub band_high: f64,
}

/// One bar of the histogram of the net system loss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HistogramBar {
    /// World.
    pub world: WorldName,
    /// Condition.
    pub given: Given,
    /// Lower edge, USD billion.
    pub low_usd_bn: f64,
    /// Upper edge, USD billion.
    pub high_usd_bn: f64,
    /// Paths.
    pub count: u64,
    /// Their probability, given the condition.
    pub share: f64,
}

/// Default of one firm in one world under one condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DefaultRow {
    /// Firm.
    pub firm: usize,
    /// World.
    pub world: WorldName,
    /// Variant.
    pub panel: Panel,
    /// Condition.
    pub given: Given,
    /// Paths in which it fails.
    pub count: u64,
    /// Paths of the condition.
    pub paths: u64,
    /// Probability of default within the horizon (Clopper-Pearson 95 %).
    pub probability: Estimate,
    /// Probability of being the first to fail, ties shared as failures of the same quarter.
    pub first_to_fail: Estimate,
    /// Paths that fail in each quarter, length of the horizon.
    pub by_quarter: Vec<u64>,
    /// Probability of failing in each quarter.
    pub probability_by_quarter: Vec<f64>,
}

/// Defaults of two firms together, in W0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct JointRow {
    /// First firm.
    pub firm: usize,
    /// Second firm.
    pub other: usize,
    /// Probability that both fail.
    pub joint: Estimate,
    /// Probability that `firm` fails given that `other` does; none if `other` never fails.
    pub given_other: Option<Estimate>,
}

/// How many firms fail, in one world under one condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DefaultCount {
    /// World.
    pub world: WorldName,
    /// Condition.
    pub given: Given,
    /// Paths with exactly k defaults, k from 0.
    pub paths_by_count: Vec<u64>,
    /// Probability of at least k defaults, k from 0.
    pub at_least: Vec<Estimate>,
}

/// Gross over net loss of the system in W0: how much counting stakes at holder and issuer inflates the loss (model 8.2).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GrossOverNet {
    /// Condition.
    pub given: Given,
    /// Ratio of expectations with a paired delta-method interval; none where the net loss is below five standard errors.
    pub ratio: Option<Estimate>,
}

/// How much worse one world is than another for one loss (model 8.4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Amplification {
    /// Loss.
    pub metric: Metric,
    /// Firm, or none for the system.
    pub firm: Option<usize>,
    /// Variant: base, S = 0, or look-through.
    pub panel: Panel,
    /// The world that W0 is compared with: W2 gives A, W1 gives C.
    pub against: WorldName,
    /// Condition.
    pub given: Given,
    /// Mean in W0.
    pub mean: Estimate,
    /// Mean in the other world.
    pub other_mean: Estimate,
    /// Ratio of expectations with a paired delta-method interval; none where the other mean is below five standard errors.
    pub ratio: Option<Estimate>,
    /// Paired difference.
    pub difference: Estimate,
    /// Ratio of ES at 95 and 99 % where both are positive, as (level, ratio with a batch-means interval).
    pub es_ratio: Vec<(f64, Estimate)>,
    /// Paths.
    pub paths: u64,
}

/// Levels of the quantiles in a [`FanRow`].
pub const FAN_LEVELS: [f64; 7] = [0.05, 0.20, 0.35, 0.50, 0.65, 0.80, 0.95];

/// Quantiles of one quantity of one firm in one quarter, W0, every path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FanRow {
    /// Firm.
    pub firm: usize,
    /// Quantity.
    pub quantity: FanQuantity,
    /// Quarter; 0 is the as-of date.
    pub quarter: usize,
    /// Value in the plan.
    pub plan: f64,
    /// Quantiles at [`FAN_LEVELS`]. Of the as-of date, where nothing has happened yet, the value that is known.
    pub quantiles: [Estimate; 7],
    /// Values of the first three paths.
    pub samples: [f64; 3],
}

/// What firm `hit` loses when firm `failing` defaults.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ContagionCell {
    /// The firm that fails.
    pub failing: usize,
    /// The firm that is hit.
    pub hit: usize,
    /// Mean excess over W2 on the same draws, given that `failing` defaults in W0: the mark-to-market loss of `hit` in W0 minus that in W2, as a share of its value
    /// at the as-of date.
    pub excess_share: Estimate,
    /// Paths in which `failing` defaults.
    pub paths: u64,
}

/// What one purchase commitment is expected to deliver, W0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContractRow {
    /// Identifier.
    pub id: String,
    /// Buyer.
    pub buyer: usize,
    /// Seller; none is outside.
    pub seller: Option<usize>,
    /// Stage at the as-of date.
    pub stage: Stage,
    /// Condition.
    pub given: Given,
    /// Planned within the horizon, USD billion.
    pub planned_usd_bn: f64,
    /// Of which committed.
    pub committed_usd_bn: f64,
    /// Expected shortfall of payments against plan.
    pub shortfall_usd_bn: Estimate,
    /// Expected committed amount not paid.
    pub unpaid_usd_bn: Estimate,
    /// Probability that any committed amount goes unpaid.
    pub any_unpaid: Estimate,
}

/// One line of the no-shock plan: one firm in one calendar year, USD billion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanRow {
    /// Firm.
    pub firm: usize,
    /// Calendar year.
    pub year: i32,
    /// External revenue.
    pub external_revenue_usd_bn: f64,
    /// Network revenue.
    pub network_revenue_usd_bn: f64,
    /// Fixed and variable operating costs.
    pub operating_cost_usd_bn: f64,
    /// Interest and principal repaid.
    pub debt_service_usd_bn: f64,
    /// Discretionary external capital expenditure.
    pub capex_usd_bn: f64,
    /// Network and outside purchases under contract.
    pub purchases_usd_bn: f64,
    /// Of which committed.
    pub committed_usd_bn: f64,
    /// Tranches received from firms.
    pub network_equity_usd_bn: f64,
    /// Tranches received from outside investors under contract.
    pub outside_tranches_usd_bn: f64,
    /// Tranches paid.
    pub investments_usd_bn: f64,
    /// New outside equity, not under contract.
    pub new_equity_usd_bn: f64,
    /// New outside debt, not under contract.
    pub new_debt_usd_bn: f64,
    /// Outside equity and debt that could have been raised.
    pub outside_capacity_usd_bn: f64,
    /// Cash at the end of the year.
    pub closing_cash_usd_bn: f64,
    /// Enterprise value at the end of the year.
    pub enterprise_value_usd_bn: f64,
    /// Equity value at the end of the year.
    pub equity_value_usd_bn: f64,
}

/// Kinds of money flow, for the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowKind {
    /// Purchases under contract within the horizon.
    Purchase,
    /// Tranches in the plan.
    Investment,
    /// Tranches and purchases of deals not yet signed, at their reported size.
    Unsigned,
    /// Stakes held at the as-of date, at fair value.
    Stake,
    /// Loans at the as-of date.
    Loan,
    /// Warrants, at the price of the as-of date.
    Warrant,
    /// Backstops, at their cap.
    Backstop,
}

impl FlowKind {
    /// Every kind, in the order of the enum.
    pub const ALL: [FlowKind; 7] = [
        FlowKind::Purchase,
        FlowKind::Investment,
        FlowKind::Unsigned,
        FlowKind::Stake,
        FlowKind::Loan,
        FlowKind::Warrant,
        FlowKind::Backstop,
    ];
}

/// Planned dollars between two firms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowRow {
    /// Who pays or holds; none is outside.
    pub from: Option<usize>,
    /// Who receives or is held; none is outside.
    pub to: Option<usize>,
    /// Kind.
    pub kind: FlowKind,
    /// USD billion within the horizon.
    pub usd_bn: f64,
    /// Whether it lies on the largest round trip: the pair of firms with the largest smaller direction.
    pub in_largest_loop: bool,
}

/// One firm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FirmInfo {
    /// Identifier.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Kind.
    pub kind: Kind,
    /// Fair equity value at the as-of date, USD billion.
    pub value_usd_bn: f64,
    /// External debt at the as-of date, USD billion.
    pub debt_usd_bn: f64,
}

/// How well the fixed points were solved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SolverReport {
    /// Solves that did not reach their tolerance.
    pub failed: u64,
    /// Path-quarters in which somebody was short, so that payments were cleared one path at a time.
    pub short_quarters: u64,
    /// Most sweeps that one solve took.
    pub most_sweeps: u64,
    /// Largest residual of the order fixed point, relative to plan purchases.
    pub order_residual: f64,
    /// Largest residual of payment clearing, relative to the largest obligation.
    pub payment_residual: f64,
    /// Largest residual of the value fixed point, relative to the largest value.
    pub value_residual: f64,
    /// Numbers that were not finite and were kept out of the tables.
    pub non_finite: u64,
    /// Numbers too large for the fixed-point sums, counted at their bound.
    pub saturated: u64,
    /// Paths whose own drawn parameters make the plan unfinanceable.
    pub unfinanceable_paths: u64,
}

/// Loss by channel: exact Shapley values over orders, payments, valuation and financing (model 8.5), for a scripted scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelRow {
    /// Loss.
    pub metric: Metric,
    /// Firm, or none for the system.
    pub firm: Option<usize>,
    /// Loss in W2: the firm's own shock.
    pub own: f64,
    /// Orders, payments, valuation of stakes, financing: their Shapley values.
    pub shapley: [f64; 4],
    /// The same with one channel switched on alone.
    pub one_in: [f64; 4],
    /// The same with one channel switched off alone.
    pub leave_one_out: [f64; 4],
    /// Loss in W0.
    pub total: f64,
}

/// One path told as a story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathStory {
    /// Number of the path.
    pub path: u64,
    /// Net loss of the system against plan in W0, USD billion.
    pub net_loss_usd_bn: f64,
    /// Whether it has a bust quarter.
    pub has_bust: bool,
    /// What happened, by quarter.
    pub events: Vec<StoryEvent>,
}

/// One thing that happened on a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryEvent {
    /// Quarter, 1 the first after the as-of date.
    pub quarter: usize,
    /// What it is, for programs.
    pub kind: String,
    /// The same as a sentence without a full stop.
    pub text: String,
}

/// A thing that a reader should know, with advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What.
    pub text: String,
    /// What to do about it.
    pub advice: String,
}

/// What the scenario was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScenarioInfo {
    /// Name: also that of the output folder.
    pub name: String,
    /// Title.
    pub title: String,
    /// As-of date.
    pub as_of: String,
    /// SHA-256 of the resolved scenario.
    pub hash: String,
    /// Labels of quarters 1 to the horizon.
    pub quarters: Vec<String>,
    /// Whether anything was drawn.
    pub random: bool,
    /// Exposures and their evidence.
    pub exposures: Vec<Exposure>,
    /// Numbers that were drawn on each path, as (name, distribution in words).
    pub uncertain: Vec<(String, String)>,
    /// Every parameter of the shocks and rules, as (name, value).
    pub parameters: Vec<(String, f64)>,
}

/// What was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Number of paths.
    pub paths: u64,
    /// Paths of the variants with S = 0 and with look-through.
    pub variant_paths: u64,
    /// Paths with at least one bust quarter.
    pub bust_paths: u64,
    /// Probability of at least one bust quarter.
    pub bust_probability: Option<Estimate>,
    /// How paths were chosen: plain, stratified or importance.
    pub sampling: String,
    /// Candidates that the paths were chosen among; none for plain sampling.
    pub candidates: Option<u64>,
    /// Number of equally weighted paths with the same sum of squared weights.
    pub effective_paths: f64,
    /// Seed.
    pub seed: u64,
    /// Version of the program.
    pub version: String,
}

/// Headline numbers on the first paths of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ConvergencePoint {
    /// Paths.
    pub paths: u64,
    /// Mean net loss of the system in W0, USD billion.
    pub mean_net_loss: Option<Estimate>,
    /// Its expected shortfall at 99 %.
    pub es99_net_loss: Option<Estimate>,
    /// Mean net loss given a bust, W0 over W2.
    pub amplification_given_bust: Option<Estimate>,
}

/// Everything that a run found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Scenario.
    pub scenario: ScenarioInfo,
    /// Run.
    pub run: RunInfo,
    /// Firms.
    pub firms: Vec<FirmInfo>,
    /// Distributions of losses.
    pub losses: Vec<LossRow>,
    /// Exceedance curves.
    pub exceedance: Vec<ExceedancePoint>,
    /// Histograms.
    pub histogram: Vec<HistogramBar>,
    /// Defaults by firm.
    pub defaults: Vec<DefaultRow>,
    /// Defaults together.
    pub joint: Vec<JointRow>,
    /// Numbers of defaults.
    pub default_counts: Vec<DefaultCount>,
    /// Gross over net loss.
    pub gross_over_net: Vec<GrossOverNet>,
    /// Amplification.
    pub amplification: Vec<Amplification>,
    /// Fans.
    pub fans: Vec<FanRow>,
    /// How the headline numbers settle.
    pub convergence: Vec<ConvergencePoint>,
    /// Who hurts whom.
    pub contagion: Vec<ContagionCell>,
    /// Purchase commitments.
    pub contracts: Vec<ContractRow>,
    /// The plan.
    pub plan: Vec<PlanRow>,
    /// Planned dollars between firms.
    pub flows: Vec<FlowRow>,
    /// Channels, for scripted scenarios.
    pub channels: Vec<ChannelRow>,
    /// The worst paths told as stories, the worst first.
    #[serde(default)]
    pub stories: Vec<PathStory>,
    /// Solver.
    pub solver: SolverReport,
    /// Warnings.
    pub warnings: Vec<Warning>,
}

impl Results {
    /// The row of one metric, if it was recorded.
    pub fn loss(&self, metric: Metric, firm: Option<usize>, world: WorldName, panel: Panel, given: Given) -> Option<&LossRow> {
        self.losses.iter().find(|r| r.metric == metric && r.firm == firm && r.world == world && r.panel == panel && r.given == given)
    }

    /// The comparison of one metric, of the system or of a firm, with another world.
    pub fn amplification_of(
        &self,
        metric: Metric,
        firm: Option<usize>,
        panel: Panel,
        against: WorldName,
        given: Given,
    ) -> Option<&Amplification> {
        let is_it =
            |a: &&Amplification| a.metric == metric && a.firm == firm && a.panel == panel && a.against == against && a.given == given;
        self.amplification.iter().find(is_it)
    }

    /// The default row of one firm in the base panel.
    pub fn default_of(&self, firm: usize, world: WorldName, given: Given) -> Option<&DefaultRow> {
        self.defaults.iter().find(|r| r.firm == firm && r.world == world && r.panel == Panel::Base && r.given == given)
    }

    /// Index of a firm by identifier.
    pub fn firm(&self, id: &str) -> Option<usize> {
        self.firms.iter().position(|f| f.id == id)
    }
}
