//! The command line: which commands there are, and how an error becomes a message and an exit code. The only room that prints.

mod args;
mod attribute;
mod check;
mod clear;
mod compare;
mod console;
mod deals;
mod explain;
mod inspect;
mod interrupt;
mod problems;
mod question;
mod reverse;
mod run;
mod saved;
mod sensitivity;
#[cfg(feature = "serve")]
mod serve;
mod small;
mod sweep;
mod validate;

use args::{Cli, Command};
use bubblerisk::error::{Error, Result};
use clap::Parser as _;
use std::process::ExitCode;

/// Runs the command that was asked for. Exit codes: 0 done, 1 the run says no, 2 bad input or usage, 130 interrupted.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    interrupt::watch();
    match dispatch(&cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            interrupt::tidy();
            report(&e, changes(&cli.command));
            ExitCode::from(e.exit_code())
        }
    }
}

fn dispatch(command: &Command) -> Result<()> {
    match command {
        Command::Run(args) => run::run(args),
        Command::Check(args) => check::check(args),
        Command::Inspect(args) => inspect::inspect(args),
        Command::Validate(args) => validate::validate(args),
        Command::Clear(args) => clear::clear(args),
        Command::Attribute(args) => attribute::attribute(args),
        Command::Compare(args) if !args.vary.is_empty() => sweep::sweep(args),
        Command::Compare(args) => compare::compare(args),
        Command::Sensitivity(args) => sensitivity::sensitivity(args),
        Command::Reverse(args) => reverse::reverse(args),
        Command::Explain(args) => explain::explain(args),
        Command::Charts(args) => saved::charts(args),
        Command::Report(args) => saved::report(args),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::serve(args),
        Command::Schema => small::schema(),
        Command::New { file, deal } => small::new(file.as_deref(), *deal),
        Command::Completions { shell } => small::completions(*shell),
        Command::Man { folder } => small::man(folder),
    }
}

/// The changes of the scenario from the command line, in which a problem may lie.
fn changes(command: &Command) -> Option<&args::Source> {
    match command {
        Command::Run(args) => Some(&args.source),
        Command::Check(args) => Some(&args.source),
        Command::Inspect(args) => Some(&args.source),
        Command::Explain(args) => Some(&args.source),
        Command::Attribute(args) => Some(&args.source),
        Command::Sensitivity(args) => Some(&args.source),
        Command::Reverse(args) => Some(&args.source),
        _ => None,
    }
}

/// Prints an error. A command that has already shown what is wrong returns an error without problems.
fn report(e: &Error, source: Option<&args::Source>) {
    match e {
        Error::Scenario(list) => {
            console::complain(&problems::render(list, source));
            console::complain(&problems::tally(list));
        }
        other => console::complain(&format!("error: {other}\n")),
    }
}
