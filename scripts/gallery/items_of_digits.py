"""Items on autoencoders of MNIST that are not VAEs."""

import made_data
from commands import ROOT, Commands
from drawing import Panel, scatter
from files import Image, grey_levels, read_csv, read_idx, read_npy, write_csv, write_grid, write_images
from items_of_vaes import SHOWN, digit_data, label_names, labels_of_test_rows, plane
from page import Item, figure, picture, table

SIDE = 28
Lines = list[list[Image]]


def sparse_features(commands: Commands) -> Item:
    patches = commands.make_data("patches", commands.folder / "data", "patches.npy", "--mnist",
                                 commands.text(commands.mnist("train-images-idx3").parent))
    run = commands.train("patches-sparse", ROOT / "configs" / "patches_sparse.json",
                         [f"data.train.path={commands.text(patches)}"], inputs=[patches])
    units = commands.folder / "data" / "units.csv"
    write_csv(units, [[float(i == j) for j in range(50)] for i in range(50)])
    atoms = read_npy(commands.sample(run, "atoms.npy", "--codes", commands.text(units), inputs=[units]))
    images = [grey_levels(atom) for atom in atoms]
    grid = commands.folder / "files" / "atoms.png"
    write_grid(grid, [images[i:i + 10] for i in range(0, 50, 10)], 10, scale=6)
    found = commands.evaluate(run, "patches-sparse", "--only", "sparse")
    errors = f"variance explained {100 * found['model']['variance_explained']:.0f} %"
    return Item(
        "Sparse features",
        "Where few units may be active at once, each learns a piece of a stroke from which patches of digits are put "
        "together.",
        [picture(grid, "50 patches with bright and dark strokes and edges",
                 f"What each of 50 units decodes to when it alone is active; on held-out patches, {errors}.")])


def denoising(commands: Commands) -> Item:
    clean = read_idx(commands.mnist("t10k-images-idx3"), 14)
    noisy = made_data.noisy(clean, 0.5)
    data = commands.folder / "data" / "noisy.npy"
    write_images(data, noisy, SIDE)
    run = commands.train("mnist-denoising", ROOT / "configs" / "mnist_denoising.json",
                         [f"training.epochs={commands.epochs(6, 2)}"])
    decoded = read_npy(commands.encode(run, data, "denoised", reconstruction=".npy"))
    grid = commands.folder / "files" / "denoising.png"
    write_grid(grid, [noisy, [grey_levels(row) for row in decoded], clean], SIDE, scale=2)
    return Item(
        "Noisy, denoised, clean",
        "Trained to give back the clean digit for a noisy one, the model has to know what digits look like.",
        [picture(grid, "Noisy digits, the same denoised, and the clean ones",
                 "Test digits, from above: with Gaussian noise of half the grey scale, denoised, clean.")])


def gaps(commands: Commands) -> Item:
    config = commands.config("mnist-2d", {
        "data": digit_data(),
        "model": {"encoder": {"type": "mlp", "hidden": [256, 64]}, "latent_dim": 2},
        "objective": {"reconstruction": "bernoulli"},
        "training": {"epochs": commands.epochs(10, 3), "batch_size": 128}})
    run = commands.train("mnist-2d", config)
    codes = read_npy(run / "latents" / "test.npy")
    metrics = [commands.evaluate(each, f"{each.name}-gaps", "--only", "latent_space")
               for each in (run, plane(commands))]
    found, of_vae = (each["parts"]["latent_space"]["gaps"] for each in metrics)
    bounds = [(min(code[axis] for code in codes), max(code[axis] for code in codes)) for axis in (0, 1)]
    side = 15
    steps = [[low + (high - low) * i / (side - 1) for i in range(side)] for low, high in bounds]
    places = commands.folder / "data" / "places.csv"
    write_csv(places, [[x, y] for y in reversed(steps[1]) for x in steps[0]])
    decoded = read_npy(commands.sample(run, "places.npy", "--codes", commands.text(places), inputs=[places]))
    images = [grey_levels(row) for row in decoded]
    grid = commands.folder / "files" / "places.png"
    write_grid(grid, [images[i:i + side] for i in range(0, len(images), side)], SIDE)
    drawing = scatter([Panel("codes of test digits", codes[:SHOWN], labels_of_test_rows(commands),
                             names=label_names(), size=3.5)],
                      "Codes of test digits in two latents, coloured by digit")
    return Item(
        "Gaps in the latent space of a plain autoencoder",
        "Nothing asks the codes of a plain autoencoder to fill the plane: places between them were never decoded in "
        "training, and some of them give strokes of no digit.",
        [figure(drawing, f"{SHOWN:,} test digits, coloured by digit. Of 2,000 points drawn in the box of the training "
                         f"codes, {100 * found['share_outside']:.0f} % decode to pictures that encode farther away "
                         "than neighbouring codes lie (share_outside of ae-eval), at the median "
                         f"{found['median_ratio']:.0f} times as far. Of points drawn from the prior of the VAE in the "
                         f"next item: {100 * of_vae['share_outside']:.0f} %, {of_vae['median_ratio']:.0f} times; so "
                         "compare distances rather than shares."),
         picture(grid, "A grid of decoded pictures, some of them digits, others shapeless",
                 "Equal steps over the box of the same codes, decoded.")])


def wide_model(commands: Commands) -> tuple[str, dict[str, object]]:
    return "mnist-500-30", {
        "data": digit_data(),
        "model": {"encoder": {"type": "mlp", "hidden": [500]}, "latent_dim": 30},
        "objective": {"reconstruction": "mse"},
        "training": {"epochs": commands.epochs(12, 4), "batch_size": 128}}


def wide_encoder(commands: Commands) -> Item:
    name, settings = wide_model(commands)
    run = commands.train(name, commands.config(name, settings))
    linear = commands.train("mnist-linear-30d", ROOT / "configs" / "mnist_linear_30d.json",
                            [f"training.epochs={commands.epochs(60, 40)}"])
    rows = read_idx(commands.mnist("t10k-images-idx3"), 14)
    data = commands.folder / "data" / "test.npy"
    write_images(data, rows, SIDE)
    lines: Lines = [rows]
    for each in (run, linear):
        decoded = read_npy(commands.encode(each, data, f"{each.name}-test", reconstruction=".npy"))
        lines.append([grey_levels(row) for row in decoded])
    grid = commands.folder / "files" / "wide.png"
    write_grid(grid, lines, SIDE, scale=2)
    found = [commands.evaluate(each, each.name, "--only", "reconstruction") for each in (run, linear)]
    figures = [("784-500-30-500-784", found[0]["model"]), ("linear, 784-30-784", found[1]["model"]),
               ("PCA, 30 components", found[0]["pca"])]
    return Item(
        "784 to 500 to 30 numbers",
        "With a wide layer before its 30 numbers an autoencoder keeps more of a digit than PCA does in as many, whose "
        "error a linear autoencoder approaches.",
        [picture(grid, "Test digits and their reconstructions from 30 numbers by two autoencoders",
                 "From above: test digits; by 784-500-30-500-784; by the linear autoencoder."),
         table(["30 numbers for a digit", "squared error", "variance explained"],
               [[label, f"{each['squared_error']:.2f}", f"{100 * each['variance_explained']:.1f} %"]
                for label, each in figures], "All 10,000 test digits; squared error summed over pixels.")])


def other_data(commands: Commands) -> Item:
    name, settings = wide_model(commands)
    run = commands.train(name, commands.config(name, settings))
    digits = read_idx(commands.mnist("t10k-images-idx3"), 500)
    small = [row[:64] for row in read_csv(ROOT / "data" / "digits" / "digits.csv")[:500]]
    kinds = [("test digits", digits), ("digits of other writers, 8×8, enlarged", made_data.enlarged(small)),
             ("inverted digits", made_data.inverted(digits)), ("smooth textures", made_data.textures(500))]
    lines: Lines = []
    rows = []
    for i, (kind, images) in enumerate(kinds):
        data = commands.folder / "data" / f"other-{i}.npy"
        write_images(data, images, SIDE)
        found = commands.evaluate(run, f"other-{i}", "--data", commands.text(data), "--only", "reconstruction",
                                  inputs=[data])
        rows.append([kind, *(f"{found[key]['squared_error']:.1f}" for key in ("model", "pca", "mean_predictor"))])
        decoded = read_npy(commands.encode(run, data, f"other-{i}", reconstruction=".npy"))
        lines += [images[:14], [grey_levels(row) for row in decoded[:14]]]
    grid = commands.folder / "files" / "other.png"
    write_grid(grid, lines, SIDE, scale=2)
    return Item(
        "A model of digits compresses something else",
        "A learnt code is short because it knows its data: the same 30 numbers that hold a digit lose what is not one.",
        [picture(grid, "Four kinds of pictures, each above its reconstructions",
                 f"From above, each kind and below it what is decoded: {'; '.join(kind for kind, _ in kinds)}."),
         table(["squared error", "784-500-30", "PCA, 30", "mean digit"], rows,
               "500 pictures of each kind, squared error summed over pixels; PCA and mean of the training digits. "
               "Where PCA's error is the lower one, what the model has learnt of digits does harm.")])
