//! The no-shock plan of a block: the full model run without shocks, and what it is compared with and falls back on. Also whether it can be paid for.

use super::layout::Layout;
use super::quarter::{Context, Scratch, advance, circular_revenue};
use super::state::{Flows, SolverCounts, State};
use super::world::World;
use crate::lanes::{Isa, LANES, Row, row, splat};
use crate::model::Model;
use crate::shocks::{Drivers, Parameters};

/// The plan, rows by (t - 1, entity).
#[derive(Debug, Clone)]
pub struct Plan {
    firms: usize,
    warrants: usize,
    /// Tranches paid (t, k).
    pub tranche: Vec<Row>,
    /// Value of stakes held (t, i), with the as-of date as quarter 0.
    stakes: Vec<Row>,
    /// Enterprise value (t, i).
    pub enterprise: Vec<Row>,
    /// Operating surplus (t, i).
    pub surplus: Vec<Row>,
    /// Equity value (t, i).
    pub value: Vec<Row>,
    /// Price (t, i).
    pub price: Vec<Row>,
    /// Circular revenue (t, i).
    pub circular: Vec<Row>,
    /// 1 from the quarter in which a warrant vests (t, w).
    vested: Vec<Row>,
    /// Reported marks of the stakes held, above their fair value, at the horizon (i).
    pub stale_marks: Vec<Row>,
    /// Money missing to pay for the plan in full (t, i).
    pub gap: Vec<Row>,
}

/// A place where the plan cannot be paid for.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// Firm.
    pub firm: usize,
    /// Quarter.
    pub quarter: usize,
    /// Money missing, USD billion.
    pub usd_bn: f64,
}

impl Plan {
    /// Runs the plan of a block's numbers under `calm` drivers, those without any shock. `watch` sees every quarter's state and flows.
    pub fn run(
        model: &Model,
        layout: &Layout,
        (p, calm): (&Parameters, &Drivers),
        isa: Isa,
        scale: f64,
        mut watch: impl FnMut(usize, &State, &Flows),
    ) -> (Plan, SolverCounts) {
        let sentiments = calm.sentiments(p, false, isa);
        let ctx = Context { model, layout, p, drivers: calm, sentiments: &sentiments, plan: None, world: World::W0, isa, scale };
        let mut state = State::opening(model, layout, p);
        let mut flows = Flows::new(model, layout);
        let (mut scratch, mut counts) = (Scratch::default(), SolverCounts::default());
        counts.negative_stubs += state.negative_stubs;
        let mut plan = Plan::empty(model, layout);
        plan.stakes.extend((0..layout.firms).map(|i| stakes(layout, &state, i)));
        for t in 1..=layout.quarters {
            advance(&ctx, t, &mut state, &mut flows, &mut scratch, &mut counts);
            plan.record(&ctx, &state, &flows);
            watch(t, &state, &flows);
        }
        plan.stale_marks = stale_marks(layout, &state);
        (plan, counts)
    }

    fn empty(model: &Model, layout: &Layout) -> Plan {
        Plan {
            firms: layout.firms,
            warrants: model.warrants.len(),
            tranche: vec![],
            stakes: vec![],
            enterprise: vec![],
            surplus: vec![],
            value: vec![],
            price: vec![],
            circular: vec![],
            stale_marks: vec![],
            vested: vec![],
            gap: vec![],
        }
    }

    fn record(&mut self, ctx: &Context<'_>, s: &State, f: &Flows) {
        self.tranche.extend_from_slice(&f.tranche_paid);
        self.enterprise.extend_from_slice(&s.enterprise);
        self.value.extend_from_slice(&s.value);
        self.price.extend_from_slice(&s.price);
        self.vested.extend_from_slice(&s.warrant_done);
        for i in 0..self.firms {
            self.stakes.push(stakes(ctx.layout, s, i));
            self.surplus.push(surplus(ctx.layout, i, f));
            self.circular.push(circular_revenue(ctx, i, f));
            self.gap.push(gap(i, f));
        }
    }

    /// Value of the stakes of every firm at the end of quarter t.
    pub fn stakes_at(&self, t: usize) -> &[Row] {
        &self.stakes[t * self.firms..(t + 1) * self.firms]
    }

    /// Value of the stakes of firm i at the start of quarter t.
    pub fn stakes_before(&self, t: usize, i: usize) -> &Row {
        &self.stakes[(t - 1) * self.firms + i]
    }

    /// 1 where warrant w has vested by quarter t.
    pub fn vested(&self, t: usize, w: usize) -> &Row {
        &self.vested[(t - 1) * self.warrants + w]
    }

    /// Every firm and quarter whose plan cannot be paid for on lane `lane`, beyond rounding (model I23).
    pub fn gaps(&self, lane: usize, scale: f64) -> Vec<Gap> {
        let found = self.gap.iter().enumerate().filter(|(_, row)| row[lane] > 1e-9 * scale);
        found.map(|(at, row)| Gap { firm: at % self.firms, quarter: at / self.firms + 1, usd_bn: row[lane] }).collect()
    }

    /// Number of lanes in which some gap is larger than rounding.
    pub fn unfinanceable_lanes(&self, scale: f64) -> u64 {
        (0..LANES).filter(|&l| self.gap.iter().any(|row| row[l] > 1e-9 * scale)).count() as u64
    }
}

/// Value of the stakes of firm i.
fn stakes(layout: &Layout, s: &State, i: usize) -> Row {
    let mut sum = splat(0.0);
    for &e in layout.by_holder.of(i) {
        let (share, worth) = (&s.holding[e as usize], &s.value[layout.issuer[e as usize] as usize]);
        for l in 0..LANES {
            sum[l] += share[l] * worth[l];
        }
    }
    sum
}

/// Operating surplus of firm i (model 8.2): revenue less external costs, capital expenditure, purchases and backstops called, owed or paid. A backstop is
/// revenue of who is bought from, and so a cost of who buys.
pub fn surplus(layout: &Layout, i: usize, f: &Flows) -> Row {
    let mut left: Row = row(|l| f.revenue[i][l] - (f.senior[i][l] - f.interest[i][l] - f.due[i][l]) - f.capex[i][l] - f.order_sum[i][l]);
    for &b in layout.by_guarantor.of(i) {
        for l in 0..LANES {
            left[l] -= f.backstop[b as usize][l];
        }
    }
    left
}

/// Money missing to place the planned orders in full and to pay everything owed.
fn gap(i: usize, f: &Flows) -> Row {
    row(|l| {
        let funds = f.available[i][l] + f.margin[i][l] * f.revenue[i][l];
        let wanted = f.committed_sum[i][l] + f.discretionary_sum[i][l];
        let orders = f.lives[i][l] * (wanted - funds).max(0.0);
        let unpaid = (1.0 - f.senior_share[i][l]) * f.senior[i][l]
            + (1.0 - f.hard_share[i][l]) * f.hard[i][l]
            + (1.0 - f.soft_share[i][l]) * f.soft_out[i][l];
        let gone = if f.lives[i][l] > 0.0 { 0.0 } else { wanted };
        orders + unpaid + gone + f.draw[i][l]
    })
}

/// Reported marks above fair value of what each firm holds.
pub fn stale_marks(layout: &Layout, s: &State) -> Vec<Row> {
    let mut gap = vec![splat(0.0); layout.firms];
    for (e, &(holder, j)) in layout.holdings.iter().enumerate() {
        let j = j as usize;
        for l in 0..LANES {
            gap[holder as usize][l] += s.holding[e][l] * s.shares[j][l] * (s.mark[j][l] - s.price[j][l]);
        }
    }
    gap
}
