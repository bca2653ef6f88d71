//! The contracts of the random systems of systems.rs: stakes, purchases and procurement, investments, loans, warrants, backstops, groups.

use super::{Draft, Sale, Text, decimal};

impl Draft {
    pub(super) fn write_contracts(&mut self) {
        for c in 0..self.dice.below(2) + usize::from(self.has(0.6)) {
            let buyer = self.dice.below(self.n);
            self.purchase(&format!("supply{c}"), buyer, None, None);
        }
        if self.n > 1 {
            self.trade();
            self.stakes();
            self.loans_warrants_backstops();
        }
        self.procurement();
        self.investments();
    }

    /// Purchases among firms, often in a circle, some of them within a group of vendors.
    fn trade(&mut self) {
        let count = 1 + self.dice.below(1 + (self.density * 2.0 * self.n as f64) as usize);
        for c in 0..count {
            let (buyer, seller) = if c < self.n && self.dice.chance(0.6) { (c, (c + 1) % self.n) } else { self.two() };
            self.purchase(&format!("order{c}"), buyer, Some(seller), None);
        }
        if self.has(0.6) {
            let (buyer, lead) = self.two();
            self.group("accelerators", lead);
            self.purchase("chips", buyer, Some(lead), Some("accelerators"));
            for c in 0..self.dice.below(3) {
                let seller = if self.dice.chance(0.5) { None } else { Some(self.other(buyer)) };
                self.purchase(&format!("other{c}"), buyer, seller, Some("accelerators"));
            }
            if self.n > 2 && self.dice.chance(0.5) {
                let next = self.other(lead);
                self.purchase("more", next, Some(lead), Some("accelerators"));
            }
        }
        if self.has(0.5) {
            self.deal_of_two_sides();
        }
    }

    fn group(&mut self, id: &str, lead: usize) {
        let (share, elasticity) = (self.dice.between(0.2, 0.9), self.dice.between(0.0, 1.8));
        self.contracts.heading("[[group]]");
        self.contracts.word("id", id);
        self.contracts.word("lead", &format!("f{lead}"));
        self.contracts.number("lead_share", share);
        if self.has(0.6) {
            self.contracts.number("price_elasticity", elasticity);
        }
        self.groups.push(id.into());
    }

    /// A purchase and an investment under one id, signed or not as a whole.
    fn deal_of_two_sides(&mut self) {
        let (vendor, customer) = self.two();
        let stage = self.dice.pick(&["talks", "loi"]);
        self.deals.push("deal".into());
        self.contracts.heading("[[purchase]]");
        self.contracts.word("id", "deal");
        self.sides("buyer", Some(customer), "seller", Some(vendor));
        self.contracts.word("stage", stage);
        let amount = self.dice.between(0.2, 2.0);
        self.contracts.number("schedule_usd_bn", amount);
        self.investment("deal", Some(vendor), customer, Some(stage));
    }

    fn sides(&mut self, a_key: &str, a: Option<usize>, b_key: &str, b: Option<usize>) {
        for (key, side) in [(a_key, a), (b_key, b)] {
            let name = side.map_or("outside".into(), |i| self.name(i));
            self.contracts.word(key, &name);
        }
    }

    fn purchase(&mut self, id: &str, buyer: usize, seller: Option<usize>, group: Option<&str>) {
        let amount = self.firms[buyer].size * self.dice.between(0.1, 1.0);
        self.contracts.heading("[[purchase]]");
        self.contracts.word("id", id);
        self.sides("buyer", Some(buyer), "seller", seller);
        let binds = !self.has(0.15);
        if !binds {
            let stage = self.dice.pick(&["talks", "loi"]);
            self.contracts.word("stage", stage);
            self.deals.push(id.into());
        } else if self.dice.chance(0.1) {
            let stage = self.dice.pick(&["signed", "active"]);
            self.contracts.word("stage", stage);
        }
        self.amounts(amount);
        self.terms();
        if let Some(group) = group {
            self.contracts.word("group", group);
            if self.has(0.15) {
                let lead = self.dice.chance(0.5);
                self.contracts.put("lead", lead);
            }
        }
        if self.has(0.2) {
            let scale = self.dice.between(0.5, 1.5);
            self.contracts.number("scale", scale);
        }
        if binds {
            self.sales.push(Sale { id: id.into(), buyer, seller });
        }
    }

    fn terms(&mut self) {
        if self.has(0.8) {
            let share = self.dice.pick(&[0.0, 1.0, 0.3, 0.6, 0.9]) * self.dice.pick(&[1.0, 0.97]);
            self.contracts.number("take_or_pay", share);
        }
        if self.has(0.5) {
            let share = self.dice.pick(&[0.0, 0.5, 0.8, 1.0]) * self.dice.pick(&[1.0, 0.93]);
            self.contracts.number("enforceability", share);
        }
    }

    /// A schedule or a total, over the whole horizon or a part of it, perhaps running past it.
    fn amounts(&mut self, amount: f64) {
        let h = self.quarters;
        let beyond = self.beyond || self.has(0.25);
        let start = if self.has(0.3) { Some(1 + self.dice.below(h)) } else { None };
        let from = start.unwrap_or(1);
        let last = if beyond { h + 4 } else { h };
        let end = if self.has(0.4) { Some(from + self.dice.below(last - from + 1)) } else { None };
        let to = end.unwrap_or(h);
        let form = if self.has(1.0) { self.dice.below(8) } else { 0 };
        let mut named_end = end;
        match form {
            0..=4 => {
                let schedule = self.schedule(amount, form, to - from + 1);
                self.contracts.put("schedule_usd_bn", schedule);
            }
            // A year that is over before the start would be an error.
            5 if beyond && from as i64 <= 5 - self.first.1 => {
                let schedule = self.yearly(amount, to.max(h));
                self.contracts.put("schedule_usd_bn", schedule);
                named_end = None;
            }
            _ => self.total(amount, to - from + 1),
        }
        for (key, quarter) in [("start", start), ("end", named_end)] {
            if let Some(quarter) = quarter {
                let label = self.label(quarter);
                self.contracts.put(key, label);
            }
        }
        if beyond && !self.beyond {
            self.contracts.put("beyond_horizon", true);
        } else if !beyond && self.has(0.3) {
            let after = self.dice.between(0.0, 5.0);
            self.contracts.number("after_horizon_usd_bn", after);
        }
    }

    fn total(&mut self, amount: f64, quarters: usize) {
        let total = amount * quarters as f64 * self.dice.between(0.8, 1.2);
        self.contracts.number("total_usd_bn", total);
        match self.dice.below(4) {
            0 => self.contracts.word("shape", "flat"),
            1 => self.contracts.word("shape", "ramp"),
            2 => {
                let weights: Vec<String> = (0..quarters).map(|_| decimal(self.dice.between(0.1, 2.0))).collect();
                self.contracts.put("shape", format!("[{}]", weights.join(", ")));
            }
            _ => {}
        }
    }

    /// What sellers buy to deliver.
    fn procurement(&mut self) {
        let sellers: Vec<usize> = self.sales.iter().filter_map(|s| s.seller).collect();
        for p in 0..usize::from(self.has(0.7)) + usize::from(self.has(0.3)) {
            if sellers.is_empty() {
                return;
            }
            let buyer = sellers[self.dice.below(sellers.len())];
            let supplier = if self.dice.chance(0.3) { None } else { Some(self.other(buyer)) };
            self.contracts.heading("[[procurement]]");
            self.contracts.word("id", &format!("procured{p}"));
            self.sides("buyer", Some(buyer), "supplier", supplier);
            let share = self.dice.between(0.05, 0.6);
            self.contracts.number("share", share);
            let own: Vec<String> = self.sales.iter().filter(|s| s.seller == Some(buyer)).map(|s| format!("{:?}", s.id)).collect();
            if self.dice.chance(0.4) {
                let count = 1 + self.dice.below(own.len());
                self.contracts.put("of", format!("[{}]", own[..count].join(", ")));
            }
            if self.has(0.5) {
                let lead = 1 + self.dice.below(2);
                self.contracts.put("lead_quarters", lead);
            }
            self.terms();
            if let Some(group) = self.groups.first().cloned().filter(|_| self.dice.chance(0.4)) {
                self.contracts.word("group", &group);
            }
        }
    }

    fn stakes(&mut self) {
        let mut sold = vec![0.0; self.n];
        let mut seen = Vec::new();
        for s in 0..self.dice.below(2 + (2.5 * self.density * self.n as f64) as usize) {
            // Half of them run against the order of the firms, so that there are circles.
            let (holder, issuer) = if s < self.n && self.dice.chance(0.5) { ((s + 1) % self.n, s) } else { self.two() };
            let share = (self.dice.between(0.01, 0.45).min(0.93 - sold[issuer]) * 1e4).round() / 1e4;
            if share <= 0.0 || seen.contains(&(holder, issuer)) {
                continue;
            }
            sold[issuer] += share;
            seen.push((holder, issuer));
            self.stakes.push((holder, issuer, share));
            self.contracts.heading("[[stake]]");
            self.sides("holder", Some(holder), "issuer", Some(issuer));
            self.contracts.number("share", share);
        }
    }

    fn investments(&mut self) {
        for k in 0..self.dice.below(2 + (1.5 * self.density * self.n as f64) as usize) {
            let investee = self.dice.below(self.n);
            let investor = if self.n < 2 || self.dice.chance(0.2) { None } else { Some(self.other(investee)) };
            let stage = if self.has(0.2) { Some(self.dice.pick(&["talks", "loi"])) } else { None };
            let id = format!("round{k}");
            if stage.is_some() {
                self.deals.push(id.clone());
            }
            self.investment(&id, investor, investee, stage);
        }
    }

    fn investment(&mut self, id: &str, investor: Option<usize>, investee: usize, stage: Option<&str>) {
        self.contracts.heading("[[investment]]");
        self.contracts.word("id", id);
        self.sides("investor", investor, "investee", Some(investee));
        if let Some(stage) = stage {
            self.contracts.word("stage", stage);
        }
        let conditions = self.conditions(investor, investee, 1.0);
        self.contracts.0 += &conditions.0;
        let amount = |d: &mut Draft| d.firms[investee].size * d.dice.between(0.1, 1.2);
        if self.dice.chance(0.4) {
            let (x, due) = (amount(self), 1 + self.dice.below(self.quarters));
            let label = self.label(due);
            self.contracts.number("amount_usd_bn", x);
            self.contracts.put("due", label);
            self.tranches.push(format!("{id}.1"));
            return;
        }
        for part in 1..=1 + self.dice.below(3) {
            let (x, due) = (amount(self), 1 + self.dice.below(self.quarters));
            let label = self.label(due);
            self.contracts.heading("[[investment.tranche]]");
            self.contracts.number("amount_usd_bn", x);
            self.contracts.put("due", label);
            let conditions = self.conditions(investor, investee, 0.3);
            self.contracts.0 += &conditions.0;
            self.tranches.push(format!("{id}.{part}"));
        }
    }

    /// Conditions of an investment or of one of its tranches.
    fn conditions(&mut self, investor: Option<usize>, investee: usize, often: f64) -> Text {
        let mut text = Text::default();
        let worth = self.firms[investee].enterprise;
        for (key, low, high, p) in [
            ("valuation_floor", 0.4, 0.97, 0.5),
            ("minimum_purchases_usd_bn", 0.0, 3.0, 0.3),
            ("purchase_coupling", 0.3, 2.0, 0.4),
            ("investor_coupling", 0.3, 2.0, 0.4),
            ("pre_money_usd_bn", 0.2 * worth, 1.5 * worth, 0.35),
        ] {
            // Nobody buys from outside capital: such a condition would have no meaning.
            let sensible = investor.is_some() || key != "minimum_purchases_usd_bn";
            if self.has(p * often) && sensible {
                let x = if key.ends_with("coupling") && self.dice.chance(0.3) { 1.0 } else { self.dice.between(low, high) };
                text.number(key, x);
            }
        }
        for key in ["needs_window", "regulatory"] {
            if self.has(0.3 * often) {
                let on = self.dice.chance(0.9);
                text.put(key, on);
            }
        }
        text
    }

    fn loans_warrants_backstops(&mut self) {
        for l in 0..usize::from(self.has(0.6)) + usize::from(self.has(0.4)) {
            self.loan(l);
        }
        for w in 0..usize::from(self.has(0.6)) + usize::from(self.has(0.3)) {
            self.warrant(w);
        }
        for b in 0..usize::from(self.has(0.6)) + usize::from(self.has(0.3)) {
            let (guarantor, beneficiary) = self.two();
            let (cap, coverage) = (self.dice.between(0.1, 4.0), self.dice.unit());
            self.contracts.heading("[[backstop]]");
            self.contracts.word("id", &format!("backstop{b}"));
            self.sides("guarantor", Some(guarantor), "beneficiary", Some(beneficiary));
            self.contracts.number("cap_usd_bn", cap);
            if self.has(0.7) {
                self.contracts.number("coverage", coverage);
            }
        }
    }

    fn loan(&mut self, l: usize) {
        let (lender, borrower) = self.two();
        let balance = (self.dice.between(0.2, 5.0) * 1e4).round() / 1e4;
        let (due, last) = (1 + self.dice.below(self.quarters), 1 + self.dice.below(self.quarters + 4));
        let parts: Vec<String> = (0..1 + self.dice.below(self.quarters)).map(|_| decimal(self.dice.between(0.0, 0.16))).collect();
        let repayment = match self.dice.below(4) {
            0 => Some(format!("{{ bullet = {} }}", self.label(due))),
            1 => Some(format!("{{ linear_until = {} }}", self.label(last))),
            2 => Some(format!("{{ list = [{}] }}", parts.join(", "))),
            _ => None,
        };
        self.contracts.heading("[[loan]]");
        self.contracts.word("id", &format!("loan{l}"));
        self.sides("lender", Some(lender), "borrower", Some(borrower));
        self.contracts.number("balance_usd_bn", balance);
        if self.has(0.8) {
            let rate = self.dice.between(0.0, 0.2);
            self.contracts.number("rate_per_year", rate);
        }
        if let Some(repayment) = repayment {
            self.contracts.put("repayment", repayment);
        }
        self.loans.push((lender, borrower, balance));
    }

    fn warrant(&mut self, w: usize) {
        let (issuer, holder) = match self.sales.iter().find(|s| s.seller.is_some()) {
            Some(Sale { buyer, seller: Some(seller), .. }) if self.dice.chance(0.6) => (*seller, *buyer),
            _ => self.two(),
        };
        self.contracts.heading("[[warrant]]");
        self.contracts.word("id", &format!("warrant{w}"));
        self.sides("issuer", Some(issuer), "holder", Some(holder));
        let steps = self.dice.below(3);
        for step in 0..steps.max(1) {
            if steps > 0 {
                self.contracts.heading("[[warrant.tranche]]");
            }
            let (shares, hurdle) = (self.dice.between(0.01, 0.2), self.dice.between(0.5, 1.2));
            self.contracts.number("shares", shares);
            if self.has(0.4) {
                let bought = self.dice.between(0.0, 2.0) * (step + 1) as f64;
                self.contracts.number("minimum_purchases_usd_bn", bought);
            }
            if self.has(0.5) {
                self.contracts.number("price_hurdle", hurdle);
            }
        }
    }
}
