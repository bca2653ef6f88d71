//! Clearing of many shocks on one network: everything that only the debts decide is worked out once, shocks come in rows of 64 lanes. The map is that of
//! section 5.2 of docs/methods.md without lines and soft classes; no least fixed point, and lanes that settle slowly go to [`super::payments`].
//!
//! Source: Eisenberg & Noe (2001), with default costs Rogers & Veraart (2013). What is iterated is not what firms pay but what their debtors leave
//! unpaid, from nothing upwards. Where few firms fail that is nothing nearly everywhere, so that a lane costs as much as the debts of those who do.

use super::one_shot::eisenberg_noe::{Outside, Recovery, claims, positions};
use super::one_shot::Network;
use super::payments::{self, Claim, Position, SOLVENT_TOLERANCE};
use super::{FixedPoint, Solved};
use crate::error::{Error, Result};
use crate::lanes::{Isa, LANES, Row, greater, lane_kernel, lesser};
use crate::model::Csr;

/// Sweeps over the failed firms after which a lane is handed to the general kernel, which can jump to the end of a slow approach.
const MOST_SWEEPS: u32 = 100;
/// Change of what a firm leaves unpaid, relative to what it owes, that is no longer passed on: rounding.
const STILL: f64 = 4.0 * f64::EPSILON;
/// Debts are walked in groups of as many, filled up with nothing: firms with few debts then take the same way through the code, which the processor can
/// foresee.
const GROUP: usize = 8;
/// No place.
const NONE: u32 = u32::MAX;

/// What the debts decide about one firm, in money.
#[derive(Debug, Clone, Copy)]
struct Firm {
    /// It fails if its external assets less what its debtors leave unpaid are below this.
    solvent_from: f64,
    /// What it would leave unpaid if it failed with no external assets and its debtors paid everything.
    most_unpaid: f64,
    /// Owed in all.
    owed: f64,
    /// Owed to those with whom its creditors inside share losses: at most this of what is unpaid is theirs.
    shared: f64,
    /// First group of its debts.
    first: u32,
    /// After its last group.
    end: u32,
}

/// A debt: who bears the share of what the debtor leaves unpaid.
#[derive(Debug, Clone, Copy)]
struct Debt {
    to: u32,
    share: f64,
}

/// A network of debts, ready to clear any number of shocks to external assets.
#[derive(Debug, Clone)]
pub struct Prepared {
    recovery: Recovery,
    firms: Vec<Firm>,
    debts: Vec<[Debt; GROUP]>,
    /// Below it a lane needs a look: the firm fails, or what was given are no assets.
    watch: Vec<f64>,
    positions: Vec<Position>,
    claims: Vec<Claim>,
}

/// A firm that fails in a lane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Failure {
    /// In which lane, below 64.
    pub lane: u32,
    /// Who.
    pub firm: u32,
    /// What it leaves unpaid of all that it owes, in money.
    pub unpaid: f64,
    /// What of this is borne by those who share losses with its creditors inside, in money: less than `unpaid` only where debts to the outside are senior.
    pub unpaid_shared: f64,
}

/// A failed firm while its lane is being solved.
#[derive(Debug, Clone, Copy)]
struct Member {
    firm: u32,
    /// What it would leave unpaid if its debtors paid everything.
    alone: f64,
    /// What is already passed on to its creditors.
    passed: f64,
}

/// What happened to a firm so far in the lane that is being solved.
#[derive(Debug, Clone, Copy)]
struct State {
    /// What its debtors leave unpaid to it.
    lost: f64,
    /// Its place among the failed.
    place: u32,
}

const UNTOUCHED: State = State { lost: 0.0, place: NONE };

/// Memory that solves reuse, and what the last one found.
#[derive(Debug, Default)]
pub struct Workspace {
    /// Who fails, lane by lane in ascending order; within a lane in an order that the network and the lane alone decide.
    pub failures: Vec<Failure>,
    /// Lanes to look at, a bit each, for each firm.
    marks: Vec<u64>,
    /// Failures with all else paid, linked by lane: the firm, and the one before in the same lane.
    first: Vec<(u32, u32)>,
    members: Vec<Member>,
    state: Vec<State>,
    positions: Vec<Position>,
    general: payments::Workspace,
}

impl Prepared {
    /// Prepares the debts of a network; its external assets and its stakes are not looked at.
    ///
    /// # Errors
    /// [`Error::Usage`] for a network that [`Network::check`] refuses, for recoveries outside 0 to 1, and for debts whose sums are not finite.
    pub fn new(network: &Network, outside: Outside, recovery: Recovery) -> Result<Prepared> {
        network.check()?;
        recovery.check()?;
        let (positions, claims) = (positions(network, outside, recovery), claims(network));
        let (due, by_debtor) = (network.claims_inside(), Csr::group(network.firms(), claims.len(), |e| Some(claims[e].from as usize)));
        let mut prepared = Prepared { recovery, firms: vec![], debts: vec![], watch: vec![], positions, claims };
        for (i, due) in due.into_iter().enumerate() {
            prepared.add(i, due, by_debtor.of(i))?;
        }
        Ok(prepared)
    }

    /// Adds firm i, to whom `due` is owed inside, with its debts.
    fn add(&mut self, i: usize, due: f64, debts: &[u32]) -> Result<()> {
        let (p, first) = (self.positions[i], self.debts.len() as u32);
        let owed = p.senior + p.hard;
        if !(owed.is_finite() && due.is_finite()) {
            return Err(Error::Usage(format!("firm {i} owes {owed} and is owed {due}: expected finite sums")));
        }
        for group in debts.chunks(GROUP) {
            // A share of nothing that the firm owes itself: it is walked and moves nothing.
            let mut filled = [Debt { to: i as u32, share: 0.0 }; GROUP];
            for (debt, &e) in filled.iter_mut().zip(group) {
                let claim = self.claims[e as usize];
                *debt = Debt { to: claim.to, share: if p.hard > 0.0 { claim.amount / p.hard } else { 0.0 } };
            }
            self.debts.push(filled);
        }
        // Who owes nothing cannot fail, whatever rounding makes of what it is paid.
        let solvent_from = if owed > 0.0 { owed * (1.0 - SOLVENT_TOLERANCE) - due } else { f64::NEG_INFINITY };
        self.watch.push(greater(solvent_from, 0.0));
        let most_unpaid = owed - self.recovery.inflow * due;
        self.firms.push(Firm { solvent_from, most_unpaid, owed, shared: p.hard, first, end: self.debts.len() as u32 });
        Ok(())
    }

    /// Number of firms.
    pub fn firms(&self) -> usize {
        self.firms.len()
    }

    /// Clears 64 shocks, one in each lane: the greatest clearing vector of each. `assets` has a row for each firm, its external assets in money; infinite
    /// ones, with which a firm never fails, fill lanes that are not wanted. Who fails is left in `work.failures`; everybody else pays everything.
    ///
    /// Ties are solvent, within 1e-9 of what is owed. The answer is that of the lane alone: it does not depend on the other lanes or on `isa`. Of the
    /// lanes' sweeps and residuals the largest are returned.
    ///
    /// # Errors
    /// [`Error::Usage`] if there is not one row for each firm, or if assets are negative or no number.
    pub fn clear(&self, isa: Isa, assets: &[Row], work: &mut Workspace) -> Result<Solved> {
        if assets.len() != self.firms() {
            return Err(Error::Usage(format!("{} rows of external assets: expected one for each of {} firms", assets.len(), self.firms())));
        }
        work.failures.clear();
        work.state.resize(self.firms(), UNTOUCHED);
        work.marks.resize(self.firms(), 0);
        mark(isa, assets, &self.watch, &mut work.marks);
        let last = self.group_by_lane(assets, work)?;
        let mut solved = Solved { sweeps: 0, residual: 0.0, converged: true };
        for (lane, &last) in last.iter().enumerate().filter(|(_, last)| **last != NONE) {
            let one = self.clear_lane(assets, lane, last, work);
            solved.sweeps = solved.sweeps.max(one.sweeps);
            solved.residual = greater(one.residual, solved.residual);
            solved.converged &= one.converged;
        }
        Ok(solved)
    }

    /// Links the marked firms by lane; the last of each lane.
    fn group_by_lane(&self, assets: &[Row], work: &mut Workspace) -> Result<[u32; LANES]> {
        let mut last = [NONE; LANES];
        work.first.clear();
        for (i, &marks) in work.marks.iter().enumerate().filter(|(_, marks)| **marks != 0) {
            let mut marks = marks;
            while marks != 0 {
                let lane = marks.trailing_zeros() as usize;
                marks &= marks - 1;
                let own = assets[i][lane];
                if !(own >= 0.0) {
                    return Err(Error::Usage(format!("external assets of {own} for firm {i}: expected a number that is not negative")));
                }
                let before = std::mem::replace(&mut last[lane], work.first.len() as u32);
                work.first.push((i as u32, before));
            }
        }
        Ok(last)
    }

    /// Clears one lane, given its last failure with all else paid.
    fn clear_lane(&self, assets: &[Row], lane: usize, last: u32, work: &mut Workspace) -> Solved {
        let Workspace { members, state, first, failures, .. } = work;
        members.clear();
        let mut at = last;
        while at != NONE {
            let (i, before) = first[at as usize];
            self.join(i, assets[i as usize][lane], members, state);
            at = before;
        }
        let mut sweeps = 1;
        while self.sweep(assets, lane, members, state) && sweeps < MOST_SWEEPS {
            sweeps += 1;
        }
        let mut residual = 0.0;
        for m in members.iter() {
            let (unpaid, unpaid_shared) = self.unpaid(m, state);
            residual = greater((unpaid_shared - m.passed).abs(), residual);
            failures.push(Failure { lane: lane as u32, firm: m.firm, unpaid, unpaid_shared });
        }
        for m in members.iter() {
            state[m.firm as usize] = UNTOUCHED;
            self.debts_of(m.firm).iter().flatten().for_each(|d| state[d.to as usize].lost = 0.0);
        }
        if sweeps < MOST_SWEEPS {
            return Solved { sweeps, residual, converged: true };
        }
        failures.truncate(failures.len() - members.len());
        self.clear_slowly(assets, lane, work)
    }

    /// Puts a firm among the failed.
    #[inline(always)]
    fn join(&self, i: u32, own: f64, members: &mut Vec<Member>, state: &mut [State]) {
        let f = &self.firms[i as usize];
        state[i as usize].place = members.len() as u32;
        members.push(Member { firm: i, alone: f.most_unpaid - self.recovery.assets * own, passed: 0.0 });
    }

    #[inline(always)]
    fn debts_of(&self, i: u32) -> &[[Debt; GROUP]] {
        let f = &self.firms[i as usize];
        &self.debts[f.first as usize..f.end as usize]
    }

    /// What a failed firm leaves unpaid, in all and of what it owes in the class of its debts to firms.
    #[inline(always)]
    fn unpaid(&self, m: &Member, state: &[State]) -> (f64, f64) {
        let f = &self.firms[m.firm as usize];
        let unpaid = lesser(m.alone + self.recovery.inflow * state[m.firm as usize].lost, f.owed);
        (unpaid, lesser(unpaid, f.shared))
    }

    /// Every failed firm passes on what it newly leaves unpaid; those whom that fells join at the end. True if somebody who had his turn lost more since.
    #[inline(always)]
    fn sweep(&self, assets: &[Row], lane: usize, members: &mut Vec<Member>, state: &mut [State]) -> bool {
        let mut again = false;
        let mut at = 0;
        while at < members.len() {
            let m = members[at];
            let (_, unpaid) = self.unpaid(&m, state);
            let change = unpaid - m.passed;
            if change > STILL * self.firms[m.firm as usize].owed {
                members[at].passed = unpaid;
                for debt in self.debts_of(m.firm).iter().flatten() {
                    let s = &mut state[debt.to as usize];
                    s.lost += debt.share * change;
                    again |= s.place < at as u32;
                    let own = assets[debt.to as usize][lane];
                    if s.place == NONE && own - s.lost < self.firms[debt.to as usize].solvent_from {
                        self.join(debt.to, own, members, state);
                    }
                }
            }
            at += 1;
        }
        again
    }

    /// One lane by the general kernel.
    fn clear_slowly(&self, assets: &[Row], lane: usize, work: &mut Workspace) -> Solved {
        let Workspace { positions, general, failures, .. } = work;
        positions.clone_from(&self.positions);
        positions.iter_mut().zip(assets).for_each(|(p, row)| p.own = row[lane]);
        let solved = payments::clear(positions, &self.claims, FixedPoint::Greatest, general);
        for (i, (p, x)) in positions.iter().zip(&general.payments).enumerate().filter(|(_, (_, x))| x.defaulted) {
            let unpaid_shared = p.hard - x.hard;
            failures.push(Failure { lane: lane as u32, firm: i as u32, unpaid: p.senior - x.senior + unpaid_shared, unpaid_shared });
        }
        Solved { sweeps: solved.sweeps + MOST_SWEEPS, ..solved }
    }
}

lane_kernel! {
    /// Marks the lanes in which a firm has less than what it is watched for, or no number at all.
    fn mark(assets: &[Row], watch: &[f64], marks: &mut [u64]) {
        for ((row, &watch), marks) in assets.iter().zip(watch).zip(marks) {
            let mut found = 0;
            for l in 0..LANES {
                found |= u64::from(!(row[l] >= watch)) << l;
            }
            *marks = found;
        }
    }
}
