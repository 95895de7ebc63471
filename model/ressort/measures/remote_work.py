"""Shared offices near where commuters live, to work there when they cannot come (S12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ressort.measures.base import DAYS_A_YEAR, Floats, Measure, total

if TYPE_CHECKING:
    from ressort.world import World


class RemoteWork(Measure):
    """The council rents places outside, where commuters whose work allows it go when cut off.

    Residents pay for the places all year. Those who work outside likewise have places here, and so
    keep more of their wages.
    """

    name = "remote_work"
    meaning = "shared offices let a part of the commuters work when they cannot cross the border"
    meaning_fr = (
        "des bureaux partagés permettent à une part des navetteurs de travailler quand ils ne "
        "peuvent pas passer"
    )
    rows = ("S12",)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.branches = self.rows_of("branches")
        self.places_outside = 0.0
        self.places_here = 0.0
        self.share_here = 0.0  # of wages earned outside that places here keep
        self.ways: tuple[Floats, Floats] = (np.zeros(0), np.zeros(0))
        self.open = False

    def prepare(self, world: World) -> None:
        """Count commuters, and fit what can be done from afar into the places."""
        firms = world.state.firms
        fit = np.isin(firms.branch, self.branches)
        fit = np.where(fit, self.set.remote_share, 0.0)
        incoming = world.commuter_share * firms.jobs
        self.places_outside = self.set.places * total(world, incoming)
        wish = total(world, fit * incoming)
        seated = fit * min(1.0, self.places_outside / max(wish, 1e-9))
        cut = np.array(world.commuter_share)
        self.ways = (cut, cut * (1.0 - self.set.productivity * seated))
        outgoing = float(world.economy.work.outside_slots.sum())
        self.places_here = self.set.places * outgoing
        self.share_here = min(self.set.places, self.set.remote_share_outside)
        self._open(world)

    def _open(self, world: World) -> None:
        """Let the share of work that is lost with commuters be that of the day."""
        self.open = self._may_open(world)
        # A new array: that of the paired run is not touched.
        world.commuter_share = self.ways[int(self.open)]

    def decide(self, world: World) -> None:
        """Open the places when the time has come; close them while there is no money for them."""
        if self.open != self._may_open(world):
            self._open(world)

    def _may_open(self, world: World) -> bool:
        """Whether the time has come, and the budget had the rent yesterday."""
        return self.is_on(world) and not self.was_refused(world)

    def cooperate(self, world: World) -> None:
        """Pay for the places; employers outside pay residents who work from here."""
        self.observed = {"places": 0.0, "wages_kept": 0.0}
        if not self.is_on(world):
            return
        outside = self.places_outside * self.set.place_cost / DAYS_A_YEAR
        here = self.places_here * self.set.place_cost / DAYS_A_YEAR
        self.levy(world, outside + here - self.cash)
        paid = self.pay_outside(world, min(outside, self.cash))
        rent = min(here, self.cash) if paid >= outside else 0.0
        self.pay_residents(world, rent, wages=False)
        if self.open:
            self.observed = {
                "places": self.places_outside + self.places_here,
                "wages_kept": self._keep_wages(world),
            }

    def _keep_wages(self, world: World) -> float:
        """Pay residents what places here keep of their wages outside, less what is paid anyway."""
        homes = world.state.homes
        lost = (1.0 - world.day.commuting) * (1.0 - world.settings.partial_pay)
        if lost == 0.0:
            return 0.0
        kept = self.share_here * self.set.productivity * lost * homes.outside_wage
        homes.income += kept
        world.flows.transfers += kept.sum()
        return float(kept.sum())
