//! What the plan of a firm needs beyond its operations and where that comes from, by year and summed. Numbers only, no drawing.

use crate::results::{FanQuantity, PlanRow, Results};

/// What falls due in a year: committed purchases, other purchases, capital expenditure, debt service, investments in others, an operating loss.
pub(super) const NEEDS: usize = 6;
/// What there is: operating cash before purchases, cash at the start, equity of firms, planned outside rounds, new money from outside markets.
pub(super) const FUNDS: usize = 5;

/// One year of the plan of a firm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Year {
    pub year: i32,
    pub needs: [f64; NEEDS],
    pub funds: [f64; FUNDS],
    /// Equity and debt that outside markets could give.
    pub capacity: f64,
    pub closing: f64,
}

impl Year {
    fn new(p: &PlanRow, opening: f64) -> Year {
        let operating = p.external_revenue_usd_bn + p.network_revenue_usd_bn - p.operating_cost_usd_bn;
        // Comparisons that let a NaN through, so that `sound` sees it, where `f64::max` would hide it.
        let positive = |x: f64| if x < 0.0 { 0.0 } else { x };
        let other = positive(p.purchases_usd_bn - p.committed_usd_bn);
        let new = p.new_equity_usd_bn + p.new_debt_usd_bn;
        Year {
            year: p.year,
            needs: [p.committed_usd_bn, other, p.capex_usd_bn, p.debt_service_usd_bn, p.investments_usd_bn, positive(-operating)],
            funds: [positive(operating), positive(opening), p.network_equity_usd_bn, p.outside_tranches_usd_bn, new],
            capacity: p.outside_capacity_usd_bn,
            closing: p.closing_cash_usd_bn,
        }
    }

    pub fn due(&self) -> f64 {
        self.needs.iter().sum()
    }

    /// What is due beyond what operations bring in; negative where they bring in more.
    pub fn gap(&self) -> f64 {
        self.due() - self.funds[0]
    }

    fn sound(&self) -> bool {
        self.needs.iter().chain(&self.funds).chain([&self.capacity, &self.closing]).all(|v| v.is_finite())
    }
}

/// The years of a plan, to the last in which operations do not cover what is due, summed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Total {
    /// Last year of the sum.
    pub year: i32,
    pub needs: [f64; NEEDS],
    pub operating: f64,
    /// Cash at the as-of date, equity of firms, planned outside rounds, new money from outside markets: the second fund and those after it.
    pub sources: [f64; FUNDS - 1],
    /// Cash at the end of that year.
    pub closing: f64,
    pub gap: f64,
}

impl Total {
    /// What comes from the outside: rounds in the plan and new money.
    pub fn outside(&self) -> f64 {
        self.sources[2] + self.sources[3]
    }

    /// What no source covers: zero in a plan that can be carried out.
    pub fn missing(&self) -> f64 {
        let left = self.gap + self.closing - self.sources.iter().sum::<f64>();
        if left > 1e-3 * self.gap.abs() { left } else { 0.0 }
    }
}

/// The plan of one firm.
pub(super) struct Plan {
    pub firm: usize,
    pub years: Vec<Year>,
}

impl Plan {
    pub fn new(r: &Results, firm: usize) -> Plan {
        let mut rows: Vec<&PlanRow> = r.plan.iter().filter(|p| p.firm == firm).collect();
        rows.sort_by_key(|p| p.year);
        let first = rows.first().map_or(0.0, |p| opening_cash(r, p));
        Plan::of_rows(firm, &rows, first)
    }

    /// The plan from its rows in order of time and the cash at the as-of date.
    fn of_rows(firm: usize, rows: &[&PlanRow], first: f64) -> Plan {
        let opening = std::iter::once(first).chain(rows.iter().map(|p| p.closing_cash_usd_bn));
        let years = rows.iter().zip(opening).map(|(p, o)| Year::new(p, o)).filter(Year::sound).collect();
        Plan { firm, years }
    }

    pub fn committed(&self) -> f64 {
        self.years.iter().map(|y| y.needs[0]).sum()
    }

    pub fn purchases(&self) -> f64 {
        self.years.iter().map(|y| y.needs[0] + y.needs[1]).sum()
    }

    /// The sum to the last year with a gap; none if no year has one.
    pub fn shortfall(&self) -> Option<Total> {
        // Rounding in the plan is no gap.
        let last = self.years.iter().rposition(|y| y.gap() > 1e-6 * y.due().max(1e-6))?;
        let total = self.total(last);
        (total.gap > 0.0).then_some(total)
    }

    /// The sum to the last year of the plan.
    pub fn whole(&self) -> Option<Total> {
        self.years.len().checked_sub(1).map(|last| self.total(last))
    }

    fn total(&self, last: usize) -> Total {
        let years = &self.years[..=last];
        let sum = |value: &dyn Fn(&Year) -> f64| years.iter().map(value).sum::<f64>();
        let mut needs = [0.0; NEEDS];
        (0..NEEDS).for_each(|i| needs[i] = sum(&|y| y.needs[i]));
        let sources = [years[0].funds[1], sum(&|y| y.funds[2]), sum(&|y| y.funds[3]), sum(&|y| y.funds[4])];
        let operating = sum(&|y| y.funds[0]);
        Total { year: years[last].year, needs, operating, sources, closing: years[last].closing, gap: sum(&Year::gap) }
    }

    /// The gap over what operations bring in to the same year; very large where they bring in nothing, zero without a gap.
    pub fn strain(&self) -> f64 {
        self.shortfall().map_or(0.0, |t| t.gap / (t.operating - t.needs[NEEDS - 1]).max(1e-3 * t.gap))
    }
}

/// Cash at the as-of date: from the fan of cash if there is one, else from the flows of the first year.
fn opening_cash(r: &Results, p: &PlanRow) -> f64 {
    let fan = r.fans.iter().find(|f| f.firm == p.firm && f.quantity == FanQuantity::Cash && f.quarter == 0 && f.plan.is_finite());
    let year = Year::new(p, 0.0);
    let flows = year.funds.iter().sum::<f64>() - year.due();
    fan.map_or(p.closing_cash_usd_bn - flows, |f| f.plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(year: i32, operating: f64, purchases: f64, outside: f64, closing: f64) -> PlanRow {
        PlanRow {
            firm: 0,
            year,
            external_revenue_usd_bn: operating + 12.0,
            network_revenue_usd_bn: 0.0,
            operating_cost_usd_bn: 12.0,
            debt_service_usd_bn: 1.0,
            capex_usd_bn: 3.0,
            purchases_usd_bn: purchases,
            committed_usd_bn: 0.75 * purchases,
            network_equity_usd_bn: 2.0,
            outside_tranches_usd_bn: outside,
            investments_usd_bn: 0.0,
            new_equity_usd_bn: 4.0,
            new_debt_usd_bn: 1.0,
            outside_capacity_usd_bn: 90.0,
            closing_cash_usd_bn: closing,
            enterprise_value_usd_bn: 500.0,
            equity_value_usd_bn: 500.0,
        }
    }

    #[test]
    fn a_gap_is_summed_to_its_last_year_and_balances() {
        // Cash 40; then 40 + 14 - 40 + 27 = 41, 41 + 36 - 54 + 7 = 30, and no gap in the last year.
        let rows = [row(2026, 14.0, 36.0, 20.0, 41.0), row(2027, 36.0, 50.0, 0.0, 30.0), row(2028, 90.0, 50.0, 0.0, 73.0)];
        let plan = Plan::of_rows(0, &rows.iter().collect::<Vec<_>>(), 40.0);
        let t = plan.shortfall().unwrap();
        assert_eq!((t.year, t.gap, t.operating, t.sources, t.outside()), (2027, 44.0, 50.0, [40.0, 4.0, 20.0, 10.0], 30.0));
        assert_eq!(t.sources.iter().sum::<f64>() - t.closing, t.gap);
        assert_eq!(t.missing(), 0.0);
        assert!((plan.strain() - 0.88).abs() < 1e-12);
    }

    #[test]
    fn an_operating_loss_falls_due_and_a_surplus_is_no_gap() {
        let loss = Plan::of_rows(0, &[&row(2026, -5.0, 0.0, 0.0, 0.0)], 10.0);
        assert_eq!((loss.years[0].needs[5], loss.years[0].funds[0], loss.years[0].gap()), (5.0, 0.0, 9.0));
        // 9 due, and 10 in cash, 2 from firms and 5 from markets would leave 8.
        assert_eq!((loss.shortfall().unwrap().missing(), Total { closing: 8.5, ..loss.shortfall().unwrap() }.missing()), (0.0, 0.5));
        assert!(Plan::of_rows(0, &[&row(2026, 50.0, 10.0, 0.0, 0.0)], 10.0).shortfall().is_none());
        assert!(Plan::of_rows(0, &[&row(2026, f64::NAN, 10.0, 0.0, 0.0)], 10.0).years.is_empty());
    }
}
