"""The batch of a comparison: a point for each territory and shock, the same arms in all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ressort.batch.design import check_scenarios
from ressort.batch.plan import Arm, Kept, Plan, Point
from ressort.branches import NEEDS
from ressort.comparison import declared, factorial
from ressort.comparison.declared import Choice, What, Where
from ressort.comparison.evidence import COMPARISON, WITHOUT
from ressort.errors import InputError

SERIES: Final = (
    "essential", *(f"need_{need}" for need in NEEDS), "output", "output_members", "exports",
    "jobs_held", "establishments", "closed", "new_links", "failing_inputs",
    "idled", "idled_tier1", "idled_tier2", "idled_tier3", "directly_hit",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What a comparison is about; empty means all classes of shock, and the SCIC alone."""

    territories: tuple[str, ...]
    shocks: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    doses: tuple[float, ...] = ()
    seeds: int = 30
    first_seed: int = 1
    people_per_agent: float | None = None
    name: str = "comparison"


def plan(asked: Asked) -> Plan:
    """Return the plan of a comparison; InputError for unknown names, before anything is run."""
    setting = declared.setting()
    places = [declared.where(text) for text in dict.fromkeys(asked.territories)]
    if not places:
        raise InputError("TERRITORY: give one at least")
    kinds = declared.what(asked.shocks)
    choices = _choices(asked)
    years = max(choice.calm_years for choice in choices)
    points: list[Point] = []
    cells: list[dict[str, str]] = []
    for place in places:
        for kind in kinds:
            points.append(Point(len(points), _factors(place, kind, setting, asked)))
            cells.append({"territory": place.name, "shock": kind.name})
    made = Plan(
        name=asked.name,
        base={"calm": {"years": years}} if years else {},
        arms=tuple(Arm(c.name, c.name != WITHOUT, dict(c.changes)) for c in choices),
        points=tuple(points),
        first_seed=asked.first_seed,
        draws=asked.seeds,
        kept=Kept(SERIES, reference=True, communes=True),
        design=_design(setting, places, kinds, choices, cells),
    )
    check_scenarios(made)
    return made


def _factors(place: Where, kind: What, setting: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    start, watched = setting["start_day"], setting["watched"]
    people_per_agent = asked.people_per_agent or resolution(place.people, setting["agents"])
    return {
        "name": "comparison",
        "territory": dict(place.section),
        "run": {"days": start + watched, "people_per_agent": people_per_agent},
        "shocks": kind.sections(place, start),
    }


def resolution(people: float, agents: float) -> float:
    """Return how many households an agent stands for: a whole number, for so many agents at most.

    At some 2.1 persons a household.

    >>> resolution(341_230, 4000), resolution(1_192, 4000)
    (41.0, 1.0)
    """
    return float(max(1, round(people / 2.1 / agents)))


def _choices(asked: Asked) -> list[Choice]:
    """Return the arms, that without cooperation among them."""
    (without,) = declared.arms((WITHOUT,))
    if asked.mechanisms:
        if asked.arms or asked.doses:
            raise InputError("--mechanisms: goes with neither --arms nor --dose; ask twice")
        return [without, *_combined(asked.mechanisms)]
    names = [name for name in asked.arms or ("scic",) if name != WITHOUT]
    chosen = list(declared.arms(names))
    for share in asked.doses:
        if not 0.0 < share <= 1.0:
            raise InputError(f"--dose: {share:g} is no share above 0 and up to 1")
    chosen += [declared.at_dose(chosen[0], share) for share in dict.fromkeys(asked.doses)]
    return [without, *chosen]


def _combined(names: Sequence[str]) -> list[Choice]:
    found = [declared.mechanism(text) for text in dict.fromkeys(names)]
    if len({one.name for one in found}) < len(found):
        raise InputError("--mechanisms: one of them twice, by name and by number; leave one out")
    years = max(one.calm_years for one in found)
    rows = factorial.design(len(found))[1:]
    return [
        declared.together([one for one, on in zip(found, row, strict=True) if on > 0], years)
        for row in rows
    ]


def _design(
    setting: Mapping[str, Any],
    places: Sequence[Where],
    kinds: Sequence[What],
    choices: Sequence[Choice],
    cells: list[dict[str, str]],
) -> dict[str, Any]:
    return {
        "kind": COMPARISON,
        "reference_arm": WITHOUT,
        "start_day": setting["start_day"],
        "territories": {p.name: dict(p.title) for p in places},
        "shocks": {
            k.name: {
                "title": dict(k.title),
                "meaning": dict(k.meaning),
                "class": k.of_class,
                "start_day": setting["start_day"],
                "days": k.days,
                "watched": setting["watched"],
            }
            for k in kinds
        },
        "arms": {
            c.name: {
                "title": dict(c.title),
                "meaning": dict(c.meaning),
                "mechanisms": list(c.mechanisms),
                "dose": c.dose,
            }
            for c in choices
        },
        "cells": cells,
    }
