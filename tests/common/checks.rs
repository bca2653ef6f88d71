//! What must hold of every system in every quarter of every world, and tools to run properties: observers, and systems scaled or relabelled.
#![allow(dead_code)]

use std::cell::RefCell;
use std::collections::BTreeMap;

use bubblerisk::engine::{Context, ContractRef, Engine, Financing, Flows, Happening, Ledger, Observer, Party, State, World};
use bubblerisk::lanes::{Isa, LANES, Row};
use bubblerisk::model::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::cases::so_many;
use super::random::worlds;

/// Holds a property against random cases, the same on every run and every machine; a case that fails is shrunk and shown.
#[track_caller]
pub fn for_all<S: Strategy>(cases: u32, seed: u64, strategy: S, property: impl Fn(S::Value)) {
    let config = Config { rng_seed: RngSeed::Fixed(seed), max_shrink_iters: 400, ..so_many(cases) };
    let checked = TestRunner::new(config).run(&strategy, |case| {
        property(case);
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

/// How often things were seen while a property was held against its cases: one that never met what it is about has shown nothing.
#[derive(Default)]
pub struct Seen(RefCell<BTreeMap<String, u64>>);

impl Seen {
    /// Something was seen, if it was.
    pub fn note(&self, what: impl Into<String>, is_seen: bool) {
        *self.0.borrow_mut().entry(what.into()).or_default() += u64::from(is_seen);
    }

    /// Asserts that something was seen so often.
    #[track_caller]
    pub fn at_least(&self, times: u64, what: &str) {
        let seen = self.0.borrow();
        let found = seen.get(what).copied().unwrap_or(0);
        assert!(found >= times, "{what}: seen {found} times, not {times}; all that was seen: {seen:?}");
    }
}

/// An observer made of a closure.
pub struct Watch<F>(F);

/// Gives a closure the signature of an observer.
pub fn watch<F: FnMut(usize, usize, &Context<'_>, &State, &Flows)>(f: F) -> Watch<F> {
    Watch(f)
}

impl<F: FnMut(usize, usize, &Context<'_>, &State, &Flows)> Observer for Watch<F> {
    fn quarter(&mut self, world: usize, t: usize, ctx: &Context<'_>, state: &State, flows: &Flows) {
        (self.0)(world, t, ctx, state, flows);
    }
}

/// Several ledgers of one run.
pub struct Ledgers(Vec<Ledger>);

impl Observer for Ledgers {
    fn quarter(&mut self, world: usize, t: usize, ctx: &Context<'_>, state: &State, flows: &Flows) {
        for ledger in &mut self.0 {
            ledger.quarter(world, t, ctx, state, flows);
        }
    }
}

pub fn engine(model: &Model) -> Engine<'_> {
    Engine::new(model, Isa::detect()).expect("the model runs")
}

pub fn ledger_balances(model: &Model, paths: &[u64]) {
    let worlds = worlds();
    let ledgers = paths.iter().flat_map(|&p| (0..worlds.len()).map(move |w| Ledger::of_path(p, w))).collect();
    let mut ledgers = Ledgers(ledgers);
    let block = engine(model).run_block(5, 0, &worlds, &mut ledgers);
    assert_eq!(block.counts.failed, 0, "every fixed point is reached: {:?}", block.counts);
    for (at, ledger) in ledgers.0.iter().enumerate() {
        let (path, world) = (paths[at / worlds.len()], at % worlds.len());
        assert_eq!(ledger.quarters(), model.horizon_quarters);
        for t in 1..=ledger.quarters() {
            assert!(ledger.rows_sum_to_zero(t), "world {world} path {path} quarter {t}: {} is missing", ledger.residual(t));
        }
        for x in ledger.transfers() {
            assert!(x.usd_bn > 0.0 && x.usd_bn.is_finite());
            let ghostly = x.from == Party::Ghost || x.to == Party::Ghost;
            assert!(!ghostly || !is_full(&worlds[world]), "the full model has no ghost: {x:?}");
        }
        for (i, quarter) in block.outcomes[world].default_quarter.iter().enumerate() {
            let told = ledger.events().iter().find(|e| matches!(e.what, Happening::Default { firm, .. } if firm.at() == i));
            assert_eq!(told.map_or(0, |e| e.quarter), quarter[path as usize % LANES] as usize);
        }
        if is_full(&worlds[world]) {
            tranche_events_match_transfers(model, ledger);
        }
    }
}

/// Every tranche ends at most once, paid or lapsed, and what events say was paid is what was transferred.
pub fn tranche_events_match_transfers(model: &Model, ledger: &Ledger) {
    let mut told = vec![(0, 0.0); model.tranches.len()];
    for event in ledger.events() {
        let (k, paid) = match event.what {
            Happening::TranchePaid { tranche, usd_bn } => (tranche, usd_bn),
            Happening::TranchePaidInPart { tranche, paid_usd_bn, promised_usd_bn, .. } => {
                assert!(paid_usd_bn < promised_usd_bn);
                (tranche, paid_usd_bn)
            }
            Happening::TrancheLapsed { tranche, .. } => (tranche, 0.0),
            _ => continue,
        };
        told[k].0 += 1;
        told[k].1 += paid;
    }
    for (k, (times, paid)) in told.into_iter().enumerate() {
        let moved: f64 = ledger.transfers().iter().filter(|x| x.contract == Some(ContractRef::Tranche(k))).map(|x| x.usd_bn).sum();
        assert!(times <= 1 && (moved - paid).abs() <= 1e-12 * paid.max(1.0), "tranche {k} ended {times} times, {paid} told, {moved} moved");
    }
}

pub fn is_full(w: &World) -> bool {
    w.orders && w.payments && w.values && w.financing == Financing::On
}

/// I4: cash; I5: shares paid and absolute priority.
pub fn signs(ctx: &Context<'_>, i: usize, l: usize, s: &State, f: &Flows) {
    assert!(s.cash[i][l] >= 0.0 && s.value[i][l] >= 0.0 && s.debt[i][l] >= -1e-12 * ctx.scale && s.line[i][l] >= 0.0);
    assert!(s.shares[i][l] > 0.0 && s.price[i][l].is_finite() && s.enterprise[i][l] >= 0.0);
    let (senior, hard, soft) = (f.senior_share[i][l], f.hard_share[i][l], f.soft_share[i][l]);
    for share in [senior, hard, soft] {
        assert!((0.0..=1.0 + 1e-12).contains(&share), "share {share}");
    }
    let (senior_owed, hard_owed, soft_owed) = (f.senior[i][l], f.hard[i][l], f.soft_out[i][l]);
    assert!(senior_owed >= 0.0 && hard_owed >= 0.0 && soft_owed >= 0.0);
    assert!(senior * senior_owed >= senior_owed * (1.0 - 1e-12) || hard * hard_owed <= 1e-12 * ctx.scale, "class 2 only after class 1");
    assert!(hard * hard_owed >= hard_owed * (1.0 - 1e-12) || soft * soft_owed <= 1e-12 * ctx.scale, "class 3 only after class 2");
    assert_eq!(f.defaults[i][l] > 0.0, f.lives[i][l] > 0.0 && s.alive[i][l] <= 0.0);
    for x in
        [f.sale[i][l], f.outside_loss[i][l], f.network_loss[i][l], f.dead_weight[i][l], f.draw[i][l], f.new_debt[i][l], f.new_equity[i][l]]
    {
        assert!(x >= -1e-12 * ctx.scale && x.is_finite());
    }
    assert!(f.estate_to_capital[i][l] >= -1e-12 * ctx.scale);
}

/// I20: debt is what it was, plus what was raised, less what was repaid; it ends with the firm, and what is yet to mature is part of it.
pub fn debt_rolls_forward(ctx: &Context<'_>, t: usize, i: usize, l: usize, before: &[Row], s: &State, f: &Flows) {
    let rolled = before[i][l] + f.new_debt[i][l] + f.draw[i][l] - f.senior_share[i][l] * f.due[i][l];
    let expected = if s.alive[i][l] > 0.0 { rolled } else { 0.0 };
    assert!((s.debt[i][l] - expected).abs() <= 1e-12 * ctx.scale, "debt {} is not {expected}", s.debt[i][l]);
    let width = ctx.layout.quarters + 1;
    let to_come: f64 = (t + 1..width).map(|u| s.maturing[i * width + u][l]).sum();
    assert!(s.alive[i][l] <= 0.0 || to_come <= s.debt[i][l] + 1e-12 * ctx.scale, "{to_come} matures of {}", s.debt[i][l]);
}

pub fn value_identity(ctx: &Context<'_>, l: usize, s: &State) {
    let n = ctx.layout.firms;
    let mut base: Vec<f64> = (0..n).map(|i| s.enterprise[i][l] + s.cash[i][l] - s.debt[i][l]).collect();
    let mut sold_loans = 0.0;
    for (k, loan) in ctx.model.loans.iter().enumerate() {
        base[loan.borrower.at()] -= s.loan[k][l];
        if s.loan_sold[k][l] > 0.0 {
            sold_loans += s.loan[k][l];
        } else {
            base[loan.lender.at()] += s.loan[k][l];
        }
    }
    let stakes = |value: &[f64], i: usize| -> f64 {
        ctx.layout.by_holder.of(i).iter().map(|&e| s.holding[e as usize][l] * value[ctx.layout.issuer[e as usize] as usize]).sum()
    };
    let mut value = vec![1e6 * ctx.scale; n];
    for _ in 0..5_000 {
        let next: Vec<f64> = (0..n).map(|i| s.alive[i][l] * (base[i] + stakes(&value, i)).max(0.0)).collect();
        let same = next == value;
        value = next;
        if same {
            break;
        }
    }
    let (mut claims, mut assets) = (sold_loans, 0.0);
    for i in 0..n {
        assert!((value[i] - s.value[i][l]).abs() <= 1e-11 * ctx.scale, "firm {i} is worth {}, not {}", value[i], s.value[i][l]);
        let held: f64 = ctx.layout.by_issuer.of(i).iter().map(|&e| s.holding[e as usize][l]).sum();
        let shortfall = s.alive[i][l] * (-(base[i] + stakes(&value, i))).max(0.0);
        claims += (1.0 - held) * s.value[i][l] + s.debt[i][l] - shortfall;
        assets += s.enterprise[i][l] + s.cash[i][l];
    }
    assert!((claims - assets).abs() <= 1e-11 * ctx.scale, "claims {claims}, assets {assets}");
}

/// The model with all money multiplied by c.
pub fn times(m: &Model, c: f64) -> Model {
    let mut m = m.clone();
    let all = |list: &mut Vec<f64>| list.iter_mut().for_each(|x| *x *= c);
    for f in &mut m.firms {
        all(&mut f.external_revenue_usd_bn);
        all(&mut f.fixed_cost_usd_bn);
        all(&mut f.capex_usd_bn);
        let n = &mut f.numbers;
        for x in [&mut n.cash_usd_bn, &mut n.minimum_cash_usd_bn, &mut n.debt_usd_bn, &mut n.market_value_usd_bn, &mut n.credit_line_usd_bn]
        {
            *x *= c;
        }
    }
    for p in &mut m.purchases {
        all(&mut p.schedule_usd_bn);
        p.numbers.after_horizon_usd_bn *= c;
    }
    for k in &mut m.tranches {
        for x in [&mut k.numbers.amount_usd_bn, &mut k.numbers.minimum_purchases_usd_bn, &mut k.numbers.pre_money_usd_bn] {
            *x *= c;
        }
    }
    m.loans.iter_mut().for_each(|l| l.numbers.balance_usd_bn *= c);
    m.warrants.iter_mut().for_each(|w| w.numbers.minimum_purchases_usd_bn *= c);
    m.backstops.iter_mut().for_each(|b| b.numbers.cap_usd_bn *= c);
    m
}

/// The model with firm i at position `to[i]`; contracts stay in their order.
pub fn relabel(m: &Model, to: &[usize]) -> Model {
    let mut out = m.clone();
    for (i, &at) in to.iter().enumerate() {
        out.firms[at] = m.firms[i].clone();
    }
    let new = |f: &mut FirmId| *f = FirmId(to[f.at()] as u32);
    for p in &mut out.purchases {
        new(&mut p.buyer);
        if let Seller::Firm(f) = &mut p.seller {
            new(f);
        }
    }
    for k in &mut out.tranches {
        new(&mut k.investee);
        if let Investor::Firm(f) = &mut k.investor {
            new(f);
        }
    }
    out.stakes.iter_mut().for_each(|s| [&mut s.holder, &mut s.issuer].into_iter().for_each(new));
    out.loans.iter_mut().for_each(|l| [&mut l.lender, &mut l.borrower].into_iter().for_each(new));
    out.warrants.iter_mut().for_each(|w| [&mut w.issuer, &mut w.holder].into_iter().for_each(new));
    out.backstops.iter_mut().for_each(|b| [&mut b.guarantor, &mut b.beneficiary].into_iter().for_each(new));
    out
}

/// Nothing, or up to `most`.
pub fn sometimes(most: f64) -> impl Strategy<Value = f64> {
    prop_oneof![2 => Just(0.0), 1 => 0.0..most]
}
