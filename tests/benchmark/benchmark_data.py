"""The data of the speed benchmark, gathered in one folder that ae-train and the peers look into."""

import array
import random
import struct
import subprocess
import sys
from operator import mul
from pathlib import Path

from measuring import ROOT

ACTIVATION_ROWS, ACTIVATION_WIDTH, ACTIVATION_RANK = 16384, 512, 16
ACTIVATION_NOISE = 0.3


def say(text: str) -> None:
    print(f"speed.py: {text}", flush=True)


def write_npy(path: Path, dtype: str, shape: tuple[int, ...], values: bytes) -> None:
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape!r}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values)
    temporary.replace(path)


def make_activations(path: Path) -> None:
    """Rows of low rank plus noise, as activations of a network roughly are: values of variance near 1."""
    say(f"making {ACTIVATION_ROWS:,} activations of {ACTIVATION_WIDTH} values, once: some 15 seconds")
    draw = random.Random(1)
    scale = ACTIVATION_RANK**-0.5
    columns = [[draw.gauss(0, scale) for _ in range(ACTIVATION_RANK)] for _ in range(ACTIVATION_WIDTH)]
    values = array.array("f")
    for _ in range(ACTIVATION_ROWS):
        code = [draw.gauss(0, 1) for _ in range(ACTIVATION_RANK)]
        values.extend(sum(map(mul, code, column)) + draw.gauss(0, ACTIVATION_NOISE) for column in columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_npy(path, "<f4", (ACTIVATION_ROWS, ACTIVATION_WIDTH), values.tobytes())
