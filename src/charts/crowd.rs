//! Many firms on a ring: an order that keeps the largest flows short, and names in two columns outside the circle. Not the arrows.

use super::colours::{GREY, INK};
use super::fonts;
use super::ring::{Flow, NODE, Ring};
use super::scene::{Anchor, Scene, Text, spread};
use std::f64::consts::PI;

/// Size of names.
const SIZE: f64 = 12.0;
/// Distance of names from the circle.
const OUT: f64 = 20.0;
/// Widest name.
const WIDEST: f64 = 190.0;
/// Rounds of search; each can only shorten the arrows, and few are needed.
const MOST_ROUNDS: usize = 60;

/// Dollars between two places, both ways.
struct Weights {
    count: usize,
    usd_bn: Vec<f64>,
}

impl Weights {
    fn new(firms: &[usize], flows: &[Flow]) -> Weights {
        let count = firms.len();
        let at = |firm: usize| firms.iter().position(|f| *f == firm);
        let mut usd_bn = vec![0.0; count * count];
        for f in flows {
            if let (Some(a), Some(b)) = (at(f.from), at(f.to)) {
                usd_bn[a * count + b] += f.usd_bn;
                usd_bn[b * count + a] += f.usd_bn;
            }
        }
        Weights { count, usd_bn }
    }

    /// Dollars times chords.
    fn length(&self, order: &[usize]) -> f64 {
        let chord = |k: usize| (PI * k as f64 / self.count as f64).sin();
        let pairs = (0..order.len()).flat_map(|i| (i + 1..order.len()).map(move |j| (i, j)));
        pairs.map(|(i, j)| self.usd_bn[order[i] * self.count + order[j]] * chord(j - i)).sum()
    }
}

/// The firms in an order in which no swap of two and no move of one makes the arrows shorter, weighed by their dollars; the first has the largest flows.
pub(super) fn order(firms: &[usize], flows: &[Flow]) -> Vec<usize> {
    let weights = Weights::new(firms, flows);
    let mut best: Vec<usize> = (0..firms.len()).collect();
    let mut length = weights.length(&best);
    for _ in 0..MOST_ROUNDS {
        let before = length;
        for (i, j) in (0..firms.len()).flat_map(|i| (0..firms.len()).map(move |j| (i, j))).filter(|(i, j)| i != j) {
            let mut swapped = best.clone();
            swapped.swap(i, j);
            let mut moved = best.clone();
            let firm = moved.remove(i);
            moved.insert(j, firm);
            for other in [swapped, moved] {
                let found = weights.length(&other);
                if found < length * (1.0 - 1e-9) {
                    (best, length) = (other, found);
                }
            }
        }
        if length >= before {
            break;
        }
    }
    let through = |k: &usize| weights.usd_bn[k * weights.count..(k + 1) * weights.count].iter().sum::<f64>();
    let first = (0..best.len()).max_by(|a, b| through(&best[*a]).total_cmp(&through(&best[*b]))).unwrap_or(0);
    best.rotate_left(first);
    best.into_iter().map(|k| firms[k]).collect()
}

/// Names to the left and to the right of the circle, moved apart, each joined to its firm by a thin line.
pub(super) fn draw_names(scene: &mut Scene, ring: &Ring, name: &dyn Fn(usize) -> String, (top, bottom): (f64, f64)) {
    for side in [1.0, -1.0] {
        let is_here = |angle: f64| (angle.cos() >= -1e-9) == (side > 0.0);
        let here: Vec<(usize, (f64, f64))> =
            ring.place.iter().filter(|(_, angle)| is_here(**angle)).filter_map(|(&i, _)| Some((i, ring.point(i)?))).collect();
        let (centre, far) = (ring.centre, ring.radius + OUT);
        // Names near the top and the bottom are drawn out a little, so that those beside them keep to their firms.
        let wanted: Vec<f64> = here.iter().map(|(_, at)| centre.1 + (at.1 - centre.1) * far / ring.radius).collect();
        let heights = spread(&wanted, 1.25 * SIZE, top, bottom);
        for ((i, at), y) in here.into_iter().zip(heights) {
            let across = (far * far - (y - centre.1).powi(2)).max(0.0).sqrt();
            let x = if side > 0.0 { (centre.0 + across).max(at.0 + NODE) } else { (centre.0 - across).min(at.0 - NODE) };
            scene.line(&[at, (x - side * 3.0, y)], GREY, 0.7);
            let mut text = Text::new(x, y, fonts::fit(&name(i), SIZE, true, WIDEST), SIZE, INK).bold().halo();
            text.anchor = if side > 0.0 { Anchor::Start } else { Anchor::End };
            scene.text(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::FlowKind;

    #[test]
    fn partners_come_to_stand_beside_each_other() {
        let flow = |from, to, usd_bn| Flow { from, to, kind: FlowKind::Purchase, usd_bn, in_loop: false };
        // Eight firms that trade in pairs far apart.
        let flows: Vec<Flow> = (0..4).map(|i| flow(i, i + 4, 10.0 + i as f64)).collect();
        let firms: Vec<usize> = (0..8).collect();
        let found = order(&firms, &flows);
        let place = |firm: usize| found.iter().position(|f| *f == firm).unwrap();
        for f in &flows {
            let apart = place(f.from).abs_diff(place(f.to));
            assert!(apart == 1 || apart == 7, "{found:?}");
        }
        assert!([3, 7].contains(&found[0]), "{found:?}");
        assert_eq!(found, order(&firms, &flows));
    }
}
