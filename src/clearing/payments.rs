//! Payment clearing with seniority, default costs and a soft class (model 5.2; Eisenberg & Noe 2001, Elsinger 2009, Rogers & Veraart 2013), one
//! system at a time. The engine tries "everybody pays in full" in lanes first and comes here only for paths in which somebody is short.

use super::{FixedPoint, Solved};
use crate::lanes::{greater, lesser};

/// Relative tolerance within which a firm that is just short still counts as solvent (ties are solvent, model 5.2).
pub const SOLVENT_TOLERANCE: f64 = 1e-9;
/// Relative residual at which a fixed point is accepted.
const RESIDUAL_TOLERANCE: f64 = 1e-11;
/// Sweeps after which a solve gives up and says so.
const MOST_SWEEPS: u32 = 20_000;
/// Largest linear system that a jump solves; beyond it only sweeps are used.
const MOST_MARGINAL: usize = 64;

/// Which claim of a payer an edge is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Class 2: trade, loan service, backstops. Part of the hard obligations.
    Hard,
    /// Class 3: tranches of share purchases, paid only from what is left above minimum cash.
    Soft,
}

/// A claim of one firm on another: it receives `amount` times the share that the payer pays of the class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Claim {
    /// Who pays.
    pub from: u32,
    /// Who receives.
    pub to: u32,
    /// Amount if the class is paid in full; at most the payer's total of the class.
    pub amount: f64,
    /// Class.
    pub class: Class,
}

/// The position of one firm before clearing; amounts in one unit of money, none negative.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Position {
    /// Own funds: cash, external revenue, new funding (e).
    pub own: f64,
    /// Receipts from other firms that depend on nobody's payment (guaranteed by the ghost).
    pub sure_inflow: f64,
    /// Committed credit line, drawn only if it cures the shortfall.
    pub line: f64,
    /// Cash that is not used to buy shares.
    pub minimum_cash: f64,
    /// Class 1: owed outside.
    pub senior: f64,
    /// Class 2: owed in all, inside and outside.
    pub hard: f64,
    /// Class 3: owed in all.
    pub soft: f64,
    /// Share of own funds that survives a default (alpha).
    pub recovery_own: f64,
    /// Share of receipts that survives a default (beta).
    pub recovery_inflow: f64,
}

/// What one firm pays.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Payment {
    /// Paid of class 1.
    pub senior: f64,
    /// Paid of class 2.
    pub hard: f64,
    /// Paid of class 3.
    pub soft: f64,
    /// Drawn from the line.
    pub draw: f64,
    /// Receipts from other firms.
    pub inflow: f64,
    /// Lost in the default: (1 - alpha) own + (1 - beta) inflow.
    pub dead_weight: f64,
    /// Cash after all payments.
    pub closing_cash: f64,
    /// Whether classes 1 and 2 could not be paid in full.
    pub defaulted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Full,
    SoftPartial,
    SoftZero,
    DefaultHard,
    DefaultSenior,
}

/// Memory that solves reuse.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The payments found, one per firm.
    pub payments: Vec<Payment>,
    status: Vec<Status>,
    inflow: Vec<f64>,
    candidate: Vec<f64>,
    /// What each firm pays of what it owes: class 2, class 3.
    shares: Vec<[f64; 2]>,
    live: Live,
    trial: Trial,
    slot: Vec<usize>,
    marginal: Vec<usize>,
    matrix: Vec<f64>,
    solution: Vec<f64>,
}

/// The part of the network in which anything can move: firms that do not pay in full and their creditors, with all claims of these. Everybody else
/// receives everything, sweep after sweep.
#[derive(Debug, Default)]
struct Live {
    /// Who has not paid in full in some sweep.
    short: Vec<bool>,
    /// Who is short or receives from somebody who is.
    receives: Vec<bool>,
    /// The same as a list.
    firms: Vec<u32>,
    /// Places of all claims of these, in the order of the claims.
    claims: Vec<u32>,
}

/// What a jump tries, before it is accepted.
#[derive(Debug, Default)]
struct Trial {
    payments: Vec<Payment>,
    shares: Vec<[f64; 2]>,
    inflow: Vec<f64>,
    candidate: Vec<f64>,
}

/// What a firm pays out of a given inflow: the map of model 5.2 for one firm.
fn respond(p: &Position, inflow: f64) -> (Payment, Status) {
    let total = p.own + inflow;
    let obligations = p.senior + p.hard;
    if total + p.line >= obligations * (1.0 - SOLVENT_TOLERANCE) {
        let draw = lesser(greater(obligations - total, 0.0), p.line);
        let spare = greater(total - obligations - p.minimum_cash, 0.0);
        let soft = lesser(p.soft, spare);
        let status = match (soft >= p.soft, soft > 0.0) {
            (true, _) => Status::Full,
            (false, true) => Status::SoftPartial,
            (false, false) => Status::SoftZero,
        };
        let closing_cash = greater(total + draw - obligations - soft, 0.0);
        return (Payment { senior: p.senior, hard: p.hard, soft, draw, inflow, dead_weight: 0.0, closing_cash, defaulted: false }, status);
    }
    let available = p.recovery_own * p.own + p.recovery_inflow * inflow;
    let senior = p.senior.min(available);
    let hard = p.hard.min(available - senior);
    let dead_weight = (1.0 - p.recovery_own) * p.own + (1.0 - p.recovery_inflow) * inflow;
    let status = if available > p.senior { Status::DefaultHard } else { Status::DefaultSenior };
    (
        Payment {
            senior,
            hard,
            soft: 0.0,
            draw: 0.0,
            inflow,
            dead_weight,
            closing_cash: (available - senior - hard).max(0.0),
            defaulted: true,
        },
        status,
    )
}

/// Shares that a payer pays of class 2 and class 3.
fn paid_shares(position: &Position, payment: &Payment) -> [f64; 2] {
    let share = |owed: f64, paid: f64| if owed > 0.0 { paid / owed } else { 1.0 };
    [share(position.hard, payment.hard), share(position.soft, payment.soft)]
}

/// Clears one system: the greatest clearing vector (or the least), left in `work.payments`.
///
/// `positions` has one entry per firm; `claims` are the edges among them, in any order. Sweeps run from the chosen end; whenever no firm changed its
/// status in a sweep, the linear system of that status is solved and its solution accepted if and only if the map reproduces it (the verified
/// jump of model 5.2). A solve that reaches no fixed point says so in [`Solved::converged`].
pub fn clear(positions: &[Position], claims: &[Claim], which: FixedPoint, work: &mut Workspace) -> Solved {
    let scale =
        positions.iter().map(|p| p.senior + p.hard + p.soft + p.own + p.sure_inflow).fold(f64::MIN_POSITIVE, |most, x| greater(x, most));
    start(positions, claims, which, work);
    let mut sweeps = 0;
    let mut residual = f64::INFINITY;
    while sweeps < MOST_SWEEPS {
        sweeps += 1;
        let stable = answer(positions, claims, sweeps == 1, work);
        collect(positions, claims, &work.live, &work.shares, &mut work.candidate);
        residual = largest_change(&work.live, &work.inflow, &work.candidate);
        if residual <= 1e-3 * RESIDUAL_TOLERANCE * scale {
            break;
        }
        if stable && sweeps > 1 && jump(positions, claims, scale, which, work) {
            residual = largest_change(&work.live, &work.inflow, &work.candidate);
            break;
        }
        std::mem::swap(&mut work.inflow, &mut work.candidate);
    }
    Solved { sweeps, residual, converged: residual <= RESIDUAL_TOLERANCE * scale }
}

/// First inflows: everybody pays in full, or nobody pays anything. From above nothing is live before somebody is short, from below everything is.
fn start(positions: &[Position], claims: &[Claim], which: FixedPoint, work: &mut Workspace) {
    let n = positions.len();
    let live = &mut work.live;
    work.payments.resize(n, Payment::default());
    work.shares.resize(n, [1.0; 2]);
    work.status.clear();
    work.status.resize(n, Status::Full);
    work.inflow.clear();
    work.inflow.extend(positions.iter().map(|p| p.sure_inflow));
    live.short.clear();
    live.short.resize(n, which == FixedPoint::Least);
    live.firms.clear();
    live.claims.clear();
    match which {
        FixedPoint::Greatest => {
            let inflow = &mut work.inflow[..];
            claims.iter().for_each(|c| inflow[c.to as usize] += c.amount);
        }
        FixedPoint::Least => live.mark(claims),
    }
    work.candidate.clone_from(&work.inflow);
}

impl Live {
    /// Finds the live part for the firms that are short.
    fn mark(&mut self, claims: &[Claim]) {
        self.receives.clone_from(&self.short);
        self.claims.resize(claims.len(), 0);
        let (short, receives, places) = (&self.short[..], &mut self.receives[..], &mut self.claims[..]);
        for c in claims {
            if short[c.from as usize] {
                receives[c.to as usize] = true;
            }
        }
        self.firms.clear();
        self.firms.extend((0..receives.len() as u32).filter(|&i| receives[i as usize]));
        // Written whether wanted or not, which is faster than a branch that nobody can foresee.
        let mut kept = 0;
        for (place, c) in claims.iter().enumerate() {
            places[kept] = place as u32;
            kept += usize::from(receives[c.to as usize]);
        }
        self.claims.truncate(kept);
    }
}

/// Every firm answers its inflow, after the first sweep every live one; true if no status changed. Marks the live part anew if another firm is short.
fn answer(positions: &[Position], claims: &[Claim], everybody: bool, work: &mut Workspace) -> bool {
    let n = positions.len();
    let (mut stable, mut more) = (true, false);
    let (inflow, payments, status) = (&work.inflow[..n], &mut work.payments[..n], &mut work.status[..n]);
    let (shares, short) = (&mut work.shares[..n], &mut work.live.short[..n]);
    let mut one = |i: usize| {
        let (payment, found) = respond(&positions[i], inflow[i]);
        stable &= found == status[i];
        more |= found != Status::Full && !short[i];
        short[i] |= found != Status::Full;
        status[i] = found;
        shares[i] = if found == Status::Full { [1.0; 2] } else { paid_shares(&positions[i], &payment) };
        payments[i] = payment;
    };
    if everybody {
        (0..n).for_each(one);
    } else {
        work.live.firms.iter().for_each(|&i| one(i as usize));
    }
    if more {
        work.live.mark(claims);
    }
    stable
}

/// Inflows of live firms that follow from what everybody pays.
fn collect(positions: &[Position], claims: &[Claim], live: &Live, shares: &[[f64; 2]], inflow: &mut [f64]) {
    for &i in &live.firms {
        inflow[i as usize] = positions[i as usize].sure_inflow;
    }
    for &k in &live.claims {
        let c = &claims[k as usize];
        inflow[c.to as usize] += c.amount * shares[c.from as usize][c.class as usize];
    }
}

/// Largest difference between the inflows assumed and those that follow.
fn largest_change(live: &Live, inflow: &[f64], following: &[f64]) -> f64 {
    live.firms.iter().map(|&i| (following[i as usize] - inflow[i as usize]).abs()).fold(0.0, |most, x| greater(x, most))
}

/// Solves the linear system of the present statuses; on success the solution is in `inflow`, `candidate` and `payments`.
fn jump(positions: &[Position], claims: &[Claim], scale: f64, which: FixedPoint, work: &mut Workspace) -> bool {
    mark_marginal(positions, work);
    let k = work.marginal.len();
    if k == 0 || k > MOST_MARGINAL || !solve_marginal(positions, claims, work) {
        return false;
    }
    let Workspace { payments, status, inflow, candidate, shares, live, trial, .. } = work;
    // Of the trial only live firms are ever read, but for the shares.
    trial.payments.resize(positions.len(), Payment::default());
    trial.inflow.resize(positions.len(), 0.0);
    trial.candidate.resize(positions.len(), 0.0);
    trial.shares.clone_from(shares);
    for (&i, &solution) in work.marginal.iter().zip(&work.solution) {
        let solved = match status[i] {
            Status::SoftPartial => Payment { soft: solution, ..payments[i] },
            _ => Payment { hard: solution, ..payments[i] },
        };
        trial.shares[i] = paid_shares(&positions[i], &solved);
    }
    collect(positions, claims, live, &trial.shares, &mut trial.inflow);
    let mut same = true;
    for &i in &live.firms {
        let i = i as usize;
        let (payment, found) = respond(&positions[i], trial.inflow[i]);
        same &= found == status[i];
        trial.shares[i] = paid_shares(&positions[i], &payment);
        trial.payments[i] = payment;
    }
    collect(positions, claims, live, &trial.shares, &mut trial.candidate);
    let near = |i: usize| (trial.inflow[i] - trial.candidate[i]).abs() <= RESIDUAL_TOLERANCE * scale;
    let reproduced = live.firms.iter().all(|&i| near(i as usize));
    if same && reproduced {
        live.firms.iter().for_each(|&i| payments[i as usize] = trial.payments[i as usize]);
        std::mem::swap(inflow, &mut trial.inflow);
        std::mem::swap(candidate, &mut trial.candidate);
        return true;
    }
    // From below the limit of the sweeps can lie under a jump of the map: go on from the solution if it is above the iterate.
    if which == FixedPoint::Least && trial.inflow.iter().zip(&*candidate).all(|(a, b)| *a >= *b - RESIDUAL_TOLERANCE * scale) && reproduced
    {
        std::mem::swap(candidate, &mut trial.inflow);
    }
    false
}

/// Firms whose payment moves with their inflow: a soft class paid in part, or a default in which class 2 is paid in part.
fn mark_marginal(positions: &[Position], work: &mut Workspace) {
    work.marginal.clear();
    work.slot.clear();
    work.slot.resize(positions.len(), usize::MAX);
    for (i, status) in work.status.iter().enumerate() {
        if matches!(status, Status::SoftPartial | Status::DefaultHard) {
            work.slot[i] = work.marginal.len();
            work.marginal.push(i);
        }
    }
}

/// Builds and solves y_u = constant_u + gain_u (inflow from marginal payers), y being what a marginal firm pays of its marginal class.
fn solve_marginal(positions: &[Position], claims: &[Claim], work: &mut Workspace) -> bool {
    let k = work.marginal.len();
    work.matrix.clear();
    work.matrix.resize(k * k, 0.0);
    work.solution.clear();
    for &i in &work.marginal {
        let p = &positions[i];
        let (constant, gain) = marginal_line(p, work.status[i]);
        work.solution.push(constant + gain * p.sure_inflow);
    }
    for &place in &work.live.claims {
        let c = &claims[place as usize];
        let row = work.slot[c.to as usize];
        if row == usize::MAX {
            continue;
        }
        let from = c.from as usize;
        let (_, gain) = marginal_line(&positions[c.to as usize], work.status[c.to as usize]);
        let marginal_class = match work.status[from] {
            Status::SoftPartial => Some((Class::Soft, positions[from].soft)),
            Status::DefaultHard => Some((Class::Hard, positions[from].hard)),
            _ => None,
        };
        match marginal_class {
            Some((class, owed)) if class == c.class => work.matrix[row * k + work.slot[from]] -= gain * c.amount / owed,
            _ => work.solution[row] += gain * c.amount * work.shares[from][c.class as usize],
        }
    }
    for row in 0..k {
        work.matrix[row * k + row] += 1.0;
    }
    solve_dense(k, &mut work.matrix, &mut work.solution)
}

/// Constant and gain of a marginal firm's payment as a function of its inflow.
fn marginal_line(p: &Position, status: Status) -> (f64, f64) {
    match status {
        Status::SoftPartial => (p.own - p.senior - p.hard - p.minimum_cash, 1.0),
        _ => (p.recovery_own * p.own - p.senior, p.recovery_inflow),
    }
}

/// Gaussian elimination with partial pivoting in place; false if the matrix is singular.
fn solve_dense(k: usize, a: &mut [f64], b: &mut [f64]) -> bool {
    for col in 0..k {
        let pivot = (col..k).max_by(|&x, &y| a[x * k + col].abs().total_cmp(&a[y * k + col].abs())).unwrap_or(col);
        if a[pivot * k + col].abs() < 1e-13 {
            return false;
        }
        if pivot != col {
            for j in 0..k {
                a.swap(pivot * k + j, col * k + j);
            }
            b.swap(pivot, col);
        }
        for row in col + 1..k {
            let factor = a[row * k + col] / a[col * k + col];
            if factor != 0.0 {
                for j in col..k {
                    a[row * k + j] -= factor * a[col * k + j];
                }
                b[row] -= factor * b[col];
            }
        }
    }
    for row in (0..k).rev() {
        let known: f64 = (row + 1..k).map(|j| a[row * k + j] * b[j]).sum();
        b[row] = (b[row] - known) / a[row * k + row];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clear_all(positions: &[Position], claims: &[Claim], which: FixedPoint) -> Vec<Payment> {
        let mut work = Workspace::default();
        let solved = clear(positions, claims, which, &mut work);
        assert!(solved.converged, "{solved:?}");
        work.payments
    }

    #[test]
    fn nothing_owed_is_nothing_paid() {
        let p = clear_all(&[Position::default(); 3], &[], FixedPoint::Greatest);
        assert!(p.iter().all(|x| !x.defaulted && x.closing_cash == 0.0));
        assert!(clear_all(&[], &[], FixedPoint::Greatest).is_empty());
    }
}
