"""Shared by the benchmarks: running programs, reading configs, describing the machine, writing results."""

import datetime
import json
import os
import platform
import re
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]
DATA_ROOT = Path(os.environ.get("AE_DATA_ROOT") or ROOT / "data")


@dataclass
class Child:
    """A finished program, with CPU time and peak memory of its whole lifetime."""

    output: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    others: float  # cores kept busy by other programs


def stop(text: str) -> NoReturn:
    sys.exit(f"{Path(sys.argv[0]).name}: error: {text}")


def busy_seconds() -> float:
    """CPU time of all programs on this machine since boot; 0 if the system does not report it."""
    try:
        user, nice, system, _, _, *rest = map(int, Path("/proc/stat").read_text().split(maxsplit=9)[1:9])
    except (OSError, ValueError):
        return 0
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")  # rest: interrupts and stolen time


def run_child(command: list[str]) -> Child:
    """Runs `command`; ends this program with the command's own last line if it fails.

    A child's peak begins with its parent's memory: it is true while this program is smaller than the child.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start, busy = time.monotonic(), busy_seconds()
        try:
            process = subprocess.Popen(command, stdout=out, stderr=err)
        except OSError as error:
            stop(f"cannot run {command[0]} ({error.strerror})")
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        seconds, busy = time.monotonic() - start, busy_seconds() - busy
        process.returncode = os.waitstatus_to_exitcode(status)  # waited for already
        out.seek(0)
        err.seek(0)
        output, errors = out.read().decode(), err.read().decode()
    if process.returncode != 0:
        last_line = (errors.strip().splitlines() or ["no message"])[-1]
        stop(f"{shlex.join(command)} ended with {process.returncode}: {last_line}")
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Child(output, seconds, cpu_seconds, usage.ru_maxrss / 1024, max(0.0, busy - cpu_seconds) / seconds)


def run(command: list[str]) -> str:
    """Standard output of `command`; ends this program if it fails."""
    return run_child(command).output


def read_config(path: Path) -> dict[str, Any]:
    """Reads a config of ae-train, which may contain comments."""
    return json.loads(re.sub(r"^\s*//.*$|\s//.*$", "", path.read_text(), flags=re.MULTILINE))


def cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def portable(text: str, data_root: Path) -> str:
    """An argument in machine-independent form: data under data/, other paths relative to the repository's root."""
    if "/" not in text or "=" in text:
        return text
    path = Path(text).resolve()
    for folder, name in ((data_root.resolve(), Path("data")), (ROOT, Path())):
        if path.is_relative_to(folder):
            return str(name / path.relative_to(folder))
    return path.name


def shown(command: list[str], data_root: Path) -> str:
    """A command line for the repository's root, with machine-independent paths."""
    return shlex.join(portable(part, data_root) for part in command)


def git_commit() -> str:
    result = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"],
                            capture_output=True, text=True)
    return result.stdout.strip() or "unknown"


def machine() -> dict[str, Any]:
    return {"date": datetime.date.today().isoformat(), "cpu": cpu_model(), "cores": len(os.sched_getaffinity(0)),
            "system": f"{platform.system()} {platform.machine()}", "ae": git_commit()}


def write_result(path: Path, result: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(result, indent=2) + "\n")
    temporary.replace(path)
    print(f"\nwritten to {path}")
