#!/usr/bin/env python3
"""Compares the speed of ae-train and ae-encode with their peers on this machine; scripts/bench.sh calls it.

Every round runs all programs one after another, in an order that rotates by one each round, so that other load on the
machine affects all equally. Ratios are computed per round; the result is their median. The number of the round is the
seed. All programs may use all cores.
Prints a table; writes a JSON file and plots a chart beside it. Workloads that are not measured keep their
results in that file.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import benchmark_data
import curves
from measuring import DATA_ROOT, ROOT, machine, run, shown, stop, write_result
from report import format_table, result_of
from work import AE, PEER_PROGRAMS, Environment, Run, Work
from workloads import WORKLOADS

RESULTS = ROOT / "tests" / "benchmark" / "results"
BUILD = ROOT / "build"
PACKAGES = ["torch", "jax", "jaxlib", "optax", "keras", "tensorflow-cpu", "numpy"]


def measure(work: Work, environment: Environment, programs: list[str], rounds: int) -> dict[str, list[Run]]:
    """Runs of each program, in the order of the rounds."""
    work.prepare(environment)
    runs: dict[str, list[Run]] = {program: [] for program in programs}
    for number in range(rounds):
        first = number % len(programs)
        for program in programs[first:] + programs[:first]:
            runs[program].append(work.run(environment, program, seed=number + 1))
        rates = ", ".join(f"{program} {runs[program][-1].rate:,.0f}" for program in programs)
        print(f"{work.name}, round {number + 1} of {rounds}: {rates} samples/s", flush=True)
    return runs


def versions(python: Path, peers: list[str]) -> dict[str, str]:
    if not peers:
        return {}
    code = ("import importlib.metadata as m, json, platform, sys\n"
            "print(json.dumps({'python': platform.python_version(), "
            "**{d.name: d.version for d in map(m.distribution, sys.argv[1:])}}))")
    return json.loads(run([str(python), "-c", code, *PACKAGES]))


def chosen(text: str, known: list[str], what: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            stop(f'unknown {what} "{name}"; expected some of {", ".join(known)}')
    return names


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.sh", description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", metavar="LIST", default=",".join(WORKLOADS), help="default: %(default)s")
    parser.add_argument("--peers", metavar="LIST", default=",".join(PEER_PROGRAMS), help="default: %(default)s")
    parser.add_argument("--without-peers", action="store_true", help="ae alone; nothing is installed")
    parser.add_argument("--peers-python", type=Path, default=BUILD / "peers-venv" / "bin" / "python",
                        metavar="PROGRAM", help="a Python that has the peers (default: AE_PEERS_PYTHON, else the one "
                        "of build/peers-venv, which bench.sh makes)")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="one round of little work: do all programs run?")
    parser.add_argument("--curves", action="store_true",
                        help="in place of the table: rates of the MLP by batch size, width and threads")
    parser.add_argument("--bin", type=Path, default=BUILD / "bin", metavar="DIR",
                        help="folder of ae-train and ae-encode (default: build/bin, which bench.sh builds)")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, metavar="DIR",
                        help="folder that holds mnist/ (default: AE_DATA_ROOT, else data/)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: speed.json or speed_curves.json in "
                        "tests/benchmark/results; with --quick in build/benchmark")
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error("--rounds must be at least 1")
    return args


def draw(python: Path, path: Path) -> None:
    """Plots in a separate process, so that this one stays small and needs no matplotlib."""
    chart = path.with_suffix(".png")
    command = [str(python), str(Path(__file__).with_name("chart.py")), str(path), str(chart)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
        problem = (done.stderr.strip().splitlines() or ["no message"])[-1] if done.returncode else ""
    except OSError as error:
        problem = str(error.strerror)
    print(f"no chart: {problem}" if problem else f"drawn as {chart}")


def measure_workload(work: Work, args: argparse.Namespace, environment: Environment,
                     peers: list[str]) -> dict[str, Any]:
    programs = [AE, *(peer for peer in work.wanted if peer in peers)]
    runs = measure(work, environment, programs, 1 if args.quick else args.rounds)
    measured = {**machine(), "threads": environment.threads, "ae_run": runs[AE][-1].manifest,
                "peers": versions(args.peers_python, peers)}
    return {**result_of(work, environment, runs), "measured": measured}


def measure_table(args: argparse.Namespace, environment: Environment, peers: list[str], path: Path) -> None:
    """Writes the file after each workload, so that its result survives the failure of a later one."""
    workloads = json.loads(path.read_text())["workloads"] if path.exists() else {}
    for name in chosen(args.workloads, list(WORKLOADS), "workload"):
        work = WORKLOADS[name].short() if args.quick else WORKLOADS[name]
        workloads[name] = measure_workload(work, args, environment, peers)
        workloads = {name: workloads[name] for name in WORKLOADS if name in workloads}
        print(f"\n{format_table(workloads[name])}")
        write_result(path, {"what": "speed of ae beside its peers; a ratio is ae's rate by the peer's, round by round",
                            "command": shown(["scripts/bench.sh", *sys.argv[1:]], environment.data_root),
                            "workloads": workloads})
    if len(workloads) > 1:
        print("\n" + "\n\n".join(map(format_table, workloads.values())))


def main() -> None:
    args = parse_arguments()
    peers = [] if args.without_peers else chosen(args.peers, list(PEER_PROGRAMS), "peer")
    folder = BUILD / "benchmark"
    environment = Environment(args.bin, args.peers_python, folder / "data", folder, len(os.sched_getaffinity(0)))
    benchmark_data.gather(args.data_root / "mnist", environment.data_root)
    name = "speed_curves.json" if args.curves else "speed.json"
    path = args.out or (folder / f"quick_{name}" if args.quick else RESULTS / name)
    if args.curves:
        write_result(path, {"what": "samples per second of training the MLP",
                            "command": shown(["scripts/bench.sh", *sys.argv[1:]], environment.data_root), **machine(),
                            **curves.measure(environment, peers, args.quick)})
    else:
        measure_table(args, environment, peers, path)
    draw(args.peers_python if peers else Path(sys.executable), path)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
