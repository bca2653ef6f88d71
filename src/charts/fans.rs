//! Fans of cash, price and revenue for the firms that matter most: 30, 60 and 90 % bands, median, plan and three real paths. No losses.

use super::colours::{BLACK, BLUE, GREY, INK, VERMILLION, tint};
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::{Point, Scene, Text};
use super::table::Table;
use super::words::Unit;
use super::{Picture, fonts, place, words};
use crate::results::{FAN_LEVELS, FanQuantity, FanRow, Given, Results, WorldName};
use crate::stats::Estimate;

const MOST_FIRMS: usize = 6;
/// Which of the levels is the median.
const MEDIAN: usize = 3;
const QUANTITIES: [FanQuantity; 3] = [FanQuantity::Cash, FanQuantity::Price, FanQuantity::Revenue];

fn sound(f: &FanRow) -> bool {
    f.plan.is_finite() && f.quantiles.iter().all(words::sound) && f.samples.iter().all(|v| v.is_finite())
}

/// The rows of one firm and quantity in order of time.
fn rows(r: &Results, firm: usize, quantity: FanQuantity) -> Vec<FanRow> {
    let mut rows: Vec<FanRow> = r.fans.iter().filter(|f| f.firm == firm && f.quantity == quantity && sound(f)).cloned().collect();
    rows.sort_by_key(|f| f.quarter);
    rows
}

fn default_probability(r: &Results, firm: usize) -> f64 {
    r.default_of(firm, WorldName::W0, Given::All).map_or(0.0, |d| d.probability.value)
}

/// What a share of today is worth at the end over its worth today, as (reached, plan): reached in the median path, or in the one path.
fn end_price(r: &Results, firm: usize) -> Option<(FanRow, Estimate, f64)> {
    let rows = rows(r, firm, FanQuantity::Price);
    let start = rows.first().filter(|f| f.quarter == 0 && f.plan > 0.0)?.plan;
    let end = rows.last().filter(|f| f.quarter > 0)?;
    let reached = if r.scenario.random { end.quantiles[MEDIAN].scaled(1.0 / start) } else { Estimate::exact(end.samples[0] / start) };
    Some((end.clone(), reached?, end.plan / start))
}

/// Dollars of today's value that shareholders end short of the plan.
fn short_of_plan(r: &Results, firm: usize) -> f64 {
    end_price(r, firm).map_or(0.0, |(_, reached, plan)| (plan - reached.value) * r.firms[firm].value_usd_bn)
}

/// The firms shown: most likely to fail, then furthest below plan in dollars.
fn shown(r: &Results) -> Vec<usize> {
    let firms = (0..r.firms.len()).filter(|&i| r.fans.iter().any(|f| f.firm == i && f.quarter > 0 && sound(f)));
    let mut ranked: Vec<(usize, f64, f64)> = firms.map(|i| (i, default_probability(r, i), short_of_plan(r, i))).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.2.total_cmp(&a.2)));
    ranked.truncate(MOST_FIRMS);
    ranked.into_iter().map(|f| f.0).collect()
}

/// One small chart.
struct Cell {
    quantity: FanQuantity,
    rows: Vec<FanRow>,
    factor: f64,
    random: bool,
}

impl Cell {
    fn new(r: &Results, firm: usize, quantity: FanQuantity) -> Cell {
        let rows = rows(r, firm, quantity);
        let start = rows.first().filter(|f| f.quarter == 0 && f.plan > 0.0).map(|f| f.plan);
        let factor = if quantity == FanQuantity::Price { start.map_or(1.0, |p| 100.0 / p) } else { 1.0 };
        Cell { quantity, rows, factor, random: r.scenario.random }
    }

    fn level(&self, level: usize) -> impl Iterator<Item = f64> + '_ {
        self.rows.iter().map(move |f| f.quantiles[level].value * self.factor)
    }

    /// The scale holds the 90 % band and the plan; single paths beyond it are cut at the frame.
    fn range(&self) -> (f64, f64) {
        let plan = self.rows.iter().map(|f| f.plan * self.factor);
        let bands = self.level(0).chain(self.level(6)).filter(|_| self.random);
        let samples = self.rows.iter().map(|f| f.samples[0] * self.factor).filter(|_| !self.random);
        let (low, high) = frame::range(plan.chain(bands).chain(samples).chain([0.0])).unwrap_or((0.0, 1.0));
        if high - low > 0.0 { (low, high + 0.06 * (high - low)) } else { (low.min(0.0), low.max(0.0) + 1.0) }
    }

    fn points(&self, x: &Axis, y: &Axis, value: impl Fn(&FanRow) -> f64) -> Vec<Point> {
        self.rows.iter().map(|f| (x.at(f.quarter as f64), y.at(value(f) * self.factor))).collect()
    }

    /// What can be read of each quarter, anywhere above or below its points.
    fn values(&self, scene: &mut Scene, r: &Results, x: &Axis, y: &Axis) {
        let half = (x.to_px - x.from_px) / (2.0 * x.high.max(1.0));
        let told = |v: f64| {
            let (v, digits) = (v * self.factor, words::digits_of(v * self.factor, 3));
            if self.quantity == FanQuantity::Price { words::number(v, digits) } else { words::usd(v, digits) }
        };
        for f in &self.rows {
            let unit = if self.quantity == FanQuantity::Price { Unit::Plain } else { Unit::UsdBn };
            let median = f.quantiles[MEDIAN].scaled(self.factor).map_or_else(String::new, |m| words::with_error(&m, unit));
            let numbers = if f.quarter == 0 {
                told(f.plan)
            } else if self.random {
                format!("median {median}; 90 % of paths {} to {}", told(f.quantiles[0].value), told(f.quantiles[6].value))
            } else {
                format!("{} on the path", told(f.samples[0]))
            };
            let index = if self.quantity == FanQuantity::Price { "; 100 is today" } else { "" };
            let (who, when) = (words::firm(r, f.firm), words::quarter(r, f.quarter));
            let text = format!("{who}, {}, {when}: {numbers}; plan {}{index} (W0)", quantity_words(self.quantity).0, told(f.plan));
            let at = x.at(f.quarter as f64);
            scene.value_in((at - half, y.to_px), (at + half, y.from_px), text);
        }
    }

    fn draw(&self, scene: &mut Scene, x: &Axis, y: &Axis) {
        if self.random {
            for (outer, strength) in [(0, 0.20), (1, 0.36), (2, 0.55)] {
                let mut outline = self.points(x, y, |f| f.quantiles[outer].value);
                outline.extend(self.points(x, y, |f| f.quantiles[6 - outer].value).into_iter().rev());
                scene.area(&outline, tint(BLUE, strength), 1.0);
            }
            let free = |f: &FanRow, i: usize| {
                // Beyond the axis, where `at` would clip: the pieces inside are cut out of the whole line.
                let share = (f.samples[i] * self.factor - y.low) / (y.high - y.low);
                (x.at(f.quarter as f64), y.from_px + share * (y.to_px - y.from_px))
            };
            for i in 0..3 {
                let points: Vec<Point> = self.rows.iter().map(|f| free(f, i)).collect();
                for piece in place::between(&points, y.to_px, y.from_px) {
                    scene.line(&piece, tint(BLACK, 0.62), 0.8);
                }
            }
            scene.line(&self.points(x, y, |f| f.quantiles[MEDIAN].value), BLUE, 2.0);
        } else {
            scene.line(&self.points(x, y, |f| f.samples[0]), BLUE, 2.2);
        }
        scene.dashes(&self.points(x, y, |f| f.plan), VERMILLION, 1.6);
    }
}

fn quantity_words(q: FanQuantity) -> (&'static str, &'static str) {
    match q {
        FanQuantity::Cash => ("Cash", "USD bn"),
        FanQuantity::Price => ("Price per share", "today = 100"),
        FanQuantity::Revenue => ("Revenue", "USD bn a quarter"),
    }
}

/// Name of the firm and its probability of default above its column.
fn draw_head(scene: &mut Scene, r: &Results, firm: usize, x: f64, room: f64, y: f64) {
    let name = fonts::fit(&words::firm(r, firm), 15.0, true, room);
    scene.text(Text::new(x, y, name, 15.0, INK).bold());
    if let Some(d) = r.default_of(firm, WorldName::W0, Given::All).filter(|d| r.scenario.random && words::sound(&d.probability)) {
        let text = format!("fails in {}", words::percent(&d.probability));
        scene.text(Text::new(x, y + 17.0, fonts::fit(&text, 12.0, false, room), 12.0, GREY));
    }
}

fn draw_cell(scene: &mut Scene, r: &Results, cell: &Cell, box_: [f64; 4], last_row: bool) {
    let [left, top, right, bottom] = box_;
    let horizon = cell.rows.iter().map(|f| f.quarter).max().unwrap_or(1).max(1);
    let x = Axis::linear(0.0, horizon as f64, left, right);
    let (low, high) = cell.range();
    let y = Axis::linear(low, high, bottom, top);
    for (v, label) in frame::plain_ticks(&y, 3) {
        scene.line(&[(left, y.at(v)), (right, y.at(v))], super::colours::GRID, 1.0);
        scene.text(Text::new(left - 5.0, y.at(v), label, 11.0, GREY).end());
    }
    cell.draw(scene, &x, &y);
    cell.values(scene, r, &x, &y);
    scene.line(&[(left, y.at(low.max(0.0))), (right, y.at(low.max(0.0)))], GREY, 1.0);
    if last_row {
        let most = ((right - left) / 48.0) as usize;
        for (t, label) in words::years(r, most.max(1)).into_iter().filter(|(t, _)| *t <= horizon) {
            scene.line(&[(x.at(t as f64), bottom), (x.at(t as f64), bottom + 4.0)], GREY, 1.0);
            scene.text(Text::new((x.at(t as f64)).min(right - 10.0), bottom + 14.0, label, 11.0, GREY).middle());
        }
    }
}

fn draw_key(scene: &mut Scene, random: bool, y: f64) {
    let mut x = LEFT;
    let mut item = |scene: &mut Scene, draw: &dyn Fn(&mut Scene, f64), text: &str| {
        draw(scene, x);
        scene.text(Text::new(x + 32.0, y, text, 12.5, INK));
        x += 32.0 + fonts::width(text, 12.5, false) + 22.0;
    };
    item(scene, &|s, x| s.dashes(&[(x, y), (x + 26.0, y)], VERMILLION, 1.8), "plan");
    if !random {
        return item(scene, &|s, x| s.line(&[(x, y), (x + 26.0, y)], BLUE, 2.2), "the path");
    }
    item(scene, &|s, x| s.line(&[(x, y), (x + 26.0, y)], BLUE, 2.2), "median");
    for (strength, text) in [(0.55, "30 % of paths"), (0.36, "60 %"), (0.20, "90 %")] {
        item(scene, &|s, x| s.rect((x, y - 7.0), (x + 26.0, y + 7.0), tint(BLUE, strength), 1.0), text);
    }
    item(scene, &|s, x| s.line(&[(x, y), (x + 26.0, y)], tint(BLACK, 0.62), 0.9), "three single paths");
}

/// The firm whose shareholders end furthest below plan in dollars, among those shown.
fn title(r: &Results, firms: &[usize]) -> String {
    let found = firms.iter().filter_map(|&i| end_price(r, i).map(|e| (i, e)));
    let Some((firm, (end, reached, plan))) = found.max_by(|a, b| short_of_plan(r, a.0).total_cmp(&short_of_plan(r, b.0))) else {
        let first = firms.first().map_or(String::new(), |&i| words::firm(r, i));
        return format!("{first} and others against their plans");
    };
    let (name, quarter) = (words::firm(r, firm), words::quarter(r, end.quarter));
    let (reached, plan) = (words::share_as_told(&reached, 2), words::share(plan, 2));
    let long = if r.scenario.random {
        format!("In the median path a share of {name} ends {quarter} at {reached} of today; the plan says {plan}")
    } else {
        format!("A share of {name} ends {quarter} at {reached} of today's value; the plan says {plan}")
    };
    if fonts::width(&long, 24.0, true) <= RIGHT - LEFT {
        long
    } else {
        format!("{name}: a share ends at {reached} of today, planned {plan}")
    }
}

fn data(r: &Results, firms: &[usize]) -> String {
    let of = |l: f64| ["", "_low", "_high"].map(|end| format!("q{:02.0}{end}", 100.0 * l));
    let levels: Vec<String> = FAN_LEVELS.into_iter().flat_map(of).collect();
    let mut header = vec!["firm", "quantity", "quarter", "plan"];
    header.extend(levels.iter().map(String::as_str));
    header.extend(["path_0", "path_1", "path_2"]);
    let mut table = Table::new(&header);
    for (&firm, quantity) in firms.iter().flat_map(|f| QUANTITIES.iter().map(move |q| (f, *q))) {
        for f in rows(r, firm, quantity) {
            let (name, what, when) = (words::firm(r, firm), quantity_words(quantity).0, words::quarter(r, f.quarter));
            let mut fields: Vec<&dyn std::fmt::Display> = vec![&name, &what, &when, &f.plan];
            fields.extend(
                f.quantiles.iter().flat_map(|q| [&q.value, &q.low, &q.high]).chain(&f.samples).map(|v| v as &dyn std::fmt::Display),
            );
            table.row(&fields);
        }
    }
    table.text()
}

fn subtitle(r: &Results, firms: usize) -> String {
    let which = match (firms == r.firms.len(), r.scenario.random) {
        (true, _) => "every firm".to_string(),
        (false, true) => format!("the {firms} firms most likely to fail of {}", r.firms.len()),
        (false, false) => format!("the {firms} firms furthest below plan in dollars of {}", r.firms.len()),
    };
    let bands = if r.scenario.random { "median and middle 30, 60, 90 % of paths" } else { "one path" };
    format!("Cash and revenue in USD bn, value of a share held today as an index, by quarter: {bands} (W0); {which}.")
}

/// Draws the chart; none without fans.
pub(super) fn draw(r: &Results) -> Option<Picture> {
    let firms = shown(r);
    firms.first()?;
    let title = title(r, &firms);
    let (mut scene, top) = frame::framed(r, &title, &subtitle(r, firms.len()));
    draw_key(&mut scene, r.scenario.random, top);
    let (grid_left, grid_top) = (LEFT + 92.0, top + 66.0);
    let column = (RIGHT - grid_left) / firms.len() as f64;
    let row = (BOTTOM - 20.0 - grid_top) / 3.0;
    for (n, &quantity) in QUANTITIES.iter().enumerate() {
        let cell_top = grid_top + row * n as f64;
        let (what, unit) = quantity_words(quantity);
        scene.text(Text::new(LEFT, cell_top + 8.0, what, 12.5, INK).bold());
        for (i, line) in fonts::wrap(unit, 11.5, false, 80.0, 2).into_iter().enumerate() {
            scene.text(Text::new(LEFT, cell_top + 25.0 + 15.0 * i as f64, line, 11.5, GREY));
        }
        for (m, &firm) in firms.iter().enumerate() {
            let left = grid_left + column * m as f64 + 36.0;
            let right = grid_left + column * (m + 1) as f64 - 6.0;
            if n == 0 {
                draw_head(&mut scene, r, firm, left - 26.0, column - 16.0, top + 26.0);
            }
            draw_cell(&mut scene, r, &Cell::new(r, firm, quantity), [left, cell_top, right, cell_top + row - 18.0], n == 2);
        }
    }
    let alt = format!("{title}. Fan charts of cash, price and revenue for {}.", words::plural(firms.len(), "firm", "firms"));
    Some(Picture { name: "fans", title, alt, data_csv: data(r, &firms), scene })
}
