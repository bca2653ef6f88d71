//! Numbers, units and lines of text as charts write them. No drawing.

use crate::results::{Metric, Panel, Results, WorldName};
use crate::stats::Estimate;

/// A space at which lines do not break.
const NB: char = '\u{a0}';

/// Digits after the point at which the error shows two digits; negative rounds to tens and more.
pub(super) fn digits(e: &Estimate) -> i32 {
    let error = if e.std_error > 0.0 { e.std_error } else { (e.high - e.low) / 4.0 };
    if error.is_finite() && error > 0.0 { (1 - error.log10().floor() as i32).clamp(-9, 6) } else { digits_of(e.value, 3) }
}

/// Digits after the point at which a number shows `significant` digits, at least whole numbers.
pub(super) fn digits_of(v: f64, significant: i32) -> i32 {
    if v == 0.0 || !v.is_finite() { 0 } else { (significant - 1 - v.abs().log10().floor() as i32).clamp(0, 6) }
}

/// A number rounded to digits after the point, thousands with commas.
pub(super) fn number(v: f64, digits: i32) -> String {
    if !v.is_finite() {
        return "none".to_string();
    }
    if v.abs() >= 1e12 {
        return format!("{v:.3e}").replace('-', "−");
    }
    let unit = 10f64.powi(digits.min(0).abs());
    let text = format!("{:.*}", digits.max(0) as usize, (v / unit).round_to(digits) * unit);
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) if rest.chars().any(|c| c.is_ascii_digit() && c != '0') => ("−", rest.to_string()),
        Some(rest) => ("", rest.to_string()),
        None => ("", text),
    };
    let (whole, part) = text.split_once('.').map_or((text.as_str(), None), |(w, p)| (w, Some(p)));
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if let Some(part) = part {
        out.push('.');
        out.push_str(part);
    }
    format!("{sign}{out}")
}

trait RoundTo {
    fn round_to(self, digits: i32) -> f64;
}

impl RoundTo for f64 {
    /// Rounds to whole units where the digits are cut before the point; else leaves rounding to the formatter.
    fn round_to(self, digits: i32) -> f64 {
        if digits < 0 { self.round() } else { self }
    }
}

/// Dollars in billions with a sign before the dollar.
pub(super) fn usd(v: f64, digits: i32) -> String {
    let text = number(v, digits);
    match text.strip_prefix('−') {
        Some(rest) => format!("−${rest}{NB}bn"),
        None => format!("${text}{NB}bn"),
    }
}

/// Dollars to two or three digits, for amounts known without error.
pub(super) fn usd_plain(v: f64) -> String {
    usd(v, digits_of(v, if v.abs() >= 100.0 { 3 } else { 2 }))
}

fn interval(e: &Estimate, digits: i32) -> String {
    format!("{} to {}", number(e.low, digits), number(e.high, digits))
}

/// "$3,402 bn (3,350 to 3,460)".
pub(super) fn usd_interval(e: &Estimate) -> String {
    let d = digits(e);
    format!("{} ({})", usd(e.value, d), interval(e, d))
}

fn percent_digits(e: &Estimate) -> i32 {
    let scaled = Estimate { value: 100.0 * e.value, std_error: 100.0 * e.std_error, low: 100.0 * e.low, high: 100.0 * e.high };
    digits(&scaled).clamp(0, 4)
}

/// "31.2 %": one digit of the error, where the interval stands elsewhere in the picture.
pub(super) fn percent(e: &Estimate) -> String {
    if e.value == 0.0 {
        return format!("0{NB}%");
    }
    format!("{}{NB}%", number(100.0 * e.value, (percent_digits(e) - 1).max(0)))
}

/// "31.2 % (30.9 to 31.5)".
pub(super) fn percent_interval(e: &Estimate) -> String {
    let d = percent_digits(e);
    format!("{}{NB}% ({} to {})", number(100.0 * e.value, d), number(100.0 * e.low, d), number(100.0 * e.high, d))
}

/// "1.31 (1.28 to 1.34)".
pub(super) fn ratio_interval(e: &Estimate) -> String {
    let d = digits(e).clamp(0, 4);
    format!("{} ({})", number(e.value, d), interval(e, d))
}

/// "+0.12 ± 0.03": half of the interval behind the sign.
pub(super) fn plus_minus(e: &Estimate) -> String {
    let d = digits(e);
    let sign = if e.value > 0.0 { "+" } else { "" };
    format!("{sign}{} ± {}", number(e.value, d), number((e.high - e.low) / 2.0, d))
}

/// Whether a number and its interval can be drawn.
pub(super) fn sound(e: &Estimate) -> bool {
    e.value.is_finite() && e.low.is_finite() && e.high.is_finite() && e.std_error.is_finite()
}

/// Number with thousands separated.
pub(super) fn count(n: u64) -> String {
    number(n as f64, 0)
}

/// A word for a number of whole things: "one firm", "3 firms".
pub(super) fn plural(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {many}", count(n as u64)) }
}

/// The line below every chart: what was run.
pub(super) fn footer(r: &Results) -> String {
    let paths = if r.scenario.random {
        format!("{} paths, {} with a bust · seed {}", count(r.run.paths), count(r.run.bust_paths), r.run.seed)
    } else {
        "one path, nothing random".to_string()
    };
    format!("{} · as of {} · {paths} · bubblerisk {}", r.scenario.title, r.scenario.as_of, r.run.version)
}

/// Name of a firm for people; a number where there is none.
pub(super) fn firm(r: &Results, i: usize) -> String {
    r.firms.get(i).map_or_else(|| format!("firm {i}"), |f| if f.name.is_empty() { f.id.clone() } else { f.name.clone() })
}

/// Worlds in words.
pub(super) fn world(w: WorldName) -> &'static str {
    match w {
        WorldName::W0 => "full model (W0)",
        WorldName::W1 => "arm's-length investor (W1)",
        WorldName::W2 => "isolated firms (W2)",
        WorldName::W0Least => "full model, least fixed point",
    }
}

/// Variants in words.
pub(super) fn panel(p: Panel) -> &'static str {
    match p {
        Panel::Base => "as the scenario says",
        Panel::NoSentiment => "without common revaluation",
        Panel::LookThrough => "market looks through own-financed sales",
    }
}

/// Losses in words.
pub(super) fn metric(m: Metric) -> &'static str {
    match m {
        Metric::NetLoss => "Net system loss against plan",
        Metric::NetLossFromToday => "Net system loss from today",
        Metric::GrossLoss => "Gross equity loss against plan",
        Metric::MarkToMarketLoss => "Mark-to-market loss from today",
        Metric::MarkToMarketLossVsPlan => "Mark-to-market loss against plan",
        Metric::RevenueShortfall => "Revenue short of plan",
        Metric::NetworkShortfall => "Network sales short of plan",
        Metric::CommittedShortfall => "Committed purchases unpaid",
        Metric::BacklogLost => "Backlog lost",
        Metric::ExternalCreditLoss => "Loss of outside creditors",
        Metric::NetworkCreditLoss => "Loss on claims among firms",
        Metric::StakeLoss => "Loss on stakes",
        Metric::StaleMarkGap => "Stale marks above fair value",
        Metric::MaxDrawdown => "Largest fall of the share price",
        Metric::PeakUnmetNeed => "Peak unmet need for money",
        Metric::DeadWeight => "Dead-weight cost of defaults",
        Metric::Defaults => "Firms in default",
    }
}

/// Where the year ends among quarters 1 to the horizon, as (quarter, year), thinned to at most `most`.
pub(super) fn years(r: &Results, most: usize) -> Vec<(usize, String)> {
    let ends = r.scenario.quarters.iter().enumerate().filter(|(_, q)| q.ends_with("Q4"));
    let all: Vec<(usize, String)> = ends.map(|(i, q)| (i + 1, q.chars().take_while(|c| c.is_ascii_digit()).collect())).collect();
    if all.is_empty() {
        return r.scenario.quarters.last().map(|q| vec![(r.scenario.quarters.len(), q.clone())]).unwrap_or_default();
    }
    let step = all.len().div_ceil(most.max(1));
    let offset = (all.len() - 1) % step;
    all.into_iter().enumerate().filter(|(i, _)| i % step == offset).map(|(_, y)| y).collect()
}

/// Label of a quarter, 0 being the as-of date.
pub(super) fn quarter(r: &Results, t: usize) -> String {
    if t == 0 { r.scenario.as_of.clone() } else { r.scenario.quarters.get(t - 1).cloned().unwrap_or_else(|| format!("quarter {t}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_two_digits_of_the_error() {
        let e = Estimate { value: 3402.37, std_error: 28.1, low: 3350.2, high: 3460.8 };
        assert_eq!(usd_interval(&e), "$3,402\u{a0}bn (3,350 to 3,461)");
        let e = Estimate { value: 34_027.0, std_error: 281.0, low: 33_502.0, high: 34_608.0 };
        assert_eq!(usd_interval(&e), "$34,030\u{a0}bn (33,500 to 34,610)");
        let e = Estimate { value: 0.312_34, std_error: 0.0014, low: 0.309, high: 0.315 };
        assert_eq!(percent_interval(&e), "31.23\u{a0}% (30.90 to 31.50)");
    }

    #[test]
    fn small_negative_numbers_do_not_show_minus_zero() {
        assert_eq!(number(-0.001, 1), "0.0");
        assert_eq!(usd(-12.0, 0), "−$12\u{a0}bn");
        assert_eq!(number(f64::NAN, 1), "none");
        assert_eq!(number(1_234_567.0, 0), "1,234,567");
    }
}
