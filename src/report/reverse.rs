//! A reverse stress test in words: how likely the condition is, the most likely way to it, what sets its paths apart, what fails first, FORM beside it. No files.

use super::{Grid, Section, text};
use crate::analysis::reverse::{Coordinate, FirstFailure, Form, Low, Reversal, Shift, Told};
use crate::results::reversed::{clause, coordinate, coordinate_phrase, firm, is_clear, mean, quarter, rank, value};
use crate::results::words::{self, Unit};
use crate::stats::{Estimate, NoFit};
use serde_json::json;

/// Most firms or deals in a table.
const MOST_FIRST: usize = 8;
/// Relative distance of FORM's probability from the simulated one up to which its limit state counts as a plane.
const NEAR: f64 = 0.1;
/// Most groups of drivers that a sentence names.
const MOST_GROUPS: usize = 3;
/// Part of the variance of the margin that the drivers must hold for agreement to say something.
const MOST_OPEN: f64 = 0.5;

/// The sections. `replay` is the command that replays a path, without the number.
pub fn sections(r: &Reversal, replay: &str) -> Vec<Section> {
    [Some(answer(r, replay)), differences(r), first(r), form(r), Some(accuracy(r))].into_iter().flatten().collect()
}

/// The whole for a terminal, about 100 columns wide.
pub fn summary(r: &Reversal, replay: &str) -> String {
    text::render("reverse", &sections(r, replay), text::WIDTH)
}

fn percent(x: f64) -> String {
    format!("{} %", words::number(100.0 * x, 0))
}

fn answer(r: &Reversal, replay: &str) -> Section {
    let mut statements = vec![probability(r, &clause(r))];
    if let Some(t) = &r.most_likely {
        statements.push(format!("Most likely so, if it happens: {}", story(r, t)));
        statements.push(format!("Replay it: {replay} {}", t.path));
    }
    if let Some(t) = r.least_bad.as_ref().filter(|t| r.most_likely.as_ref().is_none_or(|m| m.path != t.path)) {
        statements.push(format!("The least bad such path for the system: {}", story(r, t)));
        statements.push(format!("Replay it: {replay} {}", t.path));
    }
    let numbers =
        json!({ "condition": r.condition.text, "probability": r.probability, "most_likely": r.most_likely, "least_bad": r.least_bad });
    let heading = format!("What would have to happen: {}", r.condition.text);
    Section { id: "answer", heading, statements, tables: vec![], numbers, figures: &["reverse"] }
}

fn probability(r: &Reversal, what: &str) -> String {
    let paths = words::plural(r.paths, "path", "paths");
    let chosen = match r.plain_meeting {
        Some(n) if r.sampling != "plain" => format!(
            " Of as many plain paths only {} so, too few to describe; these were chosen by importance among 64 times as many, and each has its weight.",
            ended(n)
        ),
        Some(_) if r.meeting > 0 => " Paths chosen by importance showed it no more often, so that these are plain ones.".to_string(),
        Some(_) => " Nor did as many paths chosen by importance show it.".to_string(),
        None => String::new(),
    };
    if r.meeting == 0 {
        let most = words::exact(r.probability.high, Unit::Share);
        return format!(
            "Not seen on any of {paths} (W0, the full model): {what}. The upper bound of its probability is {most} (95 % interval).{chosen}"
        );
    }
    if r.meeting == r.paths {
        let least = words::exact(r.probability.low, Unit::Share);
        return format!(
            "On every one of {paths} (W0, the full model) {what}: nothing has to happen. The lower bound of its probability is {least} (95 % interval)."
        );
    }
    let chance = words::with_error(&r.probability, Unit::Share);
    format!("In {chance} of {paths} (W0, the full model) {what}.{chosen}")
}

fn ended(n: u64) -> String {
    if n == 1 { "1 ends".into() } else { format!("{} end", words::count(n)) }
}

/// What happens on a path: the drivers, then what fails, then what it costs.
fn story(r: &Reversal, t: &Told) -> String {
    let mut parts = vec![busts(r, t), sentiment(r, t)];
    let at = |low: &Low| quarter(r, low.quarter);
    parts.push(if t.demand.value > 0.0 {
        format!("demand falls {} under plan ({})", percent(t.demand.value), at(&t.demand))
    } else {
        "demand never falls under plan".into()
    });
    if t.compute_price.value < 0.995 {
        parts.push(format!("computing gets {} cheaper ({})", percent(1.0 - t.compute_price.value), at(&t.compute_price)));
    }
    let own = |(i, low): &(usize, Low)| {
        if low.value > 0.0 {
            format!("{} own revenue is {} under plan ({})", words::possessive(&firm(r, *i)), percent(low.value), at(low))
        } else {
            format!("{} own revenue is never under plan", words::possessive(&firm(r, *i)))
        }
    };
    let own: Vec<String> = t.own_revenue.iter().map(own).collect();
    parts.extend((!own.is_empty()).then(|| format!("apart from demand, {}", words::list(&own))));
    let uncertain = r.coordinates.iter().zip(&t.values).filter(|(s, _)| matches!(s.coordinate, Coordinate::Uncertain { .. }));
    parts.extend(uncertain.map(|(s, x)| format!("{} is {}", coordinate_phrase(r, s.coordinate), value(r, s.coordinate, *x))));
    format!("{}. {} {}", parts.join("; "), deals(r, t), failures(r, t))
}

fn busts(r: &Reversal, t: &Told) -> String {
    let one = |(from, length): &(usize, usize)| {
        let long = words::plural(*length as u64, "quarter", "quarters");
        let end = if *from + *length > r.last_quarter { format!(", to {} at least", quarter(r, r.last_quarter)) } else { String::new() };
        format!("begins in {} and lasts {long}{end}", quarter(r, *from))
    };
    match &t.busts[..] {
        [] => "no bust comes".into(),
        [only] => format!("a bust {}", one(only)),
        [first, more @ ..] => {
            let rest: Vec<String> = more.iter().map(|b| format!("another {}", one(b))).collect();
            format!("a bust {}, {}", one(first), words::list(&rest))
        }
    }
}

/// How low sentiment is, and what that does to a firm whose value moves one for one with it.
fn sentiment(r: &Reversal, t: &Told) -> String {
    let worth = 1.0 - t.sentiment.value.exp();
    let means =
        if worth > 0.005 { format!(", which alone takes {} off the value of a firm of beta 1", percent(worth)) } else { String::new() };
    format!("sentiment falls to {} ({}){means}", words::number(t.sentiment.value, 2), quarter(r, t.sentiment.quarter))
}

fn deals(r: &Reversal, t: &Told) -> String {
    let Some(q) = t.first_deal_quarter else { return "No deal fails.".into() };
    let shown: Vec<String> = t.first_deals.iter().take(3).cloned().collect();
    let more = t.first_deals.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let list = if more.is_empty() { words::list(&shown) } else { shown.join(", ") };
    let noun = if t.first_deals.len() == 1 { "The first deal to fail is" } else { "The first deals to fail are" };
    format!("{noun} {list}{more} ({}).", quarter(r, q))
}

fn failures(r: &Reversal, t: &Told) -> String {
    let list: Vec<String> = t.failures.iter().map(|(i, q)| format!("{} ({})", firm(r, *i), quarter(r, *q))).collect();
    let failed = match &list[..] {
        [] => "No firm fails".to_string(),
        [one] => format!("One firm fails: {one}"),
        more => format!("Firms fail in this order: {}", more.join(", ")),
    };
    let loss = t.net_loss_usd_bn;
    let system = if loss >= 0.0 { "loses" } else { "gains" };
    format!("{failed}. Against plan the system {system} {}.", words::exact(loss.abs(), Unit::UsdBn))
}

/// Which coordinates set the paths apart most, those that their intervals do not tell apart together.
fn apart(r: &Reversal) -> String {
    let mut groups: Vec<Vec<&Shift>> = Vec::new();
    for s in r.coordinates.iter().filter(|s| is_clear(s)) {
        match groups.last_mut().filter(|g| s.ranks.0 <= g[0].ranks.1 && g[0].ranks.0 < g[0].ranks.1) {
            Some(group) => group.push(s),
            None => groups.push(vec![s]),
        }
    }
    let phrase = |s: &&Shift| {
        let size = s.shift.map_or(String::new(), |e| words::cell(&e, Unit::Plain));
        format!("{} ({size} s.d.)", coordinate_phrase(r, s.coordinate))
    };
    let told = |group: &Vec<&Shift>| {
        let names = words::list(&group.iter().map(phrase).collect::<Vec<_>>());
        if group.len() > 1 { format!("{names}, which are not told apart") } else { names }
    };
    let told: Vec<String> = groups.iter().take(MOST_GROUPS).map(told).collect();
    if told.is_empty() {
        return "No driver differs beyond the error between these paths and all paths.".into();
    }
    format!("What sets these paths apart most from all paths: {}.", told.join("; then "))
}

fn differences(r: &Reversal) -> Option<Section> {
    if r.coordinates.is_empty() || r.meeting == r.paths {
        return None;
    }
    let statements = vec![
        apart(r),
        "Own revenue is what is left beside demand: a firm's own shocks and jumps, the realism of its plan, the price of computing.".into(),
    ];
    let numbers = json!(r.coordinates);
    Some(Section {
        id: "drivers",
        heading: "What is different where it holds".into(),
        statements,
        tables: vec![shifts(r), places(r)],
        numbers,
        figures: &[],
    })
}

/// Means over all paths and where the condition holds.
fn shifts(r: &Reversal) -> Grid {
    let line = |s: &Shift| {
        let of = |e: &Option<Estimate>| e.as_ref().map_or("–".into(), |e| mean(s.coordinate, e));
        let shift = s.shift.map_or("–".into(), |e| words::cell(&e, Unit::Plain));
        let rank = if is_clear(s) { rank(s.ranks) } else { "not told from 0".into() };
        vec![coordinate(r, s.coordinate), of(&s.all.mean), of(&s.meeting.mean), shift, rank]
    };
    let (last, none) = (quarter(r, r.last_quarter), r.last_quarter + 1);
    let caption = format!(
        "Drivers up to {last}, W0: mean over all paths, mean where the condition holds (the mean failing shock), their difference in standard deviations over all paths. A          first bust that never comes counts as quarter {none}."
    );
    let header = ["Driver", "All paths", "Where it holds", "Shift, s.d.", "Rank"].map(String::from).to_vec();
    Grid { caption, header, rows: r.coordinates.iter().map(line).collect() }
}

/// The same drivers on single paths.
fn places(r: &Reversal) -> Grid {
    let place = |t: &Option<Told>, n: usize, s: &Shift| {
        let cell = |t: &Told| {
            Some(format!("{} (P{})", value(r, s.coordinate, *t.values.get(n)?), words::number(100.0 * t.percentiles.get(n)?, 0)))
        };
        t.as_ref().and_then(cell).unwrap_or_else(|| "–".into())
    };
    let line = |(n, s): (usize, &Shift)| {
        let form = s.form.map_or("–".into(), |x| value(r, s.coordinate, x));
        vec![coordinate(r, s.coordinate), place(&r.most_likely, n, s), place(&r.least_bad, n, s), form]
    };
    let number = |t: &Option<Told>| t.as_ref().map_or_else(String::new, |t| format!(" {}", t.path));
    let header = vec![
        "Driver".into(),
        format!("Most likely path{}", number(&r.most_likely)),
        format!("Least bad path{}", number(&r.least_bad)),
        "Design point of FORM".into(),
    ];
    let caption = "The same drivers on single paths, with their percentile among all paths".to_string();
    Grid { caption, header, rows: r.coordinates.iter().enumerate().map(line).collect() }
}

/// Name of what fails first.
fn first_name(r: &Reversal, f: &FirstFailure, is_firm: bool) -> String {
    match &f.what {
        Some(id) if is_firm => r.firms.iter().position(|x| x.0 == *id).map_or_else(|| id.clone(), |i| firm(r, i)),
        Some(id) => id.clone(),
        None if is_firm => "no firm".into(),
        None => "no deal".into(),
    }
}

fn first_table(r: &Reversal, what: &str, list: &[FirstFailure], is_firm: bool) -> Grid {
    let cell = |e: &Estimate| words::cell(e, Unit::Share);
    let line = |f: &FirstFailure| vec![first_name(r, f, is_firm), cell(&f.share), cell(&f.among_all), rank(f.ranks)];
    Grid {
        caption: format!("{what}; several may fail in the same quarter"),
        header: ["First to fail", "Where it holds, %", "All paths, %", "Rank"].map(String::from).to_vec(),
        rows: list.iter().take(MOST_FIRST).map(line).collect(),
    }
}

/// What fails first most often, as far as the intervals tell.
fn first_said(r: &Reversal, list: &[FirstFailure], is_firm: bool) -> Option<String> {
    let top: Vec<&FirstFailure> = list.iter().filter(|f| f.ranks.0 == 1).collect();
    let kind = if is_firm { "firm" } else { "deal" };
    let share = |f: &&FirstFailure| format!("{} ({})", first_name(r, f, is_firm), words::with_error(&f.share, Unit::Share));
    match &top[..] {
        [] => None,
        [one] => Some(format!(
            "The {kind} that most often fails first is {}; on all paths it is so on {}.",
            share(one),
            words::with_error(&one.among_all, Unit::Share)
        )),
        more => {
            let names: Vec<String> = more.iter().map(share).collect();
            Some(format!("The {kind}s that most often fail first, not told apart: {}.", words::list(&names)))
        }
    }
}

fn first(r: &Reversal) -> Option<Section> {
    let statements = [first_said(r, &r.first_firms, true), first_said(r, &r.first_deals, false)].into_iter().flatten().collect();
    let firms = "Firms that fail in the first quarter in which any does, share of the paths where the condition holds and of all paths";
    let deals = "Deals likewise: a purchase fails once more than 1 % of what was committed so far is unpaid, a tranche when it lapses";
    let tables = vec![first_table(r, firms, &r.first_firms, true), first_table(r, deals, &r.first_deals, false)];
    let numbers = json!({ "firms": r.first_firms, "deals": r.first_deals });
    (r.meeting > 0).then(|| Section { id: "first", heading: "What fails first".into(), statements, tables, numbers, figures: &[] })
}

fn form(r: &Reversal) -> Option<Section> {
    if r.meeting == 0 || r.meeting == r.paths {
        return None;
    }
    let statements = match (&r.form, r.no_form) {
        (Some(f), _) => told(r, f),
        (None, Some(NoFit::Separated)) => {
            vec!["FORM: the drivers tell every path that meets the condition from every other, so that no limit state can be fitted between them.".into()]
        }
        (None, _) => vec!["FORM: the limit state could not be fitted to these paths; there is no check.".into()],
    };
    Some(Section {
        id: "form",
        heading: "First-order reliability (FORM) as a check".into(),
        statements,
        tables: vec![],
        numbers: json!(r.form),
        figures: &[],
    })
}

fn told(r: &Reversal, f: &Form) -> Vec<String> {
    let (simulated, found) = (r.probability.value, f.design.probability);
    let is_near = (found / simulated - 1.0).abs() <= NEAR || r.probability.contains(found);
    let is_held = f.explained >= MOST_OPEN;
    let meaning = match (is_near, is_held) {
        (true, true) => "They agree: the limit state is nearly a plane in these drivers, and FORM's design point may be quoted.",
        (true, false) => "They agree, but the drivers hold too little for that to say much: what decides is elsewhere.",
        (false, _) => {
            "They disagree: the limit state is not a plane in these drivers, or the drivers are not jointly normal. Do not lean on FORM's design point; the paths above are \
             simulated and do not need it."
        }
    };
    let side = if f.design.beta < 0.0 { " The middle of all paths meets the condition, so that β is negative." } else { "" };
    vec![
        format!(
            "FORM puts the limit state {} standard deviations from the middle of all paths (β), and so the probability at {}; simulated are {}.{side} {meaning}",
            words::number(f.design.beta, 2),
            words::exact(found, Unit::Share),
            words::with_error(&r.probability, Unit::Share),
        ),
        format!(
            "The drivers above hold {} of the variance of the fitted margin. The rest is what they do not say: the quarter in which things happen, other firms' own shocks, \
             deals, other uncertain numbers.",
            percent(f.explained)
        ),
    ]
}

fn accuracy(r: &Reversal) -> Section {
    let (paths, met) = (words::plural(r.paths, "path", "paths"), words::plural(r.meeting, "path meets", "paths meet"));
    let whole = |x: f64| words::count(x.round() as u64);
    let sample = if r.sampling == "plain" {
        format!("{paths}, seed {}. {met} the condition.", r.seed)
    } else {
        format!(
            "{paths}, seed {}, {} sampling; they count as much as {} equally weighted ones. {met} the condition, as much as {} equally weighted ones.",
            r.seed,
            r.sampling,
            whole(r.effective_paths),
            whole(r.effective_meeting)
        )
    };
    let how = if r.meeting > 0 {
        " The most likely path is the one of these whose drivers v are the most likely given the condition: the largest φ(v) Φ(a + b·v) in normal scores, with the fit that FORM \
         uses."
    } else {
        ""
    };
    let quarters = words::plural(r.quarters.len() as u64, "quarter", "quarters");
    let said = format!(
        "{sample} After ± stands the 95 % interval of the simulation, not of the assumptions. Losses are net against plan in W0 over {quarters}.{how}"
    );
    super::accuracy_of(said, r.paths, r.failed_solves)
}
