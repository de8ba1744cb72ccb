#!/usr/bin/env python3
"""The workloads in JAX as its users write them for speed: an epoch is one compiled scan over the batches, with its
permutation inside and its buffers donated; the smallest model does 20 epochs in one call.
"""

import math
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, lax

from experiment import (LEARNING_RATE, POINTS_LEARNING_RATE, TOP_K, TOP_K_LATENTS, VAE_HIDDEN, VAE_LATENTS,
                        argument_parser, mlp_widths, read_rows, run_epochs)

Layer = tuple[Array, Array]
Loss = Callable[[list[Layer], Array, Array], Array]  # weights, rows of a batch, key of its random draws
POINTS_EPOCHS_AT_A_TIME = 20


def layers(key: Array, shapes: list[tuple[int, int]], glorot: bool = False) -> list[Layer]:
    """Initial weights as of torch.nn.Linear, or Glorot uniform with zero biases."""
    result = []
    for fan_in, fan_out in shapes:
        key, weight_key, bias_key = jax.random.split(key, 3)
        bound = math.sqrt(6 / (fan_in + fan_out)) if glorot else 1 / math.sqrt(fan_in)
        bias_bound = 0 if glorot else bound
        result.append((jax.random.uniform(weight_key, (fan_in, fan_out), minval=-bound, maxval=bound),
                       jax.random.uniform(bias_key, (fan_out,), minval=-bias_bound, maxval=bias_bound)))
    return result


def affine(layer: Layer, x: Array) -> Array:
    return x @ layer[0] + layer[1]


def mlp_loss(model: list[Layer], x: Array, key: Array) -> Array:
    hidden = x
    for i, layer in enumerate(model):
        hidden = affine(layer, hidden)
        if i not in (2, len(model) - 1):  # the code and the output are linear
            hidden = jax.nn.relu(hidden)
    return jnp.mean(jnp.square(hidden - x))


def vae_loss(model: list[Layer], x: Array, key: Array) -> Array:
    """The negative ELBO with one posterior sample, in nats, mean over rows."""
    encoder, mean_layer, log_variance_layer, decoder, output = model
    hidden = jax.nn.relu(affine(encoder, x))
    mean, log_variance = affine(mean_layer, hidden), affine(log_variance_layer, hidden)
    z = mean + jnp.exp(0.5 * log_variance) * jax.random.normal(key, mean.shape)
    logits = affine(output, jax.nn.relu(affine(decoder, z)))
    reconstruction = jnp.sum(optax.sigmoid_binary_cross_entropy(logits, x))
    kl = 0.5 * jnp.sum(jnp.square(mean) + jnp.exp(log_variance) - 1 - log_variance)
    return (reconstruction + kl) / len(x)


def points_loss(model: list[Layer], x: Array, key: Array) -> Array:
    code = jax.nn.sigmoid(affine(model[0], x))
    return jnp.mean(jnp.square(jax.nn.sigmoid(affine(model[1], code)) - x))


def top_k_loss(model: list[Layer], x: Array, key: Array) -> Array:
    activations = jax.nn.relu(affine(model[0], x))
    values, indices = lax.top_k(activations, TOP_K)
    code = jnp.zeros_like(activations).at[jnp.arange(len(x))[:, None], indices].set(values)
    return jnp.mean(jnp.square(affine(model[1], code) - x))


def model_of(workload: str, features: int, width: int, key: Array) -> tuple[list[Layer], Loss]:
    if workload == "mlp":
        widths = mlp_widths(features, width)
        return layers(key, list(zip(widths, widths[1:]))), mlp_loss
    if workload == "vae":
        return layers(key, [(features, VAE_HIDDEN), (VAE_HIDDEN, VAE_LATENTS), (VAE_HIDDEN, VAE_LATENTS),
                            (VAE_LATENTS, VAE_HIDDEN), (VAE_HIDDEN, features)]), vae_loss
    if workload == "points":
        return layers(key, [(features, 2), (2, features)], glorot=True), points_loss
    return layers(key, [(features, TOP_K_LATENTS), (TOP_K_LATENTS, features)]), top_k_loss


def compiled_epochs(loss: Loss, optimizer: optax.GradientTransformation, batch: int,
                    epochs: int) -> Callable[[Any, Array], tuple[Any, Array]]:
    """(state, data) -> state after `epochs` epochs and the mean loss of each."""

    def step(data: Array, state: Any, rows: Array) -> tuple[Any, Array]:
        model, moments, key = state
        key, draws = jax.random.split(key)
        value, gradients = jax.value_and_grad(loss)(model, data[rows], draws)
        updates, moments = optimizer.update(gradients, moments, model)
        return (optax.apply_updates(model, updates), moments, key), value * len(rows)

    def epoch(data: Array, state: Any, _: None) -> tuple[Any, Array]:
        model, moments, key = state
        key, shuffle = jax.random.split(key)
        order = jax.random.permutation(shuffle, len(data))
        whole = len(data) // batch * batch
        state, sums = lax.scan(partial(step, data), (model, moments, key), order[:whole].reshape(-1, batch))
        total = sums.sum()
        if whole < len(data):
            state, rest = step(data, state, order[whole:])
            total += rest
        return state, total / len(data)

    @partial(jax.jit, donate_argnums=0)
    def run(state: Any, data: Array) -> tuple[Any, Array]:
        if epochs == 1:
            return epoch(data, state, None)
        return lax.scan(partial(epoch, data), state, None, length=epochs)

    return run


def main() -> None:
    args = argument_parser("JAX", ["mlp", "vae", "points", "top_k"]).parse_args()
    if args.device == "cuda":  # the default is TF32
        jax.config.update("jax_default_matmul_precision", "highest")
    # XLA uses one thread per available core.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:args.threads])
    data = jnp.asarray(read_rows(args.data))
    key = jax.random.key(args.seed)
    model, loss = model_of(args.workload, data.shape[1], args.width, key)
    is_points = args.workload == "points"
    optimizer = optax.sgd(POINTS_LEARNING_RATE) if is_points else optax.adam(LEARNING_RATE)
    at_a_time = POINTS_EPOCHS_AT_A_TIME if is_points else 1
    train = compiled_epochs(loss, optimizer, args.batch, at_a_time)
    state: Any = (model, optimizer.init(model), key)

    def train_some() -> float:
        nonlocal state
        state, losses = train(state, data)
        return float(np.ravel(losses)[-1])  # waits for the result

    run_epochs(args, len(data), train_some, at_a_time)


if __name__ == "__main__":
    main()
