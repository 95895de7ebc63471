"""Contracts between two units of a federation: goods against a service, or skill (S40, S42).

Unlike `measures/partners.py`, both sides are simulated: what one gives, the other has, and what
strikes the one need not strike the other. Each unit holds a side, which is its account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from ressort.branches import INDEX, N_BRANCHES
from ressort.federation_loads import Loads, days_on_the_road, is_struck
from ressort.goods import EQUIPMENT
from ressort.measures.base import DAYS_A_YEAR, Floats, Identity, Measure, total
from ressort.measures.partners import forget, hand_over, offered_by_makers, pay_service
from ressort.measures.repair_training import RepairTraining
from ressort.measures.store import TINY
from ressort.shocks import service_deficits

if TYPE_CHECKING:
    from ressort.world import World

__all__ = ["CONTRACTS", "Capability", "Contract", "Reciprocity", "honour", "sides_of"]


class Contract(Measure):
    """The side of one unit in a contract; the first unit gives goods or money, the second returns.

    `number`: of the contract in the scenario. `to_hand_on`: euros that it holds for others here.
    """

    contract: ClassVar[str]  # its name in a scenario

    def __init__(self, settings: Mapping[str, Any], number: int, *, first: bool) -> None:
        super().__init__(settings)
        self.number, self.first = number, first
        self.good = INDEX[self.set.good_out]
        self.loads = Loads()
        self.to_hand_on = 0.0
        self.days_failed = 0  # in a row
        self.over = False
        self.exchanged = 0.0  # goods sent (first) or received (second) since the beginning, EUR
        self.paid = 0.0  # euros received (first) or sent (second), negative the other way round

    @property
    def label(self) -> str:
        """Its name in accounts: one unit may have several contracts."""
        return f"{self.name}.{self.number}"

    def audit(self, world: World) -> Iterable[Identity]:
        """What is under way is what the account holds."""
        yield "loads", float(self.loads.held.sum()), float(self.stock.sum())

    def in_term(self, world: World) -> bool:
        """Whether on the day just lived the contract had begun, and not ended nor broken."""
        years = int(world.day.number) / DAYS_A_YEAR - float(self.set.from_year)
        return bool(0.0 <= years < self.set.until_year) and not self.over

    def note(self, kept: bool) -> None:
        """Count days of failure in a row; after too many the contract is over for good."""
        self.days_failed = 0 if kept else self.days_failed + 1
        self.over = self.over or self.days_failed >= self.set.patience_days

    def unload(self, world: World) -> float:
        """Sell what has arrived to those who use it, as far as they can pay; return EUR sold.

        Shared in proportion to what they usually hold: it replaces what they would order outside.
        """
        self.loads.arrive(int(world.day.number), self.stock)
        firms, slots = world.state.firms, world.state.slots
        buyer = world.buyers
        usual = np.where(slots.good == self.good, slots.stock_target, 0.0) * firms.alive[buyer]
        got = usual * (self.loads.here[self.good] / max(total(world, usual), TINY))
        haul = float(self.loads.haul[self.good])
        price = 1.0 + haul
        means = np.maximum(0.0, firms.cash - firms.units + firms.credit) * world.day.payments
        cost = np.bincount(buyer, weights=price * got, minlength=len(firms))
        got *= np.minimum(1.0, means / np.maximum(cost, TINY))[buyer]
        slots.stock += got
        firms.cash -= np.bincount(buyer, weights=price * got, minlength=len(firms))
        taken = np.zeros(N_BRANCHES)
        taken[self.good] = sold = total(world, got)
        self.loads.take(taken)
        self.stock = np.maximum(0.0, self.stock - taken)
        self.cash += price * sold
        self.pay_outside(world, haul * sold)
        return sold


def deliver(sides: Sequence[Contract], worlds: Sequence[World], most: float, km: float) -> float:
    """Send goods of the first unit's makers, whom its residents pay, to the second; EUR sent."""
    first, second = sides
    offered = offered_by_makers(worlds[0], first.good, first.set.share_out)
    offered = offered * worlds[1].day.border[first.good]
    value = hand_over(first, worlds[0], first.good, offered, most)
    if value > 0.0:
        load = np.zeros(N_BRANCHES)
        load[first.good] = value
        second.stock += load
        worlds[1].flows.imported += load
        days = days_on_the_road(km, second.set.handling_days, second.set.day_km)
        second.loads.add(int(worlds[1].day.number) + days, load, km * second.set.haul_rate)
    first.exchanged += value
    second.exchanged += value
    return value


def pass_money(payer: Contract, payee: Contract, worlds: Sequence[World], amount: float) -> None:
    """Let one unit's account pay the other's; `worlds`: of payer and payee."""
    worlds[0].flows.measures -= amount
    payer.cash -= amount
    payer.cost_today += amount
    payee.receive_grant(worlds[1], amount)
    payer.paid -= amount
    payee.paid += amount


class Reciprocity(Contract):
    """Goods of the first unit against money of the second for its threshold service (S40).

    Residents of the first pay its makers for the goods; residents of the second pay the service,
    and have what the goods are sold for.
    """

    name = "federation_reciprocity"
    contract = "reciprocity"
    meaning = "a unit covers the deficit of a service in another against goods made there"
    meaning_fr = "une unité couvre le déficit d'un service d'une autre contre des biens de celle-ci"
    rows = ("S40",)

    def cooperate(self, world: World) -> None:
        """Hand residents what goods were sold for yesterday."""
        world.profits += self.to_hand_on
        self.cash -= self.to_hand_on
        self.to_hand_on = 0.0

    @staticmethod
    def honour(sides: Sequence[Contract], worlds: Sequence[World], km: float) -> None:
        """Let both sides do their part after a day that both have lived."""
        first, second = sides
        sold = second.unload(worlds[1])
        second.to_hand_on += sold
        deficit = service_deficits(worlds[0], int(worlds[0].day.number))
        missing = total(worlds[0], deficit)
        covered = 0.0
        if missing > 0.0 and first.in_term(worlds[0]):
            if first.set.serve_when_hit or not is_struck(worlds[1]):
                covered = _barter(sides, worlds, missing, km)
                pay_service(first, worlds[0], deficit, covered)
            promised = first.set.cover_share * missing
            first.note(covered >= first.set.least_share * promised)
        seen = {"covered": covered, "deficit": missing, "sold": sold, "over": float(first.over)}
        first.observed, second.observed = dict(seen), dict(seen)


def _barter(sides: Sequence[Contract], worlds: Sequence[World], missing: float, km: float) -> float:
    """Exchange goods for money, as much as both sides can give; return EUR covered."""
    first, second = sides
    rate = first.set.exchange_rate
    offered = offered_by_makers(worlds[0], first.good, first.set.share_out)
    most = total(worlds[0], offered) * float(worlds[1].day.border[first.good])
    wanted = min(first.set.cover_share * missing / rate, most)
    raised = second.levy(worlds[1], rate * wanted)
    covered = rate * deliver(sides, worlds, raised / rate, km)
    second.to_hand_on += max(0.0, raised - covered)  # back to whom it came from
    pass_money(second, first, (worlds[1], worlds[0]), covered)
    return covered


class Capability(Contract):
    """Repair taught by the second unit's repairers to the first, which pays them (S42).

    Skill stays when teaching stops, and fades. Teachers are missing at their own work meanwhile.
    """

    name = "federation_capability"
    contract = "capability"
    meaning = "a unit's repairers teach another to repair, against goods or money"
    meaning_fr = "les réparateurs d'une unité forment une autre, contre des biens ou de la monnaie"
    rows = ("S42",)

    def __init__(self, settings: Mapping[str, Any], number: int, *, first: bool) -> None:
        super().__init__(settings, number, first=first)
        self.skill = 0.0  # of the first unit, 0 to 1: of what repairers can do
        self.away = 0.0  # jobs of the second unit's repairers, tomorrow

    def set_conditions(self, world: World) -> None:
        """Let teachers be missing at their own work."""
        staff = _repairers(world)
        if self.away > 0.0 and staff.sum() > 0.0:
            share = min(1.0, self.away / float(staff.sum()))
            world.state.firms.able[staff > 0.0] *= 1.0 - share

    @staticmethod
    def honour(sides: Sequence[Contract], worlds: Sequence[World], km: float) -> None:
        """Teach what is paid for, forget a little; hand on what goods were sold for."""
        first, second = sides
        assert isinstance(first, Capability)
        assert isinstance(second, Capability)
        sold = second.unload(worlds[1])
        second.to_hand_on += sold
        second.pay_teachers(worlds[1])
        first.skill = forget(first.skill, first.set.forget_years)
        paid, second.away = 0.0, 0.0
        if first.in_term(worlds[0]):
            teachers, most = second.can_teach(worlds[1])
            if float(worlds[0].day.commuting) < 1.0:
                teachers = 0.0
            if teachers == 0.0 or first.skill < most:
                due = first.set.fee * teachers
                paid = _pay_for_lessons(sides, worlds, due, km) if due > 0.0 else 0.0
                second.away = teachers * (paid / due if due > 0.0 else 1.0)
                gain = first.set.skill_per_year / DAYS_A_YEAR * second.away / first.set.teachers
                first.skill = max(first.skill, min(most, first.skill + gain))
                first.note(second.away >= first.set.least_share * first.set.teachers)
        seen = {"skill": first.skill, "paid": paid, "taught": second.away, "sold": sold}
        first.observed = seen | {"over": float(first.over)}
        second.observed = dict(first.observed)

    def can_teach(self, world: World) -> tuple[float, float]:
        """Return the jobs that can teach today, and the most skill that they can give."""
        staff = float(_repairers(world).sum())
        hit = is_struck(world) and not self.set.serve_when_hit
        if hit or float(world.day.commuting) < 1.0:
            return 0.0, 0.0
        return min(float(self.set.teachers), staff), float(self.set.skill_most)

    def pay_teachers(self, world: World) -> None:
        """Hand on to the repairers what their lessons brought; it waits while there are none."""
        staff = _repairers(world)
        if staff.sum() > 0.0:
            world.state.firms.cash += staff * (self.to_hand_on / float(staff.sum()))
            self.cash -= self.to_hand_on
            self.to_hand_on = 0.0


def _repairers(world: World) -> Floats:
    """Jobs held at the makers of equipment, who repair, by establishment, shape (P,)."""
    firms = world.state.firms
    return np.where((firms.branch == EQUIPMENT) & firms.alive, firms.staff, 0.0)


def _pay_for_lessons(
    sides: Sequence[Contract], worlds: Sequence[World], due: float, km: float
) -> float:
    """Pay the fee in goods, or in money of establishments with machines; return EUR paid."""
    first, second = sides
    if first.set.pay == "goods":
        return deliver(sides, worlds, due, km)
    firms = worlds[0].state.firms
    learns = _learners(worlds[0])
    means = np.maximum(0.0, firms.cash - firms.units) * worlds[0].day.payments
    share = firms.jobs * learns / max(total(worlds[0], firms.jobs * learns), TINY)
    parts = np.minimum(due * share, means)
    firms.cash -= parts
    paid = total(worlds[0], parts)
    first.cash += paid
    pass_money(first, second, worlds, paid)
    second.to_hand_on += paid
    return paid


def _learners(world: World) -> Floats:
    """Establishments in business that depend on machines, 0 or 1, shape (P,)."""
    firms = world.state.firms
    return np.asarray(firms.alive & (world.goods.machine_dependence[firms.branch] > 0.0), float)


CONTRACTS: Final[tuple[type[Reciprocity | Capability], ...]] = (Reciprocity, Capability)


def sides_of(worlds: Sequence[World]) -> dict[int, list[tuple[int, Contract]]]:
    """Return the two sides of each contract by its number, (unit, side), the first unit's first."""
    found: dict[int, list[tuple[int, Contract]]] = {}
    for unit, world in enumerate(worlds):
        for measure in world.measures:
            if isinstance(measure, Contract):
                found.setdefault(measure.number, []).append((unit, measure))
    return {k: sorted(found[k], key=lambda pair: not pair[1].first) for k in sorted(found)}


def honour(worlds: Sequence[World], km: Floats) -> None:
    """Let all contracts be honoured after a day that all units have lived, in their order."""
    for (i, first), (j, second) in sides_of(worlds).values():
        assert isinstance(first, Reciprocity | Capability)
        first.honour((first, second), (worlds[i], worlds[j]), float(km[i, j]))
    for world in worlds:
        _use_skill(world)


def _use_skill(world: World) -> None:
    """Let establishments repair with the best of what they were taught and trained for."""
    taught = [m.skill for m in world.measures if isinstance(m, Capability) and m.first]
    if not taught:
        return
    firms = world.state.firms
    trained = any(isinstance(m, RepairTraining) for m in world.measures)
    own = firms.repair_skill if trained else np.zeros(len(firms))
    firms.repair_skill = np.maximum(own, max(taught) * _learners(world))


def gaps(worlds: Sequence[World]) -> Iterator[tuple[str, float, float]]:
    """Yield what does not close between the sides of contracts: account, gap, scale, in EUR."""
    for number, ((_, first), (_, second)) in sides_of(worlds).items():
        goods = first.exchanged - second.exchanged
        yield f"goods of contract {number}", goods, first.exchanged
        yield f"money of contract {number}", first.paid + second.paid, abs(first.paid)
