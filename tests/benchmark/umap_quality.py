#!/usr/bin/env python3
"""Trustworthiness of ae-eval's UMAP map of codes beside umap-learn's map of the same codes.

Trains a VAE on MNIST, maps the codes of the 10,000 test images with both, and measures both maps by scikit-learn's
`trustworthiness` (k = 15). Needs numpy, scikit-learn and umap-learn (here 0.5.12) beside the built programs.

Usage: python tests/benchmark/umap_quality.py [--data-root DIR] [--seeds 3] [--out FILE]
"""

import argparse
import csv
import os
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("NUMBA_NUM_THREADS", "1")  # as umap-learn has it where a seed is given

import numpy as np
import sklearn
import umap
from measuring import DATA_ROOT, ROOT, machine, run, run_child, shown, write_result
from sklearn.manifold import trustworthiness

NEIGHBOURS = 15
CONFIG = ROOT / "configs" / "mnist_vae_20d.json"


def trust(codes: np.ndarray, points: np.ndarray) -> float:
    return float(trustworthiness(codes, points, n_neighbors=NEIGHBOURS))


def mapped_by_ae(programs: Path, run_dir: Path, out: Path, data_root: Path) -> tuple[np.ndarray, list[str], float]:
    """The map in the order of rows, the command, and the seconds that the whole command took."""
    command = [str(programs / "ae-eval"), str(run_dir), "--only", "latent_map", "--umap", "--out", str(out), "--quiet",
               "--data-root", str(data_root)]
    child = run_child(command)
    with open(out / "latent_map.csv", newline="") as table:
        points = np.array([[float(row["x"]), float(row["y"])] for row in csv.DictReader(table)])
    return points, command, child.seconds


def mapped_by_umap_learn(codes: np.ndarray, seed: int) -> tuple[np.ndarray, float]:
    start = time.monotonic()
    points = umap.UMAP(random_state=seed).fit_transform(codes)
    return points, time.monotonic() - start


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    root, images = arguments.data_root, arguments.data_root / "mnist" / "t10k-images-idx3-ubyte.gz"
    ours: dict[str, list[float]] = {"trustworthiness": [], "seconds": []}
    theirs: dict[str, list[float]] = {"trustworthiness": [], "seconds": []}
    command: list[str] = []
    for seed in range(1, arguments.seeds + 1):
        run_dir = folder / f"run_{seed}"
        run([str(arguments.bin / "ae-train"), "--config", str(CONFIG), "--data-root", str(root), "--run-dir",
             str(run_dir), "--set", "training.epochs=3", "--set", f"seed={seed}", "--quiet"])
        run([str(arguments.bin / "ae-encode"), str(run_dir), "--data", str(images), "--out",
             str(folder / "codes.npy"), "--quiet"])
        codes = np.load(folder / "codes.npy")
        if seed == 1:
            mapped_by_umap_learn(codes[:500], seed)  # which compiles
        points, command, seconds = mapped_by_ae(arguments.bin, run_dir, folder / f"map_{seed}", root)
        ours["trustworthiness"].append(trust(codes, points))
        ours["seconds"].append(seconds)
        points, seconds = mapped_by_umap_learn(codes, seed)
        theirs["trustworthiness"].append(trust(codes, points))
        theirs["seconds"].append(seconds)
        print(f"model {seed}: ae-eval {ours['trustworthiness'][-1]:.4f} in {ours['seconds'][-1]:.1f} s (whole command), "
              f"umap-learn {theirs['trustworthiness'][-1]:.4f} in {theirs['seconds'][-1]:.1f} s", flush=True)
    return {"command": shown(command, root), "rows": len(codes), "neighbours": NEIGHBOURS,
            "versions": {"umap-learn": umap.__version__, "scikit-learn": sklearn.__version__},
            "ae-eval": ours, "umap-learn": theirs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "bin", help="folder of the programs")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, help="folder that holds mnist/")
    parser.add_argument("--seeds", type=int, default=3, help="number of models")
    parser.add_argument("--out", type=Path, default=ROOT / "tests" / "benchmark" / "results" / "umap.json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = {**machine(), **measure(arguments, Path(folder))}
    write_result(arguments.out, result)


if __name__ == "__main__":
    main()
