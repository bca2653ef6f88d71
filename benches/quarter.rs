//! Speed of the engine: what one quarter of one firm on one path costs, in each world and for the three worlds of a run together.
//!
//! Goal: under 150 ns for a firm and quarter in W0 on one core with 512-bit vectors, its five contracts, its draws and the failures of others included, and
//! three worlds for less than three times one, since they share their draws. All instruction sets must give the same bits.

mod common;

use std::hint::black_box;

use bubblerisk::engine::{Engine, Nobody, World};
use bubblerisk::lanes::{Isa, LANES};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const FIRMS: usize = 16;
const CONTRACTS: usize = 80;
const QUARTERS: usize = 24;
const THREE: [World; 3] = [World::W0, World::W1, World::W2];

fn quarter(c: &mut Criterion) {
    let model = common::synthetic(FIRMS, CONTRACTS, QUARTERS, 1);
    let engines: Vec<Engine<'_>> = Isa::available().into_iter().map(|isa| Engine::new(&model, isa).expect("the model runs")).collect();
    let widest = engines.last().expect("every machine has a baseline");
    let block = widest.run_block(1, 0, &THREE, &mut Nobody);
    assert_eq!(block.counts.failed, 0, "every fixed point is reached");
    assert!(block.counts.short_quarters > 0, "somebody is short somewhere");
    for engine in &engines {
        let again = engine.run_block(1, 0, &THREE, &mut Nobody);
        for (a, b) in block.outcomes.iter().zip(&again.outcomes) {
            assert!(common::bits(a, FIRMS) == common::bits(b, FIRMS), "{:?} gives other bits than {:?}", engine.isa, widest.isa);
        }
    }
    let mut group = c.benchmark_group("quarter");
    let firm_quarters = (LANES * QUARTERS * FIRMS) as u64;
    for (name, worlds) in [("w0", &THREE[..1]), ("w1", &THREE[1..2]), ("w2", &THREE[2..]), ("three-worlds", &THREE[..])] {
        group.throughput(Throughput::Elements(firm_quarters));
        group.bench_function(name, |b| b.iter(|| widest.run_block(1, black_box(64), worlds, &mut Nobody)));
    }
    for engine in &engines {
        group.bench_function(format!("w0/{:?}", engine.isa), |b| b.iter(|| engine.run_block(1, black_box(64), &THREE[..1], &mut Nobody)));
    }
    group.finish();
}

criterion_group! { name = benches; config = common::settings(); targets = quarter }
criterion_main!(benches);
