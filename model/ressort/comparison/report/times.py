"""When needs are back: Kaplan and Meier's curves where the horizon cut some runs off."""

from __future__ import annotations

from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ressort.analysis.survival import Curve, curve_of
from ressort.comparison.findings import watched
from ressort.comparison.report.blocks import (
    COLOURS,
    DASHES,
    LINES,
    Bullets,
    Drawing,
    Key,
    Panel,
    Section,
    Table,
)
from ressort.comparison.report.curves import BANDS, FRAME, SIZE, STYLE, across
from ressort.comparison.report.subject import Subject
from ressort.figures import GREY

METRIC: Final = "m6_days_to_recover"
MOST: Final = 12  # cells that have a curve; the table has all
TOLD: Final = (30, 60, 90)


def section(subject: Subject) -> Section:
    """Return the section of days to recover; it says which runs never do."""
    say, results = subject.say, subject.evidence.results
    found = Section("times", say("times"))
    if METRIC not in results:
        found.blocks.append("–")
        return found
    never = _never(subject)
    found.blocks.append(Bullets(never) if never else say("none censored"))
    cells = {cell: curves for cell in subject.cells if (curves := _curves(subject, *cell))}
    if never and cells:
        found.blocks.append(_drawing(subject, cells))
    elif cells:
        found.blocks.append(_table(subject, cells))
    return found


def _never(subject: Subject) -> list[str]:
    """Return a sentence for each cell and arm with runs that were not back in time."""
    say, lines = subject.say, []
    for territory, shock in subject.cells:
        rows = subject.evidence.of(territory, shock)
        for arm in subject.evidence.arms:
            days = rows.loc[rows["arm"] == arm, METRIC].to_numpy(float)
            count = int(np.isinf(days).sum())
            if count:
                horizon = say.number(watched(subject.evidence, shock))
                cell = subject.cell(territory, shock)
                lines.append(say("never", cell, subject.arm(arm), count, len(days), horizon))
    return lines


def _curves(subject: Subject, territory: str, shock: str) -> dict[str, Curve]:
    """Return the curves of all arms; an arm alone is paired with itself."""
    rows = subject.evidence.of(territory, shock)
    horizon = watched(subject.evidence, shock)
    if horizon <= 0.0:
        return {}
    found = {}
    for arm in subject.evidence.arms:
        known = rows[(rows["arm"] == arm) & rows[METRIC].notna()]
        if len(known):
            times, draws = known[METRIC].to_numpy(float), known["draw"].to_numpy(np.int64)
            found[arm] = curve_of(arm, times, horizon, draws, np.ones(len(known)))
    return found


def _drawing(subject: Subject, cells: dict[tuple[str, str], dict[str, Curve]]) -> Drawing:
    say = subject.say
    cut = {
        cell: curves
        for cell, curves in cells.items()
        if any(c.censored.value > 0.0 for c in curves.values())
    }
    panels = tuple(
        _panel(subject, cell, cut[cell], f"times-{k}") for k, cell in enumerate(list(cut)[:MOST])
    )
    keys = tuple(
        Key(subject.arm(arm), colour, dashes=dashes)
        for arm, colour, dashes in zip(subject.shown, COLOURS, DASHES, strict=False)
    )
    return Drawing(
        say("times figure"), panels, keys, _table(subject, cells), say("times note"),
        across(len(panels)),
    )  # fmt: skip


def _panel(subject: Subject, cell: tuple[str, str], curves: dict[str, Curve], name: str) -> Panel:
    say = subject.say
    shown = [curves[arm] for arm in subject.shown if arm in curves]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE)
        axes = figure.add_axes(FRAME)
        for one, colour in zip(shown[:BANDS], COLOURS, strict=False):
            if not np.isnan(one.low).any():
                axes.fill_between(
                    one.days, one.low, one.high, step="post", color=colour, alpha=0.16, lw=0
                )
        for one, colour, line in zip(shown, COLOURS, LINES, strict=False):
            axes.step(one.days, one.waiting, where="post", color=colour, ls=line, lw=1.5)
        axes.set_ylim(-0.02, 1.05)
        axes.set_xlim(0.0, shown[0].days[-1])
        axes.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0])
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: say.percent(v)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: say.number(v)))
        axes.set_xlabel(say("days after"), color=GREY, labelpad=2)
    title = subject.cell(*cell)
    late = ", ".join(f"{subject.arm(c.arm)} {say.percent(c.censored.value)}" for c in shown)
    horizon = say.number(shown[0].days[-1])
    return Panel(name, title, say("waiting words", title, horizon, late), figure)


def _table(subject: Subject, cells: dict[tuple[str, str], dict[str, Curve]]) -> Table:
    say = subject.say
    horizons = {float(c.days[-1]) for curves in cells.values() for c in curves.values()}
    told = [day for day in TOLD if day < max(horizons)]
    rows = []
    for cell, curves in _to_tell(cells).items():
        for arm, one in curves.items():
            row = [subject.cell(*cell), subject.arm(arm)]
            row += [say.percent(_waiting(one, day)) for day in told]
            rows.append([*row, say.percent(one.censored.value), _mean(subject, one)])
    last = say.number(max(horizons)) if len(horizons) == 1 else "N"
    heads = [say("case"), say("arm"), *(say("waiting at", day) for day in told)]
    heads += [say("waiting at", last), say("restricted", last)]
    return Table(say("times table"), heads, rows, texts=2)


def _to_tell(
    cells: dict[tuple[str, str], dict[str, Curve]],
) -> dict[tuple[str, str], dict[str, Curve]]:
    """Return the cells that the table has: where there are many, those with runs cut off."""
    if len(cells) <= MOST:
        return cells
    cut = {k: v for k, v in cells.items() if any(c.censored.value > 0 for c in v.values())}
    return cut or dict(list(cells.items())[:MOST])


def _waiting(one: Curve, day: float) -> float:
    return float(one.waiting[np.searchsorted(one.days, day, side="right") - 1])


def _mean(subject: Subject, one: Curve) -> str:
    say, mean = subject.say, one.restricted_mean
    if np.isnan(mean.low):
        return say.number(mean.value, 1)
    return say("band of", *(say.number(v, 1) for v in (mean.value, mean.low, mean.high)))
