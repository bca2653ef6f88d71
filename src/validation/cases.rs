//! The published and hand-solvable cases of tests/reference/cases.json, with their sources and tolerances, against the one-shot models.

use super::check::{Check, Comparison};
use crate::clearing::one_shot::cross_holdings::{self, Failures};
use crate::clearing::one_shot::eisenberg_noe::{Cleared, Outside, Recovery, clear};
use crate::clearing::one_shot::network::edges;
use crate::clearing::one_shot::{Edge, Network, Solution, debtrank, fire_sales, furfine, linear};
use crate::error::Result;
use serde_json::Value;

/// The cases as text.
const CASES: &str = include_str!("../../tests/reference/cases.json");

/// Cases that are not of these models, and why.
pub const LEFT_OUT: [(&str, &str); 3] = [
    ("nrm_impact_susceptibility", "communicability of a network: an index of centrality, no clearing and no valuation"),
    ("anand_maxent7", "reconstruction of unknown bilateral debts: this program takes networks as given"),
    ("godley_lavoie_sim", "a macroeconomic model; its accounting is tested by the matrix of flows (I1 to I3) instead"),
];

/// One case of the file.
pub(super) struct Case<'a> {
    pub(super) value: &'a Value,
    all: &'a [Value],
}

pub(super) fn parse() -> Vec<Value> {
    serde_json::from_str(CASES).unwrap_or_default()
}

pub(super) fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().map(|a| a.iter().map(number).collect()).unwrap_or_default()
}

pub(super) fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or(f64::NAN)
}

fn flags(v: &Value) -> Vec<bool> {
    v.as_array().map(|a| a.iter().map(|x| x.as_bool().unwrap_or(false)).collect()).unwrap_or_default()
}

fn matrix(v: &Value) -> Vec<Vec<f64>> {
    v.as_array().map(|a| a.iter().map(numbers).collect()).unwrap_or_default()
}

fn items(v: &Value) -> &[Value] {
    v.as_array().map_or(&[], |a| a)
}

/// Edges row to column of a full matrix or of a list of (row, column, value).
fn weights(inputs: &Value, name: &str) -> Vec<Edge> {
    let listed = &inputs[format!("{name}_coo").as_str()];
    if listed.is_null() {
        return edges(&matrix(&inputs[name]));
    }
    let edge = |x: &Value| {
        let x = numbers(x);
        Edge { from: x[0] as u32, to: x[1] as u32, amount: x[2] }
    };
    items(listed).iter().map(edge).collect()
}

/// Edges with their ends exchanged: published share matrices have the holder in the row.
fn turned(edges: Vec<Edge>) -> Vec<Edge> {
    edges.into_iter().map(|e| Edge { from: e.to, to: e.from, ..e }).collect()
}

impl<'a> Case<'a> {
    pub(super) fn find(all: &'a [Value], id: &str) -> Case<'a> {
        let value = all.iter().find(|c| c["id"] == id).unwrap_or(&Value::Null);
        Case { value, all }
    }

    pub(super) fn inputs(&self) -> &'a Value {
        &self.value["inputs"]
    }

    pub(super) fn expected(&self) -> &'a Value {
        &self.value["expected"]
    }

    pub(super) fn id(&self) -> &'a str {
        self.value["id"].as_str().unwrap_or("")
    }

    pub(super) fn source(&self) -> &'a str {
        self.value["source"].as_str().unwrap_or("")
    }

    fn comparison(&self, part: &'static str) -> Comparison {
        Comparison::exact(self.id(), part, self.source(), self.value["tolerance"].as_f64().unwrap_or(0.0))
    }

    /// The case whose network this one uses.
    pub(super) fn base(&self) -> Case<'a> {
        self.inputs()["same_as"].as_str().map_or(Case { value: self.value, all: self.all }, |id| Case::find(self.all, id))
    }

    /// The network of debts.
    pub(super) fn network(&self) -> Network {
        let inputs = self.base().inputs();
        let external_assets = numbers(&inputs["ea"]);
        let none = vec![0.0; external_assets.len()];
        let external_liabilities = if inputs["el"].is_null() { none } else { numbers(&inputs["el"]) };
        Network { external_assets, external_liabilities, debts: weights(inputs, "L"), stakes: vec![] }
    }

    /// The network under each of the case's shocks to external assets, with what is expected then.
    pub(super) fn scenarios(&self) -> Vec<(Network, &'a Value)> {
        let network = self.network();
        let shocked = |m: &Value| network.external_assets.iter().zip(numbers(m)).map(|(a, m)| a * m).collect();
        let shocks = items(&self.base().inputs()["ea_multipliers"]);
        shocks.iter().map(|m| network.with_assets(shocked(m))).zip(items(&self.expected()["scenarios"])).collect()
    }
}

/// Every case that is exact.
pub(super) fn checks() -> Result<Vec<Check>> {
    let all = parse();
    let mut found = Vec::new();
    for value in &all {
        let case = Case { value, all: &all };
        let id = case.id();
        let check = match id.split('_').next().unwrap_or("") {
            "en" | "rv" => payments(&case)?,
            "furfine" => threshold(&case)?,
            "debtrank" => distress(&case)?,
            "egj" => cross_held(&case)?,
            "inflation" => inflation(&case),
            "suzuki" if id.ends_with("regions") => regions(&case)?,
            "xos" => equity_and_debt(&case)?,
            "cfs" => common_asset(&case)?,
            "glt" => deleveraging(&case)?,
            "circular" | "vendor" => circular(&case),
            "neva" => super::valuations::neva(&case)?,
            "merton" => super::valuations::merton(&case),
            _ => continue,
        };
        found.push(check);
    }
    Ok(found)
}

fn payments(case: &Case<'_>) -> Result<Check> {
    let is_senior = case.value["model"].as_str().is_some_and(|m| m.contains("senior"));
    let outside = if is_senior { Outside::Senior } else { Outside::PariPassu };
    let share = |name: &str| case.inputs()[name].as_f64().unwrap_or(1.0);
    let recovery = Recovery { assets: share("alpha"), inflow: share("beta") };
    let part = if recovery == Recovery::FULL { "Eisenberg-Noe" } else { "Rogers-Veraart" };
    let mut c = case.comparison(part);
    let scenarios = case.scenarios();
    if scenarios.is_empty() {
        compare_payments(&mut c, case.expected(), &clear(&case.network(), outside, recovery)?);
    }
    for (network, expected) in scenarios {
        compare_payments(&mut c, expected, &clear(&network, outside, recovery)?);
    }
    Ok(c.done())
}

fn compare_payments(c: &mut Comparison, expected: &Value, got: &Solution<Cleared>) {
    for (name, found) in
        [("p", &got.best.paid), ("p_greatest", &got.best.paid), ("p_least", &got.worst.paid), ("equity", &got.best.net_worth)]
    {
        if !expected[name].is_null() {
            // Programs print the equity of a firm in default either as zero or as what is missing.
            let limited = name == "equity" && numbers(&expected[name]).iter().all(|e| *e >= 0.0);
            let found: Vec<f64> = found.iter().map(|v| if limited { v.max(0.0) } else { *v }).collect();
            c.numbers(&numbers(&expected[name]), &found);
        }
    }
    if !expected["default"].is_null() {
        c.flags(&flags(&expected["default"]), &got.best.defaulted);
    }
    if let Some(unique) = expected["unique"].as_bool() {
        c.flags(&[unique], &[got.unique]);
    }
    c.flags(&[true], &[got.solved.converged]);
}

fn threshold(case: &Case<'_>) -> Result<Check> {
    let mut c = case.comparison("Furfine cascade");
    if let Some(lgd) = case.inputs()["lgd"].as_f64() {
        c.flags(&flags(&case.expected()["default"]), &furfine::cascade(&case.network(), lgd)?.best.defaulted);
    }
    for (network, expected) in case.scenarios() {
        for (name, lgd) in [("default_lgd1", 1.0), ("default_lgd06", 0.6)] {
            c.flags(&flags(&expected[name]), &furfine::cascade(&network, lgd)?.best.defaulted);
        }
    }
    Ok(c.done())
}

fn distress(case: &Case<'_>) -> Result<Check> {
    let (inputs, expected) = (case.inputs(), case.expected());
    let mut c = case.comparison(if case.id().contains("single_hit") { "DebtRank 2012" } else { "DebtRank" });
    if !inputs["Lam"].is_null() {
        // Row: creditor.
        let (leverage, shock) = (turned(weights(inputs, "Lam")), numbers(&inputs["h0"]));
        let linear = debtrank::linear(&leverage, &shock).best;
        let h = if case.id().contains("single_hit") { debtrank::single_hit(&leverage, &shock, true).0 } else { linear };
        c.numbers(&numbers(&expected["h"]), &h);
        if !expected["spectral_radius"].is_null() {
            c.number(number(&expected["spectral_radius"]), linear::spectral_radius(shock.len(), &leverage));
        }
    } else if !inputs["shock_fraction"].is_null() {
        let network = case.network();
        let equity = network.net_worth();
        let leverage = debtrank::leverage(&network, &equity)?;
        let loss = |i: usize| number(&inputs["shock_fraction"]) * network.external_assets[i] / equity[i];
        let shock: Vec<f64> = (0..network.firms()).map(loss).collect();
        let first: Vec<f64> = shock.iter().map(|h| h.min(1.0)).collect();
        let h = debtrank::linear(&leverage, &first).best;
        c.numbers(&numbers(&expected["equity0"]), &equity).numbers(&numbers(&expected["h_initial"]), &first);
        c.numbers(&numbers(&expected["h_final"]), &h);
        c.numbers(&numbers(&expected["equity_final"]), &debtrank::equity_left(&leverage, &shock, &equity, &h));
    } else {
        let network = case.network();
        let leverage = debtrank::leverage(&network, &numbers(&inputs["equity"]))?;
        c.number(number(&expected["spectral_radius"]), linear::spectral_radius(network.firms(), &leverage));
        for x in items(&expected["scenarios"]) {
            let shock = numbers(&x["h0"]);
            c.numbers(&numbers(&x["h_linear"]), &debtrank::linear(&leverage, &shock).best);
            c.numbers(&numbers(&x["h_single_hit"]), &debtrank::single_hit(&leverage, &shock, true).0);
            c.numbers(&numbers(&x["h_single_hit_W_uncapped"]), &debtrank::single_hit(&leverage, &shock, false).0);
        }
    }
    Ok(c.done())
}

/// Failures of firms that hold each other, from assets and stakes.
fn fail(assets: &[f64], threshold: &[f64], cost: &[f64], stakes: &[Edge]) -> Result<Solution<Failures>> {
    cross_holdings::failures(assets, threshold, cost, |x| {
        let (values, solved) = cross_holdings::values(x, stakes);
        (values.market, solved)
    })
}

fn waves(v: &Value) -> Vec<f64> {
    // A wave as its members, closed by -1, so that order and membership are compared at once.
    items(v).iter().flat_map(|w| numbers(w).into_iter().chain([-1.0])).chain([-2.0]).collect()
}

fn waves_of(f: &Failures) -> Vec<f64> {
    f.waves.iter().flat_map(|w| w.iter().map(|i| *i as f64).chain([-1.0])).chain([-2.0]).collect()
}

fn cross_held(case: &Case<'_>) -> Result<Check> {
    let (inputs, expected) = (case.inputs(), case.expected());
    let mut c = case.comparison("Elliott-Golub-Jackson");
    let stakes = turned(weights(inputs, "C"));
    match case.id() {
        "egj_two_org" => {
            let assets = numbers(&inputs["Dp"]);
            let (v, _) = cross_holdings::values(&assets, &stakes);
            c.numbers(&numbers(&expected["book_values_V"]), &v.book).numbers(&numbers(&expected["market_values_v"]), &v.market);
            c.number(number(&expected["inflation_factor"]), v.book.iter().sum::<f64>() / assets.iter().sum::<f64>());
            compare_matrix(&mut c, &matrix(&expected["A"]), &dependency(2, &stakes));
        }
        "egj_two_org_failures" => {
            let (threshold, cost) = (numbers(&inputs["v_threshold"]), numbers(&inputs["beta"]));
            for x in items(&expected["results"]) {
                let found = fail(&numbers(&x["Dp"]), &threshold, &cost, &stakes)?;
                c.numbers(&numbers(&x["v"]), &found.best.market).flags(&flags(&x["failed"]), &found.best.failed);
                c.numbers(&numbers(&x["worst_v"]), &found.worst.market).flags(&flags(&x["worst_failed"]), &found.worst.failed);
                c.numbers(&waves(&x["waves"]), &waves_of(&found.best));
            }
        }
        "egj_random_n5" => random_cross_held(&mut c, inputs, expected, &stakes)?,
        "egj_six_countries_A" => {
            compare_matrix(&mut c, &matrix(&expected["C"]), &transposed(&countries(inputs)));
            compare_matrix(&mut c, &matrix(&expected["A"]), &dependency(6, &edges(&countries(inputs))));
        }
        _ => countries_fail(&mut c, case)?,
    }
    Ok(c.done())
}

fn random_cross_held(c: &mut Comparison, inputs: &Value, expected: &Value, stakes: &[Edge]) -> Result<()> {
    let assets = numbers(&inputs["Dp"]);
    let (v, _) = cross_holdings::values(&assets, stakes);
    c.numbers(&numbers(&expected["book_V"]), &v.book).numbers(&numbers(&expected["market_v"]), &v.market);
    c.number(number(&expected["sum_market_equals_sum_assets"]), v.market.iter().sum());
    c.number(number(&expected["inflation_factor"]), v.book.iter().sum::<f64>() / assets.iter().sum::<f64>());
    for x in items(&expected["scenarios"]) {
        let shocked: Vec<f64> = assets.iter().zip(numbers(&x["price_multiplier"])).map(|(a, m)| a * m).collect();
        let found = fail(&shocked, &numbers(&inputs["threshold"]), &numbers(&inputs["beta"]), stakes)?;
        let count = |f: &Failures| f.failed.iter().filter(|x| **x).count() as f64;
        c.numbers(&numbers(&x["v"]), &found.best.market).numbers(&waves(&x["waves"]), &waves_of(&found.best));
        c.number(number(&x["n_failed"]), count(&found.best)).number(number(&x["n_failed_worst"]), count(&found.worst));
    }
    Ok(())
}

/// The dependency matrix: row i has the part of each firm's assets that outside holders of i own.
fn dependency(n: usize, stakes: &[Edge]) -> Vec<Vec<f64>> {
    let unit = |k: usize| (0..n).map(|i| f64::from(u8::from(i == k))).collect::<Vec<f64>>();
    transposed(&(0..n).map(|k| cross_holdings::values(&unit(k), stakes).0.market).collect::<Vec<_>>())
}

fn transposed(m: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..m.len()).map(|j| m.iter().map(|row| row[j]).collect()).collect()
}

fn compare_matrix(c: &mut Comparison, expected: &[Vec<f64>], got: &[Vec<f64>]) {
    c.numbers(&expected.concat(), &got.concat());
}

/// Stakes of countries in each other from debts: a third of each is held by the others, in proportion to what they lent. Row: issuer.
fn countries(inputs: &Value) -> Vec<Vec<f64>> {
    let held = number(&inputs["cross_held_fraction"]);
    let share = |row: Vec<f64>| {
        let total: f64 = row.iter().sum();
        row.into_iter().map(|x| held * x / total).collect()
    };
    matrix(&inputs["claims"]).into_iter().map(share).collect()
}

fn countries_fail(c: &mut Comparison, case: &Case<'_>) -> Result<()> {
    let (inputs, expected) = (case.inputs(), case.expected());
    let given = Case::find(case.all, "egj_six_countries_A");
    let names: Vec<&str> = items(&given.inputs()["order"]).iter().filter_map(Value::as_str).collect();
    let full = dependency(6, &edges(&countries(given.inputs())));
    let rounded: Vec<Vec<f64>> = full.iter().map(|row| row.iter().map(|x| (x * 100.0).round() / 100.0).collect()).collect();
    let mut script = rounded.clone();
    // The slip of the published script: the share of Italy in Spain's row is ten times too large.
    script[5][3] = 0.2;
    for (variant, a) in [("with_A_full", full), ("with_A_rounded_2", rounded), ("with_A_script_variant_A53_0p2", script)] {
        let market = |x: &[f64]| -> Vec<f64> { a.iter().map(|row| row.iter().zip(x).map(|(a, x)| a * x).sum()).collect() };
        let start = market(&numbers(&inputs["p_2008"]));
        for x in items(&expected[variant]) {
            let threshold: Vec<f64> = start.iter().map(|v| number(&x["theta"]) * v).collect();
            let cost: Vec<f64> = threshold.iter().map(|t| 0.5 * t).collect();
            let solved = crate::clearing::Solved { sweeps: 1, residual: 0.0, converged: true };
            let found = cross_holdings::failures(&numbers(&inputs["p_2011"]), &threshold, &cost, |x| (market(x), solved))?;
            c.numbers(&numbers(&x["v_final"]), &found.best.market);
            let named: Vec<Vec<&str>> = found.best.waves.iter().map(|w| w.iter().map(|i| names[*i]).collect()).collect();
            c.flags(&[true], &[x["waves"] == serde_json::json!(named)]);
        }
    }
    Ok(())
}

fn inflation(case: &Case<'_>) -> Check {
    let mut c = case.comparison("cross-holdings");
    let shares = numbers(&case.inputs()["s"]);
    // Four firms, each held by the next three in uneven parts.
    let factor = |s: &f64| {
        let stake = |i: u32, step: u32, part: f64| Edge { from: i, to: (i + step) % 4, amount: s * part };
        let stakes: Vec<Edge> = (0..4).flat_map(|i| [stake(i, 1, 0.5), stake(i, 2, 0.3), stake(i, 3, 0.2)]).collect();
        let assets = [7.0, 1.0, 3.0, 5.0];
        cross_holdings::values(&assets, &stakes).0.book.iter().sum::<f64>() / assets.iter().sum::<f64>()
    };
    c.numbers(&numbers(&case.expected()["inflation_factor"]), &shares.iter().map(factor).collect::<Vec<_>>());
    c.done()
}

/// A network from shares of equity and of debt that firms hold of each other.
pub(super) fn cross_owned(inputs: &Value, assets: Vec<f64>) -> Network {
    let owed = numbers(&inputs["b"]);
    let debts: Vec<Edge> =
        turned(weights(inputs, "M_d")).into_iter().map(|e| Edge { amount: e.amount * owed[e.from as usize], ..e }).collect();
    let inside = |i: usize| debts.iter().filter(|e| e.from as usize == i).map(|e| e.amount).sum::<f64>();
    let external_liabilities = (0..owed.len()).map(|i| owed[i] - inside(i)).collect();
    Network { external_assets: assets, external_liabilities, stakes: turned(weights(inputs, "M_s")), debts }
}

fn compare_ownership(c: &mut Comparison, network: &Network, expected: &Value) -> Result<()> {
    let found = cross_holdings::equity_and_debt(network)?;
    for end in [&found.best, &found.worst] {
        c.numbers(&numbers(&expected["V"]), &end.value).numbers(&numbers(&expected["r"]), &end.debt);
        c.numbers(&numbers(&expected["s"]), &end.equity);
    }
    c.flags(&[true, true], &[found.unique, found.solved.converged]);
    Ok(())
}

fn regions(case: &Case<'_>) -> Result<Check> {
    let mut c = case.comparison("Suzuki-Fischer");
    for x in items(&case.expected()["results"]) {
        compare_ownership(&mut c, &cross_owned(case.inputs(), numbers(&x["a"])), x)?;
    }
    Ok(c.done())
}

fn equity_and_debt(case: &Case<'_>) -> Result<Check> {
    let mut c = case.comparison("Suzuki-Fischer");
    let network = cross_owned(case.inputs(), numbers(&case.inputs()["a"]));
    compare_ownership(&mut c, &network, case.expected())?;
    c.flags(&flags(&case.expected()["default"]), &cross_holdings::equity_and_debt(&network)?.best.defaulted);
    Ok(c.done())
}

fn common_asset(case: &Case<'_>) -> Result<Check> {
    let (inputs, expected) = (case.inputs(), case.expected());
    let network = Network::of_debts(&matrix(&inputs["L"]), &numbers(&inputs["cash"]), &numbers(&inputs["ext_liab"]));
    let found =
        fire_sales::common_asset(&network, &numbers(&inputs["illiquid_units"]), number(&inputs["min_ratio"]), number(&inputs["lam"]))?;
    let mut c = case.comparison("Cifuentes-Ferrucci-Shin");
    c.number(number(&expected["price"]), found.best.price).numbers(&numbers(&expected["sales"]), &found.best.sales);
    c.numbers(&numbers(&expected["payments"]), &found.best.paid).numbers(&numbers(&expected["equity"]), &found.best.equity);
    c.flags(&[true], &[found.solved.converged]);
    Ok(c.done())
}

fn deleveraging(case: &Case<'_>) -> Result<Check> {
    let (inputs, expected) = (case.inputs(), case.expected());
    // Row: firm, column: asset.
    let row = |(i, row): (usize, &Vec<f64>)| -> Vec<Edge> {
        row.iter().enumerate().map(|(a, &amount)| Edge { from: a as u32, to: i as u32, amount }).collect()
    };
    let portfolio: Vec<Edge> = matrix(&inputs["portfolio_M"]).iter().enumerate().flat_map(row).collect();
    let [assets, leverage, impact, shock] =
        ["assets", "leverage_D_over_E", "price_impact", "asset_shock"].map(|name| numbers(&inputs[name]));
    let found = fire_sales::deleveraging(&assets, &leverage, &portfolio, &impact, &shock)?;
    let mut c = case.comparison("Greenwood-Landier-Thesmar");
    c.numbers(&numbers(&expected["direct_return"]), &found.direct_return).numbers(&numbers(&expected["sales"]), &found.sales);
    c.numbers(&numbers(&expected["price_move"]), &found.price_move).numbers(&numbers(&expected["second_loss"]), &found.second_loss);
    c.number(number(&expected["AV"]), found.vulnerability);
    Ok(c.done())
}

fn circular(case: &Case<'_>) -> Check {
    let (inputs, expected) = (case.inputs(), case.expected());
    let (spend, demand) = (weights(inputs, "spend_share"), numbers(&inputs["final_demand"]));
    let n = demand.len();
    let mut c = case.comparison("circular revenue");
    let revenue = linear::throughflow(&demand, &spend).0;
    let total: f64 = revenue.iter().sum();
    c.numbers(&numbers(&expected["revenue"]), &revenue);
    let outside: f64 = demand.iter().sum();
    if let Some(share) = expected["external_share"].as_f64() {
        c.number(share, outside / total);
        c.number(number(&expected["spectral_radius"]), linear::spectral_radius(n, &spend));
        let cycled = |i: usize| {
            let unit: Vec<f64> = (0..n).map(|k| f64::from(u8::from(k == i))).collect();
            let back = linear::throughflow(&unit, &spend).0[i];
            (back - 1.0) / back * revenue[i] / total
        };
        c.number(number(&expected["finn_cycling_index"]), (0..n).map(cycled).sum());
    }
    if let Some(gross) = expected["gross_over_external"].as_f64() {
        c.number(gross, total / outside);
    }
    if !expected["d_revenue"].is_null() {
        let change = linear::throughflow(&numbers(&inputs["shock_final"]), &spend).0;
        c.numbers(&numbers(&expected["d_revenue"]), &change);
    }
    c.done()
}
