"""Public canteens that buy a part of their food here (S27, S28, E15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ressort.branches import INDEX
from ressort.measures import farms
from ressort.measures.added import calm_flows, own_links
from ressort.measures.base import Floats, Measure
from ressort.measures.organic import Organic
from ressort.measures.ties import tier_at
from ressort.rules.passes import hand_out
from ressort.state import N_SOURCES, OUTSIDE
from ressort.streams import stream
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.world import World

FOOD = INDEX["food"]
MOVES_EVERY = 30  # days: contracts are let month by month


class Canteens(Measure):
    """Canteens of schools and care homes buy a growing part of their food from makers here.

    Those makers sell the less outside, so that their demand here is steadier and hangs on canteens
    that may close. A part may have to be organic. The council pays the higher prices out of a levy.
    """

    name = "canteens"
    meaning = "public canteens buy a growing part of their food here, at a premium"
    meaning_fr = (
        "les cantines publiques achètent une part croissante de leur alimentation sur place"
    )
    rows = ("S27", "S28")
    mechanism = "E15"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.branches = self.rows_of("branches")

    def prepare(self, world: World) -> None:
        """List the purchases of food by canteens, in the order in which contracts come up."""
        own_links(world)
        state = world.state
        wanted = np.flatnonzero((state.slots.good == FOOD) & (state.slots.shelf < 0))
        owner = world.buyers[wanted]
        public = np.isin(state.firms.branch[owner], self.branches) & (owner < world.n_drawn)
        order = stream(world.seed, "canteens").permutation(int(public.sum()))
        self.slots: NDArray[np.int64] = wanted[public][order]
        self.buyers: NDArray[np.int64] = owner[public][order]
        self.flow: Floats = calm_flows(world, self.slots, self.buyers) / N_SOURCES
        self.seller = np.full((len(self.slots), N_SOURCES), OUTSIDE)  # where a contract was let
        before = state.source_calm[self.slots] >= 0
        self.before = float((before * self.flow[:, None]).sum())

    def decide(self, world: World) -> None:
        """Let contracts once a month, as far as the share of the year and the budget go."""
        if self.is_on(world) and world.tick % MOVES_EVERY == 0 and not self.was_refused(world):
            self._let(world)

    def _reached(self, world: World) -> float:
        """Return which share of the goals is due by now."""
        return min(1.0, self.years(world) / self.set.years) if self.set.years > 0.0 else 1.0

    def _let(self, world: World) -> None:
        total = N_SOURCES * float(self.flow.sum())
        goal = self._reached(world) * self.set.local_share * total
        here = self.before + self._contracts()
        firms, calm = world.state.firms, world.state.source_calm
        makers = np.flatnonzero(firms.branch == FOOD)
        for j, slot in enumerate(self.slots):
            for k in range(N_SOURCES):
                if here + self.flow[j] > goal:
                    break
                if calm[slot, k] != OUTSIDE or world.state.slots.source[slot, k] != OUTSIDE:
                    continue
                row = self._nearest(world, makers, int(self.buyers[j]), float(self.flow[j]))
                if row >= 0:
                    farms.take_links(world, np.array([slot]), np.array([k]), row)
                    firms.exports_calm[row] -= self.flow[j]
                    self.seller[j, k] = row
                    here += float(self.flow[j])

    def _nearest(self, world: World, makers: NDArray[np.int64], buyer: int, flow: float) -> int:
        """Return the nearest maker that sells so much outside, or -1."""
        firms = world.state.firms
        km = world.index.distance[firms.commune[buyer]][firms.commune[makers]]
        may = firms.alive[makers] & (firms.exports_calm[makers] >= flow)
        may &= (km <= self.set.reach_km) & (makers != buyer)
        if not may.any():
            return OUTSIDE
        return int(makers[np.argmin(np.where(may, km, np.inf))])

    def _contracts(self) -> float:
        """Return what contracts let amount to, EUR a day."""
        return float(((self.seller >= 0) * self.flow[:, None]).sum())

    def cooperate(self, world: World) -> None:
        """Pay the premium on what was delivered today, out of a levy."""
        if not self.is_on(world):
            return
        state = world.state
        firms, slots = plain(state.firms), plain(state.slots)
        bought = np.zeros(len(firms))
        lean = slots["lean"][self.slots]
        for k, part in enumerate((lean, 1.0 - lean)):
            let = np.flatnonzero(self.seller[:, k] >= 0)
            rows, seller, buyer = self.slots[let], self.seller[let, k], self.buyers[let]
            still = slots["source"][rows, k] == seller
            tier = tier_at(world, buyer, seller)
            sent = slots["order"][rows] * part[let] * firms["served"][seller, tier]
            sent *= still & firms["alive"][buyer] & firms["alive"][seller]
            bought += np.bincount(seller, weights=sent, minlength=len(bought))
        here, away = self._organic(world, float(bought.sum()))
        # Makers here get the premium on all that they sell, and the organic one on their part.
        extra = here / max(float(bought.sum()), 1e-9)
        rate = self.set.premium + self.set.organic_premium * extra
        own = rate * float(bought.sum())
        due = own + self.set.organic_premium * away
        self.levy(world, due - self.cash)
        paid = min(1.0, max(0.0, self.cash) / due) if due > 0.0 else 0.0
        local = paid * own
        hand_out(state.firms, paid * rate * bought)
        self.cash -= local
        self.cost_today += local
        outside = self.pay_outside(world, paid * self.set.organic_premium * away)
        total = max(1e-9, N_SOURCES * float(self.flow.sum()))
        self.observed = {
            "share": (self.before + self._contracts()) / total,
            "bought": float(bought.sum()),
            "premium": local + outside,
            "organic_here": here,
            "organic_outside": away,
        }

    def _organic(self, world: World, bought: float) -> tuple[float, float]:
        """Return what organic food canteens buy today from here and from outside, EUR.

        Makers here have as much of it as farms here are organic; the rest comes from outside.
        """
        state = world.state
        alive = state.firms.alive[self.buyers]
        goal = self._reached(world) * self.set.organic_share
        wanted = goal * float((state.slots.order[self.slots] * alive).sum())
        share = self.set.organic_supply
        for measure in world.measures:
            if isinstance(measure, Organic):
                share = measure.observed.get("share", share)
        here = min(wanted, share * bought)
        return here, min(wanted - here, self._from_outside(world))

    def _from_outside(self, world: World) -> float:
        """Return the food ordered outside that is dispatched and may cross the border, EUR."""
        slots, day = plain(world.state.slots), world.day
        lean = slots["lean"][self.slots]
        out = (slots["source"][self.slots] == OUTSIDE) * np.stack([lean, 1.0 - lean], axis=1)
        sent = slots["order"][self.slots] * out.sum(axis=1)
        sent *= plain(world.state.firms)["alive"][self.buyers]
        return float(sent.sum() * min(1.0, day.outside[FOOD]) * min(1.0, day.border[FOOD]))

    def adapt(self, world: World) -> None:
        """Show nothing bought before the measure begins."""
        if not self.observed:
            names = ("share", "bought", "premium", "organic_here", "organic_outside")
            self.observed = dict.fromkeys(names, 0.0)
