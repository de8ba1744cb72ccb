"""Data that the gallery makes itself, with the random module: equal at every call."""

import math
import random
from collections.abc import Sequence

from files import Image

SIDE = 28


def arc(count: int) -> list[list[float]]:
    """Points [count, 2] near an arc of 225 degrees, in random order."""
    rng = random.Random(1)
    angles = [rng.uniform(-0.125, 1.125) * math.pi for _ in range(count)]
    return [[math.cos(a) + rng.gauss(0, 0.05), math.sin(a) + rng.gauss(0, 0.05)] for a in angles]


def roll(count: int) -> tuple[list[list[float]], list[float]]:
    """Points [count, 3] near a sheet that is rolled up, about as wide as high, and their places along it."""
    rng = random.Random(2)
    turns = [rng.uniform(1.2, 3.2) * math.pi for _ in range(count)]
    points = [[t * math.cos(t) / 10 + rng.gauss(0, 0.02), rng.uniform(-1, 1), t * math.sin(t) / 10 + rng.gauss(0, 0.02)]
              for t in turns]
    return points, turns


def noise_rows(count: int, width: int, highest: int) -> list[list[float]]:
    """Independent values from 0 to `highest`, which no code can summarise."""
    rng = random.Random(3)
    return [[rng.randint(0, highest) for _ in range(width)] for _ in range(count)]


def noisy(images: Sequence[Image], spread: float) -> list[Image]:
    """Gaussian noise, `spread` in units of the grey scale, clipped as the option clip of the corruption does."""
    rng = random.Random(4)
    return [bytes(min(255, max(0, round(value + rng.gauss(0, 255 * spread)))) for value in image) for image in images]


def inverted(images: Sequence[Image]) -> list[Image]:
    return [bytes(255 - value for value in image) for image in images]


def enlarged(rows: Sequence[Sequence[float]]) -> list[Image]:
    """Digits of 8x8 values from 0 to 16, bilinear to 20x20 in the middle of 28x28, as MNIST's digits lie."""
    images = []
    for row in rows:
        image = bytearray(SIDE * SIDE)
        for y in range(20):
            for x in range(20):
                top, left = (min(max((place + 0.5) * 8 / 20 - 0.5, 0), 6.999) for place in (y, x))
                i, j, down, right = int(top), int(left), top % 1, left % 1
                upper = row[8 * i + j] * (1 - right) + row[8 * i + j + 1] * right
                lower = row[8 * i + 8 + j] * (1 - right) + row[8 * i + 9 + j] * right
                image[(y + 4) * SIDE + x + 4] = round((upper * (1 - down) + lower * down) * 255 / 16)
        images.append(bytes(image))
    return images


def textures(count: int) -> list[Image]:
    """Smooth random surfaces: sums of waves, the longer ones higher, as in natural pictures."""
    rng = random.Random(5)
    images = []
    for _ in range(count):
        surface = [0.0] * (SIDE * SIDE)
        for _ in range(12):
            right, down = rng.uniform(-4, 4), rng.uniform(-4, 4)
            height, phase = 1 / (0.6 + math.hypot(right, down)), rng.uniform(0, 2 * math.pi)
            for place in range(SIDE * SIDE):
                y, x = divmod(place, SIDE)
                surface[place] += height * math.sin(2 * math.pi * (right * x + down * y) / SIDE + phase)
        low, high = min(surface), max(surface)
        images.append(bytes(round((value - low) / (high - low) * 255) for value in surface))
    return images
