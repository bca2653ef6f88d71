//! Clearing of many shocks on one network: everything that only the debts decide is worked out once, shocks come in rows of 64 lanes. The map is that of
//! section 5.2 of docs/methods.md without lines and soft classes; no least fixed point, and shocks that settle slowly go to [`super::payments`].
//!
//! Source: Eisenberg & Noe (2001), their fictitious defaults; with default costs Rogers & Veraart (2013). What is solved for is not what firms pay but what
//! they leave unpaid: nothing, for nearly all. All lanes are first looked at together, since in most of them everybody can pay. Where few firms fail, and
//! fell nobody else, their debts to each other are solved by elimination, one lane at a time: different firms fail in each lane, so that side by side most
//! work would be for nothing. The rest waits until there are enough to be swept side by side.

use super::one_shot::Network;
use super::one_shot::eisenberg_noe::{Outside, Recovery, claims, positions};
use super::payments::{self, Claim, Position, SOLVENT_TOLERANCE};
use super::{FixedPoint, Solved};
use crate::error::{Error, Result};
use crate::lanes::{Isa, LANES, Row, greater, lane_kernel, lesser, row, splat};
use crate::model::Csr;

/// Sweeps after which a shock is handed to the general kernel, which can jump to the end of a slow approach.
const MOST_SWEEPS: u32 = 100;
/// Change of what a firm leaves unpaid, relative to what it owes, that is no longer passed on.
const STILL: f64 = 1e-14;
/// Debts are walked in groups of as many, filled up with nothing: firms with few debts then take the same way through the code, which the processor can
/// foresee.
const GROUP: usize = 8;
/// No place.
const NONE: u32 = u32::MAX;
/// Lanes are cleared in classes: those in which one firm fails if all else is paid, two, and so on. Each class has code of its own without a branch that
/// depends on the lane; lanes with more wait for the sweeps.
const FEW: [Few; 12] = [
    Prepared::clear_few::<1>,
    Prepared::clear_few::<2>,
    Prepared::clear_few::<3>,
    Prepared::clear_few::<4>,
    Prepared::clear_few::<5>,
    Prepared::clear_few::<6>,
    Prepared::clear_few::<7>,
    Prepared::clear_few::<8>,
    Prepared::clear_few::<9>,
    Prepared::clear_few::<10>,
    Prepared::clear_few::<11>,
    Prepared::clear_few::<12>,
];
const CLASSES: usize = FEW.len() + 1;
/// Sweeps cost as much as there are firms, elimination does not: the more firms, the more classes are eliminated. Measured at 20 and at 200 firms.
const FIRMS_PER_CLASS: usize = 16;
/// Columns for the firms of the last class and for all others.
const WIDTH: usize = FEW.len() + 1;
/// Least pivot with which elimination is trusted.
const LEAST_PIVOT: f64 = 1e-3;

/// Clears a lane of the block whose assets are given, from the last firm that fails in it.
type Few = fn(&Prepared, &[Row], Place, u32, &mut Workspace) -> Option<f64>;

/// Where a shock is.
#[derive(Debug, Clone, Copy)]
struct Place {
    shock: u32,
    lane: usize,
}

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
}

impl Firm {
    /// What it leaves unpaid, if it fails. Where rounding makes it less than nothing it is nothing.
    #[inline(always)]
    fn unpaid(&self, recovery: Recovery, own: f64, lost: f64) -> f64 {
        greater(lesser(self.most_unpaid - recovery.assets * own + recovery.inflow * lost, self.owed), 0.0)
    }
}

/// Who bears the share of what a debtor leaves unpaid; or whose share a creditor bears.
#[derive(Debug, Clone, Copy)]
struct Debt {
    firm: u32,
    share: f64,
}

/// A network of debts, ready to clear any number of shocks to external assets.
#[derive(Debug, Clone)]
pub struct Prepared {
    recovery: Recovery,
    firms: Vec<Firm>,
    /// Of each firm, close together.
    solvent_from: Vec<f64>,
    /// Below this a lane needs a look: the firm fails, or what was given are no assets.
    watch: Vec<f64>,
    /// Debts of each firm by creditor, in groups, and where each firm's groups start.
    debts: Vec<[Debt; GROUP]>,
    debts_start: Vec<u32>,
    /// Debts to each firm by debtor, and where each firm's start.
    credits: Vec<Debt>,
    credits_start: Vec<u32>,
    /// Classes that are eliminated.
    few: usize,
    positions: Vec<Position>,
    claims: Vec<Claim>,
}

/// A firm that fails under a shock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Failure {
    /// Under which shock: 64 times its block, plus its lane.
    pub shock: u32,
    /// Who.
    pub firm: u32,
    /// What it leaves unpaid of all that it owes, in money.
    pub unpaid: f64,
    /// What of this those bear who share losses with its creditors inside, in money: less than `unpaid` only where debts to the outside are senior.
    pub unpaid_shared: f64,
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
    /// Who fails under which shock; everybody else pays everything. Those of one shock are in an order that depends on nothing but the network and it.
    pub failures: Vec<Failure>,
    /// Lanes to look at, a bit each, for each firm.
    marks: Vec<u64>,
    /// Firms with such lanes.
    marked: Vec<u32>,
    /// Who fails even if all else is paid, linked by lane: the firm, and the place of the one before in the same lane.
    first: Vec<(u32, u32)>,
    accounts: Vec<Account>,
    /// Shocks that wait to be swept, their assets, and what firms leave unpaid: shared, in all.
    waiting: Vec<u32>,
    assets: Vec<Row>,
    shared: Vec<Row>,
    unpaid: Vec<Row>,
    /// Firms of which a debtor leaves more unpaid than when they were last looked at.
    changed: Vec<bool>,
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
        let firms = firms(&positions, &network.claims_inside(), recovery)?;
        let solvent_from: Vec<f64> = firms.iter().map(|f| f.solvent_from).collect();
        let watch = solvent_from.iter().map(|&x| greater(x, 0.0)).collect();
        let (debts, debts_start) = by_debtor(&positions, &claims);
        let (credits, credits_start) = by_creditor(&positions, &claims);
        let few = (5 + firms.len() / FIRMS_PER_CLASS).min(FEW.len());
        Ok(Prepared { recovery, firms, few, solvent_from, watch, debts, debts_start, credits, credits_start, positions, claims })
    }

    /// Number of firms.
    pub fn firms(&self) -> usize {
        self.firms.len()
    }

    /// Clears many shocks, 64 in each block: the greatest clearing vector of each. `assets` has, block by block, a row of lanes for each firm with its
    /// external assets in money; infinite ones, with which a firm never fails, fill lanes that are not wanted. Who fails is left in `work.failures`.
    ///
    /// Ties are solvent, within 1e-9 of what is owed. The answer to a shock depends on it alone, not on the others or on `isa`. More blocks at a time take
    /// less time for each. Of all shocks' sweeps and residuals the largest are returned.
    ///
    /// # Errors
    /// [`Error::Usage`] if there is not one row for each firm in each block, if there are 2^32 shocks or more, or if assets are negative or no number.
    pub fn clear(&self, isa: Isa, assets: &[Row], work: &mut Workspace) -> Result<Solved> {
        let n = self.firms();
        if !assets.len().is_multiple_of(n) || assets.len() / n >= NONE as usize / LANES {
            return Err(Error::Usage(format!(
                "{} rows of external assets: expected one for each of {n} firms in each block",
                assets.len()
            )));
        }
        work.make_room(n);
        let mut solved = Solved { sweeps: 0, residual: 0.0, converged: true };
        for (block, assets) in assets.chunks_exact(n).enumerate() {
            mark(isa, assets, &self.watch, &mut work.marks);
            let (at_least, last) = group_by_lane(assets, self.few, work)?;
            for (class, few) in FEW.iter().enumerate().take(self.few) {
                for lane in lanes_of(at_least[class] & !at_least[class + 1]) {
                    let place = Place { shock: (block * LANES + lane) as u32, lane };
                    match few(self, assets, place, last[lane], work) {
                        Some(residual) => solved.residual = greater(residual, solved.residual),
                        None => self.wait(isa, assets, place, work, &mut solved),
                    }
                }
            }
            for lane in lanes_of(at_least[self.few]) {
                self.wait(isa, assets, Place { shock: (block * LANES + lane) as u32, lane }, work, &mut solved);
            }
        }
        self.clear_waiting(isa, work, &mut solved);
        Ok(solved)
    }

    /// Clears a lane in which K firms fail if all else is paid, by elimination; the residual. None if that fells somebody else, or is not the answer for
    /// another reason.
    fn clear_few<const K: usize>(&self, assets: &[Row], place: Place, last: u32, work: &mut Workspace) -> Option<f64> {
        let Workspace { accounts, first, failures, .. } = work;
        let (mut failed, mut alone, mut at) = ([0; K], [0.0; K], last);
        for k in 0..K {
            (failed[k], at) = first[at as usize];
            accounts[failed[k] as usize].place = k as u32;
            alone[k] = self.firms[failed[k] as usize].unpaid(self.recovery, assets[failed[k] as usize][place.lane], 0.0);
        }
        let gain = if K > 1 { self.gains(&failed, accounts) } else { [[0.0; WIDTH]; K] };
        let solution = eliminate(&alone, &gain);
        let answer = solution.filter(|(unpaid, _)| {
            let within = (0..K).all(|k| unpaid[k] <= self.firms[failed[k] as usize].shared);
            within && !self.fells(&failed, unpaid, assets, place.lane, accounts)
        });
        failed.iter().for_each(|&i| accounts[i as usize].place = NONE);
        let (unpaid, residual) = answer?;
        for k in 0..K {
            failures.push(Failure { shock: place.shock, firm: failed[k], unpaid: unpaid[k], unpaid_shared: unpaid[k] });
        }
        Some(residual)
    }

    /// Groups of the debts of firm i.
    #[inline(always)]
    fn debts_of(&self, i: u32) -> &[[Debt; GROUP]] {
        &self.debts[self.debts_start[i as usize] as usize..self.debts_start[i as usize + 1] as usize]
    }

    /// By how much one failed firm (column) leaves more unpaid for what another one (row) does.
    #[inline(always)]
    fn gains<const K: usize>(&self, failed: &[u32; K], accounts: &[Account]) -> [[f64; WIDTH]; K] {
        let mut gain = [[0.0; WIDTH]; K];
        for k in 0..K {
            for group in self.debts_of(failed[k]) {
                for debt in group {
                    // All who did not fail have one column, which nobody reads.
                    let column = (accounts[debt.firm as usize].place as usize).min(K);
                    gain[k][column] = self.recovery.inflow * debt.share;
                }
            }
        }
        gain
    }

    /// Whether what the failed leave unpaid fells another firm. Nothing is lost in `accounts`, before and after.
    #[inline(always)]
    fn fells<const K: usize>(&self, failed: &[u32; K], unpaid: &[f64; K], assets: &[Row], lane: usize, accounts: &mut [Account]) -> bool {
        let mut fells = false;
        for k in 0..K {
            for group in self.debts_of(failed[k]) {
                for debt in group {
                    let j = debt.firm as usize;
                    let lost = accounts[j].lost + debt.share * unpaid[k];
                    fells |= (assets[j][lane] - lost < self.solvent_from[j]) & (accounts[j].place == NONE);
                    // One debtor has each creditor once: there is nothing to add up.
                    if K > 1 {
                        accounts[j].lost = lost;
                    }
                }
            }
        }
        if K > 1 {
            for &i in failed {
                for group in self.debts_of(i) {
                    group.iter().for_each(|debt| accounts[debt.firm as usize].lost = 0.0);
                }
            }
        }
        fells
    }

    /// Puts a shock among those that wait; enough of them are swept.
    fn wait(&self, isa: Isa, assets: &[Row], place: Place, work: &mut Workspace, solved: &mut Solved) {
        let lane = work.waiting.len();
        work.assets.iter_mut().zip(assets).for_each(|(to, from)| to[lane] = from[place.lane]);
        work.waiting.push(place.shock);
        if work.waiting.len() == LANES {
            self.clear_waiting(isa, work, solved);
        }
    }

    /// Clears the shocks that wait, side by side; those that have not settled go to the general kernel.
    fn clear_waiting(&self, isa: Isa, work: &mut Workspace, solved: &mut Solved) {
        let used = work.waiting.len();
        if used == 0 {
            return;
        }
        work.assets.iter_mut().for_each(|row| row[used..].fill(f64::INFINITY));
        work.shared.fill(splat(0.0));
        work.changed.fill(true);
        let (mut moving, mut sweeps) = (!0, 0);
        while moving != 0 && sweeps < MOST_SWEEPS {
            moving = sweep(isa, self, &work.assets, &mut work.shared, &mut work.changed);
            sweeps += 1;
        }
        solved.sweeps = solved.sweeps.max(sweeps);
        let residual = finish(isa, self, &work.assets, &work.shared, &mut work.unpaid, &mut work.marks);
        for lane in lanes_of(moving) {
            let one = self.clear_slowly(lane, work);
            solved.sweeps = solved.sweeps.max(sweeps + one.sweeps);
            solved.residual = greater(one.residual, solved.residual);
            solved.converged &= one.converged;
        }
        solved.residual = (0..used).filter(|l| moving >> l & 1 == 0).fold(solved.residual, |most, l| greater(residual[l], most));
        let Workspace { failures, marks, waiting, shared, unpaid, .. } = work;
        for (i, marks) in marks.iter().enumerate() {
            for lane in lanes_of(marks & !moving) {
                let (unpaid, unpaid_shared) = (unpaid[i][lane], shared[i][lane]);
                failures.push(Failure { shock: waiting[lane], firm: i as u32, unpaid, unpaid_shared });
            }
        }
        waiting.clear();
    }

    /// One of the shocks that waited, by the general kernel.
    fn clear_slowly(&self, lane: usize, work: &mut Workspace) -> Solved {
        work.positions.clone_from(&self.positions);
        work.positions.iter_mut().zip(&work.assets).for_each(|(p, row)| p.own = row[lane]);
        let solved = payments::clear(&work.positions, &self.claims, FixedPoint::Greatest, &mut work.general);
        for (i, (p, x)) in work.positions.iter().zip(&work.general.payments).enumerate().filter(|(_, (_, x))| x.defaulted) {
            let (unpaid, unpaid_shared) = (p.senior - x.senior + p.hard - x.hard, p.hard - x.hard);
            work.failures.push(Failure { shock: work.waiting[lane], firm: i as u32, unpaid, unpaid_shared });
        }
        solved
    }
}

impl Workspace {
    fn make_room(&mut self, firms: usize) {
        self.failures.clear();
        self.waiting.clear();
        self.marks.resize(firms, 0);
        self.marked.resize(firms, 0);
        self.accounts.resize(firms, UNTOUCHED);
        self.changed.resize(firms, false);
        [&mut self.assets, &mut self.shared, &mut self.unpaid].into_iter().for_each(|rows| rows.resize(firms, splat(0.0)));
    }
}

/// What the debts decide about each firm, given what is owed to each inside.
fn firms(positions: &[Position], due: &[f64], recovery: Recovery) -> Result<Vec<Firm>> {
    let firm = |(p, &due): (&Position, &f64)| {
        let owed = p.senior + p.hard;
        if !(owed.is_finite() && due.is_finite()) {
            return Err(Error::Usage(format!("a firm that owes {owed} and is owed {due}: expected finite sums")));
        }
        // Who owes nothing cannot fail, whatever rounding makes of what it is paid.
        let solvent_from = if owed > 0.0 { owed * (1.0 - SOLVENT_TOLERANCE) - due } else { f64::NEG_INFINITY };
        Ok(Firm { solvent_from, most_unpaid: owed - recovery.inflow * due, owed, shared: p.hard })
    };
    positions.iter().zip(due).map(firm).collect()
}

/// Debts by debtor in groups, each creditor once, and where the groups of each firm start.
fn by_debtor(positions: &[Position], claims: &[Claim]) -> (Vec<[Debt; GROUP]>, Vec<u32>) {
    let edges = Csr::group(positions.len(), claims.len(), |e| (claims[e].amount > 0.0).then_some(claims[e].from as usize));
    let (mut groups, mut start) = (vec![], vec![0]);
    for (i, p) in positions.iter().enumerate() {
        let mut debts: Vec<Debt> =
            edges.of(i).iter().map(|&e| Debt { firm: claims[e as usize].to, share: claims[e as usize].amount / p.hard }).collect();
        debts.sort_by_key(|debt| debt.firm);
        debts.dedup_by(|next, kept| {
            let same = next.firm == kept.firm;
            kept.share += if same { next.share } else { 0.0 };
            same
        });
        // Filled up with a share of nothing that the firm owes itself: it is walked and moves nothing.
        debts.resize(debts.len().next_multiple_of(GROUP), Debt { firm: i as u32, share: 0.0 });
        groups.extend(debts.chunks_exact(GROUP).map(|group| std::array::from_fn(|k| group[k])));
        start.push(groups.len() as u32);
    }
    (groups, start)
}

/// Debts by creditor, and where those of each firm start.
fn by_creditor(positions: &[Position], claims: &[Claim]) -> (Vec<Debt>, Vec<u32>) {
    let edges = Csr::group(positions.len(), claims.len(), |e| (claims[e].amount > 0.0).then_some(claims[e].to as usize));
    let credit = |e: &u32| {
        let claim = &claims[*e as usize];
        Debt { firm: claim.from, share: claim.amount / positions[claim.from as usize].hard }
    };
    (edges.edges.iter().map(credit).collect(), edges.start)
}

/// The lanes of which the bit is set, in ascending order.
#[inline(always)]
fn lanes_of(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lane = bits.trailing_zeros() as usize;
        bits &= bits.wrapping_sub(1);
        (lane < LANES).then_some(lane)
    })
}

/// Links the marked firms by lane: the lanes with at least one, two and so on, a bit each, and the last firm of each lane.
#[inline(always)]
fn group_by_lane(assets: &[Row], few: usize, work: &mut Workspace) -> Result<([u64; CLASSES], [u32; LANES])> {
    let (mut at_least, mut last) = ([0; CLASSES], [NONE; LANES]);
    let Workspace { marks, marked, first, .. } = work;
    // Written whether wanted or not, which is faster than a branch that nobody can foresee.
    let mut count = 0;
    for (i, marks) in marks.iter().enumerate() {
        marked[count] = i as u32;
        count += usize::from(*marks != 0);
    }
    first.clear();
    for &i in &marked[..count] {
        let (marks, row) = (marks[i as usize], &assets[i as usize]);
        for k in (1..=few).rev() {
            at_least[k] |= at_least[k - 1] & marks;
        }
        at_least[0] |= marks;
        for lane in lanes_of(marks) {
            if row[lane] < 0.0 || row[lane].is_nan() {
                let text = format!("external assets of {} for firm {i}: expected a number that is not negative", row[lane]);
                return Err(Error::Usage(text));
            }
            let before = std::mem::replace(&mut last[lane], first.len() as u32);
            first.push((i, before));
        }
    }
    Ok((at_least, last))
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

/// What firm j leaves unpaid, given what its debtors do: -1 where it does not fail.
#[inline(always)]
fn unpaid_of(network: &Prepared, j: usize, assets: &Row, shared: &[Row]) -> Row {
    let mut lost = splat(0.0);
    for credit in &network.credits[network.credits_start[j] as usize..network.credits_start[j + 1] as usize] {
        let row = &shared[credit.firm as usize];
        for l in 0..LANES {
            lost[l] += credit.share * row[l];
        }
    }
    let f = network.firms[j];
    row(|l| if assets[l] - lost[l] < f.solvent_from { f.unpaid(network.recovery, assets[l], lost[l]) } else { -1.0 })
}

/// A bit for each lane in which something holds.
#[inline(always)]
fn bits(holds: impl Fn(usize) -> bool) -> u64 {
    let mut bits = 0;
    for l in 0..LANES {
        bits |= u64::from(holds(l)) << l;
    }
    bits
}

lane_kernel! {
    /// Marks the lanes in which a firm has less than what it is watched for, or no number at all: one comparison, which no NaN passes.
    #[allow(clippy::neg_cmp_op_on_partial_ord)]
    fn mark(assets: &[Row], watch: &[f64], marks: &mut [u64]) {
        for ((row, &watch), marks) in assets.iter().zip(watch).zip(marks) {
            *marks = bits(|l| !(row[l] >= watch));
        }
    }
}

lane_kernel! {
    /// Each firm of which a debtor changed leaves unpaid, in turn, what follows from what its debtors do. The lanes in which something moved, a bit each: a
    /// lane in which nothing did is never changed again, so that it does not matter how long the others take.
    fn sweep(network: &Prepared, assets: &[Row], shared: &mut [Row], changed: &mut [bool]) -> u64 {
        let mut moves = 0;
        for j in 0..assets.len() {
            if !std::mem::take(&mut changed[j]) {
                continue;
            }
            let (f, old) = (network.firms[j], shared[j]);
            let unpaid = unpaid_of(network, j, &assets[j], shared);
            let least = STILL * f.owed;
            let new = row(|l| if lesser(unpaid[l], f.shared) > old[l] + least { lesser(unpaid[l], f.shared) } else { old[l] });
            let moved = bits(|l| new[l] > old[l]);
            shared[j] = new;
            moves |= moved;
            if moved != 0 {
                network.debts_of(j as u32).iter().flatten().for_each(|debt| changed[debt.firm as usize] |= debt.share > 0.0);
            }
        }
        moves
    }
}

lane_kernel! {
    /// What each firm leaves unpaid in all, and the lanes in which it fails, a bit each. The largest change that another sweep would make in each lane.
    fn finish(network: &Prepared, assets: &[Row], shared: &[Row], unpaid: &mut [Row], marks: &mut [u64]) -> Row {
        let mut residual = splat(0.0);
        for j in 0..assets.len() {
            let most = network.firms[j].shared;
            let found = unpaid_of(network, j, &assets[j], shared);
            residual = row(|l| greater((greater(lesser(found[l], most), 0.0) - shared[j][l]).abs(), residual[l]));
            marks[j] = bits(|l| found[l] >= 0.0);
            unpaid[j] = found;
        }
        residual
    }
}
