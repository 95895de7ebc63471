"""Members who stand surety for each other's bank credit (E11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ressort.measures.added import luck_of
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure, total
from ressort.measures.ties import Bools, Ints, draw_members, pay
from ressort.rules.passes import charge
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.world import World

TINY = 1e-9


class Guarantee(Measure):
    """Each member stands surety for `degree` others, and the bank lends its circle more.

    When one closes in debt, the bank calls those who stood surety. They pay what they have, now and
    on later days, and may close in turn: robust to single failures, fragile to many at once. A
    surety in arrears counts for nothing with the bank: credit is there while few are in trouble.
    """

    name = "guarantee"
    mechanism: ClassVar[str] = "E11"
    meaning = "members guarantee each other's bank credit, and pay for those who fail"
    meaning_fr = (
        "les membres se portent caution du crédit bancaire les uns des autres, et paient pour ceux "
        "qui font défaut"
    )

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.members: Bools = np.zeros(0, dtype=bool)
        self.principal: Ints = np.zeros(0, dtype=np.int64)  # row of the debtor, by tie
        self.surety: Ints = np.zeros(0, dtype=np.int64)  # row of who stands for it, by tie
        self.most: Floats = np.zeros(0)  # EUR that a tie covers at most
        self.stood: Bools = np.zeros(0, dtype=bool)  # who was last looked at
        self.covered: Floats = np.zeros(0)  # what these stand for, by debtor, EUR
        self.extension: Floats = np.zeros(0)  # EUR of credit that sureties give today, by firm
        self.owed: Floats = np.zeros(0)  # EUR called and not yet paid, by surety
        self.called = self.collected = 0.0  # so far, EUR
        self.failed = 0  # sureties that closed while they owed

    def prepare(self, world: World) -> None:
        """Draw members and circles; share out what each can stand for."""
        firms = world.state.firms
        n = len(firms)
        self.members = draw_members(world, self.name, self.set.member_share)
        self.extension, self.owed = np.zeros(n), np.zeros(n)
        self.principal, self.surety = self._circles(world)
        wanted = self.set.cover_days * firms.outlays_calm[self.principal]
        wanted /= max(1, self._degree())
        limit = self.set.exposure_days * np.array(firms.outlays_calm)
        asked = np.bincount(self.surety, weights=wanted, minlength=n)
        share = np.minimum(1.0, limit / np.maximum(asked, TINY))
        self.most = wanted * share[self.surety]

    def _degree(self) -> int:
        return int(min(self.set.degree, max(0, int(self.members.sum()) - 1)))

    def _circles(self, world: World) -> tuple[Ints, Ints]:
        """Return ties: each stands for `degree` others and has as many who stand for it."""
        rows = np.flatnonzero(self.members)
        degree = self._degree()
        none = np.zeros(0, dtype=np.int64)
        principal, surety = [none], [none]
        for k in range(degree):
            luck = luck_of(world, "guarantee_ties", lambda rng, n: [rng.random(n)], k)[0][rows]
            kind = world.state.firms.branch[rows] if self.set.circle == "branch" else 0 * rows
            order = rows[np.lexsort((luck, kind))]
            principal.append(order)
            surety.append(np.roll(order, -1))
        return np.concatenate(principal), np.concatenate(surety)

    # ------------------------------------------------------------------ credit
    def decide(self, world: World) -> None:
        """Extend lines of credit by what sound sureties stand for."""
        if not self.is_on(world):
            return
        firms, rows = plain(world.state.firms), np.flatnonzero(self.members)
        if not self.extension.any():
            firms["debt_left"][rows] = 0.0  # from before the measure
        sound = np.zeros(len(firms), dtype=bool)
        sound[rows] = firms["alive"][rows] & (firms["short_days"][rows] == 0)
        sound &= self.owed <= TINY
        self._extend(world, self._covered(world, sound))

    def _covered(self, world: World, who: Bools) -> Floats:
        """Return the credit that some sureties stand for, by debtor, EUR."""
        if not np.array_equal(who, self.stood):
            weights = self.most * who[self.surety]
            n = len(world.state.firms)
            by_debtor = np.bincount(self.principal, weights=weights, minlength=n)
            self.stood, self.covered = who, by_debtor.astype(float)
        return self.covered

    def _extend(self, world: World, covered: Floats) -> None:
        """Set the extension of each line; what is drawn already stays lent until it is repaid."""
        firms, rows = plain(world.state.firms), np.flatnonzero(self.members)
        before = self.extension[rows]
        own = firms["credit"][rows] - before
        drawn = np.minimum(before, np.maximum(0.0, -firms["cash"][rows] - own))
        self.extension[rows] = np.maximum(covered[rows] * firms["alive"][rows], drawn)
        firms["credit"][rows] = own + self.extension[rows]

    # ------------------------------------------------------------------ fees and calls
    def cooperate(self, world: World) -> None:
        """Take the fee and pay the staff; let the bank collect what is owed still."""
        if not self.is_on(world):
            return
        alive = self.members & plain(world.state.firms)["alive"]
        due = self.set.fee / DAYS_A_YEAR * self._covered(world, alive) * alive
        pay(world, self, due)
        self.pay_residents(world, self.cash)
        self._collect(world)

    def adapt(self, world: World) -> None:
        """Call the sureties of who closed in debt, and collect what they have."""
        if self.is_on(world):
            firms, owing = plain(world.state.firms), np.flatnonzero(self.owed > TINY)
            gone = owing[~firms["alive"][owing]]
            self.failed += len(gone)
            self.owed[gone] = 0.0
            debt = np.where(self.members, firms["debt_left"], 0.0)
            if debt.any():
                firms["debt_left"][self.members] = 0.0
            if self.set.contagion and debt.any():
                self._call(world, debt)
                self._collect(world)
        self._observe(world)

    def _call(self, world: World, debt: Floats) -> None:
        """Divide a debt among those who stood for it, each at most what its tie covers."""
        n = len(debt)
        stood = np.bincount(self.principal, weights=self.most, minlength=n)
        called = np.minimum(self.set.cover_share * debt, stood)
        share = called / np.maximum(stood, TINY)
        by_tie = self.most * share[self.principal] * world.state.firms.alive[self.surety]
        due = np.bincount(self.surety, weights=by_tie, minlength=n).astype(float)
        self.owed += due
        self.called += total(world, due)

    def _collect(self, world: World) -> None:
        """Let the bank take what sureties have: cash and what is left of their credit."""
        if not self.owed.any():
            return
        firms = world.state.firms
        paid = charge(firms, self.owed, True, 1.0)
        self.owed -= paid
        amount = total(world, paid)
        world.flows.bank_losses -= amount
        self.collected += amount

    def _observe(self, world: World) -> None:
        on, rows = self.is_on(world), np.flatnonzero(self.members)
        self.observed = {
            "members": float(plain(world.state.firms)["alive"][rows].sum()) * on,
            "credit": total(world, self.extension),
            "owed": total(world, self.owed),
            "called": self.called,
            "collected": self.collected,
            "sureties_failed": float(self.failed),
        }
