"""The figure of a run: needs and output by day in both arms, and what the SCIC changed.

Colours are two of Okabe and Ito's (2008), apart for colour-blind readers and in grey; lines are
labelled at their ends. The same result gives the same file, byte for byte.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from ressort import __version__
from ressort.branches import NEEDS
from ressort.summary import LEVEL, Summary, order_interval
from ressort.words import Words

Floats = NDArray[np.float64]

COLOURS: Final = {"with": "#0072B2", "without": "#D55E00"}
GREY: Final = "#555555"
PALE: Final = "#999999"  # bars that are no interval of 95 %
BAND: Final = (10, 90)  # percentiles of the seeds
COMPARED: Final = (
    "m3_depth",
    "m4_unmet_person_days",
    "m4_unmet_worst_tenth",
    "m6_days_to_recover",
    "m3_depth_output",
)
N_NEEDS_SHOWN: Final = 3
DAYS_BEFORE: Final = 10  # shown before the shock
LEAST_RANGE: Final = 0.95  # axes reach down to here at least, not to make much of nothing
LEAST_CHANGE: Final = 5.0  # percent, the same for differences
FAILING: Final = 0.95  # of normal: a need under it has begun to fail
STYLE: Final[dict[Any, Any]] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same everywhere
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "xtick.color": GREY,
    "ytick.color": GREY,
    "svg.hashsalt": "ressort",
}


def draw(daily: pd.DataFrame, summary: Summary, words: Words) -> Figure:
    """Draw the figure from the days of all runs (`results.daily_table`) and their summary."""
    daily = daily[daily["day"] >= 0]  # calm years have a table of their own
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 8))
        rows = figure.add_gridspec(
            2,
            1,
            height_ratios=(1.35, 1),
            left=0.055,
            right=0.985,
            top=0.86,
            bottom=0.15,
            hspace=0.4,
        )
        _head(figure, summary, words)
        above = rows[0].subgridspec(1, 2, width_ratios=(2.6, 1), wspace=0.42)
        _needs(figure.add_subplot(above[0]), daily, summary, words)
        _differences(figure.add_subplot(above[1]), summary, words)
        below = rows[1].subgridspec(1, 1 + N_NEEDS_SHOWN, wspace=0.28)
        output = figure.add_subplot(below[0])
        _series(output, _by_seed(daily, "output", relative=True), summary, words)
        output.set_title(words("output panel"))
        for k, need in enumerate(needs_to_show(daily), 1):
            axes = figure.add_subplot(below[k])
            _series(axes, _by_seed(daily, f"need_{need}"), summary, words)
            _zoom(axes, daily, summary)
            axes.set_title(words("need panel", words(need)))
        figure.text(
            0.055, 0.015, _caption(summary, words), fontsize=7.5, color=GREY, linespacing=1.5
        )
    return figure


def save(figure: Figure, folder: Path) -> None:
    """Write figure.png and figure.svg, without the date, so that files can be compared."""
    with mpl.rc_context(STYLE):
        figure.savefig(folder / "figure.png", dpi=110, pil_kwargs={"optimize": True})
        figure.savefig(folder / "figure.svg", metadata={"Date": None})


def needs_to_show(daily: pd.DataFrame) -> list[str]:
    """Return the needs that fail first without cooperation, in order, the deepest among them."""
    medians = {
        need: np.median(_by_seed(daily, f"need_{need}", relative=True)["without"], axis=0)
        for need in NEEDS
    }

    def rank(need: str) -> tuple[float, float]:
        low = medians[need] < FAILING
        return (float(low.argmax()) if low.any() else float("inf"), float(medians[need].min()))

    first = sorted(NEEDS, key=rank)[:N_NEEDS_SHOWN]
    deepest = min(NEEDS, key=lambda need: (float(medians[need].min()), need not in first))
    return first if deepest in first else [*first[:-1], deepest]


def _by_seed(daily: pd.DataFrame, name: str, relative: bool = False) -> dict[str, Floats]:
    """Return an indicator by arm, shape (seeds, days), over the reference run if `relative`."""
    series = {}
    for arm in COLOURS:
        shocked, reference = (
            daily[(daily["arm"] == arm) & (daily["run"] == kind)]
            .pivot(index="seed", columns="day", values=name)
            .to_numpy(float)
            for kind in ("shocked", "reference")
        )
        whole = np.ones_like(shocked)
        ratio = np.divide(shocked, reference, out=whole, where=reference > 0)
        series[arm] = ratio if relative else shocked
    return series


def _series(axes: Axes, series: dict[str, Floats], summary: Summary, words: Words) -> None:
    """Draw median and band of both arms over the shock's shade, from the shock's first day on."""
    if summary.end > summary.start:
        axes.axvspan(0, summary.end - summary.start, color="0.92", lw=0, zorder=0)
    axes.axhline(1.0, color="0.75", lw=0.7, zorder=1)
    days = np.arange(summary.days) - summary.start
    for arm, colour in COLOURS.items():
        low, high = np.percentile(series[arm], BAND, axis=0)
        axes.fill_between(days, low, high, color=colour, alpha=0.2, lw=0)
        # Dashes over the full line: both are seen where they are one.
        dashes = "-" if arm == "with" else (0, (4, 2.5))
        axes.plot(days, np.median(series[arm], axis=0), color=colour, lw=1.6, ls=dashes)
    lowest = min(LEAST_RANGE, *(float(v.min()) for v in series.values()))
    highest = max(1.0, max(float(v.max()) for v in series.values()))
    room = 0.04 * (highest - lowest)
    axes.set_xlim(-min(summary.start, DAYS_BEFORE), days[-1])
    axes.set_ylim(lowest - room if lowest > 0.5 else 0.0, highest + room)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.percent(value)))
    axes.set_xlabel(words("days"), color=GREY)


def _zoom(axes: Axes, daily: pd.DataFrame, summary: Summary) -> None:
    """End the axis of days some time after needs are met again in all seeds."""
    away = np.zeros(summary.days, dtype=bool)
    for values in _by_seed(daily, "essential", relative=True).values():
        away |= (np.abs(values - 1.0) > 0.01).any(axis=0)
    last = int(np.flatnonzero(away).max(initial=0)) - summary.start
    shock = summary.end - summary.start
    axes.set_xlim(right=min(summary.days - 1 - summary.start, 1.25 * max(last, shock) + 5))


def _needs(axes: Axes, daily: pd.DataFrame, summary: Summary, words: Words) -> None:
    """Draw the main panel: the need that is met worst."""
    _series(axes, _by_seed(daily, "essential"), summary, words)
    _zoom(axes, daily, summary)
    axes.set_title(words("needs panel"))
    if summary.end > summary.start:
        until = min(float(summary.end - summary.start), axes.get_xlim()[1])
        axes.text(
            until / 2, 0.88, words("shock"), color=GREY, ha="center",
            transform=axes.get_xaxis_transform(),
        )  # fmt: skip
    _label_ends(axes, words)


def _label_ends(axes: Axes, words: Words) -> None:
    """Name the lines in the right margin, one above the other in the order of their ends."""
    right = axes.get_xlim()[1]
    lines = dict(zip(COLOURS, axes.get_lines()[-2:], strict=True))
    ends = {a: float(np.interp(right, *np.asarray(line.get_data()))) for a, line in lines.items()}
    upper, lower = sorted(ends, key=lambda arm: (-ends[arm], arm == "without"))
    bottom, top = axes.get_ylim()
    middle = (ends[upper] + ends[lower]) / 2
    half = max(0.06 * (top - bottom), ends[upper] - ends[lower]) / 2
    for arm, y in ((upper, middle + half), (lower, middle - half)):
        axes.annotate(
            words(f"arm {arm}"),
            xy=(1.0, ends[arm]),
            xytext=(1.025, y),
            xycoords=("axes fraction", "data"),
            textcoords=("axes fraction", "data"),
            color=COLOURS[arm],
            fontweight="bold",
            va="center",
            arrowprops={"arrowstyle": "-", "color": COLOURS[arm], "lw": 0.8, "shrinkA": 1},
            annotation_clip=False,
        )


def _differences(axes: Axes, summary: Summary, words: Words) -> None:
    """Draw paired differences with their intervals, relative to the median without the SCIC."""
    axes.set_title("\n".join(textwrap.wrap(words("paired panel"), 28)))
    axes.axvline(0, color=GREY, lw=0.8)
    for row, name in enumerate(COMPARED):
        axes.text(
            0, row - 0.22, words(f"short {name}"), ha="left", va="bottom",
            transform=axes.get_yaxis_transform(), fontsize=8.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip
        base = summary.arms["without"][name].median
        gap = summary.difference[name]
        scaled = [_percent_of(v, base) for v in (gap.low, gap.median, gap.high)]
        if not np.isfinite(scaled).all():
            axes.text(
                0.5, row, words("unknown"), ha="center", va="center", color=GREY,
                transform=axes.get_yaxis_transform(),
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            )  # fmt: skip
            continue
        low, median, high = scaled
        colour = "black" if gap.confidence >= LEVEL else PALE
        axes.plot([low, high], [row, row], color=colour, lw=1.4, solid_capstyle="butt")
        axes.plot([median], [row], "o", color="black", ms=5)
    axes.set_ylim(len(COMPARED) - 0.5, -0.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    left, right = axes.get_xlim()
    axes.set_xlim(min(left, -LEAST_CHANGE), max(right, LEAST_CHANGE))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: words.percent(v / 100)))


def _percent_of(change: float, base: float) -> float:
    """Return a change in percent of its base; nothing lost and nothing changed is no change."""
    if base == 0:
        return 0.0 if change == 0 else float("nan")
    return 100 * change / base


def _head(figure: Figure, summary: Summary, words: Words) -> None:
    figure.text(0.055, 0.955, summary.title[words.language], fontsize=14, fontweight="bold")
    people = words.number(summary.population)
    name = summary.territory[words.language]
    text = words("place", name, people, summary.communes, words(summary.jobs))
    figure.text(0.055, 0.925, text, fontsize=9.5, color=GREY)


def _caption(summary: Summary, words: Words) -> str:
    count = len(summary.seeds)
    confidence = order_interval(count)[1]
    enough = confidence >= LEVEL
    text = words(
        "caption",
        count,
        words("bars", words.percent(confidence)) if enough else words("grey bars"),
        f"{summary.people_per_agent:g}",
        words(summary.jobs),
        summary.name,
        __version__,
    )
    return "\n".join(textwrap.wrap(text, 165))
