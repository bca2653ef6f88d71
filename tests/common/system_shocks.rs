//! The table of drivers and the scripted stresses of the random systems of systems.rs, severe enough that many firms fail.

use std::fmt::Display;

use super::{Draft, Text, decimal};

/// Rows of drivers.csv.
struct Rows {
    path: usize,
    text: String,
}

impl Rows {
    fn row(&mut self, quarter: impl Display, driver: &str, entity: &str, value: f64) {
        self.text += &format!("{},{quarter},{driver},{entity},{}\n", self.path, decimal(value));
    }
}

impl Draft {
    /// The table of drivers.
    pub(super) fn drivers(&mut self, paths: usize) -> String {
        let mut rows = Rows { path: 0, text: "path,quarter,driver,entity,value\n".into() };
        for path in 0..paths {
            rows.path = path;
            let severity = self.dice.pick(&[0.4, 1.0, 1.7, 2.4]);
            self.common_drivers(severity, &mut rows);
            self.firm_drivers(severity, &mut rows);
            self.contract_drivers(&mut rows);
        }
        rows.text
    }

    /// Regime, sentiment, price of computing, freezes.
    fn common_drivers(&mut self, severity: f64, rows: &mut Rows) {
        let (mut sentiment, mut price, mut bust, mut freeze) = (0.0, 1.0, false, false);
        let moves_price = self.has(0.5);
        for t in 1..=self.quarters {
            bust = self.dice.chance(if bust { 0.8 } else { 0.25 * severity });
            freeze = self.dice.chance(if freeze { 0.5 } else { 0.1 });
            sentiment = 0.8 * sentiment + self.dice.between(-0.35, 0.2) * severity;
            price *= if self.dice.chance(0.4) { self.dice.between(0.4, 1.1) } else { 1.0 };
            // Some rows name the quarter by its label, as people do.
            let quarter = if self.dice.chance(0.1) { self.label(t).trim_matches('"').to_string() } else { t.to_string() };
            if t == 1 || bust {
                rows.row(&quarter, "regime", "", f64::from(u8::from(bust)));
            }
            rows.row(&quarter, "sentiment", "", sentiment);
            if moves_price {
                rows.row(t, "efficiency", "", price);
            }
            if freeze {
                rows.row(t, "regulatory_freeze", "", 1.0);
            }
        }
    }

    /// Revenue, windows, willingness to order.
    fn firm_drivers(&mut self, severity: f64, rows: &mut Rows) {
        for i in 0..self.n {
            let name = self.name(i);
            let mut x = 0.0;
            let closed = if self.has(0.7) { 0.3 } else { 0.0 };
            for t in 1..=self.quarters {
                x += self.dice.between(-0.22, 0.14) * severity;
                x -= if self.dice.chance(0.12 * severity) { self.dice.between(0.2, 1.0) } else { 0.0 };
                if !self.dice.chance(0.1) {
                    rows.row(t, "log_revenue", &name, x);
                }
                if self.dice.chance(closed * severity) {
                    rows.row(t, "window", &name, 0.0);
                }
            }
        }
        for t in 1..=self.quarters {
            if self.has(0.15) {
                // Everybody at once, or one firm.
                let whom = if self.dice.chance(0.3) { String::new() } else { format!("f{}", self.dice.below(self.n)) };
                let share = self.dice.between(0.2, 1.0);
                rows.row(t, "order_share", &whom, share);
            }
        }
    }

    /// Vendor shares, deals that are signed, events that happen.
    fn contract_drivers(&mut self, rows: &mut Rows) {
        for group in self.groups.clone() {
            let mut ratio = 1.0;
            for t in 1..=self.quarters {
                ratio *= self.dice.between(0.7, 1.15);
                rows.row(t, "vendor_share_ratio", &group, ratio);
            }
        }
        for deal in self.deals.clone() {
            let (signed, size) = (1 + self.dice.below(self.quarters + 1), self.dice.between(0.3, 2.5));
            for t in signed..=self.quarters {
                rows.row(t, "deal_scale", &deal, size);
            }
        }
        for tranche in self.tranches.clone() {
            if self.has(0.3) {
                let happens = 1 + self.dice.below(self.quarters + 1);
                for t in 1..=self.quarters {
                    rows.row(t, "tranche_event", &tranche, f64::from(u8::from(t >= happens)));
                }
            }
        }
    }

    /// The table `[shocks]`, and scripted stresses on top of the drivers.
    pub(super) fn shocks(&mut self) -> String {
        let mut text = Text::default();
        text.heading("[shocks]");
        text.word("drivers", "drivers.csv");
        if self.has(0.6) {
            let share = self.dice.unit();
            text.number("bust_funding_share", share);
        }
        for _ in 0..self.dice.below(1 + (4.0 * self.density) as usize) {
            let mut series = vec!["log_revenue", "sentiment", "regime", "window", "efficiency", "regulatory_freeze", "order_share"];
            series.extend(self.groups.first().map(|_| "vendor_share_ratio"));
            series.extend(self.deals.first().map(|_| "deal_scale"));
            series.extend(self.tranches.first().map(|_| "tranche_event"));
            let series = self.dice.pick(&series);
            let (entities, low, high): (Vec<String>, f64, f64) = match series {
                "log_revenue" => ((0..self.n).map(|i| self.name(i)).collect(), -0.6, 0.1),
                "window" => ((0..self.n).map(|i| self.name(i)).collect(), 0.0, 0.0),
                "order_share" => ((0..self.n).map(|i| self.name(i)).collect(), 0.3, 1.0),
                "vendor_share_ratio" => (self.groups.clone(), 0.5, 1.2),
                "deal_scale" => (self.deals.clone(), 0.0, 2.0),
                "tranche_event" => (self.tranches.clone(), 0.0, 0.0),
                "sentiment" => (vec![], -0.5, 0.1),
                "efficiency" => (vec![], 0.6, 1.1),
                _ => (vec![], 1.0, 1.0),
            };
            let (from, value) = (1 + self.dice.below(self.quarters), self.dice.between(low, high));
            let to = from + self.dice.below(self.quarters - from + 1);
            text.heading("[[stress]]");
            text.word("series", series);
            if !entities.is_empty() && self.dice.chance(0.7) {
                let whom = &entities[self.dice.below(entities.len())];
                text.word("entity", whom);
            }
            for (key, quarter) in [("from", from), ("to", to)] {
                if self.dice.chance(0.8) {
                    text.put(key, self.label(quarter));
                }
            }
            text.number("value", value);
        }
        text.0
    }
}
