//! Which unknown matters: screening, shares of variance, two levels of uncertainty, and the hazard at which a loss breaks even. No words, no files.
//!
//! Everywhere but in the hazard, an input stands at one value on all paths of a point, so that what it does is told apart from chance; points share their paths (the
//! same draws), except where chance itself is to be measured.

mod designs;
mod hazard;
mod inputs;
mod points;

pub use hazard::{BreakEven, Hazard, HazardPoint};
pub use inputs::{Input, RangeFrom, inputs};
pub use points::{Output, outputs};

use crate::engine::side_by_side;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::shocks::design_uniforms;
use crate::stats::morris::{Effects, Trajectory};
use crate::stats::sobol::{Mixtures, mixed_points};
use crate::stats::{Estimate, jackknife, rank_ranges};
use points::{Found, evaluate, whole_blocks};
use serde::{Deserialize, Serialize};

/// How much to simulate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effort {
    /// Paths of a point of the screening and of the shares of variance.
    pub paths: u64,
    /// Trajectories of the screening.
    pub trajectories: usize,
    /// Inputs of which shares of variance are worked out: at most so many survive the screening.
    pub keep: usize,
    /// Rows of the samples of the shares of variance.
    pub rows: usize,
    /// Draws of all inputs, each with paths of its own.
    pub draws: usize,
    /// Paths of each draw.
    pub draw_paths: u64,
    /// Paths at each hazard.
    pub hazard_paths: u64,
    /// Seed.
    pub seed: u64,
    /// Output by which inputs survive.
    pub of: Output,
    /// Net losses of the system, USD bn, of which the break-even hazard is asked; if none, some of the scenario's own tail.
    pub losses_usd_bn: Vec<f64>,
}

impl Effort {
    /// The usual effort.
    pub fn new(seed: u64) -> Effort {
        Effort {
            paths: 1_024,
            trajectories: 20,
            keep: 6,
            rows: 128,
            draws: 200,
            draw_paths: 2_048,
            hazard_paths: 8_192,
            seed,
            of: Output::ShortfallNet95,
            losses_usd_bn: vec![],
        }
    }

    /// Points that are run for `inputs` inputs, at most.
    pub fn points(&self, inputs: usize) -> u64 {
        let one_at_a_time = 1 + 2 * inputs;
        let shares = self.rows * (2 + 2 * self.keep.min(inputs));
        (one_at_a_time + self.trajectories * (inputs + 1) + shares + self.draws + hazard::GRID.len() + 1) as u64
    }
}

/// An input, for tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputLine {
    /// Path in the scenario.
    pub name: String,
    /// Where its range is from.
    pub range_from: RangeFrom,
    /// How many numbers move with it.
    pub numbers: usize,
    /// Its first number at the 5 % level, at the centre, at the 95 % level.
    pub values: [f64; 3],
}

/// One input alone at its 5 % and 95 % levels, all others at their centres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Swing {
    /// Number of the input.
    pub input: usize,
    /// Output.
    pub output: Output,
    /// Change of the output at the 5 % level, paired.
    pub low: Estimate,
    /// Change at the 95 % level.
    pub high: Estimate,
}

/// What screening says of one input and output.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Screened {
    /// Number of the input.
    pub input: usize,
    /// Output.
    pub output: Output,
    /// Elementary effects, from the 5 % to the 95 % level of the input.
    pub effects: Effects,
    /// Mean absolute effect that Monte Carlo error alone would show.
    pub noise: f64,
    /// Highest and lowest place that the interval of the mean absolute effect supports.
    pub rank: (usize, usize),
}

impl Screened {
    /// Whether the input does more than Monte Carlo error.
    pub fn is_told_from_noise(&self) -> bool {
        self.effects.mean_absolute.low > self.noise && self.effects.mean_absolute.value > 0.0
    }
}

/// Shares of the variance over the inputs that survived.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Number of the input.
    pub input: usize,
    /// Output.
    pub output: Output,
    /// First order: what it makes alone.
    pub alone: Estimate,
    /// Total: in what it takes part.
    pub total: Estimate,
}

/// Share of the variance that two inputs make together beyond what each makes alone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Together {
    /// Numbers of the inputs.
    pub inputs: (usize, usize),
    /// Output.
    pub output: Output,
    /// Second order.
    pub share: Estimate,
}

/// One output over all draws of the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TwoLevels {
    /// Output.
    pub output: Output,
    /// Mean over draws.
    pub mean: Estimate,
    /// Standard deviation that not knowing the inputs makes, Monte Carlo error taken off.
    pub parameter_sd: Estimate,
    /// Monte Carlo standard error of one draw's paths, root of the mean square.
    pub monte_carlo_sd: f64,
    /// Values between which the middle nine tenths of the draws lie.
    pub middle_ninety: (f64, f64),
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Names of the firms.
    pub firms: Vec<String>,
    /// Effort.
    pub effort: Effort,
    /// Inputs.
    pub inputs: Vec<InputLine>,
    /// Outputs with all inputs at their centres.
    pub centre: Vec<(Output, Estimate)>,
    /// One input at a time.
    pub swings: Vec<Swing>,
    /// Screening.
    pub screened: Vec<Screened>,
    /// Inputs that survived, the one that matters most first.
    pub survivors: Vec<usize>,
    /// Shares of variance.
    pub shares: Vec<Share>,
    /// Sum, by output, of the shares that inputs make alone.
    pub alone: Vec<(Output, Estimate)>,
    /// Pairs.
    pub together: Vec<Together>,
    /// Two levels of uncertainty.
    pub levels: Vec<TwoLevels>,
    /// Hazard of a bust.
    pub hazard: Option<Hazard>,
    /// Points run, and how many of them have a plan that cannot be paid for.
    pub points: (u64, u64),
    /// Solves that did not reach their tolerance.
    pub failed_solves: u64,
}

/// Asks which unknown matters; `progress` is told of each point.
///
/// # Errors
/// [`Error::Usage`] for a scenario without anything random, one without an uncertain number, or too little effort.
pub fn sensitivity(model: &Model, effort: &Effort, threads: usize, progress: &(dyn Fn(u64) + Sync)) -> Result<Sensitivity> {
    check(model, effort)?;
    let inputs = inputs(model);
    if inputs.is_empty() {
        return Err(Error::Usage("sensitivity: nothing in this scenario is uncertain".into()));
    }
    let study = Study { model, inputs: &inputs, outputs: outputs(model), effort, threads, progress };
    let mut counts = designs::Counts::default();
    let OneAtATime { centre, swings } = study.one_at_a_time(&mut counts)?;
    let screened = study.screening(&mut counts)?;
    let survivors = survivors(&screened, effort);
    let Shares { shares, alone, together } = study.shares(&survivors, &mut counts)?;
    let levels = study.two_levels(&mut counts)?;
    Ok(Sensitivity {
        firms: model.firms.iter().map(|f| f.id.clone()).collect(),
        effort: effort.clone(),
        inputs: inputs.iter().map(line).collect(),
        centre,
        swings,
        screened,
        survivors,
        shares,
        alone,
        together,
        levels,
        hazard: hazard::hazard(model, effort, threads, progress)?,
        points: (counts.points, counts.unfinanceable),
        failed_solves: counts.failed_solves,
    })
}

fn check(model: &Model, effort: &Effort) -> Result<()> {
    let refuse = |text: &str| Err(Error::Usage(format!("sensitivity: {text}")));
    if !model.shocks.random || model.shocks.table.is_some() {
        return refuse("the scenario's shocks are scripted; use `run` or `compare --vary` for those");
    }
    if effort.paths < 400 || effort.draw_paths < 400 || effort.hazard_paths < 400 {
        return refuse("expected at least 400 paths a point: a tail of 5 % needs twenty");
    }
    if effort.trajectories < 4 || effort.rows < 16 || effort.draws < 16 {
        return refuse("expected at least 4 trajectories, 16 rows and 16 draws: fewer have no interval worth its name");
    }
    Ok(())
}

fn line(input: &Input) -> InputLine {
    let values = [LEVEL_LOW, input.centre(), LEVEL_HIGH].map(|u| input.value(u));
    InputLine { name: input.name.clone(), range_from: input.range_from, numbers: input.len(), values }
}

/// Levels between which an input is moved: its whole range may have no end.
const LEVEL_LOW: f64 = 0.05;
const LEVEL_HIGH: f64 = 0.95;

/// The inputs that matter most for the output asked about, at most as many as are to be kept, all of them told from noise.
fn survivors(screened: &[Screened], effort: &Effort) -> Vec<usize> {
    let mut found: Vec<&Screened> = screened.iter().filter(|s| s.output == effort.of && s.is_told_from_noise()).collect();
    found.sort_by(|a, b| b.effects.mean_absolute.value.total_cmp(&a.effects.mean_absolute.value));
    found.iter().take(effort.keep).map(|s| s.input).collect()
}

/// Every output at the centre, and its changes with one input at a time.
struct OneAtATime {
    centre: Vec<(Output, Estimate)>,
    swings: Vec<Swing>,
}

/// Shares of variance of every output.
#[derive(Default)]
struct Shares {
    shares: Vec<Share>,
    alone: Vec<(Output, Estimate)>,
    together: Vec<Together>,
}

/// What is studied, and how.
struct Study<'a> {
    model: &'a Model,
    inputs: &'a [Input],
    outputs: Vec<Output>,
    effort: &'a Effort,
    threads: usize,
    progress: &'a (dyn Fn(u64) + Sync),
}
