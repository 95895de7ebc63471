"""Member firms that are cooperatives: they keep jobs in a slump (E8), and reserves in calm (E9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ressort.branches import INDEX
from ressort.measures.added import luck_of
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure, total

if TYPE_CHECKING:
    from ressort.world import World

Bools = NDArray[np.bool_]
PUBLIC = INDEX["public_admin"]


def draw_cooperatives(world: World, share: float) -> Bools:
    """Return which firms are cooperatives, shape (P,); administrations never are.

    One luck for all measures: with equal shares they concern the same firms, and a larger share
    adds firms to those of a smaller one.
    """
    (luck,) = luck_of(world, "cooperatives", lambda rng, n: [rng.random(n)])
    return np.asarray((luck < share) & (world.state.firms.branch != PUBLIC))


class EmploymentSmoothing(Measure):
    """Cooperatives cut hours and wages in a slump, not jobs, as long as they have cash.

    Of the wages of lost hours they pay a part themselves. The state pays for the rest, as for
    everyone. Under a floor of cash they do as other firms do.
    """

    name = "employment_smoothing"
    meaning = "cooperatives cut hours and wages in a slump, not jobs, while their cash lasts"
    meaning_fr = (
        "des coopératives réduisent heures et salaires dans un creux d'activité, pas les emplois, "
        "tant que leur trésorerie dure"
    )
    mechanism = "E8"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.members: Bools = np.zeros(0, dtype=bool)

    def prepare(self, world: World) -> None:
        """Draw the cooperatives."""
        self.members = draw_cooperatives(world, self.set.member_share)

    def set_conditions(self, world: World) -> None:
        """See in the morning who can still afford to keep everyone."""
        if not self.is_on(world):
            return
        firms = world.state.firms
        keeps = self.members & firms.alive
        keeps &= firms.cash - firms.units > self.set.floor_days * firms.outlays_calm
        firms.keeps_jobs = keeps
        firms.guaranteed = np.where(keeps, 1.0 - self.set.wage_flexibility, 0.0)
        firms.patience = np.where(self.members, self.set.patience_days, 0)

    def cooperate(self, world: World) -> None:
        """Show who keeps jobs and what lost hours cost the cooperatives, EUR a day."""
        firms = world.state.firms
        full = np.maximum(firms.output_calm * firms.staff / firms.jobs, 1e-12)
        worked = firms.production / full + firms.lent / np.maximum(firms.staff, 1e-12)
        lost = np.maximum(0.0, 1.0 - worked) * (firms.staff > 0.0)
        pay = firms.guaranteed * lost * firms.wage_bill * firms.staff / firms.jobs
        self.observed = {
            "members": float((self.members & firms.alive).sum()),
            "keeping": float(firms.keeps_jobs.sum()),
            "pay_for_lost_hours": total(world, pay),
            "jobs_members": float(firms.staff[self.members].sum()),
            "jobs_others": float(firms.staff[~self.members].sum()),
        }


class IndivisibleReserves(Measure):
    """Cooperatives keep a part of profits in reserves that are nobody's, and are closed less often.

    Owners go without what is kept. For want of equity from outside, members hire and are founded
    anew more slowly. Two ways to survive are in it: reserves, of which fewer insolvencies may come,
    and `hazard_ratio`, which is put in; each can be switched off.
    """

    name = "indivisible_reserves"
    meaning = "cooperatives keep profits in reserves that are nobody's, and close less often"
    meaning_fr = (
        "des coopératives gardent des profits en réserves impartageables et ferment moins souvent"
    )
    mechanism = "E9"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.members: Bools = np.zeros(0, dtype=bool)
        self.alive: Bools = np.zeros(0, dtype=bool)  # this morning
        self.insolvent: Floats = np.zeros(2)  # closures for want of means, members and others
        self.lived: Floats = np.zeros(2)  # days of establishments, members and others
        self.spared = 0

    def prepare(self, world: World) -> None:
        """Draw the cooperatives."""
        self.members = draw_cooperatives(world, self.set.member_share)
        self.alive = np.zeros(len(self.members), dtype=bool)

    def set_conditions(self, world: World) -> None:
        """Set what cooperatives do with profits, and remember who is alive."""
        if not self.is_on(world):
            return
        firms, members = world.state.firms, self.members
        firms.reserve_share = np.where(members, self.set.reserve_share, 0.0)
        firms.reserve_most = np.where(members, self.set.reserve_days * firms.outlays_calm, 0.0)
        firms.less_equity = np.where(members, self.set.less_equity, 0.0)
        firms.respite = np.where(firms.alive & (firms.short_days > 0), firms.respite, 0)
        self.alive = np.array(firms.alive)
        self.lived += self._by_group(self.alive)

    def _by_group(self, rows: Bools) -> Floats:
        """Count rows among members and among other firms, shape (2,)."""
        return np.array([(rows & self.members).sum(), (rows & ~self.members).sum()], dtype=float)

    def cooperate(self, world: World) -> None:
        """Let creditors of some members who would close tonight wait for another term."""
        if self.is_on(world) and self.set.hazard_ratio < 1.0:
            firms = world.state.firms
            term = world.settings.insolvency_days + firms.patience
            late = firms.short_days >= term + firms.respite
            due = self.members & firms.alive & late
            if due.any():
                draws = luck_of(world, "creditors", lambda rng, n: [rng.random(n)], world.tick)
                spared = due & (draws[0] >= self.set.hazard_ratio)
                # It stays short of means for whoever lends, guarantees or raises the alarm.
                firms.respite[spared] += term[spared]
                self.spared += int(spared.sum())

    def adapt(self, world: World) -> None:
        """Count who closed; show the hazards since the beginning, a year."""
        firms = world.state.firms
        if self.is_on(world):
            self.insolvent += self._by_group(self.alive & ~np.asarray(firms.alive))
        hazard = DAYS_A_YEAR * self.insolvent / np.maximum(1.0, self.lived)
        self.observed = {
            "members": float((self.members & firms.alive).sum()),
            "reserves": total(world, firms.reserve),
            "closed_members": float(self.insolvent[0]),
            "closed_others": float(self.insolvent[1]),
            "hazard_members": float(hazard[0]),
            "hazard_others": float(hazard[1]),
            "spared": float(self.spared),
        }
