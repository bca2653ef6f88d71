//! A comparison as CSV: differences of means, of expected shortfalls, and of the no-shock plan.

use super::{Cell, estimate_cells, name};
use crate::analysis::compare::{Comparison, Quantity};

fn head(c: &Comparison, variant: usize, q: &Quantity) -> Vec<Cell> {
    let firm = q.firm.map_or("system".to_string(), |i| c.firms[i].clone());
    vec![c.variants[variant].clone().into(), name(q.metric), firm.into(), name(q.world)]
}

/// Lines of cells, quoted where they must be.
pub(super) fn text(columns: &[&str], rows: impl Iterator<Item = Vec<Cell>>) -> String {
    let quoted = |cell: Cell| {
        let text = cell.text();
        if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    let line = |row: Vec<Cell>| row.into_iter().map(quoted).collect::<Vec<_>>().join(",");
    std::iter::once(columns.join(",")).chain(rows.map(line)).map(|l| l + "\n").collect()
}

/// Differences of means, one line each.
pub fn differences_csv(c: &Comparison) -> String {
    let rows = c.differences.iter().map(|d| {
        let mut cells = head(c, d.variant, &d.quantity);
        cells.push(name(d.given));
        cells.extend([&d.base, &d.changed, &d.difference].into_iter().flat_map(|e| estimate_cells(Some(e))));
        let robust = d.sign.as_ref().map(|s| if s.is_robust { "robust" } else { "not robust" }.to_string());
        cells.push(robust.into());
        cells.push(d.sign.as_ref().map_or(0, |s| s.exceptions.len() as u64).into());
        cells
    });
    let columns = [
        "variant",
        "metric",
        "firm",
        "world",
        "given",
        "first",
        "first_std_error",
        "first_low",
        "first_high",
        "variant_mean",
        "variant_std_error",
        "variant_low",
        "variant_high",
        "change",
        "change_std_error",
        "change_low",
        "change_high",
        "sign",
        "exceptions",
    ];
    text(&columns, rows)
}

/// Differences of expected shortfalls, one line each.
pub fn tail_differences_csv(c: &Comparison) -> String {
    let rows = c.tails.iter().map(|t| {
        let mut cells = head(c, t.variant, &t.quantity);
        cells.extend([t.level, t.base, t.changed].map(Cell::from));
        cells.extend(estimate_cells(Some(&t.difference)));
        cells
    });
    let columns =
        ["variant", "metric", "firm", "world", "level", "first", "variant_es", "change", "change_std_error", "change_low", "change_high"];
    text(&columns, rows)
}

/// Changes of the no-shock plan, one line for each variant and firm that it changes.
pub fn plan_changes_csv(c: &Comparison) -> String {
    let rows = c.plans.iter().map(|p| {
        let names = [c.variants[p.variant].clone(), c.firms[p.firm].clone()].map(Cell::from);
        let change = p.changed_usd_bn - p.base_usd_bn;
        names.into_iter().chain([p.base_usd_bn, p.changed_usd_bn, change].map(Cell::from)).collect()
    });
    text(&["variant", "firm", "first_revenue_usd_bn", "variant_revenue_usd_bn", "change_usd_bn"], rows)
}
