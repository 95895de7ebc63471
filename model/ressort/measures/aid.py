"""Public money for stocks at firms: aid under conditions (S10, S14), a bonus for commitments (S13).

Firms choose. Money changes what they do only where it changes the project at the margin; what is
paid to those who would have done the same anyway is the windfall.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ressort.goods import EQUIPMENT
from ressort.measures.added import luck_of
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure, total
from ressort.measures.store import TINY, storable_use
from ressort.rules import passes
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.world import World

Bools = NDArray[np.bool_]


class Buffers(Measure):
    """A measure through which firms hold more of their storable inputs than usual.

    `held`: the stock added to what a firm wants, EUR, by establishment. Firms buy it themselves,
    and pay its storage. Spare parts are left out: a fuller store of them serves repairs alone.
    """

    def prepare(self, world: World) -> None:
        """Note what each firm uses of goods that can be kept."""
        use = storable_use(world)
        use[world.state.slots.good == EQUIPMENT] = 0.0
        owner = world.buyers
        self.day_use: Floats = np.bincount(
            owner, weights=use, minlength=len(world.state.firms)
        ).astype(float)
        self.weight: Floats = use / np.maximum(self.day_use, TINY)[owner]
        self.held: Floats = np.zeros(len(world.state.firms))

    def grow(self, world: World, more: Floats) -> None:
        """Let firms want more stock, EUR by establishment, in the proportions of their use."""
        passes.raise_targets(world.state.firms, world.state.slots, self.weight, more)
        self.held += more

    def charge(self, world: World, cost: Floats) -> float:
        """Take a cost from firms, EUR by establishment, as far as their cash goes."""
        firms = world.state.firms
        paid = passes.charge(firms, cost, False, float(world.day.payments))
        came = total(world, paid)
        self.cash += came
        return came

    def pay_storage(self, world: World) -> float:
        """Let firms pay for the storage of what they hold more than usual."""
        paid = self.charge(world, self.set.holding_cost / DAYS_A_YEAR * self.held)
        return self.pay_outside(world, paid)

    def hand_over(self, world: World, amounts: Floats) -> float:
        """Pay public money to firms, EUR by establishment; return what was paid of it."""
        due = total(world, amounts)
        share = min(1.0, self.cash / due) if due > 0.0 else 0.0
        passes.hand_out(world.state.firms, share * amounts)
        self.cash -= share * due
        self.cost_today += share * due
        return share * due


class ConditionalAid(Buffers):
    """Aid to firms' projects, a growing part of it for stocks alone.

    Each firm has a project a year. It prefers another one to a stock by `gap`, in units of the aid
    (negative: it prefers the stock). It takes the stock if the part c(t) of the aid that it would
    lose is worth as much: gap <= c(t). Otherwise it gets what carries no condition.
    """

    name = "conditional_aid"
    meaning = "aid to firms, a growing share of it under the condition of larger stocks"
    meaning_fr = "aides aux entreprises, dont une part croissante exige des stocks plus grands"
    rows = ("S10", "S14")
    mechanism = "E15"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.conditional = 0.0  # paid under condition since the beginning, EUR
        self.windfall = 0.0  # of which for what would have been done anyway

    def prepare(self, world: World) -> None:
        """Draw what firms prefer, and the day of their yearly project."""
        super().prepare(world)
        mean, spread = self.set.gap_mean, self.set.gap_spread
        gap, self.project_day = luck_of(
            world,
            self.name,
            lambda rng, n: (rng.normal(mean, spread, n), rng.integers(DAYS_A_YEAR, size=n)),
        )
        self.gap: Floats = np.where(self.day_use > 0.0, gap, np.inf)

    def condition(self, world: World) -> float:
        """Share of the aid under condition today, c(t)."""
        ramp = self.years(world) / self.set.full_years if self.set.full_years > 0.0 else 1.0
        return float(self.set.condition_most * np.clip(ramp, 0.0, 1.0))

    def cooperate(self, world: World) -> None:
        """Pay the aid of today's projects; let firms pay for the storage."""
        if not self.is_on(world):
            return
        paid, shifted, share = 0.0, 0.0, self.condition(world)
        if self.years(world) < self.set.until_year:
            paid, shifted = self._support(world, share)
        self.pay_storage(world)
        self.observed = {
            "condition": share,
            "paid": paid,
            "shifted": shifted,
            "buffers": total(world, self.held),
            "windfall_share": self.windfall / self.conditional if self.conditional else 0.0,
        }

    def _support(self, world: World, share: float) -> tuple[float, float]:
        """Fund the projects of the day; return aid paid, and that part which changed a project."""
        firms = plain(world.state.firms)
        rows = np.flatnonzero(self.project_day == world.tick % DAYS_A_YEAR)
        rows = rows[firms["alive"][rows]]
        aid = self.set.aid_rate * DAYS_A_YEAR * firms["outlays_calm"][rows]
        room = self.held[rows] + aid <= self.set.most_days * self.day_use[rows]
        stocks = (self.gap[rows] <= share) & room
        pay, to_stock = np.zeros(len(firms)), np.zeros(len(firms))
        pay[rows] = np.where(stocks, aid, (1.0 - share) * aid)
        came = self._fund(world, total(world, pay))
        pay *= came
        to_stock[rows[stocks]] = pay[rows[stocks]]
        before = total(world, to_stock)
        self.grow(world, to_stock)
        self.hand_over(world, to_stock)
        self.pay_outside(world, total(world, pay) - before)  # the other projects
        anyway = float(to_stock[self.gap <= 0.0].sum())
        self.conditional += share * before
        self.windfall += share * anyway
        return total(world, pay), before - anyway

    @property
    def brings_from_outside(self) -> bool:
        """Aid of the state."""
        return bool(self.set.funded_by == "state")

    def _fund(self, world: World, amount: float) -> float:
        """Find the money; return the share of it that came."""
        if amount <= 0.0:
            return 0.0
        if self.set.funded_by == "state":
            self.receive_grant(world, amount)
        else:
            self.levy(world, amount - self.cash)
        return min(1.0, self.cash / amount)


class Bonus(Buffers):
    """A bonus on an existing subsidy for firms that commit themselves to larger stocks.

    subsidy = base * (1 + rate * commitment). A firm commits if the bonus covers what compliance
    costs it a year; some comply anyway. The base, the same in both arms, is not modelled.
    """

    name = "bonus"
    meaning = "a bonus on subsidies for small firms that commit themselves to larger stocks"
    meaning_fr = (
        "un bonus de subvention aux petites entreprises qui s'engagent à tenir plus de stocks"
    )
    rows = ("S13", "S44")
    mechanism = "E15"

    def prepare(self, world: World) -> None:
        """Draw what compliance costs each firm, and who complies already."""
        super().prepare(world)
        firms = world.state.firms
        spread = self.set.cost_spread
        luck = luck_of(
            world, self.name, lambda rng, n: (rng.lognormal(0.0, spread, n), rng.random(n))
        )
        cost = self.set.cost * luck[0]
        complies = luck[1] < self.set.compliant_share
        small = (firms.jobs < self.set.jobs_most) & (self.day_use > 0.0)
        self.base: Floats = self.set.base_rate * DAYS_A_YEAR * firms.outlays_calm
        self.cost: Floats = cost
        self.comply: Bools = small & complies
        self.free: Bools = small & ~complies
        self.join: Bools = commits(cost, self.set.rate) & self.free

    def cooperate(self, world: World) -> None:
        """Pay the bonus out of a levy; let firms that joined meet their commitment and its cost."""
        if not self.is_on(world):
            return
        alive = np.array(plain(world.state.firms)["alive"])
        days = self.set.days * min(1.0, self.years(world) * DAYS_A_YEAR / self.set.build_days)
        keep = self.join & (alive | (self.held > 0.0))
        more = np.where(keep, days * self.day_use, 0.0) - self.held
        if self.was_refused(world):  # nobody adds to a stock for a bonus that does not come
            more = np.minimum(more, 0.0)
        self.grow(world, more)
        entitled = (self.join | self.comply) & alive
        paid = self.set.rate / DAYS_A_YEAR * np.where(entitled, self.base, 0.0)
        due = total(world, paid)
        self.levy(world, due - self.cash)
        came = self.hand_over(world, paid)
        # Who is refused the bonus does not go on complying for it; the stock is there.
        meets = self.join & (self.refused_on != world.tick)
        cost = self.charge(world, np.where(meets, self.cost * self.base, 0.0) / DAYS_A_YEAR)
        self.pay_residents(world, cost)
        self.pay_storage(world)
        old = slice(world.n_drawn)
        self.observed = {
            "uptake": float(self.join[old].sum() / max(1, self.free[old].sum())),
            "paid": came,
            "windfall_share": float(paid[self.comply].sum() / due) if due > 0.0 else 0.0,
            "firms_cost": cost,
            "buffers": total(world, self.held),
        }


def commits(cost: Floats, rate: float) -> Bools:
    """Whether firms commit themselves: `cost` and `rate` are both shares of the base subsidy."""
    return (cost <= rate) & (rate > 0.0)
