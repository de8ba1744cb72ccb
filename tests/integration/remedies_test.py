#!/usr/bin/env python3
"""Each warning is brought up by each of its causes, and is gone once a remedy that it names is applied.

Data are the digits in data/digits, and tables that are made here. Programs are looked for in AE_BIN_DIR, else in
build/bin. Needs the standard library only.
"""

import copy
import json
import os
import random
import re
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(os.environ.get("AE_BIN_DIR") or ROOT / "build" / "bin")
DIGITS = {"train": {"path": str(ROOT / "data/digits/digits.csv"), "labels": "label"}, "shape": [1, 8, 8],
          "scale": [0, 16], "validation": {"fraction": 0.2}}

Config = dict[str, Any]


def changed(config: Config, changes: dict[str, Any]) -> Config:
    """`config` with values at dotted paths; None removes one."""
    config = copy.deepcopy(config)
    for path, value in changes.items():
        *folders, name = path.split(".")
        inner = config
        for folder in folders:
            if not isinstance(inner.get(folder), dict):
                inner[folder] = {"type": inner[folder]} if folder in inner else {}
            inner = inner[folder]
        if value is None:
            inner.pop(name, None)
        else:
            inner[name] = value
    return config


def digits(**changes: Any) -> Config:
    config = {"data": DIGITS, "model": {"encoder": {"type": "mlp", "hidden": [32]}, "latent_dim": 4},
              "training": {"epochs": 3, "threads": 1}}
    return changed(config, {path.replace("__", "."): value for path, value in changes.items()})


def digits_vae(**changes: Any) -> Config:
    return digits(**{"model__kind": "vae", "objective__reconstruction": "bernoulli", "training__epochs": 40, **changes})


class Remedies(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.random = random.Random(3)

    def findings(self, config: Config) -> list[str]:
        """Warnings of a run, and the notes before it."""
        (self.folder / "c.json").write_text(json.dumps(config))
        findings = []
        for key, options in (("notes", ["--dry-run"]), ("warnings", ["--run-dir", "run", "--overwrite"])):
            result = subprocess.run([PROGRAMS / "ae-train", "--config", "c.json", "--json", *options],
                                    cwd=self.folder, capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, f"{config}\n{result.stdout}{result.stderr}")
            findings += json.loads(result.stdout)[key]
        return findings

    def finding(self, config: Config, phrase: str) -> str:
        found = [each for each in self.findings(config) if phrase in each]
        self.assertEqual(len(found), 1, f"{phrase}: {found}")
        return found[0]

    def check(self, config: Config, phrase: str, *remedies: tuple[str, dict[str, Any]]) -> None:
        """Each remedy: what the finding must say, and its change of the config, after which the finding is gone."""
        text = self.finding(config, phrase)
        for said, changes in remedies:
            self.assertIn(said, text)
            left = [each for each in self.findings(changed(config, changes)) if phrase in each]
            self.assertEqual(left, [], f"still there with {changes}")

    def table(self, columns: dict[str, Callable[[int], float]], rows: int = 300) -> str:
        lines = [",".join(columns)] + [",".join(f"{make(i):.9g}" for make in columns.values()) for i in range(rows)]
        (self.folder / "t.csv").write_text("\n".join(lines) + "\n")
        return "t.csv"

    def normal(self, mean: float = 0, deviation: float = 1) -> Callable[[int], float]:
        return lambda _: self.random.gauss(mean, deviation)

    def table_config(self, columns: dict[str, Callable[[int], float]], **changes: Any) -> Config:
        config = {"data": {"train": {"path": self.table(columns)}, "validation": {"fraction": 0.2}, "preprocessing": []},
                  "model": {"encoder": {"type": "mlp", "hidden": [8]}, "latent_dim": 1},
                  "training": {"epochs": 3, "threads": 1}}
        return changed(config, {path.replace("__", "."): value for path, value in changes.items()})

    def test_a_code_as_wide_as_the_data(self) -> None:
        self.check(digits(model__latent_dim=64, model__encoder__hidden=[64]), "can learn to copy",
                   ("smaller latent_dim", {"model.latent_dim": 16}),
                   ("model.sparsity", {"model.sparsity": {"type": "kl", "weight": 0.1},
                                       "model.latent": {"type": "deterministic", "activation": "sigmoid"}}),
                   ("a corruption", {"corruption": "gaussian"}),
                   ('latent "top_k"', {"model.latent": {"type": "top_k", "k": 8}}))

    def test_bounded_posterior_means(self) -> None:
        self.check(digits_vae(model__latent__type="gaussian", model__latent__activation="sigmoid"), "unbounded normal",
                   ('model.latent.activation to "identity"', {"model.latent.activation": "identity"}))

    def test_a_kl_divergence_beside_a_mean(self) -> None:
        config = digits_vae(objective__reconstruction="mse", training__epochs=1)
        weight = float(re.search(r"objective.kl.weight to ([\d.e-]+)", self.finding(config, "is a mean over"))[1])
        self.check(config, "is a mean over", ('"gaussian"', {"objective.reconstruction": "gaussian"}),
                   ('"bernoulli"', {"objective.reconstruction": "bernoulli"}),
                   ("objective.kl.weight", {"objective.kl": {"weight": weight}}))

    def test_an_l1_penalty(self) -> None:
        self.check(digits(model__sparsity={"type": "l1", "weight": 0.001}), "never exactly 0",
                   ('model.latent to {"activation": "relu"}', {"model.latent": {"activation": "relu"}}))
        self.check(digits(model__sparsity={"type": "l1", "weight": 0.001}, model__latent={"activation": "relu"},
                          model__decoder="linear"), "can be evaded",
                   ("model.unit_norm_decoder = true", {"model.unit_norm_decoder": True}))

    def test_data_beyond_the_outputs(self) -> None:
        self.check(digits(data__scale="none", model__decoder={"type": "mlp", "output_activation": "sigmoid"}),
                   "cannot be reconstructed", ("leave output_activation out", {"model.decoder": "mlp"}),
                   ("data.scale", {"data.scale": [0, 16]}))

    def test_grey_values_in_a_bernoulli(self) -> None:
        self.check(digits(objective__reconstruction="bernoulli"), "is not a likelihood",
                   ('"continuous_bernoulli"', {"objective.reconstruction": "continuous_bernoulli"}),
                   ('"gaussian"', {"objective.reconstruction": "gaussian"}))

    def test_no_validation(self) -> None:
        self.check(changed(digits(), {"data.validation": None}), "no validation rows",
                   ("data.validation", {"data.validation": {"fraction": 0.1}}))

    def test_columns_that_do_not_help(self) -> None:
        config = self.table_config({"a": self.normal(), "b": self.normal(), "fixed": lambda _: 7, "id": float,
                                    "unix_time": lambda i: 1.7e9 + 60 * i})
        for phrase, column in (("constant in", "fixed"), ("counts up", "id"), ("looks like a time", "unix_time")):
            self.assertIn(f'"{column}"', self.finding(config, phrase))
        left = self.findings(changed(config, {"data.train.exclude": ["fixed", "id", "unix_time"]}))
        self.assertEqual([each for each in left if "column" in each], [])

    def test_columns_of_other_spreads(self) -> None:
        columns = {"a": self.normal(), "b": self.normal(0, 200)}
        config = self.table_config(columns)
        self.assertIn('"b"', self.finding(config, "standard deviations differ"))
        self.check(config, "standard deviations differ",
                   ('set data.preprocessing to ["standardize"]', {"data.preprocessing": ["standardize"]}))
        left = self.findings(self.table_config({"a": self.normal(), "b": self.normal()}))
        self.assertEqual([each for each in left if "standard" in each], [])

    def test_columns_far_from_zero(self) -> None:
        columns = {"a": self.normal(), "b": self.normal(500, 2), "c": self.normal()}
        config = self.table_config(columns)
        self.check(config, "mean far from 0",
                   ("model.output_bias_from_data = true and model.pre_encoder_bias = true",
                    {"model.output_bias_from_data": True, "model.pre_encoder_bias": True}),
                   ('set data.preprocessing to ["standardize"]', {"data.preprocessing": ["standardize"]}))

    def test_values_that_lose_their_digits(self) -> None:
        self.check(self.table_config({"a": self.normal(1.6e9, 20), "b": self.normal(1.6e9, 20)}), "float32",
                   ('set data.preprocessing to ["standardize"]', {"data.preprocessing": ["standardize"]}))
        self.check(self.table_config({"a": self.normal(), "b": self.normal(1.6e9, 2)}), "float32",
                   ('set data.preprocessing to ["standardize"]', {"data.preprocessing": ["standardize"]}))

    def test_a_collapsed_posterior(self) -> None:
        self.check(digits_vae(objective__kl={"weight": 50}), "posterior collapse",
                   ("lower objective.kl.weight", {"objective.kl": {"weight": 1}}),
                   ("objective.kl.free_bits", {"objective.kl": {"weight": 50, "free_bits": 1}}))
        # Too short for the codes to carry anything.
        self.check(digits_vae(training__epochs=2, training__batch_size=1024), "posterior collapse",
                   ("train for longer", {"training.epochs": 60, "training.batch_size": 64}))

    def test_codes_far_from_the_prior(self) -> None:
        self.check(digits_vae(objective__kl={"weight": 0.0001}), "far from the prior",
                   ("raise objective.kl.weight", {"objective.kl": {"weight": 1}}))
        for nats in (8, 200):  # a penalty that outweighs the reconstruction shifts the codes of all rows alike
            self.check(digits_vae(objective__kl={"weight": 100, "capacity": {"nats": nats}}, training__epochs=80),
                       "far from the prior",
                       ('lower objective.kl.weight (now 100) to 1, set objective.kl.capacity.length ("80e"',
                        {"objective.kl": {"weight": 1, "capacity": {"nats": 8, "length": "80e"}}}))

    def test_dead_latents(self) -> None:
        centred = {"model.pre_encoder_bias": True, "model.output_bias_from_data": True}
        top_k = digits(model__encoder="linear", model__latent={"type": "top_k", "k": 4}, model__latent_dim=256,
                       training__epochs=400)
        self.check(top_k, "latents are dead",
                   ("set model.output_bias_from_data = true and model.pre_encoder_bias = true, or subtract it before "
                    "training; and set model.latent.auxiliary_k", {**centred, "model.latent.auxiliary_k": 32}))
        short = changed(top_k, {**centred, "model.latent.auxiliary_k": 32, "training.epochs": 60,
                                "optimizer": {"type": "adam", "learning_rate": 0.01}})
        self.check(short, "latents are dead",
                   ("train for longer with a lower optimizer.learning_rate (now 0.01)",
                    {"training.epochs": 400, "optimizer.learning_rate": 0.001}),
                   ("lower model.latent_dim", {"model.latent_dim": 64}))
        offset = self.table_config({name: self.normal(20) for name in "abcdefgh"}, model__encoder="linear",
                                   model__latent={"type": "top_k", "k": 2}, model__latent_dim=16, training__epochs=100)
        self.check(offset, "latents are dead",
                   ("set model.output_bias_from_data = true and model.pre_encoder_bias = true", centred))
        l1 = digits(model__encoder="linear", model__latent={"activation": "relu"}, model__latent_dim=64,
                    model__sparsity={"type": "l1", "weight": 3}, training__epochs=6)
        self.check(l1, "latents are dead", ("lower model.sparsity.weight", {**centred, "model.sparsity.weight": 0.0001}))
        rate = digits(model__encoder="linear", model__latent={"activation": "relu"}, model__latent_dim=32,
                      training__epochs=6, optimizer={"type": "adam", "learning_rate": 0.3})
        self.check(rate, "latents are dead", ("lower optimizer.learning_rate", {**centred, "optimizer.learning_rate": 0.001}),
                   ("take another model.latent.activation", {"model.latent.activation": "leaky_relu"}))

    def test_saturated_outputs(self) -> None:
        def between(low: float, high: float) -> Callable[[int], float]:
            return lambda _: self.random.uniform(low, high)

        config = self.table_config({name: between(0.2, 0.8) for name in "abcd"}, training__epochs=6,
                                   model__decoder={"type": "mlp", "output_activation": "sigmoid"},
                                   optimizer={"type": "sgd", "learning_rate": 1e5})
        self.check(config, "at a bound of", ("lower optimizer.learning_rate", {"optimizer.learning_rate": 1}),
                   ("leave output_activation out", {"model.decoder": "mlp", "optimizer.learning_rate": 0.01,
                                                    "objective.reconstruction": "bernoulli"}))

    def test_overfitting(self) -> None:
        config = digits(data__validation={"last": 1757}, model__encoder__hidden=[128], model__latent_dim=16,
                        objective__reconstruction="bernoulli", optimizer={"type": "adam", "learning_rate": 0.005},
                        training__epochs=300, training__batch_size=40)
        self.check(config, "overfitting",
                   ("training.early_stopping", {"training.early_stopping": {"patience_epochs": 2}}),
                   ("more training rows", {"data.validation": {"last": 100}, "training.epochs": 30}))


if __name__ == "__main__":
    unittest.main()
