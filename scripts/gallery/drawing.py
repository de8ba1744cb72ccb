"""Drawings as inline SVG: panels of points, in the page's own colours, and bars."""

import html
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

SIDE, HEAD, FOOT = 300, 26, 20  # of a panel, in units of the drawing
# Anchors of a scale that is readable on white and on black: blue, teal, yellow-green, orange, red.
ANCHORS = [(59, 76, 192), (20, 150, 170), (110, 170, 40), (235, 150, 30), (205, 50, 60)]
STEPS = 24
Point = Sequence[float]


def scale_colour(share: float) -> str:
    place = min(max(share, 0.0), 1.0) * (len(ANCHORS) - 1)
    low = min(int(place), len(ANCHORS) - 2)
    part = place - low
    return "#" + "".join(f"{round(a + part * (b - a)):02x}" for a, b in zip(ANCHORS[low], ANCHORS[low + 1]))


@dataclass
class Panel:
    """Points of one scatter plot. `colours` has a class of CSS or a colour for each point."""
    title: str
    points: Sequence[Point]
    colours: Sequence[str]
    behind: Sequence[Point] = ()  # drawn first, in grey
    names: dict[str, str] = field(default_factory=dict)  # text at the median of a colour's points
    size: float = 3
    foot: bool = True  # the ranges of both axes, below


def by_value(values: Sequence[float]) -> list[str]:
    low, high = min(values), max(values)
    return [scale_colour(math.floor((value - low) / ((high - low) or 1) * STEPS) / STEPS) for value in values]


def by_label(labels: Sequence[float]) -> list[str]:
    return [f"label{int(label)}" for label in labels]


def oblique(point: Point) -> tuple[float, float]:
    """A view of a point in space (x to the right, y into the picture, z up)."""
    x, y, z = point[:3]
    return x + 0.45 * y, z + 0.35 * y


def _paint(colour: str) -> str:
    return f'stroke="{colour}"' if colour.startswith("#") else f'class="{colour}"'


def _panel(panel: Panel) -> str:
    everything = [*panel.points, *panel.behind]
    lows = [min(point[axis] for point in everything) for axis in (0, 1)]
    highs = [max(point[axis] for point in everything) for axis in (0, 1)]
    reach = max(high - low for low, high in zip(lows, highs)) or 1.0  # equal units on both axes
    middle = [(low + high) / 2 for low, high in zip(lows, highs)]

    def place(point: Point) -> tuple[float, float]:
        span = SIDE - 20
        return (SIDE / 2 + (point[0] - middle[0]) / reach * span,
                HEAD + SIDE / 2 - (point[1] - middle[1]) / reach * span)

    def dots(points: Sequence[Point], paint: str) -> str:
        path = "".join("M{:.1f} {:.1f}h0".format(*place(point)) for point in points)
        return f'<path d="{path}" {paint} stroke-width="{panel.size}"/>' if path else ""

    parts = [f'<text x="2" y="18" class="head">{html.escape(panel.title)}</text>',
             f'<rect x="0" y="{HEAD}" width="{SIDE}" height="{SIDE}" class="frame"/>',
             dots(panel.behind, 'class="behind"')]
    for colour in dict.fromkeys(panel.colours):
        parts.append(dots([p for p, c in zip(panel.points, panel.colours) if c == colour], _paint(colour)))
    for colour, name in panel.names.items():
        own = [p for p, c in zip(panel.points, panel.colours) if c == colour]
        if own:
            x, y = place([statistics.median(p[axis] for p in own) for axis in (0, 1)])
            parts.append(f'<text x="{x:.1f}" y="{y + 6:.1f}" class="name">{html.escape(name)}</text>')
    if panel.foot:
        ranges = " · ".join(f"{low:.2g} to {high:.2g}" for low, high in zip(lows, highs))
        parts.append(f'<text x="2" y="{HEAD + SIDE + 15}" class="foot">{ranges}</text>')
    return "".join(parts)


def scatter(panels: Sequence[Panel], alt: str) -> str:
    """One drawing for each panel, so that a narrow page stacks them."""
    drawings = []
    for panel in panels:
        label = html.escape(f"{alt}: {panel.title}", quote=True)
        drawings.append(f'<svg viewBox="-1 0 {SIDE + 2} {HEAD + SIDE + FOOT}" role="img" aria-label="{label}">'
                        f"{_panel(panel)}</svg>")
    return f'<div class="panels">{"".join(drawings)}</div>'


def bars(groups: Sequence[tuple[str, Sequence[tuple[str, float]]]], alt: str) -> str:
    """Horizontal bars of shares in percent, negative ones drawn as 0, in groups with a heading."""
    parts, y = [], 0
    for heading, lines in groups:
        y += 24
        parts.append(f'<text x="0" y="{y - 6}" class="head">{html.escape(heading)}</text>')
        for i, (name, share) in enumerate(lines):
            width = 200 * min(max(share, 0.0), 1.0)
            parts.append(f'<text x="0" y="{y + 13}" class="foot">{html.escape(name)}</text>'
                         f'<rect x="130" y="{y + 2}" width="{width:.1f}" height="14" class="bar{i}"/>'
                         f'<text x="{136 + width:.1f}" y="{y + 13}" class="foot">{100 * share:.1f} %</text>')
            y += 20
    label = html.escape(alt, quote=True)
    return f'<svg class="bars" viewBox="0 0 400 {y + 4}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
