//! What is uncertain about a scenario: the numbers that it gives as distributions, and those that section 13 of the model holds to be judgement. No simulation.

use crate::model::{Distribution, FirmNumber, GroupNumber, Kind, Model, PurchaseNumber, RuleNumber, ShockNumber, Slot, TrancheNumber};
use crate::stats::{beta_quantile, normal};
use serde::{Deserialize, Serialize};

/// Where an input's range is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeFrom {
    /// The scenario gives the number as a distribution.
    Scenario,
    /// The scenario gives one value; the range is the model's (section 13), and half of the probability lies on each side of the value.
    Judgement,
}

/// How a slot follows its input.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    /// Quantile of a distribution.
    Drawn(Distribution),
    /// Evenly from low to the scenario's own value below one half, and from it to high above.
    Spread { low: f64, own: f64, high: f64 },
}

/// One input of the sensitivity analysis: a number, or several that move together.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Path in the scenario, such as `firm.openai.plan_realism`; with a star where it stands for several.
    pub name: String,
    /// Where its range is from.
    pub range_from: RangeFrom,
    slots: Vec<(Slot, Rule)>,
}

impl Input {
    /// Value of its first number at level `u` of its distribution, from 0 to 1.
    pub fn value(&self, u: f64) -> f64 {
        self.slots.first().map_or(0.0, |(_, rule)| rule.value(u))
    }

    /// How many numbers of the model move with it.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether no number does: never so for an input of [`inputs`].
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Level at which its numbers stand at their centres.
    pub fn centre(&self) -> f64 {
        match self.slots.first() {
            Some((_, Rule::Drawn(d))) => level_of(d, d.central()),
            _ => 0.5,
        }
    }
}

impl Rule {
    fn value(&self, u: f64) -> f64 {
        match *self {
            Rule::Drawn(d) => quantile(&d, u),
            Rule::Spread { low, own, .. } if u < 0.5 => low + 2.0 * u * (own - low),
            Rule::Spread { own, high, .. } => own + (2.0 * u - 1.0) * (high - own),
        }
    }
}

/// A model in which nothing is uncertain but chance: every input at its level.
pub fn model_at(model: &Model, inputs: &[Input], levels: &[f64]) -> Model {
    let mut out = model.clone();
    out.uncertain.clear();
    for (input, &u) in inputs.iter().zip(levels) {
        input.slots.iter().for_each(|(slot, rule)| out.set_number(*slot, rule.value(u)));
    }
    out
}

/// Every input of a scenario: first its own distributions in order, then the judged numbers that it gives as one value.
pub fn inputs(model: &Model) -> Vec<Input> {
    let mut out: Vec<Input> = Vec::new();
    for uncertain in &model.uncertain {
        let slot = (uncertain.slot, Rule::Drawn(uncertain.distribution));
        // Numbers of one name share one draw: they are one input.
        match out.iter_mut().find(|i| i.name == uncertain.name) {
            Some(input) => input.slots.push(slot),
            None => out.push(Input { name: uncertain.name.clone(), range_from: RangeFrom::Scenario, slots: vec![slot] }),
        }
    }
    let judged = judged(model).into_iter().filter_map(|(name, slots, bounds)| spread(model, name, slots, bounds));
    let judged: Vec<Input> = judged.collect();
    out.extend(judged);
    out
}

/// An input of the numbers in `slots` that are not uncertain already; none if there is none, or if nothing would move.
fn spread(model: &Model, name: &str, slots: Vec<Slot>, bounds: Bounds) -> Option<Input> {
    // A number without end, such as the degrees of freedom of normal shocks, is a choice and has no range around it.
    let is_certain = |slot: &Slot| model.number(*slot).is_finite() && !model.uncertain.iter().any(|u| u.slot == *slot);
    let rule = |slot: Slot| {
        let own = model.number(slot);
        let (low, high) = match bounds {
            Bounds::Between(low, high) => (low.min(own), high.max(own)),
            Bounds::Times(low, high) => (low * own, high * own),
        };
        (slot, Rule::Spread { low, own, high })
    };
    let slots: Vec<(Slot, Rule)> = slots.into_iter().filter(is_certain).map(rule).collect();
    let moves = slots.iter().any(|(_, r)| matches!(r, Rule::Spread { low, high, .. } if low < high));
    let name = match slots[..] {
        // One number is called by its own name.
        [(slot, _)] => named(model, slot).unwrap_or_else(|| name.to_string()),
        _ => name.to_string(),
    };
    moves.then_some(Input { name, range_from: RangeFrom::Judgement, slots })
}

/// Path of a number of a firm, purchase or tranche in the scenario; none for the numbers that there is one of.
fn named(model: &Model, slot: Slot) -> Option<String> {
    fn field<F: PartialEq>(all: &[(F, &'static str)], wanted: F) -> Option<&'static str> {
        all.iter().find(|f| f.0 == wanted).map(|f| f.1)
    }
    match slot {
        Slot::Firm(f, i) => Some(format!("firm.{}.{}", model.firms[i].id, field(FirmNumber::ALL, f)?)),
        Slot::Purchase(f, c) => Some(format!("purchase.{}.{}", model.purchases[c].id, field(PurchaseNumber::ALL, f)?)),
        Slot::Tranche(f, k) => Some(format!("investment.{}.{}", model.tranches[k].id, field(TrancheNumber::ALL, f)?)),
        Slot::Group(f, g) => Some(format!("group.{}.{}", model.groups[g].id, field(GroupNumber::ALL, f)?)),
        _ => None,
    }
}

/// Range of a judged number: absolute, or relative to the scenario's value.
#[derive(Clone, Copy)]
enum Bounds {
    Between(f64, f64),
    Times(f64, f64),
}

/// The judged numbers of section 13 with their ranges, and which numbers of a model they are.
fn judged(model: &Model) -> Vec<(&'static str, Vec<Slot>, Bounds)> {
    use Bounds::{Between, Times};
    [shock_numbers(), firm_numbers(model)]
        .concat()
        .into_iter()
        .chain([
            ("group.*.logit_drift_per_quarter", each(model.groups.len(), |g| Slot::Group(GroupNumber::LogitDrift, g)), Between(-0.15, 0.0)),
            ("group.*.price_elasticity", each(model.groups.len(), |g| Slot::Group(GroupNumber::PriceElasticity, g)), Between(0.0, 1.5)),
            (
                "purchase.*.enforceability",
                each(model.purchases.len(), |c| Slot::Purchase(PurchaseNumber::Enforceability, c)),
                Between(0.5, 1.0),
            ),
            ("purchase.*.take_or_pay", each(model.purchases.len(), |c| Slot::Purchase(PurchaseNumber::TakeOrPay, c)), Between(0.2, 1.0)),
            ("investment.*.valuation_floor", floors(model), Between(0.4, 0.9)),
            ("investment.*.purchase_coupling", coupling(model, TrancheNumber::PurchaseCoupling), Between(0.0, 2.0)),
            ("investment.*.investor_coupling", coupling(model, TrancheNumber::InvestorCoupling), Between(0.0, 2.0)),
            ("rules.circular_revenue_weight", vec![Slot::Rule(RuleNumber::CircularRevenueWeight)], Between(0.0, 1.0)),
            ("firm.*.equity_capacity_per_quarter", firms(model, FirmNumber::EquityCapacity, |_| true), Times(0.2, 2.0)),
            ("firm.*.revenue_volatility_per_quarter", firms(model, FirmNumber::RevenueVolatility, |_| true), Times(0.5, 2.0)),
        ])
        .collect()
}

type Judged = (&'static str, Vec<Slot>, Bounds);

fn shock_numbers() -> Vec<Judged> {
    use ShockNumber as S;
    let list = [
        ("shocks.boom_to_bust_per_quarter", S::BoomToBust, 0.025, 0.10),
        ("shocks.bust_to_boom_per_quarter", S::BustToBoom, 0.08, 0.33),
        ("shocks.sentiment_mean_bust", S::SentimentMeanBust, -2.0, -0.4),
        ("shocks.sentiment_sd_boom", S::SentimentSdBoom, 0.05, 0.30),
        ("shocks.sentiment_sd_bust", S::SentimentSdBust, 0.05, 0.30),
        ("shocks.demand_drift_bust", S::DemandDriftBust, -0.10, 0.0),
        ("shocks.demand_sd_boom", S::DemandSdBoom, 0.02, 0.10),
        ("shocks.demand_sd_bust", S::DemandSdBust, 0.02, 0.10),
        ("shocks.degrees_of_freedom", S::DegreesOfFreedom, 3.0, 10.0),
        ("shocks.clip", S::Clip, 5.0, 8.0),
        ("shocks.correlation_sentiment_demand", S::CorrelationSentimentDemand, 0.2, 0.7),
        ("shocks.bust_funding_share", S::BustFundingShare, 0.1, 0.6),
        ("shocks.efficiency_rate_per_quarter", S::EfficiencyRate, 0.0, 0.08),
        ("shocks.signing_size_sigma", S::SigningSizeSigma, 0.5, 2.0),
    ];
    list.map(|(name, field, low, high)| (name, vec![Slot::Shock(field)], Bounds::Between(low, high))).to_vec()
}

fn firm_numbers(model: &Model) -> Vec<Judged> {
    use FirmNumber as F;
    let all = |_: usize| true;
    let is = |kinds: &'static [Kind]| move |i: usize| kinds.contains(&model.firms[i].kind);
    let clouds: &[Kind] = &[Kind::Hyperscaler, Kind::Neocloud];
    let private = |i: usize| !model.firms[i].listed;
    let between = Bounds::Between;
    vec![
        ("firm.*.spending_elasticity of clouds", firms(model, F::SpendingElasticity, is(clouds)), between(0.7, 2.5)),
        ("firm.*.default_recovery_own", firms(model, F::DefaultRecoveryOwn, all), between(0.7, 1.0)),
        ("firm.*.default_recovery_incoming", firms(model, F::DefaultRecoveryIncoming, all), between(0.7, 1.0)),
        ("firm.*.bankruptcy_cost", firms(model, F::BankruptcyCost, all), between(0.15, 0.5)),
        ("firm.*.recapture", firms(model, F::Recapture, all), between(0.0, 0.8)),
        ("firm.*.revenue_feedback_per_quarter of labs", firms(model, F::RevenueFeedback, is(&[Kind::Lab])), between(0.0, 0.3)),
        ("firm.*.value_elasticity", firms(model, F::ValueElasticity, all), between(1.0, 2.0)),
        ("firm.*.headline_discount of private firms", firms(model, F::HeadlineDiscount, private), between(0.0, 0.33)),
        ("firm.*.price_elasticity", firms(model, F::PriceElasticity, all), between(0.0, 1.5)),
    ]
}

fn each(count: usize, slot: impl Fn(usize) -> Slot) -> Vec<Slot> {
    (0..count).map(slot).collect()
}

fn firms(model: &Model, field: FirmNumber, wanted: impl Fn(usize) -> bool) -> Vec<Slot> {
    (0..model.firms.len()).filter(|&i| wanted(i)).map(|i| Slot::Firm(field, i)).collect()
}

/// Floors of the tranches that have one.
fn floors(model: &Model) -> Vec<Slot> {
    let slots = each(model.tranches.len(), |k| Slot::Tranche(TrancheNumber::ValuationFloor, k));
    slots.into_iter().filter(|&s| model.number(s) > 0.0).collect()
}

/// Couplings of the tranches that a firm of the network pays: an outside investor has neither sales nor a value.
fn coupling(model: &Model, field: TrancheNumber) -> Vec<Slot> {
    let inside = |k: &usize| matches!(model.tranches[*k].investor, crate::model::Investor::Firm(_));
    (0..model.tranches.len()).filter(inside).map(|k| Slot::Tranche(field, k)).collect()
}

/// Quantile of a distribution, within its bounds.
pub fn quantile(distribution: &Distribution, u: f64) -> f64 {
    let (low, high) = distribution.support();
    let z = || normal::quantile(u.clamp(1e-12, 1.0 - 1e-12)).unwrap_or(0.0);
    let found = match *distribution {
        Distribution::Uniform { low, high } => low + u * (high - low),
        Distribution::Triangular { low, mode, high } if high > low => {
            let (width, below) = (high - low, (mode - low) / (high - low));
            if u < below { low + (u * width * (mode - low)).sqrt() } else { high - ((1.0 - u) * width * (high - mode)).sqrt() }
        }
        Distribution::Pert { low, mode, high } if high > low => {
            let (a, b) = (1.0 + 4.0 * (mode - low) / (high - low), 1.0 + 4.0 * (high - mode) / (high - low));
            low + (high - low) * beta_quantile(a, b, u.clamp(0.0, 1.0)).unwrap_or(0.5)
        }
        Distribution::Triangular { mode, .. } | Distribution::Pert { mode, .. } => mode,
        Distribution::Normal { mean, sd, .. } => mean + sd * z(),
        Distribution::LogNormal { median, sigma, .. } => median * (sigma * z()).exp(),
    };
    found.clamp(low.min(high), high.max(low))
}

/// Level at which a distribution has a value: its quantile function inverted by halving.
fn level_of(distribution: &Distribution, value: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if quantile(distribution, middle) < value { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPES: [Distribution; 5] = [
        Distribution::Uniform { low: -1.0, high: 3.0 },
        Distribution::Triangular { low: 0.0, mode: 2.0, high: 3.0 },
        Distribution::Pert { low: 1.0, mode: 2.0, high: 6.0 },
        Distribution::Normal { mean: 2.0, sd: 0.5, low: -8.0, high: 12.0 },
        Distribution::LogNormal { median: 2.0, sigma: 0.5, low: 0.0, high: 1e9 },
    ];

    #[test]
    fn quantiles_have_the_means_of_their_distributions() {
        let means = [1.0, 5.0 / 3.0, 2.5, 2.0, 2.0 * 0.125f64.exp()];
        for (shape, mean) in SHAPES.iter().zip(means) {
            let n = 20_000;
            let sum: f64 = (0..n).map(|k| quantile(shape, (f64::from(k) + 0.5) / f64::from(n))).sum();
            assert!((sum / f64::from(n) - mean).abs() < 2e-3, "{shape:?}: {}", sum / f64::from(n));
        }
    }

    #[test]
    fn levels_are_quantiles_read_backwards() {
        for shape in &SHAPES {
            for u in [0.01, 0.3, 0.5, 0.97] {
                assert!((level_of(shape, quantile(shape, u)) - u).abs() < 1e-9);
            }
            assert!((quantile(shape, level_of(shape, shape.central())) - shape.central()).abs() < 1e-9);
        }
        assert_eq!(quantile(&Distribution::Triangular { low: 2.0, mode: 2.0, high: 2.0 }, 0.3), 2.0);
        assert_eq!(quantile(&Distribution::Normal { mean: 0.0, sd: 1.0, low: -1.0, high: 0.5 }, 0.999), 0.5);
    }

    #[test]
    fn a_spread_number_keeps_its_value_at_the_centre() {
        let rule = Rule::Spread { low: 0.2, own: 0.7, high: 1.0 };
        assert_eq!([0.0, 0.5, 1.0].map(|u| rule.value(u)), [0.2, 0.7, 1.0]);
        assert!((rule.value(0.25) - 0.45).abs() < 1e-15);
    }
}
