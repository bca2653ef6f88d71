//! A network of debts and stakes among firms, checked. No model.

use crate::error::{Error, Result};
use crate::model::Csr;

/// Most firms that a network may have.
pub const MOST_FIRMS: usize = 10_000;

/// One directed weight among firms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// Who owes, or whose shares are held.
    pub from: u32,
    /// Whom it is owed to, or who holds the shares.
    pub to: u32,
    /// Money owed, or the share held.
    pub amount: f64,
}

/// Firms, what they own and owe outside, what they owe each other, and how much of each other they own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Network {
    /// Assets outside the network, one per firm, in money; none negative.
    pub external_assets: Vec<f64>,
    /// Debts to the outside, one per firm, in money; none negative.
    pub external_liabilities: Vec<f64>,
    /// Debts among firms, in money: `from` owes `to`.
    pub debts: Vec<Edge>,
    /// Stakes: `to` holds the share `amount`, between 0 and 1, of the equity of `from`.
    pub stakes: Vec<Edge>,
}

impl Network {
    /// A network of debts from a full matrix: row i owes column j `owed[i][j]`.
    pub fn of_debts(owed: &[Vec<f64>], external_assets: &[f64], external_liabilities: &[f64]) -> Network {
        Network {
            external_assets: external_assets.to_vec(),
            external_liabilities: external_liabilities.to_vec(),
            debts: edges(owed),
            stakes: vec![],
        }
    }

    /// Number of firms.
    pub fn firms(&self) -> usize {
        self.external_assets.len()
    }

    /// Debts of each firm to other firms, in money.
    pub fn owed_inside(&self) -> Vec<f64> {
        sums(self.firms(), &self.debts, |e| e.from)
    }

    /// Claims of each firm on other firms at face value, in money.
    pub fn claims_inside(&self) -> Vec<f64> {
        sums(self.firms(), &self.debts, |e| e.to)
    }

    /// Net worth of each firm with every debt paid in full and no stakes, in money: external assets and claims less all debts.
    pub fn net_worth(&self) -> Vec<f64> {
        let (owed, claims) = (self.owed_inside(), self.claims_inside());
        (0..self.firms()).map(|i| self.external_assets[i] - self.external_liabilities[i] + claims[i] - owed[i]).collect()
    }

    /// The same network with other external assets.
    pub fn with_assets(&self, external_assets: Vec<f64>) -> Network {
        Network { external_assets, ..self.clone() }
    }

    /// Refuses what no model can take.
    ///
    /// # Errors
    /// [`Error::Usage`] for no firms or more than 10,000, vectors of different lengths, edges to nobody or to the firm itself, amounts that are negative
    /// or not finite, and firms of which more than all is held.
    pub fn check(&self) -> Result<()> {
        let n = self.firms();
        let refuse = |text: String| Err(Error::Usage(text));
        if n == 0 || n > MOST_FIRMS || self.external_liabilities.len() != n {
            return refuse(format!(
                "a network of {n} firms with {} external liabilities: expected 1 to {MOST_FIRMS} firms and as many of both",
                self.external_liabilities.len()
            ));
        }
        let outside = self.external_assets.iter().chain(&self.external_liabilities);
        if let Some(amount) =
            outside.chain(self.debts.iter().chain(&self.stakes).map(|e| &e.amount)).find(|a| !(a.is_finite() && **a >= 0.0))
        {
            return refuse(format!("an amount of {amount} in the network: expected a finite number that is not negative"));
        }
        for (kind, e) in self.debts.iter().map(|e| ("debt", e)).chain(self.stakes.iter().map(|e| ("stake", e))) {
            if e.from as usize >= n || e.to as usize >= n || e.from == e.to {
                return refuse(format!("a {kind} from firm {} to firm {}: expected two different firms below {n}", e.from, e.to));
            }
        }
        let held = sums(n, &self.stakes, |e| e.from);
        match held.iter().position(|&share| share > 1.0 + 1e-12) {
            Some(i) => refuse(format!("firms hold {} of firm {i}: expected shares that add up to at most 1", held[i])),
            None => Ok(()),
        }
    }
}

/// Edges of a full matrix, row to column, without the diagonal and zeros.
pub fn edges(matrix: &[Vec<f64>]) -> Vec<Edge> {
    let row = |(i, row): (usize, &Vec<f64>)| -> Vec<Edge> {
        let edge = |(j, &amount): (usize, &f64)| Edge { from: i as u32, to: j as u32, amount };
        row.iter().enumerate().filter(|(j, a)| *j != i && **a != 0.0).map(edge).collect()
    };
    matrix.iter().enumerate().flat_map(row).collect()
}

/// Sum of the amounts at one end of the edges, for each of `n` firms.
pub(super) fn sums(n: usize, edges: &[Edge], end: impl Fn(&Edge) -> u32) -> Vec<f64> {
    let mut total = vec![0.0; n];
    edges.iter().for_each(|e| total[end(e) as usize] += e.amount);
    total
}

/// Edges grouped by who receives or holds.
pub(super) fn by_receiver(n: usize, edges: &[Edge]) -> Csr {
    Csr::group(n, edges.len(), |e| Some(edges[e].to as usize))
}

/// Sum of amount times the sender's value over the edges into firm i.
pub(super) fn inflow(i: usize, edges: &[Edge], into: &Csr, value: impl Fn(usize) -> f64) -> f64 {
    into.of(i).iter().map(|&e| edges[e as usize].amount * value(edges[e as usize].from as usize)).sum()
}
