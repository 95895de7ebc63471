"""The dose curve as a figure: unmet need by group and value added, one column a line of doses."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ressort import __version__
from ressort.arms import MEASURED
from ressort.doses import EUSKO, LINES
from ressort.doses_table import Point, percent
from ressort.doses_words import DoseWords
from ressort.figures import GREY, STYLE
from ressort.words import Words

# By group: its word, colour (Okabe and Ito 2008), dashes and mark, so that grey is enough.
GROUPS: Final = {
    "others": ("others", "#888888", (0, (1, 1.5)), "s"),
    "members": ("members", "#D55E00", (0, (4, 2)), "^"),
    "total": ("all", "#0072B2", "-", "o"),
}
LEAST_RANGE: Final = 1.6  # margins that an axis reaches to at least, not to make much of nothing
LEAST_GAP: Final = 0.08  # of the axis between two doses that are named
SHOWN: Final = {"needs": ("others", "members", "total"), "output": ("total",)}


def draw(found: Sequence[Point], title: str, place: str, agents: float, words: DoseWords) -> Figure:
    """Draw all points; `place`: where, `agents`: households that an agent stands for."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 6.6))
        grid = figure.subplots(2, len(LINES), sharex=True, sharey="row", height_ratios=(1.5, 1))
        figure.subplots_adjust(
            left=0.075, right=0.98, top=0.815, bottom=0.165, hspace=0.16, wspace=0.1
        )
        for k, line in enumerate(LINES):
            of_line = [point for point in found if point.dose.line == line]
            for row, outcome in enumerate(MEASURED):
                _panel(grid[row, k], of_line, outcome, words)
            if line != "firms":  # its reach is that of people
                for axes in grid[:, k]:
                    axes.axvline(EUSKO, color="0.4", lw=0.8, ls=(0, (2, 2)), zorder=1)
            grid[0, k].set_title(_fixed(of_line, line, words))
            grid[1, k].set_xlabel(words(f"axis {line}"), color=GREY)
        _name_rows(grid[:, 0], words)
        _legend(figure, grid[0, 0], words)
        figure.text(0.075, 0.955, words("curve"), fontsize=13, fontweight="bold")
        figure.text(0.075, 0.925, title, fontsize=9.5, color=GREY)
        seeds = max(point.spreads["output", "total"].defined for point in found)
        caption = words("caption", place, seeds, f"{agents:g}", __version__)
        caption = "\n".join(textwrap.wrap(caption, 165))
        figure.text(0.075, 0.02, caption, fontsize=7.5, color=GREY, linespacing=1.4)
    return figure


def _fixed(of_line: Sequence[Point], line: str, words: DoseWords) -> str:
    dose = of_line[0].dose
    return words(line, percent(dose.adoption, words), percent(dose.firm_share, words))


def _panel(axes: Axes, of_line: Sequence[Point], outcome: str, words: DoseWords) -> None:
    """Draw one outcome along one line: margin, bands, medians."""
    margin = MEASURED[outcome][1]
    axes.axhspan(-margin, margin, color="0.93", lw=0, zorder=0)
    axes.axhline(0.0, color="0.6", lw=0.7, zorder=1)
    reach = 0.0
    for group in SHOWN[outcome]:
        _, colour, dashes, mark = GROUPS[group]
        shares = np.array([point.dose.share for point in of_line])
        medians = np.array([point.spreads[outcome, group].median for point in of_line])
        bands = np.array([point.bands[outcome, group] for point in of_line])
        medians[~np.isfinite(medians)] = np.nan  # nobody in the group, or nothing lacked
        axes.fill_between(shares, bands[:, 0], bands[:, 1], color=colour, alpha=0.18, lw=0)
        axes.plot(
            shares, medians, color=colour, ls=dashes, marker=mark, ms=4.5, lw=1.5, clip_on=False
        )
        reach = max(reach, float(np.nanmax(np.abs([0.0, *medians, *bands.ravel()]))))
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -LEAST_RANGE * margin), max(high, LEAST_RANGE * margin))
    _dose_axis(axes, [point.dose.share for point in of_line], words)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    numbers = Words(words.language)
    digits = 0 if outcome == "needs" and reach > margin else 1
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: numbers.percent(v, digits)))


def _dose_axis(axes: Axes, shares: Sequence[float], words: DoseWords) -> None:
    """Lay doses out by their square roots, so that small ones can be told apart."""
    axes.set_xscale("function", functions=(np.sqrt, np.square))
    axes.set_xlim(0.0, max(shares))
    named: list[float] = []
    for share in shares:
        if not named or np.sqrt(share) - np.sqrt(named[-1]) >= LEAST_GAP * np.sqrt(max(shares)):
            named.append(share)
    axes.set_xticks(named, [percent(share, words) for share in named])
    for label in axes.get_xticklabels():  # none in the upper row
        if label.get_position()[0] == named[-1]:
            label.set_horizontalalignment("right")  # so that neighbours do not meet
    axes.minorticks_off()


def _name_rows(column: Sequence[Axes], words: DoseWords) -> None:
    for axes, outcome in zip(column, MEASURED, strict=True):
        axes.set_ylabel(words(f"{outcome} panel"), fontweight="bold")
    column[0].annotate(
        words("reach mark"), (EUSKO, 1.0), (3, -2), xycoords=("data", "axes fraction"),
        textcoords="offset points", va="top", fontsize=8, color="0.3",
    )  # fmt: skip


def _legend(figure: Figure, axes: Axes, words: DoseWords) -> None:
    for group in reversed(GROUPS):
        word, colour, dashes, mark = GROUPS[group]
        axes.plot([], [], color=colour, ls=dashes, marker=mark, ms=4.5, lw=1.5, label=words(word))
    axes.fill_between([], [], [], color="0.88", lw=0, label=words("margin"))
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(0.07, 0.915), ncols=4, frameon=False,
        handlelength=3.0, columnspacing=1.6,
    )  # fmt: skip


def save(figure: Figure, folder: Path) -> None:
    """Write doses.png and doses.svg, without the date, so that files can be compared."""
    with mpl.rc_context(STYLE):
        figure.savefig(folder / "doses.png", dpi=110, pil_kwargs={"optimize": True})
        figure.savefig(folder / "doses.svg", metadata={"Date": None})
