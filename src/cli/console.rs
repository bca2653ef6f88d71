//! Standard output and its width, standard error and the progress bar. A closed pipe is not an error: whoever reads has seen enough.

use bubblerisk::error::{Error, Result};
use bubblerisk::report;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::path::PathBuf;

/// Prints on standard output.
pub fn say(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != ErrorKind::BrokenPipe => {
            Err(Error::File { action: "write", path: PathBuf::from("standard output"), source })
        }
        _ => Ok(()),
    }
}

/// Prints one JSON document on standard output.
pub fn say_json(value: &serde_json::Value) -> Result<()> {
    say(&format!("{value:#}\n"))
}

/// Prints on standard error. If even that fails there is nobody left to tell.
pub fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Whether standard error is a terminal on which colours and a moving bar are wanted: not with NO_COLOR, and not where the terminal can do neither.
pub fn is_lively() -> bool {
    let is_off = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    io::stderr().is_terminal() && !is_off && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
}

/// Columns of tables and sentences: those of the terminal, if standard output is one, but neither few nor very many.
pub fn width() -> usize {
    let is_terminal = io::stdout().is_terminal();
    let columns = terminal_size::terminal_size().map(|(w, _)| usize::from(w.0)).filter(|w| is_terminal && *w > 0);
    columns.map_or(report::WIDTH, |w| w.clamp(80, 140))
}

/// A bar that counts paths on standard error, if that is a terminal and it is wanted.
pub fn progress(paths: u64, is_wanted: bool) -> ProgressBar {
    if !is_wanted || !is_lively() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} paths, {per_sec}, {eta} left");
    ProgressBar::with_draw_target(Some(paths), ProgressDrawTarget::stderr())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
