//! A TOML text as a tree in which every value knows its place, so that overlays of several files keep each value's own. No grammar of scenarios.

use toml::de::{DeArray, DeTable, DeValue};

use super::findings::{At, Findings};

/// Most keys of one table: no table of the grammar has more than some dozens.
const MOST_KEYS: usize = 5000;

/// Most elements of one list, such as the entries of `[[purchase]]`.
pub(super) const MOST_ELEMENTS: usize = 20_000;

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// What it is.
    pub value: Value,
    /// Where it was written.
    pub at: At,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Text.
    Text(String),
    /// A number, and whether it was written without a point.
    Number(f64, bool),
    /// True or false.
    Flag(bool),
    /// A date, as written.
    Date(String),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(Table),
}

impl Value {
    /// What the value is, in words, for messages.
    pub fn what(&self) -> &'static str {
        match self {
            Value::Text(_) => "a text",
            Value::Number(..) => "a number",
            Value::Flag(_) => "true or false",
            Value::Date(_) => "a date",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

impl Node {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Value::Text(s) = &self.value { Some(s) } else { None }
    }

    /// The table, if it is one.
    pub fn table(&self) -> Option<&Table> {
        if let Value::Table(t) = &self.value { Some(t) } else { None }
    }

    /// The elements, if it is a list.
    pub fn list(&self) -> Option<&[Node]> {
        if let Value::List(l) = &self.value { Some(l) } else { None }
    }
}

/// One key of a table with its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// The key.
    pub key: String,
    /// Where the key was written.
    pub key_at: At,
    /// Its value.
    pub node: Node,
}

/// A table, in the order of the text.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Table {
    /// Its keys.
    pub items: Vec<Item>,
}

impl Table {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.items.iter().find(|i| i.key == key).map(|i| &i.node)
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.items.iter_mut().find(|i| i.key == key).map(|i| &mut i.node)
    }

    /// Sets a key, new or known.
    pub fn set(&mut self, key: &str, key_at: At, node: Node) {
        match self.items.iter_mut().find(|i| i.key == key) {
            Some(item) => *item = Item { key: key.into(), key_at, node },
            None => self.items.push(Item { key: key.into(), key_at, node }),
        }
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &str) -> Option<Item> {
        self.items.iter().position(|i| i.key == key).map(|at| self.items.remove(at))
    }
}

/// Parses a source. Faults of syntax are noted, and whatever could be read is returned.
pub(super) fn parse(findings: &mut Findings, file: u32) -> Node {
    let text = findings.text(file).to_owned();
    let (root, errors) = DeTable::parse_recoverable(&text);
    for e in &errors {
        note_syntax_error(findings, file, e);
    }
    let at = At::new(file, root.span());
    Node { value: table(findings, file, root.into_inner()), at }
}

/// Parses one value, such as the right-hand side of `--set`, that stands at a byte of a source.
pub(super) fn parse_value(findings: &mut Findings, text: &str, at: At) -> Option<Node> {
    let (root, errors) = DeValue::parse_recoverable(text);
    if !errors.is_empty() {
        return None;
    }
    let mut node = Node { value: value(findings, at.file, root.span(), root.into_inner())?, at };
    place_all(&mut node, at);
    Some(node)
}

fn place_all(node: &mut Node, at: At) {
    node.at = at;
    match &mut node.value {
        Value::List(list) => list.iter_mut().for_each(|n| place_all(n, at)),
        Value::Table(table) => table.items.iter_mut().for_each(|i| {
            i.key_at = at;
            place_all(&mut i.node, at);
        }),
        _ => {}
    }
}

fn note_syntax_error(findings: &mut Findings, file: u32, error: &toml::de::Error) {
    let text = findings.text(file);
    let span = error.span().unwrap_or(0..0);
    // A place past the last letter, of no width or within a letter cannot be drawn: widen it to whole letters of the text.
    let is_edge = |at: &usize| text.is_char_boundary(*at);
    let start = (0..=span.start.min(text.len().saturating_sub(1))).rev().find(is_edge).unwrap_or(0);
    let end = (span.end.max(start + 1)..text.len()).find(is_edge).unwrap_or(text.len());
    let at = At::new(file, start..end.max(start));
    let message = error.message().trim().replace('\n', ", ");
    let hint =
        if message.contains("duplicate key") { "a key is written once in a table; give a second entry its own [[...]] header" } else { "" };
    findings.error(at, format!("this is not TOML: {message}"), "a TOML file (https://toml.io)", hint);
}

fn table(findings: &mut Findings, file: u32, items: DeTable<'_>) -> Value {
    let mut out = Table::default();
    for (key, node) in items {
        let key_at = At::new(file, key.span());
        let span = node.span();
        if let Some(value) = value(findings, file, span.clone(), node.into_inner()) {
            out.items.push(Item { key: key.into_inner().into_owned(), key_at, node: Node { value, at: At::new(file, span) } });
        }
    }
    out.items.sort_by_key(|i| i.key_at);
    if out.items.len() > MOST_KEYS {
        let found = format!("a table of {} keys", out.items.len());
        findings.error(out.items[MOST_KEYS].key_at, found, format!("at most {MOST_KEYS} keys in one table"), "is this a scenario file?");
        out.items.truncate(MOST_KEYS);
    }
    Value::Table(out)
}

fn value(findings: &mut Findings, file: u32, span: std::ops::Range<usize>, value_read: DeValue<'_>) -> Option<Value> {
    let at = At::new(file, span);
    Some(match value_read {
        DeValue::String(s) => Value::Text(s.into_owned()),
        DeValue::Boolean(b) => Value::Flag(b),
        DeValue::Datetime(d) => Value::Date(d.to_string()),
        DeValue::Integer(i) => match i64::from_str_radix(i.as_str(), i.radix()) {
            Ok(n) => Value::Number(n as f64, true),
            Err(_) => return too_large(findings, at, i.as_str()),
        },
        DeValue::Float(f) => match f.as_str().parse::<f64>() {
            Ok(n) if n.is_infinite() && !f.as_str().contains("inf") => return too_large(findings, at, f.as_str()),
            Ok(n) => Value::Number(n, false),
            Err(_) => return too_large(findings, at, f.as_str()),
        },
        DeValue::Array(elements) => list(findings, file, elements, at),
        DeValue::Table(items) => table(findings, file, items),
    })
}

fn list(findings: &mut Findings, file: u32, elements: DeArray<'_>, at: At) -> Value {
    if elements.len() > MOST_ELEMENTS {
        let found = format!("a list of {} elements", elements.len());
        findings.error(at, found, format!("at most {MOST_ELEMENTS}"), "is this a scenario file?");
    }
    let mut list = Vec::new();
    for element in elements.into_iter().take(MOST_ELEMENTS) {
        let span = element.span();
        if let Some(value) = value(findings, file, span.clone(), element.into_inner()) {
            list.push(Node { value, at: At::new(file, span) });
        }
    }
    Value::List(list)
}

fn too_large(findings: &mut Findings, at: At, text: &str) -> Option<Value> {
    findings.error(at, format!("{} is too large a number", super::findings::quoted(text)), "a number that a computer can hold", "");
    None
}
