//! What every chart has: title, subtitle, footer, axes with ticks, direct labels. Not what is plotted between them.

use super::colours::{Colour, GREY, GRID, INK};
use super::fonts;
use super::scene::{Mark, Point, Scene, Text, WIDTH, spread};
use super::words;
use crate::results::Results;

/// Left edge of titles and notes.
pub(super) const LEFT: f64 = 40.0;
/// Right edge of everything.
pub(super) const RIGHT: f64 = WIDTH - 40.0;
/// Bottom edge of the content; axes' labels lie above it.
pub(super) const BOTTOM: f64 = 706.0;

/// Size of axis numbers and direct labels.
pub(super) const SMALL: f64 = 13.0;

/// A scene with title, subtitle and footer, and the height where the content may start.
pub(super) fn framed(r: &Results, title: &str, subtitle: &str) -> (Scene, f64) {
    with_footer(&words::footer(r), title, subtitle)
}

/// The same with another footer.
pub(super) fn with_footer(footer: &str, title: &str, subtitle: &str) -> (Scene, f64) {
    let mut scene = Scene::default();
    let mut y = 34.0;
    for line in fonts::wrap(title, 24.0, true, RIGHT - LEFT, 2) {
        scene.text(Text::new(LEFT, y, line, 24.0, INK).bold());
        y += 31.0;
    }
    y -= 3.0;
    for line in fonts::wrap(subtitle, 14.5, false, RIGHT - LEFT, 2) {
        scene.text(Text::new(LEFT, y, line, 14.5, GREY));
        y += 20.0;
    }
    scene.text(Text::new(LEFT, 730.0, fonts::fit(footer, 12.0, false, RIGHT - LEFT), 12.0, GREY));
    (scene, y + 12.0)
}

/// Ends a picture below content that needs less than the usual height; the footer moves up.
pub(super) fn cut(scene: &mut Scene, bottom: f64) {
    let up = (BOTTOM - bottom).max(0.0).floor();
    for mark in &mut scene.marks {
        if let Mark::Text(t) = mark
            && t.y > BOTTOM
        {
            t.y -= up;
        }
    }
    scene.height -= up;
}

/// A scale from values to pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    pub low: f64,
    pub high: f64,
    pub log: bool,
    pub from_px: f64,
    pub to_px: f64,
}

impl Axis {
    /// A linear scale; an empty range is widened.
    pub fn linear(low: f64, high: f64, from_px: f64, to_px: f64) -> Self {
        let (low, high) = if low.is_finite() && high.is_finite() { (low.min(high), low.max(high)) } else { (0.0, 1.0) };
        let (low, high) = if high - low > 1e-9 * high.abs().max(low.abs()).max(1e-9) { (low, high) } else { (low - 1.0, high + 1.0) };
        Axis { low, high, log: false, from_px, to_px }
    }

    /// A logarithmic scale of positive numbers.
    pub fn log(low: f64, high: f64, from_px: f64, to_px: f64) -> Self {
        let low = if low.is_finite() && low > 0.0 { low } else { 1e-6 };
        let high = if high.is_finite() && high > low * 1.000_1 { high } else { low * 10.0 };
        Axis { low, high, log: true, from_px, to_px }
    }

    /// Pixel of a value, clipped to the scale.
    pub fn at(&self, v: f64) -> f64 {
        let v = if v.is_nan() { self.low } else { v.clamp(self.low, self.high) };
        let share = if self.log { (v / self.low).ln() / (self.high / self.low).ln() } else { (v - self.low) / (self.high - self.low) };
        self.from_px + share * (self.to_px - self.from_px)
    }

    /// Round values within the scale, about `wanted` of them, with the digits that they need.
    pub fn ticks(&self, wanted: usize) -> (Vec<f64>, i32) {
        if self.log {
            return (self.log_ticks(), 0);
        }
        let step = nice_step((self.high - self.low) / wanted.max(1) as f64);
        let first = (self.low / step - 1e-9).ceil();
        let last = (self.high / step + 1e-9).floor();
        let count = (last - first).clamp(0.0, 50.0) as usize;
        let digits = (-(step.log10() + 1e-9).floor() as i32).clamp(0, 6);
        let digits = if digits_fit(step, digits) { digits } else { digits + 1 };
        ((0..=count).map(|i| (first + i as f64) * step).collect(), digits)
    }

    fn log_ticks(&self) -> Vec<f64> {
        let decades = (self.high / self.low).log10();
        let steps: &[f64] = if decades > 3.2 {
            &[1.0]
        } else if decades > 1.2 {
            &[1.0, 2.0, 5.0]
        } else {
            &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0]
        };
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let all = (first..=last).flat_map(|e| steps.iter().map(move |s| s * 10f64.powi(e)));
        all.filter(|v| *v >= self.low * 0.999 && *v <= self.high * 1.001).collect()
    }
}

fn digits_fit(step: f64, digits: i32) -> bool {
    let scaled = step * 10f64.powi(digits);
    (scaled - scaled.round()).abs() < 1e-6
}

fn nice_step(raw: f64) -> f64 {
    if !(raw.is_finite() && raw > 0.0) {
        return 1.0;
    }
    let unit = 10f64.powf(raw.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps.iter().map(|s| s * unit).find(|s| *s >= raw * 0.999).unwrap_or(10.0 * unit)
}

/// A vertical axis on the left of a plot with grid lines to `right`; the unit stands above the axis.
pub(super) fn left_axis(scene: &mut Scene, axis: &Axis, left: f64, right: f64, ticks: &[(f64, String)], unit: &str, size: f64) {
    for (v, label) in ticks {
        let y = axis.at(*v);
        scene.line(&[(left, y), (right, y)], GRID, 1.0);
        scene.text(Text::new(left - 7.0, y, label.clone(), size, GREY).end());
    }
    let widest = ticks.iter().map(|(_, l)| fonts::width(l, size, false)).fold(0.0, f64::max);
    let top = axis.at(axis.high).min(axis.at(axis.low));
    scene.text(Text::new(left - 7.0 - widest, top - 16.0, unit, size, GREY));
}

/// A horizontal axis below a plot, with its label under the numbers.
pub(super) fn bottom_axis(scene: &mut Scene, axis: &Axis, y: f64, ticks: &[(f64, String)], label: &str, size: f64) {
    scene.line(&[(axis.from_px, y), (axis.to_px, y)], GREY, 1.0);
    for (v, text) in ticks {
        let x = axis.at(*v);
        scene.line(&[(x, y), (x, y + 4.0)], GREY, 1.0);
        scene.text(Text::new(x, y + 8.0 + 0.6 * size, text.clone(), size, GREY).middle());
    }
    let middle = (axis.from_px + axis.to_px) / 2.0;
    scene.text(Text::new(middle, y + 17.0 + 1.4 * size, label, size, GREY).middle());
}

/// Round ticks of a linear axis with their labels.
pub(super) fn plain_ticks(axis: &Axis, wanted: usize) -> Vec<(f64, String)> {
    let (values, digits) = axis.ticks(wanted);
    values.into_iter().map(|v| (v, words::number(v, digits))).collect()
}

/// Round ticks of a share as percentages.
pub(super) fn percent_ticks(axis: &Axis, wanted: usize) -> Vec<(f64, String)> {
    let scaled = Axis { low: 100.0 * axis.low, high: 100.0 * axis.high, ..*axis };
    let (values, digits) = scaled.ticks(wanted);
    values.into_iter().map(|v| (v / 100.0, format!("{} %", words::number(v, digits)))).collect()
}

/// A label that belongs to a point.
pub(super) struct Label {
    pub at: Point,
    pub text: String,
    pub colour: Colour,
    pub bold: bool,
}

/// Labels in a column from `x` to `right`, moved apart between `top` and `bottom`, each joined to its point by a thin line.
pub(super) fn label_column(scene: &mut Scene, labels: &[Label], (x, right): (f64, f64), (top, bottom): (f64, f64), size: f64) {
    let wanted: Vec<f64> = labels.iter().map(|l| l.at.1).collect();
    let placed = spread(&wanted, size * 1.28, top, bottom);
    for (label, y) in labels.iter().zip(placed) {
        if x - label.at.0 > 4.0 {
            let bend = (x - 9.0).max(label.at.0);
            scene.line(&[(label.at.0 + 3.0, label.at.1), (bend, y), (x - 3.0, y)], label.colour, 0.8);
        }
        let text = fonts::fit(&label.text, size, label.bold, right - x);
        let text = Text::new(x, y, text, size, super::colours::as_text(label.colour)).halo();
        scene.text(if label.bold { text.bold() } else { text });
    }
}

/// The smallest and largest of finite numbers.
pub(super) fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|v| v.is_finite()).fold(None, |found, v| match found {
        None => Some((v, v)),
        Some((low, high)) => Some((low.min(v), high.max(v))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let (ticks, digits) = Axis::linear(0.0, 0.93, 0.0, 1.0).ticks(5);
        assert_eq!(ticks.len(), 5);
        assert_eq!(digits, 1);
        let (ticks, digits) = Axis::linear(0.0, 1.0, 0.0, 1.0).ticks(4);
        assert_eq!((ticks.len(), digits), (5, 2));
        assert!(Axis::linear(f64::NAN, 2.0, 0.0, 1.0).ticks(5).0.len() > 1);
    }

    #[test]
    fn labels_keep_their_order_and_distance() {
        let placed = spread(&[100.0, 101.0, 99.0, 300.0], 10.0, 0.0, 400.0);
        assert!(placed[2] + 9.99 < placed[0] && placed[0] + 9.99 < placed[1]);
        assert_eq!(placed[3], 300.0);
        let squeezed = spread(&[395.0, 396.0, 397.0], 10.0, 0.0, 400.0);
        assert!(squeezed.iter().all(|y| *y <= 400.0));
    }
}
