"""Two trainers on one run, and runs moved, replaced or removed during training: at most one trainer writes to a run.

Every case runs on a local disk and on a tmpfs. Some need root, to act as a second user, and are skipped otherwise.
Needs the standard library only; AE_BIN_DIR names the folder of the programs.
"""
import argparse
import fcntl
import functools
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import small_run
from small_run import check, contents, until

IS_ROOT = os.geteuid() == 0
PLAIN_USER = 65534
FINISHED_EPOCHS = 3
ENDLESS_EPOCHS = 200000
# Half a second of training, and a checkpoint every few milliseconds.
SHORT = ["--set", "training.epochs=3000", "--set", "training.checkpoint_every=100e"]


class Place(small_run.Workplace):
    """A folder with the run under test, "trial", and a finished run that must not change."""

    def __init__(self, folder, finished):
        super().__init__(folder, epochs=ENDLESS_EPOCHS)
        self.folder.chmod(0o777)
        self.trial, self.moved, self.bystander = (self.folder / name for name in ("trial", "moved", "bystander"))
        shutil.copytree(finished, self.bystander, symlinks=True)
        self.finished = contents(finished)
        self.names = {path.name for path in self.folder.iterdir()} | {"codes.npy"}
        self.processes = []

    def launch(self, *flags, run="trial", plain=False):
        """Starts ae-train, as the plain user if requested and if this process is root."""
        user = {"user": PLAIN_USER, "group": PLAIN_USER, "extra_groups": []} if plain and IS_ROOT else {}
        command = [str(small_run.BIN / "ae-train"), "--config", "config.json", "--run-dir", run, *flags]
        process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   **user)
        self.processes.append(process)
        return process

    def training(self, *flags, plain=False):
        """Starts a trainer, and waits until there is a checkpoint."""
        before = lines_of(self.trial)
        process = self.launch(*flags, plain=plain)
        last = self.trial / "checkpoints" / "last"
        until(lambda: lines_of(self.trial) > before and last.exists() or has_ended(process), "training begins")
        check_goes_on(process)
        return process

    def settled(self, plain=False):
        """Makes an unfinished run without a trainer."""
        stop(self.training(plain=plain))

    def refused(self, *flags, plain=False, codes=(3,)):
        result = ended(self.launch(*flags, plain=plain), 30, f"{' '.join(flags)} is refused")
        check_refused(result, " ".join(flags), codes)

    def check_run(self, run, plain=False):
        """Checks that the run loads, has no gaps and can be resumed, and that nothing else was added or changed."""
        self.check_loads(run)
        trained = check_epochs(run)
        to = trained + 3
        result = ended(self.launch("--resume", "--set", f"training.epochs={to}", run=run.name, plain=plain))
        check(result.returncode == 0, f"{run.name} cannot be resumed", result)
        check(check_epochs(run) == to, f"{run.name}: {trained} epochs, resumed to {to}, are {check_epochs(run)}")
        self.check_rest(run)

    def check_loads(self, run):
        for link in ("last", "best"):
            result = self.encode(run / "checkpoints" / link)
            check(result.returncode == 0, f"{run.name}: {link} does not load", result)

    def check_rest(self, *runs):
        there = {path.name for path in self.folder.iterdir()} - self.names - {run.name for run in runs}
        check(not there, f"there is also {', '.join(sorted(there))}")
        left = [str(path) for run in runs for path in run.rglob("*.tmp")]
        check(not left, f"left behind: {', '.join(left)}")
        check_same(self.bystander, self.finished, "another run has changed")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.communicate()


def lines_of(run):
    try:
        return (run / "metrics.jsonl").read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def has_ended(process):
    return process.poll() is not None


def check_goes_on(process):
    if has_ended(process):
        check(False, "training ended by itself", small_run.ended(process))


def ended(process, seconds=60, what="a trainer ends"):
    until(lambda: has_ended(process), what, seconds)
    return small_run.ended(process)


def stop(process):
    process.terminate()
    result = ended(process, what="a trainer stops on SIGTERM")
    check(result.returncode == 128 + signal.SIGTERM and not result.stderr, "does not stop as it should", result)


def is_one_line(result, name):
    return result.stderr.startswith("ae-train: ") and result.stderr.count("\n") == 1 and name in result.stderr


def check_refused(result, what, codes=(3,)):
    check(result.returncode in codes, f"{what}: expected exit code {codes}, is {result.returncode}", result)
    check(is_one_line(result, "trial"), f"{what}: expected one line that names the run", result)


def check_same(folder, before, what):
    now = contents(folder)
    differ = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    check(not differ, f"{what}: {', '.join(differ)}")


def check_epochs(run):
    """Checks that every epoch has one line, in order. Returns the number of epochs."""
    epochs = [line["epoch"] for line in small_run.metrics(run) if line["split"] == "train"]
    check(epochs == list(range(1, len(epochs) + 1)), f"{run.name}: epochs in metrics.jsonl: {len(epochs)} lines, "
          f"{len(set(epochs))} epochs, in order: {epochs == sorted(epochs)}")
    return len(epochs)


def give_away(path):
    if IS_ROOT:
        for each in [path, *path.rglob("*")]:
            os.chown(each, PLAIN_USER, PLAIN_USER, follow_symlinks=False)


def at_once(count, flags, settled, place):
    """Several trainers start at once."""
    if settled:
        place.settled()
    running = [place.launch(*flags) for _ in range(count)]
    until(lambda: sum(not has_ended(process) for process in running) <= 1, "all trainers but one end")
    losers = [process for process in running if has_ended(process)]
    for process in losers[:count - 1]:
        check_refused(small_run.ended(process), "a trainer", (3,) if flags else (2, 3))
    check(len(losers) == count - 1, "none trains", small_run.ended(losers[-1]))
    winner, = (process for process in running if process not in losers)
    before = lines_of(place.trial)
    until(lambda: lines_of(place.trial) > before, "the one that is left trains")
    stop(winner)
    place.check_run(place.trial)


def lock_read_only(plain, place):
    """The lock is read-only for its owner."""
    place.settled(plain)
    (place.trial / ".lock").chmod(0o444)
    first = place.training("--resume", plain=plain)
    for flag in ("--resume", "--overwrite"):
        place.refused(flag, plain=plain)
    stop(first)
    place.check_run(place.trial, plain)


def lock_of_another(folder_mode, plain_first, place):
    """The lock belongs to root, the run to a plain user; both train."""
    place.settled(plain=True)
    place.trial.chmod(folder_mode)
    os.chown(place.trial / ".lock", 0, 0)
    first = place.training("--resume", plain=plain_first)
    for flag in ("--resume", "--overwrite"):
        place.refused(flag, plain=not plain_first)
    stop(first)
    place.check_run(place.trial, plain_first)


def lock_closed(place):
    """A user cannot open the lock of their own run."""
    place.settled(plain=True)
    os.chown(place.trial / ".lock", 0, 0)
    (place.trial / ".lock").chmod(0o600)
    before = contents(place.trial)
    for flag in ("--resume", "--overwrite"):
        place.refused(flag, plain=True)
        check_same(place.trial, before, f"{flag}: was refused, but the run has changed")
    place.check_run(place.trial)


def run_closed(place):
    """A user cannot read the run's folder."""
    place.settled()
    place.trial.chmod(0)
    before = contents(place.trial)
    for flag in ("--resume", "--overwrite"):
        place.refused(flag, plain=True)
        check_same(place.trial, before, f"{flag}: was refused, but the run has changed")
    place.trial.chmod(0o755)
    place.check_run(place.trial)


def lock_removed(made_anew, place):
    """The lock is removed during training, with or without a new file in its place."""
    first = place.training()
    (place.trial / ".lock").unlink()
    if made_anew:
        (place.trial / ".lock").touch()
    for flag in ("--resume", "--overwrite"):
        place.refused(flag)
    before = lines_of(place.trial)
    until(lambda: lines_of(place.trial) > before, "the first trainer goes on")
    stop(first)
    place.check_run(place.trial)


def lock_held(place):
    """A process that is no trainer holds the lock."""
    place.settled()
    before = contents(place.trial)
    with open(place.trial / ".lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for flag in ("--resume", "--overwrite"):
            place.refused(flag)
            check_same(place.trial, before, f"{flag}: was refused, but the run has changed")
    place.check_run(place.trial)


def moved(place):
    """A run is renamed during training, and another run starts under its old name."""
    first = place.training(*SHORT)
    first.send_signal(signal.SIGSTOP)
    place.trial.rename(place.moved)
    check(not list((place.moved / "latents").iterdir()), "too late: the first run has its results")
    second = place.launch(*SHORT, "--set", "seed=6")
    until(lambda: (place.trial / "checkpoints" / "last").exists(), "the second run has a checkpoint")
    first.send_signal(signal.SIGCONT)
    runs = [(first, place.moved, place.folder / "whole"), (second, place.trial, place.folder / "other")]
    for process, run, _ in runs:
        result = ended(process)
        check(result.returncode == 0, f"{run.name}: training failed", result)
    for seed, (_, run, whole) in zip((5, 6), runs):
        result = ended(place.launch(*SHORT, "--set", f"seed={seed}", run=whole.name))
        check(result.returncode == 0, f"{whole.name}: training failed", result)
        check_epochs(run)
        place.check_loads(run)
        # Names of event files hold the time.
        names = {name for name in set(contents(run)) ^ set(contents(whole)) if "tfevents" not in name}
        check(not names, f"only one of {run.name} and the run that nothing happened to has {', '.join(sorted(names))}")
        differences = small_run.differences(run, whole)
        check(not differences, f"{run.name}: other bits in {', '.join(differences)}")
    place.check_rest(*(run for line in runs for run in line[1:]))


def moved_often(place):
    """A run is renamed continually while it is written to."""
    first = place.training()
    before = lines_of(place.trial)
    for seconds in [0] * 100 + [0.001] * 50 + [0.02] * 20:
        place.trial.rename(place.moved)
        time.sleep(seconds)
        place.moved.rename(place.trial)
    check_goes_on(first)
    until(lambda: lines_of(place.trial) > before, "training goes on")
    stop(first)
    place.check_run(place.trial)


def removed(interval, place):
    """A run is removed during training."""
    first = place.training() if interval == "1e" else place.launch("--set", f"training.checkpoint_every={interval}")
    until(lambda: lines_of(place.trial) > 0, "training begins")
    first.send_signal(signal.SIGSTOP)
    shutil.rmtree(place.trial)
    first.send_signal(signal.SIGCONT)
    check_refused(ended(first, 20, "a trainer whose run was removed ends"), "a trainer whose run was removed")
    place.check_rest()


def replaced(place):
    """A finished run takes a run's place during training."""
    first = place.training()
    first.send_signal(signal.SIGSTOP)
    place.trial.rename(place.moved)
    shutil.copytree(place.bystander, place.trial, symlinks=True)
    before = lines_of(place.moved)
    first.send_signal(signal.SIGCONT)
    time.sleep(1)
    check_same(place.trial, place.finished, "the run that took the place has changed")
    until(lambda: lines_of(place.moved) > before, "the first trainer goes on")
    stop(first)
    check_same(place.trial, place.finished, "the run that took the place has changed")
    shutil.rmtree(place.trial)
    place.check_run(place.moved)


def read_only(has_lock, place):
    """A finished run on a read-only file system or in a read-only folder."""
    shelf = place.folder / "shelf"
    shelf.mkdir()
    trial = shelf / "trial"
    shutil.copytree(place.bystander, trial, symlinks=True)
    if not has_lock:
        (trial / ".lock").unlink()
    give_away(shelf)
    paths = [path for path in [shelf, *shelf.rglob("*")] if not path.is_symlink()]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    before = contents(shelf)
    flags = ["--resume", "--set", f"training.epochs={FINISHED_EPOCHS}"]
    result = ended(place.launch(*flags, run="shelf/trial", plain=True))
    after = contents(shelf)
    for path in paths:
        path.chmod(path.stat().st_mode | 0o200)  # so that it can be removed
    check(result.returncode == 0 and "finished" in result.stdout and not result.stderr, "is not finished", result)
    check(before == after, "a finished run has changed")


def all_cases():
    """Pairs of a name and a function of a place."""
    for count in (2, 3):
        for flags, settled in (([], False), (["--resume"], False), (["--resume"], True), (["--overwrite"], True)):
            name = f"{count} at once, {flags[0] if flags else 'no flag'}, {'a' if settled else 'no'} run there"
            yield name, functools.partial(at_once, count, flags, settled)
    yield "lock of mode 444", functools.partial(lock_read_only, False)
    yield "lock removed", functools.partial(lock_removed, False)
    yield "lock removed and made anew", functools.partial(lock_removed, True)
    yield "lock held by another program", lock_held
    yield "moved, and another run in its place", moved
    yield "moved to and fro", moved_often
    yield "removed, checkpoints every epoch", functools.partial(removed, "1e")
    yield "removed, no checkpoints", functools.partial(removed, "1h")
    yield "replaced by a finished run", replaced
    yield "finished and read-only", functools.partial(read_only, True)
    yield "finished and read-only, without a lock", functools.partial(read_only, False)
    if not IS_ROOT:
        return
    yield "lock of mode 444, plain user", functools.partial(lock_read_only, True)
    for mode in (0o777, 0o1777):
        for plain_first in (True, False):
            name = f"lock of another user, folder of mode {mode:o}, {'plain user' if plain_first else 'root'} first"
            yield name, functools.partial(lock_of_another, mode, plain_first)
    yield "lock of another user, closed", lock_closed
    yield "run of another user, closed", run_closed


def in_place(base, finished, case):
    with tempfile.TemporaryDirectory(dir=base, prefix="case-") as folder, Place(folder, finished) as place:
        case(place)


def can_run_as_plain_user():
    command = [str(small_run.BIN / "ae-train"), "--version"]
    try:
        return subprocess.run(command, user=PLAIN_USER, group=PLAIN_USER, extra_groups=[], capture_output=True,
                              check=False).returncode == 0
    except OSError:
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    small_run.add_case_options(parser)
    options = parser.parse_args()
    if not IS_ROOT:
        print("left out: the cases of two users, which need root")
    check(not IS_ROOT or can_run_as_plain_user(), f"{small_run.BIN}: its programs cannot be run by user {PLAIN_USER}; "
          "make the folders above them and LibTorch's readable to all")
    memory = pathlib.Path("/dev/shm")
    bases = {"disk": None, **({"tmpfs": memory} if os.access(memory, os.W_OK) else {})}
    if len(bases) < 2:
        print("left out: /dev/shm, which cannot be written to")
    cases = []
    folders = []
    for name, parent in bases.items():
        folders.append(tempfile.TemporaryDirectory(dir=parent, prefix="ae-locks-"))
        base = pathlib.Path(folders[-1].name)
        base.chmod(0o755)
        result = small_run.Workplace(base, epochs=FINISHED_EPOCHS).train("finished")
        check(result.returncode == 0, "the finished run failed", result)
        cases += [(f"{name}: {what}", functools.partial(in_place, base, base / "finished", case))
                  for what, case in all_cases()]
    try:
        small_run.run_cases(cases, options)
    finally:
        for folder in folders:
            folder.cleanup()


if __name__ == "__main__":
    main()
