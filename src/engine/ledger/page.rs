//! How one quarter of a path becomes transfers and events: reads state and flows, knows every rule of payment and of estates a second time, so that
//! the ledger's residual checks the engine. Nothing is simulated here.

use super::{Before, ContractRef, Event, GodleyRow, Happening, Party, Transfer};
use crate::engine::layout::investor_index;
use crate::engine::quarter::Context;
use crate::engine::state::{Flows, State};
use crate::engine::world::Financing;
use crate::model::{FirmId, FirmNumber, PurchaseNumber, TrancheNumber};

/// Shares and amounts closer to whole than this count as whole.
const WHOLE: f64 = 1.0 - 1e-9;

/// One quarter of the ledger while it is written.
pub(super) struct Page<'a> {
    pub(super) ctx: &'a Context<'a>,
    pub(super) t: usize,
    pub(super) l: usize,
    pub(super) s: &'a State,
    pub(super) f: &'a Flows,
    pub(super) before: &'a Before,
    pub(super) transfers: &'a mut Vec<Transfer>,
    pub(super) events: &'a mut Vec<Event>,
}

fn firm(i: usize) -> Party {
    Party::Firm(FirmId(i as u32))
}

impl Page<'_> {
    fn write(&mut self, from: Party, to: Party, usd_bn: f64, row: GodleyRow, contract: Option<ContractRef>) {
        if usd_bn > 0.0 {
            let row = if from == Party::Ghost || to == Party::Ghost { GodleyRow::Ghost } else { row };
            self.transfers.push(Transfer { quarter: self.t, from, to, usd_bn, row, contract });
        }
    }

    /// One side pays, the other receives; the ghost takes or adds the difference.
    fn settle(&mut self, sides: (Party, Party), paid: f64, received: f64, row: GodleyRow, contract: ContractRef) {
        let direct = paid.min(received);
        self.write(sides.0, sides.1, direct, row, Some(contract));
        self.write(sides.0, Party::Ghost, paid - direct, row, Some(contract));
        self.write(Party::Ghost, sides.1, received - direct, row, Some(contract));
    }

    /// Sales, costs, debt service and funding of every firm: what concerns no other firm.
    pub(super) fn operations(&mut self) {
        use GodleyRow as R;
        use Party::{Capital, Customers, DeadWeight, Suppliers};
        let (f, l) = (self.f, self.l);
        for i in 0..self.ctx.layout.firms {
            let (me, paid) = (firm(i), f.senior_share[i][l]);
            let costs = f.senior[i][l] - f.interest[i][l] - f.due[i][l];
            self.write(Customers, me, f.external[i][l], R::ExternalSales, None);
            self.write(me, Suppliers, paid * costs, R::ExternalCosts, None);
            self.write(me, Suppliers, f.hard_share[i][l] * f.capex[i][l], R::ExternalCosts, None);
            self.write(me, Capital, paid * f.interest[i][l], R::Interest, None);
            self.write(me, Capital, paid * f.due[i][l], R::Principal, None);
            self.write(Capital, me, f.new_debt[i][l], R::NewDebt, None);
            self.write(Capital, me, f.draw[i][l], R::NewDebt, None);
            self.write(Capital, me, f.new_equity[i][l], R::NewEquity, None);
            self.write(me, DeadWeight, f.dead_weight[i][l], R::DeadWeight, None);
            self.write(Suppliers, me, f.sale[i][l], R::Sale, None);
        }
    }

    /// Payments on contracts between firms, as paid and as received.
    pub(super) fn contracts(&mut self) {
        for c in 0..self.ctx.model.purchases.len() {
            self.purchase(c);
        }
        let (f, l) = (self.f, self.l);
        for (k, tranche) in self.ctx.model.tranches.iter().enumerate() {
            let investor = investor_index(tranche.investor).map_or(Party::Capital, firm);
            let sides = (investor, firm(tranche.investee.at()));
            self.settle(sides, f.tranche_paid[k][l], f.tranche_received[k][l], GodleyRow::Tranches, ContractRef::Tranche(k));
        }
        for k in 0..self.ctx.model.loans.len() {
            self.loan(k);
        }
        for (b, backstop) in self.ctx.model.backstops.iter().enumerate() {
            let (g, owed) = (backstop.guarantor.at(), f.backstop[b][l]);
            let paid = f.hard_share[g][l] * owed;
            let received = if self.ctx.world.payments { paid } else { owed };
            self.settle((firm(g), firm(backstop.beneficiary.at())), paid, received, GodleyRow::Backstops, ContractRef::Backstop(b));
        }
    }

    fn purchase(&mut self, c: usize) {
        let (f, l) = (self.f, self.l);
        let buyer = self.ctx.layout.buyer[c] as usize;
        let share = f.hard_share[buyer][l];
        let paid = share * f.order[c][l];
        let contract = ContractRef::Purchase(c);
        match self.ctx.layout.seller_of(c).filter(|&j| f.lives[j][l] > 0.0) {
            Some(seller) => {
                let invoice = f.invoice[c][l];
                let of_buyer = if self.ctx.world.payments { f.order[c][l].min(invoice) } else { 0.0 };
                let received = invoice - of_buyer + share * of_buyer;
                self.settle((firm(buyer), firm(seller)), paid, received, GodleyRow::NetworkPurchases, contract);
            }
            // Outside vendors, also in place of a seller that is gone.
            None => self.write(firm(buyer), Party::Suppliers, paid, GodleyRow::ExternalCosts, Some(contract)),
        }
    }

    fn loan(&mut self, k: usize) {
        let (f, l) = (self.f, self.l);
        let loan = &self.ctx.model.loans[k];
        let (lender, borrower) = (loan.lender.at(), loan.borrower.at());
        let service = f.loan_interest[k][l] + f.loan_principal[k][l];
        let paid = f.lives[borrower][l] * f.hard_share[borrower][l] * service;
        let contract = ContractRef::Loan(k);
        if self.before.loan_sold[k] > 0.0 || f.lives[lender][l] <= 0.0 {
            self.write(firm(borrower), Party::Suppliers, paid, GodleyRow::Loans, Some(contract));
        } else {
            let received = if self.ctx.world.loans_insured() { service } else { paid };
            self.settle((firm(borrower), firm(lender)), paid, received, GodleyRow::Loans, contract);
        }
    }
}

/// A claim of the second tier on an estate.
struct SecondTier {
    to: Party,
    usd_bn: f64,
    contract: Option<ContractRef>,
    /// What the ghost pays the creditor, at once, in the estate's place.
    topped_up: f64,
    creditor: Party,
}

impl Page<'_> {
    /// Estates of the firms that failed this quarter (model 4.6).
    pub(super) fn estates(&mut self) {
        for i in 0..self.ctx.layout.firms {
            if self.f.defaults[i][self.l] > 0.0 {
                self.estate(i);
            }
        }
    }

    fn estate(&mut self, i: usize) {
        let (f, l, me) = (self.f, self.l, firm(i));
        let unpaid = 1.0 - f.senior_share[i][l];
        let cash =
            f.own[i][l] + f.inflow[i][l] - f.senior_share[i][l] * f.senior[i][l] - f.hard_share[i][l] * f.hard[i][l] - f.dead_weight[i][l];
        let mut left = f.sale[i][l] + cash.max(0.0);
        let debt = self.before.debt[i] + f.new_debt[i][l] + f.draw[i][l] - f.senior_share[i][l] * f.due[i][l];
        let capital = debt + unpaid * f.interest[i][l];
        let suppliers = unpaid * (f.senior[i][l] - f.interest[i][l] - f.due[i][l]);
        let share = if capital + suppliers > 0.0 { (left / (capital + suppliers)).min(1.0) } else { 0.0 };
        self.write(me, Party::Capital, share * capital, GodleyRow::Estate, None);
        self.write(me, Party::Suppliers, share * suppliers, GodleyRow::Estate, None);
        left = (left - share * (capital + suppliers)).max(0.0);
        let claims = self.second_tier(i);
        let owed: f64 = claims.iter().map(|c| c.usd_bn).sum();
        let share = if owed > 0.0 { (left / owed).min(1.0) } else { 0.0 };
        for claim in claims {
            self.write(me, claim.to, share * claim.usd_bn, GodleyRow::Estate, claim.contract);
            self.write(Party::Ghost, claim.creditor, claim.topped_up, GodleyRow::Estate, claim.contract);
        }
        self.residual_to_holders(i, (left - share * owed).max(0.0));
    }

    /// A claim on an estate: the ghost takes what is paid on an insured one, capital what is paid to a firm that is gone.
    fn claim(&self, creditor: Option<usize>, insured: bool, usd_bn: f64, contract: ContractRef) -> SecondTier {
        let alive = creditor.filter(|&j| self.s.alive[j][self.l] > 0.0);
        let to = match (insured, creditor, alive) {
            (true, ..) => Party::Ghost,
            (_, None, _) => Party::Suppliers,
            (_, _, Some(j)) => firm(j),
            (_, Some(_), None) => Party::Capital,
        };
        SecondTier { to, usd_bn, contract: Some(contract), topped_up: 0.0, creditor: alive.map_or(Party::Ghost, firm) }
    }

    fn second_tier(&self, i: usize) -> Vec<SecondTier> {
        let (ctx, f, l, world) = (self.ctx, self.f, self.l, self.ctx.world);
        let unpaid = 1.0 - f.hard_share[i][l];
        let capex = unpaid * f.capex[i][l];
        let mut claims =
            vec![SecondTier { to: Party::Suppliers, usd_bn: capex, contract: None, topped_up: 0.0, creditor: Party::Suppliers }];
        for &c in ctx.layout.by_buyer.of(i) {
            let c = c as usize;
            let inside = ctx.layout.seller_of(c);
            let seller = inside.filter(|&j| f.lives[j][l] > 0.0);
            let contract = ContractRef::Purchase(c);
            // Without channel O the seller's claim is on what it delivered; what was ordered beyond went to the ghost.
            let delivered = if seller.is_some() && !world.orders { f.order[c][l].min(f.invoice[c][l]) } else { f.order[c][l] };
            claims.push(self.claim(seller, !world.payments && inside.is_some(), unpaid * delivered, contract));
            claims.push(self.claim(None, true, unpaid * (f.order[c][l] - delivered), contract));
            let rejected = self.rejected(i, c);
            let replaced = inside.is_some() && !(world.payments && world.orders);
            let mut claim = self.claim(seller, replaced, rejected, contract);
            // Where the ghost orders in the buyer's place nothing is lost; else it makes the claim good.
            claim.topped_up = if replaced && world.orders && claim.creditor != Party::Ghost { rejected } else { 0.0 };
            claims.push(claim);
        }
        for &b in ctx.layout.by_guarantor.of(i) {
            let b = b as usize;
            let to = ctx.model.backstops[b].beneficiary.at();
            claims.push(self.claim(Some(to), !world.payments, unpaid * f.backstop[b][l], ContractRef::Backstop(b)));
        }
        for &k in ctx.layout.by_borrower.of(i) {
            let k = k as usize;
            let service = f.loan_interest[k][l] + f.loan_principal[k][l];
            let owed = self.before.loan[k] + f.loan_interest[k][l] - f.hard_share[i][l] * service;
            let lender = (self.before.loan_sold[k] <= 0.0).then(|| ctx.model.loans[k].lender.at());
            claims.push(self.claim(lender, world.loans_insured(), owed, ContractRef::Loan(k)));
        }
        claims
    }

    /// Claim of the seller of purchase c on the estate of its buyer for what was committed after this quarter.
    fn rejected(&self, i: usize, c: usize) -> f64 {
        let (ctx, l) = (self.ctx, self.l);
        let number = |field| ctx.p.purchase(field, c)[l];
        let deals = ctx.model.shocks.deals.len();
        let size = ctx.layout.purchase_deal[c].map_or(1.0, |d| ctx.drivers.deal_scale[(self.t - 1) * deals + d][l]);
        let later: f64 = ctx.model.purchases[c].schedule_usd_bn[self.t..].iter().sum();
        let committed = number(PurchaseNumber::Scale) * (number(PurchaseNumber::TakeOrPay) * later + number(PurchaseNumber::AfterHorizon));
        ctx.p.firm(FirmNumber::RejectionClaim, i)[l] * size * committed
    }

    fn residual_to_holders(&mut self, i: usize, usd_bn: f64) {
        let mut outside = 1.0;
        for &e in self.ctx.layout.by_issuer.of(i) {
            let e = e as usize;
            let (holder, share) = (self.ctx.layout.holdings[e].0 as usize, self.before.holding[e]);
            if self.s.alive[holder][self.l] > 0.0 {
                outside -= share;
                let to = if self.ctx.world.values { firm(holder) } else { Party::Ghost };
                self.write(firm(i), to, share * usd_bn, GodleyRow::Estate, Some(ContractRef::Holding(e)));
            }
        }
        self.write(firm(i), Party::Capital, outside * usd_bn, GodleyRow::Estate, None);
    }
}

impl Page<'_> {
    fn note(&mut self, what: Happening) {
        self.events.push(Event { quarter: self.t, what });
    }

    /// What happened to deals, tranches, debts, orders, backstops, firms and warrants, in the order of the quarter.
    pub(super) fn happenings(&mut self) {
        let deals = self.ctx.model.shocks.deals.len();
        for deal in 0..deals {
            let scale = self.deal_scale(self.t, deal);
            if scale > 0.0 && self.deal_scale(self.t - 1, deal) <= 0.0 {
                self.note(Happening::DealSigned { deal, scale });
            }
        }
        for k in 0..self.ctx.model.tranches.len() {
            self.tranche_event(k);
        }
        for i in 0..self.ctx.layout.firms {
            self.firm_events(i);
        }
        let (f, l) = (self.f, self.l);
        for (b, backstop) in self.ctx.model.backstops.iter().enumerate() {
            let owed = f.backstop[b][l];
            if owed > 0.0 {
                let paid = owed * f.hard_share[backstop.guarantor.at()][l];
                self.note(Happening::BackstopCalled { backstop: b, owed_usd_bn: owed, paid_usd_bn: paid });
            }
        }
        for (w, warrant) in self.ctx.model.warrants.iter().enumerate() {
            let newly = self.s.warrant_done[w][l] > 0.0 && self.before.warrant_done[w] <= 0.0;
            let gone = f.defaults[warrant.issuer.at()][l] > 0.0 || (self.ctx.world.values && f.defaults[warrant.holder.at()][l] > 0.0);
            if newly && !gone {
                self.note(Happening::WarrantVested { warrant: w });
            }
        }
    }

    /// Size in force of a deal; 0 before the first quarter.
    fn deal_scale(&self, t: usize, deal: usize) -> f64 {
        let deals = self.ctx.model.shocks.deals.len();
        if t == 0 { 0.0 } else { self.ctx.drivers.deal_scale[(t - 1) * deals + deal][self.l] }
    }

    fn tranche_event(&mut self, k: usize) {
        let (f, l) = (self.f, self.l);
        let size = self.ctx.layout.tranche_deal[k].map_or(1.0, |d| self.deal_scale(self.t, d));
        let promised = self.ctx.p.tranche(TrancheNumber::Amount, k)[l] * size;
        // Where the investor is gone or short, the ghost of a counterfactual world pays.
        let payable = f.tranche_owed[k][l].max(f.tranche_expected[k][l]);
        let paid = f.tranche_paid[k][l].max(f.tranche_received[k][l]);
        let lapses = self.s.tranche_done[k][l] > 0.0 && self.before.tranche_done[k] <= 0.0;
        let event = self.ctx.drivers.tranche_event[(self.t - 1) * self.ctx.model.tranches.len() + k][l];
        let due = self.t >= self.ctx.model.tranches[k].due_quarter && self.before.tranche_done[k] <= 0.0 && event > 0.0;
        if payable > 0.0 {
            self.note(if paid >= WHOLE * promised {
                Happening::TranchePaid { tranche: k, usd_bn: paid }
            } else {
                Happening::TranchePaidInPart { tranche: k, promised_usd_bn: promised, payable_usd_bn: payable, paid_usd_bn: paid }
            });
        } else if lapses && promised > 0.0 {
            self.note(Happening::TrancheLapsed { tranche: k, usd_bn: promised });
        } else if due && promised > 0.0 && self.ctx.world.financing != Financing::Off {
            self.note(Happening::TrancheRefused { tranche: k, usd_bn: promised });
        }
    }

    fn firm_events(&mut self, i: usize) {
        let (f, l) = (self.f, self.l);
        let id = FirmId(i as u32);
        if f.due[i][l] > 0.0 {
            self.note(Happening::RefinancingRefused { firm: id, due_usd_bn: f.due[i][l] });
        }
        let committed = f.lives[i][l] * f.committed_sum[i][l];
        let ordered = f.place[i][l] * (f.floor_sum[i][l] + (f.committed_sum[i][l] - f.floor_sum[i][l]) * f.committed_share[i][l]);
        if ordered < WHOLE * committed {
            self.note(Happening::OrdersCut { firm: id, committed_usd_bn: committed, ordered_usd_bn: ordered });
        }
        if f.defaults[i][l] > 0.0 {
            let unpaid = (1.0 - f.senior_share[i][l]) * f.senior[i][l] + (1.0 - f.hard_share[i][l]) * f.hard[i][l];
            let cost = self.ctx.p.firm(FirmNumber::BankruptcyCost, i)[l] * f.failed_enterprise[i][l];
            let dead_weight = f.dead_weight[i][l] + cost;
            self.note(Happening::Default { firm: id, unpaid_usd_bn: unpaid, sale_usd_bn: f.sale[i][l], dead_weight_usd_bn: dead_weight });
        }
    }
}
