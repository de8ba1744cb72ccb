#!/usr/bin/env python3
"""Shortened runs of every configs/*.json: a dry run, then one epoch on small data of the same shape.

The speed benchmark's configs, tests/benchmark/workloads/*.json, are built in a dry run, on its own data made small.

Data that scripts/make_data.py makes is made. In place of MNIST stand 512 of the digits of data/digits, enlarged to
28x28 and written as IDX files, so that no network and no large file is needed. New configs are included automatically.
Programs are looked for in AE_BIN_DIR, else in build/bin.
"""

import csv
import gzip
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(os.environ.get("AE_BIN_DIR") or ROOT / "build" / "bin")
CONFIGS = sorted((ROOT / "configs").glob("*.json"))
BENCHMARK = ROOT / "tests" / "benchmark"
WORKLOADS = sorted((BENCHMARK / "workloads").glob("*.json"))
EPOCHS_OF_SHORT_FORM = 1
MAY_BE_LONGER = ("training.checkpoint_every", "training.dead_after")  # than training is


def write_idx(path: Path, shape: tuple[int, ...], values: bytes) -> None:
    header = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)
    path.write_bytes(gzip.compress(header + values))


def write_mnist(folder: Path) -> None:
    """MNIST's four files with digits of data/digits, enlarged 3x3 and padded by two pixels."""
    folder.mkdir()
    with open(ROOT / "data" / "digits" / "digits.csv", newline="") as file:
        rows = [[int(value) for value in row] for row in list(csv.reader(file))[1:769]]
    for part, chosen in (("train", rows[:512]), ("t10k", rows[512:])):
        pixels = bytearray()
        for row in chosen:
            image = bytearray(28 * 28)
            for y in range(24):
                for x in range(24):
                    image[(y + 2) * 28 + x + 2] = min(255, 16 * row[y // 3 * 8 + x // 3])
            pixels += image
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", (len(chosen), 28, 28), bytes(pixels))
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", (len(chosen),), bytes(row[64] for row in chosen))


def make(kind: str, out: Path, count: int, *arguments: object) -> None:
    subprocess.run([sys.executable, ROOT / "scripts" / "make_data.py", kind, "--out", out, "--count", str(count),
                    *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def shortened(options: dict, path: str = "") -> list[str]:
    """Settings that shorten warm-ups and schedules of several epochs or updates to one epoch."""
    settings = []
    for name, value in options.items():
        where = f"{path}.{name}" if path else name
        if isinstance(value, dict):
            settings += shortened(value, where)
        elif isinstance(value, str) and re.fullmatch(r"[0-9]+[eu]", value) and where not in MAY_BE_LONGER:
            settings += ["--set", f'{where}="1{value[-1]}"']
    return settings


def held_out(config: Path) -> list[str]:
    """Settings that shorten held-out rows, so that some of the small data are left for training."""
    return ["--set", "data.validation.last=64"] if '"last":' in config.read_text() else []


def dense(*widths: int) -> int:
    """Number of weights and biases of dense layers of these widths."""
    return sum((inputs + 1) * outputs for inputs, outputs in zip(widths, widths[1:]))


def train(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run([PROGRAMS / "ae-train", "--device", "cpu", "--quiet", *map(str, arguments)],
                          capture_output=True, text=True)


class Configs(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.data = cls.folder / "data"
        cls.data.mkdir()
        write_mnist(cls.data / "mnist")
        for shipped in ("digits", "penguins"):
            (cls.data / shipped).symlink_to(ROOT / "data" / shipped)
        make("points", cls.data / "points", 200)
        make("signals", cls.data / "signals", 200)
        cls.trained = cls.folder / "trained"
        done = train("--config", ROOT / "configs" / "digits_vae.json", "--data-root", cls.data, "--run-dir", cls.trained,
                     "--set", "training.epochs=1")
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        make("baskets", cls.data / "baskets", 200)
        make("patches", cls.data / "patches", 500, "--mnist", cls.data / "mnist")

    def test_there_are_configs(self) -> None:
        self.assertTrue(CONFIGS)

    def test_first_line_says_what_it_shows_and_the_name_is_that_of_the_file(self) -> None:
        for config in CONFIGS:
            with self.subTest(config.name):
                text = config.read_text()
                self.assertRegex(text, r"^// \w.+\.\n\{")
                name = re.search(r'"name": "([^"]+)"', text)
                self.assertEqual(name and name.group(1), config.stem.replace("_", "-"))

    def test_dry_run_shows_layers_and_data_and_leaves_nothing(self) -> None:
        for config in CONFIGS:
            with self.subTest(config.name):
                self.check_dry_run(config, self.data)

    def test_dry_run_of_the_benchmark_shows_the_models_that_its_peers_have(self) -> None:
        data = self.folder / "benchmark"
        subprocess.run([sys.executable, BENCHMARK / "benchmark_data.py", "--data-root", self.data, "--out", data,
                        "--activations", "64"], check=True, stdout=subprocess.DEVNULL)
        parameters = {config.stem: self.check_dry_run(config, data)["parameters"] for config in WORKLOADS}
        self.assertEqual(parameters, {
            "mlp": dense(784, 512, 256, 32, 256, 512, 784),
            "vae": dense(784, 400, 20) + dense(400, 20) + dense(20, 400, 784),
            "points": dense(3, 2, 3),
            "top_k": dense(512, 8192, 512),
            "conv_vae": 134165,
        })

    def test_one_epoch_gives_a_complete_run_with_finite_losses(self) -> None:
        for config in CONFIGS:
            with self.subTest(config.name):
                self.check_short_form(config)

    def test_a_whole_training_of_the_digits_gives_no_warning(self) -> None:
        # Its posterior equals the prior in the first epochs.
        done = train("--config", ROOT / "configs" / "digits_vae.json", "--data-root", self.data,
                     "--run-dir", self.folder / "whole", "--set", "training.threads=1", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["warnings"], [])
        lines = [json.loads(line) for line in (self.folder / "whole" / "metrics.jsonl").read_text().splitlines()]
        active = [line["active_units"] for line in lines if line["split"] == "validation"]
        self.assertEqual(active[2], 0)
        self.assertGreater(active[-1], 0)

    def initial_weights(self, config: Path) -> list[str]:
        """Settings that start from a short run of digits_vae, where the config starts from a long one."""
        return ["--set", f"model.initial_weights={self.trained}"] if '"initial_weights":' in config.read_text() else []

    def check_dry_run(self, config: Path, data: Path) -> dict:
        run = self.folder / "dry" / config.stem
        done = train("--config", config, "--data-root", data, "--run-dir", run, "--dry-run", "--json",
                     *held_out(config), *self.initial_weights(config))
        self.assertEqual(done.returncode, 0, done.stderr)
        summary = json.loads(done.stdout)
        self.assertGreater(summary["parameters"], 0)
        self.assertGreater(summary["data"]["train"]["rows"], 0)
        self.assertEqual(summary["warnings"], [])
        self.assertFalse(run.exists())
        return summary

    def check_short_form(self, config: Path) -> None:
        run = self.folder / "runs" / config.stem
        common = ("--config", config, "--data-root", self.data, "--run-dir", run, *held_out(config),
                  *self.initial_weights(config))
        full = json.loads(train(*common, "--dry-run", "--json").stdout)["config"]
        done = train(*common, "--set", f"training.epochs={EPOCHS_OF_SHORT_FORM}", *shortened(full))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("warning", done.stdout)
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        splits = {line["split"] for line in lines}
        self.assertIn("train", splits)
        for line in lines:
            for name, value in line.items():
                if name != "split":
                    self.assertTrue(math.isfinite(value), f"{name} = {value}")
        resolved = json.loads((run / "config.json").read_text())
        self.assertEqual("validation" in splits, resolved["data"].get("validation") is not None)
        self.assertEqual("test" in splits, resolved["data"].get("test") is not None)

        encoded = "test" if "test" in splits else "validation" if "validation" in splits else "train"
        files = ["manifest.json", f"latents/{encoded}.npy"]
        files += [f"checkpoints/{which}/model.safetensors" for which in ("best", "last")]
        files += [f"samples/{which}.png" for which in ("inputs", "reconstructions")]
        if resolved["model"]["latent"]["type"] == "gaussian":
            files.append("samples/samples.png")
        for file in files:
            self.assertGreater((run / file).stat().st_size if (run / file).exists() else 0, 0, file)


if __name__ == "__main__":
    unittest.main()
