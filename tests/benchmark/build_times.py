#!/usr/bin/env python3
"""Processor time of a full build, and the time of a change of one source with the run of its tests.

Builds the release preset's tree from nothing in a temporary folder, ccache off: the programs, then the rest, which is
tests; with --base COMMIT that commit first, in the same way. Then changes src/models/latent.cpp, builds and runs the
unit tests of src/models. Needs what scripts/setup.sh installs.
"""

import argparse
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from measuring import ROOT, machine, write_result

CHANGED = "src/models/latent.cpp"


def timed(command: list[str], folder: Path) -> dict[str, float]:
    """Seconds of a command, on the clock and of the processor."""
    def cpu() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    begin, cpu_begin = time.monotonic(), cpu()
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                            env={**os.environ, "CCACHE_DISABLE": "1"})
    if result.returncode != 0:
        raise SystemExit(f"build_times.py: {command[0]} failed: {result.stdout[-2000:]}{result.stderr[-2000:]}")
    return {"seconds": round(time.monotonic() - begin), "cpu_seconds": round(cpu() - cpu_begin)}


def built(commit: str, folder: Path) -> dict[str, dict[str, float]]:
    timed(["git", "clone", "--quiet", str(ROOT), str(folder)], ROOT)
    timed(["git", "checkout", "--quiet", "--detach", commit], folder)
    if (ROOT / ".venv").is_dir():
        (folder / ".venv").symlink_to(ROOT / ".venv")
    timed(["cmake", "--preset", "release"], folder)
    times = {"programs": timed(["cmake", "--build", "build", "--target", "programs"], folder),
             "tests": timed(["cmake", "--build", "build"], folder)}
    for what, figures in times.items():
        print(f"{commit[:12]} {what}: {figures['cpu_seconds']} CPU seconds, {figures['seconds']} s", flush=True)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", metavar="COMMIT", help="also build this commit, to compare")
    parser.add_argument("--out", type=Path, default=ROOT / "tests/benchmark/results/build_times.json", metavar="FILE")
    args = parser.parse_args()
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True,
                          check=True).stdout.strip()
    result = {"what": "seconds to build and test, ccache off", "command": "python tests/benchmark/build_times.py",
              **machine()}
    with tempfile.TemporaryDirectory(prefix="build_times_") as name:
        if args.base:
            result["base"] = {"commit": args.base, **built(args.base, Path(name) / "base")}
        tree = Path(name) / "ae"
        result["build"] = built(head, tree)
        with open(tree / CHANGED, "a") as file:
            file.write("// changed\n")
        change = timed(["cmake", "--build", "build", "--target", "unit_models"], tree)["seconds"]
        change += timed(["ctest", "--test-dir", "build", "-R", "^unit_models$"], tree)["seconds"]
    print(f"{CHANGED} changed, built and its tests run: {change:.0f} s")
    result["full_build"] = sum(figures["seconds"] for figures in result["build"].values())
    write_result(args.out, {**result, "one_source_and_its_tests": change})


if __name__ == "__main__":
    main()
