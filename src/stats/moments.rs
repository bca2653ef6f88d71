//! Exact, mergeable sums in fixed point: mean and variance with the same bits whatever the order of merging. Not pairs: see `pairs.rs`.
//!
//! A value is rounded to a whole number of quanta, at most [`Quantum::LIMIT`] = 2⁴⁷ of them. Squares are then at most 2⁹⁴, and
//! the sum of 2³⁰ (over 10⁹) squares at most 2¹²⁴, so an `i128` cannot overflow; for pairs, squared differences stay under 2¹²⁶.
//! Sums wrap, so that they are exact in any order in any case; errors and variances of more than 2³⁰ values are refused.

use super::estimate::Estimate;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The unit of fixed-point sums: a power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantum {
    exponent: i32,
}

impl Quantum {
    /// Largest number of quanta that a value may have; greater ones are clipped to it and counted.
    pub const LIMIT: i64 = 1 << 47;

    /// Most values that a sum may hold, 2³⁰; of more, variances and errors are `None`.
    pub const MOST_VALUES: u64 = 1 << 30;

    /// Bits of a value of the size of the scale; 2⁶ times the scale is the limit.
    const BITS: i32 = 41;

    /// The quantum for values of about the size of `scale`: the least power of two not below it, divided by 2⁴¹. The scale is
    /// thus resolved to 12 digits, and values are exact up to at least 2⁶ (64) times the scale.
    ///
    /// A scale that is not positive and finite is read as 1.
    pub fn for_scale(scale: f64) -> Self {
        let scale = if scale > 0.0 && scale.is_finite() { scale.clamp(1e-250, 1e250) } else { 1.0 };
        // The clamp has made the number normal: its biased exponent is the floor of its logarithm.
        let bits = scale.to_bits();
        let floor = ((bits >> 52) as i32) - 1023;
        let is_power = bits & ((1 << 52) - 1) == 0;
        Self { exponent: floor + i32::from(!is_power) - Self::BITS }
    }

    /// The quantum in the unit of the values.
    pub fn size(self) -> f64 {
        power_of_two(self.exponent)
    }

    /// `x` in quanta, rounded half to even and clipped to [`Quantum::LIMIT`], with a tally of what was clipped.
    ///
    /// `None`, and tallied, if `x` is not finite.
    #[inline]
    pub(super) fn round(self, x: f64, faults: &mut Faults) -> Option<i64> {
        const MOST: f64 = Quantum::LIMIT as f64;
        // Added to a number below 2⁵¹ in size, it leaves no room for a fraction: rounding without a library call.
        const ROUNDER: f64 = 1.5 * (1u64 << 52) as f64;
        if !x.is_finite() {
            faults.non_finite += 1;
            return None;
        }
        // Multiplying by a power of two is exact, or overflows and is clipped.
        let quanta = x * power_of_two(self.exponent.saturating_neg());
        faults.saturated += u64::from(quanta.abs() > MOST);
        Some(((quanta.clamp(-MOST, MOST) + ROUNDER) - ROUNDER) as i64)
    }
}

/// Values that could not be counted at their worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Faults {
    pub(super) saturated: u64,
    pub(super) non_finite: u64,
}

impl Faults {
    pub(super) fn merge(&mut self, other: &Self) {
        self.saturated = self.saturated.saturating_add(other.saturated);
        self.non_finite = self.non_finite.saturating_add(other.non_finite);
    }
}

/// Count, sum and sum of squares of a stream of values.
///
/// Merging is associative and commutative bit for bit. It holds up to [`Quantum::MOST_VALUES`] values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moments {
    quantum: Quantum,
    n: u64,
    #[serde(with = "decimal")]
    sum: i128,
    #[serde(with = "decimal")]
    sum_sq: i128,
    faults: Faults,
}

impl Moments {
    /// An empty accumulator.
    pub fn new(quantum: Quantum) -> Self {
        Self { quantum, n: 0, sum: 0, sum_sq: 0, faults: Faults::default() }
    }

    /// Adds one value; one that is not finite is only counted, in [`Moments::non_finite`].
    pub fn push(&mut self, x: f64) {
        if let Some(k) = self.quantum.round(x, &mut self.faults).map(i128::from) {
            self.n += 1;
            self.sum = self.sum.wrapping_add(k);
            self.sum_sq = self.sum_sq.wrapping_add(k * k);
        }
    }

    /// Adds the values of another accumulator.
    ///
    /// [`Error::Usage`] if the quanta differ; nothing is then added.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        same_quantum(self.quantum, other.quantum)?;
        self.n = self.n.saturating_add(other.n);
        self.sum = self.sum.wrapping_add(other.sum);
        self.sum_sq = self.sum_sq.wrapping_add(other.sum_sq);
        self.faults.merge(&other.faults);
        Ok(())
    }

    /// Number of finite values.
    pub fn count(&self) -> u64 {
        self.n
    }

    /// Number of values that were NaN or infinite; they are in no other number.
    pub fn non_finite(&self) -> u64 {
        self.faults.non_finite
    }

    /// Number of values that were clipped to ±2⁴⁷ quanta; if it is not 0, mean and variance are too small.
    pub fn saturated(&self) -> u64 {
        self.faults.saturated
    }

    /// Sum of the values, in their unit.
    pub fn sum(&self) -> f64 {
        self.sum as f64 * self.quantum.size()
    }

    /// Mean with its standard error and normal 95 % interval.
    ///
    /// `None` as for [`Moments::variance`].
    pub fn mean(&self) -> Option<Estimate> {
        Estimate::of_mean(self.mean_value()?, self.variance()?, self.n)
    }

    /// The mean alone; `None` without values.
    pub fn mean_value(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum() / self.n as f64)
    }

    /// Sample variance (divisor `n - 1`), in the squared unit of the values.
    ///
    /// `None` for fewer than two values, for more than [`Quantum::MOST_VALUES`], or if the square of the quantum leaves the range of a float.
    pub fn variance(&self) -> Option<f64> {
        let squares = Centred::of(self.sum_sq, self.sum, self.sum, self.n)?.value(self.n);
        let size = self.quantum.size();
        finite_or_none(squares.max(0.0) * size / (self.n - 1) as f64 * size)
    }
}

/// `Σ (a - mean a)(c - mean c)` as an integer and a small correction, without cancellation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Centred {
    /// `Σ (a - ā)(c - c̄)` with the means rounded down to integers.
    pub(super) whole: i128,
    /// Remainder of `Σa / n`.
    pub(super) rest_a: i128,
    /// Remainder of `Σc / n`.
    pub(super) rest_c: i128,
}

impl Centred {
    /// From `Σac`, `Σa`, `Σc` in quanta; `None` for fewer than two values or more than [`Quantum::MOST_VALUES`].
    ///
    /// The products wrap, which is harmless: the result fits wherever the sum of squares does.
    pub(super) fn of(sum_ac: i128, sum_a: i128, sum_c: i128, n: u64) -> Option<Self> {
        if !(2..=Quantum::MOST_VALUES).contains(&n) {
            return None;
        }
        let n = i128::from(n);
        let (mean_a, rest_a) = (sum_a.div_euclid(n), sum_a.rem_euclid(n));
        let (mean_c, rest_c) = (sum_c.div_euclid(n), sum_c.rem_euclid(n));
        let whole = sum_ac.wrapping_sub(mean_a.wrapping_mul(sum_c)).wrapping_sub(mean_c.wrapping_mul(rest_a));
        Some(Self { whole, rest_a, rest_c })
    }

    /// The sum in squared quanta.
    pub(super) fn value(&self, n: u64) -> f64 {
        self.whole as f64 - self.rest_a as f64 * (self.rest_c as f64 / n as f64)
    }
}

pub(super) fn same_quantum(a: Quantum, b: Quantum) -> Result<()> {
    if a == b {
        return Ok(());
    }
    Err(Error::Usage(format!("sums with quanta 2^{} and 2^{} cannot be merged", a.exponent, b.exponent)))
}

pub(super) fn finite_or_none(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

/// 2 to a power between -1022 and 1023.
pub(super) fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent.clamp(-1022, 1023) + 1023) as u64) << 52)
}

/// Writes an `i128` as a decimal string, which every format can carry.
pub(super) mod decimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(x: &i128, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(x)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i128, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64], scale: f64) -> Moments {
        let mut m = Moments::new(Quantum::for_scale(scale));
        values.iter().for_each(|&x| m.push(x));
        m
    }

    #[test]
    fn quantum_of_a_scale() {
        assert_eq!(Quantum::for_scale(1.0).size(), 2f64.powi(-41));
        assert_eq!(Quantum::for_scale(1.5).size(), 2f64.powi(-40));
        assert_eq!(Quantum::for_scale(1024.0).size(), 2f64.powi(-31));
        assert_eq!(Quantum::for_scale(f64::NAN), Quantum::for_scale(1.0));
        for scale in [f64::MIN_POSITIVE / 8.0, 1e-300, 1e300, f64::MAX] {
            let m = of(&[scale, 3.0 * scale], scale);
            assert!(m.sum().is_finite());
        }
    }

    #[test]
    fn small_numbers_are_exact() {
        let m = of(&[1.0, 2.0, 3.0, 6.0], 4.0);
        assert_eq!(m.sum(), 12.0);
        assert_eq!(m.variance(), Some(14.0 / 3.0));
        let mean = m.mean().unwrap();
        assert_eq!(mean.value, 3.0);
        assert!((mean.std_error - (14.0f64 / 12.0).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn a_large_mean_does_not_spoil_the_variance() {
        let m = of(&[60.0, 60.0 + 1e-6, 60.0 - 1e-6], 1.0);
        assert!((m.variance().unwrap() / 1e-12 - 1.0).abs() < 1e-5);
        assert_eq!(of(&[0.1; 7], 1.0).variance(), Some(0.0));
    }

    #[test]
    fn a_billion_values_at_the_limit_do_not_overflow() {
        let mut m = of(&[64.0, -64.0], 1.0);
        assert_eq!(m.saturated(), 0);
        for _ in 0..29 {
            let twin = m;
            m.merge(&twin).unwrap();
        }
        assert_eq!(m.count(), 1 << 30);
        assert_eq!(m.sum(), 0.0);
        assert!((m.variance().unwrap() / 4096.0 - 1.0).abs() < 1e-8);
        let twin = m;
        m.merge(&twin).unwrap();
        assert!(m.variance().is_none() && m.mean().is_none());
        assert_eq!(m.mean_value(), Some(0.0));
        let mut one_sided = of(&[64.0, 64.0], 1.0);
        for _ in 0..29 {
            let twin = one_sided;
            one_sided.merge(&twin).unwrap();
        }
        assert_eq!(one_sided.mean().unwrap().value, 64.0);
        assert_eq!(one_sided.variance(), Some(0.0));
    }

    #[test]
    fn rounding_is_half_to_even() {
        let mut faults = Faults::default();
        let quantum = Quantum::for_scale(2f64.powi(41)); // 1
        let rounded = [0.5, 1.5, -2.5, 3.49, -0.2, 2f64.powi(47) - 0.75, 2f64.powi(47)];
        let found = rounded.map(|x| quantum.round(x, &mut faults).unwrap());
        assert_eq!(found, [0, 2, -2, 3, 0, Quantum::LIMIT - 1, Quantum::LIMIT]);
        assert_eq!(faults, Faults::default());
    }

    #[test]
    fn what_cannot_be_counted_is_tallied() {
        let m = of(&[1.0, f64::NAN, f64::INFINITY, 1e9, -1e300], 1.0);
        assert_eq!((m.count(), m.non_finite(), m.saturated()), (3, 2, 2));
        assert!(m.mean().unwrap().value.is_finite());
        assert!(of(&[], 1.0).mean().is_none());
        assert!(of(&[1.0], 1.0).mean().is_none());
        assert_eq!(of(&[1.0], 1.0).mean_value(), Some(1.0));
    }

    #[test]
    fn different_quanta_do_not_mix() {
        let mut a = of(&[1.0], 1.0);
        let before = a;
        assert!(a.merge(&of(&[1.0], 3.0)).is_err());
        assert_eq!(a, before);
    }
}
