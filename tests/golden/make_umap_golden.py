#!/usr/bin/env python3
"""Writes umap.json beside this script: trustworthiness of maps by umap-learn.

For developers, with umap-learn and scikit-learn installed; tests only read the file.

umap.json: {"made_with": {library: version}, "neighbours": k, "sets": [...]}, each set
  "rows" [N][Z], "trustworthiness": of umap-learn's map with its defaults, one value per seed, by scikit-learn with k
"""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import umap
from sklearn.manifold import trustworthiness

NEIGHBOURS = 15
SEEDS = 5


def overlapping(rows: int, features: int, clusters: int) -> np.ndarray:
    """Clusters that touch, each spread along some directions more than along others."""
    generator = random.Random(1)
    centres = [[generator.gauss(0, 1.5) for _ in range(features)] for _ in range(clusters)]
    spreads = [[generator.uniform(0.2, 1.2) for _ in range(features)] for _ in range(clusters)]
    return np.array([
        [round(generator.gauss(c, s), 2) for c, s in zip(centres[i % clusters], spreads[i % clusters])]
        for i in range(rows)
    ])


def apart(rows: int, features: int) -> np.ndarray:
    """Clusters whose graph of neighbours falls apart, in each of which some rows are repeated."""
    generator = random.Random(2)
    out = [[round(generator.gauss(40 * (i % 4 == j), 1), 1) for j in range(features)] for i in range(rows)]
    for i in range(0, rows, 5):
        out[i] = out[i % 4]
    return np.array(out)


def golden(rows: np.ndarray) -> dict[str, Any]:
    maps = [umap.UMAP(random_state=seed).fit_transform(rows.astype(np.float32)) for seed in range(SEEDS)]
    return {
        "rows": rows.tolist(),
        "trustworthiness": [float(trustworthiness(rows, each, n_neighbors=NEIGHBOURS)) for each in maps],
    }


def main() -> None:
    result = {
        "made_with": {
            "umap-learn": umap.__version__,
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
        },
        "neighbours": NEIGHBOURS,
        "sets": [golden(overlapping(500, 8, 6)), golden(apart(200, 4))],
    }
    text = json.dumps(result, separators=(",", ":")).replace("],[", "],\n[").replace(',"', ',\n"')
    (Path(__file__).resolve().parent / "umap.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
