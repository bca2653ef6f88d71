//! Kinds of values that many keys share: numbers, distributions, schedules, dates, provenance. No tables.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use crate::model::Grade;

/// Any value.
pub(super) type Anything = serde_json::Value;

/// A number, or a distribution from which it is drawn once per path.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Number {
    /// The number itself.
    Plain(f64),
    /// A distribution.
    Drawn(Distribution),
}

/// Degrees of freedom: a number, a distribution, or `"inf"` for the normal distribution.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Degrees {
    /// The number itself.
    Plain(f64),
    /// A distribution.
    Drawn(Distribution),
    /// The normal distribution.
    Normal(#[schemars(extend("const" = "inf"))] String),
}

/// A distribution from which a number is drawn once per path, keyed by the number's name. Numbers whose distributions have the same `key` share one draw.
#[derive(JsonSchema)]
#[schemars(tag = "dist", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Distribution {
    /// Every value between two bounds is equally likely.
    Uniform {
        /// Lowest value.
        low: f64,
        /// Highest value.
        high: f64,
        /// Name of a draw that several numbers share.
        key: Option<String>,
    },
    /// Triangular, with its most likely value.
    Triangular {
        /// Lowest value.
        low: f64,
        /// Most likely value.
        mode: f64,
        /// Highest value.
        high: f64,
        /// Name of a draw that several numbers share.
        key: Option<String>,
    },
    /// Beta-PERT (shape 4), with its most likely value: a smoother triangle.
    Pert {
        /// Lowest value.
        low: f64,
        /// Most likely value.
        mode: f64,
        /// Highest value.
        high: f64,
        /// Name of a draw that several numbers share.
        key: Option<String>,
    },
    /// Normal, clipped to bounds.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        #[schemars(extend("exclusiveMinimum" = 0))]
        sd: f64,
        /// Lower bound; by default six standard deviations below the mean, or the least that the key allows.
        low: Option<f64>,
        /// Upper bound; by default six standard deviations above the mean, or the most that the key allows.
        high: Option<f64>,
        /// Name of a draw that several numbers share.
        key: Option<String>,
    },
    /// Lognormal, clipped to bounds.
    Lognormal {
        /// Median.
        #[schemars(extend("exclusiveMinimum" = 0))]
        median: f64,
        /// Standard deviation of the logarithm.
        #[schemars(extend("exclusiveMinimum" = 0))]
        sigma: f64,
        /// Lower bound; by default the median times exp(-6 sigma), or the least that the key allows.
        low: Option<f64>,
        /// Upper bound; by default the median times exp(6 sigma), or the most that the key allows.
        high: Option<f64>,
        /// Name of a draw that several numbers share.
        key: Option<String>,
    },
}

/// An amount for each quarter: a plain number is the same amount in every quarter.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Schedule {
    /// The same amount in every quarter.
    Every(#[schemars(extend("minimum" = 0))] f64),
    /// One of the forms below.
    Form(ScheduleForm),
}

/// The forms of a schedule.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ScheduleForm {
    /// `{ flat = 2.5 }`: the same amount in every quarter.
    Flat(f64),
    /// `{ yearly = { "2026" = 30, "2027" = 60 } }`: totals of calendar years, a quarter of the total in each quarter of the year; years not named are zero.
    Yearly(BTreeMap<String, f64>),
    /// `{ ramp = { from = 1, to = 4 } }`: amounts of the first and the last quarter, straight between.
    Ramp(Ramp),
    /// `{ list = [1, 2, 2.5] }`: one amount per quarter from the first quarter on; zero after the last.
    List(Vec<f64>),
    /// `{ growth = { start = 3, rate_per_year = 0.4 } }`: the amount of the first quarter and its growth.
    Growth(Growth),
}

/// A straight line.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Ramp {
    /// Amount of the first quarter.
    from: f64,
    /// Amount of the last quarter.
    to: f64,
}

/// Steady growth.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Growth {
    /// Amount of the first quarter.
    start: f64,
    /// Growth per year; 0.4 is 40 %.
    rate_per_year: f64,
}

/// Debt by maturity: amounts by calendar year, `{ "2026" = 4.2, "2031" = 8 }`, or by quarter, `{ list = [1, 0, 2] }`. What falls due after the horizon, or is not
/// named, matures after it.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Maturities {
    /// By quarter.
    Quarters {
        /// Amounts from the first quarter on.
        list: Vec<f64>,
    },
    /// By calendar year.
    Years(BTreeMap<String, f64>),
}

/// When a loan is repaid.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Repayment {
    /// `{ bullet = "2027Q1" }`: all at once.
    Bullet(Quarter),
    /// `{ linear_until = "2030Q4" }`: in equal parts from the first quarter on.
    LinearUntil(Quarter),
    /// `{ list = [0.1, 0.2] }`: shares of the balance by quarter from the first quarter on; the rest after the horizon.
    List(Vec<f64>),
}

/// How a total is spread: `"flat"`, `"ramp"` (weights 1, 2, 3, ...) or a list of weights, one for each quarter from `start` to `end`.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Shape {
    /// By name.
    Named(ShapeName),
    /// By weight.
    Weights(Vec<f64>),
}

/// Named shapes.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub(super) enum ShapeName {
    /// Equal amounts.
    Flat,
    /// Amounts that grow in equal steps from the first quarter.
    Ramp,
}

/// A date, `2025-12-17`; for sources also a month, `2025-12`, or a year, `"2025"`.
#[derive(JsonSchema)]
#[schemars(transparent)]
pub(super) struct Date(#[schemars(regex(pattern = r"^\d{4}(-\d{2}(-\d{2})?)?$"))] String);

/// A calendar quarter, `2027Q1`.
#[derive(JsonSchema)]
#[schemars(transparent)]
pub(super) struct Quarter(#[schemars(regex(pattern = r"^\d{4}Q[1-4]$"))] String);

/// Where a figure comes from.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Provenance {
    /// Address or document of the figures.
    source: Option<String>,
    /// Date of the figures.
    as_of: Option<Date>,
    /// Grade of the evidence: A filing, B company statement, C press, D judgement.
    grade: Option<Grade>,
    /// Anything a reader should know.
    note: Option<String>,
}
