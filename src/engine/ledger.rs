//! The ledger of one path in one world: every movement of money as one transfer, on the rows of the transactions-flow matrix (model 1), and what
//! happened to firms and contracts. It only watches; words and tables are made elsewhere.

mod page;

use page::Page;

use super::block::Observer;
use super::quarter::Context;
use super::state::{Flows, State};
use crate::lanes::{LANES, Row};
use crate::model::FirmId;

/// Who pays or receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// A firm of the model.
    Firm(FirmId),
    /// Customers outside (U).
    Customers,
    /// Suppliers, staff, tax, acquirers of failed firms (S).
    Suppliers,
    /// Capital providers outside, of equity and debt (K).
    Capital,
    /// Dead-weight costs (Z).
    DeadWeight,
    /// The ghost that makes counterfactual worlds add up (G); never in the full model.
    Ghost,
}

impl Party {
    /// The outside sectors, in the order of the matrix's columns after the firms.
    pub const OUTSIDE: [Party; 5] = [Party::Customers, Party::Suppliers, Party::Capital, Party::DeadWeight, Party::Ghost];

    /// Column of the matrix of `firms` firms.
    pub fn column(self, firms: usize) -> usize {
        match self {
            Party::Firm(i) => i.at(),
            Party::Customers => firms,
            Party::Suppliers => firms + 1,
            Party::Capital => firms + 2,
            Party::DeadWeight => firms + 3,
            Party::Ghost => firms + 4,
        }
    }
}

/// Row of the transactions-flow matrix (model 1), numbered from 1. A transfer never stands on rows 8 (an extension) and 16 (the balancing row).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GodleyRow {
    /// Sales to customers outside.
    ExternalSales = 1,
    /// Purchases among firms.
    NetworkPurchases = 2,
    /// Operating cost, tax, external capital expenditure, purchases from suppliers outside.
    ExternalCosts = 3,
    /// Interest on external debt.
    Interest = 4,
    /// Principal of external debt repaid.
    Principal = 5,
    /// New external debt and draws on credit lines.
    NewDebt = 6,
    /// New external equity.
    NewEquity = 7,
    /// Buy-backs and dividends; not in this version.
    Distributions = 8,
    /// Tranches of investments.
    Tranches = 9,
    /// Interest and principal of loans among firms.
    Loans = 10,
    /// Payments of backstops.
    Backstops = 11,
    /// Dead-weight of defaults.
    DeadWeight = 12,
    /// Sale of a failed enterprise.
    Sale = 13,
    /// Distribution of an estate.
    Estate = 14,
    /// Everything that the ghost pays or receives.
    Ghost = 15,
    /// Change in cash, with a minus sign.
    CashChange = 16,
}

impl GodleyRow {
    /// Number of rows.
    pub const COUNT: usize = 16;
}

/// The contract that a transfer is part of: an index into the model's list of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContractRef {
    /// A purchase.
    Purchase(usize),
    /// A tranche.
    Tranche(usize),
    /// A shareholding, an index into the layout's holdings.
    Holding(usize),
    /// A loan.
    Loan(usize),
    /// A backstop.
    Backstop(usize),
}

/// One movement of money.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transfer {
    /// Quarter, from 1.
    pub quarter: usize,
    /// Who pays.
    pub from: Party,
    /// Who receives.
    pub to: Party,
    /// Amount, above 0.
    pub usd_bn: f64,
    /// Row of the matrix.
    pub row: GodleyRow,
    /// Contract, if it is part of one.
    pub contract: Option<ContractRef>,
}

/// What happened to a firm or a contract. Amounts are those of the quarter.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub enum Happening {
    /// A deal that was not signed at the as-of date came into force at `scale` times its reported size.
    DealSigned { deal: usize, scale: f64 },
    /// A tranche was due and its conditions did not hold; it is tested again next quarter.
    TrancheRefused { tranche: usize, usd_bn: f64 },
    /// A tranche will never be paid: its conditions failed for too long, or a party is gone.
    TrancheLapsed { tranche: usize, usd_bn: f64 },
    /// A tranche was paid as promised.
    TranchePaid { tranche: usize, usd_bn: f64 },
    /// A tranche was paid below the promise: its terms made less of it payable, or the investor could not pay.
    TranchePaidInPart { tranche: usize, promised_usd_bn: f64, payable_usd_bn: f64, paid_usd_bn: f64 },
    /// Lenders did not refinance maturing debt: the principal fell due.
    RefinancingRefused { firm: FirmId, due_usd_bn: f64 },
    /// A buyer ordered less than it was committed to.
    OrdersCut { firm: FirmId, committed_usd_bn: f64, ordered_usd_bn: f64 },
    /// A backstop was called.
    BackstopCalled { backstop: usize, owed_usd_bn: f64, paid_usd_bn: f64 },
    /// A firm could not pay classes 1 and 2; its enterprise was sold, and `dead_weight_usd_bn` was lost on the way.
    Default { firm: FirmId, unpaid_usd_bn: f64, sale_usd_bn: f64, dead_weight_usd_bn: f64 },
    /// A warrant vested.
    WarrantVested { warrant: usize },
}

/// A happening and its quarter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// Quarter, from 1.
    pub quarter: usize,
    /// What happened.
    pub what: Happening,
}

/// What the ledger remembers of the end of the quarter before, on its lane.
#[derive(Debug, Clone, Default)]
struct Before {
    debt: Vec<f64>,
    loan: Vec<f64>,
    loan_sold: Vec<f64>,
    holding: Vec<f64>,
    tranche_done: Vec<f64>,
    warrant_done: Vec<f64>,
}

impl Before {
    fn of(s: &State, lane: usize) -> Before {
        Before {
            debt: column(&s.debt, lane),
            loan: column(&s.loan, lane),
            loan_sold: column(&s.loan_sold, lane),
            holding: column(&s.holding, lane),
            tranche_done: column(&s.tranche_done, lane),
            warrant_done: column(&s.warrant_done, lane),
        }
    }
}

fn column(rows: &[Row], lane: usize) -> Vec<f64> {
    rows.iter().map(|row| row[lane]).collect()
}

/// The ledger: an [`Observer`] of one path of a block, in one world.
#[derive(Debug, Clone)]
pub struct Ledger {
    world: usize,
    lane: usize,
    transfers: Vec<Transfer>,
    events: Vec<Event>,
    /// Cash of every firm at the end of each quarter, quarter 0 first.
    cash: Vec<Vec<f64>>,
    before: Before,
}

impl Ledger {
    /// A ledger of path `path`, in the world with index `world` among those that the block of the path runs.
    pub fn of_path(path: u64, world: usize) -> Ledger {
        let lane = (path % LANES as u64) as usize;
        Ledger { world, lane, transfers: vec![], events: vec![], cash: vec![], before: Before::default() }
    }

    /// Every transfer, by quarter.
    pub fn transfers(&self) -> &[Transfer] {
        &self.transfers
    }

    /// Transfers of one quarter.
    pub fn transfers_of(&self, quarter: usize) -> &[Transfer] {
        let from = self.transfers.partition_point(|x| x.quarter < quarter);
        let to = self.transfers.partition_point(|x| x.quarter <= quarter);
        &self.transfers[from..to]
    }

    /// Everything that happened, by quarter.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Quarters recorded so far.
    pub fn quarters(&self) -> usize {
        self.cash.len().saturating_sub(1)
    }

    /// Cash of every firm at the end of a quarter; quarter 0 is the as-of date.
    pub fn closing_cash(&self, quarter: usize) -> &[f64] {
        self.cash.get(quarter).map_or(&[], Vec::as_slice)
    }

    /// The transactions-flow matrix of a quarter: 16 rows, a column per firm and then per outside sector; receipts are positive, and row 16 is the
    /// change in cash with a minus sign, as the engine books it for firms and as transfers leave it for sectors.
    pub fn matrix(&self, quarter: usize) -> Vec<Vec<f64>> {
        let firms = self.closing_cash(0).len();
        let mut matrix = vec![vec![0.0; firms + Party::OUTSIDE.len()]; GodleyRow::COUNT];
        for x in self.transfers_of(quarter) {
            matrix[x.row as usize - 1][x.from.column(firms)] -= x.usd_bn;
            matrix[x.row as usize - 1][x.to.column(firms)] += x.usd_bn;
        }
        for i in 0..firms {
            matrix[GodleyRow::COUNT - 1][i] = self.cash[quarter - 1][i] - self.cash[quarter][i];
        }
        for sector in firms..firms + Party::OUTSIDE.len() {
            let change: f64 = matrix.iter().map(|row| row[sector]).sum();
            matrix[GodleyRow::COUNT - 1][sector] = -change;
        }
        matrix
    }

    /// Money that a quarter fails to account for, USD billion: the largest of |row sum| over the rows, and of |opening cash + receipts - payments -
    /// closing cash| over the firms.
    pub fn residual(&self, quarter: usize) -> f64 {
        let matrix = self.matrix(quarter);
        let rows = matrix.iter().map(|row| row.iter().sum::<f64>().abs());
        let columns = (0..self.closing_cash(0).len()).map(|i| matrix.iter().map(|row| row[i]).sum::<f64>().abs());
        rows.chain(columns).fold(0.0, f64::max)
    }

    /// Whether every row and column of a quarter sums to zero, to 1e-9 of the money that moved or lay still.
    pub fn rows_sum_to_zero(&self, quarter: usize) -> bool {
        let moved: f64 = self.transfers_of(quarter).iter().map(|x| x.usd_bn).sum();
        let held: f64 = self.cash[quarter - 1].iter().sum();
        self.residual(quarter) <= 1e-9 * (moved + held)
    }
}

impl Observer for Ledger {
    fn quarter(&mut self, world: usize, t: usize, ctx: &Context<'_>, state: &State, flows: &Flows) {
        if world != self.world {
            return;
        }
        if t == 1 {
            let opening = State::opening(ctx.model, ctx.layout, ctx.p);
            self.cash = vec![column(&opening.cash, self.lane)];
            self.before = Before::of(&opening, self.lane);
        }
        let before = std::mem::take(&mut self.before);
        let mut page =
            Page { ctx, t, l: self.lane, s: state, f: flows, before: &before, transfers: &mut self.transfers, events: &mut self.events };
        page.happenings();
        page.operations();
        page.contracts();
        page.estates();
        self.cash.push(column(&state.cash, self.lane));
        self.before = Before::of(state, self.lane);
    }
}
