//! Where each number of the scenario is from: its source, date and grade of evidence, one row for each firm and contract.

use super::Grid;
use crate::results::words::{self, Unit};
use crate::results::{Exposure, ScenarioInfo};

pub(super) fn table(scenario: &ScenarioInfo) -> Grid {
    let or_dash = |text: &str| if text.trim().is_empty() { "–".to_string() } else { text.to_string() };
    let line = |e: &Exposure| {
        vec![
            e.id.clone(),
            e.what.clone(),
            words::exact(e.usd_bn, Unit::Plain),
            e.grade.map_or_else(|| "none stated".into(), |g| format!("{g:?}, {}", g.meaning())),
            e.stage.map_or_else(|| "–".into(), |s| words::stage(s).to_string()),
            or_dash(&e.as_of),
            or_dash(&e.source),
        ]
    };
    Grid {
        caption: "Every firm and contract, with the money that hangs on it and the evidence for it".into(),
        header: ["Id", "What", "USD bn", "Grade", "Stage", "Date", "Source"].map(String::from).to_vec(),
        rows: scenario.exposures.iter().map(line).collect(),
    }
}
