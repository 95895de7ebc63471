"""One day, from top to bottom. Start reading here.

`PHASES` is the order of the day. Each phase is one function that calls the rules of its subject;
`live_one_day` runs them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ressort import scic, searches, shocks
from ressort.rules import (
    arrivals,
    delivery,
    firms,
    households,
    prices,
    production,
    purchases,
    sellers,
    sourcing,
    work,
)
from ressort.state import GOODS_FLOWS, MONEY_FLOWS
from ressort.streams import stream
from ressort.world import World


def start(world: World) -> None:
    """Open the books; set the conditions that shocks leave, and destroy what they destroy."""
    for name, _ in MONEY_FLOWS:
        world.flows[name] = 0.0
    for name, _ in GOODS_FLOWS:
        world.flows[name][:] = 0.0
    world.links_made = 0
    world.linked_by_scic = None
    shocks.set_conditions(world)
    shocks.strike(world)
    for measure in world.measures:
        measure.cost_today = 0.0
        measure.set_conditions(world)


def decide_together(world: World) -> None:
    """Let the SCIC, and whoever else acts for all, see what yesterday left and decide."""
    scic.decide(world)
    for measure in world.measures:
        measure.decide(world)


def receive(world: World) -> None:
    """Unload what was ordered outside and what the pool granted."""
    state = world.state
    due = state.transit[world.tick % len(state.transit)]
    arrivals.receive(state.firms, state.slots, due, world.day, world.flows)
    if world.cooperation is not None:
        due = state.haul[world.tick % len(state.haul)]
        arrivals.receive_from_pool(state.slots, due, state.pooled)


def _luck_of_firms(
    world: World, rng: np.random.Generator, name: str, count: int
) -> NDArray[np.float64]:
    """Return `count` numbers an establishment, shape (P, count).

    Those that measures added draw from a stream of their own: room made for them changes nobody
    else's luck.
    """
    luck = rng.random((world.n_drawn, count))
    added = len(world.state.firms) - world.n_drawn
    if added == 0:
        return luck
    own = stream(world.seed, f"{name}_added", world.tick)
    return np.concatenate([luck, own.random((added, count))])


def run_machines(world: World) -> None:
    """Break and repair machines."""
    state = world.state
    luck = _luck_of_firms(world, world.machine_luck, "machines", 2)
    arrivals.run_machines(state.firms, state.slots, world.goods, world.settings, world.day, luck)


def order(world: World) -> None:
    """Fill the order books: producers and outlets, the outside and investors, households."""
    state = world.state
    state.firms.orders = 0.0
    if world.settings.dear:
        state.firms.dear_sales = 0.0
    state.shelves.asked = 0.0
    purchases.order_inputs(
        state.firms,
        state.slots,
        state.shelves,
        world.goods,
        state.pooled,
        state.transit,
        world.settings,
        world.day,
        world.flows,
    )
    purchases.take_export_orders(state.firms, world.settings, world.day)
    households.decide_purchases(
        state.homes, world.items, state.firms, state.shelves, world.settings, world.day
    )


def produce(world: World) -> None:
    """Make what machines, staff and inputs allow, and share it among the orders."""
    state = world.state
    production.find_possible(state.firms, state.slots, world.goods, world.settings)
    production.share_shelves(state.slots, state.shelves)
    production.produce_and_share(
        state.firms,
        state.slots,
        state.shelves,
        world.goods,
        world.settings,
        world.day,
        world.flows,
    )


def deliver(world: World) -> None:
    """Hand over and pay for goods between producers."""
    state = world.state
    world.failing_inputs = delivery.deliver_inputs(
        state.firms, state.slots, state.shelves, world.settings, world.day
    )


def consume(world: World) -> None:
    """Let households shop, pay, use what they have, and record what lacked; sellers collect."""
    state = world.state
    world.failing_purchases = households.shop_and_consume(
        state.homes,
        world.items,
        state.firms,
        state.shelves,
        world.settings,
        world.day,
        world.flows,
    )
    delivery.collect_sales(state.firms, state.slots, state.shelves, world.settings)
    for measure in world.measures:
        measure.trade(world)


def pay(world: World) -> None:
    """Pay wages and benefits, the SCIC's staff out of members' fees, then profits."""
    state = world.state
    state.homes.income = 0.0
    work.pay_wages(state.firms, state.jobs, state.homes, world.settings, world.flows)
    world.profits = scic.pay_staff(world)
    world.profits += work.pay_profits(state.firms, world.goods, state.scic[0], world.flows)


def cooperate(world: World) -> None:
    """Let the SCIC match, grant and lend, and measures collect, spend and hand over."""
    scic.work_for_members(world)
    for measure in world.measures:
        measure.cooperate(world)


def settle(world: World) -> None:
    """Complete households' incomes, and take taxes and saving."""
    work.settle_households(world.state.homes, world.settings, world.day, world.flows, world.profits)


def adapt(world: World) -> None:
    """Adjust prices, staff and exports, look for other sellers, close and open establishments."""
    state = world.state
    if world.settings.dear:
        prices.adjust_prices(state.firms, state.shelves, world.settings)
    work.adjust_staff(state.firms, state.jobs, world.settings)
    firms.redirect_exports(state.firms, world.settings)
    _change_suppliers(world)
    _change_shops(world)
    luck = _luck_of_firms(world, stream(world.seed, "entry", world.tick), "entry", 1)[:, 0]
    luck[world.n_drawn :] = 1.0  # those that measures added are opened by them alone
    luck[shocks.entry_barred(world)] = 1.0
    world.closed, world.opened = firms.close_and_open(
        state.firms, state.slots, state.jobs, world.settings, world.flows, luck
    )
    for measure in world.measures:
        measure.adapt(world)


def _change_suppliers(world: World) -> None:
    """Let producers search new suppliers, and go back to those of calm times."""
    state = world.state
    rng = stream(world.seed, "suppliers", world.tick)
    luck = _luck_of_firms(world, rng, "suppliers", 1)[:, 0]
    world.links_made += searches.search_suppliers(world, world.settings, luck)
    sourcing.return_to_suppliers(
        state.firms,
        state.slots,
        state.source_calm,
        world.settings,
        world.day,
        _luck_of_firms(world, rng, "returns", 1)[:, 0],
    )


def _change_shops(world: World) -> None:
    """Let households search new sellers, and go back to those of calm times."""
    state, index = world.state, world.index
    rng = stream(world.seed, "shops", world.tick)
    sellers.search_sellers(
        state.homes,
        world.items,
        world.goods,
        state.firms,
        state.shelves,
        index.by_branch,
        index.first_of_branch,
        index.outlets,
        index.first_of_format,
        index.distance,
        state.provider_calm,
        state.outlet_calm,
        world.settings,
        world.day,
        rng.random(len(state.homes)),
    )


class Phase(NamedTuple):
    """One phase of the day."""

    name: str
    run: Callable[[World], None]


PHASES: Final = tuple(
    Phase(phase.__name__, phase)
    for phase in (
        start,
        decide_together,
        receive,
        run_machines,
        order,
        produce,
        deliver,
        consume,
        pay,
        cooperate,
        settle,
        adapt,
    )
)


def live_one_day(world: World) -> None:
    """Run the phases of one day in order."""
    for phase in PHASES:
        phase.run(world)
    world.tick += 1
