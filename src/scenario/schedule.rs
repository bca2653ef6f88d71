//! Amounts by quarter: the calendar of a scenario, the forms of a schedule, totals with a shape, debt ladders and repayments. No contracts.

use super::findings::{At, Findings, did_you_mean, quoted};
use super::tree::{Node, Table, Value};
use super::values::{finite_number, parse_quarter, parse_year};

/// The simulated quarters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    /// Calendar year and quarter of quarter 1.
    pub first: (i32, u32),
    /// Number of quarters.
    pub horizon: usize,
    /// Whether schedules may run past the horizon.
    pub beyond: bool,
}

/// What of a schedule falls within the horizon and after it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spread {
    /// Amount of each quarter.
    pub within: Vec<f64>,
    /// Sum of what is due later.
    pub after: f64,
}

/// Quarters between which a schedule runs, counted from 0, and what to do about later ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// First quarter.
    pub from: i64,
    /// Last quarter, which may lie after the horizon.
    pub to: i64,
    /// Whether amounts after the horizon are allowed.
    pub beyond: bool,
    /// Whether the part of a calendar year that lies after the horizon is dropped without a word, as in a plan.
    pub plan: bool,
}

impl Calendar {
    /// Number of a calendar quarter, counted from 0 at the first; negative before it.
    pub fn offset(&self, (year, quarter): (i32, u32)) -> i64 {
        i64::from(year - self.first.0) * 4 + i64::from(quarter) - i64::from(self.first.1)
    }

    /// Label of a quarter counted from 0.
    pub fn label(&self, offset: i64) -> String {
        let index = i64::from(self.first.0) * 4 + i64::from(self.first.1) - 1 + offset;
        format!("{}Q{}", index.div_euclid(4), index.rem_euclid(4) + 1)
    }

    /// First and last quarter, in words.
    pub fn span(&self) -> String {
        format!("a quarter from {} to {}", self.label(0), self.label(self.horizon as i64 - 1))
    }

    /// Number, counted from 0, of a quarter given as text. Faults of form are noted, places outside the horizon are not.
    pub fn read(&self, findings: &mut Findings, node: &Node, what: &str) -> Option<i64> {
        let offset = node.text().and_then(parse_quarter).map(|q| self.offset(q));
        if offset.is_none() {
            let written = node.text().map_or(node.value.what().to_string(), quoted);
            findings.error(node.at, format!("{what} is {written}"), "a quarter such as \"2027Q1\"", "");
        }
        offset
    }

    /// The same, but the quarter must be within the horizon; where schedules may run past it, it may lie after it too.
    pub fn read_within(&self, findings: &mut Findings, node: &Node, what: &str) -> Option<i64> {
        let offset = self.read(findings, node, what)?;
        if (0..self.horizon as i64).contains(&offset) || (self.beyond && offset > 0) {
            return Some(offset);
        }
        let found = format!("schedule outside the horizon: {what} is {}", self.label(offset));
        findings.error(node.at, found, self.span(), self.horizon_hint(offset));
        None
    }

    /// How to reach a quarter outside the horizon.
    pub fn horizon_hint(&self, offset: i64) -> String {
        if offset < 0 {
            "set an earlier `scenario.first_quarter`".into()
        } else {
            format!("set `scenario.horizon_quarters` to {} or more", offset + 1)
        }
    }

    /// The window of a plan: from the first quarter on, years as far as they go.
    pub fn plan(&self) -> Window {
        Window { from: 0, to: self.horizon as i64 - 1, beyond: self.beyond, plan: true }
    }

    /// Reads a schedule of amounts of 0 or more.
    pub fn schedule(&self, findings: &mut Findings, node: &Node, window: Window, what: &str) -> Option<Spread> {
        let mut spread = Spread { within: vec![0.0; self.horizon], after: 0.0 };
        if let Value::Number(..) = node.value {
            let x = amount(findings, node, what)?;
            self.fill(&mut spread, window, |_| x);
            return self.checked(findings, node.at, spread, window, window.to, what);
        }
        let Some(table) = node.table() else {
            let expected = "a number per quarter, or one of { flat = }, { yearly = }, { ramp = }, { list = }, { growth = }";
            findings.error(node.at, format!("{what} is {}", node.value.what()), expected, "");
            return None;
        };
        let [item] = table.items.as_slice() else {
            let hint = if table.get("dist").is_some() { uncertain_hint(what) } else { String::new() };
            findings.error(node.at, format!("{what} is a table of {} keys", table.items.len()), one_form(), hint);
            return None;
        };
        let value = &item.node;
        let part = format!("`{}` of {what}", item.key);
        match item.key.as_str() {
            "flat" => {
                let x = amount(findings, value, &part)?;
                self.fill(&mut spread, window, |_| x);
                self.checked(findings, value.at, spread, window, window.to, what)
            }
            "ramp" => {
                let [from, to] = pair(findings, value, ["from", "to"], &part)?;
                let steps = (window.to - window.from).max(1) as f64;
                self.fill(&mut spread, window, |k| from + (to - from) * k as f64 / steps);
                self.checked(findings, value.at, spread, window, window.to, what)
            }
            "growth" => self.growth(findings, value, window, &part, spread),
            "list" => self.list(findings, value, window, &part, spread),
            "yearly" => self.yearly(findings, value, window, &part, spread),
            other => {
                let hint = if other == "dist" { uncertain_hint(what) } else { did_you_mean(other, FORMS) };
                findings.error(item.key_at, format!("unknown form {} of {what}", quoted(other)), one_form(), hint);
                None
            }
        }
    }

    fn fill(&self, spread: &mut Spread, window: Window, amount: impl Fn(i64) -> f64) {
        for offset in window.from..=window.to {
            self.add(spread, offset, amount(offset - window.from));
        }
    }

    fn add(&self, spread: &mut Spread, offset: i64, x: f64) {
        match usize::try_from(offset) {
            Ok(t) if t < self.horizon => spread.within[t] += x,
            _ => spread.after += x,
        }
    }

    fn growth(&self, findings: &mut Findings, node: &Node, window: Window, what: &str, mut spread: Spread) -> Option<Spread> {
        let table = node.table();
        let [start, rate] = parameters(findings, node, table, ["start", "rate_per_year"], what)?;
        if start < 0.0 || rate <= -1.0 || rate > 100.0 {
            findings.error(
                node.at,
                format!("{what} starts at {start} and grows by {rate}"),
                "a start of 0 or more and a rate above -1 and at most 100",
                "0.4 is 40 %",
            );
            return None;
        }
        self.fill(&mut spread, window, |k| start * (1.0 + rate).powf(k as f64 / 4.0));
        self.checked(findings, node.at, spread, window, window.to, what)
    }

    fn list(&self, findings: &mut Findings, node: &Node, window: Window, what: &str, mut spread: Spread) -> Option<Spread> {
        let amounts = amounts(findings, node, what)?;
        let last = window.from + amounts.len() as i64 - 1;
        if !window.plan && last > window.to && window.to < self.horizon as i64 - 1 {
            let found = format!("{what} has {} amounts, the last for {}", amounts.len(), self.label(last));
            findings.error(node.at, found, format!("none after `end`, {}", self.label(window.to)), "");
            return None;
        }
        for (k, x) in amounts.into_iter().enumerate() {
            self.add(&mut spread, window.from + k as i64, x);
        }
        self.checked(findings, node.at, spread, window, last, what)
    }

    fn yearly(&self, findings: &mut Findings, node: &Node, window: Window, what: &str, mut spread: Spread) -> Option<Spread> {
        let last_wanted = if window.plan || window.to == self.horizon as i64 - 1 { i64::MAX } else { window.to };
        let mut last = i64::MIN;
        for (year, total, at) in years(findings, node, what)? {
            let from = self.offset((year, 1)).max(window.from);
            let to = self.offset((year, 4)).min(last_wanted);
            if total == 0.0 {
                continue;
            }
            let whole_year_late = self.offset((year, 1)) >= self.horizon as i64;
            if from > to || (whole_year_late && !window.beyond) {
                self.outside(findings, at, window, year, what);
                return None;
            }
            for offset in from..=to {
                self.add(&mut spread, offset, total / (to - from + 1) as f64);
            }
            last = last.max(to);
        }
        if window.plan {
            spread.after = 0.0;
            return Some(spread);
        }
        self.checked(findings, node.at, spread, window, last, what)
    }

    fn outside(&self, findings: &mut Findings, at: At, window: Window, year: i32, what: &str) {
        let early = self.offset((year, 4)) < window.from;
        let after_end = self.offset((year, 1)) > window.to && window.to != self.horizon as i64 - 1;
        let hint = match (early, window.plan) {
            (true, _) => format!("{year} is over before {}", self.label(window.from)),
            _ if after_end => format!("{year} begins after `end`, {}", self.label(window.to)),
            (false, true) => format!("leave {year} out, or {}", self.horizon_hint(self.offset((year, 4)))),
            (false, false) => {
                format!("set `beyond_horizon = true` to count it as backlog, or {}", self.horizon_hint(self.offset((year, 4))))
            }
        };
        let expected = format!("years with a quarter between {} and {}", self.label(window.from), self.label(window.to));
        findings.error(at, format!("schedule outside the horizon: {what} names {year}"), expected, hint);
    }

    /// The spread, if nothing lies after the horizon that may not, and every amount is finite and not negative.
    fn checked(&self, findings: &mut Findings, at: At, spread: Spread, window: Window, last: i64, what: &str) -> Option<Spread> {
        if spread.after > 0.0 && !window.beyond {
            let hint =
                if window.plan { String::new() } else { "set `beyond_horizon = true` to count what is due later as backlog, or ".into() };
            let found = format!("schedule outside the horizon: {what} runs to {}", self.label(last));
            findings.error(at, found, format!("no amount after {}", self.label(self.horizon as i64 - 1)), hint + &self.horizon_hint(last));
            return None;
        }
        if spread.within.iter().chain([&spread.after]).any(|x| !x.is_finite() || *x < 0.0 || *x > 1e6) {
            findings.error(at, format!("{what} leads to amounts below 0 or above a million USD bn"), "amounts in USD bn, 0 or more", "");
            return None;
        }
        Some(spread)
    }

    /// Spreads a total from the first to the last quarter of a window, flat, in a ramp or by weights.
    pub fn total(
        &self,
        findings: &mut Findings,
        (total, total_at): (f64, At),
        shape: Option<&Node>,
        window: Window,
        what: &str,
    ) -> Option<Spread> {
        let quarters = usize::try_from(window.to - window.from + 1).unwrap_or_default();
        let weights = match shape.map(|n| (n, &n.value)) {
            None => vec![1.0; quarters],
            Some((_, Value::Text(t))) if t == "flat" => vec![1.0; quarters],
            Some((_, Value::Text(t))) if t == "ramp" => (1..=quarters).map(|k| k as f64).collect(),
            Some((n, Value::List(_))) => {
                let weights = amounts(findings, n, &format!("`shape` of {what}"))?;
                let sum: f64 = weights.iter().sum();
                if weights.len() != quarters || sum <= 0.0 {
                    let found = format!("`shape` of {what} has {} weights that sum to {sum}", weights.len());
                    let span = format!("{} to {}", self.label(window.from), self.label(window.to));
                    findings.error(n.at, found, format!("{quarters} weights with a sum above 0, one for each quarter from {span}"), "");
                    return None;
                }
                weights
            }
            Some((n, other)) => {
                let written = n.text().map_or(other.what().to_string(), quoted);
                let hint = n.text().map(|t| did_you_mean(t, ["flat", "ramp"])).unwrap_or_default();
                findings.error(n.at, format!("`shape` of {what} is {written}"), "\"flat\", \"ramp\" or a list of weights", hint);
                return None;
            }
        };
        let sum: f64 = weights.iter().sum();
        let mut spread = Spread { within: vec![0.0; self.horizon], after: 0.0 };
        for (k, w) in weights.into_iter().enumerate() {
            self.add(&mut spread, window.from + k as i64, total * w / sum);
        }
        self.checked(findings, total_at, spread, window, window.to, what)
    }

    /// Reads a debt ladder: amount due in each quarter, and the sum of all that are named.
    pub fn maturities(&self, findings: &mut Findings, node: &Node, what: &str) -> Option<(Vec<f64>, f64)> {
        let mut spread = Spread { within: vec![0.0; self.horizon], after: 0.0 };
        let list = node.table().and_then(|t| t.get("list"));
        if let Some(list) = list {
            for (k, x) in amounts(findings, list, what)?.into_iter().enumerate() {
                self.add(&mut spread, k as i64, x);
            }
        } else {
            for (year, total, at) in years(findings, node, what)? {
                let (from, to) = (self.offset((year, 1)).max(0), self.offset((year, 4)));
                if to < 0 {
                    self.outside(findings, at, self.plan(), year, what);
                    return None;
                }
                for offset in from..=to {
                    self.add(&mut spread, offset, total / (to - from + 1) as f64);
                }
            }
        }
        let sum = spread.within.iter().sum::<f64>() + spread.after;
        Some((spread.within, sum))
    }

    /// Reads when a loan is repaid: the share of the balance due in each quarter.
    pub fn repayment(&self, findings: &mut Findings, node: &Node, what: &str) -> Option<Vec<f64>> {
        let mut shares = vec![0.0; self.horizon];
        let form = node.table().filter(|t| t.items.len() == 1).and_then(|t| t.items.first());
        match form.map(|i| (i.key.as_str(), &i.node)) {
            Some(("bullet", n)) => {
                let t = self.read_within(findings, n, &format!("`bullet` of {what}"))?;
                shares.iter_mut().skip(t as usize).take(1).for_each(|s| *s = 1.0);
            }
            Some(("linear_until", n)) => {
                let last = self.read(findings, n, &format!("`linear_until` of {what}"))?;
                if last < 0 {
                    let found = format!("schedule outside the horizon: {what} ends in {}", self.label(last));
                    findings.error(n.at, found, format!("{} or later", self.label(0)), "");
                    return None;
                }
                shares.iter_mut().take(last as usize + 1).for_each(|s| *s = 1.0 / (last + 1) as f64);
            }
            Some(("list", n)) => {
                let given = amounts(findings, n, what)?;
                let sum: f64 = given.iter().sum();
                if (given.len() > self.horizon && !self.beyond) || sum > 1.0 + 1e-9 {
                    let found = format!("{what} lists {} shares that sum to {sum}", given.len());
                    let what_fits = format!("at most {} shares, within the horizon, that sum to at most 1", self.horizon);
                    findings.error(n.at, found, what_fits, "what is not listed falls due after the horizon");
                    return None;
                }
                shares.iter_mut().zip(given).for_each(|(s, g)| *s = g);
            }
            _ => {
                let expected = "one of { bullet = \"2027Q1\" }, { linear_until = \"2030Q4\" }, { list = [0.1, 0.2] }";
                findings.error(node.at, format!("{what} is {}", node.value.what()), expected, "");
                return None;
            }
        }
        Some(shares)
    }
}

const FORMS: [&str; 5] = ["flat", "yearly", "ramp", "list", "growth"];

fn one_form() -> &'static str {
    "exactly one of { flat = }, { yearly = }, { ramp = }, { list = }, { growth = }"
}

fn uncertain_hint(what: &str) -> String {
    let scale =
        ["external_revenue", "fixed_cost", "capex"].iter().find(|k| what.contains(*k)).map_or("scale".into(), |k| format!("{k}_scale"));
    format!("a schedule holds plain numbers; uncertainty goes into `{scale}`")
}

/// An amount of 0 or more.
fn amount(findings: &mut Findings, node: &Node, what: &str) -> Option<f64> {
    if node.table().is_some() {
        findings.error(node.at, format!("{what} is a table"), "a plain number", uncertain_hint(what));
        return None;
    }
    let x = finite_number(findings, node, what)?;
    if !(0.0..=1e6).contains(&x) {
        findings.error(node.at, format!("{what} is {x}"), "a number in USD bn, 0 or more and at most a million", "");
        return None;
    }
    Some(x)
}

fn amounts(findings: &mut Findings, node: &Node, what: &str) -> Option<Vec<f64>> {
    let Some(list) = node.list() else {
        findings.error(node.at, format!("{what} is {}", node.value.what()), "a list of numbers in square brackets", "");
        return None;
    };
    let read: Vec<Option<f64>> = list.iter().map(|n| amount(findings, n, &format!("an element of {what}"))).collect();
    read.into_iter().collect()
}

fn years(findings: &mut Findings, node: &Node, what: &str) -> Option<Vec<(i32, f64, At)>> {
    let Some(table) = node.table() else {
        findings.error(
            node.at,
            format!("{what} is {}", node.value.what()),
            "amounts by year, such as { \"2026\" = 30, \"2027\" = 60 }",
            "",
        );
        return None;
    };
    let mut list = Vec::new();
    for item in &table.items {
        let Some(year) = parse_year(&item.key) else {
            let found = format!("{what} has the key {}", quoted(&item.key));
            findings.error(
                item.key_at,
                found,
                "a calendar year from 1900 to 2200",
                "for quarters write { list = [0, 0, 1.5] }, from the first quarter on",
            );
            return None;
        };
        list.push((year, amount(findings, &item.node, &format!("{year} in {what}"))?, item.key_at));
    }
    Some(list)
}

fn pair<const N: usize>(findings: &mut Findings, node: &Node, names: [&str; N], what: &str) -> Option<[f64; N]> {
    let values = parameters(findings, node, node.table(), names, what)?;
    if values.iter().any(|x| *x < 0.0) {
        findings.error(node.at, format!("{what} has a negative amount"), "amounts in USD bn, 0 or more", "");
        return None;
    }
    Some(values)
}

fn parameters<const N: usize>(
    findings: &mut Findings,
    node: &Node,
    table: Option<&Table>,
    names: [&str; N],
    what: &str,
) -> Option<[f64; N]> {
    let mut values = [0.0; N];
    let expected = || format!("{{ {} }}", names.map(|n| format!("{n} = ...")).join(", "));
    let Some(table) = table else {
        findings.error(node.at, format!("{what} is {}", node.value.what()), expected(), "");
        return None;
    };
    for item in table.items.iter().filter(|i| !names.contains(&i.key.as_str())) {
        findings.error(item.key_at, format!("unknown key {} in {what}", quoted(&item.key)), expected(), did_you_mean(&item.key, names));
    }
    for (value, name) in values.iter_mut().zip(names) {
        let Some(n) = table.get(name) else {
            findings.error(node.at, format!("{what} has no `{name}`"), expected(), "");
            return None;
        };
        *value = finite_number(findings, n, &format!("`{name}` of {what}"))?;
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::tree;
    use std::path::Path;

    const CALENDAR: Calendar = Calendar { first: (2026, 3), horizon: 8, beyond: false };

    fn read(text: &str, window: Window) -> (Option<Spread>, Findings) {
        let mut findings = Findings::default();
        let file = findings.add_source(Path::new("t"), text.into());
        let node = tree::parse_value(&mut findings, text, At::new(file, 0..text.len())).unwrap_or_else(|| panic!("not TOML: {text}"));
        let spread = CALENDAR.schedule(&mut findings, &node, window, "the plan");
        (spread, findings)
    }

    fn within(text: &str) -> Vec<f64> {
        read(text, CALENDAR.plan()).0.map(|s| s.within).unwrap_or_default()
    }

    #[test]
    fn quarters_count_from_the_first() {
        assert_eq!(CALENDAR.offset((2026, 3)), 0);
        assert_eq!(CALENDAR.offset((2028, 2)), 7);
        assert_eq!(CALENDAR.label(7), "2028Q2");
        assert_eq!(CALENDAR.label(-3), "2025Q4");
    }

    #[test]
    fn every_form_of_a_schedule_is_spread() {
        assert_eq!(within("2.5"), vec![2.5; 8]);
        assert_eq!(within("{ flat = 2.5 }"), vec![2.5; 8]);
        assert_eq!(within("{ ramp = { from = 1, to = 8 } }"), (1..=8).map(f64::from).collect::<Vec<_>>());
        assert_eq!(within("{ list = [1, 2] }"), [1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(within("{ growth = { start = 1, rate_per_year = 15 } }")[4], 16.0);
        // Two quarters of 2026 are left, and all of it falls in them; half of 2028 lies after the horizon.
        assert_eq!(within("{ yearly = { \"2026\" = 4, \"2027\" = 12, \"2028\" = 8 } }"), [2.0, 2.0, 3.0, 3.0, 3.0, 3.0, 2.0, 2.0]);
    }

    #[test]
    fn what_is_due_after_the_horizon_is_backlog_or_an_error() {
        let window = Window { from: 6, to: 9, beyond: true, plan: false };
        let (spread, _) = read("3", window);
        assert_eq!(spread, Some(Spread { within: vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 3.0], after: 6.0 }));
        let (none, findings) = read("3", Window { beyond: false, ..window });
        assert_eq!(none, None);
        let problems = findings.into_problems();
        assert!(problems[0].to_string().contains("schedule outside the horizon"), "{}", problems[0]);
        assert!(problems[0].hint.contains("beyond_horizon = true"));
    }

    #[test]
    fn a_total_keeps_its_sum() {
        let mut findings = Findings::default();
        let window = Window { from: 2, to: 9, beyond: true, plan: false };
        let spread = CALENDAR.total(&mut findings, (36.0, At::whole(0)), None, window, "x");
        assert_eq!(spread.map(|s| s.within.iter().sum::<f64>() + s.after), Some(36.0));
    }
}
