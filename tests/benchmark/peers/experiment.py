"""What the peers have in common: their command line, the data, and the lines that they print."""

import argparse
import gzip
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

PIXELS = 784
LEARNING_RATE = 1e-3  # of Adam, in all workloads that use it
POINTS_LEARNING_RATE = 1.0
TOP_K, LATENTS = 32, 8192


def parse_arguments(framework: str, workloads: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=f"Trains one workload with {framework}; prints one JSON object per "
                                     "timed piece of training: epoch, samples_per_second, cpu_seconds, loss (running "
                                     "mean over the epoch).")
    parser.add_argument("workload", choices=workloads)
    parser.add_argument("--data-root", type=Path, required=True, metavar="DIR")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="PyTorch: by torch.compile")
    return parser.parse_args()


def read_images(path: Path) -> np.ndarray:
    """[N, 784] float32 in [0, 1] from a gzip'd IDX file."""
    raw = gzip.decompress(path.read_bytes())
    return np.frombuffer(raw, np.uint8, offset=16).reshape(-1, PIXELS).astype(np.float32) / 255


def training_rows(workload: str, root: Path) -> np.ndarray:
    """[N, features] float32: what the workload trains on, the rows that ae-train reads too."""
    if workload == "top_k":
        return np.load(root / "activations" / "activations.npy")
    return read_images(root / "mnist" / "train-images-idx3-ubyte.gz")


def report(epochs: int, rows: int, train: Callable[[], float], epochs_at_a_time: int = 1) -> None:
    """Calls `train`, which does `epochs_at_a_time` epochs and returns the last one's mean loss, and prints its speed."""
    for epoch in range(epochs_at_a_time, epochs + 1, epochs_at_a_time):
        cpu, start = time.process_time(), time.perf_counter()
        loss = train()
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
        print(json.dumps({"epoch": epoch, "samples_per_second": rows * epochs_at_a_time / seconds,
                          "seconds": seconds, "cpu_seconds": cpu_seconds, "loss": loss}), flush=True)
