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
        WorldName::W0Least => PALE,
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

/// The colour as text in a palette colour: the light ones are darkened.
pub(super) fn as_text(c: Colour) -> Colour {
    let light = 0.30 * f64::from(c.0) + 0.59 * f64::from(c.1) + 0.11 * f64::from(c.2);
    if light > 210.0 {
        shade(c, 0.5)
    } else if light > 150.0 {
        shade(c, 0.62)
    } else if light > 110.0 {
        shade(c, 0.8)
    } else {
        c
    }
}
