//! Monte Carlo bubble-risk simulator: when firms invest in each other and buy from each other with that money, what does a shock cost, whom,
//! and how much worse does the circle make it? Data flows one way: file, scenario, model, paths, tally, results, charts and report.

#![deny(unsafe_code, missing_docs)]

pub mod error;
pub mod lanes;
pub mod stats;
pub mod model;
pub mod scenario;
pub mod shocks;
pub mod clearing;
pub mod circularity;
pub mod networks;
pub mod engine;
pub mod analysis;
pub mod results;
pub mod charts;
pub mod report;
pub mod validation;
