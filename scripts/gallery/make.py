#!/usr/bin/env python3
"""Makes the gallery: one page of figures on autoencoders, each with the commands that make it again.

scripts/gallery.sh calls this. Needs Python alone and the programs; commands run in the repository's folder.
Exit codes: 0 done, 2 wrong usage, 3 missing data or programs, a command that failed, or an unwritable folder.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import items_of_digits
import items_of_points
import items_of_vaes
from commands import ROOT, CommandFailed, Commands
from files import write_if_changed
from page import Item, page

FREE: list[Callable[[Commands], Item]] = [
    items_of_points.curve_in_the_plane,
    items_of_points.curved_surface,
    items_of_points.three_two_three,
    items_of_points.capacity,
]
OF_MNIST: list[Callable[[Commands], Item]] = [
    items_of_digits.sparse_features,
    items_of_digits.denoising,
    items_of_digits.gaps,
    items_of_vaes.two_terms,
    items_of_vaes.ball,
    items_of_vaes.interpolation,
    items_of_vaes.variations,
    items_of_vaes.manifold,
    items_of_digits.wide_encoder,
    items_of_digits.other_data,
]
FILES = [f"{name}-ubyte.gz" for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3",
                                         "t10k-labels-idx1")]
REMEDY = "fetch it with scripts/fetch_data.sh mnist, or name the folder that contains mnist/ by --data-root"


def say(message: str) -> None:
    print(f"gallery.sh: {message}", flush=True)


def stop(message: str, code: int = 3) -> NoReturn:
    print(f"gallery.sh: error: {message}", file=sys.stderr)
    sys.exit(code)


def find_mnist(given: Path | None) -> Path | None:
    """The folder that contains mnist/, looked for where ae-train looks: --data-root, AE_DATA_ROOT, ., data."""
    environment = os.environ.get("AE_DATA_ROOT")
    places = [given] if given else []
    places += [Path(environment)] if environment else []
    for place in [*places, ROOT, ROOT / "data"]:
        if all((place / "mnist" / file).is_file() for file in FILES):
            return place.resolve()
    if given:
        stop(f"{given}: mnist/ is missing there, or one of {', '.join(FILES)} in it; {REMEDY}")
    return None


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/gallery.sh", description="Makes the figures of a lecture on "
                                     "autoencoders again, in one page.", allow_abbrev=False)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "gallery", metavar="FOLDER",
                        help="folder of index.html and of the runs (default: gallery in the repository)")
    parser.add_argument("--quick", action="store_true", help="fewer epochs")
    parser.add_argument("--data-root", type=Path, metavar="DIR", help="folder that contains mnist/")
    parser.add_argument("--bin", type=Path, metavar="DIR", default=ROOT / "build" / "bin",
                        help="folder of the programs; nothing is built then")
    return parser.parse_args()


def main() -> None:
    arguments = read_arguments()
    for program in ("ae-train", "ae-encode", "ae-sample", "ae-eval"):
        if not os.access(arguments.bin / program, os.X_OK):
            stop(f"{arguments.bin / program} is missing; build it with scripts/build.sh programs")
    folder = arguments.folder.resolve()
    mnist = find_mnist(arguments.data_root)
    commands = Commands(folder / ("quick" if arguments.quick else "full"), arguments.bin.resolve(), mnist,
                        arguments.quick)
    started = time.monotonic()
    items = []
    for make in FREE + (OF_MNIST if mnist else []):
        before = time.monotonic()
        commands.shown = []
        item = make(commands)
        item.commands = commands.shown
        items.append(item)
        say(f"{item.title} ({time.monotonic() - before:.0f} s)")
    notes = [("Figures of a lecture on autoencoders, made by scripts/gallery.sh. The commands below each figure make "
              "it again; they run in the repository's folder, with data and configs that the script has written. "
              "Training is short: pictures show the point, not the best that a model can do.")]
    if arguments.quick:
        notes.append("Made with --quick: fewer epochs still.")
    if not mnist:
        notes.append(f"Left out, as MNIST is missing: {len(OF_MNIST)} items on sparse features, denoising, gaps, VAEs, "
                     f"a wide encoder, and other data. To see them, {REMEDY}.")
        say(f"MNIST is missing: {len(OF_MNIST)} items are left out; {REMEDY}")
    write_if_changed(folder / "index.html", page(items, notes).encode())
    say(f"{len(items)} items in {folder / 'index.html'} ({time.monotonic() - started:.0f} s)")


if __name__ == "__main__":
    try:
        main()
    except CommandFailed as failure:
        stop(str(failure))
    except OSError as failure:
        stop(f"{failure.filename}: {failure.strerror}; choose another FOLDER, or see whether it is there")
    except KeyboardInterrupt:
        stop("interrupted; the same command goes on from here", 130)
