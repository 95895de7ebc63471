"""Conversion of existing farms to organic farming (S21)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ressort.branches import INDEX
from ressort.measures import farms
from ressort.measures.added import own_links
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

CHEMICALS = INDEX["chemicals"]
CONVENTIONAL, WAITING, CONVERTING, ORGANIC = range(4)


class Organic(Measure):
    """Farms apply for conversion; advisers and money for aid decide how many a year are taken.

    A converted farm yields less and needs few chemicals. Prices are fixed in this model, so that
    organic goods earn no premium: what a farm loses in yield it loses in income, but for the aid.
    """

    name = "organic"
    meaning = "farms convert to organic farming, with aid and advisers: fewer chemicals, less yield"
    meaning_fr = (
        "des fermes passent en bio, avec aides et conseillers : moins de chimie, moins de rendement"
    )
    rows = ("S21",)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.files = 0.0  # conversions that advisers have time for

    @property
    def brings_from_outside(self) -> bool:
        """The part of the aid that others pay."""
        return bool(self.set.outside_share > 0.0)

    def prepare(self, world: World) -> None:
        """Draw who is organic already, and when each other farm will apply."""
        own_links(world)
        self.farms = farms.old_farms(world)
        self.hectares: Floats = farms.farmland(world, self.farms)
        luck = stream(world.seed, "organic").random((2, len(self.farms)))
        self.stage = np.where(luck[0] < self.set.start_share, ORGANIC, CONVENTIONAL)
        rate = max(self.set.application_rate, 1e-9)
        self.applies: Floats = -np.log1p(-luck[1]) / rate  # years after the beginning
        self.since = np.full(len(self.farms), np.inf)  # years, of the conversion
        self.normal: Floats = world.state.firms.output_calm[self.farms].copy()
        self.chemicals = chemicals_used(world, self.farms)

    def cooperate(self, world: World) -> None:
        """Pay advisers and aid out of a levy and of what comes from outside."""
        if not self.is_on(world):
            return
        advice = self.set.advisers * world.rules.behaviour.scic_wage
        self.levy(world, advice - self.cash)
        self.pay_residents(world, advice)
        firms = world.state.firms
        due = np.where(self._aided(world), self.set.aid * self.hectares / DAYS_A_YEAR, 0.0)
        total = float(due.sum())
        self.receive_grant(world, self.set.outside_share * total)
        self.levy(world, total - self.cash)
        paid = min(1.0, max(0.0, self.cash) / total) if total > 0.0 else 0.0
        firms.cash[self.farms] += paid * due
        self.cash -= paid * total
        self.cost_today += paid * total

    def _aided(self, world: World) -> NDArray[np.bool_]:
        """Return which farms receive aid today."""
        since = self.years(world) - self.since
        alive = world.state.firms.alive[self.farms]
        return np.asarray(alive & (since >= 0.0) & (since < self.set.aid_years))

    def adapt(self, world: World) -> None:
        """Take applications, let conversions begin within money and advice, and end them."""
        if self.is_on(world):
            years = self.years(world)
            alive = world.state.firms.alive[self.farms]
            applies = (self.stage == CONVENTIONAL) & (self.applies <= years) & alive
            self.stage[applies] = WAITING
            if self._begin(world):
                self.chemicals = chemicals_used(world, self.farms)
            done = (self.stage == CONVERTING) & (years - self.since >= self.set.conversion_years)
            self.stage[done] = ORGANIC
        self._observe(world)

    def _begin(self, world: World) -> int:
        """Begin conversions in the order of application, while money and advice last; how many."""
        begun = 0
        a_day = self.set.advisers * self.set.files_per_adviser / DAYS_A_YEAR
        self.files = min(self.files + a_day, max(1.0, self.set.advisers))
        promised = float((self._aided(world) * self.hectares).sum()) * self.set.aid
        waiting = np.flatnonzero(self.stage == WAITING)
        for k in waiting[np.argsort(self.applies[waiting], kind="stable")]:
            aid = self.set.aid * self.hectares[k]
            if self.files < 1.0 or promised + aid > self.set.budget:
                break
            begun += 1
            self.files -= 1.0
            promised += aid
            self.stage[k], self.since[k] = CONVERTING, self.years(world)
            self._convert(world, int(self.farms[k]))
        return begun

    def _convert(self, world: World, row: int) -> None:
        """Change the practice of a farm for good: less yield, few chemicals, not vital any more."""
        farms.shrink_output(world, row, self.set.yield_ratio)
        use_less(world, row, CHEMICALS, self.set.chemicals_left, self.set.chemicals_rating)

    def _observe(self, world: World) -> None:
        firms = world.state.firms
        total = max(1e-9, float(self.hectares.sum()))
        organic = self.stage == ORGANIC
        converting = self.stage == CONVERTING
        changed = np.isfinite(self.since)
        lost = (self.normal - firms.output_calm[self.farms])[changed].sum()
        years = max(0.0, self.years(world))
        reached = min(1.0, years / self.set.plan_years) if self.set.plan_years > 0.0 else 0.0
        self.observed = {
            "farms": float(organic.sum()),
            "converting": float(converting.sum()),
            "waiting": float((self.stage == WAITING).sum()),
            "share": float(self.hectares[organic].sum()) / total,
            "share_converting": float(self.hectares[converting].sum()) / total,
            "output_lost": float(lost),
            "chemicals": self.chemicals,
            "plan_share": self.set.start_share
            + reached * max(0.0, self.set.plan_share - self.set.start_share),
        }


def use_less(world: World, row: int, good: int, left: float, rating: int) -> None:
    """Lower the use of an input per unit of output for good, and how vital it is.

    What is held beyond the new need may not be used any more, and is lost: an old store would
    otherwise make a farm look independent for a year.
    """
    state = world.state
    firm = state.firms[row]
    for s in range(firm.first_slot, firm.end_slot):
        slot = state.slots[s]
        if slot.good == good and slot.shelf < 0:
            firm.outlays_calm -= (1.0 - left) * slot.coefficient * firm.output_calm
            slot.coefficient *= left
            slot.stock_target *= left
            slot.rating = min(int(slot.rating), rating)
            excess = max(0.0, float(slot.stock - slot.stock_target))
            slot.stock -= excess
            world.flows.lost[good] += excess


def chemicals_used(world: World, rows: NDArray[np.int64]) -> float:
    """Return the chemicals that establishments use in calm times, EUR a day."""
    firms, slots = world.state.firms, world.state.slots
    total = 0.0
    for row in rows:
        firm = firms[row]
        inputs = slots[firm.first_slot : firm.end_slot]
        here = (inputs.good == CHEMICALS) & (inputs.shelf < 0)
        total += float(firm.output_calm * inputs.coefficient[here].sum())
    return total
