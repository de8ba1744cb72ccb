#!/usr/bin/env python3
"""Runs scripts/make_data.py as a user would: files that readers accept, repeatable, and one-line errors."""

import ast
import gzip
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "make_data.py"


def run(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True)


def read_npy(path: Path) -> tuple[str, tuple[int, ...], bytes]:
    """Type, shape and raw values of a .npy file, whose size must be what its header says."""
    raw = path.read_bytes()
    assert raw[:8] == b"\x93NUMPY\x01\x00"
    start = 10 + struct.unpack("<H", raw[8:10])[0]
    assert start % 64 == 0
    header = ast.literal_eval(raw[10:start].decode("latin1"))
    assert header["fortran_order"] is False
    return header["descr"], header["shape"], raw[start:]


class MakeData(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write_mnist(self, raw: bytes, compress: bool = True) -> None:
        data = gzip.compress(raw) if compress else raw
        (self.folder / "train-images-idx3-ubyte.gz").write_bytes(data)

    def assert_refused(self, result: subprocess.CompletedProcess, expected: str) -> None:
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(expected, result.stderr)
        self.assertEqual(list(self.folder.glob("out/*")), [])

    def test_signals(self) -> None:
        self.assertEqual(run("signals", "--count", 60, "--out", self.folder / "a").returncode, 0)
        descr, shape, data = read_npy(self.folder / "a" / "signals.npy")
        self.assertEqual((descr, shape), ("<f4", (60, 500)))
        values = struct.unpack(f"<{60 * 500}f", data)
        self.assertLess(max(map(abs, values)), 1.2)
        self.assertGreater(max(map(abs, values)), 0.5)
        descr, shape, data = read_npy(self.folder / "a" / "labels.npy")
        self.assertEqual((descr, shape), ("<i8", (60,)))
        self.assertEqual(set(struct.unpack("<60q", data)), {0, 1, 2})

    def test_seed_decides_everything(self) -> None:
        contents = []
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            run("signals", "--count", 5, "--seed", seed, "--out", self.folder / name)
            contents.append((self.folder / name / "signals.npy").read_bytes())
        self.assertEqual(contents[0], contents[1])
        self.assertNotEqual(contents[0], contents[2])

    def test_points(self) -> None:
        self.assertEqual(run("points", "--count", 50, "--out", self.folder).returncode, 0)
        header, *lines = (self.folder / "points.csv").read_text().splitlines()
        self.assertEqual(header, "x,y,z")
        self.assertEqual(len(lines), 50)
        for line in lines:
            coordinates = [float(value) for value in line.split(",")]
            self.assertEqual(len(coordinates), 3)
            self.assertTrue(all(0 <= value <= 1 for value in coordinates), line)

    def test_baskets(self) -> None:
        self.assertEqual(run("baskets", "--count", 50, "--out", self.folder).returncode, 0)
        descr, shape, data = read_npy(self.folder / "baskets.npy")
        self.assertEqual((descr, shape, len(data)), ("|u1", (50, 300), 15000))
        totals = [sum(data[start:start + 300]) for start in range(0, 15000, 300)]
        self.assertTrue(all(1 <= total <= 200 for total in totals), totals)
        self.assertGreater(len(set(totals)), 5)

    def test_patches_are_cut_from_the_images(self) -> None:
        pixels = bytes((row * 28 + column) % 251 for row in range(28) for column in range(28))
        self.write_mnist(struct.pack(">4I", 0x803, 1, 28, 28) + pixels)
        result = run("patches", "--count", 8, "--mnist", self.folder, "--out", self.folder / "out")
        self.assertEqual(result.returncode, 0, result.stderr)
        descr, shape, data = read_npy(self.folder / "out" / "patches.npy")
        self.assertEqual((descr, shape, len(data)), ("|u1", (8, 1, 10, 10), 800))
        rows = [pixels[start:start + 28] for start in range(0, 784, 28)]
        places = {b"".join(row[left:left + 10] for row in rows[top:top + 10])
                  for top in range(19) for left in range(19)}
        for start in range(0, 800, 100):
            self.assertIn(data[start:start + 100], places)

    def test_refusals(self) -> None:
        command = ("patches", "--count", 5, "--mnist", self.folder, "--out", self.folder / "out")
        header = struct.pack(">4I", 0x803, 2, 28, 28)
        self.assert_refused(run(*command), "not found")
        self.write_mnist(b"no gzip", compress=False)
        self.assert_refused(run(*command), "broken gzip")
        self.write_mnist(gzip.compress(header + bytes(1568))[:-9], compress=False)
        self.assert_refused(run(*command), "broken gzip")
        self.write_mnist(struct.pack(">4I", 0x801, 2, 28, 28) + bytes(1568))
        self.assert_refused(run(*command), "magic number")
        self.write_mnist(header + bytes(1567))
        self.assert_refused(run(*command), "1567 bytes")
        self.write_mnist(struct.pack(">4I", 0x803, 2, 8, 8) + bytes(128))
        self.assert_refused(run(*command), "too small")
        self.write_mnist(header + bytes(1568))
        self.assert_refused(run(*command), "nearly blank")
        (self.folder / "file").write_text("")
        self.assert_refused(run("points", "--out", self.folder / "file" / "folder"), "cannot write")

    def test_wrong_usage(self) -> None:
        for arguments in ((), ("pictures",), ("points", "--count", 0), ("points", "--noise", 2)):
            self.assertEqual(run(*arguments).returncode, 2)


if __name__ == "__main__":
    unittest.main()
