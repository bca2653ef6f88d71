//! What a scenario file means: numbers, schedules, overlays, tables and paths become the right model; the documents are fresh; nothing panics.

#[path = "common/cases.rs"]
mod cases;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use bubblerisk::error::Severity;
use bubblerisk::model::{
    Distribution, FirmNumber, Investor, Kind, Model, PurchaseNumber, Seller, Series, Slot, Stage, TrancheNumber, name_hash,
};
use bubblerisk::scenario::{self, Loaded, Override};
use proptest::prelude::*;

fn load(text: &str) -> Loaded {
    match scenario::load_text("test.toml", text) {
        Ok(loaded) => loaded,
        Err(e) => panic!("{e:?}"),
    }
}

fn model(text: &str) -> Model {
    load(text).model
}

/// A new folder with files in it.
fn folder(files: &[(&str, &str)]) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("scenario-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
    }
    folder
}

fn load_file(folder: &Path, name: &str, changes: &[(&str, &str)], without: &[&str]) -> Loaded {
    let changes: Vec<Override> =
        changes.iter().map(|(path, value)| Override { path: path.to_string(), value: value.to_string() }).collect();
    let without: Vec<String> = without.iter().map(|w| w.to_string()).collect();
    scenario::load_with(&folder.join(name), &changes, &without).unwrap_or_else(|e| panic!("{e:?}"))
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * b.abs().max(1.0)
}

#[test]
fn the_starter_becomes_a_model() {
    let loaded = load(scenario::starter());
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let m = loaded.model;
    assert_eq!((m.name.as_str(), m.as_of.as_str(), m.first_quarter, m.horizon_quarters), ("starter", "2025-12-31", (2026, 1), 12));
    let lab = &m.firms[0];
    assert_eq!((lab.id.as_str(), lab.kind, lab.listed, lab.key), ("lab", Kind::Lab, false, name_hash("lab")));
    assert_eq!(lab.external_revenue_usd_bn[..5], [4.0, 4.0, 4.0, 4.0, 7.0]);
    assert_eq!((lab.numbers.headline_discount, lab.numbers.plan_realism, lab.numbers.revenue_feedback_per_quarter), (0.15, 0.9, 0.1));
    assert_eq!(m.firms[1].debt_maturing[0], 5.0 / 4.0 / 50.0);
    assert!(close(m.firms[1].external_revenue_usd_bn[4], 44.0));
    let procured = &m.purchases[1];
    assert_eq!((procured.id.as_str(), procured.seller), ("cloud-chips", Seller::Firm(bubblerisk::model::FirmId(2))));
    // A quarter ahead of sales of 3.5, 3.5, 3.5, 3.5, 5, ...; the last quarter supplies sales that go on.
    assert!(close(procured.schedule_usd_bn[2], 1.4) && close(procured.schedule_usd_bn[3], 2.0) && close(procured.schedule_usd_bn[11], 3.0));
    assert_eq!(procured.numbers.take_or_pay, 0.3);
    assert_eq!(
        m.tranches.iter().map(|t| (t.id.as_str(), t.due_quarter, t.stage)).collect::<Vec<_>>(),
        [("chips-lab.1", 3, Stage::Signed), ("chips-lab.2", 7, Stage::Signed), ("cloud-lab.1", 4, Stage::Talks),]
    );
    assert_eq!(m.tranches[1].deal_key, name_hash("chips-lab"));
    assert_eq!((m.tranches[1].numbers.purchase_coupling, m.tranches[1].numbers.valuation_floor), (1.0, 0.6));
    assert_eq!(m.shocks.deals.len(), 1);
    assert_eq!((m.shocks.deals[0].id.as_str(), m.shocks.deals[0].key), ("cloud-lab", name_hash("cloud-lab")));
    assert_eq!(m.uncertain.len(), 1);
    assert_eq!(m.uncertain[0].name, "firm.lab.plan_realism");
    assert_eq!(m.uncertain[0].key, name_hash("firm.lab.plan_realism"));
    assert_eq!(m.uncertain[0].slot, Slot::Firm(FirmNumber::PlanRealism, 0));
    assert_eq!(m.uncertain[0].distribution, Distribution::Triangular { low: 0.5, mode: 0.9, high: 1.1 });
}

#[test]
fn the_file_of_one_deal_is_read_without_a_word_and_its_plan_can_be_paid_for() {
    let loaded = load(scenario::deal());
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert_eq!((loaded.model.firms.len(), loaded.model.purchases.len(), loaded.model.tranches.len()), (2, 1, 1));
    let engine = bubblerisk::engine::Engine::new(&loaded.model, bubblerisk::lanes::Isa::detect()).unwrap();
    assert!(engine.plan_gaps().is_empty() && engine.plan_converged());
    // As short as a person reads in three minutes.
    assert!(scenario::deal().split_whitespace().count() < 600, "{} words", scenario::deal().split_whitespace().count());
}

/// What `check` says of a coupling is true path by path, and of no other coupling.
#[test]
fn a_coupling_that_is_warned_of_moves_no_path() {
    let outcome = |due: &str, coupling: &str| {
        let text = scenario::deal().replace("2026Q3", due).replace("purchase_coupling = 1", &format!("purchase_coupling = {coupling}"));
        let loaded = load(&text);
        let engine = bubblerisk::engine::Engine::new(&loaded.model, bubblerisk::lanes::Isa::detect()).unwrap();
        let worlds = [bubblerisk::engine::World::W0];
        let losses: Vec<_> = (0..8)
            .map(|b| {
                *engine.run_block(1, b, &worlds, &mut bubblerisk::engine::Nobody).outcomes[0].system(bubblerisk::model::Metric::NetLoss)
            })
            .collect();
        (losses, loaded.warnings.len())
    };
    let (first, later) = (outcome("2026Q1", "1"), outcome("2027Q3", "1"));
    assert_eq!((first.1, later.1), (1, 0));
    assert_eq!(first.0, outcome("2026Q1", "0").0);
    assert_ne!(later.0, outcome("2027Q3", "0").0);
}

#[test]
fn the_starter_s_plan_can_be_paid_for() {
    // Cash of each firm along the plan, without financing: revenue less costs, purchases, capital expenditure, maturing debt and its interest.
    let m = model(scenario::starter());
    for (i, f) in m.firms.iter().enumerate() {
        let mut cash = f.numbers.cash_usd_bn;
        let mut debt = f.numbers.debt_usd_bn;
        for t in 0..m.horizon_quarters {
            let sold: f64 = m
                .purchases
                .iter()
                .filter(|p| p.seller == Seller::Firm(bubblerisk::model::FirmId(i as u32)))
                .map(|p| p.schedule_usd_bn[t])
                .sum();
            let bought: f64 = m.purchases.iter().filter(|p| p.buyer.at() == i).map(|p| p.schedule_usd_bn[t]).sum();
            let paid: f64 = m.tranches.iter().filter(|k| k.stage.binds() && k.due_quarter == t + 1).fold(0.0, |sum, k| {
                let gives = k.investor == Investor::Firm(bubblerisk::model::FirmId(i as u32));
                sum + k.numbers.amount_usd_bn * (f64::from(u8::from(k.investee.at() == i)) - f64::from(u8::from(gives)))
            });
            let due = f.debt_maturing[t] * f.numbers.debt_usd_bn;
            let revenue = (f.external_revenue_usd_bn[t] + sold) * (1.0 - f.numbers.variable_cost_ratio);
            cash +=
                revenue + paid - f.fixed_cost_usd_bn[t] - f.capex_usd_bn[t] - bought - due - debt * f.numbers.interest_rate_per_year / 4.0;
            debt -= due;
            assert!(cash >= f.numbers.minimum_cash_usd_bn, "{} has {cash} in quarter {}", f.id, t + 1);
        }
    }
}

#[test]
fn the_example_uses_every_key_and_is_read_without_a_word() {
    let loaded = load(scenario::example());
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let schema: serde_json::Value = serde_json::from_str(&scenario::schema()).unwrap();
    let text = scenario::example();
    let mut keys = Vec::new();
    for (name, table) in schema["$defs"].as_object().unwrap().iter().filter(|(n, _)| n.chars().next().is_some_and(char::is_uppercase)) {
        if !["Ramp", "Growth", "ScheduleForm", "Distribution", "Maturities", "Repayment"].contains(&name.as_str()) {
            keys.extend(table["properties"].as_object().into_iter().flatten().map(|(k, _)| k.clone()));
        }
    }
    assert!(keys.len() > 150);
    for key in keys.iter().filter(|k| *k != "tranche") {
        let written = text.lines().any(|l| l.trim_start_matches("# ").trim_start().starts_with(&format!("{key} =")));
        assert!(written, "the example lacks `{key}`");
    }
}

#[test]
fn every_key_of_the_example_is_read_so_that_a_wrong_value_is_noticed() {
    let lines: Vec<&str> = scenario::example().lines().collect();
    for (k, line) in lines.iter().enumerate().filter(|(_, l)| !l.starts_with('#')) {
        let Some((key, _)) = line.split_once(" = ") else { continue };
        let changed = format!("{key} = {{ wrong = [] }}");
        let text: Vec<&str> = lines.iter().enumerate().map(|(i, l)| if i == k { changed.as_str() } else { *l }).collect();
        let problems = scenario::check_text("t.toml", &text.join("\n")).problems;
        let noticed = problems.iter().any(|p| p.severity == Severity::Error && p.place.as_ref().is_some_and(|at| at.line == k + 1));
        assert!(noticed, "a wrong value of `{key}` in line {} goes unnoticed", k + 1);
    }
}

#[test]
fn the_example_s_special_cases_are_resolved() {
    let m = model(scenario::example());
    // A purchase and an investment of one id are one deal.
    assert_eq!(m.shocks.deals.len(), 1);
    let shared: Vec<u64> = m.uncertain.iter().filter(|u| u.name == "rules.bankruptcy_cost").map(|u| u.key).collect();
    assert_eq!(shared.len(), 2);
    assert!(shared.iter().all(|k| *k == name_hash("rules.bankruptcy_cost")));
    assert!(m.uncertain.iter().any(|u| u.slot == Slot::Tranche(TrancheNumber::Amount, 2) && u.key == name_hash("size of the cloud deal")));
    let share = m.uncertain.iter().find(|u| u.slot == Slot::Purchase(PurchaseNumber::Scale, 3)).unwrap();
    assert_eq!(share.name, "procurement.cloud-chips.share");
    assert_eq!(share.distribution.central(), 1.0);
    let lab_cloud = &m.purchases[0];
    assert!(close(lab_cloud.schedule_usd_bn.iter().sum::<f64>() + lab_cloud.numbers.after_horizon_usd_bn, 84.0));
    assert_eq!(lab_cloud.schedule_usd_bn[1] / lab_cloud.schedule_usd_bn[0], 2.0);
    assert_eq!(m.purchases[1].group, Some((0, true)));
    assert_eq!(m.purchases[4].group, Some((0, false)));
    assert_eq!(m.loans[0].repayment.iter().filter(|s| **s > 0.0).count(), 12);
    assert_eq!(m.warrants.iter().map(|w| w.id.as_str()).collect::<Vec<_>>(), ["chips-warrant.1", "chips-warrant.2", "cloud-warrant.1"]);
    assert_eq!(m.shocks.stresses.len(), 2);
    assert_eq!((m.shocks.stresses[0].target.series, m.shocks.stresses[0].target.entity), (Series::OrderShare, Some(0)));
    assert_eq!((m.shocks.stresses[0].from_quarter, m.shocks.stresses[0].to_quarter), (5, 8));
    assert_eq!((m.shocks.stresses[1].target.series, m.shocks.stresses[1].target.entity), (Series::TrancheEvent, Some(1)));
    let exposure = |what: &str, id: &str| m.evidence.exposures.iter().find(|e| e.what == what && e.id == id).map(|e| e.usd_bn).unwrap();
    assert_eq!(exposure("investment", "chips-invests"), 12.0);
    assert_eq!(exposure("warrant", "chips-warrant"), 60.0);
    assert!(close(exposure("firm", "lab"), 150.0 * 0.85 + 4.0));
}

#[test]
fn a_variant_changes_what_it_names() {
    let variant = r#"
[scenario]
extends = "base.toml"
remove = ["cloud-lab"]
set = { "purchase.*.take_or_pay" = 0.6, "investment.*.tranche.purchase_coupling" = 0, "firm.lab.fixed_cost_usd_bn" = 2 }
[kind.lab]
sentiment_beta = 2
[[firm]]
id = "lab"
cash_usd_bn = 20
external_revenue_usd_bn = 5
[[firm]]
id = "new"
kind = "other"
cash_usd_bn = 1
market_value_usd_bn = 5
source = "x"
grade = "D"
[[stake]]
holder = "chips"
issuer = "lab"
share = 0.07
"#;
    let folder = folder(&[("base.toml", scenario::starter()), ("variant.toml", variant)]);
    let base = load_file(&folder, "base.toml", &[], &[]);
    let v = load_file(&folder, "variant.toml", &[], &[]);
    assert_eq!(
        (v.model.name.as_str(), v.model.title.as_str()),
        ("variant", "A lab, a cloud provider and a chip maker that invests in its customers' customer (variant)")
    );
    assert_eq!(v.sources.len(), 2);
    assert_ne!(v.hash, base.hash);
    let m = v.model;
    assert_eq!(m.firms.iter().map(|f| f.id.as_str()).collect::<Vec<_>>(), ["lab", "cloud", "chips", "new"]);
    assert_eq!(
        (m.firms[0].numbers.cash_usd_bn, m.firms[0].numbers.market_value_usd_bn, m.firms[0].numbers.sentiment_beta),
        (20.0, 150.0, 2.0)
    );
    assert_eq!((m.firms[0].external_revenue_usd_bn[11], m.firms[0].fixed_cost_usd_bn[0]), (5.0, 2.0));
    assert_eq!((m.stakes.len(), m.stakes[0].numbers.share), (1, 0.07));
    assert_eq!(m.purchases[0].numbers.take_or_pay, 0.6);
    assert_eq!((m.tranches.len(), m.tranches[0].numbers.purchase_coupling), (2, 0.0));
    assert!(m.shocks.deals.is_empty());
}

#[test]
fn a_variant_of_a_variant_and_the_command_line_come_last() {
    let folder = folder(&[
        ("base.toml", scenario::starter()),
        ("one.toml", "[scenario]\nextends = \"base.toml\"\n[rules]\nrecapture = 0.1\nfloor_ramp = 0.2\n"),
        ("two.toml", "[scenario]\nextends = \"one.toml\"\ntitle = \"Two\"\n[rules]\nrecapture = 0.2\n[shocks]\nrandom = false\n"),
    ]);
    let changes = [
        ("firm.*.default_recovery_own", "0.5"),
        ("investment.chips-lab.tranche.2.amount_usd_bn", "{ dist = \"uniform\", low = 1, high = 9 }"),
        ("investment.cloud-lab.tranche.amount_usd_bn", "7"),
        ("investment.cloud-lab.stage", "loi"),
        ("firm.lab.external_revenue_usd_bn.yearly.2027", "40"),
        ("kind.lab.value_elasticity", "1.5"),
        ("scenario.horizon_quarters", "20"),
    ];
    let loaded = load_file(&folder, "two.toml", &changes, &["lab-cloud"]);
    let m = loaded.model;
    assert_eq!(m.title, "Two");
    assert_eq!((m.firms[0].numbers.recapture, m.rules.numbers.floor_ramp, m.shocks.random, m.horizon_quarters), (0.2, 0.2, false, 20));
    assert!(m.firms.iter().all(|f| f.numbers.default_recovery_own == 0.5));
    assert_eq!(
        (m.tranches[0].numbers.amount_usd_bn, m.tranches[1].numbers.amount_usd_bn, m.tranches[2].numbers.amount_usd_bn),
        (5.0, 5.0, 7.0)
    );
    assert_eq!(m.uncertain.iter().filter(|u| u.slot == Slot::Tranche(TrancheNumber::Amount, 1)).count(), 1);
    assert_eq!(m.shocks.deals[0].stage, Stage::Loi);
    assert_eq!((m.firms[0].external_revenue_usd_bn[4], m.firms[0].numbers.value_elasticity), (10.0, 1.5));
    assert_eq!(m.purchases.len(), 1);
    assert!(m.purchases[0].schedule_usd_bn.iter().all(|x| *x == 0.0));
}

#[test]
fn without_a_firm_its_contracts_go_and_that_is_said() {
    let folder = folder(&[("base.toml", scenario::example())]);
    let loaded = load_file(&folder, "base.toml", &[], &["chips"]);
    assert!(
        loaded.warnings.iter().any(|w| w.found.starts_with("without firm `chips` there is no stake `chips-lab`")),
        "{:?}",
        loaded.warnings
    );
    let m = loaded.model;
    assert_eq!((m.firms.len(), m.stakes.len(), m.groups.len(), m.backstops.len(), m.loans.len()), (2, 0, 0, 0, 0));
    assert!(m.purchases.iter().all(|p| p.group.is_none()));
}

#[test]
fn a_deal_left_out_does_not_take_along_a_stake_that_merely_shares_its_default_name() {
    let folder = folder(&[("base.toml", scenario::starter())]);
    let m = load_file(&folder, "base.toml", &[], &["chips-lab"]).model;
    assert_eq!((m.stakes.len(), m.tranches.len()), (1, 1));
    let m = load_file(&folder, "base.toml", &[], &["stake.chips-lab"]).model;
    assert_eq!((m.stakes.len(), m.tranches.len()), (0, 3));
}

#[test]
fn leaving_a_deal_out_leaves_every_other_key_where_it_was() {
    let folder = folder(&[("base.toml", scenario::example())]);
    let whole = load_file(&folder, "base.toml", &[], &[]).model;
    let less = load_file(&folder, "base.toml", &[], &["chips-invests"]).model;
    for u in &less.uncertain {
        assert!(whole.uncertain.iter().any(|w| w.name == u.name && w.key == u.key));
    }
    for t in &less.tranches {
        assert!(whole.tranches.iter().any(|w| w.id == t.id && w.key == t.key && w.deal_key == t.deal_key));
    }
    assert_eq!(less.shocks.deals, whole.shocks.deals);
}

#[test]
fn tables_in_csv_files_say_the_same() {
    let scenario_text = "[scenario]\nas_of = 2025-12-31\nhorizon_quarters = 8\n[tables]\nfirms = \"firms.csv\"\npurchases = \"deals.csv\"\n[[firm]]\nid = \"lab\"\ncash_usd_bn = 31\n";
    let firms = "\u{feff}id,name,kind,listed,cash_usd_bn,market_value_usd_bn,plan_realism,external_revenue_usd_bn.2026,external_revenue_usd_bn.2027,fixed_cost_usd_bn.flat,debt_usd_bn,debt_maturing.2026,source,grade\r\n\
                 lab,\"Lab, Inc.\",lab,FALSE,30,150,\"{ dist = \"\"uniform\"\", low = 0.5, high = 1 }\",16,28,1.5,4,2,press,C\r\n\
                 cloud,,hyperscaler,,60,1500,,160,170,,,,10-K,A\r\n";
    let deals = "id,buyer,seller,schedule_usd_bn.2026,schedule_usd_bn.2027,schedule_usd_bn.2028,beyond_horizon,source,grade\nx,lab,cloud,4,8,12,true,press,C\n";
    let folder = folder(&[("s.toml", scenario_text), ("firms.csv", firms), ("deals.csv", deals)]);
    let loaded = load_file(&folder, "s.toml", &[], &[]);
    assert_eq!(loaded.sources.len(), 3);
    let m = loaded.model;
    assert_eq!((m.firms[0].name.as_str(), m.firms[0].listed, m.firms[0].numbers.cash_usd_bn), ("Lab, Inc.", false, 31.0));
    assert_eq!((m.firms[1].name.as_str(), m.firms[1].listed, m.firms[1].external_revenue_usd_bn[7]), ("cloud", true, 42.5));
    assert_eq!((m.firms[0].external_revenue_usd_bn[4], m.firms[0].fixed_cost_usd_bn[7], m.firms[0].debt_maturing[3]), (7.0, 1.5, 0.125));
    assert_eq!(m.uncertain[0].distribution, Distribution::Uniform { low: 0.5, high: 1.0 });
    assert_eq!(m.purchases[0].schedule_usd_bn, [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0]);
    assert_eq!(m.purchases[0].numbers.after_horizon_usd_bn, 12.0);
}

#[test]
fn the_table_of_drivers_is_sorted_and_indexed() {
    let text = scenario::starter().replace("boom_to_bust_per_quarter = 0.05", "drivers = \"d.csv\"");
    let rows = "path,quarter,driver,entity,value\n1,2,log_revenue,cloud,-0.5\n0,2026Q2,sentiment,,-1\n0,1,deal_scale,cloud-lab,1\n0,1,tranche_event,chips-lab,0\n";
    let folder = folder(&[("s.toml", &text), ("d.csv", rows)]);
    let table = load_file(&folder, "s.toml", &[], &[]).model.shocks.table.unwrap();
    assert_eq!(table.paths, 2);
    let seen: Vec<_> = table.rows.iter().map(|r| (r.path, r.quarter, r.target.series, r.target.entity, r.value)).collect();
    assert_eq!(
        seen,
        [
            (0, 1, Series::DealScale, Some(0), 1.0),
            (0, 1, Series::TrancheEvent, Some(0), 0.0),
            (0, 1, Series::TrancheEvent, Some(1), 0.0),
            (0, 2, Series::Sentiment, None, -1.0),
            (1, 2, Series::LogRevenue, Some(1), -0.5),
        ]
    );
}

#[test]
fn a_shorter_horizon_is_possible_when_schedules_may_run_past_it() {
    let folder = folder(&[("s.toml", scenario::starter())]);
    let loaded = load_file(&folder, "s.toml", &[("scenario.horizon_quarters", "8"), ("scenario.beyond_horizon", "true")], &[]);
    assert_eq!(loaded.model.purchases[0].numbers.after_horizon_usd_bn, 30.0);
    let loaded = load_file(&folder, "s.toml", &[("scenario.horizon_quarters", "5"), ("scenario.beyond_horizon", "true")], &[]);
    assert_eq!(loaded.model.tranches.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["chips-lab.1", "cloud-lab.1"]);
    let example = self::folder(&[("e.toml", scenario::example())]);
    for horizon in 1..16 {
        let horizon = horizon.to_string();
        let m =
            load_file(&example, "e.toml", &[("scenario.horizon_quarters", &horizon), ("scenario.beyond_horizon", "true")], &["stress.*"])
                .model;
        assert!(close(m.purchases[0].schedule_usd_bn.iter().sum::<f64>() + m.purchases[0].numbers.after_horizon_usd_bn, 84.0));
    }
}

#[test]
fn provenance_is_kept_for_reports() {
    let loaded = load(scenario::example());
    let of = |path: &str| loaded.provenance.iter().find(|p| p.path == path).unwrap_or_else(|| panic!("no {path}"));
    assert_eq!((of("firm.lab").source.as_str(), of("firm.lab").note.as_str()), ("https://example.com/lab", "private"));
    assert_eq!((of("firm.lab.cash_usd_bn").source.as_str(), of("firm.lab.cash_usd_bn").as_of.as_str()), ("judgement", "2025-12-31"));
    assert_eq!(of("investment.chips-invests.tranche.2").note, "at the listing");
    assert!(["rules", "shocks", "group.accelerators", "stress.half-paid"].iter().all(|p| !of(p).source.is_empty()));
}

#[test]
fn a_distribution_of_no_width_is_a_number() {
    let m = model(&scenario::starter().replace("low = 0.5, mode = 0.9, high = 1.1", "low = 0.9, mode = 0.9, high = 0.9"));
    assert!(m.uncertain.is_empty());
    assert_eq!(m.firms[0].numbers.plan_realism, 0.9);
}

#[test]
fn a_first_quarter_far_from_the_date_is_a_warning() {
    let text = scenario::starter().replacen("as_of = \"2025-12-31\"", "as_of = \"2024-12-31\"", 1);
    assert_eq!(load(&text).warnings[0].found, "the first quarter, 2026Q1, is far from the as-of date, 2024-12-31");
}

#[test]
fn degrees_of_freedom_may_be_infinite() {
    for inf in ["\"inf\"", "inf"] {
        let m = model(&scenario::starter().replace("boom_to_bust_per_quarter = 0.05", &format!("degrees_of_freedom = {inf}")));
        assert_eq!(m.shocks.numbers.degrees_of_freedom, f64::INFINITY);
    }
}

#[test]
fn the_hash_is_that_of_the_content_and_not_of_the_place() {
    let a = load_file(&folder(&[("a.toml", scenario::starter())]), "a.toml", &[], &[]);
    let b = load_file(&folder(&[("b.toml", scenario::starter())]), "b.toml", &[], &[]);
    assert_eq!(a.hash, b.hash);
    assert_eq!(a.hash.len(), 64);
    let c = load_file(&folder(&[("b.toml", scenario::starter())]), "b.toml", &[("firm.lab.cash_usd_bn", "31")], &[]);
    assert_ne!(a.hash, c.hash);
}

#[test]
fn the_first_quarter_follows_the_date() {
    for (date, first) in [("2025-12-17", (2026, 1)), ("2025-09-30", (2025, 4)), ("2026-01-01", (2026, 2))] {
        let m = model(&format!(
            "[scenario]\nas_of = \"{date}\"\n[[firm]]\nid = \"a\"\nkind = \"other\"\ncash_usd_bn = 1\nmarket_value_usd_bn = 2\n"
        ));
        assert_eq!((m.first_quarter, m.horizon_quarters, m.name.as_str()), (first, 24, "test"));
    }
}

/// Compares a document with what the code makes, or, with BUBBLERISK_BLESS=1, writes it.
fn fresh(path: &str, made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("BUBBLERISK_BLESS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, made).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(there == made, "{path} is stale: run BUBBLERISK_BLESS=1 cargo test --test scenario");
}

#[test]
fn the_schema_file_is_fresh() {
    fresh("scenarios/schema.json", &scenario::schema());
}

#[test]
fn the_reference_is_fresh() {
    fresh("docs/scenario.md", &scenario::reference());
}

#[test]
fn deep_nesting_and_huge_arrays_are_refused_or_read_but_never_a_panic() {
    let head = "[scenario]\nas_of = \"2025-12-31\"\n";
    for open in ["[", "{ a = "] {
        let deep = format!("{head}x = {}", open.repeat(20_000));
        assert!(scenario::load_text("t.toml", &deep).is_err());
    }
    let closed = format!("{head}x = {}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(scenario::load_text("t.toml", &closed).is_err());
    let dotted = format!("{head}{} = 1", vec!["a"; 5_000].join("."));
    assert!(scenario::load_text("t.toml", &dotted).is_err());
    let wide = scenario::starter().replace("capex_usd_bn = 8", &format!("capex_usd_bn = {{ list = [{}] }}", "1,".repeat(300_000)));
    assert!(scenario::load_text("t.toml", &wide).is_err());
    let many: String = (0..20_000).map(|i| format!("[[firm]]\nid = \"f{i}\"\n")).collect();
    assert!(scenario::load_text("t.toml", &format!("{head}{many}")).is_err());
}

/// Pieces that mutations put into a file.
fn snippet() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("nan".to_string()),
        Just("-inf".to_string()),
        Just("1e308".to_string()),
        Just("-1".to_string()),
        Just("9223372036854775807".to_string()),
        Just("\"\"".to_string()),
        Just("\"9999Q4\"".to_string()),
        Just("\"1900Q1\"".to_string()),
        Just("[]".to_string()),
        Just("{}".to_string()),
        Just("[[firm]]".to_string()),
        Just("{ dist = \"normal\", mean = 1e308, sd = 1e308 }".to_string()),
        Just("{ list = [1e308, 1e308] }".to_string()),
        Just("{ yearly = { \"2200\" = 1 } }".to_string()),
        Just("true".to_string()),
        Just("2025-12-31".to_string()),
        Just("é𝄞\u{0}".to_string()),
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(cases::so_many(400))]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = scenario::load_text("t.toml", &text);
    }

    #[test]
    fn no_mutation_of_a_valid_file_panics(edits in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..12, snippet()), 1..5)) {
        let mut text: Vec<char> = scenario::example().chars().collect();
        for (at, cut, put) in edits {
            let start = at.index(text.len());
            let end = (start + cut).min(text.len());
            text.splice(start..end, put.chars());
        }
        let text: String = text.into_iter().collect();
        let checked = scenario::check_text("t.toml", &text);
        for p in &checked.problems {
            prop_assert!(!p.found.is_empty() && !p.expected.is_empty());
            if let Some(place) = &p.place {
                prop_assert!(text.get(place.bytes.clone()).is_some() || place.bytes.end >= text.len(), "{p}");
            }
        }
    }

    #[test]
    fn no_choice_of_tables_panics(keep in proptest::collection::vec(any::<bool>(), 64)) {
        let blocks: Vec<&str> = scenario::example().split("\n\n").collect();
        let text: Vec<&str> = blocks.iter().zip(&keep).filter(|(_, kept)| **kept).map(|(b, _)| *b).collect();
        let _ = scenario::load_text("t.toml", &text.join("\n\n"));
    }

    #[test]
    fn no_value_of_any_key_panics_and_whatever_loads_is_finite(line in any::<prop::sample::Index>(), put in snippet()) {
        let lines: Vec<&str> = scenario::example().lines().collect();
        let keys: Vec<usize> = lines.iter().enumerate().filter(|(_, l)| l.contains(" = ") && !l.starts_with('#')).map(|(k, _)| k).collect();
        let at = keys[line.index(keys.len())];
        let key = lines[at].split(" = ").next().unwrap_or_default();
        let changed = format!("{key} = {put}");
        let text: Vec<&str> = lines.iter().enumerate().map(|(k, l)| if k == at { changed.as_str() } else { *l }).collect();
        if let Ok(loaded) = scenario::load_text("t.toml", &text.join("\n")) {
            let m = loaded.model;
            for (i, f) in m.firms.iter().enumerate() {
                prop_assert!(FirmNumber::ALL.iter().all(|(n, _)| f.numbers.get(*n).is_finite()));
                prop_assert!(m.fair_value_usd_bn(i).is_finite());
                for path in [&f.external_revenue_usd_bn, &f.fixed_cost_usd_bn, &f.capex_usd_bn, &f.debt_maturing] {
                    prop_assert_eq!(path.len(), m.horizon_quarters);
                    prop_assert!(path.iter().all(|x| x.is_finite() && *x >= 0.0));
                }
            }
            prop_assert!(m.purchases.iter().all(|p| p.schedule_usd_bn.len() == m.horizon_quarters && p.schedule_usd_bn.iter().all(|x| x.is_finite() && *x >= 0.0)));
            prop_assert!(m.tranches.iter().all(|t| (1..=m.horizon_quarters).contains(&t.due_quarter)));
        }
    }
}
