"""What measures between firms share: who takes part, what they can spend, and dues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ressort.measures.added import luck_of
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure, total
from ressort.searches import match_members

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


def members_today(world: World, drawn: Bools) -> Bools:
    """Return who takes part today: the members of the SCIC, nobody after its end; else those drawn.

    Members by lot have no platform of their own that could end: its failure is not in the model.
    """
    if world.cooperation is None:
        return drawn
    now: Bools = np.array(world.state.firms.member, dtype=bool)
    now[world.n_drawn :] = False
    return now


def tier_at(world: World, buyer: Ints, seller: Ints) -> Ints:
    """Return the tier in which each buyer is served by each seller; see `purchases.firm_tier`."""
    firms = world.state.firms
    by_member = np.where(firms.member[buyer], 0, 1)
    return np.where(firms.priority[seller], by_member, firms.tier[buyer])


def meet(world: World, members: Bools, contacts: float) -> int:
    """Link members in trouble with members who have room; `contacts`: a member and year."""
    if world.failing_inputs == 0:
        return 0
    rate = contacts / DAYS_A_YEAR * float((members & world.state.firms.alive).sum())
    return match_members(world, rate, members)


def means(world: World) -> Floats:
    """Return the euros that each establishment can still pay, credit included, shape (P,).

    What a freeze of payments holds back it cannot pay: who sends a bill waits for it in vain.
    """
    firms = world.state.firms
    held = np.maximum(0.0, firms.cash - firms.units + firms.credit)
    return np.asarray(held * world.day.payments)


def pay(world: World, measure: Measure, due: Floats) -> Floats:
    """Let establishments pay a measure what they owe (EUR, shape (P,)), as far as they can."""
    paid = np.minimum(due, means(world))
    world.state.firms.cash -= paid
    measure.cash += total(world, paid)
    return paid
