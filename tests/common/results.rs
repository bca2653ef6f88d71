//! Made-up results of three firms with something in every table, for tests of files and words. Not the numbers of any run.
#![allow(dead_code)]

use bubblerisk::model::{Exposure, Kind, Stage};
use bubblerisk::results::*;
use bubblerisk::stats::Estimate;

pub const PATHS: u64 = 100_000;
pub const BUSTS: u64 = 34_000;
pub const HORIZON: usize = 4;

/// An estimate with a symmetric interval.
pub fn about(value: f64, half: f64) -> Estimate {
    Estimate { value, std_error: half / 1.96, low: value - half, high: value + half }
}

fn share(count: u64, paths: u64) -> Estimate {
    bubblerisk::stats::Proportion { successes: count, trials: paths }.estimate().expect("more trials than successes")
}

fn paths_of(given: Given) -> u64 {
    match given {
        Given::All => PATHS,
        Given::Bust => BUSTS,
        Given::NoBust => PATHS - BUSTS,
    }
}

fn loss_rows() -> Vec<LossRow> {
    let mut rows = Vec::new();
    for metric in Metric::ALL {
        for firm in [None, Some(0), Some(1), Some(2)] {
            for (world, factor) in [(WorldName::W0, 1.0), (WorldName::W1, 0.98), (WorldName::W2, 0.75)] {
                for (given, size) in [(Given::All, 400.0), (Given::Bust, 1500.0), (Given::NoBust, -160.0)] {
                    let mean =
                        size * factor * if metric == Metric::GrossLoss { 1.1 } else { 1.0 } / if firm.is_some() { 10.0 } else { 1.0 };
                    let measure = |level: f64| TailMeasure {
                        level,
                        var: Estimate {
                            value: mean + 2000.0 * level,
                            std_error: 20.0,
                            low: mean + 2000.0 * level - 30.0,
                            high: mean + 2000.0 * level + 55.0,
                        },
                        es: about(mean + 2500.0 * level, 40.0),
                        tail_count: ((1.0 - level) * PATHS as f64) as u64,
                    };
                    let tail =
                        if firm.is_none() || world == WorldName::W0 { [0.95, 0.99, 0.995, 0.999].map(measure).to_vec() } else { vec![] };
                    let quantiles = [0.001, 0.01, 0.05, 0.25, 0.5, 0.75].map(|q| (q, about(mean - 900.0 * (1.0 - q), 15.0))).to_vec();
                    let exact = metric == Metric::NetLoss && firm.is_none();
                    let paths = paths_of(given);
                    rows.push(LossRow {
                        metric,
                        firm,
                        world,
                        panel: Panel::Base,
                        given,
                        paths,
                        mean: about(mean, 5.1),
                        standard_deviation: 800.0,
                        tail,
                        quantiles,
                        exact,
                    });
                }
            }
        }
    }
    rows
}

fn default_count(given: Given) -> DefaultCount {
    let at_least = [100, 20, 5, 1].map(|n| share(n, 100)).to_vec();
    DefaultCount { world: WorldName::W0, given, paths_by_count: vec![80, 15, 4, 1], at_least }
}

fn default_rows() -> Vec<DefaultRow> {
    let mut rows = Vec::new();
    for (firm, p) in [(0, 0.3), (1, 0.08), (2, 0.0)] {
        for (world, factor) in [(WorldName::W0, 1.0), (WorldName::W1, 0.9), (WorldName::W2, 0.2)] {
            for (given, scale) in [(Given::All, 0.5), (Given::Bust, 1.0), (Given::NoBust, 0.24)] {
                let paths = paths_of(given);
                let each = (paths as f64 * p * factor * scale / HORIZON as f64) as u64;
                let by_quarter = vec![each; HORIZON];
                let count = each * HORIZON as u64;
                let (probability, first_to_fail) = (share(count, paths), share(count / 2, paths));
                let probability_by_quarter = vec![each as f64 / paths as f64; HORIZON];
                rows.push(DefaultRow {
                    firm,
                    world,
                    panel: Panel::Base,
                    given,
                    count,
                    paths,
                    probability,
                    first_to_fail,
                    by_quarter,
                    probability_by_quarter,
                });
            }
        }
    }
    rows
}

/// Comparisons; with `ratio` 1 and no difference they show that nothing is amplified.
fn amplification(excess: f64) -> Vec<Amplification> {
    let mut rows = Vec::new();
    for metric in Metric::ALL {
        for panel in [Panel::Base, Panel::NoSentiment, Panel::LookThrough] {
            for (against, part) in [(WorldName::W2, 1.0), (WorldName::W1, 0.1)] {
                for given in Given::ALL {
                    let extra = excess * part;
                    let error = if excess == 0.0 { 0.0 } else { 0.004 };
                    let has_ratio = metric != Metric::Defaults;
                    rows.push(Amplification {
                        metric,
                        firm: None,
                        panel,
                        against,
                        given,
                        mean: about(100.0 * (1.0 + extra), 1.2),
                        other_mean: about(100.0, 1.1),
                        ratio: has_ratio.then(|| about(1.0 + extra, error)),
                        difference: about(100.0 * extra, 100.0 * error),
                        es_ratio: if metric == Metric::NetLoss {
                            vec![(0.95, about(1.0 + extra, 0.02)), (0.99, about(1.0 + extra, 0.03))]
                        } else {
                            vec![]
                        },
                        paths: 20_000,
                    });
                }
            }
        }
    }
    rows
}

fn contracts() -> Vec<ContractRow> {
    let row = |(id, buyer, seller, stage): (&str, usize, Option<usize>, Stage), given: Given| ContractRow {
        id: id.into(),
        buyer,
        seller,
        stage,
        given,
        planned_usd_bn: 60.0,
        committed_usd_bn: 42.0,
        shortfall_usd_bn: about(7.5, 0.2),
        unpaid_usd_bn: about(3.1, 0.1),
        any_unpaid: share(paths_of(given) / 5, paths_of(given)),
    };
    let known = [("lab-cloud", 0, Some(1), Stage::Signed), ("lab-power", 0, None, Stage::Loi), ("cloud-chips", 1, Some(2), Stage::Active)];
    known.into_iter().flat_map(|c| Given::ALL.map(|g| row(c, g))).collect()
}

fn fans() -> Vec<FanRow> {
    let mut rows = Vec::new();
    for firm in 0..3 {
        for quantity in [FanQuantity::Cash, FanQuantity::Price, FanQuantity::Revenue] {
            for quarter in 0..=HORIZON {
                let plan = 50.0 + quarter as f64;
                let spread = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0];
                rows.push(FanRow {
                    firm,
                    quantity,
                    quarter,
                    plan,
                    quantiles: spread.map(|z| about(plan + z * quarter as f64, 0.1)),
                    samples: [plan; 3],
                });
            }
        }
    }
    rows
}

fn plan() -> Vec<PlanRow> {
    let row = |firm: usize, year: i32| PlanRow {
        firm,
        year,
        external_revenue_usd_bn: 30.0,
        network_revenue_usd_bn: 5.0,
        operating_cost_usd_bn: 12.0,
        debt_service_usd_bn: 1.0,
        capex_usd_bn: 4.0,
        purchases_usd_bn: 20.0,
        committed_usd_bn: 14.0,
        network_equity_usd_bn: 5.0,
        outside_tranches_usd_bn: 2.0,
        investments_usd_bn: 0.0,
        new_equity_usd_bn: 3.0,
        new_debt_usd_bn: 1.0,
        outside_capacity_usd_bn: 9.0,
        closing_cash_usd_bn: 20.0,
        enterprise_value_usd_bn: 600.0,
        equity_value_usd_bn: 580.0,
    };
    (0..3).map(|i| row(i, 2026)).collect()
}

fn exposures() -> Vec<Exposure> {
    let one = |(id, what, usd_bn, grade, stage): (&str, &str, f64, Option<Grade>, Option<Stage>)| Exposure {
        id: id.into(),
        what: what.into(),
        usd_bn,
        grade,
        stage,
        source: "https://example.org/filing, page 3".into(),
        as_of: "2025-12-31".into(),
    };
    vec![
        one(("lab", "firm", 150.0, Some(Grade::C), None)),
        one(("cloud", "firm", 1500.0, Some(Grade::A), None)),
        one(("lab-cloud", "purchase", 60.0, Some(Grade::B), Some(Stage::Signed))),
        one(("chips-lab", "investment", 10.0, None, Some(Stage::Talks))),
    ]
}

fn firms() -> Vec<FirmInfo> {
    let firm = |(id, name, kind, value_usd_bn): (&str, &str, Kind, f64)| FirmInfo {
        id: id.into(),
        name: name.into(),
        kind,
        value_usd_bn,
        debt_usd_bn: 5.0,
    };
    vec![
        firm(("lab", "Example Lab", Kind::Lab, 150.0)),
        firm(("cloud", "Example Cloud", Kind::Hyperscaler, 1500.0)),
        firm(("chips", "Example Chips", Kind::Chips, 3000.0)),
    ]
}

fn scenario() -> ScenarioInfo {
    ScenarioInfo {
        name: "made-up".into(),
        title: "Three made-up firms".into(),
        as_of: "2025-12-31".into(),
        hash: "ab".repeat(32),
        quarters: (1..=HORIZON).map(|q| format!("2026Q{q}")).collect(),
        random: true,
        exposures: exposures(),
        uncertain: vec![("firm.lab.plan_realism".into(), "triangular from 0.5 over 0.9 to 1.1".into())],
        parameters: vec![("shocks.boom_to_bust_per_quarter".into(), 0.05), ("rules.spending_cap".into(), 10.0)],
    }
}

/// Results with something in every table.
pub fn results() -> Results {
    let point = |k: u32| {
        let probability = share(u64::from(100 - k), 100);
        ExceedancePoint {
            world: WorldName::W0,
            given: Given::All,
            loss_usd_bn: 10.0 * f64::from(k),
            probability,
            paths: 50,
            band_low: 0.0,
            band_high: 1.0,
        }
    };
    let bar = |k: u32| HistogramBar {
        world: WorldName::W0,
        given: Given::All,
        low_usd_bn: 10.0 * f64::from(k),
        high_usd_bn: 10.0 * f64::from(k + 1),
        count: u64::from(k),
        share: f64::from(k) / 435.0,
    };
    let cell = |failing, hit, share: f64| ContagionCell { failing, hit, excess_share: about(share, 0.01), paths: 9_000 };
    let flow = |from, to, kind| FlowRow { from, to, kind, usd_bn: 12.5, in_largest_loop: true };
    Results {
        scenario: scenario(),
        run: RunInfo {
            paths: PATHS,
            variant_paths: 20_000,
            bust_paths: BUSTS,
            bust_probability: Some(share(BUSTS, PATHS)),
            sampling: "plain".into(),
            candidates: None,
            effective_paths: PATHS as f64,
            seed: 7,
            version: env!("CARGO_PKG_VERSION").into(),
        },
        firms: firms(),
        losses: loss_rows(),
        exceedance: (0..100).map(point).collect(),
        histogram: (0..30).map(bar).collect(),
        defaults: default_rows(),
        joint: vec![JointRow { firm: 1, other: 0, joint: share(4_000, PATHS), given_other: Some(share(4_000, 15_000)) }],
        default_counts: Given::ALL.map(default_count).to_vec(),
        amplification: amplification(0.34),
        fans: fans(),
        convergence: vec![],
        contagion: vec![cell(0, 1, 0.12), cell(0, 2, 0.02), cell(1, 0, -0.3)],
        contracts: contracts(),
        plan: plan(),
        flows: vec![flow(Some(0), Some(1), FlowKind::Purchase), flow(None, Some(0), FlowKind::Investment)],
        gross_over_net: Given::ALL.map(|given| GrossOverNet { given, ratio: Estimate::normal(1.1, 0.0036) }).to_vec(),
        channels: vec![],
        stories: vec![PathStory {
            path: 4711,
            net_loss_usd_bn: 3_000.0,
            has_bust: true,
            events: vec![
                StoryEvent {
                    quarter: 1,
                    kind: "tranche_paid".into(),
                    text: "tranche t1 from Example Chips to Example Lab of $2 bn is paid".into(),
                },
                StoryEvent {
                    quarter: 2,
                    kind: "orders_cut".into(),
                    text: "Example Lab orders $1 bn of the $3 bn it is committed to".into(),
                },
                StoryEvent {
                    quarter: 3,
                    kind: "orders_cut".into(),
                    text: "Example Lab orders $0.5 bn of the $3 bn it is committed to".into(),
                },
                StoryEvent { quarter: 3, kind: "default".into(), text: "Example Lab FAILS: $2 bn is left unpaid".into() },
            ],
        }],
        solver: SolverReport { most_sweeps: 9, order_residual: 2e-15, ..SolverReport::default() },
        warnings: vec![Warning { text: "something to know".into(), advice: "do something about it".into() }],
    }
}

/// The same where the circle makes nothing worse.
pub fn nothing_amplified() -> Results {
    Results { amplification: amplification(0.0), ..results() }
}

/// One deal of two firms: the cloud invests in the lab, which buys from it. The cloud loses by being linked, the lab gains.
pub fn one_deal() -> Results {
    let mut r = results();
    r.firms.truncate(2);
    r.losses.retain(|l| l.firm.is_none_or(|i| i < 2));
    r.defaults.retain(|d| d.firm < 2);
    r.fans.retain(|f| f.firm < 2);
    r.plan.retain(|p| p.firm < 2);
    r.contagion.retain(|c| c.hit < 2);
    r.contracts.retain(|c| c.seller != Some(2));
    r.flows.push(FlowRow { from: Some(1), to: Some(0), kind: FlowKind::Investment, usd_bn: 10.0, in_largest_loop: true });
    let (exact, small) = (about(33.0, 1.2), about(0.1, 0.4));
    for (firm, against, difference) in
        [(0, WorldName::W1, about(-2.0, 0.5)), (0, WorldName::W2, about(-2.0, 0.5)), (1, WorldName::W1, small), (1, WorldName::W2, exact)]
    {
        let row = |given| Amplification {
            metric: Metric::MarkToMarketLoss,
            firm: Some(firm),
            panel: Panel::Base,
            against,
            given,
            mean: about(40.0, 1.0),
            other_mean: about(7.0, 1.0),
            ratio: None,
            difference,
            es_ratio: vec![],
            paths: paths_of(given),
        };
        r.amplification.extend(Given::ALL.map(row));
    }
    r
}

/// The same of a script: nothing is random, numbers have no error, and the loss is split by channel.
pub fn scripted() -> Results {
    let mut r = results();
    r.scenario.random = false;
    r.scenario.uncertain.clear();
    r.run = RunInfo { paths: 64, variant_paths: 64, bust_paths: 0, ..r.run };
    let exact = |e: &mut Estimate| *e = Estimate { std_error: 0.0, low: e.value, high: e.value, ..*e };
    r.losses.retain(|l| l.given == Given::All);
    for row in &mut r.losses {
        exact(&mut row.mean);
        row.tail.clear();
    }
    r.defaults.retain(|d| d.given == Given::All);
    r.contracts.retain(|c| c.given == Given::All);
    r.contracts.iter_mut().for_each(|c| [&mut c.unpaid_usd_bn, &mut c.shortfall_usd_bn].into_iter().for_each(exact));
    r.amplification.retain(|a| a.given == Given::All);
    for a in &mut r.amplification {
        [&mut a.mean, &mut a.other_mean, &mut a.difference].into_iter().chain(a.ratio.as_mut()).for_each(exact);
    }
    let row = |metric, firm| ChannelRow {
        metric,
        firm,
        own: 200.0,
        shapley: [60.0, 20.0, 0.0, 20.0],
        one_in: [50.0; 4],
        leave_one_out: [70.0; 4],
        total: 300.0,
    };
    r.channels =
        vec![row(Metric::NetLoss, None), row(Metric::MarkToMarketLossVsPlan, Some(0)), row(Metric::MarkToMarketLossVsPlan, Some(1))];
    r.contagion.clear();
    r
}
