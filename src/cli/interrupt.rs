//! Ctrl-C: a command that has not begun to write leaves nothing behind, not even the folder that it made; one that is writing ends that first, which takes less than a
//! second or two. So a folder holds what a whole run left, or what was there before. The signal itself is caught by `ctrlc`.

use super::console;
use bubblerisk::error::Result;
use bubblerisk::results::files;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Exit code of a program that SIGINT ended: 128 and its number.
const INTERRUPTED: i32 = 130;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing has been written.
    Before,
    /// Files are being written.
    Writing,
    /// They are complete.
    Written,
    /// The program is about to end: nothing may be begun.
    Ending,
}

static STAGE: Mutex<Stage> = Mutex::new(Stage::Before);
static CHANGED: Condvar = Condvar::new();
/// Folders that were not there before, inner ones first.
static MADE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn stage() -> MutexGuard<'static, Stage> {
    STAGE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From here on Ctrl-C is handled as this file says. Where the system does not allow it, it ends the program at once.
pub fn watch() {
    let _ = ctrlc::set_handler(end);
}

fn end() {
    let held = CHANGED.wait_while(stage(), |s| *s == Stage::Writing);
    let mut held = held.unwrap_or_else(PoisonError::into_inner);
    let left = if *held == Stage::Written { "what it wrote is complete" } else { "nothing was written" };
    *held = Stage::Ending;
    drop(held);
    remove_empty();
    let line = if std::io::stderr().is_terminal() { "\n" } else { "" };
    console::complain(&format!("{line}interrupted; {left}\n"));
    std::process::exit(INTERRUPTED);
}

/// The stage, held: an interrupt waits until it is let go. Does not return if the program is about to end.
fn held() -> MutexGuard<'static, Stage> {
    let held = CHANGED.wait_while(stage(), |s| *s == Stage::Ending);
    held.unwrap_or_else(PoisonError::into_inner)
}

/// Writing begins: an interrupt waits for its end. Does not return if the program is about to end.
pub fn begin_writing() {
    *held() = Stage::Writing;
}

/// Writing is done.
pub fn end_writing() {
    *stage() = Stage::Written;
    CHANGED.notify_all();
}

/// Makes a folder, and makes sure that files can be written into it; remembers what of it was not there before. An interrupt comes before or after all of that, since
/// the trial file would stay where it came between. Does not return if the program is about to end.
pub fn make_folder(folder: &Path) -> Result<()> {
    let _held = held();
    let is_new = |p: &&Path| !p.as_os_str().is_empty() && !p.exists();
    let new: Vec<PathBuf> = folder.ancestors().take_while(is_new).map(Path::to_path_buf).collect();
    MADE.lock().unwrap_or_else(PoisonError::into_inner).extend(new);
    files::make_folder(folder)
}

/// A command that failed removes the folders that it made and left empty. Does not return if the program is about to end, which then does so.
pub fn tidy() {
    let _held = held();
    remove_empty();
}

fn remove_empty() {
    for folder in MADE.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        // One that is not empty stays, as it should.
        let _ = std::fs::remove_dir(folder);
    }
}
