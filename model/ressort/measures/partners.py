"""Contracts with other territories: barter, mutual aid, transfer of skill (S07, S40-S42).

A partner is not simulated: it is a name, what it promised, and the chance that what strikes here
strikes it too. A contract insures against what is local, and is worth nothing, or less, in what is
common.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from ressort import shocks
from ressort.branches import INDEX, N_BRANCHES
from ressort.goods import EQUIPMENT
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure, total
from ressort.measures.store import TINY
from ressort.rules.passes import bring_in
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World


def offered_by_makers(world: World, good: int, share: float) -> Floats:
    """What makers of a good can let go today: a share of their output, EUR, shape (P,)."""
    firms = world.state.firms
    made = np.where((firms.branch == good) & firms.alive, firms.production, 0.0)
    return np.asarray(np.minimum(share * made * world.day.exports[good], firms.stock))


def hand_over(measure: Measure, world: World, good: int, offered: Floats, wanted: float) -> float:
    """Take goods out of their makers' stores, paid for by residents' levy; return EUR taken."""
    firms, most = world.state.firms, total(world, offered)
    if most <= 0.0:
        return 0.0
    value = measure.levy(world, min(wanted, most))
    parts = offered * (value / most)
    firms.stock -= parts
    firms.cash += parts
    measure.cash -= value
    measure.cost_today += value
    world.flows.exported[good] += value
    return value


def pay_service(measure: Measure, world: World, deficit: Floats, amount: float) -> None:
    """Pay an amount that a measure holds to services, in proportion to their deficits."""
    world.state.firms.cash += deficit * (amount / total(world, deficit))
    measure.cash -= amount


def forget(skill: float, years: float) -> float:
    """Return what a day leaves of a skill that is lost over some years without practice."""
    return skill * (1.0 - 1.0 / (years * DAYS_A_YEAR))


class Contract(Measure):
    """A contract with one partner territory, named `partner` in the scenario."""

    @property
    def label(self) -> str:
        """Its name in accounts and observations: several partners may have one kind of contract."""
        return f"{self.name}.{self.set.partner}"

    @property
    def brings_from_outside(self) -> bool:
        """What partners send, or pay."""
        return True

    def in_term(self, world: World) -> bool:
        """Whether the contract has begun and not ended."""
        return bool(0.0 <= self.years(world) < self.set.until_year)

    def is_hit(self, world: World) -> bool:
        """Whether a shock that acts here today strikes the partner too.

        One draw a shock, keyed by the partner: the more exposed to the same shocks, the more of
        them, and never others, strike it. A deficit of a service here is no shock there.
        """
        key = crc32(self.set.partner.encode())
        return any(
            shock.strength(world.tick) > 0.0
            and shock.kind != shocks.DEFICIT
            and stream(world.seed, "partner", key, k).random() < self.set.common_exposure
            for k, shock in enumerate(world.shocks)
        )


class Reciprocity(Contract):
    """Goods of the territory against money for a service that it is too small to pay (S40).

    Local makers hand over goods, and residents pay them for it by a levy; for what was delivered
    the partner covers the deficit of the threshold service. Without a `service_deficit` there is
    nothing to cover, and nothing is delivered.
    """

    name = "reciprocity"
    meaning = "a partner territory covers the deficit of a service here against goods made here"
    meaning_fr = (
        "un territoire partenaire couvre le déficit d'un service d'ici contre des biens d'ici"
    )
    rows = ("S40",)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.days_broken = 0  # in a row

    def cooperate(self, world: World) -> None:
        """Deliver and be paid, unless the partner is hit; after too long the contract is over."""
        kept = self.in_term(world) and self.days_broken < self.set.patience_days
        deficit = shocks.service_deficits(world)
        missing = total(world, deficit)
        delivered, covered = 0.0, 0.0
        hit = kept and self.is_hit(world)
        if kept and not hit:
            wanted = self.set.cover_share * missing / self.set.exchange_rate
            delivered = self._deliver(world, wanted)
            covered = delivered * self.set.exchange_rate
            self._cover(world, deficit, covered)
        if kept:
            self.days_broken = self.days_broken + 1 if hit else 0
        self.observed = {
            "delivered": delivered,
            "covered": covered,
            "deficit": missing,
            "partner_hit": float(hit),
        }

    def _deliver(self, world: World, wanted: float) -> float:
        """Take goods from their makers' stores, paid for by residents; return EUR delivered."""
        if wanted <= 0.0:
            return 0.0
        good = INDEX[self.set.good_out]
        offered = offered_by_makers(world, good, self.set.share_out)
        return hand_over(self, world, good, offered, wanted)

    def _cover(self, world: World, deficit: Floats, amount: float) -> None:
        """Pass what the partner pays on to the service."""
        if amount > 0.0:
            self.receive_grant(world, amount)
            pay_service(self, world, deficit, amount)


class MutualAid(Contract):
    """Territories that send each other goods when the usual supply fails (S07).

    The partner sends a share of what no longer comes, unless it is hit too or the border is closed;
    buyers pay, and the money goes back to it, in goods bought outside, once times are normal. In
    return it calls on the stores of makers here when it is struck itself.
    """

    name = "mutual_aid"
    meaning = "a partner territory sends goods in a shortage here, and receives some in one there"
    meaning_fr = (
        "un territoire partenaire envoie des biens en cas de pénurie ici, et réciproquement"
    )
    rows = ("S07", "S14")

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.goods = self.rows_of("goods")

    def prepare(self, world: World) -> None:
        """Note what usually comes from outside, by purchase."""
        state = world.state
        slots, shelves = state.slots, state.shelves
        use = slots.coefficient * state.firms.output_calm[world.buyers]
        use[shelves.slot] = shelves.sales_calm
        promised = np.isin(slots.good, self.goods)
        outside = (state.source_calm < 0).mean(axis=1)
        self.usual: Floats = np.where(promised, use * outside, 0.0)
        self.promised = np.flatnonzero(self.usual)
        self.lack_days = 0  # in a row that usual supply has failed
        self.owed = 0.0  # to the partner, EUR
        self.owed_most = 0.0

    def cooperate(self, world: World) -> None:
        """Receive, repay, send."""
        normal = bool((world.day.outside[self.goods] >= 1.0).all())
        self.lack_days = 0 if normal else self.lack_days + 1
        hit = self.in_term(world) and self.is_hit(world)
        received, sent = 0.0, 0.0
        if self.in_term(world):
            if not hit and self.lack_days > self.set.delay_days:
                received = self._receive(world)
            if self._calls(world) or (hit and self.set.serve_when_hit):
                sent = self._send(world)
        if normal:
            self._repay(world)
        self.observed = {
            "received": received,
            "sent": sent,
            "owed": self.owed,
            "partner_hit": float(hit),
        }

    def _receive(self, world: World) -> float:
        """Bring goods to those who lack them, as far as they can pay; return EUR received."""
        state, day = world.state, world.day
        rows = self.promised
        offered = self.set.share * self.usual[rows]
        came, by_good = bring_in(
            state.firms, state.slots, rows, world.buyers[rows], offered, day, TINY
        )
        world.flows.imported += by_good
        value = total(world, came)
        self.cash += value
        self.owed += value
        self.owed_most = max(self.owed_most, self.owed)
        return value

    def _repay(self, world: World) -> None:
        """Buy outside, for the partner, a part of what it sent; buyers have paid for it."""
        part = min(self.owed, self.owed_most / self.set.repay_days, self.cash)
        world.flows.measures -= part
        self.cash -= part
        self.owed -= part
        if self.owed <= 0.0:
            self.owed_most = 0.0

    def _calls(self, world: World) -> bool:
        """Whether the partner is in a shortage of its own today; the same in both arms."""
        key, year = crc32(self.set.partner.encode()), world.tick // DAYS_A_YEAR
        rng = stream(world.seed, "partner_calls", key, year)
        starts = rng.integers(DAYS_A_YEAR, size=rng.poisson(self.set.calls_per_year))
        since = world.tick % DAYS_A_YEAR - starts
        return bool(((since >= 0) & (since < self.set.call_days)).any())

    def _send(self, world: World) -> float:
        """Sell the partner as much as it would send here, from makers' stores; return EUR sent."""
        firms, day = world.state.firms, world.day
        usual = self.usual * firms.alive[world.buyers]
        asked = self.set.share * np.bincount(
            world.state.slots.good, weights=usual, minlength=N_BRANCHES
        )
        branch = firms.branch
        stock = firms.stock * firms.alive
        there = np.bincount(branch, weights=stock, minlength=N_BRANCHES)
        share = np.minimum(self.set.most_of_stock, asked / np.maximum(there, TINY)) * day.exports
        sent = stock * share[branch]
        firms.stock -= sent
        firms.cash += sent
        world.flows.exported += np.bincount(branch, weights=sent, minlength=N_BRANCHES)
        value = total(world, sent)
        world.flows.measures += value
        return value


class Expertise(Contract):
    """Skill in repair that a partner's experts teach, and that stays when they have left (S42).

    In return the makers of a good, such as energy, leave the partner a rebate on what they export.
    """

    name = "expertise"
    meaning = "a partner's experts teach repair, against a rebate on what is exported to it"
    meaning_fr = "des experts du partenaire forment à la réparation, contre un rabais sur l'export"
    rows = ("S41", "S42")

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.skill = 0.0  # 0 to 1: of what outside repairers can do

    def cooperate(self, world: World) -> None:
        """Learn while experts are here, forget slowly; pay them by the rebate."""
        teaching = self.in_term(world) and not self.is_hit(world) and world.day.commuting > 0.0
        self.skill = forget(self.skill, self.set.forget_years)
        rebate = 0.0
        if teaching:
            gain = self.set.skill_per_year / DAYS_A_YEAR
            self.skill = min(self.set.skill_most, self.skill + gain)
            rebate = self._grant_rebate(world)
        self.observed = {"skill": self.skill, "rebate": rebate, "repaired": 0.0}

    def _grant_rebate(self, world: World) -> float:
        firms = world.state.firms
        sold = np.where(firms.branch == INDEX[self.set.good_out], firms.exported, 0.0)
        means = np.maximum(0.0, firms.cash - firms.units) * world.day.payments
        parts = np.minimum(self.set.rebate * sold, means)
        firms.cash -= parts
        rebate = total(world, parts)
        self.cash += rebate
        return self.pay_outside(world, rebate)

    def adapt(self, world: World) -> None:
        """Repair machines with what was learnt, if there are parts."""
        state = world.state
        firms, slots = state.firms, state.slots
        parts = np.ones(len(firms))
        rows = np.flatnonzero((slots.good == EQUIPMENT) & (slots.shelf < 0))
        parts[world.buyers[rows]] = np.minimum(1.0, slots.stock[rows] / slots.stock_target[rows])
        chance = 1.0 - (1.0 - self.skill * parts / world.settings.repair_days) ** firms.broken
        luck = stream(world.seed, "expertise", world.tick).random(len(firms))
        repaired = firms.alive & (luck < chance)
        firms.broken -= repaired
        self.observed["repaired"] = float(repaired.sum())
