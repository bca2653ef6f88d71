//! What drives the loss, as far as a run knows it: bust or no bust, the common revaluation, the channels of a script, the inputs drawn on each path. What a
//! sensitivity analysis found stands after it, if there is one beside the run.

use super::{Grid, Section, contagion, is_random, sentence};
use crate::results::words::{self, Unit};
use crate::results::{Given, Metric, Panel, Results, WorldName};
use serde_json::json;

pub(super) fn section(r: &Results, has_sensitivity: bool) -> Section {
    let channels = if is_random(r) { None } else { contagion::section(r) };
    let mut statements: Vec<String> = [regimes(r), sentiment(r)].into_iter().flatten().collect();
    if is_random(r) && !r.scenario.uncertain.is_empty() && !has_sensitivity {
        statements.push(
            "Which of the uncertain numbers matters most was not asked in this run: bubblerisk sensitivity SCENARIO answers it, bubblerisk attribute SCENARIO says \
             through which channel the loss comes, bubblerisk reverse SCENARIO --when CONDITION what would have to happen. What they leave \
             beside the run is taken into this page by bubblerisk report RUN."
                .into(),
        );
    }
    let numbers = json!({ "uncertain": r.scenario.uncertain, "channels": r.channels });
    let (said, mut tables, figures) = channels.map_or((vec![], vec![], &[] as &[&str]), |c| (c.statements, c.tables, c.figures));
    statements.splice(0..0, said);
    tables.extend(inputs(r));
    Section { id: "drivers", heading: "What drives it".into(), statements, tables, numbers, figures }
}

/// What a bust makes.
fn regimes(r: &Results) -> Option<String> {
    let mean = |g: Given| r.loss(Metric::NetLoss, None, WorldName::W0, Panel::Base, g).map(|row| &row.mean);
    let (bust, none) = (mean(Given::Bust)?, mean(Given::NoBust)?);
    let share = r.run.bust_probability?;
    is_random(r).then(|| {
        format!(
            "Whether there is a bust: with one the firms together {} on average, without they {} (W0); {} of paths have one, and that is an assumption.",
            super::losses::lose(bust),
            super::losses::lose(none),
            words::with_error(&share, Unit::Share)
        )
    })
}

/// What the common revaluation of all firms makes.
fn sentiment(r: &Results) -> Option<String> {
    if !is_random(r) {
        return None;
    }
    let given = super::first_condition(r);
    let still = r.loss(Metric::NetLoss, None, WorldName::W0, Panel::NoSentiment, given)?;
    let base = r.loss(Metric::NetLoss, None, WorldName::W0, Panel::Base, given)?;
    let rests = if still.paths == base.paths {
        String::new()
    } else {
        format!("({} instead of {})", words::plural(still.paths, "path", "paths"), words::count(base.paths))
    };
    Some(sentence(&[
        "how all firms are revalued together: with sentiment held at zero (S = 0) the net loss is",
        &words::with_error(&still.mean, Unit::UsdBn),
        "instead of",
        &words::with_error(&base.mean, Unit::UsdBn),
        super::under(r, given),
        &rests,
    ]))
}

fn inputs(r: &Results) -> Option<Grid> {
    let rows: Vec<Vec<String>> = r.scenario.uncertain.iter().map(|(name, how)| vec![name.clone(), how.clone()]).collect();
    let what = if is_random(r) {
        "Numbers drawn anew on each path, each with its distribution"
    } else {
        "Uncertain numbers, held at their centres"
    };
    (!rows.is_empty()).then(|| Grid { caption: what.into(), header: ["Number", "Distribution"].map(String::from).to_vec(), rows })
}
