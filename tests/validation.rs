//! Every case of `bubblerisk validate` passes, and none is missing.

use bubblerisk::error::Result;
use bubblerisk::validation::{self, Check};

/// Prints every check and names those that failed.
#[track_caller]
fn all_pass(checks: Result<Vec<Check>>) -> Vec<Check> {
    let checks = checks.expect("the cases run");
    let line = |c: &Check| {
        let Check { case, part, values, expected, got, error, tolerance, .. } = c;
        format!("{case:28} {part:66} {values:5} expected {expected:<22} got {got:<22} error {error:8.2e} of {tolerance:8.2e}")
    };
    checks.iter().for_each(|c| println!("{}", line(c)));
    let failed: Vec<String> = checks.iter().filter(|c| !c.passed).map(line).collect();
    assert!(!checks.is_empty() && failed.is_empty(), "checks that failed:\n{}", failed.join("\n"));
    checks
}

#[test]
fn published_cases() {
    all_pass(validation::published());
}

#[test]
fn monte_carlo_cases() {
    let checks = all_pass(validation::monte_carlo());
    for id in ["suzuki_two_firm_pricing_rho0", "vasicek_one_factor", "mc_en_n20", "var_es_closed_forms", "copula_dependence"] {
        assert!(checks.iter().any(|c| c.case == id), "{id} is missing");
    }
}

#[test]
fn golden_cases() {
    all_pass(validation::golden());
}

#[test]
fn closed_forms() {
    all_pass(validation::closed_forms());
}

#[test]
fn no_golden_case_and_no_closed_form_is_missing() {
    let mut checks = validation::golden().expect("the cases run");
    checks.extend(validation::closed_forms().expect("the cases run"));
    let is_of = |case: &str, id: &str| case.strip_prefix(id).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    let ids = (1..=4).map(|k| format!("G{k}")).chain((1..=17).map(|k| format!("C{k}")));
    for id in ids {
        let is_there = checks.iter().any(|c| is_of(&c.case, &id));
        assert_eq!(is_there, !validation::NOT_YET.iter().any(|(name, _)| *name == id), "{id}");
    }
    for id in ["C1a", "C1b", "C1c", "C1d", "C3a", "C3b,c", "C3d", "C4a", "C4b", "C4b'", "C4c", "C6b"] {
        assert!(checks.iter().any(|c| c.case == id), "{id} is missing");
    }
}
