//! Values and orders (docs/methods.md, sections 5.1 and 5.3) as properties of random networks, each held to a slow and obvious twin: invariants I9 and I10 of single
//! solves. Payments are in `kernels.rs`.

mod common;

use bubblerisk::clearing::FixedPoint;
use bubblerisk::clearing::orders::{self, OrderBook, Orders};
use bubblerisk::clearing::values::{self, Holdings};
use bubblerisk::engine::Layout;
use bubblerisk::lanes::{Isa, LANES, Row, splat};
use bubblerisk::model::Model;
use common::checks::{Seen, for_all, sometimes};
use common::shapes::MOST_HELD;
use common::{firm, model, purchase, stake};
use proptest::collection::vec;
use proptest::prelude::*;

const BOTH: [FixedPoint; 2] = [FixedPoint::Greatest, FixedPoint::Least];

// ---- Values -----------------------------------------------------------------------------------------------------------------------------------

/// Firms that own each other: what each has before its stakes, who holds whom in which proportion, and how much of every firm is held inside.
#[derive(Debug, Clone)]
struct Group {
    base: Vec<f64>,
    stakes: Vec<(usize, usize, f64)>,
    held: f64,
    /// New money of each firm, as a share of 20; outsiders pay a twentieth of it at least.
    raised: Vec<f64>,
}

fn groups(firms: std::ops::RangeInclusive<usize>, held: impl Strategy<Value = f64>) -> impl Strategy<Value = Group> {
    let most = *firms.end();
    (vec(-60.0..100.0, firms), vec((0..most, 0..most, 0.1..1.0), 0..4 * most), held, vec(sometimes(1.0), most)).prop_map(
        |(base, drawn, held, raised)| {
            let n = base.len();
            let stakes: Vec<_> = drawn.into_iter().map(|(i, j, x)| (i % n, j % n, x)).filter(|(i, j, _)| i != j).collect();
            Group { base, stakes, held, raised }
        },
    )
}

/// The group as a model, for its structure; stakes in each firm add up to `held`.
fn as_model(group: &Group) -> Model {
    let n = group.base.len();
    let mut m = model((0..n).map(|i| firm(&format!("f{i}"), vec![1.0], 0.0, 1.0)).collect());
    for &(holder, issuer, weight) in &group.stakes {
        let all: f64 = group.stakes.iter().filter(|s| s.1 == issuer).map(|s| s.2).sum();
        m.stakes.push(stake(holder as u32, issuer as u32, group.held * weight / all));
    }
    m
}

/// What values depend on, a row for each firm or holding. Lane l gives every firm l quarters more than lane 0, so that lanes are ordered.
struct Valuation {
    layout: Layout,
    base: Vec<Row>,
    share: Vec<Row>,
    money: Vec<Row>,
    paid: Vec<Row>,
}

impl Valuation {
    fn of(group: &Group) -> Valuation {
        let m = as_model(group);
        let layout = Layout::of(&m);
        let n = group.base.len();
        let mut share = vec![splat(0.0); layout.holdings.len()];
        for (k, s) in m.stakes.iter().enumerate() {
            share[layout.stake_holding[k]].iter_mut().for_each(|x| *x += s.numbers.share);
        }
        let base = group.base.iter().map(|x| std::array::from_fn(|l| x + 0.25 * l as f64)).collect();
        let money: Vec<Row> = (0..n).map(|i| splat(20.0 * group.raised[i])).collect();
        // Holders take part in a round as far as they hold, but never all of it.
        let paid = (0..share.len()).map(|e| money[layout.issuer[e] as usize].map(|y| y * share[e][0].min(MOST_HELD))).collect();
        Valuation { layout, base, share, money, paid }
    }

    fn clear(&self, start: f64) -> Vec<Row> {
        let n = self.base.len();
        let one = vec![splat(1.0); n];
        let holdings = Holdings {
            components: &self.layout.value_components,
            by_holder: &self.layout.by_holder,
            issuer: &self.layout.issuer,
            base: &self.base,
            alive: &one,
            share: &self.share,
            raises: &self.money.iter().map(|y| y[0] > 0.0).collect::<Vec<_>>(),
            fair_money: &self.money,
            fair_paid: &self.paid,
            fixed_keep: &one,
            fixed_share: &vec![splat(0.0); self.share.len()],
            plan_stakes: None,
            tolerance: 1e-12,
        };
        let mut value = vec![splat(start); n];
        let solved = values::clear(Isa::detect(), &holdings, &mut value);
        assert!(solved.converged, "{solved:?}");
        value
    }

    /// Model 4.8 written down once more, for one lane.
    fn worth(&self, value: &[Row], i: usize, l: usize) -> f64 {
        let mut v = self.base[i][l];
        for (e, &(holder, issuer)) in self.layout.holdings.iter().enumerate() {
            let (j, y) = (issuer as usize, self.money[issuer as usize][l]);
            if holder as usize == i {
                v += self.share[e][l] * (value[j][l] - y).max(0.0);
                v += if y > 0.0 { self.paid[e][l] * (value[j][l] / y).min(1.0) } else { 0.0 };
            }
        }
        v.max(0.0)
    }
}

/// I9 of one solve, however much firms own of each other: a fixed point, the same from above and from below, never negative, and higher for whoever has
/// more. The error of a value is at most the last change over what outsiders hold.
fn values_are_unique_and_isotone(group: &Group, seen: &Seen) {
    let v = Valuation::of(group);
    let (above, below) = (v.clear(1e6), v.clear(0.0));
    let n = group.base.len();
    let size: f64 = group.base.iter().map(|x| x.abs() + 20.0).sum();
    for i in 0..n {
        for l in 0..LANES {
            assert!((above[i][l] - below[i][l]).abs() <= 1e-10 * size, "firm {i}: {} or {}", above[i][l], below[i][l]);
            assert!((above[i][l] - v.worth(&above, i, l)).abs() <= 1e-10 * size);
            assert!(above[i][l] >= 0.0 && (l == 0 || above[i][l] >= above[i][l - 1] - 1e-10 * size));
            seen.note("worth nothing", above[i][l] == 0.0);
            seen.note("worth less than its new money", v.money[i][l] > above[i][l] && above[i][l] > 0.0);
        }
    }
    let circle = v.layout.value_components.iter().map(Vec::len).max().unwrap_or(0);
    seen.note("circle", circle >= 2);
    seen.note("circle at the limit", circle >= 2 && group.held == MOST_HELD);
    seen.note("two firms that own each other", n == 2 && circle == 2);
    seen.note("one firm", n == 1);
}

#[test]
fn values_have_one_answer() {
    let seen = Seen::default();
    let held = prop_oneof![1 => 0.0..MOST_HELD, 1 => Just(MOST_HELD)];
    for_all(600, 5, groups(1..=8, held), |group| values_are_unique_and_isotone(&group, &seen));
    for what in ["worth nothing", "worth less than its new money"] {
        seen.at_least(500, what);
    }
    seen.at_least(200, "circle");
    seen.at_least(100, "circle at the limit");
    seen.at_least(20, "two firms that own each other");
    seen.at_least(20, "one firm");
}

/// The same for 300 firms, almost all of every firm held inside.
#[test]
fn values_of_three_hundred_firms_have_one_answer() {
    let seen = Seen::default();
    for_all(3, 6, groups(300..=300, Just(MOST_HELD)), |group| values_are_unique_and_isotone(&group, &seen));
    seen.at_least(3, "circle at the limit");
}

/// Two firms that own each other, in closed form: `V1 = (x1 + s x2) / (1 - s r)` while both are worth something (C3).
#[test]
fn two_firms_that_own_each_other() {
    for_all(200, 7, (1.0..100.0, 1.0..100.0, 0.01..=MOST_HELD), |(a, b, held)| {
        let group = Group { base: vec![a, b], stakes: vec![(0, 1, 1.0), (1, 0, 1.0)], held, raised: vec![0.0; 2] };
        let v = Valuation::of(&group).clear(0.0);
        common::near(v[0][0], (a + held * b) / (1.0 - held * held), 1e-11);
        common::near(v[1][0], (b + held * a) / (1.0 - held * held), 1e-11);
    });
}

// ---- Orders -----------------------------------------------------------------------------------------------------------------------------------

/// One firm of a trading network.
#[derive(Debug, Clone, Copy)]
struct Trader {
    external: f64,
    available: f64,
    margin: f64,
    theta: f64,
    capex: f64,
}

/// Firms and what they buy: buyer, seller, amount, take-or-pay share, enforceable share.
#[derive(Debug, Clone)]
struct Trade {
    traders: Vec<Trader>,
    purchases: Vec<(usize, usize, f64, f64, f64)>,
    cap: f64,
}

fn trades(firms: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Trade> {
    let most = *firms.end();
    let trader = (sometimes(6.0), 0.0..30.0, 0.3..0.95, 0.0..2.5, sometimes(3.0))
        .prop_map(|(external, available, margin, theta, capex)| Trader { external, available, margin, theta, capex });
    let purchase = (0..most, 0..most, 0.0..8.0, prop_oneof![1 => Just(0.0), 1 => Just(1.0), 2 => 0.0..1.0], 0.5..=1.0);
    (vec(trader, firms), vec(purchase, 0..3 * most), 1.0..2.0).prop_map(|(traders, drawn, cap)| {
        let n = traders.len();
        let at_home = |p: (usize, usize, f64, f64, f64)| (p.0 % n, p.1 % n, p.2, p.3, p.4);
        Trade { traders, purchases: drawn.into_iter().map(at_home).filter(|p| p.0 != p.1).collect(), cap }
    })
}

/// Rows of an order book. Lane l has external revenue of l / 40 of plan, so that lanes are ordered and some are above plan.
struct Book {
    layout: Layout,
    rows: [Vec<Row>; 11],
    cap: Row,
}

impl Book {
    fn of(trade: &Trade) -> Book {
        let n = trade.traders.len();
        let mut m = model((0..n).map(|i| firm(&format!("f{i}"), vec![1.0], 0.0, 1.0)).collect());
        for (c, &(b, s, amount, tau, _)) in trade.purchases.iter().enumerate() {
            m.purchases.push(purchase(&format!("p{c}"), b as u32, s as u32, amount, tau, 1));
        }
        let each = |f: &dyn Fn(&Trader) -> f64| trade.traders.iter().map(|x| splat(f(x))).collect::<Vec<_>>();
        let per = |f: &dyn Fn(f64, f64, f64) -> f64| trade.purchases.iter().map(|&(_, _, x, tau, enf)| splat(f(x, tau, enf))).collect();
        let external = trade.traders.iter().map(|x| std::array::from_fn(|l| x.external * l as f64 / 40.0)).collect();
        let (committed, floor): (Vec<Row>, Vec<Row>) = (per(&|x, tau, _| x * tau), per(&|x, tau, enf| x * tau * enf));
        let discretionary: Vec<Row> = per(&|x, tau, _| x * (1.0 - tau));
        let bought = |rows: &[Row], b: usize| -> f64 { (0..rows.len()).filter(|&c| trade.purchases[c].0 == b).map(|c| rows[c][0]).sum() };
        let total = |rows: &[Row]| (0..n).map(|b| splat(bought(rows, b))).collect::<Vec<_>>();
        let sold = |s: usize| trade.purchases.iter().filter(|p| p.1 == s).map(|p| p.2).sum::<f64>();
        let inverse = |plan: f64| splat(if plan > 0.0 { 1.0 / plan } else { 0.0 });
        let plan_inverse = (0..n).map(|i| inverse(trade.traders[i].external + sold(i))).collect();
        let wanted = (0..n).map(|i| splat(bought(&discretionary, i) + trade.traders[i].capex)).collect();
        let (floors, commits) = (total(&floor), total(&committed));
        let rows = [
            external,
            committed,
            floor,
            discretionary,
            each(&|x| x.available),
            each(&|x| x.margin),
            plan_inverse,
            each(&|x| x.theta),
            floors,
            commits,
            wanted,
        ];
        Book { layout: Layout::of(&m), rows, cap: splat(trade.cap) }
    }

    /// Revenue, and the shares of committed and discretionary spending.
    fn clear(&self, which: FixedPoint, channel_on: bool) -> [Vec<Row>; 3] {
        let [
            external,
            committed,
            floor,
            discretionary,
            available,
            margin,
            plan_inverse,
            theta,
            floor_sum,
            committed_sum,
            discretionary_sum,
        ] = &self.rows;
        let n = external.len();
        let one = vec![splat(1.0); n];
        let layout = &self.layout;
        let book = OrderBook {
            components: &layout.order_components,
            by_seller: &layout.by_seller,
            buyer: &layout.buyer,
            external,
            alive: &one,
            committed,
            floor,
            discretionary,
            available,
            margin,
            plan_inverse,
            theta,
            floor_sum,
            committed_sum,
            discretionary_sum,
            place: &one,
            cap: &self.cap,
            channel_on,
            tolerance: 1e-13,
        };
        let [mut revenue, mut ratio, mut x, mut f] = [(); 4].map(|()| vec![splat(0.0); n]);
        let mut found = Orders { revenue: &mut revenue, ratio: &mut ratio, committed_share: &mut x, discretionary_share: &mut f };
        let solved = orders::clear(Isa::detect(), &book, which, &mut found);
        assert!(solved.converged, "{solved:?}");
        [revenue, x, f]
    }

    /// Model 4.3 written down once more, for one lane: shares of committed and of discretionary spending, given everybody's.
    fn respond(&self, trade: &Trade, l: usize, shares: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let mut revenue: Vec<f64> = self.rows[0].iter().map(|row| row[l]).collect();
        for &(b, s, amount, tau, enf) in &trade.purchases {
            let (x, f) = shares[b];
            revenue[s] += amount * (tau * (enf + (1.0 - enf) * x) + (1.0 - tau) * f);
        }
        let answer = |i: usize| {
            let t = trade.traders[i];
            let (mut committed, mut floor, mut wanted, mut plan) = (0.0, 0.0, t.capex, t.external);
            for &(b, s, amount, tau, enf) in &trade.purchases {
                if b == i {
                    committed += amount * tau;
                    floor += amount * tau * enf;
                    wanted += amount * (1.0 - tau);
                }
                plan += if s == i { amount } else { 0.0 };
            }
            let d = if plan > 0.0 { revenue[i] / plan } else { 1.0 };
            let appetite = (1.0 + t.theta * (d - 1.0)).clamp(0.0, trade.cap);
            let funds = t.available + t.margin * revenue[i];
            let x = if committed > floor { (funds.clamp(floor, committed) - floor) / (committed - floor) } else { 1.0 };
            (x, if wanted > 0.0 { (funds - committed).max(0.0).min(appetite * wanted) / wanted } else { 0.0 })
        };
        (0..trade.traders.len()).map(answer).collect()
    }

    /// Plain iteration from the top or from nothing; none if it has not settled after many sweeps.
    fn picard(&self, trade: &Trade, l: usize, from_top: bool) -> Option<Vec<(f64, f64)>> {
        let mut shares = vec![if from_top { (1.0, trade.cap) } else { (0.0, 0.0) }; trade.traders.len()];
        for _ in 0..20_000 {
            let next = self.respond(trade, l, &shares);
            let moved = gap(&next, &shares);
            shares = next;
            if moved <= 1e-15 {
                return Some(shares);
            }
        }
        None
    }
}

fn gap(a: &[(f64, f64)], b: &[(f64, f64)]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a.0 - b.0).abs().max((a.1 - b.1).abs())).fold(0.0, f64::max)
}

/// I6 and I7 of orders: both fixed points are those of the plain iteration, greatest is at least least, more external revenue never lowers an order, and
/// several fixed points occur. Without channel O a seller has its exogenous order, whatever happens.
fn orders_are_the_plain_iteration(trade: &Trade, lanes: &[usize], seen: &Seen) {
    let book = Book::of(trade);
    let found = BOTH.map(|which| book.clear(which, true));
    let n = trade.traders.len();
    let at = |k: usize, l: usize| -> Vec<(f64, f64)> { (0..n).map(|i| (found[k][1][i][l], found[k][2][i][l])).collect() };
    for l in 0..LANES {
        let (best, worst) = (at(0, l), at(1, l));
        assert!(best.iter().zip(&worst).all(|(a, b)| a.0 >= b.0 - 1e-9 && a.1 >= b.1 - 1e-9));
        seen.note("several fixed points", gap(&best, &worst) > 1e-6);
        for k in 0..2 {
            assert!(gap(&at(k, l), &book.respond(trade, l, &at(k, l))) <= 1e-9, "not a fixed point");
            let poorer = at(k, l.max(1) - 1);
            assert!(
                at(k, l).iter().zip(&poorer).all(|(a, b)| a.0 >= b.0 - 1e-9 && a.1 >= b.1 - 1e-9),
                "lane {l} orders less than the one before"
            );
            if lanes.contains(&l) {
                let plain = book.picard(trade, l, k == 0);
                seen.note("compared", plain.is_some());
                assert!(plain.is_none_or(|plain| gap(&at(k, l), &plain) <= 1e-7), "from the top: {}", k == 0);
            }
        }
        seen.note("renegotiated", best.iter().any(|x| x.0 < 1.0));
        seen.note("above plan", best.iter().any(|x| x.1 > 1.0));
    }
    let [revenue, ..] = book.clear(FixedPoint::Greatest, false);
    for (i, row) in revenue.iter().enumerate() {
        let sold: f64 = trade.purchases.iter().filter(|p| p.1 == i).map(|p| p.2).sum();
        assert!((row[17] - book.rows[0][i][17] - sold).abs() <= 1e-12 * (1.0 + sold));
    }
    seen.note("one firm", n == 1);
    seen.note("no purchases", trade.purchases.is_empty());
    seen.note("circle", book.layout.order_components.iter().any(|c| c.len() >= 3));
}

#[test]
fn orders_of_small_networks() {
    let seen = Seen::default();
    for_all(2_000, 8, trades(1..=6), |trade| orders_are_the_plain_iteration(&trade, &[0, 20, 40, 63], &seen));
    for what in ["several fixed points", "renegotiated", "above plan"] {
        seen.at_least(1_000, what);
    }
    for (times, what) in [(15_000, "compared"), (200, "one firm"), (200, "no purchases"), (400, "circle")] {
        seen.at_least(times, what);
    }
}

#[test]
fn orders_of_three_hundred_firms() {
    let seen = Seen::default();
    for_all(3, 9, trades(300..=300), |trade| orders_are_the_plain_iteration(&trade, &[], &seen));
    seen.at_least(2, "circle");
    seen.at_least(100, "renegotiated");
}
