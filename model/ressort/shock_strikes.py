"""What shocks destroy or trigger on their first day: crops, an employer, a place, a rush."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ressort.branches import BRANCHES
from ressort.goods import AGRI, STORED_GOODS
from ressort.rules.firms import close_firm
from ressort.shock_acts import hit, in_place
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.shocks import Shock
    from ressort.world import World

Bools = NDArray[np.bool_]


def lose_crops(world: World, shock: Shock) -> None:
    """Lose a share of the standing crops."""
    firms, flows = world.state.firms, world.flows
    lost = shock.depth * shock.strength(world.tick) * firms.crop
    flows.lost[AGRI] += lost.sum()
    firms.crop -= lost


def close_largest(world: World, shock: Shock) -> None:
    """Close the living establishment with most jobs."""
    state = world.state
    jobs = np.where(state.firms.alive, state.firms.jobs, 0.0)
    if jobs.any():
        close_firm(state.firms, int(jobs.argmax()), state.slots, state.jobs, world.flows)


def ruin(world: World, shock: Shock) -> None:
    """Lose a share of stocks, pantries, machines and common stores where the disaster strikes."""
    state, flows = world.state, world.flows
    firms, slots, homes = state.firms, state.slots, state.homes
    struck = hit(world, shock)
    held = shock.depth * struck * (firms.stock + firms.crop)
    flows.lost[:] += np.bincount(firms.branch, weights=held, minlength=len(BRANCHES))
    firms.stock[struck] *= 1.0 - shock.depth
    firms.crop[struck] *= 1.0 - shock.depth
    of_hit = np.repeat(struck, firms.end_slot - firms.first_slot)
    held = shock.depth * of_hit * slots.stock
    flows.lost[:] += np.bincount(slots.good, weights=held, minlength=len(BRANCHES))
    slots.stock[of_hit] *= 1.0 - shock.depth
    lost = shock.depth * _pool_share(world, of_hit) * state.scic[0].pool
    flows.lost[:] += lost
    state.scic[0].pool[:] -= lost
    sound = firms.machines - firms.broken
    firms.broken += np.where(struck, np.rint(shock.depth * sound), 0).astype(firms.broken.dtype)
    flooded = in_place(world, shock, homes.commune)
    flows.lost[STORED_GOODS] += shock.depth * homes.pantry[flooded].sum(axis=0)
    homes.pantry[flooded] *= 1.0 - shock.depth
    for measure in world.measures:
        held = shock.depth * _people_share(world, shock) * measure.stock
        flows.lost[:] += held
        measure.stock -= held


def _people_share(world: World, shock: Shock) -> float:
    """Return which share of the residents live where a disaster strikes.

    The stores of a council are taken to lie where people live.
    """
    people = world.place.population
    struck = in_place(world, shock, np.arange(len(people), dtype=np.int32))
    return float(people[struck].sum() / people.sum())


def _pool_share(world: World, of_hit: Bools) -> NDArray[np.float64]:
    """Return which share of each good of the pool stands where a disaster strikes, shape (22,).

    The pool lies with the living members, in proportion to the stocks that they want. `of_hit`: the
    purchases of the establishments that are hit.
    """
    firms, slots = world.state.firms, world.state.slots
    keeps = np.repeat(firms.alive & firms.member, firms.end_slot - firms.first_slot)
    wanted = np.where(keeps & world.goods.storable[slots.good], slots.stock_target, 0.0)
    everywhere = np.bincount(slots.good, weights=wanted, minlength=len(BRANCHES))
    struck = np.bincount(slots.good, weights=wanted * of_hit, minlength=len(BRANCHES))
    return np.divide(struck, everywhere, out=np.zeros_like(struck), where=everywhere > 0)


def panic(world: World, shock: Shock) -> None:
    """Set a share of the households hoarding, as after empty shelves."""
    homes = world.state.homes
    luck = stream(world.seed, "panic", world.tick).random(len(homes))
    scared = (luck < shock.depth) & in_place(world, shock, homes.commune)
    homes.hoard[scared] = world.settings.hoard_days
