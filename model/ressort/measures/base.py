"""What every measure has: settings with provenance, an account, a store, and a place in the day.

A measure is one part of what a territory may do: cooperate in some way, or let its council act.
Each can be switched on alone. It costs what it costs, and the money comes from somewhere: from
residents by a local levy, from members, or, marked as such, from outside. It may do harm.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from ressort.branches import BRANCHES, INDEX, N_BRANCHES
from ressort.errors import InputError
from ressort.rules.passes import can_spend, take

if TYPE_CHECKING:
    from ressort.world import World

Floats = NDArray[np.float64]
DAYS_A_YEAR = 365
BUILT_OF = [INDEX["equipment"], INDEX["materials"]]
Identity = tuple[str, float, float]  # account, what is found, what is expected


def total(world: World, values: Floats) -> float:
    """Return the sum of a value by establishment or by purchase, shape (P,) or (S,).

    Rows that measures added are summed apart: rows kept free change no bit of it.
    """
    firms, n = world.state.firms, world.n_drawn
    if len(values) != len(firms):
        n = int(firms.end_slot[n - 1]) if n else 0
    return float(values[:n].sum() + values[n:].sum())


def can_build(world: World) -> bool:
    """Whether equipment and materials for works come from outside as usual today."""
    day = world.day
    return bool((day.outside[BUILT_OF] >= 1.0).all() and (day.border[BUILT_OF] >= 1.0).all())


class Purse(Protocol):
    """What limits levies."""

    def allow(self, world: World, amount: float) -> float:
        """Return how much of an amount may be levied."""

    def spend(self, amount: float) -> None:
        """Take note of a levy that came."""


class Measure:
    """One measure. Subclasses say what it means and override the phases in which it acts.

    `set`: its settings by name, see `parameters/measures/`. `cash` (EUR) and `stock` (EUR by good,
    shape (22,)) are what it holds; the audit counts both. `cost_today`: what it used up today, EUR.
    `observed`: what it lets users see of the day, by name; the same names every day.
    """

    name: ClassVar[str]  # of its records and of its section in a scenario
    meaning: ClassVar[str]
    meaning_fr: ClassVar[str]
    rows: ClassVar[tuple[str, ...]] = ()  # of the seed table
    mechanism: ClassVar[str] = ""  # of cooperation, "E1" to "E16"
    changes_conditions: ClassVar[bool] = True  # of the day: what is delivered, able, intact, lent
    common_purse: Purse | None = None  # that limits what it may levy
    refused_on = -2  # last day on which that purse refused it money

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.set = SimpleNamespace(**settings)
        self.cash = 0.0
        self.stock: Floats = np.zeros(N_BRANCHES)
        self.cost_today = 0.0
        self.observed: dict[str, float] = {}

    @property
    def label(self) -> str:
        """Its name in accounts and observations; the same as `name` unless there may be several."""
        return self.name

    @property
    def brings_from_outside(self) -> bool:
        """Whether its arm has goods or money that the other has not, by its settings.

        What stands ready on day 0 was paid by nobody in the run. Other cases: see subclasses.
        """
        return bool(getattr(self.set, "ready", False)) and self.set.from_year == 0.0

    # ------------------------------------------------------------------ its place in the day
    def prepare(self, world: World) -> None:
        """Once, before day 0: make room in the tables for what may come."""

    def set_conditions(self, world: World) -> None:
        """Phase *start*, after the shocks: change the conditions of the day."""

    def decide(self, world: World) -> None:
        """Phase *decide_together*: see what yesterday left, and decide."""

    def trade(self, world: World) -> None:
        """End of phase *consume*, before wages: see who paid whom, and in what."""

    def cooperate(self, world: World) -> None:
        """Phase *cooperate*, after wages and profits: collect, spend, hand over."""

    def adapt(self, world: World) -> None:
        """End of phase *adapt*: found, close, link."""

    def rows_of(
        self, setting: str, allowed: Sequence[str] = BRANCHES, known: Sequence[str] = BRANCHES
    ) -> list[int]:
        """Return the places in `known` of the names of a setting; InputError for a strange one."""
        names = getattr(self.set, setting)
        strange = sorted(set(names) - set(allowed))
        if strange:
            near = difflib.get_close_matches(strange[0], allowed, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else f"; choose from {', '.join(allowed)}"
            raise InputError(f"{self.name}.{setting}: unknown name '{strange[0]}'{hint}")
        return [known.index(name) for name in names]

    # ------------------------------------------------------------------ what the audit asks
    def euros(self, world: World) -> float:
        """Euros that it holds, to be added to those of residents and producers."""
        return self.cash

    def audit(self, world: World) -> Iterable[Identity]:
        """Identities of its own that must close every evening."""
        return ()

    # ------------------------------------------------------------------ time and money
    def years(self, world: World) -> float:
        """Years since the measure began; negative before."""
        return world.tick / DAYS_A_YEAR - float(self.set.from_year)

    def is_on(self, world: World) -> bool:
        """Whether the measure has begun."""
        return self.years(world) >= 0.0

    def was_refused(self, world: World) -> bool:
        """Whether the council's budget refused it money today or yesterday: what is not paid for
        is not done. A freeze of payments is no refusal.
        """
        return world.tick - self.refused_on <= 1

    def levy(self, world: World, amount: float) -> float:
        """Collect an amount from residents in proportion to what they hold; return what came."""
        if amount <= 0.0:
            return 0.0
        return self.collect(world, amount, np.ones(len(world.state.homes)))

    def collect(self, world: World, amount: float, payers: Floats) -> float:
        """Collect an amount from some households (share of each, shape (H,)); return what came.

        At most a share `levy_most` a day of what they can spend: it takes nobody's last euro, and
        what a freeze of payments holds back is out of its reach.
        """
        if amount <= 0.0:
            return 0.0
        homes = world.state.homes
        held = can_spend(homes, payers, float(world.day.payments))
        in_all = float(held.sum())
        if self.common_purse is not None:
            allowed = self.common_purse.allow(world, amount)
            if allowed < amount:
                self.refused_on = world.tick
            amount = allowed
        if in_all <= 0.0 or amount <= 0.0:
            return 0.0
        share = min(amount / in_all, world.rules.behaviour.levy_most)
        take(homes, share, held)
        self.cash += share * in_all
        if self.common_purse is not None:
            self.common_purse.spend(float(share * in_all))
        return float(share * in_all)

    def receive_grant(self, world: World, amount: float) -> None:
        """Receive euros from outside the territory: not neutral, and so to be told apart."""
        world.flows.measures += amount
        self.cash += amount

    def pay_outside(self, world: World, amount: float) -> float:
        """Buy outside the territory, as far as the account goes; return what was spent."""
        spent = min(amount, max(0.0, self.cash))
        self.cash -= spent
        world.flows.measures -= spent
        self.cost_today += spent
        return spent

    def pay_residents(self, world: World, amount: float, wages: bool = True) -> float:
        """Pay residents for work, as far as the account goes; only in phase *cooperate*.

        `amount` is what the work costs, EUR. Of wages, residents earn the net part, contributions
        go outside, as for the staff of a SCIC; of rents and allowances (`wages` false) all is
        theirs.
        """
        spent = min(amount, max(0.0, self.cash))
        net = float(world.rules.behaviour.net_wage_share) if wages else 1.0
        self.cash -= spent
        world.profits += net * spent
        world.flows.contributions -= (1.0 - net) * spent
        self.cost_today += spent
        return spent
