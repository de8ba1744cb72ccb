#!/usr/bin/env python3
"""Measures the time of a full build, and of an incremental build after one changed source with its unit tests.

Builds the release preset from scratch in a temporary folder, ccache off; then changes src/models/latent.cpp,
builds and runs the unit tests of src/models. Needs what scripts/setup.sh installs.
"""

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

from measuring import ROOT, machine, write_result

CHANGED = "src/models/latent.cpp"


def timed(command: list[str], folder: Path) -> float:
    begin = time.monotonic()
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                            env={**os.environ, "CCACHE_DISABLE": "1"})
    if result.returncode != 0:
        raise SystemExit(f"build_times.py: {command[0]} failed: {result.stdout[-2000:]}{result.stderr[-2000:]}")
    return time.monotonic() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "tests/benchmark/results/build_times.json", metavar="FILE")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="build_times_") as name:
        tree = Path(name) / "ae"
        timed(["git", "clone", "--quiet", str(ROOT), str(tree)], ROOT)
        if (ROOT / ".venv").is_dir():
            (tree / ".venv").symlink_to(ROOT / ".venv")
        full = timed(["cmake", "--preset", "release"], tree) + timed(["cmake", "--build", "build"], tree)
        print(f"full build: {full:.0f} s", flush=True)
        with open(tree / CHANGED, "a") as file:
            file.write("// changed\n")
        change = timed(["cmake", "--build", "build", "--target", "unit_models"], tree)
        change += timed(["ctest", "--test-dir", "build", "-R", "^unit_models$"], tree)
    print(f"{CHANGED} changed, built and its tests run: {change:.0f} s")
    write_result(args.out, {"what": "seconds to build and test, ccache off",
                            "command": "python tests/benchmark/build_times.py", **machine(), "full_build": full,
                            "one_source_and_its_tests": change})


if __name__ == "__main__":
    main()
