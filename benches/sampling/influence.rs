//! Each statistic as the mean of one number per plain path, and what post-stratification and control variates make of its variance. No tilting.
//!
//! Tail means and ratios are linearised at the values of all paths together: ES is the mean of VaR + (L - VaR)⁺ / (1 - q), to which an error of VaR adds
//! nothing in the first order; a ratio a / c given a bust is its value R plus the mean of (a - R c) / E c. The row "plain, linearised" shows what that leaves out.

use super::paths::{FIRMS, Record};

/// What is estimated, in W0 unless said.
pub const STATISTICS: [&str; 9] = [
    "mean net loss",
    "ES 99 %",
    "ES 99.9 %",
    "P(microsoft fails)",
    "P(alphabet fails)",
    "P(nvidia fails)",
    "P(openai fails)",
    "net loss W0/W2 given a bust",
    "net loss W0 - W2 given a bust",
];
/// Number of statistics.
pub const COUNT: usize = STATISTICS.len();
/// Levels of the tail means.
pub const LEVELS: [f64; 2] = [0.99, 0.999];

/// One number for each statistic.
pub type Values = [f64; COUNT];

/// Values of all paths together that the linearised statistics and their controls rest on.
pub struct Influence {
    /// VaR of W0 and W2 at each level.
    var: [[f64; 2]; 2],
    /// Lower quantiles of the cheap functional at 1 - level.
    low: [f64; 2],
    /// Probability of a bust, mean of W2's loss over it, ratio and difference given it.
    bust: f64,
    isolated: f64,
    ratio: f64,
    difference: f64,
}

/// Sentiment and demand as one number, as a firm's value moves with them.
fn functional(r: &Record) -> f64 {
    (f64::from(r.factors[0]) + 1.2 * f64::from(r.factors[1])).exp()
}

fn quantile(mut values: Vec<f64>, level: f64) -> f64 {
    let at = ((values.len() as f64 * level) as usize).min(values.len() - 1);
    *values.select_nth_unstable_by(at, f64::total_cmp).1
}

fn hit(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}

impl Influence {
    /// From all paths.
    pub fn of(records: &[Vec<Record>]) -> Influence {
        let all = || records.iter().flatten();
        let busts = || all().filter(|r| r.first_bust > 0);
        let over = |w: usize| busts().map(|r| r.loss[w]).sum::<f64>() / busts().count() as f64;
        let (full, given) = (over(0), over(1));
        let bust = busts().count() as f64 / all().count() as f64;
        Influence {
            var: [0, 1].map(|w| LEVELS.map(|q| quantile(all().map(|r| r.loss[w]).collect(), q))),
            low: LEVELS.map(|q| quantile(all().map(functional).collect(), 1.0 - q)),
            bust,
            isolated: bust * given,
            ratio: full / given,
            difference: full - given,
        }
    }

    /// The statistics' numbers for one path.
    pub fn values(&self, r: &Record) -> Values {
        let tail = |k: usize| (r.loss[0] - self.var[0][k]).max(0.0) / (1.0 - LEVELS[k]);
        let fails = |k: usize| hit(r.failed[0] >> k & 1 == 1);
        let (bust, [full, other]) = (hit(r.first_bust > 0), r.loss);
        let ratio = bust * (full - self.ratio * other) / self.isolated;
        let difference = bust * (full - other - self.difference) / self.bust;
        [full, tail(0), tail(1), fails(0), fails(1), fails(2), fails(3), ratio, difference]
    }

    /// Controls from the path in W2 alone, all of which a run of W2 yields.
    pub fn isolated(&self, r: &Record) -> Vec<f64> {
        let (loss, bust) = (r.loss[1], hit(r.first_bust > 0));
        let mut x = vec![loss, bust, bust * loss];
        self.var[1].iter().for_each(|&v| x.extend([(loss - v).max(0.0), hit(loss > v)]));
        x.extend((0..FIRMS.len()).map(|k| hit(r.failed[1] >> k & 1 == 1)));
        x
    }

    /// Controls from the common factors at the horizon and the bust: what a candidate yields.
    pub fn cheap(&self, r: &Record) -> Vec<f64> {
        let both = functional(r);
        let mut x = vec![f64::from(r.factors[0]).exp(), both, f64::from(r.factors[1]), hit(r.first_bust > 0)];
        self.low.iter().for_each(|&v| x.extend([(v - both).max(0.0), hit(both < v)]));
        x
    }
}

/// Mean of the values of each statistic in each replication.
pub fn means(records: &[Vec<Record>], influence: &Influence) -> Vec<Values> {
    let mean = |list: &Vec<Record>| {
        let mut sum = [0.0; COUNT];
        for r in list {
            let values = influence.values(r);
            (0..COUNT).for_each(|s| sum[s] += values[s] / list.len() as f64);
        }
        sum
    };
    records.iter().map(mean).collect()
}

/// The same, post-stratified by the quarter of the first bust, with the probabilities of the quarters known: those of the paths' own hazards.
pub fn by_first_bust(records: &[Vec<Record>], influence: &Influence, quarters: usize) -> Vec<Values> {
    let mut shares = vec![0.0; quarters + 1];
    for r in records.iter().flatten() {
        let mut boom = 1.0;
        for share in &mut shares[1..] {
            *share += boom * f64::from(r.hazard);
            boom *= 1.0 - f64::from(r.hazard);
        }
        shares[0] += boom;
    }
    let all: f64 = shares.iter().sum();
    let estimate = |list: &Vec<Record>| {
        let mut sums = vec![([0.0; COUNT], 0.0); quarters + 1];
        for r in list {
            let (sum, count) = &mut sums[usize::from(r.first_bust)];
            let values = influence.values(r);
            (0..COUNT).for_each(|s| sum[s] += values[s]);
            *count += 1.0;
        }
        let of = |s: usize| (0..=quarters).filter(|&k| sums[k].1 > 0.0).map(|k| shares[k] / all * sums[k].0[s] / sums[k].1).sum();
        std::array::from_fn(of)
    };
    records.iter().map(estimate).collect()
}

/// Each replication's estimate less what the controls explain of it, and what they explain.
pub struct Controlled {
    /// Residuals: with the controls' means known exactly.
    pub rest: Vec<Values>,
    /// Explained part.
    pub explained: Vec<Values>,
}

/// Regresses the statistics' numbers on controls over all paths, and takes the replications' means apart.
pub fn controlled(records: &[Vec<Record>], influence: &Influence, controls: impl Fn(&Record) -> Vec<f64>) -> Controlled {
    let averages: Vec<Vec<f64>> = records.iter().map(|list| average(list.iter().map(&controls))).collect();
    let centre = average(averages.iter().cloned());
    let size = centre.len();
    let (mut square, mut cross) = (vec![vec![0.0; size]; size], vec![[0.0; COUNT]; size]);
    for r in records.iter().flatten() {
        let values = influence.values(r);
        let x: Vec<f64> = controls(r).iter().zip(&centre).map(|(x, m)| x - m).collect();
        for i in 0..size {
            (0..=i).for_each(|j| square[i][j] += x[i] * x[j]);
            (0..COUNT).for_each(|s| cross[i][s] += x[i] * values[s]);
        }
    }
    let slopes = solve(square, cross);
    let part = |x: &Vec<f64>| -> Values { std::array::from_fn(|s| (0..size).map(|i| slopes[i][s] * (x[i] - centre[i])).sum()) };
    let explained: Vec<Values> = averages.iter().map(part).collect();
    let less = |(all, part): (Values, &Values)| std::array::from_fn(|s| all[s] - part[s]);
    Controlled { rest: means(records, influence).into_iter().zip(&explained).map(less).collect(), explained }
}

fn average(rows: impl Iterator<Item = Vec<f64>>) -> Vec<f64> {
    let (mut sum, mut count) = (vec![], 0.0);
    for row in rows {
        sum.resize(row.len(), 0.0);
        sum.iter_mut().zip(row).for_each(|(s, x)| *s += x);
        count += 1.0;
    }
    sum.iter().map(|s| s / count).collect()
}

/// Solves a symmetric system, given below its diagonal, for every column, by a Cholesky factor. A control that others already span has no slope.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<Values>) -> Vec<Values> {
    let n = a.len();
    for i in 0..n {
        let whole = a[i][i];
        for j in 0..=i {
            let left: f64 = a[i][j] - (0..j).map(|k| a[i][k] * a[j][k]).sum::<f64>();
            a[i][j] = match (i == j, a[j][j]) {
                (true, _) => {
                    if left > 1e-9 * whole {
                        left.sqrt()
                    } else {
                        0.0
                    }
                }
                (false, pivot) => {
                    if pivot > 0.0 {
                        left / pivot
                    } else {
                        0.0
                    }
                }
            };
        }
    }
    let scaled = |x: f64, pivot: f64| if pivot > 0.0 { x / pivot } else { 0.0 };
    for s in 0..COUNT {
        for i in 0..n {
            let known: f64 = (0..i).map(|k| a[i][k] * b[k][s]).sum();
            b[i][s] = scaled(b[i][s] - known, a[i][i]);
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| a[k][i] * b[k][s]).sum();
            b[i][s] = scaled(b[i][s] - known, a[i][i]);
        }
    }
    b
}
