//! Random cases of a property, the same on every run and every machine: what holds once holds always, and what fails can be looked at. Not the properties.
// Each test file uses a part of it.
#![allow(dead_code)]

use proptest::test_runner::{Config, RngSeed};

/// As many cases as proptest tries, or the variable PROPTEST_CASES says.
pub fn usual() -> Config {
    Config { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() }
}

/// So many cases.
pub fn so_many(cases: u32) -> Config {
    Config { cases, ..usual() }
}
