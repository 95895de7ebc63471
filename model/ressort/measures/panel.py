"""A panel of residents drawn by lot that decides where emergency aid goes (S10, E10).

More people know more between them: the error of their common estimate falls as size^-1/2. They also
need more sittings to be heard, and what is lacking lacks meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ressort.branches import BRANCHES, INDEX, N_BRANCHES, NEEDS
from ressort.measures.base import DAYS_A_YEAR, Floats
from ressort.measures.store import TINY, Store, shop_sales
from ressort.state import PROTECTED, STORED
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

NEED_OF = {good: NEEDS.index(need) for good, need in PROTECTED if need}


class Panel(Store):
    """Emergency parcels, paid for in advance, shared among communes by a panel's estimate.

    Without a panel (`size` 0) one official decides, on one estimate, after `delay_days` alone.
    """

    name = "panel"
    meaning = "a citizen panel drawn by lot decides how emergency parcels are shared among communes"
    meaning_fr = (
        "un panel citoyen tiré au sort décide du partage des colis d'urgence entre communes"
    )
    rows = ("S10",)
    mechanism = "E10"

    may_keep = STORED  # what homes can keep

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.goods = [BRANCHES[g] for g in self.rows_of("goods")]
        self.seen: Floats = np.zeros(0)  # needs unmet by commune since the alarm, person-days
        self.shares: Floats = np.zeros(0)  # decided, by commune
        self.daily: Floats = np.zeros(N_BRANCHES)  # what is handed out a day, by good
        self.decided = False
        self.decision_error = math.nan  # against the need on the day of the decision
        self.owed = 0.0  # to those who sat, EUR

    def prepare(self, world: World) -> None:
        """Set the target, and let residents have paid for it before."""
        self.target = np.where(self.kept, self.set.days * shop_sales(world), 0.0)
        if self.set.from_year == 0.0:
            self.fill(world)
        self.seen = np.zeros(len(world.place.population))
        self.shares = np.zeros(len(world.place.population))

    def sittings(self) -> int:
        """Sittings until all have been heard; at the shock, none if the panel has met before."""
        return math.ceil(self.set.size / self.set.people_per_sitting)

    def delay(self) -> float:
        """Days from the alarm to the decision."""
        wait = 0 if self.set.standing else self.sittings() * self.set.days_between
        return float(self.set.delay_days + wait)

    def decide(self, world: World) -> None:
        """Listen while the alarm lasts; decide once the panel has sat."""
        self.watch(world, self.set.alarm_share)
        if self.alarm_day < 0:
            self.seen[:] = self.shares[:] = 0.0
            self.decided = False
            self.decision_error = math.nan
            return
        self.seen += unmet_by_commune(world, self.goods)
        if not self.decided and self.is_on(world) and self.waited(world, self.delay()):
            self._conclude(world)

    def _conclude(self, world: World) -> None:
        people = world.place.population
        days = world.tick - self.alarm_day + 1
        rng = stream(world.seed, "panel", world.tick)
        luck = rng.standard_normal((2, len(people)))
        heard_of = self.seen * self.believed(world) / days / people
        error, shared = self.set.error, self.set.shared_error
        estimate = estimated(heard_of, self.set.size, error, shared, luck)
        captor = int(rng.integers(len(people)))
        self.shares = shares_of(estimate * people, self.set.capture, captor)
        self.decision_error = error_of(self.shares, unmet_by_commune(world, self.goods))
        self.daily = self.stock / self.set.spread_days
        self.decided = True
        self.owed += self.set.size * self.sittings() * self.set.pay_per_sitting

    def cooperate(self, world: World) -> None:
        """Hand out parcels once decided, else build up; pay for storage and sittings."""
        if not self.is_on(world):
            return
        given = self._hand_out(world) if self.decided else 0.0
        if self.alarm_day < 0:
            self.build(world, self.set.build_days)
        self.pay_storage(world)
        self._pay_sittings(world)
        self.observed = {
            "stock": float(self.stock.sum()),
            "given": given,
            "delay": self.delay(),
            "decision_error": self.decision_error,
            "error_today": error_of(self.shares, unmet_by_commune(world, self.goods)),
        }

    def _hand_out(self, world: World) -> float:
        """Put parcels into pantries: by commune as decided, within it where most lacks."""
        homes = world.state.homes
        total = 0.0
        for good in self.goods:
            amount = min(self.daily[INDEX[good]], self.stock[INDEX[good]])
            lack = homes.people * (1.0 - homes.met[:, NEED_OF[good]])
            parts = amount * self.shares[homes.commune] * _within(homes.commune, lack, homes.people)
            homes.pantry[:, STORED.index(good)] += parts
            self.stock[INDEX[good]] = max(0.0, self.stock[INDEX[good]] - parts.sum())
            total += float(parts.sum())
        return total

    def _pay_sittings(self, world: World) -> None:
        """Pay those who sit: every year if the panel stands, else when it has decided."""
        cost = self.set.size * self.sittings() * self.set.pay_per_sitting
        owed = cost / DAYS_A_YEAR if self.set.standing else self.owed
        self.levy(world, owed - self.cash)
        paid = self.pay_residents(world, owed, wages=False)
        # What the budget refuses is still owed, and paid once there is money again.
        self.owed = owed - paid if self.refused_on == world.tick else 0.0


def unmet_by_commune(world: World, goods: list[str]) -> Floats:
    """Return needs for these goods that are unmet today by commune, person-days, shape (C,)."""
    homes = world.state.homes
    needs = sorted({NEED_OF[g] for g in goods})
    lack = homes.people * (1.0 - homes.met[:, needs]).mean(axis=1)
    unmet = np.bincount(homes.commune, weights=lack, minlength=len(world.place.population))
    return unmet.astype(float)


def estimated(true: Floats, size: int, error: float, shared: float, luck: Floats) -> Floats:
    """Return the mean of what members believe is unmet by commune, as shares, shape (C,).

    Each member errs by `error`, independently of the others; all err alike by `shared`, because
    they read the same news. `luck`: normal numbers, shape (2, C).
    """
    return np.maximum(0.0, true + error / math.sqrt(max(1, size)) * luck[0] + shared * luck[1])


def shares_of(weights: Floats, capture: float, captor: int) -> Floats:
    """Return the shares of communes, a part `capture` of all for who took hold of the decision."""
    total = float(weights.sum())
    fair = weights / total if total > 0.0 else np.full(len(weights), 1.0 / len(weights))
    shares = (1.0 - capture) * fair
    shares[captor] += capture
    return shares


def error_of(shares: Floats, need: Floats) -> float:
    """Return the share of the aid that goes to the wrong communes: half the L1 distance to need.

    NaN while nothing is decided or nothing lacks.
    """
    if shares.sum() <= 0.0 or need.sum() <= 0.0:
        return math.nan
    return 0.5 * float(np.abs(shares - need / need.sum()).sum())


def _within(commune: Floats, lack: Floats, people: Floats) -> Floats:
    """Return each household's share of what its commune gets: by what it lacks, else by heads."""
    of_all = np.bincount(commune, weights=lack)[commune]
    heads = np.bincount(commune, weights=people)[commune]
    return np.where(of_all > TINY, lack / np.maximum(of_all, TINY), people / heads)
