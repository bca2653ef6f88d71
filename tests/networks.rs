//! One-shot models on networks: large sparse ones, both ends of the set of solutions, and slow obvious versions of each on random small ones. Published
//! cases are in `validation.rs`.

#[path = "common/cases.rs"]
mod cases;

use bubblerisk::clearing::one_shot::cross_holdings::{equity_and_debt, failures, values};
use bubblerisk::clearing::one_shot::eisenberg_noe::{Outside, Recovery, clear};
use bubblerisk::clearing::one_shot::neva::{Valuation, equities};
use bubblerisk::clearing::one_shot::{Edge, Network, debtrank, furfine};
use proptest::prelude::*;

/// A reproducible stream of numbers from 0 to 1.
struct Stream(u64);

impl Stream {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A random network of n firms with `degree` debts and stakes each, some of them unable to pay.
fn network(n: usize, degree: usize, seed: u64) -> Network {
    let mut s = Stream(seed);
    let other = |i: usize, s: &mut Stream| (i + 1 + (s.next() * (n - 1) as f64) as usize) % n;
    let (mut debts, mut stakes) = (vec![], vec![]);
    for i in 0..n {
        for _ in 0..degree.min(n - 1) {
            debts.push(Edge { from: i as u32, to: other(i, &mut s) as u32, amount: 10.0 * s.next() });
            stakes.push(Edge { from: i as u32, to: other(i, &mut s) as u32, amount: 0.6 * s.next() / degree as f64 });
        }
    }
    let external_assets = (0..n).map(|_| 6.0 * degree as f64 * s.next()).collect();
    let external_liabilities = (0..n).map(|_| 4.0 * degree as f64 * s.next()).collect();
    Network { external_assets, external_liabilities, debts, stakes }
}

#[test]
fn ten_thousand_firms_clear_in_every_model() {
    let n = 10_000;
    let net = network(n, 5, 1);
    for outside in [Outside::Senior, Outside::PariPassu] {
        let found = clear(&net, outside, Recovery { assets: 0.8, inflow: 0.9 }).unwrap();
        let failed = found.best.defaulted.iter().filter(|d| **d).count();
        assert!(found.solved.converged && failed > n / 10 && failed < n, "{failed} {:?}", found.solved);
        let without = clear(&net, outside, Recovery::FULL).unwrap();
        assert!(without.unique && without.solved.converged, "{:?}", without.solved);
        // What outsiders and firms get is what there is (I8).
        let assets: f64 = net.external_assets.iter().sum();
        let short: f64 = without.best.net_worth.iter().filter(|w| **w < 0.0).sum();
        let kept: f64 = without.best.net_worth.iter().filter(|w| **w > 0.0).sum();
        let owed_outside: f64 = net.external_liabilities.iter().sum();
        let unpaid_inside: f64 = without.best.owed.iter().zip(&without.best.paid).map(|(o, p)| o - p).sum();
        if outside == Outside::PariPassu {
            let debts: f64 = net.debts.iter().map(|e| e.amount).sum();
            let total: f64 = without.best.paid.iter().sum();
            assert!((total + unpaid_inside - owed_outside - debts).abs() < 1e-6 * total);
            assert!(
                (kept + short - (assets - owed_outside) + inside_short(&net, &without.best.paid, &without.best.owed)).abs() < 1e-6 * assets
            );
        }
    }
    assert!(furfine::cascade(&net, 0.5).unwrap().best.defaulted.iter().any(|d| *d));
    let equity: Vec<f64> = (0..n).map(|i| 30.0 + net.external_assets[i]).collect();
    let leverage = debtrank::leverage(&net, &equity).unwrap();
    let mut shock = vec![0.0; n];
    shock[7] = 0.5;
    let found = debtrank::linear(&leverage, &shock);
    assert!(found.solved.converged && found.unique && found.best.iter().filter(|h| **h > 1e-9).count() > n / 2);
    let found = equity_and_debt(&net).unwrap();
    assert!(found.solved.converged && found.unique);
    let (v, solved) = values(&net.external_assets, &net.stakes);
    assert!(solved.converged && (v.market.iter().sum::<f64>() / net.external_assets.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let assets: Vec<f64> = net.external_assets.iter().map(|a| a + 1.0).collect();
    let found = equities(&net.with_assets(assets), Valuation::Merton { recovery: 0.6 }, &vec![0.2; n]).unwrap();
    assert!(found.solved.converged, "{:?}", found.solved);
}

/// What creditors inside lose.
fn inside_short(net: &Network, paid: &[f64], owed: &[f64]) -> f64 {
    net.debts.iter().map(|e| e.amount * (1.0 - paid[e.from as usize] / owed[e.from as usize])).sum()
}

/// Two firms that fail together or not at all: the flag must say so in each model that can have it.
#[test]
fn more_than_one_solution_is_flagged() {
    let edge = |from, to, amount| Edge { from, to, amount };
    let mutual = |own: f64| Network {
        external_assets: vec![own; 2],
        external_liabilities: vec![2.0; 2],
        debts: vec![edge(0, 1, 10.0), edge(1, 0, 10.0)],
        stakes: vec![],
    };
    let half = Recovery { assets: 0.5, inflow: 0.5 };
    assert!(!clear(&mutual(2.0), Outside::PariPassu, half).unwrap().unique);
    assert!(clear(&mutual(1.9), Outside::PariPassu, half).unwrap().unique);
    assert!(!furfine::cascade(&mutual(2.5), 1.0).unwrap().unique);
    assert!(furfine::cascade(&mutual(13.0), 1.0).unwrap().unique);
    let stakes = [edge(0, 1, 0.5), edge(1, 0, 0.5)];
    let market = |x: &[f64]| {
        let (v, s) = values(x, &stakes);
        (v.market, s)
    };
    assert!(!failures(&[60.0, 60.0], &[50.0; 2], &[50.0; 2], market).unwrap().unique);
    assert!(failures(&[200.0, 200.0], &[50.0; 2], &[50.0; 2], market).unwrap().unique);
    let circle = [edge(0, 1, 1.0), edge(1, 0, 1.0)];
    assert!(!debtrank::linear(&circle, &[0.0, 0.0]).unique);
}

#[test]
fn what_cannot_be_cleared_is_refused() {
    let net = network(3, 1, 1);
    let bad = |change: fn(&mut Network)| {
        let mut net = net.clone();
        change(&mut net);
        clear(&net, Outside::Senior, Recovery::FULL).unwrap_err().to_string()
    };
    assert!(bad(|n| n.external_assets[0] = f64::NAN).contains("finite"));
    assert!(bad(|n| n.debts[0].amount = -1.0).contains("not negative"));
    assert!(bad(|n| n.debts[0].to = 9).contains("two different firms below 3"));
    assert!(bad(|n| n.debts[0].to = n.debts[0].from).contains("two different firms"));
    assert!(bad(|n| n.stakes = vec![Edge { from: 0, to: 1, amount: 1.5 }]).contains("at most 1"));
    assert!(bad(|n| n.external_liabilities.clear()).contains("external liabilities"));
    assert!(clear(&net, Outside::Senior, Recovery { assets: 1.5, inflow: 1.0 }).is_err());
}

/// Eisenberg and Noe by plain repetition over a full matrix.
fn slow_clear(net: &Network, senior: bool) -> Vec<f64> {
    let n = net.firms();
    let inside: Vec<f64> = (0..n).map(|i| net.debts.iter().filter(|e| e.from as usize == i).map(|e| e.amount).sum()).collect();
    let owed: Vec<f64> = (0..n).map(|i| inside[i] + if senior { 0.0 } else { net.external_liabilities[i] }).collect();
    let mut paid = owed.clone();
    for _ in 0..20_000 {
        paid = (0..n)
            .map(|i| {
                let income: f64 =
                    net.debts.iter().filter(|e| e.to as usize == i).map(|e| e.amount / owed[e.from as usize] * paid[e.from as usize]).sum();
                let first = if senior { net.external_liabilities[i] } else { 0.0 };
                (net.external_assets[i] + income - first).clamp(0.0, owed[i])
            })
            .collect();
    }
    paid
}

proptest! {
    #![proptest_config(cases::so_many(60))]

    #[test]
    fn payments_agree_with_plain_repetition(n in 2..9usize, degree in 1..4usize, seed in any::<u64>(), senior in any::<bool>()) {
        let net = network(n, degree, seed);
        let found = clear(&net, if senior { Outside::Senior } else { Outside::PariPassu }, Recovery::FULL).unwrap();
        for (a, b) in found.best.paid.iter().zip(slow_clear(&net, senior)) {
            prop_assert!((a - b).abs() <= 1e-7 * (1.0 + b), "{a} {b}");
        }
    }

    /// More assets never mean less of anything, in any model (I7).
    #[test]
    fn better_off_is_never_worse(n in 2..12usize, degree in 1..4usize, seed in any::<u64>(), gain in 0.0..5.0f64) {
        let net = network(n, degree, seed);
        let richer = net.with_assets(net.external_assets.iter().enumerate().map(|(i, a)| if i == 0 { a + gain } else { *a }).collect());
        let recovery = Recovery { assets: 0.7, inflow: 0.8 };
        let pay = |net: &Network| clear(net, Outside::Senior, recovery).unwrap();
        let (before, after) = (pay(&net), pay(&richer));
        for (a, b) in [(&before.best, &after.best), (&before.worst, &after.worst)] {
            prop_assert!(a.paid.iter().zip(&b.paid).all(|(x, y)| *x <= y + 1e-8));
        }
        prop_assert!(before.worst.paid.iter().zip(&before.best.paid).all(|(x, y)| *x <= y + 1e-8));
        let worth = |net: &Network| equity_and_debt(net).unwrap();
        let (before, after) = (worth(&net), worth(&richer));
        prop_assert!(before.best.value.iter().zip(&after.best.value).all(|(x, y)| *x <= y + 1e-9));
        // What outsiders hold is what there is: equity and debt not held inside.
        let held: Vec<f64> = (0..n).map(|i| net.stakes.iter().filter(|e| e.from as usize == i).map(|e| e.amount).sum::<f64>()).collect();
        let inside: Vec<f64> = (0..n).map(|i| net.debts.iter().filter(|e| e.from as usize == i).map(|e| e.amount).sum::<f64>()).collect();
        let outside: f64 = (0..n)
            .map(|i| {
                let owed = inside[i] + net.external_liabilities[i];
                let share = if owed > 0.0 { net.external_liabilities[i] / owed } else { 0.0 };
                (1.0 - held[i]) * before.best.equity[i] + share * before.best.debt[i]
            })
            .sum();
        prop_assert!((outside - net.external_assets.iter().sum::<f64>()).abs() <= 1e-9 * (1.0 + outside));
    }
}
