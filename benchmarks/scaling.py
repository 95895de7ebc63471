"""How the cost of an agent and day depends on the number of agents.

Two series. *Same composition*: one place with more and more people, jobs and farmland, but the
same shares of what is bought, sold and worked at home; only size varies, so this has the target.
*Growing territory*: as a territory grows, more sellers lie inside it, and a household that buys at
home is more work than one that buys outside; what a user meets, without target.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np
from benchmarks.lines import Line, say
from benchmarks.worlds import CUT, agents, seconds_of_a_day, shocked_world, warm_up
from numpy.typing import NDArray

from ressort.place import Place, place
from ressort.profiles import synthetic
from ressort.simulation import fork
from ressort.world import World

TARGET: Final = 1.3
INHABITANTS: Final = (10_800, 43_000, 215_000, 1_075_000)  # 5,000 to 500,000 households
TYPICAL: Final = 215_000  # whose shares the series of same composition has
DAYS: Final = CUT.start_day + CUT.days + 5
TURNS: Final = 4
SECONDS_A_TURN: Final = 2.0

Floats = NDArray[np.float64]


def measure() -> list[Line]:
    """Return the most that the cost of an agent and day varies, in both series."""
    warm_up()
    typical = place(synthetic(TYPICAL))
    alike = [enlarged(typical, size / TYPICAL) for size in INHABITANTS]
    grown = [place(synthetic(size)) for size in INHABITANTS]
    return [
        _line("same composition", alike, TARGET),
        _line("growing territory", grown, None),
    ]


def enlarged(where: Place, factor: float) -> Place:
    """Return a place with more of everything, the shares of what is local left as they are."""
    return dataclasses.replace(
        where,
        population=np.round(where.population * factor),
        jobs=where.jobs * factor,
        hectares=where.hectares * factor,
    )


def _line(series: str, places: list[Place], target: float | None) -> Line:
    worlds = [shocked_world(where) for where in places]
    costs = nanoseconds(series, worlds)
    ratio = max(costs) / min(costs)
    sizes = [f"{len(world.state.homes):,}" for world in worlds]
    return Line(
        f"cost of an agent and day, {sizes[0]} to {sizes[-1]} households, {series}: max / min",
        f"at most {target}" if target else "",
        f"{ratio:.2f} (" + ", ".join(f"{cost:.0f}" for cost in costs) + " ns)",
        ratio <= target if target else None,
    )


def nanoseconds(series: str, worlds: list[World]) -> list[float]:
    """Return the cost of an agent and day for each world, ns.

    All worlds take turns, several times from the same morning; of each day the fastest time
    counts, since others on the machine only ever add to it; then all days of a world are summed.
    """
    fastest = np.full((len(worlds), DAYS), np.inf)
    for turn in range(TURNS):
        say(f"scaling, {series}: turn {turn + 1} of {TURNS}")
        for k, world in enumerate(worlds):
            fastest[k] = np.minimum(fastest[k], _fastest_days(world))
    return [
        1e9 * float(days.mean()) / agents(world)
        for days, world in zip(fastest, worlds, strict=True)
    ]


def _fastest_days(world: World) -> Floats:
    """Live the days as often as fits in a turn, at least once, and return their fastest times."""
    fastest, spent = np.full(DAYS, np.inf), 0.0
    while spent < SECONDS_A_TURN:
        life = fork(world, shocks=True)
        days = np.array([seconds_of_a_day(life) for _ in range(DAYS)])
        fastest = np.minimum(fastest, days)
        spent += float(days.sum())
    return fastest
