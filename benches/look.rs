//! What the page of `serve` waits for when a slider moves: a setting of scenarios/amazon-openai.toml beside the scenario as written, on every core, with all intervals
//! and paired changes. Goal: 20,000 paths in at most 0.3 seconds on two cores. The numbers must be those of a look that goes step by step.
//!
//! `-- --write` fills docs/performance/look.csv.

#[path = "measure/mod.rs"]
mod measure;

use bubblerisk::analysis::glance::{Glance, Paths};
use bubblerisk::engine::Engine;
use bubblerisk::lanes::Isa;
use bubblerisk::scenario::{self, Override};
use measure::{Spread, seconds};
use std::hint::black_box;
use std::path::Path;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Paths of the looks, as the page takes them.
const LOOKS: [u64; 3] = [2_048, 6_144, 20_000];
const ROUNDS: usize = 21;

fn look(engine: &Engine<'_>, written: &Paths, count: u64, scale: f64) -> Glance {
    let mut paths = Paths::default();
    paths.run_on(engine, 1, count, 0).expect("the scenario runs");
    assert_eq!(paths.failed_solves(), 0, "every fixed point is reached");
    paths.glance(count, Some(written), scale)
}

fn main() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml");
    let change = Override { path: "firm.openai.plan_realism".into(), value: "{ times = 0.8 }".into() };
    let (written, moved) = (scenario::load(&file), scenario::load_with(&file, &[change], &[]));
    let (written, moved) = (written.expect("the scenario is valid").model, moved.expect("so is the setting").model);
    let base = Engine::new(&written, Isa::detect()).expect("the model runs");
    let engine = Engine::new(&moved, Isa::detect()).expect("the model runs");
    let mut as_written = Paths::default();
    as_written.run_on(&base, 1, LOOKS[LOOKS.len() - 1], 0).expect("the scenario runs");
    let mut steps = Paths::default();
    for count in LOOKS {
        steps.run_on(&engine, 1, count, 0).expect("the scenario runs");
        let at_once = look(&engine, &as_written, count, base.scale);
        assert_eq!(steps.glance(count, Some(&as_written), base.scale), at_once, "step by step or at once");
    }
    let mut times = vec![Vec::new(); LOOKS.len()];
    for _ in 0..if measure::is_test() { 1 } else { ROUNDS } {
        for (list, count) in times.iter_mut().zip(LOOKS) {
            list.push(seconds(|| drop(black_box(look(&engine, &as_written, count, base.scale)))));
        }
    }
    let mut rows = Vec::new();
    for (list, count) in times.into_iter().zip(LOOKS) {
        let s = Spread::of(list);
        println!(
            "{count:>6} paths {:>7.1} ms ({:.1} to {:.1}), {:.0} paths a second",
            1e3 * s.median,
            1e3 * s.low,
            1e3 * s.high,
            count as f64 / s.median
        );
        rows.push(format!("{count},{}", s.fields()));
    }
    if measure::is_writing() {
        measure::write("look.csv", "paths,median_seconds,lower_quartile,upper_quartile,rounds", &rows);
    }
}
