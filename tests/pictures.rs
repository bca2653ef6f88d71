//! Every picture of a run for 2 to 25 firms, of shipped scenarios and of random systems: no text over another or outside, a title, numbers beside it.

mod common;

use bubblerisk::charts::{self, Picture};
use bubblerisk::engine::{Engine, Run, simulate};
use bubblerisk::lanes::Isa;
use bubblerisk::model::Model;
use bubblerisk::results::{Origin, Results, assemble};
use bubblerisk::scenario;
use common::random::{Features, Recipe, build};
use std::path::Path;

/// Names of firms as long as they come.
const NAMES: [&str; 5] = ["Meta", "CoreWeave", "SoftBank Group", "International Business Machines", "Taiwan Semiconductor"];

fn results(model: &Model, paths: u64) -> Results {
    let engine = Engine::new(model, Isa::detect()).expect("the model runs");
    let run = Run { variant_paths: paths.min(512), ..Run::new(paths, 3) };
    let simulated = simulate(&engine, &run, 2, &|_| ()).expect("a run");
    assemble(&engine, &run, &simulated, Origin { hash: "", warnings: vec![] }).expect("results")
}

/// Holds pictures to what a reader needs; writes them into the folder BUBBLERISK_PICTURES, to be looked at.
fn look_at(what: &str, pictures: &[Picture]) {
    if let Some(folder) = std::env::var_os("BUBBLERISK_PICTURES") {
        let folder = Path::new(&folder).join(what.rsplit('/').next().unwrap_or(what).replace([' ', ','], "-"));
        std::fs::create_dir_all(&folder).expect("a folder");
        pictures.iter().for_each(|p| drop(charts::write(p, &folder).expect("a picture")));
    }
    assert!(pictures.len() > 2, "{what}: {} pictures", pictures.len());
    for p in pictures {
        assert_eq!(p.clashes(), Vec::<String>::new(), "{what}: {}", p.name);
        assert!(!p.title.is_empty() && !p.title.contains("NaN") && p.data_csv.lines().count() > 1, "{what}: {}", p.name);
        assert!(!p.alt.is_empty() && p.svg().contains("<title"), "{what}: {}", p.name);
    }
}

#[test]
fn shipped_scenarios_are_drawn_without_clashes() {
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")).expect("scenarios") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "toml") {
            let model = scenario::load(&path).expect("the scenario loads").model;
            look_at(&path.display().to_string(), &charts::pictures(&results(&model, 2_048)));
        }
    }
}

#[test]
fn systems_of_any_size_are_drawn_without_clashes() {
    for (firms, seed) in [(2, 1), (3, 2), (7, 3), (13, 4), (17, 7), (25, 5), (25, 6)] {
        let mut model = build(Recipe { firms, quarters: 8, seed, features: Features::ALL });
        for (i, f) in model.firms.iter_mut().enumerate() {
            f.name = format!("{}{}", NAMES[i % NAMES.len()], if i < NAMES.len() { String::new() } else { format!(" {}", i / NAMES.len()) });
        }
        look_at(&format!("{firms} firms, seed {seed}"), &charts::pictures(&results(&model, 1_024)));
    }
}
