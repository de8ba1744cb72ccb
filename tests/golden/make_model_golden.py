#!/usr/bin/env python3
"""Writes models.json beside this script: what PyTorch makes of small models of every kind in ten steps of Adam.

For developers, with PyTorch installed; tests only read the file. Everything is dense and spelled out from its
definition: a k-sparse code is a masked matrix, posteriors and likelihoods are torch.distributions', the contractive
penalty is the norm of a Jacobian, a latent's estimated gradients are a torch.autograd.Function. Numbers are as in
make_mlp_golden.py; a case holds
  name, config       config: the parts `model`, `objective` and, if any, `corruption` of an experiment
  parameters         {tensor name: {"shape": [...], "values": [...]}}, values row by row
  input, target      [5][6]; what the encoder gets and what the output is compared with (differ under corruption)
  noise              [5][S * Z], for a VAE only: of S draws for each row, one after the other
  labels             [5], for a conditional model only, of three classes
  rows_since_active  [Z], where dead latents learn: for how many rows each latent has been 0 before the first step;
                     dead_after_rows: from how many on it is dead
  terms              of the first step, before their weights
  losses             [10]: ten steps on this same batch and noise; losses[i] is taken before update i + 1, with
                     weights that an epoch of one update has then
  final_parameters   {tensor name: values}
  float32            terms and losses again, computed in float32 (9 digits); all else is float64 (17 digits)

Tensor names are those of make_mlp_golden.py.
"""

import math
import random
from typing import Any, Callable

import torch
from make_mlp_golden import ACTIVATIONS, draw_layers, numbers, short_fraction, write
from torch import Tensor, distributions
from torch.nn import functional as F

FEATURES, HIDDEN, LATENT, CLASSES, BATCH, STEPS = 6, 5, 3, 3, 5, 10
OPTIMIZER = {"type": "adam", "learning_rate": 0.01}

Parameters = dict[str, Tensor]
Case = dict[str, Any]


# Reconstructions: negative log-likelihood, or error, of each value.

def negative_binomial(output: Tensor, x: Tensor, p: Parameters) -> Tensor:
    given = p["reconstruction.log_inverse_dispersion"]
    log_theta = -10 + F.softplus(25 - F.softplus(15 - given))  # within [-10, 15]
    law = distributions.NegativeBinomial(log_theta.exp(), logits=output - log_theta, validate_args=False)
    return -law.log_prob(x)


def multinomial(output: Tensor, x: Tensor, p: Parameters) -> Tensor:
    """Of the whole row, divided among its values."""
    laws = [distributions.Multinomial(int(row.sum()), logits=logits) for logits, row in zip(output, x)]
    nats = torch.stack([-law.log_prob(row) for law, row in zip(laws, x)])
    return nats.unsqueeze(1).expand(x.shape) / x.shape[1]


def continuous_bernoulli(output: Tensor, x: Tensor, p: Parameters) -> Tensor:
    # The density is exp(x * logit), divided by its integral over [0, 1].
    return torch.log(torch.expm1(output) / output) - x * output


RECONSTRUCTIONS: dict[str, Callable[[Tensor, Tensor, Parameters], Tensor]] = {
    "mse": lambda o, x, p: (o - x) ** 2,
    "mae": lambda o, x, p: (o - x).abs(),
    "huber": lambda o, x, p: torch.where((o - x).abs() < 1, 0.5 * (o - x) ** 2, (o - x).abs() - 0.5),
    "bce": lambda o, x, p: -x * F.logsigmoid(o) - (1 - x) * F.logsigmoid(-o),
    "bernoulli": lambda o, x, p: -distributions.Bernoulli(logits=o, validate_args=False).log_prob(x),
    "continuous_bernoulli": continuous_bernoulli,
    "gaussian": lambda o, x, p: -distributions.Normal(o, torch.ones_like(o)).log_prob(x),
    "laplace": lambda o, x, p: -distributions.Laplace(o, torch.ones_like(o)).log_prob(x),
    "poisson": lambda o, x, p: -distributions.Poisson(o.exp()).log_prob(x),
    "negative_binomial": negative_binomial,
    "multinomial": multinomial,
}
MEANS = {"mse", "mae", "huber", "bce"}  # over features; the others are sums
COUNTS = {"poisson", "negative_binomial", "multinomial"}


class Jump(torch.autograd.Function):
    """z where z > threshold, else 0. Rajamanoharan et al. 2024, equations 7, 11 and 12."""

    @staticmethod
    def forward(context, z: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
        context.save_for_backward(z, threshold)
        context.bandwidth = bandwidth
        return torch.where(z > threshold, z, 0.0)

    @staticmethod
    def backward(context, gradient: Tensor):
        z, threshold = context.saved_tensors
        kernel = (((z - threshold) / context.bandwidth).abs() <= 0.5).to(z.dtype)
        for_threshold = (gradient * (-threshold / context.bandwidth) * kernel).sum(0)
        return torch.where(z > threshold, gradient, 0.0), for_threshold, None


class Step(torch.autograd.Function):
    """1 where z > threshold, else 0."""

    @staticmethod
    def forward(context, z: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
        context.save_for_backward(z, threshold)
        context.bandwidth = bandwidth
        return (z > threshold).to(z.dtype)

    @staticmethod
    def backward(context, gradient: Tensor):
        z, threshold = context.saved_tensors
        kernel = (((z - threshold) / context.bandwidth).abs() <= 0.5).to(z.dtype)
        return None, (gradient * (-1 / context.bandwidth) * kernel).sum(0), None


def is_mlp(config: Case) -> bool:
    return config["model"]["encoder"]["type"] == "mlp"


def latent_options(config: Case) -> Case:
    return config["model"].get("latent", {})


def reconstruction_of(config: Case) -> Case:
    part = config["objective"]["reconstruction"]
    return {"type": part} if isinstance(part, str) else part


def classes_of(config: Case) -> int:
    return CLASSES if config["model"].get("conditional") else 0


def features(config: Case, p: Parameters, x: Tensor, one_hot: Tensor) -> Tensor:
    """Pre-activation of the latent, for one row or many."""
    if config["model"].get("pre_encoder_bias"):
        x = x - p["decoder.0.bias"]
    if classes_of(config):
        x = torch.cat([x, one_hot], -1)
    if not is_mlp(config):
        return x
    return torch.tanh(x @ p["encoder.0.weight"].T + p["encoder.0.bias"])


def plain_code(config: Case, p: Parameters, x: Tensor, one_hot: Tensor) -> Tensor:
    hidden = features(config, p, x, one_hot)
    name = "mean" if config["model"]["kind"] == "vae" else "projection"
    activation = ACTIVATIONS[latent_options(config).get("activation", "identity")]
    return activation(hidden @ p[f"latent.{name}.weight"].T + p[f"latent.{name}.bias"])


def log_variance(config: Case, p: Parameters, x: Tensor, one_hot: Tensor) -> Tensor:
    value = features(config, p, x, one_hot) @ p["latent.log_variance.weight"].T + p["latent.log_variance.bias"]
    if bounds := latent_options(config).get("log_variance_bounds"):
        value = bounds["high"] - F.softplus(bounds["high"] - value)
        value = bounds["low"] + F.softplus(value - bounds["low"])
    return value


def decode(config: Case, p: Parameters, code: Tensor) -> Tensor:
    if config["model"].get("tied"):
        weights = ["latent.projection.weight", "encoder.0.weight"]
        first = code @ p[weights[0]] + p["decoder.0.bias"]
        return torch.tanh(first) @ p[weights[1]] + p["decoder.2.bias"] if is_mlp(config) else first
    first = code @ p["decoder.0.weight"].T + p["decoder.0.bias"]
    return torch.tanh(first) @ p["decoder.2.weight"].T + p["decoder.2.bias"] if is_mlp(config) else first


def keep_largest(values: Tensor, k: int, among: Tensor) -> Tensor:
    """The k largest values of each row among some columns, 0 elsewhere."""
    kept = torch.zeros_like(values)
    for row in range(values.shape[0]):
        columns = [j for j in range(values.shape[1]) if among[j]]
        columns.sort(key=lambda j: values[row, j].item(), reverse=True)
        kept[row, columns[:k]] = 1
    return values * kept


class Learning:
    """Model in training: parameters, and the number of rows for which each latent was 0."""

    def __init__(self, case: Case, parameters: Parameters, dtype: torch.dtype):
        self.case, self.config = case, case["config"]
        self.p = {name: value.to(dtype).clone().requires_grad_() for name, value in parameters.items()}
        self.x, self.target, self.noise = (
            torch.tensor(case[name], dtype=dtype) if name in case else None for name in ("input", "target", "noise"))
        labels = torch.tensor(case.get("labels", [0] * BATCH))
        self.one_hot = F.one_hot(labels, CLASSES).to(dtype)
        self.rows_since_active = torch.tensor(case.get("rows_since_active", [0]))

    def errors(self, output: Tensor, target: Tensor, factors: Tensor | None) -> Tensor:
        """Of each row, means or sums over features."""
        kind = reconstruction_of(self.config)["type"]
        if activation := self.config["model"].get("decoder", {}).get("output_activation"):
            output = ACTIVATIONS[activation](output)
        values = RECONSTRUCTIONS[kind](output, target, self.p)
        if factors is not None:
            values = values * factors
        return values.mean(1) if kind in MEANS else values.sum(1)

    def loss(self, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        return self.variational(step) if self.config["model"]["kind"] == "vae" else self.certain()

    def certain(self) -> tuple[Tensor, dict[str, Tensor]]:
        config, p = self.config, self.p
        latent = latent_options(config)
        terms = {}
        weights = {"reconstruction": reconstruction_of(config).get("weight", 1)}
        dead_code = None
        if latent.get("type") == "top_k":
            values = features(config, p, self.x, self.one_hot) @ p["latent.projection.weight"].T
            values = values + p["latent.projection.bias"]
            rectify = F.relu if latent["relu"] else (lambda v: v)
            code = rectify(keep_largest(values, latent["k"], torch.ones(values.shape[1], dtype=torch.bool)))
            if "auxiliary_k" in latent:
                dead = self.rows_since_active >= self.case["dead_after_rows"]
                dead_code = rectify(keep_largest(values, latent["auxiliary_k"], dead)) if dead.any() else None
                terms["auxiliary"] = torch.zeros(())
                weights["auxiliary"] = latent["auxiliary_weight"]
                active = (code != 0).any(0)
                self.rows_since_active = torch.where(active, 0, self.rows_since_active + BATCH)
        elif latent.get("type") == "jump_relu":
            values = features(config, p, self.x, self.one_hot) @ p["latent.projection.weight"].T
            values = values + p["latent.projection.bias"]
            threshold = p["latent.log_threshold"].exp()
            code = Jump.apply(values, threshold, latent["bandwidth"])
            if config["model"]["sparsity"]["type"] == "l0":
                terms["sparsity"] = Step.apply(values, threshold, latent["bandwidth"]).sum(1).mean()
        else:
            code = plain_code(config, p, self.x, self.one_hot)
        if config["model"].get("sparsity", {}).get("type") == "l1":
            terms["sparsity"] = code.abs().sum(1).mean()
        if "sparsity" in terms:
            weights["sparsity"] = config["model"]["sparsity"]["weight"]

        output = decode(config, p, torch.cat([code, self.one_hot], 1) if classes_of(config) else code)
        factors = None
        if corruption := config.get("corruption"):
            changed = self.x != self.target
            factors = torch.where(changed, torch.tensor(corruption.get("corrupted_weight", 1.0), dtype=self.x.dtype),
                                  torch.tensor(corruption.get("clean_weight", 1.0), dtype=self.x.dtype))
        terms["reconstruction"] = self.errors(output, self.target, factors).mean()
        if dead_code is not None:
            left = (self.target - output).detach() - dead_code @ p["decoder.0.weight"].T
            terms["auxiliary"] = left.square().mean(1).mean()
        if weight := config["objective"].get("contractive_weight"):
            jacobian = torch.func.vmap(torch.func.jacrev(lambda x, y: plain_code(config, p, x, y)))
            terms["contraction"] = jacobian(self.x, self.one_hot).square().sum((1, 2)).mean()
            weights["contraction"] = weight
        return sum(weights[name] * term for name, term in terms.items()), terms

    def variational(self, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        config = self.config
        objective, kl_options = config["objective"], config["objective"].get("kl", {"weight": 1})
        samples = objective.get("posterior_samples", 1)
        mean = plain_code(config, self.p, self.x, self.one_hot)
        variance = log_variance(config, self.p, self.x, self.one_hot)
        posterior = distributions.Normal(mean, (variance / 2).exp())
        prior = distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
        errors, log_ratios = [], []
        for s in range(samples):
            z = mean + posterior.stddev * self.noise[:, s * LATENT:(s + 1) * LATENT]
            code = torch.cat([z, self.one_hot], 1) if classes_of(config) else z
            errors.append(self.errors(decode(config, self.p, code), self.target, None))
            log_ratios.append((prior.log_prob(z) - posterior.log_prob(z)).sum(1))
        divergence = distributions.kl_divergence(posterior, prior)  # [B, Z]
        terms = {"reconstruction": torch.stack(errors).mean(), "kl": divergence.sum(1).mean()}

        weight = kl_options["weight"]
        if "warm_up" in kl_options:
            weight *= min(1.0, step / float(kl_options["warm_up"]["length"][:-1]))
        if objective.get("bound") == "iwae":
            log_weights = weight * torch.stack(log_ratios) - torch.stack(errors)  # [S, B]
            return -(torch.logsumexp(log_weights, 0) - math.log(samples)).mean(), terms
        counted = divergence.mean(0).clamp_min(kl_options.get("free_bits", 0)).sum()
        if capacity := kl_options.get("capacity"):
            nats = capacity["nats"] * min(1.0, step / float(capacity["length"][:-1]))
            counted = (counted - nats).abs()
        return reconstruction_of(config).get("weight", 1) * terms["reconstruction"] + weight * counted, terms

    def dictionary(self) -> Tensor:
        width = latent_width(self.config)
        return self.p["decoder.0.weight"].data[:, :width]

    def train(self) -> tuple[list[float], dict[str, Any]]:
        """Losses of the steps, and the terms of the first."""
        optimizer = torch.optim.Adam(list(self.p.values()), lr=OPTIMIZER["learning_rate"])
        unit_norm = self.config["model"].get("unit_norm_decoder")
        losses, first_terms = [], {}
        for step in range(STEPS):
            optimizer.zero_grad()
            loss, terms = self.loss(step)
            loss.backward()
            if unit_norm:
                for column in range(latent_width(self.config)):
                    direction = self.dictionary()[:, column]
                    gradient = self.p["decoder.0.weight"].grad[:, column]
                    gradient -= direction * torch.dot(gradient, direction)
            optimizer.step()
            if unit_norm:
                self.dictionary().copy_(F.normalize(self.dictionary(), dim=0))
            losses.append(numbers(loss.detach()))
            if step == 0:
                first_terms = {name: numbers(term.detach()) for name, term in terms.items()}
        return losses, first_terms


def latent_width(config: Case) -> int:
    return config["model"]["latent_dim"]


def draw_parameters(config: Case, rng: random.Random) -> Parameters:
    """Float64 parameters of the model by name."""
    model, width = config["model"], latent_width(config)
    inputs = FEATURES + classes_of(config)
    layers = [("encoder.0", inputs, HIDDEN)] if is_mlp(config) else []
    into = HIDDEN if is_mlp(config) else inputs
    heads = ["mean", "log_variance"] if model["kind"] == "vae" else ["projection"]
    layers += [(f"latent.{head}", into, width) for head in heads]
    code = width + classes_of(config)
    layers += [("decoder.0", code, HIDDEN), ("decoder.2", HIDDEN, FEATURES)] if is_mlp(config) else \
        [("decoder.0", code, FEATURES)]
    parameters = draw_layers(layers, bool(model.get("tied")), rng)
    if latent_options(config).get("type") == "jump_relu":
        spread = [short_fraction(rng.uniform(-2, 0), 1024) for _ in range(width)]
        parameters["latent.log_threshold"] = torch.tensor(spread, dtype=torch.float64)
    if reconstruction_of(config)["type"] == "negative_binomial":
        spread = [short_fraction(rng.uniform(-1, 1), 1024) for _ in range(FEATURES)]
        parameters["reconstruction.log_inverse_dispersion"] = torch.tensor(spread, dtype=torch.float64)
    if model.get("unit_norm_decoder"):
        dictionary = parameters["decoder.0.weight"][:, :width]
        dictionary.copy_(F.normalize(dictionary, dim=0))
    return parameters


def make_case(name: str, config: Case, **more: Any) -> Case:
    rng = random.Random(f"golden {name}")
    case = {"name": name, "config": config, **more}
    parameters = draw_parameters(config, rng)

    def matrix(columns: int, draw: Callable[[], float], denominator: int) -> list[list[float]]:
        return [[short_fraction(draw(), denominator) for _ in range(columns)] for _ in range(BATCH)]

    counts = reconstruction_of(config)["type"] in COUNTS
    case["target"] = matrix(FEATURES, lambda: rng.randrange(5) if counts else rng.random(), 256)
    case["input"] = case["target"]
    if corruption := config.get("corruption"):
        def corrupted(value: float) -> float:
            if corruption["type"] == "gaussian":
                return short_fraction(value + corruption["noise_factor"] * rng.gauss(0, 1), 256)
            return rng.choice([0.0, 1.0]) if rng.random() < corruption["fraction"] else value
        case["input"] = [[corrupted(value) for value in row] for row in case["target"]]
    if config["model"]["kind"] == "vae":
        samples = config["objective"].get("posterior_samples", 1)
        case["noise"] = matrix(LATENT * samples, lambda: rng.gauss(0, 1), 256)
    if classes_of(config):
        case["labels"] = [rng.randrange(CLASSES) for _ in range(BATCH)]

    case["parameters"] = {key: {"shape": list(value.shape), "values": numbers(value.flatten())}
                          for key, value in parameters.items()}
    double = Learning(case, parameters, torch.float64)
    case["losses"], case["terms"] = double.train()
    case["final_parameters"] = {key: numbers(value.detach().flatten()) for key, value in double.p.items()}
    losses, terms = Learning(case, parameters, torch.float32).train()
    case["float32"] = {"losses": losses, "terms": terms}
    furthest = max(abs(a - b) / max(1, abs(a)) for a, b in zip(case["losses"], losses))
    print(f"{name:44} loss {case['losses'][0]:9.6f} to {case['losses'][-1]:9.6f}, float32 differs by {furthest:.1e}")
    return case


ENCODERS = {"linear": {"type": "linear"}, "mlp": {"type": "mlp", "hidden": [HIDDEN], "activation": "tanh"}}


def experiment(kind: str, encoder: str = "linear", reconstruction: Any = "mse", objective: Case | None = None,
               corruption: Case | None = None, latent_dim: int = LATENT, **model: Any) -> Case:
    config: Case = {"model": {"kind": kind, "encoder": ENCODERS[encoder], "latent_dim": latent_dim, **model},
                    "objective": {"reconstruction": reconstruction, **(objective or {})}}
    if corruption is not None:
        config["corruption"] = corruption
    return config


def top_k(encoder: str = "linear", *, relu: bool, k: int = 3, auxiliary: Case | None = None, **more: Any) -> Case:
    return experiment("sparse", encoder, latent_dim=10, latent={"type": "top_k", "k": k, "relu": relu,
                                                                **(auxiliary or {})}, **more)


def vae(encoder: str = "mlp", reconstruction: str = "bernoulli", kl: Case | None = None, **more: Any) -> Case:
    objective = {"kl": {"weight": 1, **(kl or {})}}
    for name in ("posterior_samples", "bound"):
        if name in more:
            objective[name] = more.pop(name)
    return experiment("vae", encoder, reconstruction, objective, **more)


def every_combination() -> list[Case]:
    """Each kind with each reconstruction, without and with hidden layers."""
    kinds = {
        "autoencoder": {},
        "sparse": {"latent": {"activation": "relu"}, "sparsity": {"type": "l1", "weight": 0.0625}},
        "denoising": {"corruption": {"type": "gaussian", "noise_factor": 0.5}},
        "vae": {"objective": {"kl": {"weight": 1}}},
    }
    return [make_case(f"{kind}_{encoder}_{reconstruction}", experiment(kind, encoder, reconstruction, **options))
            for kind, options in kinds.items() for encoder in ENCODERS for reconstruction in RECONSTRUCTIONS]


AUXILIARY = {"auxiliary_k": 2, "auxiliary_weight": 0.25}
DEAD = {"rows_since_active": [0, 99, 0, 50, 0, 20, 5, 99, 0, 15], "dead_after_rows": 20}
BOUNDED = {"type": "gaussian", "log_variance_bounds": {"low": -1, "high": 0.5}}


def special_cases() -> list[Case]:
    emphasis = {"corrupted_weight": 0.7, "clean_weight": 0.3}
    jump = {"type": "jump_relu", "threshold": 0.25, "bandwidth": 0.5}
    sigmoid = {"latent": {"activation": "sigmoid"}, "objective": {"contractive_weight": 0.5}}
    return [
        make_case("top_k", top_k(relu=False)),
        make_case("top_k_relu", top_k(relu=True)),
        make_case("top_k_mlp", top_k("mlp", relu=True)),
        make_case("top_k_auxiliary", top_k(relu=True, k=2, auxiliary=AUXILIARY), **DEAD),
        make_case("top_k_auxiliary_signed", top_k(relu=False, k=2, auxiliary=AUXILIARY), **DEAD),
        # Two latents are dead, fewer than auxiliary_k = 4; then none, then some again.
        make_case("top_k_auxiliary_few_dead",
                  top_k(relu=True, k=2, auxiliary={"auxiliary_k": 4, "auxiliary_weight": 2}),
                  rows_since_active=[0, 99, 0, 0, 0, 0, 0, 99, 0, 0], dead_after_rows=15),
        make_case("top_k_as_in_gao_et_al", top_k(relu=True, k=2, auxiliary=AUXILIARY, unit_norm_decoder=True,
                                                 pre_encoder_bias=True), **DEAD),
        make_case("top_k_conditional", top_k(relu=True, conditional=True, unit_norm_decoder=True)),
        make_case("unit_norm", experiment("sparse", latent={"activation": "relu"}, unit_norm_decoder=True,
                                          sparsity={"type": "l1", "weight": 0.125})),
        make_case("unit_norm_mlp", experiment("autoencoder", "mlp", unit_norm_decoder=True)),
        make_case("pre_encoder_bias", experiment("sparse", latent={"activation": "relu"}, pre_encoder_bias=True,
                                                 sparsity={"type": "l1", "weight": 0.125})),
        make_case("jump_relu_l0", experiment("sparse", latent_dim=10, latent=jump,
                                             sparsity={"type": "l0", "weight": 0.125})),
        make_case("jump_relu_l0_mlp", experiment("sparse", "mlp", latent_dim=10, latent=jump,
                                                 sparsity={"type": "l0", "weight": 0.125})),
        make_case("jump_relu_l1", experiment("sparse", latent_dim=10, latent=jump,
                                             sparsity={"type": "l1", "weight": 0.125})),
        make_case("vae_beta", vae(kl={"weight": 4})),
        make_case("vae_free_bits", vae(kl={"free_bits": 0.25})),
        make_case("vae_capacity", vae(kl={"weight": 8, "capacity": {"nats": 2, "length": "6u"}})),
        make_case("vae_capacity_free_bits", vae(kl={"free_bits": 0.25, "capacity": {"nats": 0.5, "length": "2u"}})),
        make_case("vae_warm_up", vae(kl={"warm_up": {"length": "8u"}})),
        make_case("vae_three_samples", vae(posterior_samples=3)),
        make_case("vae_three_samples_gaussian", vae("linear", "gaussian", posterior_samples=3)),
        make_case("iwae", vae(bound="iwae", posterior_samples=5)),
        make_case("iwae_gaussian", vae("linear", "gaussian", bound="iwae", posterior_samples=5)),
        make_case("iwae_warm_up", vae(kl={"warm_up": {"length": "8u"}}, bound="iwae", posterior_samples=5)),
        make_case("vae_log_variance_bounds", vae(latent=BOUNDED)),
        make_case("vae_tanh_mean", vae(latent={"type": "gaussian", "activation": "tanh"})),
        make_case("vae_conditional", vae(conditional=True)),
        make_case("vae_conditional_linear", vae("linear", conditional=True, posterior_samples=2)),
        make_case("iwae_conditional", vae(conditional=True, bound="iwae", posterior_samples=3, latent=BOUNDED)),
        make_case("contractive_sigmoid", experiment("autoencoder", **sigmoid)),
        make_case("contractive_sigmoid_tied", experiment("autoencoder", **sigmoid, tied=True)),
        make_case("contractive_tanh_bce", experiment("autoencoder", "linear", "bce", {"contractive_weight": 0.5},
                                                     latent={"activation": "tanh"})),
        make_case("contractive_identity", experiment("autoencoder", objective={"contractive_weight": 0.125})),
        make_case("contractive_softplus", experiment("autoencoder", objective={"contractive_weight": 0.125},
                                                     latent={"activation": "softplus"})),
        make_case("contractive_mlp", experiment("autoencoder", "mlp", **sigmoid)),
        make_case("contractive_conditional", experiment("autoencoder", "linear", conditional=True, **sigmoid)),
        make_case("emphasis_salt_and_pepper", experiment(
            "denoising", "mlp", corruption={"type": "salt_and_pepper", "fraction": 0.4, **emphasis})),
        make_case("emphasis_salt_and_pepper_bernoulli", experiment(
            "denoising", "linear", "bernoulli", corruption={"type": "salt_and_pepper", "fraction": 0.4, **emphasis})),
        make_case("reconstruction_weight", experiment("autoencoder", "mlp", {"type": "mse", "weight": 3})),
        make_case("tied_mlp_bernoulli", experiment("autoencoder", "mlp", "bernoulli", tied=True)),
        make_case("tied_sigmoid_output", experiment("autoencoder", "linear", tied=True,
                                                    decoder={"output_activation": "sigmoid"})),
    ]


def main() -> None:
    torch.set_num_threads(1)
    write("models.json", "cases", [*special_cases(), *every_combination()], optimizer=OPTIMIZER)


if __name__ == "__main__":
    main()
