//! `schema`, `new` and `completions`.

use super::args::Cli;
use super::console;
use bubblerisk::error::{Error, Result};
use bubblerisk::results::files;
use bubblerisk::scenario;
use clap::CommandFactory as _;
use std::path::Path;

pub fn schema() -> Result<()> {
    console::say(&scenario::schema())
}

/// Writes the starter scenario, but over nothing.
pub fn new(file: Option<&Path>) -> Result<()> {
    let Some(file) = file else { return console::say(scenario::starter()) };
    if file.exists() {
        return Err(Error::Usage(format!("{} exists already; name another file, or remove it first", file.display())));
    }
    files::write_whole(file, scenario::starter().as_bytes())?;
    console::say(&format!("{0} written: edit it, then `bubblerisk check {0}` and `bubblerisk run {0}`\n", file.display()))
}

pub fn completions(shell: clap_complete::Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "bubblerisk", &mut script);
    console::say(&String::from_utf8_lossy(&script))
}
