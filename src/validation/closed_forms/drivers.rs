//! Cases of what is drawn: regimes (C7), t factors whose tails hang together (C8), joint defaults under one normal factor (C9).

use super::TOLERANCE;
use crate::error::Result;
use crate::lanes::{Isa, LANES};
use crate::model::{Firm, Model};
use crate::shocks::{Drivers, Parameters, consecutive};
use crate::validation::check::{Check, Comparison};
use crate::validation::formulas::{
    conditional_default, gamma_ratio, joint_tail, normal_quantile, over_normal, phi, t_quantile, t_tail, tail_dependence,
};
use crate::validation::runs::{BLOCKS, PATHS, factor_pairs, simulate, walk};
use crate::validation::systems::{firm, model};
use std::f64::consts::PI;

const MARKOV: &str = "two-state Markov chain";
const COPULA: &str = "t copula: Demarta & McNeil (2005)";
const T_MASSES: &str = "Student's t with 5 degrees of freedom, scaled to unit variance";
const VASICEK: &str = "bivariate normal; Vasicek (1987)";

pub(super) fn checks() -> Result<Vec<Check>> {
    let mut found = vec![c7_formulas(), c7_draws()];
    found.extend([c8_formulas(), c8_limit(), c8_draws(), c8_masses(), c8_masses_drawn(), c8_clip()]);
    found.extend([c9_formulas(), c9_engine()?]);
    Ok(found)
}

/// Chances of a bust per quarter and of its end, the share of busts in the long run, P(bust within 12 quarters), P(bust in quarter 12), expected quarters
/// of bust in 12.
const C7: [f64; 6] = [0.05, 0.125, 0.285_714_285_7, 0.459_639_912_3, 0.257_310_296_6, 2.215_537_173_4];

fn c7_formulas() -> Check {
    let [p01, p10, ..] = C7;
    let at = |t: i32| p01 / (p01 + p10) * (1.0 - (1.0 - p01 - p10).powi(t));
    let mut c = Comparison::exact("C7", "regimes: formulas", MARKOV, TOLERANCE);
    c.numbers(&C7[2..], &[p01 / (p01 + p10), 1.0 - (1.0 - p01).powi(12), at(12), (1..=12).map(at).sum()]);
    // The same chain, stepped: shares of boom, of bust, and of no bust so far.
    let (mut boom, mut bust, mut calm, mut quarters) = (1.0, 0.0, 1.0, 0.0);
    for _ in 0..12 {
        (boom, bust) = (boom * (1.0 - p01) + bust * p10, boom * p01 + bust * (1.0 - p10));
        calm *= 1.0 - p01;
        quarters += bust;
    }
    c.numbers(&C7[3..], &[1.0 - calm, bust, quarters]);
    c.done()
}

fn c7_draws() -> Check {
    let [p01, p10, _, within, at_12, quarters] = C7;
    let mut m = model(vec![firm("firm", vec![1.0; 12], 1.0, 10.0)]);
    m.shocks = walk(0.1);
    (m.shocks.numbers.boom_to_bust_per_quarter, m.shocks.numbers.bust_to_boom_per_quarter) = (p01, p10);
    let p = Parameters::central(&m);
    let (mut any, mut last, mut counts) = (0, 0, vec![]);
    for block in 0..BLOCKS {
        let d = Drivers::of_block(&m, &p, 5, &consecutive(block * LANES as u64), Isa::detect());
        for l in 0..LANES {
            any += u64::from(d.any_bust[l] > 0.0);
            last += u64::from(d.regime[11][l] > 0.0);
            counts.push(d.regime.iter().map(|r| r[l]).sum::<f64>());
        }
    }
    let mut c = Comparison::estimate("C7", "regimes: as drawn, 100,032 paths", MARKOV);
    c.share(within, any, PATHS).share(at_12, last, PATHS).mean(quarters, &counts);
    c.done()
}

fn c8_formulas() -> Check {
    let mut c = Comparison::exact("C8", "tail dependence, Kendall's tau: formulas", COPULA, TOLERANCE);
    for (nu, rho, expected) in
        [(4.0, 0.5, 0.253_169_995_1), (5.0, 0.5, 0.207_031_25), (5.0, 0.3, 0.122_386_539_7), (8.0, 0.5, 0.117_306_803_0)]
    {
        c.number(expected, tail_dependence(nu, rho));
    }
    c.number(1.0 / 3.0, 2.0 / PI * 0.5f64.asin());
    c.done()
}

/// The joint tail far out, by quadrature, over the single tail.
fn c8_limit() -> Check {
    let mut c = Comparison::exact("C8", "joint tail at a probability of 1e-8 against its limit", COPULA, 1e-3);
    let deep = 1e-8;
    c.number(0.207_031_25, joint_tail(5.0, gamma_ratio(5), 0.5, -t_quantile(5.0, deep)) / deep);
    c.done()
}

fn c8_draws() -> Check {
    let (nu, rho) = (5.0, 0.5);
    let pairs = factor_pairs(nu, rho, 1e12);
    let n = pairs.len() as u64;
    let unit = (3.0f64 / 5.0).sqrt();
    let mut c = Comparison::estimate("C8", "joint tails and Kendall's tau: as drawn, 1,024,000 pairs", COPULA);
    for q in [0.05, 0.01, 0.001] {
        let c_q = -t_quantile(nu, q);
        let cut = -c_q * unit;
        c.share(joint_tail(nu, gamma_ratio(5), rho, c_q), pairs.iter().filter(|(x, y)| *x < cut && *y < cut).count() as u64, n);
        c.share(q, pairs.iter().filter(|(x, _)| *x < cut).count() as u64, n);
    }
    // Kendall's tau: whether two draws agree in direction.
    let agree = pairs.chunks_exact(2).filter(|d| (d[0].0 - d[1].0) * (d[0].1 - d[1].1) > 0.0).count() as u64;
    c.share(0.5 * (1.0 + 1.0 / 3.0), agree, n / 2);
    c.done()
}

/// P(|Z| > 4) and P(|Z| > 6) of the unit t, P(|Z| > 4) of the normal.
const C8_MASSES: [f64; 3] = [0.003_572_826_3, 5.732_45e-4, 6.334_2e-5];

fn c8_masses() -> Check {
    let beyond = |z: f64| 2.0 * t_tail(5.0, z * (5.0f64 / 3.0).sqrt());
    let mut c = Comparison::exact("C8", "masses beyond 4 and 6: formulas", T_MASSES, TOLERANCE);
    c.numbers(&C8_MASSES, &[beyond(4.0), beyond(6.0), 2.0 * phi(-4.0)]);
    c.done()
}

/// Both factors, clipped at 6, by size.
fn clipped() -> [Vec<f64>; 2] {
    let pairs = factor_pairs(5.0, 0.4, 6.0);
    [pairs.iter().map(|p| p.0.abs()).collect(), pairs.iter().map(|p| p.1.abs()).collect()]
}

fn c8_masses_drawn() -> Check {
    let mut c = Comparison::estimate("C8", "masses beyond 4 and at the clip of 6: as drawn, 1,024,000 pairs", T_MASSES);
    for side in clipped() {
        // What would be beyond the clip stands on it, up to the rounding of cumulated demand.
        for (cut, mass) in [(4.0, C8_MASSES[0]), (6.0 - 1e-9, C8_MASSES[1])] {
            c.share(mass, side.iter().filter(|z| **z > cut).count() as u64, side.len() as u64);
        }
    }
    c.done()
}

fn c8_clip() -> Check {
    let mut c = Comparison::exact("C8", "the largest of 1,024,000 clipped draws", "a clip of 6", TOLERANCE);
    c.numbers(&[6.0; 2], &clipped().map(|side| side.into_iter().fold(0.0, f64::max)));
    c.done()
}

/// Correlation and joint default probability of two firms with 0.05 each.
const C9: [(f64, f64); 2] = [(0.3, 0.007_134_628_8), (0.5, 0.012_189_428_8)];

fn c9_formulas() -> Check {
    let threshold = normal_quantile(0.05);
    let mut c = Comparison::exact("C9", "joint default under one factor: quadrature and formula", VASICEK, TOLERANCE);
    for (rho, joint) in C9 {
        c.number(joint, over_normal(-10.0, |z| conditional_default(threshold, rho, z).powi(2)));
    }
    // The default probability in the worst hundredth of the factor.
    c.number(0.328_874_210_1, conditional_default(threshold, 0.3, normal_quantile(0.99)));
    c.done()
}

/// A firm without any link that defaults in quarter 2 with the given probability: its debt matures then, and its value is moved by a normal factor common
/// to all, with weight `rho` in the variance, and by a normal of its own.
fn structural(id: &str, probability: f64, rho: f64) -> Firm {
    let debt = 100.0 * (SPREAD * normal_quantile(probability)).exp();
    let mut f = firm(id, vec![1.0, 1.0], 0.0, 100.0);
    f.numbers.variable_cost_ratio = 1.0;
    f.numbers.debt_usd_bn = debt;
    f.numbers.market_value_usd_bn = 100.0 - debt;
    f.numbers.loan_to_value = 1.0;
    f.numbers.sentiment_beta = 1.0;
    // Quarter 1 moves the enterprise value by the firm's own shock.
    f.numbers.revenue_volatility_per_quarter = SPREAD * (1.0 - rho).sqrt();
    f.debt_maturing = vec![0.0, 1.0];
    f
}

/// Deviation of the log of each enterprise value at maturity.
const SPREAD: f64 = 0.4;

/// Firms without links under one normal factor, each with the same default probability.
pub(in crate::validation) fn one_factor(firms: usize, probability: f64, rho: f64) -> Model {
    let mut m = model((0..firms).map(|i| structural(&format!("firm.{i}"), probability, rho)).collect());
    // Two quarters of sentiment are common.
    m.shocks = walk(SPREAD * (rho / 2.0).sqrt());
    m
}

fn c9_engine() -> Result<Check> {
    let mut c = Comparison::estimate("C9", "joint default under one factor: through the engine, 100,032 paths", VASICEK);
    for (rho, joint) in C9 {
        let mut counts = [0u64; 3];
        simulate(&one_factor(2, 0.05, rho), 7, |s, _| {
            for l in 0..LANES {
                let [a, b] = [0, 1].map(|i| s.default_quarter[i][l] > 0.0);
                for (count, yes) in counts.iter_mut().zip([a, b, a && b]) {
                    *count += u64::from(yes);
                }
            }
        })?;
        for (count, probability) in counts.into_iter().zip([0.05, 0.05, joint]) {
            c.share(probability, count, PATHS);
        }
    }
    Ok(c.done())
}
