//! Reading an edge list and, beside it, a table of firms. Every problem names the file, the line, what was found and what was expected.

use crate::clearing::one_shot::network::MOST_FIRMS;
use crate::clearing::one_shot::{Edge, Network};
use crate::error::{Error, Place, Problem, Result, Severity};
use csv::StringRecord;
use std::collections::HashMap;
use std::path::Path;

/// Largest file that is read.
const MOST_BYTES: u64 = 64 << 20;
/// Name under which an edge list speaks of everybody else.
pub const OUTSIDE: &str = "outside";
/// Columns of the table of firms besides `firm`.
const NUMBERS: [&str; 6] = ["external_assets", "external_liabilities", "threshold", "failure_cost", "volatility", "units"];

/// A network as read from its files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Written {
    /// Names of the firms, in the order in which they appear.
    pub firms: Vec<String>,
    /// Debts, stakes and what firms own and owe outside.
    pub network: Network,
    /// Names of assets that several firms hold.
    pub assets: Vec<String>,
    /// Holdings: from asset to firm, in money.
    pub holdings: Vec<Edge>,
    /// Value below which a firm fails, where given, in money.
    pub threshold: Vec<Option<f64>>,
    /// Loss of assets in a failure, where given, in money.
    pub failure_cost: Vec<Option<f64>>,
    /// Log standard deviation of external assets, where given.
    pub volatility: Vec<Option<f64>>,
    /// Units of the common illiquid asset, where given.
    pub units: Vec<Option<f64>>,
}

/// Collects what is wrong, and knows the names.
struct Reading {
    written: Written,
    index: HashMap<String, u32>,
    assets: HashMap<String, u32>,
    problems: Vec<Problem>,
    /// Where each line of the present file begins, and where the file ends.
    lines: Vec<usize>,
}

/// Reads an edge list with the columns `from`, `to`, `amount` and, optionally, `kind`, and a table of firms.
///
/// `kind` is `debt` (the default): `from` owes `to`, in money; a debt to `outside` is an external liability and one from `outside` an external asset;
/// `stake`: `to` holds the share `amount` of `from`; `holding`: the firm `to` holds `amount`, in money, of the asset `from`. The table of firms has the
/// column `firm` and any of `external_assets`, `external_liabilities`, `threshold`, `failure_cost`, `volatility`, `units`.
///
/// # Errors
/// [`Error::Scenario`] with every problem of both files, [`Error::File`] where a file cannot be read.
pub fn read(edges: &Path, firms: Option<&Path>) -> Result<Written> {
    let mut r =
        Reading { written: Written::default(), index: HashMap::new(), assets: HashMap::new(), problems: Vec::new(), lines: Vec::new() };
    if let Some(path) = firms {
        r.table(path, &["firm"], &NUMBERS, Reading::firm)?;
    }
    r.table(edges, &["from", "to", "amount"], &["kind"], Reading::edge)?;
    if r.problems.is_empty()
        && let Err(Error::Usage(found)) = r.written.network.check()
    {
        r.complain(edges, 0, found, "a network that can be cleared", "");
    }
    if r.problems.is_empty() { Ok(r.written) } else { Err(Error::Scenario(r.problems)) }
}

/// Where each column of a table is.
type Columns = HashMap<String, usize>;

impl Reading {
    fn complain(&mut self, file: &Path, line: u64, found: String, expected: &str, hint: &str) {
        let bounds = (line as usize).checked_sub(1).and_then(|k| Some((*self.lines.get(k)?, *self.lines.get(k + 1)?)));
        let bytes = bounds.map_or(0..0, |(start, next)| start..next.saturating_sub(1).max(start));
        let place = Some(Place { file: file.to_path_buf(), line: line as usize, column: usize::from(line > 0), bytes });
        self.problems.push(Problem { severity: Severity::Error, place, found, expected: expected.into(), hint: hint.into() });
    }

    fn table(
        &mut self,
        path: &Path,
        needed: &[&str],
        allowed: &[&str],
        row: fn(&mut Reading, &Path, u64, &Columns, &StringRecord),
    ) -> Result<()> {
        let failed = |source| Error::File { action: "read", path: path.to_path_buf(), source };
        if std::fs::metadata(path).map_err(failed)?.len() > MOST_BYTES {
            self.complain(path, 0, "the file is larger than 64 MB".into(), "an edge list or a table of firms", "");
            return Ok(());
        }
        let text = std::fs::read_to_string(path).map_err(failed)?;
        self.lines = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(k, _)| k + 1))
            .chain([text.len() + 1])
            .collect();
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).comment(Some(b'#')).from_reader(text.as_bytes());
        let heading = reader.headers().cloned().unwrap_or_default();
        let columns: Columns = heading.iter().enumerate().map(|(i, name)| (name.to_string(), i)).collect();
        let known: Vec<&str> = needed.iter().chain(allowed).copied().collect();
        for name in needed.iter().filter(|name| !columns.contains_key(**name)) {
            self.complain(path, 1, format!("there is no column \"{name}\""), &format!("the columns {}", known.join(", ")), "");
        }
        for name in heading.iter().filter(|name| !known.contains(name)) {
            self.complain(path, 1, format!("a column \"{name}\""), &format!("only the columns {}", known.join(", ")), "");
        }
        if !self.problems.is_empty() {
            return Ok(());
        }
        for record in reader.records() {
            match record {
                Ok(record) => row(self, path, record.position().map_or(0, csv::Position::line), &columns, &record),
                Err(e) => {
                    self.complain(path, e.position().map_or(0, csv::Position::line), e.to_string(), "a row of comma-separated values", "")
                }
            }
        }
        Ok(())
    }

    fn number(&mut self, path: &Path, line: u64, name: &str, text: &str) -> Option<f64> {
        let value = text.parse::<f64>().ok().filter(|v| v.is_finite() && *v >= 0.0);
        if value.is_none() {
            self.complain(path, line, format!("{name} \"{text}\""), "a finite number that is not negative, with a point for decimals", "");
        }
        value
    }

    /// The index of a firm, which is made on its first appearance.
    fn firm_index(&mut self, name: &str) -> u32 {
        if let Some(&i) = self.index.get(name) {
            return i;
        }
        let i = self.written.firms.len() as u32;
        self.index.insert(name.to_string(), i);
        let w = &mut self.written;
        w.firms.push(name.to_string());
        w.network.external_assets.push(0.0);
        w.network.external_liabilities.push(0.0);
        for column in [&mut w.threshold, &mut w.failure_cost, &mut w.volatility, &mut w.units] {
            column.push(None);
        }
        i
    }

    fn firm(&mut self, path: &Path, line: u64, columns: &Columns, record: &StringRecord) {
        let name = record.get(columns["firm"]).unwrap_or_default().to_string();
        if name.is_empty() || name == OUTSIDE || self.index.contains_key(&name) {
            self.complain(path, line, format!("firm \"{name}\""), "a name that is not empty, not \"outside\" and not in a row before", "");
            return;
        }
        if self.written.firms.len() == MOST_FIRMS {
            self.complain(path, line, format!("more than {MOST_FIRMS} firms"), "fewer", "");
            return;
        }
        let i = self.firm_index(&name) as usize;
        for column in NUMBERS {
            let text = columns.get(column).and_then(|c| record.get(*c)).unwrap_or_default().to_string();
            let Some(value) = (!text.is_empty()).then(|| self.number(path, line, column, &text)).flatten() else { continue };
            let w = &mut self.written;
            match column {
                "external_assets" => w.network.external_assets[i] = value,
                "external_liabilities" => w.network.external_liabilities[i] = value,
                "threshold" => w.threshold[i] = Some(value),
                "failure_cost" => w.failure_cost[i] = Some(value),
                "volatility" => w.volatility[i] = Some(value),
                _ => w.units[i] = Some(value),
            }
        }
    }

    fn edge(&mut self, path: &Path, line: u64, columns: &Columns, record: &StringRecord) {
        let cell = |name: &str| columns.get(name).and_then(|c| record.get(*c)).unwrap_or_default().to_string();
        let (from, to, kind) = (cell("from"), cell("to"), cell("kind"));
        let Some(amount) = self.number(path, line, "amount", &cell("amount")) else { return };
        let is_debt = kind.is_empty() || kind == "debt";
        if from.is_empty() || to.is_empty() || from == to {
            self.complain(path, line, format!("an edge from \"{from}\" to \"{to}\""), "two different names", "");
        } else if is_debt && from == OUTSIDE {
            let to = self.firm_index(&to) as usize;
            self.written.network.external_assets[to] += amount;
        } else if is_debt && to == OUTSIDE {
            let from = self.firm_index(&from) as usize;
            self.written.network.external_liabilities[from] += amount;
        } else if from == OUTSIDE || to == OUTSIDE {
            self.complain(
                path,
                line,
                format!("a {kind} with \"outside\""),
                "a debt, or two firms",
                "what outsiders hold need not be listed",
            );
        } else if is_debt || kind == "stake" {
            let edge = Edge { from: self.firm_index(&from), to: self.firm_index(&to), amount };
            let network = &mut self.written.network;
            if is_debt { network.debts.push(edge) } else { network.stakes.push(edge) }
        } else if kind == "holding" {
            let next = self.assets.len() as u32;
            let asset = *self.assets.entry(from.clone()).or_insert(next);
            if asset == next {
                self.written.assets.push(from);
            }
            let to = self.firm_index(&to);
            self.written.holdings.push(Edge { from: asset, to, amount });
        } else {
            self.complain(path, line, format!("kind \"{kind}\""), "debt, stake or holding", "an empty kind is a debt");
        }
    }
}
