//! The tables under docs/performance as they were written, and power laws fitted to them. Not here: any word of the page.

use std::collections::BTreeMap;
use std::path::Path;

/// One line of a table by the names of its columns.
pub type Row = BTreeMap<String, String>;

/// Every table of a folder by its file name.
pub struct Tables {
    all: BTreeMap<String, Vec<Row>>,
}

/// Names of the tables that the page knows.
const NAMES: [&str; 14] = [
    "machines.csv",
    "model.csv",
    "floor.csv",
    "look.csv",
    "profile.csv",
    "instructions.csv",
    "peers.csv",
    "clearing.csv",
    "scale.csv",
    "accuracy.csv",
    "startup.csv",
    "sampling.csv",
    "paths.csv",
    "history.csv",
];

impl Tables {
    /// Reads what there is; a table that was not taken is empty.
    pub fn read(folder: &Path) -> Tables {
        let one = |name: &&str| {
            let mut reader = csv::ReaderBuilder::new().from_path(folder.join(name)).ok()?;
            Some((name.to_string(), reader.deserialize().map(|row| row.expect("a table of text")).collect()))
        };
        Tables { all: NAMES.iter().filter_map(one).collect() }
    }

    /// The rows of a table.
    pub fn rows(&self, name: &str) -> &[Row] {
        self.all.get(name).map_or(&[], Vec::as_slice)
    }

    /// The first row whose columns hold these values.
    pub fn find(&self, name: &str, wanted: &[(&str, &str)]) -> Option<&Row> {
        self.rows(name).iter().find(|row| wanted.iter().all(|(column, value)| text(row, column) == *value))
    }

    /// The points of a sweep: size against a column, where both are positive.
    pub fn points(&self, sweep: &str, column: &str) -> Vec<(f64, f64)> {
        self.points_of("scale.csv", sweep, column)
    }

    /// The same of another table.
    pub fn points_of(&self, table: &str, sweep: &str, column: &str) -> Vec<(f64, f64)> {
        let rows = self.rows(table).iter().filter(|row| text(row, "sweep") == sweep);
        rows.map(|row| (number(row, "size"), number(row, column))).filter(|p| p.0 > 0.0 && p.1 > 0.0).collect()
    }
}

/// A column as it is written; empty if there is none.
pub fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).map_or("", String::as_str)
}

/// A column as a number; NaN if it is none.
pub fn number(row: &Row, column: &str) -> f64 {
    text(row, column).parse().unwrap_or(f64::NAN)
}

/// A power law y = a x^b fitted on logarithms.
#[derive(Clone, Copy)]
pub struct Fit {
    /// b and its standard error.
    pub exponent: f64,
    pub error: f64,
    /// ln a.
    constant: f64,
    /// Least and largest size that the fit rests on.
    pub from: f64,
    pub to: f64,
}

impl Fit {
    /// By least squares over the upper half of the range of ln x; none with fewer than three points in it.
    pub fn of(points: &[(f64, f64)]) -> Option<Fit> {
        Fit::of_all(&upper_half(points))
    }

    /// Through every point.
    pub fn of_all(points: &[(f64, f64)]) -> Option<Fit> {
        let upper: Vec<(f64, f64)> = points.iter().map(|p| (p.0.ln(), p.1.ln())).collect();
        let n = upper.len() as f64;
        if upper.len() < 3 {
            return None;
        }
        let (x, y) = (upper.iter().map(|p| p.0).sum::<f64>() / n, upper.iter().map(|p| p.1).sum::<f64>() / n);
        let square: f64 = upper.iter().map(|p| (p.0 - x).powi(2)).sum();
        let exponent = upper.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>() / square;
        let left: f64 = upper.iter().map(|p| (p.1 - y - exponent * (p.0 - x)).powi(2)).sum();
        let from = points.iter().map(|p| p.0).fold(f64::INFINITY, f64::min);
        let to = points.iter().map(|p| p.0).fold(0.0, f64::max);
        Some(Fit { exponent, error: (left / (n - 2.0) / square).sqrt(), constant: y - exponent * x, from, to })
    }

    /// The fitted line at a size.
    pub fn at(&self, x: f64) -> f64 {
        (self.constant + self.exponent * x.ln()).exp()
    }

    /// Whether it grows no faster than in proportion, within two standard errors and half a hundredth that nobody would notice.
    pub fn is_linear(&self) -> bool {
        self.exponent <= 1.005 + 2.0 * self.error
    }
}

/// The points whose sizes lie in the upper half of the range of logarithms.
fn upper_half(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let high = points.iter().map(|p| p.0).fold(0.0, f64::max);
    let low = points.iter().map(|p| p.0).fold(f64::INFINITY, f64::min);
    points.iter().copied().filter(|p| p.0 >= 0.999 * (low * high).sqrt()).collect()
}

/// Bytes that one path more costs: slope of peak memory over the upper half of the range of sizes.
pub fn bytes_a_path(points: &[(f64, f64)]) -> Option<f64> {
    let upper = upper_half(points);
    let n = upper.len() as f64;
    let (x, y) = (upper.iter().map(|p| p.0).sum::<f64>() / n, upper.iter().map(|p| p.1).sum::<f64>() / n);
    let square: f64 = upper.iter().map(|p| (p.0 - x).powi(2)).sum();
    (upper.len() > 2).then(|| upper.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>() / square)
}
