#!/usr/bin/env python3
"""The options of a config have one truth: what `ae-train --schema` allows is what the program takes.

Every part of every kind, every option of each with values at and beyond its limits, every config in configs/, and the
complete config that the program makes of each, go through the program and through Python's jsonschema. They may
disagree only where an option's value depends on another's, which a schema cannot say: these are listed below.
`--all` tries all values, otherwise a part of them. Programs are looked for in AE_BIN_DIR, else in build/bin.
"""

import argparse
import copy
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

try:
    import jsonschema
except ImportError:
    SYSTEM_PYTHON = "/usr/bin/python3"  # for which the package is installed, where another one comes first
    if sys.executable != SYSTEM_PYTHON and os.access(SYSTEM_PYTHON, os.X_OK):
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])
    print("schema_test.py: skipped, as Python has no jsonschema (on Debian: install python3-jsonschema)")
    sys.exit(77)

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "benchmark"))

from measuring import read_config  # noqa: E402
from mutations import faults  # noqa: E402

PROGRAMS = Path(os.environ.get("AE_BIN_DIR") or ROOT / "build" / "bin")
FEATURES, ROWS = 16, 24
# Allowed by the schema and refused by the program, for the sake of another option or of the data: part of the message.
DEPENDS = ("needs", "is greater than", "is above", "is not below", "contradicts", "shorten it or train longer",
           "does not fit", "do not divide", "with the data's [min, max]", "is for the GPU", ".npy files have no named")
CHOICES = 100  # values that are tried without --all


@dataclass
class Case:
    name: str
    config: dict[str, Any]
    default: bool = False  # a type of a part with its defaults


def variants(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The types of a part, or the object that an option may be; none for a plain option."""
    found = [schema] if "properties" in schema else [each for each in schema.get("anyOf", []) if "properties" in each]
    return [each["items"] for each in [schema] if "properties" in each.get("items", {})] or found


def values(schema: dict[str, Any]) -> Iterator[Any]:
    """Values at and beyond the limits of a plain option."""
    yield from [None, "a text", "", True, -1, 0, 1, 0.5, 2**53, 2**53 + 1, 2**63, -1e300, [], [1], [1, 2], {}]
    for each in [schema, *schema.get("anyOf", []), schema.get("items", {})]:
        yield from each.get("enum", [])
        for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
            if key in each and abs(each[key]) < 2**31:
                yield from [each[key], each[key] - 1, each[key] + 1]
        if "pattern" in each:
            yield from ["0e", "1.5e", "3e", "20u", "10s", "1.5min", "2h", "1e3u", "01e", "1.e", "-1e", "1E", "10",
                        "1000000000000000u", "9999999999999999e", "a/b", "a\\b", ".a", "a", "a b", "x" * 300, "a\nb"]


def options(schema: dict[str, Any], path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """All plain options, each with its path; a step of a path is a key, or a key and the type of its part."""
    for key, each in schema.get("properties", {}).items():
        objects = variants(each)
        if not objects:
            if "const" not in each:
                yield path + (key,), each
        for variant in objects:
            kind = variant["properties"].get("type", {}).get("const")
            step = (key, kind) if kind else ((key, [0]) if each.get("type") == "array" else key)
            yield path + (step,), {}
            yield from options(variant, path + (step,))


def with_option(config: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """`config` with the objects on a path, of the types that it names, and the value at its end."""
    config = copy.deepcopy(config)
    inner = config
    for step in path[:-1]:
        key, kind = step if isinstance(step, tuple) else (step, None)
        if isinstance(kind, list):
            inner[key] = [{}]
            inner = inner[key][0]
            continue
        if not isinstance(inner.get(key), dict) or (kind and inner[key].get("type") != kind):
            inner[key] = {"type": kind} if kind else {}
        inner = inner[key]
    step = path[-1]
    if isinstance(step, tuple):
        inner[step[0]] = value if not isinstance(step[1], list) else [value]
    else:
        inner[step] = value
    return config


def base_config() -> dict[str, Any]:
    return {"data": {"train": {"path": "rows.npy", "labels": "labels.npy"}, "shape": [1, 4, 4]},
            "model": {"latent_dim": 4, "encoder": {"type": "mlp", "hidden": [8]}}}


def fitting(path: tuple[Any, ...]) -> dict[str, Any]:
    """A config in which an option of this path is of use."""
    config = base_config()
    if path[:2] == ("objective", "kl"):
        config["model"]["latent"] = {"type": "gaussian"}
    if path[:2] == ("data", "validation") and path[-1] not in ("fraction", "last", "path"):
        config["data"]["validation"] = {"path": "rows.npy"}
    if path[:2] == ("data", "test"):
        config["data"]["test"] = {"path": "rows.npy"}
    return config


def part_cases(schema: dict[str, Any]) -> Iterator[Case]:
    for path, option in options(schema):
        if option:
            for number, value in enumerate(values(option)):
                name = f"{path} = {json.dumps(value)[:60]}"
                yield Case(f"{name} ({number})", with_option(fitting(path), path, value))
        else:
            step = path[-1]
            kind = step[1] if isinstance(step, tuple) and not isinstance(step[1], list) else None
            for value in ([kind, {"type": kind}] if kind else [{}]) + [{"unknown": 1}, {"type": "unknown"}, 3, "unknown", None]:
                yield Case(f"{path} = {json.dumps(value)}", with_option(fitting(path), path, value), value in (kind, {"type": kind}))


class Program:
    def __init__(self, folder: Path):
        self.folder = folder
        for name, kind, letter, shape, numbers in (
                ("rows.npy", "<f4", "f", f"({ROWS}, {FEATURES})", [0.05 + 0.03 * (i % 29) for i in range(ROWS * FEATURES)]),
                ("labels.npy", "<i8", "q", f"({ROWS},)", [i % 3 for i in range(ROWS)])):
            header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
            (folder / name).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
                                        + struct.pack(f"<{len(numbers)}{letter}", *numbers))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        environment.pop("AE_DATA_ROOT", None)
        return subprocess.run([PROGRAMS / "ae-train", *arguments], cwd=self.folder, env=environment, capture_output=True,
                              text=True)

    def dry_run(self, number: int, config: Any) -> subprocess.CompletedProcess[str]:
        path = self.folder / f"c{number}.json"
        path.write_text(config if isinstance(config, str) else json.dumps(config))
        return self.run("--config", path.name, "--dry-run", "--json", "--device", "cpu")


class Comparison:
    def __init__(self, program: Program):
        self.program = program
        self.schema = json.loads(program.run("--schema").stdout)
        jsonschema.Draft202012Validator.check_schema(self.schema)
        self.validator = jsonschema.Draft202012Validator(self.schema)
        self.faults: list[str] = []
        self.counts = {"taken by both": 0, "refused by both": 0, "refused for another option": 0}

    def compare(self, numbered: tuple[int, Case]) -> None:
        number, case = numbered
        allowed = self.validator.is_valid(case.config)
        result = self.program.dry_run(number, case.config)
        message = (result.stderr.strip().splitlines() or [""])[-1]
        if result.returncode not in (0, 2, 3):
            self.faults.append(f"{case.name}: ended with {result.returncode}: {message}")
        elif not allowed:
            self.counts["refused by both"] += 1
            if result.returncode != 2:
                error = jsonschema.exceptions.best_match(self.validator.iter_errors(case.config))
                self.faults.append(f"{case.name}: refused by the schema alone: {error.message[:300]}")
        elif result.returncode == 2:
            self.counts["refused for another option"] += 1
            if not any(word in message for word in DEPENDS):
                self.faults.append(f"{case.name}: refused by the program alone: {message[:400]}")
        else:
            self.counts["taken by both"] += 1
        if result.returncode == 0:
            resolved = json.loads(result.stdout)["config"]
            for error in self.validator.iter_errors(resolved):
                self.faults.append(f"{case.name}: its resolved config: {error.json_path}: {error.message[:300]}")


def shipped_cases() -> Iterator[Case]:
    """Every config in configs/, on the rows of this test."""
    for path in sorted((ROOT / "configs").glob("*.json")):
        config = read_config(path)
        yield Case(path.name, config)
        config["data"] = {**config["data"], "train": {**config["data"]["train"], "path": "rows.npy"}}
        yield Case(f"{path.name} on other rows", config)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="try all values")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="schema_") as name:
        comparison = Comparison(Program(Path(name)))
        parts = list(part_cases(comparison.schema))
        rng = random.Random(args.seed)
        if not args.all:
            types = [case for case in parts if case.default]
            parts = types + rng.sample(parts, min(CHOICES, len(parts)))
        configs = [read_config(path) for path in sorted((ROOT / "configs").glob("*.json"))]
        texts = [fault.text for fault in faults(configs, 65, args.seed)]
        mutants = []
        for number, text in enumerate(texts):
            try:
                mutants.append(Case(f"mutant {number}", json.loads(text)))
            except (ValueError, RecursionError):
                continue  # not JSON, about which a schema says nothing
        cases = [*shipped_cases(), *parts, *mutants]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(comparison.compare, enumerate(cases)))
    for fault in comparison.faults:
        print(fault, file=sys.stderr)
    print(f"{len(cases)} configs, of them {len(mutants)} mutants: "
          + ", ".join(f"{count} {what}" for what, count in comparison.counts.items())
          + f"; {len(comparison.faults)} faults")
    sys.exit(1 if comparison.faults else 0)


if __name__ == "__main__":
    main()
