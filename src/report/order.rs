//! The order of the page: the finding, the losses, the money, who loses, amplification, what drives it, promises, stories, evidence, limits, how to repeat it.

use super::{
    Grid, Section, amplification, basis, commitments, contagion, drivers, failures, finding, firms, is_random, limits, losses, money,
    reproduce,
};
use super::{Question, sources, stories};
use crate::results::tables::meaning;
use crate::results::{Metric, Results, words};

/// One section of the page.
pub(super) struct Part {
    /// Name by which a link finds it.
    pub id: String,
    /// Level of its heading: 1 for the page, 2, or 3 below the section before.
    pub level: u8,
    pub section: Section,
    /// The question beside the run whose charts stand here.
    pub question: Option<usize>,
    /// Whether a reader opens it.
    pub is_folded: bool,
}

fn part(level: u8, section: Section) -> Part {
    Part { id: section.id.to_string(), level, section, question: None, is_folded: false }
}

/// Every section of the page in order; beside the run lie answers of other commands, and lines on those that are about another scenario.
pub(super) fn parts(r: &Results, (questions, not_shown): (&[Question], &[String]), command: Option<&str>) -> Vec<Part> {
    let has = |name: &str| questions.iter().any(|q| q.name == name);
    let mut out = vec![part(1, finding::section(r))];
    out.extend(losses::section(r).map(|s| part(2, Section { heading: "How much is lost, with a bust and without".into(), ..s })));
    out.extend(money::section(r).map(|s| part(2, s)));
    out.extend(firms::section(r).map(|s| part(2, s)));
    out.extend(failures::section(r).map(|s| part(3, s)));
    out.extend(contagion::section(r).filter(|_| is_random(r)).map(|s| part(3, s)));
    out.extend(amplification::section(r).map(|s| part(2, defined(s))));
    out.push(part(2, drivers::section(r, has("sensitivity"))));
    out.extend(answers(questions, not_shown));
    out.extend(commitments::section(r).map(|s| part(2, s)));
    out.extend(stories::section(r).map(|s| part(2, s)));
    out.push(part(2, evidence(r)));
    out.push(part(3, basis::accuracy(r)));
    out.push(part(2, limits::section()));
    out.push(part(2, reproduce::section(r, command)));
    out
}

/// A name as it may stand in an address.
pub(super) fn slug(name: &str) -> String {
    name.split([' ', '-']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// What other commands found about the same scenario, after a heading that lists them.
fn answers(questions: &[Question], not_shown: &[String]) -> Vec<Part> {
    if questions.is_empty() && not_shown.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = questions.iter().map(|q| format!("bubblerisk {}", q.name)).collect();
    let told = (!names.is_empty()).then(|| {
        format!(
            "Answers about the same scenario from {}, each with its own paths and seed; what comes after the first part of each is folded.",
            words::list(&names)
        )
    });
    let statements = told.into_iter().chain(not_shown.iter().cloned()).collect();
    let heading = "Other questions asked of this scenario".into();
    let first = Section { id: "answers", heading, statements, tables: vec![], numbers: serde_json::Value::Null, figures: &[] };
    std::iter::once(part(2, first)).chain(beside(questions)).collect()
}

/// The sections of the answers, under names of their own; the first of each is open.
fn beside(questions: &[Question]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (k, q) in questions.iter().enumerate() {
        for (n, s) in q.sections.iter().enumerate() {
            let plain = s.heading.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(". ");
            let heading = format!("{}: {plain}", words::capital(&q.name));
            let section = Section { heading, figures: &[], ..s.clone() };
            let plain = format!("{}-{}", slug(&q.name), s.id);
            let same =
                parts.iter().filter(|p| p.id == plain || p.id.strip_prefix(&plain).is_some_and(|rest| rest.starts_with('_'))).count();
            let id = if same > 0 { format!("{plain}_{}", same + 1) } else { plain };
            parts.push(Part { id, level: 3, section, question: (n == 0).then_some(k), is_folded: n > 0 });
        }
    }
    parts
}

/// The vector with the definitions of its losses.
fn defined(mut section: Section) -> Section {
    let rows = amplification::VECTOR.map(|m: Metric| vec![words::capital(words::metric(m)), meaning(m).to_string()]);
    section.tables.push(Grid {
        caption: "What these losses are".into(),
        header: ["Loss", "Definition"].map(String::from).to_vec(),
        rows: rows.to_vec(),
    });
    section
}

fn evidence(r: &Results) -> Section {
    let mut section = basis::evidence(&r.scenario);
    if !r.scenario.exposures.is_empty() {
        section.tables.push(sources::table(&r.scenario));
    }
    section
}
