//! Quantiles, tail means and exceedance of samples whose values have the weights of their strata, kept whole or read off bins. Not means: `strata.rs`.

use super::beta::student_t_quantile;
use super::bins::Bins;
use super::estimate::{CONFIDENCE, Estimate};
use super::histogram::Histogram;
use super::quantiles::{Sample, TOO_FEW};
use super::strata::Strata;

/// Some equal values of one stratum.
#[derive(Debug, Clone, Copy)]
struct Entry {
    value: f64,
    stratum: u16,
    count: u32,
}

/// A weighted sample in ascending order.
#[derive(Debug, Clone)]
pub struct WeightedSample<'a> {
    strata: &'a Strata,
    entries: Vec<Entry>,
    /// Number of values of each stratum: the condition that they were taken under.
    condition: Vec<u64>,
    probability: f64,
    bins: Option<Bins>,
}

/// A tail: where it begins, its mean, and the number of equally weighted values that it would rest on as well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedTail {
    /// The quantile, with an interval by inverting that of the probability of exceeding it (Woodruff, J. Am. Stat. Assoc. 47 (1952) 635).
    pub quantile: Estimate,
    /// Mean beyond it: VaR + E(L − VaR)⁺ / (1 − q) (Hong, Hu & Liu 2014, by strata). Its interval is Student's, with as many degrees of freedom as the spread of
    /// the contributions to the variance leaves, and as if one more path of the greatest weight lay in the tail: where few heavy paths do, none might have been
    /// seen.
    pub mean: Estimate,
    /// Effective number of values in the tail.
    pub effective: f64,
}

/// One point of a weighted exceedance curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedPoint {
    /// The threshold.
    pub threshold: f64,
    /// Number of values above it, whatever their weight.
    pub count: u64,
    /// Probability of exceeding it, with the 95 % interval of this point alone.
    pub probability: Estimate,
    /// Ends of the 95 % band that holds every point of the curve (Bonferroni).
    pub band: (f64, f64),
}

impl<'a> WeightedSample<'a> {
    /// From the values of each stratum that a condition holds for; those that are not finite are left out.
    ///
    /// `None` if there is no value, or more than 65,535 strata.
    pub fn new(strata: &'a Strata, values: impl Iterator<Item = (usize, f64)>) -> Option<Self> {
        let entry = |(stratum, value): (usize, f64)| Some(Entry { value, stratum: u16::try_from(stratum).ok()?, count: 1 });
        Self::sorted(strata, values.filter(|(_, x)| x.is_finite()).map(entry).collect::<Option<_>>()?, None)
    }

    /// From one histogram for each stratum, each value at the middle of its bin.
    ///
    /// `None` as for [`WeightedSample::new`], or if the histograms differ in their bins.
    pub fn of_bins(strata: &'a Strata, histograms: &[&Histogram]) -> Option<Self> {
        let bins = histograms.first()?.layout();
        let of = |(k, h): (usize, &&Histogram)| -> Option<Vec<Entry>> {
            let stratum = u16::try_from(k).ok()?;
            let entry = |(value, count)| Entry { value, stratum, count };
            (h.layout() == bins && !h.is_saturated()).then(|| h.centres().map(entry).collect())
        };
        let entries = histograms.iter().enumerate().map(of).collect::<Option<Vec<_>>>()?.concat();
        Self::sorted(strata, entries, Some(bins))
    }

    fn sorted(strata: &'a Strata, mut entries: Vec<Entry>, bins: Option<Bins>) -> Option<Self> {
        entries.sort_unstable_by(|a, b| a.value.total_cmp(&b.value).then(a.stratum.cmp(&b.stratum)));
        let mut condition = vec![0; strata.len()];
        for e in &entries {
            *condition.get_mut(usize::from(e.stratum))? += u64::from(e.count);
        }
        let probability = condition.iter().enumerate().map(|(k, &n)| strata.weight(k) * n as f64).sum();
        (probability > 0.0).then_some(Self { strata, entries, condition, probability, bins })
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.condition.iter().sum()
    }

    /// Probability of each value, given the condition, in ascending order of the values.
    pub fn weighted(&self) -> impl DoubleEndedIterator<Item = (f64, f64)> + '_ {
        self.entries.iter().map(|e| (e.value, f64::from(e.count) * self.strata.weight(usize::from(e.stratum)) / self.probability))
    }

    /// The least value at which the probability of being at or below it reaches q: the quantile without its interval.
    pub fn value_at(&self, q: f64) -> f64 {
        let (mut sum, mut last) = (0.0, 0.0);
        for (value, weight) in self.weighted() {
            sum += weight;
            last = value;
            // Sums of weights carry rounding errors.
            if sum >= q * (1.0 - 1e-12) {
                break;
            }
        }
        last
    }

    /// Numbers of values above a threshold by stratum.
    fn above(&self, threshold: f64) -> Vec<u64> {
        let mut counts = vec![0; self.strata.len()];
        let from = self.entries.partition_point(|e| e.value <= threshold);
        self.entries[from..].iter().for_each(|e| counts[usize::from(e.stratum)] += u64::from(e.count));
        counts
    }

    /// The q-quantile with its 95 % interval.
    ///
    /// `None` unless `0 < q < 1`.
    pub fn quantile(&self, q: f64) -> Option<Estimate> {
        if !(q > 0.0 && q < 1.0) {
            return None;
        }
        let value = self.value_at(q);
        let beyond = self.strata.proportion(&self.above(value), &self.condition)?;
        // Moved from the probability of the sample, a step at the value, to the level.
        let shift = (1.0 - q) - beyond.value;
        let level = |p: f64| (1.0 - (p + shift)).clamp(0.0, 1.0);
        let [low, high] = [self.value_at(level(beyond.high)), self.value_at(level(beyond.low))];
        let edges = |x: f64| self.bins.map_or((x, x), |b| b.ends(x));
        Estimate::from_interval(value, edges(low).0, edges(high).1)
    }

    /// Quantile and mean of the tail above level q.
    ///
    /// `None` unless `0 < q < 1`.
    pub fn tail(&self, q: f64) -> Option<WeightedTail> {
        let quantile = self.quantile(q)?;
        let (rest, from) = (1.0 - q, quantile.value);
        let (mut excess, mut weights, mut squares) = (0.0, 0.0, 0.0);
        let mut sums = vec![(0.0, 0.0); self.strata.len()];
        for e in self.entries.iter().rev().take_while(|e| e.value >= from) {
            let (k, count) = (usize::from(e.stratum), f64::from(e.count));
            let (w, x) = (self.strata.weight(k) / self.probability, (e.value - from) / rest);
            excess += w * count * x;
            (weights, squares) = (weights + w * count, squares + w * w * count);
            sums[k] = (sums[k].0 + count * x, sums[k].1 + count * x * x);
        }
        // z = (x⁺ − its mean) over the condition, divided by the condition's probability.
        let p = self.probability;
        let z = |k: usize| {
            let (n, (s, s2)) = (self.condition[k] as f64, sums[k]);
            ((s - n * excess) / p, (s2 - 2.0 * excess * s + n * excess * excess) / (p * p))
        };
        let unseen = excess * self.heaviest() / weights;
        let error = self.strata.variance(z).sqrt();
        let student = student_t_quantile(self.freedom(from, rest, unseen).max(1.0), 0.5 + CONFIDENCE / 2.0)?;
        let half = self.bins.map_or(0.0, |b| {
            let (low, high) = b.ends(from + excess);
            0.5 * (high - low)
        });
        let mean = Estimate::with_half_width(from + excess, error, student * error.hypot(unseen) + half)?;
        Some(WeightedTail { quantile, mean, effective: if squares > 0.0 { weights * weights / squares } else { 0.0 } })
    }

    /// The greatest weight of a value, given the condition.
    fn heaviest(&self) -> f64 {
        let present = (0..self.strata.len()).filter(|&k| self.condition[k] > 0);
        present.map(|k| self.strata.weight(k)).fold(0.0, f64::max) / self.probability
    }

    /// Degrees of freedom of the variance of a tail mean, from the contributions z to it: 2 (Σ z²)² / (Σ z⁴ − (Σ z²)² / m), which is m for m normal ones.
    fn freedom(&self, from: f64, rest: f64, unseen: f64) -> f64 {
        let (mut squares, mut fourths, mut count) = (unseen * unseen, unseen.powi(4), 1.0);
        for e in self.entries.iter().rev().take_while(|e| e.value > from) {
            let n = f64::from(e.count);
            let z = self.strata.weight(usize::from(e.stratum)) / self.probability * (e.value - from) / rest;
            (squares, fourths, count) = (squares + n * z * z, fourths + n * z.powi(4), count + n);
        }
        let spread = fourths - squares * squares / count;
        if spread > 0.0 { 2.0 * squares * squares / spread } else { count }
    }

    /// Probabilities of exceeding `points` values of the sample, half of them evenly spaced in probability, half in its logarithm, in ascending order.
    pub fn exceedance_curve(&self, points: usize) -> Vec<WeightedPoint> {
        let thresholds = self.thresholds(points);
        let confidence = 1.0 - (1.0 - CONFIDENCE) / thresholds.len().max(1) as f64;
        let mut counts = self.condition.clone();
        let mut at = 0;
        let mut found = Vec::with_capacity(thresholds.len());
        for threshold in thresholds {
            while at < self.entries.len() && self.entries[at].value <= threshold {
                counts[usize::from(self.entries[at].stratum)] -= u64::from(self.entries[at].count);
                at += 1;
            }
            let wide = self.strata.proportion_at(&counts, &self.condition, confidence);
            if let (Some(probability), Some(wide)) = (self.strata.proportion(&counts, &self.condition), wide) {
                found.push(WeightedPoint { threshold, count: counts.iter().sum(), probability, band: (wide.low, wide.high) });
            }
        }
        found
    }

    fn thresholds(&self, points: usize) -> Vec<f64> {
        let half = (points / 2).max(1) as f64;
        let least = self.weighted().next_back().map_or(1.0, |(_, w)| w);
        // Probabilities of exceeding, from 1 down to that of the largest value.
        let even = (0..points / 2).map(|i| 1.0 - i as f64 / half);
        let logarithmic = (0..=points / 2).map(|i| least.powf(i as f64 / half));
        let mut wanted: Vec<f64> = even.chain(logarithmic).chain([0.0]).collect();
        wanted.sort_unstable_by(|a, b| b.total_cmp(a));
        let mut thresholds = Vec::new();
        let (mut left, mut next) = (1.0, wanted.into_iter().peekable());
        for (value, weight) in self.weighted() {
            left -= weight;
            if next.peek().is_some_and(|&p| left <= p + 1e-12) {
                while next.next_if(|&p| left <= p + 1e-12).is_some() {}
                thresholds.push(value);
            }
        }
        thresholds.dedup();
        thresholds
    }
}

/// Expected shortfall of the values of each stratum, without its interval.
///
/// `None` with fewer than [`TOO_FEW`] values in the tail, effectively.
pub fn expected_shortfall(strata: &Strata, mut values: Vec<Vec<f64>>, level: f64) -> Option<f64> {
    if let (true, [only]) = (strata.is_plain(), &mut values[..]) {
        return Sample::new(std::mem::take(only)).tail_mean(level).filter(|t| t.tail_count >= TOO_FEW).map(|t| t.estimate.value);
    }
    let pairs = values.iter().enumerate().flat_map(|(k, part)| part.iter().map(move |&x| (k, x)));
    WeightedSample::new(strata, pairs)?.tail(level).filter(|t| t.effective >= TOO_FEW).map(|t| t.mean.value)
}

#[cfg(test)]
mod tests {
    use super::super::normal;
    use super::*;

    /// Normal values by stratified inversion: below the median one value in ten, above it all.
    fn sample(n: u32) -> (Strata, Vec<(usize, f64)>) {
        let value = |i: u32| normal::quantile((f64::from(i) + 0.5) / f64::from(2 * n)).unwrap();
        let low = (0..n / 10).map(|i| (0, value(10 * i + 5)));
        let high = (n..2 * n).map(|i| (1, value(i)));
        let values: Vec<(usize, f64)> = low.chain(high).collect();
        (Strata::new(vec![0.5, 0.5], vec![u64::from(n / 10), u64::from(n)], None), values)
    }

    #[test]
    fn normal_tail_from_two_strata() {
        let (strata, values) = sample(50_000);
        let s = WeightedSample::new(&strata, values.into_iter()).unwrap();
        let tail = s.tail(0.99).unwrap();
        assert!((tail.quantile.value - 2.326_347_874).abs() < 1e-3 && tail.quantile.contains(2.326_347_874));
        assert!((tail.mean.value - 2.665_214_220).abs() < 1e-3);
        // Twice as many values above the median as a plain sample of 50,000 has: error of E(x − VaR)⁺ / 0.01.
        let plain = 4.588_362_362 / f64::sqrt(1e5);
        assert!((tail.mean.std_error / plain - 1.0).abs() < 0.02, "{} {plain}", tail.mean.std_error);
        assert!((tail.effective - 1_000.0).abs() < 2.0);
        let median = s.quantile(0.5).unwrap();
        assert!(median.value.abs() < 1e-3 && median.low < 0.0 && median.high > 0.0);
    }

    #[test]
    fn one_stratum_is_a_plain_sample() {
        let values: Vec<f64> = (0..4_000).map(|i| normal::quantile((f64::from(i) + 0.5) / 4e3).unwrap()).collect();
        let strata = Strata::new(vec![1.0], vec![4_000], None);
        let weighted = WeightedSample::new(&strata, values.iter().map(|&x| (0, x))).unwrap();
        let plain = Sample::new(values);
        for q in [0.05, 0.5, 0.95, 0.99] {
            let (a, b) = (weighted.quantile(q).unwrap(), plain.quantile(q).unwrap().estimate);
            assert_eq!(a.value, b.value);
            assert!((a.low - b.low).abs() < 0.03 && (a.high - b.high).abs() < 0.03, "{q} {a:?} {b:?}");
        }
        let (a, b) = (weighted.tail(0.95).unwrap().mean, plain.tail_mean(0.95).unwrap().estimate);
        assert!((a.value - b.value).abs() < 1e-9 && (a.std_error / b.std_error - 1.0).abs() < 1e-3, "{a:?} {b:?}");
        let curve = weighted.exceedance_curve(100);
        assert!(curve.windows(2).all(|w| w[0].threshold < w[1].threshold && w[0].probability.value > w[1].probability.value));
        assert_eq!(curve.last().unwrap().count, 0);
        assert!(curve.iter().all(|p| p.band.0 <= p.probability.low && p.band.1 >= p.probability.high));
    }

    #[test]
    fn bins_widen_the_interval() {
        let (strata, values) = sample(50_000);
        let bins = Bins::around(1.0, 6);
        let mut histograms = [Histogram::new(bins).unwrap(), Histogram::new(bins).unwrap()];
        values.iter().for_each(|&(k, x)| histograms[k].push(x));
        let exact = WeightedSample::new(&strata, values.into_iter()).unwrap().tail(0.99).unwrap();
        let binned = WeightedSample::of_bins(&strata, &[&histograms[0], &histograms[1]]).unwrap().tail(0.99).unwrap();
        assert!((binned.mean.value / exact.mean.value - 1.0).abs() < 1.0 / 64.0);
        assert!(binned.mean.contains(exact.mean.value) && binned.quantile.contains(exact.quantile.value));
    }

    #[test]
    fn bad_input_is_none() {
        let strata = Strata::new(vec![1.0], vec![3], None);
        assert!(WeightedSample::new(&strata, std::iter::empty()).is_none());
        assert!(WeightedSample::new(&strata, [(1, 2.0)].into_iter()).is_none());
        let s = WeightedSample::new(&strata, [(0, 2.0), (0, f64::NAN), (0, 5.0)].into_iter()).unwrap();
        assert!(s.quantile(1.0).is_none() && s.tail(f64::NAN).is_none());
    }
}
