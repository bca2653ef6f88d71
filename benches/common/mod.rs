//! Systems of any size for benches, made from a seed, and the measuring times that all benches share. Not here: any measurement.
#![allow(dead_code)]

/// The allocator of the program, so that benches measure what runs cost.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[path = "../../tests/common/mod.rs"]
mod hand;

use std::time::Duration;

use bubblerisk::engine::Outcome;
use bubblerisk::model::*;
use bubblerisk::shocks::philox::Philox;
use criterion::Criterion;
use hand::{calm, firm, model, purchase, stake, tranche};
use rand::Rng;

/// Measuring times that keep the whole suite to a few minutes.
pub fn settings() -> Criterion {
    Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2))
}

/// A number below `n`.
pub fn below(stream: &mut Philox, n: usize) -> usize {
    (stream.next_u64() % n as u64) as usize
}

/// A number in [0, 1).
pub fn unit(stream: &mut Philox) -> f64 {
    (stream.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// Two different firms.
fn pair(stream: &mut Philox, firms: usize) -> (usize, usize) {
    let from = below(stream, firms);
    let to = (from + 1 + below(stream, firms - 1)) % firms;
    (from, to)
}

/// How often each index occurs at one end of the edges.
fn degree(firms: usize, ends: impl Iterator<Item = usize>) -> Vec<f64> {
    let mut count = vec![0.0; firms];
    ends.for_each(|i| count[i] += 1.0);
    count
}

/// A system of `firms` firms (at least two) and `contracts` contracts between random pairs: of ten, seven purchases, one tranche, one stake, one loan.
///
/// What a firm buys, invests, lends and holds is shared out among its contracts, so that any number of them leaves the plan about as affordable. The
/// shocks are rough enough that in most blocks somebody fails.
pub fn synthetic(firms: usize, contracts: usize, quarters: usize, seed: u64) -> Model {
    let mut stream = Philox::keyed(seed, [0; 3]);
    let edges: Vec<(usize, usize)> = (0..contracts).map(|_| pair(&mut stream, firms)).collect();
    let of = |kinds: std::ops::Range<usize>| edges.iter().enumerate().filter(move |(c, _)| kinds.contains(&(c % 10))).map(|(c, &e)| (c, e));
    let mut m = model((0..firms).map(|i| rough_firm(i, quarters)).collect());
    let buys = degree(firms, of(0..7).map(|(_, (b, _))| b));
    m.purchases = of(0..7).map(|(c, (b, s))| purchase(&format!("p{c}"), b as u32, s as u32, 3.0 / buys[b], 0.7, quarters)).collect();
    m.purchases.iter_mut().for_each(|p| p.numbers.enforceability = 0.9);
    let invests = degree(firms, of(7..8).map(|(_, (a, _))| a));
    m.tranches = of(7..8).map(|(c, (a, e))| tranche(&format!("t{c}"), a as u32, e as u32, 1.0 / invests[a], 1 + c % quarters)).collect();
    m.tranches.iter_mut().for_each(|k| k.numbers.valuation_floor = 0.6);
    let (holds, issues) = (degree(firms, of(8..9).map(|(_, (h, _))| h)), degree(firms, of(8..9).map(|(_, (_, j))| j)));
    m.stakes = of(8..9).map(|(_, (h, j))| stake(h as u32, j as u32, 0.3 / (holds[h] + issues[j]))).collect();
    let lends = degree(firms, of(9..10).map(|(_, (a, _))| a));
    m.loans = of(9..10).map(|(c, (a, b))| loan(c, a, b, 2.0 / lends[a], quarters)).collect();
    m.shocks = rough_shocks();
    m
}

fn rough_firm(i: usize, quarters: usize) -> Firm {
    let mut f = firm(&format!("f{i}"), vec![10.0; quarters], 3.0, 100.0);
    f.fixed_cost_usd_bn = vec![4.0; quarters];
    f.capex_usd_bn = vec![1.0; quarters];
    f.debt_maturing = vec![1.0 / quarters as f64; quarters];
    f.debt_tenor_quarters = 8;
    let n = &mut f.numbers;
    n.minimum_cash_usd_bn = 1.0;
    n.debt_usd_bn = 10.0;
    n.variable_cost_ratio = 0.1;
    n.sentiment_beta = 1.0;
    n.demand_beta = 1.0;
    n.revenue_volatility_per_quarter = 0.12;
    n.value_elasticity = 1.2;
    n.spending_elasticity = 1.3;
    n.equity_capacity_per_quarter = 0.02;
    n.loan_to_value = 0.2;
    n.interest_rate_per_year = 0.06;
    n.default_recovery_own = 0.9;
    n.default_recovery_incoming = 0.95;
    n.bankruptcy_cost = 0.25;
    f
}

fn loan(c: usize, lender: usize, borrower: usize, balance_usd_bn: f64, quarters: usize) -> Loan {
    Loan {
        id: format!("l{c}"),
        lender: FirmId(lender as u32),
        borrower: FirmId(borrower as u32),
        numbers: LoanNumbers { balance_usd_bn, rate_per_year: 0.06 },
        repayment: vec![0.5 / quarters as f64; quarters],
    }
}

fn rough_shocks() -> Shocks {
    let mut shocks = calm();
    shocks.random = true;
    let n = &mut shocks.numbers;
    n.boom_to_bust_per_quarter = 0.05;
    n.bust_to_boom_per_quarter = 0.125;
    n.sentiment_persistence = 0.8;
    n.sentiment_mean_bust = -1.1;
    n.sentiment_sd_boom = 0.10;
    n.sentiment_sd_bust = 0.18;
    n.demand_drift_bust = -0.035;
    n.demand_sd_boom = 0.03;
    n.demand_sd_bust = 0.05;
    n.degrees_of_freedom = 5.0;
    n.correlation_sentiment_demand = 0.4;
    n.bust_funding_share = 0.35;
    n.window_open_boom = 0.95;
    n.window_open_bust = 0.35;
    shocks
}

/// Every number of an outcome, bit by bit: equal for equal answers.
pub fn bits(outcome: &Outcome, firms: usize) -> Vec<u64> {
    let system = Metric::ALL.iter().flat_map(|&m| outcome.system(m).iter());
    let own = Metric::ALL.iter().flat_map(|&m| (0..firms).flat_map(move |i| outcome.firm(m, i).iter()));
    system.chain(own).map(|x| x.to_bits()).collect()
}
