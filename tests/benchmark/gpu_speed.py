#!/usr/bin/env python3
"""Compares the speed of ae-train on a GPU with PyTorch, torch.compile and JAX, and with its own other modes.

The peers of a workload are started together and compile and train some epochs before the first round. In each round all
programs train one after another, in an order that rotates by one. Ratios are computed per round, from the medians of
epochs. All compute in float32, without TF32, unless their name says otherwise.
Prints a table; writes a JSON file. Needs ae-train built with CUDA, and a Python that has the peers.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO, Any

import benchmark_data
from measuring import DATA_ROOT, ROOT, machine, read_config, run, run_child, shown, stop, write_result
from report import summary
from speed import chosen
from training import Training, manifest_of, train_lines
from work import AE, Environment
from workloads import WORKLOADS

OWN = {  # other modes of ae-train: their settings
    "ae, no graphs": ["training.cuda_graphs=false", "training.epochs=2"],
    "ae, tf32": ["training.precision=tf32"],
    "ae, bf16": ["training.precision=bf16"],
}
PEERS = ["jax", "pytorch", "compile"]
WARM_UP = 8  # epochs, after which losses are compared
ALLOWED_DIFFERENCE = 0.05  # of these losses, relative
PIECE = 0.3  # seconds that a peer trains in a round, rounded to whole epochs
Lines = list[dict[str, Any]]


@dataclass(frozen=True)
class GpuWork:
    """A workload of the speed benchmark with enough epochs to be timed on a GPU, and the programs to compare."""

    training: Training
    wanted: dict[str, float | None]  # target ratio by program


def gpu_work(name: str, epochs: int, wanted: dict[str, float | None], **changes: Any) -> GpuWork:
    return GpuWork(dataclasses.replace(WORKLOADS[name], epochs=epochs, ae_epochs=None, **changes), wanted)


GPU_WORKLOADS = {
    "vae": gpu_work("vae", 9, {"ae, no graphs": 5, "jax": 1, "compile": 1, "pytorch": None}),
    "mlp": gpu_work("mlp", 9, {"ae, tf32": None, "jax": 1, "compile": 1}),
    "top_k": gpu_work("top_k", 30, {"jax": 1, "compile": 1}),
    "points": gpu_work("points", 200, {"jax": 1, "compile": 1}),
    "mlp_1024": gpu_work("mlp_1024", 20, {"ae, tf32": None, "jax": 1, "compile": 1}),
    "conv_vae": gpu_work("conv_vae", 20, {"ae, bf16": None, "compile": 1}),
    "mlp_4096": gpu_work("mlp_1024", 10, {"ae, tf32": None, "ae, bf16": None, "jax": 1, "compile": 1},
                         title="MLP 784-4,096-2,048-32, batch 4,096", width=4096, batch_size=4096),
}


class Peer:
    """A loaded peer that trains more epochs on demand."""

    def __init__(self, work: Training, environment: Environment, name: str) -> None:
        command = work.peer_command(environment, name, seed=1)
        self.epoch = 200 if work.task == "points" else WARM_UP
        command[command.index("--epochs") + 1] = str(self.epoch)
        self.name = f"{name} ({work.task})"
        self.errors: IO[bytes] = tempfile.TemporaryFile()
        self.process = subprocess.Popen([*command, "--on-demand"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True,
                                        env={**os.environ, "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
                                             "TORCHINDUCTOR_COMPILE_THREADS": "4"})

    def warm_up(self) -> None:
        *_, before, last = self.read()
        self.loss_epoch, self.loss = last["epoch"], last["loss"]
        at_a_time = last["epoch"] - before["epoch"]
        self.piece = max(1, round(PIECE / last["seconds"])) * at_a_time

    def train(self) -> Lines:
        self.epoch += self.piece
        self.process.stdin.write(f"{self.piece}\n")
        self.process.stdin.flush()
        return self.read()

    def read(self) -> Lines:
        """Output lines up to the requested epoch."""
        lines: Lines = []
        while not lines or lines[-1]["epoch"] < self.epoch:
            line = self.process.stdout.readline()
            if not line:
                self.errors.seek(0)
                last = (self.errors.read().decode().strip().splitlines() or ["no message"])[-1]
                stop(f"{self.name} ended: {last}")
            if line.startswith("{"):
                lines.append(json.loads(line))
        return lines

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def train_ae(work: Training, environment: Environment, settings: list[str], seed: int) -> tuple[Lines, dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="speed_") as name:
        folder = Path(name) / "run"
        run_child([*work.ae_command(environment, folder, work.epochs, seed),
                   *(part for setting in settings for part in ("--set", setting))])
        return train_lines(folder), manifest_of(folder)


def rate(lines: Lines) -> float:
    return median(line["samples_per_second"] for line in lines)


def measure(work: GpuWork, environment: Environment, peers: dict[str, Peer], rounds: int) -> dict[str, Any]:
    training = work.training
    batch_size = training.batch_size or read_config(training.config)["training"]["batch_size"]
    programs = [AE, *(name for name in OWN if name in work.wanted), *peers]
    rates: dict[str, list[float]] = {program: [] for program in programs}
    losses: dict[int, float] = {}  # ae's
    manifest: dict[str, Any] = {}
    for number in range(rounds):
        first = number % len(programs)
        for program in programs[first:] + programs[:first]:
            if program in peers:
                rates[program].append(rate(peers[program].train()))
            else:
                lines, about = train_ae(training, environment, OWN.get(program, []), seed=number + 1)
                if program == AE and number == 0:
                    manifest, losses = about, {line["epoch"]: line["loss"] for line in lines}
                rates[program].append(rate(lines[1:]))
        print(f"{training.name}, round {number + 1} of {rounds}: "
              + ", ".join(f"{program} {rates[program][-1]:,.0f}" for program in programs) + " samples/s", flush=True)
    differences = {name: abs(peer.loss / losses[peer.loss_epoch] - 1) for name, peer in peers.items()}
    return {
        "title": training.title,
        "samples_per_second": {program: summary(values) for program, values in rates.items()},
        "ratios": {program: {**summary([ours / theirs for ours, theirs in zip(rates[AE], values)]),
                             "wanted": work.wanted[program]} for program, values in rates.items() if program != AE},
        "step_microseconds": {program: 1e6 * batch_size / median(values) for program, values in rates.items()},
        "compared": "training loss of the peer's warm-up's last epoch, one seed each", "differences": differences,
        "allowed_difference": ALLOWED_DIFFERENCE,
        "agree": all(difference <= ALLOWED_DIFFERENCE for difference in differences.values()),
        "ae_run": manifest,
    }


def table(result: dict[str, Any]) -> str:
    lines = [result["title"], f"{'':16}{'samples/s':>12}{'ae is':>8}{'min':>7}{'max':>7}{'wanted':>8}{'difference':>12}"]
    for program, values in result["samples_per_second"].items():
        ratio = result["ratios"].get(program)
        ratios = " " * 30
        if ratio:
            wanted = f"{ratio['wanted']:g}" if ratio["wanted"] else ""
            ratios = f"{ratio['median']:7.2f}x{ratio['min']:7.2f}{ratio['max']:7.2f}{wanted:>8}"
        difference = result["differences"].get(program)
        lines.append(f"{program:16}{values['median']:12,.0f}{ratios}"
                     + ("" if difference is None else f"{100 * difference:10.2g} %"))
    if not result["agree"]:
        lines.append("WARNING: NOT THE SAME WORK: losses differ by more than "
                     f"{100 * ALLOWED_DIFFERENCE:g} %")
    return "\n".join(lines)


def gpu_and_versions(python: Path) -> dict[str, Any]:
    code = ("import json, torch, importlib.metadata as m\n"
            "found = {d.metadata['Name'].lower(): d.version for d in m.distributions()}\n"
            "print(json.dumps({'gpu': torch.cuda.get_device_name(), 'cuda': torch.version.cuda, 'peers': "
            "{name: found[name] for name in ('torch', 'jax', 'optax', 'numpy') if name in found}}))")
    return json.loads(run([str(python), "-c", code]))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", metavar="LIST", default=",".join(GPU_WORKLOADS), help="default: %(default)s")
    parser.add_argument("--peers", metavar="LIST", default=",".join(PEERS), help="default: %(default)s")
    parser.add_argument("--peers-python", type=Path, default=Path(sys.executable), metavar="PROGRAM",
                        help="a Python that has the peers (default: the one that runs this)")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "bin", metavar="DIR", help="default: build/bin")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, metavar="DIR",
                        help="folder that holds mnist/ (default: AE_DATA_ROOT, else data/)")
    parser.add_argument("--out", type=Path, metavar="FILE",
                        default=ROOT / "tests" / "benchmark" / "results" / "speed_gpu.json", help="default: %(default)s")
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    folder = ROOT / "build" / "benchmark"
    environment = Environment(args.bin, args.peers_python, folder / "data", folder,
                              len(os.sched_getaffinity(0)), device="cuda")
    benchmark_data.gather(args.data_root / "mnist", environment.data_root)
    measured = {**machine(), **gpu_and_versions(args.peers_python)}
    workloads: dict[str, Any] = {}
    for name in chosen(args.workloads, list(GPU_WORKLOADS), "workload"):
        work = GPU_WORKLOADS[name]
        peers = {peer: Peer(work.training, environment, peer) for peer in chosen(args.peers, PEERS, "peer")
                 if peer in work.wanted}
        try:
            for peer in peers.values():
                peer.warm_up()
            workloads[name] = {**measure(work, environment, peers, args.rounds), "measured": measured}
        finally:
            for peer in peers.values():
                peer.end()
        print(f"\n{table(workloads[name])}\n", flush=True)
        write_result(args.out, {
            "what": "speed of ae-train on a GPU beside its peers; a ratio is ae's rate by the other's, by round",
            "command": shown(["python", "tests/benchmark/gpu_speed.py", *sys.argv[1:]], environment.data_root),
            "workloads": workloads})


if __name__ == "__main__":
    main()
