"""A PTCE: members meet, lend each other staff, share circuits; it may fail (S33, E7, E16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ressort.branches import N_BRANCHES
from ressort.measures.added import luck_of
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure, total
from ressort.measures.ties import means, meet
from ressort.rules.passes import most_by_hands
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

Ints = NDArray[np.int_]
Bools = NDArray[np.bool_]

TABLE, SHARING, CIRCUITS = 1, 2, 3  # stages; 0 before the first
COLLEGES = ("firms", "associations", "public")  # of establishments; their workers are a fourth
TINY = 1e-9


class Ptce(Measure):
    """Members with too little work lend staff, for a day, to members who lack hands.

    Stage 1, a table where members meet, spares searches for suppliers; stage 2 spares layoffs and
    hiring; stage 3, transport in common, lets staff be lent between communes. Each needs the one
    before for some years. Borrowers pay wages and a fee; members pay dues. The platform pays those
    who run it from an account of its own, and ends when it cannot, or by bad luck of its own:
    lent staff go home that day, and members are on their own.
    """

    name = "ptce"
    meaning = "a PTCE: members meet, lend staff, share circuits; a platform that may fail"
    meaning_fr = (
        "un PTCE : des membres se rencontrent, se prêtent du personnel, partagent des circuits ; "
        "une plateforme qui peut disparaître"
    )
    rows = ("S33",)
    mechanism = "E7"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.members: Bools = np.zeros(0, dtype=bool)
        self.days_of_life = 0
        self.hands: Floats = np.zeros(0)  # most output by hands, as of this morning, EUR/day
        self.due: Floats = np.zeros(0)  # wages of borrowed staff today, by borrower, EUR
        self.owed: Floats = np.zeros(0)  # the same by lender, EUR
        self.lent = 0.0  # jobs, today
        self.contacts = 0.0  # made so far
        self.founded = self.failed = False
        self.jobs_founded = 0.0  # jobs of members at the founding
        self.unpaid_days = 0  # in a row that it could not pay those who run it
        self.dues: Floats = np.zeros(0)  # paid since the last review, by member, EUR
        self.use: Floats = np.zeros(0)  # wages of staff lent and borrowed since then, EUR
        self.days_since_review = 0
        self.joined = self.left = 0  # members, so far
        self.college: Ints = np.zeros(0, dtype=int)  # of each establishment, place in COLLEGES
        self.public = self.rows_of("public_branches")
        self.associations = self.rows_of("association_branches")

    @property
    def brings_from_outside(self) -> bool:
        """A grant at the founding."""
        return bool(self.set.grant_share > 0.0)

    def prepare(self, world: World) -> None:
        """Draw the members."""
        firms = world.state.firms
        n = len(firms)
        self.members = stream(world.seed, self.name).random(n) < self.set.member_share
        self.hands, self.due, self.owed = np.zeros(n), np.zeros(n), np.zeros(n)
        self.dues, self.use = np.zeros(n), np.zeros(n)
        self.college = np.where(np.isin(firms.branch, self.associations), 1, 0)
        self.college[np.isin(firms.branch, self.public)] = 2

    @property
    def alive(self) -> bool:
        """Whether it has been founded and has not failed."""
        return self.founded and not self.failed

    @property
    def stage(self) -> int:
        """The stage that it has reached; 0 before the first and after its end."""
        years = self.days_of_life / DAYS_A_YEAR
        if self.days_of_life == 0 or self.failed:
            return 0
        if years < self.set.governance_years:
            return TABLE
        if years < self.set.governance_years + self.set.sharing_years:
            return SHARING
        return CIRCUITS

    # ------------------------------------------------------------------ founding and end
    def set_conditions(self, world: World) -> None:
        """Be founded, end, or live: grow older with enough members, lend idle staff."""
        self.due[:] = self.owed[:] = self.lent = 0.0
        if not self.is_on(world) or self.failed:
            return
        if not self.founded:
            self._found(world)
        elif self._ends(world):
            self._end(world)
            return
        firms = world.state.firms
        if int((self.members & firms.alive).sum()) >= self.set.members_least:
            self.days_of_life += 1
            if self.stage >= SHARING:
                self._lend(world)
        self.hands = most_by_hands(firms)

    def _living_jobs(self, world: World) -> Floats:
        firms = world.state.firms
        return np.where(self.members & firms.alive, firms.jobs, 0.0)

    def _found(self, world: World) -> None:
        """Fill the account for some days: a grant pays a part, members the rest by their jobs."""
        jobs = self._living_jobs(world)
        self.founded, self.jobs_founded = True, total(world, jobs)
        target = self.reserve_target
        self.receive_grant(world, self.set.grant_share * target)
        share = jobs / max(self.jobs_founded, TINY)
        self._take(world, (1.0 - self.set.grant_share) * target * share)

    @property
    def reserve_target(self) -> float:
        """What it holds at the start and wants to hold, EUR."""
        yearly = float(self.set.running_cost) * self.jobs_founded
        return float(self.set.reserve_days) / DAYS_A_YEAR * yearly

    def _ends(self, world: World) -> bool:
        """Whether it fails this morning: unable to pay for long, or by a hazard of its own."""
        luck = stream(world.seed, "ptce_end", world.tick).random()
        chance = -np.expm1(-self.set.hazard / DAYS_A_YEAR)
        return bool(self.unpaid_days >= self.set.insolvent_days or luck < chance)

    def _end(self, world: World) -> None:
        """Hand the account to members by their jobs, or to creditors outside; members part."""
        jobs = self._living_jobs(world)
        in_all = total(world, jobs)
        if self.set.on_failure == "hand_back" and in_all > 0.0:
            world.state.firms.cash += self.cash * jobs / in_all
            self.cash = 0.0
        else:
            self.pay_outside(world, self.cash)
        self.failed = True
        self.members[:] = False

    # ------------------------------------------------------------------ lending
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
            # What keeps people from crossing the border hinders them between communes, too.
            road = 1.0 - self.set.commuting_hits * (1.0 - float(world.day.commuting))
            rounds += [(branch, road), (everywhere, road * self.set.other_trades)]
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
        left = np.maximum(0.0, means(world) - firms.wage_bill)
        price = (1.0 + self.set.fee) * firms.wage_bill / firms.jobs
        lack = np.minimum(lack, left / np.maximum(price, TINY))
        return np.where(self.members & firms.alive & (firms.staff > 0.0), lack, 0.0)

    # ------------------------------------------------------------------ money, and the table
    def cooperate(self, world: World) -> None:
        """Settle wages of lent staff, collect dues, pay those who run it, let members meet."""
        if self.is_on(world) and self.alive:
            self._settle(world)
            self._collect_dues(world)
            self._pay_running_cost(world)
            made = meet(world, self.members, self.set.contacts) if self.stage >= TABLE else 0
            self.contacts += made
            world.links_made += made
            self._review(world)
        self._show(world)

    def _show(self, world: World) -> None:
        firms = world.state.firms
        living = self.members & firms.alive if self.alive else np.zeros_like(self.members)
        counts = np.bincount(self.college[living], minlength=len(COLLEGES))
        self.observed = {
            "alive": float(self.alive),
            "stage": float(self.stage),
            "members": float(living.sum()),
            **{f"members_{c}": float(n) for c, n in zip(COLLEGES, counts, strict=True)},
            "members_workers": float(firms.staff[living].sum()),
            "lent": self.lent,
            "contacts": self.contacts,
            "account": self.cash,
            "joined": float(self.joined),
            "left": float(self.left),
        }

    def _settle(self, world: World) -> None:
        """Borrowers pay wages and fee as far as they can; lenders share what came for wages."""
        firms = world.state.firms
        paid = np.minimum((1.0 + self.set.fee) * self.due, means(world))
        firms.cash -= paid
        wages = paid / (1.0 + self.set.fee)
        self.cash += total(world, paid - wages)
        owed = total(world, self.owed)
        if owed > 0.0:
            firms.cash += self.owed * total(world, wages) / owed
        self.use += self.due + self.owed

    def _take(self, world: World, due: Floats) -> Floats:
        """Take what members owe, as far as they can pay; return what each paid."""
        paid = np.minimum(due, means(world))
        world.state.firms.cash -= paid
        self.cash += total(world, paid)
        return np.asarray(paid)

    def running_cost_today(self, world: World) -> float:
        """What those who run it cost, EUR a day: a part hangs on the members at the founding."""
        now = total(world, self._living_jobs(world))
        jobs = self.set.fixed_share * self.jobs_founded + (1.0 - self.set.fixed_share) * now
        return float(self.set.running_cost * jobs / DAYS_A_YEAR)

    def _collect_dues(self, world: World) -> None:
        """Members pay dues by their jobs; less while the account holds more than is wanted."""
        due = self.set.dues * self._living_jobs(world) / DAYS_A_YEAR
        in_all = total(world, due)
        over = self.cash - self.running_cost_today(world) - self.reserve_target
        asked = np.clip(1.0 - over / max(in_all, TINY), 0.0, 1.0) if over > 0.0 else 1.0
        self.dues += self._take(world, asked * due)

    def _pay_running_cost(self, world: World) -> None:
        cost = self.running_cost_today(world)
        paid = self.pay_residents(world, cost)
        self.unpaid_days = self.unpaid_days + 1 if paid < (1.0 - TINY) * cost else 0

    def _review(self, world: World) -> None:
        """Once a year of lending: some leave whose dues exceed their use, some join if it pays."""
        if self.stage < SHARING:
            self.dues[:] = self.use[:] = 0.0
            return
        self.days_since_review += 1
        if self.days_since_review < DAYS_A_YEAR:
            return
        alive = np.asarray(world.state.firms.alive)
        luck = luck_of(world, "ptce_review", lambda rng, n: list(rng.random((2, n))), world.tick)
        living = self.members & alive
        content = self.set.use_value * self.use >= self.dues
        leaving = living & ~content & (luck[0] < self.set.leave_rate)
        pays_for = float((living & content).sum()) / max(1, int(living.sum()))
        joining = alive & ~self.members & (luck[1] < self.set.join_rate * pays_for)
        self.members = (self.members & ~leaving) | joining
        self.left += int(leaving.sum())
        self.joined += int(joining.sum())
        self.dues[:] = self.use[:] = 0.0
        self.days_since_review = 0


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
