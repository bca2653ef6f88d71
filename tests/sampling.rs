//! Paths chosen among candidates: they are ordinary paths, chosen the same way whatever the number of threads or of steps, and their tables agree with those of plain
//! sampling. That their intervals cover is tested in `coverage.rs`.

use bubblerisk::engine::{Engine, Nobody, Numbers, Run, Sampling, Simulated, World, simulate, simulate_more};
use bubblerisk::error::Error;
use bubblerisk::lanes::{Isa, LANES};
use bubblerisk::model::Model;
use bubblerisk::results::{Given, Metric, Origin, Panel, Results, Target, WorldName, assemble};
use bubblerisk::shocks::{Common, Drivers, Parameters, consecutive};
use bubblerisk::stats::Estimate;
use std::path::Path;

const PATHS: u64 = 4_096;
const CHOSEN: [Sampling; 2] = [Sampling::Stratified, Sampling::Importance];

fn scenario(name: &str) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    bubblerisk::scenario::load(&path).expect("the scenario loads").model
}

fn run(paths: u64, sampling: Sampling) -> Run {
    Run { variant_paths: 1_000, sampling, ..Run::new(paths, 3) }
}

fn go(engine: &Engine<'_>, run: &Run, threads: usize) -> Simulated {
    simulate(engine, run, threads, &|_| ()).expect("the flagship runs")
}

fn tables(engine: &Engine<'_>, run: &Run, simulated: &Simulated) -> Results {
    assemble(engine, run, simulated, Origin { hash: "", warnings: vec![] }).expect("tables")
}

fn text(engine: &Engine<'_>, run: &Run, simulated: &Simulated) -> String {
    serde_json::to_string(&tables(engine, run, simulated)).expect("JSON")
}

#[test]
fn what_paths_are_chosen_by_are_their_own_draws() {
    let m = scenario("amazon-openai.toml");
    let (mut p, mut scratch) = (Parameters::central(&m), Parameters::central(&m));
    for first in [0, 64 * 999] {
        let paths = consecutive(first);
        p.draw(&m, 3, &paths);
        let d = Drivers::of_block(&m, &p, 3, &paths, Isa::detect());
        let common = Common::at_horizon(&m, &mut scratch, 3, &paths, Isa::detect());
        let bits = |row: &[f64; LANES]| row.map(f64::to_bits);
        assert_eq!(bits(&common.sentiment), bits(d.sentiment.last().unwrap()));
        assert_eq!(bits(&common.demand), bits(d.demand.last().unwrap()));
        assert_eq!(bits(&common.bust), bits(d.regime.last().unwrap()));
        assert!(common.demand.iter().any(|x| *x != 0.0));
    }
}

#[test]
fn chosen_paths_are_the_paths_of_their_numbers() {
    let m = scenario("amazon-openai.toml");
    let engine = Engine::new(&m, Isa::detect()).unwrap();
    for sampling in CHOSEN {
        let simulated = go(&engine, &run(PATHS, sampling), 2);
        assert_eq!(simulated.paths(), PATHS);
        assert!((simulated.strata.iter().map(|s| s.share).sum::<f64>() - 1.0).abs() < 1e-12);
        for stratum in &simulated.strata {
            let Numbers::List(list) = &stratum.numbers else { panic!("chosen paths are a list") };
            assert!(list.windows(2).all(|w| w[0] < w[1]) && list.len() == stratum.losses.len());
            for place in [0, list.len() / 2, list.len() - 1] {
                let number = u64::from(list[place]);
                let first = number - number % LANES as u64;
                let block = engine.run_block(3, first, &[World::W0], &mut Nobody);
                let alone = block.outcomes[0].system(Metric::NetLoss)[(number - first) as usize];
                // The last bit holds the bust.
                let found = stratum.losses[place].loss(WorldName::W0);
                assert_eq!(found.to_bits() & !1, alone.to_bits() & !1, "path {number}: {found} {alone}");
            }
        }
    }
}

#[test]
fn same_bits_on_any_number_of_threads_and_in_any_steps() {
    let m = scenario("amazon-openai.toml");
    let engine = Engine::new(&m, Isa::detect()).unwrap();
    for sampling in [Sampling::Plain, Sampling::Stratified, Sampling::Importance] {
        let whole = run(PATHS, sampling);
        let one = go(&engine, &whole, 1);
        let expected = text(&engine, &whole, &one);
        assert!(expected == text(&engine, &whole, &go(&engine, &whole, 3)), "{sampling:?} on three threads");
        // A shorter run that goes on chooses the same paths; fewer of them are in the variants' first part, so those are left out.
        let bare = |paths| Run { variant_paths: 0, ..run(paths, sampling) };
        let direct = go(&engine, &bare(PATHS), 2);
        let first = simulate(&engine, &bare(2_500), 2, &|_| ()).unwrap();
        let longer = simulate_more(&engine, &bare(PATHS), Some(first), 2, &|_| ()).unwrap();
        let numbers = |s: &Simulated| s.strata.iter().map(|s| s.numbers.clone()).collect::<Vec<_>>();
        assert!(numbers(&direct) == numbers(&longer), "{sampling:?} in two steps");
        let quiet = |s: &Simulated| {
            let mut r = tables(&engine, &bare(PATHS), s);
            (r.solver, r.warnings) = (Default::default(), vec![]);
            serde_json::to_string(&r).unwrap()
        };
        assert!(quiet(&direct) == quiet(&longer), "{sampling:?} in two steps");
    }
}

/// Both are unbiased: their differences are within five standard errors of both. And what importance sampling is for is so much more exact.
#[test]
fn tables_agree_with_those_of_plain_sampling() {
    let m = scenario("amazon-openai.toml");
    let engine = Engine::new(&m, Isa::detect()).unwrap();
    let of = |sampling| {
        let run = Run { variant_paths: 4_096, sampling, ..Run::new(20_000, 3) };
        tables(&engine, &run, &go(&engine, &run, 2))
    };
    let plain = of(Sampling::Plain);
    for sampling in CHOSEN {
        let chosen = of(sampling);
        let mut compared = 0;
        let mut agree = |what: String, a: Estimate, b: Estimate| {
            compared += 1;
            // Errors of what few paths have are themselves uncertain: intervals that touch are enough.
            let near = (a.value - b.value).abs() <= 5.0 * a.std_error.hypot(b.std_error);
            // What plain paths never showed has no error there.
            let unseen = a.std_error == 0.0 && a.value == 0.0;
            assert!(near || unseen || (a.low <= b.high && b.low <= a.high), "{sampling:?} {what}: {a:?} {b:?}");
        };
        for (a, b) in plain.defaults.iter().zip(&chosen.defaults) {
            assert_eq!((a.firm, a.world, a.panel, a.given), (b.firm, b.world, b.panel, b.given));
            agree(format!("default {} {:?} {:?} {:?}", a.firm, a.world, a.panel, a.given), a.probability, b.probability);
        }
        for a in &plain.losses {
            if let Some(b) = chosen.loss(a.metric, a.firm, a.world, a.panel, a.given) {
                let what = format!("{:?} {:?} {:?} {:?} {:?}", a.metric, a.firm, a.world, a.panel, a.given);
                agree(format!("mean {what}"), a.mean, b.mean);
                for (s, t) in a.tail.iter().flat_map(|s| b.tail.iter().filter(|t| t.level == s.level).map(move |t| (s, t))) {
                    agree(format!("VaR {} {what}", s.level), s.var, t.var);
                    agree(format!("ES {} {what}", s.level), s.es, t.es);
                }
            }
        }
        for (a, b) in plain
            .amplification
            .iter()
            .zip(&chosen.amplification)
            .filter(|(a, b)| (a.metric, a.firm, a.panel) == (b.metric, b.firm, b.panel))
        {
            agree(format!("difference {:?} {:?} {:?}", a.metric, a.firm, a.panel), a.difference, b.difference);
        }
        for (a, b) in plain.contracts.iter().zip(&chosen.contracts) {
            agree(format!("unpaid {}", a.id), a.unpaid_usd_bn, b.unpaid_usd_bn);
            agree(format!("any unpaid {}", a.id), a.any_unpaid, b.any_unpaid);
        }
        let es = |r: &Results| {
            let row = r.loss(Metric::NetLoss, None, WorldName::W0, Panel::Base, Given::All).unwrap();
            row.tail.iter().find(|t| t.level == 0.99).unwrap().es
        };
        let gain = (es(&plain).std_error / es(&chosen).std_error).powi(2);
        assert!(gain > if sampling == Sampling::Importance { 12.0 } else { 1.4 }, "{sampling:?} {gain}");
        let shares: f64 = chosen.histogram.iter().filter(|b| b.world == WorldName::W0 && b.given == Given::Bust).map(|b| b.share).sum();
        assert!((shares - 1.0).abs() < 1e-9);
        let busts = chosen.run.bust_probability.unwrap();
        agree("bust".into(), plain.run.bust_probability.unwrap(), busts);
        assert!(compared > 2_000, "{compared}");
    }
}

#[test]
fn what_cannot_be_chosen_among_is_refused() {
    let refusal = |m: &Model, run: &Run| match simulate(&Engine::new(m, Isa::detect()).unwrap(), run, 1, &|_| ()) {
        Err(Error::Usage(text)) => text,
        other => panic!("not refused: {:?}", other.map(|s| s.paths())),
    };
    let m = scenario("amazon-openai.toml");
    assert!(refusal(&m, &run(100, Sampling::Importance)).contains("at least 2048"));
    assert!(refusal(&m, &Run { paths: 64..9_000, ..run(9_000, Sampling::Stratified) }).contains("from 0 on"));
    assert!(refusal(&m, &run(200_000_000, Sampling::Importance)).contains("use plain sampling"));
    let scripted = scenario("openai-pays-half.toml");
    assert!(refusal(&scripted, &run(PATHS, Sampling::Stratified)).contains("random shocks"));
}

#[test]
fn targets_are_read_or_refused_with_what_is_known() {
    let m = scenario("amazon-openai.toml");
    let share = |text: &str| Target::parse(text, &m).unwrap().half_width;
    assert_eq!((share("es99 < 1%"), share(" var99.5<0.02"), share("default(oracle) < 5 %")), (0.01, 0.02, 0.05));
    assert_eq!(Target::parse("mean < 1%", &m).unwrap().name(), "mean");
    for (text, part) in [
        ("es99", "expected STATISTIC < SHARE"),
        ("es99 < 0", "no half width"),
        ("es100 < 1%", "no statistic"),
        ("median < 1%", "no statistic"),
        ("default(lehman) < 1%", "the firms are openai"),
    ] {
        let refused = Target::parse(text, &m).unwrap_err().to_string();
        assert!(refused.contains(part) && refused.contains(text.split('<').next().unwrap().trim()), "{refused}");
    }
}
