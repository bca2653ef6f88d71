//! Numbers and names on pictures: the wording of `results::words` with typographic signs. No drawing.

use crate::results::words as plain;
use crate::results::{Metric, Panel, Results, WorldName};
use crate::stats::{Estimate, Proportion};

pub(super) use plain::{Unit, capital, count, firm, quarter};

/// A space at which lines do not break.
const NB: char = '\u{a0}';

/// A minus sign as long as the plus sign, and no line break between a number and its unit.
fn set(text: &str) -> String {
    let text = text.replace('-', "−");
    ["bn", "%", "±"].iter().fold(text, |text, unit| text.replace(&format!(" {unit}"), &format!("{NB}{unit}"))).replace("± ", "±\u{a0}")
}

/// Digits after the point at which a number shows `significant` digits, at least whole numbers.
pub(super) fn digits_of(v: f64, significant: i32) -> i32 {
    if v == 0.0 || !v.is_finite() { 0 } else { (significant - 1 - v.abs().log10().floor() as i32).clamp(0, 6) }
}

/// A number rounded to digits after the point, thousands with commas.
pub(super) fn number(v: f64, digits: i32) -> String {
    if v.is_finite() && v.abs() >= 1e12 { format!("{v:.3e}").replace('-', "−") } else { set(&plain::number(v, digits)) }
}

/// A round number with the digits that it needs and no more: "1.5", "3", "0.2".
pub(super) fn shortest(v: f64) -> String {
    let text = number(v, (5 - v.abs().max(1e-300).log10().floor() as i32).clamp(0, 9));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

/// Dollars in billions with a sign before the dollar.
pub(super) fn usd(v: f64, digits: i32) -> String {
    let text = number(v, digits);
    match text.strip_prefix('−') {
        Some(rest) => format!("−${rest}{NB}bn"),
        None => format!("${text}{NB}bn"),
    }
}

/// Dollars with the digits that they need: "$2,500 bn", "$22,868.3 bn".
pub(super) fn usd_shortest(v: f64) -> String {
    let text = shortest(v.abs());
    format!("{}${text}{NB}bn", if v < 0.0 && text != "0" { "−" } else { "" })
}

/// Dollars to two or three digits, for amounts known without error.
pub(super) fn usd_plain(v: f64) -> String {
    usd(v, digits_of(v, if v.abs() >= 100.0 { 3 } else { 2 }))
}

/// An estimate with its 95 % interval, rounded to the second digit of the interval's half width: "$31,290 ± 110 bn", "$30,650 bn (30,480 to 30,800)".
pub(super) fn with_error(e: &Estimate, unit: Unit) -> String {
    if e.value.abs() >= 1e12 { number(e.value, 0) } else { set(&plain::with_error(e, unit)) }
}

/// The same for labels with little room: where one side of the interval is not much longer than the other, the longer stands for both.
pub(super) fn label(e: &Estimate, unit: Unit) -> String {
    let text = if e.value.abs() >= 1e12 { number(e.value, 0) } else { set(&plain::cell(e, unit)) };
    let end = if unit == Unit::Share { format!("{NB}%") } else { String::new() };
    match text.split_once(" (") {
        Some((value, interval)) => format!("{value}{end} ({interval}"),
        None => text + &end,
    }
}

/// Dollars rounded to so many digits, before the point too.
pub(super) fn usd_round(v: f64, significant: i32) -> String {
    let digits = if v == 0.0 || !v.is_finite() { 0 } else { significant - 1 - v.abs().log10().floor() as i32 };
    usd(v, digits.clamp(-9, 6))
}

/// Dollars with their interval.
pub(super) fn usd_interval(e: &Estimate) -> String {
    with_error(e, Unit::UsdBn)
}

/// A percentage with its interval.
pub(super) fn percent_interval(e: &Estimate) -> String {
    with_error(e, Unit::Share)
}

/// A ratio with its interval.
pub(super) fn ratio_interval(e: &Estimate) -> String {
    with_error(e, Unit::Plain)
}

/// A difference with its interval and its sign.
pub(super) fn difference(e: &Estimate, unit: Unit) -> String {
    format!("{}{}", if e.value > 0.0 { "+" } else { "" }, with_error(e, unit))
}

/// Value and half width of the interval without a unit, for two lines of a cell.
pub(super) fn two_lines(e: &Estimate, unit: Unit) -> (String, String) {
    let text = if e.value.abs() >= 1e12 { number(e.value, 0) } else { plain::cell(e, unit).replace('-', "−") };
    let cut = text.find(" ± ").or_else(|| text.find(" ("));
    cut.map_or((text.clone(), String::new()), |at| (text[..at].to_string(), set(text[at + 1..].trim())))
}

/// "31.2 %": rounded to the first digit of the error, where the interval stands elsewhere in the picture.
pub(super) fn percent(e: &Estimate) -> String {
    if e.value == 0.0 { format!("0{NB}%") } else { format!("{}{NB}%", number(100.0 * e.value, told_digits(e).unwrap_or(1))) }
}

/// Digits after the point of a percentage, the last of which is the first of its error; none where there is no error.
fn told_digits(e: &Estimate) -> Option<i32> {
    let half = 100.0 * (e.high - e.low) / 2.0;
    (half > 0.0).then(|| (-half.log10().floor() as i32).clamp(0, 4))
}

/// A share to so many digits, or to fewer where its error tells no more.
pub(super) fn share_as_told(e: &Estimate, significant: i32) -> String {
    let digits = digits_of(100.0 * e.value, significant);
    format!("{}{NB}%", number(100.0 * e.value, told_digits(e).map_or(digits, |told| digits.min(told))))
}

/// A share known without error, to so many digits.
pub(super) fn share(v: f64, significant: i32) -> String {
    format!("{}{NB}%", number(100.0 * v, digits_of(100.0 * v, significant)))
}

/// Whether a number and its interval can be drawn.
pub(super) fn sound(e: &Estimate) -> bool {
    e.value.is_finite() && e.low.is_finite() && e.high.is_finite() && e.std_error.is_finite()
}

/// A word for a number of whole things: "1 firm", "3 firms".
pub(super) fn plural(n: usize, one: &str, many: &str) -> String {
    plain::plural(n as u64, one, many)
}

/// The share that a number of the run's paths is, with its interval; none where paths have weights, of which a count says nothing.
pub(super) fn share_of(r: &Results, count: u64, paths: u64) -> Option<Estimate> {
    Proportion { successes: count, trials: paths }.estimate().filter(|_| r.run.candidates.is_none())
}

/// A share of paths with its interval, where it has one.
pub(super) fn share_told(v: f64, interval: Option<&Estimate>) -> String {
    interval.map_or_else(|| format!("{}, paths being weighted,", share(v, 3)), percent_interval)
}

/// Whose intervals of probabilities are drawn: of chosen paths, the weighted ones.
pub(super) fn intervals_of_shares(r: &Results) -> &'static str {
    if r.run.candidates.is_some() { "beta, weighted" } else { "Clopper-Pearson" }
}

/// Whose band of a whole curve is drawn.
pub(super) fn band_of_curve(r: &Results) -> &'static str {
    if r.run.candidates.is_some() { "Bonferroni" } else { "DKW" }
}

/// The line below every chart: what was run.
pub(super) fn footer(r: &Results) -> String {
    let paths = if r.scenario.random {
        let sampling = if r.run.candidates.is_some() { format!(", {} sampling", r.run.sampling) } else { String::new() };
        format!("{} paths, {} with a bust{sampling} · seed {}", count(r.run.paths), count(r.run.bust_paths), r.run.seed)
    } else {
        format!("{}, random shocks off", plural(r.run.paths as usize, "path", "paths"))
    };
    format!("{} · as of {} · {paths} · bubblerisk {}", r.scenario.title, r.scenario.as_of, r.run.version)
}

/// A world by its name alone.
pub(super) fn world_short(w: WorldName) -> &'static str {
    plain::world_name(w)
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
        Panel::NoSentiment => "without common revaluation (S = 0)",
        other => plain::panel(other),
    }
}

/// Losses in words.
pub(super) fn metric(m: Metric) -> String {
    capital(plain::metric(m))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn est(value: f64, low: f64, high: f64) -> Estimate {
        Estimate { value, std_error: (high - low) / 3.92, low, high }
    }

    #[test]
    fn numbers_show_two_digits_of_half_the_interval() {
        assert_eq!(usd_interval(&est(30_646.0, 30_476.0, 30_796.0)), "$30,650\u{a0}bn (30,480 to 30,800)");
        assert_eq!(percent_interval(&est(0.8047, 0.7937, 0.8157)), "80.5\u{a0}±\u{a0}1.1\u{a0}%");
        assert_eq!(difference(&est(-12.0, -13.1, -10.9), Unit::UsdBn), "−$12.0\u{a0}±\u{a0}1.1\u{a0}bn");
        assert_eq!(two_lines(&est(0.8047, 0.7937, 0.8157), Unit::Share), ("80.5".to_string(), "±\u{a0}1.1".to_string()));
        assert_eq!(label(&est(0.0107, 0.0094, 0.0123), Unit::Share), "1.07\u{a0}±\u{a0}0.16\u{a0}%");
        assert_eq!(label(&est(0.0, 0.0, 0.0037), Unit::Share), "0\u{a0}% (0 to 0.37)");
        assert_eq!(usd_round(-28_489.0, 3), "−$28,500\u{a0}bn");
        assert_eq!(percent(&est(0.4394, 0.4321, 0.4466)), "43.9\u{a0}%");
    }

    #[test]
    fn small_negative_numbers_do_not_show_minus_zero() {
        assert_eq!(number(-0.001, 1), "0.0");
        assert_eq!(usd(-12.0, 0), "−$12\u{a0}bn");
        assert_eq!(number(f64::NAN, 1), "none");
    }

    #[test]
    fn labels_of_ticks_differ_where_ticks_do() {
        let labels: Vec<String> = [1.0, 1.5, 2.0, 0.15, 0.002, 3000.0, 0.0].map(shortest).to_vec();
        assert_eq!(labels, ["1", "1.5", "2", "0.15", "0.002", "3,000", "0"]);
    }
}
