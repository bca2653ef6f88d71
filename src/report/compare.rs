//! A comparison in words: each variant against the first scenario, with the statement that a reader may quote. No files.

use super::{Grid, Section, text};
use crate::analysis::compare::{Comparison, Difference, PlanChange, Quantity, Sign, TailDifference};
use crate::results::words::{self, Unit};
use crate::results::{Given, Metric, WorldName};
use crate::stats::Estimate;
use serde_json::json;

/// Most firms in a table.
const MOST_FIRMS: usize = 10;

/// The sections: one for each variant, then how good the numbers are.
pub fn sections(c: &Comparison) -> Vec<Section> {
    (0..c.variants.len()).map(|v| variant(c, v)).chain([accuracy(c)]).collect()
}

/// The whole for a terminal, about 100 columns wide.
pub fn summary(c: &Comparison) -> String {
    text::render("compare", &sections(c), text::WIDTH)
}

fn unit(q: &Quantity) -> Unit {
    match (q.metric, q.firm) {
        (Metric::Defaults, Some(_)) => Unit::Share,
        (metric, _) => Unit::of(metric),
    }
}

/// What a quantity is, for a sentence.
fn named(c: &Comparison, q: &Quantity) -> String {
    let what = match (q.metric, q.firm) {
        (Metric::Defaults, Some(_)) => "probability of default".to_string(),
        (metric, _) => words::metric(metric).to_string(),
    };
    match (q.metric, q.firm) {
        (_, Some(i)) => format!("{what} of {}", c.firms[i]),
        (Metric::Defaults | Metric::ExternalCreditLoss, None) => what,
        (_, None) => format!("{what} of the system"),
    }
}

fn of(c: &Comparison, v: usize, given: Given) -> impl Iterator<Item = &Difference> {
    c.differences.iter().filter(move |d| d.variant == v && d.given == given)
}

/// "Relative to the first scenario in world Wk (definition), with the same shocks, the expected X is a ± b higher or lower; the sign is (not) robust over the stated
/// ranges": the one form in which a change is stated.
fn statement(c: &Comparison, d: &Difference) -> String {
    let (what, unit) = (named(c, &d.quantity), unit(&d.quantity));
    let size = Estimate { value: d.difference.value.abs(), low: d.difference.low.abs().min(d.difference.high.abs()), ..d.difference };
    let size = Estimate { high: d.difference.low.abs().max(d.difference.high.abs()), ..size };
    let way = if d.difference.value > 0.0 { "higher" } else { "lower" };
    let change = if d.difference.is_told_from_zero() {
        format!("is {} {way} in this variant", words::with_error(&size, unit))
    } else {
        format!("changes by {}, not told from zero", words::with_error(&d.difference, unit))
    };
    let sign = d.sign.as_ref().map_or(String::new(), |s| robustness(c, &d.difference, s));
    format!(
        "Relative to the first scenario, {}, in {}, with the same shocks, the expected {what} {change}{sign}.",
        c.first,
        super::world(d.quantity.world)
    )
}

/// Whether the sign of a change that is told from zero holds, and over how many ranges that was looked at.
fn robustness(c: &Comparison, change: &Estimate, sign: &Sign) -> String {
    let ranges = format!("the stated ranges of {}", words::plural(c.uncertain as u64, "uncertain number", "uncertain numbers"));
    match sign {
        _ if !change.is_told_from_zero() => String::new(),
        _ if c.uncertain == 0 => "; no number of the first scenario has a range over which the sign could be tested".into(),
        s if s.is_robust => format!("; the sign is robust over {ranges}"),
        s => format!("; the sign is not robust over {ranges}: it is another {}", exceptions(&s.exceptions)),
    }
}

fn exceptions(list: &[(String, bool)]) -> String {
    let one = |(name, up): &(String, bool)| format!("in the {} half of {name}", if *up { "upper" } else { "lower" });
    let shown: Vec<String> = list.iter().take(3).map(one).collect();
    let more = if list.len() > 3 { format!(" and of {} more", list.len() - 3) } else { String::new() };
    words::list(&shown) + &more
}

fn variant(c: &Comparison, v: usize) -> Section {
    let is_headline = |q: &Quantity| {
        q.firm.is_none() && q.world == WorldName::W0 && matches!(q.metric, Metric::NetLoss | Metric::Defaults | Metric::ExternalCreditLoss)
    };
    let note = Some(c.notes[v].clone()).filter(|n| !n.is_empty());
    let headlines = of(c, v, Given::All).filter(|d| is_headline(&d.quantity)).map(|d| statement(c, d));
    let mut statements: Vec<String> = note.into_iter().chain(headlines).collect();
    statements.extend(amplification(c, v));
    statements.push(planned(c, v));
    if !of(c, v, Given::Bust).any(|_| true) {
        statements.push(
            "The regimes of the two scenarios differ, so that paths with a bust are not the same paths: no numbers given a bust.".into(),
        );
    }
    let tables = [system(c, v), tails(c, v), firms(c, v), plan(c, v)].into_iter().flatten().collect();
    let numbers = json!({ "differences": of(c, v, Given::All).collect::<Vec<_>>(), "plan": plans(c, v).collect::<Vec<_>>() });
    Section { id: "variant", heading: words::capital(&c.variants[v]), statements, tables, numbers, figures: &[] }
}

fn amplification(c: &Comparison, v: usize) -> Option<String> {
    let of = |variant: Option<usize>| c.amplification.iter().find(|a| a.variant == variant).and_then(|a| a.ratio);
    let (base, changed) = (of(None)?, of(Some(v))?);
    Some(format!(
        "Amplification of the net loss given a bust, W0 over W2, is {} there and {} in the first scenario.",
        words::with_error(&changed, Unit::Plain),
        words::with_error(&base, Unit::Plain)
    ))
}

fn mark(d: &Difference) -> String {
    match &d.sign {
        Some(s) if s.is_robust => "robust".into(),
        Some(s) if s.exceptions.is_empty() => "not told from 0".into(),
        Some(s) if s.exceptions.len() == 1 => "not: 1 half differs".into(),
        Some(s) => format!("not: {} halves differ", s.exceptions.len()),
        None => String::new(),
    }
}

fn system(c: &Comparison, v: usize) -> Option<Grid> {
    let rows: Vec<&Difference> = of(c, v, Given::All).filter(|d| d.quantity.firm.is_none()).collect();
    let bust = |q: &Quantity| of(c, v, Given::Bust).find(|d| d.quantity == *q);
    let line = |d: &&Difference| {
        let u = unit(&d.quantity);
        let given = bust(&d.quantity).map_or("–".into(), |b| words::cell(&b.difference, u));
        let what = format!("{}, {}", words::capital(words::metric(d.quantity.metric)), words::world_name(d.quantity.world));
        vec![what, words::cell(&d.base, u), words::cell(&d.changed, u), words::cell(&d.difference, u), given, mark(d)]
    };
    let header = ["Loss", "First", "Variant", "Change", "Given a bust", "Sign"].map(String::from).to_vec();
    let caption = "Losses of the system, USD bn (defaults: firms), paired on the same paths".to_string();
    (!rows.is_empty()).then(|| Grid { caption, header, rows: rows.iter().map(line).collect() })
}

fn tails(c: &Comparison, v: usize) -> Option<Grid> {
    let mut rows: Vec<&TailDifference> = c.tails.iter().filter(|t| t.variant == v && t.level == 0.99).collect();
    let size = |t: &TailDifference| if t.quantity.firm.is_none() { f64::INFINITY } else { t.difference.value.abs() };
    rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
    rows.truncate(3 + MOST_FIRMS);
    let line = |t: &&TailDifference| {
        let clear = if t.difference.is_told_from_zero() { "" } else { "not told from 0" };
        let number = |x: f64| words::number(x, 0);
        let whose = t.quantity.firm.map_or_else(|| format!("system, {}", words::world_name(t.quantity.world)), |i| c.firms[i].clone());
        vec![whose, number(t.base), number(t.changed), words::cell(&t.difference, Unit::UsdBn), clear.into()]
    };
    let header = ["Whose", "First", "Variant", "Change", ""].map(String::from).to_vec();
    let caption =
        "Expected shortfall 99 %, USD bn, of the net loss of the system and of the mark-to-market loss of firms in W0; intervals from twenty batches of the same paths"
            .to_string();
    (!rows.is_empty()).then(|| Grid { caption, header, rows: rows.iter().map(line).collect() })
}

fn firms(c: &Comparison, v: usize) -> Option<Grid> {
    let mut rows: Vec<&Difference> = of(c, v, Given::All)
        .filter(|d| d.quantity.firm.is_some() && d.quantity.metric == Metric::Defaults && d.difference.value != 0.0)
        .collect();
    rows.sort_by(|a, b| b.difference.value.abs().total_cmp(&a.difference.value.abs()));
    rows.truncate(MOST_FIRMS);
    let line = |d: &&Difference| {
        let cell = |e| words::cell(e, Unit::Share);
        vec![d.quantity.firm.map_or(String::new(), |i| c.firms[i].clone()), cell(&d.base), cell(&d.changed), cell(&d.difference), mark(d)]
    };
    let header = ["Firm", "First, %", "Variant, %", "Change, points", "Sign"].map(String::from).to_vec();
    let caption = "Probability of default within the horizon, W0".to_string();
    (!rows.is_empty()).then(|| Grid { caption, header, rows: rows.iter().map(line).collect() })
}

fn plans(c: &Comparison, v: usize) -> impl Iterator<Item = &PlanChange> {
    c.plans.iter().filter(move |p| p.variant == v)
}

/// What the change does to the boom: beside the change of risk, which may have either sign.
fn planned(c: &Comparison, v: usize) -> String {
    if !plans(c, v).any(|_| true) {
        return "The no-shock plan has the same revenue in both: what is changed supports none of it.".into();
    }
    let sum = |of: fn(&PlanChange) -> f64| plans(c, v).map(of).sum::<f64>();
    let (before, after) = (sum(|p| p.base_usd_bn), sum(|p| p.changed_usd_bn));
    let (size, way) = ((after - before).abs(), if after < before { "less" } else { "more" });
    let firms = words::plural(plans(c, v).count() as u64, "firm", "firms");
    format!(
        "In the no-shock plan, at central numbers and so without an error, the revenue of {firms} changes, in all by {} {way} over the horizon; losses against plan are measured from each scenario's own plan.",
        words::exact(size, Unit::UsdBn)
    )
}

fn plan(c: &Comparison, v: usize) -> Option<Grid> {
    let change = |p: &PlanChange| p.changed_usd_bn - p.base_usd_bn;
    let mut rows: Vec<&PlanChange> = plans(c, v).collect();
    rows.sort_by(|a, b| change(b).abs().total_cmp(&change(a).abs()));
    rows.truncate(MOST_FIRMS);
    let number = |x: f64| words::exact(x, Unit::Plain);
    let line = |p: &&PlanChange| vec![c.firms[p.firm].clone(), number(p.base_usd_bn), number(p.changed_usd_bn), number(change(p))];
    let header = ["Firm", "First", "Variant", "Change"].map(String::from).to_vec();
    let caption = "Revenue over the horizon in the no-shock plan at central numbers, USD bn: what the boom rests on".to_string();
    (!rows.is_empty()).then(|| Grid { caption, header, rows: rows.iter().map(line).collect() })
}

fn accuracy(c: &Comparison) -> Section {
    let said = format!(
        "{}, seed {}, the same in every scenario; they count as much as {} equally weighted ones. After ± stands the 95 % interval: the simulation's error, not that of \
         the assumptions. A sign is called robust if its interval excludes zero and the mean change has it in both halves of the range of every uncertain number.",
        words::plural(c.paths, "path", "paths"),
        c.seed,
        words::count(c.effective_paths.round() as u64),
    );
    super::accuracy_of(said, c.paths, c.failed_solves)
}
