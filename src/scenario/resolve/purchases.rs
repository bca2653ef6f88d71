//! Purchase commitments, and procurements turned into purchases. No other contracts.

use std::collections::HashMap;

use super::shocks::Groups;
use super::{Desk, Entry, Listed, listed, open};
use crate::model::{FirmId, Kind, Purchase, PurchaseNumber, PurchaseNumbers, Seller, Slot, Stage, name_hash};
use crate::scenario::findings::{At, did_you_mean, quoted};
use crate::scenario::multiple;
use crate::scenario::schedule::{Spread, Window};
use crate::scenario::tree::Table;
use crate::scenario::values::Number;

/// Default take-or-pay share by the seller's kind (model 13): cloud, rented accelerators, chips; anything else, and outsiders.
pub(in crate::scenario) const TAKE_OR_PAY: [(Option<Kind>, f64); 4] =
    [(Some(Kind::Hyperscaler), 0.7), (Some(Kind::Neocloud), 0.85), (Some(Kind::Chips), 0.3), (None, 0.5)];

/// Purchases, and what the list of deals needs.
pub(super) struct Purchases {
    pub list: Vec<Purchase>,
    /// Place of each purchase's stage.
    pub places: HashMap<String, At>,
}

/// Reads purchases, then procurements.
pub(super) fn read(desk: &mut Desk<'_>, root: &Table, rules: &Entry<'_>, groups: &Groups) -> Purchases {
    let mut read = Purchases { list: Vec::new(), places: HashMap::new() };
    for l in listed(desk.findings, root, "purchase") {
        let entry = open(desk.findings, &l, "purchase", "Purchase");
        let stage = entry.word(desk.findings, "stage").unwrap_or(Stage::Signed);
        read.places.insert(l.id.clone(), entry.at("stage"));
        let sides = sides(desk, &entry, "seller");
        let spread = amounts(desk, &entry);
        desk.expose(&entry, "purchase", &l.id, Some(stage));
        let purchase = purchase(desk, &l, &entry, (sides, stage, spread), (rules, groups), read.list.len());
        read.list.push(purchase);
    }
    let sold: Vec<Purchase> = read.list.clone();
    for l in listed(desk.findings, root, "procurement") {
        let entry = open(desk.findings, &l, "procurement", "Procurement");
        if read.places.contains_key(&l.id) {
            let found = format!("duplicate id {} in [[procurement]], used by a [[purchase]] as well", quoted(&l.id));
            desk.findings.error(entry.at, found, "an id of its own: a procurement becomes a purchase", "");
        }
        let sides = sides(desk, &entry, "supplier");
        desk.expose(&entry, "purchase", &l.id, Some(Stage::Signed));
        let spread = procured(desk, &entry, sides.0, &sold);
        let purchase = purchase(desk, &l, &entry, (sides, Stage::Signed, spread), (rules, groups), read.list.len());
        read.list.push(purchase);
    }
    read
}

/// Buyer and seller.
type Sides = (FirmId, Seller);

fn sides(desk: &mut Desk<'_>, entry: &Entry<'_>, seller_key: &str) -> Sides {
    let buyer = desk.firm(entry, "buyer");
    let seller = desk.firm_or_outside(entry, seller_key);
    if buyer.is_some() && seller.flatten() == buyer {
        let name = entry.text(desk.findings, "buyer").unwrap_or_default().to_string();
        desk.findings.error(entry.at(seller_key), format!("{}: firm `{name}` buys from itself", entry.label), "two different firms", "");
    }
    (buyer.unwrap_or(FirmId(0)), seller.flatten().map_or(Seller::Outside, Seller::Firm))
}

/// What is planned, whatever its form.
struct Planned {
    spread: Spread,
    scale: Option<Number>,
    after: Option<Number>,
}

fn purchase(
    desk: &mut Desk<'_>,
    l: &Listed<'_>,
    entry: &Entry<'_>,
    ((buyer, seller), stage, planned): (Sides, Stage, Planned),
    (rules, groups): (&Entry<'_>, &Groups),
    index: usize,
) -> Purchase {
    let plain = |x: f64| Number::plain(x, entry.at);
    let usual = default_take_or_pay(desk, seller);
    let take_or_pay = entry.number_or(desk.findings, "take_or_pay", |_| plain(usual));
    let enforceability = entry.number_or(desk.findings, "enforceability", |f| rules.number_or_default(f, "enforceability"));
    let scale = planned.scale.unwrap_or_else(|| plain(1.0));
    let after = planned.after.unwrap_or_else(|| plain(planned.spread.after));
    let mut place = |number: &Number, field: PurchaseNumber| desk.place(number, Slot::Purchase(field, index));
    let numbers = PurchaseNumbers {
        scale: place(&scale, PurchaseNumber::Scale),
        take_or_pay: place(&take_or_pay, PurchaseNumber::TakeOrPay),
        enforceability: place(&enforceability, PurchaseNumber::Enforceability),
        after_horizon_usd_bn: place(&after, PurchaseNumber::AfterHorizon),
    };
    Purchase {
        id: l.id.clone(),
        key: name_hash(&l.id),
        buyer,
        seller,
        stage,
        group: group(desk, entry, groups, seller),
        numbers,
        schedule_usd_bn: planned.spread.within,
    }
}

fn default_take_or_pay(desk: &Desk<'_>, seller: Seller) -> f64 {
    let kind = match seller {
        Seller::Firm(s) => desk.kinds.get(s.at()).copied().flatten(),
        Seller::Outside => None,
    };
    let of_kind = TAKE_OR_PAY.iter().find(|(k, _)| k.is_some() && *k == kind);
    of_kind.or(TAKE_OR_PAY.last()).map_or(0.5, |d| d.1)
}

fn group(desk: &mut Desk<'_>, entry: &Entry<'_>, groups: &Groups, seller: Seller) -> Option<(usize, bool)> {
    let lead = entry.optional_flag(desk.findings, "lead");
    let Some(name) = entry.text(desk.findings, "group") else {
        if lead.is_some() {
            desk.findings.error(entry.at("lead"), format!("{} has `lead` without `group`", entry.label), "`group = ...` beside it", "");
        }
        return None;
    };
    let Some(index) = groups.list.iter().position(|g| g.id == name) else {
        let hint = did_you_mean(name, groups.list.iter().map(|g| g.id.as_str()));
        let found = format!("unknown group {} of {}", quoted(name), entry.label);
        desk.findings.error(entry.at("group"), found, "the id of a [[group]]", hint);
        return None;
    };
    let is_lead = matches!(seller, Seller::Firm(s) if groups.leads[index] == Some(s));
    Some((index, lead.unwrap_or(is_lead)))
}

/// The amounts of a purchase: a schedule, or a total with start, end and shape.
fn amounts(desk: &mut Desk<'_>, entry: &Entry<'_>) -> Planned {
    let calendar = desk.calendar;
    let beyond = entry.flag(desk.findings, "beyond_horizon") || calendar.beyond;
    let scale = entry.number_or_default(desk.findings, "scale");
    let mut after = entry.number(desk.findings, "after_horizon_usd_bn");
    let nothing = Spread { within: vec![0.0; calendar.horizon], after: 0.0 };
    let total = entry.plain_number(desk.findings, "total_usd_bn");
    let read_total = entry.get("total_usd_bn").is_some();
    let window = window(desk, entry, beyond);
    let spread = match (entry.get("schedule_usd_bn"), read_total) {
        (Some(n), true) => {
            let found = format!("{} has both `schedule_usd_bn` and `total_usd_bn`", entry.label);
            desk.findings.error(n.at, found, "one of them", "");
            None
        }
        (None, false) => {
            let hint = "or total_usd_bn, start and end";
            desk.findings.error(entry.at, format!("{} has no amounts", entry.label), "`schedule_usd_bn = ...`", hint);
            None
        }
        (Some(n), false) => {
            if let Some(shape) = entry.get("shape") {
                desk.findings.error(
                    shape.at,
                    format!("{} has a `shape` beside a schedule", entry.label),
                    "`shape` only with `total_usd_bn`",
                    "",
                );
            }
            let what = format!("`schedule_usd_bn` of {}", entry.label);
            window.and_then(|w| calendar.schedule(desk.findings, n, w, &what))
        }
        (None, true) => match (total, window) {
            (Some(x), Some(w)) => {
                calendar.total(desk.findings, (x, entry.at("end")), entry.get("shape"), w, &format!("the total of {}", entry.label))
            }
            _ => None,
        },
    };
    let spread = spread.unwrap_or(nothing);
    if let Some(given) = after.as_ref().filter(|_| spread.after > 0.0) {
        let found = format!("{} has `after_horizon_usd_bn` and a schedule that runs past the horizon by {}", entry.label, spread.after);
        desk.findings.error(given.at, found, "one of them", "leave `after_horizon_usd_bn` out: the schedule says it");
        after = None;
    }
    Planned { spread, scale: Some(scale), after }
}

fn window(desk: &mut Desk<'_>, entry: &Entry<'_>, beyond: bool) -> Option<Window> {
    let calendar = desk.calendar;
    let last = calendar.horizon as i64 - 1;
    let mut bound = |key: &str, default: i64| match entry.get(key) {
        None => Some(default),
        Some(n) => calendar.read(desk.findings, n, &format!("`{key}` of {}", entry.label)),
    };
    let (from, to) = (bound("start", 0)?, bound("end", last)?);
    if from < 0 || (from > last && !beyond) {
        let found = format!("schedule outside the horizon: `start` of {} is {}", entry.label, calendar.label(from));
        desk.findings.error(entry.at("start"), found, calendar.span(), calendar.horizon_hint(from));
        return None;
    }
    if to < from {
        let found = format!("{} ends in {}, before it starts in {}", entry.label, calendar.label(to), calendar.label(from));
        desk.findings.error(entry.at("end"), found, "an end after the start", "");
        return None;
    }
    Some(Window { from, to, beyond, plan: false })
}

/// The amounts of a procurement: a share of the planned sales that it serves, some quarters earlier.
fn procured(desk: &mut Desk<'_>, entry: &Entry<'_>, buyer: FirmId, sold: &[Purchase]) -> Planned {
    let horizon = desk.calendar.horizon;
    let lead = entry.count(desk.findings, "lead_quarters");
    let share = entry.number_or_default(desk.findings, "share");
    let sales = sales(desk, entry, buyer, sold);
    let mut within = vec![0.0; horizon];
    let mut after = 0.0;
    for p in &sales {
        let factor = share.value * p.numbers.scale;
        // Sales after the horizon that must be supplied within it are taken to go on as in the last quarter.
        let ahead = |t: usize| p.schedule_usd_bn.get(t + lead).or(p.schedule_usd_bn.last()).copied().unwrap_or_default();
        (0..horizon).for_each(|t| within[t] += factor * ahead(t));
        let supplied_ahead: f64 = (0..horizon).filter(|t| t + lead >= horizon).map(ahead).sum();
        after += factor * (p.numbers.after_horizon_usd_bn - supplied_ahead).max(0.0);
    }
    // A drawn share scales the schedule, which is made with its centre.
    let centre = share.value;
    let scale =
        share.spread.filter(|_| centre > 0.0).map(|d| Number { value: 1.0, spread: Some(multiple::times(d, 1.0 / centre)), ..share });
    Planned { spread: Spread { within, after }, scale, after: None }
}

fn sales(desk: &mut Desk<'_>, entry: &Entry<'_>, buyer: FirmId, sold: &[Purchase]) -> Vec<Purchase> {
    let own = |p: &&Purchase| p.seller == Seller::Firm(buyer);
    let Some(ids) = entry.texts(desk.findings, "of") else {
        let all: Vec<Purchase> = sold.iter().filter(own).filter(|p| p.stage.binds()).cloned().collect();
        if all.is_empty() && !desk.findings.any_error() {
            let found = format!("{}: its buyer sells nothing to firms of the model", entry.label);
            desk.findings.warn(entry.at, found, "signed purchases from the buyer", "the procurement is nil");
        }
        return all;
    };
    let mut list = Vec::new();
    for (id, at) in ids {
        match sold.iter().find(|p| p.id == id) {
            Some(p) if own(&p) => list.push(p.clone()),
            Some(_) => {
                let found = format!("purchase {} in `of` of {} is sold by another firm", quoted(id), entry.label);
                desk.findings.error(at, found, "a purchase that the procurement's buyer sells", "");
            }
            None => {
                let hint = did_you_mean(id, sold.iter().map(|p| p.id.as_str()));
                desk.findings.error(
                    at,
                    format!("unknown purchase {} in `of` of {}", quoted(id), entry.label),
                    "the id of a [[purchase]]",
                    hint,
                );
            }
        }
    }
    list
}
