//! The golden cases G1 to G4 (docs/methods.md, section 11), worked by hand and by an independent program in another language, with C17, the closed form of
//! G4. Not the closed forms of other authors.

use super::check::{Check, Comparison};
use super::systems::{firm, g1, g3, model, purchase, revenue_shock, tranche};
use crate::clearing::FixedPoint;
use crate::clearing::payments::{Claim, Class, Payment, Position, Workspace, clear};
use crate::engine::{Block, Context, Engine, Flows, Nobody, Observer, Outcome, State, World, shapley};
use crate::error::Result;
use crate::lanes::Isa;
use crate::model::{Metric, Model};

const LAB: usize = 0;
const CLOUD: usize = 1;
const CHIP: usize = 2;

const BY_HAND: &str = "worked by hand, docs/methods.md, section 11";
const TOLERANCE: f64 = 1e-9;
/// For numbers that take no more than a few roundings.
const NARROW: f64 = 1e-12;

/// Every golden case.
pub(super) fn checks() -> Result<Vec<Check>> {
    let mut found = vec![g1_plan()?, g1_orders_cash_values()?, g1_system_loss()?, g1_chip_loss()?];
    found.extend([g2_two_fixed_points(), g2_a_tenth_short()]);
    found.extend([g3_first_quarter()?, g3_default()?, g3_default_shares()?, g3_system_loss()?]);
    found.extend(g4()?);
    Ok(found)
}

fn golden(id: &str, part: &'static str) -> Comparison {
    Comparison::exact(id, part, BY_HAND, TOLERANCE)
}

/// Remembers the state at the end of each quarter of each world.
#[derive(Default)]
struct Diary {
    pages: Vec<(usize, usize, State, Flows)>,
}

impl Observer for Diary {
    fn quarter(&mut self, world: usize, t: usize, _: &Context<'_>, state: &State, flows: &Flows) {
        self.pages.push((world, t, state.clone(), flows.clone()));
    }
}

impl Diary {
    /// The diary of the first block of a model.
    fn of(m: &Model, worlds: &[World]) -> Result<Diary> {
        let mut diary = Diary::default();
        Engine::new(m, Isa::detect())?.run_block(7, 0, worlds, &mut diary);
        Ok(diary)
    }

    /// Enters what `read` finds on the page of a world and quarter; a page that is missing is no number.
    fn enter(&self, c: &mut Comparison, (world, t): (usize, usize), expected: &[f64], read: impl Fn(&State, &Flows) -> Vec<f64>) {
        let page = self.pages.iter().find(|p| (p.0, p.1) == (world, t));
        c.numbers(expected, &page.map_or(vec![], |(_, _, s, f)| read(s, f)));
    }
}

fn first_block(m: &Model, worlds: &[World]) -> Result<Block> {
    Ok(Engine::new(m, Isa::detect())?.run_block(1, 0, worlds, &mut Nobody))
}

fn net(outcome: &Outcome) -> f64 {
    outcome.system(Metric::NetLoss)[0]
}

/// Loss in W0, loss in W2 and exact Shapley values of the channels O, P, V, F.
fn channels(m: &Model, loss: impl Fn(&Outcome) -> f64) -> Result<(f64, f64, [f64; 4])> {
    let worlds: Vec<World> = (0..16).map(World::with_channels).collect();
    let losses: Vec<f64> = first_block(m, &worlds)?.outcomes.iter().map(loss).collect();
    Ok((losses[15], losses[0], shapley(&losses)))
}

fn three(rows: &[crate::lanes::Row]) -> Vec<f64> {
    rows.iter().map(|row| row[0]).collect()
}

fn g1_plan() -> Result<Check> {
    let mut m = g1();
    m.shocks.stresses.clear();
    let mut c = Comparison::exact("G1", "closing cash of the plan", BY_HAND, NARROW);
    Diary::of(&m, &[World::W0])?.enter(&mut c, (0, 1), &[17.0, 26.4, 69.8], |s, _| three(&s.cash));
    Ok(c.done())
}

fn g1_orders_cash_values() -> Result<Check> {
    let book = Diary::of(&g1(), &[World::W0])?;
    let mut c = golden("G1", "orders, cash, values");
    let at = (0, 1);
    book.enter(&mut c, at, &[0.6, 0.942_857_142_9, 0.989_285_714_3], |_, f| three(&f.ratio));
    book.enter(&mut c, at, &[9.6, 7.485_714_285_7], |_, f| three(&f.order));
    book.enter(&mut c, at, &[15.4, 25.234_285_714_3, 69.491_428_571_4], |s, _| three(&s.cash));
    book.enter(&mut c, at, &[300.0, 942.857_142_857_1, 3_957.142_857_142_9], |s, _| three(&s.enterprise));
    book.enter(&mut c, at, &[315.4, 968.091_428_571_4, 4_062.674_285_714_3], |s, _| three(&s.value));
    book.enter(&mut c, at, &[310.4], |s, _| vec![s.price[LAB][0]]);
    Ok(c.done())
}

fn g1_system_loss() -> Result<Check> {
    let m = g1();
    let block = first_block(&m, &[World::W0, World::W2])?;
    let mut c = golden("G1", "system loss, amplification, Shapley values");
    let [circular, isolated] = [0, 1].map(|w| net(&block.outcomes[w]));
    c.number(303.074_285_714_3, circular).number(201.6, isolated).number(1.503_344_671_2, circular / isolated);
    c.number(323.234_285_714_3, block.outcomes[0].system(Metric::GrossLoss)[0]);
    let (total, own, parts) = channels(&m, net)?;
    c.number(101.474_285_714_3, total - own).numbers(&[101.474_285_714_3, 0.0, 0.0, 0.0], &parts);
    Ok(c.done())
}

fn g1_chip_loss() -> Result<Check> {
    let mut c = golden("G1", "loss of the chip maker, Shapley values");
    let (total, own, parts) = channels(&g1(), |o| o.firm(Metric::GrossLoss, CHIP)[0])?;
    c.number(63.325_714_285_7, total - own).numbers(&[43.165_714_285_7, 0.0, 20.16, 0.0], &parts);
    Ok(c.done())
}

/// The ring of Winstar and Lucent: V owes W a soft tranche, W owes V for goods and pays others first.
fn ring(cash: f64, which: FixedPoint) -> ([Payment; 2], bool) {
    let base = Position { recovery_own: 0.9, recovery_inflow: 0.9, ..Position::default() };
    let vendor = Position { own: cash, senior: 10.0, soft: 60.0, ..base };
    let customer = Position { own: 5.0, senior: 20.0, hard: 45.0, ..base };
    let claims = [Claim { from: 0, to: 1, amount: 60.0, class: Class::Soft }, Claim { from: 1, to: 0, amount: 45.0, class: Class::Hard }];
    let mut work = Workspace::default();
    let solved = clear(&[vendor, customer], &claims, which, &mut work);
    ([work.payments[0], work.payments[1]], solved.converged)
}

fn g2_two_fixed_points() -> Check {
    let mut c = golden("G2", "greatest and least clearing of the ring");
    for (cash, left) in [(30.0, [5.0, 0.0]), (25.0, [0.0, 0.0])] {
        let (best, converged) = ring(cash, FixedPoint::Greatest);
        c.numbers(&left, &best.map(|p| p.closing_cash)).numbers(&[60.0, 45.0], &[best[0].soft, best[1].hard]);
        c.flags(&[true, false, false], &[converged, best[0].defaulted, best[1].defaulted]);
    }
    let (worst, converged) = ring(30.0, FixedPoint::Least);
    c.flags(&[true, false, true], &[converged, worst[0].defaulted, worst[1].defaulted]);
    c.numbers(&[45.0, 25.0, 5.0], &[worst[0].soft, worst[1].hard, worst[1].dead_weight]);
    c.done()
}

fn g2_a_tenth_short() -> Check {
    let mut c = golden("G2", "the ring, a tenth short: unique");
    for which in [FixedPoint::Greatest, FixedPoint::Least] {
        let (short, converged) = ring(24.9, which);
        c.flags(&[true, true], &[converged, short[1].defaulted]);
        c.numbers(&[14.9, 17.91, 0.0, 1.99], &[short[0].soft, short[1].senior, short[1].hard, short[1].dead_weight]);
        let (shorter, converged) = ring(14.9, which);
        c.flags(&[true, true], &[converged, shorter[1].defaulted]);
        c.numbers(&[4.9, 8.91], &[shorter[0].soft, shorter[1].senior]);
    }
    c.done()
}

fn g3_first_quarter() -> Result<Check> {
    let mut c = golden("G3", "value and price of the lab before the refusal");
    Diary::of(&g3(), &[World::W0])?.enter(&mut c, (0, 1), &[301.4, 293.4], |s, _| vec![s.value[LAB][0], s.price[LAB][0]]);
    Ok(c.done())
}

fn g3_default() -> Result<Check> {
    let book = Diary::of(&g3(), &[World::W0])?;
    let mut c = golden("G3", "tranche refused, default, sale and estate");
    let at = (0, 2);
    book.enter(&mut c, at, &[0.0], |_, f| vec![f.tranche_owed[1][0]]);
    book.enter(&mut c, at, &[2.0], |s, _| vec![s.default_quarter[LAB][0]]);
    book.enter(&mut c, at, &[0.66, 225.0], |_, f| vec![f.hard_share[LAB][0] * f.hard[LAB][0], f.sale[LAB][0]]);
    book.enter(&mut c, at, &[219.66], |s, _| vec![s.distributed[LAB][0] * s.shares[LAB][0]]);
    let block = first_block(&g3(), &[World::W0])?;
    c.number(75.74, block.outcomes[0].system(Metric::DeadWeight)[0]);
    Ok(c.done())
}

fn g3_default_shares() -> Result<Check> {
    let mut c = Comparison::exact("G3", "class 1 is paid in full, 6 is owed of class 2", BY_HAND, NARROW);
    let read = |_: &State, f: &Flows| vec![f.senior_share[LAB][0], f.hard[LAB][0]];
    Diary::of(&g3(), &[World::W0])?.enter(&mut c, (0, 2), &[1.0, 6.0], read);
    Ok(c.done())
}

fn g3_system_loss() -> Result<Check> {
    let m = g3();
    let off = |bit: u8| World::with_channels(15 & !(1 << bit));
    let worlds = [World::W0, World::W2, off(0), off(1), off(2), off(3)];
    let losses: Vec<f64> = first_block(&m, &worlds)?.outcomes.iter().map(net).collect();
    let mut c = golden("G3", "system loss, amplification, each channel off, Shapley values");
    c.numbers(&[530.5, 203.0, 275.34, 530.5, 530.5, 314.404_761_904_8], &losses);
    let (total, own, parts) = channels(&m, net)?;
    c.number(2.613_300_492_6, total / own).numbers(&[183.282_380_952_4, 0.0, 0.0, 144.217_619_047_6], &parts);
    Ok(c.done())
}

/// A lab that buys from the chip maker with money which the chip maker invests in proportion to the purchases.
fn circle(horizon: usize) -> Model {
    let lab = firm("lab", vec![8.0; horizon], 0.0, 100.0);
    let chip = firm("chip", vec![50.0; horizon], 10.0, 1000.0);
    let mut m = model(vec![lab, chip]);
    m.purchases = vec![purchase("chips", 0, 1, 12.0, 0.0, horizon)];
    m.tranches = (1..=horizon).map(|t| tranche(&format!("round.{t}"), 1, 0, 4.0, t)).collect();
    for k in &mut m.tranches {
        k.numbers.purchase_coupling = 1.0;
    }
    revenue_shock(&mut m, LAB, 0.85, 1, horizon);
    m
}

fn g4() -> Result<[Check; 2]> {
    let horizon = 40;
    let book = Diary::of(&circle(horizon), &[World::W0, World::W1])?;
    let order = |world: usize, t: usize| {
        let page = book.pages.iter().find(|p| (p.0, p.1) == (world, t));
        page.map_or(f64::NAN, |p| p.3.order[0][0])
    };
    let mut c = golden("G4", "orders of the circular funding loop");
    let known = [10.8, 10.4, 10.266_666_666_7, 10.222_222_222_2, 10.207_407_407_4, 10.202_469_135_8];
    for (t, expected) in (1..).zip(known) {
        c.number(expected, order(0, t)).number(10.8, order(1, t));
    }
    c.number(10.2, order(0, horizon));
    // Shock, share of purchases that the tranches pay for, and their coupling.
    let (shock, f, zeta) = (0.1, 1.0 / 3.0, 1.0);
    let mut form =
        Comparison::exact("C17", "shortfall of the circular funding loop", "geometric series, docs/methods.md, section 7", TOLERANCE);
    for t in 1..=6 {
        let series = shock * (1.0 - f64::powi(f * zeta, t)) / (1.0 - f * zeta);
        form.number(0.15 * (1.0 - 3.0_f64.powi(-t)), 1.0 - order(0, t as usize) / 12.0).number(series, 1.0 - order(0, t as usize) / 12.0);
    }
    // The ratio of the quarter's shortfalls tends to 1 / (1 - f zeta).
    let amplified = (12.0 - order(0, horizon)) / (12.0 - order(1, horizon));
    form.number(1.5, amplified).number(1.0 / (1.0 - f * zeta), amplified);
    Ok([c.done(), form.done()])
}

/// The first quarter of G1 in W0: orders and revenue over plan, for the closed form of the pass-through.
pub(super) fn g1_pass_through(c: &mut Comparison, orders: &[f64], ratios: &[f64]) -> Result<()> {
    let book = Diary::of(&g1(), &[World::W0])?;
    book.enter(c, (0, 1), orders, |_, f| three(&f.order));
    book.enter(c, (0, 1), ratios, |_, f| vec![f.ratio[CLOUD][0], f.ratio[CHIP][0]]);
    Ok(())
}
