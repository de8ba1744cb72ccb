#!/usr/bin/env python3
"""Writes likelihoods.json beside this script: reconstruction errors as PyTorch computes them, in float64.

For developers, with PyTorch installed; tests only read the file. torch.distributions and torch.nn.functional are the
reference. Outputs, targets and parameters are short binary fractions, so that float32 starts from the same numbers.

likelihoods.json: {"made_with": {"torch": version}, "cases": [case, ...]}. A case holds
  reconstruction     the part, as a config has it
  output, target     [5][4]: what the decoder gives, and the data
  parameters         {name: values} of the part's own, where it has any
  per_value          [5][4]: minus the log-likelihood, or the error, of each value
  mean               [5][4]: the data that the output stands for
  output_gradient    [5][4]: of the sum of per_value by the output
  parameter_gradients  {name: values}: of that sum by the parameters
"""

import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, distributions
from torch.nn import functional as F

FILE = Path(__file__).resolve().parent / "likelihoods.json"
ROWS, FEATURES = 5, 4

Parameters = dict[str, Tensor]
Errors = Callable[[Tensor, Tensor, Parameters], tuple[Tensor, Tensor]]  # output, target -> per_value, mean


def short_fraction(value: float) -> float:
    return round(value * 256) / 256


def minus_log(distribution: distributions.Distribution, target: Tensor) -> tuple[Tensor, Tensor]:
    return -distribution.log_prob(target), distribution.mean


def gaussian(sigma: float) -> Errors:
    return lambda output, target, _: minus_log(distributions.Normal(output, sigma), target)


def learned_gaussian(output: Tensor, target: Tensor, p: Parameters) -> tuple[Tensor, Tensor]:
    return minus_log(distributions.Normal(output, 0.125 + p["log_sigma"].exp()), target)


def laplace(scale: float) -> Errors:
    return lambda output, target, _: minus_log(distributions.Laplace(output, scale), target)


def learned_laplace(output: Tensor, target: Tensor, p: Parameters) -> tuple[Tensor, Tensor]:
    return minus_log(distributions.Laplace(output, 0.125 + p["log_scale"].exp()), target)


def bernoulli(output: Tensor, target: Tensor, _: Parameters) -> tuple[Tensor, Tensor]:
    return F.binary_cross_entropy_with_logits(output, target, reduction="none"), output.sigmoid()


def continuous_bernoulli(output: Tensor, target: Tensor, _: Parameters) -> tuple[Tensor, Tensor]:
    return minus_log(distributions.ContinuousBernoulli(logits=output), target)


def poisson(output: Tensor, target: Tensor, _: Parameters) -> tuple[Tensor, Tensor]:
    return minus_log(distributions.Poisson(output.exp()), target)


def negative_binomial(output: Tensor, target: Tensor, p: Parameters) -> tuple[Tensor, Tensor]:
    """total_count is theta, the inverse dispersion, softly within [e^-10, e^15]."""
    log_theta = -10 + F.softplus(15 - F.softplus(15 - p["log_inverse_dispersion"]) + 10)
    return minus_log(distributions.NegativeBinomial(log_theta.exp(), logits=output - log_theta), target)


def multinomial(output: Tensor, target: Tensor, _: Parameters) -> tuple[Tensor, Tensor]:
    """A row's constant ln n! is divided among its values in proportion to them. The mean is of one item."""
    total = target.sum(1, keepdim=True)
    each = -target * (F.log_softmax(output, 1) + torch.lgamma(total + 1) / total) + torch.lgamma(target + 1)
    for value, logits, row in zip(each.sum(1), output, target):
        law = distributions.Multinomial(int(row.sum()), logits=logits)
        torch.testing.assert_close(value, -law.log_prob(row), rtol=1e-12, atol=1e-12)
    return each, output.softmax(1)


def huber(delta: float) -> Errors:
    return lambda output, target, _: (F.huber_loss(output, target, reduction="none", delta=delta), output)


def squared(output: Tensor, target: Tensor, _: Parameters) -> tuple[Tensor, Tensor]:
    return (output - target).square(), output


def absolute(output: Tensor, target: Tensor, _: Parameters) -> tuple[Tensor, Tensor]:
    return (output - target).abs(), output


def draw_output(rng: random.Random) -> float:
    return short_fraction(rng.gauss(0, 2))


# ContinuousBernoulli works with probabilities, and so loses digits of logits far above 0: these stay within 4 or so.
LOGITS_NEAR_0 = [0, 1 / 256, -1 / 256, 1 / 64, -1 / 8, 7 / 16, 0.5, -0.5, 9 / 16, 1]


def any_target(rng: random.Random) -> float:
    return short_fraction(rng.gauss(0, 2))


def share_target(rng: random.Random) -> float:
    return rng.choice([0, 1, short_fraction(rng.random()), short_fraction(rng.random())])


def count_target(rng: random.Random) -> float:
    return rng.choice([0, 1, rng.randrange(10), rng.randrange(300), 100_000])


def case(reconstruction: Any, errors: Errors, target: Callable[[random.Random], float],
         first_outputs: list[float] | None = None, **parameters: list[float]) -> dict[str, Any]:
    rng = random.Random(f"golden {json.dumps(reconstruction)}")
    outputs = [draw_output(rng) for _ in range(ROWS * FEATURES)]
    outputs[:len(first_outputs or [])] = first_outputs or []
    output = torch.tensor(outputs, dtype=torch.float64).view(ROWS, FEATURES).requires_grad_()
    targets = [target(rng) for _ in outputs]
    data = torch.tensor(targets, dtype=torch.float64).view(ROWS, FEATURES)
    p = {name: torch.tensor(values, dtype=torch.float64, requires_grad=True) for name, values in parameters.items()}
    per_value, mean = errors(output, data, p)
    per_value.sum().backward()
    assert all(map(math.isfinite, per_value.flatten().tolist()))
    return {"reconstruction": reconstruction, "output": output.tolist(), "target": data.tolist(),
            "parameters": parameters, "per_value": per_value.tolist(), "mean": mean.tolist(),
            "output_gradient": output.grad.tolist(),
            "parameter_gradients": {name: value.grad.tolist() for name, value in p.items()}}


BY_FEATURE = [-3.5, -1.25, 0.125, 1.5]


def cases() -> list[dict[str, Any]]:
    def learned(name: str, variance: str) -> dict[str, Any]:
        least = {"gaussian": "least_sigma", "laplace": "least_scale"}[name]
        return {"type": name, "variance": variance, least: 0.125}

    return [
        case("mse", squared, any_target),
        case("mae", absolute, any_target),
        case("huber", huber(1), any_target),
        case({"type": "huber", "delta": 0.25}, huber(0.25), any_target),
        case("bce", bernoulli, share_target),
        case("bernoulli", bernoulli, share_target),
        case("continuous_bernoulli", continuous_bernoulli, share_target, LOGITS_NEAR_0),
        case("gaussian", gaussian(1), any_target),
        case({"type": "gaussian", "sigma": 0.25}, gaussian(0.25), any_target),
        case(learned("gaussian", "learned"), learned_gaussian, any_target, log_sigma=[-0.75]),
        case(learned("gaussian", "per_feature"), learned_gaussian, any_target, log_sigma=BY_FEATURE),
        case("laplace", laplace(1), any_target),
        case({"type": "laplace", "scale": 0.25}, laplace(0.25), any_target),
        case(learned("laplace", "learned"), learned_laplace, any_target, log_scale=[-0.75]),
        case(learned("laplace", "per_feature"), learned_laplace, any_target, log_scale=BY_FEATURE),
        case("poisson", poisson, count_target, [11.5, -20]),
        case({"type": "negative_binomial", "dispersion": "learned"}, negative_binomial, count_target, [11.5, -20],
             log_inverse_dispersion=[0.75]),
        case("negative_binomial", negative_binomial, count_target, [11.5, -20],
             log_inverse_dispersion=[-9, -1.25, 2.5, 9]),
        case("multinomial", multinomial, count_target, [11.5, -20]),
    ]


def main() -> None:
    torch.set_num_threads(1)
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in cases())
    FILE.write_text(f'{{"made_with":{{"torch":"{torch.__version__.split("+")[0]}"}},"cases":[\n{lines}\n]}}\n')
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
