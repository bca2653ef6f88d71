//! How much of the money with which a supplier finances its buyers comes back to it as their purchases, or as those of whom they buy from. Money is
//! fungible, so there is no one answer: least, in proportion, and most. No tracing of other money.

use super::flows::{MoneyKind, MoneyTable};
use super::maxflow::Capacities;
use serde::{Deserialize, Serialize};

/// What comes back of what one supplier puts into its buyers, USD billion within the window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RoundTrip {
    /// Who sells, and finances unless the money of all firms is meant.
    pub supplier: usize,
    /// Whom it finances; none for all of them together.
    pub buyer: Option<usize>,
    /// What is put in.
    pub financing_usd_bn: f64,
    /// What those firms buy from it directly.
    pub purchases_usd_bn: f64,
    /// Sum over them of the smaller of the two.
    pub direct_usd_bn: f64,
    /// Least that can come back: every firm on the way pays for other things first with this money (circular dollars are spent last).
    pub lower_usd_bn: f64,
    /// What comes back if every firm pays each bill from the same mix of money.
    pub pro_rata_usd_bn: f64,
    /// Most that can come back: the largest flow.
    pub upper_usd_bn: f64,
    /// The supplier's sales to firms.
    pub network_revenue_usd_bn: f64,
    /// The supplier's sales to all.
    pub revenue_usd_bn: f64,
}

/// The round trip of `supplier` by way of `buyer`, or of all whom it finances. The way out is financing, the way back purchases only.
pub fn round_trip(table: &MoneyTable, supplier: usize, buyer: Option<usize>) -> RoundTrip {
    let financing = table.matrix(MoneyKind::is_financing);
    let is_wanted = |b: usize| buyer.is_none_or(|only| only == b);
    let given: Vec<f64> = (0..table.firms()).map(|b| if is_wanted(b) { financing[supplier][b] } else { 0.0 }).collect();
    RoundTrip { buyer, ..reach(table, supplier, &given) }
}

/// The same of what any firm puts into any other: how much of the seller's sales is paid with its own or its peers' money.
pub fn financed_sales(table: &MoneyTable, seller: usize) -> RoundTrip {
    let financing = table.matrix(MoneyKind::is_financing);
    let n = table.firms();
    // Money put into the seller itself is no sale.
    let given: Vec<f64> = (0..n).map(|b| if b == seller { 0.0 } else { (0..n).map(|a| financing[a][b]).sum() }).collect();
    reach(table, seller, &given)
}

/// How much of money given to firms reaches the supplier as purchases.
fn reach(table: &MoneyTable, supplier: usize, given: &[f64]) -> RoundTrip {
    let n = table.firms();
    let purchases = table.matrix(|k| k == MoneyKind::Purchase);
    let inflow = table.inflow();
    let total: f64 = given.iter().sum();
    let bought = |b: usize| purchases[b][supplier];
    let (network, revenue) = table.revenue(supplier);
    let upper = back(&purchases, given, supplier).clamp(0.0, total);
    let lower = (total - elsewhere(&purchases, &inflow, given, supplier)).clamp(0.0, upper);
    RoundTrip {
        supplier,
        buyer: None,
        financing_usd_bn: total,
        purchases_usd_bn: (0..n).filter(|b| given[*b] > 0.0).map(bought).sum(),
        direct_usd_bn: (0..n).map(|b| given[b].min(bought(b))).sum(),
        // Rounding, not money, may put the middle outside of its bounds.
        pro_rata_usd_bn: pro_rata(&purchases, &inflow, given, supplier).clamp(lower, upper),
        lower_usd_bn: if lower > 1e-12 * total { lower } else { 0.0 },
        upper_usd_bn: upper,
        network_revenue_usd_bn: network,
        revenue_usd_bn: revenue,
    }
}

/// Capacities of purchases among firms without those of the supplier, with a source that gives the financing: `n` is the source, `n + 1` free.
fn ways(purchases: &[Vec<f64>], given: &[f64], supplier: usize) -> Vec<Vec<f64>> {
    let n = given.len();
    let mut c = vec![vec![0.0; n + 2]; n + 2];
    for i in (0..n).filter(|&i| i != supplier) {
        c[i][..n].copy_from_slice(&purchases[i]);
    }
    c[n][..n].copy_from_slice(given);
    c
}

/// The most that can reach the supplier.
fn back(purchases: &[Vec<f64>], given: &[f64], supplier: usize) -> f64 {
    Capacities(ways(purchases, given, supplier)).flow(given.len(), supplier)
}

/// The most that can end anywhere but with the supplier: in outside spending, in financing of others, in cash.
fn elsewhere(purchases: &[Vec<f64>], inflow: &[f64], given: &[f64], supplier: usize) -> f64 {
    let n = given.len();
    let mut c = ways(purchases, given, supplier);
    for i in (0..n).filter(|&i| i != supplier) {
        c[i][supplier] = 0.0;
        c[i][n + 1] = (inflow[i] - purchases[i].iter().sum::<f64>()).max(0.0);
    }
    Capacities(c).flow(n, n + 1)
}

/// What reaches the supplier if each firm's payments are the same mix of its money: rounds of handing on, until nothing is left on the way.
fn pro_rata(purchases: &[Vec<f64>], inflow: &[f64], given: &[f64], supplier: usize) -> f64 {
    const MOST_ROUNDS: usize = 100_000;
    let n = given.len();
    let (mut on_the_way, mut returned) = (given.to_vec(), 0.0);
    let total: f64 = given.iter().sum();
    for _ in 0..MOST_ROUNDS {
        let mut next = vec![0.0; n];
        for i in (0..n).filter(|&i| i != supplier && inflow[i] > 0.0) {
            (0..n).for_each(|j| next[j] += on_the_way[i] * purchases[i][j] / inflow[i]);
        }
        returned += next[supplier];
        next[supplier] = 0.0;
        on_the_way = next;
        if on_the_way.iter().sum::<f64>() <= 1e-15 * total {
            break;
        }
    }
    returned
}

/// Pairs (supplier, buyer) of which the first finances the second, within the window, and is bought from by it.
pub fn overlap(table: &MoneyTable) -> Vec<(usize, usize)> {
    let (financing, purchases) = (table.matrix(MoneyKind::is_financing), table.matrix(|k| k == MoneyKind::Purchase));
    let pairs = (0..table.firms()).flat_map(|s| (0..table.firms()).map(move |b| (s, b)));
    pairs.filter(|&(s, b)| financing[s][b] > 0.0 && purchases[b][s] > 0.0).collect()
}
