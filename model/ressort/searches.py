"""Searches for suppliers in a world: by each producer, by brokers, by a register of members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ressort.rules import introductions, sourcing
from ressort.state import Rows
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World


def search_suppliers(world: World, settings: Rows, luck: NDArray[np.float64]) -> int:
    """Let producers whose sources fail look for others; return the links made. `luck`: (P,)."""
    state, index = world.state, world.index
    return sourcing.search_suppliers(
        state.firms,
        state.slots,
        state.shelves,
        world.goods,
        index.by_branch,
        index.first_of_branch,
        index.distance,
        settings,
        world.day,
        luck,
    )


def match_members(
    world: World, links_a_day: float, members: NDArray[np.bool_] | None = None
) -> int:
    """Link members in trouble, as many as can be arranged today; fractions add up over the days.

    `members`: of another platform than the SCIC, shape (P,).
    """
    if members is None:
        return _matched(world, links_a_day)
    # The rule reads who is a member from the table of producers; nothing else runs meanwhile.
    of_scic = np.array(world.state.firms.member)
    world.state.firms.member = members
    try:
        return _matched(world, links_a_day)
    finally:
        world.state.firms.member = of_scic


def _matched(world: World, links_a_day: float) -> int:
    state, index = world.state, world.index
    capacity = _links_today(world, links_a_day)
    return sourcing.match_members(
        state.firms,
        state.slots,
        state.shelves,
        world.goods,
        index.by_branch,
        index.first_of_branch,
        index.distance,
        world.settings,
        world.day,
        capacity,
        world.n_drawn,  # what measures add is no member
    )


def introduce_members(world: World, introductions_a_day: float) -> int:
    """Introduce members in trouble to members drawn at random (placebo); return the links made."""
    state, index = world.state, world.index
    luck = stream(world.seed, "introductions", world.tick).random(world.n_drawn)
    return introductions.introduce_members(
        state.firms,
        state.slots,
        state.shelves,
        world.goods,
        index.by_branch,
        index.first_of_branch,
        index.distance,
        world.settings,
        world.day,
        _links_today(world, introductions_a_day),
        luck,
    )


def _links_today(world: World, links_a_day: float) -> int:
    """Return what can be arranged today; fractions add up over the days."""
    return int(np.floor((world.tick + 1) * links_a_day) - np.floor(world.tick * links_a_day))
