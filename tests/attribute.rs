//! Attribution: the golden Shapley values of the model, efficiency, and parts of the tail that sum to the expected shortfall.

mod common;

use bubblerisk::analysis::attribute::{Attribution, attribute};
use bubblerisk::charts;
use bubblerisk::engine::{Engine, Run, Sampling, simulate};
use bubblerisk::lanes::Isa;
use bubblerisk::model::Model;
use bubblerisk::results::{self, Given, Metric, Origin, Panel, WorldName, assemble};
use common::near;
use std::path::Path;

fn of(m: &Model, run: &Run) -> Attribution {
    attribute(&Engine::new(m, Isa::detect()).expect("the model runs"), run, 2, &|_| ()).expect("an attribution")
}

fn flagship() -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml");
    bubblerisk::scenario::load(&path).expect("the flagship loads").model
}

/// G1: orders 101.47 of the net loss; the vendor's own loss also has 20.16 by its stake. G3: funding stops.
#[test]
fn golden_values() {
    let net = |m: &Model| {
        let a = of(m, &Run::new(64, 1));
        let is_it = |s: &&bubblerisk::analysis::attribute::Split| s.metric == Metric::NetLoss && s.firm.is_none() && s.given == Given::All;
        a.splits.iter().find(is_it).expect("the system's net loss").clone()
    };
    let g1 = net(&common::g1());
    near(g1.total.value, 303.074_285_714_3, 1e-9);
    near(g1.own.value, 201.6, 1e-9);
    for (found, expected) in g1.shapley.iter().zip([101.474_285_714_3, 0.0, 0.0, 0.0]) {
        near(found.value, expected, 1e-9);
        assert_eq!(found.std_error, 0.0);
    }
    let g3 = net(&common::g3());
    near(g3.total.value, 530.5, 1e-9);
    for (found, expected) in g3.shapley.iter().zip([183.282_380_952_4, 0.0, 0.0, 144.217_619_047_6]) {
        near(found.value, expected, 1e-9);
    }
    near(g3.leave_one_out[3].value, 530.5 - 314.404_761_904_8, 1e-9);
}

#[test]
fn pictures_have_the_intervals() {
    let m = flagship();
    let a = of(&m, &Run::new(2_048, 5));
    let means = results::attributed(results::scenario(&m, ""), results::firms(&m), &a);
    let pictures = charts::attribution(&means, &a, "a footer");
    assert_eq!(pictures.iter().map(|p| p.name).collect::<Vec<_>>(), ["channels", "tail-contributions"]);
    for p in &pictures {
        assert_eq!(p.clashes(), Vec::<String>::new(), "{}", p.name);
    }
    assert!(pictures[0].title.matches('±').count() == 3, "{}", pictures[0].title);
    let read = pictures[0].svg_with_values();
    let parts: Vec<&str> = read.split("data-value=\"").skip(1).map(|v| v.split('"').next().unwrap()).collect();
    assert!(parts.len() > 40 && parts[..6].iter().all(|p| p.starts_with("All firms, ") && p.contains('±')), "{parts:?}");
    let header = pictures[0].data_csv.lines().next().unwrap();
    assert!(header.ends_with("total_low,total_high"), "{header}");
}

#[test]
fn channels_and_own_losses_sum_to_the_total() {
    let m = flagship();
    for sampling in [Sampling::Plain, Sampling::Importance] {
        let a = of(&m, &Run { sampling, ..Run::new(2_048, 5) });
        assert!(a.splits.len() > 90 && a.failed_solves == 0);
        for s in &a.splits {
            let sum = s.own.value + s.shapley.iter().map(|e| e.value).sum::<f64>();
            assert!(
                (sum - s.total.value).abs() <= 1e-9 * s.total.value.abs().max(1.0),
                "{sampling:?} {:?} {:?}: {sum} {}",
                s.metric,
                s.firm,
                s.total.value
            );
        }
    }
}

#[test]
fn worlds_and_tails_are_those_of_a_run() {
    let m = flagship();
    let engine = Engine::new(&m, Isa::detect()).unwrap();
    let run = Run { variant_paths: 0, ..Run::new(20_480, 5) };
    let simulated = simulate(&engine, &run, 2, &|_| ()).unwrap();
    let r = assemble(&engine, &run, &simulated, Origin { hash: "", warnings: vec![] }).unwrap();
    let a = of(&m, &run);
    for s in a.splits.iter().filter(|s| s.metric != Metric::Defaults) {
        for (world, found) in [(WorldName::W0, s.total), (WorldName::W2, s.own)] {
            let known = r.loss(s.metric, s.firm, world, Panel::Base, s.given).unwrap().mean;
            assert!((found.value - known.value).abs() <= 1e-6 * known.value.abs().max(1.0), "{:?} {:?} {world:?}", s.metric, s.firm);
        }
    }
    let tail = &r.loss(Metric::NetLoss, None, WorldName::W0, Panel::Base, Given::All).unwrap().tail;
    for level in [0.95, 0.99] {
        let es = tail.iter().find(|t| t.level == level).unwrap().es.value;
        let parts: f64 = a.tails.iter().filter(|t| t.level == level).map(|t| t.part.value).sum();
        assert!((parts - es).abs() < 1e-9 * es, "{level}: {parts} {es}");
    }
    assert!(a.tails.iter().filter(|t| t.level == 0.95).all(|t| t.delta_covar.is_some()));
}
