//! Cases with known answers (docs/methods.md, "Closed-form cases", C1 to C10): the engine, its kernels and its drivers against formulas. Deterministic
//! cases hold to 1e-9; Monte Carlo cases inside four standard errors of 100,000 paths or more. C4 stands beside the payments kernel, C6 and C17 in
//! `golden.rs`, C11, C14 and C16 with the statistics and the Shapley values.

mod common;

use bubblerisk::clearing::values::{self, Holdings};
use bubblerisk::engine::{Context, Engine, Flows, Layout, Observer, State, World};
use bubblerisk::lanes::{Isa, LANES, splat};
use bubblerisk::model::*;
use bubblerisk::shocks::{Drivers, Parameters};
use bubblerisk::stats::{beta_cdf, normal, student_t_quantile};
use common::{calm, firm, model, near, purchase, revenue_shock, stake, tranche};

/// Blocks of 64 paths: 100,032 paths.
const BLOCKS: u64 = 1_563;

fn phi(x: f64) -> f64 {
    normal::cdf(x).expect("a number")
}

/// P(T <= -x) of Student's t, for x >= 0.
fn t_tail(nu: f64, x: f64) -> f64 {
    0.5 * beta_cdf(nu / 2.0, 0.5, nu / (nu + x * x)).expect("degrees of freedom").0
}

/// Weight of point k of Simpson's rule over an even number of cells, for a step of 1.
fn simpson(k: usize, cells: usize) -> f64 {
    match (k == 0 || k == cells, k % 2) {
        (true, _) => 1.0 / 3.0,
        (_, 1) => 4.0 / 3.0,
        _ => 2.0 / 3.0,
    }
}

/// Asserts that a share of `n` trials is within four standard errors of a probability.
#[track_caller]
fn probable(found: u64, n: u64, p: f64) {
    let share = found as f64 / n as f64;
    let error = (p * (1.0 - p) / n as f64).sqrt();
    assert!((share - p).abs() <= 4.0 * error, "found {share}, expected {p} within {}", 4.0 * error);
}

/// Asserts that the mean of a sample is within four standard errors of a number.
#[track_caller]
fn mean_is(sample: &[f64], expected: f64) {
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let variance = sample.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    assert!((mean - expected).abs() <= 4.0 * error, "found {mean}, expected {expected} within {}", 4.0 * error);
}

/// Shocks with normal factors, not clipped, and sentiment that is a random walk.
fn walk(sentiment_sd: f64) -> Shocks {
    let mut shocks = calm();
    shocks.random = true;
    shocks.numbers.sentiment_persistence = 1.0;
    shocks.numbers.sentiment_sd_boom = sentiment_sd;
    shocks.numbers.clip = 20.0;
    shocks
}

struct Last<F>(usize, F);

impl<F: FnMut(&State, &Flows)> Observer for Last<F> {
    fn quarter(&mut self, _: usize, t: usize, _: &Context<'_>, state: &State, flows: &Flows) {
        if t == self.0 {
            (self.1)(state, flows);
        }
    }
}

/// Runs W0 and shows the state at the horizon of every block.
fn simulate(m: &Model, seed: u64, watch: impl FnMut(&State, &Flows)) {
    let engine = Engine::new(m, Isa::detect()).expect("the model runs");
    let mut last = Last(m.horizon_quarters, watch);
    for block in 0..BLOCKS {
        engine.run_block(seed, block * LANES as u64, &[World::W0], &mut last);
    }
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

// C1: V0 = 100, B = 60, mu = 0.05, sigma = 0.4: log drift m = -0.03 per year.

const C1_QUARTERS: [(usize, f64); 4] = [(1, 0.005_924_190_7), (4, 0.144_352_917_1), (8, 0.308_147_777_9), (12, 0.414_533_001_9)];

fn first_passage(barrier: f64) -> (f64, f64) {
    let (m, sigma, years) = (-0.03, 0.4, 3.0f64);
    let (b, spread) = ((barrier / 100.0).ln(), sigma * years.sqrt());
    let terminal = phi((b - m * years) / spread);
    (terminal, terminal + (2.0 * m * b / (sigma * sigma)).exp() * phi((b + m * years) / spread))
}

#[test]
fn c1a_terminal_and_continuous_first_passage() {
    let (terminal, continuous) = first_passage(60.0);
    near(terminal, 0.271_789_603_4, 1e-9);
    near(continuous, 0.505_431_908_9, 1e-9);
    let mut maturing = [0.0; 12];
    maturing[11] = 1.0;
    let mut m = structural(100.0, 60.0, -0.03, &maturing);
    m.shocks = walk(0.2);
    let mut defaults = 0;
    simulate(&m, 1, |s, _| defaults += s.default_quarter[0].iter().filter(|&&q| q > 0.0).count() as u64);
    probable(defaults, BLOCKS * 64, terminal);
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

#[test]
fn c1b_debt_refinanced_every_quarter_through_the_engine() {
    let exact = quarterly_first_passage(12);
    for (q, p) in C1_QUARTERS {
        near(exact[q - 1], p, 1e-7);
    }
    let mut maturing = [0.0; 12];
    maturing[0] = 1.0;
    let mut m = structural(100.0, 60.0, -0.03, &maturing);
    m.shocks = walk(0.2);
    let mut by_quarter = [0u64; 13];
    simulate(&m, 2, |s, _| s.default_quarter[0].iter().for_each(|&q| by_quarter[q as usize] += 1));
    for (q, p) in C1_QUARTERS {
        probable(by_quarter[1..=q].iter().sum(), BLOCKS * 64, p);
    }
}

/// Broadie, Glasserman & Kou 1997: quarterly monitoring is about continuous monitoring of a barrier lowered by 0.5826 sigma sqrt(dt).
#[test]
fn c1c_shifted_barrier_is_close_to_quarterly_monitoring() {
    let barrier = 60.0 * (-0.582_597_157_9 * 0.4 * 0.25f64.sqrt()).exp();
    near(barrier, 53.400_768_146_8, 1e-9);
    let (_, shifted) = first_passage(barrier);
    near(shifted, 0.409_085_397_0, 1e-9);
    assert!((shifted - C1_QUARTERS[3].1).abs() < 0.006);
}

#[test]
fn c1d_one_quarter_of_cash() {
    let p = phi(((9.0f64 / 10.0).ln() + 0.25 * 0.25 / 2.0) / 0.25);
    near(p, 0.383_446_253_4, 1e-9);
    let mut f = firm("firm", vec![10.0], 2.0, 100.0);
    f.fixed_cost_usd_bn = vec![11.0];
    f.numbers.revenue_volatility_per_quarter = 0.25;
    f.numbers.plan_realism = (-0.031_25f64).exp();
    let mut m = model(vec![f]);
    m.shocks = walk(0.0);
    let mut defaults = 0;
    simulate(&m, 3, |s, _| defaults += s.default_quarter[0].iter().filter(|&&q| q > 0.0).count() as u64);
    probable(defaults, BLOCKS * 64, p);
}

/// C2, Merton 1974: A = 100, D = 80, r = 0.05, sigma = 0.3, T = 1.
#[test]
fn c2_merton_through_the_engine() {
    let (a, d, r, sigma) = (100.0f64, 80.0f64, 0.05, 0.3);
    let d2 = ((a / d).ln() + r - sigma * sigma / 2.0) / sigma;
    let equity = a * phi(d2 + sigma) - d * (-r).exp() * phi(d2);
    let debt = a - equity;
    for (found, expected) in [(d2, 0.760_478_504_4), (phi(-d2), 0.223_484_306_7), (equity, 26.462_085_709_7), (debt, 73.537_914_290_3)] {
        near(found, expected, 1e-9);
    }
    near(-(debt / d).ln() - r, 0.034_225_520_8, 1e-9);
    // One quarter of the engine stands for the year: growth per quarter r - sigma^2 / 2.
    let mut m = structural(a, d, 4.0 * (r - sigma * sigma / 2.0), &[1.0]);
    m.shocks = walk(sigma);
    let (mut equities, mut debts, mut defaults) = (vec![], vec![], 0);
    simulate(&m, 4, |s, f| {
        for l in 0..LANES {
            defaults += u64::from(s.default_quarter[0][l] > 0.0);
            equities.push((-r).exp() * s.value[0][l]);
            debts.push((-r).exp() * (s.debt[0][l] + f.estate_to_capital[0][l]));
        }
    });
    probable(defaults, BLOCKS * 64, phi(-d2));
    mean_is(&equities, equity);
    mean_is(&debts, debt);
}

/// Values of two firms that own 0.2 and 0.1 of each other, from what they have before their stakes.
fn mutual(base: [f64; 2]) -> [f64; 2] {
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
    assert!(values::clear(Isa::detect(), &holdings, &mut value).converged);
    [value[0][5], value[1][5]]
}

#[test]
fn c3_mutual_stakes() {
    let [a, b] = mutual([100.0, 80.0]);
    near(a, 118.367_346_938_8, 1e-9);
    near(b, 91.836_734_693_9, 1e-9);
    near((a + b) / 180.0, 1.167_800_453_5, 1e-9);
    near(0.9 * a + 0.8 * b, 180.0, 1e-12);
    near(mutual([101.0, 80.0])[0] - a, 1.020_408_163_3, 1e-9);
    // With debts of 60 and 70, limited liability; then the second enterprise falls from 80 to 60.
    let [a, b] = mutual([40.0, 10.0]);
    near(a, 42.857_142_857_1, 1e-9);
    near(b, 14.285_714_285_7, 1e-9);
    near(0.9 * a + 0.8 * b + 130.0, 180.0, 1e-12);
    let [a, b] = mutual([40.0, -10.0]);
    near(a, 40.0, 1e-12);
    near(b, 0.0, 1e-12);
    let recovered = 60.0 + 0.1 * a;
    near(recovered, 64.0, 1e-12);
    near(0.9 * a + 0.8 * b + 60.0 + recovered, 160.0, 1e-12);
}

/// The revenues of the first quarter of W0, lane 0.
fn revenues(m: &Model) -> Vec<f64> {
    let engine = Engine::new(m, Isa::detect()).expect("the model runs");
    let mut found = vec![];
    let mut last = Last(1, |_: &State, f: &Flows| found = f.revenue.iter().map(|row| row[0]).collect());
    engine.run_block(1, 0, &[World::W0], &mut last);
    found
}

/// C5: a circle in which firms pass on 0.7, 0.5 and 0.3 of what they receive, because that is all they have.
#[test]
fn c5_loop_gain() {
    let firms = [("a", 1.0, 0.3), ("b", 0.0, 0.5), ("c", 0.0, 0.7)];
    let mut m = model(
        firms
            .into_iter()
            .map(|(id, external, cost)| {
                let mut f = firm(id, vec![external], 0.0, 100.0);
                f.numbers.variable_cost_ratio = cost;
                f
            })
            .collect(),
    );
    m.purchases = (0..3).map(|b| purchase(&format!("p{b}"), b, (b + 1) % 3, 10.0, 0.0, 1)).collect();
    let x = revenues(&m);
    for (found, expected) in x.iter().zip([1.117_318_435_8, 0.782_122_905_0, 0.391_061_452_5]) {
        near(*found, expected, 1e-9);
    }
    near(x[0], 1.0 / (1.0 - 0.105), 1e-9);
}

/// C6b: orders that answer revenue linearly multiply a shock by (I - A)^-1, A the three-cycle of 0.1, 0.6, 0.5.
#[test]
fn c6b_orders_are_a_leontief_inverse() {
    let gain = [0.1, 0.6, 0.5];
    let diagonal = 1.030_927_835_1;
    let build = || {
        let mut m = model((0..3).map(|i| firm(&format!("f{i}"), vec![90.0], 100.0, 100.0)).collect());
        for (f, a) in m.firms.iter_mut().zip(gain) {
            // Each sells 10 to the circle and 90 outside: a change of revenue by 1 moves its orders of 10 by theta / 10.
            f.numbers.spending_elasticity = 10.0 * a;
        }
        m.purchases = (0..3).map(|b| purchase(&format!("p{b}"), b, (b + 1) % 3, 10.0, 0.0, 1)).collect();
        m
    };
    for j in 0..3 {
        let mut m = build();
        revenue_shock(&mut m, j, 89.0 / 90.0, 1, 1);
        let x = revenues(&m);
        let (next, after) = ((j + 1) % 3, (j + 2) % 3);
        near(100.0 - x[j], diagonal, 1e-8);
        near(100.0 - x[next], gain[j] * diagonal, 1e-8);
        near(100.0 - x[after], gain[j] * gain[next] * diagonal, 1e-8);
    }
    near(1.0 / diagonal, 0.97, 1e-9);
    near(0.5 * 0.1 * diagonal, 0.051_546_391_8, 1e-9);
    near(0.6 * diagonal, 0.618_556_701_0, 1e-9);
}

/// C7: the regime as a Markov chain.
#[test]
fn c7_regimes() {
    let (p01, p10) = (0.05f64, 0.125);
    near(p01 / (p01 + p10), 0.285_714_285_7, 1e-9);
    let at = |t: i32| p01 / (p01 + p10) * (1.0 - (1.0 - p01 - p10).powi(t));
    let (within, at_12, quarters) = (1.0 - 0.95f64.powi(12), at(12), (1..=12).map(at).sum::<f64>());
    near(within, 0.459_639_912_3, 1e-9);
    near(at_12, 0.257_310_296_6, 1e-9);
    near(quarters, 2.215_537_173_4, 1e-9);
    let mut m = model(vec![firm("firm", vec![1.0; 12], 1.0, 10.0)]);
    m.shocks = walk(0.1);
    (m.shocks.numbers.boom_to_bust_per_quarter, m.shocks.numbers.bust_to_boom_per_quarter) = (p01, p10);
    let p = Parameters::central(&m);
    let (mut any, mut last, mut counts) = (0, 0, vec![]);
    for block in 0..BLOCKS {
        let d = Drivers::of_block(&m, &p, 5, block * 64, Isa::detect());
        for l in 0..LANES {
            any += u64::from(d.any_bust[l] > 0.0);
            last += u64::from(d.regime[11][l] > 0.0);
            counts.push(d.regime.iter().map(|r| r[l]).sum::<f64>());
        }
    }
    probable(any, BLOCKS * 64, within);
    probable(last, BLOCKS * 64, at_12);
    mean_is(&counts, quarters);
}

/// Draws of the sentiment and the demand factor, in pairs.
fn factor_pairs(nu: f64, rho: f64, clip: f64) -> Vec<(f64, f64)> {
    const QUARTERS: usize = 50;
    let mut f = firm("firm", vec![1.0; QUARTERS], 1.0, 10.0);
    f.numbers.demand_beta = 1.0;
    let mut m = model(vec![f]);
    m.shocks = walk(1.0);
    let n = &mut m.shocks.numbers;
    (n.sentiment_persistence, n.demand_sd_boom, n.degrees_of_freedom, n.clip) = (0.0, 1.0, nu, clip);
    n.correlation_sentiment_demand = rho;
    let p = Parameters::central(&m);
    let mut pairs = vec![];
    for block in 0..320 {
        let d = Drivers::of_block(&m, &p, 6, block * 64, Isa::detect());
        for t in 0..QUARTERS {
            for l in 0..LANES {
                let before = if t > 0 { d.log_revenue[t - 1][l] } else { 0.0 };
                pairs.push((d.sentiment[t][l], d.log_revenue[t][l] - before));
            }
        }
    }
    pairs
}

/// P(X < -c, Y < -c) of a bivariate t: Y given X = x is a t with one more degree of freedom (Simpson in u = c / |x|).
fn joint_tail(nu: f64, gamma_ratio: f64, rho: f64, c: f64) -> f64 {
    const CELLS: usize = 4_000;
    let density = |x: f64| gamma_ratio / (nu * std::f64::consts::PI).sqrt() * (1.0 + x * x / nu).powf(-(nu + 1.0) / 2.0);
    let at = |u: f64| {
        if u == 0.0 {
            return 0.0;
        }
        let x = -c / u;
        let z = (-c - rho * x) * ((nu + 1.0) / ((nu + x * x) * (1.0 - rho * rho))).sqrt();
        density(x) * c / (u * u) * if z < 0.0 { t_tail(nu + 1.0, -z) } else { 1.0 - t_tail(nu + 1.0, z) }
    };
    let h = 1.0 / CELLS as f64;
    (0..=CELLS).map(|k| simpson(k, CELLS) * h * at(k as f64 * h)).sum()
}

#[test]
fn c8_tails_hang_together() {
    let limit = |nu: f64, rho: f64| 2.0 * t_tail(nu + 1.0, ((nu + 1.0) * (1.0 - rho) / (1.0 + rho)).sqrt());
    for (nu, rho, expected) in
        [(4.0, 0.5, 0.253_169_995_1), (5.0, 0.5, 0.207_031_25), (5.0, 0.3, 0.122_386_539_7), (8.0, 0.5, 0.117_306_803_0)]
    {
        near(limit(nu, rho), expected, 1e-9);
    }
    // Gamma(3) / Gamma(5/2) for five degrees of freedom.
    let (nu, rho, gamma_ratio) = (5.0, 0.5, 2.0 / 1.329_340_388_179_137);
    let quantile = |q: f64| -student_t_quantile(nu, q).expect("a probability");
    let deep = 1e-8;
    near(joint_tail(nu, gamma_ratio, rho, quantile(deep)) / deep, limit(nu, rho), 1e-3);
    let pairs = factor_pairs(nu, rho, 1e12);
    let unit = (3.0f64 / 5.0).sqrt();
    for q in [0.05, 0.01, 0.001] {
        let c = quantile(q) * unit;
        let joint = joint_tail(nu, gamma_ratio, rho, quantile(q));
        probable(pairs.iter().filter(|(x, y)| *x < -c && *y < -c).count() as u64, pairs.len() as u64, joint);
        probable(pairs.iter().filter(|(x, _)| *x < -c).count() as u64, pairs.len() as u64, q);
    }
    // Kendall's tau, 2/pi arcsin(rho): whether two draws agree in direction.
    let agree = pairs.chunks_exact(2).filter(|d| (d[0].0 - d[1].0) * (d[0].1 - d[1].1) > 0.0).count() as u64;
    near(2.0 / std::f64::consts::PI * rho.asin(), 1.0 / 3.0, 1e-12);
    probable(agree, pairs.len() as u64 / 2, 0.5 * (1.0 + 1.0 / 3.0));
}

#[test]
fn c8_tail_masses_and_the_clip() {
    let beyond = |z: f64| 2.0 * t_tail(5.0, z * (5.0f64 / 3.0).sqrt());
    near(beyond(4.0), 0.003_572_826_3, 1e-9);
    near(beyond(6.0), 5.732_45e-4, 1e-9);
    near(2.0 * phi(-4.0), 6.334_2e-5, 1e-9);
    let pairs = factor_pairs(5.0, 0.4, 6.0);
    let n = pairs.len() as u64;
    for side in [|p: &(f64, f64)| p.0, |p: &(f64, f64)| p.1] {
        probable(pairs.iter().filter(|p| side(p).abs() > 4.0).count() as u64, n, beyond(4.0));
        // What would be beyond the clip stands on it, up to the rounding of cumulated demand.
        probable(pairs.iter().filter(|p| side(p).abs() > 6.0 - 1e-9).count() as u64, n, beyond(6.0));
        assert!(pairs.iter().all(|p| side(p).abs() <= 6.0 + 1e-9));
    }
}

/// C9: two firms whose enterprise values share one Gaussian factor, each with a default probability of 0.05.
#[test]
fn c9_joint_default_probability() {
    let threshold = normal::quantile(0.05).expect("a probability");
    for (rho, joint) in [(0.3f64, 0.007_134_628_8), (0.5, 0.012_189_428_8)] {
        // Quarter 1 moves both enterprise values by the firm's own shock; two quarters of sentiment are common; debt matures in quarter 2.
        let spread = 0.4f64;
        let debt = 100.0 * (spread * threshold).exp();
        let build = |id: &str| {
            let mut f = firm(id, vec![1.0, 1.0], 0.0, 100.0);
            f.numbers.variable_cost_ratio = 1.0;
            f.numbers.debt_usd_bn = debt;
            f.numbers.market_value_usd_bn = 100.0 - debt;
            f.numbers.loan_to_value = 1.0;
            f.numbers.sentiment_beta = 1.0;
            f.numbers.revenue_volatility_per_quarter = spread * (1.0 - rho).sqrt();
            f.debt_maturing = vec![0.0, 1.0];
            f
        };
        let mut m = model(vec![build("one"), build("two")]);
        m.shocks = walk(spread * (rho / 2.0).sqrt());
        let mut counts = [0u64; 3];
        simulate(&m, 7, |s, _| {
            for l in 0..LANES {
                let [a, b] = [0, 1].map(|i| s.default_quarter[i][l] > 0.0);
                for (count, yes) in counts.iter_mut().zip([a, b, a && b]) {
                    *count += u64::from(yes);
                }
            }
        });
        probable(counts[0], BLOCKS * 64, 0.05);
        probable(counts[1], BLOCKS * 64, 0.05);
        probable(counts[2], BLOCKS * 64, joint);
    }
    // Vasicek's conditional probability in the worst hundredth of the factor, rho = 0.3.
    let bad = normal::quantile(0.99).expect("a probability");
    near(phi((threshold + 0.3f64.sqrt() * bad) / 0.7f64.sqrt()), 0.328_874_210_1, 1e-9);
}

/// Holdings of firm 0 in firm 1 at the end of each of two quarters.
fn dilution(tranches: Vec<Tranche>) -> [f64; 2] {
    let mut m = model(vec![firm("investor", vec![1.0; 2], 500.0, 100.0), firm("investee", vec![1.0; 2], 1.0, 700.0)]);
    m.tranches = tranches;
    let engine = Engine::new(&m, Isa::detect()).expect("the model runs");
    [1, 2].map(|t| {
        let mut share = 0.0;
        engine.run_block(1, 0, &[World::W0], &mut Last(t, |s: &State, _: &Flows| share = s.holding[0][0]));
        share
    })
}

fn at_pre_money(id: &str, amount: f64, quarter: usize, pre_money: f64) -> Tranche {
    let mut k = tranche(id, 0, 1, amount, quarter);
    k.numbers.pre_money_usd_bn = pre_money;
    k
}

#[test]
fn c10_dilution_at_fixed_valuations() {
    let mut others = at_pre_money("b", 40.0, 2, 800.0);
    others.investor = Investor::Outside;
    let [first, second] = dilution(vec![at_pre_money("a", 10.0, 1, 500.0), others]);
    near(first, 0.019_607_843_1, 1e-9);
    near(second, 0.018_674_136_3, 1e-9);
    // Two tranches at one valuation are one tranche of their sum, however large.
    near(dilution(vec![at_pre_money("a", 10.0, 1, 500.0), at_pre_money("b", 15.0, 1, 500.0)])[0], 25.0 / 525.0, 1e-12);
    let large = (0..3).map(|k| at_pre_money(&format!("k{k}"), 10.0, 1, 1.0)).collect();
    near(dilution(large)[0], 30.0 / 31.0, 1e-12);
}
