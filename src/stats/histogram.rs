//! Histograms of whole counts that merge exactly, with quantiles and tail means. Not how the line is cut (`bins.rs`), not samples kept whole.
//!
//! A histogram forgets where in a bin a value lay, so its quantiles and tail means have intervals widened by the bins' width.

use super::bins::Bins;
use super::estimate::{CONFIDENCE, Estimate, Z_95};
use super::quantiles::{RankInterval, mass, tail_error};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// One bin: its ends, in the unit of the values, and how many values it holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Number of values.
    pub count: u32,
}

/// Counts per bin, with the smallest and the largest value exactly.
///
/// Four bytes for each bin between the lowest and the highest that hold values; a count stops at 4,294,967,295, and
/// [`Histogram::is_saturated`] tells. Merging is associative and commutative bit for bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Histogram {
    bins: Bins,
    /// Slot of the first count.
    start: usize,
    counts: Vec<u32>,
    n: u64,
    extremes: Option<(f64, f64)>,
    non_finite: u64,
}

impl Histogram {
    /// An empty histogram.
    ///
    /// [`Error::Usage`] if the ends of the bins are out of order or not finite, or if there are no bins or over [`Bins::MOST`].
    pub fn new(bins: Bins) -> Result<Self> {
        if bins.len().is_none() {
            return Err(Error::Usage(format!("no histogram has such bins: {bins:?}")));
        }
        Ok(Self { bins, start: 0, counts: Vec::new(), n: 0, extremes: None, non_finite: 0 })
    }

    /// Counts one value; one that is not finite is only counted, in [`Histogram::non_finite`].
    pub fn push(&mut self, x: f64) {
        if !x.is_finite() {
            self.non_finite += 1;
            return;
        }
        let x = x + 0.0; // -0 becomes 0, so that extremes do not depend on the order.
        let slot = self.bins.slot(x);
        self.reach(slot, slot);
        let count = &mut self.counts[slot - self.start];
        *count = count.saturating_add(1);
        self.n += 1;
        self.widen(x, x);
    }

    /// Makes room for counts from slot `from` to slot `to`.
    #[inline]
    fn reach(&mut self, from: usize, to: usize) {
        if self.counts.is_empty() {
            self.start = from;
        }
        if from < self.start {
            self.counts.splice(0..0, std::iter::repeat_n(0, self.start - from));
            self.start = from;
        }
        if to >= self.start + self.counts.len() {
            self.counts.resize(to + 1 - self.start, 0);
        }
    }

    /// The count of a slot.
    fn count_of(&self, slot: usize) -> u32 {
        slot.checked_sub(self.start).and_then(|at| self.counts.get(at)).copied().unwrap_or(0)
    }

    /// The slot above the last bin.
    fn last_slot(&self) -> usize {
        self.bins.len().unwrap_or(0) + 1
    }

    /// Adds the counts of another histogram.
    ///
    /// [`Error::Usage`] if its bins differ; nothing is then added.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.bins != other.bins {
            return Err(Error::Usage(format!("histograms with bins {:?} and {:?} cannot be merged", self.bins, other.bins)));
        }
        if !other.counts.is_empty() {
            self.reach(other.start, other.start + other.counts.len() - 1);
            for (mine, theirs) in self.counts[other.start - self.start..].iter_mut().zip(&other.counts) {
                *mine = mine.saturating_add(*theirs);
            }
        }
        self.n = self.n.saturating_add(other.n);
        self.non_finite = self.non_finite.saturating_add(other.non_finite);
        if let Some((least, most)) = other.extremes {
            self.widen(least, most);
        }
        Ok(())
    }

    /// How the line is cut.
    pub fn layout(&self) -> Bins {
        self.bins
    }

    /// Number of finite values.
    pub fn count(&self) -> u64 {
        self.n
    }

    /// Number of values that were NaN or infinite; they are in no bin.
    pub fn non_finite(&self) -> u64 {
        self.non_finite
    }

    /// Number of values below the first bin.
    pub fn underflow(&self) -> u32 {
        self.count_of(0)
    }

    /// Number of values at or above the end of the last bin.
    pub fn overflow(&self) -> u32 {
        self.count_of(self.last_slot())
    }

    /// Whether a count has reached its greatest value, so that quantiles are no longer right.
    pub fn is_saturated(&self) -> bool {
        self.counts.contains(&u32::MAX)
    }

    /// The smallest and the largest value; `None` without values.
    pub fn extremes(&self) -> Option<(f64, f64)> {
        self.extremes
    }

    /// All bins in ascending order, empty ones too, without the two outer ones.
    pub fn bins(&self) -> impl Iterator<Item = Bin> + '_ {
        (1..self.last_slot()).map(|slot| Bin { low: self.bins.edge(slot), high: self.bins.edge(slot + 1), count: self.count_of(slot) })
    }

    /// The bins that hold values, in ascending order, the two outer ones included, with ends drawn in to the smallest and
    /// the largest value.
    pub fn occupied(&self) -> impl DoubleEndedIterator<Item = Bin> + '_ {
        self.slots().map(|(_, bin)| bin)
    }

    /// The point that stands for the values of each occupied bin, and their number, in ascending order.
    pub(super) fn centres(&self) -> impl Iterator<Item = (f64, u32)> + '_ {
        self.slots().map(|(slot, bin)| (self.within(slot, bin, 0.5), bin.count))
    }

    /// The q-quantile: where the order statistic ⌈nq⌉ would lie if values were evenly spread in their bin (in the bin around
    /// 0 of [`Bins::Bits`]: 0). The 95 % interval is that of [`RankInterval`], widened to the ends of the bins it falls in.
    ///
    /// `None` without values, unless `0 < q < 1`, or if counts are saturated.
    pub fn quantile(&self, q: f64) -> Option<Estimate> {
        let ranks = RankInterval::new(self.n, q, CONFIDENCE)?;
        let (slot, bin, before) = self.holding(ranks.rank)?;
        let low = self.holding(ranks.low)?.1.low;
        let high = self.holding(ranks.high)?.1.high;
        let share = ((ranks.rank - before) as f64 - 0.5) / f64::from(bin.count);
        Estimate::from_interval(self.within(slot, bin, share), low, high)
    }

    /// Mean of the largest `n (1 - q)` values (for losses, the expected shortfall), each at the middle of its bin, the lowest
    /// bin of the tail counting in part. The interval is that of [`super::Sample::tail_mean`], widened by taking each value
    /// at the lower or the upper end of its bin.
    ///
    /// `None` without values, unless `0 < q < 1`, or if counts are saturated.
    pub fn tail_mean(&self, q: f64) -> Option<Estimate> {
        let quantile = self.quantile(q)?.value;
        let weight = self.n as f64 - mass(self.n, q)?;
        let tail = self.tail(weight);
        let mean = |of: &dyn Fn(&Share) -> f64| tail.iter().map(|part| part.weight / weight * of(part)).sum::<f64>();
        let middle = mean(&|part| part.middle - quantile);
        let variance = mean(&|part| (part.middle - quantile - middle).powi(2));
        // In its own bin the quantile may lie above the middle; a tail mean is never below its quantile.
        let distance = middle.max(0.0);
        let error = tail_error(variance, distance, q, weight)?;
        let low = mean(&|part| part.bin.low - quantile).min(distance);
        let high = mean(&|part| part.bin.high - quantile).max(distance);
        let found = Estimate {
            value: quantile + distance,
            std_error: error,
            low: quantile + low - Z_95 * error,
            high: quantile + high + Z_95 * error,
        };
        found.scaled(1.0)
    }

    /// The bins of the largest `weight` values, each with the weight of its values there.
    fn tail(&self, weight: f64) -> Vec<Share> {
        let mut left = weight;
        let mut found = Vec::new();
        for (slot, bin) in self.slots().rev() {
            if left <= 0.0 {
                break;
            }
            let count = f64::from(bin.count);
            found.push(Share { weight: left.min(count), middle: self.within(slot, bin, 0.5), bin });
            left -= count;
        }
        found
    }

    /// The slot and the bin that hold the value of a rank (from 1), and how many values lie in bins before it.
    fn holding(&self, rank: u64) -> Option<(usize, Bin, u64)> {
        let mut before = 0;
        for (slot, bin) in self.slots() {
            if before + u64::from(bin.count) >= rank {
                return Some((slot, bin, before));
            }
            before += u64::from(bin.count);
        }
        None
    }

    /// Occupied slots with their bins, drawn in to the extremes.
    fn slots(&self) -> impl DoubleEndedIterator<Item = (usize, Bin)> + '_ {
        let last = self.last_slot();
        let (least, most) = self.extremes.unwrap_or((0.0, 0.0));
        let occupied = self.counts.iter().enumerate().filter(|(_, c)| **c > 0);
        occupied.map(move |(at, &count)| {
            let slot = self.start + at;
            let low = if slot == 0 { least } else { self.bins.edge(slot).max(least) };
            let high = if slot == last { most } else { self.bins.edge(slot + 1).min(most) };
            (slot, Bin { low, high, count })
        })
    }

    /// The point at a share of the way through a bin; in the bin around 0, the point nearest to 0.
    fn within(&self, slot: usize, bin: Bin, share: f64) -> f64 {
        if self.bins.zero_slot() == Some(slot) {
            return 0.0_f64.max(bin.low).min(bin.high);
        }
        bin.low * (1.0 - share) + bin.high * share
    }

    fn widen(&mut self, least: f64, most: f64) {
        let (a, b) = self.extremes.unwrap_or((least, most));
        self.extremes = Some((a.min(least), b.max(most)));
    }
}

/// Part of a tail: a bin, the point that stands for its values, and how many of them are in the tail.
struct Share {
    weight: f64,
    middle: f64,
    bin: Bin,
}

/// A histogram as read, before it is known to be one.
#[derive(Deserialize)]
struct Stored {
    bins: Bins,
    start: usize,
    counts: Vec<u32>,
    n: u64,
    extremes: Option<(f64, f64)>,
    non_finite: u64,
}

impl TryFrom<Stored> for Histogram {
    type Error = String;

    fn try_from(read: Stored) -> std::result::Result<Self, String> {
        let end = read.start.saturating_add(read.counts.len());
        let fits = read.bins.len().is_some_and(|len| end <= len + 2) && read.counts.first() != Some(&0) && read.counts.last() != Some(&0);
        let total = read.counts.iter().map(|&c| u64::from(c)).sum::<u64>();
        let is_ordered = read.extremes.is_none_or(|(a, b)| a <= b && a.is_finite() && b.is_finite());
        if !fits || total > read.n || !is_ordered || read.extremes.is_some() != (read.n > 0) {
            return Err("the counts of a histogram do not fit its bins".to_owned());
        }
        Ok(Self {
            bins: read.bins,
            start: read.start,
            counts: read.counts,
            n: read.n,
            extremes: read.extremes,
            non_finite: read.non_finite,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::normal;
    use super::*;

    fn of(bins: Bins, values: impl IntoIterator<Item = f64>) -> Histogram {
        let mut h = Histogram::new(bins).unwrap();
        values.into_iter().for_each(|x| h.push(x));
        h
    }

    fn ten() -> Bins {
        Bins::Linear { low: 0.0, high: 10.0, bins: 10 }
    }

    #[test]
    fn counts_are_where_they_belong() {
        let h = of(ten(), [-1.0, 0.0, 0.5, 9.99, 10.0, 12.0, f64::NAN]);
        assert_eq!((h.count(), h.non_finite()), (6, 1));
        assert_eq!((h.underflow(), h.overflow()), (1, 2));
        assert_eq!(h.extremes(), Some((-1.0, 12.0)));
        let counts: Vec<u32> = h.bins().map(|b| b.count).collect();
        assert_eq!(counts, [2, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        let ends: Vec<(f64, f64)> = h.occupied().map(|b| (b.low, b.high)).collect();
        assert_eq!(ends, [(-1.0, 0.0), (0.0, 1.0), (9.0, 10.0), (10.0, 12.0)]);
    }

    #[test]
    fn losses_that_are_mostly_zero() {
        let values = (0..1000).map(|i| if i < 900 { 0.0 } else { 50.0 });
        let h = of(Bins::around(100.0, 6), values);
        let half = h.quantile(0.5).unwrap();
        assert_eq!((half.low, half.value), (0.0, 0.0));
        let high = h.quantile(0.95).unwrap();
        assert!(high.contains(50.0) && (high.value / 50.0 - 1.0).abs() < 1.0 / 64.0);
        assert!((h.tail_mean(0.8).unwrap().value / 25.0 - 1.0).abs() < 1.0 / 64.0);
        let zeros = of(Bins::around(1.0, 4), [0.0, -0.0, 0.0]);
        assert_eq!(zeros.quantile(0.5), Estimate::exact(0.0));
        assert_eq!(zeros.tail_mean(0.5), Estimate::exact(0.0));
    }

    #[test]
    fn normal_tail_within_a_bin() {
        let grid = (0..200_000).map(|i| normal::quantile((f64::from(i) + 0.5) / 2e5).unwrap());
        let h = of(Bins::around(1.0, 7), grid);
        assert!((h.quantile(0.99).unwrap().value / 2.326_347_874 - 1.0).abs() < 1e-3);
        assert!((h.quantile(0.01).unwrap().value / -2.326_347_874 - 1.0).abs() < 1e-3);
        let es = h.tail_mean(0.99).unwrap();
        assert!((es.value / 2.665_214_220 - 1.0).abs() < 1.0 / 128.0);
        assert!(es.contains(2.665_214_220));
        assert!((es.std_error * 2e5f64.sqrt() / 4.588_362_362 - 1.0).abs() < 0.01);
    }

    #[test]
    fn full_counts_stop_and_say_so() {
        let mut h = of(ten(), [3.0]);
        for _ in 0..33 {
            let twin = h.clone();
            h.merge(&twin).unwrap();
        }
        assert!(h.is_saturated());
        assert_eq!(h.count(), 1 << 33);
        assert!(h.quantile(0.9).is_none());
    }

    #[test]
    fn bad_input() {
        let wrong = Bins::Linear { low: 1.0, high: 0.0, bins: 3 };
        assert!(Histogram::new(wrong).is_err());
        let mut h = of(ten(), [1.0]);
        let before = h.clone();
        assert!(h.merge(&of(Bins::around(1.0, 3), [1.0])).is_err());
        assert_eq!(h, before);
        assert!(of(ten(), []).quantile(0.5).is_none());
        assert!(h.quantile(0.0).is_none() && h.tail_mean(f64::NAN).is_none());
        let wide = of(ten(), [f64::MAX, -f64::MAX]);
        assert!(wide.tail_mean(0.5).is_none_or(|e| e.value.is_finite()));
    }
}
