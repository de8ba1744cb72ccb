"""Encoding a data set with a trained model, as whole commands."""

import array
import dataclasses
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import run, run_child
from training import Training
from work import AE, PEERS, Environment, Run, Work

IMAGES = "mnist/train-images-idx3-ubyte.gz"


@dataclass(frozen=True)
class Encoding(Work):
    """MNIST's training images through the encoder of a trained model; all programs use its weights."""

    trained: Training
    images: int = 60000

    def short(self) -> "Encoding":
        return dataclasses.replace(self, trained=self.trained.short())

    def run_dir(self, environment: Environment) -> Path:
        return environment.folder / "encoder"

    def codes(self, environment: Environment, program: str) -> Path:
        return environment.folder / f"codes_{program}.npy"

    def prepare(self, environment: Environment) -> None:
        for old in environment.folder.glob(self.codes(environment, "*").name):
            old.unlink()
        run(self.trained.ae_command(environment, self.run_dir(environment), self.trained.epochs, seed=1))

    def command(self, environment: Environment, program: str, seed: int) -> list[str]:
        model, out = self.run_dir(environment), ["--out", str(self.codes(environment, program))]
        data = ["--data", str(environment.data_root / IMAGES)]
        if program == AE:
            return [str(environment.bin / "ae-encode"), str(model), *data, *out, "--quiet", "--device", "cpu"]
        weights = model / "checkpoints" / "best" / "model.safetensors"
        return [str(environment.peers_python), str(PEERS / "encode_pytorch.py"), "--weights", str(weights), *data, *out,
                "--threads", str(environment.threads)]

    def run(self, environment: Environment, program: str, seed: int) -> Run:
        child = run_child(self.command(environment, program, seed))
        return Run(child, [self.images / child.seconds], child.cpu_seconds / (self.images / 1e6))

    def results(self, environment: Environment, runs: dict[str, list[Run]]) -> dict[str, Any]:
        ours = read_floats(self.codes(environment, AE))
        largest = max(map(abs, ours))
        differences = {}
        for program in runs:
            theirs = read_floats(self.codes(environment, program))
            same_size = len(theirs) == len(ours)
            differences[program] = max(abs(a - b) for a, b in zip(ours, theirs)) / largest if same_size else 1.0
        return {"compared": "codes: largest difference by the largest code", "values": {}, "differences": differences}


def read_floats(path: Path) -> array.array:
    """The values of a float32 .npy file in C order."""
    raw = path.read_bytes()
    values = array.array("f")
    values.frombytes(raw[10 + struct.unpack("<H", raw[8:10])[0]:])
    return values
