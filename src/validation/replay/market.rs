//! The flagship as of December 2025 against the market then and against what came next, with no tuning to either. Definitions beside each row.

use super::series::{Reading, Series, record};
use crate::charts::AgainstRow;
use crate::engine::{Engine, Outcome, World};
use crate::error::{Error, Result};
use crate::lanes::{Isa, LANES};
use crate::model::Model;
use crate::scenario;
use crate::shocks::{Drivers, Parameters, consecutive};
use crate::stats::{Estimate, Proportion, Sample};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

const MARKET: &str = include_str!("../../../tests/reference/market-2025.csv");
const OUTCOMES: &str = include_str!("../../../tests/reference/outcomes-2026.csv");
/// Blocks of 64 paths: 20,032 paths.
const BLOCKS: usize = 313;
const SEED: u64 = 1;
/// Quarters of the volatilities and correlations.
const YEAR: usize = 4;
/// Quarters of the default probabilities that stand beside the credit default swaps.
const FIVE_YEARS: f64 = 20.0;
/// 3 August 2026 lies 34 days into the 92 of the third quarter.
const INTO_THIRD_QUARTER: f64 = 34.0 / 92.0;

/// One listed firm, as observed: a row of the file by its headings.
struct Listed {
    firm: String,
    row: BTreeMap<String, String>,
}

impl Listed {
    fn all() -> Result<Vec<Listed>> {
        let rows = parse::<BTreeMap<String, String>>(MARKET)?;
        Ok(rows.into_iter().map(|row| Listed { firm: row.get("firm").cloned().unwrap_or_default(), row }).collect())
    }

    fn number(&self, column: &str) -> f64 {
        self.row.get(column).and_then(|v| v.parse().ok()).unwrap_or(f64::NAN)
    }
}

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    observable: String,
    happened: f64,
    unit: String,
    source: String,
}

/// Volatility of one firm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Volatility {
    /// Name of the firm.
    pub firm: String,
    /// Realised in 2025, from daily closes, per year.
    pub realised: f64,
    /// Simulated: standard deviation of quarterly log changes of the price in the first year, times 2; failed firms left out.
    pub simulated: f64,
    /// The same on paths without a bust quarter in that year.
    pub simulated_no_bust: f64,
}

/// A correlation of two firms, realised and simulated.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Correlation {
    /// The firms.
    pub firms: [String; 2],
    /// Realised, daily, 2025.
    pub realised: f64,
    /// Simulated, quarterly log changes of the first year.
    pub simulated: f64,
}

/// Where something that happened falls in its simulated distribution.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Placed {
    /// What is observed.
    pub observable: String,
    /// Unit.
    pub unit: String,
    /// What happened.
    pub happened: f64,
    /// Where that comes from.
    pub source: String,
    /// Quantiles of the simulation at 5, 25, 50, 75 and 95 %; for an event, its probability alone.
    pub quantiles: [f64; 5],
    /// Share of the simulated distribution at or below what happened (probability integral transform); none for an event.
    pub transform: Option<f64>,
    /// Continuous ranked probability score in the unit of the observable: 0 for a certain and right forecast.
    pub score: f64,
    /// The score of a simple forecast: a log-normal price without drift and with the volatility of 2025, where there is one.
    pub simple_score: Option<f64>,
}

/// A default probability beside what a credit default swap implies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SwapImplied {
    /// Name of the firm.
    pub firm: String,
    /// Implied by the swap of December 2025 within five years: risk-neutral.
    pub risk_neutral: f64,
    /// Simulated within 20 quarters.
    pub simulated: Estimate,
}

/// Everything that is held against the market.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Market {
    /// Volatilities, in the order of the file.
    pub volatilities: Vec<Volatility>,
    /// Correlations of each pair.
    pub correlations: Vec<Correlation>,
    /// Credit default swaps.
    pub swaps: Vec<SwapImplied>,
    /// Returns of the listed firms from 17 December 2025 to 3 August 2026.
    pub returns: Vec<Placed>,
    /// Deals and valuations of early 2026.
    pub outcomes: Vec<Placed>,
    /// Paths simulated.
    pub paths: usize,
}

impl Market {
    /// The returns as rows of a chart.
    pub fn rows(&self) -> Vec<AgainstRow> {
        let row = |p: &Placed| AgainstRow { label: p.observable.clone(), quantiles: p.quantiles, band: None, happened: Some(p.happened) };
        self.returns.iter().map(row).collect()
    }
}

/// Runs the flagship on 20,032 paths and compares it with the market.
///
/// # Errors
/// Those of reading the scenario, and [`Error::Usage`] if it lacks a firm or a deal of the data.
pub fn market(folder: &Path) -> Result<Market> {
    let loaded = scenario::load(&folder.join("amazon-openai.toml"))?;
    let model = &loaded.model;
    let engine = Engine::new(model, Isa::detect())?;
    let listed = Listed::all()?;
    let mut readings: Vec<Reading<'_>> = Vec::new();
    for id in listed.iter().map(|x| x.firm.as_str()).chain(["openai"]) {
        let i = firm(model, id)?;
        readings.push(Box::new(move |_, s, _, l| s.price[i][l]));
    }
    let (prices, outcomes) = record(&engine, World::W0, SEED, BLOCKS, &readings);
    let drawn = Drawn::of(model);
    let changes: Vec<Vec<Vec<f64>>> = prices.iter().map(year).collect();
    Ok(Market {
        volatilities: listed.iter().zip(&changes).map(|(x, c)| volatility(model, x, c, &drawn.bust_in_year)).collect(),
        correlations: correlations(model, &listed, &changes),
        swaps: [("oracle", 0.08), ("coreweave", 0.42)].into_iter().map(|(id, p)| swap(model, id, p, &outcomes)).collect::<Result<_>>()?,
        returns: listed.iter().zip(&prices).map(|(x, p)| placed_return(model, x, p)).collect(),
        outcomes: placed_outcomes(model, &drawn, prices.last())?,
        paths: BLOCKS * LANES,
    })
}

fn parse<T: for<'a> Deserialize<'a>>(text: &str) -> Result<Vec<T>> {
    let rows: std::result::Result<Vec<T>, _> = csv::Reader::from_reader(text.as_bytes()).deserialize().collect();
    rows.map_err(|e| Error::Usage(format!("a table of what happened: {e}")))
}

fn firm(model: &Model, id: &str) -> Result<usize> {
    let missing = || Error::Usage(format!("the comparison with the market needs a firm \"{id}\"; the scenario has none"));
    model.firms.iter().position(|f| f.id == id).ok_or_else(missing)
}

fn name(model: &Model, id: &str) -> String {
    model.firms.iter().find(|f| f.id == id).map_or_else(|| id.to_string(), |f| f.name.clone())
}

/// What is drawn before any contract: busts in the first year, sizes of the deals.
struct Drawn {
    bust_in_year: Vec<bool>,
    /// At the end of the first quarter, by deal, then path; 0 while not signed.
    soon: Vec<Vec<f64>>,
    /// At the end of the first year.
    size: Vec<Vec<f64>>,
}

impl Drawn {
    fn of(model: &Model) -> Drawn {
        let deals = model.shocks.deals.len();
        let mut found = Drawn { bust_in_year: vec![], soon: vec![vec![]; deals], size: vec![vec![]; deals] };
        for block in 0..BLOCKS {
            let first = (block * LANES) as u64;
            let mut p = Parameters::central(model);
            p.draw(model, SEED, &consecutive(first));
            let d = Drivers::of_block(model, &p, SEED, &consecutive(first), Isa::detect());
            found.bust_in_year.extend((0..LANES).map(|l| (0..YEAR).any(|t| d.regime[t][l] > 0.0)));
            for k in 0..deals {
                found.soon[k].extend_from_slice(&d.deal_scale[k]);
                found.size[k].extend_from_slice(&d.deal_scale[(YEAR - 1) * deals + k]);
            }
        }
        found
    }
}

/// Log changes of the price from quarter to quarter in the first year, path by path; none from the quarter of failure on.
fn year(prices: &Series) -> Vec<Vec<f64>> {
    let changes = |p: usize| {
        let path = prices.path(p);
        (1..=YEAR).map(|t| if path[t] > 0.0 && path[t - 1] > 0.0 { (path[t] / path[t - 1]).ln() } else { f64::NAN }).collect()
    };
    (0..prices.paths()).map(changes).collect()
}

fn sd(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let kept = values.filter(|v| v.is_finite());
    let n = kept.clone().count() as f64;
    let mean = kept.clone().sum::<f64>() / n;
    (kept.map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0)).sqrt()
}

fn volatility(model: &Model, x: &Listed, changes: &[Vec<f64>], bust: &[bool]) -> Volatility {
    let all = changes.iter().flatten().copied();
    let calm = changes.iter().zip(bust).filter(|(_, bust)| !**bust).flat_map(|(c, _)| c.iter().copied());
    Volatility {
        firm: name(model, &x.firm),
        realised: x.number("volatility_2025"),
        simulated: 2.0 * sd(all),
        simulated_no_bust: 2.0 * sd(calm),
    }
}

fn correlations(model: &Model, listed: &[Listed], changes: &[Vec<Vec<f64>>]) -> Vec<Correlation> {
    let mut found = Vec::new();
    for a in 0..listed.len() {
        for b in a + 1..listed.len() {
            let pairs: Vec<(f64, f64)> = changes[a].iter().flatten().copied().zip(changes[b].iter().flatten().copied()).collect();
            found.push(Correlation {
                firms: [name(model, &listed[a].firm), name(model, &listed[b].firm)],
                realised: listed[a].number(&format!("correlation_{}", listed[b].firm)),
                simulated: correlation(&pairs),
            });
        }
    }
    found
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let kept: Vec<(f64, f64)> = pairs.iter().copied().filter(|(a, b)| a.is_finite() && b.is_finite()).collect();
    let n = kept.len() as f64;
    let (ma, mb) = (kept.iter().map(|p| p.0).sum::<f64>() / n, kept.iter().map(|p| p.1).sum::<f64>() / n);
    let covariance = kept.iter().map(|p| (p.0 - ma) * (p.1 - mb)).sum::<f64>() / (n - 1.0);
    covariance / (sd(kept.iter().map(|p| p.0)) * sd(kept.iter().map(|p| p.1)))
}

fn swap(model: &Model, id: &str, risk_neutral: f64, outcomes: &[Outcome]) -> Result<SwapImplied> {
    let i = firm(model, id)?;
    let mut share = Proportion::default();
    outcomes.iter().flat_map(|o| o.default_quarter[i]).for_each(|q| share.push(q > 0.0 && q <= FIVE_YEARS));
    let none = || Error::NotConverged("no paths".into());
    Ok(SwapImplied { firm: name(model, id), risk_neutral, simulated: share.estimate().ok_or_else(none)? })
}

/// The score of Gneiting and Raftery (2007): E|X - y| - E|X - X'| / 2, by sorting.
fn score(sample: &Sample, happened: f64) -> f64 {
    let x = sample.values();
    let n = x.len() as f64;
    let near = x.iter().map(|v| (v - happened).abs()).sum::<f64>() / n;
    let spread = x.iter().enumerate().map(|(k, v)| (2.0 * k as f64 + 1.0 - n) * v).sum::<f64>() / (n * n);
    near - spread
}

fn placed(observable: String, unit: &str, happened: f64, source: &str, values: Vec<f64>) -> Placed {
    let sample = Sample::new(values);
    let quantiles = super::LEVELS.map(|q| sample.quantile(q).map_or(f64::NAN, |x| x.estimate.value));
    let below = sample.values().iter().filter(|v| **v <= happened).count() as f64 / sample.count() as f64;
    Placed {
        observable,
        unit: unit.into(),
        happened,
        source: source.into(),
        quantiles,
        transform: Some(below),
        score: score(&sample, happened),
        simple_score: None,
    }
}

/// Return from the as-of date to 3 August 2026: the log price is interpolated between the ends of the second and the third quarter.
fn placed_return(model: &Model, x: &Listed, prices: &Series) -> Placed {
    let start = model.firms.iter().find(|f| f.id == x.firm).map_or(f64::NAN, |f| f.numbers.market_value_usd_bn);
    let (second, third) = (prices.at(2), prices.at(3));
    let at = |(a, b): (&f64, &f64)| {
        let log = (1.0 - INTO_THIRD_QUARTER) * a.max(1e-9).ln() + INTO_THIRD_QUARTER * b.max(1e-9).ln();
        log.exp() / start - 1.0
    };
    let happened = x.number("close_2026_08_03") / x.number("close_2025_12_17") - 1.0;
    let source = x.row.get("source").map_or("", String::as_str);
    let mut found = placed(name(model, &x.firm), "return", happened, source, second.iter().zip(&third).map(at).collect());
    found.simple_score = Some(score(&simple(x.number("volatility_2025")), happened));
    found
}

/// Log-normal returns without drift over the same time, at 4,000 equally likely points.
fn simple(volatility: f64) -> Sample {
    const POINTS: usize = 4_000;
    let spread = volatility * (229.0f64 / 365.0).sqrt();
    let point = |k: usize| {
        let z = crate::stats::normal::quantile((k as f64 + 0.5) / POINTS as f64).unwrap_or(0.0);
        (spread * z - 0.5 * spread * spread).exp() - 1.0
    };
    Sample::new((0..POINTS).map(point).collect())
}

fn placed_outcomes(model: &Model, drawn: &Drawn, openai: Option<&Series>) -> Result<Vec<Placed>> {
    let deal = |id: &str| {
        let missing =
            || Error::Usage(format!("the comparison with the market needs a deal \"{id}\" that is not signed; the scenario has none"));
        let tranche = model.tranches.iter().find(|k| k.id.starts_with(id)).ok_or_else(missing)?;
        model.shocks.deals.iter().position(|d| d.key == tranche.deal_key).ok_or_else(missing)
    };
    let (amazon, nvidia) = (deal("amazon-openai-10")?, deal("nvidia-openai-loi")?);
    let openai_start = model.firms[firm(model, "openai")?].numbers;
    let opening = openai_start.market_value_usd_bn * (1.0 - openai_start.headline_discount);
    let signed = |sizes: &[f64]| sizes.iter().copied().filter(|s| *s > 0.0).collect::<Vec<f64>>();
    let place = |row: Row| {
        let values = match row.id.as_str() {
            "amazon-signed" => return event(row, &drawn.soon[amazon]),
            "nvidia-signed" => return event(row, &drawn.soon[nvidia]),
            "amazon-upfront" | "amazon-all" => signed(&drawn.size[amazon]),
            "nvidia-size" => signed(&drawn.size[nvidia]),
            _ => openai.map(|p| p.at(1).into_iter().map(|v| v / opening).collect()).unwrap_or_default(),
        };
        placed(row.observable, &row.unit, row.happened, &row.source, values)
    };
    Ok(parse::<Row>(OUTCOMES)?.into_iter().map(place).collect())
}

/// An event that came or did not: its probability, and the Brier score.
fn event(row: Row, sizes: &[f64]) -> Placed {
    let p = sizes.iter().filter(|s| **s > 0.0).count() as f64 / sizes.len() as f64;
    Placed {
        observable: row.observable,
        unit: row.unit,
        happened: row.happened,
        source: row.source,
        quantiles: [p; 5],
        transform: None,
        score: (p - row.happened) * (p - row.happened),
        simple_score: None,
    }
}
