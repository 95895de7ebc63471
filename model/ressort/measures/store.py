"""A store of goods of a council: bought out of a levy, held at a cost, sold in a shortage.

What the measures that keep goods have in common. Residents pay for the store; it helps only with
the goods that it has, after a delay, and for as long as it lasts; in calm times it is pure cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ressort.branches import BRANCHES, N_BRANCHES
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure

if TYPE_CHECKING:
    from ressort.world import World

Bools = NDArray[np.bool_]
TINY = 1e-9


class Store(Measure):
    """A measure with a store; its settings include `goods` and `holding_cost`.

    `target`: what it wants to hold by good, EUR. `alarm_day`: of the alarm that lasts, -1 for none.
    """

    may_keep: ClassVar[tuple[str, ...]] = BRANCHES

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.kept: Bools = np.isin(np.arange(N_BRANCHES), self.rows_of("goods", self.may_keep))
        self.target: Floats = np.zeros(N_BRANCHES)
        self.alarm_day = -1

    def fill(self, world: World) -> None:
        """Let residents have paid for a full store before day 0."""
        paid = self.levy(world, float(self.target.sum()))
        self.stock = self.target * paid / max(float(self.target.sum()), TINY)
        self.cash = 0.0  # spent before day 0

    def watch(self, world: World, alarm_share: float, elsewhere: float = 0.0) -> None:
        """Raise the alarm when customers find too little of what is kept, else end it.

        `elsewhere`: share that lacks where else one looks.
        """
        asked, found = _asked_and_found(world, self.kept)
        lacking = max(elsewhere, 1.0 - found / asked if asked > 0.0 else 0.0)
        if lacking <= alarm_share:
            self.alarm_day = -1
        elif self.alarm_day < 0:
            self.alarm_day = world.tick

    def waited(self, world: World, days: float) -> bool:
        """Whether an alarm lasts and these days have gone by since."""
        return self.alarm_day >= 0 and world.tick - self.alarm_day >= days

    def build(self, world: World, days: float) -> None:
        """Buy outside what lacks of the target, in equal parts, once the outside sends again."""
        normal = (world.day.outside >= 1.0) & (world.day.border >= 1.0)
        lacks = np.where(normal, np.maximum(0.0, self.target - self.stock), 0.0)
        wanted = np.minimum(lacks, self.target / days)
        total = float(wanted.sum())
        if total <= 0.0:
            return
        self.levy(world, total - self.cash)
        bought = wanted * self.pay_outside(world, total) / total
        self.stock += bought
        world.flows.imported += bought

    def pay_storage(self, world: World) -> None:
        """Let residents pay the storage, rotation and loss of a day."""
        storage = self.set.holding_cost / DAYS_A_YEAR * float(self.stock.sum())
        self.levy(world, storage - self.cash)
        self.pay_outside(world, storage)

    def sell(
        self, world: World, rows: NDArray[np.int32], floor: float, kept_back: Floats | float = 0.0
    ) -> float:
        """Share the store among purchases under the floor, in proportion to what they lack.

        `rows`: of `slots`, each once. `floor`: share of its usual stock up to which one is filled.
        `kept_back`: EUR by good that are not for these buyers. Buyers pay basic prices, as far as
        their cash and credit go. Returns EUR sold.
        """
        for_sale = np.maximum(0.0, self.stock - kept_back)
        state = world.state
        n = len(state.firms)
        buyer, good = world.buyers[rows], state.slots.good[rows]
        lacks = np.maximum(0.0, floor * state.slots.stock_target[rows])
        lacks = np.maximum(0.0, lacks - state.slots.stock[rows])
        lacks *= state.firms.alive[buyer] & (for_sale[good] > 0.0)
        wanted = np.bincount(good, weights=lacks, minlength=N_BRANCHES)
        share = np.minimum(1.0, for_sale / np.maximum(wanted, TINY))
        given = share[good] * lacks
        cost = np.bincount(buyer, weights=given, minlength=n)
        means = np.maximum(0.0, state.firms.cash - state.firms.units + state.firms.credit)
        means *= world.day.payments
        afford = np.minimum(1.0, means / np.maximum(cost, TINY))
        given *= afford[buyer]
        state.slots.stock[rows] += given
        state.firms.cash -= np.bincount(buyer, weights=given, minlength=n)
        self.stock -= np.bincount(good, weights=given, minlength=N_BRANCHES)
        np.maximum(self.stock, 0.0, out=self.stock)
        old = buyer < world.n_drawn  # apart, so that rows kept free change no bit
        value = float(given[old].sum() + given[~old].sum())
        self.cash += value
        return value


def shop_sales(world: World) -> Floats:
    """Return residents' usual purchases in shops by good, EUR a day at basic prices."""
    slots, shelves = world.state.slots, world.state.shelves
    return np.bincount(
        slots.good[shelves.slot], weights=shelves.sales_calm, minlength=N_BRANCHES
    ).astype(float)


def storable_use(world: World) -> Floats:
    """Return the usual use of each storable input, EUR a day, shape (S,); 0 for shelves."""
    slots = world.state.slots
    use = slots.coefficient * world.state.firms.output_calm[world.buyers]
    return np.where((slots.shelf < 0) & world.goods.storable[slots.good], use, 0.0)


def _asked_and_found(world: World, kept: Bools) -> tuple[float, float]:
    """Return what customers asked for of some goods yesterday, and what was on the shelves."""
    shelves = world.state.shelves
    here = kept[world.state.slots.good[shelves.slot]]
    asked = shelves.asked[here]
    return float(asked.sum()), float((asked * shelves.served[here]).sum())
