//! What becomes of firms that could not pay: sale of the enterprise, waterfall, rejection of contracts (model 4.6). One path at a time: it is rare.

use super::{Context, clear_rows};
use crate::engine::layout::investor_index;
use crate::engine::state::{Flows, State};
use crate::lanes::{LANES, lane_kernel, splat};
use crate::model::{FirmNumber, PurchaseNumber};

/// Resolves every default of the quarter, and brings external debt up to the payments made.
pub fn resolve(ctx: &Context<'_>, t: usize, s: &mut State, f: &mut Flows) {
    clear_rows(&mut f.sale);
    clear_rows(&mut f.failed_enterprise);
    clear_rows(&mut f.outside_loss);
    clear_rows(&mut f.network_loss);
    clear_rows(&mut f.estate_to_capital);
    clear_rows(&mut f.estate_first_share);
    clear_rows(&mut f.estate_second_share);
    if !book_debt(ctx.isa, s, f) {
        return;
    }
    for l in 0..LANES {
        if f.defaults.iter().all(|row| row[l] <= 0.0) {
            continue;
        }
        // Whoever fails this quarter is gone before any estate is shared out: no second round within a quarter.
        for i in 0..ctx.layout.firms {
            if f.defaults[i][l] > 0.0 {
                s.alive[i][l] = 0.0;
                s.default_quarter[i][l] = t as f64;
            }
        }
        for i in 0..ctx.layout.firms {
            if f.defaults[i][l] > 0.0 {
                share_out(ctx, t, i, l, s, f);
            }
        }
        for i in 0..ctx.layout.firms {
            if f.defaults[i][l] > 0.0 {
                leave(ctx, i, l, s);
            }
        }
    }
}

lane_kernel! {
    /// Brings external debt up to the payments made; true if anybody fails on any path.
    fn book_debt(s: &mut State, f: &Flows) -> bool {
        let mut failures = splat(0.0);
        for i in 0..s.debt.len() {
            for l in 0..LANES {
                s.debt[i][l] += f.new_debt[i][l] + f.draw[i][l] - f.senior_share[i][l] * f.due[i][l];
                failures[l] += f.defaults[i][l];
            }
        }
        failures.iter().any(|n| *n > 0.0)
    }
}

/// A claim of the second tier on an estate.
struct SecondTier {
    /// Creditor: a firm, or outside.
    creditor: Option<usize>,
    amount: f64,
    /// Whether the ghost stands in for the debtor, and takes what the estate pays.
    insured: bool,
    /// What the ghost pays the creditor now; the rest it paid, or will pay, by other ways.
    topped_up: f64,
}

/// Sells firm i on lane l and shares out the proceeds.
fn share_out(ctx: &Context<'_>, t: usize, i: usize, l: usize, s: &mut State, f: &mut Flows) {
    let sale = (1.0 - ctx.p.firm(FirmNumber::BankruptcyCost, i)[l]) * (s.enterprise[i][l] + stakes_and_loans(ctx, t, i, l, s, f));
    f.failed_enterprise[i][l] = s.enterprise[i][l];
    f.sale[i][l] = sale;
    let mut left = sale + s.cash[i][l];
    s.cash[i][l] = 0.0;
    let unpaid_senior = (1.0 - f.senior_share[i][l]) * (f.senior[i][l] - f.due[i][l]);
    let first = s.debt[i][l] + unpaid_senior;
    let paid_first = first.min(left);
    left -= paid_first;
    f.estate_first_share[i][l] = if first > 0.0 { paid_first / first } else { 1.0 };
    // Interest in arrears ranks with the debt and belongs to capital; the rest of class 1 to suppliers.
    let capital = s.debt[i][l] + (1.0 - f.senior_share[i][l]) * f.interest[i][l];
    f.estate_to_capital[i][l] += if first > 0.0 { paid_first * capital / first } else { 0.0 };
    f.outside_loss[i][l] += first - paid_first;
    let claims = second_tier(ctx, t, i, l, s, f);
    let second: f64 = claims.iter().map(|c| c.amount).sum();
    let share = if second > 0.0 { (left / second).min(1.0) } else { 1.0 };
    f.estate_second_share[i][l] = share;
    for claim in claims {
        left -= share * claim.amount;
        pay_second(&claim, share, i, l, s, f);
    }
    distribute(ctx, i, l, left.max(0.0), s, f);
}

/// What the stakes and loans of firm i fetch before the discount of the sale: at last quarter's values.
fn stakes_and_loans(ctx: &Context<'_>, t: usize, i: usize, l: usize, s: &State, f: &Flows) -> f64 {
    let stakes: f64 = match (ctx.world.values, ctx.plan) {
        (false, Some(plan)) => plan.stakes_before(t, i)[l],
        _ => {
            ctx.layout.by_holder.of(i).iter().map(|&e| s.holding[e as usize][l] * s.value[ctx.layout.issuer[e as usize] as usize][l]).sum()
        }
    };
    // The principal of the quarter was collected.
    let balance = |k: usize| (s.loan[k][l] - f.loan_principal[k][l]).max(0.0) * (1.0 - s.loan_sold[k][l]);
    let loans: f64 = ctx.layout.by_lender.of(i).iter().map(|&k| balance(k as usize)).sum();
    stakes + loans
}

/// Unpaid class 2, outstanding loans, rejection claims.
fn second_tier(ctx: &Context<'_>, t: usize, i: usize, l: usize, s: &State, f: &Flows) -> Vec<SecondTier> {
    let unpaid = 1.0 - f.hard_share[i][l];
    let mut claims = vec![SecondTier { creditor: None, amount: unpaid * f.capex[i][l], insured: false, topped_up: 0.0 }];
    for &c in ctx.layout.by_buyer.of(i) {
        purchase_claims(ctx, t, i, c as usize, l, f, &mut claims);
    }
    for &b in ctx.layout.by_guarantor.of(i) {
        let to = ctx.model.backstops[b as usize].beneficiary.at();
        let amount = unpaid * f.backstop[b as usize][l];
        claims.push(SecondTier { creditor: Some(to), amount, insured: !ctx.world.payments, topped_up: 0.0 });
    }
    for &k in ctx.layout.by_borrower.of(i) {
        let k = k as usize;
        let amount = s.loan[k][l] + f.loan_interest[k][l] - f.hard_share[i][l] * (f.loan_interest[k][l] + f.loan_principal[k][l]);
        let creditor = if s.loan_sold[k][l] > 0.0 { None } else { Some(ctx.model.loans[k].lender.at()) };
        claims.push(SecondTier { creditor, amount, insured: ctx.world.loans_insured(), topped_up: 0.0 });
    }
    claims.retain(|c| c.amount > 0.0);
    claims
}

/// Claims of the seller of purchase c on the estate of its buyer i: what it delivered and was not paid, and what was rejected. Without channel P the
/// ghost has paid the former, and makes the latter good unless, without channel O, it orders in the buyer's place. What the buyer ordered beyond what the
/// seller was to deliver without channel O went to the ghost, and so does the claim on it.
fn purchase_claims(ctx: &Context<'_>, t: usize, i: usize, c: usize, l: usize, f: &Flows, claims: &mut Vec<SecondTier>) {
    let inside = ctx.layout.seller_of(c);
    let creditor = inside.filter(|&j| f.lives[j][l] > 0.0);
    let unpaid = 1.0 - f.hard_share[i][l];
    let is_exogenous = creditor.is_some() && !ctx.world.orders;
    let delivered = if is_exogenous { f.order[c][l].min(f.invoice[c][l]) } else { f.order[c][l] };
    claims.push(SecondTier { creditor, amount: unpaid * delivered, insured: !ctx.world.payments && inside.is_some(), topped_up: 0.0 });
    claims.push(SecondTier { creditor: None, amount: unpaid * (f.order[c][l] - delivered), insured: true, topped_up: 0.0 });
    let rejected = ctx.p.firm(FirmNumber::RejectionClaim, i)[l] * remaining(ctx, t, c, l);
    let insured = inside.is_some() && !(ctx.world.payments && ctx.world.orders);
    let topped_up = if insured && ctx.world.orders { rejected } else { 0.0 };
    claims.push(SecondTier { creditor, amount: rejected, insured, topped_up });
}

/// Committed amounts of purchase c still to come after quarter t, those after the horizon included.
fn remaining(ctx: &Context<'_>, t: usize, c: usize, l: usize) -> f64 {
    let later: f64 = ctx.model.purchases[c].schedule_usd_bn[t..].iter().sum();
    let number = |field| ctx.p.purchase(field, c)[l];
    let deals = ctx.model.shocks.deals.len();
    let size = ctx.layout.purchase_deal[c].map_or(1.0, |d| ctx.drivers.deal_scale[(t - 1) * deals + d][l]);
    size * number(PurchaseNumber::Scale) * (number(PurchaseNumber::TakeOrPay) * later + number(PurchaseNumber::AfterHorizon))
}

/// Pays one claim of the second tier: to a living firm, to the ghost that stands in for the debtor, or outside.
fn pay_second(claim: &SecondTier, share: f64, i: usize, l: usize, s: &mut State, f: &mut Flows) {
    let paid = share * claim.amount;
    match claim.creditor {
        Some(j) if claim.insured => s.cash[j][l] += s.alive[j][l] * claim.topped_up,
        None if claim.insured => {}
        Some(j) => {
            f.network_loss[j][l] += claim.amount - paid;
            if s.alive[j][l] > 0.0 {
                s.cash[j][l] += paid;
            } else {
                f.estate_to_capital[i][l] += paid;
            }
        }
        None => f.outside_loss[i][l] += claim.amount - paid,
    }
}

/// What is left goes to the shareholders; shares held by firms that are gone, and outside shares, are paid to capital.
fn distribute(ctx: &Context<'_>, i: usize, l: usize, left: f64, s: &mut State, f: &mut Flows) {
    let mut outside = 1.0;
    for &e in ctx.layout.by_issuer.of(i) {
        let holder = ctx.layout.holdings[e as usize].0 as usize;
        let share = s.holding[e as usize][l];
        if s.alive[holder][l] > 0.0 {
            outside -= share;
            if ctx.world.values {
                s.cash[holder][l] += share * left;
            }
        }
    }
    f.estate_to_capital[i][l] += outside * left;
    if s.shares[i][l] > 0.0 {
        s.distributed[i][l] += left / s.shares[i][l];
    }
}

/// Firm i leaves: its debt, stakes, loans and rights end.
fn leave(ctx: &Context<'_>, i: usize, l: usize, s: &mut State) {
    s.debt[i][l] = 0.0;
    s.enterprise[i][l] = 0.0;
    s.line[i][l] = 0.0;
    for &e in ctx.layout.by_holder.of(i) {
        s.holding[e as usize][l] = 0.0;
    }
    for &k in ctx.layout.by_lender.of(i) {
        s.loan_sold[k as usize][l] = 1.0;
    }
    if !ctx.world.loans_insured() {
        for &k in ctx.layout.by_borrower.of(i) {
            s.loan[k as usize][l] = 0.0;
        }
    }
    for (w, warrant) in ctx.model.warrants.iter().enumerate() {
        // With valuation switched off the issuer dilutes as planned, whoever is left to hold the shares.
        if warrant.issuer.at() == i || (warrant.holder.at() == i && ctx.world.values) {
            s.warrant_done[w][l] = 1.0;
        }
    }
    for (k, tranche) in ctx.model.tranches.iter().enumerate() {
        if ctx.world.financing == crate::engine::world::Financing::On
            && (tranche.investee.at() == i || investor_index(tranche.investor) == Some(i))
        {
            s.tranche_done[k][l] = 1.0;
        }
    }
}
