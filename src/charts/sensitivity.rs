//! Which unknown matters: one input at a time as a tornado, and shares of variance. Not the analysis.

use super::colours::{self, BLUE, GREY, INK, VERMILLION};
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::{Scene, Text};
use super::table::{Table, fields};
use super::{Picture, fonts, words};
use crate::analysis::sensitivity::{InputLine, Output, Sensitivity, Share, Swing};
use crate::results::words::{self as said, Unit};
use crate::stats::Estimate;

/// Most inputs that are drawn.
const MOST: usize = 14;
/// Width of the names.
const NAMES: f64 = 330.0;
/// Room beside a bar for the level's value.
const ENDS: f64 = 74.0;

fn size(w: &Swing) -> f64 {
    w.low.value.abs().max(w.high.value.abs())
}

fn footer(s: &Sensitivity, footer: &str, paths: u64) -> String {
    format!("{footer} · {} paths a point, seed {}", words::count(paths), s.effort.seed)
}

/// Names in a column, cut to fit.
fn names<'a>(scene: &mut Scene, inputs: impl Iterator<Item = &'a InputLine>, (top, step): (f64, f64)) {
    for (n, input) in inputs.enumerate() {
        let name = fonts::fit(&input.name, 13.5, false, NAMES - 16.0);
        scene.text(Text::new(LEFT + NAMES - 12.0, top + step * (n as f64 + 0.5), name, 13.5, INK).end());
    }
}

fn ticks(axis: &Axis, unit: Unit) -> Vec<(f64, String)> {
    if unit == Unit::Share { frame::percent_ticks(axis, 6) } else { frame::plain_ticks(axis, 6) }
}

fn axis_label(o: Output, firms: &[String]) -> String {
    let unit = match Unit::of_output(o) {
        Unit::UsdBn => "USD bn",
        Unit::Share => "points",
        Unit::Plain => "plain number",
    };
    format!("change of: {}, {unit}", said::short_output(o, firms))
}

fn tornado_title(s: &Sensitivity, rows: &[&Swing]) -> String {
    let of = said::short_output(s.effort.of, &s.firms);
    let Some(top) = rows.first() else { return format!("No input moves {of} beyond the error") };
    let reach = |w: &Swing| if w.low.value.abs() > w.high.value.abs() { w.low } else { w.high };
    let (first, next) = (reach(top), rows.get(1).map(|w| reach(w)));
    let least = first.low.abs().min(first.high.abs());
    let is_told = next.is_none_or(|n| least > n.low.abs().max(n.high.abs()));
    let name = &s.inputs[top.input].name;
    if is_told { format!("{of}: {name} alone moves it most") } else { format!("{of}: {name} moves it most, not told from the next") }
}

/// One input at a time at its 5 % and 95 % levels; none if nothing moves beyond the error. `note` names the scenario and its date.
pub fn tornado(s: &Sensitivity, note: &str) -> Option<Picture> {
    let mut rows: Vec<&Swing> =
        s.swings.iter().filter(|w| w.output == s.effort.of && (w.low.is_told_from_zero() || w.high.is_told_from_zero())).collect();
    rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let beyond = rows.len();
    rows.truncate(MOST);
    if rows.is_empty() {
        return None;
    }
    let title = tornado_title(s, &rows);
    let subtitle = format!(
        "Each input alone at its 5 % level (blue) and its 95 % level (red), all others at their centres, W0, on the same paths; whiskers are 95 % intervals. {} of {} inputs \
         move it beyond the error.",
        beyond,
        s.inputs.len()
    );
    let (mut scene, top) = frame::with_footer(&footer(s, note, 4 * s.effort.paths), &title, &subtitle);
    let (top, bottom) = (top + 10.0, BOTTOM - 50.0);
    let ends = rows.iter().flat_map(|w| [w.low.low, w.low.high, w.high.low, w.high.high, 0.0]);
    let (low, high) = frame::range(ends)?;
    let x = Axis::linear(low, high, LEFT + NAMES + ENDS, RIGHT - ENDS);
    let marks = ticks(&x, Unit::of_output(s.effort.of));
    for (v, _) in &marks {
        scene.line(&[(x.at(*v), top), (x.at(*v), bottom)], colours::GRID, 1.0);
    }
    frame::bottom_axis(&mut scene, &x, bottom, &marks, &axis_label(s.effort.of, &s.firms), 12.5);
    let step = (bottom - top) / rows.len() as f64;
    names(&mut scene, rows.iter().map(|w| &s.inputs[w.input]), (top, step));
    for (n, w) in rows.iter().enumerate() {
        let told = |e: &Estimate| words::difference(e, Unit::of_output(s.effort.of));
        for (e, k, level) in [(&w.low, 0, "5 %"), (&w.high, 2, "95 %")] {
            let (input, y) = (&s.inputs[w.input], top + step * (n as f64 + 0.5));
            let text = format!("{} at its {level} level, {}: {} (W0)", input.name, said::exact(input.values[k], Unit::Plain), told(e));
            scene.value((x.at(e.value), y), text);
        }
        draw_bar(&mut scene, &x, w, &s.inputs[w.input], (top + step * (n as f64 + 0.5), 0.30 * step.min(40.0)));
    }
    scene.line(&[(x.at(0.0), top), (x.at(0.0), bottom)], INK, 1.2);
    let mut table = Table::new(&["input", "level", "value", "change", "low", "high"]);
    for w in &rows {
        let input = &s.inputs[w.input];
        for (level, value, e) in [("5 %", input.values[0], &w.low), ("95 %", input.values[2], &w.high)] {
            let [change, low, high] = fields(e);
            table.row(&[&input.name, &level, &super::table::field(value), &change, &low, &high]);
        }
    }
    let alt = format!("{title}. {} inputs as bars to both sides of no change, the longest on top.", rows.len());
    Some(Picture { name: "tornado", title, alt, data_csv: table.text(), scene })
}

fn draw_bar(scene: &mut Scene, x: &Axis, w: &Swing, input: &InputLine, (y, half): (f64, f64)) {
    // Where both ends move the output the same way, the longer bar is drawn first, so that the shorter is seen.
    let mut ends = [(&w.low, BLUE, input.values[0]), (&w.high, VERMILLION, input.values[2])];
    if ends[0].0.value.abs() < ends[1].0.value.abs() {
        ends.swap(0, 1);
    }
    let same_side = w.low.value * w.high.value > 0.0;
    for (k, (e, colour, value)) in ends.into_iter().enumerate() {
        let half = if same_side && k == 1 { 0.55 * half } else { half };
        scene.rect((x.at(0.0), y - half), (x.at(e.value), y + half), colour, 0.85);
        scene.line(&[(x.at(e.low), y), (x.at(e.high), y)], INK, 1.4);
        for end in [e.low, e.high] {
            scene.line(&[(x.at(end), y - 0.5 * half), (x.at(end), y + 0.5 * half)], INK, 1.4);
        }
        if same_side && k == 1 {
            continue;
        }
        let label = said::exact(value, Unit::Plain);
        let text = |at: f64| Text::new(at, y, label.clone(), 11.5, colours::as_text(colour));
        scene.text(if e.value >= 0.0 { text(x.at(e.high.max(0.0)) + 6.0) } else { text(x.at(e.low.min(0.0)) - 6.0).end() });
    }
}

/// The outputs of which shares are drawn: the one asked about, then the usual ones.
fn panels(s: &Sensitivity) -> Vec<Output> {
    let mut wanted = vec![s.effort.of];
    let usual = [Output::ShortfallNet95, Output::Amplification, Output::Defaults];
    wanted.extend(usual.into_iter().filter(|o| *o != s.effort.of));
    wanted.retain(|o| s.shares.iter().any(|x| x.output == *o));
    wanted.truncate(3);
    wanted
}

fn shares_title(s: &Sensitivity) -> String {
    let of: Vec<&Share> = s.shares.iter().filter(|x| x.output == s.effort.of).collect();
    let what = said::short_output(s.effort.of, &s.firms);
    let Some(top) = of.iter().max_by(|a, b| a.alone.value.total_cmp(&b.alone.value)) else { return what };
    let is_told = of.iter().all(|x| x.input == top.input || top.alone.low > x.alone.high);
    let name = &s.inputs[top.input].name;
    let share = said::with_error(&top.alone, Unit::Share);
    if is_told && top.alone.low > 0.0 {
        format!("{what}: {name} alone makes {share} of the variance")
    } else {
        format!("{what}: no input alone is told to make most of the variance")
    }
}

/// Shares of variance of the inputs that survived the screening; none without them.
pub fn variance_shares(s: &Sensitivity, note: &str) -> Option<Picture> {
    let shown = panels(s);
    if shown.is_empty() || s.survivors.is_empty() {
        return None;
    }
    let title = shares_title(s);
    let subtitle = format!(
        "Shares of the variance over the {} that matter most, all others at their centres: alone (filled, first order) and taking part (open, total), with 95 % intervals.",
        words::plural(s.survivors.len(), "input", "inputs")
    );
    let (mut scene, top) = frame::with_footer(&footer(s, note, s.effort.paths), &title, &subtitle);
    let (top, bottom) = (top + 40.0, BOTTOM - 50.0);
    let step = (bottom - top) / s.survivors.len() as f64;
    names(&mut scene, s.survivors.iter().map(|&i| &s.inputs[i]), (top, step));
    let wide = (RIGHT - LEFT - NAMES - 30.0 * (shown.len() as f64 - 1.0)) / shown.len() as f64;
    let mut table = Table::new(&["output", "input", "share", "value", "low", "high"]);
    for (k, &o) in shown.iter().enumerate() {
        let left = LEFT + NAMES + (wide + 30.0) * k as f64;
        scene.text(Text::new(left, top - 14.0, fonts::fit(&said::short_output(o, &s.firms), 15.0, true, wide), 15.0, INK).bold());
        let of: Vec<&Share> = s.shares.iter().filter(|x| x.output == o).collect();
        let highest = of.iter().map(|x| x.total.high.max(x.alone.high)).fold(0.0, f64::max).clamp(0.2, 1.2);
        let x = Axis::linear(0.0, highest, left, left + wide);
        let marks = frame::percent_ticks(&x, 4);
        for (v, _) in &marks {
            scene.line(&[(x.at(*v), top), (x.at(*v), bottom)], colours::GRID, 1.0);
        }
        frame::bottom_axis(&mut scene, &x, bottom, &marks, "share of the variance", 12.5);
        for (n, &input) in s.survivors.iter().enumerate() {
            let Some(share) = of.iter().find(|x| x.input == input) else { continue };
            let y = top + step * (n as f64 + 0.5);
            for (kind, e, dy) in [("alone", &share.alone, -7.0), ("total", &share.total, 7.0)] {
                let colour = if e.low > 0.0 { BLUE } else { GREY };
                scene.line(&[(x.at(e.low), y + dy), (x.at(e.high), y + dy)], colour, 2.2);
                scene.disc((x.at(e.value), y + dy), 5.0, colour);
                if kind == "total" {
                    scene.disc((x.at(e.value), y + dy), 3.0, colours::WHITE);
                }
                let (what, input) = (said::short_output(o, &s.firms), &s.inputs[input].name);
                let text = format!("{what}, {input}, {kind}: {} of the variance (W0)", words::percent_interval(e));
                scene.value((x.at(e.value), y + dy), text);
                let [value, low, high] = fields(e);
                table.row(&[&said::short_output(o, &s.firms), &input, &kind, &value, &low, &high]);
            }
        }
    }
    let alt =
        format!("{title}. Dots with intervals for {} and {} outputs.", words::plural(s.survivors.len(), "input", "inputs"), shown.len());
    Some(Picture { name: "variance-shares", title, alt, data_csv: table.text(), scene })
}
