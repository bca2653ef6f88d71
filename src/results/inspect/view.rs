//! Every measure of the tables of one plan. No plan and no words.

use super::plan::{Due, Input};
use crate::circularity::{
    Concentration, Coverage, Found, Holding, Instrument, LONGEST, MOST_LOOPS, MoneyTable, RoundTrip, Tie, Tracing, concentration,
    financed_sales, gross_over_net, hurt, loops, overlap, round_trip, trace,
};
use crate::error::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which deals are in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Signed and active ones: the plan.
    Signed,
    /// Those in talks and letters of intent too, as reported.
    IfSigned,
}

/// Money within one year, or over the horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The year, or "horizon".
    pub label: String,
    /// Where dollars come from.
    pub tracing: Tracing,
    /// What comes back to each firm that finances others: of each of those, and of all together (no buyer).
    pub round_trips: Vec<RoundTrip>,
    /// Sales of each firm that are paid with money of any firm.
    pub financed_sales: Vec<RoundTrip>,
}

/// A firm's counterparties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counterparties {
    /// Who sells.
    pub firm: usize,
    /// Revenue over the horizon, by buyer; end customers have no name.
    pub revenue: Concentration,
    /// Committed purchases not yet delivered, after the horizon too, by buyer.
    pub backlog: Concentration,
}

/// Commitments and funds of one firm in one year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoverageRow {
    /// Who buys.
    pub firm: usize,
    /// Calendar year.
    pub year: String,
    /// Amounts.
    #[serde(flatten)]
    pub amounts: Coverage,
    /// Commitments over funds.
    pub ratio: Option<f64>,
}

/// Who backs whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backing {
    /// Who backs.
    pub from: usize,
    /// Who is backed.
    pub to: usize,
    /// By what.
    pub instrument: Instrument,
    /// Contract.
    pub contract: String,
    /// Value, balance, cap, or money within the horizon, USD billion.
    pub usd_bn: f64,
}

/// Everything known of one plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Which deals are in it.
    pub basis: Basis,
    /// Years, and last the horizon.
    pub windows: Vec<Window>,
    /// Loops over the horizon.
    pub loops: Found,
    /// Counterparties of each firm that sells to firms.
    pub counterparties: Vec<Counterparties>,
    /// Commitments against funds.
    pub coverage: Vec<CoverageRow>,
    /// Pairs (supplier, buyer) that the first finances within the horizon, and the second buys from.
    pub financed_pairs: usize,
    /// The same where a stake, loan or backstop counts, too.
    pub backed_pairs: usize,
    /// Market values added up over what is held outside.
    pub gross_over_net: Option<f64>,
    /// Share of all others' value that is lost if all of a firm's is.
    pub debtrank: Vec<f64>,
    /// Who backs whom.
    pub backing: Vec<Backing>,
}

impl View {
    /// The whole horizon.
    pub fn horizon(&self) -> Option<&Window> {
        self.windows.last()
    }
}

/// Measures the tables of a plan.
///
/// # Errors
/// [`crate::error::Error::Usage`] for tables that nobody can measure.
pub(super) fn view(input: &Input, basis: Basis) -> Result<View> {
    input.windows.iter().try_for_each(MoneyTable::check)?;
    let nothing = MoneyTable::default();
    let horizon = input.windows.last().unwrap_or(&nothing);
    let financed = overlap(horizon);
    let stakes: Vec<(usize, f64)> = input.stakes.iter().map(|s| (s.issuer, s.share)).collect();
    Ok(View {
        basis,
        windows: input.windows.iter().map(window).collect(),
        loops: loops(horizon, &input.ties, LONGEST, MOST_LOOPS),
        counterparties: counterparties(input, horizon),
        coverage: coverage(input),
        financed_pairs: financed.len(),
        backed_pairs: backed_pairs(horizon, &input.ties, &financed),
        gross_over_net: gross_over_net(&input.values, &stakes),
        debtrank: hurt(&input.values, &holdings(input)),
        backing: backing(horizon, &input.ties),
    })
}

fn window(table: &MoneyTable) -> Window {
    let n = table.firms();
    let financiers: BTreeSet<usize> = table.transfers.iter().filter(|t| t.kind.is_financing()).map(|t| t.from).collect();
    let mut round_trips = Vec::new();
    for &s in &financiers {
        round_trips.push(round_trip(table, s, None));
        let financed: BTreeSet<usize> = table.transfers.iter().filter(|t| t.from == s && t.kind.is_financing()).map(|t| t.to).collect();
        round_trips.extend(financed.into_iter().map(|b| round_trip(table, s, Some(b))));
    }
    let sellers = (0..n).filter(|&i| table.revenue(i).0 > 0.0);
    Window {
        label: table.label.clone(),
        tracing: trace(table),
        round_trips,
        financed_sales: sellers.map(|i| financed_sales(table, i)).collect(),
    }
}

/// Amounts by buyer, as a list.
fn by_buyer(n: usize, amounts: impl Iterator<Item = (usize, f64)>) -> Vec<(usize, f64)> {
    let mut sums = vec![0.0; n];
    amounts.for_each(|(buyer, usd_bn)| sums[buyer] += usd_bn);
    sums.into_iter().enumerate().collect()
}

fn counterparties(input: &Input, horizon: &MoneyTable) -> Vec<Counterparties> {
    let n = horizon.firms();
    let sells = |i: &usize| horizon.revenue(*i).0 > 0.0;
    let of = |firm: usize| {
        let sold = horizon.transfers.iter().filter(|t| t.to == firm && t.kind == crate::circularity::MoneyKind::Purchase);
        let due = input.dues.iter().filter(|d| d.seller == Some(firm)).map(|d: &Due| (d.buyer, d.committed_usd_bn));
        let later = input.later.iter().filter(|l| l.2 == Some(firm)).map(|l| (l.1, l.3));
        Counterparties {
            firm,
            revenue: concentration(&by_buyer(n, sold.map(|t| (t.from, t.usd_bn))), horizon.sources[firm][0]),
            backlog: concentration(&by_buyer(n, due.chain(later)), 0.0),
        }
    };
    (0..n).filter(sells).map(of).collect()
}

fn coverage(input: &Input) -> Vec<CoverageRow> {
    let mut rows = Vec::new();
    let years = input.windows.len().saturating_sub(1);
    for firm in 0..input.values.len() {
        for year in 0..years {
            let dues = || input.dues.iter().filter(move |d| d.buyer == firm && d.year == year);
            let amounts = Coverage {
                commitments_usd_bn: dues().map(|d| d.committed_usd_bn).sum(),
                planned_usd_bn: dues().map(|d| d.planned_usd_bn).sum(),
                external_revenue_usd_bn: input.windows[year].sources[firm][0],
                cash_usd_bn: input.opening[year][firm],
                closed_funding_usd_bn: input.funding.iter().filter(|f| f.investee == firm && f.year == year).map(|f| f.usd_bn).sum(),
            };
            if amounts.commitments_usd_bn > 0.0 {
                rows.push(CoverageRow { firm, year: input.windows[year].label.clone(), ratio: amounts.ratio(), amounts });
            }
        }
    }
    rows
}

fn backed_pairs(horizon: &MoneyTable, ties: &[Tie], financed: &[(usize, usize)]) -> usize {
    let purchases = horizon.matrix(|k| k == crate::circularity::MoneyKind::Purchase);
    let held = ties.iter().filter(|t| t.usd_bn > 0.0 && purchases[t.to][t.from] > 0.0).map(|t| (t.from, t.to));
    held.chain(financed.iter().copied()).collect::<BTreeSet<_>>().len()
}

/// What DebtRank passes losses along: stakes at fair value, loans, backstops at their cap, and committed purchases of the first year.
fn holdings(input: &Input) -> Vec<Holding> {
    let tie = |t: &Tie| {
        let is_claim = matches!(t.instrument, Instrument::Stake | Instrument::Loan | Instrument::Backstop);
        is_claim.then_some(Holding { holder: t.from, issuer: t.to, usd_bn: t.usd_bn })
    };
    let due = |d: &Due| (d.year == 0).then_some(Holding { holder: d.seller?, issuer: d.buyer, usd_bn: d.committed_usd_bn });
    input.ties.iter().filter_map(tie).chain(input.dues.iter().filter_map(due)).collect()
}

fn backing(horizon: &MoneyTable, ties: &[Tie]) -> Vec<Backing> {
    let money = horizon.transfers.iter().filter(|t| t.kind == crate::circularity::MoneyKind::Equity).map(|t| Backing {
        from: t.from,
        to: t.to,
        instrument: Instrument::Equity,
        contract: t.contract.clone(),
        usd_bn: t.usd_bn,
    });
    let held =
        ties.iter().map(|t| Backing { from: t.from, to: t.to, instrument: t.instrument, contract: t.contract.clone(), usd_bn: t.usd_bn });
    let mut rows: Vec<Backing> = held.chain(money).collect();
    rows.sort_by(|a, b| b.usd_bn.total_cmp(&a.usd_bn));
    rows
}
