//! The server of the page, asked byte by byte: what it shows is what the command line finds; a broken scenario says what `check` says; only this machine's own page is
//! answered; what is given up leaves nothing. Not the page in a browser (playground.rs).
#![cfg(feature = "serve")]

#[path = "common/http.rs"]
mod http;
#[path = "common/shell.rs"]
mod shell;

use http::Server;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of the test's own, with the shipped scenarios in it.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("serve").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(path.join("scenarios")).unwrap();
    let starter = Command::new(env!("CARGO_BIN_EXE_bubblerisk")).current_dir(&path).args(["new", "scenarios/starter.toml"]).output();
    assert!(starter.unwrap().status.success());
    for file in ["amazon-openai.toml", "openai-pays-half.toml"] {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file), path.join("scenarios").join(file)).unwrap();
    }
    path
}

fn command(folder: &Path, words: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bubblerisk")).current_dir(folder).args(words).output().expect("the program runs")
}

/// The results of a run of the command that a line names.
fn run_of(folder: &Path, line: &str) -> Value {
    let mut words = shell::words(line);
    assert_eq!(words.remove(0), "bubblerisk");
    words.extend(["--quiet", "--output", "out"].map(String::from));
    let done = command(folder, &words);
    assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    let name = fs::read_dir(folder.join("out")).unwrap().next().unwrap().unwrap().path();
    let found = serde_json::from_str(&fs::read_to_string(name.join("results.json")).unwrap()).unwrap();
    fs::remove_dir_all(folder.join("out")).unwrap();
    found
}

fn at<'a>(rows: &'a Value, wanted: &[(&str, Value)]) -> &'a Value {
    let is_it = |row: &&Value| wanted.iter().all(|(k, v)| row[*k] == *v);
    rows.as_array().expect("rows").iter().find(is_it).unwrap_or_else(|| panic!("no row {wanted:?}"))
}

/// Value and interval are the same to rounding.
#[track_caller]
fn same(shown: &Value, found: &Value) {
    for part in ["value", "low", "high"] {
        let (a, b) = (shown[part].as_f64().expect("shown"), found[part].as_f64().expect("found"));
        assert!((a - b).abs() <= 1e-9 * b.abs().max(1e-3), "{part}: {a} on the page, {b} on the command line");
    }
}

fn number<'a>(line: &'a Value, id: &str) -> &'a Value {
    at(&line["numbers"], &[("id", id.into())])
}

/// Everything that a line shows is in the results of the run that it names.
fn agrees(line: &Value, r: &Value) {
    let w0 = [("world", Value::from("W0")), ("panel", "base".into()), ("given", "all".into()), ("firm", Value::Null)];
    let loss = |metric: &str| at(&r["losses"], &[&w0[..], &[("metric", metric.into())]].concat());
    same(&number(line, "mean")["value"], &loss("net_loss")["mean"]);
    same(&number(line, "defaults")["value"], &loss("defaults")["mean"]);
    same(&number(line, "credit")["value"], &loss("external_credit_loss")["mean"]);
    same(&number(line, "bust")["value"], &r["run"]["bust_probability"]);
    let es = &number(line, "es99")["value"];
    match loss("net_loss")["tail"].as_array().unwrap().iter().find(|t| t["level"] == 0.99) {
        Some(tail) => same(es, &tail["es"]),
        None => assert!(es.is_null()),
    }
    for (i, firm) in line["firms"].as_array().unwrap().iter().enumerate() {
        let row = at(&r["defaults"], &[("firm", i.into()), ("world", "W0".into()), ("panel", "base".into()), ("given", "all".into())]);
        same(&firm["value"], &row["probability"]);
    }
}

#[test]
fn what_is_shown_is_what_the_command_line_finds() {
    let folder = folder("same");
    let server = Server::start(&folder, "scenarios/amazon-openai.toml", &[]);
    let settings = [
        "",
        "plan.openai=0.8&hazard=1.3",
        "off=coreweave-nvidia&off=amd-openai&size.amazon-openai-10=2&share.accelerators=0.35",
        "take-or-pay=1.5&size.openai-oracle=0.5&seed=7",
    ];
    for setting in settings {
        let lines = server.get(&format!("/look?paths=8192&{setting}")).lines();
        let last = lines.last().unwrap();
        assert_eq!((last["is_last"].as_bool(), last["paths"].as_u64()), (Some(true), Some(8192)));
        let counts: Vec<u64> = lines.iter().map(|l| l["paths"].as_u64().unwrap()).collect();
        assert_eq!(counts, [2048, 6144, 8192], "a first look, then finer ones");
        agrees(last, &run_of(&folder, last["command"].as_str().unwrap()));
        assert_eq!(last["firms"][0]["change"].is_null(), setting.is_empty(), "a change is shown where something was moved");
    }
}

#[test]
fn the_amplification_is_that_of_a_run_with_as_many_paths() {
    let folder = folder("amplification");
    let server = Server::start(&folder, "scenarios/amazon-openai.toml", &[]);
    let line = server.get("/look?paths=4096&demand=1.4").last();
    let r = run_of(&folder, line["command"].as_str().unwrap());
    let wanted = [("metric", Value::from("net_loss")), ("against", "W2".into()), ("panel", "base".into()), ("given", "bust".into())];
    same(&number(&line, "amplification")["value"], &at(&r["amplification"], &wanted)["ratio"]);
    // More paths leave it where it is, since it rests on the first ones.
    let more = server.get("/look?paths=10000&demand=1.4").last();
    assert_eq!(number(&more, "amplification"), number(&line, "amplification"));
}

#[test]
fn without_chance_every_path_is_the_same_and_is_shown_so() {
    let folder = folder("scripted");
    let server = Server::start(&folder, "scenarios/openai-pays-half.toml", &[]);
    assert_eq!(server.get("/controls").json()["is_random"], false);
    let line = server.get("/look").last();
    let r = run_of(&folder, "bubblerisk run scenarios/openai-pays-half.toml");
    let is_w0 = |row: &&Value| row["world"] == "W0" && row["panel"] == "base" && row["given"] == "all" && row["firm"].is_null();
    let loss = r["losses"].as_array().unwrap().iter().filter(is_w0).find(|l| l["metric"] == "net_loss").unwrap();
    let mean = &number(&line, "mean")["value"];
    assert_eq!(mean["value"], loss["mean"]["value"]);
    let firms = line["firms"].as_array().unwrap().iter().map(|f| &f["value"]);
    for exact in firms.chain([mean]) {
        assert_eq!((&exact["low"], &exact["high"]), (&exact["value"], &exact["value"]));
    }
}

#[test]
fn an_overlay_is_the_setting_as_a_file() {
    let folder = folder("overlay");
    let server = Server::start(&folder, "scenarios/amazon-openai.toml", &[]);
    let setting = "off=coreweave-nvidia&size.openai-aws=2&plan.openai=0.9&share.accelerators=0.4&paths=4096";
    let shown = server.get(&format!("/overlay?name=my-case&{setting}"));
    let saved = server.post(&format!("/overlay?name=my-case&{setting}"));
    assert_eq!((saved.status, saved.json()["file"].as_str()), (201, Some("scenarios/my-case.toml")));
    let file = folder.join("scenarios/my-case.toml");
    assert_eq!(fs::read_to_string(&file).unwrap(), shown.body);
    let line = server.get(&format!("/look?{setting}")).last();
    agrees(&line, &run_of(&folder, "bubblerisk run scenarios/my-case.toml --paths 4096"));
    // The guide shows what is written.
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/src/playing.md")).unwrap();
    let piece = server.get("/overlay?name=my-case&plan.openai=0.7&off=coreweave-nvidia").body;
    assert!(guide.contains(&format!("```\n{piece}```\n")), "{piece}");
    // Nothing is written over, and nothing elsewhere.
    fs::write(&file, "# mine\n").unwrap();
    assert_eq!(server.post(&format!("/overlay?name=my-case&{setting}")).status, 422);
    assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\n");
    for name in ["../escaped", "a/b", "a.b", "", "A", "%2e%2e%2fescaped", &"x".repeat(65)] {
        let refused = server.post(&format!("/overlay?name={name}&{setting}"));
        assert_eq!(refused.status, 422, "{name}");
        assert!(refused.json()["error"].as_str().unwrap().contains("small letters"), "{}", refused.body);
    }
    let own = server.post(&format!("/overlay?name=amazon-openai&{setting}"));
    assert!(own.status == 422 && own.json()["error"].as_str().unwrap().contains("the scenario itself is called so"), "{}", own.body);
    let files: Vec<_> = fs::read_dir(folder.join("scenarios")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(files.len(), 4, "{files:?}");
    assert!(!folder.join("escaped.toml").exists());
}

#[test]
fn a_report_is_the_run_with_its_files() {
    let folder = folder("report");
    let server = Server::start(&folder, "scenarios/starter.toml", &[]);
    let control = server.get("/controls").json()["controls"][0]["id"].as_str().unwrap().to_string();
    let lines = server.post(&format!("/report?paths=20000&{control}=0.9")).lines();
    assert!(lines.len() > 3 && lines[0]["paths"] == 0 && lines.iter().all(|l| l["error"].is_null()), "{lines:?}");
    let last = lines.last().unwrap();
    let page = server.get(last["report"].as_str().unwrap());
    let left = folder.join(last["folder"].as_str().unwrap());
    assert_eq!(page.body, fs::read_to_string(left.join("report.html")).unwrap());
    let served: Value = serde_json::from_str(&fs::read_to_string(left.join("results.json")).unwrap()).unwrap();
    let manifest: Value = serde_json::from_str(&fs::read_to_string(left.join("manifest.json")).unwrap()).unwrap();
    let run = run_of(&folder, manifest["run"]["command"].as_str().unwrap());
    assert_eq!(served, run, "step by step or at once, the results are the same");
    assert!(left.join("charts/exceedance.svg").exists());
}

#[test]
fn who_gives_up_leaves_nothing_and_holds_up_nobody() {
    let folder = folder("given-up");
    let server = Server::start(&folder, "scenarios/amazon-openai.toml", &[]);
    // Many hours of work.
    drop(server.send("POST", "/report?paths=3000000000", &[("X-Bubblerisk", "1")]));
    drop(server.send("GET", "/look?paths=200000&hazard=2", &[]));
    assert_eq!(server.get("/look?paths=2048&hazard=1.5").last()["is_last"], true);
    server.rest();
    assert!(!folder.join("output").exists());
}

#[test]
fn two_at_once_each_get_their_own() {
    let folder = folder("two");
    let server = Server::start(&folder, "scenarios/amazon-openai.toml", &[]);
    let settings = ["plan.openai=0.7", "hazard=2&off=openai-aws"];
    let alone: Vec<Value> = settings.iter().map(|s| server.get(&format!("/look?paths=8192&{s}")).last()).collect();
    let together: Vec<Value> = std::thread::scope(|scope| {
        let server = &server;
        let ask = |s: &'static str| scope.spawn(move || server.get(&format!("/look?paths=8192&{s}")).last());
        settings.map(ask).map(|t| t.join().unwrap()).to_vec()
    });
    for (a, b) in alone.iter().zip(&together) {
        assert_eq!((&a["numbers"], &a["firms"], &a["exceedance"]), (&b["numbers"], &b["firms"], &b["exceedance"]));
    }
}

#[test]
fn a_scenario_broken_on_disk_says_what_check_says_until_it_is_mended() {
    let folder = folder("broken");
    let server = Server::start(&folder, "scenarios/starter.toml", &[]);
    let file = folder.join("scenarios/starter.toml");
    let sound = fs::read_to_string(&file).unwrap();
    let breaks = [("cash_usd_bn", "cash_usd_bm"), ("[scenario]", "[scenario"), ("kind = \"", "kind = \"x")];
    for (from, to) in breaks {
        fs::write(&file, sound.replacen(from, to, 1)).unwrap();
        let check = command(&folder, &["check", "scenarios/starter.toml"].map(String::from));
        for path in ["/controls", "/look", "/overlay?name=x"] {
            let answer = server.get(path);
            assert_eq!(answer.status, 422, "{path}");
            let said = answer.json();
            assert_eq!(said["error"].as_str().unwrap(), String::from_utf8_lossy(&check.stderr), "{path}");
            assert!(!said["problems"].as_array().unwrap().is_empty());
        }
    }
    fs::write(&file, &sound).unwrap();
    assert_eq!(server.get("/look?paths=64").last()["is_last"], true);
    // Numbers that change on disk change on the page, as written.
    let before = server.get("/look?paths=2048").last();
    fs::write(&file, sound.replacen("plan_realism = ", "plan_realism = 0.3 # ", 1)).unwrap();
    let after = server.get("/look?paths=2048").last();
    assert_ne!((&before["hash"], &before["firms"]), (&after["hash"], &after["firms"]));
}

#[test]
fn only_this_machine_s_own_page_is_answered() {
    let folder = folder("guard");
    let server = Server::start(&folder, "scenarios/starter.toml", &[]);
    let port = server.port;
    let status = |method: &str, path: &str, headers: &[(&str, &str)]| server.ask(method, path, headers).status;
    assert_eq!(status("GET", "/", &[]), 200);
    assert_eq!(status("GET", "/", &[("Host", &format!("localhost:{port}"))]), 200);
    // A name that was made to point to this machine, or none.
    assert_eq!(status("GET", "/", &[("Host", "evil.example")]), 403);
    assert_eq!(status("GET", "/controls", &[("Host", &format!("evil.example:{port}"))]), 403);
    assert_eq!(status("GET", "/controls", &[("Host", "")]), 403);
    // Another site's page.
    assert_eq!(status("GET", "/look", &[("Sec-Fetch-Site", "cross-site")]), 403);
    assert_eq!(status("GET", "/look?paths=64", &[("Sec-Fetch-Site", "same-origin")]), 200);
    assert_eq!(status("GET", "/", &[("Sec-Fetch-Site", "cross-site")]), 200, "a link in a mail opens the page");
    assert_eq!(status("POST", "/overlay?name=x", &[("X-Bubblerisk", "1"), ("Origin", "https://evil.example")]), 403);
    assert_eq!(status("POST", "/overlay?name=x", &[]), 403, "a form of another site has no such header");
    assert_eq!(status("POST", "/report", &[]), 403);
    // Bodies, methods and places that there are not.
    assert_eq!(status("POST", "/overlay?name=x", &[("X-Bubblerisk", "1"), ("Content-Length", "100000")]), 413);
    assert_eq!(status("DELETE", "/overlay", &[]), 405);
    for path in ["/etc/passwd", "/../Cargo.toml", "/scenarios/starter.toml", "/report/1/", "/report/0/", "/report/x/"] {
        assert!([400, 404].contains(&status("GET", path, &[])), "{path}");
    }
    let page = server.get("/");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!((page.header("x-content-type-options"), page.header("cache-control")), ("nosniff", "no-store"));
    assert!(!folder.join("output").exists() && !folder.join("scenarios/x.toml").exists());
    // It listens to this machine alone.
    let sockets = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let listening = sockets.lines().find(|l| l.contains(&format!(":{port:04X} 00000000:0000 0A")));
    assert!(listening.is_none_or(|l| l.contains("0100007F:")), "{listening:?}");
}

#[test]
fn what_is_no_file_is_refused_at_once() {
    let folder = folder("no-file");
    for (scenario, said) in [("nosuch.toml", "No such file"), ("scenarios", "folder")] {
        let left = command(&folder, &["serve", scenario, "--port", "0"].map(String::from));
        let err = String::from_utf8_lossy(&left.stderr).to_string();
        assert!(left.status.code() == Some(2) && err.contains(said), "{scenario}: {err}");
    }
}

#[test]
fn words_that_mean_nothing_are_refused_with_what_is_known() {
    let folder = folder("words");
    let server = Server::start(&folder, "scenarios/amazon-openai.toml", &[]);
    let refused = |query: &str| {
        let answer = server.get(&format!("/look?{query}"));
        assert_eq!(answer.status, 422, "{query}");
        answer.json()["error"].as_str().unwrap().to_string()
    };
    assert!(refused("plan.opnai=0.5").contains("did you mean `plan.openai`?"));
    assert!(refused("off=openai-awss").contains("did you mean `openai-aws`?"));
    assert!(refused("plan.openai=99").contains("expected a number from 0.2 to 2"));
    assert!(refused("plan.openai=NaN").contains("expected a number"));
    assert!(refused("hazard=%7B%20times%20%3D%202%20%7D").contains("expected a number"));
    assert!(refused("paths=0").contains("from 1 to 200000"));
    assert!(refused("seed=-1").contains("expected a whole number"));
    // A plan that cannot be paid for says so, as a run would.
    let poor = refused("size.openai-oracle=3");
    let check = command(&folder, &["run", "scenarios/amazon-openai.toml", "--set", "deal.openai-oracle={ times = 3 }"].map(String::from));
    assert_eq!(poor, String::from_utf8_lossy(&check.stderr));
}
