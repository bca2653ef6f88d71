//! The two firms of one deal, each by itself: what its shareholders are expected to lose, what the circle adds to it, and whether it fails. Nothing in larger systems.

use super::{FEW, failures, first_condition, is_random, losses, sentence, under};
use crate::results::tables::median_quarter;
use crate::results::words::{self, Unit};
use crate::results::{FlowKind, Given, Metric, Panel, Results, WorldName};
use crate::stats::Estimate;
use std::collections::BTreeSet;

/// Most firms of a system in which two of them are spoken of before the system is.
const MOST: usize = 4;

/// What to say of each of the two firms, the one that finances its buyer first; nothing in larger systems, or where more than one deal goes round.
pub(super) fn statements(r: &Results) -> Vec<String> {
    pair(r).map_or_else(Vec::new, |(a, b)| [told(r, a, b), told(r, b, a)].into_iter().flatten().collect())
}

/// The investor and the buyer of the only round trip, or else the only two firms.
fn pair(r: &Results) -> Option<(usize, usize)> {
    let firms = r.firms.len();
    let pairs = (0..firms).flat_map(|a| (0..firms).map(move |b| (a, b))).filter(|_| firms <= MOST);
    let trips: BTreeSet<(usize, usize)> = pairs.filter(|&(a, b)| finances(r, a, b).is_some() && sells(r, a, b)).collect();
    let only = trips.first().filter(|_| trips.len() == 1).copied();
    only.or((firms == 2).then_some((0, 1)))
}

fn sells(r: &Results, seller: usize, buyer: usize) -> bool {
    r.contracts.iter().any(|c| c.seller == Some(seller) && c.buyer == buyer)
}

/// What one firm does with the other's funding: nothing, or an investment, stake or loan, or one that is not signed.
fn finances(r: &Results, from: usize, to: usize) -> Option<&'static str> {
    let any = |kinds: &[FlowKind]| r.flows.iter().any(|f| (f.from, f.to) == (Some(from), Some(to)) && kinds.contains(&f.kind));
    // What is not signed may be a purchase the other way round.
    let may_buy = || r.contracts.iter().any(|c| c.buyer == from && c.seller == Some(to) && !c.stage.binds());
    if any(&[FlowKind::Investment, FlowKind::Stake, FlowKind::Loan]) {
        Some("finances")
    } else {
        (any(&[FlowKind::Unsigned]) && !may_buy()).then_some("may finance")
    }
}

fn told(r: &Results, firm: usize, other: usize) -> Option<String> {
    let given = first_condition(r);
    let own = r.loss(Metric::MarkToMarketLossVsPlan, Some(firm), WorldName::W0, Panel::Base, given)?;
    // Of a gain the words say how much larger or smaller the gain is.
    let added = added(r, firm, given, if own.mean.value < 0.0 { -1.0 } else { 1.0 });
    let (mean, colon) = (if is_random(r) { "on average " } else { "" }, if added.is_empty() { "" } else { ":" });
    let loss = sentence(&[
        under(r, given),
        &format!("the shareholders of {}{}", words::firm(r, firm), role(r, firm, other)),
        &losses::lose(&own.mean),
        &format!("{mean}against plan (mark-to-market){colon}"),
        &added,
    ]);
    let parts = [Some(loss), where_other_fails(r, firm, other), fails(r, firm, given)];
    Some(parts.into_iter().flatten().collect::<Vec<String>>().join(" "))
}

fn role(r: &Results, firm: usize, other: usize) -> String {
    let name = words::firm(r, other);
    match (finances(r, firm, other), sells(r, firm, other)) {
        (Some(finances), true) => format!(", which {finances} {name} and sells to it,"),
        (Some(finances), false) => format!(", which {finances} {name},"),
        (None, true) => format!(", which sells to {name},"),
        (None, false) => String::new(),
    }
}

/// What a firm's shareholders lose in W0 beyond what they lose in W2 and in W1. Path by path it is the same from today as against plan: what either is measured from
/// is one value in every world. A negative sign asks for gains.
fn added(r: &Results, firm: usize, given: Given, sign: f64) -> String {
    let against = [(WorldName::W2, "as an isolated firm on the same shocks (W2)"), (WorldName::W1, "with an arm's-length investor (W1)")];
    let row = |world: WorldName| r.amplification_of(Metric::MarkToMarketLoss, Some(firm), Panel::Base, world, given);
    let found: Vec<(String, &str)> =
        against.iter().filter_map(|(w, what)| Some((more(&row(*w)?.difference.scaled(sign)?, Unit::UsdBn, ""), *what))).collect();
    match &found[..] {
        [(a, first), (b, second)] if a == b => format!("{a} than {first} or {second}"),
        _ => words::list(&found.iter().map(|(how, what)| format!("{how} than {what}")).collect::<Vec<String>>()),
    }
}

/// "$3 bn more", as far as the interval tells.
fn more(e: &Estimate, unit: Unit, of: &str) -> String {
    let size = |sign: f64| e.scaled(sign).map_or_else(String::new, |e| words::with_error(&e, unit) + of);
    match (e.low, e.high) {
        (low, _) if low > 0.0 => format!("{} more", size(1.0)),
        (_, high) if high < 0.0 => format!("{} less", size(-1.0)),
        (low, high) if low == 0.0 && high == 0.0 => "no more and no less".into(),
        _ => "no more and no less, beyond the error,".into(),
    }
}

/// What the firm loses where the other fails, if it fails often enough to say.
fn where_other_fails(r: &Results, firm: usize, other: usize) -> Option<String> {
    let c = r.contagion.iter().find(|c| c.failing == other && c.hit == firm && c.paths >= FEW && c.excess_share.is_told_from_zero())?;
    let of = format!(" of {} value today", words::possessive(&words::firm(r, firm)));
    let (paths, more) = (words::plural(c.paths, "path", "paths"), more(&c.excess_share, Unit::Share, &of));
    Some(format!("On the {paths} on which {} fails, they lose {more} than in W2.", words::firm(r, other)))
}

fn fails(r: &Results, firm: usize, given: Given) -> Option<String> {
    let all = r.default_of(firm, WorldName::W0, Given::All)?;
    let name = words::firm(r, firm);
    if !is_random(r) {
        let when = median_quarter(all).map(|t| words::quarter(r, t)).filter(|_| all.count > 0);
        return Some(when.map_or_else(|| format!("{name} does not fail."), |t| format!("{name} fails in {t}.")));
    }
    if all.count == 0 {
        return Some(format!(
            "{name} failed on no path: its probability of default is below {}.",
            words::exact(all.probability.high, Unit::Share)
        ));
    }
    let own = r.default_of(firm, WorldName::W0, given)?;
    Some(format!("The probability that {name} defaults within the horizon is {}.", failures::probability(r, own, given)))
}
