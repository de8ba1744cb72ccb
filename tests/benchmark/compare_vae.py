#!/usr/bin/env python3
"""Compares the training speed of ae-train and eager PyTorch on the 784-400-20 VAE, side by side on this machine.

Runs both programs in turn, in alternating order, for several rounds, so that what else the machine does falls on
both alike. Each run counts as the median of its epochs' samples per second (training alone, without loading,
validation and checkpoints), the first epoch left out as warm-up; the ratio is taken round by round. Prints a table
and writes a JSON file. Run it with a Python that has PyTorch.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from measuring import DATA_ROOT, ROOT, machine, run, shown, write_result

PEER = ROOT / "tests" / "benchmark" / "peer_pytorch_vae.py"


def ae_command(args: argparse.Namespace, run_dir: str) -> list[str]:
    settings = [f"training.epochs={args.epochs}", f"training.batch_size={args.batch}", *args.set]
    command = [str(args.ae_train), "--config", str(args.config), "--data-root", str(args.data_root),
               "--run-dir", run_dir, "--overwrite", "--quiet"]
    return command + [part for setting in settings for part in ("--set", setting)]


def peer_command(args: argparse.Namespace) -> list[str]:
    command = [sys.executable, str(PEER), "--data", str(args.data_root / "mnist"), "--epochs", str(args.epochs),
               "--threads", str(args.threads), "--batch", str(args.batch)]
    return command + (["--fused-adam"] if args.fused_adam else [])


def ae_rates(args: argparse.Namespace) -> tuple[list[float], dict[str, Any]]:
    """Samples per second of each epoch, and the run's manifest."""
    with tempfile.TemporaryDirectory(prefix="compare_vae_") as folder:
        run_dir = Path(folder) / "run"
        run(ae_command(args, str(run_dir)))
        lines = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
        manifest = json.loads((run_dir / "manifest.json").read_text())
    return [line["samples_per_second"] for line in lines if line["split"] == "train"], manifest


def peer_rates(args: argparse.Namespace) -> list[float]:
    return [json.loads(line)["samples_per_second"] for line in run(peer_command(args)).splitlines()]


def summary(values: list[float]) -> dict[str, float]:
    return {"min": min(values), "median": median(values), "max": max(values)}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ae-train", type=Path, default=ROOT / "build" / "bin" / "ae-train", metavar="PROGRAM")
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "mnist_vae_20d.json", metavar="FILE")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT,
                        metavar="DIR", help="folder that holds mnist/ (default: AE_DATA_ROOT, else data/)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=4, help="of each run, at least 2 (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)),
                        help="of the peer; ae-train chooses by itself (default: all cores, %(default)s here)")
    parser.add_argument("--fused-adam", action="store_true", help="let the peer use PyTorch's fused Adam")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="passed on to ae-train")
    parser.add_argument("--out", type=Path, default=ROOT / "tests/benchmark/results/vae_training_speed.json",
                        metavar="FILE")
    args = parser.parse_args()
    if args.epochs < 2 or args.rounds < 1:
        parser.error("needs at least 2 epochs and 1 round")
    return args


def main() -> None:
    args = parse_arguments()
    torch_version = run([sys.executable, "-c", "import torch; print(torch.__version__)"]).strip()
    rates: dict[str, list[float]] = {"ae": [], "pytorch": []}
    epochs: dict[str, list[list[float]]] = {"ae": [], "pytorch": []}
    manifest: dict[str, Any] = {}
    for number in range(args.rounds):
        for name in ("ae", "pytorch") if number % 2 == 0 else ("pytorch", "ae"):
            if name == "ae":
                measured, manifest = ae_rates(args)
            else:
                measured = peer_rates(args)
            epochs[name].append(measured)
            rates[name].append(median(measured[1:]))
        print(f"round {number + 1}: ae {rates['ae'][-1]:,.0f}, pytorch {rates['pytorch'][-1]:,.0f} samples/s", flush=True)

    ratios = [ours / theirs for ours, theirs in zip(rates["ae"], rates["pytorch"])]
    table = {"ae": summary(rates["ae"]), "pytorch": summary(rates["pytorch"]), "ratio": summary(ratios)}
    print(f"\n{'':10}{'min':>10}{'median':>10}{'max':>10}")
    for name, row in table.items():
        digits = ".2f" if name == "ratio" else ",.0f"
        print(f"{name:10}" + "".join(f"{format(row[key], digits):>10}" for key in ("min", "median", "max")))

    result = {
        "what": "training speed of the 784-400-20 VAE on MNIST, samples per second; ratio is ae / pytorch by round",
        "command": shown(["python", "tests/benchmark/compare_vae.py", *sys.argv[1:]], args.data_root),
        "ae_command": shown(ae_command(args, "RUN"), args.data_root),
        "peer_command": shown(["python", *peer_command(args)[1:]], args.data_root),
        **machine(),
        "ae_device": manifest.get("device"),
        "ae_threads": manifest.get("threads"),
        "peer_threads": args.threads,
        "versions": {"python": platform.python_version(), "torch": torch_version},
        "batch": args.batch,
        "summary": table,
        "rounds": [{"ae": ours, "pytorch": theirs} for ours, theirs in zip(epochs["ae"], epochs["pytorch"])],
    }
    write_result(args.out, result)


if __name__ == "__main__":
    main()
