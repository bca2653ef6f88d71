//! Which unknown matters, on firms whose answers are known in closed form: one firm against its costs, and a bust that nobody leaves.

mod common;

use bubblerisk::analysis::sensitivity::{Effort, Output, Sensitivity, Swing, sensitivity};
use bubblerisk::charts;
use bubblerisk::error::Error;
use bubblerisk::model::*;
use bubblerisk::stats::{Estimate, normal};
use std::sync::OnceLock;

use common::{calm, firm, model};

/// One firm with revenue 10 e^(σz - 1/32), a fixed cost of 11, and cash: C1d with cash from 1.5 to 2.5.
fn lone() -> Model {
    let mut f = firm("lone", vec![10.0], 2.0, 90.0);
    f.fixed_cost_usd_bn = vec![11.0];
    f.numbers.revenue_volatility_per_quarter = 0.25;
    f.numbers.plan_realism = (-1.0f64 / 32.0).exp();
    let mut m = model(vec![f]);
    m.shocks = calm();
    m.shocks.random = true;
    m.shocks.numbers.clip = 20.0;
    let distribution = Distribution::Uniform { low: 1.5, high: 2.5 };
    let name = "firm.lone.cash_usd_bn".to_string();
    m.uncertain = vec![Uncertain { key: name_hash(&name), name, slot: Slot::Firm(FirmNumber::Cash, 0), distribution }];
    m
}

/// P(cash + 10 e^(σz - 1/32) < 11).
fn probability(cash: f64, sigma: f64) -> f64 {
    normal::cdf((((11.0 - cash) / 10.0).ln() + 1.0 / 32.0) / sigma).expect("a number")
}

fn small(seed: u64) -> Effort {
    Effort {
        paths: 2_048,
        trajectories: 16,
        keep: 2,
        rows: 96,
        draws: 128,
        draw_paths: 2_048,
        of: Output::DefaultOf(0),
        ..Effort::new(seed)
    }
}

fn ask(m: &Model, effort: &Effort, threads: usize) -> Sensitivity {
    sensitivity(m, effort, threads, &|_| ()).expect("an analysis")
}

/// One analysis of the lone firm, for all tests that look at it.
fn whole() -> &'static Sensitivity {
    static FOUND: OnceLock<Sensitivity> = OnceLock::new();
    FOUND.get_or_init(|| ask(&lone(), &small(3), 2))
}

fn input(s: &Sensitivity, name: &str) -> usize {
    s.inputs.iter().position(|i| i.name == name).unwrap_or_else(|| panic!("{name} among {:?}", s.inputs))
}

const CASH: &str = "firm.lone.cash_usd_bn";
const SIGMA: &str = "firm.lone.revenue_volatility_per_quarter";

/// Within four standard errors, of which one may be of a proportion of `paths` paths that points share.
#[track_caller]
fn holds(found: &Estimate, truth: f64, extra: f64) {
    let error = (found.std_error.powi(2) + extra.powi(2)).sqrt();
    assert!((found.value - truth).abs() <= 4.0 * error, "{found:?} against {truth}, error {error}");
}

#[test]
fn one_firm_against_its_costs() {
    let s = whole();
    assert_eq!(s.failed_solves, 0);
    let (cash, sigma) = (input(s, CASH), input(s, SIGMA));
    let swing = |i: usize| -> Swing { *s.swings.iter().find(|w| w.input == i && w.output == Output::DefaultOf(0)).expect("a swing") };
    let middle = probability(2.0, 0.25);
    holds(&s.centre.iter().find(|c| c.0 == Output::DefaultOf(0)).expect("a centre").1, middle, 0.0);
    holds(&swing(cash).low, probability(1.55, 0.25) - middle, 0.0);
    holds(&swing(cash).high, probability(2.45, 0.25) - middle, 0.0);
    // Volatility spreads evenly from half to its own value and from it to the double: its 5 % level is 0.1375, its 95 % level 0.475.
    holds(&swing(sigma).low, probability(2.0, 0.1375) - middle, 0.0);
    holds(&swing(sigma).high, probability(2.0, 0.475) - middle, 0.0);
}

/// Mean and variance of f(cash, σ) over both inputs, and the variances of its means over one, by the midpoint rule.
fn variances() -> (f64, f64, f64) {
    const N: usize = 400;
    let level = |k: usize| (k as f64 + 0.5) / N as f64;
    let sigma = |u: f64| if u < 0.5 { 0.125 + u * 0.25 } else { 0.25 + (2.0 * u - 1.0) * 0.25 };
    let f: Vec<Vec<f64>> = (0..N).map(|i| (0..N).map(|j| probability(1.5 + level(i), sigma(level(j)))).collect()).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let variance = |values: &[f64]| mean(&values.iter().map(|x| (x - mean(values)).powi(2)).collect::<Vec<_>>());
    let by_cash: Vec<f64> = f.iter().map(|row| mean(row)).collect();
    let by_sigma: Vec<f64> = (0..N).map(|j| mean(&f.iter().map(|row| row[j]).collect::<Vec<_>>())).collect();
    (variance(&f.concat()), variance(&by_cash), variance(&by_sigma))
}

#[test]
fn shares_of_variance_are_those_of_the_formula() {
    let s = whole();
    let (cash, sigma) = (input(s, CASH), input(s, SIGMA));
    let mut survivors = s.survivors.clone();
    survivors.sort_unstable();
    assert_eq!(survivors, [cash.min(sigma), cash.max(sigma)], "nothing else matters to this firm");
    let (whole, of_cash, of_sigma) = variances();
    let share = |i: usize| *s.shares.iter().find(|x| x.input == i && x.output == Output::DefaultOf(0)).expect("a share");
    // All points share 2,048 paths, whose empirical distribution is not quite the normal: an error of about a fortieth of a share.
    for (i, own, other) in [(cash, of_cash, of_sigma), (sigma, of_sigma, of_cash)] {
        holds(&share(i).alone, own / whole, 0.02);
        holds(&share(i).total, 1.0 - other / whole, 0.02);
    }
    assert!(share(cash).alone.low > 0.2, "the test would say nothing of a share without weight");
}

#[test]
fn two_levels_take_chance_off() {
    let s = whole();
    let level = s.levels.iter().find(|l| l.output == Output::DefaultOf(0)).expect("a level");
    let (whole, ..) = variances();
    holds(&level.parameter_sd, whole.sqrt(), 0.0);
    // A draw's Monte Carlo error is that of a proportion near 0.38 of 2,048 paths.
    let chance = (0.38 * 0.62 / 2_048.0f64).sqrt();
    assert!((level.monte_carlo_sd / chance - 1.0).abs() < 0.15, "{}", level.monte_carlo_sd);
    let times = level.times_monte_carlo(2_048, 2_048).expect("a ratio");
    assert!((times.value - level.parameter_sd.value / level.monte_carlo_sd).abs() < 1e-12);
}

#[test]
fn its_charts_are_drawn_without_clashes() {
    let pictures = charts::sensitivity(whole(), "one firm · as of never");
    assert_eq!(pictures.iter().map(|p| p.name).collect::<Vec<_>>(), ["tornado", "variance-shares", "hazard"]);
    for p in pictures {
        assert_eq!(p.clashes(), Vec::<String>::new(), "{}", p.name);
        assert!(p.data_csv.lines().count() > 2 && !p.data_csv.contains("NaN"), "{}", p.name);
    }
}

#[test]
fn what_cannot_matter_does_not() {
    let s = whole();
    for name in ["shocks.sentiment_mean_bust", "shocks.demand_sd_boom", "firm.lone.recapture"] {
        let i = input(s, name);
        let screened = s.screened.iter().filter(|x| x.input == i);
        assert_eq!(screened.clone().count(), s.screened.iter().filter(|x| x.input == 0).count());
        for x in screened {
            assert_eq!((x.effects.mean_absolute.value, x.is_told_from_noise()), (0.0, false), "{name}: {x:?}");
        }
    }
}

/// A firm whose value falls by 1 - 1/e in a bust that never ends: its chance over four quarters is 1 - (1 - p)^4.
#[test]
fn the_hazard_breaks_even_where_it_should() {
    let mut f = firm("lone", vec![10.0; 4], 2.0, 90.0);
    f.numbers.sentiment_beta = 1.0;
    let mut m = model(vec![f]);
    m.shocks = calm();
    m.shocks.random = true;
    m.shocks.numbers.sentiment_persistence = 0.0;
    m.shocks.numbers.sentiment_mean_bust = -1.0;
    let effort = Effort { losses_usd_bn: vec![30.0, 80.0], hazard_paths: 16_384, of: Output::ShortfallNet95, ..small(11) };
    let hazard = ask(&m, &effort, 2).hazard.expect("a hazard");
    for p in &hazard.points {
        let truth = 1.0 - (1.0 - p.per_quarter).powi(4);
        assert!((p.chances[0].value - truth).abs() < 4.0 * (truth * (1.0 - truth) / 16_384.0).sqrt(), "{p:?} against {truth}");
        assert_eq!(p.chances[1].value, 0.0);
    }
    let even = hazard.break_evens[0].per_quarter.expect("it breaks even");
    holds(&even, 1.0 - 0.95f64.powf(0.25), 0.0);
    assert_eq!((hazard.break_evens[1].per_quarter, hazard.break_evens[1].is_always_likelier), (None, false));
}

#[test]
fn threads_change_nothing_and_seeds_do() {
    let effort = Effort { paths: 448, trajectories: 4, rows: 16, draws: 16, draw_paths: 448, hazard_paths: 448, ..small(1) };
    let one = ask(&lone(), &effort, 1);
    assert_eq!(one, ask(&lone(), &effort, 2));
    assert_ne!(one.levels, ask(&lone(), &Effort { seed: 2, ..effort }, 2).levels);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let refused = |m: &Model, effort: &Effort| match sensitivity(m, effort, 1, &|_| ()) {
        Err(Error::Usage(text)) => text,
        other => panic!("{other:?}"),
    };
    let mut scripted = lone();
    scripted.shocks.random = false;
    assert!(refused(&scripted, &small(1)).contains("scripted"));
    assert!(refused(&lone(), &Effort { paths: 64, ..small(1) }).contains("400 paths"));
    assert!(refused(&lone(), &Effort { draws: 2, ..small(1) }).contains("16 draws"));
}
