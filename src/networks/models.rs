//! Which models there are, what they need, and their answers as one table. Not the mathematics.

use super::Written;
use crate::clearing::Solved;
use crate::clearing::one_shot::cross_holdings::{self, EquityAndDebt};
use crate::clearing::one_shot::eisenberg_noe::{self, Cleared, Outside, Recovery};
use crate::clearing::one_shot::neva::{self, Valuation};
use crate::clearing::one_shot::{Edge, debtrank, fire_sales, furfine};
use crate::error::{Error, Result};
use serde::Serialize;

/// The models, each named after those who published it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelName {
    /// Payments that clear (Eisenberg & Noe 2001).
    EisenbergNoe,
    /// The same with default costs (Rogers & Veraart 2013).
    RogersVeraart,
    /// Threshold cascade (Furfine 2003).
    Furfine,
    /// Linear DebtRank (Bardoscia et al. 2015).
    Debtrank,
    /// DebtRank of 2012: each firm is hit once (Battiston et al. 2012).
    #[serde(rename = "debtrank-2012")]
    Debtrank2012,
    /// Cross-holdings with failure costs (Elliott, Golub & Jackson 2014).
    ElliottGolubJackson,
    /// Equity and debt in cross-ownership (Suzuki 2002, Fischer 2014).
    SuzukiFischer,
    /// Debts valued before maturity, default at maturity (Barucca et al. 2020).
    NevaMerton,
    /// Debts valued before maturity, default at any time.
    NevaBlackCox,
    /// Fire sales of one asset under a minimum ratio (Cifuentes, Ferrucci & Shin 2005).
    CifuentesFerrucciShin,
    /// Fire sales of many assets under target leverage (Greenwood, Landier & Thesmar 2015).
    GreenwoodLandierThesmar,
}

/// What the models are told besides the network.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settings {
    /// Whether debts to the outside are paid before debts to firms (Eisenberg-Noe, Rogers-Veraart).
    pub outside_is_senior: bool,
    /// Share of external assets that survives a default (Rogers-Veraart: alpha).
    pub recovery_assets: f64,
    /// Share of payments received that survives a default (Rogers-Veraart: beta).
    pub recovery_inflow: f64,
    /// Share that creditors of a failed firm lose (Furfine).
    pub loss_given_default: f64,
    /// Whether no creditor loses more than its equity to one debtor (DebtRank 2012).
    pub is_capped: bool,
    /// Value below which a firm fails, as a share of its market value before the shock, where the table of firms gives none (Elliott-Golub-Jackson).
    pub threshold: f64,
    /// Loss in a failure, as a share of the threshold, where the table of firms gives none.
    pub failure_cost: f64,
    /// Log standard deviation of external assets until maturity, where the table of firms gives none (NEVA).
    pub volatility: f64,
    /// Share of a failed firm's debts that is recovered (NEVA).
    pub recovery: f64,
    /// Net worth over risky assets that firms must keep (Cifuentes-Ferrucci-Shin).
    pub minimum_ratio: f64,
    /// Fall of the log price per unit sold (Cifuentes-Ferrucci-Shin), of the price as a share per unit of money (Greenwood-Landier-Thesmar).
    pub price_impact: f64,
    /// Losses of external assets: a name, or `all`, and a share of what there is.
    pub shocks: Vec<(String, f64)>,
}

/// The answer of a model: one row per firm and a few totals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The model.
    pub model: ModelName,
    /// Headings of the numbers, with their units.
    pub columns: Vec<&'static str>,
    /// Name of each firm and its numbers, none where there is none; yes is 1 and no is 0.
    pub rows: Vec<(String, Vec<Option<f64>>)>,
    /// Numbers about the whole.
    pub totals: Vec<(&'static str, f64)>,
    /// Whether there is only one solution; what is shown is the best for everybody. None for a procedure that looks for none.
    pub unique: Option<bool>,
    /// Sweeps over the network.
    pub sweeps: u32,
    /// What one more application of the model would change, in the unit of its quantity.
    pub residual: f64,
    /// Whether the fixed point was reached.
    pub converged: bool,
}

/// Runs a model on a network after the shocks of the settings.
///
/// # Errors
/// [`Error::Usage`] for a shock to a name that is not in the network, numbers out of range, and what the model cannot do without.
pub fn run(model: ModelName, written: &Written, settings: &Settings) -> Result<Answer> {
    let assets = shocked(written, settings, model == ModelName::GreenwoodLandierThesmar)?;
    match model {
        ModelName::EisenbergNoe | ModelName::RogersVeraart => payments(model, written, settings, assets),
        ModelName::Furfine => threshold(written, settings, assets),
        ModelName::Debtrank | ModelName::Debtrank2012 => distress(model, written, settings, &assets),
        ModelName::ElliottGolubJackson => cross_held(written, settings, &assets),
        ModelName::SuzukiFischer => equity_and_debt(written, assets),
        ModelName::NevaMerton | ModelName::NevaBlackCox => before_maturity(model, written, settings, assets),
        ModelName::CifuentesFerrucciShin => common_asset(written, settings, assets),
        ModelName::GreenwoodLandierThesmar => deleveraging(written, settings),
    }
}

/// External assets after the shocks, which must name a firm, or an asset where the model shocks assets.
fn shocked(w: &Written, s: &Settings, names_assets: bool) -> Result<Vec<f64>> {
    let mut assets = w.network.external_assets.clone();
    let names = if names_assets { &w.assets } else { &w.firms };
    for (name, share) in &s.shocks {
        let hit: Vec<usize> = (0..names.len()).filter(|i| name == "all" || *name == names[*i]).collect();
        if hit.is_empty() || !(0.0..=1.0).contains(share) {
            let what = if names_assets { "asset" } else { "firm" };
            let some = names.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(Error::Usage(format!(
                "shock {name}={share}: expected the name of a {what} ({some}) or all, and a share of its value from 0 to 1"
            )));
        }
        if !names_assets {
            hit.iter().for_each(|&i| assets[i] *= 1.0 - share);
        }
    }
    Ok(assets)
}

fn flag(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

/// Puts columns beside each other.
fn answer(
    model: ModelName,
    w: &Written,
    table: Vec<(&'static str, Vec<f64>)>,
    totals: Vec<(&'static str, f64)>,
    unique: Option<bool>,
    solved: Solved,
) -> Answer {
    let (columns, values): (Vec<_>, Vec<_>) = table.into_iter().unzip();
    let rows = w
        .firms
        .iter()
        .enumerate()
        .map(|(i, name)| (name.clone(), values.iter().map(|v| Some(v[i]).filter(|x| x.is_finite())).collect()))
        .collect();
    Answer { model, columns, rows, totals, unique, sweeps: solved.sweeps, residual: solved.residual, converged: solved.converged }
}

fn flags(v: &[bool]) -> Vec<f64> {
    v.iter().map(|x| flag(*x)).collect()
}

fn payments(model: ModelName, w: &Written, s: &Settings, assets: Vec<f64>) -> Result<Answer> {
    let outside = if s.outside_is_senior { Outside::Senior } else { Outside::PariPassu };
    let has_costs = model == ModelName::RogersVeraart;
    let recovery = if has_costs { Recovery { assets: s.recovery_assets, inflow: s.recovery_inflow } } else { Recovery::FULL };
    let found = eisenberg_noe::clear(&w.network.with_assets(assets), outside, recovery)?;
    let short = |c: &Cleared| c.owed.iter().zip(&c.paid).map(|(o, p)| o - p).sum::<f64>();
    let defaults = |c: &Cleared| c.defaulted.iter().filter(|d| **d).count() as f64;
    let totals = vec![
        ("not paid", short(&found.best)),
        ("not paid in the worst solution", short(&found.worst)),
        ("firms in default", defaults(&found.best)),
        ("firms in default in the worst solution", defaults(&found.worst)),
        ("lost in defaults", found.best.dead_weight.iter().sum()),
    ];
    let Cleared { paid, owed, net_worth, dead_weight, defaulted } = found.best;
    let table = vec![
        ("owed", owed),
        ("paid", paid),
        ("paid_in_worst_solution", found.worst.paid),
        ("net_worth", net_worth),
        ("lost_in_default", dead_weight),
        ("defaulted", flags(&defaulted)),
    ];
    Ok(answer(model, w, table, totals, Some(found.unique), found.solved))
}

fn threshold(w: &Written, s: &Settings, assets: Vec<f64>) -> Result<Answer> {
    let network = w.network.with_assets(assets);
    let found = furfine::cascade(&network, s.loss_given_default)?;
    let wave = found.best.wave.iter().map(|x| x.map_or(f64::NAN, f64::from)).collect();
    let table = vec![
        ("net_worth_before_losses", network.net_worth()),
        ("losses", found.best.losses.clone()),
        ("defaulted", flags(&found.best.defaulted)),
        ("wave", wave),
    ];
    let totals = vec![("firms in default", flags(&found.best.defaulted).iter().sum()), ("losses", found.best.losses.iter().sum())];
    Ok(answer(ModelName::Furfine, w, table, totals, Some(found.unique), found.solved))
}

fn distress(model: ModelName, w: &Written, s: &Settings, assets: &[f64]) -> Result<Answer> {
    let equity = w.network.net_worth();
    if let Some(i) = equity.iter().position(|e| *e <= 0.0) {
        return Err(Error::Usage(format!(
            "DebtRank: {} has a net worth of {} before the shock; expected one above zero, since distress is the lost share of it",
            w.firms[i], equity[i]
        )));
    }
    let leverage = debtrank::leverage(&w.network, &equity)?;
    let shock: Vec<f64> = (0..equity.len()).map(|i| ((w.network.external_assets[i] - assets[i]) / equity[i]).min(1.0)).collect();
    let (h, unique, solved) = if model == ModelName::Debtrank {
        let found = debtrank::linear(&leverage, &shock);
        (found.best, Some(found.unique), found.solved)
    } else {
        let (h, solved) = debtrank::single_hit(&leverage, &shock, s.is_capped);
        (h, None, solved)
    };
    let lost = |h: &[f64]| h.iter().zip(&equity).map(|(h, e)| h * e).sum::<f64>() / equity.iter().sum::<f64>();
    let totals = vec![("share of all equity lost to the shock", lost(&shock)), ("share of all equity lost in the end", lost(&h))];
    let table = vec![("equity_before", equity.clone()), ("lost_to_shock_share", shock), ("lost_share", h)];
    Ok(answer(model, w, table, totals, unique, solved))
}

fn cross_held(w: &Written, s: &Settings, assets: &[f64]) -> Result<Answer> {
    let stakes = &w.network.stakes;
    let (before, first) = cross_holdings::values(&w.network.external_assets, stakes);
    let threshold: Vec<f64> = w.threshold.iter().zip(&before.market).map(|(t, v)| t.unwrap_or(s.threshold * v)).collect();
    let cost: Vec<f64> = w.failure_cost.iter().zip(&threshold).map(|(c, t)| c.unwrap_or(s.failure_cost * t)).collect();
    let found = cross_holdings::failures(assets, &threshold, &cost, |x| {
        let (values, solved) = cross_holdings::values(x, stakes);
        (values.market, solved)
    })?;
    let wave = |i: usize| found.best.waves.iter().position(|wave| wave.contains(&i)).map_or(f64::NAN, |k| k as f64);
    let totals = vec![
        ("market value before the shock", before.market.iter().sum()),
        ("market value after it", found.best.market.iter().sum()),
        ("market value in the worst solution", found.worst.market.iter().sum()),
        ("firms that fail", flags(&found.best.failed).iter().sum()),
        ("firms that fail in the worst solution", flags(&found.worst.failed).iter().sum()),
    ];
    let table = vec![
        ("market_value_before", before.market),
        ("market_value", found.best.market.clone()),
        ("threshold", threshold),
        ("failed", flags(&found.best.failed)),
        ("wave", (0..w.firms.len()).map(wave).collect()),
        ("failed_in_worst_solution", flags(&found.worst.failed)),
    ];
    let solved = Solved { converged: found.solved.converged && first.converged, ..found.solved };
    Ok(answer(ModelName::ElliottGolubJackson, w, table, totals, Some(found.unique), solved))
}

fn equity_and_debt(w: &Written, assets: Vec<f64>) -> Result<Answer> {
    let network = w.network.with_assets(assets);
    let found = cross_holdings::equity_and_debt(&network)?;
    let EquityAndDebt { value, equity, debt, defaulted } = found.best;
    let totals = vec![
        ("external assets", network.external_assets.iter().sum()),
        ("equity of all firms", equity.iter().sum()),
        ("firms in default", flags(&defaulted).iter().sum()),
    ];
    let table = vec![("value", value), ("equity", equity), ("debt_recovered", debt), ("defaulted", flags(&defaulted))];
    Ok(answer(ModelName::SuzukiFischer, w, table, totals, Some(found.unique), found.solved))
}

fn before_maturity(model: ModelName, w: &Written, s: &Settings, assets: Vec<f64>) -> Result<Answer> {
    let volatility: Vec<f64> = w.volatility.iter().map(|v| v.unwrap_or(s.volatility)).collect();
    let recovery = s.recovery;
    let valuation = if model == ModelName::NevaMerton { Valuation::Merton { recovery } } else { Valuation::BlackCox { recovery } };
    let network = w.network.with_assets(assets);
    let found = neva::equities(&network, valuation, &volatility)?;
    let face = network.net_worth();
    let chance = |i: usize| {
        let (equity, assets, v) = (found.best[i], network.external_assets[i], volatility[i]);
        if model == ModelName::NevaMerton {
            neva::default_probability(equity, assets, v)
        } else {
            neva::first_passage_probability(equity, assets, v)
        }
    };
    let totals = vec![("equity with claims at face value", face.iter().sum()), ("equity", found.best.iter().sum())];
    let table = vec![
        ("equity_at_face_value", face),
        ("default_probability", (0..w.firms.len()).map(chance).collect()),
        ("equity", found.best),
        ("equity_in_worst_solution", found.worst),
    ];
    Ok(answer(model, w, table, totals, Some(found.unique), found.solved))
}

fn common_asset(w: &Written, s: &Settings, assets: Vec<f64>) -> Result<Answer> {
    let units: Vec<f64> = w.units.iter().map(|u| u.unwrap_or(0.0)).collect();
    let found = fire_sales::common_asset(&w.network.with_assets(assets), &units, s.minimum_ratio, s.price_impact)?;
    let totals = vec![("price", found.best.price), ("price in the worst solution", found.worst.price)];
    let best = found.best;
    let table = vec![("units", units), ("units_sold", best.sales), ("paid", best.paid), ("equity", best.equity)];
    Ok(answer(ModelName::CifuentesFerrucciShin, w, table, totals, Some(found.unique), found.solved))
}

/// Firms hold only the listed assets; what they owe outside is their debt.
fn deleveraging(w: &Written, s: &Settings) -> Result<Answer> {
    let (n, k) = (w.firms.len(), w.assets.len());
    let mut assets = vec![0.0; n];
    w.holdings.iter().for_each(|e| assets[e.to as usize] += e.amount);
    let debt = &w.network.external_liabilities;
    if let Some(i) = (0..n).find(|&i| assets[i].partial_cmp(&debt[i]) != Some(std::cmp::Ordering::Greater)) {
        return Err(Error::Usage(format!(
            "{}: assets of {} and debts of {}; expected kind \"holding\" edges that add up to more than its debts to the outside",
            w.firms[i], assets[i], debt[i]
        )));
    }
    let leverage: Vec<f64> = (0..n).map(|i| debt[i] / (assets[i] - debt[i])).collect();
    let portfolio: Vec<Edge> = w.holdings.iter().map(|e| Edge { amount: e.amount / assets[e.to as usize], ..*e }).collect();
    let mut shock = vec![0.0; k];
    for (name, share) in &s.shocks {
        (0..k).filter(|a| name == "all" || *name == w.assets[*a]).for_each(|a| shock[a] -= share);
    }
    let found = fire_sales::deleveraging(&assets, &leverage, &portfolio, &vec![s.price_impact; k], &shock)?;
    let first: Vec<f64> = found.direct_return.iter().zip(&assets).map(|(r, a)| -r * a).collect();
    let totals = vec![
        ("first losses", first.iter().sum()),
        ("losses by forced sales", found.second_loss.iter().sum()),
        ("aggregate vulnerability", found.vulnerability),
    ];
    let table = vec![("assets", assets), ("leverage", leverage), ("first_loss", first), ("loss_by_forced_sales", found.second_loss)];
    Ok(answer(ModelName::GreenwoodLandierThesmar, w, table, totals, None, Solved { sweeps: 1, residual: 0.0, converged: true }))
}
