//! Mathematics without finance: estimates with their errors, exact accumulators, order statistics, histograms, proportions. No money, no firms, no I/O.
//!
//! Nothing here panics on input or lets a NaN out: what cannot be computed is `None`, and non-finite values are counted apart.
//! Everything that is merged across threads or shards ([`Moments`], [`PairMoments`], [`Histogram`]) is made of integers,
//! so that merging in any order gives the same bits.

mod batches;
mod beta;
mod bins;
mod cholesky;
mod counts;
mod estimate;
mod exceedance;
mod form;
mod histogram;
mod jackknife;
mod moments;
pub mod morris;
pub mod normal;
mod pairs;
mod probit;
mod quantiles;
mod ranks;
pub mod sobol;
mod strata;
mod weighted;

pub use batches::{BATCHES, batch_means, batch_places, batch_ratios, batch_statistic, mean_of_values, with_batches};
pub use beta::{beta_cdf, beta_quantile, student_t_quantile};
pub use bins::Bins;
pub use cholesky::Cholesky;
pub use counts::Proportion;
pub use estimate::{CONFIDENCE, Estimate, Z_95};
pub use exceedance::{ExceedancePoint, dkw_half_width};
pub use form::{DesignPoint, design_point};
pub use histogram::{Bin, Histogram};
pub use jackknife::jackknife;
pub use moments::{Moments, Quantum};
pub use pairs::{PairMoments, Ratio};
pub use probit::{NoFit, Probit, Rows};
pub use quantiles::{Quantile, RankInterval, Sample, TOO_FEW, TOO_FEW_FOR_MEAN, TailMean};
pub use ranks::{interval_ranks, rank_ranges};
pub use strata::Strata;
pub use weighted::{WeightedPoint, WeightedSample, WeightedTail, expected_shortfall};
