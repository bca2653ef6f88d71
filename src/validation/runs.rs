//! How the cases run the engine and draw numbers: many paths of W0 with a look at their end, the common factors in pairs, uniform draws by key. No
//! expected numbers.

use super::systems::{calm, firm, model};
use crate::engine::{Context, Engine, Flows, Observer, State, World};
use crate::error::Result;
use crate::lanes::{Isa, LANES};
use crate::model::{Model, Shocks};
use crate::shocks::philox::{key_of_seed, philox4x32};
use crate::shocks::{Drivers, Parameters, consecutive};
use crate::stats::normal;

/// Blocks of 64 paths that a case simulates.
pub(super) const BLOCKS: u64 = 1_563;
/// The same in paths: 100,032.
pub(super) const PATHS: u64 = BLOCKS * LANES as u64;

/// Shows the end of one quarter.
pub(super) struct Last<F>(pub usize, pub F);

impl<F: FnMut(&State, &Flows)> Observer for Last<F> {
    fn quarter(&mut self, _: usize, t: usize, _: &Context<'_>, state: &State, flows: &Flows) {
        if t == self.0 {
            (self.1)(state, flows);
        }
    }
}

/// Runs W0 and shows the state at the horizon of every block.
pub(super) fn simulate(m: &Model, seed: u64, watch: impl FnMut(&State, &Flows)) -> Result<()> {
    let engine = Engine::new(m, Isa::detect())?;
    let mut last = Last(m.horizon_quarters, watch);
    for block in 0..BLOCKS {
        engine.run_block(seed, block * LANES as u64, &[World::W0], &mut last);
    }
    Ok(())
}

/// Paths on which the first firm is in default at the horizon.
pub(super) fn defaults(m: &Model, seed: u64) -> Result<u64> {
    let mut count = 0;
    simulate(m, seed, |s, _| count += s.default_quarter[0].iter().filter(|&&q| q > 0.0).count() as u64)?;
    Ok(count)
}

/// Shocks with normal factors, not clipped, and sentiment that is a random walk.
pub(super) fn walk(sentiment_sd: f64) -> Shocks {
    let mut shocks = calm();
    shocks.random = true;
    shocks.numbers.sentiment_persistence = 1.0;
    shocks.numbers.sentiment_sd_boom = sentiment_sd;
    shocks.numbers.clip = 20.0;
    shocks
}

/// Draws of the sentiment and the demand factor, in pairs: 1,024,000 of them, each independent of the others.
pub(super) fn factor_pairs(nu: f64, rho: f64, clip: f64) -> Vec<(f64, f64)> {
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
        let d = Drivers::of_block(&m, &p, 6, &consecutive(block * LANES as u64), Isa::detect());
        for t in 0..QUARTERS {
            for l in 0..LANES {
                let before = if t > 0 { d.log_revenue[t - 1][l] } else { 0.0 };
                pairs.push((d.sentiment[t][l], d.log_revenue[t][l] - before));
            }
        }
    }
    pairs
}

/// Uniform numbers strictly between 0 and 1: a function of the seed, the number of the draw and the place in it.
pub(super) fn uniforms(seed: u64, draw: u32, out: &mut [f64]) {
    for (block, pair) in out.chunks_mut(2).enumerate() {
        let words = philox4x32([draw, block as u32, 0, 0], key_of_seed(seed));
        for (x, w) in pair.iter_mut().zip(words.chunks(2)) {
            let bits = u64::from(w[0]) << 32 | u64::from(w[1]);
            // Half a step away from both ends.
            *x = ((bits >> 12) as f64 + 0.5) * 2f64.powi(-52);
        }
    }
}

/// Normal numbers, each the quantile of a uniform one.
pub(super) fn normals(seed: u64, draw: u32, out: &mut [f64]) {
    uniforms(seed, draw, out);
    out.iter_mut().for_each(|x| *x = normal::quantile(*x).unwrap_or(f64::NAN));
}

/// A sample of `count` numbers by inverse transform of uniform ones.
pub(super) fn sample(seed: u64, count: usize, quantile: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut values = vec![0.0; count];
    uniforms(seed, 0, &mut values);
    values.iter_mut().for_each(|x| *x = quantile(*x));
    values
}
