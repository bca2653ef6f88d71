//! Inputs varied over a grid: points are those of a comparison, the scenario as written is the point at its own value, plans that cannot be paid for are results, and
//! break-even points lie where they must. And the words, tables and charts of it.

use bubblerisk::analysis::compare::{Variant, compare};
use bubblerisk::analysis::sweep::{Input, Measure, Number, Sweep, sweep};
use bubblerisk::charts;
use bubblerisk::engine::{Engine, Run};
use bubblerisk::error::{Error, Result};
use bubblerisk::lanes::Isa;
use bubblerisk::model::{Metric, Model, WorldName};
use bubblerisk::results::{Given, tables};
use bubblerisk::{report, scenario};
use std::path::Path;

fn flagship() -> Model {
    scenario::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml")).expect("the flagship loads").model
}

fn firm(m: &Model, id: &str) -> usize {
    m.firms.iter().position(|f| f.id == id).expect("a firm")
}

fn input(name: &str, values: &[f64], base: Option<f64>) -> Input {
    Input { name: name.into(), is_deal: false, values: values.to_vec(), is_log: false, base, is_drawn: false }
}

/// OpenAI's cash varied, and its costs where there is a second input.
fn cash(values: &[f64], second: Option<&[f64]>, levels: &[(Measure, f64)], run: &Run, threads: usize) -> Result<Sweep> {
    let base = flagship();
    let at = firm(&base, "openai");
    let inputs =
        [Some(input("firm.openai.cash_usd_bn", values, Some(40.0))), second.map(|v| input("firm.openai.fixed_cost_scale", v, Some(1.0)))];
    let model_at = |v: &[f64]| {
        let mut m = base.clone();
        m.firms[at].numbers.cash_usd_bn = v[0];
        if let Some(costs) = v.get(1) {
            m.firms[at].numbers.fixed_cost_scale = *costs;
        }
        Ok(m)
    };
    let engine = Engine::new(&base, Isa::detect())?;
    sweep(&engine, inputs.into_iter().flatten().collect(), model_at, levels, (run, threads), &|_| ())
}

fn of(numbers: &[Number], m: Measure) -> &Number {
    numbers.iter().find(|n| n.measure == m).expect("a measure")
}

#[test]
fn points_are_those_of_a_comparison_and_the_point_as_written_is_the_scenario() {
    let run = Run::new(4_096, 3);
    let found = cash(&[30.0, 40.0, 60.0], None, &[], &run, 2).unwrap();
    for (at, written) in found.points[1].numbers.iter().zip(&found.base) {
        assert_eq!(at.value, written.value, "{:?}", at.measure);
        assert!(at.change.is_none_or(|c| c.value == 0.0 && c.std_error == 0.0));
    }
    let base = flagship();
    let mut richer = base.clone();
    richer.firms[firm(&base, "openai")].numbers.cash_usd_bn = 60.0;
    let engine = |m| Engine::new(m, Isa::detect()).unwrap();
    let variant = Variant { name: "richer".into(), note: String::new(), engine: engine(&richer) };
    let c = compare(&engine(&base), &[variant], &run, 1, &|_| ()).unwrap();
    let openai = firm(&base, "openai");
    for (measure, metric, who) in [
        (Measure::MeanNetLoss, Metric::NetLoss, None),
        (Measure::Defaults, Metric::Defaults, None),
        (Measure::CreditLoss, Metric::ExternalCreditLoss, None),
        (Measure::Default(openai), Metric::Defaults, Some(openai)),
    ] {
        let d = c
            .differences
            .iter()
            .find(|d| d.quantity.metric == metric && d.quantity.firm == who && d.quantity.world == WorldName::W0 && d.given == Given::All);
        let (d, n) = (d.unwrap(), of(&found.points[2].numbers, measure));
        assert_eq!((n.change, n.value.unwrap().value), (Some(d.difference), d.changed.value), "{measure:?}");
    }
    let amplified = c.amplification.iter().find(|a| a.variant == Some(0)).unwrap().ratio;
    assert_eq!(of(&found.points[2].numbers, Measure::Amplification).value, amplified);
    // More cash, fewer failures: the difference is zero at the scenario as written and nowhere else.
    assert_eq!(found.mover, Some(openai));
    let line = found.lines.iter().find(|l| l.measure == Measure::Default(openai)).unwrap();
    assert_eq!((line.crossings.len(), line.crossings[0].at, line.crossings[0].is_rising), (1, 40.0, false));
}

#[test]
fn threads_change_nothing_and_levels_are_met_between_their_neighbours() {
    let base = flagship();
    let openai = Measure::Default(firm(&base, "openai"));
    let run = Run::new(2_048, 1);
    let levels = [(openai, 0.40), (openai, 0.99)];
    let found = cash(&[5.0, 35.0, 65.0], Some(&[0.5, 1.0]), &levels, &run, 2).unwrap();
    assert_eq!(found, cash(&[5.0, 35.0, 65.0], Some(&[0.5, 1.0]), &levels, &run, 1).unwrap());
    assert_eq!(found.points.len(), 6);
    assert_eq!(found.points[3].at, [35.0, 1.0]);
    let asked: Vec<_> = found.lines.iter().filter(|l| l.level.is_some()).collect();
    assert_eq!(asked.len(), 4);
    for line in asked {
        if line.level == Some(0.99) {
            assert_eq!((line.crossings.len(), line.side), (0, Some((false, true))));
        }
        for c in &line.crossings {
            assert!(c.low.is_none_or(|x| x <= c.at) && c.high.is_none_or(|x| x >= c.at));
        }
    }
    let said = report::sweep::summary(&found).replace('\n', " ");
    assert!(said.contains("No crossing in the range for: the probability of default of openai is 99 %"), "{said}");
    for (k, shown) in [None, Some(openai)].into_iter().enumerate() {
        let map = charts::sweep(&found, shown, "a footer").expect("a map");
        assert_eq!((map.name, map.clashes()), ("sweep-map", vec![]), "{k}");
    }
}

#[test]
fn a_plan_that_cannot_be_paid_for_is_a_result_unless_none_can() {
    let run = Run::new(640, 1);
    let found = cash(&[5.0, 40.0], Some(&[1.0, 100_000.0]), &[], &run, 2).unwrap();
    let short: Vec<bool> = found.points.iter().map(|p| p.short.is_some()).collect();
    assert_eq!(short, [false, true, false, true]);
    assert!(found.points.iter().all(|p| p.short.is_some() == p.numbers.is_empty()));
    let csv = tables::sweep_csv(&found);
    assert!(!csv.contains("NaN") && !csv.contains("inf"));
    let width = csv.lines().next().unwrap().matches(',').count();
    assert!(csv.lines().all(|l| l.matches(',').count() == width));
    assert_eq!(csv.lines().filter(|l| l.contains(",100000,") && !l.contains("net_loss")).count(), 2);
    assert!(report::sweep::summary(&found).contains("2 of 4 points"), "{}", report::sweep::summary(&found));
    assert!(matches!(cash(&[5.0, 40.0], Some(&[100_000.0, 200_000.0]), &[], &run, 2), Err(Error::PlanNotFinanceable(_))));
    let many: Vec<f64> = (0..21).map(|k| 40.0 + f64::from(k)).collect();
    assert!(matches!(cash(&many, Some(&many), &[], &run, 2), Err(Error::Usage(_))));
}

#[test]
fn lines_are_drawn_without_clashes() {
    let found = cash(&[20.0, 40.0, 60.0], None, &[], &Run::new(2_048, 1), 2).unwrap();
    let picture = charts::sweep(&found, None, "a footer").expect("lines");
    assert_eq!((picture.name, picture.clashes()), ("sweep-lines", vec![]));
    assert!(!picture.svg().contains("NaN"));
}
