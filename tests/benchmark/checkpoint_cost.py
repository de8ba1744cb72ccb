#!/usr/bin/env python3
"""Measures the cost of checkpoints: training throughput with one every second, and without.

Trains the MNIST VAE with and without in alternation, so that load on the machine affects both equally. The cost of a
checkpoint is the time lost divided by the number of checkpoints, also given as a fraction of the default interval of
30 s. Beside it stands the time for which a checkpoint blocks the training thread, from the program's log: the whole
cost on a machine with an idle core. Needs only Python, and MNIST.
"""

import argparse
import json
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

from measuring import ROOT, machine, write_result

BIN = ROOT / "build" / "bin"
DEFAULT_INTERVAL_SECONDS = 30


def train(run: Path, every: str, args: argparse.Namespace) -> tuple[float, list[float]]:
    """Seconds of training, and milliseconds that each checkpoint but the last blocked it."""
    command = [str(BIN / "ae-train"), "--config", str(ROOT / "configs" / "mnist_vae_20d.json"), "--run-dir", str(run),
               "--overwrite", "--json", "--log-level", "debug", "--data-root", str(args.data_root),
               "--set", f"training.epochs={args.epochs}", "--set", f"training.checkpoint_every={every}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    waits = re.findall(r"training waited ([0-9.]+) ms", done.stderr)
    return json.loads(done.stdout)["seconds"], [float(wait) for wait in waits]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-root", type=Path, default=ROOT / "data", help="folder that holds mnist/")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--out", type=Path, default=ROOT / "tests/benchmark/results/checkpoint_cost.json",
                        metavar="FILE")
    args = parser.parse_args()
    rounds = []
    waits: list[float] = []
    with tempfile.TemporaryDirectory(prefix="checkpoint_cost_") as folder:
        for number in range(args.rounds):
            seconds: dict[str, float] = {}
            saved: dict[str, int] = {}
            # Alternates the order.
            for every in ["1s", "1000h"][:: 1 if number % 2 == 0 else -1]:
                seconds[every], waited = train(Path(folder) / "run", every, args)
                waits += waited
                saved[every] = len(waited)
            rounds.append({"with_seconds": seconds["1s"], "without_seconds": seconds["1000h"],
                           "checkpoints": saved["1s"] - saved["1000h"]})
            print(rounds[-1], flush=True)
    lost = [1000 * (r["with_seconds"] - r["without_seconds"]) / r["checkpoints"] for r in rounds]
    interval = 1000 * DEFAULT_INTERVAL_SECONDS
    result = {"lost_ms_per_checkpoint": statistics.median(lost),
              "cost_percent_every_30_s": 100 * statistics.median(lost) / interval,
              "waited_ms_per_checkpoint": statistics.median(waits), "waited_ms_at_most": max(waits),
              "waited_percent_every_30_s": 100 * statistics.mean(waits) / interval}
    print(result)
    write_result(args.out, {"what": "time that a checkpoint costs the training of the MNIST VAE",
                            "command": f"python tests/benchmark/checkpoint_cost.py --rounds {args.rounds} "
                                       f"--epochs {args.epochs}",
                            **machine(), **result, "rounds": rounds})


if __name__ == "__main__":
    main()
