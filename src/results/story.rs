//! One path in words and as tables: what happened quarter by quarter, every transfer, the transactions-flow matrix. No simulation.

use super::words::{self, Unit};
use crate::engine::{ContractRef, Event, GodleyRow, Happening, Layout, Ledger, Party};
use crate::model::{FirmId, Investor, Model};

/// What the ledger of a path is read with.
pub struct Story<'a> {
    /// The model that was run.
    pub model: &'a Model,
    /// Its structure.
    pub layout: &'a Layout,
    /// What happened.
    pub ledger: &'a Ledger,
}

fn usd(v: f64) -> String {
    words::exact(v, Unit::UsdBn)
}

/// Heading of a row of the matrix.
fn row_name(row: GodleyRow) -> &'static str {
    match row {
        GodleyRow::ExternalSales => "external_sales",
        GodleyRow::NetworkPurchases => "network_purchases",
        GodleyRow::ExternalCosts => "external_costs",
        GodleyRow::Interest => "interest",
        GodleyRow::Principal => "principal",
        GodleyRow::NewDebt => "new_debt",
        GodleyRow::NewEquity => "new_equity",
        GodleyRow::Distributions => "distributions",
        GodleyRow::Tranches => "tranches",
        GodleyRow::Loans => "loans",
        GodleyRow::Backstops => "backstops",
        GodleyRow::DeadWeight => "dead_weight",
        GodleyRow::Sale => "sale_of_enterprise",
        GodleyRow::Estate => "estate",
        GodleyRow::Ghost => "ghost",
        GodleyRow::CashChange => "change_in_cash",
    }
}

/// Rows of the matrix in order.
const ROWS: [GodleyRow; GodleyRow::COUNT] = [
    GodleyRow::ExternalSales,
    GodleyRow::NetworkPurchases,
    GodleyRow::ExternalCosts,
    GodleyRow::Interest,
    GodleyRow::Principal,
    GodleyRow::NewDebt,
    GodleyRow::NewEquity,
    GodleyRow::Distributions,
    GodleyRow::Tranches,
    GodleyRow::Loans,
    GodleyRow::Backstops,
    GodleyRow::DeadWeight,
    GodleyRow::Sale,
    GodleyRow::Estate,
    GodleyRow::Ghost,
    GodleyRow::CashChange,
];

/// Kind of an event for programs.
pub fn kind(what: &Happening) -> &'static str {
    match what {
        Happening::DealSigned { .. } => "deal_signed",
        Happening::TrancheRefused { .. } => "tranche_refused",
        Happening::TrancheLapsed { .. } => "tranche_lapsed",
        Happening::TranchePaid { .. } => "tranche_paid",
        Happening::TranchePaidInPart { .. } => "tranche_paid_in_part",
        Happening::RefinancingRefused { .. } => "refinancing_refused",
        Happening::OrdersCut { .. } => "orders_cut",
        Happening::BackstopCalled { .. } => "backstop_called",
        Happening::Default { .. } => "default",
        Happening::WarrantVested { .. } => "warrant_vested",
    }
}

impl Story<'_> {
    /// Name of a firm for people.
    pub fn firm(&self, i: FirmId) -> String {
        self.model
            .firms
            .get(i.at())
            .map_or_else(|| format!("firm {}", i.0), |f| if f.name.is_empty() { f.id.clone() } else { f.name.clone() })
    }

    fn tranche(&self, k: usize) -> String {
        let Some(t) = self.model.tranches.get(k) else { return format!("tranche {k}") };
        let from = match t.investor {
            Investor::Firm(i) => self.firm(i),
            Investor::Outside => "outside investors".to_string(),
        };
        format!("tranche {} from {from} to {}", t.id, self.firm(t.investee))
    }

    /// An event as a sentence.
    pub fn sentence(&self, what: &Happening) -> String {
        match *what {
            Happening::DealSigned { deal, scale } => {
                let id = self.model.shocks.deals.get(deal).map_or("a deal", |d| d.id.as_str());
                format!("{id} is signed, at {} times its reported size", words::exact(scale, Unit::Plain))
            }
            Happening::TrancheRefused { tranche, usd_bn } => {
                format!("{} of {} is refused: its conditions do not hold; it is tested again", self.tranche(tranche), usd(usd_bn))
            }
            Happening::TrancheLapsed { tranche, usd_bn } => format!("{} of {} lapses", self.tranche(tranche), usd(usd_bn)),
            Happening::TranchePaid { tranche, usd_bn } => format!("{} of {} is paid", self.tranche(tranche), usd(usd_bn)),
            Happening::TranchePaidInPart { tranche, promised_usd_bn, payable_usd_bn, paid_usd_bn } => format!(
                "{}: {} is paid of {} promised ({} payable by its terms)",
                self.tranche(tranche),
                usd(paid_usd_bn),
                usd(promised_usd_bn),
                usd(payable_usd_bn)
            ),
            Happening::RefinancingRefused { firm, due_usd_bn } => {
                format!("{}: lenders do not refinance, {} of principal falls due", self.firm(firm), usd(due_usd_bn))
            }
            Happening::OrdersCut { firm, committed_usd_bn, ordered_usd_bn } => {
                format!("{} orders {} of the {} it is committed to", self.firm(firm), usd(ordered_usd_bn), usd(committed_usd_bn))
            }
            Happening::BackstopCalled { backstop, owed_usd_bn, paid_usd_bn } => {
                let id = self.model.backstops.get(backstop).map_or("a backstop", |b| b.id.as_str());
                format!("backstop {id} is called: {} is paid of {} owed", usd(paid_usd_bn), usd(owed_usd_bn))
            }
            Happening::Default { firm, unpaid_usd_bn, sale_usd_bn, dead_weight_usd_bn } => format!(
                "{} FAILS: {} is left unpaid; its enterprise is sold for {}; {} is destroyed on the way",
                self.firm(firm),
                usd(unpaid_usd_bn),
                usd(sale_usd_bn),
                usd(dead_weight_usd_bn)
            ),
            Happening::WarrantVested { warrant } => {
                let id = self.model.warrants.get(warrant).map_or("a warrant", |w| w.id.as_str());
                format!("warrant {id} vests")
            }
        }
    }

    /// Every event, one a line, under its quarter.
    pub fn events(&self) -> String {
        let mut out = String::new();
        let mut quarter = 0;
        for Event { quarter: q, what } in self.ledger.events() {
            if *q != quarter {
                quarter = *q;
                out += &format!("{}\n", self.model.quarter_label(quarter));
            }
            out += &format!("  {}\n", self.sentence(what));
        }
        if out.is_empty() { "Nothing happens but the plan's own flows.\n".to_string() } else { out }
    }

    /// Firms that fail, in order, with their quarters.
    pub fn failures(&self) -> Vec<String> {
        let failed = |e: &Event| match e.what {
            Happening::Default { firm, .. } => Some(format!("{} in {}", self.firm(firm), self.model.quarter_label(e.quarter))),
            _ => None,
        };
        self.ledger.events().iter().filter_map(failed).collect()
    }

    /// Identifier of a party.
    fn party(&self, p: Party) -> String {
        match p {
            Party::Firm(i) => self.model.firms.get(i.at()).map_or_else(|| i.0.to_string(), |f| f.id.clone()),
            Party::Customers => "customers".into(),
            Party::Suppliers => "suppliers".into(),
            Party::Capital => "capital".into(),
            Party::DeadWeight => "dead_weight".into(),
            Party::Ghost => "ghost".into(),
        }
    }

    fn contract(&self, c: ContractRef) -> String {
        let m = self.model;
        let id = match c {
            ContractRef::Purchase(k) => m.purchases.get(k).map(|x| x.id.clone()),
            ContractRef::Tranche(k) => m.tranches.get(k).map(|x| x.id.clone()),
            ContractRef::Loan(k) => m.loans.get(k).map(|x| x.id.clone()),
            ContractRef::Backstop(k) => m.backstops.get(k).map(|x| x.id.clone()),
            ContractRef::Holding(k) => self.layout.holdings.get(k).map(|(holder, issuer)| {
                let id = |i: u32| self.party(Party::Firm(FirmId(i)));
                format!("{}-{}", id(*holder), id(*issuer))
            }),
        };
        id.unwrap_or_default()
    }

    /// Every transfer as CSV.
    pub fn transfers_csv(&self) -> String {
        let head = ["quarter", "label", "from", "to", "usd_bn", "row", "contract"].map(String::from).to_vec();
        let line = |x: &crate::engine::Transfer| {
            let contract = x.contract.map_or_else(String::new, |c| self.contract(c));
            vec![
                x.quarter.to_string(),
                self.model.quarter_label(x.quarter),
                self.party(x.from),
                self.party(x.to),
                x.usd_bn.to_string(),
                row_name(x.row).into(),
                contract,
            ]
        };
        csv([head].into_iter().chain(self.ledger.transfers().iter().map(line)))
    }

    /// The transactions-flow matrix of every quarter as CSV: receipts positive, payments negative, rows and columns that sum to zero.
    pub fn matrix_csv(&self) -> String {
        let firms = self.model.firms.iter().map(|f| f.id.clone());
        let outside = Party::OUTSIDE.into_iter().map(|p| self.party(p));
        let head =
            ["quarter", "label", "row"].map(String::from).into_iter().chain(firms).chain(outside).chain(["sum".to_string()]).collect();
        let mut lines: Vec<Vec<String>> = vec![head];
        for quarter in 1..=self.ledger.quarters() {
            for (row, cells) in ROWS.into_iter().zip(self.ledger.matrix(quarter)) {
                let mut line = vec![quarter.to_string(), self.model.quarter_label(quarter), row_name(row).to_string()];
                line.extend(cells.iter().map(|v| if *v == 0.0 { "0".to_string() } else { v.to_string() }));
                line.push(cells.iter().sum::<f64>().to_string());
                lines.push(line);
            }
        }
        csv(lines.into_iter())
    }
}

/// Lines of cells as CSV.
fn csv(lines: impl Iterator<Item = Vec<String>>) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    for line in lines {
        // Writing into memory fails only if rows differ in length, which they do not.
        let _ = out.write_record(&line);
    }
    out.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
