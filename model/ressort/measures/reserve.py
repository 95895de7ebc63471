"""A reserve of essential goods that the council keeps and sells to shops in a shortage (S15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ressort.branches import INDEX, N_BRANCHES
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure

if TYPE_CHECKING:
    from ressort.world import World


class Reserve(Measure):
    """A council's reserve: bought out of a levy, kept at a cost, sold to shops at basic prices.

    Residents pay for it. It helps only with the goods that it has, after a delay, and for as long
    as it lasts; in calm times it is pure cost.
    """

    name = "reserve"
    meaning = "the council keeps a reserve of essential goods and sells it to shops in a shortage"
    meaning_fr = (
        "la collectivité tient une réserve de biens essentiels et la vend aux magasins en cas de "
        "pénurie"
    )
    rows = ("S15",)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.kept = np.isin(np.arange(N_BRANCHES), [INDEX[g] for g in self.set.goods])
        self.target: Floats = np.zeros(N_BRANCHES)
        self.alarm_day = -1

    def prepare(self, world: World) -> None:
        """Set the target and, if the reserve is ready, let residents have paid for it before."""
        slots, shelves = world.state.slots, world.state.shelves
        sales = np.bincount(
            slots.good[shelves.slot], weights=shelves.sales_calm, minlength=N_BRANCHES
        )
        self.target = np.where(self.kept, self.set.days * sales, 0.0)
        if self.set.ready and self.set.from_year == 0.0:
            paid = self.levy(world, float(self.target.sum()))
            self.stock = self.target * paid / max(float(self.target.sum()), 1e-9)
            self.cash = 0.0  # spent before day 0

    def decide(self, world: World) -> None:
        """Raise the alarm when customers find too little of what is kept, else end it."""
        asked, found = _asked_and_found(world, self.kept)
        lacking = 1.0 - found / asked if asked > 0.0 else 0.0
        if lacking <= self.set.alarm_share:
            self.alarm_day = -1
        elif self.alarm_day < 0:
            self.alarm_day = world.tick

    def cooperate(self, world: World) -> None:
        """Sell to shops when open, else build up; pay for storage."""
        if not self.is_on(world):
            return
        is_open = self.alarm_day >= 0 and world.tick - self.alarm_day >= self.set.delay_days
        sold = self._sell(world) if is_open else 0.0
        if not is_open:
            self._build(world)
        storage = self.set.holding_cost / DAYS_A_YEAR * float(self.stock.sum())
        self.levy(world, storage - self.cash)
        self.pay_outside(world, storage)
        self.observed = {"stock": float(self.stock.sum()), "sold": sold}

    def _sell(self, world: World) -> float:
        """Share what is kept among shelves under the floor, in proportion to what they lack."""
        state = world.state
        rows = state.shelves.slot
        n = len(state.firms)
        owner = np.repeat(np.arange(n), state.firms.end_slot - state.firms.first_slot)
        shop, good = owner[rows], state.slots.good[rows]
        lacks = np.maximum(0.0, self.set.floor * state.slots.stock_target[rows])
        lacks = np.maximum(0.0, lacks - state.slots.stock[rows])
        lacks *= state.firms.alive[shop] & self.kept[good]
        wanted = np.bincount(good, weights=lacks, minlength=N_BRANCHES)
        share = np.minimum(1.0, self.stock / np.maximum(wanted, 1e-9))
        given = share[good] * lacks
        # A shop buys as far as its cash and credit go.
        cost = np.bincount(shop, weights=given, minlength=n)
        means = np.maximum(0.0, state.firms.cash - state.firms.units + state.firms.credit)
        afford = np.minimum(1.0, means / np.maximum(cost, 1e-9))
        given *= afford[shop]
        state.slots.stock[rows] += given
        state.firms.cash -= np.bincount(shop, weights=given, minlength=n)
        self.stock -= np.bincount(good, weights=given, minlength=N_BRANCHES)
        np.maximum(self.stock, 0.0, out=self.stock)
        self.cash += float(given.sum())
        return float(given.sum())

    def _build(self, world: World) -> None:
        """Buy outside what lacks of the target, in equal parts, once the outside sends again."""
        normal = (world.day.outside >= 1.0) & (world.day.border >= 1.0)
        lacks = np.where(normal, np.maximum(0.0, self.target - self.stock), 0.0)
        wanted = np.minimum(lacks, self.target / self.set.build_days)
        total = float(wanted.sum())
        if total <= 0.0:
            return
        self.levy(world, total - self.cash)
        bought = wanted * self.pay_outside(world, total) / total
        self.stock += bought
        world.flows.imported += bought


def _asked_and_found(world: World, kept: NDArray[np.bool_]) -> tuple[float, float]:
    """Return what customers asked for of some goods yesterday, and what was on the shelves."""
    shelves = world.state.shelves
    here = kept[world.state.slots.good[shelves.slot]]
    asked = shelves.asked[here]
    return float(asked.sum()), float((asked * shelves.served[here]).sum())
