//! The page of `serve` in a real browser: sliders move the pictures while they are dragged, what is shown is what the command line finds, undo, links, reload, two pages at
//! once, a scenario broken on disk, overlays, reports and giving up. Not the server's answers to anybody else (serve.rs).
#![cfg(feature = "serve")]

#[path = "common/chromium.rs"]
mod chromium;
#[path = "common/http.rs"]
mod http;
#[path = "common/shell.rs"]
mod shell;

use chromium::Browser;
use http::Server;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of the test's own with the flagship and the starter in it.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("playground").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/amazon-openai.toml"), path.join("amazon-openai.toml")).unwrap();
    assert!(command(&path, &["new", "starter.toml"]).status.success());
    path
}

fn command(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bubblerisk")).current_dir(folder).args(words).output().expect("the program runs")
}

/// A server of a scenario, and a browser that shows its page.
fn opened(folder: &Path, scenario: &str, query: &str) -> (Server, Browser) {
    let server = Server::start(folder, scenario, &[]);
    let browser = page(folder, &server, query, "browser");
    (server, browser)
}

fn page(folder: &Path, server: &Server, query: &str, profile: &str) -> Browser {
    let mut browser = Browser::start(&folder.join(profile));
    // Wide enough for the sliders to stand beside the pictures.
    browser.ask("Emulation.setDeviceMetricsOverride", json!({ "width": 1400, "height": 1000, "deviceScaleFactor": 1, "mobile": false }));
    browser.open(&format!("http://127.0.0.1:{}/{query}", server.port));
    browser.wait(DONE);
    browser
}

const DONE: &str = "document.body.dataset.state === 'done'";

/// Waits until what was set last is shown whole.
fn settle(browser: &mut Browser) {
    // What is set is asked for in the next frame.
    browser.eval("new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(r, 30))))");
    browser.wait(DONE);
}

/// The raw value and interval that a cell of the table shows.
fn cell(browser: &mut Browser, number: &str, column: &str) -> [f64; 3] {
    let cell = format!("document.querySelector('tr[data-number={number}] td.{column}').dataset");
    ["value", "low", "high"].map(|part| browser.eval(&format!("Number({cell}.{part})")).as_f64().expect("a number"))
}

fn text(browser: &mut Browser, selector: &str) -> String {
    browser.eval(&format!("document.querySelector({}).textContent", json!(selector))).as_str().expect("a text").to_string()
}

fn query(browser: &mut Browser) -> String {
    browser.eval("location.search").as_str().expect("a text").to_string()
}

/// Every number of the table is that of the results of the command that the page names, and every firm's probability.
fn agrees_with_the_command_line(browser: &mut Browser, folder: &Path) {
    settle(browser);
    let line = text(browser, "#command");
    let words = shell::words(&line);
    let words: Vec<&str> = words[1..].iter().map(String::as_str).chain(["--quiet", "--output", "out"]).collect();
    let done = command(folder, &words);
    assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    let run = fs::read_dir(folder.join("out")).unwrap().next().unwrap().unwrap().path();
    let r: Value = serde_json::from_str(&fs::read_to_string(run.join("results.json")).unwrap()).unwrap();
    fs::remove_dir_all(folder.join("out")).unwrap();
    let is_all = |row: &&Value| row["world"] == "W0" && row["panel"] == "base" && row["given"] == "all";
    let rows = |table: &str| r[table].as_array().unwrap().iter().filter(is_all).collect::<Vec<_>>();
    let loss = |metric: &str| rows("losses").into_iter().find(|l| l["metric"] == metric && l["firm"].is_null()).unwrap().clone();
    let es = loss("net_loss")["tail"].as_array().unwrap().iter().find(|t| t["level"] == 0.99).unwrap()["es"].clone();
    let wanted = [("mean", loss("net_loss")["mean"].clone()), ("defaults", loss("defaults")["mean"].clone()), ("es99", es)];
    for (id, found) in wanted {
        for (part, shown) in ["value", "low", "high"].iter().zip(cell(browser, id, "now")) {
            let found = found[*part].as_f64().unwrap();
            assert!((shown - found).abs() <= 1e-9 * found.abs(), "{id} {part}: {shown} on the page, {found} by {line}");
        }
    }
    for firm in rows("defaults") {
        let id = r["firms"][firm["firm"].as_u64().unwrap() as usize]["id"].as_str().unwrap();
        let shown = browser.eval(&format!("Number(document.querySelector('[data-firm=\"{id}\"]').dataset.value)")).as_f64().unwrap();
        let found = firm["probability"]["value"].as_f64().unwrap();
        assert!((shown - found).abs() <= 1e-12, "{id}: {shown} on the page, {found} by {line}");
    }
}

/// Only the page's own server was asked, and nothing went wrong.
fn is_quiet(browser: &Browser, server: &Server) {
    let own = format!("http://127.0.0.1:{}/", server.port);
    let asked = browser.told("Network.requestWillBeSent").filter_map(|e| e["request"]["url"].as_str());
    let foreign: Vec<&str> = asked.filter(|u| !u.starts_with(&own) && !u.starts_with("data:")).collect();
    assert_eq!(foreign, Vec::<&str>::new());
    assert_eq!(browser.told("Runtime.exceptionThrown").collect::<Vec<_>>(), Vec::<&Value>::new());
    assert_eq!(browser.told("Runtime.consoleAPICalled").collect::<Vec<_>>(), Vec::<&Value>::new());
    // A browser notes every answer that refuses; what is refused on purpose is looked at by its test.
    let is_refusal = |e: &Value| e["entry"]["text"].as_str().is_some_and(|t| t.contains("status of 422"));
    let bad = |e: &&Value| (e["entry"]["level"] == "error" || e["entry"]["level"] == "warning") && !is_refusal(e);
    assert_eq!(browser.told("Log.entryAdded").filter(bad).collect::<Vec<_>>(), Vec::<&Value>::new());
}

/// What the curve and the ring look like now.
const PICTURES: &str = "[...document.querySelectorAll('#curve svg path, #ring svg path')].map((p) => p.getAttribute('d')).join()";

#[test]
fn sliders_move_the_pictures_while_they_are_dragged_and_end_where_the_command_line_does() {
    let folder = folder("sliders");
    let (server, mut browser) = opened(&folder, "amazon-openai.toml", "");
    let (before, pictures) = (cell(&mut browser, "mean", "now"), browser.eval(PICTURES));
    assert_eq!(before, cell(&mut browser, "mean", "base"), "as written, both are the same");
    let slider = "document.getElementById('c-hazard')";
    browser.drag(slider, 0.6, |browser| {
        // The button is still down.
        let moved = format!(
            "Number(document.querySelector('tr[data-number=mean] td.now').dataset.value) !== {} && document.body.dataset.state !== 'busy'",
            before[0]
        );
        browser.wait(&moved);
        assert_ne!(browser.eval(PICTURES), pictures, "the pictures move with the slider");
    });
    browser.wait(&format!("location.search.includes('hazard=') && {DONE}"));
    let value = browser.eval(&format!("Number({slider}.value)")).as_f64().unwrap();
    assert_eq!(query(&mut browser), format!("?hazard={value}"));
    agrees_with_the_command_line(&mut browser, &folder);
    // The base case stays as a ghost, and the change is told.
    assert_eq!(cell(&mut browser, "mean", "base"), before);
    assert!(cell(&mut browser, "mean", "change")[1] > 0.0);
    assert!(text(&mut browser, "tr[data-number=mean] td.change").contains("up"));
    // Others: a plan, terms, the vendor, and a deal taken out. A finding that takes a line more moves what lies below it, so that the pointer waits for it.
    for (control, to) in [("plan.openai", 0.3), ("take-or-pay", 0.8), ("share.accelerators", 0.3)] {
        browser.drag(&format!("document.getElementById('c-{control}')"), to, |_| ());
        settle(&mut browser);
    }
    browser.eval("document.querySelectorAll('#deal-groups details').forEach((d) => { d.open = true; })");
    browser.click("document.getElementById('on-coreweave-nvidia')");
    browser.wait(&format!("location.search.includes('off=coreweave-nvidia') && {DONE}"));
    assert_eq!(query(&mut browser).matches('=').count(), 5);
    agrees_with_the_command_line(&mut browser, &folder);
    assert_eq!(browser.eval("document.getElementById('c-size.coreweave-nvidia').disabled"), true);
    is_quiet(&browser, &server);
}

#[test]
fn undo_redo_back_and_reload_restore_what_was_set() {
    let folder = folder("undo");
    let (server, mut browser) = opened(&folder, "starter.toml", "?paths=8192");
    let as_written = cell(&mut browser, "mean", "now");
    let key = |browser: &mut Browser, control: &str| {
        browser.eval(&format!("document.getElementById('c-{control}').focus()"));
        browser.press("ArrowRight", 39);
        browser.wait(&format!("location.search.includes('{control}=')"));
        settle(browser);
    };
    key(&mut browser, "hazard");
    let one = (query(&mut browser), cell(&mut browser, "mean", "now"));
    key(&mut browser, "plan.lab");
    let two = (query(&mut browser), cell(&mut browser, "mean", "now"));
    assert!(one.1 != as_written && two.1 != one.1);
    let arrives = |browser: &mut Browser, (address, mean): &(String, [f64; 3])| {
        browser.wait(&format!("location.search === {}", json!(address)));
        settle(browser);
        browser.wait(&format!("Number(document.querySelector('tr[data-number=mean] td.now').dataset.value) === {}", mean[0]));
    };
    browser.click("document.getElementById('undo')");
    arrives(&mut browser, &one);
    assert_eq!(browser.eval("Number(document.getElementById('c-plan.lab').value)"), 1.0);
    browser.click("document.getElementById('redo')");
    arrives(&mut browser, &two);
    browser.eval("history.back()");
    arrives(&mut browser, &one);
    // A reload, and a link opened elsewhere, show the same.
    browser.open(&format!("http://127.0.0.1:{}/{}", server.port, two.0));
    browser.wait(DONE);
    arrives(&mut browser, &two);
    assert_ne!(browser.eval("Number(document.getElementById('c-plan.lab').value)"), 1.0);
    browser.click("document.getElementById('reset')");
    browser.wait(&format!("location.search === '' && {DONE}"));
    is_quiet(&browser, &server);
}

#[test]
fn two_pages_at_once_do_not_disturb_each_other() {
    let folder = folder("tabs");
    let (server, mut one) = opened(&folder, "amazon-openai.toml", "?paths=8192");
    let mut two = page(&folder, &server, "?paths=8192", "second");
    one.drag("document.getElementById('c-hazard')", 0.7, |_| ());
    two.drag("document.getElementById('c-plan.openai')", 0.1, |_| ());
    one.wait(&format!("location.search.includes('hazard=') && {DONE}"));
    two.wait(&format!("location.search.includes('plan.openai=') && {DONE}"));
    assert!(!query(&mut one).contains("plan") && !query(&mut two).contains("hazard"));
    agrees_with_the_command_line(&mut one, &folder);
    agrees_with_the_command_line(&mut two, &folder);
    is_quiet(&one, &server);
    is_quiet(&two, &server);
}

#[test]
fn a_scenario_broken_on_disk_shows_what_check_says_until_it_is_mended() {
    let folder = folder("broken");
    let (_server, mut browser) = opened(&folder, "starter.toml", "?paths=8192");
    let file = folder.join("starter.toml");
    let sound = fs::read_to_string(&file).unwrap();
    fs::write(&file, sound.replacen("cash_usd_bn", "cash_usd_bm", 1)).unwrap();
    let check = command(&folder, &["check", "starter.toml"]);
    browser.drag("document.getElementById('c-hazard')", 0.8, |_| ());
    browser.wait("document.body.dataset.state === 'error'");
    assert_eq!(text(&mut browser, "#error pre"), String::from_utf8_lossy(&check.stderr));
    assert_eq!(browser.eval("document.getElementById('error').hidden"), false);
    assert!(browser.eval(PICTURES).as_str().is_some_and(|p| !p.is_empty()), "the last pictures stay");
    fs::write(&file, &sound).unwrap();
    browser.wait(&format!("{DONE} && document.getElementById('error').hidden"));
    agrees_with_the_command_line(&mut browser, &folder);
    // Opened while it is broken, the page says the same, and comes up when it is mended.
    fs::write(&file, "[scenario\n").unwrap();
    let check = command(&folder, &["check", "starter.toml"]);
    let address = browser.eval("location.href").as_str().unwrap().to_string();
    browser.open(&address);
    browser.wait("document.body.dataset.state === 'error'");
    assert_eq!(text(&mut browser, "#error pre"), String::from_utf8_lossy(&check.stderr));
    fs::write(&file, &sound).unwrap();
    browser.wait(DONE);
}

#[test]
fn overlays_and_reports_are_written_and_what_is_given_up_is_not() {
    let folder = folder("files");
    let (server, mut browser) = opened(&folder, "starter.toml", "?hazard=1.5&off=cloud-lab&paths=4096");
    let mean = cell(&mut browser, "mean", "now");
    browser.click("document.getElementById('save')");
    browser.eval("document.getElementById('overlay-name').select()");
    browser.write("harder");
    browser.click("document.querySelector('#save-dialog button[type=submit]')");
    browser.wait("!document.getElementById('save-dialog').open");
    let overlay = fs::read_to_string(folder.join("harder.toml")).unwrap();
    assert!(overlay.contains("extends = \"starter.toml\"") && overlay.contains("remove = [\"cloud-lab\"]"), "{overlay}");
    assert!(command(&folder, &["run", "harder.toml", "--paths", "4096", "--quiet", "--output", "out"]).status.success());
    let r: Value = serde_json::from_str(&fs::read_to_string(folder.join("out/harder/results.json")).unwrap()).unwrap();
    let loss =
        r["losses"].as_array().unwrap().iter().find(|l| l["metric"] == "net_loss" && l["firm"].is_null() && l["world"] == "W0").unwrap();
    assert_eq!(loss["mean"]["value"].as_f64().unwrap(), mean[0]);
    // A name that is taken is refused, in the dialog.
    browser.click("document.getElementById('save')");
    browser.click("document.querySelector('#save-dialog button[type=submit]')");
    browser.wait("document.querySelector('#save-dialog .problem').textContent.includes('is there already')");
    browser.click("document.querySelector('#save-dialog [data-close]')");
    // A long report is given up: nothing is left of it.
    let send = |browser: &mut Browser, paths: &str| {
        browser.click("document.getElementById('send')");
        browser.eval(&format!("document.getElementById('report-paths').value = '{paths}'"));
        browser.click("document.querySelector('#send-dialog button[type=submit]')");
    };
    browser.eval("document.getElementById('report-paths').removeAttribute('max')");
    send(&mut browser, "4000000");
    browser.wait("document.body.classList.contains('reporting') && document.getElementById('status').textContent.includes('4,000,000')");
    browser.click("document.getElementById('cancel')");
    browser.wait("!document.body.classList.contains('reporting')");
    assert!(!folder.join("output").exists());
    send(&mut browser, "20000");
    browser.wait("!document.getElementById('report-link').hidden");
    let report = browser.eval("document.getElementById('report-link').href").as_str().unwrap().to_string();
    is_quiet(&browser, &server);
    browser.open(&report);
    assert!(browser.eval("document.querySelector('h1').textContent").as_str().is_some_and(|h| !h.is_empty()));
    assert!(folder.join("output/starter/serve/report.html").exists());
}

#[test]
fn it_can_be_used_on_a_phone_in_the_dark_and_by_keys() {
    let folder = folder("phone");
    let (server, mut browser) = opened(&folder, "amazon-openai.toml", "?paths=4096&plan.openai=0.8");
    for (width, scheme) in [(320, "light"), (375, "dark"), (768, "light"), (1400, "dark")] {
        browser.ask(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 700 }),
        );
        browser.ask("Emulation.setEmulatedMedia", json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }));
        // The pictures are drawn anew in the frame after the one in which they got their width.
        browser.wait(&format!("document.documentElement.clientWidth === {width}"));
        browser.eval("new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))");
        let overflow = browser.eval("document.documentElement.scrollWidth - innerWidth").as_f64().unwrap();
        assert!(overflow <= 0.0, "{overflow} px too wide at {width}");
        let small = browser.eval("[...document.querySelectorAll('svg text')].map((t) => parseFloat(getComputedStyle(t).fontSize)).filter((s) => s < 11.9).length");
        assert_eq!(small, 0, "text of less than 12 px at {width}");
    }
    // Every control has a name and can be reached; the curve is read off by keys.
    let nameless = "[...document.querySelectorAll('input, button')].filter((e) => !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim())).length";
    assert_eq!(browser.eval(nameless), 0);
    let before = text(&mut browser, "#curve-read");
    browser.eval("document.getElementById('curve').focus()");
    browser.press("ArrowRight", 39);
    assert_ne!(text(&mut browser, "#curve-read"), before);
    let ring = text(&mut browser, "#ring-read");
    browser.eval("document.getElementById('ring').focus()");
    browser.press("ArrowRight", 39);
    assert_ne!(text(&mut browser, "#ring-read"), ring);
    is_quiet(&browser, &server);
}

/// Bytes of a text in base 64.
fn decoded(text: &str) -> Vec<u8> {
    let digit = |c: u8| b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".iter().position(|d| *d == c).map(|d| d as u32);
    let group = |four: &[u8]| {
        let digits: Vec<u32> = four.iter().filter_map(|c| digit(*c)).collect();
        let bits = digits.iter().fold(0, |sum, d| sum << 6 | d) << (6 * (4 - digits.len()));
        (0..digits.len().saturating_sub(1)).map(move |k| (bits >> (16 - 8 * k)) as u8).collect::<Vec<u8>>()
    };
    text.as_bytes().chunks(4).flat_map(group).collect()
}

/// The guide's picture of the page is taken here, with `BUBBLERISK_BLESS=1`; without, that one can be taken.
#[test]
fn the_picture_of_the_guide() {
    let folder = folder("picture");
    let (_server, mut browser) = opened(&folder, "amazon-openai.toml", "?plan.openai=0.7&off=coreweave-nvidia");
    let shot = browser.ask("Page.captureScreenshot", json!({ "format": "png" }));
    let png = decoded(shot["data"].as_str().expect("a picture"));
    assert!(png.starts_with(b"\x89PNG\r\n") && png.ends_with(b"IEND\xaeB`\x82") && png.len() > 20_000, "{} bytes", png.len());
    if std::env::var_os("BUBBLERISK_BLESS").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/src/images/serve.png"), png).unwrap();
    }
}
