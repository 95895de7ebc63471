"""Notes and accounts: units in the pocket, and units that are there while a platform runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ressort.measures.base import Floats
from ressort.shocks import grid_left
from ressort.tables import plain

if TYPE_CHECKING:
    from ressort.measures.currency.measure import Currency
    from ressort.world import World


def running(currency: Currency, world: World) -> float:
    """Share of units on accounts that can be spent today: in a freeze, with the grid down."""
    frozen = currency.set.account_failure * (1.0 - float(world.day.payments))
    dark = currency.set.account_needs_grid * (1.0 - grid_left(world))
    return (1.0 - frozen) * (1.0 - dark)


def usable(currency: Currency, world: World, notes: float) -> float:
    """Share of wallets that can be spent today, of which a share are notes."""
    runs = running(currency, world)
    return 1.0 if runs >= 1.0 else notes + (1.0 - notes) * runs


def hold_back(currency: Currency, world: World) -> None:
    """Leave at hand what are notes, and what accounts let out."""
    if running(currency, world) >= 1.0:
        return
    homes, firms = plain(world.state.homes), plain(world.state.firms)
    homes["at_hand"] *= usable(currency, world, currency.set.notes_share)
    firms["at_hand"] = in_tills(currency, world, firms["at_hand"])


def in_tills(currency: Currency, world: World, at_hand: Floats) -> Floats:
    """Return what producers can spend today of units and credit; credit is on accounts alone."""
    runs = running(currency, world)
    if runs >= 1.0:
        return at_hand
    own = np.minimum(at_hand, np.maximum(0.0, plain(world.state.firms)["units"]))
    spent: Floats = usable(currency, world, currency.set.till_share) * own
    return spent + runs * (at_hand - own)


def wallet_limit(currency: Currency) -> float:
    """Most units that a member takes or keeps, EUR a person: in all, as notes, on an account."""
    chosen = currency.set
    limits = [chosen.wallet_limit]
    for limit, share in (
        (chosen.note_limit, chosen.notes_share),
        (chosen.account_limit, 1.0 - chosen.notes_share),
    ):
        if limit >= 0.0 and share > 0.0:
            limits.append(limit / share)
    return float(min(limits))


def till_limit(currency: Currency, world: World, limit: Floats) -> Floats:
    """Return units that each producer holds at most, in shares of its usual cash.

    `limit`: by its own choice; the office may set another one for what is on its account.
    """
    most = currency.set.firm_account_limit
    if most < 0.0:
        return limit
    usual = np.maximum(plain(world.state.firms)["cash_target"], 1e-9)
    all_units = most / max(1.0 - currency.set.till_share, 1e-9)
    return np.minimum(limit, all_units / usual)
