//! Cases of what is made of losses: VaR and ES (C11), the most likely failure (C13), Shapley values (C14), the error of a ratio (C16).

use super::TOLERANCE;
use crate::engine::shapley;
use crate::error::Result;
use crate::stats::{PairMoments, Quantum, Ratio, design_point, normal};
use crate::validation::check::{Check, Comparison};
use crate::validation::formulas::{gamma_ratio, normal_quantile, t_density, t_quantile};
use crate::validation::monte_carlo::compare_tail;
use crate::validation::runs::sample;

const TEXTBOOK: &str = "closed forms: McNeil, Frey & Embrechts (2015)";

pub(super) fn checks() -> Result<Vec<Check>> {
    Ok(vec![c11_formulas(), c11_samples(), c13(), c14(), c16_formula(), c16_pairs()])
}

/// VaR and ES at 99 % of the normal, the exponential and the t with 5 degrees of freedom and unit variance.
const C11: [[f64; 2]; 3] = [[2.326_347_874_0, 2.665_214_220_3], [4.605_170_186_0, 5.605_170_186_0], [2.606_463_569_4, 3.448_836_760_0]];
const LEVEL: f64 = 0.99;

fn c11_formulas() -> Check {
    let mut c = Comparison::exact("C11", "VaR and ES at 99 %: formulas", TEXTBOOK, TOLERANCE);
    let z = normal_quantile(LEVEL);
    c.numbers(&C11[0], &[z, normal::pdf(z) / (1.0 - LEVEL)]);
    let exponential = -(1.0 - LEVEL).ln();
    c.numbers(&C11[1], &[exponential, exponential + 1.0]);
    let (unit, t) = (0.6f64.sqrt(), t_quantile(5.0, LEVEL));
    c.numbers(&C11[2], &[unit * t, unit * t_density(5.0, gamma_ratio(5), t) / (1.0 - LEVEL) * (5.0 + t * t) / 4.0]);
    c.done()
}

fn c11_samples() -> Check {
    let mut c = Comparison::estimate("C11", "VaR and ES at 99 %: of samples", TEXTBOOK);
    let unit = 0.6f64.sqrt();
    let samples = [
        sample(11, 200_000, normal_quantile),
        sample(12, 200_000, |u| -(-u).ln_1p()),
        // The quantile of a t takes longest.
        sample(13, 50_000, |u| unit * t_quantile(5.0, u)),
    ];
    for (known, values) in C11.into_iter().zip(samples) {
        compare_tail(&mut c, values, LEVEL, known);
    }
    c.done()
}

/// FORM of g = 2.5 - 0.6 u1 - 0.8 u2 - 0.5 u3, and of the same plane written as a product of exponentials, which takes steps.
fn c13() -> Check {
    let mut c =
        Comparison::exact("C13", "most likely failure by FORM: distance, probability, design point", "Hasofer & Lind (1974)", TOLERANCE);
    let slopes = [0.6, 0.8, 0.5];
    let along = |u: &[f64]| slopes.iter().zip(u).map(|(b, x)| b * x).sum::<f64>();
    let plane = design_point(3, |u| (2.5 - along(u), slopes.map(|b| -b).to_vec()));
    let bent = design_point(3, |u| {
        let load = (0.4 * (along(u) - 2.5)).exp();
        (1.0 - load, slopes.map(|b| -0.4 * b * load).to_vec())
    });
    for found in [plane, bent] {
        c.numbers(&[2.236_067_977_5, 0.012_673_659_3], &found.as_ref().map_or(vec![], |f| vec![f.beta, f.probability]));
        c.numbers(&[1.2, 1.6, 1.0], &found.map_or(vec![], |f| f.point));
    }
    c.done()
}

/// 100 a + 60 b + 40 a b.
fn c14() -> Check {
    let worth = |bits: u8| {
        let (a, b) = (f64::from(bits & 1), f64::from(bits >> 1 & 1));
        100.0 * a + 60.0 * b + 40.0 * a * b
    };
    let found = shapley(&(0..16).map(worth).collect::<Vec<_>>());
    let mut c = Comparison::exact("C14", "Shapley values of 100 a + 60 b + 40 a b", "Shapley (1953)", TOLERANCE);
    c.numbers(&[120.0, 80.0, 0.0, 0.0], &found).number(worth(15), found.iter().sum());
    // The definition: what a player adds on arrival, on average over every order of arrival.
    let mut added = [0.0; 4];
    for code in 0..256u16 {
        let order = [0, 2, 4, 6].map(|shift| usize::from(code >> shift & 3));
        let seen = order.iter().fold(0u8, |bits, i| bits | 1 << i);
        if seen == 15 {
            order.iter().fold(0u8, |bits, &i| {
                added[i] += (worth(bits | 1 << i) - worth(bits)) / 24.0;
                bits | 1 << i
            });
        }
    }
    c.numbers(&added, &found);
    c.done()
}

const DELTA: &str = "delta method for a ratio of means";
const C16_ERROR: f64 = 0.009_013_878_2;

fn entered(c: &mut Comparison, known: [f64; 2], found: Ratio) {
    c.numbers(&known, &found.estimate().map_or(vec![], |e| vec![e.value, e.std_error]));
}

/// 10,000 pairs, means 3 and 2, variances 4 and 1, covariance 1.
fn c16_formula() -> Check {
    let mut c = Comparison::exact("C16", "error of a ratio: formula", DELTA, TOLERANCE);
    entered(&mut c, [1.5, C16_ERROR], Ratio::from_moments((3.0, 2.0), (4.0, 1.0), 1.0, 10_000));
    c.done()
}

/// The same moments as those of four equally likely pairs.
fn c16_pairs() -> Check {
    let mut pairs = PairMoments::new(Quantum::for_scale(4.0));
    for _ in 0..2_500 {
        for (u, v) in [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)] {
            pairs.push(3.0 + 2.0 * u, 2.0 + 0.5 * u + 0.75f64.sqrt() * v);
        }
    }
    let mut c = Comparison::exact("C16", "error of a ratio: of 10,000 pairs with these moments", DELTA, TOLERANCE);
    // Variances of a sample divide by one less.
    let sampled = C16_ERROR * (10_000.0f64 / 9_999.0).sqrt();
    entered(&mut c, [1.5, sampled], pairs.ratio());
    let gap = pairs.difference();
    c.numbers(&[1.0, (3.0f64 / 9_999.0).sqrt()], &gap.map_or(vec![], |e| vec![e.value, e.std_error]));
    c.done()
}
