//! A reverse stress test in words: how likely the condition is, the most likely way to it, what sets its paths apart, what fails first, FORM beside it. No files.

use super::{Grid, Section, text};
use crate::analysis::reverse::{Coordinate, FirstFailure, Form, Reversal, Shift, Told};
use crate::results::reversed::{clause, coordinate, coordinate_phrase, firm, is_clear, mean, quarter, rank, value};
use crate::results::words::{self, Unit};
use crate::stats::NoFit;
use serde_json::json;

/// Most firms or deals in a table.
const MOST_FIRST: usize = 8;
/// Relative distance of FORM's probability from the simulated one up to which its limit state counts as a plane.
const NEAR: f64 = 0.1;

/// The sections. `replay` is the command that replays a path, without the number.
pub fn sections(r: &Reversal, replay: &str) -> Vec<Section> {
    [Some(answer(r, replay)), differences(r), first(r), form(r), Some(accuracy(r))].into_iter().flatten().collect()
}

/// The whole for a terminal, about 100 columns wide.
pub fn summary(r: &Reversal, replay: &str) -> String {
    text::render("reverse", &sections(r, replay))
}

fn percent(x: f64) -> String {
    format!("{} %", words::number(100.0 * x, 0))
}

fn answer(r: &Reversal, replay: &str) -> Section {
    let what = clause(r);
    let mut statements = vec![probability(r, &what)];
    if let Some(t) = &r.most_likely {
        statements.push(format!("Most likely so, if it happens: {}", story(r, t)));
        statements.push(format!("Replay it: {replay} {}", t.path));
    }
    if let Some(t) = r.least_bad.as_ref().filter(|t| r.most_likely.as_ref().is_none_or(|m| m.path != t.path)) {
        let size = if t.net_loss_usd_bn > 0.0 { "loses least" } else { "gains most" };
        statements.push(format!("Even so on the path on which the system {size}: {}", story(r, t)));
        statements.push(format!("Replay it: {replay} {}", t.path));
    }
    let numbers =
        json!({ "condition": r.condition.text, "probability": r.probability, "most_likely": r.most_likely, "least_bad": r.least_bad });
    Section {
        id: "answer",
        heading: format!("What would have to happen: {}", r.condition.text),
        statements,
        tables: vec![],
        numbers,
        figures: &["reverse"],
    }
}

fn probability(r: &Reversal, what: &str) -> String {
    let paths = words::plural(r.paths, "path", "paths");
    let rare = match r.plain_meeting {
        Some(n) => format!(" Of as many plain paths only {} so, too few to describe; {}", met(n), which(r)),
        None => String::new(),
    };
    if r.meeting == 0 {
        let most = words::exact(r.probability.high, Unit::Share);
        return format!(
            "On no path of {paths} (W0, the full model) it is so that {what}: its probability is at most {most}, with 97.5 % confidence.{rare}"
        );
    }
    if r.meeting == r.paths {
        let least = words::exact(r.probability.low, Unit::Share);
        return format!(
            "On every one of {paths} (W0, the full model) {what}: nothing has to happen. The probability is at least {least}.{rare}"
        );
    }
    let chance = words::with_error(&r.probability, Unit::Share);
    format!("In {chance} of {paths} (W0, the full model) {what}.{rare}")
}

fn met(n: u64) -> String {
    if n == 1 { "1 ends".into() } else { format!("{} end", words::count(n)) }
}

fn which(r: &Reversal) -> &'static str {
    if r.sampling == "plain" {
        "paths chosen by importance showed no more, and the plain ones are told."
    } else {
        "these paths were chosen by importance among 64 times as many, each with its weight."
    }
}

/// What happens on a path, as one sentence or two.
fn story(r: &Reversal, t: &Told) -> String {
    let mut parts = vec![busts(r, t), sentiment(r, t)];
    parts.push(if t.demand.value > 0.0 {
        format!("demand is {} under plan at its lowest, in {}", percent(t.demand.value), quarter(r, t.demand.quarter))
    } else {
        "demand never falls under plan".into()
    });
    if t.compute_price.value < 0.995 {
        parts.push(format!("computing gets {} cheaper by {}", percent(1.0 - t.compute_price.value), quarter(r, t.compute_price.quarter)));
    }
    parts.extend(t.own_revenue.iter().map(|(i, low)| {
        if low.value > 0.0 {
            format!("{}'s own revenue is {} under plan at its lowest, in {}", firm(r, *i), percent(low.value), quarter(r, low.quarter))
        } else {
            format!("{}'s own revenue stays above plan", firm(r, *i))
        }
    }));
    format!("{}. {} {}", parts.join("; "), deals(r, t), failures(r, t))
}

fn busts(r: &Reversal, t: &Told) -> String {
    let one = |(from, length): &(usize, usize)| {
        let to_end = *from + *length > r.last_quarter;
        let long = words::plural(*length as u64, "quarter", "quarters");
        let end = if to_end { " to the end" } else { "" };
        format!("begins in {} and lasts {long}{end}", quarter(r, *from))
    };
    match &t.busts[..] {
        [] => "no bust comes".into(),
        [only] => format!("a bust {}", one(only)),
        more => format!("{} busts come: one {}", more.len(), more.iter().map(one).collect::<Vec<_>>().join(", one ")),
    }
}

/// How low sentiment is, and what that does to a firm whose value moves one for one with it.
fn sentiment(r: &Reversal, t: &Told) -> String {
    let worth = 1.0 - t.sentiment.value.exp();
    let means =
        if worth > 0.005 { format!(", which alone takes {} off the value of a firm of beta 1", percent(worth)) } else { String::new() };
    format!("sentiment is {} at its lowest, in {}{means}", words::number(t.sentiment.value, 2), quarter(r, t.sentiment.quarter))
}

fn deals(r: &Reversal, t: &Told) -> String {
    let Some(q) = t.first_deal_quarter else { return "No deal fails.".into() };
    let shown: Vec<String> = t.first_deals.iter().take(3).cloned().collect();
    let more = t.first_deals.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" with {more} more") } else { String::new() };
    let noun = if t.first_deals.len() == 1 { "The first deal to fail is" } else { "The first deals to fail are" };
    format!("{noun} {}{more}, in {}.", words::list(&shown), quarter(r, q))
}

fn failures(r: &Reversal, t: &Told) -> String {
    let list: Vec<String> = t.failures.iter().map(|(i, q)| format!("{} in {}", firm(r, *i), quarter(r, *q))).collect();
    let failed = if list.is_empty() { "No firm fails".to_string() } else { format!("Firms that fail: {}", words::list(&list)) };
    let loss = t.net_loss_usd_bn;
    let system = if loss >= 0.0 { "loses" } else { "gains" };
    format!("{failed}. The system {system} {} against plan.", words::exact(loss.abs(), Unit::UsdBn))
}

/// Which coordinates set the paths apart most, as far as their intervals tell.
fn apart(r: &Reversal) -> String {
    let clear: Vec<&Shift> = r.coordinates.iter().filter(|s| is_clear(s)).collect();
    let size = |s: &Shift| s.shift.map_or(String::new(), |e| words::cell(&e, Unit::Plain));
    let phrase = |s: &&Shift| format!("{} ({} s.d.)", coordinate_phrase(r, s.coordinate), size(s));
    let (top, rest): (Vec<&Shift>, Vec<&Shift>) = clear.iter().partition(|s| s.ranks.0 == 1);
    match &top[..] {
        [] => "No coordinate differs beyond the error between these paths and all paths.".into(),
        [one] => {
            let next: Vec<String> = rest.iter().take(2).map(phrase).collect();
            let told = rest.first().is_some_and(|a| rest.iter().skip(1).take(1).any(|b| b.ranks.0 <= a.ranks.1 && a.ranks.1 > a.ranks.0));
            let order = if told { " (their order is not told apart)" } else { "" };
            let next = if next.is_empty() { String::new() } else { format!(", then {}{order}", words::list(&next)) };
            format!("What sets these paths apart most from all paths: {}{next}.", phrase(one))
        }
        more => {
            let list: Vec<String> = more.iter().map(phrase).collect();
            format!("What sets these paths apart most from all paths, not told apart by size: {}.", words::list(&list))
        }
    }
}

fn differences(r: &Reversal) -> Option<Section> {
    if r.coordinates.is_empty() || r.meeting == r.paths {
        return None;
    }
    let place = |t: &Option<Told>, n: usize, c: Coordinate| {
        let cell = |t: &Told| Some(format!("{} (P{})", value(r, c, *t.values.get(n)?), words::number(100.0 * t.percentiles.get(n)?, 0)));
        t.as_ref().and_then(cell).unwrap_or_else(|| "–".into())
    };
    let line = |(n, s): (usize, &Shift)| {
        let c = s.coordinate;
        let of = |e: &Option<crate::stats::Estimate>| e.as_ref().map_or("–".into(), |e| mean(c, e));
        let shift = s.shift.map_or("–".into(), |e| words::cell(&e, Unit::Plain));
        let form = s.form.map_or("–".into(), |x| value(r, c, x));
        let rank = if is_clear(s) { rank(s.ranks) } else { "not told from 0".into() };
        vec![
            coordinate(r, c),
            of(&s.all.mean),
            of(&s.meeting.mean),
            shift,
            rank,
            place(&r.most_likely, n, c),
            place(&r.least_bad, n, c),
            form,
        ]
    };
    let none = r.last_quarter + 1;
    let caption = format!(
        "Drivers up to {}, mean over all paths and where it holds, W0; shift in standard deviations over all paths; then single paths with their percentile among all paths, \
         and the design point of FORM. A first bust that never comes counts as quarter {none}.",
        quarter(r, r.last_quarter)
    );
    let header =
        ["Driver", "All paths", "Where it holds", "Shift", "Rank", "Most likely path", "Least bad path", "FORM"].map(String::from).to_vec();
    let table = Grid { caption, header, rows: r.coordinates.iter().enumerate().map(line).collect() };
    let statements = vec![
        apart(r),
        "Own revenue is apart from demand: a firm's own shocks and jumps, the realism of its plan, the price of computing.".into(),
    ];
    Some(Section {
        id: "drivers",
        heading: "What is different where it holds".into(),
        statements,
        tables: vec![table],
        numbers: json!(r.coordinates),
        figures: &[],
    })
}

fn first(r: &Reversal) -> Option<Section> {
    let name = |what: &Option<String>, is_firm: bool| match what {
        Some(id) if is_firm => r
            .firms
            .iter()
            .find(|f| f.0 == *id)
            .map_or_else(|| id.clone(), |(id, name)| if name.is_empty() { id.clone() } else { name.clone() }),
        Some(id) => id.clone(),
        None if is_firm => "no firm fails".into(),
        None => "no deal fails".into(),
    };
    let table = |caption: &str, list: &[FirstFailure], is_firm: bool| Grid {
        caption: caption.to_string(),
        header: ["First to fail", "Share, %", "Rank"].map(String::from).to_vec(),
        rows: list
            .iter()
            .take(MOST_FIRST)
            .map(|f| vec![name(&f.what, is_firm), words::cell(&f.share, Unit::Share), rank(f.ranks)])
            .collect(),
    };
    let said = |list: &[FirstFailure], is_firm: bool| {
        let top: Vec<&FirstFailure> = list.iter().filter(|f| f.ranks.0 == 1).collect();
        let kind = if is_firm { "firm" } else { "deal" };
        let share = |f: &FirstFailure| format!("{} ({})", name(&f.what, is_firm), words::with_error(&f.share, Unit::Share));
        match &top[..] {
            [] => None,
            [one] if one.what.is_none() => {
                Some(format!("On most of these paths {}: {}.", name(&None, is_firm), words::with_error(&one.share, Unit::Share)))
            }
            [one] => Some(format!("The {kind} that fails first most often is {}.", share(one))),
            more => Some(format!(
                "The {kind}s that fail first most often, not told apart: {}.",
                words::list(&more.iter().map(|f| share(f)).collect::<Vec<_>>())
            )),
        }
    };
    let statements = [said(&r.first_firms, true), said(&r.first_deals, false)].into_iter().flatten().collect();
    let tables = vec![
        table("Firms that fail in the first quarter in which any does, share of the paths where it holds", &r.first_firms, true),
        table(
            "Deals that fail first, share of the paths where it holds: a purchase of which more than 1 % of what was committed so far is unpaid, a tranche that lapses",
            &r.first_deals,
            false,
        ),
    ];
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
    let ratio = found / simulated;
    let is_near = (ratio - 1.0).abs() <= NEAR || r.probability.contains(found);
    let meaning = if is_near {
        "They agree: in these drivers the condition is met beyond what is nearly a plane, and FORM's design point may be quoted."
    } else {
        "They disagree: the limit state is not a plane in these drivers, or the drivers are not jointly normal. Do not lean on FORM's design point; the paths above are simulated \
         and do not depend on it."
    };
    vec![
        format!(
            "FORM puts the limit state {} standard deviations from the middle (β) and so the probability at {}; simulated are {}, FORM is {} times that. {meaning}",
            words::number(f.design.beta, 2),
            words::exact(found, Unit::Share),
            words::with_error(&r.probability, Unit::Share),
            words::number(ratio, 2),
        ),
        format!(
            "The drivers above hold {} of the variance of the margin; the rest is what they do not say: when within the horizon things happen, other firms' own shocks, deals, \
             uncertain terms.",
            percent(f.explained)
        ),
    ]
}

fn accuracy(r: &Reversal) -> Section {
    let sampling = if r.sampling == "plain" { String::new() } else { format!(", {} sampling", r.sampling) };
    let many = if r.sampling == "plain" {
        String::new()
    } else {
        format!("; they count as much as {} equally weighted ones", words::count(r.effective_paths.round() as u64))
    };
    let met = words::plural(r.meeting, "path meets", "paths meet");
    let weighted = if r.sampling == "plain" {
        String::new()
    } else {
        format!(", as much as {} equally weighted ones", words::count(r.effective_meeting.round() as u64))
    };
    let said = format!(
        "{}, seed {}{sampling}{many}. {met} the condition{weighted}. After ± stands the 95 % interval of the simulation, not of the assumptions. Losses are net against plan in W0 over \
         {}. The most likely path is the one whose drivers are the most likely given the condition, in normal scores: φ(v) Φ(a + b·v), with the fit of FORM.",
        words::plural(r.paths, "path", "paths"),
        r.seed,
        words::plural(r.quarters.len() as u64, "quarter", "quarters"),
    );
    super::accuracy_of(said, r.paths, r.failed_solves)
}
