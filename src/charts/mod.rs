//! Pictures of [`Results`]: which there are and how they become files. Each is drawn in a file of its own; no simulation and no other words than those
//! on the pictures.
//!
//! A picture is a list of marks (`scene`), so that SVG and PNG are the same drawing (`paper`). Text is set in an embedded open font.

mod against;
mod amplification;
mod channels;
mod colours;
mod commitments;
mod compare;
mod contagion;
mod convergence;
mod crowd;
mod deals;
mod exceedance;
mod fans;
mod files;
mod fonts;
mod frame;
mod funds;
mod hazard;
mod histogram;
mod loops;
mod paper;
mod place;
mod reverse;
mod ring;
mod scaling;
mod scene;
mod sensitivity;
mod sweep;
mod sweep_map;
mod table;
mod tail;
mod timeline;
mod words;
mod worlds;

pub use against::{Against, AgainstRow, draw as against};
pub use files::Drawn;
pub use loops::draw as loops;
pub use scaling::{Scaling, ScalingPanel, draw as scaling};

use crate::analysis::attribute::Attribution;
use crate::analysis::compare::Comparison;
use crate::analysis::deals::DealAttribution;
use crate::analysis::reverse::Reversal;
use crate::analysis::sensitivity::Sensitivity;
use crate::analysis::sweep::{Measure, Sweep};
use crate::error::{Error, Result};
use crate::results::{FlowKind, Results};
use scene::Scene;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Fewest paths on which a number in a picture may rest.
const FEWEST: u64 = 30;

/// One picture, ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// File stem, such as `exceedance`.
    pub name: &'static str,
    /// The finding, in a sentence.
    pub title: String,
    /// What can be seen, for readers who cannot see it.
    pub alt: String,
    /// The numbers that are drawn, as CSV.
    pub data_csv: String,
    scene: Scene,
}

impl Picture {
    /// The picture as an SVG document that can also stand inside HTML.
    pub fn svg(&self) -> String {
        paper::svg(&self.scene, &self.title, &self.alt)
    }

    /// The same with the values of its points, for a page whose script shows them.
    pub fn svg_with_values(&self) -> String {
        paper::svg_with_values(&self.scene, &self.title, &self.alt)
    }

    /// The picture as a PNG file.
    pub fn png(&self) -> Result<Vec<u8>> {
        paper::png(&self.scene).map_err(|reason| Error::Chart { chart: self.name.to_string(), reason })
    }

    /// Pairs of texts that lie over each other, or texts that leave the picture: none in a good picture.
    pub fn clashes(&self) -> Vec<String> {
        let inside = |b: &[f64; 4]| b[0] >= 0.0 && b[1] >= 0.0 && b[2] <= scene::WIDTH && b[3] <= self.scene.height;
        let boxes: Vec<([f64; 4], &str)> = self.scene.texts().map(|t| (t.bounds(), t.text.as_str())).collect();
        let mut found: Vec<String> = boxes.iter().filter(|(b, _)| !inside(b)).map(|(_, t)| format!("outside: {t}")).collect();
        for (i, (a, one)) in boxes.iter().enumerate() {
            let clash = |(b, _): &&([f64; 4], &str)| scene::overlap(a, b);
            found.extend(boxes[i + 1..].iter().filter(clash).map(|(_, other)| format!("{one} / {other}")));
        }
        found
    }
}

type Draw = fn(&Results) -> Option<Picture>;

/// Every picture in the order of its worth, and whether it needs a distribution.
const PICTURES: [(&str, Draw, bool); 11] = [
    ("exceedance", exceedance::draw, true),
    ("loss-histogram", histogram::draw, true),
    ("ring", ring::draw, false),
    ("default-timeline", timeline::draw, true),
    ("contagion", contagion::draw, true),
    ("amplification", amplification::draw, true),
    ("defaults-by-world", worlds::draw, true),
    ("fans", fans::draw, false),
    ("commitments-against-funds", commitments::draw, false),
    ("channels", channels::draw, false),
    ("convergence", convergence::draw, true),
];

/// The names of all pictures, most useful first.
pub fn names() -> impl Iterator<Item = &'static str> {
    PICTURES.iter().map(|p| p.0)
}

fn applies(results: &Results, needs_distribution: bool) -> bool {
    !needs_distribution || (results.scenario.random && results.run.paths > 0)
}

/// Every picture for which the results hold data: without randomness there are no distributions, without channels no waterfall.
pub fn pictures(results: &Results) -> Vec<Picture> {
    PICTURES.iter().filter(|(_, _, needs)| applies(results, *needs)).filter_map(|(_, draw, _)| draw(results)).collect()
}

/// One picture by name, or none if the results hold no data for it.
pub fn picture(results: &Results, name: &str) -> Result<Option<Picture>> {
    let (_, draw, needs) = PICTURES.iter().find(|p| p.0 == name).ok_or_else(|| {
        let known: Vec<&str> = names().collect();
        Error::Usage(format!("there is no chart \"{name}\"; there are {}", known.join(", ")))
    })?;
    Ok(if applies(results, *needs) { draw(results) } else { None })
}

/// One picture as SVG, for embedding in a report.
pub fn svg(results: &Results, name: &str) -> Result<String> {
    let reason = || Error::Chart { chart: name.to_string(), reason: "the run holds no data for it".to_string() };
    picture(results, name)?.map(|p| p.svg()).ok_or_else(reason)
}

/// The colour of a kind of link on every picture, as a page writes it.
pub fn flow_colour(kind: FlowKind) -> String {
    paper::hex(colours::of_flow(kind))
}

/// The colours of what is raised and of what is lowered.
pub fn change_colours() -> [String; 2] {
    [colours::VERMILLION, colours::BLUE].map(paper::hex)
}

/// Writes one picture as SVG, PNG and CSV into a folder that exists.
pub fn write(picture: &Picture, folder: &Path) -> Result<Drawn> {
    files::write(picture, folder)
}

/// The charts of a sensitivity analysis, as far as there is something to show. `footer` names the scenario and its date.
pub fn sensitivity(found: &Sensitivity, footer: &str) -> Vec<Picture> {
    let drawn = [sensitivity::tornado(found, footer), sensitivity::variance_shares(found, footer), hazard::draw(found, footer)];
    drawn.into_iter().flatten().collect()
}

/// The charts of an attribution: its channels, of which `means` holds the means, and who makes the tail. `footer` names the scenario and its date.
pub fn attribution(means: &Results, found: &Attribution, footer: &str) -> Vec<Picture> {
    [channels::draw_attributed(means, found), tail::draw(found, footer)].into_iter().flatten().collect()
}

/// The chart of a comparison; none without variants. `footer` names the first scenario and its date.
pub fn comparison(found: &Comparison, footer: &str) -> Option<Picture> {
    compare::draw(found, footer)
}

/// The chart of a sweep: lines for one input, a map for two; `shown` is the measure drawn largest.
pub fn sweep(sweep: &Sweep, shown: Option<Measure>, footer: &str) -> Option<Picture> {
    sweep::draw(sweep, shown, footer).or_else(|| sweep_map::draw(sweep, shown, footer))
}

/// The chart of an attribution to deals; none without deals.
pub fn deals(found: &DealAttribution, footer: &str) -> Option<Picture> {
    deals::draw(found, footer)
}

/// The chart of a reverse stress test; none where no path meets the condition.
pub fn reversal(found: &Reversal, footer: &str) -> Option<Picture> {
    reverse::draw(found, footer)
}

/// Writes every picture as SVG, PNG and CSV into a folder, which is made if it is missing. Each file is written whole or not at all.
pub fn draw_all(results: &Results, folder: &Path) -> Result<Vec<Drawn>> {
    crate::results::files::make_folder(folder)?;
    let pictures = pictures(results);
    // Most of the time of a picture goes into its PNG: as many at once as there are cores, each thread taking the next one.
    let next = AtomicUsize::new(0);
    let work = || {
        let take = || pictures.get(next.fetch_add(1, Ordering::Relaxed));
        std::iter::from_fn(take).map(|p| (p.name, files::write(p, folder))).collect::<Vec<_>>()
    };
    let others = std::thread::available_parallelism().map_or(1, usize::from).min(pictures.len()).saturating_sub(1);
    let mut drawn = std::thread::scope(|scope| {
        let running: Vec<_> = (0..others).map(|_| scope.spawn(work)).collect();
        let mut drawn = work();
        for thread in running {
            drawn.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        drawn
    });
    drawn.sort_by_key(|(name, _)| pictures.iter().position(|p| p.name == *name));
    drawn.into_iter().map(|(_, found)| found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use scene::Text;

    #[test]
    fn clashes_are_found() {
        let mut scene = Scene::default();
        scene.text(Text::new(100.0, 100.0, "one", 14.0, colours::INK));
        scene.text(Text::new(110.0, 104.0, "other", 14.0, colours::INK));
        scene.text(Text::new(1190.0, 300.0, "too far right", 14.0, colours::INK));
        let picture = Picture { name: "test", title: String::new(), alt: String::new(), data_csv: String::new(), scene };
        assert_eq!(picture.clashes(), ["outside: too far right", "one / other"]);
    }
}
