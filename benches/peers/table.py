"""Prints the times that the engine and its peers left in a folder as one table, with ratios to the engine on as many threads; a second argument names a CSV for it."""

import csv
import json
import os
import sys


def main(folder, table=None):
    read = lambda name: json.load(open(os.path.join(folder, name + ".json"), encoding="utf-8"))
    engine, model = read("engine"), read("model")
    paths, cells = engine["paths"], engine["paths"] * model["quarters"] * len(model["firm"]["id"])
    rows = [{"program": "engine", **row} for row in engine["times"]] + read("numpy") + read("numba")
    base = {(row["worlds"], row["threads"]): row["seconds"] for row in engine["times"]}
    print(f"\n{paths} paths, {len(model['firm']['id'])} firms, {model['quarters']} quarters; draws not counted; shortest of five runs\n")
    print(f"{'program':24} {'worlds':10} {'threads':>7} {'ns per firm-quarter':>20} {'paths per second':>17} {'time over engine':>17}")
    kept = [("program", "worlds", "threads", "ns_per_firm_quarter", "paths_per_second", "time_over_engine")]
    for row in sorted(rows, key=lambda row: (row["worlds"], row["threads"])):
        worlds, seconds = row["worlds"], row["seconds"]
        each = 1e9 * seconds / (cells * len(worlds.split()))
        ratio = seconds / base[worlds, row["threads"]]
        print(f"{row['program']:24} {worlds:10} {row['threads']:7} {each:20.1f} {paths / seconds:17.0f} {ratio:17.2f}")
        kept.append((row["program"], worlds, row["threads"], f"{each:.1f}", f"{paths / seconds:.0f}", f"{ratio:.2f}"))
    if table:
        with open(table, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(kept)


if __name__ == "__main__":
    main(*sys.argv[1:])
