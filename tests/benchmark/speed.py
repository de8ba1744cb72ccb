#!/usr/bin/env python3
"""Measures the speed of ae-train and ae-encode beside their peers on this machine.

Every round runs all programs in turn, in an order that moves on by one each round, so that what else the machine
does falls on all alike; ratios are taken round by round. Prints a table and writes a JSON file.
"""

import argparse
import os
import sys
from pathlib import Path
from statistics import median
from typing import Any

import benchmark_data
from measuring import DATA_ROOT, ROOT, machine, run, shown, write_result
from programs import PEER_PROGRAMS, Programs, Run
from workloads import WORKLOADS, Workload

BENCHMARK_BUILD = ROOT / "build" / "benchmark"


def summary(values: list[float]) -> dict[str, float]:
    return {"min": min(values), "median": median(values), "max": max(values)}


def measure(workload: Workload, programs: Programs, peers: list[str], rounds: int) -> dict[str, list[Run]]:
    names = ["ae", *(peer for peer in workload.targets if peer in peers)]
    runs: dict[str, list[Run]] = {name: [] for name in names}
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            runs[name].append(programs.run(workload, name))
        rates = ", ".join(f"{name} {runs[name][-1].rate():,.0f}" for name in names)
        print(f"{workload.name}, round {number + 1}: {rates} samples/s", flush=True)
    return runs


def result_of(workload: Workload, runs: dict[str, list[Run]], programs: Programs) -> dict[str, Any]:
    """What the file keeps of a workload."""
    rates = {name: [run.rate() for run in rounds] for name, rounds in runs.items()}
    loss = {name: median(run.loss_at(workload.epochs) for run in rounds) for name, rounds in runs.items()}
    peers = [name for name in runs if name != "ae"]
    differences = {peer: loss["ae"] / loss[peer] - 1 for peer in peers}
    return {
        "title": workload.title,
        "measured": machine(),
        "threads": programs.threads,
        "commands": {name: shown(programs.command(workload, name), programs.data_root) for name in runs},
        "samples_per_second": {name: summary(values) for name, values in rates.items()},
        "ratios": {peer: {**summary([a / b for a, b in zip(rates["ae"], rates[peer])]),
                          "wanted": workload.targets[peer]} for peer in peers},
        "cpu_seconds_per_million": {name: median(run.cpu_per_million for run in rounds)
                                    for name, rounds in runs.items()},
        "peak_mb": {name: median(run.peak_mb for run in rounds) for name, rounds in runs.items()},
        "loss": {"epoch": workload.epochs, **loss},
        "loss_difference": {"allowed": workload.loss_tolerance, **differences},
        "rounds": [{name: [line["samples_per_second"] for line in runs[name][number].epochs] for name in runs}
                   for number in range(len(runs["ae"]))],
    }


def print_result(result: dict[str, Any]) -> None:
    print(f"\n{result['title']}\n{'':14}{'samples/s':>12}{'ratio':>8}{'min':>7}{'max':>7}{'wanted':>8}"
          f"{'CPU s/M':>9}{'peak MB':>9}{'loss':>10}")
    for name, rate in result["samples_per_second"].items():
        ratio = result["ratios"].get(name)
        ratios = "".join([f"{ratio['median']:8.2f}{ratio['min']:7.2f}{ratio['max']:7.2f}",
                          f"{ratio['wanted']:8g}" if ratio["wanted"] else " " * 8]) if ratio else " " * 30
        difference = result["loss_difference"].get(name, 0)
        mark = "" if abs(difference) <= result["loss_difference"]["allowed"] else "  <- LOSS DIFFERS"
        print(f"{name:14}{rate['median']:12,.0f}{ratios}{result['cpu_seconds_per_million'][name]:9.1f}"
              f"{result['peak_mb'][name]:9,.0f}{result['loss'][name]:10.4f}{mark}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "bin", metavar="DIR", help="folder of ae-train")
    parser.add_argument("--peers-python", type=Path, default=ROOT / "build/peers-venv/bin/python", metavar="PROGRAM")
    parser.add_argument("--workloads", default=",".join(WORKLOADS))
    parser.add_argument("--peers", default=",".join(PEER_PROGRAMS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=ROOT / "tests/benchmark/results/speed.json", metavar="FILE")
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    programs = Programs(args.bin, args.peers_python, BENCHMARK_BUILD / "data", len(os.sched_getaffinity(0)))
    results = {}
    for name in args.workloads.split(","):
        workload = WORKLOADS[name]
        results[name] = result_of(workload, measure(workload, programs, args.peers.split(","), args.rounds), programs)
    for result in results.values():
        print_result(result)
    write_result(args.out, {"what": "speed of ae beside its peers; a ratio is ae / peer, round by round",
                            "command": shown(["scripts/bench.sh", *sys.argv[1:]], programs.data_root),
                            "workloads": results})


if __name__ == "__main__":
    main()
