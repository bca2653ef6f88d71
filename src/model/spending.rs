//! What a plan spends at central numbers, and a plan whose spending is cut by money that nobody replaces. No simulation and no choice of what is missing.

use super::{FirmId, Model};

/// Money that a firm's plan counts on and does not get.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Missing {
    /// Who misses it.
    pub firm: FirmId,
    /// Quarter in which it was due, from 1.
    pub quarter: usize,
    /// Amount, USD billion.
    pub usd_bn: f64,
}

/// What was cut of a firm's plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// Whose plan.
    pub firm: FirmId,
    /// Money that is missing, USD billion.
    pub missing_usd_bn: f64,
    /// Spending cut, USD billion: less than what is missing only where there is not so much to cut.
    pub cut_usd_bn: f64,
}

impl Model {
    /// The money that a deal brings into a firm under the plan: its tranches that bind and fall due within the horizon. Nothing for a deal that is not an investment,
    /// or not yet signed, since no plan counts on it.
    pub fn planned_money(&self, deal: &str) -> Vec<Missing> {
        let part_of = |id: &str| id == deal || id.strip_prefix(deal).is_some_and(|rest| rest.starts_with('.'));
        let due = |quarter: usize| (1..=self.horizon_quarters).contains(&quarter);
        let tranches = self.tranches.iter().filter(|t| part_of(&t.id) && t.stage.binds() && due(t.due_quarter));
        tranches.map(|t| Missing { firm: t.investee, quarter: t.due_quarter, usd_bn: t.numbers.amount_usd_bn }).collect()
    }

    /// What a firm spends under the plan by quarter, USD billion: its purchases in force and its own capital expenditure, not its running costs.
    pub fn planned_spending(&self, firm: FirmId) -> Vec<f64> {
        let f = &self.firms[firm.at()];
        let own = |t: usize| f.numbers.capex_scale * f.capex_usd_bn.get(t).copied().unwrap_or_default();
        let bought = |t: usize| {
            let in_force = self.purchases.iter().filter(|p| p.buyer == firm && p.stage.binds());
            in_force.map(|p| p.numbers.scale * p.schedule_usd_bn.get(t).copied().unwrap_or_default()).sum::<f64>()
        };
        (0..self.horizon_quarters).map(|t| own(t) + bought(t)).collect()
    }

    /// Cuts spending by what is missing, pro rata over purchases in force, capital expenditure and the quarters from that on in which each amount was due: the
    /// dollars cut are the dollars missing, as far as there is something to cut. One entry for each firm that misses money.
    pub fn cut_spending(&mut self, missing: &[Missing]) -> Vec<Cut> {
        let mut firms: Vec<FirmId> = missing.iter().map(|m| m.firm).collect();
        firms.sort_unstable();
        firms.dedup();
        firms.into_iter().map(|firm| self.cut_firm(firm, missing)).collect()
    }

    fn cut_firm(&mut self, firm: FirmId, missing: &[Missing]) -> Cut {
        let spending = self.planned_spending(firm);
        let mut shares = vec![0.0; spending.len()];
        for m in missing.iter().filter(|m| m.firm == firm) {
            let from = m.quarter.saturating_sub(1).min(spending.len());
            let base: f64 = spending[from..].iter().sum();
            if base > 0.0 {
                shares[from..].iter_mut().for_each(|s| *s += m.usd_bn / base);
            }
        }
        shares.iter_mut().for_each(|s| *s = s.clamp(0.0, 1.0));
        let reduce = |schedule: &mut [f64]| schedule.iter_mut().zip(&shares).for_each(|(x, s)| *x *= 1.0 - s);
        reduce(&mut self.firms[firm.at()].capex_usd_bn);
        self.purchases.iter_mut().filter(|p| p.buyer == firm && p.stage.binds()).for_each(|p| reduce(&mut p.schedule_usd_bn));
        let missing_usd_bn = missing.iter().filter(|m| m.firm == firm).map(|m| m.usd_bn).sum();
        Cut { firm, missing_usd_bn, cut_usd_bn: spending.iter().zip(&shares).map(|(x, s)| x * s).sum() }
    }
}
