"""Machines that members lend each other, in the order of a queue (E6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from ressort.goods import AGRI
from ressort.measures.added import luck_of
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure
from ressort.measures.ties import Bools, Ints, draw_members, pay
from ressort.rules.passes import machines_to_spare
from ressort.state import Rows
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.world import World

TINY = 1e-9


class Loan(NamedTuple):
    """Machines lent for a day."""

    borrower: int
    lender: int
    machines: int


class SharedMachines(Measure):
    """Who lacks a machine borrows an idle one of the same trade nearby; who waited most is first.

    Borrowers pay for the hire and, when a machine is fetched, the haulage. Machines that change
    hands wear faster; when one fails its owner, its user and those next in the queue lack it. At a
    common peak nothing is idle.
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

    def prepare(self, world: World) -> None:
        """Draw the members."""
        self.members = draw_members(world, self.name, self.set.member_share)
        self.waiting = np.zeros(len(world.state.firms), dtype=np.int64)

    # ------------------------------------------------------------------ lending
    def set_conditions(self, world: World) -> None:
        """Take yesterday's machines back, some of them broken; lend today's."""
        if not self.is_on(world):
            return
        firms = world.state.firms
        self._wear(world)
        for loan in self.loans:
            firms.borrowed[[loan.borrower, loan.lender]] = 0.0
        self.before = {(loan.borrower, loan.lender) for loan in self.loans}
        self.loans = []
        idle, lack = self._to_spare(world)
        self.idle_count = int(idle.sum())
        asking = np.flatnonzero(lack > 0)
        has = np.maximum(0.0, _means(firms[asking]))
        able = np.floor(has / np.maximum(self._hire(world, asking), TINY))
        count = np.minimum(lack[asking], able).astype(np.int64)
        lenders = np.flatnonzero(idle > 0)
        for k in np.argsort(-self.waiting[asking], kind="stable"):
            p = int(asking[k])
            lack[p] -= self._serve(world, p, int(count[k]), idle, lenders)
        self.waiting = np.where(lack > 0, self.waiting + 1, 0)
        for loan in self.loans:
            firms.borrowed[loan.borrower] += loan.machines
            firms.borrowed[loan.lender] -= loan.machines

    def _to_spare(self, world: World) -> tuple[Ints, Ints]:
        """Return the whole machines that members do not need today, and those that they lack."""
        harvest, members = self._harvest(world), self.members
        return machines_to_spare(world.state.firms, world.goods, members, AGRI, harvest, TINY)

    def idle(self, world: World) -> Ints:
        """Return the whole sound machines that members do not need today; none at harvest."""
        return self._to_spare(world)[0]

    def living(self, world: World) -> Bools:
        """Return which members are in business, shape (P,)."""
        return self.members & plain(world.state.firms)["alive"]

    def _harvest(self, world: World) -> bool:
        """Whether all farms need their machines at once."""
        first, days = world.settings.harvest_first_day, world.settings.harvest_days
        return bool(0 <= world.day.day_of_year - first < days)

    def lacking(self, world: World) -> Ints:
        """Return the broken machines without which members cannot make what is wanted."""
        return self._to_spare(world)[1]

    def _serve(self, world: World, p: int, count: int, idle: Ints, lenders: Ints) -> int:
        """Lend an establishment what it lacks from the nearest; return how many machines."""
        firms = world.state.firms
        may = (idle[lenders] > 0) & (lenders != p)
        if not self.set.other_branches:
            may &= firms.branch[lenders] == firms.branch[p]
        lenders = lenders[may]
        km = world.index.distance[firms.commune[p]][firms.commune[lenders]]
        got = 0
        for k in np.argsort(km, kind="stable"):
            if got >= count or km[k] > self.set.reach_km:
                break
            lender = int(lenders[k])
            given = min(count - got, int(idle[lender]))
            idle[lender] -= given
            got += given
            self.loans.append(Loan(p, lender, given))
        return got

    def _hire(self, world: World, borrowers: Ints) -> Floats:
        """Return the hire of a machine for a day, EUR, by borrower: a share of what it makes."""
        firms = world.state.firms[borrowers]
        dependence = world.goods.machine_dependence[firms.branch]
        made = dependence * firms.output_calm / np.maximum(1, firms.machines)
        return np.asarray(self.set.hire_share * made)

    def _wear(self, world: World) -> None:
        """Break some of the machines that were lent: one chance a loan, of the lender."""
        if not self.loans:
            return
        luck = luck_of(world, self.name, lambda rng, n: [rng.random(n)], world.tick)[0]
        chance = min(1.0, self.set.wear / world.settings.machine_life_days)
        firms = plain(world.state.firms)
        lent = np.zeros(len(firms))
        for loan in self.loans:
            lent[loan.lender] += loan.machines
        rows = np.flatnonzero(lent > 0)
        breaks = luck[rows] < 1.0 - (1.0 - chance) ** lent[rows]
        breaks &= firms["alive"][rows] & (firms["broken"][rows] < firms["machines"][rows])
        firms["broken"][rows] += breaks.astype(firms["broken"].dtype)
        self.worn += int(breaks.sum())

    # ------------------------------------------------------------------ money
    def cooperate(self, world: World) -> None:
        """Settle hire and haulage of the day; collect dues for who keeps the queue."""
        if not self.is_on(world):
            self._observe(world, 0.0)
            return
        firms = plain(world.state.firms)
        cash, commune = firms["cash"], firms["commune"]
        borrowers = np.array([loan.borrower for loan in self.loans], dtype=np.int64)
        hire, paid = self._hire(world, borrowers), 0.0
        distance = world.index.distance
        for loan, price_of_one in zip(self.loans, hire, strict=True):
            price = price_of_one * loan.machines
            has = max(0.0, float(_means(world.state.firms[loan.borrower])))
            rent = min(price, has)
            cash[loan.borrower] -= rent
            cash[loan.lender] += rent
            paid += rent
            if (loan.borrower, loan.lender) not in self.before:
                km = distance[commune[loan.borrower], commune[loan.lender]]
                haul = min(self.set.haul_cost * (1.0 + float(km)) * loan.machines, has - rent)
                cash[loan.borrower] -= haul
                self.cash += haul
                self.pay_outside(world, haul)
        due = self.living(world) * (self.set.dues / DAYS_A_YEAR)
        pay(world, self, due)
        self.pay_residents(world, self.cash)
        self._observe(world, paid)

    def _observe(self, world: World, hire: float) -> None:
        self.observed = {
            "members": float(self.living(world).sum()),
            "lent": float(sum(loan.machines for loan in self.loans)),
            "idle": float(self.idle_count),
            "queue": float((self.waiting > 0).sum()),
            "longest_wait": float(self.waiting.max(initial=0)),
            "worn": float(self.worn),
            "hire": hire,
        }


def _means(firms: Rows) -> Floats:
    """Return the euros that establishments can still pay with, credit included."""
    return np.asarray(firms.cash - firms.units + firms.credit)
