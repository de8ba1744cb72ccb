#!/usr/bin/env python3
"""Writes runs/NAME beside this script: a run directory, and what the programs of its time made of it.

    tests/golden/make_golden_run.py NAME [--bin build/bin]

For developers, with the programs built; tests only read the files. A run that is there is kept as it is: when ae-train
comes to write other files, a run of another name joins it. Names of folders and of the machine are taken out of the
manifest, whose paths become relative to the folder where the programs run.

runs/NAME/
  config.json      what was trained, on the CPU by one thread, on data/digits/digits.csv
  run/             what ae-train left, without the lock
  codes.npy        of all digits: ae-encode
  evaluation.json  ae-eval --json, of the validation rows
  samples.npy      20 rows of seed 3: ae-sample
  resumed.jsonl    the metrics of a sixth epoch, without times
"""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).resolve().parent
ROOT = GOLDEN.parents[1]
CONFIG = {
    "name": "digits",
    "seed": 7,
    "data": {
        "train": {"path": "digits.csv", "labels": "label"},
        "validation": {"fraction": 0.2},
        "scale": 16,
        "shape": [1, 8, 8],
    },
    "model": {"kind": "vae", "encoder": {"type": "mlp", "hidden": [16]}, "latent_dim": 4},
    "objective": {"reconstruction": "bernoulli", "kl": {"weight": 0.1}},
    "optimizer": {"type": "adam", "learning_rate": 0.005},
    "training": {"epochs": 5, "batch_size": 32, "threads": 1},
}


class Programs:
    """The programs of a build, run on the CPU in one folder."""

    def __init__(self, folder: Path, build: Path) -> None:
        self.folder = folder
        self.build = build.resolve()
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.environment.pop("AE_DATA_ROOT", None)

    def run(self, name: str, *arguments: str) -> str:
        command = [str(self.build / name), *arguments, "--device", "cpu"]
        return subprocess.run(command, cwd=self.folder, env=self.environment, check=True, stdout=subprocess.PIPE,
                              text=True).stdout


def without_places(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest as if the programs had been found by their names, in the folder where they ran."""
    manifest["command_line"][0] = Path(manifest["command_line"][0]).name
    manifest["data_folders"] = [".", "data"]
    for split in manifest["data"].values():
        split["path"] = Path(split["path"]).name
    manifest["versions"]["git_commit"] = "unknown"
    manifest["processor"] = "x86-64"
    manifest["device"] = "CPU (x86-64, 1 thread)"
    return manifest


def timeless(line: str) -> str:
    metrics = json.loads(line)
    for key in ("seconds", "samples_per_second"):
        metrics.pop(key, None)
    return json.dumps(metrics) + "\n"


def make(folder: Path, programs: Programs) -> None:
    place = programs.folder
    shutil.copy(ROOT / "data" / "digits" / "digits.csv", place)
    (place / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    programs.run("ae-train", "--config", "config.json", "--run-dir", "run", "--quiet")
    (place / "run" / ".lock").unlink()
    manifest = place / "run" / "manifest.json"
    manifest.write_text(json.dumps(without_places(json.loads(manifest.read_text())), indent=2) + "\n")

    folder.mkdir(parents=True)
    shutil.copy(place / "config.json", folder)
    shutil.copytree(place / "run", folder / "run", symlinks=True)
    programs.run("ae-encode", "run", "--data", "digits.csv", "--out", "codes.npy", "--quiet")
    programs.run("ae-sample", "run", "--count", "20", "--seed", "3", "--out", "samples.npy", "--quiet")
    for name in ("codes.npy", "samples.npy"):
        shutil.copy(place / name, folder)
    evaluation = json.loads(programs.run("ae-eval", "run", "--json"))
    (folder / "evaluation.json").write_text(json.dumps(evaluation, indent=2) + "\n")
    programs.run("ae-train", "--config", "config.json", "--run-dir", "run", "--resume", "--set", "training.epochs=6",
                 "--quiet")
    lines = (place / "run" / "metrics.jsonl").read_text().splitlines()
    (folder / "resumed.jsonl").write_text("".join(timeless(line) for line in lines[-2:]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "bin", help="folder of the programs")
    arguments = parser.parse_args()
    folder = GOLDEN / "runs" / arguments.name
    if folder.exists():
        parser.error(f"{folder} is there and stays as it is; take another name")
    with tempfile.TemporaryDirectory() as place:
        make(folder, Programs(Path(place), arguments.bin))


if __name__ == "__main__":
    main()
