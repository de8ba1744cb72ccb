#!/usr/bin/env python3
"""Encodes MNIST with the trained encoder of the mlp workload in PyTorch, as a whole command: the peer of ae-encode."""

import argparse
import gzip
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

BATCH = 8192


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """float32 tensors by name."""
    raw = bytearray(path.read_bytes())
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(raw, dtype=torch.float32, count=(end - begin) // 4, offset=start + begin)
        tensors[name] = flat.view(entry["shape"])
    return tensors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True, metavar="FILE", help="model.safetensors of the run")
    parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="gzip'd IDX file of images")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="codes, .npy")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    encoder = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 32))
    weights = read_safetensors(args.weights)
    encoder.load_state_dict({f"{index}.{kind}": weights[f"{name}.{kind}"] for kind in ("weight", "bias")
                             for index, name in ((0, "encoder.0"), (2, "encoder.2"), (4, "latent.projection"))})
    raw = gzip.decompress(args.data.read_bytes())
    images = torch.frombuffer(bytearray(raw), dtype=torch.uint8, offset=16).view(-1, 784)
    with torch.inference_mode():
        codes = torch.cat([encoder(rows.float().div_(255)) for rows in images.split(BATCH)])
    np.save(args.out, codes.numpy())


if __name__ == "__main__":
    main()
