//! Answers that lie beside a run: `charts` draws them again, `report` shows those of its scenario and tells the others. Not what they say.

#[path = "common/program.rs"]
mod program;

use program::{call, folder, json, read};
use std::path::{Path, PathBuf};

/// Few enough to be quick, enough for every table to have rows.
const PATHS: &str = "256";

/// A question of each kind, with as little effort as it takes.
const QUESTIONS: [&[&str]; 7] = [
    &["sensitivity", "my.toml", "--paths", "512", "--trajectories", "4", "--rows", "16", "--draws", "32"],
    &["attribute", "my.toml", "--paths", "256"],
    &["attribute", "my.toml", "--deals", "--permutations", "8"],
    &["compare", "my.toml", "--without", "cloud-lab", "--paths", "256"],
    &["compare", "my.toml", "--vary", "cloud-lab=0.5:1.5:3", "--paths", "256", "--measure", "defaults"],
    &["reverse", "my.toml", "--when", "loss(system) > 2000", "--paths", "4096", "--seed", "3"],
    &["inspect", "my.toml"],
];

/// The pictures below a folder with their bytes.
fn pictures(folder: &Path) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    for path in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if path.is_dir() {
            found.extend(pictures(&path));
        } else if path.extension().is_some_and(|e| e == "svg" || e == "png") {
            found.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    found
}

/// A folder with a run of the starter and an answer of each kind beside it.
fn asked(name: &str) -> PathBuf {
    let folder = folder(name);
    for words in [&[&["run", "my.toml", "--paths", PATHS][..]][..], &QUESTIONS].concat() {
        let left = call(&folder, words);
        assert_eq!(left.code, 0, "{words:?}: {}", left.err);
    }
    folder
}

#[test]
fn pictures_of_answers_beside_a_run_are_drawn_again() {
    let folder = asked("drawn-again");
    let run = folder.join("output/starter");
    let before = pictures(&run);
    before.keys().for_each(|path| std::fs::remove_file(path).unwrap());
    let listed = call(&folder, &["charts", "output/starter"]).out;
    assert!(pictures(&run) == before, "not the same pictures as their commands drew");
    let drawn = json(&call(&folder, &["charts", "output/starter", "--json"]).out);
    let of: Vec<&str> = drawn["charts"].as_array().unwrap().iter().map(|c| c["of"].as_str().unwrap()).collect();
    for (command, file) in [
        ("sensitivity", "sensitivity/tornado.svg"),
        ("attribute", "attribute/channels.svg"),
        ("attribute --deals", "attribute/deals-shapley.svg"),
        ("compare", "compare/variants.svg"),
        ("compare --vary", "compare/sweep-lines.svg"),
        ("reverse", "reverse/reverse.svg"),
        ("inspect", "inspect/charts/loops.svg"),
    ] {
        assert!(of.contains(&command) && listed.contains(&format!("output/starter/{file} ({command})")), "{command}: {of:?}\n{listed}");
        assert!(before.contains_key(&run.join(file)), "{file}");
    }
}

#[test]
fn answers_beside_a_run_are_shown_if_they_are_of_its_scenario() {
    let folder = asked("beside");
    let run = folder.join("output/starter");
    let page = || {
        assert_eq!(call(&folder, &["report", "output/starter"]).code, 0);
        read(&run.join("report.html")).replace("&#x2f;", "/")
    };
    let shown = page();
    let ids = [
        "sensitivity-",
        "attribute-channels",
        "attribute-deals-",
        "compare-variant",
        "compare-vary-sweep",
        "reverse-answer",
        "inspect-loops",
    ];
    ids.iter().for_each(|id| assert!(shown.contains(&format!("<section id=\"{id}")), "no {id}"));
    assert!(shown.contains("id=\"chart-attribute-channels\"") && shown.contains("bubblerisk explain my.toml --seed 3 --path"));
    assert!(!shown.contains("is not shown"));
    let hash = json(&read(&run.join("results.json")))["scenario"]["hash"].as_str().unwrap().to_string();
    assert_eq!(json(&read(&run.join("compare/compare.json")))["scenario_sha256"], hash);
    let rename = |file: &str, from: &str, to: &str| {
        let path = run.join(file);
        std::fs::write(&path, read(&path).replace(from, to)).unwrap();
    };
    rename("compare/compare.json", &hash, "another");
    rename("reverse/reverse.json", "scenario_sha256", "of_old");
    rename("inspect/inspect.json", "\"books\"", "\"other_books\"");
    // A change of the scenario makes another one.
    assert_eq!(call(&folder, &["attribute", "my.toml", "--paths", "256", "--set", "firm.lab.cash_usd_bn=31"]).code, 0);
    let left = page();
    for line in [
        "compare/compare.json is an answer of bubblerisk compare of another scenario than this run: it is not shown.",
        "attribute/attribute.json is an answer of bubblerisk attribute of another scenario than this run: it is not shown.",
        "reverse/reverse.json is an answer of bubblerisk reverse and does not say of which scenario: it is not shown.",
        "inspect/inspect.json was written by another version of bubblerisk inspect: it is not shown.",
    ] {
        assert!(left.contains(line), "no \"{line}\"");
    }
    for id in ["compare-variant", "attribute-channels", "reverse-answer", "inspect-loops"] {
        assert!(!left.contains(&format!("<section id=\"{id}")), "{id}");
    }
    assert!(left.contains("<section id=\"compare-vary-sweep") && left.contains("<section id=\"attribute-deals-"));
    let drawn = json(&call(&folder, &["charts", "output/starter", "--json"]).out);
    assert_eq!(drawn["not_drawn"].as_array().unwrap().len(), 4);
}
