//! Reverse stress: the language of conditions, a case with an answer on paper, agreement with `run`, importance sampling, threads, conditions that never and always hold.

mod common;

use assert_cmd::Command;
use bubblerisk::analysis::reverse::{Coordinate, Measure, Reversal, parse, reverse};
use bubblerisk::engine::{Engine, Run, Sampling, simulate};
use bubblerisk::lanes::Isa;
use bubblerisk::model::Model;
use bubblerisk::results::{Given, Origin, WorldName, assemble, tables};
use bubblerisk::stats::{NoFit, normal};
use bubblerisk::{charts, report};
use common::{calm, cases, firm, model, near};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml")
}

static FLAGSHIP: LazyLock<Model> = LazyLock::new(|| bubblerisk::scenario::load(&file()).expect("the flagship loads").model);

fn of(m: &Model, when: &str, run: &Run, threads: usize) -> Reversal {
    let condition = parse(when, m).expect("the condition is sound");
    reverse(&Engine::new(m, Isa::detect()).expect("the model runs"), &condition, run, threads, &|_| ()).expect("an answer")
}

/// C1d: cash 2, costs 11, revenue 10 exp(0.25 z - 0.03125) in the one quarter there is: the firm fails where its own revenue falls more than 10 % under plan.
fn one_quarter() -> Model {
    let mut f = firm("firm", vec![10.0], 2.0, 100.0);
    f.fixed_cost_usd_bn = vec![11.0];
    f.numbers.revenue_volatility_per_quarter = 0.25;
    f.numbers.plan_realism = (-0.031_25f64).exp();
    let mut m = model(vec![f]);
    m.shocks = calm();
    m.shocks.random = true;
    m.shocks.numbers.clip = 20.0;
    m
}

#[test]
fn an_answer_on_paper() {
    let r = of(&one_quarter(), "default(firm)", &Run::new(40_000, 3), 2);
    assert!((r.probability.value - 0.383_446_253_4).abs() < 4.0 * r.probability.std_error, "{:?}", r.probability);
    assert_eq!(r.coordinates.len(), 1, "nothing else varies");
    let own = &r.coordinates[0];
    assert_eq!((own.coordinate, own.ranks), (Coordinate::OwnRevenue { firm: 0 }, (1, 1)));
    // The most likely failure is the smallest one: just beyond 10 %. Least bad is the same path, for the loss grows with the shortfall.
    let likely = r.most_likely.as_ref().unwrap();
    assert!(likely.values[0] > 0.1 && likely.values[0] < 0.1005, "{likely:?}");
    assert_eq!(r.least_bad.as_ref().unwrap().path, likely.path);
    assert_eq!((likely.failures.as_slice(), likely.busts.len()), ([(0, 1)].as_slice(), 0));
    // Its percentile is the probability of survival.
    assert!((likely.percentiles[0] - (1.0 - r.probability.value)).abs() < 1e-4);
    // Mean of 1 - exp(0.25 z - 0.03125) below the threshold: 1 - Φ(d - 0.25) / Φ(d), d the quantile of the probability.
    let known = 1.0 - normal::cdf(-0.296_442_062_6 - 0.25).unwrap() / 0.383_446_253_4;
    let mean = own.meeting.mean.unwrap();
    assert!((mean.value - known).abs() < 4.0 * mean.std_error, "{mean:?} {known}");
    // One number decides: no limit state can be fitted between those who fail and those who do not.
    assert_eq!((r.form.is_none(), r.no_form), (true, Some(NoFit::Separated)));
    assert_eq!(r.first_firms.len(), 1);
    near(r.first_firms[0].share.value, 1.0, 1e-12);
    near(r.first_firms[0].among_all.value, r.probability.value, 1e-12);
}

#[test]
fn conditions_are_read() {
    let m = &*FLAGSHIP;
    let id = |name: &str| m.firms.iter().position(|f| f.id == name).unwrap();
    let (openai, oracle) = (id("openai"), id("oracle"));
    let one = |text: &str| parse(text, m).unwrap_or_else(|e| panic!("{text}: {e}")).terms[0];
    assert_eq!(one("default(oracle)").measure, Measure::Default { firm: oracle });
    assert_eq!(one("  DEFAULT ( Oracle )  ").measure, Measure::Default { firm: oracle });
    assert_eq!(one("default(any) by 2029Q4").by_quarter, Some(16));
    assert_eq!(one("unpaid(openai,oracle)>1e2 BY 2026q1").by_quarter, Some(1));
    assert_eq!(one("unpaid(openai, oracle) > 100").measure, Measure::Unpaid { buyer: openai, seller: Some(oracle) });
    assert_eq!(one("unpaid(openai) > -1_000.5").bound, -1000.5);
    assert_eq!(one("revenue_gap(oracle) >= 30%").bound, one("revenue_gap(oracle) >= 0.3").bound);
    assert_eq!(
        (one("loss(system) > 500").measure, one("loss(oracle) <= 50").measure),
        (Measure::SystemLoss, Measure::FirmLoss { firm: oracle })
    );
    // not binds closest, then and, then or.
    let c = parse("defaults > 0 or defaults > 1 and not defaults > 2", m).unwrap();
    for (values, holds) in [([1.0, 0.0, 0.0], true), ([0.0, 2.0, 0.0], true), ([0.0, 2.0, 3.0], false), ([0.0, 0.0, 0.0], false)] {
        assert_eq!(c.holds(|k| values[k]), holds, "{values:?}");
    }
    let c = parse("(defaults > 0 or defaults > 1) and not (defaults > 2)", m).unwrap();
    assert!(!c.holds(|k| [1.0, 0.0, 3.0][k]) && c.holds(|k| [1.0, 0.0, 0.0][k]) && !c.holds(|_| f64::NAN));
    assert_eq!(parse("default(oracle) by 2027Q4 or unpaid(openai, oracle) > 3 by 2028Q2", m).unwrap().firms(), [oracle, openai]);
}

#[test]
fn errors_point() {
    let m = &*FLAGSHIP;
    let cases = [
        ("default(oracel)", "        ^^^^^^", "did you mean `oracle`?"),
        ("default(walmart)", "        ^^^^^^^", "known: openai"),
        ("default(oracle", "              ^", "ends too soon; expected `)`"),
        ("default oracle", "        ^^^^^^", "expected `(`"),
        ("default(oracle) > 0", "                ^", "defaults >= 2"),
        ("defalut(oracle)", "^^^^^^^", "did you mean `default`?"),
        ("", "^", "ends too soon"),
        ("loss(system)", "            ^", "`>`, `>=`, `<` or `<=`"),
        ("loss(system) = 3", "             ^", "`>`, `>=`, `<` or `<=`"),
        ("loss(system) > $5", "               ^", "write the number alone"),
        ("loss(system) > 5 bn", "                 ^^", "write the number alone"),
        ("loss(system) > many", "               ^^^^", "billions"),
        ("loss(system) > inf", "               ^^^", "billions"),
        ("loss(system) > 5%", "                ^", "no percentage here"),
        ("loss(system) > 500 by 2029Q4", "                   ^^", "known at the horizon only"),
        ("defaults > 2.5", "           ^^^", "whole number"),
        ("default(any) by 2029", "                ^^^^", "did you mean `2029Q4`"),
        ("default(any) by 2035Q1", "                ^^^^^^", "from 2026Q1 to 2031Q4"),
        ("revenue_gap(oracle) > 30", "                      ^^", "did you mean `30%`?"),
        ("unpaid(oracle, xai) > 3", "               ^^^", "it buys from"),
        ("default(any) & default(oracle)", "             ^", "write `and`"),
        ("(default(any)", "             ^", "`)`, `and` or `or`"),
        ("default(any))", "            ^", "never opened"),
        ("default(any) default(oracle)", "             ^^^^^^^", "`and`, `or`, `by QUARTER` or the end"),
        ("é default(any)", "^", "expected default(FIRM)"),
    ];
    for (text, marks, says) in cases {
        let told = parse(text, m).expect_err(text).to_string();
        assert!(told.contains(&format!("\n  {marks}\n")) || told.ends_with(&format!("\n  {marks}")), "{text}:\n{told}");
        assert!(told.contains(says) && !told.contains('\t'), "{text}:\n{told}");
    }
    assert!(parse(&"(".repeat(999), m).is_err() && parse(&"not ".repeat(240), m).is_err() && parse(&"x".repeat(5_000), m).is_err());
}

proptest::proptest! {
    #![proptest_config(cases::usual())]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        let _ = parse(&text, &FLAGSHIP);
    }

    #[test]
    fn any_words_are_read_or_refused(words in proptest::collection::vec("default|defaults|loss|unpaid|revenue_gap|openai|oracle|any|system|not|and|or|by|2029Q4|3|%|>|>=|<|=|\\(|\\)|,", 0..24)) {
        let _ = parse(&words.join(" "), &FLAGSHIP);
    }
}

#[test]
fn probabilities_are_those_of_a_run() {
    let m = &*FLAGSHIP;
    let engine = Engine::new(m, Isa::detect()).unwrap();
    let run = Run { variant_paths: 0, ..Run::new(4_096, 5) };
    let simulated = simulate(&engine, &run, 2, &|_| ()).unwrap();
    let known = assemble(&engine, &run, &simulated, Origin { hash: "", warnings: vec![] }).unwrap();
    let oracle = m.firms.iter().position(|f| f.id == "oracle").unwrap();
    let default = known.default_of(oracle, WorldName::W0, Given::All).unwrap().probability;
    assert_eq!(of(m, "default(oracle)", &run, 2).probability, default);
    assert_eq!(of(m, "default(oracle) by 2031Q4", &run, 2).probability, default);
    // What is never paid, of the one purchase between the two.
    let contract = known.contracts.iter().find(|c| c.id == "openai-oracle" && c.given == Given::All).unwrap();
    for when in ["unpaid(openai, oracle) > 0.000000001", "unpaid(openai, oracle) > 0.000000001 by 2031Q4"] {
        assert_eq!(of(m, when, &run, 2).probability, contract.any_unpaid, "{when}");
    }
    // E(x) of a positive amount is the integral of P(x > a): a coarse sum of it holds the mean unpaid amount between its two sides.
    let steps: Vec<f64> = (0..40).map(|k| 10.0 * f64::from(k)).collect();
    let beyond: Vec<f64> = steps.iter().map(|a| of(m, &format!("unpaid(openai, oracle) > {a}"), &run, 2).probability.value).collect();
    let (low, high) = (beyond[1..].iter().sum::<f64>() * 10.0, beyond.iter().sum::<f64>() * 10.0);
    let mean = contract.unpaid_usd_bn.value;
    assert!(low <= mean && mean <= high && *beyond.last().unwrap() < 1e-3, "{low} {mean} {high}");
    // The most likely path meets the condition, and its loss is its own.
    let r = of(m, "default(oracle)", &run, 2);
    let likely = r.most_likely.as_ref().unwrap();
    assert!(likely.failures.iter().any(|f| f.0 == oracle));
    let loss = simulated.strata[0].losses[likely.path as usize].loss(WorldName::W0);
    near(likely.net_loss_usd_bn, loss, 1e-12);
    let least = r.least_bad.as_ref().unwrap();
    assert!(r.listed.iter().all(|l| l.net_loss_usd_bn >= least.net_loss_usd_bn) && least.net_loss_usd_bn < likely.net_loss_usd_bn);
    // Hardly linear, but near.
    let form = r.form.as_ref().unwrap();
    assert!((form.design.probability / r.probability.value - 1.0).abs() < 0.3 && form.explained > 0.5, "{form:?}");
}

#[test]
fn rare_conditions_are_searched_by_importance() {
    let m = &*FLAGSHIP;
    let when = "loss(system) > 30000";
    let few = of(m, when, &Run::new(4_096, 2), 2);
    assert!(few.sampling == "importance" && few.plain_meeting.is_some_and(|n| n < 200), "{} {:?}", few.sampling, few.plain_meeting);
    let many = of(m, when, &Run::new(60_000, 9), 2);
    let error = few.probability.std_error.hypot(many.probability.std_error);
    assert!((few.probability.value - many.probability.value).abs() < 5.0 * error, "{:?} {:?}", few.probability, many.probability);
    assert!(few.effective_meeting > few.plain_meeting.unwrap() as f64 && few.effective_meeting <= few.meeting as f64);
    for (a, b) in many.coordinates.iter().filter_map(|s| few.coordinates.iter().find(|t| t.coordinate == s.coordinate).map(|t| (s, t))) {
        let (x, y) = (a.meeting.mean.unwrap(), b.meeting.mean.unwrap());
        assert!((x.value - y.value).abs() < 5.0 * x.std_error.hypot(y.std_error), "{:?}: {x:?} {y:?}", a.coordinate);
    }
}

#[test]
fn threads_change_no_bit() {
    let m = &*FLAGSHIP;
    for when in ["default(oracle) and not default(openai)", "loss(system) > 30000"] {
        let run = Run::new(2_560, 4);
        assert_eq!(of(m, when, &run, 1), of(m, when, &run, 2));
        assert_eq!(of(m, when, &Run { sampling: Sampling::Importance, ..run.clone() }, 1).probability, of(m, when, &run, 2).probability);
    }
}

fn told(r: &Reversal) -> String {
    let summary = report::reverse::summary(r, "bubblerisk explain x.toml --path");
    for csv in [tables::coordinates_csv(r), tables::reverse_paths_csv(r), tables::first_failures_csv(r)] {
        assert!(!csv.contains("NaN") && !csv.contains("inf"), "{csv}");
        let wide = |line: &str| line.matches(',').count();
        assert!(csv.lines().all(|line| wide(line) == wide(csv.lines().next().unwrap())));
    }
    if let Some(picture) = charts::reversal(r, "footer") {
        assert_eq!(picture.clashes(), Vec::<String>::new());
        assert!(!picture.data_csv.contains("NaN"));
    }
    assert!(!summary.contains("NaN"), "{summary}");
    summary
}

#[test]
fn never_always_and_now_and_then() {
    let m = &*FLAGSHIP;
    let run = Run::new(2_560, 1);
    let never = of(m, "defaults > 13", &run, 2);
    assert_eq!((never.meeting, never.probability.value, never.coordinates.len()), (0, 0.0, 0));
    // The plain paths bound it best: 3.69 of 2,560.
    assert!((never.probability.high - 3.69 / 2_560.0).abs() < 1e-5 && never.plain_meeting == Some(0));
    assert!(told(&never).contains("upper bound") && never.most_likely.is_none());
    let always = of(m, "defaults >= 0", &run, 2);
    assert_eq!((always.meeting, always.probability.value, always.no_form), (2_560, 1.0, Some(NoFit::OneAnswer)));
    assert!(told(&always).contains("nothing has to happen"));
    for when in [
        "default(oracle)",
        "not default(any)",
        "unpaid(openai) > 20 by 2027Q4",
        "revenue_gap(openai) > 30% or defaults >= 5",
        "loss(oracle) < -300",
    ] {
        let r = of(m, when, &run, 2);
        let text = told(&r);
        assert!(text.contains("(W0, the full model)") && text.contains("--path"), "{text}");
        assert!(r.coordinates.windows(2).all(|w| w[0].ranks.0 <= w[1].ranks.0));
        serde_json::to_string(&r).unwrap();
    }
}

#[test]
fn without_randomness_there_is_nothing_to_search() {
    let m = model(vec![firm("firm", vec![1.0], 1.0, 10.0)]);
    let condition = parse("default(firm)", &m).unwrap();
    let refused = reverse(&Engine::new(&m, Isa::detect()).unwrap(), &condition, &Run::new(64, 1), 1, &|_| ());
    assert!(refused.unwrap_err().to_string().contains("nothing is random"));
}

#[test]
fn the_command_writes_what_it_says() {
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reverse");
    let run = |when: &str, more: &[&str]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bubblerisk"));
        command.arg("reverse").arg(file()).args(["--when", when, "--paths", "2560", "--output"]).arg(&output).args(more);
        command.output().expect("the program starts")
    };
    let done = run("default(oracle)", &["--json"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let json: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert!(json["reversal"]["probability"]["value"].as_f64().unwrap() > 0.05 && json["sections"].as_array().unwrap().len() == 5);
    for name in ["coordinates.csv", "paths.csv", "first-failures.csv", "reverse.json", "reverse.svg", "reverse.png", "reverse.csv"] {
        assert!(output.join("amazon-openai/reverse").join(name).exists(), "{name}");
    }
    assert_eq!(run("default(oracle", &[]).status.code(), Some(2));
    assert_eq!(run("defaults > 13", &["--quiet"]).status.code(), Some(0));
}
