#!/usr/bin/env python3
"""Measures training, encoding and evaluation beside other busy processes.

Each workload runs with one thread and with the default number of them, on the machine as it is and beside processes
that compute without end, in turn. A figure is the median over rounds of the time of the default beside others, by
that of one thread beside others, and by the time of the default alone. Needs Python alone.
"""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import benchmark_data
from executors import BOUNDS, FEW_IMAGES, FREE_BITS
from measuring import DATA_ROOT, ROOT, machine, run, run_child, write_result

# Workload: config, epochs, settings.
TRAINING: dict[str, tuple[str, int, list[str]]] = {
    "fused": ("vae", 6, [FEW_IMAGES]),
    "narrow": ("points", 20000, ["training.batch_size=4096", 'model.encoder={"type":"mlp","hidden":[32]}',
                               'model.decoder={"type":"mlp","hidden":[32]}']),
    "data_parallel": ("vae", 5, [FEW_IMAGES, BOUNDS]),
    "autograd": ("vae", 5, [FEW_IMAGES, FREE_BITS]),
    "autograd_large": ("vae", 6, [FEW_IMAGES, FREE_BITS, "training.batch_size=1024"]),
    "conv": ("conv_vae", 1, ["data.train.path=images/images.npy"]),
}


@contextmanager
def beside(count: int) -> Iterator[None]:
    """Runs `count` processes that compute without end."""
    others = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in others:
            process.kill()
            process.wait()


def training_seconds(program: Path, data: Path, workload: str, threads: int | None) -> float:
    """Seconds of training alone."""
    config, epochs, settings = TRAINING[workload]
    settings = settings + [f"training.epochs={epochs}"] + ([f"training.threads={threads}"] if threads else [])
    with tempfile.TemporaryDirectory(prefix="busy_") as folder:
        run([str(program), "--config", str(ROOT / f"tests/benchmark/workloads/{config}.json"), "--data-root", str(data),
             "--run-dir", f"{folder}/run", "--quiet", "--device", "cpu"]
            + [part for setting in settings for part in ("--set", setting)])
        lines = [json.loads(line) for line in Path(folder, "run", "metrics.jsonl").read_text().splitlines()]
    return sum(line["seconds"] for line in lines if line["split"] == "train")


def program_seconds(program: Path, arguments: list[str], threads: int | None) -> float:
    """Seconds from the start of a program to its end."""
    threads_option = ["--threads", str(threads)] if threads else []
    return run_child([str(program), "--device", "cpu", "--quiet", *arguments, *threads_option]).seconds


def measure(jobs: dict[str, Any], rounds: int, count: int) -> dict[str, dict[str, Any]]:
    results: dict[str, dict[str, Any]] = {}
    for name, job in jobs.items():
        seconds: dict[str, list[float]] = {"one": [], "default": [], "one_beside": [], "default_beside": []}
        for _ in range(rounds):
            seconds["one"].append(job(1))
            seconds["default"].append(job(None))
            with beside(count):
                seconds["one_beside"].append(job(1))
                seconds["default_beside"].append(job(None))
        figures = {key: median(values) for key, values in seconds.items()}
        slowdown = median(ours / one for ours, one in zip(seconds["default_beside"], seconds["one_beside"]))
        print(f"{name}: " + ", ".join(f"{key} {value:.2f} s" for key, value in figures.items())
              + f"; beside others the default takes {slowdown:.2f} times one thread", flush=True)
        results[name] = {"seconds": {key: {"median": median(values), "min": min(values), "max": max(values)}
                                     for key, values in seconds.items()}, "default_by_one_beside": slowdown}
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "bin", metavar="DIR", help="folder of ae-train")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, metavar="DIR", help="folder that holds mnist/")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--beside", type=int, default=2, metavar="N", help="busy processes; default: %(default)s")
    parser.add_argument("--only", nargs="+", metavar="JOB", help="these jobs alone")
    parser.add_argument("--out", type=Path, default=ROOT / "tests/benchmark/results/busy_machine.json", metavar="FILE")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="busy_") as folder:
        data = Path(folder)
        benchmark_data.gather(args.data_root / "mnist", data, activations=1)
        trainer = args.bin / "ae-train"
        jobs: dict[str, Any] = {name: lambda threads, name=name: training_seconds(trainer, data, name, threads)
                                for name in TRAINING}
        run([str(trainer), "--config", str(ROOT / "tests/benchmark/workloads/vae.json"), "--data-root", folder,
             "--run-dir", f"{folder}/run", "--quiet", "--device", "cpu", "--set", "training.epochs=1", "--set",
             FEW_IMAGES])
        files = [f"{folder}/run", "--data", str(data / "images/images.npy")]
        jobs["encode"] = lambda threads: program_seconds(
            args.bin / "ae-encode", [*files, "--out", f"{folder}/codes.npy"], threads)
        jobs["eval"] = lambda threads: program_seconds(args.bin / "ae-eval", files, threads)
        jobs = {name: job for name, job in jobs.items() if not args.only or name in args.only}
        results = measure(jobs, args.rounds, args.beside)
    write_result(args.out, {"what": "seconds with one thread and with the default number of threads, alone and beside "
                            "processes that compute without end",
                            "command": "python tests/benchmark/busy_machine.py", **machine(),
                            "busy_processes": args.beside, "jobs": results})


if __name__ == "__main__":
    main()
