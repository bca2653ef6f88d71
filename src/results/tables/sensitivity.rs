//! A sensitivity analysis as CSV: inputs, one at a time, screening, shares of variance, two levels, hazards.

use super::compare::text;
use super::{Cell, estimate_cells};
use crate::analysis::sensitivity::{Output, RangeFrom, Sensitivity};

/// Name of an output for tables.
pub fn output_name(output: Output, firms: &[String]) -> String {
    match output {
        Output::ShortfallNet95 => "es95_net_loss".into(),
        Output::MeanNet => "mean_net_loss".into(),
        Output::Amplification => "es95_net_loss_w0_over_w2".into(),
        Output::Added => "added_net_loss_given_bust".into(),
        Output::Defaults => "defaults".into(),
        Output::DefaultOf(i) => format!("default({})", firms.get(i).map_or("", String::as_str)),
    }
}

/// The files of an analysis: name and text.
pub fn sensitivity_csvs(s: &Sensitivity) -> [(&'static str, String); 6] {
    [
        ("inputs.csv", inputs(s)),
        ("one-at-a-time.csv", swings(s)),
        ("screening.csv", screening(s)),
        ("shares.csv", shares(s)),
        ("two-levels.csv", levels(s)),
        ("hazard.csv", hazard(s)),
    ]
}

fn input(s: &Sensitivity, i: usize) -> Cell {
    s.inputs[i].name.clone().into()
}

fn output(s: &Sensitivity, o: Output) -> Cell {
    output_name(o, &s.firms).into()
}

fn inputs(s: &Sensitivity) -> String {
    let from = |f: RangeFrom| if f == RangeFrom::Scenario { "scenario" } else { "judgement" };
    let row = |i: &crate::analysis::sensitivity::InputLine| {
        let head = vec![Cell::from(i.name.clone()), from(i.range_from).into(), (i.numbers as u64).into()];
        [head, i.values.map(Cell::from).to_vec()].concat()
    };
    text(&["input", "range_from", "numbers", "at_5_percent", "at_centre", "at_95_percent"], s.inputs.iter().map(row))
}

fn swings(s: &Sensitivity) -> String {
    let rows = s.swings.iter().map(|w| {
        let ends = [estimate_cells(Some(&w.low)), estimate_cells(Some(&w.high))].concat();
        [vec![output(s, w.output), input(s, w.input)], ends].concat()
    });
    let columns = [
        "output",
        "input",
        "change_at_5_percent",
        "std_error_at_5_percent",
        "low_at_5_percent",
        "high_at_5_percent",
        "change_at_95_percent",
        "std_error_at_95_percent",
        "low_at_95_percent",
        "high_at_95_percent",
    ];
    text(&columns, rows)
}

fn screening(s: &Sensitivity) -> String {
    let rows = s.screened.iter().map(|x| {
        let e = &x.effects;
        let parts = [&e.mean_absolute, &e.mean, &e.spread].map(|p| estimate_cells(Some(p)).to_vec()).concat();
        let ranks = vec![Cell::from(x.noise), (x.rank.0 as u64).into(), (x.rank.1 as u64).into(), x.is_told_from_noise().into()];
        [vec![output(s, x.output), input(s, x.input)], parts, ranks].concat()
    });
    let four = |name: &str| [name.to_string(), format!("{name}_std_error"), format!("{name}_low"), format!("{name}_high")];
    let parts = ["mean_absolute_effect", "mean_effect", "sd_of_effects"].map(four).concat();
    let rest = ["noise", "highest_rank", "lowest_rank", "told_from_noise"].map(String::from);
    let columns = [["output".to_string(), "input".into()].to_vec(), parts, rest.to_vec()].concat();
    text(&columns.iter().map(String::as_str).collect::<Vec<_>>(), rows)
}

fn shares(s: &Sensitivity) -> String {
    let single = s.shares.iter().flat_map(|x| {
        let head = |kind: &'static str| vec![output(s, x.output), kind.into(), input(s, x.input), Cell::Empty];
        let line = |kind, e| [head(kind), estimate_cells(Some(e)).to_vec()].concat();
        [line("alone", &x.alone), line("total", &x.total)]
    });
    let pairs = s.together.iter().map(|x| {
        let head = vec![output(s, x.output), "together".into(), input(s, x.inputs.0), input(s, x.inputs.1)];
        [head, estimate_cells(Some(&x.share)).to_vec()].concat()
    });
    text(&["output", "share", "input", "with", "value", "std_error", "low", "high"], single.chain(pairs))
}

fn levels(s: &Sensitivity) -> String {
    let rows = s.levels.iter().map(|l| {
        let parts = [estimate_cells(Some(&l.mean)), estimate_cells(Some(&l.parameter_sd))].concat();
        let rest = [l.monte_carlo_sd, l.middle_ninety.0, l.middle_ninety.1].map(Cell::from).to_vec();
        [vec![output(s, l.output)], parts, rest].concat()
    });
    let columns = [
        "output",
        "mean",
        "mean_std_error",
        "mean_low",
        "mean_high",
        "parameter_sd",
        "parameter_sd_std_error",
        "parameter_sd_low",
        "parameter_sd_high",
        "monte_carlo_sd",
        "draws_5_percent",
        "draws_95_percent",
    ];
    text(&columns, rows)
}

fn hazard(s: &Sensitivity) -> String {
    let Some(h) = &s.hazard else {
        return text(&["part", "loss_usd_bn", "per_quarter", "chance", "std_error", "low", "high"], std::iter::empty());
    };
    let line = |part: &'static str, loss: f64, per_quarter: Cell, e: Option<&crate::stats::Estimate>| {
        [vec![Cell::from(part), loss.into(), per_quarter], estimate_cells(e).to_vec()].concat()
    };
    let own = h.break_evens.iter().map(|b| line("own", b.loss_usd_bn, h.own_per_quarter.into(), Some(&b.own)));
    let tried = h.points.iter().flat_map(|p| {
        let chances = h.break_evens.iter().zip(&p.chances);
        chances.map(|(b, e)| line("tried", b.loss_usd_bn, p.per_quarter.into(), Some(e))).collect::<Vec<_>>()
    });
    let even = h.break_evens.iter().map(|b| line("break_even", b.loss_usd_bn, Cell::Empty, b.per_quarter.as_ref()));
    text(&["part", "loss_usd_bn", "per_quarter", "value", "std_error", "low", "high"], own.chain(tried).chain(even))
}
