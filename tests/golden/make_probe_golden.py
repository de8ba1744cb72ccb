#!/usr/bin/env python3
"""Writes probe.json beside this script: what scikit-learn's classifiers make of a small table.

For developers, with scikit-learn installed; tests only read the file. Rows are short binary fractions, so that float32
and float64 start from exactly the same numbers. Features have different means and deviations; the last is constant.

probe.json: {"made_with": {"scikit-learn": version}, "rows": [150][10], "classes": [150] of 0, 1, 2,
"queries": [40][10], "regressions": [...], "neighbours": [...]}
  regressions  one for each number of classes (all rows; or those of classes 0 and 1) and C:
               {"classes", "C", "mean", "deviation" of each feature, "weights": [K][10] (one row for two classes),
               "intercept": [K], "probabilities": of the queries [40][K]}; features standardised, solved to 1e-10
  neighbours   one for each k: {"k", "classes": [40]}; where the vote is tied, null, as scikit-learn settles ties
               otherwise
"""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

ROWS, QUERIES, FEATURES, CLASSES = 150, 40, 10, 3


def table(generator: random.Random, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose classes overlap, so that no regression fits perfectly."""
    centres = [[((7 * k + 3 * j) % 5 - 2) * 0.5 for j in range(FEATURES)] for k in range(CLASSES)]
    rows, classes = [], []
    for i in range(count):
        k = i % CLASSES
        row = [
            round((centres[k][j] + generator.gauss(0, 1.5)) * 2 ** (j % 4) * 16) / 16 + 3 * j
            for j in range(FEATURES - 1)
        ]
        rows.append([*row, 2.5])
        classes.append(k)
    return np.array(rows), np.array(classes)


def regression(rows: np.ndarray, classes: np.ndarray, queries: np.ndarray, c: float) -> dict[str, Any]:
    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=c, tol=1e-10, max_iter=100_000).fit(scaler.transform(rows), classes)
    return {
        "classes": len(model.classes_),
        "C": c,
        "mean": scaler.mean_.tolist(),
        "deviation": np.sqrt(scaler.var_).tolist(),
        "weights": model.coef_.tolist(),
        "intercept": model.intercept_.tolist(),
        "probabilities": model.predict_proba(scaler.transform(queries)).tolist(),
    }


def neighbours(rows: np.ndarray, classes: np.ndarray, queries: np.ndarray, k: int) -> dict[str, Any]:
    model = KNeighborsClassifier(k, algorithm="brute").fit(rows, classes)
    votes = np.sort(model.predict_proba(queries), axis=1)
    return {
        "k": k,
        "classes": [
            None if vote[-1] == vote[-2] else int(label) for vote, label in zip(votes, model.predict(queries))
        ],
    }


def main() -> None:
    generator = random.Random(1)
    rows, classes = table(generator, ROWS)
    queries, _ = table(generator, QUERIES)
    two = classes < 2
    regressions = [regression(rows, classes, queries, c) for c in (0.001, 0.1, 10)]
    regressions += [regression(rows[two], classes[two], queries, c) for c in (0.01, 1)]
    golden = {
        "made_with": {"scikit-learn": sklearn.__version__},
        "rows": rows.tolist(),
        "classes": classes.tolist(),
        "queries": queries.tolist(),
        "regressions": regressions,
        "neighbours": [neighbours(rows, classes, queries, k) for k in (1, 5, 10)],
    }
    text = json.dumps(golden, separators=(",", ":")).replace('],[', '],\n[').replace(',"', ',\n"')
    (Path(__file__).resolve().parent / "probe.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
