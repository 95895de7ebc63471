"""How much longer a day is with measures: all of them, each alone, the local currency.

The world of the arm `with` over that of the arm `without`, from the same draw. Clermont at the
resolution of its scenario, where establishments outnumber the agents that are households, and a
territory of one agent a household, there without each alone. All settings have their usual values
and begin on day 0. Time is that of the processor, which others who use it lengthen less.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from benchmarks.lines import Line, say
from numpy.typing import NDArray

from ressort.day import live_one_day
from ressort.measures import COOPERATION, COUNCIL
from ressort.scenario import Scenario, load
from ressort.simulation import Stage, fork
from ressort.world import World

ALL_TARGET: Final = 1.4
CURRENCY_TARGET: Final = 1.25
CUT_DAY: Final = 4  # calm days before it, days of the cut from it on
DAYS: Final = 12
TURNS: Final = 5
SYNTHETIC_SIZE: Final = 43_000  # inhabitants, about 20,000 households
PARTNERS: Final = ("reciprocity", "mutual_aid")

Floats = NDArray[np.float64]
Arm = Mapping[str, Any]  # sections of a scenario


def measure() -> list[Line]:
    """Return the ratios of both places: all on, the currency, and the dearest measures alone."""
    lines = []
    arms = _arms()
    few = {arm: arms[arm] for arm in ("none", "all", "currency")}
    for name, base, tried in (
        ("Clermont", _clermont(), arms),
        ("20,000 households", _synthetic(), few),
    ):
        ratios = _ratios(name, base, tried)
        for arm, target in (("all", ALL_TARGET), ("currency", CURRENCY_TARGET)):
            for k, days in enumerate(("calm days", "days of the cut")):
                ratio = ratios[arm][k]
                subject = f"a day with / without measures, {arm}, {name}, {days}"
                shown = f"at most {target}"
                lines.append(Line(subject, shown, f"{ratio:.2f}", ratio <= target))
        alone = ", ".join(
            f"{arm} {calm:.3f} / {cut:.3f}"
            for arm, (calm, cut) in sorted(ratios.items(), key=lambda item: -item[1][0])
            if arm not in ("all", "currency")
        )
        if alone:
            lines.append(Line(f"each alone, {name}, calm / cut", "", alone, None))
    return lines


def _clermont() -> Scenario:
    return load("clermont-import-cut")


def _synthetic() -> Scenario:
    scenario = load("clermont-import-cut").model_dump(exclude_none=True)
    scenario["territory"] = {"synthetic": "slice", "size": SYNTHETIC_SIZE}
    scenario["run"]["people_per_agent"] = 1.0
    return Scenario.model_validate(scenario)


def _arms() -> dict[str, Arm]:
    """Return the sections of each arm: nothing, everything, each measure alone, the currency."""
    cooperation: Arm = {kind.name: {} for kind in COOPERATION}
    council: Arm = {kind.name: {} for kind in COUNCIL}
    partners = tuple({"contract": c, "partner": f"territory {k}"} for k, c in enumerate(PARTNERS))
    alone: dict[str, Arm] = {"SCIC": {"cooperation": {"scic": True}}}
    alone |= {name: {"cooperation": {"scic": False, name: {}}} for name in cooperation}
    alone |= {name: {"council": {name: {}}} for name in council}
    alone |= {str(p["contract"]): {"partners": (p,)} for p in partners}
    alone["currency"] = {"currency": {}}
    everything = {
        "cooperation": {"scic": True, **cooperation},
        "council": council,
        "partners": partners,
    }
    return {"none": {}, "all": everything, **alone}


def _ratios(name: str, base: Scenario, arms: dict[str, Arm]) -> dict[str, tuple[float, float]]:
    """Return by arm the cost of calm days and of days of the cut, over those without measures.

    All arms take turns; of each day the fastest time counts, since others only ever add to it.
    """
    worlds = {arm: _world(base, sections) for arm, sections in arms.items()}
    fastest = {arm: np.full(DAYS, np.inf) for arm in worlds}
    for turn in range(TURNS):
        say(f"measures, {name}: turn {turn + 1} of {TURNS}")
        for arm, world in worlds.items():
            life = fork(world, shocks=True)
            days = np.array([_seconds_of_a_day(life) for _ in range(DAYS)])
            if turn > 0:  # the first compiles
                fastest[arm] = np.minimum(fastest[arm], days)
    none = fastest.pop("none")
    # The first day of all founds and launches; it is no day like others.
    calm, cut = slice(1, CUT_DAY), slice(CUT_DAY, DAYS)
    return {
        arm: (float(days[calm].sum() / none[calm].sum()), float(days[cut].sum() / none[cut].sum()))
        for arm, days in fastest.items()
    }


def _seconds_of_a_day(world: World) -> float:
    begin = time.thread_time()
    live_one_day(world)
    return time.thread_time() - begin


def _world(base: Scenario, sections: Arm) -> World:
    """Return a world on the morning of day 0, with its cut to come."""
    content = base.model_dump(exclude_none=True)
    for key in ("cooperation", "council", "partners", "currency"):
        content.pop(key, None)
    content["cooperation"] = {"scic": False}
    content["shocks"] = ({"kind": "import_cut", "start_day": CUT_DAY, "days": DAYS},)
    scenario = Scenario.model_validate({**content, **sections})
    return Stage.of(scenario).world(1, True)
