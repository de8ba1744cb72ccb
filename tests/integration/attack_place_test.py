"""Attacks on a run by entries in it, beside it and in its place: links, leftovers, data, the working directory.

Regression tests; attacks.py has the shared code.
"""
import os
import pathlib
import shutil
import stat
import subprocess

import attacks
import small_run

LEFTOVER = "00112233445566aa.tmp"


def links_for_folders(place):
    """Nothing is written or removed through links in the place of a run's folders."""
    mine = place / "mine"
    mine.mkdir()
    for name in ("validation.npy", f".draft.{LEFTOVER}"):
        (mine / name).write_text("mine")
    other = place.whole("other")
    for folder, target in {"latents": mine, "samples": mine, "checkpoints": other / "checkpoints"}.items():
        for way in ("--resume", "--overwrite"):
            run = place.unfinished(f"{folder}{way}")
            shutil.rmtree(run / folder)
            (run / folder).symlink_to(target)
            with place.untouched(place.folder, f"{folder} as a link, {way}"):
                place.refused(place.train(run.name, way, "--set", "training.keep_last=1"), 3, f"{folder}, {way}", folder)
    shutil.rmtree(mine)
    for name in ("samples", "latents"):
        run = place.whole(f"file {name}")
        shutil.rmtree(run / name)
        (run / name).write_text("a file")
        with place.untouched(run, f"{name} as a file"):
            place.refused(place.train(run.name, "--overwrite"), 3, f"{name} as a file", name)
    run = place.whole("folder for a file")
    (run / "metrics.jsonl").unlink()
    (run / "metrics.jsonl").mkdir()
    for way in ("--resume", "--overwrite"):
        with place.untouched(run, f"a folder for a file, {way}"):
            place.refused(place.train(run.name, way), 3, f"a folder for a file, {way}", "metrics.jsonl")


def locks_of_others(place):
    """A .lock that is another file by a hard link is not written to."""
    for way in ("--resume", "--overwrite"):
        thesis = place / f"thesis{way}.txt"
        thesis.write_text("my thesis, 200 pages")
        run = place.unfinished(f"run{way}")
        (run / ".lock").unlink(missing_ok=True)
        os.link(thesis, run / ".lock")
        place.succeeds(place.train(run.name, way), way)
        place.expect(thesis.read_text() == "my thesis, 200 pages", f"{way}: another file was written to")


def leftovers_of_others(place):
    """Leftovers of killed processes are cleaned up by their own run alone, and only if they are runs."""
    runs = place / "runs"
    runs.mkdir()
    shutil.copytree(place.whole(), runs / f".digits.v2.{LEFTOVER}", symlinks=True)
    (runs / f".digits.v2.{LEFTOVER}" / "notes.txt").write_text("notes")
    no_run = runs / f".digits.{LEFTOVER}"
    (no_run / "latents").mkdir(parents=True)
    (no_run / "config.json").write_text("mine")
    (no_run / "latents" / "test.npy").write_text("mine")
    kept = {name: attacks.contents(runs / name) for name in (f".digits.v2.{LEFTOVER}", no_run.name)}
    place.succeeds(place.train("runs/digits"), "a run beside them")
    for name, before in kept.items():
        place.expect(attacks.contents(runs / name) == before, f"{name} was changed")
    place.expect(not (runs / "digits/notes.txt").exists(), "took up another run's file")
    place.succeeds(place.train("runs/digits.v2"), "the run that left it")
    place.expect(not (runs / f".digits.v2.{LEFTOVER}").exists(), "its own is left")
    place.expect((runs / "digits.v2/notes.txt").read_text() == "notes", "its own file is lost")
    place.expect(attacks.contents(no_run) == kept[no_run.name], "what is no run was changed")
    shutil.rmtree(no_run)
    shutil.copytree(runs / "digits", no_run, symlinks=True)
    place.succeeds(place.train("runs/digits", "--resume", "--set", "training.epochs=4"), "--resume beside its own")
    place.expect(not no_run.exists(), "--resume leaves its own")


def needed_while_replaced(place):
    """A run that contains the working directory or the data is not replaced."""
    run = place.whole()
    config = str(place / "config.json")
    for folder, name in {run: f"../{run.name}", run / "latents": "..", run / "checkpoints": str(run)}.items():
        with place.untouched(run, f"from {folder}"):
            ended = subprocess.run([str(small_run.BIN / "ae-train"), "--config", config, "--run-dir", name,
                                    "--overwrite", "--data-root", str(place.folder)],
                                   cwd=folder, capture_output=True, text=True, check=False)
            place.expect(ended.returncode == 2 and "working directory" in ended.stderr, f"from {folder}: {ended.stderr}")
    data = run / "latents" / "validation.npy"
    alone = ["--set", "data.validation=null"]
    for setting in (data, pathlib.Path("link to data")):
        if not setting.is_absolute():
            (place / setting).symlink_to(data)
        with place.untouched(run, f"data {setting}"):
            ended = place.train(run.name, "--overwrite", *alone, "--set", f"data.train.path={setting}")
            place.refused(ended, 2, f"data {setting}", "cannot be replaced")
    place.succeeds(place.train("another", *alone, "--set", f"data.train.path={data}"), "another run of them")


def private_files(place):
    """A replacement of a private file or a shared folder keeps its mode."""
    place.whole()
    out = place / "codes.npy"
    out.write_bytes(b"")
    out.chmod(0o600)
    place.succeeds(place.call("encode", "run", "--data", "points.csv", "--out", "codes.npy"), "encode")
    place.expect(stat.S_IMODE(out.stat().st_mode) == 0o600, "a private file is readable now")
    run = place / "run"
    run.chmod(0o2770)
    if os.geteuid() == 0:
        os.chown(run, -1, attacks.UNPRIVILEGED)
        run.chmod(0o2770)
    before = run.stat()
    place.succeeds(place.train("run", "--overwrite"), "--overwrite")
    place.expect((run.stat().st_mode, run.stat().st_gid) == (before.st_mode, before.st_gid), "a shared folder is not")


def pipes_for_data(place):
    """A pipe that a config names as data is refused without waiting."""
    os.mkfifo(place / "pipe")
    for setting in ("data.train.path", "data.train.labels"):
        place.refused(place.train("run2", "--set", f"{setting}=pipe", limit=10), 3, setting, "pipe")


if __name__ == "__main__":
    attacks.main(__doc__, {1: links_for_folders, 2: locks_of_others, 3: leftovers_of_others, 4: needed_while_replaced,
                           5: private_files, 6: pipes_for_data})
