#!/usr/bin/env python3
"""The workloads in PyTorch at its best: rows in one tensor, gathered by a permutation; fused Adam; --compile.

Weights begin as nn.Linear and nn.Conv2d begin, unless the workload's config says otherwise.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from experiment import LATENTS, LEARNING_RATE, TOP_K, parse_arguments, report, training_rows


class TopK(nn.Module):
    """The k largest latents of each row, others 0, decoded densely; returns the mean squared error."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.encoder = nn.Linear(features, LATENTS)
        self.decoder = nn.Linear(LATENTS, features)

    def forward(self, x: Tensor) -> Tensor:
        activations = F.relu(self.encoder(x))
        values, indices = activations.topk(TOP_K, sorted=False)
        code = torch.zeros_like(activations).scatter(1, indices, values)
        return F.mse_loss(self.decoder(code), x)


def train_epoch(model: nn.Module, optimizer: torch.optim.Optimizer, data: Tensor, batch: int) -> float:
    """One pass over shuffled rows, the partial last batch included; mean loss."""
    total = torch.zeros((), dtype=torch.float64)
    for rows in torch.randperm(len(data)).split(batch):
        optimizer.zero_grad()
        loss = model(data.index_select(0, rows))
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(rows)
    return total.item() / len(data)


def main() -> None:
    args = parse_arguments("PyTorch", ["top_k"])
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    data = torch.from_numpy(training_rows(args.workload, args.data_root))
    model: nn.Module = TopK(data.shape[1])
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)
    if args.compile:
        # Static shapes: the full batches and the partial last one each get their own code.
        model = torch.compile(model, dynamic=False)
    report(args.epochs, len(data), lambda: train_epoch(model, optimizer, data, args.batch))


if __name__ == "__main__":
    main()
