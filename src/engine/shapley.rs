//! Exact Shapley values of the four channels from the losses of the sixteen worlds (model 8.5). Any set function of four players will do.

/// Shapley values of players 0 to 3 of a game given by its values on all subsets, `values[bits]`; they sum to `values[15] - values[0]`.
///
/// Source: Shapley 1953; with four players the weights of a coalition of size s are s! (3 - s)! / 4!, that is 1/4, 1/12, 1/12, 1/4.
pub fn shapley(values: &[f64]) -> [f64; 4] {
    const WEIGHT: [f64; 4] = [1.0 / 4.0, 1.0 / 12.0, 1.0 / 12.0, 1.0 / 4.0];
    std::array::from_fn(|player| {
        let without = (0..16usize).filter(|bits| bits & (1 << player) == 0);
        without.map(|bits| WEIGHT[bits.count_ones() as usize] * (at(values, bits | 1 << player) - at(values, bits))).sum()
    })
}

fn at(values: &[f64], bits: usize) -> f64 {
    values.get(bits).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::shapley;

    /// Model C14: 100 a + 60 b + 40 a b.
    #[test]
    fn interaction_is_shared_equally() {
        let game: Vec<f64> = (0..16u8)
            .map(|bits| {
                let (a, b) = (f64::from(bits & 1), f64::from(bits >> 1 & 1));
                100.0 * a + 60.0 * b + 40.0 * a * b
            })
            .collect();
        for (found, expected) in shapley(&game).into_iter().zip([120.0, 80.0, 0.0, 0.0]) {
            assert!((found - expected).abs() < 1e-9);
        }
        assert_eq!((game[1], game[2], game[3] - game[2], game[3] - game[1]), (100.0, 60.0, 140.0, 100.0));
    }
}
