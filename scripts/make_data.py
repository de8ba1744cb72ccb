#!/usr/bin/env python3
"""Makes the small data sets that some shipped configs train on. Needs Python 3 alone, no packages.

  signals   one-dimensional signals of 500 samples in three families   -> signals.npy, labels.npy
  points    points near a curved sheet in the unit cube                -> points.csv
  patches   10x10 patches cut from MNIST's training images             -> patches.npy
  baskets   counts of 300 items in the baskets of customers            -> baskets.npy

The same seed gives the same files. Each file appears under its name only when it is complete.
Exit codes: 0 done, 2 wrong usage, 3 missing or broken data or an unwritable folder.
"""

import argparse
import array
import cmath
import gzip
import math
import os
import random
import struct
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIGNAL_LENGTH = 500
PATCH_SIZE = 10
ITEMS, TASTES = 300, 12
PATCH_MIN_VARIANCE = 400.0  # of grey levels 0-255; leaves out blank and nearly blank patches


class DataError(Exception):
    """What is wrong with the data or the folder, in one line for the user."""


def write_atomically(path: Path, chunks: Iterable[bytes]) -> None:
    """Writes to a temporary file beside `path`, then renames it into place."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise DataError(f"{path.parent}: cannot write there ({error.strerror}); choose another folder with --out")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(chunks)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException as error:
        os.unlink(temporary)
        if isinstance(error, OSError):
            raise DataError(f"{path}: cannot write ({error.strerror})")
        raise


def npy_header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """The header of a version 1.0 .npy file in C order, padded so that the data starts at a multiple of 64."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape!r}, }}"
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("latin1")


def little_endian(typecode: str, values: Iterable[float]) -> bytes:
    data = array.array(typecode, values)
    if sys.byteorder == "big":
        data.byteswap()
    return data.tobytes()


def oscillation(amplitude: float, phase: float, cycles: float, sweep: float, decay: float, onset: float = 0.0,
                width: float = math.inf, center: float = 0.0) -> list[float]:
    """One component sampled at t = 0, 1/500, ...: the real part of amplitude * exp(i phase + p(t)).

    p is quadratic in t, so a chirp, a damped oscillation and a Gaussian burst are all two multiplications a sample.
      cycles  frequency at `onset`, in periods per signal;  sweep  its change over the signal
      decay   rate of the exponential damping;  onset  start, zero before it
      width, center  standard deviation and centre of the Gaussian envelope
    """
    step = 1.0 / SIGNAL_LENGTH
    first = math.ceil(onset * SIGNAL_LENGTH)
    start = first * step - onset
    curvature = complex(-0.5 / width**2, math.pi * sweep)
    slope = complex(-decay, 2 * math.pi * cycles)
    peak = center - onset
    real_part = curvature.real * (start - peak) ** 2
    value = amplitude * cmath.exp(complex(real_part, phase + curvature.imag * start**2) + slope * start)
    linear = complex(2 * curvature.real * (start - peak), 2 * curvature.imag * start) + slope
    ratio = cmath.exp(linear * step + curvature * step**2)
    ratio_growth = cmath.exp(2 * curvature * step**2)
    samples = [0.0] * first
    for _ in range(SIGNAL_LENGTH - first):
        samples.append(value.real)
        value *= ratio
        ratio *= ratio_growth
    return samples


def draw_signal(rng: random.Random, family: int) -> list[float]:
    """One signal without noise; 4 to 6 random numbers determine it, so a narrow code can hold it."""
    amplitude = rng.uniform(0.4, 0.95)
    phase = rng.uniform(0, 2 * math.pi)
    if family == 0:  # burst: a few periods under a Gaussian envelope
        return oscillation(amplitude, phase, cycles=rng.uniform(6, 25), sweep=0, decay=0,
                           width=rng.uniform(0.08, 0.16), center=rng.uniform(0.3, 0.7))
    if family == 1:  # chirp: frequency rises or falls steadily, fading slowly
        return oscillation(amplitude, phase, cycles=rng.uniform(5, 14), sweep=rng.uniform(-5, 10),
                           decay=rng.uniform(0, 1.5))
    onset = rng.uniform(0.0, 0.15)  # ring-down: two damped modes struck at the same moment
    cycles, decay = rng.uniform(6, 20), rng.uniform(2, 6)
    low = oscillation(0.65 * amplitude, phase, cycles, 0, decay, onset)
    high = oscillation(0.35 * amplitude, 2 * phase, 2.2 * cycles, 0, 1.5 * decay, onset)
    return [a + b for a, b in zip(low, high)]


def make_signals(args: argparse.Namespace) -> str:
    """Signals [N, 500] float32, roughly in [-1, 1], and their family (0 burst, 1 chirp, 2 ring-down) [N] int64."""
    rng = random.Random(args.seed)
    families = [rng.randrange(3) for _ in range(args.count)]

    def rows() -> Iterator[bytes]:
        yield npy_header("<f4", (args.count, SIGNAL_LENGTH))
        for family in families:
            yield little_endian("f", [x + rng.gauss(0, args.noise) for x in draw_signal(rng, family)])

    write_atomically(args.out / "signals.npy", rows())
    write_atomically(args.out / "labels.npy", [npy_header("<i8", (args.count,)), little_endian("q", families)])
    return f"{args.count} signals of {SIGNAL_LENGTH} samples: {args.out}/signals.npy, families: {args.out}/labels.npy"


def make_points(args: argparse.Namespace) -> str:
    """Points of a saddle-shaped sheet z = f(x, y) with Gaussian noise in every coordinate, clipped to [0, 1]."""
    rng = random.Random(args.seed)

    def lines() -> Iterator[bytes]:
        yield b"x,y,z\n"
        for _ in range(args.count):
            x, y = rng.uniform(0.05, 0.95), rng.uniform(0.05, 0.95)
            z = 0.5 + 1.2 * (x - 0.5) * (y - 0.5) + 0.2 * math.sin(math.pi * x)
            noisy = (min(max(value + rng.gauss(0, args.noise), 0.0), 1.0) for value in (x, y, z))
            yield (",".join(f"{value:.6f}" for value in noisy) + "\n").encode()

    write_atomically(args.out / "points.csv", lines())
    return f"{args.count} points: {args.out}/points.csv"


def read_idx_images(path: Path) -> tuple[bytes, int, int, int]:
    """Pixels, count, rows and columns of a gzip'd IDX file of images."""
    try:
        raw = gzip.decompress(path.read_bytes())
    except FileNotFoundError:
        raise DataError(f"{path} not found; fetch MNIST with scripts/fetch_data.sh mnist or give its folder with "
                        f"--mnist (the digits in data/digits are 8x8, too small for {PATCH_SIZE}x{PATCH_SIZE} patches)")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: broken gzip data ({error}); fetch it again with scripts/fetch_data.sh mnist")
    except OSError as error:
        raise DataError(f"{path}: cannot read ({error.strerror})")
    if len(raw) < 16 or raw[:4] != b"\x00\x00\x08\x03":
        raise DataError(f"{path}: not an IDX file of images (expected the magic number 0x00000803)")
    count, rows, columns = struct.unpack(">3I", raw[4:16])
    if len(raw) != 16 + count * rows * columns:
        raise DataError(f"{path}: {len(raw) - 16} bytes of pixels; its header promises {count}x{rows}x{columns}")
    if min(rows, columns) < PATCH_SIZE:
        raise DataError(f"{path}: images of {rows}x{columns} are too small for {PATCH_SIZE}x{PATCH_SIZE} patches")
    return raw[16:], count, rows, columns


def variance(patch: bytes) -> float:
    mean = sum(patch) / len(patch)
    return sum(map(int.__mul__, patch, patch)) / len(patch) - mean * mean


def make_patches(args: argparse.Namespace) -> str:
    """Patches [N, 1, 10, 10] uint8 at random places of random images, those with too little contrast left out."""
    path = args.mnist / "train-images-idx3-ubyte.gz"
    pixels, count, rows, columns = read_idx_images(path)
    rng = random.Random(args.seed)
    patches: list[bytes] = []
    for _ in range(100 * args.count):
        if len(patches) == args.count:
            break
        image = rng.randrange(count) if count else 0
        top, left = rng.randrange(rows - PATCH_SIZE + 1), rng.randrange(columns - PATCH_SIZE + 1)
        corner = (image * rows + top) * columns + left
        patch = b"".join(pixels[start:start + PATCH_SIZE]
                         for start in range(corner, corner + PATCH_SIZE * columns, columns))
        if patch and variance(patch) >= PATCH_MIN_VARIANCE:
            patches.append(patch)
    if len(patches) < args.count:
        raise DataError(f"{path}: only {len(patches)} of {args.count} patches found; the images are nearly blank")
    shape = (args.count, 1, PATCH_SIZE, PATCH_SIZE)
    write_atomically(args.out / "patches.npy", [npy_header("|u1", shape), *patches])
    return f"{args.count} patches of {PATCH_SIZE}x{PATCH_SIZE}: {args.out}/patches.npy"


def make_baskets(args: argparse.Namespace) -> str:
    """Baskets [N, 300] uint8: counts of the items that customers, each of one to three tastes, have bought."""
    rng = random.Random(args.seed)
    # A few items are liked by all; each taste adds its own.
    popularity = [1 / (rank + 5) for rank in rng.sample(range(ITEMS), ITEMS)]
    tastes = [[share * math.exp(rng.gauss(0, 2)) for share in popularity] for _ in range(TASTES)]

    def baskets() -> Iterator[bytes]:
        yield npy_header("|u1", (args.count, ITEMS))
        for _ in range(args.count):
            items = min(max(round(math.exp(rng.gauss(3, 0.5))), 1), 200)
            chosen = rng.sample(tastes, rng.randint(1, 3))
            basket = bytearray(ITEMS)
            for item in rng.choices(range(ITEMS), [sum(shares) for shares in zip(*chosen)], k=items):
                basket[item] += 1
            yield bytes(basket)

    write_atomically(args.out / "baskets.npy", baskets())
    return f"{args.count} baskets of {ITEMS} items: {args.out}/baskets.npy"


def positive_integer(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def deviation(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError
    return value


positive_integer.__name__ = "whole number above 0"
deviation.__name__ = "number in [0, 1]"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="signals|points|patches|baskets")

    def add(name: str, make, count: int) -> argparse.ArgumentParser:
        command = commands.add_parser(name, description=make.__doc__, help=make.__doc__)
        command.set_defaults(make=make)
        command.add_argument("--out", type=Path, default=ROOT / "data" / name, metavar="DIR",
                             help=f"folder to write to, made if absent (default: data/{name} of this repository)")
        command.add_argument("--count", type=positive_integer, default=count, metavar="N",
                             help="how many to make (default: %(default)s)")
        command.add_argument("--seed", type=int, default=1, metavar="S", help="random seed (default: %(default)s)")
        return command

    noise_help = "standard deviation of the added noise (default: %(default)s)"
    add("signals", make_signals, 4000).add_argument("--noise", type=deviation, default=0.02, help=noise_help)
    add("points", make_points, 1000).add_argument("--noise", type=deviation, default=0.01, help=noise_help)
    add("baskets", make_baskets, 5000)
    data_root = Path(os.environ.get("AE_DATA_ROOT") or ROOT / "data")
    add("patches", make_patches, 20000).add_argument(
        "--mnist", type=Path, default=data_root / "mnist", metavar="DIR",
        help="folder of MNIST's gzip'd IDX files (default: mnist in AE_DATA_ROOT, else data/mnist of this repository)")
    return parser.parse_args()


def main() -> int:
    args = parse_arguments()
    try:
        print(args.make(args))
    except DataError as error:
        print(f"make_data.py: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
