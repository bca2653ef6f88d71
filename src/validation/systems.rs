//! Small systems written by hand, with known answers: what the golden and closed-form cases run, and tests too. No expected numbers.

use crate::circularity::{MoneyKind, MoneyTable};
use crate::model::*;

/// A firm without anything that could move it: no shocks, no growth, no costs of default.
pub fn firm(id: &str, external: Vec<f64>, cash: f64, enterprise: f64) -> Firm {
    let horizon = external.len();
    Firm {
        id: id.into(),
        name: id.into(),
        key: name_hash(id),
        kind: Kind::Other,
        listed: true,
        debt_first: false,
        debt_tenor_quarters: 1,
        numbers: FirmNumbers {
            cash_usd_bn: cash,
            minimum_cash_usd_bn: 0.0,
            debt_usd_bn: 0.0,
            market_value_usd_bn: enterprise + cash,
            headline_discount: 0.0,
            external_revenue_scale: 1.0,
            fixed_cost_scale: 1.0,
            capex_scale: 1.0,
            variable_cost_ratio: 0.0,
            value_growth_per_year: 0.0,
            sentiment_beta: 0.0,
            demand_beta: 0.0,
            revenue_volatility_per_quarter: 0.0,
            plan_realism: 1.0,
            value_elasticity: 1.0,
            spending_elasticity: 0.0,
            revenue_feedback_per_quarter: 0.0,
            equity_capacity_per_quarter: 0.0,
            loan_to_value: 0.0,
            interest_rate_per_year: 0.0,
            credit_line_usd_bn: 0.0,
            default_recovery_own: 1.0,
            default_recovery_incoming: 1.0,
            bankruptcy_cost: 0.0,
            rejection_claim: 0.0,
            recapture: 0.0,
            price_elasticity: 1.0,
            jump_probability_per_quarter: 0.0,
            jump_mean: 0.0,
            jump_sd: 0.0,
        },
        fixed_cost_usd_bn: vec![0.0; horizon],
        capex_usd_bn: vec![0.0; horizon],
        debt_maturing: vec![0.0; horizon],
        external_revenue_usd_bn: external,
    }
}

/// A binding purchase of `amount` in every quarter.
pub fn purchase(id: &str, buyer: u32, seller: u32, amount: f64, take_or_pay: f64, horizon: usize) -> Purchase {
    Purchase {
        id: id.into(),
        key: name_hash(id),
        buyer: FirmId(buyer),
        seller: Seller::Firm(FirmId(seller)),
        stage: Stage::Signed,
        group: None,
        numbers: PurchaseNumbers { scale: 1.0, take_or_pay, enforceability: 1.0, after_horizon_usd_bn: 0.0 },
        schedule_usd_bn: vec![amount; horizon],
    }
}

/// A binding tranche due in `quarter`.
pub fn tranche(id: &str, investor: u32, investee: u32, amount: f64, quarter: usize) -> Tranche {
    Tranche {
        id: id.into(),
        deal_key: name_hash(id),
        key: name_hash(id),
        investor: Investor::Firm(FirmId(investor)),
        investee: FirmId(investee),
        stage: Stage::Signed,
        due_quarter: quarter,
        needs_window: false,
        regulatory: false,
        numbers: TrancheNumbers {
            amount_usd_bn: amount,
            valuation_floor: 0.0,
            minimum_purchases_usd_bn: 0.0,
            purchase_coupling: 0.0,
            investor_coupling: 0.0,
            pre_money_usd_bn: 0.0,
            event_hazard_per_quarter: 1.0,
        },
    }
}

/// A shareholding.
pub fn stake(holder: u32, issuer: u32, share: f64) -> Stake {
    Stake { id: format!("{holder}-{issuer}"), holder: FirmId(holder), issuer: FirmId(issuer), numbers: StakeNumbers { share } }
}

/// Shocks that never come.
pub fn calm() -> Shocks {
    Shocks {
        random: false,
        starts_in_bust: false,
        regulatory_quarters: 0,
        numbers: ShockNumbers {
            boom_to_bust_per_quarter: 0.0,
            bust_to_boom_per_quarter: 0.0,
            sentiment_persistence: 0.0,
            sentiment_mean_boom: 0.0,
            sentiment_mean_bust: 0.0,
            sentiment_sd_boom: 0.0,
            sentiment_sd_bust: 0.0,
            demand_drift_boom: 0.0,
            demand_drift_bust: 0.0,
            demand_sd_boom: 0.0,
            demand_sd_bust: 0.0,
            degrees_of_freedom: f64::INFINITY,
            clip: 6.0,
            correlation_sentiment_demand: 0.0,
            correlation_sentiment_vendor: 0.0,
            correlation_demand_vendor: 0.0,
            bust_funding_share: 1.0,
            window_open_boom: 1.0,
            window_open_bust: 1.0,
            efficiency_rate_per_quarter: 0.0,
            efficiency_alpha: 2.0,
            efficiency_beta: 3.0,
            efficiency_recovery_per_quarter: 0.0,
            regulatory_rate_per_quarter: 0.0,
            talks_advance_boom: 0.0,
            talks_advance_bust: 0.0,
            talks_cancel_boom: 0.0,
            talks_cancel_bust: 0.0,
            loi_advance_boom: 0.0,
            loi_advance_bust: 0.0,
            loi_cancel_boom: 0.0,
            loi_cancel_bust: 0.0,
            signing_size_sigma: 0.0,
        },
        stresses: vec![],
        table: None,
        deals: vec![],
    }
}

/// A model of these firms, with everything else empty.
pub fn model(firms: Vec<Firm>) -> Model {
    Model {
        name: "test".into(),
        title: "test".into(),
        as_of: "2025-12-17".into(),
        first_quarter: (2026, 1),
        horizon_quarters: firms.first().map_or(1, |f| f.external_revenue_usd_bn.len()),
        firms,
        stakes: vec![],
        tranches: vec![],
        purchases: vec![],
        loans: vec![],
        warrants: vec![],
        backstops: vec![],
        groups: vec![],
        shocks: calm(),
        rules: Rules { numbers: RuleNumbers { spending_cap: 10.0, circular_revenue_weight: 1.0, floor_ramp: 0.0 }, grace_quarters: 0 },
        uncertain: vec![],
        evidence: Evidence::default(),
    }
}

/// Multiplies the external revenue of a firm by `factor` from quarter `from` to `to`.
pub fn revenue_shock(model: &mut Model, firm: usize, factor: f64, from: usize, to: usize) {
    let target = StressTarget { series: Series::LogRevenue, entity: Some(firm) };
    model.shocks.stresses.push(Stress { id: "cut".into(), target, from_quarter: from, to_quarter: to, value: factor.ln() });
}

/// The chain of G1: a lab buys from a cloud, the cloud from a chip maker, which owns a tenth of the lab and invests `invested` in it in every quarter.
/// The lab's revenue is 0.6 of plan throughout. Amounts in USD bn, `cash` in the order lab, cloud, chip.
pub fn chain(horizon: usize, cash: [f64; 3], invested: f64) -> Model {
    let mut lab = firm("lab", vec![10.0; horizon], cash[0], 500.0);
    lab.fixed_cost_usd_bn = vec![6.0; horizon];
    lab.numbers.spending_elasticity = 1.0;
    let mut cloud = firm("cloud", vec![30.0; horizon], cash[1], 1000.0);
    cloud.fixed_cost_usd_bn = vec![5.0; horizon];
    cloud.numbers.variable_cost_ratio = 0.3;
    cloud.numbers.spending_elasticity = 1.5;
    let mut chip = firm("chip", vec![40.0; horizon], cash[2], 4000.0);
    chip.fixed_cost_usd_bn = vec![4.0; horizon];
    chip.numbers.variable_cost_ratio = 0.4;
    chip.numbers.market_value_usd_bn += 0.1 * (500.0 + cash[0]);
    let mut m = model(vec![lab, cloud, chip]);
    m.purchases = vec![purchase("cloud", 0, 1, 12.0, 0.5, horizon), purchase("chips", 1, 2, 8.0, 0.25, horizon)];
    m.tranches = (1..=horizon).map(|t| tranche(&format!("round.{t}"), 2, 0, invested, t)).collect();
    m.stakes = vec![stake(2, 0, 0.1)];
    revenue_shock(&mut m, 0, 0.6, 1, horizon);
    m
}

/// G1: orders alone, one quarter.
pub fn g1() -> Model {
    chain(1, [20.0, 10.0, 50.0], 5.0)
}

/// G3: the tranche is refused after the first quarter.
pub fn g3() -> Model {
    let mut m = chain(2, [3.0, 10.0, 50.0], 8.0);
    for f in &mut m.firms {
        f.numbers.default_recovery_own = 0.9;
        f.numbers.default_recovery_incoming = 0.95;
        f.numbers.bankruptcy_cost = 0.25;
    }
    for k in &mut m.tranches {
        k.numbers.valuation_floor = 0.7;
    }
    m
}

/// Money from one firm to another.
pub fn transfer(from: usize, to: usize, kind: MoneyKind, usd_bn: f64) -> crate::circularity::Transfer {
    crate::circularity::Transfer { from, to, kind, contract: format!("{from}-{to}"), usd_bn }
}

/// The worked example of docs/methods.md, section 9: customers give 20, 100 and 120 to Lab, Cloud and Chip, outside investors 30 to Lab; Chip puts 10 and Cloud 5 into Lab; Lab buys 45 from Cloud, Cloud
/// 40 from Chip.
pub fn circle_of_three() -> MoneyTable {
    let transfers = vec![
        transfer(2, 0, MoneyKind::Equity, 10.0),
        transfer(1, 0, MoneyKind::Equity, 5.0),
        transfer(0, 1, MoneyKind::Purchase, 45.0),
        transfer(1, 2, MoneyKind::Purchase, 40.0),
    ];
    let sources = vec![[20.0, 30.0, 0.0, 0.0], [100.0, 0.0, 0.0, 0.0], [120.0, 0.0, 0.0, 0.0]];
    MoneyTable { label: "year".into(), transfers, sources }
}
