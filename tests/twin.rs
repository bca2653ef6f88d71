//! The engine against its twin: a second implementation of docs/methods.md in another language (tests/reference/twin.py), written without sight of this one.
//! Over a thousand small random systems go to both as files, and every number of every firm, quarter and world must agree.

mod common;
#[path = "common/differences.rs"]
mod differences;
#[path = "common/systems.rs"]
mod systems;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use bubblerisk::engine::{Context, Engine, Flows, Observer, Outcome, State, World};
use bubblerisk::lanes::Isa;
use bubblerisk::model::Metric;
use bubblerisk::scenario;
use differences::{Difference, Scales, compare, explain};
use systems::{System, system};

const SYSTEMS: u64 = 2000;
/// Every how manyth six systems, one of each number of firms, run all worlds.
const ALL_WORLDS_EVERY: u64 = 3;

const QUARTERS: &str = "world,path,quarter,firm,cash,debt,shares,enterprise_value,value,price,reported,order_ratio,revenue,alive";
const LOSSES: &str = "world,path,firm,mark_to_market,mark_to_market_vs_plan,net_contribution,net_contribution_from_today,gross,revenue_shortfall,\
    network_shortfall,committed_shortfall,backlog_lost,credit_loss_network,credit_loss_external,stake_loss,stale_mark_gap,peak_unmet_need,default_quarter";
const METRICS: [Metric; 14] = [
    Metric::MarkToMarketLoss,
    Metric::MarkToMarketLossVsPlan,
    Metric::NetLoss,
    Metric::NetLossFromToday,
    Metric::GrossLoss,
    Metric::RevenueShortfall,
    Metric::NetworkShortfall,
    Metric::CommittedShortfall,
    Metric::BacklogLost,
    Metric::NetworkCreditLoss,
    Metric::ExternalCreditLoss,
    Metric::StakeLoss,
    Metric::StaleMarkGap,
    Metric::PeakUnmetNeed,
];
/// Rows by their names, `W0,0,1,f0`: world, path, quarter, firm; without the quarter for losses.
type Rows = BTreeMap<String, Vec<f64>>;

/// What one program found of one system.
struct Found {
    quarters: Rows,
    losses: Rows,
}

/// A system that was run by the engine.
struct Ran {
    folder: PathBuf,
    system: System,
    found: Found,
    /// What happened in W0, path by path: defaults, and every kind of contract that moved money.
    events: Vec<BTreeSet<&'static str>>,
}

#[test]
fn the_twin_agrees() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("twin");
    if root.exists() {
        std::fs::remove_dir_all(&root).expect("the folder of an earlier run can be removed");
    }
    let start = Instant::now();
    let ran: Vec<Ran> = (0..SYSTEMS).map(|number| run(&root, number)).collect();
    println!("{} systems run by the engine after {:.1} s", ran.len(), start.elapsed().as_secs_f64());
    covers_everything(&ran);
    run_twin(&root);
    println!("and by the twin after {:.1} s", start.elapsed().as_secs_f64());
    let differing: Vec<Difference> = ran.iter().enumerate().filter_map(|(at, r)| compare(at, r)).collect();
    let rows: usize = ran.iter().map(|r| r.found.quarters.len() * 10 + r.found.losses.len() * 15).sum();
    for d in &differing {
        ran[d.at].leave_tables();
    }
    println!("{rows} numbers compared after {:.1} s", start.elapsed().as_secs_f64());
    assert!(differing.is_empty(), "{}", explain(&ran, &differing));
}

/// Names of the worlds that a system runs: W0, W1 and W2, or all of them.
fn worlds(number: u64) -> Vec<String> {
    let mut names: Vec<String> = ["W0", "W1", "-OPVF"].map(String::from).into();
    if (number / 6).is_multiple_of(ALL_WORLDS_EVERY) {
        let off = |bits: u8| "OPVF".chars().enumerate().filter(|(k, _)| bits >> k & 1 == 1).map(|(_, c)| c).collect::<String>();
        names.extend((1..15).map(|bits| format!("-{}", off(bits))));
        for panel in ["~S", "~L"] {
            names.extend(["W0", "W1", "-OPVF"].map(|world| format!("{world}{panel}")));
        }
    }
    names
}

/// The world of a name: `W0`, `W1`, or `-` and the channels that are off; `~S` holds sentiment still, `~L` looks through.
fn world(name: &str) -> World {
    let (channels, panel) = name.split_once('~').unwrap_or((name, ""));
    let base = match channels {
        "W0" => World::W0,
        "W1" => World::W1,
        off => World::with_channels("OPVF".chars().enumerate().filter(|(_, c)| !off.contains(*c)).map(|(k, _)| 1 << k).sum()),
    };
    World { sentiment: panel != "S", look_through: panel == "L", ..base }
}

/// Writes the files of a system, loads them, and runs the engine on them.
fn run(root: &Path, number: u64) -> Ran {
    let system = system(number);
    let folder = root.join(format!("{number:04}"));
    let names = worlds(number);
    std::fs::create_dir_all(&folder).expect("a folder for the system can be made");
    let write = |file: &str, text: &str| std::fs::write(folder.join(file), text).expect("a file of the system can be written");
    write("scenario.toml", &system.scenario);
    write("drivers.csv", &system.drivers);
    write("worlds.txt", &(names.join("\n") + "\n"));
    write("paths.txt", &format!("{}\n", system.paths));
    let loaded = scenario::load(&folder.join("scenario.toml")).unwrap_or_else(|e| panic!("{} does not load: {e}", folder.display()));
    let engine = Engine::new(&loaded.model, Isa::detect()).expect("a system has firms and quarters");
    let list: Vec<World> = names.iter().map(|n| world(n)).collect();
    let mut clerk = Clerk { names: &names, paths: system.paths, rows: Rows::new(), events: vec![BTreeSet::new(); system.paths] };
    let block = engine.run_block(1, 0, &list, &mut clerk);
    assert_eq!(block.counts.failed, 0, "{}: every fixed point is found", folder.display());
    let Clerk { rows, events, .. } = clerk;
    let mut losses = Rows::new();
    for (name, outcome) in names.iter().zip(&block.outcomes) {
        for path in 0..system.paths {
            for i in 0..system.firms {
                losses.insert(format!("{name},{path},f{i}"), losses_of(outcome, i, path));
            }
        }
    }
    let found = Found { quarters: rows, losses };
    Ran { folder, system, found, events }
}

fn losses_of(outcome: &Outcome, i: usize, path: usize) -> Vec<f64> {
    METRICS.iter().map(|&m| outcome.firm(m, i)[path]).chain([outcome.default_quarter[i][path]]).collect()
}

impl Ran {
    /// Writes what the engine found beside what the twin did.
    fn leave_tables(&self) {
        for (file, heading, rows) in [("engine.csv", QUARTERS, &self.found.quarters), ("engine-losses.csv", LOSSES, &self.found.losses)] {
            std::fs::write(self.folder.join(file), table(heading, rows)).expect("a table can be written");
        }
    }
}

fn table(heading: &str, rows: &Rows) -> String {
    let mut text = format!("{heading}\n");
    for (name, row) in rows {
        let cells: Vec<String> = row.iter().map(|x| format!("{x:?}")).collect();
        writeln!(text, "{name},{}", cells.join(",")).expect("text grows");
    }
    text
}

/// Takes down the state of every firm at the end of every quarter.
struct Clerk<'a> {
    names: &'a [String],
    paths: usize,
    rows: Rows,
    events: Vec<BTreeSet<&'static str>>,
}

impl Observer for Clerk<'_> {
    fn quarter(&mut self, world: usize, t: usize, ctx: &Context<'_>, s: &State, f: &Flows) {
        for path in 0..self.paths {
            for i in 0..ctx.layout.firms {
                let rows = [&s.cash, &s.debt, &s.shares, &s.enterprise, &s.value, &s.price, &s.mark, &s.order_ratio, &f.revenue, &s.alive];
                let row = rows.iter().map(|r| r[i][path]).collect();
                self.rows.insert(format!("{},{path},{t},f{i}", self.names[world]), row);
            }
            if self.names[world] == "W0" {
                events_of_firms(path, t, ctx, s, f, &mut self.events[path]);
                events_of_contracts(path, ctx, s, f, &mut self.events[path]);
            }
        }
    }
}

fn events_of_firms(l: usize, t: usize, ctx: &Context<'_>, s: &State, f: &Flows, seen: &mut BTreeSet<&'static str>) {
    let mut note = |name: &'static str, happened: bool| {
        if happened {
            seen.insert(name);
        }
    };
    for i in 0..ctx.layout.firms {
        let fails = f.defaults[i][l] > 0.0;
        note("default", fails);
        note("default with cost", fails && f.dead_weight[i][l] > 0.0);
        note("estate with something left", fails && s.distributed[i][l] > 0.0);
        note("loss of outside creditors", f.outside_loss[i][l] > 1e-6);
        note("loss of creditors in the network", f.network_loss[i][l] > 1e-6);
        note("new debt", f.new_debt[i][l] > 1e-6);
        note("new equity", f.new_equity[i][l] > 1e-6);
        note("principal repaid", f.due[i][l] > 1e-6);
        note("line drawn", f.draw[i][l] > 1e-6);
        note("renegotiation", f.committed_share[i][l] < 1.0 && f.committed_sum[i][l] > f.floor_sum[i][l]);
        note("tranches paid in part", f.soft_share[i][l] < 1.0 && f.soft_share[i][l] > 0.0);
        note("tranches not paid for lack of money", f.soft_share[i][l] <= 0.0 && f.soft_out[i][l] > 0.0 && !fails);
        note("under-investment", s.under[i][l] > 1e-6);
        note("shares issued at a fixed price", f.fixed_keep[i][l] < 1.0);
        note("no value left", s.value[i][l] <= 0.0 && s.alive[i][l] > 0.0);
        note("stale mark", (s.mark[i][l] - s.price[i][l]).abs() > 1e-6);
    }
    let dead = |i: &usize| f.lives[*i][l] <= 0.0;
    let taken_over = |peers: &Vec<usize>| peers.iter().any(dead) && !peers.iter().all(dead);
    note("peers of a failed firm", t > 1 && ctx.layout.peers.iter().any(taken_over));
}

fn events_of_contracts(l: usize, ctx: &Context<'_>, s: &State, f: &Flows, seen: &mut BTreeSet<&'static str>) {
    let mut note = |name: &'static str, happened: bool| {
        if happened {
            seen.insert(name);
        }
    };
    for (c, purchase) in ctx.model.purchases.iter().enumerate() {
        let ordered = f.order[c][l] > 1e-6;
        note("purchase", ordered);
        note("purchase of a deal signed on the path", ordered && ctx.layout.purchase_deal[c].is_some());
        note("purchase in a group", ordered && purchase.group.is_some());
        note("purchase from outside", ordered && ctx.layout.seller_of(c).is_none());
        note("purchase from a failed seller", ordered && ctx.layout.seller_of(c).is_some_and(|j| f.lives[j][l] <= 0.0));
    }
    for k in 0..ctx.model.tranches.len() {
        note("tranche", f.tranche_paid[k][l] > 1e-6);
        note("tranche of a deal signed on the path", f.tranche_paid[k][l] > 1e-6 && ctx.layout.tranche_deal[k].is_some());
        note("tranche that waits", s.tranche_waited[k][l] > 0.0);
        note("tranche that waited and was paid", s.tranche_waited[k][l] > 0.0 && f.tranche_paid[k][l] > 1e-6);
    }
    for (k, loan) in ctx.model.loans.iter().enumerate() {
        note("loan served", f.lives[loan.borrower.at()][l] > 0.0 && f.loan_interest[k][l] + f.loan_principal[k][l] > 1e-6);
        note("loan sold by an estate", s.loan_sold[k][l] > 0.0);
    }
    note("stake", s.holding.iter().any(|h| h[l] > 0.0));
    note("backstop", f.backstop.iter().any(|b| b[l] > 1e-6));
    let mut warrants = s.warrant_done.iter().zip(&ctx.model.warrants);
    note("warrant", warrants.any(|(done, w)| done[l] > 0.0 && s.alive[w.issuer.at()][l] > 0.0 && s.alive[w.holder.at()][l] > 0.0));
}

/// Keys that change numbers. Each must be used by at least `LEAST_SYSTEMS` systems, and so must every driver.
const KEYS: &str = "scenario.first_quarter scenario.beyond_horizon rules.spending_cap rules.circular_revenue_weight rules.floor_ramp rules.grace_quarters \
    rules.enforceability rules.default_recovery_own rules.default_recovery_incoming rules.bankruptcy_cost rules.rejection_claim rules.recapture \
    kind.loan_to_value kind.headline_discount firm.listed firm.debt_first firm.headline_discount firm.debt_usd_bn firm.debt_maturing=list \
    firm.debt_maturing=by~year firm.debt_tenor_quarters firm.external_revenue_usd_bn=flat firm.external_revenue_usd_bn=yearly \
    firm.external_revenue_usd_bn=ramp firm.external_revenue_usd_bn=list firm.external_revenue_usd_bn=growth firm.fixed_cost_usd_bn firm.capex_usd_bn \
    firm.minimum_cash_usd_bn firm.external_revenue_scale firm.fixed_cost_scale firm.capex_scale firm.variable_cost_ratio firm.value_growth_per_year \
    firm.sentiment_beta firm.value_elasticity firm.spending_elasticity firm.revenue_feedback_per_quarter firm.equity_capacity_per_quarter \
    firm.loan_to_value firm.interest_rate_per_year firm.credit_line_usd_bn firm.default_recovery_own firm.default_recovery_incoming \
    firm.bankruptcy_cost firm.rejection_claim firm.recapture firm.kind=lab firm.kind=hyperscaler firm.kind=neocloud firm.kind=chips firm.kind=holding \
    firm.kind=other stake.share investment.investor=outside investment.stage=talks investment.stage=loi investment.valuation_floor \
    investment.minimum_purchases_usd_bn investment.purchase_coupling investment.investor_coupling investment.pre_money_usd_bn investment.needs_window \
    investment.regulatory investment.due investment.tranche investment.tranche.valuation_floor investment.tranche.purchase_coupling \
    investment.tranche.pre_money_usd_bn purchase.seller=outside purchase.stage=talks purchase.stage=loi purchase.schedule_usd_bn \
    purchase.schedule_usd_bn=ramp purchase.schedule_usd_bn=list purchase.schedule_usd_bn=growth purchase.schedule_usd_bn=yearly purchase.total_usd_bn \
    purchase.start purchase.end purchase.shape=ramp purchase.beyond_horizon purchase.after_horizon_usd_bn purchase.scale purchase.take_or_pay \
    purchase.enforceability purchase.group purchase.lead procurement.share procurement.of procurement.lead_quarters procurement.take_or_pay \
    procurement.group loan.rate_per_year loan.repayment=bullet loan.repayment=linear_until loan.repayment=list warrant.shares warrant.price_hurdle \
    warrant.minimum_purchases_usd_bn warrant.tranche backstop.coverage group.price_elasticity shocks.bust_funding_share stress driver.log_revenue \
    driver.sentiment driver.regime driver.window driver.vendor_share_ratio driver.efficiency driver.deal_scale driver.tranche_event \
    driver.regulatory_freeze driver.order_share";
const LEAST_SYSTEMS: usize = 20;

/// What must happen on at least `LEAST_PATHS` paths in W0.
const EVENTS: [&str; 33] = [
    "backstop",
    "default with cost",
    "estate with something left",
    "line drawn",
    "loan served",
    "loan sold by an estate",
    "loss of creditors in the network",
    "loss of outside creditors",
    "new debt",
    "new equity",
    "no value left",
    "peers of a failed firm",
    "principal repaid",
    "purchase",
    "purchase from a failed seller",
    "purchase from outside",
    "purchase in a group",
    "purchase of a deal signed on the path",
    "renegotiation",
    "shares issued at a fixed price",
    "stake",
    "stale mark",
    "tranche",
    "tranche of a deal signed on the path",
    "tranche that waited and was paid",
    "tranche that waits",
    "tranches not paid for lack of money",
    "tranches paid in part",
    "under-investment",
    "warrant",
    "several defaults",
    "every firm fails",
    "default",
];
const LEAST_PATHS: usize = 15;

/// The comparison means something only if systems are severe, use everything, and differ between worlds.
fn covers_everything(ran: &[Ran]) {
    assert!(ran.len() >= 1000, "at least a thousand systems, not {}", ran.len());
    for key in KEYS.split_whitespace().map(|key| key.replace('~', " ")) {
        let users = ran.iter().filter(|r| r.system.features.contains(&key)).count();
        assert!(users >= LEAST_SYSTEMS, "{key} is used by {users} systems only");
    }
    let mut happened: BTreeMap<&str, usize> = BTreeMap::new();
    for seen in ran.iter().flat_map(|r| &r.events) {
        seen.iter().for_each(|event| *happened.entry(event).or_default() += 1);
    }
    several_defaults(ran, &mut happened);
    let paths: usize = ran.iter().map(|r| r.system.paths).sum();
    let failing = happened.get("default").copied().unwrap_or(0);
    println!("{paths} paths, {failing} with defaults: {happened:?}");
    assert!((paths / 5..=paths / 2).contains(&failing), "{failing} of {paths} paths have defaults, not 20 to 50 %");
    for event in EVENTS {
        let times = happened.get(event).copied().unwrap_or(0);
        assert!(times >= LEAST_PATHS, "{event}: on {times} paths only");
    }
    let names = worlds(0);
    for name in names.iter().filter(|n| *n != "W0") {
        let base = name.split_once('~').map_or("W0", |(world, _)| world);
        let differ = ran.iter().filter(|r| differs_from(&r.found, base, name)).count();
        let run = ran.iter().filter(|r| r.found.losses.keys().any(|k| k.starts_with(&format!("{name},")))).count();
        println!("{name} differs from {base} in {differ} of {run} systems");
        assert!(10 * differ >= run && differ > 0, "{name} differs from {base} in {differ} of {run} systems only");
    }
}

fn several_defaults(ran: &[Ran], happened: &mut BTreeMap<&str, usize>) {
    for r in ran {
        for path in 0..r.system.paths {
            let failed = |i: &usize| r.found.losses[&format!("W0,{path},f{i}")].last().is_some_and(|&quarter| quarter > 0.0);
            let count = (0..r.system.firms).filter(failed).count();
            *happened.entry("several defaults").or_default() += usize::from(count > 1);
            *happened.entry("every firm fails").or_default() += usize::from(count > 1 && count == r.system.firms);
        }
    }
}

/// Whether some loss in one world is not that in another.
fn differs_from(found: &Found, base: &str, name: &str) -> bool {
    let scales = Scales::of(found);
    found
        .losses
        .iter()
        .filter_map(|(key, row)| Some((row, found.losses.get(&key.replacen(&format!("{name},"), &format!("{base},"), 1))?)))
        .any(|(a, b)| a.iter().zip(b).any(|(x, y)| (x - y).abs() > 1e-6 * scales.money))
}

/// Runs the twin once over all folders.
fn run_twin(root: &Path) {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/twin.py");
    assert!(program.exists(), "there is no {}", program.display());
    let python = python_with_numpy();
    let run = Command::new(&python).arg(&program).arg("--root").arg(root).output();
    let output = run.unwrap_or_else(|e| panic!("{} does not run: {e}", python.display()));
    assert!(output.status.success(), "the twin failed:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// A Python of 3.11 or later that has NumPy: the system's, or one of a virtual environment that is made beside the other files of the tests.
fn python_with_numpy() -> PathBuf {
    let works = |python: &Path| Command::new(python).args(["-c", "import numpy, tomllib"]).output().is_ok_and(|o| o.status.success());
    let own = PathBuf::from("python3");
    if works(&own) {
        return own;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("twin-python");
    let python = folder.join("bin/python3");
    if !works(&python) {
        let advice = "install Python 3.11 or later with NumPy (Debian: apt-get install python3-numpy), or what makes virtual environments (python3-venv)";
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv", "--clear"]).arg(&folder);
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "numpy>=1.26"]);
        for step in [&mut venv, &mut pip] {
            let output = step.output().unwrap_or_else(|e| panic!("the twin needs NumPy: {step:?} does not run: {e}\n{advice}"));
            let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "the twin needs NumPy: {step:?} failed:\n{told}\n{advice}");
        }
        assert!(works(&python), "{} is older than 3.11, or its NumPy does not load\n{advice}", python.display());
    }
    python
}
