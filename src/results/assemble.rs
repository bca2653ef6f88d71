//! Makes the tables of results from the sums of a run. No simulation, no files.

use super::pool::{Pool, holds};
use super::types::*;
use super::{plan, scripted};
use crate::engine::{Engine, FIRM_TAIL_METRICS, Member, PathLoss, Run, SAMPLE_PATHS, Simulated, SolverCounts};
use crate::error::Result;
use crate::model::{Model, Seller};
use crate::stats::{
    Estimate, Histogram, Moments, PairMoments, Sample, TOO_FEW_FOR_MEAN, WeightedSample, batch_places, expected_shortfall, with_batches,
};

/// Levels of VaR and ES.
pub const TAIL_LEVELS: [f64; 4] = [0.95, 0.99, 0.995, 0.999];
/// Levels of the other quantiles.
pub const QUANTILE_LEVELS: [f64; 6] = [0.001, 0.01, 0.05, 0.25, 0.50, 0.75];
/// Points of an exceedance curve.
const CURVE_POINTS: usize = 240;
/// Bars of a loss histogram.
const BARS: usize = 60;
/// Fewest paths beyond a level for a tail measure to be reported.
const FEWEST_BEYOND: u64 = 10;

/// What a run was made from, as far as the tables name it.
pub struct Origin<'a> {
    /// Hash of the resolved scenario.
    pub hash: &'a str,
    /// Warnings that the reader gave.
    pub warnings: Vec<Warning>,
}

/// Makes every table.
///
/// # Errors
/// If sums of different models were mixed.
pub fn assemble(engine: &Engine<'_>, run: &Run, simulated: &Simulated, origin: Origin<'_>) -> Result<Results> {
    let pool = &Pool::new(simulated);
    let model = engine.model;
    let exact = exact_summaries(pool);
    let mut results = Results {
        scenario: plan::scenario(model, origin.hash),
        run: run_info(pool, run, simulated),
        firms: plan::firms(model),
        losses: loss_rows(model, pool, &exact)?,
        exceedance: exact.iter().flat_map(|s| s.curve.iter().copied()).collect(),
        histogram: exact.iter().flat_map(|s| s.bars.iter().copied()).collect(),
        defaults: default_rows(model, pool),
        joint: joint_rows(pool),
        default_counts: default_counts(pool),
        gross_over_net: gross_over_net(pool)?,
        amplification: amplifications(model, pool)?,
        fans: fans(engine, pool),
        convergence: super::convergence::convergence(pool, engine.scale),
        contagion: contagion(pool),
        contracts: contracts(model, pool)?,
        plan: plan::plan_rows(engine),
        flows: plan::flows(model),
        channels: scripted::channels(engine, run.seed),
        stories: super::stories(engine, run, simulated),
        solver: solver(pool),
        warnings: origin.warnings,
    };
    let found = super::warnings::warnings(&results);
    results.warnings.extend(found);
    if let Some((i, t, ratio)) = engine.plan_off_schedule() {
        results.warnings.push(Warning {
            text: format!(
                "the plan itself is not on its schedules: in {}, {} has {} times its planned revenue",
                super::words::quarter(&results, t),
                model.firms[i].name,
                super::words::number(ratio, 3)
            ),
            advice: "spending that answers revenue more than one for one around a circle lifts or sinks the plan: lower spending_elasticity, or read W2, which keeps \
                     to the schedules, with care"
                .into(),
        });
    }
    Ok(results)
}

fn run_info(pool: &Pool<'_>, run: &Run, simulated: &Simulated) -> RunInfo {
    let sum = |given, variant| pool.paths(given, variant).iter().sum();
    RunInfo {
        paths: sum(Given::All, false),
        variant_paths: sum(Given::All, true),
        bust_paths: sum(Given::Bust, false),
        bust_probability: pool.proportion(&pool.paths(Given::Bust, false), &pool.paths(Given::All, false), false),
        sampling: run.sampling.name().into(),
        candidates: simulated.candidates,
        effective_paths: pool.effective_paths(),
        seed: run.seed,
        version: env!("CARGO_PKG_VERSION").into(),
    }
}

fn solver(pool: &Pool<'_>) -> SolverReport {
    let mut c = SolverCounts::default();
    pool.strata.iter().for_each(|s| c.merge(&s.tally.solver));
    let moments = || pool.strata.iter().flat_map(|s| s.tally.system.iter().flatten().chain(s.tally.firm.iter().flatten()));
    SolverReport {
        failed: c.failed,
        short_quarters: c.short_quarters,
        most_sweeps: u64::from(c.most_sweeps),
        order_residual: c.order_residual,
        payment_residual: c.payment_residual,
        value_residual: c.value_residual,
        non_finite: moments().map(Moments::non_finite).sum(),
        saturated: moments().map(Moments::saturated).sum(),
        unfinanceable_paths: pool.strata.iter().map(|s| s.tally.unfinanceable).sum(),
    }
}

/// What is read off the sorted net system losses of one world under one condition.
struct ExactSummary {
    world: WorldName,
    given: Given,
    tail: Vec<TailMeasure>,
    quantiles: Vec<(f64, Estimate)>,
    curve: Vec<ExceedancePoint>,
    bars: Vec<HistogramBar>,
}

/// One summary for each world and condition. Only one column is sorted at a time: eight bytes a path, sixteen with weights, beside the sixteen of the losses.
fn exact_summaries(pool: &Pool<'_>) -> Vec<ExactSummary> {
    let edges = edges(pool);
    let mut summaries = Vec::new();
    for world in [WorldName::W0, WorldName::W1, WorldName::W2] {
        for given in Given::ALL {
            summaries.extend(if pool.is_plain() {
                plain_summary(pool, world, given, edges)
            } else {
                weighted_summary(pool, world, given, edges)
            });
        }
    }
    summaries
}

fn plain_summary(pool: &Pool<'_>, world: WorldName, given: Given, edges: Option<Edges>) -> Option<ExactSummary> {
    // Counted first: a vector that grows by doubling would take half as much memory again.
    let mut values = Vec::with_capacity(pool.losses(world, given).count());
    values.extend(pool.losses(world, given).map(|(_, x)| x));
    let sample = Sample::new(values);
    let (tail, quantiles) = exact_tail(&sample);
    let point = |p: crate::stats::ExceedancePoint| {
        let probability = Estimate::from_interval(p.probability, p.low, p.high)?;
        let (band_low, band_high) = (p.band_low, p.band_high);
        Some(ExceedancePoint { world, given, loss_usd_bn: p.threshold, probability, paths: p.count, band_low, band_high })
    };
    let curve = sample.exceedance_curve(CURVE_POINTS).into_iter().filter_map(point).collect();
    let share = 1.0 / sample.count().max(1) as f64;
    let bars = histogram(world, given, sample.values().iter().map(|&x| (x, share)), edges);
    Some(ExactSummary { world, given, tail, quantiles, curve, bars })
}

fn weighted_summary(pool: &Pool<'_>, world: WorldName, given: Given, edges: Option<Edges>) -> Option<ExactSummary> {
    let sample = WeightedSample::new(&pool.all, pool.losses(world, given))?;
    let (tail, quantiles) = weighted_tail(&sample);
    let point = |p: crate::stats::WeightedPoint| ExceedancePoint {
        world,
        given,
        loss_usd_bn: p.threshold,
        probability: p.probability,
        paths: p.count,
        band_low: p.band.0,
        band_high: p.band.1,
    };
    let curve = sample.exceedance_curve(CURVE_POINTS).into_iter().map(point).collect();
    let bars = histogram(world, given, sample.weighted(), edges);
    Some(ExactSummary { world, given, tail, quantiles, curve, bars })
}

/// Tail measures and other quantiles of a sorted sample.
fn exact_tail(sample: &Sample) -> (Vec<TailMeasure>, Vec<(f64, Estimate)>) {
    let measure = |&level: &f64| {
        let (var, es) = (sample.quantile(level)?, sample.tail_mean(level)?);
        (!es.is_too_few()).then_some(TailMeasure { level, var: var.estimate, es: es.estimate, tail_count: es.tail_count as u64 })
    };
    let quantile = |&level: &f64| {
        sample.quantile(level).filter(|q| level * sample.count() as f64 >= FEWEST_BEYOND as f64 || q.q >= 0.25).map(|q| (level, q.estimate))
    };
    (TAIL_LEVELS.iter().filter_map(measure).collect(), QUANTILE_LEVELS.iter().filter_map(quantile).collect())
}

/// The same of a weighted sample.
fn weighted_tail(sample: &WeightedSample<'_>) -> (Vec<TailMeasure>, Vec<(f64, Estimate)>) {
    let measure = |&level: &f64| {
        let tail = sample.tail(level).filter(|t| t.effective >= TOO_FEW_FOR_MEAN)?;
        Some(TailMeasure { level, var: tail.quantile, es: tail.mean, tail_count: tail.effective as u64 })
    };
    let quantile = |&level: &f64| {
        let few = level * sample.count() as f64;
        sample.quantile(level).filter(|_| few >= FEWEST_BEYOND as f64 || level >= 0.25).map(|q| (level, q))
    };
    (TAIL_LEVELS.iter().filter_map(measure).collect(), QUANTILE_LEVELS.iter().filter_map(quantile).collect())
}

/// The same read off bins.
fn binned_tail(pool: &Pool<'_>, bins: &[Histogram]) -> (Vec<TailMeasure>, Vec<(f64, Estimate)>) {
    let [bins] = bins else { return pool.weighted(bins).map_or_else(Default::default, |sample| weighted_tail(&sample)) };
    let n = bins.count() as f64;
    let measure = |&level: &f64| {
        let beyond = (n * (1.0 - level)) as u64;
        let (var, es) = (bins.quantile(level)?, bins.tail_mean(level)?);
        (beyond >= FEWEST_BEYOND).then_some(TailMeasure { level, var, es, tail_count: beyond })
    };
    let quantile = |&level: &f64| bins.quantile(level).filter(|_| level * n >= FEWEST_BEYOND as f64 || level >= 0.25).map(|q| (level, q));
    (TAIL_LEVELS.iter().filter_map(measure).collect(), QUANTILE_LEVELS.iter().filter_map(quantile).collect())
}

fn row(
    pool: &Pool<'_>,
    metric: Metric,
    firm: Option<usize>,
    (m, member): (usize, &Member),
    given: Given,
    sums: &[Moments],
) -> Option<LossRow> {
    let variant = pool.is_variant(m);
    Some(LossRow {
        metric,
        firm,
        world: member.name,
        panel: member.panel,
        given,
        paths: sums.iter().map(Moments::count).sum(),
        mean: pool.mean(sums, variant)?,
        standard_deviation: pool.standard_deviation(sums, variant),
        tail: vec![],
        quantiles: vec![],
        exact: false,
    })
}

fn loss_rows(model: &Model, pool: &Pool<'_>, exact: &[ExactSummary]) -> Result<Vec<LossRow>> {
    let tally = pool.any();
    let mut rows = Vec::new();
    for (m, member) in tally.base.iter().chain(&tally.variants).enumerate() {
        for metric in Metric::ALL {
            for given in Given::ALL {
                let at = m * Metric::ALL.len() + metric as usize;
                let Some(mut r) = row(pool, metric, None, (m, member), given, &pool.moments(given, |t| &t.system[at])?) else { continue };
                let known = exact.iter().find(|s| s.world == member.name && s.given == given);
                if let Some(known) = known.filter(|_| metric == Metric::NetLoss && member.panel == Panel::Base) {
                    (r.tail, r.quantiles) = (known.tail.clone(), known.quantiles.clone());
                    r.exact = true;
                } else if m < tally.base.len() && metric != Metric::MaxDrawdown {
                    (r.tail, r.quantiles) = binned_tail(pool, &pool.bins(given, |t| &t.system_bins[at])?);
                }
                rows.push(r);
            }
        }
    }
    for (m, member) in tally.base.iter().enumerate() {
        for metric in Metric::ALL {
            for i in 0..model.firms.len() {
                for given in Given::ALL {
                    rows.extend(firm_row(pool, (m, member), metric, i, model.firms.len(), given)?);
                }
            }
        }
    }
    Ok(rows)
}

fn firm_row(
    pool: &Pool<'_>,
    (m, member): (usize, &Member),
    metric: Metric,
    i: usize,
    firms: usize,
    given: Given,
) -> Result<Option<LossRow>> {
    let sums = pool.moments(given, |t| &t.firm[(m * Metric::ALL.len() + metric as usize) * firms + i])?;
    let Some(mut r) = row(pool, metric, Some(i), (m, member), given, &sums) else { return Ok(None) };
    let tail = FIRM_TAIL_METRICS.iter().position(|&k| k == metric);
    let detailed = pool.any().detailed.iter().position(|&d| d == i);
    if let (0, Some(k), Some(d)) = (m, tail, detailed) {
        let at = k * pool.any().detailed.len() + d;
        (r.tail, r.quantiles) = binned_tail(pool, &pool.bins(given, |t| &t.firm_bins[at])?);
    }
    Ok(Some(r))
}

/// Width of a bar, and the first and last edge in widths.
type Edges = (f64, i64, i64);

/// Edges of bars: multiples of one round step that hold every loss in W0, so that no bar straddles zero.
fn edges(pool: &Pool<'_>) -> Option<Edges> {
    let all = pool.losses(WorldName::W0, Given::All).map(|(_, x)| x).filter(|x| x.is_finite());
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    let step = (high > low).then(|| round_step((high - low) / BARS as f64))?;
    Some((step, (low / step).floor() as i64, (high / step).ceil() as i64))
}

/// The bars of values, in ascending order, with their probabilities. Values in other worlds that lie beyond the bars of W0 are in none.
fn histogram(world: WorldName, given: Given, values: impl Iterator<Item = (f64, f64)>, edges: Option<Edges>) -> Vec<HistogramBar> {
    let Some((step, first, last)) = edges else { return vec![] };
    let bar = |k: i64| HistogramBar { world, given, low_usd_bn: k as f64 * step, high_usd_bn: (k + 1) as f64 * step, count: 0, share: 0.0 };
    let mut bars: Vec<HistogramBar> = (first..last).map(bar).collect();
    let mut at = 0;
    for (value, share) in values {
        while at + 1 < bars.len() && value >= bars[at].high_usd_bn {
            at += 1;
        }
        let Some(bar) = bars.get_mut(at).filter(|b| value >= b.low_usd_bn && value <= b.high_usd_bn) else { continue };
        bar.count += 1;
        bar.share += share;
    }
    bars
}

/// The least of 1, 2, 2.5, 5 times a power of ten at or above x.
fn round_step(x: f64) -> f64 {
    let power = 10f64.powf(x.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= x).unwrap_or(10.0 * power)
}

fn default_rows(model: &Model, pool: &Pool<'_>) -> Vec<DefaultRow> {
    let tally = pool.any();
    let mut rows = Vec::new();
    for (m, member) in tally.base.iter().chain(&tally.variants).enumerate() {
        for firm in 0..model.firms.len() {
            rows.extend(Given::ALL.into_iter().filter_map(|given| default_row(model, pool, (m, member), firm, given)));
        }
    }
    rows
}

fn default_row(model: &Model, pool: &Pool<'_>, (m, member): (usize, &Member), firm: usize, given: Given) -> Option<DefaultRow> {
    let (h, variant) = (model.horizon_quarters, pool.is_variant(m));
    let paths = pool.paths(given, variant);
    let fails = |q: usize| pool.counts(given, |t, c| t.defaults[m][c].by_quarter[firm * (h + 1) + q]);
    let defaults = pool.counts(given, |t, c| t.defaults[m][c].by_quarter[firm * (h + 1) + 1..(firm + 1) * (h + 1)].iter().sum());
    let first = pool.counts(given, |t, c| t.defaults[m][c].first[firm]);
    Some(DefaultRow {
        firm,
        world: member.name,
        panel: member.panel,
        given,
        count: defaults.iter().sum(),
        paths: paths.iter().sum(),
        probability: pool.proportion(&defaults, &paths, variant)?,
        first_to_fail: pool.proportion(&first, &paths, variant)?,
        by_quarter: (1..=h).map(|q| fails(q).iter().sum()).collect(),
        probability_by_quarter: (1..=h).map(|q| pool.share(&fails(q), &paths, variant)).collect(),
    })
}

fn joint_rows(pool: &Pool<'_>) -> Vec<JointRow> {
    let detailed = &pool.any().detailed;
    let d = detailed.len();
    let paths = pool.paths(Given::All, false);
    let alone = |a: usize| {
        let of = |t: &crate::engine::Tally, c: usize| {
            let h1 = t.defaults[0][c].by_quarter.len() / t.defaults[0][c].first.len();
            t.defaults[0][c].by_quarter[detailed[a] * h1 + 1..(detailed[a] + 1) * h1].iter().sum()
        };
        pool.counts(Given::All, of)
    };
    let failed: Vec<Vec<u64>> = (0..d).map(alone).collect();
    let fails = |a: usize| failed[a].iter().any(|&n| n > 0);
    let mut rows = Vec::new();
    for a in 0..d {
        for b in (0..d).filter(|&b| b != a && fails(a) && fails(b)) {
            let both: Vec<u64> = pool.strata.iter().map(|s| s.tally.joint[a * d + b]).collect();
            if let Some(joint) = pool.proportion(&both, &paths, false) {
                let given_other = pool.proportion(&both, &failed[b], false);
                rows.push(JointRow { firm: detailed[a], other: detailed[b], joint, given_other });
            }
        }
    }
    rows
}

fn default_counts(pool: &Pool<'_>) -> Vec<DefaultCount> {
    let tally = pool.any();
    let mut rows = Vec::new();
    for (m, member) in tally.base.iter().enumerate() {
        for given in Given::ALL {
            let most = tally.defaults[m][0].by_count.len();
            let paths = pool.paths(given, false);
            let exactly = |k: usize| pool.counts(given, |t, c| t.defaults[m][c].by_count[k]).iter().sum();
            let at_least = |k: usize| {
                let counts = pool.counts(given, |t, c| t.defaults[m][c].by_count[k..].iter().sum());
                pool.proportion(&counts, &paths, false)
            };
            rows.push(DefaultCount {
                world: member.name,
                given,
                paths_by_count: (0..most).map(exactly).collect(),
                at_least: (0..most).map_while(at_least).collect(),
            });
        }
    }
    rows
}

fn gross_over_net(pool: &Pool<'_>) -> Result<Vec<GrossOverNet>> {
    let row = |given| {
        let pairs = pool.pairs(given, |t| &t.gross_net)?;
        Ok(GrossOverNet { given, ratio: pool.all.ratio(&pairs).estimate() })
    };
    Given::ALL.into_iter().map(row).collect()
}

fn amplifications(model: &Model, pool: &Pool<'_>) -> Result<Vec<Amplification>> {
    const AGAINST: [WorldName; 2] = [WorldName::W1, WorldName::W2];
    let mut rows = Vec::new();
    for (p, panel) in [Panel::Base, Panel::NoSentiment, Panel::LookThrough].into_iter().enumerate() {
        for (a, against) in AGAINST.into_iter().enumerate() {
            for metric in Metric::ALL {
                for given in Given::ALL {
                    let sums = pool.pairs(given, |t| &t.pairs[(p * 2 + a) * Metric::ALL.len() + metric as usize])?;
                    let Some(mut row) = amplification(pool, metric, None, panel, against, given, &sums) else { continue };
                    if metric == Metric::NetLoss && panel == Panel::Base {
                        row.es_ratio = es_ratios(pool, against, given);
                    }
                    rows.push(row);
                }
            }
        }
    }
    for (a, against) in AGAINST.into_iter().enumerate() {
        for i in 0..model.firms.len() {
            for given in Given::ALL {
                let sums = pool.pairs(given, |t| &t.firm_pairs[a * model.firms.len() + i])?;
                rows.extend(amplification(pool, Metric::MarkToMarketLoss, Some(i), Panel::Base, against, given, &sums));
            }
        }
    }
    Ok(rows)
}

fn amplification(
    pool: &Pool<'_>,
    metric: Metric,
    firm: Option<usize>,
    panel: Panel,
    against: WorldName,
    given: Given,
    sums: &[PairMoments],
) -> Option<Amplification> {
    let ((mean, other_mean), ratio, difference) = pool.compare(sums, panel != Panel::Base)?;
    let paths = sums.iter().map(PairMoments::count).sum();
    Some(Amplification {
        metric,
        firm,
        panel,
        against,
        given,
        mean,
        other_mean,
        ratio: ratio.estimate(),
        difference,
        es_ratio: vec![],
        paths,
    })
}

/// Ratios of ES in W0 over ES in the other world on the same paths, with batch-means intervals (20 batches, each of a twentieth of every stratum).
fn es_ratios(pool: &Pool<'_>, against: WorldName, given: Given) -> Vec<(f64, Estimate)> {
    let ratio = |range: std::ops::Range<usize>, level: f64| {
        let parts: Vec<&[PathLoss]> = pool.strata.iter().map(|s| &s.losses[batch_places(&range, s.losses.len())]).collect();
        let (a, c) = (es_of(pool, &parts, WorldName::W0, given, level)?, es_of(pool, &parts, against, given, level)?);
        (c > 0.0 && a > 0.0).then(|| a / c)
    };
    [0.95, 0.99].into_iter().filter_map(|level| Some((level, with_batches(|range| ratio(range, level))?))).collect()
}

/// Expected shortfall of some paths of each stratum.
fn es_of(pool: &Pool<'_>, parts: &[&[PathLoss]], world: WorldName, given: Given, level: f64) -> Option<f64> {
    let values = |part: &&[PathLoss]| {
        let mut values = Vec::with_capacity(part.len());
        values.extend(part.iter().filter(|p| holds(given, p)).map(|p| p.loss(world)));
        values
    };
    let strata = pool.all.with_counts(parts.iter().map(|p| p.len() as u64).collect());
    expected_shortfall(&strata, parts.iter().map(values).collect(), level)
}

fn fans(engine: &Engine<'_>, pool: &Pool<'_>) -> Vec<FanRow> {
    let tally = pool.any();
    let h = engine.model.horizon_quarters;
    let plan = plan::fan_plan(engine, &tally.detailed);
    let quantities = crate::engine::FAN_QUANTITIES;
    let mut rows = Vec::new();
    for (d, &firm) in tally.detailed.iter().enumerate() {
        for (q, quantity) in quantities.into_iter().enumerate() {
            let block = d * quantities.len() + q;
            for quarter in 0..=h {
                let planned = plan[block * (h + 1) + quarter];
                let certain = |value: f64| Estimate { value, std_error: 0.0, low: value, high: value };
                let finite = |x: f64| if x.is_finite() { x } else { planned };
                let (quantiles, samples) = if quarter == 0 {
                    ([certain(planned); 7], [planned; SAMPLE_PATHS])
                } else {
                    let found = fan_quantiles(pool, block * h + quarter - 1);
                    let known = |k: usize| pool.strata.iter().map(|s| s.tally.samples[block * (h + 1) + quarter][k]).find(|x| !x.is_nan());
                    (found.map(|x| x.unwrap_or(certain(planned))), std::array::from_fn(|k| finite(known(k).unwrap_or(f64::NAN))))
                };
                rows.push(FanRow { firm, quantity, quarter, plan: planned, quantiles, samples });
            }
        }
    }
    rows
}

fn fan_quantiles(pool: &Pool<'_>, at: usize) -> [Option<Estimate>; 7] {
    if pool.is_plain() {
        return FAN_LEVELS.map(|level| pool.any().fans[at].quantile(level));
    }
    let bins: Vec<&Histogram> = pool.strata.iter().map(|s| &s.tally.fans[at]).collect();
    let sample = WeightedSample::of_bins(&pool.all, &bins);
    FAN_LEVELS.map(|level| sample.as_ref().and_then(|s| s.quantile(level)))
}

fn contagion(pool: &Pool<'_>) -> Vec<ContagionCell> {
    let detailed = &pool.any().detailed;
    let d = detailed.len();
    let cell = |at: usize| {
        let sums: Vec<Moments> = pool.strata.iter().map(|s| s.tally.contagion[at]).collect();
        let excess_share = pool.all.mean(&sums)?;
        Some(ContagionCell { failing: detailed[at / d], hit: detailed[at % d], excess_share, paths: sums.iter().map(Moments::count).sum() })
    };
    (0..d * d).filter_map(cell).collect()
}

fn contracts(model: &Model, pool: &Pool<'_>) -> Result<Vec<ContractRow>> {
    let mut rows = Vec::new();
    for (c, p) in model.purchases.iter().enumerate() {
        for given in Given::ALL {
            let shortfall = pool.mean(&pool.moments(given, |t| &t.shortfall[c])?, false);
            let unpaid = pool.mean(&pool.moments(given, |t| &t.unpaid[c])?, false);
            let any = pool.proportion(&pool.counts(given, |t, k| t.any_unpaid[c][k]), &pool.paths(given, false), false);
            let planned: f64 = p.schedule_usd_bn.iter().sum::<f64>() * p.numbers.scale;
            let (Some(shortfall_usd_bn), Some(unpaid_usd_bn), Some(any_unpaid)) = (shortfall, unpaid, any) else { continue };
            rows.push(ContractRow {
                id: p.id.clone(),
                buyer: p.buyer.at(),
                seller: match p.seller {
                    Seller::Firm(f) => Some(f.at()),
                    Seller::Outside => None,
                },
                stage: p.stage,
                given,
                planned_usd_bn: planned,
                committed_usd_bn: planned * p.numbers.take_or_pay,
                shortfall_usd_bn,
                unpaid_usd_bn,
                any_unpaid,
            });
        }
    }
    Ok(rows)
}
