//! Firms: their numbers with defaults by kind, their plans and their debt. No contracts.

use super::{Desk, Entry, Listed, open};
use crate::model::{Firm, FirmNumber, FirmNumbers, Kind, Slot, name_hash};
use crate::scenario::findings::{Findings, did_you_mean, quoted};
use crate::scenario::grammar;
use crate::scenario::tree::{Node, Table};
use crate::scenario::values::Number;

/// Defaults by kind, in the order of [`Kind::ALL`]: lab, hyperscaler, neocloud, chips, holding, other (model 13).
pub(in crate::scenario) const BY_KIND: [(&str, [f64; 6]); 6] = [
    ("sentiment_beta", [1.5, 1.0, 1.5, 1.0, 1.0, 1.0]),
    ("revenue_volatility_per_quarter", [0.12, 0.04, 0.12, 0.04, 0.04, 0.04]),
    ("spending_elasticity", [1.0, 1.3, 1.3, 1.0, 0.0, 1.0]),
    ("revenue_feedback_per_quarter", [0.1, 0.0, 0.0, 0.0, 0.0, 0.0]),
    ("equity_capacity_per_quarter", [0.05, 0.01, 0.01, 0.01, 0.01, 0.01]),
    ("loan_to_value", [0.1, 0.5, 0.7, 0.5, 0.5, 0.5]),
];

/// Default headline discount of a firm that is not listed (model 13).
pub(in crate::scenario) const UNLISTED_DISCOUNT: f64 = 0.15;

/// Reads every firm.
pub(super) fn read(desk: &mut Desk<'_>, root: &Table, listed: &[Listed<'_>], rules: &Entry<'_>) -> Vec<Firm> {
    let kinds = kind_tables(desk, root);
    listed.iter().enumerate().map(|(i, l)| firm(desk, l, i, &kinds, rules)).collect()
}

fn kind_tables<'a>(desk: &mut Desk<'_>, root: &'a Table) -> Vec<(Kind, Entry<'a>)> {
    let Some(node) = root.get("kind") else { return Vec::new() };
    let Some(table) = node.table() else {
        desk.findings.error(node.at, format!("`kind` is {}", node.value.what()), "tables such as [kind.lab]", "");
        return Vec::new();
    };
    let mut tables = Vec::new();
    for item in &table.items {
        let kind = serde_json::from_value::<Kind>(item.key.as_str().into());
        match (kind, item.node.table()) {
            (Ok(kind), Some(t)) => {
                let path = format!("kind.{}", item.key);
                let entry = Entry::open(desk.findings, t, item.key_at, "FirmTraits", &path, format!("[{path}]"));
                // Read once here, so that a fault is noted even if no firm is of the kind.
                for (_, name) in FirmNumber::ALL.iter().filter(|(_, n)| grammar::spec("FirmTraits").key(n).is_some()) {
                    entry.number(desk.findings, name);
                }
                tables.push((kind, entry));
            }
            (Ok(_), None) => {
                let found = format!("`kind.{}` is {}", item.key, item.node.value.what());
                desk.findings.error(item.node.at, found, format!("a table that begins with [kind.{}]", item.key), "");
            }
            (Err(_), _) => {
                let words: Vec<&str> = grammar::words("Kind").into_iter().map(|(w, _)| w).collect();
                let hint = did_you_mean(&item.key, words.iter().copied());
                desk.findings.error(
                    item.key_at,
                    format!("unknown kind {}", quoted(&item.key)),
                    format!("one of {}", words.join(", ")),
                    hint,
                );
            }
        }
    }
    tables
}

fn firm(desk: &mut Desk<'_>, listed: &Listed<'_>, i: usize, kinds: &[(Kind, Entry<'_>)], rules: &Entry<'_>) -> Firm {
    let entry = open(desk.findings, listed, "firm", "Firm");
    let given_kind: Option<Kind> = entry.word(desk.findings, "kind");
    desk.kinds.push(given_kind);
    let kind = given_kind.unwrap_or(Kind::Other);
    let is_listed = entry.flag(desk.findings, "listed");
    let of_kind: Vec<&Entry<'_>> = kinds.iter().filter(|(k, _)| *k == kind).map(|(_, e)| e).collect();
    let mut numbers = no_numbers();
    for (field, name) in FirmNumber::ALL {
        let number = firm_number(desk, &entry, &of_kind, rules, name, (kind, is_listed));
        numbers.set(*field, desk.place(&number, Slot::Firm(*field, i)));
    }
    desk.expose(&entry, "firm", &listed.id, None);
    figure_provenance(desk, &entry);
    Firm {
        id: listed.id.clone(),
        name: entry.text(desk.findings, "name").unwrap_or(&listed.id).to_string(),
        key: name_hash(&listed.id),
        kind,
        listed: is_listed,
        debt_first: entry.flag(desk.findings, "debt_first"),
        debt_tenor_quarters: entry.count(desk.findings, "debt_tenor_quarters"),
        external_revenue_usd_bn: plan(desk, &entry, "external_revenue_usd_bn"),
        fixed_cost_usd_bn: plan(desk, &entry, "fixed_cost_usd_bn"),
        capex_usd_bn: plan(desk, &entry, "capex_usd_bn"),
        debt_maturing: ladder(desk, &entry, numbers.debt_usd_bn),
        numbers,
    }
}

/// The firm's own number, or its kind's, or the rules', or the built-in default.
fn firm_number(
    desk: &mut Desk<'_>,
    entry: &Entry<'_>,
    of_kind: &[&Entry<'_>],
    rules: &Entry<'_>,
    name: &str,
    (kind, is_listed): (Kind, bool),
) -> Number {
    let by_kind = BY_KIND.iter().find(|d| d.0 == name).map(|d| d.1[Kind::ALL.iter().position(|k| *k == kind).unwrap_or(5)]);
    let by_listing = (name == "headline_discount").then_some(if is_listed { 0.0 } else { UNLISTED_DISCOUNT });
    let built_in = by_kind.or(by_listing).or(entry.key(name).default_number()).unwrap_or_default();
    let common = |findings: &mut Findings| match grammar::spec("Rules").key(name) {
        Some(_) => rules.number_or_default(findings, name),
        None => Number::plain(built_in, entry.at),
    };
    let is_trait = grammar::spec("FirmTraits").key(name).is_some();
    entry.number_or(desk.findings, name, |findings| match of_kind.first().filter(|_| is_trait) {
        Some(kind) => kind.number_or(findings, name, common),
        None => common(findings),
    })
}

fn no_numbers() -> FirmNumbers {
    FirmNumbers {
        cash_usd_bn: 0.0,
        minimum_cash_usd_bn: 0.0,
        debt_usd_bn: 0.0,
        market_value_usd_bn: 0.0,
        headline_discount: 0.0,
        external_revenue_scale: 0.0,
        fixed_cost_scale: 0.0,
        capex_scale: 0.0,
        variable_cost_ratio: 0.0,
        value_growth_per_year: 0.0,
        sentiment_beta: 0.0,
        demand_beta: 0.0,
        revenue_volatility_per_quarter: 0.0,
        plan_realism: 0.0,
        value_elasticity: 0.0,
        spending_elasticity: 0.0,
        revenue_feedback_per_quarter: 0.0,
        equity_capacity_per_quarter: 0.0,
        loan_to_value: 0.0,
        interest_rate_per_year: 0.0,
        credit_line_usd_bn: 0.0,
        default_recovery_own: 0.0,
        default_recovery_incoming: 0.0,
        bankruptcy_cost: 0.0,
        rejection_claim: 0.0,
        recapture: 0.0,
        price_elasticity: 0.0,
        jump_probability_per_quarter: 0.0,
        jump_mean: 0.0,
        jump_sd: 0.0,
    }
}

/// A plan by quarter; nothing where it is not given.
fn plan(desk: &mut Desk<'_>, entry: &Entry<'_>, key: &str) -> Vec<f64> {
    let calendar = desk.calendar;
    let what = format!("`{key}` of {}", entry.label);
    let Some(node) = entry.get(key) else { return vec![0.0; calendar.horizon] };
    let Some(spread) = calendar.schedule(desk.findings, node, calendar.plan(), &what) else { return vec![0.0; calendar.horizon] };
    warn_of_gap(desk, node, &spread.within, &what);
    spread.within
}

/// Warns of a plan by year or by list that stops before the horizon: the rest would be zero.
fn warn_of_gap(desk: &mut Desk<'_>, node: &Node, amounts: &[f64], what: &str) {
    let named = node.table().is_some_and(|t| t.get("yearly").is_some() || t.get("list").is_some());
    let last = amounts.iter().rposition(|x| *x > 0.0);
    if let (true, Some(last)) = (named && last != Some(amounts.len() - 1), last) {
        let found = format!("{what} is zero after {}", desk.calendar.label(last as i64));
        let end = desk.calendar.label(amounts.len() as i64 - 1);
        desk.findings.warn(
            node.at,
            found,
            format!("amounts up to the horizon, {end}"),
            "name the later years, with 0 in the last one if nothing is meant",
        );
    }
}

/// Share of the debt that matures in each quarter.
fn ladder(desk: &mut Desk<'_>, entry: &Entry<'_>, debt_usd_bn: f64) -> Vec<f64> {
    let calendar = desk.calendar;
    let nothing = vec![0.0; calendar.horizon];
    let Some(node) = entry.get("debt_maturing") else { return nothing };
    let what = format!("`debt_maturing` of {}", entry.label);
    let Some((amounts, sum)) = calendar.maturities(desk.findings, node, &what) else { return nothing };
    if sum > debt_usd_bn * (1.0 + 1e-9) {
        let hint = "debt that is refinanced is not counted twice";
        desk.findings.error(node.at, format!("{what} sums to {sum}"), format!("at most `debt_usd_bn`, {debt_usd_bn}"), hint);
        return nothing;
    }
    if debt_usd_bn > 0.0 { amounts.iter().map(|x| x / debt_usd_bn).collect() } else { nothing }
}

/// Checks the provenance of single figures.
fn figure_provenance(desk: &mut Desk<'_>, entry: &Entry<'_>) {
    let Some(node) = entry.get("provenance") else { return };
    let Some(table) = node.table() else {
        let found = format!("`provenance` of {} is {}", entry.label, node.value.what());
        desk.findings.error(node.at, found, "{ cash_usd_bn = { source = \"...\", grade = \"A\" } }", "");
        return;
    };
    for item in &table.items {
        let firm = grammar::spec("Firm");
        if firm.key(&item.key).is_none() {
            let found = format!("provenance of {}, which {} has not", quoted(&item.key), entry.label);
            desk.findings.error(item.key_at, found, "a key of [[firm]]", did_you_mean(&item.key, firm.names()));
        }
        match item.node.table() {
            Some(t) => {
                let label = format!("provenance of `{}` of {}", item.key, entry.label);
                let path = format!("{}.provenance.{}", entry.path, item.key);
                let figure = Entry::open(desk.findings, t, item.node.at, "Provenance", &path, label);
                desk.provenance(&figure);
            }
            None => {
                let found = format!("provenance of `{}` is {}", item.key, item.node.value.what());
                desk.findings.error(item.node.at, found, "{ source = \"...\", as_of = \"...\", grade = \"A\" }", "");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_by_kind_are_exactly_those_that_the_grammar_leaves_to_the_kind() {
        let spec = grammar::spec("FirmTraits");
        let by_kind: Vec<&str> = spec.keys.iter().filter(|k| k.default_text == "by kind").map(|k| k.name.as_str()).collect();
        assert_eq!(by_kind, BY_KIND.map(|d| d.0));
        let by_rule = spec.keys.iter().filter(|k| k.default_text.starts_with("rules."));
        assert!(by_rule.clone().count() == 5 && by_rule.clone().all(|k| grammar::spec("Rules").key(&k.name).is_some()));
        assert!(spec.keys.iter().all(|k| k.default_number().is_some() || !k.default_text.is_empty()));
    }
}
