//! Cases of one firm whose value diffuses: first passage (C1) and Merton's debt (C2), as formulas and through the full engine.

use super::TOLERANCE;
use crate::clearing::one_shot::merton::Merton;
use crate::error::Result;
use crate::lanes::LANES;
use crate::model::Model;
use crate::stats::normal;
use crate::validation::check::{Check, Comparison};
use crate::validation::formulas::{phi, simpson};
use crate::validation::runs::{PATHS, defaults, simulate, walk};
use crate::validation::systems::{firm, model};

const FIRST_PASSAGE: &str = "Merton (1974); Black & Cox (1976)";
const QUARTERLY: &str = "iterated quadrature";

/// Probability of a default by the end of a quarter, if the barrier is looked at quarterly.
const C1_QUARTERS: [(usize, f64); 4] = [(1, 0.005_924_190_7), (4, 0.144_352_917_1), (8, 0.308_147_777_9), (12, 0.414_533_001_9)];
/// C1: assets 100, debt 60, drift 0.05, volatility 0.4, three years; the log drifts by -0.03 a year.
const C1: Merton = Merton { assets: 100.0, debt: 60.0, drift: 0.05, volatility: 0.4, years: 3.0 };
/// C2.
const C2: Merton = Merton { assets: 100.0, debt: 80.0, drift: 0.05, volatility: 0.3, years: 1.0 };

pub(super) fn checks() -> Result<Vec<Check>> {
    Ok(vec![
        c1a_formulas(),
        c1a_engine()?,
        c1b_quadrature(),
        c1b_engine()?,
        c1c_shift(),
        c1c_distance(),
        c1d_formula(),
        c1d_engine()?,
        c2_formulas(),
        c2_engine()?,
    ])
}

/// A firm that is nothing but its enterprise and its debt, refinanced if and only if the debt is at most the enterprise value.
fn structural(enterprise: f64, debt: f64, growth: f64, maturing: &[f64]) -> Model {
    let mut f = firm("firm", vec![0.0; maturing.len()], 0.0, enterprise);
    f.debt_maturing = maturing.to_vec();
    f.numbers.debt_usd_bn = debt;
    f.numbers.market_value_usd_bn = enterprise - debt;
    f.numbers.loan_to_value = 1.0;
    f.numbers.value_growth_per_year = growth;
    f.numbers.sentiment_beta = 1.0;
    model(vec![f])
}

/// The firm of C1 in the engine, its debt maturing in one quarter.
fn c1_model(quarter: usize) -> Model {
    let mut maturing = [0.0; 12];
    maturing[quarter - 1] = 1.0;
    let mut m = structural(C1.assets, C1.debt, C1.drift - 0.5 * C1.volatility * C1.volatility, &maturing);
    // A quarter is a fourth of a year, and its deviation half of the yearly one.
    m.shocks = walk(C1.volatility / 2.0);
    m
}

fn c1a_formulas() -> Check {
    let mut c = Comparison::exact("C1a", "first passage: formulas", FIRST_PASSAGE, TOLERANCE);
    c.number(0.271_789_603_4, C1.default_probability()).number(0.505_431_908_9, C1.first_passage_probability(C1.debt));
    // The terminal probability written out: mean of the log and its deviation after three years.
    c.number(0.271_789_603_4, phi(((0.6f64).ln() + 0.03 * 3.0) / (0.4 * 3.0f64.sqrt())));
    c.done()
}

fn c1a_engine() -> Result<Check> {
    let mut c = Comparison::estimate("C1a", "default at maturity: through the engine, 100,032 paths", FIRST_PASSAGE);
    c.share(0.271_789_603_4, defaults(&c1_model(12), 1)?, PATHS);
    Ok(c.done())
}

/// Probability of a default by each quarter when the barrier is looked at quarterly: iterated quadrature (Simpson) of the survivors' density.
fn quarterly_first_passage(quarters: usize) -> Vec<f64> {
    let (b, m, sigma) = (0.6f64.ln(), -0.0075, 0.2);
    let (cells, width) = (1_600, 5.5);
    let h = width / cells as f64;
    let x = |k: usize| b + h * k as f64;
    let kernel: Vec<f64> = (0..=2 * cells).map(|d| normal::pdf(((d as f64 - cells as f64) * h - m) / sigma) / sigma).collect();
    let mut density: Vec<f64> = (0..=cells).map(|k| normal::pdf((x(k) - m) / sigma) / sigma).collect();
    let mut found = vec![phi((b - m) / sigma)];
    for _ in 1..quarters {
        let dies: f64 = (0..=cells).map(|k| simpson(k, cells) * h * density[k] * phi((b - x(k) - m) / sigma)).sum();
        found.push(found.last().copied().unwrap_or(0.0) + dies);
        let next = |to: usize| (0..=cells).map(|k| simpson(k, cells) * h * density[k] * kernel[to + cells - k]).sum::<f64>();
        density = (0..=cells).map(next).collect();
    }
    found
}

fn c1b_quadrature() -> Check {
    let exact = quarterly_first_passage(12);
    // What the cells of the quadrature leave.
    let mut c = Comparison::exact("C1b", "barrier looked at quarterly: quadrature", QUARTERLY, 1e-7);
    C1_QUARTERS.iter().for_each(|&(q, p)| {
        c.number(p, exact[q - 1]);
    });
    c.done()
}

fn c1b_engine() -> Result<Check> {
    let mut by_quarter = [0u64; 13];
    simulate(&c1_model(1), 2, |s, _| s.default_quarter[0].iter().for_each(|&q| by_quarter[q as usize] += 1))?;
    let mut c = Comparison::estimate("C1b", "debt refinanced every quarter: through the engine, 100,032 paths", QUARTERLY);
    for (q, p) in C1_QUARTERS {
        c.share(p, by_quarter[1..=q].iter().sum(), PATHS);
    }
    Ok(c.done())
}

/// Quarterly monitoring is about continuous monitoring of a barrier lowered by 0.5826 sigma sqrt(dt).
const SHIFT: &str = "Broadie, Glasserman & Kou (1997)";

fn shifted_barrier() -> f64 {
    C1.debt * (-0.582_597_157_9 * C1.volatility * 0.25f64.sqrt()).exp()
}

fn c1c_shift() -> Check {
    let mut c = Comparison::exact("C1c", "shifted barrier: formulas", SHIFT, TOLERANCE);
    c.number(53.400_768_146_8, shifted_barrier()).number(0.409_085_397_0, C1.first_passage_probability(shifted_barrier()));
    c.done()
}

fn c1c_distance() -> Check {
    let mut c = Comparison::exact("C1c", "shifted barrier against quarterly monitoring: an approximation", SHIFT, 0.006);
    c.number(C1_QUARTERS[3].1, C1.first_passage_probability(shifted_barrier()));
    c.done()
}

/// C1d: one quarter, cash 2, costs 11, revenue 10 exp(0.25 z - 0.03125).
fn c1d_default() -> f64 {
    phi(((9.0f64 / 10.0).ln() + 0.25 * 0.25 / 2.0) / 0.25)
}

const CASH: &str = "log-normal revenue of one quarter against cash and costs";

fn c1d_formula() -> Check {
    let mut c = Comparison::exact("C1d", "one quarter of cash: formula", CASH, TOLERANCE);
    c.number(0.383_446_253_4, c1d_default());
    c.done()
}

fn c1d_engine() -> Result<Check> {
    let mut f = firm("firm", vec![10.0], 2.0, 100.0);
    f.fixed_cost_usd_bn = vec![11.0];
    f.numbers.revenue_volatility_per_quarter = 0.25;
    f.numbers.plan_realism = (-0.031_25f64).exp();
    let mut m = model(vec![f]);
    m.shocks = walk(0.0);
    let mut c = Comparison::estimate("C1d", "one quarter of cash: through the engine, 100,032 paths", CASH);
    c.share(0.383_446_253_4, defaults(&m, 3)?, PATHS);
    Ok(c.done())
}

const MERTON: &str = "Merton (1974)";
/// d2, default probability, equity, debt, spread.
const C2_KNOWN: [f64; 5] = [0.760_478_504_4, 0.223_484_306_7, 26.462_085_709_7, 73.537_914_290_3, 0.034_225_520_8];

fn c2_formulas() -> Check {
    let mut c = Comparison::exact("C2", "Merton: formulas", MERTON, TOLERANCE);
    let equity = C2.equity();
    c.numbers(&C2_KNOWN, &[C2.distance_to_default(), C2.default_probability(), equity, C2.assets - equity, C2.spread()]);
    // The same, written out.
    let (a, d, r, sigma) = (100.0f64, 80.0f64, 0.05, 0.3);
    let d2 = ((a / d).ln() + r - sigma * sigma / 2.0) / sigma;
    let equity = a * phi(d2 + sigma) - d * (-r).exp() * phi(d2);
    c.numbers(&C2_KNOWN, &[d2, phi(-d2), equity, a - equity, -((a - equity) / d).ln() - r]);
    c.done()
}

fn c2_engine() -> Result<Check> {
    let r = C2.drift;
    // One quarter of the engine stands for the year: growth per quarter r - sigma^2 / 2.
    let mut m = structural(C2.assets, C2.debt, 4.0 * (r - C2.volatility * C2.volatility / 2.0), &[1.0]);
    m.shocks = walk(C2.volatility);
    let (mut equities, mut debts, mut defaulted) = (vec![], vec![], 0);
    simulate(&m, 4, |s, f| {
        for l in 0..LANES {
            defaulted += u64::from(s.default_quarter[0][l] > 0.0);
            equities.push((-r).exp() * s.value[0][l]);
            debts.push((-r).exp() * (s.debt[0][l] + f.estate_to_capital[0][l]));
        }
    })?;
    let mut c = Comparison::estimate("C2", "Merton: through the engine, 100,032 paths", MERTON);
    let [_, probability, equity, debt, _] = C2_KNOWN;
    c.share(probability, defaulted, PATHS).mean(equity, &equities).mean(debt, &debts);
    Ok(c.done())
}
