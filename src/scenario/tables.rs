//! CSV tables of firms and contracts: rows become entries of the tree, each cell with its place. No meaning of the values.

use std::ops::Range;

use super::files;
use super::findings::{At, Findings, did_you_mean, quoted};
use super::grammar::{self, Spec};
use super::overlay::merge_entries;
use super::tree::{self, Node, Table, Value};

/// Keys of `[tables]`, the array that each fills, and the grammar of its entries.
const TABLES: [(&str, &str, &str); 8] = [
    ("firms", "firm", "Firm"),
    ("stakes", "stake", "Stake"),
    ("investments", "investment", "Investment"),
    ("purchases", "purchase", "Purchase"),
    ("procurements", "procurement", "Procurement"),
    ("loans", "loan", "Loan"),
    ("warrants", "warrant", "Warrant"),
    ("backstops", "backstop", "Backstop"),
];

/// Reads the CSV files that a scenario file names; its own entries come on top. `None` if one is not usable as a whole.
pub(super) fn read_into(findings: &mut Findings, root: &mut Table) -> Option<()> {
    let Some(node) = root.get("tables").cloned() else { return Some(()) };
    let Some(named) = node.table() else {
        findings.error(node.at, format!("`tables` is {}", node.value.what()), "a table that begins with [tables]", "");
        return None;
    };
    let mut all_read = Some(());
    for item in &named.items {
        let Some((_, array, kind)) = TABLES.iter().find(|t| t.0 == item.key) else {
            let hint = did_you_mean(&item.key, TABLES.map(|t| t.0));
            findings.error(item.key_at, format!("unknown key {} in [tables]", quoted(&item.key)), "a kind of table", hint);
            all_read = None;
            continue;
        };
        let Some(mut rows) = rows(findings, &item.node, grammar::spec(kind), array) else {
            all_read = None;
            continue;
        };
        match root.get_mut(array).map(|n| &mut n.value) {
            Some(Value::List(own)) => {
                merge_entries(array, &mut rows, std::mem::take(own));
                *own = rows;
            }
            _ => root.set(array, item.key_at, Node { value: Value::List(rows), at: item.node.at }),
        }
    }
    all_read
}

fn rows(findings: &mut Findings, named: &Node, spec: &Spec, array: &str) -> Option<Vec<Node>> {
    let Some(name) = named.text() else {
        findings.error(named.at, format!("a table is {}", named.value.what()), "the path of a CSV file in quotation marks", "");
        return None;
    };
    let path = findings.folder(named.at.file).join(name);
    let file = files::read(findings, &path, Some(named.at), files::MOST_BYTES)?;
    let mut reader = CsvText::open(findings, file)?;
    let columns = columns(findings, &reader, spec, array)?;
    let mut rows: Vec<Node> = Vec::new();
    while let Some(cells) = reader.next(findings) {
        let cells = cells?;
        let mut entry = Table::default();
        for ((text, at), column) in cells.iter().zip(&columns).filter(|((text, _), _)| !text.trim().is_empty()) {
            match column {
                Some((keys, kind)) => put(&mut entry, keys, cell(findings, text.trim(), kind, *at), *at),
                None => findings.error(*at, format!("a cell {} under no heading", quoted(text)), "a heading for each column", ""),
            }
        }
        let at = cells.first().zip(cells.last()).map_or(At::whole(file), |(a, z)| At { end: z.1.end, ..a.1 });
        if rows.len() >= tree::MOST_ELEMENTS {
            findings.error(at, format!("more than {} rows", tree::MOST_ELEMENTS), "a smaller table", "is this the right file?");
            return None;
        }
        if !entry.items.is_empty() {
            rows.push(Node { value: Value::Table(entry), at });
        }
    }
    Some(rows)
}

/// The keys that a column leads to, and the type of its cells; nothing for a column without a heading.
type Column = Option<(Vec<String>, String)>;

fn columns(findings: &mut Findings, reader: &CsvText, spec: &Spec, array: &str) -> Option<Vec<Column>> {
    let mut columns = Vec::new();
    let mut known = true;
    for (k, (heading, at)) in reader.headings.iter().enumerate() {
        let heading = heading.trim();
        if reader.headings[..k].iter().any(|(h, _)| h.trim() == heading && !heading.is_empty()) {
            findings.error(*at, format!("column {} comes twice", quoted(heading)), "each column once", "");
            known = false;
        }
        let mut keys: Vec<String> = heading.split('.').map(str::to_string).collect();
        let Some(key) = spec.key(&keys[0]) else {
            if !heading.is_empty() {
                let hint = did_you_mean(&keys[0], spec.names());
                findings.error(*at, format!("unknown column {}", quoted(heading)), format!("a key of [[{array}]]"), hint);
                known = false;
            }
            columns.push(None);
            continue;
        };
        // `external_revenue_usd_bn.2026` is short for `external_revenue_usd_bn.yearly.2026`.
        if key.kind == "Schedule" && keys.len() == 2 && keys[1].bytes().all(|b| b.is_ascii_digit()) {
            keys.insert(1, "yearly".into());
        }
        let kind = if keys.len() == 1 { key.kind.clone() } else { "number".into() };
        columns.push(Some((keys, kind)));
    }
    let named = |key: &str| columns.iter().flatten().any(|(keys, _)| keys[0] == key);
    for key in spec.keys.iter().filter(|k| k.required && !named(&k.name)) {
        let path = findings.path(reader.file).display().to_string();
        let found = format!("missing column `{}` in {path}", key.name);
        let there: Vec<&str> = reader.headings.iter().map(|(h, _)| h.trim()).collect();
        findings.error(
            At::new(reader.file, 0..reader.heading_end),
            found,
            format!("a column `{}`", key.name),
            format!("it has {}", there.join(", ")),
        );
        known = false;
    }
    known.then_some(columns)
}

/// A cell as a value of the tree. Spreadsheets write what they like, so the grammar decides what is text.
fn cell(findings: &mut Findings, text: &str, kind: &str, at: At) -> Node {
    let node = |value| Node { value, at };
    match kind {
        "string" | "Kind" | "Stage" | "Grade" | "Quarter" | "Date" => return node(Value::Text(text.into())),
        "boolean" if text.eq_ignore_ascii_case("true") => return node(Value::Flag(true)),
        "boolean" if text.eq_ignore_ascii_case("false") => return node(Value::Flag(false)),
        _ => {}
    }
    if let Ok(x) = text.parse::<f64>() {
        return node(Value::Number(x, false));
    }
    tree::parse_value(findings, text, at).unwrap_or_else(|| node(Value::Text(text.into())))
}

fn put(entry: &mut Table, keys: &[String], value: Node, at: At) {
    let [key, rest @ ..] = keys else { return };
    if rest.is_empty() {
        entry.set(key, at, value);
        return;
    }
    if entry.get(key).is_none_or(|n| n.table().is_none()) {
        entry.set(key, at, Node { value: Value::Table(Table::default()), at });
    }
    if let Some(Value::Table(inner)) = entry.get_mut(key).map(|n| &mut n.value) {
        put(inner, rest, value, at);
    }
}

/// A CSV text that is read row by row, each cell with its place.
pub(super) struct CsvText {
    /// Its source.
    pub file: u32,
    /// The first row.
    pub headings: Vec<(String, At)>,
    /// The byte after the first row.
    pub heading_end: usize,
    text: String,
    reader: csv::Reader<std::io::Cursor<Vec<u8>>>,
}

impl CsvText {
    /// Opens a source as CSV and reads its headings.
    pub fn open(findings: &mut Findings, file: u32) -> Option<CsvText> {
        let text = findings.text(file).to_string();
        let reader = csv::ReaderBuilder::new().from_reader(std::io::Cursor::new(text.clone().into_bytes()));
        let mut csv = CsvText { file, headings: Vec::new(), heading_end: 0, text, reader };
        let headings = match csv.reader.headers() {
            Ok(h) => h.clone(),
            Err(e) => {
                csv.fault(findings, &e);
                return None;
            }
        };
        if headings.is_empty() {
            findings.error(
                At::whole(file),
                format!("{} is empty", findings.path(file).display()),
                "a first row with the headings of columns",
                "",
            );
            return None;
        }
        csv.headings = csv.placed(&headings, 0);
        if let [(only, at)] = csv.headings.as_slice()
            && only.contains([';', '\t'])
        {
            let found = format!("the headings {} hold no comma", quoted(only));
            findings.error(*at, found, "columns separated by commas", "export the table as CSV with commas");
            return None;
        }
        csv.heading_end = csv.headings.last().map_or(0, |(_, at)| at.end as usize);
        Some(csv)
    }

    /// The next row: its cells with their places, or `None` inside if it is not CSV; nothing after the last.
    pub fn next(&mut self, findings: &mut Findings) -> Option<Option<Vec<(String, At)>>> {
        let mut record = csv::StringRecord::new();
        match self.reader.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                let start = record.position().map_or(0, |p| p.byte() as usize);
                Some(Some(self.placed(&record, start)))
            }
            Err(e) => {
                self.fault(findings, &e);
                Some(None)
            }
        }
    }

    fn placed(&self, record: &csv::StringRecord, start: usize) -> Vec<(String, At)> {
        let ranges = cell_ranges(&self.text, start, record.len());
        let end = self.text.len();
        record
            .iter()
            .zip(ranges.into_iter().chain(std::iter::repeat(end..end)))
            .map(|(c, r)| (c.to_string(), At::new(self.file, r)))
            .collect()
    }

    fn fault(&self, findings: &mut Findings, error: &csv::Error) {
        let start = error.position().map_or(0, |p| p.byte() as usize);
        let range = cell_ranges(&self.text, start, usize::MAX);
        let range = range.first().zip(range.last()).map_or(start..start, |(a, z)| a.start..z.end);
        let (found, expected) = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                (format!("a row of {len} cells"), format!("{expected_len} cells, as many as there are headings"))
            }
            _ => (format!("this is not CSV: {error}"), "comma-separated values".to_string()),
        };
        let hint = "a cell that holds a comma needs quotation marks around it";
        findings.error(At::new(self.file, range.start..range.end.max(range.start + 1)), found, expected, hint);
    }
}

/// Byte ranges of at most `most` cells of the row that begins at a byte, quotation marks included.
fn cell_ranges(text: &str, start: usize, most: usize) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = start.min(bytes.len());
    while at < bytes.len() && matches!(bytes[at], b'\r' | b'\n') {
        at += 1;
    }
    let (mut ranges, mut begin, mut quoted) = (Vec::new(), at, false);
    while ranges.len() < most {
        match bytes.get(at) {
            Some(b'"') => quoted = !quoted,
            Some(b',') if !quoted => {
                ranges.push(begin..at);
                begin = at + 1;
            }
            Some(b'\r' | b'\n') if !quoted => {
                ranges.push(begin..at);
                break;
            }
            None => {
                ranges.push(begin..at);
                break;
            }
            _ => {}
        }
        at += 1;
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_behind_quotation_marks_and_blank_lines() {
        let text = "a,b\n\n\"x, \"\"y\"\"\",2\r\n3,4";
        let parts = |start, n| cell_ranges(text, start, n).into_iter().map(|r| &text[r]).collect::<Vec<_>>();
        assert_eq!(parts(0, 2), ["a", "b"]);
        assert_eq!(parts(4, 2), ["\"x, \"\"y\"\"\"", "2"]);
        assert_eq!(parts(17, 9), ["3", "4"]);
    }
}
