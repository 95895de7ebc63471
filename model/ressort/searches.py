"""Searches for suppliers in a world: by each producer, by brokers, by a register of members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ressort.rules import introductions, sourcing
from ressort.rules.sourcing import Longs
from ressort.state import Floats, Ints, Rows
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World


def _tables(world: World) -> tuple[Rows, Rows, Rows, Rows, Ints, Ints, Floats]:
    """Return what every search reads, in the order in which the rules take it."""
    state, index = world.state, world.index
    return (
        state.firms,
        state.slots,
        state.shelves,
        world.goods,
        index.by_branch,
        index.first_of_branch,
        index.distance,
    )


def search_suppliers(world: World, settings: Rows, luck: NDArray[np.float64]) -> int:
    """Let producers whose sources fail look for others; return the links made. `luck`: (P,)."""
    return sourcing.search_suppliers(*_tables(world), settings, world.day, luck)


def link_members(world: World, links_a_day: float) -> Longs:
    """Link members in trouble, as many as can be arranged today; return the linked purchases."""
    return sourcing.match_members(
        *_tables(world),
        world.settings,
        world.day,
        _links_today(world, links_a_day),
        world.n_drawn,  # what measures add is no member
    )


def match_members(world: World, links_a_day: float, members: NDArray[np.bool_]) -> int:
    """Do the same for members of another platform than the SCIC, shape (P,); return how many."""
    # The rule reads who is a member from the table of producers; nothing else runs meanwhile.
    of_scic = np.array(world.state.firms.member)
    world.state.firms.member = members
    try:
        return len(link_members(world, links_a_day))
    finally:
        world.state.firms.member = of_scic


def introduce_members(world: World, introductions_a_day: float) -> Longs:
    """Introduce members in trouble to others drawn at random (placebo); return linked purchases."""
    luck = stream(world.seed, "introductions", world.tick).random(world.n_drawn)
    capacity = _links_today(world, introductions_a_day)
    return introductions.introduce_members(
        *_tables(world), world.settings, world.day, capacity, luck
    )


def _links_today(world: World, links_a_day: float) -> int:
    """Return what can be arranged today; fractions add up over the days."""
    return int(np.floor((world.tick + 1) * links_a_day) - np.floor(world.tick * links_a_day))
