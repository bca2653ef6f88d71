//! Reading values: numbers, distributions, quarters and dates, with their bounds. No tables, no schedules.

use super::findings::{At, Findings, nearest, quoted};
use super::grammar::Key;
use super::multiple;
use super::tree::{Node, Table, Value};
use crate::model::Distribution;

/// A number as read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    /// The number, or the centre of its distribution.
    pub value: f64,
    /// Its distribution, if it is drawn.
    pub spread: Option<Distribution>,
    /// Its path in the scenario.
    pub name: String,
    /// The name by which its draw is keyed: its path, or the name that several numbers share.
    pub draw: String,
    /// Where it is written.
    pub at: At,
}

impl Number {
    /// A number that is not drawn.
    pub fn plain(value: f64, at: At) -> Number {
        Number { value, spread: None, name: String::new(), draw: String::new(), at }
    }
}

/// Reads a number or a distribution within the bounds of a key.
pub(super) fn number(findings: &mut Findings, node: &Node, key: &Key, label: &str, path: &str) -> Option<Number> {
    let named = |value, spread, draw: String| Number { value, spread, name: path.to_string(), draw, at: node.at };
    match &node.value {
        Value::Number(x, _) => {
            let infinite_is_meant = key.kind == "Degrees" && *x == f64::INFINITY;
            if !x.is_finite() && !infinite_is_meant {
                let found = format!("`{}` of {label} is {x}, which no calculation can use", key.name);
                findings.error(node.at, found, format!("a finite number: {}", key.expectation()), "");
                return None;
            }
            bounded(findings, node.at, *x, key, label).then(|| named(*x, None, path.to_string()))
        }
        Value::Text(t) if key.kind == "Degrees" && t == "inf" => Some(named(f64::INFINITY, None, path.to_string())),
        Value::Table(table) => {
            let what = format!("`{}` of {label}", key.name);
            if let Some((factor, below)) = multiple::parts(findings, node, &what) {
                let below = number(findings, below?, key, label, path)?;
                return Some(multiple::scaled(findings, below, factor, key, label, node.at));
            }
            let spread = distribution(findings, table, node.at, key, &what)?;
            let draw = shared_key(findings, table, &what).unwrap_or_else(|| path.to_string());
            let (low, high) = spread.support();
            // A distribution of no width is a number.
            Some(named(spread.central(), (low < high).then_some(spread), draw))
        }
        other => {
            let hint = match other {
                Value::Text(t) if t.trim().parse::<f64>().is_ok() => "write the number without quotation marks".to_string(),
                Value::Text(t) if t.trim().ends_with('%') => "write 40 % as 0.4, without quotation marks".to_string(),
                Value::Text(t) => format!("found the text {}", quoted(t)),
                _ => String::new(),
            };
            let expected =
                format!("{}, or a distribution such as {{ dist = \"triangular\", low = 1, mode = 2, high = 3 }}", key.expectation());
            findings.error(node.at, format!("`{}` of {label} is {}", key.name, other.what()), expected, hint);
            None
        }
    }
}

fn bounded(findings: &mut Findings, at: At, x: f64, key: &Key, label: &str) -> bool {
    if key.admits(x) {
        return true;
    }
    let percent = key.unit.contains("share") || key.unit.contains("probability") || key.unit == "per year";
    let hint = if percent && x > 1.0 && x <= 100.0 {
        format!("write {x} % as {}", x / 100.0)
    } else if x > 0.0 && key.unit.starts_with("USD bn") {
        "amounts are in USD billion: 38 billion is 38".into()
    } else {
        String::new()
    };
    let least = match (key.minimum, key.unit.starts_with("USD bn")) {
        (Some(m), true) if x > m => format!("{} and at most {} USD bn", key.expectation(), key.maximum.unwrap_or(f64::INFINITY)),
        _ => key.expectation(),
    };
    findings.error(at, format!("`{}` of {label} is {x}", key.name), least, hint);
    false
}

/// The parameters of each distribution: those that must and those that may be given.
const DISTRIBUTIONS: [(&str, &[&str], &[&str]); 5] = [
    ("uniform", &["low", "high"], &[]),
    ("triangular", &["low", "mode", "high"], &[]),
    ("pert", &["low", "mode", "high"], &[]),
    ("normal", &["mean", "sd"], &["low", "high"]),
    ("lognormal", &["median", "sigma"], &["low", "high"]),
];

fn distribution(findings: &mut Findings, table: &Table, at: At, key: &Key, what: &str) -> Option<Distribution> {
    let Some(node) = table.get("dist") else {
        let old = table.items.iter().find(|i| DISTRIBUTIONS.iter().any(|d| d.0 == i.key));
        let hint = old.map(|i| format!("write {{ dist = \"{}\", ... }}", i.key)).unwrap_or_default();
        findings.error(
            at,
            format!("{what} is a table without `dist`"),
            "a number, or { dist = \"triangular\", low = 1, mode = 2, high = 3 }",
            hint,
        );
        return None;
    };
    let name = node.text().unwrap_or_default();
    let Some((_, must, may)) = DISTRIBUTIONS.iter().find(|d| d.0 == name) else {
        let known = DISTRIBUTIONS.map(|d| d.0);
        let hint = nearest(name, known).map(|n| format!("did you mean `{n}`?")).unwrap_or_default();
        findings.error(node.at, format!("unknown distribution {} of {what}", quoted(name)), format!("one of {}", known.join(", ")), hint);
        return None;
    };
    let allowed: Vec<&str> = must.iter().chain(may.iter()).copied().chain(["dist", "key"]).collect();
    for item in table.items.iter().filter(|i| !allowed.contains(&i.key.as_str())) {
        let found = format!("unknown key {} in the {name} distribution of {what}", quoted(&item.key));
        findings.error(item.key_at, found, format!("one of {}", allowed.join(", ")), "");
    }
    for p in must.iter().filter(|p| table.get(p).is_none()) {
        findings.error(at, format!("the {name} distribution of {what} has no `{p}`"), format!("its parameters {}", must.join(", ")), "");
    }
    let parameter =
        |findings: &mut Findings, p: &str| finite_number(findings, table.get(p)?, &format!("`{p}` of the distribution of {what}"));
    let mut values = Vec::new();
    for p in *must {
        values.push(parameter(findings, p)?);
    }
    let (low, high) = match may.is_empty() {
        true => (None, None),
        false => (parameter(findings, "low"), parameter(findings, "high")),
    };
    let made = shaped(findings, at, name, &values, (low, high), key, what)?;
    within_bounds(findings, at, made, key, what).then_some(made)
}

type Bounds = (Option<f64>, Option<f64>);

fn shaped(findings: &mut Findings, at: At, name: &str, values: &[f64], bounds: Bounds, key: &Key, what: &str) -> Option<Distribution> {
    let fail = |findings: &mut Findings, found: String, expected: &str| {
        findings.error(at, format!("the {name} distribution of {what} has {found}"), expected, "");
        None
    };
    match (name, values) {
        ("uniform", &[low, high]) if low > high => fail(findings, format!("low {low} above high {high}"), "low at most high"),
        ("uniform", &[low, high]) => Some(Distribution::Uniform { low, high }),
        (_, &[low, mode, high]) if low > high => {
            fail(findings, format!("low {low} above high {high} (mode {mode})"), "low at most mode at most high")
        }
        (_, &[low, mode, high]) if mode < low || mode > high => {
            fail(findings, format!("mode {mode} outside {low} to {high}"), "low at most mode at most high")
        }
        ("triangular", &[low, mode, high]) => Some(Distribution::Triangular { low, mode, high }),
        (_, &[low, mode, high]) => Some(Distribution::Pert { low, mode, high }),
        ("normal", &[_, width]) | ("lognormal", &[_, width]) if width <= 0.0 => {
            fail(findings, format!("a spread of {width}"), "a spread above 0")
        }
        ("lognormal", &[median, _]) if median <= 0.0 => fail(findings, format!("a median of {median}"), "a median above 0"),
        (_, &[centre, width]) => {
            let (least, most) = if name == "normal" {
                (centre - 6.0 * width, centre + 6.0 * width)
            } else {
                (centre * (-6.0 * width).exp(), centre * (6.0 * width).exp())
            };
            let (low, high) = (bounds.0.unwrap_or(key.clamp(least)), bounds.1.unwrap_or(key.clamp(most)));
            if low > high || centre < low || centre > high {
                let found = format!("bounds {low} to {high} that do not hold its centre {centre}");
                return fail(findings, found, "low at most the centre at most high");
            }
            Some(match name {
                "normal" => Distribution::Normal { mean: centre, sd: width, low, high },
                _ => Distribution::LogNormal { median: centre, sigma: width, low, high },
            })
        }
        _ => None,
    }
}

fn within_bounds(findings: &mut Findings, at: At, made: Distribution, key: &Key, what: &str) -> bool {
    let (low, high) = made.support();
    if key.admits(low) && key.admits(high) {
        return true;
    }
    findings.error(at, format!("the distribution of {what} runs from {low} to {high}"), key.expectation(), "narrow it");
    false
}

fn shared_key(findings: &mut Findings, table: &Table, what: &str) -> Option<String> {
    let node = table.get("key")?;
    if node.text().is_none_or(str::is_empty) {
        findings.error(node.at, format!("`key` of the distribution of {what} is {}", node.value.what()), "a name in quotation marks", "");
    }
    node.text().map(str::to_string)
}

/// A plain finite number.
pub(super) fn finite_number(findings: &mut Findings, node: &Node, what: &str) -> Option<f64> {
    match node.value {
        Value::Number(x, _) if x.is_finite() => return Some(x),
        Value::Number(x, _) => findings.error(node.at, format!("{what} is {x}, which no calculation can use"), "a finite number", ""),
        _ => findings.error(node.at, format!("{what} is {}", node.value.what()), "a plain number", ""),
    }
    None
}

/// Year and quarter (1 to 4) of a text such as `2027Q1`.
pub(super) fn parse_quarter(text: &str) -> Option<(i32, u32)> {
    let (year, quarter) = text.split_once('Q')?;
    Some((parse_year(year)?, quarter.parse().ok().filter(|q| (1..=4).contains(q) && quarter.len() == 1)?))
}

/// A calendar year of four digits.
pub(super) fn parse_year(text: &str) -> Option<i32> {
    let four_digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|y| four_digits && (1900..=2200).contains(y))
}

/// Whether a text is a date: year-month-day, or, unless the whole date is needed, year-month or year.
pub(super) fn is_date(text: &str, whole: bool) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |s: &&str| (s.len() == 2).then(|| s.parse::<u32>().ok()).flatten();
    let Some(year) = parts.first().and_then(|y| parse_year(y)) else { return false };
    match parts.as_slice() {
        [_] => !whole,
        [_, m] => !whole && number(m).is_some_and(|m| (1..=12).contains(&m)),
        [_, m, d] => match (number(m), number(d)) {
            (Some(m), Some(d)) => (1..=12).contains(&m) && d >= 1 && d <= days_in_month(year, m),
            _ => false,
        },
        _ => false,
    }
}

fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_and_dates_are_strict() {
        assert_eq!(parse_quarter("2027Q3"), Some((2027, 3)));
        for bad in ["2027Q5", "2027q1", "27Q1", "2027Q01", "2027Q", "Q1", "2027-Q1", "99999Q1"] {
            assert_eq!(parse_quarter(bad), None, "{bad}");
        }
        assert!(is_date("2024-02-29", true) && !is_date("2025-02-29", true) && !is_date("2025-12", true) && is_date("2025-12", false));
        for bad in ["17.12.2025", "2025/12/17", "2025-13-01", "2025-1-1", "yesterday", ""] {
            assert!(!is_date(bad, false), "{bad}");
        }
    }
}
