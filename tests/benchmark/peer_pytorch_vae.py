#!/usr/bin/env python3
"""Trains the 784-400-20 variational autoencoder on MNIST with eager PyTorch, and reports its speed.

The peer of `ae-train --config configs/mnist_vae_20d.json`: the model and objective of PyTorch's own VAE
example (ReLU, Adam 1e-3, batch 128, Bernoulli cross-entropy on grey pixels summed over pixels, plus KL).
The images stay in memory as one float tensor and each epoch gathers rows by a permutation, which is several
times faster than a DataLoader: the comparison is with PyTorch at its best without compilation.

Prints one JSON object per epoch: epoch, train_loss (running mean over the epoch, one posterior sample),
samples_per_second (training alone), and after the last epoch test_loss (the same objective on the test set).
"""

import argparse
import gzip
import json
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PIXELS, HIDDEN, LATENT = 784, 400, 20


class Vae(nn.Module):
    """The network of PyTorch's VAE example; `forward` returns logits, mean and log-variance."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(PIXELS, HIDDEN)
        self.mean = nn.Linear(HIDDEN, LATENT)
        self.log_variance = nn.Linear(HIDDEN, LATENT)
        self.decoder = nn.Sequential(nn.Linear(LATENT, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, PIXELS))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden = F.relu(self.encoder(x))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.decoder(z), mean, log_variance


def summed_loss(model: Vae, x: Tensor) -> Tensor:
    """Negative ELBO in nats, summed over the batch."""
    logits, mean, log_variance = model(x)
    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = 0.5 * torch.sum(mean.pow(2) + log_variance.exp() - 1 - log_variance)
    return reconstruction + kl


def initialize(model: Vae, scheme: str) -> None:
    """Redraws all weights by `scheme` and zeroes the biases; "pytorch" keeps nn.Linear's own draw."""
    if scheme == "pytorch":
        return
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            if scheme == "glorot_uniform":
                nn.init.xavier_uniform_(layer.weight)
            else:
                nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)


def read_images(path: Path) -> Tensor:
    """[N, 784] float32 in [0, 1] from a gzip'd IDX file."""
    raw = gzip.decompress(path.read_bytes())
    return torch.frombuffer(bytearray(raw[16:]), dtype=torch.uint8).view(-1, PIXELS).float().div_(255)


def train_epoch(model: Vae, optimizer: torch.optim.Optimizer, images: Tensor, batch: int) -> tuple[float, float]:
    """One pass over shuffled rows, the partial last batch included; returns mean loss and seconds."""
    total = torch.zeros((), dtype=torch.float64)
    start = time.perf_counter()
    for rows in torch.randperm(len(images)).split(batch):
        optimizer.zero_grad()
        loss = summed_loss(model, images[rows])
        (loss / len(rows)).backward()
        optimizer.step()
        total += loss.detach()
    seconds = time.perf_counter() - start
    return total.item() / len(images), seconds


@torch.no_grad()
def mean_loss(model: Vae, images: Tensor, batch: int) -> float:
    return sum(summed_loss(model, x).item() for x in images.split(batch)) / len(images)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("data/mnist"), metavar="DIR",
                        help="folder of MNIST's gzip'd IDX files (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(),
                        help="intra-op threads (default: PyTorch's own choice, %(default)s here)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--initialization", default="pytorch", choices=["pytorch", "glorot_uniform", "he_uniform"],
                        help="pytorch: nn.Linear's default; the others come with zero biases")
    parser.add_argument("--fused-adam", action="store_true",
                        help="PyTorch's fused CPU Adam instead of its default loop over parameters")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    train = read_images(args.data / "train-images-idx3-ubyte.gz")
    test = read_images(args.data / "t10k-images-idx3-ubyte.gz")
    model = Vae()
    initialize(model, args.initialization)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=args.fused_adam)

    for epoch in range(1, args.epochs + 1):
        train_loss, seconds = train_epoch(model, optimizer, train, args.batch)
        line = {"epoch": epoch, "train_loss": train_loss, "samples_per_second": len(train) / seconds}
        if epoch == args.epochs:
            line["test_loss"] = mean_loss(model, test, args.batch)
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
