//! Drivers that are written rather than drawn: scripted stresses, and tables of drivers replayed path by path.

use super::{Drivers, PathNumbers};
use crate::lanes::{Row, splat};
use crate::model::{DriverTable, Model, Series, StressTarget};

/// The rows of a series in quarter index `t` (from 0) that a target covers: one entity, or every one.
fn targets<'a>(model: &Model, drivers: &'a mut Drivers, target: StressTarget, t: usize) -> &'a mut [Row] {
    let (rows, count) = match target.series {
        Series::LogRevenue => (&mut drivers.log_revenue, model.firms.len()),
        Series::Window => (&mut drivers.window, model.firms.len()),
        Series::OrderShare => (&mut drivers.order_share, model.firms.len()),
        Series::VendorShareRatio => (&mut drivers.vendor_ratio, model.groups.len()),
        Series::DealScale => (&mut drivers.deal_scale, model.shocks.deals.len()),
        Series::TrancheEvent => (&mut drivers.tranche_event, model.tranches.len()),
        Series::Sentiment => (&mut drivers.sentiment, 1),
        Series::Regime => (&mut drivers.regime, 1),
        Series::Efficiency => (&mut drivers.efficiency, 1),
        Series::RegulatoryFreeze => (&mut drivers.freeze, 1),
    };
    let quarter = &mut rows[t * count..(t + 1) * count];
    match target.entity {
        Some(e) if e < count => &mut quarter[e..=e],
        Some(_) => &mut quarter[..0],
        None => quarter,
    }
}

/// Applies every scripted stress, except those of a series that was applied while drawing.
pub(super) fn apply_stresses(model: &Model, drivers: &mut Drivers, except: Option<Series>) {
    for stress in &model.shocks.stresses {
        if Some(stress.target.series) == except {
            continue;
        }
        for t in stress.from_quarter..=stress.to_quarter.min(model.horizon_quarters) {
            for row in targets(model, drivers, stress.target, t - 1) {
                for x in row.iter_mut() {
                    *x = match stress.target.series {
                        Series::LogRevenue | Series::Sentiment => *x + stress.value,
                        Series::Efficiency | Series::VendorShareRatio | Series::OrderShare => *x * stress.value,
                        _ => stress.value,
                    };
                }
            }
        }
    }
}

/// Sets the regime of quarter `t` where a stress says so, before the draws of the quarter use it.
#[inline(always)]
pub(super) fn stress_regime(model: &Model, t: usize, bust: &mut Row) {
    for stress in &model.shocks.stresses {
        if stress.target.series == Series::Regime && (stress.from_quarter..=stress.to_quarter).contains(&t) {
            *bust = splat(stress.value);
        }
    }
}

/// Copies the entries of a table for a block of paths; what is not named keeps its no-shock value.
pub(super) fn replay(model: &Model, table: &DriverTable, paths: &PathNumbers, drivers: &mut Drivers) {
    for (lane, &path) in paths.iter().enumerate() {
        let path = u64::from(path);
        let from = table.rows.partition_point(|r| r.path < path);
        for entry in table.rows[from..].iter().take_while(|r| r.path == path) {
            if (1..=model.horizon_quarters).contains(&entry.quarter) {
                for row in targets(model, drivers, entry.target, entry.quarter - 1) {
                    row[lane] = entry.value;
                }
            }
        }
    }
}
