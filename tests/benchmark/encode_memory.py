#!/usr/bin/env python3
"""Measures the resident memory of ae-encode as a function of the size of the file.

Trains a small model on rows of 784 numbers, then encodes a .npy file of a few rows and one of 2 GB, and compares the
peaks. Needs only Python, and 2.2 GB of disk.
"""

import argparse
import struct
import tempfile
from pathlib import Path

from measuring import ROOT, machine, run, run_child, write_result

BIN = ROOT / "build" / "bin"
WIDTH = 784


def write_npy(path: Path, rows: int) -> None:
    """float32 rows [rows, WIDTH] of a repeating ramp in [0, 1)."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {WIDTH}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    block = struct.pack(f"<{WIDTH}f", *(i / WIDTH for i in range(WIDTH))) * 256
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        for _ in range(rows // 256):
            file.write(block)
        file.write(block[: rows % 256 * WIDTH * 4])


def encode(model: Path, data: Path, out: Path) -> tuple[float, float]:
    """Peak resident memory in MB and seconds of one ae-encode."""
    child = run_child([str(BIN / "ae-encode"), str(model), "--data", str(data), "--out", str(out), "--quiet"])
    return child.peak_mb, child.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "tests/benchmark/results/encode_memory.json",
                        metavar="FILE")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="encode_memory_") as name:
        folder = Path(name)
        small, large = folder / "small.npy", folder / "large.npy"
        rows = 2_000_000_000 // (WIDTH * 4)
        write_npy(small, 256)
        write_npy(large, rows)
        config = folder / "config.json"
        config.write_text('{"data": {"train": {"path": "small.npy"}}, "model": {"encoder": {"type": "mlp", '
                          '"hidden": [400]}, "latent_dim": 20}, "training": {"epochs": 1}}')
        run([str(BIN / "ae-train"), "--config", str(config), "--run-dir", str(folder / "run"), "--quiet"])
        few, _ = encode(folder / "run", small, folder / "codes.npy")
        many, seconds = encode(folder / "run", large, folder / "codes.npy")
        size = large.stat().st_size / 1e9
    print(f"256 rows: {few:.0f} MB at most; {rows:,} rows ({size:.2f} GB): {many:.0f} MB in {seconds:.1f} s; "
          f"added {many - few:.0f} MB")
    write_result(args.out, {"what": "peak resident memory of ae-encode, MB",
                            "command": "python tests/benchmark/encode_memory.py", **machine(), "file_gb": size,
                            "rows": rows, "few_rows_mb": few, "all_rows_mb": many, "added_mb": many - few,
                            "seconds": seconds})


if __name__ == "__main__":
    main()
