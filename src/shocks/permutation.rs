//! Random orders of players, keyed like every other draw. Not what is done with them.

use rand::Rng as _;

use super::philox::Philox;
use super::{Kind, stream_words};
use crate::model::name_hash;

/// The random order number `index` of a seed: every order of `count` things is equally likely (Fisher & Yates), to within 2⁻⁵⁸.
pub fn permutation(seed: u64, index: u32, count: usize) -> Vec<usize> {
    let mut stream = Philox::keyed(seed, stream_words(index, Kind::Design, 0, name_hash("permutation")));
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        // The high half of a product maps 64 random bits evenly on 0 to last.
        let place = (u128::from(stream.next_u64()) * (last as u128 + 1)) >> 64;
        order.swap(last, place as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::permutation;

    #[test]
    fn every_order_is_equally_likely() {
        let mut seen = std::collections::BTreeMap::new();
        (0..6_000).for_each(|k| *seen.entry(permutation(7, k, 3)).or_insert(0u32) += 1);
        // Six orders, 1,000 expected, standard deviation 28.9.
        assert!(seen.len() == 6 && seen.values().all(|n| n.abs_diff(1_000) < 130), "{seen:?}");
        assert_eq!(permutation(7, 5, 40), permutation(7, 5, 40));
        assert_eq!((permutation(1, 0, 0).len(), permutation(1, 0, 1)), (0, vec![0]));
    }
}
