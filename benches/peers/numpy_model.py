"""The flagship in NumPy: every firm's row holds one number per path, so that each statement works on a whole chunk of paths.

    numpy_model.py FOLDER

FOLDER is what `export.rs` wrote. The answers of every path in W0, W1 and W2 are compared with the engine's; then the run is timed.
Only what the flagship uses is here: no loans between firms, no claims on rejected contracts, no ramps of valuation floors. Only what the
comparison needs is reported: net loss and revenue shortfall of the system, and the quarter in which each firm fails.
"""

import sys
import time

import numpy as np

from data import World, Model, check, load, write_times

TIE = 1e-9  # a firm short by less than this share of what it owes is solvent
STILL = 1e-14  # a sweep that moves less than this share of the scale of money ends the iteration
MOST_NEW = 0.95  # most of a firm that new money buys in a quarter


class Plan:
    """What the run without shocks leaves for the others to look up; one column."""

    def __init__(self, model):
        h, n = model.quarters, model.n
        self.tranche = np.zeros((h, len(model.tranches)))
        self.stakes = np.zeros((h + 1, n))
        self.enterprise, self.surplus = np.zeros((h, n)), np.zeros((h, n))
        self.vested = np.zeros((h, len(model.warrants)), bool)


class Run:
    """State of a chunk of paths in one world."""

    def __init__(self, model, world, drivers, plan):
        self.m, self.world, self.d, self.plan = model, world, drivers, plan
        m, d = model, drivers
        self.paths = paths = d.sentiment.shape[-1]
        across = lambda column: np.repeat(np.asarray(column, float)[:, None], paths, axis=1)
        self.cash, self.debt, self.line, self.value = map(across, (m.cash, m.debt, m.line, m.value))
        self.price, self.enterprise = across(m.value), across(m.enterprise)
        self.maturing = np.zeros((m.quarters + 1, m.n, paths))
        self.maturing[1:] = m.maturing.T[:, :, None]
        self.holding = across(m.holding)
        self.shares, self.alive, self.order_ratio = (np.ones((m.n, paths)) for _ in range(3))
        self.under, self.unsold, self.default_quarter = (np.zeros((m.n, paths)) for _ in range(3))
        self.bought = np.zeros((len(m.pairs), paths))
        self.tranche_done = np.zeros((len(m.tranches), paths), bool)
        self.tranche_waited = np.zeros((len(m.tranches), paths))
        self.warrant_done = np.zeros((len(m.warrants), paths), bool)
        self.backstop_paid = np.zeros((len(m.backstops), paths))
        self.net_loss, self.revenue_shortfall = np.zeros(paths), np.zeros(paths)
        self.scale = m.money_scale

    def run(self):
        record = self.plan is None
        if record:
            self.record = Plan(self.m)
            self.record.stakes[0] = self.worth_of_stakes()[:, 0]
        for t in range(1, self.m.quarters + 1):
            self.t, self.lives = t, self.alive.copy()
            self.external_revenue(t)
            self.contracts(t)
            self.tranches(t)
            self.capacity(t)
            self.clear_orders()
            self.place_orders(t)
            self.fund(t)
            self.pay()
            self.resolve(t)
            self.issue_and_value(t)
            self.book(t)
            surplus = self.revenue - (self.senior - self.interest - self.due) - self.capex - self.order_sum - self.backstop_out
            if record:
                self.keep(t, surplus)
            else:
                self.lose(t, surplus)
        if not record:
            self.net_loss += (self.alive * (self.plan.enterprise[-1][:, None] - self.enterprise)).sum(0)
        return self

    # What can be sold and bought ------------------------------------------------------------------------------------------------

    def external_revenue(self, t):
        m = self.m
        plan = m.revenue[:, t - 1, None]
        self.external = self.alive * plan * self.d.revenue_factor[t - 1]
        f = m.feeds
        self.under[f] += m.revenue_feedback[f, None] * np.maximum(0.0, 1.0 - self.order_ratio[f])
        self.external[f] *= np.exp(-self.under[f])
        cols = np.flatnonzero((self.alive == 0.0).any(0))
        if cols.size:
            alive = self.alive[:, cols]
            for peers in m.peers:
                lost = ((1.0 - alive[peers]) * m.recapture[peers, None] * plan[peers]).sum(0)
                left = (alive[peers] * plan[peers]).sum(0)
                gain = 1.0 + np.divide(lost, left, out=np.zeros_like(lost), where=left > 0.0)
                self.external[np.ix_(peers, cols)] *= gain

    def contracts(self, t):
        m, d = self.m, self.d
        amount = np.repeat(m.schedule[:, t - 1, None], self.paths, axis=1)
        amount[m.deal_purchases] *= d.deal_scale[t - 1, m.deal_of[m.deal_purchases]]
        self.planned_orders = amount
        self.committed = m.take_or_pay[:, None] * amount
        self.floor = m.enforceability[:, None] * self.committed
        self.discretionary = amount - self.committed
        self.capex_plan = np.repeat(m.capex[:, t - 1, None], self.paths, axis=1)
        self.discretionary[m.grouped] *= np.power(d.efficiency[t - 1], 1.0 - m.price_elasticity[m.group[m.grouped], None])
        for buyer, group, lead, others in m.cells:
            self.substitute(buyer, lead, others, d.vendor_ratio[t - 1, group])
        self.floor_sum, self.committed_sum = m.by_buyer(self.floor), m.by_buyer(self.committed)
        self.discretionary_sum = m.by_buyer(self.discretionary) + self.capex_plan

    def substitute(self, buyer, lead, others, ratio):
        """A share of discretionary purchases moves between the lead vendor and the others, or to vendors outside."""
        if not lead.size:
            return
        disc = self.discretionary
        first = disc[lead].sum(0)
        rest = disc[others].sum(0) if others.size else np.zeros(self.paths)
        moved = np.maximum(first * (1.0 - ratio), -rest)
        disc[lead] *= 1.0 - np.divide(moved, first, out=np.zeros(self.paths), where=first > 0.0)
        if others.size:
            disc[others] *= 1.0 + np.divide(moved, rest, out=np.zeros(self.paths), where=rest > 0.0)
        self.capex_plan[buyer] += np.where(rest > 0.0, 0.0, np.maximum(moved, 0.0))

    def tranches(self, t):
        m, w = self.m, self.world
        self.soft_in, self.soft_out = np.zeros((m.n, self.paths)), np.zeros((m.n, self.paths))
        self.owed, self.expected = {}, {}
        for k, tranche in enumerate(m.tranches):
            if t < tranche["due"] or self.tranche_done[k].all():
                continue
            if w.financing == "off" and self.plan is not None and tranche["deal"] < 0:
                amount = np.full(self.paths, self.plan.tranche[t - 1, k])
            else:
                amount = self.payable(t, k, tranche)
            a, e = tranche["investor"], tranche["investee"]
            self.owed[k] = amount * self.alive[a] if a >= 0 else amount
            self.expected[k] = amount * self.alive[e]
            if a >= 0:
                self.soft_out[a] += self.owed[k]
            self.soft_in[e] += self.expected[k]

    def payable(self, t, k, tranche):
        m, d, w = self.m, self.d, self.world
        a, e = tranche["investor"], tranche["investee"]
        size = d.deal_scale[t - 1, tranche["deal"]] if tranche["deal"] >= 0 else 1.0
        tested = ~self.tranche_done[k] & (size > 0.0)
        if w.financing == "off":
            self.tranche_done[k] |= tested
            return np.where(tested, tranche["amount"] * size, 0.0)
        tested &= d.tranche_event[t - 1, k] > 0.0
        coupled = w.financing == "on"
        good = tested & (self.alive[e] > 0.0) & (self.value[e] >= tranche["floor"] * m.value[e])
        if coupled and a >= 0:
            good &= self.alive[a] > 0.0
        if tranche["needs_window"]:
            good &= d.window[t - 1, e] > 0.0
        if tranche["regulatory"]:
            good &= d.freeze[t - 1] <= 0.0
        pair = m.tranche_pair[k]
        good &= (self.bought[pair] if pair >= 0 else 0.0) >= tranche["minimum"]
        missed = tested & ~good
        self.tranche_waited[k] += missed
        self.tranche_done[k] |= good | (missed & (self.tranche_waited[k] > m.grace))
        amount = np.where(good, tranche["amount"] * size, 0.0)
        if coupled:
            if tranche["purchase_coupling"] != 0.0:
                amount *= np.clip(self.order_ratio[e], 0.0, 1.0) ** tranche["purchase_coupling"]
            if tranche["investor_coupling"] != 0.0 and a >= 0 and m.value[a] > 0.0:
                amount *= np.clip(self.value[a] / m.value[a], 0.0, 1.0) ** tranche["investor_coupling"]
        return amount

    def capacity(self, t):
        m, d = self.m, self.d
        before = d.sentiment[t - 2] if t > 1 else 0.0
        growth = np.exp(m.growth[:, None] * 0.25 + m.sentiment_beta[:, None] * (d.sentiment[t - 1] - before))
        self.backstop_in, self.backstop_out = np.zeros((m.n, self.paths)), np.zeros((m.n, self.paths))
        self.backstop = np.zeros((len(m.backstops), self.paths))
        for b, stop in enumerate(m.backstops):
            g, to = stop["guarantor"], stop["beneficiary"]
            if self.world.orders:
                called = np.minimum(stop["cap"] - self.backstop_paid[b], stop["coverage"] * self.unsold[to])
                self.backstop[b] = self.alive[g] * self.alive[to] * np.maximum(0.0, called)
            self.backstop_out[g] += self.backstop[b]
            self.backstop_in[to] += self.backstop[b]
        ease = np.where(d.regime[t - 1] > 0.0, m.bust_funding_share, 1.0)
        is_open = self.alive * ease * d.window[t - 1]
        collateral = m.loan_to_value[:, None] * self.enterprise * growth
        spare = np.maximum(0.0, self.cash - m.minimum_cash[:, None])
        self.equity_capacity = m.equity_capacity[:, None] * is_open * self.value
        self.debt_capacity = is_open * np.maximum(0.0, collateral - self.debt)
        rolls = self.debt * (1.0 - TIE) - spare <= collateral
        matures = self.alive * self.maturing[t]
        self.due = np.where(rolls, 0.0, matures)
        for i in m.maturing_firms:
            if t + m.tenor[i] <= m.quarters:
                self.maturing[t + m.tenor[i], i] += matures[i] - self.due[i]
        self.interest = self.alive * m.interest_rate[:, None] * self.debt * 0.25
        self.fixed = self.alive * m.fixed_cost[:, t - 1, None]
        self.available = self.alive * (spare + self.soft_in + self.equity_capacity + self.debt_capacity + self.line)
        self.available -= self.fixed + self.interest + self.due + self.backstop_out

    # Orders ---------------------------------------------------------------------------------------------------------------------

    def clear_orders(self):
        """The greatest orders that everybody's receipts allow."""
        m = self.m
        self.plan_revenue = m.plan_revenue[:, self.t - 1, None]
        book = Book(m, self)
        for component in m.order_components:
            if not self.world.orders or len(component) == 1:
                for i in component:
                    book.respond(i)
            else:
                book.settle(component, STILL * self.scale)
        self.order, self.discretionary_share, self.ratio, self.revenue = book.order, book.free, book.ratio, book.revenue

    def place_orders(self, t):
        m, d = self.m, self.d
        self.order_sum = m.by_buyer(self.order)
        billed = self.order if self.world.orders else self.committed + self.discretionary
        self.invoice = np.zeros_like(billed)
        inside = m.inside
        self.invoice[inside] = self.alive[m.seller[inside]] * billed[inside]
        planned = m.by_buyer(self.planned_orders)
        self.order_ratio = np.divide(self.order_sum, planned, out=np.ones_like(planned), where=planned > 0.0)
        self.capex = self.alive * self.discretionary_share * self.capex_plan
        level = np.exp(m.growth[:, None] * (0.25 * t) + m.sentiment_beta[:, None] * d.sentiment[t - 1])
        power = np.power(np.maximum(self.ratio, 1e-300), m.value_elasticity[:, None])
        self.enterprise = self.alive * m.enterprise[:, None] * level * power

    # Money ----------------------------------------------------------------------------------------------------------------------

    def fund(self, t):
        m = self.m
        self.senior = self.fixed + m.variable_cost[:, None] * self.revenue + self.interest + self.due
        self.hard = self.order_sum + self.capex + self.backstop_out
        have = self.cash + self.revenue + self.soft_in
        need = self.alive * np.maximum(0.0, m.minimum_cash[:, None] + self.senior + self.hard + self.soft_out - have)
        first = np.where(m.debt_first[:, None], self.debt_capacity, self.equity_capacity)
        second = np.where(m.debt_first[:, None], self.equity_capacity, self.debt_capacity)
        taken = np.minimum(need, first)
        rest = np.minimum(need - taken, second)
        self.new_debt = np.where(m.debt_first[:, None], taken, rest)
        self.new_equity = np.where(m.debt_first[:, None], rest, taken)

    def pay(self):
        m = self.m
        minimum = m.minimum_cash[:, None]
        inflow = self.backstop_in + m.by_seller(self.invoice) + self.soft_in
        own = self.alive * (self.cash + self.external + self.new_debt + self.new_equity)
        total = own + inflow
        owed = self.senior + self.hard
        short = (total + self.line < owed * (1.0 - TIE)) | ((self.soft_out > 0.0) & (total - owed - minimum < self.soft_out))
        self.draw = np.minimum(np.maximum(0.0, owed - total), self.line)
        self.cash = np.maximum(0.0, total + self.draw - owed - self.soft_out)
        self.senior_share, self.hard_share, self.soft_share = (np.ones((m.n, self.paths)) for _ in range(3))
        self.failed = np.zeros((m.n, self.paths), bool)
        self.dead_weight = np.zeros((m.n, self.paths))
        cols = np.flatnonzero(short.any(0))
        if cols.size:
            self.clear_payments(cols, own)
        self.paid, self.received = {}, {}
        for k, owed in self.owed.items():
            a, e = m.tranches[k]["investor"], m.tranches[k]["investee"]
            self.paid[k] = owed * self.soft_share[a] if a >= 0 else owed
            self.received[k] = self.expected[k] if self.world.financing != "on" else self.alive[e] * self.paid[k]

    def clear_payments(self, cols, own):
        """Greatest payments on the paths `cols`, in which somebody cannot pay everything."""
        m, w = self.m, self.world
        sure = np.zeros((m.n, cols.size))
        claims = []  # debtor, payee, whether of class 2, amount
        for c in m.inside:
            invoice = self.invoice[c, cols]
            part = np.minimum(self.order[c, cols], invoice) if w.payments else np.zeros(cols.size)
            sure[m.seller[c]] += invoice - part
            if w.payments:
                claims.append((m.buyer[c], m.seller[c], True, part))
        for b, stop in enumerate(m.backstops):
            if w.payments:
                claims.append((stop["guarantor"], stop["beneficiary"], True, self.backstop[b, cols]))
            else:
                sure[stop["beneficiary"]] += self.backstop[b, cols]
        for k, expected in self.expected.items():
            a, e = m.tranches[k]["investor"], m.tranches[k]["investee"]
            if a >= 0 and w.financing == "on":
                claims.append((a, e, False, expected[cols]))
            else:
                sure[e] += expected[cols]
        at = {"own": own[:, cols], "line": (self.line * self.alive)[:, cols], "senior": self.senior[:, cols], "hard": self.hard[:, cols],
              "soft": self.soft_out[:, cols], "sure": sure}
        amounts = np.array([claim[3] for claim in claims]) if claims else np.zeros((0, cols.size))
        inflow = sure.copy()
        for (_, payee, _, _), amount in zip(claims, amounts):
            inflow[payee] += amount
        scale = np.maximum(1e-12, (at["own"] + sure + at["senior"] + at["hard"] + at["soft"]).max(0))
        answers = None
        while cols.size:
            answers = self.answer(at, inflow)
            fresh = at["sure"].copy()
            for (debtor, payee, hard, _), amount in zip(claims, amounts):
                fresh[payee] += amount * answers["hard" if hard else "soft"][debtor]
            done = np.abs(fresh - inflow).max(0) <= STILL * scale
            if done.any():
                done_cols = cols[done]
                for name, rows in (("senior_share", "senior"), ("hard_share", "hard"), ("soft_share", "soft"), ("draw", "draw"),
                                   ("failed", "failed"), ("dead_weight", "dead"), ("cash", "cash")):
                    getattr(self, name)[:, done_cols] = answers[rows][:, done]
                go = ~done
                cols, scale, amounts, fresh = cols[go], scale[go], amounts[:, go], fresh[:, go]
                at = {name: rows[:, go] for name, rows in at.items()}
            inflow = fresh

    def answer(self, at, inflow):
        m = self.m
        own, senior, hard, soft = at["own"], at["senior"], at["hard"], at["soft"]
        total, owed = own + inflow, senior + hard
        solvent = total + at["line"] >= owed * (1.0 - TIE)
        draw = np.minimum(np.maximum(0.0, owed - total), at["line"])
        shares = np.minimum(soft, np.maximum(0.0, total - owed - m.minimum_cash[:, None]))
        left = np.maximum(0.0, total + draw - owed - shares)
        alpha, beta = m.recovery_own[:, None], m.recovery_incoming[:, None]
        rest = alpha * own + beta * inflow
        first = np.minimum(senior, rest)
        second = np.minimum(hard, rest - first)
        part = lambda paid, due: np.divide(paid, due, out=np.ones_like(paid), where=due > 0.0)
        return {
            "senior": np.where(solvent, 1.0, part(first, senior)), "hard": np.where(solvent, 1.0, part(second, hard)),
            "soft": part(np.where(solvent, shares, 0.0), soft), "draw": np.where(solvent, draw, 0.0), "failed": ~solvent,
            "dead": np.where(solvent, 0.0, (1.0 - alpha) * own + (1.0 - beta) * inflow),
            "cash": np.where(solvent, left, np.maximum(0.0, rest - first - second)),
        }

    # Failures -------------------------------------------------------------------------------------------------------------------

    def resolve(self, t):
        m = self.m
        self.debt += self.new_debt + self.draw - self.senior_share * self.due
        self.failed_enterprise = np.where(self.failed, self.enterprise, 0.0)
        firms = np.flatnonzero(self.failed.any(1))
        if not firms.size:
            return
        self.alive[self.failed] = 0.0
        self.default_quarter[self.failed] = t
        for i in firms:
            self.share_out(t, i, np.flatnonzero(self.failed[i]))
        for i in firms:
            cols = np.flatnonzero(self.failed[i])
            self.debt[i, cols] = self.enterprise[i, cols] = self.line[i, cols] = 0.0
            for e in m.held[i]:
                self.holding[e, cols] = 0.0
            for w, warrant in enumerate(m.warrants):
                if warrant["issuer"] == i or (warrant["holder"] == i and self.world.values):
                    self.warrant_done[w, cols] = True
            for k, tranche in enumerate(m.tranches):
                if self.world.financing == "on" and i in (tranche["investee"], tranche["investor"]):
                    self.tranche_done[k, cols] = True

    def share_out(self, t, i, cols):
        """Sells firm i on the paths `cols` and shares out the proceeds: debt and class 1, then class 2, then shareholders."""
        m, w = self.m, self.world
        if w.values or self.plan is None:
            stakes = sum((self.holding[e, cols] * self.value[m.issuer[e], cols] for e in m.held[i]), np.zeros(cols.size))
        else:
            stakes = self.plan.stakes[t - 1, i]
        left = (1.0 - m.bankruptcy_cost[i]) * (self.enterprise[i, cols] + stakes) + self.cash[i, cols]
        self.cash[i, cols] = 0.0
        first = self.debt[i, cols] + (1.0 - self.senior_share[i, cols]) * (self.senior[i, cols] - self.due[i, cols])
        left -= np.minimum(first, left)
        unpaid = 1.0 - self.hard_share[i, cols]
        second = unpaid * self.hard[i, cols]
        part = np.minimum(1.0, np.divide(left, second, out=np.ones_like(left), where=second > 0.0))
        left = np.maximum(0.0, left - part * second)
        if w.payments:
            # With channel P off a ghost stands in for the debtor and takes what the estate pays.
            for c in m.bought_by[i]:
                j = m.seller[c]
                if j >= 0:
                    self.cash[j, cols] += self.alive[j, cols] * part * unpaid * np.minimum(self.order[c, cols], self.invoice[c, cols])
            for b, stop in enumerate(m.backstops):
                if stop["guarantor"] == i:
                    j = stop["beneficiary"]
                    self.cash[j, cols] += self.alive[j, cols] * part * unpaid * self.backstop[b, cols]
        if w.values:
            for e in m.issued[i]:
                j = m.holder[e]
                self.cash[j, cols] += self.alive[j, cols] * self.holding[e, cols] * left

    # Values ---------------------------------------------------------------------------------------------------------------------

    def worth_of_stakes(self):
        worth = np.zeros((self.m.n, self.paths))
        for e, (holder, issuer) in enumerate(zip(self.m.holder, self.m.issuer)):
            worth[holder] += self.holding[e] * self.value[issuer]
        return worth

    def vest(self, t):
        m = self.m
        for w, warrant in enumerate(m.warrants):
            j = warrant["issuer"]
            can = ~self.warrant_done[w] & (self.alive[j] > 0.0)
            if self.world.values or self.plan is None:
                can &= (self.price[j] >= warrant["hurdle"] * m.value[j]) & (self.bought[m.warrant_pair[w]] >= warrant["minimum"])
            else:
                can &= self.plan.vested[t - 1, w]
            if not can.any():
                continue
            new = np.where(can, warrant["shares"] / self.shares[j], 0.0)
            self.shares[j] *= 1.0 + new
            for e in m.issued[j]:
                self.holding[e] /= 1.0 + new
            self.holding[m.warrant_holding[w]] += self.alive[warrant["holder"]] * new / (1.0 + new)
            self.warrant_done[w] |= can

    def issue_and_value(self, t):
        m = self.m
        self.vest(t)
        fair, keep = self.new_equity.copy(), np.ones((m.n, self.paths))
        fair_paid, fixed_share = {}, {}
        for k, received in self.received.items():
            tranche = m.tranches[k]
            e, h = tranche["investee"], m.tranche_holding[k]
            got = received * self.alive[e]
            if h >= 0:
                mine = np.minimum(self.paid[k], got)
            if tranche["pre_money"] > 0.0:
                keep[e] += got / tranche["pre_money"]
                if h >= 0:
                    fixed_share[h] = fixed_share.get(h, 0.0) + mine / tranche["pre_money"]
            else:
                fair[e] += got
                if h >= 0:
                    fair_paid[h] = fair_paid.get(h, 0.0) + mine
        keep = 1.0 / keep
        for h in fixed_share:
            fixed_share[h] = fixed_share[h] * keep[m.issuer[h]]
        base = self.enterprise + self.cash - self.debt
        if self.world.values or self.plan is None:
            self.clear_values(base, fair, keep, fair_paid, fixed_share)
        else:
            self.value = np.where(self.alive > 0.0, np.maximum(0.0, base + self.plan.stakes[t][:, None]), 0.0)
        # New money at the fair price buys its worth.
        part = np.divide(fair, self.value, out=np.full_like(fair, np.inf), where=self.value > 0.0)
        sold = np.where((fair > 0.0) & (self.alive > 0.0), np.minimum(MOST_NEW, part), 0.0)
        self.shares /= (1.0 - sold) * keep
        for e, j in enumerate(m.issuer):
            older = self.holding[e] * keep[j] + fixed_share.get(e, 0.0)
            self.holding[e] = older * (1.0 - sold[j])
            if e in fair_paid:
                self.holding[e] += np.divide(sold[j] * fair_paid[e], fair[j], out=np.zeros(self.paths), where=fair[j] > 0.0)
        self.price = self.value / self.shares

    def clear_values(self, base, fair, keep, fair_paid, fixed_share):
        m = self.m

        def worth(i):
            v = base[i].copy()
            for e in m.held[i]:
                j = m.issuer[e]
                v += (self.holding[e] * keep[j] + fixed_share.get(e, 0.0)) * np.maximum(0.0, self.value[j] - fair[j])
                if e in fair_paid:
                    share = np.divide(self.value[j], fair[j], out=np.zeros(self.paths), where=fair[j] > 0.0)
                    v += fair_paid[e] * np.minimum(1.0, share)
            return np.where(self.alive[i] > 0.0, np.maximum(0.0, v), 0.0)

        for component in m.value_components:
            moved = np.inf
            while moved > STILL * self.scale:
                moved = 0.0
                for i in component:
                    new = worth(i)
                    moved = max(moved, np.abs(new - self.value[i]).max()) if len(component) > 1 else 0.0
                    self.value[i] = new

    # Books ----------------------------------------------------------------------------------------------------------------------

    def book(self, t):
        m = self.m
        for i in range(m.n):
            if t + m.tenor[i] <= m.quarters:
                self.maturing[t + m.tenor[i], i] += self.alive[i] * (self.new_debt[i] + self.draw[i])
        self.line -= self.draw
        for p, contracts in enumerate(m.pairs):
            for c in contracts:
                self.bought[p] += self.hard_share[m.buyer[c]] * self.order[c]
        for b, stop in enumerate(m.backstops):
            self.backstop_paid[b] += self.hard_share[stop["guarantor"]] * self.backstop[b]
            to = stop["beneficiary"]
            self.unsold[to] = np.maximum(0.0, (self.planned_orders[m.sold_by[to]] - self.invoice[m.sold_by[to]]).sum(0))

    def keep(self, t, surplus):
        plan = self.record
        for k, paid in self.paid.items():
            plan.tranche[t - 1, k] = paid[0]
        plan.stakes[t] = self.worth_of_stakes()[:, 0]
        plan.enterprise[t - 1], plan.surplus[t - 1] = self.enterprise[:, 0], surplus[:, 0]
        plan.vested[t - 1] = self.warrant_done[:, 0]

    def lose(self, t, surplus):
        m, plan = self.m, self.plan
        net = self.lives * (plan.surplus[t - 1][:, None] - surplus)
        if self.failed.any():
            gone = self.dead_weight - (1.0 - m.bankruptcy_cost[:, None]) * self.failed_enterprise + plan.enterprise[t - 1][:, None]
            net += self.failed * gone
        self.net_loss += net.sum(0)
        self.revenue_shortfall += (self.plan_revenue - self.revenue).sum(0)


class Book:
    """The orders of a quarter; sweeps go on only with the paths that still move."""

    SERIES = ("floor", "span", "disc", "external", "alive", "available", "floor_sum", "span_sum", "committed_sum", "disc_sum", "order",
              "spend", "free", "ratio", "revenue")

    def __init__(self, m, run=None):
        self.m = m
        if run is None:
            return
        self.exogenous = None if run.world.orders else run.committed + run.discretionary
        self.floor, self.span, self.disc = run.floor, run.committed - run.floor, run.discretionary
        self.external, self.alive, self.available = run.external + run.backstop_in, run.alive, run.available
        self.floor_sum, self.committed_sum = run.floor_sum, run.committed_sum
        self.span_sum, self.disc_sum = run.committed_sum - run.floor_sum, run.discretionary_sum
        self.inverse, self.margin = m.inverse[:, run.t - 1], 1.0 - m.variable_cost
        self.order = run.alive[m.buyer] * (run.committed + m.spending_cap * run.discretionary)
        shape = run.external.shape
        self.spend, self.free, self.ratio, self.revenue = np.ones(shape), np.full(shape, m.spending_cap), np.ones(shape), np.zeros(shape)

    def receipts(self, i):
        sold = self.m.sold_by[i]
        billed = self.order if self.exogenous is None else self.exogenous
        return self.alive[i] * (self.external[i] + billed[sold].sum(0)) if len(sold) else self.alive[i] * self.external[i]

    def respond(self, i):
        """Firm i orders what its receipts allow; how far its spending moved."""
        m = self.m
        revenue = self.receipts(i)
        ratio = revenue * self.inverse[i] if self.inverse[i] > 0.0 else np.ones_like(revenue)
        appetite = np.clip(1.0 + m.spending_elasticity[i] * (ratio - 1.0), 0.0, m.spending_cap)
        funds = self.available[i] + self.margin[i] * revenue
        span, disc = self.span_sum[i], self.disc_sum[i]
        above = np.clip(funds - self.floor_sum[i], 0.0, span)
        spend = np.divide(above, span, out=np.ones_like(span), where=span > 0.0)
        bought = np.clip(funds - self.committed_sum[i], 0.0, appetite * disc)
        free = np.divide(bought, disc, out=np.zeros_like(disc), where=disc > 0.0)
        moved = np.abs(spend - self.spend[i]) * span + np.abs(free - self.free[i]) * disc
        self.spend[i], self.free[i], self.ratio[i], self.revenue[i] = spend, free, ratio, revenue
        own = m.buys[i]
        if own.stop > own.start:
            self.order[own] = self.alive[i] * (self.floor[own] + self.span[own] * spend + self.disc[own] * free)
        return moved

    def settle(self, component, tolerance):
        cols, part = np.arange(self.alive.shape[1]), self
        while True:
            moved = part.respond(component[0])
            for i in component[1:]:
                np.maximum(moved, part.respond(i), out=moved)
            going = np.flatnonzero(moved > tolerance)
            if not going.size:
                break
            if going.size < 0.7 * moved.size:
                part.put(self, cols)
                part, cols = part.take(going), cols[going]
        part.put(self, cols)
        for i in component:
            self.revenue[i] = self.receipts(i)

    def take(self, cols):
        small = Book(self.m)
        small.exogenous, small.inverse, small.margin = self.exogenous, self.inverse, self.margin
        for name in self.SERIES:
            setattr(small, name, getattr(self, name)[:, cols])
        return small

    def put(self, whole, cols):
        if self is whole:
            return
        for name in ("order", "spend", "free", "ratio", "revenue"):
            getattr(whole, name)[:, cols] = getattr(self, name)


def simulate(model, drivers, worlds, plan, chunk):
    """Net loss and shortfall (path), default quarters (firm, path) of each world, chunk by chunk."""
    paths = drivers.sentiment.shape[-1]
    out = {w.name: [] for w in worlds}
    for first in range(0, paths, chunk):
        part = drivers.paths(first, min(paths, first + chunk))
        for world in worlds:
            run = Run(model, world, part, plan).run()
            out[world.name].append((run.net_loss, run.revenue_shortfall, run.default_quarter))
    return {name: [np.concatenate(x, axis=-1) for x in zip(*parts)] for name, parts in out.items()}


def main(folder):
    model, drivers, answers = load(folder)
    plan = Run(model, World.W0, drivers.without_shocks(), None).run().record
    check("numpy", simulate(model, drivers, World.ALL, plan, 1024), answers)
    paths = drivers.sentiment.shape[-1]
    best = {}
    for chunk in sorted({min(c, paths) for c in (256, 1024, 4096, 8192, 16384)}):
        start = time.perf_counter()
        simulate(model, drivers, [World.W0], plan, chunk)
        best[chunk] = time.perf_counter() - start
    chunk = min(best, key=best.get)
    print("numpy, W0 by size of chunk: " + ", ".join(f"{c} paths {s:.3f} s" for c, s in best.items()))
    check(f"numpy, chunks of {chunk}", simulate(model, drivers, World.ALL, plan, chunk), answers)
    rows = []
    for worlds in ([World.W0], World.ALL):
        seconds = np.inf
        for _ in range(5):
            start = time.perf_counter()
            simulate(model, drivers, worlds, plan, chunk)
            seconds = min(seconds, time.perf_counter() - start)
        rows.append({"program": f"NumPy, chunks of {chunk}", "worlds": " ".join(w.name for w in worlds), "threads": 1, "seconds": seconds})
    write_times(folder, "numpy", rows)


if __name__ == "__main__":
    main(sys.argv[1])
