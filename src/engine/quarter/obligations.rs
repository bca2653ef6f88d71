//! What is owed and what can be raised before anybody orders: tranches, rollover, capacities, loan service, backstops (model 4.1, 4.2, 5.4).

use super::{Context, add, clear_rows};
use crate::clearing::payments::SOLVENT_TOLERANCE;
use crate::engine::layout::investor_index;
use crate::engine::state::{Flows, State};
use crate::engine::world::Financing;
use crate::lanes::{self, LANES, Row, greater, lane_kernel, lesser, splat};
use crate::model::{BackstopNumber, FirmNumber, LoanNumber, RuleNumber, ShockNumber, TrancheNumber};

/// Tranches: who owes what, and what investees count on.
pub fn tranches(ctx: &Context<'_>, t: usize, s: &mut State, f: &mut Flows) {
    clear_rows(&mut f.soft_in);
    clear_rows(&mut f.soft_out);
    for k in 0..ctx.model.tranches.len() {
        f.tranche_owed[k] = splat(0.0);
        f.tranche_expected[k] = splat(0.0);
        if t < ctx.model.tranches[k].due_quarter || s.tranche_done[k].iter().all(|&d| d > 0.0) {
            continue;
        }
        match (ctx.world.financing, ctx.plan, ctx.layout.tranche_deal[k]) {
            (Financing::Off, Some(plan), None) => {
                let planned = plan.tranche[(t - 1) * ctx.model.tranches.len() + k];
                owe(ctx, k, &planned, s, f);
            }
            _ => {
                let amount = payable(ctx, t, k, s);
                owe(ctx, k, &amount, s, f);
            }
        }
    }
}

/// Books the amount of tranche k with both sides.
fn owe(ctx: &Context<'_>, k: usize, amount: &Row, s: &State, f: &mut Flows) {
    let tranche = &ctx.model.tranches[k];
    let e = tranche.investee.at();
    let investor = investor_index(tranche.investor);
    for l in 0..LANES {
        let pays = investor.is_none_or(|a| s.alive[a][l] > 0.0);
        f.tranche_owed[k][l] = if pays { amount[l] } else { 0.0 };
        f.tranche_expected[k][l] = amount[l] * s.alive[e][l];
    }
    if let Some(a) = investor {
        add(&mut f.soft_out[a], &f.tranche_owed[k]);
    }
    add(&mut f.soft_in[e], &f.tranche_expected[k]);
}

/// Amount payable on tranche k by its conditions (model 4.1); marks it done where it is paid or lapses.
fn payable(ctx: &Context<'_>, t: usize, k: usize, s: &mut State) -> Row {
    use TrancheNumber as T;
    let tranche = &ctx.model.tranches[k];
    let (e, investor) = (tranche.investee.at(), investor_index(tranche.investor));
    let number = |field| ctx.p.tranche(field, k);
    let deals = ctx.model.shocks.deals.len();
    let size = ctx.layout.tranche_deal[k].map(|d| &ctx.drivers.deal_scale[(t - 1) * deals + d]);
    let event = &ctx.drivers.tranche_event[(t - 1) * ctx.model.tranches.len() + k];
    let window = &ctx.drivers.window[ctx.at(t, e)];
    let freeze = &ctx.drivers.freeze[t - 1];
    let ramp = ctx.p.rule(RuleNumber::FloorRamp);
    let conditions = ctx.world.financing != Financing::Off;
    let coupled = ctx.world.financing == Financing::On;
    let mut amount = splat(0.0);
    for l in 0..LANES {
        let scale = size.map_or(1.0, |x| x[l]);
        if s.tranche_done[k][l] > 0.0 || scale <= 0.0 || (conditions && event[l] <= 0.0) {
            continue;
        }
        let bought = ctx.layout.tranche_pair[k].map_or(0.0, |pair| s.bought[pair][l]);
        let parties = s.alive[e][l] > 0.0 && (!coupled || investor.is_none_or(|a| s.alive[a][l] > 0.0));
        let open = (!tranche.needs_window || window[l] > 0.0) && (!tranche.regulatory || freeze[l] <= 0.0);
        let floor = floor_factor(s.value[e][l], number(T::ValuationFloor)[l] * s.value_opening[e][l], ramp[l] * s.value_opening[e][l]);
        let eligible = parties && open && bought >= number(T::MinimumPurchases)[l] && floor > 0.0;
        if !conditions {
            amount[l] = number(T::Amount)[l] * scale;
            s.tranche_done[k][l] = 1.0;
        } else if eligible {
            amount[l] = number(T::Amount)[l] * scale * floor;
            if coupled {
                amount[l] *= coupling(s.order_ratio[e][l], number(T::PurchaseCoupling)[l]);
                if let Some(a) = investor.filter(|&a| s.value_opening[a][l] > 0.0) {
                    amount[l] *= coupling(s.value[a][l] / s.value_opening[a][l], number(T::InvestorCoupling)[l]);
                }
            }
            s.tranche_done[k][l] = 1.0;
        } else {
            s.tranche_waited[k][l] += 1.0;
            if s.tranche_waited[k][l] > ctx.model.rules.grace_quarters as f64 {
                s.tranche_done[k][l] = 1.0;
            }
        }
    }
    amount
}

/// 1 at or above the floor, 0 below; with a ramp, linear between floor - ramp and floor + ramp.
fn floor_factor(value: f64, floor: f64, ramp: f64) -> f64 {
    if ramp > 0.0 && floor > 0.0 {
        lanes::clamp_between((value - floor + ramp) / (2.0 * ramp), 0.0, 1.0)
    } else if value >= floor {
        1.0
    } else {
        0.0
    }
}

/// min(1, x)^exponent, exact for exponents 0 and 1.
fn coupling(x: f64, exponent: f64) -> f64 {
    let x = lesser(1.0, greater(x, 0.0));
    if exponent == 0.0 || x == 1.0 {
        1.0
    } else if exponent == 1.0 {
        x
    } else if x == 0.0 {
        0.0
    } else {
        lanes::exp(exponent * lanes::ln(x))
    }
}

lane_kernel! {
    /// Capacities, rollover, service of debt and loans, backstops, and what can be spent before revenue is counted.
    pub fn capacity(ctx: &Context<'_>, t: usize, s: &mut State, f: &mut Flows) {
        loans_and_backstops(ctx, t, s, f);
        let lambda = ctx.p.shock(ShockNumber::BustFundingShare);
        let regime = &ctx.drivers.regime[t - 1];
        let mut ease = splat(1.0);
        for l in 0..LANES {
            ease[l] = if regime[l] > 0.0 { lambda[l] } else { 1.0 };
        }
        for i in 0..ctx.layout.firms {
            firm_capacity(ctx, t, i, &ease, s, f);
        }
    }
}

/// Model 4.2 for one firm.
#[inline(always)]
fn firm_capacity(ctx: &Context<'_>, t: usize, i: usize, ease: &Row, s: &mut State, f: &mut Flows) {
    use FirmNumber as F;
    let width = ctx.layout.quarters + 1;
    let growth = &ctx.sentiments.growth[ctx.at(t, i)];
    let window = &ctx.drivers.window[ctx.at(t, i)];
    let (ltv, lambda, rate) = (ctx.p.firm(F::LoanToValue, i), ctx.p.firm(F::EquityCapacity, i), ctx.p.firm(F::InterestRate, i));
    let (minimum, cost_scale) = (ctx.p.firm(F::MinimumCash, i), ctx.p.firm(F::FixedCostScale, i));
    let fixed = ctx.model.firms[i].fixed_cost_usd_bn[t - 1];
    let later = t + ctx.model.firms[i].debt_tenor_quarters;
    let matures = s.maturing[i * width + t];
    let mut rolled = splat(0.0);
    for l in 0..LANES {
        let alive = s.alive[i][l];
        let (cash, debt) = (s.cash[i][l], s.debt[i][l]);
        let collateral = ltv[l] * s.enterprise[i][l] * growth[l];
        let open = alive * ease[l] * window[l];
        let spare = greater(0.0, cash - minimum[l]);
        f.equity_capacity[i][l] = lambda[l] * open * s.value[i][l];
        f.debt_capacity[i][l] = open * greater(0.0, collateral - debt);
        // Ties are refinanced, rounding included: cash may stand against debt to the last cent.
        let refinanced = debt * (1.0 - SOLVENT_TOLERANCE) - spare <= collateral;
        f.due[i][l] = if refinanced { 0.0 } else { alive * matures[l] };
        rolled[l] = if refinanced { alive * matures[l] } else { 0.0 };
        f.interest[i][l] = alive * rate[l] * debt * 0.25;
        let owed = alive * fixed * cost_scale[l] + f.interest[i][l] + f.due[i][l] + f.other_hard[i][l];
        f.available[i][l] = alive * (spare + f.soft_in[i][l] + f.equity_capacity[i][l] + f.debt_capacity[i][l] + s.line[i][l]) - owed;
    }
    if later < width {
        add(&mut s.maturing[i * width + later], &rolled);
    }
}

/// Service of loans by living borrowers and backstops on last quarter's unsold amount.
#[inline(always)]
fn loans_and_backstops(ctx: &Context<'_>, t: usize, s: &State, f: &mut Flows) {
    clear_rows(&mut f.other_hard);
    clear_rows(&mut f.backstop_in);
    for (k, loan) in ctx.model.loans.iter().enumerate() {
        let (rate, opening) = (ctx.p.loan(LoanNumber::Rate, k), ctx.p.loan(LoanNumber::Balance, k));
        let alive = &s.alive[loan.borrower.at()];
        for l in 0..LANES {
            f.loan_interest[k][l] = rate[l] * s.loan[k][l] * 0.25;
            f.loan_principal[k][l] = lesser(s.loan[k][l], opening[l] * loan.repayment[t - 1]);
            f.other_hard[loan.borrower.at()][l] += alive[l] * (f.loan_interest[k][l] + f.loan_principal[k][l]);
        }
    }
    for (b, backstop) in ctx.model.backstops.iter().enumerate() {
        let (cap, coverage) = (ctx.p.backstop(BackstopNumber::Cap, b), ctx.p.backstop(BackstopNumber::Coverage, b));
        let (g, to) = (backstop.guarantor.at(), backstop.beneficiary.at());
        for l in 0..LANES {
            // With orders at plan nothing is unsold, and nothing is called.
            let called = if ctx.world.orders { lesser(cap[l] - s.backstop_paid[b][l], coverage[l] * s.unsold[to][l]) } else { 0.0 };
            f.backstop[b][l] = s.alive[g][l] * s.alive[to][l] * greater(0.0, called);
            f.other_hard[g][l] += f.backstop[b][l];
            f.backstop_in[to][l] += f.backstop[b][l];
        }
    }
}
