//! What more of something costs: panels of measured points on logarithmic scales with a fitted power law each. Not the fit, and not what is measured.

use super::Picture;
use super::colours::{self, GREY, INK};
use super::fonts;
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::{Scene, Text};
use super::table::{Table, field};
use super::words;

/// Panels beside each other.
const COLUMNS: usize = 3;
/// Room between panels, for the numbers of the axis of the next one.
const GAP: f64 = 36.0;
/// Room left of a panel for the numbers of its own axis.
const NUMBERS: f64 = 52.0;
/// Room above a panel for its title and the unit, and below it for numbers and label.
const HEAD: f64 = 56.0;
const FOOT: f64 = 48.0;

/// One panel.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalingPanel {
    /// What was found.
    pub title: String,
    /// Label of the horizontal axis.
    pub across: &'static str,
    /// Unit of the vertical axis.
    pub up: &'static str,
    /// Measured, both numbers positive.
    pub points: Vec<(f64, f64)>,
    /// Both ends of the fitted line.
    pub fitted: Option<[(f64, f64); 2]>,
    /// Exponent that was hoped for: a dashed line through the lower end of the fitted one.
    pub hoped: f64,
}

/// A chart of such panels.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    /// File stem.
    pub name: &'static str,
    /// The finding.
    pub title: String,
    /// Measure and machine.
    pub subtitle: String,
    /// Last line.
    pub footer: String,
    /// Panels, row by row.
    pub panels: Vec<ScalingPanel>,
}

/// Draws the chart; none without points.
pub fn draw(s: &Scaling) -> Option<Picture> {
    if s.panels.iter().all(|p| p.points.is_empty()) {
        return None;
    }
    let (mut scene, top) = frame::with_footer(&s.footer, &s.title, &s.subtitle);
    draw_key(&mut scene, top + 4.0);
    let top = top + 26.0;
    let rows = s.panels.len().div_ceil(COLUMNS) as f64;
    let width = (RIGHT - LEFT - GAP * (COLUMNS - 1) as f64) / COLUMNS as f64;
    let height = (BOTTOM - top) / rows;
    for (n, panel) in s.panels.iter().enumerate().filter(|(_, p)| !p.points.is_empty()) {
        let (left, high) = (LEFT + (n % COLUMNS) as f64 * (width + GAP), top + (n / COLUMNS) as f64 * height);
        draw_panel(&mut scene, panel, (left, left + width), (high, high + height));
    }
    let said: Vec<&str> = s.panels.iter().map(|p| p.title.as_str()).collect();
    Some(Picture {
        name: s.name,
        title: s.title.clone(),
        alt: format!("{} Panels: {}.", s.title, said.join("; ")),
        data_csv: data(s),
        scene,
    })
}

fn draw_panel(scene: &mut Scene, panel: &ScalingPanel, (left, right): (f64, f64), (top, bottom): (f64, f64)) {
    let axis = |numbers: Vec<f64>, from: f64, to: f64| {
        let (low, high) = frame::range(numbers).unwrap_or((1.0, 10.0));
        Axis::log(low / 1.3, high * 1.3, from, to)
    };
    let x = axis(panel.points.iter().map(|p| p.0).collect(), left + NUMBERS, right);
    let y = axis(panel.points.iter().map(|p| p.1).collect(), bottom - FOOT, top + HEAD);
    scene.text(Text::new(left, top + 14.0, fonts::fit(&panel.title, 15.0, true, right - left), 15.0, INK).bold());
    frame::left_axis(scene, &y, left + NUMBERS, right, &ticks(&y), panel.up, 12.0);
    frame::bottom_axis(scene, &x, bottom - FOOT, &ticks(&x), panel.across, 12.0);
    if let Some([a, b]) = panel.fitted {
        scene.line(&[(x.at(a.0), y.at(a.1)), (x.at(b.0), y.at(b.1))], colours::BLUE, 2.5);
        // The hoped for line ends where it leaves the panel.
        let reach = if panel.hoped > 0.0 { (y.high / a.1).powf(1.0 / panel.hoped) } else { f64::INFINITY };
        let end = b.0.min(a.0 * reach);
        scene.dashes(&[(x.at(a.0), y.at(a.1)), (x.at(end), y.at(a.1 * (end / a.0).powf(panel.hoped)))], GREY, 1.5);
    }
    for p in &panel.points {
        scene.disc((x.at(p.0), y.at(p.1)), 4.5, colours::VERMILLION);
    }
}

/// Powers of ten where there are two or more of them, else rounder numbers between.
fn ticks(axis: &Axis) -> Vec<(f64, String)> {
    let all = axis.ticks(0).0;
    let powers: Vec<f64> = all.iter().copied().filter(|v| (v.log10() - v.log10().round()).abs() < 1e-9).collect();
    let kept = if powers.len() > 2 { powers } else { all };
    kept.into_iter().map(|v| (v, label(v))).collect()
}

fn label(v: f64) -> String {
    if v >= 999_999.5 { format!("{} M", words::number(v / 1e6, 0)) } else { words::shortest(v) }
}

fn draw_key(scene: &mut Scene, y: f64) {
    let mut x = LEFT;
    let mut entry = |scene: &mut Scene, text: &str, mark: &dyn Fn(&mut Scene, f64)| {
        mark(scene, x);
        scene.text(Text::new(x + 34.0, y, text, 13.0, GREY));
        x += 34.0 + fonts::width(text, 13.0, false) + 26.0;
    };
    entry(scene, "measured", &|s, x| s.disc((x + 14.0, y), 4.5, colours::VERMILLION));
    entry(scene, "power law fitted to the upper half", &|s, x| s.line(&[(x, y), (x + 28.0, y)], colours::BLUE, 2.5));
    entry(scene, "what was hoped for", &|s, x| s.dashes(&[(x, y), (x + 28.0, y)], GREY, 1.5));
}

fn data(s: &Scaling) -> String {
    let mut table = Table::new(&["panel", "across", "up", "x", "y"]);
    for panel in &s.panels {
        for p in &panel.points {
            table.row(&[&panel.title, &panel.across, &panel.up, &field(p.0), &field(p.1)]);
        }
    }
    table.text()
}
