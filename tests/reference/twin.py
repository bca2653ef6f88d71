#!/usr/bin/env python3
"""The twin: a slow, plain second implementation of the model of circular financing.

It is written from the text of the specification alone (the section numbers in the comments are those of the methods page) and
shares nothing with the engine, so that the two can be compared. Path by path, firm by firm, ordinary loops; no speed tricks.

    python3 twin.py FOLDER [FOLDER ...]
    python3 twin.py --root ROOT [--jobs 2]

Each folder holds `scenario.toml` (complete in itself, no uncertain numbers), the table of drivers that it names, `worlds.txt`
(one world a line) and `paths.txt` (the number of paths). Written there: `twin.csv` (states) and `losses.csv`.

Worlds: W0, W1, or a minus sign and the channels that are off (`-V`, `-OP`, `-OPVF`); suffixes `~S` (sentiment held still in
values), `~L` (the market looks through circular revenue), `~M` (least instead of greatest fixed points).
"""

import csv
import multiprocessing
import os
import sys
import tomllib

import numpy as np

OUTSIDE = "outside"
SUPPLIERS, CAPITAL, GHOST = "S", "K", "G"  # payees that are not firms
TIE = 1e-9  # relative tolerance of ties (5.2)
SWEEPS = 200_000  # most sweeps of any fixed point
STILL = 4e-16  # a sweep that moves less than this share of the scale of money ends the iteration

DUST = 1e-9  # money below this is rounding, and no round (6.3)

# ---------------------------------------------------------------------------------------------------------------------
# Reading the scenario
# ---------------------------------------------------------------------------------------------------------------------

COMMON_DEFAULTS = {
    "minimum_cash_usd_bn": 0.0, "external_revenue_scale": 1.0, "fixed_cost_scale": 1.0, "capex_scale": 1.0,
    "variable_cost_ratio": 0.0, "value_growth_per_year": 0.1, "value_elasticity": 1.2, "interest_rate_per_year": 0.05,
    "credit_line_usd_bn": 0.0,
}
KIND_DEFAULTS = {
    "sentiment_beta": {"lab": 1.5, "neocloud": 1.5, "*": 1.0},
    "spending_elasticity": {"hyperscaler": 1.3, "neocloud": 1.3, "holding": 0.0, "*": 1.0},
    "revenue_feedback_per_quarter": {"lab": 0.1, "*": 0.0},
    "equity_capacity_per_quarter": {"lab": 0.05, "*": 0.01},
    "loan_to_value": {"lab": 0.1, "neocloud": 0.7, "*": 0.5},
}
RULE_DEFAULTS = {
    "default_recovery_own": 0.9, "default_recovery_incoming": 0.95, "bankruptcy_cost": 0.25, "rejection_claim": 0.0,
    "recapture": 0.4,
}
TAKE_OR_PAY = {"hyperscaler": 0.7, "neocloud": 0.85, "chips": 0.3}
NO_SHOCK = {
    "log_revenue": 0.0, "sentiment": 0.0, "regime": 0.0, "window": 1.0, "vendor_share_ratio": 1.0, "efficiency": 1.0,
    "deal_scale": 0.0, "tranche_event": 1.0, "regulatory_freeze": 0.0, "order_share": 1.0,
}
ADDED, MULTIPLIED = ("log_revenue", "sentiment"), ("efficiency", "vendor_share_ratio", "order_share")


class Thing:
    """A bag of named values."""

    def __init__(self, **values):
        self.__dict__.update(values)


def number(value, where):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{where}: a plain number is needed, not {value!r}")
    return float(value)


def refuse_uncertain(value, where):
    """The twin draws nothing, so distributions are an error wherever they stand."""
    if isinstance(value, dict):
        if "dist" in value:
            raise ValueError(f"{where}: uncertain numbers are not for the twin")
        for key, inner in value.items():
            refuse_uncertain(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for inner in value:
            refuse_uncertain(inner, where)


def parse_quarter(text):
    """A label such as 2027Q1 as a running number of quarters."""
    year, quarter = str(text).split("Q")
    return int(year) * 4 + int(quarter) - 1


class Calendar:
    def __init__(self, scenario):
        self.horizon = int(scenario.get("horizon_quarters", 24))
        if "first_quarter" in scenario:
            self.first = parse_quarter(scenario["first_quarter"])
        else:
            parts = str(scenario["as_of"]).split("-")
            month = int(parts[1]) if len(parts) > 1 else 12
            self.first = int(parts[0]) * 4 + (month - 1) // 3 + 1

    def index(self, label):
        """Quarter number, 1 for the first that is simulated."""
        return parse_quarter(label) - self.first + 1

    def year_quarters(self, year, start=1):
        """Quarter numbers of what is left of a calendar year from `start` on."""
        begin = int(year) * 4 - self.first + 1
        return [t for t in range(begin, begin + 4) if t >= max(1, start)]


def read_schedule(spec, calendar, where, start=None, end=None):
    """Amount by quarter number; may run past the horizon if `end` does."""
    first = 1 if start is None else start
    last = calendar.horizon if end is None else end
    if isinstance(spec, (int, float)):
        spec = {"flat": spec}
    amounts = {}
    if "flat" in spec:
        for t in range(first, last + 1):
            amounts[t] = float(spec["flat"])
    elif "ramp" in spec:
        low, high = float(spec["ramp"]["from"]), float(spec["ramp"]["to"])
        steps = max(1, last - first)
        for t in range(first, last + 1):
            amounts[t] = low + (high - low) * (t - first) / steps
    elif "growth" in spec:
        begin, rate = float(spec["growth"]["start"]), float(spec["growth"]["rate_per_year"])
        for t in range(first, last + 1):
            amounts[t] = begin * (1.0 + rate) ** ((t - first) / 4.0)
    elif "list" in spec:
        for k, amount in enumerate(spec["list"]):
            amounts[first + k] = float(amount)
    elif "yearly" in spec:
        for year, total in spec["yearly"].items():
            quarters = calendar.year_quarters(year, first)
            for t in quarters:
                if end is None or t <= end:
                    amounts[t] = amounts.get(t, 0.0) + float(total) / len(quarters)
    else:
        raise ValueError(f"{where}: unknown schedule {spec!r}")
    return amounts


def spread_total(total, shape, first, last):
    count = last - first + 1
    if shape == "flat":
        weights = [1.0] * count
    elif shape == "ramp":
        weights = [float(k + 1) for k in range(count)]
    else:
        weights = [float(w) for w in shape]
    return {first + k: total * weights[k] / sum(weights) for k in range(count)}


def firm_number(entry, kinds, rules, key):
    """Own number, else that of its kind, else that of the rules, else the default by kind or for all."""
    kind = entry["kind"]
    for table in (entry, kinds.get(kind, {}), rules if key in RULE_DEFAULTS else {}):
        if key in table:
            return number(table[key], f"{entry['id']}.{key}")
    if key in RULE_DEFAULTS:
        return RULE_DEFAULTS[key]
    if key in KIND_DEFAULTS:
        return KIND_DEFAULTS[key].get(kind, KIND_DEFAULTS[key]["*"])
    return COMMON_DEFAULTS[key]


def read_firm(entry, index, kinds, rules, calendar):
    get = lambda key: firm_number(entry, kinds, rules, key)
    where = entry["id"]
    H = calendar.horizon

    def plan_path(key, scale_key):
        amounts = read_schedule(entry.get(key, 0.0), calendar, f"{where}.{key}")
        return [0.0] + [get(scale_key) * amounts.get(t, 0.0) for t in range(1, H + 1)]

    listed = bool(entry.get("listed", True))
    discount = entry.get("headline_discount", kinds.get(entry["kind"], {}).get("headline_discount"))
    if discount is None:
        discount = 0.0 if listed else 0.15
    headline = number(entry["market_value_usd_bn"], where)
    debt = number(entry.get("debt_usd_bn", 0.0), where)
    ladder = {}
    maturities = entry.get("debt_maturing", {})
    for year, amount in maturities.items():
        if year == "list":
            for k, due in enumerate(amount):
                ladder[k + 1] = ladder.get(k + 1, 0.0) + float(due)
        else:
            quarters = calendar.year_quarters(year)
            for t in quarters:
                ladder[t] = ladder.get(t, 0.0) + number(amount, where) / len(quarters)
    return Thing(
        id=entry["id"], index=index, kind=entry["kind"], listed=listed, debt_first=bool(entry.get("debt_first", False)),
        cash=number(entry["cash_usd_bn"], where), headline=headline, value=headline * (1.0 - number(discount, where)),
        debt=debt, ladder=ladder, tenor=int(entry.get("debt_tenor_quarters", 20)),
        revenue=plan_path("external_revenue_usd_bn", "external_revenue_scale"),
        fixed=plan_path("fixed_cost_usd_bn", "fixed_cost_scale"), capex=plan_path("capex_usd_bn", "capex_scale"),
        minimum=get("minimum_cash_usd_bn"), v=get("variable_cost_ratio"), r=get("value_growth_per_year"),
        beta_s=get("sentiment_beta"), chi=get("value_elasticity"), theta=get("spending_elasticity"),
        gamma=get("revenue_feedback_per_quarter"), lambda_e=get("equity_capacity_per_quarter"), ltv=get("loan_to_value"),
        rate=get("interest_rate_per_year"), line=get("credit_line_usd_bn"), alpha=get("default_recovery_own"),
        beta=get("default_recovery_incoming"), c_b=get("bankruptcy_cost"), rej=get("rejection_claim"),
        recap=get("recapture"),
    )


class Scenario:
    def __init__(self, folder):
        with open(os.path.join(folder, "scenario.toml"), "rb") as file:
            raw = tomllib.load(file)
        if "extends" in raw.get("scenario", {}) or raw.get("tables"):
            raise ValueError("the twin reads complete scenarios only")
        refuse_uncertain(raw, "scenario")
        if "drivers" not in raw.get("shocks", {}):
            raise ValueError("the twin draws nothing: [shocks] drivers must name a table")
        self.folder = folder
        self.calendar = calendar = Calendar(raw["scenario"])
        self.H = H = calendar.horizon
        rules, kinds = raw.get("rules", {}), raw.get("kind", {})
        self.spending_cap = number(rules.get("spending_cap", 1.5), "rules")
        self.omega = number(rules.get("circular_revenue_weight", 1.0), "rules")
        self.ramp = number(rules.get("floor_ramp", 0.0), "rules")
        self.grace = int(rules.get("grace_quarters", 4))
        enforceability = number(rules.get("enforceability", 0.9), "rules")
        shocks = raw.get("shocks", {})
        self.bust_funding = number(shocks.get("bust_funding_share", 0.35), "shocks")

        self.firms = [read_firm(entry, k, kinds, rules, calendar) for k, entry in enumerate(raw.get("firm", []))]
        self.n = len(self.firms)
        self.by_id = {firm.id: firm.index for firm in self.firms}
        party = lambda name: OUTSIDE if name == OUTSIDE else self.by_id[name]

        def take_or_pay(entry, seller):
            if "take_or_pay" in entry:
                return number(entry["take_or_pay"], entry["id"])
            return 0.5 if seller == OUTSIDE else TAKE_OR_PAY.get(self.firms[seller].kind, 0.5)

        self.groups = {g["id"]: Thing(id=g["id"], lead=self.by_id[g["lead"]],
                                      elasticity=number(g.get("price_elasticity", 0.5), g["id"])) for g in raw.get("group", [])}

        def is_lead(entry, seller):
            group = entry.get("group")
            return group is not None and bool(entry.get("lead", seller == self.groups[group].lead))

        # Purchases: schedule, or total with start, end and shape; what is due after the horizon is backlog.
        self.purchases = []
        self.whole_schedule, self.whole_backlog = {}, {}
        for entry in raw.get("purchase", []):
            name, seller = entry["id"], party(entry["seller"])
            start = calendar.index(entry["start"]) if "start" in entry else None
            end = calendar.index(entry["end"]) if "end" in entry else None
            if "total_usd_bn" in entry:
                amounts = spread_total(number(entry["total_usd_bn"], name), entry.get("shape", "flat"),
                                       1 if start is None else start, H if end is None else end)
            else:
                amounts = read_schedule(entry["schedule_usd_bn"], calendar, name, start, end)
            scale = number(entry.get("scale", 1.0), name)
            amounts = {t: scale * amount for t, amount in amounts.items()}
            due_later = sum(amount for t, amount in amounts.items() if t > H)
            due_later += scale * number(entry.get("after_horizon_usd_bn", 0.0), name)
            self.whole_schedule[name] = amounts
            self.purchases.append(Thing(
                id=name, buyer=party(entry["buyer"]), seller=seller, planned=entry.get("stage", "signed") in ("signed", "active"),
                q=[0.0] + [amounts.get(t, 0.0) for t in range(1, H + 1)], tau=take_or_pay(entry, seller),
                enf=number(entry.get("enforceability", enforceability), name), group=entry.get("group"),
                lead=is_lead(entry, seller), late=due_later, deal=name))
            self.whole_backlog[name] = due_later

        # Procurement: a share of what the buyer sold to firms of the model, some quarters ahead.
        sold = {c.id: c for c in self.purchases}
        for entry in raw.get("procurement", []):
            name, buyer, seller = entry["id"], party(entry["buyer"]), party(entry["supplier"])
            chosen = entry.get("of")
            if chosen is None:
                chosen = [c.id for c in sold.values() if c.seller == buyer and c.planned]
            share, ahead = number(entry["share"], name), int(entry.get("lead_quarters", 0))
            amounts, late = {}, 0.0
            for one in chosen:
                schedule = self.whole_schedule[one]

                def sale(t):
                    """Planned sale; after the horizon as in the last quarter."""
                    return schedule.get(min(t, H), 0.0)

                for t in range(1, H + 1):
                    amounts[t] = amounts.get(t, 0.0) + share * sale(t + ahead)
                # The backlog of the sales must be delivered, too, less what is bought ahead of it within the horizon.
                late += share * max(0.0, self.whole_backlog[one] - sum(sale(t) for t in range(H + 1, H + ahead + 1)))
            self.purchases.append(Thing(
                id=name, buyer=buyer, seller=seller, planned=True, q=[0.0] + [amounts.get(t, 0.0) for t in range(1, H + 1)],
                tau=take_or_pay(entry, seller), enf=number(entry.get("enforceability", enforceability), name),
                group=entry.get("group"), lead=is_lead(entry, seller), late=late, deal=None))

        # Stakes.
        self.stakes = np.zeros((self.n, self.n))
        for entry in raw.get("stake", []):
            self.stakes[party(entry["holder"]), party(entry["issuer"])] += number(entry["share"], "stake")

        # Investments and their tranches; conditions of the investment are the defaults of its tranches.
        self.tranches = []
        for entry in raw.get("investment", []):
            steps = entry.get("tranche") or [{"amount_usd_bn": entry["amount_usd_bn"], "due": entry["due"]}]
            for k, step in enumerate(steps):
                get = lambda key, default: step.get(key, entry.get(key, default))
                self.tranches.append(Thing(
                    id=f"{entry['id']}.{k + 1}", deal=entry["id"], investor=party(entry["investor"]),
                    investee=party(entry["investee"]), planned=entry.get("stage", "signed") in ("signed", "active"),
                    amount=number(step["amount_usd_bn"], entry["id"]), due=calendar.index(step["due"]),
                    floor=number(get("valuation_floor", 0.0), entry["id"]),
                    minimum=number(get("minimum_purchases_usd_bn", 0.0), entry["id"]),
                    zeta=number(get("purchase_coupling", 0.0), entry["id"]),
                    eta=number(get("investor_coupling", 0.0), entry["id"]),
                    pre_money=number(get("pre_money_usd_bn", 0.0), entry["id"]),
                    needs_window=bool(get("needs_window", False)), regulatory=bool(get("regulatory", False))))

        # Loans between firms: share of the balance that is repaid in each quarter.
        self.loans = []
        for entry in raw.get("loan", []):
            plan, shares = entry.get("repayment", {}), {}
            if "bullet" in plan:
                shares[calendar.index(plan["bullet"])] = 1.0
            elif "linear_until" in plan:
                last = calendar.index(plan["linear_until"])
                shares = {t: 1.0 / last for t in range(1, last + 1)}
            elif "list" in plan:
                shares = {k + 1: float(share) for k, share in enumerate(plan["list"])}
            self.loans.append(Thing(id=entry["id"], lender=party(entry["lender"]), borrower=party(entry["borrower"]),
                                    balance=number(entry["balance_usd_bn"], entry["id"]),
                                    rate=number(entry.get("rate_per_year", 0.05), entry["id"]), shares=shares))

        self.warrants = []
        for entry in raw.get("warrant", []):
            for step in entry.get("tranche") or [entry]:
                get = lambda key, default: number(step.get(key, entry.get(key, default)), entry["id"])
                self.warrants.append(Thing(issuer=party(entry["issuer"]), holder=party(entry["holder"]),
                                           shares=number(step["shares"], entry["id"]),
                                           minimum=get("minimum_purchases_usd_bn", 0.0), hurdle=get("price_hurdle", 0.0)))

        self.backstops = [Thing(guarantor=party(entry["guarantor"]), beneficiary=party(entry["beneficiary"]),
                                cap=number(entry["cap_usd_bn"], entry["id"]), coverage=number(entry.get("coverage", 1.0), entry["id"]))
                          for entry in raw.get("backstop", [])]

        self.table_name = shocks.get("drivers")
        self.stresses = raw.get("stress", [])

        # Planned revenue: external plan and the planned sales that bind at the as-of date (4.3).
        self.plan_revenue = [[0.0] * (H + 1) for _ in self.firms]
        for firm in self.firms:
            for t in range(1, H + 1):
                sales = sum(c.q[t] for c in self.purchases if c.planned and c.seller == firm.index)
                self.plan_revenue[firm.index][t] = firm.revenue[t] + sales

        # 6.1 Enterprise value at the as-of date.
        values = [firm.value for firm in self.firms]
        self.ev0 = []
        for i, firm in enumerate(self.firms):
            held = sum(loan.balance for loan in self.loans if loan.lender == i)
            owed = sum(loan.balance for loan in self.loans if loan.borrower == i)
            stakes = sum(self.stakes[i][j] * values[j] for j in range(self.n))
            ev = firm.value - firm.cash + firm.debt - held + owed - stakes
            if ev < -1e-9 * max(1.0, firm.value):
                raise ValueError(f"{firm.id}: enterprise value at the as-of date is negative ({ev})")
            self.ev0.append(max(0.0, ev))


# ---------------------------------------------------------------------------------------------------------------------
# Drivers (3.6, last paragraph): a table replaces all draws; scripted stresses act on the series
# ---------------------------------------------------------------------------------------------------------------------

class Drivers:
    """Values of all series on one path. `rows` are (quarter, series, entity, value)."""

    def __init__(self, scenario, rows, stresses):
        self.shared, self.own = {}, {}
        for t, series, entity, value in rows:
            if entity == "":
                self.shared[series, t] = value
            else:
                self.own[series, t, entity] = value
        self.stresses = []
        for stress in stresses:
            begin = scenario.calendar.index(stress["from"]) if "from" in stress else 1
            end = scenario.calendar.index(stress["to"]) if "to" in stress else scenario.H
            self.stresses.append((stress["series"], stress.get("entity", ""), begin, end, float(stress["value"])))

    def get(self, series, t, *names):
        """The value at quarter t for the entity called by any of `names`."""
        value = self.shared.get((series, t), NO_SHOCK[series])
        for name in names:
            if (series, t, name) in self.own:
                value = self.own[series, t, name]
                break
        for stressed, entity, begin, end, amount in self.stresses:
            if stressed == series and begin <= t <= end and (entity == "" or entity in names):
                if series in ADDED:
                    value += amount
                elif series in MULTIPLIED:
                    value *= amount
                else:
                    value = amount
        return value


def read_driver_rows(scenario):
    """Rows of the table by path."""
    rows = {}
    if not scenario.table_name:
        return rows
    with open(os.path.join(scenario.folder, scenario.table_name), newline="", encoding="utf-8") as file:
        for record in csv.DictReader(file):
            label = record["quarter"].strip()
            t = scenario.calendar.index(label) if "Q" in label else int(label)
            rows.setdefault(int(record["path"]), []).append(
                (t, record["driver"].strip(), record["entity"].strip(), float(record["value"])))
    return rows


# ---------------------------------------------------------------------------------------------------------------------
# Worlds (8.4)
# ---------------------------------------------------------------------------------------------------------------------

class World:
    def __init__(self, name):
        base, *suffixes = name.split("~")
        self.name = name
        self.O = self.P = self.V = self.F = True
        self.arm = False
        self.no_sentiment, self.look_through, self.least = "S" in suffixes, "L" in suffixes, "M" in suffixes
        if base == "W1":
            self.V, self.arm = False, True
        elif base == "W2":
            self.O = self.P = self.V = self.F = False
        elif base.startswith("-"):
            for letter in base[1:]:
                if letter not in "OPVF":
                    raise ValueError(f"unknown world {name}")
                setattr(self, letter, False)
        elif base != "W0":
            raise ValueError(f"unknown world {name}")
        self.loans_insured = not self.P or self.arm


# ---------------------------------------------------------------------------------------------------------------------
# 5.2 Payment clearing, by itself, so that the closed forms can be checked on it
# ---------------------------------------------------------------------------------------------------------------------

def clear_payments(own, fixed_in, line, class1, class2, soft, minimum, alpha, beta, least=False):
    """Payments between firms.

    own: own funds e; fixed_in: incoming money that does not depend on payments of this clearing; class1: owed outside, senior.
    class2, soft: claims with `debtor`, `payee` (a firm's number, or a letter for an outsider), `amount` owed and, for trade
    in worlds without channel O, `credit` (the part of the amount that its payee gets; the rest is the ghost's).
    Returns per firm: share of class 1, class 2 and soft paid, draw, default flag, incoming, cash left, dead weight.
    """
    n = len(own)
    total2 = [sum(c.amount for c in class2 if c.debtor == i) for i in range(n)]
    total3 = [sum(c.amount for c in soft if c.debtor == i) for i in range(n)]
    scale = max([1e-12] + [own[i] + fixed_in[i] + class1[i] + total2[i] + total3[i] for i in range(n)])

    def incoming(share2, share3):
        result = list(fixed_in)
        for c in class2:
            if isinstance(c.payee, int):
                result[c.payee] += c.credit * share2[c.debtor]
        for c in soft:
            if isinstance(c.payee, int):
                result[c.payee] += c.amount * share3[c.debtor]
        return result

    def pay(i, inflow):
        total, hard = own[i] + inflow, class1[i] + total2[i]
        if total + line[i] >= hard - TIE * hard:
            # Solvent: both classes in full, the line for what is missing, shares only from what is above minimum cash.
            draw = min(line[i], max(0.0, hard - total))
            shares_paid = min(total3[i], max(0.0, total - hard - minimum[i]))
            left = max(0.0, total + draw - hard - shares_paid)
            return Thing(part1=1.0, part2=1.0, part3=shares_paid / total3[i] if total3[i] > 0 else 0.0, draw=draw, failed=False,
                         incoming=inflow, cash=left, dead=0.0)
        # Default: what survives pays class 1, then class 2; nothing of the soft class.
        rest = alpha[i] * own[i] + beta[i] * inflow
        paid1 = min(class1[i], rest)
        paid2 = min(total2[i], rest - paid1)
        dead = (1.0 - alpha[i]) * own[i] + (1.0 - beta[i]) * inflow
        return Thing(part1=paid1 / class1[i] if class1[i] > 0 else 1.0, part2=paid2 / total2[i] if total2[i] > 0 else 1.0, part3=0.0,
                     draw=0.0, failed=True, incoming=inflow, cash=0.0, dead=dead)

    top = 0.0 if least else 1.0
    share2, share3 = [top] * n, [top] * n
    inflow = incoming(share2, share3)
    for _ in range(SWEEPS):
        result = [pay(i, inflow[i]) for i in range(n)]
        fresh = incoming([one.part2 for one in result], [one.part3 for one in result])
        moved = max([0.0] + [abs(a - b) for a, b in zip(fresh, inflow)])
        inflow = fresh
        if moved <= STILL * scale:
            break
    return [pay(i, inflow[i]) for i in range(n)]


# ---------------------------------------------------------------------------------------------------------------------
# One path in one world
# ---------------------------------------------------------------------------------------------------------------------

class Run:
    """State and record of one path. `plan` is the run without shocks (None while that is made itself)."""

    def __init__(self, scenario, world, drivers, plan):
        self.sc, self.world, self.dr, self.plan = scenario, world, drivers, plan
        sc, n = scenario, scenario.n
        self.cash = [f.cash for f in sc.firms]
        self.debt = [f.debt for f in sc.firms]
        self.ladder = [dict(f.ladder) for f in sc.firms]
        self.line = [f.line for f in sc.firms]
        self.value = [f.value for f in sc.firms]
        self.price = [f.value for f in sc.firms]
        self.shares = [1.0] * n
        self.S = sc.stakes.copy()  # fraction of issuer j held by firm i
        self.ev = list(sc.ev0)
        self.reported = [f.value if f.listed else f.headline for f in sc.firms]
        self.below = [0] * n  # quarters in a row with the price below 0.7 of the mark
        self.alive = [True] * n
        self.default_quarter = [0] * n
        self.dist = [0.0] * n  # cash distributed per share
        self.order_ratio = [1.0] * n
        self.under = [0.0] * n
        self.bought = {}  # (buyer, seller) -> paid purchases so far
        self.bought_last = {}  # the same at the end of last quarter, for warrants
        self.sentiment_before = 0.0
        self.tranche_done = [False] * len(sc.tranches)
        self.tranche_missed = [0] * len(sc.tranches)
        self.loan_balance = [loan.balance for loan in sc.loans]
        self.loan_sold = [False] * len(sc.loans)
        self.warrant_done = [False] * len(sc.warrants)
        self.backstop_used = [0.0] * len(sc.backstops)
        self.unsold = [0.0] * n
        self.record = []
        # Records that the losses and other runs need; index 0 is the as-of date.
        self.stakes_value = [[sum(self.S[i][j] * self.value[j] for j in range(n)) for i in range(n)]]
        self.value_path, self.price_path, self.ev_path = [list(self.value)], [list(self.price)], [list(self.ev)]
        self.surplus, self.circular = [[0.0] * n], [[0.0] * n]
        self.tranche_owed, self.tranche_received = [{}], [{}]
        self.warrant_quarter = [0] * len(sc.warrants)
        self.dead_weight = [0.0] * n
        self.short_revenue, self.short_network, self.short_committed = [0.0] * n, [0.0] * n, [0.0] * n
        self.backlog_after, self.loss_network, self.loss_external = [0.0] * n, [0.0] * n, [0.0] * n
        self.peak_unmet = [0.0] * n
        for t in range(1, sc.H + 1):
            self.quarter(t)

    # -- one quarter (4) -----------------------------------------------------------------------------------------------

    def quarter(self, t):
        self.t = t
        self.alive_start = list(self.alive)
        self.read_drivers()  # 3
        self.external_revenue()  # 3.3
        self.settle_tranches()  # 4.1
        self.capacity()  # 4.2
        self.service_and_backstops()
        self.contract_amounts()  # 3.4, 3.5, 4.3
        self.clear_orders()  # 4.3, 5.1
        self.enterprise_values()  # 6.2
        self.raise_money()  # 4.4
        self.pay()  # 4.5, 5.2
        self.close_books()  # 4.9 of those that live
        self.resolve_failures()  # 4.6
        self.unsold_capacity()  # 4.7
        self.clear_values()  # 4.8, 5.3
        self.report_marks()  # 6.3
        self.keep_record()  # 8

    def read_drivers(self):
        t, sc = self.t, self.sc
        self.sentiment = 0.0 if self.world.no_sentiment else self.dr.get("sentiment", t)
        self.funding_share = sc.bust_funding if self.dr.get("regime", t) >= 0.5 else 1.0
        self.frozen = self.dr.get("regulatory_freeze", t) >= 0.5
        self.price_of_computing = self.dr.get("efficiency", t)
        self.window = [1.0 if self.dr.get("window", t, f.id) >= 0.5 else 0.0 for f in sc.firms]
        self.willing = [self.dr.get("order_share", t, f.id) for f in sc.firms]

    def deal_size(self, contract):
        """1 for contracts of the plan, else the size of the deal on this path (0: not in force)."""
        return 1.0 if contract.planned else self.dr.get("deal_scale", self.t, contract.deal)

    def external_revenue(self):
        """3.3, with what peers of failed firms take over."""
        t, sc = self.t, self.sc
        self.R = [0.0] * sc.n
        for i, f in enumerate(sc.firms):
            if not self.alive[i]:
                continue
            self.under[i] += f.gamma * max(0.0, 1.0 - self.order_ratio[i])
            taken = 0.0
            for j, lost in enumerate(sc.firms):
                if not self.alive[j] and lost.kind == f.kind:
                    peers = sum(p.revenue[t] for p in sc.firms if self.alive[p.index] and p.kind == f.kind)
                    if peers > 0:
                        taken += lost.recap * lost.revenue[t] * f.revenue[t] / peers
            self.R[i] = (f.revenue[t] + taken) * np.exp(self.dr.get("log_revenue", t, f.id) - self.under[i])

    def settle_tranches(self):
        """4.1: what each investor owes (soft) and, in worlds where the ghost stands behind it, what surely arrives.

        An entry: tranche, owed by the investor, sure amount received (None: what the investor pays)."""
        t, world = self.t, self.world
        self.payable = []
        for k, tranche in enumerate(self.sc.tranches):
            from_outside = tranche.investor == OUTSIDE
            size = self.deal_size(tranche)
            if not world.F:
                # F off: as in the plan, whatever happens; a deal of the path alone in full once it is in force and due.
                if tranche.planned:
                    owed, sure = self.plan.tranche_owed[t].get(k, 0.0), self.plan.tranche_received[t].get(k, 0.0)
                elif size > 0 and t >= tranche.due and not self.tranche_done[k]:
                    owed = sure = tranche.amount * size
                    self.tranche_done[k] = True
                else:
                    owed = sure = 0.0
                if owed > 0 or sure > 0:
                    self.payable.append(Thing(k=k, tranche=tranche, owed=owed, sure=sure))
                continue
            amount = self.tranche_amount(k, tranche, size, from_outside)
            if amount > 0:
                self.payable.append(Thing(k=k, tranche=tranche, owed=amount, sure=amount if world.arm or from_outside else None))
        self.soft_in, self.soft_out = [0.0] * self.sc.n, [0.0] * self.sc.n
        for item in self.payable:
            if self.alive[item.tranche.investee]:
                self.soft_in[item.tranche.investee] += item.owed if item.sure is None else item.sure
            if item.tranche.investor != OUTSIDE and self.alive[item.tranche.investor]:
                self.soft_out[item.tranche.investor] += item.owed

    def tranche_amount(self, k, tranche, size, from_outside):
        """Conditions on last quarter's state, and the amount if they hold."""
        t, world, sc = self.t, self.world, self.sc
        investor, investee = tranche.investor, tranche.investee
        if self.tranche_done[k] or t < tranche.due or not self.alive[investee] or size <= 0:
            return 0.0
        if not from_outside and not self.alive[investor] and not world.arm:
            return 0.0
        event = self.dr.get("tranche_event", t, tranche.id, tranche.deal) >= 0.5
        if not event:
            return 0.0  # waits without using up its grace
        reference = sc.firms[investee].value
        part = 1.0
        if tranche.floor > 0:
            ratio = self.value[investee] / reference if reference > 0 else 1.0
            if sc.ramp > 0:
                part = min(1.0, max(0.0, (ratio - tranche.floor + sc.ramp) / (2.0 * sc.ramp)))
            else:
                part = 1.0 if ratio >= tranche.floor * (1.0 - 1e-12) else 0.0
        bought = 0.0 if from_outside else self.bought.get((investee, investor), 0.0)  # nothing is bought from outside capital
        fine = part > 0 and bought >= tranche.minimum * (1.0 - 1e-12)
        fine = fine and not (tranche.needs_window and self.window[investee] < 0.5) and not (tranche.regulatory and self.frozen)
        if not fine:
            self.tranche_missed[k] += 1
            if self.tranche_missed[k] > sc.grace:
                self.tranche_done[k] = True  # lapsed
            return 0.0
        self.tranche_done[k] = True
        amount = tranche.amount * size * part
        if not world.arm:
            amount *= min(1.0, self.order_ratio[investee]) ** tranche.zeta
            if not from_outside and sc.firms[investor].value > 0:
                amount *= min(1.0, self.value[investor] / sc.firms[investor].value) ** tranche.eta
        return amount

    def capacity(self):
        """4.2: outside capacity, interest, rollover."""
        t, sc = self.t, self.sc
        n = sc.n
        self.cap_equity, self.cap_debt = [0.0] * n, [0.0] * n
        self.interest, self.due = [0.0] * n, [0.0] * n
        for i, f in enumerate(sc.firms):
            if not self.alive[i]:
                continue
            before = self.ev[i] * np.exp(f.r / 4.0) * np.exp(f.beta_s * (self.sentiment - self.sentiment_before))
            self.cap_equity[i] = f.lambda_e * self.funding_share * self.window[i] * self.value[i]
            self.cap_debt[i] = self.funding_share * self.window[i] * max(0.0, f.ltv * before - self.debt[i])
            self.interest[i] = f.rate * self.debt[i] / 4.0
            maturing = self.ladder[i].pop(t, 0.0)
            if maturing > 0:
                limit = f.ltv * before
                if self.debt[i] - max(0.0, self.cash[i] - f.minimum) <= limit + 1e-12 * max(1.0, limit):
                    self.ladder[i][t + f.tenor] = self.ladder[i].get(t + f.tenor, 0.0) + maturing
                else:
                    self.due[i] = maturing

    def service_and_backstops(self):
        """Loan service of the quarter (rate on the opening balance, scheduled principal) and backstops on last quarter's shortfall."""
        t, sc = self.t, self.sc
        self.loan_due, self.loan_principal = [], []
        self.loan_out = [0.0] * sc.n
        for k, loan in enumerate(sc.loans):
            principal = min(self.loan_balance[k], loan.balance * loan.shares.get(t, 0.0))
            service = self.loan_balance[k] * loan.rate / 4.0 + principal
            self.loan_principal.append(principal)
            self.loan_due.append(service)
            if self.alive[loan.borrower]:
                self.loan_out[loan.borrower] += service
        self.backstop_due = []
        self.backstop_in, self.backstop_out = [0.0] * sc.n, [0.0] * sc.n
        for k, b in enumerate(sc.backstops):
            amount = 0.0
            if self.alive[b.guarantor] and self.alive[b.beneficiary]:
                amount = min(b.cap - self.backstop_used[k], b.coverage * self.unsold[b.beneficiary])
            self.backstop_due.append(max(0.0, amount))
            self.backstop_out[b.guarantor] += self.backstop_due[k]
            self.backstop_in[b.beneficiary] += self.backstop_due[k]

    def contract_amounts(self):
        """Committed C, discretionary D and floor of each purchase, before anybody decides (3.4, 3.5, 4.3).

        What vendor substitution leaves over goes to outside vendors: `spill` per buyer."""
        t, sc = self.t, self.sc
        m = len(sc.purchases)
        self.qbar, self.C, self.D, self.floor = [0.0] * m, [0.0] * m, [0.0] * m, [0.0] * m
        for c, p in enumerate(sc.purchases):
            self.qbar[c] = p.q[t] * self.deal_size(p)
            self.C[c] = p.tau * self.qbar[c]
            self.floor[c] = p.enf * self.C[c]
            self.D[c] = (1.0 - p.tau) * self.qbar[c]
        self.spill = [0.0] * sc.n
        for name, group in sc.groups.items():
            ratio = self.dr.get("vendor_share_ratio", t, name)
            factor = self.price_of_computing ** (1.0 - group.elasticity)
            for b in range(sc.n):
                members = [c for c, p in enumerate(sc.purchases) if p.buyer == b and p.group == name]
                lead = sum(self.D[c] for c in members if sc.purchases[c].lead)
                others = sum(self.D[c] for c in members if not sc.purchases[c].lead)
                shift = lead * (1.0 - ratio)  # what the lead loses
                shift = max(shift, -others)  # it gains at most what the others have to lose
                for c in members:
                    if sc.purchases[c].lead:
                        self.D[c] *= (lead - shift) / lead if lead > 0 else 1.0
                    elif others > 0:
                        self.D[c] *= (others + shift) / others
                    self.D[c] *= factor
                if others <= 0:
                    self.spill[b] += max(0.0, shift) * factor

    def clear_orders(self):
        """4.3 and 5.1: the greatest orders that everybody's receipts allow."""
        t, sc, world = self.t, self.sc, self.world
        n, m = sc.n, len(sc.purchases)
        buys = [[c for c, p in enumerate(sc.purchases) if p.buyer == b] if self.alive[b] else [] for b in range(n)]
        sells = [[c for c, p in enumerate(sc.purchases) if p.seller == i] if self.alive[i] else [] for i in range(n)]
        top = 0.0 if world.least else 1.0
        q = [0.0] * m
        for b in range(n):
            for c in buys[b]:
                q[c] = top * (self.C[c] + sc.spending_cap * self.D[c])
        scale = max([1e-12] + q + self.R)

        def invoice(c):
            """What the seller bills: with O off exactly the order of the plan, whatever the buyer does."""
            return q[c] if world.O else self.C[c] + self.D[c]

        def revenue(i):
            return self.R[i] + self.backstop_in[i] + sum(invoice(c) for c in sells[i]) if self.alive[i] else 0.0

        def decide(b, rev):
            """Shares of committed and discretionary spending, the same for all contracts of the buyer."""
            f = sc.firms[b]
            plan = sc.plan_revenue[b][t]
            d = rev / plan if plan > 0 else 1.0
            appetite = min(sc.spending_cap, max(0.0, 1.0 + f.theta * (d - 1.0)))
            funds = max(0.0, self.cash[b] - f.minimum) + (1.0 - f.v) * rev + self.soft_in[b] + self.cap_equity[b] + self.cap_debt[b]
            funds += self.line[b] - f.fixed[t] - self.interest[b] - self.due[b] - self.loan_out[b] - self.backstop_out[b]
            committed, floor = sum(self.C[c] for c in buys[b]), sum(self.floor[c] for c in buys[b])
            wanted = sum(self.D[c] for c in buys[b]) + self.spill[b] + f.capex[t]
            spend = min(committed, max(floor, funds))
            free = min(appetite * wanted, max(0.0, funds - committed))
            x = (spend - floor) / (committed - floor) if committed - floor > 1e-15 * committed else 1.0
            return x, free / wanted if wanted > 0 else 0.0

        for _ in range(SWEEPS):
            moved = 0.0
            for b in range(n):
                if not buys[b]:
                    continue
                x, part = decide(b, revenue(b))
                for c in buys[b]:
                    fresh = self.willing[b] * (self.floor[c] + (self.C[c] - self.floor[c]) * x + self.D[c] * part)
                    moved = max(moved, abs(fresh - q[c]))
                    q[c] = fresh
            if moved <= STILL * scale:
                break
        self.q, self.buys, self.sells = q, buys, sells
        self.invoices = [invoice(c) for c in range(m)]
        self.rev = [revenue(i) for i in range(n)]
        self.capex, self.spilled = [0.0] * n, [0.0] * n
        for b in range(n):
            if self.alive[b]:
                _, part = decide(b, self.rev[b])
                self.capex[b] = self.willing[b] * sc.firms[b].capex[t] * part
                self.spilled[b] = self.willing[b] * self.spill[b] * part
                planned = sum(self.qbar[c] for c in buys[b])
                placed = sum(q[c] for c in buys[b])
                self.order_ratio[b] = placed / planned if planned > 0 else 1.0

    def enterprise_values(self):
        """6.2, with the weight of circular revenue."""
        t, sc = self.t, self.sc
        omega = 0.0 if self.world.look_through else sc.omega
        circular = [0.0] * sc.n
        for i in range(sc.n):
            if not self.alive[i]:
                continue
            for b in range(sc.n):
                owed = sum(item.owed for item in self.payable if item.tranche.investor == i and item.tranche.investee == b)
                billed = sum(self.invoices[c] for c in self.sells[i] if sc.purchases[c].buyer == b)
                circular[i] += min(owed, billed)
        self.circular.append(circular)
        planned = circular if self.plan is None else self.plan.circular[t]
        for i, f in enumerate(sc.firms):
            if not self.alive[i]:
                self.ev[i] = 0.0
                continue
            base = sc.plan_revenue[i][t] - (1.0 - omega) * planned[i]
            d = (self.rev[i] - (1.0 - omega) * circular[i]) / base if base > 1e-12 * sc.plan_revenue[i][t] else 1.0
            self.ev[i] = sc.ev0[i] * np.exp(f.r * t / 4.0) * max(0.0, d) ** f.chi * np.exp(f.beta_s * self.sentiment)

    def raise_money(self):
        """4.4: outside debt and equity up to capacity, the preferred first."""
        t, sc = self.t, self.sc
        self.class1, self.new_debt, self.new_equity = [0.0] * sc.n, [0.0] * sc.n, [0.0] * sc.n
        for i, f in enumerate(sc.firms):
            if not self.alive[i]:
                continue
            self.class1[i] = f.fixed[t] + f.v * self.rev[i] + self.interest[i] + self.due[i]
            uses = self.class1[i] + sum(self.q[c] for c in self.buys[i]) + self.spilled[i] + self.capex[i]
            uses += self.loan_out[i] + self.backstop_out[i] + self.soft_out[i]
            need = max(0.0, f.minimum + uses - self.cash[i] - self.rev[i] - self.soft_in[i])
            if f.debt_first:
                self.new_debt[i] = min(need, self.cap_debt[i])
                self.new_equity[i] = min(need - self.new_debt[i], self.cap_equity[i])
            else:
                self.new_equity[i] = min(need, self.cap_equity[i])
                self.new_debt[i] = min(need - self.new_equity[i], self.cap_debt[i])
            # 8.1: what is missing to keep every commitment in full, before any is renegotiated, with all outside funds and the line in use.
            funds = max(0.0, self.cash[i] - f.minimum) + (1.0 - f.v) * self.rev[i] + self.soft_in[i] + self.line[i]
            funds += self.cap_equity[i] + self.cap_debt[i] - f.fixed[t] - self.interest[i] - self.due[i] - self.loan_out[i] - self.backstop_out[i]
            self.peak_unmet[i] = max(self.peak_unmet[i], sum(self.C[c] for c in self.buys[i]) - funds)

    def pay(self):
        """4.5: claims of the quarter, who stands behind them, and the clearing of 5.2."""
        sc, world = self.sc, self.world
        n = sc.n
        own = [self.cash[i] + self.R[i] + self.new_debt[i] + self.new_equity[i] if self.alive[i] else 0.0 for i in range(n)]
        fixed_in = [0.0] * n
        claims, soft = [], []

        def claim(debtor, payee, amount, kind, credit=None, contract=None):
            claims.append(Thing(debtor=debtor, payee=payee, amount=amount, credit=amount if credit is None else credit, kind=kind,
                                contract=contract))

        for c, p in enumerate(sc.purchases):
            seller_lives = p.seller != OUTSIDE and self.alive[p.seller]
            billed = self.invoices[c] if seller_lives else 0.0
            if not self.alive[p.buyer]:
                if not world.O and seller_lives:
                    fixed_in[p.seller] += billed  # the ghost buys in the place of a dead buyer
                continue
            if not world.P and p.seller != OUTSIDE:
                # The ghost stands behind trade between firms, also if an outside vendor has taken a failed seller's place (I13).
                claim(p.buyer, GHOST, self.q[c], "trade", contract=c)
                if seller_lives:
                    fixed_in[p.seller] += billed
            elif not seller_lives:
                claim(p.buyer, SUPPLIERS, self.q[c], "trade", contract=c)
            else:
                claim(p.buyer, p.seller, self.q[c], "trade", min(self.q[c], billed), c)
                fixed_in[p.seller] += max(0.0, billed - self.q[c])
        for i in range(n):
            if self.alive[i]:
                claim(i, SUPPLIERS, self.capex[i] + self.spilled[i], "capex")
        for k, loan in enumerate(sc.loans):
            sold = self.loan_sold[k]
            if world.loans_insured and not sold:
                fixed_in[loan.lender] += self.loan_due[k]
            if self.alive[loan.borrower]:
                payee = GHOST if world.loans_insured else CAPITAL if sold else loan.lender
                claim(loan.borrower, payee, self.loan_due[k], "loan", contract=k)
        for k, b in enumerate(sc.backstops):
            if self.backstop_due[k] > 0:
                if not world.P:
                    fixed_in[b.beneficiary] += self.backstop_due[k]
                claim(b.guarantor, b.beneficiary if world.P else GHOST, self.backstop_due[k], "backstop", contract=k)
        for item in self.payable:
            investor, investee = item.tranche.investor, item.tranche.investee
            if item.sure is not None and self.alive[investee]:
                fixed_in[investee] += item.sure
            item.claim = None
            if investor != OUTSIDE and self.alive[investor]:
                item.claim = Thing(debtor=investor, payee=investee if item.sure is None else GHOST, amount=item.owed)
                soft.append(item.claim)

        line = [self.line[i] if self.alive[i] else 0.0 for i in range(n)]
        self.paid = clear_payments(own, fixed_in, line, self.class1, claims, soft, [f.minimum for f in sc.firms],
                                   [f.alpha for f in sc.firms], [f.beta for f in sc.firms], world.least)
        self.claims = claims
        self.failed = [i for i in range(n) if self.alive[i] and self.paid[i].failed]

    def close_books(self):
        """4.9: cash, debt, loans, purchases paid for, backstops used."""
        t, sc = self.t, self.sc
        for i, f in enumerate(sc.firms):
            if not self.alive[i]:
                continue
            self.cash[i] = self.paid[i].cash
            fresh = self.new_debt[i] + self.paid[i].draw
            self.debt[i] += fresh - self.due[i]
            self.line[i] -= self.paid[i].draw
            if fresh > 0:
                self.ladder[i][t + f.tenor] = self.ladder[i].get(t + f.tenor, 0.0) + fresh
        for k in range(len(sc.loans)):
            self.loan_balance[k] -= self.loan_principal[k]
        for c, p in enumerate(sc.purchases):
            if self.alive[p.buyer] and p.seller != OUTSIDE:
                key = (p.buyer, p.seller)
                self.bought[key] = self.bought.get(key, 0.0) + self.q[c] * self.paid[p.buyer].part2
        for k in range(len(sc.backstops)):
            self.backstop_used[k] += self.backstop_due[k]

    def resolve_failures(self):
        """4.6: all that fail leave first, then each estate is shared out once."""
        t, sc, world = self.t, self.sc, self.world
        n = sc.n
        self.loan_closed = []
        for i in self.failed:
            self.alive[i] = False
            self.default_quarter[i] = t
            self.dead_weight[i] = self.paid[i].dead
        receipts = [0.0] * n  # cash that living firms get from estates and from the ghost behind them
        opening_values = list(self.value)
        for i in self.failed:
            f = sc.firms[i]
            # Sale outside of the enterprise, the stakes at last quarter's values, the loans.
            if world.V:
                stakes = sum(self.S[i][j] * opening_values[j] for j in range(n))
            else:
                stakes = self.plan.stakes_value[t - 1][i]
            loans = sum(self.loan_balance[k] for k, loan in enumerate(sc.loans) if loan.lender == i and not self.loan_sold[k])
            proceeds = (1.0 - f.c_b) * (self.ev[i] + stakes + loans)

            # Debt and unpaid class 1 first.
            unpaid1 = (1.0 - self.paid[i].part1) * self.class1[i]
            senior = self.debt[i] + unpaid1
            paid_senior = min(senior, proceeds)
            proceeds -= paid_senior
            self.loss_external[i] += senior - paid_senior

            # Then unpaid class 2, outstanding loans, rejection claims: equal rank.
            junior = []
            for c in self.claims:
                if c.debtor == i:
                    unpaid = (1.0 - self.paid[i].part2) * c.amount
                    junior.append(Thing(payee=c.payee, amount=unpaid, credit=unpaid * (c.credit / c.amount if c.amount > 0 else 1.0),
                                        kind=c.kind, good=False))
            for k, loan in enumerate(sc.loans):
                if loan.borrower == i and self.loan_balance[k] > 0:
                    sold = self.loan_sold[k]
                    payee = GHOST if world.loans_insured else CAPITAL if sold else loan.lender
                    junior.append(Thing(payee=payee, amount=self.loan_balance[k], credit=self.loan_balance[k], kind="loan", good=False))
                    if not world.loans_insured:
                        self.loan_closed.append(k)
            for c, p in enumerate(sc.purchases):
                if p.buyer == i:
                    size = self.deal_size(p)
                    remaining = size * (p.tau * sum(p.q[t + 1:]) + p.late)
                    lives = p.seller != OUTSIDE and self.alive_start[p.seller]
                    if p.seller == OUTSIDE or world.P and not lives:
                        payee = SUPPLIERS
                    else:
                        payee = GHOST if not (world.O and world.P) else p.seller
                    good = lives and world.O and not world.P  # the ghost makes the claim good
                    junior.append(Thing(payee=payee, amount=f.rej * remaining, credit=f.rej * remaining, kind="rejection", good=good,
                                        seller=p.seller))
                    if world.O and p.seller != OUTSIDE and self.alive_start[p.seller]:  # with O off the ghost goes on ordering
                        self.backlog_after[p.seller] += size * p.late
            total = sum(j.amount for j in junior)
            part = min(1.0, proceeds / total) if total > 0 else 1.0
            proceeds = max(0.0, proceeds - part * total)
            for j in junior:
                if j.good and self.alive[j.seller]:
                    receipts[j.seller] += j.amount
                if isinstance(j.payee, int):
                    if self.alive[j.payee]:
                        receipts[j.payee] += part * j.credit
                    # What a creditor that failed, too, would have received goes to outside capital in its place.
                    self.loss_network[j.payee] += (1.0 - part) * j.credit
                elif j.payee in (SUPPLIERS, CAPITAL):
                    self.loss_external[i] += (1.0 - part) * j.amount

            # What is left goes to shareholders; with V off the ghost stands in for firms.
            self.dist[i] = proceeds / self.shares[i]
            for j in range(n):
                if world.V and self.alive[j]:
                    receipts[j] += self.S[j][i] * proceeds
        for i in self.failed:
            for k, loan in enumerate(sc.loans):
                if loan.lender == i:
                    self.loan_sold[k] = True
            self.cash[i] = self.debt[i] = self.line[i] = 0.0
            self.ladder[i] = {}
            self.S[i, :] = 0.0
            self.S[:, i] = 0.0
        for k in self.loan_closed:
            self.loan_balance[k] = 0.0
        for i in range(n):
            if self.alive[i]:
                self.cash[i] += receipts[i]

    def unsold_capacity(self):
        """4.7, for next quarter's backstops; with O off nothing is unsold."""
        sc = self.sc
        for i in range(sc.n):
            # What failed buyers would have taken is unsold, too: "in force" is read as "signed".
            planned = sum(self.qbar[c] for c, p in enumerate(sc.purchases) if p.seller == i)
            billed = sum(self.invoices[c] for c in self.sells[i])
            self.unsold[i] = max(0.0, planned - billed) if self.world.O and self.alive[i] else 0.0

    def clear_values(self):
        """4.8 and 5.3: warrants, issues at fixed valuation, values, issues at the fair price."""
        t, sc, world = self.t, self.sc, self.world
        n = sc.n
        # Warrants vest on last quarter's purchases and price; with V off when they vest in the plan.
        for k, w in enumerate(sc.warrants):
            if self.warrant_done[k] or not self.alive[w.issuer]:
                continue
            if world.V:
                bought = self.bought_last.get((w.holder, w.issuer), 0.0)
                price = self.price[w.issuer]
                vests = self.alive[w.holder] and bought >= w.minimum * (1.0 - 1e-12)
                vests = vests and price >= w.hurdle * sc.firms[w.issuer].value * (1.0 - 1e-12)
            else:
                vests = self.plan.warrant_quarter[k] == t
            if vests:
                self.warrant_done[k] = True
                self.warrant_quarter[k] = t
                old = self.shares[w.issuer]
                self.S[:, w.issuer] *= old / (old + w.shares)
                if self.alive[w.holder]:
                    self.S[w.holder, w.issuer] += w.shares / (old + w.shares)
                self.shares[w.issuer] = old + w.shares

        # Money that came in for new shares, and the part that each firm paid itself.
        fair, fixed = [0.0] * n, [0.0] * n
        fair_by, fixed_by = np.zeros((n, n)), np.zeros((n, n))
        received, owed = {}, {}
        self.round_price, money = [None] * n, [0.0] * n
        is_round = [x > DUST for x in self.new_equity]
        for item in self.payable:
            investor, j = item.tranche.investor, item.tranche.investee
            paid_self = item.owed * self.paid[investor].part3 if item.claim is not None else 0.0
            got = item.sure if item.sure is not None else paid_self
            owed[item.k], received[item.k] = item.owed, got
            if not self.alive[j]:
                continue
            if item.tranche.pre_money > 0:
                fixed[j] += got / item.tranche.pre_money
                money[j] += got
                if money[j] > DUST:  # rounds at several valuations: one, at the valuation that gives as many shares
                    self.round_price[j] = money[j] / fixed[j] / self.shares[j]
                if investor != OUTSIDE and self.alive[investor]:
                    fixed_by[investor][j] += min(got, paid_self) / item.tranche.pre_money
            else:
                fair[j] += got
                is_round[j] = is_round[j] or fair[j] + self.new_equity[j] > DUST
                if investor != OUTSIDE and self.alive[investor]:
                    fair_by[investor][j] += min(got, paid_self)
        self.tranche_owed.append(owed)
        self.tranche_received.append(received)
        for j in range(n):
            if not self.alive[j]:
                continue
            fair[j] += self.new_equity[j]
            if fixed[j] > 0:
                for i in range(n):
                    self.S[i][j] = (self.S[i][j] + fixed_by[i][j]) / (1.0 + fixed[j])
                self.shares[j] *= 1.0 + fixed[j]

        # x = own enterprise value + cash - debt + loans held - loans owed.
        x = [0.0] * n
        for i in range(n):
            if self.alive[i]:
                x[i] = self.ev[i] + self.cash[i] - self.debt[i]
                for k, loan in enumerate(sc.loans):
                    if loan.lender == i and not self.loan_sold[k]:
                        x[i] += self.loan_balance[k]
                    if loan.borrower == i:
                        x[i] -= self.loan_balance[k]

        def stakes_of(i, V):
            worth = 0.0
            for j in range(n):
                if self.alive[j]:
                    worth += self.S[i][j] * max(0.0, V[j] - fair[j])
                    if fair_by[i][j] > 0:
                        worth += fair_by[i][j] * min(1.0, V[j] / fair[j])
            return worth

        V = [0.0] * n
        if world.V:
            V = [2.0 * (abs(x[i]) + sum(abs(one) for one in x)) if self.alive[i] else 0.0 for i in range(n)]
            scale = max([1e-12] + V)
            for _ in range(SWEEPS):
                moved = 0.0
                for i in range(n):
                    if self.alive[i]:
                        fresh = max(0.0, x[i] + stakes_of(i, V))
                        moved = max(moved, abs(fresh - V[i]))
                        V[i] = fresh
                if moved <= STILL * scale:
                    break
            stakes = [stakes_of(i, V) if self.alive[i] else 0.0 for i in range(n)]
        else:
            stakes = [self.plan.stakes_value[t][i] if self.alive[i] else 0.0 for i in range(n)]
            V = [max(0.0, x[i] + stakes[i]) if self.alive[i] else 0.0 for i in range(n)]
        # New money at the fair price buys exactly its worth.
        for j in range(n):
            if self.alive[j] and fair[j] > 0:
                part = min(0.95, fair[j] / V[j]) if V[j] > 0 else 0.95
                self.shares[j] /= 1.0 - part
                for i in range(n):
                    self.S[i][j] = self.S[i][j] * (1.0 - part) + part * fair_by[i][j] / fair[j]
                if is_round[j]:
                    self.round_price[j] = V[j] / self.shares[j]
        self.value = V
        self.price = [V[i] / self.shares[i] if self.alive[i] else 0.0 for i in range(n)]
        self.stakes_value.append(stakes)
        self.bought_last = dict(self.bought)

    def report_marks(self):
        """6.3: listed at the price; private at a round, or when the price stayed below 0.7 of the mark for two quarters."""
        for i, f in enumerate(self.sc.firms):
            if not self.alive[i]:
                self.reported[i] = 0.0
            elif f.listed:
                self.reported[i] = self.price[i]
            elif self.round_price[i] is not None:
                self.reported[i] = self.round_price[i]
                self.below[i] = 0
            else:
                self.below[i] = self.below[i] + 1 if self.price[i] < 0.7 * self.reported[i] else 0
                if self.below[i] >= 2:
                    self.reported[i] = self.price[i]
                    self.below[i] = 0

    def keep_record(self):
        """8.1, 8.2: flows of the quarter that the losses add up."""
        t, sc = self.t, self.sc
        surplus = [0.0] * sc.n
        for i, f in enumerate(sc.firms):
            if self.alive_start[i]:
                orders = sum(self.q[c] for c in self.buys[i]) + self.spilled[i]
                surplus[i] = self.rev[i] - f.fixed[t] - f.v * self.rev[i] - self.capex[i] - orders - self.backstop_out[i]
            self.short_revenue[i] += sc.plan_revenue[i][t] - self.rev[i]
            for c, p in enumerate(sc.purchases):
                if p.seller == i:
                    billed = self.invoices[c] if c in self.sells[i] else 0.0
                    self.short_network[i] += (p.q[t] if p.planned else 0.0) - billed
                    got = self.received_on(c)
                    if self.alive_start[i]:  # a failed seller delivers nothing: its customers pay outside vendors
                        self.short_committed[i] += max(0.0, self.C[c] - got)
            self.record.append((t, i, self.cash[i], self.debt[i], self.shares[i], self.ev[i], self.value[i], self.price[i],
                                self.reported[i], self.order_ratio[i], self.rev[i], int(self.alive[i])))
        self.surplus.append(surplus)
        self.ev_path.append(list(self.ev))
        self.value_path.append(list(self.value))
        self.price_path.append(list(self.price))
        self.sentiment_before = self.sentiment

    def received_on(self, c):
        """What the seller got on a purchase this quarter, the ghost's part included."""
        p, world = self.sc.purchases[c], self.world
        if not self.alive_start[p.seller]:
            return 0.0
        billed = self.invoices[c]
        if not self.alive_start[p.buyer]:
            return 0.0 if world.O else billed
        if not world.P:
            return billed
        return min(self.q[c], billed) * self.paid[p.buyer].part2 + max(0.0, billed - self.q[c])

    # -- losses (8) ----------------------------------------------------------------------------------------------------

    def losses(self):
        sc, plan, H = self.sc, self.plan, self.sc.H
        rows = []
        for i, f in enumerate(sc.firms):
            last = self.default_quarter[i] or H
            final = self.ev_path[last][i] * (1.0 - f.c_b if self.default_quarter[i] else 1.0)
            flows = sum(plan.surplus[t][i] - self.surplus[t][i] for t in range(1, last + 1))
            net = flows + plan.ev_path[last][i] - final + self.dead_weight[i]
            today = flows + sc.ev0[i] - final + self.dead_weight[i]
            kept = self.price_path[H][i] + self.dist[i]
            stake = stale = 0.0
            for j in range(sc.n):
                worth = self.price_path[H][j] + self.dist[j] if self.world.V else plan.price_path[H][j]
                stake += sc.stakes[i][j] * (sc.firms[j].value - worth)
                run = self if self.world.V else plan  # with V off stakes are worth what they are in the plan
                stale += run.S[i][j] * run.shares[j] * (run.reported[j] - run.price[j])
            rows.append((f.value - kept, plan.price_path[H][i] - kept, net, today, plan.value_path[H][i] - self.value_path[H][i],
                         self.short_revenue[i], self.short_network[i], self.short_committed[i],
                         self.short_committed[i] + self.backlog_after[i], self.loss_network[i], self.loss_external[i], stake, stale,
                         self.peak_unmet[i], self.default_quarter[i]))
        return rows


# ---------------------------------------------------------------------------------------------------------------------
# Folders
# ---------------------------------------------------------------------------------------------------------------------

STATE_HEADER = "world,path,quarter,firm,cash,debt,shares,enterprise_value,value,price,reported,order_ratio,revenue,alive"
LOSS_HEADER = ("world,path,firm,mark_to_market,mark_to_market_vs_plan,net_contribution,net_contribution_from_today,gross,"
               "revenue_shortfall,network_shortfall,committed_shortfall,backlog_lost,credit_loss_network,credit_loss_external,"
               "stake_loss,stale_mark_gap,peak_unmet_need,default_quarter")


def make_plan(scenario):
    """The run without shocks in W0: the baseline of every path and world."""
    return Run(scenario, World("W0"), Drivers(scenario, [], []), None)


def show(value):
    return str(value) if isinstance(value, int) else repr(float(value))


def run_folder(folder):
    scenario = Scenario(folder)
    plan = make_plan(scenario)
    rows = read_driver_rows(scenario)
    with open(os.path.join(folder, "worlds.txt"), encoding="utf-8") as file:
        worlds = [World(line.strip()) for line in file if line.strip()]
    with open(os.path.join(folder, "paths.txt"), encoding="utf-8") as file:
        paths = int(file.read().strip())
    with open(os.path.join(folder, "twin.csv"), "w", encoding="utf-8") as states, \
            open(os.path.join(folder, "losses.csv"), "w", encoding="utf-8") as losses:
        states.write(STATE_HEADER + "\n")
        losses.write(LOSS_HEADER + "\n")
        for world in worlds:
            for path in range(paths):
                run = Run(scenario, world, Drivers(scenario, rows.get(path, []), scenario.stresses), plan)
                for t, i, *values in run.record:
                    states.write(f"{world.name},{path},{t},{scenario.firms[i].id}," + ",".join(show(v) for v in values) + "\n")
                for i, values in enumerate(run.losses()):
                    losses.write(f"{world.name},{path},{scenario.firms[i].id}," + ",".join(show(v) for v in values) + "\n")


def attempt(folder):
    try:
        run_folder(folder)
        return folder, None
    except Exception as problem:  # one bad folder must not hide the others
        return folder, f"{type(problem).__name__}: {problem}"


def main(arguments):
    folders, jobs = [], 2
    while arguments:
        one = arguments.pop(0)
        if one == "--root":
            root = arguments.pop(0)
            folders += sorted(os.path.join(root, name) for name in os.listdir(root)
                              if os.path.exists(os.path.join(root, name, "scenario.toml")))
        elif one == "--jobs":
            jobs = int(arguments.pop(0))
        else:
            folders.append(one)
    if not folders:
        print(__doc__, file=sys.stderr)
        return 2
    bad = 0
    with multiprocessing.Pool(max(1, min(jobs, len(folders)))) as pool:
        for folder, problem in pool.imap_unordered(attempt, folders):
            if problem:
                bad += 1
                print(f"{folder}: {problem}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
