//! `check`: every problem of a scenario, and whether its plan can be paid for.

use super::args::Check;
use super::{console, problems};
use bubblerisk::engine::{Engine, Gap};
use bubblerisk::error::{Error, Result};
use bubblerisk::lanes::Isa;
use bubblerisk::model::{Model, Purchase, Stage, Tranche, deal_of};
use bubblerisk::report::{self, Grid};
use bubblerisk::results::{self, PlanRow, words};
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
        let said = format!("{}: {}; the plan can be paid for in every quarter\n", source.scenario.display(), size(&loaded.model));
        let plan = Engine::new(&loaded.model, Isa::detect()).map(|e| first_year(&e))?;
        let unsigned = report::fitted(&unsigned(&loaded.model), console::width());
        console::say(&format!("{said}\n{}\n{unsigned}", report::tabled(&plan, console::width())))?;
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

/// The plan of the first calendar year that is whole, to see whether it is what was meant: an amount for a year that was written as one for a quarter stands out.
fn first_year(engine: &Engine<'_>) -> Grid {
    let model = engine.model;
    let (year, quarter) = model.calendar(1);
    let year = if quarter == 1 || model.horizon_quarters < 4 { year } else { year + 1 };
    let header = [
        "Firm",
        "Sales outside",
        "Sales to firms",
        "Costs",
        "Capital expenditure",
        "Purchases",
        "Equity in, net",
        "Raised outside, net",
        "Cash at the end",
    ];
    let row = |r: &PlanRow| {
        let numbers = [
            r.external_revenue_usd_bn,
            r.network_revenue_usd_bn,
            r.operating_cost_usd_bn,
            r.capex_usd_bn,
            r.purchases_usd_bn,
            r.network_equity_usd_bn + r.outside_tranches_usd_bn - r.investments_usd_bn,
            r.new_equity_usd_bn + r.new_debt_usd_bn - r.debt_service_usd_bn,
            r.closing_cash_usd_bn,
        ];
        std::iter::once(model.firms[r.firm].name.clone()).chain(numbers.map(amount)).collect()
    };
    Grid {
        caption: format!(
            "The plan without shocks for {year}, USD bn. Equity in: what others invest in the firm, less what it invests; raised outside: new shares and debt, less debt service"
        ),
        header: header.map(String::from).to_vec(),
        rows: results::plan_rows(engine).iter().filter(|r| r.year == year).map(row).collect(),
    }
}

/// The deals that the plan leaves out, each with its size and how far it has come; nothing if there are none.
fn unsigned(m: &Model) -> String {
    let purchase = |p: &Purchase| (format!("purchase {}", p.id), p.stage, p.numbers.scale * p.schedule_usd_bn.iter().sum::<f64>());
    let tranche = |t: &Tranche| (format!("investment {}", deal_of(&t.id)), t.stage, t.numbers.amount_usd_bn);
    let all: Vec<(String, Stage, f64)> = m.purchases.iter().map(purchase).chain(m.tranches.iter().map(tranche)).collect();
    let told = |deal: &[(String, Stage, f64)]| {
        let usd_bn: f64 = deal.iter().map(|d| d.2).sum();
        format!("{} ({}, {})", deal[0].0, words::exact(usd_bn, words::Unit::UsdBn), words::stage(deal[0].1))
    };
    let named: Vec<String> = all.chunk_by(|a, b| a.0 == b.0).filter(|d| !d[0].1.binds()).map(told).collect();
    if named.is_empty() {
        String::new()
    } else {
        format!("Not signed, and so not in this plan; amounts within the horizon: {}.\n", words::list(&named))
    }
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
