//! The structure of a model as the engine walks it: adjacency, orders of solution, links between contracts. No numbers.

use std::collections::BTreeMap;

use crate::model::{Csr, Investor, Kind, Model, Seller, components};

/// A buyer's purchases within one substitution group.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Buyer.
    pub buyer: usize,
    /// Group.
    pub group: usize,
    /// Purchases from the lead vendor.
    pub lead: Vec<usize>,
    /// Purchases from the other vendors.
    pub others: Vec<usize>,
}

/// Structure of a model.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Number of firms.
    pub firms: usize,
    /// Horizon.
    pub quarters: usize,
    /// Buyer of each purchase.
    pub buyer: Vec<u32>,
    /// Seller of each purchase; `u32::MAX` is outside.
    pub seller: Vec<u32>,
    /// Purchases by buyer.
    pub by_buyer: Csr,
    /// Purchases by seller that is a firm.
    pub by_seller: Csr,
    /// Firms in the order in which orders are solved.
    pub order_components: Vec<Vec<usize>>,
    /// Substitution cells.
    pub cells: Vec<Cell>,
    /// Unsigned deal of each purchase and tranche, an index into the model's deals.
    pub purchase_deal: Vec<Option<usize>>,
    /// Unsigned deal of each tranche.
    pub tranche_deal: Vec<Option<usize>>,
    /// Tranches by investor that is a firm.
    pub by_investor: Csr,
    /// Tranches by investee.
    pub by_investee: Csr,
    /// Holder and issuer of each holding: every pair that a stake, a tranche or a warrant can link.
    pub holdings: Vec<(u32, u32)>,
    /// Issuer of each holding.
    pub issuer: Vec<u32>,
    /// Holdings by holder.
    pub by_holder: Csr,
    /// Holdings by issuer.
    pub by_issuer: Csr,
    /// Firms in the order in which values are solved.
    pub value_components: Vec<Vec<usize>>,
    /// Holding of each tranche whose investor is a firm.
    pub tranche_holding: Vec<Option<usize>>,
    /// Holding of each warrant.
    pub warrant_holding: Vec<usize>,
    /// Holding of each stake.
    pub stake_holding: Vec<usize>,
    /// Purchases of each pair (buyer, seller) whose cumulated purchases a tranche or a warrant looks at.
    pub pairs: Vec<Vec<usize>>,
    /// Pair of each tranche, if it has one.
    pub tranche_pair: Vec<Option<usize>>,
    /// Pair of each warrant, if the holder buys from the issuer.
    pub warrant_pair: Vec<Option<usize>>,
    /// Loans by borrower and by lender.
    pub by_borrower: Csr,
    /// Loans by lender.
    pub by_lender: Csr,
    /// Backstops by guarantor and by beneficiary.
    pub by_guarantor: Csr,
    /// Backstops by beneficiary.
    pub by_beneficiary: Csr,
    /// Firms of each kind that has more than one.
    pub peers: Vec<Vec<usize>>,
}

impl Layout {
    /// Structure of `model`.
    pub fn of(model: &Model) -> Layout {
        let n = model.firms.len();
        let buyer: Vec<u32> = model.purchases.iter().map(|p| p.buyer.0).collect();
        let seller: Vec<u32> = model.purchases.iter().map(|p| seller_index(p.seller)).collect();
        let inside = |c: usize| (seller[c] != u32::MAX).then(|| seller[c] as usize);
        let sales = (0..buyer.len()).filter_map(|c| inside(c).map(|s| (s, buyer[c] as usize)));
        // Backstops are paid on last quarter's shortfall, so they tie nobody within the quarter.
        let order_components = components(n, sales);
        let (holdings, holding_of) = holdings(model);
        let issuer: Vec<u32> = holdings.iter().map(|h| h.1).collect();
        let value_components = components(n, holdings.iter().map(|&(h, j)| (h as usize, j as usize)));
        let investor = |k: usize| investor_index(model.tranches[k].investor);
        let (pairs, tranche_pair, warrant_pair) = pairs(model, &buyer, &seller);
        Layout {
            firms: n,
            quarters: model.horizon_quarters,
            by_buyer: Csr::group(n, buyer.len(), |c| Some(buyer[c] as usize)),
            by_seller: Csr::group(n, buyer.len(), inside),
            order_components,
            cells: cells(model),
            purchase_deal: model.purchases.iter().map(|p| deal(model, p.stage.binds(), p.key)).collect(),
            tranche_deal: model.tranches.iter().map(|k| deal(model, k.stage.binds(), k.deal_key)).collect(),
            by_investor: Csr::group(n, model.tranches.len(), investor),
            by_investee: Csr::group(n, model.tranches.len(), |k| Some(model.tranches[k].investee.at())),
            by_holder: Csr::group(n, holdings.len(), |e| Some(holdings[e].0 as usize)),
            by_issuer: Csr::group(n, holdings.len(), |e| Some(holdings[e].1 as usize)),
            tranche_holding: model
                .tranches
                .iter()
                .map(|k| investor_index(k.investor).map(|a| holding_of[&(a as u32, k.investee.0)]))
                .collect(),
            warrant_holding: model.warrants.iter().map(|w| holding_of[&(w.holder.0, w.issuer.0)]).collect(),
            stake_holding: model.stakes.iter().map(|s| holding_of[&(s.holder.0, s.issuer.0)]).collect(),
            holdings,
            issuer,
            value_components,
            pairs,
            tranche_pair,
            warrant_pair,
            by_borrower: Csr::group(n, model.loans.len(), |l| Some(model.loans[l].borrower.at())),
            by_lender: Csr::group(n, model.loans.len(), |l| Some(model.loans[l].lender.at())),
            by_guarantor: Csr::group(n, model.backstops.len(), |b| Some(model.backstops[b].guarantor.at())),
            by_beneficiary: Csr::group(n, model.backstops.len(), |b| Some(model.backstops[b].beneficiary.at())),
            peers: peers(model),
            buyer,
            seller,
        }
    }

    /// Seller of a purchase, if it is a firm.
    #[inline(always)]
    pub fn seller_of(&self, c: usize) -> Option<usize> {
        (self.seller[c] != u32::MAX).then(|| self.seller[c] as usize)
    }
}

fn seller_index(seller: Seller) -> u32 {
    match seller {
        Seller::Firm(f) => f.0,
        Seller::Outside => u32::MAX,
    }
}

/// Index of an investor that is a firm.
pub fn investor_index(investor: Investor) -> Option<usize> {
    match investor {
        Investor::Firm(f) => Some(f.at()),
        Investor::Outside => None,
    }
}

fn deal(model: &Model, binds: bool, key: u64) -> Option<usize> {
    if binds { None } else { model.shocks.deals.iter().position(|d| d.key == key) }
}

type Holdings = (Vec<(u32, u32)>, BTreeMap<(u32, u32), usize>);

/// Every (holder, issuer) pair that can hold shares, in order of first appearance.
fn holdings(model: &Model) -> Holdings {
    let stakes = model.stakes.iter().map(|s| (s.holder.0, s.issuer.0));
    let tranches = model.tranches.iter().filter_map(|k| investor_index(k.investor).map(|a| (a as u32, k.investee.0)));
    let warrants = model.warrants.iter().map(|w| (w.holder.0, w.issuer.0));
    let mut list = Vec::new();
    let mut index = BTreeMap::new();
    for pair in stakes.chain(tranches).chain(warrants) {
        index.entry(pair).or_insert_with(|| {
            list.push(pair);
            list.len() - 1
        });
    }
    (list, index)
}

type Pairs = (Vec<Vec<usize>>, Vec<Option<usize>>, Vec<Option<usize>>);

/// Pairs (buyer, seller) whose cumulated purchases matter: an investee that buys from its investor, a warrant holder that buys from the issuer.
fn pairs(model: &Model, buyer: &[u32], seller: &[u32]) -> Pairs {
    let mut list: Vec<Vec<usize>> = Vec::new();
    let mut index: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    let mut pair = |b: u32, s: u32| {
        Some(*index.entry((b, s)).or_insert_with(|| {
            list.push((0..buyer.len()).filter(|&c| buyer[c] == b && seller[c] == s).collect());
            list.len() - 1
        }))
    };
    let tranches = model.tranches.iter().map(|k| investor_index(k.investor).and_then(|a| pair(k.investee.0, a as u32))).collect();
    let warrants = model.warrants.iter().map(|w| pair(w.holder.0, w.issuer.0)).collect();
    (list, tranches, warrants)
}

fn cells(model: &Model) -> Vec<Cell> {
    let mut cells: BTreeMap<(usize, usize), Cell> = BTreeMap::new();
    for (c, purchase) in model.purchases.iter().enumerate() {
        if let Some((group, lead)) = purchase.group {
            let buyer = purchase.buyer.at();
            let cell = cells.entry((buyer, group)).or_insert_with(|| Cell { buyer, group, lead: vec![], others: vec![] });
            if lead { cell.lead.push(c) } else { cell.others.push(c) }
        }
    }
    cells.into_values().collect()
}

fn peers(model: &Model) -> Vec<Vec<usize>> {
    let of_kind = |kind: Kind| -> Vec<usize> { (0..model.firms.len()).filter(|&i| model.firms[i].kind == kind).collect() };
    Kind::ALL.into_iter().map(of_kind).filter(|list| list.len() > 1).collect()
}
