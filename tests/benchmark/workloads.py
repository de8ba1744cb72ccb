"""What the speed benchmark trains: the config of ae-train, the peers, and the ratio that is aimed at for each."""

from dataclasses import dataclass
from pathlib import Path

CONFIGS = Path(__file__).resolve().parent / "workloads"


@dataclass(frozen=True)
class Workload:
    """One piece of work, the same for every program."""

    name: str
    title: str
    task: str  # config in workloads/, and what the peers call it
    batch: int
    epochs: int  # of each run; the first is warm-up
    targets: dict[str, float | None]  # peers, and the ratio aimed at
    loss_tolerance: float  # largest relative difference of the losses that counts as the same training
    ae_epochs: int | None = None  # of ae-train where its epochs are much shorter

    @property
    def config(self) -> Path:
        return CONFIGS / f"{self.task}.json"


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("top_k", "TopK 512-8,192, k = 32, batch 1,024", "top_k", 1024, 3,
                 {"pytorch": 4}, 0.03),
    )
}
