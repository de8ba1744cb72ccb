"""Workloads of the speed benchmark, with target ratios."""

from dataclasses import replace

from encoding import Encoding
from training import Training, WholeTraining
from work import Work

MLP = Training("mlp", "MLP 784-512-256-32, batch 128",
               {"jax": 1.3, "pytorch": 2.2, "compile": None, "keras": None}, 0.03, task="mlp", epochs=4)

WORKLOADS: dict[str, Work] = {work.name: work for work in (
    MLP,
    Training("mlp_1024", "the same MLP, batch 1,024",
             {"products": 0.8, "products-xla": None, "jax": None, "pytorch": None}, 0.03, task="mlp", epochs=4,
             batch_size=1024),
    Training("vae", "VAE 784-400-20, batch 128", {"jax": 1.4, "pytorch": 2.8, "compile": None, "keras": None}, 0.01,
             task="vae", epochs=4),
    Training("points", "3-2-3 sigmoid units, batch 32, SGD", {"jax": 30, "pytorch": None, "keras": 300}, 0.05,
             task="points", epochs=200, ae_epochs=5000),
    Training("conv_vae", "convolutional VAE of Keras's example, batch 128", {"pytorch": 2.2, "compile": 1.8}, 0.03,
             task="conv_vae", epochs=3),
    Training("top_k", "TopK 512-8,192, k = 32, batch 1,024", {"pytorch": 4, "compile": 4, "jax": 4}, 0.03,
             task="top_k", epochs=3),
    Encoding("encode", "whole command: 60,000 images encoded by that MLP", {"pytorch": 3}, 1e-4,
             trained=replace(MLP, epochs=1)),
    WholeTraining("whole_vae", "whole command: ten epochs of that VAE", {"jax": 1.5, "pytorch": 1.5}, 0.01,
                  task="vae", epochs=10),
)}
