//! The finding in a few sentences: of one deal first what it means for its two firms, then how much is lost and how much of it the circle adds; who fails. Only numbers that
//! the sections below give again.

use super::{Section, failures, first_condition, is_random, losses, opening, parties, sentence, under};
use crate::results::words::{self, Unit};
use crate::results::{Given, Metric, Panel, Results, WorldName};
use serde_json::json;

/// The first section of the page: the finding, then what was asked.
pub(super) fn section(r: &Results) -> Section {
    let asked = opening::section(r);
    let statements = leading(r).into_iter().chain(asked.statements).collect();
    Section {
        id: "finding",
        heading: words::capital(&r.scenario.title),
        statements,
        numbers: json!({ "run": r.run }),
        figures: &[],
        ..asked
    }
}

/// The first section of the summary: what was asked. Losses and failures follow at once; what one deal means for its two firms stands nowhere else.
pub(super) fn opening(r: &Results) -> Section {
    let asked = opening::section(r);
    Section { statements: parties::statements(r).into_iter().chain(asked.statements).collect(), ..asked }
}

/// How many of the first statements stand large: the two firms of one deal, or else the loss and who fails.
pub(super) fn leads(r: &Results) -> usize {
    leading(r).len().min(2)
}

fn leading(r: &Results) -> Vec<String> {
    let firms = parties::statements(r);
    // Of two firms it is already said which fails.
    let failing = if firms.len() < r.firms.len() { failing(r) } else { None };
    firms.into_iter().chain(loss(r)).chain(failing).collect()
}

fn loss(r: &Results) -> Option<String> {
    let given = first_condition(r);
    let net = r.loss(Metric::NetLoss, None, WorldName::W0, Panel::Base, given)?;
    let against = [
        (WorldName::W2, "as isolated firms on the same shocks (W2)"),
        (WorldName::W1, "as with an arm's-length investor in the circle's place (W1)"),
    ];
    let times: Vec<String> =
        against.iter().filter_map(|(w, what)| Some(format!("{} times as much {what}", ratio(r, *w, given)?))).collect();
    let (mean, colon) = (if is_random(r) { "on average " } else { "" }, if times.is_empty() { "" } else { ":" });
    Some(sentence(&[
        under(r, given),
        "the firms together",
        &losses::lose(&net.mean),
        &format!("{mean}against their plan{colon}"),
        &words::list(&times),
    ]))
}

/// Net loss in W0 over that in another world, with its interval, where there is one.
fn ratio(r: &Results, against: WorldName, given: Given) -> Option<String> {
    let e = r.amplification_of(Metric::NetLoss, None, Panel::Base, against, given)?.ratio?;
    Some(words::with_error(&e, Unit::Plain))
}

fn failing(r: &Results) -> Option<String> {
    let first = failures::section(r)?.statements.into_iter().next()?;
    let credit = r.loss(Metric::ExternalCreditLoss, None, WorldName::W0, Panel::Base, first_condition(r));
    let credit = credit.filter(|row| row.mean.value > 0.0).map(|row| {
        let given = first_condition(r).words();
        let mean = match (is_random(r), given) {
            (false, _) => String::new(),
            (true, "") => " on average".to_string(),
            (true, given) => format!(" on average {given}"),
        };
        if is_random(r) && !row.mean.is_told_from_zero() {
            return format!("; what outside creditors lose{mean} is not told from zero");
        }
        format!("; outside creditors lose {}{mean}", words::with_error(&row.mean, Unit::UsdBn))
    });
    Some(format!("{}{}.", first.trim_end_matches('.'), credit.unwrap_or_default()))
}
