//! The designs: one input at a time, trajectories (Morris), mixed samples (Sobol'), and draws of all inputs at once with chance inside. No hazard of a bust.

use super::*;
use crate::stats::morris::effects;
use crate::stats::{Z_95, student_t_quantile};
use points::error_of;

/// What is counted over all points.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub points: u64,
    pub unfinanceable: u64,
    pub failed_solves: u64,
}

impl Counts {
    fn add(&mut self, found: &Found) {
        self.points += 1;
        self.unfinanceable += u64::from(!found.is_financeable);
        self.failed_solves += found.failed_solves;
    }
}

/// What was found along one trajectory, and its steps: which input moved, by how much.
struct Walk {
    points: Vec<Found>,
    steps: Vec<(usize, f64)>,
}

/// A change between two points that share their paths, with the error that its twentieths say.
fn change(from: &Found, to: &Found, output: usize) -> Option<Estimate> {
    let error = error_of(|b| to.parts[b][output] - from.parts[b][output]);
    Estimate::with_half_width(to.whole[output] - from.whole[output], error, student_t_quantile(19.0, 0.975)? * error)
}

impl Study<'_> {
    fn at(&self, levels: &[f64], paths: std::ops::Range<u64>) -> Result<Found> {
        let found = evaluate(self.model, self.inputs, levels, self.effort.seed, paths)?;
        (self.progress)(1);
        Ok(found)
    }

    fn centre(&self) -> Vec<f64> {
        self.inputs.iter().map(Input::centre).collect()
    }

    /// All inputs at their centres, then each alone at its low and its high level, on four times the paths of the screening.
    pub(super) fn one_at_a_time(&self, counts: &mut Counts) -> Result<OneAtATime> {
        let paths = 0..whole_blocks(4 * self.effort.paths);
        let points = side_by_side(1 + 2 * self.inputs.len(), self.threads, |k| {
            let mut levels = self.centre();
            if k > 0 {
                levels[(k - 1) / 2] = if k % 2 == 1 { LEVEL_LOW } else { LEVEL_HIGH };
            }
            self.at(&levels, paths.clone())
        })?;
        points.iter().for_each(|p| counts.add(p));
        let base = &points[0];
        let whole = |o: usize| {
            let error = error_of(|b| base.parts[b][o]);
            Some((self.outputs[o], Estimate::with_half_width(base.whole[o], error, student_t_quantile(19.0, 0.975)? * error)?))
        };
        let swing = |(input, o): (usize, usize)| {
            let (low, high) = (change(base, &points[1 + 2 * input], o)?, change(base, &points[2 + 2 * input], o)?);
            Some(Swing { input, output: self.outputs[o], low, high })
        };
        let cells = (0..self.inputs.len()).flat_map(|i| (0..self.outputs.len()).map(move |o| (i, o)));
        Ok(OneAtATime { centre: (0..self.outputs.len()).filter_map(whole).collect(), swings: cells.filter_map(swing).collect() })
    }

    /// Elementary effects along random trajectories.
    pub(super) fn screening(&self, counts: &mut Counts) -> Result<Vec<Screened>> {
        let paths = 0..whole_blocks(self.effort.paths);
        let walks = side_by_side(self.effort.trajectories, self.threads, |k| {
            let walk = Trajectory::random(self.inputs.len(), design_uniforms(self.effort.seed, "morris", k as u32));
            let level = |x: &f64| LEVEL_LOW + (LEVEL_HIGH - LEVEL_LOW) * x;
            let points = walk.points.iter().map(|x| self.at(&x.iter().map(level).collect::<Vec<_>>(), paths.clone()));
            Ok(Walk { points: points.collect::<Result<Vec<_>>>()?, steps: walk.steps })
        })?;
        walks.iter().flat_map(|w| &w.points).for_each(|p| counts.add(p));
        let mut out = Vec::new();
        for o in 0..self.outputs.len() {
            let found: Vec<(usize, Effects, f64)> =
                (0..self.inputs.len()).filter_map(|i| Some((i, effects_of(&walks, i, o)?))).map(|(i, (e, n))| (i, e, n)).collect();
            let ranks = rank_ranges(&found.iter().map(|f| f.1.mean_absolute).collect::<Vec<_>>());
            let line = |((input, effects, noise), rank)| Screened { input, output: self.outputs[o], effects, noise, rank };
            out.extend(found.into_iter().zip(ranks).map(line));
        }
        Ok(out)
    }

    /// Shares of variance over the inputs that survived, the others at their centres.
    pub(super) fn shares(&self, survivors: &[usize], counts: &mut Counts) -> Result<Shares> {
        if survivors.is_empty() {
            return Ok(Shares::default());
        }
        let paths = 0..whole_blocks(self.effort.paths);
        let rows = side_by_side(self.effort.rows, self.threads, |k| {
            let mut uniform = design_uniforms(self.effort.seed, "sobol", k as u32);
            let mut point = || survivors.iter().map(|_| uniform()).collect::<Vec<f64>>();
            let (a, b) = (point(), point());
            let place = |levels: &Vec<f64>| {
                let mut all = self.centre();
                survivors.iter().zip(levels).for_each(|(&i, &u)| all[i] = u);
                self.at(&all, paths.clone())
            };
            mixed_points(&a, &b).iter().map(place).collect::<Result<Vec<Found>>>()
        })?;
        rows.iter().flatten().for_each(|p| counts.add(p));
        let mut out = Shares::default();
        for (o, &output) in self.outputs.iter().enumerate() {
            let mut mixtures = Mixtures::new(survivors.len());
            rows.iter().for_each(|row| mixtures.push(&row.iter().map(|p| p.whole[o]).collect::<Vec<_>>()));
            out.alone.extend(mixtures.first_order_sum().map(|e| (output, e)));
            for (k, &input) in survivors.iter().enumerate() {
                out.shares.extend(mixtures.first_order(k).zip(mixtures.total(k)).map(|(alone, total)| Share {
                    input,
                    output,
                    alone,
                    total,
                }));
                let pair = |j: usize| Some(Together { inputs: (input, survivors[j]), output, share: mixtures.second_order(k, j)? });
                out.together.extend((k + 1..survivors.len()).filter_map(pair));
            }
        }
        Ok(out)
    }

    /// All inputs drawn at once, each draw with paths of its own, so that the Monte Carlo error of one says nothing of another's.
    pub(super) fn two_levels(&self, counts: &mut Counts) -> Result<Vec<TwoLevels>> {
        let each = whole_blocks(self.effort.draw_paths);
        let found = side_by_side(self.effort.draws, self.threads, |k| {
            let mut uniform = design_uniforms(self.effort.seed, "two levels", k as u32);
            let levels: Vec<f64> = self.inputs.iter().map(|_| uniform()).collect();
            self.at(&levels, k as u64 * each..(k as u64 + 1) * each)
        })?;
        found.iter().for_each(|p| counts.add(p));
        Ok((0..self.outputs.len()).filter_map(|o| levels_of(&found, self.outputs[o], o)).collect())
    }
}

/// Effects of one input on one output over all walks, and what noise alone would show; none if a value is missing.
fn effects_of(walks: &[Walk], input: usize, output: usize) -> Option<(Effects, f64)> {
    let (mut found, mut noise) = (Vec::with_capacity(walks.len()), 0.0);
    for Walk { points, steps } in walks {
        let k = steps.iter().position(|s| s.0 == input)?;
        let step = steps[k].1;
        found.push((points[k + 1].whole[output] - points[k].whole[output]) / step);
        noise += error_of(|b| (points[k + 1].parts[b][output] - points[k].parts[b][output]) / step);
    }
    // The mean absolute value of a normal error is √(2/π) of its standard deviation.
    let noise = noise / walks.len() as f64 * (2.0 / std::f64::consts::PI).sqrt();
    effects(&found).filter(|_| noise.is_finite()).map(|e| (e, noise))
}

/// Splits the scatter of one output over draws into what the inputs make and what chance makes.
fn levels_of(found: &[Found], output: Output, o: usize) -> Option<TwoLevels> {
    let rows: Vec<(f64, f64)> =
        found.iter().map(|f| (f.whole[o], error_of(|b| f.parts[b][o]).powi(2))).filter(|(x, v)| x.is_finite() && v.is_finite()).collect();
    let kept = |skip: Option<usize>| rows.iter().enumerate().filter(move |(k, _)| Some(*k) != skip).map(|(_, r)| *r);
    let mean = |skip: Option<usize>| {
        let n = kept(skip).count() as f64;
        Some(kept(skip).map(|r| r.0).sum::<f64>() / n)
    };
    let chance = |skip: Option<usize>| kept(skip).map(|r| r.1).sum::<f64>() / kept(skip).count() as f64;
    let spread = |skip: Option<usize>| {
        let (m, n) = (mean(skip)?, kept(skip).count() as f64);
        let whole = kept(skip).map(|r| (r.0 - m).powi(2)).sum::<f64>() / (n - 1.0);
        Some((whole - chance(skip)).max(0.0).sqrt())
    };
    let parameter_sd = jackknife(rows.len(), spread)?;
    let mut sorted: Vec<f64> = rows.iter().map(|r| r.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |q: f64| sorted[((q * sorted.len() as f64) as usize).min(sorted.len() - 1)];
    Some(TwoLevels {
        output,
        mean: jackknife(rows.len(), mean)?,
        parameter_sd: Estimate { low: parameter_sd.low.max(0.0), ..parameter_sd },
        monte_carlo_sd: chance(None).sqrt(),
        middle_ninety: (at(0.05), at(0.95)),
    })
}

impl TwoLevels {
    /// How many times the Monte Carlo error of a run of `paths` paths the uncertainty of the inputs is; `paths_of_draw` are those of each draw.
    ///
    /// `None` if chance makes nothing.
    pub fn times_monte_carlo(&self, paths_of_draw: u64, paths: u64) -> Option<Estimate> {
        let error = self.monte_carlo_sd * (paths_of_draw as f64 / paths as f64).sqrt();
        self.parameter_sd.scaled(1.0 / error).filter(|_| error > 0.0)
    }

    /// Half the 95 % Monte Carlo interval of one draw.
    pub fn half_width_of_draw(&self) -> f64 {
        Z_95 * self.monte_carlo_sd
    }
}
