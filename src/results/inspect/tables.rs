//! The tables of `inspect` as CSV: which there are and what their columns hold. No measures.

use super::{Inspection, View, Window};
use crate::circularity::{RoundTrip, SOURCES};

/// Lines of a table.
type Lines = Vec<Vec<String>>;

fn csv(head: &[&str], lines: Lines) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    // Writing into memory cannot fail: every line is as long as the heading.
    let _ = out.write_record(head);
    for line in lines {
        let _ = out.write_record(&line);
    }
    out.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn number(v: f64) -> String {
    if v.is_finite() { v.to_string() } else { String::new() }
}

fn optional(v: Option<f64>) -> String {
    v.map_or_else(String::new, number)
}

fn name(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_string)).unwrap_or_default()
}

/// The tables of the plan and of what is left after each cut: file name and text.
pub fn csv_files(x: &Inspection) -> Vec<(&'static str, String)> {
    vec![
        ("books.csv", books(x)),
        ("contracts.csv", contracts(x)),
        ("order-chains.csv", order_chains(x)),
        ("roundtrip.csv", roundtrip(x)),
        ("origins.csv", origins(x)),
        ("circle.csv", circle(x)),
        ("loops.csv", loops(x)),
        ("concentration.csv", concentration(x)),
        ("coverage.csv", coverage(x)),
        ("backing.csv", backing(x)),
    ]
}

impl Inspection {
    fn id(&self, firm: usize) -> String {
        self.firms.get(firm).map_or_else(|| firm.to_string(), |f| f.id.clone())
    }

    /// Every view with what was cut from it, nothing first.
    fn all_views(&self) -> impl Iterator<Item = (String, &View)> {
        let plain = self.views.iter().map(|v| (String::new(), v));
        plain.chain(self.cuts.iter().flat_map(|c| c.views.iter().map(move |v| (c.asked.clone(), v))))
    }

    /// Lines for every window of every view, with the columns cut, deals and window before them.
    fn by_window(&self, lines: impl Fn(&Window) -> Lines) -> Lines {
        let mut all = Vec::new();
        for (cut, view) in self.all_views() {
            for w in &view.windows {
                let lead = [cut.clone(), name(view.basis), w.label.clone()];
                all.extend(lines(w).into_iter().map(|line| lead.iter().cloned().chain(line).collect()));
            }
        }
        all
    }

    /// Lines for every view.
    fn by_view(&self, lines: impl Fn(&View) -> Lines) -> Lines {
        let lead = |cut: &str, v: &View| [cut.to_string(), name(v.basis)];
        let of = |(cut, v): (String, &View)| -> Lines {
            lines(v).into_iter().map(|line| lead(&cut, v).into_iter().chain(line).collect()).collect()
        };
        self.all_views().flat_map(of).collect()
    }
}

fn books(x: &Inspection) -> String {
    let line = |(i, b): (usize, &super::Book)| {
        let amounts = [b.cash_usd_bn, b.stakes_usd_bn, b.loans_usd_bn, b.enterprise_usd_bn, b.debt_usd_bn, b.owed_usd_bn, b.equity_usd_bn];
        std::iter::once(x.id(i)).chain(amounts.map(number)).collect()
    };
    let head =
        ["firm", "cash_usd_bn", "stakes_usd_bn", "loans_usd_bn", "enterprise_usd_bn", "debt_usd_bn", "loans_owed_usd_bn", "equity_usd_bn"];
    csv(&head, x.books.iter().enumerate().map(line).collect())
}

fn contracts(x: &Inspection) -> String {
    let line = |c: &super::ContractYear| {
        let who = |i: Option<usize>| i.map_or_else(|| "outside".to_string(), |i| x.id(i));
        let lead = [c.contract.clone(), c.kind.to_string(), who(c.from), who(c.to), name(c.stage), c.year.clone()];
        lead.into_iter().chain([c.planned_usd_bn, c.committed_usd_bn].map(number)).collect()
    };
    let head = ["contract", "kind", "from", "to", "stage", "year", "planned_usd_bn", "committed_usd_bn"];
    csv(&head, x.contracts.iter().map(line).collect())
}

fn order_chains(x: &Inspection) -> String {
    let line = |c: &super::OrderChain| vec![c.year.clone(), number(c.largest_passed_on), number(c.spectral_radius)];
    csv(&["year", "largest_passed_on", "spectral_radius"], x.order_chains.iter().map(line).collect())
}

fn roundtrip(x: &Inspection) -> String {
    let over = |v: f64, of: f64| if of > 0.0 { number(v / of) } else { String::new() };
    let line = |whose: &str, r: &RoundTrip| {
        let mut cells = vec![whose.to_string(), x.id(r.supplier), r.buyer.map_or_else(|| "all".to_string(), |b| x.id(b))];
        let amounts = [r.financing_usd_bn, r.purchases_usd_bn, r.direct_usd_bn, r.lower_usd_bn, r.pro_rata_usd_bn, r.upper_usd_bn];
        cells.extend(amounts.map(number));
        cells.extend([r.network_revenue_usd_bn, r.revenue_usd_bn].map(number));
        cells.extend([r.lower_usd_bn, r.pro_rata_usd_bn, r.upper_usd_bn].map(|v| over(v, r.network_revenue_usd_bn)));
        cells.extend([r.lower_usd_bn, r.pro_rata_usd_bn, r.upper_usd_bn].map(|v| over(v, r.revenue_usd_bn)));
        cells
    };
    let lines = x.by_window(|w| {
        let own = w.round_trips.iter().map(|r| line("own", r));
        own.chain(w.financed_sales.iter().map(|r| line("any_firm", r))).collect()
    });
    let head = [
        "cut",
        "deals",
        "window",
        "money_of",
        "supplier",
        "by_way_of",
        "financing_usd_bn",
        "direct_purchases_usd_bn",
        "direct_round_trip_usd_bn",
        "lower_usd_bn",
        "pro_rata_usd_bn",
        "upper_usd_bn",
        "network_revenue_usd_bn",
        "revenue_usd_bn",
        "lower_of_network_revenue",
        "pro_rata_of_network_revenue",
        "upper_of_network_revenue",
        "lower_of_revenue",
        "pro_rata_of_revenue",
        "upper_of_revenue",
    ];
    csv(&head, lines)
}

fn origins(x: &Inspection) -> String {
    let lines = x.by_window(|w| {
        let t = &w.tracing;
        let line = |i: usize| {
            let lead = [x.id(i), number(t.inflow_usd_bn[i])];
            lead.into_iter().chain(t.origin[i].iter().map(|v| number(*v))).chain([number(t.recycling[i])]).collect()
        };
        (0..t.inflow_usd_bn.len()).map(line).collect()
    });
    let sources = SOURCES.map(|s| format!("from_{}", name(s)));
    let mut head = vec!["cut", "deals", "window", "firm", "inflow_usd_bn"];
    head.extend(sources.iter().map(String::as_str));
    head.push("recycling_share");
    csv(&head, lines)
}

fn circle(x: &Inspection) -> String {
    let lines = x.by_window(|w| {
        let t = &w.tracing;
        vec![vec![number(t.finn), number(t.spectral_radius), number(t.multiplier), t.converged.to_string()]]
    });
    csv(&["cut", "deals", "window", "finn_cycling_index", "spectral_radius", "inflow_per_outside_dollar", "is_traceable"], lines)
}

fn loops(x: &Inspection) -> String {
    let line = |l: &super::Numbered| {
        let of = &l.of;
        let join = |parts: Vec<String>| parts.join(" > ");
        let firms: Vec<String> = of.firms.iter().chain(of.firms.first()).map(|&i| x.id(i)).collect();
        let kinds = of.links.iter().map(|k| k.instruments.iter().map(|i| name(*i)).collect::<Vec<_>>().join("+")).collect();
        let contracts = of.links.iter().map(|k| k.contracts.iter().cloned().collect::<Vec<_>>().join("+")).collect();
        let money = of.links.iter().map(|k| number(k.money_usd_bn)).collect();
        let held = of.links.iter().map(|k| number(k.held_usd_bn)).collect();
        let weakest = of.weakest().map_or_else(String::new, |k| format!("{} > {}", x.id(k.from), x.id(k.to)));
        vec![
            l.number.to_string(),
            name(l.basis),
            name(of.class),
            join(firms),
            join(kinds),
            join(contracts),
            join(money),
            join(held),
            number(of.bottleneck_usd_bn),
            weakest,
            number(of.gain),
            number(of.multiplier),
        ]
    };
    let head = [
        "number",
        "deals",
        "class",
        "firms",
        "instruments",
        "contracts",
        "money_usd_bn",
        "held_usd_bn",
        "bottleneck_usd_bn",
        "weakest_link",
        "gain",
        "multiplier",
    ];
    csv(&head, x.loops.iter().map(line).collect())
}

fn concentration(x: &Inspection) -> String {
    let lines = x.by_view(|v| {
        let mut lines = Vec::new();
        for c in &v.counterparties {
            for (what, k) in [("revenue", &c.revenue), ("backlog", &c.backlog)] {
                lines.push(vec![
                    x.id(c.firm),
                    what.to_string(),
                    number(k.total_usd_bn),
                    number(k.hhi),
                    k.first.map_or_else(String::new, |(i, _)| x.id(i)),
                    optional(k.first.map(|f| f.1)),
                    number(k.first_three),
                ]);
            }
        }
        lines
    });
    csv(&["cut", "deals", "firm", "of", "total_usd_bn", "hhi", "first", "first_share", "first_three_share"], lines)
}

fn coverage(x: &Inspection) -> String {
    let lines = x.by_view(|v| {
        let line = |r: &super::CoverageRow| {
            let a = &r.amounts;
            let amounts =
                [a.commitments_usd_bn, a.planned_usd_bn, a.external_revenue_usd_bn, a.cash_usd_bn, a.closed_funding_usd_bn].map(number);
            [x.id(r.firm), r.year.clone()].into_iter().chain(amounts).chain([optional(r.ratio)]).collect()
        };
        v.coverage.iter().map(line).collect()
    });
    let head = [
        "cut",
        "deals",
        "firm",
        "year",
        "commitments_usd_bn",
        "planned_purchases_usd_bn",
        "external_revenue_usd_bn",
        "opening_cash_usd_bn",
        "closed_funding_usd_bn",
        "commitments_over_funds",
    ];
    csv(&head, lines)
}

fn backing(x: &Inspection) -> String {
    let lines = x.by_view(|v| {
        let line = |b: &super::Backing| {
            vec![x.id(b.from), x.id(b.to), name(b.instrument), b.contract.clone(), number(b.usd_bn), number(v.debtrank[b.to])]
        };
        v.backing.iter().map(line).collect()
    });
    csv(&["cut", "deals", "from", "to", "instrument", "contract", "usd_bn", "debtrank_of_backed"], lines)
}
