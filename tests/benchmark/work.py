"""One row of the speed benchmark: what every program does, and what one run of it gives."""

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
    # Matrix products alone, which train nothing and so have no loss.
    "products": ("matrix_products.py", ["--library", "pytorch"]),
    "products-xla": ("matrix_products.py", ["--library", "xla"]),
}
PEERS = Path(__file__).resolve().parent / "peers"


@dataclass(frozen=True)
class Environment:
    """Where the programs and the data are, and what all of them are told."""

    bin: Path
    peers_python: Path
    data_root: Path  # as benchmark_data.py makes it
    folder: Path  # for what the benchmark itself writes
    threads: int
    device: str = "cpu"


@dataclass
class Run:
    """One run of one program."""

    child: Child
    rates: list[float]  # samples per second of each timed piece; where there are several, the first is warm-up
    cpu_per_million: float  # CPU seconds of all threads for a million samples
    losses: dict[int, float] = field(default_factory=dict)  # by epoch
    manifest: dict[str, Any] = field(default_factory=dict)  # of ae's run

    @property
    def rate(self) -> float:
        return median(self.rates[1:] or self.rates)


@dataclass(frozen=True)
class Work(ABC):
    """The same work for every program."""

    name: str
    title: str
    wanted: dict[str, float | None]  # its peers, and the ratio aimed at
    allowed_difference: float  # of results, relative: what more differs is not the same work

    def prepare(self, environment: Environment) -> None:
        """Done once, before the rounds."""

    @abstractmethod
    def short(self) -> "Work":
        """A form that shows in seconds whether all programs run."""

    @abstractmethod
    def command(self, environment: Environment, program: str, seed: int) -> list[str]: ...

    @abstractmethod
    def run(self, environment: Environment, program: str, seed: int) -> Run: ...

    @abstractmethod
    def results(self, environment: Environment, runs: dict[str, list[Run]]) -> dict[str, Any]:
        """What was compared, and the relative difference of each peer's result from ae's."""
