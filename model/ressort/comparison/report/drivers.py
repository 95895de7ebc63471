"""What drives the result: arms, doses, mechanisms together, shocks, places, chance, factors."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ressort.analysis.analyse import Asked, analyse
from ressort.analysis.discovery import LEAST_POINTS
from ressort.analysis.reading import batch_of
from ressort.analysis.report import box_in_words
from ressort.analysis.tables import as_text, pairs
from ressort.analysis.words import AnalysisWords
from ressort.comparison.evidence import COMPARISON
from ressort.comparison.findings import Finding
from ressort.comparison.report.blocks import Drawing, Panel, Section, Table
from ressort.comparison.report.curves import FRAME, SIZE, STYLE, across
from ressort.comparison.report.subject import Subject
from ressort.errors import InputError
from ressort.figures import GREY

METRIC: Final = "m4_unmet_person_days"
CELL_KEYS: Final = ("territory", "shocks", "run.")  # what makes the cells of a comparison


def section(subject: Subject) -> Section:
    """Return the section of what drives the result, from what varies in this batch."""
    say, evidence = subject.say, subject.evidence
    found = Section("drivers", say("drivers"))
    if subject.main is None or not subject.found:
        found.blocks.append(say("no comparison"))
        return found
    found.blocks.append(_split(subject))
    if len(evidence.compared) > 1:
        found.blocks.append(_by_arm(subject))
    found.blocks.extend(_doses(subject))
    found.blocks.extend(_together(subject))
    found.blocks.extend(_box(subject))
    return found


def _box(subject: Subject) -> Iterator[str]:
    """Give where in the space of the other factors the main arm is better, if there are any."""
    say, evidence, main = subject.say, subject.evidence, subject.main or ""
    batch = batch_of(evidence.plan, evidence.results[_columns(subject)], evidence.counts.asked)
    of_cells = CELL_KEYS if evidence.plan.design.get("kind") == COMPARISON else ()
    factors = tuple(f for f in batch.factors if not f.key.startswith(of_cells))
    points = batch.points[[f.key for f in factors]]
    if not any(points[key].map(as_text).nunique() > 1 for key in points):
        return
    batch = dataclasses.replace(batch, factors=factors, points=points)
    asked = Asked(METRIC, (main, evidence.reference or ""))
    yield say("factors note", ", ".join(f.key for f in factors))
    try:
        result = analyse(batch, asked, ("discovery",)).results["discovery"]
    except InputError:
        yield say("no box", len(points), LEAST_POINTS)
        return
    yield box_in_words(result, asked, AnalysisWords(say.language))


def _columns(subject: Subject) -> list[str]:
    """Return the columns of results without those that cells added."""
    return [str(c) for c in subject.evidence.results.columns if c not in ("territory", "shock")]


def _split(subject: Subject) -> str:
    """Return in words how the variation of the change of unmet need splits up."""
    say = subject.say
    values = _changes(subject)
    main = subject.arm(subject.main or "")
    if len(subject.cells) == 1:
        finite = values["value"].to_numpy(float)
        if not len(finite):
            return say("no spread")
        ends = (say.size(float(v), "relative", "") for v in (finite.min(), finite.max()))
        return say("one case", *ends)
    shares = shares_of(values)
    if shares is None:
        return say("no spread")
    return say("spread note", main, *(say.percent(s) for s in shares))


def _changes(subject: Subject) -> pd.DataFrame:
    """Return the relative change of unmet need by run: territory, shock, draw, value."""
    evidence, tables = subject.evidence, []
    for cell in subject.cells:
        rows = evidence.of(*cell)
        table = pairs(rows, METRIC, (subject.main or "", evidence.reference or ""))
        with np.errstate(divide="ignore", invalid="ignore"):
            value = table["first"].to_numpy(float) / table["second"].to_numpy(float) - 1.0
        one = subject.find(*cell, subject.main or "", "needs")
        if one is not None and one.spread.defined:
            tables.append(table.assign(territory=cell[0], shock=cell[1], value=value))
    if not tables:
        return pd.DataFrame({"territory": [], "shock": [], "value": []})
    whole = pd.concat(tables)
    return whole[np.isfinite(whole["value"])]


def shares_of(values: pd.DataFrame) -> tuple[float, float, float, float] | None:
    """Return the shares of variation between shocks, territories, both together and draws.

    Sums of squares of cell means, each cell the same weight; None if there is nothing to split.
    """
    if len(values) < 2:
        return None
    cells = values.groupby(["territory", "shock"])["value"].agg(["mean", "var", "size"])
    within = float((cells["var"].fillna(0.0) * (cells["size"] - 1) / cells["size"]).mean())
    means = cells["mean"]
    grand = float(means.mean())
    by_shock = means.groupby("shock").transform("mean") - grand
    by_place = means.groupby("territory").transform("mean") - grand
    parts = [float((by_shock**2).mean()), float((by_place**2).mean())]
    parts.append(max(0.0, float(((means - grand) ** 2).mean()) - sum(parts)))
    parts.append(within)
    total = sum(parts)
    if total <= 0.0:
        return None
    return parts[0] / total, parts[1] / total, parts[2] / total, parts[3] / total


def _by_arm(subject: Subject) -> Table:
    say = subject.say
    arms = subject.evidence.compared
    rows = []
    for cell in subject.cells:
        found = [subject.find(*cell, arm, "needs") for arm in arms]
        rows.append([subject.cell(*cell), *(_with_sign(subject, one) for one in found)])
    return Table(say("arms table"), [say("case"), *map(subject.arm, arms)], rows)


def _with_sign(subject: Subject, one: Finding | None) -> str:
    if one is None or not one.spread.defined:
        return "–"
    return f"{subject.say.median(one)} ({one.spread.sign.replace('-', '−')})"


def _doses(subject: Subject) -> Iterator[Drawing]:
    """Give the figure of doses if two arms or more have one."""
    say, evidence = subject.say, subject.evidence
    about = evidence.design["arms"]
    doses = sorted(
        (float(about[arm]["dose"]), arm)
        for arm in evidence.compared
        if about.get(arm, {}).get("dose") is not None
    )
    if len(doses) < 2:
        return
    panels, rows = [], []
    for k, cell in enumerate(subject.cells):
        found = [(dose, subject.find(*cell, arm, "needs")) for dose, arm in doses]
        there = [(dose, one) for dose, one in found if one is not None and one.spread.defined]
        rows.append([subject.cell(*cell), *(_with_sign(subject, one) for _, one in found)])
        if there:
            panels.append(_dose_panel(subject, cell, there, f"dose-{k}"))
    heads = [say("case"), *(say.plain(dose) for dose, _ in doses)]
    table = Table(say("dose note"), heads, rows)
    yield Drawing(say("dose"), tuple(panels), (), table, say("dose note"), across(len(panels)))


def _dose_panel(
    subject: Subject, cell: tuple[str, str], found: list[tuple[float, Finding]], name: str
) -> Panel:
    say = subject.say
    doses = [dose for dose, _ in found]
    spreads = [one.spread for _, one in found]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE)
        axes = figure.add_axes(FRAME)
        axes.axhline(0.0, color=GREY, lw=0.8)
        for dose, one in zip(doses, spreads, strict=True):
            axes.plot([dose, dose], [one.low, one.high], color="#0072B2", lw=1.4)
        axes.plot(doses, [one.median for one in spreads], "o-", color="#0072B2", lw=1.0, ms=5)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: say.percent(v)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: say.plain(v)))
        axes.set_xlabel(say("dose"), color=GREY, labelpad=2)
    title = subject.cell(*cell)
    told = ", ".join(f"{say.plain(dose)}: {say.median(one)}" for dose, one in found)
    return Panel(name, title, f"{title}. {told}.", figure)


def _together(subject: Subject) -> Iterator[Table]:
    """Give what mechanisms do together beyond the sum of each, if there are such arms."""
    say, evidence = subject.say, subject.evidence
    about = {
        a: set(evidence.design["arms"].get(a, {}).get("mechanisms", ())) for a in evidence.arms
    }
    main = subject.main or ""
    whole = about.get(main, set())
    alone = {next(iter(m)): arm for arm, m in about.items() if len(m) == 1 and arm != main}
    if len(whole) < 2 or not whole <= alone.keys():
        return
    rows = []
    for cell in subject.cells:
        one = subject.find(*cell, main, "needs")
        parts = [subject.find(*cell, alone[m], "needs") for m in sorted(whole)]
        known = [p.spread.median for p in parts if p is not None and p.spread.defined]
        if one is not None and one.spread.defined and len(known) == len(parts):
            numbers = (one.spread.median, sum(known), one.spread.median - sum(known))
            told = [say.size(v, "relative", "") for v in numbers]
            rows.append([subject.cell(*cell), *told])
    heads = [say("case"), say("all together"), say("sum of each"), say("interaction")]
    if rows:
        yield Table(say("together", subject.arm(main)), heads, rows)
