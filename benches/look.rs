//! Speed of what the page of `serve` shows when a slider moves: a setting of scenarios/amazon-openai.toml beside the scenario as written, on every core.
//!
//! Goal: 20,000 paths with their intervals in under 0.3 seconds on two cores. The numbers must be those of a look that goes step by step.

mod common;

use std::path::Path;

use bubblerisk::analysis::glance::{Glance, Paths};
use bubblerisk::engine::Engine;
use bubblerisk::lanes::Isa;
use bubblerisk::scenario::{self, Override};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Paths of the first look, and of the whole.
const LOOKS: [u64; 2] = [6_144, 20_000];

fn look(engine: &Engine<'_>, written: &Paths, count: u64, scale: f64) -> Glance {
    let mut paths = Paths::default();
    paths.run_on(engine, 1, count, 0).expect("the scenario runs");
    paths.glance(count, Some(written), scale)
}

fn looks(c: &mut Criterion) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml");
    let change = Override { path: "firm.openai.plan_realism".into(), value: "{ times = 0.8 }".into() };
    let (written, moved) = (scenario::load(&file), scenario::load_with(&file, &[change], &[]));
    let (written, moved) = (written.expect("the scenario is valid").model, moved.expect("so is the setting").model);
    let base = Engine::new(&written, Isa::detect()).expect("the model runs");
    let engine = Engine::new(&moved, Isa::detect()).expect("the model runs");
    let mut as_written = Paths::default();
    as_written.run_on(&base, 1, LOOKS[1], 0).expect("the scenario runs");
    let mut steps = Paths::default();
    for count in LOOKS {
        steps.run_on(&engine, 1, count, 0).expect("the scenario runs");
        assert_eq!(steps.glance(count, Some(&as_written), base.scale), look(&engine, &as_written, count, base.scale), "step by step or at once");
    }
    assert_eq!(steps.failed_solves(), 0, "every fixed point is reached");
    let mut group = c.benchmark_group("look");
    for count in LOOKS {
        group.throughput(Throughput::Elements(count));
        group.bench_function(BenchmarkId::new("paths", count), |b| b.iter(|| look(&engine, &as_written, count, base.scale)));
    }
    group.finish();
}

criterion_group! { name = benches; config = common::settings(); targets = looks }
criterion_main!(benches);
