//! Files and words from made-up results: complete, finite, escaped, readable, and able to say that nothing was found. Not the numbers of a real run.

#[path = "common/results.rs"]
mod made_up;

use bubblerisk::report::{self, Figure, Material, Template};
use bubblerisk::results::{self, Facts, Results, RunInfo, ScenarioInfo, tables::TABLES};
use bubblerisk::{charts, error::Error};
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report").join(name);
    let _ = std::fs::remove_dir_all(&path);
    path
}

fn facts() -> Facts {
    Facts {
        command: "bubblerisk run made-up.toml --paths 100000 --seed 7".into(),
        sources: vec!["made-up.toml".into()],
        relative_bin_widths: vec![("losses of firms".into(), 0.03125)],
        threads: 3,
        duration_seconds: 1.25,
        ..Facts::default()
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn figures(r: &Results) -> Vec<Figure> {
    let figure = |p: charts::Picture| Figure { name: p.name.into(), svg: p.svg_with_values(), alt: p.alt };
    charts::pictures(r).into_iter().map(figure).collect()
}

fn page(r: &Results) -> String {
    report::html(r, &Material { figures: figures(r), ..Material::default() }).unwrap()
}

/// The page without its style sheet, its script and what the script looks up.
fn body(html: &str) -> String {
    let without = |html: &str, from: &str, to: &str| {
        let mut out = html.to_string();
        while let Some(start) = out.find(from) {
            let end = start + out[start..].find(to).expect("an end") + to.len();
            out.replace_range(start..end, "");
        }
        out
    };
    without(&without(html, "<style>", "</style>"), "<script", "</script>")
}

#[test]
fn every_table_parses_under_its_documented_heading_and_holds_only_finite_numbers() {
    for r in [made_up::results(), made_up::scripted()] {
        for table in &TABLES {
            let Some(text) = table.csv(&r) else {
                assert!(table.is_optional && table.rows(&r).is_empty(), "{} is missing", table.file);
                continue;
            };
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let heading: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
            let columns = table.columns();
            assert_eq!(heading, columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>(), "{}", table.file);
            let mut names = heading.clone();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), heading.len(), "{} names a column twice", table.file);
            assert!(columns.iter().all(|c| !c.meaning.is_empty()), "{} has a column without a meaning", table.file);
            // The reader refuses rows of another length.
            let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
            assert_eq!(rows.len(), table.rows(&r).len(), "{}", table.file);
            for cell in rows.iter().flatten() {
                let number: Option<f64> = cell.parse().ok();
                assert!(number.is_none_or(f64::is_finite), "{} holds {cell}", table.file);
            }
        }
    }
}

#[test]
fn a_saved_run_is_read_back_whole() {
    let (r, folder) = (made_up::results(), folder("whole"));
    let written = results::write(&r, None, &facts(), &folder).unwrap();
    assert_eq!(results::read(&folder).unwrap(), r);
    assert_eq!(results::read(&folder.join("results.json")).unwrap(), r);
    assert_eq!(written.last().unwrap(), &folder.join("manifest.json"));
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), written.len(), "there are other files: {left:?}");
}

#[test]
fn the_manifest_says_how_to_run_it_again_and_times_stand_nowhere_else() {
    let (r, folder) = (made_up::results(), folder("manifest"));
    let written = results::write(&r, None, &facts(), &folder).unwrap();
    let m: serde_json::Value = serde_json::from_str(&read(&folder.join("manifest.json"))).unwrap();
    assert_eq!(m["run"]["command"], facts().command);
    assert_eq!((m["run"]["seed"].as_u64(), m["run"]["threads"].as_u64()), (Some(7), Some(3)));
    assert_eq!(m["run"]["duration_seconds"], 1.25);
    assert_eq!(m["scenario"]["sha256"], r.scenario.hash);
    assert_eq!(m["parameters"]["shocks.boom_to_bust_per_quarter"], 0.05);
    assert_eq!(m["accuracy"]["relative_bin_widths"]["losses of firms"], 0.03125);
    let exact = m["accuracy"]["order_statistics"].as_array().unwrap();
    assert!(exact.contains(&"net_loss in W0".into()) && exact.contains(&"net_loss in W2 given a bust".into()), "{exact:?}");
    assert!(m["accuracy"]["read_off_bins"].as_array().unwrap().contains(&"revenue_shortfall in W0".into()));
    assert_eq!(m["files"].as_array().unwrap().len(), written.len() - 1);
    // The same results written by a slower machine differ in the manifest alone.
    let other = folder.join("again");
    results::write(&r, None, &Facts { threads: 64, duration_seconds: 99.0, ..facts() }, &other).unwrap();
    for path in written.iter().filter(|p| !p.ends_with("manifest.json")) {
        assert_eq!(read(path), read(&other.join(path.file_name().unwrap())), "{}", path.display());
    }
}

#[test]
fn tables_of_an_earlier_run_do_not_stay() {
    let folder = folder("stale");
    results::write(&made_up::scripted(), None, &facts(), &folder).unwrap();
    assert!(folder.join("channels.csv").exists());
    results::write(&made_up::results(), None, &facts(), &folder).unwrap();
    assert!(!folder.join("channels.csv").exists());
}

#[test]
fn rows_with_numbers_that_are_not_finite_are_left_out_and_counted() {
    let mut r = made_up::results();
    r.fans[3].plan = f64::NAN;
    r.losses[0].mean.high = f64::INFINITY;
    r.amplification[5].ratio.as_mut().unwrap().std_error = f64::NAN;
    r.scenario.parameters.push(("shocks.degrees_of_freedom".into(), f64::INFINITY));
    r.solver.value_residual = f64::NAN;
    let clean = results::finite(&r);
    assert_eq!(
        (clean.fans.len(), clean.losses.len(), clean.amplification.len()),
        (r.fans.len() - 1, r.losses.len() - 1, r.amplification.len() - 1)
    );
    assert_eq!(clean.solver.non_finite, 3);
    assert!(clean.warnings.last().unwrap().text.contains("3 rows"));
    let folder = folder("finite");
    results::write(&r, None, &facts(), &folder).unwrap();
    assert_eq!(results::read(&folder).unwrap(), clean);
    let all: String = TABLES.iter().filter_map(|t| t.csv(&r)).collect();
    assert!(!all.to_lowercase().contains("nan") && !all.contains(",inf") && !all.contains(",-inf"));
    assert!(!report::summary(&r).contains("NaN"));
}

#[test]
fn what_is_not_a_saved_run_is_refused() {
    let folder = folder("refused");
    assert!(matches!(results::read(&folder), Err(Error::File { .. })));
    std::fs::create_dir_all(&folder).unwrap();
    assert!(matches!(results::read(&folder), Err(Error::File { .. })));
    for text in ["", "{", "[]", "{\"run\": {\"version\": \"9.9.9\"}}"] {
        std::fs::write(folder.join("results.json"), text).unwrap();
        let e = results::read(&folder).unwrap_err();
        assert!(matches!(&e, Error::Usage(m) if m.contains("results.json")), "{e}");
        assert_eq!(text.contains("9.9.9"), e.to_string().contains("version 9.9.9"), "{e}");
    }
    let mut r = made_up::results();
    r.contagion[0].hit = 17;
    std::fs::write(folder.join("results.json"), serde_json::to_string(&r).unwrap()).unwrap();
    assert!(matches!(results::read(&folder), Err(Error::Usage(m)) if m.contains("no firm")));
}

#[test]
fn the_summary_names_what_was_asked_with_intervals_worlds_and_caution() {
    let text = report::summary(&made_up::results());
    for needed in [
        "As of 2025-12-31",
        "100,000 paths, seed 7; 34,000 of them (34 %)",
        "not ratings, and nothing here is advice",
        "lose $1,500.0 ± 5.1 bn",
        "gain $160.0 ± 5.1 bn",
        "1.1000 ± 0.0071 times the net loss",
        "given a bust; 7.20 ± 0.20 % given no bust",
        "Example Chips failed on no path",
        "world W2 (isolated firms whose counterparties perform exactly as planned), with the same shocks",
        "is 1.3400 ± 0.0040 times as large",
        "world W1 (circular finance replaced by an arm's-length outside investor)",
        "no ratio, as the other mean is within five standard errors of zero",
        "Without the common revaluation (S = 0)",
        "Example Lab is the largest buyer",
        "ES 99 %",
        "Example Cloud is hurt most, by the failure of Example Lab",
        "Warning: something to know. Advice: do something about it.",
        "signed or in force",
    ] {
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(needed), "no \"{needed}\" in\n{text}");
    }
    let widest = text.lines().map(|l| l.chars().count()).max().unwrap();
    assert!(widest <= 101, "a line of {widest} characters");
    assert!(!text.contains('\u{1b}'), "a colour");
}

#[test]
fn the_summary_can_say_that_there_is_no_amplification() {
    let flat = report::summary(&made_up::nothing_amplified()).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("No amplification against W2") && flat.contains("No amplification against W1"), "{flat}");
    assert!(flat.contains("is the same to the last digit"));
    assert!(!report::summary(&made_up::results()).contains("No amplification"));
}

#[test]
fn of_one_deal_both_firms_are_spoken_of_first() {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let r = made_up::one_deal();
    let cloud = "Given a bust the shareholders of Example Cloud, which finances Example Lab and sells to it, lose $150.0 ± 5.1 bn on average against plan \
                 (mark-to-market): $33.0 ± 1.2 bn more than as an isolated firm on the same shocks (W2) and no more and no less, beyond the error, than with an \
                 arm's-length investor (W1). On the 9,000 paths on which Example Lab fails, they lose 12.0 ± 1.0 % of Example Cloud's value \
                 today more than in W2. The probability that Example Cloud defaults within the horizon is 8.00 ± 0.29 % given a bust; 1.92 ± 0.11 % given no bust.";
    let lab = "$2.00 ± 0.50 bn less than as an isolated firm on the same shocks (W2) or with an arm's-length investor (W1).";
    let html = page(&r);
    let (first, second) = (html.find("the shareholders of Example Cloud").unwrap(), html.find("the shareholders of Example Lab").unwrap());
    assert!(first < second && second < html.find("the firms together").unwrap(), "not first on the page");
    for text in [report::summary(&r), html.replace("&#x27;", "'")] {
        assert!(flat(&text).contains(&flat(cloud)) && flat(&text).contains(lab), "{text}");
    }
    let mut talks = made_up::one_deal();
    talks.flows.iter_mut().filter(|f| f.kind == results::FlowKind::Investment).for_each(|f| f.kind = results::FlowKind::Unsigned);
    assert!(flat(&report::summary(&talks)).contains("which may finance Example Lab and sells to it"));
    // Where they gain, more is a larger gain, which is a smaller loss.
    let mut gain = made_up::one_deal();
    gain.losses.iter_mut().filter(|l| l.metric.name() == "mark_to_market_loss_vs_plan").for_each(|l| l.mean = l.mean.scaled(-1.0).unwrap());
    let said = flat(&report::summary(&gain));
    assert!(
        said.contains("sells to it, gain $150.0 ± 5.1 bn on average against plan (mark-to-market): $33.0 ± 1.2 bn less than as"),
        "{said}"
    );
    // A second firm that finances its buyer, or many firms: the system is spoken of and nothing else.
    let mut two = made_up::one_deal();
    two.firms.push(made_up::results().firms[2].clone());
    two.flows.push(results::FlowRow { from: Some(2), to: Some(1), kind: results::FlowKind::Loan, usd_bn: 1.0, in_largest_loop: false });
    assert!(
        report::summary(&two).contains("shareholders of Example Cloud, which"),
        "a loan to a firm that buys elsewhere goes round nowhere"
    );
    two.contracts.extend(made_up::results().contracts.into_iter().filter(|c| c.seller == Some(2)));
    let mut many = made_up::one_deal();
    many.firms.extend(vec![many.firms[1].clone(); 3]);
    for r in [two, many, made_up::results()] {
        assert!(!report::summary(&r).contains("the shareholders of"), "{}", report::summary(&r));
    }
}

#[test]
fn of_two_firms_without_a_circle_nobody_is_called_an_investor() {
    let mut r = made_up::one_deal();
    r.flows.retain(|f| f.kind != results::FlowKind::Investment);
    let said = report::summary(&r).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("the shareholders of Example Cloud, which sells to Example Lab, lose") && !said.contains("finances"), "{said}");
    r.run.bust_paths = 0;
    r.scenario.random = false;
    let script = report::summary(&r);
    assert!(script.contains("Example Lab fails in 2026Q2.") && !script.contains("on average against plan"), "{script}");
}

#[test]
fn a_script_has_no_probabilities_but_channels() {
    let text = report::summary(&made_up::scripted());
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("Scripted: nothing is random"));
    assert!(
        flat.contains("Of the net loss of $300 bn, $200 bn comes from the shock itself (W2) and $100 bn through the network"),
        "{text}"
    );
    assert!(flat.contains("In order of failure:"));
    assert!(!flat.contains("probability of default within") && !flat.contains("VaR") && !flat.contains('±'), "{text}");
}

#[test]
fn empty_results_are_no_accident() {
    let mut r = made_up::results();
    r.firms.clear();
    let r = Results {
        losses: vec![],
        defaults: vec![],
        joint: vec![],
        default_counts: vec![],
        amplification: vec![],
        fans: vec![],
        contagion: vec![],
        contracts: vec![],
        plan: vec![],
        flows: vec![],
        exceedance: vec![],
        histogram: vec![],
        scenario: ScenarioInfo { quarters: vec![], exposures: vec![], parameters: vec![], ..r.scenario.clone() },
        run: RunInfo { paths: 0, bust_paths: 0, ..r.run.clone() },
        ..r
    };
    assert!(report::summary(&r).contains("What it rests on"));
    assert!(report::html(&r, &Material::default()).is_ok());
}
#[test]
fn the_json_document_holds_every_number_of_the_summary() {
    let r = made_up::results();
    let document = report::json(&r);
    let again: serde_json::Value = serde_json::from_str(&document.to_string()).unwrap();
    assert_eq!(again, document);
    let ids: Vec<&str> = document["sections"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["asked", "system_loss", "failures", "amplification", "commitments", "contagion", "evidence", "accuracy"]);
    let text = report::summary(&r).split_whitespace().collect::<Vec<_>>().join(" ");
    for section in document["sections"].as_array().unwrap() {
        assert!(!section["numbers"].is_null());
        for statement in section["statements"].as_array().unwrap() {
            assert!(text.contains(&statement.as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
    assert!(document["caution"].as_str().unwrap().contains("advice"));
}

/// Whether tags are closed in order: enough of a parser for what we write.
fn balanced(html: &str) -> Result<(), String> {
    const EMPTY: [&str; 2] = ["meta", "!DOCTYPE"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let end = at + rest[at..].find('>').ok_or("a tag without an end")?;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap_or("");
        match (tag.starts_with('/'), tag.ends_with('/') || EMPTY.contains(&name)) {
            (true, _) if open.pop() != Some(name) => return Err(format!("</{name}> closes nothing")),
            (false, false) => open.push(name),
            _ => {}
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("still open: {open:?}")) }
}

#[test]
fn the_html_report_is_one_balanced_file_without_outside_references() {
    for r in [made_up::results(), made_up::scripted(), made_up::nothing_amplified()] {
        let figures = figures(&r);
        assert!(!figures.is_empty());
        let html = page(&r);
        balanced(&body(&html)).unwrap();
        for banned in ["<link", "<img", "<iframe", "@import", "url(", " src=", "fetch(", "XMLHttpRequest", "localStorage", "<?xml"] {
            assert!(!html.contains(banned), "the report holds {banned}");
        }
        assert!(!body(&html).contains("NaN") && html.contains("default-src 'none'"));
        // Addresses are those of sources, to be followed by a reader.
        assert_eq!(html.matches("href=\"http").count(), r.scenario.exposures.len());
        for f in &figures {
            assert_eq!(html.matches(&format!("id=\"chart-{}\"", f.name)).count(), 1, "{}", f.name);
            assert!(!f.alt.is_empty());
        }
        assert!(html.contains("@media print") && html.contains("nothing here is advice"));
    }
}

#[test]
fn the_html_report_says_what_the_terminal_says() {
    let r = made_up::results();
    let html = report::html(&r, &Material::default()).unwrap();
    let plain = html
        .replace("&#x27;", "'")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#x2f;", "/")
        .replace("&amp;", "&")
        .replace('\u{a0}', " ");
    for section in report::sections(&r) {
        let heading = section.heading.trim_start_matches(|c: char| c.is_ascii_digit() || ". ".contains(c));
        assert!(plain.contains(heading) || section.id == "system_loss", "{heading}");
        section.statements.iter().for_each(|s| assert!(plain.contains(s.as_str()), "no \"{s}\""));
        section.tables.iter().flat_map(|t| t.rows.iter().flatten()).for_each(|c| assert!(plain.contains(c.as_str()), "no \"{c}\""));
    }
}

#[test]
fn names_cannot_break_the_page_or_the_tables() {
    let mut r = made_up::results();
    let hostile = "<script>alert('x')</script> & \"Söhne\",\n=1+1";
    r.firms[0].name = hostile.into();
    r.firms[0].id = hostile.into();
    r.scenario.title = hostile.into();
    r.contracts[0].id = hostile.into();
    let html = page(&r);
    assert_eq!(html.matches("<script").count(), 2, "our own two");
    balanced(&body(&html)).unwrap();
    let text = TABLES[1].csv(&r).unwrap();
    let first = csv::Reader::from_reader(text.as_bytes()).records().next().unwrap().unwrap();
    assert_eq!(&first[0], hostile);
}

#[test]
fn docs_output_md_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/output.md");
    let expected = results::reference();
    if std::env::var_os("BUBBLERISK_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &expected).unwrap();
    }
    assert!(read(&path) == expected, "docs/output.md is out of date: BUBBLERISK_BLESS=1 cargo test --test report");
}

/// What stands in quotes after each occurrence of a text.
fn quoted<'a>(html: &'a str, before: &str) -> Vec<&'a str> {
    html.match_indices(before).map(|(at, _)| html[at + before.len()..].split('"').next().unwrap()).collect()
}

#[test]
fn the_page_has_its_sections_in_order() {
    let html = page(&made_up::results());
    let order = [
        "finding",
        "system_loss",
        "money",
        "who",
        "failures",
        "contagion",
        "amplification",
        "drivers",
        "commitments",
        "stories",
        "evidence",
        "accuracy",
        "not_modelled",
        "reproduce",
    ];
    assert_eq!(quoted(&html, "<section id=\""), order);
    let charts = [
        "loss-histogram",
        "exceedance",
        "ring",
        "fans",
        "default-timeline",
        "contagion",
        "amplification",
        "defaults-by-world",
        "commitments-against-funds",
    ];
    assert_eq!(quoted(&html, "<figure id=\"chart-"), charts);
    let script = page(&made_up::scripted());
    let kept: Vec<&str> = order.into_iter().filter(|id| *id != "contagion").collect();
    assert_eq!(quoted(&script, "<section id=\""), kept);
    assert!(script.contains("chart-channels"));
}

#[test]
fn what_the_controls_look_up_is_what_was_found() {
    let r = made_up::results();
    let html = page(&r);
    let text = html.split("id=\"data\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(data["worlds"].as_array().unwrap().len(), 3);
    assert_eq!(data["first_given"], "bust");
    let row = r.losses.iter().find(|l| l.metric.name() == "stake_loss" && l.firm == Some(1) && l.mean.value < 0.0).unwrap();
    let shown = &data["cells"][format!("{:?}|base|no_bust|cloud", row.world)]["stake_loss"][0];
    assert_eq!(shown[1].as_f64().unwrap(), row.mean.value);
    assert!(shown[0].as_str().unwrap().contains('±'));
    assert_eq!(data["cells"]["W0|base|bust|lab"]["default"][0][0], "30.00 ± 0.49");
    assert_eq!(data["cells"]["W0|no_sentiment|all|"]["net_loss"][2][1], 1.34);
}

#[test]
fn a_story_tells_what_changes_and_tells_it_once() {
    let html = page(&made_up::results());
    let story = html.split("class=\"story\"").nth(1).unwrap().split("</article>").next().unwrap();
    assert!(story.contains("Path 4711: a net loss of $3,000 bn against plan in W0, with a bust"));
    assert_eq!(story.matches("Example Lab orders").count(), 1);
    assert!(story.contains("<dt>2026Q3</dt><dd><p>Example Lab FAILS") && !story.contains("is paid"));
}

#[test]
fn what_is_not_modelled_is_what_the_methods_say() {
    let methods = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/methods.md"));
    let scope = methods.split("## 14 Scope").nth(1).unwrap().split("Out, for now:").nth(1).unwrap().split("\n\n").next().unwrap();
    let flat = scope.split_whitespace().collect::<Vec<_>>().join(" ");
    let listed: Vec<&str> = flat.trim_end_matches('.').split("; ").collect();
    assert_eq!(report::limits::LEFT_OUT.map(|l| l.0).to_vec(), listed);
}

#[test]
fn a_template_gets_every_variable_that_is_documented() {
    let r = made_up::results();
    let mut template = Template::default();
    let one = |name: &str| match name.strip_prefix("sections[].") {
        Some(inner) => format!("{name}: {{{{ sections[0].{inner} is defined }}}}\n"),
        None => format!("{name}: {{{{ {name} is defined }}}}\n"),
    };
    template.page.name = "mine/page.html".into();
    template.page.text = results::VARIABLES.iter().map(|v| one(v.0)).collect();
    let filled = report::html(&r, &Material { template: template.clone(), ..Material::default() }).unwrap();
    assert_eq!(filled.matches("True").count(), results::VARIABLES.len(), "{filled}");
    template.page.text = "<p>\n{{ title | no_such_filter }}".into();
    let wrong = report::html(&r, &Material { template, ..Material::default() }).unwrap_err();
    assert!(matches!(&wrong, Error::Usage(m) if m.starts_with("mine/page.html:2: ")), "{wrong}");
}
