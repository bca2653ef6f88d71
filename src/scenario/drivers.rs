//! The table of drivers, `drivers.csv`: rows of path, quarter, driver, entity and value that replace the random drivers. No draws.

use super::files;
use super::findings::{At, Findings, did_you_mean, nearest, quoted};
use super::grammar;
use super::resolve::{Entities, admitted};
use super::schedule::Calendar;
use super::tables::CsvText;
use super::values::parse_quarter;
use crate::model::{DriverRow, DriverTable, Series, StressTarget};

/// The columns, in any order.
pub(super) const COLUMNS: [&str; 5] = ["path", "quarter", "driver", "entity", "value"];

/// Most paths that a table may count.
const MOST_PATHS: u64 = 1_000_000_000;

/// Reads the table of drivers that a scenario names.
pub(super) fn read(findings: &mut Findings, name: &str, named_at: At, calendar: Calendar, entities: &Entities) -> Option<DriverTable> {
    let path = findings.folder(named_at.file).join(name);
    let file = files::read(findings, &path, Some(named_at), files::MOST_DRIVER_BYTES)?;
    let mut reader = CsvText::open(findings, file)?;
    let order = columns(findings, &reader)?;
    let mut rows: Vec<(DriverRow, At)> = Vec::new();
    while let Some(cells) = reader.next(findings) {
        let cells = cells?;
        let cell = |column: usize| order[column].and_then(|k| cells.get(k)).map_or(("", At::whole(file)), |(text, at)| (text.trim(), *at));
        for row in row(findings, calendar, entities, [cell(0), cell(1), cell(2), cell(3), cell(4)]).unwrap_or_default() {
            rows.push((row, cell(0).1));
        }
    }
    // A row without entity speaks for all and comes before rows that name one.
    rows.sort_by_key(|(r, at)| (r.path, r.quarter, r.target.series, r.target.entity, at.start));
    for pair in rows.windows(2) {
        let [(a, first), (b, second)] = pair else { continue };
        if (a.path, a.quarter, a.target) == (b.path, b.quarter, b.target) {
            let line = findings.place(*first).line;
            let found = format!("duplicate row: path {}, quarter {} has this driver already in line {line}", a.path, a.quarter);
            findings.error(*second, found, "one row for each path, quarter, driver and entity", "");
        }
    }
    if rows.is_empty() && !findings.any_error() {
        findings.error(named_at, format!("{} has no rows", path.display()), "at least one row of drivers", "");
    }
    let paths = rows.iter().map(|(r, _)| r.path + 1).max().unwrap_or(0);
    Some(DriverTable { paths, rows: rows.into_iter().map(|(r, _)| r).collect() })
}

/// Which cell holds each column; only `entity` may be missing.
fn columns(findings: &mut Findings, reader: &CsvText) -> Option<[Option<usize>; 5]> {
    let order = COLUMNS.map(|c| reader.headings.iter().position(|(h, _)| h.trim() == c));
    let at = At::new(reader.file, 0..reader.heading_end);
    for (name, _) in COLUMNS.iter().zip(&order).filter(|(name, k)| k.is_none() && **name != "entity") {
        let found = format!("missing column `{name}` in {}", findings.path(reader.file).display());
        findings.error(at, found, format!("the columns {}", COLUMNS.join(", ")), "");
    }
    for (heading, at) in reader.headings.iter().filter(|(h, _)| !COLUMNS.contains(&h.trim())) {
        let hint = did_you_mean(heading, COLUMNS);
        findings.error(*at, format!("unknown column {}", quoted(heading)), format!("the columns {}", COLUMNS.join(", ")), hint);
    }
    (!findings.any_error()).then_some(order)
}

fn row(findings: &mut Findings, calendar: Calendar, entities: &Entities, cells: [(&str, At); 5]) -> Option<Vec<DriverRow>> {
    let [path, quarter, driver, entity, value] = cells;
    let number = path.0.parse::<u64>().ok().filter(|p| *p < MOST_PATHS);
    if number.is_none() {
        findings.error(path.1, format!("path {}", quoted(path.0)), "a whole number, 0 for the first path", "");
    }
    let at_quarter = quarter_of(findings, calendar, quarter);
    let series = series_of(findings, driver);
    let amount = value.0.parse::<f64>().ok().filter(|x| x.is_finite());
    if amount.is_none() {
        findings.error(value.1, format!("value {}", quoted(value.0)), "a finite number", "");
    }
    let series = series?;
    let (is_admitted, words) = admitted(series);
    if let Some(x) = amount.filter(|x| !is_admitted(*x)) {
        findings.error(value.1, format!("value {x} of {}", driver.0), words, "");
    }
    let whom = match entity.0 {
        "" => vec![None],
        name => entities.find(findings, series, name, entity.1, &format!("driver `{}`", driver.0))?.into_iter().map(Some).collect(),
    };
    let (path, quarter, value) = (number?, at_quarter?, amount?);
    Some(whom.into_iter().map(|entity| DriverRow { path, quarter, target: StressTarget { series, entity }, value }).collect())
}

fn quarter_of(findings: &mut Findings, calendar: Calendar, (text, at): (&str, At)) -> Option<usize> {
    let offset = text.parse::<i64>().ok().map(|q| q.saturating_sub(1)).or_else(|| parse_quarter(text).map(|q| calendar.offset(q)));
    let within = offset.filter(|o| (0..calendar.horizon as i64).contains(o));
    if within.is_none() {
        let found = if offset.is_some() { format!("quarter {text} is outside the horizon") } else { format!("quarter {}", quoted(text)) };
        findings.error(at, found, format!("1 to {}, or {}", calendar.horizon, calendar.span()), "");
    }
    within.map(|o| o as usize + 1)
}

fn series_of(findings: &mut Findings, (text, at): (&str, At)) -> Option<Series> {
    let series = serde_json::from_value(serde_json::Value::from(text)).ok();
    if series.is_none() {
        let words: Vec<&str> = grammar::words("Series").into_iter().map(|(w, _)| w).collect();
        let hint = nearest(text, words.iter().copied()).map(|w| format!("did you mean `{w}`?")).unwrap_or_default();
        findings.error(at, format!("unknown driver {}", quoted(text)), format!("one of {}", words.join(", ")), hint);
    }
    series
}
