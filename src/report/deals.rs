//! An attribution to deals in words: which carry the loss, as far as intervals tell. No files.

use super::{Grid, Section, text};
use crate::analysis::deals::{DealAttribution, LOSSES, PATHS_PER_PAIR, Part, Whole};
use crate::results::words::{self, Unit};
use crate::results::{Metric, WorldName};
use crate::stats::Estimate;
use serde_json::json;

/// Most deals in a table.
const MOST: usize = 20;

/// A section for each loss, then how good the numbers are.
pub fn sections(a: &DealAttribution) -> Vec<Section> {
    LOSSES.iter().filter_map(|m| section(a, *m)).chain([accuracy(a)]).collect()
}

/// The whole for a terminal, about 100 columns wide.
pub fn summary(a: &DealAttribution) -> String {
    text::render("attribute", &sections(a), text::WIDTH)
}

fn ranks(p: &Part) -> String {
    if p.ranks.0 == p.ranks.1 { p.ranks.0.to_string() } else { format!("{}–{}", p.ranks.0, p.ranks.1) }
}

/// The deal at one end of the order, named alone only if the intervals separate it.
fn extreme(a: &DealAttribution, p: &Part, is_top: bool, unit: Unit) -> Option<String> {
    let is_right = if is_top { p.shapley.low > 0.0 } else { p.shapley.high < 0.0 };
    let (way, last) = if is_top { ("adds", 1) } else { ("takes off", a.deals.len()) };
    let size = Estimate {
        value: p.shapley.value.abs(),
        low: p.shapley.low.abs().min(p.shapley.high.abs()),
        high: p.shapley.low.abs().max(p.shapley.high.abs()),
        ..p.shapley
    };
    let told = if p.ranks == (last, last) {
        "most".to_string()
    } else {
        format!("most in this sample, but its rank may be anywhere from {} to {}", p.ranks.0, p.ranks.1)
    };
    is_right.then(|| format!("{} {way} {told}: {}.", a.deals[p.deal], words::with_error(&size, unit)))
}

fn section(a: &DealAttribution, metric: Metric) -> Option<Section> {
    let parts: Vec<&Part> = a.parts.iter().filter(|p| p.metric == metric).collect();
    let whole: &Whole = a.wholes.iter().find(|w| w.metric == metric)?;
    let unit = Unit::of(metric);
    let what = words::metric(metric);
    let mut statements = vec![format!(
        "The expected {what} in {} is {} with all {} deals and {} without any; Shapley values share out the difference.",
        super::world(WorldName::W0),
        words::with_error(&whole.all, unit),
        a.deals.len(),
        words::with_error(&whole.none, unit)
    )];
    statements.extend(parts.first().and_then(|p| extreme(a, p, true, unit)));
    statements.extend(parts.last().and_then(|p| extreme(a, p, false, unit)));
    let unclear = parts.iter().filter(|p| !p.shapley.is_told_from_zero()).count();
    statements.push(match unclear {
        0 => "Every deal's Shapley value is told from zero.".to_string(),
        n => format!("The Shapley values of {n} of {} deals are not told from zero.", parts.len()),
    });
    let mut shown = parts.clone();
    shown.sort_by(|x, y| y.shapley.value.abs().total_cmp(&x.shapley.value.abs()));
    shown.truncate(MOST);
    shown.sort_by(|x, y| y.shapley.value.total_cmp(&x.shapley.value));
    let cell = |e: &Estimate| words::cell(e, unit);
    let row = |p: &&Part| vec![a.deals[p.deal].clone(), ranks(p), cell(&p.shapley), cell(&p.one_in), cell(&p.leave_one_out)];
    let caption = format!(
        "{} by deal, W0, {}: the {} largest either way; rank as far as intervals tell",
        words::capital(what),
        metric.unit(),
        shown.len()
    );
    let header = ["Deal", "Rank", "Shapley", "One in", "Left out"].map(String::from).to_vec();
    let table = Grid { caption, header, rows: shown.iter().map(row).collect() };
    let id = match metric {
        Metric::ExternalCreditLoss => "deals_creditors",
        Metric::Defaults => "deals_defaults",
        _ => "deals_net_loss",
    };
    Some(Section {
        id,
        heading: format!("{} by deal", words::capital(what)),
        statements,
        tables: vec![table],
        numbers: json!(parts),
        figures: &[],
    })
}

fn accuracy(a: &DealAttribution) -> Section {
    let short = if a.short_coalitions == 0 {
        "Every coalition's plan can be paid for.".to_string()
    } else {
        format!(
            "In {} of {} coalitions the no-shock plan cannot be paid for, such as purchases without the investment that pays for them: they count as they run, with what is \
             missing renegotiated or defaulted on in the plan itself, against which losses are measured.",
            words::count(a.short_coalitions),
            words::count(a.coalitions)
        )
    };
    let said = format!(
        "{} permutations of {} deals, half of them the reverse of the others, each pair on {} paths of its own, {} in all, seed {}. A deal is out as with --without: replaced, \
         if an investment, as far as outside capital goes (8.4); stakes, loans, warrants and backstops stay. Losses are measured from the plan of each coalition. After ± \
         stands the 95 % interval, of both the sampling of orders and that of paths. {short}",
        a.permutations,
        a.deals.len(),
        PATHS_PER_PAIR,
        words::count(a.paths),
        a.seed
    );
    super::accuracy_of(said, a.paths, a.failed_solves)
}
