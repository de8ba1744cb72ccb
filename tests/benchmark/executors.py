#!/usr/bin/env python3
"""Measures what each executor of a training step gains on the CPU: scripts/reproduce_readme.sh calls it.

An executor is chosen from the config, so each is compared by a pair of configs for the same work, of which one has an
option that the faster executor does not implement and that changes next to nothing: posterior log-variance bounds of
+-30 (no fused step), 1e-9 nats of free bits (no fused step, and rows depend on each other), an L1 penalty of 1e-12
(no small-network step). Programs run in turn; a figure is the median over rounds of the median epoch without the
first. Needs Python alone.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import benchmark_data
from measuring import DATA_ROOT, ROOT, machine, run, write_result

BOUNDS = 'model.latent.log_variance_bounds={"low":-30,"high":30}'
FREE_BITS = "objective.kl.free_bits=1e-9"
L1 = 'model.sparsity={"type":"l1","weight":1e-12}'
FEW_IMAGES = "data.train.path=images/images.npy"
# Workload: epochs, and the settings that bring each executor.
WORKLOADS: dict[str, tuple[int, dict[str, list[str]]]] = {
    "vae": (6, {"FusedExecutor": [FEW_IMAGES], "DataParallelExecutor": [FEW_IMAGES, BOUNDS],
                "AutogradExecutor": [FEW_IMAGES, FREE_BITS]}),
    "conv_vae": (2, {"FusedExecutor": [], "DataParallelExecutor": [BOUNDS], "AutogradExecutor": [FREE_BITS]}),
    "points": (2000, {"SmallNetworkExecutor": [], "FusedExecutor": [L1]}),
}


def rate(program: Path, workload: str, epochs: int, settings: list[str], data: Path, seed: int) -> float:
    """Samples per second of training alone."""
    with tempfile.TemporaryDirectory(prefix="executors_") as folder:
        command = [str(program), "--config", str(ROOT / f"tests/benchmark/workloads/{workload}.json"), "--data-root",
                   str(data), "--run-dir", f"{folder}/run", "--quiet", "--device", "cpu"]
        for setting in [f"training.epochs={epochs}", f"seed={seed}", *settings]:
            command += ["--set", setting]
        run(command)
        lines = [json.loads(line) for line in Path(folder, "run", "metrics.jsonl").read_text().splitlines()]
    return median(line["samples_per_second"] for line in lines if line["split"] == "train" and line["epoch"] > 1)


def plan(program: Path, workload: str, settings: list[str], data: Path) -> str:
    command = [str(program), "--config", str(ROOT / f"tests/benchmark/workloads/{workload}.json"), "--data-root",
               str(data), "--device", "cpu", "--explain-plan"]
    return run(command + [part for setting in settings for part in ("--set", setting)]).strip()


def measure(program: Path, data: Path, workload: str, rounds: int) -> dict[str, Any]:
    epochs, executors = WORKLOADS[workload]
    rates: dict[str, list[float]] = {name: [] for name in executors}
    for number in range(rounds):
        for name, settings in executors.items():
            rates[name].append(rate(program, workload, epochs, settings, data, number + 1))
        print(f"{workload}, round {number + 1} of {rounds}: "
              + ", ".join(f"{name} {values[-1]:,.0f}" for name, values in rates.items()) + " samples/s", flush=True)
    first = next(iter(executors))
    return {"plans": {name: plan(program, workload, settings, data) for name, settings in executors.items()},
            "settings": executors,
            "samples_per_second": {name: median(values) for name, values in rates.items()},
            "gain": {name: median(ours / theirs for ours, theirs in zip(rates[first], values))
                     for name, values in rates.items() if name != first}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "bin", metavar="DIR", help="folder of ae-train")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, metavar="DIR", help="folder that holds mnist/")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=ROOT / "tests/benchmark/results/executors.json", metavar="FILE")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="executors_") as folder:
        data = Path(folder)
        benchmark_data.gather(args.data_root / "mnist", data, activations=1)
        workloads = {name: measure(args.bin / "ae-train", data, name, args.rounds) for name in WORKLOADS}
    write_result(args.out, {"what": "samples per second of training by the executor of its steps; a gain is the first "
                            "executor's rate by the other's, round by round",
                            "command": "python tests/benchmark/executors.py", **machine(),
                            "load_average": os.getloadavg()[1], "workloads": workloads})


if __name__ == "__main__":
    main()
