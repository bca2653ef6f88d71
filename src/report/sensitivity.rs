//! A sensitivity analysis in words: what matters, with whom, how much more than chance, and the hazard at which a loss breaks even. No files.

use super::{Grid, Section, text};
use crate::analysis::sensitivity::{Output, Screened, Sensitivity, Share, Swing, Together, TwoLevels};
use crate::results::words::{self, Unit};
use crate::stats::student_t_quantile;
use serde_json::json;

/// Most inputs in a table.
const MOST: usize = 10;
/// Paths of a usual run, with whose Monte Carlo error the uncertainty of the inputs is compared.
const USUAL_PATHS: u64 = 100_000;

/// The sections: what matters, with whom, how much more than chance, the hazard.
pub fn sections(s: &Sensitivity) -> Vec<Section> {
    [Some(matters(s)), shares(s), Some(levels(s)), hazard(s), Some(accuracy(s))].into_iter().flatten().collect()
}

/// The whole for a terminal, about 100 columns wide.
pub fn summary(s: &Sensitivity) -> String {
    text::render("sensitivity", &sections(s), text::WIDTH)
}

fn output(s: &Sensitivity, o: Output) -> String {
    words::output(o, &s.firms)
}

/// "1" or "2–5".
fn rank((high, low): (usize, usize)) -> String {
    if high == low { high.to_string() } else { format!("{high}–{low}") }
}

/// The inputs screened for an output, the one that matters most first.
fn ranked(s: &Sensitivity, o: Output) -> Vec<&Screened> {
    let mut found: Vec<&Screened> = s.screened.iter().filter(|x| x.output == o).collect();
    found.sort_by(|a, b| b.effects.mean_absolute.value.total_cmp(&a.effects.mean_absolute.value));
    found
}

/// Names of the inputs that may be the first: whose ranks begin at 1.
fn first_names(s: &Sensitivity, list: &[&Screened]) -> Vec<String> {
    list.iter().filter(|x| x.rank.0 == 1).map(|x| s.inputs[x.input].name.clone()).collect()
}

/// Which input matters most for an output, as far as the intervals tell.
fn first(s: &Sensitivity, o: Output) -> String {
    let list = ranked(s, o);
    let told = list.iter().filter(|x| x.is_told_from_noise()).count();
    let Some(top) = list.first().filter(|x| x.is_told_from_noise()) else {
        return format!("For {} no input is told from Monte Carlo error.", output(s, o));
    };
    let e = &top.effects;
    let size = words::with_error(&e.mean_absolute, Unit::of_output(o));
    match &first_names(s, &list)[..] {
        [one] => format!(
            "For {} {one} matters most: going from its 5 % to its 95 % level {} it by {size}, on average over what the other inputs may be. {told} of {} inputs are told \
             from Monte Carlo error.",
            output(s, o),
            direction(e),
            list.len()
        ),
        several => format!(
            "For {} the intervals do not tell which of {} matters most ({} moves it by {size} on average).",
            output(s, o),
            if several.len() > 4 { format!("{} inputs", several.len()) } else { words::list(several) },
            s.inputs[top.input].name
        ),
    }
}

/// Which way it goes, where the interval says so.
fn direction(e: &crate::stats::morris::Effects) -> &'static str {
    if e.mean.low > 0.0 {
        "raises"
    } else if e.mean.high < 0.0 {
        "lowers"
    } else {
        "moves, one way or the other,"
    }
}

fn swing_of(s: &Sensitivity, input: usize, o: Output) -> Option<&Swing> {
    s.swings.iter().find(|w| w.input == input && w.output == o)
}

fn matters(s: &Sensitivity) -> Section {
    let of = s.effort.of;
    let others = [Output::ShortfallNet95, Output::Amplification, Output::Defaults].into_iter().filter(|o| *o != of);
    let statements: Vec<String> = std::iter::once(of).chain(others).map(|o| first(s, o)).collect();
    let list = ranked(s, of);
    let value = |v: f64| words::exact(v, Unit::Plain);
    let u = Unit::of_output(of);
    let measured = match u {
        Unit::UsdBn => "USD bn",
        Unit::Share => "points",
        Unit::Plain => "plain numbers",
    };
    let shown: Vec<&Screened> = list.iter().filter(|x| x.is_told_from_noise()).take(MOST).copied().collect();
    let screened = |x: &&Screened| {
        let i = &s.inputs[x.input];
        let range = format!("{} to {}", value(i.values[0]), value(i.values[2]));
        vec![i.name.clone(), range, rank(x.rank), words::cell(&x.effects.mean_absolute, u), words::cell(&x.effects.spread, u)]
    };
    let alone = |x: &&Screened| {
        let swing = swing_of(s, x.input, of)?;
        Some(vec![s.inputs[x.input].name.clone(), words::cell(&swing.low, u), words::cell(&swing.high, u)])
    };
    let tables = vec![
        Grid {
            caption: format!(
                "Inputs that matter for {}, {measured}: rank that the intervals support, mean absolute effect μ* and spread σ of the effects (Morris), from the 5 % to the \
                 95 % level",
                output(s, of)
            ),
            header: ["Input", "From … to", "Rank", "μ*", "σ"].map(String::from).to_vec(),
            rows: shown.iter().map(screened).collect(),
        },
        Grid {
            caption: format!("The same inputs one at a time, all others at their centres: change, {measured}"),
            header: ["Input", "At its 5 % level", "At its 95 % level"].map(String::from).to_vec(),
            rows: shown.iter().filter_map(alone).collect(),
        },
    ];
    Section { id: "inputs", heading: "Which unknown matters".into(), statements, tables, numbers: json!(list), figures: &["tornado"] }
}

/// Pairs whose share is told from zero when as many are looked at as there are.
fn told<'a>(pairs: &[&'a Together], rows: usize) -> Vec<&'a Together> {
    let each = 1.0 - 0.025 / pairs.len().max(1) as f64;
    let t = student_t_quantile(rows as f64 - 1.0, each).unwrap_or(f64::INFINITY);
    pairs.iter().filter(|p| p.share.value > t * p.share.std_error).copied().collect()
}

fn shares(s: &Sensitivity) -> Option<Section> {
    let of = s.effort.of;
    let list: Vec<&Share> = s.shares.iter().filter(|x| x.output == of).collect();
    let pairs: Vec<&Together> = s.together.iter().filter(|x| x.output == of).collect();
    if list.is_empty() {
        return None;
    }
    let alone = s.alone.iter().find(|x| x.0 == of)?.1;
    let mut statements = vec![format!(
        "With these {} moving and all others at their centres, what each makes alone adds up to {} of the variance of {}; the rest they make together.",
        words::plural(list.len() as u64, "input", "inputs"),
        words::with_error(&alone, Unit::Share),
        output(s, of)
    )];
    let name = |i: usize| s.inputs[i].name.as_str();
    let together: Vec<String> = told(&pairs, s.effort.rows)
        .iter()
        .map(|p| format!("{} with {} ({})", name(p.inputs.0), name(p.inputs.1), words::with_error(&p.share, Unit::Share)))
        .collect();
    statements.push(if together.is_empty() {
        format!(
            "No pair of them is told from zero (of {}, allowing for so many looks).",
            words::plural(pairs.len() as u64, "pair", "pairs")
        )
    } else {
        format!("Pairs that make a share together beyond what each makes alone: {}.", words::list(&together))
    });
    let line = |x: &&Share| vec![name(x.input).to_string(), words::cell(&x.alone, Unit::Share), words::cell(&x.total, Unit::Share)];
    let table = Grid {
        caption: format!(
            "Shares of the variance of {}, % (Sobol' indices; intervals by the jackknife over {} rows)",
            output(s, of),
            s.effort.rows
        ),
        header: ["Input", "Alone (first order)", "Taking part (total)"].map(String::from).to_vec(),
        rows: list.iter().map(line).collect(),
    };
    Some(Section {
        id: "shares",
        heading: "Alone or together".into(),
        statements,
        tables: vec![table],
        numbers: json!({ "shares": list, "together": pairs }),
        figures: &["variance-shares"],
    })
}

fn levels(s: &Sensitivity) -> Section {
    let times = |l: &TwoLevels| l.times_monte_carlo(s.effort.draw_paths, USUAL_PATHS);
    let of = s.levels.iter().find(|l| l.output == s.effort.of);
    let statement = |l: &TwoLevels| {
        let times = times(l).map_or("is all there is: chance makes nothing".to_string(), |t| {
            format!("is {} times the Monte Carlo error of a run of {} paths", words::with_error(&t, Unit::Plain), words::count(USUAL_PATHS))
        });
        format!(
            "Not knowing the inputs moves {} by a standard deviation of {}: this {times}. Nine tenths of {} draws of all inputs lie between {} and {}. More paths do not help; \
             better numbers do.",
            output(s, l.output),
            words::with_error(&l.parameter_sd, Unit::of_output(l.output)),
            words::count(s.effort.draws as u64),
            words::exact(l.middle_ninety.0, Unit::of_output(l.output)),
            words::exact(l.middle_ninety.1, Unit::of_output(l.output)),
        )
    };
    let clear = |l: &&TwoLevels| l.mean.low > 0.0 && l.parameter_sd.low > 0.0;
    let line = |l: &TwoLevels| {
        let u = Unit::of_output(l.output);
        let percent = if u == Unit::Share { ", %" } else { "" };
        vec![
            words::short_output(l.output, &s.firms) + percent,
            words::cell(&l.mean, u),
            words::cell(&l.parameter_sd, u),
            times(l).map_or("–".into(), |t| words::cell(&t, Unit::Plain)),
            format!("{} to {}", words::exact(l.middle_ninety.0, u), words::exact(l.middle_ninety.1, u)),
        ]
    };
    let table = Grid {
        caption: format!(
            "Two levels: {} draws of all inputs, each with {} paths of its own; standard deviation that the inputs make, Monte Carlo error taken off",
            words::count(s.effort.draws as u64),
            words::count(s.effort.draw_paths)
        ),
        header: ["Output", "Mean", "SD by inputs", "Times Monte Carlo error", "Middle 90 % of draws"].map(String::from).to_vec(),
        rows: s.levels.iter().filter(clear).take(MOST + 4).map(line).collect(),
    };
    Section {
        id: "levels",
        heading: "The unknown against chance".into(),
        statements: of.map(statement).into_iter().collect(),
        tables: vec![table],
        numbers: json!(s.levels),
        figures: &[],
    }
}

fn hazard(s: &Sensitivity) -> Option<Section> {
    let h = s.hazard.as_ref()?;
    let per_year = |q: f64| 1.0 - (1.0 - q).powi(4);
    let even = |b: &crate::analysis::sensitivity::BreakEven| {
        let loss = words::exact(b.loss_usd_bn, Unit::UsdBn);
        match &b.per_quarter {
            Some(e) => format!(
                "A net loss above {loss} has a chance of one in twenty where a boom turns to bust with {} a quarter ({} a year).",
                words::with_error(e, Unit::Share),
                words::exact(per_year(e.value), Unit::Share)
            ),
            None if b.is_always_likelier => format!("A net loss above {loss} is likelier than one in twenty at every hazard tried."),
            None => format!("A net loss above {loss} is less likely than one in twenty at every hazard tried, up to 25 % a quarter."),
        }
    };
    let mut statements = vec![format!(
        "Nothing in the data identifies how likely a bust is; the scenario's own hazard is centred at {} a quarter.",
        words::exact(h.own_per_quarter, Unit::Share)
    )];
    statements.extend(h.break_evens.iter().map(even));
    let line = |b: &crate::analysis::sensitivity::BreakEven| {
        let at = |p: &crate::analysis::sensitivity::HazardPoint, k: usize| words::cell(&p.chances[k], Unit::Share);
        let k = h.break_evens.iter().position(|x| std::ptr::eq(x, b)).unwrap_or(0);
        let wanted = [0.01, 0.03, 0.05, 0.10];
        let tried = wanted.iter().filter_map(|w| h.points.iter().find(|p| p.per_quarter == *w)).map(|p| at(p, k));
        [vec![words::exact(b.loss_usd_bn, Unit::Plain), words::cell(&b.own, Unit::Share)], tried.collect()].concat()
    };
    let table = Grid {
        caption: "Chance, %, that the system's net loss against plan (W0, by the horizon) exceeds a loss, by the hazard of a bust a quarter; all else as the scenario draws it"
            .into(),
        header: ["Loss, USD bn", "Own hazard", "1 %", "3 %", "5 %", "10 %"].map(String::from).to_vec(),
        rows: h.break_evens.iter().map(line).collect(),
    };
    Some(Section {
        id: "hazard",
        heading: "How likely a bust must be".into(),
        statements,
        tables: vec![table],
        numbers: json!(h),
        figures: &["hazard"],
    })
}

fn accuracy(s: &Sensitivity) -> Section {
    let (points, unpayable) = s.points;
    let mut said = format!(
        "{} points of {} to {} paths, seed {}; points share their paths, so that differences between them are the inputs' alone, except over the two levels. After ± stands \
         the 95 % interval of the simulation. {} of the {} inputs are distributions of the scenario, the others judged numbers that it gives as one value (docs/methods.md, \
         section 13): ranges are as uncertain as what they bound.",
        words::count(points),
        words::count(s.effort.paths),
        words::count(4 * s.effort.paths),
        s.effort.seed,
        s.inputs.iter().filter(|i| i.range_from == crate::analysis::sensitivity::RangeFrom::Scenario).count(),
        s.inputs.len(),
    );
    if unpayable > 0 {
        said += &format!(
            " At {} the no-shock plan cannot be paid for in full; they are run all the same.",
            words::plural(unpayable, "point", "points")
        );
    }
    super::accuracy_of(said, s.effort.paths, s.failed_solves)
}
