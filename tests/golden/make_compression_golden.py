#!/usr/bin/env python3
"""Writes compression.json beside this script: sizes of quantised codes by NumPy, a median filter by SciPy, and JPEG by
Pillow (libjpeg).

For developers, with NumPy, SciPy and Pillow installed; tests only read the file.

compression.json: {"made_with": {package: version}, "codes": {...}, "curve": {...}, "median": [...], "jpeg": [...]}
  codes   "training": [N][Z]; "held_out": [M][Z]; "offset": [Z]; "coded": a list of {"step", "bits": [Z], mean over the
          held-out rows, "escapes": share of values, "squared_error": of rounding, summed}
  curve   "bits", "mse": points; "at": bits, with "mse_at" by linear interpolation of log MSE
  median  "shape": [N, C, H, W]; "images", "filtered": their values, flat
  jpeg    "shape": [H, W, C]; "pixels": bytes, flat; "coded": a list of {"quality", "bits": of the entropy-coded data,
          "mse": of the decoded bytes}
"""

import json
import math
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.ndimage import median_filter

PACKAGES = ("numpy", "scipy", "pillow")


def elias_gamma_bits(index: int) -> int:
    m = 2 * index + 1 if index >= 0 else -2 * index
    return 2 * (m.bit_length() - 1) + 1


def latent_bits(training: np.ndarray, held_out: np.ndarray) -> tuple[float, int]:
    """Bits of one latent's indices, mean over held-out rows, and the number of those that training rows lack."""
    values, counts = np.unique(training, return_counts=True)
    times = dict(zip(values.tolist(), counts.tolist()))
    bits = []
    for index in held_out.tolist():
        known = math.log2((len(training) + 1) / times[index]) if index in times else None
        bits.append(known if known is not None else math.log2(len(training) + 1) + elias_gamma_bits(index))
    return float(np.mean(bits)), sum(index not in times for index in held_out.tolist())


def codes(training_rows: int, held_out_rows: int) -> dict[str, Any]:
    generator = np.random.default_rng(5)
    scales = np.array([3.0, 1.0, 0.25, 0.001])
    # Multiples of 1/64, so that steps of powers of two have ties.
    rows = np.round(generator.normal(size=(training_rows + held_out_rows, 4)) * scales * 64) / 64
    sparse = np.where(generator.random(len(rows)) < 0.2, np.abs(rows[:, 0]), 0)
    rows = np.column_stack([rows, sparse])
    training, held_out = rows[:training_rows], rows[training_rows:]
    offset = np.append(np.round(training[:, :4].mean(0) * 64) / 64, 0)
    coded = []
    for step in (2.0, 0.5, 0.125, 0.07):
        index = [np.rint((part - offset) / step).astype(int) for part in (training, held_out)]
        sizes = [latent_bits(index[0][:, j], index[1][:, j]) for j in range(rows.shape[1])]
        coded.append({
            "step": step,
            "bits": [bits for bits, _ in sizes],
            "escapes": sum(count for _, count in sizes) / held_out.size,
            "squared_error": float(((offset + step * index[1] - held_out)**2).sum()),
        })
    return {"training": training.tolist(), "held_out": held_out.tolist(), "offset": offset.tolist(), "coded": coded}


def curve() -> dict[str, Any]:
    bits, mse = [0.5, 3.0, 8.0, 21.0], [0.3, 0.1, 0.02, 0.015]
    at = [0.5, 1.0, 3.0, 7.5, 20.0]
    return {"bits": bits, "mse": mse, "at": at, "mse_at": np.exp(np.interp(at, bits, np.log(mse))).tolist()}


def median(shape: tuple[int, int, int, int]) -> dict[str, Any]:
    images = np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)
    filtered = [[median_filter(channel, size=3) for channel in image] for image in images]
    return {"shape": shape, "images": images.flatten().tolist(), "filtered": np.array(filtered).flatten().tolist()}


def entropy_coded_bits(file: bytes) -> int:
    place = 2
    while True:
        marker, length = file[place + 1], int.from_bytes(file[place + 2:place + 4], "big")
        place += 2 + length
        if marker == 0xDA:
            return 8 * (len(file) - 2 - place)


def jpeg(height: int, width: int, channels: int) -> dict[str, Any]:
    generator = np.random.default_rng(channels)
    smooth = np.cumsum(np.cumsum(generator.normal(size=(height, width, channels)), axis=0), axis=1)
    image = smooth.mean(2, keepdims=True) + 0.3 * smooth
    pixels = np.round(255 * (image - image.min()) / np.ptp(image)).astype(np.uint8)
    coded = []
    for quality in (10, 50, 85):
        file = BytesIO()
        Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(file, "JPEG", quality=quality)
        decoded = np.asarray(Image.open(file)).reshape(pixels.shape).astype(float)
        coded.append({
            "quality": quality,
            "bits": entropy_coded_bits(file.getvalue()),
            "mse": float(((decoded - pixels)**2).mean()),
        })
    return {"shape": pixels.shape, "pixels": pixels.flatten().tolist(), "coded": coded}


def main() -> None:
    golden = {
        "made_with": {package: version(package) for package in PACKAGES},
        "codes": codes(60, 40),
        "curve": curve(),
        "median": [median((2, 1, 7, 9)), median((1, 3, 5, 4)), median((1, 1, 2, 2))],
        "jpeg": [jpeg(48, 48, 1), jpeg(32, 48, 3)],
    }
    Path(__file__).with_name("compression.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
