"""What measures between firms share: who takes part, what they can spend, and dues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ressort.measures.added import luck_of
from ressort.measures.base import Floats, Measure, total
from ressort.rules.passes import charge
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.world import World

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def draw_members(world: World, name: str, share: float) -> Bools:
    """Return who takes part: the members of the SCIC where there is one, else a share by lot.

    Drawn by a stream of the measure's own; whom a measure adds later takes no part.
    """
    if world.cooperation is not None:
        return np.array(world.state.firms.member, dtype=bool)
    luck = luck_of(world, name, lambda rng, n: [rng.random(n)])[0]
    chosen: Bools = luck < share
    chosen[world.n_drawn :] = False
    return chosen


def means(world: World, rows: Ints) -> Floats:
    """Return the euros that some establishments can still pay, credit included."""
    firms = plain(world.state.firms)
    left = firms["cash"][rows] - firms["units"][rows] + firms["credit"][rows]
    return np.asarray(np.maximum(0.0, left))


def pay(world: World, measure: Measure, due: Floats) -> Floats:
    """Let establishments pay a measure what they owe (EUR, shape (P,)), as far as they can."""
    paid = charge(world.state.firms, due, True, 1.0)
    measure.cash += total(world, paid)
    return paid
