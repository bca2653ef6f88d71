//! What the plan of the largest buyer needs beside what its operations bring in, and where the rest comes from. Nothing random: this is the plan.

use super::colours::{BLUE, Colour, GREY, INK, PALE, VERMILLION};
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::funds::{FUNDS, NEEDS, Plan, Total, Year};
use super::scene::{Scene, Text};
use super::table::Table;
use super::{Picture, fonts, words};
use crate::results::Results;
use crate::results::words::possessive;

const MOST_SMALL: usize = 4;

/// Names and colours of what is due, in the order of `Year::needs`; the colours of links stay with links.
const DUE: [(&str, Colour); NEEDS] = [
    ("committed purchases", BLUE),
    ("other planned purchases", Colour(0x8C, 0xBF, 0xDD)),
    ("capital expenditure", Colour(0xC9, 0xA8, 0x7C)),
    ("debt service", Colour(0x7A, 0x5C, 0x3A)),
    ("investments in other firms", VERMILLION),
    ("operating loss", Colour(0x22, 0x22, 0x22)),
];

/// Names and colours of what there is, in the order of `Year::funds`.
const HAS: [(&str, Colour); FUNDS] = [
    ("operating cash before purchases", Colour(0x55, 0x55, 0x55)),
    ("cash at the start", PALE),
    ("equity from firms in the network", VERMILLION),
    ("planned outside rounds (assumed or signed)", Colour(0xEE, 0xB0, 0x84)),
    ("new outside money at market", Colour(0xF0, 0xE4, 0x42)),
];

/// Name of what is drawn dashed.
const CAPACITY: &str = "what outside markets could give";

/// The largest buyer, by commitments or else by purchases; then those that depend most on money from elsewhere.
fn shown(r: &Results) -> Vec<Plan> {
    let mut plans: Vec<Plan> = (0..r.firms.len()).map(|i| Plan::new(r, i)).filter(|p| p.purchases() > 0.0).collect();
    let size = |p: &Plan| if p.committed() > 0.0 { (1, p.committed()) } else { (0, p.purchases()) };
    plans.sort_by(|a, b| size(b).0.cmp(&size(a).0).then(size(b).1.total_cmp(&size(a).1)));
    let rest = if plans.is_empty() { Vec::new() } else { plans.split_off(1) };
    let mut strained: Vec<Plan> = rest.into_iter().filter(|p| p.shortfall().is_some()).collect();
    strained.sort_by(|a, b| b.strain().total_cmp(&a.strain()));
    strained.truncate(MOST_SMALL);
    plans.extend(strained);
    plans
}

fn title(r: &Results, plan: &Plan) -> String {
    let whose = possessive(&words::firm(r, plan.firm));
    let Some(t) = plan.shortfall() else {
        return format!("{whose} operations bring in what its plan needs for purchases, capital expenditure and debt in every year");
    };
    let mut parts = Vec::new();
    for (amount, text) in
        [(t.sources[0], "is in cash"), (t.sources[1], "is to come from firms in the network"), (t.outside(), "from outside")]
    {
        if amount > 0.005 * t.gap {
            parts.push(format!("{} {text}", words::usd_plain(amount)));
        }
    }
    if let Some(last) = parts.last_mut().filter(|l| l.ends_with("from outside") && t.sources[1] <= 0.005 * t.gap) {
        *last = format!("{} is to come from outside", words::usd_plain(t.outside()));
    }
    if t.missing() > 0.0 {
        parts.push(format!("{} is not financed", words::usd_plain(t.missing())));
    }
    let gap = words::usd_plain(t.gap);
    format!("{whose} plan needs {gap} more than its operations bring in by {}: {}", t.year, parts.join(", "))
}

/// A stack of amounts, each of which can be read; `whose` is the firm and the year.
fn draw_stack<const N: usize>(
    scene: &mut Scene,
    (amounts, names): (&[f64; N], &[(&'static str, Colour); N]),
    edges: (f64, f64),
    y: &Axis,
    whose: &str,
) {
    let mut height = 0.0;
    for (&amount, (name, colour)) in amounts.iter().zip(names).filter(|(a, _)| **a > 0.0) {
        let (a, b) = ((edges.0, y.at(height + amount)), (edges.1, y.at(height)));
        scene.rect(a, b, *colour, 1.0);
        scene.value_in(a, b, format!("{whose}, {name}: {} in the plan, without shocks", words::usd_plain(amount)));
        height += amount;
    }
}

/// The dashed outline of what outside markets could give, cut at the frame.
fn draw_capacity(scene: &mut Scene, year: &Year, edges: (f64, f64), y: &Axis, whose: &str) {
    let base: f64 = year.funds[..FUNDS - 1].iter().sum();
    let (low, high) = (y.at(base), y.at(base + year.capacity));
    if year.capacity <= 0.0 || low - high < 1.0 {
        return;
    }
    let (a, b) = (edges.0 + 0.5, edges.1 - 0.5);
    scene.dashes(&[(a, low), (a, high)], GREY, 1.0);
    scene.dashes(&[(b, low), (b, high)], GREY, 1.0);
    if base + year.capacity <= y.high {
        scene.dashes(&[(a, high), (b, high)], GREY, 1.0);
    }
    let amount = words::usd_plain(year.capacity);
    scene.value_in((a, high), (b, low), format!("{whose}, {CAPACITY}: {amount} in the plan, without shocks"));
    let text = words::number(year.capacity, words::digits_of(year.capacity, 2));
    scene.text(Text::new((a + b) / 2.0, high - 8.0, text, 11.5, GREY).middle().halo());
}

/// The years of one firm between the edges of a box.
fn draw_years(scene: &mut Scene, r: &Results, plan: &Plan, [left, top, right, bottom]: [f64; 4], is_main: bool) {
    let highest = plan.years.iter().flat_map(|y| [y.due(), y.funds.iter().sum()]).fold(1e-6, f64::max);
    let y = Axis::linear(0.0, highest * if is_main { 1.22 } else { 1.12 }, bottom, top);
    let ticks = frame::plain_ticks(&y, if is_main { 6 } else { 3 });
    frame::left_axis(scene, &y, left, right, &ticks, if is_main { "USD bn a year" } else { "" }, 12.0);
    let step = (right - left) / plan.years.len() as f64;
    for (n, year) in plan.years.iter().enumerate() {
        let x = left + step * n as f64;
        let (a, b) = ((x + 0.10 * step, x + 0.46 * step), (x + 0.50 * step, x + 0.86 * step));
        let whose = format!("{}, {}", words::firm(r, plan.firm), year.year);
        draw_stack(scene, (&year.needs, &DUE), a, &y, &whose);
        if is_main {
            draw_capacity(scene, year, b, &y, &whose);
        }
        draw_stack(scene, (&year.funds, &HAS), b, &y, &whose);
        let label = if step > 34.0 { year.year.to_string() } else { format!("{:02}", year.year.rem_euclid(100)) };
        let named = is_main && step > 80.0;
        scene.text(Text::new(x + 0.48 * step, bottom + if named { 29.0 } else { 13.0 }, label, 12.0, GREY).middle());
        for (edges, name) in [(a, "due"), (b, "funds")].into_iter().filter(|_| named) {
            scene.text(Text::new((edges.0 + edges.1) / 2.0, bottom + 12.0, name, 11.5, INK).middle());
        }
    }
    scene.line(&[(left, bottom), (right, bottom)], GREY, 1.0);
}

/// One line of the account: a square of colour, a name and an amount.
struct Entry {
    colour: Option<Colour>,
    name: String,
    amount: f64,
    bold: bool,
}

/// The account of the gap, which is the key at the same time.
fn entries(r: &Results, t: &Total, is_gap: bool) -> Vec<Entry> {
    let line = |name: &str, colour: Colour, amount: f64| Entry { colour: Some(colour), name: name.to_string(), amount, bold: false };
    let sum = |name: String, amount: f64| Entry { colour: None, name, amount, bold: true };
    let mut all: Vec<Entry> = DUE.iter().zip(t.needs).map(|((n, c), a)| line(n, *c, a)).collect();
    // Rare layers are named only where they are drawn.
    all.retain(|e| e.amount > 0.0 || DUE[..4].iter().any(|d| d.0 == e.name));
    all.push(line(&format!("less {}", HAS[0].0), HAS[0].1, -t.operating));
    all.push(sum(if is_gap { "more than operations bring in" } else { "due less operating cash" }.to_string(), t.gap));
    let cash = format!("cash on {}", r.scenario.as_of);
    for (i, amount) in t.sources.into_iter().enumerate() {
        all.push(line(if i == 0 { &cash } else { HAS[i + 1].0 }, HAS[i + 1].1, amount));
    }
    let mut rest = |name: String, amount: f64| all.push(Entry { colour: None, name, amount, bold: false });
    rest(format!("less cash left at the end of {}", t.year), -t.closing);
    if t.missing() > 0.0 {
        rest("not financed in the plan".to_string(), t.missing());
    }
    all
}

fn has_capacity(plan: &Plan) -> bool {
    plan.years.iter().any(|y| y.capacity > 0.0)
}

fn draw_account(scene: &mut Scene, r: &Results, plan: &Plan, [left, top, right, bottom]: [f64; 4]) {
    let gap = plan.shortfall();
    let Some(t) = gap.or_else(|| plan.whole()) else { return };
    let all = entries(r, &t, gap.is_some());
    let step = ((bottom - top - 22.0) / (all.len() + 1) as f64).min(20.0);
    scene.text(Text::new(left, top, format!("Summed to the end of {}, USD bn", t.year), 13.0, INK).bold());
    let mut y = top + 4.0;
    for e in &all {
        y += step;
        if let Some(colour) = e.colour {
            scene.rect((left, y - 6.0), (left + 12.0, y + 6.0), colour, 1.0);
        }
        let amount = words::number(e.amount, words::digits_of(e.amount, 2));
        let (name, amount) = (Text::new(left + 20.0, y, e.name.clone(), 12.5, INK), Text::new(right, y, amount, 12.5, INK).end());
        scene.text(if e.bold { name.bold() } else { name });
        scene.text(if e.bold { amount.bold() } else { amount });
        if e.bold {
            scene.line(&[(left, y - 0.5 * step), (right, y - 0.5 * step)], GREY, 0.8);
            y += 6.0;
        }
    }
    if has_capacity(plan) {
        let (a, b, top, low) = (left, left + 12.0, y + step - 6.0, y + step + 6.0);
        scene.dashes(&[(a, low), (a, top), (b, top), (b, low)], GREY, 1.0);
        scene.text(Text::new(left + 20.0, y + step, "dashed: what outside markets could give in the year", 12.5, GREY));
    }
}

/// One of the small charts, with its finding above.
fn draw_small(scene: &mut Scene, r: &Results, plan: &Plan, [left, top, right, bottom]: [f64; 4]) {
    let name = fonts::fit(&words::firm(r, plan.firm), 14.0, true, right - left);
    scene.text(Text::new(left - 30.0, top - 36.0, name, 14.0, INK).bold());
    if let Some(t) = plan.shortfall() {
        let own = t.operating - t.needs[NEEDS - 1];
        let times = words::number(t.gap / own, words::digits_of(t.gap / own, 2));
        let against = if own > 0.0 { format!("{times} times operating cash") } else { "operations lose money".to_string() };
        let text = format!("gap to {}: {}, {against}", t.year, words::usd_plain(t.gap));
        scene.text(Text::new(left - 30.0, top - 19.0, fonts::fit(&text, 12.0, false, right - left + 34.0), 12.0, GREY));
    }
    draw_years(scene, r, plan, [left, top, right, bottom], false);
}

fn data(r: &Results, plans: &[Plan]) -> String {
    let mut header = vec!["firm", "year"];
    header.extend(DUE.iter().chain(&HAS).map(|l| l.0));
    header.extend([CAPACITY, "cash at the end"]);
    let mut table = Table::new(&header);
    for (plan, year) in plans.iter().flat_map(|plan| plan.years.iter().map(move |y| (plan, y))) {
        let name = words::firm(r, plan.firm);
        let mut fields: Vec<&dyn std::fmt::Display> = vec![&name, &year.year];
        fields.extend(year.needs.iter().chain(&year.funds).chain([&year.capacity, &year.closing]).map(|a| a as &dyn std::fmt::Display));
        table.row(&fields);
    }
    table.text()
}

/// Draws the chart; none if no firm plans purchases.
pub(super) fn draw(r: &Results) -> Option<Picture> {
    let plans = shown(r);
    let first = plans.first()?;
    let title = title(r, first);
    let outline = if has_capacity(first) { " Dashed, cut at the frame: what outside markets could give." } else { "" };
    let subtitle = format!(
        "The plan without shocks, by calendar year, USD bn. Left bar: what is due. Right bar: what there is; cash at the start of a year includes what was \
         raised before.{outline}"
    );
    let (mut scene, top) = frame::framed(r, &title, &subtitle);
    let small = &plans[1..];
    let split = if small.is_empty() { BOTTOM - 10.0 } else { top + 0.55 * (BOTTOM - top) };
    scene.text(Text::new(LEFT, top + 4.0, words::firm(r, first.firm), 15.0, INK).bold());
    draw_years(&mut scene, r, first, [LEFT + 46.0, top + 42.0, RIGHT - 420.0, split - 26.0], true);
    draw_account(&mut scene, r, first, [RIGHT - 375.0, top + 6.0, RIGHT, split]);
    let wide = (RIGHT - LEFT + 20.0) / MOST_SMALL.max(1) as f64;
    for (n, plan) in small.iter().enumerate() {
        let left = LEFT + 34.0 + wide * n as f64;
        draw_small(&mut scene, r, plan, [left, split + 86.0, left + wide - 56.0, BOTTOM - 20.0]);
    }
    if !small.is_empty() {
        let head = "Other firms whose plans need most beside their operating cash";
        scene.text(Text::new(LEFT, split + 20.0, head, 13.0, GREY));
    }
    let alt = format!("{title}. Stacked bars of what is due and of funds by year for {}.", words::plural(plans.len(), "firm", "firms"));
    Some(Picture { name: "commitments-against-funds", title, alt, data_csv: data(r, &plans), scene })
}
