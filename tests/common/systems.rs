//! Small random systems as the text of a scenario file and of its table of drivers, for the comparison with the twin program (tests/twin.rs). They use every
//! key of the grammar that changes numbers; no distributions, no `extends`, no CSV files of firms. Not here: running them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write};

use bubblerisk::engine::Engine;
use bubblerisk::lanes::Isa;
use bubblerisk::scenario::load_text;

use crate::common::random::Dice;

#[path = "system_shocks.rs"]
mod shocks;

/// A system as its two files.
pub struct System {
    pub firms: usize,
    pub quarters: usize,
    pub paths: usize,
    pub scenario: String,
    pub drivers: String,
    /// Keys (`purchase.take_or_pay`), forms and words that it uses (`purchase.seller=outside`), and drivers (`driver.window`).
    pub features: BTreeSet<String>,
}

/// The system of a number. Most numbers give one at the first attempt; a plan that cash cannot mend is thrown again.
pub fn system(number: u64) -> System {
    (0..100).find_map(|attempt| Draft::throw(number, attempt)).expect("one of a hundred drafts has a plan that can be paid for")
}

/// TOML as it grows.
#[derive(Default)]
struct Text(String);

impl Text {
    fn heading(&mut self, heading: &str) {
        self.put_line(format!("\n{heading}"));
    }

    fn put_line(&mut self, line: impl Display) {
        writeln!(self.0, "{line}").expect("text grows");
    }

    fn put(&mut self, key: &str, value: impl Display) {
        self.put_line(format!("{key} = {value}"));
    }

    fn word(&mut self, key: &str, word: &str) {
        self.put(key, format!("{word:?}"));
    }

    fn number(&mut self, key: &str, x: f64) {
        self.put(key, decimal(x));
    }
}

/// Four digits after the point, so that every reader parses the same number.
fn decimal(x: f64) -> String {
    format!("{:?}", (x * 1e4).round() / 1e4 + 0.0)
}

/// A number of a firm with a default by kind or for all: key, range, and how often a firm gives its own.
type Trait = (&'static str, f64, f64, f64);

const TRAITS: [Trait; 23] = [
    ("variable_cost_ratio", 0.0, 0.6, 0.8),
    ("value_growth_per_year", -0.05, 0.2, 0.6),
    ("sentiment_beta", 0.0, 1.6, 0.6),
    ("value_elasticity", 0.5, 2.0, 0.6),
    ("spending_elasticity", 0.0, 2.0, 0.6),
    ("revenue_feedback_per_quarter", 0.0, 0.3, 0.5),
    ("equity_capacity_per_quarter", 0.0, 0.03, 0.6),
    ("loan_to_value", 0.0, 0.2, 0.9),
    ("interest_rate_per_year", 0.0, 0.15, 0.5),
    ("default_recovery_own", 0.4, 1.0, 0.4),
    ("default_recovery_incoming", 0.4, 1.0, 0.4),
    ("bankruptcy_cost", 0.0, 0.5, 0.4),
    ("rejection_claim", 0.0, 1.0, 0.4),
    ("recapture", 0.0, 0.8, 0.4),
    ("external_revenue_scale", 0.8, 1.3, 0.15),
    ("fixed_cost_scale", 0.8, 1.3, 0.15),
    ("capex_scale", 0.8, 1.3, 0.15),
    ("minimum_cash_usd_bn", 0.0, 3.0, 0.3),
    ("credit_line_usd_bn", 0.0, 3.0, 0.3),
    // Only the random drivers ask for these: under a table of drivers they change nothing.
    ("plan_realism", 0.5, 1.1, 0.05),
    ("demand_beta", 0.0, 2.0, 0.05),
    ("price_elasticity", 0.0, 1.5, 0.05),
    ("revenue_volatility_per_quarter", 0.0, 0.3, 0.05),
];

const RULES: [Trait; 8] = [
    ("spending_cap", 1.0, 2.5, 0.5),
    ("floor_ramp", 0.0, 0.2, 0.25),
    ("enforceability", 0.3, 1.0, 0.4),
    ("default_recovery_own", 0.4, 1.0, 0.3),
    ("default_recovery_incoming", 0.4, 1.0, 0.3),
    ("bankruptcy_cost", 0.0, 0.5, 0.3),
    ("rejection_claim", 0.0, 1.0, 0.3),
    ("recapture", 0.0, 0.8, 0.3),
];

const KINDS: [&str; 6] = ["lab", "hyperscaler", "neocloud", "chips", "holding", "other"];

/// What is known of a firm beyond its text.
struct FirmDraft {
    size: f64,
    cash: f64,
    debt: f64,
    enterprise: f64,
    discount: f64,
    text: String,
}

/// A purchase that a procurement can serve.
struct Sale {
    id: String,
    buyer: usize,
    seller: Option<usize>,
}

/// A system that is being written.
struct Draft {
    dice: Dice,
    n: usize,
    quarters: usize,
    /// Year and quarter of quarter 1.
    first: (i64, i64),
    /// How much of everything there is, from few contracts to many.
    density: f64,
    beyond: bool,
    head: Text,
    firms: Vec<FirmDraft>,
    contracts: Text,
    stakes: Vec<(usize, usize, f64)>,
    loans: Vec<(usize, usize, f64)>,
    sales: Vec<Sale>,
    /// Identifiers that drivers and stresses may name.
    deals: Vec<String>,
    tranches: Vec<String>,
    groups: Vec<String>,
}

impl Draft {
    /// Writes one system; `None` if its plan cannot be paid for, however much cash its firms have.
    fn throw(number: u64, attempt: u64) -> Option<System> {
        let mut dice = Dice(number.wrapping_mul(1_000_003).wrapping_add(attempt));
        let (n, quarters) = (1 + number as usize % 6, 2 + dice.below(5));
        let density = dice.pick(&[0.25, 0.5, 0.75, 1.0]);
        let mut d = Draft {
            dice,
            n,
            quarters,
            first: (2026, 1),
            density,
            beyond: false,
            head: Text::default(),
            firms: vec![],
            contracts: Text::default(),
            stakes: vec![],
            loans: vec![],
            sales: vec![],
            deals: vec![],
            tranches: vec![],
            groups: vec![],
        };
        d.write_head();
        d.write_firms();
        d.write_contracts();
        d.make_financeable()?;
        let paths = 1 + d.dice.below(2);
        let shocks = d.shocks();
        let drivers = d.drivers(paths);
        let scenario = d.render(&shocks);
        let features = features(&scenario, &drivers);
        Some(System { firms: n, quarters, paths, scenario, drivers, features })
    }

    /// Whether something that is there with probability `p` in the densest systems is there.
    fn has(&mut self, p: f64) -> bool {
        self.dice.chance(p * self.density)
    }

    /// A calendar quarter, `"2026Q3"`, from 1 on.
    fn label(&self, quarter: usize) -> String {
        let index = self.first.0 * 4 + self.first.1 - 1 + quarter as i64 - 1;
        format!("\"{}Q{}\"", index / 4, index % 4 + 1)
    }

    fn name(&self, i: usize) -> String {
        format!("f{i}")
    }

    /// A firm other than `i`.
    fn other(&mut self, i: usize) -> usize {
        (i + 1 + self.dice.below(self.n - 1)) % self.n
    }

    fn two(&mut self) -> (usize, usize) {
        let a = self.dice.below(self.n);
        (a, self.other(a))
    }

    fn write_head(&mut self) {
        self.first = self.dice.pick(&[(2026, 1), (2026, 1), (2026, 2), (2026, 3), (2027, 1)]);
        self.beyond = self.has(0.1);
        let label = self.label(1);
        self.head.put_line("# Written by tests/twin.rs.\n\n[scenario]");
        self.head.word("as_of", "2025-12-31");
        if self.first != (2026, 1) {
            self.head.put("first_quarter", label);
        }
        self.head.put("horizon_quarters", self.quarters);
        if self.beyond {
            self.head.put("beyond_horizon", true);
        }
        self.head.heading("[rules]");
        self.traits_of_head(&RULES, 1.0);
        if self.has(0.4) {
            let weight = self.dice.unit();
            self.head.number("circular_revenue_weight", weight);
        }
        if self.has(0.6) {
            let grace = self.dice.below(4);
            self.head.put("grace_quarters", grace);
        }
    }

    fn traits_of_head(&mut self, traits: &[Trait], often: f64) {
        for (key, low, high, p) in traits {
            if self.has(p * often) {
                let x = self.dice.between(*low, *high);
                self.head.number(key, x);
            }
        }
    }

    fn write_firms(&mut self) {
        let kinds: Vec<&str> = (0..self.n).map(|_| self.dice.pick(&KINDS[..if self.n > 2 { 4 } else { 6 }])).collect();
        let mut discounts: BTreeMap<&str, f64> = BTreeMap::new();
        for kind in BTreeSet::from_iter(kinds.iter().copied()) {
            if self.has(0.3) {
                self.head.heading(&format!("[kind.{kind}]"));
                self.traits_of_head(&TRAITS, 0.3);
                if self.has(0.3) {
                    let discount = (self.dice.between(0.0, 0.3) * 1e4).round() / 1e4;
                    self.head.number("headline_discount", discount);
                    discounts.insert(kind, discount);
                }
            }
        }
        for (i, kind) in kinds.into_iter().enumerate() {
            let discount = discounts.get(kind).copied();
            let firm = self.firm(i, kind, discount);
            self.firms.push(firm);
        }
    }

    fn firm(&mut self, i: usize, kind: &str, of_kind: Option<f64>) -> FirmDraft {
        let size = self.dice.between(0.0, 1.5).exp();
        let mut text = Text::default();
        text.word("id", &self.name(i));
        text.word("kind", kind);
        let listed = !self.has(0.6);
        if !listed {
            text.put("listed", false);
        }
        let mut discount = of_kind.unwrap_or(if listed { 0.0 } else { 0.15 });
        if self.has(0.3) {
            discount = (self.dice.between(0.0, 0.3) * 1e4).round() / 1e4;
            text.number("headline_discount", discount);
        }
        if self.has(0.6) {
            text.put("debt_first", true);
        }
        let revenue = if self.dice.chance(0.1) { 0.0 } else { 2.0 * size };
        self.plan(&mut text, "external_revenue_usd_bn", revenue, 1.0);
        let (fixed, capex) = (size * self.dice.between(0.0, 1.5), size * self.dice.between(0.0, 0.6));
        self.plan(&mut text, "fixed_cost_usd_bn", fixed, 0.9);
        self.plan(&mut text, "capex_usd_bn", capex, 0.5);
        for (key, low, high, p) in TRAITS {
            if self.has(p) {
                let x = self.dice.between(low, high);
                text.number(key, x);
            }
        }
        let debt = self.debt(&mut text, size);
        let enterprise = size * self.dice.between(0.5, 20.0) + 1.1 * debt;
        let cash = size * self.dice.between(0.0, 2.0);
        FirmDraft { size, cash, debt, enterprise, discount, text: text.0 }
    }

    /// A plan by quarter, in one of the forms of a schedule.
    fn plan(&mut self, text: &mut Text, key: &str, amount: f64, p: f64) {
        if amount > 0.0 && self.dice.chance(p) {
            let form = if self.has(1.0) { self.dice.below(6) } else { 0 };
            let schedule = if form == 5 { self.yearly(amount, self.quarters) } else { self.schedule(amount, form, self.quarters) };
            text.put(key, schedule);
        }
    }

    /// A schedule of about `amount` a quarter over `quarters`: plain, flat, ramp, growth or list.
    fn schedule(&mut self, amount: f64, form: usize, quarters: usize) -> String {
        let mut around = |low: f64, high: f64| decimal(amount * self.dice.between(low, high));
        match form {
            0 => around(0.9, 1.1),
            1 => format!("{{ flat = {} }}", around(0.9, 1.1)),
            2 => format!("{{ ramp = {{ from = {}, to = {} }} }}", around(0.7, 1.1), around(0.9, 1.4)),
            3 => {
                let start = around(0.8, 1.1);
                format!("{{ growth = {{ start = {start}, rate_per_year = {} }} }}", decimal(self.dice.between(-0.2, 0.6)))
            }
            _ => {
                let list: Vec<String> = (0..quarters).map(|_| around(0.7, 1.3)).collect();
                format!("{{ list = [{}] }}", list.join(", "))
            }
        }
    }

    /// Totals of the calendar years that `quarters` from the first touch.
    fn yearly(&mut self, amount: f64, quarters: usize) -> String {
        let last = self.first.0 * 4 + self.first.1 - 1 + quarters as i64 - 1;
        let year = |y: i64| {
            let left = if y == self.first.0 { 5 - self.first.1 } else { 4 };
            format!("\"{y}\" = {}", decimal(amount * left as f64 * self.dice.between(0.8, 1.2)))
        };
        let years: Vec<String> = (self.first.0..=last / 4).map(year).collect();
        format!("{{ yearly = {{ {} }} }}", years.join(", "))
    }

    /// Debt to outsiders and when it matures; returns the debt.
    fn debt(&mut self, text: &mut Text, size: f64) -> f64 {
        if !self.has(0.8) {
            return 0.0;
        }
        let debt = (size * self.dice.between(0.2, 5.0) * 1e4).round() / 1e4;
        text.number("debt_usd_bn", debt);
        if self.has(0.7) {
            let tenor = 1 + self.dice.below(4);
            text.put("debt_tenor_quarters", tenor);
        }
        if self.has(0.8) {
            let part = debt * self.dice.between(0.3, 0.99);
            if self.dice.chance(0.3) {
                let early = self.dice.unit();
                let (a, b) = (decimal(part * early), decimal(part * (1.0 - early) * 0.99));
                text.put("debt_maturing", format!("{{ \"{}\" = {a}, \"{}\" = {b} }}", self.first.0, self.first.0 + 1));
            } else {
                let count = 1 + self.dice.below(self.quarters + 1);
                let list: Vec<String> = (0..count).map(|_| decimal(part / count as f64 * self.dice.between(0.4, 1.0))).collect();
                text.put("debt_maturing", format!("{{ list = [{}] }}", list.join(", ")));
            }
        }
        debt
    }

    /// Gives firms cash until the plan can be paid for, and some more; `None` if cash does not help.
    fn make_financeable(&mut self) -> Option<()> {
        let mut has_margin = false;
        for _ in 0..40 {
            let missing = self.missing();
            if missing.iter().any(|x| *x > 0.0) {
                for (f, missing) in self.firms.iter_mut().zip(missing) {
                    f.cash += 1.05 * missing + if missing > 0.0 { 0.01 } else { 0.0 };
                }
            } else if has_margin {
                return Some(());
            } else {
                let margin = self.dice.pick(&[0.05, 0.3, 1.0]);
                for f in &mut self.firms {
                    f.cash += margin * f.size * self.dice.unit();
                }
                has_margin = true;
            }
        }
        None
    }

    /// What each firm misses most in a quarter of the plan.
    fn missing(&self) -> Vec<f64> {
        let text = self.render("");
        let loaded = load_text("system.toml", &text).unwrap_or_else(|e| panic!("a generated scenario is not valid: {e}\n{text}"));
        let engine = Engine::new(&loaded.model, Isa::detect()).expect("a system has firms and quarters");
        let mut missing = vec![0.0; self.n];
        for gap in engine.plan_gaps() {
            missing[gap.firm] = f64::max(missing[gap.firm], gap.usd_bn);
        }
        missing
    }

    /// The scenario's text, with market values that calibration turns back into the enterprise values.
    fn render(&self, shocks: &str) -> String {
        let values = self.values();
        let mut text = Text::default();
        for (f, value) in self.firms.iter().zip(values) {
            text.heading("[[firm]]");
            text.0 += &f.text;
            text.number("cash_usd_bn", f.cash);
            text.number("market_value_usd_bn", value / (1.0 - f.discount) + 0.001);
        }
        self.head.0.clone() + &text.0 + &self.contracts.0 + shocks
    }

    /// V = EV + cash - debt + loans + stakes, by iteration: stakes are below 1.
    fn values(&self) -> Vec<f64> {
        let mut base: Vec<f64> = self.firms.iter().map(|f| f.enterprise + f.cash - f.debt).collect();
        for &(lender, borrower, balance) in &self.loans {
            base[lender] += balance;
            base[borrower] += 0.5 * balance;
        }
        let mut values = base.clone();
        for _ in 0..500 {
            let mut next = base.clone();
            for &(holder, issuer, share) in &self.stakes {
                next[holder] += share * values[issuer];
            }
            values = next;
        }
        values
    }
}

/// What a system uses, read off its text.
fn features(scenario: &str, drivers: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut table = String::new();
    for line in scenario.lines() {
        if line.starts_with('[') {
            table = line.trim_matches(['[', ']']).to_string();
            table = if table.starts_with("kind.") { "kind".into() } else { table };
            found.insert(table.clone());
        } else if let Some((key, value)) = line.split_once(" = ") {
            let key = format!("{table}.{key}");
            let form = value.strip_prefix("{ ").and_then(|v| v.split([' ', '=']).next()).filter(|f| !f.starts_with('"'));
            let word = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).filter(|w| WORDS.contains(w));
            if let Some(form) = form.or(word) {
                found.insert(format!("{key}={form}"));
            }
            if value.starts_with("{ \"") {
                found.insert(format!("{key}=by year"));
            }
            found.insert(key);
        }
    }
    let series = drivers.lines().skip(1).filter_map(|line| line.split(',').nth(2));
    found.extend(series.map(|series| format!("driver.{series}")));
    found
}

/// Words that count as features of their key.
const WORDS: [&str; 14] = [
    "outside",
    "talks",
    "loi",
    "signed",
    "active",
    "flat",
    "ramp",
    "lab",
    "hyperscaler",
    "neocloud",
    "chips",
    "holding",
    "other",
    "sentiment",
];

#[path = "system_contracts.rs"]
mod contracts;
