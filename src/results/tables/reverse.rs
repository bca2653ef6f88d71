//! A reverse stress test as CSV: coordinates, the paths that meet the condition, what fails first.

use super::compare::text;
use super::{Cell, estimate_cells};
use crate::analysis::reverse::{Coordinate, LEVELS, Reversal};

/// Name of a coordinate for programs: what it is, and of which firm or group.
fn name(r: &Reversal, c: Coordinate) -> String {
    match c {
        Coordinate::FirstBust => "first_bust_quarter".into(),
        Coordinate::BustQuarters => "bust_quarters".into(),
        Coordinate::Sentiment => "lowest_sentiment".into(),
        Coordinate::Demand => "demand_under_plan".into(),
        Coordinate::ComputePrice => "lowest_compute_price_ratio".into(),
        Coordinate::VendorShare { group } => format!("vendor_share_ratio.{}", r.groups.get(group).map_or("", String::as_str)),
        Coordinate::OwnRevenue { firm } => format!("own_revenue_under_plan.{}", r.firms.get(firm).map_or("", |f| f.0.as_str())),
        Coordinate::ClosedWindows => "closed_windows_share".into(),
        Coordinate::Uncertain { number } => r.uncertain.get(number).cloned().unwrap_or_default(),
    }
}

fn heading(names: &[&str], more: impl Iterator<Item = String>) -> Vec<String> {
    names.iter().map(|n| (*n).to_string()).chain(more).collect()
}

fn written(columns: &[String], rows: impl Iterator<Item = Vec<Cell>>) -> String {
    text(&columns.iter().map(String::as_str).collect::<Vec<_>>(), rows)
}

/// The coordinates over all paths and where the condition holds, the largest shift first.
pub fn coordinates_csv(r: &Reversal) -> String {
    let estimate = |name: &str| ["", "_std_error", "_low", "_high"].map(|end| format!("{name}{end}"));
    let levels = |name: &str| LEVELS.map(|q| format!("{name}_p{:02.0}", 100.0 * q));
    let spread = |name: &str| estimate(&format!("{name}_mean")).into_iter().chain(levels(name)).collect::<Vec<_>>();
    let singles = ["first_rank", "last_rank", "most_likely", "most_likely_percentile", "least_bad", "least_bad_percentile", "form"];
    let columns: Vec<String> = heading(&["coordinate"], spread("all").into_iter())
        .into_iter()
        .chain(spread("meeting"))
        .chain(estimate("shift_sd"))
        .chain(singles.map(String::from))
        .collect();
    let place = |t: &Option<crate::analysis::reverse::Told>, n: usize| {
        let at = |list: &[f64]| Cell::from(list.get(n).copied());
        t.as_ref().map_or([Cell::Empty, Cell::Empty], |t| [at(&t.values), at(&t.percentiles)])
    };
    let rows = r.coordinates.iter().enumerate().map(|(n, s)| {
        let mut cells = vec![Cell::from(name(r, s.coordinate))];
        for spread in [&s.all, &s.meeting] {
            cells.extend(estimate_cells(spread.mean.as_ref()));
            cells.extend(spread.quantiles.map(Cell::from));
        }
        cells.extend(estimate_cells(s.shift.as_ref()));
        cells.extend([s.ranks.0 as u64, s.ranks.1 as u64].map(Cell::from));
        cells.extend(place(&r.most_likely, n));
        cells.extend(place(&r.least_bad, n));
        cells.push(s.form.into());
        cells
    });
    written(&columns, rows)
}

/// The paths that meet the condition, the most likely first.
pub fn reverse_paths_csv(r: &Reversal) -> String {
    let fixed = ["path", "weight", "log_density", "distance", "net_loss_usd_bn"];
    let columns = heading(&fixed, r.coordinates.iter().map(|s| name(r, s.coordinate)));
    let rows = r.listed.iter().map(|l| {
        let numbers = [l.weight, l.log_density, l.distance, l.net_loss_usd_bn];
        let numbers = numbers.iter().chain(&l.values).map(|x| Cell::from(*x));
        std::iter::once(Cell::from(l.path)).chain(numbers).collect()
    });
    written(&columns, rows)
}

/// Which firm and which deal fails first where the condition holds.
pub fn first_failures_csv(r: &Reversal) -> String {
    let kinds = [("firm", &r.first_firms), ("deal", &r.first_deals)];
    let rows = kinds.into_iter().flat_map(|(kind, list)| list.iter().map(move |f| (kind, f))).map(|(kind, f)| {
        let head = vec![Cell::from(kind), Cell::from(f.what.clone())];
        let ranks = [f.ranks.0 as u64, f.ranks.1 as u64].map(Cell::from).to_vec();
        [head, estimate_cells(Some(&f.share)).to_vec(), estimate_cells(Some(&f.among_all)).to_vec(), ranks].concat()
    });
    let columns = [
        "kind",
        "first",
        "share",
        "share_std_error",
        "share_low",
        "share_high",
        "all_paths_share",
        "all_paths_std_error",
        "all_paths_low",
        "all_paths_high",
        "first_rank",
        "last_rank",
    ];
    text(&columns, rows)
}
