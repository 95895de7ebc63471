"""What the tests of the local currency share: doses, shocks, and runs with and without it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from tests.worlds import TOWN

from ressort.measures.currency import Currency
from ressort.scenario import Scenario, check
from ressort.simulation import Run, Stage, run_arm
from ressort.world import World

FREE = {"fee": 0.0, "gift": 0.0, "dues_person": 0.0, "dues_firm": 0.0}
WIDE = {"adoption": 0.3, "firm_share": 0.3, "budget_share": 0.1}
CUT = {"kind": "import_cut", "start_day": 10, "days": 15}
FREEZE = {"kind": "payment_freeze", "start_day": 10, "days": 15, "depth": 0.997}


def scenario(
    currency: dict[str, Any] | None, shock: dict[str, Any] | None = None, **more: Any
) -> Scenario:
    content: dict[str, Any] = {
        "territory": {"name": TOWN},
        "run": {"days": 40, "people_per_agent": 20.0},
        "shocks": [shock or FREEZE],
        "cooperation": {"scic": False},
    }
    if currency is not None:
        content["currency"] = currency
    return check(content | more)


@cache
def place_and_people(seed: int) -> tuple[Any, Any]:
    stage = Stage.of(scenario(None))
    return stage.place, stage.economy(seed)


def run(
    currency: dict[str, Any] | None, seed: int = 1, shock: dict[str, Any] | None = None, **more: Any
) -> Run:
    place, economy = place_and_people(seed)
    stage = Stage(scenario(currency, shock, **more), place)
    return run_arm(stage, seed, True, audit=True, economy=economy)


@cache
def bare(seed: int = 1) -> Run:
    """The freeze without a currency."""
    return run(None, seed)


def world_of(currency: dict[str, Any], seed: int = 1, shock: dict[str, Any] | None = None) -> World:
    place, economy = place_and_people(seed)
    return Stage(scenario(currency, shock), place).world(seed, True, economy)


def measure_of(of: Run | World) -> Currency:
    world = of.world if isinstance(of, Run) else of
    assert world is not None
    (measure,) = (m for m in world.measures if isinstance(m, Currency))
    return measure


def unmet(of: Run, who: Any = slice(None)) -> float:
    assert of.world is not None
    return float(of.world.state.homes.unmet[who].sum())


def seen(of: Run, name: str) -> np.ndarray:
    return of.measures[f"currency.{name}"].to_numpy()
