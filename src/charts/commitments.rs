//! What the most committed buyers must pay each year beside the money that the plan has for it. Nothing random: this is the plan.

use super::colours::{self, BLUE, Colour, GREY, INK, PALE, VERMILLION};
use super::frame::{self, Axis, BOTTOM, LEFT, Label, RIGHT};
use super::scene::{Scene, Text};
use super::table::Table;
use super::{Picture, fonts, words};
use crate::results::{PlanRow, Results};

const MOST_FIRMS: usize = 3;

/// Own money; the colours of links stay with links.
const OWN: Colour = Colour(0x55, 0x55, 0x55);
/// Equity from outside: a pale shade of the colour of investments.
const OUTSIDE: Colour = Colour(0xEE, 0xB0, 0x84);
/// Money that is not promised.
const MARKET: Colour = Colour(0xF7, 0xF0, 0x9B);

/// Middle of each layer in pixels and its amount.
type Middles = Vec<(f64, f64)>;

/// One layer of a bar.
struct Layer {
    name: &'static str,
    colour: Colour,
    amount: fn(&PlanRow, f64) -> f64,
}

/// What is due; the second argument is the cash at the start of the year.
const NEEDS: [Layer; 2] = [
    Layer { name: "committed purchases", colour: BLUE, amount: |p, _| p.committed_usd_bn },
    Layer {
        name: "other planned purchases",
        colour: Colour(0x8C, 0xBF, 0xDD),
        amount: |p, _| (p.purchases_usd_bn - p.committed_usd_bn).max(0.0),
    },
];

/// What there is to pay it with.
const FUNDS: [Layer; 5] = [
    Layer {
        name: "operating cash before purchases",
        colour: OWN,
        amount: |p, _| p.external_revenue_usd_bn + p.network_revenue_usd_bn - p.operating_cost_usd_bn,
    },
    Layer { name: "cash at the start of the year", colour: PALE, amount: |_, opening| opening },
    Layer { name: "equity from firms in the network", colour: VERMILLION, amount: |p, _| p.network_equity_usd_bn },
    Layer { name: "signed tranches from outside", colour: OUTSIDE, amount: |p, _| p.outside_tranches_usd_bn },
    Layer { name: "what outside markets could give", colour: MARKET, amount: |p, _| p.outside_capacity_usd_bn },
];

fn sound(p: &PlanRow) -> bool {
    let funds = FUNDS.iter().map(|l| (l.amount)(p, 0.0));
    p.committed_usd_bn.is_finite()
        && p.purchases_usd_bn.is_finite()
        && p.closing_cash_usd_bn.is_finite()
        && funds.into_iter().all(f64::is_finite)
}

/// The plan of one firm: each year with the cash at its start, where that is known.
struct Plan {
    firm: usize,
    years: Vec<(PlanRow, Option<f64>)>,
}

impl Plan {
    fn new(r: &Results, firm: usize) -> Plan {
        let mut rows: Vec<PlanRow> = r.plan.iter().filter(|p| p.firm == firm && sound(p)).cloned().collect();
        rows.sort_by_key(|p| p.year);
        let opening: Vec<Option<f64>> = std::iter::once(None).chain(rows.iter().map(|p| Some(p.closing_cash_usd_bn))).collect();
        let first = rows.first().map(|p| opening_cash(r, p));
        let years = rows.into_iter().zip(opening).enumerate().map(|(n, (p, o))| (p, if n == 0 { first.flatten() } else { o })).collect();
        Plan { firm, years }
    }

    fn committed(&self) -> f64 {
        self.years.iter().map(|(p, _)| p.committed_usd_bn).sum()
    }

    fn heights(&self, layers: &[Layer], year: usize) -> (f64, f64) {
        let (p, opening) = &self.years[year];
        let parts = layers.iter().map(|l| (l.amount)(p, opening.unwrap_or(0.0)));
        parts.fold((0.0, 0.0), |(down, up), v| if v < 0.0 { (down + v, up) } else { (down, up + v) })
    }

    fn range(&self) -> (f64, f64) {
        let all = (0..self.years.len()).flat_map(|n| [self.heights(&NEEDS, n), self.heights(&FUNDS, n)]);
        frame::range(all.flat_map(|(a, b)| [a, b])).unwrap_or((0.0, 1.0))
    }
}

/// Cash at the as-of date: from the fan of cash if there is one, else from the flows of the first year.
fn opening_cash(r: &Results, p: &PlanRow) -> Option<f64> {
    let fan = r.fans.iter().find(|f| f.firm == p.firm && f.quantity == crate::results::FanQuantity::Cash && f.quarter == 0);
    let flows = p.external_revenue_usd_bn
        + p.network_revenue_usd_bn
        + p.network_equity_usd_bn
        + p.outside_tranches_usd_bn
        + p.new_equity_usd_bn
        + p.new_debt_usd_bn
        - p.operating_cost_usd_bn
        - p.debt_service_usd_bn
        - p.capex_usd_bn
        - p.purchases_usd_bn
        - p.investments_usd_bn;
    fan.map(|f| f.plan).or(Some(p.closing_cash_usd_bn - flows)).filter(|v| v.is_finite())
}

/// The buyers with the largest commitments.
fn shown(r: &Results) -> Vec<Plan> {
    let mut plans: Vec<Plan> = (0..r.firms.len()).map(|i| Plan::new(r, i)).filter(|p| p.committed() > 0.0).collect();
    plans.sort_by(|a, b| b.committed().total_cmp(&a.committed()));
    plans.truncate(MOST_FIRMS);
    plans
}

/// What is sure: everything but outside capacity.
fn sure(p: &PlanRow, opening: Option<f64>) -> f64 {
    FUNDS[..4].iter().map(|l| (l.amount)(p, opening.unwrap_or(0.0))).sum()
}

fn title(r: &Results, plan: &Plan) -> String {
    let name = words::firm(r, plan.firm);
    let gap = |(p, o): &&(PlanRow, Option<f64>)| p.committed_usd_bn - sure(p, *o);
    let worst = plan.years.iter().max_by(|a, b| gap(a).total_cmp(&gap(b)));
    match worst {
        Some((p, o)) if p.committed_usd_bn > sure(p, *o) => {
            let (due, has) = (words::usd_plain(p.committed_usd_bn), words::usd_plain(sure(p, *o)));
            format!("{name} is committed to {due} of purchases in {} and has {has} without new outside money", p.year)
        }
        _ => format!("{name} can pay its {} of commitments without new outside money in every year", words::usd_plain(plan.committed())),
    }
}

/// One stacked bar; returns where its layers are.
fn draw_bar(scene: &mut Scene, layers: &[Layer], year: &(PlanRow, Option<f64>), edges: (f64, f64), y: &Axis) -> Middles {
    let (mut up, mut down) = (0.0, 0.0);
    let mut middles = Vec::new();
    for l in layers {
        let amount = (l.amount)(&year.0, year.1.unwrap_or(0.0));
        let side: &mut f64 = if amount < 0.0 { &mut down } else { &mut up };
        let (from, to) = (*side, *side + amount);
        *side = to;
        scene.rect((edges.0, y.at(to)), (edges.1, y.at(from)), l.colour, 1.0);
        middles.push(((y.at(from) + y.at(to)) / 2.0, amount));
    }
    if down < 0.0 {
        let net = y.at(up + down);
        scene.line(&[(edges.0 - 2.0, net), (edges.1 + 2.0, net)], INK, 2.6);
    }
    middles
}

/// All years of one firm; the labels of layers stand beside the last year if asked for.
fn draw_plan(scene: &mut Scene, r: &Results, plan: &Plan, box_: [f64; 4], labelled: bool) {
    let [left, top, right, bottom] = box_;
    let (low, high) = plan.range();
    let y = Axis::linear(low.min(0.0), high.max(1e-6) * 1.03, bottom, top);
    let name = fonts::fit(&words::firm(r, plan.firm), 15.0, true, right - left);
    scene.text(Text::new(left - 36.0, top - 36.0, name, 15.0, INK).bold());
    frame::left_axis(scene, &y, left, right, &frame::plain_ticks(&y, if labelled { 7 } else { 4 }), "USD bn a year", 12.0);
    let step = (right - left) / plan.years.len() as f64;
    let mut last = (Vec::new(), Vec::new());
    for (n, year) in plan.years.iter().enumerate() {
        let x = left + step * n as f64;
        last.0 = draw_bar(scene, &NEEDS, year, (x + 0.10 * step, x + 0.46 * step), &y);
        last.1 = draw_bar(scene, &FUNDS, year, (x + 0.50 * step, x + 0.86 * step), &y);
        if step > 30.0 || n % 2 == 0 {
            scene.text(Text::new(x + 0.48 * step, bottom + 13.0, year.0.year.to_string(), 12.0, GREY).middle());
        }
        if labelled && n == 0 {
            bar_names(scene, plan, &y, x, step);
        }
    }
    scene.line(&[(left, y.at(0.0)), (right, y.at(0.0))], GREY, 1.0);
    if labelled {
        let year = plan.years.last().map_or(0, |(p, _)| p.year);
        scene.text(Text::new(right - 0.14 * step + 26.0, top - 60.0, format!("in {year}, USD bn"), 12.0, GREY));
        label_layers(scene, &last, right - 0.14 * step, (top, bottom));
    }
}

/// "due" and "funds" above the first pair of bars.
fn bar_names(scene: &mut Scene, plan: &Plan, y: &Axis, x: f64, step: f64) {
    let (due, funds) = (plan.heights(&NEEDS, 0).1, plan.heights(&FUNDS, 0).1);
    scene.text(Text::new(x + 0.28 * step, y.at(due) - 10.0, "due", 12.0, INK).middle().halo());
    scene.text(Text::new(x + 0.68 * step, y.at(funds) - 10.0, "funds", 12.0, INK).middle().halo());
}

fn label_layers(scene: &mut Scene, last: &(Middles, Middles), x: f64, heights: (f64, f64)) {
    let of = |layers: &'static [Layer], middles: &[(f64, f64)]| {
        let pairs: Vec<(&'static Layer, (f64, f64))> = layers.iter().zip(middles.iter().copied()).collect();
        pairs
    };
    let mut labels = Vec::new();
    for (l, (y, amount)) in of(&FUNDS, &last.1).into_iter().chain(of(&NEEDS, &last.0)) {
        let text = format!("{} {}", l.name, words::number(amount, words::digits_of(amount, 2)));
        labels.push(Label { at: (x, y), text, colour: l.colour, bold: false });
    }
    let (needs, funds) = (labels.split_off(FUNDS.len()), labels);
    frame::label_column(scene, &funds, (x + 26.0, x + 280.0), (heights.0 + 8.0, heights.1 - 8.0), 12.0);
    // The layers of what is due are named by a key above: their bar stands left of the funds.
    let mut at = heights.0 - 12.0;
    for l in needs.iter().rev() {
        scene.rect((x + 26.0, at - 30.0), (x + 38.0, at - 18.0), l.colour, 1.0);
        scene.text(Text::new(x + 44.0, at - 24.0, l.text.clone(), 12.0, colours::as_text(l.colour)));
        at += 17.0;
    }
}

fn data(r: &Results, plans: &[Plan]) -> String {
    let mut header = vec!["firm", "year"];
    let layers: Vec<&Layer> = NEEDS.iter().chain(&FUNDS).collect();
    header.extend(layers.iter().map(|l| l.name));
    let mut table = Table::new(&header);
    for (plan, (p, opening)) in plans.iter().flat_map(|plan| plan.years.iter().map(move |y| (plan, y))) {
        let name = words::firm(r, plan.firm);
        let amounts: Vec<f64> = layers.iter().map(|l| (l.amount)(p, opening.unwrap_or(0.0))).collect();
        let mut fields: Vec<&dyn std::fmt::Display> = vec![&name, &p.year];
        fields.extend(amounts.iter().map(|a| a as &dyn std::fmt::Display));
        table.row(&fields);
    }
    table.text()
}

/// Draws the chart; none if no firm is committed to purchases.
pub(super) fn draw(r: &Results) -> Option<Picture> {
    let plans = shown(r);
    let first = plans.first()?;
    let title = title(r, first);
    let subtitle = "The plan without shocks, by calendar year, USD bn. Left bar: purchases due. Right bar: funds before purchases, capital expenditure and \
                    debt service; a black line marks them net of an operating loss. Opening cash includes money raised outside in the years before.";
    let (mut scene, top) = frame::framed(r, &title, subtitle);
    let (top, bottom) = (top + 60.0, BOTTOM - 28.0);
    if plans.len() == 1 {
        draw_plan(&mut scene, r, first, [LEFT + 50.0, top, RIGHT - 270.0, bottom], true);
    } else {
        let split = LEFT + 735.0;
        draw_plan(&mut scene, r, first, [LEFT + 50.0, top, split - 265.0, bottom], true);
        let high = (bottom - top - 40.0) / (plans.len() - 1) as f64;
        for (n, plan) in plans[1..].iter().enumerate() {
            let y = top + (high + 40.0) * n as f64 + if n > 0 { 12.0 } else { 0.0 };
            draw_plan(&mut scene, r, plan, [split + 60.0, y, RIGHT, y + high - 22.0], false);
        }
    }
    let alt = format!("{title}. Stacked bars of purchases due and of funds by year for {}.", words::plural(plans.len(), "firm", "firms"));
    Some(Picture { name: "commitments-against-funds", title, alt, data_csv: data(r, &plans), scene })
}
