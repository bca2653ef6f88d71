//! C15: shares of the variance of functions that are known in closed form. Screening and FORM have tests and cases of their own.

use super::super::check::{Check, Comparison};
use crate::error::Result;
use crate::shocks::design_uniforms;
use crate::stats::Estimate;
use crate::stats::sobol::{Mixtures, mixed_points};
use std::f64::consts::PI;

/// Rows of the samples.
const ROWS: u32 = 4_096;

pub(super) fn checks() -> Result<Vec<Check>> {
    Ok(vec![ishigami(), g_function()])
}

fn sampled(inputs: usize, name: &str, f: impl Fn(&[f64]) -> f64) -> Mixtures {
    let mut m = Mixtures::new(inputs);
    for row in 0..ROWS {
        let mut uniform = design_uniforms(1, name, row);
        let mut point = || (0..inputs).map(|_| uniform()).collect::<Vec<f64>>();
        let (a, b) = (point(), point());
        m.push(&mixed_points(&a, &b).iter().map(|x| f(x)).collect::<Vec<_>>());
    }
    m
}

fn enter(c: &mut Comparison, expected: f64, found: Option<Estimate>) {
    // What was not found is infinitely far.
    let (value, error) = found.map_or((f64::NAN, 0.0), |e| (e.value, e.std_error));
    c.within(expected, value, error);
}

/// C15: a = 7, b = 0.1 on three uniform angles from -π to π.
fn ishigami() -> Check {
    let mut c = Comparison::estimate("C15", "Sobol' indices: first, second and total order", "Ishigami & Homma (1990)");
    let m = sampled(3, "ishigami", |u| {
        let x: Vec<f64> = u.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
        x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
    });
    enter(&mut c, 13.844_587_940_7, m.variance());
    enter(&mut c, 0.313_905_191_1, m.first_order(0));
    enter(&mut c, 0.442_411_144_8, m.first_order(1));
    enter(&mut c, 0.0, m.first_order(2));
    enter(&mut c, 0.243_683_664_1, m.second_order(0, 2));
    enter(&mut c, 0.557_588_855_2, m.total(0));
    enter(&mut c, 0.442_411_144_8, m.total(1));
    enter(&mut c, 0.243_683_664_1, m.total(2));
    c.done()
}

/// The product of (|4x - 2| + a) / (1 + a): V_i = 1/3 (1 + a_i)^-2 alone, and the variance is prod(1 + V_i) - 1.
fn g_function() -> Check {
    const A: [f64; 4] = [0.0, 1.0, 4.5, 9.0];
    let mut c =
        Comparison::estimate("C15, g-function", "Sobol' indices: first, second and total order", "Sobol' (1993), Saltelli & Sobol' (1995)");
    let m = sampled(4, "g-function", |x| x.iter().zip(A).map(|(x, a)| ((4.0 * x - 2.0).abs() + a) / (1.0 + a)).product());
    let v = A.map(|a: f64| 1.0 / 3.0 / (1.0 + a).powi(2));
    let whole = v.iter().map(|v| 1.0 + v).product::<f64>() - 1.0;
    enter(&mut c, whole, m.variance());
    for (i, v) in v.iter().enumerate() {
        enter(&mut c, v / whole, m.first_order(i));
        enter(&mut c, v * (1.0 + whole) / (1.0 + v) / whole, m.total(i));
    }
    enter(&mut c, v[0] * v[1] / whole, m.second_order(0, 1));
    c.done()
}
