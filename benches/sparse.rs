//! Speed on sparse networks from 2 firms and 2 contracts to 2,000 firms and 20,000 contracts.
//!
//! Goal: under 200 ns for a contract and quarter, and at 20,000 contracts at most five times what it is at 200: nothing in the engine may be quadratic in the
//! number of firms or contracts. Every fixed point must be reached and every number finite.

mod common;

use std::hint::black_box;

use bubblerisk::engine::{Engine, Nobody, World};
use bubblerisk::lanes::{Isa, LANES};
use bubblerisk::model::Metric;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const QUARTERS: usize = 8;

fn sparse(c: &mut Criterion) {
    let mut group = c.benchmark_group("sparse");
    group.sample_size(10);
    for (firms, contracts) in [(2, 2), (20, 200), (200, 2_000), (2_000, 20_000)] {
        let model = common::synthetic(firms, contracts, QUARTERS, 1);
        let engine = Engine::new(&model, Isa::detect()).expect("the model runs");
        assert!(engine.plan_converged(), "{firms} firms: the plan is solved");
        let block = engine.run_block(1, 0, &[World::W0], &mut Nobody);
        assert_eq!(block.counts.failed, 0, "{firms} firms: every fixed point is reached");
        assert!(
            common::bits(&block.outcomes[0], firms).iter().all(|&x| f64::from_bits(x).is_finite()),
            "{firms} firms: every loss is finite"
        );
        let failed: f64 = block.outcomes[0].system(Metric::Defaults).iter().sum();
        assert!(firms < 20 || failed > 0.0, "{firms} firms: somebody fails somewhere");
        group.throughput(Throughput::Elements((LANES * QUARTERS * contracts) as u64));
        group.bench_function(BenchmarkId::new("contract-quarter", format!("{firms}x{contracts}")), |b| {
            b.iter(|| engine.run_block(1, black_box(64), &[World::W0], &mut Nobody));
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = common::settings(); targets = sparse }
criterion_main!(benches);
