//! Changes by path: `firm.openai.cash_usd_bn = 20`, `purchase.*.take_or_pay = { times = 0.5 }`, from a file's `set` or from the command line. No merging.

use super::findings::{At, Findings, did_you_mean, quoted};
use super::multiple;
use super::overlay::{ENTRIES, id_of};
use super::tree::{self, Item, Node, Table, Value};

/// Sections that are one table each.
const SECTIONS: [&str; 4] = ["scenario", "rules", "shocks", "kind"];

/// The keys that make up the size of a deal, by table: what `investment.x = { times = 2 }` multiplies.
const SIZES: [(&str, &[&[&str]]); 7] = [
    ("stake", &[&["share"]]),
    ("investment", &[&["amount_usd_bn"], &["tranche", "*", "amount_usd_bn"]]),
    ("purchase", &[&["scale"]]),
    ("procurement", &[&["share"]]),
    ("loan", &[&["balance_usd_bn"]]),
    ("warrant", &[&["shares"], &["tranche", "*", "shares"]]),
    ("backstop", &[&["cap_usd_bn"]]),
];

/// Applies one change of a `set` table. In TOML `set.firm.openai.cash_usd_bn = 20` and `set = { "firm.openai.cash_usd_bn" = 20 }` say the same, so tables
/// are followed until the path is long enough to name a key.
pub(super) fn apply_nested(findings: &mut Findings, root: &mut Table, item: &Item, prefix: &str) {
    let path = format!("{prefix}{}", item.key);
    let segments: Vec<&str> = path.split('.').collect();
    let needed = if SECTIONS[..3].contains(&segments[0]) { 2 } else { 3 };
    match item.node.table().filter(|_| !multiple::is_multiple(&item.node)) {
        Some(table) if segments.len() < needed => table.items.iter().for_each(|i| apply_nested(findings, root, i, &format!("{path}."))),
        _ => apply(findings, root, &path, &item.node, item.key_at),
    }
}

/// Applies a change from the command line, `PATH=VALUE`.
pub(super) fn apply_text(findings: &mut Findings, root: &mut Table, path: &str, value: &str) {
    let text = format!("{path}={value}");
    let file = findings.add_source(std::path::Path::new("--set"), text.clone());
    let at = At::new(file, path.len() + 1..text.len().max(path.len() + 2));
    // What is not a TOML value, such as a bare word, is a text.
    let node = tree::parse_value(findings, value.trim(), at).unwrap_or_else(|| Node { value: Value::Text(value.trim().into()), at });
    apply(findings, root, path.trim(), &node, At::new(file, 0..path.len().max(1)));
}

/// Sets the value that a path names, or every value that it names with `*`.
fn apply(findings: &mut Findings, root: &mut Table, path: &str, value: &Node, at: At) {
    let segments: Vec<&str> = path.split('.').collect();
    let form = "such as firm.openai.cash_usd_bn, purchase.*.take_or_pay or shocks.random";
    match segments.as_slice() {
        [table, id, rest @ ..] if ENTRIES.contains(table) && !rest.is_empty() => entries(findings, root, (table, id, rest), value, at),
        ["kind", kind, rest @ ..] if !rest.is_empty() => {
            let kinds: Vec<&str> = super::grammar::words("Kind").into_iter().map(|w| w.0).filter(|w| *kind == "*" || w == kind).collect();
            if kinds.is_empty() {
                let known: Vec<&str> = super::grammar::words("Kind").into_iter().map(|w| w.0).collect();
                findings.error(
                    at,
                    format!("unknown kind {} in {}", quoted(kind), quoted(path)),
                    known.join(", "),
                    did_you_mean(kind, known),
                );
            }
            for k in kinds {
                let keys: Vec<&str> = ["kind", k].iter().chain(rest).copied().collect();
                descend(root, &keys, value, at);
            }
        }
        ["scenario", "extends" | "remove" | "set", ..] => {
            findings.error(at, format!("{} cannot be changed by path", quoted(path)), "another key", "write a file that extends this one");
        }
        ["deal", id] if multiple::is_multiple(value) => deal(findings, root, (id, &[]), value, at),
        ["deal", id, rest @ ..] if !rest.is_empty() => deal(findings, root, (id, rest), value, at),
        ["deal", ..] => {
            findings.error(at, format!("path {} names no key", quoted(path)), "deal.x.key, or deal.x = { times = 2 } for its size", "")
        }
        [table, id] if multiple::is_multiple(value) && SIZES.iter().any(|s| s.0 == *table) => {
            entries(findings, root, (table, id, &[]), value, at);
        }
        [section, rest @ ..] if SECTIONS[..3].contains(section) && !rest.is_empty() => descend(root, &segments, value, at),
        [table, ..] if ENTRIES.contains(table) || SECTIONS.contains(table) => {
            findings.error(at, format!("path {} names no key", quoted(path)), format!("table.id.key, {form}"), "");
        }
        [table, ..] => {
            let hint = did_you_mean(table, ENTRIES.into_iter().chain(SECTIONS));
            findings.error(at, format!("path {} begins with an unknown table", quoted(path)), format!("a path {form}"), hint);
        }
        [] => {}
    }
}

/// Tables whose entries are deals, with the grammar of each.
const DEALS: [(&str, &str); 3] = [("purchase", "Purchase"), ("procurement", "Procurement"), ("investment", "Investment")];

/// Changes whatever is a deal of this name, or with `*` all that know the key: a purchase and an investment of the same id are one deal.
fn deal(findings: &mut Findings, root: &mut Table, (id, rest): (&str, &[&str]), value: &Node, at: At) {
    let ids = |root: &Table, table: &str| -> Vec<String> {
        let list = root.get(table).and_then(Node::list).unwrap_or_default();
        list.iter().enumerate().filter_map(|(k, n)| id_of(table, k, n.table()?)).collect()
    };
    let knows = |grammar: &str| rest.first().is_none_or(|key| super::grammar::spec(grammar).key(key).is_some());
    let known: Vec<(&str, bool, String)> = DEALS.iter().flat_map(|d| ids(root, d.0).into_iter().map(|k| (d.0, knows(d.1), k))).collect();
    let meant = || known.iter().filter(|k| id == "*" || k.2 == id);
    let mut met: Vec<&str> = meant().filter(|k| k.1).map(|k| k.0).collect();
    met.dedup();
    if meant().next().is_none() {
        let hint = did_you_mean(id, known.iter().map(|k| k.2.as_str()));
        findings.error(
            at,
            format!("there is no deal {} to change", quoted(id)),
            "the id of a purchase, procurement or investment, or * for all",
            hint,
        );
    } else if met.is_empty() {
        let found = format!("deal {} has no key {}", quoted(id), quoted(rest.first().copied().unwrap_or_default()));
        findings.error(at, found, "a key of its table", "its size is changed by deal.x = { times = 2 }");
    }
    for table in met {
        entries(findings, root, (table, id, rest), value, at);
    }
}

fn entries(findings: &mut Findings, root: &mut Table, (table, id, rest): (&str, &str, &[&str]), value: &Node, at: At) {
    let mut ids = Vec::new();
    let mut met = 0;
    if let Some(Value::List(list)) = root.get_mut(table).map(|n| &mut n.value) {
        for (k, node) in list.iter_mut().enumerate() {
            let Value::Table(entry) = &mut node.value else { continue };
            let this = id_of(table, k, entry).unwrap_or_default();
            if id == "*" || this == id {
                met += 1;
                match rest {
                    [] => resize(entry, table, value, at),
                    _ => descend(entry, without_tranche(entry, rest), value, at),
                }
            }
            ids.push(this);
        }
    }
    if met == 0 {
        let found =
            if id == "*" { format!("there is no [[{table}]] to change") } else { format!("there is no {table} {} to change", quoted(id)) };
        findings.error(at, found, format!("the id of a [[{table}]], or * for all"), did_you_mean(id, ids.iter().map(String::as_str)));
    }
}

/// Multiplies what makes up the size of a deal; what it has not or, having tranches, leaves to them stays unwritten.
fn resize(entry: &mut Table, table: &str, value: &Node, at: At) {
    let has_tranches = entry.get("tranche").is_some();
    for keys in SIZES.iter().filter(|s| s.0 == table).flat_map(|s| s.1) {
        let is_meant = if keys[0] == "tranche" { has_tranches } else { !has_tranches || entry.get(keys[0]).is_some() };
        if is_meant {
            descend(entry, keys, value, at);
        }
    }
}

/// An investment of one payment holds the keys of its tranche itself.
fn without_tranche<'a>(entry: &Table, rest: &'a [&'a str]) -> &'a [&'a str] {
    match rest {
        ["tranche", "*" | "1", key @ ..] | ["tranche", key @ ..] if entry.get("tranche").is_none() && !key.is_empty() => key,
        _ => rest,
    }
}

/// Follows keys through tables, and through lists of tables by number (from 1), by `*` or, without either, into every element.
fn descend(table: &mut Table, keys: &[&str], value: &Node, at: At) {
    let [key, rest @ ..] = keys else { return };
    if rest.is_empty() {
        let below = table.get(key).cloned().filter(|_| multiple::is_multiple(value));
        table.set(key, at, below.map_or_else(|| value.clone(), |below| multiple::of(value, below)));
        return;
    }
    if table.get(key).is_none_or(|n| n.table().is_none() && n.list().is_none()) {
        table.set(key, at, Node { value: Value::Table(Table::default()), at });
    }
    match table.get_mut(key).map(|n| &mut n.value) {
        Some(Value::Table(inner)) => descend(inner, rest, value, at),
        Some(Value::List(list)) => {
            let number = rest[0].parse::<usize>().ok();
            let rest = if number.is_some() || rest[0] == "*" { &rest[1..] } else { rest };
            for (_, node) in list.iter_mut().enumerate().filter(|(k, _)| number.is_none_or(|n| n == k + 1)) {
                match &mut node.value {
                    Value::Table(inner) => descend(inner, rest, value, at),
                    other if rest.is_empty() => *other = value.value.clone(),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}
