#!/usr/bin/env python3
"""Writes mixture.json beside this script: Gaussian mixtures by scikit-learn, from given responsibilities.

For developers, with NumPy and scikit-learn installed; tests only read the file.

mixture.json: {"made_with": {package: version}, "fits": [...]}
  fits  "covariance_type": "full" or "diag"; "rows": [N][Z]; "owner": [N] component of each row before the first
        maximisation; "regularization"; "tolerance"; "max_iterations"; "iterations", "converged" of the fit; "weights":
        [K]; "means": [K][Z]; "covariances": [K][Z * Z] or [K][Z]; "log_likelihood": sum over rows; "bic";
        "log_density": [N]
"""

import json
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

PACKAGES = ("numpy", "scikit-learn")


class FromOwners(GaussianMixture):
    """A mixture that starts from the components that rows belong to."""

    def _initialize_parameters(self, rows: np.ndarray, *_args: Any, **_kwargs: Any) -> None:
        self._initialize(rows, np.eye(self.n_components)[self.owner])


def fit(
    covariance_type: str, shape: tuple[int, int], components: int, tolerance: float, iterations: int
) -> dict[str, Any]:
    count, width = shape
    generator = np.random.default_rng(count)
    centres = 3 * generator.normal(size=(components, width))
    mixing = generator.normal(size=(components, width, width)) / np.sqrt(width)
    of_row = np.arange(count) % components
    rows = centres[of_row] + np.einsum("nij,nj->ni", mixing[of_row], generator.normal(size=(count, width)))
    rows = np.round(rows * 256) / 256
    model = FromOwners(components, covariance_type=covariance_type, tol=tolerance, max_iter=iterations)
    # Partly wrong, so that several iterations are needed.
    model.owner = np.where(generator.random(count) < 0.4, generator.integers(components, size=count), of_row)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows)
    return {
        "covariance_type": covariance_type,
        "rows": rows.tolist(),
        "owner": model.owner.tolist(),
        "regularization": model.reg_covar,
        "tolerance": tolerance,
        "max_iterations": iterations,
        "iterations": model.n_iter_,
        "converged": bool(model.converged_),
        "weights": model.weights_.tolist(),
        "means": model.means_.tolist(),
        "covariances": model.covariances_.reshape(components, -1).tolist(),
        "log_likelihood": model.score(rows) * count,
        "bic": model.bic(rows),
        "log_density": model.score_samples(rows).tolist(),
    }


if __name__ == "__main__":
    data = {
        "made_with": {package: version(package) for package in PACKAGES},
        "fits": [
            fit("full", (120, 3), 3, 1e-3, 100),
            fit("full", (90, 2), 4, 1e-6, 6),
            fit("full", (40, 5), 1, 1e-3, 100),
            fit("diag", (150, 4), 3, 1e-4, 200),
            fit("diag", (30, 6), 2, 1e-3, 100),
        ],
    }
    Path(__file__).with_name("mixture.json").write_text(json.dumps(data, separators=(",", ":")) + "\n")
