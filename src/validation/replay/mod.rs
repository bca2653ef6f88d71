//! What the simulation says about what has happened, against what happened: the rows are data, written before the first run, and a row that is missed is
//! a finding, not a fault of the program. Not the statistics of each episode.

mod market;
mod nulls;
mod series;
mod stress;
mod telecom;

use crate::error::{Error, Result};
use crate::stats::{Estimate, Sample};
use serde::{Deserialize, Serialize};

pub use market::{Correlation, Market, Placed, SwapImplied, Volatility, market};
pub use nulls::{Null, nulls};
pub use stress::stresses;
pub use telecom::telecom;

/// Quantile levels of a distribution that is shown as a bar.
pub const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// What a simulated number is held against, as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Identifier.
    pub id: String,
    /// What is observed, in words.
    pub observable: String,
    /// What happened, in `unit`.
    pub what_happened: Option<f64>,
    /// Unit.
    pub unit: String,
    /// Where that comes from.
    pub happened_source: String,
    /// Lower end of what is accepted.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// How the simulated number is measured.
    pub statistic: String,
    /// Remarks.
    pub note: String,
}

/// A band and what the simulation gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What was expected.
    pub band: Band,
    /// What was found, with its 95 % interval.
    pub found: Estimate,
    /// Quantiles over paths at [`LEVELS`], where the number is one of each path.
    pub quantiles: Option<[f64; 5]>,
    /// Whether the number found lies in the band.
    pub is_hit: bool,
}

fn bands(text: &str) -> Result<Vec<Band>> {
    let rows: std::result::Result<Vec<Band>, _> = csv::Reader::from_reader(text.as_bytes()).deserialize().collect();
    rows.map_err(|e| Error::Usage(format!("the table of acceptance bands: {e}")))
}

/// A number found, and its distribution over paths if it has one.
struct Found {
    estimate: Option<Estimate>,
    quantiles: Option<[f64; 5]>,
}

impl Found {
    fn of(estimate: Option<Estimate>) -> Found {
        Found { estimate, quantiles: None }
    }

    /// The median over paths, with its order-statistic interval.
    fn median(values: Vec<f64>) -> Found {
        let sample = Sample::new(values);
        let at = |q: f64| sample.quantile(q).map(|x| x.estimate);
        let quantiles = LEVELS.map(|q| at(q).map_or(f64::NAN, |e| e.value));
        Found { estimate: at(0.5), quantiles: quantiles.iter().all(|q| q.is_finite()).then_some(quantiles) }
    }
}

fn finding(band: Band, found: Found) -> Result<Finding> {
    let missing = || Error::NotConverged(format!("the replay gives no number for {}: too few paths, or none with the event", band.id));
    let estimate = found.estimate.ok_or_else(missing)?;
    let is_hit = (band.low..=band.high).contains(&estimate.value);
    Ok(Finding { band, found: estimate, quantiles: found.quantiles, is_hit })
}
