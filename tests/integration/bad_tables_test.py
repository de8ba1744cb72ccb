#!/usr/bin/env python3
"""Tables that cannot be trained on: each is refused in one line that names the place, with the documented exit code,
and nothing is left behind.

Inputs are made here, with the standard library only. Programs are looked for in AE_BIN_DIR, else in build/bin.
"""
import json
import os
import random
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(os.environ.get("AE_BIN_DIR") or ROOT / "build" / "bin")


class BadTables(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.random = random.Random(3)

    def write(self, name, columns, rows):
        text = "\n".join([",".join(columns)] + [",".join(map(str, row)) for row in rows])
        (self.folder / name).write_text(text + "\n")

    def numbers(self, rows, width=2):
        return [[f"{self.random.gauss(0, 1):.4f}" for _ in range(width)] for _ in range(rows)]

    def run_program(self, *arguments):
        return subprocess.run([PROGRAMS / arguments[0], *arguments[1:]], cwd=self.folder, capture_output=True,
                              text=True)

    def train(self, data, run="run", **options):
        config = {"data": data, "model": {"latent_dim": 1}, "training": {"epochs": 1, "threads": 1}, **options}
        (self.folder / "c.json").write_text(json.dumps(config))
        return self.run_program("ae-train", "--config", "c.json", "--run-dir", run)

    def assert_refused(self, done, code, *texts):
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        last = done.stderr.rstrip("\n").split("\n")[-1]
        self.assertTrue(last.startswith("ae-"), done.stderr)
        for text in texts:
            self.assertIn(text, last)
        self.assertNotIn("c10::", done.stderr)
        left = {path.name for path in self.folder.iterdir()}
        self.assertFalse({name for name in left if name.startswith(("run", ".run", "out"))}, left)

    def test_a_column_without_values(self):
        self.write("t.csv", "abc", [row + [""] for row in self.numbers(30)])
        self.assert_refused(self.train({"train": {"path": "t.csv"}, "missing": "mask"}), 3, "t.csv", '"c"', "exclude")

    def test_one_row(self):
        self.write("t.csv", "ab", self.numbers(1))
        held_out = {"train": {"path": "t.csv"}, "validation": {"fraction": 0.5}}
        self.assert_refused(self.train(held_out), 3, "t.csv", "row")
        self.assert_refused(self.train({"train": {"path": "t.csv"}}), 3, "t.csv")

    def test_no_row(self):
        self.write("t.csv", "ab", [])
        self.assert_refused(self.train({"train": {"path": "t.csv"}}), 3, "t.csv", "no rows")

    def test_one_class(self):
        self.write("t.csv", "abk", [row + ["x"] for row in self.numbers(40)])
        data = {"train": {"path": "t.csv", "labels": "k"}, "validation": {"fraction": 0.25}}
        self.assertEqual(self.train(data, "t").returncode, 0)
        self.assert_refused(self.run_program("ae-eval", "t", "--probe"), 3, "one label", "two classes")

    def test_a_group_that_is_everything(self):
        self.write("t.csv", "abg", [row + ["x"] for row in self.numbers(40)])
        data = {"train": {"path": "t.csv", "exclude": ["g"]}, "validation": {"fraction": 0.25, "group": "g"}}
        self.assert_refused(self.train(data), 3, "t.csv", '"g"')

    def test_conditions_that_no_row_meets(self):
        self.write("t.csv", "abk", [row + ["x"] for row in self.numbers(40)])
        self.assert_refused(self.train({"train": {"path": "t.csv", "where": {"k": "y"}}}), 3, "t.csv", '"k"', '"x" (40)')

    def test_a_target_of_another_length(self):
        self.write("t.csv", "ab", self.numbers(40))
        self.write("u.csv", "ab", self.numbers(39))
        self.assert_refused(self.train({"train": {"path": "t.csv", "target": "u.csv"}}), 3, "u.csv", "39", "40")

    def test_a_text_in_each_of_ten_thousand_rows(self):
        rows = self.numbers(10000)
        self.write("t.csv", "abk", [row + [f"n{i}"] for i, row in enumerate(rows)])
        self.assert_refused(self.train({"train": {"path": "t.csv"}}), 3, "t.csv", '"k"', "1,000 different texts", "exclude")

    def test_a_category_that_only_new_rows_have(self):
        self.write("t.csv", "abk", [row + ["xy"[i % 2]] for i, row in enumerate(self.numbers(40))])
        self.write("new.csv", "abk", [row + ["xyz"[i % 3]] for i, row in enumerate(self.numbers(40))])
        self.assertEqual(self.train({"train": {"path": "t.csv"}}, "t").returncode, 0)
        done = self.run_program("ae-encode", "t", "--data", "new.csv", "--out", "out.csv")
        self.assert_refused(done, 3, "new.csv", "row 2", '"k"', '"z"')

    def test_a_text_in_row_900000(self):
        with open(self.folder / "t.csv", "w") as file:
            file.write("a,b\n" + "1,2\n3,4\n" * 450000 + "5,off\n" + "1,2\n" * 1000)
        self.assert_refused(self.train({"train": {"path": "t.csv"}, "types": {"b": "numeric"}}), 3, "t.csv", "row 900000",
                            '"b"', '"off"')

    def test_infinite_values(self):
        rows = self.numbers(40)
        rows[7][1] = "inf"
        self.write("t.csv", "ab", rows)
        self.assert_refused(self.train({"train": {"path": "t.csv"}}), 3, "t.csv", "row 7", '"b"', "inf")

    def test_a_step_that_outputs_cannot_undo(self):
        self.write("t.csv", "ab", self.numbers(40))
        data = {"train": {"path": "t.csv"}, "preprocessing": ["unit_norm"]}
        self.assertEqual(self.train(data, "t").returncode, 0)
        done = self.run_program("ae-encode", "t", "--data", "t.csv", "--out", "out.npy", "--reconstruction", "out.csv",
                                "--fill")
        self.assert_refused(done, 2, "--fill")
        done = self.run_program("ae-encode", "t", "--data", "t.csv", "--out", "out.npy", "--reconstruction", "out.csv")
        self.assertIn("unit_norm", done.stdout + done.stderr)

    def test_counts_that_are_none(self):
        self.write("t.csv", ["age", "visits"], [[row[0], i + 0.5] for i, row in enumerate(self.numbers(40))])
        counts = [{"type": "poisson", "columns": ["visits"]}]
        loss = {"reconstruction": {"type": "gaussian", "by_column": counts}}
        self.assert_refused(self.train({"train": {"path": "t.csv"}}, objective=loss), 3, "t.csv", '"visits"', "poisson")
        loss["reconstruction"]["by_column"] = [{"type": "poisson", "columns": ["visit"]}]
        self.assert_refused(self.train({"train": {"path": "t.csv"}}, objective=loss), 2, 'did you mean "visits"')

    def test_labels_that_are_not_there(self):
        self.write("t.csv", ["a", "b", "kind", "m"], [row + ["x", ""] for row in self.numbers(40)])
        self.assert_refused(self.train({"train": {"path": "t.csv", "labels": "knd", "exclude": ["m"]}}), 3, '"knd"', 'did you mean "kind"')
        self.assert_refused(self.train({"train": {"path": "t.csv", "labels": ["kind", "m"]}}), 3, "row 0", '"m"', "empty label")
        self.assert_refused(self.train({"train": {"path": "t.csv", "labels": ["kind", "u.npy"], "exclude": ["m"]}}), 3, '"u.npy"')


if __name__ == "__main__":
    unittest.main()
