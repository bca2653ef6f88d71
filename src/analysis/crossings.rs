//! Where a curve that is known with intervals at some points meets zero, with an interval for the place. No engine and no words.

use serde::{Deserialize, Serialize};

use crate::stats::Estimate;

/// A place where the curve changes sign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// Where the line between neighbouring points is zero.
    pub at: f64,
    /// Where the nearer edge of the band is zero to the left; none where no point to the left is clear of zero.
    pub low: Option<f64>,
    /// The same to the right.
    pub high: Option<f64>,
    /// Whether the curve goes up there.
    pub is_rising: bool,
}

/// An estimate less a level.
pub(super) fn shifted(e: &Estimate, level: f64) -> Estimate {
    Estimate { value: e.value - level, low: e.low - level, high: e.high - level, ..*e }
}

/// The crossings of a curve given left to right, with gaps where it is not known, across which nothing is interpolated. Where there is none: whether the curve is
/// above zero, and whether every interval is clear of it.
pub(super) fn crossings(series: &[Option<(f64, Estimate)>]) -> (Vec<Crossing>, Option<(bool, bool)>) {
    let known: Vec<&(f64, Estimate)> = series.iter().flatten().collect();
    let found: Vec<Crossing> = series.split(Option::is_none).flat_map(of_piece).collect();
    let sides: Vec<bool> = known.iter().filter(|p| p.1.value != 0.0).map(|p| p.1.value > 0.0).collect();
    let is_one_sided = sides.first().is_some_and(|s| sides.iter().all(|other| other == s));
    let side = (found.is_empty() && is_one_sided).then(|| (sides[0], known.iter().all(|p| p.1.is_told_from_zero())));
    (found, side)
}

fn of_piece(piece: &[Option<(f64, Estimate)>]) -> Vec<Crossing> {
    let points: Vec<(f64, Estimate)> = piece.iter().flatten().copied().collect();
    let mut found = Vec::new();
    let mut last: Option<usize> = None;
    for (k, (_, e)) in points.iter().enumerate().filter(|(_, p)| p.1.value != 0.0) {
        if let Some(j) = last.filter(|&j| points[j].1.value * e.value < 0.0) {
            found.push(between(&points, j, k));
        }
        last = Some(k);
    }
    found
}

/// The crossing between points j and k, all points between them being zero.
fn between(points: &[(f64, Estimate)], j: usize, k: usize) -> Crossing {
    let at = if k - j > 1 { 0.5 * (points[j + 1].0 + points[k - 1].0) } else { root(points, j, k, |e| e.value) };
    let left = (0..=j).rev().find(|&i| points[i].1.is_told_from_zero());
    let right = (k..points.len()).find(|&i| points[i].1.is_told_from_zero());
    let nearer = |i: usize| -> fn(&Estimate) -> f64 { if points[i].1.value < 0.0 { |e| e.high } else { |e| e.low } };
    Crossing {
        at,
        low: left.map(|i| root(points, i, i + 1, nearer(i)).min(at)),
        high: right.map(|i| root(points, i - 1, i, nearer(i)).max(at)),
        is_rising: points[k].1.value > 0.0,
    }
}

/// Where the straight line between two points is zero; their middle where it is level.
fn root(points: &[(f64, Estimate)], i: usize, k: usize, of: impl Fn(&Estimate) -> f64) -> f64 {
    let ((x, a), (y, b)) = ((points[i].0, of(&points[i].1)), (points[k].0, of(&points[k].1)));
    if a == b { 0.5 * (x + y) } else { x + (y - x) * (a / (a - b)).clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(values: &[f64], half: f64) -> Vec<Option<(f64, Estimate)>> {
        let point = |(k, v): (usize, &f64)| v.is_finite().then(|| (k as f64, Estimate::with_half_width(*v, half, half).unwrap()));
        values.iter().enumerate().map(point).collect()
    }

    #[test]
    fn a_straight_line_is_met_where_it_is_zero_and_its_band_where_its_edges_are() {
        let (found, side) = crossings(&curve(&[-3.0, -1.0, 1.0, 3.0], 0.5));
        assert_eq!(found, [Crossing { at: 1.5, low: Some(1.25), high: Some(1.75), is_rising: true }]);
        assert!(side.is_none());
        let (falling, _) = crossings(&curve(&[3.0, 1.0, -1.0, -3.0], 2.0));
        assert_eq!(falling, [Crossing { at: 1.5, low: Some(0.5), high: Some(2.5), is_rising: false }]);
    }

    #[test]
    fn ends_are_open_where_nothing_is_clear() {
        let (found, _) = crossings(&curve(&[-1.0, 1.0, 5.0], 2.0));
        assert_eq!((found[0].at, found[0].low, found[0].high), (0.5, None, Some(1.25)));
    }

    #[test]
    fn no_crossing_is_said_with_its_side() {
        assert_eq!(crossings(&curve(&[2.0, 1.0, 3.0], 0.5)), (vec![], Some((true, true))));
        assert_eq!(crossings(&curve(&[-2.0, -1.0], 1.5)), (vec![], Some((false, false))));
        // Touching is not crossing, and nothing is interpolated over a point that is not known.
        assert!(crossings(&curve(&[2.0, 0.0, 3.0], 0.1)).0.is_empty());
        assert_eq!(crossings(&curve(&[2.0, f64::NAN, -3.0], 0.1)), (vec![], None));
        assert_eq!(crossings(&[]), (vec![], None));
    }

    #[test]
    fn a_point_that_is_exactly_zero_is_the_crossing() {
        let mut points = curve(&[-2.0, 0.0, 2.0], 0.5);
        points[1] = Some((1.0, Estimate::exact(0.0).unwrap()));
        assert_eq!(crossings(&points).0, [Crossing { at: 1.0, low: Some(1.0), high: Some(1.0), is_rising: true }]);
    }
}
