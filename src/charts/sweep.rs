//! One input varied: a measure along it with its band, and three others in small. Two inputs are in `sweep_map`; nothing is computed here.

use super::colours::{BLUE, GREY, INK, PALE, VERMILLION, tint};
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::{Point, Scene, Text};
use super::table::{Table, fields};
use super::words::{self, Unit};
use super::{Picture, fonts};
use crate::analysis::sweep::{Input, Measure, Number, Sweep};
use crate::results::words as plain;
use crate::stats::Estimate;

/// A measure of some numbers.
pub(super) fn find(numbers: &[Number], m: Measure) -> Option<Estimate> {
    numbers.iter().find(|n| n.measure == m).and_then(|n| n.value).filter(words::sound)
}

/// The name of a measure for a heading.
pub(super) fn heading(s: &Sweep, m: Measure) -> String {
    words::capital(&plain::measure(m, &s.firms))
}

/// An input as the label of an axis.
pub(super) fn label(input: &Input) -> String {
    if input.is_deal { format!("{}: size, as a multiple", input.name) } else { input.name.clone() }
}

/// A value of an input.
pub(super) fn value(v: f64) -> String {
    words::shortest(v).replace('-', "−")
}

/// What the scenario as written has, for a subtitle.
pub(super) fn as_written(input: &Input) -> String {
    match (input.base, input.is_drawn) {
        (Some(b), true) => format!("{} is drawn on each path, with {} as its centre", input.name, value(b)),
        (Some(b), false) => format!("{} is {}", input.name, value(b)),
        (None, _) => format!("{} has no one value", input.name),
    }
}

/// The main measure, then up to three others.
fn measures(s: &Sweep, shown: Option<Measure>) -> Vec<Measure> {
    let main = shown.unwrap_or(Measure::MeanNetLoss);
    let usual = [
        Some(Measure::Es99NetLoss),
        s.mover.map(Measure::Default),
        Some(Measure::Amplification),
        Some(Measure::Defaults),
        Some(Measure::MeanNetLoss),
    ];
    let is_known = |m: &Measure| s.points.iter().any(|p| find(&p.numbers, *m).is_some());
    let others = usual.into_iter().flatten().filter(|m| *m != main && is_known(m)).take(3);
    std::iter::once(main).chain(others).collect()
}

/// Whether the changes from the scenario as written are drawn, which are paired and so more exact: where no two values are told apart.
fn is_change(s: &Sweep, m: Measure) -> bool {
    let values = || s.points.iter().filter_map(|p| find(&p.numbers, m));
    let highest_low = values().map(|e| e.low).fold(f64::NEG_INFINITY, f64::max);
    let lowest_high = values().map(|e| e.high).fold(f64::INFINITY, f64::min);
    highest_low <= lowest_high && s.points.iter().flat_map(|p| &p.numbers).any(|n| n.measure == m && n.change.is_some())
}

/// What is drawn of a measure along the input; a gap where it is not known or the plan cannot be paid for.
fn series(s: &Sweep, m: Measure) -> Vec<Option<(f64, Estimate)>> {
    let change = |n: &[Number]| n.iter().find(|n| n.measure == m).and_then(|n| n.change).filter(words::sound);
    let of = |n: &[Number]| if is_change(s, m) { change(n) } else { find(n, m) };
    s.points.iter().map(|p| of(&p.numbers).map(|e| (p.at[0], e))).collect()
}

/// The same for the scenario as written.
fn written(s: &Sweep, m: Measure) -> Option<Estimate> {
    if is_change(s, m) { Estimate::exact(0.0) } else { find(&s.base, m) }
}

fn title(s: &Sweep, m: Measure) -> String {
    let known: Vec<(f64, Estimate)> = series(s, m).into_iter().flatten().collect();
    let (Some((x, a)), Some((y, b))) = (known.first(), known.last()) else { return format!("{}: no point has it", heading(s, m)) };
    let name = plain::measure(m, &s.firms);
    let u = plain::measure_unit(m);
    if is_change(s, m) {
        let (a, b) = (words::difference(a, u), words::difference(b, u));
        format!("The {name} changes by {a} at {} and {b} at {} of {}", value(*x), value(*y), s.inputs[0].name)
    } else if a.high < b.low || b.high < a.low {
        let way = if b.value > a.value { "rises" } else { "falls" };
        format!(
            "The {name} {way} from {} to {} as {} goes from {} to {}",
            words::with_error(a, u),
            words::with_error(b, u),
            s.inputs[0].name,
            value(*x),
            value(*y)
        )
    } else {
        format!("The {name} is told apart at neither end of {} from {} to {}", s.inputs[0].name, value(*x), value(*y))
    }
}

fn data(s: &Sweep, measures: &[Measure]) -> String {
    let mut table = Table::new(&["measure", "drawn", "at", "value", "low", "high"]);
    for m in measures {
        for (x, e) in series(s, *m).into_iter().flatten() {
            let [v, low, high] = fields(&e);
            let drawn = if is_change(s, *m) { "change" } else { "value" };
            table.row(&[&plain::measure(*m, &s.firms), &drawn, &x, &v, &low, &high]);
        }
    }
    table.text()
}

fn ticks(y: &Axis, unit: Unit, wanted: usize) -> (Vec<(f64, String)>, &'static str) {
    match unit {
        Unit::Share => (frame::percent_ticks(y, wanted), ""),
        Unit::UsdBn => (frame::plain_ticks(y, wanted), "USD bn"),
        Unit::Plain => (frame::plain_ticks(y, wanted), ""),
    }
}

/// Where nothing was simulated: a hatched column around the point.
fn draw_gaps(scene: &mut Scene, s: &Sweep, x: &Axis, (top, bottom): (f64, f64), size: f64) {
    let half = 0.5 * (x.to_px - x.from_px) / (s.points.len().max(2) - 1) as f64;
    let mut is_said = false;
    for p in s.points.iter().filter(|p| p.short.is_some()) {
        let (from, to) = ((x.at(p.at[0]) - half).max(x.from_px), (x.at(p.at[0]) + half).min(x.to_px));
        scene.hatched((from, top), (to, bottom), tint(PALE, 0.6));
        if !is_said && size > 12.0 {
            scene.text(Text::new((from + to) / 2.0, (top + bottom) / 2.0, "plan cannot be paid for", size, GREY).up().middle().halo());
            is_said = true;
        }
    }
}

/// The line with its band, piece by piece.
fn draw_line(
    scene: &mut Scene,
    points: &[Option<(f64, Estimate)>],
    x: &Axis,
    y: &Axis,
    radius: f64,
    told: impl Fn(f64, &Estimate) -> String,
) {
    for piece in points.split(Option::is_none) {
        let known: Vec<(f64, Estimate)> = piece.iter().flatten().copied().collect();
        let at = |of: fn(&Estimate) -> f64| known.iter().map(|(v, e)| (x.at(*v), y.at(of(e)))).collect::<Vec<Point>>();
        let band: Vec<Point> = at(|e| e.high).into_iter().chain(at(|e| e.low).into_iter().rev()).collect();
        scene.area(&band, BLUE, 0.22);
        scene.line(&at(|e| e.value), BLUE, 2.2);
        for (p, (v, e)) in at(|e| e.value).into_iter().zip(&known) {
            scene.line(&[(x.at(*v), y.at(e.low)), (x.at(*v), y.at(e.high))], BLUE, 1.4);
            scene.disc(p, radius, BLUE);
            scene.value(p, told(*v, e));
        }
    }
}

/// What can be read of a point.
fn told(s: &Sweep, m: Measure, at: &str, e: &Estimate) -> String {
    let (unit, name) = (plain::measure_unit(m), &s.inputs[0].name);
    let number = if is_change(s, m) {
        let told = if e.is_told_from_zero() { "" } else { ", not told from zero" };
        format!("a change of {}{told}", words::difference(e, unit))
    } else {
        words::with_error(e, unit)
    };
    format!("{}, {name} = {at}: {number} (W0)", heading(s, m))
}

fn draw_panel(scene: &mut Scene, s: &Sweep, m: Measure, [left, top, right, bottom]: [f64; 4], is_main: bool) {
    let (size, radius) = if is_main { (13.0, 4.2) } else { (11.5, 2.8) };
    let what = heading(s, m) + if is_change(s, m) { ": change" } else { "" };
    let name = fonts::fit(&what, if is_main { 15.0 } else { 13.0 }, true, right - left + 40.0);
    scene.text(Text::new(left - 40.0, top - 34.0, name, if is_main { 15.0 } else { 13.0 }, INK).bold());
    let (points, written) = (series(s, m), written(s, m));
    let edges = points.iter().flatten().map(|p| p.1).chain(written).flat_map(|e| [e.low, e.high]);
    let Some((low, high)) = frame::range(edges) else {
        scene.text(Text::new(left, (top + bottom) / 2.0, "not known at any point", size, GREY));
        return;
    };
    let pad = 0.08 * (high - low).max(1e-9 * high.abs());
    let y = Axis::linear(low - pad, high + pad, bottom, top);
    let values = &s.inputs[0].values;
    let ends = (values.first().copied().unwrap_or(0.0), values.last().copied().unwrap_or(1.0));
    let x = if s.inputs[0].is_log { Axis::log(ends.0, ends.1, left, right) } else { Axis::linear(ends.0, ends.1, left, right) };
    let (marks, unit) = ticks(&y, plain::measure_unit(m), if is_main { 6 } else { 3 });
    frame::left_axis(scene, &y, left, right, &marks, unit, size);
    let below: Vec<(f64, String)> = x.ticks(if is_main { 6 } else { 4 }).0.into_iter().map(|v| (v, value(v))).collect();
    let below_it = if is_main { label(&s.inputs[0]) } else { String::new() };
    frame::bottom_axis(scene, &x, bottom, &below, &below_it, size);
    draw_gaps(scene, s, &x, (top, bottom), size);
    if let Some(e) = written {
        scene.dashes(&[(left, y.at(e.value)), (right, y.at(e.value))], GREY, 1.2);
    }
    let inside = s.inputs[0].base.filter(|b| *b >= ends.0 && *b <= ends.1);
    if let Some(b) = inside {
        scene.dashes(&[(x.at(b), top), (x.at(b), bottom)], VERMILLION, 1.4);
        if is_main {
            let said = if s.inputs[0].is_drawn { "centre as written" } else { "as written" };
            scene.text(Text::new(x.at(b), top - 10.0, said, size, VERMILLION).middle().halo());
        }
    }
    draw_line(scene, &points, &x, &y, radius, |v, e| told(s, m, &value(v), e));
}

/// Draws one input; none for two.
pub(super) fn draw(s: &Sweep, shown: Option<Measure>, footer: &str) -> Option<Picture> {
    if s.inputs.len() != 1 {
        return None;
    }
    let measures = measures(s, shown);
    let title = title(s, measures[0]);
    let subtitle = format!(
        "Every point on the same paths in the full model (W0), with 95 % bands. Dashed: the scenario as written, in which {}.",
        as_written(&s.inputs[0])
    );
    let footer = format!("{footer} · {} paths, seed {}", words::count(s.paths), s.seed);
    let (mut scene, top) = frame::with_footer(&footer, &title, &subtitle);
    let (top, bottom) = (top + 52.0, BOTTOM - 46.0);
    let middle = LEFT + 0.58 * (RIGHT - LEFT);
    draw_panel(&mut scene, s, measures[0], [LEFT + 50.0, top, middle, bottom], true);
    let others = &measures[1..];
    let step = (bottom - top + 60.0) / others.len().max(1) as f64;
    for (k, m) in others.iter().enumerate() {
        let from = top + step * k as f64;
        draw_panel(&mut scene, s, *m, [middle + 110.0, from, RIGHT, from + step - 78.0], false);
    }
    let alt = format!("{title}. {} points of {}.", s.points.len(), s.inputs[0].name);
    Some(Picture { name: "sweep-lines", title, alt, data_csv: data(s, &measures), scene })
}
