//! Scenarios side by side: nothing differs from itself; differences are those of two runs on the same paths; chosen paths say the same; and what cannot be compared
//! is refused.

use bubblerisk::analysis::compare::{Comparison, Difference, Variant, compare};
use bubblerisk::engine::{Engine, Run, Sampling, simulate};
use bubblerisk::lanes::Isa;
use bubblerisk::model::{Model, Seller, Stage};
use bubblerisk::report;
use bubblerisk::results::{Given, Metric, Origin, Panel, WorldName, assemble};
use bubblerisk::scenario::{self, Override};
use bubblerisk::validation::systems;
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
    let variant = Variant { name: "other".into(), note: String::new(), engine: engine(other) };
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
    let refused = compare(
        &engine(&base),
        &[Variant { name: "two firms".into(), note: String::new(), engine: engine(&other) }],
        &Run::new(64, 1),
        1,
        &|_| (),
    );
    assert!(refused.unwrap_err().to_string().contains("two firms has"));
}

/// Two tranches of one investment into the lab of a chain, which buys from both others and builds itself.
fn cut_system() -> Model {
    let mut m = systems::model(vec![
        systems::firm("lab", vec![10.0; 4], 50.0, 100.0),
        systems::firm("cloud", vec![5.0; 4], 50.0, 100.0),
        systems::firm("chips", vec![5.0; 4], 50.0, 100.0),
    ]);
    m.firms[0].capex_usd_bn = vec![1.0, 2.0, 3.0, 4.0];
    m.purchases = vec![
        systems::purchase("a", 0, 1, 3.0, 0.5, 4),
        systems::purchase("b", 0, 2, 1.0, 0.5, 4),
        systems::purchase("c", 1, 2, 7.0, 0.5, 4),
    ];
    m.purchases[1].numbers.scale = 2.0;
    m.tranches =
        vec![systems::tranche("deal.1", 2, 0, 4.0, 2), systems::tranche("deal.2", 2, 0, 3.0, 4), systems::tranche("other.1", 2, 0, 9.0, 1)];
    m
}

#[test]
fn the_dollars_cut_are_the_dollars_missing() {
    let before = cut_system();
    let lab = before.tranches[0].investee;
    let missing = before.planned_money("deal");
    assert_eq!(missing.iter().map(|x| (x.quarter, x.usd_bn)).collect::<Vec<_>>(), [(2, 4.0), (4, 3.0)]);
    let mut after = before.clone();
    let cuts = after.cut_spending(&missing);
    let (old, new) = (before.planned_spending(lab), after.planned_spending(lab));
    assert_eq!(old, [6.0, 7.0, 8.0, 9.0]);
    assert!((old.iter().sum::<f64>() - new.iter().sum::<f64>() - 7.0).abs() < 1e-12 && (cuts[0].cut_usd_bn - 7.0).abs() < 1e-12);
    // 4 of the 24 from quarter 2 on, then 3 of the 9 of quarter 4 besides; by hand.
    for (found, expected) in new.iter().zip([6.0, 7.0 * 5.0 / 6.0, 8.0 * 5.0 / 6.0, 9.0 * (1.0 - 1.0 / 6.0 - 1.0 / 3.0)]) {
        assert!((found - expected).abs() < 1e-12, "{new:?}");
    }
    // Pro rata: every purchase of the lab and what it builds by the same share; nobody else's spending.
    assert!((after.purchases[0].schedule_usd_bn[3] - 1.5).abs() < 1e-12 && (after.firms[0].capex_usd_bn[3] - 2.0).abs() < 1e-12);
    assert_eq!(after.purchases[2], before.purchases[2]);
}

#[test]
fn no_more_is_cut_than_is_spent_and_an_unsigned_deal_is_not_missed() {
    let mut m = cut_system();
    m.tranches[1].numbers.amount_usd_bn = 30.0;
    let cuts = m.clone().cut_spending(&m.planned_money("deal"));
    assert!((cuts[0].missing_usd_bn - 34.0).abs() < 1e-12 && (cuts[0].cut_usd_bn - (15.0 / 6.0 + 9.0)).abs() < 1e-12, "{cuts:?}");
    m.tranches[0].stage = Stage::Talks;
    m.tranches[1].due_quarter = 5;
    assert!(m.planned_money("deal").is_empty() && m.planned_money("a").is_empty());
}

#[test]
fn a_change_is_stated_with_its_world_and_its_ranges() {
    let (base, other) = (loaded(&[], &[]), loaded(&[], &["openai-aws"]));
    let c = against(&base, &other, &Run::new(PATHS, 7));
    let said = report::compare::sections(&c)[0].statements.join("\n");
    let begin = "Relative to the first scenario, amazon-openai, in world W0 (the full model), with the same shocks, the expected number of firms in default is ";
    let line = said.lines().find(|l| l.starts_with(begin)).expect("the statement");
    assert!(line.contains("lower in this variant; the sign is robust over the stated ranges of 58 uncertain numbers."), "{line}");
    assert!(!said.contains("effect of") && said.contains("In the no-shock plan"), "{said}");
    // Amazon's sales and those of who supplies the chips for them.
    let amazon = c.plans.iter().find(|p| c.firms[p.firm] == "amazon").expect("the plan of the seller changes");
    assert!((amazon.base_usd_bn - amazon.changed_usd_bn - 31.5).abs() < 1e-9, "{amazon:?}");
}

#[test]
fn a_purchase_from_outside_suppliers_keeps_its_terms() {
    let base = loaded(&[], &[]);
    let other = scenario::load_elsewhere(&file("amazon-openai.toml"), "openai-aws").expect("the scenario loads").model;
    let of = |m: &Model| m.purchases.iter().find(|p| p.id == "openai-aws").expect("the purchase").clone();
    let (before, after) = (of(&base), of(&other));
    assert_eq!(
        (after.seller, after.buyer, after.stage, &after.schedule_usd_bn),
        (Seller::Outside, before.buyer, before.stage, &before.schedule_usd_bn)
    );
    // What Amazon bought to serve it is gone, and nothing else.
    let spent = |m: &Model| m.planned_spending(before.buyer).iter().sum::<f64>();
    assert!((spent(&base) - spent(&other)).abs() < 1e-9);
    assert!(scenario::load_elsewhere(&file("amazon-openai.toml"), "no-such-deal").is_err());
}
