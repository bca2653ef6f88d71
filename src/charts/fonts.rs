//! The embedded font and how wide text is in it. Not where text goes.

use plotters::prelude::{FontDesc, IntoFont};
use plotters::style::{FontFamily, FontStyle, register_font};
use std::sync::OnceLock;

/// Name under which the font is registered, and what SVG files ask for first.
pub(super) const FAMILY: &str = "Open Sans";

/// What SVG files ask for: the embedded font where it is installed, else what nearly every machine has.
pub(super) const SVG_FAMILY: &str = "Open Sans, Arial, Helvetica, sans-serif";

/// Height of a line of the font over its em: plotters sizes bitmap text by the former.
pub(super) const LINE_PER_EM: f64 = (2189.0 + 600.0) / 2048.0;

static REGULAR: &[u8] = include_bytes!("font/OpenSans-Regular.ttf");
static SEMIBOLD: &[u8] = include_bytes!("font/OpenSans-Semibold.ttf");

/// Registers every style; false if the embedded files were not a font.
pub(super) fn ready() -> bool {
    static READY: OnceLock<bool> = OnceLock::new();
    *READY.get_or_init(|| {
        let add = |style, bytes| register_font(FAMILY, style, bytes).is_ok();
        add(FontStyle::Normal, REGULAR)
            && add(FontStyle::Italic, REGULAR)
            && add(FontStyle::Oblique, REGULAR)
            && add(FontStyle::Bold, SEMIBOLD)
    })
}

/// The font at a size in pixels per em.
pub(super) fn font(em: f64, bold: bool) -> FontDesc<'static> {
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    (FontFamily::Name(FAMILY), em * LINE_PER_EM, style).into_font()
}

/// Width of a text in pixels; an estimate from its length if the font fails.
pub(super) fn width(text: &str, em: f64, bold: bool) -> f64 {
    const MEASURE_EM: f64 = 400.0;
    let guess = 0.55 * em * text.chars().count() as f64;
    if !ready() {
        return guess;
    }
    match font(MEASURE_EM, bold).layout_box(text) {
        Ok(((left, _), (right, _))) => f64::from(right - left) * em / MEASURE_EM,
        Err(_) => guess,
    }
}

/// The text cut to a width, with an ellipsis where something is missing.
pub(super) fn fit(text: &str, em: f64, bold: bool, room: f64) -> String {
    if width(text, em, bold) <= room {
        return text.to_string();
    }
    let mut chars: Vec<char> = text.chars().collect();
    while chars.len() > 1 {
        chars.pop();
        let shorter: String = chars.iter().collect::<String>().trim_end().to_string() + "…";
        if width(&shorter, em, bold) <= room {
            return shorter;
        }
    }
    chars.into_iter().collect()
}

/// The text in lines no wider than `room`, at most `lines` of them, the last one cut; non-breaking spaces hold.
pub(super) fn wrap(text: &str, em: f64, bold: bool, room: f64, lines: usize) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    let mut words = text.split(' ').filter(|w| !w.is_empty());
    let mut line = String::new();
    while let Some(word) = words.next() {
        let longer = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
        if line.is_empty() || width(&longer, em, bold) <= room {
            line = longer;
            continue;
        }
        if done.len() + 1 >= lines {
            let rest: Vec<&str> = words.collect();
            done.push(fit(&format!("{longer} {}", rest.join(" ")), em, bold, room));
            return done;
        }
        done.push(std::mem::replace(&mut line, word.to_string()));
    }
    if !line.is_empty() {
        done.push(fit(&line, em, bold, room));
    }
    done
}
