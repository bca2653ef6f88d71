//! The golden cases G1, G3 and G4 (docs/methods.md, "Golden cases"): worked by hand, and by an independent program in another language.

mod common;

use bubblerisk::engine::{Context, Engine, Flows, Observer, State, World};
use bubblerisk::lanes::Isa;
use bubblerisk::model::{Metric, Model};
use common::{firm, model, near, purchase, revenue_shock, run, stake, tranche};

const LAB: usize = 0;
const CLOUD: usize = 1;
const CHIP: usize = 2;

fn chain(horizon: usize, cash: [f64; 3], invested: f64) -> Model {
    let mut lab = firm("lab", vec![10.0; horizon], cash[0], 500.0);
    lab.fixed_cost_usd_bn = vec![6.0; horizon];
    lab.numbers.spending_elasticity = 1.0;
    let mut cloud = firm("cloud", vec![30.0; horizon], cash[1], 1000.0);
    cloud.fixed_cost_usd_bn = vec![5.0; horizon];
    cloud.numbers.variable_cost_ratio = 0.3;
    cloud.numbers.spending_elasticity = 1.5;
    let mut chip = firm("chip", vec![40.0; horizon], cash[2], 4000.0);
    chip.fixed_cost_usd_bn = vec![4.0; horizon];
    chip.numbers.variable_cost_ratio = 0.4;
    chip.numbers.market_value_usd_bn += 0.1 * (500.0 + cash[0]);
    let mut m = model(vec![lab, cloud, chip]);
    m.purchases = vec![purchase("cloud", 0, 1, 12.0, 0.5, horizon), purchase("chips", 1, 2, 8.0, 0.25, horizon)];
    m.tranches = (1..=horizon).map(|t| tranche(&format!("round.{t}"), 2, 0, invested, t)).collect();
    m.stakes = vec![stake(2, 0, 0.1)];
    revenue_shock(&mut m, LAB, 0.6, 1, horizon);
    m
}

/// Remembers the state at the end of each quarter of each world, lane 0.
#[derive(Default)]
struct Diary {
    pages: Vec<(usize, usize, State, Flows)>,
}

impl Observer for Diary {
    fn quarter(&mut self, world: usize, t: usize, _: &Context<'_>, state: &State, flows: &Flows) {
        self.pages.push((world, t, state.clone(), flows.clone()));
    }
}

fn diary(m: &Model, worlds: &[World]) -> Diary {
    let mut diary = Diary::default();
    Engine::new(m, Isa::detect()).unwrap().run_block(7, 0, worlds, &mut diary);
    diary
}

fn system_loss(m: &Model, worlds: &[World]) -> Vec<f64> {
    run(m, worlds).outcomes.iter().map(|o| o.system(Metric::NetLoss)[0]).collect()
}

#[test]
fn g1_baseline_closes_with_the_planned_cash() {
    let mut m = chain(1, [20.0, 10.0, 50.0], 5.0);
    m.shocks.stresses.clear();
    let (_, _, s, _) = &diary(&m, &[World::W0]).pages[0];
    near(s.cash[LAB][0], 17.0, 1e-12);
    near(s.cash[CLOUD][0], 26.4, 1e-12);
    near(s.cash[CHIP][0], 69.8, 1e-12);
}

#[test]
fn g1_orders_cash_and_values() {
    let m = chain(1, [20.0, 10.0, 50.0], 5.0);
    let (_, _, s, f) = &diary(&m, &[World::W0]).pages[0];
    for (i, d) in [0.6, 0.942_857_142_9, 0.989_285_714_3].into_iter().enumerate() {
        near(f.ratio[i][0], d, 1e-9);
    }
    // C6: pass-through from lab to cloud to chip.
    near(f.order[0][0], 9.6, 1e-9);
    near(f.order[1][0], 7.485_714_285_7, 1e-9);
    for (i, cash) in [15.4, 25.234_285_714_3, 69.491_428_571_4].into_iter().enumerate() {
        near(s.cash[i][0], cash, 1e-9);
    }
    for (i, ev) in [300.0, 942.857_142_857_1, 3_957.142_857_142_9].into_iter().enumerate() {
        near(s.enterprise[i][0], ev, 1e-9);
    }
    for (i, v) in [315.4, 968.091_428_571_4, 4_062.674_285_714_3].into_iter().enumerate() {
        near(s.value[i][0], v, 1e-9);
    }
    near(s.price[LAB][0], 310.4, 1e-9);
}

#[test]
fn g1_system_loss_amplification_and_channels() {
    let m = chain(1, [20.0, 10.0, 50.0], 5.0);
    let block = run(&m, &[World::W0, World::W2]);
    let net = |w: usize| block.outcomes[w].system(Metric::NetLoss)[0];
    near(net(0), 303.074_285_714_3, 1e-9);
    near(net(1), 201.6, 1e-9);
    near(net(0) / net(1), 1.503_344_671_2, 1e-9);
    near(block.outcomes[0].system(Metric::GrossLoss)[0], 323.234_285_714_3, 1e-9);
    let (total, own, shapley) = channels(&m, |o| o.system(Metric::NetLoss)[0]);
    near(total - own, 101.474_285_714_3, 1e-9);
    for (found, expected) in shapley.into_iter().zip([101.474_285_714_3, 0.0, 0.0, 0.0]) {
        near(found, expected, 1e-9);
    }
    let (_, _, shapley) = channels(&m, |o| o.firm(Metric::GrossLoss, CHIP)[0]);
    for (found, expected) in shapley.into_iter().zip([43.165_714_285_7, 0.0, 20.16, 0.0]) {
        near(found, expected, 1e-9);
    }
}

/// Loss in W0, loss in W2 and exact Shapley values of the channels O, P, V, F.
fn channels(m: &Model, loss: impl Fn(&bubblerisk::engine::Outcome) -> f64) -> (f64, f64, [f64; 4]) {
    let worlds: Vec<World> = (0..16).map(World::with_channels).collect();
    let block = run(m, &worlds);
    let losses: Vec<f64> = block.outcomes.iter().map(loss).collect();
    (losses[15], losses[0], bubblerisk::engine::shapley(&losses))
}

#[test]
fn g3_funding_channel() {
    let mut m = chain(2, [3.0, 10.0, 50.0], 8.0);
    for f in &mut m.firms {
        f.numbers.default_recovery_own = 0.9;
        f.numbers.default_recovery_incoming = 0.95;
        f.numbers.bankruptcy_cost = 0.25;
    }
    for k in &mut m.tranches {
        k.numbers.valuation_floor = 0.7;
    }
    let book = diary(&m, &[World::W0]);
    let (_, _, s, _) = &book.pages[0];
    near(s.value[LAB][0], 301.4, 1e-9);
    near(s.price[LAB][0], 293.4, 1e-9);
    let (_, _, s, f) = &book.pages[1];
    assert_eq!(f.tranche_owed[1][0], 0.0, "the second tranche is refused");
    assert_eq!(s.default_quarter[LAB][0], 2.0);
    near(f.senior_share[LAB][0], 1.0, 1e-12);
    near(f.hard_share[LAB][0] * f.hard[LAB][0], 0.66, 1e-9);
    near(f.hard[LAB][0], 6.0, 1e-12);
    near(f.sale[LAB][0], 225.0, 1e-9);
    near(s.distributed[LAB][0] * s.shares[LAB][0], 219.66, 1e-9);
    let block = run(&m, &[World::W0, World::W2]);
    near(block.outcomes[0].system(Metric::DeadWeight)[0], 75.74, 1e-9);
    near(block.outcomes[0].system(Metric::NetLoss)[0], 530.5, 1e-9);
    near(block.outcomes[1].system(Metric::NetLoss)[0], 203.0, 1e-9);
    let off = |bit: u8| World::with_channels(15 & !(1 << bit));
    let one_off = system_loss(&m, &[off(0), off(1), off(2), off(3)]);
    for (found, expected) in one_off.into_iter().zip([275.34, 530.5, 530.5, 314.404_761_904_8]) {
        near(found, expected, 1e-9);
    }
    let (total, own, shapley) = channels(&m, |o| o.system(Metric::NetLoss)[0]);
    near(total / own, 2.613_300_492_6, 1e-9);
    for (found, expected) in shapley.into_iter().zip([183.282_380_952_4, 0.0, 0.0, 144.217_619_047_6]) {
        near(found, expected, 1e-9);
    }
}

#[test]
fn g4_circular_funding_loop() {
    let horizon = 40;
    let mut lab = firm("lab", vec![8.0; horizon], 0.0, 100.0);
    lab.numbers.spending_elasticity = 1.0;
    let chip = firm("chip", vec![50.0; horizon], 10.0, 1000.0);
    let mut m = model(vec![lab, chip]);
    m.purchases = vec![purchase("chips", 0, 1, 12.0, 0.0, horizon)];
    m.purchases[0].numbers.take_or_pay = 0.0;
    m.firms[0].numbers.spending_elasticity = 0.0;
    m.tranches = (1..=horizon).map(|t| tranche(&format!("round.{t}"), 1, 0, 4.0, t)).collect();
    for k in &mut m.tranches {
        k.numbers.purchase_coupling = 1.0;
    }
    revenue_shock(&mut m, 0, 0.85, 1, horizon);
    let book = diary(&m, &[World::W0, World::W1]);
    let order = |world: usize, t: usize| book.pages.iter().find(|p| p.0 == world && p.1 == t).unwrap().3.order[0][0];
    for (t, expected) in [10.8, 10.4, 10.266_666_666_7, 10.222_222_222_2, 10.207_407_407_4, 10.202_469_135_8].into_iter().enumerate() {
        near(order(0, t + 1), expected, 1e-9);
        near(order(1, t + 1), 10.8, 1e-9);
    }
    near(order(0, horizon), 10.2, 1e-9);
    // C17: the ratio of the quarter's shortfalls tends to 1 / (1 - f zeta) with f = 1/3.
    near((12.0 - order(0, horizon)) / (12.0 - order(1, horizon)), 1.5, 1e-9);
    for t in 1..=6 {
        let closed_form = 0.15 * (1.0 - 3.0_f64.powi(-(t as i32)));
        near(1.0 - order(0, t) / 12.0, closed_form, 1e-9);
    }
}

#[test]
fn without_shocks_every_world_is_the_plan() {
    let mut m = chain(8, [30.0, 10.0, 50.0], 5.0);
    m.shocks.stresses.clear();
    let worlds: Vec<World> = (0..16).map(World::with_channels).chain([World::W1]).collect();
    let mut diary = Diary::default();
    let engine = Engine::new(&m, Isa::detect()).unwrap();
    assert!(engine.plan_gaps().is_empty());
    let block = engine.run_block(3, 0, &worlds, &mut diary);
    for (_, _, _, f) in &diary.pages {
        assert!(f.ratio.iter().all(|d| d[0] == 1.0), "revenue is as planned in every quarter");
    }
    for o in &block.outcomes {
        near(o.system(Metric::NetLoss)[0], 0.0, 1e-9);
        near(o.system(Metric::MarkToMarketLossVsPlan)[0], 0.0, 1e-9);
    }
}

#[test]
fn a_plan_that_runs_out_of_cash_is_named() {
    let mut m = chain(8, [20.0, 10.0, 50.0], 5.0);
    m.shocks.stresses.clear();
    let engine = Engine::new(&m, Isa::detect()).unwrap();
    let gaps = engine.plan_gaps();
    // The lab burns 3 a quarter: its 20 last six quarters, and 1 is missing in the seventh.
    assert_eq!((gaps[0].firm, gaps[0].quarter), (LAB, 7));
    near(gaps[0].usd_bn, 1.0, 1e-9);
}
