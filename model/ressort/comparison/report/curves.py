"""Recovery curves by arm, with bands and the resilience triangle.

The triangle is the area between the run without the shock and that with it (Bruneau et al. 2003),
drawn for the reference arm, over the whole horizon whether needs are back or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from ressort import figures
from ressort.comparison.report.blocks import (
    COLOURS,
    DASHES,
    LINES,
    Drawing,
    Key,
    Panel,
    Section,
    Table,
)
from ressort.comparison.report.subject import Subject
from ressort.figures import BAND, GREY, LEAST_RANGE

Floats = NDArray[np.float64]

SIZE: Final = (3.3, 2.25)  # inches of a panel: a phone's width
STYLE: Final[dict[Any, Any]] = {
    **figures.STYLE,
    "svg.fonttype": "none",
    "font.size": 9,
    "hatch.linewidth": 0.5,
}
FRAME: Final = (0.16, 0.19, 0.8, 0.77)  # of the axes in a panel
BANDS: Final = 2  # arms that have a band: more would blur
BEFORE: Final = 5  # days shown before the shock
MOST_WITH_OUTPUT: Final = 4  # cells up to which output has curves too
MOST_LARGE: Final = 12  # cells up to which three panels stand side by side
TOLD: Final = (7, 30, 60, 90)  # days after the shock's start that the table tells


@dataclass(frozen=True)
class Curve:
    """An arm in a cell: quality by day (median, low, high); `days` from the shock's start."""

    arm: str
    days: Floats
    median: Floats
    low: Floats
    high: Floats

    def at(self, day: float) -> tuple[float, float, float]:
        """Return median, low and high of a day, NaN beyond the last."""
        if not self.days[0] <= day <= self.days[-1]:
            return (float("nan"),) * 3
        k = int(day - self.days[0])
        return float(self.median[k]), float(self.low[k]), float(self.high[k])


def quality(series: pd.DataFrame, arm: str, column: str) -> pd.DataFrame:
    """Return a series of an arm over its run without the shock: days by runs, shocked if raw."""
    of_arm = series[series["arm"] == arm]
    shocked, reference = (
        of_arm[of_arm["kind"] == kind].pivot(index="day", columns="run_id", values=column)
        for kind in ("shocked", "reference")
    )
    if reference.empty:
        return shocked.astype(float)
    ratio = np.divide(
        shocked.to_numpy(float),
        reference.to_numpy(float),
        out=np.ones(shocked.shape),
        where=reference.to_numpy(float) > 0.0,
    )
    return pd.DataFrame(ratio, shocked.index, shocked.columns)


def curve(series: pd.DataFrame, arm: str, column: str, start: int) -> Curve:
    """Return median and band of the quality of an arm."""
    table = quality(series, arm, column)
    low, median, high = np.percentile(table.to_numpy(float), (BAND[0], 50, BAND[1]), axis=1)
    return Curve(arm, table.index.to_numpy(float) - start, median, low, high)


def section(subject: Subject) -> Section:
    """Return the section of recovery curves."""
    say, evidence = subject.say, subject.evidence
    found = Section("curves", say("curves"))
    columns = evidence.columns.get("series", ())
    if "essential" not in columns:
        found.blocks.append(say("no series"))
        return found
    if not evidence.plan.kept.reference:
        found.blocks.append(say("curves note raw"))
    shown = ["essential"]
    if "output" in columns and len(subject.cells) <= MOST_WITH_OUTPUT:
        shown.append("output")
    found.blocks.extend(_drawing(subject, column) for column in shown)
    return found


def _drawing(subject: Subject, column: str) -> Drawing:
    say, evidence = subject.say, subject.evidence
    cells = {
        (territory, shock): _curves(subject, territory, shock, column)
        for territory, shock in subject.cells
    }
    panels = tuple(
        _panel(subject, cell, curves, f"{column}-{k}")
        for k, (cell, curves) in enumerate(cells.items())
    )
    keys = tuple(
        Key(subject.arm(arm), colour, dashes=dashes)
        for arm, colour, dashes in zip(subject.shown, COLOURS, DASHES, strict=False)
    )
    lost = subject.arm(evidence.reference or subject.shown[0])
    title = say("needs curve" if column == "essential" else "output curve")
    return Drawing(
        title,
        panels,
        keys,
        _table(subject, cells, column),
        say("curves note", lost) if column == "essential" else "",
        across(len(panels)),
    )


def across(count: int) -> int:
    """Return how many of so many panels stand side by side on paper."""
    if count <= 2:
        return 2
    return 4 if count == 4 or count > MOST_LARGE else 3


def _curves(subject: Subject, territory: str, shock: str, column: str) -> tuple[Curve, ...]:
    series = subject.evidence.series(territory, shock)
    start = int(subject.evidence.design["shocks"][shock]["start_day"])
    return tuple(curve(series, arm, column, start) for arm in subject.evidence.arms)


def _panel(subject: Subject, cell: tuple[str, str], curves: tuple[Curve, ...], name: str) -> Panel:
    say = subject.say
    by_arm = {c.arm: c for c in curves}
    shown = [by_arm[arm] for arm in subject.shown]
    about = subject.evidence.design["shocks"][cell[1]]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE)
        axes = figure.add_axes(FRAME)
        _draw(axes, shown, float(about["days"]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: say.number(v)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: say.percent(v)))
        axes.set_xlabel(say("days after"), color=GREY, labelpad=2)
    lows = ", ".join(f"{subject.arm(c.arm)} {say.percent(c.median.min())}" for c in shown)
    title = subject.cell(*cell)
    return Panel(name, title, say("curve words", title, lows), figure)


def _draw(axes: Axes, shown: list[Curve], shock_days: float) -> None:
    first = shown[0]
    axes.axvspan(0.0, shock_days, color="0.93", lw=0, zorder=0)
    axes.axhline(1.0, color="0.6", lw=0.7, zorder=1)
    lost = np.minimum(first.median, 1.0)
    axes.fill_between(
        first.days, lost, 1.0, facecolor="none", edgecolor="0.72", hatch="////", lw=0, zorder=1
    )
    for one, colour in zip(shown[:BANDS], COLOURS, strict=False):
        axes.fill_between(one.days, one.low, one.high, color=colour, alpha=0.16, lw=0, zorder=2)
    widths = (2.2, 1.5, 1.2)  # what is drawn later is thinner: lines on one another are all seen
    for one, colour, line, width in zip(shown, COLOURS, LINES, widths, strict=False):
        axes.plot(one.days, one.median, color=colour, ls=line, lw=width, zorder=3)
    lowest = min(LEAST_RANGE, *(float(one.low.min()) for one in shown))
    highest = max(1.0, *(float(one.high.max()) for one in shown))
    room = 0.05 * (highest - lowest)
    axes.set_ylim(max(0.0, lowest - room), highest + room)
    axes.set_xlim(max(-BEFORE, first.days[0]), _end(shown, shock_days))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def _end(shown: list[Curve], shock_days: float) -> float:
    """Return where the axis of days ends: some time after all are back, or at the horizon."""
    away = np.any([np.abs(c.low - 1.0) > 0.01 for c in shown], axis=0)
    days = shown[0].days
    last = float(days[np.flatnonzero(away)[-1]]) if away.any() else shock_days
    return min(float(days[-1]), 1.2 * max(last, shock_days, 10.0) + 5.0)


def _table(
    subject: Subject, cells: Mapping[tuple[str, str], tuple[Curve, ...]], column: str
) -> Table:
    say = subject.say
    longest = max(float(curves[0].days[-1]) for curves in cells.values())
    told = [day for day in TOLD if day < longest]
    metric = "m5_loss_area" if column == "essential" else "m5_loss_area_output"
    heads = [say("case"), say("arm"), say("lowest"), say("on day")]
    heads += [*(say("after days", day) for day in told), say("after days", say.number(longest))]
    rows = [
        row
        for cell, curves in cells.items()
        for row in _rows(subject, cell, curves, [*told, longest], metric)
    ]
    return Table(say("curve table"), [*heads, say("loss area")], rows, texts=2)


def _rows(
    subject: Subject,
    cell: tuple[str, str],
    curves: tuple[Curve, ...],
    told: list[float],
    metric: str,
) -> Iterator[list[str]]:
    say = subject.say
    results = subject.evidence.of(*cell)
    for one in curves:
        since = one.days >= 0.0
        k = int(np.flatnonzero(since)[one.median[since].argmin()])
        row = [subject.cell(*cell), subject.arm(one.arm)]
        row += [_band(subject, one, float(one.days[k])), say.number(one.days[k])]
        row += [_band(subject, one, day) for day in told]
        area = results.loc[results["arm"] == one.arm, metric] if metric in results else None
        yield [*row, say.number(100 * float(area.median()), 1) if area is not None else "–"]


def _band(subject: Subject, one: Curve, day: float) -> str:
    say = subject.say
    median, low, high = one.at(day)
    if np.isnan(median):
        return "–"
    texts = [say.number(100 * value) for value in (median, low, high)]
    return texts[0] if len(set(texts)) == 1 else say("band share", *texts)
