//! One or two inputs of a scenario varied over a grid, every point on the same paths: measures with intervals, paired differences, break-even points. No words.

use serde::{Deserialize, Serialize};

use super::crossings::{Crossing, crossings, shifted};
use crate::engine::{Chosen, Engine, Nobody, PathBlock, Run, World, choose, for_each_block};
use crate::error::{Error, Result};
use crate::lanes::Isa;
use crate::model::{Metric, Model};
use crate::stats::{Estimate, PairMoments, Quantum, Strata, batch_places, expected_shortfall, with_batches};

/// Most points of a grid.
pub const MOST_POINTS: usize = 400;
/// Level of the expected shortfall.
const LEVEL: f64 = 0.99;

/// What is measured at every point, in W0 where it does not say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Expected net loss of the system.
    MeanNetLoss,
    /// Expected shortfall 99 % of the net loss of the system.
    Es99NetLoss,
    /// Amplification of the net loss given a bust, W0 over W2.
    Amplification,
    /// Expected number of firms that fail.
    Defaults,
    /// Expected loss of outside creditors.
    CreditLoss,
    /// Probability that a firm fails, by its number.
    Default(usize),
}

/// One input and its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Path in the scenario, or a deal whose size is varied.
    pub name: String,
    /// Whether `values` are multiples of a deal's size.
    pub is_deal: bool,
    /// Values, ascending.
    pub values: Vec<f64>,
    /// Whether they are evenly spaced in logarithms.
    pub is_log: bool,
    /// Value in the scenario as written, its centre where it is drawn; none where the input has no one value.
    pub base: Option<f64>,
    /// Whether the scenario as written draws it, so that no point of the grid is that scenario.
    pub is_drawn: bool,
}

/// One measure at one point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// Which.
    pub measure: Measure,
    /// Its value; none where it does not exist, such as an amplification of a loss that is not clear of zero.
    pub value: Option<Estimate>,
    /// Paired difference to the scenario as written.
    pub change: Option<Estimate>,
}

/// Where the plan of a point cannot be paid for: the largest gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Short {
    /// Firm.
    pub firm: usize,
    /// Quarter.
    pub quarter: usize,
    /// Missing there, USD billion.
    pub usd_bn: f64,
}

/// One point of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Value of each input.
    pub at: Vec<f64>,
    /// Set where the plan cannot be paid for; then nothing was simulated.
    pub short: Option<Short>,
    /// Measures.
    pub numbers: Vec<Number>,
}

/// A measure along the first input, and where it meets a level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Which measure.
    pub measure: Measure,
    /// The level; none asks where the paired difference is zero.
    pub level: Option<f64>,
    /// Value of the second input, if there is one.
    pub second: Option<f64>,
    /// Where it is met.
    pub crossings: Vec<Crossing>,
    /// Where it is nowhere met: whether the measure is above the level throughout, and whether every interval is clear of it. None where too little is known.
    pub side: Option<(bool, bool)>,
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// Name of the scenario.
    pub scenario: String,
    /// Names of the firms.
    pub firms: Vec<String>,
    /// What was varied.
    pub inputs: Vec<Input>,
    /// Measures of the scenario as written.
    pub base: Vec<Number>,
    /// Points, the last input fastest.
    pub points: Vec<Point>,
    /// Break-even points.
    pub lines: Vec<Line>,
    /// The firm whose probability of default changes most from that of the scenario as written, if any does beyond the error.
    pub mover: Option<usize>,
    /// Paths.
    pub paths: u64,
    /// Seed.
    pub seed: u64,
    /// Number of equally weighted paths with the same sum of squared weights.
    pub effective_paths: f64,
    /// Solves that did not reach their tolerance, at all points together.
    pub failed_solves: u64,
}

/// What is kept of one path: whether it has a bust, and net losses in W0 and W2, failures, credit loss, then a 1 for each firm that fails.
#[derive(Debug, Clone, Default)]
struct Row {
    bust: bool,
    values: Vec<f64>,
}

const NET: usize = 0;
const ISOLATED: usize = 1;
const FAILED: usize = 2;
const CREDIT: usize = 3;
const FIRST_FIRM: usize = 4;

/// The paths of one point.
type Rows = Vec<Vec<Row>>;

/// What is the same at every point.
struct Desk<'a> {
    chosen: &'a Chosen,
    strata: Strata,
    seed: u64,
    threads: usize,
    scale: f64,
}

/// Runs `base` and the model of every point of the grid of `inputs` on the same paths. `model_at` makes the model of a point from the values of the inputs; `levels` are
/// what break-even points are sought for, beside a difference of zero. `progress` is told of every point.
///
/// # Errors
/// [`Error::Usage`] for too large a grid or a point of another horizon or other firms, [`Error::PlanNotFinanceable`] if no point has a plan that can be paid for, what
/// `model_at` returns, or as [`choose`].
pub fn sweep(
    base: &Engine<'_>,
    inputs: Vec<Input>,
    model_at: impl Fn(&[f64]) -> Result<Model>,
    levels: &[(Measure, f64)],
    (run, threads): (&Run, usize),
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Sweep> {
    let grid = grid(&inputs)?;
    let chosen = choose(base, run, threads)?;
    let desk = Desk { chosen: &chosen, strata: chosen.weights(), seed: run.seed, threads, scale: base.scale };
    let (first, mut failed_solves) = desk.run(base)?;
    progress(1);
    let mut points = Vec::with_capacity(grid.len());
    for at in grid {
        let model = model_at(&at)?;
        same_system(base.model, &model, &at)?;
        let engine = Engine::new(&model, Isa::detect())?;
        let short = largest_gap(&engine);
        let numbers = if short.is_some() {
            vec![]
        } else {
            let (rows, failed) = desk.run(&engine)?;
            failed_solves += failed;
            desk.numbers(&rows, Some(&first))
        };
        points.push(Point { at, short, numbers });
        progress(1);
    }
    none_paid_for(&points, base.model)?;
    let firms = base.model.firms.len();
    let mover = mover(&points, firms);
    Ok(Sweep {
        scenario: base.model.name.clone(),
        firms: base.model.firms.iter().map(|f| f.id.clone()).collect(),
        base: desk.numbers(&first, None),
        lines: lines(&inputs, &points, levels, mover),
        inputs,
        points,
        mover,
        paths: first.iter().map(|r| r.len() as u64).sum(),
        seed: run.seed,
        effective_paths: desk.strata.effective_paths(),
        failed_solves,
    })
}

/// Every combination of the values, the last input fastest.
fn grid(inputs: &[Input]) -> Result<Vec<Vec<f64>>> {
    let size: usize = inputs.iter().map(|i| i.values.len()).product();
    if size > MOST_POINTS || inputs.is_empty() || inputs.len() > 2 {
        return Err(Error::Usage(format!(
            "{} inputs and {size} points: vary one or two inputs over at most {MOST_POINTS} points",
            inputs.len()
        )));
    }
    let one = |v: &f64| vec![*v];
    Ok(match inputs {
        [x, y] => x.values.iter().flat_map(|&a| y.values.iter().map(move |&b| vec![a, b])).collect(),
        [x, ..] => x.values.iter().map(one).collect(),
        [] => vec![],
    })
}

fn same_system(base: &Model, model: &Model, at: &[f64]) -> Result<()> {
    let ids = |m: &Model| m.firms.iter().map(|f| f.id.clone()).collect::<Vec<_>>();
    if base.horizon_quarters == model.horizon_quarters && ids(base) == ids(model) {
        return Ok(());
    }
    Err(Error::Usage(format!("at {at:?} the scenario has another horizon or other firms: vary numbers, not what there is")))
}

fn largest_gap(engine: &Engine<'_>) -> Option<Short> {
    let gaps = engine.plan_gaps();
    let largest = gaps.into_iter().max_by(|a, b| a.usd_bn.total_cmp(&b.usd_bn));
    largest.map(|g| Short { firm: g.firm, quarter: g.quarter, usd_bn: g.usd_bn })
}

/// An error if the plan can be paid for at no point.
fn none_paid_for(points: &[Point], model: &Model) -> Result<()> {
    let list: Option<Vec<&Short>> = points.iter().map(|p| p.short.as_ref()).collect();
    let Some(least) = list.and_then(|l| l.into_iter().min_by(|a, b| a.usd_bn.total_cmp(&b.usd_bn))) else { return Ok(()) };
    let (firm, quarter) = (&model.firms[least.firm].id, model.quarter_label(least.quarter));
    Err(Error::PlanNotFinanceable(format!(
        "at no point of the grid; at the best of them {firm} needs {:.3} bn more in {quarter}",
        least.usd_bn
    )))
}

impl Desk<'_> {
    /// Losses of every path of a model, and how many solves failed.
    fn run(&self, engine: &Engine<'_>) -> Result<(Rows, u64)> {
        let numbers = self.chosen.numbers();
        let mut rows: Rows = numbers.iter().map(|n| vec![Row::default(); n.count()]).collect();
        let slots = rows.iter_mut().map(|r| (0, &mut r[..])).collect();
        let each = |failed: &mut u64, block: PathBlock<'_, Row>| *failed += run_block(engine, self.seed, block);
        let add = |a: &mut u64, b: &u64| {
            *a += b;
            Ok(())
        };
        let failed = for_each_block(&numbers, slots, self.threads, || 0, each, add, &|_| ())?;
        Ok((rows, failed.into_iter().flatten().sum()))
    }

    /// Every measure of a point, with its change where there is a first point to compare with.
    fn numbers(&self, rows: &Rows, first: Option<&Rows>) -> Vec<Number> {
        let firms = rows.iter().flatten().next().map_or(0, |r| r.values.len() - FIRST_FIRM);
        let measures = [Measure::MeanNetLoss, Measure::Es99NetLoss, Measure::Amplification, Measure::Defaults, Measure::CreditLoss];
        let measures = measures.into_iter().chain((0..firms).map(Measure::Default));
        let number = |measure| match measure {
            Measure::Es99NetLoss => self.by_batches(measure, rows, first, |rows, batch| self.shortfall(rows, batch)),
            Measure::Amplification => self.amplification(rows, first),
            Measure::MeanNetLoss => self.mean(measure, (NET, self.scale), rows, first),
            Measure::Defaults => self.mean(measure, (FAILED, 64.0), rows, first),
            Measure::CreditLoss => self.mean(measure, (CREDIT, self.scale), rows, first),
            Measure::Default(i) => {
                Number { value: self.proportion(FIRST_FIRM + i, rows), ..self.mean(measure, (FIRST_FIRM + i, 64.0), rows, first) }
            }
        };
        measures.map(number).collect()
    }

    fn mean(&self, measure: Measure, (at, scale): (usize, f64), rows: &Rows, first: Option<&Rows>) -> Number {
        let pairs: Vec<PairMoments> = rows.iter().zip(first.unwrap_or(rows)).map(|(a, c)| paired(a, c, at, scale)).collect();
        let change = if first.is_some() { self.strata.difference(&pairs) } else { None };
        Number { measure, value: self.strata.means(&pairs).map(|m| m.0), change }
    }

    /// The share of paths in which a column is set: an interval of its own, for none or few.
    fn proportion(&self, at: usize, rows: &Rows) -> Option<Estimate> {
        let seen: Vec<u64> = rows.iter().map(|r| r.iter().filter(|row| row.values[at] > 0.0).count() as u64).collect();
        let of: Vec<u64> = rows.iter().map(|r| r.len() as u64).collect();
        self.strata.proportion(&seen, &of)
    }

    fn by_batches(
        &self,
        measure: Measure,
        rows: &Rows,
        first: Option<&Rows>,
        statistic: impl Fn(&Rows, &std::ops::Range<usize>) -> Option<f64>,
    ) -> Number {
        let value = with_batches(|batch| statistic(rows, &batch));
        let change = first.and_then(|f| with_batches(|batch| Some(statistic(rows, &batch)? - statistic(f, &batch)?)));
        Number { measure, value, change }
    }

    fn shortfall(&self, rows: &Rows, batches: &std::ops::Range<usize>) -> Option<f64> {
        let part = |r: &Vec<Row>| batch_places(batches, r.len());
        let values = |r: &Vec<Row>| r[part(r)].iter().map(|row| row.values[NET]).collect();
        expected_shortfall(
            &self.strata.with_counts(rows.iter().map(|r| part(r).len() as u64).collect()),
            rows.iter().map(values).collect(),
            LEVEL,
        )
    }

    fn amplification(&self, rows: &Rows, first: Option<&Rows>) -> Number {
        let ratio = |rows: &Rows| self.strata.ratio(&rows.iter().map(|r| busts(r, self.scale)).collect::<Vec<_>>()).estimate();
        let value = ratio(rows);
        let both = first.filter(|f| value.is_some() && ratio(f).is_some());
        let changed = self.by_batches(Measure::Amplification, rows, both, |rows, batch| self.plain_ratio(rows, batch));
        Number { value, ..changed }
    }

    /// The same ratio over some twentieths of every stratum.
    fn plain_ratio(&self, rows: &Rows, batches: &std::ops::Range<usize>) -> Option<f64> {
        let part = |r: &Vec<Row>| batch_places(batches, r.len());
        let strata = self.strata.with_counts(rows.iter().map(|r| part(r).len() as u64).collect());
        let sum = |at: usize| -> f64 {
            let of = |(k, r): (usize, &Vec<Row>)| {
                strata.weight(k) * r[part(r)].iter().filter(|row| row.bust).map(|row| row.values[at]).sum::<f64>()
            };
            rows.iter().enumerate().map(of).sum()
        };
        let below = sum(ISOLATED);
        (below > 0.0).then(|| sum(NET) / below)
    }
}

fn paired(rows: &[Row], first: &[Row], at: usize, scale: f64) -> PairMoments {
    let mut sums = PairMoments::new(Quantum::for_scale(scale));
    rows.iter().zip(first).for_each(|(a, c)| sums.push(a.values[at], c.values[at]));
    sums
}

/// Net losses of the paths with a bust, in W0 and W2.
fn busts(rows: &[Row], scale: f64) -> PairMoments {
    let mut sums = PairMoments::new(Quantum::for_scale(scale));
    rows.iter().filter(|r| r.bust).for_each(|r| sums.push(r.values[NET], r.values[ISOLATED]));
    sums
}

fn run_block(engine: &Engine<'_>, seed: u64, block: PathBlock<'_, Row>) -> u64 {
    let found = engine.run_paths(seed, &block.paths, &[World::W0, World::W2], &mut Nobody);
    let (full, isolated) = (&found.outcomes[0], &found.outcomes[1]);
    for (slot, l) in block.slots.iter_mut().zip(block.lanes) {
        let system = |m: Metric| full.system(m)[l];
        slot.bust = found.any_bust[l] > 0.0;
        slot.values = vec![
            system(Metric::NetLoss),
            isolated.system(Metric::NetLoss)[l],
            system(Metric::Defaults),
            system(Metric::ExternalCreditLoss),
        ];
        slot.values.extend((0..engine.model.firms.len()).map(|i| full.firm(Metric::Defaults, i)[l]));
    }
    found.counts.failed
}

/// The firm whose probability of default changes most from that of the scenario as written, among those for which some change is told from zero.
fn mover(points: &[Point], firms: usize) -> Option<usize> {
    let largest = |i: usize| {
        let changes = points.iter().flat_map(|p| &p.numbers).filter(|n| n.measure == Measure::Default(i)).filter_map(|n| n.change);
        changes.filter(|c| c.is_told_from_zero()).map(|c| c.value.abs()).max_by(f64::total_cmp)
    };
    (0..firms).filter_map(|i| Some((i, largest(i)?))).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, _)| i)
}

/// Break-even points along the first input, for every value of the second: of a difference of zero, and of the levels asked for.
fn lines(inputs: &[Input], points: &[Point], levels: &[(Measure, f64)], mover: Option<usize>) -> Vec<Line> {
    let zero =
        [Measure::MeanNetLoss, Measure::Es99NetLoss, Measure::Defaults, Measure::CreditLoss].into_iter().chain(mover.map(Measure::Default));
    let wanted: Vec<(Measure, Option<f64>)> = zero.map(|m| (m, None)).chain(levels.iter().map(|&(m, x)| (m, Some(x)))).collect();
    let seconds: Vec<Option<f64>> = inputs.get(1).map_or(vec![None], |y| y.values.iter().map(|v| Some(*v)).collect());
    let asked = seconds.into_iter().flat_map(|second| wanted.iter().map(move |&(measure, level)| (measure, level, second)));
    asked.map(|(measure, level, second)| line(points, measure, level, second)).collect()
}

fn line(points: &[Point], measure: Measure, level: Option<f64>, second: Option<f64>) -> Line {
    let on_it = points.iter().filter(|p| second.is_none_or(|y| p.at.get(1) == Some(&y)));
    let at = |p: &Point| {
        let number = p.numbers.iter().find(|n| n.measure == measure)?;
        let found = if level.is_some() { number.value } else { number.change };
        Some((p.at[0], shifted(&found?, level.unwrap_or(0.0))))
    };
    let series: Vec<Option<(f64, Estimate)>> = on_it.map(at).collect();
    let (crossings, side) = crossings(&series);
    Line { measure, level, second, crossings, side }
}
