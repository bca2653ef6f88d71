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
}

fn part(level: u8, section: Section) -> Part {
    Part { id: section.id.to_string(), level, section, question: None }
}

/// Every section of the page in order.
pub(super) fn parts(r: &Results, questions: &[Question], command: Option<&str>) -> Vec<Part> {
    let has = |name: &str| questions.iter().any(|q| q.name == name);
    let mut out = vec![part(1, finding::section(r))];
    out.extend(losses::section(r).map(|s| part(2, Section { heading: "How much is lost, with a bust and without".into(), ..s })));
    out.extend(money::section(r).map(|s| part(2, s)));
    out.extend(firms::section(r).map(|s| part(2, s)));
    out.extend(failures::section(r).map(|s| part(3, s)));
    out.extend(contagion::section(r).filter(|_| is_random(r)).map(|s| part(3, s)));
    out.extend(amplification::section(r).map(|s| part(2, defined(s))));
    out.push(part(2, drivers::section(r, has("sensitivity"))));
    out.extend(beside(questions));
    out.extend(commitments::section(r).map(|s| part(2, s)));
    out.extend(stories::section(r).map(|s| part(2, s)));
    out.push(part(2, evidence(r)));
    out.push(part(3, basis::accuracy(r)));
    out.push(part(2, limits::section()));
    out.push(part(2, reproduce::section(r, command)));
    out
}

/// What other commands found about the same scenario; their sections get names of their own.
fn beside(questions: &[Question]) -> impl Iterator<Item = Part> + '_ {
    questions.iter().enumerate().flat_map(|(k, q)| {
        q.sections.iter().enumerate().map(move |(n, s)| {
            let heading = format!("{}: {}", words::capital(&q.name), s.heading);
            let section = Section { heading, figures: &[], ..s.clone() };
            Part { id: format!("{}-{}", q.name, s.id), level: 3, section, question: (n == 0).then_some(k) }
        })
    })
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
