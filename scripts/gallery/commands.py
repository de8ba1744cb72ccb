"""Commands of the gallery: each is run once, again only if it or its inputs changed, and is shown below its figure."""

import hashlib
import json
import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from files import write_if_changed

ROOT = Path(__file__).resolve().parent.parent.parent
QUIET = {"report": False, "tensorboard": False}  # files that the gallery does not show, and which take seconds


class CommandFailed(Exception):
    """The command that failed and its last message, for the user."""


def folded(words: Sequence[str], width: int = 90) -> str:
    """The command in lines that a shell reads as one, each option on a line with its value."""
    parts: list[str] = []
    for word in map(shlex.quote, words):
        value = parts and parts[-1].startswith("--") and " " not in parts[-1] and not word.startswith("--")
        if value:
            parts[-1] += f" {word}"
        else:
            parts.append(word)
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + 1 + len(part) > width:
            lines.append(f"    {part}")
        else:
            lines[-1] += f" {part}"
    return " \\\n".join(lines)


class Commands:
    """Runs programs in the repository's folder, so that the commands shown can be repeated there."""

    def __init__(self, folder: Path, programs: Path, data_root: Path | None, quick: bool) -> None:
        self.folder, self.programs, self.data_root, self.quick = folder, programs, data_root, quick
        self.shown: list[str] = []
        self._record_path = folder / "finished.json"
        try:
            self._finished: dict[str, str] = json.loads(self._record_path.read_text())
        except (OSError, ValueError):
            self._finished = {}

    def text(self, path: Path) -> str:
        """The path as commands name it."""
        return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)

    def mnist(self, name: str) -> Path:
        if self.data_root is None:
            raise ValueError("an item that needs MNIST was started without it")
        return self.data_root / "mnist" / f"{name}-ubyte.gz"

    def epochs(self, full: int, quick: int) -> int:
        return quick if self.quick else full

    def config(self, name: str, settings: dict[str, Any]) -> Path:
        path = self.folder / "configs" / f"{name}.json"
        settings = {"name": name, **settings, "logging": QUIET}
        write_if_changed(path, (json.dumps(settings, indent=2) + "\n").encode())
        return path

    def train(self, name: str, config: Path, settings: Sequence[str] = (), inputs: Sequence[Path] = ()) -> Path:
        """The run's folder. Shipped configs get settings and go without the files that the gallery does not show."""
        run = self.folder / "runs" / name
        if config.is_relative_to(ROOT / "configs"):
            settings = [*settings, *(f"logging.{key}=false" for key in QUIET)]
        arguments = ["--config", self.text(config), "--run-dir", self.text(run)]
        arguments += [part for setting in settings for part in ("--set", setting)]
        model = run / "checkpoints" / "best" / "model.safetensors"
        changed = self._finished.get(str(model)) is not None
        self._run("ae-train", arguments + self.root_option(), [model], [config, *inputs],
                  again="--overwrite" if changed else "--resume", shown_again="--resume")
        return run

    def root_option(self) -> list[str]:
        """Nothing where programs find MNIST by themselves, in data/."""
        if self.data_root is None or self.data_root == ROOT / "data":
            return []
        return ["--data-root", self.text(self.data_root)]

    def encode(self, run: Path, data: Path, name: str, *options: str, reconstruction: str = "") -> Path:
        """The codes' file; `reconstruction` is the suffix of a further file of the same name."""
        out = self.folder / "files" / f"{name}.npy"
        outputs, arguments = [out], [self.text(run), "--data", self.text(data), "--out", self.text(out)]
        if reconstruction:
            outputs.append(out.with_name(f"{name}.decoded{reconstruction}"))
            arguments += ["--reconstruction", self.text(outputs[1])]
        self._run("ae-encode", [*arguments, *options], outputs, [self._model(run), data])
        return outputs[-1]

    def sample(self, run: Path, name: str, *options: str, inputs: Sequence[Path] = ()) -> Path:
        out = self.folder / "files" / name
        self._run("ae-sample", [self.text(run), *options, "--out", self.text(out)], [out], [self._model(run), *inputs])
        return out

    def evaluate(self, run: Path, name: str, *options: str, inputs: Sequence[Path] = ()) -> Any:
        """The content of metrics.json."""
        out = self.folder / "files" / name
        metrics = out / "metrics.json"
        arguments = [self.text(run), *options, "--out", self.text(out), *self.root_option()]
        self._run("ae-eval", arguments, [metrics], [self._model(run), *inputs])
        return json.loads(metrics.read_text())

    def make_data(self, kind: str, out: Path, file: str, *options: str) -> Path:
        arguments = [kind, "--out", self.text(out), *options]
        self._run("scripts/make_data.py", arguments, [out / file], [])
        return out / file

    def _model(self, run: Path) -> Path:
        return run / "checkpoints" / "best" / "model.safetensors"

    def _run(self, program: str, arguments: Sequence[str], outputs: Sequence[Path], inputs: Sequence[Path],
             again: str = "", shown_again: str = "") -> None:
        script = program.startswith("scripts/")
        path = Path(program) if script else self.programs / program
        shown_words = [self.text(path), *arguments, *([shown_again] if shown_again else [])]
        shown = shlex.join(shown_words)
        self.shown.append(folded(shown_words))
        state = hashlib.sha256(shown.encode())
        for file in inputs:
            state.update(f"{file}:{file.stat().st_mtime_ns}".encode())
        key, digest = str(outputs[0]), state.hexdigest()
        if self._finished.get(key) == digest and all(output.exists() for output in outputs):
            return
        for folder in ("files", "runs"):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        command = [str(path), *arguments, *([again] if again else []), *([] if script else ["--quiet"])]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            messages = done.stderr.strip().splitlines() or ["no message"]
            raise CommandFailed(f"exit code {done.returncode} of {shlex.join(command)}: {messages[-1]}")
        self._finished[key] = digest
        temporary = self._record_path.with_suffix(".new")
        temporary.write_text(json.dumps(self._finished, indent=1))
        os.replace(temporary, self._record_path)
