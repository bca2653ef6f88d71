//! A setting sent to a report: the whole run with its tables and charts, as `run` leaves it, step by step so that it can be given up. No page.

use super::{Asked, Lines, Shop};
use crate::cli::{interrupt, question, run};
use bubblerisk::engine::{self, Simulated};
use bubblerisk::error::Result;
use bubblerisk::results::files;
use serde_json::json;
use std::sync::PoisonError;
use std::time::Instant;

/// Paths of a step: what is not wanted any more ends after one.
const STEP: u64 = 8_192;
/// Folder of a served setting in that of the scenario.
const FOLDER: &str = "serve";

/// Simulates, tells how far it is, and writes the run and its report. Given up before the end, it leaves nothing.
pub fn send(shop: &Shop, asked: &Asked, lines: &Lines) -> Result<()> {
    let loaded = asked.shown();
    let engine = question::made_ready(&loaded.model)?;
    let of = if run::is_scripted(&loaded.model) { run::SCRIPTED_PATHS } else { asked.effort.paths() };
    let whole = engine::Run::new(of, asked.effort.seed);
    let start = Instant::now();
    let mut so_far: Option<Simulated> = None;
    let mut count = 0;
    while count < of {
        if lines.is_gone() || !lines.send(&json!({ "paths": count, "of": of })) {
            return Ok(());
        }
        count = of.min(count + STEP);
        let part = engine::Run { paths: 0..count, ..whole.clone() };
        let _turn = shop.turn.lock().unwrap_or_else(PoisonError::into_inner);
        so_far = Some(engine::simulate_more(&engine, &part, so_far.take(), asked.effort.threads, &|_| ())?);
    }
    let Some(simulated) = so_far.filter(|_| !lines.is_gone()) else { return Ok(()) };
    lines.send(&json!({ "paths": of, "of": of }));
    let folder = files::run_folder(&shop.args.output, &asked.written.model.name).join(FOLDER);
    // One at a time writes, so that an interrupt waits for all that is begun.
    let turn = shop.turn.lock().unwrap_or_else(PoisonError::into_inner);
    interrupt::make_folder(&folder)?;
    let args = asked.as_run(&shop.args, shop.args.output.clone());
    let found = run::Found { run: whole, simulated, seconds: start.elapsed().as_secs_f64(), warning: None };
    let left = run::leave(&args, &engine, loaded, &found, &folder, bubblerisk::report::Template::default());
    // A report that could not be written whole has ended, too: an interrupt must not wait for it for ever.
    interrupt::end_writing();
    drop(turn);
    question::all_solved(left?.solver.failed)?;
    let mut reports = shop.reports.lock().unwrap_or_else(PoisonError::into_inner);
    reports.push(folder.join("report.html"));
    lines.send(&json!({ "report": format!("/report/{}/", reports.len()), "folder": folder.display().to_string() }));
    Ok(())
}
