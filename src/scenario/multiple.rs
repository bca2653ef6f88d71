//! `{ times = 1.5 }`: a number as a multiple of what stands below it, its distribution and all. No other values, no paths.

use super::findings::{At, Findings};
use super::grammar::Key;
use super::tree::{Item, Node, Value};
use super::values::{Number, finite_number};
use crate::model::Distribution::{self, LogNormal, Normal, Pert, Triangular, Uniform};

/// The key that says by what is multiplied.
pub(super) const TIMES: &str = "times";
/// What is multiplied: what was written before. Only this program writes it.
const OF: &str = "of";

/// Whether a value says a multiple of what stands below it.
pub(super) fn is_multiple(node: &Node) -> bool {
    node.table().is_some_and(|t| t.items.len() == 1 && t.get(TIMES).is_some())
}

/// The multiple of a value that was written before.
pub(super) fn of(multiple: &Node, below: Node) -> Node {
    let mut table = multiple.table().cloned().unwrap_or_default();
    table.items.push(Item { key: OF.into(), key_at: below.at, node: below });
    Node { value: Value::Table(table), at: multiple.at }
}

/// By what a value multiplies, and what, if that was written; none if it is no multiple. A factor that cannot be used counts as 1 and is noted.
pub(super) fn parts<'a>(findings: &mut Findings, node: &'a Node, what: &str) -> Option<(f64, Option<&'a Node>)> {
    let table = node.table()?;
    let factor = table.get(TIMES)?;
    for item in table.items.iter().filter(|i| i.key != TIMES && i.key != OF) {
        let found = format!("unknown key `{}` beside `times` of {what}", item.key);
        findings.error(item.key_at, found, "{ times = 1.5 } alone", "a distribution cannot be written and multiplied in one place");
    }
    let by = finite_number(findings, factor, &format!("`times` of {what}"));
    if let Some(x) = by.filter(|x| *x < 0.0) {
        findings.error(factor.at, format!("`times` of {what} is {x}"), "a factor of 0 or more", "");
    }
    Some((by.filter(|x| *x >= 0.0).unwrap_or(1.0), table.get(OF)))
}

/// A number times a factor, cut off at the bounds of its key, with a warning where that happens.
pub(super) fn scaled(findings: &mut Findings, number: Number, factor: f64, key: &Key, label: &str, at: At) -> Number {
    let Number { value, spread, .. } = &number;
    let ends = spread.as_ref().map_or((*value, *value), Distribution::support);
    let cut = [ends.0 * factor, ends.1 * factor].into_iter().find(|x| !key.admits(*x));
    if let Some(x) = cut {
        let to = key.clamp(x);
        let found = format!("`{}` of {label} times {factor} reaches {x}", key.name);
        findings.warn(at, found, key.expectation(), format!("it is cut off at {to}"));
    }
    let clamp = |x: f64| key.clamp(x);
    let spread = spread.map(|d| bounded(times(d, factor), clamp)).filter(|d| d.support().0 < d.support().1);
    let value = spread.as_ref().map_or(clamp(value * factor), Distribution::central);
    Number { value, spread, at, ..number }
}

/// The distribution of a number times a factor of 0 or more.
pub(super) fn times(d: Distribution, c: f64) -> Distribution {
    match d {
        Uniform { low, high } => Uniform { low: c * low, high: c * high },
        Triangular { low, mode, high } => Triangular { low: c * low, mode: c * mode, high: c * high },
        Pert { low, mode, high } => Pert { low: c * low, mode: c * mode, high: c * high },
        Normal { mean, sd, low, high } => Normal { mean: c * mean, sd: c * sd, low: c * low, high: c * high },
        LogNormal { median, sigma, low, high } => LogNormal { median: c * median, sigma, low: c * low, high: c * high },
    }
}

fn bounded(d: Distribution, clamp: impl Fn(f64) -> f64) -> Distribution {
    match d {
        Uniform { low, high } => Uniform { low: clamp(low), high: clamp(high) },
        Triangular { low, mode, high } => Triangular { low: clamp(low), mode: clamp(mode), high: clamp(high) },
        Pert { low, mode, high } => Pert { low: clamp(low), mode: clamp(mode), high: clamp(high) },
        Normal { mean, sd, low, high } => Normal { mean: clamp(mean), sd, low: clamp(low), high: clamp(high) },
        LogNormal { median, sigma, low, high } => LogNormal { median: clamp(median), sigma, low: clamp(low), high: clamp(high) },
    }
}
