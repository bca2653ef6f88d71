//! The worst paths told as stories: what happened, quarter by quarter. The stories themselves come with the results.

use super::{Section, is_random};
use crate::results::words::{self, Unit};
use crate::results::{PathStory, Results, StoryEvent};
use serde_json::json;
use std::collections::BTreeSet;

/// Events told of one quarter; the rest are counted.
const MOST: usize = 6;

pub(super) fn section(r: &Results) -> Option<Section> {
    if r.stories.is_empty() {
        return None;
    }
    let numbers: Vec<String> = r.stories.iter().map(|s| s.path.to_string()).collect();
    let (heading, first) = if is_random(r) {
        let which = if r.stories.len() == 1 { "path" } else { "paths" };
        let first = format!(
            "The {} with the largest net loss in W0. They are extremes of this run, not forecasts: what is common to them is worth more than what is peculiar. What goes on from quarter to quarter is told where it begins; \
             what goes as planned is left out.",
            if r.stories.len() == 1 { "path".to_string() } else { format!("{} paths", r.stories.len()) }
        );
        (format!("The worst {which} of this run, told as {}", if r.stories.len() == 1 { "a story" } else { "stories" }), first)
    } else {
        ("What happens, quarter by quarter".to_string(), "Nothing is random, so that every path is this one.".to_string())
    };
    let replay = format!(
        "Each can be replayed with every transfer of money: bubblerisk explain SCENARIO --path {} --seed {}, with the scenario and the changes of the command at \
         the end of this page.",
        numbers.join(", or --path "),
        r.run.seed
    );
    Some(Section { id: "stories", heading, statements: vec![first, replay], tables: vec![], numbers: json!(r.stories), figures: &[] })
}

/// One story as a title and its quarters, each with sentences.
pub(super) fn told(r: &Results, story: &PathStory) -> (String, Vec<(String, Vec<String>)>) {
    let bust = if !is_random(r) {
        ""
    } else if story.has_bust {
        ", with a bust"
    } else {
        ", without a bust"
    };
    let loss = words::exact(story.net_loss_usd_bn, Unit::UsdBn);
    let title = format!("Path {}: a net loss of {loss} against plan in W0{bust}", story.path);
    let mut quarters: Vec<(String, Vec<String>)> = Vec::new();
    let mut is_new = BTreeSet::new();
    for t in 1..=r.scenario.quarters.len() {
        // What goes on from quarter to quarter is told once; failures come first.
        let mut events: Vec<_> =
            story.events.iter().filter(|e| e.quarter == t && !is_plain(&e.kind) && is_new.insert(subject(e))).collect();
        events.sort_by_key(|e| e.kind != "default");
        let mut lines: Vec<String> = events.iter().take(MOST).map(|e| told_of(e)).collect();
        if events.len() > MOST {
            lines.push(format!("And {} more.", words::plural((events.len() - MOST) as u64, "event", "events")));
        }
        if !lines.is_empty() {
            quarters.push((words::quarter(r, t), lines));
        }
    }
    (title, quarters)
}

/// An event as a sentence; identifiers and names keep their first letter.
fn told_of(e: &StoryEvent) -> String {
    let is_plain_word = ["tranche ", "backstop ", "warrant "].iter().any(|w| e.text.starts_with(w));
    format!("{}.", if is_plain_word { words::capital(&e.text) } else { e.text.clone() })
}

/// What an event is about: its kind and its words before the first amount.
fn subject(e: &StoryEvent) -> (&str, &str) {
    (&e.kind, e.text.split('$').next().unwrap_or(""))
}

/// Events that go as planned.
fn is_plain(kind: &str) -> bool {
    matches!(kind, "tranche_paid" | "warrant_vested")
}
