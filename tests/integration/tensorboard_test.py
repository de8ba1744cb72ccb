"""TensorBoard's own reader finds each event of a run once, also of one that was stopped and resumed.

Needs the package tensorboard, of the interpreter that AE_TENSORBOARD_PYTHON names, else of this one. Without it the
test is skipped (exit code 77).
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import small_run
from small_run import check

PYTHON = os.environ.get("AE_TENSORBOARD_PYTHON", sys.executable)
READER = pathlib.Path(__file__).with_name("tensorboard_reader.py")
SKIPPED = 77


def read(run):
    result = subprocess.run([PYTHON, READER, run], capture_output=True, text=True)
    check(result.returncode == 0, f"{run}: cannot be read by TensorBoard", result)
    return json.loads(result.stdout)


def lines(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def check_scalars(run, scalars):
    """Each number of metrics.jsonl is a scalar at its step."""
    expected = {}
    for line in lines(run):
        for name, value in line.items():
            if name not in ("step", "split", "epoch") and isinstance(value, (int, float)):
                expected.setdefault(f"{line['split']}/{name}", []).append((line["step"], value))
    for tag, points in expected.items():
        check(tag in scalars, f"{run.name}: no scalar {tag}")
        found = list(zip(scalars[tag]["steps"], scalars[tag]["values"]))
        same = len(found) == len(points) and all(
            step == at and abs(value - wanted) <= 1e-5 * abs(wanted) for (step, value), (at, wanted) in zip(found, points))
        check(same, f"{run.name}: {tag}: {found}, and metrics.jsonl has {points}")


def check_run(run):
    events = read(run)
    check_scalars(run, events["scalars"])
    last = lines(run)[-1]["step"]
    for kind in ("histograms", "images"):
        for tag, series in events[kind].items():
            steps = series["steps"]
            check(steps == sorted(set(steps)), f"{run.name}: {tag} is there twice: {steps}")
            check(steps[-1] == last, f"{run.name}: {tag} ends at step {steps[-1]}, and training at {last}")
    check("codes" in events["histograms"], f"{run.name}: no histogram of codes")
    check(any(tag.startswith("weights/") for tag in events["histograms"]), f"{run.name}: no histogram of weights")
    check("model.latent_dim" in events["hparams"]["hparams"], f"{run.name}: no hyperparameters")
    check(events["hparams"]["status"] == 1, f"{run.name}: not marked as finished")
    return events


def main():
    if subprocess.run([PYTHON, "-c", "import tensorboard"], capture_output=True).returncode != 0:
        print(f"skipped: {PYTHON} has no package tensorboard")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory(prefix="ae-tensorboard-") as folder:
        place = small_run.Workplace(pathlib.Path(folder))
        for run, epochs in [("whole", []), ("resumed", ["--set", "training.epochs=2"]), ("resumed", ["--resume"])]:
            result = place.train(run, *epochs)
            check(result.returncode == 0, f"{run}: training failed", result)
        whole, resumed = check_run(place.folder / "whole"), check_run(place.folder / "resumed")
        for kind in ("scalars", "images", "histograms"):
            check(whole[kind].keys() == resumed[kind].keys(), f"a resumed run has other {kind}")
    print("all events are read, each once")


main()
