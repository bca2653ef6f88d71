//! Ranks that intervals support: nothing is put above another whose interval it overlaps. No sorting of anybody's rows.

use super::estimate::Estimate;

/// For each estimate the highest and the lowest place it may have, from 1, by falling value: others are above it only if their intervals are wholly above its own,
/// and below it only if wholly below.
pub fn rank_ranges(estimates: &[Estimate]) -> Vec<(usize, usize)> {
    let count = |wanted: &dyn Fn(&Estimate) -> bool| estimates.iter().filter(|e| wanted(e)).count();
    estimates.iter().map(|e| (1 + count(&|o| o.low > e.high), estimates.len() - count(&|o| o.high < e.low))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_share_a_rank() {
        let of = |value: f64, half: f64| Estimate::with_half_width(value, half, half).unwrap();
        assert_eq!(rank_ranges(&[of(5.0, 0.5), of(3.0, 0.5), of(2.6, 0.5), of(1.0, 0.1)]), [(1, 1), (2, 3), (2, 3), (4, 4)]);
        assert_eq!(rank_ranges(&[of(1.0, 9.0), of(2.0, 9.0)]), [(1, 2), (1, 2)]);
        assert!(rank_ranges(&[]).is_empty());
    }
}
