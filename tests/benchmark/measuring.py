"""What the benchmarks have in common: running programs, naming the machine, writing a result."""

import datetime
import json
import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DATA_ROOT = Path(os.environ.get("AE_DATA_ROOT") or ROOT / "data")


def run(command: list[str]) -> str:
    """Standard output of `command`; ends this program with the command's own last line if it fails."""
    try:
        result = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: cannot run {command[0]} ({error.strerror})")
    if result.returncode != 0:
        last_line = (result.stderr.strip().splitlines() or ["no message"])[-1]
        sys.exit(f"{Path(sys.argv[0]).name}: {shlex.join(command)} ended with {result.returncode}: {last_line}")
    return result.stdout


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
