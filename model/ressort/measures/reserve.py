"""A reserve of essential goods that the council keeps and sells in a shortage (S15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ressort.measures.base import DAYS_A_YEAR
from ressort.measures.store import Store, owners, shop_sales

if TYPE_CHECKING:
    from ressort.world import World


class Reserve(Store):
    """A council's reserve: bought out of a levy, kept at a cost, sold to shops at basic prices.

    A continuity plan (`plan`) sees a shortage earlier and releases sooner, for the price of
    exercises; a list of `priority` branches serves their own purchases before shops. The list does
    not add goods: what a hospital gets, shops miss.
    """

    name = "reserve"
    meaning = "the council keeps a reserve of essential goods and sells it to shops in a shortage"
    meaning_fr = (
        "la collectivité tient une réserve de biens essentiels et la vend aux magasins en cas de "
        "pénurie"
    )
    rows = ("S06", "S15")

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.first = self.rows_of("priority")

    def prepare(self, world: World) -> None:
        """Set the target and, if the reserve is ready, let residents have paid for it before."""
        self.target = np.where(self.kept, self.set.days * shop_sales(world), 0.0)
        if self.set.ready and self.set.from_year == 0.0:
            self.fill(world)

    def decide(self, world: World) -> None:
        """Watch what customers find; with a plan, more closely."""
        self.watch(world, self.set.plan_alarm_share if self.set.plan else self.set.alarm_share)

    def cooperate(self, world: World) -> None:
        """Sell when open, else build up; pay for storage and exercises."""
        if not self.is_on(world):
            return
        delay = self.set.plan_delay_days if self.set.plan else self.set.delay_days
        is_open = self.waited(world, delay)
        first = self._sell_to_priority(world) if is_open else 0.0
        sold = self.sell(world, world.state.shelves.slot, self.set.floor) if is_open else 0.0
        if not is_open:
            self.build(world, self.set.build_days)
        self.pay_storage(world)
        if self.set.plan:
            self._exercise(world)
        self.observed = {
            "stock": float(self.stock.sum()),
            "sold": first + sold,
            "sold_to_priority": first,
            "open": float(is_open),
        }

    def _sell_to_priority(self, world: World) -> float:
        """Serve the inputs of the listed branches first."""
        if not self.first:
            return 0.0
        state = world.state
        listed = np.isin(state.firms.branch, self.first)
        chosen = listed[owners(world)] & (state.slots.shelf < 0) & self.kept[state.slots.good]
        return self.sell(world, np.flatnonzero(chosen).astype(np.int32), self.set.floor)

    def _exercise(self, world: World) -> None:
        """Pay those who keep the plan up to date and train for it, shock or no shock."""
        cost = self.set.exercise_cost / DAYS_A_YEAR * float(self.target.sum())
        self.levy(world, cost - self.cash)
        self.pay_residents(world, cost)
