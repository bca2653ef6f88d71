//! Invariants I11 and I13 to I18 of docs/methods.md on random systems: counterfactual worlds share their draws and their plan, differ by what they switch
//! off and by nothing else, and answers do not depend on units or on the order of firms.

mod common;

use bubblerisk::clearing::FixedPoint;
use bubblerisk::engine::{Nobody, Outcome, State, World, shapley};
use bubblerisk::lanes::{LANES, Row};
use bubblerisk::model::*;
use common::checks::{Seen, engine, for_all, relabel, times, watch};
use common::random::{Dice, Features, Recipe, build, financeable, recipes, worlds};
use common::shapes::Shape;
use proptest::prelude::*;

/// Largest gain of orders through the buyer's appetite, θ D / Rev: below 1 orders have one fixed point (model 5.1).
fn appetite_gain(m: &Model) -> f64 {
    let gain = |i: usize, t: usize| {
        let bought = m.purchases.iter().filter(|p| p.buyer.at() == i).map(|p| (1.0 - p.numbers.take_or_pay) * p.schedule_usd_bn[t]);
        let sold = m.purchases.iter().filter(|p| p.seller == Seller::Firm(FirmId(i as u32))).map(|p| p.schedule_usd_bn[t]);
        let revenue = m.firms[i].external_revenue_usd_bn[t] + sold.sum::<f64>();
        if revenue > 0.0 { m.firms[i].numbers.spending_elasticity * bought.sum::<f64>() / revenue } else { 0.0 }
    };
    (0..m.firms.len()).flat_map(|i| (0..m.horizon_quarters).map(move |t| (i, t))).map(|(i, t)| gain(i, t)).fold(0.0, f64::max)
}

/// I11: without shocks every world is the plan, in every quarter, where orders have one fixed point.
#[test]
fn without_shocks_all_worlds_are_the_plan() {
    let seen = Seen::default();
    for_all(96, 1, recipes(), |recipe| {
        let features = Features { shocks: false, deals: false, ..recipe.features };
        let mut m = build(Recipe { features, ..recipe });
        for k in &mut m.tranches {
            // W1 has no couplings: the plan must not use them either (an investor's value may fall as planned).
            k.numbers.investor_coupling = 0.0;
        }
        let Some(m) = financeable(m).filter(|m| appetite_gain(m) < 1.0) else { return };
        seen.note(if m.firms.len() > 1 && !m.purchases.is_empty() { "linked" } else { "alone" }, true);
        let e = engine(&m);
        let mut planned: Vec<State> = vec![];
        e.watch_plan(|_, s, _| planned.push(s.clone()));
        let worlds: Vec<World> = (0..16).map(World::with_channels).chain([World::W1, World { sentiment: false, ..World::W0 }]).collect();
        let mut quarter = watch(|w, t, ctx, s, f| {
            let plan = &planned[t - 1];
            for i in 0..m.firms.len() {
                assert!((f.ratio[i][7] - 1.0).abs() <= 1e-9, "world {w} quarter {t} firm {i}: revenue over plan {}", f.ratio[i][7]);
                for (found, plan) in [(&s.cash, &plan.cash), (&s.value, &plan.value), (&s.debt, &plan.debt)] {
                    let (found, plan) = (found[i][7], plan[i][7]);
                    assert!((found - plan).abs() <= 1e-9 * ctx.scale, "world {w} quarter {t} firm {i}: {found} for {plan}");
                }
            }
        });
        let block = e.run_block(1, 0, &worlds, &mut quarter);
        let losses =
            [Metric::NetLoss, Metric::GrossLoss, Metric::MarkToMarketLossVsPlan, Metric::RevenueShortfall, Metric::NetworkShortfall];
        for (w, o) in block.outcomes.iter().enumerate() {
            for metric in losses {
                assert!(o.system(metric)[3].abs() <= 1e-9 * e.scale, "world {w}: {} of {}", metric.name(), o.system(metric)[3]);
            }
        }
    });
    seen.at_least(40, "linked");
    seen.at_least(5, "alone");
}

/// The limit of I11: firms that answer more than in proportion lift each other above the schedule without any shock, because the greatest fixed point is
/// asked for. Two firms sell 1 outside and buy 4 from each other with θ = 2, at most 1.5 times plan: the gain is 1.6, orders are 6, revenue 7 instead of 5.
#[test]
fn accelerators_lift_the_plan_itself() {
    let mut m = common::model(["a", "b"].map(|id| common::firm(id, vec![1.0], 50.0, 100.0)).into());
    m.firms.iter_mut().for_each(|f| f.numbers.spending_elasticity = 2.0);
    m.purchases = vec![common::purchase("ab", 0, 1, 4.0, 0.0, 1), common::purchase("ba", 1, 0, 4.0, 0.0, 1)];
    m.rules.numbers.spending_cap = 1.5;
    common::near(appetite_gain(&m), 1.6, 1e-12);
    let e = engine(&m);
    assert!(e.plan_gaps().is_empty());
    e.watch_plan(|_, _, f| common::near(f.ratio[0][0], 1.4, 1e-12));
    let least = World { fixed_point: FixedPoint::Least, ..World::W0 };
    let mut ratios = vec![];
    e.run_block(1, 0, &[World::W0, World::W2, least], &mut watch(|_, _, _, _, f| ratios.push(f.ratio[0][0])));
    for (found, expected) in ratios.into_iter().zip([1.4, 1.0, 0.2]) {
        common::near(found, expected, 1e-9);
    }
}

/// Metrics of a firm that look at nobody else's value.
fn own_metrics() -> impl Iterator<Item = Metric> {
    Metric::ALL.into_iter().filter(|m| !matches!(m, Metric::StakeLoss | Metric::StaleMarkGap))
}

/// Whether a metric of firm i differs between two outcomes on any path, beyond a tolerance.
fn differs(a: &Outcome, b: &Outcome, metric: Metric, i: usize, tolerance: f64) -> bool {
    a.firm(metric, i).iter().zip(b.firm(metric, i)).any(|(x, y)| (x - y).abs() > tolerance)
}

/// I13: in W2 a firm's path is its own; another firm's draws, volatility and fate do not touch it, though they do in W0.
#[test]
fn isolated_firms_are_isolated() {
    let seen = Seen::default();
    for_all(96, 2, (recipes(), any::<prop::sample::Index>()), |(recipe, which)| {
        let features = Features { recapture: false, ..recipe.features };
        let m = build(Recipe { features, ..recipe });
        let j = which.index(m.firms.len());
        let mut other = m.clone();
        other.firms[j].key = name_hash("somebody else");
        other.firms[j].numbers.revenue_volatility_per_quarter *= 2.0;
        other.firms[j].numbers.plan_realism = 0.05;
        let scale = engine(&m).scale;
        let (a, b) = (common::run(&m, &[World::W0, World::W2]), common::run(&other, &[World::W0, World::W2]));
        let (whole_a, whole_b, a, b) = (&a.outcomes[0], &b.outcomes[0], &a.outcomes[1], &b.outcomes[1]);
        for i in (0..m.firms.len()).filter(|&i| i != j) {
            assert_eq!(&a.default_quarter[i], &b.default_quarter[i]);
            for metric in own_metrics() {
                assert!(!differs(a, b, metric, i, 1e-11 * scale), "{} of firm {i} moves with firm {j}", metric.name());
            }
            seen.note("moves in W0", differs(whole_a, whole_b, Metric::NetLoss, i, 1e-9 * scale));
            seen.note("fails or not in W0", whole_a.default_quarter[i] != whole_b.default_quarter[i]);
        }
        seen.note("the firm itself moves", differs(a, b, Metric::NetLoss, j, 1e-9 * scale));
    });
    seen.at_least(100, "moves in W0");
    seen.at_least(40, "fails or not in W0");
    seen.at_least(50, "the firm itself moves");
}

/// What a firm's shareholders lose in one world beyond what they lose in another is the same from today as against plan: the report says the one of the other.
#[test]
fn differences_between_worlds_do_not_hang_on_what_losses_are_measured_from() {
    for_all(48, 21, recipes(), |recipe| {
        let m = build(recipe);
        let scale = engine(&m).scale;
        let run = common::run(&m, &[World::W0, World::W1, World::W2]);
        for (w, i) in [1, 2].into_iter().flat_map(|w| (0..m.firms.len()).map(move |i| (w, i))) {
            let difference = |metric: Metric, l: usize| run.outcomes[0].firm(metric, i)[l] - run.outcomes[w].firm(metric, i)[l];
            for l in 0..LANES {
                common::near(difference(Metric::MarkToMarketLoss, l), difference(Metric::MarkToMarketLossVsPlan, l), 1e-9 * scale);
            }
        }
    });
}

/// I14: every world sees the same drivers, and a world is what it is whatever other worlds are run beside it.
#[test]
fn worlds_share_their_noise() {
    let seen = Seen::default();
    for_all(96, 3, recipes(), |recipe| {
        let m = build(recipe);
        let worlds = worlds();
        let mut drivers: Vec<usize> = vec![];
        let e = engine(&m);
        let mut quarter = watch(|_, t, ctx, _, f| {
            drivers.push(std::ptr::from_ref(ctx.drivers) as usize);
            for i in 0..m.firms.len() {
                let factor = &ctx.drivers.revenue_factor[(t - 1) * m.firms.len() + i];
                assert!((0..LANES).all(|l| factor[l].is_finite() && f.external[i][l] >= 0.0));
            }
        });
        let together = e.run_block(8, 128, &worlds, &mut quarter);
        assert!(drivers.windows(2).all(|pair| pair[0] == pair[1]));
        for w in [0, 5, 15, 16] {
            let alone = e.run_block(8, 128, &worlds[w..=w], &mut Nobody);
            for metric in Metric::ALL {
                assert_eq!(alone.outcomes[0].system(metric), together.outcomes[w].system(metric));
            }
        }
        let loss = |w: usize| together.outcomes[w].system(Metric::NetLoss);
        seen.note("W0 is not W2", loss(15) != loss(0));
        seen.note("W0 is not W1", loss(15) != loss(16));
        seen.note("greatest is not least", loss(15) != loss(17));
        seen.note("sentiment matters", loss(15) != loss(18));
    });
    for what in ["W0 is not W2", "W0 is not W1", "sentiment matters"] {
        seen.at_least(40, what);
    }
    seen.at_least(5, "greatest is not least");
}

/// I6 through the engine: in the first quarter, where both start from the same state, nobody orders less at the greatest fixed points than at the least;
/// and where orders leave no choice, nobody pays less and nobody fails who does not fail at the least. Both kinds of multiplicity must occur.
#[test]
fn the_greatest_is_at_least_the_least() {
    let seen = Seen::default();
    let shapes = prop_oneof![Just(Shape::Any), Just(Shape::Accelerators), Just(Shape::Winstar)];
    for_all(192, 9, (recipes(), shapes), |(recipe, shape)| {
        let m = build(Recipe { quarters: 1, features: Features { shape, ..recipe.features }, ..recipe });
        let least = World { fixed_point: FixedPoint::Least, ..World::W0 };
        let mut flows = vec![];
        engine(&m).run_block(13, 0, &[World::W0, least], &mut watch(|_, _, _, _, f| flows.push(f.clone())));
        let (best, worst) = (&flows[0], &flows[1]);
        let pairs = |a: &[Row], b: &[Row]| a.iter().flatten().copied().zip(b.iter().flatten().copied()).collect::<Vec<_>>();
        for (best, worst) in pairs(&best.order, &worst.order) {
            assert!(best >= worst - 1e-9, "orders {best} at the greatest, {worst} at the least");
            seen.note("orders differ", best > worst + 1e-6);
        }
        if shape == Shape::Winstar && m.firms.len() > 1 {
            assert_eq!(best.hard, worst.hard, "obligations do not depend on the fixed point");
            for class in [pairs(&best.senior_share, &worst.senior_share), pairs(&best.hard_share, &worst.hard_share)] {
                for (best, worst) in class {
                    assert!(best >= worst - 1e-9, "a share of {best} is paid at the greatest, {worst} at the least");
                    seen.note("payments differ", best > worst + 1e-6);
                }
            }
            assert!(pairs(&worst.defaults, &best.defaults).iter().all(|(worst, best)| worst >= best));
        }
    });
    seen.at_least(2_000, "orders differ");
    seen.at_least(1_000, "payments differ");
}

/// I7 through the engine: where orders leave no choice, a gift of cash to one firm lowers nobody's payment in the first quarter.
#[test]
fn a_gift_hurts_nobody() {
    let seen = Seen::default();
    for_all(96, 10, (recipes(), any::<prop::sample::Index>(), 0.0..3.0), |(recipe, who, gift)| {
        let m = build(Recipe {
            quarters: 1,
            firms: recipe.firms.max(2),
            features: Features { shape: Shape::Winstar, ..recipe.features },
            ..recipe
        });
        let mut richer = m.clone();
        richer.firms[who.index(m.firms.len())].numbers.cash_usd_bn += gift;
        let shares = |m: &Model| {
            let mut found = vec![];
            engine(m).run_block(14, 0, &[World::W0], &mut watch(|_, _, _, _, f| found.extend(f.hard_share.iter().flatten().copied())));
            found
        };
        for (a, b) in shares(&m).into_iter().zip(shares(&richer)) {
            assert!(b >= a - 1e-9, "a share of {a} falls to {b}");
            seen.note("somebody pays more", b > a + 1e-6);
        }
    });
    seen.at_least(500, "somebody pays more");
}

/// I15: all money times c gives all losses times c; with c a power of two, bit for bit.
#[test]
fn money_has_no_unit() {
    for_all(96, 4, recipes(), |recipe| {
        let m = build(recipe);
        let scale = engine(&m).scale;
        let base = common::run(&m, &[World::W0, World::W1, World::W2]);
        for c in [4.0, 3.7] {
            let scaled = common::run(&times(&m, c), &[World::W0, World::W1, World::W2]);
            for (a, b) in base.outcomes.iter().zip(&scaled.outcomes) {
                for metric in Metric::ALL {
                    let factor = if metric.unit() == "USD bn" { c } else { 1.0 };
                    for i in 0..m.firms.len() {
                        for (x, y) in a.firm(metric, i).iter().zip(b.firm(metric, i)) {
                            let same = if c == 4.0 { *y == factor * x } else { (y - factor * x).abs() <= 1e-10 * factor * scale };
                            assert!(same, "{} of firm {i}: {y} is not {factor} times {x}", metric.name());
                        }
                    }
                }
            }
        }
    });
}

/// I16: the order in which firms are listed is no matter.
#[test]
fn relabelling_permutes_the_answers() {
    let seen = Seen::default();
    for_all(96, 5, recipes(), |recipe| {
        let m = build(recipe);
        let n = m.firms.len();
        let mut to: Vec<usize> = (0..n).collect();
        let mut dice = Dice(recipe.seed ^ 0x5bd1);
        for i in (1..n).rev() {
            to.swap(i, dice.below(i + 1));
        }
        let scale = engine(&m).scale;
        let worlds = [World::W0, World::W1, World::W2];
        let (a, b) = (common::run(&m, &worlds), common::run(&relabel(&m, &to), &worlds));
        for (a, b) in a.outcomes.iter().zip(&b.outcomes) {
            for i in 0..n {
                assert_eq!(&a.default_quarter[i], &b.default_quarter[to[i]]);
                for metric in Metric::ALL {
                    let (x, y) = (a.firm(metric, i), b.firm(metric, to[i]));
                    assert!((0..LANES).all(|l| (x[l] - y[l]).abs() <= 1e-10 * scale), "{} of firm {i}", metric.name());
                }
                seen.note("moved", to[i] != i && a.firm(Metric::NetLoss, i) != a.firm(Metric::NetLoss, to[i]));
            }
        }
    });
    seen.at_least(500, "moved");
}

/// I17: firms without links lose the same in every world, so that A = C = 1.
#[test]
fn without_links_nothing_amplifies() {
    let seen = Seen::default();
    for_all(96, 6, recipes(), |recipe| {
        let features = Features { debt: recipe.features.debt, shocks: recipe.features.shocks, ..Features::ALONE };
        let m = build(Recipe { features, ..recipe });
        let block = common::run(&m, &worlds()[..17]);
        for o in &block.outcomes {
            for metric in Metric::ALL {
                assert_eq!(o.system(metric), block.outcomes[15].system(metric), "{}", metric.name());
            }
        }
        let total = |metric: Metric| block.outcomes[15].system(metric).iter().sum::<f64>();
        seen.note("something is lost", total(Metric::NetLoss) > 0.0);
        seen.note("somebody fails", total(Metric::Defaults) > 0.0);
        seen.note("one firm", m.firms.len() == 1);
    });
    seen.at_least(50, "something is lost");
    seen.at_least(50, "somebody fails");
    seen.at_least(4, "one firm");
}

/// I17, double counting: without links, interest and new shares, what a living firm that is worth something loses in value is what it loses on the real
/// side, so that gross loss is net loss.
#[test]
fn without_links_nothing_is_counted_twice() {
    let seen = Seen::default();
    for_all(96, 7, recipes(), |recipe| {
        let features = Features { debt: recipe.features.debt, ..Features::ALONE };
        let mut m = build(Recipe { features, ..recipe });
        for f in &mut m.firms {
            (f.numbers.interest_rate_per_year, f.numbers.equity_capacity_per_quarter) = (0.0, 0.0);
        }
        let e = engine(&m);
        let mut sound = vec![true; m.firms.len()];
        e.watch_plan(|_, s, _| sound.iter_mut().enumerate().for_each(|(i, ok)| *ok &= s.value[i][0] > 0.0 && s.alive[i][0] > 0.0));
        let mut last: Option<State> = None;
        let block = e.run_block(3, 0, &[World::W0], &mut watch(|_, _, _, s, _| last = Some(s.clone())));
        let (out, last) = (&block.outcomes[0], last.expect("a quarter"));
        for i in (0..m.firms.len()).filter(|&i| sound[i]) {
            for l in (0..LANES).filter(|&l| last.alive[i][l] > 0.0 && last.value[i][l] > 0.0) {
                let (gross, net) = (out.firm(Metric::GrossLoss, i)[l], out.firm(Metric::NetLoss, i)[l]);
                assert!((gross - net).abs() <= 1e-11 * e.scale, "firm {i}: gross {gross}, net {net}");
                seen.note("a loss", net > 1e-3 * e.scale);
            }
        }
    });
    seen.at_least(500, "a loss");
}

/// I18: Shapley values of the channels sum to what the channels cost, for the system and for every firm.
#[test]
fn channels_account_for_everything() {
    let seen = Seen::default();
    for_all(96, 8, recipes(), |recipe| {
        let m = build(recipe);
        let worlds: Vec<World> = (0..16).map(World::with_channels).collect();
        let block = common::run(&m, &worlds);
        for l in 0..LANES {
            for i in 0..=m.firms.len() {
                let loss = |o: &Outcome| if i < m.firms.len() { o.firm(Metric::NetLoss, i)[l] } else { o.system(Metric::NetLoss)[l] };
                let losses: Vec<f64> = block.outcomes.iter().map(loss).collect();
                let parts = shapley(&losses);
                let size = losses.iter().fold(1.0f64, |a, b| a.max(b.abs()));
                assert!((parts.iter().sum::<f64>() - (losses[15] - losses[0])).abs() <= 1e-12 * size);
                seen.note("two channels at work", parts.iter().filter(|x| x.abs() > 1e-6 * size).count() >= 2);
            }
        }
    });
    seen.at_least(1_000, "two channels at work");
}
