//! How a histogram cuts the line: equal bins, or bins of equal relative width read off the bits of a float. No counts.

use serde::{Deserialize, Serialize};

/// How the line is cut into bins. What lies outside is counted in one bin below and one above.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bins {
    /// Bins of equal width over `[low, high)`.
    Linear {
        /// Lower end of the first bin, in the unit of the values.
        low: f64,
        /// Upper end of the last bin.
        high: f64,
        /// Number of bins.
        bins: u32,
    },
    /// Bins of equal relative width for values of either sign: a bin is a sign, a binary exponent and the first
    /// `mantissa_bits` bits of the mantissa, so that it is at most `2^-mantissa_bits` of its lower end wide. What is smaller
    /// than `2^lowest` in size shares one bin around 0.
    Bits {
        /// Exponent of the smallest size told from 0.
        lowest: i32,
        /// Exponent of the size where the outer bins begin.
        highest: i32,
        /// Bits of the mantissa, at most 12.
        mantissa_bits: u32,
    },
}

impl Bins {
    /// Most bins that a histogram may have.
    pub const MOST: u64 = 1 << 24;

    /// [`Bins::Bits`] from 2⁻²⁰ to 2⁷ times the size of `scale`: `54 · 2^mantissa_bits + 1` bins. A scale that is not positive
    /// and finite is read as 1.
    pub fn around(scale: f64, mantissa_bits: u32) -> Self {
        let scale = if scale > 0.0 && scale.is_finite() { scale.clamp(1e-250, 1e250) } else { 1.0 };
        let exponent = ((scale.to_bits() >> 52) as i32) - 1023;
        Self::Bits { lowest: exponent - 20, highest: exponent + 7, mantissa_bits }
    }

    /// Number of bins, without the two outer ones; `None` if the description makes no sense.
    pub(super) fn len(&self) -> Option<usize> {
        let count = match *self {
            Self::Linear { low, high, bins } => {
                // Bins narrower than the rounding of their ends would be empty.
                let width = (high - low) / f64::from(bins);
                let rounding = 4.0 * f64::EPSILON * low.abs().max(high.abs());
                (width.is_finite() && width > rounding).then_some(u64::from(bins))?
            }
            Self::Bits { lowest, highest, mantissa_bits } => {
                let is_valid = -1022 <= lowest && lowest < highest && highest <= 1023 && mantissa_bits <= 12;
                is_valid.then(|| (((highest - lowest) as u64) << (mantissa_bits + 1)) + 1)?
            }
        };
        (1..=Self::MOST).contains(&count).then_some(count as usize)
    }

    /// Slot of a finite value: 0 is the bin below, `len + 1` the bin above.
    pub(super) fn slot(&self, x: f64) -> usize {
        match *self {
            Self::Linear { low, high, bins } => {
                if x < low {
                    return 0;
                }
                if x >= high {
                    return bins as usize + 1;
                }
                let guess = ((x - low) / (high - low) * f64::from(bins)) as u32;
                let guess = guess.min(bins - 1);
                // Rounding may have crossed an edge.
                let is_early = x < linear_edge(low, high, bins, guess);
                let is_late = guess + 1 < bins && x >= linear_edge(low, high, bins, guess + 1);
                (guess + 1 + u32::from(is_late) - u32::from(is_early)) as usize
            }
            Self::Bits { lowest, highest, mantissa_bits } => {
                let side = ((highest - lowest) as usize) << mantissa_bits;
                let first = ((lowest + 1023) as u64) << mantissa_bits;
                let key = (x.abs().to_bits()) >> (52 - mantissa_bits);
                let outwards = (key + 1).saturating_sub(first).min(side as u64 + 1) as usize;
                if x < 0.0 { side + 1 - outwards } else { side + 1 + outwards }
            }
        }
    }

    /// The slot of the bin around 0, where a value is taken as 0.
    pub(super) fn zero_slot(&self) -> Option<usize> {
        match *self {
            Self::Linear { .. } => None,
            Self::Bits { .. } => Some(self.slot(0.0)),
        }
    }

    /// Ends of the bin that holds a finite value; the value itself where it lies outside all bins.
    pub(super) fn ends(&self, x: f64) -> (f64, f64) {
        let slot = self.slot(x);
        let is_inner = self.len().is_some_and(|len| (1..=len).contains(&slot));
        if is_inner { (self.edge(slot), self.edge(slot + 1)) } else { (x, x) }
    }

    /// Lower end of a slot from 1 to `len + 1`, which is the upper end of the slot before.
    pub(super) fn edge(&self, slot: usize) -> f64 {
        match *self {
            Self::Linear { low, high, bins } => linear_edge(low, high, bins, slot as u32 - 1),
            Self::Bits { lowest, highest, mantissa_bits } => {
                let side = ((highest - lowest) as usize) << mantissa_bits;
                let first = ((lowest + 1023) as u64) << mantissa_bits;
                let size = |outwards: usize| f64::from_bits((first + outwards as u64) << (52 - mantissa_bits));
                if slot > side + 1 { size(slot - side - 2) } else { -size(side + 1 - slot) }
            }
        }
    }
}

fn linear_edge(low: f64, high: f64, bins: u32, i: u32) -> f64 {
    if i == bins {
        return high;
    }
    low + (high - low) * (f64::from(i) / f64::from(bins))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINEAR: Bins = Bins::Linear { low: -0.3, high: 0.7, bins: 10 };
    const BITS: Bins = Bins::Bits { lowest: -3, highest: 2, mantissa_bits: 2 };

    /// Every value lies in its bin, and every edge separates its bins.
    fn check(bins: Bins, values: impl Iterator<Item = f64>) {
        let len = bins.len().unwrap();
        for x in values {
            let slot = bins.slot(x);
            assert!(slot <= len + 1);
            assert!(slot == 0 || bins.edge(slot) <= x, "{bins:?} {x}");
            assert!(slot > len || x <= bins.edge(slot + 1), "{bins:?} {x}");
        }
        for slot in 1..=len {
            assert!(bins.edge(slot) < bins.edge(slot + 1));
            let middle = 0.5 * (bins.edge(slot) + bins.edge(slot + 1));
            assert_eq!(bins.slot(middle), slot);
        }
    }

    #[test]
    fn values_lie_in_their_bins() {
        let around = Bins::around(1000.0, 5);
        for bins in [LINEAR, BITS, around] {
            let top = bins.len().unwrap() + 1;
            check(bins, (0..2000).map(|i| f64::from(i) * 0.01 - 10.0));
            check(bins, (1..=top).map(|slot| bins.edge(slot)));
            check(bins, [0.0, -0.0, f64::MAX, -f64::MAX, 5e-324].into_iter());
        }
    }

    #[test]
    fn bits_are_relative() {
        assert_eq!(BITS.len(), Some(41));
        assert_eq!(BITS.slot(0.0), 21);
        assert_eq!((BITS.edge(21), BITS.edge(22)), (-0.125, 0.125));
        assert_eq!((BITS.edge(22), BITS.edge(23)), (0.125, 0.156_25));
        assert_eq!((BITS.slot(4.0), BITS.slot(-4.0)), (42, 0));
        assert_eq!(BITS.edge(42), 4.0);
        for slot in 22..42 {
            assert!(BITS.edge(slot + 1).min(4.0) / BITS.edge(slot) <= 1.25);
        }
    }

    #[test]
    fn senseless_bins_have_no_length() {
        let linear = |low, high, bins| Bins::Linear { low, high, bins };
        assert_eq!(linear(0.0, 0.0, 5).len(), None);
        assert_eq!(linear(0.0, f64::NAN, 5).len(), None);
        assert_eq!(linear(-f64::MAX, f64::MAX, 5).len(), None);
        assert_eq!(linear(0.0, 1.0, 0).len(), None);
        assert_eq!(linear(0.0, 1.0, u32::MAX).len(), None);
        assert_eq!(linear(1.0, 1.0 + f64::EPSILON, 5).len(), None);
        assert_eq!(Bins::around(1.0, 13).len(), None);
        assert_eq!(Bins::around(f64::NAN, 3), Bins::around(1.0, 3));
        assert!(Bins::around(f64::MAX, 3).len().is_some());
    }
}
