#!/usr/bin/env python3
"""Measures how fast a CSV table becomes training data: `ae-train --dry-run` from its start to the end, beside pandas.

Tables of 1 GB and 100 columns: numbers of 14 digits, numbers of all 17 digits, and with 10 columns of five categories
each. The program's time includes its start, types, statistics, standardised features and equal rows. pandas, where it
is installed, only reads. Rounds alternate. Needs 4 GB of disk and memory.
"""

import argparse
import importlib.util
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import ROOT, machine, write_result

COLUMNS = 100
KINDS = {"14 digits": (".14g", 0), "17 digits": (".17g", 0), "14 digits, 10 categories": (".14g", 10)}
CATEGORIES = ["alpha", "beta", "gamma", "delta", "a longer one"]
PANDAS = "import sys, time, pandas; t = time.monotonic(); pandas.read_csv(sys.argv[1]); print(time.monotonic() - t)"


def write_table(path: Path, digits: str, categories: int, size: int) -> None:
    """A table of about `size` bytes: a block of different rows, repeated."""
    numbers = random.Random(1)
    scales = [10 ** numbers.uniform(-2, 3) for _ in range(COLUMNS - categories)]
    rows = []
    for _ in range(20_000):
        cells = [format(numbers.gauss(0, scale), digits) for scale in scales]
        rows.append(",".join(cells + numbers.choices(CATEGORIES, k=categories)) + "\n")
    block = "".join(rows)
    with path.open("w") as file:
        file.write(",".join(f"x{i}" for i in range(COLUMNS)) + "\n")
        for _ in range(max(1, round(size / len(block)))):
            file.write(block)


def seconds_of(command: list[str]) -> float:
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=ROOT / "tests/benchmark/results/csv_reading.json", metavar="FILE")
    args = parser.parse_args()
    tables = {}
    with tempfile.TemporaryDirectory(prefix="csv_reading_", dir=ROOT / "build") as folder:
        for kind, (digits, categories) in KINDS.items():
            table = Path(folder) / "table.csv"
            write_table(table, digits, categories, args.megabytes * 10**6)
            config = Path(folder) / "config.json"
            config.write_text(json.dumps({"data": {"train": {"path": "table.csv"}, "validation": {"fraction": 0.1}},
                                          "model": {"latent_dim": 8}, "training": {"epochs": 1}}))
            rates: dict[str, list[float]] = {}
            megabytes = table.stat().st_size / 1e6
            for _ in range(args.rounds):
                seconds = {"ae-train": seconds_of([str(ROOT / "build/bin/ae-train"), "--config", str(config), "--dry-run"])}
                if importlib.util.find_spec("pandas"):
                    done = subprocess.run([sys.executable, "-c", PANDAS, str(table)], check=True, capture_output=True)
                    seconds["pandas"] = float(done.stdout)
                for reader, value in seconds.items():
                    rates.setdefault(reader, []).append(megabytes / value)
            tables[kind] = {reader: {"median": statistics.median(values), "least": min(values), "all": values}
                            for reader, values in rates.items()}
            print(kind, {reader: round(value["median"]) for reader, value in tables[kind].items()}, "MB/s", flush=True)
    write_result(args.out, {"machine": machine(), "megabytes": args.megabytes, "megabytes_per_second": tables})


if __name__ == "__main__":
    main()
