"""The page: one HTML file with its pictures inside, light or dark as the reader's system is."""

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

LIGHT = ["#1f77b4", "#e07000", "#2c9a2c", "#d02728", "#8a5cc0", "#8c564b", "#d95fb5", "#707070", "#9a9a10", "#109cb0"]
DARK = ["#5aa9e6", "#ff9d3f", "#5fd35f", "#ff6b6b", "#b794f0", "#c49a8c", "#f59bdc", "#b5b5b5", "#d6d64a", "#4fd6e8"]

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1c1e; --soft: #5c5c62; --line: #d4d4d8; --code: #f4f4f6;
  --behind: #c9c9cf; LIGHT }
@media (prefers-color-scheme: dark) {
  :root { --paper: #17181b; --ink: #ececef; --soft: #a5a5ad; --line: #3a3b40; --code: #212227; --behind: #4a4b52; DARK }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.2rem; margin: 0 0 .3rem; }
section { border-top: 1px solid var(--line); padding: 1.4rem 0 .8rem; }
section > p { margin: .2rem 0 .8rem; max-width: 46rem; }
nav ol { columns: 17rem; column-gap: 2.5rem; padding-left: 1.6rem; }
a { color: inherit; }
figure { margin: .8rem 0; }
figcaption, .note { color: var(--soft); font-size: .92rem; max-width: 46rem; }
img { display: block; max-width: 100%; height: auto; image-rendering: pixelated; }
img.strip { max-width: max(100%, 34rem); }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr)); gap: .8rem; }
.panels svg { width: 100%; max-width: 24rem; }
.bars { width: 100%; max-width: 34rem; }
svg path { fill: none; stroke-linecap: round; stroke-opacity: .75; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .head { font-size: 14px; font-weight: 600; }
svg .foot { fill: var(--soft); }
svg .name { font-size: 17px; font-weight: 700; text-anchor: middle; paint-order: stroke; stroke: var(--paper);
  stroke-width: 4px; }
svg .frame { fill: none; stroke: var(--line); }
svg .behind { stroke: var(--behind); }
.bar0 { fill: var(--label0); } .bar1 { fill: var(--label1); } .bar2 { fill: var(--label7); }
LABELS
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; }
td, th { padding: .2rem .8rem .2rem 0; text-align: right; border-bottom: 1px solid var(--line); }
td:first-child, th:first-child { text-align: left; }
details { margin: .4rem 0; }
summary { cursor: pointer; color: var(--soft); }
pre { background: var(--code); padding: .7rem; border-radius: .4rem; font-size: .82rem; line-height: 1.4;
  overflow-x: auto; }
"""


@dataclass
class Item:
    title: str
    point: str  # one sentence
    figures: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)


def figure(content: str, caption: str = "") -> str:
    below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{content}{below}</figure>"


def picture(path: Path, alt: str, caption: str = "") -> str:
    """A PNG file inside the page, at most as wide as it; a narrow page scrolls a strip instead."""
    content = path.read_bytes()
    width, height = (int.from_bytes(content[start:start + 4], "big") for start in (16, 20))
    strip = ' class="strip"' if width > 3 * height else ""
    image = (f'<img{strip} src="data:image/png;base64,{base64.b64encode(content).decode()}" '
             f'alt="{html.escape(alt, quote=True)}" style="width:{width}px">')
    return figure(f'<div class="scroll">{image}</div>', caption)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    return figure(f'<div class="scroll"><table>{line(header, "th")}{body}</table></div>', caption)


def page(items: Sequence[Item], notes: Sequence[str]) -> str:
    def colours(palette: Sequence[str]) -> str:
        return " ".join(f"--label{i}: {colour};" for i, colour in enumerate(palette))

    labels = "\n".join(f"svg .label{i} {{ stroke: var(--label{i}); }}" for i in range(len(LIGHT)))
    style = STYLE.replace("LIGHT", colours(LIGHT)).replace("DARK", colours(DARK)).replace("LABELS", labels)
    contents = "".join(f'<li><a href="#item{i}">{html.escape(item.title)}</a></li>'
                       for i, item in enumerate(items, 1))
    sections = []
    for i, item in enumerate(items, 1):
        commands = html.escape("\n".join(item.commands))
        sections.append(f'<section id="item{i}"><h2>{i}. {html.escape(item.title)}</h2>'
                        f"<p>{html.escape(item.point)}</p>{''.join(item.figures)}"
                        f"<details open><summary>Commands</summary><pre>{commands}</pre></details></section>")
    paragraphs = "".join(f'<p class="note">{html.escape(note)}</p>' for note in notes)
    return ('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>Autoencoders: a gallery</title><style>{style}</style></head><body>"
            f"<h1>Autoencoders: a gallery</h1>{paragraphs}<nav><ol>{contents}</ol></nav>"
            f"{''.join(sections)}</body></html>\n")
