//! The histogram of the net system loss: gains, about no loss, losses, VaR and the worst paths, which are drawn again enlarged. No curve.

use super::colours::{BLUE, Colour, GREY, INK, ORANGE, PALE, VERMILLION, WHITE};
use super::exceedance::tail;
use super::frame::{self, Axis, BOTTOM, LEFT, RIGHT};
use super::scene::{Anchor, Scene, Text};
use super::table::{Table, fields_or_none};
use super::{Picture, words};
use crate::results::{Given, HistogramBar, Metric, Panel, Results, TailMeasure, WorldName};
use crate::stats::Estimate;

/// Share of paths at the gain end that is drawn as one bar.
const BEST: f64 = 0.01;

/// Bars, their total and the width to which heights refer.
struct Bars {
    /// Every bar, as in the data.
    bars: Vec<HistogramBar>,
    /// How many of the first bars are drawn as one.
    joined: usize,
    total: f64,
    width: f64,
}

impl Bars {
    /// The bars that are drawn as they are.
    fn drawn(&self) -> impl Iterator<Item = (usize, &HistogramBar)> {
        self.bars.iter().enumerate().skip(self.joined)
    }

    /// The loss below which all bars are one, and their share of paths.
    fn best(&self) -> Option<(f64, f64)> {
        let cut = self.bars.get(self.joined).filter(|_| self.joined > 0)?.low_usd_bn;
        Some((cut, self.bars[..self.joined].iter().map(|b| b.share).sum::<f64>() / self.total))
    }

    /// All paths.
    fn paths(&self) -> u64 {
        self.bars.iter().map(|b| b.count).sum()
    }

    /// The share of a bar with its interval.
    fn interval(&self, r: &Results, b: &HistogramBar) -> Option<Estimate> {
        words::share_of(r, b.count, self.paths())
    }

    /// Share of paths per standard width.
    fn height(&self, b: &HistogramBar) -> f64 {
        b.share / self.total * self.width / (b.high_usd_bn - b.low_usd_bn)
    }

    /// The bar at zero, if it holds so much more than its neighbours that it is a mass of its own.
    fn no_loss(&self) -> Option<usize> {
        let at = self.bars.iter().position(|b| b.low_usd_bn <= 0.0 && b.high_usd_bn > 0.0)?;
        let near = |i: Option<usize>| i.and_then(|i| self.bars.get(i)).map_or(0.0, |b| self.height(b));
        let beside = near(at.checked_sub(1)).max(near(Some(at + 1)));
        let own = self.height(&self.bars[at]);
        (own > 3.0 * beside && self.bars[at].share > 0.05 * self.total).then_some(at)
    }
}

fn bars(r: &Results) -> Option<Bars> {
    let kept = |b: &&HistogramBar| {
        b.world == WorldName::W0
            && b.given == Given::All
            && b.low_usd_bn.is_finite()
            && b.high_usd_bn.is_finite()
            && b.high_usd_bn > b.low_usd_bn
    };
    let mut bars: Vec<HistogramBar> = r.histogram.iter().filter(kept).copied().collect();
    bars.sort_by(|a, b| a.low_usd_bn.total_cmp(&b.low_usd_bn));
    let total: f64 = bars.iter().map(|b| b.share).sum();
    let first = bars.iter().position(|b| b.count > 0)?;
    let last = bars.iter().rposition(|b| b.count > 0)?;
    let bars = bars[first..=last].to_vec();
    let mut widths: Vec<f64> = bars.iter().map(|b| b.high_usd_bn - b.low_usd_bn).collect();
    widths.sort_by(f64::total_cmp);
    let width = widths[widths.len() / 2];
    Some(Bars { joined: joined(&bars, total), bars, total, width })
}

/// How many of the first bars hold the best hundredth of paths, where that saves a fifth of the picture and only gains are joined.
fn joined(bars: &[HistogramBar], total: f64) -> usize {
    let mut sum = 0.0;
    let few = bars.iter().take_while(|b| {
        sum += b.share;
        sum <= BEST * total && b.high_usd_bn <= 0.0
    });
    let n = few.count();
    let (first, last) = (bars[0].low_usd_bn, bars[bars.len() - 1].high_usd_bn);
    if n > 1 && bars[n].low_usd_bn - first > 0.2 * (last - first) { n } else { 0 }
}

fn title(bars: &Bars, tail: Option<&TailMeasure>, mean: Option<&Estimate>) -> String {
    let gains: f64 = bars.bars.iter().filter(|b| b.high_usd_bn <= 0.0).map(|b| b.share).sum();
    let gains = format!("{} %", words::number(100.0 * gains / bars.total, 0));
    match (tail, mean) {
        (Some(t), _) if t.es.value > 0.0 => {
            let worst = words::share(1.0 - t.level, 1);
            format!("The worst {worst} of paths lose {} on average; {gains} of paths beat the plan", words::usd_interval(&t.es))
        }
        (_, Some(m)) if m.value < 0.0 => {
            let gain = Estimate { value: -m.value, low: -m.high, high: -m.low, ..*m };
            format!("The firms gain {} on average against the plan; {gains} of paths beat it", words::usd_interval(&gain))
        }
        (_, Some(m)) => format!("The firms lose {} on average; {gains} of paths beat the plan", words::usd_interval(m)),
        _ => format!("{gains} of paths beat the plan"),
    }
}

fn colour(bars: &Bars, i: usize) -> Colour {
    let b = &bars.bars[i];
    if bars.no_loss() == Some(i) {
        PALE
    } else if b.high_usd_bn <= 0.0 || (b.low_usd_bn < 0.0 && -b.low_usd_bn > b.high_usd_bn) {
        BLUE
    } else {
        ORANGE
    }
}

/// The bars from a loss on; the part of a bar beyond the VaR has a colour of its own.
fn draw_bars(scene: &mut Scene, (r, bars): (&Results, &Bars), x: &Axis, y: &Axis, var: f64, from: f64) {
    for (i, b) in bars.drawn().filter(|(_, b)| b.count > 0 && b.low_usd_bn >= from) {
        let gap = if x.at(b.high_usd_bn) - x.at(b.low_usd_bn) > 4.0 { 0.5 } else { 0.0 };
        let (left, right) = (x.at(b.low_usd_bn) + gap, x.at(b.high_usd_bn) - gap);
        let (top, bottom) = (y.at(bars.height(b)), y.at(0.0));
        let split = x.at(var.clamp(b.low_usd_bn, b.high_usd_bn)).clamp(left, right);
        let (from, to) = (words::usd_shortest(b.low_usd_bn), words::usd_shortest(b.high_usd_bn));
        let share = words::share_told(b.share / bars.total, bars.interval(r, b).as_ref());
        let text = format!("Net loss from {from} to {to}: {share} of paths, {} of them (W0, all paths)", words::count(b.count));
        scene.value_in((left, top), (right, bottom), text);
        if split > left + 0.5 {
            scene.rect((left, top), (split, bottom), colour(bars, i), 1.0);
        }
        if split < right - 0.5 {
            scene.rect((split, top), (right, bottom), VERMILLION, 1.0);
        }
    }
}

/// The best paths as one bar at the left end, apart from the others.
fn draw_best(scene: &mut Scene, (r, bars): (&Results, &Bars), x: &Axis, y: &Axis) {
    let Some((cut, share)) = bars.best() else { return };
    let edges = (x.at(cut - 1.7 * bars.width), x.at(cut - 0.7 * bars.width));
    let top = y.at(share);
    scene.rect((edges.0 + 0.5, top), (edges.1 - 0.5, y.at(0.0)), BLUE, 1.0);
    let middle = (edges.0 + edges.1) / 2.0;
    let interval = words::share_of(r, bars.bars[..bars.joined].iter().map(|b| b.count).sum(), bars.paths());
    let told = words::share_told(share, interval.as_ref());
    let value = format!("Gain of more than {}: {told} of paths (W0, all paths)", words::usd_plain(-cut));
    scene.value_in((edges.0, top), (edges.1, y.at(0.0)), value);
    let text = format!("more than {} better: {}", words::usd_plain(-cut), words::share(share, 2));
    let text = Text::new(middle, 0.0, text, 13.0, super::colours::as_text(BLUE)).halo();
    let under = bars.drawn().filter(|(_, b)| x.at(b.low_usd_bn) < middle + text.width() + 8.0).map(|(_, b)| y.at(bars.height(b)));
    let height = under.fold(top, f64::min) - 16.0;
    scene.line(&[(middle, height + 9.0), (middle, top - 2.0)], GREY, 0.9);
    scene.text(Text { x: middle - 4.0, y: height, ..text });
}

/// The bars beyond the VaR once more, on the same loss axis and a larger share axis; false where there is no room.
fn draw_enlarged(scene: &mut Scene, (r, bars): (&Results, &Bars), x: &Axis, y: &Axis, t: &TailMeasure) -> bool {
    let var = t.var.value;
    let from = bars.bars.iter().map(|b| b.low_usd_bn).find(|low| *low >= var - bars.width * 3.0).unwrap_or(var);
    let tallest = bars.drawn().filter(|(_, b)| b.low_usd_bn >= from).map(|(_, b)| bars.height(b)).fold(0.0, f64::max);
    let (whole, left) = (y.high - y.low, x.at(from));
    if tallest <= 0.0 || tallest > 0.15 * whole || x.to_px - left < 160.0 {
        return false;
    }
    let span = y.from_px - y.to_px;
    let base = y.from_px - 0.20 * span;
    let small = Axis::linear(0.0, tallest, base, base - 0.42 * span);
    let factor = (0.42 * span / tallest) / (span / whole);
    draw_bars(scene, (r, bars), x, &small, var, from);
    scene.line(&[(left, base), (x.to_px, base)], GREY, 1.0);
    let es = x.at(t.es.value);
    scene.line(&[(es, base), (es, small.to_px - 14.0)], INK, 1.6);
    let text = format!("ES {} %: {}", level(t), words::usd_interval(&t.es));
    let near_edge = es + 260.0 > RIGHT;
    let es_text = Text::new(if near_edge { es + 5.0 } else { es - 3.0 }, small.to_px - 24.0, text, 13.0, INK).bold().halo();
    scene.text(if near_edge { es_text.end() } else { es_text });
    let note = format!("the tail again, {} times as tall", words::number(factor, words::digits_of(factor, 2)));
    scene.text(Text::new(x.to_px, base + 13.0, note, 12.0, GREY).end());
    true
}

fn level(t: &TailMeasure) -> String {
    words::number(100.0 * t.level, words::digits_of(t.level * 100.0, 2))
}

/// Lines at the VaR and the mean, and the ES in words where the enlarged tail does not show it.
fn draw_marks(scene: &mut Scene, bars: &Bars, (x, y): (&Axis, &Axis), t: Option<(&TailMeasure, bool)>, mean: Option<Estimate>) {
    let top = y.to_px;
    if let Some((t, is_es_shown)) = t.filter(|(t, _)| t.var.value > x.low && t.var.value < x.high) {
        let at = x.at(t.var.value);
        scene.line(&[(at, y.from_px), (at, top - 4.0)], INK, 1.6);
        let (var, es) = (words::usd_interval(&t.var), words::usd_interval(&t.es));
        scene.value((at, top), format!("VaR {0} %: {var}; ES {0} %: {es} (W0, all paths)", level(t)));
        let to_left = at > 0.6 * RIGHT;
        let at = if to_left { at - 6.0 } else { at + 6.0 };
        let text = format!("VaR {} %: {}", level(t), words::usd_interval(&t.var));
        let text = Text::new(at, top + 2.0, text, 13.0, INK).bold().halo();
        scene.text(if to_left { text.end() } else { text });
        if !is_es_shown {
            let text = format!("ES {} %, the mean of the paths beyond: {}", level(t), words::usd_interval(&t.es));
            let text = Text::new(at, top + 20.0, text, 13.0, INK).halo();
            scene.text(if to_left { text.end() } else { text });
        }
    }
    if let Some(m) = mean.filter(|m| m.value > x.low && m.value < x.high) {
        let at = x.at(m.value);
        scene.dashes(&[(at, y.from_px), (at, top + 46.0)], INK, 1.3);
        scene.value((at, top + 39.0), format!("Mean: {} (W0, all paths)", words::usd_interval(&m)));
        let text = Text::new(at, top + 39.0, format!("mean {}", words::usd_interval(&m)), 13.0, INK).halo();
        scene.text(if at > 0.6 * RIGHT { text.end() } else { text });
    }
    if let Some(i) = bars.no_loss() {
        let b = &bars.bars[i];
        let text = format!("about no loss: {} %", words::number(100.0 * b.share / bars.total, 1));
        let height = y.at(bars.height(b)) + 8.0;
        let (left, right) = (x.at(b.low_usd_bn) - 6.0, x.at(b.high_usd_bn) + 6.0);
        let text = Text::new(left, height, text, 13.0, GREY).end().halo();
        // Left of the bar, or below the label of the mean where there is no room.
        let fits = left - text.width() > x.from_px;
        scene.text(if fits { text } else { Text { x: right, y: height + 26.0, anchor: Anchor::Start, ..text } });
    }
}

fn draw_key(scene: &mut Scene, bars: &Bars, y: f64) {
    let share = |keep: &dyn Fn(&HistogramBar) -> bool| {
        let sum: f64 = bars.bars.iter().filter(|b| keep(b)).map(|b| b.share).sum();
        words::number(100.0 * sum / bars.total, 1)
    };
    let gains = format!("better than plan {} %", share(&|b| b.high_usd_bn <= 0.0));
    let losses = format!("worse than plan {} %", share(&|b| b.low_usd_bn >= 0.0));
    let mut x = LEFT;
    for (text, colour) in [(gains, BLUE), (losses, ORANGE), ("beyond VaR: their mean is the ES".to_string(), VERMILLION)] {
        let text = Text::new(x + 17.0, y, text, 13.0, super::colours::as_text(colour)).bold();
        scene.rect((x, y - 6.0), (x + 12.0, y + 6.0), colour, 1.0);
        x += 17.0 + text.width() + 26.0;
        scene.text(text);
    }
}

fn data(r: &Results, bars: &Bars) -> String {
    let mut table = Table::new(&["low_usd_bn", "high_usd_bn", "paths", "share", "share_low", "share_high"]);
    for b in &bars.bars {
        let [_, low, high] = fields_or_none(bars.interval(r, b).as_ref());
        table.row(&[&b.low_usd_bn, &b.high_usd_bn, &b.count, &(b.share / bars.total), &low, &high]);
    }
    table.text()
}

fn subtitle(bars: &Bars) -> String {
    let cut = if bars.joined > 0 { "; the best paths are one bar" } else { "" };
    format!(
        "Net system loss against plan over the horizon, full model (W0), in bars of USD {} bn, not smoothed{cut}. Numbers: 95 % intervals.",
        words::number(bars.width, words::digits_of(bars.width, 2))
    )
}

/// The loss axis; left of the bars there is room for the one that holds the best paths.
fn loss_axis(scene: &mut Scene, bars: &Bars, y: &Axis) -> Option<Axis> {
    let (low, high) = (bars.drawn().next()?.1.low_usd_bn, bars.bars.last()?.high_usd_bn);
    let first = if bars.joined > 0 { low - 2.0 * bars.width } else { low };
    let x = Axis::linear(first, high, LEFT + 62.0, RIGHT - 20.0);
    let mut ticks = frame::plain_ticks(&x, 9);
    ticks.retain(|(v, _)| *v > low - 1e-9 * (high - low).abs());
    frame::bottom_axis(scene, &x, y.from_px, &ticks, "net system loss against plan, USD bn (negative: gain)", 13.0);
    if bars.joined > 0 {
        let (a, b) = (x.at(low - 0.55 * bars.width), x.at(low - 0.15 * bars.width));
        scene.rect((a, y.from_px - 1.0), (b, y.from_px + 1.0), WHITE, 1.0);
        for at in [a, b] {
            scene.line(&[(at - 3.0, y.from_px + 5.0), (at + 3.0, y.from_px - 5.0)], GREY, 1.0);
        }
    }
    Some(x)
}

/// Draws the chart; none without bars.
pub(super) fn draw(r: &Results) -> Option<Picture> {
    let bars = bars(r)?;
    let tail = tail(r);
    let row = r.loss(Metric::NetLoss, None, WorldName::W0, Panel::Base, Given::All);
    let mean = row.map(|l| l.mean).filter(words::sound);
    let title = title(&bars, tail.as_ref(), mean.as_ref());
    let (mut scene, top) = frame::framed(r, &title, &subtitle(&bars));
    draw_key(&mut scene, &bars, top);
    let tallest = bars.drawn().map(|(_, b)| bars.height(b)).fold(0.0, f64::max);
    let y = Axis::linear(0.0, tallest * 1.17, BOTTOM - 56.0, top + 46.0);
    let (left, right) = (LEFT + 62.0, RIGHT - 20.0);
    frame::left_axis(&mut scene, &y, left, right, &frame::percent_ticks(&y, 5), "share of paths", 13.0);
    let x = loss_axis(&mut scene, &bars, &y)?;
    let var = tail.as_ref().map_or(f64::INFINITY, |t| t.var.value);
    draw_bars(&mut scene, (r, &bars), &x, &y, var, f64::NEG_INFINITY);
    draw_best(&mut scene, (r, &bars), &x, &y);
    let shown = tail.as_ref().map(|t| (t, draw_enlarged(&mut scene, (r, &bars), &x, &y, t)));
    draw_marks(&mut scene, &bars, (&x, &y), shown, mean);
    let (low, high) = (bars.bars.first()?.low_usd_bn, bars.bars.last()?.high_usd_bn);
    let alt = format!("{title}. Histogram of {} bars from {} to {}.", bars.bars.len(), words::usd_plain(low), words::usd_plain(high));
    Some(Picture { name: "loss-histogram", title, alt, data_csv: data(r, &bars), scene })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_hundredth_is_one_bar_where_that_saves_room() {
        let bar = |i: i32, count: u64| HistogramBar {
            world: WorldName::W0,
            given: Given::All,
            low_usd_bn: 100.0 * f64::from(i),
            high_usd_bn: 100.0 * f64::from(i + 1),
            count,
            share: count as f64,
        };
        let far: Vec<HistogramBar> = (-20..10).map(|i| bar(i, if i < -5 { 1 } else { 400 })).collect();
        assert_eq!(joined(&far, 6015.0), 15);
        let near: Vec<HistogramBar> = (-7..10).map(|i| bar(i, if i < -5 { 1 } else { 400 })).collect();
        assert_eq!(joined(&near, 6002.0), 0);
        let losses: Vec<HistogramBar> = (0..30).map(|i| bar(i, if i < 15 { 1 } else { 400 })).collect();
        assert_eq!(joined(&losses, 6015.0), 0);
    }
}
