//! The tables of a run: which there are, what each column means, and their rows as CSV. The one source of headings and of docs/output.md.

mod firms;
mod attribute;
mod compare;
mod deals;
mod losses;
mod reverse;
mod scenario;
mod sensitivity;
mod sweep;

pub use attribute::{channels_csv, tail_parts_csv};
pub use compare::{differences_csv, plan_changes_csv, tail_differences_csv};
pub use deals::deals_csv;
pub use firms::median_quarter;
pub use losses::meaning;
pub use reverse::{coordinates_csv, first_failures_csv, reverse_paths_csv};
pub use sensitivity::{output_name, sensitivity_csvs};
pub use sweep::sweep_csv;

use super::{Results, words};
use crate::stats::Estimate;
use serde::Serialize;

/// One value of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing known.
    Empty,
    /// A name or a label.
    Text(String),
    /// A number; one that is not finite is written as an empty cell.
    Number(f64),
    /// A whole number.
    Count(u64),
    /// Yes or no.
    Flag(bool),
}

impl Cell {
    /// The cell as written; empty for nothing and for what is not finite.
    pub fn text(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(t) => t.clone(),
            Cell::Number(v) if v.is_finite() => v.to_string(),
            Cell::Number(_) => String::new(),
            Cell::Count(n) => n.to_string(),
            Cell::Flag(yes) => yes.to_string(),
        }
    }
}

impl From<f64> for Cell {
    fn from(v: f64) -> Cell {
        Cell::Number(v)
    }
}

impl From<u64> for Cell {
    fn from(n: u64) -> Cell {
        Cell::Count(n)
    }
}

impl From<bool> for Cell {
    fn from(yes: bool) -> Cell {
        Cell::Flag(yes)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_string())
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Empty, Into::into)
    }
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Heading.
    pub name: String,
    /// What it holds.
    pub meaning: String,
    /// Unit; empty for names.
    pub unit: &'static str,
}

/// One table of a run.
pub struct Table {
    /// File name.
    pub file: &'static str,
    /// What a row is.
    pub about: &'static str,
    /// Whether the table is left out where it has no row.
    pub is_optional: bool,
    columns: fn() -> Vec<Column>,
    rows: fn(&Results) -> Vec<Vec<Cell>>,
}

impl Table {
    /// Its columns.
    pub fn columns(&self) -> Vec<Column> {
        (self.columns)()
    }

    /// Its rows.
    pub fn rows(&self, results: &Results) -> Vec<Vec<Cell>> {
        (self.rows)(results)
    }

    /// The table as CSV with a heading; none where it is optional and has no row.
    pub fn csv(&self, results: &Results) -> Option<String> {
        let rows = self.rows(results);
        if self.is_optional && rows.is_empty() {
            return None;
        }
        let mut out = csv::Writer::from_writer(Vec::new());
        let heading: Vec<String> = self.columns().into_iter().map(|c| c.name).collect();
        let written =
            out.write_record(&heading).and_then(|()| rows.iter().try_for_each(|row| out.write_record(row.iter().map(Cell::text))));
        // Writing into memory fails only if a row were longer than the heading, which the tests exclude.
        written.ok()?;
        out.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok())
    }
}

/// Every table, most useful first.
pub const TABLES: [Table; 20] = [
    losses::SUMMARY,
    firms::FIRMS,
    losses::EXCEEDANCE,
    losses::HISTOGRAM,
    losses::CONVERGENCE,
    firms::QUARTERS,
    firms::DEFAULTS,
    firms::DEFAULT_QUARTERS,
    firms::DEFAULT_COUNTS,
    firms::JOINT,
    losses::GROSS_OVER_NET,
    losses::AMPLIFICATION,
    losses::TAIL_AMPLIFICATION,
    losses::CHANNELS,
    firms::CONTAGION,
    scenario::CONTRACTS,
    scenario::PLAN,
    scenario::FLOWS,
    scenario::EVIDENCE,
    scenario::UNCERTAIN,
];

fn column(name: &str, meaning: &str, unit: &'static str) -> Column {
    Column { name: name.to_string(), meaning: meaning.to_string(), unit }
}

/// The four columns of an estimate. Without a name they are `value`, `std_error`, `low`, `high`.
fn estimate_columns(name: &str, meaning: &str, unit: &'static str) -> [Column; 4] {
    let (value, prefix) = if name.is_empty() { ("value".to_string(), String::new()) } else { (name.to_string(), format!("{name}_")) };
    [
        column(&value, meaning, unit),
        column(&format!("{prefix}std_error"), "its standard error", unit),
        column(&format!("{prefix}low"), "lower end of its 95 % interval", unit),
        column(&format!("{prefix}high"), "upper end of its 95 % interval", unit),
    ]
}

fn estimate_cells(e: Option<&Estimate>) -> [Cell; 4] {
    e.map_or([Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty], |e| [e.value, e.std_error, e.low, e.high].map(Cell::from))
}

/// The name under which a unit-like variant is serialised.
fn name(value: impl Serialize) -> Cell {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_string)).into()
}

/// Identifier of a firm.
fn firm(r: &Results, i: usize) -> Cell {
    r.firms.get(i).map_or_else(|| words::firm(r, i), |f| f.id.clone()).into()
}

/// Identifier of a firm, or "system".
fn firm_or_system(r: &Results, i: Option<usize>) -> Cell {
    i.map_or_else(|| "system".into(), |i| firm(r, i))
}

/// Identifier of a firm, or "outside".
fn firm_or_outside(r: &Results, i: Option<usize>) -> Cell {
    i.map_or_else(|| "outside".into(), |i| firm(r, i))
}

/// A row of cells of several kinds.
macro_rules! row {
    ($($cell:expr),* $(,)?) => { vec![$($crate::results::tables::Cell::from($cell)),*] };
}
use row;

const FIRM: &str = "firm, by its identifier";
const FIRM_OR_SYSTEM: &str = "firm, by its identifier, or `system` for all firms together";
const WORLD: &str = "world: W0, W1, W2 or W0Least";
const PANEL: &str = "variant: base, no_sentiment (S = 0) or look_through";
const GIVEN: &str = "condition: all paths, bust (at least one bust quarter) or no_bust";
const PATHS: &str = "number of paths that the row rests on";
