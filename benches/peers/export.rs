//! Writes the flagship scenario, the drivers of its paths and the engine's answers for programs in other languages, and times the engine on those paths.
//!
//! `peers FOLDER PATHS` fills FOLDER with `model.json` (the resolved model, uncertain numbers at their centres), one `.npy` per series of drivers
//! ([quarter][entity][path], entity left out where there is none), one per answer (`W0_net_loss.npy` and so on) and `engine.json` (times). Called
//! without a folder, as the test runner does, it does nothing.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use bubblerisk::engine::{Engine, Nobody, Outcome, World, investor_index};
use bubblerisk::lanes::{Isa, LANES, Row};
use bubblerisk::model::{Metric, Model};
use bubblerisk::scenario;
use bubblerisk::shocks::{Drivers, consecutive};
use serde_json::{Value, json};

const SEED: u64 = 1;
const WORLDS: [(&str, World); 3] = [("W0", World::W0), ("W1", World::W1), ("W2", World::W2)];
/// Times each measurement is taken; the shortest counts.
const REPEATS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let [folder, paths] = arguments.as_slice() else { return };
    let paths: usize = paths.parse().expect("PATHS is a number");
    assert!(paths > 0 && paths.is_multiple_of(LANES), "PATHS is a multiple of {LANES}");
    let folder = Path::new(folder);
    fs::create_dir_all(folder).expect("the folder can be made");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml");
    let mut model = scenario::load(&file).expect("the scenario is valid").model;
    model.uncertain.clear();
    refuse_what_peers_lack(&model);
    let engine = Engine::new(&model, Isa::detect()).expect("the model runs");
    fs::write(folder.join("model.json"), resolved(&engine).to_string()).expect("the model can be written");
    write_drivers(folder, &engine, paths);
    write_answers(folder, &engine, paths);
    let times = times(&engine, paths);
    fs::write(folder.join("engine.json"), times.to_string()).expect("the times can be written");
}

/// The peers are written for what this scenario uses; anything else must not pass in silence.
fn refuse_what_peers_lack(m: &Model) {
    assert!(m.loans.is_empty(), "the peers know no loans between firms");
    assert!(m.shocks.table.is_none() && m.shocks.stresses.is_empty(), "the peers know no scripted shocks");
    assert!(m.rules.numbers.floor_ramp == 0.0 && m.rules.numbers.circular_revenue_weight == 1.0, "the peers know the plain rules only");
    assert!(m.firms.iter().all(|f| f.numbers.rejection_claim == 0.0), "the peers know no claims on rejected contracts");
}

/// The model as the engine runs it: numbers resolved, links as indices, -1 for outside or none.
fn resolved(engine: &Engine<'_>) -> Value {
    let (m, l) = (engine.model, &engine.layout);
    let firms = |get: &dyn Fn(usize) -> Value| Value::from((0..m.firms.len()).map(get).collect::<Vec<_>>());
    let index = |i: Option<usize>| i.map_or(-1, |i| i as i64);
    let mut purchases = vec![];
    for (c, p) in m.purchases.iter().enumerate() {
        let schedule: Vec<f64> = p.schedule_usd_bn.iter().map(|q| q * p.numbers.scale).collect();
        purchases.push(json!({
            "id": p.id, "buyer": p.buyer.at(), "seller": index(l.seller_of(c)), "schedule": schedule, "take_or_pay": p.numbers.take_or_pay,
            "enforceability": p.numbers.enforceability, "group": index(p.group.map(|g| g.0)), "is_lead": p.group.is_some_and(|g| g.1),
            "deal": index(l.purchase_deal[c]),
        }));
    }
    let mut tranches = vec![];
    for (k, t) in m.tranches.iter().enumerate() {
        let n = &t.numbers;
        tranches.push(json!({
            "id": t.id, "investor": index(investor_index(t.investor)), "investee": t.investee.at(), "due": t.due_quarter,
            "needs_window": t.needs_window, "regulatory": t.regulatory, "amount": n.amount_usd_bn, "floor": n.valuation_floor,
            "minimum": n.minimum_purchases_usd_bn, "purchase_coupling": n.purchase_coupling, "investor_coupling": n.investor_coupling,
            "pre_money": n.pre_money_usd_bn, "deal": index(l.tranche_deal[k]),
        }));
    }
    let warrant = |w: &bubblerisk::model::Warrant| {
        json!({ "issuer": w.issuer.at(), "holder": w.holder.at(), "shares": w.numbers.shares, "minimum": w.numbers.minimum_purchases_usd_bn,
            "hurdle": w.numbers.price_hurdle })
    };
    let backstop = |b: &bubblerisk::model::Backstop| json!({ "guarantor": b.guarantor.at(), "beneficiary": b.beneficiary.at(), "cap": b.numbers.cap_usd_bn, "coverage": b.numbers.coverage });
    let path = |path: &[f64], scale: f64| Value::from(path.iter().map(|x| x * scale).collect::<Vec<f64>>());
    json!({
        "quarters": m.horizon_quarters,
        "money_scale": engine.scale,
        "spending_cap": m.rules.numbers.spending_cap,
        "grace_quarters": m.rules.grace_quarters,
        "bust_funding_share": m.shocks.numbers.bust_funding_share,
        "firm": {
            "id": firms(&|i| m.firms[i].id.clone().into()),
            "kind": firms(&|i| format!("{:?}", m.firms[i].kind).into()),
            "debt_first": firms(&|i| m.firms[i].debt_first.into()),
            "tenor": firms(&|i| m.firms[i].debt_tenor_quarters.into()),
            "value": firms(&|i| m.fair_value_usd_bn(i).into()),
            "cash": firms(&|i| m.firms[i].numbers.cash_usd_bn.into()),
            "minimum_cash": firms(&|i| m.firms[i].numbers.minimum_cash_usd_bn.into()),
            "debt": firms(&|i| m.firms[i].numbers.debt_usd_bn.into()),
            "line": firms(&|i| m.firms[i].numbers.credit_line_usd_bn.into()),
            "variable_cost": firms(&|i| m.firms[i].numbers.variable_cost_ratio.into()),
            "growth": firms(&|i| m.firms[i].numbers.value_growth_per_year.into()),
            "sentiment_beta": firms(&|i| m.firms[i].numbers.sentiment_beta.into()),
            "value_elasticity": firms(&|i| m.firms[i].numbers.value_elasticity.into()),
            "spending_elasticity": firms(&|i| m.firms[i].numbers.spending_elasticity.into()),
            "revenue_feedback": firms(&|i| m.firms[i].numbers.revenue_feedback_per_quarter.into()),
            "equity_capacity": firms(&|i| m.firms[i].numbers.equity_capacity_per_quarter.into()),
            "loan_to_value": firms(&|i| m.firms[i].numbers.loan_to_value.into()),
            "interest_rate": firms(&|i| m.firms[i].numbers.interest_rate_per_year.into()),
            "recovery_own": firms(&|i| m.firms[i].numbers.default_recovery_own.into()),
            "recovery_incoming": firms(&|i| m.firms[i].numbers.default_recovery_incoming.into()),
            "bankruptcy_cost": firms(&|i| m.firms[i].numbers.bankruptcy_cost.into()),
            "recapture": firms(&|i| m.firms[i].numbers.recapture.into()),
            "revenue": firms(&|i| path(&m.firms[i].external_revenue_usd_bn, m.firms[i].numbers.external_revenue_scale)),
            "fixed_cost": firms(&|i| path(&m.firms[i].fixed_cost_usd_bn, m.firms[i].numbers.fixed_cost_scale)),
            "capex": firms(&|i| path(&m.firms[i].capex_usd_bn, m.firms[i].numbers.capex_scale)),
            "maturing": firms(&|i| path(&m.firms[i].debt_maturing, m.firms[i].numbers.debt_usd_bn)),
        },
        "stakes": m.stakes.iter().map(|s| json!({ "holder": s.holder.at(), "issuer": s.issuer.at(), "share": s.numbers.share })).collect::<Vec<_>>(),
        "groups": m.groups.iter().map(|g| json!({ "id": g.id, "price_elasticity": g.numbers.price_elasticity })).collect::<Vec<_>>(),
        "deals": m.shocks.deals.len(),
        "purchases": purchases,
        "tranches": tranches,
        "warrants": m.warrants.iter().map(warrant).collect::<Vec<_>>(),
        "backstops": m.backstops.iter().map(backstop).collect::<Vec<_>>(),
        "order_components": l.order_components,
        "value_components": l.value_components,
    })
}

/// One file of numbers in numpy's own format, version 1.
fn write_npy(file: &Path, shape: &[usize], numbers: impl Iterator<Item = f64>) {
    let sizes: String = shape.iter().map(|n| format!("{n},")).collect();
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({sizes}), }}");
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    numbers.for_each(|x| bytes.extend(x.to_le_bytes()));
    fs::File::create(file).and_then(|mut f| f.write_all(&bytes)).expect("the file can be written");
}

/// Rows of many blocks, entity by entity, as one series of paths each.
fn write_rows(folder: &Path, name: &str, entities: &[usize], blocks: &[&[Row]]) {
    let rows: usize = entities.iter().product();
    let shape: Vec<usize> = entities.iter().copied().chain([blocks.len() * LANES]).collect();
    let numbers = (0..rows).flat_map(|r| blocks.iter().flat_map(move |b| b[r]));
    write_npy(&folder.join(format!("{name}.npy")), &shape, numbers);
}

fn first_paths(paths: usize) -> impl Iterator<Item = u64> {
    (0..paths as u64).step_by(LANES)
}

fn write_drivers(folder: &Path, engine: &Engine<'_>, paths: usize) {
    let m = engine.model;
    let drawn: Vec<Drivers> =
        first_paths(paths).map(|first| Drivers::of_block(m, engine.central(), SEED, &consecutive(first), engine.isa)).collect();
    assert!(drawn.iter().all(|d| d.order_share.iter().flatten().all(|&x| x == 1.0)), "the peers know no shares of orders");
    let h = m.horizon_quarters;
    let of = |name: &str, entities: Vec<usize>, get: &dyn Fn(&Drivers) -> &[Row]| {
        let blocks: Vec<&[Row]> = drawn.iter().map(get).collect();
        write_rows(folder, name, &entities, &blocks);
    };
    of("revenue_factor", vec![h, m.firms.len()], &|d| &d.revenue_factor);
    of("window", vec![h, m.firms.len()], &|d| &d.window);
    of("sentiment", vec![h], &|d| &d.sentiment);
    of("regime", vec![h], &|d| &d.regime);
    of("freeze", vec![h], &|d| &d.freeze);
    of("efficiency", vec![h], &|d| &d.efficiency);
    of("vendor_ratio", vec![h, m.groups.len()], &|d| &d.vendor_ratio);
    of("deal_scale", vec![h, m.shocks.deals.len()], &|d| &d.deal_scale);
    of("tranche_event", vec![h, m.tranches.len()], &|d| &d.tranche_event);
}

fn write_answers(folder: &Path, engine: &Engine<'_>, paths: usize) {
    let worlds = WORLDS.map(|w| w.1);
    let blocks: Vec<Vec<Outcome>> = first_paths(paths)
        .map(|first| {
            let block = engine.run_block(SEED, first, &worlds, &mut Nobody);
            assert_eq!(block.counts.failed, 0, "every fixed point is reached");
            block.outcomes
        })
        .collect();
    for (w, (name, _)) in WORLDS.iter().enumerate() {
        for (metric, word) in [(Metric::NetLoss, "net_loss"), (Metric::RevenueShortfall, "revenue_shortfall")] {
            let rows: Vec<&[Row]> = blocks.iter().map(|b| std::slice::from_ref(b[w].system(metric))).collect();
            write_rows(folder, &format!("{name}_{word}"), &[], &rows);
        }
        let rows: Vec<&[Row]> = blocks.iter().map(|b| b[w].default_quarter.as_slice()).collect();
        write_rows(folder, &format!("{name}_default_quarter"), &[engine.layout.firms], &rows);
    }
}

/// Shortest time of a few, in seconds.
fn shortest(mut work: impl FnMut()) -> f64 {
    let one = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..REPEATS).map(|_| one(&mut work)).fold(f64::INFINITY, f64::min)
}

/// Calls `work` on every block, shared out among threads.
fn on_threads(threads: usize, paths: usize, work: impl Fn(u64) + Sync) {
    let blocks: Vec<u64> = first_paths(paths).collect();
    let work = &work;
    std::thread::scope(|scope| {
        for part in blocks.chunks(blocks.len().div_ceil(threads)) {
            scope.spawn(move || part.iter().for_each(|&first| work(first)));
        }
    });
}

/// Times of the draws alone, and of whole blocks (draws, values of sentiment, every world, all losses).
fn times(engine: &Engine<'_>, paths: usize) -> Value {
    let mut rows = vec![];
    for threads in [1, 2] {
        let draws = shortest(|| {
            on_threads(threads, paths, |first| {
                std::hint::black_box(Drivers::of_block(engine.model, engine.central(), SEED, &consecutive(first), engine.isa));
            });
        });
        for worlds in [vec![World::W0], vec![World::W0, World::W1, World::W2]] {
            let whole = shortest(|| {
                on_threads(threads, paths, |first| {
                    std::hint::black_box(engine.run_block(SEED, first, &worlds, &mut Nobody));
                });
            });
            let name = if worlds.len() == 1 { "W0" } else { "W0 W1 W2" };
            let rest = whole - draws;
            println!("engine ({:?}), {threads} thread(s), {name}: {whole:.3} s with draws, {rest:.3} s without", engine.isa);
            rows.push(json!({ "threads": threads, "worlds": name, "seconds": rest, "seconds_with_draws": whole, "draws": draws }));
        }
    }
    json!({ "paths": paths, "times": rows })
}
