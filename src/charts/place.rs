//! Free places for labels beside lines, and lines cut at the edge of a frame. Not what is drawn.

use super::scene::{Mark, Point, Scene, overlap};

/// Distance between tried places, pixels.
const STEP: f64 = 8.0;
/// Least distance of a label from lines and other texts, pixels.
const MARGIN: f64 = 9.0;

/// Boxes that a label must keep off: short pieces of lines of some width, and texts.
pub(super) fn obstacles(scene: &Scene, thin: f64) -> Vec<[f64; 4]> {
    let mut boxes: Vec<[f64; 4]> = scene.texts().map(super::scene::Text::bounds).collect();
    for mark in &scene.marks {
        match mark {
            Mark::Line { points, width, .. } if *width > thin => boxes.extend(points.windows(2).flat_map(|p| pieces(p[0], p[1]))),
            Mark::Disc { x, y, radius, .. } => boxes.push([x - radius, y - radius, x + radius, y + radius]),
            _ => {}
        }
    }
    boxes
}

fn pieces(a: Point, b: Point) -> Vec<[f64; 4]> {
    let count = ((b.0 - a.0).hypot(b.1 - a.1) / 6.0).ceil().clamp(1.0, 2000.0);
    let at = |i: f64| (a.0 + (b.0 - a.0) * i / count, a.1 + (b.1 - a.1) * i / count);
    (0..count as usize)
        .map(|i| {
            let (p, q) = (at(i as f64), at(i as f64 + 1.0));
            [p.0.min(q.0), p.1.min(q.1), p.0.max(q.0), p.1.max(q.1)]
        })
        .collect()
}

/// The box of a size within `room` that keeps off every obstacle and lies nearest to a point; none if there is no such place.
pub(super) fn free_box(size: (f64, f64), target: Point, room: [f64; 4], obstacles: &[[f64; 4]]) -> Option<[f64; 4]> {
    let mut best: Option<(f64, [f64; 4])> = None;
    let mut top = room[1];
    while top + size.1 <= room[3] {
        let mut left = room[0];
        while left + size.0 <= room[2] {
            let found = [left, top, left + size.0, top + size.1];
            let wide = [found[0] - MARGIN, found[1] - MARGIN, found[2] + MARGIN, found[3] + MARGIN];
            let end = nearest(&found, target);
            let far = (end.0 - target.0).hypot(end.1 - target.1);
            if best.is_none_or(|(b, _)| far < b) && !obstacles.iter().any(|o| overlap(&wide, o)) {
                best = Some((far, found));
            }
            left += STEP;
        }
        top += STEP;
    }
    best.map(|(_, found)| found)
}

/// The point of a box nearest to another point.
pub(super) fn nearest(found: &[f64; 4], target: Point) -> Point {
    (target.0.clamp(found[0], found[2]), target.1.clamp(found[1], found[3]))
}

/// The pieces of a line between two heights, cut where it crosses them.
pub(super) fn between(points: &[Point], top: f64, bottom: f64) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let at = |y: f64| if b.1 == a.1 { 0.0 } else { (y - a.1) / (b.1 - a.1) };
        let (enter, leave) = if b.1 >= a.1 { (at(top), at(bottom)) } else { (at(bottom), at(top)) };
        let (from, to) =
            if a.1 == b.1 { if a.1 < top || a.1 > bottom { continue } else { (0.0, 1.0) } } else { (enter.max(0.0), leave.min(1.0)) };
        if from >= to {
            continue;
        }
        let on = |t: f64| (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
        match pieces.last_mut() {
            Some(piece) if from == 0.0 && piece.last() == Some(&a) => piece.push(on(to)),
            _ => pieces.push(vec![on(from), on(to)]),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_where_it_leaves() {
        let pieces = between(&[(0.0, 10.0), (10.0, -10.0), (20.0, 10.0)], 0.0, 20.0);
        assert_eq!(pieces, [vec![(0.0, 10.0), (5.0, 0.0)], vec![(15.0, 0.0), (20.0, 10.0)]]);
        let inside = [(0.0, 5.0), (1.0, 5.0), (2.0, 7.0)];
        assert_eq!(between(&inside, 0.0, 20.0), [inside.to_vec()]);
        assert!(between(&[(0.0, -5.0), (1.0, -5.0)], 0.0, 20.0).is_empty());
    }

    #[test]
    fn a_label_keeps_off_lines() {
        let line = pieces((0.0, 0.0), (200.0, 200.0));
        let found = free_box((60.0, 20.0), (100.0, 100.0), [0.0, 0.0, 300.0, 300.0], &line).unwrap();
        assert!(line.iter().all(|b| !overlap(b, &found)));
        assert!(free_box((60.0, 20.0), (0.0, 0.0), [0.0, 0.0, 50.0, 300.0], &line).is_none());
    }
}
