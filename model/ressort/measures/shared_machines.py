"""Machines that members lend each other, in the order of a queue (E6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from ressort.goods import AGRI
from ressort.measures.added import luck_of
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure
from ressort.measures.ties import Bools, Ints, draw_members, members_today, pay
from ressort.rules.passes import machines_to_spare

if TYPE_CHECKING:
    from ressort.world import World

TINY = 1e-9


class Loan(NamedTuple):
    """Machines lent for a day; `worth`: of the borrower's own, as many as they stand for."""

    borrower: int
    lender: int
    machines: int
    worth: float


class SharedMachines(Measure):
    """Who lacks a machine borrows an idle one of the same trade nearby; who waited most is first.

    Machines have a size: one of a smaller plant stands for a part of one, a larger one for no more
    than one. Borrowers pay hire and haulage in the morning, or get none, and nobody is served who
    did not pay its dues. Machines that change hands wear faster; when one fails its owner, its user
    and those next in the queue lack it. At a common peak nothing is idle.
    """

    name = "shared_machines"
    mechanism: ClassVar[str] = "E6"
    meaning = "members lend each other idle machines, for a hire fee, in the order of a queue"
    meaning_fr = (
        "les membres se prêtent leurs machines inoccupées, contre un loyer, selon une liste "
        "d'attente"
    )
    rows = ("S27",)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.members: Bools = np.zeros(0, dtype=bool)
        self.waiting: Ints = np.zeros(0, dtype=np.int64)  # days in the queue
        self.loans: list[Loan] = []
        self.before: set[tuple[int, int]] = set()  # lent yesterday, by whom to whom
        self.idle_count = self.worn = 0
        self.hire = 0.0  # paid today, EUR
        self.size: Floats = np.zeros(0)  # EUR a day, see `_size`
        self.price: Floats = np.zeros(0)  # EUR a day and machine, by borrower
        self.paid_up: Bools = np.zeros(0, dtype=bool)  # who paid the last dues asked for

    def prepare(self, world: World) -> None:
        """Draw the members."""
        self.members = draw_members(world, self.name, self.set.member_share)
        self.waiting = np.zeros(len(world.state.firms), dtype=np.int64)
        self.paid_up = np.ones(len(world.state.firms), dtype=bool)

    # ------------------------------------------------------------------ lending
    def set_conditions(self, world: World) -> None:
        """Take yesterday's machines back, some of them broken; lend today's."""
        if not self.is_on(world):
            return
        firms = world.state.firms
        self.members = members_today(world, self.members)
        self._wear(world)
        self.before = {(loan.borrower, loan.lender) for loan in self.loans}
        self.loans, self.hire = [], 0.0
        idle, lack = self._to_spare(world)
        self.idle_count = int(idle.sum())
        asking = np.flatnonzero(lack > 0)
        lenders = np.flatnonzero(idle > 0)
        if len(asking) > 0:
            self._serve_all(world, asking, lack, idle, lenders)
        self.waiting = np.where(lack > 0, self.waiting + 1, 0)
        firms.borrowed = 0.0
        for loan in self.loans:
            firms.borrowed[loan.borrower] += loan.worth
            firms.borrowed[loan.lender] -= loan.machines

    def _serve_all(self, world: World, asking: Ints, lack: Ints, idle: Ints, lenders: Ints) -> None:
        """Lend to those who have waited longest first; lower what they lack."""
        self.size, self.price = self._size(world), self._hire(world)
        # Among equals the lot decides, not the row.
        name = f"{self.name}_queue"
        draw = luck_of(world, name, lambda rng, n: list(rng.random((2, n))), world.tick)
        for k in np.lexsort((draw[0][asking], -self.waiting[asking])):
            p = int(asking[k])
            if self.paid_up[p]:
                lack[p] -= self._serve(world, p, int(lack[p]), idle, lenders, draw[1])

    def _to_spare(self, world: World) -> tuple[Ints, Ints]:
        """Return the whole machines that members do not need today, and those that they lack."""
        harvest, members = self._harvest(world), self.members
        return machines_to_spare(world.state.firms, world.goods, members, AGRI, harvest, TINY)

    def idle(self, world: World) -> Ints:
        """Return the whole sound machines that members do not need today; none at harvest."""
        return self._to_spare(world)[0]

    def _harvest(self, world: World) -> bool:
        """Whether all farms need their machines at once."""
        first, days = world.settings.harvest_first_day, world.settings.harvest_days
        return bool(0 <= world.day.day_of_year - first < days)

    def _size(self, world: World) -> Floats:
        """Return what one machine of each adds to what can be made in a day, EUR."""
        firms = world.state.firms
        dependence = world.goods.machine_dependence[firms.branch]
        plant = firms.capacity * firms.intact
        return np.asarray(dependence * plant / np.maximum(1, firms.machines))

    def _serve(
        self, world: World, p: int, count: int, idle: Ints, lenders: Ints, luck: Floats
    ) -> int:
        """Lend an establishment what it lacks from the nearest; return how many machines."""
        firms, size = world.state.firms, self.size
        may = (idle[lenders] > 0) & (lenders != p)
        if not self.set.other_branches:
            may &= firms.branch[lenders] == firms.branch[p]
        lenders = lenders[may]
        km = world.index.distance[firms.commune[p]][firms.commune[lenders]]
        got = 0
        for k in np.lexsort((luck[lenders], km)):
            if got >= count or km[k] > self.set.reach_km:
                break
            lender = int(lenders[k])
            part = min(1.0, float(size[lender]) / max(float(size[p]), TINY))
            given = self._settle(world, p, lender, min(count - got, int(idle[lender])), part)
            if given > 0:
                idle[lender] -= given
                got += given
                self.loans.append(Loan(p, lender, given, given * part))
        return got

    def _settle(self, world: World, p: int, lender: int, count: int, part: float) -> int:
        """Let a borrower pay hire, and haulage of what is fetched; return what it can pay for."""
        firms = world.state.firms
        hire = float(self.price[p]) * part
        km = world.index.distance[firms.commune[p], firms.commune[lender]]
        fetched = (p, lender) not in self.before
        haul = self.set.haul_cost * (1.0 + float(km)) * fetched
        has = max(0.0, float(firms.cash[p] - firms.units[p] + firms.credit[p])) * world.day.payments
        count = min(count, int(has / max(hire + haul, TINY)))
        firms.cash[p] -= count * (hire + haul)
        firms.cash[lender] += count * hire
        self.hire += count * hire
        self.cash += count * haul
        self.pay_outside(world, count * haul)
        return count

    def _hire(self, world: World) -> Floats:
        """Return the hire of a machine for a day, EUR, by borrower: a share of what it makes."""
        firms = world.state.firms
        dependence = world.goods.machine_dependence[firms.branch]
        made = dependence * firms.output_calm / np.maximum(1, firms.machines)
        return np.asarray(self.set.hire_share * made)

    def _wear(self, world: World) -> None:
        """Break some of the machines that were lent: one chance a loan, of the lender."""
        if not self.loans:
            return
        luck = luck_of(world, self.name, lambda rng, n: [rng.random(n)], world.tick)[0]
        chance = min(1.0, self.set.wear / world.settings.machine_life_days)
        firms = world.state.firms
        lent = np.zeros(len(firms))
        for loan in self.loans:
            lent[loan.lender] += loan.machines
        breaks = (lent > 0) & (luck < 1.0 - (1.0 - chance) ** lent)
        breaks &= firms.alive & (firms.broken < firms.machines)
        firms.broken += breaks.astype(firms.broken.dtype)
        self.worn += int(breaks.sum())

    # ------------------------------------------------------------------ money
    def cooperate(self, world: World) -> None:
        """Collect dues for who keeps the queue; who does not pay is not served tomorrow."""
        if self.is_on(world):
            firms = world.state.firms
            due = np.where(self.members & firms.alive, self.set.dues / DAYS_A_YEAR, 0.0)
            self.paid_up = pay(world, self, due) >= (1.0 - TINY) * due
            self.pay_residents(world, self.cash)
        self._observe(world)

    def _observe(self, world: World) -> None:
        firms = world.state.firms
        self.observed = {
            "members": float((self.members & firms.alive).sum()),
            "lent": float(sum(loan.machines for loan in self.loans)),
            "idle": float(self.idle_count),
            "queue": float((self.waiting > 0).sum()),
            "longest_wait": float(self.waiting.max(initial=0)),
            "worn": float(self.worn),
            "hire": self.hire,
        }
