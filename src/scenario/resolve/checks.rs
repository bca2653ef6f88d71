//! Checks of the system as a whole: who owns how much of whom, whether values are consistent, correlations, hazards. No reading.

use crate::model::{Distribution, FirmNumber, Model, Series, ShockNumber, Slot, StakeNumber, Tranche, TrancheNumber, deal_of};
use crate::scenario::findings::{At, Findings};
use crate::scenario::tree::{Node, Table};

/// Most of an issuer that firms of the model may hold together, so that values stay well conditioned (model 5.3).
const MOST_HELD: f64 = 0.95;

/// Checks the whole system. What rests on every firm and contract is moot unless all of them could be read.
pub(super) fn system(findings: &mut Findings, root: &Table, model: &Model, read_well: bool) {
    stake_columns(findings, root, model);
    correlations(findings, root, model);
    hazards(findings, root, model);
    if read_well {
        stubs(findings, root, model);
        groups_have_two_sides(findings, root, model);
        couplings(findings, root, model);
    }
}

/// Lowest and highest value of a number of the model.
fn range(model: &Model, slot: Slot, centre: f64) -> (f64, f64) {
    let drawn: Option<Distribution> = model.uncertain.iter().find(|u| u.slot == slot).map(|u| u.distribution);
    drawn.map_or((centre, centre), |d| d.support())
}

/// Where a key of an entry of an array of tables is written, or else the entry.
fn place(root: &Table, table: &str, id: &str, key: &str) -> At {
    let list = root.get(table).and_then(Node::list).unwrap_or_default();
    let entry =
        list.iter().enumerate().find(|(k, n)| n.table().and_then(|t| crate::scenario::overlay::id_of(table, *k, t)).as_deref() == Some(id));
    let Some((_, node)) = entry else { return At::whole(0) };
    let keys = node.table();
    keys.and_then(|t| t.get(key).or(t.get("id"))).map_or(node.at, |n| n.at)
}

/// Where a key of a table is written, or else the table.
fn key_place(root: &Table, table: &str, key: &str) -> At {
    let node = root.get(table);
    node.and_then(Node::table).and_then(|t| t.get(key)).or(node).map_or(At::whole(0), |n| n.at)
}

fn stake_columns(findings: &mut Findings, root: &Table, model: &Model) {
    let mut held = vec![0.0; model.firms.len()];
    let mut holders: Vec<Vec<String>> = vec![Vec::new(); model.firms.len()];
    let mut last = vec![None; model.firms.len()];
    for (k, s) in model.stakes.iter().enumerate() {
        let (_, high) = range(model, Slot::Stake(StakeNumber::Share, k), s.numbers.share);
        held[s.issuer.at()] += high;
        holders[s.issuer.at()].push(format!("{} {high}", model.firms[s.holder.at()].id));
        last[s.issuer.at()] = Some(&s.id);
    }
    for (j, sum) in held.iter().enumerate().filter(|(_, sum)| **sum > MOST_HELD + 1e-12) {
        let at = last[j].map_or(At::whole(0), |id| place(root, "stake", id, "share"));
        let found = format!("firms of the scenario hold {sum:.4} of `{}`: {}", model.firms[j].id, holders[j].join(", "));
        let expected = format!("at most {MOST_HELD} in all: somebody outside must hold the rest, or values have no unique solution");
        findings.error(at, found, expected, "a share of 10 % is written 0.1");
    }
}

/// Enterprise value at the as-of date implied by the market value (model 6.1): it may not be negative.
fn stubs(findings: &mut Findings, root: &Table, model: &Model) {
    for (i, firm) in model.firms.iter().enumerate() {
        let n = &firm.numbers;
        let value = model.fair_value_usd_bn(i);
        let stakes: f64 =
            model.stakes.iter().filter(|s| s.holder.at() == i).map(|s| s.numbers.share * model.fair_value_usd_bn(s.issuer.at())).sum();
        let lent: f64 = model.loans.iter().filter(|l| l.lender.at() == i).map(|l| l.numbers.balance_usd_bn).sum();
        let owed: f64 = model.loans.iter().filter(|l| l.borrower.at() == i).map(|l| l.numbers.balance_usd_bn).sum();
        let enterprise = value - n.cash_usd_bn + n.debt_usd_bn - lent + owed - stakes;
        let at = || place(root, "firm", &firm.id, "market_value_usd_bn");
        if enterprise < -1e-9 * value.max(1.0) {
            let found = format!(
                "the market value of firm `{}` is below what it owns: fair value {} - cash {} + debt {} - loans held {} + loans owed {} - stakes {} \
                 leaves an enterprise value of {}",
                firm.id,
                tidy(value),
                tidy(n.cash_usd_bn),
                tidy(n.debt_usd_bn),
                tidy(lent),
                tidy(owed),
                tidy(stakes),
                tidy(enterprise)
            );
            findings.error(
                at(),
                found,
                "an enterprise value of 0 or more",
                "check market_value_usd_bn, headline_discount, cash_usd_bn and the stakes held",
            );
            continue;
        }
        let (low_value, _) = range(model, Slot::Firm(FirmNumber::MarketValue, i), n.market_value_usd_bn);
        let (_, high_cash) = range(model, Slot::Firm(FirmNumber::Cash, i), n.cash_usd_bn);
        let (_, high_discount) = range(model, Slot::Firm(FirmNumber::HeadlineDiscount, i), n.headline_discount);
        let (low_debt, _) = range(model, Slot::Firm(FirmNumber::Debt, i), n.debt_usd_bn);
        let worst = low_value * (1.0 - high_discount) - high_cash + low_debt - lent + owed - stakes;
        if worst < -1e-9 * value.max(1.0) {
            let found = format!("some draws give firm `{}` an enterprise value as low as {}", firm.id, tidy(worst));
            findings.warn(at(), found, "an enterprise value of 0 or more in every draw", "narrow its distributions");
        }
    }
}

/// A number for a message: four digits after the point, and no negative zero.
fn tidy(x: f64) -> f64 {
    (x * 1e4).round() / 1e4 + 0.0
}

/// The three correlations must form a positive definite matrix, at every corner of their ranges (the set of such matrices is convex).
fn correlations(findings: &mut Findings, root: &Table, model: &Model) {
    let pairs = [
        (ShockNumber::CorrelationSentimentDemand, "correlation_sentiment_demand", "sentiment and demand"),
        (ShockNumber::CorrelationSentimentVendor, "correlation_sentiment_vendor", "sentiment and vendor share"),
        (ShockNumber::CorrelationDemandVendor, "correlation_demand_vendor", "demand and vendor share"),
    ];
    let ranges = pairs.map(|(field, _, _)| range(model, Slot::Shock(field), model.shocks.numbers.get(field)));
    let corner = |mask: usize| [0, 1, 2].map(|k| if mask >> k & 1 == 0 { ranges[k].0 } else { ranges[k].1 });
    let Some([a, b, c]) = (0..8).map(corner).find(|r| !positive_definite(*r)) else { return };
    // The pair to name is the one that leaves its range farthest behind, given the two others.
    let excess = |x: f64, y: f64, z: f64| {
        let width = ((1.0 - y * y) * (1.0 - z * z)).max(0.0).sqrt();
        ((x - (y * z + width)).max(y * z - width - x), (y * z - width, y * z + width))
    };
    let tests = [excess(a, b, c), excess(b, a, c), excess(c, a, b)];
    let given = [a, b, c];
    let worst = (0..3).max_by(|i, j| tests[*i].0.total_cmp(&tests[*j].0)).unwrap_or(0);
    let (_, key, words) = pairs[worst];
    let (low, high) = tests[worst].1;
    let found = format!(
        "the correlation matrix is not positive definite: {} between {words} does not go with {}",
        given[worst],
        (0..3).filter(|k| *k != worst).map(|k| format!("{} between {}", given[k], pairs[k].2)).collect::<Vec<_>>().join(" and ")
    );
    let expected =
        if low < high { format!("a correlation between {:.3} and {:.3}", low, high) } else { "correlations between -1 and 1".into() };
    findings.error(key_place(root, "shocks", key), found, expected, "");
}

fn positive_definite([a, b, c]: [f64; 3]) -> bool {
    1.0 - a * a > 1e-9 && 1.0 + 2.0 * a * b * c - a * a - b * b - c * c > 1e-9
}

/// A coupled tranche is paid in proportion to the investee's orders of the quarter before, relative to plan (model 4.1). That proportion is 1 on every path if nothing
/// is planned in a quarter before one in which the tranche can be paid. Told of an investment none of whose coupled tranches can feel its coupling.
fn couplings(findings: &mut Findings, root: &Table, model: &Model) {
    let numbered: Vec<(usize, &Tranche)> = model.tranches.iter().enumerate().collect();
    let number = |k: usize, t: &Tranche, field| range(model, Slot::Tranche(field, k), t.numbers.get(field)).1;
    for deal in numbered.chunk_by(|a, b| a.1.deal_key == b.1.deal_key) {
        let coupled = || deal.iter().filter(|(k, t)| number(*k, t, TrancheNumber::PurchaseCoupling) > 0.0);
        let Some((_, first)) = coupled().next().filter(|_| !coupled().any(|(k, t)| feels_orders(model, *k, t))) else { continue };
        let id = deal_of(&first.id);
        let investee = &model.firms[first.investee.at()].id;
        let due = model.quarter_label(first.due_quarter);
        let found = format!(
            "`purchase_coupling` of investment `{id}` changes nothing: money due in {due} is paid in proportion to what `{investee}` orders in the quarter before, for which no purchase is \
             planned"
        );
        let at = place(root, "investment", id, "purchase_coupling");
        let hint = "a later `due`, an earlier `start` of the purchase, or no `purchase_coupling`";
        findings.warn(at, found, format!("a purchase by `{investee}` in a quarter of the model before the money is due"), hint);
    }
}

/// Whether the investee has planned orders in a quarter before one in which the tranche can be paid. What has no condition is paid when it is due, or never.
fn feels_orders(model: &Model, k: usize, tranche: &Tranche) -> bool {
    let ends = |field| range(model, Slot::Tranche(field, k), tranche.numbers.get(field));
    let scripted = model.shocks.table.is_some() || model.shocks.stresses.iter().any(|s| s.target.series == Series::TrancheEvent);
    let waits = tranche.needs_window
        || tranche.regulatory
        || ends(TrancheNumber::ValuationFloor).1.max(ends(TrancheNumber::MinimumPurchases).1) > 0.0;
    let last = if !tranche.stage.binds() || scripted || ends(TrancheNumber::EventHazard).0 < 1.0 {
        model.horizon_quarters
    } else {
        tranche.due_quarter + if waits { model.rules.grace_quarters } else { 0 }
    };
    let bought = model.purchases.iter().filter(|p| p.buyer == tranche.investee);
    let quarters = tranche.due_quarter.max(2)..=last;
    bought.flat_map(|p| p.schedule_usd_bn.iter().zip(2..)).any(|(x, following)| *x > 0.0 && quarters.contains(&following))
}

/// In one quarter a deal advances, ends or stays: the first two probabilities cannot exceed 1 together.
fn hazards(findings: &mut Findings, root: &Table, model: &Model) {
    use ShockNumber::*;
    let pairs = [
        (TalksAdvanceBoom, TalksCancelBoom, "talks_advance_boom", "talks_cancel_boom"),
        (TalksAdvanceBust, TalksCancelBust, "talks_advance_bust", "talks_cancel_bust"),
        (LoiAdvanceBoom, LoiCancelBoom, "loi_advance_boom", "loi_cancel_boom"),
        (LoiAdvanceBust, LoiCancelBust, "loi_advance_bust", "loi_cancel_bust"),
    ];
    for (advance, cancel, first, second) in pairs {
        let high = |field: ShockNumber| range(model, Slot::Shock(field), model.shocks.numbers.get(field)).1;
        let (a, c) = (high(advance), high(cancel));
        if a + c > 1.0 + 1e-12 {
            let found = format!("`{first}` {a} and `{second}` {c} sum to {}", tidy(a + c));
            findings.error(key_place(root, "shocks", second), found, "at most 1 together: a deal advances, ends or stays", "");
        }
    }
}

/// A group in which nobody leads, or nobody but the leader sells, does not substitute.
fn groups_have_two_sides(findings: &mut Findings, root: &Table, model: &Model) {
    for (g, group) in model.groups.iter().enumerate() {
        let leads = |wanted: bool| model.purchases.iter().any(|p| p.group == Some((g, wanted)));
        let found = match (leads(true), leads(false)) {
            (true, true) => continue,
            (false, false) => format!("no purchase belongs to group `{}`", group.id),
            (false, true) => format!("no purchase of group `{}` is from its lead vendor", group.id),
            (true, false) => format!("every purchase of group `{}` is from its lead vendor: what it loses goes nowhere", group.id),
        };
        let at = place(root, "group", &group.id, "id");
        findings.warn(at, found, "purchases from the lead and from others, which may be `outside`", "");
    }
}
