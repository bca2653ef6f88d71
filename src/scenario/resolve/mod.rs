//! From the merged tree to the model: every table is read and checked, and every problem collected. No files.

mod checks;
mod contracts;
mod evidence;
mod firms;
mod purchases;
mod shocks;

pub(super) use firms::{BY_KIND, UNLISTED_DISCOUNT};
pub(super) use purchases::TAKE_OR_PAY;
pub(super) use shocks::{Entities, admitted, deed, entity_of};

use std::collections::HashMap;

use super::Provenance;
use super::entry::Entry;
use super::findings::{At, Findings, did_you_mean, quoted};
use super::grammar;
use super::schedule::Calendar;
use super::tree::{Node, Table};
use super::values::{self, Number};
use crate::model::{Evidence, Exposure, FirmId, Model, RuleNumber, RuleNumbers, Rules, Slot, Uncertain, name_hash};

/// The name that stands for the outside sectors.
const OUTSIDE: &str = "outside";

/// What the tables share while they are read.
struct Desk<'a> {
    findings: &'a mut Findings,
    calendar: Calendar,
    firms: HashMap<String, FirmId>,
    firm_names: Vec<String>,
    /// Kind of each firm, if it could be read.
    kinds: Vec<Option<crate::model::Kind>>,
    uncertain: Vec<Uncertain>,
    exposures: Vec<Exposure>,
    provenance: Vec<Provenance>,
}

impl<'a> Desk<'a> {
    /// An empty desk that knows the firms by name.
    fn new(findings: &'a mut Findings, calendar: Calendar, firms: &[Listed<'_>]) -> Desk<'a> {
        Desk {
            findings,
            calendar,
            firms: firms.iter().enumerate().map(|(i, f)| (f.id.clone(), FirmId(i as u32))).collect(),
            firm_names: firms.iter().map(|f| f.id.clone()).collect(),
            kinds: Vec::new(),
            uncertain: Vec::new(),
            exposures: Vec::new(),
            provenance: Vec::new(),
        }
    }

    /// The firm that a key names.
    fn firm(&mut self, entry: &Entry<'_>, key: &str) -> Option<FirmId> {
        let name = entry.text(self.findings, key)?;
        if let Some(id) = self.firms.get(name) {
            return Some(*id);
        }
        let at = entry.at(key);
        if name == OUTSIDE {
            self.findings.error(at, format!("`{key}` of {} is `outside`", entry.label), "a firm of the scenario", "");
        } else {
            self.unknown_firm(name, at, &format!("`{key}` of {}", entry.label));
        }
        None
    }

    /// The firm that a key names, or `None` inside for the outside sectors.
    fn firm_or_outside(&mut self, entry: &Entry<'_>, key: &str) -> Option<Option<FirmId>> {
        if entry.text(self.findings, key)? == OUTSIDE {
            return Some(None);
        }
        self.firm(entry, key).map(Some)
    }

    fn unknown_firm(&mut self, name: &str, at: At, whose: &str) {
        let found = format!("unknown firm {} as {whose}", quoted(name));
        let hint = did_you_mean(name, self.firm_names.iter().map(String::as_str));
        self.findings.error(at, found, "the id of a [[firm]]", hint);
    }

    /// Notes that a number is drawn, if it is, and returns its centre.
    fn place(&mut self, number: &Number, slot: Slot) -> f64 {
        if let Some(distribution) = number.spread {
            self.uncertain.push(Uncertain { name: number.name.clone(), key: name_hash(&number.draw), slot, distribution });
        }
        number.value
    }
}

/// Identity of an entry of an array of tables.
struct Listed<'a> {
    table: &'a Table,
    at: At,
    id: String,
}

/// The entries of an array of tables with their identifiers, the first of each.
fn listed<'a>(findings: &mut Findings, root: &'a Table, name: &str) -> Vec<Listed<'a>> {
    let Some(node) = root.get(name) else { return Vec::new() };
    let Some(list) = node.list() else {
        findings.error(
            node.at,
            format!("`{name}` is {}", node.value.what()),
            format!("entries that each begin with [[{name}]]"),
            "double brackets",
        );
        return Vec::new();
    };
    let mut entries: Vec<Listed<'a>> = Vec::new();
    let mut seen: HashMap<String, At> = HashMap::new();
    for (k, entry) in list.iter().enumerate() {
        let Some(table) = entry.table() else {
            findings.error(
                entry.at,
                format!("entry {} of `{name}` is {}", k + 1, entry.value.what()),
                format!("a table that begins with [[{name}]]"),
                "",
            );
            continue;
        };
        let id = super::overlay::id_of(name, k, table).unwrap_or_else(|| format!("#{}", k + 1));
        if let Some(first) = seen.get(&id) {
            let line = findings.place(*first).line;
            let found = format!("duplicate id {} in [[{name}]], used first in line {line}", quoted(&id));
            findings.error(table.get("id").map_or(entry.at, |n| n.at), found, "an id of its own for each entry", "");
            continue;
        }
        check_id(findings, table, &id, entry.at, name);
        seen.insert(id.clone(), table.get("id").map_or(entry.at, |n| n.at));
        entries.push(Listed { table, at: entry.at, id });
    }
    entries
}

fn check_id(findings: &mut Findings, table: &Table, id: &str, at: At, name: &str) {
    let Some(node) = table.get("id") else { return };
    if node.text().is_none() {
        findings.error(node.at, format!("an `id` of [[{name}]] is {}", node.value.what()), "a text in quotation marks", "");
    }
    let letters = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if node.text().is_some() && (!letters || id.is_empty() || id.len() > 100) {
        findings.error(node.at, format!("id {} of [[{name}]]", quoted(id)), "1 to 100 letters, digits, `-` and `_`", "");
    } else if name == "firm" && id == OUTSIDE {
        findings.error(at, "a firm with the id `outside`", "another id: `outside` stands for everybody outside the model", "");
    }
}

/// Opens an entry of an array of tables.
fn open<'a>(findings: &mut Findings, listed: &Listed<'a>, table: &str, kind: &str) -> Entry<'a> {
    let path = format!("{table}.{}", listed.id);
    Entry::open(findings, listed.table, listed.at, kind, &path, format!("{table} {}", quoted(&listed.id)))
}

/// The table of a name, or an empty one.
fn section<'a>(findings: &mut Findings, root: &'a Table, name: &str, kind: &str, nothing: &'a Table) -> Entry<'a> {
    let node = root.get(name);
    if let Some(n) = node.filter(|n| n.table().is_none()) {
        findings.error(n.at, format!("`{name}` is {}", n.value.what()), format!("a table that begins with [{name}]"), "");
    }
    let at = node.map_or(At::whole(0), |n| n.at);
    Entry::open(findings, node.and_then(Node::table).unwrap_or(nothing), at, kind, name, format!("[{name}]"))
}

/// The heading of a scenario.
struct Heading {
    name: String,
    title: String,
    as_of: String,
    calendar: Calendar,
    note: String,
    source: String,
}

/// What the resolver hands back.
pub(super) struct Resolved {
    /// The model.
    pub model: Model,
    /// Where figures come from, in the order of reading.
    pub provenance: Vec<Provenance>,
    /// The heading's note.
    pub note: String,
    /// The heading's source.
    pub source: String,
}

/// Resolves a merged tree. The model is usable only if no error was found.
pub(super) fn resolve(findings: &mut Findings, root: &Table, stem: &str) -> Resolved {
    let nothing = Table::default();
    let file = Entry::open(findings, root, At::whole(0), "ScenarioFile", "", "the file".into());
    let scenario = section(findings, file.table, "scenario", "Scenario", &nothing);
    let heading = heading(findings, &scenario, stem);
    let listed_firms = listed(findings, root, "firm");
    if listed_firms.is_empty() && !findings.any_error() {
        findings.error(scenario.at, "a system without firms", "at least one [[firm]]", "");
    }
    let mut desk = Desk::new(findings, heading.calendar, &listed_firms);
    let rules_entry = section(desk.findings, root, "rules", "Rules", &nothing);
    let rules = rules(&mut desk, &rules_entry);
    let firms = firms::read(&mut desk, root, &listed_firms, &rules_entry);
    let groups = shocks::groups(&mut desk, root);
    let stakes = contracts::stakes(&mut desk, root);
    let mut investments = contracts::investments(&mut desk, root);
    let mut purchases = purchases::read(&mut desk, root, &rules_entry, &groups);
    let loans = contracts::loans(&mut desk, root);
    let warrants = contracts::warrants(&mut desk, root);
    let backstops = contracts::backstops(&mut desk, root);
    let deals = shocks::deals(&mut desk, &mut purchases, &mut investments);
    let shocks = shocks::read(&mut desk, root, &groups, &investments.tranches, deals);
    let (uncertain, exposures, provenance) = (desk.uncertain, desk.exposures, desk.provenance);

    let mut model = Model {
        name: heading.name,
        title: heading.title,
        as_of: heading.as_of,
        first_quarter: heading.calendar.first,
        horizon_quarters: heading.calendar.horizon,
        firms,
        stakes,
        tranches: investments.tranches,
        purchases: purchases.list,
        loans,
        warrants,
        backstops,
        groups: groups.list,
        shocks,
        rules,
        uncertain,
        evidence: Evidence { exposures },
    };
    let read_well = !findings.any_error();
    checks::system(findings, root, &model, read_well);
    if read_well {
        evidence::weigh(&mut model, &provenance);
    }
    Resolved { model, provenance, note: heading.note, source: heading.source }
}

fn heading(findings: &mut Findings, entry: &Entry<'_>, stem: &str) -> Heading {
    for key in ["currency", "unit"] {
        let only = entry.key(key).default.as_ref().and_then(|d| d.as_str()).unwrap_or_default();
        if let Some(text) = entry.text(findings, key).filter(|t| *t != only) {
            let found = format!("`{key}` of [scenario] is {}", quoted(text));
            findings.error(entry.at(key), found, format!("`{only}`: amounts are in billions of US dollars"), "convert the amounts");
        }
    }
    let name = entry.text(findings, "name").map_or_else(|| slug(stem), str::to_string);
    if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_') || name.is_empty() || name.len() > 80 {
        let hint = format!("such as `{}`", slug(&name));
        findings.error(
            entry.at("name"),
            format!("`name` of [scenario] is {}", quoted(&name)),
            "1 to 80 small letters, digits, `-` and `_`",
            hint,
        );
    }
    let as_of = entry.date(findings, "as_of", true).unwrap_or_else(|| "2025-12-31".into());
    let first = match entry.get("first_quarter") {
        None => quarter_after(&as_of),
        Some(n) => n.text().and_then(values::parse_quarter).unwrap_or_else(|| {
            let written = n.text().map_or(n.value.what().to_string(), quoted);
            findings.error(n.at, format!("`first_quarter` of [scenario] is {written}"), "a quarter such as \"2026Q1\"", "");
            (2026, 1)
        }),
    };
    warn_of_distant_start(findings, entry, &as_of, first);
    let horizon = entry.count(findings, "horizon_quarters");
    let beyond = entry.flag(findings, "beyond_horizon");
    let title = entry.text(findings, "title").unwrap_or(&name).to_string();
    let note = entry.text(findings, "note").unwrap_or_default().to_string();
    let source = entry.text(findings, "source").unwrap_or_default().to_string();
    Heading { name, title, as_of, calendar: Calendar { first, horizon, beyond }, note, source }
}

/// Balances are those of the as-of date, so the first quarter should follow it, or be the one it lies in.
fn warn_of_distant_start(findings: &mut Findings, entry: &Entry<'_>, as_of: &str, first: (i32, u32)) {
    let after = quarter_after(as_of);
    let apart = (first.0 - after.0) * 4 + first.1 as i32 - after.1 as i32;
    if !(-1..=1).contains(&apart) {
        let found = format!("the first quarter, {}Q{}, is far from the as-of date, {as_of}", first.0, first.1);
        findings.warn(
            entry.at("first_quarter"),
            found,
            format!("a quarter near {}Q{}", after.0, after.1),
            "balances are those of the as-of date",
        );
    }
}

/// The calendar quarter after that of a date.
fn quarter_after(date: &str) -> (i32, u32) {
    let year = date.get(0..4).and_then(|y| y.parse().ok()).unwrap_or(2026);
    let month: u32 = date.get(5..7).and_then(|m| m.parse().ok()).unwrap_or(1);
    let quarter = month.saturating_sub(1) / 3 + 2;
    if quarter > 4 { (year + 1, 1) } else { (year, quarter) }
}

/// A text made into a name of small letters, digits, `-` and `_`.
fn slug(text: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' };
    let slug: String = text.chars().take(80).map(kept).collect();
    if slug.is_empty() { "scenario".into() } else { slug }
}

fn rules(desk: &mut Desk<'_>, entry: &Entry<'_>) -> Rules {
    let mut numbers = RuleNumbers { spending_cap: 0.0, circular_revenue_weight: 0.0, floor_ramp: 0.0 };
    for (field, name) in RuleNumber::ALL {
        let number = entry.number_or_default(desk.findings, name);
        numbers.set(*field, desk.place(&number, Slot::Rule(*field)));
    }
    // The defaults for firms and contracts are read here too, so that a fault is noted even if nobody uses them.
    for key in grammar::spec("Rules").keys.iter().filter(|k| k.kind == "Number") {
        entry.number(desk.findings, &key.name);
    }
    desk.provenance(entry);
    Rules { numbers, grace_quarters: entry.count(desk.findings, "grace_quarters") }
}
