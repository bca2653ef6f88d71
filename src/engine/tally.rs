//! What is kept of many paths: exact sums, integer histograms and counts, which merge to the same bits in any order. No statistics: results makes them.

use std::ops::Range;

use super::block::{Block, Engine, Observer};
use super::losses::Outcome;
use super::quarter::Context;
use super::state::{Flows, SolverCounts, State};
use super::world::World;
use crate::clearing::FixedPoint;
use crate::error::Result;
use crate::model::{FanQuantity, Metric, Model, Panel, WorldName};
use crate::shocks::PathNumbers;
use crate::stats::{Bins, Histogram, Moments, PairMoments, Quantum};

/// Mantissa bits of the bins of system losses: a relative width of 1/128.
pub const SYSTEM_BITS: u32 = 7;
/// Mantissa bits of the bins of firms' losses and of fans: a relative width of 1/32 and 1/64.
pub const FIRM_BITS: u32 = 5;
/// Mantissa bits of the bins of fans.
pub const FAN_BITS: u32 = 6;
/// Firms, largest first, for which fans, firm quantiles, joint defaults and contagion are kept.
pub const MOST_DETAILED_FIRMS: usize = 40;
/// Losses of a firm whose quantiles are kept, in W0.
pub const FIRM_TAIL_METRICS: [Metric; 7] = [
    Metric::MarkToMarketLoss,
    Metric::MarkToMarketLossVsPlan,
    Metric::NetLoss,
    Metric::RevenueShortfall,
    Metric::CommittedShortfall,
    Metric::BacklogLost,
    Metric::ExternalCreditLoss,
];
/// Quantities that fans show.
pub const FAN_QUANTITIES: [FanQuantity; 3] = [FanQuantity::Cash, FanQuantity::Price, FanQuantity::Revenue];
/// Paths shown as lines in fans.
pub const SAMPLE_PATHS: usize = 3;

/// One world that a run simulates, with its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Name.
    pub name: WorldName,
    /// Variant.
    pub panel: Panel,
    /// Switches.
    pub world: World,
}

/// The worlds of a run: those of the base panel first, then, on fewer paths, those of the variants.
pub fn members(least: bool) -> (Vec<Member>, Vec<Member>) {
    let triple = |panel: Panel, change: fn(World) -> World| {
        [(WorldName::W0, World::W0), (WorldName::W1, World::W1), (WorldName::W2, World::W2)].map(|(name, world)| Member {
            name,
            panel,
            world: change(world),
        })
    };
    let mut base = triple(Panel::Base, |w| w).to_vec();
    if least {
        let world = World { fixed_point: FixedPoint::Least, ..World::W0 };
        base.push(Member { name: WorldName::W0Least, panel: Panel::Base, world });
    }
    let mut variants = triple(Panel::NoSentiment, |w| World { sentiment: false, ..w }).to_vec();
    variants.extend(triple(Panel::LookThrough, |w| World { look_through: true, ..w }));
    (base, variants)
}

/// Net system losses of one path in 16 bytes: W0 in full with the bust flag in its last bit, W1 and W2 to seven digits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PathLoss {
    w0: f64,
    w1: f32,
    w2: f32,
}

impl PathLoss {
    /// A path not yet run.
    pub const NONE: PathLoss = PathLoss { w0: f64::NAN, w1: f32::NAN, w2: f32::NAN };

    fn new(w0: f64, w1: f64, w2: f64, bust: bool) -> PathLoss {
        PathLoss { w0: f64::from_bits(w0.to_bits() & !1 | u64::from(bust)), w1: w1 as f32, w2: w2 as f32 }
    }

    /// Whether the path has a bust.
    pub fn bust(&self) -> bool {
        self.w0.to_bits() & 1 == 1
    }

    /// Net system loss in a world of the base panel.
    pub fn loss(&self, world: WorldName) -> f64 {
        match world {
            WorldName::W1 => f64::from(self.w1),
            WorldName::W2 => f64::from(self.w2),
            _ => self.w0,
        }
    }
}

/// Sums for paths without (0) and with (1) a bust.
pub type ByClass<T> = [T; 2];

/// Defaults of one world.
#[derive(Debug, Clone, PartialEq)]
pub struct DefaultTally {
    /// Paths by firm and quarter of default, quarter 0 being none (firm × (horizon + 1)).
    pub by_quarter: Vec<u64>,
    /// Paths in which the firm is among the first to fail.
    pub first: Vec<u64>,
    /// Paths by number of defaults.
    pub by_count: Vec<u64>,
}

/// Everything kept of a range of paths.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Worlds of every path.
    pub base: Vec<Member>,
    /// Worlds of the variants.
    pub variants: Vec<Member>,
    /// Paths.
    pub paths: ByClass<u64>,
    /// Paths of the variants.
    pub variant_paths: ByClass<u64>,
    /// Detailed firms, largest first.
    pub detailed: Vec<usize>,
    /// System losses: member (base, then variants) × metric.
    pub system: Vec<ByClass<Moments>>,
    /// Histograms of system losses: member of the base × metric.
    pub system_bins: Vec<ByClass<Histogram>>,
    /// Firms' losses: member of the base × metric × firm.
    pub firm: Vec<ByClass<Moments>>,
    /// Histograms of firms' losses in W0: tail metric × detailed firm.
    pub firm_bins: Vec<ByClass<Histogram>>,
    /// Defaults: member (base, then variants).
    pub defaults: Vec<ByClass<DefaultTally>>,
    /// Paths in which two detailed firms both fail in W0.
    pub joint: Vec<u64>,
    /// W0 against W1 and W2 in each panel: panel × (W1, W2) × metric.
    pub pairs: Vec<ByClass<PairMoments>>,
    /// W0 against W1 and W2, mark-to-market loss of each firm: (W1, W2) × firm.
    pub firm_pairs: Vec<ByClass<PairMoments>>,
    /// Gross and net loss of the system in W0, paired.
    pub gross_net: ByClass<PairMoments>,
    /// W0 less W2, mark-to-market loss over value at the as-of date: failing × hit, detailed firms.
    pub contagion: Vec<Moments>,
    /// Shortfall of each purchase in W0.
    pub shortfall: Vec<ByClass<Moments>>,
    /// Committed amount unpaid of each purchase in W0.
    pub unpaid: Vec<ByClass<Moments>>,
    /// Paths in which some committed amount goes unpaid.
    pub any_unpaid: Vec<ByClass<u64>>,
    /// Fans in W0: detailed firm × quantity × quarter.
    pub fans: Vec<Histogram>,
    /// Paths 0, 1 and 2 in the fans: detailed firm × quantity × (quarter 0 to horizon).
    pub samples: Vec<[f64; SAMPLE_PATHS]>,
    /// Solver counts.
    pub solver: SolverCounts,
    /// Paths whose own numbers make the plan unfinanceable.
    pub unfinanceable: u64,
    quarters: usize,
    firms: usize,
}

/// Firms by fair value and debt, largest first.
fn detailed_firms(model: &Model) -> Vec<usize> {
    let size = |i: &usize| model.fair_value_usd_bn(*i) + model.firms[*i].numbers.debt_usd_bn;
    let mut firms: Vec<usize> = (0..model.firms.len()).collect();
    firms.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.cmp(b)));
    firms.truncate(MOST_DETAILED_FIRMS);
    firms
}

/// Scale of a firm's own losses.
fn firm_scale(model: &Model, i: usize) -> f64 {
    let n = &model.firms[i].numbers;
    let revenue: f64 = model.firms[i].external_revenue_usd_bn.iter().sum();
    (model.fair_value_usd_bn(i) + n.debt_usd_bn + n.cash_usd_bn + revenue).max(1e-6 * model.money_scale_usd_bn()).max(f64::MIN_POSITIVE)
}

/// Scale that a metric is summed in.
fn quantum(metric: Metric, scale: f64) -> Quantum {
    match metric {
        Metric::MaxDrawdown | Metric::Defaults => Quantum::for_scale(64.0),
        _ => Quantum::for_scale(scale),
    }
}

impl Tally {
    /// An empty tally for an engine.
    ///
    /// # Errors
    /// If the model's scale of money makes bins impossible.
    pub fn new(engine: &Engine<'_>, least: bool) -> Result<Tally> {
        let (model, scale) = (engine.model, engine.scale);
        let (base, variants) = members(least);
        let detailed = detailed_firms(model);
        let (n, h, d) = (model.firms.len(), model.horizon_quarters, detailed.len());
        let moments = |m: Metric| [Moments::new(quantum(m, scale)), Moments::new(quantum(m, scale))];
        let pair = |m: Metric| [PairMoments::new(quantum(m, scale)), PairMoments::new(quantum(m, scale))];
        let bins = |scale: f64, bits: u32| Histogram::new(Bins::around(scale, bits)).map(|x| [x.clone(), x]);
        let system_scale = |m: Metric| if matches!(m, Metric::MaxDrawdown | Metric::Defaults) { 1.0 } else { scale };
        let each = |count: usize| (0..count).flat_map(|_| Metric::ALL);
        let system_bins = each(base.len()).map(|m| bins(system_scale(m), SYSTEM_BITS)).collect::<Result<_>>()?;
        let firm_bins = (0..FIRM_TAIL_METRICS.len())
            .flat_map(|_| detailed.iter())
            .map(|&i| bins(firm_scale(model, i), FIRM_BITS))
            .collect::<Result<_>>()?;
        let fan = |&i: &usize| Histogram::new(Bins::around(firm_scale(model, i), FAN_BITS));
        let fans = detailed.iter().flat_map(|i| std::iter::repeat_n(i, FAN_QUANTITIES.len() * h)).map(fan).collect::<Result<_>>()?;
        let empty = DefaultTally { by_quarter: vec![0; n * (h + 1)], first: vec![0; n], by_count: vec![0; n + 1] };
        let purchases = model.purchases.len();
        let money = Metric::NetLoss;
        Ok(Tally {
            paths: [0; 2],
            variant_paths: [0; 2],
            system: each(base.len() + variants.len()).map(moments).collect(),
            system_bins,
            firm: each(base.len()).flat_map(|m| std::iter::repeat_n(m, n)).map(moments).collect(),
            firm_bins,
            defaults: vec![[empty.clone(), empty]; base.len() + variants.len()],
            joint: vec![0; d * d],
            pairs: each(3 * 2).map(pair).collect(),
            firm_pairs: (0..2 * n).map(|_| pair(money)).collect(),
            gross_net: pair(money),
            contagion: vec![Moments::new(Quantum::for_scale(16.0)); d * d],
            shortfall: (0..purchases).map(|_| moments(money)).collect(),
            unpaid: (0..purchases).map(|_| moments(money)).collect(),
            any_unpaid: vec![[0; 2]; purchases],
            fans,
            samples: vec![[f64::NAN; SAMPLE_PATHS]; d * FAN_QUANTITIES.len() * (h + 1)],
            solver: SolverCounts::default(),
            unfinanceable: 0,
            quarters: h,
            firms: n,
            base,
            variants,
            detailed,
        })
    }

    /// Adds the lanes of a block; `with_variants` says whether its outcomes go on with those of the variants.
    fn add(&mut self, model: &Model, block: &Block, lanes: Range<usize>, with_variants: bool, losses: &mut [PathLoss]) {
        self.solver.merge(&block.counts);
        self.unfinanceable += block.unfinanceable;
        for l in lanes.clone() {
            let class = usize::from(block.any_bust[l] > 0.0);
            self.paths[class] += 1;
            self.variant_paths[class] += u64::from(with_variants);
            let net = |m: usize| block.outcomes[m].system(Metric::NetLoss)[l];
            losses[l - lanes.start] = PathLoss::new(net(0), net(1), net(2), class == 1);
        }
        for (member, outcome) in block.outcomes.iter().enumerate() {
            self.add_system(block, outcome, member, lanes.clone());
            self.add_defaults(block, outcome, member, lanes.clone());
            if member < self.base.len() {
                self.add_firms(block, outcome, member, lanes.clone());
            }
        }
        self.add_pairs(block, lanes.clone(), with_variants);
        self.add_contagion(model, block, lanes.clone());
        self.add_contracts(block, lanes);
    }

    fn add_system(&mut self, block: &Block, outcome: &Outcome, member: usize, lanes: Range<usize>) {
        for metric in Metric::ALL {
            let row = outcome.system(metric);
            let at = member * Metric::ALL.len() + metric as usize;
            for l in lanes.clone() {
                let class = usize::from(block.any_bust[l] > 0.0);
                self.system[at][class].push(row[l]);
                if member < self.base.len() {
                    self.system_bins[at][class].push(row[l]);
                }
            }
        }
    }

    fn add_firms(&mut self, block: &Block, outcome: &Outcome, member: usize, lanes: Range<usize>) {
        for metric in Metric::ALL {
            for i in 0..self.firms {
                let row = outcome.firm(metric, i);
                let sums = &mut self.firm[(member * Metric::ALL.len() + metric as usize) * self.firms + i];
                for l in lanes.clone() {
                    sums[usize::from(block.any_bust[l] > 0.0)].push(row[l]);
                }
            }
        }
        if member > 0 {
            return;
        }
        for (m, metric) in FIRM_TAIL_METRICS.into_iter().enumerate() {
            for (d, &i) in self.detailed.iter().enumerate() {
                let row = outcome.firm(metric, i);
                let bins = &mut self.firm_bins[m * self.detailed.len() + d];
                for l in lanes.clone() {
                    bins[usize::from(block.any_bust[l] > 0.0)].push(row[l]);
                }
            }
        }
    }

    fn add_defaults(&mut self, block: &Block, outcome: &Outcome, member: usize, lanes: Range<usize>) {
        for l in lanes {
            let tally = &mut self.defaults[member][usize::from(block.any_bust[l] > 0.0)];
            let quarter = |i: usize| outcome.default_quarter[i][l] as usize;
            let first = (0..self.firms).map(quarter).filter(|&q| q > 0).min();
            let mut failed = 0;
            for i in 0..self.firms {
                let q = quarter(i);
                tally.by_quarter[i * (self.quarters + 1) + q] += 1;
                failed += usize::from(q > 0);
                tally.first[i] += u64::from(q > 0 && Some(q) == first);
            }
            tally.by_count[failed] += 1;
            if member == 0 && failed > 1 {
                for (a, &i) in self.detailed.iter().enumerate() {
                    for (b, &j) in self.detailed.iter().enumerate() {
                        self.joint[a * self.detailed.len() + b] += u64::from(a != b && quarter(i) > 0 && quarter(j) > 0);
                    }
                }
            }
        }
    }

    fn add_pairs(&mut self, block: &Block, lanes: Range<usize>, with_variants: bool) {
        let extra = self.base.len();
        let starts = [Some(0), with_variants.then_some(extra), with_variants.then_some(extra + 3)];
        for (panel, start) in starts.into_iter().enumerate() {
            let Some(start) = start else { continue };
            for against in 0..2 {
                let (full, other) = (&block.outcomes[start], &block.outcomes[start + 1 + against]);
                for metric in Metric::ALL {
                    let (a, c) = (full.system(metric), other.system(metric));
                    let pair = &mut self.pairs[(panel * 2 + against) * Metric::ALL.len() + metric as usize];
                    for l in lanes.clone() {
                        pair[usize::from(block.any_bust[l] > 0.0)].push(a[l], c[l]);
                    }
                }
            }
        }
        let (gross, net) = (block.outcomes[0].system(Metric::GrossLoss), block.outcomes[0].system(Metric::NetLoss));
        for l in lanes.clone() {
            self.gross_net[usize::from(block.any_bust[l] > 0.0)].push(gross[l], net[l]);
        }
        for against in 0..2 {
            for i in 0..self.firms {
                let a = block.outcomes[0].firm(Metric::MarkToMarketLoss, i);
                let c = block.outcomes[1 + against].firm(Metric::MarkToMarketLoss, i);
                let pair = &mut self.firm_pairs[against * self.firms + i];
                for l in lanes.clone() {
                    pair[usize::from(block.any_bust[l] > 0.0)].push(a[l], c[l]);
                }
            }
        }
    }

    fn add_contagion(&mut self, model: &Model, block: &Block, lanes: Range<usize>) {
        let (full, isolated) = (&block.outcomes[0], &block.outcomes[2]);
        for l in lanes {
            for (a, &i) in self.detailed.iter().enumerate() {
                if full.default_quarter[i][l] == 0.0 {
                    continue;
                }
                for (b, &j) in self.detailed.iter().enumerate() {
                    let value = model.fair_value_usd_bn(j);
                    if a != b && value > 0.0 {
                        let excess = full.firm(Metric::MarkToMarketLoss, j)[l] - isolated.firm(Metric::MarkToMarketLoss, j)[l];
                        self.contagion[a * self.detailed.len() + b].push(excess / value);
                    }
                }
            }
        }
    }

    fn add_contracts(&mut self, block: &Block, lanes: Range<usize>) {
        let full = &block.outcomes[0];
        for c in 0..self.shortfall.len() {
            for l in lanes.clone() {
                let class = usize::from(block.any_bust[l] > 0.0);
                self.shortfall[c][class].push(full.contract_shortfall[c][l]);
                self.unpaid[c][class].push(full.contract_unpaid[c][l]);
                self.any_unpaid[c][class] += u64::from(full.contract_unpaid[c][l] > 1e-9);
            }
        }
    }

    /// Adds another tally of the same model; exact, in any order.
    ///
    /// # Errors
    /// If the two are not of one model.
    pub fn merge(&mut self, other: &Tally) -> Result<()> {
        add_counts(&mut self.paths, &other.paths);
        add_counts(&mut self.variant_paths, &other.variant_paths);
        merge_by_class(&mut self.system, &other.system, Moments::merge)?;
        merge_by_class(&mut self.system_bins, &other.system_bins, Histogram::merge)?;
        merge_by_class(&mut self.firm, &other.firm, Moments::merge)?;
        merge_by_class(&mut self.firm_bins, &other.firm_bins, Histogram::merge)?;
        merge_by_class(&mut self.pairs, &other.pairs, PairMoments::merge)?;
        merge_by_class(&mut self.firm_pairs, &other.firm_pairs, PairMoments::merge)?;
        merge_by_class(&mut self.shortfall, &other.shortfall, Moments::merge)?;
        merge_by_class(&mut self.unpaid, &other.unpaid, Moments::merge)?;
        merge_by_class(std::slice::from_mut(&mut self.gross_net), std::slice::from_ref(&other.gross_net), PairMoments::merge)?;
        for (a, b) in self.contagion.iter_mut().zip(&other.contagion) {
            a.merge(b)?;
        }
        for (a, b) in self.fans.iter_mut().zip(&other.fans) {
            a.merge(b)?;
        }
        for (a, b) in self.any_unpaid.iter_mut().zip(&other.any_unpaid) {
            add_counts(a, b);
        }
        add_counts(&mut self.joint, &other.joint);
        for (a, b) in self.defaults.iter_mut().flatten().zip(other.defaults.iter().flatten()) {
            add_counts(&mut a.by_quarter, &b.by_quarter);
            add_counts(&mut a.first, &b.first);
            add_counts(&mut a.by_count, &b.by_count);
        }
        for (a, b) in self.samples.iter_mut().flatten().zip(other.samples.iter().flatten()) {
            if a.is_nan() {
                *a = *b;
            }
        }
        self.solver.merge(&other.solver);
        self.unfinanceable += other.unfinanceable;
        Ok(())
    }
}

fn add_counts(to: &mut [u64], from: &[u64]) {
    for (a, b) in to.iter_mut().zip(from) {
        *a += b;
    }
}

fn merge_by_class<T>(to: &mut [ByClass<T>], from: &[ByClass<T>], merge: impl Fn(&mut T, &T) -> Result<()>) -> Result<()> {
    to.iter_mut().flatten().zip(from.iter().flatten()).try_for_each(|(a, b)| merge(a, b))
}

/// Sees the quarters of W0 and fills the fans.
struct FanObserver<'a> {
    tally: &'a mut Tally,
    lanes: Range<usize>,
    paths: &'a PathNumbers,
}

impl Observer for FanObserver<'_> {
    fn quarter(&mut self, world: usize, t: usize, _: &Context<'_>, state: &State, flows: &Flows) {
        if world != 0 {
            return;
        }
        let h = self.tally.quarters;
        for d in 0..self.tally.detailed.len() {
            let i = self.tally.detailed[d];
            let rows = [&state.cash[i], &state.price[i], &flows.revenue[i]];
            for (q, row) in rows.into_iter().enumerate() {
                let bins = &mut self.tally.fans[(d * FAN_QUANTITIES.len() + q) * h + t - 1];
                for l in self.lanes.clone() {
                    bins.push(row[l]);
                }
                let sample = &mut self.tally.samples[(d * FAN_QUANTITIES.len() + q) * (h + 1) + t];
                for l in self.lanes.clone().filter(|&l| (self.paths[l] as usize) < SAMPLE_PATHS) {
                    sample[self.paths[l] as usize] = row[l];
                }
            }
        }
    }
}

/// Runs a block of paths and adds its `lanes`.
pub(super) fn run_and_add(
    engine: &Engine<'_>,
    seed: u64,
    paths: &PathNumbers,
    lanes: Range<usize>,
    with_variants: bool,
    tally: &mut Tally,
    losses: &mut [PathLoss],
) {
    let variants = if with_variants { &tally.variants[..] } else { &[] };
    let worlds: Vec<World> = tally.base.iter().chain(variants).map(|m| m.world).collect();
    let mut fans = FanObserver { tally, lanes: lanes.clone(), paths };
    let block = engine.run_paths(seed, paths, &worlds, &mut fans);
    tally.add(engine.model, &block, lanes, with_variants, losses);
}
