//! What the numbers rest on, how good they are, and what a reader should know.

use super::{Grid, Section, is_random};
use crate::results::words::{self, Unit};
use crate::results::{Exposure, Grade, Panel, Results, ScenarioInfo, WorldName};
use serde_json::json;

/// Uncertain inputs named in the text.
const MOST: usize = 6;

pub(super) fn evidence(scenario: &ScenarioInfo) -> Section {
    let exposures = &scenario.exposures;
    let all: f64 = total(exposures, |_| true);
    let mut statements = Vec::new();
    let mut tables = Vec::new();
    if all > 0.0 {
        let soft = total(exposures, |e| !matches!(e.grade, Some(Grade::A | Grade::B)));
        statements.push(format!(
            "{} of the exposure of {} (value and debt of firms, money of contracts) rests on press, judgement or no stated evidence{}.",
            words::exact(soft / all, Unit::Share),
            words::exact(all, Unit::UsdBn),
            contracts(exposures)
        ));
        statements.extend(stages(exposures));
        tables.push(grades(exposures, all));
    } else {
        statements.push("The scenario states no evidence for its figures.".into());
    }
    let names: Vec<String> = scenario.uncertain.iter().take(MOST).map(|(n, d)| format!("{n} ({d})")).collect();
    if !names.is_empty() {
        let more = scenario.uncertain.len().saturating_sub(MOST);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let what = if scenario.random {
            "Drawn anew on each path, so that their uncertainty is in the results"
        } else {
            "Uncertain, but held at their central values, as the script draws nothing"
        };
        statements.push(format!("{what}: {}{more}.", names.join(", ")));
    }
    let by_grade: Vec<_> = grade_lines(exposures).into_iter().map(|(g, v)| json!({ "grade": g, "usd_bn": v })).collect();
    let by_stage: Vec<_> = stage_sums(exposures).into_iter().map(|(s, v)| json!({ "stage": s, "usd_bn": v })).collect();
    let numbers = json!({ "exposure_usd_bn": all, "by_grade": by_grade, "by_stage": by_stage, "uncertain": scenario.uncertain });
    Section { id: "evidence", heading: "What it rests on".into(), statements, tables, numbers, figures: &[] }
}

/// The same of contracts alone: the value of large firms would hide them.
fn contracts(exposures: &[Exposure]) -> String {
    let all = total(exposures, |e| e.what != "firm");
    let soft = total(exposures, |e| e.what != "firm" && !matches!(e.grade, Some(Grade::A | Grade::B)));
    if all > 0.0 {
        format!("; of the contracts alone, {} of {}", words::exact(soft / all, Unit::Share), words::exact(all, Unit::UsdBn))
    } else {
        String::new()
    }
}

fn total(exposures: &[Exposure], is_in: impl Fn(&Exposure) -> bool) -> f64 {
    exposures.iter().filter(|e| is_in(e) && e.usd_bn.is_finite()).map(|e| e.usd_bn).sum()
}

/// Exposure by grade, as (grade, USD bn), with what has none last.
fn grade_lines(exposures: &[Exposure]) -> Vec<(Option<Grade>, f64)> {
    let grades = Grade::ALL.into_iter().map(Some).chain([None]);
    grades.map(|g| (g, total(exposures, |e| e.grade == g))).collect()
}

fn grades(exposures: &[Exposure], all: f64) -> Grid {
    let line = |(g, v): (Option<Grade>, f64)| {
        let name = g.map_or_else(|| "none stated".to_string(), |g| format!("{g:?}, {}", g.meaning()));
        let deals = total(exposures, |e| e.grade == g && e.what != "firm");
        vec![name, words::exact(v, Unit::Plain), words::exact(v / all, Unit::Share), words::exact(deals, Unit::Plain)]
    };
    let header = ["Grade of evidence", "USD bn", "Share", "of which contracts, USD bn"].map(String::from).to_vec();
    Grid {
        caption: "Exposure by the evidence for it".into(),
        header,
        rows: grade_lines(exposures).into_iter().filter(|l| l.1 > 0.0).map(line).collect(),
    }
}

/// Money of contracts by stage: (signed or active, talks or letters of intent).
fn stage_sums(exposures: &[Exposure]) -> [(&'static str, f64); 2] {
    let sum = |binds: bool| total(exposures, |e| e.stage.is_some_and(|s| s.binds() == binds));
    [("signed_or_active", sum(true)), ("talks_or_loi", sum(false))]
}

fn stages(exposures: &[Exposure]) -> Option<String> {
    let [(_, signed), (_, open)] = stage_sums(exposures);
    let share = |v: f64| words::exact(v / (signed + open), Unit::Share);
    (signed + open > 0.0).then(|| {
        format!(
            "Of the money of contracts, {} ({}) is signed or in force and {} ({}) only talked about or in letters \
             of intent, which are outside the plan until signed.",
            words::exact(signed, Unit::UsdBn),
            share(signed),
            words::exact(open, Unit::UsdBn),
            share(open)
        )
    })
}

pub(super) fn accuracy(r: &Results) -> Section {
    let s = &r.solver;
    let mut statements = Vec::new();
    let residual = s.order_residual.max(s.payment_residual).max(s.value_residual);
    statements.push(if s.failed == 0 {
        format!("Every fixed point was solved; the largest relative residual is {residual:.0e}, the most sweeps {}.", s.most_sweeps)
    } else {
        format!(
            "{} did not reach their tolerance: the largest relative residual is {residual:.0e}. Do not rely on these results.",
            words::plural(s.failed, "solve", "solves")
        )
    });
    if s.unfinanceable_paths > 0 {
        statements.push(format!(
            "On {} the drawn inputs make even the plan unfinanceable; these paths are included.",
            words::plural(s.unfinanceable_paths, "path", "paths")
        ));
    }
    if s.non_finite + s.saturated > 0 {
        statements.push(format!(
            "{} numbers were not finite and kept out, {} too large and counted at their bound.",
            words::count(s.non_finite),
            words::count(s.saturated)
        ));
    }
    if is_random(r) {
        statements.push(exactness(r));
        statements.push(format!("The variants S = 0 and look-through rest on {}.", words::plural(r.run.variant_paths, "path", "paths")));
    }
    let warned =
        r.warnings.iter().map(|w| format!("Warning: {}. Advice: {}.", trimmed(&w.text), trimmed(&w.advice)).replace(" Advice: .", ""));
    statements.extend(warned);
    let numbers = json!({ "solver": s, "variant_paths": r.run.variant_paths });
    Section { id: "accuracy", heading: "How good the numbers are".into(), statements, tables: vec![], numbers, figures: &[] }
}

fn trimmed(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

fn exactness(r: &Results) -> String {
    let of = |exact: bool| {
        r.losses.iter().filter(move |row| row.firm.is_none() && row.panel == Panel::Base && !row.tail.is_empty() && row.exact == exact)
    };
    let worlds = [WorldName::W0, WorldName::W1, WorldName::W2].into_iter().filter(|w| of(true).any(|row| row.world == *w));
    let names: Vec<String> = worlds.map(|w| words::world_name(w).to_string()).collect();
    let binned =
        if of(false).next().is_some() { "; those of other losses are read off bins whose relative width manifest.json states" } else { "" };
    if names.is_empty() {
        "Means are sums over every path.".into()
    } else {
        format!(
            "Means are sums over every path; VaR and ES of the net loss in {} are order statistics of every path{binned}.",
            words::list(&names)
        )
    }
}
