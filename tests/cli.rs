//! The program as a user meets it: commands, exit codes, messages, files, pipes. Not the numbers.

#[path = "common/program.rs"]
mod program;

use program::{call, folder, json, read};
use serde_json::Value;

/// Few enough to be quick, enough for every table to have rows.
const PATHS: &str = "256";

const BAD: &str = r#"[scenario]
name = "bad"
as_of = "2025-13-45"
horizon_quarters = 12

[[firm]]
id = "lab"
kind = "labb"
cash_usd_bn = -3
market_value_usd_bn = nan
"#;

#[test]
fn check_shows_every_problem_where_it_is() {
    let folder = folder("bad");
    std::fs::write(folder.join("bad.toml"), BAD).unwrap();
    let left = call(&folder, &["check", "bad.toml"]);
    assert_eq!((left.code, left.out.as_str()), (2, ""));
    for needed in [
        "--> bad.toml:3:9",
        "^^^^^^^^^^^^ expected",
        "--> bad.toml:8:8",
        "did you mean `lab`?",
        "--> bad.toml:9:15",
        "--> bad.toml:10:23",
        "4 errors and 1 warning",
    ] {
        assert!(left.err.contains(needed), "no \"{needed}\" in\n{}", left.err);
    }
    let left = call(&folder, &["check", "bad.toml", "--json"]);
    let document = json(&left.out);
    assert_eq!(left.code, 2);
    assert_eq!((document["usable"].as_bool(), document["problems"].as_array().unwrap().len()), (Some(false), 5));
    assert_eq!(document["problems"][0]["line"], 3);
    assert_eq!(call(&folder, &["run", "bad.toml"]).code, 2);
    assert!(!folder.join("output").exists());
}

#[test]
fn check_accepts_the_starter_and_says_what_it_is() {
    let folder = folder("good");
    let left = call(&folder, &["check", "my.toml"]);
    assert_eq!(left.code, 0, "{}", left.err);
    assert!(left.out.contains("3 firms") && left.out.contains("can be paid for"), "{}", left.out);
    assert_eq!(call(&folder, &["check", "my.toml", "--quiet"]).out, "");
    assert_eq!(json(&call(&folder, &["check", "my.toml", "--json"]).out)["usable"], true);
    assert_eq!(call(&folder, &["check", "missing.toml"]).code, 2);
}

#[test]
fn check_names_the_deals_that_the_plan_leaves_out() {
    let folder = folder("unsigned");
    assert_eq!(call(&folder, &["new", "--deal", "deal.toml"]).code, 0);
    assert!(!call(&folder, &["check", "deal.toml"]).out.contains("Not signed"));
    let text = read(&folder.join("deal.toml")).replace("stage = \"signed\"", "stage = \"loi\"");
    std::fs::write(folder.join("deal.toml"), text.replace("seller = \"cloud\"", "seller = \"cloud\"\nstage = \"talks\"")).unwrap();
    let flat = call(&folder, &["check", "deal.toml"]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = "Not signed, and so not in this plan; amounts within the horizon: purchase lab-cloud ($40 bn, talks) and investment cloud-lab ($10 bn, letter of intent).";
    assert!(flat.ends_with(line), "{flat}");
}

#[test]
fn a_plan_that_cannot_be_paid_for_is_a_result() {
    let folder = folder("gap");
    let change = ["--set", "firm.lab.cash_usd_bn=0", "--set", "firm.lab.fixed_cost_usd_bn=30"];
    for command in ["check", "run"] {
        let left = call(&folder, &[&[command, "my.toml"], &change[..]].concat());
        assert_eq!((left.code, left.out.as_str()), (1, ""));
        assert!(left.err.contains("plan not financeable: lab needs ") && left.err.contains(" bn more in 2026Q1"), "{}", left.err);
        assert_eq!(left.err.matches("lab needs").count(), 1, "gaps are not grouped by firm");
    }
    assert!(!folder.join("output").exists());
    let document = json(&call(&folder, &[&["check", "my.toml", "--json"], &change[..]].concat()).out);
    assert_eq!((document["plan_gaps"][0]["firm"].as_str(), document["plan_gaps"][0]["label"].as_str()), (Some("lab"), Some("2026Q1")));
}

#[test]
fn new_writes_but_over_nothing() {
    let folder = folder("new");
    let before = read(&folder.join("my.toml"));
    let left = call(&folder, &["new", "my.toml"]);
    assert_eq!(left.code, 2);
    assert!(left.err.contains("exists already"), "{}", left.err);
    assert_eq!(call(&folder, &["new"]).out, before);
    assert_eq!(call(&folder, &["new", "no/such/folder.toml"]).code, 2);
}

#[test]
fn a_run_leaves_every_file_and_can_be_drawn_again() {
    let folder = folder("run");
    let left = call(&folder, &["run", "my.toml", "--paths", PATHS]);
    assert_eq!(left.code, 0, "{}", left.err);
    assert_eq!(left.err, "", "nothing is said on standard error where it is no terminal");
    assert!(left.out.contains("nothing here is advice") && left.out.contains("output/starter/report.html"), "{}", left.out);
    let run = folder.join("output/starter");
    for file in ["manifest.json", "results.json", "summary.csv", "firms.csv", "exceedance.csv", "quarters.csv", "defaults.csv", "joint.csv"]
    {
        assert!(run.join(file).is_file(), "no {file}");
    }
    for file in [
        "amplification.csv",
        "contracts.csv",
        "plan.csv",
        "flows.csv",
        "contagion.csv",
        "evidence.csv",
        "report.html",
        "charts/ring.svg",
        "charts/ring.png",
    ] {
        assert!(run.join(file).is_file(), "no {file}");
    }
    let report = read(&run.join("report.html"));
    std::fs::remove_file(run.join("report.html")).unwrap();
    std::fs::remove_dir_all(run.join("charts")).unwrap();
    let again = call(&folder, &["report", "output/starter"]);
    assert_eq!((again.code, again.out.as_str()), (0, left.out.as_str()), "{}", again.err);
    assert_eq!(read(&run.join("report.html")), report);
    assert_eq!(call(&folder, &["charts", "output/starter"]).code, 0);
    assert!(run.join("charts/ring.svg").is_file());
    assert!(!json(&call(&folder, &["charts", "output/starter", "--json"]).out)["charts"].as_array().unwrap().is_empty());
    assert_eq!(call(&folder, &["charts", "output"]).code, 2);
    assert_eq!(call(&folder, &["report", "nowhere"]).code, 2);
}

#[test]
fn the_command_of_the_manifest_gives_the_same_numbers_on_any_number_of_threads() {
    let folder = folder("again");
    let first = call(
        &folder,
        &[
            "run",
            "my.toml",
            "--paths",
            "300",
            "--seed",
            "9",
            "--least",
            "--without",
            "cloud-lab",
            "--set",
            "firm.lab.name='a b'",
            "--threads",
            "1",
            "-q",
        ],
    );
    assert_eq!((first.code, first.out.as_str(), first.err.as_str()), (0, "", ""));
    let run = folder.join("output/starter");
    let (manifest, tables) = (json(&read(&run.join("manifest.json"))), read(&run.join("results.json")));
    let command = manifest["run"]["command"].as_str().unwrap();
    let program = assert_cmd::cargo::cargo_bin!("bubblerisk").display().to_string();
    let line = command.replacen("bubblerisk", &format!("'{program}'"), 1) + " --threads 2 --output elsewhere --quiet";
    let output = std::process::Command::new("sh").arg("-c").arg(&line).current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(read(&folder.join("elsewhere/starter/results.json")) == tables, "{line} gave other numbers");
    assert!(tables.contains("W0Least"));
}

#[test]
fn json_is_one_document() {
    let folder = folder("json");
    let left = call(&folder, &["run", "my.toml", "--paths", PATHS, "--json"]);
    assert_eq!((left.code, left.err.as_str()), (0, ""));
    let document = json(&left.out);
    assert_eq!(document["run"]["paths"], 256);
    assert_eq!(document["folder"], "output/starter");
    assert_eq!(json(&call(&folder, &["report", "output/starter", "--json"]).out), document);
    assert!(json(&call(&folder, &["schema"]).out)["properties"].is_object());
}

#[test]
fn a_path_can_be_explained() {
    let folder = folder("explain");
    let left = call(&folder, &["explain", "my.toml", "--worst", "1", "--paths", PATHS, "--json"]);
    assert_eq!(left.code, 0, "{}", left.err);
    let worst = json(&left.out);
    assert_eq!(worst["balances"], true);
    let path = worst["path"].as_u64().unwrap().to_string();
    let table = read(&folder.join(format!("output/starter/explain-path-{path}.csv")));
    assert!(table.starts_with("quarter,label,from,to,usd_bn,row,contract\n"));
    let matrix = read(&folder.join(format!("output/starter/explain-path-{path}-matrix.csv")));
    assert_eq!(matrix.lines().count(), 1 + 12 * 16);
    assert_eq!(json(&call(&folder, &["explain", "my.toml", "--path", &path, "--json"]).out), worst);
    let second = json(&call(&folder, &["explain", "my.toml", "--worst", "2", "--paths", PATHS, "--json"]).out);
    let loss = |d: &Value| d["system_losses_usd_bn"]["net_loss"].as_f64().unwrap();
    assert!(loss(&second) <= loss(&worst));
    assert!(call(&folder, &["explain", "my.toml", "--path", "3", "--world", "w2"]).out.contains("world W2"));
    for wrong in [
        &["explain", "my.toml"][..],
        &["explain", "my.toml", "--path", "1", "--worst", "1"],
        &["explain", "my.toml", "--worst", "0"],
        &["explain", "my.toml", "--path", "99999999999"],
    ] {
        assert_eq!(call(&folder, wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn wrong_usage_ends_with_two_and_says_why() {
    let folder = folder("usage");
    for (args, needed) in [
        (&["run", "my.toml", "--paths", "0"][..], "whole number from 1"),
        (&["run", "my.toml", "--set", "nothing"], "PATH=VALUE"),
        (&["run"], "SCENARIO"),
        (&["fly"], "unrecognized subcommand"),
        (&[], "Usage"),
        (&["run", "my.toml", "--without", "chips-labb"], "did you mean"),
        (&["run", "my.toml", "--set", "firm.labb.cash_usd_bn=3"], "--set:1:"),
    ] {
        let left = call(&folder, args);
        assert_eq!((left.code, left.out.as_str()), (2, ""), "{args:?}");
        assert!(left.err.contains(needed), "{args:?}: no \"{needed}\" in\n{}", left.err);
    }
}

#[test]
fn an_output_folder_that_cannot_be_written_is_found_before_the_work() {
    let folder = folder("unwritable");
    std::fs::write(folder.join("file"), "not a folder").unwrap();
    let left = call(&folder, &["run", "my.toml", "--output", "file/below", "--paths", "900000000"]);
    assert_eq!(left.code, 2);
    assert!(left.err.contains("file/below/starter"), "{}", left.err);
}

#[test]
fn a_closed_pipe_is_no_accident() {
    let folder = folder("pipe");
    for args in [&["schema"][..], &["new"], &["completions", "bash"], &["run", "my.toml", "--paths", "64", "--json"]] {
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("bubblerisk"))
            .args(args)
            .current_dir(&folder)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn help_names_what_there_is_and_nothing_else() {
    let folder = folder("help");
    let help = call(&folder, &["--help"]);
    assert_eq!(help.code, 0);
    for command in ["run", "check", "explain", "charts", "report", "schema", "new", "completions"] {
        assert!(help.out.contains(&format!("\n  {command} ")), "no {command} in\n{}", help.out);
        assert_eq!(call(&folder, &[command, "--help"]).code, 0, "{command}");
    }
    assert_eq!(call(&folder, &["--version"]).out, format!("bubblerisk {}\n", env!("CARGO_PKG_VERSION")));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(call(&folder, &["completions", shell]).out.contains("explain"), "{shell}");
    }
}

/// Path, weight, bust and losses in three worlds.
type PathRow = (u64, f64, bool, f64, f64, f64);

#[test]
fn each_path_is_written_on_request_and_its_mean_is_the_mean_of_the_summary() {
    let folder = folder("paths");
    let run = folder.join("output/starter");
    for (paths, sampling) in [(PATHS, "plain"), ("2_048", "stratified"), ("2_048", "importance")] {
        assert_eq!(call(&folder, &["run", "my.toml", "--paths", paths, "--sampling", sampling, "--each-path", "--quiet"]).code, 0);
        let mut table = csv::Reader::from_path(run.join("paths.csv")).unwrap();
        let rows: Vec<PathRow> = table.deserialize().map(Result::unwrap).collect();
        assert_eq!(rows.len().to_string(), paths.replace('_', ""));
        assert!(sampling != "plain" || rows.iter().enumerate().all(|(k, row)| k as u64 == row.0 && row.1 == 1.0 / rows.len() as f64));
        assert!((rows.iter().map(|row| row.1).sum::<f64>() - 1.0).abs() < 1e-9);
        let results = json(&read(&run.join("results.json")));
        assert_eq!(results["run"]["sampling"], sampling);
        assert_eq!(rows.iter().filter(|row| row.2).count() as u64, results["run"]["bust_paths"].as_u64().unwrap());
        let mean = |of: fn(&PathRow) -> f64| rows.iter().map(|row| row.1 * of(row)).sum::<f64>();
        for (world, got) in [("W0", mean(|r| r.3)), ("W1", mean(|r| r.4)), ("W2", mean(|r| r.5))] {
            let is_it = |x: &&serde_json::Value| {
                x["world"] == world && x["metric"] == "net_loss" && x["given"] == "all" && x["panel"] == "base" && x["firm"].is_null()
            };
            let expected = results["losses"].as_array().unwrap().iter().find(is_it).unwrap()["mean"]["value"].as_f64().unwrap();
            assert!((got - expected).abs() <= 1e-6 * (1.0 + expected.abs()), "{sampling} {world}: {got} for {expected}");
        }
    }
    assert_eq!(call(&folder, &["run", "my.toml", "--paths", PATHS, "--quiet"]).code, 0);
    assert!(!run.join("paths.csv").exists(), "the paths of an earlier run would pass for those of this one");
}

#[test]
fn until_stops_when_the_interval_is_narrow_enough_and_says_so_if_it_is_not() {
    let folder = folder("until");
    let run = |args: &[&str]| {
        let all: Vec<&str> = ["run", "my.toml", "--json"].into_iter().chain(args.iter().copied()).collect();
        call(&folder, &all)
    };
    let met = run(&["--until", "mean < 20%"]);
    assert_eq!(met.code, 0, "{}", met.err);
    let document = json(&read(&folder.join("output/starter/results.json")));
    assert!(document["run"]["paths"].as_u64().unwrap() >= 8_192);
    let manifest = json(&read(&folder.join("output/starter/manifest.json")));
    assert!(manifest["run"]["command"].as_str().unwrap().contains("--until 'mean < 20%'"), "{manifest}");
    let missed = run(&["--until", "es99 < 0.001%", "--paths", "3000", "--sampling", "importance"]);
    assert_eq!(missed.code, 0, "{}", missed.err);
    assert!(read(&folder.join("output/starter/results.json")).contains("wider than was asked for"));
    let told = call(&folder, &["run", "my.toml", "--until", "mean < 20%", "--paths", "9000"]);
    assert!(told.err.contains("8,192 paths: mean "), "{}", told.err);
    let refused = run(&["--until", "es99"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("es99 < 1%"), "{}", refused.err);
}

/// A ring of five with debts to the outside: case en_ring5_leak_buffered, by hand.
const RING: &str = "from,to,amount\na,b,10\nb,c,10\nc,d,10\nd,e,10\ne,a,10\na,outside,6\nb,outside,1\nc,outside,1\nd,outside,1\ne,outside,1\n\
                    outside,b,3\noutside,c,3\noutside,d,3\noutside,e,3\n";

#[test]
fn clear_runs_every_model_on_an_edge_list() {
    let folder = folder("clear");
    std::fs::write(folder.join("ring.csv"), RING).unwrap();
    let left = call(&folder, &["clear", "eisenberg-noe", "--network", "ring.csv", "--outside", "senior", "--json"]);
    assert_eq!(left.code, 0, "{}", left.err);
    let answer = &json(&left.out)["answer"];
    assert_eq!((answer["unique"].as_bool(), answer["converged"].as_bool()), (Some(true), Some(true)));
    let paid: Vec<f64> = answer["rows"].as_array().unwrap().iter().map(|row| row[1][1].as_f64().unwrap()).collect();
    assert_eq!(paid, [4.0, 6.0, 8.0, 10.0, 10.0]);
    assert!(read(&folder.join("output/ring/clear-eisenberg-noe.csv")).starts_with("firm,owed,paid,"));
    let more = format!("{RING}outside,a,7\na,b,0.2,stake\nbonds,a,20,holding\nbonds,b,20,holding\nbonds,c,9,holding\nbonds,d,9,holding\nbonds,e,9,holding\n")
        .replacen("amount\n", "amount,kind\n", 1);
    std::fs::write(folder.join("all.csv"), more).unwrap();
    std::fs::write(folder.join("firms.csv"), "firm,units,volatility\na,10,0.2\nb,5,\n").unwrap();
    for model in [
        "rogers-veraart",
        "furfine",
        "debtrank",
        "debtrank-2012",
        "elliott-golub-jackson",
        "suzuki-fischer",
        "neva-merton",
        "neva-black-cox",
        "cifuentes-ferrucci-shin",
        "greenwood-landier-thesmar",
    ] {
        let shock = if model == "greenwood-landier-thesmar" { "bonds=5%" } else { "a=5%" };
        let left = call(&folder, &["clear", model, "--network", "all.csv", "--firms", "firms.csv", "--shock", shock]);
        assert_eq!(left.code, 0, "{model}: {}", left.err);
        assert!(left.out.contains("residual") && folder.join(format!("output/all/clear-{model}.csv")).is_file(), "{model}: {}", left.out);
    }
}

#[test]
fn clear_names_every_problem_of_its_files() {
    let folder = folder("clear-bad");
    let bad = "from,to,amount,kind\na,a,1,\na,b,-3,\na,b,x,\na,b,1,gift\na,outside,0.1,stake\n";
    std::fs::write(folder.join("bad.csv"), bad).unwrap();
    let left = call(&folder, &["clear", "furfine", "--network", "bad.csv"]);
    assert_eq!(left.code, 2);
    for text in ["bad.csv:2", "two different names", "bad.csv:3", "\"-3\"", "bad.csv:4", "bad.csv:5", "debt, stake or holding", "bad.csv:6"]
    {
        assert!(left.err.contains(text), "{text} is missing in {}", left.err);
    }
    std::fs::write(folder.join("ring.csv"), RING).unwrap();
    let left = call(&folder, &["clear", "debtrank", "--network", "ring.csv", "--shock", "z=10%"]);
    assert!(left.code == 2 && left.err.contains("(a, b, c, d, e)"), "{}", left.err);
    std::fs::write(folder.join("wrong.csv"), "from,amount\na,1\n").unwrap();
    let left = call(&folder, &["clear", "furfine", "--network", "wrong.csv"]);
    assert!(left.code == 2 && left.err.contains("no column \"to\""), "{}", left.err);
    assert_eq!(call(&folder, &["clear", "furfine", "--network", "none.csv"]).code, 2);
    let left = call(&folder, &["validate"]);
    assert!(left.code == 2 && left.err.contains("--scenarios"), "{}", left.err);
}

#[test]
fn inspect_says_what_is_known_before_any_simulation() {
    let folder = folder("inspect");
    let left = call(&folder, &["inspect", "my.toml", "--json"]);
    assert_eq!(left.code, 0, "{}", left.err);
    let found = json(&left.out);
    let name = found["scenario"]["name"].as_str().unwrap();
    let inside = folder.join("output").join(name).join("inspect");
    for file in ["roundtrip", "origins", "circle", "loops", "concentration", "coverage", "backing"] {
        assert!(read(&inside.join(format!("{file}.csv"))).lines().count() > 1, "{file}.csv has no row");
    }
    let view = &found["views"][0];
    let horizon = view["windows"].as_array().unwrap().last().unwrap();
    for origin in horizon["tracing"]["origin"].as_array().unwrap() {
        let sum: f64 = origin.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-9 || sum == 0.0);
    }
    assert!(!found["loops"].as_array().unwrap().is_empty());
    let text = call(&folder, &["inspect", "my.toml"]).out;
    for part in ["end-customer money", "Money is fungible", "Finn", "Along which loops", "Commitments against funds"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(text.lines().filter(|l| !l.starts_with("Files: ")).all(|l| l.trim_end().chars().count() <= 100));
    assert!(read(&inside.join("loops.csv")).starts_with("number,deals,class,firms"));
    for file in ["charts/loops.svg", "charts/loops.png", "charts/loops.csv"] {
        assert!(inside.join(file).is_file(), "{file} is missing");
    }
    assert_eq!(call(&folder, &["inspect", "my.toml", "--quiet"]).out, "");
}

#[test]
fn inspect_cuts_loops_and_deals_and_names_what_it_does_not_know() {
    let folder = folder("inspect-cut");
    let found = json(&call(&folder, &["inspect", "my.toml", "--json", "--cut", "1"]).out);
    let cut = &found["cuts"][0];
    assert!(!cut["contracts"].as_array().unwrap().is_empty());
    let loops = |view: &Value| view["loops"]["loops"].as_array().unwrap().len();
    assert!(loops(&cut["views"][0]) < loops(&found["views"][0]), "a loop that is cut is gone");
    let deal = cut["contracts"][0].as_str().unwrap();
    let by_deal = json(&call(&folder, &["inspect", "my.toml", "--json", "--cut", deal]).out);
    assert_eq!(by_deal["cuts"][0]["contracts"][0], cut["contracts"][0]);
    let firms: Vec<&str> =
        cut["firms"].as_array().unwrap().iter().map(|i| found["firms"][i.as_u64().unwrap() as usize]["id"].as_str().unwrap()).collect();
    let by_firms = json(&call(&folder, &["inspect", "my.toml", "--json", "--cut", &firms.join(">")]).out);
    assert_eq!(by_firms["cuts"][0]["contracts"], cut["contracts"]);
    let left = call(&folder, &["inspect", "my.toml", "--cut", "nonsense"]);
    assert_eq!(left.code, 2);
    for part in ["--cut nonsense", "no loop and no deal", "expected the number of a loop from 1 to"] {
        assert!(left.err.contains(part), "{part} is missing in {}", left.err);
    }
}

#[test]
fn several_sizes_act_together() {
    let here = folder("together");
    let both = ["compare", "my.toml", "--scale", "lab-cloud=0.9", "--scale", "cloud-chips=0.5", "--together", "--paths", PATHS, "--quiet"];
    let left = call(&here, &both);
    assert_eq!(left.code, 0, "{}", left.err);
    let plan = read(&here.join("output/starter/compare/plan.csv"));
    // The cloud sells 64 in the plan, the chip maker what the cloud buys: each change shows in the revenue of its seller.
    let change = |firm: &str| -> f64 {
        let line = plan.lines().find(|l| l.contains(&format!(",{firm},"))).unwrap_or_else(|| panic!("{firm} in {plan}"));
        line.rsplit(',').next().unwrap().parse().unwrap()
    };
    assert!((change("cloud") + 6.4).abs() < 1e-9, "{plan}");
    assert!(change("chips") < -1.0, "{plan}");
    assert_eq!(plan.lines().count(), 3, "one variant: {plan}");
}

#[test]
fn a_deal_goes_with_and_without_replacement() {
    let here = folder("replacement");
    let left = call(&here, &["compare", "my.toml", "--without", "chips-lab", "--no-replacement", "--paths", PATHS]);
    assert_eq!(left.code, 0, "{}", left.err);
    for words in [
        "Without chips-lab, replaced",
        "Without chips-lab, not replaced",
        "lab spends $10 bn less, pro rata",
        "outside capital may take its place",
    ] {
        assert!(left.out.replace('\n', " ").contains(words), "{words} in {}", left.out);
    }
    assert_eq!(call(&here, &["compare", "my.toml", "--scale", "lab-cloud=2", "--no-replacement"]).code, 2);
    let firm = call(&here, &["compare", "my.toml", "--without", "lab", "--no-replacement"]);
    assert!(firm.code == 2 && firm.err.contains("no purchase or investment of this name"), "{}", firm.err);
}

#[test]
fn a_grid_leaves_its_files_and_bad_texts_are_told() {
    let here = folder("vary");
    let grid = [
        "compare",
        "my.toml",
        "--vary",
        "firm.lab.cash_usd_bn=30:60:3",
        "--vary",
        "chips-lab=0:2:3",
        "--level",
        "default(lab)=50%",
        "--paths",
        PATHS,
    ];
    let left = call(&here, &grid);
    assert_eq!(left.code, 0, "{}", left.err);
    let out = left.out.replace('\n', " ");
    assert!(out.contains("Where it breaks even") && out.contains("the size of chips-lab, as a multiple"), "{out}");
    let folder = here.join("output/starter/compare");
    for name in ["sweep.csv", "sweep.json", "sweep-map.png", "sweep-map.svg"] {
        assert!(folder.join(name).is_file(), "{name}");
    }
    for (vary, said) in [
        ("firm.lab.cash_usd_bn=1:2", "2 parts"),
        ("firm.lab.cash_usd_bm=1:2:3", "cash_usd_b"),
        ("no-such-deal=0:2:3", "no purchase or investment of this name"),
        ("chips-lab=-1:2:3", "-1 times its size"),
    ] {
        let left = call(&here, &["compare", "my.toml", "--vary", vary, "--paths", PATHS]);
        assert!(left.code == 2 && left.err.contains(said), "{vary}: {} {}", left.code, left.err);
    }
    assert_eq!(call(&here, &["compare", "my.toml", "--vary", "chips-lab=0:2:3", "--level", "default(nobody)=1%"]).code, 2);
    assert_eq!(call(&here, &["compare", "my.toml", "--level", "mean=3"]).code, 2);
}

#[test]
fn deals_are_players() {
    let here = folder("deals");
    let left = call(&here, &["attribute", "my.toml", "--deals", "--permutations", "8"]);
    assert_eq!(left.code, 0, "{}", left.err);
    let table = read(&here.join("output/starter/attribute/deals.csv"));
    for deal in ["lab-cloud", "cloud-chips", "chips-lab", "cloud-lab"] {
        assert_eq!(table.lines().filter(|l| l.contains(&format!(",{deal},"))).count(), 3, "{deal} in {table}");
    }
    assert!(left.out.contains("8 permutations of 4 deals"), "{}", left.out);
    for bad in [["--permutations", "7"], ["--set", "purchase.lab-cloud.take_or_pay=0.5"], ["--paths", "100"]] {
        assert_eq!(call(&here, &[&["attribute", "my.toml", "--deals"][..], &bad[..]].concat()).code, 2, "{bad:?}");
    }
}
