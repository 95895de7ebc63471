"""Cascades: establishments idled by a lack of inputs, by tier from those hit directly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ressort.comparison.report.blocks import Drawing, Key, Panel, Section, Table
from ressort.comparison.report.curves import FRAME, SIZE, STYLE, across
from ressort.comparison.report.metrics import told_of
from ressort.comparison.report.subject import Subject
from ressort.figures import GREY

TIERS: Final = ("idled_tier1", "idled_tier2", "idled_tier3")
SHADES: Final = ("#0072B2", "#56B4E9", "#D9EEF9")  # dark to light in grey too
MOST_CASCADES: Final = 12


def section(subject: Subject) -> Section:
    """Return the section of cascades; a sentence where they were not recorded."""
    say, evidence = subject.say, subject.evidence
    found = Section("cascades", say("cascades"))
    tiers = [t for t in TIERS if t in evidence.columns.get("series", ())]
    metrics = [str(c) for c in evidence.results.columns if str(c).startswith("m12_")]
    if not tiers and not metrics:
        found.blocks.append(say("no cascades"))
        return found
    table = _cascade_table(subject, metrics)
    panels = tuple(_idled(subject, tiers)) if tiers else ()
    if panels:
        arm = subject.arm(subject.main or subject.shown[0])
        keys = tuple(
            Key(say("tier more" if k == len(tiers) - 1 else "tier", k + 1), shade, "shade")
            for k, shade in enumerate(SHADES[: len(tiers)])
        )
        note = say("cascade note", arm)
        found.blocks.append(
            Drawing(say("cascade figure"), panels, keys, table, note, across(len(panels)))
        )
    else:
        found.blocks.extend([say("no idled")] if tiers else [])
        found.blocks.extend([table] if metrics else [])
    return found


def _idled(subject: Subject, tiers: list[str]) -> Iterator[Panel]:
    arm = subject.main or subject.shown[0]
    for k, cell in enumerate(subject.cells[:MOST_CASCADES]):
        series = subject.evidence.series(*cell)
        rows = series[(series["arm"] == arm) & (series["kind"] == "shocked")]
        medians = rows.groupby("day")[tiers].median()
        start = int(subject.evidence.design["shocks"][cell[1]]["start_day"])
        if medians.to_numpy(float).max() > 0.0:
            yield _idled_panel(subject, cell, medians.loc[start - 1 :], start, f"idled-{k}")


def _idled_panel(
    subject: Subject, cell: tuple[str, str], medians: pd.DataFrame, start: int, name: str
) -> Panel:
    say = subject.say
    values = medians.to_numpy(float)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE)
        axes = figure.add_axes(FRAME)
        days = medians.index.to_numpy(float) - start
        stacks = axes.stackplot(days, values.T, colors=SHADES[: values.shape[1]])
        for stack in stacks:
            stack.set(edgecolor="0.2", linewidth=0.4)
        axes.set_xlim(days[0], days[-1])
        axes.set_ylim(bottom=0.0)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda v, _: say.plain(v)))
        axes.set_xlabel(say("days after"), color=GREY, labelpad=2)
    title = subject.cell(*cell)
    most = say.plain(float(values.sum(axis=1).max()))
    return Panel(name, title, say("cascade words", title, most), figure)


def _cascade_table(subject: Subject, metrics: list[str]) -> Table:
    say = subject.say
    rows = []
    for cell in subject.cells:
        results = subject.evidence.of(*cell)
        for arm in subject.evidence.arms:
            values = results.loc[results["arm"] == arm]
            told = [told_of(values[name].to_numpy(float), name, say) for name in metrics]
            rows.append([subject.cell(*cell), subject.arm(arm), *told])
    names = [say(f"metric {m}") if say.knows(f"metric {m}") else m for m in metrics]
    return Table(say("cascade table"), [say("case"), say("arm"), *names], rows, texts=2)
