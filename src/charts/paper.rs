//! Puts a scene on paper: SVG as text, PNG through plotters' bitmap. Not what is drawn.

use super::colours::{Colour, WHITE};
use super::fonts::{self, LINE_PER_EM, SVG_FAMILY};
use super::scene::{Anchor, Mark, Point, Reach, Scene, Text, Value, WIDTH};
use crate::results::Given;
use image::ImageEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use plotters::prelude::{BitMapBackend, DrawingBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, RGBAColor, RGBColor, TextStyle};
use std::fmt::Write as _;

/// Pixels drawn for each pixel kept, each way: plotters' bitmap lines are not anti-aliased.
const OVERSAMPLING: usize = 3;
/// Height of the middle of a capital above the baseline, em.
const MIDDLE_EM: f64 = 0.36;
const DASH: f64 = 6.0;
const GAP: f64 = 4.0;

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_control()) {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            other => out.push(other),
        }
    }
    out
}

/// A colour as SVG and pages write it.
pub(super) fn hex(c: Colour) -> String {
    format!("#{:02x}{:02x}{:02x}", c.0, c.1, c.2)
}

fn short(x: f64) -> String {
    let text = format!("{x:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_string() } else { text.to_string() }
}

fn points_text(points: &[Point]) -> String {
    let each: Vec<String> = points.iter().map(|p| format!("{},{}", short(p.0), short(p.1))).collect();
    each.join(" ")
}

fn svg_text(t: &Text) -> String {
    let anchor = match t.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let weight = if t.bold { " font-weight=\"600\"" } else { "" };
    let shift = MIDDLE_EM * t.size;
    let (x, y) = if t.up { (t.x + shift, t.y) } else { (t.x, t.y + shift) };
    let turn = if t.up { format!(" transform=\"rotate(-90 {} {})\"", short(x), short(y)) } else { String::new() };
    // The width in the embedded font is kept with whatever font the viewer has.
    let width = if t.text.chars().count() > 2 {
        format!(" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"", short(t.width()))
    } else {
        String::new()
    };
    let (x, y, size, text) = (short(x), short(y), short(t.size), escaped(&t.text));
    let written = |ink: &str| {
        format!("<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{width}{weight}{ink}{turn}>{text}</text>\n")
    };
    let ink = written(&format!(" fill=\"{}\"", hex(t.colour)));
    if t.halo {
        // The rim is a text of its own: not every viewer knows paint-order.
        let rim = " fill=\"#ffffff\" stroke=\"#ffffff\" stroke-width=\"3\" aria-hidden=\"true\"";
        return written(rim) + &ink;
    }
    ink
}

fn svg_mark(mark: &Mark) -> String {
    match mark {
        Mark::Line { points, colour, width, dashed } => {
            let dash = if *dashed { format!(" stroke-dasharray=\"{DASH} {GAP}\"") } else { String::new() };
            let (stroke, points) = (hex(*colour), points_text(points));
            format!("<polyline fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{}\"{dash} points=\"{points}\"/>\n", short(*width))
        }
        Mark::Area { points, colour, alpha } => {
            let opacity = if *alpha < 1.0 { format!(" fill-opacity=\"{alpha:.2}\"") } else { String::new() };
            format!("<polygon fill=\"{}\"{opacity} points=\"{}\"/>\n", hex(*colour), points_text(points))
        }
        Mark::Disc { x, y, radius, colour } => {
            format!("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>\n", short(*x), short(*y), short(*radius), hex(*colour))
        }
        Mark::Text(t) => svg_text(t),
    }
}

/// The scene as an SVG document, with a title and a description for readers who cannot see it.
pub(super) fn svg(scene: &Scene, title: &str, alt: &str) -> String {
    let marks: String = scene.marks.iter().map(svg_mark).collect();
    document(&marks, scene.height, title, alt)
}

/// The same with an unseen disc at each place that has a value, and with the marks of one world under one condition together.
pub(super) fn svg_with_values(scene: &Scene, title: &str, alt: &str) -> String {
    let mut marks = String::new();
    for (k, mark) in scene.marks.iter().enumerate() {
        if let Some(g) = scene.groups.iter().find(|g| g.marks.start == k) {
            let _ = writeln!(marks, "<g data-world=\"{:?}\" data-given=\"{}\">", g.world, given_key(g.given));
        }
        marks.push_str(&svg_mark(mark));
        if scene.groups.iter().any(|g| g.marks.end == k + 1) {
            marks.push_str("</g>\n");
        }
    }
    scene.values.iter().for_each(|v| marks.push_str(&svg_value(v)));
    document(&marks, scene.height, title, alt)
}

/// The names that the controls of a page use.
fn given_key(g: Given) -> &'static str {
    match g {
        Given::All => "all",
        Given::Bust => "bust",
        Given::NoBust => "no_bust",
    }
}

fn svg_value(v: &Value) -> String {
    let numbers = |list: &mut dyn Iterator<Item = f64>| list.map(short).collect::<Vec<_>>().join(" ");
    let reach = match &v.reach {
        Reach::Near => String::new(),
        Reach::Box(found) => format!(" data-box=\"{}\"", numbers(&mut found.iter().copied())),
        Reach::Way(line, half) => {
            format!(" data-way=\"{}\" data-half=\"{}\"", numbers(&mut line.iter().flat_map(|p| [p.0, p.1])), short(*half))
        }
    };
    let (x, y, text) = (short(v.at.0), short(v.at.1), escaped(&v.text));
    format!("<circle class=\"value\" cx=\"{x}\" cy=\"{y}\" r=\"5\" fill=\"none\"{reach} data-value=\"{text}\"/>\n")
}

/// Marks as a document.
fn document(marks: &str, height: f64, title: &str, alt: &str) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         font-family=\"{SVG_FAMILY}\" stroke-linejoin=\"round\">"
    );
    let _ = writeln!(out, "<title>{}</title>\n<desc>{}</desc>", escaped(title), escaped(alt));
    let _ = writeln!(out, "<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>");
    out.push_str(marks);
    out + "</svg>\n"
}

type Paper<'a> = BitMapBackend<'a>;
type Drawing = Result<(), String>;

fn rgba(c: Colour, alpha: f64) -> RGBAColor {
    RGBColor(c.0, c.1, c.2).mix(alpha.clamp(0.0, 1.0))
}

fn scaled(points: &[Point]) -> Vec<(i32, i32)> {
    let k = OVERSAMPLING as f64;
    let mut out: Vec<(i32, i32)> = points.iter().map(|p| ((p.0 * k).round() as i32, (p.1 * k).round() as i32)).collect();
    out.dedup();
    out
}

/// The pieces of a dashed line.
fn dashes(points: &[Point]) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = points.first().map(|&p| vec![p]).unwrap_or_default();
    let (mut on, mut left) = (true, DASH);
    for pair in points.windows(2) {
        let (mut a, b) = (pair[0], pair[1]);
        let mut rest = (b.0 - a.0).hypot(b.1 - a.1);
        while rest > left {
            a = (a.0 + (b.0 - a.0) * left / rest, a.1 + (b.1 - a.1) * left / rest);
            rest -= left;
            if on {
                piece.push(a);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![a];
            }
            on = !on;
            left = if on { DASH } else { GAP };
        }
        left -= rest;
        if on {
            piece.push(b);
        }
    }
    pieces.push(piece);
    pieces
}

fn draw_line(paper: &mut Paper, points: &[Point], colour: Colour, width: f64) -> Drawing {
    let points = scaled(points);
    if points.len() < 2 {
        return Ok(());
    }
    let stroke = ((width * OVERSAMPLING as f64).round() as u32).max(2);
    let style = rgba(colour, 1.0).stroke_width(stroke);
    // Piece by piece with round joints: plotters' outline of a whole bent line crosses itself at sharp angles and leaves holes.
    for (n, pair) in points.windows(2).enumerate() {
        paper.draw_path(pair.iter().copied(), &style).map_err(|e| e.to_string())?;
        if n > 0 && stroke > 2 {
            paper.draw_circle(pair[0], stroke / 2, &style.filled(), true).map_err(|e| e.to_string())?;
        }
    }
    Ok(())
}

fn draw_text(paper: &mut Paper, t: &Text) -> Drawing {
    let k = OVERSAMPLING as f64;
    let h = match t.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let turn = if t.up { FontTransform::Rotate270 } else { FontTransform::None };
    let font = fonts::font(t.size * k, t.bold).transform(turn);
    // plotters puts the baseline half a line height below the top of the text.
    let up = (LINE_PER_EM / 2.0 - MIDDLE_EM) * t.size;
    let (x, y) = if t.up { (t.x - up, t.y) } else { (t.x, t.y - up) };
    let mut write = |dx: f64, dy: f64, colour: Colour| {
        let ink = rgba(colour, 1.0);
        let style = TextStyle::from(font.clone()).color(&ink).pos(Pos::new(h, VPos::Top));
        let at = (((x + dx) * k).round() as i32, ((y + dy) * k).round() as i32);
        paper.draw_text(&t.text, &style, at).map_err(|e| e.to_string())
    };
    if t.halo {
        for (dx, dy) in [(-1.4, 0.0), (1.4, 0.0), (0.0, -1.4), (0.0, 1.4), (-1.0, -1.0), (1.0, 1.0), (1.0, -1.0), (-1.0, 1.0)] {
            write(dx, dy, WHITE)?;
        }
    }
    write(0.0, 0.0, t.colour)
}

fn draw_mark(paper: &mut Paper, mark: &Mark) -> Drawing {
    match mark {
        Mark::Line { points, colour, width, dashed: false } => draw_line(paper, points, *colour, *width),
        Mark::Line { points, colour, width, dashed: true } => {
            dashes(points).iter().try_for_each(|piece| draw_line(paper, piece, *colour, *width))
        }
        Mark::Area { points, colour, alpha } => {
            let points = scaled(points);
            if points.len() < 3 {
                return Ok(());
            }
            paper.fill_polygon(points, &rgba(*colour, *alpha)).map_err(|e| e.to_string())
        }
        Mark::Disc { x, y, radius, colour } => {
            let at = scaled(&[(*x, *y)]);
            let radius = (radius * OVERSAMPLING as f64).round().max(1.0) as u32;
            at.iter().try_for_each(|&at| paper.draw_circle(at, radius, &rgba(*colour, 1.0), true).map_err(|e| e.to_string()))
        }
        Mark::Text(t) => draw_text(paper, t),
    }
}

/// Averages squares of pixels into one: columns of bytes first, which the compiler turns into vectors.
fn reduced(big: &[u8], width: usize, height: usize) -> Vec<u8> {
    const AREA: u16 = (OVERSAMPLING * OVERSAMPLING) as u16;
    let row = width * OVERSAMPLING * 3;
    let mut out = vec![0; width * height * 3];
    let mut sums = vec![0u16; row];
    for (rows, out) in big.chunks_exact(row * OVERSAMPLING).zip(out.chunks_exact_mut(width * 3)) {
        let (first, rest) = rows.split_at(row);
        for (sum, v) in sums.iter_mut().zip(first) {
            *sum = u16::from(*v);
        }
        for line in rest.chunks_exact(row) {
            for (sum, v) in sums.iter_mut().zip(line) {
                *sum += u16::from(*v);
            }
        }
        for (square, pixel) in sums.chunks_exact(3 * OVERSAMPLING).zip(out.chunks_exact_mut(3)) {
            for (c, v) in pixel.iter_mut().enumerate() {
                let sum: u16 = (0..OVERSAMPLING).map(|x| square[3 * x + c]).sum();
                *v = ((sum + AREA / 2) / AREA) as u8;
            }
        }
    }
    out
}

/// The scene as a PNG file; the reason if it could not be drawn.
pub(super) fn png(scene: &Scene) -> Result<Vec<u8>, String> {
    if !fonts::ready() {
        return Err("the embedded font could not be read".to_string());
    }
    let (width, height) = (WIDTH as usize, scene.height as usize);
    let (wide, high) = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut big = vec![255u8; wide * high * 3];
    {
        let mut paper = BitMapBackend::with_buffer(&mut big, (wide as u32, high as u32));
        scene.marks.iter().try_for_each(|mark| draw_mark(&mut paper, mark))?;
    }
    let small = reduced(&big, width, height);
    let mut file = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Up);
    encoder.write_image(&small, width as u32, height as u32, image::ColorType::Rgb8).map_err(|e| e.to_string())?;
    Ok(file)
}
