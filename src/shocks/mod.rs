//! The only randomness.
pub mod philox;
