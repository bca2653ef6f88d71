//! The data beside each picture, as CSV. Not the tables of a run.

use crate::stats::Estimate;

/// A table being written.
pub(super) struct Table {
    writer: csv::Writer<Vec<u8>>,
}

impl Table {
    pub fn new(header: &[&str]) -> Self {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        // Writing to memory cannot fail.
        let _ = writer.write_record(header);
        Table { writer }
    }

    pub fn row(&mut self, fields: &[&dyn std::fmt::Display]) {
        let fields: Vec<String> = fields.iter().map(|f| f.to_string()).collect();
        let _ = self.writer.write_record(&fields);
    }

    pub fn text(self) -> String {
        let bytes = self.writer.into_inner().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

/// A number; an empty field if it is not finite.
pub(super) fn field(v: f64) -> String {
    if v.is_finite() { v.to_string() } else { String::new() }
}

/// Value and both ends of an interval.
pub(super) fn fields(e: &Estimate) -> [String; 3] {
    [field(e.value), field(e.low), field(e.high)]
}

/// The same for a number that may be missing.
pub(super) fn fields_or_none(e: Option<&Estimate>) -> [String; 3] {
    e.map_or_else(|| [String::new(), String::new(), String::new()], fields)
}
