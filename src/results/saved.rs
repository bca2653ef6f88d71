//! A run on disk: its tables, its manifest and the whole of its results, which can be read again. Not the pictures and not the report.

use super::files::{failed, make_folder, remove, write_whole};
use super::manifest::{FORMAT, Facts, manifest};
use super::tables::TABLES;
use super::{Results, SolverReport, Warning, WorldName};
use crate::engine::Simulated;
use crate::error::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// File that holds all results.
const WHOLE: &str = "results.json";
/// File with one row per path.
const PATHS: &str = "paths.csv";
/// File that describes the run; the last to be written, so that its presence means that the rest is there.
const MANIFEST: &str = "manifest.json";
/// Largest file of results that is read.
const MOST_BYTES: u64 = 1 << 30;

/// Makes the folder of a run if it is missing and takes away the manifest and the paths of an earlier run, so that what is written next does not pass for that run.
pub fn open(folder: &Path) -> Result<()> {
    make_folder(folder)?;
    remove(&folder.join(PATHS))?;
    remove(&folder.join(MANIFEST))
}

/// Writes the tables, `results.json` and the manifest of a run into a folder, which is made if it is missing. Each file is written whole or not at all.
/// With `each_path`, the losses of each path are written too. Returns the files, the manifest last.
pub fn write(results: &Results, each_path: Option<&Simulated>, facts: &Facts, folder: &Path) -> Result<Vec<PathBuf>> {
    open(folder)?;
    let results = &finite(results);
    let mut written = Vec::new();
    let mut hashes = Vec::new();
    for table in &TABLES {
        match table.csv(results) {
            Some(text) => put(folder, table.file, text.as_bytes(), &mut written, &mut hashes)?,
            None => remove(&folder.join(table.file))?,
        }
    }
    if let Some(simulated) = each_path {
        put(folder, PATHS, paths_csv(simulated).as_bytes(), &mut written, &mut hashes)?;
    }
    put(folder, WHOLE, json(results)?.as_bytes(), &mut written, &mut hashes)?;
    let text = json(&manifest(results, facts, &hashes))?;
    put(folder, MANIFEST, text.as_bytes(), &mut written, &mut Vec::new())?;
    Ok(written)
}

fn put(folder: &Path, name: &str, bytes: &[u8], written: &mut Vec<PathBuf>, hashes: &mut Vec<(String, String)>) -> Result<()> {
    let path = folder.join(name);
    write_whole(&path, bytes)?;
    written.push(path);
    hashes.push((name.to_string(), Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()));
    Ok(())
}

/// The net loss of the system on each path in each world, with the path's weight, for other programs to read. The weights sum to 1.
fn paths_csv(simulated: &Simulated) -> String {
    let cell = |x: f64| super::tables::Cell::from(x).text();
    let mut text = String::from("path,weight,bust,net_loss_w0,net_loss_w1,net_loss_w2\n");
    for stratum in &simulated.strata {
        let weight = cell(stratum.share / stratum.losses.len() as f64);
        for (place, x) in stratum.losses.iter().enumerate() {
            let [w0, w1, w2] = [WorldName::W0, WorldName::W1, WorldName::W2].map(|w| cell(x.loss(w)));
            text += &format!("{},{weight},{},{w0},{w1},{w2}\n", stratum.numbers.at(place), x.bust());
        }
    }
    text
}

fn json(value: &impl Serialize) -> Result<String> {
    let text =
        serde_json::to_string_pretty(value).map_err(|e| Error::NotConverged(format!("the results cannot be written as JSON: {e}")))?;
    Ok(text + "\n")
}

/// The command that gave the results of a folder, as its manifest says; none where there is no manifest.
pub fn command(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join(MANIFEST)).ok()?;
    let manifest: serde_json::Value = serde_json::from_str(&text).ok()?;
    manifest.pointer("/run/command").and_then(|v| v.as_str()).map(String::from)
}

/// Whether a folder holds a complete run in the layout of this version.
pub fn is_whole(folder: &Path) -> bool {
    let manifest = fs::read_to_string(folder.join(MANIFEST)).ok().and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    manifest.is_some_and(|m| m.get("format").and_then(serde_json::Value::as_u64) == Some(u64::from(FORMAT)))
}

/// Reads the results of a saved run from its folder, or from its `results.json`.
pub fn read(run: &Path) -> Result<Results> {
    let path = if run.is_dir() { run.join(WHOLE) } else { run.to_path_buf() };
    let size = fs::metadata(&path).map_err(failed("read", &path))?.len();
    if size > MOST_BYTES {
        return Err(Error::Usage(format!("{} is larger than any saved run", path.display())));
    }
    let text = fs::read_to_string(&path).map_err(failed("read", &path))?;
    let results: Results = serde_json::from_str(&text).map_err(|e| not_a_run(&path, &text, &e))?;
    check(&results, &path)?;
    Ok(results)
}

fn not_a_run(path: &Path, text: &str, e: &serde_json::Error) -> Error {
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let version = value.as_ref().and_then(|v| v.pointer("/run/version")).and_then(|v| v.as_str());
    let by = match version {
        Some(v) if v != env!("CARGO_PKG_VERSION") => format!("; it was written by version {v}, this is {}", env!("CARGO_PKG_VERSION")),
        _ if path.extension().is_some_and(|e| e == "toml") => {
            format!("; it may be a scenario: `bubblerisk run {}` simulates it", path.display())
        }
        _ => String::new(),
    };
    Error::Usage(format!("{} does not hold the results of a run: {e}{by}", path.display()))
}

/// Refuses results that name firms which they do not have, so that nobody need check again.
fn check(r: &Results, path: &Path) -> Result<()> {
    let known = |i: usize| i < r.firms.len();
    let any = |i: Option<usize>| i.is_none_or(known);
    let is_sound = r.losses.iter().all(|x| any(x.firm))
        && r.defaults.iter().all(|x| known(x.firm))
        && r.joint.iter().all(|x| known(x.firm) && known(x.other))
        && r.amplification.iter().all(|x| any(x.firm))
        && r.fans.iter().all(|x| known(x.firm))
        && r.contagion.iter().all(|x| known(x.failing) && known(x.hit))
        && r.contracts.iter().all(|x| known(x.buyer) && any(x.seller))
        && r.plan.iter().all(|x| known(x.firm))
        && r.flows.iter().all(|x| any(x.from) && any(x.to))
        && r.channels.iter().all(|x| any(x.firm));
    let refusal = || Error::Usage(format!("{} names a firm by a number that no firm has", path.display()));
    is_sound.then_some(()).ok_or_else(refusal)
}

/// Results without rows that hold a number which is not finite. Such rows are counted in the solver's report, and a warning says so.
pub fn finite(results: &Results) -> Results {
    let mut r = results.clone();
    if survives(&r) {
        return r;
    }
    let mut gone = 0;
    r.scenario.parameters.retain(|p| p.1.is_finite());
    gone += keep(&mut r.firms) + keep(&mut r.scenario.exposures);
    gone += keep(&mut r.losses) + keep(&mut r.exceedance) + keep(&mut r.histogram) + keep(&mut r.defaults);
    gone += keep(&mut r.joint) + keep(&mut r.default_counts) + keep(&mut r.amplification) + keep(&mut r.fans);
    gone += keep(&mut r.stories)
        + keep(&mut r.convergence)
        + keep(&mut r.contagion)
        + keep(&mut r.contracts)
        + keep(&mut r.plan)
        + keep(&mut r.flows)
        + keep(&mut r.channels);
    let bound = |v: &mut f64| *v = if v.is_finite() { *v } else { f64::MAX };
    let SolverReport { order_residual, payment_residual, value_residual, .. } = &mut r.solver;
    [order_residual, payment_residual, value_residual].into_iter().for_each(bound);
    if gone > 0 {
        r.solver.non_finite += gone;
        r.warnings.push(Warning {
            text: format!("{gone} rows of the tables held a number that is not finite and were left out"),
            advice: "check the scenario for extreme figures; if there are none, this is a fault of the program: please report it".into(),
        });
    }
    r
}

/// Whether a value comes back from JSON, which has no numbers that are not finite.
fn survives<T: Serialize + DeserializeOwned>(value: &T) -> bool {
    serde_json::to_string(value).is_ok_and(|text| serde_json::from_str::<T>(&text).is_ok())
}

fn keep<T: Serialize + DeserializeOwned>(rows: &mut Vec<T>) -> u64 {
    let before = rows.len();
    rows.retain(survives);
    (before - rows.len()) as u64
}
