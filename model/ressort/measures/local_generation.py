"""Energy made here by a citizens' company: sun, with or without islanding (S30, S41)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ressort.goods import ENERGY
from ressort.measures.base import DAYS_A_YEAR, Measure, can_build
from ressort.shocks import grid_left
from ressort.state import ITEMS

if TYPE_CHECKING:
    from ressort.world import World

MIDSUMMER = 172  # day of the year with the longest day
SQUARE_METRES = 1e6  # in a km2


class LocalGeneration(Measure):
    """Plants of a citizens' company make a share of the energy that the territory uses.

    In calm times users pay it instead of suppliers outside; what they do not use is sold outside.
    When the grid fails its plants stop with it, unless the network can run as an island, and then
    they serve as far as storage carries the sun into the night. Residents pay a part of the plants
    beforehand, a bank outside lends the rest, and residents earn what is left.
    """

    name = "local_generation"
    meaning = "a citizens' company makes energy here, in a network that may be able to stand alone"
    meaning_fr = (
        "une société citoyenne produit de l'énergie sur place, avec ou sans réseau capable "
        "d'îlotage"
    )
    rows = ("S30", "S41")

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.use = 0.0  # of energy in the territory in calm times, EUR/day
        self.target = 0.0  # mean generation wanted, EUR/day
        self.built = 0.0  # mean generation of the plants that stand, EUR/day
        self.debt = 0.0  # EUR, to the bank outside
        self.paydown = 0.0  # EUR/day
        self.made = 0.0  # EUR, today

    # ------------------------------------------------------------------ plants
    def prepare(self, world: World) -> None:
        """Measure the use of energy, and what land allows; plants that stand were paid before."""
        self.use = energy_use(world)
        area = float(world.place.territory.communes.area_km2.sum()) * SQUARE_METRES
        land = self.set.land_share * area * self.set.yield_of_land / DAYS_A_YEAR
        self.target = min(self.set.share * self.use, land)
        if self.set.ready and self.set.from_year == 0.0:
            self._build(world, self.target)
            self.cash = self.cost_today = 0.0
            world.flows.measures = 0.0  # paid before day 0

    def _price(self) -> float:
        """Cost of plants, EUR per EUR/day of mean generation."""
        years = self.set.plant_years + self.set.storage_hours * self.set.storage_years
        return float(DAYS_A_YEAR * years * (1.0 + self.set.islanding * self.set.island_cost))

    def _build(self, world: World, more: float) -> None:
        """Add plants: residents pay their part, a bank outside what they cannot or need not."""
        cost = more * self._price()
        self.levy(world, self.set.own_share * cost)
        own = self.pay_outside(world, min(self.cash, self.set.own_share * cost))
        self.debt += cost - own
        self.paydown += (cost - own) / (DAYS_A_YEAR * self.set.loan_years)
        self.built += more

    # ------------------------------------------------------------------ the day
    def sun(self, world: World) -> float:
        """Generation of the day over its yearly mean."""
        angle = 2.0 * np.pi * (world.day.day_of_year - MIDSUMMER) / DAYS_A_YEAR
        return float(1.0 + self.set.season * np.cos(angle))

    def island_share(self) -> float:
        """Share of what the plants make that reaches users without the grid."""
        if not self.set.islanding:
            return 0.0
        carried = min(1.0, self.set.storage_hours / self.set.dark_hours)
        return float(self.set.direct_use + (1.0 - self.set.direct_use) * carried)

    def set_conditions(self, world: World) -> None:
        """Serve a share of the use when the outside does not, as the state of the grid allows."""
        day, firms = world.day, world.state.firms
        grid = grid_left(world)
        self.made = self.built * self.sun(world) * (grid + (1.0 - grid) * self.island_share())
        if self.use <= 0.0:
            return
        share = min(1.0, self.made / self.use)
        for left in (day.outside, day.border):
            left[ENERGY] += (1.0 - left[ENERGY]) * share
        if grid < 1.0:
            # What plants of the place would have fed into the same network, the island feeds.
            plants = firms.branch == ENERGY
            firms.intact[plants] += (1.0 - firms.intact[plants]) * share

    def cooperate(self, world: World) -> None:
        """Book what was made in place of what was bought, sell the rest; pay, and pay out."""
        self._sell(world)
        if self.is_on(world) and self.built < self.target and can_build(world):
            step = self.target / max(1.0, DAYS_A_YEAR * self.set.build_years)
            self._build(world, min(step, self.target - self.built))
        self._pay(world)
        self.observed = {
            "made": self.made,
            "share": self.made / max(self.use, 1e-9),
            "debt": self.debt,
            # The plants of others here included.
            "autonomy": float(world.flows.produced[ENERGY]) / max(self.use, 1e-9),
        }

    def _sell(self, world: World) -> None:
        """Let users' money go to the company; energy that was booked as bought was made here."""
        flows = world.flows
        here = min(self.made, float(flows.imported[ENERGY]))
        beyond = (self.made - here) * float(world.day.exports[ENERGY])
        flows.imported[ENERGY] -= here
        flows.imports += here
        flows.produced[ENERGY] += here + beyond
        flows.exported[ENERGY] += beyond
        flows.exports += beyond
        self.cash += here + beyond
        # Users would have paid this outside: it offsets what the plants cost.
        self.cost_today -= here + beyond

    def _pay(self, world: World) -> None:
        """Pay upkeep, interest and debt, as far as there is money; residents earn the rest."""
        upkeep = self.set.upkeep * self._price() * self.built / DAYS_A_YEAR
        interest = self.set.interest * self.debt / DAYS_A_YEAR
        repaid = min(self.debt, self.paydown)
        due = upkeep + interest + repaid
        paid = self.pay_outside(world, due)
        # What sales do not pay of interest, the bank adds to the debt.
        self.debt += max(0.0, interest - max(0.0, paid - upkeep))
        self.debt -= max(0.0, min(repaid, paid - upkeep - interest))
        # What is paid out to residents is no cost, so that it is not counted as one.
        paid_out = max(0.0, self.cash - self.set.kept_days * due)
        self.cash -= paid_out
        world.profits += paid_out


def energy_use(world: World) -> float:
    """Return the use of energy in calm times by establishments and residents, EUR/day."""
    state = world.state
    slots = state.slots
    firms, buyer = state.firms, world.buyers
    output = firms.output_calm[buyer]
    inputs = (slots.good == ENERGY) & (slots.shelf < 0) & firms.alive[buyer]
    by_firms = float((slots.coefficient * output)[inputs].sum())
    item = world.items[ITEMS.index("energy")]
    homes = state.homes
    by_homes = homes.people * item.committed + homes.discretionary * item.variable
    return by_firms + float(by_homes.sum())
