//! The stable 64-bit name of an entity, by which its draws are keyed. No randomness of its own.

/// Hash of an entity's identifier: FNV-1a of 64 bits (Fowler, Noll & Vo), finished by the mixing step of SplitMix64 (Steele, Lea & Flood 2014) so that
/// similar names get unrelated keys. It must never change: every draw of every published run depends on it.
pub fn name_hash(name: &str) -> u64 {
    let mut h: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in name.bytes() {
        h = (h ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    h ^ (h >> 31)
}

#[cfg(test)]
mod tests {
    use super::name_hash;

    #[test]
    fn the_hash_of_a_name_never_changes() {
        // The FNV-1a offset basis and the hash of "a" are published; the finaliser is applied to them here by hand.
        let finish = |mut h: u64| {
            h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            h ^ (h >> 31)
        };
        assert_eq!(name_hash(""), finish(0xcbf2_9ce4_8422_2325));
        assert_eq!(name_hash("a"), finish(0xaf63_dc4c_8601_ec8c));
        assert_ne!(name_hash("openai"), name_hash("0penai"));
    }
}
