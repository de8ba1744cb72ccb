"""What the benchmarks have in common: running programs, reading configs, naming the machine, writing a result."""

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
    """A finished program; CPU time and peak memory are those of its whole life."""

    output: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    others: float  # cores that other programs kept busy meanwhile


def stop(text: str) -> NoReturn:
    sys.exit(f"{Path(sys.argv[0]).name}: error: {text}")


def busy_seconds() -> float:
    """CPU time of everything on this machine since it started; 0 where the system does not tell."""
    try:
        user, nice, system, _, _, *rest = map(int, Path("/proc/stat").read_text().split(maxsplit=9)[1:9])
    except (OSError, ValueError):
        return 0
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")  # rest: interrupts, and time stolen


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
    """A config of ae-train, in which lines and ends of lines may be comments."""
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
    """An argument as another machine would give it: data under data/, the rest as seen from the repository's root."""
    if "/" not in text or "=" in text:
        return text
    path = Path(text).resolve()
    for folder, name in ((data_root.resolve(), Path("data")), (ROOT, Path())):
        if path.is_relative_to(folder):
            return str(name / path.relative_to(folder))
    return path.name


def shown(command: list[str], data_root: Path) -> str:
    """A command line as a reader would type it in the repository's root."""
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
