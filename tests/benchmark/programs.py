"""The programs that the speed benchmark runs in turn, and what it takes from one run of each."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from measuring import ROOT
from workloads import Workload

PEERS = ROOT / "tests" / "benchmark" / "peers"
PEER_PROGRAMS = {  # name: script, its options
    "jax": ("jax_peer.py", []),
    "pytorch": ("pytorch_peer.py", []),
    "compile": ("pytorch_peer.py", ["--compile"]),
    "keras": ("keras_peer.py", []),
    "scikit-learn": ("sklearn_peer.py", []),
}


@dataclass
class Child:
    """One finished program; CPU time and peak memory are those of its whole life."""

    output: str
    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass
class Run:
    """What one run of a program in one round gave."""

    epochs: list[dict[str, Any]]  # epoch, samples_per_second, loss; of a peer cpu_seconds too
    seconds: float
    peak_mb: float
    cpu_per_million: float  # CPU seconds per million rows of the timed epochs

    def rate(self) -> float:
        """Median over the epochs, of which the first is warm-up."""
        return median(line["samples_per_second"] for line in self.epochs[1:])

    def loss_at(self, epoch: int) -> float:
        return next(line["loss"] for line in self.epochs if line["epoch"] == epoch)


def run_child(command: list[str]) -> Child:
    """Runs `command` to its end; ends this program with the command's last line if it fails.

    The peak is honest while this process is small: a child counts its parent's memory from before exec.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        try:
            process = subprocess.Popen(command, stdout=out, stderr=err)
        except OSError as error:
            sys.exit(f"speed.py: cannot run {command[0]} ({error.strerror})")
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        output, errors = out.read().decode(), err.read().decode()
    if process.returncode != 0:
        last_line = (errors.strip().splitlines() or ["no message"])[-1]
        sys.exit(f"speed.py: {' '.join(command)} ended with {process.returncode}: {last_line}")
    return Child(output, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


@dataclass
class Programs:
    """Where the programs are, and what all of them are told."""

    bin: Path
    peers_python: Path
    data_root: Path
    threads: int

    def ae_command(self, workload: Workload, run_dir: str, epochs: int, settings: list[str]) -> list[str]:
        command = [str(self.bin / "ae-train"), "--config", str(workload.config), "--data-root", str(self.data_root),
                   "--run-dir", run_dir, "--overwrite", "--quiet", "--device", "cpu"]
        settings = [f"training.epochs={epochs}", f"training.batch_size={workload.batch}", *settings]
        return command + [part for setting in settings for part in ("--set", setting)]

    def peer_command(self, workload: Workload, peer: str, extra: list[str]) -> list[str]:
        script, options = PEER_PROGRAMS[peer]
        return [str(self.peers_python), str(PEERS / script), workload.task, "--data-root", str(self.data_root),
                "--epochs", str(workload.epochs), "--batch", str(workload.batch), "--threads", str(self.threads),
                *options, *extra]

    def command(self, workload: Workload, program: str) -> list[str]:
        if program == "ae":
            return self.ae_command(workload, "RUN", workload.ae_epochs or workload.epochs, [])
        return self.peer_command(workload, program, [])

    def run_ae(self, workload: Workload, settings: list[str] | None = None) -> Run:
        """Trains twice, for all epochs and for one, so that the difference is the CPU time of the other epochs."""
        epochs = workload.ae_epochs or workload.epochs
        with tempfile.TemporaryDirectory(prefix="speed_") as folder:
            run_dir = Path(folder) / "run"
            whole = run_child(self.ae_command(workload, str(run_dir), epochs, settings or []))
            lines = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
            one = run_child(self.ae_command(workload, str(run_dir), 1, settings or []))
        train = [{key: line[key] for key in ("epoch", "samples_per_second", "seconds", "loss")}
                 for line in lines if line["split"] == "train"]
        rows = train[0]["samples_per_second"] * train[0]["seconds"]
        cpu = (whole.cpu_seconds - one.cpu_seconds) / (rows * (epochs - 1) / 1e6)
        return Run(train, whole.seconds, whole.peak_mb, cpu)

    def run_peer(self, workload: Workload, peer: str, extra: list[str] | None = None) -> Run:
        child = run_child(self.peer_command(workload, peer, extra or []))
        lines = [json.loads(line) for line in child.output.splitlines() if line.startswith("{")]
        timed = lines[1:]
        rows = sum(line["samples_per_second"] * line["seconds"] for line in timed)
        return Run(lines, child.seconds, child.peak_mb, sum(line["cpu_seconds"] for line in timed) / (rows / 1e6))

    def run(self, workload: Workload, program: str) -> Run:
        return self.run_ae(workload) if program == "ae" else self.run_peer(workload, program)
