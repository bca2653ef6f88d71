//! An attribution in words: the channels of the loss, and who makes the tail. No files.

use super::{Grid, Section, text};
use crate::analysis::attribute::{Attribution, CHANNELS, Split, TailPart};
use crate::results::words::{self, Unit};
use crate::results::{Given, Metric};
use crate::stats::Estimate;
use serde_json::json;

/// Most firms in a table.
const MOST_FIRMS: usize = 10;

/// The sections: channels of the system, of the firms, and the tail by firm.
pub fn sections(a: &Attribution) -> Vec<Section> {
    [Some(system(a)), firms(a), tail(a), Some(accuracy(a))].into_iter().flatten().collect()
}

/// The whole for a terminal, about 100 columns wide.
pub fn summary(a: &Attribution) -> String {
    text::render("attribute", &sections(a), text::WIDTH)
}

fn line(s: &Split, first: String, unit: Unit) -> Vec<String> {
    let cell = |e: &Estimate| words::cell(e, unit);
    [vec![first, cell(&s.own)], s.shapley.iter().map(cell).collect(), vec![cell(&s.total)]].concat()
}

fn header(first: &str) -> Vec<String> {
    [first, "Own shock", "Orders", "Payments", "Stakes", "Financing", "Total"].map(String::from).to_vec()
}

fn unit(s: &Split) -> Unit {
    if s.metric == Metric::Defaults && s.firm.is_some() { Unit::Share } else { Unit::of(s.metric) }
}

/// The channel that adds most; none that cannot be told from the next where their intervals overlap.
fn statement(s: &Split) -> String {
    let mut order = [0, 1, 2, 3];
    order.sort_by(|&a, &b| s.shapley[b].value.total_cmp(&s.shapley[a].value));
    let (top, next) = (&s.shapley[order[0]], &s.shapley[order[1]]);
    let what = words::metric(s.metric);
    if top.low <= 0.0 {
        return format!("No channel adds to the expected {what} beyond the error.");
    }
    let told = if top.low > next.high { "" } else { ", not told from the next" };
    format!(
        "Of the expected {what}, {}, the firms' own shocks make {}; the channel that adds most is {}{told}: {}.",
        words::with_error(&s.total, unit(s)),
        words::with_error(&s.own, unit(s)),
        CHANNELS[order[0]],
        words::with_error(top, unit(s))
    )
}

fn system(a: &Attribution) -> Section {
    let of = |given: Given| a.splits.iter().filter(move |s| s.firm.is_none() && s.given == given);
    let mut statements: Vec<String> = of(Given::All)
        .filter(|s| matches!(s.metric, Metric::NetLoss | Metric::ExternalCreditLoss | Metric::Defaults))
        .map(statement)
        .collect();
    statements.push(
        "Shapley values over all sixteen combinations of channels on the same paths: with the own shocks they sum to the total.".into(),
    );
    let table = |given: Given| {
        let rows = of(given).map(|s| line(s, words::capital(words::metric(s.metric)), unit(s))).collect();
        Grid { caption: format!("Losses of the system, {}, USD bn (defaults: firms)", words::given(given)), header: header("Loss"), rows }
    };
    let numbers = json!(of(Given::All).collect::<Vec<_>>());
    Section {
        id: "channels",
        heading: "Which channel".into(),
        statements,
        tables: vec![table(Given::All), table(Given::Bust)],
        numbers,
        figures: &["channels"],
    }
}

fn firms(a: &Attribution) -> Option<Section> {
    let through = |s: &Split| s.total.value - s.own.value;
    let mut rows: Vec<&Split> =
        a.splits.iter().filter(|s| s.firm.is_some() && s.metric == Metric::Defaults && s.given == Given::All).collect();
    rows.retain(|s| s.total.value > 0.0 && (s.shapley.iter().any(Estimate::is_told_from_zero)));
    rows.sort_by(|x, y| through(y).abs().total_cmp(&through(x).abs()));
    rows.truncate(MOST_FIRMS);
    let name = |s: &Split| s.firm.map_or(String::new(), |i| a.firms[i].clone());
    let first = rows.first()?;
    let way = if through(first) > 0.0 { "raise" } else { "lower" };
    let statements = vec![format!(
        "The links {way} the probability of default of {} most: {} in the full model, {} alone.",
        name(first),
        words::with_error(&first.total, Unit::Share),
        words::with_error(&first.own, Unit::Share)
    )];
    let table = Grid {
        caption: "Probability of default by channel, %, all paths, firms that some channel moves beyond the error".into(),
        header: header("Firm"),
        rows: rows.iter().map(|s| line(s, name(s), Unit::Share)).collect(),
    };
    Some(Section { id: "firms", heading: "Whose failure".into(), statements, tables: vec![table], numbers: json!(rows), figures: &[] })
}

fn tail(a: &Attribution) -> Option<Section> {
    let mut rows: Vec<&TailPart> = a.tails.iter().filter(|t| t.level == 0.99).collect();
    rows.sort_by(|x, y| y.part.value.total_cmp(&x.part.value));
    let whole: f64 = rows.iter().map(|t| t.part.value).sum();
    let first = rows.first()?;
    let told = rows.get(1).is_none_or(|next| first.part.low > next.part.high);
    let statements = vec![
        format!(
            "In the worst 1 % of paths the firms together lose ${} bn, of which {} {}${} bn. The parts sum to the expected shortfall (Euler allocation).",
            words::number(whole, 0),
            a.firms[first.firm],
            if told { "most, " } else { "about as much as the next, " },
            words::cell(&first.part, Unit::UsdBn)
        ),
        "ΔCoVaR is how much higher the system's VaR is where the firm's own part is beyond its VaR than where it is below its median: what goes together, not what \
         causes what."
            .into(),
    ];
    let line = |t: &&TailPart| {
        let beside = a.tails.iter().find(|b| b.firm == t.firm && b.level == 0.95);
        let covar = beside.and_then(|b| b.delta_covar.as_ref()).map_or("–".into(), |e| words::cell(e, Unit::UsdBn));
        vec![a.firms[t.firm].clone(), words::cell(&t.part, Unit::UsdBn), words::exact(t.part.value / whole, Unit::Share), covar]
    };
    let table = Grid {
        caption: "Parts of the expected shortfall 99 % of the net loss of the system, W0, USD bn; intervals from twenty batches".into(),
        header: ["Firm", "Part of ES 99 %", "Share", "ΔCoVaR 95 %"].map(String::from).to_vec(),
        rows: rows.iter().take(MOST_FIRMS + 5).map(line).collect(),
    };
    Some(Section { id: "tail", heading: "Who makes the tail".into(), statements, tables: vec![table], numbers: json!(rows), figures: &[] })
}

fn accuracy(a: &Attribution) -> Section {
    let said = format!(
        "{}, seed {}, the same in all sixteen worlds; they count as much as {} equally weighted ones. After ± stands the 95 % interval of the simulation.",
        words::plural(a.paths, "path", "paths"),
        a.seed,
        words::count(a.effective_paths.round() as u64)
    );
    super::accuracy_of(said, a.paths, a.failed_solves)
}
