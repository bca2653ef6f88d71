//! Cases of firms that owe each other: exact payments of three firms (C4a), the ring (C4b), the ring with costs of default (C4b'), two fixed points (C4c), and
//! linear DebtRank (C12).

use super::TOLERANCE;
use crate::clearing::one_shot::eisenberg_noe::{Outside, Recovery, clear};
use crate::clearing::one_shot::{Edge, Network, debtrank, linear};
use crate::error::Result;
use crate::validation::check::{Check, Comparison};

const EISENBERG_NOE: &str = "Eisenberg & Noe (2001)";
const ROGERS_VERAART: &str = "Rogers & Veraart (2013)";
/// Firms of the ring, what each owes the next and the outside, and what each has.
const RING: (usize, f64, f64, f64) = (5, 80.0, 20.0, 22.0);

pub(super) fn checks() -> Result<Vec<Check>> {
    Ok(vec![c4a()?, c4b()?, c4b_with_costs()?, c4c()?, c12()])
}

/// Exact rationals, where a published example is off in its last digits.
fn c4a() -> Result<Check> {
    let owed = [vec![0.0, 20.0, 10.0], vec![5.0, 0.0, 24.0], vec![10.0, 0.0, 0.0]];
    let found = clear(&Network::of_debts(&owed, &[10.0; 3], &[0.0; 3]), Outside::PariPassu, Recovery::FULL)?;
    let mut c = Comparison::exact("C4a", "payments of three firms", EISENBERG_NOE, TOLERANCE);
    for end in [&found.best, &found.worst] {
        c.numbers(&[270.0 / 11.0, 290.0 / 11.0, 10.0], &end.paid).numbers(&[24.545_454_545_5, 26.363_636_363_6, 10.0], &end.paid);
        c.flags(&[true, true, false], &end.defaulted);
    }
    c.flags(&[true, true], &[found.unique, found.solved.converged]);
    Ok(c.done())
}

/// The ring whose first firm has lost `shock`.
fn ring(shock: f64) -> Network {
    let (n, next, outside, assets) = RING;
    let debts = (0..n).map(|i| Edge { from: i as u32, to: ((i + 1) % n) as u32, amount: next }).collect();
    let external_assets = (0..n).map(|i| if i == 0 { assets - shock } else { assets }).collect();
    Network { external_assets, external_liabilities: vec![outside; n], debts, stakes: vec![] }
}

/// What each firm of the ring is short of: the first the shock less its net worth, each next a share of that less its own net worth; and if the last is
/// short too, the circle multiplies it.
fn ring_shortfalls(shock: f64) -> Vec<f64> {
    let (n, next, outside, assets) = RING;
    let (passed, worth) = (next / (next + outside), assets - outside);
    let geometric = |k: i32| worth * (1.0 - passed.powi(k)) / (1.0 - passed);
    let open = |first: f64| (0..n as i32).map(|k| passed.powi(k) * first - geometric(k)).collect::<Vec<f64>>();
    let line = open(shock - worth);
    if line[n - 1] * passed <= 0.0 {
        return line.iter().map(|short| short.max(0.0)).collect();
    }
    open(shock / (1.0 - passed.powi(n as i32)) - worth / (1.0 - passed))
}

fn c4b() -> Result<Check> {
    let mut c = Comparison::exact("C4b", "ring of five: shortfalls", EISENBERG_NOE, TOLERANCE);
    for (shock, known) in [
        (15.0, [13.0, 8.4, 4.72, 1.776, 0.0]),
        (22.0, [22.722_513_089_0, 16.178_010_471_2, 10.942_408_377_0, 6.753_926_701_6, 3.403_141_361_3]),
    ] {
        let found = clear(&ring(shock), Outside::PariPassu, Recovery::FULL)?;
        let short: Vec<f64> = found.best.owed.iter().zip(&found.best.paid).map(|(owed, paid)| owed - paid).collect();
        c.numbers(&known, &short).numbers(&ring_shortfalls(shock), &short).flags(&[true], &[found.solved.converged]);
    }
    Ok(c.done())
}

fn c4b_with_costs() -> Result<Check> {
    let kept = 0.9;
    let network = ring(15.0);
    let found = clear(&network, Outside::PariPassu, Recovery { assets: kept, inflow: kept })?.best;
    let mut c = Comparison::exact("C4b'", "ring of five with costs of default", ROGERS_VERAART, TOLERANCE);
    c.flags(&[true; 5], &found.defaulted).number(53.975_461_007_9, found.paid[0]);
    c.number(33.928_571_428_6, found.dead_weight.iter().sum());
    // What a firm has comes round weakened by the share passed on and the share kept, once per firm.
    let (n, next, outside, _) = RING;
    let round = kept * next / (next + outside);
    let behind = |k: usize| network.external_assets[(n - k) % n];
    let series: f64 = (0..n).map(|k| round.powi(k as i32) * kept * behind(k)).sum();
    c.number(series / (1.0 - round.powi(n as i32)), found.paid[0]);
    // Lost is a tenth of what all have and of what all receive; all that is paid is what is kept of both.
    let all: f64 = network.external_assets.iter().sum();
    let paid = kept * all / (1.0 - round);
    c.number((1.0 - kept) * (all + next / (next + outside) * paid), found.dead_weight.iter().sum());
    Ok(c.done())
}

/// Two firms owe 10 to each other and 2 outside, and half is lost in a default: with 2 each both solutions hold, with 1.9 only the bad one.
fn c4c() -> Result<Check> {
    let mut c = Comparison::exact("C4c", "two fixed points, then one", ROGERS_VERAART, TOLERANCE);
    for (own, greatest, least) in [(2.0, 12.0, 1.714_285_714_3), (1.9, 1.628_571_428_6, 1.628_571_428_6)] {
        let network = Network::of_debts(&[vec![0.0, 10.0], vec![10.0, 0.0]], &[own; 2], &[2.0; 2]);
        let found = clear(&network, Outside::PariPassu, Recovery { assets: 0.5, inflow: 0.5 })?;
        // The branch of default: alpha e / (1 - beta q), q being the share of debts that is owed inside.
        let bad = 0.5 * own / (1.0 - 0.5 * 10.0 / 12.0);
        c.numbers(&[greatest; 2], &found.best.paid).numbers(&[least; 2], &found.worst.paid).numbers(&[bad; 2], &found.worst.paid);
        c.flags(&[own < 2.0, true], &[found.unique, found.solved.converged]);
    }
    Ok(c.done())
}

/// Row: creditor. Leverage 0.5 and 0.4 around a circle of two.
fn c12() -> Check {
    let leverage = [Edge { from: 1, to: 0, amount: 0.5 }, Edge { from: 0, to: 1, amount: 0.4 }];
    let found = debtrank::linear(&leverage, &[0.1, 0.05]);
    let mut c = Comparison::exact("C12", "linear DebtRank", "Bardoscia, Battiston, Caccioli & Caldarelli (2015)", TOLERANCE);
    // (I - L)^-1 h0 by Cramer's rule.
    let inverse = [(0.1 + 0.5 * 0.05) / (1.0 - 0.2), (0.05 + 0.4 * 0.1) / (1.0 - 0.2)];
    for end in [&found.best, &found.worst] {
        c.numbers(&[0.156_25, 0.112_5], end).numbers(&inverse, end);
    }
    c.number(0.447_213_595_5, linear::spectral_radius(2, &leverage)).flags(&[true, true], &[found.unique, found.solved.converged]);
    c.done()
}
