//! A reverse stress test in phrases and numbers that its tables, chart and report share: conditions, coordinates, values. No sentences.

use super::words::{self, Unit};
use crate::analysis::reverse::{Comparison, Coordinate, Measure, Node, Reversal, Shift, Term};
use crate::stats::Estimate;

/// Name of a firm for people.
pub fn firm(r: &Reversal, i: usize) -> String {
    r.firms.get(i).map_or_else(|| format!("firm {i}"), |(id, name)| if name.is_empty() { id.clone() } else { name.clone() })
}

/// Label of quarter t, from 1.
pub fn quarter(r: &Reversal, t: usize) -> String {
    t.checked_sub(1).and_then(|k| r.quarters.get(k)).cloned().unwrap_or_else(|| format!("quarter {t}"))
}

/// The condition as a clause, beginning small unless with a name: "Oracle fails and 3 firms or more fail by 2029Q4".
pub fn clause(r: &Reversal) -> String {
    node(r, &r.condition.root)
}

fn node(r: &Reversal, n: &Node) -> String {
    let inside = |n: &Node| if matches!(n, Node::Term(_) | Node::Not(_)) { node(r, n) } else { format!("({})", node(r, n)) };
    let joined = |parts: &[Node], by: &str| parts.iter().map(inside).collect::<Vec<_>>().join(by);
    match n {
        Node::Term(k) => r.condition.terms.get(*k).map_or_else(String::new, |t| term(r, t, false)),
        Node::Not(n) => match &**n {
            Node::Term(k) => r.condition.terms.get(*k).map_or_else(String::new, |t| term(r, t, true)),
            other => format!("not ({})", node(r, other)),
        },
        Node::All(parts) => joined(parts, " and "),
        Node::Any(parts) => joined(parts, " or "),
    }
}

/// How a bound is said; the opposite where it is denied.
fn bound(c: Comparison, is_denied: bool, amount: &str) -> String {
    let above = matches!(c, Comparison::Above | Comparison::AtLeast) != is_denied;
    let with_equal = matches!(c, Comparison::AtLeast | Comparison::AtMost) != is_denied;
    match (above, with_equal) {
        (true, false) => format!("more than {amount}"),
        (true, true) => format!("{amount} or more"),
        (false, false) => format!("less than {amount}"),
        (false, true) => format!("{amount} or less"),
    }
}

fn term(r: &Reversal, t: &Term, is_denied: bool) -> String {
    let usd = bound(t.comparison, is_denied, &words::exact(t.bound, Unit::UsdBn));
    let by = t.by_quarter.map_or_else(String::new, |q| format!(" by {}", quarter(r, q)));
    let what = match t.measure {
        Measure::Default { firm: i } => format!("{} {}", firm(r, i), if is_denied { "does not fail" } else { "fails" }),
        Measure::AnyDefault => if is_denied { "no firm fails" } else { "some firm fails" }.to_string(),
        Measure::Defaults => {
            format!("{} firms fail", bound(t.comparison, is_denied, &words::number(t.bound, 0)).replace("less than", "fewer than"))
        }
        Measure::SystemLoss => format!("the system loses {usd} against plan"),
        Measure::FirmLoss { firm: i } => format!("the shareholders of {} lose {usd} from today", firm(r, i)),
        Measure::Unpaid { buyer, seller } => {
            let whom = seller.map_or_else(String::new, |s| format!(" to {}", firm(r, s)));
            format!("{} leaves {usd} of its commitments{whom} unpaid", firm(r, buyer))
        }
        Measure::RevenueGap { firm: i } => {
            let share = bound(t.comparison, is_denied, &words::exact(t.bound, Unit::Share));
            format!("the revenue of {} is {share} short of plan", firm(r, i))
        }
    };
    what + &by
}

/// What a coordinate is, for a table or a chart, with its unit.
pub fn coordinate(r: &Reversal, c: Coordinate) -> String {
    match c {
        Coordinate::FirstBust => "First bust, quarter".into(),
        Coordinate::BustQuarters => "Bust quarters".into(),
        Coordinate::Sentiment => "Sentiment at its lowest".into(),
        Coordinate::Demand => "Demand under plan, %".into(),
        Coordinate::ComputePrice => "Price of computing at its lowest, ratio".into(),
        Coordinate::VendorShare { group } => {
            format!("Lead vendor's share, {}, ratio", r.groups.get(group).map_or("a group", String::as_str))
        }
        Coordinate::OwnRevenue { firm: i } => format!("Own revenue of {} under plan, %", firm(r, i)),
        Coordinate::ClosedWindows => "Closed funding windows, %".into(),
        Coordinate::Uncertain { number } => uncertain(r, number),
    }
}

/// The same in a sentence.
pub fn coordinate_phrase(r: &Reversal, c: Coordinate) -> String {
    match c {
        Coordinate::FirstBust => "when the first bust begins".into(),
        Coordinate::BustQuarters => "how many quarters are in bust".into(),
        Coordinate::Sentiment => "how low sentiment falls".into(),
        Coordinate::Demand => "how far demand falls under plan".into(),
        Coordinate::ComputePrice => "how cheap computing gets".into(),
        Coordinate::VendorShare { .. } => "the lead vendor's share".into(),
        Coordinate::OwnRevenue { firm: i } => format!("how far {} own revenue falls short", words::possessive(&firm(r, i))),
        Coordinate::ClosedWindows => "how often funding is closed".into(),
        Coordinate::Uncertain { number } => uncertain(r, number),
    }
}

/// Name of an uncertain number: "take_or_pay of openai-oracle" for `purchase.openai-oracle.take_or_pay`.
fn uncertain(r: &Reversal, number: usize) -> String {
    let path = r.uncertain.get(number).map_or("an uncertain number", String::as_str);
    match path.split_once('.').and_then(|(_, rest)| rest.rsplit_once('.')) {
        Some((whose, what)) => format!("{what} of {whose}"),
        None => path.to_string(),
    }
}

fn unit(c: Coordinate) -> Unit {
    match c {
        Coordinate::Demand | Coordinate::OwnRevenue { .. } | Coordinate::ClosedWindows => Unit::Share,
        _ => Unit::Plain,
    }
}

/// A mean with its interval.
pub fn mean(c: Coordinate, e: &Estimate) -> String {
    words::cell(e, unit(c))
}

/// A value of a single path, or a quantile.
pub fn value(r: &Reversal, c: Coordinate, x: f64) -> String {
    match c {
        Coordinate::FirstBust if x > r.last_quarter as f64 => "none".into(),
        Coordinate::FirstBust => quarter(r, x.round().max(1.0) as usize),
        Coordinate::BustQuarters => words::number(x, 0),
        Coordinate::Sentiment | Coordinate::ComputePrice | Coordinate::VendorShare { .. } => words::number(x, 2),
        Coordinate::Uncertain { .. } => words::exact(x, Unit::Plain),
        _ => words::number(100.0 * x, 0),
    }
}

/// Whether the shift is clear of zero.
pub fn is_clear(s: &Shift) -> bool {
    s.shift.is_some_and(|e| e.is_told_from_zero())
}

/// "1" or "2-4".
pub fn rank((first, last): (usize, usize)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}
