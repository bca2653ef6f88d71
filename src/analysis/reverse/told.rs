//! One path replayed for its story: busts, lows and their quarters, failures, the first deals that fail. No words.

use super::watch::{Coordinate, Spec, deals_of};
use crate::engine::{Context, Engine, Flows, Observer, State, World, block_start};
use crate::model::{FirmNumber, Metric, Model};
use serde::{Deserialize, Serialize};

/// A number at its lowest, and when.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Low {
    /// The number.
    pub value: f64,
    /// Quarter.
    pub quarter: usize,
}

/// What happened on a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Number of the path.
    pub path: u64,
    /// Net loss of the system against plan in W0, USD billion.
    pub net_loss_usd_bn: f64,
    /// Busts, each with its first quarter and the number of its quarters.
    pub busts: Vec<(usize, usize)>,
    /// Lowest sentiment S.
    pub sentiment: Low,
    /// How far demand is under plan at its lowest.
    pub demand: Low,
    /// Lowest price of computing over that at the as-of date.
    pub compute_price: Low,
    /// How far each firm of interest is under its own plan at its lowest, apart from demand.
    pub own_revenue: Vec<(usize, Low)>,
    /// Firms that fail and their quarters, in order.
    pub failures: Vec<(usize, usize)>,
    /// Deals that fail in the first quarter in which any does.
    pub first_deals: Vec<String>,
    /// That quarter; none where no deal fails.
    pub first_deal_quarter: Option<usize>,
    /// Value of each coordinate.
    pub values: Vec<f64>,
    /// Share of paths with a smaller value of it, half of those with an equal one counted.
    pub percentiles: Vec<f64>,
}

/// One lane of the drivers.
#[derive(Default)]
struct Series {
    lane: usize,
    last: usize,
    firms: Vec<usize>,
    regime: Vec<f64>,
    sentiment: Vec<f64>,
    demand: Vec<f64>,
    price: Vec<f64>,
    own: Vec<Vec<f64>>,
}

impl Observer for Series {
    fn quarter(&mut self, _: usize, t: usize, ctx: &Context<'_>, _: &State, _: &Flows) {
        if t > self.last {
            return;
        }
        let (d, l) = (ctx.drivers, self.lane);
        self.regime.push(d.regime[t - 1][l]);
        self.sentiment.push(d.sentiment[t - 1][l]);
        self.demand.push(d.demand[t - 1][l]);
        self.price.push(d.efficiency[t - 1][l]);
        let own =
            |&i: &usize| d.log_revenue[(t - 1) * ctx.layout.firms + i][l] - ctx.p.firm(FirmNumber::DemandBeta, i)[l] * d.demand[t - 1][l];
        let own: Vec<f64> = self.firms.iter().map(own).collect();
        self.own.push(own);
    }
}

fn low(values: impl Iterator<Item = f64>) -> Low {
    let least = |best: Low, (value, quarter): (f64, usize)| if value < best.value { Low { value, quarter } } else { best };
    values.zip(1..).fold(Low { value: f64::INFINITY, quarter: 0 }, least)
}

/// The same as a shortfall: 1 − exp(x).
fn shortfall(low: Low) -> Low {
    Low { value: -low.value.exp_m1(), ..low }
}

/// First quarter and length of each bust.
fn spells(regime: &[f64]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (_, t) in regime.iter().zip(1..).filter(|(r, _)| **r > 0.0) {
        match found.last_mut() {
            Some((from, length)) if *from + *length == t => *length += 1,
            _ => found.push((t, 1)),
        }
    }
    found
}

/// Identifier of a deal: purchases, then tranches.
pub(super) fn deal_name(model: &Model, deal: usize) -> String {
    let purchases = model.purchases.iter().map(|p| &p.id);
    purchases.chain(model.tranches.iter().map(|k| &k.id)).nth(deal).cloned().unwrap_or_default()
}

/// Replays a path; `places` are its coordinates, each with its value and percentile.
pub(super) fn tell(
    engine: &Engine<'_>,
    spec: &Spec<'_>,
    (seed, path): (u64, u64),
    coordinates: &[Coordinate],
    places: &[(f64, f64)],
) -> Told {
    let lane = (path - block_start(path)) as usize;
    let own = |c: &Coordinate| if let Coordinate::OwnRevenue { firm } = c { Some(*firm) } else { None };
    let mut series = Series { lane, last: spec.last, firms: coordinates.iter().filter_map(own).collect(), ..Series::default() };
    engine.run_block(seed, block_start(path), &[World::W0], &mut series);
    let (deals, block) = deals_of(engine, spec, seed, path);
    let quarter = |q: f64| (q > 0.0).then_some(q as usize);
    let first_deal_quarter = deals.iter().filter_map(|q| quarter(*q)).min();
    let is_first = |q: &f64| quarter(*q).is_some() && quarter(*q) == first_deal_quarter;
    let outcome = block.outcomes.first();
    let failed = outcome.into_iter().flat_map(|o| o.default_quarter.iter().enumerate());
    let mut failures: Vec<(usize, usize)> = failed.filter_map(|(i, row)| quarter(row[lane]).map(|q| (i, q))).collect();
    failures.sort_by_key(|f| (f.1, f.0));
    let of_firm = |(n, i): (usize, &usize)| (*i, shortfall(low(series.own.iter().map(|q| q[n]))));
    Told {
        path,
        net_loss_usd_bn: outcome.map_or(0.0, |o| o.system(Metric::NetLoss)[lane]),
        busts: spells(&series.regime),
        sentiment: low(series.sentiment.iter().copied()),
        demand: shortfall(low(series.demand.iter().copied())),
        compute_price: low(series.price.iter().copied()),
        own_revenue: series.firms.iter().enumerate().map(of_firm).collect(),
        failures,
        first_deals: deals.iter().enumerate().filter(|(_, q)| is_first(q)).map(|(k, _)| deal_name(engine.model, k)).collect(),
        first_deal_quarter,
        values: places.iter().map(|p| p.0).collect(),
        percentiles: places.iter().map(|p| p.1).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_and_lows() {
        assert_eq!(spells(&[0.0, 1.0, 1.0, 0.0, 1.0]), [(2, 2), (5, 1)]);
        assert!(spells(&[0.0; 3]).is_empty());
        let found = low([0.2, -0.5, -0.5].into_iter());
        assert_eq!((found.value, found.quarter), (-0.5, 2));
    }
}
