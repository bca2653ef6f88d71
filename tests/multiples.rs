//! `{ times = 1.5 }`: what is written, drawn or taken as a default is multiplied, in a file as on the command line; deals have a size; what cannot be multiplied is
//! refused.

use bubblerisk::model::{Distribution, Model, Slot};
use bubblerisk::scenario::{self, Checked, Override};
use std::path::{Path, PathBuf};

fn flagship() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml")
}

fn changes(list: &[(&str, &str)]) -> Vec<Override> {
    list.iter().map(|(path, value)| Override { path: path.to_string(), value: value.to_string() }).collect()
}

fn checked(list: &[(&str, &str)]) -> Checked {
    scenario::check_with(&flagship(), &changes(list), &[])
}

fn changed(list: &[(&str, &str)]) -> Model {
    let found = checked(list);
    found.loaded.unwrap_or_else(|| panic!("{:?}", found.problems)).model
}

/// Every uncertain number of a model, by name.
fn drawn(m: &Model, name: &str) -> (u64, Distribution, Slot) {
    let u = m.uncertain.iter().find(|u| u.name == name).unwrap_or_else(|| panic!("{name} is not drawn"));
    (u.key, u.distribution, u.slot)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * b.abs().max(1.0)
}

#[test]
fn once_is_as_written() {
    let all = [
        ("firm.*.plan_realism", "{ times = 1 }"),
        ("firm.*.equity_capacity_per_quarter", "{ times = 1 }"),
        ("shocks.boom_to_bust_per_quarter", "{ times = 1.0 }"),
        ("deal.*.take_or_pay", "{ times = 1 }"),
        ("deal.*", "{ times = 1 }"),
        ("stake.*", "{ times = 1 }"),
        ("warrant.*", "{ times = 1 }"),
        ("backstop.*", "{ times = 1 }"),
        ("rules.recapture", "{ times = 1 }"),
    ];
    let mut once = changed(&all);
    let written = changed(&[]);
    // A schedule scaled by a default of 1 is written down as such; nothing else may differ.
    once.name.clone_from(&written.name);
    assert_eq!(once, written);
}

#[test]
fn a_number_a_default_and_a_distribution_are_multiplied() {
    let written = changed(&[]);
    let at = |m: &Model, id: &str| m.firms.iter().position(|f| f.id == id).unwrap();
    let m = changed(&[
        ("firm.oracle.cash_usd_bn", "{ times = 0.5 }"),
        ("firm.oracle.value_elasticity", "{ times = 2 }"),
        ("firm.oracle.sentiment_beta", "{ times = 3 }"),
        ("firm.openai.plan_realism", "{ times = 0.8 }"),
    ]);
    let (now, before) = (&m.firms[at(&m, "oracle")].numbers, &written.firms[at(&written, "oracle")].numbers);
    assert_eq!(now.cash_usd_bn, 0.5 * before.cash_usd_bn);
    assert_eq!((now.value_elasticity, now.sentiment_beta), (2.0 * before.value_elasticity, 3.0 * before.sentiment_beta));
    let (key, distribution, slot) = drawn(&m, "firm.openai.plan_realism");
    let (same_key, whole, same_slot) = drawn(&written, "firm.openai.plan_realism");
    let Distribution::Triangular { low, mode, high } = whole else { panic!("{whole:?}") };
    assert_eq!(distribution, Distribution::Triangular { low: 0.8 * low, mode: 0.8 * mode, high: 0.8 * high });
    assert_eq!((key, slot), (same_key, same_slot), "the draw is the same");
    assert_eq!(m.firms[at(&m, "openai")].numbers.plan_realism, 0.8 * mode);
}

#[test]
fn a_deal_has_a_size_drawn_or_not() {
    let written = changed(&[]);
    let m = changed(&[
        ("deal.nvidia-anthropic", "{ times = 2 }"),
        ("deal.openai-oracle", "{ times = 0.5 }"),
        ("deal.nvidia-openai-loi", "{ times = 3 }"),
    ]);
    for (now, before) in m.tranches.iter().zip(&written.tranches) {
        let factor = match before.id.as_str() {
            id if id.starts_with("nvidia-anthropic.") => 2.0,
            id if id.starts_with("nvidia-openai-loi.") => 3.0,
            _ => 1.0,
        };
        assert_eq!(now.numbers.amount_usd_bn, factor * before.numbers.amount_usd_bn, "{}", before.id);
    }
    // What is drawn is twice as large, not its centre alone.
    let (_, twice, _) = drawn(&m, "investment.nvidia-anthropic.amount_usd_bn");
    assert_eq!(twice, Distribution::Triangular { low: 8.0, mode: 20.0, high: 20.0 });
    let dollars = |m: &Model, id: &str| {
        let p = m.purchases.iter().find(|p| p.id == id).unwrap();
        p.numbers.scale * p.schedule_usd_bn.iter().sum::<f64>()
    };
    assert!(close(dollars(&m, "openai-oracle"), 0.5 * dollars(&written, "openai-oracle")));
    // What Oracle buys to deliver it is halved with it.
    assert!(close(dollars(&m, "oracle-chips"), 0.5 * dollars(&written, "oracle-chips")));
    let chips = changed(&[("deal.oracle-chips", "{ times = 2 }")]);
    assert!(close(dollars(&chips, "oracle-chips"), 2.0 * dollars(&written, "oracle-chips")));
    assert!(close(dollars(&chips, "openai-oracle"), dollars(&written, "openai-oracle")));
}

#[test]
fn factors_multiply_and_zero_is_nothing() {
    let m = changed(&[("firm.*.cash_usd_bn", "{ times = 0.5 }"), ("firm.oracle.cash_usd_bn", "{ times = 3 }")]);
    let written = changed(&[]);
    for (now, before) in m.firms.iter().zip(&written.firms) {
        let factor = if before.id == "oracle" { 1.5 } else { 0.5 };
        assert_eq!(now.numbers.cash_usd_bn, factor * before.numbers.cash_usd_bn, "{}", before.id);
    }
    let none = changed(&[("deal.nvidia-anthropic", "{ times = 0 }")]);
    assert!(none.tranches.iter().filter(|t| t.id.starts_with("nvidia-anthropic.")).all(|t| t.numbers.amount_usd_bn == 0.0));
    assert!(!none.uncertain.iter().any(|u| u.name.starts_with("investment.nvidia-anthropic.amount")), "nothing is left to draw");
}

#[test]
fn what_leaves_its_range_is_cut_off_there_and_said() {
    let found = checked(&[("purchase.openai-oracle.take_or_pay", "{ times = 1.5 }")]);
    let said: Vec<_> = found.problems.iter().filter(|p| p.found.contains("take_or_pay")).collect();
    assert!(said.iter().any(|p| p.found.contains("times 1.5 reaches") && p.hint == "it is cut off at 1"), "{said:?}");
    let m = found.loaded.unwrap().model;
    let (_, d, _) = drawn(&m, "purchase.openai-oracle.take_or_pay");
    let Distribution::Triangular { low, mode, high } = d else { panic!("{d:?}") };
    assert!(low < mode && mode <= high && high == 1.0);
}

#[test]
fn a_file_says_the_same_as_the_command_line() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("multiples");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("variant.toml");
    let text = format!(
        "[scenario]\nextends = {:?}\nname = \"amazon-openai\"\n\n[scenario.set]\n\"deal.openai-aws\" = {{ times = 2 }}\n\"deal.*.take_or_pay\" = {{ times = 0.7 }}\nshocks.boom_to_bust_per_quarter = {{ times = 1.5 }}\n",
        flagship()
    );
    std::fs::write(&file, text).unwrap();
    let mut of_file = scenario::load(&file).unwrap().model;
    let of_line = changed(&[
        ("deal.openai-aws", "{ times = 2 }"),
        ("deal.*.take_or_pay", "{ times = 0.7 }"),
        ("shocks.boom_to_bust_per_quarter", "{ times = 1.5 }"),
    ]);
    of_file.title.clone_from(&of_line.title);
    assert_eq!(of_file, of_line);
}

#[test]
fn what_cannot_be_multiplied_is_refused() {
    let refused = |path: &str, value: &str, expected: &str| {
        let found = checked(&[(path, value)]);
        assert!(found.loaded.is_none(), "{path} = {value} is accepted");
        let said: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|s| s.contains(expected)), "{path} = {value}: {said:#?}");
    };
    refused("firm.oracle.cash_usd_bn", "{ times = -1 }", "a factor of 0 or more");
    refused("firm.oracle.cash_usd_bn", "{ times = \"two\" }", "a plain number");
    refused("firm.oracle.cash_usd_bn", "{ times = 2, low = 1 }", "low");
    refused("deal.openai-orcale", "{ times = 2 }", "did you mean `openai-oracle`?");
    refused("deal.openai-oracle.stagee", "3", "deal `openai-oracle` has no key `stagee`");
    refused("deal.openai-oracle", "{ stage = \"talks\" }", "deal.x = { times = 2 }");
    refused("firm.oracle.name", "{ times = 2 }", "`name` of firm `oracle` is a table");
    refused("purchase.openai-oracle", "3", "names no key");
}
