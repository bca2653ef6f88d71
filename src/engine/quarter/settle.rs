//! Funding, payment and bookkeeping of a quarter (model 4.4, 4.5, 4.7, 4.9). Defaults are found here and resolved elsewhere.

use super::{Context, Scratch, add, clear_rows};
use crate::clearing::FixedPoint;
use crate::clearing::payments::{self, Claim, Class, Position};
use crate::engine::layout::investor_index;
use crate::engine::state::{Flows, SolverCounts, State};
use crate::lanes::{LANES, Row, greater, lane_kernel, lesser, splat};
use crate::model::FirmNumber;

lane_kernel! {
    /// Outside funding, up to capacity, and what is owed by class.
    pub fn fund(ctx: &Context<'_>, t: usize, s: &State, f: &mut Flows) {
        for i in 0..ctx.layout.firms {
            let firm = &ctx.model.firms[i];
            let (minimum, v) = (ctx.p.firm(FirmNumber::MinimumCash, i), ctx.p.firm(FirmNumber::VariableCostRatio, i));
            let (fixed, scale) = (firm.fixed_cost_usd_bn[t - 1], ctx.p.firm(FirmNumber::FixedCostScale, i));
            for l in 0..LANES {
                let alive = s.alive[i][l];
                let revenue = f.revenue[i][l];
                let senior = alive * fixed * scale[l] + v[l] * revenue + f.interest[i][l] + f.due[i][l];
                let hard = f.order_sum[i][l] + f.capex[i][l] + f.other_hard[i][l];
                let have = s.cash[i][l] + revenue + f.soft_in[i][l];
                let need = alive * greater(0.0, minimum[l] + senior + hard + f.soft_out[i][l] - have);
                let (first, second) = if firm.debt_first { (&f.debt_capacity[i], &f.equity_capacity[i]) } else { (&f.equity_capacity[i], &f.debt_capacity[i]) };
                let taken = lesser(need, first[l]);
                let rest = lesser(need - taken, second[l]);
                (f.new_debt[i][l], f.new_equity[i][l]) = if firm.debt_first { (taken, rest) } else { (rest, taken) };
                f.senior[i][l] = senior;
                f.hard[i][l] = hard;
            }
        }
    }
}

/// Pays: in lanes where everybody can pay everything, at once; elsewhere path by path through the clearing kernel.
pub fn pay(ctx: &Context<'_>, s: &mut State, f: &mut Flows, scratch: &mut Scratch, counts: &mut SolverCounts) {
    let mut short = pay_in_full(ctx.isa, ctx, s, f);
    if ctx.world.fixed_point == FixedPoint::Least {
        short = u64::MAX;
    }
    counts.short_quarters += u64::from(short.count_ones());
    while short != 0 {
        let lane = short.trailing_zeros() as usize;
        short &= short - 1;
        clear_lane(ctx, lane, s, f, scratch, counts);
    }
    receive(ctx, s, f);
}

lane_kernel! {
    /// Everybody pays in full; returns the lanes in which somebody cannot, a bit each.
    fn pay_in_full(ctx: &Context<'_>, s: &mut State, f: &mut Flows) -> u64 {
        inflow_in_full(ctx, s, f);
        let mut bad = splat(0.0);
        for i in 0..ctx.layout.firms {
            let minimum = ctx.p.firm(FirmNumber::MinimumCash, i);
            for l in 0..LANES {
                let own = s.alive[i][l] * (s.cash[i][l] + f.external[i][l] + f.new_debt[i][l] + f.new_equity[i][l]);
                let total = own + f.inflow[i][l];
                let owed = f.senior[i][l] + f.hard[i][l];
                let insolvent = total + s.line[i][l] < owed * (1.0 - payments::SOLVENT_TOLERANCE);
                let soft_short = f.soft_out[i][l] > 0.0 && total - owed - minimum[l] < f.soft_out[i][l];
                bad[l] = if insolvent || soft_short { 1.0 } else { bad[l] };
                f.draw[i][l] = lesser(greater(0.0, owed - total), s.line[i][l]);
                s.cash[i][l] = greater(0.0, total + f.draw[i][l] - owed - f.soft_out[i][l]);
                f.own[i][l] = own;
            }
            f.senior_share[i] = splat(1.0);
            f.hard_share[i] = splat(1.0);
            f.soft_share[i] = splat(1.0);
            f.defaults[i] = splat(0.0);
            f.dead_weight[i] = splat(0.0);
        }
        let mut mask = 0;
        for l in 0..LANES {
            mask |= u64::from(bad[l] > 0.0) << l;
        }
        mask
    }
}

/// Receipts from firms and ghosts if everybody pays in full.
#[inline(always)]
fn inflow_in_full(ctx: &Context<'_>, s: &State, f: &mut Flows) {
    f.inflow.copy_from_slice(&f.backstop_in);
    for c in 0..ctx.layout.buyer.len() {
        if let Some(seller) = ctx.layout.seller_of(c) {
            add(&mut f.inflow[seller], &f.invoice[c]);
        }
    }
    for i in 0..ctx.layout.firms {
        add(&mut f.inflow[i], &f.soft_in[i]);
    }
    for (k, loan) in ctx.model.loans.iter().enumerate() {
        let receives = loan_receipt(ctx, k, s, f);
        add(&mut f.inflow[loan.lender.at()], &receives);
    }
}

/// Service of loan k that its lender counts on: nothing once it is sold, or once the borrower is gone and nobody insures it.
#[inline(always)]
fn loan_receipt(ctx: &Context<'_>, k: usize, s: &State, f: &Flows) -> Row {
    let loan = &ctx.model.loans[k];
    let insured = ctx.world.loans_insured();
    let (lender, borrower) = (&s.alive[loan.lender.at()], &s.alive[loan.borrower.at()]);
    crate::lanes::row(|l| {
        let kept = (1.0 - s.loan_sold[k][l]) * lender[l] * if insured { 1.0 } else { borrower[l] };
        kept * (f.loan_interest[k][l] + f.loan_principal[k][l])
    })
}

/// Clears one path with the payment kernel and writes what was paid into its lane.
fn clear_lane(ctx: &Context<'_>, l: usize, s: &mut State, f: &mut Flows, scratch: &mut Scratch, counts: &mut SolverCounts) {
    positions(ctx, l, s, f, scratch);
    claims(ctx, l, s, f, scratch);
    let solved = payments::clear(&scratch.positions, &scratch.claims, ctx.world.fixed_point, &mut scratch.clearing);
    counts.failed += u64::from(!solved.converged);
    counts.most_sweeps = counts.most_sweeps.max(solved.sweeps);
    let largest = scratch.positions.iter().map(|p| p.senior + p.hard).fold(f64::MIN_POSITIVE, f64::max);
    counts.payment_residual = counts.payment_residual.max(solved.residual / largest);
    for (i, (paid, owed)) in scratch.clearing.payments.iter().zip(&scratch.positions).enumerate() {
        let share = |paid: f64, owed: f64| if owed > 0.0 { paid / owed } else { 1.0 };
        f.senior_share[i][l] = share(paid.senior, owed.senior);
        f.hard_share[i][l] = share(paid.hard, owed.hard);
        f.soft_share[i][l] = share(paid.soft, owed.soft);
        f.draw[i][l] = paid.draw;
        f.inflow[i][l] = paid.inflow;
        f.dead_weight[i][l] = paid.dead_weight;
        f.defaults[i][l] = f64::from(u8::from(paid.defaulted));
        s.cash[i][l] = paid.closing_cash;
    }
}

fn positions(ctx: &Context<'_>, l: usize, s: &State, f: &Flows, scratch: &mut Scratch) {
    scratch.positions.clear();
    for i in 0..ctx.layout.firms {
        scratch.positions.push(Position {
            own: f.own[i][l],
            sure_inflow: 0.0,
            line: s.line[i][l] * s.alive[i][l],
            minimum_cash: ctx.p.firm(FirmNumber::MinimumCash, i)[l],
            senior: f.senior[i][l],
            hard: f.hard[i][l],
            soft: f.soft_out[i][l],
            recovery_own: ctx.p.firm(FirmNumber::DefaultRecoveryOwn, i)[l],
            recovery_inflow: ctx.p.firm(FirmNumber::DefaultRecoveryIncoming, i)[l],
        });
    }
}

fn claims(ctx: &Context<'_>, l: usize, s: &State, f: &Flows, scratch: &mut Scratch) {
    scratch.claims.clear();
    let Scratch { positions, claims, .. } = scratch;
    let mut claim = |from: usize, to: usize, amount: f64, class: Class, sure: f64| {
        positions[to].sure_inflow += sure;
        if amount > 0.0 {
            claims.push(Claim { from: from as u32, to: to as u32, amount, class });
        }
    };
    let payments = ctx.world.payments;
    for c in 0..ctx.layout.buyer.len() {
        if let Some(seller) = ctx.layout.seller_of(c) {
            let invoice = f.invoice[c][l];
            let from_buyer = if payments { lesser(f.order[c][l], invoice) } else { 0.0 };
            claim(ctx.layout.buyer[c] as usize, seller, from_buyer, Class::Hard, invoice - from_buyer);
        }
    }
    for (k, loan) in ctx.model.loans.iter().enumerate() {
        let service = loan_receipt(ctx, k, s, f)[l];
        let from_borrower = if ctx.world.loans_insured() { 0.0 } else { service };
        claim(loan.borrower.at(), loan.lender.at(), from_borrower, Class::Hard, service - from_borrower);
    }
    for (b, backstop) in ctx.model.backstops.iter().enumerate() {
        let amount = f.backstop[b][l];
        let from_guarantor = if payments { amount } else { 0.0 };
        claim(backstop.guarantor.at(), backstop.beneficiary.at(), from_guarantor, Class::Hard, amount - from_guarantor);
    }
    for (k, tranche) in ctx.model.tranches.iter().enumerate() {
        let expected = f.tranche_expected[k][l];
        let sure = ctx.world.tranches_guaranteed();
        match investor_index(tranche.investor) {
            Some(a) if !sure => claim(a, tranche.investee.at(), expected, Class::Soft, 0.0),
            _ => claim(0, tranche.investee.at(), 0.0, Class::Soft, expected),
        }
    }
}

/// What each tranche's investor paid and its investee received.
fn receive(ctx: &Context<'_>, s: &State, f: &mut Flows) {
    for (k, tranche) in ctx.model.tranches.iter().enumerate() {
        let investor = investor_index(tranche.investor);
        let e = tranche.investee.at();
        for l in 0..LANES {
            let paid = f.tranche_owed[k][l] * investor.map_or(1.0, |a| f.soft_share[a][l]);
            f.tranche_paid[k][l] = paid;
            f.tranche_received[k][l] = if ctx.world.tranches_guaranteed() { f.tranche_expected[k][l] } else { s.alive[e][l] * paid };
        }
    }
}

lane_kernel! {
    /// Debt, ladders, loans, cumulated purchases, unsold amounts and payments to capital at the end of the quarter.
    pub fn book(ctx: &Context<'_>, t: usize, s: &mut State, f: &mut Flows) {
        let width = ctx.layout.quarters + 1;
        for i in 0..ctx.layout.firms {
            let later = t + ctx.model.firms[i].debt_tenor_quarters;
            for l in 0..LANES {
                let raised = s.alive[i][l] * (f.new_debt[i][l] + f.draw[i][l]);
                if later < width {
                    s.maturing[i * width + later][l] += raised;
                }
                s.line[i][l] -= f.draw[i][l];
                s.net_to_capital[i][l] += f.senior_share[i][l] * (f.interest[i][l] + f.due[i][l]) + f.estate_to_capital[i][l]
                    - f.new_debt[i][l]
                    - f.new_equity[i][l]
                    - f.draw[i][l];
            }
        }
        for (k, tranche) in ctx.model.tranches.iter().enumerate() {
            if investor_index(tranche.investor).is_none() {
                // Outside investors are capital.
                for l in 0..LANES {
                    s.net_to_capital[tranche.investee.at()][l] -= f.tranche_received[k][l];
                }
            }
        }
        for (pair, purchases) in ctx.layout.pairs.iter().enumerate() {
            for &c in purchases {
                let paid = &f.hard_share[ctx.layout.buyer[c] as usize];
                for l in 0..LANES {
                    s.bought[pair][l] += paid[l] * f.order[c][l];
                }
            }
        }
        for (k, _) in ctx.model.loans.iter().enumerate() {
            for l in 0..LANES {
                s.loan[k][l] = greater(0.0, s.loan[k][l] - f.loan_principal[k][l]);
            }
        }
        for b in 0..ctx.model.backstops.len() {
            let paid = &f.hard_share[ctx.model.backstops[b].guarantor.at()];
            for l in 0..LANES {
                s.backstop_paid[b][l] += paid[l] * f.backstop[b][l];
            }
        }
        if !ctx.model.backstops.is_empty() {
            unsold(ctx, t, s, f);
        }
    }
}

/// Planned network sales that were not received, for next quarter's backstops (model 4.7).
#[inline(always)]
fn unsold(ctx: &Context<'_>, t: usize, s: &mut State, f: &Flows) {
    clear_rows(&mut s.unsold);
    for c in 0..ctx.layout.buyer.len() {
        let Some(seller) = ctx.layout.seller_of(c) else { continue };
        let mut missing = splat(0.0);
        super::trade::plan_orders(ctx, t, c, &mut missing);
        for l in 0..LANES {
            s.unsold[seller][l] += missing[l] - f.invoice[c][l];
        }
    }
    for row in &mut s.unsold {
        for x in row.iter_mut() {
            *x = greater(0.0, *x);
        }
    }
}
