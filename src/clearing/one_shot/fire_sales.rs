//! Forced sales of assets that others hold too: a common illiquid asset and a minimum capital ratio (Cifuentes, Ferrucci & Shin 2005), and targets of
//! leverage with several assets (Greenwood, Landier & Thesmar 2015).

use super::eisenberg_noe::{Outside, Recovery, clear};
use super::network::{Edge, Network, by_receiver, inflow};
use super::{Solution, both};
use crate::clearing::Solved;
use crate::error::{Error, Result};

/// What remains after the sales; one entry per firm.
#[derive(Debug, Clone, PartialEq)]
pub struct Sold {
    /// Price of a unit of the illiquid asset, 1 before any sale.
    pub price: f64,
    /// Units sold.
    pub sales: Vec<f64>,
    /// Paid to other firms, in money.
    pub paid: Vec<f64>,
    /// Net worth after payments, in money.
    pub equity: Vec<f64>,
}

/// Sales of one illiquid asset by firms that must keep net worth over risky assets (the illiquid asset and claims, not cash) at `minimum_ratio`, when
/// the price falls to exp(-`price_impact` times the units sold).
///
/// External assets of the network are cash; `units` of the illiquid asset are held besides, one entry per firm. External debts are senior. A firm
/// without net worth sells all. The best solution has the highest price.
///
/// # Errors
/// [`Error::Usage`] for a network that [`Network::check`] refuses, units or impact that are negative or not finite, or a ratio outside 0 to 1.
pub fn common_asset(network: &Network, units: &[f64], minimum_ratio: f64, price_impact: f64) -> Result<Solution<Sold>> {
    let is_amount = |x: &f64| x.is_finite() && *x >= 0.0;
    if units.len() != network.firms() || !units.iter().all(is_amount) || !is_amount(&price_impact) {
        return Err(Error::Usage("fire sales: expected units for each firm and a price impact, finite and not negative".into()));
    }
    if !(minimum_ratio > 0.0 && minimum_ratio < 1.0) {
        return Err(Error::Usage(format!("fire sales: a minimum ratio of {minimum_ratio}; expected one between 0 and 1")));
    }
    let end = |start: f64| from_price(network, units, minimum_ratio, price_impact, start);
    let (best, worst) = (end(1.0)?, end((-price_impact * units.iter().sum::<f64>()).exp())?);
    let unique = (best.0.price - worst.0.price).abs() <= super::SAME;
    Ok(Solution { best: best.0, worst: worst.0, unique, solved: both(best.1, worst.1) })
}

fn from_price(network: &Network, units: &[f64], minimum_ratio: f64, impact: f64, start: f64) -> Result<(Sold, Solved)> {
    let (mut price, mut sweeps) = (start, 0);
    loop {
        let (mut sold, solved) = at_price(network, units, minimum_ratio, price)?;
        let next = (-impact * sold.sales.iter().sum::<f64>()).exp();
        let residual = (next - price).abs();
        sweeps += 1;
        if residual <= super::STILL || sweeps >= super::MOST_SWEEPS {
            sold.price = next;
            return Ok((sold, Solved { sweeps, residual, converged: solved.converged && residual <= super::RESIDUAL_TOLERANCE }));
        }
        price = next;
    }
}

/// Payments and the sales that they call for at one price.
fn at_price(network: &Network, units: &[f64], minimum_ratio: f64, price: f64) -> Result<(Sold, Solved)> {
    let n = network.firms();
    let valued = network.with_assets((0..n).map(|i| network.external_assets[i] + price * units[i]).collect());
    let cleared = clear(&valued, Outside::Senior, Recovery::FULL)?;
    let best = cleared.best;
    let into = by_receiver(n, &network.debts);
    let share: Vec<f64> = best.paid.iter().zip(&best.owed).map(|(p, o)| if *o > 0.0 { p / o } else { 1.0 }).collect();
    let received: Vec<f64> = (0..n).map(|i| inflow(i, &network.debts, &into, |j| share[j])).collect();
    let equity: Vec<f64> =
        (0..n).map(|i| valued.external_assets[i] - network.external_liabilities[i] + received[i] - best.paid[i]).collect();
    let sale = |i: usize| {
        if equity[i] <= 0.0 {
            return units[i];
        }
        (units[i] - (equity[i] / minimum_ratio - received[i]) / price).clamp(0.0, units[i])
    };
    Ok((Sold { price, sales: (0..n).map(sale).collect(), paid: best.paid, equity }, cleared.solved))
}

/// One round of sales back to the old leverage.
#[derive(Debug, Clone, PartialEq)]
pub struct Deleveraged {
    /// Return of each firm on its assets from the shock itself.
    pub direct_return: Vec<f64>,
    /// Sales of each asset, in money; negative when sold.
    pub sales: Vec<f64>,
    /// Price move of each asset that they cause, as a share.
    pub price_move: Vec<f64>,
    /// Loss of each firm from those price moves, in money.
    pub second_loss: Vec<f64>,
    /// All second-round losses over all equity: aggregate vulnerability.
    pub vulnerability: f64,
}

/// Second-round losses of firms that sell in proportion to their portfolios to return to their old leverage.
///
/// `assets`: value of each firm's assets, in money. `leverage`: debt over equity. `portfolio`: edges from asset to firm with the share of the firm's
/// assets. `price_impact`: price move per unit of money sold, and `shock`: return of each asset in the first round.
///
/// # Errors
/// [`Error::Usage`] for slices of different lengths or edges out of range.
pub fn deleveraging(assets: &[f64], leverage: &[f64], portfolio: &[Edge], price_impact: &[f64], shock: &[f64]) -> Result<Deleveraged> {
    let (n, k) = (assets.len(), shock.len());
    if leverage.len() != n || price_impact.len() != k || portfolio.iter().any(|e| e.from as usize >= k || e.to as usize >= n) {
        return Err(Error::Usage("deleveraging: expected a leverage for each firm, an impact for each asset and edges among them".into()));
    }
    let into = by_receiver(n, portfolio);
    let on_firms = |by_asset: &[f64]| -> Vec<f64> { (0..n).map(|i| inflow(i, portfolio, &into, |a| by_asset[a])).collect() };
    let direct_return = on_firms(shock);
    let mut sales = vec![0.0; k];
    portfolio
        .iter()
        .for_each(|e| sales[e.from as usize] += e.amount * assets[e.to as usize] * leverage[e.to as usize] * direct_return[e.to as usize]);
    let price_move: Vec<f64> = sales.iter().zip(price_impact).map(|(s, l)| s * l).collect();
    let second_loss: Vec<f64> = on_firms(&price_move).iter().zip(assets).map(|(r, a)| -r * a).collect();
    let equity: f64 = assets.iter().zip(leverage).map(|(a, b)| a / (1.0 + b)).sum();
    let vulnerability = second_loss.iter().sum::<f64>() / equity;
    Ok(Deleveraged { direct_return, sales, price_move, second_loss, vulnerability })
}
