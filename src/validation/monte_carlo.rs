//! The simulated cases of tests/reference/cases.json: priced cross-holdings, the one-factor portfolio, random clearing, VaR and ES, copulas. Formulas hold to
//! the tolerance of the case, what is simulated within four standard errors of both sides.

use super::cases::{Case, cross_owned, number, numbers, parse};
use super::check::{Check, Comparison};
use super::closed_forms::one_factor;
use super::formulas::{
    conditional_default, gamma_ratio, joint_tail, normal_quantile, over_normal, phi, t_density, t_quantile, tail_dependence,
};
use super::runs::{PATHS, factor_pairs, normals, sample, simulate};
use crate::clearing::one_shot::cross_holdings::equity_and_debt;
use crate::clearing::one_shot::eisenberg_noe::{Outside, Recovery, clear};
use crate::error::Result;
use crate::lanes::LANES;
use crate::stats::{Sample, normal};
use serde_json::Value;
use std::f64::consts::PI;

/// Draws of the networks that are cleared once per draw.
const DRAWS: u32 = 200_000;
/// The least number of hits to expect for a share to be compared by its standard error.
const FEWEST: f64 = 10.0;

/// Every simulated case.
pub(super) fn checks() -> Result<Vec<Check>> {
    let all = parse();
    let case = |id| Case::find(&all, id);
    let mut found = vec![priced(&case("suzuki_two_firm_pricing_rho0"))?];
    let portfolio = case("vasicek_one_factor");
    found.extend([large_pool(&portfolio), pool_of_twenty(&portfolio), simulated_pool(&portfolio)?]);
    found.extend(cleared(&case("mc_en_n20"))?);
    let measures = case("var_es_closed_forms");
    found.extend([tail_formulas(&measures), tail_samples(&measures)]);
    let copula = case("copula_dependence");
    found.extend([copula_formulas(&copula), copula_limit(&copula), copula_draws(&copula)]);
    Ok(found)
}

fn exact(case: &Case<'_>, part: &'static str, tolerance: &Value) -> Comparison {
    Comparison::exact(case.id(), part, case.source(), number(tolerance))
}

fn estimate(case: &Case<'_>, part: &'static str) -> Comparison {
    Comparison::estimate(case.id(), part, case.source())
}

fn items(v: &Value) -> &[Value] {
    v.as_array().map_or(&[], |a| a)
}

/// Two numbers; those that are missing are NaN, which no check lets pass.
fn two(v: &Value) -> [f64; 2] {
    let found = numbers(v);
    [0, 1].map(|k| found.get(k).copied().unwrap_or(f64::NAN))
}

/// VaR and ES of a sample against known ones, with their errors.
pub(super) fn compare_tail(c: &mut Comparison, values: Vec<f64>, level: f64, [var, es]: [f64; 2]) {
    let values = Sample::new(values);
    let found = [values.quantile(level).map(|q| q.estimate), values.tail_mean(level).map(|t| t.estimate)];
    for (known, found) in [var, es].into_iter().zip(found) {
        c.within(known, found.map_or(f64::NAN, |e| e.value), found.map_or(f64::NAN, |e| e.std_error));
    }
}

/// A number that is itself simulated, as `[value, standard error]`, against a value with its standard error.
fn both_simulated(c: &mut Comparison, known: &Value, value: f64, std_error: f64) {
    let [expected, error] = two(known);
    c.within(expected, value, std_error.hypot(error));
}

/// A share of `n` draws against a share of `m` draws of the reference; the error is that of both if they have one probability.
fn both_counted(c: &mut Comparison, known: f64, m: f64, hits: u64, n: u64) {
    let (hits, n) = (hits as f64, n as f64);
    let pooled = (known * m + hits) / (m + n);
    c.within(known, hits / n, (pooled * (1.0 - pooled) * (1.0 / m + 1.0 / n)).sqrt());
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Two firms that hold each other's shares and debts, valued at maturity and discounted.
fn priced(case: &Case<'_>) -> Result<Check> {
    let (inputs, expected) = (case.inputs(), case.expected());
    let [a0, sigma] = ["a0", "sigma"].map(|name| two(&inputs[name]));
    let [rate, years] = ["r", "T"].map(|name| number(&inputs[name]));
    let network = cross_owned(inputs, a0.to_vec());
    let discount = (-rate * years).exp();
    let (mut equity, mut debt, mut hits) = ([vec![], vec![]], [vec![], vec![]], [0u64; 3]);
    for draw in 0..DRAWS {
        let mut z = [0.0; 2];
        normals(21, draw, &mut z);
        let asset = |i: usize| a0[i] * ((rate - 0.5 * sigma[i] * sigma[i]) * years + sigma[i] * years.sqrt() * z[i]).exp();
        let found = equity_and_debt(&network.with_assets(vec![asset(0), asset(1)]))?.best;
        for i in 0..2 {
            equity[i].push(discount * found.equity[i]);
            debt[i].push(discount * found.debt[i]);
            hits[i] += u64::from(found.defaulted[i]);
        }
        hits[2] += u64::from(found.defaulted[0] && found.defaulted[1]);
    }
    let mut c = estimate(case, "Suzuki-Fischer, simulated: 200,000 draws");
    for (name, values) in [("equity", &equity), ("debt", &debt)] {
        two(&expected[name]).into_iter().zip(values).for_each(|(known, values)| {
            c.mean(known, values);
        });
    }
    let known = two(&expected["pd"]).into_iter().chain([number(&expected["joint_pd"])]);
    for (probability, count) in known.zip(hits) {
        let n = f64::from(DRAWS);
        // The reference counts defaults on a grid, to a tolerance of its own: four standard errors and that are allowed.
        let own = number(&case.value["tolerance"]["pd"]) / 4.0;
        c.within(probability, count as f64 / n, (probability * (1.0 - probability) / n).sqrt() + own);
    }
    Ok(c.done())
}

/// The levels that keys such as `var_0.95` name.
const LEVELS: [(&str, f64); 3] = [("0.95", 0.95), ("0.99", 0.99), ("0.999", 0.999)];

/// A portfolio of very many small loans: the loss is the conditional default probability.
fn large_pool(case: &Case<'_>) -> Check {
    let mut c = exact(case, "large portfolio: VaR by formula, ES by quadrature", &case.value["tolerance"]["var"]);
    for row in items(&case.expected()["rows"]) {
        let (threshold, rho) = (normal_quantile(number(&row["pd"])), number(&row["rho"]));
        for (name, level) in LEVELS {
            let z = normal_quantile(level);
            let loss = |z: f64| conditional_default(threshold, rho, z);
            c.number(number(&row[format!("var_{name}").as_str()]), loss(z));
            c.number(number(&row[format!("es_{name}").as_str()]), over_normal(z, loss) / (1.0 - level));
        }
    }
    c.done()
}

fn pool_of_twenty(case: &Case<'_>) -> Check {
    let mut c = exact(case, "defaults of 20 firms: quadrature", &case.value["tolerance"]["pmf"]);
    for row in items(&case.expected()["rows"]) {
        let (threshold, rho) = (normal_quantile(number(&row["pd"])), number(&row["rho"]));
        let mut choose = 1.0;
        for (k, known) in numbers(&row["n20_pmf"]).into_iter().enumerate() {
            let (down, up) = (k as i32, 20 - k as i32);
            let at = |z: f64| {
                let p = conditional_default(threshold, rho, z);
                choose * p.powi(down) * (1.0 - p).powi(up)
            };
            c.number(known, over_normal(-10.0, at));
            choose *= f64::from(up) / f64::from(down + 1);
        }
    }
    c.done()
}

/// Twenty firms without any link in the full engine, the worst row.
fn simulated_pool(case: &Case<'_>) -> Result<Check> {
    let mut c = estimate(case, "defaults of 20 firms: through the engine, 100,032 paths");
    let row = items(&case.expected()["rows"]).last().unwrap_or(&Value::Null);
    let (probability, rho, known) = (number(&row["pd"]), number(&row["rho"]), numbers(&row["n20_pmf"]));
    let mut counts = [0u64; 21];
    simulate(&one_factor(20, probability, rho), 22, |s, _| {
        for l in 0..LANES {
            counts[s.default_quarter.iter().filter(|row| row[l] > 0.0).count().min(20)] += 1;
        }
    })?;
    let defaults: u64 = (0..).zip(counts).map(|(k, count)| k * count).sum();
    // Firms of one path share the factor: the error of their number comes from its distribution.
    let moment = |power: i32| (0..).zip(&known).map(|(k, p)| f64::powi(f64::from(k), power) * p).sum::<f64>();
    let spread = ((moment(2) - moment(1).powi(2)) / PATHS as f64).sqrt();
    c.within(20.0 * probability, defaults as f64 / PATHS as f64, spread);
    let common = known.iter().take_while(|p| **p * PATHS as f64 >= FEWEST).count();
    for (p, count) in known.iter().zip(counts).take(common) {
        c.share(*p, count, PATHS);
    }
    c.share(known.iter().skip(common).sum(), counts.iter().skip(common).sum(), PATHS);
    Ok(c.done())
}

/// A network of twenty firms whose outside assets are log-normal with a common factor, cleared once per draw.
fn cleared(case: &Case<'_>) -> Result<[Check; 2]> {
    let (inputs, expected) = (case.inputs(), case.expected());
    let network = case.base().network();
    let n = network.firms();
    let [sigma, rho, reference] = ["sigma", "rho", "samples"].map(|name| number(&inputs[name]));
    let mut z = vec![0.0; n + 1];
    let (mut shortfall, mut defaults) = (Vec::with_capacity(DRAWS as usize), Vec::with_capacity(DRAWS as usize));
    let mut by_firm = vec![0u64; n];
    for draw in 0..DRAWS {
        normals(23, draw, &mut z);
        let factor = |i: usize| (sigma * (rho.sqrt() * z[n] + (1.0 - rho).sqrt() * z[i]) - 0.5 * sigma * sigma).exp();
        let assets = (0..n).map(|i| network.external_assets[i] * factor(i)).collect();
        let found = clear(&network.with_assets(assets), Outside::PariPassu, Recovery::FULL)?.best;
        shortfall.push(found.owed.iter().zip(&found.paid).map(|(owed, paid)| owed - paid).sum::<f64>());
        defaults.push(found.defaulted.iter().filter(|d| **d).count());
        by_firm.iter_mut().zip(&found.defaulted).for_each(|(count, d)| *count += u64::from(*d));
    }
    let mut counts = estimate(case, "Eisenberg-Noe, simulated: defaults, 200,000 draws");
    let draws = u64::from(DRAWS);
    numbers(&expected["pd"]).into_iter().zip(by_firm).for_each(|(known, hits)| both_counted(&mut counts, known, reference, hits, draws));
    let [none, _] = two(&expected["prob_no_default"]);
    both_counted(&mut counts, none, reference, defaults.iter().filter(|d| **d == 0).count() as u64, draws);
    for (k, known) in numbers(&expected["pmf_n_defaults_0_to_N"]).into_iter().enumerate() {
        both_counted(&mut counts, known, reference, defaults.iter().filter(|d| **d == k).count() as u64, draws);
    }
    let (mean, error) = mean_and_error(&defaults.iter().map(|d| *d as f64).collect::<Vec<_>>());
    both_simulated(&mut counts, &expected["n_defaults"]["mean"], mean, error);
    Ok([total_shortfall(case, shortfall), counts.done()])
}

fn total_shortfall(case: &Case<'_>, shortfall: Vec<f64>) -> Check {
    let known = &case.expected()["total_shortfall"];
    let mut c = estimate(case, "Eisenberg-Noe, simulated: total shortfall, 200,000 draws");
    let (mean, error) = mean_and_error(&shortfall);
    both_simulated(&mut c, &known["mean"], mean, error);
    let shortfall = Sample::new(shortfall);
    for (name, level) in LEVELS {
        let found = [("var", shortfall.quantile(level).map(|q| q.estimate)), ("es", shortfall.tail_mean(level).map(|t| t.estimate))];
        for (measure, found) in found {
            let (value, error) = found.map_or((f64::NAN, f64::NAN), |e| (e.value, e.std_error));
            both_simulated(&mut c, &known[format!("{measure}_{name}").as_str()], value, error);
        }
    }
    c.done()
}

/// A law by its quantile function and its mean beyond a quantile.
struct Law {
    name: &'static str,
    quantile: fn(f64) -> f64,
    /// Expected shortfall from the level and its quantile.
    shortfall: fn(f64, f64) -> f64,
    /// How many numbers to draw: the quantile of a t takes long.
    draws: usize,
}

/// Shape of the generalised Pareto law.
const SHAPE: f64 = 0.3;

const LAWS: [Law; 4] = [
    Law { name: "normal", quantile: normal_quantile, shortfall: |q, x| normal::pdf(x) / (1.0 - q), draws: 400_000 },
    Law {
        name: "lognormal_s1",
        quantile: |q| normal_quantile(q).exp(),
        shortfall: |q, x| 0.5f64.exp() * phi(1.0 - x.ln()) / (1.0 - q),
        draws: 400_000,
    },
    Law {
        name: "student_t4",
        quantile: |q| t_quantile(4.0, q),
        shortfall: |q, x| t_density(4.0, gamma_ratio(4), x) / (1.0 - q) * (4.0 + x * x) / 3.0,
        draws: 100_000,
    },
    Law {
        name: "gpd_xi03_beta1",
        quantile: |q| ((-SHAPE * (-q).ln_1p()).exp() - 1.0) / SHAPE,
        shortfall: |_, x| (x + 1.0) / (1.0 - SHAPE),
        draws: 400_000,
    },
];

fn tail_formulas(case: &Case<'_>) -> Check {
    let mut c = exact(case, "VaR and ES: formulas", &case.value["tolerance"]);
    for law in &LAWS {
        for (name, level) in LEVELS {
            let known = &case.expected()[law.name][name];
            let var = (law.quantile)(level);
            c.number(number(&known["var"]), var).number(number(&known["es"]), (law.shortfall)(level, var));
        }
    }
    c.done()
}

fn tail_samples(case: &Case<'_>) -> Check {
    let mut c = estimate(case, "VaR and ES: of samples of 100,000 and more");
    for (seed, law) in (31..).zip(&LAWS) {
        let values = sample(seed, law.draws, law.quantile);
        for (name, level) in LEVELS {
            let known = &case.expected()[law.name][name];
            compare_tail(&mut c, values.clone(), level, [number(&known["var"]), number(&known["es"])]);
        }
    }
    c.done()
}

fn copula_formulas(case: &Case<'_>) -> Check {
    let (inputs, expected) = (case.inputs(), case.expected());
    let rho = numbers(&inputs["rho"]);
    let mut c = exact(case, "Kendall, Spearman, tail dependence: formulas", &case.value["tolerance"]);
    c.numbers(&numbers(&expected["kendall"]), &rho.iter().map(|r| 2.0 / PI * r.asin()).collect::<Vec<_>>());
    c.numbers(&numbers(&expected["spearman"]), &rho.iter().map(|r| 6.0 / PI * (r / 2.0).asin()).collect::<Vec<_>>());
    for nu in numbers(&inputs["nu"]) {
        let found: Vec<f64> = rho.iter().map(|r| tail_dependence(nu, *r)).collect();
        c.numbers(&numbers(&expected["t_tail"][format!("nu{nu}").as_str()]), &found);
    }
    c.done()
}

/// The row of rho = 0.3 and 4 degrees of freedom.
const ROW: (usize, f64, u32) = (1, 0.3, 4);

fn copula_limit(case: &Case<'_>) -> Check {
    let (row, rho, nu) = ROW;
    let (degrees, deep) = (f64::from(nu), 1e-8);
    let mut c = Comparison::exact(case.id(), "joint tail at a probability of 1e-8 against its limit", case.source(), 1e-3);
    let known = numbers(&case.expected()["t_tail"]["nu4"]).get(row).copied().unwrap_or(f64::NAN);
    c.number(known, joint_tail(degrees, gamma_ratio(nu), rho, -t_quantile(degrees, deep)) / deep);
    c.done()
}

/// The common factors as the engine draws them: t for the joint tail and Kendall's tau, normal for Spearman's rho and Kendall's tau.
fn copula_draws(case: &Case<'_>) -> Check {
    let (row, rho, nu) = ROW;
    let known = |name: &str| numbers(&case.expected()[name]).get(row).copied().unwrap_or(f64::NAN);
    let mut c = estimate(case, "the engine's own factors, 1,024,000 pairs");
    let degrees = f64::from(nu);
    for pairs in [factor_pairs(degrees, rho, 1e12), factor_pairs(f64::INFINITY, rho, 1e12)] {
        let agree = pairs.chunks_exact(2).filter(|d| (d[0].0 - d[1].0) * (d[0].1 - d[1].1) > 0.0).count() as u64;
        c.share(0.5 * (1.0 + known("kendall")), agree, pairs.len() as u64 / 2);
    }
    let unit = ((degrees - 2.0) / degrees).sqrt();
    let pairs = factor_pairs(degrees, rho, 1e12);
    for q in [0.05, 0.01, 0.001] {
        let deep = -t_quantile(degrees, q);
        let both = pairs.iter().filter(|(x, y)| *x < -deep * unit && *y < -deep * unit).count() as u64;
        c.share(joint_tail(degrees, gamma_ratio(nu), rho, deep), both, pairs.len() as u64);
    }
    // Spearman's rho is the correlation of the ranks, which are uniform: 12 E[U V] - 3.
    let ranks: Vec<f64> = factor_pairs(f64::INFINITY, rho, 1e12).iter().map(|(x, y)| 12.0 * phi(*x) * phi(*y) - 3.0).collect();
    c.mean(known("spearman"), &ranks);
    c.done()
}
