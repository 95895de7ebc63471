"""An employer group that lends staff among its members, and grows by stages (S33, E7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ressort.branches import N_BRANCHES
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure, total
from ressort.searches import match_members
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

Ints = NDArray[np.int_]

TABLE, SHARING, CIRCUITS = 1, 2, 3  # stages; 0 before the first
TINY = 1e-9


class LabourPool(Measure):
    """Members with too little work lend staff, for a day, to members who lack hands.

    Stage 1, a table where members meet, spares searches for suppliers; stage 2 spares layoffs and
    hiring; stage 3, transport in common, lets staff be lent between communes. Each needs the one
    before for some years. Borrowers pay wages and a fee; members pay for the table.
    """

    name = "labour_pool"
    meaning = "an employer group lends staff between members, and grows by stages"
    meaning_fr = "un groupement d'employeurs prête du personnel entre membres et grandit par étapes"
    rows = ("S33",)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.members: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.days_of_life = 0
        self.hands: Floats = np.zeros(0)  # most output by hands, as of this morning, EUR/day
        self.due: Floats = np.zeros(0)  # wages of borrowed staff today, by borrower, EUR
        self.owed: Floats = np.zeros(0)  # the same by lender, EUR
        self.lent = 0.0  # jobs, today
        self.contacts = 0.0  # made so far

    def prepare(self, world: World) -> None:
        """Draw the members."""
        n = len(world.state.firms)
        self.members = stream(world.seed, self.name).random(n) < self.set.member_share
        self.hands, self.due, self.owed = np.zeros(n), np.zeros(n), np.zeros(n)

    @property
    def stage(self) -> int:
        """The stage that the group has reached."""
        years = self.days_of_life / DAYS_A_YEAR
        if self.days_of_life == 0:
            return 0
        if years < self.set.governance_years:
            return TABLE
        if years < self.set.governance_years + self.set.sharing_years:
            return SHARING
        return CIRCUITS

    # ------------------------------------------------------------------ lending
    def set_conditions(self, world: World) -> None:
        """Grow older while there are enough members; lend what yesterday showed to be idle."""
        firms = world.state.firms
        living = int((self.members & firms.alive).sum())
        if self.is_on(world) and living >= self.set.members_least:
            self.days_of_life += 1
        elif not self.is_on(world):
            return
        self.due[:] = self.owed[:] = self.lent = 0.0
        if self.stage >= SHARING and living >= self.set.members_least:
            self._lend(world)
        self.hands = np.asarray(firms.capacity * firms.able * firms.staff / firms.jobs)

    def _lend(self, world: World) -> None:
        """Match idle and lacking staff: the same commune and trade first, then others."""
        firms = world.state.firms
        idle, lack = self.idle(world), self.lacking(world)
        lent, borrowed = np.zeros_like(idle), np.zeros_like(lack)
        commune, branch = firms.commune.astype(int), firms.branch.astype(int)
        everywhere = np.zeros_like(branch)
        rounds: list[tuple[Ints, float]] = [
            (commune * N_BRANCHES + branch, 1.0),
            (commune, self.set.other_trades),
        ]
        if self.stage >= CIRCUITS:
            rounds += [(branch, 1.0), (everywhere, self.set.other_trades)]
        wage = firms.wage_bill / firms.jobs
        for group, usable in rounds:
            # Of all that was idle this morning, only a part can do the work of other trades.
            supply = np.clip(usable * idle - lent, 0.0, None)
            give, take, price = match(group, supply, lack - borrowed, wage)
            lent += give
            borrowed += take
            self.due += take * price
            self.owed += give * wage
        firms.able -= lent / np.maximum(firms.staff, TINY)
        firms.able += self.set.productivity * borrowed / np.maximum(firms.staff, TINY)
        firms.lent += lent - self.set.productivity * borrowed
        self.lent = total(world, lent)

    def idle(self, world: World) -> Floats:
        """Return the jobs of members' staff for which there was no work yesterday."""
        firms = world.state.firms
        busy = firms.jobs * firms.production / firms.output_calm + self.set.kept * firms.staff
        idle = np.minimum(1.0, firms.able) * firms.staff - busy
        return np.where(self.members & firms.alive, np.maximum(0.0, idle), 0.0)

    def lacking(self, world: World) -> Floats:
        """Return the jobs that members lack to meet their orders and could pay for.

        Who was held back yesterday by inputs or machines wants no more hands than these allow.
        """
        firms = world.state.firms
        wanted = np.minimum(firms.demand_expected, firms.capacity)
        other_limit = firms.possible < (1.0 - 1e-6) * self.hands
        wanted = np.where(other_limit, np.minimum(wanted, firms.possible), wanted)
        # At normal hours: the group comes before overtime.
        lack = firms.jobs * wanted / firms.output_calm - firms.able * firms.staff
        lack = np.maximum(0.0, lack) / self.set.productivity
        means = np.maximum(0.0, firms.cash - firms.units + firms.credit - firms.wage_bill)
        price = (1.0 + self.set.fee) * firms.wage_bill / firms.jobs
        lack = np.minimum(lack, means / np.maximum(price, TINY))
        return np.where(self.members & firms.alive & (firms.staff > 0.0), lack, 0.0)

    # ------------------------------------------------------------------ money, and the table
    def cooperate(self, world: World) -> None:
        """Settle the wages of lent staff; collect dues; let members find each other."""
        if not self.is_on(world):
            self.observed = {"stage": 0.0, "members": 0.0, "lent": 0.0, "contacts": 0.0}
            return
        self._settle(world)
        self._collect_dues(world)
        made = self._meet(world) if self.stage >= TABLE else 0
        self.contacts += made
        world.links_made += made
        self.observed = {
            "stage": float(self.stage),
            "members": float((self.members & world.state.firms.alive).sum()),
            "lent": self.lent,
            "contacts": self.contacts,
        }

    def _settle(self, world: World) -> None:
        """Borrowers pay wages and fee as far as they can; lenders share what came for wages."""
        firms = world.state.firms
        means = np.maximum(0.0, firms.cash - firms.units + firms.credit)
        paid = np.minimum((1.0 + self.set.fee) * self.due, means)
        firms.cash -= paid
        wages = paid / (1.0 + self.set.fee)
        self.cash += total(world, paid - wages)
        owed = total(world, self.owed)
        if owed > 0.0:
            firms.cash += self.owed * total(world, wages) / owed
        self.pay_residents(world, self.cash)

    def _collect_dues(self, world: World) -> None:
        """Members pay for the people who run the group, in proportion to their jobs."""
        firms = world.state.firms
        paying = self.members & firms.alive
        due = np.where(paying, self.set.dues * firms.jobs / DAYS_A_YEAR, 0.0)
        due = np.minimum(due, np.maximum(0.0, firms.cash - firms.units + firms.credit))
        firms.cash -= due
        self.cash += total(world, due)
        self.pay_residents(world, self.cash)

    def _meet(self, world: World) -> int:
        """Link members in trouble with members who have room, as many as the table can."""
        if world.failing_inputs == 0:
            return 0
        firms = world.state.firms
        rate = self.set.contacts / DAYS_A_YEAR * float((self.members & firms.alive).sum())
        # The rule reads who is a member from the table of producers.
        of_scic = np.array(firms.member)
        firms.member = self.members
        made = match_members(world, rate)
        firms.member = of_scic
        return int(made)


def match(
    group: Ints, supply: Floats, wanted: Floats, wage: Floats
) -> tuple[Floats, Floats, Floats]:
    """Share out within groups: everyone gives, and gets, in proportion.

    Returns what each gives, what each gets (both sum to the same), and the mean wage of what is
    given in each one's group, all of the shape of `group`. `wage`: EUR a job and day.
    """
    wanted = np.maximum(0.0, wanted)
    size = int(group.max(initial=0)) + 1
    offered = np.bincount(group, weights=supply, minlength=size)
    asked = np.bincount(group, weights=wanted, minlength=size)
    moved = np.minimum(offered, asked)
    give = supply * (moved / np.maximum(offered, TINY))[group]
    take = wanted * (moved / np.maximum(asked, TINY))[group]
    given = np.bincount(group, weights=give, minlength=size)
    paid = np.bincount(group, weights=give * wage, minlength=size)
    return give, take, (paid / np.maximum(given, TINY))[group]
