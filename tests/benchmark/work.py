"""One row of the speed benchmark: the commands of all programs, and the result of a run."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from measuring import Child

AE = "ae"
PEER_PROGRAMS = {  # name: script in peers/, its options
    "jax": ("jax_peer.py", []),
    "pytorch": ("pytorch_peer.py", []),
    "compile": ("pytorch_peer.py", ["--compile"]),
    "keras": ("keras_peer.py", []),
    # Matrix multiplications alone, without training and so without a loss.
    "products": ("matrix_products.py", ["--library", "pytorch"]),
    "products-xla": ("matrix_products.py", ["--library", "xla"]),
}
PEERS = Path(__file__).resolve().parent / "peers"


@dataclass(frozen=True)
class Environment:
    """Locations of programs and data, and settings of all programs."""

    bin: Path
    peers_python: Path
    data_root: Path  # created by benchmark_data.py
    folder: Path  # for files that the benchmark writes
    threads: int
    device: str = "cpu"


@dataclass
class Run:
    """One run of one program."""

    child: Child
    rates: list[float]  # samples per second of each timed piece; the first of several is warm-up
    cpu_per_million: float  # CPU seconds of all threads for a million samples
    losses: dict[int, float] = field(default_factory=dict)  # by epoch
    manifest: dict[str, Any] = field(default_factory=dict)  # of ae's run

    @property
    def rate(self) -> float:
        return median(self.rates[1:] or self.rates)


@dataclass(frozen=True)
class Work(ABC):
    """A workload that every program runs."""

    name: str
    title: str
    wanted: dict[str, float | None]  # peers and target ratios
    allowed_difference: float  # maximum relative difference of results

    def prepare(self, environment: Environment) -> None:
        """Preparation, once before the rounds."""

    @abstractmethod
    def short(self) -> "Work":
        """A short form, to check within seconds that all programs run."""

    @abstractmethod
    def command(self, environment: Environment, program: str, seed: int) -> list[str]: ...

    @abstractmethod
    def run(self, environment: Environment, program: str, seed: int) -> Run: ...

    @abstractmethod
    def results(self, environment: Environment, runs: dict[str, list[Run]]) -> dict[str, Any]:
        """Description of the compared result, and each peer's relative difference from ae."""
