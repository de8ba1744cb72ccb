"""Items on points in the plane and in space, and on the 8x8 digits of data/digits: all without MNIST."""

import math
from collections.abc import Sequence

import made_data
from commands import ROOT, Commands
from drawing import Panel, Point, bars, by_value, oblique, scatter
from files import grey_levels, read_csv, read_npy, write_csv, write_grid
from page import Item, figure, picture

Matrix = list[list[float]]


def principal_axes(points: Sequence[Point], count: int) -> tuple[list[float], Matrix]:
    """Mean and the first axes of PCA, by power iteration on the covariance of a few columns."""
    width = len(points[0])
    mean = [math.fsum(point[i] for point in points) / len(points) for i in range(width)]
    covariance = [[math.fsum((p[i] - mean[i]) * (p[j] - mean[j]) for p in points) / len(points) for j in range(width)]
                  for i in range(width)]
    axes: Matrix = []
    for _ in range(count):
        axis = [1.0 / (i + 1) for i in range(width)]
        for _ in range(500):
            axis = [math.fsum(row[j] * axis[j] for j in range(width)) for row in covariance]
            for other in axes:
                along = math.fsum(a * b for a, b in zip(axis, other))
                axis = [a - along * b for a, b in zip(axis, other)]
            length = math.hypot(*axis)
            axis = [a / length for a in axis]
        axes.append(axis)
    return mean, axes


def project(points: Sequence[Point], count: int) -> tuple[Matrix, Matrix]:
    """PCA's codes [N, count] and reconstructions [N, width]."""
    mean, axes = principal_axes(points, count)
    codes = [[math.fsum((x - m) * a for x, m, a in zip(point, mean, axis)) for axis in axes] for point in points]
    decoded = [[m + math.fsum(c * axis[i] for c, axis in zip(code, axes)) for i, m in enumerate(mean)]
               for code in codes]
    return codes, decoded


def error(points: Sequence[Point], decoded: Sequence[Point]) -> float:
    """Squared error, summed over coordinates, mean over points."""
    return math.fsum((a - b) ** 2 for p, d in zip(points, decoded) for a, b in zip(p, d)) / len(points)


def curve_in_the_plane(commands: Commands) -> Item:
    points = made_data.arc(800)
    data = commands.folder / "data" / "arc.csv"
    write_csv(data, points, ["x", "y"])
    config = commands.config("arc", {
        "data": {"train": {"path": str(data)}},
        "model": {"encoder": {"type": "mlp", "hidden": [32, 16], "activation": "tanh"}, "latent_dim": 1},
        "optimizer": {"type": "adam", "learning_rate": 0.005},
        "training": {"epochs": commands.epochs(400, 200), "batch_size": 32}})
    run = commands.train("arc", config, inputs=[data])
    decoded = read_csv(commands.encode(run, data, "arc", reconstruction=".csv"))
    codes = [row[0] for row in read_npy(commands.folder / "files" / "arc.npy")]
    pca_codes, pca = project(points, 1)
    alt = "Points along an arc in grey, with reconstructions from one number"
    drawing = scatter([
        Panel("PCA, one component", pca, by_value([code[0] for code in pca_codes]), points, size=4),
        Panel("autoencoder, one latent", decoded, by_value(codes), points, size=4)], alt)
    return Item(
        "PCA and an autoencoder in the plane",
        "One number for each point: PCA can only place it on a straight line, an autoencoder on a curve.",
        [figure(drawing, f"Colour: the one number. Squared error {error(points, pca):.3f} by PCA, "
                         f"{error(points, decoded):.3f} by the autoencoder, on the points they were fitted to.")])


def curved_surface(commands: Commands) -> Item:
    points, turns = made_data.roll(2000)
    data = commands.folder / "data" / "roll.csv"
    write_csv(data, points, ["x", "y", "z"])
    config = commands.config("roll", {
        "data": {"train": {"path": str(data)}},
        "model": {"encoder": {"type": "mlp", "hidden": [64, 64], "activation": "tanh"}, "latent_dim": 2},
        "optimizer": {"type": "adam", "learning_rate": 0.003, "schedule": "cosine"},
        "training": {"epochs": commands.epochs(400, 150), "batch_size": 50}})
    run = commands.train("roll", config, inputs=[data])
    decoded = read_csv(commands.encode(run, data, "roll", reconstruction=".csv"))
    codes = read_npy(commands.folder / "files" / "roll.npy")
    pca_codes, pca = project(points, 2)
    colours = by_value(turns)
    drawing = scatter([
        Panel("the points, in space", [oblique(p) for p in points], colours, foot=False),
        Panel("PCA: codes", pca_codes, colours),
        Panel("autoencoder: codes", codes, colours),
        Panel("autoencoder: reconstructions", [oblique(p) for p in decoded], colours, foot=False)],
        "Points of a rolled sheet, coloured by their place along it")
    return Item(
        "PCA and an autoencoder on a curved surface",
        "A rolled sheet in two numbers: PCA presses its layers onto each other, an autoencoder bends with it.",
        [figure(drawing, f"Colour: the place along the sheet, which no model was told. Squared error "
                         f"{error(points, pca):.3f} by PCA, {error(points, decoded):.3f} by the autoencoder, on the "
                         "points they were fitted to. The codes need not be a neat rectangle: nothing asks for it.")])


def three_two_three(commands: Commands) -> Item:
    data = ROOT / "data" / "points" / "points.csv"
    if not data.exists():
        commands.make_data("points", data.parent, data.name)
    run = commands.train("points-3-2-3", ROOT / "configs" / "points_3_2_3.json")
    decoded = read_csv(commands.encode(run, data, "points", reconstruction=".csv"))
    codes = read_npy(commands.folder / "files" / "points.npy")
    points = read_csv(data)
    colours = by_value([point[0] for point in points])
    drawing = scatter([
        Panel("the points, in space", [oblique(p) for p in points], colours, foot=False),
        Panel("codes: two sigmoid units", codes, colours),
        Panel("reconstructions", [oblique(p) for p in decoded], colours, foot=False)],
        "Points of a saddle-shaped sheet, coloured by x")
    _, pca = project(points, 2)
    return Item(
        "3 to 2 to 3 with sigmoid units",
        "The smallest autoencoder: three numbers in, two sigmoid units between, three numbers out.",
        [figure(drawing, f"Colour: x. Squared error {error(points, decoded):.4f}, of PCA with two components "
                         f"{error(points, pca):.4f}, over all points, of which a fifth was held out from training: "
                         "with one layer to each side, the surface hardly bends.")])


def capacity(commands: Commands) -> Item:
    noise = commands.folder / "data" / "noise.csv"
    header = (ROOT / "data" / "digits" / "digits.csv").read_text().split("\n", 1)[0].split(",")[:64]
    rows = made_data.noise_rows(12, 64, 16)
    write_csv(noise, rows, header)
    groups, lines = [], [[grey_levels(row, 16) for row in rows]]
    for latents in (8, 64):
        name = f"digits-{latents}"
        config = commands.config(name, {
            "data": {"train": {"path": "data/digits/digits.csv", "labels": "label"}, "scale": 16,
                     "shape": [1, 8, 8], "validation": {"fraction": 0.2}},
            "model": {"encoder": "linear", "latent_dim": latents},
            "optimizer": {"type": "adam", "learning_rate": 0.005},
            "training": {"epochs": commands.epochs(300, 150), "batch_size": 64}})
        run = commands.train(name, config)
        metrics = commands.evaluate(run, f"{name}-capacity", "--only", "capacity")
        found = metrics["parts"]["capacity"]["variance_explained"]
        groups.append((f"{latents} latents for 64 pixels", [
            ("digits, held out", found["data"]), ("shuffled pixels", found["shuffled_features"]),
            ("Gaussian noise", found["gaussian_noise"])]))
        decoded = read_npy(commands.encode(run, noise, f"noise-{latents}", reconstruction=".npy"))
        lines.append([grey_levels(row, 16) for row in decoded])
    grid = commands.folder / "files" / "noise.png"
    write_grid(grid, lines, 8, scale=5)
    return Item(
        "Too much capacity: the autoencoder copies",
        "With as many latents as pixels the model reconstructs noise as well as digits: it has learnt to copy, and "
        "nothing about digits.",
        [figure(bars(groups, "Variance explained of digits, shuffled digits and noise, for 8 and for 64 latents"),
                "Variance explained, in percent; a model that knows digits is good at digits alone."),
         picture(grid, "Random pixels, and their reconstructions from 8 and from 64 latents",
                 "From above: random pixels; what 8 latents make of them; what 64 latents make of them.")])
