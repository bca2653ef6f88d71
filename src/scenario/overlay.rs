//! Files that extend files: reading the chain, merging by key and by id, leaving entries out. No meaning of the values.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::files;
use super::findings::{At, Findings, did_you_mean, quoted};
use super::set;
use super::tables;
use super::tree::{self, Item, Node, Table, Value};
use crate::model::deal_of;

/// Arrays of tables, in the order of the grammar.
pub(super) const ENTRIES: [&str; 10] =
    ["firm", "stake", "investment", "purchase", "procurement", "loan", "warrant", "backstop", "group", "stress"];

/// Most files that may extend one another.
const LONGEST_CHAIN: usize = 16;

/// Identifier of an entry: as written, or what stands for it.
pub(super) fn id_of(table: &str, position: usize, entry: &Table) -> Option<String> {
    let text = |key: &str| entry.get(key).and_then(|n| n.text());
    match (entry.get("id"), table) {
        (Some(id), _) => id.text().map(str::to_string),
        (None, "stake") => Some(format!("{}-{}", text("holder")?, text("issuer")?)),
        (None, "stress") => Some(format!("stress-{}", position + 1)),
        _ => None,
    }
}

/// Reads a scenario file with what it extends and the tables that it names. `None` if a file could not be read or is not TOML.
pub(super) fn read(findings: &mut Findings, path: &Path, named_at: Option<At>, chain: &mut Vec<PathBuf>) -> Option<Table> {
    // Where a file is the same under two names, only its canonical path tells.
    let canonical = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if let Some(start) = chain.iter().position(|p| *p == canonical) {
        let names: Vec<String> = chain[start..].iter().chain([&canonical]).map(|p| file_name(p)).collect();
        let at = named_at.unwrap_or(At::whole(0));
        findings.error(at, format!("cycle of `extends`: {}", names.join(" -> ")), "a chain that ends in a file without `extends`", "");
        return None;
    }
    if chain.len() >= LONGEST_CHAIN {
        let at = named_at.unwrap_or(At::whole(0));
        findings.error(at, format!("more than {LONGEST_CHAIN} files extend one another"), "a shorter chain", "");
        return None;
    }
    let file = files::read(findings, path, named_at, files::MOST_BYTES)?;
    chain.push(canonical);
    let merged = level(findings, file, chain);
    chain.pop();
    merged
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Reads one source on top of what it extends.
pub(super) fn level(findings: &mut Findings, file: u32, chain: &mut Vec<PathBuf>) -> Option<Table> {
    let root = tree::parse(findings, file);
    if findings.any_error() {
        return None;
    }
    let Value::Table(mut own) = root.value else { return None };
    tables::read_into(findings, &mut own)?;
    let nothing = Table::default();
    let heading = own.get("scenario").and_then(Node::table).cloned().unwrap_or_default();
    let base = match heading.get("extends") {
        None => nothing,
        Some(node) => {
            let Some(name) = node.text().filter(|t| !t.is_empty()) else {
                let found = format!("`extends` is {}", node.value.what());
                findings.error(node.at, found, "the path of a scenario file in quotation marks", "");
                return None;
            };
            let path = findings.folder(file).join(name);
            let base = read(findings, &path, Some(node.at), chain)?;
            inherit_heading(base, &own, findings.path(file))
        }
    };
    let mut merged = merge(base, own);
    apply_heading(findings, &mut merged, &heading);
    Some(merged)
}

/// What a variant takes over from the heading that it extends: not the name, and the title only with the variant's name.
fn inherit_heading(mut base: Table, own: &Table, path: &Path) -> Table {
    let name = own.get("scenario").and_then(Node::table).and_then(|t| t.get("name")).and_then(Node::text).map(str::to_string);
    let name = name.or(path.file_stem().map(|s| s.to_string_lossy().into_owned())).unwrap_or_default();
    if let Some(Value::Table(heading)) = base.get_mut("scenario").map(|n| &mut n.value) {
        heading.remove("name");
        if let Some(Value::Text(title)) = heading.get_mut("title").map(|n| &mut n.value) {
            *title = format!("{title} ({name})");
        }
    }
    base
}

/// Applies `remove` and `set`, which then are done with.
fn apply_heading(findings: &mut Findings, merged: &mut Table, heading: &Table) {
    if let Some(node) = heading.get("remove") {
        let names = node.list().unwrap_or_default();
        if node.list().is_none() || names.iter().any(|n| n.text().is_none()) {
            findings.error(
                node.at,
                format!("`remove` is {}", node.value.what()),
                "a list of ids in quotation marks, such as [\"lab-cloud\"]",
                "",
            );
        }
        for n in names {
            remove(findings, merged, n.text().unwrap_or_default(), n.at);
        }
    }
    if let Some(node) = heading.get("set") {
        match node.table() {
            Some(changes) => changes.items.iter().for_each(|i| set::apply_nested(findings, merged, i, "")),
            None => findings.error(node.at, format!("`set` is {}", node.value.what()), "{ \"firm.openai.cash_usd_bn\" = 20 }", ""),
        }
    }
    if let Some(Value::Table(t)) = merged.get_mut("scenario").map(|n| &mut n.value) {
        for key in ["extends", "remove", "set"] {
            t.remove(key);
        }
    }
    merged.remove("tables");
}

/// Lays one tree over another: tables key by key, arrays of tables by id, anything else whole.
fn merge(mut base: Table, own: Table) -> Table {
    for item in own.items {
        match base.get_mut(&item.key) {
            Some(below) => lay(below, item, &mut |below, own| *below = own),
            None => base.items.push(item),
        }
    }
    base
}

fn lay(below: &mut Node, item: Item, replace: &mut dyn FnMut(&mut Node, Node)) {
    let Item { key, node, .. } = item;
    match (&mut below.value, node.value) {
        (Value::List(list), Value::List(own)) if ENTRIES.contains(&key.as_str()) => merge_entries(&key, list, own),
        (Value::Table(table), Value::Table(own)) if key == "kind" => {
            for item in own.items {
                match table.get_mut(&item.key) {
                    Some(kind) => match (&mut kind.value, item.node.value) {
                        (Value::Table(t), Value::Table(own)) => lay_keys(t, own),
                        (_, value) => replace(kind, Node { value, at: item.node.at }),
                    },
                    None => table.items.push(item),
                }
            }
        }
        (Value::Table(table), Value::Table(own)) => lay_keys(table, own),
        (_, value) => replace(below, Node { value, at: node.at }),
    }
}

/// Keys of one table over those of another; a value that is itself a table, such as a distribution, is replaced whole.
fn lay_keys(table: &mut Table, own: Table) {
    for item in own.items {
        table.set(&item.key, item.key_at, item.node);
    }
}

/// Entries over entries of the same id. Two entries of one file with one id stay two, so that the fault is seen.
pub(super) fn merge_entries(table: &str, below: &mut Vec<Node>, own: Vec<Node>) {
    let explicit = |k: usize, n: &Node| {
        let t = n.table()?;
        if table == "stress" && t.get("id").is_none() { None } else { id_of(table, k, t) }
    };
    let mut known: HashMap<String, usize> = below.iter().enumerate().filter_map(|(k, n)| Some((explicit(k, n)?, k))).collect();
    for (k, node) in own.into_iter().enumerate() {
        // An id is taken out of the map when it is used, so that its second use appends.
        let place = explicit(k, &node).and_then(|id| known.remove(&id));
        match (place.and_then(|p| below.get_mut(p)).map(|n| (&mut n.value, &mut n.at)), node.value) {
            (Some((Value::Table(t), at)), Value::Table(own)) => {
                lay_keys(t, own);
                *at = node.at;
            }
            (_, value) => below.push(Node { value, at: node.at }),
        }
    }
}

/// Keys by which a contract names the firms that it binds.
const PARTIES: [&str; 11] =
    ["buyer", "seller", "supplier", "investor", "investee", "holder", "issuer", "lender", "borrower", "guarantor", "beneficiary"];

/// Leaves out the entries that a name such as `x`, `purchase.x` or `stake.*` stands for, and what cannot be without them.
pub(super) fn remove(findings: &mut Findings, root: &mut Table, name: &str, at: At) {
    let (table, id) = match name.split_once('.') {
        Some((table, id)) if ENTRIES.contains(&table) => (Some(table), id),
        _ => (None, name),
    };
    let searched: Vec<&str> = ENTRIES.into_iter().filter(|t| table.is_none_or(|wanted| wanted == *t)).collect();
    // A stake without an id of its own answers to `holder-issuer` only if nothing is called so by itself.
    let entries = |t: &str| root.get(t).and_then(Node::list).unwrap_or_default().iter().filter_map(Node::table);
    let is_named = |e: &Table| e.get("id").and_then(Node::text) == Some(id);
    let by_own_name = table.is_none() && searched.iter().any(|t| entries(t).any(is_named));
    let mut ids = Vec::new();
    let mut gone = Vec::new();
    for t in searched {
        let Some(Value::List(list)) = root.get_mut(t).map(|n| &mut n.value) else { continue };
        let mut position = 0;
        list.retain(|n| {
            let this = n.table().and_then(|e| id_of(t, position, e)).unwrap_or_default();
            position += 1;
            let counts = !by_own_name || n.table().is_some_and(|e| e.get("id").is_some());
            let is_meant = (this == id && counts) || (id == "*" && table.is_some());
            if is_meant {
                gone.push((t, this.clone()));
            }
            ids.push(this);
            !is_meant
        });
    }
    if gone.is_empty() {
        let found = format!("nothing to leave out is called {}", quoted(name));
        findings.error(at, found, "the id of a firm, contract, group or stress", did_you_mean(id, ids.iter().map(String::as_str)));
        return;
    }
    for (t, id) in gone {
        cascade(findings, root, t, &id, at);
    }
}

/// Leaves out what refers to a removed entry.
fn cascade(findings: &mut Findings, root: &mut Table, table: &str, removed: &str, at: At) {
    let names = |e: &Table, key: &str| e.get(key).and_then(Node::text) == Some(removed);
    let mut followers = Vec::new();
    for t in ENTRIES {
        let Some(Value::List(list)) = root.get_mut(t).map(|n| &mut n.value) else { continue };
        let mut position = 0;
        list.retain_mut(|n| {
            let Value::Table(e) = &mut n.value else { return true };
            let id = id_of(t, position, e).unwrap_or_default();
            position += 1;
            let follows = match table {
                "firm" => {
                    PARTIES.iter().any(|key| names(e, key)) || (t == "group" && names(e, "lead")) || (t == "stress" && names(e, "entity"))
                }
                "stress" => false,
                _ => t == "stress" && entity_of(e, removed),
            };
            if follows {
                followers.push((t, id));
            } else {
                forget(e, table, removed);
            }
            !follows
        });
    }
    if table == "firm" && !followers.is_empty() {
        let list: Vec<String> = followers.iter().map(|(t, id)| format!("{t} `{id}`")).collect();
        let hint = "what a removed firm takes part in is removed with it";
        findings.warn(at, format!("without firm `{removed}` there is no {}", list.join(", no ")), "nothing else to depend on it", hint);
    }
    for (t, id) in followers.iter().filter(|(t, _)| *t != "stress" && table == "firm") {
        cascade(findings, root, t, id, at);
    }
}

/// Whether a stress is on a removed deal, or on one of its tranches.
fn entity_of(stress: &Table, removed: &str) -> bool {
    let entity = stress.get("entity").and_then(Node::text);
    entity.is_some_and(|e| e == removed || deal_of(e) == removed)
}

/// Makes outside suppliers the sellers of a purchase or procurement; what its seller bought to serve it, it no longer buys.
pub(super) fn sell_outside(findings: &mut Findings, root: &mut Table, deal: &str) {
    if let Some(Value::List(list)) = root.get_mut("procurement").map(|n| &mut n.value) {
        let entries = list.iter_mut().filter_map(|n| if let Value::Table(e) = &mut n.value { Some(e) } else { None });
        entries.for_each(|e| forget(e, "purchase", deal));
    }
    let entries = root.get("procurement").and_then(Node::list).unwrap_or_default().iter().filter_map(Node::table);
    let is_procurement = entries.into_iter().any(|e| e.get("id").and_then(Node::text) == Some(deal));
    let path = if is_procurement { format!("procurement.{deal}.supplier") } else { format!("purchase.{deal}.seller") };
    set::apply_text(findings, root, &path, "\"outside\"");
}

/// Takes the name of a removed purchase or group out of an entry that goes on without it.
fn forget(entry: &mut Table, table: &str, removed: &str) {
    match table {
        "group" if entry.get("group").and_then(Node::text) == Some(removed) => {
            entry.remove("group");
            entry.remove("lead");
        }
        "purchase" => {
            if let Some(Value::List(of)) = entry.get_mut("of").map(|n| &mut n.value) {
                of.retain(|n| n.text() != Some(removed));
            }
        }
        _ => {}
    }
}
