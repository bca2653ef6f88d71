//! Provenance: reading it, warning where it is missing, and the size of each exposure. No estimates.

use std::collections::HashMap;

use super::{Desk, Entry};
use crate::model::{Exposure, Model, Stage, deal_of};
use crate::scenario::Provenance;

impl Desk<'_> {
    /// Reads the provenance of an entry and lists it, if it says anything.
    pub(super) fn provenance(&mut self, entry: &Entry<'_>) -> Provenance {
        let given = Provenance {
            path: entry.path.replace(".provenance.", "."),
            source: entry.text(self.findings, "source").unwrap_or_default().to_string(),
            as_of: entry.date(self.findings, "as_of", false).unwrap_or_default(),
            grade: entry.word(self.findings, "grade"),
            note: entry.text(self.findings, "note").unwrap_or_default().to_string(),
        };
        if given.grade.is_some() || [&given.source, &given.as_of, &given.note].iter().any(|t| !t.is_empty()) {
            self.provenance.push(given.clone());
        }
        given
    }

    /// Reads the provenance of a firm or contract, warns if it lacks a source or a grade, and lists it among the exposures; its size comes later.
    pub(super) fn expose(&mut self, entry: &Entry<'_>, what: &str, id: &str, stage: Option<Stage>) {
        let given = self.provenance(entry);
        let missing: Vec<&str> =
            [("`source`", given.source.is_empty()), ("`grade`", given.grade.is_none())].iter().filter(|m| m.1).map(|m| m.0).collect();
        let faulty = entry.get("grade").is_some() && given.grade.is_none();
        if !missing.is_empty() && !faulty {
            let found = format!("{} has no {}", entry.label, missing.join(" and no "));
            let hint = "grade = \"A\" filing, \"B\" company statement, \"C\" press, \"D\" judgement";
            self.findings.warn(entry.at, found, "the evidence for its figures", hint);
        }
        let exposure =
            Exposure { id: id.into(), what: what.into(), usd_bn: 0.0, grade: given.grade, stage, source: given.source, as_of: given.as_of };
        self.exposures.push(exposure);
    }
}

/// Fills in the size of each exposure. A firm counts with its value and debt: the evidence for its market value, where that has its own, is the evidence
/// for the exposure; that for its plan is not.
pub(super) fn weigh(model: &mut Model, provenance: &[Provenance]) {
    let mut sizes: HashMap<(&str, String), f64> = HashMap::new();
    let mut add = |what: &'static str, id: &str, usd_bn: f64| *sizes.entry((what, id.to_string())).or_default() += usd_bn;
    for (i, f) in model.firms.iter().enumerate() {
        add("firm", &f.id, model.fair_value_usd_bn(i) + f.numbers.debt_usd_bn);
    }
    for s in &model.stakes {
        add("stake", &s.id, s.numbers.share * model.fair_value_usd_bn(s.issuer.at()));
    }
    for t in &model.tranches {
        add("investment", deal_of(&t.id), t.numbers.amount_usd_bn);
    }
    for p in &model.purchases {
        add("purchase", &p.id, p.numbers.scale * p.schedule_usd_bn.iter().sum::<f64>());
    }
    for l in &model.loans {
        add("loan", &l.id, l.numbers.balance_usd_bn);
    }
    for w in &model.warrants {
        add("warrant", deal_of(&w.id), w.numbers.shares * model.fair_value_usd_bn(w.issuer.at()));
    }
    for b in &model.backstops {
        add("backstop", &b.id, b.numbers.cap_usd_bn);
    }
    for e in &mut model.evidence.exposures {
        let what = ["firm", "stake", "investment", "purchase", "loan", "warrant", "backstop"]
            .into_iter()
            .find(|w| *w == e.what)
            .unwrap_or_default();
        e.usd_bn = sizes.get(&(what, e.id.clone())).copied().unwrap_or_default();
        let value = format!("firm.{}.market_value_usd_bn", e.id);
        if let Some(own) = provenance.iter().find(|p| what == "firm" && p.path == value && p.grade.is_some()) {
            (e.grade, e.source, e.as_of) = (own.grade, own.source.clone(), own.as_of.clone());
        }
    }
}
