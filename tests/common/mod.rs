//! What several tests need: the small systems written by hand of the validation room, a first block, a comparison of two numbers.
#![allow(dead_code)]

pub mod cases;
pub mod checks;
pub mod laws;
pub mod random;
pub mod shapes;

use bubblerisk::engine::{Block, Engine, Nobody, World};
use bubblerisk::lanes::Isa;
use bubblerisk::model::Model;
pub use bubblerisk::validation::systems::*;

/// Runs the first block in the given worlds.
pub fn run(model: &Model, worlds: &[World]) -> Block {
    let engine = Engine::new(model, Isa::detect()).expect("the model runs");
    engine.run_block(1, 0, worlds, &mut Nobody)
}

/// Asserts that two numbers agree to a relative tolerance.
#[track_caller]
pub fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "found {found}, expected {expected}");
}
