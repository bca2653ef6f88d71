//! Philox4x32-10, the counter-based generator behind every draw, one block or 64 lanes at a time, and the
//! hash that turns a name into key material. Not here: what a counter word means, and any distribution.
//!
//! Source: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. A block is a
//! pure function of (counter, key), so any draw can be had alone, in any order, on any machine.

use std::convert::Infallible;

use rand::TryRng;
use rand::rand_core::utils::fill_bytes_via_next_word;

use crate::lanes::LANES;

/// Round multipliers of Philox4x32 (Salmon et al. 2011, table 2).
const MULTIPLIER: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Key increments: the golden ratio and the square root of three minus one, in 32 bits (same source).
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
/// Rounds of the recommended, Crush-resistant variant.
const ROUNDS: usize = 10;

/// Philox4x32-10 of one counter under one key (Salmon et al. 2011).
#[inline(always)]
#[must_use]
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let mut state = counter;
    let mut round_key = key;
    for _ in 0..ROUNDS {
        state = round(state, round_key);
        round_key = [round_key[0].wrapping_add(WEYL[0]), round_key[1].wrapping_add(WEYL[1])];
    }
    state
}

/// One round: two 32×32→64 products, crossed, and the key mixed into the high halves.
#[inline(always)]
fn round(state: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [c0, c1, c2, c3] = state;
    let (high0, low0) = widening_multiply(MULTIPLIER[0], c0);
    let (high1, low1) = widening_multiply(MULTIPLIER[1], c2);
    [high1 ^ c1 ^ key[0], low1, high0 ^ c3 ^ key[1], low0]
}

/// The high and the low half of a 32×32→64 product.
#[inline(always)]
fn widening_multiply(a: u32, b: u32) -> (u32, u32) {
    let product = u64::from(a) * u64::from(b);
    ((product >> 32) as u32, product as u32)
}

/// [`philox4x32`] of 64 counters that share words 1 to 3 and the key, written word by word: `out[w][lane]` is
/// word `w` of the block whose counter is `[counter0[lane], c1, c2, c3]`. Vectorises in its caller.
#[inline(always)]
pub fn philox_lanes(counter0: &[u32; LANES], c1: u32, c2: u32, c3: u32, key: [u32; 2], out: &mut [[u32; LANES]; 4]) {
    let [out0, out1, out2, out3] = out;
    for lane in 0..LANES {
        let block = philox4x32([counter0[lane], c1, c2, c3], key);
        out0[lane] = block[0];
        out1[lane] = block[1];
        out2[lane] = block[2];
        out3[lane] = block[3];
    }
}

/// The two key words of a seed: low half first.
#[inline(always)]
#[must_use]
pub fn key_of_seed(seed: u64) -> [u32; 2] {
    [seed as u32, (seed >> 32) as u32]
}

/// A keyed stream of random words: blocks `[words[0], words[1], words[2], 0]`, `…, 1]`, `…, 2]` and so on.
///
/// It implements `rand`'s [`TryRng`] without error, hence [`rand::Rng`], so that `rand_distr` samples from it.
/// Streams whose seed or words differ never share a block; block 0 is what [`philox_lanes`] gives with
/// `c3 = 0`, so a caller that uses both on one key must keep their words apart. The stream repeats after 2³²
/// blocks (2³⁴ words), far past what one entity draws on one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Philox {
    key: [u32; 2],
    words: [u32; 3],
    next_block: u32,
    buffer: [u32; 4],
    used: usize,
}

impl Philox {
    /// The stream of a seed and three fixed counter words, at its start.
    #[must_use]
    pub fn keyed(seed: u64, words: [u32; 3]) -> Self {
        Self { key: key_of_seed(seed), words, next_block: 0, buffer: [0; 4], used: 4 }
    }

    /// The next 32 bits of the stream.
    fn next_word(&mut self) -> u32 {
        if self.used >= self.buffer.len() {
            self.refill();
        }
        let word = self.buffer[self.used];
        self.used += 1;
        word
    }

    /// Computes the next block into the buffer.
    fn refill(&mut self) {
        let [w0, w1, w2] = self.words;
        self.buffer = philox4x32([w0, w1, w2, self.next_block], self.key);
        self.next_block = self.next_block.wrapping_add(1);
        self.used = 0;
    }
}

impl TryRng for Philox {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next_word())
    }

    /// Two words, the low half first, so that the value does not depend on the machine.
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let low = u64::from(self.next_word());
        let high = u64::from(self.next_word());
        Ok((high << 32) | low)
    }

    /// Whole words in little-endian order; what is left of the last word is dropped.
    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Infallible> {
        fill_bytes_via_next_word(destination, || Ok(self.next_word()))
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    /// Known answers of `philox4x32 10` in Random123's `kat_vectors`.
    #[test]
    fn known_answers_hold() {
        let max = u32::MAX;
        let zeros = philox4x32([0; 4], [0; 2]);
        assert_eq!(zeros, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        let ones = philox4x32([max; 4], [max; 2]);
        assert_eq!(ones, [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let counter = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        let pi = philox4x32(counter, [0xa409_3822, 0x299f_31d0]);
        assert_eq!(pi, [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn lanes_equal_single_blocks() {
        let mut counter0 = [0_u32; LANES];
        for (lane, word) in counter0.iter_mut().enumerate() {
            *word = (lane as u32).wrapping_mul(0x9E37_79B9).wrapping_sub(3);
        }
        let key = key_of_seed(0x0123_4567_89ab_cdef);
        let mut out = [[0; LANES]; 4];
        philox_lanes(&counter0, 7, u32::MAX, 0x8000_0000, key, &mut out);
        for lane in 0..LANES {
            let expected = philox4x32([counter0[lane], 7, u32::MAX, 0x8000_0000], key);
            assert_eq!(out.map(|word| word[lane]), expected);
        }
    }

    #[test]
    fn stream_counts_blocks_in_the_fourth_word() {
        let mut stream = Philox::keyed(42, [1, 2, 3]);
        for block in 0..3 {
            for word in philox4x32([1, 2, 3, block], [42, 0]) {
                assert_eq!(stream.next_u32(), word);
            }
        }
    }

    #[test]
    fn wide_draws_and_bytes_are_words_low_half_first() {
        let mut words = Philox::keyed(5 << 32, [0; 3]);
        let mut wide = words.clone();
        let mut bytes = words.clone();
        let low = u64::from(words.next_u32());
        let high = u64::from(words.next_u32());
        assert_eq!(wide.next_u64(), (high << 32) | low);
        let mut filled = [0; 8];
        bytes.fill_bytes(&mut filled);
        assert_eq!(u64::from_le_bytes(filled), (high << 32) | low);
        assert_eq!(wide.next_u32(), bytes.next_u32());
    }

    #[test]
    fn stream_wraps_instead_of_failing() {
        let mut stream = Philox::keyed(1, [4, 5, 6]);
        stream.next_block = u32::MAX;
        let last = [0; 4].map(|_: u32| stream.next_u32());
        assert_eq!(last, philox4x32([4, 5, 6, u32::MAX], [1, 0]));
        assert_eq!(stream.next_u32(), philox4x32([4, 5, 6, 0], [1, 0])[0]);
    }
}
