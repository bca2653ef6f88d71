//! The three clearings (docs/methods.md, "The three fixed points") as properties of random networks, each held to a slow and obvious twin: invariants
//! I5 to I9 of single solves. Networks are drawn so that a failure shrinks to few firms and round numbers.

mod common;

use bubblerisk::clearing::one_shot::eisenberg_noe::{Outside, Recovery};
use bubblerisk::clearing::one_shot::{Edge, Network as Debts};
use bubblerisk::clearing::orders::{self, OrderBook, Orders};
use bubblerisk::clearing::payments::{self, Claim, Class, Payment, Position, Workspace};
use bubblerisk::clearing::prepared::{self, Failure, Prepared};
use bubblerisk::clearing::values::{self, Holdings};
use bubblerisk::clearing::{FixedPoint, Solved};
use bubblerisk::engine::Layout;
use bubblerisk::lanes::{Isa, LANES, Row, splat};
use bubblerisk::model::Model;
use common::checks::{Seen, for_all};
use common::shapes::MOST_HELD;
use common::{firm, model, purchase, stake};
use proptest::collection::vec;
use proptest::prelude::*;

const BOTH: [FixedPoint; 2] = [FixedPoint::Greatest, FixedPoint::Least];

/// Nothing, or up to `most`.
fn sometimes(most: f64) -> impl Strategy<Value = f64> {
    prop_oneof![2 => Just(0.0), 1 => 0.0..most]
}

// ---- Payments ---------------------------------------------------------------------------------------------------------------------------------

type Network = (Vec<Position>, Vec<Claim>);

/// A firm before clearing; `leak` is what of class 2 it owes outside.
fn position(leak: impl Strategy<Value = f64>) -> impl Strategy<Value = Position> {
    let money = (0.0..20.0, sometimes(5.0), sometimes(5.0), sometimes(3.0), 0.0..12.0);
    let recovery = prop_oneof![1 => Just(1.0), 2 => 0.4..1.0];
    (money, leak, recovery.clone(), recovery).prop_map(|((own, sure_inflow, line, minimum_cash, senior), hard, own_rate, inflow_rate)| {
        Position { own, sure_inflow, line, minimum_cash, senior, hard, soft: 0.0, recovery_own: own_rate, recovery_inflow: inflow_rate }
    })
}

/// Networks of 1 to 8 firms with both classes, cycles, lines and default costs, close to the edge of default. One firm, no claims, and firms that owe each
/// other are among them.
fn networks(leak: impl Strategy<Value = f64>) -> impl Strategy<Value = Network> {
    let claim = (0..8usize, 0..8usize, 0.0..12.0, prop::bool::weighted(0.35));
    (vec(position(leak), 1..=8), vec(claim, 0..=28)).prop_map(|(mut positions, drawn)| {
        let mut claims = vec![];
        for (from, to, amount, soft) in drawn {
            let (from, to) = (from % positions.len(), to % positions.len());
            if from == to {
                continue;
            }
            let owed = if soft { &mut positions[from].soft } else { &mut positions[from].hard };
            *owed += amount;
            claims.push(Claim { from: from as u32, to: to as u32, amount, class: if soft { Class::Soft } else { Class::Hard } });
        }
        (positions, claims)
    })
}

fn solve(network: &Network, which: FixedPoint) -> (Solved, Vec<Payment>) {
    let mut work = Workspace::default();
    let solved = payments::clear(&network.0, &network.1, which, &mut work);
    (solved, work.payments)
}

fn clear(network: &Network, which: FixedPoint) -> Vec<Payment> {
    let (solved, found) = solve(network, which);
    assert!(solved.converged, "{solved:?}");
    found
}

/// Model 5.2 written down once more: what everybody pays (class 1, 2, 3) and draws, given what everybody pays.
fn pays(network: &Network, paid: &[[f64; 4]]) -> Vec<[f64; 4]> {
    let (positions, claims) = network;
    let mut inflow: Vec<f64> = positions.iter().map(|p| p.sure_inflow).collect();
    for c in claims {
        let from = c.from as usize;
        let (class, owed) = if c.class == Class::Hard { (1, positions[from].hard) } else { (2, positions[from].soft) };
        inflow[c.to as usize] += if owed > 0.0 { c.amount * paid[from][class] / owed } else { 0.0 };
    }
    let answer = |(p, inflow): (&Position, f64)| {
        let (total, owed) = (p.own + inflow, p.senior + p.hard);
        if total + p.line >= owed * (1.0 - 1e-9) {
            let soft = (total - owed - p.minimum_cash).max(0.0).min(p.soft);
            [p.senior, p.hard, soft, (owed - total).max(0.0)]
        } else {
            let left = p.recovery_own * p.own + p.recovery_inflow * inflow;
            [left.min(p.senior), (left - p.senior).max(0.0).min(p.hard), 0.0, 0.0]
        }
    };
    positions.iter().zip(inflow).map(answer).collect()
}

/// Plain Picard iteration from the top or from nothing.
fn picard(network: &Network, from_top: bool) -> Vec<[f64; 4]> {
    let full = |p: &Position| if from_top { [p.senior, p.hard, p.soft, 0.0] } else { [0.0; 4] };
    let mut paid: Vec<[f64; 4]> = network.0.iter().map(full).collect();
    for _ in 0..200_000 {
        let next = pays(network, &paid);
        let moved = distance(&next, &paid);
        paid = next;
        if moved <= 1e-14 {
            break;
        }
    }
    paid
}

fn as_rows(paid: &[Payment]) -> Vec<[f64; 4]> {
    paid.iter().map(|p| [p.senior, p.hard, p.soft, p.draw]).collect()
}

fn distance(a: &[[f64; 4]], b: &[[f64; 4]]) -> f64 {
    a.iter().zip(b).flat_map(|(a, b)| (0..3).map(move |k| (a[k] - b[k]).abs())).fold(0.0, f64::max)
}

/// I6: the verified jump finds the fixed point of the plain iteration, from both ends, and greatest is at least least. Several fixed points must occur (P4):
/// about one network in twenty had them in the reference.
#[test]
fn the_jump_is_the_plain_iteration() {
    let seen = Seen::default();
    for_all(3_000, 1, networks(0.1..8.0), |network| {
        let (best, worst) = (as_rows(&clear(&network, FixedPoint::Greatest)), as_rows(&clear(&network, FixedPoint::Least)));
        for (found, from_top) in [(&best, true), (&worst, false)] {
            assert!(distance(found, &pays(&network, found)) <= 1e-9, "not a fixed point");
            assert!(distance(found, &picard(&network, from_top)) <= 1e-8, "from the top: {from_top}");
        }
        assert!(best.iter().zip(&worst).all(|(a, b)| (0..3).all(|k| a[k] >= b[k] - 1e-9)));
        seen.note("several fixed points", distance(&best, &worst) > 1e-6);
        seen.note("one firm", network.0.len() == 1);
        seen.note("no claims", network.1.is_empty());
        seen.note(
            "two firms that owe each other",
            network.0.len() == 2 && network.1.iter().any(|c| c.from == 0) && network.1.iter().any(|c| c.from == 1),
        );
        seen.note("default", best.iter().zip(&network.0).any(|(x, p)| x[1] < p.hard));
    });
    seen.at_least(60, "several fixed points");
    seen.at_least(1_000, "default");
    for what in ["one firm", "no claims", "two firms that owe each other"] {
        seen.at_least(50, what);
    }
}

/// I5 and I8: priority, and nothing is made or lost but dead weight.
#[test]
fn clearing_keeps_priority_and_money() {
    let seen = Seen::default();
    for_all(3_000, 2, networks(0.1..8.0), |network| {
        for which in BOTH {
            let paid = clear(&network, which);
            let (mut into, mut out) = (0.0, 0.0);
            for (p, x) in network.0.iter().zip(&paid) {
                assert!((0.0..=p.senior).contains(&x.senior) && (0.0..=p.hard).contains(&x.hard) && (0.0..=p.soft).contains(&x.soft));
                assert!(x.senior >= p.senior || x.hard == 0.0);
                assert!(x.hard >= p.hard || x.soft == 0.0);
                assert!(x.draw <= p.line && x.closing_cash >= 0.0 && x.dead_weight >= 0.0);
                assert!(x.draw == 0.0 || x.soft == 0.0, "a line does not buy shares");
                assert_eq!(x.defaulted, x.senior < p.senior || x.hard < p.hard);
                into += p.own + p.sure_inflow + x.draw;
                out += x.senior + x.hard + x.soft + x.closing_cash + x.dead_weight - (x.inflow - p.sure_inflow);
                seen.note("line drawn", x.draw > 0.0);
                seen.note("class 3 in part", x.soft > 0.0 && x.soft < p.soft);
                seen.note("dead weight", x.dead_weight > 0.0);
            }
            assert!((into - out).abs() <= 1e-9 * into, "{into} came in, {out} went out");
        }
    });
    for what in ["line drawn", "class 3 in part", "dead weight"] {
        seen.at_least(500, what);
    }
}

/// I7: whoever has more, nobody is paid less.
#[test]
fn payments_are_isotone() {
    let seen = Seen::default();
    for_all(3_000, 3, (networks(0.1..8.0), vec(sometimes(5.0), 8)), |(poor, gifts)| {
        let mut rich = poor.clone();
        rich.0.iter_mut().zip(&gifts).for_each(|(p, gift)| p.own += gift);
        for which in BOTH {
            let (a, b) = (as_rows(&clear(&poor, which)), as_rows(&clear(&rich, which)));
            assert!(a.iter().zip(&b).all(|(a, b)| (0..3).all(|k| b[k] >= a[k] - 1e-9)));
            seen.note("somebody is paid more", distance(&a, &b) > 1e-6);
        }
    });
    seen.at_least(1_000, "somebody is paid more");
}

/// Class 2 that leaks nothing outside leaves no contraction; what is found is still a fixed point, or is said not to be: two firms that owe each other 10
/// and outside next to nothing sink by that a sweep, and there is no system to jump to.
#[test]
fn closed_circles_are_solved_or_said_not_to_be() {
    let seen = Seen::default();
    let honest = |network: &Network, which: FixedPoint| {
        let (solved, paid) = solve(network, which);
        let rows = as_rows(&paid);
        assert!(!solved.converged || distance(&rows, &pays(network, &rows)) <= 1e-9, "{solved:?}");
        seen.note("solved", solved.converged);
        solved.converged
    };
    for_all(2_000, 4, networks(Just(0.0)), |network| {
        for which in BOTH {
            honest(&network, which);
        }
    });
    seen.at_least(3_980, "solved");
    let firm = |senior: f64| Position { senior, hard: 10.0, recovery_own: 1.0, recovery_inflow: 1.0, ..Position::default() };
    let claim = |from, to| Claim { from, to, amount: 10.0, class: Class::Hard };
    let pair = |senior: f64| (vec![firm(senior), firm(0.0)], vec![claim(0, 1), claim(1, 0)]);
    assert!(honest(&pair(0.1), FixedPoint::Greatest), "a hundred sweeps each way");
    for senior in [1e-3, 1e-5] {
        assert!(honest(&pair(senior), FixedPoint::Least));
        honest(&pair(senior), FixedPoint::Greatest);
    }
}

// ---- Many shocks on one network ---------------------------------------------------------------------------------------------------------------

/// Debts, how those to the outside rank, what survives a default, and what each firm has before the shocks.
#[derive(Debug, Clone)]
struct Shocked {
    debts: Debts,
    outside: Outside,
    recovery: Recovery,
}

fn shocked(firms: std::ops::RangeInclusive<usize>, outside: impl Strategy<Value = f64>) -> impl Strategy<Value = Shocked> {
    let most = *firms.end();
    let recovery = prop_oneof![2 => Just(1.0), 2 => 0.4..1.0, 1 => Just(0.0)];
    let debt = (0..most, 0..most, sometimes(1.0), 0.0..6.0);
    (vec((0.0..30.0, outside), firms), vec(debt, 0..=4 * most), recovery.clone(), recovery, any::<bool>()).prop_map(
        |(money, drawn, assets, inflow, senior)| {
            let n = money.len();
            let ends =
                drawn.into_iter().map(|(from, to, little, amount)| (from % n, to % n, if little > 0.0 { amount } else { 2.0 * amount }));
            let edge = |(from, to, amount): (usize, usize, f64)| Edge { from: from as u32, to: to as u32, amount };
            let debts = Debts {
                external_assets: money.iter().map(|m| m.0).collect(),
                external_liabilities: money.iter().map(|m| m.1).collect(),
                debts: ends.filter(|(from, to, _)| from != to).map(edge).collect(),
                stakes: vec![],
            };
            let outside = if senior { Outside::Senior } else { Outside::PariPassu };
            Shocked { debts, outside, recovery: Recovery { assets, inflow } }
        },
    )
}

impl Shocked {
    /// External assets under two blocks of shocks: from nothing to nearly twice what there is, in another order for each firm.
    fn assets(&self) -> Vec<Row> {
        let level =
            |block: usize, i: usize, l: usize| ((l * (2 * i + 3) + 17 * i + 5 * block) % LANES) as f64 / (36.0 - 2.0 * block as f64);
        let row = |block: usize, i: usize| std::array::from_fn(|l| self.debts.external_assets[i] * level(block, i, l));
        (0..2).flat_map(|block| (0..self.debts.firms()).map(move |i| row(block, i))).collect()
    }

    fn clear(&self, isa: Isa, assets: &[Row]) -> (Solved, Vec<Failure>) {
        let mut work = prepared::Workspace::default();
        let network = Prepared::new(&self.debts, self.outside, self.recovery).expect("the network can be cleared");
        let solved = network.clear(isa, assets, &mut work).expect("assets are numbers");
        (solved, work.failures)
    }

    /// The same as payments, under one shock.
    fn one(&self, assets: &[Row], shock: usize) -> Network {
        let n = self.debts.firms();
        let inside = self.debts.owed_inside();
        let position = |i: usize| {
            let (own, outside) = (assets[shock / LANES * n + i][shock % LANES], self.debts.external_liabilities[i]);
            let (senior, hard) = if self.outside == Outside::Senior { (outside, inside[i]) } else { (0.0, inside[i] + outside) };
            Position { own, senior, hard, recovery_own: self.recovery.assets, recovery_inflow: self.recovery.inflow, ..Position::default() }
        };
        let claim = |e: &Edge| Claim { from: e.from, to: e.to, amount: e.amount, class: Class::Hard };
        ((0..n).map(position).collect(), self.debts.debts.iter().map(claim).collect())
    }
}

/// What each firm leaves unpaid under each shock, in all and of class 2; nothing where it does not fail. Nobody fails twice.
fn unpaid(failures: &[Failure], firms: usize, shocks: usize) -> Vec<Vec<Option<(f64, f64)>>> {
    let mut unpaid = vec![vec![None; firms]; shocks];
    for f in failures {
        let was = unpaid[f.shock as usize][f.firm as usize].replace((f.unpaid, f.unpaid_shared));
        assert_eq!(was, None, "{f:?} twice");
    }
    unpaid
}

/// The answer to every shock is that of the kernel that clears one, and the plain iteration of it, which is slow and tried on some.
fn many_are_one_by_one(case: &Shocked, plain: bool, seen: &Seen) {
    let (n, assets) = (case.debts.firms(), case.assets());
    let (solved, failures) = case.clear(Isa::detect(), &assets);
    let found = unpaid(&failures, n, 2 * LANES);
    for (shock, found) in found.iter().enumerate() {
        let network = case.one(&assets, shock);
        let (alone, paid) = solve(&network, FixedPoint::Greatest);
        if !(solved.converged && alone.converged) {
            seen.note("not settled", true);
            continue;
        }
        let scale = network.0.iter().map(|p| p.own + p.senior + p.hard).fold(0.0, f64::max);
        for ((p, x), found) in network.0.iter().zip(&paid).zip(found) {
            assert_eq!(found.is_some(), x.defaulted, "shock {shock}: {found:?} {x:?}");
            let (all, shared) = found.unwrap_or_default();
            assert!((p.hard - shared - x.hard).abs() <= 1e-12 * scale, "shock {shock}: {found:?} {x:?}");
            assert!((p.senior + p.hard - all - x.senior - x.hard).abs() <= 1e-12 * scale, "shock {shock}: {found:?} {x:?}");
        }
        if plain && shock % 8 == 3 {
            let twin = picard(&network, true);
            assert!(
                network.0.iter().zip(&twin).zip(found).all(|((p, x), f)| (p.hard - f.map_or(0.0, |f| f.1) - x[1]).abs() <= 1e-12 * scale)
            );
            seen.note("plain iteration", true);
        }
        let failed = found.iter().flatten().count();
        seen.note(format!("{} fail", failed.min(6)), true);
        seen.note("somebody is felled", felled(&network, failed));
    }
    seen.note("one firm", n == 1);
    seen.note("no debts", case.debts.debts.is_empty());
}

/// Whether more fail than those who would if everybody else paid.
fn felled(network: &Network, failed: usize) -> bool {
    let mut work = network.0.clone();
    network.1.iter().for_each(|c| work[c.to as usize].sure_inflow += c.amount);
    work.iter().filter(|p| p.own + p.sure_inflow < (p.senior + p.hard) * (1.0 - 1e-9)).count() < failed
}

#[test]
fn many_shocks_are_cleared_as_one_by_one() {
    let seen = Seen::default();
    for_all(600, 20, shocked(1..=10, 0.1..8.0), |case| many_are_one_by_one(&case, true, &seen));
    for what in ["0 fail", "1 fail", "2 fail", "3 fail", "4 fail", "5 fail", "6 fail", "somebody is felled", "plain iteration"] {
        seen.at_least(1_000, what);
    }
    seen.at_least(10, "one firm");
    seen.at_least(5, "no debts");
}

/// Rings that leak nothing have no contraction: jumps out of the sweeps, and lanes that never settle and say so.
#[test]
fn many_shocks_on_rings_without_leak() {
    let seen = Seen::default();
    for_all(300, 21, shocked(2..=6, sometimes(3.0)), |case| many_are_one_by_one(&case, false, &seen));
    for_all(100, 22, (2..8usize, 1.0..9.0), |(n, amount)| {
        let debts = (0..n).map(|i| Edge { from: i as u32, to: ((i + 1) % n) as u32, amount }).collect();
        let external_assets = (0..n).map(|i| i as f64).collect();
        let debts = Debts { external_assets, external_liabilities: vec![0.0; n], debts, stakes: vec![] };
        many_are_one_by_one(&Shocked { debts, outside: Outside::PariPassu, recovery: Recovery::FULL }, false, &seen);
    });
    seen.at_least(1_000, "1 fail");
}

#[test]
fn many_shocks_on_three_hundred_firms() {
    let seen = Seen::default();
    for_all(8, 23, shocked(300..=300, 0.1..8.0), |case| many_are_one_by_one(&case, false, &seen));
    seen.at_least(500, "6 fail");
    seen.at_least(500, "somebody is felled");
}

/// Not a bit of an answer depends on the other shocks, the lane, the block or the instruction set.
#[test]
fn an_answer_is_that_of_its_shock_alone() {
    for_all(60, 24, shocked(1..=40, 0.1..8.0), |case| {
        let (n, assets) = (case.debts.firms(), case.assets());
        let together = unpaid(&case.clear(Isa::detect(), &assets).1, n, 2 * LANES);
        for isa in Isa::available() {
            assert_eq!(unpaid(&case.clear(isa, &assets).1, n, 2 * LANES), together, "{isa:?}");
        }
        for shock in (0..2 * LANES).step_by(9) {
            let mut alone = vec![splat(f64::INFINITY); n];
            (0..n).for_each(|i| alone[i][63 - shock % LANES] = assets[shock / LANES * n + i][shock % LANES]);
            let found = unpaid(&case.clear(Isa::detect(), &alone).1, n, LANES);
            assert_eq!(found[63 - shock % LANES], together[shock], "shock {shock}");
            assert_eq!(
                found.iter().flatten().flatten().count(),
                together[shock].iter().flatten().count(),
                "nobody fails in lanes not wanted"
            );
        }
    });
}

/// Names do not matter: firms in the opposite order leave the same unpaid.
#[test]
fn many_shocks_on_firms_in_any_order() {
    for_all(200, 25, shocked(2..=12, 0.1..8.0), |case| {
        let (n, assets) = (case.debts.firms(), case.assets());
        let mut turned = case.clone();
        turned.debts.external_liabilities.reverse();
        turned.debts.debts.reverse();
        turned.debts.debts.iter_mut().for_each(|e| (e.from, e.to) = (n as u32 - 1 - e.from, n as u32 - 1 - e.to));
        let rows: Vec<Row> = assets.chunks(n).flat_map(|block| block.iter().rev().copied()).collect();
        let (a, b) = (unpaid(&case.clear(Isa::detect(), &assets).1, n, 128), unpaid(&turned.clear(Isa::detect(), &rows).1, n, 128));
        for (a, b) in a.iter().flatten().zip(b.iter().flat_map(|b| b.iter().rev())) {
            assert!(a.is_some() == b.is_some() && (a.unwrap_or_default().0 - b.unwrap_or_default().0).abs() <= 1e-10, "{a:?} {b:?}");
        }
    });
}

/// C4a, C4b and C4c of docs/methods.md: exact fractions, the ring with and without the shock coming round, the greater of two fixed points.
#[test]
fn many_shocks_give_the_known_answers() {
    let first = |case: &Shocked, own: &[f64]| -> Vec<f64> {
        let (_, failures) = case.clear(Isa::detect(), &own.iter().map(|&x| splat(x)).collect::<Vec<_>>());
        unpaid(&failures, own.len(), LANES)[63].iter().map(|x| x.map_or(0.0, |x| x.0)).collect()
    };
    let near = |found: Vec<f64>, known: &[f64]| assert!(found.iter().zip(known).all(|(a, b)| (a - b).abs() <= 1e-9), "{found:?} {known:?}");
    let case = |debts, recovery| Shocked { debts, outside: Outside::PariPassu, recovery };
    let three = Debts::of_debts(&[vec![0.0, 20.0, 10.0], vec![5.0, 0.0, 24.0], vec![10.0, 0.0, 0.0]], &[10.0; 3], &[0.0; 3]);
    near(first(&case(three, Recovery::FULL), &[10.0; 3]), &[30.0 - 270.0 / 11.0, 29.0 - 290.0 / 11.0, 0.0]);
    let ring: Vec<Vec<f64>> = (0..5).map(|i| (0..5).map(|j| if j == (i + 1) % 5 { 80.0 } else { 0.0 }).collect()).collect();
    let ring = case(Debts::of_debts(&ring, &[22.0; 5], &[20.0; 5]), Recovery::FULL);
    near(first(&ring, &[7.0, 22.0, 22.0, 22.0, 22.0]), &[13.0, 8.4, 4.72, 1.776, 0.0]);
    near(
        first(&ring, &[0.0, 22.0, 22.0, 22.0, 22.0]),
        &[22.722_513_089_0, 16.178_010_471_2, 10.942_408_377_0, 6.753_926_701_6, 3.403_141_361_3],
    );
    let pair = case(Debts::of_debts(&[vec![0.0, 10.0], vec![10.0, 0.0]], &[2.0; 2], &[2.0; 2]), Recovery { assets: 0.5, inflow: 0.5 });
    near(first(&pair, &[2.0; 2]), &[0.0; 2]);
    near(first(&pair, &[1.9; 2]), &[12.0 - 0.95 / (1.0 - 5.0 / 12.0); 2]);
}

#[test]
fn shocks_that_cannot_be_cleared_are_refused() {
    let debts = Debts::of_debts(&[vec![0.0, 10.0], vec![10.0, 0.0]], &[2.0; 2], &[2.0; 2]);
    let network = Prepared::new(&debts, Outside::Senior, Recovery::FULL).unwrap();
    let mut work = prepared::Workspace::default();
    let mut refused = |assets: &[Row]| network.clear(Isa::detect(), assets, &mut work).unwrap_err().to_string();
    assert!(refused(&[splat(1.0); 3]).contains("3 rows"));
    let mut bad = [splat(2.0); 4];
    for wrong in [f64::NAN, -1.0, f64::NEG_INFINITY] {
        bad[3][9] = wrong;
        assert!(refused(&bad).contains("not negative"), "{wrong}");
    }
    let solved = network.clear(Isa::detect(), &[splat(0.0); 2], &mut work).expect("memory is usable after an error");
    assert!(solved.converged && work.failures.len() == 2 * LANES);
    assert!(Prepared::new(&debts, Outside::Senior, Recovery { assets: 1.5, inflow: 1.0 }).is_err());
    let huge = Debts::of_debts(&[vec![0.0, f64::MAX], vec![f64::MAX, 0.0]], &[2.0; 2], &[f64::MAX; 2]);
    assert!(Prepared::new(&huge, Outside::PariPassu, Recovery::FULL).unwrap_err().to_string().contains("finite sums"));
    assert!(network.clear(Isa::detect(), &[], &mut work).is_ok_and(|s| s.sweeps == 0));
}

// ---- Values -----------------------------------------------------------------------------------------------------------------------------------

/// Firms that own each other: what each has before its stakes, who holds whom in which proportion, and how much of every firm is held inside.
#[derive(Debug, Clone)]
struct Group {
    base: Vec<f64>,
    stakes: Vec<(usize, usize, f64)>,
    held: f64,
    /// New money of each firm, as a share of 20; outsiders pay a twentieth of it at least.
    raised: Vec<f64>,
}

fn groups(firms: std::ops::RangeInclusive<usize>, held: impl Strategy<Value = f64>) -> impl Strategy<Value = Group> {
    let most = *firms.end();
    (vec(-60.0..100.0, firms), vec((0..most, 0..most, 0.1..1.0), 0..4 * most), held, vec(sometimes(1.0), most)).prop_map(
        |(base, drawn, held, raised)| {
            let n = base.len();
            let stakes: Vec<_> = drawn.into_iter().map(|(i, j, x)| (i % n, j % n, x)).filter(|(i, j, _)| i != j).collect();
            Group { base, stakes, held, raised }
        },
    )
}

/// The group as a model, for its structure; stakes in each firm add up to `held`.
fn as_model(group: &Group) -> Model {
    let n = group.base.len();
    let mut m = model((0..n).map(|i| firm(&format!("f{i}"), vec![1.0], 0.0, 1.0)).collect());
    for &(holder, issuer, weight) in &group.stakes {
        let all: f64 = group.stakes.iter().filter(|s| s.1 == issuer).map(|s| s.2).sum();
        m.stakes.push(stake(holder as u32, issuer as u32, group.held * weight / all));
    }
    m
}

/// What values depend on, a row for each firm or holding. Lane l gives every firm l quarters more than lane 0, so that lanes are ordered.
struct Valuation {
    layout: Layout,
    base: Vec<Row>,
    share: Vec<Row>,
    money: Vec<Row>,
    paid: Vec<Row>,
}

impl Valuation {
    fn of(group: &Group) -> Valuation {
        let m = as_model(group);
        let layout = Layout::of(&m);
        let n = group.base.len();
        let mut share = vec![splat(0.0); layout.holdings.len()];
        for (k, s) in m.stakes.iter().enumerate() {
            share[layout.stake_holding[k]].iter_mut().for_each(|x| *x += s.numbers.share);
        }
        let base = group.base.iter().map(|x| std::array::from_fn(|l| x + 0.25 * l as f64)).collect();
        let money: Vec<Row> = (0..n).map(|i| splat(20.0 * group.raised[i])).collect();
        // Holders take part in a round as far as they hold, but never all of it.
        let paid = (0..share.len()).map(|e| money[layout.issuer[e] as usize].map(|y| y * share[e][0].min(MOST_HELD))).collect();
        Valuation { layout, base, share, money, paid }
    }

    fn clear(&self, start: f64) -> Vec<Row> {
        let n = self.base.len();
        let one = vec![splat(1.0); n];
        let holdings = Holdings {
            components: &self.layout.value_components,
            by_holder: &self.layout.by_holder,
            issuer: &self.layout.issuer,
            base: &self.base,
            alive: &one,
            share: &self.share,
            raises: &self.money.iter().map(|y| y[0] > 0.0).collect::<Vec<_>>(),
            fair_money: &self.money,
            fair_paid: &self.paid,
            fixed_keep: &one,
            fixed_share: &vec![splat(0.0); self.share.len()],
            plan_stakes: None,
            tolerance: 1e-12,
        };
        let mut value = vec![splat(start); n];
        let solved = values::clear(Isa::detect(), &holdings, &mut value);
        assert!(solved.converged, "{solved:?}");
        value
    }

    /// Model 4.8 written down once more, for one lane.
    fn worth(&self, value: &[Row], i: usize, l: usize) -> f64 {
        let mut v = self.base[i][l];
        for (e, &(holder, issuer)) in self.layout.holdings.iter().enumerate() {
            let (j, y) = (issuer as usize, self.money[issuer as usize][l]);
            if holder as usize == i {
                v += self.share[e][l] * (value[j][l] - y).max(0.0);
                v += if y > 0.0 { self.paid[e][l] * (value[j][l] / y).min(1.0) } else { 0.0 };
            }
        }
        v.max(0.0)
    }
}

/// I9 of one solve, however much firms own of each other: a fixed point, the same from above and from below, never negative, and higher for whoever has
/// more. The error of a value is at most the last change over what outsiders hold.
fn values_are_unique_and_isotone(group: &Group, seen: &Seen) {
    let v = Valuation::of(group);
    let (above, below) = (v.clear(1e6), v.clear(0.0));
    let n = group.base.len();
    let size: f64 = group.base.iter().map(|x| x.abs() + 20.0).sum();
    for i in 0..n {
        for l in 0..LANES {
            assert!((above[i][l] - below[i][l]).abs() <= 1e-10 * size, "firm {i}: {} or {}", above[i][l], below[i][l]);
            assert!((above[i][l] - v.worth(&above, i, l)).abs() <= 1e-10 * size);
            assert!(above[i][l] >= 0.0 && (l == 0 || above[i][l] >= above[i][l - 1] - 1e-10 * size));
            seen.note("worth nothing", above[i][l] == 0.0);
            seen.note("worth less than its new money", v.money[i][l] > above[i][l] && above[i][l] > 0.0);
        }
    }
    let circle = v.layout.value_components.iter().map(Vec::len).max().unwrap_or(0);
    seen.note("circle", circle >= 2);
    seen.note("circle at the limit", circle >= 2 && group.held == MOST_HELD);
    seen.note("two firms that own each other", n == 2 && circle == 2);
    seen.note("one firm", n == 1);
}

#[test]
fn values_have_one_answer() {
    let seen = Seen::default();
    let held = prop_oneof![1 => 0.0..MOST_HELD, 1 => Just(MOST_HELD)];
    for_all(600, 5, groups(1..=8, held), |group| values_are_unique_and_isotone(&group, &seen));
    for what in ["worth nothing", "worth less than its new money"] {
        seen.at_least(500, what);
    }
    seen.at_least(200, "circle");
    seen.at_least(100, "circle at the limit");
    seen.at_least(20, "two firms that own each other");
    seen.at_least(20, "one firm");
}

/// The same for 300 firms, almost all of every firm held inside.
#[test]
fn values_of_three_hundred_firms_have_one_answer() {
    let seen = Seen::default();
    for_all(3, 6, groups(300..=300, Just(MOST_HELD)), |group| values_are_unique_and_isotone(&group, &seen));
    seen.at_least(3, "circle at the limit");
}

/// Two firms that own each other, in closed form: `V1 = (x1 + s x2) / (1 - s r)` while both are worth something (C3).
#[test]
fn two_firms_that_own_each_other() {
    for_all(200, 7, (1.0..100.0, 1.0..100.0, 0.01..=MOST_HELD), |(a, b, held)| {
        let group = Group { base: vec![a, b], stakes: vec![(0, 1, 1.0), (1, 0, 1.0)], held, raised: vec![0.0; 2] };
        let v = Valuation::of(&group).clear(0.0);
        common::near(v[0][0], (a + held * b) / (1.0 - held * held), 1e-11);
        common::near(v[1][0], (b + held * a) / (1.0 - held * held), 1e-11);
    });
}

// ---- Orders -----------------------------------------------------------------------------------------------------------------------------------

/// One firm of a trading network.
#[derive(Debug, Clone, Copy)]
struct Trader {
    external: f64,
    available: f64,
    margin: f64,
    theta: f64,
    capex: f64,
}

/// Firms and what they buy: buyer, seller, amount, take-or-pay share, enforceable share.
#[derive(Debug, Clone)]
struct Trade {
    traders: Vec<Trader>,
    purchases: Vec<(usize, usize, f64, f64, f64)>,
    cap: f64,
}

fn trades(firms: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Trade> {
    let most = *firms.end();
    let trader = (sometimes(6.0), 0.0..30.0, 0.3..0.95, 0.0..2.5, sometimes(3.0))
        .prop_map(|(external, available, margin, theta, capex)| Trader { external, available, margin, theta, capex });
    let purchase = (0..most, 0..most, 0.0..8.0, prop_oneof![1 => Just(0.0), 1 => Just(1.0), 2 => 0.0..1.0], 0.5..=1.0);
    (vec(trader, firms), vec(purchase, 0..3 * most), 1.0..2.0).prop_map(|(traders, drawn, cap)| {
        let n = traders.len();
        let at_home = |p: (usize, usize, f64, f64, f64)| (p.0 % n, p.1 % n, p.2, p.3, p.4);
        Trade { traders, purchases: drawn.into_iter().map(at_home).filter(|p| p.0 != p.1).collect(), cap }
    })
}

/// Rows of an order book. Lane l has external revenue of l / 40 of plan, so that lanes are ordered and some are above plan.
struct Book {
    layout: Layout,
    rows: [Vec<Row>; 11],
    cap: Row,
}

impl Book {
    fn of(trade: &Trade) -> Book {
        let n = trade.traders.len();
        let mut m = model((0..n).map(|i| firm(&format!("f{i}"), vec![1.0], 0.0, 1.0)).collect());
        for (c, &(b, s, amount, tau, _)) in trade.purchases.iter().enumerate() {
            m.purchases.push(purchase(&format!("p{c}"), b as u32, s as u32, amount, tau, 1));
        }
        let each = |f: &dyn Fn(&Trader) -> f64| trade.traders.iter().map(|x| splat(f(x))).collect::<Vec<_>>();
        let per = |f: &dyn Fn(f64, f64, f64) -> f64| trade.purchases.iter().map(|&(_, _, x, tau, enf)| splat(f(x, tau, enf))).collect();
        let external = trade.traders.iter().map(|x| std::array::from_fn(|l| x.external * l as f64 / 40.0)).collect();
        let (committed, floor): (Vec<Row>, Vec<Row>) = (per(&|x, tau, _| x * tau), per(&|x, tau, enf| x * tau * enf));
        let discretionary: Vec<Row> = per(&|x, tau, _| x * (1.0 - tau));
        let bought = |rows: &[Row], b: usize| -> f64 { (0..rows.len()).filter(|&c| trade.purchases[c].0 == b).map(|c| rows[c][0]).sum() };
        let total = |rows: &[Row]| (0..n).map(|b| splat(bought(rows, b))).collect::<Vec<_>>();
        let sold = |s: usize| trade.purchases.iter().filter(|p| p.1 == s).map(|p| p.2).sum::<f64>();
        let inverse = |plan: f64| splat(if plan > 0.0 { 1.0 / plan } else { 0.0 });
        let plan_inverse = (0..n).map(|i| inverse(trade.traders[i].external + sold(i))).collect();
        let wanted = (0..n).map(|i| splat(bought(&discretionary, i) + trade.traders[i].capex)).collect();
        let (floors, commits) = (total(&floor), total(&committed));
        let rows = [
            external,
            committed,
            floor,
            discretionary,
            each(&|x| x.available),
            each(&|x| x.margin),
            plan_inverse,
            each(&|x| x.theta),
            floors,
            commits,
            wanted,
        ];
        Book { layout: Layout::of(&m), rows, cap: splat(trade.cap) }
    }

    /// Revenue, and the shares of committed and discretionary spending.
    fn clear(&self, which: FixedPoint, channel_on: bool) -> [Vec<Row>; 3] {
        let [
            external,
            committed,
            floor,
            discretionary,
            available,
            margin,
            plan_inverse,
            theta,
            floor_sum,
            committed_sum,
            discretionary_sum,
        ] = &self.rows;
        let n = external.len();
        let one = vec![splat(1.0); n];
        let layout = &self.layout;
        let book = OrderBook {
            components: &layout.order_components,
            by_seller: &layout.by_seller,
            buyer: &layout.buyer,
            external,
            alive: &one,
            committed,
            floor,
            discretionary,
            available,
            margin,
            plan_inverse,
            theta,
            floor_sum,
            committed_sum,
            discretionary_sum,
            place: &one,
            cap: &self.cap,
            channel_on,
            tolerance: 1e-13,
        };
        let [mut revenue, mut ratio, mut x, mut f] = [(); 4].map(|()| vec![splat(0.0); n]);
        let mut found = Orders { revenue: &mut revenue, ratio: &mut ratio, committed_share: &mut x, discretionary_share: &mut f };
        let solved = orders::clear(Isa::detect(), &book, which, &mut found);
        assert!(solved.converged, "{solved:?}");
        [revenue, x, f]
    }

    /// Model 4.3 written down once more, for one lane: shares of committed and of discretionary spending, given everybody's.
    fn respond(&self, trade: &Trade, l: usize, shares: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let mut revenue: Vec<f64> = self.rows[0].iter().map(|row| row[l]).collect();
        for &(b, s, amount, tau, enf) in &trade.purchases {
            let (x, f) = shares[b];
            revenue[s] += amount * (tau * (enf + (1.0 - enf) * x) + (1.0 - tau) * f);
        }
        let answer = |i: usize| {
            let t = trade.traders[i];
            let (mut committed, mut floor, mut wanted, mut plan) = (0.0, 0.0, t.capex, t.external);
            for &(b, s, amount, tau, enf) in &trade.purchases {
                if b == i {
                    committed += amount * tau;
                    floor += amount * tau * enf;
                    wanted += amount * (1.0 - tau);
                }
                plan += if s == i { amount } else { 0.0 };
            }
            let d = if plan > 0.0 { revenue[i] / plan } else { 1.0 };
            let appetite = (1.0 + t.theta * (d - 1.0)).clamp(0.0, trade.cap);
            let funds = t.available + t.margin * revenue[i];
            let x = if committed > floor { (funds.clamp(floor, committed) - floor) / (committed - floor) } else { 1.0 };
            (x, if wanted > 0.0 { (funds - committed).max(0.0).min(appetite * wanted) / wanted } else { 0.0 })
        };
        (0..trade.traders.len()).map(answer).collect()
    }

    /// Plain iteration from the top or from nothing; none if it has not settled after many sweeps.
    fn picard(&self, trade: &Trade, l: usize, from_top: bool) -> Option<Vec<(f64, f64)>> {
        let mut shares = vec![if from_top { (1.0, trade.cap) } else { (0.0, 0.0) }; trade.traders.len()];
        for _ in 0..20_000 {
            let next = self.respond(trade, l, &shares);
            let moved = gap(&next, &shares);
            shares = next;
            if moved <= 1e-15 {
                return Some(shares);
            }
        }
        None
    }
}

fn gap(a: &[(f64, f64)], b: &[(f64, f64)]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a.0 - b.0).abs().max((a.1 - b.1).abs())).fold(0.0, f64::max)
}

/// I6 and I7 of orders: both fixed points are those of the plain iteration, greatest is at least least, more external revenue never lowers an order, and
/// several fixed points occur. Without channel O a seller has its exogenous order, whatever happens.
fn orders_are_the_plain_iteration(trade: &Trade, lanes: &[usize], seen: &Seen) {
    let book = Book::of(trade);
    let found = BOTH.map(|which| book.clear(which, true));
    let n = trade.traders.len();
    let at = |k: usize, l: usize| -> Vec<(f64, f64)> { (0..n).map(|i| (found[k][1][i][l], found[k][2][i][l])).collect() };
    for l in 0..LANES {
        let (best, worst) = (at(0, l), at(1, l));
        assert!(best.iter().zip(&worst).all(|(a, b)| a.0 >= b.0 - 1e-9 && a.1 >= b.1 - 1e-9));
        seen.note("several fixed points", gap(&best, &worst) > 1e-6);
        for k in 0..2 {
            assert!(gap(&at(k, l), &book.respond(trade, l, &at(k, l))) <= 1e-9, "not a fixed point");
            let poorer = at(k, l.max(1) - 1);
            assert!(
                at(k, l).iter().zip(&poorer).all(|(a, b)| a.0 >= b.0 - 1e-9 && a.1 >= b.1 - 1e-9),
                "lane {l} orders less than the one before"
            );
            if lanes.contains(&l) {
                let plain = book.picard(trade, l, k == 0);
                seen.note("compared", plain.is_some());
                assert!(plain.is_none_or(|plain| gap(&at(k, l), &plain) <= 1e-7), "from the top: {}", k == 0);
            }
        }
        seen.note("renegotiated", best.iter().any(|x| x.0 < 1.0));
        seen.note("above plan", best.iter().any(|x| x.1 > 1.0));
    }
    let [revenue, ..] = book.clear(FixedPoint::Greatest, false);
    for (i, row) in revenue.iter().enumerate() {
        let sold: f64 = trade.purchases.iter().filter(|p| p.1 == i).map(|p| p.2).sum();
        assert!((row[17] - book.rows[0][i][17] - sold).abs() <= 1e-12 * (1.0 + sold));
    }
    seen.note("one firm", n == 1);
    seen.note("no purchases", trade.purchases.is_empty());
    seen.note("circle", book.layout.order_components.iter().any(|c| c.len() >= 3));
}

#[test]
fn orders_of_small_networks() {
    let seen = Seen::default();
    for_all(2_000, 8, trades(1..=6), |trade| orders_are_the_plain_iteration(&trade, &[0, 20, 40, 63], &seen));
    for what in ["several fixed points", "renegotiated", "above plan"] {
        seen.at_least(1_000, what);
    }
    for (times, what) in [(15_000, "compared"), (200, "one firm"), (200, "no purchases"), (400, "circle")] {
        seen.at_least(times, what);
    }
}

#[test]
fn orders_of_three_hundred_firms() {
    let seen = Seen::default();
    for_all(3, 9, trades(300..=300), |trade| orders_are_the_plain_iteration(&trade, &[], &seen));
    seen.at_least(2, "circle");
    seen.at_least(100, "renegotiated");
}
