"""Training throughput of the MLP against batch size, width and threads."""

from dataclasses import replace
from statistics import median
from typing import Any

from measuring import shown
from training import FEW_IMAGES
from work import AE, Environment
from workloads import MLP

ROUNDS = 3
PEERS = ("jax", "pytorch")  # without peers that compile for minutes at every point
BATCH_SIZES = (32, 64, 128, 256, 512, 1024, 2048)
WIDTHS = (64, 128, 256, 512, 1024, 2048)


def measure(environment: Environment, peers: list[str], quick: bool) -> dict[str, Any]:
    base = replace(MLP, data=FEW_IMAGES, epochs=2 if quick else 6)
    points = {
        "batch size": {value: replace(base, batch_size=value) for value in BATCH_SIZES},
        "width": {value: replace(base, width=value) for value in WIDTHS},
        "threads": {value: replace(base, threads=value) for value in range(1, environment.threads + 1)},
    }
    programs = [AE, *(peer for peer in PEERS if peer in peers)]
    result: dict[str, Any] = {"rounds": 1 if quick else ROUNDS, "commands": {
        program: shown(base.command(environment, program, 1), environment.data_root) for program in programs}}
    curves: dict[str, Any] = {}
    busy: list[float] = []
    for axis, trainings in points.items():
        chosen = dict(list(trainings.items())[:2]) if quick else trainings
        curves[axis] = {program: {} for program in programs}
        for value, training in chosen.items():
            rates: dict[str, list[float]] = {program: [] for program in programs}
            for _ in range(result["rounds"]):
                for program in programs:
                    run = training.run(environment, program, 1)
                    rates[program].append(run.rate)
                    busy.append(run.child.others)
            for program in programs:
                curves[axis][program][value] = median(rates[program])
            print(f"{axis} {value}: " + ", ".join(f"{program} {median(rates[program]):,.0f}" for program in programs)
                  + " samples/s", flush=True)
    return {**result, "cores_busy_elsewhere": median(busy), "curves": curves}
