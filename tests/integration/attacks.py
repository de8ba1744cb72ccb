"""Shared code of the attack tests: bounded programs, expected endings, and cases selected by number.

A case is a function of a Place: a temporary folder with data, a config and copies of two runs, which records failures.
"""
import argparse
import concurrent.futures
import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import traceback

import small_run

MOST_BYTES = 1_500_000_000  # memory limit of every program
MOST_MESSAGE = 4000
TRACES = ["terminate called", "Exception raised from", "frame #", "what():", "FATAL", "Traceback"]
TRAINING = {"checkpoint_every": "1u", "keep_last": 9}
UNPRIVILEGED = 65534
LEFT_OUT = {"AE_DATA_ROOT", "MKL_CBWR", "OMP_DYNAMIC"}  # environment variables that programs do not inherit


class Failure(Exception):
    """A failed expectation, which ends its case."""


@dataclasses.dataclass
class Ended:
    """Exit status and output of a program."""
    program: str
    arguments: list
    returncode: int
    stdout: str
    stderr: str
    overrun: str = ""  # limit for which it was killed
    peak_bytes: int = 0
    noted: bool = False  # already recorded as never acceptable

    @property
    def text(self):
        return self.stdout + self.stderr

    def describe(self, short):
        command = " ".join([f"ae-{self.program}", *(str(argument)[:100] for argument in self.arguments)])
        if short:
            said = [line[:200] for line in self.stderr.splitlines()[-1:]] if self.returncode else []
            return "\n    ".join([f"    {command}: {self.overrun or self.returncode}", *said])
        return f"{command}: {self.overrun or self.returncode}\n{self.text}"


class Running:
    """A running program, killed if it exceeds its limit of time or memory."""

    def __init__(self, place, program, arguments, command, environment, stdout, stderr):
        self.place, self.program, self.arguments = place, program, arguments
        self.files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]
        kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        self.process = subprocess.Popen(command, cwd=place.folder, env={**kept, **(environment or {})},
                                        stdin=subprocess.DEVNULL, stdout=stdout or self.files[0],
                                        stderr=stderr or self.files[1])
        place.running.append(self.process)

    def has_ended(self):
        return self.process.poll() is not None

    def send(self, number):
        self.process.send_signal(number)

    def resident_bytes(self):
        try:
            pages = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            return 0

    def wait(self, limit=30):
        overrun, begin, peak = "", time.monotonic(), 0
        while self.process.returncode is None:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.process.returncode = os.waitstatus_to_exitcode(status)
                peak = usage.ru_maxrss * 1024
                if not overrun and peak > MOST_BYTES:
                    overrun = f"took {peak / 1e9:.1f} GB"
                break
            if not overrun and time.monotonic() - begin > limit:
                overrun = f"did not end within {limit} s"
            elif not overrun and self.resident_bytes() > MOST_BYTES:
                overrun = f"takes more than {MOST_BYTES / 1e9} GB"
            if overrun:
                self.process.kill()
            time.sleep(0.005)
        texts = []
        for file in self.files:
            file.seek(0)
            texts.append(file.read(1 << 22).decode(errors="replace"))
            file.close()
        ended = Ended(self.program, self.arguments, self.process.returncode, *texts, overrun, peak)
        self.place.check_end(ended)
        return ended


class Place(small_run.Workplace):
    """A folder for one case."""

    def __init__(self, folder, runs, keep_going):
        folder.mkdir()
        super().__init__(folder, **TRAINING)
        self.runs, self.keep_going = runs, keep_going
        self.failures, self.notes, self.running = [], [], []

    def __truediv__(self, name):
        return self.folder / name

    def whole(self, name="run"):
        """A copy of a finished run of 3 epochs of 3 updates, with a checkpoint of each update."""
        return shutil.copytree(self.runs / "whole", self.folder / name, symlinks=True)

    def unfinished(self, name="run"):
        """A copy of a run that ended after 8 of 9 updates."""
        return shutil.copytree(self.runs / "unfinished", self.folder / name, symlinks=True)

    def begin(self, program, *arguments, within=(), environment=None, stdout=None, stderr=None):
        """@param within  command prefix that runs another command"""
        command = [*within, small_run.BIN / f"ae-{program}", *arguments]
        command = [os.fsencode(part) for part in command]
        return Running(self, program, arguments, command, environment, stdout, stderr)

    def call(self, program, *arguments, limit=30, **more):
        return self.begin(program, *arguments, **more).wait(limit)

    def begin_training(self, run, *more, **keywords):
        return self.begin("train", "--config", "config.json", "--run-dir", run, *more, **keywords)

    def train(self, run, *more, limit=30, **keywords):
        return self.begin_training(run, *more, **keywords).wait(limit)

    def resume(self, run="run", *more, **keywords):
        return self.train(run, "--resume", *more, **keywords)

    def use(self, program, run="run", *more, **keywords):
        """Uses a checkpoint with a program, or resumes from it ("train"). Writes x.npy, or nothing."""
        if program == "train":
            return self.resume(run, *more, **keywords)
        arguments = {"encode": ["--data", "points.csv", "--out", "x.npy"], "sample": ["--out", "x.npy"]}
        return self.call(program, run, *arguments.get(program, []), *more, **keywords)

    def as_other_user(self):
        """Gives the folder to an unprivileged user. Returns the command prefix of that user; None if not possible."""
        if os.geteuid() != 0:
            return ()
        user = ("setpriv", "--reuid", str(UNPRIVILEGED), "--regid", str(UNPRIVILEGED), "--clear-groups")
        command = [*user, small_run.BIN / "ae-train", "--version"]
        if not shutil.which("setpriv") or subprocess.run(command, capture_output=True).returncode != 0:
            self.notes.append("another user cannot run the programs")
            return None
        for folder, folders, files in os.walk(self.folder):
            for name in (folder, *folders, *files):
                os.chown(os.path.join(folder, name), UNPRIVILEGED, UNPRIVILEGED, follow_symlinks=False)
        return user

    def with_mounts(self, script):
        """Command prefix that runs a script and a program in a new mount namespace; None if not permitted."""
        wrapper = ("unshare", "-m", "sh", "-c", script + ' && exec "$@"', "sh")
        if not shutil.which("unshare") or subprocess.run([*wrapper, "true"], cwd=self.folder,
                                                         capture_output=True).returncode != 0:
            self.notes.append("nothing can be mounted here")
            return None
        return wrapper

    def expect(self, true, what, ended=None):
        if true:
            return
        self.failures.append(f"{what}\n{ended.describe(self.keep_going)}" if ended else what)
        if not self.keep_going:
            raise Failure

    def check_end(self, ended):
        """Records endings that are never acceptable."""
        found = [ended.overrun] if ended.overrun else []
        if not ended.overrun and (ended.returncode < 0 or ended.returncode in (1, 134, 139)):
            found.append("crashed" if ended.returncode != 1 else "internal error")
        ended.noted = bool(found)
        found += [f'says "{trace}"' for trace in TRACES if trace in ended.stderr]
        if len(ended.stderr) >= MOST_MESSAGE or max(map(len, ended.stdout.splitlines()), default=0) >= MOST_MESSAGE:
            found.append(f"says {len(ended.text):,} characters")
            ended.stdout, ended.stderr = ended.stdout[:MOST_MESSAGE], ended.stderr[:MOST_MESSAGE]
        self.expect(not found, ", ".join(found), ended)

    def succeeds(self, ended, what="expected success"):
        self.expect(ended.noted or ended.returncode == 0, what, ended)

    def refused(self, ended, codes, what, *named):
        """Expects one of the exit codes and one line that contains all of `named`."""
        if ended.noted:
            return
        codes = codes if isinstance(codes, tuple) else (codes,)
        found = []
        if ended.returncode not in codes:
            found.append(f"expected exit code {' or '.join(map(str, codes))}")
        elif not ended.stderr.startswith(f"ae-{ended.program}: ") or ended.stderr.count("\n") != 1:
            found.append("expected one line")
        found += [f'expected "{text}"' for text in named if text not in ended.stderr]
        self.expect(not found, f"{what}: {', '.join(found)}", ended)

    @contextlib.contextmanager
    def untouched(self, folder, what):
        before = contents(folder)
        yield
        after = contents(folder)
        found = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        self.expect(not found, f"{what}: touched {', '.join(found[:8])}{', …' if len(found) > 8 else ''}")


def contents(folder):
    """Content of a folder by path, without that of lock files."""
    found = {}
    for above, folders, files in os.walk(folder):
        for name in folders + files:
            path = pathlib.Path(above, name)
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                found[str(path.relative_to(folder))] = os.readlink(path)
            elif stat.S_ISREG(status.st_mode) and status.st_size < 1 << 26 and name != ".lock":
                found[str(path.relative_to(folder))] = (status.st_mode, path.read_bytes())
            else:
                found[str(path.relative_to(folder))] = status.st_mode
    return found


def write_npy(path, shape, data=b""):
    """Writes float32 numbers, by default zeros as a sparse file."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header = header.ljust(-(10 + len(header) + 1) % 128 + len(header)) + "\n"
    count = 4
    for extent in shape:
        count *= extent
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + data)
        file.truncate(10 + len(header) + count)


def unfinish(run):
    """Turns a finished run into one whose process was killed before the last of its 9 updates."""
    checkpoints = run / "checkpoints"
    shutil.rmtree(checkpoints / "step_9")
    for link, step in {"last": 8, "best": 6}.items():
        (checkpoints / link).unlink()
        (checkpoints / link).symlink_to(f"step_{step}")
    for folder in ("latents", "samples"):
        for path in (run / folder).iterdir():
            path.unlink()
    lines = (run / "metrics.jsonl").read_text().splitlines(keepends=True)
    (run / "metrics.jsonl").write_text("".join(lines[:4]))
    manifest = json.loads((run / "manifest.json").read_text())
    del manifest["finished"]
    (run / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def make_runs(folder):
    place = small_run.Workplace(folder, **TRAINING)
    result = place.train("whole")
    small_run.check(result.returncode == 0, "the whole run failed", result)
    shutil.copytree(folder / "whole", folder / "unfinished", symlinks=True)
    unfinish(folder / "unfinished")


def run_case(folder, runs, number, case, keep_going):
    """Runs a case and returns its place with the recorded failures."""
    begin = time.monotonic()
    place = Place(folder / str(number), runs, keep_going)
    try:
        case(place)
    except Failure:
        pass
    except SystemExit as error:
        place.failures.append(str(error))
    except Exception:  # an unexpected error fails this case alone
        place.failures.append("the case itself failed: " + traceback.format_exc(limit=-2))
    for process in place.running:
        if process.poll() is None:
            process.kill()
            process.wait()
    left = [str(path.relative_to(place.folder)) for path in place.folder.rglob("*.tmp")]
    if left and (keep_going or not place.failures):
        place.failures.append(f"left behind: {', '.join(left[:5])}")
    place.notes.append(f"{time.monotonic() - begin:.1f} s")
    shutil.rmtree(place.folder, ignore_errors=True)
    return place


def main(description, cases):
    """@param cases  functions of a Place, by number"""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="N[,N]", help="only these cases")
    parser.add_argument("--keep-going", action="store_true", help="runs all, and lists in short what fails")
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 4), help="cases at a time")
    options = parser.parse_args()
    wanted = [int(number) for number in options.only.split(",")] if options.only else list(cases)
    if unknown := set(wanted) - set(cases):
        parser.error(f"no such case: {unknown}; there are {', '.join(map(str, cases))}")
    failed = []
    with tempfile.TemporaryDirectory(prefix="ae-attacks-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        (folder / "runs").mkdir()
        make_runs(folder / "runs")
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            futures = {pool.submit(run_case, folder, folder / "runs", number, cases[number], options.keep_going): number
                       for number in wanted}
            for future in concurrent.futures.as_completed(futures):
                place, number = future.result(), futures[future]
                what = (cases[number].__doc__ or "").strip().splitlines()[0]
                print(f"{number}: {what} {len(place.failures)} failures ({'; '.join(place.notes)})", flush=True)
                for failure in place.failures:
                    print(f"  - {failure}", flush=True)
                if place.failures:
                    failed.append(number)
                if failed and not options.keep_going:
                    pool.shutdown(cancel_futures=True)
                    break
    if failed:
        sys.exit(f"failed: {', '.join(map(str, sorted(failed)))}")
    print(f"all {len(wanted)} hold")
