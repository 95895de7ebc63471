"""What measures for farming share: farmland of farms, lasting changes of output, new customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ressort.branches import INDEX
from ressort.goods import AGRI
from ressort.measures.added import calm_flows
from ressort.parameters import branch_traits
from ressort.place import DAYS_A_YEAR
from ressort.state import ITEMS, N_SOURCES, OUTSIDE, Floats

if TYPE_CHECKING:
    from ressort.world import World

Ints = NDArray[np.int64]


def old_farms(world: World) -> Ints:
    """Return the rows of the farms drawn at the start."""
    return np.flatnonzero(world.state.firms.branch[: world.n_drawn] == AGRI)


def farmland(world: World, farms: Ints) -> Floats:
    """Return the hectares of farms drawn at the start, from their drawn output."""
    output = world.economy.firms.output[farms]
    return np.asarray(output * DAYS_A_YEAR / world.rules.behaviour.farm_output)


def shrink_output(world: World, row: int, left: float) -> None:
    """Lower the normal output of an establishment for good to a share `left` of what it was.

    It gives up sales outside first, then those to investors, then customers here, who from then on
    buy outside. Jobs and wages stay: the same people make less.
    """
    state = world.state
    firm = state.firms[row]
    lost = (1.0 - left) * float(firm.output_calm)
    inputs = slice(firm.first_slot, firm.end_slot)
    recipe = state.slots.coefficient[inputs]
    firm.outlays_calm -= lost * float(recipe.sum())
    state.slots.stock_target[inputs] *= np.where(recipe > 0.0, left, 1.0)
    firm.output_calm -= lost
    firm.capacity *= left
    firm.stock_target *= left
    for sales in ("exports_calm", "investment_calm"):
        given_up = min(lost, float(firm[sales]))
        firm[sales] -= given_up
        lost -= given_up
    if lost > 1e-9 * firm.output_calm:
        _send_outside(world, row, lost)


def _send_outside(world: World, row: int, amount: float) -> None:
    """Let the smallest customers of a seller buy outside until `amount` (EUR a day) is given up."""
    state = world.state
    slot, k = np.nonzero(state.source_calm == row)
    flow = calm_flows(world, slot, world.buyers[slot]) / N_SOURCES
    order = np.argsort(flow, kind="stable")
    before = np.cumsum(flow[order]) - flow[order]
    gone = order[before < amount]
    drop_links(world, slot[gone], k[gone], row)


def drop_links(world: World, slot: Ints, k: Ints, row: int) -> None:
    """Let purchases that normally go to a seller go outside, now and in calm times."""
    state = world.state
    state.source_calm[slot, k] = OUTSIDE
    current = state.slots.source[slot, k] == row
    state.slots.source[slot[current], k[current]] = OUTSIDE


def take_links(world: World, slot: Ints, k: Ints, row: int) -> None:
    """Let purchases that go outside go to a seller here, now and in calm times."""
    state = world.state
    state.source_calm[slot, k] = row
    state.slots.source[slot, k] = row
    state.slots.trouble[slot, k] = 0


def take_land(world: World, commune: int, hectares: float, most: float) -> None:
    """Take land from the nearest living farms that sell outside, in order of distance by road.

    They make less from then on, in proportion to the land, at most a share `most` of what
    each sells outside.
    """
    firms = world.state.firms
    farms = old_farms(world)
    a_hectare = world.rules.behaviour.farm_output / DAYS_A_YEAR
    km = world.index.distance[commune][firms.commune[farms]]
    left = hectares * a_hectare
    for row in farms[np.argsort(km, kind="stable")]:
        if left <= 0.0:
            break
        if firms.alive[row] and firms.output_calm[row] > 0.0:
            taken = min(left, most * float(firms.exports_calm[row]))
            shrink_output(world, int(row), 1.0 - taken / float(firms.output_calm[row]))
            left -= taken


def food_purchases(world: World) -> float:
    """Return what residents, and restaurants here, buy of farm products in calm times, EUR/day."""
    state = world.state
    item = world.items[ITEMS.index("agri")]
    homes, firms = state.homes, state.firms
    use = homes.people * item.committed + homes.discretionary * item.variable
    horeca = branch_traits().coefficients[AGRI, INDEX["horeca"]]
    meals = firms.output_calm[firms.branch == INDEX["horeca"]].sum()
    return float(use.sum() + horeca * meals)
