//! Properties of `stats` that must hold for any input: exact merging, monotone quantiles, intervals that cover. Known answers are next to the code.

#[path = "common/cases.rs"]
mod cases;

use bubblerisk::stats::{
    Bins, CONFIDENCE, Histogram, Moments, PairMoments, Proportion, Quantum, RankInterval, Sample, beta_cdf, beta_quantile, normal,
};
use proptest::prelude::*;

/// A small deterministic generator (SplitMix64 of Steele, Lea and Flood 2014), so that coverage is the same on every run.
struct Draws(u64);

impl Draws {
    /// Uniform on (0, 1).
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53) + 2f64.powi(-54)
    }
}

/// Losses with zeros, gains, ties, huge values and values that are not numbers.
fn loss() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -100.0..1000.0f64,
        2 => Just(0.0),
        1 => Just(-0.0),
        2 => (0..5i32).prop_map(f64::from),
        1 => prop::num::f64::ANY,
    ]
}

fn finite_loss() -> impl Strategy<Value = f64> {
    prop_oneof![4 => -100.0..1000.0f64, 1 => Just(0.0), 1 => (0..5i32).prop_map(f64::from)]
}

fn losses() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(loss(), 0..60)
}

fn layouts() -> impl Strategy<Value = Bins> {
    prop_oneof![
        (0..9u32).prop_map(|bits| Bins::around(100.0, bits)),
        (1..300u32).prop_map(|bins| Bins::Linear { low: -50.0, high: 700.0, bins }),
    ]
}

fn moments(values: &[f64]) -> Moments {
    let mut found = Moments::new(Quantum::for_scale(100.0));
    values.iter().for_each(|&x| found.push(x));
    found
}

fn pairs(values: &[f64]) -> PairMoments {
    let mut found = PairMoments::new(Quantum::for_scale(100.0));
    for pair in values.windows(2) {
        found.push(pair[0], pair[1]);
    }
    found
}

fn histogram(bins: Bins, values: &[f64]) -> Histogram {
    let mut found = Histogram::new(bins).unwrap();
    values.iter().for_each(|&x| found.push(x));
    found
}

/// (a + b) + c, c + (b + a) and a + (b + c) by the given merge.
fn three_ways<T: Clone>(a: &T, b: &T, c: &T, merge: impl Fn(&mut T, &T)) -> [T; 3] {
    let sum = |x: &T, y: &T| {
        let mut x = x.clone();
        merge(&mut x, y);
        x
    };
    [sum(&sum(a, b), c), sum(c, &sum(b, a)), sum(a, &sum(b, c))]
}

fn same_bits(a: &impl std::fmt::Debug, b: &impl std::fmt::Debug) -> bool {
    // Debug output tells -0 from 0 and shows every digit.
    format!("{a:?}") == format!("{b:?}")
}

proptest! {
    #![proptest_config(cases::usual())]

    #[test]
    fn merging_is_the_same_in_any_order(
        a in losses(), b in losses(), c in losses(), bins in layouts()
    ) {
        let all = [a.clone(), b.clone(), c.clone()].concat();
        for way in three_ways(&moments(&a), &moments(&b), &moments(&c), |x, y| x.merge(y).unwrap()) {
            prop_assert!(same_bits(&way, &moments(&all)));
        }
        let [p, q, r] = three_ways(&pairs(&a), &pairs(&b), &pairs(&c), |x, y| x.merge(y).unwrap());
        prop_assert!(p == q && q == r);
        prop_assert!(same_bits(&(p.ratio(), p.difference()), &(r.ratio(), r.difference())));
        let whole = histogram(bins, &all);
        let parts = [&a, &b, &c].map(|part| histogram(bins, part));
        for way in three_ways(&parts[0], &parts[1], &parts[2], |x, y| x.merge(y).unwrap()) {
            prop_assert!(same_bits(&way, &whole));
        }
    }

    #[test]
    fn moments_agree_with_plain_sums(values in prop::collection::vec(finite_loss(), 2..200)) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let found = moments(&values);
        let estimate = found.mean().unwrap();
        prop_assert!((estimate.value - mean).abs() < 1e-9);
        prop_assert!((found.variance().unwrap() - variance).abs() <= 1e-9 * variance + 1e-18);
        prop_assert!(estimate.contains(estimate.value));
        let gap = pairs(&values).difference().unwrap_or(estimate);
        prop_assert!(gap.low <= gap.value && gap.value <= gap.high);
    }

    #[test]
    fn quantiles_rise_and_tail_means_lie_beyond(
        values in losses(), p in 0.001..0.999f64, q in 0.001..0.999f64, bins in layouts()
    ) {
        let (p, q) = (p.min(q), p.max(q));
        let kept: Vec<f64> = values.into_iter().filter(|x| x.abs() < 1e12 || x.is_nan()).collect();
        let (sample, h) = (Sample::new(kept.clone()), histogram(bins, &kept));
        prop_assert_eq!(sample.count(), h.count());
        prop_assert_eq!(sample.quantile(p).is_some(), sample.count() > 0);
        if let (Some(low), Some(high)) = (sample.quantile(p), sample.quantile(q)) {
            prop_assert!(low.estimate.value <= high.estimate.value);
            prop_assert!(low.estimate.low <= high.estimate.low);
            prop_assert!(low.estimate.contains(low.estimate.value));
            let (es, best) = (sample.tail_mean(q).unwrap(), sample.lower_tail_mean(q).unwrap());
            prop_assert_eq!(es.quantile, high.estimate.value);
            prop_assert!(es.estimate.value >= es.quantile && best.estimate.value <= best.quantile);
            prop_assert!(es.estimate.contains(es.estimate.value));
        }
        if let (Some(low), Some(high)) = (h.quantile(p), h.quantile(q)) {
            prop_assert!(low.value <= high.value && low.contains(low.value));
            let es = h.tail_mean(q).unwrap();
            prop_assert!(es.value >= high.value && es.contains(es.value));
        }
    }

    #[test]
    fn tails_and_their_complements_make_the_mean(
        values in prop::collection::vec(finite_loss(), 1..80), q in 0.01..0.99f64
    ) {
        let sample = Sample::new(values.clone());
        let n = values.len() as f64;
        let (above, below) = (sample.tail_mean(q).unwrap(), sample.lower_tail_mean(q).unwrap());
        let total = above.estimate.value * above.tail_count + below.estimate.value * below.tail_count;
        prop_assert!((above.tail_count + below.tail_count - n).abs() < 1e-9);
        prop_assert!((total - values.iter().sum::<f64>()).abs() < 1e-7);
    }

    #[test]
    fn histograms_know_quantiles_within_one_bin(
        values in prop::collection::vec(finite_loss(), 1..300), q in 0.01..0.99f64, bins in layouts()
    ) {
        let (sample, h) = (Sample::new(values.clone()), histogram(bins, &values));
        let exact = sample.quantile(q).unwrap().estimate;
        let found = h.quantile(q).unwrap();
        let is_with = |x: f64| h.occupied().any(|bin| {
            bin.low <= x && x <= bin.high && bin.low <= exact.value && exact.value <= bin.high
        });
        prop_assert!(is_with(found.value), "{exact:?} {found:?}");
        prop_assert!(found.low <= exact.low && exact.high <= found.high);
        let (es, exact_es) = (h.tail_mean(q).unwrap(), sample.tail_mean(q).unwrap().estimate);
        prop_assert!(es.contains(exact_es.value));
        prop_assert_eq!(h.occupied().map(|bin| u64::from(bin.count)).sum::<u64>(), h.count());
    }

    #[test]
    fn proportions_lie_in_their_intervals(trials in 1..100_000u64, share in 0.0..=1.0f64) {
        let successes = (trials as f64 * share) as u64;
        let counted = Proportion { successes, trials };
        let value = counted.value().unwrap();
        for (low, high) in [counted.clopper_pearson(0.95).unwrap(), counted.wilson(0.95).unwrap()] {
            prop_assert!(0.0 <= low && low <= value && value <= high && high <= 1.0);
            prop_assert!(low < high);
        }
        // Mirrored counts have the mirrored interval.
        let other = Proportion { successes: trials - successes, trials };
        let ((low, _), (_, high)) = (counted.clopper_pearson(0.9).unwrap(), other.clopper_pearson(0.9).unwrap());
        prop_assert!((low + high - 1.0).abs() < 1e-12);
    }

    #[test]
    fn exceedance_falls_inside_its_bands(values in losses(), points in 0..300usize) {
        let sample = Sample::new(values);
        let curve = sample.exceedance_curve(points);
        prop_assert_eq!(curve.is_empty(), sample.count() == 0);
        prop_assert!(curve.is_sorted_by(|a, b| a.threshold < b.threshold && a.probability > b.probability));
        for p in curve {
            prop_assert!(0.0 <= p.low && p.low <= p.probability && p.probability <= p.high && p.high <= 1.0);
            prop_assert!(0.0 <= p.band_low && p.band_low <= p.probability);
            prop_assert!(p.probability <= p.band_high && p.band_high <= 1.0);
        }
    }

    #[test]
    fn rank_intervals_cover(n in 1..200_000u64, q in 0.0005..0.9995f64) {
        let r = RankInterval::new(n, q, CONFIDENCE).unwrap();
        prop_assert!(1 <= r.low && r.low <= r.rank && r.rank <= r.high && r.high <= n);
        prop_assert!(r.coverage >= CONFIDENCE - 1e-12 || r.low == 1 || r.high == n);
    }

    #[test]
    fn beta_quantile_undoes_the_cdf(a in 0.1..1e5f64, b in 0.1..1e5f64, p in 1e-6..0.999_999f64) {
        let x = beta_quantile(a, b, p).unwrap();
        let (lower, upper) = beta_cdf(a, b, x).unwrap();
        // One rounding of x moves the probability by the density times ε.
        let slack = 1e-9;
        prop_assert!((lower - p).abs() < slack && (upper - (1.0 - p)).abs() < slack);
    }

    #[test]
    fn normal_is_symmetric_and_monotone(x in -37.0..37.0f64, step in 1e-9..1.0f64) {
        let (left, right) = (normal::cdf(x).unwrap(), normal::cdf(-x).unwrap());
        prop_assert!((left + right - 1.0).abs() < 2e-16);
        prop_assert!(normal::cdf(x + step).unwrap() >= left);
        prop_assert!(normal::pdf(x) >= 0.0);
    }

    #[test]
    fn saved_accumulators_read_back(values in losses(), bins in layouts()) {
        let (m, h) = (moments(&values), histogram(bins, &values));
        let read: Moments = serde_json::from_str(&serde_json::to_string(&m).unwrap()).unwrap();
        prop_assert_eq!(read, m);
        let read: Histogram = serde_json::from_str(&serde_json::to_string(&h).unwrap()).unwrap();
        prop_assert!(read.count() == h.count() && read.quantile(0.7).is_some() == h.quantile(0.7).is_some());
    }
}

/// Least number of hits out of `n` at probability `p` that a fair coin of that kind falls below once in 10,000 times.
fn least_hits(n: u32, p: f64) -> u32 {
    let n = f64::from(n);
    (n * p - 3.72 * (n * p * (1.0 - p)).sqrt()) as u32
}

#[test]
fn var_intervals_cover_as_promised() {
    let (replications, n, q) = (400, 1000, 0.95_f64);
    let truth = -(-q).ln_1p();
    let mut draws = Draws(1);
    let mut hits = 0;
    let mut coverage = 1.0;
    for _ in 0..replications {
        let sample = Sample::new((0..n).map(|_| -draws.uniform().ln()).collect());
        let found = sample.quantile(q).unwrap();
        hits += u32::from(found.estimate.contains(truth));
        coverage = found.ranks.coverage;
    }
    assert!(hits >= least_hits(replications, coverage), "{hits}");
    assert!(hits <= replications - 4, "{hits}");
}

#[test]
fn tail_mean_errors_are_the_scatter() {
    // Normal losses, q = 0.95: the mean of the claimed errors against the standard deviation of 400 tail means.
    let mut draws = Draws(2);
    let (mut means, mut claimed) = (Vec::new(), 0.0);
    for _ in 0..400 {
        let values = (0..2000).map(|_| normal::quantile(draws.uniform()).unwrap());
        let es = Sample::new(values.collect()).tail_mean(0.95).unwrap().estimate;
        means.push(es.value);
        claimed += es.std_error / 400.0;
    }
    let truth = normal::pdf(normal::quantile(0.95).unwrap()) / 0.05;
    let mean = means.iter().sum::<f64>() / 400.0;
    let scatter = (means.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 399.0).sqrt();
    assert!((mean - truth).abs() < 4.0 * scatter / 20.0 + 0.002);
    // A standard deviation of 400 values is known to 3.5 %.
    assert!((claimed / scatter - 1.0).abs() < 0.12, "{claimed} {scatter}");
}

#[test]
fn clopper_pearson_covers_as_promised() {
    let mut draws = Draws(3);
    for p in [0.003, 0.1, 0.5] {
        let mut hits = 0;
        for _ in 0..400 {
            let mut counted = Proportion::default();
            (0..1000).for_each(|_| counted.push(draws.uniform() < p));
            let (low, high) = counted.clopper_pearson(CONFIDENCE).unwrap();
            hits += u32::from(low <= p && p <= high);
        }
        assert!(hits >= least_hits(400, CONFIDENCE), "{p} {hits}");
    }
}
