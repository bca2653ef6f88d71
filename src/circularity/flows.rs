//! The table of money between firms within a window of time, and what reaches each firm from outside. No measures.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// What money is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyKind {
    /// Goods and services.
    Purchase,
    /// New shares.
    Equity,
    /// Interest and principal of a loan between firms.
    LoanService,
    /// Capacity that nobody else bought, under a backstop.
    Backstop,
}

impl MoneyKind {
    /// Whether the payer puts the money at the receiver's disposal, rather than buying from it or serving a debt.
    pub fn is_financing(self) -> bool {
        matches!(self, MoneyKind::Equity | MoneyKind::Backstop)
    }
}

/// Money from one firm to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    /// Who pays.
    pub from: usize,
    /// Who receives.
    pub to: usize,
    /// For what.
    pub kind: MoneyKind,
    /// Identifier of the contract.
    pub contract: String,
    /// USD billion within the window.
    pub usd_bn: f64,
}

/// Where money enters the firms from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// End customers outside the model.
    Customers,
    /// Outside investors in shares.
    OutsideEquity,
    /// Outside lenders.
    OutsideDebt,
    /// Cash of the firm itself that is run down.
    Cash,
}

/// Every source, in the order of the columns of [`MoneyTable::sources`].
pub const SOURCES: [Source; 4] = [Source::Customers, Source::OutsideEquity, Source::OutsideDebt, Source::Cash];

/// Money between firms and from outside within one window. What a firm spends outside is not listed: it is what is left of its inflow.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MoneyTable {
    /// The window, such as a year.
    pub label: String,
    /// Money between firms.
    pub transfers: Vec<Transfer>,
    /// Inflow of each firm from each source, USD billion.
    pub sources: Vec<[f64; 4]>,
}

impl MoneyTable {
    /// Number of firms.
    pub fn firms(&self) -> usize {
        self.sources.len()
    }

    /// Refuses what no measure can take.
    ///
    /// # Errors
    /// [`Error::Usage`] for money to nobody or to the payer itself, and amounts that are negative or not finite.
    pub fn check(&self) -> Result<()> {
        let n = self.firms();
        let bad = |v: f64| !(v.is_finite() && v >= 0.0);
        if let Some(t) = self.transfers.iter().find(|t| t.from >= n || t.to >= n || t.from == t.to || bad(t.usd_bn)) {
            return Err(Error::Usage(format!(
                "contract {} of the table {} pays {} from firm {} to firm {}: expected an amount that is not negative, between two different firms below {n}",
                t.contract, self.label, t.usd_bn, t.from, t.to
            )));
        }
        match self.sources.iter().position(|row| row.iter().any(|v| bad(*v))) {
            Some(i) => Err(Error::Usage(format!(
                "firm {i} of the table {} receives {:?} from outside: expected amounts that are finite and not negative",
                self.label, self.sources[i]
            ))),
            None => Ok(()),
        }
    }

    /// Money from firm to firm of the kinds wanted, `[from][to]`.
    pub fn matrix(&self, is_wanted: impl Fn(MoneyKind) -> bool) -> Vec<Vec<f64>> {
        let mut m = vec![vec![0.0; self.firms()]; self.firms()];
        self.transfers.iter().filter(|t| is_wanted(t.kind)).for_each(|t| m[t.from][t.to] += t.usd_bn);
        m
    }

    /// Total inflow of each firm, X.
    pub fn inflow(&self) -> Vec<f64> {
        let mut x: Vec<f64> = self.sources.iter().map(|row| row.iter().sum()).collect();
        self.transfers.iter().for_each(|t| x[t.to] += t.usd_bn);
        x
    }

    /// What each firm pays to other firms.
    pub fn paid(&self) -> Vec<f64> {
        let mut paid = vec![0.0; self.firms()];
        self.transfers.iter().for_each(|t| paid[t.from] += t.usd_bn);
        paid
    }

    /// Sales of each firm to other firms and to all.
    pub fn revenue(&self, i: usize) -> (f64, f64) {
        let is_sale = |t: &&Transfer| t.to == i && matches!(t.kind, MoneyKind::Purchase | MoneyKind::Backstop);
        let network: f64 = self.transfers.iter().filter(is_sale).map(|t| t.usd_bn).sum();
        (network, network + self.sources[i][0])
    }

    /// The table without some contracts. Who received their money gets as much from outside investors instead, so that every other payment can still be
    /// made; a buyer that no longer buys keeps its money.
    pub fn without(&self, is_cut: impl Fn(&Transfer) -> bool) -> MoneyTable {
        let mut left = self.clone();
        left.transfers.retain(|t| !is_cut(t));
        for t in self.transfers.iter().filter(|t| is_cut(t)) {
            left.sources[t.to][1] += t.usd_bn;
        }
        left
    }
}
