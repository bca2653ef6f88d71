//! Flags of `clear`. No behaviour.

use super::{Talk, share, shock};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const CLEAR: &str = "The edge list has the columns from, to, amount and, optionally, kind:
  debt (or empty)  from owes to; a debt to outside is an external liability, one from outside an external asset
  stake            to holds the share amount (0 to 1) of from
  holding          the firm to holds amount, in money, of the asset from

Examples:
  bubblerisk clear eisenberg-noe --network debts.csv --shock acme=20%
  bubblerisk clear elliott-golub-jackson --network stakes.csv --firms firms.csv --threshold 0.95
  bubblerisk clear debtrank --network debts.csv --shock all=1% --json";

/// `clear`.
#[derive(Debug, Args)]
#[command(after_help = CLEAR)]
pub struct Clear {
    /// The model.
    #[arg(value_enum)]
    pub model: OneShot,
    /// Edge list: CSV with the columns from, to, amount and, optionally, kind (debt, stake, holding).
    #[arg(long, value_name = "FILE")]
    pub network: PathBuf,
    /// Table of firms: CSV with the column firm and any of external_assets, external_liabilities, threshold, failure_cost, volatility, units.
    #[arg(long, value_name = "FILE")]
    pub firms: Option<PathBuf>,
    /// Loss of external assets, such as acme=10% or all=5%; for greenwood-landier-thesmar the fall of an asset. May be repeated.
    #[arg(long, value_name = "NAME=SHARE", value_parser = shock)]
    pub shock: Vec<(String, f64)>,
    /// How debts to the outside rank with debts to firms.
    #[arg(long, value_enum, default_value = "pari-passu")]
    pub outside: Ranking,
    /// Rogers-Veraart: share of external assets that survives a default.
    #[arg(long, value_name = "SHARE", default_value_t = 0.9, value_parser = share)]
    pub alpha: f64,
    /// Rogers-Veraart: share of payments received that survives a default.
    #[arg(long, value_name = "SHARE", default_value_t = 0.95, value_parser = share)]
    pub beta: f64,
    /// Furfine: share that creditors of a failed firm lose.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, value_parser = share)]
    pub loss_given_default: f64,
    /// DebtRank of 2012: let a creditor lose more than its equity to one debtor, as some programs do.
    #[arg(long)]
    pub uncapped: bool,
    /// Elliott-Golub-Jackson: a firm fails below this share of its market value before the shock.
    #[arg(long, value_name = "SHARE", default_value_t = 0.9, value_parser = share)]
    pub threshold: f64,
    /// Elliott-Golub-Jackson: what a failure costs, as a share of the threshold.
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, value_parser = share)]
    pub failure_cost: f64,
    /// NEVA: log standard deviation of external assets until maturity.
    #[arg(long, value_name = "SD", default_value_t = 0.1, value_parser = share)]
    pub volatility: f64,
    /// NEVA: share recovered of a failed firm's debts.
    #[arg(long, value_name = "SHARE", default_value_t = 0.6, value_parser = share)]
    pub recovery: f64,
    /// Cifuentes-Ferrucci-Shin: least net worth over risky assets.
    #[arg(long, value_name = "SHARE", default_value_t = 0.08, value_parser = share)]
    pub minimum_ratio: f64,
    /// Fire sales: fall of the log price per unit sold, or of the price per unit of money sold.
    #[arg(long, value_name = "IMPACT", default_value_t = 0.001, value_parser = share)]
    pub price_impact: f64,
    /// Folder in which the answer is written as CSV.
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub output: PathBuf,
    #[command(flatten)]
    pub talk: Talk,
}

/// The models that `clear` runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OneShot {
    /// Payments that clear (Eisenberg & Noe 2001).
    EisenbergNoe,
    /// Payments with costs of default (Rogers & Veraart 2013).
    RogersVeraart,
    /// Threshold cascade (Furfine 2003).
    Furfine,
    /// Linear DebtRank (Bardoscia et al. 2015).
    Debtrank,
    /// DebtRank of 2012, each firm hit once (Battiston et al. 2012).
    #[value(name = "debtrank-2012")]
    Debtrank2012,
    /// Cross-holdings with costs of failure (Elliott, Golub & Jackson 2014).
    ElliottGolubJackson,
    /// Equity and debt in cross-ownership (Suzuki 2002, Fischer 2014).
    SuzukiFischer,
    /// Debts valued before maturity, default at maturity (Barucca et al. 2020).
    NevaMerton,
    /// Debts valued before maturity, default at any time (Barucca et al. 2020).
    NevaBlackCox,
    /// Fire sales of a common asset (Cifuentes, Ferrucci & Shin 2005).
    CifuentesFerrucciShin,
    /// Fire sales under target leverage (Greenwood, Landier & Thesmar 2015).
    GreenwoodLandierThesmar,
}

/// Ranks of debts to the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Ranking {
    /// Before debts to firms.
    Senior,
    /// Pro rata with debts to firms.
    PariPassu,
}
