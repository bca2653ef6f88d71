//! Reading one table of the tree by the grammar: unknown and missing keys, types, bounds. No meaning across tables.

use serde::de::DeserializeOwned;

use super::findings::{At, Findings, did_you_mean, nearest, quoted};
use super::grammar::{self, Key, Spec};
use super::multiple;
use super::tree::{Node, Table, Value};
use super::values::{self, Number};

static ANY_KEY: Key = Key {
    name: String::new(),
    doc: String::new(),
    kind: String::new(),
    minimum: None,
    maximum: None,
    above: None,
    below: None,
    unit: String::new(),
    default: None,
    default_text: String::new(),
    required: false,
};

/// A table that is being read.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    /// Its keys and values.
    pub table: &'a Table,
    /// Where it begins, or where its identifier is written.
    pub at: At,
    /// Its path, such as `firm.openai`.
    pub path: String,
    /// How messages call it, such as "firm `openai`".
    pub label: String,
    spec: &'static Spec,
}

impl<'a> Entry<'a> {
    /// Begins to read a table: notes keys that the grammar does not know and keys that it misses.
    pub fn open(findings: &mut Findings, table: &'a Table, at: At, kind: &str, path: &str, label: String) -> Entry<'a> {
        let spec = grammar::spec(kind);
        let at = table.get("id").map_or(at, |n| n.at);
        for item in &table.items {
            if spec.key(&item.key).is_none() {
                let found = format!("unknown key {} in {label}", quoted(&item.key));
                let hint = if findings.is_full() { String::new() } else { did_you_mean(&item.key, spec.names()) };
                findings.error(item.key_at, found, format!("a key of {}", table_name(path)), hint);
            }
        }
        for key in spec.keys.iter().filter(|k| k.required && table.get(&k.name).is_none()) {
            let hint = near_key(table, spec, &key.name).map_or_else(|| sentence(&key.doc), |k| format!("is {} meant?", quoted(&k)));
            findings.error(at, format!("{label} has no `{}`", key.name), format!("`{} = ...`", key.name), hint);
        }
        Entry { table, at, path: path.to_string(), label, spec }
    }

    /// The grammar of a key.
    pub fn key(&self, key: &str) -> &'static Key {
        debug_assert!(self.spec.key(key).is_some(), "{} is read as {key}, which the grammar lacks", self.path);
        self.spec.key(key).unwrap_or(&ANY_KEY)
    }

    /// The value of a key, if it is given.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.key(key);
        self.table.get(key)
    }

    /// Where the value of a key is written, or else where the table is.
    pub fn at(&self, key: &str) -> At {
        self.table.get(key).map_or(self.at, |n| n.at)
    }

    /// Notes that a value is of the wrong type.
    fn wrong_type(&self, findings: &mut Findings, key: &str, node: &Node, expected: &str) {
        let hint = match &node.value {
            Value::Text(t) if expected.starts_with("a number") && t.trim().parse::<f64>().is_ok() => {
                "write the number without quotation marks"
            }
            Value::Text(t) if expected.starts_with("true") && matches!(t.as_str(), "true" | "false") => "write it without quotation marks",
            Value::Number(..) | Value::Flag(_) if expected.starts_with("a text") => "put it in quotation marks",
            _ => "",
        };
        findings.error(node.at, format!("`{key}` of {} is {}", self.label, node.value.what()), expected, hint);
    }

    /// A text.
    pub fn text(&self, findings: &mut Findings, key: &str) -> Option<&'a str> {
        let node = self.get(key)?;
        if node.text().is_none() {
            self.wrong_type(findings, key, node, "a text in quotation marks");
        }
        node.text()
    }

    /// True or false, by default as the grammar says.
    pub fn flag(&self, findings: &mut Findings, key: &str) -> bool {
        self.optional_flag(findings, key).unwrap_or_else(|| self.key(key).default.as_ref().and_then(|d| d.as_bool()).unwrap_or_default())
    }

    /// True or false, if it is given.
    pub fn optional_flag(&self, findings: &mut Findings, key: &str) -> Option<bool> {
        let node = self.get(key)?;
        if let Value::Flag(b) = node.value {
            return Some(b);
        }
        self.wrong_type(findings, key, node, "true or false");
        None
    }

    /// A whole number within the bounds of the grammar, by default as it says.
    pub fn count(&self, findings: &mut Findings, key: &str) -> usize {
        let grammar = self.key(key);
        let default = grammar.default_number().unwrap_or_default() as usize;
        let Some(node) = self.get(key) else { return default };
        match node.value {
            Value::Number(x, _) if x.fract() == 0.0 && grammar.admits(x) => x as usize,
            Value::Number(x, _) => {
                let expected = grammar.expectation().replacen("a number", "a whole number", 1);
                findings.error(node.at, format!("`{key}` of {} is {x}", self.label), expected, "");
                default
            }
            _ => {
                self.wrong_type(findings, key, node, "a number that is whole");
                default
            }
        }
    }

    /// A number or a distribution within the bounds of the grammar, if it is given; none, too, for a multiple of what is not.
    pub fn number(&self, findings: &mut Findings, key: &str) -> Option<Number> {
        let node = self.get(key)?;
        values::number(findings, node, self.key(key), &self.label, &format!("{}.{key}", self.path))
    }

    /// A number or a distribution, by default the grammar's.
    pub fn number_or_default(&self, findings: &mut Findings, key: &str) -> Number {
        let default = self.key(key).default_number().unwrap_or_default();
        self.number_or(findings, key, |_| Number::plain(default, self.at))
    }

    /// A number or a distribution, or else that of the whole of which this is a part, or a multiple of it.
    pub fn number_or_of(&self, findings: &mut Findings, key: &str, whole: &Entry<'_>) -> Number {
        if self.path == whole.path {
            return self.number_or_default(findings, key);
        }
        self.number_or(findings, key, |f| whole.number_or_default(f, key))
    }

    /// A number or a distribution, or else a default, or a multiple of that.
    pub fn number_or(&self, findings: &mut Findings, key: &str, default: impl FnOnce(&mut Findings) -> Number) -> Number {
        if let Some(number) = self.number(findings, key) {
            return number;
        }
        let default = default(findings);
        let Some(node) = self.get(key).filter(|n| multiple::is_multiple(n)) else { return default };
        if self.key(key).required {
            let found = format!("{} has no `{key}` to multiply", self.label);
            findings.error(node.at, found, self.key(key).expectation(), "write the number itself");
            return default;
        }
        match multiple::parts(findings, node, &format!("`{key}` of {}", self.label)) {
            Some((factor, _)) => multiple::scaled(findings, default, factor, self.key(key), &self.label, node.at),
            None => default,
        }
    }

    /// A number that may not be a distribution.
    pub fn plain_number(&self, findings: &mut Findings, key: &str) -> Option<f64> {
        let node = self.get(key)?;
        if node.table().is_some() {
            let hint = "uncertainty goes into `scale`";
            let hint = if self.spec.key("scale").is_some() { hint } else { "" };
            findings.error(node.at, format!("`{key}` of {} is a table", self.label), "a plain number, not a distribution", hint);
            return None;
        }
        self.number(findings, key).map(|n| n.value)
    }

    /// One of the words of an enumeration, if it is given.
    pub fn word<T: DeserializeOwned>(&self, findings: &mut Findings, key: &str) -> Option<T> {
        let text = self.text(findings, key)?;
        if let Ok(value) = serde_json::from_value(serde_json::Value::from(text)) {
            return Some(value);
        }
        let words: Vec<&str> = grammar::words(&self.key(key).kind).into_iter().map(|(w, _)| w).collect();
        let found = format!("unknown {key} {} of {}", quoted(text), self.label);
        let hint = nearest(text, words.iter().copied()).map(|w| format!("did you mean `{w}`?")).unwrap_or_default();
        findings.error(self.at(key), found, format!("one of {}", words.join(", ")), hint);
        None
    }

    /// A list of texts.
    pub fn texts(&self, findings: &mut Findings, key: &str) -> Option<Vec<(&'a str, At)>> {
        let node = self.get(key)?;
        let Some(list) = node.list() else {
            self.wrong_type(findings, key, node, "a list of texts in square brackets");
            return None;
        };
        let mut texts = Vec::new();
        for n in list {
            match n.text() {
                Some(t) => texts.push((t, n.at)),
                None => self.wrong_type(findings, key, n, "a text in quotation marks"),
            }
        }
        Some(texts)
    }

    /// A list of tables, such as tranches.
    pub fn tables(&self, findings: &mut Findings, key: &str) -> Option<Vec<(&'a Table, At)>> {
        let node = self.get(key)?;
        let Some(list) = node.list() else {
            self.wrong_type(findings, key, node, "a list of tables");
            return None;
        };
        let mut tables = Vec::new();
        for n in list {
            match n.table() {
                Some(t) => tables.push((t, n.at)),
                None => self.wrong_type(findings, key, n, "a table"),
            }
        }
        Some(tables)
    }

    /// A calendar date, if it is given; with `whole`, year, month and day are needed.
    pub fn date(&self, findings: &mut Findings, key: &str, whole: bool) -> Option<String> {
        let node = self.get(key)?;
        let text = match &node.value {
            Value::Text(t) | Value::Date(t) => t.as_str(),
            _ => {
                self.wrong_type(findings, key, node, "a date such as 2025-12-17");
                return None;
            }
        };
        if values::is_date(text, whole) {
            return Some(text.to_string());
        }
        let expected =
            if whole { "a date as year-month-day, such as 2025-12-17" } else { "a date such as 2025-12-17, 2025-12 or \"2025\"" };
        findings.error(node.at, format!("`{key}` of {} is {}", self.label, quoted(text)), expected, "");
        None
    }
}

fn table_name(path: &str) -> String {
    let parts: Vec<&str> = path.split('.').collect();
    match parts.as_slice() {
        ["kind", ..] | ["scenario" | "rules" | "shocks" | "tables"] => format!("[{path}]"),
        [""] => "the file".into(),
        [table, _, "tranche", ..] => format!("[[{table}.tranche]]"),
        [table, ..] => format!("[[{table}]]"),
        [] => "the file".into(),
    }
}

/// A key of the table that the grammar does not know and that resembles a missing one.
fn near_key(table: &Table, spec: &Spec, missing: &str) -> Option<String> {
    let unknown = table.items.iter().filter(|i| spec.key(&i.key).is_none());
    nearest(missing, unknown.map(|i| i.key.as_str())).map(str::to_string)
}

/// The first sentence of a comment, as a hint.
fn sentence(doc: &str) -> String {
    let first = doc.split(". ").next().unwrap_or_default().trim_end_matches('.');
    if first.is_empty() { String::new() } else { format!("it is: {first}") }
}
