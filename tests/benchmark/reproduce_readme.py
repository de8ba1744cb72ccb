#!/usr/bin/env python3
"""Measures the figures that the READMEs quote again, and keeps the READMEs equal to the committed results.

results/readme.json has the quoted texts, with a place {FILE:PATH|FORMAT} for each figure: FILE.json beside it, the path
of a value in it (a * adds up a list), and how it is written: .2f, s3 (three significant digits), n (a count), % (in
percent), min (seconds in minutes). Figures of other machines and of GPUs are compared with the results alone.
scripts/reproduce_readme.sh calls this. Needs Python alone.
"""

import argparse
import json
import math
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import DATA_ROOT, ROOT, run, stop

RESULTS = ROOT / "tests" / "benchmark" / "results"
PLACE = re.compile(r"\{(\w+):([^|}]+)\|([^}]+)\}")
NUMBER = r"(\d[\d,]*(?:\.\d+)?)"


@dataclass(frozen=True)
class Figure:
    file: str
    path: str
    format: str

    def value(self, folder: Path) -> float | None:
        """None where the file or the value is not there."""
        try:
            found: list[Any] = [json.loads((folder / f"{self.file}.json").read_text())]
            for key in self.path.split("."):
                if key == "*":
                    found = [item for each in found for item in each]
                else:
                    found = [each[int(key)] if isinstance(each, list) else each[key] for each in found]
        except (OSError, LookupError):
            return None
        return sum(found)

    def text(self, value: float) -> str:
        if self.format == "n":
            return f"{value:,.0f}"
        if self.format == "min":
            return f"{value / 60:.0f}"
        if self.format.startswith("%"):
            return f"{100 * value:{self.format[1:]}}"
        if self.format.startswith("s"):
            digits = int(self.format[1:]) - 1 - math.floor(math.log10(abs(value)))
            return f"{round(value, digits):,.{max(digits, 0)}f}"
        return f"{value:{self.format}}"


def quoted() -> list[tuple[str, str]]:
    """Documents and the templates of their texts."""
    texts = json.loads((RESULTS / "readme.json").read_text())["text"]
    return [(document, template) for document, templates in texts.items() for template in templates]


def figures() -> list[Figure]:
    found = [Figure(*place) for _, template in quoted() for place in PLACE.findall(template)]
    return list(dict.fromkeys(found))


def pattern(template: str) -> re.Pattern[str]:
    """Matches the text whatever its figures, and wherever its lines end."""
    parts = [NUMBER if i % 4 == 3 else r"\s+".join(map(re.escape, part.split(" ")))
             for i, part in enumerate(PLACE.split(template)) if i % 4 in (0, 3)]
    return re.compile("".join(parts))


def render(write: bool) -> int:
    """How many figures differ from the results; with `write` they are mended."""
    documents = {document: (ROOT / document).read_text() for document, _ in quoted()}
    differing = 0
    for document, template in quoted():
        text = documents[document]
        match = pattern(template).search(text)
        if not match:
            stop(f"{document} has no text like {template!r}; bring results/readme.json up to date")
        for number, place in reversed(list(enumerate(PLACE.findall(template), 1))):
            figure = Figure(*place)
            value = figure.value(RESULTS)
            if value is None:
                stop(f"results/{figure.file}.json has no {figure.path}")
            begin, end = match.span(number)
            if text[begin:end] != figure.text(value):
                differing += 1
                print(f"{document}: {text[begin:end]} is {figure.text(value)} in results/{figure.file}.json, "
                      f"{figure.path}")
            text = text[:begin] + figure.text(value) + text[end:]
        documents[document] = text
    if write:
        for document, text in documents.items():
            (ROOT / document).write_text(text)
    return differing


def commands(args: argparse.Namespace, folder: Path) -> dict[str, list[list[str]]]:
    """What makes each result anew, in `folder`."""
    here, tests = ROOT / "tests" / "benchmark", ROOT / "tests" / "integration"
    data = ["--data-root", str(args.data_root)]

    def out(name: str) -> list[str]:
        return ["--out", str(folder / f"{name}.json")]

    speed = [str(here / "speed.py"), "--bin", str(args.bin), *data, *out("speed")]
    if args.peers_python.exists():
        speeds = [[*speed, "--peers", "jax,pytorch,compile,keras", "--peers-python", str(args.peers_python)]]
    else:
        print(f"no peers in {args.peers_python}: rates of ae alone are measured; scripts/bench.sh installs the peers")
        speeds = [[*speed, "--without-peers"]]
    if args.quick:
        speeds = [[*command, "--rounds", "1", "--workloads", "mlp,vae,points,encode,whole_vae"] for command in speeds]
    faulty = []  # which compares with a bare program of LibTorch
    if (args.bin.parent / "tests" / "bare_libtorch").exists():
        faulty = [[str(tests / "faulty_configs_test.py"), "--count", "65" if args.quick else "1000",
                   *out("faulty_configs")]]
    full = {} if args.quick else {"build_times": [[str(here / "build_times.py"), *out("build_times")]]}
    return {
        "mnist": [[str(here / "reproduce_mnist.py"), *data, *out("mnist")]],
        "encode_memory": [[str(here / "encode_memory.py"), *out("encode_memory")]],
        "kills": [[str(tests / "kill_test.py"), "--trials", "5" if args.quick else "200", *out("kills")]],
        "faulty_configs": faulty,
        "speed": speeds,
        **full,
    }


def measure(args: argparse.Namespace, folder: Path) -> bool:
    """False where some of it failed."""
    complete = True
    os.environ["AE_BIN_DIR"] = str(args.bin)
    for name, steps in commands(args, folder).items():
        if args.only and name not in args.only.split(","):
            continue
        begin = time.monotonic()
        print(f"measuring {name} ...", end=" ", flush=True)
        try:
            for step in steps:
                run([sys.executable, *step])
        except SystemExit as failure:  # the others can still be measured
            print(f"failed: {failure}", flush=True)
            complete = False
            continue
        print(f"{time.monotonic() - begin:.0f} s", flush=True)
    return complete


def print_table(folder: Path, quick: bool) -> None:
    print(f"\n{'figure':60}{'old':>16}{'new':>16}{'difference':>13}")
    for figure in figures():
        old, new = figure.value(RESULTS), figure.value(folder)
        name = f"{figure.file}: {figure.path}"
        if figure.format == "n" and quick:  # a quick run tries fewer
            new = None
        if old is None or new is None:
            print(f"{name:60}{'' if old is None else figure.text(old):>16}{'not measured':>16}")
        else:
            print(f"{name:60}{figure.text(old):>16}{figure.text(new):>16}{100 * (new / old - 1):+11.2f} %")
    for file, part, whole in (("kills", "same", "runs"), ("faulty_configs", "refused_as_promised", "configs")):
        old, new = ([Figure(file, key, "n").value(place) for key in (part, whole)] for place in (RESULTS, folder))
        if None not in old + new:
            shares = [f"{part:.0f} of {whole:.0f}" for part, whole in (old, new)]
            difference = 100 * (new[0] / new[1] - old[0] / old[1])
            print(f"{f'{file}: {part}':60}{shares[0]:>16}{shares[1]:>16}{difference:+11.2f} %")


def main() -> None:
    parser = argparse.ArgumentParser(prog="reproduce_readme.sh", description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--quick", action="store_true", help="little work: under ten minutes on two cores")
    action.add_argument("--check", action="store_true", help="measure nothing; do the READMEs say what results say?")
    action.add_argument("--render", action="store_true", help="measure nothing; write the results into the READMEs")
    parser.add_argument("--only", metavar="LIST", help="of mnist, encode_memory, kills, faulty_configs, speed, "
                        "build_times")
    parser.add_argument("--update", metavar="LIST", help="results to replace by those measured, such as mnist; the "
                        "READMEs follow")
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "bin", metavar="DIR",
                        help="folder of the programs (default: build/bin, which is built)")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, metavar="DIR", help="folder that holds mnist/")
    parser.add_argument("--peers-python", type=Path, metavar="PROGRAM", help="a Python that has the peers",
                        default=os.environ.get("AE_PEERS_PYTHON") or ROOT / "build/peers-venv/bin/python")
    args = parser.parse_args()
    args.bin, args.peers_python = args.bin.absolute(), Path(args.peers_python).absolute()
    if args.check or args.render:
        differing = render(write=args.render)
        print(f"{differing} figures differed" if args.render else f"{differing} figures differ from the results")
        sys.exit(1 if differing and args.check else 0)
    with tempfile.TemporaryDirectory(prefix="reproduce_readme_") as name:
        folder = Path(name)
        complete = measure(args, folder)
        print_table(folder, args.quick)
        for result in args.update.split(",") if args.update else []:
            shutil.copyfile(folder / f"{result}.json", RESULTS / f"{result}.json")
    if args.update:
        render(write=True)
    sys.exit(0 if complete else 1)


if __name__ == "__main__":
    main()
