//! Valuation clearing in lanes (model 4.8, 5.3): equity is what a firm owns less what it owes, with limited liability, when firms own each other
//! (Suzuki 2002, Fischer 2014). Unique because outside holders own something of every firm.

use super::Solved;
use super::rest::{Rest, larger};
use crate::lanes::{LANES, Row, lane_kernel, lesser, splat};
use crate::model::Csr;

/// Sweeps over one component after which a solve gives up and says so.
const MOST_SWEEPS: u32 = 2_000;

/// What values depend on; rows per firm (i) or per holding (e).
pub struct Holdings<'a> {
    /// Components of firms whose values need each other, in the order in which they can be solved.
    pub components: &'a [Vec<usize>],
    /// Holdings of each holder.
    pub by_holder: &'a Csr,
    /// Issuer of each holding.
    pub issuer: &'a [u32],
    /// Enterprise value, cash and loans less debt, before stakes (i).
    pub base: &'a [Row],
    /// 1 while the firm lives (i).
    pub alive: &'a [Row],
    /// Share held before this quarter's issues (e).
    pub share: &'a [Row],
    /// Whether the issuer raises money this quarter on any path (i).
    pub raises: &'a [bool],
    /// New money at fair price (i), and the part that the holder paid (e).
    pub fair_money: &'a [Row],
    /// Part of the issuer's fair-priced new money that the holder paid (e).
    pub fair_paid: &'a [Row],
    /// Share of the issuer left to older holders after issues at a fixed valuation (i).
    pub fixed_keep: &'a [Row],
    /// Share of the issuer that the holder gets from issues at a fixed valuation (e).
    pub fixed_share: &'a [Row],
    /// Plan value of stakes where valuation is switched off (channel V): replaces the holdings (i).
    pub plan_stakes: Option<&'a [Row]>,
    /// Change of value, in money, below which a sweep counts as converged.
    pub tolerance: f64,
}

/// Value of firm i at the present values of what it holds.
#[inline(always)]
fn value(h: &Holdings<'_>, values: &[Row], i: usize) -> Row {
    let mut v = h.base[i];
    if let Some(plan) = h.plan_stakes {
        for l in 0..LANES {
            v[l] += plan[i][l];
        }
    } else {
        for &e in h.by_holder.of(i) {
            let e = e as usize;
            let j = h.issuer[e] as usize;
            let (share, worth) = (&h.share[e], &values[j]);
            if h.raises[j] {
                let (money, keep) = (&h.fair_money[j], &h.fixed_keep[j]);
                let (paid, fixed) = (&h.fair_paid[e], &h.fixed_share[e]);
                for l in 0..LANES {
                    let rest = worth[l] - money[l];
                    let fresh = if money[l] > 0.0 { paid[l] * lesser(1.0, worth[l] / money[l]) } else { 0.0 };
                    v[l] += (share[l] * keep[l] + fixed[l]) * (if rest > 0.0 { rest } else { 0.0 }) + fresh;
                }
            } else {
                for l in 0..LANES {
                    v[l] += share[l] * worth[l];
                }
            }
        }
    }
    let alive = &h.alive[i];
    for l in 0..LANES {
        v[l] = if v[l] > 0.0 && alive[l] > 0.0 { v[l] } else { 0.0 };
    }
    v
}

lane_kernel! {
    /// Clears the values of one quarter into `values`, one row per firm. Components of one firm are exact after one pass; cycles of stakes are swept from
    /// last quarter's values, the map being a contraction (model 5.3), until no value moves by more than the tolerance.
    pub fn clear(h: &Holdings<'_>, values: &mut [Row]) -> Solved {
        let mut solved = Solved { sweeps: 1, residual: 0.0, converged: true };
        for component in h.components {
            if h.plan_stakes.is_some() || component.len() == 1 {
                for &i in component {
                    values[i] = value(h, values, i);
                }
                continue;
            }
            let mut rest = Rest::new();
            loop {
                let mut change = splat(0.0);
                for &i in component {
                    let new = value(h, values, i);
                    let old = &mut values[i];
                    for l in 0..LANES {
                        let moves = rest.moving[l] > 0.0;
                        change[l] = if moves { larger(change[l], (new[l] - old[l]).abs()) } else { change[l] };
                        old[l] = if moves { new[l] } else { old[l] };
                    }
                }
                if !rest.after(&change, h.tolerance, MOST_SWEEPS) {
                    break;
                }
            }
            rest.report(h.tolerance, &mut solved);
        }
        solved
    }
}
