//! Substitution groups, the random drivers, the list of unsigned deals and scripted stresses. No firms, no tables of drivers.

use std::collections::HashMap;

use super::contracts::Investments;
use super::purchases::Purchases;
use super::{Desk, listed, open, section};
use crate::model::{
    Deal, FirmId, Group, GroupNumber, GroupNumbers, Series, ShockNumber, ShockNumbers, Shocks, Slot, Stage, Stress, StressTarget, Tranche,
    deal_of, name_hash,
};
use crate::scenario::drivers;
use crate::scenario::findings::{At, Findings, did_you_mean, quoted};
use crate::scenario::tree::Table;

/// Groups, with the firm that leads each.
pub(super) struct Groups {
    pub list: Vec<Group>,
    pub leads: Vec<Option<FirmId>>,
}

/// Reads every group.
pub(super) fn groups(desk: &mut Desk<'_>, root: &Table) -> Groups {
    let mut groups = Groups { list: Vec::new(), leads: Vec::new() };
    for l in listed(desk.findings, root, "group") {
        let entry = open(desk.findings, &l, "group", "Group");
        let mut numbers = GroupNumbers { lead_share: 0.5, logit_drift_per_quarter: 0.0, logit_sd_per_quarter: 0.0, price_elasticity: 0.0 };
        for (field, name) in GroupNumber::ALL {
            let number = entry.number_or_default(desk.findings, name);
            numbers.set(*field, desk.place(&number, Slot::Group(*field, groups.list.len())));
        }
        desk.provenance(&entry);
        groups.leads.push(desk.firm(&entry, "lead"));
        groups.list.push(Group { id: l.id, numbers });
    }
    groups
}

/// The deals that are not signed, in order of first appearance. A purchase and an investment of the same id are one deal.
pub(super) fn deals(desk: &mut Desk<'_>, purchases: &mut Purchases, investments: &mut Investments) -> Vec<Deal> {
    let mut deals: Vec<Deal> = Vec::new();
    let of_purchases = purchases.list.iter().map(|p| (p.id.as_str(), p.stage, false, purchases.places.get(&p.id)));
    let of_tranches = investments.tranches.iter().map(|t| {
        let id = deal_of(&t.id);
        (id, t.stage, t.regulatory, investments.places.get(id))
    });
    let all: Vec<(&str, Stage, bool, Option<&At>)> = of_purchases.chain(of_tranches).filter(|d| !d.1.binds()).collect();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (id, stage, regulatory, at) in all {
        match places.get(id).and_then(|k| deals.get_mut(*k)) {
            None => {
                places.insert(id, deals.len());
                deals.push(Deal { id: id.into(), key: name_hash(id), stage, regulatory });
            }
            Some(deal) if deal.stage == stage => deal.regulatory |= regulatory,
            Some(deal) => {
                let found = format!("deal {} has two stages, as a purchase and as an investment", quoted(id));
                let hint = "a purchase and an investment of the same id are one deal";
                let at = at.copied().unwrap_or(At::whole(0));
                desk.findings.error(at, found, format!("stage {:?} for both", deal.stage).to_lowercase(), hint);
            }
        }
    }
    deals
}

/// Reads the drivers and the stresses.
pub(super) fn read(desk: &mut Desk<'_>, root: &Table, groups: &Groups, tranches: &[Tranche], deals: Vec<Deal>) -> Shocks {
    let nothing = Table::default();
    let entry = section(desk.findings, root, "shocks", "Shocks", &nothing);
    let mut numbers = no_numbers();
    for (field, name) in ShockNumber::ALL {
        let number = entry.number_or_default(desk.findings, name);
        numbers.set(*field, desk.place(&number, Slot::Shock(*field)));
    }
    desk.provenance(&entry);
    let entities = Entities {
        firms: desk.firm_names.clone(),
        groups: groups.list.iter().map(|g| g.id.clone()).collect(),
        deals: deals.iter().map(|d| d.id.clone()).collect(),
        tranches: tranches.iter().map(|t| t.id.clone()).collect(),
    };
    let stresses = stresses(desk, root, &entities);
    let file = entry.text(desk.findings, "drivers").map(str::to_string);
    let calendar = desk.calendar;
    let table = file.and_then(|f| drivers::read(desk.findings, &f, entry.at("drivers"), calendar, &entities));
    Shocks {
        random: entry.flag(desk.findings, "random"),
        starts_in_bust: entry.flag(desk.findings, "starts_in_bust"),
        regulatory_quarters: entry.count(desk.findings, "regulatory_quarters"),
        numbers,
        stresses,
        table,
        deals,
    }
}

/// What a series may act on.
pub(in crate::scenario) struct Entities {
    firms: Vec<String>,
    groups: Vec<String>,
    deals: Vec<String>,
    tranches: Vec<String>,
}

impl Entities {
    /// What the entities of a series are called, and their identifiers; none for a series that the whole world shares.
    pub fn of(&self, series: Series) -> Option<(&'static str, &[String])> {
        let known = match series {
            Series::LogRevenue | Series::Window | Series::OrderShare => &self.firms,
            Series::VendorShareRatio => &self.groups,
            Series::DealScale => &self.deals,
            _ => &self.tranches,
        };
        entity_of(series).map(|what| (what, known.as_slice()))
    }

    /// The entities that a name stands for: one, or every tranche of an investment.
    pub fn find(&self, findings: &mut Findings, series: Series, name: &str, at: At, whose: &str) -> Option<Vec<usize>> {
        let Some((what, known)) = self.of(series) else {
            let found = format!("entity {} of {whose}, a series that everybody shares", quoted(name));
            findings.error(at, found, "no entity", "leave it out");
            return None;
        };
        let of_deal = |id: &str| series == Series::TrancheEvent && deal_of(id) == name;
        let at_index: Vec<usize> = known.iter().enumerate().filter(|(_, id)| *id == name || of_deal(id)).map(|(i, _)| i).collect();
        if at_index.is_empty() {
            let found = format!("unknown {what} {} of {whose}", quoted(name));
            findings.error(at, found, format!("the id of a {what}"), did_you_mean(name, known.iter().map(String::as_str)));
            return None;
        }
        Some(at_index)
    }
}

/// What the entities of a series are called; none for a series that the whole world shares.
pub(in crate::scenario) fn entity_of(series: Series) -> Option<&'static str> {
    match series {
        Series::LogRevenue | Series::Window | Series::OrderShare => Some("firm"),
        Series::VendorShareRatio => Some("group"),
        Series::DealScale => Some("deal in talks or with a letter of intent"),
        Series::TrancheEvent => Some("tranche"),
        Series::Sentiment | Series::Regime | Series::Efficiency | Series::RegulatoryFreeze => None,
    }
}

/// What the value of a scripted stress does to a series.
pub(in crate::scenario) fn deed(series: Series) -> &'static str {
    match series {
        Series::LogRevenue | Series::Sentiment => "added",
        Series::Efficiency | Series::VendorShareRatio | Series::OrderShare => "multiplied",
        _ => "set",
    }
}

/// The values that a series may be given, as bounds and in words.
pub(in crate::scenario) fn admitted(series: Series) -> (fn(f64) -> bool, &'static str) {
    match series {
        Series::LogRevenue | Series::Sentiment => (|x| x.abs() <= 20.0, "a logarithm from -20 to 20"),
        Series::Regime => (|x| x == 0.0 || x == 1.0, "0 (boom) or 1 (bust)"),
        Series::Window | Series::TrancheEvent | Series::RegulatoryFreeze => (|x| x == 0.0 || x == 1.0, "0 or 1"),
        Series::VendorShareRatio | Series::DealScale => (|x| (0.0..=1000.0).contains(&x), "a ratio from 0 to 1000"),
        Series::Efficiency => (|x| x > 0.0 && x <= 1000.0, "a ratio above 0 and at most 1000"),
        Series::OrderShare => (|x| (0.0..=1.0).contains(&x), "a share from 0 to 1"),
    }
}

fn stresses(desk: &mut Desk<'_>, root: &Table, entities: &Entities) -> Vec<Stress> {
    let mut stresses = Vec::new();
    for l in listed(desk.findings, root, "stress") {
        let entry = open(desk.findings, &l, "stress", "Stress");
        desk.provenance(&entry);
        let value = entry.plain_number(desk.findings, "value");
        let calendar = desk.calendar;
        let mut bound = |key: &str, default: usize| match entry.get(key) {
            None => Some(default),
            Some(n) => calendar.read_within(desk.findings, n, &format!("`{key}` of {}", entry.label)).map(|t| t as usize + 1),
        };
        let (from, to) = (bound("from", 1), bound("to", calendar.horizon));
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            desk.findings.error(entry.at("to"), format!("{} ends before it begins", entry.label), "`to` not before `from`", "");
        }
        let Some(series) = entry.word::<Series>(desk.findings, "series") else { continue };
        let (is_admitted, words) = admitted(series);
        if let Some(x) = value.filter(|x| !is_admitted(*x)) {
            desk.findings.error(entry.at("value"), format!("`value` of {} is {x}", entry.label), words, "");
        }
        let whom = match entry.text(desk.findings, "entity") {
            None => Some(vec![None]),
            Some(name) => {
                let found = entities.find(desk.findings, series, name, entry.at("entity"), &entry.label);
                found.map(|list| list.into_iter().map(Some).collect())
            }
        };
        let (from, to) = (from.unwrap_or(1), to.unwrap_or(calendar.horizon).min(calendar.horizon));
        for entity in whom.unwrap_or_default().into_iter().filter(|_| from <= to) {
            stresses.push(Stress {
                id: l.id.clone(),
                target: StressTarget { series, entity },
                from_quarter: from,
                to_quarter: to,
                value: value.unwrap_or_default(),
            });
        }
    }
    stresses
}

fn no_numbers() -> ShockNumbers {
    ShockNumbers {
        boom_to_bust_per_quarter: 0.0,
        bust_to_boom_per_quarter: 0.0,
        sentiment_persistence: 0.0,
        sentiment_mean_boom: 0.0,
        sentiment_mean_bust: 0.0,
        sentiment_sd_boom: 0.0,
        sentiment_sd_bust: 0.0,
        demand_drift_boom: 0.0,
        demand_drift_bust: 0.0,
        demand_sd_boom: 0.0,
        demand_sd_bust: 0.0,
        degrees_of_freedom: 0.0,
        clip: 0.0,
        correlation_sentiment_demand: 0.0,
        correlation_sentiment_vendor: 0.0,
        correlation_demand_vendor: 0.0,
        bust_funding_share: 0.0,
        window_open_boom: 0.0,
        window_open_bust: 0.0,
        efficiency_rate_per_quarter: 0.0,
        efficiency_alpha: 0.0,
        efficiency_beta: 0.0,
        efficiency_recovery_per_quarter: 0.0,
        regulatory_rate_per_quarter: 0.0,
        talks_advance_boom: 0.0,
        talks_advance_bust: 0.0,
        talks_cancel_boom: 0.0,
        talks_cancel_bust: 0.0,
        loi_advance_boom: 0.0,
        loi_advance_bust: 0.0,
        loi_cancel_boom: 0.0,
        loi_cancel_bust: 0.0,
        signing_size_sigma: 0.0,
    }
}
