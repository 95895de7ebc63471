"""The worlds that are timed: one agent a household, a SCIC at work, and imports cut on most days.

A calm day does a part of the work only: no search, no match, no grant, no hoarding.
"""

from __future__ import annotations

import time
from typing import Final

from ressort.day import live_one_day
from ressort.place import Place, place
from ressort.profiles import synthetic
from ressort.scic import Cooperation
from ressort.shocks import Shock
from ressort.world import Rules, World, build_world

CUT: Final = Shock("import_cut", start_day=2, days=18)


def shocked_world(where: Place) -> World:
    """Return a world of seed 1 with a SCIC, two days before its imports are cut."""
    return build_world(where, Rules(), 1, 1.0, (CUT,), Cooperation())


def agents(world: World) -> int:
    """Return the number of households and establishments."""
    return len(world.state.homes) + len(world.state.firms)


def seconds_of_a_day(world: World) -> float:
    """Live a day and return how long it took."""
    begin = time.perf_counter()
    live_one_day(world)
    return time.perf_counter() - begin


def warm_up() -> None:
    """Live a crisis in a small place, so that no rule is compiled or loaded while time is taken."""
    world = shocked_world(place(synthetic(2000)))
    for _ in range(CUT.start_day + CUT.days + 10):
        live_one_day(world)
