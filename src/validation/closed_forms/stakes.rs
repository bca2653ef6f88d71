//! Cases of firms that own shares of each other: mutual stakes with and without debts (C3a to C3c), costs of failure (C3d), dilution (C10).

use super::{NARROW, TOLERANCE};
use crate::clearing::one_shot::{Edge, Network, cross_holdings};
use crate::clearing::values::{self, Holdings};
use crate::engine::{Engine, Flows, Layout, State, World};
use crate::error::Result;
use crate::lanes::{Isa, splat};
use crate::model::{Investor, Tranche};
use crate::validation::check::{Check, Comparison};
use crate::validation::runs::Last;
use crate::validation::systems::{firm, model, stake, tranche};

const SUZUKI: &str = "Suzuki (2002); Fischer (2014)";

pub(super) fn checks() -> Result<Vec<Check>> {
    Ok(vec![c3a(), c3bc()?, c3_outside_claims(), c3d()?, c10()?, c10_sums()?])
}

/// Values of two firms that own 0.2 and 0.1 of each other, from what they have before their stakes, by the engine's valuation kernel.
fn mutual(base: [f64; 2]) -> ([f64; 2], bool) {
    let mut m = model(vec![firm("one", vec![1.0], 0.0, 100.0), firm("two", vec![1.0], 0.0, 80.0)]);
    m.stakes = vec![stake(0, 1, 0.2), stake(1, 0, 0.1)];
    let layout = Layout::of(&m);
    let (none, one) = (vec![splat(0.0); 2], vec![splat(1.0); 2]);
    let holdings = Holdings {
        components: &layout.value_components,
        by_holder: &layout.by_holder,
        issuer: &layout.issuer,
        base: &base.map(splat),
        alive: &one,
        share: &[splat(0.2), splat(0.1)],
        raises: &[false; 2],
        fair_money: &none,
        fair_paid: &none,
        fixed_keep: &one,
        fixed_share: &none,
        plan_stakes: None,
        tolerance: 1e-13,
    };
    let mut value = vec![splat(1e3); 2];
    let solved = values::clear(Isa::detect(), &holdings, &mut value);
    ([value[0][5], value[1][5]], solved.converged)
}

/// The stakes of `mutual` as edges from issuer to holder.
fn stakes() -> [Edge; 2] {
    [Edge { from: 1, to: 0, amount: 0.2 }, Edge { from: 0, to: 1, amount: 0.1 }]
}

fn c3a() -> Check {
    let mut c =
        Comparison::exact("C3a", "mutual stakes: values, gross over net", "Suzuki (2002); Brioschi, Buzzacchi & Colombo (1989)", TOLERANCE);
    let known = [118.367_346_938_8, 91.836_734_693_9];
    let (one_shot, solved) = cross_holdings::values(&[100.0, 80.0], &stakes());
    let ([a, b], converged) = mutual([100.0, 80.0]);
    c.flags(&[true, true], &[converged, solved.converged]).numbers(&known, &[a, b]).numbers(&known, &one_shot.book);
    // (x1 + s12 x2) / (1 - s12 s21) and its twin.
    c.numbers(&[116.0 / 0.98, 90.0 / 0.98], &[a, b]);
    c.number(1.167_800_453_5, (a + b) / 180.0).number(180.0, one_shot.market.iter().sum());
    c.number(1.020_408_163_3, mutual([101.0, 80.0]).0[0] - a);
    c.done()
}

/// With debts of 60 and 70 and limited liability; then the second enterprise falls from 80 to 60.
fn c3bc() -> Result<Check> {
    let mut c = Comparison::exact("C3b,c", "mutual stakes, debts and limited liability", SUZUKI, TOLERANCE);
    for (assets, equity, debt) in
        [([100.0, 80.0], [42.857_142_857_1, 14.285_714_285_7], [60.0, 70.0]), ([100.0, 60.0], [40.0, 0.0], [60.0, 64.0])]
    {
        let (engine, converged) = mutual([assets[0] - 60.0, assets[1] - 70.0]);
        c.flags(&[true], &[converged]).numbers(&equity, &engine);
        let network =
            Network { external_assets: assets.to_vec(), external_liabilities: vec![60.0, 70.0], debts: vec![], stakes: stakes().to_vec() };
        let found = cross_holdings::equity_and_debt(&network)?;
        c.flags(&[true, true], &[found.unique, found.solved.converged]);
        for end in [&found.best, &found.worst] {
            c.numbers(&equity, &end.equity).numbers(&debt, &end.debt).flags(&[false, debt[1] < 70.0], &end.defaulted);
        }
    }
    Ok(c.done())
}

/// What outsiders own and are owed is what there is.
fn c3_outside_claims() -> Check {
    let mut c = Comparison::exact("C3", "mutual stakes: claims of outsiders add up", SUZUKI, NARROW);
    let ([a, b], _) = mutual([100.0, 80.0]);
    c.number(180.0, 0.9 * a + 0.8 * b);
    let ([a, b], _) = mutual([40.0, 10.0]);
    c.number(180.0, 0.9 * a + 0.8 * b + 130.0);
    let ([a, b], _) = mutual([40.0, -10.0]);
    let recovered = 60.0 + 0.1 * a;
    c.numbers(&[40.0, 0.0, 64.0], &[a, b, recovered]).number(160.0, 0.9 * a + 0.8 * b + 60.0 + recovered);
    c.done()
}

/// Two firms with assets of 10 that hold 0.4 of each other and lose 5 if their market value is below 8.
fn c3d() -> Result<Check> {
    let stakes = [Edge { from: 0, to: 1, amount: 0.4 }, Edge { from: 1, to: 0, amount: 0.4 }];
    let market_of = |x: &[f64]| {
        let (v, solved) = cross_holdings::values(x, &stakes);
        (v.market, solved)
    };
    let found = cross_holdings::failures(&[10.0; 2], &[8.0; 2], &[5.0; 2], market_of)?;
    let mut c = Comparison::exact("C3d", "costs of failure: two equilibria", "Elliott, Golub & Jackson (2014)", TOLERANCE);
    c.flags(&[false, true], &[found.unique, found.solved.converged]);
    for (end, fails, market, book) in [(&found.best, false, 10.0, 16.666_666_666_7), (&found.worst, true, 5.0, 8.333_333_333_3)] {
        let assets = end.failed.iter().map(|f| if *f { 5.0 } else { 10.0 }).collect::<Vec<_>>();
        c.flags(&[fails; 2], &end.failed).numbers(&[market; 2], &end.market);
        c.numbers(&[book; 2], &cross_holdings::values(&assets, &stakes).0.book);
    }
    Ok(c.done())
}

/// Holdings of firm 0 in firm 1 at the end of each of two quarters.
fn dilution(tranches: Vec<Tranche>) -> Result<[f64; 2]> {
    let mut m = model(vec![firm("investor", vec![1.0; 2], 500.0, 100.0), firm("investee", vec![1.0; 2], 1.0, 700.0)]);
    m.tranches = tranches;
    let engine = Engine::new(&m, Isa::detect())?;
    Ok([1, 2].map(|t| {
        let mut share = f64::NAN;
        engine.run_block(1, 0, &[World::W0], &mut Last(t, |s: &State, _: &Flows| share = s.holding[0][0]));
        share
    }))
}

fn at_pre_money(id: &str, amount: f64, quarter: usize, pre_money: f64) -> Tranche {
    let mut k = tranche(id, 0, 1, amount, quarter);
    k.numbers.pre_money_usd_bn = pre_money;
    k
}

const ROUNDS: &str = "X / (pre-money + X)";

fn c10() -> Result<Check> {
    let mut others = at_pre_money("b", 40.0, 2, 800.0);
    others.investor = Investor::Outside;
    let found = dilution(vec![at_pre_money("a", 10.0, 1, 500.0), others])?;
    let mut c = Comparison::exact("C10", "dilution at fixed valuations", ROUNDS, TOLERANCE);
    c.numbers(&[0.019_607_843_1, 0.018_674_136_3], &found);
    c.numbers(&[10.0 / 510.0, 10.0 / 510.0 * 800.0 / 840.0], &found);
    Ok(c.done())
}

/// Tranches at one valuation are one tranche of their sum, however large.
fn c10_sums() -> Result<Check> {
    let mut c = Comparison::exact("C10", "tranches at one valuation are one tranche of their sum", ROUNDS, NARROW);
    c.number(25.0 / 525.0, dilution(vec![at_pre_money("a", 10.0, 1, 500.0), at_pre_money("b", 15.0, 1, 500.0)])?[0]);
    let large = (0..3).map(|k| at_pre_money(&format!("k{k}"), 10.0, 1, 1.0)).collect();
    c.number(30.0 / 31.0, dilution(large)?[0]);
    Ok(c.done())
}
