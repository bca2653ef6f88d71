//! Order clearing in lanes (model 4.3, 5.1): everybody's orders depend on everybody's receipts. The result is the greatest (or least) fixed point.

use super::rest::{Rest, larger};
use super::{FixedPoint, Solved};
use crate::lanes::{LANES, Row, clamp_between, lane_kernel, splat};
use crate::model::Csr;

/// Sweeps over one component after which a solve gives up and says so.
const MOST_SWEEPS: u32 = 5_000;

/// What the orders of one quarter depend on; each slice has one row per firm (i) or per purchase (c).
pub struct OrderBook<'a> {
    /// Components of firms whose orders need each other, in the order in which they can be solved.
    pub components: &'a [Vec<usize>],
    /// Purchases of each seller.
    pub by_seller: &'a Csr,
    /// Buyer of each purchase.
    pub buyer: &'a [u32],
    /// External revenue and backstop receipts (i).
    pub external: &'a [Row],
    /// 1 while the firm lives (i).
    pub alive: &'a [Row],
    /// Committed amount (c), its renegotiation floor (c) and discretionary amount (c).
    pub committed: &'a [Row],
    /// Least to which distress can renegotiate the committed amount (c).
    pub floor: &'a [Row],
    /// Discretionary amount (c).
    pub discretionary: &'a [Row],
    /// What can be spent before revenue is counted (i).
    pub available: &'a [Row],
    /// 1 - v (i).
    pub margin: &'a [Row],
    /// Planned revenue and its inverse, 0 where nothing is planned (i).
    pub plan_inverse: &'a [Row],
    /// Elasticity of discretionary spending (i).
    pub theta: &'a [Row],
    /// Sum of floors, of committed amounts, and of discretionary amounts with external capital expenditure (i).
    pub floor_sum: &'a [Row],
    /// Sum of committed amounts (i).
    pub committed_sum: &'a [Row],
    /// Sum of discretionary amounts and external capital expenditure (i).
    pub discretionary_sum: &'a [Row],
    /// Share of its orders that a living buyer places; 0 for a dead one (i).
    pub place: &'a [Row],
    /// Most that discretionary spending can be, as a multiple of plan.
    pub cap: &'a Row,
    /// Whether sellers receive what buyers order (channel O); if not, they receive the exogenous order.
    pub channel_on: bool,
    /// Change of spending, in money, below which a sweep counts as converged.
    pub tolerance: f64,
}

/// The orders: one row per firm.
pub struct Orders<'a> {
    /// Total revenue.
    pub revenue: &'a mut [Row],
    /// Revenue relative to plan (d).
    pub ratio: &'a mut [Row],
    /// Where committed spending lies between floor (0) and full (1).
    pub committed_share: &'a mut [Row],
    /// Discretionary spending as a multiple of plan.
    pub discretionary_share: &'a mut [Row],
}

/// Revenue of firm i at the present orders.
#[inline(always)]
fn revenue(book: &OrderBook<'_>, orders: &Orders<'_>, i: usize) -> Row {
    let mut network = splat(0.0);
    for &c in book.by_seller.of(i) {
        let c = c as usize;
        let (committed, floor, disc) = (&book.committed[c], &book.floor[c], &book.discretionary[c]);
        if book.channel_on {
            let b = book.buyer[c] as usize;
            let (place, x, f) = (&book.place[b], &orders.committed_share[b], &orders.discretionary_share[b]);
            for l in 0..LANES {
                network[l] += place[l] * (floor[l] + (committed[l] - floor[l]) * x[l] + disc[l] * f[l]);
            }
        } else {
            for l in 0..LANES {
                network[l] += committed[l] + disc[l];
            }
        }
    }
    let (external, alive) = (&book.external[i], &book.alive[i]);
    for l in 0..LANES {
        network[l] = alive[l] * (external[l] + network[l]);
    }
    network
}

/// Firm i answers its revenue in the lanes still `moving`; `change` is the largest change of spending so far in each.
#[inline(always)]
fn respond(book: &OrderBook<'_>, orders: &mut Orders<'_>, i: usize, moving: &Row, change: &mut Row) {
    let revenue = revenue(book, orders, i);
    let (available, margin, inverse, theta) = (&book.available[i], &book.margin[i], &book.plan_inverse[i], &book.theta[i]);
    let (floors, committed, disc) = (&book.floor_sum[i], &book.committed_sum[i], &book.discretionary_sum[i]);
    let x = &mut orders.committed_share[i];
    let f = &mut orders.discretionary_share[i];
    let ratio = &mut orders.ratio[i];
    for l in 0..LANES {
        let d = if inverse[l] > 0.0 { revenue[l] * inverse[l] } else { 1.0 };
        let appetite = clamp_between(1.0 + theta[l] * (d - 1.0), 0.0, book.cap[l]);
        let funds = available[l] + margin[l] * revenue[l];
        let span = committed[l] - floors[l];
        let x_new = if span > 0.0 { (clamp_between(funds, floors[l], committed[l]) - floors[l]) / span } else { 1.0 };
        let wanted = appetite * disc[l];
        let f_new = if disc[l] > 0.0 { clamp_between(funds - committed[l], 0.0, wanted) / disc[l] } else { 0.0 };
        let moved = (x_new - x[l]).abs() * span + (f_new - f[l]).abs() * disc[l];
        let moves = moving[l] > 0.0;
        change[l] = if moves { larger(change[l], moved) } else { change[l] };
        ratio[l] = if moves { d } else { ratio[l] };
        x[l] = if moves { x_new } else { x[l] };
        f[l] = if moves { f_new } else { f[l] };
    }
    orders.revenue[i] = revenue;
}

lane_kernel! {
    /// Clears the orders of one quarter. A component of one firm that does not sell to itself is exact after one pass; a cycle is swept in the order of
    /// its firms (Gauss-Seidel) from the chosen end until spending moves by less than the tolerance.
    pub fn clear(book: &OrderBook<'_>, which: FixedPoint, orders: &mut Orders<'_>) -> Solved {
        let from_top = which == FixedPoint::Greatest;
        for i in 0..book.alive.len() {
            orders.committed_share[i] = splat(if from_top { 1.0 } else { 0.0 });
            orders.discretionary_share[i] = if from_top { *book.cap } else { splat(0.0) };
        }
        let mut solved = Solved { sweeps: 1, residual: 0.0, converged: true };
        for component in book.components {
            if !book.channel_on || component.len() == 1 {
                for &i in component {
                    respond(book, orders, i, &splat(1.0), &mut splat(0.0));
                }
                continue;
            }
            let mut rest = Rest::new();
            loop {
                let mut change = splat(0.0);
                for &i in component {
                    respond(book, orders, i, &rest.moving, &mut change);
                }
                if !rest.after(&change, book.tolerance, MOST_SWEEPS) {
                    break;
                }
            }
            rest.report(book.tolerance, &mut solved);
        }
        // Shares that moved in the last sweep of a cycle leave revenue one step behind: bring it level.
        for component in book.components {
            if book.channel_on && component.len() > 1 {
                for &i in component {
                    orders.revenue[i] = revenue(book, orders, i);
                }
            }
        }
        solved
    }
}
