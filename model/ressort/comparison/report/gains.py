"""Who gains and who loses: members, other residents, customers outside, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ressort.comparison.findings import Finding
from ressort.comparison.report.blocks import Drawing, Key, Panel, Section, Table
from ressort.comparison.report.curves import SIZE, STYLE, across
from ressort.comparison.report.subject import Subject
from ressort.comparison.report.words import known
from ressort.figures import GREY

GROUPS: Final = ("members", "others", "total")
COLOURS: Final = ("#0072B2", "#D55E00", "#000000")
MARKS: Final = ("o", "o", "D")
LEAST: Final = 0.05  # axes reach to here at least, not to make much of nothing
COLUMNS: Final = (
    *(("needs", group) for group in GROUPS),
    *(("output", group) for group in GROUPS),
    ("exports", "outside"),
    ("calm", "total"),
    ("cost", "total"),
)


def section(subject: Subject) -> Section:
    """Return the section of gains and losses by group."""
    say, evidence = subject.say, subject.evidence
    found = Section("gains", say("gains"))
    main, reference = subject.main, evidence.reference
    if main is None or reference is None or not subject.found:
        found.blocks.append(say("no comparison"))
        return found
    panels = tuple(
        _panel(subject, cell, f"gains-{k}")
        for k, cell in enumerate(subject.cells)
        if any(f.spread.defined for f in _groups(subject, cell))
    )
    table = _table(subject)
    if not panels:
        found.blocks.append(table)
        return found
    keys = tuple(
        Key(say(group), colour, mark)
        for group, colour, mark in zip(GROUPS, COLOURS, ("disc", "ring", "diamond"), strict=True)
    )
    note = say("gains note", subject.arm(main), subject.arm(reference))
    found.blocks.append(
        Drawing(say("gains figure"), panels, keys, table, note, across(len(panels)))
    )
    return found


def _groups(subject: Subject, cell: tuple[str, str]) -> list[Finding]:
    found = (subject.find(*cell, subject.main or "", "needs", group) for group in GROUPS)
    return [one for one in found if one is not None]


def _panel(subject: Subject, cell: tuple[str, str], name: str) -> Panel:
    say, groups = subject.say, _groups(subject, cell)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(SIZE[0], 1.35))
        axes = figure.add_axes((0.23, 0.24, 0.73, 0.72))
        _draw(axes, groups)
        axes.set_yticks(range(len(groups)), [say(one.group) for one in groups])
        axes.set_ylim(len(groups) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: say.percent(v)))
    title = subject.cell(*cell)
    told = "; ".join(f"{say(one.group)} {say.median(one)}" for one in groups)
    return Panel(name, title, say("gains words", title, told), figure)


def _draw(axes: Axes, groups: Sequence[Finding]) -> None:
    numbers = [
        v
        for one in groups
        for v in (one.spread.median, one.spread.low, one.spread.high)
        if np.isfinite(v)
    ]
    low, high = min([*numbers, -LEAST]), max([*numbers, LEAST])
    room = 0.05 * (high - low)
    axes.set_xlim(low - room, high + room)
    axes.axvline(0.0, color=GREY, lw=0.8, zorder=0)
    for row, one in enumerate(groups):
        k = GROUPS.index(one.group)
        if known(one.spread):
            ends = np.clip([one.spread.low, one.spread.high], low - room, high + room)
            axes.plot(ends, [row, row], color=COLOURS[k], lw=1.5, solid_capstyle="butt")
        if np.isfinite(one.spread.median):
            face = "white" if one.group == "others" else COLOURS[k]
            axes.plot(
                one.spread.median, row, MARKS[k], color=COLOURS[k], markerfacecolor=face, ms=6
            )
    axes.xaxis.set_major_locator(MaxNLocator(5))


def _table(subject: Subject) -> Table:
    say = subject.say
    present = [
        (outcome, group)
        for outcome, group in COLUMNS
        if any(f.outcome == outcome and f.group == group for f in subject.found)
    ]
    rows = []
    for cell in subject.cells:
        for arm in subject.evidence.compared:
            row = [subject.cell(*cell), subject.arm(arm)]
            for outcome, group in present:
                one = subject.find(*cell, arm, outcome, group)
                row.append("–" if one is None else say.size(one.spread.median, one.kind, ""))
            rows.append(row)
    heads = [say("case"), say("arm"), *(_head(subject, *column) for column in present)]
    return Table(say("gains table"), heads, rows, texts=2)


def _head(subject: Subject, outcome: str, group: str) -> str:
    say = subject.say
    if outcome == "needs":
        return say("unmet of", say(group))
    if outcome == "output":
        return say("output of", say(group))
    return say("sales outside" if outcome == "exports" else outcome)
