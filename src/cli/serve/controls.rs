//! What can be moved on the page: a control for each number that decides most, a deal for each contract; and what a setting of them changes in the scenario. No
//! simulation, no web.

use bubblerisk::error::{Error, Result, did_you_mean};
use bubblerisk::model::{
    FirmNumber, Group, GroupNumber, Investor, Model, Purchase, PurchaseNumber, Seller, Series, ShockNumber, Slot, Stage, deal_of,
};
use bubblerisk::results::words;
use bubblerisk::scenario::Override;
use serde::Serialize;

/// One slider.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Control {
    /// Name in the address of the page.
    pub id: String,
    /// Heading under which it stands.
    pub group: &'static str,
    /// What it moves, for people.
    pub label: String,
    /// What that is.
    pub help: String,
    /// Least value.
    pub low: f64,
    /// Greatest value.
    pub high: f64,
    /// Step of the slider.
    pub step: f64,
    /// Value at which the scenario is as written.
    pub neutral: f64,
    /// The number at the neutral value.
    pub centre: f64,
    /// How the number is written; `level` where the value is the number, else the value multiplies it.
    pub unit: &'static str,
    /// Whether the scenario draws the number on each path.
    pub is_drawn: bool,
    /// What it changes in the scenario.
    #[serde(skip)]
    change: Change,
}

#[derive(Debug, Clone, PartialEq)]
enum Change {
    /// Multiplies whatever these paths name.
    Times(Vec<String>),
    /// Sets the number that a path names.
    Value(String),
    /// Sets the drift of a group so that the lead vendor has a share at the horizon, from its share at the as-of date.
    Drift { path: String, start: f64, quarters: f64 },
}

/// One contract that can be left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deal {
    /// Name in the address of the page, and to leave it out.
    pub id: String,
    /// Table of the scenario.
    pub kind: &'static str,
    /// Who pays, holds or promises.
    pub from: String,
    /// Who is paid, held or backed.
    pub to: String,
    /// Dollars over the horizon, USD billion, at central numbers.
    pub usd_bn: f64,
    /// How far it has come.
    pub stage: Option<Stage>,
    /// Its size, where it has one.
    pub size: Option<Control>,
}

/// Everything that can be moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Desk {
    /// Sliders.
    pub controls: Vec<Control>,
    /// Contracts.
    pub deals: Vec<Deal>,
}

/// A setting: sliders away from neutral, and contracts that are left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Setting {
    /// Changes, in the order of the controls.
    pub set: Vec<Override>,
    /// Contracts left out, in their order.
    pub without: Vec<String>,
}

impl Desk {
    /// What can be moved in a model.
    pub fn of(model: &Model) -> Desk {
        let groups = [stresses(model), plans(model), bust(model), contracts(model), vendors(model)];
        Desk { controls: groups.into_iter().flatten().collect(), deals: deals(model) }
    }

    /// The setting that words of an address say, such as `hazard=1.5` and `off=amazon-openai-10`.
    ///
    /// # Errors
    /// [`Error::Usage`] for a name that is none of this scenario, or a value that its slider cannot have.
    pub fn setting(&self, words: &[(String, String)]) -> Result<Setting> {
        let sliders: Vec<&Control> = self.controls.iter().chain(self.deals.iter().filter_map(|d| d.size.as_ref())).collect();
        let off: Vec<&str> = words.iter().filter(|w| w.0 == "off").map(|w| w.1.as_str()).collect();
        for id in &off {
            if !self.deals.iter().any(|d| d.id == **id) {
                let known = self.deals.iter().map(|d| d.id.as_str());
                return Err(Error::Usage(format!("off={id}: there is no deal of this name; {}", did_you_mean(id, known))));
            }
        }
        for (name, _) in words.iter().filter(|w| w.0 != "off") {
            if !sliders.iter().any(|c| c.id == *name) {
                let known: Vec<&str> = sliders.iter().map(|c| c.id.as_str()).collect();
                return Err(Error::Usage(format!("{name}: there is no such control; {}", did_you_mean(name, known))));
            }
        }
        let is_off = |c: &Control| self.deals.iter().any(|d| off.contains(&d.id.as_str()) && d.size.as_ref() == Some(c));
        let mut set = Vec::new();
        for control in sliders.into_iter().filter(|c| !is_off(c)) {
            if let Some((_, text)) = words.iter().rfind(|w| w.0 == control.id) {
                set.extend(control.changes(text)?);
            }
        }
        let without = self.deals.iter().filter(|d| off.contains(&d.id.as_str())).map(|d| d.id.clone()).collect();
        Ok(Setting { set, without })
    }
}

impl Control {
    fn changes(&self, text: &str) -> Result<Vec<Override>> {
        let value = text.parse().ok().filter(|v: &f64| (self.low..=self.high).contains(v));
        let value =
            value.ok_or_else(|| Error::Usage(format!("{}={text}: expected a number from {} to {}", self.id, self.low, self.high)))?;
        if value == self.neutral {
            return Ok(vec![]);
        }
        Ok(match &self.change {
            Change::Times(paths) => paths.iter().map(|p| Override { path: p.clone(), value: format!("{{ times = {value} }}") }).collect(),
            Change::Value(path) => vec![Override { path: path.clone(), value: value.to_string() }],
            Change::Drift { path, start, quarters } => {
                // To ten digits: what is written down is what is run.
                let drift = format!("{:.10}", (logit(value) - logit(*start)) / quarters);
                vec![Override { path: path.clone(), value: drift }]
            }
        })
    }

    fn times(group: &'static str, id: String, label: String, help: &str, centre: f64, path: String) -> Control {
        Control {
            id,
            group,
            label,
            help: help.into(),
            low: 0.0,
            high: 2.0,
            step: 0.05,
            neutral: 1.0,
            centre,
            unit: "share",
            is_drawn: false,
            change: Change::Times(vec![path]),
        }
    }
}

fn logit(share: f64) -> f64 {
    (share / (1.0 - share)).ln()
}

fn is_drawn(model: &Model, is_it: impl Fn(Slot) -> bool) -> bool {
    model.uncertain.iter().any(|u| is_it(u.slot))
}

/// What the scenario scripts as a share: of orders, of price, of the vendor's share, of a deal's size.
fn stresses(model: &Model) -> Vec<Control> {
    let mut list: Vec<Control> = Vec::new();
    for s in &model.shocks.stresses {
        let (what, high): (&str, f64) = match s.target.series {
            Series::OrderShare => ("Share of its orders that is placed", 1.0),
            Series::Efficiency => ("Price of computing over that at the as-of date", 1.5),
            Series::VendorShareRatio => ("Share of the lead vendor over that at the as-of date", 1.5),
            Series::DealScale => ("Size of the deal at signing over its reported size", 3.0),
            _ => continue,
        };
        let id = format!("stress.{}", s.id);
        if list.iter().any(|c| c.id == id) {
            continue;
        }
        let help = format!("{what}, {} to {}: scripted.", model.quarter_label(s.from_quarter), model.quarter_label(s.to_quarter));
        let low = if s.target.series == Series::Efficiency { 0.05 } else { 0.0 };
        let control = Control::times("Scripted", id, s.id.clone(), &help, s.value, String::new());
        let change = Change::Value(format!("stress.{}.value", s.id));
        list.push(Control { low, high: high.max(s.value), step: 0.01, neutral: s.value, unit: "level", change, ..control });
    }
    list
}

/// How far the plans of firms are believed: of those whose plans the scenario doubts, or else of all. Where nothing is random, revenue keeps to its plan.
fn plans(model: &Model) -> Vec<Control> {
    if !model.shocks.random {
        return vec![];
    }
    let help = "Median revenue from outside customers at the horizon over the plan's: 1 if the plan is believed, less if it is too rosy.";
    let drawn = |i: usize| is_drawn(model, |s| s == Slot::Firm(FirmNumber::PlanRealism, i));
    let doubted: Vec<usize> = (0..model.firms.len()).filter(|&i| drawn(i) || model.firms[i].numbers.plan_realism != 1.0).collect();
    let sells = |i: &usize| model.firms[*i].external_revenue_usd_bn.iter().any(|x| *x > 0.0);
    let firms = if doubted.is_empty() { (0..model.firms.len()).filter(sells).collect() } else { doubted };
    let one = |&i: &usize| {
        let firm = &model.firms[i];
        let path = format!("firm.{}.plan_realism", firm.id);
        let control = Control::times("Plan realism", format!("plan.{}", firm.id), firm.name.clone(), help, firm.numbers.plan_realism, path);
        Control { low: 0.2, step: 0.02, is_drawn: drawn(i), ..control }
    };
    firms.iter().map(one).collect()
}

/// The regime and what it does, where there is one.
fn bust(model: &Model) -> Vec<Control> {
    if !model.shocks.random {
        return vec![];
    }
    let of = |id: &str, label: &str, help: &str, number: ShockNumber| {
        let key = ShockNumber::ALL.iter().find(|n| n.0 == number).map_or("", |n| n.1);
        let (centre, path) = (model.shocks.numbers.get(number), format!("shocks.{key}"));
        let control = Control::times("The bust", id.into(), label.into(), help, centre, path);
        Control { high: 3.0, unit: "per_quarter", is_drawn: is_drawn(model, |s| s == Slot::Shock(number)), ..control }
    };
    let begins = of("hazard", "Hazard of a bust", "Probability in each quarter of boom that a bust begins.", ShockNumber::BoomToBust);
    let ends = of(
        "recovery",
        "Hazard of a recovery",
        "Probability in each quarter of bust that it ends: more is a shorter bust.",
        ShockNumber::BustToBoom,
    );
    let sales = "Drift of demand for what the firms sell to outsiders, in each quarter of a bust.";
    let demand = of("demand", "Demand in a bust", sales, ShockNumber::DemandDriftBust);
    let outside = "Outside capital that can be raised in a bust, as a share of that in a boom.";
    let funding = of("funding", "Funding in a bust", outside, ShockNumber::BustFundingShare);
    let all = [begins, Control { low: 0.25, ..ends }, demand, Control { high: 2.0, unit: "share", ..funding }];
    all.into_iter().filter(|c| c.centre != 0.0).collect()
}

/// Terms that hold for all purchases.
fn contracts(model: &Model) -> Vec<Control> {
    let dollars = |p: &Purchase| p.numbers.scale * p.schedule_usd_bn.iter().sum::<f64>();
    let total: f64 = model.purchases.iter().map(dollars).sum();
    if total <= 0.0 {
        return vec![];
    }
    let mean = model.purchases.iter().map(|p| p.numbers.take_or_pay * dollars(p)).sum::<f64>() / total;
    let help = "Share of a purchase that is owed whether it is used or not: mean over all purchases by dollars. Each keeps its own, times the same; none passes 1.";
    let control = Control::times("Contracts", "take-or-pay".into(), "Take-or-pay".into(), help, mean, "deal.*.take_or_pay".into());
    let drawn = is_drawn(model, |s| matches!(s, Slot::Purchase(PurchaseNumber::TakeOrPay, _)));
    vec![Control { is_drawn: drawn, ..control }]
}

/// Where the lead vendor of each group ends, where shares move.
fn vendors(model: &Model) -> Vec<Control> {
    if !model.shocks.random {
        return vec![];
    }
    let quarters = model.horizon_quarters as f64;
    let one = |(g, group): (usize, &Group)| {
        let start = group.numbers.lead_share;
        let ending = 1.0 / (1.0 + (-(logit(start) + group.numbers.logit_drift_per_quarter * quarters)).exp());
        let leads = |p: &&Purchase| p.group == Some((g, true));
        let lead = model.purchases.iter().find(leads).and_then(|p| match p.seller {
            Seller::Firm(f) => Some(model.firms[f.at()].name.clone()),
            Seller::Outside => None,
        });
        let last = model.quarter_label(model.horizon_quarters);
        let help = format!(
            "Median share of the lead vendor of {} in {last}, from {} % at the as-of date: what it loses of the buyers' discretionary purchases, the others gain.",
            group.id,
            words::number(100.0 * start, 0)
        );
        Control {
            id: format!("share.{}", group.id),
            group: "Vendors",
            label: format!("Share of {}", lead.unwrap_or_else(|| group.id.clone())),
            help,
            low: ending.min(0.02),
            high: ending.max(0.98),
            step: 0.01,
            neutral: ending,
            centre: ending,
            unit: "level",
            is_drawn: is_drawn(model, |s| s == Slot::Group(GroupNumber::LogitDrift, g)),
            change: Change::Drift { path: format!("group.{}.logit_drift_per_quarter", group.id), start, quarters },
        }
    };
    model.groups.iter().enumerate().map(one).collect()
}

/// Every contract: investments, purchases, then what is held, lent and promised.
fn deals(model: &Model) -> Vec<Deal> {
    let name = |i: usize| model.firms[i].name.clone();
    let outside = || "outside".to_string();
    let sum = |xs: &[f64]| xs.iter().sum::<f64>();
    let mut list: Vec<Deal> = Vec::new();
    for t in &model.tranches {
        let id = deal_of(&t.id);
        match list.iter_mut().find(|d| d.id == id) {
            Some(deal) => deal.usd_bn += t.numbers.amount_usd_bn,
            None => {
                let from = match t.investor {
                    Investor::Firm(f) => name(f.at()),
                    Investor::Outside => outside(),
                };
                list.push(sized(id, "investment", (from, name(t.investee.at())), t.numbers.amount_usd_bn, t.stage));
            }
        }
    }
    for p in &model.purchases {
        let to = match p.seller {
            Seller::Firm(f) => name(f.at()),
            Seller::Outside => outside(),
        };
        let usd_bn = p.numbers.scale * sum(&p.schedule_usd_bn);
        match list.iter_mut().find(|d| d.id == p.id) {
            Some(deal) => deal.usd_bn += usd_bn,
            None => list.push(sized(&p.id, "purchase", (name(p.buyer.at()), to), usd_bn, p.stage)),
        }
    }
    for d in &mut list {
        let centre = d.usd_bn;
        d.size.iter_mut().for_each(|size| size.centre = centre);
    }
    let mut add = |table: &'static str, id: &str, from: usize, to: usize, usd_bn: f64| {
        // A name that stands for something else already is said with its table.
        let id = if list.iter().any(|d| d.id == id && d.kind != table) { format!("{table}.{id}") } else { id.to_string() };
        match list.iter_mut().find(|d| d.id == id) {
            Some(deal) => deal.usd_bn += usd_bn,
            None => list.push(Deal { id, kind: table, from: name(from), to: name(to), usd_bn, stage: None, size: None }),
        }
    };
    for s in &model.stakes {
        add("stake", &s.id, s.holder.at(), s.issuer.at(), s.numbers.share * model.fair_value_usd_bn(s.issuer.at()));
    }
    for l in &model.loans {
        add("loan", &l.id, l.lender.at(), l.borrower.at(), l.numbers.balance_usd_bn);
    }
    for w in &model.warrants {
        let id = deal_of(&w.id);
        add("warrant", id, w.issuer.at(), w.holder.at(), w.numbers.shares * model.fair_value_usd_bn(w.issuer.at()));
    }
    for b in &model.backstops {
        add("backstop", &b.id, b.guarantor.at(), b.beneficiary.at(), b.numbers.cap_usd_bn);
    }
    list
}

/// A purchase or an investment.
fn sized(id: &str, kind: &'static str, (from, to): (String, String), usd_bn: f64, stage: Stage) -> Deal {
    let help = "Every payment times the same; what is drawn on each path is multiplied, too.";
    let path = format!("deal.{id}");
    let size = Control::times("Deals", format!("size.{id}"), "Size".into(), help, usd_bn, path);
    let size = Some(Control { high: 3.0, unit: "usd_bn", ..size });
    Deal { id: id.into(), kind, from, to, usd_bn, stage: Some(stage), size }
}
