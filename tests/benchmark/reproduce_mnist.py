#!/usr/bin/env python3
"""Trains the configs whose MNIST figures are known and sets the outcome beside what is accepted.

PCA with 30 components, fitted to all 60,000 training images, has a test squared error of 13.866; a linear
autoencoder of that width finds the same subspace. The 784-400-20 VAE of PyTorch's examples ends its ten epochs near
106.2 (training, running mean) and 105.6 (test). Prints a table and writes a JSON file. Needs Python alone.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from measuring import DATA_ROOT, ROOT, machine, run, shown, write_result

BIN = ROOT / "build" / "bin"


def train(config: str, args: argparse.Namespace, run_dir: Path, seed: int) -> tuple[dict[str, Any], str]:
    """Trains configs/CONFIG.json; the last line of metrics.jsonl for each split, and the command."""
    command = [str(BIN / "ae-train"), "--config", str(ROOT / "configs" / f"{config}.json"), "--data-root",
               str(args.data_root), "--run-dir", str(run_dir), "--overwrite", "--quiet", "--set", f"seed={seed}"]
    run(command)
    lines = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
    return {line["split"]: line for line in lines}, shown(command[:-8] + command[-2:], args.data_root)


def evaluate(run_dir: Path) -> dict[str, Any]:
    return json.loads(run([str(BIN / "ae-eval"), str(run_dir), "--json"]))


def row(name: str, value: float, low: float, high: float, command: str) -> dict[str, Any]:
    met = low <= value <= high
    print(f"{name:52}{value:10.4f}   accepted {low:.3f} to {high:.3f}   {'met' if met else 'MISSED'}", flush=True)
    return {"figure": name, "value": value, "accepted": [low, high], "met": met, "command": command}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, metavar="DIR", help="folder that holds mnist/")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="of the VAE (default: 1 2 3)")
    parser.add_argument("--out", type=Path, default=ROOT / "tests/benchmark/results/mnist.json", metavar="FILE")
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="reproduce_mnist_") as folder:
        for seed in args.seeds:
            metrics, command = train("mnist_vae_20d", args, Path(folder) / "vae", seed)
            rows.append(row(f"VAE 784-400-20, train loss, seed {seed}", metrics["train"]["loss"], 105.7, 106.7, command))
            rows.append(row(f"VAE 784-400-20, test loss, seed {seed}", metrics["test"]["loss"], 105.1, 106.1, command))
        run_dir = Path(folder) / "linear"
        _, command = train("mnist_linear_30d", args, run_dir, 1)
        figures = evaluate(run_dir)
        command += "; ae-eval"
        rows.append(row("PCA, 30 components, test squared error", figures["pca"]["squared_error"], 13.861, 13.871,
                        command))
        rows.append(row("linear autoencoder, 30-D, test squared error", figures["model"]["squared_error"], 13.861,
                        13.866 * 1.005, command))
    write_result(args.out, {"what": "published MNIST figures, reproduced",
                            "command": "python tests/benchmark/reproduce_mnist.py", **machine(), "rows": rows})


if __name__ == "__main__":
    main()
