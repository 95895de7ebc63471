"""Membership of the SCIC that changes: joining, leaving, free riding and monitoring (E12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ressort import scic
from ressort.branches import N_BRANCHES
from ressort.measures.base import Floats, Measure, total
from ressort.measures.ties import means
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

Bools = NDArray[np.bool_]
MONTH = 30  # days, between two looks at who pays
NEVER = -1


class Membership(Measure):
    """Who is a member changes with what membership brings, and not all who are pay.

    Entries pay their shares of pool and fund from their own stock and cash; who leaves takes back,
    after its notice, what is left of its own. Users (households) and the council stay. With
    `free_rider_share` some founders neither put in nor pay; others follow where they see too many,
    and monitoring, paid by those who pay, finds them.
    """

    name = "membership"
    mechanism = "E12"
    meaning = "establishments join and leave the SCIC; some do not pay, and may be found"
    meaning_fr = (
        "des établissements rejoignent et quittent la SCIC ; certains ne paient pas, et peuvent "
        "être découverts"
    )

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.got: Floats = np.zeros(0)  # by producer since the last review, EUR
        self.fees_before: Floats = np.zeros(0)  # fees paid up to the last review, EUR
        self.enters: NDArray[np.int64] = np.zeros(0, dtype=np.int64)  # day of admission
        self.leaves: NDArray[np.int64] = np.zeros(0, dtype=np.int64)  # day of leaving
        self.tolerated: Floats = np.zeros(0)  # share of known members that may not pay
        self.born_riders: Bools = np.zeros(0, dtype=bool)
        self.seen: tuple[Floats, Floats] | None = None
        self.watch_cost = self.watch_paid = 0.0  # of monitoring since the last look, EUR
        self.counts = dict.fromkeys(("joined", "left", "excluded", "brought_back"), 0)

    # ------------------------------------------------------------------ its place in the day
    def prepare(self, world: World) -> None:
        """Draw who pays only as others do, for all who may be members: those drawn at the start."""
        n = world.n_drawn
        self.got, self.fees_before = np.zeros(n), np.zeros(n)
        self.enters, self.leaves = (np.full(n, NEVER, dtype=np.int64) for _ in range(2))
        luck = stream(world.seed, "tolerance").random((n, 2))
        conditional = luck[:, 0] < self.set.conditional_share
        self.tolerated = np.where(conditional, 2.0 * self.set.tolerance * luck[:, 1], 1.0)
        self.born_riders = np.array(world.state.firms.free_rider[:n])
        self._tell(world)

    def decide(self, world: World) -> None:
        """Let those whose time has come leave or enter; look at who pays, and at what it brings."""
        self.counts = dict.fromkeys(self.counts, 0)
        if not self._lives(world):
            return
        self._leave(world, np.flatnonzero(self.leaves == world.tick))
        self._enter(world, np.flatnonzero(self.enters == world.tick))
        if world.tick % MONTH == 0 and world.tick > 0:
            self._find_riders(world)
            self._follow_others(world)
        if world.tick % self.set.review_days == 0 and world.tick > 0:
            self._review(world)
        self._fit_staff(world)

    def trade(self, world: World) -> None:
        """Remember how things stood before the SCIC works."""
        state, n = world.state, world.n_drawn
        self.seen = None
        if self._lives(world):
            loans = np.array(state.firms.loan[:n])
            self.seen = (state.pooled.copy(), loans)

    def cooperate(self, world: World) -> None:
        """Add up what members got today; let those who pay pay for monitoring."""
        if self.seen is not None:
            self._count_what_members_got(world)
            self._pay_for_monitoring(world)
        self._tell(world)

    # ------------------------------------------------------------------ who is in
    def _lives(self, world: World) -> bool:
        return self.is_on(world) and bool(world.state.scic[0].active)

    def _review(self, world: World) -> None:
        """Let members compare fees with what they got, and others compare themselves with them."""
        firms, n = world.state.firms, world.n_drawn
        members, alive = np.array(firms.member[:n]), np.array(firms.alive[:n])
        paid = np.array(firms.fees_paid[:n]) - self.fees_before
        luck = stream(world.seed, "membership", world.tick).random((n, 2))
        unhappy = members & alive & (paid > self.got) & (self.leaves < world.tick)
        gone = unhappy & (luck[:, 0] < self.set.leave_rate)
        self.leaves[gone] = world.tick + max(1, self.set.notice_days)
        ahead = self._known(world, firms.activity[:n]) - firms.activity[:n]
        drawn = alive & ~members & (ahead > self.set.join_margin) & (self.enters < world.tick)
        comes = drawn & (luck[:, 1] < self.set.join_rate)
        self.enters[comes] = world.tick + max(1, self.set.admission_days)
        self.got[:] = 0.0
        self.fees_before = np.array(firms.fees_paid[:n])

    def _known(self, world: World, values: Floats) -> Floats:
        """Return the mean of a value over the members that each knows, 0 where it knows none.

        Known are those of its commune and those of its branch. Shape (P,).
        """
        firms, n = world.state.firms, world.n_drawn
        weight = np.where(firms.member[:n] & firms.alive[:n], 1.0, 0.0)
        branch, commune = firms.branch[:n].astype(np.int64), firms.commune[:n].astype(np.int64)
        number, sums = np.zeros(n), np.zeros(n)
        for key, sign in ((branch, 1), (commune, 1), (commune * N_BRANCHES + branch, -1)):
            number += sign * np.bincount(key, weights=weight)[key]
            sums += sign * np.bincount(key, weights=weight * values)[key]
        # Nobody counts itself among those it knows.
        number, sums = number - weight, sums - weight * values
        mean: Floats = np.divide(sums, number, out=np.zeros(n), where=number > 0.5)
        return mean

    def _enter(self, world: World, rows: NDArray[np.int64]) -> None:
        """Admit those who can pay their share of the fund and hand in their share of stocks.

        Who cannot is not admitted, and may apply again: it would draw what others put in.
        """
        state, behaviour = world.state, world.rules.behaviour
        firms, head = state.firms, state.scic[0]
        for p in rows:
            share = float(head.fund_share)
            part = share * float(firms.cash_target[p])
            means = firms.cash[p] - firms.units[p]
            if firms.member[p] or not firms.alive[p] or means < part:
                continue
            if not self._has_its_share_of_stocks(world, int(p)):
                continue
            firms.member[p] = True
            firms.cash[p] -= part
            firms.cash_target[p] -= part
            firms.put_in[p] = part
            head.fund += part
            self.counts["joined"] += 1
            if self._pools(world):
                self._put_in_stocks(world, int(p), behaviour.pool_share)

    @staticmethod
    def _pools(world: World) -> bool:
        return world.cooperation is not None and world.cooperation.pools

    def _has_its_share_of_stocks(self, world: World, p: int) -> bool:
        """Whether it holds what it has to hand in; nothing where the pool came from outside."""
        if not self._pools(world) or world.state.scic[0].added > 0.0:
            return True
        slots = world.state.slots[self._storable(world, p)]
        share = world.rules.behaviour.pool_share
        return bool((slots.stock >= share * slots.stock_target).all())

    def _put_in_stocks(self, world: World, p: int, share: float) -> None:
        state = world.state
        head, slots = state.scic[0], state.slots
        rows = self._storable(world, p)
        if world.state.scic[0].added == 0.0:
            part = share * slots.stock_target[rows]
            np.add.at(head.pool, slots.good[rows], part)
            np.add.at(head.pool_target, slots.good[rows], part)
            slots.stock[rows] -= part
            slots.stock_target[rows] -= part
            state.given[rows] += part
        if world.rules.behaviour.holding_reduction > 0.0:
            chosen = np.zeros(len(slots), dtype=bool)
            chosen[rows] = True
            scic.reduce_holdings(state, world.goods, world.rules.behaviour, chosen)

    def _storable(self, world: World, p: int) -> NDArray[np.int64]:
        firm, slots = world.state.firms[p], world.state.slots
        rows = np.arange(firm.first_slot, firm.end_slot)
        return rows[world.goods.storable[slots.good[rows]]]

    def _leave(self, world: World, rows: NDArray[np.int64]) -> None:
        for p in rows:
            if world.state.firms.member[p]:
                self._hand_back(world, int(p))
                self.counts["left"] += 1

    def _hand_back(self, world: World, p: int) -> None:
        """Let a member go: with its share of what is left of the pool, and of the fund.

        Nobody takes back more than it put in; what it owes the fund is kept from it.
        """
        state = world.state
        firms, head, slots = state.firms, state.scic[0], state.slots
        rows = self._storable(world, p)
        in_all = np.bincount(slots.good, weights=state.given, minlength=N_BRANCHES)
        good, given = slots.good[rows], state.given[rows]
        share = np.divide(given, in_all[good], out=np.zeros(len(rows)), where=in_all[good] > 0)
        back = np.minimum(share * head.pool[good], given) if firms.alive[p] else 0.0 * share
        targets = share * head.pool_target[good]
        np.subtract.at(head.pool, good, back)
        np.subtract.at(head.pool_target, good, targets)
        np.maximum(head.pool, 0.0, out=head.pool)
        slots.stock[rows] += back
        slots.stock_target[rows] += given + state.thrift[rows]
        state.given[rows] = state.thrift[rows] = 0.0
        self.born_riders[p] = False
        self.enters[p] = self.leaves[p] = NEVER
        self._pay_back(world, p)
        firms.member[p] = firms.free_rider[p] = False

    def _pay_back(self, world: World, p: int) -> None:
        firms, head = world.state.firms, world.state.scic[0]
        put_in = float(firms.put_in[p])
        if put_in > 0.0:
            in_all = float(firms.put_in[np.array(firms.member)].sum())
            part = min(put_in, float(head.fund) * put_in / in_all) if firms.alive[p] else 0.0
            kept = min(part, float(firms.loan[p]))
            firms.loan[p] -= kept
            firms.cash[p] += part - kept
            head.fund = max(0.0, head.fund - (part - kept))
            firms.cash_target[p] /= 1.0 - head.fund_share
        firms.put_in[p] = 0.0

    def _fit_staff(self, world: World) -> None:
        """Let staff and fees follow the number of members; end the SCIC that has none."""
        if not any(self.counts.values()):
            return
        head, behaviour = world.state.scic[0], world.rules.behaviour
        members = int(world.state.firms.member.sum())
        if members == 0:
            scic.end(world)
            return
        head.staff = members / behaviour.members_per_employee
        head.fee = head.staff * behaviour.scic_wage

    # ------------------------------------------------------------------ who pays
    def _find_riders(self, world: World) -> None:
        """Find some of those who do not pay, and exclude them or make them pay.

        As many hours as were paid for since the last look find as many: unpaid, nobody looks.
        """
        firms, n = world.state.firms, world.n_drawn
        paid = self.watch_paid / self.watch_cost if self.watch_cost > 0.0 else 0.0
        self.watch_cost = self.watch_paid = 0.0
        luck = stream(world.seed, "monitoring", world.tick).random(n)
        riders = np.array(firms.member[:n] & firms.free_rider[:n] & firms.alive[:n])
        found = np.flatnonzero(riders & (luck < self.set.monitoring * paid))
        for p in found:
            if self.set.exclusion:
                self._hand_back(world, int(p))
                self.counts["excluded"] += 1
            else:
                firms.free_rider[p] = self.born_riders[p] = False
                self.tolerated[p] = 1.0
                self.counts["brought_back"] += 1

    def win_back(self, world: World, rows: NDArray[np.int64]) -> None:
        """Let some members pay from now on, as others do."""
        world.state.firms.free_rider[rows] = self.born_riders[rows] = False
        self.counts["brought_back"] += len(rows)

    def _follow_others(self, world: World) -> None:
        """Let conditional members stop paying where too many do not, and pay again where few."""
        firms, n = world.state.firms, world.n_drawn
        if not firms.free_rider[:n].any():
            return
        riders = np.where(firms.free_rider[:n], 1.0, 0.0)
        tempted = self._known(world, riders) > self.tolerated
        firms.free_rider[:n] = firms.member[:n] & (self.born_riders | tempted)

    def _pay_for_monitoring(self, world: World) -> None:
        """Collect what monitoring costs from those who pay, by output, and pay for the hours."""
        if self.set.monitoring == 0.0:
            return
        firms = world.state.firms
        members = np.array(firms.member & firms.alive)
        hours = self.set.monitoring * self.set.monitoring_hours * members.sum() / MONTH
        cost = hours / self.set.hours_a_day * world.rules.behaviour.scic_wage
        self.watch_cost += cost
        came = charge_members(world, cost, means(world))
        self.watch_paid += came
        self.cash += came
        self.pay_residents(world, self.cash)

    # ------------------------------------------------------------------ what it brings
    def _count_what_members_got(self, world: World) -> None:
        if self.seen is None:
            return
        state, n = world.state, world.n_drawn
        pooled, loans = self.seen
        goods = np.maximum(0.0, state.pooled - pooled)
        linked = world.linked_by_scic
        if linked is not None:
            rows = np.flatnonzero(linked)
            use = state.slots.coefficient[rows] * state.firms.output_calm[world.buyers[rows]]
            shelf = state.slots.shelf[rows]
            use[shelf >= 0] += state.shelves.sales_calm[shelf[shelf >= 0]]
            goods[rows] += 0.5 * linked[rows] * use * self.set.link_days
        by_firm = np.bincount(world.buyers, weights=goods, minlength=n)[:n]
        self.got += self.set.worth_of_goods * by_firm
        self.got += self.set.worth_of_loans * np.maximum(0.0, state.firms.loan[:n] - loans)

    def _tell(self, world: World) -> None:
        firms = world.state.firms
        riders = firms.member & firms.free_rider & firms.alive
        self.observed = {name: float(count) for name, count in self.counts.items()}
        self.observed["not_paying"] = float(riders.sum())
        self.observed |= {name: float(count) for name, count in scic.colleges(world).items()}


def charge_members(world: World, cost: float, held: Floats) -> float:
    """Let members who pay fees pay a cost of theirs, EUR, by output; return what came.

    `held`: what each could pay now, shape (P,); who has not its whole part does not pay, as with
    fees.
    """
    firms = world.state.firms
    paying = np.array(firms.member & firms.alive & ~firms.free_rider)
    output = np.where(paying, firms.output_calm, 0.0)
    in_all = total(world, output)
    if in_all <= 0.0:
        return 0.0
    due = cost * output / in_all
    due = np.where(held >= due, due, 0.0)
    firms.cash -= due
    firms.fees_paid += due
    return total(world, due)
