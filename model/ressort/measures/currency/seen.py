"""What is seen of the currency: mass, velocity, what is changed back, what lies idle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ressort.measures.base import DAYS_A_YEAR, Floats
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.measures.currency.measure import Currency
    from ressort.world import World

MONTH: Final = 30
DAILY: Final = (
    *("mass", "paid", "taken", "changed", "changed_back", "given", "taxes", "income"),
    *("entitled", "credit_lost", "parted"),
)
PLACE: Final = {name: k for k, name in enumerate(DAILY)}


class Log:
    """Amounts of the last year by day, and when each wallet was last used."""

    def __init__(self) -> None:
        self.days: Floats = np.zeros((DAYS_A_YEAR, len(DAILY)))
        self.started = -1
        self.payments = 0.0  # EUR of the day counted, residents and producers, in any money
        self.euro_payments = 0.0  # the same in euros
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
        self.days[tick % DAYS_A_YEAR] = 0.0
        if self.counts_today(tick):
            self.payments = 0.0

    def note_payments_in_units(self, tick: int, spent: Floats, paid: Floats, got: Floats) -> None:
        """Note who paid today, and how much was paid and taken in units."""
        self.home_used[spent > 0.0] = tick
        self.firm_used[paid > 0.0] = tick
        self.add(tick, "paid", float(spent.sum() + paid.sum()))
        self.add(tick, "taken", float(got.sum()))

    def add(self, tick: int, name: str, amount: float) -> None:
        """Add to one of the amounts of the day."""
        self.days[tick % DAYS_A_YEAR, PLACE[name]] += amount

    def add_wages(self, tick: int, paid: Floats) -> None:
        """Note wages paid in units."""
        self.firm_used[paid > 0.0] = tick
        self.add(tick, "paid", float(paid.sum()))

    def note_income(self, tick: int, paid: float, entitled: float) -> None:
        """Note what was paid of the autonomy income, and what should have been."""
        self.add(tick, "income", paid)
        self.add(tick, "entitled", entitled)

    def note_payments(self, amount: float) -> None:
        """Add to the payments of a day in any money; they are counted once a month, in parts."""
        self.payments += amount

    def observe(self, currency: Currency, world: World) -> dict[str, float]:
        """Return what users see of the day; rates are of the last year, per year."""
        tick = world.tick
        mass = currency.units(world)
        self.days[tick % DAYS_A_YEAR, PLACE["mass"]] = mass
        n = min(DAYS_A_YEAR, tick - self.started + 1)
        total = dict(zip(DAILY, map(float, self.days.sum(axis=0)), strict=True))
        mean = max(total["mass"] / n, 1e-9)
        year = DAYS_A_YEAR / max(n, MONTH)  # a first day is no rate
        today = self.days[tick % DAYS_A_YEAR]
        if self.counts_today(tick):
            self.euro_payments = max(0.0, self.payments - float(today[PLACE["paid"]]))
            self.idle = self._idle(world) / mass if mass > 1e-6 else 0.0
        homes, firms = plain(world.state.homes), plain(world.state.firms)
        units = np.array(firms["units"])
        people = float(homes["people"].sum())
        entitled = today[PLACE["entitled"]]
        return {
            "mass": mass,
            "reserve": currency.cash,
            "coverage": currency.cash / mass if mass > 1e-6 else 1.0,
            "confidence": currency.confidence,
            "halted": float(currency.halted),
            "members_share": float((homes["people"] * currency.members).sum()) / people,
            "accepting": float((currency.joined & firms["alive"]).sum()),
            "velocity": total["paid"] * year / mean,
            "euro_velocity": self._euro_velocity(world, units),
            "changed": total["changed"] * year,
            "changed_back": total["changed_back"] * year,
            "changed_back_of_mass": total["changed_back"] * year / mean,
            "changed_back_of_inflow": total["changed_back"] / max(total["changed"], 1e-9),
            "leakage": total["changed_back"] / max(total["taken"], 1e-9),
            "idle": self.idle,
            "paid_today": float(today[PLACE["paid"]]),
            "taxes": total["taxes"] * year,
            "owed": float(np.maximum(0.0, -units).sum()),
            "on_cycles": currency.on_cycles,
            "credit_lost": total["credit_lost"],
            "parted": total["parted"],
            "pledged": float(currency.pledges.sum()),
            "unbacked": currency.unbacked,
            "forged": currency.hits.forged,
            "given": float(today[PLACE["given"]]),
            "income_paid_share": float(today[PLACE["income"]] / entitled) if entitled else 1.0,
            "income_coverable_share": currency.coverable,
            "plan_local_share": float(currency.set.plan_local_share),
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

    def _euro_velocity(self, world: World, units: Floats) -> float:
        """Return yearly payments between residents and producers here over the euros they hold.

        The same definition as that of the units, so that the two may be compared.
        """
        homes, firms = plain(world.state.homes), plain(world.state.firms)
        euros = np.maximum(0.0, homes["cash"] - homes["units"]).sum()
        euros += np.maximum(0.0, firms["cash"] - units).sum()
        return DAYS_A_YEAR * self.euro_payments / max(float(euros), 1e-9)
