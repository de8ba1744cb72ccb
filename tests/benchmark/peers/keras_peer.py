#!/usr/bin/env python3
"""The workloads in Keras on TensorFlow as its users write them for speed: `fit` on arrays in memory, several steps in
one execution, compiled by XLA where that helps.
"""

import math
import os
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import ops  # noqa: E402

from experiment import (LEARNING_RATE, POINTS_LEARNING_RATE, VAE_HIDDEN, VAE_LATENTS, argument_parser,  # noqa: E402
                        mlp_widths, print_epoch, read_rows)

STEPS_PER_CALL = 32


def dense(inputs: int, outputs: int, activation: str | None = None) -> keras.layers.Dense:
    """Initialises weights as torch.nn.Linear does."""
    bound = 1 / math.sqrt(inputs)
    uniform = keras.initializers.RandomUniform
    return keras.layers.Dense(outputs, activation, kernel_initializer=uniform(-bound, bound),
                              bias_initializer=uniform(-bound, bound))


def mlp(features: int, width: int) -> keras.Model:
    widths = mlp_widths(features, width)
    last = len(widths) - 1
    return keras.Sequential([dense(widths[i - 1], widths[i], None if i in (3, last) else "relu")
                             for i in range(1, len(widths))])  # the code and the output are linear


def points(features: int) -> keras.Model:
    return keras.Sequential([keras.layers.Dense(2, "sigmoid"), keras.layers.Dense(features, "sigmoid")])


class Vae(keras.Model):
    """The negative ELBO with one posterior sample, in nats, mean over rows."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.encoder = dense(features, VAE_HIDDEN, "relu")
        self.mean, self.log_variance = dense(VAE_HIDDEN, VAE_LATENTS), dense(VAE_HIDDEN, VAE_LATENTS)
        self.decoder = dense(VAE_LATENTS, VAE_HIDDEN, "relu")
        self.output_layer = dense(VAE_HIDDEN, features)
        self.draws = keras.random.SeedGenerator(1)

    def call(self, x: Any) -> tuple[Any, Any, Any]:
        hidden = self.encoder(x)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        noise = keras.random.normal(ops.shape(mean), seed=self.draws)
        return self.output_layer(self.decoder(mean + ops.exp(0.5 * log_variance) * noise)), mean, log_variance

    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None,
                     training: bool = True) -> Any:
        logits, mean, log_variance = y_pred
        # binary_crossentropy averages over features
        reconstruction = x.shape[1] * ops.mean(keras.losses.binary_crossentropy(x, logits, from_logits=True))
        kl = ops.mean(ops.sum(ops.square(mean) + ops.exp(log_variance) - 1 - log_variance, axis=1))
        return reconstruction + 0.5 * kl


class Clock(keras.callbacks.Callback):
    """Prints the speed of each epoch."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.cpu, self.start = time.process_time(), time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        seconds, cpu_seconds = time.perf_counter() - self.start, time.process_time() - self.cpu
        print_epoch(epoch + 1, self.rows, seconds, cpu_seconds, (logs or {})["loss"])


def main() -> None:
    args = argument_parser("Keras", ["mlp", "vae", "points"]).parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    keras.utils.set_random_seed(args.seed)
    rows = read_rows(args.data)
    features = rows.shape[1]
    adam = keras.optimizers.Adam(LEARNING_RATE, epsilon=1e-8)
    if args.workload == "vae":
        model, optimizer, loss = Vae(features), adam, None
    elif args.workload == "mlp":
        model, optimizer, loss = mlp(features, args.width), adam, "mse"
    else:
        model, optimizer, loss = points(features), keras.optimizers.SGD(POINTS_LEARNING_RATE), "mse"
    # Several steps per call are faster for all workloads, XLA for all but the smallest.
    model.compile(optimizer, loss, steps_per_execution=STEPS_PER_CALL, jit_compile=args.workload != "points")
    target = None if loss is None else rows
    model.fit(rows, target, args.batch, args.epochs, verbose=0, callbacks=[Clock(len(rows))])


if __name__ == "__main__":
    main()
