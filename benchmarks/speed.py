"""How much faster a day is than the same day written as plain Mesa agents."""

from __future__ import annotations

import time
from typing import Final

import numpy as np
from benchmarks.lines import Line, say
from benchmarks.worlds import seconds_of_a_day, shocked_world, warm_up
from tests.reference.plain_mesa import PlainModel

from ressort.place import place
from ressort.territories import territory

TARGET: Final = 100.0
TOWN: Final = "63178"  # Issoire; with what is around it some 20,000 households
RADIUS_KM: Final = 10.5
FIRST_DAY: Final = 4  # two days into the cut
DAYS: Final = 12


def measure() -> list[Line]:
    """Time the same days of one world in both, day by day in turn; the median of the ratios.

    In turn, because the machine may be busy for a while. The engine finds its caches emptied by
    the reference each time, which is to its disadvantage.
    """
    warm_up()
    world = shocked_world(place(territory(around=TOWN, radius_km=RADIUS_KM)))
    households = len(world.state.homes)
    say(f"speed: {households:,} households, plain Mesa and engine, {DAYS} days")
    plain = PlainModel.from_world(world)
    ratios = []
    for day in range(FIRST_DAY + DAYS):
        begin = time.perf_counter()
        plain.step()
        slow = time.perf_counter() - begin
        fast = seconds_of_a_day(world)
        if day >= FIRST_DAY:
            ratios.append(slow / fast)
    ratio = float(np.median(ratios))
    return [
        Line(
            f"time of plain Mesa / time of the engine, a day of {households:,} households",
            f"at least {TARGET:.0f}",
            f"{ratio:.0f} ({min(ratios):.0f} to {max(ratios):.0f})",
            ratio >= TARGET,
        )
    ]
