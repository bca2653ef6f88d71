//! The engine over the floor: the time of whole worlds of the flagship against that of its draws alone, interleaved in one run, so that the machine's moods
//! cancel. Prints ratios; the goal is at most 6 for W0 and 12 for the three worlds together.
//!
//! Draws: the same generator, normals, regimes, windows and events of 64 paths, and the uncertain numbers of the scenario, without any model.

use bubblerisk::engine::{Engine, Nobody, World};
use bubblerisk::lanes::{Isa, LANES};
use bubblerisk::scenario;
use bubblerisk::shocks::{Drivers, Parameters, consecutive};
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 41;
/// Blocks of 64 paths in a round.
const BLOCKS: u64 = 4;

fn seconds(mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let is_test = std::env::args().any(|a| a == "--test");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml");
    let loaded = scenario::load(&file).expect("the scenario is valid");
    let model = &loaded.model;
    let engine = Engine::new(model, Isa::detect()).expect("the model runs");
    let draws = |block: u64| {
        let mut p = Parameters::central(model);
        p.draw(model, 1, &consecutive(block * LANES as u64));
        let d = Drivers::of_block(model, &p, 1, &consecutive(block * LANES as u64), Isa::detect());
        black_box((d.sentiments(&p, true, Isa::detect()), p, d));
    };
    let worlds: [(&str, &[World]); 5] = [
        ("plan alone", &[]),
        ("W0", &[World::W0]),
        ("W1", &[World::W1]),
        ("W2", &[World::W2]),
        ("W0, W1, W2", &[World::W0, World::W1, World::W2]),
    ];
    let mut times = vec![Vec::new(); worlds.len() + 1];
    for _ in 0..if is_test { 1 } else { ROUNDS } {
        times[0].push(seconds(|| (0..BLOCKS).for_each(draws)));
        for (k, (_, list)) in worlds.iter().enumerate() {
            let run = |block: u64| {
                let found = black_box(engine.run_block(1, block * LANES as u64, list, &mut Nobody));
                assert_eq!(found.counts.failed, 0, "every fixed point is reached");
            };
            times[k + 1].push(seconds(|| (0..BLOCKS).for_each(run)));
        }
    }
    let per = 1e9 / (BLOCKS as f64 * LANES as f64 * model.firms.len() as f64 * model.horizon_quarters as f64);
    let floor = median(times[0].clone());
    println!("{:<14} {:>14} {:>12}", "flagship", "ns/firm-quarter", "over draws");
    println!("{:<14} {:>14.1} {:>12}", "draws", floor * per, "1");
    for ((name, _), values) in worlds.iter().zip(&times[1..]) {
        // The ratio of each round, against the draws of the same round.
        let ratio = median(values.iter().zip(&times[0]).map(|(a, b)| a / b).collect());
        println!("{name:<14} {:>14.1} {ratio:>12.2}", median(values.clone()) * per);
    }
}
