//! What is looked at on 64 paths while they run in W0: the measures of a condition, the coordinates of the reduced space, what fails first. No statistics.

use super::condition::{Condition, Measure};
use crate::engine::{Block, Context, Engine, Flows, Layout, Observer, Outcome, State, World, block_start};
use crate::lanes::{self, LANES, Row, splat};
use crate::model::{FirmNumber, Metric, Model, Slot};
use crate::shocks::{PathNumbers, consecutive};
use serde::{Deserialize, Serialize};

/// Most firms that a condition names and whose own revenue is a coordinate for that.
const MOST_NAMED: usize = 4;
/// Most firms whose own revenue is looked at: the largest ones.
const MOST_FIRMS: usize = 16;
/// Most uncertain numbers that are looked at: memory for each path.
const MOST_UNCERTAIN: usize = 64;
/// Share of what a purchase commits its buyer to so far that must be unpaid for the deal to count as failed.
const FAILED_SHARE: f64 = 0.01;

/// A coordinate of the reduced space: one number that says what happened to the drivers on a path, up to the last quarter that the condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coordinate {
    /// Quarter in which the first bust begins; one past the last where there is none.
    FirstBust,
    /// Number of bust quarters.
    BustQuarters,
    /// Lowest sentiment S.
    Sentiment,
    /// How far demand is under plan at its lowest, 1 − exp(D).
    Demand,
    /// Lowest price of computing over that at the as-of date.
    ComputePrice,
    /// Lead vendor's share of a group over that at the as-of date, in the last quarter.
    VendorShare {
        /// Group.
        group: usize,
    },
    /// How far a firm's own revenue is under plan at its lowest, apart from demand: 1 − exp(X − β^D D). Its own shocks and jumps, the realism of its plan, the price of
    /// computing.
    OwnRevenue {
        /// Firm.
        firm: usize,
    },
    /// Share of quarters in which the funding windows of the firms that the condition names are closed.
    ClosedWindows,
    /// An uncertain number of the scenario, such as a term of a contract that is not public.
    Uncertain {
        /// Its place among the uncertain numbers of the model.
        number: usize,
    },
}

/// What is to be looked at.
pub(super) struct Spec<'a> {
    pub condition: &'a Condition,
    pub coordinates: Vec<Coordinate>,
    /// Firms that the condition names, the first few.
    pub named: Vec<usize>,
    /// The last quarter that the condition looks at.
    pub last: usize,
}

impl<'a> Spec<'a> {
    pub fn new(model: &Model, condition: &'a Condition) -> Spec<'a> {
        let mut named = condition.firms();
        named.truncate(MOST_NAMED);
        use Coordinate as C;
        let mut coordinates = vec![C::FirstBust, C::BustQuarters, C::Sentiment, C::Demand, C::ComputePrice];
        coordinates.extend((0..model.groups.len()).map(|group| C::VendorShare { group }));
        let others = largest(model).into_iter().filter(|i| !named.contains(i));
        coordinates.extend(named.iter().copied().chain(others).take(MOST_FIRMS.max(named.len())).map(|firm| C::OwnRevenue { firm }));
        if !named.is_empty() {
            coordinates.push(C::ClosedWindows);
        }
        coordinates.extend(uncertain(model).into_iter().take(MOST_UNCERTAIN).map(|number| C::Uncertain { number }));
        Spec { condition, coordinates, named, last: condition.last_quarter(model) }
    }
}

/// The uncertain numbers, one of each draw, but those that act through the other coordinates alone.
fn uncertain(model: &Model) -> Vec<usize> {
    let list = &model.uncertain;
    let acts_through_drivers = |slot| matches!(slot, Slot::Shock(_) | Slot::Group(..) | Slot::Firm(FirmNumber::PlanRealism, _));
    let is_new = |n: &usize| !acts_through_drivers(list[*n].slot) && list.iter().take(*n).all(|before| before.key != list[*n].key);
    (0..list.len()).filter(is_new).collect()
}

/// Firms by what they earn outside and buy inside, the largest first.
fn largest(model: &Model) -> Vec<usize> {
    let mut sizes: Vec<f64> = model.firms.iter().map(|f| f.external_revenue_usd_bn.iter().sum()).collect();
    for p in &model.purchases {
        if let Some(size) = sizes.get_mut(p.buyer.at()) {
            *size += p.schedule_usd_bn.iter().sum::<f64>();
        }
    }
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|&a, &b| sizes[b].total_cmp(&sizes[a]));
    order
}

/// What failed first on a path: an index of a firm, or of a deal (purchases, then tranches).
pub(super) type First = Vec<u32>;

/// What is kept of one path.
#[derive(Debug, Clone, Default)]
pub(super) struct PathRow {
    pub meets: bool,
    /// Net loss of the system.
    pub loss: f64,
    pub values: Vec<f64>,
    /// Firms that fail in the first quarter in which any does, and deals likewise.
    pub first_firms: First,
    pub first_deals: First,
}

/// Sees the quarters of W0.
struct Watch<'a> {
    spec: &'a Spec<'a>,
    terms: Vec<Row>,
    values: Vec<Row>,
    planned: Vec<Row>,
    committed: Vec<Row>,
    unpaid: Vec<Row>,
    short_of_plan: Vec<Row>,
    done: Vec<Row>,
    /// First quarter in which a deal counts as failed, purchases first; 0 is never.
    deal_failed: Vec<Row>,
}

/// Runs a block in W0; returns what is to be kept of every lane, and how many solves failed.
pub(super) fn run(engine: &Engine<'_>, spec: &Spec<'_>, seed: u64, paths: &PathNumbers) -> (Vec<PathRow>, u64) {
    let (watch, block) = watched(engine, spec, seed, paths);
    ((0..LANES).map(|l| watch.row(&block, l)).collect(), block.counts.failed)
}

/// The quarters in which a path's deals count as failed, purchases first and then tranches, 0 being never, and the block that it is in.
pub(super) fn deals_of(engine: &Engine<'_>, spec: &Spec<'_>, seed: u64, path: u64) -> (Vec<f64>, Block) {
    let first = block_start(path);
    let (watch, block) = watched(engine, spec, seed, &consecutive(first));
    let lane = (path - first) as usize;
    (watch.deal_failed.iter().map(|row| row[lane]).collect(), block)
}

fn watched<'a>(engine: &Engine<'_>, spec: &'a Spec<'a>, seed: u64, paths: &PathNumbers) -> (Watch<'a>, Block) {
    let (firms, purchases, tranches) = (engine.layout.firms, engine.layout.buyer.len(), engine.model.tranches.len());
    let zero = |n: usize| vec![splat(0.0); n];
    let mut watch = Watch {
        spec,
        terms: zero(spec.condition.terms.len()),
        values: vec![],
        planned: zero(firms),
        committed: zero(purchases),
        unpaid: zero(purchases),
        short_of_plan: zero(firms),
        done: zero(tranches),
        deal_failed: zero(purchases + tranches),
    };
    let block = engine.run_paths(seed, paths, &[World::W0], &mut watch);
    (watch, block)
}

impl Observer for Watch<'_> {
    fn losses(&mut self, _: usize, _: usize, so_far: &Outcome) {
        self.unpaid.clone_from(&so_far.contract_unpaid);
        for (i, row) in self.short_of_plan.iter_mut().enumerate() {
            *row = *so_far.firm(Metric::RevenueShortfall, i);
        }
    }

    fn quarter(&mut self, _: usize, t: usize, ctx: &Context<'_>, state: &State, flows: &Flows) {
        if t == 1 {
            self.values = self.spec.coordinates.iter().map(|c| coordinate(ctx, *c, self.spec)).collect();
        }
        add(&mut self.planned, &flows.plan_revenue);
        add(&mut self.committed, &flows.committed);
        self.deals(t, ctx, state, flows);
        let at = |by: Option<usize>| by.unwrap_or(ctx.layout.quarters) == t;
        for (k, term) in self.spec.condition.terms.iter().enumerate().filter(|(_, term)| at(term.by_quarter)) {
            self.terms[k] = self.measured(term.measure, ctx.layout, state);
        }
    }
}

fn add(sums: &mut [Row], rows: &[Row]) {
    for (sum, row) in sums.iter_mut().zip(rows) {
        sum.iter_mut().zip(row).for_each(|(a, b)| *a += b);
    }
}

impl Watch<'_> {
    /// A measure so far; losses, which are known after the last quarter only, are left at 0.
    fn measured(&self, measure: Measure, layout: &Layout, state: &State) -> Row {
        let failed = |i: usize| state.default_quarter[i].map(|q| f64::from(u8::from(q > 0.0)));
        let sum = |rows: &mut dyn Iterator<Item = Row>| rows.fold(splat(0.0), |sum, row| lanes::row(|l| sum[l] + row[l]));
        match measure {
            Measure::Default { firm } => failed(firm),
            Measure::Defaults | Measure::AnyDefault => sum(&mut (0..layout.firms).map(failed)),
            Measure::Unpaid { buyer, seller } => {
                let is_it = |c: &usize| layout.buyer[*c] as usize == buyer && seller.is_none_or(|s| layout.seller_of(*c) == Some(s));
                sum(&mut (0..self.unpaid.len()).filter(is_it).map(|c| self.unpaid[c]))
            }
            Measure::RevenueGap { firm } => {
                let (short, planned) = (&self.short_of_plan[firm], &self.planned[firm]);
                lanes::row(|l| if planned[l] > 0.0 { short[l] / planned[l] } else { 0.0 })
            }
            Measure::SystemLoss | Measure::FirmLoss { .. } => splat(0.0),
        }
    }

    /// Marks the deals that count as failed from this quarter on.
    fn deals(&mut self, t: usize, ctx: &Context<'_>, state: &State, flows: &Flows) {
        let (purchases, tranches) = self.deal_failed.split_at_mut(self.committed.len());
        for (c, first) in purchases.iter_mut().enumerate() {
            for l in 0..LANES {
                if first[l] == 0.0 && self.unpaid[c][l] > FAILED_SHARE * self.committed[c][l] && self.unpaid[c][l] > 1e-9 * ctx.scale {
                    first[l] = t as f64;
                }
            }
        }
        for (k, first) in tranches.iter_mut().enumerate() {
            for l in 0..LANES {
                let lapses = state.tranche_done[k][l] > self.done[k][l];
                if lapses && flows.tranche_owed[k][l] <= 0.0 && flows.tranche_expected[k][l] <= 0.0 {
                    first[l] = t as f64;
                }
            }
            self.done[k] = state.tranche_done[k];
        }
    }

    fn row(&self, block: &Block, l: usize) -> PathRow {
        let Some(outcome) = block.outcomes.first() else { return PathRow::default() };
        let value = |k: usize| match self.spec.condition.terms[k].measure {
            Measure::SystemLoss => outcome.system(Metric::NetLoss)[l],
            Measure::FirmLoss { firm } => outcome.firm(Metric::MarkToMarketLoss, firm)[l],
            _ => self.terms[k][l],
        };
        let meets = self.spec.condition.holds(value);
        let firsts = |rows: &[Row]| firsts(rows.iter().map(|r| r[l]));
        PathRow {
            meets,
            loss: outcome.system(Metric::NetLoss)[l],
            values: self.values.iter().map(|row| row[l]).collect(),
            first_firms: firsts(&outcome.default_quarter),
            first_deals: firsts(&self.deal_failed),
        }
    }
}

/// Places of the least quarter above 0.
fn firsts(quarters: impl Iterator<Item = f64> + Clone) -> First {
    let first = quarters.clone().filter(|q| *q > 0.0).fold(f64::INFINITY, f64::min);
    quarters.zip(0..).filter(|(q, _)| *q == first).map(|(_, i)| i).collect()
}

/// A coordinate of every lane, from the drivers alone.
fn coordinate(ctx: &Context<'_>, which: Coordinate, spec: &Spec<'_>) -> Row {
    let (d, last, firms) = (ctx.drivers, spec.last, ctx.layout.firms);
    let least = |of: &dyn Fn(usize, usize) -> f64| lanes::row(|l| (0..last).map(|t| of(t, l)).fold(f64::INFINITY, f64::min));
    match which {
        Coordinate::FirstBust => lanes::row(|l| (0..last).find(|&t| d.regime[t][l] > 0.0).unwrap_or(last) as f64 + 1.0),
        Coordinate::BustQuarters => lanes::row(|l| (0..last).filter(|&t| d.regime[t][l] > 0.0).count() as f64),
        Coordinate::Sentiment => least(&|t, l| d.sentiment[t][l]),
        Coordinate::Demand => least(&|t, l| d.demand[t][l]).map(|x| -lanes::exp_m1(x)),
        Coordinate::ComputePrice => least(&|t, l| d.efficiency[t][l]),
        Coordinate::VendorShare { group } => d.vendor_ratio[(last - 1) * ctx.model.groups.len() + group],
        Coordinate::OwnRevenue { firm } => {
            let beta = ctx.p.firm(FirmNumber::DemandBeta, firm);
            least(&|t, l| d.log_revenue[t * firms + firm][l] - beta[l] * d.demand[t][l]).map(|x| -lanes::exp_m1(x))
        }
        Coordinate::Uncertain { number } => ctx.model.uncertain.get(number).map_or(splat(0.0), |u| *ctx.p.number(u.slot)),
        Coordinate::ClosedWindows => lanes::row(|l| {
            let closed = |i: &usize| (0..last).filter(|&t| d.window[t * firms + i][l] <= 0.0).count();
            spec.named.iter().map(closed).sum::<usize>() as f64 / (last * spec.named.len().max(1)) as f64
        }),
    }
}
