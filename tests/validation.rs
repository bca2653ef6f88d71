//! Every case of `bubblerisk validate` passes.

use bubblerisk::validation;

#[test]
fn published_cases() {
    let checks = validation::published().expect("the cases run");
    for c in &checks {
        println!(
            "{:40} {:28} {:5} {:20} {:20} {:9.2e} {:9.2e} {}",
            c.case, c.part, c.values, c.expected, c.got, c.error, c.tolerance, c.passed
        );
    }
    assert!(checks.iter().all(|c| c.passed));
}
