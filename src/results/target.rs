//! How exact one number of a run is to be, and simulating until it is. No tables.

use super::pool::Pool;
use super::types::{Given, Metric};
use crate::engine::{Engine, Run, Simulated, simulate_more};
use crate::error::{Error, Result};
use crate::lanes::LANES;
use crate::model::{Model, WorldName};
use crate::stats::{Estimate, Sample, TOO_FEW_FOR_MEAN, WeightedSample};

/// Paths of the first look.
const FIRST_LOOK: u64 = 8_192;
/// Paths that are also run in the variants.
const VARIANT_PATHS: u64 = 20_000;

/// One number of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Statistic {
    /// Mean net loss of the system in W0.
    Mean,
    /// Quantile of the net loss of the system in W0, at a level.
    ValueAtRisk(f64),
    /// Mean beyond that quantile.
    ExpectedShortfall(f64),
    /// Probability that a firm fails in W0, by its number.
    Default(usize),
    /// Amplification of the net loss given a bust, W0 over W2.
    Amplification,
}

/// A number and the half width that its 95 % interval is to have, relative to the number.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// As written.
    pub text: String,
    /// The number.
    pub statistic: Statistic,
    /// The half width over the number, such as 0.01.
    pub half_width: f64,
}

const EXPECTED: &str =
    "expected STATISTIC < SHARE, such as 'es99 < 1%', 'default(oracle) < 5%', 'var99.5 < 2%', 'mean < 0.5%' or 'amplification < 0.1%'";

impl Target {
    /// Reads `es99 < 1%`.
    ///
    /// # Errors
    /// [`Error::Usage`] that says what was expected, or which firms there are.
    pub fn parse(text: &str, model: &Model) -> Result<Target> {
        let refuse = |what: String| Error::Usage(format!("--until '{text}': {what}"));
        let (name, share) = text.split_once('<').ok_or_else(|| refuse(EXPECTED.into()))?;
        let share = share.trim();
        let number = share.strip_suffix('%').map_or_else(|| share.parse::<f64>(), |p| p.trim().parse::<f64>().map(|v| v / 100.0));
        let half_width = number
            .ok()
            .filter(|v| *v > 0.0 && *v < 1.0)
            .ok_or_else(|| refuse(format!("'{share}' is no half width between 0 and 100 %; {EXPECTED}")))?;
        let statistic = statistic(name.trim(), model).map_err(refuse)?;
        Ok(Target { text: text.trim().into(), statistic, half_width })
    }

    /// The number's name, as written.
    pub fn name(&self) -> &str {
        self.text.split('<').next().unwrap_or("").trim()
    }

    /// The number so far with its interval; none while it rests on too few paths.
    pub fn estimate(&self, simulated: &Simulated) -> Result<Option<Estimate>> {
        let pool = Pool::new(simulated);
        let tail = |level: f64| tail(&pool, level);
        Ok(match self.statistic {
            Statistic::Mean => {
                let at = Metric::NetLoss as usize;
                pool.mean(&pool.moments(Given::All, |t| &t.system[at])?, false)
            }
            Statistic::ValueAtRisk(level) => tail(level).map(|(var, _)| var),
            Statistic::ExpectedShortfall(level) => tail(level).map(|(_, es)| es),
            Statistic::Default(firm) => {
                let failed = pool.counts(Given::All, |t, c| {
                    let quarters = t.defaults[0][c].by_quarter.len() / t.defaults[0][c].first.len();
                    t.defaults[0][c].by_quarter[firm * quarters + 1..(firm + 1) * quarters].iter().sum()
                });
                let paths = pool.paths(Given::All, false);
                let seen = failed.iter().sum::<u64>() as f64;
                pool.proportion(&failed, &paths, false).filter(|_| seen >= TOO_FEW_FOR_MEAN)
            }
            Statistic::Amplification => {
                // Of the panels' pairs the first are W1's, then W2's.
                let at = Metric::ALL.len() + Metric::NetLoss as usize;
                let pairs = pool.pairs(Given::Bust, |t| &t.pairs[at])?;
                pool.all.ratio(&pairs).estimate()
            }
        })
    }

    /// Simulates more and more paths, at most `most`, until the target is met; says whether it was. `run` gives seed, worlds and sampling. `tell` is told of each
    /// look: the paths so far and the estimate. Looks are few, each at a quarter more paths at least and four times as many at most, so that stopping at a lucky
    /// moment hardly narrows the interval (`tests/coverage.rs`).
    ///
    /// # Errors
    /// As [`simulate_more`].
    pub fn pursue(
        &self,
        engine: &Engine<'_>,
        run: Run,
        most: u64,
        threads: usize,
        progress: &(dyn Fn(u64) + Sync),
        mut tell: impl FnMut(u64, Option<&Estimate>),
    ) -> Result<(Run, Simulated, bool)> {
        let mut run = Run { paths: 0..FIRST_LOOK.min(most), variant_paths: VARIANT_PATHS, ..run };
        let mut before = None;
        loop {
            let simulated = simulate_more(engine, &run, before.take(), threads, progress)?;
            let found = self.estimate(&simulated)?;
            tell(simulated.paths(), found.as_ref());
            let width = found.as_ref().map_or(f64::INFINITY, Target::relative_half_width);
            if width <= self.half_width || run.paths.end >= most {
                return Ok((run, simulated, width <= self.half_width));
            }
            // Half widths shrink with the root of the paths.
            let (now, ratio) = (run.paths.end as f64, width / self.half_width);
            let next = (1.05 * now * ratio * ratio).clamp(1.25 * now, 4.0 * now);
            run.paths.end = ((next / LANES as f64).ceil() as u64 * LANES as u64).min(most);
            before = Some(simulated);
        }
    }

    /// Half width of an estimate's interval over its value, the longer side.
    pub fn relative_half_width(estimate: &Estimate) -> f64 {
        (estimate.high - estimate.value).max(estimate.value - estimate.low) / estimate.value.abs()
    }
}

fn tail(pool: &Pool<'_>, level: f64) -> Option<(Estimate, Estimate)> {
    if pool.is_plain() {
        let sample = Sample::new(pool.losses(WorldName::W0, Given::All).map(|(_, x)| x).collect());
        let es = sample.tail_mean(level).filter(|t| !t.is_too_few())?;
        return Some((sample.quantile(level)?.estimate, es.estimate));
    }
    let found = WeightedSample::new(&pool.all, pool.losses(WorldName::W0, Given::All))?.tail(level)?;
    (found.effective >= TOO_FEW_FOR_MEAN).then_some((found.quantile, found.mean))
}

fn statistic(name: &str, model: &Model) -> std::result::Result<Statistic, String> {
    let level = |text: &str| text.parse::<f64>().ok().filter(|p| *p > 0.0 && *p < 100.0).map(|p| p / 100.0);
    let wrong = || format!("'{name}' is no statistic; {EXPECTED}");
    if let Some(id) = name.strip_prefix("default(").and_then(|rest| rest.strip_suffix(')')) {
        let known = || model.firms.iter().map(|f| f.id.as_str()).collect::<Vec<_>>().join(", ");
        let found = model.firms.iter().position(|f| f.id == id.trim());
        return found.map(Statistic::Default).ok_or_else(|| format!("there is no firm '{}': the firms are {}", id.trim(), known()));
    }
    match name {
        "mean" => Ok(Statistic::Mean),
        "amplification" => Ok(Statistic::Amplification),
        _ => {
            let es = name.strip_prefix("es").and_then(level).map(Statistic::ExpectedShortfall);
            es.or_else(|| name.strip_prefix("var").and_then(level).map(Statistic::ValueAtRisk)).ok_or_else(wrong)
        }
    }
}
