//! Scenarios side by side: nothing differs from itself; differences are those of two runs on the same paths; chosen paths say the same; and what cannot be compared
//! is refused.

use bubblerisk::analysis::compare::{Comparison, Difference, Variant, compare};
use bubblerisk::engine::{Engine, Run, Sampling, simulate};
use bubblerisk::lanes::Isa;
use bubblerisk::model::Model;
use bubblerisk::results::{Given, Metric, Origin, Panel, WorldName, assemble};
use bubblerisk::scenario::{self, Override};
use std::path::{Path, PathBuf};

const PATHS: u64 = 4_096;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name)
}

fn loaded(set: &[(&str, &str)], without: &[&str]) -> Model {
    let set: Vec<Override> = set.iter().map(|(path, value)| Override { path: (*path).into(), value: (*value).into() }).collect();
    let without: Vec<String> = without.iter().map(|d| (*d).to_string()).collect();
    scenario::load_with(&file("amazon-openai.toml"), &set, &without).expect("the scenario loads").model
}

fn against(base: &Model, other: &Model, run: &Run) -> Comparison {
    let engine = |m| Engine::new(m, Isa::detect()).expect("the model runs");
    let variant = Variant { name: "other".into(), engine: engine(other) };
    compare(&engine(base), &[variant], run, 2, &|_| ()).expect("a comparison")
}

fn row(c: &Comparison, metric: Metric, firm: Option<usize>, world: WorldName, given: Given) -> &Difference {
    let is_it = |d: &&Difference| (d.quantity.metric, d.quantity.firm, d.quantity.world, d.given) == (metric, firm, world, given);
    c.differences.iter().find(is_it).expect("a row")
}

#[test]
fn nothing_differs_from_itself() {
    let m = loaded(&[], &[]);
    let c = against(&m, &m, &Run::new(640, 1));
    assert!(c.differences.iter().all(|d| d.difference.value == 0.0 && d.difference.std_error == 0.0 && d.base == d.changed));
    assert!(c.differences.iter().filter_map(|d| d.sign.as_ref()).all(|s| !s.is_robust && s.exceptions.is_empty()));
    assert!(c.tails.iter().all(|t| t.difference.value == 0.0));
    assert_eq!(c.amplification[0].ratio, c.amplification[1].ratio);
    assert_eq!(c.paths, 640);
}

#[test]
fn differences_are_those_of_two_runs() {
    let (base, other) = (loaded(&[], &[]), loaded(&[], &["openai-aws"]));
    let run = Run { variant_paths: 0, ..Run::new(PATHS, 7) };
    let c = against(&base, &other, &run);
    let tables = |m: &Model| {
        let engine = Engine::new(m, Isa::detect()).unwrap();
        let simulated = simulate(&engine, &run, 2, &|_| ()).unwrap();
        assemble(&engine, &run, &simulated, Origin { hash: "", warnings: vec![] }).unwrap()
    };
    let (a, b) = (tables(&base), tables(&other));
    for (metric, world) in [(Metric::NetLoss, WorldName::W0), (Metric::NetLoss, WorldName::W2), (Metric::ExternalCreditLoss, WorldName::W0)]
    {
        for given in Given::ALL {
            let mean = |r: &bubblerisk::results::Results| r.loss(metric, None, world, Panel::Base, given).unwrap().mean;
            let d = row(&c, metric, None, world, given);
            assert!((d.base.value - mean(&a).value).abs() < 1e-6 && (d.changed.value - mean(&b).value).abs() < 1e-6);
            assert!((d.difference.value - (mean(&b).value - mean(&a).value)).abs() < 1e-6, "{metric:?} {given:?}");
            // Paired, so far more exact than two runs on different paths.
            assert!(d.difference.std_error < 0.5 * mean(&a).std_error.hypot(mean(&b).std_error));
        }
    }
    let openai = base.firms.iter().position(|f| f.id == "openai").unwrap();
    let d = row(&c, Metric::Defaults, Some(openai), WorldName::W0, Given::All);
    assert!((d.base.value - a.default_of(openai, WorldName::W0, Given::All).unwrap().probability.value).abs() < 1e-12);
    // Fewer commitments: it fails less, whatever the uncertain numbers are.
    assert!(d.difference.high < 0.0 && d.sign.as_ref().unwrap().is_robust, "{d:?}");
    let es =
        |r: &bubblerisk::results::Results| r.loss(Metric::NetLoss, None, WorldName::W0, Panel::Base, Given::All).unwrap().tail[0].es.value;
    let t = c.tails.iter().find(|t| t.level == 0.95 && t.quantity.firm.is_none() && t.quantity.world == WorldName::W0).unwrap();
    assert!((t.base - es(&a)).abs() < 1e-6 && (t.changed - es(&b)).abs() < 1e-6);
}

#[test]
fn chosen_paths_say_the_same() {
    let (base, other) = (loaded(&[], &[]), loaded(&[("firm.openai.cash_usd_bn", "60")], &[]));
    let plain = against(&base, &other, &Run::new(PATHS, 2));
    for sampling in [Sampling::Stratified, Sampling::Importance] {
        let chosen = against(&base, &other, &Run { sampling, ..Run::new(PATHS, 3) });
        assert!(chosen.effective_paths <= PATHS as f64 * 1.001);
        for (a, b) in plain.differences.iter().zip(&chosen.differences) {
            assert_eq!((a.quantity, a.given), (b.quantity, b.given));
            let error = a.difference.std_error.hypot(b.difference.std_error);
            // Rare failures: none may be seen in one of the two.
            let near = (a.difference.value - b.difference.value).abs() <= 5.0 * error + 1e-3 * a.base.value.abs().max(1e-2);
            assert!(near, "{sampling:?} {:?} {:?}: {:?} {:?}", a.quantity, a.given, a.difference, b.difference);
        }
    }
}

#[test]
fn a_firm_that_is_missing_has_no_row_and_other_regimes_have_no_bust() {
    let (base, other) = (loaded(&[], &[]), loaded(&[("shocks.boom_to_bust_per_quarter", "0.2")], &["amd"]));
    let c = against(&base, &other, &Run::new(640, 1));
    let amd = base.firms.iter().position(|f| f.id == "amd").unwrap();
    assert!(c.differences.iter().all(|d| d.quantity.firm != Some(amd)) && c.tails.iter().all(|t| t.quantity.firm != Some(amd)));
    assert!(c.differences.iter().all(|d| d.given == Given::All) && !c.differences.is_empty());
}

#[test]
fn another_horizon_is_refused() {
    let base = loaded(&[], &[]);
    let other = scenario::load(&file("two-firms.toml")).unwrap().model;
    let engine = |m| Engine::new(m, Isa::detect()).unwrap();
    let refused = compare(&engine(&base), &[Variant { name: "two firms".into(), engine: engine(&other) }], &Run::new(64, 1), 1, &|_| ());
    assert!(refused.unwrap_err().to_string().contains("two firms has"));
}
