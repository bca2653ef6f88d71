//! How much hangs on few: shares of the largest counterparties, commitments against funds, capitalisation counted twice, distress passed on. No flows of money.

use crate::clearing::one_shot::{Edge, debtrank};
use serde::{Deserialize, Serialize};

/// How concentrated an amount is on counterparties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Concentration {
    /// All of it, what comes from counterparties without a name included, USD billion.
    pub total_usd_bn: f64,
    /// Sum of the squared shares of the counterparties with a name, from 0 to 1; those without count as many and small.
    pub hhi: f64,
    /// The largest counterparty and its share.
    pub first: Option<(usize, f64)>,
    /// Share of the three largest.
    pub first_three: f64,
}

/// Concentration of amounts on counterparties (their numbers and amounts) and `others` without a name.
pub fn concentration(amounts: &[(usize, f64)], others: f64) -> Concentration {
    let total = amounts.iter().map(|a| a.1).sum::<f64>() + others;
    let mut shares: Vec<(usize, f64)> =
        amounts.iter().filter(|a| total > 0.0 && a.1 > 0.0).map(|&(i, amount)| (i, amount / total)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Concentration {
        total_usd_bn: total,
        hhi: shares.iter().map(|s| s.1 * s.1).sum(),
        first: shares.first().copied(),
        first_three: shares.iter().take(3).map(|s| s.1).sum(),
    }
}

/// What a firm is committed to buy in a year, and what is sure to be there for it, USD billion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Take-or-pay part of the purchases that fall due.
    pub commitments_usd_bn: f64,
    /// All planned purchases, for comparison.
    pub planned_usd_bn: f64,
    /// Revenue from end customers in the plan.
    pub external_revenue_usd_bn: f64,
    /// Cash at the start.
    pub cash_usd_bn: f64,
    /// Investments under signed contracts that the plan pays.
    pub closed_funding_usd_bn: f64,
}

impl Coverage {
    /// Commitments over funds; none where there are no funds.
    pub fn ratio(&self) -> Option<f64> {
        let funds = self.external_revenue_usd_bn + self.cash_usd_bn + self.closed_funding_usd_bn;
        (funds > 0.0).then(|| self.commitments_usd_bn / funds)
    }
}

/// What one firm has in another: a stake, a loan, a guarantee, a claim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Holding {
    /// Who loses.
    pub holder: usize,
    /// By whose distress.
    pub issuer: usize,
    /// USD billion.
    pub usd_bn: f64,
}

/// Market values added up over the part of them that is held outside; none where all is held by each other.
pub fn gross_over_net(values: &[f64], stakes: &[(usize, f64)]) -> Option<f64> {
    let gross: f64 = values.iter().sum();
    let inside: f64 = stakes.iter().filter_map(|&(issuer, share)| Some(share * values.get(issuer)?)).sum();
    (gross - inside > 0.0).then(|| gross / (gross - inside))
}

/// Linear DebtRank (Bardoscia et al. 2015): for each firm, the share of the value of all others that is lost if all of its own is, each loss passed on in
/// proportion to what is held over the holder's value.
pub fn hurt(values: &[f64], holdings: &[Holding]) -> Vec<f64> {
    let n = values.len();
    let is_in = |h: &&Holding| h.holder < n && h.issuer < n && h.holder != h.issuer;
    let leverage: Vec<Edge> = holdings
        .iter()
        .filter(is_in)
        .filter(|h| values[h.holder] > 0.0)
        .map(|h| Edge { from: h.issuer as u32, to: h.holder as u32, amount: h.usd_bn / values[h.holder] })
        .collect();
    let lost = |j: usize| {
        let shock: Vec<f64> = (0..n).map(|i| f64::from(u8::from(i == j))).collect();
        let others = || (0..n).filter(move |&i| i != j);
        let distress = debtrank::linear(&leverage, &shock).best;
        let value: f64 = others().map(|i| values[i]).sum();
        if value > 0.0 { others().map(|i| distress[i] * values[i]).sum::<f64>() / value } else { 0.0 }
    };
    (0..n).map(lost).collect()
}
