"""Makes every file operation with which a program reads a run fail in turn: one operation, or all from it on.

Unreadable files must not be treated as absent. The program ends with exit code 3 and one line that names the path, and
the run is unchanged; or it succeeds with the results of an undisturbed program. Once training has begun to write, the
run may differ, and --resume is bit-identical to an undisturbed run. Needs the standard library only; AE_BIN_DIR and
AE_FAULTS name what to run.
"""
import argparse
import collections
import itertools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import small_run
from small_run import check

FAULTS = pathlib.Path(os.environ.get("AE_FAULTS", small_run.ROOT / "build" / "tests" / "libae_faults.so"))
WRITING = {"open", "mkdir", "write", "fsync", "fdatasync", "rename", "renameat2", "symlink", "unlinkat"}
# "open" creates missing files: .lock and outputs; these may fail, too.
COUNTED = {"open", "open_existing", "stat", "lstat", "fstat", "fstatat", "statx", "read", "pread", "opendir", "readdir",
           "flock", "readlink", "realpath", "access"}
MODES = ["once", "on"]
ERRORS = ["EIO", "EACCES", "ESTALE", "ENOMEM"]
TIMEOUT_SECONDS = 60

TRAIN = ["ae-train", "--config", "config.json", "--run-dir"]
# base: the run of which RUN is a copy: finished, half trained, half trained with an unlinked last checkpoint, or with a
# best checkpoint that is not the last.
Case = collections.namedtuple("Case", "name base command")
CASES = [
    Case("resume", "half", [*TRAIN, "RUN", "--resume"]),
    Case("resume unlinked", "unlinked", [*TRAIN, "RUN", "--resume"]),
    Case("resume finished", "whole", [*TRAIN, "RUN", "--resume"]),
    Case("overwrite", "whole", [*TRAIN, "RUN", "--overwrite"]),
    Case("encode", "best first", ["ae-encode", "RUN", "--data", "points.csv", "--out", "trial/codes.npy"]),
    Case("eval", "best first", ["ae-eval", "RUN", "--json"]),
    Case("sample", "best first", ["ae-sample", "RUN", "--out", "trial/rows.npy"]),
    Case("inspect", "best first", ["ae-inspect", "RUN"]),
]
# The undisturbed program's result and content of the folder; operations: name and path of each counted one.
Ended = collections.namedtuple("Ended", "code stdout stderr operations before after")
Operation = collections.namedtuple("Operation", "name path nothing_written")


def content(folder):
    """Content of a folder, except the holder's name in the lock file."""
    return {name: name.endswith("/.lock") or what for name, what in small_run.contents(folder).items()}


def generic(text):
    """Paths with one name for a checkpoint and its links, and for a file and its temporary."""
    text = re.sub(r"/\.([^/\s]+)\.[0-9a-f]{16}\.tmp", r"/\1", text)
    return re.sub(r"/checkpoints/(best|last|step_\d+)", "/checkpoints/*", text)


def names(message, path):
    return re.search(re.escape(generic(path)) + r"(?![\w/-]|\.\w)", generic(message))


class Trials:
    def __init__(self, place, case):
        self.place, self.case = place, case
        self.folder, self.log = place.folder / "trial", place.folder / "log"
        self.run = self.folder / "run"
        self.whole = place.folder / "whole"
        self.undisturbed = self.start(OPERATIONS=",".join(WRITING | COUNTED))
        check(self.undisturbed.code == 0, f"{case.name}: failed undisturbed: {self.undisturbed.stderr}")
        self.operations = []
        nothing_written = True
        for name, path in self.undisturbed.operations:
            if name in COUNTED:
                self.operations.append(Operation(name, path, nothing_written))
            nothing_written &= name not in WRITING or path.endswith("/.lock")
        check(len(self.operations) > 10, f"{case.name}: too few operations: {self.operations}")

    def start(self, **faults):
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.place.folder / self.case.base, self.run, symlinks=True)
        self.log.unlink(missing_ok=True)
        before = content(self.folder)
        faults = {"PATH": str(self.run), "LOG": str(self.log), "OPERATIONS": ",".join(COUNTED), **faults}
        environment = {"LD_PRELOAD": str(FAULTS), **{f"AE_FAULTS_{name}": value for name, value in faults.items()}}
        program, *arguments = [str(self.run) if word == "RUN" else word for word in self.case.command]
        try:
            result = subprocess.run([small_run.BIN / program, *arguments], cwd=self.place.folder, text=True,
                                    env={**os.environ, **environment}, capture_output=True, timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            result = subprocess.CompletedProcess([], None, "", "")
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        operations = [line.split(maxsplit=1) for line in lines]
        return Ended(result.returncode, result.stdout, result.stderr, operations, before, content(self.folder))

    def trial(self, at, mode, error):
        """Returns the program's ending, the operations that failed, and what is wrong."""
        ended = self.start(AT=str(at), MODE=mode, ERRNO=error)
        failed = ended.operations[at - 1:at if mode == "once" else None]
        wrong = list(self.what_is_wrong(ended, self.operations[at - 1].nothing_written))
        if ended.code == 3:
            if ended.stderr.count("\n") != 1 or not ended.stderr.startswith(f"{self.case.command[0]}: "):
                wrong.append("not one line")
            elif not any(names(ended.stderr, path) for _, path in failed):
                wrong.append("path not named")
        return ended, failed, wrong

    def what_is_wrong(self, ended, nothing_written):
        trains, resumes = self.case.command[0] == "ae-train", self.case.command[-1] == "--resume"
        if ended.code is None:
            yield "hangs"
        elif ended.code < 0:
            yield f"killed by signal {-ended.code}"
        elif ended.code not in (0, 3):
            yield f"exit code {ended.code}"
        if resumes and not self.keeps_metrics():
            yield "metrics lost" if "resuming" in ended.stdout else "begins anew"
        elif resumes and ended.code == 0 and "resuming" not in ended.stdout and "finished" not in ended.stdout:
            yield "begins anew"
        elif trains and ended.code == 0:
            yield from self.differences("exit code 0, ")
        elif ended.code == 0:
            if (ended.stdout, ended.after) != (self.undisturbed.stdout, self.undisturbed.after):
                yield "exit code 0, another outcome"
        elif nothing_written or not trains:
            if self.changes(ended):
                yield "run changed"
        else:
            result = self.place.train(str(self.run))
            yield from ["cannot be resumed"] if result.returncode else self.differences("resumed, ")

    def changes(self, ended):
        """True if something differs, apart from whole results of an evaluation."""
        for name in ended.before.keys() | ended.after.keys():
            now, known = ended.after.get(name), [ended.before.get(name)]
            if "/evaluation" in name:
                known.append(self.undisturbed.after.get(name))
            if now not in known:
                return True
        return False

    def keeps_metrics(self):
        metrics = self.run / "metrics.jsonl"
        before = (self.place.folder / self.case.base / "metrics.jsonl").read_bytes()
        return metrics.exists() and metrics.read_bytes().startswith(before)

    def differences(self, how):
        try:
            found = small_run.differences(self.run, self.whole)
        except (OSError, ValueError) as error:
            found = [str(error)]
        if found:
            temporaries = all(name.endswith(".tmp") for name in found)
            yield how + ("temporaries left" if temporaries else f"other bits in {', '.join(found)}")


def make_runs(folder):
    place = small_run.Workplace(folder, keep_last=2)
    for run, more in [("whole", []), ("half", ["--set", "training.epochs=2"])]:
        result = place.train(run, *more)
        check(result.returncode == 0, f"the {run} run failed", result)
    shutil.copytree(place.folder / "half", place.folder / "unlinked", symlinks=True)
    (place.folder / "unlinked" / "checkpoints" / "last").unlink()
    shutil.copytree(place.folder / "whole", place.folder / "best first", symlinks=True)
    best = place.folder / "best first" / "checkpoints" / "best"
    best.unlink()
    best.symlink_to("step_6")
    return place


def print_groups(title, groups):
    """Each group once, with its modes and errors, and the first message."""
    print(f"{title}: {sum(map(len, groups.values()))} trials")
    for what, met in sorted(groups.items()):
        by_mode = [(mode, {error for met_mode, error, _ in met if met_mode == mode}) for mode in MODES]
        how = ", ".join(mode if len(errors) == len(ERRORS) else f"{mode}: {' '.join(sorted(errors))}"
                        for mode, errors in by_mode if errors)
        print(f"  {' | '.join(what)} | {how} | {len(met)}")
        if met[0][2]:
            print(f"      {met[0][2][:200]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stride", type=int, default=149, help="every how many trials are made; 1 for all")
    small_run.add_case_options(parser)
    parser.add_argument("--out", type=pathlib.Path, help="a JSON file for the result")
    options = parser.parse_args()
    begin = time.monotonic()
    counts, accepted, faults = collections.Counter(), collections.defaultdict(list), collections.defaultdict(list)
    number = itertools.count()
    with tempfile.TemporaryDirectory(prefix="ae-read-faults-") as folder:
        place = make_runs(folder)
        for case in CASES:
            if options.only not in case.name:
                continue
            trials = Trials(place, case)
            for (at, operation), mode, error in itertools.product(enumerate(trials.operations, 1), MODES, ERRORS):
                if next(number) % options.stride:
                    continue
                ended, failed, wrong = trials.trial(at, mode, error)
                # Once another thread writes checkpoints, the order may differ.
                name, path = failed[0] if failed else ("none", operation.path)
                what = (case.name, name, generic(path).removeprefix(str(trials.run)) or "/")
                check(not wrong or options.keep_going, f"{', '.join(wrong)}: {' '.join(what)}, {mode}, {error}", ended)
                if wrong:
                    message = ended.stderr.strip().replace(str(trials.run), "RUN")
                    faults[", ".join(wrong), *what].append((mode, error, message))
                elif failed and ended.code == 0:
                    accepted[what].append((mode, error, ""))
                counts[case.name] += 1
    seconds = time.monotonic() - begin
    check(counts, f"no case has \"{options.only}\" in its name")
    print_groups("ended well all the same", accepted)
    if faults:
        print_groups("wrong", faults)
        sys.exit(1)
    print(f"{sum(counts.values())} trials: {dict(counts)}; nothing is taken as absent, or lost; {seconds:.0f} s")
    if options.out:
        small_run.keep_result(options.out, "read_fault_test.py", argparse.Namespace(stride=options.stride), {
            "what": "a failure at each operation in turn by which a program looks into a run: once, or from there on; "
                    "afterwards the run was as before, or the outcome that of an undisturbed program",
            "trials": dict(counts), "ended well all the same": sum(map(len, accepted.values())),
            "seconds": round(seconds)})


if __name__ == "__main__":
    main()
