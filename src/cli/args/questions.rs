//! Flags of the questions that go beyond one run: `inspect`, `compare`, `attribute`, `reverse`. No behaviour.

use super::{Effort, Sampling, Source, Talk, change, factor};
use bubblerisk::scenario::Override;
use clap::Args;
use std::path::PathBuf;

const INSPECT: &str =
    "A loop is cut at its weakest link: the contracts on the link with the smallest amount go, and outside investors pay instead
whatever would have gone that way. A deal is cut as a whole. A name that a deal has, too, is the deal's; 'a>b>c' is always a loop.

Examples:
  bubblerisk inspect my.toml
  bubblerisk inspect my.toml --cut 1 --cut chips-lab-cloud --cut some-deal";

const REVERSE: &str = "A condition is a term, or terms joined by and, or, not and brackets; not binds closest, then and, then or:
  default(FIRM), default(any)           the firm, or some firm, fails
  defaults >= 3                         so many firms fail
  loss(system) > 500                    net loss of the system against plan, USD bn
  loss(FIRM) > 50                       mark-to-market loss of its shareholders from today, USD bn
  unpaid(BUYER, SELLER) > 100           commitments to the seller not paid, cumulated, USD bn; unpaid(BUYER) is to all
  revenue_gap(FIRM) > 30%               revenue short of plan over planned revenue, both cumulated
All but losses may say by when: unpaid(openai, oracle) > 100 by 2029Q4. Firms are named by their ids.

Examples:
  bubblerisk reverse my.toml --when 'default(oracle)'
  bubblerisk reverse my.toml --when 'loss(system) > 500'
  bubblerisk reverse my.toml --when 'unpaid(openai, oracle) > 100 by 2029Q4'
  bubblerisk reverse my.toml --when 'default(oracle) and not default(openai)'";

/// Where an answer goes, and how much of it is said.
#[derive(Debug, Args)]
pub struct Answer {
    /// Folder in which the scenario's own folder is made; the answer is written to the folder in it that is named after the command.
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub output: PathBuf,
    #[command(flatten)]
    pub talk: Talk,
}

/// `inspect`.
#[derive(Debug, Args)]
#[command(after_help = INSPECT)]
pub struct Inspect {
    #[command(flatten)]
    pub source: Source,
    /// Also say what is left if a loop (its number, or its firms) or a deal is cut. May be repeated.
    #[arg(long, value_name = "LOOP|DEAL")]
    pub cut: Vec<String>,
    #[command(flatten)]
    pub answer: Answer,
}

/// `compare`.
#[derive(Debug, Args)]
pub struct Compare {
    /// The first scenario (TOML), with which all others are compared.
    #[arg(value_name = "SCENARIO")]
    pub first: PathBuf,
    /// Other scenarios.
    #[arg(value_name = "OTHER")]
    pub others: Vec<PathBuf>,
    /// A variant without a firm or a deal, by its id. May be repeated.
    #[arg(long, value_name = "DEAL")]
    pub without: Vec<String>,
    /// A variant with another value, such as firm.openai.cash_usd_bn=20. May be repeated.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = change)]
    pub set: Vec<Override>,
    /// A variant with a deal of another size, such as amazon-openai-10=0.5. May be repeated.
    #[arg(long, value_name = "DEAL=FACTOR", value_parser = factor)]
    pub scale: Vec<(String, f64)>,
    /// One variant with all these changes instead of one for each.
    #[arg(long)]
    pub together: bool,
    #[command(flatten)]
    pub effort: Effort,
    /// How paths are chosen, by the first scenario's shocks.
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Sampling::Plain)]
    pub sampling: Sampling,
    #[command(flatten)]
    pub answer: Answer,
}

/// `attribute`.
#[derive(Debug, Args)]
pub struct Attribute {
    #[command(flatten)]
    pub source: Source,
    /// Paths (20,000 unless --paths says otherwise), seed and threads.
    #[command(flatten)]
    pub effort: Effort,
    /// How paths are chosen.
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Sampling::Plain)]
    pub sampling: Sampling,
    #[command(flatten)]
    pub answer: Answer,
}

/// `reverse`.
#[derive(Debug, Args)]
#[command(after_help = REVERSE)]
pub struct Reverse {
    #[command(flatten)]
    pub source: Source,
    /// The condition, such as 'default(oracle)'.
    #[arg(long, value_name = "CONDITION")]
    pub when: String,
    #[command(flatten)]
    pub effort: Effort,
    #[command(flatten)]
    pub answer: Answer,
}
