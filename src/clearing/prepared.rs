//! Clearing of many shocks on one network: everything that only the debts decide is worked out once, shocks come in rows of 64 lanes. The map is that of
//! section 5.2 of docs/methods.md without lines and soft classes; no least fixed point, and lanes that settle slowly go to [`super::payments`].
//!
//! Source: Eisenberg & Noe (2001), their fictitious defaults; with default costs Rogers & Veraart (2013). All lanes are first looked at together: in most
//! of them everybody can pay. In the others the failed alone are solved, by what they leave unpaid instead of what they pay: that is nothing for everybody
//! else, so that a lane costs as much as the debts of those who fail in it. Solving such lanes side by side costs more: different firms fail in each.

use super::one_shot::Network;
use super::one_shot::eisenberg_noe::{Outside, Recovery, claims, positions};
use super::payments::{self, Claim, Position, SOLVENT_TOLERANCE};
use super::{FixedPoint, Solved};
use crate::error::{Error, Result};
use crate::lanes::{Isa, LANES, Row, greater, lane_kernel, lesser};
use crate::model::Csr;

/// Sweeps over the failed firms after which a lane is handed to the general kernel, which can jump to the end of a slow approach.
const MOST_SWEEPS: u32 = 100;
/// Change of what a firm leaves unpaid, relative to what it owes, that is no longer passed on.
const STILL: f64 = 1e-14;
/// Debts are walked in groups of as many, filled up with nothing: firms with few debts then take the same way through the code, which the processor can
/// foresee.
const GROUP: usize = 8;
/// Lanes are cleared in classes: those in which one firm fails if all else is paid, two, and so on. Each has code of its own, without a branch that depends
/// on the lane; only in lanes with more firms there are sweeps.
const FEW: [fn(&Prepared, &[Row], usize, u32, &mut Workspace) -> Option<Solved>; 6] = [
    Prepared::clear_few::<1>,
    Prepared::clear_few::<2>,
    Prepared::clear_few::<3>,
    Prepared::clear_few::<4>,
    Prepared::clear_few::<5>,
    Prepared::clear_few::<6>,
];
/// Columns for these, for whoever did not fail, and for even rows.
const WIDTH: usize = 8;
const CLASSES: usize = FEW.len() + 1;
/// Least pivot with which elimination is trusted.
const LEAST_PIVOT: f64 = 1e-3;
/// No place.
const NONE: u32 = u32::MAX;

/// What the debts decide about one firm, in money.
#[derive(Debug, Clone, Copy)]
struct Firm {
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
#[derive(Debug, Clone, Copy, Default)]
struct Debt {
    to: u32,
    share: f64,
}

/// A network of debts, ready to clear any number of shocks to external assets.
#[derive(Debug, Clone)]
pub struct Prepared {
    recovery: Recovery,
    firms: Vec<Firm>,
    /// A firm fails if its external assets less what its debtors leave unpaid are below this.
    solvent_from: Vec<f64>,
    /// Below this a lane needs a look: the firm fails, or what was given are no assets.
    watch: Vec<f64>,
    debts: Vec<[Debt; GROUP]>,
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
    /// What of this those bear who share losses with its creditors inside, in money: less than `unpaid` only where debts to the outside are senior.
    pub unpaid_shared: f64,
}

/// A failed firm while its lane is being solved.
#[derive(Debug, Clone, Copy)]
struct Member {
    firm: u32,
    /// After its last debt to another member.
    end: u32,
    /// What it would leave unpaid if its debtors paid everything.
    alone: f64,
    /// What other members leave unpaid to it.
    lost: f64,
    /// What it is known to leave unpaid to those who share losses.
    unpaid: f64,
    owed: f64,
    shared: f64,
}

/// What happened to a firm in the lane that is being solved.
#[derive(Debug, Clone, Copy)]
struct Account {
    /// What its debtors leave unpaid to it.
    lost: f64,
    /// Its place among the failed.
    place: u32,
}

const UNTOUCHED: Account = Account { lost: 0.0, place: NONE };

/// Memory that solves reuse, and what the last one found.
#[derive(Debug, Default)]
pub struct Workspace {
    /// Who fails, lane by lane in ascending order; within a lane in an order that the network and the lane alone decide.
    pub failures: Vec<Failure>,
    /// Lanes to look at, a bit each, for each firm.
    marks: Vec<u64>,
    /// Firms with such lanes.
    marked: Vec<u32>,
    /// Who fails even if all else is paid, linked by lane: the firm, and the place of the one before in the same lane.
    first: Vec<(u32, u32)>,
    members: Vec<Member>,
    /// Debts of members to members, by debtor; `to` is a place among the members.
    links: Vec<Debt>,
    accounts: Vec<Account>,
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
        let by_debtor = Csr::group(network.firms(), claims.len(), |e| Some(claims[e].from as usize));
        let (firms, solvent_from, watch, debts) = (vec![], vec![], vec![], vec![]);
        let mut prepared = Prepared { recovery, firms, solvent_from, watch, debts, positions, claims };
        for (i, due) in network.claims_inside().into_iter().enumerate() {
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
        for group in merged(debts.iter().map(|&e| self.claims[e as usize])).chunks(GROUP) {
            // A share of nothing that the firm owes itself: it is walked and moves nothing.
            let mut filled = [Debt { to: i as u32, share: 0.0 }; GROUP];
            for (debt, &(to, amount)) in filled.iter_mut().zip(group) {
                *debt = Debt { to, share: amount / p.hard };
            }
            self.debts.push(filled);
        }
        // Who owes nothing cannot fail, whatever rounding makes of what it is paid.
        let solvent_from = if owed > 0.0 { owed * (1.0 - SOLVENT_TOLERANCE) - due } else { f64::NEG_INFINITY };
        self.solvent_from.push(solvent_from);
        self.watch.push(greater(solvent_from, 0.0));
        let most_unpaid = owed - self.recovery.inflow * due;
        self.firms.push(Firm { most_unpaid, owed, shared: p.hard, first, end: self.debts.len() as u32 });
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
        work.marks.resize(self.firms(), 0);
        work.marked.resize(self.firms(), 0);
        work.accounts.resize(self.firms(), UNTOUCHED);
        mark(isa, assets, &self.watch, &mut work.marks);
        let (at_least, last) = group_by_lane(assets, work)?;
        let mut solved = Solved { sweeps: 0, residual: 0.0, converged: true };
        for (class, few) in FEW.into_iter().enumerate() {
            let mut lanes = at_least[class] & !at_least[class + 1];
            while lanes != 0 {
                let lane = lanes.trailing_zeros() as usize;
                lanes &= lanes - 1;
                let one = few(self, assets, lane, last[lane], work).unwrap_or_else(|| self.clear_lane(assets, lane, last[lane], work));
                add(&mut solved, one);
            }
        }
        let mut lanes = at_least[FEW.len()];
        while lanes != 0 {
            let lane = lanes.trailing_zeros() as usize;
            lanes &= lanes - 1;
            add(&mut solved, self.clear_lane(assets, lane, last[lane], work));
        }
        Ok(solved)
    }

    /// Clears a lane in which K firms fail if all else is paid, by elimination. None if that fells somebody else, or is not the answer for another reason.
    fn clear_few<const K: usize>(&self, assets: &[Row], lane: usize, last: u32, work: &mut Workspace) -> Option<Solved> {
        let Workspace { accounts, first, failures, .. } = work;
        let (mut failed, mut alone, mut at) = ([0; K], [0.0; K], last);
        for k in 0..K {
            (failed[k], at) = first[at as usize];
            accounts[failed[k] as usize].place = k as u32;
            alone[k] = self.firms[failed[k] as usize].most_unpaid - self.recovery.assets * assets[failed[k] as usize][lane];
        }
        let gain = if K > 1 { self.gains(&failed, accounts) } else { [[0.0; WIDTH]; K] };
        let (unpaid, residual) = eliminate(&alone, &gain)?;
        let within = (0..K).all(|k| unpaid[k] <= self.firms[failed[k] as usize].shared);
        if !within || self.fells(&failed, &unpaid, assets, lane, accounts) {
            return None;
        }
        for k in 0..K {
            accounts[failed[k] as usize].place = NONE;
            failures.push(Failure { lane: lane as u32, firm: failed[k], unpaid: unpaid[k], unpaid_shared: unpaid[k] });
        }
        Some(Solved { sweeps: 1, residual, converged: true })
    }

    /// By how much one failed firm (column) leaves more unpaid for what another one (row) does.
    #[inline(always)]
    fn gains<const K: usize>(&self, failed: &[u32; K], accounts: &[Account]) -> [[f64; WIDTH]; K] {
        let mut gain = [[0.0; WIDTH]; K];
        for k in 0..K {
            for group in self.debts_of(failed[k]) {
                for debt in group {
                    // Whoever did not fail has a column of his own that nobody reads.
                    let column = (accounts[debt.to as usize].place as usize).min(K);
                    gain[k][column] = self.recovery.inflow * debt.share;
                }
            }
        }
        gain
    }

    /// Whether what the failed leave unpaid fells another firm. Accounts are left as before.
    #[inline(always)]
    fn fells<const K: usize>(&self, failed: &[u32; K], unpaid: &[f64; K], assets: &[Row], lane: usize, accounts: &mut [Account]) -> bool {
        let mut fells = false;
        for k in 0..K {
            for group in self.debts_of(failed[k]) {
                for debt in group {
                    let j = debt.to as usize;
                    let lost = accounts[j].lost + debt.share * unpaid[k];
                    fells |= (assets[j][lane] - lost < self.solvent_from[j]) & (accounts[j].place == NONE);
                    if K > 1 {
                        accounts[j].lost = lost;
                    }
                }
            }
        }
        if K > 1 {
            self.forget(failed.iter().copied(), accounts);
        }
        fells
    }

    /// Creditors of these firms have lost nothing again.
    #[inline(always)]
    fn forget(&self, debtors: impl Iterator<Item = u32>, accounts: &mut [Account]) {
        for i in debtors {
            for group in self.debts_of(i) {
                for debt in group {
                    accounts[debt.to as usize].lost = 0.0;
                }
            }
        }
    }

    /// Clears one lane, given the last of those who fail even if all else is paid: what the failed leave unpaid to each other, who fails for that, and so on.
    fn clear_lane(&self, assets: &[Row], lane: usize, last: u32, work: &mut Workspace) -> Solved {
        let mut at = last;
        work.members.clear();
        while at != NONE {
            let (i, before) = work.first[at as usize];
            self.join(i, assets[i as usize][lane], &mut work.members, &mut work.accounts);
            at = before;
        }
        let mut sweeps = 0;
        loop {
            self.link(work);
            let taken = self.settle(&mut work.members, &work.links);
            sweeps += taken;
            let more = self.pass_on(assets, lane, work);
            if taken == MOST_SWEEPS || !more {
                return self.report(assets, lane, sweeps, taken == MOST_SWEEPS, work);
            }
        }
    }

    /// Puts a firm among the failed.
    #[inline(always)]
    fn join(&self, i: u32, own: f64, members: &mut Vec<Member>, accounts: &mut [Account]) {
        let f = &self.firms[i as usize];
        accounts[i as usize].place = members.len() as u32;
        let alone = f.most_unpaid - self.recovery.assets * own;
        members.push(Member { firm: i, end: 0, alone, lost: 0.0, unpaid: 0.0, owed: f.owed, shared: f.shared });
    }

    /// Groups of the debts of firm i.
    #[inline(always)]
    fn debts_of(&self, i: u32) -> &[[Debt; GROUP]] {
        let f = &self.firms[i as usize];
        &self.debts[f.first as usize..f.end as usize]
    }

    /// Finds the debts of members to members. Each is written whether wanted or not, which is faster than a branch that nobody can foresee.
    #[inline(always)]
    fn link(&self, work: &mut Workspace) {
        let Workspace { members, links, accounts, .. } = work;
        let mut count = 0;
        for (at, m) in members.iter_mut().enumerate() {
            for group in self.debts_of(m.firm) {
                if links.len() < count + GROUP {
                    links.resize(count + GROUP, Debt::default());
                }
                for debt in group {
                    let place = accounts[debt.to as usize].place;
                    links[count] = Debt { to: place, share: debt.share };
                    count += usize::from((place != NONE) & (place != at as u32));
                }
            }
            (m.end, m.lost, m.unpaid) = (count as u32, 0.0, 0.0);
        }
    }

    /// What a member leaves unpaid, in all and to those who share losses.
    #[inline(always)]
    fn unpaid(&self, m: &Member) -> (f64, f64) {
        let unpaid = lesser(m.alone + self.recovery.inflow * m.lost, m.owed);
        (unpaid, lesser(unpaid, m.shared))
    }

    /// Lets members pass on to each other what they leave unpaid, one after another, until nothing moves; the sweeps it took.
    #[inline(always)]
    fn settle(&self, members: &mut [Member], links: &[Debt]) -> u32 {
        for sweep in 1..MOST_SWEEPS {
            let (mut again, mut start) = (false, 0);
            for at in 0..members.len() {
                let m = &mut members[at];
                let (_, unpaid) = self.unpaid(m);
                let (change, end) = (unpaid - m.unpaid, m.end as usize);
                if change > STILL * m.owed {
                    m.unpaid = unpaid;
                    for link in &links[start..end] {
                        members[link.to as usize].lost += link.share * change;
                        again |= link.to < at as u32;
                    }
                }
                start = end;
            }
            if !again {
                return sweep;
            }
        }
        MOST_SWEEPS
    }

    /// Takes from all creditors what the members leave unpaid; whom that fells joins them. True if somebody did. Accounts are left as before.
    #[inline(always)]
    fn pass_on(&self, assets: &[Row], lane: usize, work: &mut Workspace) -> bool {
        let Workspace { members, accounts, .. } = work;
        let failed = members.len();
        for at in 0..failed {
            let m = members[at];
            for group in self.debts_of(m.firm) {
                for debt in group {
                    let j = debt.to as usize;
                    let (account, own) = (&mut accounts[j], assets[j][lane]);
                    account.lost += debt.share * m.unpaid;
                    if (own - account.lost < self.solvent_from[j]) & (account.place == NONE) {
                        self.join(debt.to, own, members, accounts);
                    }
                }
            }
        }
        self.forget(members[..failed].iter().map(|m| m.firm), accounts);
        members.len() > failed
    }

    /// Writes down the failures of a lane and forgets its members; if they did not settle, the general kernel finds the failures.
    #[inline(always)]
    fn report(&self, assets: &[Row], lane: usize, sweeps: u32, slow: bool, work: &mut Workspace) -> Solved {
        let mut residual = 0.0;
        for m in &work.members {
            work.accounts[m.firm as usize].place = NONE;
            if !slow {
                let (unpaid, unpaid_shared) = self.unpaid(m);
                residual = greater((unpaid_shared - m.unpaid).abs(), residual);
                work.failures.push(Failure { lane: lane as u32, firm: m.firm, unpaid, unpaid_shared });
            }
        }
        if slow {
            return self.clear_slowly(assets, lane, sweeps, work);
        }
        Solved { sweeps, residual, converged: true }
    }

    /// One lane by the general kernel, after some sweeps in vain.
    #[cold]
    fn clear_slowly(&self, assets: &[Row], lane: usize, sweeps: u32, work: &mut Workspace) -> Solved {
        let Workspace { positions, general, failures, .. } = work;
        positions.clone_from(&self.positions);
        positions.iter_mut().zip(assets).for_each(|(p, row)| p.own = row[lane]);
        let solved = payments::clear(positions, &self.claims, FixedPoint::Greatest, general);
        for (i, (p, x)) in positions.iter().zip(&general.payments).enumerate().filter(|(_, (_, x))| x.defaulted) {
            let unpaid_shared = p.hard - x.hard;
            failures.push(Failure { lane: lane as u32, firm: i as u32, unpaid: p.senior - x.senior + unpaid_shared, unpaid_shared });
        }
        Solved { sweeps: sweeps + solved.sweeps, ..solved }
    }
}

fn add(all: &mut Solved, one: Solved) {
    all.sweeps = all.sweeps.max(one.sweeps);
    all.residual = greater(one.residual, all.residual);
    all.converged &= one.converged;
}

/// Solves x_l = alone_l + sum over k of gain_kl x_k by elimination, and the residual; none if it cannot be trusted. Numbers that are not negative are added
/// and multiplied but for the pivots, so that little is lost to rounding.
#[inline(always)]
fn eliminate<const K: usize>(alone: &[f64; K], gain: &[[f64; WIDTH]; K]) -> Option<([f64; K], f64)> {
    let (mut c, mut g, mut inverse, mut least) = (*alone, *gain, [0.0; K], 1.0);
    for p in 0..K {
        least = lesser(1.0 - g[p][p], least);
        inverse[p] = 1.0 / (1.0 - g[p][p]);
        for l in p + 1..K {
            let factor = g[p][l] * inverse[p];
            c[l] += factor * c[p];
            for k in p + 1..K {
                g[k][l] += g[k][p] * factor;
            }
        }
    }
    let mut x = [0.0; K];
    for p in (0..K).rev() {
        let later = (p + 1..K).map(|k| g[k][p] * x[k]).sum::<f64>();
        x[p] = (c[p] + later) * inverse[p];
    }
    let misses = |l: usize| (alone[l] + (0..K).map(|k| gain[k][l] * x[k]).sum::<f64>() - x[l]).abs();
    (least >= LEAST_PIVOT).then(|| (x, (0..K).map(misses).fold(0.0, greater)))
}

/// Creditors of one firm, each once, and what they are owed, which is more than nothing.
fn merged(claims: impl Iterator<Item = Claim>) -> Vec<(u32, f64)> {
    let mut owed: Vec<(u32, f64)> = claims.filter(|c| c.amount > 0.0).map(|c| (c.to, c.amount)).collect();
    owed.sort_by_key(|debt| debt.0);
    owed.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0.0 };
        same
    });
    owed
}

/// Links the marked firms by lane: the lanes with at least one, two and so on, a bit each, and the last firm of each lane.
#[inline(always)]
fn group_by_lane(assets: &[Row], work: &mut Workspace) -> Result<([u64; CLASSES], [u32; LANES])> {
    let (mut at_least, mut last) = ([0; CLASSES], [NONE; LANES]);
    let Workspace { marks, marked, first, .. } = work;
    let mut count = 0;
    for i in 0..marks.len() {
        marked[count] = i as u32;
        count += usize::from(marks[i] != 0);
    }
    first.clear();
    for &i in &marked[..count] {
        let (mut left, row) = (marks[i as usize], &assets[i as usize]);
        for k in (1..CLASSES).rev() {
            at_least[k] |= at_least[k - 1] & left;
        }
        at_least[0] |= left;
        while left != 0 {
            let lane = left.trailing_zeros() as usize;
            left &= left - 1;
            if !(row[lane] >= 0.0) {
                return Err(Error::Usage(format!(
                    "external assets of {} for firm {i}: expected a number that is not negative",
                    row[lane]
                )));
            }
            let before = std::mem::replace(&mut last[lane], first.len() as u32);
            first.push((i, before));
        }
    }
    Ok((at_least, last))
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
