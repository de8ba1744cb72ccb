#!/usr/bin/env python3
"""Plots the results of speed.py: medians as bars, or curves as lines. Needs matplotlib."""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

COLOURS = {"ae": "#d1495b", "jax": "#30638e", "pytorch": "#edae49", "compile": "#b5843a", "keras": "#5b8e7d",
           "products": "#9a9a9a", "products-xla": "#c4c4c4"}
NAMES = {"jax": "JAX", "pytorch": "PyTorch", "compile": "torch.compile", "keras": "Keras",
         "products": "products alone", "products-xla": "products alone, XLA"}


def bars(axes: Axes, result: dict[str, Any], most: int) -> None:
    """Medians as bars, with ae's speed-up beside each peer; `most` is the number of bars in the fullest panel."""
    rates = result["samples_per_second"]
    largest = max(rate["max"] for rate in rates.values())
    for position, (program, rate) in enumerate(rates.items()):
        middle = rate["median"]
        axes.barh(position, middle, color=COLOURS[program], xerr=[[middle - rate["min"]], [rate["max"] - middle]],
                  error_kw={"ecolor": "#444444", "elinewidth": 1})
        ratio = result["ratios"].get(program)
        text = f"{middle:,.0f}" + (f"   ae {ratio['median']:.{0 if ratio['median'] > 20 else 2}f}×" if ratio else "")
        axes.text(rate["max"] + 0.02 * largest, position, text, va="center", fontsize=9)
    axes.set_yticks(range(len(rates)), [NAMES.get(program, program) for program in rates])
    axes.set_ylim(most - 0.5, -0.5)
    axes.set_xlim(0, 1.45 * largest)
    axes.set_xticks([])
    axes.set_title(result["title"] + ("" if result["results"]["agree"] else " (RESULTS DIFFER)"), fontsize=10,
                   loc="left")
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def draw_table(workloads: dict[str, Any], path: Path) -> None:
    columns = min(2, len(workloads))
    rows = -(-len(workloads) // columns)
    figure, panels = plt.subplots(rows, columns, figsize=(6 * columns, 1.7 * rows + 0.7), squeeze=False)
    most = max(len(result["samples_per_second"]) for result in workloads.values())
    for axes, result in zip(panels.flat, workloads.values()):
        bars(axes, result, most)
    for axes in list(panels.flat)[len(workloads):]:
        axes.set_visible(False)
    machine = next(iter(workloads.values()))["measured"]
    separator = "; " if columns > 1 else "\n"
    figure.suptitle(f"samples per second, median (least to most) of the rounds{separator}{machine['cpu']}, "
                    f"{machine['threads']} threads", fontsize=11)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def draw_curves(curves: dict[str, Any], path: Path) -> None:
    figure, panels = plt.subplots(1, len(curves), figsize=(4.2 * len(curves), 3.6), squeeze=False)
    for axes, (axis, programs) in zip(panels.flat, curves.items()):
        for program, values in programs.items():
            axes.plot([int(value) for value in values], list(values.values()), marker="o", color=COLOURS[program],
                      label=NAMES.get(program, program))
        if axis != "threads":
            axes.set_xscale("log", base=2)
        ticks = [int(value) for value in next(iter(programs.values()))]
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        if axis == "width":
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        axes.set_xlabel(axis)
        axes.set_ylabel("samples/s")
        axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: chart.py RESULT.json CHART.png")
    result = json.loads(Path(sys.argv[1]).read_text())
    if "curves" in result:
        draw_curves(result["curves"], Path(sys.argv[2]))
    else:
        draw_table(result["workloads"], Path(sys.argv[2]))


if __name__ == "__main__":
    main()
