//! The colours of every chart: Okabe and Ito's palette, one colour per kind of link and per world. No drawing.

use crate::results::{FlowKind, WorldName};

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(pub u8, pub u8, pub u8);

pub(super) const BLACK: Colour = Colour(0, 0, 0);
pub(super) const WHITE: Colour = Colour(255, 255, 255);
pub(super) const ORANGE: Colour = Colour(0xE6, 0x9F, 0x00);
pub(super) const SKY: Colour = Colour(0x56, 0xB4, 0xE9);
pub(super) const GREEN: Colour = Colour(0x00, 0x9E, 0x73);
pub(super) const BLUE: Colour = Colour(0x00, 0x72, 0xB2);
pub(super) const VERMILLION: Colour = Colour(0xD5, 0x5E, 0x00);
pub(super) const PURPLE: Colour = Colour(0xCC, 0x79, 0xA7);
/// Text.
pub(super) const INK: Colour = Colour(0x22, 0x22, 0x22);
/// Text of the second rank.
pub(super) const GREY: Colour = Colour(0x5A, 0x5A, 0x5A);
/// Context that is not the message.
pub(super) const PALE: Colour = Colour(0xA6, 0xA6, 0xA6);
/// Grid lines.
pub(super) const GRID: Colour = Colour(0xE4, 0xE4, 0xE4);

/// Colours for firms as lines of one chart; what is ranked beyond them is grey.
pub(super) const SERIES: [Colour; 7] = [VERMILLION, BLUE, GREEN, PURPLE, ORANGE, SKY, BLACK];

/// The colour of the n-th line.
pub(super) fn series(n: usize) -> Colour {
    SERIES.get(n).copied().unwrap_or(PALE)
}

/// One colour per kind of link, everywhere.
pub(super) fn of_flow(kind: FlowKind) -> Colour {
    match kind {
        FlowKind::Purchase => BLUE,
        FlowKind::Investment => VERMILLION,
        FlowKind::Unsigned => Colour(0x77, 0x77, 0x77),
        FlowKind::Stake => ORANGE,
        FlowKind::Loan => GREEN,
        FlowKind::Warrant => PURPLE,
        FlowKind::Backstop => SKY,
    }
}

/// One colour per world.
pub(super) fn of_world(world: WorldName) -> Colour {
    match world {
        WorldName::W0 => BLACK,
        WorldName::W1 => PURPLE,
        WorldName::W2 => SKY,
        WorldName::W0Least => ORANGE,
    }
}

/// Whether something is raised or lowered; `otherwise` where its interval does not tell.
pub(super) fn of_change(e: &crate::stats::Estimate, otherwise: Colour) -> Colour {
    if e.low > 0.0 {
        VERMILLION
    } else if e.high < 0.0 {
        BLUE
    } else {
        otherwise
    }
}

/// A colour mixed with white: `share` 1 leaves it as it is, 0 gives white.
pub(super) fn tint(c: Colour, share: f64) -> Colour {
    let s = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let mix = |x: u8| (255.0 + (f64::from(x) - 255.0) * s).round() as u8;
    Colour(mix(c.0), mix(c.1), mix(c.2))
}

/// A colour mixed with black, so that thin text in it stays readable: `share` 1 leaves it as it is.
pub(super) fn shade(c: Colour, share: f64) -> Colour {
    let s = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let mix = |x: u8| (f64::from(x) * s).round() as u8;
    Colour(mix(c.0), mix(c.1), mix(c.2))
}

/// Relative luminance, from 0 to 1 (WCAG 2).
fn luminance(c: Colour) -> f64 {
    let [r, g, b] = linear(c);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// The three channels as light, from 0 to 1 (sRGB).
fn linear(c: Colour) -> [f64; 3] {
    [c.0, c.1, c.2].map(|x| {
        let x = f64::from(x) / 255.0;
        if x > 0.04045 { ((x + 0.055) / 1.055).powf(2.4) } else { x / 12.92 }
    })
}

/// The colour as text in a palette colour: darkened until it has a contrast of 4.5 on white.
pub(super) fn as_text(c: Colour) -> Colour {
    let readable = |c: &Colour| 1.05 / (luminance(*c) + 0.05) >= 4.5;
    (0..50).map(|k| shade(c, 1.0 - 0.02 * f64::from(k))).find(readable).unwrap_or(INK)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Full protanopia, deuteranopia and tritanopia on linear RGB (Machado, Oliveira & Fernandes, IEEE TVCG 15 (2009) 1291).
    const SEEN: [[[f64; 3]; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ];

    fn dot(row: &[f64; 3], v: &[f64; 3]) -> f64 {
        row.iter().zip(v).map(|(a, b)| a * b).sum()
    }

    /// CIE L*a*b* of a colour as it is seen.
    fn lab(c: Colour, seen: &[[f64; 3]; 3]) -> [f64; 3] {
        let own = linear(c);
        let v: [f64; 3] = std::array::from_fn(|k| dot(&seen[k], &own).clamp(0.0, 1.0));
        let xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]];
        let f = |t: f64| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
        let [x, y, z] = [f(dot(&xyz[0], &v) / 0.95047), f(dot(&xyz[1], &v)), f(dot(&xyz[2], &v) / 1.08883)];
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// The least distance (CIE 1976) of two colours of a list to anyone's eyes.
    fn nearest(list: &[Colour]) -> f64 {
        let mut least = f64::INFINITY;
        for seen in &SEEN {
            for (k, &a) in list.iter().enumerate() {
                for &b in &list[k + 1..] {
                    let (p, q) = (lab(a, seen), lab(b, seen));
                    least = least.min(p.iter().zip(q).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt());
                }
            }
        }
        least
    }

    #[test]
    fn colours_stay_apart_to_colour_blind_eyes() {
        let flows =
            [FlowKind::Purchase, FlowKind::Investment, FlowKind::Stake, FlowKind::Loan, FlowKind::Warrant, FlowKind::Backstop].map(of_flow);
        let worlds = [WorldName::W0, WorldName::W1, WorldName::W2, WorldName::W0Least].map(of_world);
        for (name, list) in [("series", &SERIES[..]), ("flows", &flows[..]), ("worlds", &worlds[..])] {
            assert!(nearest(list) > 15.0, "{name}: {}", nearest(list));
        }
        // The palette with one red more would fail, so that the test can.
        assert!(nearest(&[VERMILLION, GREEN, Colour(0xC0, 0x60, 0x10)]) < 15.0);
    }

    #[test]
    fn text_in_a_palette_colour_can_be_read_on_white() {
        for c in SERIES.into_iter().chain([INK, GREY]) {
            let contrast = 1.05 / (luminance(as_text(c)) + 0.05);
            assert!(contrast >= 4.5, "{c:?}: {contrast}");
        }
    }
}
