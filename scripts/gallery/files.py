"""Files that the gallery reads and writes: .npy, CSV, IDX and PNG, with Python alone."""

import array
import csv
import gzip
import math
import re
import struct
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

Image = bytes  # grey levels 0-255, row by row


def write_if_changed(path: Path, content: bytes) -> None:
    """Leaves an equal file as it is, so that what was made of it counts as up to date."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.replace(path)


def write_csv(path: Path, rows: Sequence[Sequence[float]], header: Sequence[str] = ()) -> None:
    lines = [",".join(header)] if header else []
    lines += [",".join(f"{value:.6g}" for value in row) for row in rows]
    write_if_changed(path, ("\n".join(lines) + "\n").encode())


def read_csv(path: Path) -> list[list[float]]:
    """Rows of numbers below a header line."""
    with path.open(newline="") as file:
        lines = csv.reader(file)
        next(lines)
        return [[float(cell) for cell in line] for line in lines]


def write_images(path: Path, images: Sequence[Image], side: int) -> None:
    """A .npy file [N, side, side] of bytes."""
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({len(images)}, {side}, {side}), }}"
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("latin1")
    write_if_changed(path, header + b"".join(images))


def read_npy(path: Path) -> list[Sequence[float]]:
    """Rows of a version 1 .npy file of little-endian numbers; all axes but the first are one."""
    raw = path.read_bytes()
    start = 10 + struct.unpack("<H", raw[8:10])[0]
    header = raw[10:start].decode("latin1")
    descr = re.search(r"'descr': '[<|](\w+)'", header)
    shape = re.search(r"'shape': \(([^)]*)\)", header)
    if descr is None or shape is None:
        raise ValueError(f"{path}: not a .npy file that this script reads")
    sizes = [int(size) for size in shape[1].split(",") if size.strip()]
    values = array.array({"f4": "f", "f8": "d", "i8": "q", "i4": "i", "u1": "B"}[descr[1]], raw[start:])
    if sys.byteorder == "big":
        values.byteswap()
    width = math.prod(sizes[1:])
    return [values[i * width:(i + 1) * width] for i in range(sizes[0])]


def read_idx(path: Path, count: int) -> list[Image]:
    """The first `count` rows of a gzip'd IDX file of bytes."""
    with gzip.open(path) as file:
        axes = file.read(4)[3]
        sizes = struct.unpack(f">{axes}I", file.read(4 * axes))
        width = math.prod(sizes[1:])
        return [file.read(width) for _ in range(min(count, sizes[0]))]


def grey_levels(row: Sequence[float], white: float = 255) -> Image:
    return bytes(min(255, max(0, round(value * 255 / white))) for value in row)


def write_grid(path: Path, lines: Sequence[Sequence[Image]], side: int, scale: int = 1) -> None:
    """A grey PNG of lines of square images, with a line of dark grey between them."""
    cell = side * scale + 1
    width, height = cell * max(map(len, lines)) + 1, cell * len(lines) + 1
    pixels = [bytearray(b"\x30" * width) for _ in range(height)]
    for i, line in enumerate(lines):
        for j, image in enumerate(line):
            for y in range(side * scale):
                source = image[y // scale * side:(y // scale + 1) * side]
                row = bytes(level for level in source for _ in range(scale))
                pixels[i * cell + 1 + y][j * cell + 1:j * cell + 1 + len(row)] = row

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\x00" + row for row in pixels), 9)
    write_if_changed(path, b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))
