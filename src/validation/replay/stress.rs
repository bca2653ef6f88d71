//! Two tests against false alarms and against the wrong order of losses: a fall of prices like that of 2022 and a day like 27 January 2025. Rows as
//! tests/reference/stress-bands.csv defines them.

use super::series::{Reading, plan, record};
use super::{Band, Finding, Found, finding};
use crate::engine::{Engine, Outcome, World};
use crate::error::{Error, Result};
use crate::lanes::Isa;
use crate::model::Model;
use crate::scenario::{self, Loaded, Override};
use crate::stats::{Estimate, Proportion};
use serde::Deserialize;
use std::path::Path;

const BANDS: &str = include_str!("../../../tests/reference/stress-bands.csv");
/// Blocks of 64 paths: 20,032 paths.
const BLOCKS: usize = 313;
const SEED: u64 = 1;
const HYPERSCALERS: [&str; 4] = ["microsoft", "amazon", "alphabet", "meta"];
const CHIPS: [&str; 3] = ["nvidia", "broadcom", "amd"];
const LEVERED: [&str; 2] = ["oracle", "coreweave"];
/// Quarters within which the drawdown may cause failures, and that in which it is deepest.
const WITHIN: f64 = 8.0;
const DEEPEST: usize = 4;

/// A row of the file.
#[derive(Deserialize)]
struct Row {
    id: String,
    scenario: String,
    statistic: String,
    expected: String,
    source: String,
}

impl Row {
    /// The row as a band: "<= x", "a to b", a number, or an order of things, which counts as 1.
    fn band(&self) -> Band {
        let number = |text: &str| text.trim().parse::<f64>().ok();
        let ends = match (self.expected.strip_prefix("<="), self.expected.split_once(" to ")) {
            (Some(most), _) => number(most).map(|x| (f64::MIN, x)),
            (_, Some((a, b))) => number(a).zip(number(b)),
            _ => number(&self.expected).map(|x| (x, x)),
        };
        let (low, high) = ends.unwrap_or((1.0, 1.0));
        Band {
            id: self.id.clone(),
            observable: format!("{}: {}", self.scenario, self.expected),
            what_happened: None,
            unit: String::new(),
            happened_source: self.source.clone(),
            low,
            high,
            statistic: self.statistic.clone(),
            note: String::new(),
        }
    }
}

/// Runs both scenarios and compares every row.
///
/// # Errors
/// Those of reading the scenarios, and [`Error::NotConverged`] if a row cannot be measured.
pub fn stresses(folder: &Path) -> Result<Vec<Finding>> {
    let rows: std::result::Result<Vec<Row>, _> = csv::Reader::from_reader(BANDS.as_bytes()).deserialize().collect();
    let rows = rows.map_err(|e| Error::Usage(format!("the table of stress bands: {e}")))?;
    let drawdown = Drawdown::run(folder)?;
    let day = Day::run(folder)?;
    rows.iter().map(|row| finding(row.band(), Found::of(drawdown.measure(&row.id)?.or(day.measure(&row.id)?)))).collect()
}

fn index(model: &Model, id: &str) -> Result<usize> {
    let missing = || Error::Usage(format!("the stress tests need a firm \"{id}\"; the scenario has none"));
    model.firms.iter().position(|f| f.id == id).ok_or_else(missing)
}

/// Price of each firm as readings.
fn prices(model: &Model) -> Vec<Reading<'_>> {
    (0..model.firms.len()).map(|i| -> Reading<'_> { Box::new(move |_, s, _, l| s.price[i][l]) }).collect()
}

/// Share of paths on which firm i fails within the first eight quarters.
fn fails(outcomes: &[Outcome], i: usize) -> Proportion {
    let mut share = Proportion::default();
    outcomes.iter().flat_map(|o| o.default_quarter[i]).for_each(|q| share.push(q > 0.0 && q <= WITHIN));
    share
}

fn off(path: &str, value: &str) -> Override {
    Override { path: path.into(), value: value.into() }
}

/// The fall of 2022, the same without it, and the same with nothing drawn.
struct Drawdown {
    loaded: Loaded,
    fallen: Vec<Outcome>,
    calm: Vec<Outcome>,
    central_failures: usize,
    value: Vec<f64>,
}

impl Drawdown {
    fn run(folder: &Path) -> Result<Drawdown> {
        let file = folder.join("drawdown-2022.toml");
        let loaded = scenario::load(&file)?;
        let model = &loaded.model;
        let engine = Engine::new(model, Isa::detect())?;
        let readings = prices(model);
        let (series, fallen) = record(&engine, World::W0, SEED, BLOCKS, &readings);
        let planned = plan(&engine, &readings);
        let named = HYPERSCALERS.iter().chain(&CHIPS).map(|id| index(model, id)).collect::<Result<Vec<_>>>()?;
        let base: f64 = named.iter().map(|&i| planned[i][DEEPEST - 1]).sum();
        let value = |p: usize| named.iter().map(|&i| series[i].path(p)[DEEPEST - 1]).sum::<f64>() / base - 1.0;
        let value = (0..series.first().map_or(0, super::series::Series::paths)).map(value).collect();
        let without = scenario::load_with(&file, &[off("stress.*.value", "0")], &[])?;
        let calm = record(&Engine::new(&without.model, Isa::detect())?, World::W0, SEED, BLOCKS, &[]).1;
        let central = scenario::load_with(&file, &[off("shocks.random", "false")], &[])?;
        let outcomes = record(&Engine::new(&central.model, Isa::detect())?, World::W0, SEED, 1, &[]).1;
        let central_failures = outcomes[0].default_quarter.iter().filter(|q| q[0] > 0.0).count();
        drop(readings);
        drop(engine);
        Ok(Drawdown { fallen, calm, central_failures, value, loaded })
    }

    fn worst(&self, ids: &[&str]) -> Result<Option<Estimate>> {
        let each = ids.iter().map(|id| Ok(fails(&self.fallen, index(&self.loaded.model, id)?).estimate())).collect::<Result<Vec<_>>>()?;
        Ok(each.into_iter().flatten().max_by(|a, b| a.value.total_cmp(&b.value)))
    }

    /// Default probability that the fall adds to the firm, other than a laboratory, to which it adds most.
    fn added(&self) -> Option<Estimate> {
        let firms = self.loaded.model.firms.iter().enumerate().filter(|(_, f)| f.kind != crate::model::Kind::Lab);
        let gap = |(i, _): (usize, &crate::model::Firm)| {
            let (a, b) = (fails(&self.fallen, i).estimate()?, fails(&self.calm, i).estimate()?);
            Estimate::normal(a.value - b.value, a.std_error.hypot(b.std_error))
        };
        firms.filter_map(gap).max_by(|a, b| a.value.total_cmp(&b.value))
    }

    fn measure(&self, id: &str) -> Result<Option<Estimate>> {
        Ok(match id {
            "drawdown-hyperscalers" => self.worst(&HYPERSCALERS)?,
            "drawdown-chips" => self.worst(&CHIPS)?,
            "drawdown-oracle" => self.worst(&["oracle"])?,
            "drawdown-added" => self.added(),
            "drawdown-central" => Estimate::exact(self.central_failures as f64),
            "drawdown-value" => Found::median(self.value.clone()).estimate,
            _ => None,
        })
    }
}

/// The day of 2025: one path, the price of each firm at the end of the first quarter against the plan.
struct Day {
    loaded: Loaded,
    change: Vec<f64>,
    failures: usize,
}

impl Day {
    fn run(folder: &Path) -> Result<Day> {
        let loaded = scenario::load(&folder.join("deepseek-day.toml"))?;
        let engine = Engine::new(&loaded.model, Isa::detect())?;
        let readings = prices(&loaded.model);
        let (series, outcomes) = record(&engine, World::W0, SEED, 1, &readings);
        let planned = plan(&engine, &readings);
        let change = series.iter().zip(&planned).map(|(s, p)| s.path(0)[0] / p[0] - 1.0).collect();
        let failures = outcomes[0].default_quarter.iter().filter(|q| q[0] > 0.0).count();
        drop(readings);
        drop(engine);
        Ok(Day { loaded, change, failures })
    }

    fn mean(&self, ids: &[&str]) -> Result<f64> {
        let each = ids.iter().map(|id| Ok(self.change[index(&self.loaded.model, id)?])).collect::<Result<Vec<f64>>>()?;
        Ok(each.iter().sum::<f64>() / each.len() as f64)
    }

    fn measure(&self, id: &str) -> Result<Option<Estimate>> {
        let yes = |is_so: bool| Estimate::exact(f64::from(u8::from(is_so)));
        Ok(match id {
            "deepseek-ranking" => {
                let [chips, levered, hyperscalers] = [self.mean(&CHIPS)?, self.mean(&LEVERED)?, self.mean(&HYPERSCALERS)?];
                yes(chips < levered && levered < hyperscalers)
            }
            "deepseek-nvidia-first" => yes(self.mean(&["nvidia"])? < self.mean(&["oracle"])?),
            "deepseek-hyperscaler-small" => Estimate::exact(self.mean(&HYPERSCALERS)?),
            "deepseek-no-default" => Estimate::exact(self.failures as f64),
            _ => None,
        })
    }
}
