"""Draws results.json as an SVG file: one panel per batch size and number of threads, a group of bars per model.

Bars are microseconds per call on a logarithmic scale; shorter is better. A tick marks the machine's bound for the model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from report import time_of

COLOURS = {"pytorch": "#e9c46a", "onnxruntime": "#9aa0a6", "openvino": "#5f8dd3", "motion": "#d1495b"}
LABEL, WIDTH, BAR, GAP, TOP, FOOT = 150, 360, 9, 8, 46, 26


class Panel:
    """One panel at a place of the page, with its own logarithmic scale."""

    def __init__(self, rows: Sequence[dict], colours: dict[str, str], left: float, top: float, title: str) -> None:
        self.rows = [row for row in rows if row.get("peers")]
        self.colours = colours
        self.left, self.top, self.title = left, top, title
        times = [value for row in self.rows for value in self._values(row)]
        self.low = 10 ** math.floor(math.log10(min(times, default=1)))
        self.high = 10 ** math.ceil(math.log10(max(times, default=10)) + 1e-9)

    def _values(self, row: dict) -> list[float]:
        return [value for peer in self.colours if (value := time_of(row, peer)) is not None]

    def x(self, value: float) -> float:
        """Place of a time on the scale; times left of the scale stand at its start."""
        part = math.log10(max(value, self.low) / self.low) / math.log10(self.high / self.low)
        return self.left + LABEL + WIDTH * part

    @property
    def height(self) -> float:
        """From the title to the numbers of the scale."""
        return TOP + len(self.rows) * (len(self.colours) * BAR + GAP) + FOOT

    def draw(self) -> list[str]:
        """The SVG elements."""
        parts = [text(self.left + LABEL, self.top + 18, self.title, size=14, weight="bold")]
        bottom = self.top + self.height - FOOT
        value = self.low
        while value <= self.high:
            x = self.x(value)
            parts.append(f'<line x1="{x:.1f}" y1="{self.top + TOP - 10}" x2="{x:.1f}" y2="{bottom:.1f}" stroke="#e3e3e3"/>')
            parts.append(text(x, bottom + 14, f"{value:g}", anchor="middle"))
            value *= 10
        y = self.top + TOP
        for row in self.rows:
            parts += self._group(row, y)
            y += len(self.colours) * BAR + GAP
        return parts

    def _group(self, row: dict, y: float) -> list[str]:
        parts = [text(self.left + LABEL - 8, y + len(self.colours) * BAR / 2 + 4, row["model"], anchor="end")]
        start = self.left + LABEL
        for index, (peer, colour) in enumerate(self.colours.items()):
            if (value := time_of(row, peer)) is not None:
                length = max(1.0, self.x(value) - start)
                parts.append(f'<rect x="{start}" y="{y + index * BAR:.1f}" width="{length:.1f}" height="{BAR - 1}" '
                             f'fill="{colour}"><title>{escape(peer)} {value:.4g} us</title></rect>')
        if row["bound_us"] > self.low:
            x = self.x(row["bound_us"])
            parts.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x:.1f}" y2="{y + len(self.colours) * BAR - 1:.1f}" stroke="#000"/>')
        return parts


def text(x: float, y: float, words: str, size: int = 11, anchor: str = "start", weight: str = "normal") -> str:
    """A text element."""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>'


def legend(colours: dict[str, str], y: float) -> list[str]:
    """Names of the colours."""
    parts, x = [], float(LABEL)
    for peer, colour in colours.items():
        parts += [f'<rect x="{x}" y="{y - 9}" width="12" height="10" fill="{colour}"/>', text(x + 17, y, peer)]
        x += 110
    parts += [f'<line x1="{x}" y1="{y - 10}" x2="{x}" y2="{y + 2}" stroke="#000"/>', text(x + 7, y, "bound of the machine")]
    return parts


def write_plot(results: dict, path: Path) -> None:
    """Writes the plot of all timings."""
    kinds = sorted({(row["batch"], row["threads"]) for row in results["timings"]}, key=lambda kind: kind[::-1])
    colours = {peer: colour for peer, colour in COLOURS.items() if any(peer in row.get("peers", {}) for row in results["timings"])}
    columns = 2 if len(kinds) > 1 else 1
    parts = [text(LABEL, 24, f"Microseconds per call, {results['machine']['cpu']}", size=16, weight="bold"), *legend(colours, 44)]
    top, bottom = 56.0, 56.0
    for index, (batch, threads) in enumerate(kinds):
        rows = [row for row in results["timings"] if (row["batch"], row["threads"]) == (batch, threads)]
        column = index % columns
        top = bottom if column == 0 else top
        panel = Panel(rows, colours, column * (LABEL + WIDTH + 30.0), top, f"batch {batch}, {threads} thread{'s' * (threads > 1)}")
        parts += panel.draw()
        bottom = max(bottom, top + panel.height)
    width = max(columns * (LABEL + WIDTH + 30), LABEL + 110 * len(colours) + 150) # the legend may be wider than one panel
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{bottom:.0f}" font-family="sans-serif">'
    path.write_text("\n".join([head, f'<rect width="{width}" height="{bottom:.0f}" fill="#fff"/>', *parts, "</svg>"]) + "\n")
