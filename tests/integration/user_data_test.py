#!/usr/bin/env python3
"""Data as users bring them: axes, booleans, columns by number, offsets, ranges and counts, through the programs.

Inputs are made here, with the standard library only. Programs are looked for in AE_BIN_DIR, else in build/bin.
"""
import ast
import csv
import json
import math
import os
import random
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(os.environ.get("AE_BIN_DIR") or ROOT / "build" / "bin")
CODES = {"<f4": "f", "<f8": "d", "|u1": "B", "|b1": "?", "<i8": "q"}


def write_npy(path, kind, shape, values):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {tuple(shape)!r}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    body = struct.pack(f"<{len(values)}{CODES[kind]}", *values)
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + body)


def read_npy(path):
    data = path.read_bytes()
    end = 10 + struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:end].decode())
    count = math.prod(header["shape"])
    return header["descr"], header["shape"], struct.unpack(f"<{count}{CODES[header['descr']]}", data[end:])


class UserData(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.random = random.Random(7)

    def run_program(self, name, *arguments, code=0):
        done = subprocess.run([PROGRAMS / name, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def train(self, run, data, model, *more, code=0, **options):
        config = {"name": run, "data": data, "model": {"latent_dim": 2, **model},
                  "training": {"epochs": 2, "threads": 1}, **options}
        (self.folder / f"{run}.json").write_text(json.dumps(config))
        return self.run_program("ae-train", "--config", f"{run}.json", "--run-dir", run, "--overwrite", *more, code=code)

    def normal(self, count):
        return [self.random.gauss(0, 1) for _ in range(count)]

    def test_axes_are_said_and_channels_last_are_converted(self):
        pixels = [self.random.randrange(256) for _ in range(40 * 64)]
        write_npy(self.folder / "hw.npy", "|u1", (40, 8, 8), pixels)
        write_npy(self.folder / "hwc.npy", "|u1", (40, 8, 8, 1), pixels)
        conv = {"encoder": {"type": "conv", "channels": [4], "kernel": 3}}
        for name in ("hw", "hwc"):
            out = self.train(name, {"train": {"path": f"{name}.npy"}}, conv)
            self.assertIn("images 1×8×8, channels first", out)
            self.run_program("ae-encode", name, "--data", f"{name}.npy", "--out", f"{name}_codes.npy",
                             "--reconstruction", f"{name}_rows.npy")
        self.assertEqual(read_npy(self.folder / "hw_codes.npy"), read_npy(self.folder / "hwc_codes.npy"))
        self.assertEqual(read_npy(self.folder / "hw_rows.npy")[1], (40, 8, 8))
        self.assertEqual(read_npy(self.folder / "hwc_rows.npy")[1], (40, 8, 8, 1))

    def test_colours_last_are_the_same_as_first(self):
        pixels = [self.random.random() for _ in range(30 * 8 * 8 * 3)]
        moved = [pixels[((n * 8 + i) * 8 + j) * 3 + c] for n in range(30) for c in range(3) for i in range(8) for j in range(8)]
        write_npy(self.folder / "last.npy", "<f4", (30, 8, 8, 3), pixels)
        write_npy(self.folder / "first.npy", "<f4", (30, 3, 8, 8), moved)
        conv = {"encoder": {"type": "conv", "channels": [4], "kernel": 3}}
        for name in ("last", "first"):
            self.train(name, {"train": {"path": f"{name}.npy"}}, conv)
            for data in ("last", "first"):
                self.run_program("ae-encode", name, "--data", f"{data}.npy", "--out", f"{name}_{data}.npy",
                                 "--reconstruction", f"{name}_rows.npy")
        codes = {read_npy(self.folder / f"{a}_{b}.npy") for a in ("last", "first") for b in ("last", "first")}
        self.assertEqual(len(codes), 1)
        rows = {name: read_npy(self.folder / f"{name}_rows.npy") for name in ("last", "first")}
        self.assertEqual(rows["last"][1], (30, 8, 8, 3))
        for n, i, j, c in ((0, 0, 1, 2), (7, 3, 5, 1), (29, 7, 7, 0)):
            self.assertEqual(rows["last"][2][((n * 8 + i) * 8 + j) * 3 + c],
                             rows["first"][2][((n * 3 + c) * 8 + i) * 8 + j])

    def test_a_shape_that_adds_a_channel_is_taken_and_flat_rows_are_said(self):
        values = self.normal(20 * 8 * 6)
        write_npy(self.folder / "hw.npy", "<f4", (20, 8, 6), values)
        write_npy(self.folder / "flat.npy", "<f4", (20, 48), values)
        conv = {"encoder": {"type": "conv", "channels": [4], "kernel": 3}}
        self.assertIn("images 1×8×6", self.train("hw", {"train": {"path": "hw.npy"}, "shape": [1, 8, 6]}, conv))
        self.train("none", {"train": {"path": "hw.npy"}, "shape": [1, 6, 8]}, conv, code=3)
        out = self.run_program("ae-encode", "hw", "--data", "flat.npy", "--out", "c.npy")
        self.assertIn("images 1×8×6, channels first (in the file flat: 48)", out)

    def test_windows_need_a_layout_and_keep_it(self):
        values = self.normal(30 * 12 * 4)
        moved = [values[(n * 12 + t) * 4 + c] for n in range(30) for c in range(4) for t in range(12)]
        write_npy(self.folder / "tc.npy", "<f4", (30, 12, 4), values)
        write_npy(self.folder / "ct.npy", "<f4", (30, 4, 12), moved)
        conv = {"encoder": {"type": "conv", "channels": [4], "kernel": 3}}
        for readings in ('"image"', '"signal"', '"channels_last"', "12 channels of length 4", "4 channels of length 12"):
            self.assertIn(readings, self.train("none", {"train": {"path": "tc.npy"}}, conv, code=3))
        self.train("tc", {"train": {"path": "tc.npy"}, "layout": "channels_last"}, conv)
        self.train("ct", {"train": {"path": "ct.npy"}, "layout": "signal"}, conv)
        self.run_program("ae-encode", "tc", "--data", "tc.npy", "--out", "a.npy")
        self.run_program("ae-encode", "ct", "--data", "ct.npy", "--out", "b.npy")
        self.assertEqual(read_npy(self.folder / "a.npy"), read_npy(self.folder / "b.npy"))
        for run, other in (("ct", "tc"),):
            for program in (("ae-encode", run, "--data", f"{other}.npy", "--out", "c.npy"),
                            ("ae-eval", run, "--data", f"{other}.npy")):
                out = self.run_program(*program, code=3)
                self.assertIn("12×4", out)
                self.assertIn("4×12", out)
        self.assertFalse((self.folder / "c.npy").exists())
        for split in ("validation", "test"):
            self.train("split", {"train": {"path": "ct.npy"}, split: {"path": "tc.npy"}, "layout": "signal"}, conv, code=3)

    def test_flags_are_0_and_1_however_they_are_stored(self):
        flags = [self.random.randrange(2) for _ in range(60 * 5)]
        codes = set()
        for name, kind in (("bool", "|b1"), ("byte", "|u1"), ("float", "<f4")):
            write_npy(self.folder / f"{name}.npy", kind, (60, 5), flags)
            out = self.train(name, {"train": {"path": f"{name}.npy"}}, {}, objective={"reconstruction": "bernoulli"})
            self.assertEqual("not scaled: the bytes are 0 and 1" in out, kind != "<f4", out)
            codes.add((self.folder / name / "latents" / "train.npy").read_bytes())
        self.assertEqual(len(codes), 1)

    def test_columns_by_number(self):
        rows = [[f"m{i % 7}", *self.normal(3), "abc"[i % 3]] for i in range(60)]
        text = "\n".join(",".join(map(str, row)) for row in rows) + "\n"
        (self.folder / "bare.csv").write_text(text)
        (self.folder / "named.csv").write_text("id,x,y,z,kind\n" + text)
        codes = set()
        for name in ("bare", "named"):
            for labels, exclude in ((5, [1]), ("5", ["1"])):
                self.train(name, {"train": {"path": f"{name}.csv", "labels": labels, "exclude": exclude}, "scale": "none"}, {})
                self.run_program("ae-encode", name, "--data", f"{name}.csv", "--out", "codes.npy")
                codes.add((self.folder / "codes.npy").read_bytes())
            self.run_program("ae-eval", name)
        self.assertEqual(len(codes), 1)
        self.train("set", {"train": {"path": "bare.csv"}}, {}, "--set", "data.train.labels=5", "--set", "data.train.exclude=[1]")
        # Numeric labels by number, of a table with and without other text.
        (self.folder / "digits.csv").write_text("\n".join(f"{i % 3},{i}.5,{i * i}.25" for i in range(30)) + "\n")
        self.assertIn("with labels", self.train("digits", {"train": {"path": "digits.csv", "labels": 1}}, {}))
        self.train("conditional", {"train": {"path": "bare.csv", "labels": 5, "exclude": [1]}}, {"conditional": True})
        self.run_program("ae-encode", "conditional", "--data", "bare.csv", "--labels", "5", "--out", "codes.npy")
        self.assertIn("6", self.train("none", {"train": {"path": "named.csv", "labels": 6}}, {}, code=3))

    def test_offsets_are_taken_off_in_double(self):
        values = [1.7e9 + v for v in self.normal(400 * 2)]
        write_npy(self.folder / "far.npy", "<f8", (400, 2), values)
        (self.folder / "far.csv").write_text("\n".join(f"{a!r},{b!r}" for a, b in zip(values[::2], values[1::2])) + "\n")
        linear = {"encoder": "linear", "decoder": "linear"}
        for name in ("far.npy", "far.csv"):
            self.assertIn("float32 keeps steps of 128", self.train("lost", {"train": {"path": name}}, linear))
            scale = [1.7e9 - 5, 1.7e9 + 5]
            out = self.train("kept", {"train": {"path": name}, "scale": scale}, linear, "--set", "training.epochs=300", "--set", "training.batch_size=20")
            self.assertNotIn("float32 keeps", out)
            self.run_program("ae-encode", "kept", "--data", name, "--out", "c.npy", "--reconstruction", "r.npy")
            kind, shape, rows = read_npy(self.folder / "r.npy")
            self.assertEqual((kind, shape), ("<f8", (400, 2)))
            mean = sum(values) / len(values)
            error = sum((a - b) ** 2 for a, b in zip(rows, values)) / sum((b - mean) ** 2 for b in values)
            self.assertLess(error, 0.01)

    def test_rows_outside_the_training_range(self):
        pixels = [self.random.randrange(256) for _ in range(50 * 9)]
        write_npy(self.folder / "bytes.npy", "|u1", (50, 9), pixels)
        write_npy(self.folder / "unit.npy", "<f4", (50, 9), [p / 255 for p in pixels])
        for run in ("bytes", "unit"):
            self.train(run, {"train": {"path": f"{run}.npy"}}, {})
            self.assertNotIn("warning", self.run_program("ae-encode", run, "--data", f"{run}.npy", "--out", "c.npy", "--strict"))
        for run, data in (("bytes", "unit"), ("unit", "bytes")):
            self.assertIn("bytes", self.run_program("ae-encode", run, "--data", f"{data}.npy", "--out", "c.npy"))
            out = self.run_program("ae-encode", run, "--data", f"{data}.npy", "--out", "strict.npy", "--strict", code=3)
            self.assertIn("255", out)
            self.assertFalse((self.folder / "strict.npy").exists())
            self.assertIn("bytes", self.run_program("ae-eval", run, "--data", f"{data}.npy"))
            self.run_program("ae-eval", run, "--data", f"{data}.npy", "--strict", code=3)
            splits = {"train": {"path": f"{run}.npy"}, "test": {"path": f"{data}.npy"}}
            self.assertIn("bytes", self.train("split", splits, {}))
            self.train("strict", splits, {}, "--strict", code=3)

    def test_a_table_names_the_column_that_is_out_of_range(self):
        (self.folder / "a.csv").write_text("x,y\n" + "".join(f"{a},{100 * b}\n" for a, b in zip(self.normal(50), self.normal(50))))
        (self.folder / "b.csv").write_text("x,y\n0,0\n0,9999\n")
        self.train("table", {"train": {"path": "a.csv"}}, {})
        out = self.run_program("ae-encode", "table", "--data", "b.csv", "--out", "c.npy")
        self.assertIn("1 of 2 rows", out)
        self.assertIn('row 1 (line 3), column "y" = 9999', out)

    def test_counts_train_with_the_first_config(self):
        kinds = [self.random.randrange(3) for _ in range(300)]
        rates = [[math.exp(self.random.gauss(3, 2)) for _ in range(10)] for _ in range(3)]
        rows = [int(rate * self.random.gammavariate(.7, 1.4)) for k in kinds for rate in rates[k]]
        rows[0] = 100_000
        write_npy(self.folder / "counts.npy", "<i8", (300, 10), rows)
        transforms = {"poisson": "log1p", "negative_binomial": "log1p", "multinomial": "unit_norm"}
        for loss, transform in transforms.items():
            out = self.train(loss, {"train": {"path": "counts.npy"}, "scale": "none"}, {"kind": "vae"}, objective={"reconstruction": loss})
            self.assertNotIn("warning", "".join(line for line in out.splitlines() if "posterior collapse" not in line))  # 2 epochs
            model = json.loads((self.folder / loss / "config.json").read_text())["model"]
            self.assertEqual((model["input_transform"], model["output_bias_from_data"]), (transform, True))

    def write_table(self, name, header, rows):
        (self.folder / name).write_text(header + "\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n")

    def rows_of(self, name):
        with open(self.folder / name, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def test_tables_of_any_scale_are_standardized(self):
        small, large = self.normal(400), self.normal(400)
        self.write_table("scales.csv", "a,b,c", [(x * 1e-3 + 5, y * 1e5, (x + y) * 10) for x, y in zip(small, large)])
        linear = {"encoder": "linear", "decoder": "linear"}
        out = self.train("scales", {"train": {"path": "scales.csv"}}, linear, "--set", "training.epochs=200", "--set", "training.batch_size=20")
        self.assertIn("preprocessing: drop_constant, standardize", out)
        self.assertNotIn("warning", out)
        self.run_program("ae-encode", "scales", "--data", "scales.csv", "--out", "c.npy", "--reconstruction", "r.csv")
        for given, made in zip(self.rows_of("scales.csv"), self.rows_of("r.csv")):
            for column, spread in (("a", 1e-3), ("b", 1e5), ("c", 10)):
                self.assertLess(abs(float(given[column]) - float(made[column])), 0.3 * spread)

    def test_mixed_tables(self):
        kinds = [self.random.randrange(4) for _ in range(600)]
        table = [(f"{math.exp(3 + k + .2 * self.random.gauss(0, 1)):.2f}", ["north", "south", "east", "west"][k], bool(k % 2))
                 for k in kinds]
        self.write_table("types.csv", "price,region,odd", table)
        out = self.train("types", {"train": {"path": "types.csv"}, "validation": {"fraction": 0.2}}, {"encoder": {"type": "mlp", "hidden": [16]}, "latent_dim": 2},
                         "--set", "training.epochs=60", "--set", "optimizer.learning_rate=0.01")
        self.assertIn("1 boolean column, 1 categorical column as 4 features", out)
        self.run_program("ae-encode", "types", "--data", "types.csv", "--out", "c.npy", "--reconstruction", "r.csv")
        made = self.rows_of("r.csv")
        self.assertGreaterEqual(sum(row["region"] == given[1] for row, given in zip(made, table)), 594)
        self.assertGreaterEqual(sum(row["odd"] == str(given[2]) for row, given in zip(made, table)), 594)
        self.run_program("ae-eval", "types")
        self.run_program("ae-train", "--config", "types.json", "--run-dir", "types", "--resume", "--set", "training.epochs=61", "--set", "optimizer.learning_rate=0.01")
        self.write_table("other.csv", "price,region,odd", [(1, "up", True)])
        self.assertIn('column "region": category "up" is none of the training rows\'', self.run_program("ae-encode", "types", "--data", "other.csv", "--out", "x.npy", code=3))
        table = self.run_program("ae-train", "--config", "types.json", "--run-dir", "dry", "--dry-run")
        self.assertRegex(table, r"region +categorical +4: ")
        self.assertIn("to change this", table)

    def test_samples_of_mixed_tables_have_categories(self):
        self.write_table("t.csv", "x,kind", [(x, "ab"[x > 0]) for x in self.normal(200)])
        self.train("vae", {"train": {"path": "t.csv"}}, {"kind": "vae"}, objective={"reconstruction": "gaussian"})
        self.run_program("ae-sample", "vae", "--count", "20", "--out", "s.csv")
        self.assertEqual({row["kind"] for row in self.rows_of("s.csv")} - {"a", "b"}, set())

    def test_missing_values_are_masked_and_filled(self):
        factors = [self.normal(2) for _ in range(1000)]
        mix = [self.normal(8) for _ in range(2)]
        truth = [[sum(f * m[j] for f, m in zip(row, mix)) for j in range(8)] for row in factors]
        gaps = [[self.random.random() < .1 for _ in range(8)] for _ in truth]
        rows = [["" if gap else f"{x:.5f}" for x, gap in zip(row, hole)] for row, hole in zip(truth, gaps)]
        self.write_table("gaps.csv", ",".join(f"x{j}" for j in range(8)), rows)
        out = self.train("refused", {"train": {"path": "gaps.csv"}}, {}, code=3)
        self.assertIn('data.missing to "mask"', out)
        self.train("gaps", {"train": {"path": "gaps.csv"}, "missing": "mask"}, {"encoder": {"type": "mlp", "hidden": [32]}, "latent_dim": 2},
                   "--set", "training.epochs=100", "--set", "optimizer.learning_rate=0.005")
        self.run_program("ae-encode", "gaps", "--data", "gaps.csv", "--out", "c.npy", "--reconstruction", "r.csv")
        made = self.rows_of("r.csv")
        spread = [math.sqrt(sum(row[j] ** 2 for row in truth) / len(truth)) for j in range(8)]
        errors = [(float(made[i][f"x{j}"]) - truth[i][j]) / spread[j] for i in range(1000) for j in range(8) if gaps[i][j]]
        self.assertLess(math.sqrt(sum(e * e for e in errors) / len(errors)), 0.25)
        self.assertIn("variance explained", self.run_program("ae-eval", "gaps"))
        self.write_table("marks.csv", "a,b", [(-9999 if i % 7 == 0 else x, x) for i, x in enumerate(self.normal(50))])
        self.assertIn('"values": ["-9999"]', self.train("marks", {"train": {"path": "marks.csv"}}, {}, "--dry-run"))

    def test_what_cannot_be_undone_is_not_written(self):
        write_npy(self.folder / "rows.npy", "<f4", (40, 5), self.normal(200))
        self.train("contrast", {"train": {"path": "rows.npy"}, "preprocessing": ["contrast"]}, {})
        self.run_program("ae-encode", "contrast", "--data", "rows.npy", "--out", "c.npy")
        out = self.run_program("ae-encode", "contrast", "--data", "rows.npy", "--out", "d.npy", "--reconstruction", "r.npy", code=2)
        self.assertIn('data.preprocessing "contrast" took each row\'s scale', out)
        self.assertFalse((self.folder / "r.npy").exists() or (self.folder / "d.npy").exists())

    def test_training_rows_are_chosen(self):
        self.write_table("t.csv", "x,y,kind", [(x, y, "ab"[i % 4 == 0]) for i, (x, y) in enumerate(zip(self.normal(80), self.normal(80)))])
        out = self.train("some", {"train": {"path": "t.csv", "labels": "kind", "where": {"kind": "a"}}, "validation": {"fraction": 0.25}}, {})
        self.assertIn("train: 45 rows", out)
        self.assertIn("validation: 15 rows", out)
        write_npy(self.folder / "rows.npy", "<f4", (40, 3), self.normal(120))
        write_npy(self.folder / "label.npy", "<i8", (40,), [i % 2 for i in range(40)])
        source = {"path": "rows.npy", "labels": "label.npy", "where": {"label": 0}}
        self.assertIn("train: 20 rows", self.train("normal", {"train": source}, {}))
        self.assertIn('selects none of 40 rows; column "label" has "0" (20), "1" (20)',
                      self.train("none", {"train": {**source, "where": {"label": 2}}}, {}, code=3))
        write_npy(self.folder / "number.npy", "<i8", (40,), list(range(40)))
        held_out = set()
        for seed in (1, 2):
            self.train("seeds", {"train": {"path": "rows.npy", "labels": "number.npy"}, "validation": {"fraction": 0.5}}, {}, "--set", f"seed={seed}")
            held_out.add(tuple(read_npy(self.folder / "seeds" / "latents" / "validation.labels.npy")[2]))
        self.assertEqual(len(held_out), 1)

    def test_the_run_keeps_its_report_on_the_data_and_its_splits(self):
        lines = ["x,same,y,kind"] + [f"{x!r},{x!r},{self.random.random()!r},{'ab'[i % 3 // 2]}" for i, x in enumerate(self.normal(59))]
        lines.append(lines[1])  # one row twice
        (self.folder / "t.csv").write_text("\n".join(lines) + "\n")
        train = {"path": "t.csv", "labels": "kind"}
        out = self.train("a", {"train": train, "validation": {"fraction": 0.2}}, {})
        self.assertIn('columns "x", "same" are equal in all training rows', out)
        self.assertIn('labels of the training rows: "a" (', out)
        report = json.loads((self.folder / "a/data.json").read_text())
        rows = {name: read_npy(self.folder / f"a/splits/{name}.npy")[2] for name in ("train", "validation")}
        self.assertEqual(sorted(rows["train"] + rows["validation"]), list(range(60)))
        twice = {0, 59}
        self.assertEqual(report["repeated_rows"], int(twice <= set(rows["train"])))
        self.assertEqual(report["validation"]["rows_of_training"], int(len(twice & set(rows["validation"])) == 1))
        self.assertEqual(report["equal_columns"], [["x", "same"]])
        self.assertEqual(sum(label["rows"] for label in report["train"]["label_counts"]), 48)
        self.assertEqual([column["name"] for column in report["columns"]], ["x", "same", "y"])
        # The row numbers are taken by another run, whatever its seed.
        self.train("b", {"train": train, "validation": {"rows": "a/splits/validation.npy"}, "split_seed": 9}, {})
        self.assertEqual(read_npy(self.folder / "b/splits/validation.npy")[2], rows["validation"])

    def test_rows_may_have_several_labels(self):
        rows = [[f"{x:.3f}", f"{y:.3f}", "ab"[i % 2], i % 3] for i, (x, y) in enumerate(zip(self.normal(40), self.normal(40)))]
        (self.folder / "t.csv").write_text("x,y,kind,site\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n")
        write_npy(self.folder / "day.npy", "<i8", (40,), [i // 20 for i in range(40)])
        data = {"train": {"path": "t.csv", "labels": ["kind", "site", "day.npy"]}, "validation": {"fraction": 0.25, "stratify": True}}
        out = self.train("several", data, {})
        self.assertIn('labels "site": 0 (', out)
        held_out = read_npy(self.folder / "several/splits/validation.npy")[2]
        with open(self.folder / "several/latents/validation.labels.csv") as file:
            written = list(csv.reader(file))
        self.assertEqual(written[0], ["label", "site", "day.npy"])
        self.assertEqual(written[1:], [["ab"[i % 2], str(i % 3), str(i // 20)] for i in held_out])
        report = json.loads((self.folder / "several/data.json").read_text())
        self.assertEqual(set(report["train"]["further_label_counts"]), {"site", "day.npy"})
        self.assertEqual([column["name"] for column in report["columns"]], ["x", "y"])
        # Labels that change are noticed on resumption, as the first does.
        write_npy(self.folder / "day.npy", "<i8", (40,), [0] * 40)
        out = self.run_program("ae-train", "--config", "several.json", "--run-dir", "several", "--resume", "--set", "training.epochs=3", code=3)
        self.assertIn("its labels have", out)

    def test_dialects_are_read_alike(self):
        rows = [[f"{x:.3f}" for x in self.normal(3)] for _ in range(30)]
        comma = "\n".join(",".join(row) for row in rows)
        german = "\n".join(";".join(cell.replace(".", ",") for cell in row) for row in rows)
        files = {"comma": f"a,b,c\n{comma}\n", "german": f"a;b;c\n{german}\n", "sep": f"sep=;\na;b;c\n{german}\n",
                 "cr": f"a,b,c\n{comma}\n".replace("\n", "\r"), "comments": f"# logger\n\na,b,c\n{comma}\n",
                 "tabs": f"a,b,c\n{comma}\n".replace(",", "\t"), "pipes": f"a,b,c\n{comma}\n".replace(",", "|")}
        codes = set()
        for name, text in files.items():
            (self.folder / f"{name}.csv").write_text(text, newline="")
        (self.folder / "utf16.csv").write_bytes(files["tabs"].encode("utf-16"))
        for name in [*files, "utf16"]:
            self.train(name, {"train": {"path": f"{name}.csv"}}, {})
            self.run_program("ae-encode", name, "--data", "comma.csv", "--out", "codes.npy")
            codes.add((self.folder / "codes.npy").read_bytes())
        self.assertEqual(len(codes), 1)
        units = [(f"${abs(float(a)):.2f}", f"{100 * float(b):.0f}%", f'"{1000 * abs(float(c)):,.1f}"') for a, b, c in rows]
        self.write_table("units.csv", "a,b,c", units)
        self.assertIn("of 3", self.train("units", {"train": {"path": "units.csv"}}, {}))

    def test_columns_that_are_probably_not_meant(self):
        header = "small,large,far,same,row,timestamp,id"
        lines = [f"{a * 1e-3},{b * 1e4},{1000 + c},7,{i},{1.7e9 + 60 * i},{i * 31 % 97}"
                 for i, (a, b, c) in enumerate(zip(self.normal(60), self.normal(60), self.normal(60)))]
        (self.folder / "table.csv").write_text(header + "\n" + "\n".join(lines) + "\n")
        standardized = self.train("table", {"train": {"path": "table.csv"}}, {}, "--dry-run")
        self.assertNotIn("far from 0", standardized)
        self.assertNotIn("standard deviations differ", standardized)
        self.assertIn("left out as constant: same", standardized)
        for column, what in (("row", "counts up"), ("timestamp", "looks like a time")):
            self.assertRegex(standardized, f'warning: columns? [^:]*"{column}"[^:]*: [^\n]*{what}')
        out = self.train("table", {"train": {"path": "table.csv"}, "preprocessing": []}, {}, "--dry-run")
        for column, what in (("same", "constant"), ("row", "counts up"), ("timestamp", "looks like a time"), ("far", "far from 0")):
            self.assertRegex(out, f'warning: columns? [^:]*"{column}"[^:]*: [^\n]*{what}')
        self.assertIn("standard deviations differ", out)
        quiet = self.train("table", {"train": {"path": "table.csv", "exclude": ["large", "far", "same", "row", "timestamp", "id"]}}, {}, "--dry-run", "--set", "model.latent_dim=1")
        self.assertNotIn("column", "".join(line for line in quiet.splitlines() if line.startswith("warning")))

    def test_codes_with_log_variances_can_be_decoded(self):
        write_npy(self.folder / "rows.npy", "<f4", (40, 3), self.normal(120))
        self.train("vae", {"train": {"path": "rows.npy"}}, {"kind": "vae"})
        self.run_program("ae-encode", "vae", "--data", "rows.npy", "--out", "codes.csv", "--log-variance", "--threads", "1")
        self.assertIn("40 rows", self.run_program("ae-sample", "vae", "--codes", "codes.csv", "--out", "decoded.npy", "--threads", "2"))

    def test_relative_data_are_looked_up_in_all_places(self):
        write_npy(self.folder / "rows.npy", "<f4", (40, 3), self.normal(120))
        (self.folder / "elsewhere").mkdir()
        os.environ["AE_DATA_ROOT"] = str(self.folder / "elsewhere")
        self.addCleanup(os.environ.pop, "AE_DATA_ROOT")
        self.train("found", {"train": {"path": "rows.npy"}}, {})
        out = self.train("missing", {"train": {"path": "absent.npy"}}, {}, "--data-root", "other", code=3)
        for place in ("other", "elsewhere", "data"):
            self.assertIn(f"{place}/absent.npy", out)


if __name__ == "__main__":
    unittest.main()
