//! The cases of tests/reference/cases.json that price equity and debt: NEVA, Merton, Black-Cox.

use super::cases::{Case, number, numbers};
use super::check::{Check, Comparison};
use crate::clearing::one_shot::Network;
use crate::clearing::one_shot::merton::Merton;
use crate::clearing::one_shot::neva::{Valuation, default_probability, equities, first_passage_probability};
use crate::error::Result;
use serde_json::Value;

pub(super) fn neva(case: &Case<'_>) -> Result<Check> {
    let tolerance = number(&case.value["tolerance"]);
    let mut c = Comparison::exact(case.id(), "NEVA", case.source(), tolerance);
    match case.id() {
        "neva_valuation_points" => points(&mut c, case.expected()),
        id if id.starts_with("neva_readme") => readme(&mut c, case)?,
        _ => random(&mut c, case)?,
    }
    Ok(c.done())
}

fn points(c: &mut Comparison, expected: &Value) {
    for x in expected["rows"].as_array().map_or(&[][..], |a| a) {
        let [equity, assets, owed, sigma] = ["equity", "extasset", "liabtot", "sigma"].map(|name| number(&x[name]));
        c.number(number(&x["lognormal_pd"]), default_probability(equity, assets, sigma));
        c.number(number(&x["blackcox_pd"]), first_passage_probability(equity, assets, sigma));
        for (name, valuation) in [
            ("merton_V_rho1", Valuation::Merton { recovery: 1.0 }),
            ("merton_V_rho06", Valuation::Merton { recovery: 0.6 }),
            ("blackcox_V_rho06", Valuation::BlackCox { recovery: 0.6 }),
        ] {
            c.number(number(&x[name]), valuation.of(equity, assets, owed, sigma));
        }
    }
}

fn readme(c: &mut Comparison, case: &Case<'_>) -> Result<()> {
    let network = case.network();
    let (volatility, recovery) = (numbers(&case.inputs()["sigma_asset"]), number(&case.inputs()["recovery"]));
    let valuation = if case.id().contains("merton") { Valuation::Merton { recovery } } else { Valuation::BlackCox { recovery } };
    let equity = network.net_worth();
    for shock in ["0", "0.5", "0.9", "1.2"] {
        let part: f64 = shock.parse().unwrap_or(f64::NAN);
        let assets = network.external_assets.iter().zip(&equity).map(|(a, e)| a - part * e).collect();
        let found = equities(&network.with_assets(assets), valuation, &volatility)?;
        c.numbers(&numbers(&case.expected()[format!("shock_{shock}_of_equity").as_str()]), &found.best);
    }
    Ok(())
}

fn random(c: &mut Comparison, case: &Case<'_>) -> Result<()> {
    let (volatility, recovery) = (numbers(&case.inputs()["sigma_asset"]), number(&case.inputs()["recovery"]));
    for (network, expected) in case.scenarios() {
        let solve = |valuation| -> Result<Vec<f64>> { Ok(equities(&network as &Network, valuation, &volatility)?.best) };
        c.numbers(&numbers(&expected["merton"]), &solve(Valuation::Merton { recovery })?);
        c.numbers(&numbers(&expected["blackcox"]), &solve(Valuation::BlackCox { recovery })?);
    }
    Ok(())
}

pub(super) fn merton(case: &Case<'_>) -> Check {
    let (inputs, expected) = (case.inputs(), case.expected());
    let input = |name: &str| number(&inputs[name]);
    let mut c = Comparison::exact(case.id(), "Merton", case.source(), number(&case.value["tolerance"]));
    match case.id() {
        "merton_hull" => {
            if let Some(m) = Merton::of_equity(input("E"), input("sigma_E"), input("D"), input("r"), input("T")) {
                let debt = m.assets - m.equity();
                let riskless = m.debt * (-m.drift * m.years).exp();
                c.number(number(&expected["V"]), m.assets).number(number(&expected["sigma_V"]), m.volatility);
                c.number(number(&expected["pd"]), m.default_probability()).number(number(&expected["debt"]), debt);
                c.number(number(&expected["d2"]), m.distance_to_default());
                c.number(number(&expected["expected_loss_pct"]), 1.0 - debt / riskless);
            }
        }
        "merton_grid" => {
            for x in expected["rows"].as_array().map_or(&[][..], |a| a) {
                grid_point(&mut c, x);
            }
        }
        _ => {
            let drift = inputs["mu"].as_f64().unwrap_or(number(&inputs["r"]));
            let m = Merton { assets: input("V"), debt: input("D"), drift, volatility: input("sigma"), years: input("T") };
            c.number(number(&expected["pd"]), m.default_probability());
        }
    }
    c.done()
}

fn grid_point(c: &mut Comparison, x: &Value) {
    let [assets, debt, drift, volatility, years] = ["V", "D", "r", "sigma", "T"].map(|name| number(&x[name]));
    let m = Merton { assets, debt, drift, volatility, years };
    c.number(number(&x["d2"]), m.distance_to_default()).number(number(&x["equity"]), m.equity());
    c.number(number(&x["debt"]), m.assets - m.equity()).number(number(&x["spread"]), m.spread());
    c.number(number(&x["pd_rn"]), m.default_probability()).number(number(&x["equity_vol"]), m.equity_volatility());
    c.number(number(&x["blackcox_first_passage_pd"]), m.first_passage_probability(debt));
}
