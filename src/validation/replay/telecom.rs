//! The statistics of the telecom replay (scenarios/telecom-2000.toml), row by row as tests/reference/telecom-2000-bands.csv defines them.

use super::series::{Reading, Series, plan, record};
use super::{Band, Finding, Found, bands, finding};
use crate::engine::{Engine, Outcome, World, shapley};
use crate::error::{Error, Result};
use crate::lanes::{Isa, LANES};
use crate::model::{Metric, Model, Seller};
use crate::scenario;
use crate::stats::{Estimate, Proportion, batch_means, batch_ratios};
use std::path::Path;

const BANDS: &str = include_str!("../../../tests/reference/telecom-2000-bands.csv");
/// Blocks of 64 paths: 20,032 paths.
const BLOCKS: usize = 313;
const SEED: u64 = 1;
const VENDORS: [&str; 4] = ["lucent", "nortel", "cisco", "other-vendors"];
const CARRIERS: [&str; 3] = ["incumbents", "clecs", "winstar"];
/// Ends of quarters from 2001Q1 = 1.
const Q2002_3: usize = 7;
const Q2002_4: usize = 8;

/// What is read each quarter, in the order of the readings.
#[derive(Clone, Copy)]
enum Read {
    VendorPrices,
    CiscoPrice,
    Orders,
    Demand,
    VendorRevenue,
    LucentRevenue,
    LoanLoss,
    StartupDebtAtDefault,
    StartupDebtLost,
    LineRefused,
    LoanService,
}

/// The replay: its model and the recorded paths.
struct Replay<'a> {
    engine: &'a Engine<'a>,
    w0: Vec<Series>,
    plan: Vec<Vec<f64>>,
    defaults: Vec<Vec<f64>>,
    outcomes: Vec<Outcome>,
}

/// Runs the replay on 20,032 paths and compares every row of the bands.
///
/// # Errors
/// Those of reading the scenario, and [`Error::NotConverged`] if a row cannot be measured.
pub fn telecom(folder: &Path) -> Result<Vec<Finding>> {
    let loaded = scenario::load(&folder.join("telecom-2000.toml"))?;
    let engine = Engine::new(&loaded.model, Isa::detect())?;
    let model = &loaded.model;
    let readings = readings(model)?;
    let (w0, outcomes) = record(&engine, World::W0, SEED, BLOCKS, &readings);
    let replay = Replay { engine: &engine, w0, plan: plan(&engine, &readings), defaults: default_quarters(&outcomes), outcomes };
    let shares = channel_shares(&engine);
    let no_funding_channel = record(&engine, World::with_channels(0b0111), SEED, BLOCKS, &[]).1;
    let saved = default_quarters(&no_funding_channel);
    let funding = model.shocks.numbers.bust_funding_share - 1.0;
    let rows = bands(BANDS)?;
    rows.into_iter().map(|band| replay.measure(&band, &shares, &saved, funding).and_then(|found| finding(band, found))).collect()
}

fn firm(model: &Model, id: &str) -> Result<usize> {
    let missing = || Error::Usage(format!("the telecom replay needs a firm \"{id}\"; the scenario has none"));
    model.firms.iter().position(|f| f.id == id).ok_or_else(missing)
}

fn firms(model: &Model, ids: &[&str]) -> Result<Vec<usize>> {
    ids.iter().map(|id| firm(model, id)).collect()
}

fn readings(model: &Model) -> Result<Vec<Reading<'_>>> {
    let (vendors, carriers) = (firms(model, &VENDORS)?, firms(model, &CARRIERS)?);
    let (lucent, cisco) = (firm(model, "lucent")?, firm(model, "cisco")?);
    let (clecs, winstar) = (firm(model, "clecs")?, firm(model, "winstar")?);
    let (prices, sellers, buyers, sold) = (vendors.clone(), vendors.clone(), carriers.clone(), vendors.clone());
    let is_order = move |c: &crate::model::Purchase| {
        buyers.contains(&c.buyer.at()) && matches!(c.seller, Seller::Firm(s) if sellers.contains(&s.at()))
    };
    let ordered: Vec<(usize, usize)> =
        model.purchases.iter().enumerate().filter(|(_, c)| is_order(c)).map(|(k, c)| (k, c.buyer.at())).collect();
    let spenders = carriers.clone();
    let loans: Vec<(usize, usize)> = (0..model.loans.len())
        .map(|k| (k, model.loans[k].borrower.at()))
        .filter(|(k, b)| vendors.contains(&model.loans[*k].lender.at()) && [clecs, winstar].contains(b))
        .collect();
    let winstar_loans: Vec<usize> = loans.iter().filter(|x| x.1 == winstar).map(|x| x.0).collect();
    let line: Vec<usize> = (0..model.tranches.len()).filter(|&k| model.tranches[k].id.starts_with("winstar-line")).collect();
    let opening: Vec<f64> = model.loans.iter().map(|k| k.numbers.balance_usd_bn).collect();
    let opening_debt = model.firms[clecs].numbers.debt_usd_bn;
    let before = std::cell::RefCell::new(vec![[0.0; LANES]; model.loans.len()]);
    let debt_before = std::cell::RefCell::new([0.0; LANES]);
    Ok(vec![
        Box::new(move |_, s, _, l| prices.iter().map(|&i| s.price[i][l]).sum()),
        Box::new(move |_, s, _, l| s.price[cisco][l]),
        Box::new(move |_, _, f, l| {
            let orders: f64 = ordered.iter().map(|&(c, b)| f.lives[b][l] * f.order[c][l]).sum();
            orders + spenders.iter().map(|&b| f.lives[b][l] * f.capex[b][l]).sum::<f64>()
        }),
        Box::new(move |_, _, f, l| carriers.iter().map(|&i| f.external[i][l]).sum()),
        Box::new(move |_, _, f, l| sold.iter().map(|&i| f.revenue[i][l]).sum()),
        Box::new(move |_, _, f, l| f.revenue[lucent][l]),
        Box::new(move |t, s, f, l| {
            // What was owed when the quarter began is lost but for what the estate pays.
            let mut before = before.borrow_mut();
            let owed = |k: usize| if t == 1 { opening[k] } else { before[k][l] };
            let lost = |&(k, b): &(usize, usize)| f.defaults[b][l] * (1.0 - f.estate_second_share[b][l]) * owed(k);
            let total = loans.iter().map(lost).sum();
            loans.iter().for_each(|&(k, _)| before[k][l] = s.loan[k][l]);
            total
        }),
        Box::new(move |t, s, f, l| {
            let mut before = debt_before.borrow_mut();
            let owed = if t == 1 { opening_debt } else { before[l] };
            let found = f.defaults[clecs][l] * (owed + f.new_debt[clecs][l] + f.draw[clecs][l]);
            before[l] = s.debt[clecs][l];
            found
        }),
        Box::new(move |_, _, f, l| f.defaults[clecs][l] * (1.0 - f.estate_first_share[clecs][l])),
        Box::new(move |_, _, f, l| line.iter().map(|&k| f.tranche_paid[k][l]).sum()),
        Box::new(move |_, _, f, l| {
            winstar_loans
                .iter()
                .map(|&k| f.hard_share[winstar][l] * f.lives[winstar][l] * (f.loan_interest[k][l] + f.loan_principal[k][l]))
                .sum()
        }),
    ])
}

/// Quarter of default of each firm on each path; 0 is none.
fn default_quarters(outcomes: &[Outcome]) -> Vec<Vec<f64>> {
    let firms = outcomes.first().map_or(0, |o| o.default_quarter.len());
    (0..firms).map(|i| outcomes.iter().flat_map(|o| o.default_quarter[i]).collect()).collect()
}

/// Share of the channel P in the mean net loss, and of the shocks with channel O, each with its error.
fn channel_shares(engine: &Engine<'_>) -> [Option<Estimate>; 2] {
    let worlds: Vec<World> = (0..16).map(World::with_channels).collect();
    let (mut payments, mut orders, mut total) = (vec![], vec![], vec![]);
    for block in 0..BLOCKS {
        let found = engine.run_block(SEED, (block * LANES) as u64, &worlds, &mut crate::engine::Nobody);
        for l in 0..LANES {
            let losses: Vec<f64> = found.outcomes.iter().map(|o| o.system(Metric::NetLoss)[l]).collect();
            let shares = shapley(&losses);
            payments.push(shares[1]);
            orders.push(losses[0] + shares[0]);
            total.push(losses[15]);
        }
    }
    [batch_ratios(&payments, &total), batch_ratios(&orders, &total)]
}

fn share(hits: impl Iterator<Item = bool>) -> Option<Estimate> {
    let mut proportion = Proportion::default();
    hits.for_each(|hit| proportion.push(hit));
    proportion.estimate()
}

impl Replay<'_> {
    fn series(&self, read: Read) -> &Series {
        &self.w0[read as usize]
    }

    /// A quarter against the plan of 2001Q1, path by path.
    fn against_plan(&self, read: Read, t: usize) -> Vec<f64> {
        let plan = self.plan[read as usize][0];
        self.series(read).at(t).into_iter().map(|v| v / plan - 1.0).collect()
    }

    fn index(&self, id: &str) -> Result<usize> {
        firm(self.engine.model, id)
    }

    /// Share of paths on which a firm fails by the end of quarter `t`.
    fn fails(&self, id: &str, t: usize) -> Result<Option<Estimate>> {
        let i = self.index(id)?;
        Ok(share(self.defaults[i].iter().map(|&q| q > 0.0 && q <= t as f64)))
    }

    fn measure(&self, band: &Band, shares: &[Option<Estimate>; 2], without_funding: &[Vec<f64>], funding: f64) -> Result<Found> {
        let horizon = self.engine.model.horizon_quarters;
        Ok(match band.id.as_str() {
            "vendor-equity" => Found::median(self.since_start(Read::VendorPrices, &VENDORS)?),
            "cisco-equity" => Found::median(self.since_start(Read::CiscoPrice, &["cisco"])?),
            "carrier-capex" => Found::median(self.capital_expenditure()),
            "order-lag" | "orders-not-before-demand" => Found::median(self.lags()),
            "vendor-revenue" => Found::median(self.against_plan(Read::VendorRevenue, Q2002_4)),
            "lucent-revenue" => Found::median(self.against_plan(Read::LucentRevenue, Q2002_4)),
            "startup-loan-loss" => Found::of(self.loan_losses(horizon).and_then(|x| x.scaled(1.0 / self.start_loans()))),
            "startup-recovery" => Found::of(self.recovery()),
            "clec-default" => Found::of(self.fails("clecs", Q2002_4)?),
            "winstar-default" => Found::of(self.fails("winstar", Q2002_4)?),
            "incumbent-default" => Found::of(self.fails("incumbents", horizon)?),
            "vendor-default" => {
                let each = VENDORS.iter().map(|id| self.fails(id, horizon)).collect::<Result<Vec<_>>>()?;
                Found::of(each.into_iter().flatten().max_by(|a, b| a.value.total_cmp(&b.value)))
            }
            "venture-funding" => Found::of(Estimate::exact(funding)),
            "credit-against-market" => Found::of(self.relative_size(horizon)),
            "payments-share" => Found::of(shares[0]),
            "orders-and-own-share" => Found::of(shares[1]),
            "winstar-sequence" => Found::of(self.sequence(false)?),
            "winstar-refusal-first" => Found::of(self.sequence(true)?),
            "winstar-refusal-matters" => {
                let i = self.index("winstar")?;
                let by = |q: f64| q > 0.0 && q <= Q2002_4 as f64;
                Found::of(share(self.defaults[i].iter().zip(&without_funding[i]).map(|(a, b)| by(*a) && !by(*b))))
            }
            other => return Err(Error::Usage(format!("nobody has said how \"{other}\" of the telecom bands is measured"))),
        })
    }

    fn since_start(&self, read: Read, ids: &[&str]) -> Result<Vec<f64>> {
        // One share of each firm is all of it at the start, at its fair value.
        let numbers = |i: usize| &self.engine.model.firms[i].numbers;
        let start: f64 =
            firms(self.engine.model, ids)?.into_iter().map(|i| numbers(i).market_value_usd_bn * (1.0 - numbers(i).headline_discount)).sum();
        Ok(self.series(read).at(Q2002_3).into_iter().map(|v| v / start - 1.0).collect())
    }

    fn capital_expenditure(&self) -> Vec<f64> {
        let base = 4.0 * self.plan[Read::Orders as usize][0];
        let orders = self.series(Read::Orders);
        (0..orders.paths()).map(|p| orders.path(p)[4..8].iter().sum::<f64>() / base - 1.0).collect()
    }

    /// Last quarter of the highest orders less first quarter of the highest demand; quarter 0 is the plan of 2001Q1.
    fn lags(&self) -> Vec<f64> {
        let from = |read: Read, p: usize| std::iter::once(self.plan[read as usize][0]).chain(self.series(read).path(p).iter().copied());
        let peak = |p: usize| {
            let highest = from(Read::Orders, p).fold(f64::MIN, f64::max);
            let orders = from(Read::Orders, p).enumerate().filter(|(_, v)| *v >= highest * (1.0 - 1e-12)).map(|(t, _)| t).last();
            let highest = from(Read::Demand, p).fold(f64::MIN, f64::max);
            let demand = from(Read::Demand, p).position(|v| v >= highest * (1.0 - 1e-12));
            orders.unwrap_or(0) as f64 - demand.unwrap_or(0) as f64
        };
        (0..self.series(Read::Orders).paths()).map(peak).collect()
    }

    fn start_loans(&self) -> f64 {
        let model = self.engine.model;
        let of = |ids: &[&str], i: usize| ids.iter().any(|id| model.firms[i].id == *id);
        let is_counted = |k: &&crate::model::Loan| of(&VENDORS, k.lender.at()) && of(&["clecs", "winstar"], k.borrower.at());
        model.loans.iter().filter(is_counted).map(|k| k.numbers.balance_usd_bn).sum()
    }

    fn loan_loss_by_path(&self, horizon: usize) -> Vec<f64> {
        let losses = self.series(Read::LoanLoss);
        (0..losses.paths()).map(|p| losses.path(p)[..horizon].iter().sum()).collect()
    }

    fn loan_losses(&self, horizon: usize) -> Option<Estimate> {
        batch_means(&self.loan_loss_by_path(horizon))
    }

    fn recovery(&self) -> Option<Estimate> {
        let (debt, lost) = (self.series(Read::StartupDebtAtDefault), self.series(Read::StartupDebtLost));
        let paths = 0..debt.paths();
        let owed: Vec<f64> = paths.clone().map(|p| debt.path(p).iter().sum()).collect();
        let gone: Vec<f64> = paths.map(|p| debt.path(p).iter().zip(lost.path(p)).map(|(d, x)| d * x).sum()).collect();
        batch_ratios(&gone, &owed).and_then(|r| Estimate::normal(1.0 - r.value, r.std_error))
    }

    fn relative_size(&self, horizon: usize) -> Option<Estimate> {
        let firms = self.engine.model.firms.len();
        let market = |o: &Outcome, l: usize| (0..firms).map(|i| o.firm(Metric::MarkToMarketLoss, i)[l]).sum::<f64>();
        let losses: Vec<f64> = self.outcomes.iter().flat_map(|o| (0..LANES).map(move |l| market(o, l))).collect();
        batch_ratios(&self.loan_loss_by_path(horizon), &losses)
    }

    /// Share of Winstar's defaults in which the line was refused first and Lucent lost receipts afterwards.
    fn sequence(&self, strictly: bool) -> Result<Option<Estimate>> {
        let i = self.index("winstar")?;
        let short = |read: Read, p: usize| {
            let plan = &self.plan[read as usize];
            self.series(read).path(p).iter().zip(plan).position(|(v, plan)| *v < plan * (1.0 - 1e-9)).map(|t| t + 1)
        };
        let in_order = |p: usize, d: usize| match (short(Read::LineRefused, p), short(Read::LoanService, p)) {
            (Some(r), Some(lost)) => (if strictly { r < d } else { r <= d }) && d <= lost,
            _ => false,
        };
        let failing = self.defaults[i].iter().enumerate().filter(|(_, q)| **q > 0.0 && **q <= Q2002_4 as f64);
        Ok(share(failing.map(|(p, q)| in_order(p, *q as usize))))
    }
}
