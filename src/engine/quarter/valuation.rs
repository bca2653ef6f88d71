//! Values, issue of shares, warrants and reported marks at the end of a quarter (model 4.8, 5.3, 6.3).

use super::{Context, clear_rows};
use crate::clearing::values::{self, Holdings};
use crate::engine::layout::investor_index;
use crate::engine::state::{Flows, SolverCounts, State};
use crate::lanes::{LANES, Row, greater, lane_kernel, lesser, splat};
use crate::model::{TrancheNumber, WarrantNumber};

/// Relative change of value at which value clearing stops.
const VALUE_TOLERANCE: f64 = 1e-14;
/// Most of a firm that new money can buy in one quarter.
const MOST_NEW: f64 = 0.95;
/// Money, relative to the scale, that is rounding of an investor with nothing left to pay, and no priced round.
const DUST: f64 = 1e-12;
/// Price over mark below which a share is impaired, and quarters for which it must be.
const IMPAIRMENT: (f64, f64) = (0.7, 2.0);

/// Vests warrants, values every firm, then issues the shares that the quarter's money bought.
pub fn value_and_issue(ctx: &Context<'_>, t: usize, s: &mut State, f: &mut Flows, counts: &mut SolverCounts) {
    warrants(ctx, t, s);
    let fixed = new_money(ctx, s, f);
    base_values(ctx.isa, ctx, s, f);
    let plan_stakes = match (ctx.world.values, ctx.plan) {
        (false, Some(plan)) => Some(plan.stakes_at(t)),
        _ => None,
    };
    let holdings = Holdings {
        components: &ctx.layout.value_components,
        by_holder: &ctx.layout.by_holder,
        issuer: &ctx.layout.issuer,
        base: &f.base,
        alive: &s.alive,
        share: &s.holding,
        raises: &f.raises,
        fair_money: &f.fair_money,
        fair_paid: &f.fair_paid,
        fixed_keep: &f.fixed_keep,
        fixed_share: &f.fixed_share,
        plan_stakes,
        tolerance: VALUE_TOLERANCE * ctx.scale,
    };
    let solved = values::clear(ctx.isa, &holdings, &mut s.value);
    counts.failed += u64::from(!solved.converged);
    counts.most_sweeps = counts.most_sweeps.max(solved.sweeps);
    counts.value_residual = counts.value_residual.max(solved.residual / ctx.scale);
    issue(ctx.isa, ctx, fixed, s, f);
    prices(ctx.isa, ctx, s, f);
}

/// No money on any path.
const NOTHING: Row = splat(0.0);

/// New money by issuer and holder; true if any of it comes at a fixed valuation.
fn new_money(ctx: &Context<'_>, s: &State, f: &mut Flows) -> bool {
    f.fair_money.copy_from_slice(&f.new_equity);
    clear_rows(&mut f.fair_paid);
    clear_rows(&mut f.fixed_share);
    clear_rows(&mut f.fixed_money);
    for row in &mut f.fixed_keep {
        *row = splat(1.0);
    }
    let mut any_fixed = false;
    for (k, tranche) in ctx.model.tranches.iter().enumerate() {
        let e = tranche.investee.at();
        if f.tranche_received[k] == NOTHING {
            continue;
        }
        let pre_money = ctx.p.tranche(TrancheNumber::PreMoney, k);
        let holding = ctx.layout.tranche_holding[k];
        for l in 0..LANES {
            let received = f.tranche_received[k][l] * s.alive[e][l];
            if received <= 0.0 {
                continue;
            }
            let by_holder = if investor_index(tranche.investor).is_some() { lesser(f.tranche_paid[k][l], received) } else { 0.0 };
            if pre_money[l] > 0.0 {
                any_fixed = true;
                // New shares over old ones; made shares of the whole below, when all of the quarter are known.
                f.fixed_keep[e][l] += received / pre_money[l];
                f.fixed_money[e][l] += received;
                if let Some(h) = holding {
                    f.fixed_share[h][l] += by_holder / pre_money[l];
                }
            } else {
                f.fair_money[e][l] += received;
                if let Some(h) = holding {
                    f.fair_paid[h][l] += by_holder;
                }
            }
        }
    }
    for i in 0..ctx.layout.firms {
        for keep in &mut f.fixed_keep[i] {
            *keep = 1.0 / *keep;
        }
        for &h in ctx.layout.by_issuer.of(i) {
            for l in 0..LANES {
                f.fixed_share[h as usize][l] *= f.fixed_keep[i][l];
            }
        }
        f.raises[i] = (0..LANES).any(|l| f.fair_money[i][l] > 0.0 || f.fixed_keep[i][l] < 1.0);
    }
    any_fixed
}

lane_kernel! {
    /// x = EV + M - B + loans held - loans owed.
    fn base_values(ctx: &Context<'_>, s: &State, f: &mut Flows) {
        for i in 0..ctx.layout.firms {
            for l in 0..LANES {
                f.base[i][l] = s.enterprise[i][l] + s.cash[i][l] - s.debt[i][l];
            }
        }
        for (k, loan) in ctx.model.loans.iter().enumerate() {
            let (lender, borrower) = (loan.lender.at(), loan.borrower.at());
            for l in 0..LANES {
                // The principal due this quarter was paid; the balance is written down when the quarter is booked.
                let balance = greater(0.0, s.loan[k][l] - f.loan_principal[k][l]);
                f.base[lender][l] += balance * (1.0 - s.loan_sold[k][l]);
                f.base[borrower][l] -= balance;
            }
        }
    }
}

lane_kernel! {
    /// Shares issued: fixed valuations first, then fair money buys exactly its worth.
    fn issue(ctx: &Context<'_>, any_fixed: bool, s: &mut State, f: &mut Flows) {
        for j in 0..ctx.layout.firms {
            if !f.raises[j] {
                continue;
            }
            let mut sold: Row = splat(0.0);
            for l in 0..LANES {
                let (money, value) = (f.fair_money[j][l], s.value[j][l]);
                sold[l] = if money > 0.0 && s.alive[j][l] > 0.0 { if value > 0.0 { lesser(MOST_NEW, money / value) } else { MOST_NEW } } else { 0.0 };
                s.shares[j][l] /= (1.0 - sold[l]) * f.fixed_keep[j][l];
            }
            for &e in ctx.layout.by_issuer.of(j) {
                let e = e as usize;
                for l in 0..LANES {
                    let older = s.holding[e][l] * f.fixed_keep[j][l] + if any_fixed { f.fixed_share[e][l] } else { 0.0 };
                    let fresh = if f.fair_money[j][l] > 0.0 { sold[l] * f.fair_paid[e][l] / f.fair_money[j][l] } else { 0.0 };
                    s.holding[e][l] = older * (1.0 - sold[l]) + fresh;
                }
            }
        }
    }
}

/// Warrants that vest, before values are found so that they count once for everybody: cumulated purchases and the price, both of last quarter, reach
/// their thresholds; with valuation switched off, when they vest in the plan, whoever is left to hold them.
fn warrants(ctx: &Context<'_>, t: usize, s: &mut State) {
    for (w, warrant) in ctx.model.warrants.iter().enumerate() {
        let (j, holder) = (warrant.issuer.at(), warrant.holder.at());
        let e = ctx.layout.warrant_holding[w];
        for l in 0..LANES {
            if s.warrant_done[w][l] > 0.0 || s.alive[j][l] <= 0.0 {
                continue;
            }
            let number = |field| ctx.p.warrant(field, w)[l];
            let bought = ctx.layout.warrant_pair[w].map_or(0.0, |pair| s.bought[pair][l]);
            let dear = s.price[j][l] >= number(WarrantNumber::PriceHurdle) * s.value_opening[j][l];
            let vests = match (ctx.world.values, ctx.plan) {
                (false, Some(plan)) => plan.vested(t, w)[l] > 0.0,
                _ => dear && bought >= number(WarrantNumber::MinimumPurchases),
            };
            if vests {
                let new = number(WarrantNumber::Shares) / s.shares[j][l];
                s.shares[j][l] *= 1.0 + new;
                for &other in ctx.layout.by_issuer.of(j) {
                    s.holding[other as usize][l] /= 1.0 + new;
                }
                s.holding[e][l] += s.alive[holder][l] * new / (1.0 + new);
                s.warrant_done[w][l] = 1.0;
            }
        }
    }
}

lane_kernel! {
    /// Prices, reported marks, peaks and drawdowns.
    fn prices(ctx: &Context<'_>, s: &mut State, f: &Flows) {
        for i in 0..ctx.layout.firms {
            let listed = ctx.model.firms[i].listed;
            for l in 0..LANES {
                let price = s.value[i][l] / s.shares[i][l];
                s.price[i][l] = price;
                let below = price < IMPAIRMENT.0 * s.mark[i][l];
                s.impaired[i][l] = if below { s.impaired[i][l] + 1.0 } else { 0.0 };
                // A round sets the mark before an impairment does: at its own valuation before the money, over the shares before it.
                let fair = listed || f.fair_money[i][l] > DUST * ctx.scale || s.alive[i][l] <= 0.0;
                let fixed = f.fixed_money[i][l] > DUST * ctx.scale;
                let paid = f.fixed_money[i][l] / ((1.0 - f.fixed_keep[i][l]) * s.shares[i][l]);
                let falls = s.impaired[i][l] >= IMPAIRMENT.1;
                let kept = if falls { price } else { s.mark[i][l] };
                let private = if fixed { paid } else { kept };
                s.mark[i][l] = if fair { price } else { private };
                s.impaired[i][l] = if fair || fixed || falls { 0.0 } else { s.impaired[i][l] };
                s.peak[i][l] = greater(s.peak[i][l], price);
                let fall = if s.peak[i][l] > 0.0 { 1.0 - price / s.peak[i][l] } else { 0.0 };
                s.drawdown[i][l] = greater(s.drawdown[i][l], fall);
            }
        }
    }
}
