//! `schema`, `new`, `completions` and `man`: what the program says of itself. No simulation.

use super::args::Cli;
use super::{console, interrupt};
use bubblerisk::error::{Error, Result};
use bubblerisk::results::files;
use bubblerisk::scenario;
use clap::CommandFactory as _;
use std::path::Path;

pub fn schema() -> Result<()> {
    console::say(&scenario::schema())
}

/// Writes the starter scenario, or that of one deal, but over nothing.
pub fn new(file: Option<&Path>, is_deal: bool) -> Result<()> {
    let text = if is_deal { scenario::deal() } else { scenario::starter() };
    let Some(file) = file else { return console::say(text) };
    if file.exists() {
        return Err(Error::Usage(format!("{} exists already; name another file, or remove it first", file.display())));
    }
    files::write_whole(file, text.as_bytes())?;
    console::say(&format!("{0} written: edit it, then `bubblerisk check {0}` and `bubblerisk run {0}`\n", file.display()))
}

pub fn completions(shell: clap_complete::Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "bubblerisk", &mut script);
    console::say(&String::from_utf8_lossy(&script))
}

/// Writes a manual page of the program and one of each command.
pub fn man(folder: &Path) -> Result<()> {
    let mut program = Cli::command();
    // Gives each command its full name.
    program.build();
    interrupt::make_folder(folder)?;
    interrupt::begin_writing();
    let mut written = 0;
    for command in std::iter::once(&program).chain(program.get_subcommands()) {
        let page = clap_mangen::Man::new(command.clone()).manual("bubblerisk");
        let path = folder.join(page.get_filename());
        let mut text = Vec::new();
        page.render(&mut text).map_err(files::failed("write", &path))?;
        files::write_whole(&path, &text)?;
        written += 1;
    }
    interrupt::end_writing();
    console::say(&format!("{written} manual pages written to {}: man {0}/bubblerisk.1\n", folder.display()))
}
