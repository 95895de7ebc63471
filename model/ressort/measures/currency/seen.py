"""What is seen of the currency: mass, velocity, multiplier, what is changed back, what is idle."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ressort import multiplier
from ressort.measures.base import DAYS_A_YEAR, Floats
from ressort.measures.currency import flows
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.measures.currency.measure import Currency
    from ressort.world import World

MONTH: Final = 30
COUNTS: Final = DAYS_A_YEAR // MONTH  # counts of a year
# `paid`: in units, by whomever, of which `spent` by residents to producers, `wages`, `taxes`, and
# by the council to producers (`of_council`) and `to_staff`. `left_*`: units that left circulation,
# by who held them.
DAILY: Final = (
    *("mass", "held", "paid", "spent", "wages", "taken", "changed", "changed_back", "given"),
    *(
        "taxes",
        "of_council",
        "to_staff",
        "left_homes",
        "left_firms",
        "left_council",
        "income",
        "issued",
    ),
    *("entitled", "credit_lost", "parted", "invoiced", "netted", "invoices_lost"),
)
PLACE: Final = {name: k for k, name in enumerate(DAILY)}
LEAST: Final = 1e-6  # EUR: less is rounding
UNCOUNTED: Final = dict.fromkeys(("lm3", "multiplier", "euro_lm3", "euro_multiplier"), float("nan"))


@dataclass(frozen=True)
class Count:
    """What one count of a day's payments found: who paid whom in euros, and the euros held."""

    euros: Floats
    held: float


def euro_velocity(counts: Sequence[Count]) -> float:
    """Return payments a year among residents and producers here over the euros they hold.

    Over all counts; the definition is that of the units' `velocity`.
    """
    paid = sum(flows.among_residents_and_firms(count.euros) for count in counts)
    held = sum(count.held for count in counts)
    return DAYS_A_YEAR * paid / held if held > LEAST else 0.0


def velocity(total: Mapping[str, float], days: int) -> float:
    """Return payments in units a year among residents and producers here over the units they hold.

    `total`: sums over the last `days`, up to a year. A first month is no rate: in it this is less.
    """
    held = total["held"] / days
    year = DAYS_A_YEAR / max(days, MONTH)
    return flows.unit_payments(total) * year / held if held > LEAST else 0.0


def cycles(total: Mapping[str, float]) -> float:
    """Return how often units were paid for each that left circulation; NaN if none did.

    In a steady state: how often a unit is paid from its issue to its end.
    """
    left = flows.left(total)
    return total["paid"] / left if left > LEAST else float("nan")


class Log:
    """Amounts of the last year by day, and when each wallet was last used."""

    def __init__(self) -> None:
        self.days: Floats = np.zeros((DAYS_A_YEAR, len(DAILY)))
        self.started = -1
        self.counted = flows.Counted()  # of the day of the count, in any money
        self.counts: deque[Count] = deque(maxlen=COUNTS)
        self.multipliers: dict[str, float] = {}  # counted monthly
        self.idle = 0.0  # share of units in wallets that paid nothing for a month, counted monthly
        self.home_used: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.firm_used: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def open(self, homes: int, firms: int) -> None:
        """Make room for wallets."""
        self.home_used = np.full(homes, -1, dtype=np.int64)
        self.firm_used = np.full(firms, -1, dtype=np.int64)

    def counts_today(self, tick: int) -> bool:
        """Whether all payments, in any money, are counted today: once a month."""
        return tick % MONTH == 0

    def begin_day(self, tick: int) -> None:
        """Forget the same day of last year."""
        if self.started < 0:
            self.started = tick
            self.home_used[:] = self.firm_used[:] = tick  # nothing is idle before a month is over
        self.days[tick % DAYS_A_YEAR] = 0.0

    def note_payments_in_units(self, tick: int, spent: Floats, paid: Floats, got: Floats) -> None:
        """Note who paid today, and how much was paid and taken in units."""
        self.home_used[spent > 0.0] = tick
        self.firm_used[paid > 0.0] = tick
        self.add(tick, "paid", float(spent.sum() + paid.sum()))
        self.add(tick, "spent", float(spent.sum()))
        self.add(tick, "taken", float(got.sum()))

    def add(self, tick: int, name: str, amount: float) -> None:
        """Add to one of the amounts of the day."""
        self.days[tick % DAYS_A_YEAR, PLACE[name]] += amount

    def add_wages(self, tick: int, paid: Floats) -> None:
        """Note wages paid in units."""
        self.firm_used[paid > 0.0] = tick
        self.add(tick, "paid", float(paid.sum()))
        self.add(tick, "wages", float(paid.sum()))

    def note_income(self, tick: int, paid: float, entitled: float) -> None:
        """Note what was paid of the autonomy income, and what should have been."""
        self.add(tick, "income", paid)
        self.add(tick, "entitled", entitled)

    def note_trade(self, world: World, bought: tuple[float, float], between: float) -> None:
        """Note what residents and the state paid producers here, and these one another."""
        self.counted = flows.of_trade(world.flows, *bought, between)

    def note_earnings(self, wages: float, profits: float) -> None:
        """Note what residents earned from producers here, in any money."""
        self.counted = replace(self.counted, wages=wages, profits=profits)

    def _count(self, world: World, total: Mapping[str, float], today: Mapping[str, float]) -> None:
        """Count, once a month, payments in any money, multipliers and what lies idle."""
        any_money = flows.in_any_money(self.counted, world.flows)
        euros = flows.in_euros(any_money, flows.in_units(today))
        self.counts.append(Count(euros, flows.held_in_euros(world)))
        of_units = flows.in_units(total)
        of_euros = np.sum([count.euros for count in self.counts], axis=0)
        self.multipliers = {
            "lm3": multiplier.lm3(of_units),
            "multiplier": multiplier.full(of_units),
            "euro_lm3": multiplier.lm3(of_euros),
            "euro_multiplier": multiplier.full(of_euros),
        }
        self.idle = self._idle(world) / today["held"] if today["held"] > LEAST else 0.0

    def observe(self, currency: Currency, world: World) -> dict[str, float]:
        """Return what users see of the day; rates are of the last year, per year."""
        tick = world.tick
        mass = currency.mass(world)
        owed = float(np.maximum(0.0, -currency.in_wallets(world)[1]).sum())
        self.add(tick, "mass", mass)
        self.add(tick, "held", mass - currency.outside - currency.council + owed)
        n = min(DAYS_A_YEAR, tick - self.started + 1)
        total = dict(zip(DAILY, map(float, self.days.sum(axis=0)), strict=True))
        mean = max(total["mass"] / n, 1e-9)
        year = DAYS_A_YEAR / max(n, MONTH)  # a first day is no rate
        today = dict(zip(DAILY, map(float, self.days[tick % DAYS_A_YEAR]), strict=True))
        if self.counts_today(tick):
            self._count(world, total, today)
        takes = currency.joined & plain(world.state.firms)["alive"]
        people = float(currency.people.sum())
        entitled, books = today["entitled"], currency.invoices
        return {
            "mass": mass,
            "reserve": currency.cash,
            "coverage": currency.cash / mass if mass > 1e-6 else 1.0,
            "confidence": currency.confidence,
            "halted": float(currency.halted),
            "members_share": float((currency.people * currency.members).sum()) / people,
            "accepting": float(takes.sum()),
            "velocity": velocity(total, n),
            "euro_velocity": euro_velocity(self.counts),
            "cycles": cycles(total),
            "changed": total["changed"] * year,
            "changed_back": total["changed_back"] * year,
            "changed_back_of_mass": total["changed_back"] * year / mean,
            "changed_back_of_inflow": total["changed_back"] / max(total["changed"], 1e-9),
            "leakage": total["changed_back"] / max(total["taken"], 1e-9),
            "idle": self.idle,
            "paid_today": today["paid"],
            "taxes": total["taxes"] * year,
            "owed": owed,
            "invoiced": today["invoiced"],
            "payable": 0.0 if books is None else float(books.owes.sum()),
            "overdue": 0.0 if books is None else float(books.due.sum()),
            "netted": total["netted"],
            "invoices_lost": total["invoices_lost"],
            "on_cycles": currency.on_cycles,
            "credit_lost": total["credit_lost"],
            "parted": total["parted"],
            "pledged": float(currency.pledges.sum()),
            "unbacked": currency.unbacked,
            "forged": currency.hits.forged,
            "given": today["given"],
            "income_paid_share": today["income"] / entitled if entitled else 1.0,
            "income_coverable_share": currency.coverable,
            "plan_local_share": float(currency.set.plan_local_share),
            **(self.multipliers or UNCOUNTED),
        }

    def _idle(self, world: World) -> float:
        """Return units in wallets that have paid nothing for a month."""
        idle = 0.0
        for holders, used in (
            (plain(world.state.homes), self.home_used),
            (plain(world.state.firms), self.firm_used),
        ):
            idle += float(np.maximum(0.0, holders["units"])[used < world.tick - MONTH].sum())
        return idle
