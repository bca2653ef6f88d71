//! The numbers of a model as rows of lanes: the same in every lane, except those that the scenario gives as distributions, which are drawn once per
//! path. Not here: the quarterly drivers.

use rand_distr::{Beta, Distribution as _, LogNormal, Normal, Triangular, Uniform};

use super::philox::Philox;
use super::{Kind, PathNumbers, stream_words};
use crate::lanes::{LANES, Row, splat};
use crate::model::{
    BackstopNumber, Distribution, FirmNumber, GroupNumber, LoanNumber, Model, PurchaseNumber, RuleNumber, ShockNumber, Slot, StakeNumber,
    TrancheNumber, WarrantNumber,
};

/// Rows of every number of a model, for one block of paths.
#[derive(Debug, Clone)]
pub struct Parameters {
    firm: Vec<Row>,
    firms: usize,
    purchase: Vec<Row>,
    purchases: usize,
    tranche: Vec<Row>,
    tranches: usize,
    stake: Vec<Row>,
    stakes: usize,
    loan: Vec<Row>,
    loans: usize,
    warrant: Vec<Row>,
    warrants: usize,
    backstop: Vec<Row>,
    backstops: usize,
    group: Vec<Row>,
    groups: usize,
    shock: Vec<Row>,
    rule: Vec<Row>,
}

/// Rows field by field, entity by entity.
fn rows<F: Copy>(fields: &[(F, &str)], count: usize, get: impl Fn(F, usize) -> f64) -> Vec<Row> {
    fields.iter().flat_map(|&(field, _)| (0..count).map(move |i| (field, i))).map(|(field, i)| splat(get(field, i))).collect()
}

impl Parameters {
    /// The central numbers of the model in every lane: those of the plan.
    pub fn central(model: &Model) -> Parameters {
        let m = model;
        Parameters {
            firm: rows(FirmNumber::ALL, m.firms.len(), |f, i| m.firms[i].numbers.get(f)),
            firms: m.firms.len(),
            purchase: rows(PurchaseNumber::ALL, m.purchases.len(), |f, i| m.purchases[i].numbers.get(f)),
            purchases: m.purchases.len(),
            tranche: rows(TrancheNumber::ALL, m.tranches.len(), |f, i| m.tranches[i].numbers.get(f)),
            tranches: m.tranches.len(),
            stake: rows(StakeNumber::ALL, m.stakes.len(), |f, i| m.stakes[i].numbers.get(f)),
            stakes: m.stakes.len(),
            loan: rows(LoanNumber::ALL, m.loans.len(), |f, i| m.loans[i].numbers.get(f)),
            loans: m.loans.len(),
            warrant: rows(WarrantNumber::ALL, m.warrants.len(), |f, i| m.warrants[i].numbers.get(f)),
            warrants: m.warrants.len(),
            backstop: rows(BackstopNumber::ALL, m.backstops.len(), |f, i| m.backstops[i].numbers.get(f)),
            backstops: m.backstops.len(),
            group: rows(GroupNumber::ALL, m.groups.len(), |f, i| m.groups[i].numbers.get(f)),
            groups: m.groups.len(),
            shock: rows(ShockNumber::ALL, 1, |f, _| m.shocks.numbers.get(f)),
            rule: rows(RuleNumber::ALL, 1, |f, _| m.rules.numbers.get(f)),
        }
    }

    /// Draws the uncertain numbers of a block of paths; the other numbers stay as they are.
    pub fn draw(&mut self, model: &Model, seed: u64, paths: &PathNumbers) {
        self.draw_some(model, seed, paths, |_| true);
    }

    /// The same for the numbers of the shocks alone.
    pub(super) fn draw_shocks(&mut self, model: &Model, seed: u64, paths: &PathNumbers) {
        self.draw_some(model, seed, paths, |slot| matches!(slot, Slot::Shock(_)));
    }

    fn draw_some(&mut self, model: &Model, seed: u64, paths: &PathNumbers, wanted: impl Fn(Slot) -> bool) {
        for uncertain in model.uncertain.iter().filter(|u| wanted(u.slot)) {
            let mut row = splat(0.0);
            for (value, &path) in row.iter_mut().zip(paths) {
                let words = stream_words(path, Kind::Parameter, 0, uncertain.key);
                *value = sample(&uncertain.distribution, &mut Philox::keyed(seed, words));
            }
            *self.slot(uncertain.slot) = row;
        }
    }

    /// The number in a slot.
    pub fn number(&self, slot: Slot) -> &Row {
        match slot {
            Slot::Firm(f, i) => self.firm(f, i),
            Slot::Purchase(f, i) => self.purchase(f, i),
            Slot::Tranche(f, i) => self.tranche(f, i),
            Slot::Stake(f, i) => self.stake(f, i),
            Slot::Loan(f, i) => self.loan(f, i),
            Slot::Warrant(f, i) => self.warrant(f, i),
            Slot::Backstop(f, i) => self.backstop(f, i),
            Slot::Group(f, i) => self.group(f, i),
            Slot::Shock(f) => self.shock(f),
            Slot::Rule(f) => self.rule(f),
        }
    }

    fn slot(&mut self, slot: Slot) -> &mut Row {
        match slot {
            Slot::Firm(f, i) => &mut self.firm[f as usize * self.firms + i],
            Slot::Purchase(f, i) => &mut self.purchase[f as usize * self.purchases + i],
            Slot::Tranche(f, i) => &mut self.tranche[f as usize * self.tranches + i],
            Slot::Stake(f, i) => &mut self.stake[f as usize * self.stakes + i],
            Slot::Loan(f, i) => &mut self.loan[f as usize * self.loans + i],
            Slot::Warrant(f, i) => &mut self.warrant[f as usize * self.warrants + i],
            Slot::Backstop(f, i) => &mut self.backstop[f as usize * self.backstops + i],
            Slot::Group(f, i) => &mut self.group[f as usize * self.groups + i],
            Slot::Shock(f) => &mut self.shock[f as usize],
            Slot::Rule(f) => &mut self.rule[f as usize],
        }
    }

    /// A number of firm i.
    #[inline(always)]
    pub fn firm(&self, field: FirmNumber, i: usize) -> &Row {
        &self.firm[field as usize * self.firms + i]
    }

    /// A number of every firm.
    #[inline(always)]
    pub fn firms(&self, field: FirmNumber) -> &[Row] {
        &self.firm[field as usize * self.firms..(field as usize + 1) * self.firms]
    }

    /// A number of purchase c.
    #[inline(always)]
    pub fn purchase(&self, field: PurchaseNumber, c: usize) -> &Row {
        &self.purchase[field as usize * self.purchases + c]
    }

    /// A number of tranche k.
    #[inline(always)]
    pub fn tranche(&self, field: TrancheNumber, k: usize) -> &Row {
        &self.tranche[field as usize * self.tranches + k]
    }

    /// A number of stake s.
    #[inline(always)]
    pub fn stake(&self, field: StakeNumber, s: usize) -> &Row {
        &self.stake[field as usize * self.stakes + s]
    }

    /// A number of loan l.
    #[inline(always)]
    pub fn loan(&self, field: LoanNumber, l: usize) -> &Row {
        &self.loan[field as usize * self.loans + l]
    }

    /// A number of warrant w.
    #[inline(always)]
    pub fn warrant(&self, field: WarrantNumber, w: usize) -> &Row {
        &self.warrant[field as usize * self.warrants + w]
    }

    /// A number of backstop b.
    #[inline(always)]
    pub fn backstop(&self, field: BackstopNumber, b: usize) -> &Row {
        &self.backstop[field as usize * self.backstops + b]
    }

    /// A number of substitution group g.
    #[inline(always)]
    pub fn group(&self, field: GroupNumber, g: usize) -> &Row {
        &self.group[field as usize * self.groups + g]
    }

    /// A number of the shocks.
    #[inline(always)]
    pub fn shock(&self, field: ShockNumber) -> &Row {
        &self.shock[field as usize]
    }

    /// A number of the rules.
    #[inline(always)]
    pub fn rule(&self, field: RuleNumber) -> &Row {
        &self.rule[field as usize]
    }
}

/// One draw of a distribution; a degenerate one gives its central value.
fn sample(distribution: &Distribution, stream: &mut Philox) -> f64 {
    let central = distribution.central();
    let (low, high) = distribution.support();
    let drawn = match *distribution {
        Distribution::Uniform { low, high } => Uniform::new(low, high).map(|d| d.sample(stream)).ok(),
        Distribution::Triangular { low, mode, high } => Triangular::new(low, high, mode).map(|d| d.sample(stream)).ok(),
        Distribution::Pert { low, mode, high } if high > low => {
            let (a, b) = (1.0 + 4.0 * (mode - low) / (high - low), 1.0 + 4.0 * (high - mode) / (high - low));
            Beta::new(a, b).map(|d| low + (high - low) * d.sample(stream)).ok()
        }
        Distribution::Pert { .. } => None,
        Distribution::Normal { mean, sd, .. } => Normal::new(mean, sd).map(|d| d.sample(stream)).ok(),
        Distribution::LogNormal { median, sigma, .. } if median > 0.0 => LogNormal::new(median.ln(), sigma).map(|d| d.sample(stream)).ok(),
        Distribution::LogNormal { .. } => None,
    };
    drawn.unwrap_or(central).clamp(low.min(high), high.max(low))
}

const _: () = assert!(LANES.is_multiple_of(8));
