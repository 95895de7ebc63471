"""Members who stand surety for each other's bank credit (E11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ressort.measures.added import luck_of
from ressort.measures.base import DAYS_A_YEAR, Floats, Measure, total
from ressort.measures.ties import Bools, Ints, draw_members, means, members_today, pay

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
        self.extension: Floats = np.zeros(0)  # EUR of credit that sureties give today, by firm
        self.owed: Floats = np.zeros(0)  # EUR called and not yet paid, by surety
        self.called = self.collected = 0.0  # so far, EUR
        self.failed = 0  # sureties that closed while they owed
        self.begun = False

    @property
    def brings_from_outside(self) -> bool:
        """The credit that the bank gives for it."""
        return True

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
        self.members = members_today(world, self.members)
        if not self.begun:
            world.state.firms.debt_left = 0.0  # from before the measure
            self.begun = True
        firms = world.state.firms
        sound = firms.alive & (firms.short_days == 0) & (self.owed <= TINY)
        self._extend(world, self._covered(world, sound))

    def _in_force(self) -> Floats:
        """Return what each tie covers today, EUR: nothing once one of the two is no member."""
        return self.most * (self.members[self.principal] & self.members[self.surety])

    def _covered(self, world: World, who: Bools) -> Floats:
        """Return the credit that some sureties stand for, by debtor, EUR."""
        weights = self._in_force() * who[self.surety]
        n = len(world.state.firms)
        return np.bincount(self.principal, weights=weights, minlength=n).astype(float)

    def _extend(self, world: World, covered: Floats) -> None:
        """Set the extension of each line; what is drawn already stays lent until it is repaid."""
        firms = world.state.firms
        own = firms.credit - self.extension
        drawn = np.minimum(self.extension, np.maximum(0.0, -firms.cash - own))
        self.extension = np.maximum(covered * firms.alive, drawn)
        firms.credit = own + self.extension
        firms.covered = self.extension

    # ------------------------------------------------------------------ fees and calls
    def cooperate(self, world: World) -> None:
        """Take the fee and pay the staff; let the bank collect what is owed still."""
        if not self.is_on(world):
            return
        covered = self._covered(world, np.array(world.state.firms.alive))
        due = self.set.fee / DAYS_A_YEAR * covered * world.state.firms.alive
        pay(world, self, due)
        self.pay_residents(world, self.cash)
        self._collect(world)

    def adapt(self, world: World) -> None:
        """Call the sureties of who closed in debt, and collect what they have."""
        if self.is_on(world):
            firms = world.state.firms
            gone = ~firms.alive & (self.owed > TINY)
            self.failed += int(gone.sum())
            self.owed[gone] = 0.0
            debt = np.where(self.members, firms.debt_left, 0.0)
            firms.debt_left = 0.0
            if self.set.contagion and debt.any():
                self._call(world, debt)
                self._collect(world)
        self._observe(world)

    def _call(self, world: World, debt: Floats) -> None:
        """Divide a debt among those who stood for it, each at most what its tie covers."""
        n = len(debt)
        most = self._in_force()
        stood = np.bincount(self.principal, weights=most, minlength=n)
        called = np.minimum(self.set.cover_share * debt, stood)
        share = called / np.maximum(stood, TINY)
        by_tie = most * share[self.principal] * world.state.firms.alive[self.surety]
        due = np.bincount(self.surety, weights=by_tie, minlength=n).astype(float)
        self.owed += due
        self.called += total(world, due)

    def _collect(self, world: World) -> None:
        """Let the bank take what sureties have: cash and what is left of their credit."""
        firms = world.state.firms
        paid = np.minimum(self.owed, means(world)) * firms.alive
        firms.cash -= paid
        self.owed -= paid
        amount = total(world, paid)
        world.flows.bank_losses -= amount
        self.collected += amount

    def _observe(self, world: World) -> None:
        on = self.is_on(world)
        self.observed = {
            "members": float((self.members & world.state.firms.alive).sum()) * on,
            "credit": total(world, self.extension),
            "owed": total(world, self.owed),
            "called": self.called,
            "collected": self.collected,
            "sureties_failed": float(self.failed),
        }
