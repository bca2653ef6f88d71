//! The ring of planned flows: firms on a circle, arrows as wide as their dollars, the largest round trip opaque and the rest pale. No shares and no losses.

use super::colours::{self, GREY, INK, tint};
use super::frame::{self, BOTTOM, LEFT, SMALL};
use super::scene::{Anchor, Point, Scene, Text, overlap};
use super::table::Table;
use super::{Picture, crowd, fonts, words};
use crate::results::{FlowKind, Results};
use std::collections::BTreeMap;
use std::f64::consts::TAU;

const MOST_FIRMS: usize = 25;
/// Most firms that stand in the order of their kinds with large names; more are a crowd.
const FEW_FIRMS: usize = 14;
/// Width of the largest arrow among few firms, and in a crowd.
const WIDEST: [f64; 2] = [26.0, 17.0];
/// Most arrows with their dollars beside them, among few firms and in a crowd.
const LABELS: [usize; 2] = [14, 8];
/// Share of the largest arrow below which one in a crowd is drawn paler still.
const SMALL_FLOW: f64 = 0.04;
pub(super) const NODE: f64 = 8.0;
/// Shares of the way at which a label may stand, best first.
const SPOTS: [f64; 7] = [0.42, 0.5, 0.34, 0.58, 0.66, 0.27, 0.74];

/// Dollars from one firm to another, of one kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flow {
    pub from: usize,
    pub to: usize,
    pub kind: FlowKind,
    pub usd_bn: f64,
    pub in_loop: bool,
}

fn flows(r: &Results) -> Vec<Flow> {
    let mut sums: BTreeMap<(usize, usize, FlowKind), (f64, bool)> = BTreeMap::new();
    for f in &r.flows {
        if let (Some(from), Some(to)) = (f.from, f.to)
            && from != to
            && from < r.firms.len()
            && to < r.firms.len()
            && f.usd_bn.is_finite()
            && f.usd_bn > 0.0
        {
            let sum = sums.entry((from, to, f.kind)).or_default();
            *sum = (sum.0 + f.usd_bn, sum.1 || f.in_largest_loop);
        }
    }
    sums.into_iter().map(|((from, to, kind), (usd_bn, in_loop))| Flow { from, to, kind, usd_bn, in_loop }).collect()
}

/// The firms shown: those of the largest loop, then those with the largest flows, in an order that keeps kinds together.
fn shown(r: &Results, flows: &[Flow]) -> Vec<usize> {
    let mut through = vec![0.0; r.firms.len()];
    for f in flows {
        let weight = if f.in_loop { 1e12 } else { 0.0 } + f.usd_bn;
        through[f.from] += weight;
        through[f.to] += weight;
    }
    let mut firms: Vec<usize> = (0..r.firms.len()).filter(|&i| through[i] > 0.0).collect();
    firms.sort_by(|&a, &b| through[b].total_cmp(&through[a]));
    firms.truncate(MOST_FIRMS);
    firms.sort_by_key(|&i| (r.firms[i].kind, i));
    if firms.len() > FEW_FIRMS { crowd::order(&firms, flows) } else { firms }
}

pub(super) fn kind_words(kind: FlowKind) -> (&'static str, &'static str) {
    match kind {
        FlowKind::Purchase => ("purchases", "Purchases under contract"),
        FlowKind::Investment => ("investment", "Investments planned"),
        FlowKind::Unsigned => ("unsigned", "Deals not yet signed"),
        FlowKind::Stake => ("stake", "Stakes held, fair value"),
        FlowKind::Loan => ("loan", "Loans"),
        FlowKind::Warrant => ("warrant", "Warrants"),
        FlowKind::Backstop => ("backstop", "Backstops, at their cap"),
    }
}

fn title(r: &Results, flows: &[Flow]) -> String {
    let Some(first) = flows.iter().filter(|f| f.in_loop).max_by(|a, b| a.usd_bn.total_cmp(&b.usd_bn)) else {
        let sum = |unsigned: bool| flows.iter().filter(|f| (f.kind == FlowKind::Unsigned) == unsigned).map(|f| f.usd_bn).sum::<f64>();
        let more = if sum(true) > 0.0 { format!(", {} more if it is signed", words::usd_plain(sum(true))) } else { String::new() };
        let which = if more.is_empty() { "" } else { " of what is signed" };
        return format!("{} is planned or held between the firms{more}; none{which} comes straight back", words::usd_plain(sum(false)));
    };
    let way = |from: usize, to: usize| {
        let of: Vec<&Flow> = flows.iter().filter(|f| f.in_loop && f.from == from && f.to == to).collect();
        let kinds: Vec<&str> = of.iter().map(|f| kind_words(f.kind).0).collect();
        (of.iter().map(|f| f.usd_bn).sum::<f64>(), kinds.join(", "))
    };
    let ((there, there_kinds), (back, back_kinds)) = (way(first.from, first.to), way(first.to, first.from));
    let (a, b) = (words::firm(r, first.from), words::firm(r, first.to));
    if back <= 0.0 {
        return format!("The largest loop runs through {a} and {b}: {} ({there_kinds})", words::usd_plain(there));
    }
    let (there, back) = (words::usd_plain(there), words::usd_plain(back));
    format!("Largest round trip: {a} to {b} {there} ({there_kinds}), back {back} ({back_kinds})")
}

/// Where firms stand.
pub(super) struct Ring {
    pub centre: Point,
    pub radius: f64,
    pub place: BTreeMap<usize, f64>,
}

impl Ring {
    fn new(firms: &[usize], top: f64) -> Self {
        let (top, bottom) = (top + 20.0, BOTTOM - 12.0);
        let across = if firms.len() > FEW_FIRMS { 715.0 } else { 705.0 };
        Ring::at(firms, (across, (top + bottom) / 2.0), (bottom - top) / 2.0 - 22.0)
    }

    fn is_crowd(&self) -> bool {
        self.place.len() > FEW_FIRMS
    }

    /// Firms evenly on a circle, the first at its top.
    pub fn at(firms: &[usize], centre: Point, radius: f64) -> Self {
        let step = TAU / firms.len().max(1) as f64;
        let place = firms.iter().enumerate().map(|(n, &i)| (i, n as f64 * step - TAU / 4.0)).collect();
        Ring { centre, radius, place }
    }

    /// The name of a firm outside of its place.
    pub fn label(&self, firm: usize, name: &str, size: f64, widest: f64) -> Option<Text> {
        let (at, angle) = (self.point(firm)?, self.place.get(&firm)?);
        let out = NODE + 8.0;
        let (x, y) = (at.0 + out * angle.cos(), at.1 + (out + 2.0) * angle.sin());
        let mut text = Text::new(x, y, fonts::fit(name, size, true, widest), size, INK).bold();
        text.anchor = match angle.cos() {
            c if c > 0.25 => Anchor::Start,
            c if c < -0.25 => Anchor::End,
            _ => Anchor::Middle,
        };
        Some(text)
    }

    pub fn point(&self, firm: usize) -> Option<Point> {
        let angle = self.place.get(&firm)?;
        Some((self.centre.0 + self.radius * angle.cos(), self.centre.1 + self.radius * angle.sin()))
    }
}

/// A curve from firm to firm, bent towards the centre and to its own right, so that there and back do not cover each other.
pub(super) struct Bow {
    a: Point,
    bend: Point,
    b: Point,
}

impl Bow {
    fn new(ring: &Ring, f: &Flow, rank: usize) -> Option<Bow> {
        let (a, b) = (ring.point(f.from)?, ring.point(f.to)?);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let length = dx.hypot(dy).max(1.0);
        let middle = ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
        let (inward, aside) = if ring.is_crowd() {
            // Neighbours by a short way, those far apart together through the middle.
            (0.10 + 0.55 * length / (2.0 * ring.radius), (0.06 * length + 6.0).min(24.0) + 13.0 * rank as f64)
        } else {
            (0.45, (0.10 * length + 18.0).min(60.0) + 34.0 * rank as f64)
        };
        let bend = (
            middle.0 + (ring.centre.0 - middle.0) * inward - dy / length * aside,
            middle.1 + (ring.centre.1 - middle.1) * inward + dx / length * aside,
        );
        Some(Bow { a, bend, b })
    }

    fn at(&self, t: f64) -> Point {
        let (p, q, s) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
        (p * self.a.0 + q * self.bend.0 + s * self.b.0, p * self.a.1 + q * self.bend.1 + s * self.b.1)
    }

    /// Small boxes along the curve, for keeping texts off it.
    fn boxes(&self, half: f64) -> impl Iterator<Item = [f64; 4]> + '_ {
        let half = half + 1.0;
        (4..116).map(|i| self.at(f64::from(i) / 120.0)).map(move |(x, y)| [x - half, y - half, x + half, y + half])
    }

    /// Where a text of a size can stand beside the arrow at `t`, left or right of its way.
    fn beside(&self, t: f64, side: f64, half: f64, size: (f64, f64)) -> Point {
        let ((x, y), (a, b)) = (self.at(t), (self.at(t - 0.01), self.at(t + 0.01)));
        let length = (b.0 - a.0).hypot(b.1 - a.1).max(1e-9);
        let (nx, ny) = (-(b.1 - a.1) / length * side, (b.0 - a.0) / length * side);
        let out = half + 6.0 + nx.abs() * size.0 / 2.0 + ny.abs() * size.1 / 2.0;
        (x + nx * out, y + ny * out)
    }

    /// A few points along the curve, off its ends.
    pub fn line(&self) -> Vec<Point> {
        (1..=9).map(|i| self.at(f64::from(i) / 10.0)).collect()
    }

    /// The outline of an arrow of the given width.
    pub fn arrow(&self, width: f64) -> Vec<Point> {
        const STEPS: usize = 48;
        let far = |p: Point, q: Point| (p.0 - q.0).hypot(p.1 - q.1);
        let points: Vec<Point> = (0..=STEPS * 4).map(|i| self.at(i as f64 / (STEPS * 4) as f64)).collect();
        let head = 7.0 + 1.1 * width;
        let body: Vec<Point> =
            points.iter().copied().filter(|&p| far(p, self.a) > NODE + 1.0 && far(p, self.b) > NODE + 2.0 + head).step_by(3).collect();
        let (Some(&neck), true) = (body.last(), body.len() > 2) else { return Vec::new() };
        let tip = points.iter().rev().copied().find(|&p| far(p, self.b) > NODE + 2.0).unwrap_or(self.b);
        let side = |i: usize, sign: f64, half: f64| {
            let (p, q) = (body[i.saturating_sub(1)], body[(i + 1).min(body.len() - 1)]);
            let length = far(p, q).max(1e-9);
            (body[i].0 - sign * (q.1 - p.1) / length * half, body[i].1 + sign * (q.0 - p.0) / length * half)
        };
        let mut outline: Vec<Point> = (0..body.len()).map(|i| side(i, 1.0, width / 2.0)).collect();
        let length = far(neck, tip).max(1e-9);
        let (nx, ny) = (-(tip.1 - neck.1) / length, (tip.0 - neck.0) / length);
        let wing = width / 2.0 + 3.5 + 0.16 * width;
        outline.extend([(neck.0 + nx * wing, neck.1 + ny * wing), tip, (neck.0 - nx * wing, neck.1 - ny * wing)]);
        outline.extend((0..body.len()).rev().map(|i| side(i, -1.0, width / 2.0)));
        outline
    }
}

pub(super) fn bows(ring: &Ring, flows: &[Flow]) -> Vec<(Flow, Bow)> {
    let mut ranks: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut sorted = flows.to_vec();
    sorted.sort_by(|a, b| b.usd_bn.total_cmp(&a.usd_bn));
    let mut drawn = Vec::new();
    for f in sorted {
        let rank = ranks.entry((f.from, f.to)).or_default();
        if let Some(bow) = Bow::new(ring, &f, *rank) {
            drawn.push((f, bow));
            *rank += 1;
        }
    }
    drawn
}

/// What can be read of an arrow.
pub(super) fn arrow_told(from: &str, to: &str, f: &Flow) -> String {
    let kind = kind_words(f.kind).1;
    let kind = kind[..1].to_lowercase() + &kind[1..];
    format!("{from} to {to}, {kind}: {} as planned or held, so without an error", words::usd_plain(f.usd_bn))
}

/// Dollars as widths.
struct Scale {
    largest: f64,
    widest: f64,
    is_crowd: bool,
}

impl Scale {
    fn new(bows: &[(Flow, Bow)], ring: &Ring) -> Scale {
        let largest = bows.iter().map(|(f, _)| f.usd_bn).fold(f64::MIN_POSITIVE, f64::max);
        Scale { largest, widest: WIDEST[usize::from(ring.is_crowd())], is_crowd: ring.is_crowd() }
    }

    fn width_of(&self, f: &Flow) -> f64 {
        (self.widest * f.usd_bn / self.largest).max(if self.is_crowd { 0.8 } else { 1.2 })
    }

    /// How strong the colour of an arrow is.
    fn strength(&self, f: &Flow) -> f64 {
        match f.in_loop {
            true => 1.0,
            false if self.is_crowd && f.usd_bn < SMALL_FLOW * self.largest => 0.22,
            false => 0.32,
        }
    }
}

/// Labels for the loop and the largest other flows, where there is room along the arrow.
fn label_flows(scene: &mut Scene, bows: &[(Flow, Bow)], scale: &Scale, taken: &mut Vec<[f64; 4]>) {
    let mut order: Vec<&(Flow, Bow)> = bows.iter().collect();
    order.sort_by(|a, b| b.0.in_loop.cmp(&a.0.in_loop).then(b.0.usd_bn.total_cmp(&a.0.usd_bn)));
    let thick: Vec<[f64; 4]> =
        bows.iter().filter(|b| b.0.in_loop).flat_map(|b| b.1.boxes(scale.width_of(&b.0) / 2.0).collect::<Vec<_>>()).collect();
    for (f, bow) in order.into_iter().take(LABELS[usize::from(scale.is_crowd)]) {
        let colour = colours::as_text(colours::of_flow(f.kind));
        let text = format!("{} {}", words::usd_plain(f.usd_bn), kind_words(f.kind).0);
        let size = if f.in_loop { 14.0 } else { 11.5 };
        let label = Text::new(0.0, 0.0, text, size, colour).middle().halo();
        let label = if f.in_loop { label.bold() } else { label };
        let (half, wide) = (scale.width_of(f) / 2.0, (label.width(), size));
        let beside = SPOTS.iter().flat_map(|&t| [1.0, -1.0].map(|side| bow.beside(t, side, half, wide)));
        let on = SPOTS.iter().map(|&t| bow.at(t));
        let places: Vec<Point> = if f.in_loop { beside.chain(on.clone()).collect() } else { on.collect() };
        let free = |at: &Point, keep_off: bool| {
            let bounds = Text { x: at.0, y: at.1, ..label.clone() }.bounds();
            let is_inside = bounds[0] > 0.0 && bounds[2] < super::scene::WIDTH;
            let crossed = keep_off && thick.iter().any(|other| overlap(&bounds, other));
            is_inside && !crossed && taken.iter().all(|other| !overlap(&bounds, other))
        };
        let found = places.iter().find(|p| free(p, true)).or_else(|| places.iter().find(|p| f.in_loop && free(p, false)));
        if let Some(&(x, y)) = found {
            let label = Text { x, y, ..label.clone() };
            taken.push(label.bounds());
            scene.text(label);
        }
    }
}

fn draw_firms(scene: &mut Scene, r: &Results, ring: &Ring, flows: &[Flow], heights: (f64, f64)) -> Vec<[f64; 4]> {
    let in_loop = |i: usize| flows.iter().any(|f| f.in_loop && (f.from == i || f.to == i));
    if ring.is_crowd() {
        crowd::draw_names(scene, ring, &|i| words::firm(r, i), heights);
    }
    let mut taken: Vec<[f64; 4]> = scene.texts().map(Text::bounds).collect();
    for &i in ring.place.keys() {
        let Some(at) = ring.point(i) else { continue };
        let node = if ring.is_crowd() { 6.0 } else { NODE };
        scene.disc(at, node, if in_loop(i) { INK } else { GREY });
        scene.value(at, firm_told(r, flows, i));
        taken.push([at.0 - node, at.1 - node, at.0 + node, at.1 + node]);
        if ring.is_crowd() {
            continue;
        }
        if let Some(text) = ring.label(i, &words::firm(r, i), 15.0, 170.0) {
            taken.push(text.bounds());
            scene.text(text);
        }
    }
    taken
}

/// What can be read of a firm.
fn firm_told(r: &Results, flows: &[Flow], i: usize) -> String {
    let sum = |is_it: &dyn Fn(&&Flow) -> bool| {
        let of: Vec<&Flow> = flows.iter().filter(is_it).collect();
        format!("{} in {}", words::usd_plain(of.iter().map(|f| f.usd_bn).sum()), words::plural(of.len(), "flow", "flows"))
    };
    format!("{}: to other firms {}, from them {}, planned or held", words::firm(r, i), sum(&|f| f.from == i), sum(&|f| f.to == i))
}

/// What the colours mean, with the dollars of each kind.
fn draw_key(scene: &mut Scene, flows: &[Flow], scale: &Scale, top: f64) {
    let mut totals: BTreeMap<FlowKind, (f64, usize)> = BTreeMap::new();
    for f in flows {
        let sum = totals.entry(f.kind).or_default();
        *sum = (sum.0 + f.usd_bn, sum.1 + 1);
    }
    let mut y = top + 16.0;
    for (kind, (usd_bn, count)) in totals {
        scene.line(&[(LEFT, y), (LEFT + 30.0, y)], colours::of_flow(kind), 7.0);
        scene.text(Text::new(LEFT + 40.0, y, kind_words(kind).1, 14.0, INK).bold());
        let amount = format!("{} in {}", words::usd_plain(usd_bn), words::plural(count, "flow", "flows"));
        scene.text(Text::new(LEFT + 40.0, y + 18.0, amount, SMALL, GREY));
        y += 46.0;
    }
    scene.rect((LEFT, y + 2.0), (LEFT + 30.0, y + 2.0 + scale.widest), tint(INK, 0.35), 1.0);
    let wide = format!("this wide: {}", words::usd_plain(scale.largest));
    scene.text(Text::new(LEFT + 40.0, y + 2.0 + scale.widest / 2.0, wide, SMALL, GREY));
}

fn notes(r: &Results, firms: &[usize], active: usize) -> Vec<String> {
    let outside = |f: &&crate::results::FlowRow| (f.from.is_none() || f.to.is_none()) && f.usd_bn.is_finite();
    let outside: f64 = r.flows.iter().filter(outside).map(|f| f.usd_bn).sum();
    let mut notes = Vec::new();
    if outside > 0.0 {
        notes.push(format!("Not drawn: {} from and to the outside.", words::usd_plain(outside)));
    }
    if active > firms.len() {
        notes.push(format!("The {} firms with the largest flows of {}.", firms.len(), active));
    }
    notes
}

fn data(r: &Results) -> String {
    let mut table = Table::new(&["from", "to", "kind", "usd_bn", "in_largest_loop"]);
    for f in r.flows.iter().filter(|f| f.usd_bn.is_finite()) {
        let name = |i: Option<usize>| i.map_or_else(|| "outside".to_string(), |i| words::firm(r, i));
        table.row(&[&name(f.from), &name(f.to), &format!("{:?}", f.kind), &f.usd_bn, &f.in_largest_loop]);
    }
    table.text()
}

fn draw_arrows(scene: &mut Scene, r: &Results, bows: &[(Flow, Bow)], scale: &Scale) {
    for (f, bow) in [false, true].iter().flat_map(|last| bows.iter().filter(move |b| b.0.in_loop == *last)) {
        scene.area(&bow.arrow(scale.width_of(f)), tint(colours::of_flow(f.kind), scale.strength(f)), 1.0);
        let told = arrow_told(&words::firm(r, f.from), &words::firm(r, f.to), f);
        let round = if f.in_loop { "; on the largest round trip" } else { "" };
        scene.value_along(bow.line(), scale.width_of(f) / 2.0, told + round);
    }
}

/// Draws the chart; none without flows between firms.
pub(super) fn draw(r: &Results) -> Option<Picture> {
    let flows = flows(r);
    let firms = shown(r, &flows);
    if firms.is_empty() {
        return None;
    }
    let title = title(r, &flows);
    let subtitle = "Dollars planned or held between firms, USD bn over the horizon; arrows run from who pays or holds to who receives or is held, as wide \
                    as their dollars. Opaque: the largest round trip.";
    let (mut scene, top) = frame::framed(r, &title, subtitle);
    let ring = Ring::new(&firms, top);
    let bows = bows(&ring, &flows);
    let scale = Scale::new(&bows, &ring);
    draw_arrows(&mut scene, r, &bows, &scale);
    let mut taken = draw_firms(&mut scene, r, &ring, &flows, (top + 4.0, BOTTOM - 4.0));
    draw_key(&mut scene, &flows, &scale, top);
    let active = (0..r.firms.len()).filter(|&i| flows.iter().any(|f| f.from == i || f.to == i)).count();
    for (n, note) in notes(r, &firms, active).into_iter().enumerate() {
        scene.text(Text::new(LEFT, BOTTOM - 26.0 + 18.0 * n as f64, note, SMALL, GREY));
    }
    label_flows(&mut scene, &bows, &scale, &mut taken);
    let alt = format!("{title}. {} arrows between {} firms on a ring.", bows.len(), firms.len());
    Some(Picture { name: "ring", title, alt, data_csv: data(r), scene })
}
