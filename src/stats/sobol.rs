//! Variance-based sensitivity: first-order, second-order and total indices (Sobol' 1993) from two samples and their mixtures. The function and its points are the
//! caller's.
//!
//! First order by Saltelli et al., Comput. Phys. Commun. 181 (2010) 259; total by Jansen, Comput. Phys. Commun. 117 (1999) 35; second order by Saltelli, Comput.
//! Phys. Commun. 145 (2002) 280. Errors by the jackknife over rows.

use super::estimate::Estimate;
use super::jackknife::jackknife;

/// Values of a function on n rows of a sample A, of an independent sample B, and of their mixtures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mixtures {
    /// f(A), n values.
    pub a: Vec<f64>,
    /// f(B), n values.
    pub b: Vec<f64>,
    /// For each input i, f of A with column i of B.
    pub a_with_b: Vec<Vec<f64>>,
    /// For each input i, f of B with column i of A.
    pub b_with_a: Vec<Vec<f64>>,
}

/// The points of the mixtures of one row: A, B, then for each input A with B's number, then for each B with A's.
pub fn mixed_points(a: &[f64], b: &[f64]) -> Vec<Vec<f64>> {
    let with = |base: &[f64], other: &[f64], i: usize| {
        let mut point = base.to_vec();
        point[i] = other[i];
        point
    };
    let inputs = 0..a.len();
    let first = [a.to_vec(), b.to_vec()].into_iter();
    first.chain(inputs.clone().map(|i| with(a, b, i))).chain(inputs.map(|i| with(b, a, i))).collect()
}

impl Mixtures {
    /// Of `inputs` inputs, without rows.
    pub fn new(inputs: usize) -> Mixtures {
        Mixtures { a_with_b: vec![vec![]; inputs], b_with_a: vec![vec![]; inputs], ..Mixtures::default() }
    }

    /// Adds the values at the points of [`mixed_points`]; a row of another length, or with a value that is not finite, is left out.
    pub fn push(&mut self, values: &[f64]) {
        let k = self.a_with_b.len();
        if values.len() != 2 + 2 * k || values.iter().any(|x| !x.is_finite()) {
            return;
        }
        self.a.push(values[0]);
        self.b.push(values[1]);
        self.a_with_b.iter_mut().zip(&values[2..]).for_each(|(column, &x)| column.push(x));
        self.b_with_a.iter_mut().zip(&values[2 + k..]).for_each(|(column, &x)| column.push(x));
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.a.len()
    }

    /// Variance of the function over both samples.
    pub fn variance(&self) -> Option<Estimate> {
        jackknife(self.rows(), |skip| Some(self.moments(skip).1))
    }

    /// Share of the variance that input i alone makes, S_i.
    ///
    /// `None` for fewer than three rows or a function that does not vary.
    pub fn first_order(&self, i: usize) -> Option<Estimate> {
        let (c, mixed, back) = (self.centre(), self.a_with_b.get(i)?, self.b_with_a.get(i)?);
        self.ratio(|r| self.alone(r, c, mixed, back))
    }

    /// Sum of the shares that inputs make alone.
    ///
    /// `None` as [`Mixtures::first_order`].
    pub fn first_order_sum(&self) -> Option<Estimate> {
        let c = self.centre();
        self.ratio(|r| self.a_with_b.iter().zip(&self.b_with_a).map(|(mixed, back)| self.alone(r, c, mixed, back)).sum())
    }

    /// Row r's part in the variance that one input makes alone.
    fn alone(&self, r: usize, centre: f64, mixed: &[f64], back: &[f64]) -> f64 {
        0.5 * (self.b[r] - centre) * (mixed[r] - self.a[r]) + 0.5 * (self.a[r] - centre) * (back[r] - self.b[r])
    }

    /// Share of the variance in which input i takes part, S_Ti.
    ///
    /// `None` as [`Mixtures::first_order`].
    pub fn total(&self, i: usize) -> Option<Estimate> {
        let mixed = self.a_with_b.get(i)?;
        self.ratio(|r| 0.25 * (self.a[r] - mixed[r]).powi(2) + 0.25 * (self.b[r] - self.b_with_a[i][r]).powi(2))
    }

    /// Share of the variance that inputs i and j make together beyond what each makes alone, S_ij.
    ///
    /// `None` as [`Mixtures::first_order`].
    pub fn second_order(&self, i: usize, j: usize) -> Option<Estimate> {
        let c = self.centre();
        let (ai, aj, bi, bj) = (self.a_with_b.get(i)?, self.a_with_b.get(j)?, self.b_with_a.get(i)?, self.b_with_a.get(j)?);
        self.ratio(|r| {
            // A with j of B and B with i of A: the pair (i of A, j of B) is all they share with one another's complement.
            let closed = 0.5 * ((bi[r] - c) * (aj[r] - c) + (ai[r] - c) * (bj[r] - c)) - (self.a[r] - c) * (self.b[r] - c);
            closed - self.alone(r, c, ai, bi) - self.alone(r, c, aj, bj)
        })
    }

    /// A number near the mean, subtracted before products are taken: it changes no expectation and much of the error.
    fn centre(&self) -> f64 {
        self.moments(None).0
    }

    fn moments(&self, skip: Option<usize>) -> (f64, f64) {
        let kept = |column: &'_ [f64]| column.iter().enumerate().filter(|(r, _)| Some(*r) != skip).map(|(_, x)| *x).collect::<Vec<_>>();
        let values = [kept(&self.a), kept(&self.b)].concat();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (mean, values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0))
    }

    fn ratio(&self, term: impl Fn(usize) -> f64) -> Option<Estimate> {
        let n = self.rows();
        let terms: Vec<f64> = (0..n).map(term).collect();
        let sum: f64 = terms.iter().sum();
        let of = |skip: Option<usize>| {
            let (total, count) = skip.map_or((sum, n), |r| (sum - terms[r], n - 1));
            Some(total / count as f64 / self.moments(skip).1)
        };
        jackknife(n, of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    struct Stream(u64);

    impl Stream {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    fn sampled(inputs: usize, rows: usize, f: impl Fn(&[f64]) -> f64) -> Mixtures {
        let mut stream = Stream(20_251_217);
        let mut m = Mixtures::new(inputs);
        for _ in 0..rows {
            let mut point = || (0..inputs).map(|_| stream.next()).collect::<Vec<_>>();
            let (a, b) = (point(), point());
            let values: Vec<f64> = mixed_points(&a, &b).iter().map(|x| f(x)).collect();
            m.push(&values);
        }
        m
    }

    fn holds(found: Option<Estimate>, truth: f64, most_error: f64) {
        let e = found.unwrap();
        assert!((e.value - truth).abs() < 4.0 * e.std_error, "{e:?} against {truth}");
        assert!(e.std_error < most_error, "{e:?}");
    }

    /// C15: Ishigami's function with a = 7, b = 0.1.
    #[test]
    fn ishigami() {
        let m = sampled(3, 4_000, |u| {
            let x: Vec<f64> = u.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
            x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
        });
        holds(m.variance(), 13.844_587_940_7, 0.25);
        holds(m.first_order(0), 0.313_905_191_1, 0.03);
        holds(m.first_order(1), 0.442_411_144_8, 0.03);
        holds(m.first_order(2), 0.0, 0.03);
        holds(m.second_order(0, 2), 0.243_683_664_1, 0.05);
        holds(m.second_order(0, 1), 0.0, 0.05);
        holds(m.first_order_sum(), 0.756_316_335_9, 0.04);
        holds(m.total(0), 0.557_588_855_2, 0.03);
        holds(m.total(2), 0.243_683_664_1, 0.03);
    }

    /// Sobol's g-function, prod (|4x − 2| + a)/(1 + a): V_i = 1/3 (1 + a_i)^-2, and the variance is prod(1 + V_i) − 1.
    #[test]
    fn g_function() {
        let a = [0.0, 1.0, 4.5, 9.0, 99.0];
        let m = sampled(5, 4_000, |x| x.iter().zip(&a).map(|(x, a)| ((4.0 * x - 2.0).abs() + a) / (1.0 + a)).product());
        let v = a.map(|a: f64| 1.0 / 3.0 / (1.0 + a).powi(2));
        let whole = v.iter().map(|v| 1.0 + v).product::<f64>() - 1.0;
        holds(m.variance(), whole, 0.02);
        for i in 0..5 {
            holds(m.first_order(i), v[i] / whole, 0.03);
            holds(m.total(i), v[i] * (1.0 + whole) / (1.0 + v[i]) / whole, 0.03);
        }
        holds(m.second_order(0, 1), v[0] * v[1] / whole, 0.06);
    }

    #[test]
    fn what_does_not_vary_has_no_shares() {
        let m = sampled(2, 10, |_| 3.0);
        assert!(m.first_order(0).is_none() && m.total(1).is_none() && m.first_order(7).is_none());
        let mut few = Mixtures::new(1);
        few.push(&[1.0, 2.0, f64::NAN, 1.0]);
        few.push(&[1.0, 2.0]);
        assert_eq!(few.rows(), 0);
    }
}
