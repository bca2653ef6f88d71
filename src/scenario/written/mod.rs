//! The grammar of a scenario file, as structs: their names, types, bounds, defaults and comments are the one source of the JSON Schema, the reference
//! and the check of every file. No reading: the tree is read by the resolver, which looks bounds and defaults up here.

// The structs are never filled: they describe what is written, and the tree keeps the places that messages need.
#![allow(dead_code)]

mod contracts;
mod firms;
mod shocks;
mod values;

use std::collections::BTreeMap;

use schemars::JsonSchema;

/// A scenario: firms, what they own of and owe to each other, and the shocks that hit them. All money is in USD billion, nominal.
#[derive(JsonSchema)]
#[schemars(title = "bubblerisk scenario", deny_unknown_fields)]
pub(super) struct ScenarioFile {
    /// What the scenario is, when it starts and how long it runs.
    scenario: Scenario,
    /// CSV files that hold entries of the tables below.
    tables: Option<Tables>,
    /// Rules that hold for every firm, and defaults of firms and contracts.
    rules: Option<Rules>,
    /// Defaults of firms by kind: `[kind.lab]`, `[kind.neocloud]`, ... A firm's own number comes before its kind's, and that before the built-in one. A
    /// distribution given for a kind is one draw that all firms of the kind share.
    kind: Option<BTreeMap<crate::model::Kind, firms::FirmTraits>>,
    /// Firms.
    firm: Option<Vec<firms::Firm>>,
    /// Shareholdings at the as-of date, of one firm of the model in another.
    stake: Option<Vec<contracts::Stake>>,
    /// Investments yet to be paid, in one payment or in tranches with conditions.
    investment: Option<Vec<contracts::Investment>>,
    /// Purchase commitments.
    purchase: Option<Vec<contracts::Purchase>>,
    /// Purchases that a firm must make in order to deliver what it sold: each becomes a purchase whose schedule follows the sales.
    procurement: Option<Vec<contracts::Procurement>>,
    /// Loans between firms of the model. Debt to outsiders belongs to the firm.
    loan: Option<Vec<contracts::Loan>>,
    /// Rights to new shares that vest with purchases.
    warrant: Option<Vec<contracts::Warrant>>,
    /// Promises to buy a seller's unsold capacity.
    backstop: Option<Vec<contracts::Backstop>>,
    /// Groups of vendors among which buyers substitute.
    group: Option<Vec<shocks::Group>>,
    /// The random drivers.
    shocks: Option<shocks::Shocks>,
    /// Scripted stresses, which act on top of the random drivers or, with `shocks.random = false`, alone.
    stress: Option<Vec<shocks::Stress>>,
}

/// The heading of a scenario.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Scenario {
    /// Name: small letters, digits, `-` and `_`. Also the name of the output folder.
    #[schemars(extend("x-default" = "the file's name"))]
    name: Option<String>,
    /// What the scenario is, in a line.
    #[schemars(extend("x-default" = "the name"))]
    title: Option<String>,
    /// Date that the data describe, such as `2025-12-17`.
    as_of: values::Date,
    /// Currency: only `USD`.
    #[schemars(extend("default" = "USD", "const" = "USD"))]
    currency: Option<String>,
    /// Unit of money: only `bn`, billions.
    #[schemars(extend("default" = "bn", "const" = "bn"))]
    unit: Option<String>,
    /// First quarter that is simulated.
    #[schemars(extend("x-default" = "the quarter after that of as_of"))]
    first_quarter: Option<values::Quarter>,
    /// Number of quarters simulated.
    #[schemars(extend("default" = 24, "minimum" = 1, "maximum" = 200, "x-unit" = "quarters"))]
    horizon_quarters: Option<u32>,
    /// Whether schedules may run past the horizon everywhere, as with `beyond_horizon` on a purchase: useful to shorten the horizon of a finished scenario.
    #[schemars(extend("default" = false))]
    beyond_horizon: Option<bool>,
    /// Another scenario file, taken against the folder of this one, that this file changes: tables merge key by key, and entries of `[[firm]]`,
    /// `[[purchase]]` and the like merge by `id`.
    extends: Option<String>,
    /// Identifiers of firms or contracts of the extended scenario to leave out; `purchase.x` where several tables use the same id. With a firm go its contracts.
    remove: Option<Vec<String>>,
    /// Changes by path after merging, such as `"firm.openai.cash_usd_bn" = 20` or `"purchase.*.take_or_pay" = { times = 0.5 }`.
    set: Option<BTreeMap<String, values::Anything>>,
    /// Where the figures come from as a whole.
    source: Option<String>,
    /// Anything a reader should know.
    note: Option<String>,
}

/// CSV files whose columns are named as the keys. An empty cell is an absent key. A column `external_revenue_usd_bn.2026` is a year of a schedule,
/// `external_revenue_usd_bn.flat` its flat amount. Entries of the scenario file with the same id change those of the CSV file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Tables {
    /// CSV file of firms.
    firms: Option<String>,
    /// CSV file of shareholdings.
    stakes: Option<String>,
    /// CSV file of investments.
    investments: Option<String>,
    /// CSV file of purchase commitments.
    purchases: Option<String>,
    /// CSV file of procurement shares.
    procurements: Option<String>,
    /// CSV file of loans.
    loans: Option<String>,
    /// CSV file of warrants.
    warrants: Option<String>,
    /// CSV file of backstops.
    backstops: Option<String>,
}

/// Rules of behaviour and law, and defaults that hold for every firm or contract that does not give its own. A distribution given here is one draw
/// that all of them share.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Rules {
    /// Most that discretionary spending can be, as a multiple of the plan (a_max).
    #[schemars(extend("default" = 1.5, "minimum" = 1, "maximum" = 10, "x-unit" = "multiple"))]
    spending_cap: Option<values::Number>,
    /// Weight in valuation of revenue that the seller's own investments finance (omega_c): 1 capitalised in full, 0 the market looks through it.
    #[schemars(extend("default" = 1.0, "minimum" = 0, "maximum" = 1, "x-unit" = "share"))]
    circular_revenue_weight: Option<values::Number>,
    /// Half-width of the ramp that replaces the cliff of a valuation floor; 0 is a cliff.
    #[schemars(extend("default" = 0.0, "minimum" = 0, "maximum" = 1, "x-unit" = "share"))]
    floor_ramp: Option<values::Number>,
    /// Quarters for which a missed tranche is tested again before it lapses.
    #[schemars(extend("default" = 4, "minimum" = 0, "maximum" = 200, "x-unit" = "quarters"))]
    grace_quarters: Option<u32>,
    /// Default of `enforceability` of purchases and procurements.
    #[schemars(extend("default" = 0.9, "minimum" = 0, "maximum" = 1, "x-unit" = "share"))]
    enforceability: Option<values::Number>,
    /// Default of `default_recovery_own` of firms.
    #[schemars(extend("default" = 0.9, "minimum" = 0, "maximum" = 1, "x-unit" = "share"))]
    default_recovery_own: Option<values::Number>,
    /// Default of `default_recovery_incoming` of firms.
    #[schemars(extend("default" = 0.95, "minimum" = 0, "maximum" = 1, "x-unit" = "share"))]
    default_recovery_incoming: Option<values::Number>,
    /// Default of `bankruptcy_cost` of firms.
    #[schemars(extend("default" = 0.25, "minimum" = 0, "maximum" = 1, "x-unit" = "share"))]
    bankruptcy_cost: Option<values::Number>,
    /// Default of `rejection_claim` of firms.
    #[schemars(extend("default" = 0.0, "minimum" = 0, "maximum" = 1, "x-unit" = "share"))]
    rejection_claim: Option<values::Number>,
    /// Default of `recapture` of firms.
    #[schemars(extend("default" = 0.4, "minimum" = 0, "maximum" = 1, "x-unit" = "share"))]
    recapture: Option<values::Number>,
    #[schemars(flatten)]
    provenance: values::Provenance,
}
