//! The same bits whatever the instruction set, the order of blocks, the company a firm keeps or the way its drivers arrive (invariant I22; the number of
//! threads is the batches' matter). Draws are named, so that adding something leaves every other draw where it was.

mod common;

use bubblerisk::engine::{Block, Engine, Nobody, Outcome, World};
use bubblerisk::lanes::{Isa, LANES, Row};
use bubblerisk::model::*;
use bubblerisk::shocks::{Drivers, Parameters, consecutive};
use common::random::{Features, Recipe, build, enterprise_values, set_values, worlds};

fn system(seed: u64) -> Model {
    build(Recipe { firms: 7, quarters: 6, seed, features: Features::ALL })
}

fn row_bits(row: &Row) -> [u64; LANES] {
    row.map(f64::to_bits)
}

/// Bits of everything in an outcome that concerns the first `firms` firms.
fn firm_bits(o: &Outcome, firms: usize) -> Vec<[u64; LANES]> {
    let metrics = (0..firms).flat_map(|i| Metric::ALL.map(|metric| row_bits(o.firm(metric, i))));
    let quarters = o.default_quarter[..firms].iter().map(row_bits);
    let contracts = o.contract_shortfall.iter().chain(&o.contract_unpaid).map(row_bits);
    metrics.chain(quarters).chain(contracts).collect()
}

/// Bits of every row of every outcome.
fn bits(block: &Block, firms: usize) -> Vec<[u64; LANES]> {
    let system = |o: &Outcome| Metric::ALL.map(|metric| row_bits(o.system(metric)));
    block.outcomes.iter().flat_map(|o| firm_bits(o, firms).into_iter().chain(system(o))).collect()
}

fn run(m: &Model, isa: Isa, seed: u64, first_path: u64) -> Vec<[u64; LANES]> {
    let engine = Engine::new(m, isa).expect("the model runs");
    bits(&engine.run_block(seed, first_path, &worlds(), &mut Nobody), m.firms.len())
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    for seed in 0..6 {
        let mut m = system(seed);
        m.uncertain = uncertain();
        let baseline = run(&m, Isa::Baseline, 42, 64);
        for isa in Isa::available() {
            assert!(run(&m, isa, 42, 64) == baseline, "{isa:?} differs from the baseline on system {seed}");
        }
    }
}

#[test]
fn blocks_do_not_know_of_each_other() {
    let m = system(11);
    let engine = Engine::new(&m, Isa::detect()).unwrap();
    let block = |first: u64| bits(&engine.run_block(1, first, &worlds(), &mut Nobody), m.firms.len());
    let forward: Vec<_> = [0, 64, 128].map(block).into();
    let backward: Vec<_> = [128, 64, 0].map(block).into();
    assert!(forward.iter().eq(backward.iter().rev()));
    assert!(forward[0] != forward[1], "different paths have different outcomes");
    assert!(forward[1] == run(&m, Isa::detect(), 1, 64), "a fresh engine finds the same");
    assert!(forward[1] != run(&m, Isa::detect(), 2, 64), "another seed finds something else");
}

/// A path's outcome does not depend on which other paths share its block: a lane that is replayed alone, all others without shock, is the same.
#[test]
fn lanes_do_not_know_of_each_other() {
    for seed in 20..24 {
        let m = system(seed);
        let alone = replayed(&m, 3, 0, |lane| lane == 5);
        let together = replayed(&m, 3, 0, |_| true);
        let (a, b) = (run(&alone, Isa::detect(), 3, 0), run(&together, Isa::detect(), 3, 0));
        let close = a.iter().zip(&b).all(|(x, y)| {
            let (x, y) = (f64::from_bits(x[5]), f64::from_bits(y[5]));
            (x - y).abs() <= 1e-9 * x.abs().max(1.0)
        });
        assert!(close, "system {seed}: lane 5 depends on its neighbours");
    }
}

/// Law 2: a firm without links changes nobody else's draws or losses.
#[test]
fn a_stranger_changes_nothing() {
    for seed in 30..36 {
        let m = build(Recipe { firms: 6, quarters: 6, seed, features: Features { recapture: false, ..Features::ALL } });
        let mut more = m.clone();
        let mut stranger = common::firm("stranger", vec![0.01; 6], 0.01, 0.01);
        stranger.numbers.revenue_volatility_per_quarter = 0.4;
        more.firms.push(stranger);
        let (a, b) = (Engine::new(&m, Isa::detect()).unwrap(), Engine::new(&more, Isa::detect()).unwrap());
        assert_eq!(a.scale, b.scale, "the stranger is small");
        let (a, b) = (a.run_block(9, 0, &worlds(), &mut Nobody), b.run_block(9, 0, &worlds(), &mut Nobody));
        for (w, (x, y)) in a.outcomes.iter().zip(&b.outcomes).enumerate() {
            assert!(firm_bits(x, 6) == firm_bits(y, 6), "system {seed}, world {w}");
        }
    }
}

/// The model with the random drivers of one block written into a table, for the lanes that `keep` names, and nothing drawn or stressed any more.
fn replayed(m: &Model, seed: u64, first_path: u64, keep: impl Fn(usize) -> bool) -> Model {
    let p = Parameters::central(m);
    let d = Drivers::of_block(m, &p, seed, &consecutive(first_path), Isa::detect());
    let series: [(Series, &[Row]); 10] = [
        (Series::LogRevenue, &d.log_revenue),
        (Series::Sentiment, &d.sentiment),
        (Series::Regime, &d.regime),
        (Series::Window, &d.window),
        (Series::VendorShareRatio, &d.vendor_ratio),
        (Series::Efficiency, &d.efficiency),
        (Series::DealScale, &d.deal_scale),
        (Series::TrancheEvent, &d.tranche_event),
        (Series::RegulatoryFreeze, &d.freeze),
        (Series::OrderShare, &d.order_share),
    ];
    let mut rows = vec![];
    for lane in (0..LANES).filter(|&l| keep(l)) {
        for quarter in 1..=m.horizon_quarters {
            for (series, list) in series {
                let count = list.len() / m.horizon_quarters;
                for e in 0..count {
                    let target = StressTarget { series, entity: (count > 1).then_some(e) };
                    rows.push(DriverRow { path: first_path + lane as u64, quarter, target, value: list[(quarter - 1) * count + e][lane] });
                }
            }
        }
    }
    let mut out = m.clone();
    out.shocks.random = false;
    out.shocks.stresses.clear();
    out.shocks.table = Some(DriverTable { paths: first_path + LANES as u64, rows });
    out
}

#[test]
fn drivers_can_be_replayed_from_a_table() {
    for seed in 40..46 {
        let mut m = system(seed);
        let target = StressTarget { series: Series::LogRevenue, entity: Some(1) };
        m.shocks.stresses.push(Stress { id: "fall".into(), target, from_quarter: 2, to_quarter: 4, value: -0.4 });
        assert!(run(&m, Isa::detect(), 13, 192) == run(&replayed(&m, 13, 192, |_| true), Isa::detect(), 999, 192), "system {seed}");
    }
}

fn uncertain() -> Vec<Uncertain> {
    let entry = |name: &str, slot, low, high| Uncertain {
        name: name.into(),
        key: name_hash(name),
        slot,
        distribution: Distribution::Uniform { low, high },
    };
    vec![
        entry("firm0.realism", Slot::Firm(FirmNumber::PlanRealism, 0), 0.4, 1.2),
        entry("firm1.elasticity", Slot::Firm(FirmNumber::ValueElasticity, 1), 1.0, 2.0),
        entry("bust", Slot::Shock(ShockNumber::BoomToBust), 0.02, 0.4),
        entry("cash", Slot::Firm(FirmNumber::Cash, 2), 0.1, 1.0),
    ]
}

/// Uncertain numbers are drawn by name: their order, and the presence of others, is no matter.
#[test]
fn uncertain_numbers_are_drawn_by_name() {
    let mut m = system(50);
    // Cash is drawn, so that enterprise values must stay positive: give them room.
    let roomy: Vec<f64> = enterprise_values(&m).iter().map(|ev| ev + 10.0).collect();
    set_values(&mut m, &roomy);
    m.uncertain = uncertain();
    let mut turned = m.clone();
    turned.uncertain.reverse();
    assert!(run(&m, Isa::detect(), 5, 0) == run(&turned, Isa::detect(), 5, 0));
    let mut certain = m.clone();
    certain.uncertain.clear();
    assert!(run(&m, Isa::detect(), 5, 0) != run(&certain, Isa::detect(), 5, 0));
    let drawn = |m: &Model| {
        let mut p = Parameters::central(m);
        p.draw(m, 5, &consecutive(128));
        (row_bits(p.firm(FirmNumber::PlanRealism, 0)), row_bits(p.shock(ShockNumber::BoomToBust)))
    };
    let mut fewer = m.clone();
    fewer.uncertain.remove(1);
    assert_eq!(drawn(&m), drawn(&fewer));
    // Entries with one key share one draw.
    let mut shared = m.clone();
    shared.uncertain.push(Uncertain { slot: Slot::Firm(FirmNumber::PlanRealism, 3), ..m.uncertain[0].clone() });
    let mut p = Parameters::central(&shared);
    p.draw(&shared, 5, &consecutive(128));
    assert_eq!(p.firm(FirmNumber::PlanRealism, 0), p.firm(FirmNumber::PlanRealism, 3));
    // A number stays within its bounds, and differs from path to path.
    let realism = p.firm(FirmNumber::PlanRealism, 0);
    assert!(realism.iter().all(|x| (0.4..=1.2).contains(x)) && realism[0] != realism[1]);
}

/// A whole block does not depend on which worlds are run, nor on their order.
#[test]
fn worlds_do_not_know_of_each_other() {
    let m = system(60);
    let engine = Engine::new(&m, Isa::detect()).unwrap();
    let a = engine.run_block(1, 0, &[World::W0, World::W2, World::W1], &mut Nobody);
    let b = engine.run_block(1, 0, &[World::W1, World::W0], &mut Nobody);
    assert!(firm_bits(&a.outcomes[0], 7) == firm_bits(&b.outcomes[1], 7));
    assert!(firm_bits(&a.outcomes[2], 7) == firm_bits(&b.outcomes[0], 7));
}
