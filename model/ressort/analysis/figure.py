"""Two small figures: paired differences with their convergence, and times that the horizon cuts.

Arms differ by line as well as colour (Okabe and Ito 2008), so that they are told apart in grey.
"""

from __future__ import annotations

import math
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
from ressort.analysis.analyse import Asked, Found
from ressort.analysis.bootstrap import Interval
from ressort.analysis.convergence import Convergence
from ressort.analysis.differences import Difference
from ressort.analysis.report import ALL_UNITS, MOST_ROWS, compared
from ressort.analysis.survival import Curve, Survival
from ressort.analysis.words import AnalysisWords
from ressort.figures import GREY, STYLE
from ressort.words import NARROW

LINES: Final = (("#0072B2", "-"), ("#D55E00", "--"))
DPI: Final = 130


def draw_differences(found: Found, words: AnalysisWords) -> Figure:
    """Draw the paired difference in all and by point, and how its interval narrows with draws.

    Means, or medians where censoring allows no mean.
    """
    result = found.results["differences"]
    shown = [
        result["in_all"],
        *(result["by_point"][:MOST_ROWS] if len(result["by_point"]) > 1 else []),
    ]
    steps: Convergence | None = found.results.get("convergence")
    height = 1.4 + 0.22 * max(len(shown), 5)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.2, height))
        low, high = 0.85 / height, 1 - 0.4 / height
        right = 0.62 if steps is not None else 0.97
        forest = figure.add_axes((0.13, low, right - 0.13, high - low))
        _forest(forest, shown, found.asked, words)
        if steps is not None:
            _widths(figure.add_axes((0.72, low, 0.26, high - low)), steps, words)
        _caption(figure, found, words)
    return figure


def _forest(axes: Axes, shown: Sequence[Difference], asked: Asked, words: AnalysisWords) -> None:
    has_mean = not math.isnan(shown[0].mean.value)
    found = [one.mean if has_mean else one.median for one in shown]
    numbers = [0.0, *(n for f in found for n in (f.value, f.low, f.high) if math.isfinite(n))]
    space = 0.06 * (max(numbers) - min(numbers)) or 1.0
    axes.set_xlim(min(numbers) - space, max(numbers) + space)
    for k, (one, interval) in enumerate(zip(shown, found, strict=True)):
        _mark(axes, interval, k, "D" if one.scenario_id is None else "o")
    axes.axvline(0.0, color=GREY, lw=0.8, zorder=0)
    names = [
        words("in all") if d.scenario_id is None else words("point", d.scenario_id) for d in shown
    ]
    axes.set_yticks(range(len(shown)), names)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    statistic = words("mean" if has_mean else "median")
    unit = words.unit(ALL_UNITS[asked.metric]) if asked.metric in ALL_UNITS else ""
    axes.set_xlabel(f"{statistic}, {unit}".rstrip(", "), color=GREY)
    axes.set_title(f"{asked.metric}  {compared(asked, words)}")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    _numbers(axes, words, "x")


def _mark(axes: Axes, found: Interval, y: int, shape: str) -> None:
    """Draw an estimate and its interval; an arrow says that it reaches beyond the horizon."""
    if not math.isnan(found.low):
        least, most = axes.get_xlim()
        ends = [min(max(end, least), most) for end in (found.low, found.high)]
        axes.plot(ends, [y, y], color="black", lw=1.1, solid_capstyle="butt")
        for end, place, arrow in zip((found.low, found.high), ends, ("<", ">"), strict=True):
            if math.isinf(end):
                axes.plot(place, y, arrow, color="black", markersize=5, clip_on=False)
    if math.isfinite(found.value):
        face = "black" if shape == "D" else "white"
        axes.plot(found.value, y, shape, color="black", markerfacecolor=face, markersize=5)


def _widths(axes: Axes, steps: Convergence, words: AnalysisWords) -> None:
    draws = np.array([step.draws for step in steps.steps])
    widths = [step.estimate.width for step in steps.steps]
    axes.plot(draws, widths, "o", color="black", markersize=4)
    fine = np.linspace(draws[0], draws[-1], 100)
    axes.plot(fine, steps.constant / np.sqrt(fine), "--", color=GREY, lw=1)
    axes.annotate(
        words("law line", words.number(steps.constant)), (0.98, 0.94), xycoords="axes fraction",
        ha="right", va="top", color=GREY, fontsize=8,
    )  # fmt: skip
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel(words("draws"), color=GREY)
    axes.set_title(words("width panel"))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    _numbers(axes, words, "y")


def draw_survival(found: Found, words: AnalysisWords) -> Figure:
    """Draw the share of runs still waiting by day, in both arms, with the interval of each."""
    result: Survival = found.results["survival"]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.6, 3.6))
        axes = figure.add_axes((0.1, 0.24, 0.7, 0.66))
        for curve, (colour, line) in zip(result.curves, LINES, strict=True):
            days = np.append(curve.days, result.horizon)
            low, high, waiting = (
                np.append(v, v[-1]) for v in (curve.low, curve.high, curve.waiting)
            )
            axes.fill_between(days, low, high, step="post", color=colour, alpha=0.18, lw=0)
            axes.step(days, waiting, where="post", color=colour, linestyle=line, lw=1.6)
        _labels(axes, result.curves, result.horizon)
        axes.set_xlim(0, result.horizon)
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter(lambda value, _: words.plain.percent(value))
        axes.set_xlabel(words("day axis"), color=GREY)
        axes.set_title(f"{result.metric}  {words('wait axis')}")
        _caption(figure, found, words, 84)
    return figure


def _labels(axes: Axes, curves: Sequence[Curve], horizon: float) -> None:
    """Name the curves at their ends, apart from each other."""
    heights = [float(curve.waiting[-1]) for curve in curves]
    gap = 0.07 - abs(heights[0] - heights[1])
    if gap > 0:
        upper = int(heights[1] >= heights[0])
        heights[upper] += gap / 2
        heights[1 - upper] -= gap / 2
    for curve, height, (colour, line) in zip(curves, heights, LINES, strict=True):
        axes.text(
            horizon * 1.02, height, f"{'- -' if line == '--' else '—'} {curve.arm}",
            color=colour, va="center", clip_on=False,
        )  # fmt: skip


def _numbers(axes: Axes, words: AnalysisWords, which: str) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    plain = FuncFormatter(lambda value, _: _tick(value, words))
    axis.set_major_formatter(plain)


def _tick(value: float, words: AnalysisWords) -> str:
    text = f"{value:,.6g}".replace("-", "−")
    return text.replace(",", NARROW).replace(".", ",") if words.language == "fr" else text


def _caption(figure: Figure, found: Found, words: AnalysisWords, width: int = 140) -> None:
    results = found.batch.results
    counts = f"{words('draws')} {results['draw'].nunique()}"
    text = words("figure", found.batch.name, found.asked.metric, counts, __version__)
    figure.text(0.02, 0.02, textwrap.fill(text, width), color=GREY, fontsize=7)


def save(figure: Figure, file: Path) -> None:
    """Write a figure as PNG, without the date, so that files can be compared."""
    with mpl.rc_context(STYLE):
        figure.savefig(file, dpi=DPI, metadata={"Software": None})
