//! `clear`: a one-shot model on an edge list, its answer as a table, as JSON and as CSV.

use super::args::{Clear, OneShot, Ranking};
use super::{console, interrupt};
use bubblerisk::error::{Error, Result};
use bubblerisk::networks::{self, Answer, ModelName, Settings};
use bubblerisk::results::files;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// Firms shown in the terminal; the file has all.
const MOST_ROWS: usize = 40;

pub fn clear(args: &Clear) -> Result<()> {
    let written = networks::read(&args.network, args.firms.as_deref())?;
    let settings = settings(args);
    let answer = networks::run(model(args.model), &written, &settings)?;
    let stem = args.network.file_stem().unwrap_or_default().to_string_lossy();
    let folder = files::run_folder(&args.output, &stem);
    interrupt::make_folder(&folder)?;
    interrupt::begin_writing();
    let name = serde_json::to_value(answer.model).ok().and_then(|v| v.as_str().map(str::to_string)).unwrap_or_default();
    let file = folder.join(format!("clear-{name}.csv"));
    files::write_whole(&file, csv(&answer)?.as_bytes())?;
    interrupt::end_writing();
    if args.talk.json {
        console::say_json(&document(&answer, &settings, &file))?;
    } else if !args.talk.quiet {
        console::say(&text(&answer, &name, &file))?;
    }
    if answer.converged {
        return Ok(());
    }
    Err(Error::NotConverged(format!(
        "the fixed point was not reached in {} sweeps; one more would move it by {:.1e}; the numbers should not be used",
        answer.sweeps, answer.residual
    )))
}

fn model(name: OneShot) -> ModelName {
    match name {
        OneShot::EisenbergNoe => ModelName::EisenbergNoe,
        OneShot::RogersVeraart => ModelName::RogersVeraart,
        OneShot::Furfine => ModelName::Furfine,
        OneShot::Debtrank => ModelName::Debtrank,
        OneShot::Debtrank2012 => ModelName::Debtrank2012,
        OneShot::ElliottGolubJackson => ModelName::ElliottGolubJackson,
        OneShot::SuzukiFischer => ModelName::SuzukiFischer,
        OneShot::NevaMerton => ModelName::NevaMerton,
        OneShot::NevaBlackCox => ModelName::NevaBlackCox,
        OneShot::CifuentesFerrucciShin => ModelName::CifuentesFerrucciShin,
        OneShot::GreenwoodLandierThesmar => ModelName::GreenwoodLandierThesmar,
    }
}

fn settings(args: &Clear) -> Settings {
    Settings {
        outside_is_senior: args.outside == Ranking::Senior,
        recovery_assets: args.alpha,
        recovery_inflow: args.beta,
        loss_given_default: args.loss_given_default,
        is_capped: !args.uncapped,
        threshold: args.threshold,
        failure_cost: args.failure_cost,
        volatility: args.volatility,
        recovery: args.recovery,
        minimum_ratio: args.minimum_ratio,
        price_impact: args.price_impact,
        shocks: args.shock.clone(),
    }
}

fn csv(answer: &Answer) -> Result<String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let heading = std::iter::once("firm").chain(answer.columns.iter().copied());
    let rows = |(name, numbers): &(String, Vec<Option<f64>>)| -> Vec<String> {
        std::iter::once(name.clone()).chain(numbers.iter().map(|v| v.map_or_else(String::new, |v| v.to_string()))).collect()
    };
    let written = out.write_record(heading).and_then(|()| answer.rows.iter().map(rows).try_for_each(|row| out.write_record(row)));
    let bytes = written.ok().and_then(|()| out.into_inner().ok()).unwrap_or_default();
    String::from_utf8(bytes).map_err(|e| Error::NotConverged(format!("the answer cannot be written as CSV: {e}")))
}

fn document(answer: &Answer, settings: &Settings, file: &Path) -> Value {
    json!({ "answer": answer, "settings": settings, "file": file.display().to_string() })
}

/// A number with six significant digits.
fn number(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return v.to_string();
    }
    let digits = (5 - v.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{v:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

fn text(answer: &Answer, name: &str, file: &Path) -> String {
    let mut table = Table::new();
    table
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(console::width()).unwrap_or(u16::MAX))
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')))
        .set_header(std::iter::once("firm").chain(answer.columns.iter().copied()));
    for (firm, numbers) in answer.rows.iter().take(MOST_ROWS) {
        table.add_row(std::iter::once(firm.clone()).chain(numbers.iter().map(|v| v.map_or_else(String::new, number))));
    }
    table.column_iter_mut().skip(1).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    let mut out = format!("{name} on {} firms\n\n{table}\n", answer.rows.len());
    if answer.rows.len() > MOST_ROWS {
        let _ = writeln!(out, "... and {} more firms, in the file", answer.rows.len() - MOST_ROWS);
    }
    out.push('\n');
    for (name, value) in &answer.totals {
        let _ = writeln!(out, "{name}: {}", number(*value));
    }
    let several = match answer.unique {
        Some(true) => "there is one solution",
        Some(false) => "there is MORE THAN ONE solution: shown is the best for everybody",
        None => "a procedure, not a fixed point",
    };
    let _ = writeln!(out, "{several}; {} sweeps, residual {:.1e}\nFile: {}", answer.sweeps, answer.residual, file.display());
    out
}
