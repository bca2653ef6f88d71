//! Speed of a real run: paths per second of scenarios/amazon-openai.toml, all its worlds, on one thread and on two.
//!
//! Goal: 100,000 paths, of which 20,000 in the variants too, in under 30 seconds of one core with 512-bit vectors, and two threads at least 1.8 times as
//! fast as one where there are two cores to be had. The answer must be the same bits for both.

mod common;

use std::path::Path;
use std::time::Duration;

use bubblerisk::engine::{Engine, Run, Simulated, simulate};
use bubblerisk::lanes::Isa;
use bubblerisk::model::WorldName;
use bubblerisk::scenario;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Paths of one measurement: two batches, of which the variants run a half.
const PATHS: u64 = 2_048;

fn run(engine: &Engine<'_>, threads: usize) -> Simulated {
    let run = Run { variant_paths: PATHS / 2, ..Run::new(PATHS, 1) };
    simulate(engine, &run, threads, &|_| ()).expect("the scenario runs")
}

/// Losses of every path in every world, and the sums over paths, bit by bit.
fn bits(s: &Simulated) -> (Vec<[u64; 3]>, String) {
    let of = |w: WorldName| move |l: &bubblerisk::engine::PathLoss| l.loss(w).to_bits();
    let paths = s.strata[0].losses.iter().map(|l| [WorldName::W0, WorldName::W1, WorldName::W2].map(|w| of(w)(l))).collect();
    (paths, format!("{:?} {:?} {:?}", s.strata[0].tally.system, s.strata[0].tally.firm, s.strata[0].tally.defaults))
}

fn flagship(c: &mut Criterion) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml");
    let loaded = scenario::load(&file).expect("the scenario is valid");
    let engine = Engine::new(&loaded.model, Isa::detect()).expect("the model runs");
    let (one, two) = (run(&engine, 1), run(&engine, 2));
    assert!(bits(&one) == bits(&two), "one thread and two give the same bits");
    assert_eq!(one.strata[0].tally.solver.failed, 0, "every fixed point is reached");
    assert!(one.strata[0].losses.iter().all(|l| l.loss(WorldName::W0).is_finite()), "every loss is finite");
    let mut group = c.benchmark_group("flagship");
    group.sample_size(10).measurement_time(Duration::from_secs(10)).throughput(Throughput::Elements(PATHS));
    for threads in [1, 2] {
        group.bench_function(BenchmarkId::new("threads", threads), |b| b.iter(|| run(&engine, threads)));
    }
    group.finish();
}

criterion_group! { name = benches; config = common::settings(); targets = flagship }
criterion_main!(benches);
