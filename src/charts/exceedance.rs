//! The exceedance curve of the net system loss with its band, beside that of isolated firms and that given a bust. No histogram.

use super::colours::{self, Colour, GREY, INK, VERMILLION};
use super::frame::{self, Axis, BOTTOM, LEFT, Label, RIGHT};
use super::scene::{Mark, Point, Scene, Text, overlap};
use super::table::Table;
use super::{FEWEST, Picture, place, words};
use crate::results::{ExceedancePoint, Given, Metric, Panel, Results, TailMeasure, WorldName};
use crate::stats::Estimate;

/// Most points of a curve whose values a page can read out.
const VALUES: usize = 50;

/// One curve, cut where fewer than thirty paths remain.
struct Curve {
    world: WorldName,
    given: Given,
    points: Vec<ExceedancePoint>,
}

impl Curve {
    fn colour(&self) -> Colour {
        if self.given == Given::Bust { VERMILLION } else { colours::of_world(self.world) }
    }

    fn label(&self) -> String {
        let given = if self.given == Given::Bust { ", given a bust" } else { "" };
        format!("{}{given}", words::world(self.world))
    }
}

fn curve(r: &Results, world: WorldName, given: Given) -> Option<Curve> {
    let kept = |p: &&ExceedancePoint| {
        let sound = p.loss_usd_bn.is_finite() && words::sound(&p.probability) && p.band_low.is_finite() && p.band_high.is_finite();
        sound && p.world == world && p.given == given && p.paths >= FEWEST
    };
    let mut points: Vec<ExceedancePoint> = r.exceedance.iter().filter(kept).copied().collect();
    points.sort_by(|a, b| a.loss_usd_bn.total_cmp(&b.loss_usd_bn));
    (points.len() > 1).then_some(Curve { world, given, points })
}

/// The tail measures nearest to 99 %.
pub(super) fn tail(r: &Results) -> Option<TailMeasure> {
    let row = r.loss(Metric::NetLoss, None, WorldName::W0, Panel::Base, Given::All)?;
    let sound = |t: &&TailMeasure| words::sound(&t.var) && words::sound(&t.es) && t.level > 0.5 && t.level < 1.0;
    row.tail.iter().filter(sound).min_by(|a, b| (a.level - 0.99).abs().total_cmp(&(b.level - 0.99).abs())).copied()
}

/// "One path in a hundred" for the share of paths beyond a level.
fn one_in(level: f64) -> String {
    match (1.0 / (1.0 - level)).round() as u64 {
        100 => "One path in a hundred".to_string(),
        1000 => "One path in a thousand".to_string(),
        n => format!("One path in {}", words::count(n)),
    }
}

fn title(r: &Results, tail: Option<&TailMeasure>) -> String {
    if let Some(t) = tail {
        return if t.var.value > 0.0 {
            format!("{} loses more than {}", one_in(t.level), words::usd_interval(&t.var))
        } else {
            let gain = Estimate { value: -t.var.value, low: -t.var.high, high: -t.var.low, ..t.var };
            format!("All but the worst {} of paths gain {} or more against the plan", worst(t), words::usd_interval(&gain))
        };
    }
    match r.loss(Metric::NetLoss, None, WorldName::W0, Panel::Base, Given::All) {
        Some(row) if words::sound(&row.mean) => format!("The firms together lose {} on average", words::usd_interval(&row.mean)),
        _ => "How probable it is that the firms together lose more".to_string(),
    }
}

/// The share of paths beyond a level, in words.
fn worst(t: &TailMeasure) -> String {
    words::share(1.0 - t.level, 1)
}

fn data(curves: &[Curve]) -> String {
    let mut table = Table::new(&["world", "given", "loss_usd_bn", "probability", "low", "high", "band_low", "band_high"]);
    for c in curves {
        for p in &c.points {
            let (world, given) = (format!("{:?}", c.world), format!("{:?}", c.given));
            table.row(&[
                &world,
                &given,
                &p.loss_usd_bn,
                &p.probability.value,
                &p.probability.low,
                &p.probability.high,
                &p.band_low,
                &p.band_high,
            ]);
        }
    }
    table.text()
}

/// The loss that 99 % of the paths of the full model exceed: as recorded, or from its curve; none if that does not reach so far.
fn left_end(r: &Results, curves: &[Curve]) -> Option<f64> {
    let row = r.loss(Metric::NetLoss, None, WorldName::W0, Panel::Base, Given::All);
    let recorded = row.and_then(|l| l.quantiles.iter().find(|q| (q.0 - 0.01).abs() < 1e-9)).map(|q| q.1.value);
    let main = curves.iter().find(|c| c.world == WorldName::W0 && c.given == Given::All)?;
    let read = main.points.iter().rfind(|p| p.probability.value >= 0.99).map(|p| p.loss_usd_bn);
    recorded.filter(|v| v.is_finite()).or(read)
}

fn axes(left: Option<f64>, curves: &[Curve], tail: Option<&TailMeasure>, top: f64) -> Option<(Axis, Axis)> {
    let all = || curves.iter().flat_map(|c| c.points.iter());
    let (lowest, _) = frame::range(all().map(|p| p.probability.value).filter(|p| *p > 0.0))?;
    let marks = tail.iter().flat_map(|t| [t.var.high, t.es.high]);
    let (first, right) = frame::range(all().map(|p| p.loss_usd_bn).chain(marks))?;
    let left = left.unwrap_or(first).min(right);
    // Zero is shown unless the losses are far from it.
    let left = if left > 0.0 && left < 0.5 * right { 0.0 } else { left };
    let x = Axis::linear(left, right + 0.02 * (right - left), LEFT + 62.0, RIGHT - 195.0);
    Some((x, Axis::log(lowest * 0.85, 1.0, BOTTOM - 56.0, top + 26.0)))
}

/// Points of a curve from the left edge of the axis on; the edge itself is read off between two points.
fn visible(c: &Curve, x: &Axis, y: &Axis, value: impl Fn(&ExceedancePoint) -> f64) -> Vec<Point> {
    let first = c.points.iter().position(|p| p.loss_usd_bn >= x.low).unwrap_or(c.points.len());
    let mut points = Vec::new();
    if let (Some(a), Some(b)) = (first.checked_sub(1).and_then(|i| c.points.get(i)), c.points.get(first)) {
        let share = (x.low - a.loss_usd_bn) / (b.loss_usd_bn - a.loss_usd_bn).max(1e-300);
        points.push((x.from_px, y.at(value(a) + share * (value(b) - value(a)))));
    }
    points.extend(c.points[first..].iter().map(|p| (x.at(p.loss_usd_bn), y.at(value(p)))));
    points
}

fn draw_band(scene: &mut Scene, c: &Curve, x: &Axis, y: &Axis) {
    let mut outline = visible(c, x, y, |p| p.band_high);
    outline.extend(visible(c, x, y, |p| p.band_low).into_iter().rev());
    scene.area(&outline, c.colour(), 0.16);
}

fn draw_curve(scene: &mut Scene, c: &Curve, x: &Axis, y: &Axis) -> Option<Label> {
    let points = visible(c, x, y, |p| p.probability.value);
    scene.line(&points, c.colour(), 2.4);
    let end = *points.last()?;
    let inside = c.points.iter().filter(|p| p.loss_usd_bn >= x.low);
    for p in inside.clone().step_by(inside.count().div_ceil(VALUES).max(1)) {
        let (loss, chance) = (words::usd_shortest(p.loss_usd_bn), words::percent_interval(&p.probability));
        scene.value((x.at(p.loss_usd_bn), y.at(p.probability.value)), format!("{}: {chance} of paths lose more than {loss}", c.label()));
    }
    scene.disc(end, 3.0, c.colour());
    Some(Label { at: end, text: c.label(), colour: c.colour(), bold: true })
}

/// Two lines of text at a free place near a mark, joined to it by a thin line.
fn draw_note(scene: &mut Scene, at: Point, lines: [&str; 2], room: [f64; 4]) {
    let texts = [Text::new(0.0, 0.0, lines[0], 13.0, INK).bold(), Text::new(0.0, 0.0, lines[1], 13.0, INK)];
    let size = (texts.iter().map(Text::width).fold(0.0, f64::max), 32.0);
    let obstacles = place::obstacles(scene, 1.1);
    let below = [room[2].min(room[0] + 40.0), room[3] - 60.0];
    let found = place::free_box(size, at, room, &obstacles).unwrap_or([below[0], below[1], below[0] + size.0, below[1] + size.1]);
    let end = place::nearest(&[found[0] - 4.0, found[1] - 3.0, found[2] + 4.0, found[3] + 3.0], at);
    scene.line(&[end, at], GREY, 0.9);
    for (row, text) in texts.into_iter().enumerate() {
        scene.text(Text { x: found[0], y: found[1] + 8.0 + 17.0 * row as f64, ..text }.halo());
    }
}

/// The VaR as a point of the curve; the ES, which has no share of paths of its own, as a mark on the axis.
fn draw_tail(scene: &mut Scene, t: &TailMeasure, x: &Axis, y: &Axis) {
    let level = words::number(100.0 * t.level, if (t.level * 100.0).fract().abs() < 1e-9 { 0 } else { 1 });
    let (at_var, at_es) = ((x.at(t.var.value), y.at(1.0 - t.level)), (x.at(t.es.value), y.from_px));
    scene.line(&[(x.at(t.var.low), at_var.1), (x.at(t.var.high), at_var.1)], INK, 2.0);
    scene.disc(at_var, 5.0, INK);
    scene.line(&[(x.at(t.es.low), at_es.1), (x.at(t.es.high), at_es.1)], INK, 4.0);
    scene.area(&[(at_es.0, at_es.1 - 1.0), (at_es.0 - 7.0, at_es.1 - 14.0), (at_es.0 + 7.0, at_es.1 - 14.0)], INK, 1.0);
    scene.value(at_var, format!("VaR {level} %: {}; {} of paths lose more (W0, all paths)", words::usd_interval(&t.var), worst(t)));
    scene.value((at_es.0, at_es.1 - 7.0), format!("ES {level} %, the mean of those: {} (W0, all paths)", words::usd_interval(&t.es)));
    let room = [x.from_px + 12.0, y.to_px + 8.0, x.to_px, y.from_px - 24.0];
    let es = format!("ES {level} %: {}", words::usd_interval(&t.es));
    let beyond = format!("mean of the {} worst paths, on the axis", words::count(t.tail_count));
    draw_note(scene, (at_es.0, at_es.1 - 14.0), [&es, &beyond], room);
    let var = format!("VaR {level} %: {}", words::usd_interval(&t.var));
    draw_note(scene, at_var, [&var, &format!("{} of paths lose more", worst(t))], room);
}

fn subtitle(r: &Results, left: Option<f64>, x: &Axis) -> String {
    let cut = match left {
        Some(v) if v >= x.low => format!(" The axis starts at {}: 99 % of paths lie above.", words::usd_round(x.low, 3)),
        _ => String::new(),
    };
    format!(
        "Share of paths whose net system loss against plan over the horizon is larger; logarithmic. Shaded: 95 % band for the whole curve ({}). \
         A line ends where fewer than {FEWEST} paths remain.{cut} Numbers: 95 % intervals.",
        words::band_of_curve(r)
    )
}

/// Draws the chart; none without a curve.
pub(super) fn draw(r: &Results) -> Option<Picture> {
    let wanted = [(WorldName::W2, Given::All), (WorldName::W0, Given::Bust), (WorldName::W0, Given::All)];
    let curves: Vec<Curve> = wanted.into_iter().filter_map(|(w, g)| curve(r, w, g)).collect();
    let tail = tail(r);
    let title = title(r, tail.as_ref());
    // The subtitle states where the axis starts, and the axes start below the subtitle.
    let left = left_end(r, &curves);
    let (x, _) = axes(left, &curves, tail.as_ref(), 0.0)?;
    let (mut scene, top) = frame::framed(r, &title, &subtitle(r, left, &x));
    let (x, y) = axes(left, &curves, tail.as_ref(), top)?;
    let y_ticks: Vec<(f64, String)> = y.ticks(5).0.into_iter().map(|v| (v, format!("{} %", words::shortest(100.0 * v)))).collect();
    frame::left_axis(&mut scene, &y, x.from_px, x.to_px, &y_ticks, "share of paths that lose more", 13.0);
    frame::bottom_axis(
        &mut scene,
        &x,
        y.from_px,
        &frame::plain_ticks(&x, 8),
        "net system loss against plan, USD bn (negative: gain)",
        13.0,
    );
    curves.iter().for_each(|c| scene.grouped(c.world, c.given, |scene| draw_band(scene, c, &x, &y)));
    let labels: Vec<Label> = curves.iter().filter_map(|c| scene.grouped(c.world, c.given, |scene| draw_curve(scene, c, &x, &y))).collect();
    end_labels(&mut scene, labels, &x, y.from_px);
    if let Some(t) = tail.as_ref() {
        draw_tail(&mut scene, t, &x, &y);
    }
    let alt =
        format!("{title}. Exceedance curves on a logarithmic axis of {}.", curves.iter().map(Curve::label).collect::<Vec<_>>().join("; "));
    Some(Picture { name: "exceedance", title, alt, data_csv: data(&curves), scene })
}

/// Labels at the ends of lines: right beside the end where no line passes, else in a column at the right edge.
fn end_labels(scene: &mut Scene, labels: Vec<Label>, x: &Axis, bottom: f64) {
    let lines: Vec<Point> =
        scene.marks.iter().filter_map(|m| if let Mark::Line { points, .. } = m { Some(points.clone()) } else { None }).flatten().collect();
    let beside = |l: &Label| Text::new(l.at.0 + 8.0, l.at.1 - 2.0, l.text.clone(), 13.0, colours::as_text(l.colour)).bold().halo();
    let (mut column, mut taken) = (Vec::new(), Vec::new());
    for label in labels {
        let text = beside(&label);
        let [left, top, right, low] = text.bounds();
        let hit = lines.iter().any(|p| p.0 > left - 4.0 && p.0 < right + 4.0 && p.1 > top - 4.0 && p.1 < low + 4.0 && p.1 < bottom - 1.0);
        if hit || right > x.to_px || taken.iter().any(|b| overlap(b, &text.bounds())) {
            column.push(label);
        } else {
            taken.push(text.bounds());
            scene.text(text);
        }
    }
    frame::label_column(scene, &column, (x.to_px + 12.0, RIGHT + 30.0), (bottom - 90.0, bottom - 8.0), 13.0);
}
