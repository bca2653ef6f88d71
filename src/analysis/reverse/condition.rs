//! What a path must do to count: terms about failures, losses and unpaid commitments, joined by and, or, not. Not how a condition is written: `language.rs`.

use crate::model::Model;
use serde::{Deserialize, Serialize};

/// What a term looks at on a path, in W0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Whether a firm fails: 1 or 0.
    Default {
        /// Firm.
        firm: usize,
    },
    /// Whether any firm fails.
    AnyDefault,
    /// Number of firms that fail.
    Defaults,
    /// Net loss of the system against plan, USD billion (model 8.2).
    SystemLoss,
    /// Mark-to-market loss of a firm's shareholders from today, USD billion (model 8.1).
    FirmLoss {
        /// Firm.
        firm: usize,
    },
    /// Committed purchases not paid, cumulated, USD billion.
    Unpaid {
        /// Who should have paid.
        buyer: usize,
        /// To whom; none is every seller.
        seller: Option<usize>,
    },
    /// Revenue short of plan over planned revenue, both cumulated.
    RevenueGap {
        /// Firm.
        firm: usize,
    },
}

impl Measure {
    /// Whether it is known only at the horizon.
    pub fn needs_horizon(self) -> bool {
        matches!(self, Measure::SystemLoss | Measure::FirmLoss { .. })
    }

    /// Whether it says yes or no, so that there is no number to compare it with.
    pub fn is_yes_or_no(self) -> bool {
        matches!(self, Measure::Default { .. } | Measure::AnyDefault)
    }

    /// The firms that it names.
    pub fn firms(self) -> [Option<usize>; 2] {
        match self {
            Measure::Default { firm } | Measure::FirmLoss { firm } | Measure::RevenueGap { firm } => [Some(firm), None],
            Measure::Unpaid { buyer, seller } => [Some(buyer), seller],
            Measure::AnyDefault | Measure::Defaults | Measure::SystemLoss => [None, None],
        }
    }
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

impl Comparison {
    /// Whether `x` stands so to `bound`; what is not a number never does.
    pub fn holds(self, x: f64, bound: f64) -> bool {
        match self {
            Comparison::Above => x > bound,
            Comparison::AtLeast => x >= bound,
            Comparison::Below => x < bound,
            Comparison::AtMost => x <= bound,
        }
    }
}

/// One statement about a path.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// What is looked at.
    pub measure: Measure,
    /// How it is compared; at least 1 for what says yes or no.
    pub comparison: Comparison,
    /// With what.
    pub bound: f64,
    /// The quarter at whose end it is looked at; none is the horizon.
    pub by_quarter: Option<usize>,
}

/// Terms joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// One term, by its place among the terms.
    Term(usize),
    /// The opposite.
    Not(Box<Node>),
    /// All of them.
    All(Vec<Node>),
    /// At least one of them.
    Any(Vec<Node>),
}

impl Node {
    fn holds(&self, term: &impl Fn(usize) -> bool) -> bool {
        match self {
            Node::Term(k) => term(*k),
            Node::Not(inside) => !inside.holds(term),
            Node::All(parts) => parts.iter().all(|n| n.holds(term)),
            Node::Any(parts) => parts.iter().any(|n| n.holds(term)),
        }
    }
}

/// A whole condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// As written.
    pub text: String,
    /// Its terms in the order in which they stand.
    pub terms: Vec<Term>,
    /// How they are joined.
    pub root: Node,
}

impl Condition {
    /// Whether it holds, given the value of each term's measure.
    pub fn holds(&self, value: impl Fn(usize) -> f64) -> bool {
        self.root.holds(&|k| self.terms.get(k).is_some_and(|t| t.comparison.holds(value(k), t.bound)))
    }

    /// The last quarter that it looks at.
    pub fn last_quarter(&self, model: &Model) -> usize {
        self.terms.iter().map(|t| t.by_quarter.unwrap_or(model.horizon_quarters)).max().unwrap_or(model.horizon_quarters)
    }

    /// The firms that it names, in the order in which they stand.
    pub fn firms(&self) -> Vec<usize> {
        let mut found = Vec::new();
        for firm in self.terms.iter().flat_map(|t| t.measure.firms()).flatten() {
            if !found.contains(&firm) {
                found.push(firm);
            }
        }
        found
    }
}
