//! Ranks that intervals support: nothing is put above another whose interval it overlaps. No sorting of anybody's rows.

use super::estimate::Estimate;

/// For each estimate the highest and the lowest place it may have, from 1, by falling value: others are above it only if their intervals are wholly above its own,
/// and below it only if wholly below.
pub fn rank_ranges(estimates: &[Estimate]) -> Vec<(usize, usize)> {
    interval_ranks(&estimates.iter().map(|e| (e.low, e.high)).collect::<Vec<_>>())
}

/// The same of intervals, of which an end may be infinite.
pub fn interval_ranks(intervals: &[(f64, f64)]) -> Vec<(usize, usize)> {
    let count = |wanted: &dyn Fn(&(f64, f64)) -> bool| intervals.iter().filter(|i| wanted(i)).count();
    intervals.iter().map(|own| (1 + count(&|o| o.0 > own.1), intervals.len() - count(&|o| o.1 < own.0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_share_a_rank() {
        let of = |value: f64, half: f64| Estimate::with_half_width(value, half, half).unwrap();
        assert_eq!(rank_ranges(&[of(5.0, 0.5), of(3.0, 0.5), of(2.6, 0.5), of(1.0, 0.1)]), [(1, 1), (2, 3), (2, 3), (4, 4)]);
        assert_eq!(rank_ranges(&[of(1.0, 9.0), of(2.0, 9.0)]), [(1, 2), (1, 2)]);
        assert_eq!(interval_ranks(&[(0.0, f64::INFINITY), (2.0, 3.0), (0.5, 1.0)]), [(1, 3), (1, 2), (2, 3)]);
        assert!(rank_ranges(&[]).is_empty());
    }
}
