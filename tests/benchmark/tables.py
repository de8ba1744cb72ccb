#!/usr/bin/env python3
"""Measures `ae-train --suggest` on tables: anomaly scores beside scikit-learn and PyOD, and suggestions beside the best of
ten configs that were written by hand.

Anomalies: no program sees the labels. All rows are trained on and scored; the figure is the area under the ROC curve,
mean over three seeds. Peers get standardised columns and their default settings; PCA is the squared residual beside
that of as many components as explain 90 % of the variance.

Hand-written configs: each of ten was tried on each table, with the data section of the suggestion. The figure of
anomalies is the area under the ROC curve; of codes it is the squared error of validation rows by that of PCA with as
many components, both means over three seeds.

Needs numpy, scikit-learn and pyod. --tables names a folder with the tables of ADBench (.npz of X and y); --more names
CSV files with a column of labels, 1 for anomalies.
"""

import argparse
import csv
import json
import tempfile
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from measuring import ROOT, machine, run, write_result

SEEDS = (1, 2, 3)
BIN = ROOT / "build" / "bin"
CODES = {"penguins": ROOT / "data/penguins/penguins.csv", "digits": ROOT / "data/digits/digits.csv"}


def mlp(hidden: list[int], latents: int, activation: str = "relu", **more: Any) -> dict[str, Any]:
    encoder = {"type": "mlp", "hidden": hidden, "activation": activation} if hidden else "linear"
    return {"model": {"encoder": encoder, "latent_dim": latents, **more.pop("model", {})},
            "optimizer": {"type": "adam", "learning_rate": more.pop("rate", 0.001)},
            "training": {"epochs": more.pop("epochs", 50), "batch_size": 64}, **more}


def vae(hidden: list[int], weight: float, **more: Any) -> dict[str, Any]:
    return mlp(hidden, 2, "tanh", model={"kind": "vae"},
               objective={"reconstruction": "gaussian", "kl": {"weight": weight}}, **more)


ANOMALY_TRIES = {
    "MLP 32, one latent": mlp([32], 1),
    "MLP 64-16, two latents": mlp([64, 16], 2),
    "MLP 64, five epochs": mlp([64], 2, epochs=5),
    "linear, two latents": mlp([], 2),
    "absolute error": mlp([32], 2, objective={"reconstruction": "mae"}),
    "denoising": mlp([32], 2, corruption={"type": "gaussian", "noise_factor": 0.5}),
    "weight decay": {**mlp([32], 2), "optimizer": {"type": "adamw", "weight_decay": 1}},
    "VAE": vae([32], 1),
    "VAE, beta 3": vae([32], 3),
    "VAE, beta 10": vae([64, 32], 10),
}


def code_tries(latents: int) -> dict[str, dict[str, Any]]:
    cosine = {"type": "adam", "learning_rate": 0.004, "schedule": {"type": "cosine"}}
    return {
        "linear": mlp([], latents, epochs=200),
        "MLP 64": mlp([64], latents, epochs=200),
        "MLP 256": mlp([256], latents, epochs=200),
        "MLP 256, rate 0.004": mlp([256], latents, rate=0.004, epochs=200),
        "MLP 512, rate 0.004": mlp([512], latents, rate=0.004, epochs=200),
        "MLP 1024, rate 0.002": mlp([1024], latents, rate=0.002, epochs=200),
        "MLP 256-128": mlp([256, 128], latents, rate=0.002, epochs=200),
        "MLP 256, tanh": mlp([256], latents, "tanh", rate=0.004, epochs=200),
        "MLP 512, GELU": mlp([512], latents, "gelu", rate=0.004, epochs=200),
        "MLP 512, GELU, cosine": {**mlp([512], latents, "gelu", epochs=400), "optimizer": cosine},
    }


def auroc(scores: np.ndarray, labels: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score
    return float(roc_auc_score(labels, scores))


class Trial:
    """A folder in which configs for one table are trained."""

    def __init__(self, folder: Path, table: Path):
        self.folder, self.table = folder, table

    def suggest(self, goal: str) -> dict[str, Any]:
        text = run([str(BIN / "ae-train"), "--suggest", str(self.table), "--goal", goal])
        return json.loads("\n".join(line for line in text.splitlines() if not line.strip().startswith("//")))

    def train(self, config: dict[str, Any], seed: int) -> None:
        path = self.folder / "config.json"
        path.write_text(json.dumps({**config, "seed": seed}))
        run([str(BIN / "ae-train"), "--config", str(path), "--run-dir", str(self.folder / "run"), "--overwrite",
             "--quiet", "--device", "cpu"])

    def scores(self, config: dict[str, Any], seed: int) -> np.ndarray:
        self.train(config, seed)
        run([str(BIN / "ae-encode"), str(self.folder / "run"), "--data", str(self.table), "--out",
             str(self.folder / "codes.npy"), "--scores", str(self.folder / "scores.csv")])
        with open(self.folder / "scores.csv", encoding="utf-8") as file:
            return np.array([float(row["score"]) for row in csv.DictReader(file)])

    def error(self, config: dict[str, Any], seed: int) -> float:
        """Squared error of validation rows by that of PCA."""
        self.train(config, seed)
        figures = json.loads(run([str(BIN / "ae-eval"), str(self.folder / "run"), "--json"]))
        return figures["model"]["mse"] / figures["pca"]["mse"]


def peers(rows: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    from pyod.models.ecod import ECOD
    from pyod.models.iforest import IForest
    from pyod.models.knn import KNN
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler
    x = StandardScaler().fit_transform(rows)
    pca = PCA(0.9, svd_solver="full").fit(x)
    scores = {"PCA residual": ((x - pca.inverse_transform(pca.transform(x))) ** 2).sum(1)}
    for name, model in {"isolation forest": IForest(random_state=seed), "ECOD": ECOD(), "kNN": KNN()}.items():
        scores[name] = model.fit(x).decision_scores_
    return scores


def anomalies(name: str, rows: np.ndarray, labels: np.ndarray, with_peers: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="tables_") as place:
        trial = Trial(Path(place), Path(place, f"{name}.csv"))
        header = ",".join(f"f{i}" for i in range(rows.shape[1]))
        np.savetxt(trial.table, rows, delimiter=",", header=header, comments="", fmt="%.10g")
        suggestion = trial.suggest("anomaly")
        result: dict[str, Any] = {"rows": len(rows), "features": rows.shape[1], "anomalies": int(labels.sum())}
        result["suggested"] = mean(auroc(trial.scores(suggestion, seed), labels) for seed in SEEDS)
        result["tries"] = {
            what: mean(auroc(trial.scores({"name": "try", "data": suggestion["data"], **config}, seed), labels)
                       for seed in SEEDS) for what, config in ANOMALY_TRIES.items()}
        if with_peers:
            by_seed = [{peer: auroc(scores, labels) for peer, scores in peers(rows, seed).items()} for seed in SEEDS]
            result["peers"] = {peer: mean(each[peer] for each in by_seed) for peer in by_seed[0]}
    result["share_of_best"] = result["suggested"] / max(result["tries"].values())
    return result


def codes(path: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="tables_") as place:
        trial = Trial(Path(place), path)
        suggestion = trial.suggest("code")
        latents = suggestion["model"]["latent_dim"]
        result: dict[str, Any] = {"latents": latents}
        result["suggested"] = mean(trial.error(suggestion, seed) for seed in SEEDS)
        result["tries"] = {what: mean(trial.error({"name": "try", "data": suggestion["data"], **config}, seed)
                                      for seed in SEEDS) for what, config in code_tries(latents).items()}
    result["share_of_best"] = min(result["tries"].values()) / result["suggested"]
    return result


def show(name: str, result: dict[str, Any]) -> None:
    tries = result["tries"]
    best = (max if "anomalies" in result else min)(tries, key=tries.get)
    others = "".join(f"  {peer} {figure:.3f}" for peer, figure in result.get("peers", {}).items())
    print(f"{name:12} suggested {result['suggested']:.3f}  best of ten {tries[best]:.3f} ({best})  "
          f"share {result['share_of_best']:.3f}{others}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path, help="folder with cardio.npz, optdigits.npz, shuttle.npz, thyroid.npz")
    parser.add_argument("--more", nargs="*", default=[], metavar="FILE:LABEL", help="CSV files with their labels' columns")
    parser.add_argument("--out", type=Path, default=ROOT / "tests/benchmark/results/tables.json")
    options = parser.parse_args()
    result: dict[str, Any] = {"machine": machine(), "anomaly": {}, "code": {}}
    for path in sorted(options.tables.glob("*.npz")) if options.tables else []:
        with np.load(path) as file:
            rows, labels = file["X"].astype(float), file["y"].ravel()
        result["anomaly"][path.stem] = anomalies(path.stem, rows, labels, with_peers=True)
        show(path.stem, result["anomaly"][path.stem])
    for more in options.more:
        file_name, label = more.rsplit(":", 1)
        table = np.genfromtxt(file_name, delimiter=",", names=True)
        data = np.column_stack([table[name] for name in table.dtype.names if name != label])
        result["anomaly"][Path(file_name).stem] = anomalies(Path(file_name).stem, data, table[label], with_peers=True)
        show(Path(file_name).stem, result["anomaly"][Path(file_name).stem])
    for name, path in CODES.items():
        result["code"][name] = codes(path)
        show(name, result["code"][name])
    write_result(options.out, result)


if __name__ == "__main__":
    main()
