//! One answer: the same bits for any number of threads, any split of the paths, any instruction set, and memory that does not grow with the paths
//! beyond sixteen bytes each.

use bubblerisk::engine::{Engine, PathLoss, Run, Sampling, Simulated, simulate};
use bubblerisk::lanes::Isa;
use bubblerisk::model::Model;
use bubblerisk::results::{Origin, Results, assemble};
use std::ops::Range;
use std::path::Path;

fn flagship() -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml");
    bubblerisk::scenario::load(&path).expect("the flagship loads").model
}

fn run_of(paths: Range<u64>) -> Run {
    Run { paths, variant_paths: 192, seed: 11, least: true, sampling: Sampling::Plain }
}

fn run(engine: &Engine<'_>, paths: Range<u64>, threads: usize) -> Simulated {
    simulate(engine, &run_of(paths), threads, &|_| ()).expect("the flagship runs")
}

fn results(engine: &Engine<'_>, paths: Range<u64>, simulated: &Simulated) -> Results {
    let mut results = assemble(engine, &run_of(paths), simulated, Origin { hash: "", warnings: vec![] }).unwrap();
    // A block that two ranges share is solved in both: solver counts describe the work done, not the answer.
    results.solver = Default::default();
    results.warnings.clear();
    results
}

fn bits(losses: &[PathLoss]) -> Vec<[u64; 3]> {
    use bubblerisk::model::WorldName::{W0, W1, W2};
    losses.iter().map(|p| [W0, W1, W2].map(|w| p.loss(w).to_bits())).collect()
}

const PATHS: u64 = 2_500;

#[test]
fn same_bits_for_any_number_of_threads() {
    let model = flagship();
    let engine = Engine::new(&model, Isa::detect()).unwrap();
    let one = run(&engine, 0..PATHS, 1);
    let expected = serde_json::to_string(&results(&engine, 0..PATHS, &one)).unwrap();
    for threads in [2, 3, 8] {
        let many = run(&engine, 0..PATHS, threads);
        assert_eq!(bits(&one.strata[0].losses), bits(&many.strata[0].losses), "{threads} threads");
        assert_eq!(expected, serde_json::to_string(&results(&engine, 0..PATHS, &many)).unwrap(), "{threads} threads");
    }
}

#[test]
fn same_bits_for_any_split_of_the_paths() {
    let model = flagship();
    let engine = Engine::new(&model, Isa::detect()).unwrap();
    let whole = run(&engine, 0..PATHS, 2);
    for cuts in [vec![1_024], vec![64, 1_000, 1_001, 2_499], vec![7]] {
        let edges: Vec<u64> = [0].into_iter().chain(cuts.clone()).chain([PATHS]).collect();
        let mut parts = edges.windows(2).map(|w| run(&engine, w[0]..w[1], 2));
        let mut merged = parts.next().unwrap();
        for part in parts {
            merged.strata[0].tally.merge(&part.strata[0].tally).unwrap();
            merged.strata[0].losses.extend(&part.strata[0].losses);
        }
        assert_eq!(bits(&whole.strata[0].losses), bits(&merged.strata[0].losses), "cut at {cuts:?}");
        let text = |s: &Simulated| serde_json::to_string(&results(&engine, 0..PATHS, s)).unwrap();
        assert_eq!(text(&whole), text(&merged), "cut at {cuts:?}");
    }
}

#[test]
fn same_bits_for_any_instruction_set() {
    let model = flagship();
    let text = |isa: Isa| {
        let engine = Engine::new(&model, isa).unwrap();
        serde_json::to_string(&results(&engine, 0..PATHS, &run(&engine, 0..PATHS, 2))).unwrap()
    };
    let baseline = text(Isa::Baseline);
    for isa in Isa::available() {
        assert_eq!(baseline, text(isa), "{isa:?}");
    }
}

#[test]
fn a_path_costs_sixteen_bytes() {
    assert_eq!(std::mem::size_of::<PathLoss>(), 16);
}
