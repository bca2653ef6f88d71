//! Deals as players: the same estimator on games with known Shapley values, additivity, a dummy, the same bits on any number of threads, and a model of two deals.

mod common;

use bubblerisk::analysis::deals::{DealAttribution, LOSSES, PATHS_PER_PAIR, Shared, Worth, attribute_deals, share_out};
use bubblerisk::engine::{Engine, Nobody, World};
use bubblerisk::error::Result;
use bubblerisk::lanes::Isa;
use bubblerisk::model::{Metric, Model};
use bubblerisk::results::tables;
use bubblerisk::{charts, report};
use common::near;

fn game(count: usize, pairs: usize, threads: usize, value: impl Fn(usize, &[bool]) -> f64 + Sync + Send) -> Shared<1> {
    let worth = |pair: usize, s: &[bool]| Ok(Worth { values: [value(pair, s)], is_short: s.iter().all(|x| *x), failed: 0 });
    share_out((count, pairs, 1), threads, worth).expect("the game is played")
}

/// Model C14: 100 a + 60 b + 40 a b. With two players a pair of an order and its reverse is every order.
#[test]
fn two_players_are_exact() {
    let on = |x: bool| f64::from(u8::from(x));
    let found = game(2, 4, 2, |_, s| 100.0 * on(s[0]) + 60.0 * on(s[1]) + 40.0 * on(s[0]) * on(s[1]));
    for (player, expected) in found.players.iter().zip([[120.0, 100.0, 140.0], [80.0, 60.0, 100.0]]) {
        for (part, value) in player[0].iter().zip(expected) {
            near(part.value, value, 1e-12);
            assert_eq!(part.std_error, 0.0);
        }
    }
    // Four coalitions in each of four pairs, one of them short.
    assert_eq!(found.counts, [16, 4, 0]);
}

/// Squares of sums of weights: player i has w_i times the sum of all, by symmetry of every pair of players. The draws of a pair move everything.
#[test]
fn sampled_values_sum_and_their_errors_hold_orders_and_draws() {
    let weights = [5.0, 3.0, 2.0, 1.0, 0.0];
    let value = |pair: usize, s: &[bool]| {
        let sum: f64 = weights.iter().zip(s).filter(|(_, x)| **x).map(|(w, _)| w).sum();
        // A noise of its own for each pair, with mean 1 over 64 pairs.
        (sum * sum) * (1.0 + 0.2 * if pair.is_multiple_of(2) { 1.0 } else { -1.0 })
    };
    let found = game(5, 64, 2, value);
    let total: f64 = found.players.iter().map(|p| p[0][0].value).sum();
    near(total, found.ends[0][1].value - found.ends[0][0].value, 1e-12);
    for (player, w) in found.players.iter().zip(weights) {
        let [shapley, one_in, left_out] = player[0];
        assert!((shapley.value - w * 11.0).abs() <= 4.0 * shapley.std_error + 1e-9, "{shapley:?} {w}");
        near(one_in.value, w * w, 1e-9);
        near(left_out.value, 121.0 - (11.0 - w) * (11.0 - w), 1e-9);
        // A pair of an order and its reverse is exact for this game, so that the error is that of the draws alone.
        assert!(w == 0.0 || (shapley.std_error / (0.2 * w * 11.0 / 8.0) - 1.0).abs() < 0.02, "{shapley:?}");
    }
    assert_eq!(found, game(5, 64, 1, value));
}

/// A game that pairs do not solve: the unanimity game of three players among six gives each a third.
#[test]
fn orders_alone_have_an_error_that_covers() {
    let found = game(6, 400, 2, |_, s| f64::from(u8::from(s[0] && s[2] && s[4])));
    for (i, p) in found.players.iter().enumerate() {
        let (e, expected) = (p[0][0], if i % 2 == 0 { 1.0 / 3.0 } else { 0.0 });
        assert!((e.value - expected).abs() <= 4.0 * e.std_error + 1e-12, "{i}: {e:?}");
        // Of an order and its reverse, one half each time it is last in one of them, which two of three are.
        assert!(i % 2 == 1 || (e.std_error - (1.0f64 / 18.0 / 400.0).sqrt()).abs() < 0.002, "{i}: {e:?}");
    }
    assert!(share_out((3, 3, 1), 1, |_, _: &[bool]| Ok(Worth { values: [0.0], is_short: false, failed: 0 })).is_err());
}

/// A chain with a shock, whose purchases are players; one more player is no deal at all.
fn chain(is_in: &[bool]) -> Result<Model> {
    let mut m = common::g1();
    let kept = m.purchases.iter().zip(is_in).filter(|(_, x)| **x).map(|(p, _)| p.clone()).collect();
    m.purchases = kept;
    Ok(m)
}

fn of(threads: usize) -> DealAttribution {
    let names: Vec<String> = common::g1().purchases.iter().map(|p| p.id.clone()).chain(["dummy".to_string()]).collect();
    attribute_deals(names, chain, (8, 1), threads, &|_| ()).expect("an attribution")
}

#[test]
fn deals_of_a_model_are_those_of_its_runs_and_a_dummy_has_nothing() {
    let found = of(2);
    assert_eq!(found, of(1));
    assert_eq!((found.permutations, found.paths), (8, 4 * PATHS_PER_PAIR));
    let loss = |m: &Model, metric: Metric| {
        let engine = Engine::new(m, Isa::detect()).unwrap();
        engine.run_block(1, 0, &[World::W0], &mut Nobody).outcomes[0].system(metric)[0]
    };
    let count = found.deals.len();
    for metric in LOSSES {
        let whole = found.wholes.iter().find(|w| w.metric == metric).unwrap();
        near(whole.all.value, loss(&common::g1(), metric), 1e-9);
        near(whole.none.value, loss(&chain(&vec![false; count]).unwrap(), metric), 1e-9);
        let parts: Vec<_> = found.parts.iter().filter(|p| p.metric == metric).collect();
        near(parts.iter().map(|p| p.shapley.value).sum(), whole.all.value - whole.none.value, 1e-9);
        let dummy = parts.iter().find(|p| p.deal == count - 1).unwrap();
        assert_eq!((dummy.shapley.value, dummy.one_in.value, dummy.leave_one_out.value), (0.0, 0.0, 0.0));
        assert!(parts.iter().all(|p| p.ranks.0 >= 1 && p.ranks.0 <= p.ranks.1 && p.ranks.1 <= count));
    }
    let csv = tables::deals_csv(&found);
    assert!(!csv.contains("NaN") && csv.lines().count() == 1 + 3 * count);
    assert!(report::deals::summary(&found).contains("told from zero"));
    let picture = charts::deals(&found, "a footer").expect("a chart");
    assert_eq!(picture.clashes(), Vec::<String>::new());
}
