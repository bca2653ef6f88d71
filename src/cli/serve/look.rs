//! What the page shows: the scenario and its controls, and the numbers of a setting, a first look at once and then finer ones. No sliders, no files.

use super::controls::Desk;
use super::{Asked, Lines, MOST_PATHS, PATHS, Shop};
use crate::cli::args::Serve;
use crate::cli::{question, run};
use bubblerisk::analysis::glance::{Glance, Measure, Number, Paths};
use bubblerisk::charts;
use bubblerisk::engine::Engine;
use bubblerisk::error::Result;
use bubblerisk::model::Model;
use bubblerisk::results::words::{self, Unit};
use bubblerisk::results::{self, FlowKind};
use bubblerisk::scenario::Loaded;
use bubblerisk::stats::{Estimate, ExceedancePoint};
use serde_json::{Value, json};
use std::sync::{MutexGuard, PoisonError};
use std::time::Instant;

/// Paths of the first looks: so few that pictures move with a slider, then enough for an expected shortfall 99 %. Whole batches on two threads.
const FIRST: [u64; 2] = [2_048, 6_144];
/// Paths of every further look.
const STEP: u64 = 14_336;
/// Paths for each core that are run in one go: a batch. Whoever has gone is noticed after it.
const SLICE: u64 = 1_024;
/// Paths of a scenario without anything random: they are all the same.
const SCRIPTED_PATHS: u64 = 64;
/// Scenarios as written whose paths are kept.
const MOST_WRITTEN: usize = 3;

/// The paths of a scenario as written.
pub struct Written {
    hash: String,
    seed: u64,
    paths: Paths,
    /// What they say, by how many.
    glances: Vec<(u64, Glance)>,
}

impl Written {
    /// What the first `count` paths say, worked out once.
    fn glance(&mut self, count: u64, scale: f64) -> Glance {
        if let Some((_, known)) = self.glances.iter().find(|g| g.0 == count) {
            return known.clone();
        }
        let found = self.paths.glance(count, None, scale);
        // Fewer are there only where others have pushed these out meanwhile.
        if self.paths.count() >= count {
            self.glances.push((count, found.clone()));
        }
        found
    }
}

/// What the page is made of.
pub fn opening(args: &Serve, loaded: &Loaded) -> Value {
    let model = &loaded.model;
    let desk = Desk::of(model);
    let colour =
        |kind: &FlowKind| (serde_json::to_value(kind).ok().and_then(|v| Some(v.as_str()?.to_string())), json!(charts::flow_colour(*kind)));
    let flows: serde_json::Map<String, Value> = FlowKind::ALL.iter().map(colour).filter_map(|(k, c)| Some((k?, c))).collect();
    let [up, down] = charts::change_colours();
    let firm = |f: &bubblerisk::model::Firm| json!({ "id": f.id, "name": f.name, "kind": f.kind });
    json!({
        "title": model.title,
        "hash": loaded.hash,
        "name": model.name,
        "file": args.scenario.display().to_string(),
        "as_of": model.as_of,
        "first_quarter": model.quarter_label(1),
        "last_quarter": model.quarter_label(model.horizon_quarters),
        "paths": args.effort.paths.unwrap_or(PATHS).min(MOST_PATHS),
        "most_paths": MOST_PATHS,
        "seed": args.effort.seed,
        "is_random": !run::is_scripted(model),
        "colours": { "flows": flows, "up": up, "down": down },
        "firms": model.firms.iter().map(firm).collect::<Vec<_>>(),
        "controls": desk.controls,
        "deals": desk.deals,
    })
}

/// The engines of a look: of the scenario as written, and of the setting where something was moved.
struct Engines<'a> {
    written: Engine<'a>,
    moved: Option<Engine<'a>>,
}

/// Simulates a setting beside the scenario as written and tells what is found, first after few paths, until all are done or nobody listens.
pub fn look(shop: &Shop, asked: &Asked, lines: &Lines) -> Result<()> {
    let start = Instant::now();
    let moved = asked.moved.as_ref().map(|m| question::made_ready(&m.model)).transpose()?;
    let engines = Engines { written: question::made_ready(&asked.written.model)?, moved };
    let of = if run::is_scripted(&asked.shown().model) { SCRIPTED_PATHS } else { asked.effort.paths.unwrap_or(PATHS) };
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let (mut paths, mut done) = (Paths::default(), 0);
    while done < of {
        let told = of.min(FIRST.into_iter().find(|&few| few > done).unwrap_or(done + STEP));
        while done < told {
            if lines.is_gone() {
                return Ok(());
            }
            done = told.min(done + cores * SLICE);
            run_on(shop, asked, &engines, &mut paths, done)?;
        }
        let line = said(shop, asked, &engines, &paths, (told, of), start);
        if !lines.send(&line) {
            return Ok(());
        }
    }
    Ok(())
}

/// Runs both on until there are so many paths. Nobody else simulates meanwhile.
fn run_on(shop: &Shop, asked: &Asked, engines: &Engines<'_>, paths: &mut Paths, count: u64) -> Result<()> {
    let (seed, threads) = (asked.effort.seed, asked.effort.threads);
    let _turn = shop.turn.lock().unwrap_or_else(PoisonError::into_inner);
    let mut kept = kept(shop, &asked.written.hash, seed);
    if let Some(written) = kept.last_mut() {
        written.paths.run_on(&engines.written, seed, count, threads)?;
        question::all_solved(written.paths.failed_solves())?;
    }
    if let Some(moved) = &engines.moved {
        paths.run_on(moved, seed, count, threads)?;
        question::all_solved(paths.failed_solves())?;
    }
    Ok(())
}

/// What the first `count` paths say, as a line.
fn said(shop: &Shop, asked: &Asked, engines: &Engines<'_>, paths: &Paths, (count, of): (u64, u64), start: Instant) -> Value {
    let mut kept = kept(shop, &asked.written.hash, asked.effort.seed);
    let Some(written) = kept.last_mut() else { return Value::Null };
    let as_written = written.glance(count, engines.written.scale);
    let found = match &engines.moved {
        Some(_) => paths.glance(count, Some(&written.paths), engines.written.scale),
        None => as_written.clone(),
    };
    drop(kept);
    let mut line = shown(asked, (&found, &as_written), (count, of), start);
    line["command"] = json!(run::command(&asked.as_run(&shop.args, shop.args.output.clone())));
    line
}

/// The kept paths, those of this scenario and seed last.
fn kept<'a>(shop: &'a Shop, hash: &str, seed: u64) -> MutexGuard<'a, Vec<Written>> {
    let mut list = shop.written.lock().unwrap_or_else(PoisonError::into_inner);
    let found = list.iter().position(|w| w.hash == hash && w.seed == seed).map(|at| list.remove(at));
    list.push(found.unwrap_or_else(|| Written { hash: hash.into(), seed, paths: Paths::default(), glances: vec![] }));
    let extra = list.len().saturating_sub(MOST_WRITTEN);
    list.drain(..extra);
    list
}

fn estimate(e: Option<Estimate>) -> Value {
    e.map_or(Value::Null, |e| json!({ "value": e.value, "low": e.low, "high": e.high }))
}

fn shown(asked: &Asked, (found, written): (&Glance, &Glance), (count, of): (u64, u64), start: Instant) -> Value {
    let model = &asked.shown().model;
    let is_moved = asked.moved.is_some();
    // Where every path is the same, a share of them has no error.
    let is_exact = run::is_scripted(model);
    let known = |e: Option<Estimate>| estimate(e.and_then(|e| if is_exact { Estimate::exact(e.value) } else { Some(e) }));
    let number = |n: &Number, w: &Number| {
        let change = if is_moved { known(n.change) } else { Value::Null };
        json!({ "value": known(n.value), "base": known(w.value), "change": change })
    };
    let is_firm = |n: &&Number| matches!(n.measure, Measure::Default(_));
    let firms = found.numbers.iter().filter(is_firm).zip(written.numbers.iter().filter(is_firm)).map(|(n, w)| number(n, w));
    let mut numbers: Vec<Value> = Vec::new();
    for (n, w) in found.numbers.iter().zip(&written.numbers).filter(|(n, _)| !is_firm(n)) {
        let (id, label, unit, note) = named(n.measure, found.isolated_paths);
        let mut row = number(n, w);
        row["id"] = json!(id);
        row["label"] = json!(label);
        row["unit"] = json!(unit);
        row["note"] = json!(note);
        numbers.push(row);
    }
    let note = "Share of paths on which a bust begins within the horizon: an assumption of the scenario.";
    numbers.push(json!({ "id": "bust", "label": "Probability of a bust", "unit": "share", "note": note, "value": known(found.bust), "base": known(written.bust), "change": null }));
    json!({
        "paths": count,
        "of": of,
        "seconds": start.elapsed().as_secs_f64(),
        "is_last": count == of,
        "hash": asked.written.hash,
        "sentence": sentence(model, found, is_moved),
        "numbers": numbers,
        "firms": firms.collect::<Vec<_>>(),
        "exceedance": curve(&found.exceedance),
        "base_exceedance": curve(&written.exceedance),
        "flows": results::planned_flows(model),
        "base_flows": results::planned_flows(&asked.written.model),
    })
}

fn curve(points: &[ExceedancePoint]) -> Vec<[f64; 4]> {
    points.iter().map(|p| [p.threshold, p.probability, p.band_low, p.band_high]).collect()
}

/// Name, label, unit and definition of a headline number.
fn named(measure: Measure, isolated: u64) -> (&'static str, &'static str, &'static str, String) {
    let plain = |text: &str| text.to_string();
    match measure {
        Measure::MeanNetLoss => (
            "mean",
            "Expected net loss",
            "usd_bn",
            plain("Mean over paths of what the firms together lose against the plan by the horizon, counted once (W0)."),
        ),
        Measure::Es99NetLoss => ("es99", "Expected shortfall 99 %", "usd_bn", plain("Mean net loss of the worst hundredth of paths.")),
        Measure::Amplification => {
            let few = words::count(isolated);
            let note = format!(
                "Net loss given a bust with the circle (W0) over that of isolated firms whose counterparties perform as planned (W2); the first {few} paths."
            );
            ("amplification", "Amplification given a bust", "times", note)
        }
        Measure::Defaults => {
            ("defaults", "Firms that fail", "count", plain("Expected number of firms that cannot pay in full by the horizon."))
        }
        Measure::CreditLoss => ("credit", "Loss of outside creditors", "usd_bn", plain("Expected loss of lenders outside the model.")),
        Measure::Default(_) => {
            ("default", "Probability of default", "share", plain("Share of paths on which the firm cannot pay in full by the horizon."))
        }
    }
}

/// The finding in plain words.
fn sentence(model: &Model, found: &Glance, is_moved: bool) -> String {
    let of = |m: Measure| found.numbers.iter().find(|n| n.measure == m);
    let value = |m: Measure| of(m).and_then(|n| n.value);
    let mut out = match value(Measure::MeanNetLoss) {
        Some(e) if e.low > 0.0 => format!("The firms together lose {} on average against the plan", words::with_error(&e, Unit::UsdBn)),
        Some(e) if e.high < 0.0 => {
            format!("The firms together gain {} on average against the plan", words::with_error(&negative(&e), Unit::UsdBn))
        }
        _ => "Whether the firms together lose or gain on average against the plan is not told from zero".into(),
    };
    if let Some(e) = value(Measure::Es99NetLoss) {
        out += &format!(", and {} in the worst hundredth of paths", words::with_error(&e, Unit::UsdBn));
    }
    out += ". ";
    match value(Measure::Amplification) {
        Some(e) if e.low > 1.0 || e.high < 1.0 => {
            out += &format!(
                "Given a bust it is {} times that of isolated firms on the same shocks (W2). ",
                words::with_error(&e, Unit::Plain)
            );
        }
        Some(_) => out += "Given a bust it is not told from that of isolated firms on the same shocks (W2). ",
        None => {}
    }
    if is_moved {
        out += &change(model, found);
    }
    out.trim_end().to_string()
}

fn negative(e: &Estimate) -> Estimate {
    Estimate { value: -e.value, low: -e.high, high: -e.low, ..*e }
}

/// What moved most beside the scenario as written, as far as it is told from nothing.
fn change(model: &Model, found: &Glance) -> String {
    let told = |n: &&Number| n.change.is_some_and(|c| c.is_told_from_zero());
    let firm = |n: &Number| match n.measure {
        Measure::Default(i) => Some((i, n.change?)),
        _ => None,
    };
    let most = found.numbers.iter().filter(told).filter_map(firm).max_by(|a, b| a.1.value.abs().total_cmp(&b.1.value.abs()));
    let mean = found.numbers.iter().find(|n| n.measure == Measure::MeanNetLoss).and_then(|n| n.change).filter(Estimate::is_told_from_zero);
    let points = |e: &Estimate| {
        let e = if e.value < 0.0 { negative(e) } else { *e };
        format!("{} points", words::cell(&e, Unit::Share))
    };
    let way = |x: f64, more: &'static str, less: &'static str| if x > 0.0 { more } else { less };
    let loss = mean.map(|e| {
        let size = if e.value < 0.0 { negative(&e) } else { e };
        format!("the expected loss is {} {}", words::with_error(&size, Unit::UsdBn), way(e.value, "higher", "lower"))
    });
    let failing = most.map(|(i, e)| {
        format!(
            "{} fails on {} {} paths of a hundred",
            model.firms[i].name,
            points(&e).replace(" points", ""),
            way(e.value, "more", "fewer")
        )
    });
    match (loss, failing) {
        (Some(a), Some(b)) => format!("Beside the scenario as written {a}, and {b}."),
        (Some(a), None) => format!("Beside the scenario as written {a}; no change of a probability of default is told from zero."),
        (None, Some(b)) => format!("Beside the scenario as written {b}; a change of the expected loss is not told from zero."),
        (None, None) if found.numbers.iter().all(|n| n.change.is_none_or(|c| c.value == 0.0 && c.std_error == 0.0)) => {
            "Beside the scenario as written nothing changes.".into()
        }
        (None, None) => "Beside the scenario as written no change is told from zero.".into(),
    }
}
