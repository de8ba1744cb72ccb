#!/usr/bin/env python3
"""Writes latent_figures.json beside this script: figures of a latent space by SciPy, scikit-learn and scikit-dimension.

For developers, with these installed; tests only read the file.

latent_figures.json: {"made_with": {library: version}, ...}
  assignments           SciPy's linear_sum_assignment: "costs" [n][m], "columns" [n] (-1: none), "cost"
  labelings             scikit-learn: "a", "b" [N]; "accuracy" (SciPy's matching), "nmi", "ari"
  spaces                arrays "data" [N][D], "codes" [N][Z], "labels" [N], or "formula": {"rows", "features",
                        "codes", "clusters"}, of which the test makes the same arrays to the last bit; scikit-learn's
                        "silhouette"; "quality": its trustworthiness by "k", and with the spaces swapped, of the first
                        "distinct" rows; scikit-dimension's "two_nn" of the codes: "mle" without a discarded share,
                        "linear" by default, both without the "duplicates"; NumPy's "mean", "covariance",
                        "total_correlation" of the codes; "mmd" of the first "first" codes against the others, with the
                        kernel exp(-d^2 / (2 sigma^2)), sigma^2 being the median of the pooled squared distances
  k_means               scikit-learn's Lloyd: "rows" [N][D], "start" [K][D]; "centres", "classes", "inertia",
                        "iterations" from this start (with "most" iterations), "least": the least inertia of 300 starts
  mutual_information    disentanglement_lib's formula: "codes" [N][Z], "factors" [N][F]; "information" [Z][F],
                        "gaps" [F], "mig"
"""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import skdim
import sklearn
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import pdist, squareform
from sklearn import metrics
from sklearn.cluster import KMeans
from sklearn.manifold import trustworthiness

MEDIAN_ROWS = 2000


def assignment(costs: list[list[float]]) -> dict[str, Any]:
    rows, columns = linear_sum_assignment(np.array(costs))
    of_row = [-1] * len(costs)
    for row, column in zip(rows, columns):
        of_row[row] = int(column)
    return {"costs": costs, "columns": of_row, "cost": float(np.array(costs)[rows, columns].sum())}


def assignments() -> list[dict[str, Any]]:
    generator = random.Random(1)
    return [
        assignment([[round(generator.gauss(0, 3), 4) for _ in range(m)] for _ in range(n)])
        for n, m in [(1, 1), (9, 9), (4, 11), (12, 5), (25, 25)]
    ]


def labeling(a: list[int], b: list[int]) -> dict[str, Any]:
    table = metrics.cluster.contingency_matrix(a, b)
    return {
        "a": a,
        "b": b,
        "accuracy": float(table[linear_sum_assignment(-table)].sum() / len(a)),
        "nmi": float(metrics.normalized_mutual_info_score(a, b, average_method="arithmetic")),
        "ari": float(metrics.adjusted_rand_score(a, b)),
    }


def labelings() -> list[dict[str, Any]]:
    generator = random.Random(2)
    truth = [generator.randrange(5) for _ in range(80)]
    noisy = [generator.randrange(4) if generator.random() < 0.3 else (3 * t + 7) % 5 for t in truth]
    return [
        labeling(truth, noisy),
        labeling(truth, [7 - t for t in truth]),
        labeling(truth, [generator.randrange(9) - 4 for _ in truth]),
        labeling(truth, [1] * len(truth)),
        labeling([3] * 6, [8] * 6),
        labeling(list(range(10)), [i // 2 for i in range(10)]),
        labeling([0, 0, 1, 1], [0, 1, 0, 1]),
        labeling([4], [2]),
    ]


def scattered(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A number of each pair, from -1 to 1, that looks random."""
    return ((31 * a * a + 17 * b * b + 5 * a * b + 3 * a + 11 * b + 7) % 4099 - 2049) / 2048


def formula(rows: int, features: int, codes: int, clusters: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Data, codes that are near the first features, and labels; 22 bits a value, so that distances do not tie."""
    i, j = np.arange(rows)[:, None], np.arange(features)[None, :]
    data = scattered(i * i % 3001, j + 10) + scattered(i, j + 100) / 1024
    noise = scattered(i + 5000, j[:, :codes] + 300)
    return data, data[:, :codes] + noise / 4, (7 * i[:, 0] + i[:, 0] // 11) % clusters


def squared_discrepancy(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    spaced = [x if len(x) <= MEDIAN_ROWS else x[np.arange(MEDIAN_ROWS) * len(x) // MEDIAN_ROWS] for x in (a, b)]
    variance = np.median(pdist(np.concatenate(spaced), "sqeuclidean"))
    n, m = len(a), len(b)
    kernel = np.exp(-squareform(pdist(np.concatenate([a, b]), "sqeuclidean")) / (2 * variance))
    np.fill_diagonal(kernel, 0)
    squared = (kernel[:n, :n].sum() / (n * (n - 1)) + kernel[n:, n:].sum() / (m * (m - 1))
               - 2 * kernel[:n, n:].mean())
    return {"first": n, "squared": float(squared), "bandwidth": float(np.sqrt(variance))}


def figures(data: np.ndarray, codes: np.ndarray, labels: np.ndarray, first: int, distinct: int) -> dict[str, Any]:
    covariance = np.cov(codes, rowvar=False)
    x, z = data[:distinct], codes[:distinct]  # without ties, which scikit-learn ranks as its sort leaves them
    return {
        "silhouette": float(metrics.silhouette_score(codes, labels)),
        "distinct": distinct,
        "quality": [
            {
                "k": k,
                "trustworthiness": float(trustworthiness(x, z, n_neighbors=k)),
                "continuity": float(trustworthiness(z, x, n_neighbors=k)),
            }
            for k in (1, 5, min(100, distinct // 2 - 1))
        ],
        "two_nn": {
            "mle": float(skdim.id.TwoNN(method="mle", discard_fraction=0).fit(codes).dimension_),
            "linear": float(skdim.id.TwoNN().fit(codes).dimension_),
        },
        "mean": codes.mean(0).tolist(),
        "covariance": covariance.tolist(),
        "total_correlation": float(0.5 * (np.log(np.diag(covariance)).sum() - np.linalg.slogdet(covariance)[1])),
        "mmd": squared_discrepancy(codes[:first], codes[first:]),
    }


def clustered_rows(rows: int, features: int, clusters: int, spread: float) -> np.ndarray:
    generator = random.Random(rows)
    centres = [[generator.gauss(0, 2) for _ in range(features)] for _ in range(clusters)]
    return np.array([[round(generator.gauss(c, spread), 3) for c in centres[i % clusters]] for i in range(rows)])


def spaces() -> list[dict[str, Any]]:
    data = clustered_rows(70, 5, 4, 0.8)
    codes = np.round(data[:, :3] @ np.array([[1, 0.3, 0], [0.2, -1, 0.4], [0, 0.5, 0.7]]), 3)
    codes[40] = codes[4]  # duplicates, which have no ratio of distances
    codes[41] = codes[5]
    labels = np.arange(70) % 4
    labels[17] = 9  # alone in its cluster
    small = {"data": data.tolist(), "codes": codes.tolist(), "labels": labels.tolist(), "duplicates": 4}
    large = {"rows": 2600, "features": 6, "codes": 3, "clusters": 7}
    return [
        {**small, **figures(data, codes, labels, 30, 40)},
        {"formula": large, "duplicates": 0, **figures(*formula(**large), 2400, 2600)},
    ]


def k_means(rows: np.ndarray, clusters: int, most: int, start: np.ndarray) -> dict[str, Any]:
    lloyd = KMeans(clusters, init=start, n_init=1, algorithm="lloyd", max_iter=most).fit(rows)
    return {
        "rows": rows.tolist(),
        "start": start.tolist(),
        "most": most,
        "centres": lloyd.cluster_centers_.tolist(),
        "classes": lloyd.labels_.tolist(),
        "inertia": float(lloyd.inertia_),
        "iterations": int(lloyd.n_iter_),
        "least": float(KMeans(clusters, n_init=300, random_state=1, tol=0).fit(rows).inertia_),
    }


def all_k_means() -> list[dict[str, Any]]:
    even = clustered_rows(90, 2, 5, 0.7)
    apart = clustered_rows(60, 4, 3, 0.3)
    far = np.concatenate([apart[:3], np.full((1, 4), 50.0)])  # the last centre gets no rows
    return [
        k_means(even, 5, 300, even[:5]),
        k_means(even, 5, 2, even[10:15] + 0.5),
        k_means(apart, 4, 300, far),
        k_means(apart, 1, 300, apart[:1]),
    ]


def mutual_information() -> dict[str, Any]:
    generator = random.Random(5)
    factors = np.array([[generator.randrange(4), generator.randrange(3) - 1, 6] for _ in range(150)])
    codes = np.array([
        [round(f[0] + generator.gauss(0, 0.4), 2), round(f[1] - 0.5 * f[0] + generator.gauss(0, 0.3), 2),
         round(generator.gauss(0, 1), 2), 2.5] for f in factors
    ])
    bins = np.array([np.digitize(code, np.histogram(code, 20)[1][:-1]) for code in codes.T])
    information = np.array([[metrics.mutual_info_score(f, b) for f in factors.T] for b in bins])
    entropies = np.array([metrics.mutual_info_score(f, f) for f in factors[:, :2].T])
    ordered = np.sort(information[:, :2], axis=0)[::-1]
    gaps = (ordered[0] - ordered[1]) / entropies
    return {
        "codes": codes.tolist(),
        "factors": factors.tolist(),
        "information": information.tolist(),
        "gaps": gaps.tolist(),
        "mig": float(gaps.mean()),
    }


def main() -> None:
    golden = {
        "made_with": {
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
            "scikit-dimension": skdim.__version__,
        },
        "assignments": assignments(),
        "labelings": labelings(),
        "spaces": spaces(),
        "k_means": all_k_means(),
        "mutual_information": mutual_information(),
    }
    text = json.dumps(golden, separators=(",", ":")).replace("],[", "],\n[").replace(',"', ',\n"')
    (Path(__file__).resolve().parent / "latent_figures.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
