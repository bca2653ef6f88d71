//! Where dollars come from, and what comes back to suppliers who invest, in words. No measures.

use super::{deals, heads, percent, plain, share, short, usd};
use crate::report::{Grid, Section};
use crate::results::inspect::{Basis, Inspection, RoundTrip, View, Window};
use crate::results::words;
use serde_json::Value;

/// Sellers named in sentences.
const NAMED: usize = 3;

/// Firms by what they sell to other firms, the largest first.
fn sellers(w: &Window) -> Vec<&RoundTrip> {
    let mut list: Vec<&RoundTrip> = w.financed_sales.iter().collect();
    list.sort_by(|a, b| b.network_revenue_usd_bn.total_cmp(&a.network_revenue_usd_bn));
    list
}

pub(super) fn origins(x: &Inspection) -> Section {
    let mut statements = Vec::new();
    let mut tables = Vec::new();
    if let Some(w) = x.signed().and_then(View::horizon) {
        let t = &w.tracing;
        for s in sellers(w).into_iter().take(NAMED) {
            statements.extend(first_year(x).map(|y| origin(x, y, s.supplier, &format!(" in {}", y.label))));
            statements.push(origin(x, w, s.supplier, " over the horizon"));
        }
        statements.push(
            "A firm is one purse here: the dollars of its other business are in the mix, which makes the shares of large firms small."
                .into(),
        );
        statements.push(circle(w));
        if !t.converged {
            statements.push("Some firms pass on money that never entered: these numbers have no meaning.".into());
        }
        tables.extend(first_year(x).map(|y| table(x, y, &format!("in {}", y.label))));
        tables.push(table(x, w, "over the horizon"));
    }
    if let Some(w) = x.if_signed().and_then(View::horizon) {
        statements.push(format!("If signed: {}", lower_first(&circle(w))));
    }
    Section { id: "origins", heading: "Whose dollars they are".into(), statements, tables, numbers: Value::Null, figures: &[] }
}

fn first_year(x: &Inspection) -> Option<&Window> {
    x.signed().and_then(|v| v.windows.split_last()).and_then(|(_, years)| years.first())
}

fn origin(x: &Inspection, w: &Window, firm: usize, when: &str) -> String {
    let [customers, shares, debt, cash] = w.tracing.origin[firm];
    format!(
        "Of the dollars that reach {}{when}, {} are end-customer money, {} outside investors' (shares {}, debt {}) and {} savings that firms run down.",
        x.name(firm),
        share(customers),
        share(shares + debt),
        share(shares),
        share(debt),
        share(cash)
    )
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |c| c.to_lowercase().chain(letters).collect())
}

fn circle(w: &Window) -> String {
    let t = &w.tracing;
    format!(
        "Of all dollars received, {} have been at the same firm before (Finn's cycling index); the spectral radius of the shares passed on is {}, and a \
         dollar from outside is received {} times before it leaves.",
        share(t.finn),
        plain(t.spectral_radius),
        plain(t.multiplier)
    )
}

fn table(x: &Inspection, w: &Window, when: &str) -> Grid {
    let t = &w.tracing;
    let row = |i: usize| {
        let lead = [x.name(i), plain(t.inflow_usd_bn[i])];
        lead.into_iter().chain(t.origin[i].iter().map(|v| percent(*v))).chain([percent(t.recycling[i])]).collect()
    };
    Grid {
        caption: format!(
            "Where each firm's dollars first entered, % of all it receives {when} (every dollar paid is the same mix as those received); recycled: % \
             that was at the firm before"
        ),
        header: heads(&["Firm", "Received, USD bn", "Customers", "Outside shares", "Outside debt", "Cash run down", "Recycled"]),
        rows: (0..t.inflow_usd_bn.len()).map(row).collect(),
    }
}

/// "3.1 / 12 / 25".
fn triple(values: [f64; 3], write: impl Fn(f64) -> String) -> String {
    values.map(write).join(" / ")
}

/// Least, in proportion and most, USD bn.
pub(super) fn dollars(r: &RoundTrip) -> String {
    triple([r.lower_usd_bn, r.pro_rata_usd_bn, r.upper_usd_bn], short)
}

fn of_sales(r: &RoundTrip) -> String {
    let sales = r.network_revenue_usd_bn;
    if sales > 0.0 { triple([r.lower_usd_bn, r.pro_rata_usd_bn, r.upper_usd_bn], |v| short(100.0 * v / sales)) } else { String::new() }
}

fn sentence(x: &Inspection, r: &RoundTrip, basis: Basis) -> String {
    let sales = r.network_revenue_usd_bn.max(f64::MIN_POSITIVE);
    format!(
        "{}{} puts {} into firms. Of that, {} at least, {} in proportion and {} at most come back as sales: {}, {} and {} of its {} of sales to firms.",
        if basis == Basis::IfSigned { "If signed: " } else { "" },
        x.name(r.supplier),
        usd(r.financing_usd_bn),
        usd(r.lower_usd_bn),
        usd(r.pro_rata_usd_bn),
        usd(r.upper_usd_bn),
        share(r.lower_usd_bn / sales),
        share(r.pro_rata_usd_bn / sales),
        share(r.upper_usd_bn / sales),
        usd(r.network_revenue_usd_bn)
    )
}

fn whose(r: &RoundTrip) -> (usize, Option<usize>) {
    (r.supplier, r.buyer)
}

/// The year and supplier in which most can come back, as a share of sales.
fn heaviest_year(x: &Inspection, v: &View) -> Option<String> {
    let years = v.windows.split_last().map_or(&[][..], |(_, years)| years);
    let of = |w: &Window, r: &RoundTrip| (w.label.clone(), *r, r.upper_usd_bn / r.network_revenue_usd_bn);
    let all = years
        .iter()
        .flat_map(|w| w.round_trips.iter().filter(|r| r.buyer.is_none() && r.network_revenue_usd_bn > 0.0).map(move |r| of(w, r)));
    let (year, r, _) = all.max_by(|a, b| a.2.total_cmp(&b.2))?;
    Some(format!(
        "{} a single year the share is highest for {} in {year}: {} % (least / in proportion / most) of its sales to firms.",
        if v.basis == Basis::IfSigned { "If signed: in" } else { "In" },
        x.name(r.supplier),
        of_sales(&r)
    ))
}

pub(super) fn round_trips(x: &Inspection) -> Section {
    let mut statements = Vec::new();
    let (mut own, mut any) = (Vec::new(), Vec::new());
    for v in x.each_view() {
        let Some(w) = v.horizon() else { continue };
        let sells = |r: &&RoundTrip| r.buyer.is_none() && r.network_revenue_usd_bn > 0.0;
        // What unsigned deals do not change is said once.
        let plan = x.signed().and_then(View::horizon).filter(|_| v.basis == Basis::IfSigned);
        let is_new = |r: &&RoundTrip| plan.is_none_or(|p| !p.round_trips.iter().any(|q| dollars(q) == dollars(r) && whose(q) == whose(r)));
        let is_alone = |r: &&RoundTrip| r.buyer.is_some() || w.round_trips.iter().filter(|q| q.supplier == r.supplier).count() > 2;
        let is_other =
            |r: &&RoundTrip| plan.is_none_or(|p| !p.financed_sales.iter().any(|q| dollars(q) == dollars(r) && whose(q) == whose(r)));
        statements.extend(w.round_trips.iter().filter(sells).filter(is_new).map(|r| sentence(x, r, v.basis)));
        statements.extend(heaviest_year(x, v));
        own.extend(w.round_trips.iter().filter(is_new).filter(is_alone).map(|r| own_row(x, v.basis, r)));
        any.extend(sellers(w).into_iter().filter(|r| r.upper_usd_bn > 0.0).filter(|r| is_other(r)).map(|r| any_row(x, v.basis, r)));
    }
    if own.is_empty() {
        statements.push("No firm finances another in the plan: there is no round trip of money.".into());
    }
    let tables = vec![
        Grid {
            caption: "What firms put into others (new shares, backstops) and what comes back as their own sales, directly or by way of other firms' \
                      purchases; least / in proportion / most. Direct: sum of the smaller of the two directions"
                .into(),
            header: heads(&["Supplier", "Into", "Deals", "Put in, USD bn", "Direct, USD bn", "Comes back, USD bn", "% of sales to firms"]),
            rows: own,
        },
        Grid {
            caption: "Sales to firms that are paid with money any firm put into any other: least / in proportion / most. The most of several sellers \
                      does not add up"
                .into(),
            header: heads(&["Seller", "Deals", "Sales to firms, USD bn", "All sales, USD bn", "So paid, USD bn", "% of sales to firms"]),
            rows: any,
        },
    ];
    let heading = words::capital("what comes back to suppliers who invest");
    Section { id: "round_trips", heading, statements, tables, numbers: Value::Null, figures: &[] }
}

fn own_row(x: &Inspection, basis: Basis, r: &RoundTrip) -> Vec<String> {
    vec![
        x.name(r.supplier),
        r.buyer.map_or_else(|| "all".to_string(), |b| x.name(b)),
        deals(basis).into(),
        plain(r.financing_usd_bn),
        plain(r.direct_usd_bn),
        dollars(r),
        of_sales(r),
    ]
}

fn any_row(x: &Inspection, basis: Basis, r: &RoundTrip) -> Vec<String> {
    vec![x.name(r.supplier), deals(basis).into(), plain(r.network_revenue_usd_bn), plain(r.revenue_usd_bn), dollars(r), of_sales(r)]
}
