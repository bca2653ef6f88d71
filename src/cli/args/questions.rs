//! Flags of the questions that go beyond one run: `inspect`, `compare`, `attribute`, `sensitivity`, `reverse`. No behaviour.

use super::vary::{Named, Vary, level, measure, vary};
use super::{Effort, Sampling, Source, Talk, change, examples, factor, loss};
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
#[command(after_help = examples::COMPARE)]
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
    /// Two variants for each --without of a deal: with what replaces it (outside capital for an investment, outside suppliers for a purchase), and with nothing
    /// instead (spending is cut by the investment's money; nothing is bought instead of the purchase).
    #[arg(long, requires = "without", conflicts_with = "together")]
    pub no_replacement: bool,
    /// A variant with another value, such as firm.openai.cash_usd_bn=20. May be repeated.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = change)]
    pub set: Vec<Override>,
    /// A variant with a deal of another size, such as amazon-openai-10=0.5. May be repeated.
    #[arg(long, value_name = "DEAL=FACTOR", value_parser = factor)]
    pub scale: Vec<(String, f64)>,
    /// Instead of variants, a grid: a value from LOW to HIGH, both included, or the size of a deal as for --scale; twice for two dimensions, at most 400 points.
    /// 20,000 paths unless --paths says otherwise.
    #[arg(long, value_name = "PATH=LOW:HIGH:STEPS[:log]", value_parser = vary, conflicts_with_all = ["others", "without", "set", "scale", "together"])]
    pub vary: Vec<Vary>,
    /// With --vary: also say where a measure meets a level, such as 'default(openai)=30%' or es99=30000. May be repeated.
    #[arg(long, value_name = "MEASURE=NUMBER", value_parser = level, requires = "vary")]
    pub level: Vec<(Named, f64)>,
    /// With --vary: what is drawn largest: mean, es99, amplification, defaults, credit or default(FIRM).
    #[arg(long, value_name = "MEASURE", value_parser = measure, requires = "vary")]
    pub measure: Option<Named>,
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
#[command(after_help = examples::ATTRIBUTE)]
pub struct Attribute {
    #[command(flatten)]
    pub source: Source,
    /// Paths (20,000 unless --paths says otherwise), seed and threads.
    #[command(flatten)]
    pub effort: Effort,
    /// How paths are chosen.
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Sampling::Plain)]
    pub sampling: Sampling,
    /// Share the loss out among purchases and investments instead of channels: Shapley values, each deal alone, each left out.
    #[arg(long, conflicts_with_all = ["sampling", "paths"])]
    pub deals: bool,
    /// With --deals: orders of deals that are sampled, in pairs of an order and its reverse; each pair has 256 paths of its own.
    #[arg(long, value_name = "N", default_value_t = 64, requires = "deals", value_parser = permutations)]
    pub permutations: u64,
    #[command(flatten)]
    pub answer: Answer,
}

fn permutations(text: &str) -> Result<u64, String> {
    let found = text.parse().ok().filter(|n| (8..=1_000_000).contains(n) && n % 2 == 0);
    found.ok_or_else(|| "expected an even number from 8 to 1000000".to_string())
}

const SENSITIVITY: &str = "Inputs are the numbers that the scenario gives as distributions, and those that the model holds to be judgement (docs/methods.md,
section 13) where the scenario gives one value: then half of the probability lies on each side of the value. Four questions are asked:
  one at a time   each input at its 5 % and 95 % levels, the others at their centres
  screening       elementary effects along random trajectories (Morris), which see interactions, too
  shares          of the variance over the inputs that matter most: alone, in pairs, in all (Sobol')
  two levels      all inputs drawn at once, with chance inside: how much more the unknown makes than Monte Carlo error
and for the hazard of a bust: how likely losses are at each, and where a loss has a chance of one in twenty.

Outputs of --of: es95 (expected shortfall of the system's net loss), mean, amplification, defaults, or the name of a firm: its probability of default.

Examples:
  bubblerisk sensitivity my.toml
  bubblerisk sensitivity my.toml --of oracle --keep 8 --rows 256
  bubblerisk sensitivity my.toml --loss 5000 --loss 10000";

/// `sensitivity`.
#[derive(Debug, Args)]
#[command(after_help = SENSITIVITY)]
pub struct Sensitivity {
    #[command(flatten)]
    pub source: Source,
    /// Paths of each point (1,024 unless --paths says otherwise; the two levels twice, one at a time four times as many), seed and threads.
    #[command(flatten)]
    pub effort: Effort,
    /// Output by which the inputs for the shares of variance are chosen, and the charts are drawn.
    #[arg(long, value_name = "OUTPUT", default_value = "es95")]
    pub of: String,
    /// Trajectories of the screening.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub trajectories: usize,
    /// Inputs of which shares of variance are worked out.
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub keep: usize,
    /// Rows of the samples for the shares of variance.
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub rows: usize,
    /// Draws of all inputs at once.
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub draws: usize,
    /// A net loss of the system, USD bn, of which the break-even hazard is asked. May be repeated. [default: quantiles of the scenario's own]
    #[arg(long, value_name = "USD_BN", value_parser = loss)]
    pub loss: Vec<f64>,
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
