//! Makes the tables of results from the sums of a run. No simulation, no files.

use super::types::*;
use super::{plan, scripted};
use crate::engine::{Engine, FIRM_TAIL_METRICS, Member, PathLoss, Run, SAMPLE_PATHS, Simulated, Tally};
use crate::error::Result;
use crate::model::{Model, Seller};
use crate::stats::{Estimate, Histogram, Moments, PairMoments, Proportion, Sample, TOO_FEW, batch_statistic};

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
    let Simulated { tally, losses } = simulated;
    let model = engine.model;
    let exact = exact_summaries(losses);
    let mut results = Results {
        scenario: plan::scenario(model, origin.hash),
        run: RunInfo {
            paths: tally.paths[0] + tally.paths[1],
            variant_paths: tally.variant_paths[0] + tally.variant_paths[1],
            bust_paths: tally.paths[1],
            seed: run.seed,
            version: env!("CARGO_PKG_VERSION").into(),
        },
        firms: plan::firms(model),
        losses: loss_rows(model, tally, &exact)?,
        exceedance: exact.iter().flat_map(|s| s.curve.iter().copied()).collect(),
        histogram: exact.iter().flat_map(|s| s.bars.iter().copied()).collect(),
        defaults: default_rows(model, tally),
        joint: joint_rows(tally),
        default_counts: default_counts(tally),
        gross_over_net: gross_over_net(tally)?,
        amplification: amplifications(model, tally, losses)?,
        fans: fans(engine, tally),
        contagion: contagion(tally),
        contracts: contracts(model, tally)?,
        plan: plan::plan_rows(engine),
        flows: plan::flows(model),
        channels: scripted::channels(engine, run.seed),
        solver: solver(tally),
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

fn solver(tally: &Tally) -> SolverReport {
    let c = &tally.solver;
    let moments = || tally.system.iter().flatten().chain(tally.firm.iter().flatten());
    SolverReport {
        failed: c.failed,
        short_quarters: c.short_quarters,
        most_sweeps: u64::from(c.most_sweeps),
        order_residual: c.order_residual,
        payment_residual: c.payment_residual,
        value_residual: c.value_residual,
        non_finite: moments().map(Moments::non_finite).sum(),
        saturated: moments().map(Moments::saturated).sum(),
        unfinanceable_paths: tally.unfinanceable,
    }
}

/// The two classes of a condition.
fn classes(given: Given) -> &'static [usize] {
    match given {
        Given::All => &[0, 1],
        Given::NoBust => &[0],
        Given::Bust => &[1],
    }
}

fn count(counts: &[u64; 2], given: Given) -> u64 {
    classes(given).iter().map(|&c| counts[c]).sum()
}

fn moments(by_class: &[Moments; 2], given: Given) -> Result<Moments> {
    match given {
        Given::NoBust => Ok(by_class[0]),
        Given::Bust => Ok(by_class[1]),
        Given::All => {
            let mut all = by_class[0];
            all.merge(&by_class[1])?;
            Ok(all)
        }
    }
}

fn pairs(by_class: &[PairMoments; 2], given: Given) -> Result<PairMoments> {
    match given {
        Given::NoBust => Ok(by_class[0]),
        Given::Bust => Ok(by_class[1]),
        Given::All => {
            let mut all = by_class[0];
            all.merge(&by_class[1])?;
            Ok(all)
        }
    }
}

fn histograms(by_class: &[Histogram; 2], given: Given) -> Result<Histogram> {
    match given {
        Given::NoBust => Ok(by_class[0].clone()),
        Given::Bust => Ok(by_class[1].clone()),
        Given::All => {
            let mut all = by_class[0].clone();
            all.merge(&by_class[1])?;
            Ok(all)
        }
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

/// One summary for each world and condition. Only one column is sorted at a time: eight bytes a path beside the sixteen of the losses themselves.
fn exact_summaries(losses: &[PathLoss]) -> Vec<ExactSummary> {
    let edges = edges(losses);
    let mut summaries = Vec::new();
    for world in [WorldName::W0, WorldName::W1, WorldName::W2] {
        for given in Given::ALL {
            let sample = Sample::new(losses.iter().filter(|p| holds(given, p)).map(|p| p.loss(world)).collect());
            let (tail, quantiles) = exact_tail(&sample);
            let (curve, bars) = (exceedance(world, given, &sample), histogram(world, given, &sample, edges));
            summaries.push(ExactSummary { world, given, tail, quantiles, curve, bars });
        }
    }
    summaries
}

fn holds(given: Given, path: &PathLoss) -> bool {
    match given {
        Given::All => true,
        Given::Bust => path.bust(),
        Given::NoBust => !path.bust(),
    }
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

/// The same read off bins.
fn binned_tail(bins: &Histogram) -> (Vec<TailMeasure>, Vec<(f64, Estimate)>) {
    let n = bins.count() as f64;
    let measure = |&level: &f64| {
        let beyond = (n * (1.0 - level)) as u64;
        let (var, es) = (bins.quantile(level)?, bins.tail_mean(level)?);
        (beyond >= FEWEST_BEYOND).then_some(TailMeasure { level, var, es, tail_count: beyond })
    };
    let quantile = |&level: &f64| bins.quantile(level).filter(|_| level * n >= FEWEST_BEYOND as f64 || level >= 0.25).map(|q| (level, q));
    (TAIL_LEVELS.iter().filter_map(measure).collect(), QUANTILE_LEVELS.iter().filter_map(quantile).collect())
}

fn row(metric: Metric, firm: Option<usize>, member: &Member, given: Given, sums: &Moments) -> Option<LossRow> {
    let mean = sums.mean().or_else(|| sums.mean_value().and_then(Estimate::exact))?;
    Some(LossRow {
        metric,
        firm,
        world: member.name,
        panel: member.panel,
        given,
        paths: sums.count(),
        mean,
        standard_deviation: sums.variance().unwrap_or(0.0).max(0.0).sqrt(),
        tail: vec![],
        quantiles: vec![],
        exact: false,
    })
}

fn loss_rows(model: &Model, tally: &Tally, exact: &[ExactSummary]) -> Result<Vec<LossRow>> {
    let mut rows = Vec::new();
    for (m, member) in tally.base.iter().chain(&tally.variants).enumerate() {
        for metric in Metric::ALL {
            for given in Given::ALL {
                let at = m * Metric::ALL.len() + metric as usize;
                let Some(mut r) = row(metric, None, member, given, &moments(&tally.system[at], given)?) else { continue };
                let known = exact.iter().find(|s| s.world == member.name && s.given == given);
                if let Some(known) = known.filter(|_| metric == Metric::NetLoss && member.panel == Panel::Base) {
                    (r.tail, r.quantiles) = (known.tail.clone(), known.quantiles.clone());
                    r.exact = true;
                } else if m < tally.base.len() && metric != Metric::MaxDrawdown {
                    (r.tail, r.quantiles) = binned_tail(&histograms(&tally.system_bins[at], given)?);
                }
                rows.push(r);
            }
        }
    }
    for (m, member) in tally.base.iter().enumerate() {
        for metric in Metric::ALL {
            for i in 0..model.firms.len() {
                for given in Given::ALL {
                    rows.extend(firm_row(tally, m, member, metric, i, model.firms.len(), given)?);
                }
            }
        }
    }
    Ok(rows)
}

fn firm_row(tally: &Tally, m: usize, member: &Member, metric: Metric, i: usize, firms: usize, given: Given) -> Result<Option<LossRow>> {
    let sums = moments(&tally.firm[(m * Metric::ALL.len() + metric as usize) * firms + i], given)?;
    let Some(mut r) = row(metric, Some(i), member, given, &sums) else { return Ok(None) };
    let tail = FIRM_TAIL_METRICS.iter().position(|&k| k == metric);
    let detailed = tally.detailed.iter().position(|&d| d == i);
    if let (0, Some(k), Some(d)) = (m, tail, detailed) {
        (r.tail, r.quantiles) = binned_tail(&histograms(&tally.firm_bins[k * tally.detailed.len() + d], given)?);
    }
    Ok(Some(r))
}

fn exceedance(world: WorldName, given: Given, sample: &Sample) -> Vec<ExceedancePoint> {
    let point = |p: crate::stats::ExceedancePoint| {
        let probability = Estimate::from_interval(p.probability, p.low, p.high)?;
        let (band_low, band_high) = (p.band_low, p.band_high);
        Some(ExceedancePoint { world, given, loss_usd_bn: p.threshold, probability, band_low, band_high })
    };
    sample.exceedance_curve(CURVE_POINTS).into_iter().filter_map(point).collect()
}

/// Width of a bar and the first and last edge in widths: multiples of one round step that hold every loss in W0, so that no bar straddles zero.
fn edges(losses: &[PathLoss]) -> Option<(f64, i64, i64)> {
    let all = losses.iter().map(|p| p.loss(WorldName::W0)).filter(|x| x.is_finite());
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    let step = (high > low).then(|| round_step((high - low) / BARS as f64))?;
    Some((step, (low / step).floor() as i64, (high / step).ceil() as i64))
}

fn histogram(world: WorldName, given: Given, sample: &Sample, edges: Option<(f64, i64, i64)>) -> Vec<HistogramBar> {
    let Some((step, first, last)) = edges else { return vec![] };
    let values = sample.values();
    let bar = |k: i64| {
        let (from, to) = (k as f64 * step, (k + 1) as f64 * step);
        let at = |x: f64| values.partition_point(|v| *v < x);
        let upper = if k + 1 == last { values.partition_point(|v| *v <= to) } else { at(to) };
        HistogramBar { world, given, low_usd_bn: from, high_usd_bn: to, count: (upper - at(from)) as u64 }
    };
    (first..last).map(bar).collect()
}

/// The least of 1, 2, 2.5, 5 times a power of ten at or above x.
fn round_step(x: f64) -> f64 {
    let power = 10f64.powf(x.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= x).unwrap_or(10.0 * power)
}

fn proportion(successes: u64, trials: u64) -> Option<Estimate> {
    Proportion { successes, trials }.estimate()
}

fn default_rows(model: &Model, tally: &Tally) -> Vec<DefaultRow> {
    let h = model.horizon_quarters;
    let mut rows = Vec::new();
    for (m, member) in tally.base.iter().chain(&tally.variants).enumerate() {
        let trials = if m < tally.base.len() { &tally.paths } else { &tally.variant_paths };
        for firm in 0..model.firms.len() {
            for given in Given::ALL {
                let sum = |f: &dyn Fn(usize) -> u64| classes(given).iter().map(|&c| f(c)).sum::<u64>();
                let by_quarter: Vec<u64> = (1..=h).map(|q| sum(&|c| tally.defaults[m][c].by_quarter[firm * (h + 1) + q])).collect();
                let (defaults, paths) = (by_quarter.iter().sum(), count(trials, given));
                let first = sum(&|c| tally.defaults[m][c].first[firm]);
                if let (Some(probability), Some(first_to_fail)) = (proportion(defaults, paths), proportion(first, paths)) {
                    rows.push(DefaultRow {
                        firm,
                        world: member.name,
                        panel: member.panel,
                        given,
                        count: defaults,
                        paths,
                        probability,
                        first_to_fail,
                        by_quarter,
                    });
                }
            }
        }
    }
    rows
}

fn joint_rows(tally: &Tally) -> Vec<JointRow> {
    let d = tally.detailed.len();
    let paths = tally.paths[0] + tally.paths[1];
    let alone = |a: usize| -> u64 {
        let h1 = tally.defaults[0][0].by_quarter.len() / tally.defaults[0][0].first.len();
        let firm = tally.detailed[a];
        tally.defaults[0].iter().map(|t| t.by_quarter[firm * h1 + 1..(firm + 1) * h1].iter().sum::<u64>()).sum()
    };
    let mut rows = Vec::new();
    for a in 0..d {
        for b in (0..d).filter(|&b| b != a) {
            let both = tally.joint[a * d + b];
            let other = alone(b);
            if let (Some(joint), true) = (proportion(both, paths), alone(a) > 0 && other > 0) {
                rows.push(JointRow { firm: tally.detailed[a], other: tally.detailed[b], joint, given_other: proportion(both, other) });
            }
        }
    }
    rows
}

fn default_counts(tally: &Tally) -> Vec<DefaultCount> {
    let mut rows = Vec::new();
    for (m, member) in tally.base.iter().enumerate() {
        for given in Given::ALL {
            let most = tally.defaults[m][0].by_count.len();
            let paths_by_count = (0..most).map(|k| classes(given).iter().map(|&c| tally.defaults[m][c].by_count[k]).sum()).collect();
            rows.push(DefaultCount { world: member.name, given, paths_by_count });
        }
    }
    rows
}

fn gross_over_net(tally: &Tally) -> Result<Vec<GrossOverNet>> {
    Given::ALL.into_iter().map(|given| Ok(GrossOverNet { given, ratio: pairs(&tally.gross_net, given)?.ratio().estimate() })).collect()
}

fn amplifications(model: &Model, tally: &Tally, losses: &[PathLoss]) -> Result<Vec<Amplification>> {
    const AGAINST: [WorldName; 2] = [WorldName::W1, WorldName::W2];
    let mut rows = Vec::new();
    for (p, panel) in [Panel::Base, Panel::NoSentiment, Panel::LookThrough].into_iter().enumerate() {
        for (a, against) in AGAINST.into_iter().enumerate() {
            for metric in Metric::ALL {
                for given in Given::ALL {
                    let sums = pairs(&tally.pairs[(p * 2 + a) * Metric::ALL.len() + metric as usize], given)?;
                    let Some(mut row) = amplification(metric, None, panel, against, given, &sums) else { continue };
                    if metric == Metric::NetLoss && panel == Panel::Base {
                        row.es_ratio = es_ratios(losses, against, given);
                    }
                    rows.push(row);
                }
            }
        }
    }
    for (a, against) in AGAINST.into_iter().enumerate() {
        for i in 0..model.firms.len() {
            for given in Given::ALL {
                let sums = pairs(&tally.firm_pairs[a * model.firms.len() + i], given)?;
                rows.extend(amplification(Metric::MarkToMarketLoss, Some(i), Panel::Base, against, given, &sums));
            }
        }
    }
    Ok(rows)
}

fn amplification(
    metric: Metric,
    firm: Option<usize>,
    panel: Panel,
    against: WorldName,
    given: Given,
    sums: &PairMoments,
) -> Option<Amplification> {
    let (mean, other_mean) = sums.means()?;
    let difference = sums.difference()?;
    Some(Amplification {
        metric,
        firm,
        panel,
        against,
        given,
        mean,
        other_mean,
        ratio: sums.ratio().estimate(),
        difference,
        es_ratio: vec![],
        paths: sums.count(),
    })
}

/// Ratios of ES in W0 over ES in the other world on the same paths, with batch-means intervals (20 batches).
fn es_ratios(losses: &[PathLoss], against: WorldName, given: Given) -> Vec<(f64, Estimate)> {
    let es = |range: std::ops::Range<usize>, world: WorldName, level: f64| {
        let sample = Sample::new(losses[range].iter().filter(|p| holds(given, p)).map(|p| p.loss(world)).collect());
        sample.tail_mean(level).filter(|t| t.tail_count >= TOO_FEW).map(|t| t.estimate.value)
    };
    let ratio = |range: std::ops::Range<usize>, level: f64| {
        let (a, c) = (es(range.clone(), WorldName::W0, level)?, es(range, against, level)?);
        (c > 0.0 && a > 0.0).then(|| a / c)
    };
    let estimate = |level: f64| {
        let whole = ratio(0..losses.len(), level)?;
        let spread = batch_statistic(losses.len(), crate::stats::BATCHES, |range| ratio(range, level))?;
        // The batches give the error; the whole sample gives the value, which is less biased.
        Some((level, Estimate::with_half_width(whole, spread.std_error, 0.5 * (spread.high - spread.low))?))
    };
    [0.95, 0.99].into_iter().filter_map(estimate).collect()
}

fn fans(engine: &Engine<'_>, tally: &Tally) -> Vec<FanRow> {
    let h = engine.model.horizon_quarters;
    let plan = plan::fan_plan(engine, &tally.detailed);
    let quantities = crate::engine::FAN_QUANTITIES;
    let mut rows = Vec::new();
    for (d, &firm) in tally.detailed.iter().enumerate() {
        for (q, quantity) in quantities.into_iter().enumerate() {
            let block = d * quantities.len() + q;
            for quarter in 0..=h {
                let planned = plan[block * (h + 1) + quarter];
                let finite = |x: f64| if x.is_finite() { x } else { planned };
                let (quantiles, samples) = if quarter == 0 {
                    ([planned; 7], [planned; SAMPLE_PATHS])
                } else {
                    let bins = &tally.fans[block * h + quarter - 1];
                    let at = |level: f64| bins.quantile(level).map_or(planned, |e| e.value);
                    (FAN_LEVELS.map(at), tally.samples[block * (h + 1) + quarter].map(finite))
                };
                rows.push(FanRow { firm, quantity, quarter, plan: planned, quantiles, samples });
            }
        }
    }
    rows
}

fn contagion(tally: &Tally) -> Vec<ContagionCell> {
    let d = tally.detailed.len();
    let cell = |(at, sums): (usize, &Moments)| {
        let (a, b) = (at / d, at % d);
        let excess_share = sums.mean()?;
        Some(ContagionCell { failing: tally.detailed[a], hit: tally.detailed[b], excess_share, paths: sums.count() })
    };
    tally.contagion.iter().enumerate().filter_map(cell).collect()
}

fn contracts(model: &Model, tally: &Tally) -> Result<Vec<ContractRow>> {
    let mut rows = Vec::new();
    for (c, p) in model.purchases.iter().enumerate() {
        for given in Given::ALL {
            let (shortfall, unpaid) = (moments(&tally.shortfall[c], given)?, moments(&tally.unpaid[c], given)?);
            let paths = count(&tally.paths, given);
            let any = classes(given).iter().map(|&k| tally.any_unpaid[c][k]).sum();
            let planned: f64 = p.schedule_usd_bn.iter().sum::<f64>() * p.numbers.scale;
            let estimate = |m: &Moments| m.mean().or_else(|| m.mean_value().and_then(Estimate::exact));
            if let (Some(shortfall), Some(unpaid), Some(any_unpaid)) = (estimate(&shortfall), estimate(&unpaid), proportion(any, paths)) {
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
                    shortfall_usd_bn: shortfall,
                    unpaid_usd_bn: unpaid,
                    any_unpaid,
                });
            }
        }
    }
    Ok(rows)
}
