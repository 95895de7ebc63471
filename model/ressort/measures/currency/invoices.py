"""Invoices among accepting producers: bought today, paid some weeks later, netted, lost (E2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ressort.measures.base import Floats, total
from ressort.measures.currency import clearing, notes
from ressort.rules import invoices as rules
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.measures.currency.measure import Currency
    from ressort.world import World

Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]
TINY: Final = 1e-6  # EUR; nobody is refused terms for less


def _sums(who: Longs, amount: Floats, count: int) -> Floats:
    """Return the sum of amounts by producer, or by row."""
    sums: Floats = np.bincount(who, weights=amount, minlength=count).astype(float, copy=False)
    return sums


class Invoices:
    """What each producer owes each other one, by the day on which it falls due.

    By pair of buyer and seller: `pending` by the day on which it falls due, shape (days, E), and
    `due`, to be paid at once. The seller `count` is the liquidator of those who closed. `owes` and
    `owed`, by producer, are kept beside the table, and the audit compares them with it.
    """

    def __init__(self, count: int, days: int) -> None:
        self.count, self.days = count, days
        self.pairs: Longs = np.zeros(0, dtype=np.int64)  # buyer · (count + 1) + seller, sorted
        self.buyer = self.seller = self.pairs
        self.pending: Floats = np.zeros((days, 0))
        self.due: Floats = np.zeros(0)
        self.late: Longs = np.zeros(0, dtype=np.int64)  # days for which something is overdue
        self.owes: Floats = np.zeros(count + 1)
        self.owed: Floats = np.zeros(count + 1)
        self.most = 1.0  # EUR ever owed at once; sums of it are only as exact
        self.refused: Longs = np.zeros(0, dtype=np.int64)  # pairs without terms today, sorted
        # Of the day, by producer: units that it may spend, those kept for what is due, euros that
        # it may spend, and units that went for purchases.
        self.budget = self.kept = self.purse = self.on_delivery = np.zeros(count)

    # ------------------------------------------------------------------ the table
    def all_open(self) -> Floats:
        """Return what is owed by pair, due or not."""
        open_: Floats = self.due + self.pending.sum(axis=0)
        return open_

    def add(self, buyer: Longs, seller: Longs, amount: Floats, tick: int) -> None:
        """Write the invoices of a day."""
        place = self._rows_of(buyer * (self.count + 1) + seller)
        found = _sums(place, amount, len(self.pairs))
        self.pending[tick % self.days] += found
        self._count(buyer, seller, amount)

    def _count(self, buyer: Longs, seller: Longs, amount: Floats) -> None:
        self.owes += _sums(buyer, amount, self.count + 1)
        self.owed += _sums(seller, amount, self.count + 1)
        self.most = max(self.most, float(self.owed.sum()))

    def _rows_of(self, pairs: Longs) -> Longs:
        """Return the rows of pairs; makes room for new ones, and drops what is paid."""
        place = np.searchsorted(self.pairs, pairs)
        known = np.append(self.pairs, -1)[place] == pairs
        if not known.all():
            used = np.flatnonzero((self.due > 0.0) | (self.pending > 0.0).any(axis=0))
            kept, due, pending = self.pairs[used], self.due[used], self.pending[:, used]
            late = self.late[used]
            self.pairs = np.union1d(kept, pairs)
            self.buyer, self.seller = np.divmod(self.pairs, self.count + 1)
            self.due = np.zeros(len(self.pairs))
            self.late = np.zeros(len(self.pairs), dtype=np.int64)
            self.pending = np.zeros((self.days, len(self.pairs)))
            old = np.searchsorted(self.pairs, kept)
            self.due[old], self.pending[:, old], self.late[old] = due, pending, late
            place = np.searchsorted(self.pairs, pairs)
        return place

    def fall_due(self, tick: int, patience: int) -> None:
        """Let what was bought `days` days ago fall due; note who has been late for too long."""
        self.late = np.where(self.due > TINY, self.late + 1, 0)
        self.refused = self.pairs[self.late > patience]
        self.due += self.pending[tick % self.days]
        self.pending[tick % self.days] = 0.0

    def settle_due(self, share: Floats) -> Floats:
        """Strike out a share of what is due, by pair; return what was struck, EUR."""
        paid = np.where(share < 1.0, share * self.due, self.due)
        self.due -= paid
        self._count(self.buyer, self.seller, -paid)
        return paid

    def strike(self, amount: Floats, tick: int) -> Floats:
        """Strike out amounts, by pair, what falls due first before the rest; return what was."""
        order = (tick + np.arange(self.days)) % self.days
        days = np.vstack([self.due, self.pending[order]])
        before = np.cumsum(days, axis=0) - days
        gone = np.clip(amount - before, 0.0, days)
        self.due -= gone[0]
        self.pending[order] -= gone[1:]
        struck: Floats = gone.sum(axis=0)
        self._count(self.buyer, self.seller, -struck)
        return struck

    def hand_over(self, dead: Bools) -> None:
        """Let what is owed to the `dead` be owed to the liquidator."""
        rows = np.flatnonzero(dead[self.seller] & (self.all_open() > 0.0))
        buyer, seller, amount = self.buyer[rows], self.seller[rows], self.all_open()[rows]
        due, pending, late = self.due[rows], self.pending[:, rows], self.late[rows]
        self.due[rows], self.pending[:, rows], self.late[rows] = 0.0, 0.0, 0
        heir = np.full(len(rows), self.count)
        place = self._rows_of(buyer * (self.count + 1) + heir)
        np.add.at(self.due, place, due)
        for day, amounts in enumerate(pending):
            np.add.at(self.pending[day], place, amounts)
        np.maximum.at(self.late, place, late)
        self._count(buyer, seller, -amount)
        self._count(buyer, heir, amount)

    def gaps(self) -> tuple[float, float]:
        """Return the largest gap between the table and what is owed, and that of all owes and owed.

        As shares of the most that was ever owed.
        """
        amount = self.all_open()
        owes = _sums(self.buyer, amount, self.count + 1)
        owed = _sums(self.seller, amount, self.count + 1)
        most = max(np.abs(owes - self.owes).max(), np.abs(owed - self.owed).max())
        return float(most) / self.most, float(self.owes.sum() - self.owed.sum()) / self.most


# ---------------------------------------------------------------- the day of invoices
def open_books(currency: Currency, world: World) -> Invoices | None:
    """Return the books at the launch: as after years, if so chosen, else empty."""
    days = int(currency.set.invoice_days)
    if days == 0:
        return None
    books = Invoices(len(world.state.firms), days)
    if currency.set.ready and currency.set.from_year == 0.0:
        trade = clearing.usual_trade(world, currency.joined)
        for day in range(days):
            books.add(*trade, day)
    return books


def begin(currency: Currency, world: World, line: Floats) -> None:
    """In the morning: net, see what is due, and set aside the euros that it takes.

    Due invoices are paid in units held, then in euros, then in units on credit (`line`, EUR). What
    they take of each is not there for the orders of the day.
    """
    books = currency.invoices
    if books is None:
        return
    firms = plain(world.state.firms)
    units = firms["units"]
    day = world.tick - currency.first_day
    if currency.set.clearing and day % currency.set.clearing_days == 0:
        net(currency, world, line)
    books.fall_due(world.tick, currency.set.patience_days)
    in_units, in_euros = _due_by_buyer(currency, books)
    euros = np.maximum(0.0, firms["cash"] - units + firms["credit"] - firms["wage_bill"])
    books.purse = euros * float(world.day.payments)
    books.budget = notes.in_tills(currency, world, np.maximum(0.0, units + line))
    books.kept = np.minimum(np.minimum(np.maximum(0.0, units), in_units), books.budget)
    rest = in_units - books.kept + in_euros
    lent = np.minimum(in_units - books.kept, np.maximum(0.0, rest - books.purse))
    lent = np.minimum(lent, books.budget - books.kept)
    firms["due"] = rest - lent
    books.kept += lent


def give_terms(currency: Currency, world: World) -> None:
    """Let members order from accepting ones without means, as far as nobody refuses them terms.

    Who is late with one of them gets terms from the others as they deliver, but orders no more than
    he could pay on the spot.
    """
    books = currency.invoices
    if books is None:
        return
    firms = plain(world.state.firms)
    late = np.zeros(books.count, dtype=bool)
    late[books.refused // (books.count + 1)] = True
    terms = currency.joined & firms["alive"] & ~late
    firms["at_hand"] = np.where(terms, np.inf, books.budget - books.kept) * firms["alive"]


def _books(currency: Currency) -> Invoices:
    assert currency.invoices is not None
    return currency.invoices


def _due_by_buyer(currency: Currency, books: Invoices) -> tuple[Floats, Floats]:
    """Return what each owes at once to those who take units for it, and to others."""
    takes = np.append(currency.joined, False)[books.seller]
    in_units = _sums(books.buyer, books.due * takes, books.count)
    return in_units, _sums(books.buyer, books.due * ~takes, books.count)


def trade(currency: Currency, world: World, paid: Floats, got: Floats, counting: bool) -> float:
    """Bill what members bought on terms, pay for the rest, then pay what is due.

    Adds to `paid` and `got`, units by producer. Returns what was bought between producers.
    """
    books = _books(currency)
    state, firms = world.state, plain(world.state.firms)
    buyer, seller, amount, bought, between = rules.deliveries(
        *(state.firms, state.slots, state.shelves, world.day, currency.slot_leans),
        *(currency.joined, counting),
    )
    pair = buyer * (books.count + 1) + seller
    refused = np.isin(pair, books.refused) if len(books.refused) else np.zeros(len(pair), bool)
    billed = currency.joined[buyer] & (buyer != seller) & ~refused
    books.add(buyer[billed], seller[billed], amount[billed], world.tick)
    for who, sign in ((buyer[billed], 1.0), (seller[billed], -1.0)):
        firms["cash"] += sign * _sums(who, amount[billed], books.count)
    on_terms = _sums(buyer[billed], amount[billed], books.count)
    currency.log.add(world.tick, "invoiced", total(world, on_terms))
    spent = bought - on_terms
    books.on_delivery = _pay_on_delivery(
        *(currency, world, buyer[~billed], seller[~billed], amount[~billed], spent, paid, got)
    )
    _pay_due(currency, world, spent - books.on_delivery, paid, got)
    return float(between)


def _pay_on_delivery(
    currency: Currency,
    world: World,
    buyer: Longs,
    seller: Longs,
    amount: Floats,
    bought: Floats,
    paid: Floats,
    got: Floats,
) -> Floats:
    """Pay in units what was bought without terms, as `rules.units.pay_suppliers` does.

    Out of units held first, on credit if euros lack; return what was paid so.
    """
    books = _books(currency)
    taken = _sums(buyer, amount, books.count)
    held = np.maximum(0.0, plain(world.state.firms)["units"] - books.kept)
    left = np.maximum(0.0, books.budget - books.kept)
    units = np.minimum(held, taken)
    lacking = np.minimum(np.minimum(bought - currency.means, taken), left)
    units = np.maximum(0.0, np.maximum(units, lacking))
    share = _share(units, taken)
    paid += units
    got += _sums(seller, share[buyer] * amount, books.count)
    return units


def _pay_due(currency: Currency, world: World, spent: Floats, paid: Floats, got: Floats) -> None:
    """Pay what is due as far as it goes: in units held, in euros, then in units on credit.

    `spent`: euros that went for purchases today. Those who take no units are paid first in euros;
    what is owed to the closed goes to their creditors outside, as their cash did.
    """
    books, firms = _books(currency), plain(world.state.firms)
    in_units, in_euros = _due_by_buyer(currency, books)
    left = np.maximum(0.0, books.budget - books.on_delivery)
    held = np.minimum(np.minimum(np.maximum(0.0, firms["units"]), in_units), left)
    euros = firms["cash"] - (firms["units"] + got - paid) + firms["credit"] - firms["wage_bill"]
    euros = np.maximum(0.0, np.minimum(books.purse - spent, euros))
    euros = np.minimum(in_units - held + in_euros, euros)
    to_others = np.minimum(in_euros, euros)
    to_takers = euros - to_others
    lent = np.maximum(0.0, left - held)
    lent = np.minimum(in_units - held - to_takers, lent)
    units = held + lent
    of_takers = _share(units + to_takers, in_units)
    of_others = _share(to_others, in_euros)
    takes = np.append(currency.joined, False)[books.seller]
    buyer, seller = books.buyer, books.seller
    struck = books.settle_due(np.where(takes, of_takers[buyer], of_others[buyer]))
    part = takes * _share(units, units + to_takers)[buyer] * struck
    paid += _sums(buyer, part, books.count)
    got += _sums(seller, part, books.count + 1)[:-1]
    firms["cash"] -= _sums(buyer, struck, books.count)
    received = _sums(seller, struck, books.count + 1)
    firms["cash"] += received[:-1]
    world.flows.bank_losses -= received[-1]
    # Owners come after creditors: what is late now is no profit.
    firms["due"] = _sums(buyer, books.due, books.count)


def _share(part: Floats, whole: Floats) -> Floats:
    """Return the share of a whole, 1 for all but the last digits of it."""
    share: Floats = part / np.maximum(whole, np.finfo(float).tiny)
    return np.where(part >= whole * (1.0 - 1e-12), 1.0, share)


# ---------------------------------------------------------------- netting, and who closed
def net(currency: Currency, world: World, line: Floats) -> None:
    """Cancel what members owe each other in cycles, due or not; with mutual credit more of it.

    With credit, what is due is then paid in units from those who have some left to spend to those
    who have room for more, as far as debts lead from the ones to the others.
    """
    books, firms = _books(currency), plain(world.state.firms)
    inside = currency.joined & firms["alive"]
    rows = np.append(inside, False)
    rows = rows[books.buyer] & rows[books.seller]
    owed = float(books.all_open()[rows].sum())
    before = books.owes.sum()
    # What the solver leaves unbalanced, under a millionth of a euro, moves in euros.
    firms["cash"] -= _cancel(books, rows, books.all_open(), world.tick)
    currency.on_cycles = float(before - books.owes.sum()) / owed if owed > 0.0 else 0.0
    if currency.set.credit_days > 0.0:
        gives = notes.in_tills(currency, world, np.maximum(0.0, firms["units"] + line))
        gives = np.where(inside, gives, 0.0)
        limit = currency.set.firm_limit * currency.confidence * firms["cash_target"]
        takes = np.where(inside, np.maximum(0.0, limit - firms["units"]), 0.0)
        moved = _cancel(books, rows, books.due.copy(), world.tick, gives, takes)
        firms["units"] -= moved
        firms["cash"] -= moved
    currency.log.add(world.tick, "netted", float(before - books.owes.sum()))


def _cancel(
    books: Invoices,
    pairs: Bools,
    amount: Floats,
    tick: int,
    gives: Floats | None = None,
    takes: Floats | None = None,
) -> Floats:
    """Strike out what clears; return by how much more each owes less than it is owed less."""
    flow = np.zeros(len(amount))
    buyer, seller = books.buyer, books.seller
    flow[pairs] = clearing.cleared(
        *(buyer[pairs], seller[pairs], amount[pairs], books.count, gives, takes)
    )
    struck = books.strike(flow, tick)
    moved: Floats = _sums(buyer, struck, books.count)
    moved -= _sums(seller, struck, books.count + 1)[:-1]
    return moved


def bury(currency: Currency, world: World) -> None:
    """Settle the invoices of who closed: creditors lose what it owed; its liquidator gets the rest.

    The liquidator is paid like other creditors, in euros, which leave for the bank outside.
    """
    books = currency.invoices
    if books is None:
        return
    dead = np.append(~plain(world.state.firms)["alive"], False)
    if not (dead & ((books.owes > TINY) | (books.owed > TINY))).any():
        return
    lost = books.strike(np.where(dead[books.buyer], np.inf, 0.0), world.tick)
    currency.log.add(world.tick, "invoices_lost", float(lost.sum()))
    books.hand_over(dead)
