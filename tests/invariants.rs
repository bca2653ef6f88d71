//! Invariants I1 to I12, I19 to I21 and I23 of docs/methods.md on random systems, in every quarter of every world: money is conserved, nobody pays what
//! it has not got, values add up, contracts and debts roll forward. Not here: comparisons of worlds (`worlds.rs`) and single solves (`kernels.rs`).

mod common;

use std::cell::RefCell;

use bubblerisk::clearing::values;
use bubblerisk::engine::{Flows, Nobody, State, World};
use bubblerisk::lanes::{Isa, LANES, Row, splat};
use bubblerisk::model::*;
use common::checks::{Seen, debt_rolls_forward, engine, for_all, ledger_balances, signs, value_identity, watch};
use common::random::{Features, Recipe, build, financeable, recipes, worlds};
use common::shapes::{MOST_HELD, Shape};

/// Most that firms hold of any firm at the as-of date.
fn most_held(m: &Model) -> f64 {
    let held = |i: usize| m.stakes.iter().filter(|s| s.issuer.at() == i).map(|s| s.numbers.share).sum::<f64>();
    (0..m.firms.len()).map(held).fold(0.0, f64::max)
}

/// Whether two firms own each other, and whether two buy from each other.
fn mutual(m: &Model) -> (bool, bool) {
    let owns = |a: FirmId, b: FirmId| m.stakes.iter().any(|s| s.holder == a && s.issuer == b);
    let buys = |a: FirmId, b: FirmId| m.purchases.iter().any(|p| p.buyer == a && p.seller == Seller::Firm(b));
    let sellers = m.purchases.iter().filter_map(|p| if let Seller::Firm(s) = p.seller { Some((p.buyer, s)) } else { None });
    (m.stakes.iter().any(|s| owns(s.issuer, s.holder)), sellers.into_iter().any(|(b, s)| buys(s, b)))
}

/// The random systems hold everything that the properties below are about: lone firms and large groups, firms without revenue or contracts, mutual stakes,
/// circles of purchases, stakes at their limit; and a good share of paths has defaults.
#[test]
fn the_random_systems_hold_everything() {
    let seen = Seen::default();
    for_all(192, 1, recipes(), |recipe| {
        let m = build(recipe);
        let e = engine(&m);
        let block = e.run_block(2, 0, &[World::W0], &mut Nobody);
        let defaults = block.outcomes[0].system(Metric::Defaults);
        let (own, buy) = mutual(&m);
        let linked = !(m.purchases.is_empty() && m.stakes.is_empty() && m.tranches.is_empty() && m.loans.is_empty());
        seen.note("one firm", m.firms.len() == 1);
        seen.note("ten firms or more", m.firms.len() >= 10);
        seen.note("no contracts", !linked);
        seen.note("a firm without outside revenue", m.firms.iter().any(|f| f.external_revenue_usd_bn[0] == 0.0));
        seen.note("nobody with outside revenue", m.firms.iter().all(|f| f.external_revenue_usd_bn[0] == 0.0));
        seen.note("two firms own each other", own);
        seen.note("two firms buy from each other", buy);
        seen.note("a circle of three purchases or more", e.layout.order_components.iter().any(|c| c.len() >= 3));
        seen.note("a circle of three stakes or more", e.layout.value_components.iter().any(|c| c.len() >= 3));
        seen.note("stakes at their limit", most_held(&m) > MOST_HELD - 1e-9);
        seen.note("paths with defaults", defaults.iter().any(|&d| d > 0.0));
        seen.note("paths on which some firms fail and some live", defaults.iter().any(|&d| d > 0.0 && d < m.firms.len() as f64));
        for shape in Shape::ALL {
            seen.note(format!("{shape:?}"), recipe.features.shape == shape);
        }
    });
    for what in ["one firm", "no contracts", "nobody with outside revenue", "stakes at their limit"] {
        seen.at_least(8, what);
    }
    for what in ["ten firms or more", "a firm without outside revenue", "two firms own each other", "two firms buy from each other"] {
        seen.at_least(20, what);
    }
    for what in ["a circle of three purchases or more", "a circle of three stakes or more", "paths with defaults"] {
        seen.at_least(60, what);
    }
    seen.at_least(60, "paths on which some firms fail and some live");
    Shape::ALL.iter().for_each(|shape| seen.at_least(8, &format!("{shape:?}")));
}

/// I1, I2, I3, I22: every movement of money is a transfer that leaves one party and reaches another, and explains the cash of every firm.
#[test]
fn every_cent_has_a_transfer() {
    for_all(72, 1, recipes(), |recipe| ledger_balances(&build(recipe), &[0, 19, 40, 63]));
}

/// The same for 300 firms, as they come and in the shapes that are hardest to solve.
#[test]
fn three_hundred_firms_keep_their_books() {
    for shape in [Shape::Any, Shape::NearSingular, Shape::Winstar] {
        ledger_balances(&build(Recipe { firms: 300, quarters: 3, seed: 300, features: Features { shape, ..Features::ALL } }), &[3]);
    }
}

/// I4, I5, I10, I20 and the signs of everything else.
#[test]
fn nobody_pays_what_it_has_not_got() {
    let seen = Seen::default();
    for_all(72, 2, recipes(), |recipe| {
        let m = build(recipe);
        let e = engine(&m);
        let (mut debt, mut loan): (Vec<Row>, Vec<Row>) = (vec![], vec![]);
        let watch_quarter = watch(|_, t, ctx, s, f| {
            if t == 1 {
                let opening = State::opening(&m, &e.layout, ctx.p);
                (debt, loan) = (opening.debt, opening.loan);
            }
            for l in 0..LANES {
                for i in 0..m.firms.len() {
                    signs(ctx, i, l, s, f);
                    debt_rolls_forward(ctx, t, i, l, &debt, s, f);
                    let held: f64 = ctx.layout.by_issuer.of(i).iter().map(|&h| s.holding[h as usize][l]).sum();
                    assert!((0.0..1.0).contains(&held), "outside holders own something: {held}");
                    seen.note("class 1 in part", f.senior_share[i][l] < 1.0);
                    seen.note("class 2 in part", f.hard_share[i][l] > 0.0 && f.hard_share[i][l] < 1.0);
                    seen.note("class 3 in part", f.soft_share[i][l] > 0.0 && f.soft_share[i][l] < 1.0);
                    seen.note("debt repaid", f.due[i][l] > 0.0);
                    seen.note("almost all held inside", held > 0.94);
                }
                for (k, contract) in m.loans.iter().enumerate() {
                    let ends = !ctx.world.loans_insured() && f.defaults[contract.borrower.at()][l] > 0.0;
                    let expected = if ends { 0.0 } else { (loan[k][l] - f.loan_principal[k][l]).max(0.0) };
                    assert!((s.loan[k][l] - expected).abs() <= 1e-12 * ctx.scale);
                }
            }
            (debt, loan) = (s.debt.clone(), s.loan.clone());
        });
        e.run_block(6, 64, &worlds(), &mut { watch_quarter });
    });
    for what in ["class 1 in part", "class 2 in part", "class 3 in part", "debt repaid", "almost all held inside"] {
        seen.at_least(10_000, what);
    }
}

/// The acquirer of a failed lender buys the loan that is left after the quarter's repayment, which the estate has already in cash.
#[test]
fn a_loan_is_sold_at_what_is_still_owed() {
    let mut lender = common::firm("lender", vec![0.0], 0.0, 10.0);
    lender.fixed_cost_usd_bn = vec![50.0];
    lender.numbers.market_value_usd_bn = 30.0;
    let mut borrower = common::firm("borrower", vec![0.0], 30.0, 100.0);
    borrower.numbers.market_value_usd_bn = 110.0;
    let mut m = common::model(vec![lender, borrower]);
    let numbers = LoanNumbers { balance_usd_bn: 20.0, rate_per_year: 0.0 };
    m.loans = vec![Loan { id: "loan".into(), lender: FirmId(0), borrower: FirmId(1), numbers, repayment: vec![0.4] }];
    engine(&m).run_block(
        1,
        0,
        &[World::W0],
        &mut watch(|_, _, _, s, f| {
            assert_eq!(s.default_quarter[0][0], 1.0);
            assert!((f.inflow[0][0] - 8.0).abs() <= 1e-12 && (f.sale[0][0] - 22.0).abs() <= 1e-12, "sold for {}", f.sale[0][0]);
        }),
    );
}

/// Debt with cash against it to the last cent is refinanced, whatever rounding says.
#[test]
fn rounding_does_not_decide_a_refinancing() {
    let mut f = common::firm("firm", vec![0.0], 0.3, 1.0);
    f.numbers.debt_usd_bn = 0.1 + 0.2;
    f.numbers.market_value_usd_bn = 1.0;
    f.debt_maturing = vec![1.0];
    let m = common::model(vec![f]);
    engine(&m).run_block(1, 0, &[World::W0], &mut watch(|_, _, _, _, f| assert_eq!(f.due[0][0], 0.0)));
}

/// I9 and identity 8.3: values are the fixed point of model 4.8, and what outside holders own is what there is, however much firms own of each other.
#[test]
fn outside_claims_are_what_there_is() {
    let seen = Seen::default();
    for_all(72, 3, recipes(), |recipe| {
        let m = build(recipe);
        let worlds = [World::W0, World { sentiment: false, ..World::W0 }];
        let mut quarter = watch(|_, _, ctx, s, f| {
            for l in 0..LANES {
                // Money beyond what 95 % of the shares are worth is lost to whoever paid it: the cap breaks the identity.
                let capped = (0..m.firms.len()).any(|j| s.alive[j][l] > 0.0 && f.fair_money[j][l] > 0.949 * s.value[j][l]);
                seen.note("money for almost all shares", capped);
                if capped {
                    continue;
                }
                value_identity(ctx, l, s);
                seen.note("checked", true);
                seen.note("a living firm worth nothing", (0..m.firms.len()).any(|i| s.alive[i][l] > 0.0 && s.value[i][l] == 0.0));
                seen.note("checked with stakes at their limit", most_held(&m) > MOST_HELD - 1e-9);
            }
        });
        engine(&m).run_block(9, 0, &worlds, &mut quarter);
    });
    seen.at_least(20_000, "checked");
    seen.at_least(1_000, "checked with stakes at their limit");
    seen.at_least(200, "a living firm worth nothing");
}

/// Sum over firms of enterprise value, cash and what capital got so far (model 8.2).
fn wealth(s: &State, l: usize) -> f64 {
    (0..s.cash.len()).map(|i| s.enterprise[i][l] + s.cash[i][l] + s.net_to_capital[i][l]).sum()
}

/// Model 8.2: without defaults the system's net loss is the plan's wealth less the path's. I21: contributions of firms sum to it.
#[test]
fn net_loss_is_wealth_that_is_missing() {
    let seen = Seen::default();
    for_all(96, 4, recipes(), |recipe| {
        let m = build(recipe);
        let e = engine(&m);
        let mut planned = (f64::NAN, true);
        e.watch_plan(|_, s: &State, f: &Flows| {
            // A plan that calls a backstop is short of money: its surplus counts the receipt and not the cost.
            let sound = s.alive.iter().all(|a| a[0] > 0.0) && f.backstop.iter().all(|b| b[0] <= 1e-12);
            planned = (wealth(s, 0), planned.1 && sound);
        });
        let mut last = vec![];
        let block = e.run_block(11, 0, &[World::W0], &mut watch(|_, _, _, s, _| last = (0..LANES).map(|l| wealth(s, l)).collect()));
        let out = &block.outcomes[0];
        for l in 0..LANES {
            let loss = out.system(Metric::NetLoss)[l];
            let firms: f64 = (0..m.firms.len()).map(|i| out.firm(Metric::NetLoss, i)[l]).sum();
            assert!((loss - firms).abs() <= 1e-12 * e.scale);
            if planned.1 && out.system(Metric::Defaults)[l] == 0.0 {
                assert!((loss - (planned.0 - last[l])).abs() <= 1e-10 * e.scale, "loss {loss}, wealth {} less {}", planned.0, last[l]);
                seen.note("wealth compared", loss != 0.0 && m.firms.len() > 1);
            }
        }
    });
    seen.at_least(500, "wealth compared");
}

/// I12: values at the as-of date come back when they are solved for.
#[test]
fn calibration_returns_the_values_observed() {
    let seen = Seen::default();
    for_all(96, 5, recipes(), |recipe| {
        let m = build(recipe);
        let e = engine(&m);
        let s = State::opening(&m, &e.layout, e.central());
        assert_eq!(s.negative_stubs, 0);
        let n = m.firms.len();
        let mut base: Vec<Row> = (0..n).map(|i| splat(s.enterprise[i][0] + s.cash[i][0] - s.debt[i][0])).collect();
        for loan in &m.loans {
            base[loan.lender.at()].iter_mut().for_each(|x| *x += loan.numbers.balance_usd_bn);
            base[loan.borrower.at()].iter_mut().for_each(|x| *x -= loan.numbers.balance_usd_bn);
        }
        let (none, one) = (vec![splat(0.0); n], vec![splat(1.0); n]);
        let nothing = vec![splat(0.0); e.layout.holdings.len()];
        let holdings = values::Holdings {
            components: &e.layout.value_components,
            by_holder: &e.layout.by_holder,
            issuer: &e.layout.issuer,
            base: &base,
            alive: &one,
            share: &s.holding,
            raises: &vec![false; n],
            fair_money: &none,
            fair_paid: &nothing,
            fixed_keep: &one,
            fixed_share: &nothing,
            plan_stakes: None,
            tolerance: 1e-14 * e.scale,
        };
        let mut value = vec![splat(1e3 * e.scale); n];
        assert!(values::clear(Isa::detect(), &holdings, &mut value).converged);
        for i in 0..n {
            assert!((value[i][0] - m.fair_value_usd_bn(i)).abs() <= 1e-11 * e.scale);
        }
        seen.note("stakes at their limit", most_held(&m) > MOST_HELD - 1e-9);
    });
    seen.at_least(8, "stakes at their limit");
}

/// I19: what was committed is delivered and paid, or reported as lost, or its seller is gone; per purchase, over all quarters.
#[test]
fn backlog_is_delivered_or_lost() {
    let seen = Seen::default();
    for_all(96, 6, recipes(), |recipe| {
        let m = build(recipe);
        let n = m.purchases.len();
        let (mut committed, mut delivered) = (vec![splat(0.0); n], vec![splat(0.0); n]);
        let mut quarter = watch(|_, _, ctx, _, f| {
            for c in 0..n {
                let buyer = m.purchases[c].buyer.at();
                for l in 0..LANES {
                    if ctx.layout.seller_of(c).is_none_or(|j| f.lives[j][l] > 0.0) {
                        committed[c][l] += f.committed[c][l];
                        delivered[c][l] += f.committed[c][l].min(f.hard_share[buyer][l] * f.order[c][l]);
                    }
                    seen.note("renegotiated", f.lives[buyer][l] > 0.0 && f.order[c][l] < 0.999 * f.committed[c][l]);
                }
            }
        });
        let block = engine(&m).run_block(4, 0, &[World::W0], &mut quarter);
        for c in 0..n {
            let unpaid = &block.outcomes[0].contract_unpaid[c];
            for l in 0..LANES {
                assert!((committed[c][l] - delivered[c][l] - unpaid[l]).abs() <= 1e-10 * committed[c][l].max(1.0));
                seen.note("lost", unpaid[l] > 1e-6);
            }
        }
    });
    seen.at_least(500, "renegotiated");
    seen.at_least(500, "lost");
}

/// What goes wrong in a run without shocks: orders below schedule, debts unpaid, lines drawn, firms gone; and cash below its minimum.
#[derive(Default)]
struct Trouble {
    missing: f64,
    below_minimum: bool,
}

fn trouble(m: &Model) -> Trouble {
    let e = engine(m);
    let found = RefCell::new(Trouble::default());
    let mut quarter = watch(|_, t, _, s, f| {
        let mut now = found.borrow_mut();
        for (i, firm) in m.firms.iter().enumerate() {
            let scheduled: f64 = m.purchases.iter().filter(|p| p.buyer.at() == i).map(|p| p.schedule_usd_bn[t - 1] * p.numbers.scale).sum();
            let wanted = scheduled + firm.capex_usd_bn[t - 1] * firm.numbers.capex_scale;
            now.missing += (wanted - f.order_sum[i][0] - f.capex[i][0]).max(0.0) + f.draw[i][0];
            now.missing += (1.0 - f.senior_share[i][0]) * f.senior[i][0] + (1.0 - f.hard_share[i][0]) * f.hard[i][0];
            now.missing += (1.0 - f.soft_share[i][0]) * f.soft_out[i][0];
            now.below_minimum |= s.cash[i][0] < firm.numbers.minimum_cash_usd_bn;
        }
    });
    e.run_block(1, 0, &[World::W0], &mut quarter);
    found.into_inner()
}

/// I23: a plan without gaps is carried out to the last cent; where there are gaps something is cut, unpaid, drawn, or taken from the minimum cash; and
/// cash cures all but a few.
#[test]
fn a_plan_that_cannot_be_paid_for_says_so() {
    let seen = Seen::default();
    for_all(96, 7, recipes(), |recipe| {
        let features = Features { shocks: false, deals: false, ..recipe.features };
        let m = build(Recipe { features, ..recipe });
        let e = engine(&m);
        let gaps = e.plan_gaps();
        let found = trouble(&m);
        if gaps.is_empty() {
            assert!(found.missing <= 1e-7 * e.scale, "{} is missing", found.missing);
        } else {
            assert!(found.missing > 1e-10 * e.scale || found.below_minimum, "{gaps:?} of {}, and nothing is missing", e.scale);
        }
        assert!(gaps.iter().all(|g| g.usd_bn > 0.0 && g.firm < m.firms.len() && (1..=m.horizon_quarters).contains(&g.quarter)));
        seen.note("payable", gaps.is_empty());
        seen.note("not payable", !gaps.is_empty());
        if !gaps.is_empty() {
            let cured = financeable(m);
            seen.note("cured by cash", cured.is_some());
            assert!(cured.is_none_or(|m| trouble(&m).missing <= 1e-7 * engine(&m).scale));
        }
    });
    seen.at_least(10, "payable");
    seen.at_least(40, "not payable");
    seen.at_least(20, "cured by cash");
}
