//! A sweep in words: what moves along the grid, where it breaks even, what cannot be paid for. No files.

use super::{Grid, Section, text};
use crate::analysis::Crossing;
use crate::analysis::sweep::{Input, Line, Measure, Number, Point, Sweep};
use crate::results::WorldName;
use crate::results::words::{self, Unit};
use crate::stats::Estimate;
use serde_json::json;

/// Most points in the table.
const MOST_POINTS: usize = 60;
/// Most break-even lines of a second input that are said.
const MOST_LINES: usize = 60;

/// The sections: what moves, where it breaks even, how good the numbers are.
pub fn sections(s: &Sweep) -> Vec<Section> {
    vec![moves(s), break_even(s), accuracy(s)]
}

/// The whole for a terminal, about 100 columns wide.
pub fn summary(s: &Sweep) -> String {
    text::render("compare", &sections(s), text::WIDTH)
}

fn shown(s: &Sweep) -> Vec<Measure> {
    let plain = [Measure::MeanNetLoss, Measure::Es99NetLoss, Measure::Amplification, Measure::Defaults];
    plain.into_iter().chain(s.mover.map(Measure::Default)).collect()
}

/// A value of an input as it would be written.
fn value(v: f64) -> String {
    words::exact(v, Unit::Plain)
}

fn axis(input: &Input) -> String {
    let (low, high) = (input.values.first().copied().unwrap_or(0.0), input.values.last().copied().unwrap_or(0.0));
    let what = if input.is_deal { format!("the size of {}, as a multiple,", input.name) } else { input.name.clone() };
    let steps = if input.is_log { "values, evenly spaced in logarithms" } else { "evenly spaced values" };
    let base = match (input.base, input.is_drawn) {
        (Some(b), true) => format!(" (as written: drawn on each path, with {} as its centre)", value(b)),
        (Some(b), false) => format!(" (as written: {})", value(b)),
        (None, _) => " (as written: no one value)".into(),
    };
    format!("{what} from {} to {} in {} {steps}{base}", value(low), value(high), input.values.len())
}

fn moves(s: &Sweep) -> Section {
    let inputs: Vec<String> = s.inputs.iter().map(axis).collect();
    let mut statements = vec![format!("Varied: {}; every point on the same paths, in {}.", inputs.join("; "), super::world(WorldName::W0))];
    if s.inputs.len() == 1 {
        statements.extend(shown(s).into_iter().filter_map(|m| end_to_end(s, m)));
    }
    if s.mover.is_none() {
        statements.push("No firm's probability of default moves beyond the error.".into());
    }
    statements.extend(short(s));
    let tables = vec![table(s)];
    Section {
        id: "sweep",
        heading: format!("{} varied", s.inputs.iter().map(|i| i.name.as_str()).collect::<Vec<_>>().join(" and ")),
        statements,
        tables,
        numbers: json!(s.points),
        figures: &[],
    }
}

/// From the first to the last point whose plan can be paid for.
fn end_to_end(s: &Sweep, m: Measure) -> Option<String> {
    let mut known = s.points.iter().filter_map(|p| Some((p.at[0], p.numbers.iter().find(|n| n.measure == m)?.value?)));
    let ((x, a), (y, b)) = (known.next()?, known.next_back()?);
    let u = words::measure_unit(m);
    let (from, to) = (words::with_error(&a, u), words::with_error(&b, u));
    let name = words::measure(m, &s.firms);
    if a.high < b.low || b.high < a.low {
        let way = if b.value > a.value { "rises" } else { "falls" };
        return Some(format!("The {name} {way} from {from} at {} to {to} at {}.", value(x), value(y)));
    }
    let mut changes = s.points.iter().filter_map(|p| p.numbers.iter().find(|n| n.measure == m)?.change);
    let (first, last) = (changes.next()?, changes.next_back()?);
    let said =
        |e: &Estimate| words::with_error(e, u).replace('%', "points") + if e.is_told_from_zero() { "" } else { ", not told from zero," };
    Some(format!(
        "Relative to the scenario as written, in {}, with the same shocks, the {name} changes by {} at {} and by {} at {}.",
        super::world(WorldName::W0),
        said(&first),
        value(x),
        said(&last),
        value(y)
    ))
}

fn short(s: &Sweep) -> Option<String> {
    let list: Vec<&Point> = s.points.iter().filter(|p| p.short.is_some()).collect();
    let worst = list.iter().filter_map(|p| p.short.as_ref().map(|g| (p, g))).max_by(|a, b| a.1.usd_bn.total_cmp(&b.1.usd_bn))?;
    let at: Vec<String> = worst.0.at.iter().map(|v| value(*v)).collect();
    Some(format!(
        "At {} of {} the no-shock plan cannot be paid for, so that nothing was simulated there; the largest gap is {} of {}, at {}.",
        words::count(list.len() as u64),
        words::plural(s.points.len() as u64, "point", "points"),
        words::exact(worst.1.usd_bn, Unit::UsdBn),
        s.firms[worst.1.firm],
        at.join(" and ")
    ))
}

fn table(s: &Sweep) -> Grid {
    let measures = shown(s);
    let cell = |n: Option<&Number>, of: fn(&Number) -> Option<Estimate>, m| {
        n.and_then(of).map_or("–".into(), |e| words::cell(&e, words::measure_unit(m)))
    };
    let cells = |numbers: &[Number]| -> Vec<String> {
        let found = |m| numbers.iter().find(|n| n.measure == m);
        let values = measures.iter().map(|&m| cell(found(m), |n| n.value, m));
        values.chain([cell(found(Measure::MeanNetLoss), |n| n.change, Measure::MeanNetLoss)]).collect()
    };
    let row = |p: &Point| {
        let at: Vec<String> = p.at.iter().map(|v| value(*v)).collect();
        let rest = if p.short.is_some() {
            std::iter::once("plan not paid for".to_string()).chain(measures.iter().map(|_| "–".into())).collect()
        } else {
            cells(&p.numbers)
        };
        [at, rest].concat()
    };
    let written = [vec!["as written".to_string()], vec![String::new(); s.inputs.len() - 1], cells(&s.base)].concat();
    let heads = measures.iter().map(|&m| match m {
        Measure::MeanNetLoss => "Net loss".to_string(),
        Measure::Es99NetLoss => "ES 99 %".into(),
        Measure::Amplification => "Amplified, bust".into(),
        Measure::Defaults => "Defaults".into(),
        Measure::CreditLoss => "Creditors".into(),
        Measure::Default(i) => format!("{} fails, %", s.firms[i]),
    });
    let first = s.inputs.iter().map(|i| i.name.rsplit('.').next().unwrap_or(&i.name).replace('_', " "));
    let header = first.chain(heads).chain(["Change of net loss".to_string()]).collect();
    let left_out = if s.points.len() > MOST_POINTS {
        format!("; the first {MOST_POINTS} of {} points, all in sweep.csv", s.points.len())
    } else {
        String::new()
    };
    let caption =
        format!("Measures in W0, USD bn (amplification: W0 over W2; defaults: firms); the change is paired on the same paths{left_out}");
    Grid { caption, header, rows: std::iter::once(written).chain(s.points.iter().take(MOST_POINTS).map(row)).collect() }
}

/// What is asked of a line, as a sentence's subject.
fn subject(s: &Sweep, l: &Line) -> String {
    let name = words::measure(l.measure, &s.firms);
    let where_ = l.second.map_or(String::new(), |v| format!(", with {} at {}", s.inputs[1].name, value(v)));
    match l.level {
        Some(x) => format!("the {name} is {}{where_}", words::exact(x, words::measure_unit(l.measure))),
        None => format!("the {name} is that of the scenario as written{where_}"),
    }
}

fn met(s: &Sweep, c: &Crossing) -> String {
    let end = |v: Option<f64>, open: &str| v.map_or(open.to_string(), value);
    let interval = match (c.low, c.high) {
        (None, None) => "no point of the range is told from it on either side".to_string(),
        (low, high) => format!("95 % band from {} to {}", end(low, "below the range"), end(high, "above the range")),
    };
    let is_base = s.inputs[0].base.is_some_and(|b| !s.inputs[0].is_drawn && (b - c.at).abs() <= 1e-9 * b.abs().max(1.0));
    if is_base {
        return format!("{}, which is the scenario as written", value(c.at));
    }
    format!("{} ({interval}, {})", value(c.at), if c.is_rising { "rising" } else { "falling" })
}

fn sentence(s: &Sweep, l: &Line) -> String {
    let subject = subject(s, l);
    match (&l.crossings[..], l.side) {
        ([], Some((is_above, is_clear))) => {
            let way = if is_above { "above" } else { "below" };
            let told = if is_clear { "at every point, beyond the error" } else { "at every point, though not everywhere beyond the error" };
            format!("No crossing in the range for: {subject}; it stays {way} {told}.")
        }
        ([], None) => format!("No crossing in the range for: {subject}; it is so at every point, or known at none."),
        (list, _) => format!(
            "{} where {} is {}.",
            words::capital(&subject),
            s.inputs[0].name,
            words::list(&list.iter().map(|c| met(s, c)).collect::<Vec<_>>())
        ),
    }
}

fn break_even(s: &Sweep) -> Section {
    let mut statements: Vec<String> = s.lines.iter().take(MOST_LINES).map(|l| sentence(s, l)).collect();
    if s.lines.len() > MOST_LINES {
        statements.push(format!("{} more are in sweep.json.", s.lines.len() - MOST_LINES));
    }
    statements.push("Between neighbouring points values are interpolated in a straight line; a band ends where the edge of the 95 % intervals meets the level.".into());
    Section { id: "break_even", heading: "Where it breaks even".into(), statements, tables: vec![], numbers: json!(s.lines), figures: &[] }
}

fn accuracy(s: &Sweep) -> Section {
    let said = format!(
        "{}, seed {}, the same at every point and in the scenario as written; they count as much as {} equally weighted ones. After ± stands the 95 % interval: the \
         simulation's error, not that of the assumptions.",
        words::plural(s.paths, "path", "paths"),
        s.seed,
        words::count(s.effective_paths.round() as u64),
    );
    super::accuracy_of(said, s.paths, s.failed_solves)
}
