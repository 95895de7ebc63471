"""Public land that a council lets to new growers (S27, CREaFARM)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ressort.measures.base import DAYS_A_YEAR, Measure
from ressort.measures.growers import Growers

if TYPE_CHECKING:
    from ressort.world import World


class Land(Measure):
    """The council offers public land, which no farm here had, to the platform for growers.

    It gives up what tenants from outside paid for it, from the day it is offered, used or not, and
    receives a rent from growers at work on it. A levy fills the gap. It eases one limit only, and
    nothing without a platform that installs growers (`cooperation.growers`).
    """

    name = "land"
    meaning = "the council lets public land to new growers, and forgoes the rent of others"
    meaning_fr = (
        "la collectivité loue des terres publiques à de nouveaux maraîchers, et renonce à "
        "d'autres loyers"
    )
    rows = ("S27",)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.offered = 0.0  # hectares so far

    def adapt(self, world: World) -> None:
        """Offer the land of a day, while there is some."""
        left = self.set.hectares_most - self.offered
        platform = self._platform(world)
        if self.is_on(world) and left > 0.0 and self.refused_on != world.tick:
            hectares = min(left, self.set.hectares / DAYS_A_YEAR)
            self.offered += hectares
            if platform is not None and platform.active:
                platform.offer(hectares)

    def cooperate(self, world: World) -> None:
        """Collect rents from growers, and a levy for what is lost; both go where the rent went.

        Rents above what was forgone are the council's, and so residents'.
        """
        rent = forgone = 0.0
        if self.is_on(world):
            platform = self._platform(world)
            forgone = self.set.rent_before / DAYS_A_YEAR * self.offered
            if platform is not None:
                rent = self._collect_rents(world, platform)
            self.levy(world, forgone - self.cash)
            self.pay_outside(world, min(forgone, self.cash))
            self.pay_residents(world, self.cash, wages=False)
        used = self._used(self._platform(world))
        self.observed = {
            "offered": self.offered,
            "used": used,
            "rents": rent,
            "forgone": forgone,
        }

    def _collect_rents(self, world: World, platform: Growers) -> float:
        """Take the rent of public plots, shared by all growers at work, as far as they can pay."""
        firms, rows = world.state.firms, platform.at_work(world)
        if not len(rows):
            return 0.0
        hectares = min(self._used(platform) / len(rows), platform.set.plot_ha)
        due = self.set.rent / DAYS_A_YEAR * hectares
        means = (firms.cash - firms.units + firms.credit)[rows]
        paying = rows[means >= due]
        firms.cash[paying] -= due
        self.cash += due * len(paying)
        return float(due * len(paying))

    def _used(self, platform: Growers | None) -> float:
        """Return the public land on which plots stand, ha."""
        if platform is None:
            return 0.0
        return max(0.0, min(self.offered, platform.on_public_land))

    @staticmethod
    def _platform(world: World) -> Growers | None:
        found = [m for m in world.measures if isinstance(m, Growers)]
        return found[0] if found else None
