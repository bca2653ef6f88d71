//! Flags and arguments as written, checked as far as they can be without a file. No behaviour.

mod clear;
mod examples;
mod questions;
mod vary;

pub use clear::{Clear, OneShot, Ranking};
pub use questions::{Answer, Attribute, Compare, Inspect, Reverse, Sensitivity};
pub use vary::{Named, Vary};

use bubblerisk::scenario::Override;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What a shock costs a group of firms that invest in each other and buy from each other with that money.
#[derive(Debug, Parser)]
#[command(name = "bubblerisk", version, about, after_help = examples::ALL, arg_required_else_help = true, disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Simulate: print the summary, write tables, charts and report.
    Run(Run),
    /// Find every problem of a scenario at once, and whether its plan can be paid for.
    Check(Check),
    /// Say what is known before any simulation: whose money it is, loops, concentration, commitments against funds.
    Inspect(Inspect),
    /// Compare scenarios, or a scenario with and without a deal, on the same paths.
    Compare(Compare),
    /// Share out the loss: by channel (exact Shapley values) and, in the tail, by firm.
    Attribute(Attribute),
    /// Say which uncertain number matters, how much more it does than Monte Carlo error, and at which hazard of a bust a loss breaks even.
    Sensitivity(Sensitivity),
    /// Say what would have to happen for a condition such as 'default(oracle)': the most likely way to it, and the least bad one.
    Reverse(Reverse),
    /// Replay one path alone: what happened quarter by quarter, every transfer, the transactions-flow matrix.
    Explain(Explain),
    /// Run a one-shot contagion model of the literature on an edge list.
    Clear(Clear),
    /// Run everything that the program is tested against, and write docs/validation.md.
    Validate(Validate),
    /// Draw the charts of a saved run again, without simulation.
    #[command(after_help = examples::CHARTS)]
    Charts(Saved),
    /// Print the summary of a saved run and write its report again, without simulation.
    #[command(after_help = examples::REPORT)]
    Report(Report),
    /// Show the scenario on a local page with sliders: what moves when a number does, or a deal is off.
    #[cfg(feature = "serve")]
    Serve(Serve),
    /// Print the JSON Schema of the scenario file, for editors.
    #[command(after_help = examples::SCHEMA)]
    Schema,
    /// Write a commented scenario to begin with.
    #[command(after_help = examples::NEW)]
    New {
        /// File to write; it must not exist. Without it, the scenario is printed.
        file: Option<PathBuf>,
        /// Two firms and one deal, to be filled from a news story, instead of three firms that show the whole grammar.
        #[arg(long)]
        deal: bool,
    },
    /// Print the completions of a shell.
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// Shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual pages: one of the program, one of each command.
    #[command(after_help = examples::MAN)]
    Man {
        /// Folder of the pages; it is made if it is not there.
        folder: PathBuf,
    },
}

/// Which scenario, and what is changed in it.
#[derive(Debug, Clone, Args)]
pub struct Source {
    /// The scenario file (TOML).
    pub scenario: PathBuf,
    /// Set a value of the scenario, such as firm.openai.cash_usd_bn=20 or purchase.*.take_or_pay=0.6. May be repeated.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = change)]
    pub set: Vec<Override>,
    /// Leave out a firm or a deal, by its id, or as purchase.id. May be repeated.
    #[arg(long, value_name = "DEAL")]
    pub without: Vec<String>,
}

/// How much is said, and in which form.
#[derive(Debug, Clone, Copy, Args)]
pub struct Talk {
    /// Say nothing but errors.
    #[arg(long, short)]
    pub quiet: bool,
    /// Print one JSON document instead of text.
    #[arg(long)]
    pub json: bool,
}

/// How much to simulate, and on how many threads.
#[derive(Debug, Clone, Copy, Args)]
pub struct Effort {
    /// Number of paths; with --until, the most. Intervals shrink with its square root. Without it, 100000, or 20000 where a command runs many settings
    #[arg(long, value_name = "N", value_parser = paths)]
    pub paths: Option<u64>,
    /// Seed of the random numbers: the same seed gives the same numbers, bit for bit.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Threads, 0 for one per core. They never change a number.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads)]
    pub threads: usize,
}

impl Effort {
    /// Number of paths where nothing else decides it.
    pub fn paths(&self) -> u64 {
        self.paths.unwrap_or(100_000)
    }
}

/// How paths are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sampling {
    /// The first ones, all of the same weight.
    Plain,
    /// In proportion from strata of how bad sentiment and demand are: narrower intervals of means and tails.
    Stratified,
    /// Most from the worst strata: intervals of tails and of rare failures are several times narrower, others wider.
    Importance,
}

/// `run`.
#[derive(Debug, Args)]
#[command(after_help = examples::RUN)]
pub struct Run {
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub effort: Effort,
    /// How paths are chosen.
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Sampling::Plain)]
    pub sampling: Sampling,
    /// Go on until the 95 % interval of a number is so narrow, such as 'es99 < 1%'.
    #[arg(long, value_name = "TARGET")]
    pub until: Option<String>,
    /// Also run the least fixed points: what a failure of coordination would add.
    #[arg(long)]
    pub least: bool,
    /// Also write paths.csv: the net loss of the system on every path in every world.
    #[arg(long)]
    pub each_path: bool,
    #[command(flatten)]
    pub look: Look,
    /// Folder in which the run's own folder, named after the scenario, is made.
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub output: PathBuf,
    #[command(flatten)]
    pub talk: Talk,
}

/// `serve`.
#[cfg(feature = "serve")]
#[derive(Debug, Clone, Args)]
#[command(after_help = examples::SERVE)]
pub struct Serve {
    /// The scenario file (TOML). It is read again whenever something is moved.
    pub scenario: PathBuf,
    /// Port of this machine, 0 for any that is free. Nobody else can reach it.
    #[arg(long, value_name = "N", default_value_t = 7411)]
    pub port: u16,
    #[command(flatten)]
    pub effort: Effort,
    /// Folder in which a report that is sent is written, in the folder named after the scenario.
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub output: PathBuf,
    #[command(flatten)]
    pub talk: Talk,
}

/// How the report looks.
#[derive(Debug, Clone, Args)]
pub struct Look {
    /// Folder with a page.html, page.css or page.js of your own for the report; what it lacks is ours. docs/output.md lists what they can use.
    #[arg(long, value_name = "DIR")]
    pub template: Option<PathBuf>,
}

/// `validate`.
#[derive(Debug, Args)]
#[command(after_help = examples::VALIDATE)]
pub struct Validate {
    /// Folder of the shipped scenarios.
    #[arg(long, value_name = "DIR", default_value = "scenarios")]
    pub scenarios: PathBuf,
    /// Folder in which validation.md and its charts are written.
    #[arg(long, value_name = "DIR", default_value = "docs")]
    pub output: PathBuf,
    #[command(flatten)]
    pub talk: Talk,
}

/// `explain`.
#[derive(Debug, Args)]
#[command(after_help = examples::EXPLAIN)]
pub struct Explain {
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub which: Which,
    /// World in which the path is replayed.
    #[arg(long, value_name = "WORLD", value_enum, ignore_case = true, default_value_t = Replayed::W0)]
    pub world: Replayed,
    #[command(flatten)]
    pub effort: Effort,
    /// Folder in which the run's own folder, named after the scenario, is made.
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub output: PathBuf,
    #[command(flatten)]
    pub talk: Talk,
}

/// Which path is replayed.
#[derive(Debug, Clone, Copy, Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// Number of the path, from 0.
    #[arg(long, value_name = "K")]
    pub path: Option<u64>,
    /// The path with the N-th largest net loss among --paths paths, which are simulated to find it.
    #[arg(long, value_name = "N")]
    pub worst: Option<u64>,
}

/// Worlds in which a path can be replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Replayed {
    /// The full model.
    #[value(name = "W0")]
    W0,
    /// Circular finance replaced by an arm's-length outside investor.
    #[value(name = "W1")]
    W1,
    /// Isolated firms whose counterparties perform exactly as planned.
    #[value(name = "W2")]
    W2,
}

/// `check`.
#[derive(Debug, Args)]
#[command(after_help = examples::CHECK)]
pub struct Check {
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub talk: Talk,
}

/// `report`.
#[derive(Debug, Args)]
pub struct Report {
    #[command(flatten)]
    pub saved: Saved,
    #[command(flatten)]
    pub look: Look,
}

/// `charts`, and `report` beside how it looks.
#[derive(Debug, Args)]
pub struct Saved {
    /// Folder of a run, such as output/my-scenario.
    pub run: PathBuf,
    #[command(flatten)]
    pub talk: Talk,
}

fn change(text: &str) -> Result<Override, String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() && !value.trim().is_empty() => {
            Ok(Override { path: path.trim().to_string(), value: value.trim().to_string() })
        }
        _ => Err("expected PATH=VALUE, such as firm.openai.cash_usd_bn=20".to_string()),
    }
}

/// A number from 0 to 1, or a percentage.
fn share(text: &str) -> Result<f64, String> {
    let parsed = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|v| v / 100.0),
        None => text.parse::<f64>(),
    };
    parsed.ok().filter(|v| (0.0..=1.0).contains(v)).ok_or_else(|| "expected a share from 0 to 1, or a percentage such as 10%".to_string())
}

fn factor(text: &str) -> Result<(String, f64), String> {
    let parsed = text.rsplit_once('=').and_then(|(deal, x)| Some((deal.trim().to_string(), x.trim().parse::<f64>().ok()?)));
    let is_sound = |(deal, x): &(String, f64)| !deal.is_empty() && x.is_finite() && *x >= 0.0;
    parsed.filter(is_sound).ok_or_else(|| "expected DEAL=FACTOR with a factor of 0 or more, such as amazon-openai-10=0.5".to_string())
}

/// A loss in USD billion, of which thousands may be separated by `_` or `,`.
fn loss(text: &str) -> Result<f64, String> {
    let digits: String = text.chars().filter(|c| !"_,".contains(*c)).collect();
    digits
        .parse()
        .ok()
        .filter(|x: &f64| x.is_finite() && *x > 0.0)
        .ok_or_else(|| "expected a loss above 0 in USD billion, such as 5000".to_string())
}

fn shock(text: &str) -> Result<(String, f64), String> {
    match text.rsplit_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_string(), share(value.trim())?)),
        _ => Err("expected NAME=SHARE, such as acme=10%".to_string()),
    }
}

/// A number of paths, of which thousands may be separated by `_` or `,`.
fn paths(text: &str) -> Result<u64, String> {
    let digits: String = text.chars().filter(|c| !"_,".contains(*c)).collect();
    match digits.parse::<u64>() {
        Ok(n) if (1..=MOST_PATHS).contains(&n) => Ok(n),
        _ => Err(format!("expected a whole number from 1 to {MOST_PATHS}")),
    }
}

/// Most paths of one run: each takes 16 bytes of memory, and 8 more while one column is sorted.
const MOST_PATHS: u64 = 1_000_000_000;

fn threads(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n <= 4096).ok_or_else(|| "expected a whole number from 0 to 4096".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_flags_are_consistent() {
        Cli::command().debug_assert();
    }

    /// Examples in a help text, with what a shell adds taken off: quotes, and where the output goes.
    fn examples(help: &str) -> Vec<Vec<String>> {
        let lines = help.split("Examples:").nth(1).unwrap_or_default().lines().skip(1).take_while(|l| !l.is_empty());
        let words = |line: &str| {
            let command = line.trim().split("  ").next().unwrap_or_default().split(" > ").next().unwrap_or_default().to_string();
            let pieces = command.split('\'').enumerate();
            let one = |(k, piece): (usize, &str)| {
                if k % 2 == 1 { vec![piece.to_string()] } else { piece.split_whitespace().map(str::to_string).collect() }
            };
            pieces.flat_map(one).collect()
        };
        lines.map(words).collect()
    }

    #[test]
    fn every_help_ends_with_examples_that_can_be_given() {
        let whole = Cli::command();
        for command in std::iter::once(&whole).chain(whole.get_subcommands()) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let list = examples(&help);
            assert!(!list.is_empty(), "{} has no examples", command.get_name());
            for words in list {
                assert!(command.get_name() == "bubblerisk" || words[1] == command.get_name(), "{words:?}");
                assert!(Cli::try_parse_from(&words).is_ok(), "{words:?}: {:?}", Cli::try_parse_from(&words).err().map(|e| e.to_string()));
            }
        }
    }

    #[test]
    fn written_values_are_checked() {
        assert_eq!(paths("100_000"), Ok(100_000));
        assert!(paths("0").is_err() && paths("-3").is_err() && paths("many").is_err() && paths("99999999999999999999").is_err());
        assert_eq!(change("firm.lab.name=a=b").unwrap().value, "a=b");
        assert!(change("firm.lab.name").is_err() && change("=3").is_err() && change("x=").is_err());
    }
}
