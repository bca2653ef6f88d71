//! What the engine and its twin found of the same systems (tests/twin.rs), compared number by number, and the differences put in words by which a cause can be
//! found. Nothing is run here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::path::Path;

use crate::systems::System;
use crate::{Found, LOSSES, QUARTERS, Ran};

/// Relative difference up to which two numbers agree.
const TOLERANCE: f64 = 1e-9;
/// Quarter of a loss, which is known at the horizon only.
const HORIZON: usize = usize::MAX;
/// Columns of a quarter in the order in which the model finds them: the first that differs is nearest to the cause. Losses follow in their own order.
const CAUSAL: [&str; 10] = ["revenue", "order_ratio", "alive", "cash", "debt", "enterprise_value", "value", "shares", "price", "reported"];

/// Sizes of a system's numbers by unit, against which differences are measured.
pub struct Scales {
    /// Cash, debt and revenue.
    pub money: f64,
    /// Values, prices, enterprise values.
    value: f64,
}

impl Scales {
    pub fn of(found: &Found) -> Scales {
        let most = |columns: &[usize]| found.quarters.values().flat_map(|row| columns.iter().map(|&c| row[c].abs())).fold(0.0, f64::max);
        let money = most(&[0, 1, 8]);
        Scales { money, value: money.max(most(&[3, 4, 5, 6])) }
    }

    fn of_column(&self, column: &str) -> f64 {
        match column {
            "shares" | "order_ratio" | "alive" | "default_quarter" => 1.0,
            "cash"
            | "debt"
            | "revenue"
            | "revenue_shortfall"
            | "network_shortfall"
            | "committed_shortfall"
            | "backlog_lost"
            | "peak_unmet_need" => self.money,
            _ => self.value,
        }
    }
}

/// A number in which the two programs differ.
struct Cell {
    quarter: usize,
    /// Place of the column in the order of causes.
    rank: usize,
    column: String,
    world: String,
    words: String,
}

/// How a system differs.
pub struct Difference {
    /// The system, counted among those that were run.
    pub at: usize,
    /// The differing number of the earliest quarter and of the column nearest to the cause.
    quarter: usize,
    column: String,
    words: String,
    /// Worlds and columns in which some number differs.
    worlds: BTreeSet<String>,
    columns: BTreeSet<String>,
}

/// Compares what the two programs found of a system; `None` if they agree.
pub fn compare(at: usize, ran: &Ran) -> Option<Difference> {
    let cells = match cells(ran) {
        Ok(cells) => cells,
        Err(words) => {
            let (worlds, columns) = (BTreeSet::new(), BTreeSet::new());
            return Some(Difference { at, quarter: 0, column: "nothing to compare with".into(), words, worlds, columns });
        }
    };
    let first = cells.iter().min_by_key(|c| (c.quarter, c.rank))?;
    Some(Difference {
        at,
        quarter: first.quarter,
        column: first.column.clone(),
        words: first.words.clone(),
        worlds: cells.iter().map(|c| c.world.clone()).collect(),
        columns: cells.iter().map(|c| c.column.clone()).collect(),
    })
}

/// Every number that differs; an error if the twin left a table, a row or a column out.
fn cells(ran: &Ran) -> Result<Vec<Cell>, String> {
    let scales = Scales::of(&ran.found);
    let mut cells = Vec::new();
    for (heading, file, names, ours) in [(QUARTERS, "twin.csv", 4, &ran.found.quarters), (LOSSES, "losses.csv", 3, &ran.found.losses)] {
        let theirs = read_table(&ran.folder.join(file), names)?;
        for (name, row) in ours {
            let other = theirs.get(name).ok_or_else(|| format!("{file} of the twin has no row {name}"))?;
            for (k, (column, &a)) in heading.split(',').skip(names).zip(row).enumerate() {
                let b = *other.get(column).ok_or_else(|| format!("{file} of the twin has no column {column}"))?;
                let scale = a.abs().max(b.abs()).max(scales.of_column(column));
                if (a - b).abs() <= TOLERANCE * scale || !is_defined(&ran.found, name, column) {
                    continue;
                }
                let mut parts = name.split(',');
                let world = parts.next().unwrap_or_default().to_string();
                let quarter = if names == 4 { parts.nth(1).and_then(|q| q.parse().ok()).unwrap_or_default() } else { HORIZON };
                let rank = CAUSAL.iter().position(|c| *c == column).unwrap_or(CAUSAL.len() + k);
                cells.push(Cell {
                    quarter,
                    rank,
                    column: column.into(),
                    world,
                    words: format!("{name} {column}: engine {a:?}, twin {b:?}"),
                });
            }
        }
    }
    Ok(cells)
}

/// Whether the model says what a number is: a firm that has failed has no enterprise, no shares, no mark and no orders.
fn is_defined(found: &Found, name: &str, column: &str) -> bool {
    let alive = |key: &str| found.quarters.get(key).is_none_or(|row| row[9] > 0.0);
    match column {
        "shares" | "reported" | "enterprise_value" => alive(name),
        "order_ratio" => {
            let mut parts: Vec<String> = name.split(',').map(String::from).collect();
            let quarter: usize = parts[2].parse().unwrap_or_default();
            parts[2] = quarter.saturating_sub(1).to_string();
            alive(&parts.join(","))
        }
        _ => true,
    }
}

/// Numbers by row, which is named by its first cells, and column.
type Table = HashMap<String, HashMap<String, f64>>;

/// Reads a table of the twin.
fn read_table(path: &Path, names: usize) -> Result<Table, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().trim().split(',').collect();
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim().split(',').collect();
        let numbers = columns.iter().zip(&cells).skip(names).map(|(c, x)| (c.to_string(), x.parse().unwrap_or(f64::NAN))).collect();
        (cells[..names.min(cells.len())].join(","), numbers)
    };
    Ok(lines.map(row).collect())
}

/// The differences by first column and quarter, with what the differing systems have more often than others, and the smallest of them.
pub fn explain(ran: &[Ran], differing: &[Difference]) -> String {
    let mut groups: BTreeMap<(usize, &str), Vec<&Difference>> = BTreeMap::new();
    let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
    for d in differing {
        groups.entry((d.quarter, &d.column)).or_default().push(d);
        d.columns.iter().for_each(|c| *columns.entry(c).or_default() += 1);
    }
    let everywhere = features(ran.iter().map(|r| &r.system));
    let mut text = format!("{} of {} systems differ; by column, first or not: {columns:?}\n", differing.len(), ran.len());
    for ((quarter, column), list) in groups {
        let Some(smallest) = list.iter().min_by_key(|d| size(&ran[d.at].system)) else { continue };
        let quarter = if quarter == HORIZON { "losses".into() } else { format!("quarter {quarter}") };
        let worlds: BTreeSet<&String> = list.iter().flat_map(|d| &d.worlds).collect();
        let folder = ran[smallest.at].folder.display();
        let _ = writeln!(text, "\n{quarter}, {column}: {} systems, smallest {folder}\n  {}", list.len(), smallest.words);
        let _ = writeln!(text, "  more often than elsewhere: {}\n  worlds: {worlds:?}", unusual(ran, &everywhere, &list));
    }
    if let Some(smallest) = differing.iter().min_by_key(|d| size(&ran[d.at].system)) {
        let folder = ran[smallest.at].folder.display();
        let _ =
            writeln!(text, "\nthe smallest system that differs is {folder} (engine.csv and twin.csv, engine-losses.csv and losses.csv)");
    }
    text
}

fn size(system: &System) -> usize {
    system.firms * system.quarters * system.paths * 10 + system.features.len()
}

/// How many systems have each feature.
fn features<'a>(systems: impl Iterator<Item = &'a System>) -> BTreeMap<&'a str, f64> {
    let mut count = BTreeMap::new();
    for system in systems {
        system.features.iter().for_each(|f| *count.entry(f.as_str()).or_default() += 1.0);
    }
    count
}

/// The features that these systems have most often in excess of all systems.
fn unusual(ran: &[Ran], everywhere: &BTreeMap<&str, f64>, list: &[&Difference]) -> String {
    let here = features(list.iter().map(|d| &ran[d.at].system));
    let shares = here.iter().map(|(feature, count)| (count / list.len() as f64, everywhere[feature] / ran.len() as f64, feature));
    let mut excess: Vec<(f64, f64, &&str)> = shares.map(|(here, all, feature)| (here - all, here, feature)).collect();
    excess.sort_by(|a, b| b.0.total_cmp(&a.0));
    excess.iter().take(6).map(|(more, here, f)| format!("{f} {:.0} % (+{:.0})", 100.0 * here, 100.0 * more)).collect::<Vec<_>>().join(", ")
}
