"""Mutual aid in kind between the units of a federation: who asks, who gives, who pays (S07).

Each evening, after all units have lived the day, units that lack a good ask and units that hold
more than they keep give. Nothing depends on the order of the units. Residents of each unit pay
those who run it; it may end, and then links stop, while debts are still repaid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ressort.branches import BRANCHES, N_BRANCHES
from ressort.federation_loads import Loads, days_on_the_road, is_struck
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure
from ressort.measures.store import TINY
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

__all__ = ["Aid", "exchange", "shared_out"]

Bools = NDArray[np.bool_]
PAID: Final = 1.0 - 1e-9  # share of what is due that counts as paid in full
OBSERVED: Final = ("sent", "received", "owed", "here", "running_cost", "over")


class Aid(Measure):
    """The account of one unit in a federation: loads under way, money to pass on, claims.

    `owed`: EUR that it owes by unit and good, shape (U, 22). `slot_claims`, `firm_claims`: EUR that
    the others owe its purchases' and makers' stores.
    """

    name = "federation_aid"
    meaning = "units of a federation send each other goods in a shortage, and repay them later"
    meaning_fr = (
        "les unités d'une fédération s'envoient des biens en cas de pénurie, et les rendent ensuite"
    )
    rows = ("S07",)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.goods = self.rows_of("goods", BRANCHES)
        self.loads = Loads()
        self.lack_days: Floats = np.zeros(N_BRANCHES)
        self.over = False
        self.unpaid_days = 0  # in a row that it could not pay those who run it here
        self.running_cost = 0.0  # since the beginning, EUR
        self.observed = dict.fromkeys(OBSERVED, 0.0)

    def prepare(self, world: World) -> None:
        """Open the claims of stores."""
        self.slot_claims: Floats = np.zeros(len(world.state.slots))
        self.firm_claims: Floats = np.zeros(len(world.state.firms))

    def join(self, units: int, seed: int) -> None:
        """Open the accounts with the other units; all share the luck of one federation."""
        self.seed = seed
        self.owed: Floats = np.zeros((units, N_BRANCHES))
        self.owed_most: Floats = np.zeros((units, N_BRANCHES))

    def cooperate(self, world: World) -> None:
        """Pay those who run the federation here, by a levy on residents."""
        due, came = 0.0, 0.0
        if self.links(world):
            due = self.set.staff_per_unit * world.rules.behaviour.scic_wage
            came = self.levy(world, due)
            self.pay_residents(world, came)
            self.unpaid_days = 0 if came >= PAID * due else self.unpaid_days + 1
        self.running_cost += came
        self.observed["running_cost"] = came

    def links(self, world: World) -> bool:
        """Whether the federation has begun and not ended."""
        return self.is_on(world) and not self.over

    def fails(self, world: World) -> bool:
        """Whether the federation ends tonight: by bad luck common to all, or unable to pay here."""
        luck = stream(self.seed, "federation_end", int(world.day.number)).random()
        chance = -np.expm1(-self.set.hazard / DAYS_A_YEAR)
        return bool(self.unpaid_days >= self.set.insolvent_days or luck < chance)

    def gaps(self, world: World) -> Floats:
        """What each purchase lacks up to the floor, EUR, shape (S,)."""
        slots, firms = world.state.slots, world.state.firms
        gap = np.maximum(0.0, self.set.ask_floor * slots.stock_target - slots.stock)
        return np.asarray(gap * np.isin(slots.good, self.goods) * firms.alive[world.buyers])

    def ask(self, world: World) -> Floats:
        """What the unit asks for tonight by good, EUR, less what is under way."""
        good = world.state.slots.good
        gap = np.bincount(good, weights=self.gaps(world), minlength=N_BRANCHES)
        wants = np.maximum(0.0, gap - self.stock)
        self.lack_days = np.where(gap > 0.0, self.lack_days + 1, 0.0)
        asks = (self.lack_days > self.set.decision_days) & self.links(world)
        return np.where(asks, wants, 0.0)

    def spare(self, world: World) -> tuple[Floats, Floats]:
        """What stores of purchases and of makers can give tonight, EUR, shapes (S,) and (P,)."""
        slots, firms = world.state.slots, world.state.firms
        part = 0.0 if is_struck(world) and not self.set.serve_when_hit else self.set.share
        keep = self.set.give_floor
        alive = firms.alive[world.buyers] & np.isin(slots.good, self.goods)
        makers = firms.alive & np.isin(firms.branch, self.goods)
        of_slots = part * np.maximum(0.0, slots.stock - keep * slots.stock_target) * alive
        of_firms = part * np.maximum(0.0, firms.stock - keep * firms.stock_target) * makers
        return np.asarray(of_slots), np.asarray(of_firms)

    def give(self, world: World, sent: Floats, of_slots: Floats, of_firms: Floats) -> Floats:
        """Take what is sent out of the stores, in proportion to what they can spare."""
        slots, firms = world.state.slots, world.state.firms
        share = sent / np.maximum(_by_good(world, of_slots, of_firms), TINY)
        of_slots, of_firms = of_slots * share[slots.good], of_firms * share[firms.branch]
        slots.stock -= of_slots
        firms.stock -= of_firms
        self.slot_claims += of_slots
        self.firm_claims += of_firms
        gone = _by_good(world, of_slots, of_firms)
        world.flows.exported += gone
        return gone

    def unload(self, world: World) -> None:
        """Sell what has arrived: to those under the floor first, then to all under their target."""
        self.loads.arrive(int(world.day.number), self.stock)
        self._sell(world, self.lacks(world) * (self.gaps(world) > 0.0))
        if self.loads.here.any():
            self._sell(world, self.lacks(world))

    def lacks(self, world: World) -> Floats:
        """What each purchase lacks of its usual stock, EUR, shape (S,)."""
        slots, firms = world.state.slots, world.state.firms
        lack = np.maximum(0.0, slots.stock_target - slots.stock)
        return np.asarray(lack * np.isin(slots.good, self.goods) * firms.alive[world.buyers])

    def _sell(self, world: World, gap: Floats) -> None:
        """Share what is here among purchases by what they lack; they pay for goods and haulage."""
        slots, firms = world.state.slots, world.state.firms
        buyer, n = world.buyers, len(firms)
        wanted = np.bincount(slots.good, weights=gap, minlength=N_BRANCHES)
        got = gap * np.minimum(1.0, self.loads.here / np.maximum(wanted, TINY))[slots.good]
        haul = self.loads.haul
        price = (1.0 + haul)[slots.good]
        means = np.maximum(0.0, firms.cash - firms.units + firms.credit) * world.day.payments
        cost = np.bincount(buyer, weights=price * got, minlength=n)
        got *= np.minimum(1.0, means / np.maximum(cost, TINY))[buyer]
        slots.stock += got
        firms.cash -= np.bincount(buyer, weights=price * got, minlength=n)
        taken = np.bincount(slots.good, weights=got, minlength=N_BRANCHES)
        self.loads.take(np.asarray(taken, dtype=np.float64))
        self.stock = np.maximum(0.0, self.stock - taken)
        self.cash += float(((1.0 + haul) * taken).sum())
        self.pay_outside(world, float((haul * taken).sum()))

    def restore(self, world: World, good: int, value: float, how: str) -> None:
        """Give stores back, in kind or in money, what they lent; value in EUR of one good."""
        slots, firms = world.state.slots, world.state.firms
        of_slots = np.where(slots.good == good, self.slot_claims, 0.0)
        of_firms = np.where(firms.branch == good, self.firm_claims, 0.0)
        part = value / max(float(of_slots.sum() + of_firms.sum()), TINY)
        of_slots, of_firms = part * of_slots, part * of_firms
        self.slot_claims -= of_slots
        self.firm_claims -= of_firms
        if how == "kind":
            slots.stock += of_slots
            firms.stock += of_firms
            world.flows.imported[good] += of_slots.sum() + of_firms.sum()
        else:
            firms.cash += of_firms
            firms.cash += np.bincount(world.buyers, weights=of_slots, minlength=len(firms))
            world.flows.measures += of_slots.sum() + of_firms.sum()


def _by_good(world: World, of_slots: Floats, of_firms: Floats) -> Floats:
    slots, firms = world.state.slots, world.state.firms
    made = np.bincount(firms.branch, weights=of_firms, minlength=N_BRANCHES)
    bought = np.bincount(slots.good, weights=of_slots, minlength=N_BRANCHES)
    return np.asarray(bought + made, dtype=np.float64)


def exchange(worlds: Sequence[World], aids: Sequence[Aid], km: Floats) -> Floats:
    """Let units unload, repay, ask and give after a day that all have lived.

    Returns EUR sent tonight by giver, receiver and good, shape (U, U, 22).
    """
    for world, aid in zip(worlds, aids, strict=True):
        aid.unload(world)
    if any(aid.links(w) and aid.fails(w) for w, aid in zip(worlds, aids, strict=True)):
        for aid in aids:
            aid.over = True
    normal = [bool((w.day.outside >= 1.0).all() and (w.day.border >= 1.0).all()) for w in worlds]
    for j in range(len(aids)):
        if normal[j]:
            _repay(worlds, aids, j, np.array(normal))
            _send_back(worlds, aids, j, np.array(normal), km)
    pairs = list(zip(worlds, aids, strict=True))
    spare = [aid.spare(world) for world, aid in pairs]
    offers = np.array([_by_good(w, *s) for w, s in zip(worlds, spare, strict=True)])
    asks = np.array([aid.ask(world) for world, aid in pairs])
    offers = np.where(asks > 0.0, 0.0, offers)  # nobody gives what it lacks itself
    plan = shared_out(offers, asks, _carried(worlds, aids[0], km))
    for i, (world, aid) in enumerate(pairs):
        aid.give(world, plan[i].sum(axis=0), *spare[i])
        aid.observed["sent"] = float(plan[i].sum())
        aid.observed["received"] = float(plan[:, i].sum())
        aid.observed["owed"] = float(aid.owed.sum())
        aid.observed["over"] = float(aid.over)
        aid.observed["here"] = float(aid.loads.here.sum())
    for j, (world, aid) in enumerate(pairs):
        _load(world, aid, plan[:, j], km[:, j])
    return plan


def shared_out(offers: Floats, asks: Floats, carried: Floats) -> Floats:
    """Share offers among asks: (U, 22), (U, 22), share that a link carries (U, U, 22).

    A unit asks the others in proportion to what they offer and their links carry; a giver that is
    asked for more than it offers gives all in the same proportion.
    """
    pull = offers[:, None, :] * carried
    wanted = asks[None] * carried * pull / np.maximum(pull.sum(axis=0), TINY)[None]
    scale = np.minimum(1.0, offers / np.maximum(wanted.sum(axis=1), TINY))
    return np.asarray(wanted * scale[:, None, :])


def _carried(worlds: Sequence[World], aid: Aid, km: Floats) -> Floats:
    reach = np.exp(-km / aid.set.decay_km)
    np.fill_diagonal(reach, 0.0)
    open_links = np.ones((len(worlds), N_BRANCHES))
    if aid.set.border_cuts_links:
        open_links = np.array([np.minimum(w.day.border, w.day.exports) for w in worlds])
    return np.asarray(reach[:, :, None] * np.minimum(open_links[:, None], open_links[None]))


def _load(world: World, aid: Aid, parts: Floats, km: Floats) -> None:
    came = parts.sum(axis=0)
    if not came.any():
        return
    aid.stock += came
    world.flows.imported += came
    aid.owed += parts
    aid.owed_most = np.maximum(aid.owed_most, aid.owed)
    for i in np.flatnonzero(parts.sum(axis=1) > 0.0):
        days = days_on_the_road(float(km[i]), aid.set.handling_days, aid.set.day_km)
        haul = float(km[i]) * aid.set.haul_rate
        aid.loads.add(int(world.day.number) + days, parts[i].copy(), haul)


def _repay(worlds: Sequence[World], aids: Sequence[Aid], j: int, normal: Bools) -> None:
    """Let unit j repay a part of its debts out of what buyers paid; it lives in normal times.

    What is still under way, or here unsold, may yet be sold or sent back: it is not repaid.
    """
    world, aid = worlds[j], aids[j]
    creditors = normal | (aid.set.settle == "payment")
    due = np.minimum(aid.owed, aid.owed_most / aid.set.repay_days) * creditors[:, None]
    sold = np.maximum(0.0, aid.owed.sum(axis=0) - aid.loads.held)
    due *= np.minimum(1.0, sold / np.maximum(due.sum(axis=0), TINY))
    asked = float(due.sum())
    if asked > 0.0:
        due *= min(1.0, max(0.0, aid.cash) / asked)
        for i, good in zip(*np.nonzero(due), strict=True):
            aids[i].restore(worlds[i], int(good), float(due[i, good]), aid.set.settle)
        aid.owed -= due
        aid.cash -= float(due.sum())
        world.flows.measures -= float(due.sum())
    aid.owed_most[aid.owed <= TINY] = 0.0


def _send_back(
    worlds: Sequence[World], aids: Sequence[Aid], j: int, normal: Bools, km: Floats
) -> None:
    """Let unit j, in normal times, send back what nobody took, to creditors in normal times too.

    Its residents pay for the way: it had asked for too much. The debt falls by what goes back.
    """
    world, aid = worlds[j], aids[j]
    rest = np.minimum(aid.loads.here, (aid.owed * normal[:, None]).sum(axis=0))
    if not rest.any():
        return
    owed = aid.owed * normal[:, None]
    back = owed * (rest / np.maximum(owed.sum(axis=0), TINY))
    cost = float((back.sum(axis=1) * km[:, j]).sum()) * aid.set.haul_rate
    if cost > 0.0:
        paid = aid.levy(world, cost)
        aid.pay_outside(world, paid)
        back *= min(1.0, paid / cost)
    gone = back.sum(axis=0)
    aid.loads.take(gone)
    aid.stock = np.maximum(0.0, aid.stock - gone)
    aid.owed = np.maximum(0.0, aid.owed - back)
    world.flows.exported += gone
    for i, good in zip(*np.nonzero(back), strict=True):
        aids[i].restore(worlds[i], int(good), float(back[i, good]), "kind")
