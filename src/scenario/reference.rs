//! The reference of the scenario file, made from the grammar: every table, key, unit, bound, default and meaning. No reading of scenarios.

use serde_json::Value;

use super::drivers;
use super::files::{MOST_BYTES, MOST_DRIVER_BYTES};
use super::grammar::{self, Key, SCHEMA, words};
use super::resolve::{BY_KIND, TAKE_OR_PAY, UNLISTED_DISCOUNT, admitted, deed, entity_of};
use crate::model::{Kind, Series};

/// Tables in the order of the reference: heading and name among the schema's definitions.
const TABLES: [(&str, &str); 18] = [
    ("[scenario]", "Scenario"),
    ("[tables]", "Tables"),
    ("[rules]", "Rules"),
    ("[[firm]]", "Firm"),
    ("[kind.lab], [kind.hyperscaler], ...", "FirmTraits"),
    ("[[stake]]", "Stake"),
    ("[[investment]]", "Investment"),
    ("[[investment.tranche]]", "Tranche"),
    ("[[purchase]]", "Purchase"),
    ("[[procurement]]", "Procurement"),
    ("[[loan]]", "Loan"),
    ("[[warrant]]", "Warrant"),
    ("[[warrant.tranche]]", "WarrantTranche"),
    ("[[backstop]]", "Backstop"),
    ("[[group]]", "Group"),
    ("[shocks]", "Shocks"),
    ("[[stress]]", "Stress"),
    ("Provenance", "Provenance"),
];

/// Keys that every firm and contract may carry, listed once rather than in each table.
const PROVENANCE: [&str; 4] = ["source", "as_of", "grade", "note"];

/// The whole reference.
pub(super) fn markdown() -> String {
    let mut out = String::from(INTRODUCTION);
    for (heading, name) in TABLES {
        out += &table(heading, name);
    }
    out += &defaults();
    out += &values();
    out += &enumerations();
    out += VARIANTS;
    out += &csv_tables();
    out += &drivers_table();
    out += &limits();
    out += &format!("\n## A complete example\n\nEvery table and every key, with invented figures.\n\n```toml\n{}```\n", super::example());
    out
}

const INTRODUCTION: &str = "# The scenario file

<!-- Generated from src/scenario: change it there, then run BUBBLERISK_BLESS=1 cargo test --test scenario. -->

A scenario is one TOML file: firms, what they own of and owe to each other, and the shocks that hit them. `bubblerisk new` writes a commented starter
file, `bubblerisk check` lists every problem of a file at once, and `bubblerisk schema` prints a JSON Schema with which editors complete and check the
file while it is written (the same as scenarios/schema.json).

All money is in billions of US dollars, nominal. Shares are fractions: 40 % is 0.4. Quarters are calendar quarters, `\"2027Q1\"`. The plan is what the
file says happens without shocks; it must be possible to pay for it.
";

fn table(heading: &str, name: &str) -> String {
    let spec = grammar::spec(name);
    let has_all = PROVENANCE.iter().all(|p| spec.key(p).is_some());
    let folded = has_all && name != "Provenance";
    let mut out = format!(
        "\n## {}\n\n{}\n\n| key | value | unit | range | default | meaning |\n|---|---|---|---|---|---|\n",
        code_heading(heading),
        spec.doc
    );
    let traits = grammar::spec("FirmTraits");
    for key in &spec.keys {
        let is_folded = (folded && PROVENANCE.contains(&key.name.as_str())) || (name == "Firm" && traits.key(&key.name).is_some());
        if !is_folded {
            out += &row(key);
        }
    }
    if name == "Firm" {
        out += "\nIn addition every key of the next table may be given for the single firm.\n";
    }
    if folded {
        out += "\nIn addition `source`, `as_of`, `grade` and `note`, see Provenance.\n";
    }
    out
}

fn code_heading(heading: &str) -> String {
    if heading.starts_with('[') { format!("`{heading}`") } else { heading.to_string() }
}

fn row(key: &Key) -> String {
    let range = match (key.minimum.or(key.above), key.maximum.or(key.below)) {
        (None, None) => String::new(),
        (Some(low), None) => format!("{} {low}", if key.above.is_some() { "above" } else { "from" }),
        (None, Some(high)) => format!("to {high}"),
        (Some(low), Some(high)) => {
            let low = if key.above.is_some() { format!("above {low}") } else { format!("{low}") };
            let high = if key.below.is_some() { format!("below {high}") } else { format!("{high}") };
            format!("{low} to {high}")
        }
    };
    let default = match (&key.default, key.default_text.as_str(), key.required) {
        (_, _, true) => "required".to_string(),
        (Some(Value::String(s)), ..) => format!("`\"{s}\"`"),
        (Some(v), ..) => format!("{v}"),
        (None, "", _) => String::new(),
        (None, text, _) => text.to_string(),
    };
    let doc = key.doc.replace('|', "\\|");
    format!("| `{}` | {} | {} | {range} | {default} | {doc} |\n", key.name, value_name(&key.kind), key.unit)
}

/// What a value is called for readers.
fn value_name(kind: &str) -> String {
    let plain = match kind {
        "string" => "text",
        "boolean" => "true or false",
        "integer" => "whole number",
        "number" => "plain number",
        "Number" => "number",
        "Degrees" => "number or `\"inf\"`",
        "list of string" => "list of texts",
        "list of Tranche" | "list of WarrantTranche" => "tables",
        "table of Provenance" => "table of tables",
        "table of " => "table",
        other => return other.to_lowercase(),
    };
    plain.to_string()
}

fn defaults() -> String {
    let mut out = String::from("\n## Defaults by kind\n\n| key |");
    let kinds = words("Kind");
    kinds.iter().for_each(|(k, _)| out += &format!(" {k} |"));
    out += &format!("\n|---|{}\n", "---|".repeat(Kind::ALL.len()));
    for (name, values) in BY_KIND {
        out += &format!("| `{name}` |");
        values.iter().for_each(|v| out += &format!(" {v} |"));
        out += "\n";
    }
    out += &format!(
        "\nThe `headline_discount` of a firm that is not listed is {UNLISTED_DISCOUNT}. The default of `take_or_pay` depends on the seller: "
    );
    let shares = TAKE_OR_PAY.map(|(kind, share)| match kind {
        Some(k) => format!("{} {share}", serde_json::to_value(k).ok().and_then(|v| v.as_str().map(str::to_string)).unwrap_or_default()),
        None => format!("anybody else {share}"),
    });
    out + &shares.join(", ") + ". A firm's own number comes before its kind's, that before `[rules]`, and that before these.\n"
}

fn values() -> String {
    let mut out = String::from("\n## Values\n");
    let doc = |name: &str| SCHEMA["$defs"][name]["description"].as_str().unwrap_or_default().to_string();
    out += &format!("\n### Number\n\n{} Uncertain: `{{ dist = \"triangular\", low = 5, mode = 10, high = 15 }}`.\n", doc("Number"));
    out += &format!(
        "\n{} Where one number is needed, as in the plan, the mode, the median or the middle stands for the distribution.\n\n",
        doc("Distribution")
    );
    out += "| `dist` | parameters | meaning |\n|---|---|---|\n";
    for case in SCHEMA["$defs"]["Distribution"]["oneOf"].as_array().into_iter().flatten() {
        let required: Vec<&str> = case["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let parameters: Vec<String> = case["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(k, _)| *k != "dist")
            .map(|(k, _)| if required.contains(&k.as_str()) { format!("`{k}`") } else { format!("`{k}` (optional)") })
            .collect();
        let name = case["properties"]["dist"]["const"].as_str().unwrap_or_default();
        out += &format!("| `{name}` | {} | {} |\n", parameters.join(", "), case["description"].as_str().unwrap_or_default());
    }
    out += &format!("\n### Schedule\n\n{} Or one of:\n\n", doc("Schedule"));
    for case in SCHEMA["$defs"]["ScheduleForm"]["oneOf"].as_array().into_iter().flatten() {
        out += &format!("- {}\n", case["description"].as_str().unwrap_or_default());
    }
    out += SCHEDULES;
    out += &format!("\n### Maturities\n\n{}\n\n### Repayment\n\n", doc("Maturities"));
    for case in SCHEMA["$defs"]["Repayment"]["oneOf"].as_array().into_iter().flatten() {
        out += &format!("- {}\n", case["description"].as_str().unwrap_or_default());
    }
    out += &format!("\n### Shape\n\n{}\n\n### Quarter\n\n{}\n\n### Date\n\n{}\n", doc("Shape"), doc("Quarter"), doc("Date"));
    out
}

const SCHEDULES: &str = "
A schedule holds plain numbers of 0 or more; uncertainty goes into the `scale` beside it (`external_revenue_scale`, `scale`, ...). The total of a year that
began before the first quarter, or before `start`, falls in what is left of the year. A schedule that names a time outside the horizon is an error. For a purchase,
`beyond_horizon = true` counts what is due later as backlog; of a plan, the part of a calendar year after the horizon is dropped.
";

fn enumerations() -> String {
    let mut out = String::from("\n## Words\n");
    for (title, name) in [("Kind of firm", "Kind"), ("Stage of a deal", "Stage"), ("Grade of evidence", "Grade")] {
        out += &format!("\n### {title}\n\n");
        words(name).iter().for_each(|(w, doc)| out += &format!("- `{w}`: {doc}\n"));
    }
    out + "\nDeals in talks or with a letter of intent are not part of the plan: on each path they are signed or not. A purchase and an investment with the same id are \
           one deal, which is signed or not as a whole.\n"
}

const VARIANTS: &str = "
## Variants

A file that `extends` another holds only what differs:

```toml
[scenario]
extends = \"base.toml\"                # against the folder of this file
title = \"Without the Amazon deal, and with half of the plan\"
remove = [\"amazon-openai\"]           # firms or contracts by id; purchase.x where several tables use an id; stake.* for all
set = { \"firm.openai.plan_realism\" = 0.5, \"purchase.*.take_or_pay\" = 0.6, \"investment.*.tranche.purchase_coupling\" = 0 }

[[firm]]                             # an entry with a known id changes the keys that it names; a new id is a new entry
id = \"openai\"
cash_usd_bn = 20
```

`[rules]`, `[shocks]` and `[kind.*]` merge key by key, arrays of tables by `id`; a value that is itself a table or a list (a distribution, a schedule,
tranches) is replaced whole. Then `remove` and at last `set` apply. Name and output folder are the variant's own. With a firm go the contracts, groups and
stresses that name it; with a deal go the stresses on it. Files that extend each other in a circle are an error.

A path is `table.id.key`: `firm.openai.cash_usd_bn`, `rules.recapture`, `shocks.random`, `kind.lab.plan_realism`, `scenario.horizon_quarters`; in
tranches `investment.x.tranche.2.amount_usd_bn`, `tranche.*` or `tranche` for all of them; in schedules `firm.x.external_revenue_usd_bn.yearly.2027`.
`*` in place of an id stands for every entry, and `deal.x` for whatever purchase, procurement or investment has the id. On the command line the same is
`--set PATH=VALUE` and `--without DEAL`.

The value `{ times = 1.5 }` multiplies what the path names as it is written below, with its whole distribution, or its default; what is drawn from a
distribution keeps its draw. `deal.x = { times = 2 }` doubles a deal: every tranche of an investment, the schedule of a purchase with what it procures, the
share of a procurement; `stake.x`, `loan.x`, `warrant.x` and `backstop.x` likewise. A number that would leave the range of its key is cut off there, and
`check` says so.
";

fn csv_tables() -> String {
    let mut out = String::from(
        "\n## Tables in CSV files\n\nFirms and contracts may stand in CSV files named in `[tables]`, with the keys as columns; every required key needs its column. An empty cell is an absent\nkey. \
         A column `external_revenue_usd_bn.2026` holds the total of a year, `external_revenue_usd_bn.flat` an amount per quarter,\n`debt_maturing.2026` a maturity. A distribution is written \
         as in TOML, in quotation marks: `\"{ dist = \"\"uniform\"\", low = 1, high = 2 }\"`.\nEntries of the scenario file with the same id change those of the CSV file.\n\n",
    );
    out += "```csv\nid,kind,cash_usd_bn,market_value_usd_bn,external_revenue_usd_bn.2026,external_revenue_usd_bn.2027,source,grade\nlab,lab,30,150,16,28,press,C\n```\n";
    out
}

fn drivers_table() -> String {
    let columns = drivers::COLUMNS.map(|c| format!("`{c}`")).join(", ");
    let mut out = format!(
        "\n## The table of drivers\n\n`[shocks] drivers = \"drivers.csv\"` replaces the random drivers by a table with the columns {columns}. `path` counts from 0; `quarter` is 1 to the horizon or a \
         label such as 2027Q1; `driver` is one of the series below; `entity` is empty for a series that everybody shares, or for all. What the table does not \
         name keeps its value without shock. The same series are those of `[[stress]]`, where the value is added, multiplied or set.\n\n"
    );
    out += "| series | meaning | entity | values | a stress is |\n|---|---|---|---|---|\n";
    for (word, doc) in words("Series") {
        let Ok(series) = serde_json::from_value::<Series>(Value::from(word)) else { continue };
        let entity = entity_of(series).unwrap_or("none");
        out += &format!("| `{word}` | {doc} | {entity} | {} | {} |\n", admitted(series).1, deed(series));
    }
    out + "\n```csv\npath,quarter,driver,entity,value\n0,1,sentiment,,-0.2\n0,2,sentiment,,-0.9\n0,2,log_revenue,lab,-0.3\n1,2027Q1,window,lab,0\n```\n"
}

fn limits() -> String {
    format!(
        "\n## Limits\n\nFiles of at most {} MB, tables of drivers of at most {} MB, UTF-8; 1 to 200 quarters; amounts of at most a million USD billion; at most {} entries in a table; at most 16 files that extend one \
         another; ids of 1 to 100 letters, digits, `-` and `_`.\n",
        MOST_BYTES >> 20,
        MOST_DRIVER_BYTES >> 20,
        super::tree::MOST_ELEMENTS
    )
}
