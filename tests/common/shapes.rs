//! Special shapes of random systems: what ordinary random systems seldom are. Each changes a system that `random` has built, from dice of its own.
#![allow(dead_code)]

use bubblerisk::model::*;

use super::random::{Dice, enterprise_values, set_values};
use super::{purchase, stake, tranche};

/// Most that firms may hold of one firm.
pub const MOST_HELD: f64 = 0.95;

/// The shape of a random system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As it comes.
    Any,
    /// No firm sells anything outside the network.
    NoRevenue,
    /// Two firms own each other, up to the most that is allowed.
    Mutual,
    /// Firms hold the most that is allowed of every firm.
    NearSingular,
    /// A circle of discretionary purchases by firms that answer more than in proportion: orders have several fixed points.
    Accelerators,
    /// A circle of take-or-pay purchases between firms short of cash, with default costs and tranches from seller to buyer: payments have several.
    Winstar,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Shape; 6] = [Shape::Any, Shape::NoRevenue, Shape::Mutual, Shape::NearSingular, Shape::Accelerators, Shape::Winstar];

    /// Gives the system this shape; shapes that need two firms leave a single one as it is. Enterprise values stay what they were.
    pub fn apply(self, m: &mut Model, seed: u64) {
        let mut dice = Dice(seed ^ 0x7368_6170);
        if self == Shape::NoRevenue {
            m.firms.iter_mut().for_each(|f| f.external_revenue_usd_bn.iter_mut().for_each(|x| *x = 0.0));
        }
        if self == Shape::Any || m.firms.len() < 2 {
            return;
        }
        let enterprise = enterprise_values(m);
        match self {
            Shape::Any | Shape::NoRevenue => {}
            Shape::Mutual => mutual(&mut dice, m),
            Shape::NearSingular => near_singular(&mut dice, m),
            Shape::Accelerators => accelerators(&mut dice, m),
            Shape::Winstar => winstar(&mut dice, m),
        }
        set_values(m, &enterprise);
    }
}

fn mutual(dice: &mut Dice, m: &mut Model) {
    m.stakes = vec![stake(0, 1, dice.between(0.5, MOST_HELD)), stake(1, 0, MOST_HELD)];
}

/// One to three holders share [`MOST_HELD`] of every firm.
fn near_singular(dice: &mut Dice, m: &mut Model) {
    let n = m.firms.len();
    m.stakes.clear();
    for issuer in 0..n {
        let holders = 1 + dice.below(3.min(n - 1));
        let first = dice.below(n - 1);
        for k in 0..holders {
            let holder = (issuer + 1 + (first + k) % (n - 1)) % n;
            m.stakes.push(stake(holder as u32, issuer as u32, MOST_HELD / holders as f64));
        }
    }
}

/// Purchases in a circle, each firm buying from the next.
fn circle(dice: &mut Dice, m: &mut Model, tau: (f64, f64), size: (f64, f64)) {
    let (n, h) = (m.firms.len(), m.horizon_quarters);
    m.purchases = (0..n)
        .map(|b| {
            let amount = dice.between(size.0, size.1);
            purchase(&format!("circle{b}"), b as u32, ((b + 1) % n) as u32, amount, dice.between(tau.0, tau.1), h)
        })
        .collect();
}

fn accelerators(dice: &mut Dice, m: &mut Model) {
    circle(dice, m, (0.0, 0.2), (3.0, 6.0));
    for f in &mut m.firms {
        f.external_revenue_usd_bn.iter_mut().for_each(|x| *x = dice.between(0.5, 1.5));
        f.numbers.spending_elasticity = dice.between(1.5, 2.5);
        f.numbers.variable_cost_ratio = dice.between(0.0, 0.2);
        f.numbers.cash_usd_bn = dice.between(2.0, 10.0);
    }
    m.rules.numbers.spending_cap = 1.5;
}

fn winstar(dice: &mut Dice, m: &mut Model) {
    let n = m.firms.len();
    circle(dice, m, (1.0, 1.0), (4.0, 6.0));
    m.backstops.clear();
    m.tranches = (0..n).map(|b| tranche(&format!("vendor{b}"), ((b + 1) % n) as u32, b as u32, dice.between(0.5, 4.0), 1)).collect();
    for f in &mut m.firms {
        f.external_revenue_usd_bn.iter_mut().for_each(|x| *x = 1.0);
        f.fixed_cost_usd_bn.iter_mut().for_each(|x| *x = dice.between(0.5, 1.5));
        f.capex_usd_bn.iter_mut().for_each(|x| *x = 0.0);
        // Nothing falls due and nothing can be raised: who is short is short.
        f.debt_maturing.iter_mut().for_each(|x| *x = 0.0);
        let n = &mut f.numbers;
        (n.variable_cost_ratio, n.minimum_cash_usd_bn, n.credit_line_usd_bn) = (0.0, 0.0, 0.0);
        (n.cash_usd_bn, n.equity_capacity_per_quarter, n.loan_to_value) = (dice.between(0.3, 2.5), 0.0, 0.0);
        (n.default_recovery_own, n.default_recovery_incoming) = (dice.between(0.3, 0.9), dice.between(0.3, 0.9));
        n.revenue_volatility_per_quarter = dice.between(0.1, 0.4);
    }
}
