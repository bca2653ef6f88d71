//! What importance sampling by tilting the draws would do, computed from plain paths. No path is drawn from a tilted law.
//!
//! Under the law q an estimator of E z is the mean of z w, w = f / q, whose second moment is E_q (z w)² = E_f z² w: a mean over plain paths.

use super::influence::{COUNT, Influence, Values};
use super::paths::{History, Record};

/// Share of the original law in a defensive mixture, which bounds the weights by its inverse (Hesterberg, Technometrics 37 (1995) 185).
const DEFENSIVE: f64 = 0.2;

/// Means over the paths of one tail.
pub struct Tail {
    count: f64,
    z: Vec<[f64; 2]>,
    /// Quarters that left boom, or bust, and how many would have.
    left: [f64; 2],
    expected: [f64; 2],
}

impl Tail {
    /// No path yet.
    pub fn new(quarters: usize) -> Tail {
        Tail { count: 0.0, z: vec![[0.0; 2]; quarters], left: [0.0; 2], expected: [0.0; 2] }
    }

    /// Adds a path.
    pub fn add(&mut self, h: &History) {
        self.count += 1.0;
        let mut before = 0;
        for (t, &bust) in h.bust.iter().enumerate() {
            (0..2).for_each(|k| self.z[t][k] += h.z[t][k]);
            self.expected[before] += h.leave[before];
            self.left[before] += if usize::from(bust) == before { 0.0 } else { 1.0 };
            before = usize::from(bust);
        }
    }

    /// The tilts that these means suggest, with their names.
    pub fn tilts(&self) -> Vec<(&'static str, Tilt)> {
        let profile: Vec<[f64; 2]> = self.z.iter().map(|z| z.map(|x| x / self.count.max(1.0))).collect();
        let mean = [0, 1].map(|k| profile.iter().map(|z| z[k]).sum::<f64>() / profile.len() as f64);
        let none = vec![[0.0; 2]; profile.len()];
        let regime = [0, 1].map(|k| if self.expected[k] > 0.0 { (self.left[k] / self.expected[k]).clamp(0.2, 5.0) } else { 1.0 });
        vec![
            ("regime hazard", Tilt { shift: none, leave: regime }),
            ("constant shift", Tilt { shift: vec![mean; profile.len()], leave: [1.0; 2] }),
            ("shift by quarter", Tilt { shift: profile.clone(), leave: [1.0; 2] }),
            ("regime hazard and shift by quarter", Tilt { shift: profile, leave: regime }),
        ]
    }
}

/// Another law of the draws.
pub struct Tilt {
    /// What is added to the standardised shocks, by quarter.
    shift: Vec<[f64; 2]>,
    /// What the probabilities of leaving boom and bust are multiplied by.
    leave: [f64; 2],
}

impl Tilt {
    /// ln (f / q) of a path.
    pub fn log_weight(&self, h: &History) -> f64 {
        let (mut sum, mut before) = (0.0, 0);
        for (t, &bust) in h.bust.iter().enumerate() {
            let p = h.leave[before];
            let q = (p * self.leave[before]).min(0.9);
            sum += if usize::from(bust) == before { ((1.0 - p) / (1.0 - q)).ln() } else { (p / q).ln() };
            before = usize::from(bust);
            let [x, d] = [h.z[t], self.shift[t]];
            if d != [0.0; 2] {
                sum += log_density(h, x) - log_density(h, [x[0] - d[0], x[1] - d[1]]);
            }
        }
        sum
    }
}

/// Log density, up to a constant, of the two shocks: of three spherical t components mixed to their correlation and scaled to unit variance, any two are a
/// bivariate t of the same degrees of freedom.
fn log_density(h: &History, [x, y]: [f64; 2]) -> f64 {
    let r = h.correlation;
    let form = (x * x - 2.0 * r * x * y + y * y) / (1.0 - r * r);
    if h.nu.is_finite() { -0.5 * (h.nu + 2.0) * (form / (h.nu - 2.0)).ln_1p() } else { -0.5 * form }
}

/// Sums over the paths of one replication.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sums {
    n: f64,
    w: f64,
    inverse: f64,
    z: Values,
    z2: Values,
    zw: Values,
    z2w: Values,
}

impl Sums {
    /// From the paths and their log weights.
    pub fn of(records: &[Record], log_weights: &[f32], influence: &Influence, defensive: bool) -> Sums {
        let mut sums = Sums::default();
        for (r, &log) in records.iter().zip(log_weights) {
            let pure = f64::from(log).exp();
            let w = if defensive { 1.0 / (DEFENSIVE + (1.0 - DEFENSIVE) / pure) } else { pure };
            sums.n += 1.0;
            sums.w += w;
            sums.inverse += 1.0 / w;
            for (s, z) in influence.values(r).into_iter().enumerate() {
                sums.z[s] += z;
                sums.z2[s] += z * z;
                sums.zw[s] += z * w;
                sums.z2w[s] += z * z * w;
            }
        }
        sums
    }

    fn add(&mut self, other: &Sums) {
        (self.n, self.w, self.inverse) = (self.n + other.n, self.w + other.w, self.inverse + other.inverse);
        for s in 0..COUNT {
            self.z[s] += other.z[s];
            self.z2[s] += other.z2[s];
            self.zw[s] += other.zw[s];
            self.z2w[s] += other.z2w[s];
        }
    }

    /// All of them but one.
    pub fn pooled(all: &[Sums], skip: Option<usize>) -> Sums {
        let mut sum = Sums::default();
        all.iter().enumerate().filter(|(i, _)| Some(*i) != skip).for_each(|(_, s)| sum.add(s));
        sum
    }

    /// Mean of q / f, which should be 1.
    pub fn mean_inverse(&self) -> f64 {
        self.inverse / self.n
    }

    /// Variance of plain sampling over that under the tilt. The weights are divided by their mean where that has the smaller variance: not for what is 0
    /// on most paths.
    pub fn variance_ratio(&self, s: usize) -> f64 {
        let n = self.n;
        let mean = self.z[s] / n;
        let plain = self.z2[s] / n - mean * mean;
        let whole = self.z2w[s] / n - mean * mean;
        let normed = (self.z2w[s] - 2.0 * mean * self.zw[s] + mean * mean * self.w) / n;
        plain / whole.min(normed)
    }
}
