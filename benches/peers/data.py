"""What the peers share: the model and the drivers that the engine exported, the comparison with its answers, and the file of times."""

import json
import os
import sys

import numpy as np

AGREE = 1e-9  # largest difference of a loss, relative to the loss or to 1 bn USD, whichever is larger


class World:
    """Channels of contagion: orders, payments, values, and the conditions of financing ("on", "arm" for arm's length, "off")."""

    def __init__(self, name, orders, payments, values, financing):
        self.name, self.orders, self.payments, self.values, self.financing = name, orders, payments, values, financing


World.W0 = World("W0", True, True, True, "on")
World.W1 = World("W1", True, True, False, "arm")
World.W2 = World("W2", False, False, False, "off")
World.ALL = [World.W0, World.W1, World.W2]


class Model:
    """The resolved model as arrays; purchases are sorted by buyer, so that each buyer's are one slice."""

    def __init__(self, raw):
        self.quarters, self.money_scale, self.spending_cap = raw["quarters"], raw["money_scale"], raw["spending_cap"]
        self.grace, self.bust_funding_share = raw["grace_quarters"], raw["bust_funding_share"]
        for key, column in raw["firm"].items():
            setattr(self, key, np.array(column))
        self.n = n = len(self.id)
        for key, column in list(self.__dict__.items()):
            if isinstance(column, np.ndarray) and column.dtype == np.int64 and key != "tenor":
                setattr(self, key, column.astype(float))
        self.feeds = np.flatnonzero(self.revenue_feedback)
        peers = [np.flatnonzero(self.kind == kind) for kind in sorted(set(self.kind))]
        self.peers = [p for p in peers if p.size > 1]
        self.order_components, self.value_components = raw["order_components"], raw["value_components"]

        bought = sorted(raw["purchases"], key=lambda p: p["buyer"])
        column = lambda key, kind=float: np.array([p[key] for p in bought], kind)
        self.buyer, self.seller, self.deal_of, self.group = (column(k, int) for k in ("buyer", "seller", "deal", "group"))
        self.schedule, self.take_or_pay, self.enforceability = (column(k) for k in ("schedule", "take_or_pay", "enforceability"))
        self.inside, self.deal_purchases = np.flatnonzero(self.seller >= 0), np.flatnonzero(self.deal_of >= 0)
        self.grouped = np.flatnonzero(self.group >= 0)
        self.price_elasticity = np.array([g["price_elasticity"] for g in raw["groups"]])
        self.buys = [slice(*np.searchsorted(self.buyer, (i, i + 1))) for i in range(n)]
        self.bought_by = [np.flatnonzero(self.buyer == i) for i in range(n)]
        self.sold_by = [np.flatnonzero(self.seller == i) for i in range(n)]
        lead = column("is_lead", bool)
        self.cells = []
        for buyer in range(n):
            for group in range(len(raw["groups"])):
                members = (self.buyer == buyer) & (self.group == group)
                if members.any():
                    self.cells.append((buyer, group, np.flatnonzero(members & lead), np.flatnonzero(members & ~lead)))
        # What binds at the as-of date is planned revenue of its seller.
        self.plan_revenue = self.revenue.copy()
        for c in self.inside:
            if self.deal_of[c] < 0:
                self.plan_revenue[self.seller[c]] += self.schedule[c]
        self.inverse = np.divide(1.0, self.plan_revenue, out=np.zeros_like(self.plan_revenue), where=self.plan_revenue > 0.0)

        self.tranches, self.warrants, self.backstops = raw["tranches"], raw["warrants"], raw["backstops"]
        links = [(s["holder"], s["issuer"]) for s in raw["stakes"]]
        links += [(k["investor"], k["investee"]) for k in self.tranches if k["investor"] >= 0]
        links += [(w["holder"], w["issuer"]) for w in self.warrants]
        links = list(dict.fromkeys(links))
        self.holder, self.issuer = np.array([x[0] for x in links]), np.array([x[1] for x in links])
        self.held = [np.flatnonzero(self.holder == i) for i in range(n)]
        self.issued = [np.flatnonzero(self.issuer == i) for i in range(n)]
        self.holding = np.zeros(len(links))
        for stake in raw["stakes"]:
            self.holding[links.index((stake["holder"], stake["issuer"]))] += stake["share"]
        self.tranche_holding = [links.index((k["investor"], k["investee"])) if k["investor"] >= 0 else -1 for k in self.tranches]
        self.warrant_holding = [links.index((w["holder"], w["issuer"])) for w in self.warrants]
        # Pairs of buyer and seller whose purchases so far a tranche or a warrant looks at.
        wanted = [(k["investee"], k["investor"]) for k in self.tranches if k["investor"] >= 0] + [(w["holder"], w["issuer"]) for w in self.warrants]
        pairs = list(dict.fromkeys(wanted))
        self.pairs = [np.flatnonzero((self.buyer == b) & (self.seller == s)) for b, s in pairs]
        self.tranche_pair = [pairs.index((k["investee"], k["investor"])) if k["investor"] >= 0 else -1 for k in self.tranches]
        self.warrant_pair = [pairs.index((w["holder"], w["issuer"])) for w in self.warrants]
        # Enterprise values that give the observed market values.
        stakes = np.zeros(n)
        np.add.at(stakes, self.holder, self.holding * self.value[self.issuer])
        self.enterprise = np.maximum(0.0, self.value - self.cash + self.debt - stakes)
        self.maturing_firms = range(n)

    def by_buyer(self, rows):
        """Sums over the purchases of each buyer."""
        sums = np.zeros((self.n, rows.shape[1]))
        for i, own in enumerate(self.buys):
            if own.stop > own.start:
                rows[own].sum(0, out=sums[i])
        return sums

    def by_seller(self, rows):
        """Sums over the sales of each firm."""
        sums = np.zeros((self.n, rows.shape[1]))
        for c in self.inside:
            sums[self.seller[c]] += rows[c]
        return sums


class Drivers:
    """Exogenous series, [quarter][entity][path]."""

    NAMES = ("revenue_factor", "window", "sentiment", "regime", "freeze", "efficiency", "vendor_ratio", "deal_scale", "tranche_event")

    def __init__(self, series):
        self.__dict__.update(series)

    def paths(self, first, last):
        return Drivers({name: np.ascontiguousarray(getattr(self, name)[..., first:last]) for name in self.NAMES})

    def without_shocks(self):
        """One path on which nothing happens."""
        zero = ("sentiment", "regime", "freeze", "deal_scale")
        shape = lambda name: getattr(self, name).shape[:-1] + (1,)
        return Drivers({name: np.full(shape(name), 0.0 if name in zero else 1.0) for name in self.NAMES})


def load(folder):
    with open(os.path.join(folder, "model.json"), encoding="utf-8") as file:
        model = Model(json.load(file))
    read = lambda name: np.load(os.path.join(folder, name + ".npy"))
    names = ("net_loss", "revenue_shortfall", "default_quarter")
    answers = {w.name: [read(f"{w.name}_{name}") for name in names] for w in World.ALL}
    return model, Drivers({name: read(name) for name in Drivers.NAMES}), answers


def check(program, found, answers):
    """Stops the program unless every path of every world agrees with the engine."""
    good = True
    for world, (loss, shortfall, quarter) in found.items():
        wanted = answers[world]
        error = lambda a, b: float((np.abs(a - b) / np.maximum(1.0, np.abs(b))).max())
        errors, different = (error(loss, wanted[0]), error(shortfall, wanted[1])), int((quarter != wanted[2]).sum())
        fails = int((wanted[2] > 0).any(0).sum())
        print(f"{program}, {world}: {loss.size} paths, {fails} with a failure; largest difference of net loss {errors[0]:.1e}, "
              f"of revenue shortfall {errors[1]:.1e}; {different} failures differ")
        good &= max(errors) <= AGREE and different == 0
    if not good:
        sys.exit(f"{program} does not agree with the engine: nothing is timed")


def write_times(folder, program, rows):
    with open(os.path.join(folder, program + ".json"), "w", encoding="utf-8") as file:
        json.dump(rows, file)
