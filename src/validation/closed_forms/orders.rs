//! Cases of revenue that firms pass on: the loop gain (C5), the pass-through of G1 (C6), orders as a Leontief inverse (C6b).

use super::TOLERANCE;
use crate::clearing::one_shot::{Edge, linear};
use crate::engine::{Engine, Flows, State, World};
use crate::error::Result;
use crate::lanes::Isa;
use crate::model::Model;
use crate::validation::check::{Check, Comparison};
use crate::validation::golden::g1_pass_through;
use crate::validation::runs::Last;
use crate::validation::systems::{firm, model, purchase, revenue_shock};

const LEONTIEF: &str = "Leontief (1936)";

pub(super) fn checks() -> Result<Vec<Check>> {
    Ok(vec![c5()?, c6()?, c6b_formulas(), c6b_engine()?])
}

/// The revenues of the first quarter of W0, lane 0.
fn revenues(m: &Model) -> Result<Vec<f64>> {
    let engine = Engine::new(m, Isa::detect())?;
    let mut found = vec![];
    let mut last = Last(1, |_: &State, f: &Flows| found = f.revenue.iter().map(|row| row[0]).collect());
    engine.run_block(1, 0, &[World::W0], &mut last);
    Ok(found)
}

/// A circle of three in which firm i passes on the share `pass[i]` of what it receives.
fn circle(pass: [f64; 3]) -> [Edge; 3] {
    std::array::from_fn(|i| Edge { from: i as u32, to: (i as u32 + 1) % 3, amount: pass[i] })
}

/// A circle in which firms pass on 0.7, 0.5 and 0.3 of what they receive, because that is all they have.
fn c5() -> Result<Check> {
    let pass = [0.7, 0.5, 0.3];
    let firms = [("a", 1.0), ("b", 0.0), ("c", 0.0)].into_iter().zip(pass).map(|((id, external), passed)| {
        let mut f = firm(id, vec![external], 0.0, 100.0);
        f.numbers.variable_cost_ratio = 1.0 - passed;
        f
    });
    let mut m = model(firms.collect());
    m.purchases = (0..3).map(|b| purchase(&format!("p{b}"), b, (b + 1) % 3, 10.0, 0.0, 1)).collect();
    let known = [1.117_318_435_8, 0.782_122_905_0, 0.391_061_452_5];
    let mut c = Comparison::exact("C5", "loop gain: through the engine and as a throughflow", LEONTIEF, TOLERANCE);
    let engine = revenues(&m)?;
    let (flow, solved) = linear::throughflow(&[1.0, 0.0, 0.0], &circle(pass));
    c.numbers(&known, &engine).numbers(&known, &flow).flags(&[true], &[solved.converged]);
    c.number(1.0 / (1.0 - 0.105), engine[0]);
    // Finn's cycling index: the part of all flow that a unit entering a firm owes to coming round.
    let again = |i: usize| {
        let unit: Vec<f64> = (0..3).map(|k| f64::from(u8::from(k == i))).collect();
        let back = linear::throughflow(&unit, &circle(pass)).0[i];
        (back - 1.0) / back * flow[i]
    };
    c.number(0.105, (0..3).map(again).sum::<f64>() / flow.iter().sum::<f64>());
    Ok(c.done())
}

/// Binding part, and the rest times appetite: 1 + theta (revenue over plan - 1).
fn c6() -> Result<Check> {
    let order = |amount: f64, bound: f64, theta: f64, ratio: f64| amount * (bound + (1.0 - bound) * (1.0 + theta * (ratio - 1.0)));
    let to_cloud = order(12.0, 0.5, 1.0, 0.6);
    let cloud = (30.0 + to_cloud) / 42.0;
    let to_chip = order(8.0, 0.25, 1.5, cloud);
    let chip = (40.0 + to_chip) / 48.0;
    let mut c = Comparison::exact(
        "C6",
        "orders passed through from lab to cloud to chip",
        "docs/methods.md, section 4.3, on the data of G1",
        TOLERANCE,
    );
    c.numbers(&[9.6, 7.485_714_285_7], &[to_cloud, to_chip]).numbers(&[0.942_857_142_9, 0.989_285_714_3], &[cloud, chip]);
    g1_pass_through(&mut c, &[to_cloud, to_chip], &[cloud, chip])?;
    g1_pass_through(&mut c, &[9.6, 7.485_714_285_7], &[0.942_857_142_9, 0.989_285_714_3])?;
    Ok(c.done())
}

/// The three-cycle of C6b, and the diagonal of (I - A)^-1.
const GAIN: [f64; 3] = [0.1, 0.6, 0.5];
const DIAGONAL: f64 = 1.030_927_835_1;

/// Column j of (I - A)^-1: the diagonal at j, then what is passed on once and twice.
fn column(j: usize) -> [f64; 3] {
    let mut found = [0.0; 3];
    (found[j], found[(j + 1) % 3]) = (DIAGONAL, GAIN[j] * DIAGONAL);
    found[(j + 2) % 3] = GAIN[j] * GAIN[(j + 1) % 3] * DIAGONAL;
    found
}

fn c6b_formulas() -> Check {
    let mut c = Comparison::exact("C6b", "Leontief inverse of a three-cycle: as a throughflow", LEONTIEF, TOLERANCE);
    let inverse: Vec<Vec<f64>> = (0..3)
        .map(|j| {
            let unit: Vec<f64> = (0..3).map(|k| f64::from(u8::from(k == j))).collect();
            linear::throughflow(&unit, &circle(GAIN)).0
        })
        .collect();
    (0..3).for_each(|j| {
        c.numbers(&column(j), &inverse[j]);
    });
    // The determinant, and the smallest and the largest entry off the diagonal.
    let off = |pick: fn(f64, f64) -> f64, start| (0..9).filter(|k| k % 4 > 0).map(|k| inverse[k / 3][k % 3]).fold(start, pick);
    c.number(0.97, 1.0 / inverse[0][0]).number(0.051_546_391_8, off(f64::min, f64::INFINITY)).number(0.618_556_701_0, off(f64::max, 0.0));
    c.done()
}

/// Orders that answer revenue linearly multiply a shock by (I - A)^-1.
fn c6b_engine() -> Result<Check> {
    // Revenues of 100 less 1: the differences have two digits less.
    let mut c = Comparison::exact("C6b", "Leontief inverse of a three-cycle: through the engine", LEONTIEF, 1e-8);
    for j in 0..3 {
        let mut m = model((0..3).map(|i| firm(&format!("f{i}"), vec![90.0], 100.0, 100.0)).collect());
        for (f, a) in m.firms.iter_mut().zip(GAIN) {
            // Each sells 10 to the circle and 90 outside: a change of revenue by 1 moves its orders of 10 by theta / 10.
            f.numbers.spending_elasticity = 10.0 * a;
        }
        m.purchases = (0..3).map(|b| purchase(&format!("p{b}"), b, (b + 1) % 3, 10.0, 0.0, 1)).collect();
        revenue_shock(&mut m, j, 89.0 / 90.0, 1, 1);
        let lost: Vec<f64> = revenues(&m)?.iter().map(|x| 100.0 - x).collect();
        c.numbers(&column(j), &lost);
    }
    Ok(c.done())
}
