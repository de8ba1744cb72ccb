"""Attacks on runs: loss of data, cost of reading them, and untrusted checkpoints.

Each case is a regression test of an attack that once succeeded. Needs the standard library and libxxhash.so.0 only;
AE_BIN_DIR names the programs' folder.
"""
import concurrent.futures
import itertools
import json
import os
import shutil
import signal
import struct
import threading
import time

import attacks
import small_run
from sealed import edit_metadata, edit_state, edit_tensors, seal, xxh3_128

ENDLESS = ("--set", "training.epochs=1000000000", "--set", "training.checkpoint_every=1000000e")
NOTES = ["notes.txt", "latents/notes.txt", "checkpoints/notes.txt", "checkpoints/step_8/notes.txt", "mine/notes.txt"]


def link_to_itself(path):
    path.unlink()
    path.symlink_to(path.name)


def kept_apart(path):
    path.rename(path.with_name("apart"))
    path.symlink_to(path.name)


def keep_only_the_last(run):
    for step in range(1, 9):
        shutil.rmtree(run / f"checkpoints/step_{step}")


def lookups_that_fail(place):
    """A run that cannot be read is not treated as absent."""
    spoiled = {"checkpoints": lambda path: path.chmod(0), "checkpoints/step_9": lambda path: path.chmod(0)}
    user = place.as_other_user()
    for number, (name, spoil) in enumerate(spoiled.items() if user is not None else []):
        run = place.whole(f"closed_{number}")
        place.as_other_user()
        spoil(run / name)
        with place.untouched(run, f"closed {name}"):
            place.refused(place.resume(run.name, within=user), 3, f"closed {name}")
    looping = {"checkpoints": kept_apart, "checkpoints/step_9/state.json": link_to_itself}
    for number, (name, spoil) in enumerate(looping.items()):
        run = place.whole(f"looping_{number}")
        keep_only_the_last(run)
        spoil(run / name)
        with place.untouched(run, f"looping {name}"):
            place.refused(place.resume(run.name), 3, f"looping {name}")


def files_of_others(place):
    """Folders and files that the program did not write are kept."""
    for number, checkpoint in enumerate([None, "checkpoints/last/state.json", "checkpoints/step_7/state.json"]):
        folder = place / f"thesis_{number}"
        folder.mkdir()
        (folder / "config.json").write_text('{"name": "site", "version": 3}\n')
        (folder / "manifest.json").write_text('{"name": "site", "icons": []}\n')
        (folder / "thesis.txt").write_text("years of work\n")
        if checkpoint:
            (folder / checkpoint).parent.mkdir(parents=True)
            (folder / checkpoint).write_text('{"schema_version": 2}\n')
        for way in ("--resume", "--overwrite"):
            with place.untouched(folder, f"{way}, {checkpoint}"):
                place.refused(place.train(folder.name, way), (2, 3) if checkpoint else 2, f"{way}, {checkpoint}")
    few = ["--set", "training.keep_last=1"]
    place.succeeds(place.train("whole", *few))
    for way in ("--resume", "--overwrite"):
        run = place.unfinished(f"run{way}")
        for name in NOTES:
            (run / name).parent.mkdir(exist_ok=True)
            (run / name).write_text(name)
        place.succeeds(place.train(run.name, way, *few), way)
        lost = [name for name in NOTES if not (run / name).is_file() or (run / name).read_text() != name]
        place.expect(not lost, f"{way}: lost {', '.join(lost)}")
        found = small_run.differences(run, place / "whole")
        place.expect(not found, f"{way}: differs in {', '.join(found)}")
        place.succeeds(place.use("encode", run.name), f"{way}: encoding afterwards")


def foreign_checkpoints(place):
    """Another entry in a checkpoint's place is refused before anything is trained."""
    (place / "elsewhere").mkdir()
    kinds = {"link": lambda path: path.symlink_to(place / "elsewhere"), "file": lambda path: path.write_text("mine")}
    for (kind, make), way in itertools.product(kinds.items(), ("--resume", "--overwrite")):
        run = place.unfinished(f"{kind} {way}")
        make(run / "checkpoints/step_99")
        with place.untouched(run, run.name):
            place.refused(place.train(run.name, way), 3, run.name, "step_99")


def closed_folders(place):
    """A run whose files cannot be removed is not replaced; leftovers of another user are named."""
    user = place.as_other_user()
    for closed in [".", "checkpoints", "checkpoints/step_9", "latents"] if user is not None else []:
        run = place.whole(f"closed {closed.replace('/', ' ')}")
        place.as_other_user()
        (run / closed).chmod(0o555)
        with place.untouched(run, closed):
            place.refused(place.train(run.name, "--overwrite", within=user), 3, closed, "Permission denied")
        place.expect(not list(place.folder.glob(".closed*")), f"{closed}: left a temporary folder")
    if user is not None:
        run, left = place.whole("run"), place / ".run.0123456789abcdef.tmp"
        run.rename(left)
        run = place.unfinished("run")
        place.as_other_user()
        left.chmod(0o555)
        ended = place.resume("run", within=user)
        place.succeeds(ended, "beside a leftover")
        place.expect(left.name in ended.text, "a leftover is not mentioned", ended)
        left.chmod(0o755)
        place.succeeds(place.train("run", "--overwrite", within=user), "beside a leftover that can be removed")


def renamed_checkpoints(place):
    """A checkpoint with another checkpoint's name is refused."""
    run = place.unfinished()
    folder = run / "checkpoints"
    for name, other in [("step_6", "step_x"), ("step_5", "step_6"), ("step_x", "step_5")]:
        (folder / name).rename(folder / other)
    with place.untouched(run, "exchanged"):
        for name, program in itertools.product(("step_5", "step_6"), ("encode", "eval", "sample")):
            place.refused(place.use(program, f"run/checkpoints/{name}"), 3, f"{program} {name}", name, "renamed")
        place.refused(place.resume("run", "--from", "step_5"), 3, "--resume", "renamed")


def no_state(place):
    """A run with models but no state.json is not started over."""
    run = place.whole()
    for path in run.glob("checkpoints/step_*/state.json"):
        path.unlink()
    with place.untouched(run, "--resume"):
        place.refused(place.resume(), 3, "--resume")


def damaged_lines(place):
    """A damaged line of metrics.jsonl does not lose other lines."""
    whole = small_run.metrics(place.whole("whole"))
    for number, places in enumerate([[1], [0], [1, 2]]):
        run = place.unfinished(f"run_{number}")
        path, aside = run / "metrics.jsonl", run / "metrics.damaged.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        for at in places:
            lines[at] = lines[at][:40] + b"\0\xff\n"
        path.write_bytes(b"".join(lines))
        aside.write_bytes(b"earlier\n" if number == 0 else b"")
        ended = place.resume(run.name)
        place.succeeds(ended, f"lines {places}")
        left = [line for at, line in enumerate(whole) if at not in places]
        place.expect(small_run.metrics(run) == left, f"lines {places}: others are not as they were", ended)
        damaged = (b"earlier\n" if number == 0 else b"") + b"".join(lines[at] for at in places)
        place.expect(aside.read_bytes() == damaged, f"lines {places}: not in {aside.name}", ended)
        place.expect("damaged" in ended.text and "metrics" in ended.text, f"lines {places}: nothing is said", ended)
    run = place.unfinished()
    with open(run / "metrics.jsonl", "a", encoding="utf-8") as file:
        file.write('{"step":9,"epo')
    place.succeeds(place.resume(), "an unfinished line")
    place.expect(small_run.metrics(run) == whole, "an unfinished line: others are not as they were")
    place.expect(not (run / "metrics.damaged.jsonl").exists(), "an unfinished line: was kept")
    path = place.unfinished("cut") / "metrics.jsonl"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    place.succeeds(place.resume("cut"), "no newline at the end")
    place.expect(small_run.metrics(path.parent) == whole, "no newline at the end: a line is lost")


def readerless():
    """Write end of a pipe without a reader."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "wb")


def stopped_by(place, name, signals, code, within=(), ignored=None):
    """A signal ends training with a checkpoint."""
    running = place.begin_training(name, *ENDLESS, within=within)
    log = place / name / "metrics.jsonl"
    small_run.until(lambda: log.is_file() and log.stat().st_size > 1000, f"{name}: training begins")
    if ignored:
        running.send(ignored)
        time.sleep(0.3)
        place.expect(not running.has_ended(), f"{name}: ended by what it was to ignore")
    for number in signals:
        running.send(number)
    ended = running.wait()
    place.expect(ended.returncode == code, f"{name}: expected exit code {code}", ended)
    state = place / name / "checkpoints/last/state.json"
    place.expect(state.is_file() and json.loads(state.read_text())["training"]["step"] > 0, f"{name}: no checkpoint")
    place.succeeds(place.use("encode", name), f"{name}: encoding afterwards")


def closed_streams_and_signals(place):
    """Closed streams, hang-ups and limits do not end training without a checkpoint."""
    whole = place.whole("whole")
    for name, more, streams in [("stdout", [], ["stdout"]), ("stderr", ["--json"], ["stderr"]),
                                ("both", ["--json"], ["stdout", "stderr"])]:
        pipes = {stream: readerless() for stream in streams}
        ended = place.train(name, *more, **pipes)
        place.succeeds(ended, f"closed {name}")
        found = small_run.differences(place / name, whole) if ended.returncode == 0 else []
        place.expect(not found, f"closed {name}: differs in {', '.join(found)}")
    stopped_by(place, "hang-up", [signal.SIGHUP], 129)
    stopped_by(place, "nohup", [signal.SIGTERM], 143, within=["nohup"], ignored=signal.SIGHUP)
    stopped_by(place, "twice", [signal.SIGXCPU, signal.SIGXCPU], 152)
    stopped_by(place, "processor time", [], 152, within=["prlimit", "--cpu=1:20"])
    run = place.unfinished("limited")
    size = (run / "checkpoints/last/model.safetensors").stat().st_size
    ended = place.resume(run.name, within=["prlimit", f"--fsize={size - 100}"])
    place.refused(ended, 3, "limit of file sizes")
    for link in ("last", "best"):
        place.succeeds(place.use("encode", f"limited/checkpoints/{link}"), f"limit of file sizes: {link}")
    (place / "x.npy").unlink(missing_ok=True)
    place.refused(place.use("encode", "whole", within=["prlimit", "--fsize=600"]), 3, "encoding under such a limit")
    place.expect(not (place / "x.npy").exists(), "encoding under such a limit: left its output")


def sums_of_others(place):
    """A training state with other loss terms than the model's is refused."""
    edits = {
        "fewer": lambda state: state["sums"].pop(),
        "more": lambda state: state["sums"].append({"name": "more", "sum": 1.0}),
        "many more": lambda state: state["sums"].extend({"name": f"s{i}", "sum": 1.0} for i in range(5000)),
        "twice the same": lambda state: state["sums"].__setitem__(-1, state["sums"][0]),
        "other names": lambda state: state["sums"][0].update(name="other"),
    }
    for what, edit in edits.items():
        run = place.unfinished(what)
        edit_state(run / "checkpoints/last", edit)
        with place.untouched(run, what):
            place.refused(place.resume(run.name), 3, what)


def columns_of_others(place):
    """A model whose number of columns differs from its width is refused."""
    lists = {"fewer": ["x", "y"], "more": ["x", "y", "z", "w"], "many": [f"c{number}" for number in range(9999)]}
    for what, columns in lists.items():
        run = place.whole(what)
        edit_metadata(run / "checkpoints/last", "preprocessing", lambda data: data.update(columns=columns))
        ways = {"encode": ["--reconstruction", "r.csv"], "sample": [], "eval": [], "train": []}
        with place.untouched(place.folder, what):
            for program, more in ways.items():
                place.refused(place.use(program, what, *more), 3, f"{what}: {program}")
            place.refused(place.call("sample", what, "--out", "s.csv"), 3, f"{what}: sample to CSV")
            place.call("inspect", what)


def nested_json(place):
    """JSON nested a million levels deep is reported as damage."""
    nested = "[" * 1_000_000 + "]" * 1_000_000
    for number, line in enumerate([nested, f'{{"epoch":2,"split":{nested}}}', f'{{"epoch":{nested}}}']):
        run = place.unfinished(f"run_{number}")
        path, aside = run / "metrics.jsonl", run / "metrics.damaged.jsonl"
        path.write_text(path.read_text().replace("\n", f"\n{line}\n", 1))
        place.call("inspect", run.name, limit=10)
        ended = place.resume(run.name, limit=10)
        if ended.returncode == 0:
            place.expect(aside.is_file() and aside.read_text() == line + "\n", "metrics: not kept aside", ended)
        else:
            place.refused(ended, 3, "metrics")
    for name in ("manifest.json", "checkpoints/last/state.json"):
        run = place.unfinished(name.replace("/", " "))
        (run / name).write_text(nested)
        place.refused(place.resume(run.name, limit=10), 3, name)
        place.refused(place.call("inspect", f"{run.name}/checkpoints/last", limit=10), 3, f"{name}: inspect")
    run = place.unfinished("header")
    text = f'{{"__metadata__": {nested}}}'.encode()
    (run / "checkpoints/best/model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)
    seal(run / "checkpoints/best")
    run = place.unfinished("metadata")
    edit_tensors(run / "checkpoints/best", lambda header, _: header["__metadata__"].update(config=nested))
    for name in ("header", "metadata"):
        place.refused(place.use("encode", name, limit=10), 3, f"{name} of the weights")
        place.use("inspect", name, limit=10)
    (place / "config.json").write_text(nested)
    place.refused(place.train("new", limit=10), 2, "config")


def endless(path):
    path.symlink_to("/dev/zero")


def sparse(path):
    path.touch()
    os.truncate(path, 20 << 30)


def endless_files(place):
    """Endless, blocking and huge files are refused before they are read."""
    every = ["train", "encode", "sample", "eval", "inspect"]
    ways = {"checkpoints/last/state.json": every, "checkpoints/last/model.safetensors": every,
            "checkpoints/last/state.safetensors": ["train"], "manifest.json": ["train", "eval", "inspect"],
            "metrics.jsonl": ["train", "inspect"]}
    for (name, programs), (kind, make) in itertools.product(
            ways.items(), {"device": endless, "pipe": os.mkfifo, "sparse": sparse}.items()):
        run = place.whole(f"{kind} {name.replace('/', ' ')}")
        keep_only_the_last(run)
        if name == "metrics.jsonl":  # not read in a finished run
            (run / "manifest.json").write_text((run / "manifest.json").read_text().replace('"finished"', '"was"'))
        (run / name).unlink()
        make(run / name)
        for program in programs:
            ended = place.use(program, run.name, limit=10)
            codes = (0, 3) if (name, program) == ("metrics.jsonl", "inspect") else 3
            if codes == 3 or ended.returncode != 0:
                place.refused(ended, codes, f"{kind} as {name}: {program}")
        shutil.rmtree(run)
    for kind, make in {"device": endless, "sparse": sparse}.items():  # configs may be read from pipes
        make(place / f"{kind}.json")
        place.refused(place.call("train", "--config", f"{kind}.json", limit=10), (2, 3), f"{kind} as config")


def huge_activations(place):
    """A checkpoint whose activations need more than the available memory is refused before they are computed."""
    attacks.write_npy(place / "images.npy", [64, 1, 8, 8])
    layers = [{"channels": 64, "stride": 1}, {"channels": 2, "stride": 2}]
    config = {"data": {"train": {"path": "images.npy"}}, "training": {"epochs": 1, "threads": 1},
              "model": {"kind": "vae", "encoder": {"type": "conv", "layers": layers}, "latent_dim": 2}}
    (place / "config.json").write_text(json.dumps(config))
    place.succeeds(place.train("run"))

    def widen(part):
        for value in part.values() if isinstance(part, dict) else part:
            if isinstance(value, (dict, list)):
                widen(value)
        if isinstance(part, dict) and part.get("stride") == 2 and "channels" in part:
            part["stride"] = 8192

    checkpoint = place / "run/checkpoints/last"
    edit_metadata(checkpoint, "config", lambda config: widen(config["model"]))
    edit_metadata(checkpoint, "preprocessing", lambda data: data.update(shape=[1, 32768, 32768]))
    attacks.write_npy(place / "image.npy", [1, 1, 32768, 32768])
    with place.untouched(place.folder, "use"):
        place.refused(place.call("encode", "run", "--data", "image.npy", "--out", "x.npy"), 3, "encode", "run/")
        place.refused(place.call("sample", "run", "--out", "x.npy", "--count", "1"), 3, "sample", "run/")
        place.refused(place.call("sample", "run", "--out", "x.png"), (2, 3), "sample, a picture")


def unverified(place):
    """A checkpoint without a checksum is used only with --unverified."""
    for way, flipped in itertools.product(["removed", "schema 1"], [False, True]):
        what = f"{way}{', flipped' * flipped}"
        run = place.whole(what)
        keep_only_the_last(run)
        model, path = run / "checkpoints/last/model.safetensors", run / "checkpoints/last/state.json"
        if flipped:
            data = bytearray(model.read_bytes())
            data[-4] ^= 0x10
            model.write_bytes(data)
        state = json.loads(path.read_text())
        state["checksums"]["model.safetensors"] = xxh3_128(model.read_bytes())
        del state["checksum"]
        state["schema_version"] = 1
        path.write_text(json.dumps(state))
        if way == "removed":
            path.unlink()
        with place.untouched(run, what):
            for program in ("encode", "sample", "eval", "train"):
                named = [] if (program, way) == ("train", "removed") else ["--unverified"]
                place.refused(place.use(program, what), 3, f"{what}: {program}", *named)
        place.expect(not (place / "x.npy").exists(), f"{what}: wrote an output")
        for program in ("encode", "sample", "eval") + (("train",) if way == "schema 1" else ()):
            ended = place.use(program, what, "--unverified")
            place.succeeds(ended, f"{what}: {program} --unverified")
            said = any(word in ended.text for word in ("checksum", "verified"))
            place.expect(said or ended.returncode != 0, f"{what}: {program} --unverified says nothing", ended)
        (place / "x.npy").unlink(missing_ok=True)


def weights_that_are_not_finite(place):
    """Weights that are not finite are refused."""
    for name, value in {"nan": float("nan"), "infinity": float("inf"), "minus": float("-inf")}.items():
        run = place.unfinished(name)

        def spoil(header, data):
            begin, end = header["decoder.2.bias"]["data_offsets"]
            data[begin:end] = struct.pack("<f", value) + data[begin + 4:end]

        for link in ("last", "best"):
            edit_tensors(run / "checkpoints" / link, spoil)
        with place.untouched(place.folder, name):
            for program in ("encode", "sample", "eval", "train"):
                place.refused(place.use(program, name), 3, f"{name}: {program}")


def optimizer_states_that_are_not_usable(place):
    """An optimizer's state that leads to updates that are not finite is refused before the run is changed."""
    values = {"exp_avg": ["nan", "inf"], "exp_avg_sq": ["nan", "-1"]}
    for name, value in [(name, value) for name, list_ in values.items() for value in list_]:
        run = place.unfinished(f"{name} {value}")

        def spoil(header, data):
            begin, end = header[f"optimizer.{name}.decoder.2.bias"]["data_offsets"]
            data[begin:end] = struct.pack("<f", float(value)) + data[begin + 4:end]

        edit_tensors(run / "checkpoints/last", spoil, "state.safetensors")
        with place.untouched(run, run.name):
            place.refused(place.resume(run.name), 3, run.name, "state.safetensors", name)


def surroundings(place):
    """Environment variables that change the last bits of results are ignored or recorded."""
    rows = bytes(range(1, 64)) * 8192  # finite as float32
    attacks.write_npy(place / "rows.npy", [512, 128], rows[:512 * 128 * 4])
    config = {"data": {"train": {"path": "rows.npy"}},
              "model": {"latent_dim": 8, "encoder": {"hidden": [512], "normalization": "batch"}},
              "training": {"epochs": 2, "batch_size": 256, "threads": 2}}
    (place / "batch.json").write_text(json.dumps(config))
    for name, environment in {"plain": {}, "dynamic": {"OMP_DYNAMIC": "true"}}.items():
        place.succeeds(place.call("train", "--config", "batch.json", "--run-dir", name, environment=environment), name)
    models = [(place / name / "checkpoints/last/model.safetensors").read_bytes() for name in ("plain", "dynamic")]
    place.expect(models[0] == models[1], "OMP_DYNAMIC=true: other bits")
    mkl = {"MKL_CBWR": "COMPATIBLE"}
    place.succeeds(place.train("run", environment=mkl))
    attacks.unfinish(place / "run")
    shutil.copytree(place / "run", place / "same", symlinks=True)

    def manifest(run):
        return json.loads((place / run / "manifest.json").read_text())

    kept = manifest("run").get("environment", {})
    place.expect(kept.get("MKL_CBWR") == "COMPATIBLE", f"MKL_CBWR is not in the manifest: {kept}")
    ended = place.resume("run")
    place.succeeds(ended, "resuming without MKL_CBWR")
    noted = manifest("run").get("resumed", [{}])[-1].get("note") or ""
    place.expect("MKL_CBWR" in noted, "resuming without MKL_CBWR: no note in the manifest", ended)
    place.expect("MKL_CBWR" in ended.text, "resuming without MKL_CBWR: no warning", ended)
    ended = place.resume("same", environment=mkl)
    place.expect("MKL_CBWR" not in ended.text, "resuming in the same environment: a warning", ended)


def turn(links, steps, stop):
    """Points links to two checkpoints alternately, as training does."""
    for step in itertools.cycle(steps):
        for link in links:
            link.with_suffix(".new").symlink_to(step)
            link.with_suffix(".new").rename(link)
        if stop.wait(0.0005):
            return


def reading_while_training(place):
    """A run can be read at any moment while it trains."""
    def read(run, number):
        run = f"{run}/checkpoints/{'last' if number % 4 < 2 else 'best'}"
        if number % 2:
            return place.call("inspect", run)
        return place.call("encode", run, "--data", "points.csv", "--out", f"x{number}.npy")

    def read_often(run, times):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            failed = [ended for ended in pool.map(read, [run] * times, range(times)) if ended.returncode != 0]
        place.expect(not failed, f"{run}: {len(failed)} of {times} failed", failed[0] if failed else None)

    stop, checkpoints = threading.Event(), place.unfinished("links that turn") / "checkpoints"
    turning = threading.Thread(target=turn, args=([checkpoints / "last", checkpoints / "best"], ["step_6", "step_8"],
                                                  stop))
    turning.start()
    try:
        read_often("links that turn", 30)
    finally:
        stop.set()
        turning.join()
    training = place.begin_training("training", *ENDLESS, "--set", "training.keep_last=1", "--set",
                                    "training.checkpoint_every=1u")
    small_run.until((place / "training/checkpoints/best/state.json").is_file, "training begins")
    read_often("training", 60)
    training.send(signal.SIGTERM)
    ended = training.wait()
    place.expect(ended.returncode == 143, "expected exit code 143", ended)


def copied_without_links(place):
    """A copy with folders in place of links can be used."""
    whole = place.whole("whole")
    for name, run in {"finished": whole, "copy": place.unfinished()}.items():
        shutil.copytree(run, place / name, symlinks=False)
        place.succeeds(place.use("encode", name), f"{name}: encode")
        place.succeeds(place.resume(name), f"{name}: --resume")
        found = small_run.differences(place / name, whole)
        place.expect(not found, f"{name}: differs in {', '.join(found)}")
        place.succeeds(place.use("encode", name), f"{name}: encode after --resume")
        place.succeeds(place.use("inspect", name), f"{name}: inspect after --resume")


if __name__ == "__main__":
    attacks.main(__doc__, {
        1: lookups_that_fail, 2: files_of_others, 3: no_state, 7: damaged_lines, 8: closed_streams_and_signals,
        10: sums_of_others, 11: columns_of_others, 13: nested_json, 14: endless_files, 16: huge_activations,
        18: unverified, 19: weights_that_are_not_finite, 24: surroundings, 26: reading_while_training,
        27: copied_without_links, 28: foreign_checkpoints, 29: closed_folders, 30: renamed_checkpoints,
        31: optimizer_states_that_are_not_usable})
