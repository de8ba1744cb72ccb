#!/usr/bin/env python3
"""Writes mlp.json and activations.json beside this script: what PyTorch computes for small networks.

For developers, with PyTorch installed; tests only read the files. PyTorch's autograd and torch.optim are the
reference, the losses below are spelled out from their definitions. Parameters, inputs and noise are short binary
fractions, so that float32 and float64 start from exactly the same numbers.

mlp.json: {"made_with": {"torch": version}, "cases": [case, ...]}. A case holds
  name, config       config: the parts `model`, `objective` and, if any, `corruption` of an experiment
  parameters         {tensor name: {"shape": [...], "values": [...]}}, values row by row
  input, target      [6][12]; what the encoder gets and what the output is compared with (differ under corruption)
  noise              [6][4], for a VAE only: code = mean + exp(log_variance / 2) * noise
  code               [6][4]: after the latent activation; for a VAE the posterior's mean
  log_variance       [6][4], for a VAE only
  output             [6][12]: the decoder's last linear layer, before any output activation
                     (the logits under bce and bernoulli)
  reconstructed      [6][12]: the output in units of the data (output activation, or sigmoid of logits)
  terms              {"reconstruction", "kl", "sparsity"}, those that the case has, before their weights in config
  loss               sum of weight * term
  gradients          {tensor name: values}: of loss with respect to each parameter
  training           one entry for each optimizer: {"optimizer": config part, "losses": [10], "final_parameters":
                     {tensor name: values}}: ten steps on this same batch and noise; losses[i] is taken before
                     update i + 1, so losses[0] is loss
  float32            code ... training again, computed in float32 (9 digits); all else is float64 (17 digits)

Tensor names: encoder.{0,2,...}, decoder.{0,2,...} as in nn.Sequential(Linear, activation, Linear, ...);
latent.projection for a plain code, latent.mean and latent.log_variance for a VAE; each with .weight and .bias.
With tied weights the decoder has biases alone, and its weights are the encoder's, transposed, in reverse order.

activations.json: {"made_with", "grid": [x, ...], "activations": [{"activation": config part, "value": [...],
"derivative": [...]}, ...]}, in float64; the derivative at a kink is the one that PyTorch picks.
"""

import json
import math
import random
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

FOLDER = Path(__file__).resolve().parent
FEATURES, HIDDEN, LATENT, BATCH, STEPS = 12, [9, 7], 4, 6, 10

OPTIMIZERS = [
    {"type": "adam", "learning_rate": 0.001},
    {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9},
]

ACTIVATIONS = {
    "identity": lambda x: x,
    "relu": F.relu,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.01),
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,  # the exact form, x * Phi(x)
    "silu": F.silu,
    "softplus": F.softplus,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}

NEGATIVE_GRID = [-100, -30, -20.5, -10, -6, -4, -3, -2.5, -2, -1.5, -1, -0.75, -0.5, -0.25, -0.125, -0.001]
GRID = [*NEGATIVE_GRID, 0, *(-x for x in reversed(NEGATIVE_GRID))]

Parameters = dict[str, Tensor]


def short_fraction(value: float, denominator: int) -> float:
    return round(value * denominator) / denominator


def layer_widths(config: dict[str, Any]) -> list[int]:
    """Widths of the encoder from the features to its last hidden layer."""
    return [FEATURES, *config["model"]["encoder"].get("hidden", [])]


def draw_layers(layers: list[tuple[str, int, int]], tied: bool, rng: random.Random) -> Parameters:
    """Float64 parameters of linear layers (name, inputs, outputs); a tied decoder has no weights of its own."""
    parameters: Parameters = {}
    for name, fan_in, fan_out in layers:
        bound = math.sqrt(3 / fan_in)

        def draw(*shape: int) -> Tensor:
            values = [short_fraction(rng.uniform(-bound, bound), 1024) for _ in range(math.prod(shape))]
            return torch.tensor(values, dtype=torch.float64).reshape(shape)

        if not (tied and name.startswith("decoder")):
            parameters[f"{name}.weight"] = draw(fan_out, fan_in)
        parameters[f"{name}.bias"] = draw(fan_out) / 4
    return parameters


def draw_parameters(config: dict[str, Any], rng: random.Random) -> Parameters:
    """Float64 parameters of the model by name, in state_dict order."""
    model = config["model"]
    widths = layer_widths(config)
    layers = [(f"encoder.{2 * i}", a, b) for i, (a, b) in enumerate(zip(widths, widths[1:]))]
    heads = ["mean", "log_variance"] if model["kind"] == "vae" else ["projection"]
    layers += [(f"latent.{head}", widths[-1], LATENT) for head in heads]
    mirrored = [LATENT, *reversed(widths)]
    layers += [(f"decoder.{2 * i}", a, b) for i, (a, b) in enumerate(zip(mirrored, mirrored[1:]))]

    return draw_layers(layers, bool(model.get("tied")), rng)


def forward(config: dict[str, Any], p: Parameters, x: Tensor, noise: Tensor | None) -> dict[str, Tensor]:
    """`code`, `output`, `reconstructed`, and for a VAE `log_variance`."""
    model = config["model"]
    activation = ACTIVATIONS[model["encoder"].get("activation", "identity")]
    depth = len(layer_widths(config)) - 1
    hidden = x  # [B, FEATURES]
    for i in range(depth):
        hidden = activation(F.linear(hidden, p[f"encoder.{2 * i}.weight"], p[f"encoder.{2 * i}.bias"]))

    result = {}
    if model["kind"] == "vae":
        result["code"] = F.linear(hidden, p["latent.mean.weight"], p["latent.mean.bias"])  # [B, LATENT]
        result["log_variance"] = F.linear(hidden, p["latent.log_variance.weight"], p["latent.log_variance.bias"])
        hidden = result["code"] + torch.exp(result["log_variance"] / 2) * noise
    else:
        projected = F.linear(hidden, p["latent.projection.weight"], p["latent.projection.bias"])
        hidden = ACTIVATIONS[model.get("latent", {}).get("activation", "identity")](projected)
        result["code"] = hidden

    encoder_weights = [p[f"encoder.{2 * i}.weight"] for i in range(depth)]
    for i in range(depth + 1):
        if model.get("tied"):
            weight = [*encoder_weights, p["latent.projection.weight"]][depth - i].t()
        else:
            weight = p[f"decoder.{2 * i}.weight"]
        hidden = F.linear(hidden, weight, p[f"decoder.{2 * i}.bias"])
        if i < depth:
            hidden = activation(hidden)
    result["output"] = hidden  # [B, FEATURES]

    if config["objective"]["reconstruction"] in ("bce", "bernoulli"):
        result["reconstructed"] = torch.sigmoid(hidden)
    else:
        result["reconstructed"] = ACTIVATIONS[model["decoder"]["output_activation"]](hidden)
    return result


def reconstruction(kind: str, result: dict[str, Tensor], target: Tensor) -> Tensor:
    """mse, mae and bce are means over features and samples; bernoulli and gaussian (sigma 1) are negative
    log-likelihoods in nats, summed over features, means over samples."""
    difference = result["reconstructed"] - target
    if kind == "mse":
        return difference.square().mean()
    if kind == "mae":
        return difference.abs().mean()
    if kind == "gaussian":
        return (0.5 * difference.square() + 0.5 * math.log(2 * math.pi)).sum(1).mean()
    nats = F.binary_cross_entropy_with_logits(result["output"], target, reduction="none")  # [B, FEATURES]
    return nats.mean() if kind == "bce" else nats.sum(1).mean()


def sparsity(part: dict[str, Any], code: Tensor) -> Tensor:
    """l1: sum over latents, mean over samples. kl: KL(target || mean activation of the batch), summed over latents."""
    if part["type"] == "l1":
        return code.abs().sum(1).mean()
    rho, mean = part["target"], code.mean(0)  # [LATENT]
    return (rho * torch.log(rho / mean) + (1 - rho) * torch.log((1 - rho) / (1 - mean))).sum()


def objective(config: dict[str, Any], result: dict[str, Tensor], target: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss and its terms before their weights."""
    terms = {"reconstruction": reconstruction(config["objective"]["reconstruction"], result, target)}
    loss = terms["reconstruction"]
    if config["model"]["kind"] == "vae":
        mean, log_variance = result["code"], result["log_variance"]
        terms["kl"] = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()
        loss = loss + config["objective"]["kl"]["weight"] * terms["kl"]
    if "sparsity" in config["model"]:
        part = config["model"]["sparsity"]
        terms["sparsity"] = sparsity(part, result["code"])
        loss = loss + part["weight"] * terms["sparsity"]
    return loss, terms


def make_optimizer(part: dict[str, Any], parameters: list[Tensor]) -> torch.optim.Optimizer:
    if part["type"] == "adam":
        return torch.optim.Adam(parameters, lr=part["learning_rate"])
    return torch.optim.SGD(parameters, lr=part["learning_rate"], momentum=part["momentum"])


def numbers(value: Tensor) -> Any:
    """Nested lists, with as many digits as the type needs to be read back exactly."""
    if value.dtype == torch.float64:
        return value.tolist()
    if value.dim() == 0:
        return float(f"{value.item():.9g}")
    return [numbers(part) for part in value]


def compute(config: dict[str, Any], initial: Parameters, x: Tensor, target: Tensor, noise: Tensor | None,
            dtype: torch.dtype) -> dict[str, Any]:
    """All that a case says about one forward and backward pass and about training, computed in `dtype`."""
    x, target = x.to(dtype), target.to(dtype)
    noise = None if noise is None else noise.to(dtype)

    def fresh_parameters() -> Parameters:
        return {name: value.to(dtype).clone().requires_grad_() for name, value in initial.items()}

    p = fresh_parameters()
    result = forward(config, p, x, noise)
    loss, terms = objective(config, result, target)
    loss.backward()
    figures = {name: numbers(value.detach()) for name, value in result.items()}
    figures["terms"] = {name: numbers(value.detach()) for name, value in terms.items()}
    figures["loss"] = numbers(loss.detach())
    figures["gradients"] = {name: numbers(value.grad.flatten()) for name, value in p.items()}

    figures["training"] = []
    for part in OPTIMIZERS:
        p = fresh_parameters()
        optimizer = make_optimizer(part, list(p.values()))
        losses = []
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss, _ = objective(config, forward(config, p, x, noise), target)
            loss.backward()
            optimizer.step()
            losses.append(numbers(loss.detach()))
        final = {name: numbers(value.detach().flatten()) for name, value in p.items()}
        figures["training"].append({"optimizer": part, "losses": losses, "final_parameters": final})
    return figures


def largest_difference(a: Any, b: Any) -> float:
    """Between corresponding numbers of two equally nested values, relative above 1 and absolute below."""
    if isinstance(a, dict):
        return max(largest_difference(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return max(map(largest_difference, a, b))
    return 0.0 if isinstance(a, str) else abs(a - b) / max(1.0, abs(a))


def experiment(kind: str, reconstruction_kind: str, activation: str = "tanh", output: str | None = None,
               corruption: dict[str, Any] | None = None, kl_weight: float | None = None,
               **model: Any) -> dict[str, Any]:
    """A config. `output` is the decoder's output activation, for losses without an inverse link."""
    config: dict[str, Any] = {"model": {
        "kind": kind, "encoder": {"type": "mlp", "hidden": HIDDEN, "activation": activation}, "latent_dim": LATENT}}
    config["model"].update(model)
    if output is not None:
        config["model"]["decoder"] = {"output_activation": output}
    config["objective"] = {"reconstruction": reconstruction_kind}
    if kl_weight is not None:
        config["objective"]["kl"] = {"weight": kl_weight}
    if corruption is not None:
        config["corruption"] = corruption
    return config


LINEAR = {"type": "linear"}
CASES = {
    "autoencoder_mse": experiment("autoencoder", "mse", output="identity"),
    "autoencoder_mse_sigmoid_output": experiment("autoencoder", "mse", activation="sigmoid", output="sigmoid"),
    "autoencoder_mae": experiment("autoencoder", "mae", output="identity"),
    "autoencoder_bce": experiment("autoencoder", "bce"),
    "autoencoder_bernoulli": experiment("autoencoder", "bernoulli"),
    "autoencoder_gaussian": experiment("autoencoder", "gaussian", output="identity"),
    "linear_mse": experiment("autoencoder", "mse", output="identity", encoder=LINEAR),
    "tied_mse": experiment("autoencoder", "mse", output="identity", tied=True),
    "tied_linear_mse": experiment("autoencoder", "mse", output="identity", encoder=LINEAR, tied=True),
    "sparse_l1": experiment("sparse", "mse", output="identity", latent={"activation": "relu"},
                            sparsity={"type": "l1", "weight": 0.01}),
    "sparse_kl": experiment("sparse", "mse", output="identity", latent={"activation": "sigmoid"},
                            sparsity={"type": "kl", "target": 0.05, "weight": 0.5}),
    "denoising_gaussian_mse": experiment("denoising", "mse", output="identity",
                                         corruption={"type": "gaussian", "noise_factor": 0.5}),
    "denoising_masking_bce": experiment("denoising", "bce", corruption={"type": "masking", "fraction": 0.25}),
    "vae_bernoulli": experiment("vae", "bernoulli", activation="relu", kl_weight=1.0),
    "vae_gaussian": experiment("vae", "gaussian", output="identity", kl_weight=1.0),
    "vae_bernoulli_kl_weight": experiment("vae", "bernoulli", kl_weight=0.25),
}


def draw_matrix(rng: random.Random, columns: int, draw, denominator: int) -> Tensor:
    rows = [[short_fraction(draw(), denominator) for _ in range(columns)] for _ in range(BATCH)]
    return torch.tensor(rows, dtype=torch.float64)


def corrupt(x: Tensor, part: dict[str, Any], rng: random.Random) -> Tensor:
    if part["type"] == "gaussian":
        return x + draw_matrix(rng, FEATURES, lambda: part["noise_factor"] * rng.gauss(0, 1), 256)
    masked = x.clone()
    for row in masked:
        row[rng.sample(range(FEATURES), int(part["fraction"] * FEATURES))] = 0
    return masked


def make_case(name: str, config: dict[str, Any]) -> dict[str, Any]:
    rng = random.Random(f"golden {name}")
    parameters = draw_parameters(config, rng)
    target = draw_matrix(rng, FEATURES, rng.random, 256)
    x = corrupt(target, config["corruption"], rng) if "corruption" in config else target
    noise = draw_matrix(rng, LATENT, lambda: rng.gauss(0, 1), 256) if config["model"]["kind"] == "vae" else None

    case = {"name": name, "config": config,
            "parameters": {key: {"shape": list(value.shape), "values": numbers(value.flatten())}
                           for key, value in parameters.items()},
            "input": numbers(x), "target": numbers(target)}
    if noise is not None:
        case["noise"] = numbers(noise)
    double = compute(config, parameters, x, target, noise, torch.float64)
    single = compute(config, parameters, x, target, noise, torch.float32)
    print(f"{name:32} loss {double['loss']:.6f}, float32 differs by at most {largest_difference(double, single):.1e}")
    return {**case, **double, "float32": single}


def make_activations() -> list[dict[str, Any]]:
    rows = []
    for name, function in ACTIVATIONS.items():
        x = torch.tensor(GRID, dtype=torch.float64, requires_grad=True)
        value = function(x)
        value.sum().backward()
        part = {"type": name, "negative_slope": 0.01} if name == "leaky_relu" else {"type": name}
        rows.append({"activation": part, "value": numbers(value.detach()), "derivative": numbers(x.grad)})
    return rows


def write(name: str, rows_key: str, rows: list[dict[str, Any]], **head: Any) -> None:
    """JSON with one line for each row, so that a change shows which rows it touches."""
    def compact(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"))

    head = {"made_with": {"torch": torch.__version__.split("+")[0]}, **head}
    lines = ",\n".join(map(compact, rows))
    path = FOLDER / name
    path.write_text(f'{compact(head)[:-1]},"{rows_key}":[\n{lines}\n]}}\n')
    print(f"{name}: {path.stat().st_size:,} bytes")


def main() -> None:
    torch.set_num_threads(1)
    write("mlp.json", "cases", [make_case(name, config) for name, config in CASES.items()])
    write("activations.json", "activations", make_activations(), grid=GRID)


if __name__ == "__main__":
    main()
