//! Losses of one world on 64 paths, per firm and for the system (model 8.1, 8.2). Not here: statistics over paths.

use super::layout::Layout;
use super::plan::{Plan, stale_marks, surplus};
use super::quarter::Context;
use super::state::{Flows, State};
use crate::lanes::{LANES, Row, greater, lane_kernel, lesser, splat};
use crate::model::{FirmNumber, Metric, PurchaseNumber, StakeNumber};

/// What a world lost on each path of a block.
#[derive(Debug, Clone)]
pub struct Outcome {
    firms: usize,
    firm: Vec<Row>,
    system: Vec<Row>,
    /// Quarter of default; 0 is none (firms).
    pub default_quarter: Vec<Row>,
    /// Shortfall against plan of each purchase.
    pub contract_shortfall: Vec<Row>,
    /// Committed amount not paid of each purchase.
    pub contract_unpaid: Vec<Row>,
}

impl Outcome {
    /// Nothing lost yet.
    pub fn new(layout: &Layout) -> Outcome {
        let purchases = layout.buyer.len();
        Outcome {
            firms: layout.firms,
            firm: vec![splat(0.0); Metric::ALL.len() * layout.firms],
            system: vec![splat(0.0); Metric::ALL.len()],
            default_quarter: vec![splat(0.0); layout.firms],
            contract_shortfall: vec![splat(0.0); purchases],
            contract_unpaid: vec![splat(0.0); purchases],
        }
    }

    /// A metric of firm i.
    #[inline(always)]
    pub fn firm(&self, metric: Metric, i: usize) -> &Row {
        &self.firm[metric as usize * self.firms + i]
    }

    /// A metric of the system.
    #[inline(always)]
    pub fn system(&self, metric: Metric) -> &Row {
        &self.system[metric as usize]
    }

    #[inline(always)]
    fn firm_mut(&mut self, metric: Metric, i: usize) -> &mut Row {
        &mut self.firm[metric as usize * self.firms + i]
    }
}

lane_kernel! {
    /// Adds the losses of quarter t.
    pub fn record(ctx: &Context<'_>, plan: &Plan, t: usize, s: &State, f: &Flows, out: &mut Outcome) {
        for i in 0..ctx.layout.firms {
            operating(ctx, plan, t, i, s, f, out);
            credit(i, f, out);
        }
        for c in 0..ctx.layout.buyer.len() {
            contract(ctx, t, c, f, out);
        }
    }
}

/// Operating losses of firm i up to its default (model 8.2), and its revenue against plan.
#[inline(always)]
fn operating(ctx: &Context<'_>, plan: &Plan, t: usize, i: usize, s: &State, f: &Flows, out: &mut Outcome) {
    let at = (t - 1) * ctx.layout.firms + i;
    let actual = surplus(ctx.layout, i, f);
    let cost = ctx.p.firm(FirmNumber::BankruptcyCost, i);
    let (lives, fails) = (&f.lives[i], &f.defaults[i]);
    let mut net = splat(0.0);
    for l in 0..LANES {
        net[l] = lives[l] * (plan.surplus[at][l] - actual[l]);
        net[l] += fails[l] * (f.dead_weight[i][l] - (1.0 - cost[l]) * f.failed_enterprise[i][l]);
    }
    let today = out.firm_mut(Metric::NetLossFromToday, i);
    for l in 0..LANES {
        today[l] += net[l] + fails[l] * s.enterprise_opening[i][l];
    }
    let to_plan = out.firm_mut(Metric::NetLoss, i);
    for l in 0..LANES {
        to_plan[l] += net[l] + fails[l] * plan.enterprise[at][l];
    }
    let shortfall = out.firm_mut(Metric::RevenueShortfall, i);
    for l in 0..LANES {
        shortfall[l] += f.plan_revenue[i][l] - f.revenue[i][l];
    }
    let peak = out.firm_mut(Metric::PeakUnmetNeed, i);
    for l in 0..LANES {
        peak[l] = greater(peak[l], f.unmet[i][l]);
    }
    let weight = out.firm_mut(Metric::DeadWeight, i);
    for l in 0..LANES {
        weight[l] += fails[l] * (f.dead_weight[i][l] + cost[l] * f.failed_enterprise[i][l]);
    }
}

/// Losses of creditors.
#[inline(always)]
fn credit(i: usize, f: &Flows, out: &mut Outcome) {
    let outside = out.firm_mut(Metric::ExternalCreditLoss, i);
    for l in 0..LANES {
        outside[l] += f.outside_loss[i][l];
    }
    let inside = out.firm_mut(Metric::NetworkCreditLoss, i);
    for l in 0..LANES {
        inside[l] += f.network_loss[i][l];
    }
}

/// What the seller of purchase c did not get, against plan and against what was committed, and the backlog lost with it.
#[inline(always)]
fn contract(ctx: &Context<'_>, t: usize, c: usize, f: &Flows, out: &mut Outcome) {
    let buyer = ctx.layout.buyer[c] as usize;
    let purchase = &ctx.model.purchases[c];
    let scale = ctx.p.purchase(PurchaseNumber::Scale, c);
    let planned = if ctx.layout.purchase_deal[c].is_none() { purchase.schedule_usd_bn[t - 1] } else { 0.0 };
    let seller = ctx.layout.seller_of(c);
    let gets_all = !ctx.world.payments;
    let (mut shortfall, mut unpaid, mut not_billed) = (splat(0.0), splat(0.0), splat(0.0));
    for l in 0..LANES {
        let share = if gets_all { 1.0 } else { f.hard_share[buyer][l] };
        let received = if seller.is_some() && !ctx.world.orders {
            f.invoice[c][l] - (1.0 - share) * lesser(f.order[c][l], f.invoice[c][l])
        } else {
            share * f.order[c][l]
        };
        let can_deliver = seller.map_or(1.0, |j| f.lives[j][l]);
        shortfall[l] = planned * scale[l] - can_deliver * received;
        unpaid[l] = can_deliver * greater(0.0, f.committed[c][l] - received);
        not_billed[l] = planned * scale[l] - can_deliver * f.invoice[c][l];
    }
    for l in 0..LANES {
        out.contract_shortfall[c][l] += shortfall[l];
        out.contract_unpaid[c][l] += unpaid[l];
    }
    let Some(seller) = seller else { return };
    let sum = out.firm_mut(Metric::NetworkShortfall, seller);
    for l in 0..LANES {
        sum[l] += not_billed[l];
    }
    let sum = out.firm_mut(Metric::CommittedShortfall, seller);
    for l in 0..LANES {
        sum[l] += unpaid[l];
    }
    let after = ctx.p.purchase(PurchaseNumber::AfterHorizon, c);
    let deals = ctx.model.shocks.deals.len();
    let size = ctx.layout.purchase_deal[c].map(|d| &ctx.drivers.deal_scale[(t - 1) * deals + d]);
    let sum = out.firm_mut(Metric::BacklogLost, seller);
    for l in 0..LANES {
        // Without channel O the ghost orders in the buyer's place, and nothing is lost.
        let rejected = if ctx.world.orders { f.defaults[buyer][l] * f.lives[seller][l] } else { 0.0 };
        let gone = rejected * scale[l] * size.map_or(1.0, |x| x[l]) * after[l];
        sum[l] += unpaid[l] + gone;
    }
}

lane_kernel! {
    /// Adds what is known at the horizon, and sums over firms.
    pub fn finish(ctx: &Context<'_>, plan: &Plan, s: &State, out: &mut Outcome) {
        let last = (ctx.layout.quarters - 1) * ctx.layout.firms;
        for i in 0..ctx.layout.firms {
            out.default_quarter[i] = s.default_quarter[i];
            for l in 0..LANES {
                let alive = s.alive[i][l];
                let worth = s.price[i][l] + s.distributed[i][l];
                out.firm_mut(Metric::NetLoss, i)[l] += alive * (plan.enterprise[last + i][l] - s.enterprise[i][l]);
                out.firm_mut(Metric::NetLossFromToday, i)[l] += alive * (s.enterprise_opening[i][l] - s.enterprise[i][l]);
                out.firm_mut(Metric::GrossLoss, i)[l] = plan.value[last + i][l] - s.value[i][l];
                out.firm_mut(Metric::MarkToMarketLoss, i)[l] = s.value_opening[i][l] - worth;
                out.firm_mut(Metric::MarkToMarketLossVsPlan, i)[l] = plan.price[last + i][l] - worth;
                out.firm_mut(Metric::MaxDrawdown, i)[l] = s.drawdown[i][l];
                out.firm_mut(Metric::Defaults, i)[l] = if s.default_quarter[i][l] > 0.0 { 1.0 } else { 0.0 };
            }
        }
        stake_losses(ctx, plan, s, out);
        for metric in Metric::ALL {
            let mut sum = splat(0.0);
            for i in 0..ctx.layout.firms {
                let row = out.firm(metric, i);
                for l in 0..LANES {
                    sum[l] += row[l];
                }
            }
            out.system[metric as usize] = sum;
        }
    }
}

/// Loss on the stakes of the as-of date, and reported marks above fair value. Without channel V both are those of the plan.
#[inline(always)]
fn stake_losses(ctx: &Context<'_>, plan: &Plan, s: &State, out: &mut Outcome) {
    let last = (ctx.layout.quarters - 1) * ctx.layout.firms;
    for (k, stake) in ctx.model.stakes.iter().enumerate() {
        let (holder, j) = (stake.holder.at(), stake.issuer.at());
        let share = ctx.p.stake(StakeNumber::Share, k);
        let loss = out.firm_mut(Metric::StakeLoss, holder);
        for l in 0..LANES {
            let worth = if ctx.world.values { s.price[j][l] + s.distributed[j][l] } else { plan.price[last + j][l] };
            loss[l] += share[l] * (s.value_opening[j][l] - worth);
        }
    }
    let in_world = if ctx.world.values { Some(stale_marks(ctx.layout, s)) } else { None };
    for (i, gap) in in_world.as_ref().unwrap_or(&plan.stale_marks).iter().enumerate() {
        *out.firm_mut(Metric::StaleMarkGap, i) = *gap;
    }
}
