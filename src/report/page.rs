//! The report as one HTML file that needs nothing else: the template filled with sections, charts and what the controls look up.

use super::order::{self, Part, parts};
use super::template::{Piece, Template};
use super::{Grid, Section, finding, lookup, opening, stories, text};
use crate::error::{Error, Result};
use crate::results::{Results, words};
use minijinja::{Environment, Value, context};

/// A chart to stand in the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Name, by which its place is found.
    pub name: String,
    /// What can be seen, for readers who cannot see it.
    pub alt: String,
    /// The picture as an SVG document.
    pub svg: String,
}

/// What another command found about the same scenario, to stand in the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Name of the command.
    pub name: String,
    /// Its sections.
    pub sections: Vec<Section>,
    /// Its charts.
    pub figures: Vec<Figure>,
}

/// Another run of the same firms, of which the page's controls can show numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Sibling {
    /// What tells it from the others: the name of its folder.
    pub key: String,
    /// Its name, for people.
    pub name: String,
    /// What it found.
    pub results: Results,
}

/// The runs of the same firms that lie beside a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Siblings {
    /// Those that are shown.
    pub runs: Vec<Sibling>,
    /// Whether there are more.
    pub are_more: bool,
}

/// What the page shows beside the results.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Material {
    /// Charts of the run.
    pub figures: Vec<Figure>,
    /// Answers of other commands.
    pub questions: Vec<Question>,
    /// What is said of answers that are about another scenario.
    pub not_shown: Vec<String>,
    /// Other runs of the same firms.
    pub siblings: Siblings,
    /// The command that gives the same numbers again.
    pub command: Option<String>,
    /// The look.
    pub template: Template,
}

/// Rows from which on a table is folded, and below which it is not worth sorting.
const LONG: usize = 16;
const SORTABLE: usize = 3;
/// Tables that readers come for are never folded.
const NEVER_FOLDED: [&str; 3] = ["finding", "who", "commitments"];

/// The whole report as one HTML document without any reference to another file.
///
/// # Errors
/// [`Error::Usage`] with file and line if a template of the user cannot be filled; [`Error::Chart`] if ours cannot, which would be a fault of the program.
pub fn html(r: &Results, m: &Material) -> Result<String> {
    let ours = Template::default();
    let page_of = |piece: &Piece| piece.name.clone();
    let failed = |e: minijinja::Error| told(&m.template.page, m.template.page == ours.page, &e);
    let mut environment = Environment::new();
    environment.add_filter("linked", linked);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    let name = page_of(&m.template.page);
    environment.add_template(&name, &m.template.page.text).map_err(failed)?;
    let parts = parts(r, (&m.questions, &m.not_shown), m.command.as_deref());
    let last = parts.len().saturating_sub(1);
    let shown: Value = parts.iter().enumerate().map(|(k, p)| section(r, p, &placed(m, &parts, k, k == last))).collect();
    let page = context! {
        title => words::capital(&r.scenario.title),
        name => r.scenario.name.as_str(),
        as_of => r.scenario.as_of.as_str(),
        hash => r.scenario.hash.as_str(),
        version => r.run.version.as_str(),
        seed => r.run.seed,
        paths => words::count(r.run.paths),
        caution => opening::CAUTION,
        style => Value::from_safe_string(m.template.style.text.clone()),
        script => Value::from_safe_string(m.template.script.text.clone()),
        data => Value::from_safe_string(lookup::script(r, &m.siblings)),
        sections => shown,
    };
    environment.get_template(&name).and_then(|t| t.render(page)).map_err(failed)
}

/// An error of a template: of a user's with its file and line.
fn told(page: &Piece, is_ours: bool, e: &minijinja::Error) -> Error {
    let reason = e.detail().map_or_else(|| e.kind().to_string(), |d| format!("{}: {d}", e.kind()));
    if is_ours {
        return Error::Chart { chart: "report.html".into(), reason };
    }
    let line = e.line().map_or_else(String::new, |l| format!(":{l}"));
    Error::Usage(format!("{}{line}: {reason}; docs/output.md lists what a template can use", page.name))
}

/// The charts of a part in its order; the last part also takes those that no part names.
fn placed(m: &Material, parts: &[Part], k: usize, is_last: bool) -> Vec<Figure> {
    if let Some(question) = parts[k].question.and_then(|q| m.questions.get(q)) {
        // Two commands may draw charts of the same name.
        let named = |f: &Figure| Figure { name: format!("{}-{}", order::slug(&question.name), f.name), ..f.clone() };
        return question.figures.iter().map(named).collect();
    }
    let named = |name: &str| m.figures.iter().find(move |f| f.name == name);
    let mut own: Vec<Figure> = parts[k].section.figures.iter().filter_map(|name| named(name)).cloned().collect();
    if is_last {
        own.extend(m.figures.iter().filter(|f| !parts.iter().any(|p| p.section.figures.contains(&f.name.as_str()))).cloned());
    }
    own
}

fn texts(items: &[String]) -> Value {
    items.iter().map(Value::from).collect()
}

fn section(r: &Results, p: &Part, figures: &[Figure]) -> Value {
    let s = &p.section;
    let figure =
        |f: &Figure| context! { name => f.name.as_str(), alt => f.alt.as_str(), svg => Value::from_safe_string(bare(&f.svg).to_string()) };
    let story = |s: &crate::results::PathStory| {
        let (title, quarters) = stories::told(r, s);
        let quarters: Value = quarters.iter().map(|(label, events)| context! { label, events => texts(events) }).collect();
        context! { title, quarters }
    };
    let leads = if p.level == 1 { finding::leads(r) } else { usize::from(p.level == 2 && s.id != "not_modelled" && s.id != "reproduce") };
    let told: Value = if s.id == "stories" { r.stories.iter().map(story).collect() } else { Value::from(Vec::<Value>::new()) };
    context! {
        id => p.id.as_str(),
        heading => s.heading.as_str(),
        level => p.level,
        leads,
        is_lookup => s.id == "who" && !r.losses.is_empty(),
        is_list => s.id == "not_modelled",
        is_folded => p.is_folded,
        statements => s.statements.iter().map(|t| text::unparted(t)).collect::<Value>(),
        tables => s.tables.iter().filter(|g| !g.rows.is_empty()).map(|g| table(s.id, g)).collect::<Value>(),
        figures => figures.iter().map(figure).collect::<Value>(),
        stories => told,
    }
}

fn table(section: &str, g: &Grid) -> Value {
    // A row that belongs to the one above it must stay below it.
    let stands_alone = |row: &Vec<String>| row.first().is_some_and(|c| !c.is_empty() && !c.starts_with('·'));
    let rows: Value = g.rows.iter().map(|row| texts(row)).collect();
    context! {
        caption => g.caption.as_str(),
        header => texts(&g.header),
        rows,
        count => g.rows.len(),
        is_sortable => g.rows.len() >= SORTABLE && g.rows.iter().all(stands_alone),
        is_long => g.rows.len() >= LONG && !NEVER_FOLDED.contains(&section),
    }
}

/// An SVG document without the declaration that may not stand inside HTML.
fn bare(svg: &str) -> &str {
    svg.find("<svg").map_or("", |at| &svg[at..])
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#x27;")
}

/// Text with its web addresses as links, everything else escaped.
fn linked(text: &str) -> Value {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive([' ', '\n']) {
        let is_address = (word.starts_with("https://") || word.starts_with("http://")) && word.len() > 10;
        if !is_address {
            out += &escaped(word);
            continue;
        }
        let address = word.trim_end().trim_end_matches([',', ';', '.', ')']);
        let safe = escaped(address);
        out += &format!("<a href=\"{safe}\" rel=\"noreferrer\">{safe}</a>{}", escaped(&word[address.len()..]));
    }
    Value::from_safe_string(out)
}

#[cfg(test)]
mod tests {
    use super::linked;

    #[test]
    fn addresses_become_links_and_nothing_else_does() {
        assert_eq!(linked("10-Q, page 3").to_string(), "10-Q, page 3");
        let link = "<a href=\"https://example.org/a?b=1&amp;c=2\" rel=\"noreferrer\">https://example.org/a?b=1&amp;c=2</a>, page 3";
        assert_eq!(linked("https://example.org/a?b=1&c=2, page 3").to_string(), link);
        assert_eq!(linked("javascript:alert(1) <b>").to_string(), "javascript:alert(1) &lt;b&gt;");
        assert_eq!(linked("https://x.org/\"onclick=\"x").to_string().matches('"').count(), 4);
    }
}
