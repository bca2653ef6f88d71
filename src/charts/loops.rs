//! The loop ledger: how much of each seller's sales to firms can be paid with money that firms put into each other, beside the ring of what closes the
//! loops. No measures.

use super::colours::{self, BLUE, GREY, INK, VERMILLION, tint};
use super::frame::{self, BOTTOM, LEFT, SMALL};
use super::ring::{self, Flow, Ring};
use super::scene::{Scene, Text};
use super::table::Table;
use super::{Picture, words};
use crate::results::FlowKind;
use crate::results::inspect::{Basis, Class, Inspection, Instrument, Link, RoundTrip, View};
use std::collections::BTreeMap;

const MOST_SELLERS: usize = 8;
/// Right end of the longest bar.
const BARS_END: f64 = 520.0;
const BAR: f64 = 14.0;
const RING_X: f64 = 850.0;
const WIDEST: f64 = 18.0;

fn name(x: &Inspection, i: usize) -> String {
    x.firms.get(i).map_or_else(|| format!("firm {i}"), |f| if f.name.is_empty() { f.id.clone() } else { f.name.clone() })
}

/// Sellers whose sales can be paid with firms' money, the largest sales first.
fn sellers(v: &View) -> Vec<RoundTrip> {
    let mut list: Vec<RoundTrip> =
        v.horizon().map(|w| w.financed_sales.clone()).unwrap_or_default().into_iter().filter(|r| r.network_revenue_usd_bn > 0.0).collect();
    list.sort_by(|a, b| b.network_revenue_usd_bn.total_cmp(&a.network_revenue_usd_bn));
    list.truncate(MOST_SELLERS);
    list
}

/// "0 / 0.88 / 11 %" of the sales to firms.
fn triple(r: &RoundTrip) -> String {
    let part = |v: f64| words::share(v / r.network_revenue_usd_bn, 2).replace("\u{a0}%", "");
    format!("{} / {} / {} %", part(r.lower_usd_bn), part(r.pro_rata_usd_bn), part(r.upper_usd_bn))
}

fn title(x: &Inspection, v: &View, list: &[RoundTrip]) -> String {
    let lead = if v.basis == Basis::IfSigned { "If every deal is signed, " } else { "In the plan, " };
    let Some(r) = list.iter().max_by(|a, b| a.pro_rata_usd_bn.total_cmp(&b.pro_rata_usd_bn)).filter(|r| r.upper_usd_bn > 0.0) else {
        return words::capital(&format!("{lead}no sale between firms is paid with money that firms put into each other"));
    };
    let part = |v: f64| words::share(v / r.network_revenue_usd_bn, 2);
    format!(
        "{lead}{} of {} sales to firms are paid, in proportion, with money that firms put into each other ({} at least, {} at most)",
        part(r.pro_rata_usd_bn),
        crate::results::words::possessive(&name(x, r.supplier)),
        part(r.lower_usd_bn),
        part(r.upper_usd_bn)
    )
}

fn draw_ledger(scene: &mut Scene, x: &Inspection, list: &[RoundTrip], top: f64) {
    let largest = list.iter().map(|r| r.network_revenue_usd_bn).fold(f64::MIN_POSITIVE, f64::max);
    let step = ((BOTTOM - 92.0 - top) / list.len().max(1) as f64).min(64.0);
    for (k, r) in list.iter().enumerate() {
        let y = top + 20.0 + k as f64 * step;
        let px = |v: f64| LEFT + (BARS_END - LEFT) * v / largest;
        scene.text(Text::new(LEFT, y, name(x, r.supplier), 14.0, INK).bold());
        let label = format!("{} · {}", words::usd_plain(r.network_revenue_usd_bn), triple(r));
        scene.text(Text::new(BARS_END, y, label, SMALL, GREY).end());
        let (low, high) = (y + 11.0, y + 11.0 + BAR);
        scene.rect((LEFT, low), (px(r.network_revenue_usd_bn), high), BLUE, 1.0);
        let amounts = [r.lower_usd_bn, r.pro_rata_usd_bn, r.upper_usd_bn].map(words::usd_plain).join(" / ");
        let text = format!(
            "{}, sales to firms: {} in the plan, of these paid with firms' money {amounts} (least / in proportion / most)",
            name(x, r.supplier),
            words::usd_plain(r.network_revenue_usd_bn)
        );
        scene.value_in((LEFT, low), (px(r.network_revenue_usd_bn), high), text);
        scene.rect((LEFT, low), (px(r.upper_usd_bn), high), tint(VERMILLION, 0.4), 1.0);
        scene.rect((LEFT, low), (px(r.pro_rata_usd_bn), high), VERMILLION, 1.0);
    }
    let keys = [
        (VERMILLION, "in proportion paid with money that firms put into each other"),
        (tint(VERMILLION, 0.4), "at most so paid: the largest flow"),
        (BLUE, "organic: paid with other money in any case"),
    ];
    for (k, (colour, text)) in keys.into_iter().enumerate() {
        let y = BOTTOM - 48.0 + 20.0 * k as f64;
        scene.rect((LEFT, y - 6.0), (LEFT + 24.0, y + 6.0), colour, 1.0);
        scene.text(Text::new(LEFT + 34.0, y, text, SMALL, GREY));
    }
}

/// The kind of arrow that a link is drawn as.
fn kind(l: &Link) -> FlowKind {
    let has = |i: Instrument| l.instruments.contains(&i);
    if l.money_usd_bn > 0.0 && has(Instrument::Equity) {
        FlowKind::Investment
    } else if l.money_usd_bn > 0.0 {
        FlowKind::Purchase
    } else if has(Instrument::Stake) {
        FlowKind::Stake
    } else if has(Instrument::Loan) {
        FlowKind::Loan
    } else if has(Instrument::Backstop) {
        FlowKind::Backstop
    } else {
        FlowKind::Warrant
    }
}

/// The links of the loops: every loop of money, and those of two firms that something held closes.
fn links(x: &Inspection) -> Vec<Flow> {
    let mut found: BTreeMap<(usize, usize), Flow> = BTreeMap::new();
    for l in x.loops.iter().filter(|l| l.of.class == Class::Money || l.of.firms.len() == 2) {
        for k in &l.of.links {
            let flow = Flow { from: k.from, to: k.to, kind: kind(k), usd_bn: k.usd_bn(), in_loop: true };
            // A link of a loop that only unsigned deals close is at its amount with them.
            found
                .entry((k.from, k.to))
                .and_modify(|f| {
                    if flow.usd_bn > f.usd_bn {
                        *f = flow
                    }
                })
                .or_insert(flow);
        }
    }
    found.into_values().collect()
}

fn draw_ring(scene: &mut Scene, x: &Inspection, flows: &[Flow], top: f64) {
    let mut firms: Vec<usize> = flows.iter().flat_map(|f| [f.from, f.to]).collect();
    firms.sort_by_key(|&i| (x.firms.get(i).map(|f| f.kind), i));
    firms.dedup();
    let (top, bottom) = (top + 34.0, BOTTOM - 62.0);
    let ring = Ring::at(&firms, (RING_X, (top + bottom) / 2.0), (bottom - top) / 2.0 - 18.0);
    let largest = flows.iter().map(|f| f.usd_bn).fold(f64::MIN_POSITIVE, f64::max);
    for (f, bow) in ring::bows(&ring, flows) {
        let width = (WIDEST * f.usd_bn / largest).max(1.6);
        let colour = colours::of_flow(f.kind);
        scene.value_along(bow.line(), width / 2.0, ring::arrow_told(&name(x, f.from), &name(x, f.to), &f));
        scene.area(&bow.arrow(width), if f.kind == FlowKind::Purchase { tint(colour, 0.45) } else { colour }, 1.0);
    }
    for &i in &firms {
        if let Some(at) = ring.point(i) {
            scene.disc(at, ring::NODE, INK);
        }
        if let Some(text) = ring.label(i, &name(x, i), 14.0, 130.0) {
            scene.text(text);
        }
    }
    draw_key(scene, flows);
}

/// What the colours of the arrows mean, with the dollars of each.
fn draw_key(scene: &mut Scene, flows: &[Flow]) {
    let mut sums: BTreeMap<FlowKind, f64> = BTreeMap::new();
    flows.iter().for_each(|f| *sums.entry(f.kind).or_default() += f.usd_bn);
    for (k, (kind, usd_bn)) in sums.into_iter().enumerate() {
        let (at, y) = (RING_X - 250.0 + 250.0 * (k / 2) as f64, BOTTOM - 28.0 + 20.0 * (k % 2) as f64);
        let colour = colours::of_flow(kind);
        scene.line(&[(at, y), (at + 24.0, y)], if kind == FlowKind::Purchase { tint(colour, 0.45) } else { colour }, 6.0);
        let text = format!("{} {}", ring::kind_words(kind).0, words::usd_plain(usd_bn));
        scene.text(Text::new(at + 32.0, y, text, SMALL, GREY));
    }
}

fn data(x: &Inspection) -> String {
    let head =
        ["deals", "seller", "sales_to_firms_usd_bn", "least_usd_bn", "in_proportion_usd_bn", "most_usd_bn", "organic_for_certain_usd_bn"];
    let mut table = Table::new(&head);
    for v in &x.views {
        let deals = if v.basis == Basis::IfSigned { "if_signed" } else { "signed" };
        for r in v.horizon().map(|w| w.financed_sales.as_slice()).unwrap_or_default() {
            let organic = r.network_revenue_usd_bn - r.upper_usd_bn;
            let seller = name(x, r.supplier);
            table.row(&[&deals, &seller, &r.network_revenue_usd_bn, &r.lower_usd_bn, &r.pro_rata_usd_bn, &r.upper_usd_bn, &organic]);
        }
    }
    table.text()
}

/// Draws the chart; none without sales between firms.
pub fn draw(x: &Inspection) -> Option<Picture> {
    let v = x.if_signed().or_else(|| x.signed())?;
    let list = sellers(v);
    if list.is_empty() {
        return None;
    }
    let title = title(x, v, &list);
    let subtitle = "Left: sales to firms over the horizon, USD bn, and % of them paid with firms' money (least / in proportion / most: money is fungible). \
                    Right: what closes the loops.";
    let footer = format!("{} · as of {} · no-shock plan, no simulation · bubblerisk {}", x.scenario.title, x.scenario.as_of, x.version);
    let (mut scene, top) = frame::with_footer(&footer, &title, subtitle);
    draw_ledger(&mut scene, x, &list, top);
    let flows = links(x);
    draw_ring(&mut scene, x, &flows, top);
    let alt = format!("{title}. Bars for {} sellers; {} arrows on a ring.", list.len(), flows.len());
    Some(Picture { name: "loops", title, alt, data_csv: data(x), scene })
}
