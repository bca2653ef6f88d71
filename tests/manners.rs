//! How the program behaves in a shell: pipes, interrupts, terminals, wrong things for a scenario, help and manual pages, the keys of `--json`. Not what it finds.

#[path = "common/shell.rs"]
mod shell;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use shell::without_tastes;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

fn program(folder: &Path) -> Command {
    let mut command = without_tastes(Command::new(cargo_bin!("bubblerisk")));
    command.current_dir(folder).stdin(Stdio::null());
    command
}

fn call(folder: &Path, args: &[&str]) -> Output {
    program(folder).args(args).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8")
}

/// A folder of the test's own, with the starter scenario in it.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("manners").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    assert!(call(&path, &["new", "my.toml"]).status.success());
    path
}

/// Names of all files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(one) = folders.pop() {
        for path in fs::read_dir(&one).into_iter().flatten().map(|e| e.unwrap().path()) {
            found.push(path.strip_prefix(folder).unwrap().display().to_string());
            folders.extend(path.is_dir().then_some(path));
        }
    }
    found.sort();
    found
}

#[test]
fn what_is_no_scenario_is_named_and_what_to_do_with_it() {
    let folder = folder("things");
    fs::create_dir(folder.join("empty")).unwrap();
    fs::write(folder.join("deals.csv"), "id,buyer\n").unwrap();
    assert!(call(&folder, &["run", "my.toml", "--paths", "256", "--quiet"]).status.success());
    for (thing, needed) in [
        (".", &["error: . is a folder", "expected a scenario file (TOML)", "in it: ./my.toml"][..]),
        ("empty", &["error: empty is a folder", "there is no .toml file in it", "bubblerisk new"]),
        ("output/starter", &["is the folder of a saved run", "bubblerisk report output/starter", "bubblerisk charts output/starter"]),
        (
            "deals.csv",
            &["deals.csv is a table (CSV), not a scenario", "purchases = \"deals.csv\"", "bubblerisk clear MODEL --network deals.csv"],
        ),
        ("output/starter/results.json", &["is JSON, not a scenario", "bubblerisk report"]),
        ("my.tom", &["cannot read my.tom", "did you mean `my.toml`?"]),
    ] {
        for command in [&["run"][..], &["check"], &["inspect"], &["compare", "my.toml"]] {
            let done = call(&folder, &[command, &[thing]].concat());
            let said = text(&done.stderr);
            assert_eq!((done.status.code(), done.stdout.len()), (Some(2), 0), "{command:?} {thing}: {said}");
            assert!(needed.iter().all(|n| said.contains(n)), "{command:?} {thing}: {said}");
        }
    }
}

#[test]
fn no_argument_is_help_and_a_mistake() {
    let folder = folder("none");
    let done = call(&folder, &[]);
    assert_eq!((done.status.code(), done.stdout.len()), (Some(2), 0));
    assert!(text(&done.stderr).contains("Usage: bubblerisk <COMMAND>") && text(&done.stderr).contains("Examples:"));
}

#[test]
fn a_reader_who_has_seen_enough_gets_the_files_all_the_same() {
    let folder = folder("head");
    let line = format!("'{}' run my.toml --paths 512 | head -1", cargo_bin!("bubblerisk").display());
    let done = Command::new("sh").args(["-c", &line]).current_dir(&folder).output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{}", text(&done.stderr));
    assert_eq!(text(&done.stdout).lines().count(), 1);
    assert!(folder.join("output/starter/manifest.json").is_file() && folder.join("output/starter/report.html").is_file());
}

/// Starts the program, sends SIGINT when `is_time`, and returns its exit code and standard error.
fn interrupted(folder: &Path, args: &[&str], is_time: impl Fn() -> bool) -> (Option<i32>, String) {
    let child = program(folder).args(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while !is_time() {
        assert!(start.elapsed() < Duration::from_secs(300), "{args:?}: the time did not come");
        std::thread::sleep(Duration::from_millis(1));
    }
    // Every shell can do it; not every system has a program for it.
    assert!(Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap().success());
    let done = child.wait_with_output().unwrap();
    (done.status.code(), text(&done.stderr))
}

#[cfg(unix)]
#[test]
fn an_interrupt_during_the_simulation_leaves_nothing() {
    let folder = folder("early");
    let out = folder.join("deep/output");
    let run = ["run", "my.toml", "--paths", "100_000_000", "--output", "deep/output"];
    let left = interrupted(&folder, &run, || out.join("starter").is_dir());
    assert_eq!(left, (Some(130), "interrupted; nothing was written\n".to_string()));
    assert_eq!(files(&folder), ["my.toml"]);
    let worst = ["explain", "my.toml", "--worst", "1", "--paths", "100_000_000", "--output", "deep/output"];
    assert_eq!(interrupted(&folder, &worst, || out.join("starter").is_dir()).0, Some(130));
    assert_eq!(files(&folder), ["my.toml"]);
}

/// The folder is made and tried with a file; an interrupt between the two once left that file. A program that does nothing but look
/// comes in time for it: 27 of 100 calls left the file.
#[cfg(unix)]
#[test]
fn an_interrupt_while_the_folder_is_made_leaves_nothing() {
    let folder = folder("between");
    for looked_for in ["deep", "deep/output/starter"].repeat(15) {
        let run = ["run", "my.toml", "--paths", "100_000_000", "--output", "deep/output"];
        let child = program(&folder).args(run).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let looking = format!("until [ -d {looked_for} ]; do kill -0 {0} || exit 1; done; kill -INT {0}", child.id());
        assert!(Command::new("sh").args(["-c", &looking]).current_dir(&folder).status().unwrap().success());
        let done = child.wait_with_output().unwrap();
        assert_eq!((done.status.code(), text(&done.stderr).as_str()), (Some(130), "interrupted; nothing was written\n"), "{looked_for}");
        assert_eq!(files(&folder), ["my.toml"], "{looked_for}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_an_earlier_run_as_it_was() {
    let folder = folder("earlier");
    assert!(call(&folder, &["run", "my.toml", "--paths", "256", "--quiet"]).status.success());
    let run = folder.join("output/starter");
    let before: Vec<(String, Vec<u8>)> =
        files(&run).into_iter().filter(|f| run.join(f).is_file()).map(|f| (f.clone(), fs::read(run.join(f)).unwrap())).collect();
    // A program that has tried to write into the folder simulates. The trial shows in the folder's time.
    let long_ago = SystemTime::UNIX_EPOCH;
    fs::File::open(&run).unwrap().set_modified(long_ago).unwrap();
    let is_tried = || fs::metadata(&run).unwrap().modified().unwrap() > long_ago;
    assert_eq!(interrupted(&folder, &["run", "my.toml", "--paths", "100_000_000", "--seed", "2"], is_tried).0, Some(130));
    let after = files(&run).into_iter().filter(|f| run.join(f).is_file());
    assert!(after.map(|f| (f.clone(), fs::read(run.join(f)).unwrap())).collect::<Vec<_>>() == before, "files of the earlier run changed");
}

#[cfg(unix)]
#[test]
fn an_interrupt_while_files_are_written_comes_after_the_last_one() {
    let folder = folder("late");
    let run = folder.join("output/starter");
    let (code, said) = interrupted(&folder, &["run", "my.toml", "--paths", "256"], || run.join("charts").is_dir());
    // It may have been too late to interrupt anything.
    assert!(code == Some(0) || (code == Some(130) && said == "interrupted; what it wrote is complete\n"), "{code:?} {said}");
    let names = files(&run);
    assert!(names.contains(&"manifest.json".to_string()) && names.contains(&"report.html".to_string()), "{names:?}");
    assert!(names.iter().all(|n| !n.contains(".part")), "{names:?}");
}

#[test]
fn a_command_that_fails_takes_its_empty_folder_away() {
    let folder = folder("failed");
    assert_eq!(call(&folder, &["run", "my.toml", "--until", "nonsense", "--output", "a/b"]).status.code(), Some(2));
    assert_eq!(files(&folder), ["my.toml"]);
}

/// Runs the program on a terminal of so many columns, made by Python; what it showed. The terminal has its width before the program begins.
fn on_terminal(folder: &Path, columns: usize, env: &[(&str, &str)], args: &[&str]) -> String {
    const SCRIPT: &str = "import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 40, int(sys.argv[1]), 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
";
    let mut python = without_tastes(Command::new("python3"));
    python.args(["-c", SCRIPT, &columns.to_string()]).arg(cargo_bin!("bubblerisk")).args(args).current_dir(folder);
    python.env("TERM", "xterm").envs(env.iter().copied());
    text(&python.output().expect("Python").stdout)
}

#[cfg(unix)]
#[test]
fn colours_and_the_bar_are_for_terminals_that_want_them() {
    let folder = folder("colours");
    let wrong = ["check", "my.toml", "--set", "firm.labb.cash_usd_bn=3"];
    let run = ["run", "my.toml", "--paths", "200_000"];
    assert!(on_terminal(&folder, 100, &[], &wrong).contains('\u{1b}'));
    for args in [&wrong[..], &run, &["--help"], &["run"]] {
        let said = on_terminal(&folder, 100, &[("NO_COLOR", "1")], args);
        assert!(!said.is_empty() && !said.contains('\u{1b}'), "{args:?} with NO_COLOR: {said:?}");
        let done = call(&folder, args);
        assert!(!done.stdout.contains(&0x1b) && !done.stderr.contains(&0x1b), "{args:?} without a terminal");
    }
    assert!(!on_terminal(&folder, 100, &[("TERM", "dumb")], &run).contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn tables_are_as_wide_as_the_terminal_within_bounds() {
    let folder = folder("width");
    assert!(call(&folder, &["run", "my.toml", "--paths", "8_192", "--quiet"]).status.success());
    let widest = |said: &str| {
        let lines = said.lines().filter(|l| !l.starts_with("Files: "));
        lines.map(|l| l.trim_end().chars().count()).max().unwrap_or(0)
    };
    let shown = |columns: usize| widest(&on_terminal(&folder, columns, &[], &["report", "output/starter"]));
    let (narrow, usual, wide, huge) = (shown(90), shown(100), shown(130), shown(400));
    assert!(narrow <= 90 && usual <= 100 && wide <= 130 && huge <= 140, "{narrow} {usual} {wide} {huge}");
    assert!(narrow < usual && usual < wide && wide < huge, "{narrow} {usual} {wide} {huge}");
    assert_eq!(shown(20), shown(80));
    assert_eq!(widest(&text(&call(&folder, &["report", "output/starter"]).stdout)), usual);
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let folder = folder("man");
    let done = call(&folder, &["man", "pages/man1"]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let help = text(&call(&folder, &["--help"]).stdout);
    let commands: Vec<String> = help
        .lines()
        .skip_while(|l| *l != "Commands:")
        .skip(1)
        .take_while(|l| !l.is_empty())
        .filter(|l| l.starts_with("  ") && !l.starts_with("   "))
        .filter_map(|l| l.split_whitespace().next().map(|c| format!("bubblerisk-{c}.1")))
        .chain(["bubblerisk.1".to_string()])
        .collect();
    let names = files(&folder.join("pages/man1"));
    assert_eq!(names.len(), commands.len(), "{names:?}");
    for name in commands {
        let page = fs::read_to_string(folder.join("pages/man1").join(&name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS") && page.contains("Examples:"), "{name}");
    }
}

/// Kinds of JSON values by place, down to `depth`; an element of a list has its list's place and `[]`.
fn places(value: &Value, at: &str, depth: usize, out: &mut BTreeMap<String, String>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    if !at.is_empty() && !at.ends_with("[]") {
        let known = out.entry(at.to_string()).or_default();
        if known.is_empty() || known == "null" {
            *known = kind.to_string();
        }
    }
    match value {
        Value::Object(map) if depth > 0 => {
            for (key, inner) in map {
                let place = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                places(inner, &place, depth - 1, out);
            }
        }
        Value::Array(list) => list.iter().filter(|v| v.is_object()).for_each(|v| places(v, &format!("{at}[]"), depth, out)),
        _ => {}
    }
}

/// Commands with a document of their own, and how they are called here.
const DOCUMENTS: [(&str, &[&str]); 14] = [
    ("run, report", &["run", "my.toml", "--paths", "1024"]),
    ("check", &["check", "bad.toml"]),
    ("inspect", &["inspect", "my.toml", "--cut", "cloud-lab"]),
    ("compare", &["compare", "my.toml", "--without", "cloud-lab", "--paths", "1024"]),
    ("compare --vary", &["compare", "my.toml", "--vary", "firm.lab.plan_realism=0.5:1:3", "--paths", "1024"]),
    ("attribute", &["attribute", "my.toml", "--paths", "1024"]),
    ("attribute --deals", &["attribute", "my.toml", "--deals", "--permutations", "8"]),
    ("sensitivity", &["sensitivity", "my.toml", "--paths", "512", "--trajectories", "4", "--rows", "16", "--draws", "32"]),
    ("reverse", &["reverse", "my.toml", "--when", "loss(system) > 2000", "--paths", "4096"]),
    ("explain", &["explain", "my.toml", "--worst", "1", "--paths", "1024"]),
    ("clear", &["clear", "eisenberg-noe", "--network", "edges.csv", "--shock", "a=20%"]),
    ("charts", &["charts", "output/starter"]),
    ("a plan that cannot be paid for", &["check", "my.toml", "--set", "firm.lab.cash_usd_bn=0", "--set", "firm.lab.fixed_cost_usd_bn=30"]),
    ("explain, with failures", &["explain", "my.toml", "--worst", "1", "--paths", "1024", "--set", "firm.lab.plan_realism=0.3"]),
];

const BEGINNING: &str = "# What --json prints

Every command that answers a question prints one JSON document with `--json`, and nothing else on standard output; errors stay on standard error. Below are the keys of
each document, to the second level; `[]` is an element of a list. What lies deeper has the names of the columns of the [tables](output.md) and of their metrics. An
estimate is an object of `value`, `std_error`, `low` and `high`, the ends of its 95 % interval. `sections` are the words and tables that are printed without
`--json`: do not read numbers out of them, they stand in `numbers` or beside. A key that has no value is `null`. New keys may come with any version; the meaning of one that is
there changes only with a line in the changelog.

`serve --json` prints one document when it listens, with `address` and `scenario`, and goes on.

Keys and kinds are checked by `tests/manners.rs`: `BUBBLERISK_BLESS=1` writes them anew and keeps what they mean. `bubblerisk schema` prints a JSON Schema, which is that of
the scenario file.
";

fn documents(folder: &Path) -> Vec<(&'static str, BTreeMap<String, String>)> {
    let mut found: Vec<(&str, BTreeMap<String, String>)> = Vec::new();
    for (name, args) in DOCUMENTS {
        let done = call(folder, &[args, &["--json"]].concat());
        let value: Value = serde_json::from_slice(&done.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {}", text(&done.stderr)));
        let mut keys = BTreeMap::new();
        places(&value, "", 2, &mut keys);
        match name.split(',').next() {
            Some("a plan that cannot be paid for") => found.iter_mut().find(|f| f.0 == "check").unwrap().1.extend(keys),
            Some("explain") if name != "explain" => found.iter_mut().find(|f| f.0 == "explain").unwrap().1.extend(keys),
            _ => found.push((name, keys)),
        }
    }
    found
}

#[test]
fn the_keys_of_every_json_document_are_written_down() {
    let folder = folder("json");
    fs::write(folder.join("bad.toml"), "[scenario]\nas_of = \"2025-13-45\"\n").unwrap();
    fs::write(folder.join("edges.csv"), "from,to,amount\na,b,20\nb,a,10\noutside,a,15\n").unwrap();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let there = fs::read_to_string(&page).unwrap_or_default();
    let meaning = |command: &str, key: &str| {
        let part = there.split("\n## ").find(|p| p.lines().next() == Some(command)).unwrap_or_default();
        let row = part.lines().find(|l| l.starts_with(&format!("| `{key}` |")));
        row.and_then(|r| r.split('|').nth(3)).unwrap_or_default().trim().to_string()
    };
    let mut made = BEGINNING.to_string();
    let mut unexplained = Vec::new();
    for (command, keys) in documents(&folder) {
        let _ = write!(made, "\n## {command}\n\n| key | kind | meaning |\n|---|---|---|\n");
        for (key, kind) in keys {
            let said = meaning(command, &key);
            if said.is_empty() {
                unexplained.push(format!("{command}: {key}"));
            }
            let _ = writeln!(made, "| `{key}` | {kind} | {said} |");
        }
    }
    if std::env::var_os("BUBBLERISK_BLESS").is_some() {
        fs::write(&page, &made).unwrap();
    }
    let there = fs::read_to_string(&page).unwrap_or_default();
    let first = there.lines().zip(made.lines()).find(|(a, b)| a != b);
    assert!(there == made, "docs/json.md is stale ({first:?}): run this test with BUBBLERISK_BLESS=1, then say what new keys mean");
    assert!(unexplained.is_empty(), "say in docs/json.md what these keys mean: {unexplained:?}");
}
