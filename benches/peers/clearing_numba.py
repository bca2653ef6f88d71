# Payment clearing by Numba beside bubblerisk: compiled, parallel over the shocks, no memory taken for a shock. Two algorithms, both timed.
# Usage: clearing_numba.py FOLDER, with the files that clearing.rs writes. Prints microseconds per vector on one thread and on two.
import sys
import time

import numba
import numpy as np
from clearing_numpy import SETTLED, TIE, check

RUNS = 15
PARTS = 64  # Parts of the shocks that threads take in turn; each has its own scratch memory.


@numba.njit(parallel=True)
def sweeps(assets, first, creditor, amount, owed, full, scratch, shortfall, defaults):
    """Plain sweeps over all debts, from everybody paying in full, for the shocks in which somebody is short then."""
    vectors, n = assets.shape
    for part in numba.prange(PARTS):
        paid, inflow = scratch[part, 0], scratch[part, 1]
        for v in range(vectors * part // PARTS, vectors * (part + 1) // PARTS):
            short = False
            for i in range(n):
                short |= assets[v, i] + full[i] < owed[i] * TIE
            total, count = 0.0, 0.0
            if short:
                paid[:] = owed
                inflow[:] = full
                moved = 1.0
                while moved > SETTLED:
                    moved = 0.0
                    for i in range(n):
                        funds = assets[v, i] + inflow[i]
                        following = funds if funds < owed[i] * TIE else owed[i]
                        moved = max(moved, abs(following - paid[i]))
                        paid[i] = following
                    inflow[:] = 0.0
                    for i in range(n):
                        share = paid[i] / owed[i]
                        for k in range(first[i], first[i + 1]):
                            inflow[creditor[k]] += amount[k] * share
                for i in range(n):
                    total += owed[i] - paid[i]
                    count += paid[i] < owed[i]
            shortfall[v], defaults[v] = total, count


@numba.njit(parallel=True)
def short_firms(assets, first, creditor, amount, owed, full, scratch, shortfall, defaults):
    """What short firms newly fail to pay is passed on to their creditors, one short firm after another: work only where somebody is short."""
    vectors, n = assets.shape
    for part in numba.prange(PARTS):
        left, missing, queue = scratch[part, 0], scratch[part, 1], scratch[part, 2]
        for v in range(vectors * part // PARTS, vectors * (part + 1) // PARTS):
            short = False
            for i in range(n):
                short |= assets[v, i] + full[i] < owed[i] * TIE
            total, count = 0.0, 0.0
            if short:
                members = 0
                for i in range(n):
                    left[i] = assets[v, i] + full[i] - owed[i]
                    missing[i] = 0.0
                    if left[i] < owed[i] * (TIE - 1.0):
                        queue[members] = i
                        members += 1
                moved = 1.0
                while moved > SETTLED:
                    moved = 0.0
                    q = 0
                    while q < members:
                        i = int(queue[q])
                        q += 1
                        change = min(-left[i], owed[i]) - missing[i]
                        if change > 0.0:
                            moved = max(moved, change)
                            missing[i] += change
                            share = change / owed[i]
                            for k in range(first[i], first[i + 1]):
                                j = creditor[k]
                                was = left[j]
                                left[j] = was - amount[k] * share
                                limit = owed[j] * (TIE - 1.0)
                                if left[j] < limit and was >= limit:
                                    queue[members] = j
                                    members += 1
                count = float(members)
                for q in range(members):
                    total += missing[int(queue[q])]
            shortfall[v], defaults[v] = total, count


def main():
    folder = sys.argv[1]
    debts, owed, assets = (np.load(f"{folder}/{name}.npy") for name in ("debts", "owed", "assets"))
    n = len(owed)
    debts = debts[np.argsort(debts[:, 0], kind="stable")]
    first = np.searchsorted(debts[:, 0], np.arange(n + 1)).astype(np.int32)
    creditor, amount = debts[:, 1].astype(np.int32), np.ascontiguousarray(debts[:, 2])
    full = np.bincount(creditor, weights=amount, minlength=n)
    scratch = np.zeros((PARTS, 3, n))
    shortfall, defaults = np.zeros(len(assets)), np.zeros(len(assets))
    for name, program in (("all debts in each sweep", sweeps), ("debts of short firms alone", short_firms)):
        run = lambda: program(assets, first, creditor, amount, owed, full, scratch, shortfall, defaults)
        run()
        apart = check((shortfall, defaults), folder)
        print(f"# Numba {numba.__version__}, {name}: largest difference of a shortfall {apart:.1e}, all defaults the same")
        for threads in (1, 2):
            numba.set_num_threads(threads)
            best = float("inf")
            for _ in range(RUNS):
                start = time.perf_counter()
                run()
                best = min(best, time.perf_counter() - start)
            print(f"Numba, {name}\t{n}\t{threads}\t{best * 1e6 / len(assets):.4f}")
        numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)


if __name__ == "__main__":
    main()
