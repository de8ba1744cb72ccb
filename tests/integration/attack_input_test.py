"""Attacks by configs, data, arguments and environment: files written, exit codes and messages.

Each case is a regression test of an attack that once succeeded. Needs the standard library and libxxhash.so.0 only;
AE_BIN_DIR names the programs' folder.
"""
import gzip
import json
import os
import shutil
import signal
import subprocess

import attacks
import small_run
from attacks import write_npy
from sealed import edit_metadata, edit_tensors

LARGEST_SEED = "18446744073709551615"
WRAPPING = [8358967, 577755, 7639297]  # 13 values, counted in 64 bits


def write_config(place, change):
    """config.json with some options changed: {"model.latent_dim": 2}."""
    config = json.loads((place / "config.json").read_text())
    for path, value in change.items():
        *above, last = path.split(".")
        at = config
        for key in above:
            at = at.setdefault(key, {})
        at[last] = value
    (place / "changed.json").write_text(json.dumps(config))
    return ["--config", "changed.json", "--run-dir", "changed"]


def train_changed(place, change, *more, **keywords):
    shutil.rmtree(place / "changed", ignore_errors=True)
    return place.call("train", *write_config(place, change), *more, **keywords)


def aliases(place, name):
    """Different names of one file, which need not exist."""
    link = f"link_{name}"
    (place / link).symlink_to(name)
    return [link, f"here/{name}", f"./{name}", str(place / name), name]


def outputs_over_inputs(place):
    """An output that would replace an input or another output is refused, by whatever name."""
    (place / "here").symlink_to(".")
    (place / "labels.csv").write_text("\n".join("ab"[i % 2] for i in range(64)) + "\n")
    ended = train_changed(place, {"data.train.labels": "labels.csv", "model.conditional": True})
    place.succeeds(ended, "a conditional model")
    place.whole("run")
    for name in ("codes.csv", "codes.npy"):
        place.succeeds(place.call("encode", "run", "--data", "points.csv", "--out", name), name)
    write_npy(place / "rows.log_variance.npy", [64, 3])
    data, labels, csv, npy = (aliases(place, name)
                              for name in ("points.csv", "labels.csv", "codes.csv", "codes.npy"))
    rows = ["encode", "changed", "--data", "points.csv", "--labels", "labels.csv"]
    calls = [[*rows, "--out", name] for name in data + labels[:2]]
    calls += [[*rows, "--out", "x.npy", "--reconstruction", name] for name in data[:2] + labels[:2]]
    calls += [[*rows, "--out", "codes.csv", "--reconstruction", name] for name in csv[:2]]
    calls += [[*rows, "--out", "new.csv", "--reconstruction", name] for name in ("here/new.csv", "./new.csv")]
    calls += [["sample", "run", "--codes", "codes.csv", "--out", name] for name in csv]
    calls += [["sample", "run", "--codes", "codes.npy", "--out", name] for name in npy[:2]]
    calls += [["sample", "run", "--codes", csv[0], "--out", "codes.csv"]]
    calls += [["encode", "run", "--data", "rows.log_variance.npy", "--out", "rows.npy", "--log-variance"]]
    before = attacks.contents(place.folder)
    for program, *arguments in calls:
        place.refused(place.call(program, *arguments), 2, "one file twice")
        after = attacks.contents(place.folder)
        changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
        place.expect(not changed, f"one file twice: touched {', '.join(changed)}")
        for name in changed:  # the other cases must see the same state
            (place / name).unlink(missing_ok=True)
            if isinstance(before.get(name), str):
                (place / name).symlink_to(before[name])
            elif name in before:
                (place / name).write_bytes(before[name][1])


def signals_while_writing(place):
    """A signal during an output leaves no part of it."""
    place.whole()
    write_npy(place / "many.npy", [100_000_000, 3])
    ways = {"encode": ["--data", "many.npy", "--out", "x.npy", "--reconstruction", "y.csv"],
            "sample": ["--count", "100000000", "--out", "x.npy"]}
    for program, arguments in ways.items():
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            what = f"{program}, {number.name}"
            running = place.begin(program, "run", *arguments)
            small_run.until(lambda: any(path.stat().st_size > 0 for path in place.folder.glob(".x*.tmp")),
                            f"{what}: writing begins")
            running.send(number)
            ended = running.wait()
            place.expect(ended.returncode == 128 + number, f"{what}: expected exit code {128 + number}", ended)
            left = [path for pattern in ("*.tmp", "x.*", "y.*") for path in place.folder.glob(pattern)]
            place.expect(not left, f"{what}: left {', '.join(path.name for path in left)}")
            for path in left:
                path.unlink()


def sizes_that_wrap(place):
    """Sizes whose product overflows are refused."""
    wide = [",".join(f"{(i + j) % 7 / 7:.3f}" for j in range(13)) for i in range(64)]
    (place / "points.csv").write_text("\n".join(wide) + "\n")
    place.refused(train_changed(place, {"data.shape": WRAPPING}, limit=10), (2, 3), "config", "data.shape")
    place.succeeds(place.train("run"))
    shutil.copytree(place / "run", place / "tensor", symlinks=True)
    edit_metadata(place / "run/checkpoints/last", "preprocessing", lambda data: data.update(shape=WRAPPING))
    edit_tensors(place / "tensor/checkpoints/last", lambda header, _: header["decoder.2.bias"].update(shape=WRAPPING))
    write_npy(place / "rows.npy", [1, 13])
    text, shape = (place / "rows.npy").read_bytes(), str((1, *WRAPPING)).encode()
    text = text.replace(b"(1, 13)", shape).replace(b" " * (len(shape) - 7) + b"\n", b"\n", 1)
    (place / "rows.npy").write_bytes(text)
    place.expect(len(text) % 64 == 52 and shape in text, "the test's own .npy is not as it should be")
    ended = train_changed(place, {"data": {"train": {"path": "rows.npy"}}}, limit=10)
    place.refused(ended, 3, "data", "rows.npy")
    with place.untouched(place.folder, "use"):
        for name in ("run", "tensor"):
            for program in ("train", "encode", "sample", "eval"):
                place.refused(place.use(program, name, limit=10), 3, f"{name}: {program}")
            place.call("inspect", name, limit=10)
            place.refused(place.call("sample", name, "--out", "x.png", limit=10), (2, 3), f"{name}: a picture")


def many_names(place):
    """Time is linear in the number of names."""
    config = json.loads((place / "config.json").read_text())
    config.update({f"{'much_alike_' * 10}{number:05}": number for number in range(40_000)})
    (place / "keys.json").write_text(json.dumps(config))
    place.refused(place.call("train", "--config", "keys.json", limit=3), 2, "40,000 unknown keys")
    for name, prefix in {"train": "a", "validation": "b"}.items():
        (place / f"{name}.csv").write_text("x,label\n" + "".join(f"{i % 7},{prefix}{i}\n" for i in range(100_000)))
    sources = {name: {"path": f"{name}.csv", "labels": "label"} for name in ("train", "validation")}
    ended = train_changed(place, {"data": sources, "training.epochs": 1, "training.batch_size": 4096,
                                  "training.checkpoint_every": "1e"}, limit=15)
    place.succeeds(ended, "100,000 label texts")


def unpacked_labels(place):
    """Label texts in a compressed file count towards the memory limit."""
    with gzip.open(place / "labels.csv.gz", "wb") as file:
        file.write(b"x,label\n")
        for _ in range(260):
            file.write(b"1,a\n" * 100_000)
    change = {"data": {"train": {"path": "labels.csv.gz", "labels": "label"}}, "training.batch_size": 65536,
              "training.epochs": 1, "training.checkpoint_every": "1e"}
    ended = train_changed(place, change, within=limited_to(2000))
    if ended.returncode != 0:
        place.refused(ended, 3, "a limit of 2 GB")
    little = "MemTotal: 24000000 kB\nMemFree: 700000 kB\nMemAvailable: 700000 kB\n"
    (place / "meminfo").write_text(little)
    if within := place.with_mounts("mount --bind meminfo /proc/meminfo"):
        ended = train_changed(place, change, within=within)
        if ended.returncode != 0:
            place.refused(ended, 3, "0.7 GB free", "labels.csv.gz")
        else:
            place.expect(ended.peak_bytes < 800e6, f"0.7 GB free: took {ended.peak_bytes / 1e9:.1f} GB", ended)


def no_internal_errors(place):
    """User errors are never reported as internal errors."""
    huge = {
        "salt": {"corruption": {"type": "salt_and_pepper", "salt": 1e308}},
        "pepper": {"corruption": {"type": "salt_and_pepper", "pepper": -1e308}},
        "sigma": {"objective.reconstruction": {"type": "gaussian", "sigma": 1e308}},
        "scale": {"objective.reconstruction": {"type": "laplace", "scale": 1e308}},
        "free_bits": {"objective.kl.free_bits": 1e308},
        "log_variance_bounds": {"model.latent": {"type": "gaussian", "log_variance_bounds": {"high": 1e308}}},
        "alpha": {"model.encoder.activation": {"type": "elu", "alpha": 1e308}},
    }
    for name, change in huge.items():
        place.refused(train_changed(place, change), 2, f"{name} = 1e308", name)
    run = place.whole()
    ended = place.train("threads", "--set", "training.threads=1024")
    if ended.returncode != 0:
        place.refused(ended, (2, 3), "1,024 threads")
    long = "n" * 260
    for program, more in {"encode": ["--data", "points.csv"], "sample": []}.items():
        for suffix in ("npy", "csv"):
            ended = place.call(program, "run", *more, "--out", f"{long}.{suffix}")
            place.refused(ended, 3, f"{program}: a long name")
    rows = ["encode", "run", "--data", "points.csv"]
    place.refused(place.call(*rows, "--out", "x.npy", "--reconstruction", f"{long}.csv"), 3, "--reconstruction")
    ended = place.call(*rows, "--out", f"{'n' * 245}.npy", "--log-variance")
    place.refused(ended, 3, "a long name beside the one given")
    place.refused(place.train(long), 3, "--run-dir")
    config = json.loads((place / "config.json").read_text())
    del config["name"]
    (place / os.fsdecode(b"\xff.json")).write_text(json.dumps(config))
    ended = place.call("train", "--config", b"\xff.json")
    if ended.returncode != 0:
        place.refused(ended, 2, "a config's name that is not UTF-8")
    place.refused(place.train("x", "--set", b"name=\xff"), 2, "a name that is not UTF-8")
    manifest = json.loads((run / "manifest.json").read_text())
    (run / "manifest.json").write_text(json.dumps({**manifest, "data": 3}))
    place.refused(place.call("eval", "run"), 3, "manifest's data: eval", "manifest.json")
    place.refused(place.resume(), 3, "manifest's data: --resume", "manifest.json")
    place.call("inspect", "run")
    few_resources(place)


def few_resources(place):
    """Exceeded limits of memory, tasks and files are reported in one line."""
    place.whole("whole")
    low, high = 0, 16000  # MB: bounds of the memory that loading the libraries takes
    while high - low > 1:
        size = (low + high) // 2
        loaded = subprocess.run([*limited_to(size), small_run.BIN / "ae-encode", "--version"], capture_output=True)
        low, high = (low, size) if loaded.returncode == 0 else (size, high)
    for more in range(1, 20, 3):
        ended = place.use("encode", "whole", within=limited_to(high + more))
        if ended.returncode != 0:
            place.refused(ended, 3, f"{more} MB more than the libraries take")
    user = place.as_other_user()
    for tasks in (1, 2) if user else ():
        within = [*user, "prlimit", f"--nproc={tasks}"]
        for ended in (place.train(f"tasks_{tasks}", "--set", "training.threads=2", within=within),
                      place.use("encode", "whole", within=within)):
            if ended.returncode != 0:
                place.refused(ended, (2, 3), f"at most {tasks} tasks")
    (place / "disk").mkdir()
    for inodes in range(3, 20, 3):
        within = place.with_mounts(f"mount -t tmpfs -o nr_inodes={inodes} none disk")
        if not within:
            break
        ended = place.train("disk/run", within=within)
        if ended.returncode != 0:
            place.refused(ended, 3, f"{inodes} inodes")


def limited_to(megabytes):
    return ["prlimit", f"--as={megabytes}000000"]


def working_directory_that_is_gone(place):
    """Every program reports that its working directory was removed."""
    run = place.whole()
    ways = {"train": ["--config", place / "config.json", "--run-dir", place / "new"],
            "encode": [run, "--data", place / "points.csv", "--out", place / "x.npy"],
            "sample": [run, "--out", place / "x.npy"], "eval": [run], "inspect": [run]}
    for program, arguments in ways.items():
        (place / "gone").mkdir()
        within = ["sh", "-c", 'cd gone && rmdir ../gone && exec "$@"', "sh"]
        place.refused(place.call(program, *arguments, within=within), 3, program, "working directory")


def scales_that_undo_the_data(place):
    """A scaling that makes all values equal, or not finite, is refused."""
    for scale in (1e300, 1e-40, 1e-300, [-1e308, 1e308], [0, 1e300], [0, 1e-300]):
        place.refused(train_changed(place, {"data.scale": scale}), (2, 3), f"scale {scale}", "data.scale")


def numbers_beyond_their_type(place):
    """Numbers beyond their type's range are refused with a short message, or read exactly."""
    model = {"latent": {"type": "top_k", "k": 1, "auxiliary_k": 1}, "latent_dim": 8, "decoder": "linear"}
    change = {"model": model, "training.dead_after": "1000000u"}
    place.succeeds(train_changed(place, change), "dead_after 1000000u")
    data = (place / "changed/checkpoints/last/model.safetensors").read_bytes()
    weights = data[8 + int.from_bytes(data[:8], "little"):]
    for length in ("2000000000000000000u", "9223372036854775807u", "2000000000000000000e", "99999999999999999999u"):
        ended = train_changed(place, {**change, "training.dead_after": length})
        if ended.returncode != 0:
            place.refused(ended, 2, length, "dead_after")
        else:
            same = (place / "changed/checkpoints/last/model.safetensors").read_bytes().endswith(weights)
            place.expect(same, f"dead_after {length}: means something else than 1000000u", ended)
    place.whole()

    def refused_in_short(what, named, program, *arguments):
        ended = place.call(program, *arguments)
        place.refused(ended, 2, what, named)
        place.expect(len(ended.stderr) < 200, f"{what}: {len(ended.stderr)} characters", ended)

    encoding = ["--data", "points.csv", "--out", "x.npy"]
    for seed in ("18446744073709551616", "-1", "9" * 30):
        refused_in_short(f"--seed {seed}", LARGEST_SEED, "encode", "run", *encoding, f"--seed={seed}")
        refused_in_short(f"--seed {seed}", LARGEST_SEED, "sample", "run", "--out", "x.npy", f"--seed={seed}")
    place.succeeds(place.call("sample", "run", "--out", "x.npy", "--seed", LARGEST_SEED), f"--seed {LARGEST_SEED}")
    for seed in ("18446744073709551616", "-1"):
        refused_in_short(f"seed {seed}", "9007199254740992", "train", "--config", "config.json", "--set",
                         f"seed={seed}")
    for number in ("9" * 30, "-1", "0", "9223372036854775808", "1e3000"):
        refused_in_short(f"--count {number}", "1099511627776", "sample", "run", "--out", "x.npy", f"--count={number}")
        refused_in_short(f"--neighbours {number}", "1000", "eval", "run", "--probe", f"--neighbours={number}")


def headers_of_numbers(place):
    """A numeric first line can be declared a header, and the log states how it was read."""
    rows = (place / "points.csv").read_text().splitlines()[1:]
    (place / "years.csv").write_text("\n".join(["2019,2020,2021", *rows]) + "\n")
    path = {"data.train.path": "years.csv"}
    for choice, count in {"present": 64, "absent": 65, "auto": 65, None: 65}.items():
        ended = train_changed(place, {**path, **({"data.train.header": choice} if choice else {})})
        place.succeeds(ended, f"header {choice}")
        if ended.returncode != 0:
            continue
        read = json.loads((place / "changed/manifest.json").read_text())["data"]["train"]["rows_in_file"]
        place.expect(read == count, f"header {choice}: {read} rows, expected {count}")
        if choice in ("auto", None):
            place.expect("no header line" in ended.text, f"header {choice}: nothing is said", ended)
        ended = place.call("encode", "changed", "--data", "years.csv", "--out", "x.csv", "--reconstruction", "y.csv")
        place.succeeds(ended, f"header {choice}: encode")
        if ended.returncode != 0:
            continue
        encoded = len((place / "x.csv").read_text().splitlines()) - 1
        place.expect(encoded == count, f"header {choice}: {encoded} rows encoded, expected {count}", ended)
        first = (place / "y.csv").read_text().splitlines()[0]
        place.expect((first == "2019,2020,2021") == (choice == "present"), f"header {choice}: columns are {first}")
    source = {"path": "years.csv", "header": "present"}
    ended = train_changed(place, {"data": {"train": source, "validation": source, "test": source}})
    place.succeeds(ended, "header in each split")
    if ended.returncode == 0:
        data = json.loads((place / "changed/manifest.json").read_text())["data"]
        place.expect([data[split]["rows"] for split in data] == [64] * 3, f"header in each split: {data}")
    place.refused(train_changed(place, {"data.train.header": "absent"}), 3, "header absent above names", "points.csv")
    place.refused(train_changed(place, {"data.train.header": "perhaps"}), 2, "header perhaps", "header")


def strange_texts(place):
    """Control characters are escaped, invalid paths refused, and messages stay short."""
    text = (place / "points.csv").read_text()
    for line in (1, 2, 40):
        lines = text.splitlines()
        lines[line - 1] = lines[line - 1].replace(",", "\x01,", 1)
        (place / "control.csv").write_text("\n".join(lines) + "\n")
        ended = train_changed(place, {"data.train.path": "control.csv"})
        place.refused(ended, 3, f"a control byte in line {line}", "control.csv", f"line {line}", "\\x01")
    for path in ("", "points.csv\0x", "\0"):
        place.refused(train_changed(place, {"data.train.path": path}), 2, f"path {path!r}", "data.train.path")
        ended = train_changed(place, {"data.validation": {"path": f"{path}\0"}})
        place.refused(ended, 2, f"validation {path!r}", "data.validation.path")
    place.refused(train_changed(place, {"name": "a\0b"}), 2, "a name with NUL", "name")
    dry = ["--config", "config.json", "--dry-run", "--time-limit", "5s"]
    place.refused(place.call("train", *dry), 2, "--dry-run --time-limit", "--time-limit")
    long, argument = "m" * 1_000_000, "m" * 120_000
    for change in ({long: 1}, {"model.kind": long}, {"seed": long}, {"name": long}, {"data.train.path": long},
                   {"data.train.exclude": [long]}, {"training.checkpoint_every": long}, {"data.scale": long}):
        place.refused(train_changed(place, change), (2, 3), f"{list(change)[0][:30]}: 1 MB")
    for setting in (f"x={argument}", f"{argument}=1", argument, f"model.kind={argument}"):
        place.refused(place.train("x", "--set", setting), 2, f"--set {setting[:12]}: 120 KB")
    place.refused(place.train("x", f"--{argument}"), 2, "an option of 120 KB")
    (place / "column.csv").write_text(f"{long},y,z\n1,2,3\nword,2,3\n")
    place.refused(train_changed(place, {"data.train.path": "column.csv"}), 3, "a column of 1 MB")
    (place / "cell.csv").write_text(f"x,y,z\n1,2,3\n{long},2,3\n")
    place.refused(train_changed(place, {"data.train.path": "cell.csv"}), 3, "a cell of 1 MB")
    lines = [f"{line},{'ab'[number % 2]}" for number, line in enumerate(text.splitlines()[1:])]
    (place / "known.csv").write_text("\n".join(["x,y,z,kind", *lines]) + "\n")
    (place / "label.csv").write_text("\n".join(["x,y,z,kind", *lines, f"1,2,3,{long}"]) + "\n")
    change = {"data.train": {"path": "known.csv", "labels": "kind"}, "model.conditional": True}
    place.succeeds(train_changed(place, change), "labels")
    ended = place.call("encode", "changed", "--data", "label.csv", "--labels", "kind", "--out", "x.npy")
    place.refused(ended, 3, "a label of 1 MB")
    place.refused(place.call("sample", "changed", "--out", "x.npy", "--label", argument), 2, "--label of 120 KB")


if __name__ == "__main__":
    attacks.main(__doc__, {
        6: outputs_over_inputs, 9: signals_while_writing, 12: sizes_that_wrap, 15: many_names, 17: unpacked_labels,
        20: no_internal_errors, 21: working_directory_that_is_gone, 22: scales_that_undo_the_data,
        23: numbers_beyond_their_type, 25: headers_of_numbers, 28: strange_texts})
