//! Morris's screening of inputs by elementary effects (Morris, Technometrics 33 (1991) 161; mu* after Campolongo, Cariboni & Saltelli 2007). The function that is
//! screened is the caller's, and so is chance: this file is given it as uniform numbers.

use super::batches::mean_of_values;
use super::estimate::Estimate;
use super::jackknife::jackknife;

/// Levels of the grid on which inputs stand.
const LEVELS: usize = 4;
/// Step of one input: half the levels, so that every level is as likely as any other.
const STEP: f64 = (LEVELS / 2) as f64 / (LEVELS - 1) as f64;

/// A walk through the unit cube that moves one input at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    /// The corners of the walk, one more than there are inputs; every coordinate is a multiple of 1/3 from 0 to 1.
    pub points: Vec<Vec<f64>>,
    /// Which input moves in each step, and by how much.
    pub steps: Vec<(usize, f64)>,
}

impl Trajectory {
    /// A random walk over `inputs` inputs; `uniform` gives numbers from 0 to 1.
    pub fn random(inputs: usize, mut uniform: impl FnMut() -> f64) -> Trajectory {
        let mut order: Vec<usize> = (0..inputs).collect();
        for k in (1..inputs).rev() {
            order.swap(k, ((uniform() * (k + 1) as f64) as usize).min(k));
        }
        let level = |u: f64| ((u * LEVELS as f64) as usize).min(LEVELS - 1) as f64 / (LEVELS - 1) as f64;
        let start: Vec<f64> = (0..inputs).map(|_| level(uniform())).collect();
        let mut points = vec![start];
        let mut steps = Vec::with_capacity(inputs);
        for input in order {
            let mut next = points[points.len() - 1].clone();
            let step = if next[input] + STEP <= 1.0 + 1e-12 { STEP } else { -STEP };
            next[input] = (next[input] + step).clamp(0.0, 1.0);
            points.push(next);
            steps.push((input, step));
        }
        Trajectory { points, steps }
    }
}

/// What the elementary effects of one input say; in units of the output per whole range of the input.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Effects {
    /// Mean of the absolute effects, mu*: how much the input matters.
    pub mean_absolute: Estimate,
    /// Mean of the effects, mu: in which direction.
    pub mean: Estimate,
    /// Standard deviation of the effects, sigma: how much it depends on the other inputs, or is curved.
    pub spread: Estimate,
}

/// Statistics of the elementary effects of one input, one a trajectory.
///
/// `None` for fewer than three, or if one is not finite.
pub fn effects(found: &[f64]) -> Option<Effects> {
    let absolute: Vec<f64> = found.iter().map(|x| x.abs()).collect();
    let spread = jackknife(found.len(), |skip| deviation(found, skip))?;
    let spread = Estimate { low: spread.low.max(0.0), ..spread };
    Some(Effects { mean_absolute: mean_of_values(&absolute)?, mean: mean_of_values(found)?, spread })
}

fn deviation(values: &[f64], skip: Option<usize>) -> Option<f64> {
    let kept: Vec<f64> = values.iter().enumerate().filter(|(k, _)| Some(*k) != skip).map(|(_, x)| *x).collect();
    let n = kept.len() as f64;
    let mean = kept.iter().sum::<f64>() / n;
    Some((kept.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uniform(state: &mut u64) -> f64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 11) as f64 / (1u64 << 53) as f64
    }

    #[test]
    fn a_walk_moves_every_input_once_by_two_thirds() {
        let mut state = 7;
        for inputs in [1, 2, 9] {
            let walk = Trajectory::random(inputs, || uniform(&mut state));
            assert_eq!((walk.points.len(), walk.steps.len()), (inputs + 1, inputs));
            let mut moved: Vec<usize> = walk.steps.iter().map(|s| s.0).collect();
            moved.sort_unstable();
            assert_eq!(moved, (0..inputs).collect::<Vec<_>>());
            for (pair, &(input, step)) in walk.points.windows(2).zip(&walk.steps) {
                assert!((step.abs() - 2.0 / 3.0).abs() < 1e-15);
                for k in 0..inputs {
                    let by = pair[1][k] - pair[0][k];
                    assert!((by - if k == input { step } else { 0.0 }).abs() < 1e-12);
                    assert!((0.0..=1.0).contains(&pair[1][k]));
                }
            }
        }
    }

    #[test]
    fn a_linear_function_has_its_slopes_and_a_product_has_spread() {
        let mut state = 3;
        let mut found: Vec<Vec<f64>> = vec![vec![]; 4];
        let f = |x: &[f64]| 3.0 * x[0] - 2.0 * x[1] + 4.0 * x[2] * x[3];
        for _ in 0..200 {
            let walk = Trajectory::random(4, || uniform(&mut state));
            let values: Vec<f64> = walk.points.iter().map(|x| f(x)).collect();
            walk.steps.iter().enumerate().for_each(|(k, &(input, step))| found[input].push((values[k + 1] - values[k]) / step));
        }
        let e: Vec<Effects> = found.iter().map(|x| effects(x).unwrap()).collect();
        assert!((e[0].mean.value - 3.0).abs() < 1e-12 && e[0].spread.value < 1e-12);
        assert!((e[1].mean.value + 2.0).abs() < 1e-12 && (e[1].mean_absolute.value - 2.0).abs() < 1e-12);
        // The effect of x2 is 4 x3, which is uniform on {0, 1/3, 2/3, 1}: mean 2, standard deviation 4 √(5/36).
        assert!(e[2].mean.contains(2.0) && e[3].mean.contains(2.0));
        assert!((e[2].spread.value - 4.0 * (5.0f64 / 36.0).sqrt()).abs() < 4.0 * e[2].spread.std_error);
        assert!(effects(&[1.0, 2.0]).is_none());
    }
}
