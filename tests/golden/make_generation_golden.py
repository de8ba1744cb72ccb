#!/usr/bin/env python3
"""Writes generation.json beside this script: figures of generated rows and of sparse codes by SciPy and NumPy.

For developers, with NumPy and SciPy installed; tests only read the file.

generation.json: {"made_with": {package: version}, "frechet": [...], "intervals": {...}, "paths": [...],
                  "dictionaries": [...], "variance_explained": [...], "ppca": {...}}
  frechet             "a": [N][D], "b": [M][D]; "distance" by scipy.linalg.sqrtm of their covariances (over N - 1)
  intervals           "share", "normal", "laplace": upper ends of scipy.stats' central intervals; "rates": [R], "counts":
                      [C]; "poisson": [R][C] 1 where a count lies within scipy.stats.poisson.interval(share, rate)
  paths               "points": [S][D]; "length_ratio", "step_ratio"
  dictionaries        "atoms": [Z][D], "directions": [K][D]; "mean_correlation" by SciPy's linear_sum_assignment and
                      "uniqueness", as SAELens 6.54 defines them in synthetic/evals.py
  variance_explained  "rows", "decoded": [N][D], null where a value is missing; "value"
  ppca                a linear Gaussian VAE at its optimum: "rows": [N][D]; "mean": [D]; "components": [K][D];
                      "variances": [K]; "noise_variance"; "rate", "distortion": means over rows, in closed form
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats
from scipy.linalg import sqrtm
from scipy.optimize import linear_sum_assignment

PACKAGES = ("numpy", "scipy")


def rounded(values: np.ndarray) -> np.ndarray:
    return np.round(values * 64) / 64


def frechet(n: int, m: int, features: int) -> dict[str, Any]:
    generator = np.random.default_rng(n)
    a = rounded(generator.normal(size=(n, features)) @ generator.normal(size=(features, features)))
    b = rounded(generator.normal(size=(m, features)) * 2 + 1)
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    means = np.sum((a.mean(0) - b.mean(0)) ** 2)
    distance = means + np.trace(first + second - 2 * sqrtm(first @ second).real)
    return {"a": a.tolist(), "b": b.tolist(), "distance": float(distance)}


def intervals(share: float) -> dict[str, Any]:
    rates = [0.01, 0.5, 1, 3.7, 20, 400]
    counts = [0, 1, 2, 3, 4, 5, 7, 9, 12, 16, 20, 24, 28, 31, 360, 381, 400, 420, 440]
    within = []
    for rate in rates:
        low, high = stats.poisson.interval(share, rate)
        within.append([int(low <= count <= high) for count in counts])
    return {
        "share": share,
        "normal": float(stats.norm.interval(share)[1]),
        "laplace": float(stats.laplace.interval(share)[1]),
        "rates": rates,
        "counts": counts,
        "poisson": within,
    }


def path(steps: int, features: int) -> dict[str, Any]:
    points = rounded(np.cumsum(np.random.default_rng(steps).normal(size=(steps, features)) + 0.5, axis=0))
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return {
        "points": points.tolist(),
        "length_ratio": float(lengths.sum() / np.linalg.norm(points[-1] - points[0])),
        "step_ratio": float(lengths.max() / lengths.mean()),
    }


def dictionary(atoms: int, directions: int, features: int) -> dict[str, Any]:
    generator = np.random.default_rng(atoms)
    truth = rounded(generator.normal(size=(directions, features)))
    found = rounded(truth[generator.integers(0, directions, atoms)] * generator.choice([-2, 1], (atoms, 1)) +
                    0.4 * generator.normal(size=(atoms, features)))
    found[-1] = 0
    unit = [x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-8) for x in (found, truth)]
    cosines = np.abs(unit[0] @ unit[1].T)
    matched = linear_sum_assignment(1 - cosines)
    return {
        "atoms": found.tolist(),
        "directions": truth.tolist(),
        "mean_correlation": float(cosines[matched].mean()),
        "uniqueness": len(np.unique(cosines.argmax(axis=1))) / atoms,
    }


def variance_explained(rows: int, features: int, has_gaps: bool) -> dict[str, Any]:
    generator = np.random.default_rng(rows + has_gaps)
    x = rounded(generator.normal(size=(rows, features)) + 5)
    decoded = rounded(x + 0.5 * generator.normal(size=x.shape))
    if has_gaps:
        x[generator.random(x.shape) < 0.2] = np.nan
    value = 1 - np.nansum((x - decoded) ** 2) / np.nansum((x - np.nanmean(x, axis=0)) ** 2)
    listed = [[None if np.isnan(value) else value for value in row] for row in x.tolist()]
    return {"rows": listed, "decoded": decoded.tolist(), "value": float(value)}


def ppca(rows: int, features: int, components: int) -> dict[str, Any]:
    generator = np.random.default_rng(rows)
    hidden = generator.normal(size=(rows, components)) * [3, 2][:components]
    x = rounded(hidden @ generator.normal(size=(components, features)) + generator.normal(size=(rows, features)) + 1)
    values, vectors = np.linalg.eigh(np.cov(x, rowvar=False))
    order = np.argsort(values)[::-1]
    variances, directions = values[order[:components]], vectors[:, order[:components]].T
    noise = values[order[components:]].mean()
    # Tipping & Bishop 1999: posterior N(scale / variance · U (x - mean), noise / variance), diagonal.
    scale = np.sqrt(variances - noise)
    centred = x - x.mean(0)
    means = centred @ directions.T * scale / variances
    posterior = noise / variances
    rate = 0.5 * np.sum(means**2 + posterior - 1 - np.log(posterior), axis=1)
    residual = np.sum((centred - (means * scale) @ directions) ** 2, axis=1) + np.sum(scale**2 * posterior)
    distortion = residual / (2 * noise) + features / 2 * np.log(2 * np.pi * noise)
    return {
        "rows": x.tolist(),
        "mean": x.mean(0).tolist(),
        "components": directions.tolist(),
        "variances": variances.tolist(),
        "noise_variance": float(noise),
        "rate": float(rate.mean()),
        "distortion": float(distortion.mean()),
    }


def main() -> None:
    golden = {
        "made_with": {package: version(package) for package in PACKAGES},
        "frechet": [frechet(20, 30, 3), frechet(40, 25, 6)],
        "intervals": [intervals(0.5), intervals(0.9)],
        "paths": [path(16, 3), path(2, 4), path(9, 1)],
        "dictionaries": [dictionary(7, 7, 5), dictionary(12, 5, 8), dictionary(4, 9, 6)],
        "variance_explained": [variance_explained(20, 4, False), variance_explained(15, 3, True)],
        "ppca": ppca(40, 5, 2),
    }
    file = Path(__file__).with_name("generation.json")
    file.write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
