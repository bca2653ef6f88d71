//! Problems of a scenario as messages with the offending text underlined, as compilers show them.

use super::args::Source;
use super::console;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};
use bubblerisk::error::{Place, Problem, Severity};
use bubblerisk::scenario;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;

/// All problems, one after the other, in colours where those are wanted.
pub fn render(list: &[Problem], source: Option<&Source>) -> String {
    drawn(list, source, if console::is_lively() { Renderer::styled() } else { Renderer::plain() })
}

/// The same for another place than a terminal.
#[cfg(feature = "serve")]
pub fn plain(list: &[Problem]) -> String {
    drawn(list, None, Renderer::plain())
}

fn drawn(list: &[Problem], source: Option<&Source>, renderer: Renderer) -> String {
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut texts: HashMap<PathBuf, Option<String>> = HashMap::new();
    let mut out = String::new();
    for p in list {
        let text = p
            .place
            .as_ref()
            .filter(|place| place.line > 0)
            .and_then(|place| texts.entry(place.file.clone()).or_insert_with(|| source_text(place, source)).as_deref());
        out += &renderer.render(&[group(p, text)]);
        out += "\n\n";
    }
    out
}

/// The text in which a place lies: a file, or what was written after `--set` or `--without`.
fn source_text(place: &Place, source: Option<&Source>) -> Option<String> {
    match (place.file.to_str(), source) {
        (Some("--set"), Some(s)) if s.set.len() == 1 => s.set.first().map(|o| format!("{}={}", o.path, o.value)),
        (Some("--without"), Some(s)) if s.without.len() == 1 => s.without.first().cloned(),
        (Some("--set" | "--without"), _) => None,
        _ => scenario::source_text(&place.file),
    }
}

fn group<'a>(p: &'a Problem, text: Option<&'a str>) -> Group<'a> {
    let level = if p.severity == Severity::Error { Level::ERROR } else { Level::WARNING };
    let title = level.primary_title(p.found.as_str());
    let path = |place: &Place| place.file.display().to_string();
    let mut group = match (&p.place, text.and_then(|t| Some((t, span(t, &p.place.as_ref()?.bytes)?)))) {
        (Some(place), Some((text, span))) => {
            let note = AnnotationKind::Primary.span(span).label(format!("expected {}", p.expected));
            title.element(Snippet::source(text).path(path(place)).annotation(note))
        }
        (Some(place), None) if place.line > 0 => {
            let origin = annotate_snippets::Origin::path(path(place)).line(place.line).char_column(place.column);
            title.element(origin).element(Level::NOTE.message(format!("expected {}", p.expected)))
        }
        (Some(place), None) => {
            title.element(annotate_snippets::Origin::path(path(place))).element(Level::NOTE.message(format!("expected {}", p.expected)))
        }
        (None, _) => title.element(Level::NOTE.message(format!("expected {}", p.expected))),
    };
    if !p.hint.is_empty() {
        group = group.element(Level::HELP.message(p.hint.as_str()));
    }
    group
}

/// The byte range if it lies within the text, at least one character long and on character boundaries; the file may have changed since it was read.
fn span(text: &str, bytes: &Range<usize>) -> Option<Range<usize>> {
    let start = bytes.start.min(text.len());
    let start = if text.is_char_boundary(start) { start } else { return None };
    let next = text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
    let end = bytes.end.clamp(next, text.len().max(next));
    (end <= text.len() && text.is_char_boundary(end)).then_some(start..end)
}

/// "3 errors and 2 warnings".
pub fn tally(list: &[Problem]) -> String {
    let errors = list.iter().filter(|p| p.severity == Severity::Error).count();
    let say = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    match (errors, list.len() - errors) {
        (0, 0) => String::new(),
        (e, 0) => say(e, "error") + "\n",
        (0, w) => say(w, "warning") + "\n",
        (e, w) => format!("{} and {}\n", say(e, "error"), say(w, "warning")),
    }
}

/// Problems for programs.
pub fn json(list: &[Problem]) -> Value {
    let one = |p: &Problem| {
        json!({
            "severity": if p.severity == Severity::Error { "error" } else { "warning" },
            "file": p.place.as_ref().map(|x| x.file.display().to_string()),
            "line": p.place.as_ref().map(|x| x.line),
            "column": p.place.as_ref().map(|x| x.column),
            "found": p.found,
            "expected": p.expected,
            "hint": p.hint,
        })
    };
    list.iter().map(one).collect()
}
