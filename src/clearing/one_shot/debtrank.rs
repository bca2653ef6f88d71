//! DebtRank: distress, the lost share of equity, passed on to creditors in proportion to exposure over equity, before anybody defaults. Linear and
//! repeated (Bardoscia, Battiston, Caccioli & Caldarelli 2015), or once per firm (Battiston et al. 2012).

use super::network::{Edge, Network, by_receiver, inflow};
use super::{Solution, sweep};
use crate::clearing::Solved;
use crate::error::{Error, Result};

/// Exposure of creditors in terms of their equity: an edge from debtor to creditor for each debt. Creditors without equity get no edge: they are lost
/// already.
///
/// # Errors
/// [`Error::Usage`] if `equity` has not one entry per firm.
pub fn leverage(network: &Network, equity: &[f64]) -> Result<Vec<Edge>> {
    if equity.len() != network.firms() {
        return Err(Error::Usage(format!("{} equities for {} firms", equity.len(), network.firms())));
    }
    let over = |e: &Edge| (equity[e.to as usize] > 0.0).then(|| Edge { amount: e.amount / equity[e.to as usize], ..*e });
    Ok(network.debts.iter().filter_map(over).collect())
}

/// Linear DebtRank: the least solution of h = min(1, h0 + L h), which its rounds h(k+1) = min(1, h(k) + L (h(k) - h(k-1))) reach, and the greatest.
///
/// `leverage` has an edge from debtor to creditor; `shock` is the lost share of equity of each firm at the start, 0 to 1, and so is the answer.
/// `best` has the least distress.
pub fn linear(leverage: &[Edge], shock: &[f64]) -> Solution<Vec<f64>> {
    let into = by_receiver(shock.len(), leverage);
    let end = |start: Vec<f64>| {
        let mut h = start;
        let solved = sweep(&mut h, |i, h| (shock[i] + inflow(i, leverage, &into, |j| h[j])).min(1.0));
        (h, solved)
    };
    Solution::new(end(shock.to_vec()), end(vec![1.0; shock.len()]), |h| h)
}

/// What is left of each firm's equity, in the unit of `equity`, if losses beyond it are counted too: negative where distress is complete and more is lost.
pub fn equity_left(leverage: &[Edge], shock: &[f64], equity: &[f64], distress: &[f64]) -> Vec<f64> {
    let into = by_receiver(shock.len(), leverage);
    (0..shock.len()).map(|i| equity[i] * (1.0 - shock[i] - inflow(i, leverage, &into, |j| distress[j]))).collect()
}

/// DebtRank of 2012: each firm passes its distress on once, in the round after it was first hit.
///
/// With `capped` no creditor can lose more than all of its equity to one debtor, as published; some programs leave the cap out. The answer is a
/// procedure's, not a fixed point, and so there is no other.
pub fn single_hit(leverage: &[Edge], shock: &[f64], capped: bool) -> (Vec<f64>, Solved) {
    let n = shock.len();
    let out = crate::model::Csr::group(n, leverage.len(), |e| Some(leverage[e].from as usize));
    let mut h = shock.to_vec();
    let mut active: Vec<usize> = (0..n).filter(|&i| h[i] > 0.0).collect();
    let mut hit = vec![false; n];
    active.iter().for_each(|&i| hit[i] = true);
    let mut sweeps = 0;
    while !active.is_empty() {
        sweeps += 1;
        let mut gain = vec![0.0; n];
        for &j in &active {
            for &e in out.of(j) {
                let e = &leverage[e as usize];
                gain[e.to as usize] += h[j] * if capped { e.amount.min(1.0) } else { e.amount };
            }
        }
        (0..n).for_each(|i| h[i] = (h[i] + gain[i]).min(1.0));
        active = (0..n).filter(|&i| gain[i] > 0.0 && !hit[i]).collect();
        active.iter().for_each(|&i| hit[i] = true);
    }
    (h, Solved { sweeps, residual: 0.0, converged: true })
}
