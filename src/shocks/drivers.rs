//! The exogenous drivers of a block of 64 paths over all quarters (model 3.1 to 3.6), the same for every world. No state of any firm enters.

use rand_distr::{Beta, Distribution as _};

use super::philox::{Philox, key_of_seed, philox_lanes};
use super::{Kind, Parameters, PathNumbers, quarter_word, scripted, stream_words};
use crate::lanes::{self, LANES, Row, clamp_between, lane_kernel, splat};
use crate::model::{FirmNumber, GroupNumber, Model, ShockNumber, Stage, TrancheNumber, name_hash};

/// Exogenous series of one block, one row per quarter (t - 1) and entity.
#[derive(Debug, Clone)]
pub struct Drivers {
    /// Horizon.
    pub quarters: usize,
    /// Number of firms.
    pub firms: usize,
    /// Log deviation of external revenue from plan, X (t, i).
    pub log_revenue: Vec<Row>,
    /// Sentiment S (t).
    pub sentiment: Vec<Row>,
    /// Demand D (t).
    pub demand: Vec<Row>,
    /// Regime, 0 or 1 (t).
    pub regime: Vec<Row>,
    /// Whether the funding window is open, 0 or 1 (t, i).
    pub window: Vec<Row>,
    /// Lead vendor's share over that at the as-of date (t, g).
    pub vendor_ratio: Vec<Row>,
    /// Price of computing over that at the as-of date (t).
    pub efficiency: Vec<Row>,
    /// Size in force over reported size of deals not yet signed (t, deal).
    pub deal_scale: Vec<Row>,
    /// Whether the event that a tranche waits for has happened (t, k).
    pub tranche_event: Vec<Row>,
    /// Whether a regulatory freeze is on (t).
    pub freeze: Vec<Row>,
    /// Share of its orders that a buyer is willing to place (t, i).
    pub order_share: Vec<Row>,
    /// exp(X) (t, i).
    pub revenue_factor: Vec<Row>,
    /// 1 where a bust occurs within the horizon.
    pub any_bust: Row,
}

/// Value factors that follow from sentiment: with S as drawn, or with S held at 0.
#[derive(Debug, Clone, Default)]
pub struct Sentiments {
    /// exp(r t / 4 + beta^S S_t) (t, i).
    pub level: Vec<Row>,
    /// exp(r / 4 + beta^S (S_t - S_{t-1})) (t, i).
    pub growth: Vec<Row>,
}

impl Drivers {
    /// Every driver at its no-shock value.
    pub fn no_shock(model: &Model) -> Drivers {
        let (h, n) = (model.horizon_quarters, model.firms.len());
        Drivers {
            quarters: h,
            firms: n,
            log_revenue: vec![splat(0.0); h * n],
            sentiment: vec![splat(0.0); h],
            demand: vec![splat(0.0); h],
            regime: vec![splat(0.0); h],
            window: vec![splat(1.0); h * n],
            vendor_ratio: vec![splat(1.0); h * model.groups.len()],
            efficiency: vec![splat(1.0); h],
            deal_scale: vec![splat(0.0); h * model.shocks.deals.len()],
            tranche_event: vec![splat(1.0); h * model.tranches.len()],
            freeze: vec![splat(0.0); h],
            order_share: vec![splat(1.0); h * n],
            revenue_factor: vec![splat(1.0); h * n],
            any_bust: splat(0.0),
        }
    }

    /// The drivers of a block of paths: drawn, read from the scenario's table, or at their no-shock values; then stressed.
    pub fn of_block(model: &Model, parameters: &Parameters, seed: u64, paths: &PathNumbers, isa: lanes::Isa) -> Drivers {
        let mut drivers = Drivers::no_shock(model);
        if let Some(table) = &model.shocks.table {
            scripted::replay(model, table, paths, &mut drivers);
            scripted::apply_stresses(model, &mut drivers, None);
        } else if model.shocks.random {
            draw(isa, model, parameters, seed, paths, &mut drivers);
        } else {
            scripted::apply_stresses(model, &mut drivers, None);
        }
        finish(isa, &mut drivers);
        drivers
    }

    /// Value factors of every firm; `with_sentiment` false holds S at 0.
    pub fn sentiments(&self, parameters: &Parameters, with_sentiment: bool, isa: lanes::Isa) -> Sentiments {
        let mut out =
            Sentiments { level: vec![splat(1.0); self.quarters * self.firms], growth: vec![splat(1.0); self.quarters * self.firms] };
        value_factors(isa, self, parameters, with_sentiment, &mut out);
        out
    }
}

lane_kernel! {
    /// exp(X) and the bust flag.
    fn finish(drivers: &mut Drivers) {
        for (x, out) in drivers.log_revenue.iter().zip(&mut drivers.revenue_factor) {
            lanes::exp_row(x, out);
        }
        for regime in &drivers.regime {
            for l in 0..LANES {
                if regime[l] > 0.0 {
                    drivers.any_bust[l] = 1.0;
                }
            }
        }
    }
}

lane_kernel! {
    /// Value factors from sentiment (model 4.2, 6.2).
    fn value_factors(drivers: &Drivers, p: &Parameters, with_sentiment: bool, out: &mut Sentiments) {
        let zero = splat(0.0);
        for t in 0..drivers.quarters {
            let now = if with_sentiment { &drivers.sentiment[t] } else { &zero };
            let before = if with_sentiment && t > 0 { &drivers.sentiment[t - 1] } else { &zero };
            for i in 0..drivers.firms {
                let (beta, growth) = (p.firm(FirmNumber::SentimentBeta, i), p.firm(FirmNumber::ValueGrowth, i));
                let level = &mut out.level[t * drivers.firms + i];
                for l in 0..LANES {
                    level[l] = lanes::exp(growth[l] * (t + 1) as f64 * 0.25 + beta[l] * now[l]);
                }
                let step = &mut out.growth[t * drivers.firms + i];
                for l in 0..LANES {
                    step[l] = lanes::exp(growth[l] * 0.25 + beta[l] * (now[l] - before[l]));
                }
            }
        }
    }
}

/// What all firms share, at the end of a quarter.
#[derive(Debug, Clone)]
pub struct Common {
    /// Regime, 0 or 1.
    pub bust: Row,
    /// Sentiment S.
    pub sentiment: Row,
    /// Demand D.
    pub demand: Row,
}

impl Common {
    fn new(model: &Model) -> Common {
        Common { bust: splat(if model.shocks.starts_in_bust { 1.0 } else { 0.0 }), sentiment: splat(0.0), demand: splat(0.0) }
    }

    /// Regime, sentiment and demand of a block of paths at the horizon, bit for bit as [`Drivers::of_block`] draws them, and nothing else: a fraction of the
    /// work of all drivers. `p` is scratch for the uncertain numbers of the shocks; scripted stresses of series other than the regime are left out.
    pub fn at_horizon(model: &Model, p: &mut Parameters, seed: u64, paths: &PathNumbers, isa: lanes::Isa) -> Common {
        p.draw_shocks(model, seed, paths);
        let mut common = Common::new(model);
        run_to_horizon(isa, model, p, seed, paths, &mut common);
        common
    }
}

lane_kernel! {
    /// Draws regimes and common factors alone.
    fn run_to_horizon(model: &Model, p: &Parameters, seed: u64, paths: &PathNumbers, common: &mut Common) {
        let mut draw = Draw { counter: paths, key: key_of_seed(seed), words: [[0; LANES]; 4] };
        for t in 1..=model.horizon_quarters {
            draw.fetch(Kind::Events, t, name_hash("events"));
            let u = draw.unit(0);
            regimes(p, &u, common);
            scripted::stress_regime(model, t, &mut common.bust);
            common_factors(p, t, &mut draw, common);
        }
    }
}

/// What the random drivers remember from quarter to quarter.
struct Memory {
    common: Common,
    logit: Vec<Row>,
    own: Vec<Row>,
    log_price: Row,
    freeze_left: Row,
    /// 0 talks, 1 letter of intent, 2 signed, 3 cancelled.
    stage: Vec<Row>,
    size: Vec<Row>,
    happened: Vec<Row>,
}

impl Memory {
    fn new(model: &Model, p: &Parameters) -> Memory {
        let logit = |g: usize| {
            let share = p.group(GroupNumber::LeadShare, g);
            lanes::row(|l| lanes::ln(share[l]) - lanes::ln(1.0 - share[l]))
        };
        let stage = |stage: Stage| if stage == Stage::Talks { 0.0 } else { 1.0 };
        Memory {
            common: Common::new(model),
            logit: (0..model.groups.len()).map(logit).collect(),
            own: vec![splat(0.0); model.firms.len()],
            log_price: splat(0.0),
            freeze_left: splat(0.0),
            stage: model.shocks.deals.iter().map(|d| splat(stage(d.stage))).collect(),
            size: vec![splat(0.0); model.shocks.deals.len()],
            happened: vec![splat(0.0); model.tranches.len()],
        }
    }
}

/// Four words of each lane for one draw.
struct Draw<'a> {
    counter: &'a PathNumbers,
    key: [u32; 2],
    words: [[u32; LANES]; 4],
}

impl Draw<'_> {
    #[inline(always)]
    fn fetch(&mut self, kind: Kind, quarter: usize, entity: u64) {
        philox_lanes(self.counter, quarter_word(kind, quarter), entity as u32, (entity >> 32) as u32, self.key, &mut self.words);
    }

    #[inline(always)]
    fn unit(&self, word: usize) -> Row {
        let mut row = splat(0.0);
        lanes::unit_row(&self.words[word], &mut row);
        row
    }
}

lane_kernel! {
    /// Draws every driver of a block.
    fn draw(model: &Model, p: &Parameters, seed: u64, paths: &PathNumbers, out: &mut Drivers) {
        let mut draw = Draw { counter: paths, key: key_of_seed(seed), words: [[0; LANES]; 4] };
        let mut memory = Memory::new(model, p);
        for t in 1..=model.horizon_quarters {
            draw.fetch(Kind::Events, t, name_hash("events"));
            let (regime_u, efficiency_u, freeze_u) = (draw.unit(0), draw.unit(1), draw.unit(2));
            regimes(p, &regime_u, &mut memory.common);
            scripted::stress_regime(model, t, &mut memory.common.bust);
            out.regime[t - 1] = memory.common.bust;
            efficiency(p, seed, paths, t, &efficiency_u, &mut memory);
            freezes(model, p, &freeze_u, &mut memory);
            out.freeze[t - 1] = lanes::row(|l| if memory.freeze_left[l] > 0.0 { 1.0 } else { 0.0 });
            let vendor = common_factors(p, t, &mut draw, &mut memory.common);
            (out.sentiment[t - 1], out.demand[t - 1]) = (memory.common.sentiment, memory.common.demand);
            vendor_shares(p, t, &vendor, &mut memory.logit, out);
            for i in 0..model.firms.len() {
                own_shock(model, p, t, i, &mut draw, &mut memory, out);
            }
            deals(model, p, t, &mut draw, &mut memory, out);
            out.efficiency[t - 1] = lanes::row(|l| lanes::exp(memory.log_price[l]));
        }
        scripted::apply_stresses(model, out, Some(crate::model::Series::Regime));
    }
}

/// Model 3.1: in bust if the uniform is below the probability of bust given the regime before.
#[inline(always)]
fn regimes(p: &Parameters, u: &Row, common: &mut Common) {
    let (p01, p10) = (p.shock(ShockNumber::BoomToBust), p.shock(ShockNumber::BustToBoom));
    for l in 0..LANES {
        let chance = if common.bust[l] > 0.0 { 1.0 - p10[l] } else { p01[l] };
        common.bust[l] = if u[l] < chance { 1.0 } else { 0.0 };
    }
}

/// Model 3.5: the log price of computing falls by a Beta-distributed step and recovers.
#[inline(always)]
fn efficiency(p: &Parameters, seed: u64, paths: &PathNumbers, t: usize, u: &Row, memory: &mut Memory) {
    let (rate, recovery) = (p.shock(ShockNumber::EfficiencyRate), p.shock(ShockNumber::EfficiencyRecovery));
    let (a, b) = (p.shock(ShockNumber::EfficiencyAlpha), p.shock(ShockNumber::EfficiencyBeta));
    for l in 0..LANES {
        memory.log_price[l] *= 1.0 - recovery[l];
    }
    for l in 0..LANES {
        // Poisson arrivals: at least one in the quarter counts as one.
        if u[l] < -lanes::exp_m1(-rate[l]) {
            let words = stream_words(paths[l], Kind::EfficiencySize, t, 0);
            let size = Beta::new(a[l], b[l]).map(|d| d.sample(&mut Philox::keyed(seed, words))).unwrap_or(0.0);
            memory.log_price[l] += lanes::ln(1.0 - clamp_between(size, 0.0, 0.999));
        }
    }
}

/// Model 3.6: a regulatory freeze lasts its quarters; one that arrives during another starts it anew.
#[inline(always)]
fn freezes(model: &Model, p: &Parameters, u: &Row, memory: &mut Memory) {
    let rate = p.shock(ShockNumber::RegulatoryRate);
    for l in 0..LANES {
        let left = memory.freeze_left[l] - 1.0;
        let starts = u[l] < -lanes::exp_m1(-rate[l]);
        memory.freeze_left[l] = if starts { model.shocks.regulatory_quarters as f64 } else { left };
    }
}

/// Model 3.2: sentiment and demand from a trivariate t with one mixing variable; returns its third component, which moves vendor shares.
#[inline(always)]
fn common_factors(p: &Parameters, t: usize, draw: &mut Draw<'_>, common: &mut Common) -> Row {
    use ShockNumber as S;
    draw.fetch(Kind::Factors, t, name_hash("factors"));
    let u: [Row; 4] = std::array::from_fn(|w| draw.unit(w));
    let (nu, clip) = (p.shock(S::DegreesOfFreedom), p.shock(S::Clip));
    let (sd, sw, dw) =
        (p.shock(S::CorrelationSentimentDemand), p.shock(S::CorrelationSentimentVendor), p.shock(S::CorrelationDemandVendor));
    let mut vendor = splat(0.0);
    for l in 0..LANES {
        let x = lanes::spherical_t3([u[0][l], u[1][l], u[2][l], u[3][l]], nu[l]);
        let unit = unit_variance(nu[l]);
        // Cholesky factor of the correlation matrix in the order S, D, W.
        let d2 = (1.0 - sd[l] * sd[l]).sqrt();
        let w2 = (dw[l] - sd[l] * sw[l]) / d2;
        let w3 = lanes::greater(1.0 - sw[l] * sw[l] - w2 * w2, 0.0).sqrt();
        let zs = clamp_between(unit * x[0], -clip[l], clip[l]);
        let zd = clamp_between(unit * (sd[l] * x[0] + d2 * x[1]), -clip[l], clip[l]);
        vendor[l] = clamp_between(unit * (sw[l] * x[0] + w2 * x[1] + w3 * x[2]), -clip[l], clip[l]);
        let bust = common.bust[l] > 0.0;
        let pick = |boom: S, down: S| if bust { p.shock(down)[l] } else { p.shock(boom)[l] };
        let phi = p.shock(S::SentimentPersistence)[l];
        common.sentiment[l] = phi * common.sentiment[l]
            + (1.0 - phi) * pick(S::SentimentMeanBoom, S::SentimentMeanBust)
            + pick(S::SentimentSdBoom, S::SentimentSdBust) * zs;
        common.demand[l] += pick(S::DemandDriftBoom, S::DemandDriftBust) + pick(S::DemandSdBoom, S::DemandSdBust) * zd;
    }
    vendor
}

/// Model 3.4: the lead vendor's share of each group.
#[inline(always)]
fn vendor_shares(p: &Parameters, t: usize, vendor: &Row, logit: &mut [Row], out: &mut Drivers) {
    let groups = logit.len();
    for g in 0..groups {
        let (drift, sigma, start) =
            (p.group(GroupNumber::LogitDrift, g), p.group(GroupNumber::LogitSd, g), p.group(GroupNumber::LeadShare, g));
        let ratio = &mut out.vendor_ratio[(t - 1) * groups + g];
        for l in 0..LANES {
            logit[g][l] += drift[l] + sigma[l] * vendor[l];
            ratio[l] = 1.0 / ((1.0 + lanes::exp(-logit[g][l])) * start[l]);
        }
    }
}

/// Scale that gives a t variable unit variance.
#[inline(always)]
fn unit_variance(nu: f64) -> f64 {
    if nu < f64::INFINITY { ((nu - 2.0) / nu).sqrt() } else { 1.0 }
}

/// Model 3.3: a firm's log deviation from plan; its window.
#[inline(always)]
fn own_shock(model: &Model, p: &Parameters, t: usize, i: usize, draw: &mut Draw<'_>, memory: &mut Memory, out: &mut Drivers) {
    use FirmNumber as F;
    let key = model.firms[i].key;
    draw.fetch(Kind::Firm, t, key);
    let (radius, angle, window_u, jump_u) = (draw.unit(0), draw.unit(1), draw.unit(2), draw.unit(3));
    let (nu, clip) = (p.shock(ShockNumber::DegreesOfFreedom), p.shock(ShockNumber::Clip));
    let sigma = p.firm(F::RevenueVolatility, i);
    let own = &mut memory.own[i];
    for l in 0..LANES {
        let z = clamp_between(unit_variance(nu[l]) * lanes::student_t_polar(radius[l], angle[l], nu[l]), -clip[l], clip[l]);
        own[l] += sigma[l] * z;
    }
    let chance = p.firm(F::JumpProbability, i);
    if (0..LANES).any(|l| jump_u[l] < chance[l]) {
        draw.fetch(Kind::Jump, t, key);
        let (radius, angle) = (draw.unit(0), draw.unit(1));
        let (mean, sd) = (p.firm(F::JumpMean, i), p.firm(F::JumpSd, i));
        for l in 0..LANES {
            if jump_u[l] < chance[l] {
                own[l] += mean[l] + sd[l] * lanes::normal_pair(radius[l], angle[l]).0;
            }
        }
    }
    let (beta, realism, elasticity) = (p.firm(F::DemandBeta, i), p.firm(F::PlanRealism, i), p.firm(F::PriceElasticity, i));
    let (boom, bust) = (p.shock(ShockNumber::WindowOpenBoom), p.shock(ShockNumber::WindowOpenBust));
    let at = (t - 1) * model.firms.len() + i;
    let elapsed = t as f64 / model.horizon_quarters as f64;
    for l in 0..LANES {
        out.log_revenue[at][l] =
            beta[l] * memory.common.demand[l] + own[l] + elapsed * lanes::ln(realism[l]) + (1.0 - elasticity[l]) * memory.log_price[l];
        let open = if memory.common.bust[l] > 0.0 { bust[l] } else { boom[l] };
        out.window[at][l] = if window_u[l] < open { 1.0 } else { 0.0 };
    }
}

/// Model 3.6: stages and sizes of deals not yet signed, and the events that tranches wait for.
#[inline(always)]
fn deals(model: &Model, p: &Parameters, t: usize, draw: &mut Draw<'_>, memory: &mut Memory, out: &mut Drivers) {
    use ShockNumber as S;
    let count = model.shocks.deals.len();
    let sigma = p.shock(S::SigningSizeSigma);
    for (d, deal) in model.shocks.deals.iter().enumerate() {
        draw.fetch(Kind::Deal, t, deal.key);
        let (u, radius, angle) = (draw.unit(0), draw.unit(1), draw.unit(2));
        for l in 0..LANES {
            let bust = memory.common.bust[l] > 0.0;
            let talks = memory.stage[d][l] == 0.0;
            let (advance, cancel) = match (talks, bust) {
                (true, false) => (S::TalksAdvanceBoom, S::TalksCancelBoom),
                (true, true) => (S::TalksAdvanceBust, S::TalksCancelBust),
                (false, false) => (S::LoiAdvanceBoom, S::LoiCancelBoom),
                (false, true) => (S::LoiAdvanceBust, S::LoiCancelBust),
            };
            if memory.stage[d][l] < 2.0 {
                let blocked = deal.regulatory && memory.freeze_left[l] > 0.0;
                if u[l] < p.shock(advance)[l] && !blocked {
                    memory.stage[d][l] += 1.0;
                } else if u[l] >= 1.0 - p.shock(cancel)[l] {
                    memory.stage[d][l] = 3.0;
                }
                if memory.stage[d][l] == 2.0 {
                    let z = clamp_between(lanes::normal_pair(radius[l], angle[l]).0, -6.0, 6.0);
                    memory.size[d][l] = lanes::exp(sigma[l] * z - 0.5 * sigma[l] * sigma[l]);
                }
            }
        }
        out.deal_scale[(t - 1) * count + d] = memory.size[d];
    }
    let tranches = model.tranches.len();
    for (k, tranche) in model.tranches.iter().enumerate() {
        let hazard = p.tranche(TrancheNumber::EventHazard, k);
        if (0..LANES).all(|l| hazard[l] >= 1.0) {
            continue;
        }
        draw.fetch(Kind::TrancheEvent, t, tranche.key);
        let u = draw.unit(0);
        for l in 0..LANES {
            if u[l] < hazard[l] {
                memory.happened[k][l] = 1.0;
            }
        }
        out.tranche_event[(t - 1) * tranches + k] = memory.happened[k];
    }
}
