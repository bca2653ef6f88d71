//! Reverse stress: how likely a condition is, what the drivers do on the paths that meet it, the most likely such path and the least bad one, what fails first.
//! No words, no files.

mod condition;
mod language;
mod space;
mod told;
mod watch;

pub use condition::{Comparison, Condition, Measure, Node, Term};
pub use language::parse;
pub use space::Form;
pub use told::{Low, Told};
pub use watch::Coordinate;

use crate::engine::{Engine, FEWEST_PATHS, MOST_CANDIDATES, Numbers, PathBlock, Run, Sampling, choose, for_each_block};
use crate::error::{Error, Result};
use crate::stats::{Estimate, Moments, NoFit, Probit, Quantum, Strata, interval_ranks};
use serde::{Deserialize, Serialize};
use space::{Ordered, Space};
use watch::{PathRow, Spec};

/// Fewer paths than this that meet the condition, counted as equally weighted ones, and paths are chosen anew by importance.
pub const ENOUGH: f64 = 200.0;
/// Paths that are listed, the most likely ones first.
pub const LISTED: usize = 1_000;
/// Firms that the condition does not name and whose own revenue is told nevertheless, uncertain numbers that are told, and the least that either must differ by, in
/// standard deviations.
const MOST_OTHERS: usize = 2;
const MOST_UNCERTAIN: usize = 3;
const LEAST_SHIFT: f64 = 0.2;
/// Levels at which a coordinate's distribution is told.
pub const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// A coordinate among some paths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Mean; none of fewer than two paths.
    pub mean: Option<Estimate>,
    /// Quantiles at [`LEVELS`].
    pub quantiles: [f64; 5],
}

/// A coordinate over all paths and among those that meet the condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// Which.
    pub coordinate: Coordinate,
    /// Over all paths.
    pub all: Spread,
    /// Among those that meet the condition: its mean is the mean failing shock.
    pub meeting: Spread,
    /// Mean among those that meet it less mean over all, in standard deviations over all paths.
    pub shift: Option<Estimate>,
    /// First and last rank by the size of the shift that the intervals leave open, 1 the largest.
    pub ranks: (usize, usize),
    /// Value at the design point of FORM.
    pub form: Option<f64>,
}

/// How often something fails first among the paths that meet the condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FirstFailure {
    /// Firm or deal, by its identifier; none where nothing fails.
    pub what: Option<String>,
    /// Share of the paths that meet the condition. Several may fail in the same first quarter, so that shares may sum to more than 1.
    pub share: Estimate,
    /// The same among all paths.
    pub among_all: Estimate,
    /// First and last rank that the intervals leave open.
    pub ranks: (usize, usize),
}

/// A path that meets the condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Number of the path.
    pub path: u64,
    /// Weight; the weights of all paths sum to 1.
    pub weight: f64,
    /// Logarithm of how likely its coordinates are given the condition, up to a constant.
    pub log_density: f64,
    /// Distance of its coordinates from the middle of all paths, in standard deviations.
    pub distance: f64,
    /// Net loss of the system, USD billion.
    pub net_loss_usd_bn: f64,
    /// Value of each coordinate.
    pub values: Vec<f64>,
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reversal {
    /// The condition.
    pub condition: Condition,
    /// Identifiers and names of the firms.
    pub firms: Vec<(String, String)>,
    /// Identifiers of the groups of vendors.
    pub groups: Vec<String>,
    /// Names of the uncertain numbers.
    pub uncertain: Vec<String>,
    /// Labels of the quarters, the first being quarter 1.
    pub quarters: Vec<String>,
    /// The last quarter that the condition looks at, and the coordinates with it.
    pub last_quarter: usize,
    /// Seed.
    pub seed: u64,
    /// Paths.
    pub paths: u64,
    /// How they were chosen.
    pub sampling: String,
    /// How many of as many plain paths met the condition, where too few did and importance sampling was tried.
    pub plain_meeting: Option<u64>,
    /// Number of equally weighted paths with the same sum of squared weights.
    pub effective_paths: f64,
    /// Paths that meet the condition.
    pub meeting: u64,
    /// The same as equally weighted paths.
    pub effective_meeting: f64,
    /// Probability of the condition in W0.
    pub probability: Estimate,
    /// The coordinates, by the size of the shift; empty where no path meets the condition.
    pub coordinates: Vec<Shift>,
    /// The most likely path that meets the condition.
    pub most_likely: Option<Told>,
    /// The one with the least net loss of the system.
    pub least_bad: Option<Told>,
    /// Which firm fails first.
    pub first_firms: Vec<FirstFailure>,
    /// Which deal fails first.
    pub first_deals: Vec<FirstFailure>,
    /// FORM as a check.
    pub form: Option<Form>,
    /// Why there is none.
    pub no_form: Option<NoFit>,
    /// The most likely paths that meet the condition, in this order.
    #[serde(skip)]
    pub listed: Vec<Listed>,
    /// Solves that did not reach their tolerance.
    pub failed_solves: u64,
}

/// One look at the paths of a run.
struct Look {
    strata: Strata,
    numbers: Vec<Numbers>,
    rows: Vec<Vec<PathRow>>,
    sampling: Sampling,
    failed: u64,
}

impl Look {
    fn entries(&self) -> impl Iterator<Item = (usize, u64, &PathRow)> {
        let of = |(k, rows): (usize, &'_ Vec<PathRow>)| (k, rows.len());
        let places = self.rows.iter().enumerate().map(of).flat_map(|(k, n)| (0..n).map(move |place| (k, place)));
        places.map(|(k, place)| (k, self.numbers[k].at(place), &self.rows[k][place]))
    }

    /// Paths of each stratum for which something holds.
    fn counts(&self, holds: impl Fn(&PathRow) -> bool) -> Vec<u64> {
        self.rows.iter().map(|rows| rows.iter().filter(|r| holds(r)).count() as u64).collect()
    }

    /// Number of equally weighted paths among those that meet the condition (Kish 1965).
    fn effective_meeting(&self) -> f64 {
        let (mut sum, mut squares) = (0.0, 0.0);
        for (k, n) in self.counts(|r| r.meets).into_iter().enumerate() {
            sum += n as f64 * self.strata.weight(k);
            squares += n as f64 * self.strata.weight(k).powi(2);
        }
        if squares > 0.0 { sum * sum / squares } else { 0.0 }
    }

    fn probability(&self) -> Result<Estimate> {
        let all = self.counts(|_| true);
        let none = || Error::Usage("reverse: no path was simulated".into());
        self.strata.proportion(&self.counts(|r| r.meets), &all).ok_or_else(none)
    }
}

/// Searches the paths of `run`, which must be plain; where too few meet the condition, paths chosen by importance are searched as well, and of the two the one with
/// more to say is told.
///
/// # Errors
/// [`Error::Usage`] where nothing is random, or as [`choose`].
pub fn reverse(engine: &Engine<'_>, condition: &Condition, run: &Run, threads: usize, progress: &(dyn Fn(u64) + Sync)) -> Result<Reversal> {
    let model = engine.model;
    let run = match &model.shocks.table {
        Some(table) => Run { paths: 0..run.paths.end.min(table.paths.max(1)), ..run.clone() },
        None if model.shocks.random => run.clone(),
        None => {
            let text = "reverse: nothing is random in this scenario, so that its one path meets the condition or not: `run` and `explain --path 0` tell it";
            return Err(Error::Usage(text.into()));
        }
    };
    let spec = Spec::new(model, condition);
    let plain = look(engine, &spec, &Run { sampling: Sampling::Plain, ..run.clone() }, threads, progress)?;
    let can_choose = model.shocks.table.is_none()
        && run.paths.end >= FEWEST_PATHS
        && run.paths.end.saturating_mul(Sampling::Importance.candidates_per_path()) <= MOST_CANDIDATES;
    if plain.effective_meeting() >= ENOUGH || !can_choose {
        return tell(engine, &spec, &run, plain, None);
    }
    let met = plain.counts(|r| r.meets).iter().sum();
    let chosen = look(engine, &spec, &Run { sampling: Sampling::Importance, ..run.clone() }, threads, progress)?;
    let best = if chosen.effective_meeting() > plain.effective_meeting() { chosen } else { plain };
    tell(engine, &spec, &run, best, Some(met))
}

fn look(engine: &Engine<'_>, spec: &Spec<'_>, run: &Run, threads: usize, progress: &(dyn Fn(u64) + Sync)) -> Result<Look> {
    let chosen = choose(engine, run, threads)?;
    let numbers = chosen.numbers();
    let mut rows: Vec<Vec<PathRow>> = numbers.iter().map(|n| vec![PathRow::default(); n.count()]).collect();
    let slots = rows.iter_mut().map(|r| (0, &mut r[..])).collect();
    let each = |failed: &mut u64, block: PathBlock<'_, PathRow>| {
        let (found, unsolved) = watch::run(engine, spec, run.seed, &block.paths);
        *failed += unsolved;
        for (slot, row) in block.slots.iter_mut().zip(found.into_iter().skip(block.lanes.start)) {
            *slot = row;
        }
    };
    let add = |a: &mut u64, b: &u64| {
        *a += b;
        Ok(())
    };
    let failed = for_each_block(&numbers, slots, threads, || 0, each, add, progress)?.into_iter().flatten().sum();
    Ok(Look { strata: chosen.weights(), numbers, rows, sampling: run.sampling, failed })
}

fn tell(engine: &Engine<'_>, spec: &Spec<'_>, run: &Run, look: Look, plain_meeting: Option<u64>) -> Result<Reversal> {
    let model = engine.model;
    let mut found = Reversal {
        condition: spec.condition.clone(),
        firms: model.firms.iter().map(|f| (f.id.clone(), f.name.clone())).collect(),
        groups: model.groups.iter().map(|g| g.id.clone()).collect(),
        uncertain: model.uncertain.iter().map(|u| u.name.clone()).collect(),
        quarters: (1..=model.horizon_quarters).map(|t| model.quarter_label(t)).collect(),
        last_quarter: spec.last,
        seed: run.seed,
        paths: look.rows.iter().map(|r| r.len() as u64).sum(),
        sampling: look.sampling.name().into(),
        plain_meeting,
        effective_paths: look.strata.effective_paths(),
        meeting: look.counts(|r| r.meets).iter().sum(),
        effective_meeting: look.effective_meeting(),
        probability: look.probability()?,
        coordinates: vec![],
        most_likely: None,
        least_bad: None,
        first_firms: first_failures(&look, model.firms.len(), |r| &r.first_firms, |i| model.firms[i].id.clone()),
        first_deals: first_failures(&look, model.purchases.len() + model.tranches.len(), |r| &r.first_deals, |k| told::deal_name(model, k)),
        form: None,
        no_form: Some(NoFit::OneAnswer),
        listed: vec![],
        failed_solves: look.failed,
    };
    if found.meeting > 0 {
        add_space(engine, spec, &look, &mut found);
    }
    Ok(found)
}

/// Everything that is told in coordinates.
fn add_space(engine: &Engine<'_>, spec: &Spec<'_>, look: &Look, found: &mut Reversal) {
    let entries: Vec<(usize, u64, &PathRow)> = look.entries().collect();
    let weights: Vec<f64> = entries.iter().map(|e| look.strata.weight(e.0)).collect();
    let (columns, mut shifts) = shifts(look, spec);
    let ordered: Vec<Ordered> =
        columns.iter().map(|&c| Ordered::new(entries.iter().zip(&weights).map(|(e, w)| (e.2.values[c], *w)))).collect();
    for ((s, all), &c) in shifts.iter_mut().zip(&ordered).zip(&columns) {
        let meeting = entries.iter().zip(&weights).filter(|(e, _)| e.2.meets).map(|(e, w)| (e.2.values[c], *w));
        let meeting = Ordered::new(meeting);
        s.all.quantiles = LEVELS.map(|q| all.quantile(q));
        s.meeting.quantiles = LEVELS.map(|q| meeting.quantile(q));
    }
    let space = Space::new(&ordered, &weights, |c, n| entries[n].2.values[columns[c]]);
    let answers: Vec<bool> = entries.iter().map(|e| e.2.meets).collect();
    let fit = space.fit(&weights, &answers);
    let form = fit.as_ref().map_err(|e| *e).and_then(|f| space.form(f, &ordered).ok_or(NoFit::NotConverged));
    (found.form, found.no_form) = form.map_or_else(|why| (None, Some(why)), |f| (Some(f), None));
    for (s, v) in shifts.iter_mut().zip(found.form.iter().flat_map(|f| &f.values)) {
        s.form = *v;
    }
    let mut listed = listed(&entries, &weights, &columns, &space, fit.as_ref().ok());
    let told = |l: &Listed| {
        let places: Vec<(f64, f64)> = ordered.iter().zip(&l.values).map(|(o, &x)| (x, o.percentile(x))).collect();
        let coordinates: Vec<Coordinate> = shifts.iter().map(|s| s.coordinate).collect();
        told::tell(engine, spec, (found.seed, l.path), &coordinates, &places)
    };
    found.most_likely = listed.first().map(told);
    found.least_bad = listed.iter().min_by(|a, b| a.net_loss_usd_bn.total_cmp(&b.net_loss_usd_bn).then(a.path.cmp(&b.path))).map(told);
    listed.truncate(LISTED);
    found.listed = listed;
    found.coordinates = shifts;
}

/// The paths that meet the condition, the most likely first. How likely coordinates v are given the condition is φ(v) P(condition | v), and where P could not be
/// fitted φ(v) alone, which is exact where the coordinates decide.
fn listed(entries: &[(usize, u64, &PathRow)], weights: &[f64], columns: &[usize], space: &Space, fit: Option<&Probit>) -> Vec<Listed> {
    let one = |(n, (_, path, row)): (usize, &(usize, u64, &PathRow))| {
        let distance = space.distance(n);
        Listed {
            path: *path,
            weight: weights[n],
            log_density: fit.map_or(0.0, |f| f.log_probability(space.point(n))) - 0.5 * distance * distance,
            distance,
            net_loss_usd_bn: row.loss,
            values: columns.iter().map(|&c| row.values[c]).collect(),
        }
    };
    let mut found: Vec<Listed> = entries.iter().enumerate().filter(|(_, e)| e.2.meets).map(one).collect();
    found.sort_by(|a, b| b.log_density.total_cmp(&a.log_density).then(a.path.cmp(&b.path)));
    found
}

/// The coordinates that are told, by their place among those looked at: all that vary, but of uncertain numbers, and of the own revenues of firms that the condition
/// does not name, only those that differ most; ordered by the size of their shift.
fn shifts(look: &Look, spec: &Spec<'_>) -> (Vec<usize>, Vec<Shift>) {
    let mut found: Vec<(usize, Shift)> = (0..spec.coordinates.len()).filter_map(|c| shift(look, spec, c).map(|s| (c, s))).collect();
    found.sort_by(|a, b| size(&b.1).total_cmp(&size(&a.1)));
    let is_clear = |s: &Shift| size(s) > LEAST_SHIFT && s.shift.is_some_and(|e| e.value.abs() > 4.0 * e.std_error);
    let (mut firms, mut numbers) = (0, 0);
    found.retain(|(_, s)| match s.coordinate {
        Coordinate::OwnRevenue { firm } if !spec.named.contains(&firm) => {
            firms += 1;
            firms <= MOST_OTHERS && is_clear(s)
        }
        Coordinate::Uncertain { .. } => {
            numbers += 1;
            numbers <= MOST_UNCERTAIN && is_clear(s)
        }
        _ => true,
    });
    let intervals: Vec<(f64, f64)> = found.iter().map(|(_, s)| s.shift.map_or((0.0, f64::INFINITY), |e| sizes(&e))).collect();
    for ((_, s), ranks) in found.iter_mut().zip(interval_ranks(&intervals)) {
        s.ranks = ranks;
    }
    found.into_iter().unzip()
}

fn size(s: &Shift) -> f64 {
    s.shift.map_or(0.0, |e| e.value.abs())
}

/// The interval of the size of an estimate.
fn sizes(e: &Estimate) -> (f64, f64) {
    if e.low > 0.0 {
        (e.low, e.high)
    } else if e.high < 0.0 {
        (-e.high, -e.low)
    } else {
        (0.0, e.high.max(-e.low))
    }
}

/// A coordinate over all paths and among those that meet the condition, its quantiles still open; none where it is the same on every path.
fn shift(look: &Look, spec: &Spec<'_>, c: usize) -> Option<Shift> {
    let most = look.entries().fold(0.0f64, |m, e| m.max(e.2.values[c].abs()));
    let moments = |of: &dyn Fn(&PathRow) -> Option<f64>, scale: f64| -> Vec<Moments> {
        let sum = |rows: &Vec<PathRow>| {
            let mut m = Moments::new(Quantum::for_scale(scale));
            rows.iter().filter_map(of).for_each(|x| m.push(x));
            m
        };
        look.rows.iter().map(sum).collect()
    };
    let every = moments(&|r| Some(r.values[c]), most);
    let among = moments(&|r| r.meets.then(|| r.values[c]), most);
    let sd = look.strata.standard_deviation(&every).filter(|s| *s > 1e-9 * most)?;
    let (mean, mean_among) = (look.strata.mean_value(&every)?, look.strata.mean_value(&among)?);
    let counts = (look.counts(|r| r.meets), look.counts(|_| true));
    let probability = look.strata.share(&counts.0, &counts.1);
    // The difference of the means, made linear: its error knows that the paths that meet the condition are among all.
    let linear = |r: &PathRow| {
        let x = r.values[c];
        (if r.meets { (x - mean_among) / probability } else { 0.0 }) - (x - mean)
    };
    let error = look.strata.mean(&moments(&|r| Some(linear(r) / sd), 2.0 * most / (sd * probability)));
    let is_enough = counts.0.iter().sum::<u64>() >= 2;
    let spread = |moments: &[Moments]| Spread { mean: look.strata.mean(moments), quantiles: [0.0; 5] };
    Some(Shift {
        coordinate: spec.coordinates[c],
        meeting: spread(&among),
        all: spread(&every),
        shift: error.filter(|_| is_enough).and_then(|e| Estimate::normal((mean_among - mean) / sd, e.std_error)),
        ranks: (0, 0),
        form: None,
    })
}

/// How often each of `count` firms or deals fails first among the paths that meet the condition, the most often first, and how often none does.
fn first_failures(look: &Look, count: usize, of: impl Fn(&PathRow) -> &[u32], name: impl Fn(usize) -> String) -> Vec<FirstFailure> {
    // By what fails and by stratum: among the paths that meet the condition, and among all.
    let mut seen = vec![[vec![0u64; look.rows.len()], vec![0u64; look.rows.len()]]; count + 1];
    for (k, _, row) in look.entries() {
        let first = of(row);
        let nothing = first.is_empty().then_some(count);
        for i in first.iter().map(|&i| i as usize).chain(nothing) {
            seen[i][0][k] += u64::from(row.meets);
            seen[i][1][k] += 1;
        }
    }
    let (meeting, all) = (look.counts(|r| r.meets), look.counts(|_| true));
    let one = |(i, [met, every]): (usize, [Vec<u64>; 2])| {
        let (share, among_all) = (look.strata.proportion(&met, &meeting)?, look.strata.proportion(&every, &all)?);
        Some(FirstFailure { what: (i < count).then(|| name(i)), share, among_all, ranks: (0, 0) })
    };
    let mut found: Vec<FirstFailure> = seen.into_iter().enumerate().filter(|(_, c)| c[0].iter().any(|n| *n > 0)).filter_map(one).collect();
    found.sort_by(|a, b| b.share.value.total_cmp(&a.share.value));
    let intervals: Vec<(f64, f64)> = found.iter().map(|f| (f.share.low, f.share.high)).collect();
    found.iter_mut().zip(interval_ranks(&intervals)).for_each(|(f, r)| f.ranks = r);
    found
}
