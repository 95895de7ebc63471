"""A reserve of essential goods that the council keeps and sells in a shortage (S15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ressort.branches import N_BRANCHES
from ressort.measures.base import DAYS_A_YEAR, Floats
from ressort.measures.store import Store, shop_sales, storable_use

if TYPE_CHECKING:
    from ressort.world import World


class Reserve(Store):
    """A council's reserve: bought out of a levy, kept at a cost, sold to shops at basic prices.

    A continuity plan (`plan`) sees a shortage earlier and releases sooner, for the price of
    exercises; for a list of `priority` branches it keeps `days` of their own use too, not for sale
    to shops, and serves them first. A plan for which the budget has no money left lapses.
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
        self.kept_back: Floats = np.zeros(N_BRANCHES)  # for the branches on the list, EUR by good

    def prepare(self, world: World) -> None:
        """Set the target and, if the reserve is ready, let residents have paid for it before."""
        self.target = np.where(self.kept, self.set.days * shop_sales(world), 0.0)
        rows = self._rows_of_priority(world)
        if rows.size:
            use = np.bincount(
                world.state.slots.good[rows],
                weights=storable_use(world)[rows],
                minlength=N_BRANCHES,
            )
            self.kept_back = self.set.days * use
            self.target = self.target + self.kept_back
        if self.set.ready and self.set.from_year == 0.0:
            self.fill(world)

    def decide(self, world: World) -> None:
        """Watch what customers find; with a plan, more closely, and those on the list too."""
        if not self._is_ready(world):
            self.watch(world, self.set.alarm_share)
            return
        slots, rows = world.state.slots, self._rows_of_priority(world)
        wanted = self.set.floor * slots.stock_target[rows]
        held = np.minimum(slots.stock[rows], wanted)
        lacking = 1.0 - float(held.sum() / wanted.sum()) if wanted.sum() > 0.0 else 0.0
        self.watch(world, self.set.plan_alarm_share, lacking)

    def cooperate(self, world: World) -> None:
        """Sell when open, else build up; pay for storage and exercises."""
        if not self.is_on(world):
            return
        delay = self.set.plan_delay_days if self._is_ready(world) else self.set.delay_days
        is_open = self.waited(world, delay)
        first = self._sell_to_priority(world) if is_open else 0.0
        sold = self._sell_to_shops(world) if is_open else 0.0
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

    def _is_ready(self, world: World) -> bool:
        """Whether there is a plan, and those who train for it are paid."""
        return bool(self.set.plan) and not self.was_refused(world)

    def _sell_to_priority(self, world: World) -> float:
        """Serve the inputs of the listed branches first."""
        rows = self._rows_of_priority(world)
        return self.sell(world, rows, self.set.floor) if rows.size else 0.0

    def _rows_of_priority(self, world: World) -> NDArray[np.int32]:
        """Return the purchases of what is kept by living establishments on the list."""
        firms, slots = world.state.firms, world.state.slots
        if not self.first:
            return np.zeros(0, dtype=np.int32)
        listed = np.isin(firms.branch, self.first) & firms.alive
        chosen = listed[world.buyers] & (slots.shelf < 0) & self.kept[slots.good]
        return np.flatnonzero(chosen).astype(np.int32)

    def _sell_to_shops(self, world: World) -> float:
        """Serve shops, but for what is kept back for those on the list."""
        return self.sell(world, world.state.shelves.slot, self.set.floor, self.kept_back)

    def _exercise(self, world: World) -> None:
        """Pay those who keep the plan up to date and train for it, shock or no shock."""
        cost = self.set.exercise_cost / DAYS_A_YEAR * float(self.target.sum())
        self.levy(world, cost - self.cash)
        self.pay_residents(world, cost)
