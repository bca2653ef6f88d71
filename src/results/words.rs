//! Numbers with their errors and names in words, as people read them. No sentences.

use super::{Given, Metric, Panel, Results, WorldName};
use crate::analysis::sensitivity::Output;
use crate::analysis::sweep::Measure;
use crate::stats::Estimate;

/// Half width, relative to the value, that is rounding and no error.
const ROUNDING: f64 = 1e-9;

/// What a number counts, and so how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Billions of US dollars.
    UsdBn,
    /// A share, written as a percentage.
    Share,
    /// A ratio or a plain number.
    Plain,
}

impl Unit {
    /// The unit of a metric.
    pub fn of(metric: Metric) -> Unit {
        match metric.unit() {
            "share" => Unit::Share,
            "firms" => Unit::Plain,
            _ => Unit::UsdBn,
        }
    }

    /// The unit of an output of the sensitivity analysis.
    pub fn of_output(o: Output) -> Unit {
        match o {
            Output::ShortfallNet95 | Output::MeanNet | Output::Added => Unit::UsdBn,
            Output::DefaultOf(_) => Unit::Share,
            Output::Amplification | Output::Defaults => Unit::Plain,
        }
    }

    fn factor(self) -> f64 {
        if self == Unit::Share { 100.0 } else { 1.0 }
    }

    /// A number that was already rounded, with the unit around it.
    fn around(self, number: &str) -> String {
        match self {
            Unit::UsdBn => match number.strip_prefix('-') {
                Some(rest) => format!("-${rest} bn"),
                None => format!("${number} bn"),
            },
            Unit::Share => format!("{number} %"),
            Unit::Plain => number.to_string(),
        }
    }
}

/// Digits after the point at which a positive number shows two significant digits; negative counts tens.
fn second_digit(v: f64) -> i32 {
    let digits = |v: f64| 1 - v.log10().floor() as i32;
    let first = digits(v);
    // 0.0996 is 0.10 and not 0.100.
    digits(round(v, first)).clamp(-12, 12)
}

fn round(v: f64, digits: i32) -> f64 {
    let unit = 10f64.powi(digits.abs());
    if digits < 0 { (v / unit).round() * unit } else { (v * unit).round() / unit }
}

/// Digits after the point for a number known without error: three significant digits, and never fewer than whole numbers.
fn plain_digits(v: f64) -> i32 {
    if v == 0.0 || !v.is_finite() { 0 } else { (2 - v.abs().log10().floor() as i32).clamp(0, 9) }
}

/// A number rounded to digits after the point (negative: to tens, hundreds), with commas between thousands. A number that is not finite is "none".
pub fn number(v: f64, digits: i32) -> String {
    if !v.is_finite() {
        return "none".to_string();
    }
    let text = format!("{:.*}", digits.max(0) as usize, if digits < 0 { round(v, digits) } else { v });
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let sign = if digits.chars().any(|c| ('1'..='9').contains(&c)) { sign } else { "" };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let mut out = sign.to_string();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if !part.is_empty() {
        out.push('.');
        out.push_str(part);
    }
    out
}

/// A whole number with commas between thousands.
pub fn count(n: u64) -> String {
    let text = n.to_string();
    let cut = |(i, c): (usize, char)| if i > 0 && (text.len() - i).is_multiple_of(3) { vec![',', c] } else { vec![c] };
    text.chars().enumerate().flat_map(cut).collect()
}

/// "1 firm", "3 firms".
pub fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A number known without error, to three significant digits and its unit.
pub fn exact(v: f64, unit: Unit) -> String {
    let v = v * unit.factor();
    let text = number(v, plain_digits(v));
    unit.around(if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text })
}

/// An estimate with its 95 % interval, both rounded to the second significant digit of the interval's half width: "$412.3 ± 5.1 bn" where the interval is
/// symmetric, "$3,402 bn (3,350 to 3,461)" where it is not, "$12 bn" where it has no width.
pub fn with_error(e: &Estimate, unit: Unit) -> String {
    written(e, unit, true)
}

/// The same without the unit, for the cell of a table whose heading names it; a share is in percent. Where one side of the interval is not much longer
/// than the other, the longer stands for both: "3,402 ± 58".
pub fn cell(e: &Estimate, unit: Unit) -> String {
    let (below, above) = (e.value - e.low, e.high - e.value);
    let (short, long) = (below.min(above), below.max(above));
    let is_near = short > 0.0 && long <= 1.5 * short;
    let even = Estimate { low: e.value - long, high: e.value + long, ..*e };
    written(if is_near { &even } else { e }, unit, false)
}

fn written(e: &Estimate, unit: Unit, is_with_unit: bool) -> String {
    let wrap = |text: &str| if is_with_unit { unit.around(text) } else { text.to_string() };
    let factor = unit.factor();
    let (value, low, high) = (e.value * factor, e.low * factor, e.high * factor);
    let half = high / 2.0 - low / 2.0;
    if !value.is_finite() || !half.is_finite() {
        return "none".to_string();
    }
    if half <= ROUNDING * value.abs() {
        return wrap(&number(value, plain_digits(value)));
    }
    let digits = second_digit(half);
    let skew = ((high - value) - (value - low)).abs() / 2.0;
    if skew < 0.5 * 10f64.powi(-digits) {
        return wrap(&format!("{} ± {}", number(value, digits), number(half, digits)));
    }
    let shown = |v: f64| if v == 0.0 { "0".to_string() } else { number(v, digits) };
    format!("{} ({} to {})", wrap(&shown(value)), shown(low), shown(high))
}

/// A sum of estimates with an interval that holds whatever their correlation: half widths add up.
pub fn sum(estimates: impl IntoIterator<Item = Estimate>) -> Option<Estimate> {
    estimates.into_iter().reduce(|a, b| Estimate {
        value: a.value + b.value,
        std_error: a.std_error + b.std_error,
        low: a.low + b.low,
        high: a.high + b.high,
    })
}

/// A ratio of two estimates with an interval that holds whatever their correlation; none where the denominator is below five standard errors or not
/// positive, or anything is not finite.
pub fn ratio(above: &Estimate, below: &Estimate) -> Option<Estimate> {
    if below.value <= 0.0 || below.value < 5.0 * below.std_error {
        return None;
    }
    let r = above.value / below.value;
    Estimate::normal(r, (above.std_error + r.abs() * below.std_error) / below.value)
}

/// Name of a firm for people; its number where there is none.
pub fn firm(r: &Results, i: usize) -> String {
    r.firms.get(i).map_or_else(|| format!("firm {i}"), |f| if f.name.is_empty() { f.id.clone() } else { f.name.clone() })
}

/// Label of a quarter, 0 being the as-of date.
pub fn quarter(r: &Results, t: usize) -> String {
    if t == 0 { r.scenario.as_of.clone() } else { r.scenario.quarters.get(t - 1).cloned().unwrap_or_else(|| format!("quarter {t}")) }
}

/// The condition as a heading.
pub fn given(g: Given) -> &'static str {
    match g {
        Given::All => "all paths",
        Given::Bust => "given a bust",
        Given::NoBust => "given no bust",
    }
}

/// What a world is, to follow its name.
pub fn world(w: WorldName) -> &'static str {
    match w {
        WorldName::W0 => "the full model",
        WorldName::W1 => "circular finance replaced by an arm's-length outside investor",
        WorldName::W2 => "isolated firms whose counterparties perform exactly as planned",
        WorldName::W0Least => "the full model at its least fixed points",
    }
}

/// The name of a world.
pub fn world_name(w: WorldName) -> &'static str {
    match w {
        WorldName::W0 => "W0",
        WorldName::W1 => "W1",
        WorldName::W2 => "W2",
        WorldName::W0Least => "W0 least",
    }
}

/// The variant in words.
pub fn panel(p: Panel) -> &'static str {
    match p {
        Panel::Base => "as the scenario says",
        Panel::NoSentiment => "sentiment held at zero (S = 0)",
        Panel::LookThrough => "market looks through own-financed sales",
    }
}

/// The loss in words, with its definition, beginning small.
pub fn metric(m: Metric) -> &'static str {
    match m {
        Metric::NetLoss => "net loss against plan",
        Metric::NetLossFromToday => "net loss from today",
        Metric::GrossLoss => "gross equity loss against plan",
        Metric::MarkToMarketLoss => "mark-to-market loss from today",
        Metric::MarkToMarketLossVsPlan => "mark-to-market loss against plan",
        Metric::RevenueShortfall => "revenue short of plan",
        Metric::NetworkShortfall => "network sales short of plan",
        Metric::CommittedShortfall => "committed purchases not paid",
        Metric::BacklogLost => "backlog lost",
        Metric::ExternalCreditLoss => "loss of outside creditors",
        Metric::NetworkCreditLoss => "loss on claims among firms",
        Metric::StakeLoss => "loss on stakes",
        Metric::StaleMarkGap => "stale marks above fair value",
        Metric::MaxDrawdown => "largest fall of the share price",
        Metric::PeakUnmetNeed => "peak unmet need for money",
        Metric::DeadWeight => "dead-weight cost of defaults",
        Metric::Defaults => "number of firms in default",
    }
}

/// What an output of the sensitivity analysis is, with its world, to stand in a sentence.
pub fn output(o: Output, firms: &[String]) -> String {
    match o {
        Output::ShortfallNet95 => "the expected shortfall 95 % of the system's net loss (W0)".into(),
        Output::MeanNet => "the system's expected net loss against plan (W0)".into(),
        Output::Amplification => "the amplification of the tail (expected shortfall 95 %, W0 over W2)".into(),
        Output::Added => "what the links add to the expected net loss given a bust (W0 less W2)".into(),
        Output::Defaults => "the expected number of firms in default (W0)".into(),
        Output::DefaultOf(i) => format!("the probability that {} is in default (W0)", firms.get(i).map_or("", String::as_str)),
    }
}

/// The same in a few words, for a table or an axis.
pub fn short_output(o: Output, firms: &[String]) -> String {
    match o {
        Output::ShortfallNet95 => "ES 95 % of the net loss".into(),
        Output::MeanNet => "Mean net loss".into(),
        Output::Amplification => "ES 95 %, W0 over W2".into(),
        Output::Added => "Added by the links, given a bust".into(),
        Output::Defaults => "Firms in default".into(),
        Output::DefaultOf(i) => format!("Default of {}", firms.get(i).map_or("", String::as_str)),
    }
}

/// How far a deal has come.
pub fn stage(s: crate::model::Stage) -> &'static str {
    match s {
        crate::model::Stage::Talks => "talks",
        crate::model::Stage::Loi => "letter of intent",
        crate::model::Stage::Signed => "signed",
        crate::model::Stage::Active => "active",
    }
}

/// What is measured at a point of a grid, for a sentence.
pub fn measure(m: Measure, firms: &[String]) -> String {
    match m {
        Measure::MeanNetLoss => "expected net loss against plan of the system".into(),
        Measure::Es99NetLoss => "expected shortfall 99 % of the net loss of the system".into(),
        Measure::Amplification => "amplification of the net loss given a bust".into(),
        Measure::Defaults => "expected number of firms in default".into(),
        Measure::CreditLoss => "expected loss of outside creditors".into(),
        Measure::Default(i) => format!("probability of default of {}", firms.get(i).map_or("?", String::as_str)),
    }
}

/// The unit of such a measure.
pub fn measure_unit(m: Measure) -> Unit {
    match m {
        Measure::MeanNetLoss | Measure::Es99NetLoss | Measure::CreditLoss => Unit::UsdBn,
        Measure::Amplification | Measure::Defaults => Unit::Plain,
        Measure::Default(_) => Unit::Share,
    }
}

/// A phrase that begins with a capital.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
}

/// "OpenAI's", "Competitive carriers'".
pub fn possessive(name: &str) -> String {
    format!("{name}{}", if name.ends_with('s') { "'" } else { "'s" })
}

/// "a, b and c".
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn est(value: f64, low: f64, high: f64) -> Estimate {
        Estimate { value, std_error: (high - low) / 3.92, low, high }
    }

    #[test]
    fn an_estimate_shows_two_digits_of_its_half_width() {
        assert_eq!(with_error(&est(412.345, 407.2, 417.49), Unit::UsdBn), "$412.3 ± 5.1 bn");
        assert_eq!(with_error(&est(3402.37, 3350.2, 3460.8), Unit::UsdBn), "$3,402 bn (3,350 to 3,461)");
        assert_eq!(with_error(&est(34_027.0, 32_500.0, 35_554.0), Unit::UsdBn), "$34,000 ± 1,500 bn");
        assert_eq!(with_error(&est(0.312_34, 0.309_34, 0.315_34), Unit::Share), "31.23 ± 0.30 %");
        assert_eq!(with_error(&est(-12.0, -13.1, -10.9), Unit::UsdBn), "-$12.0 ± 1.1 bn");
        assert_eq!(cell(&est(1.3412, 1.3213, 1.3611), Unit::Plain), "1.341 ± 0.020");
    }

    #[test]
    fn a_half_width_that_rounds_up_does_not_gain_a_digit() {
        assert_eq!(cell(&est(1.0, 1.0 - 0.0996, 1.0 + 0.0996), Unit::Plain), "1.00 ± 0.10");
        assert_eq!(cell(&est(1.0, 1.0 - 0.0994, 1.0 + 0.0994), Unit::Plain), "1.000 ± 0.099");
        assert_eq!(cell(&est(5000.0, 4004.0, 5996.0), Unit::Plain), "5,000 ± 1,000");
    }

    #[test]
    fn nothing_seen_is_not_nothing_possible() {
        assert_eq!(with_error(&est(0.0, 0.0, 3.69e-5), Unit::Share), "0 % (0 to 0.0037)");
        assert_eq!(with_error(&est(0.0, 0.0, 0.0), Unit::UsdBn), "$0 bn");
        // What every path agrees on but for rounding is known.
        assert_eq!(with_error(&est(10.0, 10.0, 10.000_000_000_001), Unit::UsdBn), "$10.0 bn");
        assert_eq!(exact(1234.5, Unit::UsdBn), "$1,234 bn");
        assert_eq!((exact(0.034_56, Unit::Share).as_str(), exact(0.05, Unit::Share).as_str()), ("3.46 %", "5 %"));
        assert_eq!((exact(64.0, Unit::UsdBn).as_str(), exact(100.0, Unit::UsdBn).as_str()), ("$64 bn", "$100 bn"));
    }

    #[test]
    fn in_tables_the_longer_side_stands_for_both() {
        assert_eq!(cell(&est(3402.37, 3350.2, 3460.8), Unit::UsdBn), "3,402 ± 58");
        assert_eq!(cell(&est(0.000_7, 0.000_1, 0.002_7), Unit::Share), "0.07 (0.01 to 0.27)");
    }

    #[test]
    fn what_is_not_finite_is_none_and_minus_zero_is_zero() {
        assert_eq!(with_error(&est(f64::NAN, 0.0, 1.0), Unit::UsdBn), "none");
        assert_eq!(with_error(&est(1.0, f64::NEG_INFINITY, 1.0), Unit::UsdBn), "none");
        assert_eq!(number(-0.001, 1), "0.0");
        assert_eq!(number(1_234_567.0, 0), "1,234,567");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn ratios_need_a_denominator_away_from_zero() {
        let e = |v: f64, se: f64| Estimate::normal(v, se).unwrap();
        assert!(ratio(&e(3.0, 0.1), &e(0.4, 0.1)).is_none());
        assert!(ratio(&e(3.0, 0.1), &e(-2.0, 0.1)).is_none());
        let r = ratio(&e(3.0, 0.03), &e(2.0, 0.02)).unwrap();
        assert!((r.value - 1.5).abs() < 1e-15 && (r.std_error - 0.03).abs() < 1e-15);
    }

    #[test]
    fn lists_read_as_lists() {
        let words: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        assert_eq!((list(&words), list(&words[..1]), list(&[])), ("a, b and c".into(), "a".into(), String::new()));
    }
}
