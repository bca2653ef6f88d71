//! What the program is tested against, as a user can run it: published and hand-solvable cases, closed forms, golden numbers, Monte Carlo cases, which
//! must agree; and replays of what happened, which may disagree. The comparisons are in the files of this room, the models elsewhere.

mod cases;
mod check;
mod closed_forms;
mod formulas;
mod golden;
mod monte_carlo;
mod page;
mod replay;
mod runs;
pub mod systems;
mod valuations;

pub use cases::LEFT_OUT;
pub use check::{Check, Measure};
pub use page::{page, text};
pub use replay::{Band, Correlation, Finding, LEVELS, Market, Null, Placed, SwapImplied, Volatility, market, nulls, stresses, telecom};

use crate::charts::{Against, AgainstRow, Picture, against};
use crate::error::Result;
use serde::Serialize;
use std::path::Path;

/// The published cases.
///
/// # Errors
/// If a case is refused as input.
pub fn published() -> Result<Vec<Check>> {
    cases::checks()
}

/// The golden cases G1 to G4, with C17.
///
/// # Errors
/// If a case is refused as input.
pub fn golden() -> Result<Vec<Check>> {
    golden::checks()
}

/// The closed forms C1 to C16 and C18.
///
/// # Errors
/// If a case is refused as input.
pub fn closed_forms() -> Result<Vec<Check>> {
    closed_forms::checks()
}

/// The simulated cases among the published ones.
///
/// # Errors
/// If a case is refused as input.
pub fn monte_carlo() -> Result<Vec<Check>> {
    monte_carlo::checks()
}

/// Everything that was compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Golden cases of the whole quarter.
    pub golden: Vec<Check>,
    /// Closed forms.
    pub closed_forms: Vec<Check>,
    /// Published and hand-solvable cases of the one-shot models.
    pub published: Vec<Check>,
    /// Published cases that are simulated.
    pub monte_carlo: Vec<Check>,
    /// The telecom replay.
    pub telecom: Vec<Finding>,
    /// The drawdown and the day of January 2025.
    pub stresses: Vec<Finding>,
    /// Demonstrations that nothing comes of nothing.
    pub nulls: Vec<Null>,
    /// The flagship against the market.
    pub market: Market,
}

impl Report {
    /// Runs everything; `scenarios` is the folder of the shipped scenarios.
    ///
    /// # Errors
    /// Those of reading the scenarios and of models that refuse their input.
    pub fn run(scenarios: &Path) -> Result<Report> {
        Ok(Report {
            golden: golden()?,
            closed_forms: closed_forms()?,
            published: published()?,
            monte_carlo: monte_carlo()?,
            telecom: telecom(scenarios)?,
            stresses: stresses(scenarios)?,
            nulls: nulls(scenarios)?,
            market: market(scenarios)?,
        })
    }

    /// Heading, explanation and checks of each group that must agree.
    pub fn groups(&self) -> [(&'static str, &'static str, &[Check]); 4] {
        [
            (
                "Golden cases",
                "Systems of two and three firms worked by hand, and by an independent program in another language, through the whole engine.",
                &self.golden,
            ),
            ("Closed forms", "Formulas, and the engine, its kernels or its drivers against them.", &self.closed_forms),
            (
                "Published and hand-solvable cases",
                "One-shot models on networks (`bubblerisk clear`), from both ends; a row is a case with all its numbers, of which the worst is shown.",
                &self.published,
            ),
            ("Simulated cases", "Published results of simulations, within four standard errors of both together.", &self.monte_carlo),
        ]
    }

    /// Every check that must agree.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.groups().into_iter().flat_map(|(_, _, checks)| checks)
    }

    /// Whether all that must agree does.
    pub fn passed(&self) -> bool {
        self.checks().all(|c| c.passed) && self.nulls.iter().all(|n| n.passed)
    }

    /// The charts that the page shows.
    pub fn pictures(&self) -> Vec<Picture> {
        let row = |f: &Finding| {
            let (low, high) = (f.band.low, f.band.high);
            let quantiles = f.quantiles.filter(|_| f.band.unit == "share")?;
            Some(AgainstRow { label: f.band.observable.clone(), quantiles, band: Some((low, high)), happened: f.band.what_happened })
        };
        let rows: Vec<AgainstRow> = self.telecom.iter().filter_map(row).collect();
        let hits = self.telecom.iter().filter(|f| f.is_hit).count();
        let replay = Against {
            name: "telecom",
            title: format!("Telecom 2001-2002: {hits} of {} observables fall into the bands set before", self.telecom.len()),
            subtitle: "Distribution over paths of what is measured per path, given ten quarters of bust, against what happened. The other observables are in the table."
                .into(),
            axis: "change",
            footer: "Telecom replay · as of 2000-12-31 · 20,032 paths · seed 1 · W0".into(),
            rows,
        };
        let rows = self.market.rows();
        let inside = self.market.returns.iter().filter(|p| p.transform.is_some_and(|u| (0.05..=0.95).contains(&u))).count();
        let later = Against {
            name: "out-of-sample",
            title: format!("By 3 August 2026 {inside} of {} shares were within the middle 90 % of the paths", rows.len()),
            subtitle: "Returns from 17 December 2025: simulated as of that day, with no tuning to what came, against what happened.".into(),
            axis: "return since 17 December 2025",
            footer: format!(
                "amazon-openai · as of 2025-12-17 · {} paths · seed 1 · W0",
                crate::results::words::count(self.market.paths as u64)
            ),
            rows,
        };
        [replay, later].iter().filter_map(against).collect()
    }
}
