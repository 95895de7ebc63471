"""Searches for suppliers in a world: by each producer, by brokers, by a register of members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ressort.rules import sourcing
from ressort.state import Rows

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


def match_members(world: World, links_a_day: float) -> int:
    """Link members in trouble, as many as can be arranged today; fractions add up over the days."""
    state, index = world.state, world.index
    capacity = int(np.floor((world.tick + 1) * links_a_day) - np.floor(world.tick * links_a_day))
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
