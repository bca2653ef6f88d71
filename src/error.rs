//! The one error type of the library, the exit code that each kind stands for, and the nearest known name that a message can offer. No rendering: the command
//! line draws it.

use std::path::PathBuf;

/// Where in a scenario file a problem was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as the user named it.
    pub file: PathBuf,
    /// One-based line; 0 when the problem concerns the file as a whole.
    pub line: usize,
    /// One-based column in characters; 0 when the problem concerns the file as a whole.
    pub column: usize,
    /// Byte range in the file, for drawing the offending text.
    pub bytes: std::ops::Range<usize>,
}

/// How grave a problem of a scenario is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario cannot run.
    Error,
    /// The scenario runs, but a reader should know.
    Warning,
}

/// One problem of a scenario: where it is, what was found, what was expected and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Error or warning.
    pub severity: Severity,
    /// Where; `None` for problems of the system as a whole.
    pub place: Option<Place>,
    /// What was found, naming the offending text.
    pub found: String,
    /// What was expected instead.
    pub expected: String,
    /// How to mend it, such as the nearest known name; empty when there is nothing to add.
    pub hint: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(p) = &self.place {
            write!(f, "{}:{}:{}: ", p.file.display(), p.line, p.column)?;
        }
        write!(f, "{}; expected {}", self.found, self.expected)?;
        if !self.hint.is_empty() {
            write!(f, "; {}", self.hint)?;
        }
        Ok(())
    }
}

/// Everything that can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The scenario is not usable; every problem found in it.
    #[error("{} problem(s) in the scenario; the first: {}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
    Scenario(Vec<Problem>),
    /// A file could not be read or written.
    #[error("{action} {}: {source}", path.display())]
    File {
        /// What was attempted, such as "read".
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A command or a library call was asked for something that it cannot do.
    #[error("{0}")]
    Usage(String),
    /// The plan of the scenario cannot be paid for (model I23): a result, not a fault of the program.
    #[error("plan not financeable: {0}")]
    PlanNotFinanceable(String),
    /// A fixed point was not reached, or a number was not finite, so that the results would not be trustworthy.
    #[error("not converged: {0}")]
    NotConverged(String),
    /// A chart could not be drawn.
    #[error("chart {chart}: {reason}")]
    Chart {
        /// The chart's file name.
        chart: String,
        /// What the drawing library said.
        reason: String,
    },
}

impl Error {
    /// Exit code of the program: 1 when the run says no, 2 for bad input, usage or files.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::PlanNotFinanceable(_) | Error::NotConverged(_) => 1,
            _ => 2,
        }
    }
}

/// Result with the library's error.
pub type Result<T> = std::result::Result<T, Error>;

/// The known name that is nearest to a misspelt one, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.chars().count() > 64 {
        return None;
    }
    let wanted: Vec<char> = word.to_lowercase().chars().collect();
    let close = |name: &str| {
        let letters: Vec<char> = name.to_lowercase().chars().collect();
        (edit_distance(&wanted, &letters), wanted.len().max(letters.len()))
    };
    let (distance, letters, name) =
        known.into_iter().map(|name| (close(name), name)).map(|((d, n), name)| (d, n, name)).min_by_key(|c| c.0)?;
    // A third of the letters may be wrong.
    (distance <= letters / 3).then_some(name)
}

/// A hint that offers the nearest known name, or else lists what there is.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(name) = nearest(word, known.clone()) {
        return format!("did you mean `{name}`?");
    }
    let mut names: Vec<&str> = known.into_iter().take(41).collect();
    match names.len() {
        0 => String::new(),
        n => {
            names.truncate(40);
            format!("known: {}{}", names.join(", "), if n > 40 { ", …" } else { "" })
        }
    }
}

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours (Damerau 1964).
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = vec![];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = last;
        last = row;
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbour_and_a_strange_one_does_not() {
        let known = ["openai", "oracle", "nvidia"];
        assert_eq!(nearest("opnai", known), Some("openai"));
        assert_eq!(nearest("OpenAI", known), Some("openai"));
        assert_eq!(nearest("orcale", known), Some("oracle"));
        assert_eq!(nearest("walmart", known), None);
    }
}
