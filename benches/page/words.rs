//! Numbers and tables as the page writes them. Not which.

use bubblerisk::results::words::number;

/// Three significant digits, with commas between thousands; a dash for what was not measured.
pub fn three(v: f64) -> String {
    if !v.is_finite() {
        return "–".into();
    }
    let digits = if v == 0.0 { 0 } else { 2 - v.abs().log10().floor() as i32 };
    number(v, digits)
}

/// Seconds in the unit that suits them.
pub fn time(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() => "–".into(),
        s if s < 1e-3 => format!("{} µs", three(1e6 * s)),
        s if s < 1.0 => format!("{} ms", three(1e3 * s)),
        s if s < 120.0 => format!("{} s", three(s)),
        s if s < 7_200.0 => format!("{} min", three(s / 60.0)),
        s => format!("{} h", three(s / 3_600.0)),
    }
}

/// A whole number with commas.
pub fn whole(v: f64) -> String {
    number(v, 0)
}

/// Items as a sentence lists them.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A table: names of columns, those of numbers with a colon at the end, then rows.
pub fn table(columns: &[&str], rows: &[Vec<String>]) -> String {
    let names: Vec<&str> = columns.iter().map(|c| c.trim_end_matches(':')).collect();
    let rule: Vec<&str> = columns.iter().map(|c| if c.ends_with(':') { "---:" } else { "---" }).collect();
    let mut out = format!("| {} |\n|{}|\n", names.join(" | "), rule.join("|"));
    for row in rows {
        out += &format!("| {} |\n", row.join(" | "));
    }
    out + "\n"
}

/// A text with a capital at the beginning.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

/// Paragraphs and list items cut into lines of the width of the project; tables, headings, pictures and comments stay as they are.
pub fn wrapped(page: &str) -> String {
    const WIDTH: usize = 160;
    let mut out = String::new();
    for line in page.lines() {
        if line.starts_with(['|', '#', '!', '<']) {
            out = out + line + "\n";
            continue;
        }
        let indent = if line.starts_with("- ") { "  " } else { "" };
        let mut length = 0;
        for word in line.split(' ') {
            let wide = word.chars().count();
            if length > 0 && length + 1 + wide > WIDTH {
                out = out + "\n" + indent;
                length = indent.len();
            } else if length > 0 {
                out.push(' ');
                length += 1;
            }
            out += word;
            length += wide;
        }
        out.push('\n');
    }
    out
}
