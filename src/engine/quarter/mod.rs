//! One quarter of one world on 64 paths: the order of operations of model 4. Each step is a room of its own; nothing here computes.

mod defaults;
mod obligations;
mod settle;
mod trade;
mod valuation;

pub use trade::circular_revenue;

use super::layout::Layout;
use super::plan::Plan;
use super::state::{Flows, SolverCounts, State};
use super::world::World;
use crate::clearing::payments::{Claim, Position, Workspace};
use crate::lanes::{Isa, Row};
use crate::model::Model;
use crate::shocks::{Drivers, Parameters, Sentiments};

/// What every step may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The model.
    pub model: &'a Model,
    /// Its structure.
    pub layout: &'a Layout,
    /// Its numbers, by lane.
    pub p: &'a Parameters,
    /// Exogenous drivers.
    pub drivers: &'a Drivers,
    /// Value factors from sentiment.
    pub sentiments: &'a Sentiments,
    /// The no-shock plan; none while it is made.
    pub plan: Option<&'a Plan>,
    /// Channels.
    pub world: World,
    /// Instruction set.
    pub isa: Isa,
    /// Scale of money, for tolerances.
    pub scale: f64,
}

impl Context<'_> {
    /// Row of firm i in quarter t of a series by (t - 1, i).
    #[inline(always)]
    fn at(&self, t: usize, i: usize) -> usize {
        (t - 1) * self.layout.firms + i
    }
}

/// Memory that quarters reuse.
#[derive(Default)]
pub struct Scratch {
    positions: Vec<Position>,
    claims: Vec<Claim>,
    clearing: Workspace,
}

/// Advances one world by quarter `t`, from 1 to the horizon.
pub fn advance(ctx: &Context<'_>, t: usize, state: &mut State, flows: &mut Flows, scratch: &mut Scratch, counts: &mut SolverCounts) {
    trade::external_revenue(ctx.isa, ctx, t, state, flows);
    trade::contracts(ctx.isa, ctx, t, state, flows);
    obligations::tranches(ctx, t, state, flows);
    obligations::capacity(ctx.isa, ctx, t, state, flows);
    trade::clear_orders(ctx, flows, state, counts);
    trade::place_orders(ctx.isa, ctx, t, state, flows);
    settle::fund(ctx.isa, ctx, t, state, flows);
    settle::pay(ctx, state, flows, scratch, counts);
    defaults::resolve(ctx, t, state, flows);
    valuation::value_and_issue(ctx, t, state, flows, counts);
    settle::book(ctx.isa, ctx, t, state, flows);
}

/// Sets every row to zero.
#[inline(always)]
fn clear_rows(rows: &mut [Row]) {
    for row in rows {
        *row = crate::lanes::splat(0.0);
    }
}

/// Adds a row to another.
#[inline(always)]
fn add(to: &mut Row, what: &Row) {
    for (a, b) in to.iter_mut().zip(what) {
        *a += b;
    }
}
