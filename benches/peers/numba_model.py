"""The flagship in Numba: one path at a time in compiled loops, paths shared out among threads, no memory taken per path.

    numba_model.py FOLDER

FOLDER is what `export.rs` wrote. The answers of every path in W0, W1 and W2 are compared with the engine's; then the compiled run is timed
on one thread and on two. What is left out is the same as in `numpy_model.py`.
"""

import sys
import time
from collections import namedtuple

import numba
import numpy as np

from data import World, check, load, write_times

TIE = 1e-9  # a firm short by less than this share of what it owes is solvent
STILL = 1e-14  # a sweep that moves less than this share of the scale of money ends the iteration
MOST_NEW = 0.95  # most of a firm that new money buys in a quarter
OFF, ARM, ON = 0, 1, 2  # conditions of financing
PART = 64  # paths that share one workspace

compiled = numba.njit(error_model="numpy", cache=False)

FIRM = ("cash debt line value enterprise minimum_cash variable_cost growth sentiment_beta value_elasticity spending_elasticity "
        "revenue_feedback equity_capacity loan_to_value interest_rate recovery_own recovery_incoming bankruptcy_cost recapture").split()
TABLES = "revenue fixed_cost capex maturing plan_revenue inverse".split()
Channels = namedtuple("Channels", "orders payments values financing is_plan")
Drivers = namedtuple("Drivers", "revenue_factor window sentiment regime freeze efficiency vendor_ratio deal_scale tranche_event")

PER_FIRM = tuple(("cash debt line value price enterprise shares alive lives order_ratio under unsold default_quarter external capex_plan "
            "floor_sum committed_sum disc_sum soft_in soft_out backstop_in backstop_out due interest fixed equity_capacity debt_capacity "
            "available spend free ratio revenue order_sum planned_sum capex senior hard new_debt new_equity own inflow fresh senior_share "
            "hard_share soft_share draw failed dead failed_enterprise fair keep base").split())
PER_PURCHASE = tuple("amount committed floor disc order invoice".split())
PER_TRANCHE = tuple("done waited owed expected paid received".split())
PER_HOLDING = tuple("holding fair_paid fixed_share".split())


def starts(lists):
    """Lists one after another, and where each begins."""
    flat = [x for one in lists for x in one]
    return np.cumsum([0] + [len(one) for one in lists]), np.array(flat, np.int64)


def record(fields, count=1):
    """Records with the named arrays as fields: compiled functions take one as a single pointer. Numbers are copied in, shapes stay zero."""
    kind = lambda x: np.float64 if np.asarray(x).dtype.kind == "f" else np.int64
    is_shape = lambda x: isinstance(x, tuple)
    out = np.zeros(count, [(name, np.float64, x) if is_shape(x) else (name, kind(x), np.shape(x)) for name, x in fields.items()])
    for name, x in fields.items():
        if not is_shape(x):
            out[name] = x
    return out


def flat_model(m):
    column = lambda items, key, kind=float: np.array([x[key] for x in items], kind)
    sold_start, sold = starts(m.sold_by)
    held_start, held = starts(m.held)
    issued_start, issued = starts(m.issued)
    cell_start, cell_purchase = starts([np.concatenate([lead, others]) for _, _, lead, others in m.cells])
    pair_start, pair_purchase = starts(m.pairs)
    comp_start, comp = starts(m.order_components)
    value_start, value_comp = starts(m.value_components)
    kinds = sorted(set(m.kind))
    T, W, B = m.tranches, m.warrants, m.backstops
    values = {name: np.ascontiguousarray(getattr(m, name), float) for name in FIRM + TABLES}
    values.update(
        n=m.n, quarters=m.quarters, scale=m.money_scale, cap=m.spending_cap, grace=m.grace, bust_share=m.bust_funding_share,
        debt_first=m.debt_first, tenor=m.tenor, kind=np.array([kinds.index(k) for k in m.kind]), buyer=m.buyer, seller=m.seller,
        deal=m.deal_of, group=m.group, schedule=m.schedule, take_or_pay=m.take_or_pay, enforceability=m.enforceability,
        elasticity=m.price_elasticity, buy_start=np.searchsorted(m.buyer, np.arange(m.n + 1)), sold_start=sold_start, sold=sold,
        cell_buyer=np.array([c[0] for c in m.cells]), cell_group=np.array([c[1] for c in m.cells]), cell_start=cell_start,
        cell_lead=np.array([len(c[2]) for c in m.cells]), cell_purchase=cell_purchase,
        tr_investor=column(T, "investor", int), tr_investee=column(T, "investee", int), tr_due=column(T, "due", int),
        tr_deal=column(T, "deal", int), tr_window=column(T, "needs_window", bool), tr_regulatory=column(T, "regulatory", bool),
        tr_amount=column(T, "amount"), tr_floor=column(T, "floor"), tr_minimum=column(T, "minimum"),
        tr_coupling=column(T, "purchase_coupling"), tr_investor_coupling=column(T, "investor_coupling"),
        tr_pre_money=column(T, "pre_money"), tr_pair=np.array(m.tranche_pair), tr_holding=np.array(m.tranche_holding),
        holder=m.holder, issuer=m.issuer, holding=m.holding, held_start=held_start, held=held, issued_start=issued_start, issued=issued,
        w_issuer=column(W, "issuer", int), w_holder=column(W, "holder", int), w_shares=column(W, "shares"),
        w_minimum=column(W, "minimum"), w_hurdle=column(W, "hurdle"), w_pair=np.array(m.warrant_pair, int),
        w_holding=np.array(m.warrant_holding, int), b_guarantor=column(B, "guarantor", int), b_beneficiary=column(B, "beneficiary", int),
        b_cap=column(B, "cap"), b_coverage=column(B, "coverage"), pair_start=pair_start, pair_purchase=pair_purchase,
        comp_start=comp_start, comp=comp, value_start=value_start, value_comp=value_comp)
    return record(values)


def by_path(drivers):
    """The same series path by path: [path][quarter][entity]."""
    return Drivers(*[np.ascontiguousarray(np.moveaxis(getattr(drivers, name), -1, 0)) for name in Drivers._fields])


def spaces(m, count):
    """Memory for `count` paths that run at the same time."""
    n, c, k, e = int(m["n"][0]), m["buyer"].shape[1], m["tr_due"].shape[1], m["holder"].shape[1]
    sizes = {PER_FIRM: n, PER_PURCHASE: c, PER_TRANCHE: k, PER_HOLDING: e}
    fields = {name: (size,) for names, size in sizes.items() for name in names}
    fields.update(bought=(m["pair_start"].shape[1] - 1,), w_done=m["w_issuer"].shape[1:], b_paid=m["b_cap"].shape[1:],
                  backstop=m["b_cap"].shape[1:], maturing=(n, int(m["quarters"][0]) + 1))
    return record(fields, count)


@compiled
def between(x, low, high):
    return min(max(x, low), high)


@compiled
def open_path(m, s):
    for i in range(m.n):
        s.cash[i], s.debt[i], s.line[i], s.value[i] = m.cash[i], m.debt[i], m.line[i], m.value[i]
        s.price[i], s.enterprise[i] = m.value[i], m.enterprise[i]
        s.shares[i] = s.alive[i] = s.order_ratio[i] = 1.0
        s.under[i] = s.unsold[i] = s.default_quarter[i] = 0.0
        s.maturing[i, 0] = 0.0
        for t in range(m.quarters):
            s.maturing[i, t + 1] = m.maturing[i, t]
    s.holding[:] = m.holding
    s.bought[:] = 0.0
    s.done[:] = 0.0
    s.waited[:] = 0.0
    s.w_done[:] = 0.0
    s.b_paid[:] = 0.0


@compiled
def external_revenue(m, d, s, p, t):
    n = m.n
    somebody_dead = False
    for i in range(n):
        s.lives[i] = s.alive[i]
        somebody_dead |= s.alive[i] == 0.0
        x = s.alive[i] * m.revenue[i, t - 1] * d.revenue_factor[p, t - 1, i]
        if m.revenue_feedback[i] != 0.0:
            s.under[i] += m.revenue_feedback[i] * max(0.0, 1.0 - s.order_ratio[i])
            x *= np.exp(-s.under[i])
        s.external[i] = x
    if somebody_dead:
        for i in range(n):
            lost, left = 0.0, 0.0
            for j in range(n):
                if m.kind[j] == m.kind[i]:
                    lost += (1.0 - s.alive[j]) * m.recapture[j] * m.revenue[j, t - 1]
                    left += s.alive[j] * m.revenue[j, t - 1]
            if left > 0.0:
                s.external[i] *= 1.0 + lost / left


@compiled
def contracts(m, d, s, p, t):
    for i in range(m.n):
        s.capex_plan[i] = m.capex[i, t - 1]
    for g in range(len(m.elasticity)):
        price = d.efficiency[p, t - 1]
        factor = 1.0 if price == 1.0 else price ** (1.0 - m.elasticity[g])
        for c in range(len(m.buyer)):
            s.amount[c] = m.schedule[c, t - 1]
            if m.deal[c] >= 0:
                s.amount[c] *= d.deal_scale[p, t - 1, m.deal[c]]
            s.committed[c] = m.take_or_pay[c] * s.amount[c]
            s.floor[c] = m.enforceability[c] * s.committed[c]
            s.disc[c] = s.amount[c] - s.committed[c]
            if m.group[c] == g:
                s.disc[c] *= factor
    for k in range(len(m.cell_buyer)):
        begin, end = m.cell_start[k], m.cell_start[k + 1]
        middle = begin + m.cell_lead[k]
        lead, others = 0.0, 0.0
        for at in range(begin, middle):
            lead += s.disc[m.cell_purchase[at]]
        for at in range(middle, end):
            others += s.disc[m.cell_purchase[at]]
        moved = max(lead * (1.0 - d.vendor_ratio[p, t - 1, m.cell_group[k]]), -others)
        if lead > 0.0:
            for at in range(begin, middle):
                s.disc[m.cell_purchase[at]] *= 1.0 - moved / lead
        if others > 0.0:
            for at in range(middle, end):
                s.disc[m.cell_purchase[at]] *= 1.0 + moved / others
        else:
            s.capex_plan[m.cell_buyer[k]] += max(moved, 0.0)
    for i in range(m.n):
        s.floor_sum[i] = s.committed_sum[i] = s.planned_sum[i] = 0.0
        s.disc_sum[i] = s.capex_plan[i]
        for c in range(m.buy_start[i], m.buy_start[i + 1]):
            s.floor_sum[i] += s.floor[c]
            s.committed_sum[i] += s.committed[c]
            s.disc_sum[i] += s.disc[c]
            s.planned_sum[i] += s.amount[c]


@compiled
def tranches(m, d, s, w, plan, p, t):
    s.soft_in[:] = 0.0
    s.soft_out[:] = 0.0
    for k in range(len(m.tr_due)):
        s.owed[k] = s.expected[k] = 0.0
        if t < m.tr_due[k] or s.done[k] > 0.0:
            continue
        if w.financing == OFF and not w.is_plan and m.tr_deal[k] < 0:
            amount = plan.tranche[t - 1, k]
        else:
            amount = payable(m, d, s, w, p, t, k)
        a, e = m.tr_investor[k], m.tr_investee[k]
        s.owed[k] = amount if a < 0 else amount * s.alive[a]
        s.expected[k] = amount * s.alive[e]
        if a >= 0:
            s.soft_out[a] += s.owed[k]
        s.soft_in[e] += s.expected[k]


@compiled
def payable(m, d, s, w, p, t, k):
    a, e = m.tr_investor[k], m.tr_investee[k]
    size = 1.0 if m.tr_deal[k] < 0 else d.deal_scale[p, t - 1, m.tr_deal[k]]
    if size <= 0.0:
        return 0.0
    if w.financing == OFF:
        s.done[k] = 1.0
        return m.tr_amount[k] * size
    if d.tranche_event[p, t - 1, k] <= 0.0:
        return 0.0
    good = s.alive[e] > 0.0 and s.value[e] >= m.tr_floor[k] * m.value[e]
    good = good and not (m.tr_window[k] and d.window[p, t - 1, e] <= 0.0) and not (m.tr_regulatory[k] and d.freeze[p, t - 1] > 0.0)
    good = good and not (w.financing == ON and a >= 0 and s.alive[a] <= 0.0)
    good = good and (s.bought[m.tr_pair[k]] if m.tr_pair[k] >= 0 else 0.0) >= m.tr_minimum[k]
    if not good:
        s.waited[k] += 1.0
        if s.waited[k] > m.grace:
            s.done[k] = 1.0
        return 0.0
    s.done[k] = 1.0
    amount = m.tr_amount[k] * size
    if w.financing == ON:
        if m.tr_coupling[k] != 0.0:
            amount *= between(s.order_ratio[e], 0.0, 1.0) ** m.tr_coupling[k]
        if m.tr_investor_coupling[k] != 0.0 and a >= 0 and m.value[a] > 0.0:
            amount *= between(s.value[a] / m.value[a], 0.0, 1.0) ** m.tr_investor_coupling[k]
    return amount


@compiled
def capacity(m, d, s, w, p, t):
    s.backstop_in[:] = 0.0
    s.backstop_out[:] = 0.0
    for b in range(len(m.b_cap)):
        g, to = m.b_guarantor[b], m.b_beneficiary[b]
        called = min(m.b_cap[b] - s.b_paid[b], m.b_coverage[b] * s.unsold[to]) if w.orders else 0.0
        s.backstop[b] = s.alive[g] * s.alive[to] * max(0.0, called)
        s.backstop_out[g] += s.backstop[b]
        s.backstop_in[to] += s.backstop[b]
    ease = m.bust_share if d.regime[p, t - 1] > 0.0 else 1.0
    moved = d.sentiment[p, t - 1] - (d.sentiment[p, t - 2] if t > 1 else 0.0)
    for i in range(m.n):
        alive = s.alive[i]
        collateral = 0.0
        if alive > 0.0:
            collateral = m.loan_to_value[i] * s.enterprise[i] * np.exp(m.growth[i] * 0.25 + m.sentiment_beta[i] * moved)
        is_open = alive * ease * d.window[p, t - 1, i]
        spare = max(0.0, s.cash[i] - m.minimum_cash[i])
        s.equity_capacity[i] = m.equity_capacity[i] * is_open * s.value[i]
        s.debt_capacity[i] = is_open * max(0.0, collateral - s.debt[i])
        matures = alive * s.maturing[i, t]
        if s.debt[i] * (1.0 - TIE) - spare <= collateral:
            s.due[i] = 0.0
            if t + m.tenor[i] <= m.quarters:
                s.maturing[i, t + m.tenor[i]] += matures
        else:
            s.due[i] = matures
        s.interest[i] = alive * m.interest_rate[i] * s.debt[i] * 0.25
        s.fixed[i] = alive * m.fixed_cost[i, t - 1]
        owed = s.fixed[i] + s.interest[i] + s.due[i] + s.backstop_out[i]
        s.available[i] = alive * (spare + s.soft_in[i] + s.equity_capacity[i] + s.debt_capacity[i] + s.line[i]) - owed


@compiled
def receipts(m, s, w, i):
    x = s.external[i] + s.backstop_in[i]
    for at in range(m.sold_start[i], m.sold_start[i + 1]):
        c = m.sold[at]
        x += s.order[c] if w.orders else s.committed[c] + s.disc[c]
    return s.alive[i] * x


@compiled
def respond(m, s, w, i, t):
    """Firm i orders what its receipts allow; how far its spending moved."""
    revenue = receipts(m, s, w, i)
    inverse = m.inverse[i, t - 1]
    ratio = revenue * inverse if inverse > 0.0 else 1.0
    appetite = between(1.0 + m.spending_elasticity[i] * (ratio - 1.0), 0.0, m.cap)
    funds = s.available[i] + (1.0 - m.variable_cost[i]) * revenue
    span, disc = s.committed_sum[i] - s.floor_sum[i], s.disc_sum[i]
    spend = between(funds - s.floor_sum[i], 0.0, span) / span if span > 0.0 else 1.0
    free = between(funds - s.committed_sum[i], 0.0, appetite * disc) / disc if disc > 0.0 else 0.0
    moved = abs(spend - s.spend[i]) * span + abs(free - s.free[i]) * disc
    s.spend[i], s.free[i], s.ratio[i], s.revenue[i] = spend, free, ratio, revenue
    for c in range(m.buy_start[i], m.buy_start[i + 1]):
        s.order[c] = s.alive[i] * (s.floor[c] + (s.committed[c] - s.floor[c]) * spend + s.disc[c] * free)
    return moved


@compiled
def clear_orders(m, s, w, t):
    """The greatest orders that everybody's receipts allow."""
    for i in range(m.n):
        s.spend[i], s.free[i] = 1.0, m.cap
        for c in range(m.buy_start[i], m.buy_start[i + 1]):
            s.order[c] = s.alive[i] * (s.committed[c] + m.cap * s.disc[c])
    for k in range(len(m.comp_start) - 1):
        begin, end = m.comp_start[k], m.comp_start[k + 1]
        while True:
            moved = 0.0
            for at in range(begin, end):
                moved = max(moved, respond(m, s, w, m.comp[at], t))
            if end - begin == 1 or not w.orders or moved <= STILL * m.scale:
                break
        for at in range(begin, end):
            s.revenue[m.comp[at]] = receipts(m, s, w, m.comp[at])


@compiled
def place_orders(m, d, s, w, p, t):
    for i in range(m.n):
        s.order_sum[i] = 0.0
        for c in range(m.buy_start[i], m.buy_start[i + 1]):
            s.order_sum[i] += s.order[c]
            j = m.seller[c]
            if j >= 0:
                s.invoice[c] = s.alive[j] * (s.order[c] if w.orders else s.committed[c] + s.disc[c])
        s.order_ratio[i] = s.order_sum[i] / s.planned_sum[i] if s.planned_sum[i] > 0.0 else 1.0
        s.capex[i] = s.alive[i] * s.free[i] * s.capex_plan[i]
        s.enterprise[i] = 0.0
        if s.alive[i] > 0.0:
            level = m.growth[i] * 0.25 * t + m.sentiment_beta[i] * d.sentiment[p, t - 1]
            s.enterprise[i] = m.enterprise[i] * np.exp(level + m.value_elasticity[i] * np.log(max(s.ratio[i], 1e-300)))


@compiled
def fund(m, s):
    for i in range(m.n):
        s.senior[i] = s.fixed[i] + m.variable_cost[i] * s.revenue[i] + s.interest[i] + s.due[i]
        s.hard[i] = s.order_sum[i] + s.capex[i] + s.backstop_out[i]
        have = s.cash[i] + s.revenue[i] + s.soft_in[i]
        need = s.alive[i] * max(0.0, m.minimum_cash[i] + s.senior[i] + s.hard[i] + s.soft_out[i] - have)
        if m.debt_first[i]:
            s.new_debt[i] = min(need, s.debt_capacity[i])
            s.new_equity[i] = min(need - s.new_debt[i], s.equity_capacity[i])
        else:
            s.new_equity[i] = min(need, s.equity_capacity[i])
            s.new_debt[i] = min(need - s.new_equity[i], s.debt_capacity[i])


@compiled
def collect(m, s, w):
    """Receipts from other firms and from ghosts at the present shares of payment, into `fresh`."""
    for i in range(m.n):
        s.fresh[i] = 0.0
    for c in range(len(m.buyer)):
        j = m.seller[c]
        if j >= 0:
            part = min(s.order[c], s.invoice[c]) if w.payments else 0.0
            s.fresh[j] += s.invoice[c] - part + part * s.hard_share[m.buyer[c]]
    for b in range(len(m.b_cap)):
        s.fresh[m.b_beneficiary[b]] += s.backstop[b] * (s.hard_share[m.b_guarantor[b]] if w.payments else 1.0)
    for k in range(len(m.tr_due)):
        a = m.tr_investor[k]
        s.fresh[m.tr_investee[k]] += s.expected[k] * (s.soft_share[a] if a >= 0 and w.financing == ON else 1.0)


@compiled
def pay(m, s, w):
    """Everybody pays in full if everybody can; if not, the greatest payments that receipts allow, by sweeps."""
    most = 1e-12
    for i in range(m.n):
        s.own[i] = s.alive[i] * (s.cash[i] + s.external[i] + s.new_debt[i] + s.new_equity[i])
        s.senior_share[i] = s.hard_share[i] = s.soft_share[i] = 1.0
        s.failed[i] = s.dead[i] = 0.0
        most = max(most, s.own[i] + s.senior[i] + s.hard[i] + s.soft_out[i])
    collect(m, s, w)
    while True:
        full = True
        for i in range(m.n):
            inflow = s.fresh[i]
            s.inflow[i] = inflow
            total, owed = s.own[i] + inflow, s.senior[i] + s.hard[i]
            line = s.alive[i] * s.line[i]
            if total + line >= owed * (1.0 - TIE):
                s.draw[i] = min(max(0.0, owed - total), line)
                soft = min(s.soft_out[i], max(0.0, total - owed - m.minimum_cash[i]))
                full &= soft == s.soft_out[i]
                s.failed[i] = s.dead[i] = 0.0
                s.senior_share[i] = s.hard_share[i] = 1.0
                s.soft_share[i] = soft / s.soft_out[i] if s.soft_out[i] > 0.0 else 1.0
                s.cash[i] = max(0.0, total + s.draw[i] - owed - soft)
            else:
                full = False
                alpha, beta = m.recovery_own[i], m.recovery_incoming[i]
                rest = alpha * s.own[i] + beta * inflow
                first = min(s.senior[i], rest)
                second = min(s.hard[i], rest - first)
                s.senior_share[i] = first / s.senior[i] if s.senior[i] > 0.0 else 1.0
                s.hard_share[i] = second / s.hard[i] if s.hard[i] > 0.0 else 1.0
                s.soft_share[i] = 0.0 if s.soft_out[i] > 0.0 else 1.0
                s.draw[i], s.failed[i] = 0.0, 1.0
                s.dead[i] = (1.0 - alpha) * s.own[i] + (1.0 - beta) * inflow
                s.cash[i] = max(0.0, rest - first - second)
        if full:
            break
        collect(m, s, w)
        moved = 0.0
        for i in range(m.n):
            moved = max(moved, abs(s.fresh[i] - s.inflow[i]))
        if moved <= STILL * most:
            break
    for k in range(len(m.tr_due)):
        a, e = m.tr_investor[k], m.tr_investee[k]
        s.paid[k] = s.owed[k] * (s.soft_share[a] if a >= 0 else 1.0)
        s.received[k] = s.expected[k] if w.financing != ON else s.alive[e] * s.paid[k]


@compiled
def resolve(m, s, w, plan, t):
    somebody = False
    for i in range(m.n):
        s.debt[i] += s.new_debt[i] + s.draw[i] - s.senior_share[i] * s.due[i]
        if s.failed[i] > 0.0:
            somebody = True
            s.failed_enterprise[i] = s.enterprise[i]
            s.alive[i] = 0.0
            s.default_quarter[i] = t
    if not somebody:
        return
    for i in range(m.n):
        if s.failed[i] > 0.0:
            share_out(m, s, w, plan, t, i)
    for i in range(m.n):
        if s.failed[i] > 0.0:
            s.debt[i] = s.enterprise[i] = s.line[i] = 0.0
            for at in range(m.held_start[i], m.held_start[i + 1]):
                s.holding[m.held[at]] = 0.0
            for x in range(len(m.w_issuer)):
                if m.w_issuer[x] == i or (m.w_holder[x] == i and w.values):
                    s.w_done[x] = 1.0
            for k in range(len(m.tr_due)):
                if w.financing == ON and (m.tr_investee[k] == i or m.tr_investor[k] == i):
                    s.done[k] = 1.0


@compiled
def share_out(m, s, w, plan, t, i):
    """Sells firm i and shares out the proceeds: debt and class 1, then class 2, then shareholders."""
    stakes = 0.0
    if w.values:
        for at in range(m.held_start[i], m.held_start[i + 1]):
            stakes += s.holding[m.held[at]] * s.value[m.issuer[m.held[at]]]
    else:
        stakes = plan.stakes[t - 1, i]
    left = (1.0 - m.bankruptcy_cost[i]) * (s.enterprise[i] + stakes) + s.cash[i]
    s.cash[i] = 0.0
    left -= min(left, s.debt[i] + (1.0 - s.senior_share[i]) * (s.senior[i] - s.due[i]))
    unpaid = 1.0 - s.hard_share[i]
    second = unpaid * s.hard[i]
    part = min(1.0, left / second) if second > 0.0 else 1.0
    left = max(0.0, left - part * second)
    if w.payments:  # with channel P off a ghost stands in for the debtor and takes what the estate pays
        for c in range(m.buy_start[i], m.buy_start[i + 1]):
            j = m.seller[c]
            if j >= 0:
                s.cash[j] += s.alive[j] * part * unpaid * min(s.order[c], s.invoice[c])
        for b in range(len(m.b_cap)):
            if m.b_guarantor[b] == i:
                s.cash[m.b_beneficiary[b]] += s.alive[m.b_beneficiary[b]] * part * unpaid * s.backstop[b]
    if w.values:
        for at in range(m.issued_start[i], m.issued_start[i + 1]):
            e = m.issued[at]
            s.cash[m.holder[e]] += s.alive[m.holder[e]] * s.holding[e] * left


@compiled
def vest(m, s, w, plan, t):
    for x in range(len(m.w_issuer)):
        j, holder = m.w_issuer[x], m.w_holder[x]
        if s.w_done[x] > 0.0 or s.alive[j] <= 0.0:
            continue
        if w.values:
            vests = s.price[j] >= m.w_hurdle[x] * m.value[j] and s.bought[m.w_pair[x]] >= m.w_minimum[x]
        else:
            vests = plan.vested[t - 1, x] > 0.0
        if vests:
            new = m.w_shares[x] / s.shares[j]
            s.shares[j] *= 1.0 + new
            for at in range(m.issued_start[j], m.issued_start[j + 1]):
                s.holding[m.issued[at]] /= 1.0 + new
            s.holding[m.w_holding[x]] += s.alive[holder] * new / (1.0 + new)
            s.w_done[x] = 1.0


@compiled
def worth(m, s, i):
    v = s.base[i]
    for at in range(m.held_start[i], m.held_start[i + 1]):
        e = m.held[at]
        j = m.issuer[e]
        v += (s.holding[e] * s.keep[j] + s.fixed_share[e]) * max(0.0, s.value[j] - s.fair[j])
        if s.fair[j] > 0.0:
            v += s.fair_paid[e] * min(1.0, s.value[j] / s.fair[j])
    return max(0.0, v) if s.alive[i] > 0.0 else 0.0


@compiled
def issue_and_value(m, s, w, plan, t):
    vest(m, s, w, plan, t)
    for i in range(m.n):
        s.fair[i], s.keep[i] = s.new_equity[i], 1.0
        s.base[i] = s.enterprise[i] + s.cash[i] - s.debt[i]
    s.fair_paid[:] = 0.0
    s.fixed_share[:] = 0.0
    for k in range(len(m.tr_due)):
        e, h = m.tr_investee[k], m.tr_holding[k]
        got = s.received[k] * s.alive[e]
        if got <= 0.0:
            continue
        if m.tr_pre_money[k] > 0.0:
            s.keep[e] += got / m.tr_pre_money[k]
            if h >= 0:
                s.fixed_share[h] += min(s.paid[k], got) / m.tr_pre_money[k]
        else:
            s.fair[e] += got
            if h >= 0:
                s.fair_paid[h] += min(s.paid[k], got)
    for i in range(m.n):
        s.keep[i] = 1.0 / s.keep[i]
    for e in range(len(m.holder)):
        s.fixed_share[e] *= s.keep[m.issuer[e]]
    if w.values:
        for k in range(len(m.value_start) - 1):
            begin, end = m.value_start[k], m.value_start[k + 1]
            while True:
                moved = 0.0
                for at in range(begin, end):
                    i = m.value_comp[at]
                    new = worth(m, s, i)
                    moved = max(moved, abs(new - s.value[i]))
                    s.value[i] = new
                if end - begin == 1 or moved <= STILL * m.scale:
                    break
    else:
        for i in range(m.n):
            s.value[i] = max(0.0, s.base[i] + plan.stakes[t, i]) if s.alive[i] > 0.0 else 0.0
    for j in range(m.n):
        sold = 0.0
        if s.fair[j] > 0.0 and s.alive[j] > 0.0:
            sold = min(MOST_NEW, s.fair[j] / s.value[j]) if s.value[j] > 0.0 else MOST_NEW
        if sold > 0.0 or s.keep[j] < 1.0:
            s.shares[j] /= (1.0 - sold) * s.keep[j]
            for at in range(m.issued_start[j], m.issued_start[j + 1]):
                e = m.issued[at]
                fresh = sold * s.fair_paid[e] / s.fair[j] if s.fair[j] > 0.0 else 0.0
                s.holding[e] = (s.holding[e] * s.keep[j] + s.fixed_share[e]) * (1.0 - sold) + fresh
        s.price[j] = s.value[j] / s.shares[j]


@compiled
def book(m, s, t):
    for i in range(m.n):
        if t + m.tenor[i] <= m.quarters:
            s.maturing[i, t + m.tenor[i]] += s.alive[i] * (s.new_debt[i] + s.draw[i])
        s.line[i] -= s.draw[i]
    for x in range(len(m.pair_start) - 1):
        for at in range(m.pair_start[x], m.pair_start[x + 1]):
            c = m.pair_purchase[at]
            s.bought[x] += s.hard_share[m.buyer[c]] * s.order[c]
    for b in range(len(m.b_cap)):
        s.b_paid[b] += s.hard_share[m.b_guarantor[b]] * s.backstop[b]
        to = m.b_beneficiary[b]
        missing = 0.0
        for at in range(m.sold_start[to], m.sold_start[to + 1]):
            missing += s.amount[m.sold[at]] - s.invoice[m.sold[at]]
        s.unsold[to] = max(0.0, missing)


@compiled
def worth_of_stakes(m, s, out):
    out[:] = 0.0
    for e in range(len(m.holder)):
        out[m.holder[e]] += s.holding[e] * s.value[m.issuer[e]]


@compiled
def run_path(m, d, s, w, plan, p):
    """One path in one world: net loss and revenue shortfall of the system. The run without shocks fills the plan instead."""
    open_path(m, s)
    if w.is_plan:
        worth_of_stakes(m, s, plan.stakes[0])
    loss, shortfall = 0.0, 0.0
    for t in range(1, m.quarters + 1):
        external_revenue(m, d, s, p, t)
        contracts(m, d, s, p, t)
        tranches(m, d, s, w, plan, p, t)
        capacity(m, d, s, w, p, t)
        clear_orders(m, s, w, t)
        place_orders(m, d, s, w, p, t)
        fund(m, s)
        pay(m, s, w)
        resolve(m, s, w, plan, t)
        issue_and_value(m, s, w, plan, t)
        book(m, s, t)
        for i in range(m.n):
            surplus = s.revenue[i] - (s.senior[i] - s.interest[i] - s.due[i]) - s.capex[i] - s.order_sum[i] - s.backstop_out[i]
            if w.is_plan:
                plan.surplus[t - 1, i], plan.enterprise[t - 1, i] = surplus, s.enterprise[i]
            loss += s.lives[i] * (plan.surplus[t - 1, i] - surplus)
            if s.failed[i] > 0.0:
                loss += s.dead[i] - (1.0 - m.bankruptcy_cost[i]) * s.failed_enterprise[i] + plan.enterprise[t - 1, i]
            shortfall += m.plan_revenue[i, t - 1] - s.revenue[i]
        if w.is_plan:
            worth_of_stakes(m, s, plan.stakes[t])
            plan.tranche[t - 1] = s.paid
            plan.vested[t - 1] = s.w_done
    for i in range(m.n):
        loss += s.alive[i] * (plan.enterprise[m.quarters - 1, i] - s.enterprise[i])
    return loss, shortfall


@numba.njit(error_model="numpy", parallel=True)
def run_paths(model, d, spaces, w, plans, loss, shortfall, quarter):
    """All paths, in parts with a workspace of their own."""
    paths = loss.size
    for part in numba.prange((paths + PART - 1) // PART):
        m, s, plan = model[0], spaces[part], plans[0]
        for p in range(part * PART, min(paths, (part + 1) * PART)):
            loss[p], shortfall[p] = run_path(m, d, s, w, plan, p)
            for i in range(m.n):
                quarter[i, p] = s.default_quarter[i]


def channels(world, is_plan=False):
    return Channels(world.orders, world.payments, world.values, {"off": OFF, "arm": ARM, "on": ON}[world.financing], is_plan)


class Runner:
    def __init__(self, model, drivers):
        self.m, self.d = flat_model(model), by_path(drivers)
        self.paths = self.d.sentiment.shape[0]
        self.spaces = spaces(self.m, -(-self.paths // PART))
        h, n, k, x = model.quarters, model.n, len(model.tranches), len(model.warrants)
        self.plan = record({"tranche": (h, k), "stakes": (h + 1, n), "enterprise": (h, n), "surplus": (h, n), "vested": (h, x)})
        self.run_one(World.W0, by_path(drivers.without_shocks()), 1, True)

    def run_one(self, world, drivers, paths, is_plan=False):
        loss, shortfall, quarter = np.zeros(paths), np.zeros(paths), np.zeros((int(self.m['n'][0]), paths))
        run_paths(self.m, drivers, self.spaces, channels(world, is_plan), self.plan, loss, shortfall, quarter)
        return loss, shortfall, quarter

    def run(self, worlds):
        return {w.name: self.run_one(w, self.d, self.paths) for w in worlds}


def main(folder):
    model, drivers, answers = load(folder)
    start = time.perf_counter()
    runner = Runner(model, drivers)
    print(f"numba: compiled in {time.perf_counter() - start:.1f} s")
    rows = []
    for threads in (1, 2):
        numba.set_num_threads(threads)
        check(f"numba, {threads} thread(s)", runner.run(World.ALL), answers)
        for worlds in ([World.W0], World.ALL):
            seconds = np.inf
            for _ in range(5):
                start = time.perf_counter()
                runner.run(worlds)
                seconds = min(seconds, time.perf_counter() - start)
            rows.append({"program": "Numba", "worlds": " ".join(w.name for w in worlds), "threads": threads, "seconds": seconds})
    write_times(folder, "numba", rows)


if __name__ == "__main__":
    main(sys.argv[1])
