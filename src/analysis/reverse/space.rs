//! The reduced space: what each coordinate is over all paths, normal scores, their correlations, how likely the condition is at a point, and FORM as a check.

use crate::stats::{Cholesky, DesignPoint, NoFit, Probit, Rows, design_point, normal};
use serde::{Deserialize, Serialize};

/// A coordinate of which the others leave less than this part of the variance open is left out of distances.
const LEAST_PIVOT: f64 = 1e-4;

/// One coordinate over all paths, in ascending order.
pub(super) struct Ordered {
    /// Values with the weight of all paths up to and with each.
    values: Vec<(f64, f64)>,
}

impl Ordered {
    /// From values and weights that sum to anything above 0.
    pub fn new(values: impl Iterator<Item = (f64, f64)>) -> Ordered {
        let mut values: Vec<(f64, f64)> = values.collect();
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut sum = 0.0;
        for (_, weight) in &mut values {
            sum += *weight;
            *weight = sum;
        }
        values.iter_mut().for_each(|v| v.1 /= sum);
        Ordered { values }
    }

    /// The least value that a share `q` of the paths does not exceed; 0 of nothing.
    pub fn quantile(&self, q: f64) -> f64 {
        let at = self.values.partition_point(|v| v.1 < q - 1e-12).min(self.values.len().saturating_sub(1));
        self.values.get(at).map_or(0.0, |v| v.0)
    }

    /// Share of the paths with a smaller value, half of those with an equal one counted (the mid-rank).
    pub fn percentile(&self, x: f64) -> f64 {
        let up_to = |n: usize| n.checked_sub(1).and_then(|k| self.values.get(k)).map_or(0.0, |v| v.1);
        let (below, with) = (self.values.partition_point(|v| v.0 < x), self.values.partition_point(|v| v.0 <= x));
        0.5 * (up_to(below) + up_to(with))
    }

    /// Normal score of a value.
    pub fn score(&self, x: f64) -> f64 {
        normal::quantile(self.percentile(x).clamp(1e-12, 1.0 - 1e-12)).unwrap_or(0.0)
    }
}

/// Independent standard normals in place of the coordinates, as far as ranks and correlations make them so.
pub(super) struct Space {
    /// The coordinates that span it, by their place.
    pub spanning: Vec<usize>,
    means: Vec<f64>,
    sds: Vec<f64>,
    factor: Cholesky,
    /// One row for each path.
    points: Vec<f64>,
}

/// FORM on the fitted limit state, beside which the simulated probability stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// Its design point: the coordinates, and last the standard normal that stands for all they do not hold.
    pub design: DesignPoint,
    /// Value of each coordinate at the design point; none for one that the others determine.
    pub values: Vec<Option<f64>>,
    /// Part of the variance of the fitted margin that the coordinates hold, |b|² / (1 + |b|²) (McKelvey & Zavoina 1975).
    pub explained: f64,
}

impl Space {
    /// From the coordinates of every path; `columns` gives the values of a coordinate, path by path.
    pub fn new(ordered: &[Ordered], weights: &[f64], columns: impl Fn(usize, usize) -> f64) -> Space {
        let total: f64 = weights.iter().sum();
        let scored = |c: usize| -> Vec<f64> { (0..weights.len()).map(|n| ordered[c].score(columns(c, n))).collect() };
        let mut scores: Vec<Vec<f64>> = (0..ordered.len()).map(scored).collect();
        let mean = |x: &[f64]| x.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>() / total;
        let (mut means, mut sds) = (vec![], vec![]);
        for column in &mut scores {
            let centre = mean(column);
            let sd = (column.iter().zip(weights).map(|(x, w)| w * (x - centre).powi(2)).sum::<f64>() / total).sqrt();
            column.iter_mut().for_each(|x| *x = if sd > 0.0 { (*x - centre) / sd } else { 0.0 });
            means.push(centre);
            sds.push(sd);
        }
        let correlation =
            |a: usize, b: usize| scores[a].iter().zip(&scores[b]).zip(weights).map(|((x, y), w)| w * x * y).sum::<f64>() / total;
        let mut spanning: Vec<usize> = vec![];
        let mut matrix: Vec<Vec<f64>> = vec![];
        let mut factor = Cholesky::empty();
        for c in (0..scores.len()).filter(|&c| sds[c] > 0.0) {
            let row: Vec<f64> = spanning.iter().map(|&b| correlation(c, b)).chain([1.0]).collect();
            let mut wider: Vec<Vec<f64>> = matrix.iter().zip(&row).map(|(r, x)| [&r[..], &[*x]].concat()).collect();
            wider.push(row);
            if let Some(found) = Cholesky::of(&wider.concat(), wider.len(), LEAST_PIVOT) {
                (matrix, factor) = (wider, found);
                spanning.push(c);
            }
        }
        let mut points = Vec::with_capacity(weights.len() * spanning.len());
        for n in 0..weights.len() {
            let from = points.len();
            points.extend(spanning.iter().map(|&c| scores[c][n]));
            factor.decorrelate(&mut points[from..]);
        }
        Space { spanning, means, sds, factor, points }
    }

    /// The point of a path.
    pub fn point(&self, n: usize) -> &[f64] {
        let wide = self.spanning.len();
        &self.points[n * wide..(n + 1) * wide]
    }

    /// Distance of a path from the middle, in standard deviations (Mahalanobis distance of the normal scores).
    pub fn distance(&self, n: usize) -> f64 {
        self.point(n).iter().map(|x| x * x).sum::<f64>().sqrt()
    }

    /// The probability of the condition as Φ(a + b·v) at a point v.
    pub fn fit(&self, weights: &[f64], answers: &[bool]) -> Result<Probit, NoFit> {
        Probit::fit(&Rows { columns: self.spanning.len(), values: &self.points, weights, answers })
    }

    /// FORM on g = −(a + b·v) + ε, in which a standard normal ε stands for all that the coordinates do not hold.
    pub fn form(&self, fit: &Probit, ordered: &[Ordered]) -> Option<Form> {
        let wide = self.spanning.len();
        let slope: Vec<f64> = fit.slopes.iter().map(|b| -b).chain([1.0]).collect();
        let limit = |u: &[f64]| (u[wide] - fit.linear(&u[..wide]), slope.clone());
        let design = design_point(wide + 1, limit)?;
        let mut values = vec![None; ordered.len()];
        for (&c, z) in self.spanning.iter().zip(self.factor.correlate(&design.point[..wide])) {
            let share = normal::cdf(self.means[c] + self.sds[c] * z)?;
            values[c] = Some(ordered[c].quantile(share));
        }
        let square: f64 = fit.slopes.iter().map(|b| b * b).sum();
        Some(Form { design, values, explained: square / (1.0 + square) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_quantiles_and_ties() {
        let o = Ordered::new([(3.0, 1.0), (1.0, 1.0), (1.0, 1.0), (2.0, 1.0)].into_iter());
        assert_eq!([1.0, 2.0, 3.0, 0.0, 9.0].map(|x| o.percentile(x)), [0.25, 0.625, 0.875, 0.0, 1.0]);
        assert_eq!([0.0, 0.5, 0.51, 0.75, 1.0].map(|q| o.quantile(q)), [1.0, 1.0, 2.0, 2.0, 3.0]);
        assert!((o.score(2.0) - 0.318_639_363_964_375).abs() < 1e-12);
    }

    #[test]
    fn a_column_that_another_determines_spans_nothing() {
        let x: Vec<f64> = (0..101).map(f64::from).collect();
        let columns = |c: usize, n: usize| match c {
            0 => x[n],
            1 => -3.0 * x[n],
            2 => f64::from((n * 37 % 101) as u32),
            _ => 5.0,
        };
        let weights = vec![1.0; 101];
        let ordered: Vec<Ordered> = (0..4).map(|c| Ordered::new((0..101).map(|n| (columns(c, n), 1.0)))).collect();
        let space = Space::new(&ordered, &weights, columns);
        assert_eq!(space.spanning, [0, 2]);
        let square: f64 = (0..101).map(|n| space.distance(n).powi(2)).sum::<f64>() / 101.0;
        assert!((square - 2.0).abs() < 1e-9, "the mean squared distance is the number of dimensions");
    }
}
