//! One block of 64 paths: numbers, drivers, plan, then each world in turn. A pure function of model, seed and block.

use super::layout::Layout;
use super::losses::{self, Outcome};
use super::plan::{Gap, Plan};
use super::quarter::{Context, Scratch, advance};
use super::state::{Flows, SolverCounts, State};
use super::world::World;
use crate::error::{Error, Result};
use crate::lanes::{Isa, LANES, Row};
use crate::model::Model;
use crate::shocks::{Drivers, Parameters, PathNumbers, Sentiments, consecutive};

/// Sees every quarter of every world that a block runs.
pub trait Observer {
    /// Called at the end of quarter `t` of the world with index `world` among those run, before [`Observer::quarter`], with what was lost so far: what is known at
    /// the horizon only is not in it yet.
    fn losses(&mut self, _world: usize, _t: usize, _so_far: &Outcome) {}

    /// Called at the end of quarter `t` of the world with index `world` among those run.
    fn quarter(&mut self, world: usize, t: usize, ctx: &Context<'_>, state: &State, flows: &Flows);
}

/// Sees nothing.
pub struct Nobody;

impl Observer for Nobody {
    fn quarter(&mut self, _: usize, _: usize, _: &Context<'_>, _: &State, _: &Flows) {}
}

/// A model made ready to run.
pub struct Engine<'a> {
    /// The model.
    pub model: &'a Model,
    /// Its structure.
    pub layout: Layout,
    /// Instruction set.
    pub isa: Isa,
    /// Scale of money.
    pub scale: f64,
    central: Parameters,
    calm: Drivers,
    central_plan: Plan,
    plan_counts: SolverCounts,
}

/// What a block found.
pub struct Block {
    /// 1 where the path has a bust.
    pub any_bust: Row,
    /// Outcome of each world, in the order asked for.
    pub outcomes: Vec<Outcome>,
    /// Solver counts.
    pub counts: SolverCounts,
    /// Paths whose own drawn numbers make the plan unfinanceable.
    pub unfinanceable: u64,
}

impl<'a> Engine<'a> {
    /// Prepares a model: its structure and its no-shock plan.
    ///
    /// # Errors
    /// [`Error::Usage`] for a model without firms or without a horizon.
    pub fn new(model: &'a Model, isa: Isa) -> Result<Engine<'a>> {
        if model.firms.is_empty() || model.horizon_quarters == 0 {
            return Err(Error::Usage("a model needs at least one firm and one quarter".into()));
        }
        let layout = Layout::of(model);
        let scale = model.money_scale_usd_bn().max(f64::MIN_POSITIVE);
        let (central, calm) = (Parameters::central(model), Drivers::no_shock(model));
        let (central_plan, plan_counts) = Plan::run(model, &layout, (&central, &calm), isa, scale, |_, _, _| ());
        Ok(Engine { model, layout, isa, scale, central, calm, central_plan, plan_counts })
    }

    /// Where the plan at central numbers cannot be paid for; empty if it can.
    pub fn plan_gaps(&self) -> Vec<Gap> {
        self.central_plan.gaps(0, self.scale)
    }

    /// Whether the plan at central numbers was solved.
    pub fn plan_converged(&self) -> bool {
        self.plan_counts.failed == 0
    }

    /// The plan at central numbers.
    pub fn plan(&self) -> &Plan {
        &self.central_plan
    }

    /// The central numbers.
    pub fn central(&self) -> &Parameters {
        &self.central
    }

    /// Shows every quarter of the plan at central numbers.
    pub fn watch_plan(&self, watch: impl FnMut(usize, &State, &Flows)) {
        Plan::run(self.model, &self.layout, (&self.central, &self.calm), self.isa, self.scale, watch);
    }

    /// Where the plan at central numbers strays furthest from its own schedules: firm, quarter, revenue over schedule. None where it keeps to them. A
    /// circle of accelerators (spending that answers revenue more than one for one) has more than one plan, of which the greatest is run.
    pub fn plan_off_schedule(&self) -> Option<(usize, usize, f64)> {
        let mut worst: Option<(usize, usize, f64)> = None;
        self.watch_plan(|t, _, f| {
            for (i, ratio) in f.ratio.iter().map(|row| row[0]).enumerate() {
                let off = |r: f64| (r - 1.0).abs();
                if off(ratio) > 1e-6 && worst.is_none_or(|w| off(ratio) > off(w.2)) {
                    worst = Some((i, t, ratio));
                }
            }
        });
        worst
    }

    /// Runs the 64 paths from `first_path` on, a multiple of 64, in every world.
    pub fn run_block(&self, seed: u64, first_path: u64, worlds: &[World], observer: &mut impl Observer) -> Block {
        self.run_paths(seed, &consecutive(first_path), worlds, observer)
    }

    /// Runs 64 paths, whichever they are, in every world.
    pub fn run_paths(&self, seed: u64, paths: &PathNumbers, worlds: &[World], observer: &mut impl Observer) -> Block {
        let mut counts = SolverCounts::default();
        let drawn = (self.model.shocks.random && !self.model.uncertain.is_empty()).then(|| {
            let mut p = self.central.clone();
            p.draw(self.model, seed, paths);
            let (plan, plan_counts) = Plan::run(self.model, &self.layout, (&p, &self.calm), self.isa, self.scale, |_, _, _| ());
            counts.merge(&plan_counts);
            (p, plan)
        });
        let (p, plan) = drawn.as_ref().map_or((&self.central, &self.central_plan), |(p, plan)| (p, plan));
        let drivers = Drivers::of_block(self.model, p, seed, paths, self.isa);
        let moving = drivers.sentiments(p, true, self.isa);
        let still = worlds.iter().any(|w| !w.sentiment).then(|| drivers.sentiments(p, false, self.isa));
        let mut outcomes = Vec::with_capacity(worlds.len());
        for (index, &world) in worlds.iter().enumerate() {
            let sentiments = if world.sentiment { &moving } else { still.as_ref().unwrap_or(&moving) };
            let ctx = self.context(p, &drivers, sentiments, plan, world);
            outcomes.push(self.run_world(&ctx, plan, index, observer, &mut counts));
        }
        let unfinanceable = if drawn.is_some() { plan.unfinanceable_lanes(self.scale) } else { 0 };
        Block { any_bust: drivers.any_bust, outcomes, counts, unfinanceable }
    }

    fn context<'b>(
        &'b self,
        p: &'b Parameters,
        drivers: &'b Drivers,
        sentiments: &'b Sentiments,
        plan: &'b Plan,
        world: World,
    ) -> Context<'b> {
        Context {
            model: self.model,
            layout: &self.layout,
            p,
            drivers,
            sentiments,
            plan: Some(plan),
            world,
            isa: self.isa,
            scale: self.scale,
        }
    }

    fn run_world(&self, ctx: &Context<'_>, plan: &Plan, index: usize, observer: &mut impl Observer, counts: &mut SolverCounts) -> Outcome {
        let mut state = State::opening(self.model, &self.layout, ctx.p);
        let mut flows = Flows::new(self.model, &self.layout);
        let mut scratch = Scratch::default();
        let mut outcome = Outcome::new(&self.layout);
        for t in 1..=self.layout.quarters {
            advance(ctx, t, &mut state, &mut flows, &mut scratch, counts);
            losses::record(self.isa, ctx, plan, t, &state, &flows, &mut outcome);
            observer.losses(index, t, &outcome);
            observer.quarter(index, t, ctx, &state, &flows);
        }
        losses::finish(self.isa, ctx, plan, &state, &mut outcome);
        outcome
    }
}

/// First path of the block that holds `path`.
pub fn block_start(path: u64) -> u64 {
    path - path % LANES as u64
}
