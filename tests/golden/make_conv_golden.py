#!/usr/bin/env python3
"""Writes conv.json beside this script: what PyTorch computes for small convolutional networks and for normalisation.

For developers, with PyTorch installed; tests only read the file. The networks are torch.nn's own modules, so that
sizes, names, shapes, batch statistics and gradients are all PyTorch's. Numbers and losses are as in
make_mlp_golden.py; a case holds
  name, config       config: the part `model` and `objective` of an experiment
  shape              of one row
  parameters         {tensor name: {"shape": [...], "values": [...]}}, values row by row
  input, target      [6][D], which are the same
  noise              [6][3], for a VAE only
  code, output       [6][3], [6][D]: outside training, with running statistics as they begin; output before sigmoid
  training           one entry: {"optimizer", "losses": [10], "final_parameters": {name: values}, "final_buffers":
                     {name: values}}: ten steps on this same batch and noise, in training mode; losses[i] is taken
                     before update i + 1
  trained_code, trained_output   as code and output, after these steps
  float32            code ... trained_output again, computed in float32 (9 digits); all else is float64 (17 digits)
"""

import copy
import math
import random
from typing import Any

import torch
from make_mlp_golden import STEPS, draw_matrix, numbers, reconstruction, short_fraction, write
from torch import Tensor, nn

LATENT = 3
OPTIMIZER = {"type": "adam", "learning_rate": 0.01}
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}
CONVOLUTIONS = {1: (nn.Conv1d, nn.ConvTranspose1d), 2: (nn.Conv2d, nn.ConvTranspose2d)}
BATCH_NORMS = {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d}


def tail(options: dict[str, Any], channels: int, rank: int) -> list[nn.Module]:
    """Normalisation and activation after a hidden layer; layer normalisation is over channels and positions."""
    kind = options.get("normalization", {"type": "none"})
    norms = {"none": lambda: [], "batch": lambda: [BATCH_NORMS[rank](channels, momentum=kind.get("momentum", 0.1))],
             "layer": lambda: [nn.GroupNorm(1, channels) if rank else nn.LayerNorm(channels)],
             "group": lambda: [nn.GroupNorm(kind["groups"], channels)]}
    return [*norms[kind["type"]](), ACTIVATIONS[options["activation"]]()]


def padding(options: dict[str, Any], layer: dict[str, int]) -> int:
    return (layer["kernel"] - 1) // 2 if options.get("padding", "same") == "same" else 0


def build_conv(options: dict[str, Any], decoder_hidden: list[int], shape: list[int]) -> tuple[nn.ModuleDict, int]:
    """The network, without the latent's layers, and how many features its encoder gives."""
    image = shape if len(shape) > 1 else [1, *shape]
    rank = len(image) - 1
    convolution, transposed = CONVOLUTIONS[rank]
    layers = options["layers"]

    encoder: list[nn.Module] = []
    sizes = [torch.Size(image[1:])]
    channels = image[0]
    for layer in layers:
        encoder.append(convolution(channels, layer["channels"], layer["kernel"], layer["stride"],
                                   padding(options, layer)))
        channels = layer["channels"]
        sizes.append(encoder[-1](torch.zeros(1, encoder[-1].in_channels, *sizes[-1])).shape[2:])
        encoder += tail(options, channels, rank)
    flat = channels * math.prod(sizes[-1])
    encoder.append(nn.Flatten())
    width = flat
    for hidden in options.get("hidden", []):
        encoder += [nn.Linear(width, hidden), *tail(options, hidden, 0)]
        width = hidden

    decoder: list[nn.Module] = []
    below = LATENT
    for hidden in decoder_hidden:
        decoder += [nn.Linear(below, hidden), *tail(options, hidden, 0)]
        below = hidden
    decoder += [nn.Linear(below, flat), nn.Unflatten(1, (channels, *sizes[-1])), *tail(options, channels, rank)]
    for layer, size, wanted in zip(reversed(layers), reversed(sizes), reversed(sizes[:-1])):
        # The output padding that restores the encoder's size.
        p = padding(options, layer)
        plain = [(n - 1) * layer["stride"] - 2 * p + layer["kernel"] for n in size]
        extra = [n - m for n, m in zip(wanted, plain)]
        decoder.append(transposed(channels, layer["channels"], layer["kernel"], layer["stride"], p, extra))
        channels = layer["channels"]
        decoder += tail(options, channels, rank)
    decoder += [convolution(channels, image[0], 3, 1, 1), nn.Flatten()]
    return nn.ModuleDict({"encoder": nn.Sequential(*encoder), "latent": nn.ModuleDict(),
                          "decoder": nn.Sequential(*decoder)}), width


def build_mlp(options: dict[str, Any], features: int) -> tuple[nn.ModuleDict, int]:
    widths = [features, *options["hidden"]]
    encoder = [m for a, b in zip(widths, widths[1:]) for m in (nn.Linear(a, b), *tail(options, b, 0))]
    back = [LATENT, *reversed(options["hidden"])]
    decoder = [m for a, b in zip(back, back[1:]) for m in (nn.Linear(a, b), *tail(options, b, 0))]
    decoder.append(nn.Linear(back[-1], features))
    return nn.ModuleDict({"encoder": nn.Sequential(*encoder), "latent": nn.ModuleDict(),
                          "decoder": nn.Sequential(*decoder)}), widths[-1]


def build(config: dict[str, Any], shape: list[int], rng: random.Random) -> nn.ModuleDict:
    model = config["model"]
    options = model["encoder"]
    if options["type"] == "conv":
        hidden = model.get("decoder", {}).get("hidden", options.get("hidden", [])[::-1])
        network, width = build_conv(options, hidden, shape)
    else:
        network, width = build_mlp(options, math.prod(shape))
    for head in ["mean", "log_variance"] if model["kind"] == "vae" else ["projection"]:
        network["latent"][head] = nn.Linear(width, LATENT)
    network.double()
    for module in network.modules():
        is_norm = isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm))
        for parameter in module.parameters(recurse=False):
            bound = 0.5 if parameter.dim() == 1 else math.sqrt(3 / parameter[0].numel())
            values = [short_fraction(rng.uniform(-bound, bound), 1024) for _ in range(parameter.numel())]
            parameter.data = torch.tensor(values, dtype=torch.float64).reshape(parameter.shape)
        if is_norm:
            module.weight.data += 1
    return network


def forward(network: nn.ModuleDict, shape: list[int], x: Tensor, noise: Tensor | None) -> dict[str, Tensor]:
    is_conv = any(isinstance(m, (nn.Conv1d, nn.Conv2d)) for m in network.modules())
    image = shape if len(shape) > 1 else [1, *shape]
    features = network["encoder"](x.reshape(len(x), *image) if is_conv else x)
    latent = network["latent"]
    if "projection" in latent:
        code = latent["projection"](features)
        return {"code": code, "output": network["decoder"](code)}
    code, log_variance = latent["mean"](features), latent["log_variance"](features)
    drawn = code if noise is None else code + torch.exp(log_variance / 2) * noise
    return {"code": code, "log_variance": log_variance, "output": network["decoder"](drawn)}


def loss_of(config: dict[str, Any], result: dict[str, Tensor], target: Tensor) -> Tensor:
    loss = reconstruction(config["objective"]["reconstruction"], {**result, "reconstructed": result["output"]}, target)
    if "log_variance" in result:
        mean, log_variance = result["code"], result["log_variance"]
        loss = loss + 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()
    return loss


def compute(config: dict[str, Any], initial: nn.ModuleDict, shape: list[int], x: Tensor, noise: Tensor | None,
            dtype: torch.dtype) -> dict[str, Any]:
    network = copy.deepcopy(initial).to(dtype)
    x = x.to(dtype)
    noise = None if noise is None else noise.to(dtype)

    def measured(prefix: str) -> dict[str, Any]:
        network.eval()
        with torch.no_grad():
            result = forward(network, shape, x, None)
        return {f"{prefix}{name}": numbers(result[name]) for name in ("code", "output")}

    figures = measured("")
    network.train()
    optimizer = torch.optim.Adam(network.parameters(), lr=OPTIMIZER["learning_rate"])
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(config, forward(network, shape, x, noise), x)
        loss.backward()
        losses.append(numbers(loss.detach()))
        optimizer.step()
    figures["training"] = [{
        "optimizer": OPTIMIZER, "losses": losses,
        "final_parameters": {k: numbers(v.detach().flatten()) for k, v in network.named_parameters()},
        "final_buffers": {k: numbers(v.flatten()) for k, v in network.named_buffers() if "running" in k}}]
    return {**figures, **measured("trained_")}


def experiment(encoder: dict[str, Any], reconstruction: str = "mse", kind: str = "autoencoder",
               decoder: dict[str, Any] | None = None) -> dict[str, Any]:
    model = {"kind": kind, "encoder": encoder, "latent_dim": LATENT}
    if decoder is not None:
        model["decoder"] = decoder
    objective: dict[str, Any] = {"reconstruction": reconstruction}
    if kind == "vae":
        objective["kl"] = {"weight": 1.0}
    return {"model": model, "objective": objective}


def layers(*rows: tuple[int, int, int]) -> list[dict[str, int]]:
    return [{"channels": channels, "kernel": kernel, "stride": stride} for channels, kernel, stride in rows]


def conv(*rows: tuple[int, int, int], **options: Any) -> dict[str, Any]:
    return {"type": "conv", "layers": layers(*rows), "activation": "tanh", **options}


def mlp(**options: Any) -> dict[str, Any]:
    return {"type": "mlp", "hidden": [8, 6], "activation": "tanh", **options}


BATCH_NORM = {"type": "batch", "momentum": 0.25}
CASES = {
    "conv_2d": ([2, 7, 5], experiment(conv((3, 3, 2), (4, 3, 3)))),
    "conv_2d_vae": ([1, 6, 7], experiment(conv((3, 3, 2), (4, 4, 2), activation="relu", hidden=[5]), "bernoulli", "vae",
                                          {"hidden": []})),
    "conv_2d_valid": ([2, 7, 5], experiment(conv((3, 2, 1), (4, 3, 2), padding="valid", hidden=[6, 5]))),
    "conv_1d": ([2, 11], experiment(conv((3, 5, 3), (4, 2, 2)))),
    "conv_1d_flat_rows": ([13], experiment(conv((4, 4, 3), activation="relu"), "bernoulli")),
    "conv_2d_batch_norm": ([2, 7, 5], experiment(conv((3, 3, 2), (4, 3, 3), hidden=[5], normalization=BATCH_NORM))),
    "conv_2d_layer_norm": ([2, 7, 5], experiment(conv((3, 3, 2), (4, 3, 3), hidden=[5],
                                                      normalization={"type": "layer"}))),
    "conv_2d_group_norm": ([2, 7, 5], experiment(conv((4, 3, 3), (6, 3, 2), normalization={"type": "group",
                                                                                           "groups": 2}))),
    "conv_1d_batch_norm_vae": ([2, 11], experiment(conv((3, 5, 2), (4, 3, 2), normalization=BATCH_NORM), "bernoulli",
                                                   "vae")),
    "mlp_batch_norm": ([12], experiment(mlp(normalization=BATCH_NORM))),
    "mlp_layer_norm": ([12], experiment(mlp(normalization={"type": "layer"}))),
    "mlp_group_norm": ([12], experiment(mlp(normalization={"type": "group", "groups": 2}))),
}


def make_case(name: str, shape: list[int], config: dict[str, Any]) -> dict[str, Any]:
    rng = random.Random(f"golden {name}")
    network = build(config, shape, rng)
    x = draw_matrix(rng, math.prod(shape), rng.random, 256)
    noise = draw_matrix(rng, LATENT, lambda: rng.gauss(0, 1), 256) if config["model"]["kind"] == "vae" else None
    case = {"name": name, "config": config, "shape": shape,
            "parameters": {key: {"shape": list(value.shape), "values": numbers(value.detach().flatten())}
                           for key, value in network.named_parameters()},
            "input": numbers(x), "target": numbers(x)}
    if noise is not None:
        case["noise"] = numbers(noise)
    double = compute(config, network, shape, x, noise, torch.float64)
    single = compute(config, network, shape, x, noise, torch.float32)
    losses = [figures["training"][0]["losses"] for figures in (double, single)]
    print(f"{name:24} loss {losses[0][0]:.6f} to {losses[0][-1]:.6f}, float32 differs by at most "
          f"{max(abs(a - b) for a, b in zip(*losses)):.1e}")
    return {**case, **double, "float32": single}


def main() -> None:
    torch.set_num_threads(1)
    write("conv.json", "cases", [make_case(name, *case) for name, case in CASES.items()])


if __name__ == "__main__":
    main()
