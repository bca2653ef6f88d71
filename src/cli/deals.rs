//! Deals by name: which there are, of another size, and without one, with its money or its sales replaced or not. No command.

use bubblerisk::error::{Error, Result};
use bubblerisk::model::{Model, deal_of};
use bubblerisk::results::words::{self, Unit};
use bubblerisk::scenario::{self, Override};
use std::path::Path;

/// What a deal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Purchase,
    Investment,
}

/// What replaces a deal that is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instead {
    /// Of an investment: whatever outside capital can be raised. Of a purchase: outside suppliers sell the same on the same terms.
    Replaced,
    /// Of an investment: spending is cut by what is missing. Of a purchase: nothing is bought.
    NotReplaced,
}

/// Names of the purchases and investments of a model, investments last; the tranches of one investment are one deal.
pub fn names(model: &Model) -> Vec<(String, Kind)> {
    let purchases = model.purchases.iter().map(|p| (p.id.clone(), Kind::Purchase));
    let mut investments: Vec<String> = model.tranches.iter().map(|t| deal_of(&t.id).to_string()).collect();
    investments.dedup();
    purchases.chain(investments.into_iter().map(|d| (d, Kind::Investment))).collect()
}

/// What a deal is, or an error that lists those there are; `flag` is where it was named.
pub fn kind(model: &Model, flag: &str, deal: &str) -> Result<Kind> {
    let known = names(model);
    let plain =
        deal.split_once('.').filter(|(table, _)| ["purchase", "procurement", "investment"].contains(table)).map_or(deal, |(_, id)| id);
    known.iter().find(|(name, _)| name == plain).map(|(_, kind)| *kind).ok_or_else(|| {
        let names: Vec<String> = known.into_iter().map(|(name, _)| name).collect();
        Error::Usage(format!("{flag} {deal}: there is no purchase or investment of this name; there are {}", words::list(&names)))
    })
}

/// The change of a scenario that multiplies the money of a deal: the schedule of a purchase, or every tranche of an investment, drawn or not.
pub fn times(deal: &str, factor: f64) -> Override {
    let path = if deal.contains('.') { deal.to_string() } else { format!("deal.{deal}") };
    Override { path, value: format!("{{ times = {factor} }}") }
}

/// A scenario without a deal, and what that means, in a sentence.
pub fn without(file: &Path, first: &Model, deal: &str, instead: Instead) -> Result<(scenario::Loaded, String)> {
    let id = deal.split_once('.').map_or(deal, |(_, id)| id);
    match (kind(first, "--without", deal)?, instead) {
        (Kind::Investment, Instead::Replaced) => {
            let note =
                format!("{id} is not paid; outside capital may take its place as far as it can be raised (4.4), and spending plans stay.");
            Ok((scenario::load_with(file, &[], &[deal.to_string()])?, note))
        }
        (Kind::Investment, Instead::NotReplaced) => {
            let mut loaded = scenario::load_with(file, &[], &[deal.to_string()])?;
            let note = cut(&mut loaded.model, first, id);
            Ok((loaded, note))
        }
        (Kind::Purchase, Instead::Replaced) => {
            let note = format!("The buyer of {id} buys the same from outside suppliers on the same terms; only who is paid changes.");
            Ok((from_outside(file, first, id)?, note))
        }
        (Kind::Purchase, Instead::NotReplaced) => {
            let note = format!(
                "Nothing is bought instead of {id}: its buyer keeps the money and, by its plan, the revenue that it needed the purchase for."
            );
            Ok((scenario::load_with(file, &[], &[deal.to_string()])?, note))
        }
    }
}

/// Cuts the investee's spending by what an investment would have brought, and says by how much.
fn cut(model: &mut Model, first: &Model, deal: &str) -> String {
    let missing = first.planned_money(deal);
    if missing.is_empty() {
        return format!(
            "{deal} is not signed, so that no plan counts on its money and no spending is cut: the same as if it were replaced."
        );
    }
    // The firms are the same in both, in the same order: only a deal is gone.
    let said = model.cut_spending(&missing).into_iter().map(|c| {
        let whose = &model.firms[c.firm.at()].id;
        let amount = |v: f64| words::exact(v, Unit::UsdBn);
        let capped = c.missing_usd_bn - c.cut_usd_bn > 1e-9 * c.missing_usd_bn;
        let rest = if capped { format!(", of {} missing: there is no more to cut", amount(c.missing_usd_bn)) } else { String::new() };
        format!(
            "Nobody replaces the money of {deal}: {whose} spends {} less{rest}, pro rata on its purchases and capital expenditure from the due quarter of each tranche on.",
            amount(c.cut_usd_bn)
        )
    });
    said.collect::<Vec<_>>().join(" ")
}

/// The same purchase from outside suppliers.
fn from_outside(file: &Path, first: &Model, deal: &str) -> Result<scenario::Loaded> {
    let mut loaded = scenario::load_elsewhere(file, deal)?;
    if let (Some(now), Some(before)) =
        (loaded.model.purchases.iter_mut().find(|p| p.id == deal), first.purchases.iter().find(|p| p.id == deal))
    {
        // What is not written depends on the kind of the seller; the terms are to stay.
        now.numbers.take_or_pay = before.numbers.take_or_pay;
    }
    Ok(loaded)
}
