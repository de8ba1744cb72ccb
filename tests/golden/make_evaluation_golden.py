#!/usr/bin/env python3
"""Writes evaluation.json beside this script: image quality by scikit-image and torchmetrics, and the likelihood of
probabilistic PCA by scikit-learn.

For developers, with NumPy, scikit-image, scikit-learn and torchmetrics installed; tests only read the file.

evaluation.json: {"made_with": {package: version}, "images": [...], "ppca": {...}}
  images  "shape": [N, C, H, W]; "x", "y": their values, flat; "range"; "psnr", "psnr_by_image": [N]; "ssim": [N] by
          scikit-image, null where the window does not fit; "ssim_reflected": [N] by torchmetrics
  ppca    "rows": [N][D]; "mean": [D]; "components": [K][D]; "variances": [K]; "noise_variance"; "log_likelihood": mean
          over rows, which a linear Gaussian VAE at its optimum has
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from skimage.metrics import structural_similarity
from sklearn.decomposition import PCA
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

PACKAGES = ("numpy", "scikit-image", "scikit-learn", "torchmetrics")


def images(shape: tuple[int, int, int, int], data_range: float) -> dict[str, Any]:
    generator = np.random.default_rng(sum(shape))
    smooth = np.cumsum(np.cumsum(generator.normal(size=shape), axis=2), axis=3)
    x = np.round(data_range * (smooth - smooth.min()) / np.ptp(smooth) * 64) / 64
    y = np.round(np.clip(x + 0.1 * data_range * generator.normal(size=shape), 0, data_range) * 64) / 64
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": data_range}
    fits = min(shape[2:]) >= 11
    tensors = torch.tensor(y, dtype=torch.float64), torch.tensor(x, dtype=torch.float64)
    reflected = structural_similarity_index_measure(*tensors, data_range=data_range, reduction="none")
    return {
        "shape": shape,
        "x": x.flatten().tolist(),
        "y": y.flatten().tolist(),
        "range": data_range,
        "psnr": peak_signal_noise_ratio(*tensors, data_range=data_range).item(),
        "psnr_by_image": peak_signal_noise_ratio(*tensors, data_range=data_range, reduction="none",
                                                 dim=(1, 2, 3)).tolist(),
        "ssim": [structural_similarity(a, b, channel_axis=0, **options) for a, b in zip(x, y)] if fits else None,
        "ssim_reflected": reflected.tolist(),
    }


def ppca(rows: int, features: int, components: int) -> dict[str, Any]:
    generator = np.random.default_rng(rows)
    hidden = generator.normal(size=(rows, components)) * [3, 2][:components]
    x = np.round((hidden @ generator.normal(size=(components, features)) + generator.normal(size=(rows, features)) + 1)
                 * 64) / 64
    pca = PCA(components, svd_solver="full").fit(x)
    return {
        "rows": x.tolist(),
        "mean": pca.mean_.tolist(),
        "components": pca.components_.tolist(),
        "variances": pca.explained_variance_.tolist(),
        "noise_variance": float(pca.noise_variance_),
        "log_likelihood": float(pca.score(x)),
    }


def main() -> None:
    golden = {
        "made_with": {package: version(package) for package in PACKAGES},
        "images": [images((2, 1, 13, 17), 1.0), images((2, 3, 12, 12), 255.0), images((2, 1, 8, 8), 1.0)],
        "ppca": ppca(40, 5, 2),
    }
    Path(__file__).with_name("evaluation.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
