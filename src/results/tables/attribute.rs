//! An attribution as CSV: losses by channel, and the tail by firm.

use super::compare::text;
use super::{Cell, estimate_cells, name};
use crate::analysis::attribute::Attribution;

/// Losses by channel, one line for each loss, firm, condition and part.
pub fn channels_csv(a: &Attribution) -> String {
    const CHANNELS: [&str; 4] = ["orders", "payments", "valuation", "financing"];
    let rows = a.splits.iter().flat_map(|s| {
        let firm = s.firm.map_or("system".to_string(), |i| a.firms[i].clone());
        let head = vec![name(s.metric), firm.into(), name(s.given)];
        let kinds = [("shapley", &s.shapley), ("one_in", &s.one_in), ("leave_one_out", &s.leave_one_out)];
        let channels = kinds.into_iter().flat_map(|(kind, list)| CHANNELS.iter().zip(list).map(move |(c, e)| (kind, *c, e)));
        let whole = [("own", "", &s.own), ("total", "", &s.total)];
        let line =
            |(kind, channel, e)| [head.clone(), vec![Cell::from(kind), Cell::from(channel)], estimate_cells(Some(e)).to_vec()].concat();
        whole.into_iter().chain(channels).map(line).collect::<Vec<_>>()
    });
    text(&["metric", "firm", "given", "part", "channel", "value", "std_error", "low", "high"], rows)
}

/// The parts of the expected shortfall.
pub fn tail_parts_csv(a: &Attribution) -> String {
    let rows = a.tails.iter().map(|t| {
        let head = vec![Cell::from(a.firms[t.firm].clone()), Cell::from(t.level)];
        [head, estimate_cells(Some(&t.part)).to_vec(), estimate_cells(t.delta_covar.as_ref()).to_vec()].concat()
    });
    let columns = [
        "firm",
        "level",
        "part",
        "part_std_error",
        "part_low",
        "part_high",
        "delta_covar",
        "delta_covar_std_error",
        "delta_covar_low",
        "delta_covar_high",
    ];
    text(&columns, rows)
}
