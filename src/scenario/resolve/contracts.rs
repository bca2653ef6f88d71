//! Stakes, investments with their tranches, loans, warrants and backstops. No purchases, no sums across contracts.

use std::collections::HashMap;

use super::{Desk, Entry, Listed, listed, open};
use crate::model::{
    Backstop, BackstopNumber, BackstopNumbers, FirmId, Investor, Loan, LoanNumber, LoanNumbers, Slot, Stage, Stake, StakeNumber,
    StakeNumbers, Tranche, TrancheNumber, TrancheNumbers, Warrant, WarrantNumber, WarrantNumbers, name_hash,
};
use crate::scenario::findings::At;
use crate::scenario::tree::Table;

/// Investments: their tranches, and what the list of deals needs.
pub(super) struct Investments {
    pub tranches: Vec<Tranche>,
    /// Place of each investment's stage.
    pub places: HashMap<String, At>,
}

/// Notes a contract of a firm with itself.
fn not_itself(desk: &mut Desk<'_>, entry: &Entry<'_>, a: Option<FirmId>, b: Option<FirmId>, key: &str, deed: &str) {
    if a.is_some() && a == b {
        let name = entry.text(desk.findings, key).unwrap_or_default().to_string();
        let found = format!("{}: firm `{name}` {deed}", entry.label);
        desk.findings.error(entry.at(key), found, "two different firms", "");
    }
}

/// A contract that is held or owed is in force; negotiations are for purchases and investments.
fn no_negotiation(desk: &mut Desk<'_>, root: &Table) {
    for name in ["stake", "loan", "warrant", "backstop"] {
        for item in root.get(name).and_then(|n| n.list()).into_iter().flatten().filter_map(|n| n.table()) {
            if let Some(node) = item.get("stage") {
                let found = format!("`stage` of a {name}");
                desk.findings.error(
                    node.at,
                    found,
                    "a stage only of purchases and investments",
                    format!("a [[{name}]] is in force from the as-of date"),
                );
            }
        }
    }
}

/// Reads every stake.
pub(super) fn stakes(desk: &mut Desk<'_>, root: &Table) -> Vec<Stake> {
    let mut stakes: Vec<Stake> = Vec::new();
    let mut pairs: HashMap<(FirmId, FirmId), String> = HashMap::new();
    for l in listed(desk.findings, root, "stake") {
        let entry = open(desk.findings, &l, "stake", "Stake");
        let (holder, issuer) = (desk.firm(&entry, "holder"), desk.firm(&entry, "issuer"));
        not_itself(desk, &entry, holder, issuer, "holder", "holds its own shares");
        let share = entry.number_or_default(desk.findings, "share");
        desk.expose(&entry, "stake", &l.id, None);
        let (Some(holder), Some(issuer)) = (holder, issuer) else { continue };
        if let Some(other) = pairs.insert((holder, issuer), l.id.clone()) {
            let found = format!("{}: a second stake of the same holder in the same issuer, beside `{other}`", entry.label);
            desk.findings.error(entry.at, found, "one stake for each holder and issuer", "add the shares up");
        }
        let share = desk.place(&share, Slot::Stake(StakeNumber::Share, stakes.len()));
        stakes.push(Stake { id: l.id, holder, issuer, numbers: StakeNumbers { share } });
    }
    stakes
}

/// Reads every investment.
pub(super) fn investments(desk: &mut Desk<'_>, root: &Table) -> Investments {
    no_negotiation(desk, root);
    let mut read = Investments { tranches: Vec::new(), places: HashMap::new() };
    for l in listed(desk.findings, root, "investment") {
        investment(desk, &l, &mut read);
    }
    read
}

fn investment(desk: &mut Desk<'_>, l: &Listed<'_>, read: &mut Investments) {
    let entry = open(desk.findings, l, "investment", "Investment");
    let investor = desk.firm_or_outside(&entry, "investor");
    let investee = desk.firm(&entry, "investee");
    not_itself(desk, &entry, investor.flatten(), investee, "investee", "pays a tranche to itself");
    let stage = entry.word(desk.findings, "stage").unwrap_or(Stage::Signed);
    desk.expose(&entry, "investment", &l.id, Some(stage));
    read.places.insert(l.id.clone(), entry.at("stage"));
    let tables = entry.tables(desk.findings, "tranche");
    let total = entry.number(desk.findings, "amount_usd_bn");
    check_defaults(desk, &entry);
    let parts: Vec<Entry<'_>> = match &tables {
        None => vec![entry.clone()],
        Some(list) => list.iter().enumerate().map(|(k, (t, at))| tranche_entry(desk, &entry, k, t, *at)).collect(),
    };
    one_payment(desk, &entry, tables.is_some());
    let mut sum = 0.0;
    for (k, part) in parts.iter().enumerate() {
        let due = part.get("due").and_then(|n| desk.calendar.read_within(desk.findings, n, &format!("`due` of {}", part.label)));
        let due = due.unwrap_or(0) as usize + 1;
        // Where schedules may run past the horizon, a payment due after it is left out.
        if due > desk.calendar.horizon {
            sum += part.number(desk.findings, "amount_usd_bn").map_or(0.0, |n| n.value);
            continue;
        }
        let numbers = tranche_numbers(desk, part, &entry, read.tranches.len());
        if investor == Some(None) && numbers.minimum_purchases_usd_bn > 0.0 {
            nobody_sells(desk, part, &entry, k == 0);
        }
        sum += numbers.amount_usd_bn;
        let flag = |desk: &mut Desk<'_>, key: &str| match part.optional_flag(desk.findings, key) {
            Some(own) => own,
            None => entry.flag(desk.findings, key),
        };
        let (needs_window, regulatory) = (flag(desk, "needs_window"), flag(desk, "regulatory"));
        let id = format!("{}.{}", l.id, k + 1);
        read.tranches.push(Tranche {
            deal_key: name_hash(&l.id),
            key: name_hash(&id),
            id,
            investor: investor.flatten().map_or(Investor::Outside, Investor::Firm),
            investee: investee.unwrap_or(FirmId(0)),
            stage,
            due_quarter: due,
            needs_window,
            regulatory,
            numbers,
        });
    }
    if let Some(total) = total.filter(|t| tables.is_some() && (t.value - sum).abs() > 1e-6 * t.value.max(1.0)) {
        let found = format!("`amount_usd_bn` of {} is {}, its tranches sum to {sum}", entry.label, total.value);
        desk.findings.error(total.at, found, "the sum of the tranches", "leave it out, or mend the tranches");
    }
}

/// A tranche asks for purchases from its investor, which is outside and sells nothing; what the investment says for all its tranches is told once.
fn nobody_sells(desk: &mut Desk<'_>, part: &Entry<'_>, deal: &Entry<'_>, is_first: bool) {
    const KEY: &str = "minimum_purchases_usd_bn";
    let teller = if part.get(KEY).is_some() { part } else { deal };
    if is_first || part.get(KEY).is_some() {
        let found = format!("{} asks for purchases from its investor, which is outside", teller.label);
        desk.findings.error(
            teller.at(KEY),
            found,
            "an investor that is a firm of the model",
            format!("leave `{KEY}` out, or name the investor"),
        );
    }
}

/// Conditions that every tranche overrides are checked too.
fn check_defaults(desk: &mut Desk<'_>, entry: &Entry<'_>) {
    for (_, name) in TrancheNumber::ALL {
        entry.number(desk.findings, name);
    }
    for key in ["needs_window", "regulatory"] {
        entry.optional_flag(desk.findings, key);
    }
}

fn tranche_entry<'a>(desk: &mut Desk<'_>, deal: &Entry<'_>, k: usize, table: &'a Table, at: At) -> Entry<'a> {
    let path = format!("{}.tranche.{}", deal.path, k + 1);
    let entry = Entry::open(desk.findings, table, at, "Tranche", &path, format!("tranche {} of {}", k + 1, deal.label));
    desk.provenance(&entry);
    entry
}

/// An investment is either one payment with `due`, or has tranches that each have theirs.
fn one_payment(desk: &mut Desk<'_>, entry: &Entry<'_>, has_tranches: bool) {
    for key in ["due", "amount_usd_bn"] {
        if !has_tranches && entry.get(key).is_none() {
            let hint = "or give it payments, each under [[investment.tranche]]";
            desk.findings.error(entry.at, format!("{} has no `{key}`", entry.label), format!("`{key} = ...`"), hint);
        }
    }
    if has_tranches && entry.get("due").is_some() {
        let found = format!("{} has both `due` and tranches", entry.label);
        desk.findings.error(entry.at("due"), found, "`due` in each tranche", "");
    }
}

fn tranche_numbers(desk: &mut Desk<'_>, part: &Entry<'_>, deal: &Entry<'_>, index: usize) -> TrancheNumbers {
    let mut numbers = TrancheNumbers {
        amount_usd_bn: 0.0,
        valuation_floor: 0.0,
        minimum_purchases_usd_bn: 0.0,
        purchase_coupling: 0.0,
        investor_coupling: 0.0,
        pre_money_usd_bn: 0.0,
        event_hazard_per_quarter: 0.0,
    };
    for (field, name) in TrancheNumber::ALL {
        let number = match field {
            TrancheNumber::Amount => part.number_or_default(desk.findings, name),
            _ => part.number_or_of(desk.findings, name, deal),
        };
        numbers.set(*field, desk.place(&number, Slot::Tranche(*field, index)));
    }
    numbers
}

/// Reads every loan.
pub(super) fn loans(desk: &mut Desk<'_>, root: &Table) -> Vec<Loan> {
    let mut loans = Vec::new();
    for l in listed(desk.findings, root, "loan") {
        let entry = open(desk.findings, &l, "loan", "Loan");
        let (lender, borrower) = (desk.firm(&entry, "lender"), desk.firm(&entry, "borrower"));
        not_itself(desk, &entry, lender, borrower, "borrower", "lends to itself");
        let index = loans.len();
        let mut numbers = LoanNumbers { balance_usd_bn: 0.0, rate_per_year: 0.0 };
        for (field, name) in LoanNumber::ALL {
            let number = entry.number_or_default(desk.findings, name);
            numbers.set(*field, desk.place(&number, Slot::Loan(*field, index)));
        }
        let calendar = desk.calendar;
        let what = format!("`repayment` of {}", entry.label);
        let repayment = entry.get("repayment").and_then(|n| calendar.repayment(desk.findings, n, &what));
        desk.expose(&entry, "loan", &l.id, None);
        loans.push(Loan {
            id: l.id,
            lender: lender.unwrap_or(FirmId(0)),
            borrower: borrower.unwrap_or(FirmId(0)),
            numbers,
            repayment: repayment.unwrap_or_else(|| vec![0.0; calendar.horizon]),
        });
    }
    loans
}

/// Reads every warrant; each step becomes one warrant of the model.
pub(super) fn warrants(desk: &mut Desk<'_>, root: &Table) -> Vec<Warrant> {
    let mut warrants = Vec::new();
    for l in listed(desk.findings, root, "warrant") {
        let entry = open(desk.findings, &l, "warrant", "Warrant");
        let (issuer, holder) = (desk.firm(&entry, "issuer"), desk.firm(&entry, "holder"));
        not_itself(desk, &entry, issuer, holder, "holder", "holds a warrant on its own shares");
        desk.expose(&entry, "warrant", &l.id, None);
        // Thresholds that every step overrides are checked too.
        for (_, name) in WarrantNumber::ALL {
            entry.number(desk.findings, name);
        }
        let tables = entry.tables(desk.findings, "tranche");
        if tables.is_none() && entry.get("shares").is_none() {
            let hint = "or give it steps, each under [[warrant.tranche]]";
            desk.findings.error(entry.at, format!("{} has no `shares`", entry.label), "`shares = ...`", hint);
        }
        if tables.is_some() && entry.get("shares").is_some() {
            desk.findings.error(
                entry.at("shares"),
                format!("{} has both `shares` and tranches", entry.label),
                "`shares` in each tranche",
                "",
            );
        }
        let steps: Vec<Entry<'_>> = match tables {
            None => vec![entry.clone()],
            Some(list) => list.into_iter().enumerate().map(|(k, (t, at))| warrant_step(desk, &entry, k, t, at)).collect(),
        };
        for (k, step) in steps.iter().enumerate() {
            let mut numbers = WarrantNumbers { shares: 0.0, minimum_purchases_usd_bn: 0.0, price_hurdle: 0.0 };
            for (field, name) in WarrantNumber::ALL {
                let number = step.number_or_of(desk.findings, name, &entry);
                numbers.set(*field, desk.place(&number, Slot::Warrant(*field, warrants.len())));
            }
            let (issuer, holder) = (issuer.unwrap_or(FirmId(0)), holder.unwrap_or(FirmId(0)));
            warrants.push(Warrant { id: format!("{}.{}", l.id, k + 1), issuer, holder, numbers });
        }
    }
    warrants
}

fn warrant_step<'a>(desk: &mut Desk<'_>, warrant: &Entry<'_>, k: usize, table: &'a Table, at: At) -> Entry<'a> {
    let path = format!("{}.tranche.{}", warrant.path, k + 1);
    let entry = Entry::open(desk.findings, table, at, "WarrantTranche", &path, format!("tranche {} of {}", k + 1, warrant.label));
    desk.provenance(&entry);
    entry
}

/// Reads every backstop.
pub(super) fn backstops(desk: &mut Desk<'_>, root: &Table) -> Vec<Backstop> {
    let mut backstops = Vec::new();
    for l in listed(desk.findings, root, "backstop") {
        let entry = open(desk.findings, &l, "backstop", "Backstop");
        let (guarantor, beneficiary) = (desk.firm(&entry, "guarantor"), desk.firm(&entry, "beneficiary"));
        not_itself(desk, &entry, guarantor, beneficiary, "guarantor", "backs itself");
        let mut numbers = BackstopNumbers { cap_usd_bn: 0.0, coverage: 0.0 };
        for (field, name) in BackstopNumber::ALL {
            let number = entry.number_or_default(desk.findings, name);
            numbers.set(*field, desk.place(&number, Slot::Backstop(*field, backstops.len())));
        }
        desk.expose(&entry, "backstop", &l.id, None);
        let (guarantor, beneficiary) = (guarantor.unwrap_or(FirmId(0)), beneficiary.unwrap_or(FirmId(0)));
        backstops.push(Backstop { id: l.id, guarantor, beneficiary, numbers });
    }
    backstops
}
