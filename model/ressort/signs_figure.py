"""The sign table as a figure: one mark a cell, told apart by shape as well as colour."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ressort import __version__
from ressort.figures import GREY, STYLE
from ressort.signs import Declared
from ressort.signs_table import Entry
from ressort.signs_words import SignWords

# Okabe and Ito (2008): blue and vermilion differ in grey too, and the shapes do without colour.
MARKS: Final = {"+": ("^", "#0072B2"), "-": ("v", "#D55E00"), "0": ("s", "#999999")}
UNKNOWN: Final = ("o", "none")


def draw(cells: Sequence[Entry], table: Declared, place: str, words: SignWords) -> Figure:
    """Draw the signs found for all residents, with what was expected beside each."""
    total = [cell for cell in cells if cell.group == "total"]
    names = list(dict.fromkeys(cell.mechanism.name for cell in total))
    shocks = list(dict.fromkeys(cell.shock for cell in total))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.2, 1.9 + 0.27 * len(names)))
        low = 0.95 / (1.9 + 0.27 * len(names))
        axes = figure.add_axes((0.42, low, 0.56, 0.86 - low))
        for cell in total:
            _mark(axes, shocks.index(cell.shock), names.index(cell.mechanism.name), cell)
        axes.set_xlim(-0.5, len(shocks) - 0.5)
        axes.set_ylim(len(names) - 0.5, -0.5)
        titles = [table.shocks[s].title[words.language].replace(" ", "\n") for s in shocks]
        axes.set_xticks(range(len(shocks)), titles)
        axes.xaxis.tick_top()
        axes.set_yticks(range(len(names)), [_label(table, name, words) for name in names])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        _legend(axes, words)
        figure.text(0.02, 0.97, words("title"), weight="bold", va="top", fontsize=10.5)
        seeds = max((cell.needs.defined for cell in total), default=0)
        seeds = max([seeds, *(cell.output.defined for cell in total)])
        caption = textwrap.fill(words("caption", place, seeds, __version__), 120)
        figure.text(0.02, 0.02, caption, color=GREY, fontsize=7)
    return figure


def _mark(axes: Axes, x: int, y: int, cell: Entry) -> None:
    shape, colour = MARKS.get(cell.found, UNKNOWN)
    edge = GREY if colour == "none" else colour
    axes.plot(x - 0.12, y, shape, color=colour, markeredgecolor=edge, markersize=8)
    expected = {"open": "?", "-": "−"}.get(cell.expected, cell.expected)
    weight = "bold" if cell.verdict == "deviates" else "normal"
    mark = f"{expected} ×" if cell.verdict == "deviates" else expected
    axes.text(x + 0.08, y, mark, va="center", fontsize=8, weight=weight)


def _label(table: Declared, name: str, words: SignWords) -> str:
    mechanism = table.mechanisms[name]
    title = textwrap.shorten(mechanism.arm.title[words.language], 42, placeholder="…")
    return f"{title}  {mechanism.of}".rstrip()


def _legend(axes: Axes, words: SignWords) -> None:
    for sign, (shape, colour) in {**MARKS, "?": UNKNOWN}.items():
        edge = GREY if colour == "none" else colour
        label = words(f"legend {sign}")
        axes.plot([], [], shape, color=colour, markeredgecolor=edge, label=label, linestyle="")
    axes.plot([], [], linestyle="", marker="$×$", color="black", label=words("legend x"))
    axes.legend(
        loc="upper right", bbox_to_anchor=(1.0, -0.02), ncols=5, frameon=False, fontsize=7.5,
        handletextpad=0.1, columnspacing=1.0,
    )  # fmt: skip


def save(figure: Figure, file: Path) -> None:
    """Write the figure as PNG."""
    with mpl.rc_context(STYLE):
        figure.savefig(file, dpi=160, metadata={"Software": None})
