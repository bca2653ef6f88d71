//! Values of firms that own each other: without debt and with costs of failure (Elliott, Golub & Jackson 2014), and with debt and limited liability
//! (Suzuki 2002, Elsinger 2009, Fischer 2014).

use super::linear::throughflow;
use super::network::{Edge, Network, by_receiver, inflow, sums};
use super::{Solution, both, same, sweep};
use crate::clearing::Solved;
use crate::error::{Error, Result};

/// Values of cross-held firms without debt, one entry per firm, in money.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// Assets and stakes: counts what others hold again (V = (I - C)^-1 x).
    pub book: Vec<f64>,
    /// What outside holders own: book value times the share not held by other firms. Sums to the assets.
    pub market: Vec<f64>,
}

/// Values of firms with assets worth `assets` and the given stakes (`to` holds the share `amount` of `from`). Assets may be negative: there is no
/// limited liability here.
///
/// The sum converges unless some group of firms owns itself entirely; if it does not, [`Solved::converged`] is false.
pub fn values(assets: &[f64], stakes: &[Edge]) -> (Values, Solved) {
    let (book, solved) = throughflow(assets, stakes);
    let held = sums(assets.len(), stakes, |e| e.from);
    let market = book.iter().zip(held).map(|(v, share)| v * (1.0 - share)).collect();
    (Values { book, market }, solved)
}

/// Who fails, in which wave, and what firms are worth afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct Failures {
    /// Market value of each firm after failure costs, in money.
    pub market: Vec<f64>,
    /// Who fails: market value below the threshold, strictly.
    pub failed: Vec<bool>,
    /// Firms that fail in each wave; empty for the worst solution.
    pub waves: Vec<Vec<usize>>,
}

/// The cascade of failures: a firm whose market value is below its threshold loses `cost` of its assets, which lowers the values of its holders.
///
/// `market_of` gives market values for assets, as `|x| { let (v, s) = values(x, &stakes); (v.market, s) }` does; it must not fall when assets rise. All
/// slices have one entry per firm, in money. Best: starting with nobody failed. Worst: starting with everybody failed.
///
/// # Errors
/// [`Error::Usage`] for slices of different lengths or costs below zero.
pub fn failures(
    assets: &[f64],
    threshold: &[f64],
    cost: &[f64],
    market_of: impl Fn(&[f64]) -> (Vec<f64>, Solved),
) -> Result<Solution<Failures>> {
    if assets.len() != threshold.len() || assets.len() != cost.len() || cost.iter().any(|c| c.is_nan() || *c < 0.0) {
        return Err(Error::Usage("failures: expected a threshold and a cost that is not negative for each firm".into()));
    }
    let (best, worst) = (cascade(assets, threshold, cost, &market_of, false), cascade(assets, threshold, cost, &market_of, true));
    let unique = best.0.failed == worst.0.failed;
    Ok(Solution { best: best.0, worst: worst.0, unique, solved: both(best.1, worst.1) })
}

fn cascade(
    assets: &[f64],
    threshold: &[f64],
    cost: &[f64],
    market_of: &impl Fn(&[f64]) -> (Vec<f64>, Solved),
    all_fail: bool,
) -> (Failures, Solved) {
    let n = assets.len();
    let mut failed = vec![all_fail; n];
    let mut waves = Vec::new();
    let mut total = Solved { sweeps: 0, residual: 0.0, converged: true };
    loop {
        let left: Vec<f64> = (0..n).map(|i| assets[i] - if failed[i] { cost[i] } else { 0.0 }).collect();
        let (market, solved) = market_of(&left);
        total = both(total, solved);
        let below: Vec<bool> = (0..n).map(|i| market[i] < threshold[i]).collect();
        // From the best end failures only add up, from the worst end they only fall away.
        let next: Vec<bool> = (0..n).map(|i| if all_fail { failed[i] && below[i] } else { failed[i] || below[i] }).collect();
        if next == failed {
            return (Failures { market, failed, waves }, total);
        }
        if !all_fail {
            waves.push((0..n).filter(|&i| next[i] && !failed[i]).collect());
        }
        failed = next;
    }
}

/// Equity and debt of firms that hold each other's shares and debts, one entry per firm, in money.
#[derive(Debug, Clone, PartialEq)]
pub struct EquityAndDebt {
    /// All that the firm owns.
    pub value: Vec<f64>,
    /// Equity: value less debt, not below zero.
    pub equity: Vec<f64>,
    /// What its creditors recover: the debt, or the value if that is less.
    pub debt: Vec<f64>,
    /// Whose creditors do not recover all.
    pub defaulted: Vec<bool>,
}

/// Values of firms that own stakes in each other and owe each other and the outside, all debts ranking alike: V = a + D min(b, V)/b + S max(V - b, 0).
///
/// # Errors
/// [`Error::Usage`] for a network that [`Network::check`] refuses.
pub fn equity_and_debt(network: &Network) -> Result<Solution<EquityAndDebt>> {
    network.check()?;
    let n = network.firms();
    let inside = network.owed_inside();
    let owed: Vec<f64> = (0..n).map(|i| inside[i] + network.external_liabilities[i]).collect();
    let (debts_into, stakes_into) = (by_receiver(n, &network.debts), by_receiver(n, &network.stakes));
    let map = |i: usize, v: &[f64]| {
        let paid = |j: usize| if owed[j] > 0.0 { (v[j] / owed[j]).min(1.0) } else { 1.0 };
        network.external_assets[i]
            + inflow(i, &network.debts, &debts_into, paid)
            + inflow(i, &network.stakes, &stakes_into, |j| (v[j] - owed[j]).max(0.0))
    };
    // With every debt paid and equity not limited below, values are at least those of any solution.
    let face: Vec<f64> = (0..n).map(|i| map(i, &owed)).collect();
    let (upper, start) = throughflow(&face, &network.stakes);
    let end = |start: Vec<f64>| {
        let mut value = start;
        let solved = sweep(&mut value, map);
        let equity = value.iter().zip(&owed).map(|(v, b)| (v - b).max(0.0)).collect();
        let debt = value.iter().zip(&owed).map(|(v, b)| v.min(*b)).collect();
        let defaulted = value.iter().zip(&owed).map(|(v, b)| v < &(b * (1.0 - crate::clearing::payments::SOLVENT_TOLERANCE))).collect();
        (EquityAndDebt { value, equity, debt, defaulted }, solved)
    };
    let (best, worst) = (end(upper), end(vec![0.0; n]));
    let unique = same(&best.0.value, &worst.0.value);
    let solved = both(best.1, worst.1);
    Ok(Solution { best: best.0, worst: worst.0, unique, solved: Solved { converged: solved.converged && start.converged, ..solved } })
}
