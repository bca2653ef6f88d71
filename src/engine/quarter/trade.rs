//! Revenue, contracts and orders of a quarter (model 3.3 to 3.5, 4.3, 6.2). Nobody pays here.

use super::{Context, add, clear_rows};
use crate::clearing::orders::{self, OrderBook, Orders};
use crate::engine::state::{Flows, SolverCounts, State};
use crate::lanes::{self, LANES, Row, greater, lane_kernel, lesser, splat};
use crate::model::{FirmNumber, GroupNumber, PurchaseNumber, RuleNumber};

/// Relative change of spending at which order clearing stops.
const ORDER_TOLERANCE: f64 = 1e-14;

lane_kernel! {
    /// R = (R-bar + recaptured) exp(X - under), for living firms.
    pub fn external_revenue(ctx: &Context<'_>, t: usize, s: &mut State, f: &mut Flows) {
        f.lives.copy_from_slice(&s.alive);
        for i in 0..ctx.layout.firms {
            let plan = ctx.model.firms[i].external_revenue_usd_bn[t - 1];
            let scale = ctx.p.firm(FirmNumber::ExternalRevenueScale, i);
            let factor = &ctx.drivers.revenue_factor[ctx.at(t, i)];
            let gamma = ctx.p.firm(FirmNumber::RevenueFeedback, i);
            let (under, ordered, alive) = (&mut s.under[i], &s.order_ratio[i], &s.alive[i]);
            let out = &mut f.external[i];
            if gamma.iter().any(|&g| g != 0.0) {
                for l in 0..LANES {
                    under[l] += gamma[l] * greater(0.0, 1.0 - ordered[l]);
                    out[l] = alive[l] * plan * scale[l] * factor[l] * lanes::exp(-under[l]);
                }
            } else {
                for l in 0..LANES {
                    out[l] = alive[l] * plan * scale[l] * factor[l];
                }
            }
        }
        for peers in &ctx.layout.peers {
            recapture(ctx, t, peers, s, f);
        }
    }
}

/// Living peers take over a share of the planned external revenue of the dead, in proportion to their own plans.
#[inline(always)]
fn recapture(ctx: &Context<'_>, t: usize, peers: &[usize], s: &State, f: &mut Flows) {
    if peers.iter().all(|&i| s.alive[i].iter().all(|&a| a > 0.0)) {
        return;
    }
    let (mut lost, mut left) = (splat(0.0), splat(0.0));
    for &i in peers {
        let plan = ctx.model.firms[i].external_revenue_usd_bn[t - 1];
        let (scale, share) = (ctx.p.firm(FirmNumber::ExternalRevenueScale, i), ctx.p.firm(FirmNumber::Recapture, i));
        for l in 0..LANES {
            lost[l] += (1.0 - s.alive[i][l]) * share[l] * plan * scale[l];
            left[l] += s.alive[i][l] * plan * scale[l];
        }
    }
    for &i in peers {
        for l in 0..LANES {
            f.external[i][l] *= if left[l] > 0.0 { 1.0 + lost[l] / left[l] } else { 1.0 };
        }
    }
}

lane_kernel! {
    /// Committed and discretionary amounts of every purchase, whoever lives; their sums for living buyers; planned revenue.
    pub fn contracts(ctx: &Context<'_>, t: usize, s: &State, f: &mut Flows) {
        let firms = ctx.layout.firms;
        for i in 0..firms {
            let plan = ctx.model.firms[i].external_revenue_usd_bn[t - 1];
            let scale = ctx.p.firm(FirmNumber::ExternalRevenueScale, i);
            let (capex, capex_scale) = (ctx.model.firms[i].capex_usd_bn[t - 1], ctx.p.firm(FirmNumber::CapexScale, i));
            let (v, willing) = (ctx.p.firm(FirmNumber::VariableCostRatio, i), &ctx.drivers.order_share[ctx.at(t, i)]);
            for l in 0..LANES {
                f.plan_revenue[i][l] = plan * scale[l];
                f.capex_plan[i][l] = capex * capex_scale[l];
                f.margin[i][l] = 1.0 - v[l];
                f.place[i][l] = s.alive[i][l] * willing[l];
            }
        }
        // Once for each group: powers cost more than all the rest of a contract.
        let nominal: Vec<Row> = (0..ctx.model.groups.len()).map(|g| demand_factor(ctx, t, g)).collect();
        for c in 0..ctx.layout.buyer.len() {
            contract(ctx, t, c, &nominal, f);
        }
        for cell in &ctx.layout.cells {
            substitute(ctx, t, cell, f);
        }
        clear_rows(&mut f.floor_sum);
        clear_rows(&mut f.committed_sum);
        f.discretionary_sum.copy_from_slice(&f.capex_plan);
        for c in 0..ctx.layout.buyer.len() {
            let b = ctx.layout.buyer[c] as usize;
            add(&mut f.floor_sum[b], &f.floor[c]);
            add(&mut f.committed_sum[b], &f.committed[c]);
            add(&mut f.discretionary_sum[b], &f.discretionary[c]);
        }
        for i in 0..firms {
            for l in 0..LANES {
                let plan = f.plan_revenue[i][l];
                f.plan_inverse[i][l] = if plan > 0.0 { 1.0 / plan } else { 0.0 };
            }
        }
    }
}

/// Amounts of purchase c before substitution, given the nominal demand for computing of each group.
#[inline(always)]
fn contract(ctx: &Context<'_>, t: usize, c: usize, nominal: &[Row], f: &mut Flows) {
    let purchase = &ctx.model.purchases[c];
    let plan = purchase.schedule_usd_bn[t - 1];
    let (tau, scale) = (ctx.p.purchase(PurchaseNumber::TakeOrPay, c), ctx.p.purchase(PurchaseNumber::Scale, c));
    let enforceable = ctx.p.purchase(PurchaseNumber::Enforceability, c);
    let deals = ctx.model.shocks.deals.len();
    let size = ctx.layout.purchase_deal[c].map(|d| &ctx.drivers.deal_scale[(t - 1) * deals + d]);
    let nominal = purchase.group.map(|(g, _)| &nominal[g]);
    let (committed, floor, discretionary) = (&mut f.committed[c], &mut f.floor[c], &mut f.discretionary[c]);
    for l in 0..LANES {
        let amount = plan * scale[l] * size.map_or(1.0, |x| x[l]);
        committed[l] = tau[l] * amount;
        floor[l] = enforceable[l] * committed[l];
        discretionary[l] = (1.0 - tau[l]) * amount * nominal.map_or(1.0, |x| x[l]);
    }
    // Contracts that bind at the as-of date are planned revenue of the seller; new ones come on top (model 6.2).
    if let (true, Some(seller)) = (size.is_none(), ctx.layout.seller_of(c)) {
        for l in 0..LANES {
            f.plan_revenue[seller][l] += plan * scale[l];
        }
    }
}

/// Nominal demand for computing after a fall in its price, xi = price^(1 - epsilon).
#[inline(always)]
fn demand_factor(ctx: &Context<'_>, t: usize, g: usize) -> Row {
    let (price, elasticity) = (&ctx.drivers.efficiency[t - 1], ctx.p.group(GroupNumber::PriceElasticity, g));
    if price.iter().all(|&x| x == 1.0) {
        return splat(1.0);
    }
    lanes::row(|l| lanes::exp((1.0 - elasticity[l]) * lanes::ln(price[l])))
}

/// Moves discretionary purchases between the lead vendor and the others of a buyer's group, the group's total preserved; what no other contract can
/// take goes to outside vendors (in-house chips).
#[inline(always)]
fn substitute(ctx: &Context<'_>, t: usize, cell: &crate::engine::layout::Cell, f: &mut Flows) {
    let ratio = &ctx.drivers.vendor_ratio[(t - 1) * ctx.model.groups.len() + cell.group];
    if ratio.iter().all(|&r| r == 1.0) {
        return;
    }
    let (mut lead, mut others) = (splat(0.0), splat(0.0));
    cell.lead.iter().for_each(|&c| add(&mut lead, &f.discretionary[c]));
    cell.others.iter().for_each(|&c| add(&mut others, &f.discretionary[c]));
    let (mut lead_factor, mut other_factor) = (splat(1.0), splat(1.0));
    for l in 0..LANES {
        // A gain of the lead vendor is bounded by what the others have to lose.
        let moved = greater(lead[l] * (1.0 - ratio[l]), -others[l]);
        if lead[l] > 0.0 {
            lead_factor[l] = 1.0 - moved / lead[l];
        }
        if others[l] > 0.0 {
            other_factor[l] = 1.0 + moved / others[l];
        } else {
            f.capex_plan[cell.buyer][l] += greater(moved, 0.0);
        }
    }
    for (list, factor) in [(&cell.lead, &lead_factor), (&cell.others, &other_factor)] {
        for &c in list {
            for l in 0..LANES {
                f.discretionary[c][l] *= factor[l];
            }
        }
    }
}

/// Finds the orders: the fixed point of model 4.3.
pub fn clear_orders(ctx: &Context<'_>, f: &mut Flows, s: &State, counts: &mut SolverCounts) {
    let external: Vec<Row> = (0..ctx.layout.firms).map(|i| std::array::from_fn(|l| f.external[i][l] + f.backstop_in[i][l])).collect();
    let book = OrderBook {
        components: &ctx.layout.order_components,
        by_seller: &ctx.layout.by_seller,
        buyer: &ctx.layout.buyer,
        external: &external,
        alive: &s.alive,
        committed: &f.committed,
        floor: &f.floor,
        discretionary: &f.discretionary,
        available: &f.available,
        margin: &f.margin,
        plan_inverse: &f.plan_inverse,
        theta: ctx.p.firms(FirmNumber::SpendingElasticity),
        floor_sum: &f.floor_sum,
        committed_sum: &f.committed_sum,
        discretionary_sum: &f.discretionary_sum,
        place: &f.place,
        cap: ctx.p.rule(RuleNumber::SpendingCap),
        channel_on: ctx.world.orders,
        tolerance: ORDER_TOLERANCE * ctx.scale,
    };
    let mut orders = Orders {
        revenue: &mut f.revenue,
        ratio: &mut f.ratio,
        committed_share: &mut f.committed_share,
        discretionary_share: &mut f.discretionary_share,
    };
    let solved = orders::clear(ctx.isa, &book, ctx.world.fixed_point, &mut orders);
    counts.failed += u64::from(!solved.converged);
    counts.most_sweeps = counts.most_sweeps.max(solved.sweeps);
    counts.order_residual = counts.order_residual.max(solved.residual / ctx.scale);
}

lane_kernel! {
    /// Orders, invoices, capital expenditure, order ratios and enterprise values that follow from the fixed point.
    pub fn place_orders(ctx: &Context<'_>, t: usize, s: &mut State, f: &mut Flows) {
        let firms = ctx.layout.firms;
        clear_rows(&mut f.order_sum);
        let mut planned = vec![splat(0.0); firms];
        for c in 0..ctx.layout.buyer.len() {
            let b = ctx.layout.buyer[c] as usize;
            let (committed, floor, disc) = (&f.committed[c], &f.floor[c], &f.discretionary[c]);
            let (x, share, place) = (&f.committed_share[b], &f.discretionary_share[b], &f.place[b]);
            let q = &mut f.order[c];
            for l in 0..LANES {
                q[l] = place[l] * (floor[l] + (committed[l] - floor[l]) * x[l] + disc[l] * share[l]);
            }
            add(&mut f.order_sum[b], q);
            let invoice = &mut f.invoice[c];
            match ctx.layout.seller_of(c) {
                Some(seller) if ctx.world.orders => {
                    for l in 0..LANES {
                        invoice[l] = s.alive[seller][l] * q[l];
                    }
                }
                Some(seller) => {
                    for l in 0..LANES {
                        invoice[l] = s.alive[seller][l] * (committed[l] + disc[l]);
                    }
                }
                None => *invoice = splat(0.0),
            }
            plan_orders(ctx, t, c, &mut planned[b]);
        }
        for i in 0..firms {
            let disc = &f.discretionary_share[i];
            for l in 0..LANES {
                f.capex[i][l] = f.place[i][l] * disc[l] * f.capex_plan[i][l];
                s.order_ratio[i][l] = if planned[i][l] > 0.0 { f.order_sum[i][l] / planned[i][l] } else { 1.0 };
                f.unmet[i][l] = s.alive[i][l] * greater(0.0, f.committed_sum[i][l] - f.available[i][l] - f.margin[i][l] * f.revenue[i][l]);
            }
            enterprise_value(ctx, t, i, s, f);
        }
    }
}

/// Adds the planned amount of purchase c, in force, before any shock to its vendor or price.
#[inline(always)]
pub fn plan_orders(ctx: &Context<'_>, t: usize, c: usize, to: &mut Row) {
    let plan = ctx.model.purchases[c].schedule_usd_bn[t - 1];
    let scale = ctx.p.purchase(PurchaseNumber::Scale, c);
    let deals = ctx.model.shocks.deals.len();
    let size = ctx.layout.purchase_deal[c].map(|d| &ctx.drivers.deal_scale[(t - 1) * deals + d]);
    for l in 0..LANES {
        to[l] += plan * scale[l] * size.map_or(1.0, |x| x[l]);
    }
}

/// EV = EV(0) e^{r t / 4} d^chi e^{beta S}, with circular revenue at its weight in d (model 6.2).
#[inline(always)]
fn enterprise_value(ctx: &Context<'_>, t: usize, i: usize, s: &mut State, f: &mut Flows) {
    let at = ctx.at(t, i);
    let chi = ctx.p.firm(FirmNumber::ValueElasticity, i);
    let level = &ctx.sentiments.level[at];
    let weight = ctx.p.rule(RuleNumber::CircularRevenueWeight);
    let looks_through = ctx.world.look_through || weight.iter().any(|&w| w != 1.0);
    let mut d = f.ratio[i];
    if let (true, Some(plan)) = (looks_through, ctx.plan) {
        let circular = circular_revenue(ctx, i, f);
        for l in 0..LANES {
            let away = if ctx.world.look_through { 1.0 } else { 1.0 - weight[l] };
            let organic_plan = f.plan_revenue[i][l] - away * plan.circular[at][l];
            d[l] = if organic_plan > 0.0 { greater(0.0, f.revenue[i][l] - away * circular[l]) / organic_plan } else { 1.0 };
        }
    }
    for l in 0..LANES {
        let d = greater(d[l], 1e-300);
        s.enterprise[i][l] = s.alive[i][l] * s.enterprise_opening[i][l] * level[l] * lanes::exp(chi[l] * lanes::ln(d));
    }
}

/// Revenue of firm i that its own tranches of the quarter finance: with each buyer the smaller of what it invests and what it sells.
#[inline(always)]
pub fn circular_revenue(ctx: &Context<'_>, i: usize, f: &Flows) -> Row {
    let mut sum = splat(0.0);
    let mut seen: Vec<usize> = Vec::new();
    for &k in ctx.layout.by_investor.of(i) {
        let buyer = ctx.model.tranches[k as usize].investee.at();
        if seen.contains(&buyer) {
            continue;
        }
        seen.push(buyer);
        let (mut invested, mut sold) = (splat(0.0), splat(0.0));
        for &j in ctx.layout.by_investor.of(i) {
            if ctx.model.tranches[j as usize].investee.at() == buyer {
                add(&mut invested, &f.tranche_owed[j as usize]);
            }
        }
        for &c in ctx.layout.by_seller.of(i) {
            if ctx.layout.buyer[c as usize] as usize == buyer {
                add(&mut sold, &f.invoice[c as usize]);
            }
        }
        for l in 0..LANES {
            sum[l] += lesser(invested[l], sold[l]);
        }
    }
    sum
}
