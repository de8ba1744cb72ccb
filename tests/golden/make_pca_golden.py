#!/usr/bin/env python3
"""Writes pca.json beside this script: the principal components that scikit-learn finds.

For developers, with scikit-learn installed; tests only read the file.

pca.json: {"made_with": {"scikit-learn": version}, "tables": [...], "wide": [...]}
  tables  few features. "rows": [N][D] and "queries": [M][D], short binary fractions, so that float32 and float64 start
          from exactly the same numbers; "mean": [D]; "components": [K][D] in the order of their variance, those alone
          whose variance is not 0; "squared_errors": [M] of the queries, by all of these components
  wide    more features than a covariance matrix is made of, from formula() below, of which the test makes the same
          rows to the last bit: row i is a query where i >= "rows". "features", "rows", "queries", "weights": what the
          formula takes; "sampled": the features of which "mean": [S] and "components": [K][S] are kept;
          "projections": [M][K] of the queries without the mean; "squared_errors": [M]; "lost": what the components
          leave of the rows, summed over rows and features
Components and projections are up to their signs.
"""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.decomposition import PCA


def table(rows: int, queries: int, features: int, components: int) -> dict[str, Any]:
    """Features that hang together, with means and deviations of their own."""
    generator = random.Random(features)
    mixing = [[generator.gauss(0, 1) for _ in range(features)] for _ in range(4)]
    values = []
    for _ in range(rows + queries):
        hidden = [generator.gauss(0, 4 - k) for k in range(4)]
        values.append([
            round(16 * (sum(h * m[j] for h, m in zip(hidden, mixing)) + generator.gauss(0, 0.5) + 3 * j)) / 16
            for j in range(features)
        ])
    x, q = np.array(values[:rows]), np.array(values[rows:])
    pca = PCA(components, svd_solver="full").fit(x)
    return {
        "rows": x.tolist(),
        "queries": q.tolist(),
        "mean": pca.mean_.tolist(),
        "components": pca.components_.tolist(),
        "squared_errors": np.square(q - pca.inverse_transform(pca.transform(q))).sum(1).tolist(),
    }


def scattered(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A number of each pair, from -1 to 1, that looks random."""
    return ((31 * a * a + 17 * b * b + 5 * a * b + 3 * a + 11 * b + 7) % 4099 - 2049) / 2048


def formula(rows: int, features: int, weights: list[float]) -> np.ndarray:
    """A product of factors for each weight, and numbers that have no structure."""
    i, j = np.arange(rows)[:, None], np.arange(features)[None, :]
    values = scattered(i, j + 1000)
    for k, weight in enumerate(weights):
        values = values + weight * scattered(i, np.array(k)) * scattered(np.array(k), j)
    return values


def wide(rows: int, queries: int, features: int, weights: list[float], components: int) -> dict[str, Any]:
    values = formula(rows + queries, features, weights)
    x, q = values[:rows], values[rows:]
    pca = PCA(components, svd_solver="full").fit(x)
    sampled = list(range(0, features, 131))
    return {
        "features": features,
        "rows": rows,
        "queries": queries,
        "weights": weights,
        "sampled": sampled,
        "mean": pca.mean_[sampled].tolist(),
        "components": pca.components_[:, sampled].tolist(),
        "projections": pca.transform(q).tolist(),
        "squared_errors": np.square(q - pca.inverse_transform(pca.transform(q))).sum(1).tolist(),
        "lost": float(np.square(x - pca.inverse_transform(pca.transform(x))).sum()),
    }


def main() -> None:
    golden = {
        "made_with": {"scikit-learn": sklearn.__version__},
        "tables": [table(60, 12, 12, 4), table(9, 4, 20, 8)],
        "wide": [
            wide(80, 6, 4200, [round(8 * 0.95**k, 3) for k in range(30)], 5),
            wide(200, 6, 4200, [], 8),
        ],
    }
    text = json.dumps(golden, separators=(",", ":")).replace("],[", "],\n[").replace(',"', ',\n"')
    (Path(__file__).resolve().parent / "pca.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
