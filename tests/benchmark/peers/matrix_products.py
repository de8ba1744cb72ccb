#!/usr/bin/env python3
"""Upper bound of the training speed of the mlp workload on this machine: the matrix multiplications of a step alone.

An "epoch" is all products of forward, input gradient and weight gradient at the model's own shapes, in the order of
a training step, once for each batch of the data; nothing else is done. --library says whose products: PyTorch's
(MKL on x86, which uses AVX-512 on Intel's processors alone) or XLA's. Prints what the other peers print.
"""

from collections.abc import Callable

from experiment import argument_parser, mlp_widths, read_rows, run_epochs

Batches = Callable[[int], None]  # runs the multiplications of that many batches


def by_pytorch(widths: list[int], batch: int, threads: int) -> Batches:
    import torch

    torch.set_num_threads(threads)
    activations, deltas, results = ([torch.randn(batch, width) for width in widths] for _ in range(3))
    weights = [torch.randn(outputs, inputs) for inputs, outputs in zip(widths, widths[1:])]
    gradients = [torch.empty_like(weight) for weight in weights]

    def products(batches: int) -> None:
        for _ in range(batches):
            for i, weight in enumerate(weights):
                torch.mm(activations[i], weight.t(), out=results[i + 1])
            for i in range(len(weights) - 1, -1, -1):
                torch.mm(deltas[i + 1].t(), activations[i], out=gradients[i])
                if i > 0:  # the gradient of the data is not needed
                    torch.mm(deltas[i + 1], weights[i], out=results[i])

    return products


def by_xla(widths: list[int], batch: int) -> Batches:
    import jax

    key = jax.random.key(1)
    activations, deltas = ([jax.random.normal(key, (batch, width)) for width in widths] for _ in range(2))
    weights = [jax.random.normal(key, shape) for shape in zip(widths, widths[1:])]

    @jax.jit
    def step(activations: list[jax.Array], deltas: list[jax.Array], weights: list[jax.Array]) -> list[jax.Array]:
        forward = [x @ weight for x, weight in zip(activations, weights)]
        gradients = [x.T @ delta for x, delta in zip(activations, deltas[1:])]
        return forward + gradients + [delta @ weight.T for delta, weight in zip(deltas[2:], weights[1:])]

    def products(batches: int) -> None:
        for _ in range(batches):
            jax.block_until_ready(step(activations, deltas, weights))

    return products


def main() -> None:
    parser = argument_parser("matrix products alone", ["mlp"])
    parser.add_argument("--library", choices=["pytorch", "xla"], required=True)
    args = parser.parse_args()
    data = read_rows(args.data)
    widths = mlp_widths(data.shape[1], args.width)
    is_xla = args.library == "xla"
    products = by_xla(widths, args.batch) if is_xla else by_pytorch(widths, args.batch, args.threads)
    batches = len(data) // args.batch
    run_epochs(args, batches * args.batch, lambda: products(batches))


if __name__ == "__main__":
    main()
