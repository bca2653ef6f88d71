//! An attribution to deals as CSV. Channels are in `attribute`.

use super::compare::text;
use super::{Cell, estimate_cells, name};
use crate::analysis::deals::DealAttribution;

/// One line for each loss and deal, the largest Shapley value first.
pub fn deals_csv(a: &DealAttribution) -> String {
    let rows = a.parts.iter().map(|p| {
        let head = vec![name(p.metric), Cell::from(a.deals[p.deal].clone()), (p.ranks.0 as u64).into(), (p.ranks.1 as u64).into()];
        let parts = [&p.shapley, &p.one_in, &p.leave_one_out].into_iter().flat_map(|e| estimate_cells(Some(e)));
        head.into_iter().chain(parts).collect()
    });
    let head = ["metric", "deal", "best_rank", "worst_rank"].map(String::from).to_vec();
    let part = |kind: &str| [kind.to_string(), format!("{kind}_std_error"), format!("{kind}_low"), format!("{kind}_high")].to_vec();
    let columns = [head, part("shapley"), part("one_in"), part("leave_one_out")].concat();
    text(&columns.iter().map(String::as_str).collect::<Vec<_>>(), rows)
}
