//! The report as one HTML file that needs nothing else: the template filled with sections and charts.

use super::{Section, opening, sections};
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

const TEMPLATE: &str = include_str!("page.html");

/// The whole report as one HTML document without any reference to another file or address.
///
/// # Errors
/// [`Error::Chart`] if the template cannot be filled, which would be a fault of the program.
pub fn html(r: &Results, figures: &[Figure]) -> Result<String> {
    let failed = |e: minijinja::Error| Error::Chart { chart: "report.html".into(), reason: e.to_string() };
    let mut environment = Environment::new();
    environment.add_template("page.html", TEMPLATE).map_err(failed)?;
    let parts = sections(r);
    let last = parts.len().saturating_sub(1);
    let shown: Value = parts.iter().enumerate().map(|(k, s)| section(s, &placed(&parts, k, k == last, figures))).collect();
    let page = context! {
        title => words::capital(&r.scenario.title),
        name => r.scenario.name.as_str(),
        hash => r.scenario.hash.as_str(),
        version => r.run.version.as_str(),
        seed => r.run.seed,
        paths => words::count(r.run.paths),
        caution => opening::CAUTION,
        sections => shown,
    };
    environment.get_template("page.html").and_then(|t| t.render(page)).map_err(failed)
}

/// The charts of a section in its order; the last section also takes those that no section names.
fn placed<'a>(parts: &[Section], k: usize, is_last: bool, figures: &'a [Figure]) -> Vec<&'a Figure> {
    let named = |name: &str| figures.iter().find(move |f| f.name == name);
    let mut own: Vec<&Figure> = parts[k].figures.iter().filter_map(|name| named(name)).collect();
    if is_last {
        own.extend(figures.iter().filter(|f| !parts.iter().any(|p| p.figures.contains(&f.name.as_str()))));
    }
    own
}

fn texts(items: &[String]) -> Value {
    items.iter().map(Value::from).collect()
}

fn section(s: &Section, figures: &[&Figure]) -> Value {
    let table = |g: &super::Grid| {
        let rows: Value = g.rows.iter().map(|row| texts(row)).collect();
        context! { caption => g.caption.as_str(), header => texts(&g.header), rows }
    };
    let figure =
        |f: &&Figure| context! { name => f.name.as_str(), alt => f.alt.as_str(), svg => Value::from_safe_string(bare(&f.svg).to_string()) };
    context! {
        id => s.id,
        heading => s.heading.as_str(),
        is_finding => s.heading.starts_with(|c: char| c.is_ascii_digit()),
        statements => texts(&s.statements),
        tables => s.tables.iter().filter(|g| !g.rows.is_empty()).map(table).collect::<Value>(),
        figures => figures.iter().map(figure).collect::<Value>(),
    }
}

/// An SVG document without the declaration that may not stand inside HTML.
fn bare(svg: &str) -> &str {
    svg.find("<svg").map_or("", |at| &svg[at..])
}
