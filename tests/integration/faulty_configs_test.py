#!/usr/bin/env python3
"""Faulty configs, made from configs/*.json: each is refused with exit code 2 and one line that names the fault.

Their data do not exist, so that a program which looked for data first would end with another code. Prints the time of
ae-train relative to a program that links LibTorch and does nothing. `--count 1000 --out FILE` is the long form.
Programs are looked for in AE_BIN_DIR, else in build/bin.
"""

import argparse
import collections
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "benchmark"))

from measuring import machine, read_config, write_result  # noqa: E402
from mutations import Fault, faults  # noqa: E402

PROGRAMS = Path(os.environ.get("AE_BIN_DIR") or ROOT / "build" / "bin")
BARE_EVERY = 5
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "AE_DATA_ROOT"}


def timed(command: list[str], folder: Path) -> tuple[subprocess.CompletedProcess[str], float]:
    start = time.monotonic()
    result = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    return result, time.monotonic() - start


def complaint(fault: Fault, result: subprocess.CompletedProcess[str], folder: Path) -> str:
    """Description of what is wrong with the program's ending, or ""."""
    if result.returncode != 2:
        return f"ended with {result.returncode}"
    if result.stdout:
        return "wrote to standard output"
    if not result.stderr.startswith("ae-train: ") or result.stderr.count("\n") != 1 or not result.stderr.endswith("\n"):
        return "did not write one line"
    if not any(name in result.stderr for name in fault.named):
        return f"does not name one of {fault.named}"
    if [entry.name for entry in folder.iterdir()] != ["c.json"]:
        return "left something behind"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=65, metavar="N", help="faulty configs (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where figures go, as JSON")
    args = parser.parse_args()
    configs = [read_config(path) for path in sorted((ROOT / "configs").glob("*.json"))]
    for config in configs:
        config["data"]["train"]["path"] = "no_such_file.npy"
    extra = []  # seconds in addition to those of a program that does nothing
    seconds, bare_seconds = [], []
    kinds: collections.Counter[str] = collections.Counter()
    complaints = 0
    with tempfile.TemporaryDirectory(prefix="faulty_configs_") as name:
        folder = Path(name)
        for number, fault in enumerate(faults(configs, args.count, args.seed)):
            (folder / "c.json").write_text(fault.text)
            result, took = timed([str(PROGRAMS / "ae-train"), "--config", "c.json"], folder)
            seconds.append(took)
            if number % BARE_EVERY == 0:
                bare_seconds.append(timed([str(PROGRAMS.parent / "tests" / "bare_libtorch")], folder)[1])
                extra.append(1000 * (took - bare_seconds[-1]))
            kinds[fault.kind] += 1
            wrong = complaint(fault, result, folder)
            if wrong:
                complaints += 1
                print(f"{fault.kind}: {wrong}:\n{fault.text[:2000]}\n{result.stderr[:500]}", file=sys.stderr)
    figures = {"configs": args.count, "refused_as_promised": args.count - complaints, "faults": dict(kinds),
               "median_ms": 1000 * statistics.median(seconds),
               "bare_libtorch_median_ms": 1000 * statistics.median(bare_seconds),
               "beyond_bare_median_ms": statistics.median(extra)}
    print(f"{args.count} faulty configs, {complaints} not refused as promised; ae-train took "
          f"{figures['median_ms']:.0f} ms, {figures['beyond_bare_median_ms']:.0f} ms more than a program that does "
          f"nothing (medians)")
    if args.out:
        write_result(args.out, {"what": "faulty configs, made from configs/*.json: exit code 2, one line that names "
                                        "the place, before data are looked for",
                                "command": f"python tests/integration/faulty_configs_test.py --count {args.count} "
                                           f"--seed {args.seed} --out {args.out}", **machine(), **figures})
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
