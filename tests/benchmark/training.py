"""Training workloads of the speed benchmark: throughput of epochs, or of a whole command."""

import dataclasses
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from measuring import Child, read_config, run_child
from work import AE, PEER_PROGRAMS, PEERS, Environment, Run, Work

CONFIGS = Path(__file__).resolve().parent / "workloads"
FEW_IMAGES = "images/images.npy"  # replaces MNIST in short runs


@dataclass(frozen=True)
class Training(Work):
    """Trains the model of workloads/TASK.json. The rate covers training alone, without startup and shutdown."""

    task: str  # the config, and what the peers call it
    epochs: int
    ae_epochs: int | None = None  # of ae-train, if the peers' epochs are too few to be timed
    batch_size: int | None = None  # overrides the config
    data: str | None = None
    width: int | None = None  # of mlp's first hidden layer; the second is half of it
    threads: int | None = None  # overrides all cores, and ae-train's default

    @property
    def config(self) -> Path:
        return CONFIGS / f"{self.task}.json"

    def short(self) -> "Training":
        from_mnist = read_config(self.config)["data"]["train"]["path"].startswith("mnist/")
        # The loss of so short a training still depends on the initial weights.
        return dataclasses.replace(self, epochs=self.epochs if self.ae_epochs else 2, allowed_difference=0.2,
                                   data=FEW_IMAGES if from_mnist else self.data)

    def ae_command(self, environment: Environment, run_dir: Path, epochs: int, seed: int) -> list[str]:
        settings = [f"training.epochs={epochs}", f"seed={seed}"]
        if self.batch_size:
            settings.append(f"training.batch_size={self.batch_size}")
        if self.data:
            settings.append(f"data.train.path={self.data}")
        if self.width:
            settings.append(f"model.encoder.hidden=[{self.width},{self.width // 2}]")
        if self.threads:
            settings.append(f"training.threads={self.threads}")
        command = [str(environment.bin / "ae-train"), "--config", str(self.config), "--data-root",
                   str(environment.data_root), "--run-dir", str(run_dir), "--overwrite", "--quiet", "--device",
                   environment.device]
        return command + [part for setting in settings for part in ("--set", setting)]

    def peer_command(self, environment: Environment, peer: str, seed: int) -> list[str]:
        config = read_config(self.config)
        script, options = PEER_PROGRAMS[peer]
        data = environment.data_root / (self.data or config["data"]["train"]["path"])
        batch_size = self.batch_size or config["training"]["batch_size"]
        width = ["--width", str(self.width)] if self.width else []
        return [str(environment.peers_python), str(PEERS / script), self.task, "--data", str(data), "--epochs",
                str(self.epochs), "--batch", str(batch_size), "--threads", str(self.threads or environment.threads),
                "--seed", str(seed), "--device", environment.device, *width, *options]

    def command(self, environment: Environment, program: str, seed: int) -> list[str]:
        if program == AE:
            return self.ae_command(environment, Path("RUN"), self.ae_epochs or self.epochs, seed)
        return self.peer_command(environment, program, seed)

    def run(self, environment: Environment, program: str, seed: int) -> Run:
        return self.run_ae(environment, seed) if program == AE else self.run_peer(environment, program, seed)

    def run_ae(self, environment: Environment, seed: int) -> Run:
        epochs = self.ae_epochs or self.epochs
        with tempfile.TemporaryDirectory(prefix="speed_") as name:
            folder = Path(name)
            child = run_child(self.ae_command(environment, folder / "run", epochs, seed))
            lines, manifest = train_lines(folder / "run"), manifest_of(folder / "run")
            # A run of one epoch measures startup and shutdown; the remainder is the time of the other epochs.
            one = run_child(self.ae_command(environment, folder / "one", 1, seed))
        cpu_seconds = child.cpu_seconds - one.cpu_seconds
        return self.run_of(child, lines, cpu_seconds / (samples(lines[1:]) / 1e6), manifest)

    def run_peer(self, environment: Environment, peer: str, seed: int) -> Run:
        child = run_child(self.peer_command(environment, peer, seed))
        lines = peer_lines(child)
        cpu_seconds = sum(line["cpu_seconds"] for line in lines[1:])
        return self.run_of(child, lines, cpu_seconds / (samples(lines[1:]) / 1e6))

    @staticmethod
    def run_of(child: Child, lines: list[dict[str, Any]], cpu_per_million: float,
               manifest: dict[str, Any] | None = None) -> Run:
        return Run(child, [line["samples_per_second"] for line in lines], cpu_per_million,
                   {line["epoch"]: line["loss"] for line in lines if line["loss"] is not None}, manifest or {})

    def results(self, environment: Environment, runs: dict[str, list[Run]]) -> dict[str, Any]:
        losses = {program: median(run.losses[self.epochs] for run in rounds)
                  for program, rounds in runs.items() if rounds[0].losses}
        return {"compared": f"training loss of epoch {self.epochs}, median of the rounds", "values": losses,
                "differences": {program: abs(loss / losses[AE] - 1) for program, loss in losses.items()}}


@dataclass(frozen=True)
class WholeTraining(Training):
    """Training as a whole command: the rate is all samples over the lifetime of the process."""

    def run(self, environment: Environment, program: str, seed: int) -> Run:
        with tempfile.TemporaryDirectory(prefix="speed_") as name:
            run_dir = Path(name) / "run"
            if program == AE:
                child = run_child(self.ae_command(environment, run_dir, self.epochs, seed))
                lines, manifest = train_lines(run_dir), manifest_of(run_dir)
            else:
                child = run_child(self.peer_command(environment, program, seed))
                lines, manifest = peer_lines(child), {}
        run = self.run_of(child, lines, child.cpu_seconds / (samples(lines) / 1e6), manifest)
        run.rates = [samples(lines) / child.seconds]
        return run


def manifest_of(run_dir: Path) -> dict[str, Any]:
    """The manifest of an ae-train run, without paths."""
    manifest = json.loads((run_dir / "manifest.json").read_text())
    return {key: manifest[key] for key in ("versions", "device", "threads")}


def train_lines(run_dir: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if line["split"] == "train"]


def peer_lines(child: Child) -> list[dict[str, Any]]:
    """Skips output of libraries."""
    return [json.loads(line) for line in child.output.splitlines() if line.startswith("{")]


def samples(lines: list[dict[str, Any]]) -> float:
    return sum(line["samples_per_second"] * line["seconds"] for line in lines)
