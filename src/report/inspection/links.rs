//! Loops, concentration and who backs whom, in words. No measures.

use super::{deal_names, deals, heads, percent, plain, share, usd};
use crate::report::{Grid, Section};
use crate::results::inspect::{Backing, Basis, Class, Inspection, LONGEST, MOST_LOOPS, Numbered, View, count};
use crate::results::words;
use serde_json::Value;

/// Loops of each class and plan that are shown; the file has all.
const SHOWN: usize = 5;
/// Most rows of who backs whom.
const BACKERS: usize = 12;

fn class(c: Class) -> &'static str {
    match c {
        Class::Money => "money",
        Class::Held => "held",
        Class::Trade => "trade",
    }
}

/// "Nvidia (new shares) Anthropic (purchases) Microsoft".
fn chain(x: &Inspection, l: &Numbered) -> String {
    let link = |k: &crate::results::inspect::Link| {
        let by: Vec<&str> = k.instruments.iter().map(|i| i.name()).collect();
        format!("{} ({})", x.name(k.from), by.join(", "))
    };
    l.of.links.iter().map(link).collect::<Vec<_>>().join(" > ")
}

pub(super) fn loops(x: &Inspection) -> Section {
    let of = |c, b| count(&x.loops, c, b) as u64;
    let total = x.loops.iter().filter(|l| l.basis == Basis::Signed).count() as u64;
    let mut statements = vec![format!(
        "The plan has {} of at most {LONGEST} firms: {} with planned money on every link and finance on one (money), {} that a stake, loan, warrant or \
         backstop closes without planned money (held), {} of purchases alone (trade).",
        words::plural(total, "loop", "loops"),
        words::count(of(Class::Money, Basis::Signed)),
        words::count(of(Class::Held, Basis::Signed)),
        words::count(of(Class::Trade, Basis::Signed))
    )];
    let more = x.loops.len() as u64 - total;
    if more > 0 {
        statements.push(format!(
            "Deals not yet signed would close {} more, {} of them with money.",
            words::count(more),
            of(Class::Money, Basis::IfSigned)
        ));
    }
    if x.views.iter().any(|v| v.loops.is_capped) {
        statements.push(format!(
            "There are more than {}: only the shortest were looked at, and longer ones may be missing from the list.",
            words::count(MOST_LOOPS as u64)
        ));
    }
    let strongest = x.loops.iter().filter(|l| l.of.class == Class::Money).max_by(|a, b| a.of.gain.total_cmp(&b.of.gain));
    statements.extend(strongest.map(|l| {
        let (back, times) = (share(l.of.gain), format!("{:.4}", l.of.multiplier));
        format!(
            "The strongest loop of money, number {}, returns {back} of a dollar to where it started: a multiplier of {times}.",
            l.number
        )
    }));
    let table = Grid {
        caption: format!(
            "The loops with the largest bottleneck (the smallest amount on a link: planned money, or value held), {SHOWN} of each class; gain: share of a \
             dollar at a firm that comes back to it along the loop. loops.csv has all"
        ),
        header: heads(&["No.", "Class", "Deals", "Loop", "Bottleneck, USD bn", "Gain, %"]),
        rows: shown(x).into_iter().map(|l| row(x, l)).collect(),
    };
    Section { id: "loops", heading: "Along which loops".into(), statements, tables: vec![table], numbers: Value::Null, figures: &["loops"] }
}

fn shown(x: &Inspection) -> Vec<&Numbered> {
    let mut list = Vec::new();
    for b in [Basis::Signed, Basis::IfSigned] {
        for c in [Class::Money, Class::Held, Class::Trade] {
            list.extend(x.loops.iter().filter(|l| l.basis == b && l.of.class == c).take(SHOWN));
        }
    }
    list
}

fn row(x: &Inspection, l: &Numbered) -> Vec<String> {
    let gain = if l.of.class == Class::Held { String::new() } else { percent(l.of.gain) };
    vec![l.number.to_string(), class(l.of.class).into(), deals(l.basis).into(), chain(x, l), plain(l.of.bottleneck_usd_bn), gain]
}

pub(super) fn concentration(x: &Inspection) -> Section {
    let mut statements = Vec::new();
    let mut tables = Vec::new();
    if let Some(v) = x.signed() {
        if let Some(c) = v.counterparties.iter().max_by(|a, b| a.backlog.total_usd_bn.total_cmp(&b.backlog.total_usd_bn))
            && let Some((first, part)) = c.backlog.first
        {
            statements.push(format!(
                "The largest committed backlog is that of {}: {}, of which {} is to come from {}.",
                x.name(c.firm),
                usd(c.backlog.total_usd_bn),
                share(part),
                x.name(first)
            ));
        }
        statements.push(overlap(x, v));
        statements.extend(v.gross_over_net.map(|g| {
            format!("Market values added up count {} times what is held outside the firms (gross over net capitalisation).", plain(g))
        }));
        statements.extend(debtrank(x, v));
        tables.push(counterparties(x, v));
        tables.push(backing(x, v));
    }
    Section { id: "concentration", heading: "On whom it hangs".into(), statements, tables, numbers: Value::Null, figures: &[] }
}

fn overlap(x: &Inspection, v: &View) -> String {
    let words_of = |v: &View| {
        format!(
            "{} of a supplier and a buyer that it puts new money into; {} where stakes, loans, warrants and backstops count, too",
            words::plural(v.financed_pairs as u64, "pair", "pairs"),
            words::count(v.backed_pairs as u64)
        )
    };
    let more = x.if_signed().map_or_else(String::new, |v| format!(" If signed: {} and {}.", v.financed_pairs, v.backed_pairs));
    format!("Supplier and investor in one: {}.{more}", words_of(v))
}

fn debtrank(x: &Inspection, v: &View) -> Option<String> {
    let (worst, lost) = v.debtrank.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    (*lost > 0.0).then(|| {
        format!(
            "If all of its value were lost, {} would take the most from the others: {} of their value (linear DebtRank along stakes, loans, backstops and \
             the committed purchases of the first year).",
            x.name(worst),
            share(*lost)
        )
    })
}

fn counterparties(x: &Inspection, v: &View) -> Grid {
    let first = |k: &crate::results::inspect::Concentration| {
        k.first.map_or_else(String::new, |(i, part)| format!("{} {}", x.name(i), percent(part)))
    };
    let mut rows: Vec<_> = v.counterparties.iter().collect();
    rows.sort_by(|a, b| b.backlog.total_usd_bn.total_cmp(&a.backlog.total_usd_bn));
    let row = |c: &&crate::results::inspect::Counterparties| {
        let (r, b) = (&c.revenue, &c.backlog);
        vec![
            x.name(c.firm),
            plain(r.total_usd_bn),
            first(r),
            percent(r.first_three),
            format!("{:.3}", r.hhi),
            plain(b.total_usd_bn),
            first(b),
            percent(b.first_three),
            format!("{:.3}", b.hhi),
        ]
    };
    Grid {
        caption: "Revenue over the horizon and committed backlog (take-or-pay part, after the horizon too) by buyer: the largest buyer and its %, the \
                  three largest, HHI from 0 to 1; end customers have no name and count as many"
            .into(),
        header: heads(&["Seller", "Revenue, USD bn", "Largest, %", "Three, %", "HHI", "Backlog, USD bn", "Largest, %", "Three, %", "HHI"]),
        rows: rows.iter().map(row).collect(),
    }
}

/// Who backs whom, the tranches of a deal added up, the largest first.
fn backers(v: &View) -> Vec<(&Backing, String, f64)> {
    let mut sums: Vec<(&Backing, String, f64)> = Vec::new();
    for b in &v.backing {
        let deal = deal_names(std::slice::from_ref(&b.contract)).concat();
        match sums.iter_mut().find(|s| (s.0.from, s.0.to, s.0.instrument) == (b.from, b.to, b.instrument) && s.1 == deal) {
            Some(sum) => sum.2 += b.usd_bn,
            None => sums.push((b, deal, b.usd_bn)),
        }
    }
    sums.sort_by(|a, b| b.2.total_cmp(&a.2));
    sums
}

fn backing(x: &Inspection, v: &View) -> Grid {
    let all = backers(v);
    let row = |(b, deal, usd_bn): &(&Backing, String, f64)| {
        vec![x.name(b.from), x.name(b.to), b.instrument.name().into(), deal.clone(), plain(*usd_bn)]
    };
    Grid {
        caption: format!(
            "Who backs whom: stakes and warrants at fair value, loans outstanding, backstops at their cap, new shares at what is planned; the {} largest \
             of {}",
            all.len().min(BACKERS),
            all.len()
        ),
        header: heads(&["Who", "Whom", "By", "Deal", "USD bn"]),
        rows: all.iter().take(BACKERS).map(row).collect(),
    }
}
