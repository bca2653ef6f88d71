//! Payments of firms that owe each other and the outside: Eisenberg & Noe (2001), with default costs Rogers & Veraart (2013). The engine's payment
//! clearing with one class of debt inside the network.

use super::network::{Network, sums};
use super::{Solution, both, same};
use crate::clearing::payments::{self, Claim, Class, Payment, Position, Workspace};
use crate::clearing::{FixedPoint, Solved};
use crate::error::{Error, Result};

/// How debts to the outside rank. Published programs differ, so it must be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// Paid before debts to firms.
    Senior,
    /// Paid pro rata with debts to firms: the outside is one more creditor.
    PariPassu,
}

/// What survives a default: shares of the external assets (alpha) and of the payments received (beta), between 0 and 1. Both 1: Eisenberg and Noe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recovery {
    /// Of external assets.
    pub assets: f64,
    /// Of payments received.
    pub inflow: f64,
}

impl Recovery {
    /// No costs of default.
    pub const FULL: Recovery = Recovery { assets: 1.0, inflow: 1.0 };

    pub(in crate::clearing) fn check(self) -> Result<()> {
        if [self.assets, self.inflow].iter().all(|r| (0.0..=1.0).contains(r)) {
            return Ok(());
        }
        Err(Error::Usage(format!("recoveries of {} and {}: expected shares from 0 to 1", self.assets, self.inflow)))
    }
}

/// One clearing vector; one entry per firm, in money.
#[derive(Debug, Clone, PartialEq)]
pub struct Cleared {
    /// Paid: to firms alone where the outside is senior, to firms and the outside where it ranks with them.
    pub paid: Vec<f64>,
    /// Owed to those whom `paid` pays.
    pub owed: Vec<f64>,
    /// External assets and payments received less all debts at face value: what is left, or what is missing if negative. Costs of default are not in it.
    pub net_worth: Vec<f64>,
    /// Lost in the default.
    pub dead_weight: Vec<f64>,
    /// Who cannot pay in full.
    pub defaulted: Vec<bool>,
}

/// Clears the debts of a network: the greatest and the least clearing vector.
///
/// Stakes are not looked at. Ties are solvent, within 1e-9 of what is owed.
///
/// # Errors
/// [`Error::Usage`] for a network that [`Network::check`] refuses and for recoveries outside 0 to 1.
pub fn clear(network: &Network, outside: Outside, recovery: Recovery) -> Result<Solution<Cleared>> {
    network.check()?;
    recovery.check()?;
    let (positions, claims) = (positions(network, outside, recovery), claims(network));
    let solve = |which| end(network, &positions, &claims, which);
    let (best, worst) = (solve(FixedPoint::Greatest), solve(FixedPoint::Least));
    let unique = same(&best.0.paid, &worst.0.paid) && best.0.defaulted == worst.0.defaulted;
    Ok(Solution { best: best.0, worst: worst.0, unique, solved: both(best.1, worst.1) })
}

/// The debts among firms as the payment clearing takes them.
pub(in crate::clearing) fn claims(network: &Network) -> Vec<Claim> {
    network.debts.iter().map(|e| Claim { from: e.from, to: e.to, amount: e.amount, class: Class::Hard }).collect()
}

/// The firms as the payment clearing takes them.
pub(in crate::clearing) fn positions(network: &Network, outside: Outside, recovery: Recovery) -> Vec<Position> {
    let inside = network.owed_inside();
    let position = |i: usize| {
        let external = network.external_liabilities[i];
        let (senior, hard) = if outside == Outside::Senior { (external, inside[i]) } else { (0.0, inside[i] + external) };
        Position {
            own: network.external_assets[i],
            senior,
            hard,
            recovery_own: recovery.assets,
            recovery_inflow: recovery.inflow,
            ..Position::default()
        }
    };
    (0..network.firms()).map(position).collect()
}

fn end(network: &Network, positions: &[Position], claims: &[Claim], which: FixedPoint) -> (Cleared, Solved) {
    let mut work = Workspace::default();
    let solved = payments::clear(positions, claims, which, &mut work);
    let all = |f: fn(&Payment) -> f64| -> Vec<f64> { work.payments.iter().map(f).collect() };
    let received = all(|p| p.inflow);
    let debts = sums(network.firms(), &network.debts, |e| e.from);
    let left = |i: usize| network.external_assets[i] + received[i] - network.external_liabilities[i] - debts[i];
    let cleared = Cleared {
        paid: all(|p| p.hard),
        owed: positions.iter().map(|p| p.hard).collect(),
        net_worth: (0..network.firms()).map(left).collect(),
        dead_weight: all(|p| p.dead_weight),
        defaulted: work.payments.iter().map(|p| p.defaulted).collect(),
    };
    (cleared, solved)
}
