#!/usr/bin/env python3
"""The workloads in PyTorch as its users write them for speed: rows resident in one tensor and gathered by a
permutation, no DataLoader; Adam's fused update; images in channels_last; --compile for torch.compile.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from experiment import (LEARNING_RATE, POINTS_LEARNING_RATE, TOP_K, TOP_K_LATENTS, VAE_HIDDEN, VAE_LATENTS,
                        argument_parser, mlp_widths, read_rows, run_epochs)


class SquaredError(nn.Module):
    """Mean squared error of a network's reconstruction."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        return F.mse_loss(self.network(x), x)


class Vae(nn.Module):
    """The negative ELBO with one posterior sample, in nats, mean over rows; `decoder` gives logits."""

    def __init__(self, encoder: nn.Module, features: int, latents: int, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.mean, self.log_variance = nn.Linear(features, latents), nn.Linear(features, latents)

    def forward(self, x: Tensor) -> Tensor:
        features = self.encoder(x)
        mean, log_variance = self.mean(features), self.log_variance(features)
        logits = self.decoder(mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean))
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = 0.5 * torch.sum(mean.square() + log_variance.exp() - 1 - log_variance)
        return (reconstruction + kl) / len(x)


class TopK(nn.Module):
    """The k largest latents of each row, the others 0, through dense layers; mean squared error."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.encoder = nn.Linear(features, TOP_K_LATENTS)
        self.decoder = nn.Linear(TOP_K_LATENTS, features)

    def forward(self, x: Tensor) -> Tensor:
        activations = F.relu(self.encoder(x))
        values, indices = activations.topk(TOP_K, sorted=False)
        code = torch.zeros_like(activations).scatter(1, indices, values)
        return F.mse_loss(self.decoder(code), x)


def mlp(features: int, width: int) -> nn.Module:
    widths = mlp_widths(features, width)
    layers: list[nn.Module] = []
    for i in range(1, len(widths)):
        layers.append(nn.Linear(widths[i - 1], widths[i]))
        if i not in (3, len(widths) - 1):  # the code and the output are linear
            layers.append(nn.ReLU())
    return SquaredError(nn.Sequential(*layers))


def vae(features: int) -> nn.Module:
    encoder = nn.Sequential(nn.Linear(features, VAE_HIDDEN), nn.ReLU())
    decoder = nn.Sequential(nn.Linear(VAE_LATENTS, VAE_HIDDEN), nn.ReLU(), nn.Linear(VAE_HIDDEN, features))
    return Vae(encoder, VAE_HIDDEN, VAE_LATENTS, decoder)


def conv_vae() -> nn.Module:
    """Keras's convolutional VAE, with padding of one on every side."""
    halve = {"kernel_size": 3, "stride": 2, "padding": 1}
    encoder = nn.Sequential(nn.Conv2d(1, 32, **halve), nn.ReLU(), nn.Conv2d(32, 64, **halve), nn.ReLU(), nn.Flatten(),
                            nn.Linear(64 * 7 * 7, 16), nn.ReLU())
    decoder = nn.Sequential(nn.Linear(2, 64 * 7 * 7), nn.Unflatten(1, (64, 7, 7)), nn.ReLU(),
                            nn.ConvTranspose2d(64, 64, **halve, output_padding=1), nn.ReLU(),
                            nn.ConvTranspose2d(64, 32, **halve, output_padding=1), nn.ReLU(),
                            nn.Conv2d(32, 1, 3, padding=1))
    return begin_as_glorot(Vae(encoder, 16, 2, decoder)).to(memory_format=torch.channels_last)


def points(features: int) -> nn.Module:
    return begin_as_glorot(SquaredError(nn.Sequential(nn.Linear(features, 2), nn.Sigmoid(), nn.Linear(2, features),
                                                      nn.Sigmoid())))


def begin_as_glorot(model: nn.Module) -> nn.Module:
    """Initialises weights as Keras does; the other workloads use torch.nn.Linear's initialisation."""
    for parameter in model.parameters():
        if parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)
        else:
            nn.init.zeros_(parameter)
    return model


def rows_for(workload: str, rows: np.ndarray) -> Tensor:
    data = torch.from_numpy(rows)
    if workload == "conv_vae":
        data = data.view(-1, 1, 28, 28).to(memory_format=torch.channels_last)
    return data


def train_epoch(model: nn.Module, optimizer: torch.optim.Optimizer, data: Tensor, batch: int) -> float:
    """One pass over shuffled rows, the partial last batch included; mean loss."""
    total = torch.zeros((), dtype=torch.float64, device=data.device)
    for rows in torch.randperm(len(data), device=data.device).split(batch):
        optimizer.zero_grad()
        loss = model(data.index_select(0, rows))
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(rows)
    return total.item() / len(data)


def main() -> None:
    parser = argument_parser("PyTorch", ["mlp", "vae", "points", "conv_vae", "top_k"])
    parser.add_argument("--compile", action="store_true", help="the model and its loss by torch.compile")
    args = parser.parse_args()
    # The smallest model is several times faster with one thread.
    torch.set_num_threads(1 if args.workload == "points" else args.threads)
    torch.backends.cudnn.allow_tf32 = False  # no TF32 on a GPU
    torch.manual_seed(args.seed)
    rows = read_rows(args.data)
    features = rows.shape[1]
    makers = {"mlp": lambda: mlp(features, args.width), "vae": lambda: vae(features), "conv_vae": conv_vae,
              "points": lambda: points(features), "top_k": lambda: TopK(features)}
    model = makers[args.workload]().to(args.device)
    if args.workload == "points":
        optimizer: torch.optim.Optimizer = torch.optim.SGD(model.parameters(), lr=POINTS_LEARNING_RATE)
    else:
        optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)
    # Static shapes: full batches and the partial last one are compiled separately, in the warm-up epoch.
    # On a GPU the compiled code is also captured as CUDA graphs.
    mode = "reduce-overhead" if args.device == "cuda" else None
    trained = torch.compile(model, dynamic=False, mode=mode) if args.compile else model
    data = rows_for(args.workload, rows).to(args.device)
    run_epochs(args, len(data), lambda: train_epoch(trained, optimizer, data, args.batch))


if __name__ == "__main__":
    main()
