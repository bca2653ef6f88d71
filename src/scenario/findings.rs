//! Where text came from and what was found wrong with it: the files read, places in them, the list of problems. No grammar.

use std::path::{Path, PathBuf};

use crate::error::{Place, Problem, Severity};
pub(super) use crate::error::{did_you_mean, nearest};

/// Most errors, and most warnings, that are kept: whoever has more has one cause.
const MOST_PROBLEMS: usize = 200;

/// A stretch of one of the files read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    /// Index of the file in [`Findings::sources`].
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl At {
    /// A stretch from a byte range.
    pub fn new(file: u32, range: std::ops::Range<usize>) -> At {
        At { file, start: range.start.min(u32::MAX as usize) as u32, end: range.end.min(u32::MAX as usize) as u32 }
    }

    /// The file as a whole.
    pub fn whole(file: u32) -> At {
        At { file, start: 0, end: 0 }
    }
}

/// A file, or another piece of text, that was read.
#[derive(Debug)]
struct Source {
    path: PathBuf,
    text: String,
    /// Byte at which each line begins.
    lines: Vec<u32>,
}

/// The files read so far and the problems found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    sources: Vec<Source>,
    problems: Vec<(Option<At>, Problem)>,
    errors: usize,
    warnings: usize,
}

impl Findings {
    /// Takes in a text and returns the number by which places refer to it.
    pub fn add_source(&mut self, path: &Path, text: String) -> u32 {
        let mut lines = vec![0];
        lines.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        self.sources.push(Source { path: path.to_path_buf(), text, lines });
        self.sources.len() as u32 - 1
    }

    /// The text of a source.
    pub fn text(&self, file: u32) -> &str {
        &self.sources[file as usize].text
    }

    /// The path of a source, as the user named it.
    pub fn path(&self, file: u32) -> &Path {
        &self.sources[file as usize].path
    }

    /// The folder against which paths written in a source are taken.
    pub fn folder(&self, file: u32) -> PathBuf {
        self.path(file).parent().map(Path::to_path_buf).unwrap_or_default()
    }

    /// Every path and text, in the order of reading.
    pub fn all_sources(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.sources.iter().map(|s| (s.path.as_path(), s.text.as_str()))
    }

    /// Notes an error at a place.
    pub fn error(&mut self, at: At, found: impl Into<String>, expected: impl Into<String>, hint: impl Into<String>) {
        self.note(Severity::Error, Some(at), found.into(), expected.into(), hint.into());
    }

    /// Notes a warning at a place.
    pub fn warn(&mut self, at: At, found: impl Into<String>, expected: impl Into<String>, hint: impl Into<String>) {
        self.note(Severity::Warning, Some(at), found.into(), expected.into(), hint.into());
    }

    /// Notes an error of a file that could not be read into a source.
    pub fn file_error(&mut self, path: &Path, found: String, expected: &str, hint: &str) {
        let place = Place { file: path.to_path_buf(), line: 0, column: 0, bytes: 0..0 };
        let problem = Problem { severity: Severity::Error, place: Some(place), found, expected: expected.into(), hint: hint.into() };
        self.keep(None, problem);
    }

    fn note(&mut self, severity: Severity, at: Option<At>, found: String, expected: String, hint: String) {
        let place = at.map(|a| self.place(a));
        self.keep(at, Problem { severity, place, found, expected, hint });
    }

    fn keep(&mut self, at: Option<At>, problem: Problem) {
        let tally = if problem.severity == Severity::Error { &mut self.errors } else { &mut self.warnings };
        // Shared defaults are read more than once; a fault in them is one fault.
        if *tally < MOST_PROBLEMS && self.problems.iter().any(|(_, p)| *p == problem) {
            return;
        }
        *tally += 1;
        if *tally <= MOST_PROBLEMS {
            self.problems.push((at, problem));
        }
    }

    /// Whether further errors would only be counted.
    pub fn is_full(&self) -> bool {
        self.errors >= MOST_PROBLEMS
    }

    /// Whether an error, rather than a warning, was found.
    pub fn any_error(&self) -> bool {
        self.errors > 0
    }

    /// Line, column and bytes of a stretch.
    pub fn place(&self, at: At) -> Place {
        let source = &self.sources[at.file as usize];
        let line = source.lines.partition_point(|start| *start <= at.start).max(1);
        let line_start = source.lines[line - 1] as usize;
        let before = source.text.get(line_start..at.start as usize).unwrap_or_default();
        let whole = at.start == 0 && at.end == 0;
        let (line, column) = if whole { (0, 0) } else { (line, before.chars().count() + 1) };
        Place { file: source.path.clone(), line, column, bytes: at.start as usize..at.end as usize }
    }

    /// Every problem, in the order of the files and of the text in them; of errors and of warnings each only the first few hundred.
    pub fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems;
        problems.sort_by_key(|(at, p)| (at.map(|a| (a.file, a.start)), p.severity));
        let mut problems: Vec<Problem> = problems.into_iter().map(|(_, p)| p).collect();
        for (severity, count, name) in [(Severity::Error, self.errors, "errors"), (Severity::Warning, self.warnings, "warnings")] {
            if count > MOST_PROBLEMS {
                let found = format!("{} further {name}, not listed", count - MOST_PROBLEMS);
                let hint = "mend the first ones and check again".into();
                problems.push(Problem { severity, place: None, found, expected: format!("at most {MOST_PROBLEMS}"), hint });
            }
        }
        problems
    }
}

/// Text as it is quoted in a message: one line, not too long.
pub(super) fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    format!("`{short}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_columns_in_characters() {
        let mut findings = Findings::default();
        let file = findings.add_source(Path::new("a.toml"), "é = 1\nßß x\n".into());
        let place = findings.place(At::new(file, 12..13));
        assert_eq!((place.line, place.column), (2, 4));
        assert_eq!(findings.place(At::whole(file)).line, 0);
    }

    #[test]
    fn a_flood_of_problems_is_cut_short_and_says_so() {
        let mut findings = Findings::default();
        let file = findings.add_source(Path::new("a.toml"), "x".repeat(5000));
        for i in 1..1000 {
            findings.error(At::new(file, i..i + 1), format!("fault {i}"), "none", "");
        }
        let problems = findings.into_problems();
        assert_eq!(problems.len(), MOST_PROBLEMS + 1);
        assert!(problems.last().is_some_and(|p| p.found.starts_with("799 further errors")));
    }

    #[test]
    fn a_flood_of_warnings_does_not_hide_an_error() {
        let mut findings = Findings::default();
        let file = findings.add_source(Path::new("a.toml"), "x".repeat(5000));
        (1..1000).for_each(|i| findings.warn(At::new(file, i..i + 1), format!("doubt {i}"), "none", ""));
        assert!(!findings.any_error());
        findings.error(At::new(file, 3000..3001), "fault", "none", "");
        assert!(findings.any_error());
        assert!(findings.into_problems().iter().any(|p| p.found == "fault"));
    }
}
