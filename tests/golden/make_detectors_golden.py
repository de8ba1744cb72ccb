#!/usr/bin/env python3
"""Writes detectors.json beside this script: figures of rankings and scores of anomaly detectors by their peers.

For developers, with PyOD and scikit-learn installed; tests only read the file.

detectors.json: {"made_with": {name: version}, "rankings": [...], "tables": [...], "forest": {...}}
  rankings  "scores": [N], few or many of them tied; "positives": [N] of 0 and 1; "auroc", "average_precision" and the
            curves by scikit-learn; "precision_at_n" by PyOD; "best_f1", the greatest over the precision-recall curve;
            "false_positive_rate", "true_positive_rate": [P], from (0, 0) on; "recall", "precision": [P] likewise, from
            precision 1 on
  tables    "rows": [N][D] and "queries": [M][D], short binary fractions; of "knn" and "ecod" by PyOD and "pca" by
            scikit-learn: "fitted": [N], scores of the training rows, and "queries": [M]; "components": of the PCA
  forest    "rows" and "queries" likewise; "mean": [M], the mean of scikit-learn's scores over "seeds" seeds;
            "deviation": [M], that of the scores of single seeds
"""

import json
import random
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from pyod.models.ecod import ECOD
from pyod.models.knn import KNN
from pyod.utils.utility import precision_n_scores
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve


def ranking(rows: int, steps: int) -> dict[str, Any]:
    """Scores that are multiples of 1 / steps."""
    generator = random.Random(steps)
    y = np.array([int(generator.random() < 0.2) for _ in range(rows)])
    scores = np.array([round(steps * generator.gauss(1.2 * label, 1)) / steps for label in y])
    precision, recall, _ = precision_recall_curve(y, scores)
    fpr, tpr, _ = roc_curve(y, scores, drop_intermediate=False)
    return {
        "scores": scores.tolist(),
        "positives": y.tolist(),
        "auroc": roc_auc_score(y, scores),
        "average_precision": average_precision_score(y, scores),
        "precision_at_n": float(precision_n_scores(y, scores)),
        "best_f1": float(np.max(2 * precision * recall / np.maximum(precision + recall, 1e-9))),
        "false_positive_rate": fpr.tolist(),
        "true_positive_rate": tpr.tolist(),
        "recall": recall[::-1].tolist(),
        "precision": precision[::-1].tolist(),
    }


def values(rows: int, features: int, seed: int) -> np.ndarray:
    """Columns that are normal, skewed to either side, or of few values."""
    generator = random.Random(seed)
    kinds = [
        lambda: generator.gauss(5, 1),
        lambda: generator.expovariate(0.5),
        lambda: -generator.expovariate(1) + generator.gauss(0, 0.1),
        lambda: generator.randrange(4),
    ]
    table = [[round(64 * kinds[j % 4]()) / 64 for j in range(features)] for _ in range(rows)]
    return np.array(table, dtype=float)


def table(x: np.ndarray, queries: np.ndarray, components: int) -> dict[str, Any]:
    golden: dict[str, Any] = {"rows": x.tolist(), "queries": queries.tolist()}
    for name, detector in (("knn", KNN()), ("ecod", ECOD())):
        detector.fit(x)
        golden[name] = {
            "fitted": detector.decision_scores_.tolist(),
            "queries": detector.decision_function(queries).tolist(),
        }
    pca = PCA(components, svd_solver="full").fit(x)

    def residual(rows: np.ndarray) -> list[float]:
        return np.square(rows - pca.inverse_transform(pca.transform(rows))).sum(1).tolist()

    golden["pca"] = {"components": components, "fitted": residual(x), "queries": residual(queries)}
    return golden


def plain_table() -> dict[str, Any]:
    x = values(90, 6, 1)
    return table(x[:80], x[80:], 3)


def table_of_special_columns() -> dict[str, Any]:
    """A constant column, symmetric ones whose skewness is exactly 0, and rows that occur twice."""
    x = values(32, 2, 2)
    steps = np.array([-3.0, -1.0, 1.0, 3.0])
    x = np.column_stack([x, np.full(32, 2.5), np.tile(steps, 8), np.repeat(steps, 8)])
    x[1::2, :2] = x[::2, :2]
    queries = np.vstack([x[3], x[3] + 1, x[8] * 4, -x[9]])
    return table(np.vstack([x, x[:6]]), queries, 2)


def forest(seeds: int) -> dict[str, Any]:
    x = values(320, 4, 3)
    queries = np.vstack([values(8, 4, 4), [[5, 20, 0, 1], [9, 1, -1, 2], [5, 1, -1, 9], [5, 2, -9, 0]]])
    scores = [-IsolationForest(max_samples=256, random_state=seed).fit(x).score_samples(queries)
              for seed in range(seeds)]
    return {
        "rows": x.tolist(),
        "queries": queries.tolist(),
        "seeds": seeds,
        "mean": np.mean(scores, 0).round(6).tolist(),
        "deviation": np.std(scores, 0, ddof=1).round(6).tolist(),
    }


def main() -> None:
    golden = {
        "made_with": {name: version(name) for name in ("pyod", "scikit-learn")},
        "rankings": [ranking(60, 1000), ranking(60, 2), ranking(12, 1)],
        "tables": [plain_table(), table_of_special_columns()],
        "forest": forest(200),
    }
    text = json.dumps(golden, separators=(",", ":")).replace("],[", "],\n[").replace(',"', ',\n"')
    (Path(__file__).resolve().parent / "detectors.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
