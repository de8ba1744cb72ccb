"""Items on variational autoencoders of MNIST."""

from pathlib import Path
from typing import Any

from commands import Commands
from drawing import Panel, by_label, scatter
from files import grey_levels, read_idx, read_npy, write_grid
from page import Item, figure, picture

SHOWN = 2500  # of the 10,000 test rows in scatter plots


def digit_data() -> dict[str, Any]:
    return {"train": {"path": "mnist/train-images-idx3-ubyte.gz", "labels": "mnist/train-labels-idx1-ubyte.gz"},
            "validation": {"fraction": 0.1},
            "test": {"path": "mnist/t10k-images-idx3-ubyte.gz", "labels": "mnist/t10k-labels-idx1-ubyte.gz"}}


def label_names() -> dict[str, str]:
    return {f"label{digit}": str(digit) for digit in range(10)}


def labels_of_test_rows(commands: Commands) -> list[str]:
    return by_label([label[0] for label in read_idx(commands.mnist("t10k-labels-idx1"), SHOWN)])


def vae(commands: Commands, name: str, latents: int, hidden: list[int], epochs: int, objective: dict[str, Any]) -> Path:
    config = commands.config(name, {
        "data": digit_data(),
        "model": {"kind": "vae", "encoder": {"type": "mlp", "hidden": hidden}, "latent_dim": latents},
        "objective": objective,
        "training": {"epochs": epochs, "batch_size": 128}})
    return commands.train(name, config)


def plane(commands: Commands) -> Path:
    """The VAE of two latents that several items show."""
    return vae(commands, "vae-both", 2, [256, 64], commands.epochs(12, 4), {"reconstruction": "bernoulli", "kl": {}})


def wide(commands: Commands) -> Path:
    """The VAE of 20 latents that several items show."""
    return vae(commands, "vae-20", 20, [400], commands.epochs(12, 4), {"reconstruction": "bernoulli", "kl": {}})


def two_terms(commands: Commands) -> Item:
    few = commands.epochs(8, 3)
    runs = [
        ("KL divergence only", vae(commands, "vae-kl-only", 2, [256, 64], 2,
                                   {"reconstruction": {"type": "bernoulli", "weight": 0}, "kl": {}})),
        ("reconstruction only", vae(commands, "vae-reconstruction-only", 2, [256, 64], few,
                                    {"reconstruction": "bernoulli", "kl": {"weight": 0}})),
        ("both: a VAE", plane(commands))]
    panels = []
    for title, run in runs:
        commands.encode(run, commands.mnist("t10k-images-idx3"), run.name, "--sample")
        drawn = read_npy(commands.folder / "files" / f"{run.name}.sample.npy")[:SHOWN]
        names = {} if title.startswith("KL") else label_names()
        panels.append(Panel(title, drawn, labels_of_test_rows(commands), names=names, size=3.5))
    return Item(
        "A VAE with the KL term only, with reconstruction only, with both",
        "KL alone makes all codes one cloud that says nothing; reconstruction alone scatters them as it likes; both "
        "together give groups that lie close to each other around 0.",
        [figure(scatter(panels, "Codes of test digits in two latents, coloured by digit"),
                f"One draw from the posterior of each of {SHOWN:,} test digits, coloured by digit; the ranges of both "
                "axes are below each panel, and differ.")])


def ball(commands: Commands) -> Item:
    run = wide(commands)
    test = commands.mnist("t10k-images-idx3")
    figures = []
    for temperature in (1, 3):
        path = commands.sample(run, f"ball-{temperature}.png", "--data", commands.text(test), "--rows", "1,4,7",
                               "--variations", "15", "--temperature", str(temperature), inputs=[test])
        figures.append(picture(path, f"Three test digits, their reconstructions and draws at temperature {temperature}",
                               f"Draws within about {temperature} standard deviation{'s' * (temperature > 1)} of the "
                               "posterior, around the codes of three test digits, which come first in their lines."))
    return Item(
        "What a ball around a code decodes to",
        "The decoder is trained on codes drawn around a digit's own, so all of them decode to that digit, until the "
        "ball is larger than in training.",
        figures)


def interpolation(commands: Commands) -> Item:
    run = wide(commands)
    test = commands.mnist("t10k-images-idx3")
    path = commands.sample(run, "between.png", "--data", commands.text(test), "--rows", "0,1,3,4,7,8",
                           "--interpolate", "14", inputs=[test])
    return Item(
        "From one digit to another",
        "Codes on the line between those of two digits decode mostly to strokes that change steadily, where a mean of "
        "pixels would show both digits at once.",
        [picture(path, "Lines of pictures, each from one test digit to the next in 14 steps",
                 "Each line goes from the code of one test digit to that of the next.")])


def variations(commands: Commands) -> Item:
    run = wide(commands)
    test = commands.mnist("t10k-images-idx3")
    draws = commands.sample(run, "variations.npy", "--data", commands.text(test), "--rows", "30", "--variations", "47",
                            "--temperature", "2", inputs=[test])
    images = [grey_levels(row) for row in read_npy(draws)]
    grid = commands.folder / "files" / "variations.png"
    write_grid(grid, [images[i:i + 16] for i in range(0, 48, 16)], 28, scale=2)
    lines = commands.sample(run, "traverse.png", "--data", commands.text(test), "--rows", "30", "--traverse",
                            "0,1,2,3,4,5", "--steps", "13", "--span", "2.5", inputs=[test])
    return Item(
        "Variations of one digit",
        "Around one code lie other ways to write the same digit: slant, width, curvature of strokes.",
        [picture(grid, "A test digit and many variations of it",
                 "Draws from the posterior of one test digit, at twice its standard deviation; its own code is first."),
         picture(lines, "The same digit with one latent changed in each line",
                 "The same digit, with one latent changed in each line and all others as they were.")])


def manifold(commands: Commands) -> Item:
    path = commands.sample(plane(commands), "manifold.png", "--manifold", "18")
    return Item(
        "The plane of a VAE's codes, decoded",
        "Nearly every place of the plane decodes to something like a digit, and neighbours decode to neighbours.",
        [picture(path, "A grid of digits which change steadily from place to place",
                 "Codes at equal steps of the prior's probability in both directions.")])
