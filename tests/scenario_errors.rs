//! Every fault of a scenario that a user is likely to make is found, placed and explained: each test fixes the words of one message.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use bubblerisk::error::{Error, Problem, Severity};
use bubblerisk::scenario;

/// The starter with a piece of text exchanged: everything else in it is right.
fn starter_with(from: &str, to: &str) -> String {
    assert!(scenario::starter().contains(from), "the starter has no {from}");
    scenario::starter().replacen(from, to, 1)
}

fn errors_of(text: &str) -> Vec<Problem> {
    scenario::check_text("test.toml", text).problems.into_iter().filter(|p| p.severity == Severity::Error).collect()
}

/// The one error of the changed starter.
#[track_caller]
fn only_error(from: &str, to: &str) -> Problem {
    let errors = errors_of(&starter_with(from, to));
    assert_eq!(errors.len(), 1, "{}", errors.iter().map(|p| format!("{p}\n")).collect::<String>());
    errors.into_iter().next().unwrap()
}

/// Asserts what the only error of the changed starter says, in full.
#[track_caller]
fn says(from: &str, to: &str, found: &str, expected: &str, hint: &str) {
    let p = only_error(from, to);
    assert_eq!((p.found.as_str(), p.expected.as_str(), p.hint.as_str()), (found, expected, hint));
    assert!(p.place.as_ref().is_some_and(|at| at.line > 0 && at.column > 0 && at.bytes.end > at.bytes.start), "no place: {p}");
}

/// Asserts that some error of a text contains a message.
#[track_caller]
fn some_error(text: &str, words: &str) {
    let errors = errors_of(text);
    assert!(
        errors.iter().any(|p| p.to_string().contains(words)),
        "none says {words:?}:\n{}",
        errors.iter().map(|p| format!("{p}\n")).collect::<String>()
    );
}

/// A new empty folder, and files in it.
fn folder(files: &[(&str, &[u8])]) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("errors-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
    }
    folder
}

/// The errors of a scenario file, with the folder cut out of them.
fn errors_of_file(folder: &Path, name: &str) -> Vec<String> {
    let problems = scenario::check(&folder.join(name)).problems;
    let here = format!("{}/", folder.display());
    problems.iter().filter(|p| p.severity == Severity::Error).map(|p| p.to_string().replace(&here, "")).collect()
}

#[test]
fn unknown_firm() {
    says(
        "seller = \"cloud\"",
        "seller = \"clodu\"",
        "unknown firm `clodu` as `seller` of purchase `lab-cloud`",
        "the id of a [[firm]]",
        "did you mean `cloud`?",
    );
    let p = only_error("seller = \"cloud\"", "seller = \"clodu\"");
    let place = p.place.unwrap();
    let line = scenario::starter().lines().nth(place.line - 1).unwrap();
    assert_eq!((line, place.column), ("seller = \"cloud\"", 10));
    assert_eq!(&starter_with("seller = \"cloud\"", "seller = \"clodu\"")[place.bytes], "\"clodu\"");
}

#[test]
fn strange_firm_lists_those_there_are() {
    let p = only_error("seller = \"cloud\"", "seller = \"umbrella\"");
    assert_eq!(p.hint, "known: lab, cloud, chips");
}

#[test]
fn misspelt_key() {
    says(
        "minimum_cash_usd_bn = 2",
        "minimum_csah_usd_bn = 2",
        "unknown key `minimum_csah_usd_bn` in firm `lab`",
        "a key of [[firm]]",
        "did you mean `minimum_cash_usd_bn`?",
    );
}

#[test]
fn misspelt_table() {
    let p = only_error("[[stake]]", "[[stakes]]");
    assert_eq!((p.found.as_str(), p.hint.as_str()), ("unknown key `stakes` in the file", "did you mean `stake`?"));
}

#[test]
fn missing_key_with_its_misspelling() {
    let errors = errors_of(&starter_with("market_value_usd_bn = 150\n", "market_vlaue_usd_bn = 150\n"));
    let text: Vec<String> = errors.iter().map(|p| p.found.clone()).collect();
    assert_eq!(text, ["firm `lab` has no `market_value_usd_bn`", "unknown key `market_vlaue_usd_bn` in firm `lab`"]);
    assert_eq!(errors[0].hint, "is `market_vlaue_usd_bn` meant?");
}

#[test]
fn wrong_types() {
    let number = "a number in USD bn, 0 or more, or a distribution such as { dist = \"triangular\", low = 1, mode = 2, high = 3 }";
    says(
        "cash_usd_bn = 30",
        "cash_usd_bn = \"30\"",
        "`cash_usd_bn` of firm `lab` is a text",
        number,
        "write the number without quotation marks",
    );
    says("cash_usd_bn = 30", "cash_usd_bn = [30]", "`cash_usd_bn` of firm `lab` is a list", number, "");
    says("listed = false", "listed = \"false\"", "`listed` of firm `lab` is a text", "true or false", "write it without quotation marks");
    says(
        "name = \"Example Lab\"",
        "name = 7",
        "`name` of firm `lab` is a number",
        "a text in quotation marks",
        "put it in quotation marks",
    );
    says(
        "horizon_quarters = 12 ",
        "horizon_quarters = 12.5 ",
        "`horizon_quarters` of [scenario] is 12.5",
        "a whole number in quarters from 1 to 200",
        "",
    );
    some_error(&starter_with("[shocks]", "[[shocks]]"), "`shocks` is a list; expected a table that begins with [shocks]");
    some_error(&scenario::starter().replace("[[stake]]", "[stake]"), "`stake` is a table; expected entries that each begin with [[stake]]");
}

#[test]
fn stake_column_over_95_percent() {
    let more = "[[stake]]\nholder = \"cloud\"\nissuer = \"lab\"\nshare = 0.92\nsource = \"x\"\ngrade = \"D\"\n\n[[investment]]";
    says(
        "[[investment]]",
        more,
        "firms of the scenario hold 0.9700 of `lab`: chips 0.05, cloud 0.92",
        "at most 0.95 in all: somebody outside must hold the rest, or values have no unique solution",
        "a share of 10 % is written 0.1",
    );
}

#[test]
fn drawn_stakes_count_with_their_highest_value() {
    let p = only_error(
        "share = 0.05\n",
        "share = { dist = \"normal\", mean = 0.5, sd = 0.1, high = 0.94 }\n[[stake]]\nid = \"b\"\nholder = \"cloud\"\nissuer = \"lab\"\nshare = 0.02\n",
    );
    assert!(p.found.starts_with("firms of the scenario hold 0.9600 of `lab`"), "{p}");
}

#[test]
fn negative_amount() {
    says("cash_usd_bn = 30", "cash_usd_bn = -30", "`cash_usd_bn` of firm `lab` is -30", "a number in USD bn, 0 or more", "");
    says(
        "fixed_cost_usd_bn = 1.5 ",
        "fixed_cost_usd_bn = -1.5 ",
        "`fixed_cost_usd_bn` of firm `lab` is -1.5",
        "a number in USD bn, 0 or more and at most a million",
        "",
    );
    says(
        "\"2027\" = 20",
        "\"2027\" = -20",
        "2027 in `yearly` of `schedule_usd_bn` of purchase `lab-cloud` is -20",
        "a number in USD bn, 0 or more and at most a million",
        "",
    );
}

#[test]
fn not_a_number_and_infinity() {
    says(
        "cash_usd_bn = 30",
        "cash_usd_bn = nan",
        "`cash_usd_bn` of firm `lab` is NaN, which no calculation can use",
        "a finite number: a number in USD bn, 0 or more",
        "",
    );
    says(
        "cash_usd_bn = 30",
        "cash_usd_bn = inf",
        "`cash_usd_bn` of firm `lab` is inf, which no calculation can use",
        "a finite number: a number in USD bn, 0 or more",
        "",
    );
    says(
        "start = 40,",
        "start = nan,",
        "`start` of `growth` of `external_revenue_usd_bn` of firm `cloud` is NaN, which no calculation can use",
        "a finite number",
        "",
    );
    some_error(&starter_with("cash_usd_bn = 30", "cash_usd_bn = 1e999"), "`1e999` is too large a number");
    some_error(&starter_with("horizon_quarters = 12", "horizon_quarters = 99999999999999999999"), "is too large a number");
}

#[test]
fn implausible_amount() {
    says(
        "cash_usd_bn = 30",
        "cash_usd_bn = 30000000000",
        "`cash_usd_bn` of firm `lab` is 30000000000",
        "a number in USD bn, 0 or more and at most 1000000 USD bn",
        "amounts are in USD billion: 38 billion is 38",
    );
}

#[test]
fn schedule_outside_the_horizon() {
    says(
        "\"2028\" = 30 } }\ntake",
        "\"2028\" = 30, \"2029\" = 9 } }\ntake",
        "schedule outside the horizon: `yearly` of `schedule_usd_bn` of purchase `lab-cloud` names 2029",
        "years with a quarter between 2026Q1 and 2028Q4",
        "set `beyond_horizon = true` to count it as backlog, or set `scenario.horizon_quarters` to 16 or more",
    );
    says(
        "\"2028\" = 44 } }",
        "\"2028\" = 44, \"2031\" = 9 } }",
        "schedule outside the horizon: `yearly` of `external_revenue_usd_bn` of firm `lab` names 2031",
        "years with a quarter between 2026Q1 and 2028Q4",
        "leave 2031 out, or set `scenario.horizon_quarters` to 24 or more",
    );
    says(
        "due = \"2026Q4\"",
        "due = \"2029Q1\"",
        "schedule outside the horizon: `due` of investment `cloud-lab` is 2029Q1",
        "a quarter from 2026Q1 to 2028Q4",
        "set `scenario.horizon_quarters` to 13 or more",
    );
    let total = "total_usd_bn = 10\nstart = \"2026Q1\"\nend = \"2030Q4\"";
    says(
        "schedule_usd_bn = { yearly = { \"2026\" = 14, \"2027\" = 20, \"2028\" = 30 } }",
        total,
        "schedule outside the horizon: the total of purchase `lab-cloud` runs to 2030Q4",
        "no amount after 2028Q4",
        "set `beyond_horizon = true` to count what is due later as backlog, or set `scenario.horizon_quarters` to 20 or more",
    );
    let list = "capex_usd_bn = { list = [1,1,1,1,1,1,1,1,1,1,1,1,1] }";
    says(
        "capex_usd_bn = 8",
        list,
        "schedule outside the horizon: `list` of `capex_usd_bn` of firm `cloud` runs to 2029Q1",
        "no amount after 2028Q4",
        "set `scenario.horizon_quarters` to 13 or more",
    );
}

#[test]
fn purchases_from_nobody() {
    says(
        "investor = \"chips\"\n",
        "investor = \"outside\"\nminimum_purchases_usd_bn = 1\n",
        "investment `chips-lab` asks for purchases from its investor, which is outside",
        "an investor that is a firm of the model",
        "leave `minimum_purchases_usd_bn` out, or name the investor",
    );
}

#[test]
fn contracts_with_oneself() {
    says(
        "investee = \"lab\"\npurchase",
        "investee = \"chips\"\npurchase",
        "investment `chips-lab`: firm `chips` pays a tranche to itself",
        "two different firms",
        "",
    );
    says("seller = \"cloud\"", "seller = \"lab\"", "purchase `lab-cloud`: firm `lab` buys from itself", "two different firms", "");
    says("issuer = \"lab\"", "issuer = \"chips\"", "stake `chips-chips`: firm `chips` holds its own shares", "two different firms", "");
    let loan = "[[loan]]\nid = \"l\"\nlender = \"lab\"\nborrower = \"lab\"\nbalance_usd_bn = 1\n[shocks]";
    says("[shocks]", loan, "loan `l`: firm `lab` lends to itself", "two different firms", "");
    let backstop = "[[backstop]]\nid = \"b\"\nguarantor = \"lab\"\nbeneficiary = \"lab\"\ncap_usd_bn = 1\n[shocks]";
    says("[shocks]", backstop, "backstop `b`: firm `lab` backs itself", "two different firms", "");
}

#[test]
fn duplicate_id() {
    says(
        "id = \"cloud-lab\"",
        "id = \"chips-lab\"",
        "duplicate id `chips-lab` in [[investment]], used first in line 96",
        "an id of its own for each entry",
        "",
    );
    some_error(
        &starter_with("id = \"chips\"", "id = \"lab\""),
        "duplicate id `lab` in [[firm]], used first in line 21; expected an id of its own for each entry",
    );
    let twice = "share = 0.05\n[[stake]]\nid = \"again\"\nholder = \"chips\"\nissuer = \"lab\"\nshare = 0.1\n";
    says(
        "share = 0.05\n",
        twice,
        "stake `again`: a second stake of the same holder in the same issuer, beside `chips-lab`",
        "one stake for each holder and issuer",
        "add the shares up",
    );
}

#[test]
fn bad_id() {
    let p = only_error("id = \"cloud-chips\"", "id = \"cloud.chips\"");
    assert_eq!((p.found.as_str(), p.expected.as_str()), ("id `cloud.chips` of [[procurement]]", "1 to 100 letters, digits, `-` and `_`"));
}

#[test]
fn market_value_below_what_the_firm_owns() {
    let p = only_error("market_value_usd_bn = 150", "market_value_usd_bn = 20");
    assert_eq!(
        p.found,
        "the market value of firm `lab` is below what it owns: fair value 17 - cash 30 + debt 0 - loans held 0 + loans owed 0 - stakes 0 leaves an enterprise value of -13"
    );
    assert_eq!(p.expected, "an enterprise value of 0 or more");
    assert_eq!(p.place.map(|at| at.line), Some(26));
    let drawn =
        scenario::check_text("t.toml", &starter_with("cash_usd_bn = 30", "cash_usd_bn = { dist = \"uniform\", low = 10, high = 200 }"));
    assert!(
        drawn
            .problems
            .iter()
            .any(|p| p.severity == Severity::Warning && p.found == "some draws give firm `lab` an enterprise value as low as -72.5")
    );
}

#[test]
fn cycle_of_extends() {
    let heading = |base: &str| format!("[scenario]\nas_of = \"2025-12-31\"\nextends = \"{base}\"\n").into_bytes();
    let folder = folder(&[("a.toml", &heading("b.toml")), ("b.toml", &heading("c.toml")), ("c.toml", &heading("./b.toml"))]);
    assert_eq!(
        errors_of_file(&folder, "a.toml"),
        ["c.toml:3:11: cycle of `extends`: b.toml -> c.toml -> b.toml; expected a chain that ends in a file without `extends`"]
    );
    let alone = self::folder(&[("self.toml", &heading("self.toml"))]);
    assert!(errors_of_file(&alone, "self.toml")[0].contains("cycle of `extends`: self.toml -> self.toml"));
}

#[test]
fn missing_file() {
    let folder = folder(&[("base.toml", scenario::starter().as_bytes()), ("v.toml", b"[scenario]\nextends = \"bsae.toml\"\n")]);
    let errors = errors_of_file(&folder, "v.toml");
    assert_eq!(
        errors,
        [
            "v.toml:2:11: cannot read bsae.toml: No such file or directory (os error 2); expected a file that exists and may be read; did you mean `base.toml`?"
        ]
    );
    let none = errors_of_file(&folder, "base.tom");
    assert_eq!(none.len(), 1);
    assert!(none[0].contains("cannot read base.tom: No such file") && none[0].contains("did you mean `base.toml`?"), "{}", none[0]);
    assert!(errors_of_file(&folder, ".")[0].contains("is a folder; expected a scenario file (TOML)"));
}

#[test]
fn file_of_100_megabytes() {
    let folder = folder(&[]);
    // A file with a hole: its length is known, and nothing is read.
    std::fs::File::create(folder.join("large.toml")).unwrap().set_len(100_000_000).unwrap();
    let errors = errors_of_file(&folder, "large.toml");
    assert_eq!(errors, ["large.toml:0:0: large.toml has 100 MB; expected at most 16 MB; is this the right file?"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_device_without_end_is_refused_too() {
    let problems = scenario::check(Path::new("/dev/zero")).problems;
    assert!(problems[0].found.starts_with("/dev/zero has 16 MB"), "{}", problems[0]);
}

#[test]
fn not_utf8() {
    let folder = folder(&[("latin.toml", b"[scenario]\nname = \"caf\xe9\"\n")]);
    let errors = errors_of_file(&folder, "latin.toml");
    assert_eq!(
        errors,
        [
            "latin.toml:0:0: latin.toml is not UTF-8: byte 22, in line 2; expected text in UTF-8; save it as UTF-8 in the editor or spreadsheet"
        ]
    );
}

#[test]
fn csv_with_a_missing_column() {
    let scenario = b"[scenario]\nas_of = \"2025-12-31\"\n[tables]\nfirms = \"firms.csv\"\n";
    let folder = folder(&[("s.toml", scenario), ("firms.csv", b"id,kind,market_value_usd_bn,source,grade\nlab,lab,150,x,A\n")]);
    assert_eq!(
        errors_of_file(&folder, "s.toml"),
        [
            "firms.csv:1:1: missing column `cash_usd_bn` in firms.csv; expected a column `cash_usd_bn`; it has id, kind, market_value_usd_bn, source, grade"
        ]
    );
}

#[test]
fn csv_faults_are_placed_in_their_cells() {
    let scenario = b"[scenario]\nas_of = \"2025-12-31\"\n[tables]\nfirms = \"firms.csv\"\n";
    let head = "id,kind,cash_usd_bn,market_value_usd_bn,source,grade,external_revenue_usd_bn.2026\n";
    let rows = format!("{head}lab,lab,-5,150,\"x, y\",A,16\ncloud,hyperscalar,60,1500,x,A,1\nchips,chips,ten,3000,x,E,2\n");
    let folder = folder(&[("s.toml", scenario), ("firms.csv", rows.as_bytes())]);
    let errors = errors_of_file(&folder, "s.toml");
    assert_eq!(errors[0], "firms.csv:2:9: `cash_usd_bn` of firm `lab` is -5; expected a number in USD bn, 0 or more");
    assert!(
        errors[1].starts_with("firms.csv:3:7: unknown kind `hyperscalar` of firm `cloud`")
            && errors[1].ends_with("did you mean `hyperscaler`?"),
        "{}",
        errors[1]
    );
    assert!(errors[2].starts_with("firms.csv:4:13: `cash_usd_bn` of firm `chips` is a text"), "{}", errors[2]);
    assert!(errors[3].starts_with("firms.csv:4:24: unknown grade `E` of firm `chips`; expected one of A, B, C, D"), "{}", errors[3]);
    let unequal = format!("{head}lab,lab,5\n");
    std::fs::write(folder.join("firms.csv"), unequal).unwrap();
    assert!(
        errors_of_file(&folder, "s.toml")[0].contains("firms.csv:2:1: a row of 3 cells; expected 7 cells"),
        "{:?}",
        errors_of_file(&folder, "s.toml")
    );
    std::fs::write(folder.join("firms.csv"), "id,kind,cash_usd_bn,market_value_usd_bn,cpaex_usd_bn\n").unwrap();
    assert!(
        errors_of_file(&folder, "s.toml")[0]
            .contains("unknown column `cpaex_usd_bn`; expected a key of [[firm]]; did you mean `capex_usd_bn`?")
    );
    std::fs::write(folder.join("firms.csv"), "id;kind;cash_usd_bn\nlab;lab;3\n").unwrap();
    assert!(
        errors_of_file(&folder, "s.toml")[0]
            .contains("the headings `id;kind;cash_usd_bn` hold no comma; expected columns separated by commas")
    );
    std::fs::write(folder.join("firms.csv"), "").unwrap();
    assert!(errors_of_file(&folder, "s.toml")[0].contains("firms.csv is empty"));
}

#[test]
fn distributions() {
    let realism = "plan_realism = { dist = \"triangular\", low = 0.5, mode = 0.9, high = 1.1 }";
    let what = "distribution of `plan_realism` of firm `lab`";
    let say = |to: &str, found: &str, expected: &str, hint: &str| says(realism, &format!("plan_realism = {to}"), found, expected, hint);
    let order = "low at most mode at most high";
    say(
        "{ dist = \"triangular\", low = 1.1, mode = 0.9, high = 0.5 }",
        &format!("the triangular {what} has low 1.1 above high 0.5 (mode 0.9)"),
        order,
        "",
    );
    say("{ dist = \"uniform\", low = 2, high = 1 }", &format!("the uniform {what} has low 2 above high 1"), "low at most high", "");
    say("{ dist = \"pert\", low = 0.5, mode = 1.9, high = 1.1 }", &format!("the pert {what} has mode 1.9 outside 0.5 to 1.1"), order, "");
    say("{ dist = \"normal\", mean = 1, sd = -0.1 }", &format!("the normal {what} has a spread of -0.1"), "a spread above 0", "");
    say("{ dist = \"lognormal\", median = 0, sigma = 0.1 }", &format!("the lognormal {what} has a median of 0"), "a median above 0", "");
    say(
        "{ dist = \"uniform\", low = -1, high = 1 }",
        &format!("the {what} runs from -1 to 1"),
        "a ratio above 0 and at most 10",
        "narrow it",
    );
    say("{ dist = \"uniform\", low = 1 }", &format!("the uniform {what} has no `high`"), "its parameters low, high", "");
    let known = "one of uniform, triangular, pert, normal, lognormal";
    say(
        "{ dist = \"triangle\", low = 1 }",
        "unknown distribution `triangle` of `plan_realism` of firm `lab`",
        known,
        "did you mean `triangular`?",
    );
    let form = "a number, or { dist = \"triangular\", low = 1, mode = 2, high = 3 }";
    say(
        "{ uniform = { low = 1, high = 2 } }",
        "`plan_realism` of firm `lab` is a table without `dist`",
        form,
        "write { dist = \"uniform\", ... }",
    );
    say(
        "{ dist = \"uniform\", low = nan, high = 2 }",
        &format!("`low` of the {what} is NaN, which no calculation can use"),
        "a finite number",
        "",
    );
}

#[test]
fn correlation_matrix_not_positive_definite() {
    says(
        "boom_to_bust_per_quarter = 0.05",
        "correlation_sentiment_demand = 0.9\ncorrelation_sentiment_vendor = 0.9\ncorrelation_demand_vendor = -0.9",
        "the correlation matrix is not positive definite: -0.9 between demand and vendor share does not go with 0.9 between sentiment and demand and 0.9 between sentiment and \
         vendor share",
        "a correlation between 0.620 and 1.000",
        "",
    );
}

#[test]
fn horizon_and_heading() {
    says(
        "horizon_quarters = 12 ",
        "horizon_quarters = 0 ",
        "`horizon_quarters` of [scenario] is 0",
        "a whole number in quarters from 1 to 200",
        "",
    );
    says(
        "horizon_quarters = 12 ",
        "horizon_quarters = 201 ",
        "`horizon_quarters` of [scenario] is 201",
        "a whole number in quarters from 1 to 200",
        "",
    );
    says(
        "as_of = \"2025-12-31\"\nfirst",
        "as_of = \"31.12.2025\"\nfirst",
        "`as_of` of [scenario] is `31.12.2025`",
        "a date as year-month-day, such as 2025-12-17",
        "",
    );
    says(
        "as_of = \"2025-12-31\"\ngrade = \"D\"                    #",
        "as_of = \"end of 2025\"\ngrade = \"D\"                    #",
        "`as_of` of firm `lab` is `end of 2025`",
        "a date such as 2025-12-17, 2025-12 or \"2025\"",
        "",
    );
    says(
        "first_quarter = \"2026Q1\"",
        "first_quarter = \"Q1 2026\"",
        "`first_quarter` of [scenario] is `Q1 2026`",
        "a quarter such as \"2026Q1\"",
        "",
    );
    says(
        "name = \"starter\"",
        "name = \"../x\"",
        "`name` of [scenario] is `../x`",
        "1 to 80 small letters, digits, `-` and `_`",
        "such as `---x`",
    );
    says(
        "name = \"starter\"",
        "currency = \"EUR\"",
        "`currency` of [scenario] is `EUR`",
        "`USD`: amounts are in billions of US dollars",
        "convert the amounts",
    );
    some_error("", "the file has no `scenario`");
    some_error("[scenario]\nas_of = \"2025-12-31\"\n", "a system without firms; expected at least one [[firm]]");
}

#[test]
fn words_of_enumerations() {
    let kinds = "one of lab, hyperscaler, neocloud, chips, holding, other";
    says(
        "kind = \"hyperscaler\"",
        "kind = \"hyperscalar\"",
        "unknown kind `hyperscalar` of firm `cloud`",
        kinds,
        "did you mean `hyperscaler`?",
    );
    says(
        "stage = \"talks\"",
        "stage = \"rumoured\"",
        "unknown stage `rumoured` of investment `cloud-lab`",
        "one of talks, loi, signed, active",
        "",
    );
    says("[shocks]", "[kind.labs]\nplan_realism = 1\n[shocks]", "unknown kind `labs`", kinds, "did you mean `lab`?");
}

#[test]
fn shares_and_probabilities() {
    says(
        "take_or_pay = 0.7 ",
        "take_or_pay = 70 ",
        "`take_or_pay` of purchase `lab-cloud` is 70",
        "a share from 0 to 1",
        "write 70 % as 0.7",
    );
    says(
        "variable_cost_ratio = 0.10",
        "variable_cost_ratio = 1",
        "`variable_cost_ratio` of firm `lab` is 1",
        "a share 0 or more and below 1",
        "",
    );
    says(
        "boom_to_bust_per_quarter = 0.05",
        "boom_to_bust_per_quarter = 1.5",
        "`boom_to_bust_per_quarter` of [shocks] is 1.5",
        "a probability per quarter from 0 to 1",
        "write 1.5 % as 0.015",
    );
    says("boom_to_bust_per_quarter = 0.05", "degrees_of_freedom = 2", "`degrees_of_freedom` of [shocks] is 2", "a number, above 2", "");
    says(
        "boom_to_bust_per_quarter = 0.05",
        "talks_advance_bust = 0.8\ntalks_cancel_bust = 0.3",
        "`talks_advance_bust` 0.8 and `talks_cancel_bust` 0.3 sum to 1.1",
        "at most 1 together: a deal advances, ends or stays",
        "",
    );
}

#[test]
fn groups_and_procurements() {
    let with_group = |group: &str| format!("take_or_pay = 0.7\ngroup = \"{group}\" #");
    says("take_or_pay = 0.7 ", &with_group("gpus"), "unknown group `gpus` of purchase `lab-cloud`", "the id of a [[group]]", "");
    let group = "[[group]]\nid = \"g\"\nlead = \"chip\"\nlead_share = 0.8\n[shocks]";
    says("[shocks]", group, "unknown firm `chip` as `lead` of group `g`", "the id of a [[firm]]", "did you mean `chips`?");
    says(
        "lead_quarters = 1",
        "of = [\"lab-clod\"]",
        "unknown purchase `lab-clod` in `of` of procurement `cloud-chips`",
        "the id of a [[purchase]]",
        "did you mean `lab-cloud`?",
    );
    says(
        "take_or_pay = 0.7 ",
        "take_or_pay = 0.7\nlead = true #",
        "purchase `lab-cloud` has `lead` without `group`",
        "`group = ...` beside it",
        "",
    );
    let warrant = "[[warrant]]\nid = \"w\"\nissuer = \"amd\"\nholder = \"lab\"\nshares = 0.1\n[shocks]";
    says("[shocks]", warrant, "unknown firm `amd` as `issuer` of warrant `w`", "the id of a [[firm]]", "known: lab, cloud, chips");
}

#[test]
fn investments_and_tranches() {
    says(
        "due = \"2026Q4\"\n",
        "",
        "investment `cloud-lab` has no `due`",
        "`due = ...`",
        "or give it payments, each under [[investment.tranche]]",
    );
    says(
        "purchase_coupling = 1 ",
        "amount_usd_bn = 11\npurchase_coupling = 1 ",
        "`amount_usd_bn` of investment `chips-lab` is 11, its tranches sum to 10",
        "the sum of the tranches",
        "leave it out, or mend the tranches",
    );
    let loan = "[[loan]]\nid = \"l\"\nlender = \"chips\"\nborrower = \"lab\"\nbalance_usd_bn = 1\nstage = \"talks\"\n[shocks]";
    some_error(&starter_with("[shocks]", loan), "`stage` of a loan; expected a stage only of purchases and investments");
}

#[test]
fn debt_ladder_above_the_debt() {
    says(
        "debt_maturing = { \"2026\" = 5,",
        "debt_maturing = { \"2026\" = 50,",
        "`debt_maturing` of firm `cloud` sums to 65",
        "at most `debt_usd_bn`, 50",
        "debt that is refinanced is not counted twice",
    );
}

#[test]
fn stresses() {
    let stress = |keys: &str| format!("[[stress]]\n{keys}\n[shocks]");
    let say = |keys: &str, found: &str, expected: &str, hint: &str| says("[shocks]", &stress(keys), found, expected, hint);
    let firm = "the id of a firm";
    say(
        "series = \"order_share\"\nentity = \"labs\"\nvalue = 0.5",
        "unknown firm `labs` of stress `stress-1`",
        firm,
        "did you mean `lab`?",
    );
    say(
        "series = \"sentiment\"\nentity = \"lab\"\nvalue = 0.5",
        "entity `lab` of stress `stress-1`, a series that everybody shares",
        "no entity",
        "leave it out",
    );
    say("series = \"order_share\"\nvalue = 1.5", "`value` of stress `stress-1` is 1.5", "a share from 0 to 1", "");
    say("series = \"window\"\nvalue = 0.5", "`value` of stress `stress-1` is 0.5", "0 or 1", "");
    say(
        "series = \"window\"\nvalue = 0\nfrom = \"2028Q1\"\nto = \"2027Q1\"",
        "stress `stress-1` ends before it begins",
        "`to` not before `from`",
        "",
    );
    say(
        "series = \"window\"\nvalue = 0\nfrom = \"2024Q1\"",
        "schedule outside the horizon: `from` of stress `stress-1` is 2024Q1",
        "a quarter from 2026Q1 to 2028Q4",
        "set an earlier `scenario.first_quarter`",
    );
}

#[test]
fn table_of_drivers() {
    let text = starter_with("boom_to_bust_per_quarter = 0.05", "drivers = \"d.csv\"");
    let rows = "path,quarter,driver,entity,value\n0,1,sentiment,,0.1\n0,99,sentiment,,0.1\n-1,1,sentiment,,0.1\n0,1,sentimant,,0.1\n0,1,log_revenue,labs,0.1\n0,1,sentiment,,0.2\n0,2,regime,,0.5\n0,2,sentiment,,nan\n";
    let folder = folder(&[("s.toml", text.as_bytes()), ("d.csv", rows.as_bytes())]);
    let errors = errors_of_file(&folder, "s.toml").join("\n");
    for words in [
        "d.csv:3:3: quarter 99 is outside the horizon; expected 1 to 12, or a quarter from 2026Q1 to 2028Q4",
        "d.csv:4:1: path `-1`; expected a whole number, 0 for the first path",
        "d.csv:5:5: unknown driver `sentimant`; expected one of log_revenue, sentiment,",
        "d.csv:6:17: unknown firm `labs` of driver `log_revenue`; expected the id of a firm; did you mean `lab`?",
        "d.csv:7:1: duplicate row: path 0, quarter 1 has this driver already in line 2",
        "d.csv:8:13: value 0.5 of regime; expected 0 (boom) or 1 (bust)",
        "d.csv:9:16: value `nan`; expected a finite number",
    ] {
        assert!(errors.contains(words), "none says {words:?}:\n{errors}");
    }
    std::fs::write(folder.join("d.csv"), "path,quarter,driver,value\n").unwrap();
    assert!(errors_of_file(&folder, "s.toml")[0].contains("d.csv has no rows"));
    std::fs::write(folder.join("d.csv"), "path,quarter,series,value\n").unwrap();
    assert!(errors_of_file(&folder, "s.toml").join("\n").contains("missing column `driver` in d.csv"));
}

#[test]
fn changes_by_path() {
    let folder = folder(&[("s.toml", scenario::starter().as_bytes())]);
    let change = |path: &str, value: &str| {
        let change = scenario::Override { path: path.into(), value: value.into() };
        let problems = scenario::check_with(&folder.join("s.toml"), &[change], &[]).problems;
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        change("firm.lba.cash_usd_bn", "5"),
        "--set:1:1: there is no firm `lba` to change; expected the id of a [[firm]], or * for all; did you mean `lab`?"
    );
    assert_eq!(
        change("firm.lab.csah_usd_bn", "5"),
        "--set:1:1: unknown key `csah_usd_bn` in firm `lab`; expected a key of [[firm]]; did you mean `cash_usd_bn`?"
    );
    assert_eq!(
        change("firm.lab.cash_usd_bn", "-5"),
        "--set:1:22: `cash_usd_bn` of firm `lab` is -5; expected a number in USD bn, 0 or more"
    );
    assert!(
        change("frim.lab.cash_usd_bn", "5").contains("begins with an unknown table")
            && change("frim.lab.cash_usd_bn", "5").ends_with("did you mean `firm`?")
    );
    assert!(change("firm.lab", "5").contains("path `firm.lab` names no key"));
    assert!(change("scenario.extends", "x").contains("cannot be changed by path"));
    let without = scenario::check_with(&folder.join("s.toml"), &[], &["lab-clod".into()]).problems;
    assert_eq!(
        without[0].to_string(),
        "--without:1:1: nothing to leave out is called `lab-clod`; expected the id of a firm, contract, group or stress; did you mean `lab-cloud`?"
    );
}

#[test]
fn every_problem_is_listed_at_once_in_the_order_of_the_text() {
    let text = starter_with("cash_usd_bn = 30", "cash_usd_bn = -1")
        .replace("seller = \"cloud\"", "seller = \"x\"")
        .replace("grade = \"D\"\n", "grade = \"Z\"\n");
    let problems = errors_of(&text);
    assert!(problems.len() >= 8, "{}", problems.len());
    let lines: Vec<usize> = problems.iter().filter_map(|p| p.place.as_ref().map(|at| at.line)).collect();
    assert!(lines.is_sorted());
    match scenario::load_text("t.toml", &text) {
        Err(e @ Error::Scenario(_)) => assert_eq!(e.exit_code(), 2),
        other => panic!("{other:?}"),
    }
}

#[test]
fn syntax_errors_are_placed_and_several_are_listed() {
    let problems = errors_of("[scenario\nas_of = \"2025-12-31\"\n[[firm]]\nid = \nkind = \"lab\"\n");
    assert!(problems.len() >= 2);
    assert!(problems.iter().all(|p| p.found.starts_with("this is not TOML: ") && p.place.as_ref().is_some_and(|at| at.line > 0)));
    assert_eq!(problems[0].place.as_ref().map(|at| at.line), Some(1));
    let twice = errors_of("[scenario]\nas_of = \"2025-12-31\"\nas_of = \"2025-12-31\"\n");
    assert!(twice[0].found.contains("duplicate key") && twice[0].place.as_ref().is_some_and(|at| at.line == 3), "{}", twice[0]);
}

#[test]
fn a_coupling_without_orders_to_look_at_is_a_warning() {
    let warnings = |changes: &[(&str, &str)]| {
        let text = changes.iter().fold(scenario::deal().to_string(), |text, (from, to)| {
            assert!(text.contains(from), "the file has no {from}");
            text.replacen(from, to, 1)
        });
        let problems = scenario::check_text("t.toml", &text).problems;
        assert!(problems.iter().all(|p| p.severity == Severity::Warning), "{problems:?}");
        problems
    };
    let (early, late) = (("due = \"2026Q3\"", "due = \"2026Q1\""), ("start = \"2026Q1\"", "start = \"2026Q3\""));
    for (change, due) in [(early, "2026Q1"), (late, "2026Q3")] {
        let told = warnings(&[change]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(
            told[0].found,
            format!(
                "`purchase_coupling` of investment `cloud-lab` changes nothing: money due in {due} is paid in proportion to what `lab` orders in the quarter before, for which no \
                 purchase is planned"
            )
        );
        assert_eq!(told[0].expected, "a purchase by `lab` in a quarter of the model before the money is due");
        let line = told[0].place.as_ref().and_then(|at| scenario::deal().lines().nth(at.line - 1));
        assert!(line.is_some_and(|l| l.starts_with("purchase_coupling")), "{line:?}");
    }
    // What is not coupled, waits for a condition or is not signed yet may look at later orders; an order in the quarter before is enough.
    let coupling = "purchase_coupling = 1 ";
    let harmless = [
        "purchase_coupling = 0 ",
        "valuation_floor = 0.5\n",
        "needs_window = true\n",
        "event_hazard_per_quarter = 0.5\n",
        "minimum_purchases_usd_bn = 1\n",
    ];
    for with in harmless {
        let with = if with.starts_with("purchase") { with.to_string() } else { format!("{with}{coupling}") };
        assert!(warnings(&[early, (coupling, &with)]).is_empty(), "{with}");
    }
    assert!(warnings(&[early, ("stage = \"signed\"", "stage = \"loi\"")]).is_empty());
    assert!(warnings(&[("start = \"2026Q1\"", "start = \"2026Q2\"")]).is_empty());
    assert_eq!(
        warnings(&[late, (coupling, &format!("valuation_floor = 0.5\n{coupling}")), ("[shocks]", "[rules]\ngrace_quarters = 0\n[shocks]")])
            .len(),
        1
    );
}

#[test]
fn missing_evidence_is_a_warning() {
    let text = starter_with("source = \"invented\"\ngrade = \"D\"\n\n# To deliver", "# To deliver");
    let checked = scenario::check_text("t.toml", &text);
    let warnings: Vec<String> = checked.problems.iter().map(|p| p.found.clone()).collect();
    assert_eq!(warnings, ["purchase `lab-cloud` has no `source` and no `grade`"]);
    assert_eq!(checked.loaded.map(|l| l.warnings.len()), Some(1));
}
