//! Loops: chains of firms along which money, or a claim on money, comes back to its start. Every simple cycle once, rooted at its lowest firm within the
//! firms from there on, as in Johnson (1975). His blocking of dead ends would hide cycles where length is bounded; the shortest way back prunes instead.

use super::flows::{MoneyKind, MoneyTable};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most firms on a loop.
pub const LONGEST: usize = 6;
/// Most loops that are looked at, the shortest first.
pub const MOST_LOOPS: usize = 20_000;

/// What ties one firm to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// Planned purchases.
    Purchase,
    /// Planned purchases of new shares.
    Equity,
    /// Planned service of a loan.
    LoanService,
    /// Shares held.
    Stake,
    /// A loan outstanding.
    Loan,
    /// A right to new shares.
    Warrant,
    /// A promise to buy what is not sold.
    Backstop,
}

impl Instrument {
    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Instrument::Purchase => "purchases",
            Instrument::Equity => "new shares",
            Instrument::LoanService => "loan service",
            Instrument::Stake => "stake",
            Instrument::Loan => "loan",
            Instrument::Warrant => "warrant",
            Instrument::Backstop => "backstop",
        }
    }
}

/// A claim or promise that moves no money in the plan: who holds, lends, gives or guarantees, and to whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Tie {
    /// Who backs.
    pub from: usize,
    /// Who is backed.
    pub to: usize,
    /// By what.
    pub instrument: Instrument,
    /// Identifier of the contract.
    pub contract: String,
    /// Value, balance or cap, USD billion.
    pub usd_bn: f64,
}

/// What closes a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Planned money on every link, financing on at least one.
    Money,
    /// At least one link is held, lent or promised, without planned money.
    Held,
    /// Purchases on every link.
    Trade,
}

/// One link of a loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Who pays or backs.
    pub from: usize,
    /// Who receives or is backed.
    pub to: usize,
    /// Planned money, USD billion within the window; 0 where there is only a tie.
    pub money_usd_bn: f64,
    /// Value of the ties, USD billion.
    pub held_usd_bn: f64,
    /// Instruments.
    pub instruments: BTreeSet<Instrument>,
    /// Contracts.
    pub contracts: BTreeSet<String>,
    /// Share of the payer's inflow that goes this way.
    pub pass_through: f64,
}

impl Link {
    /// Planned money, or what is held where none is planned.
    pub fn usd_bn(&self) -> f64 {
        if self.money_usd_bn > 0.0 { self.money_usd_bn } else { self.held_usd_bn }
    }
}

/// One loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loop {
    /// Firms in the order of the money, the lowest first.
    pub firms: Vec<usize>,
    /// Links: from each firm to the next.
    pub links: Vec<Link>,
    /// What closes it.
    pub class: Class,
    /// The smallest amount on a link, USD billion.
    pub bottleneck_usd_bn: f64,
    /// Share of a dollar at any firm of it that comes back to the firm along the loop: the product of the shares passed on; 0 where a link moves no money.
    pub gain: f64,
    /// 1 / (1 - gain).
    pub multiplier: f64,
}

impl Loop {
    /// The link with the smallest amount.
    pub fn weakest(&self) -> Option<&Link> {
        self.links.iter().min_by(|a, b| a.usd_bn().total_cmp(&b.usd_bn()))
    }
}

/// The loops of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// By class, then by bottleneck, the largest first.
    pub loops: Vec<Loop>,
    /// Whether there are more than [`MOST_LOOPS`], of which only the shortest were looked at.
    pub is_capped: bool,
}

/// Every loop of at most `longest` firms, unless there are more than `most`.
pub fn loops(table: &MoneyTable, ties: &[Tie], longest: usize, most: usize) -> Found {
    let links = links(table, ties);
    let arcs: Vec<Vec<usize>> = links.iter().map(|row| (0..row.len()).filter(|&j| row[j].is_some()).collect()).collect();
    let (cycles, is_capped) = cycles(&arcs, longest, most);
    let mut found: Vec<Loop> = cycles.into_iter().filter_map(|firms| closed(firms, &links)).collect();
    found.sort_by(|a, b| {
        let size = b.bottleneck_usd_bn.total_cmp(&a.bottleneck_usd_bn);
        a.class.cmp(&b.class).then(size).then_with(|| a.firms.len().cmp(&b.firms.len())).then_with(|| a.firms.cmp(&b.firms))
    });
    Found { loops: found, is_capped }
}

type Links = Vec<Vec<Option<Link>>>;

fn links(table: &MoneyTable, ties: &[Tie]) -> Links {
    let n = table.firms();
    let inflow = table.inflow();
    let mut found: Links = vec![vec![None; n]; n];
    let empty = |from, to| Link {
        from,
        to,
        money_usd_bn: 0.0,
        held_usd_bn: 0.0,
        instruments: BTreeSet::new(),
        contracts: BTreeSet::new(),
        pass_through: 0.0,
    };
    for t in table.transfers.iter().filter(|t| t.usd_bn > 0.0) {
        let link = found[t.from][t.to].get_or_insert_with(|| empty(t.from, t.to));
        link.money_usd_bn += t.usd_bn;
        link.instruments.insert(instrument(t.kind));
        link.contracts.insert(t.contract.clone());
        link.pass_through = if inflow[t.from] > 0.0 { link.money_usd_bn / inflow[t.from] } else { 0.0 };
    }
    for t in ties.iter().filter(|t| t.usd_bn > 0.0 && t.from != t.to && t.from < n && t.to < n) {
        let link = found[t.from][t.to].get_or_insert_with(|| empty(t.from, t.to));
        link.held_usd_bn += t.usd_bn;
        link.instruments.insert(t.instrument);
        link.contracts.insert(t.contract.clone());
    }
    found
}

fn instrument(kind: MoneyKind) -> Instrument {
    match kind {
        MoneyKind::Purchase => Instrument::Purchase,
        MoneyKind::Equity => Instrument::Equity,
        MoneyKind::LoanService => Instrument::LoanService,
        MoneyKind::Backstop => Instrument::Backstop,
    }
}

fn closed(firms: Vec<usize>, links: &Links) -> Option<Loop> {
    let next = firms.iter().cycle().skip(1);
    let chain: Vec<Link> = firms.iter().zip(next).map(|(&i, &j)| links[i][j].clone()).collect::<Option<_>>()?;
    let bought = |l: &Link| l.money_usd_bn > 0.0 && l.instruments.iter().all(|i| *i == Instrument::Purchase);
    let class = if chain.iter().any(|l| l.money_usd_bn <= 0.0) {
        Class::Held
    } else if chain.iter().all(bought) {
        Class::Trade
    } else {
        Class::Money
    };
    let gain = chain.iter().map(|l| l.pass_through).product::<f64>();
    let bottleneck_usd_bn = chain.iter().map(Link::usd_bn).fold(f64::INFINITY, f64::min);
    let multiplier = if gain < 1.0 { 1.0 / (1.0 - gain) } else { f64::INFINITY };
    Some(Loop { firms, links: chain, class, bottleneck_usd_bn, gain, multiplier })
}

/// Simple cycles of a graph given by the successors of each node, the shortest first, each from its lowest node; and whether there are more than `most`.
fn cycles(arcs: &[Vec<usize>], longest: usize, most: usize) -> (Vec<Vec<usize>>, bool) {
    let mut found = Vec::new();
    let ways: Vec<Vec<usize>> = (0..arcs.len()).map(|root| ways_back(arcs, root)).collect();
    for length in 2..=longest {
        for root in 0..arcs.len() {
            let mut search = Search { arcs, ways: &ways[root], length, most, found: &mut found, path: vec![root] };
            if !search.go() {
                return (found, true);
            }
        }
    }
    (found, false)
}

/// Fewest arcs from each node back to the root, over nodes from the root on only.
fn ways_back(arcs: &[Vec<usize>], root: usize) -> Vec<usize> {
    let mut steps = vec![usize::MAX; arcs.len()];
    steps[root] = 0;
    let (mut distance, mut is_done) = (0, false);
    while !is_done {
        let one_back = |i: &usize| steps[*i] == usize::MAX && arcs[*i].iter().any(|&j| steps[j] == distance);
        let reached: Vec<usize> = (root..arcs.len()).filter(one_back).collect();
        distance += 1;
        is_done = reached.is_empty();
        reached.into_iter().for_each(|i| steps[i] = distance);
    }
    steps
}

/// A search for the cycles of one length from one root.
struct Search<'a> {
    arcs: &'a [Vec<usize>],
    ways: &'a [usize],
    length: usize,
    most: usize,
    found: &'a mut Vec<Vec<usize>>,
    path: Vec<usize>,
}

impl Search<'_> {
    /// False once there are too many.
    fn go(&mut self) -> bool {
        let arcs = self.arcs;
        let (Some(&root), Some(&last)) = (self.path.first(), self.path.last()) else { return true };
        for &next in &arcs[last] {
            if next == root && self.path.len() == self.length {
                if self.found.len() == self.most {
                    return false;
                }
                self.found.push(self.path.clone());
            }
            let left = self.length - self.path.len();
            if next <= root || left == 0 || self.ways[next] > left || self.path.contains(&next) {
                continue;
            }
            self.path.push(next);
            let is_room = self.go();
            self.path.pop();
            if !is_room {
                return false;
            }
        }
        true
    }
}
