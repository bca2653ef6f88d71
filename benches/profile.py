"""Sums what callgrind counted in each function into the steps of a quarter, as CSV. Not how it is counted: that is in `profile`."""

import re
import sys
from collections import Counter
from pathlib import Path

# The first pattern that is found in the name of a function says which step it is part of.
STEPS = [
    ("memory", r"mem(set|cpy|move|cmp)|^_?mi_|malloc|^free$|realloc|raw_vec|drop_glue|drop_in_place"),
    ("uncertain numbers", r"shocks::parameters|Philox::|rand_distr"),
    ("draws", r"shocks::|rand::|log|exp|pow|floor"),
    ("revenue and contracts", r"quarter::trade::(external_revenue|contracts|plan_orders|circular)"),
    ("orders placed", r"quarter::trade::place_orders"),
    ("orders, fixed point", r"clearing::orders|quarter::trade"),
    ("obligations", r"quarter::obligations"),
    ("funding", r"quarter::settle::fund"),
    ("bookkeeping", r"quarter::settle::(book|unsold)"),
    ("payment, in lanes", r"quarter::settle"),
    ("payment, clearing kernel", r"clearing::payments"),
    ("defaults", r"quarter::defaults"),
    ("valuation", r"quarter::valuation|clearing::values"),
    ("losses", r"engine::losses|engine::plan"),
    ("rest", r""),
]
# What a block does once, whatever the worlds.
SHARED = ["draws", "uncertain numbers"]


def step_of(function):
    return next(step for step, pattern in STEPS if re.search(pattern, function))


def counted(path):
    """Instructions by step, each function's own."""
    names, found, function, is_call = {}, Counter(), "", False
    for line in path.read_text(encoding="utf-8").splitlines():
        named = re.match(r"(c?fn)=\((\d+)\)(?: (.*))?$", line)
        if named:
            kind, number, name = named.groups()
            names.setdefault(number, name)
            if kind == "fn":
                function = names[number]
        elif line.startswith("calls="):
            is_call = True
        elif re.match(r"[+\-*\d]\S* \d+$", line):
            # The line after a call holds what the called function cost, which is counted there.
            if not is_call:
                found[step_of(function)] += int(line.split()[1])
            is_call = False
    return found


def main(folder):
    plan = counted(Path(folder) / "none")
    print("worlds,step,instructions,share")
    for name, worlds in (("W0", "W0"), ("three", "W0 W1 W2")):
        whole = counted(Path(folder) / name)
        total = sum(whole.values())
        rows = {step: whole[step] if step in SHARED else whole[step] - plan[step] for step, _ in STEPS}
        # The plan is a world of its own: what the same steps cost without any world.
        rows["plan"] = sum(count for step, count in plan.items() if step not in SHARED)
        for step in ["draws", "uncertain numbers", "plan"] + [s for s, _ in STEPS if s not in SHARED and s != "rest" and s != "memory"] + ["memory", "rest"]:
            print(f"{worlds},\"{step}\",{rows[step]},{rows[step] / total:.5f}")


if __name__ == "__main__":
    main(sys.argv[1])
