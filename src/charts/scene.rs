//! A picture as a list of marks in pixels, the same for SVG and PNG. Not how marks are put on paper: that is `paper`.

use super::colours::Colour;
use super::fonts;
use crate::results::{Given, WorldName};
use std::ops::Range;

/// Width of every picture, pixels.
pub(super) const WIDTH: f64 = 1200.0;
/// Height of a picture, pixels, unless it is cut.
pub(super) const HEIGHT: f64 = 750.0;

/// A point in pixels; y grows downwards.
pub(super) type Point = (f64, f64);

/// Which end of a text lies at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text; `y` is the middle of its capitals.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub x: f64,
    pub y: f64,
    pub text: String,
    pub size: f64,
    pub bold: bool,
    pub colour: Colour,
    pub anchor: Anchor,
    /// Written upwards, turned by a quarter.
    pub up: bool,
    /// With a white rim, to be read across lines.
    pub halo: bool,
}

impl Text {
    /// Plain text that starts at a point.
    pub fn new(x: f64, y: f64, text: impl Into<String>, size: f64, colour: Colour) -> Self {
        let text = text.into().chars().filter(|c| !c.is_control()).collect();
        Text { x, y, text, size, bold: false, colour, anchor: Anchor::Start, up: false, halo: false }
    }

    pub fn bold(mut self) -> Self {
        self.bold = true;
        self
    }

    pub fn middle(mut self) -> Self {
        self.anchor = Anchor::Middle;
        self
    }

    pub fn end(mut self) -> Self {
        self.anchor = Anchor::End;
        self
    }

    pub fn up(mut self) -> Self {
        self.up = true;
        self
    }

    pub fn halo(mut self) -> Self {
        self.halo = true;
        self
    }

    pub fn width(&self) -> f64 {
        fonts::width(&self.text, self.size, self.bold)
    }

    /// The box that the text fills: left, top, right, bottom.
    pub fn bounds(&self) -> [f64; 4] {
        let along = self.width();
        let (before, after) = match self.anchor {
            Anchor::Start => (0.0, along),
            Anchor::Middle => (along / 2.0, along / 2.0),
            Anchor::End => (along, 0.0),
        };
        let across = 0.5 * self.size;
        if self.up {
            [self.x - across, self.y - after, self.x + across, self.y + before]
        } else {
            [self.x - before, self.y - across, self.x + after, self.y + across]
        }
    }
}

/// One thing to draw.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    Line { points: Vec<Point>, colour: Colour, width: f64, dashed: bool },
    Area { points: Vec<Point>, colour: Colour, alpha: f64 },
    Disc { x: f64, y: f64, radius: f64, colour: Colour },
    Text(Text),
}

/// Where a pointer is on a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reach {
    /// Near its point.
    Near,
    /// In a box: left, top, right, bottom.
    Box([f64; 4]),
    /// On a line of some half width.
    Way(Vec<Point>, f64),
}

/// A number that can be read off the picture, which is not drawn: a page shows it to a pointer or a key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    pub at: Point,
    pub reach: Reach,
    pub text: String,
}

/// Marks that show one world under one condition, by their places in the list: a page can make the others pale.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub marks: Range<usize>,
    pub world: WorldName,
    pub given: Given,
}

/// A whole picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    /// Pixels, at most those of a whole picture.
    pub height: f64,
    pub marks: Vec<Mark>,
    pub values: Vec<Value>,
    /// In order and apart.
    pub groups: Vec<Group>,
}

impl Default for Scene {
    fn default() -> Self {
        Scene { height: HEIGHT, marks: Vec::new(), values: Vec::new(), groups: Vec::new() }
    }
}

fn finite(points: &[Point]) -> bool {
    points.iter().all(|p| p.0.is_finite() && p.1.is_finite())
}

fn clamped(points: &[Point]) -> Vec<Point> {
    points.iter().map(|p| (p.0.clamp(-2.0 * WIDTH, 3.0 * WIDTH), p.1.clamp(-2.0 * HEIGHT, 3.0 * HEIGHT))).collect()
}

impl Scene {
    /// A line through points; nothing if one is not finite.
    pub fn line(&mut self, points: &[Point], colour: Colour, width: f64) {
        self.stroke(points, colour, width, false);
    }

    /// A dashed line.
    pub fn dashes(&mut self, points: &[Point], colour: Colour, width: f64) {
        self.stroke(points, colour, width, true);
    }

    fn stroke(&mut self, points: &[Point], colour: Colour, width: f64, dashed: bool) {
        if points.len() > 1 && finite(points) && width.is_finite() {
            self.marks.push(Mark::Line { points: clamped(points), colour, width, dashed });
        }
    }

    /// A filled polygon.
    pub fn area(&mut self, points: &[Point], colour: Colour, alpha: f64) {
        if points.len() > 2 && finite(points) && alpha.is_finite() {
            self.marks.push(Mark::Area { points: clamped(points), colour, alpha });
        }
    }

    /// A filled rectangle between two corners.
    pub fn rect(&mut self, a: Point, b: Point, colour: Colour, alpha: f64) {
        self.area(&[a, (b.0, a.1), b, (a.0, b.1)], colour, alpha);
    }

    /// A rectangle with diagonal lines: no statement is made here.
    pub fn hatched(&mut self, a: Point, b: Point, colour: Colour) {
        const STEP: f64 = 9.0;
        let (width, height) = (b.0 - a.0, b.1 - a.1);
        if !(width > 0.0 && height > 0.0) {
            return;
        }
        let mut along = STEP;
        while along < width + height {
            let low = (a.0 + (along - height).max(0.0), a.1 + along.min(height));
            let high = (a.0 + along.min(width), a.1 + (along - width).max(0.0));
            self.line(&[low, high], colour, 0.8);
            along += STEP;
        }
    }

    /// A filled circle.
    pub fn disc(&mut self, at: Point, radius: f64, colour: Colour) {
        if finite(&[at]) {
            self.marks.push(Mark::Disc { x: at.0, y: at.1, radius, colour });
        }
    }

    /// A text; nothing if it is empty or its place is not finite.
    pub fn text(&mut self, text: Text) {
        if !text.text.is_empty() && finite(&[(text.x, text.y)]) {
            self.marks.push(Mark::Text(text));
        }
    }

    /// A value that can be read near a point.
    pub fn value(&mut self, at: Point, text: impl Into<String>) {
        self.put(at, Reach::Near, text.into());
    }

    /// A value that can be read anywhere in a box of two corners.
    pub fn value_in(&mut self, a: Point, b: Point, text: impl Into<String>) {
        let found = [a.0.min(b.0), a.1.min(b.1), a.0.max(b.0), a.1.max(b.1)];
        self.put(((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0), Reach::Box(found), text.into());
    }

    /// A value that can be read along a line of some half width; the line has at least one point.
    pub fn value_along(&mut self, line: Vec<Point>, half: f64, text: impl Into<String>) {
        if let Some(&at) = line.get(line.len() / 2) {
            self.put(at, Reach::Way(line, half), text.into());
        }
    }

    fn put(&mut self, at: Point, reach: Reach, text: String) {
        let is_sound = match &reach {
            Reach::Near => true,
            Reach::Box(found) => found.iter().all(|v| v.is_finite()),
            Reach::Way(line, half) => finite(line) && half.is_finite(),
        };
        if finite(&[at]) && is_sound {
            self.values.push(Value { at, reach, text });
        }
    }

    /// What is drawn in here shows one world under one condition.
    pub fn grouped<T>(&mut self, world: WorldName, given: Given, draw: impl FnOnce(&mut Scene) -> T) -> T {
        let start = self.marks.len();
        let done = draw(self);
        if self.marks.len() > start {
            self.groups.push(Group { marks: start..self.marks.len(), world, given });
        }
        done
    }

    /// The texts, for laying out others beside them.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        self.marks.iter().filter_map(|m| if let Mark::Text(t) = m { Some(t) } else { None })
    }
}

/// Whether two boxes share a point.
pub(super) fn overlap(a: &[f64; 4], b: &[f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// Moves heights apart so that neighbours are at least `gap` apart and all lie between `top` and `bottom` where there is room;
/// the order is kept.
pub(super) fn spread(wanted: &[f64], gap: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    let mut blocks: Vec<(f64, usize)> = Vec::new(); // (centre of the first, count)
    let room = (bottom - top - gap * (wanted.len().max(1) - 1) as f64).max(0.0);
    for (rank, &i) in order.iter().enumerate() {
        let freed = (wanted[i] - gap * rank as f64).clamp(top, top + room);
        blocks.push((freed, 1));
        while let [.., a, b] = blocks[..] {
            if a.0 <= b.0 {
                break;
            }
            let count = a.1 + b.1;
            let mean = (a.0 * a.1 as f64 + b.0 * b.1 as f64) / count as f64;
            blocks.truncate(blocks.len() - 2);
            blocks.push((mean, count));
        }
    }
    let mut placed = vec![0.0; wanted.len()];
    let levels = blocks.iter().flat_map(|&(level, count)| std::iter::repeat_n(level, count));
    for (rank, (level, &i)) in levels.zip(&order).enumerate() {
        placed[i] = level + gap * rank as f64;
    }
    placed
}
