//! The report as text for a terminal: wrapped sentences and plain tables of a given width, no colour. Not the terminal itself.

use super::{Grid, Section};
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width as ColumnWidth};
use std::fmt::Write as _;

/// Columns where nothing else is asked for.
pub const WIDTH: usize = 100;
/// A phrase of so many letters is kept in one piece.
const SHORT: usize = 14;
/// Blanks beside a cell.
const PADDING: usize = 2;
/// A line below the heading and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// The sections, the first without a heading of its own under the name of the scenario.
pub fn render(name: &str, sections: &[Section], width: usize) -> String {
    let mut out = String::new();
    for (k, s) in sections.iter().enumerate() {
        let heading = if k == 0 && s.heading.is_empty() { name } else { s.heading.as_str() };
        let line = if k == 0 { "=" } else { "-" };
        let _ = write!(out, "{}{heading}\n{}\n", if k == 0 { "" } else { "\n" }, line.repeat(heading.chars().count().min(width)));
        for statement in &s.statements {
            out += &wrap(statement, width);
        }
        for grid in s.tables.iter().filter(|g| !g.rows.is_empty()) {
            let _ = write!(out, "\n{}{}\n", wrap(&grid.caption, width), table(grid, width));
        }
    }
    out
}

/// Least widths of columns, so that no word is broken, and numbers and names as little as can be.
fn unbroken(grid: &Grid, width: usize, is_name: &dyn Fn(usize) -> bool) -> Vec<Option<usize>> {
    let cells = |k: usize| grid.rows.iter().filter_map(move |r| r.get(k));
    let longest = |k: usize| cells(k).map(|c| c.chars().count()).max().unwrap_or(0);
    let word = |text: &str| text.split(' ').map(|w| w.chars().count()).max().unwrap_or(0);
    let least = |k: usize| {
        let inside = if is_name(k) && longest(k) > SHORT { cells(k).map(|c| word(c)).max().unwrap_or(0) } else { longest(k) };
        inside.max(grid.header.get(k).map_or(0, |h| word(h))) + PADDING
    };
    let columns = grid.header.len();
    let left = width.saturating_sub(columns + (1..columns).map(least).sum::<usize>());
    let (shortest, whole) = (cells(0).map(|c| word(c)).max().unwrap_or(0) + PADDING, longest(0) + PADDING);
    if left < shortest {
        // A name in pieces reads worse than a number on two lines.
        return (0..columns).map(|k| (k == 0).then_some(shortest.min(width / 3))).collect();
    }
    (0..columns).map(|k| Some(if k == 0 { whole.min(left) } else { least(k) })).collect()
}

/// Breaks lines that are longer than `width` at blanks. What follows stands a little further in where the line does; lines that are short enough, such as those of a
/// table, stay as they are.
pub fn fitted(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if line.chars().count() <= width || indent + SHORT > width {
            out += line;
            out.push('\n');
            continue;
        }
        let further = if indent > 0 { indent + 2 } else { 0 };
        for (k, piece) in wrap(line, width - further).lines().enumerate() {
            out += &" ".repeat(if k == 0 { indent } else { further });
            out += piece;
            out.push('\n');
        }
    }
    out
}

/// Words, but a number with its error and its unit in one piece.
fn pieces(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let belongs = ["±", "%", "bn"].contains(&word.trim_end_matches([',', '.', ';', ':', ')']));
        match found.last_mut().filter(|last| belongs || last.ends_with('±')) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => found.push(word.to_string()),
        }
    }
    found
}

/// Text whose numbers no browser parts from their errors and units.
pub(super) fn unparted(text: &str) -> String {
    pieces(text).iter().map(|p| p.replace(' ', "\u{a0}")).collect::<Vec<_>>().join(" ")
}

/// Breaks a paragraph into lines of at most `width` characters; a longer piece stands alone.
fn wrap(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in &pieces(text) {
        let long = word.chars().count();
        if used > 0 && used + 1 + long > width {
            out.push('\n');
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out += word;
        used += long;
    }
    out + "\n"
}

/// A table alone, with its caption.
pub fn tabled(grid: &Grid, width: usize) -> String {
    format!("{}{}", wrap(&grid.caption, width), table(grid, width))
}

fn table(grid: &Grid, width: usize) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_width(u16::try_from(width).unwrap_or(u16::MAX));
    let is_name = |k: usize| {
        k == 0 || !grid.rows.iter().any(|row| row.get(k).is_some_and(|c| c.starts_with(|c: char| c.is_ascii_digit() || "-Δ$".contains(c))))
    };
    let cell =
        |(k, text): (usize, &String)| Cell::new(text).set_alignment(if is_name(k) { CellAlignment::Left } else { CellAlignment::Right });
    table.set_header(grid.header.iter().enumerate().map(cell));
    for row in &grid.rows {
        table.add_row(row.iter().enumerate().map(cell));
    }
    for (k, least) in unbroken(grid, width, &is_name).into_iter().enumerate() {
        if let (Some(least), Some(column)) = (least, table.column_mut(k)) {
            column.set_constraint(ColumnConstraint::LowerBoundary(ColumnWidth::Fixed(least as u16)));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn long_lines_are_broken_and_short_ones_stay() {
        let text = "short   one\n  a line that is too long for it\n";
        assert_eq!(super::fitted(text, 20), "short   one\n  a line that is\n    too long for it\n");
        assert_eq!(super::fitted("a line that is too long for it", 20), "a line that is too\nlong for it\n");
        let path = "x".repeat(40);
        assert_eq!(super::fitted(&path, 20), path + "\n", "a word is never broken");
    }

    #[test]
    fn long_text_is_broken_between_words() {
        assert_eq!(wrap("one two  three", 7), "one two\nthree\n");
        assert_eq!(wrap("incomprehensibilities of it", 5), "incomprehensibilities\nof it\n");
        assert_eq!(wrap("", 5), "\n");
    }

    #[test]
    fn a_number_is_not_parted_from_its_error_and_its_unit() {
        assert_eq!(wrap("they lose $9.5 ± 0.4 bn, or more", 18), "they lose\n$9.5 ± 0.4 bn, or\nmore\n");
        assert_eq!(wrap("a share of 24.06 %. So", 16), "a share of\n24.06 %. So\n");
        assert_eq!(super::unparted("they lose $9.5 ± 0.4 bn, or more"), "they lose $9.5\u{a0}±\u{a0}0.4\u{a0}bn, or more");
    }
}
