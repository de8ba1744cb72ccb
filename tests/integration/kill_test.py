"""Kills runs at random moments, resumes them, and compares their results with those of undisturbed runs.

Each trial is a run that is killed (kill -9) one to four times: at any moment, while a checkpoint is written, or while
results are written. Needs the standard library only; AE_BIN_DIR names the folder of the programs.
"""
import argparse
import collections
import pathlib
import random
import shutil
import tempfile
import time

import small_run
from small_run import check

EPOCHS = 12
INTERVALS = ["1u", "2u", "3u", "5u", "1e"]


def names_in(folder):
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []


def is_writing(run, where):
    """Returns True if a temporary file or folder exists there."""
    return any(name.endswith(".tmp") for name in names_in(run / where))


def wait_to_kill(process, run, moment, longest):
    """Waits for the moment. Returns its name, "any" if it did not occur, or None if the process ended before."""
    end = time.monotonic() + (random.uniform(0, longest) if moment == "any" else longest)
    after = random.uniform(0, longest / 2)  # not always the first checkpoint
    begin = time.monotonic()
    while time.monotonic() < end and process.poll() is None:
        if moment == "checkpoint" and time.monotonic() - begin > after and is_writing(run, "checkpoints"):
            return moment
        if moment == "results" and (names_in(run / "latents") or names_in(run / "samples")):
            return moment
        time.sleep(0.0005)
    return "any" if process.poll() is None else None


def trial(place, run, whole, longest, moments):
    for _ in range(random.randint(1, 4)):
        moment = random.choices(["any", "checkpoint", "results"], weights=[4, 4, 1])[0]
        process = place.start(run.name)
        came = wait_to_kill(process, run, moment, longest)
        writing = is_writing(run, "checkpoints")
        process.kill()
        result = small_run.ended(process)
        if came is None:
            check(result.returncode == 0, "a run that was left alone failed", result)
            continue
        moments[came] += 1
        moments["while a checkpoint was written"] += writing
    result = place.train(run.name)
    check(result.returncode == 0, "a killed run cannot be resumed", result)
    return small_run.differences(run, whole)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10, help="how many runs are killed")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--out", type=pathlib.Path, help="a JSON file for the result")
    options = parser.parse_args()
    random.seed(options.seed)
    begin = time.monotonic()
    moments = collections.Counter()
    done = different = 0
    with tempfile.TemporaryDirectory(prefix="ae-kills-") as folder:
        places = []
        for interval in INTERVALS[:max(1, min(len(INTERVALS), options.trials // 2))]:
            (pathlib.Path(folder) / interval).mkdir()
            place = small_run.Workplace(pathlib.Path(folder) / interval, epochs=EPOCHS, checkpoint_every=interval)
            started = time.monotonic()
            result = place.train("whole")
            check(result.returncode == 0, "the whole run failed", result)
            places.append((place, time.monotonic() - started))
        while done < options.trials:
            place, longest = places[done % len(places)]
            run = place.folder / "trial"
            shutil.rmtree(run, ignore_errors=True)
            before = sum(moments.values())
            found = trial(place, run, place.folder / "whole", longest, moments)
            if sum(moments.values()) == before:
                continue  # was always too late
            done += 1
            different += bool(found)
            if done % 20 == 0:
                print(f"{done} runs, {different} differ", flush=True)
            if found:
                print(f"trial {done}: other bits in {', '.join(found)}", flush=True)
    seconds = time.monotonic() - begin
    kills = sum(moments[moment] for moment in ("any", "checkpoint", "results"))
    print(f"{done - different} of {done} runs, killed {kills} times, end in the same bits; {dict(moments)}; {seconds:.0f} s")
    if options.out:
        small_run.keep_result(options.out, "kill_test.py", options, {
            "what": "runs killed (kill -9) and resumed that end in the bits of a run left alone",
            "runs": done, "same": done - different, "kills": kills, "moments": dict(moments), "seconds": round(seconds)})
    check(not different, f"{different} runs differ")


if __name__ == "__main__":
    main()
