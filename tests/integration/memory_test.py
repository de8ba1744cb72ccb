"""Limits the programs' memory: enough for training is enough for all of them, and too little ends with one line.

Uses a small run, and a VAE of 3 x 512 x 512 images in batches of two, whose results and pictures have many images.
Limits of the address space are in MB above what the program needs for --version: with less than that the loader or
LibTorch's initialisers end it before main(). Needs the standard library only; AE_BIN_DIR names the programs' folder.
"""
import argparse
import collections
import functools
import json
import math
import os
import pathlib
import random
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import threading

import small_run
from small_run import check, until

SMALL_MB = 250  # enough for every command on the small run
LARGE_MB = 1100  # enough for every command on the large images
PEAK_FACTOR, PEAK_MARGIN_MB = 1.25, 200  # resident memory of other commands, relative to training
# Mostly too little; a sweep ends when two consecutive limits suffice.
SMALL_BOUNDS_MB = list(range(4, SMALL_MB, 10))
LARGE_BOUNDS_MB = [12, 28, 60, 120, 240, 380, 415, 520]
SECONDS = 120  # time limit of every program
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "2"}

IMAGES, HELD_OUT, SHAPE = 40, 8, (3, 512, 512)
LARGE_CONFIG = {
    "name": "large",
    "data": {"train": {"path": "images.npy"}, "validation": {"last": HELD_OUT}},
    "model": {"kind": "vae", "encoder": {"type": "conv", "channels": [8, 8, 8], "hidden": [16]}, "latent_dim": 2},
    "training": {"epochs": 1, "batch_size": 2, "threads": 2},
}
TRAIN = ["ae-train", "--config", "config.json", "--resume", "--run-dir"]

Result = collections.namedtuple("Result", "returncode stdout stderr peak_mb")


def started(folder, command, bound_mb=None, **streams):
    limit = resource.RLIM_INFINITY if bound_mb is None else bound_mb << 20
    return subprocess.Popen([small_run.BIN / command[0], *command[1:]], cwd=folder, env=ENVIRONMENT, **streams,
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))


def waited_for(process):
    """Waits for the program, with SIGKILL at the time limit. Returns its peak resident memory in MB."""
    timer = threading.Timer(SECONDS, os.kill, [process.pid, signal.SIGKILL])
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss >> 10


def run(folder, command, bound_mb=None):
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = started(folder, command, bound_mb, stdout=out, stderr=err)
        peak = waited_for(process)
        out.seek(0)
        err.seek(0)
        return Result(process.returncode, out.read(), err.read(), peak)


@functools.cache
def least_mb(program):
    """Smallest limit with which a program reaches main()."""
    low, high = 0, 4096
    while high - low > 2:
        middle = (low + high) // 2
        low, high = (low, middle) if run(None, [program, "--version"], middle).returncode == 0 else (middle, high)
    check(high < 4096, f"{program} --version fails in 4 GB; an address sanitizer's programs cannot be tried")
    return high


def fault_in(result, folder, program):
    """Description of wrong behaviour of a program with too little memory, if any."""
    lines = result.stderr.splitlines()
    if result.returncode not in (0, 3):
        killed = result.returncode == -signal.SIGKILL
        return f"hangs for {SECONDS} s" if killed else f"exit code {result.returncode}: {' | '.join(lines)}"
    if result.returncode == 3 and (len(lines) != 1 or not lines[0].startswith(f"{program}: ")):
        return f"not one line: {' | '.join(lines)}"
    left = list(folder.rglob("*.tmp"))
    for path in left:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return f"leaves {', '.join(str(path.relative_to(folder)) for path in left)}" if left else None


def sweep(folder, command, bounds_mb, after=lambda result: None):
    """Runs a command under each limit, until two consecutive ones suffice."""
    program = command[0]
    found = []
    sufficed = 0
    for bound in bounds_mb:
        result = run(folder, command, least_mb(program) + bound)
        fault = fault_in(result, folder, program) or after(result)
        found += [f"{bound} MB above {least_mb(program)}: {fault}"] if fault else []
        sufficed = 0 if result.returncode else sufficed + 1
        if sufficed == 2:
            break
    check(not found, "\n".join(found))


def sweep_outputs(folder, command, bounds_mb, names):
    """sweep() for a program that writes files: all of them, or none."""
    def taken_away():
        there = [name for name in names if (folder / name).exists()]
        for name in there:
            (folder / name).unlink()
        return there

    def after(result):
        there = taken_away()
        wanted = [] if result.returncode else names
        return f"exit code {result.returncode}, and files: {', '.join(there)}" if there != wanted else None
    taken_away()
    sweep(folder, command, bounds_mb, after)


def sweep_small_training(place, whole, bounds_mb):
    """Resumes each failed run, which must then equal any other."""
    trial = place.folder / "trial"

    def after(result):
        resumed = run(place.folder, [*TRAIN, "trial"])
        found = small_run.differences(trial, whole) if resumed.returncode == 0 else [f"nothing: {resumed.stderr}"]
        if result.returncode == 0:
            found += [] if "finished" in resumed.stdout else ["a run that was not finished"]
        shutil.rmtree(trial, ignore_errors=True)
        return f"resumed to other bits in {', '.join(found)}" if found else None
    sweep(place.folder, [*TRAIN, "trial"], bounds_mb, after)


def suffices(folder, command, bound_mb, peak_mb=math.inf):
    """Checks that a command succeeds under a limit, with at most the stated resident memory."""
    result = run(folder, command, least_mb(command[0]) + bound_mb)
    check(result.returncode == 0, f"exit code {result.returncode} under {least_mb(command[0])} + {bound_mb} MB", result)
    check(result.peak_mb <= peak_mb, f"takes {result.peak_mb} MB at its peak; expected at most {peak_mb:.0f}")


def write_images(path):
    """Stripes that differ from image to image."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {(IMAGES, *SHAPE)}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    values = SHAPE[0] * SHAPE[1] * SHAPE[2]
    noise = random.Random(1).randbytes(4096)
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        for image in range(IMAGES):
            part = noise[:97 + image]
            file.write((part * (values // len(part) + 1))[:values])


def peak_of_training(folder):
    """Peak of an epoch with validation, without results. Leaves a run with a checkpoint."""
    process = started(folder, [*TRAIN, "trained", "--set", "training.epochs=1000", "--set",
                               "training.checkpoint_every=1e"], stdout=subprocess.DEVNULL)
    try:
        until((folder / "trained" / "checkpoints" / "last").exists, "an epoch of large images", SECONDS)
    finally:
        process.terminate()
        peak = waited_for(process)
    check(process.returncode == 128 + signal.SIGTERM, f"training ended with exit code {process.returncode}")
    return peak


def uses_of(data):
    """Pairs of a command on the run "trained" and the files that it writes."""
    return [(["ae-sample", "trained", "--count", "64", "--out", "x.png"], ["x.png"]),
            (["ae-sample", "trained", "--count", "64", "--out", "x.npy"], ["x.npy"]),
            (["ae-encode", "trained", "--data", data, "--out", "z.npy", "--reconstruction", "r.png"],
             ["z.npy", "r.png"]),
            (["ae-eval", "trained"], [])]


def cases_of(folder, data, enough_mb, too_little_mb, peak_mb=math.inf):
    for command, names in uses_of(data):
        what = " ".join([command[0], *names])
        yield f"{what}: enough", functools.partial(suffices, folder, command, enough_mb, peak_mb)
        yield f"{what}: too little", functools.partial(sweep_outputs, folder, command, too_little_mb, names)


def small_cases(folder, step_mb):
    bounds_mb = range(step_mb, SMALL_MB, step_mb) if step_mb else SMALL_BOUNDS_MB
    place = small_run.Workplace(folder)
    result = place.train("trained")
    check(result.returncode == 0, "the small run failed", result)
    yield "training: enough", functools.partial(suffices, folder, [*TRAIN, "other"], SMALL_MB)
    yield "training: too little", functools.partial(sweep_small_training, place, folder / "trained", bounds_mb)
    yield from cases_of(folder, "points.csv", SMALL_MB, bounds_mb)


def large_cases(folder, step_mb):
    bounds_mb = range(step_mb, LARGE_MB, step_mb) if step_mb else LARGE_BOUNDS_MB
    write_images(folder / "images.npy")
    (folder / "config.json").write_text(json.dumps(LARGE_CONFIG))
    training_mb = peak_of_training(folder)
    peak_mb = PEAK_FACTOR * training_mb + PEAK_MARGIN_MB
    print(f"training on large images takes {training_mb} MB; all else may take {peak_mb:.0f} MB", flush=True)
    yield "training and results: enough", functools.partial(suffices, folder, [*TRAIN, "whole"], LARGE_MB, peak_mb)
    yield "training: too little", functools.partial(sweep, folder, [*TRAIN, "trial"], bounds_mb)
    yield from cases_of(folder, "images.npy", LARGE_MB, bounds_mb, peak_mb)


def quick_place():
    """A tmpfs with enough space for a gigabyte of output, else the default temporary folder."""
    memory = pathlib.Path("/dev/shm")
    has_room = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 << 30
    return memory if has_room else None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    small_run.add_case_options(parser)
    parser.add_argument("--step", type=int, help="MB between the bounds that are too small, for a long search")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=quick_place(), prefix="ae-memory-") as name:
        cases = []
        for kind, make in (("small", small_cases), ("large", large_cases)):
            folder = pathlib.Path(name) / kind
            folder.mkdir()
            cases += [(f"{kind}: {what}", case) for what, case in make(folder, options.step)]
        small_run.run_cases(cases, options)


if __name__ == "__main__":
    main()
