# Payment clearing by NumPy beside bubblerisk: whole chunks of shocks at once, each shock leaving the chunk as soon as it is settled.
# Usage: clearing_numpy.py FOLDER, with the files that clearing.rs writes. Prints microseconds per vector on one thread and on two.
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # Threads take chunks; the library's own would be in their way.

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

TIE = 1.0 - 1e-9  # Ties are solvent, as in bubblerisk.
SETTLED = 1e-10
RUNS = 5
CHUNKS = [250, 1000, 4000, 16000]


def prepare(debts, owed):
    """What row i of the matrix says: the share of each other firm in what firm i pays. And what everybody receives if all pay in full."""
    n = len(owed)
    amounts = np.zeros((n, n))
    amounts[debts[:, 0].astype(int), debts[:, 1].astype(int)] = debts[:, 2]
    return amounts / owed[:, None], amounts.sum(axis=0)


def clear(assets, owed, shares, full):
    """Shortfall and number of defaults of each row of assets. What is iterated is what each firm fails to pay, from nobody failing upwards."""
    shortfall, defaults = np.zeros(len(assets)), np.zeros(len(assets))
    surplus = assets + full - owed
    limit = owed * (TIE - 1.0)
    rows = np.flatnonzero((surplus < limit).any(axis=1))
    surplus = surplus[rows]
    missing = np.where(surplus < limit, -surplus, 0.0)
    while len(rows):
        left = surplus - missing @ shares
        following = np.where(left < limit, np.minimum(-left, owed), 0.0)
        moving = np.abs(following - missing).max(axis=1) > SETTLED
        done = ~moving
        shortfall[rows[done]] = following[done].sum(axis=1)
        defaults[rows[done]] = (following[done] > 0.0).sum(axis=1)
        rows, surplus, missing = rows[moving], surplus[moving], following[moving]
    return shortfall, defaults


def clear_all(assets, owed, shares, full, threads, chunk):
    parts = [assets[start : start + chunk] for start in range(0, len(assets), chunk)]
    work = lambda part: clear(part, owed, shares, full)
    if threads == 1:
        found = [work(part) for part in parts]
    else:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(work, parts))
    return tuple(np.concatenate(column) for column in zip(*found))


def check(found, folder):
    """The answers must be those of bubblerisk, to 1e-9 of the shortfall or of one unit of money."""
    shortfall, defaults = np.load(f"{folder}/shortfall.npy"), np.load(f"{folder}/defaults.npy")
    apart = (np.abs(found[0] - shortfall) / np.maximum(1.0, shortfall)).max()
    assert apart <= 1e-9, f"shortfalls differ by {apart}"
    assert (found[1] == defaults).all(), f"{(found[1] != defaults).sum()} vectors with other defaults"
    return apart


def main():
    folder = sys.argv[1]
    debts, owed, assets = (np.load(f"{folder}/{name}.npy") for name in ("debts", "owed", "assets"))
    shares, full = prepare(debts, owed)
    apart = check(clear_all(assets, owed, shares, full, 1, CHUNKS[1]), folder)
    print(f"# NumPy {np.__version__}: largest difference of a shortfall {apart:.1e}, all defaults the same")
    for threads in (1, 2):
        best = float("inf"), 0
        for chunk in CHUNKS:
            for _ in range(RUNS):
                start = time.perf_counter()
                clear_all(assets, owed, shares, full, threads, chunk)
                best = min(best, (time.perf_counter() - start, chunk))
        name = f"NumPy, {best[1]} vectors at a time"
        print(f"{name}\t{len(owed)}\t{threads}\t{best[0] * 1e6 / len(assets):.4f}")


if __name__ == "__main__":
    main()
