"""A small run and comparisons of runs, for tests that interrupt a program."""
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("AE_BIN_DIR", ROOT / "build" / "bin"))
SAME = ["checkpoints/last/model.safetensors", "checkpoints/last/state.safetensors",
        "checkpoints/best/model.safetensors", "latents/validation.npy"]
CONFIG = {
    "name": "small",
    "seed": 5,
    "data": {"train": {"path": "points.csv"}, "validation": {"last": 16}},
    "model": {"kind": "vae", "encoder": {"type": "mlp", "hidden": [4]}, "latent_dim": 2},
    "training": {"epochs": 3, "batch_size": 16, "threads": 1, "checkpoint_every": "1e"},
}


class Workplace:
    """A folder with data and a config, to train in."""

    def __init__(self, folder, **training):
        self.folder = pathlib.Path(folder)
        rows = [f"{i % 7 / 7:.3f},{i % 11 / 11:.3f},{i % 13 / 13:.3f}" for i in range(64)]
        (self.folder / "points.csv").write_text("x,y,z\n" + "\n".join(rows) + "\n")
        config = {**CONFIG, "training": {**CONFIG["training"], **training}}
        (self.folder / "config.json").write_text(json.dumps(config))

    def start(self, run, *more, environment=None):
        command = [str(BIN / "ae-train"), "--config", "config.json", "--run-dir", run, "--resume", *more]
        return subprocess.Popen(command, cwd=self.folder, env={**os.environ, **(environment or {})},
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def train(self, run, *more, environment=None):
        return ended(self.start(run, *more, environment=environment))

    def encode(self, checkpoint):
        command = [str(BIN / "ae-encode"), str(checkpoint), "--data", "points.csv", "--out", "codes.npy"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True)


def ended(process):
    out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def metrics(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        line.pop("seconds", None)
        line.pop("samples_per_second", None)
    return lines


def differences(run, whole):
    """Differences from the undisturbed run."""
    found = [name for name in SAME if (run / name).read_bytes() != (whole / name).read_bytes()]
    found += [] if metrics(run) == metrics(whole) else ["metrics.jsonl"]
    found += [str(path) for path in run.rglob("*.tmp")]
    return found


def check(true, what, result=None):
    if not true:
        sys.exit(f"{what}\n{result.stdout}\n{result.stderr}" if result else what)


def until(true, what, seconds=60):
    """Waits until a condition is true, and fails after a time limit."""
    end = time.monotonic() + seconds
    while not true():
        check(time.monotonic() < end, f"not within {seconds} s: {what}")
        time.sleep(0.001)


def contents(folder):
    """Content of a folder, to compare it at two moments."""
    def content(path):
        return os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
    return {str(path.relative_to(folder)): (path.lstat().st_mode, content(path)) for path in folder.rglob("*")}


def add_case_options(parser):
    parser.add_argument("--keep-going", action="store_true", help="runs all cases, and lists those that fail")
    parser.add_argument("--only", default="", help="only the cases that have this in their name")


def run_cases(cases, options):
    """Runs pairs of a name and a function. A failed one ends the test, or is listed with --keep-going."""
    begin = time.monotonic()
    chosen = [(name, run) for name, run in cases if options.only in name]
    check(chosen, f"no case has \"{options.only}\" in its name")
    failed = 0
    for name, run in chosen:
        try:
            run()
        except (Exception, SystemExit) as error:
            if not options.keep_going:
                print(f"{name}: failed", file=sys.stderr)
                raise
            failed += 1
            kind = "" if isinstance(error, SystemExit) else f"{type(error).__name__}: "
            lines = [line[:160] for line in f"{kind}{error}".splitlines() if line.strip()]
            print("\n    ".join([f"{name}:", *lines[:20]]), flush=True)
    print(f"{len(chosen) - failed} of {len(chosen)} cases are as they should be; {time.monotonic() - begin:.0f} s")
    sys.exit(1 if failed else 0)


def keep_result(path, script, options, result):
    """Writes the findings of a script's long run beside the benchmarks' results."""
    sys.path.insert(0, str(ROOT / "tests" / "benchmark"))
    from measuring import machine, write_result
    given = "".join(f" --{name} {value}" for name, value in vars(options).items() if name != "out")
    command = f"python tests/integration/{script}{given}"
    write_result(path, {"what": result.pop("what"), "command": command, **machine(), **result})
