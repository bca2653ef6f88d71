//! Proportional tracing: every dollar that a firm pays is taken to be the same mix of origins as the dollars it received. No bounds: see `roundtrip`.

use super::flows::MoneyTable;
use crate::clearing::one_shot::{Edge, linear};
use crate::model::components;
use serde::{Deserialize, Serialize};

/// What tracing says of one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tracing {
    /// Total inflow of each firm, X, USD billion.
    pub inflow_usd_bn: Vec<f64>,
    /// Share of each firm's inflow that passed through the firm before, 1 - 1/N'_jj.
    pub recycling: Vec<f64>,
    /// Finn's cycling index: the same share of the inflow of all firms together.
    pub finn: f64,
    /// Spectral radius of G: the share of money in the circle that goes round once more; 0 without a circle.
    pub spectral_radius: f64,
    /// Dollars through firms for each dollar that enters from outside.
    pub multiplier: f64,
    /// Share of each firm's inflow by where it first entered, in the order of `SOURCES`; all 0 for a firm that receives nothing.
    pub origin: Vec<[f64; 4]>,
    /// Whether every dollar has an origin: false where firms pass on money that never entered.
    pub converged: bool,
}

/// G as edges: the share of the inflow of `to` that comes from `from`.
fn shares(table: &MoneyTable, inflow: &[f64]) -> Vec<Edge> {
    let money = table.matrix(|_| true);
    let mut edges = Vec::new();
    for (i, row) in money.iter().enumerate() {
        for (j, &usd_bn) in row.iter().enumerate().filter(|(_, v)| **v > 0.0) {
            edges.push(Edge { from: i as u32, to: j as u32, amount: usd_bn / inflow[j] });
        }
    }
    edges
}

/// Traces every dollar of a table to its source.
pub fn trace(table: &MoneyTable) -> Tracing {
    let n = table.firms();
    let inflow = table.inflow();
    let edges = shares(table, &inflow);
    let spectral_radius = radius(n, &edges);
    // A circle into which nothing enters has money of no origin: nothing to trace.
    let is_traceable = spectral_radius < 1.0 - 1e-9;
    let over = |v: f64, x: f64| if x > 0.0 { v / x } else { 0.0 };
    let mut converged = is_traceable;
    let mut solve = |own: &[f64]| {
        if !is_traceable {
            return vec![0.0; n];
        }
        let (x, solved) = linear::throughflow(own, &edges);
        converged &= solved.converged;
        x
    };
    let mut origin = vec![[0.0; 4]; n];
    for k in 0..4 {
        let own: Vec<f64> = (0..n).map(|j| over(table.sources[j][k], inflow[j])).collect();
        solve(&own).into_iter().enumerate().for_each(|(j, share)| origin[j][k] = share);
    }
    let mut recycling = Vec::with_capacity(n);
    for j in 0..n {
        let unit: Vec<f64> = (0..n).map(|i| f64::from(u8::from(i == j))).collect();
        recycling.push(if is_traceable { 1.0 - 1.0 / solve(&unit)[j] } else { 0.0 });
    }
    let total: f64 = inflow.iter().sum();
    let entered: f64 = table.sources.iter().flatten().sum();
    let cycled: f64 = recycling.iter().zip(&inflow).map(|(r, x)| r * x).sum();
    Tracing {
        finn: over(cycled, total),
        multiplier: over(total, entered),
        recycling,
        inflow_usd_bn: inflow,
        spectral_radius,
        origin,
        converged,
    }
}

/// Spectral radius of a matrix given as entries (row, column, value of 0 or more).
pub fn spectral_radius(n: usize, entries: &[(usize, usize, f64)]) -> f64 {
    let edge = |&(from, to, amount): &(usize, usize, f64)| Edge { from: from as u32, to: to as u32, amount };
    radius(n, &entries.iter().filter(|e| e.2 > 0.0).map(edge).collect::<Vec<_>>())
}

/// The largest spectral radius of a part in which money can come back; parts without a circle have none, on which power iteration would creep.
fn radius(n: usize, edges: &[Edge]) -> f64 {
    let parts = components(n, edges.iter().map(|e| (e.from as usize, e.to as usize)));
    let mut largest: f64 = 0.0;
    for part in parts.iter().filter(|p| p.len() > 1) {
        let at = |firm: u32| part.binary_search(&(firm as usize)).ok().map(|k| k as u32);
        let inside: Vec<Edge> = edges.iter().filter_map(|e| Some(Edge { from: at(e.from)?, to: at(e.to)?, amount: e.amount })).collect();
        largest = largest.max(linear::spectral_radius(part.len(), &inside));
    }
    largest
}
