//! Random systems for property tests: firms with cycles of purchases, stakes and every kind of contract, under shocks severe enough that a good share of
//! paths has defaults. A system is built from a seed and a list of features, so that a failing case shrinks to few firms and few features.
#![allow(dead_code)]

use bubblerisk::engine::{Engine, World};
use bubblerisk::lanes::Isa;
use bubblerisk::model::*;
use proptest::prelude::*;

use super::shapes::Shape;
use super::{calm, firm, model, purchase, stake, tranche};

/// What a random system has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features {
    pub purchases: bool,
    pub stakes: bool,
    pub tranches: bool,
    pub terms: bool,
    pub loans: bool,
    pub warrants: bool,
    pub backstops: bool,
    pub groups: bool,
    pub debt: bool,
    pub lines: bool,
    pub default_costs: bool,
    pub rejection: bool,
    pub recapture: bool,
    pub deals: bool,
    pub shocks: bool,
    pub shape: Shape,
}

impl Features {
    /// Everything.
    pub const ALL: Features = Features {
        purchases: true,
        stakes: true,
        tranches: true,
        terms: true,
        loans: true,
        warrants: true,
        backstops: true,
        groups: true,
        debt: true,
        lines: true,
        default_costs: true,
        rejection: true,
        recapture: true,
        deals: true,
        shocks: true,
        shape: Shape::Any,
    };
    /// Nothing that links firms.
    pub const ALONE: Features = Features {
        purchases: false,
        stakes: false,
        tranches: false,
        loans: false,
        warrants: false,
        backstops: false,
        groups: false,
        deals: false,
        ..Features::ALL
    };
}

/// A random system, as a recipe.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    pub firms: usize,
    pub quarters: usize,
    pub seed: u64,
    pub features: Features,
}

/// Recipes of 1 to 12 firms; every feature is on more often than off, and shrinks to off; half of the systems have a special shape.
pub fn recipes() -> impl Strategy<Value = Recipe> {
    let features = prop::collection::vec(prop::bool::weighted(0.8), 15);
    // Special shapes from the middle on, so that they shrink to none.
    let shape = (0..2 * Shape::ALL.len() - 2).prop_map(|k| Shape::ALL[(k + 2).saturating_sub(Shape::ALL.len())]);
    (1..=12usize, 1..=8usize, any::<u64>(), features, shape).prop_map(|(firms, quarters, seed, on, shape)| {
        let features = Features {
            purchases: on[0],
            stakes: on[1],
            tranches: on[2],
            terms: on[3],
            loans: on[4],
            warrants: on[5],
            backstops: on[6],
            groups: on[7],
            debt: on[8],
            lines: on[9],
            default_costs: on[10],
            rejection: on[11],
            recapture: on[12],
            deals: on[13],
            shocks: on[14],
            shape,
        };
        Recipe { firms, quarters, seed, features }
    })
}

/// SplitMix64 (Steele, Lea & Flood 2014), with what tests want of it.
pub struct Dice(pub u64);

impl Dice {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.word() % n as u64) as usize
    }

    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Two different firms of n >= 2.
    fn two(&mut self, n: usize) -> (u32, u32) {
        let a = self.below(n);
        (a as u32, ((a + 1 + self.below(n - 1)) % n) as u32)
    }
}

/// Builds the system of a recipe; EV(0) >= 0 because market values are computed from enterprise values.
pub fn build(recipe: Recipe) -> Model {
    let Recipe { firms: n, quarters: h, seed, features: on } = recipe;
    let mut dice = Dice(seed);
    let firms: Vec<Firm> = (0..n).map(|i| random_firm(&mut dice, i, h, on)).collect();
    let mut enterprise: Vec<f64> = (0..n).map(|_| dice.between(5.0, 400.0)).collect();
    let mut m = model(firms);
    m.horizon_quarters = h;
    if n >= 2 {
        trade(&mut dice, &mut m, on);
        invest(&mut dice, &mut m, on);
        lend(&mut dice, &mut m, on);
    }
    m.rules.grace_quarters = dice.below(4);
    if on.terms && dice.chance(0.3) {
        m.rules.numbers.floor_ramp = 0.1;
        m.rules.numbers.circular_revenue_weight = dice.unit();
    }
    m.rules.numbers.spending_cap = dice.between(1.0, 2.0);
    if on.shocks {
        shocks(&mut dice, &mut m);
    }
    market_values(&mut m, &mut enterprise);
    on.shape.apply(&mut m, seed);
    m
}

fn random_firm(dice: &mut Dice, i: usize, h: usize, on: Features) -> Firm {
    let size = dice.between(0.5, 2.0).exp();
    let revenue = if dice.chance(0.1) { 0.0 } else { size * 2.0 };
    let growth = dice.between(-0.02, 0.08);
    let path = |x: f64| (0..h).map(|t| x * (growth * t as f64).exp()).collect::<Vec<_>>();
    let mut f = firm(&format!("firm{i}"), path(revenue), size * dice.between(0.0, 3.0), 1.0);
    f.kind = dice.pick(&[Kind::Lab, Kind::Chips, Kind::Other]);
    f.listed = dice.chance(0.5);
    f.debt_first = dice.chance(0.5);
    f.debt_tenor_quarters = 1 + dice.below(4);
    f.fixed_cost_usd_bn = path(size * dice.between(0.0, 1.5));
    f.capex_usd_bn = path(if dice.chance(0.5) { size * dice.between(0.0, 0.6) } else { 0.0 });
    let n = &mut f.numbers;
    n.variable_cost_ratio = dice.between(0.0, 0.7);
    n.minimum_cash_usd_bn = if dice.chance(0.4) { dice.between(0.0, size) } else { 0.0 };
    n.value_growth_per_year = dice.between(0.0, 0.1);
    n.sentiment_beta = dice.between(0.0, 1.5);
    n.demand_beta = dice.between(0.0, 1.5);
    n.revenue_volatility_per_quarter = dice.between(0.0, 0.3);
    n.plan_realism = dice.between(0.5, 1.0);
    n.value_elasticity = dice.between(1.0, 2.0);
    n.spending_elasticity = dice.between(0.0, 2.0);
    n.revenue_feedback_per_quarter = if dice.chance(0.5) { dice.between(0.0, 0.3) } else { 0.0 };
    n.equity_capacity_per_quarter = if dice.chance(0.5) { dice.between(0.0, 0.02) } else { 0.0 };
    n.price_elasticity = dice.between(0.0, 1.5);
    n.jump_probability_per_quarter = if dice.chance(0.3) { 0.1 } else { 0.0 };
    (n.jump_mean, n.jump_sd) = (-0.3, 0.2);
    if on.debt {
        n.debt_usd_bn = size * dice.between(0.0, 6.0);
        n.loan_to_value = dice.between(0.0, 0.5);
        n.interest_rate_per_year = dice.between(0.0, 0.15);
        let share = dice.between(0.0, 1.0) / h as f64;
        f.debt_maturing = vec![share; h];
    }
    n.credit_line_usd_bn = if on.lines { size * dice.between(0.0, 1.0) } else { 0.0 };
    if on.default_costs {
        n.default_recovery_own = dice.between(0.5, 1.0);
        n.default_recovery_incoming = dice.between(0.5, 1.0);
        n.bankruptcy_cost = dice.between(0.0, 0.5);
    }
    n.rejection_claim = if on.rejection { dice.between(0.0, 1.0) } else { 0.0 };
    n.recapture = if on.recapture { dice.between(0.0, 0.8) } else { 0.0 };
    f
}

fn trade(dice: &mut Dice, m: &mut Model, on: Features) {
    let (n, h) = (m.firms.len(), m.horizon_quarters);
    if on.groups {
        let numbers = GroupNumbers { lead_share: 0.8, logit_drift_per_quarter: -0.06, logit_sd_per_quarter: 0.2, price_elasticity: 0.5 };
        m.groups = vec![Group { id: "accelerators".into(), numbers }];
    }
    if !on.purchases {
        return;
    }
    for c in 0..n + dice.below(2 * n) {
        let (buyer, seller) = if c < n && n > 1 && dice.chance(0.8) { (c as u32, ((c + 1) % n) as u32) } else { dice.two(n) };
        let (amount, tau) = (dice.between(0.2, 3.0), dice.unit());
        let mut p = purchase(&format!("purchase{c}"), buyer, seller, amount, tau, h);
        if dice.chance(0.15) {
            p.seller = Seller::Outside;
        }
        p.numbers.enforceability = dice.between(0.5, 1.0);
        p.numbers.after_horizon_usd_bn = dice.between(0.0, 5.0);
        if on.groups && dice.chance(0.4) {
            p.group = Some((0, dice.chance(0.6)));
        }
        if on.deals && dice.chance(0.2) {
            p.stage = dice.pick(&[Stage::Talks, Stage::Loi]);
            m.shocks.deals.push(Deal { id: p.id.clone(), key: p.key, stage: p.stage, regulatory: dice.chance(0.3) });
        }
        m.purchases.push(p);
    }
    if on.backstops {
        for b in 0..1 + dice.below(n) {
            let (g, to) = dice.two(n);
            let numbers = BackstopNumbers { cap_usd_bn: dice.between(0.0, 4.0), coverage: dice.unit() };
            m.backstops.push(Backstop { id: format!("backstop{b}"), guarantor: FirmId(g), beneficiary: FirmId(to), numbers });
        }
    }
}

fn invest(dice: &mut Dice, m: &mut Model, on: Features) {
    let (n, h) = (m.firms.len(), m.horizon_quarters);
    if on.stakes {
        let mut sold = vec![0.0; n];
        for _ in 0..n + dice.below(2 * n) {
            let (holder, issuer) = dice.two(n);
            let share = dice.between(0.0, 0.4).min(0.9 - sold[issuer as usize]);
            if share > 0.0 {
                sold[issuer as usize] += share;
                m.stakes.push(stake(holder, issuer, share));
            }
        }
    }
    if on.tranches {
        for k in 0..1 + dice.below(2 * n) {
            tranches_of_deal(dice, m, k, h, on);
        }
    }
    if on.warrants {
        for w in 0..1 + dice.below(n) {
            let (holder, issuer) = dice.two(n);
            let numbers = WarrantNumbers {
                shares: dice.between(0.0, 0.2),
                minimum_purchases_usd_bn: dice.between(0.0, 4.0),
                price_hurdle: if dice.chance(0.5) { dice.between(0.5, 1.2) } else { 0.0 },
            };
            m.warrants.push(Warrant { id: format!("warrant{w}"), issuer: FirmId(issuer), holder: FirmId(holder), numbers });
        }
    }
}

fn tranches_of_deal(dice: &mut Dice, m: &mut Model, deal: usize, h: usize, on: Features) {
    let (investor, investee) = dice.two(m.firms.len());
    let outside = dice.chance(0.2);
    let talks = on.deals && dice.chance(0.2);
    let key = name_hash(&format!("investment{deal}"));
    if talks {
        m.shocks.deals.push(Deal { id: format!("investment{deal}"), key, stage: Stage::Loi, regulatory: dice.chance(0.5) });
    }
    let pre_money = if on.terms && dice.chance(0.4) { dice.between(5.0, 100.0) } else { 0.0 };
    for part in 0..1 + dice.below(3) {
        let mut k = tranche(&format!("investment{deal}.{part}"), investor, investee, dice.between(0.2, 4.0), 1 + dice.below(h));
        k.deal_key = key;
        if outside {
            k.investor = Investor::Outside;
        }
        if talks {
            k.stage = Stage::Loi;
        }
        if on.terms {
            k.needs_window = dice.chance(0.3);
            k.regulatory = dice.chance(0.3);
            k.numbers.valuation_floor = if dice.chance(0.5) { dice.between(0.3, 0.9) } else { 0.0 };
            k.numbers.minimum_purchases_usd_bn = if dice.chance(0.3) { dice.between(0.0, 3.0) } else { 0.0 };
            k.numbers.purchase_coupling = dice.pick(&[0.0, 0.0, 1.0, 1.7]);
            k.numbers.investor_coupling = dice.pick(&[0.0, 0.0, 1.0]);
            k.numbers.event_hazard_per_quarter = dice.pick(&[1.0, 1.0, 0.3]);
            k.numbers.pre_money_usd_bn = pre_money;
        }
        m.tranches.push(k);
    }
}

fn lend(dice: &mut Dice, m: &mut Model, on: Features) {
    let (n, h) = (m.firms.len(), m.horizon_quarters);
    if on.loans {
        for l in 0..1 + dice.below(n) {
            let (lender, borrower) = dice.two(n);
            let repayment = vec![dice.unit() / h as f64; h];
            let numbers = LoanNumbers { balance_usd_bn: dice.between(0.0, 5.0), rate_per_year: dice.between(0.0, 0.15) };
            m.loans.push(Loan { id: format!("loan{l}"), lender: FirmId(lender), borrower: FirmId(borrower), numbers, repayment });
        }
    }
}

fn shocks(dice: &mut Dice, m: &mut Model) {
    let deals = std::mem::take(&mut m.shocks.deals);
    m.shocks = calm();
    m.shocks.deals = deals;
    m.shocks.random = true;
    m.shocks.regulatory_quarters = 2;
    let n = &mut m.shocks.numbers;
    (n.boom_to_bust_per_quarter, n.bust_to_boom_per_quarter) = (0.2, 0.2);
    n.sentiment_persistence = 0.8;
    n.sentiment_mean_bust = -1.1;
    (n.sentiment_sd_boom, n.sentiment_sd_bust) = (0.1, 0.2);
    n.demand_drift_bust = -0.1;
    (n.demand_sd_boom, n.demand_sd_bust) = (0.05, 0.1);
    n.degrees_of_freedom = dice.pick(&[3.0, 5.0, f64::INFINITY]);
    n.correlation_sentiment_demand = 0.4;
    n.correlation_demand_vendor = 0.2;
    n.bust_funding_share = 0.35;
    (n.window_open_boom, n.window_open_bust) = (0.9, 0.35);
    n.efficiency_rate_per_quarter = 0.05;
    n.efficiency_recovery_per_quarter = 0.1;
    n.regulatory_rate_per_quarter = 0.1;
    (n.talks_advance_boom, n.talks_advance_bust) = (0.4, 0.2);
    (n.talks_cancel_boom, n.talks_cancel_bust) = (0.05, 0.2);
    (n.loi_advance_boom, n.loi_advance_bust) = (0.4, 0.2);
    (n.loi_cancel_boom, n.loi_cancel_bust) = (0.05, 0.2);
    n.signing_size_sigma = 0.8;
}

/// Sets market values so that calibration (model 6.1) gives back these enterprise values; an enterprise that could not carry its debts is made larger.
fn market_values(m: &mut Model, enterprise: &mut [f64]) {
    for (i, ev) in enterprise.iter_mut().enumerate() {
        let owed: f64 =
            m.firms[i].numbers.debt_usd_bn + m.loans.iter().filter(|l| l.borrower.at() == i).map(|l| l.numbers.balance_usd_bn).sum::<f64>();
        *ev += 1.5 * owed;
    }
    set_values(m, enterprise);
}

/// V = (I - S)^-1 (EV + M - B + loans), by iteration.
pub fn set_values(m: &mut Model, enterprise: &[f64]) {
    let n = m.firms.len();
    let mut base: Vec<f64> = (0..n).map(|i| enterprise[i] + m.firms[i].numbers.cash_usd_bn - m.firms[i].numbers.debt_usd_bn).collect();
    for l in &m.loans {
        base[l.lender.at()] += l.numbers.balance_usd_bn;
        base[l.borrower.at()] -= l.numbers.balance_usd_bn;
    }
    let mut value = base.clone();
    for _ in 0..2_000 {
        let mut next = base.clone();
        for s in &m.stakes {
            next[s.holder.at()] += s.numbers.share * value[s.issuer.at()];
        }
        value = next;
    }
    for (f, v) in m.firms.iter_mut().zip(&value) {
        f.numbers.headline_discount = 0.25;
        f.numbers.market_value_usd_bn = v / 0.75;
    }
}

/// Enterprise values that calibration finds.
pub fn enterprise_values(m: &Model) -> Vec<f64> {
    let engine = Engine::new(m, Isa::detect()).expect("the model runs");
    let opening = bubblerisk::engine::State::opening(m, &engine.layout, engine.central());
    opening.enterprise.iter().map(|row| row[0]).collect()
}

/// Gives firms cash until the plan can be paid for; `None` if cash does not help.
pub fn financeable(mut m: Model) -> Option<Model> {
    let enterprise = enterprise_values(&m);
    for _ in 0..60 {
        let gaps = Engine::new(&m, Isa::detect()).expect("the model runs").plan_gaps();
        if gaps.is_empty() {
            return Some(m);
        }
        for gap in gaps {
            m.firms[gap.firm].numbers.cash_usd_bn += 1.1 * gap.usd_bn + 0.01;
        }
        set_values(&mut m, &enterprise);
    }
    None
}

/// The worlds that a run may ask for: the sixteen of the channels, W1, the least fixed point, without sentiment, and looking through.
pub fn worlds() -> Vec<World> {
    use bubblerisk::clearing::FixedPoint;
    let least = World { fixed_point: FixedPoint::Least, ..World::W0 };
    let still = World { sentiment: false, ..World::W0 };
    let through = World { look_through: true, ..World::W0 };
    (0..16).map(World::with_channels).chain([World::W1, least, still, through]).collect()
}
