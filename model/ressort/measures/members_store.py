"""A grocery run by its members, who work there for some hours (S31)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ressort.measures.base import DAYS_A_YEAR, Floats, Measure
from ressort.state import FORMATS
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

GROCERY = FORMATS.index("grocery")
PERIODS_A_YEAR = 13  # of four weeks
FOOD_SHELF = 0  # food comes first on the shelves of a grocery


class MembersStore(Measure):
    """Some groceries belong to customers who give hours: hands that help when staff is missing.

    Volunteers keep shorter opening hours. Members pay for the coordination. Prices are fixed in the
    model, so that the lower margin of such shops is left out.
    """

    name = "members_store"
    meaning = "a grocery run by its members, who work there for some hours"
    meaning_fr = "un supermarché participatif : ses membres y travaillent quelques heures"
    rows = ("S31",)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.stores: NDArray[np.int_] = np.zeros(0, dtype=int)
        self.hands: Floats = np.zeros(0)  # jobs that volunteers can fill, by store
        self.helped: Floats = np.zeros(0)  # jobs filled today, by store
        self.shoppers: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.households = 0.0  # of members

    def prepare(self, world: World) -> None:
        """Choose stores, the more likely the more customers they have, and members among these."""
        state = world.state
        rng = stream(world.seed, self.name)
        groceries = np.flatnonzero(state.firms.format == GROCERY)
        luck = rng.random(len(state.homes))
        outlets = state.homes.outlet[:, GROCERY]
        custom = np.bincount(outlets[outlets >= 0], minlength=len(state.firms))[groceries]
        # The largest of u^(1/w) are a weighted draw without replacement (Efraimidis, Spirakis).
        keys = rng.random(len(groceries)) ** (1.0 / np.maximum(custom, 1e-9))
        self.stores = np.sort(groceries[np.argsort(-keys)[: self.set.stores]])
        known = np.isin(outlets, self.stores)
        self.shoppers = known.any(axis=1) & (luck < self.set.member_share)
        households = self.shoppers * state.homes.people / state.homes.persons
        self.households = float(households.sum())
        # Who knows two of the stores shares the hours between them.
        share = known / np.maximum(1, known.sum(axis=1, keepdims=True)) * households[:, None]
        at = np.searchsorted(self.stores, outlets[known])
        of_store = np.bincount(at, weights=share[known], minlength=len(self.stores))
        hours = of_store * self.set.hours * PERIODS_A_YEAR
        self.hands = hours / self.set.hours_of_a_job * self.set.productivity
        self.helped = np.zeros(len(self.stores))

    def set_conditions(self, world: World) -> None:
        """Open for fewer hours; let volunteers fill in for staff who are missing."""
        state = world.state
        firms, stores = state.firms, self.stores
        self.helped = np.zeros(len(stores))
        on = self.is_on(world)
        firms.members_first[stores] = on and self.set.members_first
        state.homes.store_member = self.shoppers & on
        if not on:
            return
        firms.intact[stores] *= self.set.opening
        staff, jobs = firms.staff[stores], firms.jobs[stores]
        able = np.minimum(1.0, firms.able[stores])
        # What keeps staff at home keeps a part of the volunteers there too.
        coming = self.hands * (1.0 - self.set.struck_alike * (1.0 - able))
        # Posts that the shop has cut for want of custom lack nobody.
        missing = (1.0 - able) * staff
        self.helped = np.minimum(missing, np.minimum(coming, self.set.open_tasks * jobs))
        # Somebody paid must be there to open the shop.
        self.helped *= firms.alive[stores] & (staff > 0.0)
        firms.able[stores] += self.helped / np.maximum(staff, 1e-9)
        firms.lent[stores] -= self.helped

    def cooperate(self, world: World) -> None:
        """Let members pay the coordination, earned by residents; show who found food."""
        if self.is_on(world):
            due = self.set.coordination * self.households / DAYS_A_YEAR
            self.collect(world, due - self.cash, self.shoppers.astype(float))
            self.pay_residents(world, min(due, self.cash))
        self.observed = {
            "members": float((self.shoppers * world.state.homes.people).sum()),
            "volunteers": float(self.helped.sum()),
            "sold": float(world.state.firms.sold[self.stores].sum()),
            "found_members": self._found(world, 0),
            "found_others": self._found(world, 1),
        }

    def _found(self, world: World, tier: int) -> float:
        """Share of the food asked for that a tier takes home from the stores, their mean.

        Without priority all are of the first tier, and the shares of both are the same.
        """
        if not len(self.stores):
            return 1.0
        state = world.state
        firms = state.firms
        tier = tier if self.set.members_first and self.is_on(world) else 0
        shelf = state.shelves.served[firms.first_shelf[self.stores] + FOOD_SHELF, tier]
        return float(np.minimum(shelf, firms.served[self.stores, tier]).mean())
