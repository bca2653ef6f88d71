//! The exceedance curve of the net system loss with its band, beside that of isolated firms and that given a bust. No histogram.

use super::colours::{self, Colour, GREY, INK, VERMILLION};
use super::frame::{self, Axis, BOTTOM, LEFT, Label, RIGHT};
use super::scene::{Mark, Point, Scene, Text, overlap};
use super::table::Table;
use super::{FEWEST, Picture, words};
use crate::results::{ExceedancePoint, Given, Metric, Panel, Results, TailMeasure, WorldName};

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
    let paths = match given {
        Given::All => r.run.paths,
        Given::Bust => r.run.bust_paths,
        Given::NoBust => r.run.paths.saturating_sub(r.run.bust_paths),
    };
    let kept = |p: &&ExceedancePoint| {
        let sound = p.loss_usd_bn.is_finite() && words::sound(&p.probability) && p.band_low.is_finite() && p.band_high.is_finite();
        sound && p.world == world && p.given == given && p.probability.value * paths as f64 > FEWEST as f64 - 0.5
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
        let d = words::digits(&t.var);
        let (low, high) = (words::number(t.var.low, d), words::number(t.var.high, d));
        return if t.var.value > 0.0 {
            format!("{} loses more than {} (95 % interval {low} to {high})", one_in(t.level), words::usd(t.var.value, d))
        } else {
            format!(
                "All but the worst {} % of paths gain {} or more against the plan",
                words::number(100.0 * (1.0 - t.level), words::digits_of(100.0 * (1.0 - t.level), 1)),
                words::usd(-t.var.value, d)
            )
        };
    }
    match r.loss(Metric::NetLoss, None, WorldName::W0, Panel::Base, Given::All) {
        Some(row) if words::sound(&row.mean) => format!("The firms together lose {} on average", words::usd_interval(&row.mean)),
        _ => "How probable it is that the firms together lose more".to_string(),
    }
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

fn axes(curves: &[Curve], tail: Option<&TailMeasure>, top: f64) -> Option<(Axis, Axis)> {
    let all = || curves.iter().flat_map(|c| c.points.iter());
    let (lowest, _) = frame::range(all().map(|p| p.probability.value).filter(|p| *p > 0.0))?;
    let left = curves.iter().filter_map(|c| c.points.iter().rfind(|p| p.probability.value >= 0.999).or(c.points.first()));
    let (left, _) = frame::range(left.map(|p| p.loss_usd_bn))?;
    let marks = tail.iter().flat_map(|t| [t.var.high, t.es.high]);
    let (_, right) = frame::range(all().map(|p| p.loss_usd_bn).chain(marks))?;
    let pad = 0.02 * (right - left);
    let x = Axis::linear(left.min(0.0) - pad, right + pad, LEFT + 62.0, RIGHT - 195.0);
    Some((x, Axis::log(lowest * 0.85, 1.0, BOTTOM - 56.0, top + 26.0)))
}

fn draw_band(scene: &mut Scene, c: &Curve, x: &Axis, y: &Axis) {
    let upper = c.points.iter().map(|p| (x.at(p.loss_usd_bn), y.at(p.band_high)));
    let lower = c.points.iter().rev().map(|p| (x.at(p.loss_usd_bn), y.at(p.band_low)));
    let outline: Vec<Point> = upper.chain(lower).collect();
    scene.area(&outline, c.colour(), 0.16);
}

fn draw_curve(scene: &mut Scene, c: &Curve, x: &Axis, y: &Axis) -> Option<Label> {
    let inside = c.points.iter().filter(|p| p.loss_usd_bn >= x.low);
    let points: Vec<Point> = inside.map(|p| (x.at(p.loss_usd_bn), y.at(p.probability.value))).collect();
    scene.line(&points, c.colour(), 2.4);
    let end = *points.last()?;
    scene.disc(end, 3.0, c.colour());
    Some(Label { at: end, text: c.label(), colour: c.colour(), bold: true })
}

/// The probability at a loss, read off the curve between two of its points.
fn probability_at(c: &Curve, loss: f64) -> Option<f64> {
    let after = c.points.iter().position(|p| p.loss_usd_bn >= loss)?;
    let (b, a) = (&c.points[after], &c.points[after.saturating_sub(1)]);
    let share = if b.loss_usd_bn > a.loss_usd_bn { (loss - a.loss_usd_bn) / (b.loss_usd_bn - a.loss_usd_bn) } else { 1.0 };
    Some(a.probability.value + share * (b.probability.value - a.probability.value))
}

fn draw_mark(scene: &mut Scene, at: Point, whisker: (f64, f64), label: (&str, &str), y_text: f64, to_left: bool) {
    scene.line(&[(at.0, y_text + 14.0), at], GREY, 0.9);
    scene.line(&[(whisker.0, at.1), (whisker.1, at.1)], INK, 2.0);
    scene.disc(at, 5.0, INK);
    for (row, text) in [label.0, label.1].into_iter().enumerate() {
        let at = (if to_left { at.0 + 4.0 } else { at.0 - 4.0 }, y_text + 17.0 * row as f64 - 10.0);
        let text = Text::new(at.0, at.1, text, 13.0, INK).halo();
        let text = if row == 0 { text.bold() } else { text };
        scene.text(if to_left { text.end() } else { text });
    }
}

fn draw_tail(scene: &mut Scene, c: &Curve, t: &TailMeasure, x: &Axis, y: &Axis) {
    let level = words::number(100.0 * t.level, if (t.level * 100.0).fract().abs() < 1e-9 { 0 } else { 1 });
    let top = y.at(1.0);
    let wide = 250.0;
    let (at_var, at_es) = ((x.at(t.var.value), y.at(1.0 - t.level)), x.at(t.es.value));
    let share = format!("exceeded by {} of paths", percent(1.0 - t.level));
    let (var, es) = (format!("VaR {level} %: {}", words::usd_interval(&t.var)), format!("ES {level} %: {}", words::usd_interval(&t.es)));
    let var_left = at_var.0 + wide > RIGHT;
    draw_mark(scene, at_var, (x.at(t.var.low), x.at(t.var.high)), (&var, &share), top + 12.0, var_left);
    if let Some(p) = probability_at(c, t.es.value) {
        let beyond = format!("mean of the {} worst paths", words::count(t.tail_count));
        let es_left = at_es + wide > RIGHT;
        draw_mark(scene, (at_es, y.at(p)), (x.at(t.es.low), x.at(t.es.high)), (&es, &beyond), top + 58.0, es_left);
    }
}

fn percent(v: f64) -> String {
    format!("{} %", words::number(100.0 * v, words::digits_of(100.0 * v, 1)))
}

/// Draws the chart; none without a curve.
pub(super) fn draw(r: &Results) -> Option<Picture> {
    let wanted = [(WorldName::W2, Given::All), (WorldName::W0, Given::Bust), (WorldName::W0, Given::All)];
    let curves: Vec<Curve> = wanted.into_iter().filter_map(|(w, g)| curve(r, w, g)).collect();
    let tail = tail(r);
    let title = title(r, tail.as_ref());
    let subtitle = "Share of paths whose net system loss relative to plan, over the horizon, exceeds the amount; USD bn, logarithmic share. Shaded: \
                    95 % band for the whole curve (DKW). A line ends where fewer than 30 paths remain.";
    let (mut scene, top) = frame::framed(r, &title, subtitle);
    let (x, y) = axes(&curves, tail.as_ref(), top)?;
    let y_ticks: Vec<(f64, String)> = y.ticks(5).0.into_iter().map(|v| (v, percent(v))).collect();
    frame::left_axis(&mut scene, &y, x.from_px, x.to_px, &y_ticks, "share of paths that lose more", 13.0);
    frame::bottom_axis(
        &mut scene,
        &x,
        y.from_px,
        &frame::plain_ticks(&x, 8),
        "net system loss relative to plan, USD bn (negative: gain)",
        13.0,
    );
    curves.iter().for_each(|c| draw_band(&mut scene, c, &x, &y));
    let labels: Vec<Label> = curves.iter().filter_map(|c| draw_curve(&mut scene, c, &x, &y)).collect();
    let main = curves.iter().find(|c| c.world == WorldName::W0 && c.given == Given::All);
    if let (Some(c), Some(t)) = (main, tail.as_ref()) {
        draw_tail(&mut scene, c, t, &x, &y);
    }
    end_labels(&mut scene, labels, &x, y.from_px);
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
