"""Makes every file operation of saving a checkpoint fail in turn, and kills the process at each in turn.

An earlier checkpoint exists. Whatever happens while the next one is written, the earlier one loads, and the resumed run
is bit-identical to an undisturbed one. Needs the standard library only; AE_BIN_DIR and AE_FAULTS name what to run.
"""
import argparse
import collections
import os
import pathlib
import shutil
import tempfile
import time

import small_run
from small_run import check

FAULTS = pathlib.Path(os.environ.get("AE_FAULTS", small_run.ROOT / "build" / "tests" / "libae_faults.so"))


def trial(place, base, whole, mode, at):
    """Runs one trial. Returns the operation that failed, or None if there were fewer."""
    run = place.folder / "trial"
    shutil.rmtree(run, ignore_errors=True)
    shutil.copytree(base, run, symlinks=True)
    log = place.folder / "log"
    log.unlink(missing_ok=True)
    what = f"{mode} at operation {at}"
    faults = {"MODE": mode, "AT": str(at), "PATH": "trial/checkpoints", "LOG": str(log)}
    environment = {"LD_PRELOAD": str(FAULTS), **{f"AE_FAULTS_{name}": value for name, value in faults.items()}}
    result = place.train(run.name, environment=environment)
    operations = log.read_text().splitlines()
    if len(operations) < at:
        check(result.returncode == 0, f"{what}: nothing failed, but the program did", result)
        return None
    operation, path = operations[at - 1].split(maxsplit=1)
    # Files that could not be removed are harmless, and removed the next time.
    removes = operation == "unlinkat" or (operation == "rename" and path.endswith(".tmp"))
    if mode == "kill":
        check(result.returncode == -9, f"{what}: was not killed", result)
    elif mode == "once":
        # Later attempts succeed.
        check(result.returncode == 0, f"{what} ({operation}): did not end well", result)
    elif not removes:
        check(result.returncode == 3, f"{what} ({operation}): expected exit code 3", result)
        check(result.stderr.startswith("ae-train: ") and result.stderr.count("\n") == 1 and "lost" in result.stderr,
              f"{what} ({operation}): expected one line", result)
    for link in ("last", "best"):
        result = place.encode(run / "checkpoints" / link)
        check(result.returncode == 0, f"{what} ({operation}): {link} does not load", result)
    result = place.train(run.name)
    check(result.returncode == 0, f"{what} ({operation}): cannot be resumed", result)
    check("resuming" in result.stdout or "finished" in result.stdout, f"{what} ({operation}): began anew", result)
    found = small_run.differences(run, whole)
    if removes:  # a finished run is not changed any more
        found = [name for name in found if not name.endswith(".tmp")]
    check(not found, f"{what} ({operation}): other bits in {', '.join(found)}")
    return operation


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stride", type=int, default=3, help="every how many operations are tried; 1 for all")
    parser.add_argument("--out", type=pathlib.Path, help="a JSON file for the result")
    options = parser.parse_args()
    begin = time.monotonic()
    counts = {}
    with tempfile.TemporaryDirectory(prefix="ae-faults-") as folder:
        place = small_run.Workplace(folder)
        whole, base = place.folder / "whole", place.folder / "base"
        result = place.train("whole")
        check(result.returncode == 0, "the whole run failed", result)
        result = place.train("base", "--set", "training.epochs=2")
        check(result.returncode == 0, "the first part failed", result)
        for number, mode in enumerate(["once", "on", "kill"]):
            counts[mode] = collections.Counter()
            at = 1 + number % options.stride
            while operation := trial(place, base, whole, mode, at):
                counts[mode][operation] += 1
                at += options.stride
    seconds = time.monotonic() - begin
    for mode, operations in counts.items():
        check(sum(operations.values()) > 20 / options.stride, f"{mode}: too few operations: {dict(operations)}")
        print(f"{mode}: {sum(operations.values())} trials: {dict(operations)}")
    print(f"all load and resume to the same bits; {seconds:.0f} s")
    if options.out:
        small_run.keep_result(options.out, "fault_test.py", options, {
            "what": "a failure at each file operation of a checkpoint in turn: once, from there on, or the process "
                    "killed; afterwards best and last loaded, and the resumed run ended in the same bits",
            "trials": {mode: dict(operations) for mode, operations in counts.items()}, "seconds": round(seconds)})


if __name__ == "__main__":
    main()
