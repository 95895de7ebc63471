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
from ressort.streams import stream

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
        self.agreed = False  # to act, while the alarm lasts

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
            self.alarm_day, self.agreed = -1, False
        elif self.alarm_day < 0 and _is_quorate(world, alarm_share):
            self.alarm_day = world.tick

    def waited(self, world: World, days: float) -> bool:
        """Whether an alarm lasts and these days have gone by since, and those of coordination."""
        if self.alarm_day >= 0 and not self.agreed:
            how = world.coordination
            days += how.delay_days(len(world.place.population))
            if how.heterogeneity > 0.0:
                days += how.debate_days(unmet_share(world))
            # Agreement holds while the alarm lasts, however communes drift apart.
            self.agreed = world.tick - self.alarm_day >= days
        return self.agreed

    def believed(self, world: World) -> Floats:
        """Return by what factor the council misjudges each commune's lack today, shape (C,)."""
        communes = len(world.place.population)
        luck = stream(world.seed, f"perceived_{self.name}", world.tick)
        seen = world.coordination.perceived(communes, communes, luck)
        return np.ones(communes) if seen is None else seen

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
        """Let residents pay the storage, rotation and loss of a day; what is refused spoils."""
        storage = self.set.holding_cost / DAYS_A_YEAR * float(self.stock.sum())
        self.levy(world, storage - self.cash)
        paid = self.pay_outside(world, storage)
        if self.refused_on == world.tick:
            self.spoil(world, storage - paid)

    def spoil(self, world: World, unpaid: float) -> None:
        """Lose as much of the goods as the storage that nobody was paid for, EUR."""
        lost = self.stock * min(1.0, max(0.0, unpaid) / max(float(self.stock.sum()), TINY))
        self.stock -= lost
        world.flows.lost += lost

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
        claims = lacks * self.believed(world)[state.firms.commune[buyer]]
        wanted = np.bincount(good, weights=claims, minlength=N_BRANCHES)
        share = np.minimum(1.0, for_sale / np.maximum(wanted, TINY))
        given = np.minimum(share[good] * claims, lacks)
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


def unmet_share(world: World) -> Floats:
    """Return the share of residents' needs unmet yesterday by commune, shape (C,)."""
    homes, n = world.state.homes, len(world.place.population)
    lack = homes.people * (1.0 - homes.met.mean(axis=1))
    heads = np.bincount(homes.commune, weights=homes.people, minlength=n)
    unmet = np.bincount(homes.commune, weights=lack, minlength=n)
    share: Floats = np.divide(unmet, heads, out=np.zeros(n), where=heads > 0.0)
    return share


def _is_quorate(world: World, alarm_share: float) -> bool:
    """Whether more communes than the quorum miss more than a share of their needs."""
    if world.coordination.quorum == 0.0:
        return True
    return world.coordination.is_reached(float((unmet_share(world) > alarm_share).mean()))


def _asked_and_found(world: World, kept: Bools) -> tuple[float, float]:
    """Return what customers asked for of some goods yesterday, and what was on the shelves."""
    shelves = world.state.shelves
    here = kept[world.state.slots.good[shelves.slot]]
    asked = shelves.asked[here]
    return float(asked.sum()), float((asked * shelves.served[here]).sum())
