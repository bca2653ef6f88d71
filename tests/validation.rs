//! Every case of `bubblerisk validate` passes, and none is missing.

use bubblerisk::error::Result;
use bubblerisk::validation::{self, Check, Report};
use std::path::{Path, PathBuf};

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
    let ids = (1..=4).map(|k| format!("G{k}")).chain((1..=18).map(|k| format!("C{k}")));
    for id in ids {
        assert!(checks.iter().any(|c| is_of(&c.case, &id)), "{id} is missing");
    }
    for id in ["C1a", "C1b", "C1c", "C1d", "C3a", "C3b,c", "C3d", "C4a", "C4b", "C4b'", "C4c", "C6b"] {
        assert!(checks.iter().any(|c| c.case == id), "{id} is missing");
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// docs/validation.md and its charts are what `bubblerisk validate` writes. `BUBBLERISK_BLESS=1` rewrites them.
#[test]
fn the_page_is_fresh_and_what_must_agree_does() {
    let report = Report::run(&root().join("scenarios")).expect("the validation runs");
    assert!(report.passed());
    let mut files = vec![("docs/validation.md".to_string(), validation::page(&report).into_bytes())];
    for picture in report.pictures() {
        assert_eq!(picture.clashes(), Vec::<String>::new(), "{}", picture.name);
        files.push((format!("docs/validation/{}.svg", picture.name), picture.svg().into_bytes()));
        files.push((format!("docs/validation/{}.csv", picture.name), picture.data_csv.clone().into_bytes()));
    }
    assert_eq!(files.len(), 5);
    for (name, expected) in files {
        let path = root().join(&name);
        if std::env::var_os("BUBBLERISK_BLESS").is_some() {
            std::fs::write(&path, &expected).expect("the page can be written");
        }
        let found = std::fs::read(&path).unwrap_or_default();
        assert!(found == expected, "{name} is out of date: run bubblerisk validate");
    }
}

/// The bands of the telecom replay were set first and say what they say: a changed band would make a hit of a miss.
#[test]
fn the_acceptance_bands_have_not_moved() {
    use sha2::{Digest, Sha256};
    let hash = |name: &str| -> String {
        let bytes = std::fs::read(Path::new(&root()).join("tests/reference").join(name)).expect("the bands are there");
        Sha256::digest(bytes).iter().take(8).map(|b| format!("{b:02x}")).collect()
    };
    assert_eq!([hash("telecom-2000-bands.csv"), hash("stress-bands.csv")], ["bff2cb7ae93fda02", "607c55d7bf86356d"]);
}
