//! The report in a real browser: it fetches nothing, its controls work, what it shows is what the tables hold, it can be read on a phone, in the dark, by
//! keyboard and on paper. Not its words.

#[path = "common/chromium.rs"]
mod chromium;

use chromium::Browser;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const SCENARIO: &str = "scenarios/amazon-openai.toml";

fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser").join(name)
}

fn command(words: &[&str]) -> std::process::Output {
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_bubblerisk"));
    program.current_dir(env!("CARGO_MANIFEST_DIR")).args(words).output().expect("the program runs")
}

/// The folder of one run of the flagship, for every test here.
fn run() -> &'static Path {
    static RUN: OnceLock<PathBuf> = OnceLock::new();
    RUN.get_or_init(|| {
        let output = scratch("run");
        let done = command(&["run", SCENARIO, "--paths", "8192", "--quiet", "--output", &output.display().to_string()]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let folder = output.join("amazon-openai");
        let bytes = std::fs::metadata(folder.join("report.html")).expect("a report").len();
        assert!(bytes < 2_000_000, "the report has {bytes} bytes");
        folder
    })
}

fn address() -> String {
    format!("file://{}", run().join("report.html").display())
}

fn opened(name: &str) -> Browser {
    let address = address();
    let mut browser = Browser::start(&scratch(name));
    browser.open(&address);
    browser
}

/// Nothing was fetched but the page, and nothing went wrong in it.
fn is_quiet(browser: &Browser) {
    let fetched: Vec<&str> = browser.told("Network.requestWillBeSent").filter_map(|e| e["request"]["url"].as_str()).collect();
    assert_eq!(fetched, [address()], "the page fetches");
    assert_eq!(browser.told("Runtime.exceptionThrown").collect::<Vec<_>>(), Vec::<&Value>::new());
    let bad = |e: &&Value| e["entry"]["level"] == "error" || e["entry"]["level"] == "warning";
    assert_eq!(browser.told("Log.entryAdded").filter(bad).collect::<Vec<_>>(), Vec::<&Value>::new());
    assert_eq!(browser.told("Runtime.consoleAPICalled").collect::<Vec<_>>(), Vec::<&Value>::new());
}

type Rows = Vec<HashMap<String, String>>;

fn table(file: &str) -> Rows {
    let mut reader = csv::Reader::from_path(run().join(file)).expect("a table of the run");
    reader.deserialize().collect::<Result<_, _>>().expect("a table of the run")
}

/// Value, lower and upper end as the table has them.
fn in_table(rows: &Rows, wanted: &[(&str, &str)], columns: [&str; 3]) -> [f64; 3] {
    let is_it = |row: &&HashMap<String, String>| wanted.iter().all(|(k, v)| row[*k] == *v);
    let row = rows.iter().find(is_it).unwrap_or_else(|| panic!("no row {wanted:?}"));
    columns.map(|c| row[c].parse().unwrap_or_else(|_| panic!("{wanted:?} has no {c}")))
}

fn choose(browser: &mut Browser, choices: [(&str, &str); 4]) {
    for (control, value) in choices {
        let chosen = browser.eval(&format!(
            "(() => {{ const s = document.querySelector('#{control}'); s.value = '{value}'; s.dispatchEvent(new Event('change', {{ bubbles: true }})); return s.value; }})()"
        ));
        assert_eq!(chosen, value, "#{control} does not offer it");
    }
}

/// Text, value, lower and upper end of a cell of the panel.
fn looked_up(browser: &mut Browser, row: &str, column: usize) -> (String, [f64; 3]) {
    let cell = format!("document.querySelector('#found tr[data-row=\"{row}\"]').cells[{column}]");
    let got = browser.eval(&format!("[{cell}.textContent, {cell}.dataset.number, {cell}.dataset.low, {cell}.dataset.high]"));
    let number = |k: usize| got[k].as_str().unwrap_or_else(|| panic!("{row} shows {got}")).parse().expect("a number");
    (got[0].as_str().expect("text").to_string(), [number(1), number(2), number(3)])
}

fn agree(shown: [f64; 3], held: [f64; 3], what: &str) {
    for (a, b) in shown.iter().zip(held) {
        assert!((a - b).abs() <= 1e-6 * b.abs(), "{what}: shown {shown:?}, in the table {held:?}");
    }
}

const ESTIMATE: [&str; 3] = ["value", "low", "high"];

#[test]
fn what_the_panel_shows_is_what_the_tables_hold() {
    let mut browser = opened("panel");
    let (summary, defaults, amplification) = (table("summary.csv"), table("defaults.csv"), table("amplification.csv"));
    let mut compared = 0;
    for (world, given, firm) in
        [("W0", "bust", ""), ("W1", "all", ""), ("W2", "no_bust", "openai"), ("W0", "all", "oracle"), ("W2", "bust", "nvidia")]
    {
        choose(&mut browser, [("world", world), ("panel", "base"), ("given", given), ("firm", firm)]);
        let named = if firm.is_empty() { "system" } else { firm };
        let at = [("firm", named), ("world", world), ("panel", "base"), ("given", given)];
        for metric in ["net_loss", "revenue_shortfall", "external_credit_loss"] {
            let wanted = |statistic| [&at[..], &[("metric", metric), ("statistic", statistic)]].concat();
            agree(looked_up(&mut browser, metric, 2).1, in_table(&summary, &wanted("mean"), ESTIMATE), metric);
            compared += 1;
        }
        if firm.is_empty() {
            let wanted = [&at[..], &[("metric", "net_loss"), ("statistic", "es_99")]].concat();
            agree(looked_up(&mut browser, "net_loss", 3).1, in_table(&summary, &wanted, ESTIMATE), "ES 99 %");
        } else {
            let columns = ["probability", "probability_low", "probability_high"];
            agree(looked_up(&mut browser, "default", 2).1, in_table(&defaults, &at, columns), "default");
        }
    }
    choose(&mut browser, [("world", "W0"), ("panel", "no_sentiment"), ("given", "bust"), ("firm", "")]);
    let at = [("metric", "net_loss"), ("firm", "system"), ("panel", "no_sentiment"), ("against", "W2"), ("given", "bust")];
    agree(looked_up(&mut browser, "net_loss", 4).1, in_table(&amplification, &at, ["ratio", "ratio_low", "ratio_high"]), "A");
    assert_eq!(compared, 15);
    // The keyboard alone reaches the next world.
    browser.eval("document.querySelector('#world').focus()");
    browser.press("ArrowDown", 40);
    assert_eq!(browser.eval("document.querySelector('#world').value"), "W1");
    assert!(browser.eval("document.querySelector('#chosen').textContent").as_str().unwrap().contains("W1, "));
    // The firm chosen is marked in the other tables.
    choose(&mut browser, [("world", "W0"), ("panel", "base"), ("given", "bust"), ("firm", "openai")]);
    assert!(browser.eval("document.querySelectorAll('#who tr.picked, #failures tr.picked').length").as_u64().unwrap() >= 2);
    is_quiet(&browser);
}

/// The numbers with which the cells of a column begin, in the order of the rows.
fn column(browser: &mut Browser, selector: &str, k: usize) -> Vec<f64> {
    let cells = browser.eval(&format!("[...document.querySelectorAll('{selector} tbody tr')].map((r) => r.cells[{k}].textContent)"));
    let cells = cells.as_array().expect("cells").iter().map(|c| c.as_str().expect("text").to_string());
    cells.map(|c| c.split([' ', '(']).next().unwrap().replace(',', "").parse().unwrap_or_else(|_| panic!("{c} is no number"))).collect()
}

#[test]
fn headings_sort_and_the_pointer_and_keys_read_values() {
    let mut browser = opened("pointer");
    let head = |k: usize| format!("document.querySelectorAll('#who table.sortable thead th')[{k}].querySelector('[role=button]')");
    for (wanted, is_down) in [("descending", true), ("ascending", false)] {
        browser.click(&head(3));
        let sorted = column(&mut browser, "#who table.sortable", 3);
        assert!(sorted.len() > 5 && sorted.windows(2).all(|w| if is_down { w[0] >= w[1] } else { w[0] <= w[1] }), "{wanted}: {sorted:?}");
        assert_eq!(browser.eval("document.querySelectorAll('#who th[aria-sort]')[0].getAttribute('aria-sort')"), wanted);
    }
    browser.eval(&format!("{}.focus()", head(1)));
    browser.press("Enter", 13);
    let sorted = column(&mut browser, "#who table.sortable", 1);
    assert!(sorted.windows(2).all(|w| w[0] >= w[1]), "by a key: {sorted:?}");
    let tip = "document.querySelector('#tip').hidden ? '' : document.querySelector('#tip').textContent";
    browser.point_at("document.querySelector('#losses td:nth-child(3), #system_loss td:nth-child(3)')");
    let said = browser.eval(tip);
    assert!(said.as_str().unwrap().contains("the 95 % interval is"), "{said}");
    browser.point_at("document.querySelectorAll('#chart-exceedance circle.value')[60]");
    let said = browser.eval(tip);
    assert!(said.as_str().unwrap().contains("of paths lose more than"), "{said}");
    browser.eval("document.querySelector('#chart-amplification').focus()");
    browser.press("ArrowRight", 39);
    let said = browser.eval(tip);
    assert!(said.as_str().unwrap().contains("W0/W"), "{said}");
    is_quiet(&browser);
}

/// The numbers of a text in order, each with the step of its last digit.
fn numbers(text: &str) -> Vec<(f64, f64)> {
    let plain = text.replace('−', "-").replace("-$", "$-").replace(',', "");
    let parts = plain.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).map(|p| p.trim_end_matches(['.', '-']));
    parts.filter_map(|p| Some((p.parse().ok()?, 0.1f64.powi(p.split_once('.').map_or(0, |d| d.1.len()) as i32)))).collect()
}

/// Whether a text says a value and, where it has one, its interval, each as far as its digits go.
fn says(text: &str, [value, low, high]: [Option<f64>; 3]) -> bool {
    // Without width, but for rounding, it is known and has none.
    let interval = low.zip(high).filter(|(a, b)| b - a > 2e-9 * b.abs());
    let (said, half) = (numbers(text), interval.map_or(0.0, |(a, b)| (b - a) / 2.0));
    let near = |k: usize, wanted: f64, room: f64| {
        said.get(k).is_some_and(|(v, step)| (v - wanted).abs() <= 0.501 * step + room * half + 1e-9 * wanted.abs())
    };
    let Some(value) = value else { return false };
    let is_said = match (interval, text.contains('±')) {
        (None, _) => true,
        // Where there is little room, the longer side of the interval stands for both.
        (Some((low, high)), true) => near(1, half, 0.06) || near(1, (high - value).max(value - low), 0.06),
        (Some((low, high)), false) => near(1, low, 0.12) && near(2, high, 0.12),
    };
    near(0, value, 0.06) && is_said
}

/// By its name: the columns with value, lower and upper end, how many of the unit shown make one of the table, and under which name a row can be read.
type Read = (&'static str, [&'static str; 3], fn(&HashMap<String, String>) -> f64, fn(&HashMap<String, String>) -> String);

fn world_said(w: &str) -> String {
    let words = [("W0", "full model"), ("W1", "arm's-length investor"), ("W2", "isolated firms")];
    words.iter().find(|x| x.0 == w).map(|x| format!("{} ({w})", x.1)).expect("a world")
}

fn given_said(g: &str) -> &'static str {
    if g == "Bust" { "given a bust" } else { "all paths" }
}

const PERCENT: fn(&HashMap<String, String>) -> f64 = |_| 100.0;
const ONE: fn(&HashMap<String, String>) -> f64 = |_| 1.0;

/// Charts of which a row of the table has a name of its own.
const READ: [Read; 6] = [
    ("ring", ["usd_bn", "", ""], ONE, |r| {
        let kinds = [("Purchase", "purchases under contract"), ("Investment", "investments planned"), ("Unsigned", "deals not yet signed")];
        let rest =
            [("Stake", "stakes held, fair value"), ("Loan", "loans"), ("Warrant", "warrants"), ("Backstop", "backstops, at their cap")];
        let kind = kinds.iter().chain(&rest).find(|k| k.0 == r["kind"]).expect("a kind").1;
        format!("{} to {}, {kind}", r["from"], r["to"])
    }),
    (
        "fans",
        ["q50", "q50_low", "q50_high"],
        |r| r["scale"].parse().unwrap(),
        |r| format!("{}, {}, {}", r["firm"], r["quantity"], r["quarter"]),
    ),
    ("default-timeline", ["cumulative_probability", "cumulative_low", "cumulative_high"], PERCENT, |r| {
        format!("{}, by {}, {}", r["firm"], r["quarter"], given_said(&r["given"]))
    }),
    ("contagion", ["excess_share", "low", "high"], PERCENT, |r| format!("{}, where {} fails", r["hit"], r["failing"])),
    ("defaults-by-world", ["probability", "low", "high"], PERCENT, |r| {
        format!("{}, {}{}", r["firm"], world_said(&r["world"]), if r["given"] == "Bust" { ", given a bust" } else { "" })
    }),
    ("convergence", ["value", "low", "high"], ONE, |r| {
        let heads = [
            ("es99_net_loss", "Expected shortfall 99 % of the net loss"),
            ("mean_net_loss", "Mean net loss"),
            ("amplification", "Amplification given a bust, W0 over W2"),
        ];
        let paths: u64 = r["paths"].parse().expect("paths");
        format!("{}, {} paths", heads.iter().find(|h| h.0 == r["measure"]).expect("a measure").1, bubblerisk::results::words::count(paths))
    }),
];

/// The values that a chart of the page can be asked for, as name and number.
fn values(browser: &mut Browser, chart: &str) -> Vec<(String, String)> {
    let got = browser.eval(&format!("[...document.querySelectorAll('#chart-{chart} circle.value')].map((c) => c.dataset.value)"));
    let texts = got.as_array().expect("values").iter().map(|t| t.as_str().expect("text").replace('\u{a0}', " "));
    texts
        .map(|t| t.split_once(": ").map(|(name, number)| (name.to_string(), number.to_string())).unwrap_or_else(|| panic!("{t}")))
        .collect()
}

fn cell(row: &HashMap<String, String>, column: &str, scale: f64) -> Option<f64> {
    row.get(column).and_then(|c| c.parse::<f64>().ok()).map(|v| v * scale)
}

/// The rows of a chart's table; fans of prices are drawn as an index.
fn rows_of(chart: &str) -> Rows {
    let mut rows = table(&format!("charts/{chart}.csv"));
    let starts: HashMap<String, f64> = rows
        .iter()
        .rev()
        .filter(|r| r.get("quantity").is_some_and(|q| q == "Price per share"))
        .map(|r| (r["firm"].clone(), r["plan"].parse().unwrap()))
        .collect();
    for row in &mut rows {
        let start = row.get("quantity").filter(|q| *q == "Price per share").map(|_| 100.0 / starts[&row["firm"]]);
        row.insert("scale".into(), start.unwrap_or(1.0).to_string());
    }
    rows
}

#[test]
fn what_can_be_read_off_a_chart_is_what_its_table_holds() {
    let mut browser = opened("values");
    for (chart, columns, scale, name) in READ {
        let rows = rows_of(chart);
        let by_name: HashMap<String, &HashMap<String, String>> = rows.iter().map(|r| (name(r), r)).collect();
        let (mut found, mut firms) = (0, 0);
        for (said, number) in values(&mut browser, chart) {
            let Some(row) = by_name.get(&said) else {
                let sums = |column: &str| {
                    rows.iter()
                        .filter(|r| r["from"] != "outside" && r["to"] != "outside" && r[column] == said)
                        .map(|r| cell(r, "usd_bn", 1.0).unwrap())
                        .sum::<f64>()
                };
                let parts: Vec<&str> = number.split(" from them ").collect();
                assert!(
                    chart == "ring" && says(parts[0], [Some(sums("from")), None, None]) && says(parts[1], [Some(sums("to")), None, None]),
                    "{chart}: {said}: {number}"
                );
                firms += 1;
                continue;
            };
            assert!(says(&number, columns.map(|c| cell(row, c, scale(row)))), "{chart}: {said}: {number}, in the table {row:?}");
            found += 1;
        }
        let all = rows.iter().filter(|r| r.values().all(|v| v != "outside")).count();
        assert!(found > 10 && (firms > 10) == (chart == "ring"), "{chart}: {found} of {all}");
        assert!(!["ring", "fans", "convergence"].contains(&chart) || found == all, "{chart}: {found} of {all}");
    }
    let plans = rows_of("commitments-against-funds");
    for (said, number) in values(&mut browser, "commitments-against-funds") {
        let parts: Vec<&str> = said.splitn(3, ", ").collect();
        let row = plans.iter().find(|r| r["firm"] == parts[0] && r["year"] == parts[1]).unwrap_or_else(|| panic!("{said}"));
        assert!(says(&number, [cell(row, parts[2], 1.0), None, None]), "{said}: {number}");
    }
    let bars = rows_of("loss-histogram");
    let named = |said: &str| bars.iter().find(|b| says(said, [cell(b, "low_usd_bn", 1.0), None, None]));
    let mut found = 0;
    for (said, number) in values(&mut browser, "loss-histogram").iter().filter(|v| v.0.starts_with("Net loss from ")) {
        let row = named(said.trim_start_matches("Net loss from ")).unwrap_or_else(|| panic!("{said}"));
        assert!(says(number, ["share", "share_low", "share_high"].map(|c| cell(row, c, 100.0))), "{said}: {number}, {row:?}");
        found += 1;
    }
    assert!(found > 10, "{found} bars");
    let curves = rows_of("exceedance");
    for (said, number) in values(&mut browser, "exceedance").iter().filter(|v| v.1.contains("lose more than")) {
        let is_it = |r: &&HashMap<String, String>| {
            said.starts_with(&world_said(&r["world"]))
                && said.contains("given a bust") == (r["given"] == "Bust")
                && says(number.split("more than").nth(1).unwrap(), [cell(r, "loss_usd_bn", 1.0), None, None])
        };
        let mut rows = curves.iter().filter(is_it);
        assert!(rows.any(|r| says(number, ["probability", "low", "high"].map(|c| cell(r, c, 100.0)))), "{said}: {number}");
    }
    is_quiet(&browser);
}

#[test]
fn every_chart_is_read_by_pointer_and_by_keys() {
    let mut browser = opened("read");
    let tip = "document.querySelector('#tip').hidden ? '' : document.querySelector('#tip').textContent";
    let charts = browser.eval("[...document.querySelectorAll('figure.chart')].map((f) => f.id)");
    for chart in charts.as_array().unwrap().iter().map(|c| c.as_str().unwrap()) {
        let value = |k: &str| format!("[...document.querySelectorAll('#{chart} circle.value')].at({k})");
        for k in ["0", "5", "-1"] {
            browser.point_at(&value(k));
            let (said, wanted) = (browser.eval(tip), browser.eval(&format!("{}.dataset.value", value(k))));
            // Where values lie on each other the pointer reads one of them.
            let place = format!("((c) => [c.getAttribute('cx'), c.getAttribute('cy')])(document.querySelector('#{chart} .shown'))");
            let same = browser.eval(&format!(
                "((a, c) => Math.hypot(a[0] - c.getAttribute('cx'), a[1] - c.getAttribute('cy')) < 25)({place}, {})",
                value(k)
            ));
            assert!(said == wanted || same == true, "{chart}, value {k}: {said}, not {wanted}");
        }
        browser.eval(&format!("document.querySelector('#{chart}').focus()"));
        for (key, code, k) in [
            ("Home", 36, "0"),
            ("ArrowRight", 39, "1"),
            ("ArrowLeft", 37, "0"),
            ("ArrowLeft", 37, "-1"),
            ("PageUp", 33, "-11"),
            ("End", 35, "-1"),
        ] {
            browser.press(key, code);
            let count = browser.eval(&format!("document.querySelectorAll('#{chart} circle.value').length")).as_u64().unwrap();
            let k = if key == "PageUp" && count < 11 { "0" } else { k };
            assert_eq!(browser.eval(tip), browser.eval(&format!("{}.dataset.value", value(k))), "{chart} after {key}");
        }
        browser.press("Escape", 27);
        assert_eq!(browser.eval(tip), "", "{chart}");
    }
    // Anywhere on a thick arrow and in a bar, not at its middle alone.
    let corner = browser.eval("(() => { const c = document.querySelector('#chart-loss-histogram circle.value[data-box]'); const all = [...document.querySelectorAll('#chart-loss-histogram circle.value[data-box]')]; const tall = all.map((c) => c.dataset.box.split(' ').map(Number)).map((b) => b[3] - b[1]); const k = tall.indexOf(Math.max(...tall)); const b = all[k].dataset.box.split(' ').map(Number); const svg = all[k].ownerSVGElement; svg.scrollIntoView({ block: 'center', behavior: 'instant' }); const r = svg.getBoundingClientRect(); const s = r.width / svg.viewBox.baseVal.width; return [r.left + s * (b[0] + b[2]) / 2, r.top + s * (b[3] - 4), all[k].dataset.value]; })()");
    browser.ask("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": corner[0], "y": corner[1] }));
    assert_eq!(browser.eval(tip), corner[2]);
    is_quiet(&browser);
}

#[test]
fn the_chosen_world_stands_out_where_a_picture_has_several() {
    let mut browser = opened("stress");
    let kept = "[...document.querySelectorAll('#chart-exceedance g[data-world]:not(.pale)')].map((g) => `${g.dataset.world} ${g.dataset.given}`).join(', ')";
    assert_eq!(browser.eval(&format!("{kept}.split(', ').length")), 6, "nothing is pale before a reader chooses");
    choose(&mut browser, [("world", "W0"), ("panel", "base"), ("given", "bust"), ("firm", "")]);
    assert_eq!(browser.eval(kept), "W0 bust, W0 bust");
    choose(&mut browser, [("world", "W2"), ("panel", "base"), ("given", "bust"), ("firm", "")]);
    assert_eq!(browser.eval(kept), "W2 all, W2 all", "its only curve");
    let worlds = "[...new Set([...document.querySelectorAll('#chart-defaults-by-world g:not(.pale)')].map((g) => g.dataset.world + g.dataset.given))].join()";
    assert_eq!(browser.eval(worlds), "W2bust");
    assert_eq!(browser.eval("document.querySelectorAll('#chart-loss-histogram .pale').length"), 0);
    is_quiet(&browser);
}

/// Least contrast of text with what lies behind it, and where.
const CONTRAST: &str = "(() => {
    const light = (c) => { const f = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }; return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
    const parts = (c) => c.match(/[\\d.]+/g).map(Number);
    const ground = (e) => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
    let worst = [99, ''];
    for (const e of document.querySelectorAll('h1, h2, h3, p, li, th, td, caption, a, button, label, select, summary, dt')) {
        if (!e.getClientRects().length || e.matches('.skip, #tip')) continue;
        const [a, b] = [light(parts(getComputedStyle(e).color)), light(ground(e))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < worst[0]) worst = [ratio, e.outerHTML.slice(0, 80)];
    }
    return worst;
})()";

#[test]
fn it_can_be_read_in_the_dark_on_a_phone_and_by_its_headings() {
    let mut browser = opened("looks");
    for theme in ["dark", "light"] {
        browser.click("document.querySelector('#theme')");
        assert_eq!(browser.eval("document.documentElement.dataset.theme"), theme);
        let worst = browser.eval(CONTRAST);
        assert!(worst[0].as_f64().unwrap() >= 4.5, "{theme}: {worst}");
    }
    assert_eq!(browser.eval("getComputedStyle(document.querySelector('.card')).backgroundColor"), "rgb(255, 255, 255)");
    let levels = browser.eval("[...document.querySelectorAll('h1, h2, h3, h4')].map((h) => Number(h.tagName[1]))");
    let levels: Vec<u64> = levels.as_array().unwrap().iter().map(|l| l.as_u64().unwrap()).collect();
    assert!(levels[0] == 1 && levels.iter().filter(|l| **l == 1).count() == 1 && levels.windows(2).all(|w| w[1] <= w[0] + 1), "{levels:?}");
    let twice = browser.eval("(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.filter((x, k) => ids.indexOf(x) !== k); })()");
    assert_eq!(twice, json!([]), "ids that stand twice");
    let nameless = browser.eval("[...document.querySelectorAll('figure, section, nav, select, .scroll')].filter((e) => !(e.ariaLabel || e.getAttribute('aria-labelledby') || e.labels?.length)).map((e) => e.outerHTML.slice(0, 60))");
    assert_eq!(nameless, json!([]), "without a name");
    for width in [320, 375, 768] {
        browser.ask("Emulation.setDeviceMetricsOverride", json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": true }));
        let wide = browser.eval("[document.documentElement.scrollWidth, document.body.scrollWidth]");
        assert!(wide[0].as_u64().unwrap() <= width && wide[1].as_u64().unwrap() <= width, "at {width} pixels the page is {wide} wide");
    }
    is_quiet(&browser);
}

/// Two runs of the same firms, one beside the other, the first with answers of other commands: their folders.
fn pair() -> (PathBuf, PathBuf) {
    let output = scratch("pair");
    let _ = std::fs::remove_dir_all(&output);
    let done = |words: &[&str]| {
        let done = command(&[words, &["--quiet", "--output", &output.display().to_string()]].concat());
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    done(&["run", SCENARIO, "--paths", "2048", "--seed", "7"]);
    let (first, second) = (output.join("amazon-openai"), output.join("second"));
    std::fs::rename(&first, &second).expect("a folder beside");
    // Of other firms, so not offered.
    done(&["run", "scenarios/two-firms.toml", "--paths", "512"]);
    done(&["compare", SCENARIO, "--without", "amazon-openai-10", "--without", "openai-oracle", "--paths", "2048"]);
    done(&["inspect", SCENARIO]);
    done(&["run", SCENARIO, "--paths", "4096"]);
    (first, second)
}

fn rows_in(folder: &Path, file: &str) -> Rows {
    let mut reader = csv::Reader::from_path(folder.join(file)).expect("a table of the run");
    reader.deserialize().collect::<Result<_, _>>().expect("a table of the run")
}

/// What the panel shows of a run, held to the tables of that run.
fn panel_is_of(browser: &mut Browser, folder: &Path) {
    let [summary, defaults, amplification] = ["summary.csv", "defaults.csv", "amplification.csv"].map(|file| rows_in(folder, file));
    for (world, given, firm) in [("W0", "bust", ""), ("W2", "all", "oracle"), ("W1", "no_bust", "")] {
        choose(browser, [("world", world), ("panel", "base"), ("given", given), ("firm", firm)]);
        let at = [("firm", if firm.is_empty() { "system" } else { firm }), ("world", world), ("panel", "base"), ("given", given)];
        let mut agrees = |row: &str, column: usize, held: [f64; 3], scale: f64| {
            let said = browser.eval(&format!("document.querySelector('#found tr[data-row=\"{row}\"]').cells[{column}].textContent"));
            assert!(
                says(said.as_str().unwrap(), held.map(|v| Some(scale * v))),
                "{world} {given} {firm} {row}: {said}, in the table {held:?}"
            );
        };
        for metric in ["net_loss", "external_credit_loss", "revenue_shortfall"] {
            let wanted = |statistic| [&at[..], &[("metric", metric), ("statistic", statistic)]].concat();
            agrees(metric, 2, in_table(&summary, &wanted("mean"), ESTIMATE), 1.0);
        }
        if firm.is_empty() && world == "W0" {
            let at = [("metric", "net_loss"), ("firm", "system"), ("panel", "base"), ("against", "W2"), ("given", given)];
            agrees("net_loss", 4, in_table(&amplification, &at, ["ratio", "ratio_low", "ratio_high"]), 1.0);
        } else if !firm.is_empty() {
            agrees("default", 2, in_table(&defaults, &at, ["probability", "probability_low", "probability_high"]), 100.0);
        }
    }
}

#[test]
fn another_run_can_be_looked_up_and_answers_stand_beside_the_run() {
    let (first, second) = pair();
    let mut browser = Browser::start(&scratch("switch"));
    browser.open(&format!("file://{}", first.join("report.html").display()));
    let offered = browser.eval("[...document.querySelector('#scenario').options].map((o) => o.textContent)");
    assert_eq!(offered, json!(["amazon-openai, 4,096 paths, seed 1", "amazon-openai in second, 2,048 paths, seed 7"]));
    let hidden = "[document.querySelector('#scenario').hidden, document.querySelector('label[for=scenario]').hidden]";
    assert_eq!(browser.eval(hidden), json!([false, false]));
    for (key, folder) in [("", &first), ("second", &second), ("", &first)] {
        let change = "s.dispatchEvent(new Event('change', { bubbles: true }))";
        browser.eval(&format!("(() => {{ const s = document.querySelector('#scenario'); s.value = '{key}'; {change}; }})()"));
        panel_is_of(&mut browser, folder);
        let chosen = browser.eval("document.querySelector('#chosen').textContent");
        let is_told = chosen.as_str().unwrap().starts_with("Of another run: amazon-openai in second, 2,048 paths, seed 7. ");
        assert_eq!(is_told, key == "second", "{chosen}");
    }
    let folded = browser
        .eval("[...document.querySelectorAll('details.answer')].map((d) => [d.open, d.querySelector('summary').textContent.length > 10])");
    assert!(folded.as_array().unwrap().len() > 4 && folded.as_array().unwrap().iter().all(|d| *d == json!([false, true])), "{folded}");
    for chart in ["compare-variants", "inspect-loops"] {
        browser.eval(&format!("document.querySelector('#chart-{chart}').focus()"));
        browser.press("ArrowRight", 39);
        let said = browser.eval("document.querySelector('#tip').textContent");
        assert!(said.as_str().unwrap().contains('$'), "{chart}: {said}");
    }
    let twice = browser.eval("(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.filter((x, k) => ids.indexOf(x) !== k); })()");
    assert_eq!(twice, json!([]), "ids that stand twice");
    let levels = browser.eval("[...document.querySelectorAll('h1, h2, h3, h4')].map((h) => Number(h.tagName[1]))");
    let levels: Vec<u64> = levels.as_array().unwrap().iter().map(|l| l.as_u64().unwrap()).collect();
    assert!(levels.windows(2).all(|w| w[1] <= w[0] + 1), "{levels:?}");
    browser.ask("Emulation.setDeviceMetricsOverride", json!({ "width": 320, "height": 800, "deviceScaleFactor": 1, "mobile": true }));
    let wide = browser.eval("document.documentElement.scrollWidth");
    assert!(wide.as_u64().unwrap() <= 320, "on a phone the page is {wide} wide");
    assert_eq!(browser.told("Runtime.exceptionThrown").collect::<Vec<_>>(), Vec::<&Value>::new());
    // With one run alone there is nothing to choose.
    assert_eq!(opened("alone").eval(hidden), json!([true, true]));
}

/// Bytes of a text in base 64.
fn decoded(text: &str) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut out) = (0u32, 0, Vec::new());
    for value in text.bytes().filter_map(|b| LETTERS.iter().position(|l| *l == b)) {
        (bits, count) = (bits << 6 | value as u32, count + 6);
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}

#[test]
fn it_prints_on_pages_without_its_controls() {
    let mut browser = opened("paper");
    let pdf = browser.ask("Page.printToPDF", json!({ "preferCSSPageSize": true }));
    let pdf = decoded(pdf["data"].as_str().expect("a document"));
    let text = String::from_utf8_lossy(&pdf);
    assert!(text.starts_with("%PDF-"));
    let pages = text.match_indices("/Type /Page").filter(|(at, m)| !text[at + m.len()..].starts_with('s')).count();
    assert!((8..=40).contains(&pages), "{pages} pages");
    browser.ask("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    for control in ["#theme", "#lookup", ".bar"] {
        assert_eq!(browser.eval(&format!("document.querySelector('{control}').getClientRects().length")), 0, "{control} is printed");
    }
    assert_eq!(browser.eval("getComputedStyle(document.querySelector('thead')).display"), "table-header-group");
    assert_eq!(browser.eval("getComputedStyle(document.querySelector('figure')).breakInside"), "avoid");
    is_quiet(&browser);
}

#[test]
fn a_template_of_ones_own_takes_the_place_of_ours() {
    let folder = scratch("template");
    std::fs::create_dir_all(&folder).unwrap();
    let copy = scratch("template-run");
    std::fs::create_dir_all(&copy).unwrap();
    std::fs::copy(run().join("results.json"), copy.join("results.json")).unwrap();
    let words = ["report", &copy.display().to_string(), "--quiet", "--template", &folder.display().to_string()].map(String::from);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let _ = std::fs::remove_file(folder.join("page.html"));
    let none = command(&words);
    assert!(!none.status.success() && String::from_utf8_lossy(&none.stderr).contains("page.html, page.css and page.js"));
    std::fs::write(
        folder.join("page.html"),
        "<!DOCTYPE html><title>{{ title }}</title>\n<p>{{ sections|length }} sections</p>\n{% for x in %}",
    )
    .unwrap();
    let wrong = String::from_utf8_lossy(&command(&words).stderr).to_string();
    assert!(wrong.contains("page.html:3"), "{wrong}");
    std::fs::write(folder.join("page.html"), "<!DOCTYPE html><title>{{ title }}</title>\n<p id=\"n\">{{ sections|length }} sections</p>")
        .unwrap();
    let done = command(&words);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut browser = Browser::start(&scratch("own"));
    browser.open(&format!("file://{}", copy.join("report.html").display()));
    assert!(browser.eval("document.querySelector('#n').textContent").as_str().unwrap().ends_with(" sections"));
}
