//! `check`: every problem of a scenario, and whether its plan can be paid for.

use super::args::Check;
use super::{console, problems};
use bubblerisk::engine::{Engine, Gap};
use bubblerisk::error::{Error, Result};
use bubblerisk::lanes::Isa;
use bubblerisk::model::Model;
use bubblerisk::results::words;
use bubblerisk::scenario;
use serde_json::json;

pub fn check(args: &Check) -> Result<()> {
    let source = &args.source;
    let found = scenario::check_with(&source.scenario, &source.set, &source.without);
    let gaps = match &found.loaded {
        Some(loaded) => Engine::new(&loaded.model, Isa::detect())?.plan_gaps(),
        None => vec![],
    };
    if args.talk.json {
        console::say_json(&document(args, &found, &gaps))?;
    }
    let Some(loaded) = &found.loaded else { return Err(Error::Scenario(found.problems)) };
    if !args.talk.quiet {
        console::complain(&problems::render(&found.problems, Some(source)));
        console::complain(&problems::tally(&found.problems));
    }
    financeable(&loaded.model, &gaps)?;
    if !args.talk.quiet && !args.talk.json {
        console::say(&format!("{}: {}; the plan can be paid for in every quarter\n", source.scenario.display(), size(&loaded.model)))?;
    }
    Ok(())
}

fn document(args: &Check, found: &scenario::Checked, gaps: &[Gap]) -> serde_json::Value {
    let model = found.loaded.as_ref().map(|l| &l.model);
    let gap = |g: &Gap| {
        let (firm, label) = model.map_or((None, None), |m| (m.firms.get(g.firm).map(|f| f.id.clone()), Some(m.quarter_label(g.quarter))));
        json!({ "firm": firm, "quarter": g.quarter, "label": label, "usd_bn": g.usd_bn })
    };
    json!({
        "file": args.source.scenario.display().to_string(),
        "usable": model.is_some() && gaps.is_empty(),
        "sha256": found.loaded.as_ref().map(|l| &l.hash),
        "problems": problems::json(&found.problems),
        "plan_gaps": gaps.iter().map(gap).collect::<Vec<_>>(),
    })
}

fn size(m: &Model) -> String {
    let counts = [
        (m.firms.len(), "firm", "firms"),
        (m.purchases.len(), "purchase", "purchases"),
        (m.tranches.len(), "tranche", "tranches"),
        (m.stakes.len(), "stake", "stakes"),
        (m.loans.len(), "loan", "loans"),
        (m.horizon_quarters, "quarter", "quarters"),
    ];
    let named: Vec<String> = counts.into_iter().filter(|c| c.0 > 0).map(|(n, one, many)| words::plural(n as u64, one, many)).collect();
    words::list(&named)
}

/// Refuses a plan that cannot be paid for, with every gap by firm (model I23).
pub fn financeable(model: &Model, gaps: &[Gap]) -> Result<()> {
    let mut lines = Vec::new();
    for (i, firm) in model.firms.iter().enumerate() {
        let own: Vec<&Gap> = gaps.iter().filter(|g| g.firm == i).collect();
        if own.is_empty() {
            continue;
        }
        let listed: Vec<String> =
            own.iter().map(|g| format!("{} bn more in {}", amount(g.usd_bn), model.quarter_label(g.quarter))).collect();
        lines.push(format!("{} needs {}", firm.id, listed.join(", ")));
    }
    if lines.is_empty() {
        return Ok(());
    }
    let advice = "give the firm more cash, outside capacity (equity_capacity_per_quarter, loan_to_value) or investment, or a smaller plan of purchases";
    Err(Error::PlanNotFinanceable(format!("{}\n  = help: {advice}", lines.join("\n  "))))
}

/// An amount to three significant digits.
fn amount(v: f64) -> String {
    words::exact(v, words::Unit::Plain)
}
