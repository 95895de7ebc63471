"""Unmet need by commune before, during and after the shock, as maps of discs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ressort.comparison.report.blocks import Drawing, Key, Panel, Section, Table
from ressort.comparison.report.curves import STYLE
from ressort.comparison.report.subject import Subject
from ressort.discs import fitted

Floats = NDArray[np.float64]

SIZE: Final = (2.0, 2.0)  # inches
BOUNDS: Final = (0.05, 0.2, 0.5)  # share unmet at which the shade changes
SHADES: Final = ("#FFFFFF", "#F0E442", "#D55E00", "#3B0F00")  # lighter to darker in grey too
PHASES: Final = ("before", "during", "after")
MOST_ROWS: Final = 20  # communes that a table names, the largest
MOST_MAPS: Final = 5  # territories
ARMS: Final = 2
ROOM: Final = 1.12  # around all, since discs are large
DISCS, LEAST_DISC = 3.0, 18.0  # larger than on the map of a portrait: these maps are small; points²


@dataclass(frozen=True)
class Phases:
    """Unmet share by arm and phase, each by commune in the order of `communes`.

    `days`: of the phases, from the start of the shock.
    """

    territory: str
    shock: str
    communes: pd.DataFrame
    unmet: dict[str, dict[str, Floats]]
    days: dict[str, int]


def section(subject: Subject) -> Section:
    """Return the section of maps; a table where there is one commune alone."""
    say, evidence = subject.say, subject.evidence
    found = Section("maps", say("maps"))
    if "communes" not in evidence.columns:
        found.blocks.append(say("no communes"))
        return found
    chosen = _chosen(subject)
    if len(chosen) < len(subject.cells):
        found.blocks.append(say("maps chosen"))
    for k, (territory, shock) in enumerate(chosen):
        phases = phases_of(subject, territory, shock)
        if phases is None:
            found.blocks.append(say("no territory", subject.territory(territory)))
        elif len(phases.communes) == 1 or k >= MOST_MAPS:
            found.blocks.append(_table(subject, phases))
        else:
            found.blocks.append(_drawing(subject, phases, k))
    return found


def _chosen(subject: Subject) -> list[tuple[str, str]]:
    """Return, for each territory, its shock with most unmet need in the first arm shown."""
    results = subject.evidence.results
    rows = results[results["arm"] == subject.shown[0]]
    unmet = rows.groupby(["territory", "shock"])["m4_unmet_person_days"].median()
    found: dict[str, str] = {}
    for territory, shock in subject.cells:
        best = found.get(territory)
        if best is None or unmet[territory, shock] > unmet[territory, best]:
            found[territory] = shock
    return list(found.items())


def phases_of(subject: Subject, territory: str, shock: str) -> Phases | None:
    """Return the unmet shares of a cell; None if its communes cannot be told."""
    place = subject.evidence.territory(territory)
    if place is None:
        return None
    rows = subject.evidence.commune_medians(territory, shock)
    communes = place.communes.reset_index(drop=True)
    start = int(subject.evidence.design["shocks"][shock]["start_day"])
    by_arm = {arm: _by_day(rows, arm, place.codes) for arm in subject.evidence.arms}
    people = communes["population"].to_numpy(float)
    first = by_arm[subject.shown[0]]
    whole = first @ (people / people.sum())
    days = {
        "before": start - 1,
        "during": int(whole.loc[start:].idxmax()),
        "after": int(whole.index[-1]),
    }
    unmet = {
        arm: {phase: table.loc[day].to_numpy(float) for phase, day in days.items()}
        for arm, table in by_arm.items()
    }
    return Phases(territory, shock, communes, unmet, {p: d - start for p, d in days.items()})


def _by_day(rows: pd.DataFrame, arm: str, codes: tuple[str, ...]) -> pd.DataFrame:
    """Return the median over runs of the unmet share, days by communes."""
    of_arm = rows[rows["arm"] == arm]
    medians = of_arm.pivot(index="day", columns="commune", values="needs_met")
    return 1.0 - medians[list(codes)].astype(float)


def _drawing(subject: Subject, phases: Phases, number: int) -> Drawing:
    say = subject.say
    panels = tuple(
        _panel(subject, phases, arm, phase, f"map-{number}-{a}-{p}")
        for a, arm in enumerate(subject.shown[:ARMS])
        for p, phase in enumerate(PHASES)
    )
    cell = f"{subject.territory(phases.territory)}", subject.shock(phases.shock)
    reference = subject.arm(subject.shown[0])
    days = (phases.days["during"], reference, phases.days["after"])
    note = say("maps days" if number else "maps note", *days)
    return Drawing(
        say("map title", *cell),
        panels,
        _keys(subject),
        _table(subject, phases),
        note,
        is_small=True,
    )


def _keys(subject: Subject) -> tuple[Key, ...]:
    say = subject.say
    low, middle, high = (say.percent(bound) for bound in BOUNDS)
    texts = (
        say("under share", low),
        say("share to share", low, middle),
        say("share to share", middle, high),
        say("share or more", high),
    )
    return tuple(Key(text, shade, "disc") for text, shade in zip(texts, SHADES, strict=True))


def _panel(subject: Subject, phases: Phases, arm: str, phase: str, name: str) -> Panel:
    say, communes = subject.say, phases.communes
    unmet = phases.unmet[arm][phase]
    people = communes["population"].to_numpy(float)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE)
        axes = figure.add_axes((0.01, 0.01, 0.98, 0.98))
        sheet = fitted(axes, communes, people, communes["area_km2"].to_numpy(float))
        east, north = (ROOM * half for half in sheet.halves)
        axes.set(xlim=(-east, east), ylim=(-north, north))
        xy, order = sheet.km(communes), np.argsort(-people)
        shades = [SHADES[k] for k in np.searchsorted(BOUNDS, unmet, side="right")]
        axes.scatter(
            xy[order, 0],
            xy[order, 1],
            s=np.maximum(DISCS * sheet.areas(people)[order], LEAST_DISC),
            c=[shades[k] for k in order],
            edgecolors="0.15",
            linewidths=0.5,
        )
    worst = int(unmet.argmax())
    told = say(
        "map words", len(communes), say(phase), subject.arm(arm), communes["name"].iloc[worst],
        say.percent(unmet[worst]),
    )  # fmt: skip
    title = f"{subject.arm(arm)}, {say(phase)}"
    return Panel(name, title, told, figure)


def _table(subject: Subject, phases: Phases) -> Table:
    """Return the shares of the largest communes, and the mean over people of the others."""
    say, communes = subject.say, phases.communes
    people = communes["population"].to_numpy(float)
    order = np.argsort(-people, kind="stable")
    told, rest = order[:MOST_ROWS], order[MOST_ROWS:]

    def cells(where: NDArray[np.int64]) -> list[str]:
        weights = people[where] / people[where].sum()
        return [
            " / ".join(say.percent(float(values[p][where] @ weights)) for p in PHASES)
            for values in phases.unmet.values()
        ]

    rows = [
        [str(communes["name"].iloc[k]), say.number(people[k]), *cells(np.array([k]))] for k in told
    ]
    if len(rest):
        rows.append(
            [say("other communes", len(rest)), say.number(people[rest].sum()), *cells(rest)]
        )
    heads = [say("commune"), say("inhabitants"), *(subject.arm(arm) for arm in phases.unmet)]
    where = say("map title", subject.territory(phases.territory), subject.shock(phases.shock))
    return Table(say("map table", where), heads, rows)
