//! The threshold cascade: a firm fails when what it lost on failed debtors exceeds its net worth (Furfine 2003). No recovery is computed; the share
//! that creditors lose is given.

use super::Solution;
use super::network::{Network, by_receiver, inflow};
use crate::clearing::Solved;
use crate::error::{Error, Result};

/// Who fails, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Cascade {
    /// Who fails.
    pub defaulted: Vec<bool>,
    /// Wave in which each firm fails, from 0 for those with negative net worth; none for survivors, nor in the worst solution.
    pub wave: Vec<Option<u32>>,
    /// Losses of each firm on failed debtors, in money.
    pub losses: Vec<f64>,
}

/// The cascade from the firms whose net worth is negative at the start, and the largest set of failures that would justify itself.
///
/// `loss_given_default` is the share that creditors of a failed firm lose, between 0 and 1. A firm fails if its losses exceed its net worth.
///
/// # Errors
/// [`Error::Usage`] for a network that [`Network::check`] refuses and for a share outside 0 to 1.
pub fn cascade(network: &Network, loss_given_default: f64) -> Result<Solution<Cascade>> {
    network.check()?;
    if !(0.0..=1.0).contains(&loss_given_default) {
        return Err(Error::Usage(format!("a loss given default of {loss_given_default}: expected a share from 0 to 1")));
    }
    let (best, worst) = (end(network, loss_given_default, false), end(network, loss_given_default, true));
    let unique = best.0.defaulted == worst.0.defaulted;
    Ok(Solution { best: best.0, worst: worst.0, unique, solved: super::both(best.1, worst.1) })
}

fn end(network: &Network, loss_given_default: f64, all_fail: bool) -> (Cascade, Solved) {
    let n = network.firms();
    let (into, net_worth) = (by_receiver(n, &network.debts), network.net_worth());
    let mut defaulted = vec![all_fail; n];
    let mut wave = vec![None; n];
    let mut sweeps = 0;
    loop {
        let lost = |j: usize| if defaulted[j] { loss_given_default } else { 0.0 };
        let losses: Vec<f64> = (0..n).map(|i| inflow(i, &network.debts, &into, lost)).collect();
        let next: Vec<bool> = (0..n).map(|i| net_worth[i] < losses[i]).collect();
        if next == defaulted {
            return (Cascade { defaulted, wave, losses }, Solved { sweeps, residual: 0.0, converged: true });
        }
        (0..n).filter(|&i| next[i] && !defaulted[i]).for_each(|i| wave[i] = Some(sweeps));
        defaulted = next;
        sweeps += 1;
    }
}
