"""Payments to farms for practices that keep drinking water clean (S43)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ressort.branches import INDEX
from ressort.measures import farms
from ressort.measures.added import own_links
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure
from ressort.measures.organic import CHEMICALS, use_less
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

WATER = INDEX["water"]


class WaterPayments(Measure):
    """Farms on catchments change their practice for a payment; quality follows years later.

    Clean catchments spare the water works treatment, and a part of a slow loss of capacity, that of
    catchments closed one by one. They do nothing against a sudden loss.
    """

    name = "water_payments"
    meaning = "farms on catchments are paid for practices that keep drinking water clean"
    meaning_fr = (
        "des fermes des aires de captage sont payées pour des pratiques qui protègent l'eau"
    )
    rows = ("S43",)

    @property
    def brings_from_outside(self) -> bool:
        """The part of the payments that others bear."""
        return bool(self.set.outside_share > 0.0)

    def prepare(self, world: World) -> None:
        """Draw which farms lie on catchments, and when each is ready to sign."""
        own_links(world)
        old = farms.old_farms(world)
        luck = stream(world.seed, "water_payments").random((2, len(old)))
        here = luck[0] < self.set.catchment
        self.farms: NDArray[np.int64] = old[here]
        self.hectares: Floats = farms.farmland(world, self.farms)
        self.ready: Floats = -np.log1p(-luck[1][here]) / max(self.set.sign_rate, 1e-9)
        self.signed = np.zeros(len(self.farms), dtype=bool)
        self.quality = 0.0  # 0 as found, 1 all catchments clean
        slots = world.state.slots
        firms = world.state.firms
        owner = world.buyers
        of_works = (firms.branch[owner] == WATER) & (slots.good == CHEMICALS) & (slots.shelf < 0)
        self.treatment: NDArray[np.int64] = np.flatnonzero(of_works)
        self.dose: Floats = slots.coefficient[self.treatment].copy()
        self.spared = 0.0

    def set_conditions(self, world: World) -> None:
        """Spare the water works a part of what slow losses of capacity take from them."""
        self.spared = 0.0
        slow = [
            s
            for s in world.shocks
            if s.kind == "capacity_loss" and s.shape == "ramp" and "water" in s.branches
        ]
        if not self.is_on(world) or not slow:
            return
        firms = world.state.firms
        codes = np.array(world.place.territory.codes)
        for shock in slow:
            left = shock.left(world.tick)
            here = firms.branch == WATER
            if shock.communes:
                here &= np.isin(codes[firms.commune], shock.communes)
            spared = self.set.protection * self.quality * (1.0 - left)
            if left > 0.0:  # nothing is spared of a total loss
                firms.intact[here] *= (left + spared) / left
                self.spared = max(self.spared, spared)

    def cooperate(self, world: World) -> None:
        """Pay the farms that have signed, out of a levy and of what comes from outside."""
        if not self.is_on(world):
            return
        firms = world.state.firms
        paid = self.signed & firms.alive[self.farms]
        due = np.where(paid, self.set.payment * self.hectares / DAYS_A_YEAR, 0.0)
        total = float(due.sum())
        if total <= 0.0:
            return
        self.receive_grant(world, self.set.outside_share * total)
        self.levy(world, total - self.cash)
        share = min(1.0, max(0.0, self.cash) / total)
        firms.cash[self.farms] += share * due
        self.cash -= share * total
        self.cost_today += share * total

    def adapt(self, world: World) -> None:
        """Sign with farms while the money lasts; let quality follow."""
        if self.is_on(world):
            self._sign(world)
            land = max(1e-9, float(self.hectares.sum()))
            practice = float(self.hectares[self.signed].sum()) / land
            step = 1.0 - np.exp(-1.0 / (self.set.lag_years * DAYS_A_YEAR))
            self.quality += step * (practice - self.quality)
            dose = self.dose * (1.0 - self.set.treatment_saved * self.quality)
            world.state.slots.coefficient[self.treatment] = dose
        self.observed = {
            "farms": float(self.signed.sum()),
            "hectares": float(self.hectares[self.signed].sum()),
            "quality": self.quality,
            "spared": self.spared,
        }

    def _sign(self, world: World) -> None:
        """Sign contracts in the order in which farms are ready; their practice changes at once.

        None while the budget refuses what was promised before.
        """
        if self.was_refused(world):
            return
        ready = np.flatnonzero(~self.signed & (self.ready <= self.years(world)))
        promised = self.set.payment * float(self.hectares[self.signed].sum())
        for k in ready[np.argsort(self.ready[ready], kind="stable")]:
            promised += self.set.payment * self.hectares[k]
            if promised > self.set.budget:
                return
            row = int(self.farms[k])
            if world.state.firms.alive[row]:
                self.signed[k] = True
                farms.shrink_output(world, row, self.set.yield_ratio)
                use_less(world, row, CHEMICALS, self.set.chemicals_left, 2)
