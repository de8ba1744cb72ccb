"""Prints what TensorBoard's own reader finds in a folder of event files, as JSON.

    python tensorboard_reader.py FOLDER

For each tag: the steps in the order of the files, and the values: numbers, texts, the SHA-256 of an
image with its size, limits and counts of a histogram. Besides them: hyperparameters, metrics and
statuses of the hparams plugin. Fails if a record is damaged. Needs the package tensorboard.
"""
import hashlib
import json
import pathlib
import sys

from tensorboard.backend.event_processing import event_accumulator, event_file_loader
from tensorboard.plugins.hparams import plugin_data_pb2

EVERYTHING = {kind: 0 for kind in ("scalars", "images", "histograms", "tensors")}


def picture(event):
    digest = hashlib.sha256(event.encoded_image_string).hexdigest()
    return {"width": event.width, "height": event.height, "sha256": digest}


def histogram(event):
    value = event.histogram_value
    return {"min": value.min, "max": value.max, "num": value.num, "sum": value.sum,
            "sum_squares": value.sum_squares, "limits": list(value.bucket_limit),
            "counts": list(value.bucket)}


def text(event):
    return [value.decode() for value in event.tensor_proto.string_val]


def series(events, value):
    return {"steps": [event.step for event in events], "values": [value(event) for event in events]}


def hyperparameters(accumulator):
    try:
        contents = accumulator.PluginTagToContent("hparams")
    except KeyError:
        return {}
    found = {"hparams": {}, "types": {}, "metrics": [], "status": None}
    for content in contents.values():
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
        kind = data.WhichOneof("data")
        if kind == "experiment":
            found["types"] = {info.name: info.type for info in data.experiment.hparam_infos}
            found["metrics"] = [info.name.tag for info in data.experiment.metric_infos]
        elif kind == "session_start_info":
            for name, value in data.session_start_info.hparams.items():
                found["hparams"][name] = getattr(value, value.WhichOneof("kind"))
        elif kind == "session_end_info":
            found["status"] = data.session_end_info.status
    return found


def count_records(path):
    records = list(event_file_loader.RawEventFileLoader(str(path)).Load())
    # The loader stops silently at a damaged record. Each has 16 bytes of lengths and checksums.
    read, size = sum(16 + len(record) for record in records), path.stat().st_size
    if read != size:
        sys.exit(f"{path}: damaged or incomplete record at byte {read} of {size}")
    return len(records)


def read(folder):
    files = sorted(path for path in pathlib.Path(folder).iterdir() if "tfevents" in path.name)
    records = [count_records(path) for path in files]
    # Without the purge, which hides events that are there twice.
    accumulator = event_accumulator.EventAccumulator(
        str(folder), size_guidance=EVERYTHING, purge_orphaned_data=False)
    accumulator.Reload()
    tags = accumulator.Tags()
    return {
        "files": len(files),
        "records": records,
        "scalars": {tag: series(accumulator.Scalars(tag), lambda event: event.value)
                    for tag in tags["scalars"]},
        "images": {tag: series(accumulator.Images(tag), picture) for tag in tags["images"]},
        "histograms": {tag: series(accumulator.Histograms(tag), histogram)
                       for tag in tags["histograms"]},
        "texts": {tag: series(accumulator.Tensors(tag), text) for tag in tags["tensors"]},
        "plugins": {tag: accumulator.SummaryMetadata(tag).plugin_data.plugin_name
                    for kind in ("scalars", "images", "histograms", "tensors")
                    for tag in tags[kind]},
        "hparams": hyperparameters(accumulator),
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(json.dumps(read(sys.argv[1]), indent=1))
