//! Speed of payment clearing on the paths in which somebody is short, the only place where paths are solved one at a time.
//!
//! Goal: under 5 µs for a network of 20 firms and under 200 µs for one of 200. Every answer is checked against its slow and obvious twin: plain iteration
//! of the map from "everybody pays in full".

mod common;

use std::hint::black_box;

use bubblerisk::clearing::FixedPoint;
use bubblerisk::clearing::payments::{Claim, Class, Payment, Position, SOLVENT_TOLERANCE, Workspace, clear};
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

criterion_group! { name = benches; config = common::settings(); targets = payments }
criterion_main!(benches);
