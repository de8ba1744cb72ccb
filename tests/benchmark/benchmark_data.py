#!/usr/bin/env python3
"""Collects the data of the speed benchmark in one folder, from which ae-train and the peers read.

  mnist          a link to MNIST's folder
  images         the first of MNIST's training images      -> images.npy, for the slower models and short runs
  points         points near a curved sheet                -> points.csv
  activations    rows of low rank plus noise               -> activations.npy, as of a network's layer

Keeps existing files. Needs only Python 3.
"""

import argparse
import gzip
import random
import subprocess
import sys
from collections.abc import Iterator
from operator import mul
from pathlib import Path

from measuring import DATA_ROOT, ROOT, stop

sys.path.append(str(ROOT / "scripts"))
from make_data import little_endian, npy_header, write_atomically  # noqa: E402

IMAGES, POINTS, ACTIVATIONS = 6400, 1024, 16384  # whole batches, so that no peer compiles for a partial one
PIXELS = 28 * 28
ACTIVATION_WIDTH, ACTIVATION_RANK, ACTIVATION_NOISE = 512, 16, 0.3


def say(text: str) -> None:
    print(f"{Path(sys.argv[0]).name}: {text}", flush=True)


def make_images(mnist: Path, path: Path, count: int) -> None:
    """[count, 784] uint8."""
    with gzip.open(mnist / "train-images-idx3-ubyte.gz") as file:
        pixels = file.read(16 + count * PIXELS)[16:]
    write_atomically(path, [npy_header("|u1", (len(pixels) // PIXELS, PIXELS)), pixels])


def make_activations(path: Path, count: int) -> None:
    """[count, 512] float32 of variance near 1; some 1 ms each, in plain Python."""
    draw = random.Random(1)
    deviation = ACTIVATION_RANK**-0.5
    columns = [[draw.gauss(0, deviation) for _ in range(ACTIVATION_RANK)] for _ in range(ACTIVATION_WIDTH)]

    def rows() -> Iterator[bytes]:
        yield npy_header("<f4", (count, ACTIVATION_WIDTH))
        for _ in range(count):
            code = [draw.gauss(0, 1) for _ in range(ACTIVATION_RANK)]
            yield little_endian("f", (sum(map(mul, code, column)) + draw.gauss(0, ACTIVATION_NOISE)
                                      for column in columns))

    write_atomically(path, rows())


def gather(mnist: Path, folder: Path, activations: int = ACTIVATIONS) -> None:
    """Creates the missing files in `folder`."""
    if not (mnist / "train-images-idx3-ubyte.gz").is_file():
        stop(f"no MNIST in {mnist}; fetch it with scripts/fetch_data.sh mnist, or name the folder that holds mnist/ "
             "with --data-root")
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "mnist"
    if not link.is_symlink() or link.resolve() != mnist.resolve():
        link.unlink(missing_ok=True)
        link.symlink_to(mnist.resolve())
    if not (folder / "images" / "images.npy").exists():
        make_images(mnist, folder / "images" / "images.npy", IMAGES)
    if not (folder / "points" / "points.csv").exists():
        subprocess.run([sys.executable, str(ROOT / "scripts" / "make_data.py"), "points", "--out",
                        str(folder / "points"), "--count", str(POINTS)], check=True, stdout=subprocess.DEVNULL)
    path = folder / "activations" / "activations.npy"
    if not path.exists():
        say(f"making {activations:,} activations of {ACTIVATION_WIDTH} values, once; about {activations // 1000} s")
        make_activations(path, activations)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--data-root", type=Path, default=DATA_ROOT, metavar="DIR", help="folder that holds mnist/")
    parser.add_argument("--activations", type=int, default=ACTIVATIONS, metavar="N", help="how many")
    args = parser.parse_args()
    gather(args.data_root / "mnist", args.out, args.activations)


if __name__ == "__main__":
    main()
