"""Members who buy from each other and from other sellers here, and know each other (E14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ressort.branches import N_BRANCHES
from ressort.measures import farms
from ressort.measures.added import calm_flows, own_links
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure, total
from ressort.measures.ties import (
    Bools,
    Ints,
    draw_members,
    means,
    meet,
    members_today,
    pay,
    tier_at,
)
from ressort.rules.passes import hand_out
from ressort.state import N_SOURCES, OUTSIDE
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

MOVES_EVERY = 30  # days: contracts are let month by month


class LocalTies(Measure):
    """Members move purchases from outside to sellers here, dearer, and help each other search.

    Sellers give up sales outside for them. Both then hang less on the outside and more on each
    other: a shock from outside hurts less, one that strikes here hurts more.
    """

    name = "local_ties"
    mechanism: ClassVar[str] = "E14"
    meaning = "members buy a growing part of what came from outside here, and know each other"
    meaning_fr = (
        "les membres achètent sur place une part croissante de ce qui venait d'ailleurs, et se "
        "connaissent"
    )

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.goods = self.rows_of("goods")
        self.members: Bools = np.zeros(0, dtype=bool)
        self.slots: Ints = np.zeros(0, dtype=np.int64)
        self.buyers: Ints = np.zeros(0, dtype=np.int64)
        self.flow: Floats = np.zeros(0)  # EUR a day of one of the two sources
        self.seller: Ints = np.zeros((0, N_SOURCES), dtype=np.int64)
        self.bought: Floats = np.zeros(0)  # EUR a day that went outside at first
        self.contacts = 0.0  # made so far

    def prepare(self, world: World) -> None:
        """List the purchases that members make outside, in the order in which they come up."""
        own_links(world)
        state = world.state
        self.members = draw_members(world, self.name, self.set.member_share)
        owner = world.buyers
        known = np.isin(state.slots.good, self.goods) & (state.source_calm == OUTSIDE).any(axis=1)
        rows = self._in_order(world, known & self.members[owner], "order")
        if world.cooperation is not None:  # others may become members
            later = known & ~self.members[owner] & (owner < world.n_drawn)
            rows = np.concatenate([rows, self._in_order(world, later, "later")])
        self.slots, self.buyers = rows, owner[rows]
        self.flow = calm_flows(world, self.slots, self.buyers) / N_SOURCES
        self.seller = np.full((len(rows), N_SOURCES), OUTSIDE, dtype=np.int64)
        self.bought = self.flow * (state.source_calm[rows] == OUTSIDE).sum(axis=1)

    def _in_order(self, world: World, wanted: Bools, name: str) -> Ints:
        """Return the purchases of a mask in an order drawn by lot."""
        rows = np.flatnonzero(wanted)
        return rows[stream(world.seed, f"{self.name}_{name}").permutation(len(rows))]

    @property
    def total(self) -> float:
        """What today's members bought outside at first, EUR a day."""
        return float(self.bought[self.members[self.buyers]].sum())

    # ------------------------------------------------------------------ contracts
    def decide(self, world: World) -> None:
        """Let contracts once a month, as far as the year's share goes; end those of leavers."""
        if not self.is_on(world):
            return
        before, self.members = self.members, members_today(world, self.members)
        if (before & ~self.members).any():
            self._end_contracts(world)
        if world.tick % MOVES_EVERY == 0:
            self._let(world)

    def _end_contracts(self, world: World) -> None:
        """Let who is no member any more buy outside again, and its sellers sell there again."""
        left = (self.seller >= 0) & ~self.members[self.buyers][:, None]
        for j, k in zip(*np.nonzero(left), strict=True):
            row = int(self.seller[j, k])
            farms.drop_links(world, self.slots[[j]], np.array([k]), row)
            world.state.firms.exports_calm[row] += self.flow[j]
            self.seller[j, k] = OUTSIDE

    def _let(self, world: World) -> None:
        years = self.years(world)
        reached = min(1.0, years / self.set.years) if self.set.years > 0.0 else 1.0
        goal = reached * self.set.local_share * self.total
        here, most = self.moved(), self._most(world)
        firms, state = world.state.firms, world.state
        may_sell = self._may_sell(world)
        makers = [np.flatnonzero((firms.branch == g) & may_sell) for g in range(N_BRANCHES)]
        for j, slot in enumerate(self.slots):
            flow = float(self.flow[j])
            if here >= goal:
                break
            if here + flow > goal or most[state.slots.good[slot]] < flow or flow <= 0.0:
                continue
            if not self.members[self.buyers[j]]:
                continue
            for k in range(N_SOURCES):
                outside = state.source_calm[slot, k] == OUTSIDE
                if here + flow > goal or not outside or state.slots.source[slot, k] != OUTSIDE:
                    continue
                row = self._nearest(world, j, flow, makers[state.slots.good[slot]])
                if row == OUTSIDE:
                    break
                farms.take_links(world, np.array([slot]), np.array([k]), row)
                firms.exports_calm[row] -= flow
                self.seller[j, k] = row
                here += flow

    def _may_sell(self, world: World) -> Bools:
        firms = world.state.firms
        return np.asarray(firms.alive & (self.members | (not self.set.members_only)))

    def _most(self, world: World) -> Floats:
        """Return the largest sales outside of any seller by good, EUR a day."""
        firms, most = world.state.firms, np.zeros(N_BRANCHES)
        np.maximum.at(most, firms.branch, np.where(self._may_sell(world), firms.exports_calm, 0.0))
        return most

    def _nearest(self, world: World, j: int, flow: float, makers: Ints) -> int:
        """Return the nearest of some makers that sells so much outside, or -1."""
        firms, slot, buyer = world.state.firms, self.slots[j], self.buyers[j]
        km = world.index.distance[firms.commune[buyer]][firms.commune[makers]]
        may = (firms.exports_calm[makers] >= flow) & (km <= self.set.reach_km) & (makers != buyer)
        may &= ~np.isin(makers, world.state.source_calm[slot])
        if not may.any():
            return OUTSIDE
        return int(makers[np.argmin(np.where(may, km, np.inf))])

    def moved(self) -> float:
        """Return what contracts let amount to, EUR a day."""
        return float(((self.seller >= 0) * self.flow[:, None]).sum())

    # ------------------------------------------------------------------ money, and knowing others
    def cooperate(self, world: World) -> None:
        """Pay local sellers more and the staff that keeps the ties; let members find each other."""
        if not self.is_on(world):
            self._observe(world, 0.0)
            return
        premium = self._pay_premium(world)
        firms = world.state.firms
        due = np.where(self.members & firms.alive, self.set.dues * firms.jobs / DAYS_A_YEAR, 0.0)
        pay(world, self, due)
        self.pay_residents(world, self.cash)
        made = meet(world, self.members, self.set.contacts)
        self.contacts += made
        world.links_made += made
        self._observe(world, premium)

    def _pay_premium(self, world: World) -> float:
        """Let buyers pay the higher price of what was delivered under contract today."""
        state = world.state
        firms, n = state.firms, len(state.firms)
        lean = state.slots.lean[self.slots]
        got, nothing = np.zeros(n), np.zeros(n)
        by_tie: list[tuple[Ints, Ints, Floats]] = []
        for k, part in enumerate((lean, 1.0 - lean)):
            let = np.flatnonzero(self.seller[:, k] >= 0)
            rows, buyer, seller = self.slots[let], self.buyers[let], self.seller[let, k]
            sent = state.slots.order[rows] * part[let]
            sent *= firms.served[seller, tier_at(world, buyer, seller)]
            sent *= (state.slots.source[rows, k] == seller) & firms.alive[buyer]
            sent *= firms.alive[seller] * self.set.premium
            by_tie.append((buyer, seller, sent))
            got += np.bincount(buyer, weights=sent, minlength=n)
        share = np.minimum(1.0, means(world) / np.maximum(got, 1e-9))
        for buyer, seller, sent in by_tie:
            paid = share[buyer] * sent
            hand_out(firms, nothing - np.bincount(buyer, weights=paid, minlength=n))
            hand_out(firms, nothing + np.bincount(seller, weights=paid, minlength=n))
        return total(world, share * got)

    def _observe(self, world: World, premium: float) -> None:
        moved = self.moved()
        self.observed = {
            "members": float((self.members & world.state.firms.alive).sum()),
            "moved": moved,
            "share_moved": moved / max(self.total, 1e-9),
            "premium": premium,
            "contacts": self.contacts,
        }
