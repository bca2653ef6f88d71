//! What the model leaves out, in plain words. Each entry begins with the phrase of docs/methods.md, section 14, that it explains; a test compares the two lists.

use super::Section;
use serde_json::json;

/// What is left out: (as in docs/methods.md, what that means for a reader).
pub const LEFT_OUT: [(&str, &str); 9] = [
    (
        "macroeconomic feedback and banks",
        "The loss of this group of firms moves neither output nor lenders, and nothing comes back from them: the numbers are a lower bound.",
    ),
    ("beliefs and runs within a quarter", "Nobody panics within a quarter; a step of three months hides what happens in days."),
    ("covenant triggers on values", "No lender can call a loan because a value fell; a firm fails only when it cannot pay."),
    (
        "structured vehicles and pledged chips",
        "Debt outside the balance sheets, leases and the same chips pledged twice are not counted, so that debt is understated.",
    ),
    ("several classes of shares", "Every share of a firm is alike; preferences of late investors are not."),
    ("anti-dilution terms", "Old investors get no new shares where a round is priced below theirs."),
    (
        "endogenous regimes and contagion of confidence",
        "A failure makes no bust more likely and closes no window for others: how often busts come, and how deep they are, is put in.",
    ),
    ("acquirers inside the network", "A failed firm is sold to the outside, never to another firm of the model; no state steps in."),
    (
        "new deals formed in response to stress, other than outside funding",
        "The contracts are those of the as-of date; firms in a counterfactual world follow the same fixed rules.",
    ),
];

/// What else must be known of every number.
const BESIDE: [&str; 3] = [
    "How firms react (spending cuts, renegotiation, windows of funding) rests on one episode or on judgement, and most terms of contracts are not public.",
    "The plan embeds the boom's hopes: a loss against plan is larger than one from today, and both are given.",
    "W2 is a generous yardstick, for it also takes away the risk that funding stops. Intervals hold the simulation's error only, which is far smaller than \
     that of what was put in.",
];

pub(super) fn section() -> Section {
    let left_out = LEFT_OUT.iter().map(|(what, means)| format!("No {what}. {means}"));
    let statements: Vec<String> = left_out.chain(BESIDE.iter().map(ToString::to_string)).collect();
    let names: Vec<&str> = LEFT_OUT.iter().map(|x| x.0).collect();
    Section {
        id: "not_modelled",
        heading: "What is not modelled".into(),
        statements,
        tables: vec![],
        numbers: json!({ "left_out": names }),
        figures: &[],
    }
}
