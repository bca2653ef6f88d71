//! A simulated distribution against what happened, one row each. Not what is compared.

use super::Picture;
use super::colours::{self, GREY, INK};
use super::fonts;
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::{Scene, Text};
use super::table::{Table, field};

/// Width of the labels.
const NAMES: f64 = 300.0;
/// Room for the numbers at the right.
const NUMBERS: f64 = 150.0;

/// One row: a distribution over paths, what was accepted, what happened.
#[derive(Debug, Clone, PartialEq)]
pub struct AgainstRow {
    /// What is observed.
    pub label: String,
    /// Quantiles at 5, 25, 50, 75 and 95 %, as shares.
    pub quantiles: [f64; 5],
    /// What was accepted for the median, if anything was said before.
    pub band: Option<(f64, f64)>,
    /// What happened.
    pub happened: Option<f64>,
}

/// A chart of such rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Against {
    /// File stem.
    pub name: &'static str,
    /// The finding.
    pub title: String,
    /// Measure and sample.
    pub subtitle: String,
    /// Label of the axis.
    pub axis: &'static str,
    /// Last line: scenario, date, paths, seed.
    pub footer: String,
    /// Rows from the top.
    pub rows: Vec<AgainstRow>,
}

impl AgainstRow {
    fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        self.quantiles.iter().copied().chain(self.happened).chain(self.band.into_iter().flat_map(|(a, b)| [a, b]))
    }
}

fn percent(v: f64) -> String {
    let text = format!("{:.0} %", 100.0 * v);
    text.replace('-', "\u{2212}")
}

/// Draws the chart; none without rows.
pub fn draw(a: &Against) -> Option<Picture> {
    if a.rows.is_empty() {
        return None;
    }
    let (mut scene, top) = frame::with_footer(&a.footer, &a.title, &a.subtitle);
    draw_key(&mut scene, top + 4.0, a.rows.iter().any(|r| r.band.is_some()));
    let (first, last) = (top + 40.0, BOTTOM - 50.0);
    let low = a.rows.iter().flat_map(AgainstRow::numbers).fold(f64::INFINITY, f64::min);
    let high = a.rows.iter().flat_map(AgainstRow::numbers).fold(f64::NEG_INFINITY, f64::max);
    let margin = 0.04 * (high - low);
    let x = Axis::linear((low - margin).max(-1.0), high + margin, LEFT + NAMES, RIGHT - NUMBERS);
    let ticks: Vec<(f64, String)> = x.ticks(7).0.into_iter().map(|v| (v, percent(v))).collect();
    for (v, _) in &ticks {
        scene.line(&[(x.at(*v), first), (x.at(*v), last)], colours::GRID, 1.0);
    }
    frame::bottom_axis(&mut scene, &x, last, &ticks, a.axis, 12.5);
    let step = (last - first) / a.rows.len() as f64;
    let numbers = RIGHT - NUMBERS + 16.0;
    for (n, row) in a.rows.iter().enumerate() {
        draw_row(&mut scene, row, &x, first + step * (n as f64 + 0.5), step, numbers);
    }
    let alt = format!("{} Rows: {}.", a.title, a.rows.iter().map(|r| r.label.as_str()).collect::<Vec<_>>().join(", "));
    Some(Picture { name: a.name, title: a.title.clone(), alt, data_csv: data(a), scene })
}

fn draw_row(scene: &mut Scene, row: &AgainstRow, x: &Axis, y: f64, step: f64, numbers: f64) {
    let [p5, p25, p50, p75, p95] = row.quantiles.map(|q| x.at(q));
    if let Some((low, high)) = row.band {
        let half = (0.36 * step).min(22.0);
        let (low, high) = (x.at(low), x.at(high));
        scene.area(&[(low, y - half), (high, y - half), (high, y + half), (low, y + half)], colours::ORANGE, 0.25);
    }
    scene.line(&[(p5, y), (p95, y)], colours::BLUE, 2.0);
    scene.line(&[(p25, y), (p75, y)], colours::BLUE, 8.0);
    scene.disc((p50, y), 6.0, INK);
    if let Some(v) = row.happened {
        let (c, d) = (x.at(v), 7.0);
        scene.line(&[(c - d, y - d), (c + d, y + d)], colours::VERMILLION, 3.0);
        scene.line(&[(c - d, y + d), (c + d, y - d)], colours::VERMILLION, 3.0);
    }
    let lines = fonts::wrap(&row.label, 13.5, false, NAMES - 14.0, 2);
    for (k, line) in lines.iter().enumerate() {
        let at = y + 17.0 * (k as f64 - 0.5 * (lines.len() - 1) as f64);
        scene.text(Text::new(LEFT + NAMES - 14.0, at, line.as_str(), 13.5, INK).end());
    }
    let happened = row.happened.map_or(String::new(), |v| format!(", was {}", percent(v)));
    scene.text(Text::new(numbers, y, format!("{}{happened}", percent(row.quantiles[2])), 12.5, GREY));
}

fn draw_key(scene: &mut Scene, y: f64, has_bands: bool) {
    let mut x = LEFT;
    let mut entry = |scene: &mut Scene, text: &str, mark: &dyn Fn(&mut Scene, f64)| {
        mark(scene, x);
        scene.text(Text::new(x + 34.0, y, text, 13.0, GREY));
        x += 34.0 + fonts::width(text, 13.0, false) + 26.0;
    };
    entry(scene, "median", &|s, x| s.disc((x + 14.0, y), 6.0, INK));
    entry(scene, "half of the paths", &|s, x| s.line(&[(x, y), (x + 28.0, y)], colours::BLUE, 8.0));
    entry(scene, "90 % of the paths", &|s, x| s.line(&[(x, y), (x + 28.0, y)], colours::BLUE, 2.0));
    if has_bands {
        entry(scene, "accepted for the median", &|s, x| {
            s.area(&[(x, y - 9.0), (x + 28.0, y - 9.0), (x + 28.0, y + 9.0), (x, y + 9.0)], colours::ORANGE, 0.25);
        });
    }
    entry(scene, "what happened", &|s, x| {
        s.line(&[(x + 7.0, y - 7.0), (x + 21.0, y + 7.0)], colours::VERMILLION, 3.0);
        s.line(&[(x + 7.0, y + 7.0), (x + 21.0, y - 7.0)], colours::VERMILLION, 3.0);
    });
}

fn data(a: &Against) -> String {
    let mut table = Table::new(&["row", "p5", "p25", "median", "p75", "p95", "accepted_low", "accepted_high", "happened"]);
    for r in &a.rows {
        let [p5, p25, p50, p75, p95] = r.quantiles.map(field);
        let (low, high) = r.band.map_or((String::new(), String::new()), |(a, b)| (field(a), field(b)));
        table.row(&[&r.label, &p5, &p25, &p50, &p75, &p95, &low, &high, &r.happened.map_or(String::new(), field)]);
    }
    table.text()
}
