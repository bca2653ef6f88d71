//! Who makes the tail: each firm's part of the expected shortfall, with intervals. Not the attribution.

use super::colours::{self, BLUE, GREY, INK, VERMILLION};
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::Text;
use super::table::{Table, fields};
use super::{Picture, words};
use crate::analysis::attribute::{Attribution, TailPart};
use crate::results::words::{self as said, Unit};

/// Level that is drawn.
const LEVEL: f64 = 0.99;
/// Most firms that are drawn.
const MOST: usize = 18;
/// Width of the names, and of the numbers at the end.
const NAMES: f64 = 170.0;
const NUMBERS: f64 = 210.0;

fn title(a: &Attribution, rows: &[&TailPart], whole: f64) -> String {
    let (first, next) = (rows[0], rows.get(1));
    let name = &a.firms[first.firm];
    let share = said::exact(first.part.value / whole, Unit::Share);
    if next.is_none_or(|n| first.part.low > n.part.high) {
        format!("{name} makes {share} of the system's expected shortfall 99 %, more than any other firm")
    } else {
        format!("No firm is told to make most of the system's expected shortfall 99 %: {name} makes {share}")
    }
}

/// Parts of the expected shortfall at 99 %, the largest on top; none where there is none. `note` names the scenario and its date.
pub(super) fn draw(a: &Attribution, note: &str) -> Option<Picture> {
    let mut rows: Vec<&TailPart> = a.tails.iter().filter(|t| t.level == LEVEL).collect();
    rows.sort_by(|x, y| y.part.value.total_cmp(&x.part.value));
    let whole: f64 = rows.iter().map(|t| t.part.value).sum();
    if rows.is_empty() || whole <= 0.0 {
        return None;
    }
    let title = title(a, &rows, whole);
    let left_out = rows.len().saturating_sub(MOST);
    rows.truncate(MOST);
    let rest = if left_out > 0 {
        format!(" {} with smaller parts are not drawn.", words::plural(left_out, "firm", "firms"))
    } else {
        String::new()
    };
    let subtitle = format!(
        "Each firm's mean net loss against plan over the worst 1 % of paths of the system (Euler allocation), W0, USD bn; the parts of all firms sum to {}. Whiskers are 95 % \
         intervals from twenty batches; blue gains.{rest}",
        said::exact(whole, Unit::UsdBn)
    );
    let footer = format!("{note} · {} paths, seed {}", words::count(a.paths), a.seed);
    let (mut scene, top) = frame::with_footer(&footer, &title, &subtitle);
    let (top, bottom) = (top + 10.0, BOTTOM - 50.0);
    let (low, high) = frame::range(rows.iter().flat_map(|t| [t.part.low, t.part.high, 0.0]))?;
    let x = Axis::linear(low, high, LEFT + NAMES, RIGHT - NUMBERS);
    let ticks = frame::plain_ticks(&x, 6);
    for (v, _) in &ticks {
        scene.line(&[(x.at(*v), top), (x.at(*v), bottom)], colours::GRID, 1.0);
    }
    frame::bottom_axis(&mut scene, &x, bottom, &ticks, "part of the expected shortfall, USD bn", 12.5);
    let mut table = Table::new(&["firm", "part", "low", "high"]);
    let step = (bottom - top) / rows.len() as f64;
    let a_firm = |t: &TailPart| &a.firms[t.firm];
    for (n, t) in rows.iter().enumerate() {
        let (y, half) = (top + step * (n as f64 + 0.5), 0.30 * step.min(40.0));
        let colour = if t.part.value < 0.0 { BLUE } else { VERMILLION };
        scene.text(Text::new(LEFT + NAMES - 12.0, y, a_firm(t).clone(), 14.0, INK).end());
        let (from, to) = ((x.at(0.0), y - half), (x.at(t.part.value), y + half));
        scene.rect(from, to, colour, 0.85);
        let part = words::usd_interval(&t.part);
        scene.value_in(from, to, format!("{}: {part} of the expected shortfall 99 % of the net loss (W0, all paths)", a_firm(t)));
        scene.line(&[(x.at(t.part.low), y), (x.at(t.part.high), y)], INK, 1.4);
        let label = format!("{} bn, {}", said::cell(&t.part, Unit::UsdBn), said::exact(t.part.value / whole, Unit::Share));
        scene.text(Text::new(x.at(t.part.high.max(0.0)) + 8.0, y, label, 13.0, GREY));
        let [value, low, high] = fields(&t.part);
        table.row(&[&a.firms[t.firm], &value, &low, &high]);
    }
    scene.line(&[(x.at(0.0), top), (x.at(0.0), bottom)], INK, 1.2);
    let alt = format!("{title}. Bars with intervals for {}.", words::plural(rows.len(), "firm", "firms"));
    Some(Picture { name: "tail-contributions", title, alt, data_csv: table.text(), scene })
}
