"""What strikes the currency itself: its main acceptor leaves, or somebody forges it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ressort.measures.base import Floats
from ressort.measures.currency import network
from ressort.streams import stream
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.measures.currency.measure import Currency
    from ressort.world import World


class Hits:
    """What has struck so far: units forged (EUR), forgers (share of all forged, by household).

    `left`: row of the acceptor that has left, -1 for none.
    """

    def __init__(self) -> None:
        self.forged = 0.0
        self.forgers: Floats = np.zeros(0)
        self.left = -1


def days_since_shock(world: World) -> int:
    """Return the days since the first shock began, negative before and without any."""
    starts = [shock.start_day for shock in world.shocks]
    return world.tick - min(starts) if starts else -1


# ---------------------------------------------------------------- the main acceptor
def lose_acceptor(currency: Currency, world: World) -> None:
    """Let that accepting establishment leave for good which took most units in a year.

    It changes back what it holds like anybody who has left: over time, in its turn, less the fee.
    """
    after = currency.set.acceptor_leaves
    if after < 0 or days_since_shock(world) != after:
        return
    takes = np.where(currency.joined & plain(world.state.firms)["alive"], currency.took, 0.0)
    if not takes.any():
        return
    p = int(takes.argmax())
    currency.joined[p] = currency.eligible[p] = False
    currency.hits.left = p
    network.note_spendable(currency, world)


# ---------------------------------------------------------------- over-issue by forgers
def forge(currency: Currency, world: World) -> None:
    """Give forgers the units that they make in a day: a share of all units, backed by nothing."""
    since, begins = days_since_shock(world), currency.set.forged_from
    if begins < 0 or not begins <= since < begins + currency.set.forged_days:
        return
    hits = currency.hits
    if not hits.forgers.any():
        hits.forgers = _draw_forgers(currency, world)
    made = currency.set.forged_a_day * currency.mass(world) * hits.forgers
    amount = float(made.sum())
    homes = plain(world.state.homes)
    homes["units"] += made
    homes["cash"] += made
    currency.unbacked += amount
    hits.forged += amount
    currency.log.add(world.tick, "issued", amount)


def _draw_forgers(currency: Currency, world: World) -> Floats:
    """Return which share of what is forged each household has; nobody forges what buys nothing.

    The draw is one for all shares: more forgers are the same ones and others.
    """
    people = np.asarray(plain(world.state.homes)["people"])
    inside = people * currency.members * (currency.spendable > 0.0)
    order = stream(world.seed, "currency forgers").permutation(len(people))
    order = order[inside[order] > 0.0]
    before = np.cumsum(inside[order]) - inside[order]
    chosen = order[before < currency.set.forger_share * inside.sum()]
    share = np.zeros(len(people))
    share[chosen] = inside[chosen] / max(float(inside[chosen].sum()), 1e-9)
    return share


def doubt(currency: Currency, world: World) -> None:
    """Let nobody trust a unit beyond what the reserve holds for it, once forgeries are known of.

    Nobody can tell a forged unit from a good one: all are worth what the coverage is.
    """
    known = currency.set.forged_from + currency.set.forged_known_after
    if currency.hits.forged > 0.0 and days_since_shock(world) >= known:
        coverage = currency.cash / max(currency.mass(world), 1e-9)
        currency.confidence = min(currency.confidence, coverage)
