"""Who takes part: the first establishments, those who join by contact, those who leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ressort.branches import INDEX
from ressort.measures.added import luck_of
from ressort.measures.base import DAYS_A_YEAR, Floats
from ressort.measures.currency import income
from ressort.measures.currency.seen import MONTH
from ressort.rules import units as rules
from ressort.streams import stream
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.measures.currency.measure import Currency
    from ressort.world import World

Bools = NDArray[np.bool_]


def eligible(currency: Currency, world: World) -> Bools:
    """Return which establishments may accept at all."""
    closed = [INDEX[b] for b in currency.set.excluded if b not in currency.set.sinks]
    return ~np.isin(plain(world.state.firms)["branch"], closed)


def draw_members(currency: Currency, world: World) -> Floats:
    """Return the share of each household that is a member: all or nothing, but for the last drawn.

    A household of the model may stand for many, and yet the share of people is the one chosen. A
    larger share adds members to those of a smaller one.
    """
    people = np.asarray(plain(world.state.homes)["people"])
    order = stream(world.seed, "currency members").permutation(len(people))
    before = np.cumsum(people[order]) - people[order]
    members = np.zeros(len(people))
    left = currency.set.adoption * people.sum() - before
    members[order] = np.clip(left / people[order], 0.0, 1.0)
    return members


def is_sink(currency: Currency, world: World) -> Bools:
    """Return which establishments accept by public decision, unless they have left for good."""
    sinks = [INDEX[b] for b in currency.set.sinks]
    return currency.eligible & np.isin(plain(world.state.firms)["branch"], sinks)


def launch(currency: Currency, world: World) -> None:
    """Draw the first establishments, those sooner whose customers are members, and recipients.

    The draw is one for all shares: a larger share adds to the establishments of a smaller one.
    """
    firms = plain(world.state.firms)
    income.choose_recipients(currency, world)
    custom, of_members = _custom(currency, world)
    contact = of_members / np.maximum(custom, 1e-9)
    luck = stream(world.seed, "currency firms").random(len(firms))
    # Weighted sampling without replacement (Efraimidis and Spirakis 2006).
    may_join = currency.eligible & firms["alive"]
    key = np.where(
        may_join, np.log(luck) / np.maximum(1e-9, contact + currency.set.strangers), -np.inf
    )
    count = round(currency.set.firm_share * int(may_join.sum()))
    first = np.argsort(-key, kind="stable")[:count]
    if currency.members.any():
        currency.joined[first] = True
        currency.joined |= is_sink(currency, world) & firms["alive"]
    currency.joined_on[:] = world.tick
    note_spendable(currency, world)


def change(currency: Currency, world: World) -> None:
    """Let establishments join, the more likely the more of their partners are in, and leave."""
    firms = plain(world.state.firms)
    custom, of_members = _custom(currency, world)
    trade, inside = rules.count_trade(
        firms, world.state.slots, world.state.shelves, currency.joined.astype(float)
    )
    known = (of_members + inside) / np.maximum(custom + trade, 1e-9)
    luck = luck_of(world, "currency joins", lambda rng, n: tuple(rng.random((2, n))), world.tick)
    month = MONTH / DAYS_A_YEAR
    may_join = currency.eligible & firms["alive"] & ~currency.joined
    joins = may_join & (luck[0] < 1.0 - np.exp(-currency.set.join_rate * known * month))
    back = currency.changed_back > currency.set.leave_above * currency.took
    knows = (world.tick - currency.joined_on >= DAYS_A_YEAR) & (currency.took > 0.0)
    tired = currency.joined & knows & back & ~is_sink(currency, world)
    leaves = tired & (luck[1] < 1.0 - np.exp(-currency.set.leave_rate * month))
    currency.joined[leaves] = False
    currency.joined[joins] = True
    currency.joined |= is_sink(currency, world) & firms["alive"]
    currency.joined_on[joins] = world.tick
    note_spendable(currency, world)


def _custom(currency: Currency, world: World) -> tuple[Floats, Floats]:
    """Return usual custom by seller, and the members' part of it."""
    state = world.state
    custom, of_members = np.zeros(len(state.firms)), np.zeros(len(state.firms))
    rules.count_custom(state.homes, world.items, state.firms, currency.members, custom, of_members)
    return custom, of_members


def note_spendable(currency: Currency, world: World) -> None:
    """Note what members usually spend a day where units are taken."""
    firms = plain(world.state.firms)
    firms["accepts"] = currency.joined & firms["alive"]
    rules.share_spendable(world.state.homes, world.items, firms, currency.spendable)
    note_users(currency, world)


def note_users(currency: Currency, world: World) -> None:
    """Note who may hold units, and always who once did: daily steps pass over nobody else."""
    homes, firms = plain(world.state.homes), plain(world.state.firms)
    may = currency.joined | (firms["units"] != 0.0)
    currency.users = np.union1d(currency.users, np.flatnonzero(may))
    may = (currency.members > 0.0) | (homes["units"] != 0.0)
    currency.holders = np.union1d(currency.holders, np.flatnonzero(may))
