//! What is kept of a plain path for estimators that need no other: losses and failures in W0 and W2, the common factors, the regime. No estimate.

use bubblerisk::engine::{Context, Engine, Flows, Observer, State, World};
use bubblerisk::lanes::{LANES, Row};
use bubblerisk::model::{Metric, ShockNumber};
use bubblerisk::shocks::{Drivers, Parameters};

/// Firms whose probability of default is estimated.
pub const FIRMS: [&str; 4] = ["microsoft", "alphabet", "nvidia", "openai"];

/// A path in a few bytes.
#[derive(Debug, Clone, Copy)]
pub struct Record {
    /// Net loss of the system in W0 and W2.
    pub loss: [f64; 2],
    /// Sentiment and demand at the horizon.
    pub factors: [f32; 2],
    /// Which of [`FIRMS`] fail in W0 and W2, one bit each.
    pub failed: [u8; 2],
    /// Quarter of the first bust; 0 for none.
    pub first_bust: u8,
    /// The path's own probability that a boom ends in a quarter.
    pub hazard: f32,
}

/// The draws of a path that a tilt changes.
#[derive(Debug, Clone)]
pub struct History {
    /// Standardised shocks of sentiment and demand by quarter.
    pub z: Vec<[f64; 2]>,
    /// Sentiment and demand at the horizon.
    pub factors: [f64; 2],
    /// Whether each quarter is in bust.
    pub bust: Vec<bool>,
    /// Probability of leaving boom and of leaving bust.
    pub leave: [f64; 2],
    /// Degrees of freedom.
    pub nu: f64,
    /// Correlation of the two shocks.
    pub correlation: f64,
}

impl History {
    /// The model's own equations (src/shocks/drivers.rs) solved for the shocks. A clipped shock is taken for one at the clip: there are too few to matter.
    fn of(p: &Parameters, drivers: &Drivers, l: usize) -> History {
        use ShockNumber as S;
        let number = |s: S| p.shock(s)[l];
        let at = |rows: &[Row], t: usize| if t == 0 { 0.0 } else { rows[t - 1][l] };
        let bust: Vec<bool> = drivers.regime.iter().map(|row| row[l] > 0.0).collect();
        let shock = |t: usize| {
            let pick = |boom: S, down: S| number(if bust[t - 1] { down } else { boom });
            let phi = number(S::SentimentPersistence);
            let sentiment = at(&drivers.sentiment, t)
                - phi * at(&drivers.sentiment, t - 1)
                - (1.0 - phi) * pick(S::SentimentMeanBoom, S::SentimentMeanBust);
            let demand = at(&drivers.demand, t) - at(&drivers.demand, t - 1) - pick(S::DemandDriftBoom, S::DemandDriftBust);
            [sentiment / pick(S::SentimentSdBoom, S::SentimentSdBust), demand / pick(S::DemandSdBoom, S::DemandSdBust)]
        };
        History {
            z: (1..=drivers.quarters).map(shock).collect(),
            factors: [at(&drivers.sentiment, drivers.quarters), at(&drivers.demand, drivers.quarters)],
            leave: [number(S::BoomToBust), number(S::BustToBoom)],
            nu: number(S::DegreesOfFreedom),
            correlation: number(S::CorrelationSentimentDemand),
            bust,
        }
    }
}

/// Sees the drivers of a block.
struct Watch(Vec<History>);

impl Observer for Watch {
    fn quarter(&mut self, world: usize, t: usize, ctx: &Context<'_>, _: &State, _: &Flows) {
        if world == 0 && t == 1 {
            self.0 = (0..LANES).map(|l| History::of(ctx.p, ctx.drivers, l)).collect();
        }
    }
}

/// Runs one block in W0 and W2.
fn block(engine: &Engine<'_>, firms: &[usize], seed: u64, first: u64) -> Vec<(Record, History)> {
    let mut watch = Watch(vec![]);
    let found = engine.run_block(seed, first, &[World::W0, World::W2], &mut watch);
    let record = |(l, history): (usize, History)| {
        let failed = |w: usize| {
            let bit = |(k, &i): (usize, &usize)| u8::from(found.outcomes[w].default_quarter[i][l] > 0.0) << k;
            firms.iter().enumerate().map(bit).sum()
        };
        let record = Record {
            loss: [0, 1].map(|w: usize| found.outcomes[w].system(Metric::NetLoss)[l]),
            factors: history.factors.map(|x| x as f32),
            failed: [failed(0), failed(1)],
            first_bust: history.bust.iter().position(|&b| b).map_or(0, |t| t as u8 + 1),
            hazard: history.leave[0] as f32,
        };
        (record, history)
    };
    watch.0.into_iter().enumerate().map(record).collect()
}

/// Spreads blocks of paths over the cores; the answers are in the order of the blocks.
pub fn on_all_cores<T: Send>(blocks: u64, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let each = blocks.div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let part = |from: u64| {
            let work = &work;
            scope.spawn(move || (from..(from + each).min(blocks)).map(work).collect::<Vec<T>>())
        };
        let started: Vec<_> = (0..blocks).step_by(each as usize).map(part).collect();
        started.into_iter().flat_map(|thread| thread.join().expect("no block fails")).collect()
    })
}

/// The first paths of a seed, in the order of their numbers.
pub fn watch(engine: &Engine<'_>, firms: &[usize], seed: u64, paths: u64) -> (Vec<Record>, Vec<History>) {
    let first = |b: u64| b * LANES as u64;
    on_all_cores(paths / LANES as u64, |b| block(engine, firms, seed, first(b))).into_iter().flatten().unzip()
}
