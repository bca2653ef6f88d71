//! One or two inputs of a scenario varied over a grid, every point on the same paths: measures with intervals, paired differences, break-even points. No words.

use serde::{Deserialize, Serialize};

use super::crossings::{Crossing, crossings, shifted};
use super::rows::{Bench, Row, Rows, run_rows};
pub use super::rows::{Measure, Number};
use crate::engine::{Chosen, Engine, Run, choose};
use crate::error::{Error, Result};
use crate::lanes::Isa;
use crate::model::Model;
use crate::stats::Estimate;

/// Most points of a grid.
pub const MOST_POINTS: usize = 400;

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
    let bench = Bench { strata: chosen.weights(), scale: base.scale };
    let run_all = |engine: &Engine<'_>| all_paths(engine, &chosen, run.seed, threads);
    let (first, mut failed_solves) = run_all(base)?;
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
            let (rows, failed) = run_all(&engine)?;
            failed_solves += failed;
            bench.numbers(&views(&rows), Some(&views(&first)))
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
        base: bench.numbers(&views(&first), None),
        lines: lines(&inputs, &points, levels, mover),
        inputs,
        points,
        mover,
        paths: first.iter().map(|r| r.len() as u64).sum(),
        seed: run.seed,
        effective_paths: bench.strata.effective_paths(),
        failed_solves,
    })
}

/// Every path of a model, by stratum, and how many solves failed.
fn all_paths(engine: &Engine<'_>, chosen: &Chosen, seed: u64, threads: usize) -> Result<(Vec<Vec<Row>>, u64)> {
    let numbers = chosen.numbers();
    let mut rows: Vec<Vec<Row>> = numbers.iter().map(|n| vec![Row::default(); n.count()]).collect();
    let failed = run_rows(engine, seed, &numbers, rows.iter_mut().map(|r| (0, &mut r[..])).collect(), true, threads)?;
    Ok((rows, failed))
}

fn views(rows: &[Vec<Row>]) -> Rows<'_> {
    rows.iter().map(Vec::as_slice).collect()
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
