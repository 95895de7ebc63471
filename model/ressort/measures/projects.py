"""A participatory budget: residents vote each year on projects that come years later (S10, S16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ressort.branches import INDEX
from ressort.goods import EQUIPMENT
from ressort.measures.base import DAYS_A_YEAR, Floats, total
from ressort.measures.store import Store, shop_sales
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

FOOD: Final = INDEX["food"]
KINDS: Final = ("stock", "parts", "workshops")


class Vote(NamedTuple):
    """What a year's vote decided: EUR by kind of project, to be spent from a day on."""

    due: int
    amounts: dict[str, float]


class ParticipatoryBudget(Store):
    """A yearly budget out of a levy, spent on what residents voted for, with a lag.

    Projects: *stock*, a common store for shops; *parts*, a store of spare parts for machines;
    *workshops*, capacity of local food makers. Votes are drawn by household, all projects being
    liked alike.
    """

    name = "participatory_budget"
    meaning = "residents vote each year on resilience projects, which come years later"
    meaning_fr = (
        "les habitants votent chaque année des projets de résilience, réalisés des années après"
    )
    rows = ("S10", "S16")

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.kinds = [KINDS[k] for k in self.rows_of("kinds", KINDS, KINDS)]
        self.purse = 0.0  # collected for the vote to come, part of `cash`
        self.votes: list[Vote] = []
        self.done = dict.fromkeys(KINDS, 0.0)

    def decide(self, world: World) -> None:
        """Watch shops; hold the vote at the end of each year."""
        self.watch(world, self.set.alarm_share)
        since = self.years(world)
        if since > 0.0 and round(since * DAYS_A_YEAR) % DAYS_A_YEAR == 0:
            self._vote(world)

    def _vote(self, world: World) -> None:
        kinds = [kind for kind in self.kinds if self._possible(world, kind)]
        if not kinds:
            self.purse -= self._give_back(world, self.purse)
            return
        voters = max(1, round(self.set.turnout * len(world.state.homes)))
        ballots = stream(world.seed, "participatory_budget", world.tick).multinomial(
            voters, np.full(len(kinds), 1.0 / len(kinds))
        )
        amounts = {k: self.purse * n / voters for k, n in zip(kinds, ballots, strict=True)}
        self.votes.append(Vote(world.tick + round(self.set.lag_years * DAYS_A_YEAR), amounts))
        self.purse = 0.0

    def _possible(self, world: World, kind: str) -> bool:
        """Whether there is anyone here for whom a kind of project could be realised."""
        firms, slots = world.state.firms, world.state.slots
        if kind == "stock":
            return bool(self.kept[slots.good[world.state.shelves.slot]].any())
        if kind == "parts":
            uses = (slots.good == EQUIPMENT) & (slots.shelf < 0)
            return bool((uses & firms.alive[world.buyers]).any())
        return bool(((firms.branch == FOOD) & firms.alive).any())

    def _give_back(self, world: World, amount: float) -> float:
        """Give residents back what cannot be spent, the same to each; return what they got."""
        homes = world.state.homes
        given = min(amount, max(0.0, self.cash))
        homes.cash += given * homes.people / homes.people.sum()
        self.cash -= given
        return given

    def cooperate(self, world: World) -> None:
        """Collect, realise what is due, and let the stores be sold when they are needed."""
        if not self.is_on(world):
            return
        self.purse += self.levy(world, self.set.budget / DAYS_A_YEAR)
        normal = (world.day.outside >= 1.0).all() and (world.day.border >= 1.0).all()
        if normal:
            for vote in [v for v in self.votes if v.due <= world.tick]:
                self._realise(world, vote.amounts)
                self.votes.remove(vote)
        sold = self._sell(world, normal)
        self._rebuy(world, normal)
        storage = self.set.holding_cost / DAYS_A_YEAR * float(self.stock.sum())
        came = self.levy(world, storage)
        self.pay_outside(world, came)
        if self.refused_on == world.tick:
            self.spoil(world, storage - came)
        self.observed = {
            "stock": float(self.stock.sum()),
            "sold": sold,
            "promised": float(sum(sum(v.amounts.values()) for v in self.votes)),
            **{f"spent_{kind}": self.done[kind] for kind in KINDS},
        }

    def _realise(self, world: World, amounts: Mapping[str, float]) -> None:
        """Spend what a vote gave to each kind of project; residents get back what none can use."""
        for kind, amount in amounts.items():
            if kind == "stock":
                sales = np.where(self.kept, shop_sales(world), 0.0)
                spent = self._buy(world, amount * sales / max(float(sales.sum()), 1e-9))
            elif kind == "parts":
                parts = np.zeros(len(self.target))
                parts[EQUIPMENT] = amount
                spent = self._buy(world, parts)
            else:
                spent = self._equip(world, amount)
            self.done[kind] += spent
            self._give_back(world, amount - spent)

    def _buy(self, world: World, wanted: Floats) -> float:
        cost = float(wanted.sum())
        if cost <= 0.0:
            return 0.0
        spent = self.pay_outside(world, cost)
        bought = wanted * spent / cost
        self.stock += bought
        self.target += bought
        world.flows.imported += bought
        return spent

    def _equip(self, world: World, amount: float) -> float:
        """Add capacity to the living food makers, in proportion to their size."""
        firms = world.state.firms
        makers = (firms.branch == FOOD) & firms.alive
        size = np.where(makers, firms.output_calm, 0.0)
        everywhere = total(world, size)
        if everywhere <= 0.0:
            return 0.0
        spent = self.pay_outside(world, amount)
        firms.capacity += spent / self.set.capital_days * size / everywhere
        return spent

    def _sell(self, world: World, normal: bool) -> float:
        """Open the stores: of goods after an alarm, of parts while the border lets none in."""
        slots = world.state.slots
        sold = 0.0
        if self.waited(world, self.set.delay_days):
            sold += self.sell(world, world.state.shelves.slot, self.set.floor)
        if not normal and self.stock[EQUIPMENT] > 0.0:
            rows = np.flatnonzero((slots.good == EQUIPMENT) & (slots.shelf < 0))
            sold += self.sell(world, rows.astype(np.int32), self.set.floor)
        return sold

    def _rebuy(self, world: World, normal: bool) -> None:
        """Buy back what was sold, out of what it was sold for."""
        free = self.cash - self.purse - sum(sum(v.amounts.values()) for v in self.votes)
        lacks = np.maximum(0.0, self.target - self.stock)
        if normal and free > 0.0 and lacks.sum() > 0.0:
            wanted = lacks * min(1.0, free / float(lacks.sum()))
            bought = wanted * self.pay_outside(world, float(wanted.sum())) / float(wanted.sum())
            self.stock += bought
            world.flows.imported += bought
