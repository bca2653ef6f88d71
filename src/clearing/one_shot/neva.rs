//! Values of debts among firms before maturity, network valuation NEVA (Barucca, Bardoscia, Caccioli, D'Errico, Visentin, Caldarelli & Battiston 2020):
//! each creditor values a claim by the debtor's equity, which depends on the values of the debtor's own claims.

use super::merton::phi;
use super::network::{Network, by_receiver, inflow};
use super::{Solution, same};
use crate::clearing::Solved;
use crate::error::{Error, Result};

/// How a creditor values one unit of a debtor's debt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Valuation {
    /// Expected payment at maturity of a debtor whose external assets are lognormal: all if equity is not gone by then, else `recovery` times the
    /// part of all its debts that is left, whoever holds them (Merton 1974 inside Eisenberg and Noe).
    Merton {
        /// Share that survives a default.
        recovery: f64,
    },
    /// The same if default comes as soon as equity is gone (Black & Cox 1976); a failed debtor pays `recovery`.
    BlackCox {
        /// Share of face value paid after a default.
        recovery: f64,
    },
}

/// Probability that lognormal external assets `assets`, with log standard deviation `volatility` over the time to maturity and no drift, end so low that
/// equity `equity` is gone.
pub fn default_probability(equity: f64, assets: f64, volatility: f64) -> f64 {
    if equity >= assets {
        return 0.0;
    }
    phi((0.5 * volatility * volatility + (1.0 - equity / assets).ln()) / volatility)
}

/// Probability that the same assets touch that level at any time before maturity.
pub fn first_passage_probability(equity: f64, assets: f64, volatility: f64) -> f64 {
    if equity <= 0.0 {
        return 1.0;
    }
    if equity >= assets {
        return 0.0;
    }
    let (log, half) = ((1.0 - equity / assets).ln(), 0.5 * volatility * volatility);
    phi((log + half) / volatility) + assets / (assets - equity) * phi((log - half) / volatility)
}

impl Valuation {
    /// Value of one unit of debt of a firm with this equity, these external assets and debts `owed` in all, in money; `volatility`
    /// is the log standard deviation of the external assets until maturity. Between 0 and 1.
    pub fn of(self, equity: f64, assets: f64, owed: f64, volatility: f64) -> f64 {
        match self {
            Valuation::Merton { recovery } => {
                let fails = default_probability(equity, assets, volatility);
                1.0 - fails + if owed > 0.0 { recovery * expected_recovery(equity, assets, owed, volatility) } else { 0.0 }
            }
            Valuation::BlackCox { recovery } => 1.0 - (1.0 - recovery) * first_passage_probability(equity, assets, volatility),
        }
    }
}

/// Expected share of `owed` that is left where equity is gone: assets between `floor`, where nothing is left, and `level`, where equity begins.
fn expected_recovery(equity: f64, assets: f64, owed: f64, volatility: f64) -> f64 {
    let level = assets - equity;
    if level <= 0.0 {
        return 0.0;
    }
    let floor = (level - owed).max(0.0);
    let below = |x: f64| if x <= 0.0 { 0.0 } else { phi(((x / assets).ln() + 0.5 * volatility * volatility) / volatility) };
    let mean_below = |x: f64| if x <= 0.0 { 0.0 } else { assets * phi(((x / assets).ln() - 0.5 * volatility * volatility) / volatility) };
    ((mean_below(level) - mean_below(floor)) - (level - owed) * (below(level) - below(floor))) / owed
}

/// Equity of each firm, in money, when claims among firms are valued before maturity; debts to the outside are valued in full.///
/// `volatility` has one entry per firm: log standard deviation of external assets until maturity, above zero. Equity is not limited below: what is
/// negative is missing for the creditors. Sweeps start from claims at face value (best) and from worthless claims (worst).
///
/// # Errors
/// [`Error::Usage`] for a network that [`Network::check`] refuses, a firm without external assets, and volatilities that are not above zero.
pub fn equities(network: &Network, valuation: Valuation, volatility: &[f64]) -> Result<Solution<Vec<f64>>> {
    network.check()?;
    let n = network.firms();
    if volatility.len() != n || volatility.iter().any(|v| !(v.is_finite() && *v > 0.0)) {
        return Err(Error::Usage("NEVA: expected a volatility above zero for each firm".into()));
    }
    if let Some(i) = network.external_assets.iter().position(|a| *a <= 0.0) {
        return Err(Error::Usage(format!("NEVA: firm {i} has no external assets; expected some, since claims are valued by them")));
    }
    let owed: Vec<f64> =
        network.owed_inside().iter().zip(&network.external_liabilities).map(|(inside, outside)| inside + outside).collect();
    let claims = network.claims_inside();
    let naive = network.net_worth();
    let into = by_receiver(n, &network.debts);
    let map = |e: &[f64]| -> Vec<f64> {
        let worth: Vec<f64> = (0..n).map(|j| valuation.of(e[j], network.external_assets[j], owed[j], volatility[j])).collect();
        (0..n).map(|i| naive[i] - claims[i] + inflow(i, &network.debts, &into, |j| worth[j])).collect()
    };
    let worthless: Vec<f64> = (0..n).map(|i| naive[i] - claims[i]).collect();
    let (best, worst) = (rounds(naive.clone(), &map), rounds(worthless, &map));
    let unique = same(&best.0, &worst.0);
    Ok(Solution { best: best.0, worst: worst.0, unique, solved: super::both(best.1, worst.1) })
}

/// Rounds in which every firm moves at once, as the published program does.
fn rounds(start: Vec<f64>, map: &impl Fn(&[f64]) -> Vec<f64>) -> (Vec<f64>, Solved) {
    let (mut e, mut sweeps, mut residual) = (start, 0, f64::INFINITY);
    while sweeps < super::MOST_SWEEPS && residual > super::STILL * super::scale(&e) {
        let next = map(&e);
        residual = e.iter().zip(&next).map(|(a, b)| (a - b).abs()).fold(0.0, |m, d| if d.is_nan() { f64::INFINITY } else { d.max(m) });
        e = next;
        sweeps += 1;
    }
    let converged = residual <= super::RESIDUAL_TOLERANCE * super::scale(&e);
    (e, Solved { sweeps, residual, converged })
}
