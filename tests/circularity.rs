//! Measures of a circle of money: the worked example of docs/methods.md, section 9, to every printed digit, what must hold on any table, and that shipped
//! scenarios are measured. Not the words.

#[path = "common/cases.rs"]
mod cases;

use bubblerisk::circularity::{
    Class, Holding, Instrument, LONGEST, Loop, MOST_LOOPS, MoneyKind, MoneyTable, Tie, Transfer, concentration, financed_sales,
    gross_over_net, hurt, loops, overlap, round_trip, spectral_radius, trace,
};
use bubblerisk::engine::Engine;
use bubblerisk::lanes::Isa;
use bubblerisk::results::inspect;
use bubblerisk::validation::systems::{circle_of_three, transfer};
use bubblerisk::{charts, scenario};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;

fn table(transfers: Vec<Transfer>, sources: Vec<[f64; 4]>) -> MoneyTable {
    MoneyTable { label: "year".into(), transfers, sources }
}

#[track_caller]
fn near(got: f64, expected: f64) {
    assert!((got - expected).abs() < 5.1e-11, "{got} is not {expected}");
}

/// C6b: a cycle of three that passes on .1, .6 and .5 has det(I - A) = .97, and what comes back after three steps is their product.
#[test]
fn chains_of_orders_have_the_radius_of_their_cycle() {
    assert!((spectral_radius(3, &[(0, 1, 0.1), (1, 2, 0.6), (2, 0, 0.5)]) - 0.03f64.cbrt()).abs() < 1e-9);
    assert_eq!(spectral_radius(3, &[(0, 1, 0.9), (1, 2, 0.9)]), 0.0);
}

#[test]
fn books_balance_and_contracts_add_up_to_their_schedules() {
    let loaded = scenario::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml")).expect("the scenario loads");
    let engine = Engine::new(&loaded.model, Isa::detect()).expect("the model runs");
    let found = inspect::inspect(&engine, "", &[]).expect("an inspection");
    for (book, firm) in found.books.iter().zip(&found.firms) {
        let worth =
            book.cash_usd_bn + book.stakes_usd_bn + book.loans_usd_bn + book.enterprise_usd_bn - book.debt_usd_bn - book.owed_usd_bn;
        assert!((worth - book.equity_usd_bn).abs() < 1e-9 * book.equity_usd_bn, "{}: {book:?}", firm.id);
    }
    for p in &loaded.model.purchases {
        let planned: f64 = found.contracts.iter().filter(|c| c.contract == p.id).map(|c| c.planned_usd_bn).sum();
        let written = p.numbers.scale * p.schedule_usd_bn.iter().sum::<f64>();
        assert!((planned - written).abs() < 1e-6 * written.max(1.0), "{}: {planned} against {written}", p.id);
    }
    assert!(found.order_chains.iter().all(|c| c.largest_passed_on > 0.0 && (0.0..1.0).contains(&c.spectral_radius)));
}

#[test]
fn the_worked_example_is_met_to_every_digit() {
    let e = circle_of_three();
    e.check().unwrap();
    assert_eq!(e.inflow(), [65.0, 145.0, 160.0]);
    let t = trace(&e);
    assert!(t.converged);
    t.recycling.iter().zip([0.0358090186, 0.0358090186, 0.0122282609]).for_each(|(got, known)| near(*got, known));
    near(t.finn, 0.0256119342);
    near(t.spectral_radius, 0.2631273961);
    let known = [[0.5213204952, 0.4786795048], [0.8514442916, 0.1485557084], [0.9628610729, 0.0371389271]];
    for (got, known) in t.origin.iter().zip(known) {
        near(got[0], known[0]);
        near(got[1], known[1]);
    }
    let r = round_trip(&e, 2, None);
    near(r.pro_rata_usd_bn, 1.9098143236);
    near(r.pro_rata_usd_bn / r.network_revenue_usd_bn, 0.0477453581);
    assert_eq!((r.lower_usd_bn, r.upper_usd_bn / r.network_revenue_usd_bn), (0.0, 0.25));
    assert_eq!((r.financing_usd_bn, r.direct_usd_bn, r.network_revenue_usd_bn, r.revenue_usd_bn), (10.0, 0.0, 40.0, 160.0));
    // Cloud is both: it puts 5 into its own buyer.
    assert_eq!(round_trip(&e, 1, Some(0)).direct_usd_bn, 5.0);
    assert_eq!(overlap(&e), [(1, 0)]);
    // All 15 that Lab is given count for Cloud's sales, in proportion 15 · 45/65.
    near(financed_sales(&e, 1).pro_rata_usd_bn, 15.0 * 45.0 / 65.0);
}

#[test]
fn what_must_come_back_is_the_lower_bound() {
    // The buyer has 12, 10 of it the supplier's, and pays the supplier 11: 1 can go elsewhere, so 9 must come back.
    let t = table(
        vec![transfer(1, 0, MoneyKind::Equity, 10.0), transfer(0, 1, MoneyKind::Purchase, 11.0)],
        vec![[2.0, 0.0, 0.0, 0.0], [50.0, 0.0, 0.0, 0.0]],
    );
    let r = round_trip(&t, 1, None);
    assert!((r.lower_usd_bn - 9.0).abs() < 1e-12 && (r.upper_usd_bn - 10.0).abs() < 1e-12, "{r:?}");
    near(r.pro_rata_usd_bn, 10.0 * 11.0 / 12.0);
}

#[test]
fn loops_carry_their_bottleneck_their_instruments_and_their_gain() {
    let ties = [Tie { from: 1, to: 0, instrument: Instrument::Stake, contract: "stake".into(), usd_bn: 7.0 }];
    let found = loops(&circle_of_three(), &ties, LONGEST, MOST_LOOPS);
    assert!(!found.is_capped);
    let firms: Vec<&[usize]> = found.loops.iter().map(|l| l.firms.as_slice()).collect();
    assert_eq!(firms, [&[0, 1, 2][..], &[0, 1][..]]);
    assert_eq!(found.loops.iter().map(|l| l.bottleneck_usd_bn).collect::<Vec<_>>(), [10.0, 5.0]);
    assert!(found.loops.iter().all(|l| l.class == Class::Money));
    near(found.loops[0].gain, 45.0 / 65.0 * 40.0 / 145.0 * 10.0 / 160.0);
    near(found.loops[0].multiplier, 1.0 / (1.0 - found.loops[0].gain));
    let back = &found.loops[1].links[1];
    assert_eq!(back.instruments, BTreeSet::from([Instrument::Equity, Instrument::Stake]));
    // Without the planned money the stake still closes the loop; its gain is then nil.
    let held = loops(&circle_of_three().without(|t| t.from == 1 && t.to == 0), &ties, LONGEST, MOST_LOOPS).loops;
    let pair: &Loop = held.iter().find(|l| l.firms == [0, 1]).unwrap();
    assert_eq!((pair.class, pair.gain, pair.bottleneck_usd_bn), (Class::Held, 0.0, 7.0));
}

#[test]
fn a_cut_of_the_only_loop_leaves_no_cycling() {
    let only = circle_of_three().without(|t| t.from == 1 && t.kind == MoneyKind::Equity);
    assert!(trace(&only).finn > 0.0);
    let found = loops(&only, &[], LONGEST, MOST_LOOPS).loops;
    assert_eq!(found.len(), 1);
    let weakest = found[0].weakest().unwrap().contracts.clone();
    let left = only.without(|t| weakest.contains(&t.contract));
    let t = trace(&left);
    assert_eq!((t.finn, t.spectral_radius), (0.0, 0.0));
    assert_eq!(left.inflow(), only.inflow(), "outside investors pay what went that way");
    assert_eq!(round_trip(&left, 2, None).upper_usd_bn, 0.0);
}

#[test]
fn too_many_loops_are_said_to_be_so() {
    let all = |n: usize| (0..n).flat_map(move |i| (0..n).filter(move |j| *j != i).map(move |j| transfer(i, j, MoneyKind::Purchase, 1.0)));
    let t = table(all(6).collect(), vec![[1.0; 4]; 6]);
    let found = loops(&t, &[], LONGEST, 100);
    assert!(found.is_capped && found.loops.len() == 100);
    let shortest = found.loops.iter().map(|l| l.firms.len()).max().unwrap();
    assert!(shortest < 5, "the shortest come first");
    // 15 pairs, 40 triangles, 90, 144, 120.
    let found = loops(&t, &[], LONGEST, MOST_LOOPS);
    assert!(!found.is_capped && found.loops.len() == 409);
}

#[test]
fn nothing_is_measured_without_complaint() {
    for n in [0, 1, 3] {
        let t = table(vec![], vec![[0.0; 4]; n]);
        let found = trace(&t);
        assert_eq!((found.finn, found.spectral_radius, found.multiplier), (0.0, 0.0, 0.0));
        assert!(loops(&t, &[], LONGEST, MOST_LOOPS).loops.is_empty() && overlap(&t).is_empty());
        (0..n).for_each(|i| assert_eq!(round_trip(&t, i, None).upper_usd_bn + financed_sales(&t, i).upper_usd_bn, 0.0));
        assert!(hurt(&vec![0.0; n], &[]).iter().all(|v| *v == 0.0));
    }
    assert_eq!(gross_over_net(&[], &[]), None);
    assert_eq!(concentration(&[], 0.0).first, None);
}

#[test]
fn money_without_origin_is_said_to_be_so() {
    let t = table(vec![transfer(0, 1, MoneyKind::Purchase, 3.0), transfer(1, 0, MoneyKind::Equity, 3.0)], vec![[0.0; 4]; 2]);
    let found = trace(&t);
    assert!(!found.converged && found.origin.iter().flatten().all(|v| v.is_finite()));
}

#[test]
fn bad_tables_are_refused() {
    let bad = |from, to, usd_bn| table(vec![transfer(from, to, MoneyKind::Purchase, usd_bn)], vec![[0.0; 4]; 2]).check().is_err();
    assert!(bad(0, 2, 1.0) && bad(1, 1, 1.0) && bad(0, 1, -1.0) && bad(0, 1, f64::NAN));
    assert!(table(vec![], vec![[0.0, -1.0, 0.0, 0.0]]).check().is_err());
}

#[test]
fn concentration_counts_the_nameless_as_many() {
    let c = concentration(&[(4, 30.0), (2, 50.0), (7, 0.0)], 20.0);
    assert_eq!((c.total_usd_bn, c.first), (100.0, Some((2, 0.5))));
    near(c.hhi, 0.34);
    near(c.first_three, 0.8);
    assert_eq!(gross_over_net(&[100.0, 50.0], &[(0, 0.5)]), Some(1.5));
}

#[test]
fn distress_is_passed_on_along_what_is_held() {
    // C12 by the room's own door: 0.5 of firm 0's value hangs on firm 1, 0.4 of firm 1's on firm 0.
    let held = [Holding { holder: 0, issuer: 1, usd_bn: 50.0 }, Holding { holder: 1, issuer: 0, usd_bn: 20.0 }];
    let lost = hurt(&[100.0, 50.0], &held);
    near(lost[1], 0.5);
    near(lost[0], 0.4);
}

/// A random table of up to 7 firms, in which every firm gets something from outside.
fn tables() -> impl Strategy<Value = MoneyTable> {
    (2usize..8).prop_flat_map(|n| {
        let pay = (0..n, 0..n, prop_oneof![Just(MoneyKind::Purchase), Just(MoneyKind::Equity)], 0.0..100.0f64);
        let from_outside = prop::array::uniform4(0.0..50.0f64);
        (prop::collection::vec(pay, 0..16), prop::collection::vec(from_outside, n)).prop_map(|(paid, mut sources)| {
            let transfers: Vec<Transfer> =
                paid.into_iter().filter(|p| p.0 != p.1).map(|(i, j, kind, usd_bn)| transfer(i, j, kind, usd_bn)).collect();
            // What a firm pays beyond its inflow it takes from its cash.
            let t = table(transfers.clone(), sources.clone());
            let (x, paid) = (t.inflow(), t.paid());
            for (i, row) in sources.iter_mut().enumerate() {
                row[0] += 1e-3;
                row[3] += (paid[i] - x[i]).max(0.0);
            }
            table(transfers, sources)
        })
    })
}

/// Every simple cycle by trying every order of firms.
fn by_force(t: &MoneyTable, longest: usize) -> BTreeSet<Vec<usize>> {
    fn extend(arcs: &[Vec<bool>], path: &mut Vec<usize>, longest: usize, found: &mut BTreeSet<Vec<usize>>) {
        let (first, last) = (path[0], path[path.len() - 1]);
        if path.len() > 1 && arcs[last][first] {
            found.insert(path.clone());
        }
        for next in first + 1..arcs.len() {
            if path.len() < longest && arcs[last][next] && !path.contains(&next) {
                path.push(next);
                extend(arcs, path, longest, found);
                path.pop();
            }
        }
    }
    let arcs: Vec<Vec<bool>> = t.matrix(|_| true).into_iter().map(|row| row.into_iter().map(|v| v > 0.0).collect()).collect();
    let mut found = BTreeSet::new();
    (0..arcs.len()).for_each(|root| extend(&arcs, &mut vec![root], longest, &mut found));
    found
}

proptest! {
    #![proptest_config(cases::usual())]

    #[test]
    fn origins_add_up_to_one(t in tables()) {
        let found = trace(&t);
        prop_assert!(found.converged);
        for (j, origin) in found.origin.iter().enumerate() {
            let sum: f64 = origin.iter().sum();
            prop_assert!((sum - 1.0).abs() < 1e-9, "firm {j}: {sum}");
            prop_assert!(origin.iter().all(|v| *v >= -1e-12));
        }
        prop_assert!(found.spectral_radius < 1.0 && (0.0..1.0).contains(&found.finn) && found.multiplier >= 1.0 - 1e-12);
        prop_assert!(found.recycling.iter().all(|v| (-1e-12..1.0).contains(v)));
    }

    #[test]
    fn the_triple_is_in_order_and_bounded(t in tables()) {
        for s in 0..t.firms() {
            let pairs = (0..t.firms()).map(Some).chain([None]).map(|b| round_trip(&t, s, b));
            for r in pairs.chain([financed_sales(&t, s)]) {
                let slack = 1e-9 * r.financing_usd_bn;
                prop_assert!(0.0 <= r.lower_usd_bn && r.lower_usd_bn <= r.pro_rata_usd_bn && r.pro_rata_usd_bn <= r.upper_usd_bn);
                prop_assert!(r.upper_usd_bn <= r.financing_usd_bn + slack && r.upper_usd_bn <= r.network_revenue_usd_bn + slack);
                prop_assert!(r.direct_usd_bn <= r.upper_usd_bn + slack, "a direct round trip is a flow");
            }
        }
    }

    #[test]
    fn the_search_finds_the_cycles_that_force_finds(t in tables(), longest in 2usize..7) {
        let found = loops(&t, &[], longest, MOST_LOOPS);
        let firms: Vec<Vec<usize>> = found.loops.iter().map(|l| l.firms.clone()).collect();
        let set: BTreeSet<Vec<usize>> = firms.iter().cloned().collect();
        prop_assert_eq!(set.len(), firms.len());
        prop_assert_eq!(set, by_force(&t, longest));
        prop_assert!(found.loops.iter().all(|l| l.gain >= 0.0 && l.gain < 1.0 && l.links.len() == l.firms.len()));
    }

    #[test]
    fn cycling_is_nil_exactly_where_no_loop_is(t in tables()) {
        let is_empty = loops(&t, &[], t.firms(), MOST_LOOPS).loops.is_empty();
        prop_assert_eq!(is_empty, trace(&t).finn.abs() < 1e-15);
    }
}

/// Every shipped scenario is measured as a whole: origins add up, triples are in order, the chart is readable, a cut loop is gone.
#[test]
fn shipped_scenarios_are_measured() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let loaded = scenario::load(&path).unwrap();
        let engine = Engine::new(&loaded.model, Isa::detect()).unwrap();
        let found = inspect::inspect(&engine, &loaded.hash, &[]).unwrap();
        for w in found.views.iter().flat_map(|v| &v.windows) {
            let is_whole = |o: &[f64; 4]| (o.iter().sum::<f64>() - 1.0).abs() < 1e-9 || o.iter().all(|v| *v == 0.0);
            assert!(w.tracing.converged && w.tracing.origin.iter().all(is_whole), "{}: {}", path.display(), w.label);
            let all = w.round_trips.iter().chain(&w.financed_sales);
            assert!(all.into_iter().all(|r| r.lower_usd_bn <= r.pro_rata_usd_bn && r.pro_rata_usd_bn <= r.upper_usd_bn));
        }
        if let Some(picture) = charts::loops(&found) {
            assert_eq!(picture.clashes(), Vec::<String>::new(), "{}", path.display());
        }
        if let Some(first) = found.loops.first().map(|l| l.of.firms.clone()) {
            let cut = inspect::inspect(&engine, &loaded.hash, &["1".to_string()]).unwrap().cuts.remove(0);
            assert!(cut.views[0].loops.loops.iter().all(|l| l.firms != first), "{}", path.display());
        }
        seen += 1;
    }
    assert!(seen > 5);
}
