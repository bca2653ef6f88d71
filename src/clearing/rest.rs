//! When a sweep of 64 lanes may stop: each lane by itself, so that no bit of a path's answer depends on the paths beside it.

use super::Solved;
use crate::lanes::{LANES, Row, splat};

/// Which lanes still move, and the last change of each.
pub(super) struct Rest {
    /// 1 while a lane moves. What belongs to a lane at rest must not be changed any more.
    pub(super) moving: Row,
    last: Row,
    sweeps: u32,
}

impl Rest {
    /// Before the first sweep: every lane moves.
    #[inline(always)]
    pub(super) fn new() -> Rest {
        Rest { moving: splat(1.0), last: splat(0.0), sweeps: 0 }
    }

    /// Takes note of a sweep that changed each lane by `change`, 0 for those at rest; says whether another one is needed.
    #[inline(always)]
    pub(super) fn after(&mut self, change: &Row, tolerance: f64, most_sweeps: u32) -> bool {
        self.sweeps += 1;
        let mut any = 0.0;
        for l in 0..LANES {
            self.last[l] = if self.moving[l] > 0.0 { change[l] } else { self.last[l] };
            self.moving[l] = if change[l] > tolerance { 1.0 } else { 0.0 };
            any += self.moving[l];
        }
        any > 0.0 && self.sweeps < most_sweeps
    }

    /// Adds what was reached to the report of a solve.
    #[inline(always)]
    pub(super) fn report(&self, tolerance: f64, solved: &mut Solved) {
        for l in 0..LANES {
            solved.residual = larger(solved.residual, self.last[l]);
        }
        solved.sweeps = solved.sweeps.max(self.sweeps);
        solved.converged &= solved.residual <= tolerance;
    }
}

/// The larger of two numbers; one that is not a number counts as infinite.
#[inline(always)]
pub(super) fn larger(a: f64, b: f64) -> f64 {
    let b = if b >= 0.0 { b } else { f64::INFINITY };
    if b > a { b } else { a }
}
