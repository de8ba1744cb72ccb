"""Shared by the peers: command line, data, sizes, and the lines that they print."""

import argparse
import gzip
import json
import os
import sys
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import numpy as np

LEARNING_RATE = 1e-3  # of Adam; only points uses SGD
POINTS_LEARNING_RATE = 1.0
VAE_HIDDEN, VAE_LATENTS = 400, 20
TOP_K, TOP_K_LATENTS = 32, 8192


def argument_parser(framework: str, workloads: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=f"Trains one workload with {framework}. Prints one JSON object per "
                                     "timed piece of training: epoch, samples_per_second and seconds (of training "
                                     "alone), cpu_seconds (of all threads), loss (mean over the epoch).")
    parser.add_argument("workload", choices=workloads)
    parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="training rows: gzip'd IDX, npy, csv")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--width", type=int, default=512, help="first hidden layer of mlp; the second is half of it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--on-demand", action="store_true", help="after these epochs do as many more as each line of "
                        "standard input says")
    return parser


def read_rows(path: Path) -> np.ndarray:
    """[N, features] float32, bytes divided by 255, as in ae-train."""
    if path.suffix == ".csv":
        return np.loadtxt(path, np.float32, delimiter=",", skiprows=1)
    if path.suffix == ".npy":
        rows = np.load(path)
    else:
        raw = gzip.decompress(path.read_bytes())
        rows = np.frombuffer(raw, np.uint8, offset=16).reshape(int.from_bytes(raw[4:8], "big"), -1)
    if rows.dtype == np.uint8:
        rows = rows.astype(np.float32) / 255
    return rows.reshape(len(rows), -1)


def mlp_widths(features: int, width: int) -> list[int]:
    """Layer widths from input to output, with a code of 32."""
    return [features, width, width // 2, 32, width // 2, width, features]


def print_epoch(epoch: int, samples: int, seconds: float, cpu_seconds: float, loss: float | None) -> None:
    print(json.dumps({"epoch": epoch, "samples_per_second": samples / seconds, "seconds": seconds,
                      "cpu_seconds": cpu_seconds, "loss": loss}), flush=True)


def run_epochs(args: argparse.Namespace, rows: int, train: Callable[[], float | None],
               epochs_at_a_time: int = 1) -> None:
    """Times calls of `train`, each of which does `epochs_at_a_time` epochs and returns the mean loss of the last."""
    begin = 0
    for epochs in chain([args.epochs], map(int, sys.stdin) if args.on_demand else ()):
        for epoch in range(begin + epochs_at_a_time, begin + epochs + 1, epochs_at_a_time):
            cpu, start = time.process_time(), time.perf_counter()
            loss = train()
            seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
            print_epoch(epoch, rows * epochs_at_a_time, seconds, cpu_seconds, loss)
        begin += epochs
