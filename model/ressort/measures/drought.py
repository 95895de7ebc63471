"""Aid to farms for adapting to drought (S11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ressort.goods import AGRI
from ressort.measures import farms
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure, can_build
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

DROUGHT = "harvest_loss"


class AdaptationAid(Measure):
    """Works on farms, paid by residents, that spare them a part of what a drought takes.

    It costs the same whether a drought comes or not, and protects against nothing else.
    """

    name = "adaptation_aid"
    meaning = "the council pays works on farms that lower what droughts take from them"
    meaning_fr = (
        "la collectivité finance des travaux qui réduisent les pertes des fermes en sécheresse"
    )
    rows = ("S11",)

    def prepare(self, world: World) -> None:
        """Put the farms in the order in which they are served, which is drawn."""
        old = farms.old_farms(world)
        self.farms: NDArray[np.int64] = stream(world.seed, "adaptation_aid").permutation(old)
        self.hectares: Floats = farms.farmland(world, self.farms)
        self.ready = np.full(len(self.farms), np.iinfo(np.int64).max)  # day from which it works
        self.served = 0
        self.crop: Floats = world.state.firms.crop.copy()
        self.saved = 0.0

    def set_conditions(self, world: World) -> None:
        """Give adapted farms back a part of what today's droughts take from them."""
        self.saved = 0.0
        droughts = [s for s in world.shocks if s.kind == DROUGHT]
        strength = [s.depth * s.strength(world.tick) for s in droughts]
        if not self.is_on(world) or not any(strength):
            return
        rows = self.farms[self.ready <= world.tick]
        firms = world.state.firms
        left = float(np.prod([1.0 - lost for lost in strength]))
        kept = self.set.protection * (1.0 - left)
        # Other shocks multiply with the drought; at a total loss their part cannot be told apart.
        others = firms.intact[rows] / left if left > 0.0 else 1.0
        firms.intact[rows] = np.minimum(1.0, others) * (left + kept)
        self.saved = kept * float(firms.output_calm[rows].sum())
        first = [s for s in droughts if s.start_day == world.tick]
        lost = 1.0 - float(np.prod([1.0 - s.depth * s.strength(world.tick) for s in first]))
        spared = self.set.protection * lost * self.crop[rows]
        firms.crop[rows] += spared
        world.flows.lost[AGRI] -= spared.sum()

    def cooperate(self, world: World) -> None:
        """Pay for works, farm by farm, as the year's money comes in; pay for upkeep."""
        if not self.is_on(world):
            return
        done = self.farms[: self.served]
        alive = world.state.firms.alive[done]
        upkeep = self.set.upkeep / DAYS_A_YEAR * float(self.hectares[: self.served][alive].sum())
        if self.served < len(self.farms):
            self.levy(world, self.set.budget / DAYS_A_YEAR)
        self.levy(world, upkeep - self.cash)
        self.pay_residents(world, upkeep)
        while self.served < len(self.farms):
            works = self.set.cost * self.hectares[self.served]
            if self.cash < works or not can_build(world):
                break
            self.pay_outside(world, self.set.bought_outside * works)
            self.pay_residents(world, (1.0 - self.set.bought_outside) * works)
            self.ready[self.served] = world.tick + self.set.delay_days
            self.served += 1

    def adapt(self, world: World) -> None:
        """Remember the crops of tonight; show what is adapted and what it saved today."""
        self.crop = world.state.firms.crop.copy()
        total = max(1e-9, float(self.hectares.sum()))
        adapted = self.ready <= world.tick
        self.observed = {
            "farms": float(adapted.sum()),
            "share": float(self.hectares[adapted].sum()) / total,
            "saved": self.saved,
            "account": self.cash,
        }
