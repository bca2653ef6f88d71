//! Demonstrations that the program can return nothing: systems in which the circle cannot matter.

use crate::engine::{Engine, Nobody, World};
use crate::error::Result;
use crate::lanes::{Isa, LANES};
use crate::model::{Metric, Model};
use crate::scenario;
use crate::stats::{Estimate, batch_ratios};
use serde::Serialize;
use std::path::Path;

const SEED: u64 = 1;
/// Blocks of 64 paths where every path must agree, and where a ratio is estimated.
const FEW: usize = 32;
const MANY: usize = 313;

/// One demonstration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Null {
    /// What is left out.
    pub what: String,
    /// Command that shows the same.
    pub command: String,
    /// Paths.
    pub paths: usize,
    /// Expected net loss of the system in W0 over that in W2 and in W1; none where the other is next to nothing.
    pub net_loss_ratios: [Option<Estimate>; 2],
    /// Largest difference of the net loss from W2 and from W1 on any path, over the mean of its size in W0.
    pub largest_difference: [f64; 2],
    /// Expected loss of outside creditors in W0 over that in W1.
    pub creditors_ratio: Option<Estimate>,
    /// What was expected.
    pub expected: &'static str,
    /// Whether that was found.
    pub passed: bool,
}

/// Runs the demonstrations.
///
/// # Errors
/// Those of reading the scenarios.
pub fn nulls(folder: &Path) -> Result<Vec<Null>> {
    let kinds = ["stake.*", "investment.*", "purchase.*", "procurement.*", "warrant.*", "backstop.*"];
    let without: Vec<String> = kinds.iter().map(ToString::to_string).collect();
    let alone = scenario::load_with(&folder.join("amazon-openai.toml"), &[], &without)?;
    let flags: String = kinds.iter().map(|k| format!(" --without '{k}'")).collect();
    let mut no_edges = compare(&alone.model, FEW)?;
    no_edges.what = "the flagship without any contract between firms".into();
    no_edges.command = format!("bubblerisk run scenarios/amazon-openai.toml{flags}");
    no_edges.expected = "net loss the same on every path in W0, W1 and W2";
    no_edges.passed = no_edges.largest_difference == [0.0, 0.0];
    let held = scenario::load(&folder.join("cross-holdings.toml"))?;
    let mut cross = compare(&held.model, FEW)?;
    cross.what = "stakes and nothing else".into();
    cross.command = "bubblerisk run scenarios/cross-holdings.toml".into();
    cross.expected = "net loss the same on every path in W0, W1 and W2, to rounding";
    cross.passed = cross.largest_difference.iter().all(|d| *d <= 1e-12);
    let loose = scenario::load(&folder.join("uncoupled.toml"))?;
    let mut uncoupled = compare(&loose.model, MANY)?;
    uncoupled.what = "financing that does not depend on purchases or on the investor's health".into();
    uncoupled.command = "bubblerisk run scenarios/uncoupled.toml".into();
    uncoupled.expected = "C of the net loss within 1 % of 1";
    uncoupled.passed = uncoupled.net_loss_ratios[1].is_some_and(|c| (c.value - 1.0).abs() < 0.01);
    Ok(vec![no_edges, cross, uncoupled])
}

fn compare(model: &Model, blocks: usize) -> Result<Null> {
    let engine = Engine::new(model, Isa::detect())?;
    let mut losses: [Vec<f64>; 3] = Default::default();
    let mut creditors: [Vec<f64>; 2] = Default::default();
    for block in 0..blocks {
        let found = engine.run_block(SEED, (block * LANES) as u64, &[World::W0, World::W2, World::W1], &mut Nobody);
        for (sample, o) in losses.iter_mut().zip(&found.outcomes) {
            sample.extend_from_slice(o.system(Metric::NetLoss));
        }
        creditors[0].extend_from_slice(found.outcomes[0].system(Metric::ExternalCreditLoss));
        creditors[1].extend_from_slice(found.outcomes[2].system(Metric::ExternalCreditLoss));
    }
    let size = losses[0].iter().map(|x| x.abs()).sum::<f64>() / losses[0].len() as f64;
    let gap = |k: usize| losses[0].iter().zip(&losses[k]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / size;
    Ok(Null {
        what: String::new(),
        command: String::new(),
        paths: blocks * LANES,
        net_loss_ratios: [1, 2].map(|k| batch_ratios(&losses[0], &losses[k])),
        largest_difference: [gap(1), gap(2)],
        creditors_ratio: batch_ratios(&creditors[0], &creditors[1]),
        expected: "",
        passed: false,
    })
}
