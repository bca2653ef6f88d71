//! Speed of payment clearing: on the paths in which somebody is short, which the engine solves one at a time, and of many shocks on one prepared network.
//!
//! Goal: under 5 µs for a path of 20 firms and under 200 µs for one of 200. Every answer is checked: paths against their slow and obvious twin, plain
//! iteration of the map from "everybody pays in full"; shocks against the clearing of paths.

mod common;

use std::hint::black_box;

use bubblerisk::clearing::FixedPoint;
use bubblerisk::clearing::one_shot::eisenberg_noe::{Outside, Recovery};
use bubblerisk::clearing::one_shot::{Edge, Network as Debts};
use bubblerisk::clearing::payments::{Claim, Class, Payment, Position, SOLVENT_TOLERANCE, Workspace, clear};
use bubblerisk::clearing::prepared::{self, Prepared};
use bubblerisk::lanes::{Isa, LANES, Row, row};
use bubblerisk::shocks::philox::Philox;
use common::{below, unit};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Networks of each size.
const NETWORKS: usize = 32;

struct Network {
    positions: Vec<Position>,
    claims: Vec<Claim>,
}

/// A random network of `n` firms in which about a third cannot pay everything: five hard claims and one soft claim from each.
fn network(n: usize, seed: u64) -> Network {
    let mut stream = Philox::keyed(seed, [n as u32, 0, 0]);
    let mut positions: Vec<Position> = (0..n)
        .map(|_| Position {
            own: 12.0 * unit(&mut stream),
            line: 0.5 * unit(&mut stream),
            minimum_cash: 0.5,
            senior: 4.0 * unit(&mut stream),
            hard: 3.0 * unit(&mut stream),
            recovery_own: 0.9,
            recovery_inflow: 0.95,
            ..Position::default()
        })
        .collect();
    let mut claims = Vec::new();
    for from in 0..n {
        for edge in 0..6 {
            let to = (from + 1 + below(&mut stream, n - 1)) % n;
            let (amount, class) = (2.0 * unit(&mut stream), if edge < 5 { Class::Hard } else { Class::Soft });
            claims.push(Claim { from: from as u32, to: to as u32, amount, class });
            match class {
                Class::Hard => positions[from].hard += amount,
                Class::Soft => positions[from].soft += amount,
            }
        }
    }
    Network { positions, claims }
}

/// The map of docs/methods.md 5.2 for one firm: what it pays of class 1, class 2 and class 3.
fn pays(p: &Position, inflow: f64) -> (f64, f64, f64) {
    let (total, owed) = (p.own + inflow, p.senior + p.hard);
    if total + p.line >= owed * (1.0 - SOLVENT_TOLERANCE) {
        return (p.senior, p.hard, p.soft.min((total - owed - p.minimum_cash).max(0.0)));
    }
    let estate = p.recovery_own * p.own + p.recovery_inflow * inflow;
    let senior = p.senior.min(estate);
    (senior, p.hard.min(estate - senior), 0.0)
}

/// Plain iteration from above.
fn picard(net: &Network) -> Vec<(f64, f64, f64)> {
    let mut paid: Vec<_> = net.positions.iter().map(|p| (p.senior, p.hard, p.soft)).collect();
    loop {
        let mut inflow: Vec<f64> = net.positions.iter().map(|p| p.sure_inflow).collect();
        for c in &net.claims {
            let (p, x) = (&net.positions[c.from as usize], &paid[c.from as usize]);
            inflow[c.to as usize] += c.amount * if c.class == Class::Hard { x.1 / p.hard } else { x.2 / p.soft };
        }
        let next: Vec<_> = net.positions.iter().zip(&inflow).map(|(p, &x)| pays(p, x)).collect();
        let moved = paid.iter().zip(&next).map(|(a, b)| (a.1 - b.1).abs().max((a.2 - b.2).abs())).fold(0.0, f64::max);
        paid = next;
        if moved < 1e-14 {
            return paid;
        }
    }
}

fn agrees(net: &Network, found: &[Payment]) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9;
    picard(net).iter().zip(found).all(|(x, p)| near(x.0, p.senior) && near(x.1, p.hard) && near(x.2, p.soft))
}

fn payments(c: &mut Criterion) {
    let mut group = c.benchmark_group("clearing/payments");
    for n in [20, 200] {
        let networks: Vec<Network> = (0..NETWORKS as u64).map(|seed| network(n, seed)).collect();
        let mut work = Workspace::default();
        let mut failed = 0;
        for net in &networks {
            let solved = clear(&net.positions, &net.claims, FixedPoint::Greatest, &mut work);
            assert!(solved.converged, "{n} firms: {solved:?}");
            assert!(agrees(net, &work.payments), "{n} firms: the kernel and plain iteration differ");
            failed += work.payments.iter().filter(|p| p.defaulted).count();
        }
        let share = failed as f64 / (n * NETWORKS) as f64;
        assert!((0.05..0.9).contains(&share), "{n} firms: {share} of them fail, which is no test");
        group.throughput(Throughput::Elements(NETWORKS as u64));
        group.bench_function(BenchmarkId::new("firms", n), |b| {
            b.iter(|| {
                for net in &networks {
                    black_box(clear(&net.positions, &net.claims, FixedPoint::Greatest, &mut work));
                }
            });
        });
    }
    group.finish();
}

/// Blocks of 64 shocks.
const BLOCKS: usize = 64;

/// A random network of `n` firms with seven debts each, and shocks under about a quarter of which somebody fails.
fn shocked(n: usize) -> (Debts, Vec<Row>) {
    let mut stream = Philox::keyed(7, [n as u32, 0, 0]);
    let debt = |k: usize, stream: &mut Philox| Edge {
        from: (k / 7) as u32,
        to: ((k / 7 + 1 + below(stream, n - 1)) % n) as u32,
        amount: 0.5 + unit(stream),
    };
    let debts = (0..7 * n).map(|k| debt(k, &mut stream)).collect();
    let mut network = Debts { external_assets: vec![24.0; n], external_liabilities: vec![0.0; n], debts, stakes: vec![] };
    // Debts to the outside leave each firm a capital of five.
    network.external_liabilities = network.net_worth().iter().map(|worth| (worth - 5.0).max(0.0)).collect();
    let spread = 5.0 / (3.0 * n as f64).ln();
    let assets = (0..BLOCKS).flat_map(|_| {
        let all = row(|_| 1.0 - 2.0 * unit(&mut stream));
        let own = |stream: &mut Philox| row(|l| 24.0 - spread * (all[l] - unit(stream).ln()));
        (0..n).map(|_| own(&mut stream)).collect::<Vec<Row>>()
    });
    (network.clone(), assets.collect())
}

/// What all firms leave unpaid under each shock, by the kernel that clears one.
fn one_by_one(network: &Debts, assets: &[Row]) -> Vec<f64> {
    let n = network.firms();
    let inside = network.owed_inside();
    let claim = |e: &Edge| Claim { from: e.from, to: e.to, amount: e.amount, class: Class::Hard };
    let claims: Vec<Claim> = network.debts.iter().map(claim).collect();
    let mut work = Workspace::default();
    let mut clear_one = |shock: usize| {
        let own = |i: usize| assets[shock / LANES * n + i][shock % LANES];
        let hard = |i: usize| inside[i] + network.external_liabilities[i];
        let position = |i: usize| Position { own: own(i), hard: hard(i), recovery_own: 1.0, recovery_inflow: 1.0, ..Position::default() };
        let positions: Vec<Position> = (0..n).map(position).collect();
        assert!(clear(&positions, &claims, FixedPoint::Greatest, &mut work).converged);
        positions.iter().zip(&work.payments).map(|(p, x)| p.hard - x.hard).sum()
    };
    (0..BLOCKS * LANES).map(&mut clear_one).collect()
}

fn shocks(c: &mut Criterion) {
    let mut group = c.benchmark_group("clearing/prepared");
    for n in [20, 200] {
        let (debts, assets) = shocked(n);
        let network = Prepared::new(&debts, Outside::PariPassu, Recovery::FULL).expect("the network can be cleared");
        let (isa, mut work) = (Isa::detect(), prepared::Workspace::default());
        let solved = network.clear(isa, &assets, &mut work).expect("assets are numbers");
        let mut unpaid = vec![0.0; BLOCKS * LANES];
        work.failures.iter().for_each(|f| unpaid[f.shock as usize] += f.unpaid);
        let known = one_by_one(&debts, &assets);
        assert!(solved.converged && unpaid.iter().zip(&known).all(|(a, b)| (a - b).abs() <= 1e-9), "{n} firms: other answers, {solved:?}");
        let share = unpaid.iter().filter(|x| **x > 0.0).count() as f64 / unpaid.len() as f64;
        assert!((0.1..0.5).contains(&share), "{n} firms: somebody fails under {share} of the shocks, which is no test");
        group.throughput(Throughput::Elements((BLOCKS * LANES) as u64));
        group.bench_function(BenchmarkId::new("firms", n), |b| b.iter(|| black_box(network.clear(isa, &assets, &mut work)).is_ok()));
    }
    group.finish();
}

criterion_group! { name = benches; config = common::settings(); targets = payments, shocks }
criterion_main!(benches);
